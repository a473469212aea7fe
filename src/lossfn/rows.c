/* The frame of losses on rows of scores with one class label a row. */

//@shared

/* One call. */
typedef struct {
    lfn_items_REAL items;
    const REAL *input;          /* rows x columns */
    const int32_t *labels;      /* one per row */
    const REAL *class_weight;   /* one per class or NULL */
    REAL *grad;
    size_t rows, columns;
    int32_t ignore_index;
    int form;
    double param[3];
} lfn_rows_REAL;

/* One call on rows against rows of targets. */
typedef struct {
    lfn_rows_REAL rows;
    const REAL *targets;
    REAL *grad_targets;
} lfn_soft_rows_REAL;

LFN_SMALL double lfn_class_weight_REAL(const lfn_rows_REAL *a, size_t label)
{
    return a->class_weight ? (double)a->class_weight[label] : 1.0;
}

//@kernel

/* What a softmax over a row comes to. The largest terms are counted apart from
   the rest, so that log(sum) and 1 - p keep their digits where one class has
   nearly all the probability. */
typedef struct {
    REAL max;          /* the largest x_j */
    double ties, rest; /* how many x_j are max; sum of exp(x_j - max) over the others */
    double sum;        /* ties + rest */
    double log_sum;    /* log(sum), so that lse = max + log_sum */
} lfn_softmax;

/* The two sums from ties and rest. */
LFN_FN void lfn_softmax_close(lfn_softmax *s)
{
    s->sum = s->ties + s->rest;
    s->log_sum = s->ties > 1 ? log(s->sum) : log1p(s->rest);
}

/* The softmax of a row; the terms exp(x_j - max) go to e when it is not NULL,
   which may be x. */
LFN_FN lfn_softmax lfn_softmax_of(const REAL *x, size_t n, REAL *e)
{
    const lfn_vec one = lfn_set1(LFN_K(1));
    lfn_softmax s;
    lfn_vec max;
    size_t k = 0, end, m;
    s.max = lfn_max_of(x, n);
    s.ties = s.rest = 0;
    max = lfn_set1(s.max);
    while (k < n) {
        lfn_vec a = lfn_zero(), c = lfn_zero(), v, u;
        lfn_mask top;
        end = k + (n - k < 2 * LFN_RUN * LFN_LANES ? n - k : 2 * LFN_RUN * LFN_LANES);
        for (; end - k >= LFN_LANES; k += LFN_LANES) {
            v = lfn_load(x + k);
            top = v == max;
            u = lfn_exp_falling(v - max);
            if (e) lfn_store(e + k, u);
            a += lfn_keep(lfn_not(top), u);
            c += lfn_keep(top, one);
        }
        if (k < end) {
            m = end - k;
            v = lfn_load_part(x + k, m);
            top = v == max;
            u = lfn_exp_falling(v - max);
            if (e) lfn_store_part(e + k, u, m);
            a += lfn_keep(lfn_not(top) & lfn_first(m), u);
            c += lfn_keep(top & lfn_first(m), one);
            k = end;
        }
        s.rest += lfn_hsum(a);
        s.ties += lfn_hsum(c);
    }
    lfn_softmax_close(&s);
    return s;
}

/* The softmax of a row from those of two of its parts; a part of no columns has
   ties = rest = 0. log_sum is left to lfn_softmax_close. */
LFN_FN lfn_softmax lfn_softmax_join(lfn_softmax a, lfn_softmax b)
{
    lfn_softmax s;
    if (a.ties == 0 && a.rest == 0) return b;
    if (b.ties == 0 && b.rest == 0) return a;
    s = a.max < b.max ? b : a;
    if (a.max == b.max) {
        s.ties = a.ties + b.ties;
        s.rest = a.rest + b.rest;
    } else if (a.max < b.max) s.rest += (a.ties + a.rest) * exp((double)a.max - (double)b.max);
    else s.rest += (b.ties + b.rest) * exp((double)b.max - (double)a.max);
    return s;
}

/* p_j and 1 - p_j of one class of the row. */
LFN_FN double lfn_softmax_at(const lfn_softmax *s, REAL x) { return exp((double)x - (double)s->max) / s->sum; }

LFN_FN double lfn_softmax_not_at(const lfn_softmax *s, REAL x)
{
    return x == s->max ? (s->ties - 1 + s->rest) / s->sum : 1 - lfn_softmax_at(s, x);
}

/* g = factor exp(x - shift): the exponentials already lie in g (of lfn_softmax_of),
   unless gradients accumulate: then they are made again and added. */
LFN_FN void lfn_put_exp(REAL *g, const REAL *x, size_t n, REAL shift, REAL factor, int accumulate)
{
    const lfn_vec s = lfn_set1(shift), f = lfn_set1(factor);
    size_t k, m;
    if (!accumulate) {
        lfn_scale(g, factor, g, n);
        return;
    }
    for (k = 0; k < n; k += m) {
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        lfn_store_part(g + k, lfn_load_part(g + k, m) + f * lfn_exp_falling(lfn_load_part(x + k, m) - s), m);
    }
}

/* An ignored row, or one of weight 0: no loss, no gradient. */
LFN_FN int lfn_skip_row(lfn_rows_REAL *a, size_t i)
{
    const int skip = (a->labels && a->labels[i] == a->ignore_index) || (a->items.weight && a->items.weight[i] == 0);
    if (skip) {
        if (a->items.reduction == LOSSFN_NONE && a->items.loss_out) a->items.loss_out[i] = 0;
        if (a->grad && !a->items.accumulate) lfn_fill(a->grad + i * a->columns, 0, a->columns);
    }
    return skip;
}

//@impl

/* All checks but those of hyper-parameters; the count over the rows that are not
   ignored, each with its weight and, if by_class is set, its class weight. */
LFN_FN int lfn_rows_begin(lfn_rows_REAL *a, const REAL *input, const int32_t *labels, size_t rows, size_t columns,
                          const REAL *class_weight, int by_class, int32_t ignore_index,
                          const lossfn_options_REAL *options, REAL *loss, REAL *grad)
{
    int status;
    size_t i;
    double count = 0;
    lfn_span in, out;
    memset(a, 0, sizeof *a);
    if (rows && ((columns && !input) || !labels)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(lfn_mul(rows, columns), sizeof(REAL)) || lfn_too_big(rows, sizeof(REAL)) || columns > INT32_MAX)
        return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&a->items, options, loss);
    if (status) return status;
    a->input = input;
    a->labels = labels;
    a->class_weight = class_weight;
    a->grad = grad;
    a->rows = rows;
    a->columns = columns;
    a->ignore_index = ignore_index;
    for (i = 0; i < rows; i++) {
        if (labels[i] == ignore_index) continue;
        if (labels[i] < 0 || (size_t)labels[i] >= columns) return LOSSFN_ERROR_LABEL;
        count += lfn_item_weight_REAL(&a->items, i) * (by_class ? lfn_class_weight_REAL(a, (size_t)labels[i]) : 1.0);
    }
    in = lfn_span_of(input, rows * columns, sizeof(REAL));
    out = lfn_span_of(grad, rows * columns, sizeof(REAL));
    if (lfn_spans_clash(&in, 1, &out, 1, !a->items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    lfn_items_scale(&a->items, count);
    return LOSSFN_OK;
}

/* The same for rows against rows of targets (no labels). */
LFN_FN int lfn_dense_rows_begin(lfn_rows_REAL *a, const REAL *input, const REAL *targets, size_t rows, size_t columns,
                                const lossfn_options_REAL *options, REAL *loss, REAL *grad_input, REAL *grad_targets)
{
    lfn_span in[2], out[2];
    int status;
    memset(a, 0, sizeof *a);
    if (rows && columns && (!input || !targets)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(lfn_mul(rows, columns), sizeof(REAL)) || lfn_too_big(rows, sizeof(REAL)) || columns > PTRDIFF_MAX)
        return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&a->items, options, loss);
    if (status) return status;
    in[0] = lfn_span_of(input, rows * columns, sizeof(REAL));
    in[1] = lfn_span_of(targets, rows * columns, sizeof(REAL));
    out[0] = lfn_span_of(grad_input, rows * columns, sizeof(REAL));
    out[1] = lfn_span_of(grad_targets, rows * columns, sizeof(REAL));
    if (lfn_spans_clash(in, 2, out, 2, !a->items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    a->input = input;
    a->grad = grad_input;
    a->rows = rows;
    a->columns = columns;
    lfn_items_scale(&a->items, lfn_items_count(&a->items, rows));
    return LOSSFN_OK;
}
