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
    char *p = (char *)malloc(bytes ? bytes : 1);
    if (!p) { printf("out of memory\n"); exit(1); }
    p[0] = 0;
    return p;
}

/* sum += x, what is lost kept in rest (Kahan). */
static void add_exactly(double *sum, double *rest, double x)
{
    const double y = x - *rest, t = *sum + y;
    *rest = (t - *sum) - y;
    *sum = t;
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
    const int count = 200000;
    double mean = 0, square = 0, lag = 0, last = 0, poisson[8] = {0}, expected;
    int bucket[64] = {0}, ones[64] = {0}, flips = 0, k, j;
    double chi = 0, worst = 0;
    for (k = 0; k < count; k++) {
        const uint64_t counter = (uint64_t)k, bits = core_probe_random_bits(7, counter);
        const double u = core_probe_random_unit(42, counter);
        const unsigned p = core_probe_random_poisson1(3, counter);
        if (!(u >= 0 && u < 1)) worst = 1;
        mean += u;
        square += u * u;
        lag += (u - 0.5) * (last - 0.5);
        last = u;
        bucket[(int)(u * 64)]++;
        poisson[p < 7 ? p : 7]++;
        for (j = 0; j < 64; j++) ones[j] += (int)(bits >> j & 1);
    }
    check(worst == 0, "random_unit in [0, 1)", 0, 0, 0);
    check(fabs(mean / count - 0.5) < 5 * 0.2887 / 447, "random_unit mean", 0, 0, 0);
    check(fabs(square / count - 1.0 / 3) < 5 * 0.2981 / 447, "random_unit square", 0, 0, 0);
    check(fabs(lag / count) < 5 * 0.0834 / 447, "random_unit neighbours", 0, 0, 0);
    for (j = 0; j < 64; j++) chi += (bucket[j] - count / 64.0) * (bucket[j] - count / 64.0) / (count / 64.0);
    check(chi > 20 && chi < 125, "random_unit buckets", 0, 0, 0);
    for (j = 0; j < 64; j++) check(fabs(ones[j] - count / 2.0) < 5 * 224, "random_bits bit", (size_t)j, 0, 0);
    for (expected = exp(-1.0), j = 0; j < 7; j++) {
        check(fabs(poisson[j] - expected * count) < 5 * sqrt(expected * count), "random_poisson1", (size_t)j, 0, 0);
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

/* The reference is the (tested) sort. */
static void T(check_select)(const REAL *x, size_t n, size_t k, size_t kind)
{
    REAL *sorted = (REAL *)room(n * sizeof(REAL)), *copy = (REAL *)room(n * sizeof(REAL)), kth;
    uint32_t *index = (uint32_t *)room(n * 4);
    void *scratch = room(core_probe_argsort_room(n));
    size_t i;
    int ok;
    memcpy(copy, x, n * sizeof(REAL));
    memcpy(sorted, x, n * sizeof(REAL));
    for (i = 0; i < n; i++) index[i] = (uint32_t)i;
    kth = T(core_probe_select_kth)(copy, n, k);
    T(core_probe_sort_pairs)(sorted, index, n, 0, scratch);
    ok = sorted[k] == sorted[k] ? kth == sorted[k] && copy[k] == kth : kth != kth && copy[k] != copy[k];
    for (i = 0; i < k; i++) if (T(before)(kth, copy[i], 0)) ok = 0;
    for (i = k + 1; i < n; i++) if (T(before)(copy[i], kth, 0)) ok = 0;
    for (i = 0; i < n; i++) index[i] = (uint32_t)i;
    T(core_probe_sort_pairs)(copy, index, n, 0, scratch);
    for (i = 0; i < n; i++) if (copy[i] == copy[i] ? copy[i] != sorted[i] : sorted[i] == sorted[i]) ok = 0;
    check(ok, "select_kth", n, k, kind);
    free(sorted); free(copy); free(index); free(scratch);
}

/* All orders of 7 values with ties, every k; random arrays; and arrays that are bad for pivots. */
static void T(test_selects)(void)
{
    REAL *x = (REAL *)room(20000 * sizeof(REAL));
    size_t n, k, i, kind, code;
    for (code = 0; code < 16384; code += 5) {
        for (i = 0; i < 7; i++) x[i] = (REAL)(code >> 2 * i & 3);
        T(check_select)(x, 7, code % 7, 100);
    }
    for (n = 1; n <= 40; n++)
        for (k = 0; k < n; k++)
            for (kind = 0; kind < 4; kind++) {
                for (i = 0; i < n; i++) x[i] = T(draw_hard)((int)kind);
                T(check_select)(x, n, k, kind);
            }
    for (n = 1000; n <= 20000; n += 19000)
        for (kind = 0; kind < 9; kind++)
            for (k = 0; k < n; k += n / 3) {
                for (i = 0; i < n; i++)
                    x[i] = kind < 4 ? T(draw_hard)((int)kind) : kind == 4 ? (REAL)i : kind == 5 ? (REAL)(n - i) : kind == 6 ? (REAL)1
                         : kind == 7 ? (REAL)(i < n / 2 ? i : n - i) : (REAL)(i < n / 2 ? n - i : i);
                T(check_select)(x, n, k, kind);
            }
    free(x);
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

/* Against the sums themselves, with the angles reduced by integers. */
static void T(test_rfft)(size_t n)
{
    const size_t bins = n / 2 + 1;
    REAL *x = T(numbers)(n), *re = T(numbers)(bins), *im = T(numbers)(bins), *back = T(numbers)(n);
    REAL *gre = T(numbers)(bins), *gim = T(numbers)(bins);
    double *cosine = (double *)room(n * sizeof(double)), *sine = (double *)room(n * sizeof(double));
    unsigned char *plan = (unsigned char *)room(T(core_probe_rfft_plan_room)(n) + 8) + 8;
    unsigned char *scratch = (unsigned char *)room(T(core_probe_rfft_room)(n));
    double worst = 0, worst_back = 0, worst_adjoint = 0, size = EPSILON * (4 + log((double)n)), root = sqrt((double)n), a, b, c, d;
    size_t f, t, k;
    int zero;
    for (t = 0; t < n; t++) {
        cosine[t] = cos(6.283185307179586477 * (double)t / (double)n);
        sine[t] = sin(6.283185307179586477 * (double)t / (double)n);
    }
    T(core_probe_rfft_plan)(n, plan);
    T(core_probe_rfft)(plan, n, x, re, im, scratch);
    zero = im[0] == 0 && (n % 2 || im[n / 2] == 0);
    check(zero, "rfft imaginary parts that are 0", n, 0, 0);
    for (f = 0; f < bins; f++) {
        for (a = b = c = d = 0, t = k = 0; t < n; t++, k = (k + f) % n) {
            add_exactly(&a, &c, (double)x[t] * cosine[k]);
            add_exactly(&b, &d, -(double)x[t] * sine[k]);
        }
        worst = fmax(worst, fmax(fabs(a - (double)re[f]), fabs(b - (double)im[f])));
    }
    check(worst <= 2 * size * root, "rfft", n, (size_t)(worst / EPSILON), 0);
    im[0] = (REAL)17;
    if (n % 2 == 0) im[n / 2] = (REAL)HUGE_VAL;
    T(core_probe_irfft)(plan, n, re, im, back, scratch);
    for (t = 0; t < n; t++) worst_back = fmax(worst_back, fabs((double)back[t] - (double)x[t]));
    check(worst_back <= 2 * size, "irfft", n, (size_t)(worst_back / EPSILON), 0);
    gim[0] = (REAL)17;
    T(core_probe_rfft_adjoint)(plan, n, gre, gim, back, scratch);
    for (t = 0; t < n; t++) {
        for (a = c = 0, f = k = 0; f < bins; f++, k = (k + t) % n)
            add_exactly(&a, &c, (double)gre[f] * cosine[k] - (f == 0 || 2 * f == n ? 0 : (double)gim[f] * sine[k]));
        worst_adjoint = fmax(worst_adjoint, fabs(a - (double)back[t]));
    }
    check(worst_adjoint <= 2 * size * root, "rfft_adjoint", n, (size_t)(worst_adjoint / EPSILON), 0);
    free(x); free(re); free(im); free(back); free(gre); free(gim); free(cosine); free(sine); free(plan - 8); free(scratch);
}

static void T(test_rffts)(void)
{
    static const size_t lengths[] = {200, 243, 251, 256, 400, 441, 509, 512, 625, 720, 1000, 1018, 1024, 1999, 2048, 2187, 4096};
    size_t n, k;
    for (n = 1; n <= 130; n++) T(test_rfft)(n);
    for (k = 0; k < sizeof lengths / sizeof lengths[0]; k++) T(test_rfft)(lengths[k]);
}

/* The four filters against their sums; every element of the output is written. */
static void T(test_filter)(size_t h, size_t w, size_t k, int columns)
{
    const size_t length = columns ? h : w, valid = k <= length ? length - k + 1 : 0, full = length + k - 1;
    const size_t vh = columns ? valid : h, vw = columns ? w : valid, fh = columns ? full : h, fw = columns ? w : full;
    REAL *x = T(numbers)(h * w), *taps = T(numbers)(k), *y = T(numbers)(vh * vw), *z = T(numbers)(fh * fw);
    size_t i, j, t, c;
    double sum, size;
    int ok = 1, adjoint_ok = 1;
    for (i = 0; i < vh * vw; i++) y[i] = (REAL)(HUGE_VAL - HUGE_VAL);
    for (i = 0; i < fh * fw; i++) z[i] = (REAL)(HUGE_VAL - HUGE_VAL);
    (columns ? T(core_probe_filter_columns) : T(core_probe_filter_rows))(x, h, w, taps, k, y);
    (columns ? T(core_probe_filter_columns_adjoint) : T(core_probe_filter_rows_adjoint))(x, h, w, taps, k, z);
    for (i = 0; i < vh; i++)
        for (j = 0; j < vw; j++) {
            for (sum = size = 0, t = 0; t < k; t++) {
                const double term = (double)taps[t] * (double)(columns ? x[(i + t) * w + j] : x[i * w + j + t]);
                sum += term;
                size += fabs(term);
            }
            if (!(fabs(sum - (double)y[i * vw + j]) <= EPSILON * (double)(k + 1) * size)) ok = 0;
        }
    for (i = 0; i < fh; i++)
        for (j = 0; j < fw; j++) {
            for (sum = size = 0, t = 0; t < k; t++) {
                double term;
                c = columns ? i : j;
                if (c < t || c - t >= length) continue;
                term = (double)taps[t] * (double)(columns ? x[(i - t) * w + j] : x[i * w + j - t]);
                sum += term;
                size += fabs(term);
            }
            if (!(fabs(sum - (double)z[i * fw + j]) <= EPSILON * (double)(k + 1) * size)) adjoint_ok = 0;
        }
    check(ok, columns ? "filter_columns" : "filter_rows", h, w, k);
    check(adjoint_ok, columns ? "filter_columns_adjoint" : "filter_rows_adjoint", h, w, k);
    free(x); free(taps); free(y); free(z);
}

static void T(test_filters)(void)
{
    size_t h, w, k;
    int columns;
    for (columns = 0; columns < 2; columns++) {
        for (h = 0; h <= 5; h++)
            for (w = 0; w <= 40; w += w < 20 ? 1 : 5)
                for (k = 1; k <= 13; k += k < 4 ? 1 : 3) {
                    T(test_filter)(h, w, k, columns);
                    if (h != w) T(test_filter)(w, h, k, columns);
                }
        T(test_filter)(33, 131, 11, columns);
    }
}

/* Against the minimum over all voxels. density: one voxel in so many is set; 0: none. */
static void T(test_edt)(size_t a, size_t b, size_t c, int dims, size_t density)
{
    const size_t shape[3] = {a, b, c};
    const double spacing[3] = {1.25, 0.7, dims == 3 ? 3.0 : 1.0};
    const size_t n = a * (dims > 1 ? b : 1) * (dims > 2 ? c : 1);
    const size_t sb = dims > 2 ? c : 1, sa = dims > 1 ? b * sb : 1;
    uint8_t *mask = (uint8_t *)room(n);
    REAL *d = T(numbers)(n);
    void *scratch = room(T(core_probe_edt_room)(shape, dims));
    size_t i, j;
    int ok = 1;
    for (i = 0; i < n; i++) mask[i] = (uint8_t)(density && draw_below(density) == 0 ? 1 + draw_below(255) : 0);
    T(core_probe_edt_squared)(mask, shape, dims, spacing, d, scratch);
    for (i = 0; i < n; i++) {
        double best = HUGE_VAL;
        for (j = 0; j < n; j++) {
            double x, y = 0, z = 0;
            if (!mask[j]) continue;
            x = spacing[0] * ((double)(i / sa) - (double)(j / sa));
            if (dims > 1) y = spacing[1] * ((double)(i % sa / sb) - (double)(j % sa / sb));
            if (dims > 2) z = spacing[2] * ((double)(i % sb) - (double)(j % sb));
            best = fmin(best, x * x + y * y + z * z);
        }
        if (best > 1e300 ? (double)d[i] < 1e300 : !(fabs((double)d[i] - best) <= 8 * EPSILON * best)) ok = 0;
    }
    check(ok, "edt_squared", a, b, c * 10 + density);
    free(mask); free(d); free(scratch);
}

static void T(test_edts)(void)
{
    size_t a, b, c, density;
    for (density = 0; density <= 12; density += density < 4 ? 1 : 4) {
        for (a = 0; a <= 30; a++) T(test_edt)(a, 1, 1, 1, density);
        for (a = 0; a <= 9; a++) for (b = 0; b <= 9; b++) T(test_edt)(a, b, 1, 2, density);
        for (a = 0; a <= 4; a++) for (b = 0; b <= 4; b++) for (c = 0; c <= 4; c++) T(test_edt)(a, b, c, 3, density);
    }
    T(test_edt)(300, 1, 1, 1, 40);
    T(test_edt)(41, 37, 1, 2, 60);
    T(test_edt)(41, 37, 1, 2, 400);
    T(test_edt)(13, 11, 12, 3, 50);
    T(test_edt)(13, 11, 12, 3, 700);
}

/* A = M M^T / n + shift, n x n. */
static REAL *T(positive)(size_t n, double shift)
{
    REAL *m = T(numbers)(n * n), *a = T(numbers)(n * n);
    size_t i, j, t;
    for (i = 0; i < n; i++)
        for (j = 0; j <= i; j++) {
            double sum = 0;
            for (t = 0; t < n; t++) sum += (double)m[i * n + t] * (double)m[j * n + t];
            a[i * n + j] = a[j * n + i] = (REAL)(sum / (double)n + (i == j ? shift : 0));
        }
    free(m);
    return a;
}

static void T(test_cholesky)(size_t n)
{
    REAL *a = T(positive)(n, 0.1), *l = T(numbers)(n * n), *b = T(numbers)(n), *x = T(numbers)(n), *inverse = T(numbers)(n * n);
    double log_det = 0, worst = 0, off = 0, rest = 0;
    size_t i, j, t;
    int upper = 1, symmetric = 1;
    memcpy(l, a, n * n * sizeof(REAL));
    for (i = 0; i < n; i++) for (j = i + 1; j < n; j++) l[i * n + j] = (REAL)99;
    check(T(core_probe_cholesky)(l, n) == 1, "cholesky", n, 0, 0);
    for (i = 0; i < n; i++) {
        log_det += 2 * log((double)l[i * n + i]);
        for (j = 0; j < n; j++) {
            double sum = 0;
            if (j > i) { upper &= l[i * n + j] == (REAL)99; continue; }
            for (t = 0; t <= j; t++) sum += (double)l[i * n + t] * (double)l[j * n + t];
            worst = fmax(worst, fabs(sum - (double)a[i * n + j]));
        }
    }
    check(upper, "cholesky leaves the upper triangle", n, 0, 0);
    check(worst <= 4 * EPSILON, "cholesky L L^T", n, 0, 0);
    check(fabs(T(core_probe_cholesky_log_det)(l, n) - log_det) <= 1e-12 * (double)n, "cholesky_log_det", n, 0, 0);
    memcpy(x, b, n * sizeof(REAL));
    T(core_probe_cholesky_solve)(l, n, x);
    T(core_probe_cholesky_inverse)(l, n, inverse);
    for (i = 0; i < n; i++) {
        double sum = -(double)b[i];
        for (t = 0; t < n; t++) sum += (double)a[i * n + t] * (double)x[t];
        rest = fmax(rest, fabs(sum));
        for (j = 0; j < n; j++) {
            sum = i == j ? -1 : 0;
            for (t = 0; t < n; t++) sum += (double)a[i * n + t] * (double)inverse[t * n + j];
            off = fmax(off, fabs(sum));
            symmetric &= inverse[i * n + j] == inverse[j * n + i];
        }
    }
    check(rest <= 100 * EPSILON, "cholesky_solve", n, (size_t)(rest / EPSILON), 0);
    check(off <= 100 * EPSILON && symmetric, "cholesky_inverse", n, (size_t)(off / EPSILON), 0);
    if (n > 0) {
        const double bad[] = {-1.0, 0.0, -HUGE_VAL, HUGE_VAL};
        for (t = 0; t < 5; t++) {
            memcpy(l, a, n * n * sizeof(REAL));
            l[(n - 1) * n + n - 1] = t < 4 ? (REAL)bad[t] : (REAL)(HUGE_VAL - HUGE_VAL);
            check(T(core_probe_cholesky)(l, n) == 0, "cholesky refuses", n, t, 0);
        }
    }
    if (n > 1) {
        memcpy(l, a, n * n * sizeof(REAL));
        l[(n - 1) * n] = (REAL)(HUGE_VAL - HUGE_VAL);
        check(T(core_probe_cholesky)(l, n) == 0, "cholesky refuses NaN", n, 0, 0);
    }
    free(a); free(l); free(b); free(x); free(inverse);
}

/* A V = V values, V orthonormal, values ascending; a's upper triangle must not matter.
   kind 0 random, 1 of low rank, 2 diagonal, 3 all ones, 4 tridiagonal with eigenvalues
   2 - 2 cos(k pi / (n + 1)), 5 tiny, 6 huge, 7 zero, 8 block diagonal, 9 graded. */
static void T(test_eigen)(size_t n, int kind)
{
    REAL *a = T(numbers)(n * n), *v = T(numbers)(n * n), *values = T(numbers)(n);
    void *scratch = room(T(core_probe_eigen_symmetric_room)(n));
    double size = 0, worst = 0, angle = 0, trace = 0, sum = 0, closed = 0;
    size_t i, j, t;
    int ordered = 1;
    for (i = 0; i < n; i++)
        for (j = 0; j <= i; j++) {
            REAL *x = &a[i * n + j];
            if (kind == 1) *x = (REAL)((double)((i * 7 + 3) % 5) * (double)((j * 7 + 3) % 5));
            if (kind == 2 && i != j) *x = 0;
            if (kind == 3) *x = 1;
            if (kind == 4) *x = (REAL)(i == j ? 2 : i == j + 1 ? -1 : 0);
            if (kind == 5) *x = (REAL)((double)*x * 1e-36);
            if (kind == 6) *x = (REAL)((double)*x * 1e36);
            if (kind == 7) *x = 0;
            if (kind == 8 && i / 3 != j / 3) *x = 0;
            if (kind == 9) *x = (REAL)((double)*x * pow(10, -(double)(i + j) / 2));
            a[j * n + i] = *x;
            size = fmax(size, fabs((double)*x));
        }
    for (i = 0; i < n; i++) for (j = 0; j < n; j++) v[i * n + j] = j > i ? (REAL)(HUGE_VAL - HUGE_VAL) : a[i * n + j];
    check(T(core_probe_eigen_symmetric)(v, n, values, scratch) == 1, "eigen_symmetric converges", n, (size_t)kind, 0);
    for (i = 0; i < n; i++) {
        if (i && !(values[i - 1] <= values[i])) ordered = 0;
        trace += (double)a[i * n + i];
        sum += (double)values[i];
        if (kind == 4) closed = fmax(closed, fabs((double)values[i] - 2 + 2 * cos(3.14159265358979324 * (double)(i + 1) / (double)(n + 1))));
        for (j = 0; j < n; j++) {
            double x = -(double)values[i] * (double)v[i * n + j], y = i == j ? -1 : 0;
            for (t = 0; t < n; t++) {
                x += (double)a[j * n + t] * (double)v[i * n + t];
                y += (double)v[i * n + t] * (double)v[j * n + t];
            }
            worst = fmax(worst, fabs(x));
            angle = fmax(angle, fabs(y));
        }
    }
    check(ordered, "eigen_symmetric order", n, (size_t)kind, 0);
    check(worst <= 8 * EPSILON * size * (double)n, "eigen_symmetric A v = value v", n, (size_t)kind, 0);
    check(angle <= 20 * EPSILON * sqrt((double)n), "eigen_symmetric orthonormal", n, (size_t)kind, (size_t)(angle / EPSILON));
    check(fabs(trace - sum) <= 4 * EPSILON * size * (double)n * (double)n, "eigen_symmetric trace", n, (size_t)kind, 0);
    check(closed <= EPSILON * (8 + (double)n), "eigen_symmetric closed form", n, (size_t)kind, 0);
    free(a); free(v); free(values); free(scratch);
}

static void T(test_eigens)(void)
{
    size_t n, i;
    int kind;
    for (kind = 0; kind < 10; kind++) {
        for (n = 0; n <= 20; n++) T(test_eigen)(n, kind);
        T(test_eigen)(75, kind);
    }
    for (n = 1; n <= 6; n++)
        for (i = 0; i < 2 * n; i++) {
            REAL *a = T(positive)(n, 1), *values = T(numbers)(n);
            void *scratch = room(T(core_probe_eigen_symmetric_room)(n));
            a[i < n ? i * n + i : (n - 1) * n + i - n] = (REAL)(i % 3 ? HUGE_VAL : HUGE_VAL - HUGE_VAL);
            check(T(core_probe_eigen_symmetric)(a, n, values, scratch) == 0, "eigen_symmetric refuses", n, i, 0);
            free(a); free(values); free(scratch);
        }
}

static void T(test_typed)(void)
{
    size_t n;
    T(test_sorts)();
    T(test_selects)();
    T(test_edts)();
    for (n = 0; n <= 24; n++) T(test_cholesky)(n);
    T(test_cholesky)(60);
    T(test_eigens)();
}

static void T(test_kernels)(void)
{
    T(test_gemms)();
    T(test_filters)();
    T(test_rffts)();
}

#endif
