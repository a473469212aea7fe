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

#undef LFN_MAP

//@impl

CORE_PROBE_DEF void core_probe_exp_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_exp, (x, y, n)); }
CORE_PROBE_DEF void core_probe_expm1_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_expm1, (x, y, n)); }
CORE_PROBE_DEF void core_probe_log_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_log, (x, y, n)); }
CORE_PROBE_DEF void core_probe_log1p_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_log1p, (x, y, n)); }
CORE_PROBE_DEF void core_probe_tanh_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_tanh, (x, y, n)); }
CORE_PROBE_DEF void core_probe_sigmoid_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_sigmoid, (x, y, n)); }
CORE_PROBE_DEF void core_probe_softplus_REAL(const REAL *x, REAL *y, size_t n) { LFN_CALL(lfn_map_softplus, (x, y, n)); }
