/* The algorithms of src/core behind public functions, for test_core_algorithms.c. */

//@api

CORE_PROBE_DEF size_t core_probe_argsort_room(size_t n);
CORE_PROBE_DEF void core_probe_argsort_u64(const uint64_t *keys, size_t n, uint32_t *index, void *scratch);
CORE_PROBE_DEF void core_probe_sort_u64(uint64_t *keys, size_t n, void *scratch);
CORE_PROBE_DEF uint64_t core_probe_random_bits(uint64_t seed, uint64_t counter);
CORE_PROBE_DEF double core_probe_random_unit(uint64_t seed, uint64_t counter);
CORE_PROBE_DEF uint64_t core_probe_random_below(uint64_t seed, uint64_t counter, uint64_t n);
CORE_PROBE_DEF double core_probe_random_normal(uint64_t seed, uint64_t counter);
CORE_PROBE_DEF unsigned core_probe_random_poisson1(uint64_t seed, uint64_t counter);

CORE_PROBE_DEF void core_probe_argsort_REAL(const REAL *keys, size_t n, int descending, uint32_t *index, void *scratch);
CORE_PROBE_DEF void core_probe_sort_pairs_REAL(REAL *keys, uint32_t *index, size_t n, int descending, void *scratch);

CORE_PROBE_DEF void core_probe_gemm_REAL(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, REAL alpha, const REAL *a, size_t lda, const REAL *b, size_t ldb, REAL beta, REAL *c, size_t ldc);

//@once

CORE_PROBE_DEF size_t core_probe_argsort_room(size_t n) { return lfn_argsort_room(n); }

CORE_PROBE_DEF void core_probe_argsort_u64(const uint64_t *keys, size_t n, uint32_t *index, void *scratch)
{
    lfn_argsort_u64(keys, n, index, scratch);
}

CORE_PROBE_DEF void core_probe_sort_u64(uint64_t *keys, size_t n, void *scratch) { lfn_sort_u64(keys, n, scratch); }

CORE_PROBE_DEF uint64_t core_probe_random_bits(uint64_t seed, uint64_t counter) { return lfn_random_bits(seed, counter); }

CORE_PROBE_DEF double core_probe_random_unit(uint64_t seed, uint64_t counter) { return lfn_random_unit(seed, counter); }

CORE_PROBE_DEF uint64_t core_probe_random_below(uint64_t seed, uint64_t counter, uint64_t n)
{
    return lfn_random_below(seed, counter, n);
}

CORE_PROBE_DEF double core_probe_random_normal(uint64_t seed, uint64_t counter) { return lfn_random_normal(seed, counter); }

CORE_PROBE_DEF unsigned core_probe_random_poisson1(uint64_t seed, uint64_t counter)
{
    return lfn_random_poisson1(seed, counter);
}

//@impl

CORE_PROBE_DEF void core_probe_argsort_REAL(const REAL *keys, size_t n, int descending, uint32_t *index, void *scratch)
{
    lfn_argsort(keys, n, descending, index, scratch);
}

CORE_PROBE_DEF void core_probe_sort_pairs_REAL(REAL *keys, uint32_t *index, size_t n, int descending, void *scratch)
{
    lfn_sort_pairs(keys, index, n, descending, scratch);
}

CORE_PROBE_DEF void core_probe_gemm_REAL(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, REAL alpha,
    const REAL *a, size_t lda, const REAL *b, size_t ldb, REAL beta, REAL *c, size_t ldc)
{
    LFN_CALL(lfn_gemm, (transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc));
}
