//@family Elementary functions: the vector mathematics under everything

//@vec

/* ---- how the elementary functions work ---------------------------------------- */

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
   reassociate across it, nor x87 registers carry more digits over it. */
LFN_INLINE lfn_vec lfn_exact(lfn_vec x)
{
#if LFN_ISA == 0 && (!defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0)
    volatile REAL y = x;
    return y;
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__)
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
    return __builtin_assoc_barrier(x);
#elif defined(__clang__) && __clang_major__ >= 14 && (defined(__x86_64__) || defined(__i386__))
    return __arithmetic_fence(x);
#else
    volatile lfn_vec y = x;
    return y;
#endif
#else
    return x;
#endif
}

LFN_INLINE lfn_vec lfn_infinity(void) { return lfn_from_bits(lfn_bits1(LFN_WORD(0x7f800000u, UINT64_C(0x7ff0000000000000)))); }
LFN_INLINE lfn_vec lfn_nan(void) { return lfn_from_bits(lfn_bits1(LFN_WORD(0x7fc00000u, UINT64_C(0x7ff8000000000000)))); }

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
    n.value = sum - big;
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
    return x * lfn_from_bits(half << LFN_MANTISSA) * lfn_from_bits((both - half) << LFN_MANTISSA);
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

/* e^x - 1 = 2^n ((1 - 2^-n) + (e^r - 1)) */
LFN_INLINE lfn_vec lfn_expm1(lfn_vec x)
{
    const lfn_vec low = lfn_set1(LFN_F(-20.0, -40.0)), high = lfn_set1(LFN_F(89.0, 710.0));
    const lfn_vec z = lfn_min(high, lfn_max(low, x));
    const lfn_whole n = lfn_nearest(z, lfn_set1(LFN_LOG2E));
    const lfn_vec start = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_HIGH), z));
    const lfn_vec r = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_LOW), start));
    const lfn_vec rest = lfn_fma(n.value, lfn_set1(-LFN_LN2_LOW), lfn_exact(start - r));
    const lfn_vec small = r + lfn_fma(lfn_exp_tail(r), r * r, rest);
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
    p.exponent = lfn_from_bits((u >> LFN_MANTISSA) | lfn_bits1(big)) - LFN_F(8388735.0, 4503599627371519.0);
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

/* 1 / (1 + e^-x), by e^-|x|, which does not overflow */
LFN_INLINE lfn_vec lfn_sigmoid(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), e = lfn_exp(-lfn_abs(x));
    return lfn_select(x < lfn_zero(), e, one) / (one + e);
}

/* log(1 + e^x) = max(x, 0) + log(1 + e^-|x|) */
LFN_INLINE lfn_vec lfn_softplus(lfn_vec x)
{
    return lfn_max(lfn_zero(), x) + lfn_log1p(lfn_exp(-lfn_abs(x)));
}

/* tanh |x| = -t / (2 + t), t = e^(-2 |x|) - 1 */
LFN_INLINE lfn_vec lfn_tanh(lfn_vec x)
{
    const lfn_vec t = lfn_expm1(lfn_abs(x) * LFN_K(-2));
    return lfn_copysign(t / (t + LFN_K(2)), x);
}

#undef LFN_LN2_LOW
#undef LFN_LN2_HIGH
#undef LFN_LOG2E
#undef LFN_F
#undef LFN_WORD
#undef LFN_BIAS
#undef LFN_MANTISSA
