//@family Elementary functions: the vector mathematics under everything

//@vec

LFN_INLINE lfn_vec lfn_exp(lfn_vec x) { return x; }
LFN_INLINE lfn_vec lfn_expm1(lfn_vec x) { return x; }
LFN_INLINE lfn_vec lfn_log1p(lfn_vec x) { return x; }
