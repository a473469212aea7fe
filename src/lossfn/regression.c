//@family Row functions: x
//@kernel
LFN_FN REAL lfn_testk(const REAL *p) { lfn_vec v = lfn_load(p); return lfn_hmax(lfn_exp(v + v) ); }
//@impl
LOSSFN_DEF REAL lossfn_test_REAL(const REAL *p) { return LFN_CALL(lfn_testk, (p)); }
//@api
/* test */
LOSSFN_DEF REAL lossfn_test_REAL(const REAL *p);

