//@family Margins: classification by angle, with a margin on the label's class

//@api

/* ---- margins --------------------------------------------------------------------------- */

/* Options of ArcFace.

   scale         s > 0, default 64
   margin        m in radians, 0 <= m <= pi, default 0.5
   easy_margin   nonzero: the margin only where the angle is below 90 degrees. Default 0
   ignore_index  rows with this label are left out; default LOSSFN_NO_IGNORE */
typedef struct lossfn_arcface_config {
    double scale, margin;
    int easy_margin;
    int32_t ignore_index;
} lossfn_arcface_config;

LOSSFN_DEF lossfn_arcface_config lossfn_arcface_defaults(void);

/* ArcFace, the additive angular margin softmax (AAM-softmax): softmax cross-entropy
   of logits s c_j, where c_j = cos(theta_j) is the cosine of the row's features and
   the weights of class j, both brought to unit length, and the label's c is replaced by
     cos(theta + m) = c cos(m) - sqrt((1 - c) (1 + c)) sin(m)  where c > cos(pi - m),
     c - m sin(m)                                              elsewhere
   (theta + m would pass pi), or with easy_margin by cos(theta + m) where c > 0 and c
   elsewhere. m = 0 is the normalised softmax.
   Gradients: with p the softmax, s (p_j - [j = y]) times, for the label,
   cos(m) + c sin(m) / sqrt((1 - c) (1 + c)) (1 in the second case); that is 0 at
   |c| = 1, where the angle has no direction. Then dc/dx = (w^ - c x^) / |x|, dc/dw =
   (x^ - c w^) / |w|; 0 for features or weights of norm 0, whose cosine is 0. At the
   ends of the cases the loss jumps or has a kink; the gradient is that of the case taken.
   features      rows x width
   weight        classes x width, the class matrix
   labels        one class per row
   config        NULL: the defaults
   scratch       lossfn_arcface_scratch bytes: O(block x width + tile x (block + width)),
                 independent of rows and, past a tile, of classes: the logits are never
                 stored but a tile of them is computed for the sums and again for
                 the gradients. SIZE_MAX when a size is too large
   grad_features rows x width; grad_weight classes x width. None may share memory with
                 an input or the other.
   An item is a row. Differences: insightface clips cosines to 1e-7 from 1 before the
   angle is taken; others take acos, whose slope at 1 gives NaN.
   Errors: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE, LOSSFN_ERROR_LABEL,
   LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OPTION, LOSSFN_ERROR_OVERLAP, LOSSFN_ERROR_SCRATCH.
   Source: J. Deng et al., ArcFace: additive angular margin loss for deep face
   recognition, 2019, arXiv 1801.07698. */
LOSSFN_DEF size_t lossfn_arcface_scratch_REAL(size_t rows, size_t classes, size_t width);

LOSSFN_DEF int lossfn_arcface_REAL(const REAL *features, const REAL *weight, const int32_t *labels, size_t rows, size_t classes,
                                   size_t width, const lossfn_arcface_config *config, const lossfn_options_REAL *options,
                                   void *scratch, size_t scratch_size, REAL *loss, REAL *grad_features, REAL *grad_weight);

//@once

/* Rows of a block and classes of a tile. */
#define LFN_MARGIN_ROWS ((size_t)128)
#define LFN_MARGIN_TILE ((size_t)128)

//@shared

/* A row of the block while its classes pass by. */
typedef struct {
    double slope, scale;        /* d label's logit / d (s c); of the gradient */
    REAL score;                 /* the label's logit, with its margin */
    REAL norm;                  /* |x| */
    size_t row, label;
} lfn_margin_row_REAL;

typedef struct {
    lfn_rows_REAL rows;         /* input is features, grad is grad_features, columns classes */
    const REAL *weight;
    REAL *grad_weight;
    size_t width;
    double scale, margin;
    int easy;
    REAL *block, *block_grad;   /* scratch: unit rows, the gradient in them */
    REAL *tile, *tile_grad;     /* scratch: unit class weights, the gradient in them */
    REAL *norm, *logits;        /* scratch: |w| of the tile; block x tile */
    lfn_margin_row_REAL *row;
    void *softmax;              /* lfn_softmax per row of the block */
} lfn_margin_REAL;

//@kernel

/* unit = x / |x|, 0 for a zero vector; returns |x| */
LFN_FN REAL lfn_margin_unit(REAL *unit, const REAL *x, size_t n)
{
    const REAL norm = (REAL)sqrt(lfn_sum_squares(x, n));
    lfn_scale(unit, norm == 0 ? LFN_K(0) : 1 / norm, x, n);
    return norm;
}

/* The gradient in x from that in x / |x| (which is changed): (g - (g . u) u) / |x|, 0 for a zero vector. */
LFN_FN void lfn_margin_back(REAL *grad, REAL *g, const REAL *unit, REAL norm, size_t n, int accumulate)
{
    lfn_axpy(g, (REAL)-lfn_dot(g, unit, n), unit, n);
    lfn_put(grad, norm == 0 ? LFN_K(0) : 1 / norm, g, n, accumulate);
}

/* The label's cosine with its margin; its slope goes to the row. */
LFN_FN double lfn_margin_of(const lfn_margin_REAL *a, lfn_margin_row_REAL *r, double c)
{
    const double cos_m = cos(a->margin), sin_m = sin(a->margin);
    const double square = (1 - c) * (1 + c), sine = square > 0 ? sqrt(square) : 0;
    r->slope = 1;
    if (a->easy ? c <= 0 : c <= -cos_m) return a->easy ? c : c - a->margin * sin_m;
    if (a->margin == 0) return c;
    r->slope = sine == 0 ? 0 : cos_m + c * sin_m / sine;
    return (c < -1 ? -1 : c > 1 ? 1 : c) * cos_m - sine * sin_m;
}

/* The logits s c of the block's n rows for classes first .. first + m - 1, the labels' with their margins. */
LFN_FN void lfn_margin_logits(lfn_margin_REAL *a, size_t n, size_t first, size_t m)
{
    const size_t width = a->width;
    size_t i;
    for (i = 0; i < m; i++) a->norm[i] = lfn_margin_unit(a->tile + i * width, a->weight + (first + i) * width, width);
    lfn_gemm(0, 1, n, m, width, (REAL)a->scale, a->block, width, a->tile, width, 0, a->logits, m);
    for (i = 0; i < n; i++) {
        lfn_margin_row_REAL *r = &a->row[i];
        if (r->label < first || r->label - first >= m) continue;
        r->score = (REAL)(a->scale * lfn_margin_of(a, r, lfn_dot(a->block + i * width, a->tile + (r->label - first) * width, width)));
        a->logits[i * m + (r->label - first)] = r->score;
    }
}

/* The logits of one row's tile become the gradient in the cosines. */
LFN_FN void lfn_margin_slope(const lfn_margin_REAL *a, size_t i, REAL *x, size_t first, size_t m)
{
    const lfn_softmax *s = (const lfn_softmax *)a->softmax + i;
    const lfn_margin_row_REAL *r = &a->row[i];
    const lfn_vec shift = lfn_set1(s->max), factor = lfn_set1((REAL)(r->scale * a->scale / s->sum));
    size_t k, c;
    for (k = 0; k < m; k += c) {
        c = m - k < LFN_LANES ? m - k : LFN_LANES;
        lfn_store_part(x + k, factor * lfn_exp(lfn_load_part(x + k, c) - shift), c);
    }
    if (r->label >= first && r->label - first < m)
        x[r->label - first] = (REAL)(-r->scale * a->scale * r->slope * lfn_softmax_not_at(s, r->score));
}

/* The block's n rows: both sweeps over the classes. */
LFN_FN void lfn_margin_block(lfn_margin_REAL *a, size_t n)
{
    lfn_items_REAL *it = &a->rows.items;
    lfn_softmax *s = (lfn_softmax *)a->softmax;
    const size_t classes = a->rows.columns, width = a->width;
    size_t first, m, i;
    memset(s, 0, n * sizeof *s);
    for (first = 0; first < classes; first += m) {
        m = classes - first < LFN_MARGIN_TILE ? classes - first : LFN_MARGIN_TILE;
        lfn_margin_logits(a, n, first, m);
        for (i = 0; i < n; i++) s[i] = lfn_softmax_join(s[i], lfn_softmax_of(a->logits + i * m, m, NULL));
    }
    for (i = 0; i < n; i++) {
        lfn_softmax_close(&s[i]);
        lfn_item_loss_REAL(it, a->row[i].row, s[i].log_sum + ((double)s[i].max - (double)a->row[i].score));
        a->row[i].scale = lfn_item_scale_REAL(it, a->row[i].row);
    }
    if (!a->rows.grad && !a->grad_weight) return;
    for (first = 0; first < classes; first += m) {
        m = classes - first < LFN_MARGIN_TILE ? classes - first : LFN_MARGIN_TILE;
        if (classes > LFN_MARGIN_TILE) lfn_margin_logits(a, n, first, m);   /* one tile is still there */
        for (i = 0; i < n; i++) lfn_margin_slope(a, i, a->logits + i * m, first, m);
        if (a->rows.grad)
            lfn_gemm(0, 0, n, width, m, 1, a->logits, m, a->tile, width, first == 0 ? LFN_K(0) : LFN_K(1), a->block_grad, width);
        if (!a->grad_weight) continue;
        lfn_gemm(1, 0, m, width, n, 1, a->logits, m, a->block, width, 0, a->tile_grad, width);
        for (i = 0; i < m; i++)
            lfn_margin_back(a->grad_weight + (first + i) * width, a->tile_grad + i * width, a->tile + i * width, a->norm[i], width, 1);
    }
    for (i = 0; a->rows.grad && i < n; i++)
        lfn_margin_back(a->rows.grad + a->row[i].row * width, a->block_grad + i * width, a->block + i * width, a->row[i].norm, width, it->accumulate);
}

/* Rows that take part are gathered into blocks; the others get zeros. */
LFN_FN void lfn_margin_run(lfn_margin_REAL *a)
{
    const size_t width = a->width;
    lfn_rows_REAL all = a->rows;
    size_t i, n = 0;
    if (!a->rows.items.accumulate && a->grad_weight) lfn_fill(a->grad_weight, 0, a->rows.columns * width);
    all.columns = width;
    for (i = 0; i < a->rows.rows; i++) {
        if (lfn_skip_row(&all, i)) continue;
        a->row[n].norm = lfn_margin_unit(a->block + n * width, a->rows.input + i * width, width);
        a->row[n].row = i;
        a->row[n].label = (size_t)a->rows.labels[i];
        if (++n == LFN_MARGIN_ROWS) {
            lfn_margin_block(a, n);
            n = 0;
        }
    }
    if (n) lfn_margin_block(a, n);
}

//@impl

LOSSFN_DEF size_t lossfn_arcface_scratch_REAL(size_t rows, size_t classes, size_t width)
{
    const size_t n = rows < LFN_MARGIN_ROWS ? rows : LFN_MARGIN_ROWS, tile = classes < LFN_MARGIN_TILE ? classes : LFN_MARGIN_TILE;
    size_t room = lfn_add(lfn_mul(2, lfn_piece(lfn_mul(n, width), sizeof(REAL))), lfn_mul(2, lfn_piece(lfn_mul(tile, width), sizeof(REAL))));
    room = lfn_add(room, lfn_add(lfn_piece(tile, sizeof(REAL)), lfn_piece(n * tile, sizeof(REAL))));
    return lfn_add(room, lfn_add(lfn_piece(n, sizeof(lfn_margin_row_REAL)), lfn_piece(n, sizeof(lfn_softmax))));
}

LOSSFN_DEF int lossfn_arcface_REAL(const REAL *features, const REAL *weight, const int32_t *labels, size_t rows, size_t classes,
                                   size_t width, const lossfn_arcface_config *config, const lossfn_options_REAL *options,
                                   void *scratch, size_t scratch_size, REAL *loss, REAL *grad_features, REAL *grad_weight)
{
    const lossfn_arcface_config c = config ? *config : lossfn_arcface_defaults();
    const size_t n = rows < LFN_MARGIN_ROWS ? rows : LFN_MARGIN_ROWS, tile = classes < LFN_MARGIN_TILE ? classes : LFN_MARGIN_TILE;
    lfn_span in[2], out[2];
    lfn_margin_REAL a;
    int status;
    memset(&a, 0, sizeof a);
    if (rows && (!labels || (width && !features) || (width && classes && !weight))) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(lfn_mul(rows, width), sizeof(REAL)) || lfn_too_big(lfn_mul(classes, width), sizeof(REAL)) || lfn_too_big(width, sizeof(REAL)))
        return LOSSFN_ERROR_SIZE;
    if (!lfn_is_positive(c.scale) || !lfn_is_within(c.margin, 0, 3.14159265358979323846)) return LOSSFN_ERROR_PARAMETER;
    /* the checks of rows of classes, without their arrays: there are no logits */
    status = lfn_rows_begin(&a.rows, (const REAL *)(const void *)labels, labels, rows, classes, NULL, 0, c.ignore_index, options, loss, NULL);
    if (status) return status;
    in[0] = lfn_span_of(features, rows * width, sizeof(REAL));
    in[1] = lfn_span_of(weight, classes * width, sizeof(REAL));
    out[0] = lfn_span_of(grad_features, rows * width, sizeof(REAL));
    out[1] = lfn_span_of(grad_weight, classes * width, sizeof(REAL));
    if (lfn_spans_clash(in, 2, out, 2, 0)) return LOSSFN_ERROR_OVERLAP;
    if (rows && (!scratch || scratch_size < lossfn_arcface_scratch_REAL(rows, classes, width))) return LOSSFN_ERROR_SCRATCH;
    a.rows.input = features;
    a.rows.grad = grad_features;
    a.weight = weight;
    a.grad_weight = grad_weight;
    a.width = width;
    a.scale = c.scale;
    a.margin = c.margin;
    a.easy = c.easy_margin != 0;
    if (rows) {
        a.block = (REAL *)lfn_cut(&scratch, n * width, sizeof(REAL));
        a.block_grad = (REAL *)lfn_cut(&scratch, n * width, sizeof(REAL));
        a.tile = (REAL *)lfn_cut(&scratch, tile * width, sizeof(REAL));
        a.tile_grad = (REAL *)lfn_cut(&scratch, tile * width, sizeof(REAL));
        a.norm = (REAL *)lfn_cut(&scratch, tile, sizeof(REAL));
        a.logits = (REAL *)lfn_cut(&scratch, n * tile, sizeof(REAL));
        a.row = (lfn_margin_row_REAL *)lfn_cut(&scratch, n, sizeof(lfn_margin_row_REAL));
        a.softmax = lfn_cut(&scratch, n, sizeof(lfn_softmax));
    }
    LFN_CALL(lfn_margin_run, (&a));
    return lfn_items_end(&a.rows.items);
}

//@last

LOSSFN_DEF lossfn_arcface_config lossfn_arcface_defaults(void)
{
    lossfn_arcface_config config;
    config.scale = 64;
    config.margin = 0.5;
    config.easy_margin = 0;
    config.ignore_index = LOSSFN_NO_IGNORE;
    return config;
}
