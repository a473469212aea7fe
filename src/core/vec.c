/* The vector type. In the scalar pass lfn_vec is plain float or double and
   LFN_LANES is 1; in a vector pass it is a GCC vector type, so that + - * / and
   comparisons are operators on every ISA. A comparison gives an lfn_mask: int 0
   or 1 in the scalar pass, lanes of 0 or ~0 else. lfn_uvec holds the lanes' bits
   as unsigned integers of the lane's width. All that the operators do not cover
   is a function here. */

//@vec

#if LFN_ISA == 0

typedef REAL lfn_vec;
typedef lfn_word lfn_uvec;
typedef int lfn_mask;

#if LFN_BITS == 32
#define LFN_LIBM(name) name##f
#else
#define LFN_LIBM(name) name
#endif

LFN_INLINE lfn_vec lfn_set1(REAL x) { return x; }
LFN_INLINE lfn_vec lfn_load(const REAL *p) { return *p; }
LFN_INLINE void lfn_store(REAL *p, lfn_vec x) { *p = x; }
LFN_INLINE lfn_uvec lfn_bits(lfn_vec x) { lfn_uvec u; memcpy(&u, &x, sizeof u); return u; }
LFN_INLINE lfn_vec lfn_from_bits(lfn_uvec u) { lfn_vec x; memcpy(&x, &u, sizeof x); return x; }
LFN_INLINE lfn_vec lfn_select(lfn_mask m, lfn_vec a, lfn_vec b) { return m ? a : b; }
LFN_INLINE lfn_vec lfn_keep(lfn_mask m, lfn_vec x) { return m ? x : LFN_K(0); }
LFN_INLINE lfn_mask lfn_not(lfn_mask m) { return !m; }
LFN_INLINE int lfn_any(lfn_mask m) { return m; }
LFN_INLINE int lfn_all(lfn_mask m) { return m; }
LFN_INLINE lfn_vec lfn_abs(lfn_vec x) { return LFN_LIBM(fabs)(x); }
LFN_INLINE lfn_vec lfn_sqrt(lfn_vec x) { return LFN_LIBM(sqrt)(x); }

/* The second operand where the comparison fails: so a NaN in a gives b. */
LFN_INLINE lfn_vec lfn_min(lfn_vec a, lfn_vec b) { return a < b ? a : b; }
LFN_INLINE lfn_vec lfn_max(lfn_vec a, lfn_vec b) { return a > b ? a : b; }

/* a b + c, in one rounding where the processor has it. */
LFN_INLINE lfn_vec lfn_fma(lfn_vec a, lfn_vec b, lfn_vec c)
{
#if (LFN_BITS == 32 && defined(FP_FAST_FMAF)) || (LFN_BITS == 64 && defined(FP_FAST_FMA))
    return LFN_LIBM(fma)(a, b, c);
#else
    return a * b + c;
#endif
}

/* To the nearest integer, ties to even. */
LFN_INLINE lfn_vec lfn_round(lfn_vec x)
{
#if FLT_EVAL_METHOD == 0 && !defined(__FAST_MATH__)
    const lfn_vec whole = LFN_BITS == 32 ? LFN_K(8388608.0) : LFN_K(4503599627370496.0), big = x < 0 ? -whole : whole;
    return lfn_abs(x) < whole ? (x + big) - big : x;
#else
    return LFN_LIBM(rint)(x);
#endif
}

LFN_INLINE double lfn_hsum(lfn_vec x) { return LFN_CAST(double, x); }
LFN_INLINE REAL lfn_hmax(lfn_vec x) { return x; }
LFN_INLINE REAL lfn_hmin(lfn_vec x) { return x; }
LFN_INLINE lfn_mask lfn_first(size_t m) { return m > 0; }
LFN_INLINE lfn_vec lfn_load_part(const REAL *p, size_t m) { return m ? *p : LFN_K(0); }
LFN_INLINE void lfn_store_part(REAL *p, lfn_vec x, size_t m) { if (m) *p = x; }
LFN_INLINE lfn_vec lfn_lane_index(void) { return LFN_K(0); }

#else

typedef REAL lfn_vec __attribute__((vector_size(LFN_LANES * LFN_BITS / 8)));
typedef lfn_word lfn_uvec __attribute__((vector_size(LFN_LANES * LFN_BITS / 8)));
#if LFN_BITS == 32
typedef int32_t lfn_mask __attribute__((vector_size(LFN_LANES * LFN_BITS / 8)));
#else
typedef int64_t lfn_mask __attribute__((vector_size(LFN_LANES * LFN_BITS / 8)));
#endif

#if LFN_ISA == 1 && LFN_BITS == 32
#define LFN_INTRINSIC(name) _mm256_##name##_ps
#elif LFN_ISA == 1
#define LFN_INTRINSIC(name) _mm256_##name##_pd
#elif LFN_ISA == 2 && LFN_BITS == 32
#define LFN_INTRINSIC(name) _mm512_##name##_ps
#elif LFN_ISA == 2
#define LFN_INTRINSIC(name) _mm512_##name##_pd
#elif LFN_BITS == 32
#define LFN_INTRINSIC(name) v##name##q_f32
#else
#define LFN_INTRINSIC(name) v##name##q_f64
#endif

LFN_INLINE lfn_vec lfn_set1(REAL x)
{
#if LFN_ISA == 3
    return LFN_BITS == 32 ? (lfn_vec)vdupq_n_f32((float)x) : (lfn_vec)vdupq_n_f64((double)x);
#else
    return (lfn_vec)LFN_INTRINSIC(set1)(x);
#endif
}

LFN_INLINE lfn_vec lfn_load(const REAL *p) { lfn_vec x; memcpy(&x, p, sizeof x); return x; }
LFN_INLINE void lfn_store(REAL *p, lfn_vec x) { memcpy(p, &x, sizeof x); }
LFN_INLINE lfn_uvec lfn_bits(lfn_vec x) { return (lfn_uvec)x; }
LFN_INLINE lfn_vec lfn_from_bits(lfn_uvec u) { return (lfn_vec)u; }
LFN_INLINE lfn_mask lfn_not(lfn_mask m) { return ~m; }
LFN_INLINE lfn_vec lfn_keep(lfn_mask m, lfn_vec x) { return (lfn_vec)((lfn_mask)x & m); }
LFN_INLINE lfn_vec lfn_abs(lfn_vec x)
{
    const lfn_uvec sign = lfn_bits(lfn_set1(LFN_K(-0.0)));
    return lfn_from_bits(lfn_bits(x) & ~sign);
}

LFN_INLINE lfn_vec lfn_select(lfn_mask m, lfn_vec a, lfn_vec b)
{
#if LFN_ISA == 1 && LFN_BITS == 32
    return (lfn_vec)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m);
#elif LFN_ISA == 1
    return (lfn_vec)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)m);
#elif LFN_ISA == 3 && LFN_BITS == 32
    return (lfn_vec)vbslq_f32((uint32x4_t)m, (float32x4_t)a, (float32x4_t)b);
#elif LFN_ISA == 3
    return (lfn_vec)vbslq_f64((uint64x2_t)m, (float64x2_t)a, (float64x2_t)b);
#else
    return (lfn_vec)(((lfn_mask)a & m) | ((lfn_mask)b & ~m));
#endif
}

LFN_INLINE lfn_vec lfn_sqrt(lfn_vec x) { return (lfn_vec)LFN_INTRINSIC(sqrt)(x); }

/* The second operand where the comparison fails: so a NaN in a gives b. */
LFN_INLINE lfn_vec lfn_min(lfn_vec a, lfn_vec b)
{
#if LFN_ISA == 3
    return lfn_select(a < b, a, b);
#else
    return (lfn_vec)LFN_INTRINSIC(min)(a, b);
#endif
}

LFN_INLINE lfn_vec lfn_max(lfn_vec a, lfn_vec b)
{
#if LFN_ISA == 3
    return lfn_select(a > b, a, b);
#else
    return (lfn_vec)LFN_INTRINSIC(max)(a, b);
#endif
}

/* a b + c in one rounding. */
LFN_INLINE lfn_vec lfn_fma(lfn_vec a, lfn_vec b, lfn_vec c)
{
#if LFN_ISA == 3
    return (lfn_vec)LFN_INTRINSIC(fma)(c, a, b);
#else
    return (lfn_vec)LFN_INTRINSIC(fmadd)(a, b, c);
#endif
}

/* To the nearest integer, ties to even. */
LFN_INLINE lfn_vec lfn_round(lfn_vec x)
{
#if LFN_ISA == 3
    return (lfn_vec)LFN_INTRINSIC(rndn)(x);
#elif LFN_ISA == 2
    return (lfn_vec)LFN_INTRINSIC(roundscale)(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    return (lfn_vec)LFN_INTRINSIC(round)(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#endif
}

/* The sum of the lanes, in double. */
LFN_INLINE double lfn_hsum(lfn_vec x)
{
#if LFN_ISA == 1
#if LFN_BITS == 32
    __m256d d = _mm256_add_pd(_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)x)), _mm256_cvtps_pd(_mm256_extractf128_ps((__m256)x, 1)));
#else
    __m256d d = (__m256d)x;
#endif
    __m128d s = _mm_add_pd(_mm256_castpd256_pd128(d), _mm256_extractf128_pd(d, 1));
    return _mm_cvtsd_f64(_mm_add_sd(s, _mm_unpackhi_pd(s, s)));
#else
    REAL lane[LFN_LANES];
    double sum = 0;
    int k;
    lfn_store(lane, x);
    for (k = 0; k < LFN_LANES; k++) sum += (double)lane[k];
    return sum;
#endif
}

LFN_INLINE REAL lfn_hmax(lfn_vec x)
{
    REAL lane[LFN_LANES], best;
    int k;
    lfn_store(lane, x);
    best = lane[0];
    for (k = 1; k < LFN_LANES; k++) best = lane[k] > best ? lane[k] : best;
    return best;
}

LFN_INLINE REAL lfn_hmin(lfn_vec x)
{
    REAL lane[LFN_LANES], best;
    int k;
    lfn_store(lane, x);
    best = lane[0];
    for (k = 1; k < LFN_LANES; k++) best = lane[k] < best ? lane[k] : best;
    return best;
}

LFN_INLINE int lfn_any(lfn_mask m)
{
#if LFN_ISA == 1
    return _mm256_movemask_epi8((__m256i)m) != 0;
#else
    lfn_word lane[LFN_LANES], any = 0;
    int k;
    memcpy(lane, &m, sizeof lane);
    for (k = 0; k < LFN_LANES; k++) any |= lane[k];
    return any != 0;
#endif
}

LFN_INLINE int lfn_all(lfn_mask m) { return !lfn_any(~m); }

/* 0, 1, 2, ... over the lanes. */
LFN_INLINE lfn_vec lfn_lane_index(void)
{
    REAL lane[LFN_LANES];
    int k;
    for (k = 0; k < LFN_LANES; k++) lane[k] = (REAL)k;
    return lfn_load(lane);
}

/* True in the first m lanes. */
LFN_INLINE lfn_mask lfn_first(size_t m)
{
#if LFN_BITS == 32
    static const int32_t table[2 * LFN_LANES] = {
#else
    static const int64_t table[2 * LFN_LANES] = {
#endif
#if LFN_LANES >= 16
        -1, -1, -1, -1, -1, -1, -1, -1,
#endif
#if LFN_LANES >= 8
        -1, -1, -1, -1,
#endif
#if LFN_LANES >= 4
        -1, -1,
#endif
        -1, -1 };
    lfn_mask mask;
    memcpy(&mask, table + LFN_LANES - (m < LFN_LANES ? m : LFN_LANES), sizeof mask);
    return mask;
}

/* The first m <= LFN_LANES elements at p, zeros behind them. Nothing else is read. */
#if LFN_ISA != 1 || defined(LFN_NO_MASKED_MOVES)
LFN_INLINE lfn_vec lfn_load_part(const REAL *p, size_t m)
{
    REAL lane[LFN_LANES] = {0};
    if (m == LFN_LANES) return lfn_load(p);
    memcpy(lane, p, m * sizeof *p);
    return lfn_load(lane);
}

LFN_INLINE void lfn_store_part(REAL *p, lfn_vec x, size_t m)
{
    REAL lane[LFN_LANES];
    if (m == LFN_LANES) {
        lfn_store(p, x);
        return;
    }
    lfn_store(lane, x);
    memcpy(p, lane, m * sizeof *p);
}
#else
LFN_INLINE lfn_vec lfn_load_part(const REAL *p, size_t m)
{
    if (m == LFN_LANES) return lfn_load(p);
    return (lfn_vec)LFN_INTRINSIC(maskload)(p, (__m256i)lfn_first(m));
}

/* In pieces of 4, 2 and 1: a masked store takes some processors dozens of cycles. */
LFN_INLINE void lfn_store_part(REAL *p, lfn_vec x, size_t m)
{
    REAL lane[LFN_LANES];
    if (m == LFN_LANES) {
        lfn_store(p, x);
        return;
    }
    lfn_store(lane, x);
#if LFN_BITS == 32
    if (m & 4) memcpy(p, lane, 4 * sizeof *p);
#endif
    if (m & 2) memcpy(p + (m & 4), lane + (m & 4), 2 * sizeof *p);
    if (m & 1) p[m - 1] = lane[m - 1];
}
#endif

#endif

/* Stores the first m elements of x at p, or adds them to what is there. */
LFN_INLINE void lfn_put_part(REAL *p, lfn_vec x, size_t m, int accumulate)
{
    if (accumulate) x += lfn_load_part(p, m);
    lfn_store_part(p, x, m);
}

LFN_INLINE lfn_vec lfn_zero(void) { return lfn_set1(LFN_K(0)); }
LFN_INLINE lfn_vec lfn_clamp(lfn_vec x, lfn_vec low, lfn_vec high) { return lfn_min(lfn_max(x, low), high); }
LFN_INLINE lfn_vec lfn_neg_if(lfn_mask m, lfn_vec x) { return lfn_select(m, -x, x); }
LFN_INLINE lfn_uvec lfn_bits1(lfn_word u) { REAL x; memcpy(&x, &u, sizeof x); return lfn_bits(lfn_set1(x)); }

/* -1, 0 or 1; sign(0) = 0. */
LFN_INLINE lfn_vec lfn_sign(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1));
    return lfn_keep(x > lfn_zero(), one) - lfn_keep(x < lfn_zero(), one);
}

LFN_INLINE lfn_vec lfn_copysign(lfn_vec x, lfn_vec sign)
{
    const lfn_uvec bit = lfn_bits(lfn_set1(LFN_K(-0.0)));
    return lfn_from_bits((lfn_bits(x) & ~bit) | (lfn_bits(sign) & bit));
}

/* The loss of one value (or one vector of values) with its first and second
   derivative: what every formula of an elementwise function returns. */
typedef struct {
    lfn_vec loss, grad, hess;
} lfn_point;
