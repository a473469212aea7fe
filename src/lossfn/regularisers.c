//@family Regularisers: penalties of one array of parameters

//@api

/* ---- regularisers ----------------------------------------------------------------

   A penalty of n parameters x; an item is one value. LOSSFN_SUM is the usual
   reduction here, with options->upstream or the penalty's own factors as its
   strength. Outputs and errors as in the regression family. */

/* Elastic net: loss = l1 |x| + l2 x^2 / 2, gradient l1 sign(x) + l2 x with
   sign(0) = 0, second derivative l2. l1, l2 >= 0; l2 = 0 is the lasso penalty,
   l1 = 0 ridge (weight decay). scikit-learn writes l1 = alpha l1_ratio,
   l2 = alpha (1 - l1_ratio).
   Source: H. Zou, T. Hastie, Regularization and variable selection via the elastic
   net, 2005. */
LOSSFN_DEF int lossfn_elastic_net_REAL(const REAL *x, size_t n, double l1, double l2, const lossfn_options_REAL *options,
                                       REAL *loss, REAL *grad_x, REAL *hess_x);

//@point

/* l1 = h[0], l2 = h[1] */
LFN_INLINE lfn_point lfn_elastic_net_point(lfn_vec x, lfn_vec unused, const lfn_vec *h)
{
    lfn_point p;
    (void)unused;
    p.loss = h[0] * lfn_abs(x) + LFN_K(0.5) * h[1] * x * x;
    p.grad = h[0] * lfn_sign(x) + h[1] * x;
    p.hess = h[1];
    return p;
}

//@elem

/* On one value; see the regression family. */
LOSSFN_INLINE REAL lossfn_elastic_net_elem_REAL(REAL x, REAL l1, REAL l2, REAL *grad_x, REAL *hess_x)
{
    REAL h[2];
    h[0] = l1;
    h[1] = l2;
    return lfn_elem_out_REAL(lfn_elastic_net_point_REAL(x, x, h), grad_x, hess_x);
}

//@kernel

LFN_FN double lfn_elastic_net_block(const lfn_block_REAL *b) { return lfn_map(b, lfn_elastic_net_point); }
LFN_FN double lfn_elastic_net_kernel(const lfn_elementwise_REAL *a) { return lfn_elementwise_run(a, lfn_elastic_net_block); }

//@impl

LOSSFN_DEF int lossfn_elastic_net_REAL(const REAL *x, size_t n, double l1, double l2, const lossfn_options_REAL *options,
                                       REAL *loss, REAL *grad_x, REAL *hess_x)
{
    lfn_elementwise_REAL call;
    int status = lfn_elementwise_begin(&call, x, x, n, options, loss, grad_x, hess_x);
    if (status) return status;
    if (!lfn_is_nonnegative(l1) || !lfn_is_nonnegative(l2)) return LOSSFN_ERROR_PARAMETER;
    call.param[0] = (REAL)l1;
    call.param[1] = (REAL)l2;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_elastic_net_kernel, (&call)));
}
