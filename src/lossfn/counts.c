//@family Counts: numbers of events

//@api

/* ---- counts -----------------------------------------------------------------------

   target holds counts (any numbers >= 0), pred the parameter of their
   distribution; an item is one value. Outputs and errors as in the regression
   family. */

/* Poisson negative log-likelihood of counts t.
   log_input nonzero: pred is the log rate x,
     loss = exp(x) - t x, gradient exp(x) - t, second derivative exp(x);
   log_input 0: pred is the rate r >= 0,
     loss = r - t log(r + eps), gradient 1 - t / (r + eps), second derivative
     t / (r + eps)^2. t = 0 costs r whatever the logarithm is.
   full nonzero adds log(t!) = lgamma(t + 1), which makes it the exact likelihood
   and changes no derivative (PyTorch's poisson_nll_loss adds Stirling's
   approximation of it for t > 1 instead). eps >= 0, usually 1e-8, is used with
   log_input 0 only. */
LOSSFN_DEF int lossfn_poisson_nll_REAL(const REAL *pred, const REAL *target, size_t n, int log_input, int full, double eps,
                                       const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *hess_pred);

//@point

/* log(t!) where h[0] is not 0 */
LFN_INLINE lfn_vec lfn_log_factorial_if(lfn_vec target, lfn_vec full)
{
    const lfn_mask on = lfn_not(full == lfn_zero());
    return lfn_any(on) ? lfn_keep(on, lfn_lgamma(target + lfn_set1(LFN_K(1)))) : lfn_zero();
}

/* pred is the log rate; full = h[0] */
LFN_INLINE lfn_point lfn_poisson_log_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec rate = lfn_exp(pred);
    p.loss = rate - lfn_keep(lfn_not(target == lfn_zero()), target * pred) + lfn_log_factorial_if(target, h[0]);
    p.grad = rate - target;
    p.hess = rate;
    return p;
}

/* pred is the rate; full = h[0], eps = h[1] */
LFN_INLINE lfn_point lfn_poisson_rate_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec one = lfn_set1(LFN_K(1)), rate = pred + h[1];
    const lfn_mask some = lfn_not(target == lfn_zero());
    const lfn_vec ratio = lfn_keep(some, target / rate);
    p.loss = pred - lfn_keep(some, target * lfn_log(rate)) + lfn_log_factorial_if(target, h[0]);
    p.grad = one - ratio;
    p.hess = lfn_keep(some, ratio / rate);
    return p;
}

//@elem

/* On one value; see the regression family. */
LOSSFN_INLINE REAL lossfn_poisson_nll_elem_REAL(REAL pred, REAL target, int log_input, int full, REAL eps, REAL *grad_pred, REAL *hess_pred)
{
    REAL h[2];
    h[0] = full ? 1 : 0;
    h[1] = eps;
    return lfn_elem_out_REAL(log_input ? lfn_poisson_log_point_REAL(pred, target, h) : lfn_poisson_rate_point_REAL(pred, target, h),
                             grad_pred, hess_pred);
}

//@kernel

LFN_FN double lfn_poisson_log_block(const lfn_block_REAL *b) { return lfn_map_long(b, lfn_poisson_log_point); }
LFN_FN double lfn_poisson_rate_block(const lfn_block_REAL *b) { return lfn_map_long(b, lfn_poisson_rate_point); }
LFN_FN double lfn_poisson_kernel(const lfn_elementwise_REAL *a)
{
    return lfn_elementwise_run(a, a->form ? lfn_poisson_log_block : lfn_poisson_rate_block);
}

//@impl

LOSSFN_DEF int lossfn_poisson_nll_REAL(const REAL *pred, const REAL *target, size_t n, int log_input, int full, double eps,
                                       const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *hess_pred)
{
    lfn_elementwise_REAL call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    if (!lfn_is_nonnegative(eps)) return LOSSFN_ERROR_PARAMETER;
    call.form = log_input != 0;
    call.param[0] = full ? 1 : 0;
    call.param[1] = (REAL)eps;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_poisson_kernel, (&call)));
}
