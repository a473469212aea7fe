//@family Binary: scores of two classes, and of many labels at once

//@api

/* ---- binary ---------------------------------------------------------------------

   pred holds n scores (logits: any real numbers), target one number each; an item
   is one value, so several labels per example are simply more values. Outputs and
   errors as in the regression family. */

/* Binary cross-entropy of logits x against t in [0, 1]:
   loss = pos_weight t softplus(-x) + (1 - t) softplus(x),
   gradient (1 - t) sigmoid(x) - pos_weight t sigmoid(-x),
   second derivative (pos_weight t + 1 - t) sigmoid(x) sigmoid(-x).
   pos_weight > 0, usually 1, or (negatives / positives) for rare positives. Soft
   and smoothed targets are fine. Exact at any x: an infinite logit on the right
   side costs 0, on the wrong side infinity (PyTorch's binary_cross_entropy_with_logits
   gives NaN for both).
   A pos_weight p_c per class, as PyTorch has it, goes into the item weights: with
   pos_weight 1, options->weight = p_c t + 1 - t, target p_c t / (p_c t + 1 - t)
   (which is t for targets 0 and 1) and options->denominator = n, loss and
   derivatives are exactly those of p_c t softplus(-x) + (1 - t) softplus(x). */
LOSSFN_DEF int lossfn_bce_with_logits_REAL(const REAL *pred, const REAL *target, size_t n, double pos_weight,
                                           const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *hess_pred);

/* Squared hinge: max(0, 1 - t x)^2 with t = -1 or 1; gradient -2 t max(0, 1 - t x),
   second derivative 2 t^2 where 1 - t x > 0, else 0. Source: the L2-loss support
   vector machine, Y. Lin 2002; scikit-learn and Keras name it so. */
LOSSFN_DEF int lossfn_squared_hinge_REAL(const REAL *pred, const REAL *target, size_t n, const lossfn_options_REAL *options,
                                         REAL *loss, REAL *grad_pred, REAL *hess_pred);

//@point

/* pos_weight = h[0]. With e = exp(-|x|): softplus(x) = max(x, 0) + log(1 + e),
   sigmoid(|x|) = 1 / (1 + e), sigmoid(-|x|) = e / (1 + e). A weight of 0 makes its
   term 0 even where the other factor is infinite. */
LFN_INLINE lfn_point lfn_bce_with_logits_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec zero = lfn_zero(), one = lfn_set1(LFN_K(1));
    const lfn_vec e = lfn_exp(-lfn_abs(pred));
    const lfn_vec l = lfn_log1p_unit(e);
    const lfn_vec big = one / (one + e), small = e * big;
    const lfn_mask positive = pred > zero;
    const lfn_vec up = lfn_select(positive, big, small), down = lfn_select(positive, small, big);
    const lfn_vec a = h[0] * target, b = one - target;
    p.loss = lfn_keep(lfn_not(a == zero), a * (lfn_max(zero, -pred) + l)) + lfn_keep(lfn_not(b == zero), b * (lfn_max(zero, pred) + l));
    p.grad = b * up - a * down;
    p.hess = (a + b) * (up * down);
    return p;
}

/* m = max(0, 1 - t x): loss = m^2 */
LFN_INLINE lfn_point lfn_squared_hinge_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec one = lfn_set1(LFN_K(1));
    const lfn_vec gap = one - target * pred;
    const lfn_vec m = lfn_max(lfn_zero(), gap);
    (void)h;
    p.loss = m * m;
    p.grad = LFN_K(-2) * target * m;
    p.hess = lfn_keep(gap > lfn_zero(), LFN_K(2) * target * target);
    return p;
}

//@elem

/* On one value; see the regression family. */
LOSSFN_INLINE REAL lossfn_bce_with_logits_elem_REAL(REAL pred, REAL target, REAL pos_weight, REAL *grad_pred, REAL *hess_pred)
{
    return lfn_elem_out_REAL(lfn_bce_with_logits_point_REAL(pred, target, &pos_weight), grad_pred, hess_pred);
}

LOSSFN_INLINE REAL lossfn_squared_hinge_elem_REAL(REAL pred, REAL target, REAL *grad_pred, REAL *hess_pred)
{
    return lfn_elem_out_REAL(lfn_squared_hinge_point_REAL(pred, target, &pred), grad_pred, hess_pred);
}

//@kernel

LFN_FN double lfn_bce_with_logits_block(const lfn_block_REAL *b) { return lfn_map_long(b, lfn_bce_with_logits_point); }
LFN_FN double lfn_bce_with_logits_kernel(const lfn_elementwise_REAL *a) { return lfn_elementwise_run(a, lfn_bce_with_logits_block); }

LFN_FN double lfn_squared_hinge_block(const lfn_block_REAL *b) { return lfn_map(b, lfn_squared_hinge_point); }
LFN_FN double lfn_squared_hinge_kernel(const lfn_elementwise_REAL *a) { return lfn_elementwise_run(a, lfn_squared_hinge_block); }

//@impl

LOSSFN_DEF int lossfn_bce_with_logits_REAL(const REAL *pred, const REAL *target, size_t n, double pos_weight,
                                           const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *hess_pred)
{
    lfn_elementwise_REAL call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    if (!lfn_is_positive(pos_weight)) return LOSSFN_ERROR_PARAMETER;
    call.param[0] = (REAL)pos_weight;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_bce_with_logits_kernel, (&call)));
}

LOSSFN_DEF int lossfn_squared_hinge_REAL(const REAL *pred, const REAL *target, size_t n, const lossfn_options_REAL *options,
                                         REAL *loss, REAL *grad_pred, REAL *hess_pred)
{
    lfn_elementwise_REAL call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_squared_hinge_kernel, (&call)));
}
