
//@vec

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

#if LFN_BITS == 32
#define LFN_MANTISSA 23
#define LFN_BIAS 127
#define LFN_WORD(w32, w64) LFN_CAST(lfn_word, w32)
#define LFN_F(c32, c64) LFN_K(c32)
#else
#define LFN_MANTISSA 52
#define LFN_BIAS 1023
#define LFN_WORD(w32, w64) LFN_CAST(lfn_word, w64)
#define LFN_F(c32, c64) LFN_K(c64)
#endif

/* x as the type holds it, and a wall to the optimiser: -ffast-math must not
   reassociate across it, nor x87 registers carry more digits over it. An empty
   assembly statement is the wall that holds in every later stage of the compiler:
   gcc loses __builtin_assoc_barrier where it makes vectors of scalar code. */
LFN_INLINE lfn_vec lfn_exact(lfn_vec x)
{
#if LFN_ISA == 0 && (!defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0)
    volatile REAL y = x;
    return y;
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__)
#if defined(__GNUC__) && defined(__SSE2__) && !defined(__CUDACC__)
    __asm__("" : "+x"(x));
    return x;
#elif defined(__GNUC__) && defined(__aarch64__) && !defined(__CUDACC__)
    __asm__("" : "+w"(x));
    return x;
#else
    volatile lfn_vec y = x;
    return y;
#endif
#else
    return x;
#endif
}

LFN_INLINE lfn_vec lfn_infinity(void)
{
    return lfn_from_bits(lfn_bits1(LFN_WORD(0x7f800000u, UINT64_C(0x7ff0000000000000))));
}

LFN_INLINE lfn_vec lfn_nan(void)
{
    return lfn_from_bits(lfn_bits1(LFN_WORD(0x7fc00000u, UINT64_C(0x7ff8000000000000))));
}

/* A whole number as a value and as bits (two's complement). */
typedef struct {
    lfn_vec value;
    lfn_uvec bits;
} lfn_whole;

/* The whole number nearest to x y, where |x y| < 2^21. Adding 1.5 times the
   number whose ulp is 1 rounds, and leaves the result in the low bits. */
LFN_INLINE lfn_whole lfn_nearest(lfn_vec x, lfn_vec y)
{
    const lfn_vec big = lfn_set1(LFN_F(12582912.0, 6755399441055744.0));
    const lfn_vec sum = lfn_exact(lfn_fma(x, y, big));
    lfn_whole n;
    n.value = lfn_exact(sum - big);
    n.bits = lfn_bits(sum) - lfn_bits(big);
    return n;
}

/* 2^n for -126 <= n <= 127 (double: -1022 to 1023) */
LFN_INLINE lfn_vec lfn_pow2(lfn_uvec n)
{
    return lfn_from_bits((n + LFN_CAST(lfn_word, LFN_BIAS)) << LFN_MANTISSA);
}

/* x 2^n for |n| up to twice the largest exponent: in two steps, so that the
   result alone overflows or is rounded to a subnormal. */
LFN_INLINE lfn_vec lfn_scale2(lfn_vec x, lfn_uvec n)
{
    const lfn_uvec both = n + LFN_CAST(lfn_word, 2 * LFN_BIAS), half = both >> 1;
    return lfn_exact(x * lfn_from_bits(half << LFN_MANTISSA)) * lfn_from_bits((both - half) << LFN_MANTISSA);
}

/* ---- exponentials --------------------------------------------------------------- */

/* (e^r - 1 - r) / r^2 for |r| <= log(2) / 2 */
LFN_INLINE lfn_vec lfn_exp_tail(lfn_vec r)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.00139288523));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.00836351359)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.0416665316)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.16666575)));
    return lfn_fma(q, r, lfn_set1(LFN_K(0.5)));
#else
    lfn_vec q = lfn_set1(LFN_K(2.0919116983338354e-9));
    q = lfn_fma(q, r, lfn_set1(LFN_K(2.5105810317631291e-8)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(2.755726166930097e-7)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(2.7557253966587009e-6)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(2.4801587336705121e-5)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.00019841269875957273)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.0013888888888879587)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.0083333333333258082)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.041666666666666675)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.16666666666666671)));
    return lfn_fma(q, r, lfn_set1(LFN_K(0.5)));
#endif
}

#define LFN_LOG2E LFN_K(1.4426950408889634)
/* log(2) in two: the first has zeros at its end, so that its product with an exponent is exact. */
#define LFN_LN2_HIGH LFN_F(0.693145751953125, 0.69314718056011770)
#define LFN_LN2_LOW LFN_F(1.42860682031e-6, -1.7239444525614834773e-13)

/* e^x: x = n log 2 + r, e^x = 2^n e^r */
LFN_INLINE lfn_vec lfn_exp(lfn_vec x)
{
    const lfn_vec low = lfn_set1(LFN_F(-104.0, -746.0)), high = lfn_set1(LFN_F(89.0, 710.0));
    const lfn_vec z = lfn_min(high, lfn_max(low, x));
    const lfn_whole n = lfn_nearest(z, lfn_set1(LFN_LOG2E));
    lfn_vec r = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_HIGH), z));
    r = lfn_fma(n.value, lfn_set1(-LFN_LN2_LOW), r);
    return lfn_scale2(lfn_fma(lfn_exp_tail(r), r * r, r) + LFN_K(1), n.bits);
}

/* e^x for x <= 0, in one scaling: below the smallest normal number the result is 0.
   For sums of exponentials, whose largest term is 1. */
LFN_INLINE lfn_vec lfn_exp_falling(lfn_vec x)
{
    const lfn_vec low = lfn_set1(LFN_F(-87.0, -708.0));
    const lfn_vec z = lfn_max(low, x);
    const lfn_whole n = lfn_nearest(z, lfn_set1(LFN_LOG2E));
    lfn_vec r = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_HIGH), z));
    r = lfn_fma(n.value, lfn_set1(-LFN_LN2_LOW), r);
    r = (lfn_fma(lfn_exp_tail(r), r * r, r) + LFN_K(1)) * lfn_pow2(n.bits);
    return lfn_keep(lfn_not(x < low), r);
}

/* The same with a term more in float, for where e^r - 1 cancels. */
LFN_INLINE lfn_vec lfn_expm1_tail(lfn_vec r)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.000198914798));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.00139340904)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.00833331048)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.0416664609)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.166666667)));
    return lfn_fma(q, r, lfn_set1(LFN_K(0.500000001)));
#else
    return lfn_exp_tail(r);
#endif
}

/* e^x - 1 = 2^n ((1 - 2^-n) + (e^r - 1)) */
LFN_INLINE lfn_vec lfn_expm1(lfn_vec x)
{
    const lfn_vec low = lfn_set1(LFN_F(-20.0, -40.0)), high = lfn_set1(LFN_F(89.0, 710.0));
    const lfn_vec z = lfn_min(high, lfn_max(low, x));
    const lfn_whole n = lfn_nearest(z, lfn_set1(LFN_LOG2E));
    const lfn_vec start = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_HIGH), z));
    const lfn_vec r = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_LOW), start));
    const lfn_vec rest = lfn_fma(n.value, lfn_set1(-LFN_LN2_LOW), lfn_exact(start - r));
    const lfn_vec small = r + lfn_fma(lfn_expm1_tail(r), r * r, rest);
    const lfn_whole m = lfn_nearest(lfn_min(n.value, lfn_set1(LFN_K(64))), lfn_set1(LFN_K(-1)));
    const lfn_vec one = lfn_exact(LFN_K(1) - lfn_pow2(m.bits));
    return lfn_copysign(lfn_scale2(one + small, n.bits), x);
}

/* ---- logarithms ----------------------------------------------------------------- */

/* log(2^k (1 + f)) for sqrt(1/2) - 1 <= f <= sqrt(2) - 1 */
LFN_INLINE lfn_vec lfn_log_of(lfn_vec k, lfn_vec f)
{
    const lfn_vec f2 = f * f;
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.0697161147));
    q = lfn_fma(q, f, lfn_set1(LFN_K(-0.114797338)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(0.116854199)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(-0.124256873)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(0.142490576)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(-0.166678023)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(0.200007157)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(-0.24999997)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(0.333333312)));
    q = lfn_fma(q * f, f2, k * LFN_LN2_LOW);
    q = lfn_fma(f2, lfn_set1(LFN_K(-0.5)), q);
#else
    /* log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f) */
    const lfn_vec s = f / (f + LFN_K(2)), z = s * s, half = f2 * LFN_K(0.5);
    lfn_vec q = lfn_set1(LFN_K(0.14617807153417325));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.15331611722055008)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.18182892432536871)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.22222211089379496)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.28571428626253838)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.39999999999898891)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.66666666666666697)));
    q = lfn_fma(s, lfn_fma(q, z, half), k * LFN_LN2_LOW) - half;
#endif
    return k * LFN_LN2_HIGH + lfn_exact(f + q);
}

/* A positive normal number's k and 2^k m = x, sqrt(1/2) <= m < sqrt(2). */
typedef struct {
    lfn_vec exponent, fraction;
} lfn_parts;

LFN_INLINE lfn_parts lfn_take_apart(lfn_vec x)
{
    const lfn_word root = LFN_WORD(0x3f3504f3u, UINT64_C(0x3fe6a09e667f3bcd));
    const lfn_word one = LFN_WORD(0x3f800000u, UINT64_C(0x3ff0000000000000));
    const lfn_word big = LFN_WORD(0x4b000000u, UINT64_C(0x4330000000000000));
    const lfn_word mask = LFN_WORD(0x007fffffu, UINT64_C(0x000fffffffffffff));
    const lfn_uvec u = lfn_bits(x) + LFN_CAST(lfn_word, one - root);
    lfn_parts p;
    p.exponent = lfn_exact(lfn_from_bits((u >> LFN_MANTISSA) | lfn_bits1(big)) - LFN_F(8388735.0, 4503599627371519.0));
    p.fraction = lfn_from_bits((u & lfn_bits1(mask)) + root);
    return p;
}

/* y for finite x > 0, else what the logarithm of x is: -infinity of 0, infinity, or NaN */
LFN_INLINE lfn_vec lfn_log_limits(lfn_vec x, lfn_vec y)
{
    const lfn_vec zero = lfn_zero(), infinity = lfn_infinity();
    const lfn_vec limit = lfn_select(x == zero, -infinity, lfn_select(x > zero, x, lfn_nan()));
    return lfn_select((x > zero) & (x < infinity), y, limit);
}

LFN_INLINE lfn_vec lfn_log(lfn_vec x)
{
    const lfn_mask tiny = x < LFN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const lfn_parts p = lfn_take_apart(lfn_select(tiny, x * LFN_F(33554432.0, 18014398509481984.0), x));
    const lfn_vec k = p.exponent - lfn_keep(tiny, lfn_set1(LFN_F(25.0, 54.0)));
    return lfn_log_limits(x, lfn_log_of(k, p.fraction - LFN_K(1)));
}

/* log(1 + x): 2^k m = 1 + x, and m - 1 = (2^-k - 1) + 2^-k x hardly rounds. */
LFN_INLINE lfn_vec lfn_log1p(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), sum = lfn_exact(x + one);
    const lfn_parts p = lfn_take_apart(sum);
    const lfn_mask large = x > LFN_F(1073741824.0, 1152921504606846976.0);
    const lfn_vec k = lfn_select(large, lfn_zero(), lfn_max(p.exponent, lfn_set1(LFN_K(-64))));
    const lfn_vec scale = lfn_pow2(lfn_nearest(k, lfn_set1(LFN_K(-1))).bits);
    const lfn_vec f = lfn_fma(scale, x, lfn_exact(scale - one));
    const lfn_vec y = lfn_log_of(p.exponent, lfn_select(large, p.fraction - one, f));
    return lfn_copysign(lfn_log_limits(sum, y), x);
}

/* ---- what is built on them ------------------------------------------------------- */

/* 1 / (1 + e^-x). With e = e^-|x|, which does not overflow, and w = e / (1 + e)
   it is 1 - w for x >= 0 and w = e - e w below. */
LFN_INLINE lfn_vec lfn_sigmoid(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), e = lfn_exp(-lfn_abs(x)), w = e / (one + e);
    const lfn_vec base = lfn_select(x < lfn_zero(), e, one);
    return lfn_fma(-base, w, base);
}

/* log(1 + e) for 0 <= e <= 1: 1 + f, or 2 (1 + f) with f = (e - 1) / 2, exactly */
LFN_INLINE lfn_vec lfn_log1p_unit(lfn_vec e)
{
    const lfn_vec one = lfn_set1(LFN_K(1));
    const lfn_mask upper = e > LFN_K(0.41421356237309503);
    return lfn_log_of(lfn_keep(upper, one), lfn_select(upper, lfn_exact(e - one) * LFN_K(0.5), e));
}

/* log(1 + e^x) = max(x, 0) + log(1 + e^-|x|) */
LFN_INLINE lfn_vec lfn_softplus(lfn_vec x)
{
    return lfn_max(lfn_zero(), x) + lfn_log1p_unit(lfn_exp(-lfn_abs(x)));
}

/* With t = e^(2 |x|) - 1: tanh |x| = t / (t + 2) = h - h q, h = t / 2, q = t / (t + 2);
   from |x| = 0.55 on 1 - 2 / (t + 2). */
LFN_INLINE lfn_vec lfn_tanh(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), two = lfn_set1(LFN_K(2)), a = lfn_abs(x);
    const lfn_vec t = lfn_expm1(lfn_min(lfn_set1(LFN_K(44)), a * two));
    const lfn_mask large = a > LFN_K(0.55);
    const lfn_vec q = lfn_select(large, two, t) / (t + two), base = lfn_select(large, one, t * LFN_K(0.5));
    return lfn_copysign(lfn_fma(-base, q, base), x);
}

/* ---- numbers of twice the precision ------------------------------------------------ */

/* high + low, |low| at most about half an ulp of high */
typedef struct {
    lfn_vec high, low;
} lfn_pair;

/* a + b exactly */
LFN_INLINE lfn_pair lfn_two_sum(lfn_vec a, lfn_vec b)
{
    lfn_pair s;
    lfn_vec part;
    s.high = lfn_exact(a + b);
    part = lfn_exact(s.high - a);
    s.low = lfn_exact(lfn_exact(a - lfn_exact(s.high - part)) + lfn_exact(b - part));
    return s;
}

/* a + b exactly, |a| >= |b| or a = 0 */
LFN_INLINE lfn_pair lfn_quick_sum(lfn_vec a, lfn_vec b)
{
    lfn_pair s;
    s.high = lfn_exact(a + b);
    s.low = lfn_exact(b - lfn_exact(s.high - a));
    return s;
}

/* x with the lower half of its digits zero */
LFN_INLINE lfn_vec lfn_upper_half(lfn_vec x)
{
    return lfn_from_bits(lfn_bits(x) & lfn_bits1(LFN_WORD(0xfffff000u, UINT64_C(0xfffffffff8000000))));
}

/* a b exactly (to an ulp of low without a fused multiply-add) */
LFN_INLINE lfn_pair lfn_two_product(lfn_vec a, lfn_vec b)
{
    lfn_pair p;
    p.high = lfn_exact(a * b);
#if LFN_ISA != 0
    p.low = lfn_exact(lfn_fma(a, b, -p.high));
#else
    {
        const lfn_vec ah = lfn_upper_half(a), al = lfn_exact(a - ah), bh = lfn_upper_half(b), bl = lfn_exact(b - bh);
        p.low = lfn_exact(lfn_exact(lfn_exact(lfn_exact(ah * bh - p.high) + ah * bl) + al * bh) + al * bl);
    }
#endif
    return p;
}

/* a b in pairs */
LFN_INLINE lfn_pair lfn_pair_product(lfn_pair a, lfn_pair b)
{
    lfn_pair p = lfn_two_product(a.high, b.high);
    p.low = p.low + (a.high * b.low + a.low * b.high);
    return p;
}

/* e^(high + low): as lfn_exp, with low added to what the reduction leaves. |low| << 1. */
LFN_INLINE lfn_vec lfn_exp_pair(lfn_pair x)
{
    const lfn_vec low = lfn_set1(LFN_F(-120.0, -760.0)), high = lfn_set1(LFN_F(89.0, 710.0));
    const lfn_vec z = lfn_min(high, lfn_max(low, x.high));
    const lfn_whole n = lfn_nearest(z, lfn_set1(LFN_LOG2E));
    const lfn_vec start = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_HIGH), z));
    const lfn_vec rest = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_LOW), lfn_keep(z == x.high, x.low)));
    const lfn_vec r = lfn_exact(start + rest);
    const lfn_vec lost = lfn_exact(start - r) + rest;
    return lfn_scale2(LFN_K(1) + lfn_exact(r + lfn_fma(lfn_exp_tail(r), r * r, lost)), n.bits);
}

/* ---- powers ------------------------------------------------------------------------ */

/* (2 atanh(s) - 2 s - 2 s^3 / 3) / s^5 in z = s^2, |s| <= 0.1716 */
LFN_INLINE lfn_vec lfn_log_tail(lfn_vec z)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.191217697));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.222047137)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.285715322)));
    return lfn_fma(q, z, lfn_set1(LFN_K(0.399999999)));
#else
    lfn_vec q = lfn_set1(LFN_K(0.11724904124570041));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.1170607121759953)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.13334810864251617)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.15384594848987562)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.18181818336456081)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.22222222221651192)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.28571428571429374)));
    return lfn_fma(q, z, lfn_set1(LFN_K(0.4)));
#endif
}

/* log x as a pair, for finite x > 0: with s = (m - 1) / (m + 1),
   log(2^k m) = k log 2 + s (2 + z (2 / 3 + z tail(z))), z = s^2 */
LFN_INLINE lfn_pair lfn_log_pair(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), two = lfn_set1(LFN_K(2));
    const lfn_mask tiny = x < LFN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const lfn_parts p = lfn_take_apart(lfn_select(tiny, x * LFN_F(33554432.0, 18014398509481984.0), x));
    const lfn_vec k = p.exponent - lfn_keep(tiny, lfn_set1(LFN_F(25.0, 54.0)));
    const lfn_vec f = lfn_exact(p.fraction - one);
    const lfn_pair d = lfn_quick_sum(two, f);
    const lfn_vec inverse = one / d.high;
    lfn_pair s, z, a, sum, product;
    s.high = lfn_exact(f * inverse);
    product = lfn_two_product(s.high, d.high);
    s.low = (lfn_exact(lfn_exact(f - product.high) - product.low) - s.high * d.low) * inverse;
    z = lfn_pair_product(s, s);
    a = lfn_quick_sum(lfn_set1(LFN_F(0.6666666865348815918, 0.6666666666666666297)), z.high * lfn_log_tail(z.high));
    a.low = a.low + LFN_F(-1.9868214925130208e-8, 3.7007434154171885e-17);
    a = lfn_pair_product(z, a);
    sum = lfn_quick_sum(two, a.high);
    sum.low = sum.low + a.low;
    product = lfn_pair_product(s, sum);
    sum = lfn_two_sum(k * LFN_LN2_HIGH, product.high);
    return lfn_quick_sum(sum.high, sum.low + (product.low + k * LFN_LN2_LOW));
}

/* x^y = e^(y log |x|), negative for negative x and odd y; the special values of C99. */
LFN_FN lfn_vec lfn_pow(lfn_vec x, lfn_vec y)
{
    const lfn_vec zero = lfn_zero(), one = lfn_set1(LFN_K(1)), infinity = lfn_infinity();
    const lfn_vec a = lfn_abs(x), huge = lfn_set1(LFN_F(1152921504606846976.0, 1267650600228229401496703205376.0));
    const lfn_vec z = lfn_min(huge, lfn_max(-huge, y)), half = y * LFN_K(0.5);
    const lfn_mask whole = lfn_round(y) == y, odd = whole & (lfn_round(half) != half);
    const lfn_pair logarithm = lfn_log_pair(a);
    lfn_pair power = lfn_two_product(logarithm.high, z);
    lfn_vec far = lfn_copysign(lfn_set1(LFN_K(2000)), y), result;
    power = lfn_quick_sum(power.high, power.low + logarithm.low * z);
    far = lfn_select(a == zero, -far, far);
    power.high = lfn_select((a == zero) | (a == infinity), far, power.high);
    result = lfn_exp_pair(power);
    result = lfn_select(odd, lfn_copysign(result, x), result);
    result = lfn_select((x < zero) & (a != infinity) & lfn_not(whole), lfn_nan(), result);
    result = lfn_select((x == x) & (y == y), result, lfn_nan());
    return lfn_select((y == zero) | (x == one), one, result);
}

/* about the cube root of m, sqrt(1/8) <= m < sqrt(8): to 2^-9 (float), 2^-7 (double) */
LFN_INLINE lfn_vec lfn_cbrt_guess(lfn_vec m)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.00723872626));
    q = lfn_fma(q, m, lfn_set1(LFN_K(-0.0722668714)));
    q = lfn_fma(q, m, lfn_set1(LFN_K(0.292026507)));
    q = lfn_fma(q, m, lfn_set1(LFN_K(-0.634247101)));
    q = lfn_fma(q, m, lfn_set1(LFN_K(0.977624672)));
    return lfn_fma(q, m, lfn_set1(LFN_K(0.430228457)));
#else
    lfn_vec q = lfn_set1(LFN_K(-0.01304334529589504));
    q = lfn_fma(q, m, lfn_set1(LFN_K(0.11182671173693957)));
    q = lfn_fma(q, m, lfn_set1(LFN_K(-0.38451222453810984)));
    q = lfn_fma(q, m, lfn_set1(LFN_K(0.82436295592584893)));
    return lfn_fma(q, m, lfn_set1(LFN_K(0.46237450690242317)));
#endif
}

/* |x| = 2^(3 q) m; a guess is improved by Halley's iteration, the last from a
   value t so short that t^2 is exact. */
LFN_FN lfn_vec lfn_cbrt(lfn_vec x)
{
    const lfn_vec a = lfn_abs(x);
    const lfn_mask tiny = a < LFN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const lfn_parts p = lfn_take_apart(lfn_select(tiny, a * LFN_F(16777216.0, 18014398509481984.0), a));
    const lfn_vec k = p.exponent - lfn_keep(tiny, lfn_set1(LFN_F(24.0, 54.0)));
    const lfn_vec third = lfn_set1(LFN_K(0.33333333333333333)), zero = lfn_zero(), infinity = lfn_infinity();
    const lfn_mask finite = (a > zero) & (a < infinity);
    const lfn_whole q = lfn_nearest(lfn_keep(finite, k), third);
    const lfn_whole rest = lfn_nearest(lfn_keep(finite, k) - q.value * LFN_K(3), lfn_set1(LFN_K(1)));
    const lfn_vec m = p.fraction * lfn_pow2(rest.bits);
    lfn_vec t = lfn_cbrt_guess(m), ratio;
#if LFN_BITS == 64
    {
        const lfn_vec cube = t * t * t;
        t = t * ((cube + m * LFN_K(2)) / (cube * LFN_K(2) + m));
    }
    t = lfn_from_bits(lfn_bits(t) & lfn_bits1(UINT64_C(0xfffffffff0000000)));
#else
    t = lfn_upper_half(t);
#endif
    ratio = m / lfn_exact(t * t);
    t = t + t * (lfn_exact(ratio - t) / (t + t + ratio));
    return lfn_select(finite, lfn_copysign(t * lfn_pow2(q.bits), x), x);
}

/* ---- sine, cosine, arc tangent ------------------------------------------------------- */

/* (sin r - r) / r^3 in z = r^2, |r| <= pi / 4 */
LFN_INLINE lfn_vec lfn_sin_tail(lfn_vec z)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(2.72493144e-6));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.00019840082)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.00833333187)));
    return lfn_fma(q, z, lfn_set1(LFN_K(-0.166666667)));
#else
    lfn_vec q = lfn_set1(LFN_K(-7.5865766484052612e-13));
    q = lfn_fma(q, z, lfn_set1(LFN_K(1.6058529573291738e-10)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-2.5052106219528367e-8)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(2.7557319219301937e-6)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.00019841269841265017)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.0083333333333333315)));
    return lfn_fma(q, z, lfn_set1(LFN_K(-0.16666666666666667)));
#endif
}

/* (cos r - 1 + r^2 / 2) / r^4 in z = r^2, |r| <= pi / 4 */
LFN_INLINE lfn_vec lfn_cos_tail(lfn_vec z)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(-2.73004489e-7));
    q = lfn_fma(q, z, lfn_set1(LFN_K(2.48005964e-5)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.00138888877)));
    return lfn_fma(q, z, lfn_set1(LFN_K(0.0416666667)));
#else
    lfn_vec q = lfn_set1(LFN_K(-1.1382456865840482e-11));
    q = lfn_fma(q, z, lfn_set1(LFN_K(2.0876143829213937e-9)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-2.7557317260014707e-7)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(2.4801587298743081e-5)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.0013888888888887382)));
    return lfn_fma(q, z, lfn_set1(LFN_K(0.041666666666666665)));
#endif
}

/* sin(r + low) and cos(r + low), |r| <= pi / 4 */
LFN_INLINE lfn_vec lfn_sin_of(lfn_pair r)
{
    const lfn_vec z = r.high * r.high;
    return r.high + lfn_fma(r.high * z, lfn_sin_tail(z), r.low * lfn_fma(z, lfn_set1(LFN_K(-0.5)), lfn_set1(LFN_K(1))));
}

LFN_INLINE lfn_vec lfn_cos_of(lfn_pair r)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), z = r.high * r.high, half = z * LFN_K(0.5), w = lfn_exact(one - half);
    return w + (lfn_exact(lfn_exact(one - w) - half) + lfn_fma(z * z, lfn_cos_tail(z), -(r.high * r.low)));
}

/* Up to where the reduction below is exact enough; beyond it the C library does it. */
#define LFN_TURN_LIMIT LFN_F(1600.0, 1600000.0)

/* x - n pi / 2 as a pair, and n. pi / 2 comes in four parts, the products of n and
   the first three exact. */
LFN_INLINE lfn_pair lfn_turn(lfn_vec x, lfn_uvec *quarter)
{
    const lfn_whole n = lfn_nearest(x, lfn_set1(LFN_K(0.63661977236758134308)));
    const lfn_vec start = lfn_exact(x - n.value * LFN_F(1.5706787109375, 1.570796326734125614166));
    const lfn_pair a = lfn_two_sum(start, -(n.value * LFN_F(0.00011761486530303955, 6.077100506303965976596e-11)));
    const lfn_pair b = lfn_two_sum(a.high, -(n.value * LFN_F(9.9203134595882148e-10, 2.022266248711166455796e-21)));
    const lfn_vec rest = n.value * LFN_F(6.2233721718966133923e-14, 8.478427660368899644e-32);
    *quarter = n.bits;
    return lfn_two_sum(b.high, a.low + (b.low - rest));
}

/* The sine of |x| under LFN_TURN_LIMIT, a quarter turn of them further where shift is 1. */
LFN_INLINE lfn_vec lfn_sin_shifted(lfn_vec x, lfn_word shift)
{
    lfn_uvec n;
    const lfn_pair r = lfn_turn(x, &n);
    const lfn_uvec one = lfn_bits1(1), none = lfn_bits1(0), quarter = n + shift;
    const lfn_vec y = lfn_select((quarter & one) != none, lfn_cos_of(r), lfn_sin_of(r));
    return lfn_neg_if((quarter & (one + one)) != none, y);
}

/* y, and in the lanes that are set f(x) of the C library in double. */
LFN_FN lfn_vec lfn_lanewise(double (*f)(double), lfn_vec x, lfn_mask m, lfn_vec y)
{
    REAL lane[LFN_LANES];
    int k;
    lfn_store(lane, x);
    for (k = 0; k < LFN_LANES; k++) lane[k] = LFN_CAST(REAL, f(LFN_CAST(double, lane[k])));
    return lfn_select(m, lfn_load(lane), y);
}

LFN_FN lfn_vec lfn_sin(lfn_vec x)
{
    const lfn_mask small = lfn_abs(x) < LFN_TURN_LIMIT;
    const lfn_vec y = lfn_select(x == lfn_zero(), x, lfn_sin_shifted(lfn_keep(small, x), 0));
    return lfn_all(small) ? y : lfn_lanewise(sin, x, lfn_not(small), y);
}

LFN_FN lfn_vec lfn_cos(lfn_vec x)
{
    const lfn_mask small = lfn_abs(x) < LFN_TURN_LIMIT;
    const lfn_vec y = lfn_sin_shifted(lfn_keep(small, x), 1);
    return lfn_all(small) ? y : lfn_lanewise(cos, x, lfn_not(small), y);
}

/* (atan t - t) / t^3 in z = t^2, |t| <= tan(pi / 8) */
LFN_INLINE lfn_vec lfn_atan_tail(lfn_vec z)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.0504612817));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.0862389667)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.110712604)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.142841455)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.199999772)));
    return lfn_fma(q, z, lfn_set1(LFN_K(-0.333333333)));
#else
    lfn_vec q = lfn_set1(LFN_K(-0.013905374533113235));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.030622995553735516)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.041038875468626873)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.047192591882420924)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.052580202726567583)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.058819230561140226)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.066666418691311827)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.076923067291948968)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.090909090668160809)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.11111111110751481)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.14285714285711491)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.19999999999999991)));
    return lfn_fma(q, z, lfn_set1(LFN_K(-0.33333333333333333)));
#endif
}

/* atan |x| = base + atan t, t = |x|, (|x| - 1) / (|x| + 1) or -1 / |x|, base = 0, pi / 4 or pi / 2 */
LFN_FN lfn_vec lfn_atan(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), zero = lfn_zero(), a = lfn_abs(x);
    const lfn_mask middle = a > LFN_K(0.41421356237309503), large = a > LFN_K(2.4142135623730951);
    const lfn_vec up = lfn_select(large, -one, lfn_select(middle, a - one, a));
    const lfn_vec down = lfn_select(large, a, lfn_select(middle, a + one, one));
    const lfn_vec base = lfn_select(large, lfn_set1(LFN_F(1.570796370506286621, 1.570796326794896558)),
        lfn_keep(middle, lfn_set1(LFN_F(0.7853981852531433105, 0.785398163397448279))));
    const lfn_vec low = lfn_select(large, lfn_set1(LFN_F(-4.3711390001862428e-8, 6.1232339957367659e-17)),
        lfn_select(middle, lfn_set1(LFN_F(-2.1855695000931214e-8, 3.0616169978683829e-17)), zero));
    const lfn_vec t = up / down, z = t * t;
    return lfn_copysign(base + lfn_exact(t + lfn_fma(t * z, lfn_atan_tail(z), low)), x);
}

/* ---- error function -------------------------------------------------------------------- */

/* (erf x - x) / x in z = x^2, |x| <= 1 */
LFN_INLINE lfn_vec lfn_erf_tail(lfn_vec z)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(-9.66704457e-6));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.00011265959)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.000848408041)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.00522103181)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.0268654307)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.112837825)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.376126385)));
    return lfn_fma(q, z, lfn_set1(LFN_K(0.128379167)));
#else
    lfn_vec q = lfn_set1(LFN_K(-4.2309458242953378e-12));
    q = lfn_fma(q, z, lfn_set1(LFN_K(8.7090451290531067e-11)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-1.216456005728345e-9)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(1.4792401209404813e-8)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-1.6364642158167615e-7)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(1.6462045441468419e-6)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-1.4925647567519332e-5)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.00012055332902888735)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.00085483270219348296)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.0052239776254232983)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.026866170645129841)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.1128379167095512)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.37612638903183752)));
    return lfn_fma(q, z, lfn_set1(LFN_K(0.12837916709551257)));
#endif
}

/* (1 + 2 a) e^(a^2) erfc(a) in t = (a - 4) / (a + 4), a from 0.47 to 10.2 (float), 27.4 (double) */
LFN_INLINE lfn_vec lfn_erfc_factor(lfn_vec t)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(-0.00052551435));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.000890759548)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.00515217024)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.0161078784)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0371567471)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.0663477856)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0937323918)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.101037699)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0680971291)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0153796134)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.139621118)));
    return lfn_fma(q, t, lfn_set1(LFN_K(1.23299512)));
#else
    lfn_vec q = lfn_set1(LFN_K(1.5740667325302964e-9));
    q = lfn_fma(q, t, lfn_set1(LFN_K(2.4355756802467888e-9)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-1.4867857762189077e-8)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-1.9813977344735414e-8)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(1.1078129699130398e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(7.7244452519751469e-8)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-8.2570542732789902e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(2.917761739652986e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(5.7097039804903096e-6)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-1.122105046281538e-5)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-2.4399142592225436e-5)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.00015062137526125789)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.00019925672460019633)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.00075777322974703339)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0050319699841567711)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.016197734064972366)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.037167515536801652)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.066330365811704678)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.093732834998388087)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.10103906603632333)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.068097054254691736)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.01537965210262002)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.13962111684056251)));
    return lfn_fma(q, t, lfn_set1(LFN_K(1.2329951186255525)));
#endif
}

/* erfc(a) = e^(-a^2) factor / (1 + 2 a) for a >= 0.47; a^2 = h^2 + (a - h)(a + h), h^2 exact */
LFN_INLINE lfn_vec lfn_erfc_of(lfn_vec a)
{
    const lfn_vec z = lfn_min(lfn_set1(LFN_F(10.2, 27.4)), lfn_max(lfn_set1(LFN_K(0.47)), a));
    const lfn_vec h = lfn_upper_half(z), four = lfn_set1(LFN_K(4));
    const lfn_vec factor = lfn_erfc_factor((z - four) / (z + four)) / (z + z + LFN_K(1));
    lfn_pair square;
    square.high = -lfn_exact(h * h);
    square.low = -(lfn_exact(z - h) * (z + h));
    return lfn_exp_pair(square) * factor;
}

/* x + x tail(x^2) up to 1, 1 - erfc |x| beyond */
LFN_FN lfn_vec lfn_erf(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), a = lfn_abs(x), inner = lfn_min(one, a);
    const lfn_vec small = lfn_fma(inner, lfn_erf_tail(inner * inner), inner);
    return lfn_select(x == x, lfn_copysign(lfn_select(a > one, one - lfn_erfc_of(a), small), x), x);
}

/* 1 - erf(x) for |x| < 1/2, 2 - erfc(-x) below */
LFN_FN lfn_vec lfn_erfc(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), half = lfn_set1(LFN_K(0.5)), a = lfn_abs(x), tail = lfn_erfc_of(a);
    const lfn_vec inner = lfn_min(half, lfn_max(-half, x));
    const lfn_vec small = one - lfn_fma(inner, lfn_erf_tail(inner * inner), inner);
    const lfn_vec y = lfn_select(a < half, small, lfn_select(x < lfn_zero(), LFN_K(2) - tail, tail));
    return lfn_select(x == x, y, x);
}

/* ---- gamma function ---------------------------------------------------------------------- */

/* log Gamma(2 + t) / t, |t| <= 1/2 */
LFN_INLINE lfn_vec lfn_lgamma_factor(lfn_vec t)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.000113449486));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.000253822248)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.000506528962)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.00118585778)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.00289079335)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.00738617446)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0205807996)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.0673522815)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.322467033)));
    return lfn_fma(q, t, lfn_set1(LFN_K(0.422784335)));
#else
    lfn_vec q = lfn_set1(LFN_K(6.376295734499092e-8));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-1.3413423047041578e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(2.0307921392240115e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-4.3034947036237722e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(9.578515261333411e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-2.0449229705497507e-6)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(4.3743787562085535e-6)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-9.4384580476527738e-6)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(2.0507266826252506e-5)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-4.4926351195667295e-5)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(9.9457509153471438e-5)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.00022315475073783337)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.00050966952488235433)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.0011927539120013529)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0028905103307388233)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.0073855510286681463)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.020580808427784568)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.067352301053198139)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.32246703342411322)));
    return lfn_fma(q, t, lfn_set1(LFN_K(0.42278433509846714)));
#endif
}

/* x (log Gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2) in w = 1 / x^2, x >= 8 */
LFN_INLINE lfn_vec lfn_stirling(lfn_vec w)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.000780034719));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.00277769855)));
    return lfn_fma(q, w, lfn_set1(LFN_K(0.0833333333)));
#else
    lfn_vec q = lfn_set1(LFN_K(0.0050659053600815934));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.0018903829938839238)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(0.00084147008525024054)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.00059523658450570417)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(0.00079365078975240582)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.0027777777777739882)));
    return lfn_fma(q, w, lfn_set1(LFN_K(0.083333333333333333)));
#endif
}

/* pi (x - n), n the integer nearest to x. */
LFN_INLINE lfn_vec lfn_half_turn(lfn_vec x) { return (x - lfn_round(x)) * LFN_K(3.14159265358979323846); }

/* log Gamma(x) for x > 0. From 8 on by Stirling's series, below by
   log Gamma(x) = log Gamma(2 + t) + log(product), |t| <= 1/2. */
LFN_INLINE lfn_vec lfn_lgamma_positive(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), limit = lfn_set1(LFN_K(2.5));
    const lfn_mask large = x >= LFN_K(8), below = x < LFN_K(1.5), low = x < LFN_K(0.5);
    lfn_vec product = one, y = lfn_select(large, one + one, x), t, logarithm, small, inverse;
    int k;
    for (k = 0; k < 6; k++) {
        const lfn_mask m = y > limit;
        y = lfn_select(m, y - one, y);
        product = lfn_select(m, product * y, product);
    }
    t = lfn_select(low, y, lfn_select(below, y - one, y - LFN_K(2)));
    product = lfn_select(low, y * (y + one), lfn_select(below, y, product));
    logarithm = lfn_log(lfn_select(large, x, product));
    small = t * lfn_lgamma_factor(t) + lfn_neg_if(below, logarithm);
    inverse = one / lfn_max(lfn_set1(LFN_K(8)), x);
    y = (x - LFN_K(0.5)) * (logarithm - one) + (inverse * lfn_stirling(inverse * inverse) + LFN_K(0.41893853320467274178));
    return lfn_select(large, y, small);
}

/* log |Gamma(x)|; below 0 log(pi / |sin(pi x)|) - log Gamma(1 - x), where sin(pi x) of tiny x is pi x */
LFN_FN lfn_vec lfn_lgamma(lfn_vec x)
{
    const lfn_vec zero = lfn_zero(), one = lfn_set1(LFN_K(1)), infinity = lfn_infinity();
    const lfn_mask negative = x < zero;
    const lfn_vec y = lfn_lgamma_positive(lfn_select(negative, one - x, x));
    lfn_vec reflected = zero;
    if (lfn_any(negative)) {
        const lfn_mask tiny = x > LFN_F(-1e-5, -1e-9);
        const lfn_vec turn = lfn_half_turn(lfn_keep(negative & (x > -infinity), x));
        const lfn_vec sine = lfn_abs(lfn_select(tiny, x, lfn_sin(turn)));
        reflected = lfn_select(tiny, zero, lfn_set1(LFN_K(1.1447298858494001741))) - lfn_log(sine) - y;
        reflected = lfn_select(sine == zero, infinity, reflected);
    }
    return lfn_select(lfn_abs(x) == infinity, infinity, lfn_select(negative, reflected, y));
}

/* x^2 (log x - 1 / (2 x) - psi(x)) in w = 1 / x^2, x >= 6 */
LFN_INLINE lfn_vec lfn_digamma_series(lfn_vec w)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(-0.00378552955));
    q = lfn_fma(q, w, lfn_set1(LFN_K(0.0039618389)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.00833329813)));
    return lfn_fma(q, w, lfn_set1(LFN_K(0.0833333333)));
#else
    lfn_vec q = lfn_set1(LFN_K(1.2391679863993024));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.36785763321584679)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(0.081436305058735288)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.021063611862127793)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(0.0075754873976434952)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.0041666652417935437)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(0.0039682539644546434)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.0083333333333294057)));
    return lfn_fma(q, w, lfn_set1(LFN_K(0.083333333333333333)));
#endif
}

/* psi(x) for x > 0: psi(x + m) - sum 1 / (x + i), the sum as 1 / x and one fraction
   for the rest; from 6 on log x - 1 / (2 x) - series(1 / x^2) / x^2 */
LFN_INLINE lfn_vec lfn_digamma_positive(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), limit = lfn_set1(LFN_K(6));
    const lfn_mask below = x < limit;
    const lfn_vec first = lfn_keep(below, one / x);
    lfn_vec y = lfn_select(below, x + one, x), up = lfn_zero(), down = one, inverse, square;
    int k;
    for (k = 0; k < 5; k++) {
        const lfn_mask m = y < limit;
        up = lfn_select(m, lfn_fma(up, y, down), up);
        down = lfn_select(m, down * y, down);
        y = lfn_select(m, y + one, y);
    }
    inverse = one / y;
    square = inverse * inverse;
    y = lfn_log(y) - lfn_fma(square, lfn_digamma_series(square), inverse * LFN_K(0.5));
    return y - up / down - first;
}

/* psi(x), the derivative of log Gamma; below 0 psi(1 - x) - pi / tan(pi x).
   -infinity at 0, infinity at -0, NaN at the negative integers. */
LFN_FN lfn_vec lfn_digamma(lfn_vec x)
{
    const lfn_vec zero = lfn_zero(), one = lfn_set1(LFN_K(1)), infinity = lfn_infinity();
    const lfn_mask negative = x < zero;
    lfn_vec y = lfn_digamma_positive(lfn_select(negative, one - x, x)), turn;
    if (lfn_any(negative)) {
        const lfn_mask bounded = negative & (x > -infinity);
        turn = lfn_half_turn(lfn_keep(bounded, x));
        turn = LFN_K(3.14159265358979323846) * lfn_cos(turn) / lfn_sin(turn);
        turn = lfn_select(bounded & (lfn_round(x) != x), y - turn, lfn_nan());
        y = lfn_select(negative, turn, y);
    }
    return lfn_select(x == zero, lfn_copysign(infinity, -x), y);
}

#undef LFN_TURN_LIMIT
#undef LFN_LN2_LOW
#undef LFN_LN2_HIGH
#undef LFN_LOG2E
#undef LFN_F
#undef LFN_WORD
#undef LFN_BIAS
#undef LFN_MANTISSA
