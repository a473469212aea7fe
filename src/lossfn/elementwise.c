/* The frame of every elementwise loss: a formula (//@point) becomes a block
   function by lfn_map or lfn_map_long, lfn_elementwise_run puts weights, upstream gradients and
   accumulation around it, lfn_elementwise_begin and _end are the public
   function's checks and results. */

//@shared

/* One call. target of a penalty on one array is the array itself. */
typedef struct {
    lfn_items_REAL items;
    const REAL *pred, *target;
    REAL *grad, *hess;
    size_t n;
    int form;            /* which of the loss's formulas, where it has several */
    REAL param[4];
} lfn_elementwise_REAL;

/* Elements per block: its buffers stay in the first-level cache, and a float
   sums at most this many losses before it goes into a double. */
#ifndef LFN_BLOCK
#define LFN_BLOCK 512
#endif

/* A block: n values; losses, scale x gradients and scale x second derivatives
   go where wanted. */
typedef struct {
    const REAL *pred, *target, *param;
    REAL *loss, *grad, *hess;
    size_t n;
    REAL scale;
} lfn_block_REAL;

//@kernel

typedef lfn_point (*lfn_formula)(lfn_vec pred, lfn_vec target, const lfn_vec *param);
typedef double (*lfn_block_function)(const lfn_block_REAL *block);

/* A block of one formula: the sum of its losses. It is inlined into its caller,
   the formula into it. */
LFN_INLINE double lfn_map(const lfn_block_REAL *block, lfn_formula formula)
{
    const REAL *pred = block->pred, *target = block->target;
    REAL *loss = block->loss, *grad = block->grad, *hess = block->hess;
    const size_t n = block->n;
    const lfn_vec s = lfn_set1(block->scale);
    lfn_vec h[4], sum_a = lfn_zero(), sum_b = lfn_zero();
    lfn_point a, b;
    size_t k = 0, m;
    h[0] = lfn_set1(block->param[0]);
    h[1] = lfn_set1(block->param[1]);
    h[2] = lfn_set1(block->param[2]);
    h[3] = lfn_set1(block->param[3]);
    for (; n - k >= 2 * LFN_LANES; k += 2 * LFN_LANES) {
        a = formula(lfn_load(pred + k), lfn_load(target + k), h);
        b = formula(lfn_load(pred + k + LFN_LANES), lfn_load(target + k + LFN_LANES), h);
        sum_a += a.loss;
        sum_b += b.loss;
        if (loss) {
            lfn_store(loss + k, a.loss);
            lfn_store(loss + k + LFN_LANES, b.loss);
        }
        if (grad) {
            lfn_store(grad + k, s * a.grad);
            lfn_store(grad + k + LFN_LANES, s * b.grad);
        }
        if (hess) {
            lfn_store(hess + k, s * a.hess);
            lfn_store(hess + k + LFN_LANES, s * b.hess);
        }
    }
    for (; k < n; k += m) {
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        a = formula(lfn_load_part(pred + k, m), lfn_load_part(target + k, m), h);
        sum_a += lfn_keep(lfn_first(m), a.loss);
        if (loss) lfn_store_part(loss + k, a.loss, m);
        if (grad) lfn_store_part(grad + k, s * a.grad, m);
        if (hess) lfn_store_part(hess + k, s * a.hess, m);
    }
    return lfn_hsum(sum_a + sum_b);
}

/* The same for formulas long enough to hide what the loop costs: the formula is
   there once instead of three times. */
LFN_INLINE double lfn_map_long(const lfn_block_REAL *block, lfn_formula formula)
{
    const lfn_vec s = lfn_set1(block->scale);
    lfn_vec h[4], x, t, sum = lfn_zero();
    lfn_point p;
    size_t k, m;
    for (k = 0; k < 4; k++) h[k] = lfn_set1(block->param[k]);
    for (k = 0; k < block->n; k += m) {
        m = block->n - k < LFN_LANES ? block->n - k : LFN_LANES;
        x = lfn_load_part(block->pred + k, m);
        t = lfn_load_part(block->target + k, m);
        p = formula(x, t, h);
        sum += lfn_keep(lfn_first(m), p.loss);
        if (block->loss) lfn_store_part(block->loss + k, p.loss, m);
        if (block->grad) lfn_store_part(block->grad + k, s * p.grad, m);
        if (block->hess) lfn_store_part(block->hess + k, s * p.hess, m);
    }
    return lfn_hsum(sum);
}

/* y = scale weight upstream x, 0 where the weight is 0; added to y when
   accumulate is set. y may be x. */
LFN_FN void lfn_weigh(REAL *y, const REAL *x, const REAL *weight, const REAL *upstream, REAL scale, size_t n, int accumulate)
{
    size_t k, m;
    for (k = 0; k < n; k += m) {
        lfn_vec value, factor = lfn_set1(scale);
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        value = lfn_load_part(x + k, m);
        if (upstream) factor *= lfn_load_part(upstream + k, m);
        if (weight) {
            const lfn_vec w = lfn_load_part(weight + k, m);
            value = lfn_keep(lfn_not(w == lfn_zero()), value * (factor * w));
        } else value *= factor;
        lfn_put_part(y + k, value, m, accumulate);
    }
}

/* For functions of several arrays that make their own blocks: takes the losses of
   the m items from item k on, which are weighted in place. */
LFN_FN void lfn_take_losses(lfn_items_REAL *it, size_t k, REAL *loss, size_t m)
{
    if (it->weight) lfn_weigh(loss, loss, it->weight + k, NULL, LFN_K(1), m, 0);
    it->total += lfn_sum(loss, m);
    if (it->reduction == LOSSFN_NONE && it->loss_out) memcpy(it->loss_out + k, loss, m * sizeof *loss);
}

/* And their derivatives times sign, for one of the gradients; grad NULL: nowhere. */
LFN_FN void lfn_take_grads(const lfn_items_REAL *it, size_t k, REAL *grad, const REAL *derivative, int sign, size_t m)
{
    if (grad)
        lfn_weigh(grad + k, derivative, it->weight ? it->weight + k : NULL, it->upstream ? it->upstream + k : NULL,
                  (REAL)(sign * it->scale), m, it->accumulate);
}

/* The whole array, a block at a time: the sum of weight x loss. */
LFN_FN double lfn_elementwise_run(const lfn_elementwise_REAL *a, lfn_block_function run)
{
    const lfn_items_REAL *it = &a->items;
    const int plain = !it->weight && !it->upstream && !it->accumulate;
    REAL loss[LFN_BLOCK], grad[LFN_BLOCK], hess[LFN_BLOCK];
    REAL *each = it->reduction == LOSSFN_NONE ? it->loss_out : NULL;
    double total = 0;
    size_t k, m;
    lfn_block_REAL b;
    b.param = a->param;
    for (k = 0; k < a->n; k += m) {
        m = a->n - k < LFN_BLOCK ? a->n - k : LFN_BLOCK;
        b.pred = a->pred + k;
        b.target = a->target + k;
        b.n = m;
        if (plain) {
            b.scale = (REAL)it->scale;
            b.loss = each ? each + k : NULL;
            b.grad = a->grad ? a->grad + k : NULL;
            b.hess = a->hess ? a->hess + k : NULL;
            total += run(&b);
        } else {
            const REAL *weight = it->weight ? it->weight + k : NULL, *upstream = it->upstream ? it->upstream + k : NULL;
            b.scale = 1;
            b.loss = loss;
            b.grad = a->grad ? grad : NULL;
            b.hess = a->hess ? hess : NULL;
            run(&b);
            if (weight) lfn_weigh(loss, loss, weight, NULL, LFN_K(1), m, 0);
            total += lfn_sum(loss, m);
            if (each) memcpy(each + k, loss, m * sizeof *loss);
            if (a->grad) lfn_weigh(a->grad + k, grad, weight, upstream, (REAL)it->scale, m, it->accumulate);
            if (a->hess) lfn_weigh(a->hess + k, hess, weight, upstream, (REAL)it->scale, m, it->accumulate);
        }
    }
    return total;
}

//@impl

/* The checks that need no hyper-parameter; then everything is ready to run. */
LFN_FN int lfn_elementwise_begin(lfn_elementwise_REAL *a, const REAL *pred, const REAL *target, size_t n,
                                 const lossfn_options_REAL *options, REAL *loss, REAL *grad, REAL *hess)
{
    lfn_span in[2], out[2];
    int status;
    memset(a, 0, sizeof *a);
    if (n && (!pred || !target)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&a->items, options, loss);
    if (status) return status;
    in[0] = lfn_span_of(pred, n, sizeof(REAL));
    in[1] = lfn_span_of(target, n, sizeof(REAL));
    out[0] = lfn_span_of(grad, n, sizeof(REAL));
    out[1] = lfn_span_of(hess, n, sizeof(REAL));
    if (lfn_spans_clash(in, 2, out, 2, !a->items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    a->pred = pred;
    a->target = target;
    a->n = n;
    a->grad = grad;
    a->hess = hess;
    lfn_items_scale(&a->items, lfn_items_count(&a->items, n));
    return LOSSFN_OK;
}

LFN_FN int lfn_elementwise_end(lfn_elementwise_REAL *a, double total)
{
    a->items.total = total;
    return lfn_items_end(&a->items);
}

/* What a formula gives on one value, for the public inline forms. */
//@elem
LOSSFN_INLINE REAL lfn_elem_out_REAL(lfn_point_REAL p, REAL *grad, REAL *hess)
{
    if (grad) *grad = p.grad;
    if (hess) *hess = p.hess;
    return p.loss;
}
