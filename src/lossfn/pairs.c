//@family Pairs and triplets: embeddings that belong together or apart

//@api

/* ---- pairs and triplets --------------------------------------------------------------

   Embeddings are rows x width; row i of the one array belongs to row i of the
   other. An item is a row: a pair or a triplet. Each gradient has the shape of its
   input, may be NULL, and may be exactly one of the inputs unless it accumulates.
   Vectors of distance 0 and vectors of norm 0 have gradient 0.
   Errors of all: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE, LOSSFN_ERROR_LABEL,
   LOSSFN_ERROR_OPTION, LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OVERLAP (two outputs
   share memory, an output lies across an input, or accumulates into one). */

/* Contrastive loss of pairs with the Euclidean distance D = |x1 - x2|:
   label 1 (similar):    loss = D^2, gradient in x1 2 (x1 - x2), in x2 its negative;
   label 0 (dissimilar): loss = max(0, margin - D)^2, gradient in x1
     -2 (margin - D) (x1 - x2) / D, in x2 its negative, 0 where D >= margin and
     at D = 0 (two different things in one place are not torn apart).
   Other labels are errors. margin > 0, usually 1. The paper has half of it;
   pytorch-metric-learning takes D and max(0, margin - D) without the squares.
   Source: R. Hadsell, S. Chopra, Y. LeCun, Dimensionality reduction by learning an
   invariant mapping, 2006. */
LOSSFN_DEF int lossfn_contrastive_REAL(const REAL *x1, const REAL *x2, const int32_t *labels, size_t rows, size_t width,
                                       double margin, const lossfn_options_REAL *options, REAL *loss, REAL *grad_x1,
                                       REAL *grad_x2);

/* Options of the triplet loss.

   margin  > 0, default 1
   p       of the norm, 1 <= p < infinity, default 2
   eps     >= 0, default 1e-6: added to every difference of coordinates, as in
           PyTorch. With it the distance of equal vectors is eps width^(1/p) and
           its gradient is not 0; eps = 0 gives exact distances
   swap    nonzero: where the positive is closer to the negative than the anchor
           is, that distance is the one that is to grow. Default 0 */
typedef struct lossfn_triplet_margin_config {
    double margin, p, eps;
    int swap;
} lossfn_triplet_margin_config;

LOSSFN_DEF lossfn_triplet_margin_config lossfn_triplet_margin_defaults(void);

/* Triplet margin loss: loss = max(0, D(a, p) - D(a, n) + margin) with
   D(x, y) = (sum_k |x_k - y_k + eps|^p)^(1/p), or with min(D(a, n), D(p, n)) in
   place of D(a, n) if swap is set (the first where they are equal). Gradients
   follow from dD/dx_k = sign(u_k) (|u_k| / D)^(p - 1), u_k = x_k - y_k + eps, and
   dD/dy_k = -dD/dx_k; 0 where the loss is 0. config NULL: the defaults, and
   PyTorch's triplet_margin_loss (there a tie under swap shares its gradient out).
   The default reduction divides by all triplets, not by those with a loss.
   Sources: K. Weinberger, L. Saul, 2009; F. Schroff et al., FaceNet, 2015, arXiv
   1503.03832; swap: V. Balntas et al., 2016. */
LOSSFN_DEF int lossfn_triplet_margin_REAL(const REAL *anchor, const REAL *positive, const REAL *negative, size_t rows,
                                          size_t width, const lossfn_triplet_margin_config *config,
                                          const lossfn_options_REAL *options, REAL *loss, REAL *grad_anchor,
                                          REAL *grad_positive, REAL *grad_negative);

/* Cosine embedding loss with c = x1 . x2 / (|x1| |x2|), 0 if one of them is 0:
   label 1:  loss = 1 - c, gradient -dc;
   label -1: loss = max(0, c - margin), gradient dc where c > margin;
   dc/dx1 = (x2 / |x2| - c x1 / |x1|) / |x1|, dc/dx2 alike.
   Other labels are errors. -1 <= margin <= 1, usually 0 to 0.5. PyTorch's
   cosine_embedding_loss adds 1e-12 to the squared norms, which makes the gradient
   at a zero vector huge; here it is 0. c is kept within [-1, 1]. */
LOSSFN_DEF int lossfn_cosine_embedding_REAL(const REAL *x1, const REAL *x2, const int32_t *labels, size_t rows, size_t width,
                                            double margin, const lossfn_options_REAL *options, REAL *loss, REAL *grad_x1,
                                            REAL *grad_x2);

//@shared

typedef struct {
    lfn_items_REAL items;
    const REAL *x[3];
    REAL *grad[3];
    const int32_t *labels;
    size_t rows, width;
    double margin, p, eps;
    int swap;
} lfn_tuples_REAL;

//@kernel

/* An item of weight 0: no loss, no gradient. */
LFN_FN int lfn_skip_tuple(lfn_tuples_REAL *a, size_t i)
{
    int k;
    if (!a->items.weight || a->items.weight[i] != 0) return 0;
    lfn_item_loss_REAL(&a->items, i, 0);
    for (k = 0; k < 3; k++)
        if (a->grad[k] && !a->items.accumulate) lfn_fill(a->grad[k] + i * a->width, 0, a->width);
    return 1;
}

/* Where gradient k of row i goes, NULL: nowhere. */
LFN_INLINE REAL *lfn_tuple_grad(const lfn_tuples_REAL *a, int k, size_t i)
{
    return a->grad[k] ? a->grad[k] + i * a->width : NULL;
}

LFN_INLINE void lfn_tuple_put(REAL *g, size_t k, lfn_vec x, size_t m, int accumulate)
{
    if (g) lfn_put_part(g + k, x, m, accumulate);
}

LFN_FN void lfn_contrastive_rows(lfn_tuples_REAL *a)
{
    const size_t n = a->width;
    size_t i, k, m;
    for (i = 0; i < a->rows; i++) {
        const REAL *x = a->x[0] + i * n, *y = a->x[1] + i * n;
        REAL *gx = lfn_tuple_grad(a, 0, i), *gy = lfn_tuple_grad(a, 1, i);
        double square, loss, slope;
        lfn_vec factor, d;
        if (lfn_skip_tuple(a, i)) continue;
        square = lfn_squared_distance(x, y, n);
        if (a->labels[i]) {
            loss = square;
            slope = 2;
        } else {
            const double distance = sqrt(square), gap = a->margin - distance;
            loss = gap <= 0 ? 0 : gap * gap;
            slope = gap <= 0 || distance == 0 ? 0 : -2 * gap / distance;
        }
        lfn_item_loss_REAL(&a->items, i, loss);
        factor = lfn_set1((REAL)(slope * lfn_item_scale_REAL(&a->items, i)));
        for (k = 0; (gx || gy) && k < n; k += m) {
            m = n - k < LFN_LANES ? n - k : LFN_LANES;
            d = slope == 0 ? lfn_zero() : factor * (lfn_load_part(x + k, m) - lfn_load_part(y + k, m));
            lfn_tuple_put(gx, k, d, m, a->items.accumulate);
            lfn_tuple_put(gy, k, -d, m, a->items.accumulate);
        }
    }
}

/* x - y + eps, a vector of it at k; 0 behind the m elements */
LFN_INLINE lfn_vec lfn_tuple_difference(const lfn_tuples_REAL *a, const REAL *x, const REAL *y, size_t k, size_t m)
{
    return lfn_keep(lfn_first(m), lfn_load_part(x + k, m) - lfn_load_part(y + k, m) + lfn_set1((REAL)a->eps));
}

/* The largest |x_k - y_k + eps|. */
LFN_FN REAL lfn_tuple_reach(const lfn_tuples_REAL *a, const REAL *x, const REAL *y)
{
    lfn_vec most = lfn_zero();
    size_t k, m;
    for (k = 0; k < a->width; k += m) {
        m = a->width - k < LFN_LANES ? a->width - k : LFN_LANES;
        most = lfn_max(lfn_abs(lfn_tuple_difference(a, x, y, k, m)), most);
    }
    return lfn_hmax(most);
}

/* (sum_k |x_k - y_k + eps|^p)^(1/p). For p other than 1 and 2 the terms are taken
   relative to the largest, so that no power overflows. */
LFN_FN double lfn_tuple_distance(const lfn_tuples_REAL *a, const REAL *x, const REAL *y)
{
    const int form = a->p == 1 ? 1 : a->p == 2 ? 2 : 0;
    const REAL reach = form ? LFN_K(1) : lfn_tuple_reach(a, x, y);
    const lfn_vec p = lfn_set1((REAL)a->p), unit = lfn_set1(reach > 0 ? 1 / reach : LFN_K(1));
    double total = 0;
    size_t k, m, end;
    for (k = 0; k < a->width;) {
        lfn_vec sum = lfn_zero();
        end = a->width - k < LFN_RUN * LFN_LANES ? a->width : k + LFN_RUN * LFN_LANES;
        for (; k < end; k += m) {
            lfn_vec u;
            m = end - k < LFN_LANES ? end - k : LFN_LANES;
            u = lfn_abs(lfn_tuple_difference(a, x, y, k, m));
            sum += form == 1 ? u : form == 2 ? u * u : lfn_pow(u * unit, p);
        }
        total += lfn_hsum(sum);
    }
    return form == 1 ? total : form == 2 ? sqrt(total) : (double)reach * pow(total, 1 / a->p);
}

/* What turns a difference u into dD/du: sign(u) (|u| / D)^(p - 1), 0 for D = 0 */
LFN_INLINE lfn_vec lfn_tuple_slope(const lfn_tuples_REAL *a, lfn_vec u, lfn_vec unit)
{
    if (a->p == 1) return lfn_sign(u);
    if (a->p == 2) return u * unit;
    return lfn_copysign(lfn_pow(lfn_abs(u) * unit, lfn_set1((REAL)(a->p - 1))), u);
}

/* The gradients of row i, whose loss is positive; from: the row the negative is held against. */
LFN_FN void lfn_triplet_gradients(const lfn_tuples_REAL *a, size_t i, int swapped, double to_positive, double to_negative)
{
    const size_t n = a->width;
    const REAL *x = a->x[0] + i * n, *p = a->x[1] + i * n, *q = a->x[2] + i * n, *from = swapped ? p : x;
    REAL *gx = lfn_tuple_grad(a, 0, i), *gp = lfn_tuple_grad(a, 1, i), *gq = lfn_tuple_grad(a, 2, i);
    const lfn_vec pull_unit = lfn_set1(to_positive == 0 ? LFN_K(0) : (REAL)(1 / to_positive));
    const lfn_vec push_unit = lfn_set1(to_negative == 0 ? LFN_K(0) : (REAL)(1 / to_negative));
    const lfn_vec scale = lfn_set1((REAL)lfn_item_scale_REAL(&a->items, i));
    size_t k, m;
    for (k = 0; k < n; k += m) {
        lfn_vec pull, push;
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        pull = to_positive == 0 ? lfn_zero() : scale * lfn_tuple_slope(a, lfn_tuple_difference(a, x, p, k, m), pull_unit);
        push = to_negative == 0 ? lfn_zero() : scale * lfn_tuple_slope(a, lfn_tuple_difference(a, from, q, k, m), push_unit);
        lfn_tuple_put(gx, k, swapped ? pull : pull - push, m, a->items.accumulate);
        lfn_tuple_put(gp, k, swapped ? -pull - push : -pull, m, a->items.accumulate);
        lfn_tuple_put(gq, k, push, m, a->items.accumulate);
    }
}

LFN_FN void lfn_triplet_rows(lfn_tuples_REAL *a)
{
    const size_t n = a->width;
    size_t i;
    int k;
    for (i = 0; i < a->rows; i++) {
        double to_positive, to_negative, loss;
        int swapped = 0;
        if (lfn_skip_tuple(a, i)) continue;
        to_positive = lfn_tuple_distance(a, a->x[0] + i * n, a->x[1] + i * n);
        to_negative = lfn_tuple_distance(a, a->x[0] + i * n, a->x[2] + i * n);
        if (a->swap) {
            const double other = lfn_tuple_distance(a, a->x[1] + i * n, a->x[2] + i * n);
            swapped = other < to_negative;
            if (swapped || !(other == other)) to_negative = other;
        }
        loss = to_positive - to_negative + a->margin;
        lfn_item_loss_REAL(&a->items, i, loss <= 0 ? 0 : loss);
        if (!(loss <= 0)) lfn_triplet_gradients(a, i, swapped, to_positive, to_negative);
        else for (k = 0; k < 3; k++)
            if (a->grad[k] && !a->items.accumulate) lfn_fill(a->grad[k] + i * n, 0, n);
    }
}

/* 1 - x . y / (|x| |y|) = |x / |x| - y / |y||^2 / 2, which keeps its digits where
   the two are nearly parallel; ux = 1 / |x|, uy = 1 / |y| */
LFN_FN double lfn_cosine_gap(const REAL *x, const REAL *y, size_t n, REAL ux, REAL uy)
{
    const lfn_vec vx = lfn_set1(ux), vy = lfn_set1(uy);
    double total = 0;
    size_t k, m, end;
    for (k = 0; k < n;) {
        lfn_vec sum = lfn_zero();
        end = n - k < LFN_RUN * LFN_LANES ? n : k + LFN_RUN * LFN_LANES;
        for (; k < end; k += m) {
            lfn_vec d;
            m = end - k < LFN_LANES ? end - k : LFN_LANES;
            d = lfn_load_part(x + k, m) * vx - lfn_load_part(y + k, m) * vy;
            sum += d * d;
        }
        total += lfn_hsum(sum);
    }
    return 0.5 * total;
}

LFN_FN void lfn_cosine_rows(lfn_tuples_REAL *a)
{
    const size_t n = a->width;
    size_t i, k, m;
    for (i = 0; i < a->rows; i++) {
        const REAL *x = a->x[0] + i * n, *y = a->x[1] + i * n;
        REAL *gx = lfn_tuple_grad(a, 0, i), *gy = lfn_tuple_grad(a, 1, i);
        double nx, ny, c, loss, slope, scale;
        lfn_vec fx, fy, ux, uy, cosine;
        if (lfn_skip_tuple(a, i)) continue;
        nx = sqrt(lfn_sum_squares(x, n));
        ny = sqrt(lfn_sum_squares(y, n));
        c = nx == 0 || ny == 0 ? 0 : lfn_dot(x, y, n) / (nx * ny);
        c = c > 1 ? 1 : c < -1 ? -1 : c;
        if (a->labels[i] > 0) loss = c > 0.5 ? lfn_cosine_gap(x, y, n, (REAL)(1 / nx), (REAL)(1 / ny)) : 1 - c;
        else loss = c <= a->margin ? 0 : c - a->margin;
        slope = a->labels[i] > 0 ? -1 : c <= a->margin ? 0 : 1;
        lfn_item_loss_REAL(&a->items, i, loss);
        if (nx == 0 || ny == 0) slope = 0;
        scale = slope * lfn_item_scale_REAL(&a->items, i);
        ux = lfn_set1(slope == 0 ? LFN_K(0) : (REAL)(1 / nx));
        uy = lfn_set1(slope == 0 ? LFN_K(0) : (REAL)(1 / ny));
        fx = lfn_set1((REAL)scale) * ux;
        fy = lfn_set1((REAL)scale) * uy;
        cosine = lfn_set1((REAL)c);
        for (k = 0; (gx || gy) && k < n; k += m) {
            lfn_vec vx, vy;
            m = n - k < LFN_LANES ? n - k : LFN_LANES;
            vx = slope == 0 ? lfn_zero() : lfn_load_part(x + k, m) * ux;
            vy = slope == 0 ? lfn_zero() : lfn_load_part(y + k, m) * uy;
            lfn_tuple_put(gx, k, fx * (vy - cosine * vx), m, a->items.accumulate);
            lfn_tuple_put(gy, k, fy * (vx - cosine * vy), m, a->items.accumulate);
        }
    }
}

//@impl

/* All checks but those of hyper-parameters and of the labels' values. */
LFN_FN int lfn_tuples_begin(lfn_tuples_REAL *a, const REAL *x, const REAL *y, const REAL *z, int count, size_t rows, size_t width,
                            const lossfn_options_REAL *options, REAL *loss, REAL *gx, REAL *gy, REAL *gz)
{
    lfn_span in[3], out[3];
    int status, k;
    memset(a, 0, sizeof *a);
    a->x[0] = x;
    a->x[1] = y;
    a->x[2] = z;
    a->grad[0] = gx;
    a->grad[1] = gy;
    a->grad[2] = gz;
    a->rows = rows;
    a->width = width;
    for (k = 0; k < count; k++)
        if (rows && width && !a->x[k]) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(lfn_mul(rows, width), sizeof(REAL)) || lfn_too_big(rows, sizeof(REAL)) || lfn_too_big(width, sizeof(REAL)))
        return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&a->items, options, loss);
    if (status) return status;
    for (k = 0; k < count; k++) {
        in[k] = lfn_span_of(a->x[k], rows * width, sizeof(REAL));
        out[k] = lfn_span_of(a->grad[k], rows * width, sizeof(REAL));
    }
    if (lfn_spans_clash(in, count, out, count, !a->items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    lfn_items_scale(&a->items, lfn_items_count(&a->items, rows));
    return LOSSFN_OK;
}

/* Labels of two values. */
LFN_FN int lfn_tuples_labels(lfn_tuples_REAL *a, const int32_t *labels, int32_t one, int32_t other)
{
    size_t i;
    if (a->rows && !labels) return LOSSFN_ERROR_NULL;
    for (i = 0; i < a->rows; i++)
        if (labels[i] != one && labels[i] != other) return LOSSFN_ERROR_LABEL;
    a->labels = labels;
    return LOSSFN_OK;
}

LOSSFN_DEF int lossfn_contrastive_REAL(const REAL *x1, const REAL *x2, const int32_t *labels, size_t rows, size_t width,
                                       double margin, const lossfn_options_REAL *options, REAL *loss, REAL *grad_x1,
                                       REAL *grad_x2)
{
    lfn_tuples_REAL a;
    int status = lfn_tuples_begin(&a, x1, x2, NULL, 2, rows, width, options, loss, grad_x1, grad_x2, NULL);
    if (status) return status;
    if (!lfn_is_positive(margin)) return LOSSFN_ERROR_PARAMETER;
    status = lfn_tuples_labels(&a, labels, 1, 0);
    if (status) return status;
    a.margin = margin;
    LFN_CALL(lfn_contrastive_rows, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int lossfn_triplet_margin_REAL(const REAL *anchor, const REAL *positive, const REAL *negative, size_t rows,
                                          size_t width, const lossfn_triplet_margin_config *config,
                                          const lossfn_options_REAL *options, REAL *loss, REAL *grad_anchor,
                                          REAL *grad_positive, REAL *grad_negative)
{
    const lossfn_triplet_margin_config c = config ? *config : lossfn_triplet_margin_defaults();
    lfn_tuples_REAL a;
    int status = lfn_tuples_begin(&a, anchor, positive, negative, 3, rows, width, options, loss, grad_anchor, grad_positive, grad_negative);
    if (status) return status;
    if (!lfn_is_positive(c.margin) || !lfn_is_finite(c.p) || c.p < 1 || !lfn_is_nonnegative(c.eps)) return LOSSFN_ERROR_PARAMETER;
    a.margin = c.margin;
    a.p = c.p;
    a.eps = c.eps;
    a.swap = c.swap != 0;
    LFN_CALL(lfn_triplet_rows, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int lossfn_cosine_embedding_REAL(const REAL *x1, const REAL *x2, const int32_t *labels, size_t rows, size_t width,
                                            double margin, const lossfn_options_REAL *options, REAL *loss, REAL *grad_x1,
                                            REAL *grad_x2)
{
    lfn_tuples_REAL a;
    int status = lfn_tuples_begin(&a, x1, x2, NULL, 2, rows, width, options, loss, grad_x1, grad_x2, NULL);
    if (status) return status;
    if (!lfn_is_within(margin, -1, 1)) return LOSSFN_ERROR_PARAMETER;
    status = lfn_tuples_labels(&a, labels, 1, -1);
    if (status) return status;
    a.margin = margin;
    LFN_CALL(lfn_cosine_rows, (&a));
    return lfn_items_end(&a.items);
}

//@last

LOSSFN_DEF lossfn_triplet_margin_config lossfn_triplet_margin_defaults(void)
{
    lossfn_triplet_margin_config config;
    config.margin = 1;
    config.p = 2;
    config.eps = 1e-6;
    config.swap = 0;
    return config;
}
