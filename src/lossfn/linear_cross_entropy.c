//@family Linear cross-entropy: the last layer and its loss without the logits

//@api

/* ---- linear cross-entropy -------------------------------------------------------- */

/* Softmax cross-entropy of logits = hidden weight^T + bias, with the gradients of
   hidden, weight and bias, and never more than a block of logits in memory: blocks
   of rows times tiles of classes are computed, summed up, and computed again for
   the gradients. The result is that of a matrix product followed by
   lossfn_softmax_cross_entropy, to rounding.
   hidden       rows x width, width at least 1
   weight       classes x width, at least one class: the class matrix (an
                embedding table, tied or not)
   bias         classes, or NULL
   labels       one class per row; ignored rows cost no arithmetic at all
   config       as for lossfn_softmax_cross_entropy, NULL: the defaults
   scratch      lossfn_linear_cross_entropy_scratch bytes: O(block x (width + tile)),
                independent of rows and, past a tile, of classes; SIZE_MAX when a size is too large
   grad_hidden  rows x width; grad_weight classes x width; grad_bias classes (needs no bias).
                None may be an input or another gradient.
   An item is a row. Errors: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE,
   LOSSFN_ERROR_LABEL, LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OPTION,
   LOSSFN_ERROR_OVERLAP, LOSSFN_ERROR_SCRATCH.
   Source: E. Wijmans et al., Cut your losses in large-vocabulary language models,
   2024, arXiv 2411.09009; the blocking here is by rows and classes with both
   gradients in one sweep. */
LOSSFN_DEF size_t lossfn_linear_cross_entropy_scratch_REAL(size_t rows, size_t classes, size_t width);

LOSSFN_DEF int lossfn_linear_cross_entropy_REAL(const REAL *hidden, const REAL *weight, const REAL *bias, const int32_t *labels,
                                                size_t rows, size_t classes, size_t width,
                                                const lossfn_softmax_cross_entropy_config_REAL *config,
                                                const lossfn_options_REAL *options, void *scratch, size_t scratch_size,
                                                REAL *loss, REAL *grad_hidden, REAL *grad_weight, REAL *grad_bias);

//@once

/* Rows of a block and classes of a tile. */
#define LFN_LINEAR_ROWS ((size_t)128)
#define LFN_LINEAR_TILE ((size_t)256)

//@shared

/* A row of the block while its classes pass by. */
typedef struct {
    double ties, rest, weighted, scale;     /* ties, rest and max as in a softmax */
    REAL max, score;
    size_t row, label;
} lfn_linear_row_REAL;

typedef struct {
    lfn_rows_REAL rows;                     /* input is hidden, grad is grad_hidden, columns classes */
    const REAL *weight, *bias;
    REAL *grad_weight, *grad_bias;
    size_t width;
    REAL *block, *block_grad, *logits;      /* scratch */
    lfn_linear_row_REAL *row;
} lfn_linear_REAL;

//@kernel

/* The logits of the block's n rows for classes first .. first + m - 1. */
LFN_FN void lfn_linear_logits(const lfn_linear_REAL *a, size_t n, size_t first, size_t m)
{
    size_t i;
    lfn_gemm(0, 1, n, m, a->width, 1, a->block, a->width, a->weight + first * a->width, a->width, 0, a->logits, m);
    for (i = 0; a->bias && i < n; i++) lfn_axpy(a->logits + i * m, 1, a->bias + first, m);
}

/* The softmax of the classes that have passed. */
LFN_FN lfn_softmax lfn_linear_softmax(const lfn_linear_row_REAL *r)
{
    lfn_softmax s;
    s.max = r->max;
    s.ties = r->ties;
    s.rest = r->rest;
    lfn_softmax_close(&s);
    return s;
}

/* A tile of logits joins it. */
LFN_FN void lfn_linear_join(const lfn_linear_REAL *a, lfn_linear_row_REAL *r, const REAL *x, size_t first, size_t m)
{
    const lfn_softmax s = lfn_softmax_join(lfn_linear_softmax(r), lfn_softmax_of(x, m, NULL));
    if (a->rows.param[0] != 0) r->weighted += a->rows.class_weight ? lfn_dot(a->rows.class_weight + first, x, m) : lfn_sum(x, m);
    if (r->label >= first && r->label - first < m) r->score = x[r->label - first];
    r->max = s.max;
    r->ties = s.ties;
    r->rest = s.rest;
}

/* The logits of one row's tile become the gradient in them. */
LFN_FN void lfn_linear_slope(const lfn_linear_REAL *a, const lfn_linear_row_REAL *r, double all_weights, REAL *x, size_t first, size_t m)
{
    const double smoothing = a->rows.param[0], each = smoothing / (double)a->rows.columns;
    const double on_label = (1 - smoothing) * lfn_class_weight_REAL(&a->rows, r->label);
    const lfn_softmax p = lfn_linear_softmax(r);
    const double more = each * all_weights + 2 * a->rows.param[1] * (p.log_sum + (double)p.max);
    const lfn_vec shift = lfn_set1(p.max), factor = lfn_set1((REAL)(r->scale * (on_label + more) / p.sum));
    size_t k, c;
    for (k = 0; k < m; k += c) {
        c = m - k < LFN_LANES ? m - k : LFN_LANES;
        lfn_store_part(x + k, factor * lfn_exp(lfn_load_part(x + k, c) - shift), c);
    }
    if (smoothing != 0 && a->rows.class_weight) lfn_axpy(x, (REAL)(-r->scale * each), a->rows.class_weight + first, m);
    else if (smoothing != 0) lfn_put(x, (REAL)(-r->scale * each), NULL, m, 1);
    if (r->label >= first && r->label - first < m)
        x[r->label - first] = (REAL)(r->scale * (lfn_softmax_at(&p, r->score) * more - on_label * lfn_softmax_not_at(&p, r->score)
                                                 - each * lfn_class_weight_REAL(&a->rows, r->label)));
}

/* The block's n rows: both sweeps over the classes. */
LFN_FN void lfn_linear_block(lfn_linear_REAL *a, size_t n, double all_weights)
{
    lfn_items_REAL *it = &a->rows.items;
    const size_t classes = a->rows.columns, width = a->width;
    const double smoothing = a->rows.param[0], each = smoothing / (double)classes;
    size_t first, m, i;
    for (first = 0; first < classes; first += m) {
        m = classes - first < LFN_LINEAR_TILE ? classes - first : LFN_LINEAR_TILE;
        lfn_linear_logits(a, n, first, m);
        for (i = 0; i < n; i++) lfn_linear_join(a, &a->row[i], a->logits + i * m, first, m);
    }
    for (i = 0; i < n; i++) {
        lfn_linear_row_REAL *r = &a->row[i];
        const lfn_softmax p = lfn_linear_softmax(r);
        const double lse = p.log_sum + (double)p.max;
        double loss = (1 - smoothing) * lfn_class_weight_REAL(&a->rows, r->label) * (p.log_sum + ((double)p.max - (double)r->score));
        if (smoothing != 0) loss += each * all_weights * lse - each * r->weighted;
        if (a->rows.param[1] != 0) loss += a->rows.param[1] * lse * lse;
        lfn_item_loss_REAL(it, r->row, loss);
        r->scale = lfn_item_scale_REAL(it, r->row);
    }
    if (!a->rows.grad && !a->grad_weight && !a->grad_bias) return;
    for (first = 0; first < classes; first += m) {
        m = classes - first < LFN_LINEAR_TILE ? classes - first : LFN_LINEAR_TILE;
        if (classes > LFN_LINEAR_TILE) lfn_linear_logits(a, n, first, m);   /* one tile is still there */
        for (i = 0; i < n; i++) {
            lfn_linear_slope(a, &a->row[i], all_weights, a->logits + i * m, first, m);
            if (a->grad_bias) lfn_axpy(a->grad_bias + first, 1, a->logits + i * m, m);
        }
        if (a->rows.grad)
            lfn_gemm(0, 0, n, width, m, 1, a->logits, m, a->weight + first * width, width, first == 0 ? LFN_K(0) : LFN_K(1), a->block_grad, width);
        if (a->grad_weight)
            lfn_gemm(1, 0, m, width, n, 1, a->logits, m, a->block, width, 1, a->grad_weight + first * width, width);
    }
    for (i = 0; a->rows.grad && i < n; i++)
        lfn_put(a->rows.grad + a->row[i].row * width, 1, a->block_grad + i * width, width, it->accumulate);
}

/* Rows that take part are gathered into blocks; the others get zeros. */
LFN_FN void lfn_linear_run(lfn_linear_REAL *a)
{
    const size_t classes = a->rows.columns, width = a->width;
    const int accumulate = a->rows.items.accumulate;
    const double all_weights = a->rows.param[0] == 0 ? 0
        : a->rows.class_weight ? lfn_sum(a->rows.class_weight, classes) : (double)classes;
    lfn_rows_REAL skipped = a->rows;
    size_t i, n = 0;
    if (!accumulate && a->grad_weight) lfn_fill(a->grad_weight, 0, classes * width);
    if (!accumulate && a->grad_bias) lfn_fill(a->grad_bias, 0, classes);
    skipped.columns = width;
    for (i = 0; i < a->rows.rows; i++) {
        if (lfn_skip_row(&skipped, i)) continue;
        memcpy(a->block + n * width, a->rows.input + i * width, width * sizeof(REAL));
        memset(&a->row[n], 0, sizeof a->row[n]);
        a->row[n].row = i;
        a->row[n].label = (size_t)a->rows.labels[i];
        if (++n == LFN_LINEAR_ROWS) {
            lfn_linear_block(a, n, all_weights);
            n = 0;
        }
    }
    if (n) lfn_linear_block(a, n, all_weights);
}

//@impl

LOSSFN_DEF size_t lossfn_linear_cross_entropy_scratch_REAL(size_t rows, size_t classes, size_t width)
{
    const size_t n = rows < LFN_LINEAR_ROWS ? rows : LFN_LINEAR_ROWS, tile = classes < LFN_LINEAR_TILE ? classes : LFN_LINEAR_TILE;
    return lfn_add(lfn_add(lfn_mul(2, lfn_piece(lfn_mul(n, width), sizeof(REAL))), lfn_piece(n * tile, sizeof(REAL))),
                   lfn_piece(n, sizeof(lfn_linear_row_REAL)));
}

LOSSFN_DEF int lossfn_linear_cross_entropy_REAL(const REAL *hidden, const REAL *weight, const REAL *bias, const int32_t *labels,
                                                size_t rows, size_t classes, size_t width,
                                                const lossfn_softmax_cross_entropy_config_REAL *config,
                                                const lossfn_options_REAL *options, void *scratch, size_t scratch_size,
                                                REAL *loss, REAL *grad_hidden, REAL *grad_weight, REAL *grad_bias)
{
    lossfn_softmax_cross_entropy_config_REAL c = config ? *config : lossfn_softmax_cross_entropy_defaults_REAL();
    const size_t n = rows < LFN_LINEAR_ROWS ? rows : LFN_LINEAR_ROWS, tile = classes < LFN_LINEAR_TILE ? classes : LFN_LINEAR_TILE;
    const void *inputs[3], *outputs[3];
    lfn_linear_REAL a;
    int status, i, j;
    memset(&a, 0, sizeof a);
    if (lfn_too_big(lfn_mul(rows, width), sizeof(REAL)) || lfn_too_big(lfn_mul(classes, width), sizeof(REAL)) || lfn_too_big(rows, sizeof(REAL)))
        return LOSSFN_ERROR_SIZE;
    if (rows && (!width || !classes)) return LOSSFN_ERROR_SIZE;
    if (rows && (!hidden || !weight)) return LOSSFN_ERROR_NULL;
    /* the checks of rows of classes, without their arrays: there are no logits */
    if (rows && !labels) return LOSSFN_ERROR_NULL;
    status = lfn_rows_begin(&a.rows, (const REAL *)(const void *)labels, labels, rows, classes, c.class_weight, 1, c.ignore_index, options, loss, NULL);
    if (status) return status;
    if (!lfn_is_within(c.label_smoothing, 0, 1) || !lfn_is_nonnegative(c.z_loss)) return LOSSFN_ERROR_PARAMETER;
    inputs[0] = hidden;
    inputs[1] = weight;
    inputs[2] = bias;
    outputs[0] = grad_hidden;
    outputs[1] = grad_weight;
    outputs[2] = grad_bias;
    for (i = 0; i < 3; i++)
        for (j = 0; j < 3; j++)
            if (outputs[i] && (outputs[i] == inputs[j] || (i != j && outputs[i] == outputs[j]))) return LOSSFN_ERROR_OVERLAP;
    if (rows && (!scratch || scratch_size < lossfn_linear_cross_entropy_scratch_REAL(rows, classes, width))) return LOSSFN_ERROR_SCRATCH;
    a.rows.input = hidden;
    a.rows.grad = grad_hidden;
    a.rows.param[0] = c.label_smoothing;
    a.rows.param[1] = c.z_loss;
    a.weight = weight;
    a.bias = bias;
    a.grad_weight = grad_weight;
    a.grad_bias = grad_bias;
    a.width = width;
    if (rows) {
        a.block = (REAL *)lfn_cut(&scratch, n * width, sizeof(REAL));
        a.block_grad = (REAL *)lfn_cut(&scratch, n * width, sizeof(REAL));
        a.logits = (REAL *)lfn_cut(&scratch, n * tile, sizeof(REAL));
        a.row = (lfn_linear_row_REAL *)lfn_cut(&scratch, n, sizeof(lfn_linear_row_REAL));
    }
    LFN_CALL(lfn_linear_run, (&a));
    return lfn_items_end(&a.rows.items);
}
