/* optim.h
   Instruction sets: which one runs, and choosing one for a test
      optim_isa optim_isa_name optim_isa_force
   Status: what functions return
      optim_strerror
*/
#ifndef OPN_PASS
#ifndef OPTIM_H
#define OPTIM_H
/* ---- configuration ---------------------------------------------------------- */

/* The release of the header: all three of a program must be of the same one. */
#define OPTIM_VERSION_MAJOR 0
#define OPTIM_VERSION_MINOR 1
#define OPTIM_VERSION_PATCH 0
#define OPTIM_VERSION 100
#if defined(LOSSFN_VERSION) && LOSSFN_VERSION != OPTIM_VERSION
#error "lossfn.h is of another release than optim.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif
#if defined(OPTIM_VERSION) && OPTIM_VERSION != OPTIM_VERSION
#error "optim.h is of another release than optim.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif
#if defined(METRICS_VERSION) && METRICS_VERSION != OPTIM_VERSION
#error "metrics.h is of another release than optim.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <math.h>
#include <float.h>

#ifndef OPTIM_HEADER_FILENAME
#define OPTIM_HEADER_FILENAME "optim.h"
#endif

#ifndef OPTIM_DEF
#ifdef OPTIM_STATIC
#define OPTIM_DEF OPN_UNUSED static inline
#elif defined(__cplusplus)
#define OPTIM_DEF extern "C"
#else
#define OPTIM_DEF extern
#endif
#endif

#ifndef OPTIM_INLINE
#define OPTIM_INLINE static inline
#endif

#if defined(__GNUC__)
#define OPN_UNUSED __attribute__((unused))
#else
#define OPN_UNUSED
#endif

#ifdef __cplusplus
#define OPN_CAST(type, value) static_cast<type>(value)
#else
#define OPN_CAST(type, value) ((type)(value))
#endif

#if defined(OPTIM_ONLY_SGD) || defined(OPTIM_ONLY_ADAM) || defined(OPTIM_ONLY_ADAPTIVE) \
    || defined(OPTIM_ONLY_SIGN) || defined(OPTIM_ONLY_LAYERWISE) || defined(OPTIM_ONLY_FACTORED) \
    || defined(OPTIM_ONLY_MATRIX) || defined(OPTIM_ONLY_LBFGS) || defined(OPTIM_ONLY_SHARPNESS) \
    || defined(OPTIM_ONLY_AVERAGING) || defined(OPTIM_ONLY_GRADIENT) || defined(OPTIM_ONLY_SCHEDULE) \
    || defined(OPTIM_ONLY_TABLE)
#define OPN_SOME 1
#else
#define OPN_SOME 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_SGD) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_SGD 1
#else
#define OPN_HAS_SGD 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_ADAM) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_ADAM 1
#else
#define OPN_HAS_ADAM 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_ADAPTIVE) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_ADAPTIVE 1
#else
#define OPN_HAS_ADAPTIVE 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_SIGN) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_SIGN 1
#else
#define OPN_HAS_SIGN 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_LAYERWISE) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_LAYERWISE 1
#else
#define OPN_HAS_LAYERWISE 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_FACTORED) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_FACTORED 1
#else
#define OPN_HAS_FACTORED 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_MATRIX) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_MATRIX 1
#else
#define OPN_HAS_MATRIX 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_LBFGS)
#define OPN_HAS_LBFGS 1
#else
#define OPN_HAS_LBFGS 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_SHARPNESS)
#define OPN_HAS_SHARPNESS 1
#else
#define OPN_HAS_SHARPNESS 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_AVERAGING)
#define OPN_HAS_AVERAGING 1
#else
#define OPN_HAS_AVERAGING 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_GRADIENT)
#define OPN_HAS_GRADIENT 1
#else
#define OPN_HAS_GRADIENT 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_SCHEDULE)
#define OPN_HAS_SCHEDULE 1
#else
#define OPN_HAS_SCHEDULE 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_TABLE 1
#else
#define OPN_HAS_TABLE 0
#endif

/* ---- public part ------------------------------------------------------------ */

/* ---- core/platform ---- */

/* The instruction sets an implementation can carry. x86-64 carries scalar and
   AVX2+FMA (and AVX-512 when OPTIM_AVX512 is defined), AArch64 scalar and NEON,
   everything else scalar. The fastest that the processor has is used. */
enum {
    OPTIM_ISA_SCALAR = 0,
    OPTIM_ISA_AVX2 = 1,
    OPTIM_ISA_AVX512 = 2,
    OPTIM_ISA_NEON = 3
};

/* The instruction set in use, one of OPTIM_ISA_*. */
OPTIM_DEF int optim_isa(void);

/* Its name: "scalar", "avx2", "avx512", "neon"; "unknown" for any other number. */
OPTIM_DEF const char *optim_isa_name(int isa);

/* Makes every later call of the process use this instruction set, for tests
   and comparisons. Returns 1, or 0 and changes nothing when the set is not
   compiled in or the processor lacks it. Not to be called while other threads
   are inside this header's functions. */
OPTIM_DEF int optim_isa_force(int isa);

/* ---- core/status ---- */

/* Every function that can fail returns one of these; on anything but OPTIM_OK
   no output has been touched. NaN and infinity in data are no errors. */
enum {
    OPTIM_OK = 0,
    OPTIM_ERROR_NULL = 1,
    OPTIM_ERROR_SIZE = 2,
    OPTIM_ERROR_PARAMETER = 3,
    OPTIM_ERROR_LABEL = 4,
    OPTIM_ERROR_OPTION = 5,
    OPTIM_ERROR_SCRATCH = 6,
    OPTIM_ERROR_OVERLAP = 7
};

/* The sentence of a status. Never NULL. */
OPTIM_DEF const char *optim_strerror(int status);

/* ---- one value at a time: the formulas as inline functions ------------------- */

#define OPN_PASS 1
#include OPTIM_HEADER_FILENAME
#undef OPN_PASS

#define OPN_ISA 0
#define OPN_PASS 3
#define OPN_BITS 32
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#define OPN_BITS 64
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#undef OPN_PASS
#undef OPN_ISA

#define OPN_PASS 2
#include OPTIM_HEADER_FILENAME
#undef OPN_PASS

#endif /* OPTIM_H */

#if defined(OPTIM_IMPLEMENTATION) && !defined(OPTIM_IMPLEMENTED)
#define OPTIM_IMPLEMENTED
/* ---- which instruction sets are compiled in ---------------------------------- */

/* OPN_X86, OPN_NEON: vector code is compiled in. It wants GCC's vector types,
   a 64-bit target and IEEE doubles; everything else runs the scalar pass. */
#if !defined(OPTIM_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__) && defined(__x86_64__) && !defined(__CUDACC__)
#define OPN_X86 1
#include <immintrin.h>
#else
#define OPN_X86 0
#endif
#if !defined(OPTIM_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__) && defined(__aarch64__) \
    && defined(__ARM_NEON) && !defined(__AARCH64EB__) && !defined(__CUDACC__)
#define OPN_NEON 1
#include <arm_neon.h>
#else
#define OPN_NEON 0
#endif
#if OPN_X86 && defined(OPTIM_AVX512)
#define OPN_X86_512 1
#else
#define OPN_X86_512 0
#endif

#define OPN_ISA_SCALAR 0
#define OPN_ISA_AVX2 1
#define OPN_ISA_AVX512 2
#define OPN_ISA_NEON 3


/* ---- core/platform ---- */

/* Masked loads and stores are invisible to the memory sanitizer. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define OPN_NO_MASKED_MOVES 1
#endif
#endif

#if defined(__GNUC__) && !defined(__TINYC__)
#define OPN_ATOMIC_LOAD(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define OPN_ATOMIC_STORE(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#else
#define OPN_ATOMIC_LOAD(p) (*(p))
#define OPN_ATOMIC_STORE(p, v) (*(p) = (v))
#endif

static int opn_isa_cached = -1;

OPN_UNUSED static int opn_isa_supported(int isa)
{
    if (isa == OPN_ISA_SCALAR) return 1;
#if OPN_X86
    __builtin_cpu_init();
    if (isa == OPN_ISA_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
#if OPN_X86_512
    if (isa == OPN_ISA_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
            && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    if (isa == OPN_ISA_NEON) return OPN_NEON;
    return 0;
}

OPN_UNUSED static int opn_isa(void)
{
    int isa = OPN_ATOMIC_LOAD(&opn_isa_cached);
    if (isa >= 0) return isa;
    isa = OPN_ISA_SCALAR;
    if (opn_isa_supported(OPN_ISA_NEON)) isa = OPN_ISA_NEON;
    if (opn_isa_supported(OPN_ISA_AVX2)) isa = OPN_ISA_AVX2;
    if (opn_isa_supported(OPN_ISA_AVX512)) isa = OPN_ISA_AVX512;
    OPN_ATOMIC_STORE(&opn_isa_cached, isa);
    return isa;
}

OPTIM_DEF int optim_isa(void) { return opn_isa(); }

OPTIM_DEF const char *optim_isa_name(int isa)
{
    switch (isa) {
    case OPN_ISA_SCALAR: return "scalar";
    case OPN_ISA_AVX2: return "avx2";
    case OPN_ISA_AVX512: return "avx512";
    case OPN_ISA_NEON: return "neon";
    default: return "unknown";
    }
}

OPTIM_DEF int optim_isa_force(int isa)
{
    if (!opn_isa_supported(isa)) return 0;
    OPN_ATOMIC_STORE(&opn_isa_cached, isa);
    return 1;
}

/* a * b, or SIZE_MAX when it does not fit: no array is that long. */
OPN_UNUSED static size_t opn_mul(size_t a, size_t b)
{
    return a && b > SIZE_MAX / a ? SIZE_MAX : a * b;
}

OPN_UNUSED static size_t opn_add(size_t a, size_t b)
{
    return b > SIZE_MAX - a ? SIZE_MAX : a + b;
}

/* Whether n elements of this many bytes are more than an array can hold. */
OPN_UNUSED static int opn_too_big(size_t n, size_t bytes)
{
    return n > (size_t)PTRDIFF_MAX / bytes;
}

/* By the bits, so that it holds under -ffast-math too. */
OPN_UNUSED static int opn_finite(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & UINT64_C(0x7ff0000000000000)) != UINT64_C(0x7ff0000000000000);
}

/* ---- core/status ---- */

OPTIM_DEF const char *optim_strerror(int status)
{
    switch (status) {
    case OPTIM_OK: return "no error";
    case OPTIM_ERROR_NULL: return "a required pointer is NULL";
    case OPTIM_ERROR_SIZE: return "a size is out of range, or sizes that must agree do not";
    case OPTIM_ERROR_PARAMETER: return "a hyper-parameter is not finite or out of its documented range";
    case OPTIM_ERROR_LABEL: return "a label or index is out of range";
    case OPTIM_ERROR_OPTION: return "an option has a value the function does not know";
    case OPTIM_ERROR_SCRATCH: return "the scratch memory is missing or too small";
    case OPTIM_ERROR_OVERLAP: return "buffers overlap that must not";
    default: return "unknown status";
    }
}

/* Scratch comes from the caller as one block; pieces are cut off it one after
   the other, each aligned to 64 bytes. OPN_PIECE(n, bytes) is the room n
   elements take, OPTIM_..._scratch functions add the pieces up. */
OPN_UNUSED static size_t opn_piece(size_t n, size_t bytes)
{
    size_t size = opn_mul(n, bytes);
    return size > SIZE_MAX - 127 ? SIZE_MAX : (size + 63) / 64 * 64 + 64;
}

OPN_UNUSED static void *opn_cut(void **scratch, size_t n, size_t bytes)
{
    char *start = (char *)*scratch;
    uintptr_t misaligned = (uintptr_t)start % 64;
    char *piece = misaligned ? start + (64 - misaligned) : start;
    *scratch = start + opn_piece(n, bytes);
    return piece;
}

#define OPN_PASS 1
#include OPTIM_HEADER_FILENAME
#undef OPN_PASS

#define OPN_PASS 4
#define OPN_ISA 0
#define OPN_BITS 32
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#define OPN_BITS 64
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#undef OPN_ISA

#if OPN_X86
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define OPN_ISA 1
#define OPN_BITS 32
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#define OPN_BITS 64
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#undef OPN_ISA
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if OPN_X86_512
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif
#define OPN_ISA 2
#define OPN_BITS 32
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#define OPN_BITS 64
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#undef OPN_ISA
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if OPN_NEON
#define OPN_ISA 3
#define OPN_BITS 32
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#define OPN_BITS 64
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#undef OPN_ISA
#endif
#undef OPN_PASS

#define OPN_PASS 5
#define OPN_ISA 0
#define OPN_BITS 32
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#define OPN_BITS 64
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#undef OPN_ISA
#undef OPN_PASS


#define OPN_PASS 2
#include OPTIM_HEADER_FILENAME
#undef OPN_PASS
#endif /* OPTIM_IMPLEMENTATION */

#elif OPN_PASS == 1
/* ---- pass 1: inside the passes, opn_name stands for the one of this type and ISA -- */
#define opn_vec OPN_X(opn_vec)
#define opn_uvec OPN_X(opn_uvec)
#define opn_mask OPN_X(opn_mask)
#define opn_set1 OPN_X(opn_set1)
#define opn_load OPN_X(opn_load)
#define opn_store OPN_X(opn_store)
#define opn_bits OPN_X(opn_bits)
#define opn_from_bits OPN_X(opn_from_bits)
#define opn_select OPN_X(opn_select)
#define opn_keep OPN_X(opn_keep)
#define opn_not OPN_X(opn_not)
#define opn_any OPN_X(opn_any)
#define opn_all OPN_X(opn_all)
#define opn_abs OPN_X(opn_abs)
#define opn_sqrt OPN_X(opn_sqrt)
#define opn_min OPN_X(opn_min)
#define opn_max OPN_X(opn_max)
#define opn_fma OPN_X(opn_fma)
#define opn_round OPN_X(opn_round)
#define opn_hsum OPN_X(opn_hsum)
#define opn_hmax OPN_X(opn_hmax)
#define opn_hmin OPN_X(opn_hmin)
#define opn_first OPN_X(opn_first)
#define opn_load_part OPN_X(opn_load_part)
#define opn_store_part OPN_X(opn_store_part)
#define opn_lane_index OPN_X(opn_lane_index)
#define opn_zero OPN_X(opn_zero)
#define opn_clamp OPN_X(opn_clamp)
#define opn_neg_if OPN_X(opn_neg_if)
#define opn_bits1 OPN_X(opn_bits1)
#define opn_sign OPN_X(opn_sign)
#define opn_copysign OPN_X(opn_copysign)
#define opn_point OPN_X(opn_point)
#define opn_exact OPN_X(opn_exact)
#define opn_infinity OPN_X(opn_infinity)
#define opn_nan OPN_X(opn_nan)
#define opn_whole OPN_X(opn_whole)
#define opn_nearest OPN_X(opn_nearest)
#define opn_pow2 OPN_X(opn_pow2)
#define opn_scale2 OPN_X(opn_scale2)
#define opn_exp_tail OPN_X(opn_exp_tail)
#define opn_exp OPN_X(opn_exp)
#define opn_expm1_tail OPN_X(opn_expm1_tail)
#define opn_expm1 OPN_X(opn_expm1)
#define opn_log_of OPN_X(opn_log_of)
#define opn_parts OPN_X(opn_parts)
#define opn_take_apart OPN_X(opn_take_apart)
#define opn_log_limits OPN_X(opn_log_limits)
#define opn_log OPN_X(opn_log)
#define opn_log1p OPN_X(opn_log1p)
#define opn_sigmoid OPN_X(opn_sigmoid)
#define opn_log1p_unit OPN_X(opn_log1p_unit)
#define opn_softplus OPN_X(opn_softplus)
#define opn_tanh OPN_X(opn_tanh)
#define opn_pair OPN_X(opn_pair)
#define opn_two_sum OPN_X(opn_two_sum)
#define opn_quick_sum OPN_X(opn_quick_sum)
#define opn_upper_half OPN_X(opn_upper_half)
#define opn_two_product OPN_X(opn_two_product)
#define opn_pair_product OPN_X(opn_pair_product)
#define opn_exp_pair OPN_X(opn_exp_pair)
#define opn_log_tail OPN_X(opn_log_tail)
#define opn_log_pair OPN_X(opn_log_pair)
#define opn_pow OPN_X(opn_pow)
#define opn_cbrt_guess OPN_X(opn_cbrt_guess)
#define opn_cbrt OPN_X(opn_cbrt)
#define opn_sin_tail OPN_X(opn_sin_tail)
#define opn_cos_tail OPN_X(opn_cos_tail)
#define opn_sin_of OPN_X(opn_sin_of)
#define opn_cos_of OPN_X(opn_cos_of)
#define opn_turn OPN_X(opn_turn)
#define opn_sin_shifted OPN_X(opn_sin_shifted)
#define opn_lanewise OPN_X(opn_lanewise)
#define opn_sin OPN_X(opn_sin)
#define opn_cos OPN_X(opn_cos)
#define opn_atan_tail OPN_X(opn_atan_tail)
#define opn_atan OPN_X(opn_atan)
#define opn_erf_tail OPN_X(opn_erf_tail)
#define opn_erfc_factor OPN_X(opn_erfc_factor)
#define opn_erfc_of OPN_X(opn_erfc_of)
#define opn_erf OPN_X(opn_erf)
#define opn_erfc OPN_X(opn_erfc)
#define opn_lgamma_factor OPN_X(opn_lgamma_factor)
#define opn_stirling OPN_X(opn_stirling)
#define opn_half_turn OPN_X(opn_half_turn)
#define opn_lgamma_positive OPN_X(opn_lgamma_positive)
#define opn_lgamma OPN_X(opn_lgamma)
#define opn_digamma_series OPN_X(opn_digamma_series)
#define opn_digamma_positive OPN_X(opn_digamma_positive)
#define opn_digamma OPN_X(opn_digamma)
#define opn_sum OPN_X(opn_sum)
#define opn_sum_abs OPN_X(opn_sum_abs)
#define opn_dot OPN_X(opn_dot)
#define opn_sum_squares OPN_X(opn_sum_squares)
#define opn_squared_distance OPN_X(opn_squared_distance)
#define opn_max_of OPN_X(opn_max_of)
#define opn_axpy OPN_X(opn_axpy)
#define opn_scale OPN_X(opn_scale)
#define opn_put OPN_X(opn_put)
#define opn_fill OPN_X(opn_fill)
#define opn_reciprocal OPN_X(opn_reciprocal)
#define opn_gemm_pack_a OPN_X(opn_gemm_pack_a)
#define opn_gemm_pack_b OPN_X(opn_gemm_pack_b)
#define opn_gemm_put OPN_X(opn_gemm_put)
#define opn_gemm_tile OPN_X(opn_gemm_tile)
#define opn_gemm OPN_X(opn_gemm)
#elif OPN_PASS == 2
/* ---- pass 2: and outside for nothing ------------------------------------------ */
#undef opn_vec
#undef opn_uvec
#undef opn_mask
#undef opn_set1
#undef opn_load
#undef opn_store
#undef opn_bits
#undef opn_from_bits
#undef opn_select
#undef opn_keep
#undef opn_not
#undef opn_any
#undef opn_all
#undef opn_abs
#undef opn_sqrt
#undef opn_min
#undef opn_max
#undef opn_fma
#undef opn_round
#undef opn_hsum
#undef opn_hmax
#undef opn_hmin
#undef opn_first
#undef opn_load_part
#undef opn_store_part
#undef opn_lane_index
#undef opn_zero
#undef opn_clamp
#undef opn_neg_if
#undef opn_bits1
#undef opn_sign
#undef opn_copysign
#undef opn_point
#undef opn_exact
#undef opn_infinity
#undef opn_nan
#undef opn_whole
#undef opn_nearest
#undef opn_pow2
#undef opn_scale2
#undef opn_exp_tail
#undef opn_exp
#undef opn_expm1_tail
#undef opn_expm1
#undef opn_log_of
#undef opn_parts
#undef opn_take_apart
#undef opn_log_limits
#undef opn_log
#undef opn_log1p
#undef opn_sigmoid
#undef opn_log1p_unit
#undef opn_softplus
#undef opn_tanh
#undef opn_pair
#undef opn_two_sum
#undef opn_quick_sum
#undef opn_upper_half
#undef opn_two_product
#undef opn_pair_product
#undef opn_exp_pair
#undef opn_log_tail
#undef opn_log_pair
#undef opn_pow
#undef opn_cbrt_guess
#undef opn_cbrt
#undef opn_sin_tail
#undef opn_cos_tail
#undef opn_sin_of
#undef opn_cos_of
#undef opn_turn
#undef opn_sin_shifted
#undef opn_lanewise
#undef opn_sin
#undef opn_cos
#undef opn_atan_tail
#undef opn_atan
#undef opn_erf_tail
#undef opn_erfc_factor
#undef opn_erfc_of
#undef opn_erf
#undef opn_erfc
#undef opn_lgamma_factor
#undef opn_stirling
#undef opn_half_turn
#undef opn_lgamma_positive
#undef opn_lgamma
#undef opn_digamma_series
#undef opn_digamma_positive
#undef opn_digamma
#undef opn_sum
#undef opn_sum_abs
#undef opn_dot
#undef opn_sum_squares
#undef opn_squared_distance
#undef opn_max_of
#undef opn_axpy
#undef opn_scale
#undef opn_put
#undef opn_fill
#undef opn_reciprocal
#undef opn_gemm_pack_a
#undef opn_gemm_pack_b
#undef opn_gemm_put
#undef opn_gemm_tile
#undef opn_gemm
#else
/* ---- passes 3 to 5, once per type: the names of the type --------------------- */
#if OPN_BITS == 32
#define opn_real float
#define opn_word uint32_t
#define OPN_T_(name) name##_f32
#define OPN_V256_(name) name##_avx2_f32
#define OPN_V512_(name) name##_avx512_f32
#define OPN_VNEON_(name) name##_neon_f32
#if OPN_PASS != 5
#elif OPN_X86_512
#define OPN_CALL(fn, args) (opn_isa() == OPN_ISA_AVX512 ? fn##_avx512_f32 args : opn_isa() == OPN_ISA_AVX2 ? fn##_avx2_f32 args : fn##_f32 args)
#elif OPN_X86
#define OPN_CALL(fn, args) (opn_isa() == OPN_ISA_AVX2 ? fn##_avx2_f32 args : fn##_f32 args)
#elif OPN_NEON
#define OPN_CALL(fn, args) (opn_isa() == OPN_ISA_NEON ? fn##_neon_f32 args : fn##_f32 args)
#else
#define OPN_CALL(fn, args) (fn##_f32 args)
#endif
#else
#define opn_real double
#define opn_word uint64_t
#define OPN_T_(name) name##_f64
#define OPN_V256_(name) name##_avx2_f64
#define OPN_V512_(name) name##_avx512_f64
#define OPN_VNEON_(name) name##_neon_f64
#if OPN_PASS != 5
#elif OPN_X86_512
#define OPN_CALL(fn, args) (opn_isa() == OPN_ISA_AVX512 ? fn##_avx512_f64 args : opn_isa() == OPN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif OPN_X86
#define OPN_CALL(fn, args) (opn_isa() == OPN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif OPN_NEON
#define OPN_CALL(fn, args) (opn_isa() == OPN_ISA_NEON ? fn##_neon_f64 args : fn##_f64 args)
#else
#define OPN_CALL(fn, args) (fn##_f64 args)
#endif
#endif
#if OPN_ISA == 0
#define OPN_X(name) OPN_T_(name)
#elif OPN_ISA == 1
#define OPN_X(name) OPN_V256_(name)
#elif OPN_ISA == 2
#define OPN_X(name) OPN_V512_(name)
#else
#define OPN_X(name) OPN_VNEON_(name)
#endif
#define OPN_K(number) OPN_CAST(opn_real, number)
#if OPN_PASS == 3
#define OPN_INLINE OPTIM_INLINE
#define OPN_FN OPTIM_INLINE
#else
#if defined(__GNUC__) && OPN_PASS == 4 && OPN_ISA != 0
#define OPN_INLINE static inline __attribute__((always_inline, unused))
#else
#define OPN_INLINE OPN_UNUSED static inline
#endif
#define OPN_FN OPN_UNUSED static
#endif
#define OPN_LANES (OPN_ISA == 1 ? 256 / OPN_BITS : OPN_ISA == 2 ? 512 / OPN_BITS : OPN_ISA == 3 ? 128 / OPN_BITS : 1)

#if OPN_PASS == 3 || (OPN_PASS == 4 && OPN_ISA != 0)
/* ---- pass 3 (scalar, public) and 4 (per ISA): vectors and formulas ------------ */

/* ---- core/vec ---- */

#if OPN_ISA == 0

typedef opn_real opn_vec;
typedef opn_word opn_uvec;
typedef int opn_mask;

#if OPN_BITS == 32
#define OPN_LIBM(name) name##f
#else
#define OPN_LIBM(name) name
#endif

OPN_INLINE opn_vec opn_set1(opn_real x) { return x; }
OPN_INLINE opn_vec opn_load(const opn_real *p) { return *p; }
OPN_INLINE void opn_store(opn_real *p, opn_vec x) { *p = x; }
OPN_INLINE opn_uvec opn_bits(opn_vec x) { opn_uvec u; memcpy(&u, &x, sizeof u); return u; }
OPN_INLINE opn_vec opn_from_bits(opn_uvec u) { opn_vec x; memcpy(&x, &u, sizeof x); return x; }
OPN_INLINE opn_vec opn_select(opn_mask m, opn_vec a, opn_vec b) { return m ? a : b; }
OPN_INLINE opn_vec opn_keep(opn_mask m, opn_vec x) { return m ? x : OPN_K(0); }
OPN_INLINE opn_mask opn_not(opn_mask m) { return !m; }
OPN_INLINE int opn_any(opn_mask m) { return m; }
OPN_INLINE int opn_all(opn_mask m) { return m; }
OPN_INLINE opn_vec opn_abs(opn_vec x) { return OPN_LIBM(fabs)(x); }
OPN_INLINE opn_vec opn_sqrt(opn_vec x) { return OPN_LIBM(sqrt)(x); }

/* The second operand where the comparison fails: so a NaN in a gives b. */
OPN_INLINE opn_vec opn_min(opn_vec a, opn_vec b) { return a < b ? a : b; }
OPN_INLINE opn_vec opn_max(opn_vec a, opn_vec b) { return a > b ? a : b; }

/* a b + c, in one rounding where the processor has it. */
OPN_INLINE opn_vec opn_fma(opn_vec a, opn_vec b, opn_vec c)
{
#if (OPN_BITS == 32 && defined(FP_FAST_FMAF)) || (OPN_BITS == 64 && defined(FP_FAST_FMA))
    return OPN_LIBM(fma)(a, b, c);
#else
    return a * b + c;
#endif
}

/* To the nearest integer, ties to even. */
OPN_INLINE opn_vec opn_round(opn_vec x)
{
#if FLT_EVAL_METHOD == 0 && !defined(__FAST_MATH__)
    const opn_vec whole = OPN_BITS == 32 ? OPN_K(8388608.0) : OPN_K(4503599627370496.0), big = x < 0 ? -whole : whole;
    return opn_abs(x) < whole ? (x + big) - big : x;
#else
    return OPN_LIBM(rint)(x);
#endif
}

OPN_INLINE double opn_hsum(opn_vec x) { return OPN_CAST(double, x); }
OPN_INLINE opn_real opn_hmax(opn_vec x) { return x; }
OPN_INLINE opn_real opn_hmin(opn_vec x) { return x; }
OPN_INLINE opn_mask opn_first(size_t m) { return m > 0; }
OPN_INLINE opn_vec opn_load_part(const opn_real *p, size_t m) { return m ? *p : OPN_K(0); }
OPN_INLINE void opn_store_part(opn_real *p, opn_vec x, size_t m) { if (m) *p = x; }
OPN_INLINE opn_vec opn_lane_index(void) { return OPN_K(0); }

#else

typedef opn_real opn_vec __attribute__((vector_size(OPN_LANES * OPN_BITS / 8)));
typedef opn_word opn_uvec __attribute__((vector_size(OPN_LANES * OPN_BITS / 8)));
#if OPN_BITS == 32
typedef int32_t opn_mask __attribute__((vector_size(OPN_LANES * OPN_BITS / 8)));
#else
typedef int64_t opn_mask __attribute__((vector_size(OPN_LANES * OPN_BITS / 8)));
#endif

#if OPN_ISA == 1 && OPN_BITS == 32
#define OPN_INTRINSIC(name) _mm256_##name##_ps
#elif OPN_ISA == 1
#define OPN_INTRINSIC(name) _mm256_##name##_pd
#elif OPN_ISA == 2 && OPN_BITS == 32
#define OPN_INTRINSIC(name) _mm512_##name##_ps
#elif OPN_ISA == 2
#define OPN_INTRINSIC(name) _mm512_##name##_pd
#elif OPN_BITS == 32
#define OPN_INTRINSIC(name) v##name##q_f32
#else
#define OPN_INTRINSIC(name) v##name##q_f64
#endif

OPN_INLINE opn_vec opn_set1(opn_real x)
{
#if OPN_ISA == 3
    return OPN_BITS == 32 ? (opn_vec)vdupq_n_f32((float)x) : (opn_vec)vdupq_n_f64((double)x);
#else
    return (opn_vec)OPN_INTRINSIC(set1)(x);
#endif
}

OPN_INLINE opn_vec opn_load(const opn_real *p) { opn_vec x; memcpy(&x, p, sizeof x); return x; }
OPN_INLINE void opn_store(opn_real *p, opn_vec x) { memcpy(p, &x, sizeof x); }
OPN_INLINE opn_uvec opn_bits(opn_vec x) { return (opn_uvec)x; }
OPN_INLINE opn_vec opn_from_bits(opn_uvec u) { return (opn_vec)u; }
OPN_INLINE opn_mask opn_not(opn_mask m) { return ~m; }
OPN_INLINE opn_vec opn_keep(opn_mask m, opn_vec x) { return (opn_vec)((opn_mask)x & m); }
OPN_INLINE opn_vec opn_abs(opn_vec x)
{
    const opn_uvec sign = opn_bits(opn_set1(OPN_K(-0.0)));
    return opn_from_bits(opn_bits(x) & ~sign);
}

OPN_INLINE opn_vec opn_select(opn_mask m, opn_vec a, opn_vec b)
{
#if OPN_ISA == 1 && OPN_BITS == 32
    return (opn_vec)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m);
#elif OPN_ISA == 1
    return (opn_vec)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)m);
#elif OPN_ISA == 3 && OPN_BITS == 32
    return (opn_vec)vbslq_f32((uint32x4_t)m, (float32x4_t)a, (float32x4_t)b);
#elif OPN_ISA == 3
    return (opn_vec)vbslq_f64((uint64x2_t)m, (float64x2_t)a, (float64x2_t)b);
#else
    return (opn_vec)(((opn_mask)a & m) | ((opn_mask)b & ~m));
#endif
}

OPN_INLINE opn_vec opn_sqrt(opn_vec x) { return (opn_vec)OPN_INTRINSIC(sqrt)(x); }

/* The second operand where the comparison fails: so a NaN in a gives b. */
OPN_INLINE opn_vec opn_min(opn_vec a, opn_vec b)
{
#if OPN_ISA == 3
    return opn_select(a < b, a, b);
#else
    return (opn_vec)OPN_INTRINSIC(min)(a, b);
#endif
}

OPN_INLINE opn_vec opn_max(opn_vec a, opn_vec b)
{
#if OPN_ISA == 3
    return opn_select(a > b, a, b);
#else
    return (opn_vec)OPN_INTRINSIC(max)(a, b);
#endif
}

/* a b + c in one rounding. */
OPN_INLINE opn_vec opn_fma(opn_vec a, opn_vec b, opn_vec c)
{
#if OPN_ISA == 3
    return (opn_vec)OPN_INTRINSIC(fma)(c, a, b);
#else
    return (opn_vec)OPN_INTRINSIC(fmadd)(a, b, c);
#endif
}

/* To the nearest integer, ties to even. */
OPN_INLINE opn_vec opn_round(opn_vec x)
{
#if OPN_ISA == 3
    return (opn_vec)OPN_INTRINSIC(rndn)(x);
#elif OPN_ISA == 2
    return (opn_vec)OPN_INTRINSIC(roundscale)(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    return (opn_vec)OPN_INTRINSIC(round)(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#endif
}

/* The sum of the lanes, in double. */
OPN_INLINE double opn_hsum(opn_vec x)
{
#if OPN_ISA == 1
#if OPN_BITS == 32
    __m256d d = _mm256_add_pd(_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)x)), _mm256_cvtps_pd(_mm256_extractf128_ps((__m256)x, 1)));
#else
    __m256d d = (__m256d)x;
#endif
    __m128d s = _mm_add_pd(_mm256_castpd256_pd128(d), _mm256_extractf128_pd(d, 1));
    return _mm_cvtsd_f64(_mm_add_sd(s, _mm_unpackhi_pd(s, s)));
#else
    opn_real lane[OPN_LANES];
    double sum = 0;
    int k;
    opn_store(lane, x);
    for (k = 0; k < OPN_LANES; k++) sum += (double)lane[k];
    return sum;
#endif
}

OPN_INLINE opn_real opn_hmax(opn_vec x)
{
    opn_real lane[OPN_LANES], best;
    int k;
    opn_store(lane, x);
    best = lane[0];
    for (k = 1; k < OPN_LANES; k++) best = lane[k] > best ? lane[k] : best;
    return best;
}

OPN_INLINE opn_real opn_hmin(opn_vec x)
{
    opn_real lane[OPN_LANES], best;
    int k;
    opn_store(lane, x);
    best = lane[0];
    for (k = 1; k < OPN_LANES; k++) best = lane[k] < best ? lane[k] : best;
    return best;
}

OPN_INLINE int opn_any(opn_mask m)
{
#if OPN_ISA == 1
    return _mm256_movemask_epi8((__m256i)m) != 0;
#else
    opn_word lane[OPN_LANES], any = 0;
    int k;
    memcpy(lane, &m, sizeof lane);
    for (k = 0; k < OPN_LANES; k++) any |= lane[k];
    return any != 0;
#endif
}

OPN_INLINE int opn_all(opn_mask m) { return !opn_any(~m); }

/* 0, 1, 2, ... over the lanes. */
OPN_INLINE opn_vec opn_lane_index(void)
{
    opn_real lane[OPN_LANES];
    int k;
    for (k = 0; k < OPN_LANES; k++) lane[k] = (opn_real)k;
    return opn_load(lane);
}

/* True in the first m lanes. */
OPN_INLINE opn_mask opn_first(size_t m)
{
#if OPN_BITS == 32
    static const int32_t table[2 * OPN_LANES] = {
#else
    static const int64_t table[2 * OPN_LANES] = {
#endif
#if OPN_LANES >= 16
        -1, -1, -1, -1, -1, -1, -1, -1,
#endif
#if OPN_LANES >= 8
        -1, -1, -1, -1,
#endif
#if OPN_LANES >= 4
        -1, -1,
#endif
        -1, -1 };
    opn_mask mask;
    memcpy(&mask, table + OPN_LANES - (m < OPN_LANES ? m : OPN_LANES), sizeof mask);
    return mask;
}

/* The first m < OPN_LANES elements at p, zeros behind them. Nothing else is read. */
#if OPN_ISA != 1 || defined(OPN_NO_MASKED_MOVES)
OPN_INLINE opn_vec opn_load_part(const opn_real *p, size_t m)
{
    opn_real lane[OPN_LANES] = {0};
    memcpy(lane, p, m * sizeof *p);
    return opn_load(lane);
}

OPN_INLINE void opn_store_part(opn_real *p, opn_vec x, size_t m)
{
    opn_real lane[OPN_LANES];
    opn_store(lane, x);
    memcpy(p, lane, m * sizeof *p);
}
#else
OPN_INLINE opn_vec opn_load_part(const opn_real *p, size_t m)
{
    return (opn_vec)OPN_INTRINSIC(maskload)(p, (__m256i)opn_first(m));
}

OPN_INLINE void opn_store_part(opn_real *p, opn_vec x, size_t m)
{
    OPN_INTRINSIC(maskstore)(p, (__m256i)opn_first(m), x);
}
#endif

#endif

OPN_INLINE opn_vec opn_zero(void) { return opn_set1(OPN_K(0)); }
OPN_INLINE opn_vec opn_clamp(opn_vec x, opn_vec low, opn_vec high) { return opn_min(opn_max(x, low), high); }
OPN_INLINE opn_vec opn_neg_if(opn_mask m, opn_vec x) { return opn_select(m, -x, x); }
OPN_INLINE opn_uvec opn_bits1(opn_word u) { opn_real x; memcpy(&x, &u, sizeof x); return opn_bits(opn_set1(x)); }

/* -1, 0 or 1; sign(0) = 0. */
OPN_INLINE opn_vec opn_sign(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1));
    return opn_keep(x > opn_zero(), one) - opn_keep(x < opn_zero(), one);
}

OPN_INLINE opn_vec opn_copysign(opn_vec x, opn_vec sign)
{
    const opn_uvec bit = opn_bits(opn_set1(OPN_K(-0.0)));
    return opn_from_bits((opn_bits(x) & ~bit) | (opn_bits(sign) & bit));
}

/* The loss of one value (or one vector of values) with its first and second
   derivative: what every formula of an elementwise function returns. */
typedef struct {
    opn_vec loss, grad, hess;
} opn_point;

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

#if OPN_BITS == 32
#define OPN_MANTISSA 23
#define OPN_BIAS 127
#define OPN_WORD(w32, w64) OPN_CAST(opn_word, w32)
#define OPN_F(c32, c64) OPN_K(c32)
#else
#define OPN_MANTISSA 52
#define OPN_BIAS 1023
#define OPN_WORD(w32, w64) OPN_CAST(opn_word, w64)
#define OPN_F(c32, c64) OPN_K(c64)
#endif

/* x as the type holds it, and a wall to the optimiser: -ffast-math must not
   reassociate across it, nor x87 registers carry more digits over it. */
OPN_INLINE opn_vec opn_exact(opn_vec x)
{
#if OPN_ISA == 0 && (!defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0)
    volatile opn_real y = x;
    return y;
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__)
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
    return __builtin_assoc_barrier(x);
#elif defined(__clang__) && __clang_major__ >= 14 && (defined(__x86_64__) || defined(__i386__))
    return __arithmetic_fence(x);
#else
    volatile opn_vec y = x;
    return y;
#endif
#else
    return x;
#endif
}

OPN_INLINE opn_vec opn_infinity(void)
{
    return opn_from_bits(opn_bits1(OPN_WORD(0x7f800000u, UINT64_C(0x7ff0000000000000))));
}

OPN_INLINE opn_vec opn_nan(void)
{
    return opn_from_bits(opn_bits1(OPN_WORD(0x7fc00000u, UINT64_C(0x7ff8000000000000))));
}

/* A whole number as a value and as bits (two's complement). */
typedef struct {
    opn_vec value;
    opn_uvec bits;
} opn_whole;

/* The whole number nearest to x y, where |x y| < 2^21. Adding 1.5 times the
   number whose ulp is 1 rounds, and leaves the result in the low bits. */
OPN_INLINE opn_whole opn_nearest(opn_vec x, opn_vec y)
{
    const opn_vec big = opn_set1(OPN_F(12582912.0, 6755399441055744.0));
    const opn_vec sum = opn_exact(opn_fma(x, y, big));
    opn_whole n;
    n.value = opn_exact(sum - big);
    n.bits = opn_bits(sum) - opn_bits(big);
    return n;
}

/* 2^n for -126 <= n <= 127 (double: -1022 to 1023) */
OPN_INLINE opn_vec opn_pow2(opn_uvec n)
{
    return opn_from_bits((n + OPN_CAST(opn_word, OPN_BIAS)) << OPN_MANTISSA);
}

/* x 2^n for |n| up to twice the largest exponent: in two steps, so that the
   result alone overflows or is rounded to a subnormal. */
OPN_INLINE opn_vec opn_scale2(opn_vec x, opn_uvec n)
{
    const opn_uvec both = n + OPN_CAST(opn_word, 2 * OPN_BIAS), half = both >> 1;
    return opn_exact(x * opn_from_bits(half << OPN_MANTISSA)) * opn_from_bits((both - half) << OPN_MANTISSA);
}

/* ---- exponentials --------------------------------------------------------------- */

/* (e^r - 1 - r) / r^2 for |r| <= log(2) / 2 */
OPN_INLINE opn_vec opn_exp_tail(opn_vec r)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.00139288523));
    q = opn_fma(q, r, opn_set1(OPN_K(0.00836351359)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.0416665316)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.16666575)));
    return opn_fma(q, r, opn_set1(OPN_K(0.5)));
#else
    opn_vec q = opn_set1(OPN_K(2.0919116983338354e-9));
    q = opn_fma(q, r, opn_set1(OPN_K(2.5105810317631291e-8)));
    q = opn_fma(q, r, opn_set1(OPN_K(2.755726166930097e-7)));
    q = opn_fma(q, r, opn_set1(OPN_K(2.7557253966587009e-6)));
    q = opn_fma(q, r, opn_set1(OPN_K(2.4801587336705121e-5)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.00019841269875957273)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.0013888888888879587)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.0083333333333258082)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.041666666666666675)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.16666666666666671)));
    return opn_fma(q, r, opn_set1(OPN_K(0.5)));
#endif
}

#define OPN_LOG2E OPN_K(1.4426950408889634)
/* log(2) in two: the first has zeros at its end, so that its product with an exponent is exact. */
#define OPN_LN2_HIGH OPN_F(0.693145751953125, 0.69314718056011770)
#define OPN_LN2_LOW OPN_F(1.42860682031e-6, -1.7239444525614834773e-13)

/* e^x: x = n log 2 + r, e^x = 2^n e^r */
OPN_INLINE opn_vec opn_exp(opn_vec x)
{
    const opn_vec low = opn_set1(OPN_F(-104.0, -746.0)), high = opn_set1(OPN_F(89.0, 710.0));
    const opn_vec z = opn_min(high, opn_max(low, x));
    const opn_whole n = opn_nearest(z, opn_set1(OPN_LOG2E));
    opn_vec r = opn_exact(opn_fma(n.value, opn_set1(-OPN_LN2_HIGH), z));
    r = opn_fma(n.value, opn_set1(-OPN_LN2_LOW), r);
    return opn_scale2(opn_fma(opn_exp_tail(r), r * r, r) + OPN_K(1), n.bits);
}

/* The same with a term more in float, for where e^r - 1 cancels. */
OPN_INLINE opn_vec opn_expm1_tail(opn_vec r)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.000198914798));
    q = opn_fma(q, r, opn_set1(OPN_K(0.00139340904)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.00833331048)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.0416664609)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.166666667)));
    return opn_fma(q, r, opn_set1(OPN_K(0.500000001)));
#else
    return opn_exp_tail(r);
#endif
}

/* e^x - 1 = 2^n ((1 - 2^-n) + (e^r - 1)) */
OPN_INLINE opn_vec opn_expm1(opn_vec x)
{
    const opn_vec low = opn_set1(OPN_F(-20.0, -40.0)), high = opn_set1(OPN_F(89.0, 710.0));
    const opn_vec z = opn_min(high, opn_max(low, x));
    const opn_whole n = opn_nearest(z, opn_set1(OPN_LOG2E));
    const opn_vec start = opn_exact(opn_fma(n.value, opn_set1(-OPN_LN2_HIGH), z));
    const opn_vec r = opn_exact(opn_fma(n.value, opn_set1(-OPN_LN2_LOW), start));
    const opn_vec rest = opn_fma(n.value, opn_set1(-OPN_LN2_LOW), opn_exact(start - r));
    const opn_vec small = r + opn_fma(opn_expm1_tail(r), r * r, rest);
    const opn_whole m = opn_nearest(opn_min(n.value, opn_set1(OPN_K(64))), opn_set1(OPN_K(-1)));
    const opn_vec one = opn_exact(OPN_K(1) - opn_pow2(m.bits));
    return opn_copysign(opn_scale2(one + small, n.bits), x);
}

/* ---- logarithms ----------------------------------------------------------------- */

/* log(2^k (1 + f)) for sqrt(1/2) - 1 <= f <= sqrt(2) - 1 */
OPN_INLINE opn_vec opn_log_of(opn_vec k, opn_vec f)
{
    const opn_vec f2 = f * f;
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.0697161147));
    q = opn_fma(q, f, opn_set1(OPN_K(-0.114797338)));
    q = opn_fma(q, f, opn_set1(OPN_K(0.116854199)));
    q = opn_fma(q, f, opn_set1(OPN_K(-0.124256873)));
    q = opn_fma(q, f, opn_set1(OPN_K(0.142490576)));
    q = opn_fma(q, f, opn_set1(OPN_K(-0.166678023)));
    q = opn_fma(q, f, opn_set1(OPN_K(0.200007157)));
    q = opn_fma(q, f, opn_set1(OPN_K(-0.24999997)));
    q = opn_fma(q, f, opn_set1(OPN_K(0.333333312)));
    q = opn_fma(q * f, f2, k * OPN_LN2_LOW);
    q = opn_fma(f2, opn_set1(OPN_K(-0.5)), q);
#else
    /* log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f) */
    const opn_vec s = f / (f + OPN_K(2)), z = s * s, half = f2 * OPN_K(0.5);
    opn_vec q = opn_set1(OPN_K(0.14617807153417325));
    q = opn_fma(q, z, opn_set1(OPN_K(0.15331611722055008)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.18182892432536871)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.22222211089379496)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.28571428626253838)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.39999999999898891)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.66666666666666697)));
    q = opn_fma(s, opn_fma(q, z, half), k * OPN_LN2_LOW) - half;
#endif
    return k * OPN_LN2_HIGH + opn_exact(f + q);
}

/* A positive normal number's k and 2^k m = x, sqrt(1/2) <= m < sqrt(2). */
typedef struct {
    opn_vec exponent, fraction;
} opn_parts;

OPN_INLINE opn_parts opn_take_apart(opn_vec x)
{
    const opn_word root = OPN_WORD(0x3f3504f3u, UINT64_C(0x3fe6a09e667f3bcd));
    const opn_word one = OPN_WORD(0x3f800000u, UINT64_C(0x3ff0000000000000));
    const opn_word big = OPN_WORD(0x4b000000u, UINT64_C(0x4330000000000000));
    const opn_word mask = OPN_WORD(0x007fffffu, UINT64_C(0x000fffffffffffff));
    const opn_uvec u = opn_bits(x) + OPN_CAST(opn_word, one - root);
    opn_parts p;
    p.exponent = opn_exact(opn_from_bits((u >> OPN_MANTISSA) | opn_bits1(big)) - OPN_F(8388735.0, 4503599627371519.0));
    p.fraction = opn_from_bits((u & opn_bits1(mask)) + root);
    return p;
}

/* y for finite x > 0, else what the logarithm of x is: -infinity of 0, infinity, or NaN */
OPN_INLINE opn_vec opn_log_limits(opn_vec x, opn_vec y)
{
    const opn_vec zero = opn_zero(), infinity = opn_infinity();
    const opn_vec limit = opn_select(x == zero, -infinity, opn_select(x > zero, x, opn_nan()));
    return opn_select((x > zero) & (x < infinity), y, limit);
}

OPN_INLINE opn_vec opn_log(opn_vec x)
{
    const opn_mask tiny = x < OPN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const opn_parts p = opn_take_apart(opn_select(tiny, x * OPN_F(33554432.0, 18014398509481984.0), x));
    const opn_vec k = p.exponent - opn_keep(tiny, opn_set1(OPN_F(25.0, 54.0)));
    return opn_log_limits(x, opn_log_of(k, p.fraction - OPN_K(1)));
}

/* log(1 + x): 2^k m = 1 + x, and m - 1 = (2^-k - 1) + 2^-k x hardly rounds. */
OPN_INLINE opn_vec opn_log1p(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), sum = opn_exact(x + one);
    const opn_parts p = opn_take_apart(sum);
    const opn_mask large = x > OPN_F(1073741824.0, 1152921504606846976.0);
    const opn_vec k = opn_select(large, opn_zero(), opn_max(p.exponent, opn_set1(OPN_K(-64))));
    const opn_vec scale = opn_pow2(opn_nearest(k, opn_set1(OPN_K(-1))).bits);
    const opn_vec f = opn_fma(scale, x, opn_exact(scale - one));
    const opn_vec y = opn_log_of(p.exponent, opn_select(large, p.fraction - one, f));
    return opn_copysign(opn_log_limits(sum, y), x);
}

/* ---- what is built on them ------------------------------------------------------- */

/* 1 / (1 + e^-x). With e = e^-|x|, which does not overflow, and w = e / (1 + e)
   it is 1 - w for x >= 0 and w = e - e w below. */
OPN_INLINE opn_vec opn_sigmoid(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), e = opn_exp(-opn_abs(x)), w = e / (one + e);
    const opn_vec base = opn_select(x < opn_zero(), e, one);
    return opn_fma(-base, w, base);
}

/* log(1 + e) for 0 <= e <= 1: 1 + f, or 2 (1 + f) with f = (e - 1) / 2, exactly */
OPN_INLINE opn_vec opn_log1p_unit(opn_vec e)
{
    const opn_vec one = opn_set1(OPN_K(1));
    const opn_mask upper = e > OPN_K(0.41421356237309503);
    return opn_log_of(opn_keep(upper, one), opn_select(upper, opn_exact(e - one) * OPN_K(0.5), e));
}

/* log(1 + e^x) = max(x, 0) + log(1 + e^-|x|) */
OPN_INLINE opn_vec opn_softplus(opn_vec x)
{
    return opn_max(opn_zero(), x) + opn_log1p_unit(opn_exp(-opn_abs(x)));
}

/* With t = e^(2 |x|) - 1: tanh |x| = t / (t + 2) = h - h q, h = t / 2, q = t / (t + 2);
   from |x| = 0.55 on 1 - 2 / (t + 2). */
OPN_INLINE opn_vec opn_tanh(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), two = opn_set1(OPN_K(2)), a = opn_abs(x);
    const opn_vec t = opn_expm1(opn_min(opn_set1(OPN_K(44)), a * two));
    const opn_mask large = a > OPN_K(0.55);
    const opn_vec q = opn_select(large, two, t) / (t + two), base = opn_select(large, one, t * OPN_K(0.5));
    return opn_copysign(opn_fma(-base, q, base), x);
}

/* ---- numbers of twice the precision ------------------------------------------------ */

/* high + low, |low| at most about half an ulp of high */
typedef struct {
    opn_vec high, low;
} opn_pair;

/* a + b exactly */
OPN_INLINE opn_pair opn_two_sum(opn_vec a, opn_vec b)
{
    opn_pair s;
    opn_vec part;
    s.high = opn_exact(a + b);
    part = opn_exact(s.high - a);
    s.low = opn_exact(opn_exact(a - opn_exact(s.high - part)) + opn_exact(b - part));
    return s;
}

/* a + b exactly, |a| >= |b| or a = 0 */
OPN_INLINE opn_pair opn_quick_sum(opn_vec a, opn_vec b)
{
    opn_pair s;
    s.high = opn_exact(a + b);
    s.low = opn_exact(b - opn_exact(s.high - a));
    return s;
}

/* x with the lower half of its digits zero */
OPN_INLINE opn_vec opn_upper_half(opn_vec x)
{
    return opn_from_bits(opn_bits(x) & opn_bits1(OPN_WORD(0xfffff000u, UINT64_C(0xfffffffff8000000))));
}

/* a b exactly (to an ulp of low without a fused multiply-add) */
OPN_INLINE opn_pair opn_two_product(opn_vec a, opn_vec b)
{
    opn_pair p;
    p.high = opn_exact(a * b);
#if OPN_ISA != 0
    p.low = opn_exact(opn_fma(a, b, -p.high));
#else
    {
        const opn_vec ah = opn_upper_half(a), al = opn_exact(a - ah), bh = opn_upper_half(b), bl = opn_exact(b - bh);
        p.low = opn_exact(opn_exact(opn_exact(opn_exact(ah * bh - p.high) + ah * bl) + al * bh) + al * bl);
    }
#endif
    return p;
}

/* a b in pairs */
OPN_INLINE opn_pair opn_pair_product(opn_pair a, opn_pair b)
{
    opn_pair p = opn_two_product(a.high, b.high);
    p.low = p.low + (a.high * b.low + a.low * b.high);
    return p;
}

/* e^(high + low): as opn_exp, with low added to what the reduction leaves. |low| << 1. */
OPN_INLINE opn_vec opn_exp_pair(opn_pair x)
{
    const opn_vec low = opn_set1(OPN_F(-120.0, -760.0)), high = opn_set1(OPN_F(89.0, 710.0));
    const opn_vec z = opn_min(high, opn_max(low, x.high));
    const opn_whole n = opn_nearest(z, opn_set1(OPN_LOG2E));
    const opn_vec start = opn_exact(opn_fma(n.value, opn_set1(-OPN_LN2_HIGH), z));
    const opn_vec rest = opn_exact(opn_fma(n.value, opn_set1(-OPN_LN2_LOW), opn_keep(z == x.high, x.low)));
    const opn_vec r = opn_exact(start + rest);
    const opn_vec lost = opn_exact(start - r) + rest;
    return opn_scale2(OPN_K(1) + opn_exact(r + opn_fma(opn_exp_tail(r), r * r, lost)), n.bits);
}

/* ---- powers ------------------------------------------------------------------------ */

/* (2 atanh(s) - 2 s - 2 s^3 / 3) / s^5 in z = s^2, |s| <= 0.1716 */
OPN_INLINE opn_vec opn_log_tail(opn_vec z)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.191217697));
    q = opn_fma(q, z, opn_set1(OPN_K(0.222047137)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.285715322)));
    return opn_fma(q, z, opn_set1(OPN_K(0.399999999)));
#else
    opn_vec q = opn_set1(OPN_K(0.11724904124570041));
    q = opn_fma(q, z, opn_set1(OPN_K(0.1170607121759953)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.13334810864251617)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.15384594848987562)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.18181818336456081)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.22222222221651192)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.28571428571429374)));
    return opn_fma(q, z, opn_set1(OPN_K(0.4)));
#endif
}

/* log x as a pair, for finite x > 0: with s = (m - 1) / (m + 1),
   log(2^k m) = k log 2 + s (2 + z (2 / 3 + z tail(z))), z = s^2 */
OPN_INLINE opn_pair opn_log_pair(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), two = opn_set1(OPN_K(2));
    const opn_mask tiny = x < OPN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const opn_parts p = opn_take_apart(opn_select(tiny, x * OPN_F(33554432.0, 18014398509481984.0), x));
    const opn_vec k = p.exponent - opn_keep(tiny, opn_set1(OPN_F(25.0, 54.0)));
    const opn_vec f = opn_exact(p.fraction - one);
    const opn_pair d = opn_quick_sum(two, f);
    const opn_vec inverse = one / d.high;
    opn_pair s, z, a, sum, product;
    s.high = opn_exact(f * inverse);
    product = opn_two_product(s.high, d.high);
    s.low = (opn_exact(opn_exact(f - product.high) - product.low) - s.high * d.low) * inverse;
    z = opn_pair_product(s, s);
    a = opn_quick_sum(opn_set1(OPN_F(0.6666666865348815918, 0.6666666666666666297)), z.high * opn_log_tail(z.high));
    a.low = a.low + OPN_F(-1.9868214925130208e-8, 3.7007434154171885e-17);
    a = opn_pair_product(z, a);
    sum = opn_quick_sum(two, a.high);
    sum.low = sum.low + a.low;
    product = opn_pair_product(s, sum);
    sum = opn_two_sum(k * OPN_LN2_HIGH, product.high);
    return opn_quick_sum(sum.high, sum.low + (product.low + k * OPN_LN2_LOW));
}

/* x^y = e^(y log |x|), negative for negative x and odd y; the special values of C99. */
OPN_FN opn_vec opn_pow(opn_vec x, opn_vec y)
{
    const opn_vec zero = opn_zero(), one = opn_set1(OPN_K(1)), infinity = opn_infinity();
    const opn_vec a = opn_abs(x), huge = opn_set1(OPN_F(1152921504606846976.0, 1267650600228229401496703205376.0));
    const opn_vec z = opn_min(huge, opn_max(-huge, y)), half = y * OPN_K(0.5);
    const opn_mask whole = opn_round(y) == y, odd = whole & (opn_round(half) != half);
    const opn_pair logarithm = opn_log_pair(a);
    opn_pair power = opn_two_product(logarithm.high, z);
    opn_vec far = opn_copysign(opn_set1(OPN_K(2000)), y), result;
    power = opn_quick_sum(power.high, power.low + logarithm.low * z);
    far = opn_select(a == zero, -far, far);
    power.high = opn_select((a == zero) | (a == infinity), far, power.high);
    result = opn_exp_pair(power);
    result = opn_select(odd, opn_copysign(result, x), result);
    result = opn_select((x < zero) & (a != infinity) & opn_not(whole), opn_nan(), result);
    result = opn_select((x == x) & (y == y), result, opn_nan());
    return opn_select((y == zero) | (x == one), one, result);
}

/* about the cube root of m, sqrt(1/8) <= m < sqrt(8): to 2^-9 (float), 2^-7 (double) */
OPN_INLINE opn_vec opn_cbrt_guess(opn_vec m)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.00723872626));
    q = opn_fma(q, m, opn_set1(OPN_K(-0.0722668714)));
    q = opn_fma(q, m, opn_set1(OPN_K(0.292026507)));
    q = opn_fma(q, m, opn_set1(OPN_K(-0.634247101)));
    q = opn_fma(q, m, opn_set1(OPN_K(0.977624672)));
    return opn_fma(q, m, opn_set1(OPN_K(0.430228457)));
#else
    opn_vec q = opn_set1(OPN_K(-0.01304334529589504));
    q = opn_fma(q, m, opn_set1(OPN_K(0.11182671173693957)));
    q = opn_fma(q, m, opn_set1(OPN_K(-0.38451222453810984)));
    q = opn_fma(q, m, opn_set1(OPN_K(0.82436295592584893)));
    return opn_fma(q, m, opn_set1(OPN_K(0.46237450690242317)));
#endif
}

/* |x| = 2^(3 q) m; a guess is improved by Halley's iteration, the last from a
   value t so short that t^2 is exact. */
OPN_FN opn_vec opn_cbrt(opn_vec x)
{
    const opn_vec a = opn_abs(x);
    const opn_mask tiny = a < OPN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const opn_parts p = opn_take_apart(opn_select(tiny, a * OPN_F(16777216.0, 18014398509481984.0), a));
    const opn_vec k = p.exponent - opn_keep(tiny, opn_set1(OPN_F(24.0, 54.0)));
    const opn_vec third = opn_set1(OPN_K(0.33333333333333333)), zero = opn_zero(), infinity = opn_infinity();
    const opn_mask finite = (a > zero) & (a < infinity);
    const opn_whole q = opn_nearest(opn_keep(finite, k), third);
    const opn_whole rest = opn_nearest(opn_keep(finite, k) - q.value * OPN_K(3), opn_set1(OPN_K(1)));
    const opn_vec m = p.fraction * opn_pow2(rest.bits);
    opn_vec t = opn_cbrt_guess(m), ratio;
#if OPN_BITS == 64
    {
        const opn_vec cube = t * t * t;
        t = t * ((cube + m * OPN_K(2)) / (cube * OPN_K(2) + m));
    }
    t = opn_from_bits(opn_bits(t) & opn_bits1(UINT64_C(0xfffffffff0000000)));
#else
    t = opn_upper_half(t);
#endif
    ratio = m / opn_exact(t * t);
    t = t + t * (opn_exact(ratio - t) / (t + t + ratio));
    return opn_select(finite, opn_copysign(t * opn_pow2(q.bits), x), x);
}

/* ---- sine, cosine, arc tangent ------------------------------------------------------- */

/* (sin r - r) / r^3 in z = r^2, |r| <= pi / 4 */
OPN_INLINE opn_vec opn_sin_tail(opn_vec z)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(2.72493144e-6));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.00019840082)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.00833333187)));
    return opn_fma(q, z, opn_set1(OPN_K(-0.166666667)));
#else
    opn_vec q = opn_set1(OPN_K(-7.5865766484052612e-13));
    q = opn_fma(q, z, opn_set1(OPN_K(1.6058529573291738e-10)));
    q = opn_fma(q, z, opn_set1(OPN_K(-2.5052106219528367e-8)));
    q = opn_fma(q, z, opn_set1(OPN_K(2.7557319219301937e-6)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.00019841269841265017)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.0083333333333333315)));
    return opn_fma(q, z, opn_set1(OPN_K(-0.16666666666666667)));
#endif
}

/* (cos r - 1 + r^2 / 2) / r^4 in z = r^2, |r| <= pi / 4 */
OPN_INLINE opn_vec opn_cos_tail(opn_vec z)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(-2.73004489e-7));
    q = opn_fma(q, z, opn_set1(OPN_K(2.48005964e-5)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.00138888877)));
    return opn_fma(q, z, opn_set1(OPN_K(0.0416666667)));
#else
    opn_vec q = opn_set1(OPN_K(-1.1382456865840482e-11));
    q = opn_fma(q, z, opn_set1(OPN_K(2.0876143829213937e-9)));
    q = opn_fma(q, z, opn_set1(OPN_K(-2.7557317260014707e-7)));
    q = opn_fma(q, z, opn_set1(OPN_K(2.4801587298743081e-5)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.0013888888888887382)));
    return opn_fma(q, z, opn_set1(OPN_K(0.041666666666666665)));
#endif
}

/* sin(r + low) and cos(r + low), |r| <= pi / 4 */
OPN_INLINE opn_vec opn_sin_of(opn_pair r)
{
    const opn_vec z = r.high * r.high;
    return r.high + opn_fma(r.high * z, opn_sin_tail(z), r.low * opn_fma(z, opn_set1(OPN_K(-0.5)), opn_set1(OPN_K(1))));
}

OPN_INLINE opn_vec opn_cos_of(opn_pair r)
{
    const opn_vec one = opn_set1(OPN_K(1)), z = r.high * r.high, half = z * OPN_K(0.5), w = opn_exact(one - half);
    return w + (opn_exact(opn_exact(one - w) - half) + opn_fma(z * z, opn_cos_tail(z), -(r.high * r.low)));
}

/* Up to where the reduction below is exact enough; beyond it the C library does it. */
#define OPN_TURN_LIMIT OPN_F(1600.0, 1600000.0)

/* x - n pi / 2 as a pair, and n. pi / 2 comes in four parts, the products of n and
   the first three exact. */
OPN_INLINE opn_pair opn_turn(opn_vec x, opn_uvec *quarter)
{
    const opn_whole n = opn_nearest(x, opn_set1(OPN_K(0.63661977236758134308)));
    const opn_vec start = opn_exact(x - n.value * OPN_F(1.5706787109375, 1.570796326734125614166));
    const opn_pair a = opn_two_sum(start, -(n.value * OPN_F(0.00011761486530303955, 6.077100506303965976596e-11)));
    const opn_pair b = opn_two_sum(a.high, -(n.value * OPN_F(9.9203134595882148e-10, 2.022266248711166455796e-21)));
    const opn_vec rest = n.value * OPN_F(6.2233721718966133923e-14, 8.478427660368899644e-32);
    *quarter = n.bits;
    return opn_two_sum(b.high, a.low + (b.low - rest));
}

/* The sine of |x| under OPN_TURN_LIMIT, a quarter turn of them further where shift is 1. */
OPN_INLINE opn_vec opn_sin_shifted(opn_vec x, opn_word shift)
{
    opn_uvec n;
    const opn_pair r = opn_turn(x, &n);
    const opn_uvec one = opn_bits1(1), none = opn_bits1(0), quarter = n + shift;
    const opn_vec y = opn_select((quarter & one) != none, opn_cos_of(r), opn_sin_of(r));
    return opn_neg_if((quarter & (one + one)) != none, y);
}

/* y, and in the lanes that are set f(x) of the C library in double. */
OPN_FN opn_vec opn_lanewise(double (*f)(double), opn_vec x, opn_mask m, opn_vec y)
{
    opn_real lane[OPN_LANES];
    int k;
    opn_store(lane, x);
    for (k = 0; k < OPN_LANES; k++) lane[k] = OPN_CAST(opn_real, f(OPN_CAST(double, lane[k])));
    return opn_select(m, opn_load(lane), y);
}

OPN_FN opn_vec opn_sin(opn_vec x)
{
    const opn_mask small = opn_abs(x) < OPN_TURN_LIMIT;
    const opn_vec y = opn_select(x == opn_zero(), x, opn_sin_shifted(opn_keep(small, x), 0));
    return opn_all(small) ? y : opn_lanewise(sin, x, opn_not(small), y);
}

OPN_FN opn_vec opn_cos(opn_vec x)
{
    const opn_mask small = opn_abs(x) < OPN_TURN_LIMIT;
    const opn_vec y = opn_sin_shifted(opn_keep(small, x), 1);
    return opn_all(small) ? y : opn_lanewise(cos, x, opn_not(small), y);
}

/* (atan t - t) / t^3 in z = t^2, |t| <= tan(pi / 8) */
OPN_INLINE opn_vec opn_atan_tail(opn_vec z)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.0504612817));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.0862389667)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.110712604)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.142841455)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.199999772)));
    return opn_fma(q, z, opn_set1(OPN_K(-0.333333333)));
#else
    opn_vec q = opn_set1(OPN_K(-0.013905374533113235));
    q = opn_fma(q, z, opn_set1(OPN_K(0.030622995553735516)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.041038875468626873)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.047192591882420924)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.052580202726567583)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.058819230561140226)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.066666418691311827)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.076923067291948968)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.090909090668160809)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.11111111110751481)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.14285714285711491)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.19999999999999991)));
    return opn_fma(q, z, opn_set1(OPN_K(-0.33333333333333333)));
#endif
}

/* atan |x| = base + atan t, t = |x|, (|x| - 1) / (|x| + 1) or -1 / |x|, base = 0, pi / 4 or pi / 2 */
OPN_FN opn_vec opn_atan(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), zero = opn_zero(), a = opn_abs(x);
    const opn_mask middle = a > OPN_K(0.41421356237309503), large = a > OPN_K(2.4142135623730951);
    const opn_vec up = opn_select(large, -one, opn_select(middle, a - one, a));
    const opn_vec down = opn_select(large, a, opn_select(middle, a + one, one));
    const opn_vec base = opn_select(large, opn_set1(OPN_F(1.570796370506286621, 1.570796326794896558)),
        opn_keep(middle, opn_set1(OPN_F(0.7853981852531433105, 0.785398163397448279))));
    const opn_vec low = opn_select(large, opn_set1(OPN_F(-4.3711390001862428e-8, 6.1232339957367659e-17)),
        opn_select(middle, opn_set1(OPN_F(-2.1855695000931214e-8, 3.0616169978683829e-17)), zero));
    const opn_vec t = up / down, z = t * t;
    return opn_copysign(base + opn_exact(t + opn_fma(t * z, opn_atan_tail(z), low)), x);
}

/* ---- error function -------------------------------------------------------------------- */

/* (erf x - x) / x in z = x^2, |x| <= 1 */
OPN_INLINE opn_vec opn_erf_tail(opn_vec z)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(-9.66704457e-6));
    q = opn_fma(q, z, opn_set1(OPN_K(0.00011265959)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.000848408041)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.00522103181)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.0268654307)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.112837825)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.376126385)));
    return opn_fma(q, z, opn_set1(OPN_K(0.128379167)));
#else
    opn_vec q = opn_set1(OPN_K(-4.2309458242953378e-12));
    q = opn_fma(q, z, opn_set1(OPN_K(8.7090451290531067e-11)));
    q = opn_fma(q, z, opn_set1(OPN_K(-1.216456005728345e-9)));
    q = opn_fma(q, z, opn_set1(OPN_K(1.4792401209404813e-8)));
    q = opn_fma(q, z, opn_set1(OPN_K(-1.6364642158167615e-7)));
    q = opn_fma(q, z, opn_set1(OPN_K(1.6462045441468419e-6)));
    q = opn_fma(q, z, opn_set1(OPN_K(-1.4925647567519332e-5)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.00012055332902888735)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.00085483270219348296)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.0052239776254232983)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.026866170645129841)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.1128379167095512)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.37612638903183752)));
    return opn_fma(q, z, opn_set1(OPN_K(0.12837916709551257)));
#endif
}

/* (1 + 2 a) e^(a^2) erfc(a) in t = (a - 4) / (a + 4), a from 0.47 to 10.2 (float), 27.4 (double) */
OPN_INLINE opn_vec opn_erfc_factor(opn_vec t)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(-0.00052551435));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.000890759548)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.00515217024)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.0161078784)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0371567471)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.0663477856)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0937323918)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.101037699)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0680971291)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0153796134)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.139621118)));
    return opn_fma(q, t, opn_set1(OPN_K(1.23299512)));
#else
    opn_vec q = opn_set1(OPN_K(1.5740667325302964e-9));
    q = opn_fma(q, t, opn_set1(OPN_K(2.4355756802467888e-9)));
    q = opn_fma(q, t, opn_set1(OPN_K(-1.4867857762189077e-8)));
    q = opn_fma(q, t, opn_set1(OPN_K(-1.9813977344735414e-8)));
    q = opn_fma(q, t, opn_set1(OPN_K(1.1078129699130398e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(7.7244452519751469e-8)));
    q = opn_fma(q, t, opn_set1(OPN_K(-8.2570542732789902e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(2.917761739652986e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(5.7097039804903096e-6)));
    q = opn_fma(q, t, opn_set1(OPN_K(-1.122105046281538e-5)));
    q = opn_fma(q, t, opn_set1(OPN_K(-2.4399142592225436e-5)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.00015062137526125789)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.00019925672460019633)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.00075777322974703339)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0050319699841567711)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.016197734064972366)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.037167515536801652)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.066330365811704678)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.093732834998388087)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.10103906603632333)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.068097054254691736)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.01537965210262002)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.13962111684056251)));
    return opn_fma(q, t, opn_set1(OPN_K(1.2329951186255525)));
#endif
}

/* erfc(a) = e^(-a^2) factor / (1 + 2 a) for a >= 0.47; a^2 = h^2 + (a - h)(a + h), h^2 exact */
OPN_INLINE opn_vec opn_erfc_of(opn_vec a)
{
    const opn_vec z = opn_min(opn_set1(OPN_F(10.2, 27.4)), opn_max(opn_set1(OPN_K(0.47)), a));
    const opn_vec h = opn_upper_half(z), four = opn_set1(OPN_K(4));
    const opn_vec factor = opn_erfc_factor((z - four) / (z + four)) / (z + z + OPN_K(1));
    opn_pair square;
    square.high = -opn_exact(h * h);
    square.low = -(opn_exact(z - h) * (z + h));
    return opn_exp_pair(square) * factor;
}

/* x + x tail(x^2) up to 1, 1 - erfc |x| beyond */
OPN_FN opn_vec opn_erf(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), a = opn_abs(x), inner = opn_min(one, a);
    const opn_vec small = opn_fma(inner, opn_erf_tail(inner * inner), inner);
    return opn_select(x == x, opn_copysign(opn_select(a > one, one - opn_erfc_of(a), small), x), x);
}

/* 1 - erf(x) for |x| < 1/2, 2 - erfc(-x) below */
OPN_FN opn_vec opn_erfc(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), half = opn_set1(OPN_K(0.5)), a = opn_abs(x), tail = opn_erfc_of(a);
    const opn_vec inner = opn_min(half, opn_max(-half, x));
    const opn_vec small = one - opn_fma(inner, opn_erf_tail(inner * inner), inner);
    const opn_vec y = opn_select(a < half, small, opn_select(x < opn_zero(), OPN_K(2) - tail, tail));
    return opn_select(x == x, y, x);
}

/* ---- gamma function ---------------------------------------------------------------------- */

/* log Gamma(2 + t) / t, |t| <= 1/2 */
OPN_INLINE opn_vec opn_lgamma_factor(opn_vec t)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.000113449486));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.000253822248)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.000506528962)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.00118585778)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.00289079335)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.00738617446)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0205807996)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.0673522815)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.322467033)));
    return opn_fma(q, t, opn_set1(OPN_K(0.422784335)));
#else
    opn_vec q = opn_set1(OPN_K(6.376295734499092e-8));
    q = opn_fma(q, t, opn_set1(OPN_K(-1.3413423047041578e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(2.0307921392240115e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(-4.3034947036237722e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(9.578515261333411e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(-2.0449229705497507e-6)));
    q = opn_fma(q, t, opn_set1(OPN_K(4.3743787562085535e-6)));
    q = opn_fma(q, t, opn_set1(OPN_K(-9.4384580476527738e-6)));
    q = opn_fma(q, t, opn_set1(OPN_K(2.0507266826252506e-5)));
    q = opn_fma(q, t, opn_set1(OPN_K(-4.4926351195667295e-5)));
    q = opn_fma(q, t, opn_set1(OPN_K(9.9457509153471438e-5)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.00022315475073783337)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.00050966952488235433)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.0011927539120013529)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0028905103307388233)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.0073855510286681463)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.020580808427784568)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.067352301053198139)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.32246703342411322)));
    return opn_fma(q, t, opn_set1(OPN_K(0.42278433509846714)));
#endif
}

/* x (log Gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2) in w = 1 / x^2, x >= 8 */
OPN_INLINE opn_vec opn_stirling(opn_vec w)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.000780034719));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.00277769855)));
    return opn_fma(q, w, opn_set1(OPN_K(0.0833333333)));
#else
    opn_vec q = opn_set1(OPN_K(0.0050659053600815934));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.0018903829938839238)));
    q = opn_fma(q, w, opn_set1(OPN_K(0.00084147008525024054)));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.00059523658450570417)));
    q = opn_fma(q, w, opn_set1(OPN_K(0.00079365078975240582)));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.0027777777777739882)));
    return opn_fma(q, w, opn_set1(OPN_K(0.083333333333333333)));
#endif
}

/* pi (x - n), n the integer nearest to x. */
OPN_INLINE opn_vec opn_half_turn(opn_vec x) { return (x - opn_round(x)) * OPN_K(3.14159265358979323846); }

/* log Gamma(x) for x > 0. From 8 on by Stirling's series, below by
   log Gamma(x) = log Gamma(2 + t) + log(product), |t| <= 1/2. */
OPN_INLINE opn_vec opn_lgamma_positive(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), limit = opn_set1(OPN_K(2.5));
    const opn_mask large = x >= OPN_K(8), below = x < OPN_K(1.5), low = x < OPN_K(0.5);
    opn_vec product = one, y = opn_select(large, one + one, x), t, logarithm, small, inverse;
    int k;
    for (k = 0; k < 6; k++) {
        const opn_mask m = y > limit;
        y = opn_select(m, y - one, y);
        product = opn_select(m, product * y, product);
    }
    t = opn_select(low, y, opn_select(below, y - one, y - OPN_K(2)));
    product = opn_select(low, y * (y + one), opn_select(below, y, product));
    logarithm = opn_log(opn_select(large, x, product));
    small = t * opn_lgamma_factor(t) + opn_neg_if(below, logarithm);
    inverse = one / opn_max(opn_set1(OPN_K(8)), x);
    y = (x - OPN_K(0.5)) * (logarithm - one) + (inverse * opn_stirling(inverse * inverse) + OPN_K(0.41893853320467274178));
    return opn_select(large, y, small);
}

/* log |Gamma(x)|; below 0 log(pi / |sin(pi x)|) - log Gamma(1 - x), where sin(pi x) of tiny x is pi x */
OPN_FN opn_vec opn_lgamma(opn_vec x)
{
    const opn_vec zero = opn_zero(), one = opn_set1(OPN_K(1)), infinity = opn_infinity();
    const opn_mask negative = x < zero;
    const opn_vec y = opn_lgamma_positive(opn_select(negative, one - x, x));
    opn_vec reflected = zero;
    if (opn_any(negative)) {
        const opn_mask tiny = x > OPN_F(-1e-5, -1e-9);
        const opn_vec turn = opn_half_turn(opn_keep(negative & (x > -infinity), x));
        const opn_vec sine = opn_abs(opn_select(tiny, x, opn_sin(turn)));
        reflected = opn_select(tiny, zero, opn_set1(OPN_K(1.1447298858494001741))) - opn_log(sine) - y;
        reflected = opn_select(sine == zero, infinity, reflected);
    }
    return opn_select(opn_abs(x) == infinity, infinity, opn_select(negative, reflected, y));
}

/* x^2 (log x - 1 / (2 x) - psi(x)) in w = 1 / x^2, x >= 6 */
OPN_INLINE opn_vec opn_digamma_series(opn_vec w)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(-0.00378552955));
    q = opn_fma(q, w, opn_set1(OPN_K(0.0039618389)));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.00833329813)));
    return opn_fma(q, w, opn_set1(OPN_K(0.0833333333)));
#else
    opn_vec q = opn_set1(OPN_K(1.2391679863993024));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.36785763321584679)));
    q = opn_fma(q, w, opn_set1(OPN_K(0.081436305058735288)));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.021063611862127793)));
    q = opn_fma(q, w, opn_set1(OPN_K(0.0075754873976434952)));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.0041666652417935437)));
    q = opn_fma(q, w, opn_set1(OPN_K(0.0039682539644546434)));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.0083333333333294057)));
    return opn_fma(q, w, opn_set1(OPN_K(0.083333333333333333)));
#endif
}

/* psi(x) for x > 0: psi(x + m) - sum 1 / (x + i), the sum as 1 / x and one fraction
   for the rest; from 6 on log x - 1 / (2 x) - series(1 / x^2) / x^2 */
OPN_INLINE opn_vec opn_digamma_positive(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), limit = opn_set1(OPN_K(6));
    const opn_mask below = x < limit;
    const opn_vec first = opn_keep(below, one / x);
    opn_vec y = opn_select(below, x + one, x), up = opn_zero(), down = one, inverse, square;
    int k;
    for (k = 0; k < 5; k++) {
        const opn_mask m = y < limit;
        up = opn_select(m, opn_fma(up, y, down), up);
        down = opn_select(m, down * y, down);
        y = opn_select(m, y + one, y);
    }
    inverse = one / y;
    square = inverse * inverse;
    y = opn_log(y) - opn_fma(square, opn_digamma_series(square), inverse * OPN_K(0.5));
    return y - up / down - first;
}

/* psi(x), the derivative of log Gamma; below 0 psi(1 - x) - pi / tan(pi x).
   -infinity at 0, infinity at -0, NaN at the negative integers. */
OPN_FN opn_vec opn_digamma(opn_vec x)
{
    const opn_vec zero = opn_zero(), one = opn_set1(OPN_K(1)), infinity = opn_infinity();
    const opn_mask negative = x < zero;
    opn_vec y = opn_digamma_positive(opn_select(negative, one - x, x)), turn;
    if (opn_any(negative)) {
        const opn_mask bounded = negative & (x > -infinity);
        turn = opn_half_turn(opn_keep(bounded, x));
        turn = OPN_K(3.14159265358979323846) * opn_cos(turn) / opn_sin(turn);
        turn = opn_select(bounded & (opn_round(x) != x), y - turn, opn_nan());
        y = opn_select(negative, turn, y);
    }
    return opn_select(x == zero, opn_copysign(infinity, -x), y);
}

#undef OPN_TURN_LIMIT
#undef OPN_LN2_LOW
#undef OPN_LN2_HIGH
#undef OPN_LOG2E
#undef OPN_F
#undef OPN_WORD
#undef OPN_BIAS
#undef OPN_MANTISSA
#endif

#if OPN_PASS == 4 && OPN_ISA == 0
/* ---- types and helpers that kernels and public functions share, once per type -- */
#endif

#if OPN_PASS == 4
/* ---- pass 4: loops over arrays, once per ISA ---------------------------------- */

/* ---- core/reduce ---- */

#define OPN_RUN 16

/* The body of a sum over n elements at k with tails: TERM of the vector at hand. */
OPN_FN double opn_sum(const opn_real *p, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * OPN_LANES) {
        opn_vec a = opn_zero(), b = opn_zero(), c = opn_zero(), d = opn_zero();
        end = (n - k) / (4 * OPN_LANES);
        end = k + (end < OPN_RUN ? end : OPN_RUN) * 4 * OPN_LANES;
        for (; k < end; k += 4 * OPN_LANES) {
            a += opn_load(p + k);
            b += opn_load(p + k + OPN_LANES);
            c += opn_load(p + k + 2 * OPN_LANES);
            d += opn_load(p + k + 3 * OPN_LANES);
        }
        total += opn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        opn_vec a = opn_zero();
        for (; n - k >= OPN_LANES; k += OPN_LANES) a += opn_load(p + k);
        if (k < n) a += opn_load_part(p + k, n - k);
        total += opn_hsum(a);
    }
    return total;
}

OPN_FN double opn_sum_abs(const opn_real *p, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * OPN_LANES) {
        opn_vec a = opn_zero(), b = opn_zero(), c = opn_zero(), d = opn_zero();
        end = (n - k) / (4 * OPN_LANES);
        end = k + (end < OPN_RUN ? end : OPN_RUN) * 4 * OPN_LANES;
        for (; k < end; k += 4 * OPN_LANES) {
            a += opn_abs(opn_load(p + k));
            b += opn_abs(opn_load(p + k + OPN_LANES));
            c += opn_abs(opn_load(p + k + 2 * OPN_LANES));
            d += opn_abs(opn_load(p + k + 3 * OPN_LANES));
        }
        total += opn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        opn_vec a = opn_zero();
        for (; n - k >= OPN_LANES; k += OPN_LANES) a += opn_abs(opn_load(p + k));
        if (k < n) a += opn_abs(opn_load_part(p + k, n - k));
        total += opn_hsum(a);
    }
    return total;
}

/* sum a_k b_k */
OPN_FN double opn_dot(const opn_real *p, const opn_real *q, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * OPN_LANES) {
        opn_vec a = opn_zero(), b = opn_zero(), c = opn_zero(), d = opn_zero();
        end = (n - k) / (4 * OPN_LANES);
        end = k + (end < OPN_RUN ? end : OPN_RUN) * 4 * OPN_LANES;
        for (; k < end; k += 4 * OPN_LANES) {
            a = opn_fma(opn_load(p + k), opn_load(q + k), a);
            b = opn_fma(opn_load(p + k + OPN_LANES), opn_load(q + k + OPN_LANES), b);
            c = opn_fma(opn_load(p + k + 2 * OPN_LANES), opn_load(q + k + 2 * OPN_LANES), c);
            d = opn_fma(opn_load(p + k + 3 * OPN_LANES), opn_load(q + k + 3 * OPN_LANES), d);
        }
        total += opn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        opn_vec a = opn_zero();
        for (; n - k >= OPN_LANES; k += OPN_LANES) a = opn_fma(opn_load(p + k), opn_load(q + k), a);
        if (k < n) a = opn_fma(opn_load_part(p + k, n - k), opn_load_part(q + k, n - k), a);
        total += opn_hsum(a);
    }
    return total;
}

OPN_FN double opn_sum_squares(const opn_real *p, size_t n) { return opn_dot(p, p, n); }

/* sum (a_k - b_k)^2 */
OPN_FN double opn_squared_distance(const opn_real *p, const opn_real *q, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 2 * OPN_LANES) {
        opn_vec a = opn_zero(), b = opn_zero(), d;
        end = (n - k) / (2 * OPN_LANES);
        end = k + (end < OPN_RUN ? end : OPN_RUN) * 2 * OPN_LANES;
        for (; k < end; k += 2 * OPN_LANES) {
            d = opn_load(p + k) - opn_load(q + k);
            a = opn_fma(d, d, a);
            d = opn_load(p + k + OPN_LANES) - opn_load(q + k + OPN_LANES);
            b = opn_fma(d, d, b);
        }
        total += opn_hsum(a + b);
    }
    if (k < n) {
        opn_vec a = opn_zero(), d;
        for (; n - k >= OPN_LANES; k += OPN_LANES) {
            d = opn_load(p + k) - opn_load(q + k);
            a = opn_fma(d, d, a);
        }
        if (k < n) {
            d = opn_load_part(p + k, n - k) - opn_load_part(q + k, n - k);
            a = opn_fma(d, d, a);
        }
        total += opn_hsum(a);
    }
    return total;
}

/* The largest element, NaNs passed over; -infinity of nothing (or of NaNs alone). */
OPN_FN opn_real opn_max_of(const opn_real *p, size_t n)
{
    const opn_vec lowest = opn_set1((opn_real)-HUGE_VAL);
    opn_vec a = lowest, b = lowest;
    size_t k = 0;
    for (; n - k >= 2 * OPN_LANES; k += 2 * OPN_LANES) {
        a = opn_max(opn_load(p + k), a);
        b = opn_max(opn_load(p + k + OPN_LANES), b);
    }
    if (n - k >= OPN_LANES) {
        a = opn_max(opn_load(p + k), a);
        k += OPN_LANES;
    }
    if (k < n) b = opn_max(opn_select(opn_first(n - k), opn_load_part(p + k, n - k), lowest), b);
    return opn_hmax(opn_max(a, b));
}

/* y += a x */
OPN_FN void opn_axpy(opn_real *y, opn_real a, const opn_real *x, size_t n)
{
    const opn_vec factor = opn_set1(a);
    size_t k = 0;
    for (; n - k >= OPN_LANES; k += OPN_LANES) opn_store(y + k, opn_fma(factor, opn_load(x + k), opn_load(y + k)));
    if (k < n) opn_store_part(y + k, opn_fma(factor, opn_load_part(x + k, n - k), opn_load_part(y + k, n - k)), n - k);
}

/* y = a x; y may be x */
OPN_FN void opn_scale(opn_real *y, opn_real a, const opn_real *x, size_t n)
{
    const opn_vec factor = opn_set1(a);
    size_t k = 0;
    for (; n - k >= OPN_LANES; k += OPN_LANES) opn_store(y + k, factor * opn_load(x + k));
    if (k < n) opn_store_part(y + k, factor * opn_load_part(x + k, n - k), n - k);
}

/* y = a x, or y += a x when accumulate is set; x NULL: the value a itself */
OPN_FN void opn_put(opn_real *y, opn_real a, const opn_real *x, size_t n, int accumulate)
{
    size_t k = 0;
    if (x) {
        if (accumulate) opn_axpy(y, a, x, n);
        else opn_scale(y, a, x, n);
        return;
    }
    for (; n - k >= OPN_LANES; k += OPN_LANES) {
        opn_vec value = opn_set1(a);
        if (accumulate) value += opn_load(y + k);
        opn_store(y + k, value);
    }
    for (; k < n; k++) {
        if (accumulate) y[k] += a;
        else y[k] = a;
    }
}

OPN_FN void opn_fill(opn_real *y, opn_real a, size_t n) { opn_put(y, a, NULL, n, 0); }

/* ---- core/gemm ---- */

#define OPN_GEMM_HIGH 6
#define OPN_GEMM_WIDE (2 * OPN_LANES)
#define OPN_GEMM_DEPTH (OPN_BITS == 32 ? 256 : 128)
#define OPN_GEMM_ROWS (OPN_ISA == OPN_ISA_AVX512 ? 24 : 42)

/* Rows first to first + rows - 1 of op(A), columns t to t + depth - 1: strip by
   strip, and in a strip column by column. */
OPN_FN void opn_gemm_pack_a(int transpose, const opn_real *a, size_t lda, size_t rows, size_t depth, opn_real *packed)
{
    const size_t row_step = transpose ? 1 : lda, column_step = transpose ? lda : 1;
    size_t i, r, t, high;
    for (i = 0; i < rows; i += OPN_GEMM_HIGH, packed += OPN_GEMM_HIGH * depth) {
        high = rows - i < OPN_GEMM_HIGH ? rows - i : OPN_GEMM_HIGH;
        for (r = 0; r < high; r++) {
            const opn_real *from = a + (i + r) * row_step;
            for (t = 0; t < depth; t++) packed[t * OPN_GEMM_HIGH + r] = from[t * column_step];
        }
        for (; r < OPN_GEMM_HIGH; r++)
            for (t = 0; t < depth; t++) packed[t * OPN_GEMM_HIGH + r] = 0;
    }
}

/* One strip of op(B), depth x wide, row by row. */
OPN_FN void opn_gemm_pack_b(int transpose, const opn_real *b, size_t ldb, size_t depth, size_t wide, opn_real *packed)
{
    size_t j, t, block, end;
    if (wide < OPN_GEMM_WIDE)
        for (t = 0; t < depth * OPN_GEMM_WIDE; t++) packed[t] = 0;
    if (transpose) {
        for (block = 0; block < depth; block = end) {
            end = depth - block < 16 ? depth : block + 16;
            for (j = 0; j < wide; j++) {
                const opn_real *from = b + j * ldb;
                for (t = block; t < end; t++) packed[t * OPN_GEMM_WIDE + j] = from[t];
            }
        }
    } else if (wide == OPN_GEMM_WIDE) {
        for (t = 0; t < depth; t++, b += ldb, packed += OPN_GEMM_WIDE) {
            opn_store(packed, opn_load(b));
            opn_store(packed + OPN_LANES, opn_load(b + OPN_LANES));
        }
    } else {
        for (t = 0; t < depth; t++)
            for (j = 0; j < wide; j++) packed[t * OPN_GEMM_WIDE + j] = b[t * ldb + j];
    }
}

/* c = alpha x + beta c in the first m lanes; c is not read when beta is 0. */
OPN_INLINE void opn_gemm_put(opn_real *c, opn_vec x, opn_real alpha, opn_real beta, size_t m)
{
    x *= opn_set1(alpha);
    if (m >= OPN_LANES) opn_store(c, beta == 0 ? x : opn_fma(opn_set1(beta), opn_load(c), x));
    else if (m > 0) opn_store_part(c, beta == 0 ? x : opn_fma(opn_set1(beta), opn_load_part(c, m), x), m);
}

/* A high x wide tile of C from a strip of op(A) and a strip of op(B). */
OPN_FN void opn_gemm_tile(const opn_real *a, const opn_real *b, size_t depth, size_t high, size_t wide,
                          opn_real alpha, opn_real beta, opn_real *c, size_t ldc)
{
    opn_vec a0 = opn_zero(), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0;
    opn_vec d0 = a0, d1 = a0, e0 = a0, e1 = a0, f0 = a0, f1 = a0, x, y, factor;
    const size_t left = wide < OPN_LANES ? wide : OPN_LANES, right = wide - left;
    for (; depth > 0; depth--, a += OPN_GEMM_HIGH, b += OPN_GEMM_WIDE) {
        x = opn_load(b);
        y = opn_load(b + OPN_LANES);
        factor = opn_set1(a[0]); a0 = opn_fma(factor, x, a0); a1 = opn_fma(factor, y, a1);
        factor = opn_set1(a[1]); b0 = opn_fma(factor, x, b0); b1 = opn_fma(factor, y, b1);
        factor = opn_set1(a[2]); c0 = opn_fma(factor, x, c0); c1 = opn_fma(factor, y, c1);
        factor = opn_set1(a[3]); d0 = opn_fma(factor, x, d0); d1 = opn_fma(factor, y, d1);
        factor = opn_set1(a[4]); e0 = opn_fma(factor, x, e0); e1 = opn_fma(factor, y, e1);
        factor = opn_set1(a[5]); f0 = opn_fma(factor, x, f0); f1 = opn_fma(factor, y, f1);
    }
#define OPN_GEMM_ROW(r, v, w) \
    if (r < high) { \
        opn_gemm_put(c + r * ldc, v, alpha, beta, left); \
        if (right) opn_gemm_put(c + r * ldc + OPN_LANES, w, alpha, beta, right); \
    }
    OPN_GEMM_ROW(0, a0, a1)
    OPN_GEMM_ROW(1, b0, b1)
    OPN_GEMM_ROW(2, c0, c1)
    OPN_GEMM_ROW(3, d0, d1)
    OPN_GEMM_ROW(4, e0, e1)
    OPN_GEMM_ROW(5, f0, f1)
#undef OPN_GEMM_ROW
}

OPN_FN void opn_gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, opn_real alpha,
                     const opn_real *a, size_t lda, const opn_real *b, size_t ldb, opn_real beta, opn_real *c, size_t ldc)
{
    opn_real strips[OPN_GEMM_ROWS * OPN_GEMM_DEPTH], strip[OPN_GEMM_WIDE * OPN_GEMM_DEPTH];
    size_t i, j, r, t, rows, depth, wide;
    if (k == 0 || alpha == 0) {
        for (i = 0; i < m; i++)
            for (j = 0; j < n; j++) c[i * ldc + j] = beta == 0 ? OPN_K(0) : beta * c[i * ldc + j];
        return;
    }
    for (t = 0; t < k; t += depth, beta = 1) {
        depth = k - t < OPN_GEMM_DEPTH ? k - t : OPN_GEMM_DEPTH;
        for (i = 0; i < m; i += rows) {
            rows = m - i < OPN_GEMM_ROWS ? m - i : OPN_GEMM_ROWS;
            opn_gemm_pack_a(transpose_a, a + (transpose_a ? t * lda + i : i * lda + t), lda, rows, depth, strips);
            for (j = 0; j < n; j += wide) {
                wide = n - j < OPN_GEMM_WIDE ? n - j : OPN_GEMM_WIDE;
                opn_gemm_pack_b(transpose_b, b + (transpose_b ? j * ldb + t : t * ldb + j), ldb, depth, wide, strip);
                for (r = 0; r < rows; r += OPN_GEMM_HIGH)
                    opn_gemm_tile(strips + r * depth, strip, depth, rows - r, wide, alpha, beta,
                                  c + (i + r) * ldc + j, ldc);
            }
        }
    }
}
#endif

#if OPN_PASS == 5
/* ---- pass 5: the public functions --------------------------------------------- */

/* ---- core/reduce ---- */

/* The mean's factor: what a sum is multiplied with. 0 of nothing. */
OPN_FN double opn_reciprocal(double x) { return x == 0 ? 0 : 1 / x; }
#endif

#undef OPN_INTRINSIC
#undef OPN_LIBM
#undef OPN_LANES
#undef OPN_FN
#undef OPN_INLINE
#undef OPN_K
#undef OPN_X
#undef OPN_CALL
#undef OPN_VNEON_
#undef OPN_V512_
#undef OPN_V256_
#undef OPN_T_
#undef opn_word
#undef opn_real
#endif
