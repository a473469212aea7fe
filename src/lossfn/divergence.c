//@family Divergences: one distribution against another, row by row

//@api

/* ---- divergences -------------------------------------------------------------------

   Rows of log-probabilities against rows of targets, rows x classes each; an item
   is a row, so the default reduction is the mean of the rows' divergences
   (PyTorch's "batchmean"; its "mean" divides by the classes too and is no
   divergence). Gradients are rows x classes; grad_log_pred may be log_pred,
   grad_target may be target. Errors: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE,
   LOSSFN_ERROR_OPTION, LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OVERLAP. */

/* Kullback-Leibler divergence KL(target || pred) of log-probabilities u:
   log_target 0: t is a probability, loss = sum_c t_c (log t_c - u_c), gradient in
     u -t_c, in t log(t_c) + 1 - u_c; a class with t_c = 0 adds nothing, whatever
     u_c, and its gradients are 0 (PyTorch gives NaN in t);
   log_target nonzero: v = log t is given, loss = sum_c exp(v_c) (v_c - u_c),
     gradient in u -exp(v_c), in v exp(v_c) (v_c - u_c + 1); v_c = -infinity adds
     nothing.
   The rows need not be normalised.
   Source: S. Kullback, R. Leibler, On information and sufficiency, 1951. */
LOSSFN_DEF int lossfn_kl_div_REAL(const REAL *log_pred, const REAL *target, size_t rows, size_t classes, int log_target,
                                  const lossfn_options_REAL *options, REAL *loss, REAL *grad_log_pred, REAL *grad_target);

//@kernel

LFN_FN void lfn_kl_div_rows(lfn_soft_rows_REAL *s)
{
    lfn_rows_REAL *a = &s->rows;
    const size_t n = a->columns;
    const lfn_vec one = lfn_set1(LFN_K(1));
    size_t i, k, m, end;
    for (i = 0; i < a->rows; i++) {
        const REAL *u = lfn_at_REAL(a->input, i * n), *target = lfn_at_REAL(s->targets, i * n);
        REAL *gu = a->grad ? a->grad + i * n : NULL, *gt = s->grad_targets ? s->grad_targets + i * n : NULL;
        double loss = 0;
        lfn_vec scale;
        if (lfn_skip_row(a, i)) {
            if (gt && !a->items.accumulate) lfn_fill(gt, 0, n);
            continue;
        }
        scale = lfn_set1((REAL)lfn_item_scale_REAL(&a->items, i));
        for (k = 0; k < n;) {
            lfn_vec sum = lfn_zero();
            end = n - k < LFN_RUN * LFN_LANES ? n : k + LFN_RUN * LFN_LANES;
            for (; k < end; k += m) {
                lfn_vec t, v, gap, out;
                lfn_mask some;
                m = end - k < LFN_LANES ? end - k : LFN_LANES;
                t = lfn_load_part(target + k, m);
                v = a->form ? t : lfn_log(t);
                if (a->form) t = lfn_exp(v);
                some = lfn_not(t == lfn_zero()) & lfn_first(m);
                gap = v - lfn_load_part(u + k, m);
                sum += lfn_keep(some, t * gap);
                if (gt) {
                    out = lfn_keep(some, scale * (a->form ? t * (gap + one) : gap + one));
                    lfn_put_part(gt + k, out, m, a->items.accumulate);
                }
                if (gu) {
                    out = -scale * t;
                    lfn_put_part(gu + k, out, m, a->items.accumulate);
                }
            }
            loss += lfn_hsum(sum);
        }
        lfn_item_loss_REAL(&a->items, i, loss);
    }
}

//@impl

LOSSFN_DEF int lossfn_kl_div_REAL(const REAL *log_pred, const REAL *target, size_t rows, size_t classes, int log_target,
                                  const lossfn_options_REAL *options, REAL *loss, REAL *grad_log_pred, REAL *grad_target)
{
    lfn_soft_rows_REAL s;
    int status = lfn_dense_rows_begin(&s.rows, log_pred, target, rows, classes, options, loss, grad_log_pred, grad_target);
    if (status) return status;
    s.rows.form = log_target != 0;
    s.targets = target;
    s.grad_targets = grad_target;
    LFN_CALL(lfn_kl_div_rows, (&s));
    return lfn_items_end(&s.rows.items);
}
