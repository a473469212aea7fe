//@family Classification: one class label per row of scores

//@api

/* ---- classification -----------------------------------------------------------

   logits is rows x classes, row-major, any real numbers (not probabilities);
   labels holds one class per row, 0 .. classes - 1, or ignore_index for a row
   that is to be left out: it has no loss and no gradient and does not count.
   ignore_index may be a class; to ignore nothing give a number that is no label,
   by habit LOSSFN_NO_IGNORE. An item is a row. Gradients are rows x classes and
   may be written over the logits. x is a row of logits, y its label,
   lse = log sum_j exp(x_j), p = softmax(x).
   Errors of all: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE, LOSSFN_ERROR_LABEL (a
   label that is neither a class nor ignore_index), LOSSFN_ERROR_PARAMETER,
   LOSSFN_ERROR_OPTION, LOSSFN_ERROR_OVERLAP. */

#define LOSSFN_NO_IGNORE (-100)

/* Options of softmax cross-entropy.

   class_weight     classes weights w_c, NULL: all 1. Under LOSSFN_MEAN the sum is
                    divided by the sum of w_y (times the row weights), as PyTorch does.
   ignore_index     LOSSFN_NO_IGNORE by default
   label_smoothing  0 <= s <= 1, default 0: the target is 1 - s on the label plus
                    s / classes on every class
   z_loss           z >= 0, default 0: adds z lse^2 to each row's loss (PaLM: 1e-4) */
typedef struct lossfn_softmax_cross_entropy_config_REAL {
    const REAL *class_weight;
    int32_t ignore_index;
    double label_smoothing;
    double z_loss;
} lossfn_softmax_cross_entropy_config_REAL;

LOSSFN_DEF lossfn_softmax_cross_entropy_config_REAL lossfn_softmax_cross_entropy_defaults_REAL(void);

/* Softmax cross-entropy:
   loss = (1 - s) w_y (lse - x_y) + (s / C) sum_c w_c (lse - x_c) + z lse^2,
   gradient_j = p_j ((1 - s) w_y + (s / C) sum_c w_c + 2 z lse) - (s / C) w_j - [j = y] (1 - s) w_y.
   config NULL: the defaults. Equal to PyTorch's cross_entropy, but the mean of no
   rows is 0, not NaN, and labels are checked. One read of the logits for the
   maximum, one for the sum, one write of the gradient.
   Sources: label smoothing Szegedy et al. 2016, arXiv 1512.00567; z-loss
   Chowdhery et al. 2022, arXiv 2204.02311. */
LOSSFN_DEF int lossfn_softmax_cross_entropy_REAL(const REAL *logits, const int32_t *labels, size_t rows, size_t classes,
                                                 const lossfn_softmax_cross_entropy_config_REAL *config,
                                                 const lossfn_options_REAL *options, REAL *loss, REAL *grad_logits);

/* Softmax cross-entropy against a distribution q over the classes (targets, rows x classes):
   t_c = w_c ((1 - s) q_c + s / C), loss = sum_c t_c (lse - x_c),
   gradient_j in the logits = p_j sum_c t_c - t_j,
   gradient_j in the targets = w_j (1 - s) (lse - x_j).
   class_weight w: one per class, NULL all 1; label_smoothing s in [0, 1]. q need
   not sum to 1. A class with t_c = 0 adds nothing even where x_c is -infinity.
   The mean divides by the number of rows (or the sum of their weights), as
   PyTorch's cross_entropy with probabilities does. grad_logits may be logits,
   grad_targets may be targets. */
LOSSFN_DEF int lossfn_soft_cross_entropy_REAL(const REAL *logits, const REAL *targets, size_t rows, size_t classes,
                                              const REAL *class_weight, double label_smoothing,
                                              const lossfn_options_REAL *options, REAL *loss, REAL *grad_logits,
                                              REAL *grad_targets);

//@kernel

/* sum of w_j (max x - x_j), without the cancellation of sums; w NULL: all 1 */
LFN_FN double lfn_sum_gaps(const REAL *x, const REAL *w, size_t n)
{
    const lfn_vec max = lfn_set1(lfn_max_of(x, n));
    double total = 0;
    size_t k, m, end;
    for (k = 0; k < n;) {
        lfn_vec sum = lfn_zero(), gap;
        end = n - k < LFN_RUN * LFN_LANES ? n : k + LFN_RUN * LFN_LANES;
        for (; k < end; k += m) {
            m = end - k < LFN_LANES ? end - k : LFN_LANES;
            gap = max - lfn_load_part(x + k, m);
            if (w) gap *= lfn_load_part(w + k, m);
            sum += lfn_keep(lfn_first(m), gap);
        }
        total += lfn_hsum(sum);
    }
    return total;
}

/* Rows of this many classes or fewer are taken a vector of rows at a time. */
#define LFN_NARROW 32

/* Plain cross-entropy of count <= LFN_LANES narrow rows from row first on: the tile
   holds one row per lane, class by class. A row left out is a lane of zeros. */
LFN_FN void lfn_softmax_cross_entropy_narrow(lfn_rows_REAL *a, size_t first, size_t count)
{
    const size_t n = a->columns;
    const lfn_vec one = lfn_set1(LFN_K(1));
    REAL tile[LFN_NARROW * LFN_LANES], score[LFN_LANES], factor[LFN_LANES], lane[LFN_LANES];
    lfn_vec max = lfn_set1((REAL)-HUGE_VAL), rest = lfn_zero(), ties = lfn_zero(), sum, log_sum, chosen, unit, miss;
    int taken[LFN_LANES];
    size_t i, j;
    memset(tile, 0, n * LFN_LANES * sizeof *tile);
    memset(score, 0, sizeof score);
    memset(factor, 0, sizeof factor);
    for (i = 0; i < count; i++) {
        const REAL *x = a->input + (first + i) * n;
        taken[i] = !lfn_skip_row(a, first + i);
        if (!taken[i]) continue;
        for (j = 0; j < n; j++) tile[j * LFN_LANES + i] = x[j];
        score[i] = x[a->labels[first + i]];
        factor[i] = (REAL)(lfn_item_scale_REAL(&a->items, first + i) * lfn_class_weight_REAL(a, (size_t)a->labels[first + i]));
    }
    for (j = 0; j < n; j++) max = lfn_max(lfn_load(tile + j * LFN_LANES), max);
    for (j = 0; j < n; j++) {
        const lfn_vec x = lfn_load(tile + j * LFN_LANES), e = lfn_exp_falling(x - max);
        const lfn_mask top = x == max;
        lfn_store(tile + j * LFN_LANES, e);
        ties += lfn_keep(top, one);
        rest += lfn_keep(lfn_not(top), e);
    }
    sum = ties + rest;
    log_sum = lfn_select(ties > one, lfn_log(sum), lfn_log1p(rest));
    chosen = lfn_load(score);
    lfn_store(lane, log_sum + (max - chosen));
    for (i = 0; i < count; i++)
        if (taken[i]) lfn_item_loss_REAL(&a->items, first + i, lfn_class_weight_REAL(a, (size_t)a->labels[first + i]) * (double)lane[i]);
    if (!a->grad) return;
    unit = lfn_load(factor) / sum;
    for (j = 0; j < n; j++) lfn_store(tile + j * LFN_LANES, unit * lfn_load(tile + j * LFN_LANES));
    /* 1 - p of the label: over the other classes where it is the largest */
    miss = lfn_select(chosen == max, ties - one + rest, sum - lfn_exp_falling(chosen - max));
    lfn_store(lane, unit * miss);
    for (i = 0; i < count; i++) {
        REAL *g = a->grad + (first + i) * n;
        const size_t y = taken[i] ? (size_t)a->labels[first + i] : 0;
        if (!taken[i]) continue;
        tile[y * LFN_LANES + i] = -lane[i];
        for (j = 0; j < n; j++) g[j] = a->items.accumulate ? g[j] + tile[j * LFN_LANES + i] : tile[j * LFN_LANES + i];
    }
}

LFN_FN void lfn_softmax_cross_entropy_rows(lfn_rows_REAL *a)
{
    const double smoothing = a->param[0], z_loss = a->param[1], each = smoothing / (double)a->columns;
    const size_t n = a->columns;
    const int accumulate = a->items.accumulate;
    const double all_weights = smoothing == 0 ? 0 : a->class_weight ? lfn_sum(a->class_weight, n) : (double)n;
    size_t i;
    if (LFN_LANES > 1 && n && n <= LFN_NARROW && smoothing == 0 && z_loss == 0) {
        for (i = 0; i < a->rows; i += LFN_LANES)
            lfn_softmax_cross_entropy_narrow(a, i, a->rows - i < LFN_LANES ? a->rows - i : LFN_LANES);
        return;
    }
    for (i = 0; i < a->rows; i++) {
        const REAL *x = lfn_at_REAL(a->input, i * n);
        REAL *g = a->grad ? a->grad + i * n : NULL;
        REAL score, before;
        double lse, on_label, on_all, gaps = 0, loss, scale, factor;
        lfn_softmax p;
        size_t y;
        if (lfn_skip_row(a, i)) continue;
        y = (size_t)a->labels[i];
        score = x[y];
        before = g && accumulate ? g[y] : 0;
        if (smoothing != 0) gaps = lfn_sum_gaps(x, a->class_weight, n);
        p = lfn_softmax_of(x, n, accumulate ? NULL : g);
        lse = p.log_sum + (double)p.max;
        on_label = (1 - smoothing) * lfn_class_weight_REAL(a, y);
        on_all = each * all_weights;
        loss = on_label * (p.log_sum + ((double)p.max - (double)score));
        if (smoothing != 0) loss += on_all * p.log_sum + each * gaps;
        if (z_loss != 0) loss += z_loss * lse * lse;
        lfn_item_loss_REAL(&a->items, i, loss);
        if (!g) continue;
        scale = lfn_item_scale_REAL(&a->items, i);
        factor = on_all + 2 * z_loss * lse;
        lfn_put_exp(g, x, n, p.max, (REAL)(scale * (on_label + factor) / p.sum), accumulate);
        if (smoothing != 0 && a->class_weight) lfn_axpy(g, (REAL)(-scale * each), a->class_weight, n);
        else if (smoothing != 0) lfn_put(g, (REAL)(-scale * each), NULL, n, 1);
        g[y] = before + (REAL)(scale * (lfn_softmax_at(&p, score) * factor - on_label * lfn_softmax_not_at(&p, score)
                                        - each * lfn_class_weight_REAL(a, y)));
    }
}

/* t_c of the comment, a vector of it at k */
LFN_INLINE lfn_vec lfn_soft_target(const lfn_soft_rows_REAL *a, const REAL *q, size_t k, size_t m)
{
    const lfn_vec t = lfn_set1((REAL)(1 - a->rows.param[0])) * lfn_load_part(q + k, m) + lfn_set1((REAL)(a->rows.param[0] / (double)a->rows.columns));
    if (!a->rows.class_weight) return t;
    return t * lfn_load_part(a->rows.class_weight + k, m);
}

LFN_FN void lfn_soft_cross_entropy_rows(lfn_soft_rows_REAL *s)
{
    lfn_rows_REAL *a = &s->rows;
    const size_t n = a->columns;
    const lfn_vec keep = lfn_set1((REAL)(1 - a->param[0]));
    size_t i, k, m, end;
    for (i = 0; i < a->rows; i++) {
        const REAL *x = lfn_at_REAL(a->input, i * n), *q = lfn_at_REAL(s->targets, i * n);
        REAL *g = a->grad ? a->grad + i * n : NULL, *gt = s->grad_targets ? s->grad_targets + i * n : NULL;
        double loss = 0, mass = 0, scale;
        lfn_softmax p;
        lfn_vec top, log_sum, factor, v;
        if (lfn_skip_row(a, i)) {
            if (gt && !a->items.accumulate) lfn_fill(gt, 0, n);
            continue;
        }
        p = lfn_softmax_of(x, n, NULL);
        scale = lfn_item_scale_REAL(&a->items, i);
        top = lfn_set1(p.max);
        log_sum = lfn_set1((REAL)p.log_sum);
        for (k = 0; k < n;) {
            lfn_vec t, of_t = lfn_zero(), of_loss = lfn_zero();
            end = n - k < LFN_RUN * LFN_LANES ? n : k + LFN_RUN * LFN_LANES;
            for (; k < end; k += m) {
                m = end - k < LFN_LANES ? end - k : LFN_LANES;
                t = lfn_keep(lfn_first(m), lfn_soft_target(s, q, k, m));
                of_t += t;
                of_loss += lfn_keep(lfn_not(t == lfn_zero()), t * (log_sum + (top - lfn_load_part(x + k, m))));
            }
            mass += lfn_hsum(of_t);
            loss += lfn_hsum(of_loss);
        }
        lfn_item_loss_REAL(&a->items, i, loss);
        factor = lfn_set1((REAL)(scale * mass / p.sum));
        for (k = 0; (g || gt) && k < n; k += m) {
            lfn_vec t, xs;
            m = n - k < LFN_LANES ? n - k : LFN_LANES;
            t = lfn_soft_target(s, q, k, m);
            xs = lfn_load_part(x + k, m);
            if (gt) {
                v = lfn_set1((REAL)scale) * (keep * (log_sum + (top - xs)));
                if (a->class_weight) v *= lfn_load_part(a->class_weight + k, m);
                lfn_put_part(gt + k, v, m, a->items.accumulate);
            }
            if (g) {
                v = factor * lfn_exp(xs - top) - lfn_set1((REAL)scale) * t;
                lfn_put_part(g + k, v, m, a->items.accumulate);
            }
        }
    }
}

//@impl

LOSSFN_DEF lossfn_softmax_cross_entropy_config_REAL lossfn_softmax_cross_entropy_defaults_REAL(void)
{
    lossfn_softmax_cross_entropy_config_REAL config;
    memset(&config, 0, sizeof config);
    config.ignore_index = LOSSFN_NO_IGNORE;
    return config;
}

LOSSFN_DEF int lossfn_softmax_cross_entropy_REAL(const REAL *logits, const int32_t *labels, size_t rows, size_t classes,
                                                 const lossfn_softmax_cross_entropy_config_REAL *config,
                                                 const lossfn_options_REAL *options, REAL *loss, REAL *grad_logits)
{
    lossfn_softmax_cross_entropy_config_REAL c = config ? *config : lossfn_softmax_cross_entropy_defaults_REAL();
    lfn_rows_REAL a;
    int status = lfn_rows_begin(&a, logits, labels, rows, classes, c.class_weight, 1, c.ignore_index, options, loss, grad_logits);
    if (status) return status;
    if (!lfn_is_within(c.label_smoothing, 0, 1) || !lfn_is_nonnegative(c.z_loss)) return LOSSFN_ERROR_PARAMETER;
    a.param[0] = c.label_smoothing;
    a.param[1] = c.z_loss;
    LFN_CALL(lfn_softmax_cross_entropy_rows, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int lossfn_soft_cross_entropy_REAL(const REAL *logits, const REAL *targets, size_t rows, size_t classes,
                                              const REAL *class_weight, double label_smoothing,
                                              const lossfn_options_REAL *options, REAL *loss, REAL *grad_logits,
                                              REAL *grad_targets)
{
    lfn_soft_rows_REAL s;
    int status = lfn_dense_rows_begin(&s.rows, logits, targets, rows, classes, options, loss, grad_logits, grad_targets);
    if (status) return status;
    if (!lfn_is_within(label_smoothing, 0, 1)) return LOSSFN_ERROR_PARAMETER;
    s.rows.class_weight = class_weight;
    s.rows.param[0] = label_smoothing;
    s.targets = targets;
    s.grad_targets = grad_targets;
    LFN_CALL(lfn_soft_cross_entropy_rows, (&s));
    return lfn_items_end(&s.rows.items);
}
