/* Each function of src/core/vmath.c over an array: y_k = f(x_k). */

//@api

/* y = f(x) over n elements, with the instruction set in use. */
CORE_PROBE_DEF void core_probe_exp_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_expm1_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_log_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_log1p_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_tanh_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_sigmoid_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_softplus_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_erf_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_erfc_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_sin_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_cos_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_atan_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_lgamma_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_digamma_REAL(const REAL *x, REAL *y, size_t n);
CORE_PROBE_DEF void core_probe_cbrt_REAL(const REAL *x, REAL *y, size_t n);

/* z = x^y */
CORE_PROBE_DEF void core_probe_pow_REAL(const REAL *x, const REAL *y, REAL *z, size_t n);

//@kernel

#define LFN_MAP(f) \
    size_t k = 0; \
    for (; n - k >= LFN_LANES; k += LFN_LANES) lfn_store(y + k, f(lfn_load(x + k))); \
    if (k < n) lfn_store_part(y + k, f(lfn_load_part(x + k, n - k)), n - k)

LFN_FN void lfn_map_exp(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_exp); }
LFN_FN void lfn_map_expm1(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_expm1); }
LFN_FN void lfn_map_log(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_log); }
LFN_FN void lfn_map_log1p(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_log1p); }
LFN_FN void lfn_map_tanh(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_tanh); }
LFN_FN void lfn_map_sigmoid(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_sigmoid); }
LFN_FN void lfn_map_softplus(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_softplus); }
LFN_FN void lfn_map_erf(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_erf); }
LFN_FN void lfn_map_erfc(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_erfc); }
LFN_FN void lfn_map_sin(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_sin); }
LFN_FN void lfn_map_cos(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_cos); }
LFN_FN void lfn_map_atan(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_atan); }
LFN_FN void lfn_map_lgamma(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_lgamma); }
LFN_FN void lfn_map_digamma(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_digamma); }
LFN_FN void lfn_map_cbrt(const REAL *x, REAL *y, size_t n) { LFN_MAP(lfn_cbrt); }

LFN_FN void lfn_map_pow(const REAL *x, const REAL *y, REAL *z, size_t n)
{
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES) lfn_store(z + k, lfn_pow(lfn_load(x + k), lfn_load(y + k)));
    if (k < n) lfn_store_part(z + k, lfn_pow(lfn_load_part(x + k, n - k), lfn_load_part(y + k, n - k)), n - k);
}

#undef LFN_MAP

//@impl

CORE_PROBE_DEF void core_probe_exp_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_exp, (x, y, n)); }
CORE_PROBE_DEF void core_probe_expm1_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_expm1, (x, y, n)); }
CORE_PROBE_DEF void core_probe_log_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_log, (x, y, n)); }
CORE_PROBE_DEF void core_probe_log1p_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_log1p, (x, y, n)); }
CORE_PROBE_DEF void core_probe_tanh_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_tanh, (x, y, n)); }
CORE_PROBE_DEF void core_probe_sigmoid_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_sigmoid, (x, y, n)); }
CORE_PROBE_DEF void core_probe_softplus_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_softplus, (x, y, n)); }
CORE_PROBE_DEF void core_probe_erf_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_erf, (x, y, n)); }
CORE_PROBE_DEF void core_probe_erfc_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_erfc, (x, y, n)); }
CORE_PROBE_DEF void core_probe_sin_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_sin, (x, y, n)); }
CORE_PROBE_DEF void core_probe_cos_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_cos, (x, y, n)); }
CORE_PROBE_DEF void core_probe_atan_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_atan, (x, y, n)); }
CORE_PROBE_DEF void core_probe_lgamma_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_lgamma, (x, y, n)); }
CORE_PROBE_DEF void core_probe_digamma_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_digamma, (x, y, n)); }
CORE_PROBE_DEF void core_probe_cbrt_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_cbrt, (x, y, n)); }
CORE_PROBE_DEF void core_probe_pow_REAL(const REAL *x, const REAL *y, REAL *z, size_t n)
{
    LFN_CALL(lfn_map_pow, (x, y, z, n));
}
