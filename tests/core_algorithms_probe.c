/* The algorithms of src/core behind public functions, for test_core_algorithms.c. */

//@api

CORE_PROBE_DEF size_t core_probe_argsort_room(size_t n);
CORE_PROBE_DEF void core_probe_argsort_u64(const uint64_t *keys, size_t n, uint32_t *index, void *scratch);
CORE_PROBE_DEF void core_probe_sort_u64(uint64_t *keys, size_t n, void *scratch);
CORE_PROBE_DEF uint64_t core_probe_random_bits(uint64_t seed, uint64_t counter);
CORE_PROBE_DEF double core_probe_random_unit(uint64_t seed, uint64_t counter);
CORE_PROBE_DEF uint64_t core_probe_random_below(uint64_t seed, uint64_t counter, uint64_t n);
CORE_PROBE_DEF unsigned core_probe_random_poisson1(uint64_t seed, uint64_t counter);

CORE_PROBE_DEF void core_probe_argsort_REAL(const REAL *keys, size_t n, int descending, uint32_t *index, void *scratch);
CORE_PROBE_DEF void core_probe_sort_pairs_REAL(REAL *keys, uint32_t *index, size_t n, int descending, void *scratch);

CORE_PROBE_DEF void core_probe_gemm_REAL(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, REAL alpha, const REAL *a, size_t lda, const REAL *b, size_t ldb, REAL beta, REAL *c, size_t ldc);

CORE_PROBE_DEF REAL core_probe_select_kth_REAL(REAL *x, size_t n, size_t k);

CORE_PROBE_DEF size_t core_probe_rfft_plan_room_REAL(size_t n);
CORE_PROBE_DEF size_t core_probe_rfft_room_REAL(size_t n);
CORE_PROBE_DEF void core_probe_rfft_plan_REAL(size_t n, void *plan);
CORE_PROBE_DEF void core_probe_rfft_REAL(const void *plan, size_t n, const REAL *x, REAL *re, REAL *im, void *scratch);
CORE_PROBE_DEF void core_probe_irfft_REAL(const void *plan, size_t n, const REAL *re, const REAL *im, REAL *x, void *scratch);
CORE_PROBE_DEF void core_probe_rfft_adjoint_REAL(const void *plan, size_t n, const REAL *gre, const REAL *gim, REAL *gx, void *scratch);

CORE_PROBE_DEF void core_probe_filter_rows_REAL(const REAL *x, size_t h, size_t w, const REAL *taps, size_t k, REAL *y);
CORE_PROBE_DEF void core_probe_filter_columns_REAL(const REAL *x, size_t h, size_t w, const REAL *taps, size_t k, REAL *y);
CORE_PROBE_DEF void core_probe_filter_rows_adjoint_REAL(const REAL *y, size_t h, size_t w, const REAL *taps, size_t k, REAL *x);
CORE_PROBE_DEF void core_probe_filter_columns_adjoint_REAL(const REAL *y, size_t h, size_t w, const REAL *taps, size_t k, REAL *x);
CORE_PROBE_DEF size_t core_probe_edt_room_REAL(const size_t *shape, int dims);
CORE_PROBE_DEF void core_probe_edt_squared_REAL(const uint8_t *mask, const size_t *shape, int dims, const double *spacing, REAL *distance_squared, void *scratch);
CORE_PROBE_DEF int core_probe_cholesky_REAL(REAL *a, size_t n);
CORE_PROBE_DEF void core_probe_cholesky_solve_REAL(const REAL *l, size_t n, REAL *b);
CORE_PROBE_DEF double core_probe_cholesky_log_det_REAL(const REAL *l, size_t n);
CORE_PROBE_DEF void core_probe_cholesky_inverse_REAL(const REAL *l, size_t n, REAL *out);

CORE_PROBE_DEF size_t core_probe_eigen_symmetric_room_REAL(size_t n);
CORE_PROBE_DEF int core_probe_eigen_symmetric_REAL(REAL *a, size_t n, REAL *values, void *scratch);

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

CORE_PROBE_DEF REAL core_probe_select_kth_REAL(REAL *x, size_t n, size_t k) { return lfn_select_kth(x, n, k); }

CORE_PROBE_DEF size_t core_probe_rfft_plan_room_REAL(size_t n)
{
    return lfn_rfft_plan_room(n);
}

CORE_PROBE_DEF size_t core_probe_rfft_room_REAL(size_t n)
{
    return lfn_rfft_room(n);
}

CORE_PROBE_DEF void core_probe_rfft_plan_REAL(size_t n, void *plan)
{
    lfn_rfft_plan(n, plan);
}

CORE_PROBE_DEF void core_probe_rfft_REAL(const void *plan, size_t n, const REAL *x, REAL *re, REAL *im, void *scratch)
{
    lfn_rfft(plan, n, x, re, im, scratch);
}

CORE_PROBE_DEF void core_probe_irfft_REAL(const void *plan, size_t n, const REAL *re, const REAL *im, REAL *x, void *scratch)
{
    lfn_irfft(plan, n, re, im, x, scratch);
}

CORE_PROBE_DEF void core_probe_rfft_adjoint_REAL(const void *plan, size_t n, const REAL *gre, const REAL *gim, REAL *gx, void *scratch)
{
    lfn_rfft_adjoint(plan, n, gre, gim, gx, scratch);
}

CORE_PROBE_DEF void core_probe_filter_rows_REAL(const REAL *x, size_t h, size_t w, const REAL *taps, size_t k, REAL *y)
{
    LFN_CALL(lfn_filter_rows, (x, h, w, taps, k, y));
}

CORE_PROBE_DEF void core_probe_filter_columns_REAL(const REAL *x, size_t h, size_t w, const REAL *taps, size_t k, REAL *y)
{
    LFN_CALL(lfn_filter_columns, (x, h, w, taps, k, y));
}

CORE_PROBE_DEF void core_probe_filter_rows_adjoint_REAL(const REAL *y, size_t h, size_t w, const REAL *taps, size_t k, REAL *x)
{
    LFN_CALL(lfn_filter_rows_adjoint, (y, h, w, taps, k, x));
}

CORE_PROBE_DEF void core_probe_filter_columns_adjoint_REAL(const REAL *y, size_t h, size_t w, const REAL *taps, size_t k, REAL *x)
{
    LFN_CALL(lfn_filter_columns_adjoint, (y, h, w, taps, k, x));
}

CORE_PROBE_DEF size_t core_probe_edt_room_REAL(const size_t *shape, int dims)
{
    return lfn_edt_room(shape, dims);
}

CORE_PROBE_DEF void core_probe_edt_squared_REAL(const uint8_t *mask, const size_t *shape, int dims, const double *spacing, REAL *distance_squared, void *scratch)
{
    lfn_edt_squared(mask, shape, dims, spacing, distance_squared, scratch);
}

CORE_PROBE_DEF int core_probe_cholesky_REAL(REAL *a, size_t n)
{
    return lfn_cholesky(a, n);
}

CORE_PROBE_DEF void core_probe_cholesky_solve_REAL(const REAL *l, size_t n, REAL *b)
{
    lfn_cholesky_solve(l, n, b);
}

CORE_PROBE_DEF double core_probe_cholesky_log_det_REAL(const REAL *l, size_t n)
{
    return lfn_cholesky_log_det(l, n);
}

CORE_PROBE_DEF void core_probe_cholesky_inverse_REAL(const REAL *l, size_t n, REAL *out)
{
    lfn_cholesky_inverse(l, n, out);
}

CORE_PROBE_DEF size_t core_probe_eigen_symmetric_room_REAL(size_t n)
{
    return lfn_eigen_symmetric_room(n);
}

CORE_PROBE_DEF int core_probe_eigen_symmetric_REAL(REAL *a, size_t n, REAL *values, void *scratch)
{
    return lfn_eigen_symmetric(a, n, values, scratch);
}
