/* metrics.h
   Instruction sets: which one runs, and choosing one for a test
      metrics_isa metrics_isa_name metrics_isa_force
   Status: what functions return
      metrics_strerror
*/
#ifndef MTN_PASS
#ifndef METRICS_H
#define METRICS_H
/* ---- configuration ---------------------------------------------------------- */

/* The release of the header: all three of a program must be of the same one. */
#define METRICS_VERSION_MAJOR 0
#define METRICS_VERSION_MINOR 1
#define METRICS_VERSION_PATCH 0
#define METRICS_VERSION 100
#if defined(LOSSFN_VERSION) && LOSSFN_VERSION != METRICS_VERSION
#error "lossfn.h is of another release than metrics.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif
#if defined(OPTIM_VERSION) && OPTIM_VERSION != METRICS_VERSION
#error "optim.h is of another release than metrics.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif
#if defined(METRICS_VERSION) && METRICS_VERSION != METRICS_VERSION
#error "metrics.h is of another release than metrics.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <math.h>
#include <float.h>

#ifndef METRICS_HEADER_FILENAME
#define METRICS_HEADER_FILENAME "metrics.h"
#endif

#ifndef METRICS_DEF
#ifdef METRICS_STATIC
#define METRICS_DEF MTN_UNUSED static inline
#elif defined(__cplusplus)
#define METRICS_DEF extern "C"
#else
#define METRICS_DEF extern
#endif
#endif

#ifndef METRICS_INLINE
#define METRICS_INLINE static inline
#endif

#if defined(__GNUC__)
#define MTN_UNUSED __attribute__((unused))
#else
#define MTN_UNUSED
#endif

#ifdef __cplusplus
#define MTN_CAST(type, value) static_cast<type>(value)
#else
#define MTN_CAST(type, value) ((type)(value))
#endif

#if defined(METRICS_ONLY_CONFUSION) || defined(METRICS_ONLY_PROBABILITY) || defined(METRICS_ONLY_CURVES) \
    || defined(METRICS_ONLY_REGRESSION) || defined(METRICS_ONLY_CORRELATION) || defined(METRICS_ONLY_RANKING) \
    || defined(METRICS_ONLY_SEGMENTATION) || defined(METRICS_ONLY_SURFACE) || defined(METRICS_ONLY_DETECTION) \
    || defined(METRICS_ONLY_IMAGE) || defined(METRICS_ONLY_TEXT) || defined(METRICS_ONLY_CLUSTERING) \
    || defined(METRICS_ONLY_BOOTSTRAP)
#define MTN_SOME 1
#else
#define MTN_SOME 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_CONFUSION)
#define MTN_HAS_CONFUSION 1
#else
#define MTN_HAS_CONFUSION 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_PROBABILITY)
#define MTN_HAS_PROBABILITY 1
#else
#define MTN_HAS_PROBABILITY 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_CURVES)
#define MTN_HAS_CURVES 1
#else
#define MTN_HAS_CURVES 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_REGRESSION)
#define MTN_HAS_REGRESSION 1
#else
#define MTN_HAS_REGRESSION 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_CORRELATION)
#define MTN_HAS_CORRELATION 1
#else
#define MTN_HAS_CORRELATION 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_RANKING)
#define MTN_HAS_RANKING 1
#else
#define MTN_HAS_RANKING 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_SEGMENTATION)
#define MTN_HAS_SEGMENTATION 1
#else
#define MTN_HAS_SEGMENTATION 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_SURFACE)
#define MTN_HAS_SURFACE 1
#else
#define MTN_HAS_SURFACE 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_DETECTION)
#define MTN_HAS_DETECTION 1
#else
#define MTN_HAS_DETECTION 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_IMAGE)
#define MTN_HAS_IMAGE 1
#else
#define MTN_HAS_IMAGE 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_TEXT)
#define MTN_HAS_TEXT 1
#else
#define MTN_HAS_TEXT 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_CLUSTERING)
#define MTN_HAS_CLUSTERING 1
#else
#define MTN_HAS_CLUSTERING 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_BOOTSTRAP)
#define MTN_HAS_BOOTSTRAP 1
#else
#define MTN_HAS_BOOTSTRAP 0
#endif

/* ---- public part ------------------------------------------------------------ */

/* ---- core/platform ---- */

/* The instruction sets an implementation can carry. x86-64 carries scalar and
   AVX2+FMA (and AVX-512 when METRICS_AVX512 is defined), AArch64 scalar and NEON,
   everything else scalar. The fastest that the processor has is used. */
enum {
    METRICS_ISA_SCALAR = 0,
    METRICS_ISA_AVX2 = 1,
    METRICS_ISA_AVX512 = 2,
    METRICS_ISA_NEON = 3
};

/* The instruction set in use, one of METRICS_ISA_*. */
METRICS_DEF int metrics_isa(void);

/* Its name: "scalar", "avx2", "avx512", "neon"; "unknown" for any other number. */
METRICS_DEF const char *metrics_isa_name(int isa);

/* Makes every later call of the process use this instruction set, for tests
   and comparisons. Returns 1, or 0 and changes nothing when the set is not
   compiled in or the processor lacks it. Not to be called while other threads
   are inside this header's functions. */
METRICS_DEF int metrics_isa_force(int isa);

/* ---- core/status ---- */

/* Every function that can fail returns one of these; on anything but METRICS_OK
   no output has been touched. NaN and infinity in data are no errors. */
enum {
    METRICS_OK = 0,
    METRICS_ERROR_NULL = 1,
    METRICS_ERROR_SIZE = 2,
    METRICS_ERROR_PARAMETER = 3,
    METRICS_ERROR_LABEL = 4,
    METRICS_ERROR_OPTION = 5,
    METRICS_ERROR_SCRATCH = 6,
    METRICS_ERROR_OVERLAP = 7
};

/* The sentence of a status. Never NULL. */
METRICS_DEF const char *metrics_strerror(int status);

/* ---- one value at a time: the formulas as inline functions ------------------- */

#define MTN_PASS 1
#include METRICS_HEADER_FILENAME
#undef MTN_PASS

#define MTN_ISA 0
#define MTN_PASS 3
#define MTN_BITS 32
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#define MTN_BITS 64
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#undef MTN_PASS
#undef MTN_ISA

#define MTN_PASS 2
#include METRICS_HEADER_FILENAME
#undef MTN_PASS

#endif /* METRICS_H */

#if defined(METRICS_IMPLEMENTATION) && !defined(METRICS_IMPLEMENTED)
#define METRICS_IMPLEMENTED
/* ---- which instruction sets are compiled in ---------------------------------- */

/* MTN_X86, MTN_NEON: vector code is compiled in. It wants GCC's vector types,
   a 64-bit target and IEEE doubles; everything else runs the scalar pass. */
#if !defined(METRICS_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__) && defined(__x86_64__) && !defined(__CUDACC__)
#define MTN_X86 1
#include <immintrin.h>
#else
#define MTN_X86 0
#endif
#if !defined(METRICS_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__) && defined(__aarch64__) \
    && defined(__ARM_NEON) && !defined(__AARCH64EB__) && !defined(__CUDACC__)
#define MTN_NEON 1
#include <arm_neon.h>
#else
#define MTN_NEON 0
#endif
#if MTN_X86 && defined(METRICS_AVX512)
#define MTN_X86_512 1
#else
#define MTN_X86_512 0
#endif

#define MTN_ISA_SCALAR 0
#define MTN_ISA_AVX2 1
#define MTN_ISA_AVX512 2
#define MTN_ISA_NEON 3


/* ---- core/platform ---- */

/* Masked loads and stores are invisible to the memory sanitizer. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define MTN_NO_MASKED_MOVES 1
#endif
#endif

#if defined(__GNUC__) && !defined(__TINYC__)
#define MTN_ATOMIC_LOAD(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define MTN_ATOMIC_STORE(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#else
#define MTN_ATOMIC_LOAD(p) (*(p))
#define MTN_ATOMIC_STORE(p, v) (*(p) = (v))
#endif

static int mtn_isa_cached = -1;

MTN_UNUSED static int mtn_isa_supported(int isa)
{
    if (isa == MTN_ISA_SCALAR) return 1;
#if MTN_X86
    __builtin_cpu_init();
    if (isa == MTN_ISA_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
#if MTN_X86_512
    if (isa == MTN_ISA_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
            && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    if (isa == MTN_ISA_NEON) return MTN_NEON;
    return 0;
}

MTN_UNUSED static int mtn_isa(void)
{
    int isa = MTN_ATOMIC_LOAD(&mtn_isa_cached);
    if (isa >= 0) return isa;
    isa = MTN_ISA_SCALAR;
    if (mtn_isa_supported(MTN_ISA_NEON)) isa = MTN_ISA_NEON;
    if (mtn_isa_supported(MTN_ISA_AVX2)) isa = MTN_ISA_AVX2;
    if (mtn_isa_supported(MTN_ISA_AVX512)) isa = MTN_ISA_AVX512;
    MTN_ATOMIC_STORE(&mtn_isa_cached, isa);
    return isa;
}

METRICS_DEF int metrics_isa(void) { return mtn_isa(); }

METRICS_DEF const char *metrics_isa_name(int isa)
{
    switch (isa) {
    case MTN_ISA_SCALAR: return "scalar";
    case MTN_ISA_AVX2: return "avx2";
    case MTN_ISA_AVX512: return "avx512";
    case MTN_ISA_NEON: return "neon";
    default: return "unknown";
    }
}

METRICS_DEF int metrics_isa_force(int isa)
{
    if (!mtn_isa_supported(isa)) return 0;
    MTN_ATOMIC_STORE(&mtn_isa_cached, isa);
    return 1;
}

/* a * b, or SIZE_MAX when it does not fit: no array is that long. */
MTN_UNUSED static size_t mtn_mul(size_t a, size_t b)
{
    return a && b > SIZE_MAX / a ? SIZE_MAX : a * b;
}

MTN_UNUSED static size_t mtn_add(size_t a, size_t b)
{
    return b > SIZE_MAX - a ? SIZE_MAX : a + b;
}

/* Whether n elements of this many bytes are more than an array can hold. */
MTN_UNUSED static int mtn_too_big(size_t n, size_t bytes)
{
    return n > (size_t)PTRDIFF_MAX / bytes;
}

/* By the bits, so that it holds under -ffast-math too. */
MTN_UNUSED static int mtn_finite(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & UINT64_C(0x7ff0000000000000)) != UINT64_C(0x7ff0000000000000);
}

/* ---- core/status ---- */

METRICS_DEF const char *metrics_strerror(int status)
{
    switch (status) {
    case METRICS_OK: return "no error";
    case METRICS_ERROR_NULL: return "a required pointer is NULL";
    case METRICS_ERROR_SIZE: return "a size is out of range, or sizes that must agree do not";
    case METRICS_ERROR_PARAMETER: return "a hyper-parameter is not finite or out of its documented range";
    case METRICS_ERROR_LABEL: return "a label or index is out of range";
    case METRICS_ERROR_OPTION: return "an option has a value the function does not know";
    case METRICS_ERROR_SCRATCH: return "the scratch memory is missing or too small";
    case METRICS_ERROR_OVERLAP: return "buffers overlap that must not";
    default: return "unknown status";
    }
}

/* Scratch comes from the caller as one block; pieces are cut off it one after
   the other, each aligned to 64 bytes. MTN_PIECE(n, bytes) is the room n
   elements take, METRICS_..._scratch functions add the pieces up. */
MTN_UNUSED static size_t mtn_piece(size_t n, size_t bytes)
{
    size_t size = mtn_mul(n, bytes);
    return size > SIZE_MAX - 127 ? SIZE_MAX : (size + 63) / 64 * 64 + 64;
}

MTN_UNUSED static void *mtn_cut(void **scratch, size_t n, size_t bytes)
{
    char *start = (char *)*scratch;
    uintptr_t misaligned = (uintptr_t)start % 64;
    char *piece = misaligned ? start + (64 - misaligned) : start;
    *scratch = start + mtn_piece(n, bytes);
    return piece;
}

/* ---- core/sort ---- */

#define MTN_SORT_SMALL 32
#define MTN_SORT_DIGIT 11

/* Bytes of scratch for n keys: two arrays of keys, one of indices, the counts. */
MTN_UNUSED static size_t mtn_argsort_room(size_t n)
{
    size_t room = mtn_add(mtn_mul(2, mtn_piece(n, sizeof(uint64_t))), mtn_piece(n, sizeof(uint32_t)));
    return mtn_add(room, mtn_piece((size_t)1 << MTN_SORT_DIGIT, sizeof(uint32_t)));
}

/* Where a radix sort works: its second array of keys and of indices, and the counts. */
typedef struct {
    uint64_t *first, *second;
    uint32_t *index, *counts;
} mtn_sort_arrays;

MTN_UNUSED static mtn_sort_arrays mtn_sort_cut(size_t n, void *scratch)
{
    mtn_sort_arrays arrays;
    arrays.first = (uint64_t *)mtn_cut(&scratch, n, sizeof(uint64_t));
    arrays.second = (uint64_t *)mtn_cut(&scratch, n, sizeof(uint64_t));
    arrays.index = (uint32_t *)mtn_cut(&scratch, n, sizeof(uint32_t));
    arrays.counts = (uint32_t *)mtn_cut(&scratch, (size_t)1 << MTN_SORT_DIGIT, sizeof(uint32_t));
    return arrays;
}

/* How to cut the bits in which keys differ into digits: count digits of width
   bits, at most `most`, the first at low. */
typedef struct {
    unsigned low, width, count;
} mtn_sort_digits;

MTN_UNUSED static mtn_sort_digits mtn_sort_plan(uint64_t differ, unsigned most)
{
    mtn_sort_digits digits = {0, 0, 0};
    unsigned high;
    if (!differ) return digits;
    while (!(differ >> digits.low & 1)) digits.low++;
    for (high = 64; !(differ >> (high - 1) & 1); high--) {}
    digits.count = (high - digits.low + most - 1) / most;
    digits.width = (high - digits.low + digits.count - 1) / digits.count;
    return digits;
}

/* The bits in which two of the keys differ at least. */
MTN_UNUSED static uint64_t mtn_sort_differ(const uint64_t *keys, size_t n)
{
    uint64_t all = ~UINT64_C(0), any = 0;
    size_t k;
    for (k = 0; k < n; k++) {
        all &= keys[k];
        any |= keys[k];
    }
    return n ? all ^ any : 0;
}

/* counts[d] becomes the place of the first key whose digit is d. */
MTN_UNUSED static void mtn_sort_count(const uint64_t *keys, size_t n, unsigned shift, unsigned width, uint32_t *counts)
{
    const size_t buckets = (size_t)1 << width;
    const uint64_t mask = buckets - 1;
    uint32_t place = 0, count;
    size_t k;
    memset(counts, 0, buckets * sizeof *counts);
    for (k = 0; k < n; k++) counts[keys[k] >> shift & mask]++;
    for (k = 0; k < buckets; k++) {
        count = counts[k];
        counts[k] = place;
        place += count;
    }
}

/* Sorts a by the bits that differ holds, with b as second array. Returns the one
   of a and b in which the sorted keys are. */
MTN_UNUSED static uint64_t *mtn_sort_keys(uint64_t *a, uint64_t *b, size_t n, uint64_t differ, uint32_t *counts)
{
    const mtn_sort_digits digits = mtn_sort_plan(differ, n < 4096 ? 8 : MTN_SORT_DIGIT);
    const uint64_t mask = ((uint64_t)1 << digits.width) - 1;
    uint64_t *swap;
    unsigned digit, shift = digits.low;
    size_t k;
    for (digit = 0; digit < digits.count; digit++, shift += digits.width) {
        if (!(differ >> shift & mask)) continue;
        mtn_sort_count(a, n, shift, digits.width, counts);
        for (k = 0; k < n; k++) {
            const uint64_t key = a[k];
            b[counts[key >> shift & mask]++] = key;
        }
        swap = a;
        a = b;
        b = swap;
    }
    return a;
}

/* The same with an index each: sorts arrays->first and index; both end up where they were. */
MTN_UNUSED static void mtn_sort_with_index(const mtn_sort_arrays *arrays, size_t n, uint32_t *index)
{
    const uint64_t differ = mtn_sort_differ(arrays->first, n);
    const mtn_sort_digits digits = mtn_sort_plan(differ, 8);
    const uint64_t mask = ((uint64_t)1 << digits.width) - 1;
    uint64_t *a = arrays->first, *b = arrays->second, *swap;
    uint32_t *from = index, *to = arrays->index, *swap_index;
    unsigned digit, shift = digits.low;
    size_t k;
    for (digit = 0; digit < digits.count; digit++, shift += digits.width) {
        if (!(differ >> shift & mask)) continue;
        mtn_sort_count(a, n, shift, digits.width, arrays->counts);
        for (k = 0; k < n; k++) {
            const uint64_t key = a[k];
            const uint32_t place = arrays->counts[key >> shift & mask]++;
            b[place] = key;
            to[place] = from[k];
        }
        swap = a;
        a = b;
        b = swap;
        swap_index = from;
        from = to;
        to = swap_index;
    }
    if (a != arrays->first) {
        memcpy(arrays->first, a, n * sizeof *a);
        memcpy(index, from, n * sizeof *index);
    }
}

/* Few keys, by insertion. */
MTN_UNUSED static void mtn_sort_insert(uint64_t *keys, uint32_t *index, size_t n)
{
    size_t k, j;
    for (k = 1; k < n; k++) {
        const uint64_t key = keys[k];
        const uint32_t carried = index[k];
        for (j = k; j > 0 && keys[j - 1] > key; j--) {
            keys[j] = keys[j - 1];
            index[j] = index[j - 1];
        }
        keys[j] = key;
        index[j] = carried;
    }
}

/* Integers in place, ascending. */
MTN_UNUSED static void mtn_sort_u64(uint64_t *keys, size_t n, void *scratch)
{
    size_t k, j;
    if (n <= MTN_SORT_SMALL) {
        for (k = 1; k < n; k++) {
            const uint64_t key = keys[k];
            for (j = k; j > 0 && keys[j - 1] > key; j--) keys[j] = keys[j - 1];
            keys[j] = key;
        }
    } else {
        const mtn_sort_arrays arrays = mtn_sort_cut(n, scratch);
        uint64_t *sorted = mtn_sort_keys(keys, arrays.first, n, mtn_sort_differ(keys, n), arrays.counts);
        if (sorted != keys) memcpy(keys, sorted, n * sizeof *keys);
    }
}

/* keys[index[0]] <= keys[index[1]] <= ... */
MTN_UNUSED static void mtn_argsort_u64(const uint64_t *keys, size_t n, uint32_t *index, void *scratch)
{
    uint64_t few[MTN_SORT_SMALL];
    size_t k;
    if (!n) return;
    for (k = 0; k < n; k++) index[k] = (uint32_t)k;
    if (n <= MTN_SORT_SMALL) {
        memcpy(few, keys, n * sizeof *few);
        mtn_sort_insert(few, index, n);
    } else {
        const mtn_sort_arrays arrays = mtn_sort_cut(n, scratch);
        memcpy(arrays.first, keys, n * sizeof *keys);
        mtn_sort_with_index(&arrays, n, index);
    }
}

/* ---- core/random ---- */

/* A bijection of 64-bit words in which every bit of x moves half of the bits. */
MTN_UNUSED static uint64_t mtn_random_mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* 64 random bits: for one seed, each word once over all 2^64 counters. */
MTN_UNUSED static uint64_t mtn_random_bits(uint64_t seed, uint64_t counter)
{
    const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t start = mtn_random_mix(seed + golden);
    return mtn_random_mix(mtn_random_mix(start + counter * golden) + golden);
}

/* Uniform in [0, 1): a multiple of 2^-53. */
MTN_UNUSED static double mtn_random_unit(uint64_t seed, uint64_t counter)
{
    return (double)(mtn_random_bits(seed, counter) >> 11) * (1.0 / 9007199254740992.0);
}

/* Uniform from 0 to n - 1, floor(bits n / 2^64): each number's probability is off
   by less than 2^-64. 0 when n is 0. */
MTN_UNUSED static uint64_t mtn_random_below(uint64_t seed, uint64_t counter, uint64_t n)
{
    const uint64_t half = UINT64_C(0xffffffff), bits = mtn_random_bits(seed, counter);
    const uint64_t low = (bits & half) * (n & half), middle = (bits >> 32) * (n & half) + (low >> 32);
    const uint64_t other = (bits & half) * (n >> 32) + (middle & half);
    return (bits >> 32) * (n >> 32) + (middle >> 32) + (other >> 32);
}

/* Standard normal, by Box and Muller: sqrt(-2 log u) cos(2 pi v) with u in (0, 1]
   from the bits and v in [0, 1) from the bits mixed again. At most 8.6 in size. */
MTN_UNUSED static double mtn_random_normal(uint64_t seed, uint64_t counter)
{
    const uint64_t bits = mtn_random_bits(seed, counter);
    const uint64_t more = mtn_random_mix(bits + UINT64_C(0x9e3779b97f4a7c15));
    const double u = (double)((bits >> 11) + 1) * (1.0 / 9007199254740992.0);
    const double v = (double)(more >> 11) * (1.0 / 9007199254740992.0);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* Poisson of mean 1, by inversion: the smallest k with u < sum_{j=0}^k e^-1 / j!. */
MTN_UNUSED static unsigned mtn_random_poisson1(uint64_t seed, uint64_t counter)
{
    const double u = mtn_random_unit(seed, counter);
    double term = 0.36787944117144233, sum = term;
    unsigned k = 0;
    while (u >= sum && k < 20) {
        k++;
        term /= k;
        sum += term;
    }
    return k;
}

#define MTN_PASS 1
#include METRICS_HEADER_FILENAME
#undef MTN_PASS

#define MTN_PASS 4
#define MTN_ISA 0
#define MTN_BITS 32
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#define MTN_BITS 64
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#undef MTN_ISA

#if MTN_X86
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define MTN_ISA 1
#define MTN_BITS 32
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#define MTN_BITS 64
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#undef MTN_ISA
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if MTN_X86_512
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif
#define MTN_ISA 2
#define MTN_BITS 32
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#define MTN_BITS 64
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#undef MTN_ISA
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if MTN_NEON
#define MTN_ISA 3
#define MTN_BITS 32
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#define MTN_BITS 64
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#undef MTN_ISA
#endif
#undef MTN_PASS

#define MTN_PASS 5
#define MTN_ISA 0
#define MTN_BITS 32
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#define MTN_BITS 64
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#undef MTN_ISA
#undef MTN_PASS


#define MTN_PASS 2
#include METRICS_HEADER_FILENAME
#undef MTN_PASS
#endif /* METRICS_IMPLEMENTATION */

#elif MTN_PASS == 1
/* ---- pass 1: inside the passes, mtn_name stands for the one of this type and ISA -- */
#define mtn_vec MTN_X(mtn_vec)
#define mtn_uvec MTN_X(mtn_uvec)
#define mtn_mask MTN_X(mtn_mask)
#define mtn_set1 MTN_X(mtn_set1)
#define mtn_load MTN_X(mtn_load)
#define mtn_store MTN_X(mtn_store)
#define mtn_bits MTN_X(mtn_bits)
#define mtn_from_bits MTN_X(mtn_from_bits)
#define mtn_select MTN_X(mtn_select)
#define mtn_keep MTN_X(mtn_keep)
#define mtn_not MTN_X(mtn_not)
#define mtn_any MTN_X(mtn_any)
#define mtn_all MTN_X(mtn_all)
#define mtn_abs MTN_X(mtn_abs)
#define mtn_sqrt MTN_X(mtn_sqrt)
#define mtn_min MTN_X(mtn_min)
#define mtn_max MTN_X(mtn_max)
#define mtn_fma MTN_X(mtn_fma)
#define mtn_round MTN_X(mtn_round)
#define mtn_hsum MTN_X(mtn_hsum)
#define mtn_hmax MTN_X(mtn_hmax)
#define mtn_hmin MTN_X(mtn_hmin)
#define mtn_first MTN_X(mtn_first)
#define mtn_load_part MTN_X(mtn_load_part)
#define mtn_store_part MTN_X(mtn_store_part)
#define mtn_lane_index MTN_X(mtn_lane_index)
#define mtn_zero MTN_X(mtn_zero)
#define mtn_clamp MTN_X(mtn_clamp)
#define mtn_neg_if MTN_X(mtn_neg_if)
#define mtn_bits1 MTN_X(mtn_bits1)
#define mtn_sign MTN_X(mtn_sign)
#define mtn_copysign MTN_X(mtn_copysign)
#define mtn_point MTN_X(mtn_point)
#define mtn_exact MTN_X(mtn_exact)
#define mtn_infinity MTN_X(mtn_infinity)
#define mtn_nan MTN_X(mtn_nan)
#define mtn_whole MTN_X(mtn_whole)
#define mtn_nearest MTN_X(mtn_nearest)
#define mtn_pow2 MTN_X(mtn_pow2)
#define mtn_scale2 MTN_X(mtn_scale2)
#define mtn_exp_tail MTN_X(mtn_exp_tail)
#define mtn_exp MTN_X(mtn_exp)
#define mtn_expm1_tail MTN_X(mtn_expm1_tail)
#define mtn_expm1 MTN_X(mtn_expm1)
#define mtn_log_of MTN_X(mtn_log_of)
#define mtn_parts MTN_X(mtn_parts)
#define mtn_take_apart MTN_X(mtn_take_apart)
#define mtn_log_limits MTN_X(mtn_log_limits)
#define mtn_log MTN_X(mtn_log)
#define mtn_log1p MTN_X(mtn_log1p)
#define mtn_sigmoid MTN_X(mtn_sigmoid)
#define mtn_log1p_unit MTN_X(mtn_log1p_unit)
#define mtn_softplus MTN_X(mtn_softplus)
#define mtn_tanh MTN_X(mtn_tanh)
#define mtn_pair MTN_X(mtn_pair)
#define mtn_two_sum MTN_X(mtn_two_sum)
#define mtn_quick_sum MTN_X(mtn_quick_sum)
#define mtn_upper_half MTN_X(mtn_upper_half)
#define mtn_two_product MTN_X(mtn_two_product)
#define mtn_pair_product MTN_X(mtn_pair_product)
#define mtn_exp_pair MTN_X(mtn_exp_pair)
#define mtn_log_tail MTN_X(mtn_log_tail)
#define mtn_log_pair MTN_X(mtn_log_pair)
#define mtn_pow MTN_X(mtn_pow)
#define mtn_cbrt_guess MTN_X(mtn_cbrt_guess)
#define mtn_cbrt MTN_X(mtn_cbrt)
#define mtn_sin_tail MTN_X(mtn_sin_tail)
#define mtn_cos_tail MTN_X(mtn_cos_tail)
#define mtn_sin_of MTN_X(mtn_sin_of)
#define mtn_cos_of MTN_X(mtn_cos_of)
#define mtn_turn MTN_X(mtn_turn)
#define mtn_sin_shifted MTN_X(mtn_sin_shifted)
#define mtn_lanewise MTN_X(mtn_lanewise)
#define mtn_sin MTN_X(mtn_sin)
#define mtn_cos MTN_X(mtn_cos)
#define mtn_atan_tail MTN_X(mtn_atan_tail)
#define mtn_atan MTN_X(mtn_atan)
#define mtn_erf_tail MTN_X(mtn_erf_tail)
#define mtn_erfc_factor MTN_X(mtn_erfc_factor)
#define mtn_erfc_of MTN_X(mtn_erfc_of)
#define mtn_erf MTN_X(mtn_erf)
#define mtn_erfc MTN_X(mtn_erfc)
#define mtn_lgamma_factor MTN_X(mtn_lgamma_factor)
#define mtn_stirling MTN_X(mtn_stirling)
#define mtn_half_turn MTN_X(mtn_half_turn)
#define mtn_lgamma_positive MTN_X(mtn_lgamma_positive)
#define mtn_lgamma MTN_X(mtn_lgamma)
#define mtn_digamma_series MTN_X(mtn_digamma_series)
#define mtn_digamma_positive MTN_X(mtn_digamma_positive)
#define mtn_digamma MTN_X(mtn_digamma)
#define mtn_sum MTN_X(mtn_sum)
#define mtn_sum_abs MTN_X(mtn_sum_abs)
#define mtn_dot MTN_X(mtn_dot)
#define mtn_sum_squares MTN_X(mtn_sum_squares)
#define mtn_squared_distance MTN_X(mtn_squared_distance)
#define mtn_max_of MTN_X(mtn_max_of)
#define mtn_axpy MTN_X(mtn_axpy)
#define mtn_scale MTN_X(mtn_scale)
#define mtn_put MTN_X(mtn_put)
#define mtn_fill MTN_X(mtn_fill)
#define mtn_reciprocal MTN_X(mtn_reciprocal)
#define mtn_sort_rank MTN_X(mtn_sort_rank)
#define mtn_sort_key MTN_X(mtn_sort_key)
#define mtn_sort_ranks MTN_X(mtn_sort_ranks)
#define mtn_argsort MTN_X(mtn_argsort)
#define mtn_sort_pairs MTN_X(mtn_sort_pairs)
#define mtn_select_is_nan MTN_X(mtn_select_is_nan)
#define mtn_select_swap MTN_X(mtn_select_swap)
#define mtn_select_sift MTN_X(mtn_select_sift)
#define mtn_select_heap_sort MTN_X(mtn_select_heap_sort)
#define mtn_select_kth MTN_X(mtn_select_kth)
#define mtn_filter_run MTN_X(mtn_filter_run)
#define mtn_filter_rows MTN_X(mtn_filter_rows)
#define mtn_filter_columns MTN_X(mtn_filter_columns)
#define mtn_filter_rows_adjoint MTN_X(mtn_filter_rows_adjoint)
#define mtn_filter_columns_adjoint MTN_X(mtn_filter_columns_adjoint)
#define mtn_edt_room MTN_X(mtn_edt_room)
#define mtn_edt_line MTN_X(mtn_edt_line)
#define mtn_edt_axis MTN_X(mtn_edt_axis)
#define mtn_edt_squared MTN_X(mtn_edt_squared)
#elif MTN_PASS == 2
/* ---- pass 2: and outside for nothing ------------------------------------------ */
#undef mtn_vec
#undef mtn_uvec
#undef mtn_mask
#undef mtn_set1
#undef mtn_load
#undef mtn_store
#undef mtn_bits
#undef mtn_from_bits
#undef mtn_select
#undef mtn_keep
#undef mtn_not
#undef mtn_any
#undef mtn_all
#undef mtn_abs
#undef mtn_sqrt
#undef mtn_min
#undef mtn_max
#undef mtn_fma
#undef mtn_round
#undef mtn_hsum
#undef mtn_hmax
#undef mtn_hmin
#undef mtn_first
#undef mtn_load_part
#undef mtn_store_part
#undef mtn_lane_index
#undef mtn_zero
#undef mtn_clamp
#undef mtn_neg_if
#undef mtn_bits1
#undef mtn_sign
#undef mtn_copysign
#undef mtn_point
#undef mtn_exact
#undef mtn_infinity
#undef mtn_nan
#undef mtn_whole
#undef mtn_nearest
#undef mtn_pow2
#undef mtn_scale2
#undef mtn_exp_tail
#undef mtn_exp
#undef mtn_expm1_tail
#undef mtn_expm1
#undef mtn_log_of
#undef mtn_parts
#undef mtn_take_apart
#undef mtn_log_limits
#undef mtn_log
#undef mtn_log1p
#undef mtn_sigmoid
#undef mtn_log1p_unit
#undef mtn_softplus
#undef mtn_tanh
#undef mtn_pair
#undef mtn_two_sum
#undef mtn_quick_sum
#undef mtn_upper_half
#undef mtn_two_product
#undef mtn_pair_product
#undef mtn_exp_pair
#undef mtn_log_tail
#undef mtn_log_pair
#undef mtn_pow
#undef mtn_cbrt_guess
#undef mtn_cbrt
#undef mtn_sin_tail
#undef mtn_cos_tail
#undef mtn_sin_of
#undef mtn_cos_of
#undef mtn_turn
#undef mtn_sin_shifted
#undef mtn_lanewise
#undef mtn_sin
#undef mtn_cos
#undef mtn_atan_tail
#undef mtn_atan
#undef mtn_erf_tail
#undef mtn_erfc_factor
#undef mtn_erfc_of
#undef mtn_erf
#undef mtn_erfc
#undef mtn_lgamma_factor
#undef mtn_stirling
#undef mtn_half_turn
#undef mtn_lgamma_positive
#undef mtn_lgamma
#undef mtn_digamma_series
#undef mtn_digamma_positive
#undef mtn_digamma
#undef mtn_sum
#undef mtn_sum_abs
#undef mtn_dot
#undef mtn_sum_squares
#undef mtn_squared_distance
#undef mtn_max_of
#undef mtn_axpy
#undef mtn_scale
#undef mtn_put
#undef mtn_fill
#undef mtn_reciprocal
#undef mtn_sort_rank
#undef mtn_sort_key
#undef mtn_sort_ranks
#undef mtn_argsort
#undef mtn_sort_pairs
#undef mtn_select_is_nan
#undef mtn_select_swap
#undef mtn_select_sift
#undef mtn_select_heap_sort
#undef mtn_select_kth
#undef mtn_filter_run
#undef mtn_filter_rows
#undef mtn_filter_columns
#undef mtn_filter_rows_adjoint
#undef mtn_filter_columns_adjoint
#undef mtn_edt_room
#undef mtn_edt_line
#undef mtn_edt_axis
#undef mtn_edt_squared
#else
/* ---- passes 3 to 5, once per type: the names of the type --------------------- */
#if MTN_BITS == 32
#define mtn_real float
#define mtn_word uint32_t
#define MTN_T_(name) name##_f32
#define MTN_V256_(name) name##_avx2_f32
#define MTN_V512_(name) name##_avx512_f32
#define MTN_VNEON_(name) name##_neon_f32
#if MTN_PASS != 5
#elif MTN_X86_512
#define MTN_CALL(fn, args) (mtn_isa() == MTN_ISA_AVX512 ? fn##_avx512_f32 args : mtn_isa() == MTN_ISA_AVX2 ? fn##_avx2_f32 args : fn##_f32 args)
#elif MTN_X86
#define MTN_CALL(fn, args) (mtn_isa() == MTN_ISA_AVX2 ? fn##_avx2_f32 args : fn##_f32 args)
#elif MTN_NEON
#define MTN_CALL(fn, args) (mtn_isa() == MTN_ISA_NEON ? fn##_neon_f32 args : fn##_f32 args)
#else
#define MTN_CALL(fn, args) (fn##_f32 args)
#endif
#else
#define mtn_real double
#define mtn_word uint64_t
#define MTN_T_(name) name##_f64
#define MTN_V256_(name) name##_avx2_f64
#define MTN_V512_(name) name##_avx512_f64
#define MTN_VNEON_(name) name##_neon_f64
#if MTN_PASS != 5
#elif MTN_X86_512
#define MTN_CALL(fn, args) (mtn_isa() == MTN_ISA_AVX512 ? fn##_avx512_f64 args : mtn_isa() == MTN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif MTN_X86
#define MTN_CALL(fn, args) (mtn_isa() == MTN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif MTN_NEON
#define MTN_CALL(fn, args) (mtn_isa() == MTN_ISA_NEON ? fn##_neon_f64 args : fn##_f64 args)
#else
#define MTN_CALL(fn, args) (fn##_f64 args)
#endif
#endif
#if MTN_ISA == 0
#define MTN_X(name) MTN_T_(name)
#elif MTN_ISA == 1
#define MTN_X(name) MTN_V256_(name)
#elif MTN_ISA == 2
#define MTN_X(name) MTN_V512_(name)
#else
#define MTN_X(name) MTN_VNEON_(name)
#endif
#define MTN_K(number) MTN_CAST(mtn_real, number)
#if MTN_PASS == 3
#define MTN_INLINE METRICS_INLINE
#define MTN_FN METRICS_INLINE
#else
#if defined(__GNUC__) && MTN_PASS == 4 && MTN_ISA != 0
#define MTN_INLINE static inline __attribute__((always_inline, unused))
#else
#define MTN_INLINE MTN_UNUSED static inline
#endif
#define MTN_FN MTN_UNUSED static
#endif
#define MTN_LANES (MTN_ISA == 1 ? 256 / MTN_BITS : MTN_ISA == 2 ? 512 / MTN_BITS : MTN_ISA == 3 ? 128 / MTN_BITS : 1)

#if MTN_PASS == 3 || (MTN_PASS == 4 && MTN_ISA != 0)
/* ---- pass 3 (scalar, public) and 4 (per ISA): vectors and formulas ------------ */

/* ---- core/vec ---- */

#if MTN_ISA == 0

typedef mtn_real mtn_vec;
typedef mtn_word mtn_uvec;
typedef int mtn_mask;

#if MTN_BITS == 32
#define MTN_LIBM(name) name##f
#else
#define MTN_LIBM(name) name
#endif

MTN_INLINE mtn_vec mtn_set1(mtn_real x) { return x; }
MTN_INLINE mtn_vec mtn_load(const mtn_real *p) { return *p; }
MTN_INLINE void mtn_store(mtn_real *p, mtn_vec x) { *p = x; }
MTN_INLINE mtn_uvec mtn_bits(mtn_vec x) { mtn_uvec u; memcpy(&u, &x, sizeof u); return u; }
MTN_INLINE mtn_vec mtn_from_bits(mtn_uvec u) { mtn_vec x; memcpy(&x, &u, sizeof x); return x; }
MTN_INLINE mtn_vec mtn_select(mtn_mask m, mtn_vec a, mtn_vec b) { return m ? a : b; }
MTN_INLINE mtn_vec mtn_keep(mtn_mask m, mtn_vec x) { return m ? x : MTN_K(0); }
MTN_INLINE mtn_mask mtn_not(mtn_mask m) { return !m; }
MTN_INLINE int mtn_any(mtn_mask m) { return m; }
MTN_INLINE int mtn_all(mtn_mask m) { return m; }
MTN_INLINE mtn_vec mtn_abs(mtn_vec x) { return MTN_LIBM(fabs)(x); }
MTN_INLINE mtn_vec mtn_sqrt(mtn_vec x) { return MTN_LIBM(sqrt)(x); }

/* The second operand where the comparison fails: so a NaN in a gives b. */
MTN_INLINE mtn_vec mtn_min(mtn_vec a, mtn_vec b) { return a < b ? a : b; }
MTN_INLINE mtn_vec mtn_max(mtn_vec a, mtn_vec b) { return a > b ? a : b; }

/* a b + c, in one rounding where the processor has it. */
MTN_INLINE mtn_vec mtn_fma(mtn_vec a, mtn_vec b, mtn_vec c)
{
#if (MTN_BITS == 32 && defined(FP_FAST_FMAF)) || (MTN_BITS == 64 && defined(FP_FAST_FMA))
    return MTN_LIBM(fma)(a, b, c);
#else
    return a * b + c;
#endif
}

/* To the nearest integer, ties to even. */
MTN_INLINE mtn_vec mtn_round(mtn_vec x)
{
#if FLT_EVAL_METHOD == 0 && !defined(__FAST_MATH__)
    const mtn_vec whole = MTN_BITS == 32 ? MTN_K(8388608.0) : MTN_K(4503599627370496.0), big = x < 0 ? -whole : whole;
    return mtn_abs(x) < whole ? (x + big) - big : x;
#else
    return MTN_LIBM(rint)(x);
#endif
}

MTN_INLINE double mtn_hsum(mtn_vec x) { return MTN_CAST(double, x); }
MTN_INLINE mtn_real mtn_hmax(mtn_vec x) { return x; }
MTN_INLINE mtn_real mtn_hmin(mtn_vec x) { return x; }
MTN_INLINE mtn_mask mtn_first(size_t m) { return m > 0; }
MTN_INLINE mtn_vec mtn_load_part(const mtn_real *p, size_t m) { return m ? *p : MTN_K(0); }
MTN_INLINE void mtn_store_part(mtn_real *p, mtn_vec x, size_t m) { if (m) *p = x; }
MTN_INLINE mtn_vec mtn_lane_index(void) { return MTN_K(0); }

#else

typedef mtn_real mtn_vec __attribute__((vector_size(MTN_LANES * MTN_BITS / 8)));
typedef mtn_word mtn_uvec __attribute__((vector_size(MTN_LANES * MTN_BITS / 8)));
#if MTN_BITS == 32
typedef int32_t mtn_mask __attribute__((vector_size(MTN_LANES * MTN_BITS / 8)));
#else
typedef int64_t mtn_mask __attribute__((vector_size(MTN_LANES * MTN_BITS / 8)));
#endif

#if MTN_ISA == 1 && MTN_BITS == 32
#define MTN_INTRINSIC(name) _mm256_##name##_ps
#elif MTN_ISA == 1
#define MTN_INTRINSIC(name) _mm256_##name##_pd
#elif MTN_ISA == 2 && MTN_BITS == 32
#define MTN_INTRINSIC(name) _mm512_##name##_ps
#elif MTN_ISA == 2
#define MTN_INTRINSIC(name) _mm512_##name##_pd
#elif MTN_BITS == 32
#define MTN_INTRINSIC(name) v##name##q_f32
#else
#define MTN_INTRINSIC(name) v##name##q_f64
#endif

MTN_INLINE mtn_vec mtn_set1(mtn_real x)
{
#if MTN_ISA == 3
    return MTN_BITS == 32 ? (mtn_vec)vdupq_n_f32((float)x) : (mtn_vec)vdupq_n_f64((double)x);
#else
    return (mtn_vec)MTN_INTRINSIC(set1)(x);
#endif
}

MTN_INLINE mtn_vec mtn_load(const mtn_real *p) { mtn_vec x; memcpy(&x, p, sizeof x); return x; }
MTN_INLINE void mtn_store(mtn_real *p, mtn_vec x) { memcpy(p, &x, sizeof x); }
MTN_INLINE mtn_uvec mtn_bits(mtn_vec x) { return (mtn_uvec)x; }
MTN_INLINE mtn_vec mtn_from_bits(mtn_uvec u) { return (mtn_vec)u; }
MTN_INLINE mtn_mask mtn_not(mtn_mask m) { return ~m; }
MTN_INLINE mtn_vec mtn_keep(mtn_mask m, mtn_vec x) { return (mtn_vec)((mtn_mask)x & m); }
MTN_INLINE mtn_vec mtn_abs(mtn_vec x)
{
    const mtn_uvec sign = mtn_bits(mtn_set1(MTN_K(-0.0)));
    return mtn_from_bits(mtn_bits(x) & ~sign);
}

MTN_INLINE mtn_vec mtn_select(mtn_mask m, mtn_vec a, mtn_vec b)
{
#if MTN_ISA == 1 && MTN_BITS == 32
    return (mtn_vec)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m);
#elif MTN_ISA == 1
    return (mtn_vec)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)m);
#elif MTN_ISA == 3 && MTN_BITS == 32
    return (mtn_vec)vbslq_f32((uint32x4_t)m, (float32x4_t)a, (float32x4_t)b);
#elif MTN_ISA == 3
    return (mtn_vec)vbslq_f64((uint64x2_t)m, (float64x2_t)a, (float64x2_t)b);
#else
    return (mtn_vec)(((mtn_mask)a & m) | ((mtn_mask)b & ~m));
#endif
}

MTN_INLINE mtn_vec mtn_sqrt(mtn_vec x) { return (mtn_vec)MTN_INTRINSIC(sqrt)(x); }

/* The second operand where the comparison fails: so a NaN in a gives b. */
MTN_INLINE mtn_vec mtn_min(mtn_vec a, mtn_vec b)
{
#if MTN_ISA == 3
    return mtn_select(a < b, a, b);
#else
    return (mtn_vec)MTN_INTRINSIC(min)(a, b);
#endif
}

MTN_INLINE mtn_vec mtn_max(mtn_vec a, mtn_vec b)
{
#if MTN_ISA == 3
    return mtn_select(a > b, a, b);
#else
    return (mtn_vec)MTN_INTRINSIC(max)(a, b);
#endif
}

/* a b + c in one rounding. */
MTN_INLINE mtn_vec mtn_fma(mtn_vec a, mtn_vec b, mtn_vec c)
{
#if MTN_ISA == 3
    return (mtn_vec)MTN_INTRINSIC(fma)(c, a, b);
#else
    return (mtn_vec)MTN_INTRINSIC(fmadd)(a, b, c);
#endif
}

/* To the nearest integer, ties to even. */
MTN_INLINE mtn_vec mtn_round(mtn_vec x)
{
#if MTN_ISA == 3
    return (mtn_vec)MTN_INTRINSIC(rndn)(x);
#elif MTN_ISA == 2
    return (mtn_vec)MTN_INTRINSIC(roundscale)(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    return (mtn_vec)MTN_INTRINSIC(round)(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#endif
}

/* The sum of the lanes, in double. */
MTN_INLINE double mtn_hsum(mtn_vec x)
{
#if MTN_ISA == 1
#if MTN_BITS == 32
    __m256d d = _mm256_add_pd(_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)x)), _mm256_cvtps_pd(_mm256_extractf128_ps((__m256)x, 1)));
#else
    __m256d d = (__m256d)x;
#endif
    __m128d s = _mm_add_pd(_mm256_castpd256_pd128(d), _mm256_extractf128_pd(d, 1));
    return _mm_cvtsd_f64(_mm_add_sd(s, _mm_unpackhi_pd(s, s)));
#else
    mtn_real lane[MTN_LANES];
    double sum = 0;
    int k;
    mtn_store(lane, x);
    for (k = 0; k < MTN_LANES; k++) sum += (double)lane[k];
    return sum;
#endif
}

MTN_INLINE mtn_real mtn_hmax(mtn_vec x)
{
    mtn_real lane[MTN_LANES], best;
    int k;
    mtn_store(lane, x);
    best = lane[0];
    for (k = 1; k < MTN_LANES; k++) best = lane[k] > best ? lane[k] : best;
    return best;
}

MTN_INLINE mtn_real mtn_hmin(mtn_vec x)
{
    mtn_real lane[MTN_LANES], best;
    int k;
    mtn_store(lane, x);
    best = lane[0];
    for (k = 1; k < MTN_LANES; k++) best = lane[k] < best ? lane[k] : best;
    return best;
}

MTN_INLINE int mtn_any(mtn_mask m)
{
#if MTN_ISA == 1
    return _mm256_movemask_epi8((__m256i)m) != 0;
#else
    mtn_word lane[MTN_LANES], any = 0;
    int k;
    memcpy(lane, &m, sizeof lane);
    for (k = 0; k < MTN_LANES; k++) any |= lane[k];
    return any != 0;
#endif
}

MTN_INLINE int mtn_all(mtn_mask m) { return !mtn_any(~m); }

/* 0, 1, 2, ... over the lanes. */
MTN_INLINE mtn_vec mtn_lane_index(void)
{
    mtn_real lane[MTN_LANES];
    int k;
    for (k = 0; k < MTN_LANES; k++) lane[k] = (mtn_real)k;
    return mtn_load(lane);
}

/* True in the first m lanes. */
MTN_INLINE mtn_mask mtn_first(size_t m)
{
#if MTN_BITS == 32
    static const int32_t table[2 * MTN_LANES] = {
#else
    static const int64_t table[2 * MTN_LANES] = {
#endif
#if MTN_LANES >= 16
        -1, -1, -1, -1, -1, -1, -1, -1,
#endif
#if MTN_LANES >= 8
        -1, -1, -1, -1,
#endif
#if MTN_LANES >= 4
        -1, -1,
#endif
        -1, -1 };
    mtn_mask mask;
    memcpy(&mask, table + MTN_LANES - (m < MTN_LANES ? m : MTN_LANES), sizeof mask);
    return mask;
}

/* The first m < MTN_LANES elements at p, zeros behind them. Nothing else is read. */
#if MTN_ISA != 1 || defined(MTN_NO_MASKED_MOVES)
MTN_INLINE mtn_vec mtn_load_part(const mtn_real *p, size_t m)
{
    mtn_real lane[MTN_LANES] = {0};
    memcpy(lane, p, m * sizeof *p);
    return mtn_load(lane);
}

MTN_INLINE void mtn_store_part(mtn_real *p, mtn_vec x, size_t m)
{
    mtn_real lane[MTN_LANES];
    mtn_store(lane, x);
    memcpy(p, lane, m * sizeof *p);
}
#else
MTN_INLINE mtn_vec mtn_load_part(const mtn_real *p, size_t m)
{
    return (mtn_vec)MTN_INTRINSIC(maskload)(p, (__m256i)mtn_first(m));
}

MTN_INLINE void mtn_store_part(mtn_real *p, mtn_vec x, size_t m)
{
    MTN_INTRINSIC(maskstore)(p, (__m256i)mtn_first(m), x);
}
#endif

#endif

MTN_INLINE mtn_vec mtn_zero(void) { return mtn_set1(MTN_K(0)); }
MTN_INLINE mtn_vec mtn_clamp(mtn_vec x, mtn_vec low, mtn_vec high) { return mtn_min(mtn_max(x, low), high); }
MTN_INLINE mtn_vec mtn_neg_if(mtn_mask m, mtn_vec x) { return mtn_select(m, -x, x); }
MTN_INLINE mtn_uvec mtn_bits1(mtn_word u) { mtn_real x; memcpy(&x, &u, sizeof x); return mtn_bits(mtn_set1(x)); }

/* -1, 0 or 1; sign(0) = 0. */
MTN_INLINE mtn_vec mtn_sign(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1));
    return mtn_keep(x > mtn_zero(), one) - mtn_keep(x < mtn_zero(), one);
}

MTN_INLINE mtn_vec mtn_copysign(mtn_vec x, mtn_vec sign)
{
    const mtn_uvec bit = mtn_bits(mtn_set1(MTN_K(-0.0)));
    return mtn_from_bits((mtn_bits(x) & ~bit) | (mtn_bits(sign) & bit));
}

/* The loss of one value (or one vector of values) with its first and second
   derivative: what every formula of an elementwise function returns. */
typedef struct {
    mtn_vec loss, grad, hess;
} mtn_point;

/* ---- core/vmath ---- */

/* ---- elementary functions ---------------------------------------------------------

   The same text is the scalar function of one float or double and the vector
   function of every instruction set. The results are within these bounds, in
   units in the last place of the exact result, gradual underflow, special values
   and sign of zero as in C99; "measured" is the largest error found.

     function            bound  measured float, double
     exp                   2    1.08*  0.94
     expm1                 2    1.49+  1.47
     log                   2    0.83*  0.78
     log1p                 2    1.39*  1.32
     tanh                  2    1.94+  1.94
     sigmoid               2    1.80   1.85
     softplus              2    1.51   1.57
     pow                   2    0.94   0.87
     cbrt                  1    0.69   0.67
     sin, cos              2    0.79   0.79    all finite arguments; from |x| = 1600 (float),
                                               1600000 (double) on the C library does them
     atan                  2    1.84   1.42
     erf                   2    1.36   1.37
     erfc                  5    4.10   3.79
     lgamma               10    7.25   7.02    for x > 0; below, or an absolute error
                                               of bound * epsilon * max(4, |x| log |x|)
     digamma               6    4.44   4.27    or an absolute error of
                                               bound * epsilon * max(4, log |x|)
     (* over all 2^32 floats, + over all of 2^-6 <= |x| < 8, the others over samples)

   The absolute error counts where the result is small next to the terms it is the
   difference of: near the zeros of digamma and those of lgamma at negative x.
   lgamma is log |Gamma(x)|, infinity at 0 and the negative integers; digamma is
   -infinity at 0, infinity at -0, NaN at the negative integers and -infinity.

   No bound needs a fused multiply-add or hangs on FLT_EVAL_METHOD. Compiled with
   -ffast-math the bounds are two ulp wider, and hold for arguments and results well
   within the range of normal numbers. */

#if MTN_BITS == 32
#define MTN_MANTISSA 23
#define MTN_BIAS 127
#define MTN_WORD(w32, w64) MTN_CAST(mtn_word, w32)
#define MTN_F(c32, c64) MTN_K(c32)
#else
#define MTN_MANTISSA 52
#define MTN_BIAS 1023
#define MTN_WORD(w32, w64) MTN_CAST(mtn_word, w64)
#define MTN_F(c32, c64) MTN_K(c64)
#endif

/* x as the type holds it, and a wall to the optimiser: -ffast-math must not
   reassociate across it, nor x87 registers carry more digits over it. */
MTN_INLINE mtn_vec mtn_exact(mtn_vec x)
{
#if MTN_ISA == 0 && (!defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0)
    volatile mtn_real y = x;
    return y;
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__)
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
    return __builtin_assoc_barrier(x);
#elif defined(__clang__) && __clang_major__ >= 14 && (defined(__x86_64__) || defined(__i386__))
    return __arithmetic_fence(x);
#else
    volatile mtn_vec y = x;
    return y;
#endif
#else
    return x;
#endif
}

MTN_INLINE mtn_vec mtn_infinity(void)
{
    return mtn_from_bits(mtn_bits1(MTN_WORD(0x7f800000u, UINT64_C(0x7ff0000000000000))));
}

MTN_INLINE mtn_vec mtn_nan(void)
{
    return mtn_from_bits(mtn_bits1(MTN_WORD(0x7fc00000u, UINT64_C(0x7ff8000000000000))));
}

/* A whole number as a value and as bits (two's complement). */
typedef struct {
    mtn_vec value;
    mtn_uvec bits;
} mtn_whole;

/* The whole number nearest to x y, where |x y| < 2^21. Adding 1.5 times the
   number whose ulp is 1 rounds, and leaves the result in the low bits. */
MTN_INLINE mtn_whole mtn_nearest(mtn_vec x, mtn_vec y)
{
    const mtn_vec big = mtn_set1(MTN_F(12582912.0, 6755399441055744.0));
    const mtn_vec sum = mtn_exact(mtn_fma(x, y, big));
    mtn_whole n;
    n.value = mtn_exact(sum - big);
    n.bits = mtn_bits(sum) - mtn_bits(big);
    return n;
}

/* 2^n for -126 <= n <= 127 (double: -1022 to 1023) */
MTN_INLINE mtn_vec mtn_pow2(mtn_uvec n)
{
    return mtn_from_bits((n + MTN_CAST(mtn_word, MTN_BIAS)) << MTN_MANTISSA);
}

/* x 2^n for |n| up to twice the largest exponent: in two steps, so that the
   result alone overflows or is rounded to a subnormal. */
MTN_INLINE mtn_vec mtn_scale2(mtn_vec x, mtn_uvec n)
{
    const mtn_uvec both = n + MTN_CAST(mtn_word, 2 * MTN_BIAS), half = both >> 1;
    return mtn_exact(x * mtn_from_bits(half << MTN_MANTISSA)) * mtn_from_bits((both - half) << MTN_MANTISSA);
}

/* ---- exponentials --------------------------------------------------------------- */

/* (e^r - 1 - r) / r^2 for |r| <= log(2) / 2 */
MTN_INLINE mtn_vec mtn_exp_tail(mtn_vec r)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.00139288523));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.00836351359)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.0416665316)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.16666575)));
    return mtn_fma(q, r, mtn_set1(MTN_K(0.5)));
#else
    mtn_vec q = mtn_set1(MTN_K(2.0919116983338354e-9));
    q = mtn_fma(q, r, mtn_set1(MTN_K(2.5105810317631291e-8)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(2.755726166930097e-7)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(2.7557253966587009e-6)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(2.4801587336705121e-5)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.00019841269875957273)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.0013888888888879587)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.0083333333333258082)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.041666666666666675)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.16666666666666671)));
    return mtn_fma(q, r, mtn_set1(MTN_K(0.5)));
#endif
}

#define MTN_LOG2E MTN_K(1.4426950408889634)
/* log(2) in two: the first has zeros at its end, so that its product with an exponent is exact. */
#define MTN_LN2_HIGH MTN_F(0.693145751953125, 0.69314718056011770)
#define MTN_LN2_LOW MTN_F(1.42860682031e-6, -1.7239444525614834773e-13)

/* e^x: x = n log 2 + r, e^x = 2^n e^r */
MTN_INLINE mtn_vec mtn_exp(mtn_vec x)
{
    const mtn_vec low = mtn_set1(MTN_F(-104.0, -746.0)), high = mtn_set1(MTN_F(89.0, 710.0));
    const mtn_vec z = mtn_min(high, mtn_max(low, x));
    const mtn_whole n = mtn_nearest(z, mtn_set1(MTN_LOG2E));
    mtn_vec r = mtn_exact(mtn_fma(n.value, mtn_set1(-MTN_LN2_HIGH), z));
    r = mtn_fma(n.value, mtn_set1(-MTN_LN2_LOW), r);
    return mtn_scale2(mtn_fma(mtn_exp_tail(r), r * r, r) + MTN_K(1), n.bits);
}

/* The same with a term more in float, for where e^r - 1 cancels. */
MTN_INLINE mtn_vec mtn_expm1_tail(mtn_vec r)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.000198914798));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.00139340904)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.00833331048)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.0416664609)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.166666667)));
    return mtn_fma(q, r, mtn_set1(MTN_K(0.500000001)));
#else
    return mtn_exp_tail(r);
#endif
}

/* e^x - 1 = 2^n ((1 - 2^-n) + (e^r - 1)) */
MTN_INLINE mtn_vec mtn_expm1(mtn_vec x)
{
    const mtn_vec low = mtn_set1(MTN_F(-20.0, -40.0)), high = mtn_set1(MTN_F(89.0, 710.0));
    const mtn_vec z = mtn_min(high, mtn_max(low, x));
    const mtn_whole n = mtn_nearest(z, mtn_set1(MTN_LOG2E));
    const mtn_vec start = mtn_exact(mtn_fma(n.value, mtn_set1(-MTN_LN2_HIGH), z));
    const mtn_vec r = mtn_exact(mtn_fma(n.value, mtn_set1(-MTN_LN2_LOW), start));
    const mtn_vec rest = mtn_fma(n.value, mtn_set1(-MTN_LN2_LOW), mtn_exact(start - r));
    const mtn_vec small = r + mtn_fma(mtn_expm1_tail(r), r * r, rest);
    const mtn_whole m = mtn_nearest(mtn_min(n.value, mtn_set1(MTN_K(64))), mtn_set1(MTN_K(-1)));
    const mtn_vec one = mtn_exact(MTN_K(1) - mtn_pow2(m.bits));
    return mtn_copysign(mtn_scale2(one + small, n.bits), x);
}

/* ---- logarithms ----------------------------------------------------------------- */

/* log(2^k (1 + f)) for sqrt(1/2) - 1 <= f <= sqrt(2) - 1 */
MTN_INLINE mtn_vec mtn_log_of(mtn_vec k, mtn_vec f)
{
    const mtn_vec f2 = f * f;
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.0697161147));
    q = mtn_fma(q, f, mtn_set1(MTN_K(-0.114797338)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(0.116854199)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(-0.124256873)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(0.142490576)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(-0.166678023)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(0.200007157)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(-0.24999997)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(0.333333312)));
    q = mtn_fma(q * f, f2, k * MTN_LN2_LOW);
    q = mtn_fma(f2, mtn_set1(MTN_K(-0.5)), q);
#else
    /* log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f) */
    const mtn_vec s = f / (f + MTN_K(2)), z = s * s, half = f2 * MTN_K(0.5);
    mtn_vec q = mtn_set1(MTN_K(0.14617807153417325));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.15331611722055008)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.18182892432536871)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.22222211089379496)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.28571428626253838)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.39999999999898891)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.66666666666666697)));
    q = mtn_fma(s, mtn_fma(q, z, half), k * MTN_LN2_LOW) - half;
#endif
    return k * MTN_LN2_HIGH + mtn_exact(f + q);
}

/* A positive normal number's k and 2^k m = x, sqrt(1/2) <= m < sqrt(2). */
typedef struct {
    mtn_vec exponent, fraction;
} mtn_parts;

MTN_INLINE mtn_parts mtn_take_apart(mtn_vec x)
{
    const mtn_word root = MTN_WORD(0x3f3504f3u, UINT64_C(0x3fe6a09e667f3bcd));
    const mtn_word one = MTN_WORD(0x3f800000u, UINT64_C(0x3ff0000000000000));
    const mtn_word big = MTN_WORD(0x4b000000u, UINT64_C(0x4330000000000000));
    const mtn_word mask = MTN_WORD(0x007fffffu, UINT64_C(0x000fffffffffffff));
    const mtn_uvec u = mtn_bits(x) + MTN_CAST(mtn_word, one - root);
    mtn_parts p;
    p.exponent = mtn_exact(mtn_from_bits((u >> MTN_MANTISSA) | mtn_bits1(big)) - MTN_F(8388735.0, 4503599627371519.0));
    p.fraction = mtn_from_bits((u & mtn_bits1(mask)) + root);
    return p;
}

/* y for finite x > 0, else what the logarithm of x is: -infinity of 0, infinity, or NaN */
MTN_INLINE mtn_vec mtn_log_limits(mtn_vec x, mtn_vec y)
{
    const mtn_vec zero = mtn_zero(), infinity = mtn_infinity();
    const mtn_vec limit = mtn_select(x == zero, -infinity, mtn_select(x > zero, x, mtn_nan()));
    return mtn_select((x > zero) & (x < infinity), y, limit);
}

MTN_INLINE mtn_vec mtn_log(mtn_vec x)
{
    const mtn_mask tiny = x < MTN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const mtn_parts p = mtn_take_apart(mtn_select(tiny, x * MTN_F(33554432.0, 18014398509481984.0), x));
    const mtn_vec k = p.exponent - mtn_keep(tiny, mtn_set1(MTN_F(25.0, 54.0)));
    return mtn_log_limits(x, mtn_log_of(k, p.fraction - MTN_K(1)));
}

/* log(1 + x): 2^k m = 1 + x, and m - 1 = (2^-k - 1) + 2^-k x hardly rounds. */
MTN_INLINE mtn_vec mtn_log1p(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), sum = mtn_exact(x + one);
    const mtn_parts p = mtn_take_apart(sum);
    const mtn_mask large = x > MTN_F(1073741824.0, 1152921504606846976.0);
    const mtn_vec k = mtn_select(large, mtn_zero(), mtn_max(p.exponent, mtn_set1(MTN_K(-64))));
    const mtn_vec scale = mtn_pow2(mtn_nearest(k, mtn_set1(MTN_K(-1))).bits);
    const mtn_vec f = mtn_fma(scale, x, mtn_exact(scale - one));
    const mtn_vec y = mtn_log_of(p.exponent, mtn_select(large, p.fraction - one, f));
    return mtn_copysign(mtn_log_limits(sum, y), x);
}

/* ---- what is built on them ------------------------------------------------------- */

/* 1 / (1 + e^-x). With e = e^-|x|, which does not overflow, and w = e / (1 + e)
   it is 1 - w for x >= 0 and w = e - e w below. */
MTN_INLINE mtn_vec mtn_sigmoid(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), e = mtn_exp(-mtn_abs(x)), w = e / (one + e);
    const mtn_vec base = mtn_select(x < mtn_zero(), e, one);
    return mtn_fma(-base, w, base);
}

/* log(1 + e) for 0 <= e <= 1: 1 + f, or 2 (1 + f) with f = (e - 1) / 2, exactly */
MTN_INLINE mtn_vec mtn_log1p_unit(mtn_vec e)
{
    const mtn_vec one = mtn_set1(MTN_K(1));
    const mtn_mask upper = e > MTN_K(0.41421356237309503);
    return mtn_log_of(mtn_keep(upper, one), mtn_select(upper, mtn_exact(e - one) * MTN_K(0.5), e));
}

/* log(1 + e^x) = max(x, 0) + log(1 + e^-|x|) */
MTN_INLINE mtn_vec mtn_softplus(mtn_vec x)
{
    return mtn_max(mtn_zero(), x) + mtn_log1p_unit(mtn_exp(-mtn_abs(x)));
}

/* With t = e^(2 |x|) - 1: tanh |x| = t / (t + 2) = h - h q, h = t / 2, q = t / (t + 2);
   from |x| = 0.55 on 1 - 2 / (t + 2). */
MTN_INLINE mtn_vec mtn_tanh(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), two = mtn_set1(MTN_K(2)), a = mtn_abs(x);
    const mtn_vec t = mtn_expm1(mtn_min(mtn_set1(MTN_K(44)), a * two));
    const mtn_mask large = a > MTN_K(0.55);
    const mtn_vec q = mtn_select(large, two, t) / (t + two), base = mtn_select(large, one, t * MTN_K(0.5));
    return mtn_copysign(mtn_fma(-base, q, base), x);
}

/* ---- numbers of twice the precision ------------------------------------------------ */

/* high + low, |low| at most about half an ulp of high */
typedef struct {
    mtn_vec high, low;
} mtn_pair;

/* a + b exactly */
MTN_INLINE mtn_pair mtn_two_sum(mtn_vec a, mtn_vec b)
{
    mtn_pair s;
    mtn_vec part;
    s.high = mtn_exact(a + b);
    part = mtn_exact(s.high - a);
    s.low = mtn_exact(mtn_exact(a - mtn_exact(s.high - part)) + mtn_exact(b - part));
    return s;
}

/* a + b exactly, |a| >= |b| or a = 0 */
MTN_INLINE mtn_pair mtn_quick_sum(mtn_vec a, mtn_vec b)
{
    mtn_pair s;
    s.high = mtn_exact(a + b);
    s.low = mtn_exact(b - mtn_exact(s.high - a));
    return s;
}

/* x with the lower half of its digits zero */
MTN_INLINE mtn_vec mtn_upper_half(mtn_vec x)
{
    return mtn_from_bits(mtn_bits(x) & mtn_bits1(MTN_WORD(0xfffff000u, UINT64_C(0xfffffffff8000000))));
}

/* a b exactly (to an ulp of low without a fused multiply-add) */
MTN_INLINE mtn_pair mtn_two_product(mtn_vec a, mtn_vec b)
{
    mtn_pair p;
    p.high = mtn_exact(a * b);
#if MTN_ISA != 0
    p.low = mtn_exact(mtn_fma(a, b, -p.high));
#else
    {
        const mtn_vec ah = mtn_upper_half(a), al = mtn_exact(a - ah), bh = mtn_upper_half(b), bl = mtn_exact(b - bh);
        p.low = mtn_exact(mtn_exact(mtn_exact(mtn_exact(ah * bh - p.high) + ah * bl) + al * bh) + al * bl);
    }
#endif
    return p;
}

/* a b in pairs */
MTN_INLINE mtn_pair mtn_pair_product(mtn_pair a, mtn_pair b)
{
    mtn_pair p = mtn_two_product(a.high, b.high);
    p.low = p.low + (a.high * b.low + a.low * b.high);
    return p;
}

/* e^(high + low): as mtn_exp, with low added to what the reduction leaves. |low| << 1. */
MTN_INLINE mtn_vec mtn_exp_pair(mtn_pair x)
{
    const mtn_vec low = mtn_set1(MTN_F(-120.0, -760.0)), high = mtn_set1(MTN_F(89.0, 710.0));
    const mtn_vec z = mtn_min(high, mtn_max(low, x.high));
    const mtn_whole n = mtn_nearest(z, mtn_set1(MTN_LOG2E));
    const mtn_vec start = mtn_exact(mtn_fma(n.value, mtn_set1(-MTN_LN2_HIGH), z));
    const mtn_vec rest = mtn_exact(mtn_fma(n.value, mtn_set1(-MTN_LN2_LOW), mtn_keep(z == x.high, x.low)));
    const mtn_vec r = mtn_exact(start + rest);
    const mtn_vec lost = mtn_exact(start - r) + rest;
    return mtn_scale2(MTN_K(1) + mtn_exact(r + mtn_fma(mtn_exp_tail(r), r * r, lost)), n.bits);
}

/* ---- powers ------------------------------------------------------------------------ */

/* (2 atanh(s) - 2 s - 2 s^3 / 3) / s^5 in z = s^2, |s| <= 0.1716 */
MTN_INLINE mtn_vec mtn_log_tail(mtn_vec z)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.191217697));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.222047137)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.285715322)));
    return mtn_fma(q, z, mtn_set1(MTN_K(0.399999999)));
#else
    mtn_vec q = mtn_set1(MTN_K(0.11724904124570041));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.1170607121759953)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.13334810864251617)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.15384594848987562)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.18181818336456081)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.22222222221651192)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.28571428571429374)));
    return mtn_fma(q, z, mtn_set1(MTN_K(0.4)));
#endif
}

/* log x as a pair, for finite x > 0: with s = (m - 1) / (m + 1),
   log(2^k m) = k log 2 + s (2 + z (2 / 3 + z tail(z))), z = s^2 */
MTN_INLINE mtn_pair mtn_log_pair(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), two = mtn_set1(MTN_K(2));
    const mtn_mask tiny = x < MTN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const mtn_parts p = mtn_take_apart(mtn_select(tiny, x * MTN_F(33554432.0, 18014398509481984.0), x));
    const mtn_vec k = p.exponent - mtn_keep(tiny, mtn_set1(MTN_F(25.0, 54.0)));
    const mtn_vec f = mtn_exact(p.fraction - one);
    const mtn_pair d = mtn_quick_sum(two, f);
    const mtn_vec inverse = one / d.high;
    mtn_pair s, z, a, sum, product;
    s.high = mtn_exact(f * inverse);
    product = mtn_two_product(s.high, d.high);
    s.low = (mtn_exact(mtn_exact(f - product.high) - product.low) - s.high * d.low) * inverse;
    z = mtn_pair_product(s, s);
    a = mtn_quick_sum(mtn_set1(MTN_F(0.6666666865348815918, 0.6666666666666666297)), z.high * mtn_log_tail(z.high));
    a.low = a.low + MTN_F(-1.9868214925130208e-8, 3.7007434154171885e-17);
    a = mtn_pair_product(z, a);
    sum = mtn_quick_sum(two, a.high);
    sum.low = sum.low + a.low;
    product = mtn_pair_product(s, sum);
    sum = mtn_two_sum(k * MTN_LN2_HIGH, product.high);
    return mtn_quick_sum(sum.high, sum.low + (product.low + k * MTN_LN2_LOW));
}

/* x^y = e^(y log |x|), negative for negative x and odd y; the special values of C99. */
MTN_FN mtn_vec mtn_pow(mtn_vec x, mtn_vec y)
{
    const mtn_vec zero = mtn_zero(), one = mtn_set1(MTN_K(1)), infinity = mtn_infinity();
    const mtn_vec a = mtn_abs(x), huge = mtn_set1(MTN_F(1152921504606846976.0, 1267650600228229401496703205376.0));
    const mtn_vec z = mtn_min(huge, mtn_max(-huge, y)), half = y * MTN_K(0.5);
    const mtn_mask whole = mtn_round(y) == y, odd = whole & (mtn_round(half) != half);
    const mtn_pair logarithm = mtn_log_pair(a);
    mtn_pair power = mtn_two_product(logarithm.high, z);
    mtn_vec far = mtn_copysign(mtn_set1(MTN_K(2000)), y), result;
    power = mtn_quick_sum(power.high, power.low + logarithm.low * z);
    far = mtn_select(a == zero, -far, far);
    power.high = mtn_select((a == zero) | (a == infinity), far, power.high);
    result = mtn_exp_pair(power);
    result = mtn_select(odd, mtn_copysign(result, x), result);
    result = mtn_select((x < zero) & (a != infinity) & mtn_not(whole), mtn_nan(), result);
    result = mtn_select((x == x) & (y == y), result, mtn_nan());
    return mtn_select((y == zero) | (x == one), one, result);
}

/* about the cube root of m, sqrt(1/8) <= m < sqrt(8): to 2^-9 (float), 2^-7 (double) */
MTN_INLINE mtn_vec mtn_cbrt_guess(mtn_vec m)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.00723872626));
    q = mtn_fma(q, m, mtn_set1(MTN_K(-0.0722668714)));
    q = mtn_fma(q, m, mtn_set1(MTN_K(0.292026507)));
    q = mtn_fma(q, m, mtn_set1(MTN_K(-0.634247101)));
    q = mtn_fma(q, m, mtn_set1(MTN_K(0.977624672)));
    return mtn_fma(q, m, mtn_set1(MTN_K(0.430228457)));
#else
    mtn_vec q = mtn_set1(MTN_K(-0.01304334529589504));
    q = mtn_fma(q, m, mtn_set1(MTN_K(0.11182671173693957)));
    q = mtn_fma(q, m, mtn_set1(MTN_K(-0.38451222453810984)));
    q = mtn_fma(q, m, mtn_set1(MTN_K(0.82436295592584893)));
    return mtn_fma(q, m, mtn_set1(MTN_K(0.46237450690242317)));
#endif
}

/* |x| = 2^(3 q) m; a guess is improved by Halley's iteration, the last from a
   value t so short that t^2 is exact. */
MTN_FN mtn_vec mtn_cbrt(mtn_vec x)
{
    const mtn_vec a = mtn_abs(x);
    const mtn_mask tiny = a < MTN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const mtn_parts p = mtn_take_apart(mtn_select(tiny, a * MTN_F(16777216.0, 18014398509481984.0), a));
    const mtn_vec k = p.exponent - mtn_keep(tiny, mtn_set1(MTN_F(24.0, 54.0)));
    const mtn_vec third = mtn_set1(MTN_K(0.33333333333333333)), zero = mtn_zero(), infinity = mtn_infinity();
    const mtn_mask finite = (a > zero) & (a < infinity);
    const mtn_whole q = mtn_nearest(mtn_keep(finite, k), third);
    const mtn_whole rest = mtn_nearest(mtn_keep(finite, k) - q.value * MTN_K(3), mtn_set1(MTN_K(1)));
    const mtn_vec m = p.fraction * mtn_pow2(rest.bits);
    mtn_vec t = mtn_cbrt_guess(m), ratio;
#if MTN_BITS == 64
    {
        const mtn_vec cube = t * t * t;
        t = t * ((cube + m * MTN_K(2)) / (cube * MTN_K(2) + m));
    }
    t = mtn_from_bits(mtn_bits(t) & mtn_bits1(UINT64_C(0xfffffffff0000000)));
#else
    t = mtn_upper_half(t);
#endif
    ratio = m / mtn_exact(t * t);
    t = t + t * (mtn_exact(ratio - t) / (t + t + ratio));
    return mtn_select(finite, mtn_copysign(t * mtn_pow2(q.bits), x), x);
}

/* ---- sine, cosine, arc tangent ------------------------------------------------------- */

/* (sin r - r) / r^3 in z = r^2, |r| <= pi / 4 */
MTN_INLINE mtn_vec mtn_sin_tail(mtn_vec z)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(2.72493144e-6));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.00019840082)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.00833333187)));
    return mtn_fma(q, z, mtn_set1(MTN_K(-0.166666667)));
#else
    mtn_vec q = mtn_set1(MTN_K(-7.5865766484052612e-13));
    q = mtn_fma(q, z, mtn_set1(MTN_K(1.6058529573291738e-10)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-2.5052106219528367e-8)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(2.7557319219301937e-6)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.00019841269841265017)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.0083333333333333315)));
    return mtn_fma(q, z, mtn_set1(MTN_K(-0.16666666666666667)));
#endif
}

/* (cos r - 1 + r^2 / 2) / r^4 in z = r^2, |r| <= pi / 4 */
MTN_INLINE mtn_vec mtn_cos_tail(mtn_vec z)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(-2.73004489e-7));
    q = mtn_fma(q, z, mtn_set1(MTN_K(2.48005964e-5)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.00138888877)));
    return mtn_fma(q, z, mtn_set1(MTN_K(0.0416666667)));
#else
    mtn_vec q = mtn_set1(MTN_K(-1.1382456865840482e-11));
    q = mtn_fma(q, z, mtn_set1(MTN_K(2.0876143829213937e-9)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-2.7557317260014707e-7)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(2.4801587298743081e-5)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.0013888888888887382)));
    return mtn_fma(q, z, mtn_set1(MTN_K(0.041666666666666665)));
#endif
}

/* sin(r + low) and cos(r + low), |r| <= pi / 4 */
MTN_INLINE mtn_vec mtn_sin_of(mtn_pair r)
{
    const mtn_vec z = r.high * r.high;
    return r.high + mtn_fma(r.high * z, mtn_sin_tail(z), r.low * mtn_fma(z, mtn_set1(MTN_K(-0.5)), mtn_set1(MTN_K(1))));
}

MTN_INLINE mtn_vec mtn_cos_of(mtn_pair r)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), z = r.high * r.high, half = z * MTN_K(0.5), w = mtn_exact(one - half);
    return w + (mtn_exact(mtn_exact(one - w) - half) + mtn_fma(z * z, mtn_cos_tail(z), -(r.high * r.low)));
}

/* Up to where the reduction below is exact enough; beyond it the C library does it. */
#define MTN_TURN_LIMIT MTN_F(1600.0, 1600000.0)

/* x - n pi / 2 as a pair, and n. pi / 2 comes in four parts, the products of n and
   the first three exact. */
MTN_INLINE mtn_pair mtn_turn(mtn_vec x, mtn_uvec *quarter)
{
    const mtn_whole n = mtn_nearest(x, mtn_set1(MTN_K(0.63661977236758134308)));
    const mtn_vec start = mtn_exact(x - n.value * MTN_F(1.5706787109375, 1.570796326734125614166));
    const mtn_pair a = mtn_two_sum(start, -(n.value * MTN_F(0.00011761486530303955, 6.077100506303965976596e-11)));
    const mtn_pair b = mtn_two_sum(a.high, -(n.value * MTN_F(9.9203134595882148e-10, 2.022266248711166455796e-21)));
    const mtn_vec rest = n.value * MTN_F(6.2233721718966133923e-14, 8.478427660368899644e-32);
    *quarter = n.bits;
    return mtn_two_sum(b.high, a.low + (b.low - rest));
}

/* The sine of |x| under MTN_TURN_LIMIT, a quarter turn of them further where shift is 1. */
MTN_INLINE mtn_vec mtn_sin_shifted(mtn_vec x, mtn_word shift)
{
    mtn_uvec n;
    const mtn_pair r = mtn_turn(x, &n);
    const mtn_uvec one = mtn_bits1(1), none = mtn_bits1(0), quarter = n + shift;
    const mtn_vec y = mtn_select((quarter & one) != none, mtn_cos_of(r), mtn_sin_of(r));
    return mtn_neg_if((quarter & (one + one)) != none, y);
}

/* y, and in the lanes that are set f(x) of the C library in double. */
MTN_FN mtn_vec mtn_lanewise(double (*f)(double), mtn_vec x, mtn_mask m, mtn_vec y)
{
    mtn_real lane[MTN_LANES];
    int k;
    mtn_store(lane, x);
    for (k = 0; k < MTN_LANES; k++) lane[k] = MTN_CAST(mtn_real, f(MTN_CAST(double, lane[k])));
    return mtn_select(m, mtn_load(lane), y);
}

MTN_FN mtn_vec mtn_sin(mtn_vec x)
{
    const mtn_mask small = mtn_abs(x) < MTN_TURN_LIMIT;
    const mtn_vec y = mtn_select(x == mtn_zero(), x, mtn_sin_shifted(mtn_keep(small, x), 0));
    return mtn_all(small) ? y : mtn_lanewise(sin, x, mtn_not(small), y);
}

MTN_FN mtn_vec mtn_cos(mtn_vec x)
{
    const mtn_mask small = mtn_abs(x) < MTN_TURN_LIMIT;
    const mtn_vec y = mtn_sin_shifted(mtn_keep(small, x), 1);
    return mtn_all(small) ? y : mtn_lanewise(cos, x, mtn_not(small), y);
}

/* (atan t - t) / t^3 in z = t^2, |t| <= tan(pi / 8) */
MTN_INLINE mtn_vec mtn_atan_tail(mtn_vec z)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.0504612817));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.0862389667)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.110712604)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.142841455)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.199999772)));
    return mtn_fma(q, z, mtn_set1(MTN_K(-0.333333333)));
#else
    mtn_vec q = mtn_set1(MTN_K(-0.013905374533113235));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.030622995553735516)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.041038875468626873)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.047192591882420924)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.052580202726567583)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.058819230561140226)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.066666418691311827)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.076923067291948968)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.090909090668160809)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.11111111110751481)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.14285714285711491)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.19999999999999991)));
    return mtn_fma(q, z, mtn_set1(MTN_K(-0.33333333333333333)));
#endif
}

/* atan |x| = base + atan t, t = |x|, (|x| - 1) / (|x| + 1) or -1 / |x|, base = 0, pi / 4 or pi / 2 */
MTN_FN mtn_vec mtn_atan(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), zero = mtn_zero(), a = mtn_abs(x);
    const mtn_mask middle = a > MTN_K(0.41421356237309503), large = a > MTN_K(2.4142135623730951);
    const mtn_vec up = mtn_select(large, -one, mtn_select(middle, a - one, a));
    const mtn_vec down = mtn_select(large, a, mtn_select(middle, a + one, one));
    const mtn_vec base = mtn_select(large, mtn_set1(MTN_F(1.570796370506286621, 1.570796326794896558)),
        mtn_keep(middle, mtn_set1(MTN_F(0.7853981852531433105, 0.785398163397448279))));
    const mtn_vec low = mtn_select(large, mtn_set1(MTN_F(-4.3711390001862428e-8, 6.1232339957367659e-17)),
        mtn_select(middle, mtn_set1(MTN_F(-2.1855695000931214e-8, 3.0616169978683829e-17)), zero));
    const mtn_vec t = up / down, z = t * t;
    return mtn_copysign(base + mtn_exact(t + mtn_fma(t * z, mtn_atan_tail(z), low)), x);
}

/* ---- error function -------------------------------------------------------------------- */

/* (erf x - x) / x in z = x^2, |x| <= 1 */
MTN_INLINE mtn_vec mtn_erf_tail(mtn_vec z)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(-9.66704457e-6));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.00011265959)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.000848408041)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.00522103181)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.0268654307)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.112837825)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.376126385)));
    return mtn_fma(q, z, mtn_set1(MTN_K(0.128379167)));
#else
    mtn_vec q = mtn_set1(MTN_K(-4.2309458242953378e-12));
    q = mtn_fma(q, z, mtn_set1(MTN_K(8.7090451290531067e-11)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-1.216456005728345e-9)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(1.4792401209404813e-8)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-1.6364642158167615e-7)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(1.6462045441468419e-6)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-1.4925647567519332e-5)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.00012055332902888735)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.00085483270219348296)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.0052239776254232983)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.026866170645129841)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.1128379167095512)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.37612638903183752)));
    return mtn_fma(q, z, mtn_set1(MTN_K(0.12837916709551257)));
#endif
}

/* (1 + 2 a) e^(a^2) erfc(a) in t = (a - 4) / (a + 4), a from 0.47 to 10.2 (float), 27.4 (double) */
MTN_INLINE mtn_vec mtn_erfc_factor(mtn_vec t)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(-0.00052551435));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.000890759548)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.00515217024)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.0161078784)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0371567471)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.0663477856)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0937323918)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.101037699)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0680971291)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0153796134)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.139621118)));
    return mtn_fma(q, t, mtn_set1(MTN_K(1.23299512)));
#else
    mtn_vec q = mtn_set1(MTN_K(1.5740667325302964e-9));
    q = mtn_fma(q, t, mtn_set1(MTN_K(2.4355756802467888e-9)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-1.4867857762189077e-8)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-1.9813977344735414e-8)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(1.1078129699130398e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(7.7244452519751469e-8)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-8.2570542732789902e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(2.917761739652986e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(5.7097039804903096e-6)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-1.122105046281538e-5)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-2.4399142592225436e-5)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.00015062137526125789)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.00019925672460019633)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.00075777322974703339)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0050319699841567711)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.016197734064972366)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.037167515536801652)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.066330365811704678)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.093732834998388087)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.10103906603632333)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.068097054254691736)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.01537965210262002)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.13962111684056251)));
    return mtn_fma(q, t, mtn_set1(MTN_K(1.2329951186255525)));
#endif
}

/* erfc(a) = e^(-a^2) factor / (1 + 2 a) for a >= 0.47; a^2 = h^2 + (a - h)(a + h), h^2 exact */
MTN_INLINE mtn_vec mtn_erfc_of(mtn_vec a)
{
    const mtn_vec z = mtn_min(mtn_set1(MTN_F(10.2, 27.4)), mtn_max(mtn_set1(MTN_K(0.47)), a));
    const mtn_vec h = mtn_upper_half(z), four = mtn_set1(MTN_K(4));
    const mtn_vec factor = mtn_erfc_factor((z - four) / (z + four)) / (z + z + MTN_K(1));
    mtn_pair square;
    square.high = -mtn_exact(h * h);
    square.low = -(mtn_exact(z - h) * (z + h));
    return mtn_exp_pair(square) * factor;
}

/* x + x tail(x^2) up to 1, 1 - erfc |x| beyond */
MTN_FN mtn_vec mtn_erf(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), a = mtn_abs(x), inner = mtn_min(one, a);
    const mtn_vec small = mtn_fma(inner, mtn_erf_tail(inner * inner), inner);
    return mtn_select(x == x, mtn_copysign(mtn_select(a > one, one - mtn_erfc_of(a), small), x), x);
}

/* 1 - erf(x) for |x| < 1/2, 2 - erfc(-x) below */
MTN_FN mtn_vec mtn_erfc(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), half = mtn_set1(MTN_K(0.5)), a = mtn_abs(x), tail = mtn_erfc_of(a);
    const mtn_vec inner = mtn_min(half, mtn_max(-half, x));
    const mtn_vec small = one - mtn_fma(inner, mtn_erf_tail(inner * inner), inner);
    const mtn_vec y = mtn_select(a < half, small, mtn_select(x < mtn_zero(), MTN_K(2) - tail, tail));
    return mtn_select(x == x, y, x);
}

/* ---- gamma function ---------------------------------------------------------------------- */

/* log Gamma(2 + t) / t, |t| <= 1/2 */
MTN_INLINE mtn_vec mtn_lgamma_factor(mtn_vec t)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.000113449486));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.000253822248)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.000506528962)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.00118585778)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.00289079335)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.00738617446)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0205807996)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.0673522815)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.322467033)));
    return mtn_fma(q, t, mtn_set1(MTN_K(0.422784335)));
#else
    mtn_vec q = mtn_set1(MTN_K(6.376295734499092e-8));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-1.3413423047041578e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(2.0307921392240115e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-4.3034947036237722e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(9.578515261333411e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-2.0449229705497507e-6)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(4.3743787562085535e-6)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-9.4384580476527738e-6)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(2.0507266826252506e-5)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-4.4926351195667295e-5)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(9.9457509153471438e-5)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.00022315475073783337)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.00050966952488235433)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.0011927539120013529)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0028905103307388233)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.0073855510286681463)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.020580808427784568)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.067352301053198139)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.32246703342411322)));
    return mtn_fma(q, t, mtn_set1(MTN_K(0.42278433509846714)));
#endif
}

/* x (log Gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2) in w = 1 / x^2, x >= 8 */
MTN_INLINE mtn_vec mtn_stirling(mtn_vec w)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.000780034719));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.00277769855)));
    return mtn_fma(q, w, mtn_set1(MTN_K(0.0833333333)));
#else
    mtn_vec q = mtn_set1(MTN_K(0.0050659053600815934));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.0018903829938839238)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(0.00084147008525024054)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.00059523658450570417)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(0.00079365078975240582)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.0027777777777739882)));
    return mtn_fma(q, w, mtn_set1(MTN_K(0.083333333333333333)));
#endif
}

/* pi (x - n), n the integer nearest to x. */
MTN_INLINE mtn_vec mtn_half_turn(mtn_vec x) { return (x - mtn_round(x)) * MTN_K(3.14159265358979323846); }

/* log Gamma(x) for x > 0. From 8 on by Stirling's series, below by
   log Gamma(x) = log Gamma(2 + t) + log(product), |t| <= 1/2. */
MTN_INLINE mtn_vec mtn_lgamma_positive(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), limit = mtn_set1(MTN_K(2.5));
    const mtn_mask large = x >= MTN_K(8), below = x < MTN_K(1.5), low = x < MTN_K(0.5);
    mtn_vec product = one, y = mtn_select(large, one + one, x), t, logarithm, small, inverse;
    int k;
    for (k = 0; k < 6; k++) {
        const mtn_mask m = y > limit;
        y = mtn_select(m, y - one, y);
        product = mtn_select(m, product * y, product);
    }
    t = mtn_select(low, y, mtn_select(below, y - one, y - MTN_K(2)));
    product = mtn_select(low, y * (y + one), mtn_select(below, y, product));
    logarithm = mtn_log(mtn_select(large, x, product));
    small = t * mtn_lgamma_factor(t) + mtn_neg_if(below, logarithm);
    inverse = one / mtn_max(mtn_set1(MTN_K(8)), x);
    y = (x - MTN_K(0.5)) * (logarithm - one) + (inverse * mtn_stirling(inverse * inverse) + MTN_K(0.41893853320467274178));
    return mtn_select(large, y, small);
}

/* log |Gamma(x)|; below 0 log(pi / |sin(pi x)|) - log Gamma(1 - x), where sin(pi x) of tiny x is pi x */
MTN_FN mtn_vec mtn_lgamma(mtn_vec x)
{
    const mtn_vec zero = mtn_zero(), one = mtn_set1(MTN_K(1)), infinity = mtn_infinity();
    const mtn_mask negative = x < zero;
    const mtn_vec y = mtn_lgamma_positive(mtn_select(negative, one - x, x));
    mtn_vec reflected = zero;
    if (mtn_any(negative)) {
        const mtn_mask tiny = x > MTN_F(-1e-5, -1e-9);
        const mtn_vec turn = mtn_half_turn(mtn_keep(negative & (x > -infinity), x));
        const mtn_vec sine = mtn_abs(mtn_select(tiny, x, mtn_sin(turn)));
        reflected = mtn_select(tiny, zero, mtn_set1(MTN_K(1.1447298858494001741))) - mtn_log(sine) - y;
        reflected = mtn_select(sine == zero, infinity, reflected);
    }
    return mtn_select(mtn_abs(x) == infinity, infinity, mtn_select(negative, reflected, y));
}

/* x^2 (log x - 1 / (2 x) - psi(x)) in w = 1 / x^2, x >= 6 */
MTN_INLINE mtn_vec mtn_digamma_series(mtn_vec w)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(-0.00378552955));
    q = mtn_fma(q, w, mtn_set1(MTN_K(0.0039618389)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.00833329813)));
    return mtn_fma(q, w, mtn_set1(MTN_K(0.0833333333)));
#else
    mtn_vec q = mtn_set1(MTN_K(1.2391679863993024));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.36785763321584679)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(0.081436305058735288)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.021063611862127793)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(0.0075754873976434952)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.0041666652417935437)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(0.0039682539644546434)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.0083333333333294057)));
    return mtn_fma(q, w, mtn_set1(MTN_K(0.083333333333333333)));
#endif
}

/* psi(x) for x > 0: psi(x + m) - sum 1 / (x + i), the sum as 1 / x and one fraction
   for the rest; from 6 on log x - 1 / (2 x) - series(1 / x^2) / x^2 */
MTN_INLINE mtn_vec mtn_digamma_positive(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), limit = mtn_set1(MTN_K(6));
    const mtn_mask below = x < limit;
    const mtn_vec first = mtn_keep(below, one / x);
    mtn_vec y = mtn_select(below, x + one, x), up = mtn_zero(), down = one, inverse, square;
    int k;
    for (k = 0; k < 5; k++) {
        const mtn_mask m = y < limit;
        up = mtn_select(m, mtn_fma(up, y, down), up);
        down = mtn_select(m, down * y, down);
        y = mtn_select(m, y + one, y);
    }
    inverse = one / y;
    square = inverse * inverse;
    y = mtn_log(y) - mtn_fma(square, mtn_digamma_series(square), inverse * MTN_K(0.5));
    return y - up / down - first;
}

/* psi(x), the derivative of log Gamma; below 0 psi(1 - x) - pi / tan(pi x).
   -infinity at 0, infinity at -0, NaN at the negative integers. */
MTN_FN mtn_vec mtn_digamma(mtn_vec x)
{
    const mtn_vec zero = mtn_zero(), one = mtn_set1(MTN_K(1)), infinity = mtn_infinity();
    const mtn_mask negative = x < zero;
    mtn_vec y = mtn_digamma_positive(mtn_select(negative, one - x, x)), turn;
    if (mtn_any(negative)) {
        const mtn_mask bounded = negative & (x > -infinity);
        turn = mtn_half_turn(mtn_keep(bounded, x));
        turn = MTN_K(3.14159265358979323846) * mtn_cos(turn) / mtn_sin(turn);
        turn = mtn_select(bounded & (mtn_round(x) != x), y - turn, mtn_nan());
        y = mtn_select(negative, turn, y);
    }
    return mtn_select(x == zero, mtn_copysign(infinity, -x), y);
}

#undef MTN_TURN_LIMIT
#undef MTN_LN2_LOW
#undef MTN_LN2_HIGH
#undef MTN_LOG2E
#undef MTN_F
#undef MTN_WORD
#undef MTN_BIAS
#undef MTN_MANTISSA
#endif

#if MTN_PASS == 4 && MTN_ISA == 0
/* ---- types and helpers that kernels and public functions share, once per type -- */
#endif

#if MTN_PASS == 4
/* ---- pass 4: loops over arrays, once per ISA ---------------------------------- */

/* ---- core/reduce ---- */

#define MTN_RUN 16

/* The body of a sum over n elements at k with tails: TERM of the vector at hand. */
MTN_FN double mtn_sum(const mtn_real *p, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * MTN_LANES) {
        mtn_vec a = mtn_zero(), b = mtn_zero(), c = mtn_zero(), d = mtn_zero();
        end = (n - k) / (4 * MTN_LANES);
        end = k + (end < MTN_RUN ? end : MTN_RUN) * 4 * MTN_LANES;
        for (; k < end; k += 4 * MTN_LANES) {
            a += mtn_load(p + k);
            b += mtn_load(p + k + MTN_LANES);
            c += mtn_load(p + k + 2 * MTN_LANES);
            d += mtn_load(p + k + 3 * MTN_LANES);
        }
        total += mtn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        mtn_vec a = mtn_zero();
        for (; n - k >= MTN_LANES; k += MTN_LANES) a += mtn_load(p + k);
        if (k < n) a += mtn_load_part(p + k, n - k);
        total += mtn_hsum(a);
    }
    return total;
}

MTN_FN double mtn_sum_abs(const mtn_real *p, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * MTN_LANES) {
        mtn_vec a = mtn_zero(), b = mtn_zero(), c = mtn_zero(), d = mtn_zero();
        end = (n - k) / (4 * MTN_LANES);
        end = k + (end < MTN_RUN ? end : MTN_RUN) * 4 * MTN_LANES;
        for (; k < end; k += 4 * MTN_LANES) {
            a += mtn_abs(mtn_load(p + k));
            b += mtn_abs(mtn_load(p + k + MTN_LANES));
            c += mtn_abs(mtn_load(p + k + 2 * MTN_LANES));
            d += mtn_abs(mtn_load(p + k + 3 * MTN_LANES));
        }
        total += mtn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        mtn_vec a = mtn_zero();
        for (; n - k >= MTN_LANES; k += MTN_LANES) a += mtn_abs(mtn_load(p + k));
        if (k < n) a += mtn_abs(mtn_load_part(p + k, n - k));
        total += mtn_hsum(a);
    }
    return total;
}

/* sum a_k b_k */
MTN_FN double mtn_dot(const mtn_real *p, const mtn_real *q, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * MTN_LANES) {
        mtn_vec a = mtn_zero(), b = mtn_zero(), c = mtn_zero(), d = mtn_zero();
        end = (n - k) / (4 * MTN_LANES);
        end = k + (end < MTN_RUN ? end : MTN_RUN) * 4 * MTN_LANES;
        for (; k < end; k += 4 * MTN_LANES) {
            a = mtn_fma(mtn_load(p + k), mtn_load(q + k), a);
            b = mtn_fma(mtn_load(p + k + MTN_LANES), mtn_load(q + k + MTN_LANES), b);
            c = mtn_fma(mtn_load(p + k + 2 * MTN_LANES), mtn_load(q + k + 2 * MTN_LANES), c);
            d = mtn_fma(mtn_load(p + k + 3 * MTN_LANES), mtn_load(q + k + 3 * MTN_LANES), d);
        }
        total += mtn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        mtn_vec a = mtn_zero();
        for (; n - k >= MTN_LANES; k += MTN_LANES) a = mtn_fma(mtn_load(p + k), mtn_load(q + k), a);
        if (k < n) a = mtn_fma(mtn_load_part(p + k, n - k), mtn_load_part(q + k, n - k), a);
        total += mtn_hsum(a);
    }
    return total;
}

MTN_FN double mtn_sum_squares(const mtn_real *p, size_t n) { return mtn_dot(p, p, n); }

/* sum (a_k - b_k)^2 */
MTN_FN double mtn_squared_distance(const mtn_real *p, const mtn_real *q, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 2 * MTN_LANES) {
        mtn_vec a = mtn_zero(), b = mtn_zero(), d;
        end = (n - k) / (2 * MTN_LANES);
        end = k + (end < MTN_RUN ? end : MTN_RUN) * 2 * MTN_LANES;
        for (; k < end; k += 2 * MTN_LANES) {
            d = mtn_load(p + k) - mtn_load(q + k);
            a = mtn_fma(d, d, a);
            d = mtn_load(p + k + MTN_LANES) - mtn_load(q + k + MTN_LANES);
            b = mtn_fma(d, d, b);
        }
        total += mtn_hsum(a + b);
    }
    if (k < n) {
        mtn_vec a = mtn_zero(), d;
        for (; n - k >= MTN_LANES; k += MTN_LANES) {
            d = mtn_load(p + k) - mtn_load(q + k);
            a = mtn_fma(d, d, a);
        }
        if (k < n) {
            d = mtn_load_part(p + k, n - k) - mtn_load_part(q + k, n - k);
            a = mtn_fma(d, d, a);
        }
        total += mtn_hsum(a);
    }
    return total;
}

/* The largest element, NaNs passed over; -infinity of nothing (or of NaNs alone). */
MTN_FN mtn_real mtn_max_of(const mtn_real *p, size_t n)
{
    const mtn_vec lowest = mtn_set1((mtn_real)-HUGE_VAL);
    mtn_vec a = lowest, b = lowest;
    size_t k = 0;
    for (; n - k >= 2 * MTN_LANES; k += 2 * MTN_LANES) {
        a = mtn_max(mtn_load(p + k), a);
        b = mtn_max(mtn_load(p + k + MTN_LANES), b);
    }
    if (n - k >= MTN_LANES) {
        a = mtn_max(mtn_load(p + k), a);
        k += MTN_LANES;
    }
    if (k < n) b = mtn_max(mtn_select(mtn_first(n - k), mtn_load_part(p + k, n - k), lowest), b);
    return mtn_hmax(mtn_max(a, b));
}

/* y += a x */
MTN_FN void mtn_axpy(mtn_real *y, mtn_real a, const mtn_real *x, size_t n)
{
    const mtn_vec factor = mtn_set1(a);
    size_t k = 0;
    for (; n - k >= MTN_LANES; k += MTN_LANES) mtn_store(y + k, mtn_fma(factor, mtn_load(x + k), mtn_load(y + k)));
    if (k < n) mtn_store_part(y + k, mtn_fma(factor, mtn_load_part(x + k, n - k), mtn_load_part(y + k, n - k)), n - k);
}

/* y = a x; y may be x */
MTN_FN void mtn_scale(mtn_real *y, mtn_real a, const mtn_real *x, size_t n)
{
    const mtn_vec factor = mtn_set1(a);
    size_t k = 0;
    for (; n - k >= MTN_LANES; k += MTN_LANES) mtn_store(y + k, factor * mtn_load(x + k));
    if (k < n) mtn_store_part(y + k, factor * mtn_load_part(x + k, n - k), n - k);
}

/* y = a x, or y += a x when accumulate is set; x NULL: the value a itself */
MTN_FN void mtn_put(mtn_real *y, mtn_real a, const mtn_real *x, size_t n, int accumulate)
{
    size_t k = 0;
    if (x) {
        if (accumulate) mtn_axpy(y, a, x, n);
        else mtn_scale(y, a, x, n);
        return;
    }
    for (; n - k >= MTN_LANES; k += MTN_LANES) {
        mtn_vec value = mtn_set1(a);
        if (accumulate) value += mtn_load(y + k);
        mtn_store(y + k, value);
    }
    for (; k < n; k++) {
        if (accumulate) y[k] += a;
        else y[k] = a;
    }
}

MTN_FN void mtn_fill(mtn_real *y, mtn_real a, size_t n) { mtn_put(y, a, NULL, n, 0); }

/* ---- core/filter ---- */

/* y_j = sum_{t < k} taps_t x_{j + t step}, for j < n. */
MTN_FN void mtn_filter_run(const mtn_real *x, ptrdiff_t step, const mtn_real *taps, size_t k, mtn_real *y, size_t n)
{
    size_t j = 0, t;
    for (; n - j >= 4 * MTN_LANES; j += 4 * MTN_LANES) {
        mtn_vec a = mtn_zero(), b = a, c = a, d = a, tap;
        const mtn_real *from = x + j;
        for (t = 0; t < k; t++) {
            const mtn_real *at = from + (ptrdiff_t)t * step;
            tap = mtn_set1(taps[t]);
            a = mtn_fma(tap, mtn_load(at), a);
            b = mtn_fma(tap, mtn_load(at + MTN_LANES), b);
            c = mtn_fma(tap, mtn_load(at + 2 * MTN_LANES), c);
            d = mtn_fma(tap, mtn_load(at + 3 * MTN_LANES), d);
        }
        mtn_store(y + j, a);
        mtn_store(y + j + MTN_LANES, b);
        mtn_store(y + j + 2 * MTN_LANES, c);
        mtn_store(y + j + 3 * MTN_LANES, d);
    }
    for (; j < n; j += MTN_LANES) {
        const size_t m = n - j < MTN_LANES ? n - j : MTN_LANES;
        const mtn_real *from = x + j;
        mtn_vec a = mtn_zero();
        for (t = 0; t < k; t++) {
            const mtn_real *at = from + (ptrdiff_t)t * step;
            a = mtn_fma(mtn_set1(taps[t]), m < MTN_LANES ? mtn_load_part(at, m) : mtn_load(at), a);
        }
        if (m < MTN_LANES) mtn_store_part(y + j, a, m);
        else mtn_store(y + j, a);
    }
}

MTN_FN void mtn_filter_rows(const mtn_real *x, size_t h, size_t w, const mtn_real *taps, size_t k, mtn_real *y)
{
    size_t i;
    if (k > w) return;
    for (i = 0; i < h; i++) mtn_filter_run(x + i * w, 1, taps, k, y + i * (w - k + 1), w - k + 1);
}

MTN_FN void mtn_filter_columns(const mtn_real *x, size_t h, size_t w, const mtn_real *taps, size_t k, mtn_real *y)
{
    size_t i;
    if (k > h) return;
    for (i = 0; i + k <= h; i++) mtn_filter_run(x + i * w, (ptrdiff_t)w, taps, k, y + i * w, w);
}

MTN_FN void mtn_filter_rows_adjoint(const mtn_real *y, size_t h, size_t w, const mtn_real *taps, size_t k, mtn_real *x)
{
    const size_t wide = w + k - 1;
    size_t i, j, t;
    for (i = 0; i < h; i++, y += w, x += wide) {
        /* All taps reach into y for j from k - 1 to w - 1. */
        if (w >= k) mtn_filter_run(y + (k - 1), -1, taps, k, x + (k - 1), w - (k - 1));
        for (j = 0; j < wide; j++) {
            mtn_real sum = 0;
            if (w >= k && j == k - 1) {
                j = w - 1;
                continue;
            }
            for (t = j < w ? 0 : j + 1 - w; t < k && t <= j; t++) sum += taps[t] * y[j - t];
            x[j] = sum;
        }
    }
}

MTN_FN void mtn_filter_columns_adjoint(const mtn_real *y, size_t h, size_t w, const mtn_real *taps, size_t k, mtn_real *x)
{
    size_t i, t, end;
    for (i = 0; i < h + k - 1; i++, x += w) {
        /* The taps for which row i - t of y exists. */
        t = i < h ? 0 : i + 1 - h;
        end = i + 1 < k ? i + 1 : k;
        if (t < end) mtn_filter_run(y + (i - t) * w, -(ptrdiff_t)w, taps + t, end - t, x, w);
        else mtn_filter_run(y, 0, taps, 0, x, w);
    }
}
#endif

#if MTN_PASS == 5
/* ---- pass 5: the public functions --------------------------------------------- */

/* ---- core/reduce ---- */

/* The mean's factor: what a sum is multiplied with. 0 of nothing. */
MTN_FN double mtn_reciprocal(double x) { return x == 0 ? 0 : 1 / x; }

/* ---- core/sort ---- */

/* An integer of the key's order: negative numbers with all bits turned, others
   with the sign bit set; the reverse for a descending sort; all ones for NaN. */
MTN_INLINE mtn_word mtn_sort_rank(mtn_real key, mtn_word turn)
{
    const mtn_word sign = (mtn_word)1 << (MTN_BITS - 1);
    const mtn_word infinity = MTN_BITS == 32 ? (mtn_word)UINT32_C(0x7f800000) : (mtn_word)UINT64_C(0x7ff0000000000000);
    mtn_word bits, magnitude, rank;
    memcpy(&bits, &key, sizeof bits);
    magnitude = bits & (mtn_word)~sign;
    rank = bits != magnitude && magnitude ? (mtn_word)(sign - magnitude) : (mtn_word)(sign + magnitude);
    return magnitude > infinity ? (mtn_word)~(mtn_word)0 : (mtn_word)(rank ^ turn);
}

/* The key of a rank. A NaN is the quiet one, a zero +0. */
MTN_INLINE mtn_real mtn_sort_key(mtn_word rank, mtn_word turn)
{
    const mtn_word sign = (mtn_word)1 << (MTN_BITS - 1);
    const mtn_word nan = MTN_BITS == 32 ? (mtn_word)UINT32_C(0x7fc00000) : (mtn_word)UINT64_C(0x7ff8000000000000);
    const mtn_word plain = (mtn_word)(rank ^ turn);
    mtn_word bits = plain < sign ? (mtn_word)(sign | (mtn_word)(sign - plain)) : (mtn_word)(plain - sign);
    mtn_real key;
    if (rank == (mtn_word)~(mtn_word)0) bits = nan;
    memcpy(&key, &bits, sizeof key);
    return key;
}

/* Ranks of the keys in arrays.first, in the float's case above an index: the
   index given, or NULL for 0, 1, 2, ... Then sorted; where the result is is
   returned. With doubles the index is sorted in the caller's array. */
MTN_FN uint64_t *mtn_sort_ranks(const mtn_real *keys, size_t n, mtn_word turn, uint32_t *index, int fresh,
                                const mtn_sort_arrays *arrays)
{
    uint64_t *a = arrays->first;
    size_t k;
#if MTN_BITS == 32
    uint64_t all = ~UINT64_C(0), any = 0;
    for (k = 0; k < n; k++) {
        const uint64_t rank = (uint64_t)mtn_sort_rank(keys[k], turn) << 32;
        all &= rank;
        any |= rank;
        a[k] = rank | (fresh ? (uint32_t)k : index[k]);
    }
    return mtn_sort_keys(a, arrays->second, n, (all ^ any) & ~UINT64_C(0xffffffff), arrays->counts);
#else
    for (k = 0; k < n; k++) a[k] = mtn_sort_rank(keys[k], turn);
    if (fresh) for (k = 0; k < n; k++) index[k] = (uint32_t)k;
    mtn_sort_with_index(arrays, n, index);
    return a;
#endif
}

/* keys[index[0]] <= keys[index[1]] <= ..., or >= when descending; NaNs last. */
MTN_FN void mtn_argsort(const mtn_real *keys, size_t n, int descending, uint32_t *index, void *scratch)
{
    const mtn_word turn = descending ? (mtn_word)~(mtn_word)0 : 0;
    uint64_t few[MTN_SORT_SMALL];
    size_t k;
    if (n <= MTN_SORT_SMALL) {
        for (k = 0; k < n; k++) {
            few[k] = mtn_sort_rank(keys[k], turn);
            index[k] = (uint32_t)k;
        }
        mtn_sort_insert(few, index, n);
    } else {
        const mtn_sort_arrays arrays = mtn_sort_cut(n, scratch);
        const uint64_t *sorted = mtn_sort_ranks(keys, n, turn, index, 1, &arrays);
        if (MTN_BITS == 32)
            for (k = 0; k < n; k++) index[k] = (uint32_t)(sorted[k] & UINT32_MAX);
    }
}

/* Sorts the keys, and each key's index with it. NaNs come last, and as the one
   quiet NaN; -0 comes out as +0. */
MTN_FN void mtn_sort_pairs(mtn_real *keys, uint32_t *index, size_t n, int descending, void *scratch)
{
    const mtn_word turn = descending ? (mtn_word)~(mtn_word)0 : 0;
    uint64_t few[MTN_SORT_SMALL];
    size_t k;
    if (n <= MTN_SORT_SMALL) {
        for (k = 0; k < n; k++) few[k] = mtn_sort_rank(keys[k], turn);
        mtn_sort_insert(few, index, n);
        for (k = 0; k < n; k++) keys[k] = mtn_sort_key((mtn_word)few[k], turn);
    } else {
        const mtn_sort_arrays arrays = mtn_sort_cut(n, scratch);
        const uint64_t *sorted = mtn_sort_ranks(keys, n, turn, index, 0, &arrays);
        for (k = 0; k < n; k++) {
            keys[k] = mtn_sort_key((mtn_word)(sorted[k] >> (64 - MTN_BITS)), turn);
            if (MTN_BITS == 32) index[k] = (uint32_t)(sorted[k] & UINT32_MAX);
        }
    }
}

/* ---- core/select ---- */

/* By the bits, so that it holds under -ffast-math too. */
MTN_INLINE int mtn_select_is_nan(mtn_real x)
{
    const mtn_word infinity = MTN_BITS == 32 ? (mtn_word)UINT32_C(0x7f800000) : (mtn_word)UINT64_C(0x7ff0000000000000);
    mtn_word bits;
    memcpy(&bits, &x, sizeof bits);
    return (mtn_word)(bits & (((mtn_word)1 << (MTN_BITS - 1)) - 1)) > infinity;
}

MTN_INLINE void mtn_select_swap(mtn_real *a, mtn_real *b)
{
    const mtn_real x = *a;
    *a = *b;
    *b = x;
}

/* Moves x[root] down until no child is larger. */
MTN_FN void mtn_select_sift(mtn_real *x, size_t root, size_t n)
{
    const mtn_real value = x[root];
    size_t child;
    while (root < n / 2) {
        child = 2 * root + 1;
        if (child + 1 < n && x[child] < x[child + 1]) child++;
        if (!(value < x[child])) break;
        x[root] = x[child];
        root = child;
    }
    x[root] = value;
}

MTN_FN void mtn_select_heap_sort(mtn_real *x, size_t n)
{
    size_t k;
    for (k = n / 2; k-- > 0;) mtn_select_sift(x, k, n);
    for (k = n; k-- > 1;) {
        mtn_select_swap(&x[0], &x[k]);
        mtn_select_sift(x, 0, k);
    }
}

/* Reorders x[0..n-1] so that x[k] is its k-th smallest, nothing larger stands
   before and nothing smaller behind it. Returns x[k]. */
MTN_FN mtn_real mtn_select_kth(mtn_real *x, size_t n, size_t k)
{
    size_t low = 0, high = n, i, j, goal = n / 4;
    int rounds = 0;
    for (i = 0; i < high;) {
        if (mtn_select_is_nan(x[i])) mtn_select_swap(&x[i], &x[--high]);
        else i++;
    }
    if (k >= high) return x[k];
    /* x[k] belongs to x[low..high-1]. */
    while (high - low > 2) {
        mtn_real *first = &x[low], *middle = &x[low + (high - low) / 2], *last = &x[high - 1];
        mtn_real pivot;
        if (rounds++ == 6) {
            if (high - low > goal) {
                mtn_select_heap_sort(x + low, high - low);
                return x[k];
            }
            rounds = 0;
            goal = (high - low) / 4;
        }
        if (*middle < *first) mtn_select_swap(first, middle);
        if (*last < *middle) {
            mtn_select_swap(middle, last);
            if (*middle < *first) mtn_select_swap(first, middle);
        }
        pivot = *middle;
        /* Up to i nothing is larger than the pivot, from j on nothing smaller. */
        i = low;
        j = high - 1;
        for (;;) {
            do i++; while (x[i] < pivot);
            do j--; while (pivot < x[j]);
            if (i >= j) break;
            mtn_select_swap(&x[i], &x[j]);
        }
        if (i == j) {
            if (k == i) return x[k];
            if (k < i) high = i;
            else low = i + 1;
        } else if (k <= j) high = i;
        else low = i;
    }
    if (high - low == 2 && x[low + 1] < x[low]) mtn_select_swap(&x[low], &x[low + 1]);
    return x[k];
}

/* ---- core/edt ---- */

MTN_FN size_t mtn_edt_room(const size_t *shape, int dims)
{
    size_t longest = 0;
    int axis;
    for (axis = 0; axis < dims; axis++) if (shape[axis] > longest) longest = shape[axis];
    return mtn_add(mtn_mul(3, mtn_piece(longest, sizeof(double))), mtn_piece(longest, sizeof(size_t)));
}

/* Where a line is worked on. */
typedef struct {
    double *value;     /* of the line */
    double *height;    /* of the envelope's parabolas */
    double *start;     /* where each becomes the lowest; the first from the beginning */
    size_t *place;     /* and where it stands */
} mtn_edt_line;

/* line[i step] = min over j of line[j step] + (spacing (i - j))^2, for i < n. */
MTN_FN void mtn_edt_axis(mtn_real *line, size_t n, size_t step, double spacing, const mtn_edt_line *room)
{
    size_t count = 0, i, k;
    for (i = 0; i < n; i++) {
        const double value = (double)line[i * step] / spacing / spacing;
        double crossing = 0;
        if (!mtn_finite(value)) continue;
        /* Parabolas i and j < i cross at (value_i - value_j) / (2 (i - j)) + (i + j) / 2. */
        while (count > 0) {
            const double j = (double)room->place[count - 1];
            crossing = (value - room->height[count - 1]) / (2 * ((double)i - j)) + ((double)i + j) / 2;
            if (count == 1 || crossing > room->start[count - 1]) break;
            count--;
        }
        room->place[count] = i;
        room->height[count] = value;
        room->start[count] = crossing;
        count++;
    }
    if (count == 0) return;
    for (i = 0; i < n; i++) room->value[i] = (double)line[i * step];
    for (i = 0, k = 0; i < n; i++) {
        double distance;
        while (k + 1 < count && room->start[k + 1] < (double)i) k++;
        distance = spacing * ((double)i - (double)room->place[k]);
        line[i * step] = (mtn_real)(room->value[room->place[k]] + distance * distance);
    }
}

MTN_FN void mtn_edt_squared(const uint8_t *mask, const size_t *shape, int dims, const double *spacing,
                            mtn_real *distance_squared, void *scratch)
{
    size_t longest = 0, total = 1, step = 1, i;
    mtn_edt_line room;
    int axis;
    for (axis = 0; axis < dims; axis++) {
        if (shape[axis] > longest) longest = shape[axis];
        total *= shape[axis];
    }
    if (total == 0) return;
    room.value = (double *)mtn_cut(&scratch, longest, sizeof(double));
    room.height = (double *)mtn_cut(&scratch, longest, sizeof(double));
    room.start = (double *)mtn_cut(&scratch, longest, sizeof(double));
    room.place = (size_t *)mtn_cut(&scratch, longest, sizeof(size_t));
    for (i = 0; i < total; i++) distance_squared[i] = mask[i] ? MTN_K(0) : (mtn_real)HUGE_VAL;
    for (axis = dims; axis-- > 0; step *= shape[axis])
        for (i = 0; i < total; i++) {
            /* The lines along an axis begin where its coordinate is 0. */
            if (i / step % shape[axis] != 0) {
                i += step * (shape[axis] - 1) - 1;
                continue;
            }
            mtn_edt_axis(distance_squared + i, shape[axis], step, spacing[axis], &room);
        }
}
#endif

#undef MTN_INTRINSIC
#undef MTN_LIBM
#undef MTN_LANES
#undef MTN_FN
#undef MTN_INLINE
#undef MTN_K
#undef MTN_X
#undef MTN_CALL
#undef MTN_VNEON_
#undef MTN_V512_
#undef MTN_V256_
#undef MTN_T_
#undef mtn_word
#undef mtn_real
#endif
