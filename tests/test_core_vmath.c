/* The vector mathematics of src/core/vmath.c against the C library, in units in
   the last place: special values, dense samples, subnormals, limits and random
   bit patterns, for float and double and every instruction set of the processor.

   usage: test_core_vmath                      all checks
          test_core_vmath exhaustive [NAME..]  float functions (all, or those named)
                                               on all 2^32 inputs

   A float result is compared with the double function of the C library, a double
   result with its long double function. The error of y is |y - f(x)| / ulp(f(x));
   where a row has a floor, an absolute error below bound * floor * epsilon passes
   too. Under -ffast-math only numbers well within the range are compared, and two ulp
   more of error passes. */

#define CORE_PROBE_IMPLEMENTATION
#include "core_probe.h"
#include <stdio.h>

#define BLOCK 4096

static long passed, failed;

/* ---- reference functions the C library lacks ----------------------------------- */

static long double sigmoid_l(long double x)
{
    const long double e = expl(-fabsl(x));
    return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

static long double softplus_l(long double x) { return (x > 0 ? x : 0) + log1pl(expl(-fabsl(x))); }

/* log x - 1/(2 x) - sum B_2k / (2 k x^2k) after raising x over 20 by the
   recurrence; below 0 by reflection. NaN at the negative integers. */
static long double digamma_l(long double x)
{
    static const long double c[] = { 1.0L / 12, -1.0L / 120, 1.0L / 252, -1.0L / 240, 1.0L / 132, -691.0L / 32760,
        1.0L / 12, -3617.0L / 8160, 43867.0L / 14364 };
    const long double pi = 3.14159265358979323846264338327950288L;
    long double sum = 0, power;
    int k;
    if (x == 0) return -1 / x;
    if (x < 0) {
        const long double part = x - rintl(x);
        if (part == 0) return nanl("");
        if (part == 0.5L || part == -0.5L) return digamma_l(1 - x);
        return digamma_l(1 - x) - pi / tanl(pi * part);
    }
    /* zero of digamma, where the recurrence would cancel: the sum is long double still */
    while (x < 20) sum += 1 / x, x += 1;
    power = 1 / (x * x);
    {
        long double series = 0;
        for (k = 8; k >= 0; k--) series = (series + c[k]) * power;
        return logl(x) - 1 / (2 * x) - series - sum;
    }
}

static double sigmoid_d(double x) { const double e = exp(-fabs(x)); return x < 0 ? e / (1 + e) : 1 / (1 + e); }
static double softplus_d(double x) { return (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }
static double digamma_d(double x) { return (double)digamma_l((long double)x); }

/* The size of the terms whose difference the result is, where they cancel. */
static double digamma_floor(double x) { return fmax(4, log(fabs(x))); }
static double lgamma_floor(double x) { return x > 0 ? 0 : fmax(4, fabs(x) * log(fabs(x))); }

/* ---- the functions and their bounds --------------------------------------------- */

typedef struct {
    const char *name;
    void (*f32)(const float *, float *, size_t);
    void (*f64)(const double *, double *, size_t);
    double (*reference32)(double);
    long double (*reference64)(long double);
    double bound32, bound64;    /* ulp */
    double (*floor)(double);    /* at x, this many epsilons of absolute error count as an ulp; NULL: none */
    double low, high;           /* where to sample densely */
} function;

#define ROW(name, ref, refl, b32, b64, floor, low, high) \
    { #name, core_probe_##name##_f32, core_probe_##name##_f64, ref, refl, b32, b64, floor, low, high }

static const function functions[] = {
    ROW(exp, exp, expl, 2, 2, NULL, -110, 92),
    ROW(expm1, expm1, expm1l, 2, 2, NULL, -45, 92),
    ROW(log, log, logl, 2, 2, NULL, 0, 4),
    ROW(log1p, log1p, log1pl, 2, 2, NULL, -1, 4),
    ROW(tanh, tanh, tanhl, 2, 2, NULL, -22, 22),
    ROW(sigmoid, sigmoid_d, sigmoid_l, 2, 2, NULL, -110, 60),
    ROW(softplus, softplus_d, softplus_l, 2, 2, NULL, -110, 60),
    ROW(erf, erf, erfl, 2, 2, NULL, -7, 7),
    ROW(erfc, erfc, erfcl, 5, 5, NULL, -7, 28),
    ROW(sin, sin, sinl, 2, 2, NULL, -1000, 1000),
    ROW(cos, cos, cosl, 2, 2, NULL, -1000, 1000),
    ROW(atan, atan, atanl, 2, 2, NULL, -10, 10),
    ROW(lgamma, lgamma, lgammal, 10, 10, lgamma_floor, -20, 20),
    ROW(digamma, digamma_d, digamma_l, 6, 6, digamma_floor, -20, 20),
    ROW(cbrt, cbrt, cbrtl, 1, 1, NULL, -10, 10),
};

#define FUNCTIONS (sizeof functions / sizeof *functions)

/* ---- measuring -------------------------------------------------------------------- */

static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t random_bits(void)
{
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double uniform(double low, double high)
{
    return low + (high - low) * ((double)(random_bits() >> 11) / 9007199254740992.0);
}

static uint32_t bits32(float x) { uint32_t u; memcpy(&u, &x, 4); return u; }
static uint64_t bits64(double x) { uint64_t u; memcpy(&u, &x, 8); return u; }
static float float_of(uint32_t u) { float x; memcpy(&x, &u, 4); return x; }
static double double_of(uint64_t u) { double x; memcpy(&x, &u, 8); return x; }

/* 0 zero, 1 subnormal, 2 normal, 3 infinite, 4 NaN */
static int kind32(float x)
{
    const uint32_t u = bits32(x) & 0x7fffffffu;
    return u == 0 ? 0 : u < 0x00800000u ? 1 : u < 0x7f800000u ? 2 : u == 0x7f800000u ? 3 : 4;
}

static int kind64(double x)
{
    const uint64_t u = bits64(x) & UINT64_C(0x7fffffffffffffff);
    return u == 0 ? 0 : u < UINT64_C(0x0010000000000000) ? 1 : u < UINT64_C(0x7ff0000000000000) ? 2
        : u == UINT64_C(0x7ff0000000000000) ? 3 : 4;
}

/* The error of a result whose exponents start at emin and whose significands
   have so many digits; HUGE_VAL where class or sign is wrong. */
static double error_of(long double y, int kind, int negative, long double ref, int digits, int emin, int emax,
    double floor)
{
    int exponent;
    long double ulp, difference;
    if (ref != ref) return kind == 4 ? 0 : HUGE_VAL;
    if (kind == 4) return HUGE_VAL;
    if (ref - ref != 0) return kind == 3 && negative == (ref < 0) ? 0 : HUGE_VAL;
    if (ref == 0) {
        if (y == 0) return negative == (signbit(ref) != 0) ? 0 : HUGE_VAL;
        ulp = ldexpl(1, emin - digits);
    } else {
        frexpl(ref, &exponent);
        if (exponent > emax + 1) exponent = emax + 1;
        ulp = ldexpl(1, (exponent > emin ? exponent : emin) - digits);
    }
    if (floor > 0) {
        const long double least = (long double)floor * ldexpl(1, 1 - digits);
        if (ulp < least) ulp = least;
    }
    if (kind == 3) {
        y = ldexpl(1, emax);
        if (negative) y = -y;
    }
    if (ref > ldexpl(1, emax)) ref = ldexpl(1, emax);
    if (ref < -ldexpl(1, emax)) ref = -ldexpl(1, emax);
    if (y != 0 && negative != (ref < 0) && ref != 0 && floor == 0) return HUGE_VAL;
    difference = y - ref;
    return (double)((difference < 0 ? -difference : difference) / ulp);
}

static double error32(float y, double ref, double floor)
{
    return error_of((long double)y, kind32(y), (bits32(y) >> 31) != 0, (long double)ref, 24, -125, 128, floor);
}

static double error64(double y, long double ref, double floor)
{
    return error_of((long double)y, kind64(y), (bits64(y) >> 63) != 0, ref, 53, -1021, 1024, floor);
}

typedef struct { double error, x, y, z, ref; } worst;

static void note(worst *w, double error, double x, double z, double y, double ref)
{
    if (!(error <= w->error)) {
        w->error = error;
        w->x = x;
        w->z = z;
        w->y = y;
        w->ref = ref;
    }
}

/* Whether a normal result's error is no larger than w's so far, found quickly. */
static int no_worse32(const worst *w, float y, double ref)
{
    const uint64_t exponent = bits64(ref) & UINT64_C(0x7ff0000000000000);
    if (exponent < UINT64_C(0x3820000000000000) || exponent > UINT64_C(0x47d0000000000000)) return 0;
    return fabs((double)y - ref) <= w->error * double_of(exponent - (UINT64_C(23) << 52));
}

static void check(const char *name, int bits, int isa, const worst *w, double bound)
{
#ifdef __FAST_MATH__
    const double allowed = bound + 2;
#else
    const double allowed = bound;
#endif
    const int ok = w->error <= allowed;
    if (ok) passed++;
    else failed++;
    printf("%s %-8s f%d %-7s max error %.3f ulp (bound %g)", ok ? "ok  " : "FAIL", name, bits, core_probe_isa_name(isa), w->error, allowed);
    if (!ok) printf(" at %.17g (%.17g): %.17g, not %.17g", w->x, w->z, w->y, w->ref);
    printf("\n");
}

/* Under -ffast-math only numbers well within the range, and two ulp more of error. */
static int comparable32(float x)
{
#ifdef __FAST_MATH__
    const uint32_t exponent = bits32(x) >> 23 & 0xff;
    return exponent > 26 && exponent < 253;
#else
    (void)x;
    return 1;
#endif
}

static int comparable64(double x)
{
#ifdef __FAST_MATH__
    const uint64_t exponent = bits64(x) >> 52 & 0x7ff;
    return exponent > 56 && exponent < 2045;
#else
    (void)x;
    return 1;
#endif
}

/* The largest error over n values for each instruction set. */
static void measure32(const function *f, const float *x, size_t n, worst *w)
{
    static float y[BLOCK];
    static double ref[BLOCK];
    size_t k;
    int isa;
    for (k = 0; k < n; k++) ref[k] = f->reference32((double)x[k]);
    for (isa = 0; isa < 4; isa++) {
        if (!core_probe_isa_force(isa)) continue;
        f->f32(x, y, n);
        for (k = 0; k < n; k++) {
            if (no_worse32(&w[isa], y[k], ref[k])) continue;
            if (!comparable32(x[k]) || !comparable32((float)ref[k])) continue;
            note(&w[isa], error32(y[k], ref[k], f->floor ? f->floor((double)x[k]) : 0), (double)x[k], 0, (double)y[k], ref[k]);
        }
    }
}

static void measure64(const function *f, const double *x, size_t n, worst *w)
{
    static double y[BLOCK];
    static long double ref[BLOCK];
    size_t k;
    int isa;
    for (k = 0; k < n; k++) ref[k] = f->reference64((long double)x[k]);
    for (isa = 0; isa < 4; isa++) {
        if (!core_probe_isa_force(isa)) continue;
        f->f64(x, y, n);
        for (k = 0; k < n; k++) {
            if (!comparable64(x[k]) || !comparable64((double)ref[k])) continue;
            note(&w[isa], error64(y[k], ref[k], f->floor ? f->floor(x[k]) : 0), x[k], 0, y[k], (double)ref[k]);
        }
    }
}

/* ---- samples ----------------------------------------------------------------------- */

/* Zeros, infinities, NaN, limits of the range, whole and half numbers, with their
   neighbours and both signs. */
static size_t specials(double *x)
{
    static const double base[] = { 0, 1, 2, 0.5, 0.25, 1.5, 3, 4, 5, 8, 10, 0.625, 1.4616321449683623, 1.4142135623730951,
        0.70710678118654752, 0.69314718055994531, 1.5707963267948966, 3.1415926535897931, 0.78539816339744828, 2.4142135623730951,
        0.41421356237309503, 17, 20, 32, 36, 37, 38, 40, 87.3365, 87.34, 88.3762, 88.72, 88.73, 89, 103.2, 103.97, 104, 105,
        708.3, 709.78, 709.79, 710, 744.4, 745.13, 745.14, 746, 1e3, 1e4, 1e5, 1e6, 1e10, 1e15, 1e20, 1e30, 1e38, 3.4e38, 1e100,
        1e300, 1.7976931348623157e308, 3.4028234663852886e38, 1.1754943508222875e-38, 2.2250738585072014e-308, 4.9406564584124654e-324,
        1.4012984643248171e-45, 1e-5, 1e-10, 1e-20, 1e-30, 1e-40, 1e-300, 1e-310, 1e-320, 4194304, 8388608, 16777216,
        4503599627370496.0, 9007199254740992.0, 1073741824.0, 1152921504606846976.0, 0.1, 26.5, 27.2, 9.1, 9.2, 10.05, 6, 5.9, 3.8 };
    size_t n = 0, k;
    int step;
    for (k = 0; k < sizeof base / sizeof *base; k++)
        for (step = -2; step <= 2; step++) {
            const uint64_t u = bits64(base[k]);
            if (u < 2 && step < 0) continue;
            x[n++] = double_of(u + (uint64_t)(int64_t)step);
            x[n] = -x[n - 1];
            n++;
        }
    x[n++] = double_of(UINT64_C(0x7ff0000000000000));
    x[n++] = double_of(UINT64_C(0xfff0000000000000));
    x[n++] = double_of(UINT64_C(0x7ff8000000000000));
    return n;
}

static void test_function(const function *f)
{
    static float x32[BLOCK];
    static double x64[BLOCK];
    worst w32[4], w64[4];
    const size_t n = specials(x64);
    size_t k;
    int round, isa;
    memset(w32, 0, sizeof w32);
    memset(w64, 0, sizeof w64);
    for (k = 0; k < n; k++) {
        x32[k] = (float)x64[k];
        if (kind32(x32[k]) == 3 && kind64(x64[k]) != 3) x32[k] = 1;
    }
    measure64(f, x64, n, w64);
    measure32(f, x32, n, w32);
    for (round = 0; round < 80; round++) {
        for (k = 0; k < BLOCK; k++) {
            const double u = uniform(f->low, f->high);
            const double spread = round % 4 == 0 ? 1 : round % 4 == 1 ? 0.25 : round % 4 == 2 ? 1.0 / 64 : 7.75;
            x64[k] = round & 4 ? u : u * spread;
            x32[k] = (float)x64[k];
            if (round >= 40) {
                x64[k] = double_of(random_bits());
                x32[k] = float_of((uint32_t)random_bits());
            }
            if (round >= 78) {      /* subnormals */
                x64[k] = double_of(random_bits() >> 12);
                x32[k] = float_of((uint32_t)(random_bits() >> 41));
            }
        }
        measure64(f, x64, BLOCK, w64);
        measure32(f, x32, BLOCK, w32);
    }
    for (isa = 0; isa < 4; isa++) {
        if (!core_probe_isa_force(isa)) continue;
        check(f->name, 32, isa, &w32[isa], f->bound32);
        check(f->name, 64, isa, &w64[isa], f->bound64);
    }
}

/* ---- powers --------------------------------------------------------------------------- */

static void measure_pow32(const float *x, const float *y, size_t n, worst *w)
{
    static float z[BLOCK];
    static double ref[BLOCK];
    size_t k;
    int isa;
    for (k = 0; k < n; k++) ref[k] = pow((double)x[k], (double)y[k]);
    for (isa = 0; isa < 4; isa++) {
        if (!core_probe_isa_force(isa)) continue;
        core_probe_pow_f32(x, y, z, n);
        for (k = 0; k < n; k++) {
            if (!comparable32(x[k]) || !comparable32(y[k]) || !comparable32((float)ref[k])) continue;
            note(&w[isa], error32(z[k], ref[k], 0), (double)x[k], (double)y[k], (double)z[k], ref[k]);
        }
    }
}

static void measure_pow64(const double *x, const double *y, size_t n, worst *w)
{
    static double z[BLOCK];
    static long double ref[BLOCK];
    size_t k;
    int isa;
    for (k = 0; k < n; k++) {
#ifdef __TINYC__
        ref[k] = (long double)pow(x[k], y[k]);   /* its long double calls may return NaN */
#else
        ref[k] = powl((long double)x[k], (long double)y[k]);
#endif
    }
    for (isa = 0; isa < 4; isa++) {
        if (!core_probe_isa_force(isa)) continue;
        core_probe_pow_f64(x, y, z, n);
        for (k = 0; k < n; k++) {
            if (!comparable64(x[k]) || !comparable64(y[k]) || !comparable64((double)ref[k])) continue;
            note(&w[isa], error64(z[k], ref[k], 0), x[k], y[k], z[k], (double)ref[k]);
        }
    }
}

/* All pairs of special values; results over the whole range; x near 1 with large y. */
static void test_pow(void)
{
    static const double base[] = { 0, 0.5, 1, 1.5, 2, 3, 4, 0.25, 1e-3, 10, 33, 1024, 4194303.5, 8388607, 8388608, 16777215, 16777216,
        4503599627370495.5, 9007199254740991.0, 9007199254740992.0, 1e30, 1e-30, 1e-40, 3e38, 1e-310, 1e308 };
    enum { BASES = sizeof base / sizeof *base };
    static double values[2 * BASES + 3], x64[BLOCK], y64[BLOCK];
    static float x32[BLOCK], y32[BLOCK];
    worst w32[4], w64[4];
    size_t n = 0, m = 0, k, j;
    int round, isa;
    memset(w32, 0, sizeof w32);
    memset(w64, 0, sizeof w64);
    for (k = 0; k < BASES; k++) {
        values[n++] = base[k];
        values[n++] = -base[k];
    }
    values[n++] = double_of(UINT64_C(0x7ff0000000000000));
    values[n++] = double_of(UINT64_C(0xfff0000000000000));
    values[n++] = double_of(UINT64_C(0x7ff8000000000000));
    for (k = 0; k < n; k++)
        for (j = 0; j < n; j++) {
            x64[m] = values[k];
            y64[m] = values[j];
            x32[m] = (float)(kind64(values[k]) == 2 && kind32((float)values[k]) == 3 ? 7 : values[k]);
            y32[m] = (float)(kind64(values[j]) == 2 && kind32((float)values[j]) == 3 ? 7 : values[j]);
            m++;
        }
    measure_pow64(x64, y64, m, w64);
    measure_pow32(x32, y32, m, w32);
    for (round = 0; round < 60; round++) {
        for (k = 0; k < BLOCK; k++) {
            if (round % 3 == 0) {           /* any base, a result within the range */
                x64[k] = fabs(double_of(random_bits() >> 1));
                if (kind64(x64[k]) > 2) x64[k] = 2;
                y64[k] = uniform(-760, 720) / log(x64[k]);
                x32[k] = float_of((uint32_t)(random_bits() >> 33));
                if (kind32(x32[k]) > 2) x32[k] = 2;
                y32[k] = (float)(uniform(-110, 90) / log((double)x32[k]));
            } else if (round % 3 == 1) {    /* near 1 */
                x64[k] = 1 + uniform(-1, 1) * ldexp(1, -(int)(random_bits() % 50));
                y64[k] = uniform(-760, 720) / log(fabs(x64[k]));
                x32[k] = (float)(1 + uniform(-1, 1) * ldexp(1, -(int)(random_bits() % 22)));
                y32[k] = (float)(uniform(-110, 90) / log(fabs((double)x32[k])));
            } else {                        /* bit patterns, and negative bases with integers */
                x64[k] = double_of(random_bits());
                y64[k] = round % 2 ? double_of(random_bits()) : floor(uniform(-40, 40));
                x32[k] = float_of((uint32_t)random_bits());
                y32[k] = round % 2 ? float_of((uint32_t)random_bits()) : (float)floor(uniform(-40, 40));
            }
        }
        measure_pow64(x64, y64, BLOCK, w64);
        measure_pow32(x32, y32, BLOCK, w32);
    }
    for (isa = 0; isa < 4; isa++) {
        if (!core_probe_isa_force(isa)) continue;
        check("pow", 32, isa, &w32[isa], 2);
        check("pow", 64, isa, &w64[isa], 2);
    }
}

/* All 2^32 floats. */
static void test_all_floats(const function *f)
{
    static float x[BLOCK];
    worst w[4];
    uint64_t u;
    size_t k;
    int isa;
    memset(w, 0, sizeof w);
    for (u = 0; u < UINT64_C(0x100000000); u += BLOCK) {
        for (k = 0; k < BLOCK; k++) x[k] = float_of((uint32_t)(u + k));
        measure32(f, x, BLOCK, w);
    }
    for (isa = 0; isa < 4; isa++) {
        if (!core_probe_isa_force(isa)) continue;
        check(f->name, 32, isa, &w[isa], f->bound32);
        printf("     at %.9g: %.9g, exactly %.17g\n", w[isa].x, w[isa].y, w[isa].ref);
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    size_t k;
    int a;
    if (argc > 1 && strcmp(argv[1], "exhaustive") == 0) {
        for (k = 0; k < FUNCTIONS; k++) {
            int wanted = argc == 2;
            for (a = 2; a < argc; a++) wanted |= strcmp(argv[a], functions[k].name) == 0;
            if (wanted) test_all_floats(&functions[k]);
        }
    } else {
        for (k = 0; k < FUNCTIONS; k++) test_function(&functions[k]);
        test_pow();
    }
    printf("%ld passed, %ld failed\n", passed, failed);
    return failed != 0;
}
