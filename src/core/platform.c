//@family Instruction sets: which one runs, and choosing one for a test

//@api

/* The instruction sets an implementation can carry. x86-64 carries scalar and
   AVX2+FMA (and AVX-512 when THIS_AVX512 is defined), AArch64 scalar and NEON,
   everything else scalar. The fastest that the processor has is used. */
enum {
    THIS_ISA_SCALAR = 0,
    THIS_ISA_AVX2 = 1,
    THIS_ISA_AVX512 = 2,
    THIS_ISA_NEON = 3
};

/* The instruction set in use, one of THIS_ISA_*. */
THIS_DEF int this_isa(void);

/* Its name: "scalar", "avx2", "avx512", "neon"; "unknown" for any other number. */
THIS_DEF const char *this_isa_name(int isa);

/* Makes every later call of the process use this instruction set, for tests
   and comparisons. Returns 1, or 0 and changes nothing when the set is not
   compiled in or the processor lacks it. Not to be called while other threads
   are inside this header's functions. */
THIS_DEF int this_isa_force(int isa);

//@once

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

THIS_DEF int this_isa(void) { return lfn_isa(); }

THIS_DEF const char *this_isa_name(int isa)
{
    switch (isa) {
    case LFN_ISA_SCALAR: return "scalar";
    case LFN_ISA_AVX2: return "avx2";
    case LFN_ISA_AVX512: return "avx512";
    case LFN_ISA_NEON: return "neon";
    default: return "unknown";
    }
}

THIS_DEF int this_isa_force(int isa)
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
