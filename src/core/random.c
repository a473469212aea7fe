/* Random numbers as pure functions of a seed and a counter: no state, the same
   numbers on every machine and in any order, one counter per number.

     lfn_random_bits(seed, counter)       64 random bits
     lfn_random_unit(seed, counter)       uniform in [0, 1)
     lfn_random_below(seed, counter, n)   a whole number from 0 to n - 1
     lfn_random_poisson1(seed, counter)   Poisson of mean 1, for bootstrap weights

   The bits are those of a SplitMix64 sequence (G. L. Steele, D. Lea, C. H. Flood,
   Fast Splittable Pseudorandom Number Generators, 2014) whose start is the mixed
   seed, mixed once more: mix(mix(mix(seed + g) + counter g) + g). Not for
   cryptography. The functions of one seed and counter share their bits: use
   another counter (or seed) for each number that is to be independent. */

//@once

/* A bijection of 64-bit words in which every bit of x moves half of the bits. */
LFN_UNUSED static uint64_t lfn_random_mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* 64 random bits: for one seed, each word once over all 2^64 counters. */
LFN_UNUSED static uint64_t lfn_random_bits(uint64_t seed, uint64_t counter)
{
    const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t start = lfn_random_mix(seed + golden);
    return lfn_random_mix(lfn_random_mix(start + counter * golden) + golden);
}

/* Uniform in [0, 1): a multiple of 2^-53. */
LFN_UNUSED static double lfn_random_unit(uint64_t seed, uint64_t counter)
{
    return (double)(lfn_random_bits(seed, counter) >> 11) * (1.0 / 9007199254740992.0);
}

/* Uniform from 0 to n - 1, floor(bits n / 2^64): each number's probability is off
   by less than 2^-64. 0 when n is 0. */
LFN_UNUSED static uint64_t lfn_random_below(uint64_t seed, uint64_t counter, uint64_t n)
{
    const uint64_t half = UINT64_C(0xffffffff), bits = lfn_random_bits(seed, counter);
    const uint64_t low = (bits & half) * (n & half), middle = (bits >> 32) * (n & half) + (low >> 32);
    const uint64_t other = (bits & half) * (n >> 32) + (middle & half);
    return (bits >> 32) * (n >> 32) + (middle >> 32) + (other >> 32);
}

/* Poisson of mean 1, by inversion: the smallest k with u < sum_{j=0}^k e^-1 / j!. */
LFN_UNUSED static unsigned lfn_random_poisson1(uint64_t seed, uint64_t counter)
{
    const double u = lfn_random_unit(seed, counter);
    double term = 0.36787944117144233, sum = term;
    unsigned k = 0;
    while (u >= sum && k < 20) {
        k++;
        term /= k;
        sum += term;
    }
    return k;
}
