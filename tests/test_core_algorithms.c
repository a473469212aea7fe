/* The algorithms of src/core against plain reference computations, for float and
   double (the file includes itself once per type) and, where there are kernels,
   on every instruction set the processor has. */
#ifndef T

#define CORE_PROBE_IMPLEMENTATION
#include "core_probe.h"
#include <stdio.h>
#include <stdlib.h>

static int passed, failed;

static void check(int ok, const char *what, size_t a, size_t b, size_t c)
{
    if (ok) { passed++; return; }
    if (failed++ < 20) printf("failed: %s (%lu, %lu, %lu)\n", what, (unsigned long)a, (unsigned long)b, (unsigned long)c);
}

/* xorshift: other than the generator under test. */
static uint64_t draw_state = UINT64_C(88172645463325252);

static uint64_t draw(void)
{
    draw_state ^= draw_state << 13;
    draw_state ^= draw_state >> 7;
    draw_state ^= draw_state << 17;
    return draw_state;
}

static size_t draw_below(size_t n) { return (size_t)((draw() >> 11) % n); }

/* Uniform in [-1, 1). */
static double draw_unit(void) { return (double)(draw() >> 11) / 4503599627370496.0 - 1.0; }

static void *room(size_t bytes)
{
    void *p = malloc(bytes ? bytes : 1);
    if (!p) { printf("out of memory\n"); exit(1); }
    return p;
}

static int same_bytes(const void *a, const void *b, size_t n) { return n == 0 || memcmp(a, b, n) == 0; }

static void test_sort_u64(size_t n, int bits, int shift)
{
    uint64_t *keys = (uint64_t *)room(n * 8), *copy = (uint64_t *)room(n * 8);
    uint32_t *index = (uint32_t *)room(n * 4);
    unsigned char *seen = (unsigned char *)room(n);
    void *scratch = room(core_probe_argsort_room(n));
    size_t k;
    int ordered = 1, stable = 1, permutation = 1, sorted = 1;
    for (k = 0; k < n; k++) copy[k] = keys[k] = (draw() >> (64 - bits)) << shift | (uint64_t)(shift ? 1 : 0);
    core_probe_argsort_u64(keys, n, index, scratch);
    check(same_bytes(keys, copy, n * 8), "argsort_u64 leaves the keys", n, (size_t)bits, (size_t)shift);
    memset(seen, 0, n);
    for (k = 0; k < n; k++) {
        if (index[k] >= n || seen[index[k]]++) { permutation = 0; break; }
        if (k && keys[index[k - 1]] > keys[index[k]]) ordered = 0;
        if (k && keys[index[k - 1]] == keys[index[k]] && index[k - 1] > index[k]) stable = 0;
    }
    check(permutation && ordered && stable, "argsort_u64", n, (size_t)bits, (size_t)shift);
    core_probe_sort_u64(copy, n, scratch);
    for (k = 0; k < n; k++) sorted &= copy[k] == keys[index[k]];
    check(sorted, "sort_u64", n, (size_t)bits, (size_t)shift);
    free(keys); free(copy); free(index); free(seen); free(scratch);
}

static void test_sorts_u64(void)
{
    size_t n;
    for (n = 0; n <= 70; n++) {
        test_sort_u64(n, 64, 0);
        test_sort_u64(n, 3, 0);
    }
    test_sort_u64(1000, 64, 0);
    test_sort_u64(5000, 64, 0);
    test_sort_u64(5000, 1, 63);
    test_sort_u64(5000, 13, 20);
    test_sort_u64(100000, 23, 0);
    test_sort_u64(70000, 64, 0);
}

/* floor(a b / 2^64) by long multiplication, bit by bit. */
static uint64_t high_product(uint64_t a, uint64_t b)
{
    uint64_t high = 0, low = 0;
    int k;
    for (k = 63; k >= 0; k--) {
        high = high << 1 | low >> 63;
        low <<= 1;
        if (b >> k & 1) {
            low += a;
            high += low < a;
        }
    }
    return high;
}

/* The statistics are those of fixed numbers: bounds of about five standard deviations. */
static void test_random(void)
{
    enum { COUNT = 200000 };
    double mean = 0, square = 0, lag = 0, last = 0, sum = 0, sum2 = 0, sum3 = 0, sum4 = 0, poisson[8] = {0}, expected;
    int bucket[64] = {0}, ones[64] = {0}, flips = 0, k, j;
    double chi = 0, worst = 0;
    for (k = 0; k < COUNT; k++) {
        const uint64_t counter = (uint64_t)k, bits = core_probe_random_bits(7, counter);
        const double u = core_probe_random_unit(42, counter), z = core_probe_random_normal(1, counter);
        const unsigned p = core_probe_random_poisson1(3, counter);
        if (!(u >= 0 && u < 1)) worst = 1;
        mean += u;
        square += u * u;
        lag += (u - 0.5) * (last - 0.5);
        last = u;
        bucket[(int)(u * 64)]++;
        sum += z;
        sum2 += z * z;
        sum3 += z * z * z;
        sum4 += z * z * z * z;
        poisson[p < 7 ? p : 7]++;
        for (j = 0; j < 64; j++) ones[j] += (int)(bits >> j & 1);
    }
    check(worst == 0, "random_unit in [0, 1)", 0, 0, 0);
    check(fabs(mean / COUNT - 0.5) < 5 * 0.2887 / 447, "random_unit mean", 0, 0, 0);
    check(fabs(square / COUNT - 1.0 / 3) < 5 * 0.2981 / 447, "random_unit square", 0, 0, 0);
    check(fabs(lag / COUNT) < 5 * 0.0834 / 447, "random_unit neighbours", 0, 0, 0);
    for (j = 0; j < 64; j++) chi += (bucket[j] - COUNT / 64.0) * (bucket[j] - COUNT / 64.0) / (COUNT / 64.0);
    check(chi > 20 && chi < 125, "random_unit buckets", 0, 0, 0);
    for (j = 0; j < 64; j++) check(fabs(ones[j] - COUNT / 2.0) < 5 * 224, "random_bits bit", (size_t)j, 0, 0);
    check(fabs(sum / COUNT) < 5.0 / 447, "random_normal mean", 0, 0, 0);
    check(fabs(sum2 / COUNT - 1) < 5 * 1.415 / 447, "random_normal variance", 0, 0, 0);
    check(fabs(sum3 / COUNT) < 5 * 3.88 / 447, "random_normal skewness", 0, 0, 0);
    check(fabs(sum4 / COUNT - 3) < 5 * 9.8 / 447, "random_normal kurtosis", 0, 0, 0);
    for (expected = exp(-1.0), j = 0; j < 7; j++) {
        check(fabs(poisson[j] - expected * COUNT) < 5 * sqrt(expected * COUNT), "random_poisson1", (size_t)j, 0, 0);
        expected /= j + 1;
    }
    /* One bit of the seed or of the counter moves half of the bits. */
    for (j = 0; j < 64; j++)
        for (k = 0; k < 64; k++) {
            uint64_t d = core_probe_random_bits((uint64_t)k << 20, 99) ^ core_probe_random_bits((uint64_t)k << 20 ^ UINT64_C(1) << j, 99);
            uint64_t e = core_probe_random_bits(5, (uint64_t)k) ^ core_probe_random_bits(5, (uint64_t)k ^ UINT64_C(1) << j);
            for (; d; d &= d - 1) flips++;
            for (; e; e &= e - 1) flips++;
        }
    check(abs(flips - 64 * 64 * 64) < 5 * 363, "random_bits avalanche", 0, 0, 0);
    for (k = 0; k < 3000; k++) {
        const uint64_t n = draw() >> draw_below(64), seed = draw(), counter = draw();
        check(core_probe_random_below(seed, counter, n) == high_product(core_probe_random_bits(seed, counter), n),
              "random_below", (size_t)n, 0, 0);
    }
    check(core_probe_random_below(1, 2, 0) == 0 && core_probe_random_below(1, 2, 1) == 0, "random_below of 0 and 1", 0, 0, 0);
}

#define REAL float
#define T(name) name##_f32
#define EPSILON 1.1920929e-7
#include "test_core_algorithms.c"
#undef REAL
#undef T
#undef EPSILON
#define REAL double
#define T(name) name##_f64
#define EPSILON 2.220446049250313e-16
#include "test_core_algorithms.c"
#undef REAL
#undef T
#undef EPSILON

int main(void)
{
    static const int isas[] = {CORE_PROBE_ISA_SCALAR, CORE_PROBE_ISA_AVX2, CORE_PROBE_ISA_AVX512, CORE_PROBE_ISA_NEON};
    size_t k;
    test_sorts_u64();
    test_random();
    test_typed_f32();
    test_typed_f64();
    for (k = 0; k < sizeof isas / sizeof isas[0]; k++) {
        if (!core_probe_isa_force(isas[k])) continue;
        printf("%s\n", core_probe_isa_name(isas[k]));
        test_kernels_f32();
        test_kernels_f64();
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}

#else

/* Numbers of every kind: 0 plain, 1 few distinct values, 2 hard ones, 3 any bits. */
static REAL T(draw_hard)(int kind)
{
    static const double hard[] = {0.0, -0.0, 1.0, -1.0, 1e-40, -1e-40, 1e-310, -1e-310, 3e38, -3e38};
    REAL x;
    uint64_t bits;
    size_t k;
    switch (kind) {
    case 0: return (REAL)draw_unit();
    case 1: return (REAL)((double)draw_below(4) - 1.5);
    case 2:
        k = draw_below(14);
        if (k < 10) return (REAL)hard[k];
        if (k == 10) return (REAL)HUGE_VAL;
        if (k == 11) return (REAL)-HUGE_VAL;
        x = (REAL)(HUGE_VAL - HUGE_VAL);
        return k == 12 ? x : -x;
    default:
        bits = draw();
        memcpy(&x, (unsigned char *)&bits, sizeof x);
        return x;
    }
}

/* Whether a must come before b. */
static int T(before)(REAL a, REAL b, int descending)
{
    if (a != a || b != b) return a == a && b != b;
    return descending ? a > b : a < b;
}

static void T(test_sort)(size_t n, int kind, int descending)
{
    REAL *keys = (REAL *)room(n * sizeof(REAL)), *copy = (REAL *)room(n * sizeof(REAL));
    uint32_t *index = (uint32_t *)room(n * 4), *carried = (uint32_t *)room(n * 4);
    unsigned char *seen = (unsigned char *)room(n);
    void *scratch = room(core_probe_argsort_room(n));
    int ok = 1, pairs = 1;
    size_t k;
    for (k = 0; k < n; k++) {
        copy[k] = keys[k] = T(draw_hard)(kind);
        carried[k] = (uint32_t)k * UINT32_C(2654435761);
    }
    T(core_probe_argsort)(keys, n, descending, index, scratch);
    check(same_bytes(keys, copy, n * sizeof(REAL)), "argsort leaves the keys", n, (size_t)kind, (size_t)descending);
    memset(seen, 0, n);
    for (k = 0; k < n; k++) {
        if (index[k] >= n || seen[index[k]]++) { ok = 0; break; }
        if (k && T(before)(keys[index[k]], keys[index[k - 1]], descending)) ok = 0;
        if (k && !T(before)(keys[index[k - 1]], keys[index[k]], descending) && index[k - 1] > index[k]) ok = 0;
    }
    check(ok, "argsort", n, (size_t)kind, (size_t)descending);
    T(core_probe_sort_pairs)(copy, carried, n, descending, scratch);
    for (k = 0; ok && k < n; k++) {
        const REAL key = keys[index[k]];
        if (carried[k] != index[k] * UINT32_C(2654435761)) pairs = 0;
        if (key == key ? copy[k] != key : copy[k] == copy[k]) pairs = 0;
    }
    check(pairs, "sort_pairs", n, (size_t)kind, (size_t)descending);
    free(keys); free(copy); free(index); free(carried); free(seen); free(scratch);
}

static void T(test_sorts)(void)
{
    size_t n;
    int kind, descending;
    for (descending = 0; descending < 2; descending++)
        for (kind = 0; kind < 4; kind++) {
            for (n = 0; n <= 70; n++) T(test_sort)(n, kind, descending);
            T(test_sort)(1000, kind, descending);
            T(test_sort)(5000, kind, descending);
            T(test_sort)(70000, kind, descending);
        }
}

static REAL *T(numbers)(size_t n)
{
    REAL *x = (REAL *)room(n * sizeof(REAL));
    size_t k;
    for (k = 0; k < n; k++) x[k] = (REAL)draw_unit();
    return x;
}

/* C with room between its rows, which must stay as it is; NaN in C where beta is 0. */
static void T(test_gemm)(size_t m, size_t n, size_t k, int ta, int tb, double alpha, double beta)
{
    const size_t lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 1, ldc = n + 2;
    REAL *a = T(numbers)((ta ? k : m) * lda), *b = T(numbers)((tb ? n : k) * ldb), *c = T(numbers)(m * ldc);
    REAL *was = (REAL *)room(m * ldc * sizeof(REAL));
    size_t i, j, t;
    int ok = 1;
    if (beta == 0)
        for (i = 0; i < m; i++) for (j = 0; j < n; j++) c[i * ldc + j] = (REAL)(HUGE_VAL - HUGE_VAL);
    if (m > 0) memcpy(was, c, m * ldc * sizeof(REAL));
    T(core_probe_gemm)(ta, tb, m, n, k, (REAL)alpha, a, lda, b, ldb, (REAL)beta, c, ldc);
    for (i = 0; i < m; i++)
        for (j = 0; j < ldc; j++) {
            double sum = 0, size = 0, term, expected;
            if (j >= n) { ok &= c[i * ldc + j] == was[i * ldc + j]; continue; }
            for (t = 0; t < k; t++) {
                term = (double)(ta ? a[t * lda + i] : a[i * lda + t]) * (double)(tb ? b[j * ldb + t] : b[t * ldb + j]);
                sum += term;
                size += fabs(term);
            }
            expected = (double)(REAL)alpha * sum;
            size *= fabs(alpha);
            if (beta != 0) {
                expected += (double)(REAL)beta * (double)was[i * ldc + j];
                size += fabs(beta);
            }
            if (!(fabs((double)c[i * ldc + j] - expected) <= 16 * EPSILON * size)) ok = 0;
        }
    check(ok, "gemm", m, n, k);
    free(a); free(b); free(c); free(was);
}

static void T(test_gemms)(void)
{
    size_t m, n, k;
    int t;
    for (m = 0; m <= 14; m++)
        for (n = 0; n <= 35; n += n < 18 ? 1 : 3)
            for (k = 0; k <= 20; k += k < 4 ? 1 : 4)
                T(test_gemm)(m, n, k, (int)(m + n) & 1, (int)(m + k) & 1, (n & 1) ? 1 : -0.7, (k & 1) ? 0 : (m & 1) ? 1 : 0.3);
    for (t = 0; t < 4; t++) {
        T(test_gemm)(50, 70, 600, t & 1, t >> 1, 1, 0);
        T(test_gemm)(91, 33, 257, t & 1, t >> 1, 1, 1);
        T(test_gemm)(43, 65, 128, t & 1, t >> 1, 2, 0.5);
        T(test_gemm)(9, 9, 9, t & 1, t >> 1, 0, 0);
        T(test_gemm)(9, 9, 9, t & 1, t >> 1, 0, -2);
    }
}

static void T(test_typed)(void)
{
    T(test_sorts)();
}

static void T(test_kernels)(void)
{
    T(test_gemms)();
}

#endif
