/* lossfn.h
    Instruction sets: which one runs, and choosing one for a test
      lossfn_isa lossfn_isa_name lossfn_isa_force
    Elementary functions: the vector mathematics under everything
    REGRESSION   Row functions: x
      lossfn_test
*/
#ifndef LFN_PASS
#ifndef LOSSFN_H
#define LOSSFN_H
/* ---- configuration ---------------------------------------------------------- */

/* The release of the header: all three of a program must be of the same one. */
#define LOSSFN_VERSION_MAJOR 0
#define LOSSFN_VERSION_MINOR 1
#define LOSSFN_VERSION_PATCH 0
#define LOSSFN_VERSION 100
#if defined(LOSSFN_VERSION) && LOSSFN_VERSION != LOSSFN_VERSION
#error "lossfn.h is of another release than lossfn.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif
#if defined(OPTIM_VERSION) && OPTIM_VERSION != LOSSFN_VERSION
#error "optim.h is of another release than lossfn.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif
#if defined(METRICS_VERSION) && METRICS_VERSION != LOSSFN_VERSION
#error "metrics.h is of another release than lossfn.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <math.h>
#include <float.h>

#ifndef LOSSFN_HEADER_FILENAME
#define LOSSFN_HEADER_FILENAME "lossfn.h"
#endif

#ifndef LOSSFN_DEF
#ifdef LOSSFN_STATIC
#define LOSSFN_DEF LFN_UNUSED static inline
#elif defined(__cplusplus)
#define LOSSFN_DEF extern "C"
#else
#define LOSSFN_DEF extern
#endif
#endif

#ifndef LOSSFN_INLINE
#define LOSSFN_INLINE static inline
#endif

#if defined(__GNUC__)
#define LFN_UNUSED __attribute__((unused))
#else
#define LFN_UNUSED
#endif

#ifdef __cplusplus
#define LFN_CAST(type, value) static_cast<type>(value)
#else
#define LFN_CAST(type, value) ((type)(value))
#endif

#if defined(LOSSFN_ONLY_REGRESSION)
#define LFN_SOME 1
#else
#define LFN_SOME 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_REGRESSION)
#define LFN_HAS_REGRESSION 1
#else
#define LFN_HAS_REGRESSION 0
#endif

/* ---- public part ------------------------------------------------------------ */

/* ---- core/platform ---- */

/* The instruction sets an implementation can carry. x86-64 carries scalar and
   AVX2+FMA (and AVX-512 when LOSSFN_AVX512 is defined), AArch64 scalar and NEON,
   everything else scalar. The fastest that the processor has is used. */
enum {
    LOSSFN_ISA_SCALAR = 0,
    LOSSFN_ISA_AVX2 = 1,
    LOSSFN_ISA_AVX512 = 2,
    LOSSFN_ISA_NEON = 3
};

/* The instruction set in use, one of LOSSFN_ISA_*. */
LOSSFN_DEF int lossfn_isa(void);

/* Its name: "scalar", "avx2", "avx512", "neon"; "unknown" for any other number. */
LOSSFN_DEF const char *lossfn_isa_name(int isa);

/* Makes every later call of the process use this instruction set, for tests
   and comparisons. Returns 1, or 0 and changes nothing when the set is not
   compiled in or the processor lacks it. Not to be called while other threads
   are inside this header's functions. */
LOSSFN_DEF int lossfn_isa_force(int isa);

/* ---- lossfn/regression ---- */
#if LFN_HAS_REGRESSION

/* test */
LOSSFN_DEF float lossfn_test_f32(const float *p);
LOSSFN_DEF double lossfn_test_f64(const double *p);

#endif

/* ---- one value at a time: the formulas as inline functions ------------------- */

#define LFN_PASS 1
#include LOSSFN_HEADER_FILENAME
#undef LFN_PASS

#define LFN_ISA 0
#define LFN_PASS 3
#define LFN_BITS 32
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#define LFN_BITS 64
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#undef LFN_PASS
#undef LFN_ISA

#define LFN_PASS 2
#include LOSSFN_HEADER_FILENAME
#undef LFN_PASS

#endif /* LOSSFN_H */

#if defined(LOSSFN_IMPLEMENTATION) && !defined(LOSSFN_IMPLEMENTED)
#define LOSSFN_IMPLEMENTED
/* ---- which instruction sets are compiled in ---------------------------------- */

/* LFN_X86, LFN_NEON: vector code is compiled in. It wants GCC's vector types,
   a 64-bit target and IEEE doubles; everything else runs the scalar pass. */
#if !defined(LOSSFN_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__) && defined(__x86_64__) && !defined(__CUDACC__)
#define LFN_X86 1
#include <immintrin.h>
#else
#define LFN_X86 0
#endif
#if !defined(LOSSFN_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__) && defined(__aarch64__) \
    && defined(__ARM_NEON) && !defined(__AARCH64EB__) && !defined(__CUDACC__)
#define LFN_NEON 1
#include <arm_neon.h>
#else
#define LFN_NEON 0
#endif
#if LFN_X86 && defined(LOSSFN_AVX512)
#define LFN_X86_512 1
#else
#define LFN_X86_512 0
#endif

#define LFN_ISA_SCALAR 0
#define LFN_ISA_AVX2 1
#define LFN_ISA_AVX512 2
#define LFN_ISA_NEON 3


/* ---- core/platform ---- */

/* Masked loads and stores are invisible to the memory sanitizer. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define LFN_NO_MASKED_MOVES 1
#endif
#endif

#if defined(__GNUC__) && !defined(__TINYC__)
#define LFN_ATOMIC_LOAD(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define LFN_ATOMIC_STORE(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#else
#define LFN_ATOMIC_LOAD(p) (*(p))
#define LFN_ATOMIC_STORE(p, v) (*(p) = (v))
#endif

static int lfn_isa_cached = -1;

LFN_UNUSED static int lfn_isa_supported(int isa)
{
    if (isa == LFN_ISA_SCALAR) return 1;
#if LFN_X86
    __builtin_cpu_init();
    if (isa == LFN_ISA_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
#if LFN_X86_512
    if (isa == LFN_ISA_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
            && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    if (isa == LFN_ISA_NEON) return LFN_NEON;
    return 0;
}

LFN_UNUSED static int lfn_isa(void)
{
    int isa = LFN_ATOMIC_LOAD(&lfn_isa_cached);
    if (isa >= 0) return isa;
    isa = LFN_ISA_SCALAR;
    if (lfn_isa_supported(LFN_ISA_NEON)) isa = LFN_ISA_NEON;
    if (lfn_isa_supported(LFN_ISA_AVX2)) isa = LFN_ISA_AVX2;
    if (lfn_isa_supported(LFN_ISA_AVX512)) isa = LFN_ISA_AVX512;
    LFN_ATOMIC_STORE(&lfn_isa_cached, isa);
    return isa;
}

LOSSFN_DEF int lossfn_isa(void) { return lfn_isa(); }

LOSSFN_DEF const char *lossfn_isa_name(int isa)
{
    switch (isa) {
    case LFN_ISA_SCALAR: return "scalar";
    case LFN_ISA_AVX2: return "avx2";
    case LFN_ISA_AVX512: return "avx512";
    case LFN_ISA_NEON: return "neon";
    default: return "unknown";
    }
}

LOSSFN_DEF int lossfn_isa_force(int isa)
{
    if (!lfn_isa_supported(isa)) return 0;
    LFN_ATOMIC_STORE(&lfn_isa_cached, isa);
    return 1;
}

/* a * b, or SIZE_MAX when it does not fit: no array is that long. */
LFN_UNUSED static size_t lfn_mul(size_t a, size_t b)
{
    return a && b > SIZE_MAX / a ? SIZE_MAX : a * b;
}

LFN_UNUSED static size_t lfn_add(size_t a, size_t b)
{
    return b > SIZE_MAX - a ? SIZE_MAX : a + b;
}

/* Whether n elements of this many bytes are more than an array can hold. */
LFN_UNUSED static int lfn_too_big(size_t n, size_t bytes)
{
    return n > (size_t)PTRDIFF_MAX / bytes;
}

/* By the bits, so that it holds under -ffast-math too. */
LFN_UNUSED static int lfn_finite(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & UINT64_C(0x7ff0000000000000)) != UINT64_C(0x7ff0000000000000);
}

#define LFN_PASS 1
#include LOSSFN_HEADER_FILENAME
#undef LFN_PASS

#define LFN_PASS 4
#define LFN_ISA 0
#define LFN_BITS 32
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#define LFN_BITS 64
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#undef LFN_ISA

#if LFN_X86
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define LFN_ISA 1
#define LFN_BITS 32
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#define LFN_BITS 64
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#undef LFN_ISA
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if LFN_X86_512
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif
#define LFN_ISA 2
#define LFN_BITS 32
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#define LFN_BITS 64
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#undef LFN_ISA
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if LFN_NEON
#define LFN_ISA 3
#define LFN_BITS 32
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#define LFN_BITS 64
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#undef LFN_ISA
#endif
#undef LFN_PASS

#define LFN_PASS 5
#define LFN_ISA 0
#define LFN_BITS 32
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#define LFN_BITS 64
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#undef LFN_ISA
#undef LFN_PASS


#define LFN_PASS 2
#include LOSSFN_HEADER_FILENAME
#undef LFN_PASS
#endif /* LOSSFN_IMPLEMENTATION */

#elif LFN_PASS == 1
/* ---- pass 1: inside the passes, lfn_name stands for the one of this type and ISA -- */
#define lfn_vec LFN_X(lfn_vec)
#define lfn_uvec LFN_X(lfn_uvec)
#define lfn_mask LFN_X(lfn_mask)
#define lfn_set1 LFN_X(lfn_set1)
#define lfn_load LFN_X(lfn_load)
#define lfn_store LFN_X(lfn_store)
#define lfn_bits LFN_X(lfn_bits)
#define lfn_from_bits LFN_X(lfn_from_bits)
#define lfn_select LFN_X(lfn_select)
#define lfn_keep LFN_X(lfn_keep)
#define lfn_not LFN_X(lfn_not)
#define lfn_any LFN_X(lfn_any)
#define lfn_all LFN_X(lfn_all)
#define lfn_abs LFN_X(lfn_abs)
#define lfn_sqrt LFN_X(lfn_sqrt)
#define lfn_min LFN_X(lfn_min)
#define lfn_max LFN_X(lfn_max)
#define lfn_fma LFN_X(lfn_fma)
#define lfn_round LFN_X(lfn_round)
#define lfn_hsum LFN_X(lfn_hsum)
#define lfn_hmax LFN_X(lfn_hmax)
#define lfn_hmin LFN_X(lfn_hmin)
#define lfn_first LFN_X(lfn_first)
#define lfn_load_part LFN_X(lfn_load_part)
#define lfn_store_part LFN_X(lfn_store_part)
#define lfn_lane_index LFN_X(lfn_lane_index)
#define lfn_zero LFN_X(lfn_zero)
#define lfn_clamp LFN_X(lfn_clamp)
#define lfn_neg_if LFN_X(lfn_neg_if)
#define lfn_bits1 LFN_X(lfn_bits1)
#define lfn_sign LFN_X(lfn_sign)
#define lfn_copysign LFN_X(lfn_copysign)
#define lfn_point LFN_X(lfn_point)
#define lfn_exp LFN_X(lfn_exp)
#define lfn_testk LFN_X(lfn_testk)
#elif LFN_PASS == 2
/* ---- pass 2: and outside for nothing ------------------------------------------ */
#undef lfn_vec
#undef lfn_uvec
#undef lfn_mask
#undef lfn_set1
#undef lfn_load
#undef lfn_store
#undef lfn_bits
#undef lfn_from_bits
#undef lfn_select
#undef lfn_keep
#undef lfn_not
#undef lfn_any
#undef lfn_all
#undef lfn_abs
#undef lfn_sqrt
#undef lfn_min
#undef lfn_max
#undef lfn_fma
#undef lfn_round
#undef lfn_hsum
#undef lfn_hmax
#undef lfn_hmin
#undef lfn_first
#undef lfn_load_part
#undef lfn_store_part
#undef lfn_lane_index
#undef lfn_zero
#undef lfn_clamp
#undef lfn_neg_if
#undef lfn_bits1
#undef lfn_sign
#undef lfn_copysign
#undef lfn_point
#undef lfn_exp
#undef lfn_testk
#else
/* ---- passes 3 to 5, once per type: the names of the type --------------------- */
#if LFN_BITS == 32
#define lfn_real float
#define lfn_word uint32_t
#define LFN_T_(name) name##_f32
#define LFN_V256_(name) name##_avx2_f32
#define LFN_V512_(name) name##_avx512_f32
#define LFN_VNEON_(name) name##_neon_f32
#if LFN_PASS != 5
#elif LFN_X86_512
#define LFN_CALL(fn, args) (lfn_isa() == LFN_ISA_AVX512 ? fn##_avx512_f32 args : lfn_isa() == LFN_ISA_AVX2 ? fn##_avx2_f32 args : fn##_f32 args)
#elif LFN_X86
#define LFN_CALL(fn, args) (lfn_isa() == LFN_ISA_AVX2 ? fn##_avx2_f32 args : fn##_f32 args)
#elif LFN_NEON
#define LFN_CALL(fn, args) (lfn_isa() == LFN_ISA_NEON ? fn##_neon_f32 args : fn##_f32 args)
#else
#define LFN_CALL(fn, args) (fn##_f32 args)
#endif
#else
#define lfn_real double
#define lfn_word uint64_t
#define LFN_T_(name) name##_f64
#define LFN_V256_(name) name##_avx2_f64
#define LFN_V512_(name) name##_avx512_f64
#define LFN_VNEON_(name) name##_neon_f64
#if LFN_PASS != 5
#elif LFN_X86_512
#define LFN_CALL(fn, args) (lfn_isa() == LFN_ISA_AVX512 ? fn##_avx512_f64 args : lfn_isa() == LFN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif LFN_X86
#define LFN_CALL(fn, args) (lfn_isa() == LFN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif LFN_NEON
#define LFN_CALL(fn, args) (lfn_isa() == LFN_ISA_NEON ? fn##_neon_f64 args : fn##_f64 args)
#else
#define LFN_CALL(fn, args) (fn##_f64 args)
#endif
#endif
#if LFN_ISA == 0
#define LFN_X(name) LFN_T_(name)
#elif LFN_ISA == 1
#define LFN_X(name) LFN_V256_(name)
#elif LFN_ISA == 2
#define LFN_X(name) LFN_V512_(name)
#else
#define LFN_X(name) LFN_VNEON_(name)
#endif
#define LFN_K(number) LFN_CAST(lfn_real, number)
#if LFN_PASS == 3
#define LFN_INLINE LOSSFN_INLINE
#define LFN_FN LOSSFN_INLINE
#else
#if defined(__GNUC__) && LFN_PASS == 4 && LFN_ISA != 0
#define LFN_INLINE static inline __attribute__((always_inline, unused))
#else
#define LFN_INLINE LFN_UNUSED static inline
#endif
#define LFN_FN LFN_UNUSED static
#endif
#define LFN_LANES (LFN_ISA == 1 ? 256 / LFN_BITS : LFN_ISA == 2 ? 512 / LFN_BITS : LFN_ISA == 3 ? 128 / LFN_BITS : 1)

#if LFN_PASS == 3 || (LFN_PASS == 4 && LFN_ISA != 0)
/* ---- pass 3 (scalar, public) and 4 (per ISA): vectors and formulas ------------ */

/* ---- core/vec ---- */

#if LFN_ISA == 0

typedef lfn_real lfn_vec;
typedef lfn_word lfn_uvec;
typedef int lfn_mask;

#if LFN_BITS == 32
#define LFN_LIBM(name) name##f
#else
#define LFN_LIBM(name) name
#endif

LFN_INLINE lfn_vec lfn_set1(lfn_real x) { return x; }
LFN_INLINE lfn_vec lfn_load(const lfn_real *p) { return *p; }
LFN_INLINE void lfn_store(lfn_real *p, lfn_vec x) { *p = x; }
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
    const lfn_vec big = LFN_BITS == 32 ? LFN_K(12582912.0) : LFN_K(6755399441055744.0);
    return lfn_abs(x) < (LFN_BITS == 32 ? LFN_K(4194304.0) : LFN_K(2251799813685248.0)) ? (x + big) - big : x;
#else
    return LFN_LIBM(rint)(x);
#endif
}

LFN_INLINE double lfn_hsum(lfn_vec x) { return LFN_CAST(double, x); }
LFN_INLINE lfn_real lfn_hmax(lfn_vec x) { return x; }
LFN_INLINE lfn_real lfn_hmin(lfn_vec x) { return x; }
LFN_INLINE lfn_mask lfn_first(size_t m) { return m > 0; }
LFN_INLINE lfn_vec lfn_load_part(const lfn_real *p, size_t m) { return m ? *p : LFN_K(0); }
LFN_INLINE void lfn_store_part(lfn_real *p, lfn_vec x, size_t m) { if (m) *p = x; }
LFN_INLINE lfn_vec lfn_lane_index(void) { return LFN_K(0); }

#else

typedef lfn_real lfn_vec __attribute__((vector_size(LFN_LANES * LFN_BITS / 8)));
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

LFN_INLINE lfn_vec lfn_set1(lfn_real x)
{
#if LFN_ISA == 3
    return LFN_BITS == 32 ? (lfn_vec)vdupq_n_f32((float)x) : (lfn_vec)vdupq_n_f64((double)x);
#else
    return (lfn_vec)LFN_INTRINSIC(set1)(x);
#endif
}

LFN_INLINE lfn_vec lfn_load(const lfn_real *p) { lfn_vec x; memcpy(&x, p, sizeof x); return x; }
LFN_INLINE void lfn_store(lfn_real *p, lfn_vec x) { memcpy(p, &x, sizeof x); }
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
    lfn_real lane[LFN_LANES];
    double sum = 0;
    int k;
    lfn_store(lane, x);
    for (k = 0; k < LFN_LANES; k++) sum += (double)lane[k];
    return sum;
#endif
}

LFN_INLINE lfn_real lfn_hmax(lfn_vec x)
{
    lfn_real lane[LFN_LANES], best;
    int k;
    lfn_store(lane, x);
    best = lane[0];
    for (k = 1; k < LFN_LANES; k++) best = lane[k] > best ? lane[k] : best;
    return best;
}

LFN_INLINE lfn_real lfn_hmin(lfn_vec x)
{
    lfn_real lane[LFN_LANES], best;
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
    lfn_real lane[LFN_LANES];
    int k;
    for (k = 0; k < LFN_LANES; k++) lane[k] = (lfn_real)k;
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

/* The first m < LFN_LANES elements at p, zeros behind them. Nothing else is read. */
#if LFN_ISA != 1 || defined(LFN_NO_MASKED_MOVES)
LFN_INLINE lfn_vec lfn_load_part(const lfn_real *p, size_t m)
{
    lfn_real lane[LFN_LANES] = {0};
    memcpy(lane, p, m * sizeof *p);
    return lfn_load(lane);
}

LFN_INLINE void lfn_store_part(lfn_real *p, lfn_vec x, size_t m)
{
    lfn_real lane[LFN_LANES];
    lfn_store(lane, x);
    memcpy(p, lane, m * sizeof *p);
}
#else
LFN_INLINE lfn_vec lfn_load_part(const lfn_real *p, size_t m)
{
    return (lfn_vec)LFN_INTRINSIC(maskload)(p, (__m256i)lfn_first(m));
}

LFN_INLINE void lfn_store_part(lfn_real *p, lfn_vec x, size_t m)
{
    LFN_INTRINSIC(maskstore)(p, (__m256i)lfn_first(m), x);
}
#endif

#endif

LFN_INLINE lfn_vec lfn_zero(void) { return lfn_set1(LFN_K(0)); }
LFN_INLINE lfn_vec lfn_clamp(lfn_vec x, lfn_vec low, lfn_vec high) { return lfn_min(lfn_max(x, low), high); }
LFN_INLINE lfn_vec lfn_neg_if(lfn_mask m, lfn_vec x) { return lfn_select(m, -x, x); }
LFN_INLINE lfn_uvec lfn_bits1(lfn_word u) { lfn_real x; memcpy(&x, &u, sizeof x); return lfn_bits(lfn_set1(x)); }

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

/* ---- core/vmath ---- */

LFN_INLINE lfn_vec lfn_exp(lfn_vec x) { return x; }
#endif

#if LFN_PASS == 4
/* ---- pass 4: loops over arrays, once per ISA ---------------------------------- */

/* ---- lossfn/regression ---- */
#if LFN_HAS_REGRESSION

LFN_FN lfn_real lfn_testk(const lfn_real *p) { lfn_vec v = lfn_load(p); return lfn_hmax(lfn_exp(v + v) ); }

#endif
#endif

#if LFN_PASS == 5
/* ---- pass 5: the public functions --------------------------------------------- */

/* ---- lossfn/regression ---- */
#if LFN_HAS_REGRESSION

LOSSFN_DEF lfn_real LFN_T_(lossfn_test)(const lfn_real *p) { return LFN_CALL(lfn_testk, (p)); }

#endif
#endif

#undef LFN_INTRINSIC
#undef LFN_LIBM
#undef LFN_LANES
#undef LFN_FN
#undef LFN_INLINE
#undef LFN_K
#undef LFN_X
#undef LFN_CALL
#undef LFN_VNEON_
#undef LFN_V512_
#undef LFN_V256_
#undef LFN_T_
#undef lfn_word
#undef lfn_real
#endif
