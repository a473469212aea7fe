//@api

/* Softmax focal loss: loss = -alpha_y (1 - p_y)^gamma log(p_y),
   gradient_j = alpha_y (gamma p_y (1 - p_y)^(gamma - 1) log(p_y) - (1 - p_y)^gamma) ([j = y] - p_j).
   gamma >= 0, usually 2; gamma = 0 is cross-entropy. alpha: one factor per class,
   NULL all 1; it scales the loss and does not enter the mean's count (as in
   torchvision and mmdetection; the mean is over the rows).
   Source: T.-Y. Lin et al., Focal loss for dense object detection, 2017, arXiv 1708.02002. */
LOSSFN_DEF int lossfn_softmax_focal_REAL(const REAL *logits, const int32_t *labels, size_t rows, size_t classes,
                                         const REAL *alpha, double gamma, int32_t ignore_index,
                                         const lossfn_options_REAL *options, REAL *loss, REAL *grad_logits);

/* Poly-1 cross-entropy: loss = -log(p_y) + epsilon (1 - p_y),
   gradient_j = (1 + epsilon p_y) (p_j - [j = y]). epsilon >= -1, usually 1 (2 on
   ImageNet); 0 is cross-entropy.
   Source: Z. Leng et al., PolyLoss, 2022, arXiv 2204.12511. */
LOSSFN_DEF int lossfn_poly1_cross_entropy_REAL(const REAL *logits, const int32_t *labels, size_t rows, size_t classes,
                                               double epsilon, int32_t ignore_index,
                                               const lossfn_options_REAL *options, REAL *loss, REAL *grad_logits);

/* The two forms of the multi-class hinge. */
enum {
    LOSSFN_CRAMMER_SINGER = 0, /* the worst class alone */
    LOSSFN_WESTON_WATKINS = 1  /* the sum over all wrong classes */
};

/* Multi-class hinge, with v_j = max(0, margin + x_j - x_y) for j other than y:
   LOSSFN_CRAMMER_SINGER: loss = max_j v_j^power (0 for one class);
   LOSSFN_WESTON_WATKINS: loss = sum_j v_j^power.
   Gradient d v_j^power on x_j and minus their sum on x_y; among equal worst classes
   the first takes it. margin >= 0, usually 1; power 1 or 2. optax and scikit-learn
   use Crammer-Singer; PyTorch's multi_margin_loss is Weston-Watkins divided by the
   number of classes.
   Sources: K. Crammer, Y. Singer 2001; J. Weston, C. Watkins 1999. */
LOSSFN_DEF int lossfn_multiclass_hinge_REAL(const REAL *logits, const int32_t *labels, size_t rows, size_t classes,
                                            int form, double margin, int power, int32_t ignore_index,
                                            const lossfn_options_REAL *options, REAL *loss, REAL *grad_logits);

/* Sparsemax loss: loss = 1/2 sum_{j in S} (x_j^2 - tau^2) + 1/2 - x_y, gradient
   q - onehot(y), where q = max(0, x - tau) is the Euclidean projection of x on the
   simplex (sparsemax), S = {j: x_j > tau} its support. 0 once x_y is ahead of every
   other class by 1. tau is found by Newton steps from below, each a read of the
   row: exact after as many as the support shrinks, a handful in practice.
   Source: A. Martins, R. Astudillo, From softmax to sparsemax, 2016, arXiv 1602.02068. */
LOSSFN_DEF int lossfn_sparsemax_REAL(const REAL *logits, const int32_t *labels, size_t rows, size_t classes,
                                     int32_t ignore_index, const lossfn_options_REAL *options, REAL *loss,
                                     REAL *grad_logits);

//@kernel

/* Losses of log(p_y) alone: loss = f(log p_y) and gradient_j = slope (p_j - [j = y]) follow
   from how f behaves; form 0 is focal, 1 Poly-1. */
LFN_FN void lfn_probability_rows(lfn_rows_REAL *a)
{
    const size_t n = a->columns;
    size_t i;
    for (i = 0; i < a->rows; i++) {
        const REAL *x = lfn_at_REAL(a->input, i * n);
        REAL *g = a->grad ? a->grad + i * n : NULL;
        REAL score, before;
        double log_p, p, q, loss, slope;
        lfn_softmax s;
        size_t y;
        if (lfn_skip_row(a, i)) continue;
        y = (size_t)a->labels[i];
        score = x[y];
        before = g && a->items.accumulate ? g[y] : 0;
        s = lfn_softmax_of(x, n, a->items.accumulate ? NULL : g);
        log_p = (double)score - (double)s.max - s.log_sum;
        p = lfn_softmax_at(&s, score);
        q = lfn_softmax_not_at(&s, score);
        if (a->form == 0) {
            const double gamma = a->param[0], power = pow(q, gamma);
            const double ratio = q > 0 ? log_p / q : -1;   /* log(p) / (1 - p), its limit at p = 1 */
            const double alpha = lfn_class_weight_REAL(a, y);
            loss = power == 0 ? 0 : -alpha * power * log_p;
            slope = alpha * power * (1 - (p > 0 ? gamma * p * ratio : 0));
        } else {
            loss = a->param[0] * q - log_p;
            slope = 1 + a->param[0] * p;
        }
        lfn_item_loss_REAL(&a->items, i, loss);
        if (!g) continue;
        slope *= lfn_item_scale_REAL(&a->items, i);
        lfn_put_exp(g, x, n, s.max, (REAL)(slope / s.sum), a->items.accumulate);
        g[y] = before - (REAL)(slope * q);
    }
}

LFN_FN void lfn_multiclass_hinge_rows(lfn_rows_REAL *a)
{
    const size_t n = a->columns;
    const REAL margin = (REAL)a->param[0];
    const int square = a->param[1] > 1;
    size_t i, j;
    for (i = 0; i < a->rows; i++) {
        const REAL *x = lfn_at_REAL(a->input, i * n);
        REAL *g = a->grad ? a->grad + i * n : NULL;
        REAL score, before, scale, worst = (REAL)-HUGE_VAL;
        double loss = 0, pull = 0;
        size_t y, at = 0;
        if (lfn_skip_row(a, i)) continue;
        y = (size_t)a->labels[i];
        score = x[y];
        before = g && a->items.accumulate ? g[y] : 0;
        scale = (REAL)lfn_item_scale_REAL(&a->items, i);
        if (a->form == LOSSFN_CRAMMER_SINGER) {
            at = y;
            for (j = 0; j < n; j++)
                if (j != y && (at == y || x[j] > worst || !(x[j] == x[j]))) {
                    worst = x[j];
                    at = j;
                }
        }
        for (j = 0; j < n; j++) {
            REAL v = j == y || (a->form == LOSSFN_CRAMMER_SINGER && j != at) ? 0 : margin + (x[j] - score), slope;
            v = v < 0 ? 0 : v;
            slope = v == 0 ? 0 : square ? 2 * v : 1;
            loss += square ? (double)v * (double)v : (double)v;
            pull += (double)slope;
            if (g) g[j] = a->items.accumulate ? g[j] + scale * slope : scale * slope;
        }
        lfn_item_loss_REAL(&a->items, i, loss);
        if (g) g[y] = before - (REAL)((double)scale * pull);
    }
}

/* The threshold tau of sparsemax, relative to max: sum max(0, x_j - max - tau) = 1. */
LFN_FN double lfn_sparsemax_threshold(const REAL *x, size_t n, REAL max)
{
    double tau = -1, count = (double)n + 1;
    for (;;) {
        const lfn_vec top = lfn_set1(max), low = lfn_set1((REAL)tau);
        lfn_mask on;
        lfn_vec v;
        double sum = 0, members = 0;
        size_t k, m;
        for (k = 0; k < n; k += m) {
            m = n - k < LFN_LANES ? n - k : LFN_LANES;
            v = lfn_load_part(x + k, m) - top;
            on = (v > low) & lfn_first(m);
            if (!lfn_any(on)) continue;
            sum += lfn_hsum(lfn_keep(on, v));
            members += lfn_hsum(lfn_keep(on, lfn_set1(LFN_K(1))));
        }
        if (!(members > 0) || members >= count) return tau;
        count = members;
        tau = (sum - 1) / members;
    }
}

LFN_FN void lfn_sparsemax_rows(lfn_rows_REAL *a)
{
    const size_t n = a->columns;
    size_t i, k, m;
    for (i = 0; i < a->rows; i++) {
        const REAL *x = lfn_at_REAL(a->input, i * n);
        REAL *g = a->grad ? a->grad + i * n : NULL;
        REAL score, max;
        double tau, loss = 0, scale;
        size_t y;
        if (lfn_skip_row(a, i)) continue;
        y = (size_t)a->labels[i];
        score = x[y];
        max = lfn_max_of(x, n);
        tau = lfn_sparsemax_threshold(x, n, max);
        scale = lfn_item_scale_REAL(&a->items, i);
        for (k = 0; k < n; k += m) {
            const lfn_vec low = lfn_set1((REAL)tau);
            lfn_mask in;
            lfn_vec v, q;
            m = n - k < LFN_LANES ? n - k : LFN_LANES;
            v = lfn_load_part(x + k, m) - lfn_set1(max);
            q = v - low;
            in = lfn_not(q <= lfn_zero()) & lfn_first(m);
            q = lfn_keep(in, q);
            loss += lfn_hsum(lfn_keep(in, q * (v + low)));     /* v^2 - tau^2 over the support */
            if (g) {
                v = lfn_set1((REAL)scale) * q;
                lfn_put_part(g + k, v, m, a->items.accumulate);
            }
        }
        loss = 0.5 * loss + 0.5 - ((double)score - (double)max);
        lfn_item_loss_REAL(&a->items, i, loss > 0 || !(loss == loss) ? loss : 0);
        if (g) g[y] -= (REAL)scale;
    }
}

//@impl

LOSSFN_DEF int lossfn_softmax_focal_REAL(const REAL *logits, const int32_t *labels, size_t rows, size_t classes,
                                         const REAL *alpha, double gamma, int32_t ignore_index,
                                         const lossfn_options_REAL *options, REAL *loss, REAL *grad_logits)
{
    lfn_rows_REAL a;
    int status = lfn_rows_begin(&a, logits, labels, rows, classes, alpha, 0, ignore_index, options, loss, grad_logits);
    if (status) return status;
    if (!lfn_is_nonnegative(gamma)) return LOSSFN_ERROR_PARAMETER;
    a.form = 0;
    a.param[0] = gamma;
    LFN_CALL(lfn_probability_rows, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int lossfn_poly1_cross_entropy_REAL(const REAL *logits, const int32_t *labels, size_t rows, size_t classes,
                                               double epsilon, int32_t ignore_index,
                                               const lossfn_options_REAL *options, REAL *loss, REAL *grad_logits)
{
    lfn_rows_REAL a;
    int status = lfn_rows_begin(&a, logits, labels, rows, classes, NULL, 0, ignore_index, options, loss, grad_logits);
    if (status) return status;
    if (!lfn_is_finite(epsilon) || epsilon < -1) return LOSSFN_ERROR_PARAMETER;
    a.form = 1;
    a.param[0] = epsilon;
    LFN_CALL(lfn_probability_rows, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int lossfn_multiclass_hinge_REAL(const REAL *logits, const int32_t *labels, size_t rows, size_t classes,
                                            int form, double margin, int power, int32_t ignore_index,
                                            const lossfn_options_REAL *options, REAL *loss, REAL *grad_logits)
{
    lfn_rows_REAL a;
    int status = lfn_rows_begin(&a, logits, labels, rows, classes, NULL, 0, ignore_index, options, loss, grad_logits);
    if (status) return status;
    if (!lfn_is_nonnegative(margin)) return LOSSFN_ERROR_PARAMETER;
    if ((form != LOSSFN_CRAMMER_SINGER && form != LOSSFN_WESTON_WATKINS) || (power != 1 && power != 2)) return LOSSFN_ERROR_OPTION;
    a.form = form;
    a.param[0] = margin;
    a.param[1] = power;
    LFN_CALL(lfn_multiclass_hinge_rows, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int lossfn_sparsemax_REAL(const REAL *logits, const int32_t *labels, size_t rows, size_t classes,
                                     int32_t ignore_index, const lossfn_options_REAL *options, REAL *loss,
                                     REAL *grad_logits)
{
    lfn_rows_REAL a;
    int status = lfn_rows_begin(&a, logits, labels, rows, classes, NULL, 0, ignore_index, options, loss, grad_logits);
    if (status) return status;
    LFN_CALL(lfn_sparsemax_rows, (&a));
    return lfn_items_end(&a.items);
}
