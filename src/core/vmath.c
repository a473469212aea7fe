//@family Elementary functions: the vector mathematics under everything

//@vec

LFN_INLINE lfn_vec lfn_exp(lfn_vec x) { return x; }
