//@family Regression: squared, absolute and robust errors of one value against another

//@api

/* ---- regression --------------------------------------------------------------

   pred and target are arrays of n values of any shape; an item is one value.
   Every function gives the loss, the gradient grad_pred and the second
   derivative hess_pred in pred, of length n each, any of them NULL; hess_pred is
   scaled like grad_pred (divide both by the same count and a Newton step is
   grad_pred / hess_pred). Targets are constants: where a gradient in the target
   is wanted too, it is -grad_pred for all losses of pred - target. grad_pred and
   hess_pred may be pred or target.
   Errors of all: LOSSFN_ERROR_NULL (pred or target NULL with n > 0),
   LOSSFN_ERROR_SIZE, LOSSFN_ERROR_OPTION, LOSSFN_ERROR_OVERLAP (accumulate into
   an input, grad_pred and hess_pred share memory, either lies across an input),
   LOSSFN_ERROR_PARAMETER.
   Below, e = pred - target. */

/* Squared error: loss = e^2, gradient 2 e, second derivative 2.
   The mean squared error is its default reduction. PyTorch's mse_loss and
   optax.squared_error are this; optax.l2_loss and the boosting libraries take
   half of it. Source: Gauss 1809. */
LOSSFN_DEF int lossfn_mse_REAL(const REAL *pred, const REAL *target, size_t n, const lossfn_options_REAL *options,
                               REAL *loss, REAL *grad_pred, REAL *hess_pred);

/* Absolute error: loss = |e|, gradient sign(e) with sign(0) = 0, second
   derivative 0 (boosting libraries put 1 there). Source: Boscovich 1757. */
LOSSFN_DEF int lossfn_mae_REAL(const REAL *pred, const REAL *target, size_t n, const lossfn_options_REAL *options,
                               REAL *loss, REAL *grad_pred, REAL *hess_pred);

/* Huber loss: e^2 / 2 for |e| <= delta, delta (|e| - delta / 2) beyond;
   gradient e clamped to [-delta, delta], second derivative 1 inside and 0
   beyond. delta > 0, usually 1 (LightGBM calls it alpha, 0.9). PyTorch's
   huber_loss; smooth_l1 is this divided by delta. LightGBM uses 1 as the second
   derivative everywhere.
   Source: P. J. Huber, Robust estimation of a location parameter, 1964. */
LOSSFN_DEF int lossfn_huber_REAL(const REAL *pred, const REAL *target, size_t n, double delta,
                                 const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *hess_pred);

/* Smooth L1: e^2 / (2 beta) for |e| < beta, |e| - beta / 2 beyond; gradient
   e / beta clamped to [-1, 1], second derivative 1 / beta inside, 0 beyond.
   beta >= 0, usually 1; beta = 0 is exactly the absolute error, and so is a
   subnormal beta.
   Source: R. Girshick, Fast R-CNN, 2015, arXiv 1504.08083. */
LOSSFN_DEF int lossfn_smooth_l1_REAL(const REAL *pred, const REAL *target, size_t n, double beta,
                                     const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *hess_pred);

/* Log-cosh: log(cosh(a e)) / a, gradient tanh(a e), second derivative
   a (1 - tanh(a e)^2). a > 0 and 1 / a finite, usually 1: near 0 it is a e^2 / 2, far out
   |e| - log(2) / a. Computed without overflow and without cancellation near 0. */
LOSSFN_DEF int lossfn_log_cosh_REAL(const REAL *pred, const REAL *target, size_t n, double a,
                                    const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *hess_pred);

/* Quantile (pinball) loss: alpha (target - pred) where target >= pred, else
   (1 - alpha) (pred - target); gradient -alpha, 1 - alpha, and 0 at equality;
   second derivative 0. 0 < alpha < 1: its minimum is the alpha-quantile, 0.5
   gives half the absolute error. GluonTS multiplies by 2.
   Source: R. Koenker, G. Bassett, Regression quantiles, 1978. */
LOSSFN_DEF int lossfn_quantile_REAL(const REAL *pred, const REAL *target, size_t n, double alpha,
                                    const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *hess_pred);

//@point

/* loss = e^2 */
LFN_INLINE lfn_point lfn_mse_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec e = pred - target;
    (void)h;
    p.loss = e * e;
    p.grad = e + e;
    p.hess = lfn_set1(LFN_K(2));
    return p;
}

/* loss = |e| */
LFN_INLINE lfn_point lfn_mae_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec e = pred - target;
    (void)h;
    p.loss = lfn_abs(e);
    p.grad = lfn_sign(e);
    p.hess = lfn_zero();
    return p;
}

/* delta = h[0]; g = clamp(e, -delta, delta): loss = g (e - g / 2) */
LFN_INLINE lfn_point lfn_huber_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec e = pred - target;
    const lfn_vec g = lfn_max(-h[0], lfn_min(h[0], e));
    p.loss = g * (e - LFN_K(0.5) * g);
    p.grad = g;
    p.hess = lfn_keep(lfn_abs(e) <= h[0], lfn_set1(LFN_K(1)));
    return p;
}

/* beta = h[0], h[1] = 1 / beta, of lfn_smooth_l1_param */
LFN_INLINE lfn_point lfn_smooth_l1_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec e = pred - target;
    const lfn_vec a = lfn_abs(e);
    const lfn_mask inside = a < h[0];
    p.loss = lfn_select(inside, LFN_K(0.5) * e * (e * h[1]), a - LFN_K(0.5) * h[0]);
    p.grad = lfn_select(inside, e * h[1], lfn_sign(e));
    p.hess = lfn_keep(inside, h[1]);
    return p;
}

/* a = h[0], h[1] = 1 / a. With x = |a e|, u = e^-x - 1 and t = e^-x:
   log(cosh(x)) = log(1 + u^2 / (2 t)) for x < 1, x - log(2) + log(1 + t^2) else;
   tanh(x) = -u (1 + t) / (1 + t^2) */
LFN_INLINE lfn_point lfn_log_cosh_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec one = lfn_set1(LFN_K(1));
    const lfn_vec e = h[0] * (pred - target);
    const lfn_vec x = lfn_abs(e);
    const lfn_vec u = lfn_expm1(-x);
    const lfn_vec t = lfn_exp(-x);
    const lfn_mask inside = x < one;
    const lfn_vec l = lfn_log1p_unit(lfn_select(inside, LFN_K(0.5) * u * u / t, t * t));
    const lfn_vec q = one / (one + t * t);
    p.loss = h[1] * lfn_select(inside, l, x + (l - LFN_K(0.69314718055994530942)));
    p.grad = lfn_copysign(-u * (one + t) * q, e);
    p.hess = h[0] * (LFN_K(4) * (t * q) * (t * q));
    return p;
}

/* alpha = h[0] */
LFN_INLINE lfn_point lfn_quantile_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec e = pred - target;
    const lfn_vec over = lfn_set1(LFN_K(1)) - h[0];
    p.loss = lfn_select(e > lfn_zero(), over * e, -h[0] * e);
    p.grad = lfn_keep(e > lfn_zero(), over) - lfn_keep(e < lfn_zero(), h[0]);
    p.hess = lfn_zero();
    return p;
}

//@elem

/* The same on one value, usable without the implementation: the loss is
   returned, the derivatives go where the pointers say (NULL: nowhere). Nothing is
   checked: hyper-parameters must be in range. */
LOSSFN_INLINE REAL lossfn_mse_elem_REAL(REAL pred, REAL target, REAL *grad_pred, REAL *hess_pred)
{
    return lfn_elem_out_REAL(lfn_mse_point_REAL(pred, target, &pred), grad_pred, hess_pred);
}

LOSSFN_INLINE REAL lossfn_mae_elem_REAL(REAL pred, REAL target, REAL *grad_pred, REAL *hess_pred)
{
    return lfn_elem_out_REAL(lfn_mae_point_REAL(pred, target, &pred), grad_pred, hess_pred);
}

LOSSFN_INLINE REAL lossfn_huber_elem_REAL(REAL pred, REAL target, REAL delta, REAL *grad_pred, REAL *hess_pred)
{
    return lfn_elem_out_REAL(lfn_huber_point_REAL(pred, target, &delta), grad_pred, hess_pred);
}

/* beta and 1 / beta; 0 and 0 where that could overflow */
LOSSFN_INLINE void lfn_smooth_l1_param_REAL(REAL beta, REAL *h)
{
    const REAL least = LFN_CAST(REAL, sizeof(REAL) == 4 ? 1.1754943508222875e-38 : 2.2250738585072014e-308);
    h[0] = beta < least ? 0 : beta;
    h[1] = beta < least ? 0 : 1 / beta;
}

LOSSFN_INLINE REAL lossfn_smooth_l1_elem_REAL(REAL pred, REAL target, REAL beta, REAL *grad_pred, REAL *hess_pred)
{
    REAL h[2];
    lfn_smooth_l1_param_REAL(beta, h);
    return lfn_elem_out_REAL(lfn_smooth_l1_point_REAL(pred, target, h), grad_pred, hess_pred);
}

LOSSFN_INLINE REAL lossfn_log_cosh_elem_REAL(REAL pred, REAL target, REAL a, REAL *grad_pred, REAL *hess_pred)
{
    REAL h[2];
    h[0] = a;
    h[1] = 1 / a;
    return lfn_elem_out_REAL(lfn_log_cosh_point_REAL(pred, target, h), grad_pred, hess_pred);
}

LOSSFN_INLINE REAL lossfn_quantile_elem_REAL(REAL pred, REAL target, REAL alpha, REAL *grad_pred, REAL *hess_pred)
{
    return lfn_elem_out_REAL(lfn_quantile_point_REAL(pred, target, &alpha), grad_pred, hess_pred);
}

//@kernel

LFN_FN double lfn_mse_block(const lfn_block_REAL *b) { return lfn_map(b, lfn_mse_point); }
LFN_FN double lfn_mse_kernel(const lfn_elementwise_REAL *a) { return lfn_elementwise_run(a, lfn_mse_block); }

LFN_FN double lfn_mae_block(const lfn_block_REAL *b) { return lfn_map(b, lfn_mae_point); }
LFN_FN double lfn_mae_kernel(const lfn_elementwise_REAL *a) { return lfn_elementwise_run(a, lfn_mae_block); }

LFN_FN double lfn_huber_block(const lfn_block_REAL *b) { return lfn_map(b, lfn_huber_point); }
LFN_FN double lfn_huber_kernel(const lfn_elementwise_REAL *a) { return lfn_elementwise_run(a, lfn_huber_block); }

LFN_FN double lfn_smooth_l1_block(const lfn_block_REAL *b) { return lfn_map(b, lfn_smooth_l1_point); }
LFN_FN double lfn_smooth_l1_kernel(const lfn_elementwise_REAL *a) { return lfn_elementwise_run(a, lfn_smooth_l1_block); }

LFN_FN double lfn_log_cosh_block(const lfn_block_REAL *b) { return lfn_map_long(b, lfn_log_cosh_point); }
LFN_FN double lfn_log_cosh_kernel(const lfn_elementwise_REAL *a) { return lfn_elementwise_run(a, lfn_log_cosh_block); }

LFN_FN double lfn_quantile_block(const lfn_block_REAL *b) { return lfn_map(b, lfn_quantile_point); }
LFN_FN double lfn_quantile_kernel(const lfn_elementwise_REAL *a) { return lfn_elementwise_run(a, lfn_quantile_block); }

//@impl

LOSSFN_DEF int lossfn_mse_REAL(const REAL *pred, const REAL *target, size_t n, const lossfn_options_REAL *options,
                               REAL *loss, REAL *grad_pred, REAL *hess_pred)
{
    lfn_elementwise_REAL call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_mse_kernel, (&call)));
}

LOSSFN_DEF int lossfn_mae_REAL(const REAL *pred, const REAL *target, size_t n, const lossfn_options_REAL *options,
                               REAL *loss, REAL *grad_pred, REAL *hess_pred)
{
    lfn_elementwise_REAL call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_mae_kernel, (&call)));
}

LOSSFN_DEF int lossfn_huber_REAL(const REAL *pred, const REAL *target, size_t n, double delta, const lossfn_options_REAL *options,
                                 REAL *loss, REAL *grad_pred, REAL *hess_pred)
{
    lfn_elementwise_REAL call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    if (!lfn_is_positive(delta)) return LOSSFN_ERROR_PARAMETER;
    call.param[0] = (REAL)delta;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_huber_kernel, (&call)));
}

LOSSFN_DEF int lossfn_smooth_l1_REAL(const REAL *pred, const REAL *target, size_t n, double beta, const lossfn_options_REAL *options,
                                     REAL *loss, REAL *grad_pred, REAL *hess_pred)
{
    lfn_elementwise_REAL call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    if (!lfn_is_nonnegative(beta)) return LOSSFN_ERROR_PARAMETER;
    lfn_smooth_l1_param_REAL((REAL)beta, call.param);
    return lfn_elementwise_end(&call, LFN_CALL(lfn_smooth_l1_kernel, (&call)));
}

LOSSFN_DEF int lossfn_log_cosh_REAL(const REAL *pred, const REAL *target, size_t n, double a, const lossfn_options_REAL *options,
                                    REAL *loss, REAL *grad_pred, REAL *hess_pred)
{
    lfn_elementwise_REAL call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    if (!lfn_is_positive(a) || !lfn_is_finite(1 / a)) return LOSSFN_ERROR_PARAMETER;
    call.param[0] = (REAL)a;
    call.param[1] = (REAL)(1 / a);
    return lfn_elementwise_end(&call, LFN_CALL(lfn_log_cosh_kernel, (&call)));
}

LOSSFN_DEF int lossfn_quantile_REAL(const REAL *pred, const REAL *target, size_t n, double alpha, const lossfn_options_REAL *options,
                                    REAL *loss, REAL *grad_pred, REAL *hess_pred)
{
    lfn_elementwise_REAL call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    if (!(lfn_is_within(alpha, 0, 1) && (REAL)alpha > 0 && (REAL)alpha < 1)) return LOSSFN_ERROR_PARAMETER;
    call.param[0] = (REAL)alpha;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_quantile_kernel, (&call)));
}
