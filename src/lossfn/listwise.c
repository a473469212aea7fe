//@family Ranking: lists of scores against their relevance

//@api

/* ---- ranking lists ----------------------------------------------------------------------

   scores and relevance hold the n documents of all lists one after the other: list l
   is elements offsets[l] .. offsets[l + 1] - 1; offsets has lists + 1 values that
   never decrease, the last at most n. An item is a list; an empty list has no loss and
   does not count, documents of no list get gradient 0. Gradients have n elements and
   may be exactly one of the inputs unless they accumulate.
   Errors of all: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE (also: offsets that decrease or
   pass n), LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OPTION, LOSSFN_ERROR_OVERLAP. */

/* ListNet, top-one probabilities: with q = softmax(relevance) and p = softmax(scores)
   over a list, loss = -sum_j q_j log(p_j), gradient in the scores p_j - q_j, in the
   relevance q_j (-log(p_j) - loss). A list of one document has loss 0; a list of equal
   relevance pulls its scores together. A relevance of -infinity leaves a document out
   of q. TensorFlow Ranking and optax normalise the relevance by its sum instead of a
   softmax: for that use lossfn_soft_cross_entropy.
   Source: Z. Cao et al., Learning to rank: from pairwise approach to listwise
   approach, 2007. */
LOSSFN_DEF int lossfn_list_net_REAL(const REAL *scores, const REAL *relevance, size_t n, const size_t *offsets, size_t lists,
                                    const lossfn_options_REAL *options, REAL *loss, REAL *grad_scores, REAL *grad_relevance);

/* Options of LambdaRank.

   sigma        > 0, default 1: steepness of the logistic
   truncation   k: only pairs with a document among the k best scores, and the ideal DCG
                over k; 0, the default, all (LightGBM: 30)
   normalise    nonzero, as LightGBM's lambdarank_norm: each pair's weight is divided by
                0.01 + |s_i - s_j| (unless all scores are equal), and a list's loss and
                gradient are multiplied by log2(1 + L) / L with L twice its sum of
                lambdas. Default 0
   linear_gain  nonzero: the gain is the relevance itself, else 2^relevance - 1. Default 0 */
typedef struct lossfn_lambda_rank_config {
    double sigma;
    size_t truncation;
    int normalise, linear_gain;
} lossfn_lambda_rank_config;

LOSSFN_DEF lossfn_lambda_rank_config lossfn_lambda_rank_defaults(void);

/* LambdaRank for NDCG, over the pairs of a list in which i is more relevant than j:
   loss = sum w_ij log(1 + exp(-sigma (s_i - s_j))),
   w_ij = |G_i - G_j| |1 / D_i - 1 / D_j| / ideal DCG,
   G the gain, D = log2(1 + rank), ranks by falling score from 1, equal scores in the order
   of the list. w_ij is what exchanging the two would change NDCG by. The weights
   (with what normalise makes of them) are held constant in the gradients:
   lambda_ij = sigma w_ij S(-sigma (s_i - s_j)), S(x) = 1 / (1 + exp(-x)),
   grad_i = -lambda_ij, grad_j = +lambda_ij, summed over the pairs, and the diagonal of the
   second derivative sigma^2 w_ij S (1 - S) in hess_scores, both for Newton steps in
   gradient boosting (there with LOSSFN_SUM). A list without pairs or with an
   ideal DCG of 0 has loss 0. relevance >= 0; gains and ideal DCG should not overflow.
   config   NULL: the defaults
   scratch  lossfn_lambda_rank_scratch(length of the longest list) bytes, SIZE_MAX when that
            is too large (more than 2^32 - 1). Time O(length x truncation) per list.
   Errors beyond those above: LOSSFN_ERROR_SCRATCH.
   Sources: C. Burges, From RankNet to LambdaRank to LambdaMART, 2010; X. Wang et al., The
   LambdaLoss framework, 2018. */
LOSSFN_DEF size_t lossfn_lambda_rank_scratch_REAL(size_t longest);

LOSSFN_DEF int lossfn_lambda_rank_REAL(const REAL *scores, const REAL *relevance, size_t n, const size_t *offsets, size_t lists,
                                       const lossfn_lambda_rank_config *config, const lossfn_options_REAL *options,
                                       void *scratch, size_t scratch_size, REAL *loss, REAL *grad_scores, REAL *hess_scores);

//@once

/* What the pairs of a document come to. */
typedef struct {
    double loss, lambda, slope, curve;
} lfn_rank_sums;

//@shared

typedef struct {
    lfn_items_REAL items;
    const REAL *scores, *relevance;
    REAL *out[2];               /* gradient in the scores; in the relevance, or the second derivative */
    const size_t *offsets;
    size_t n, lists, longest;
    /* LambdaRank */
    double sigma;
    size_t truncation;
    int normalise, linear;
    uint32_t *order;            /* documents by falling score */
    REAL *score, *gain;         /* in that order */
    REAL *slope, *curve;
    REAL *discount;             /* 1 / D by rank */
    void *room;                 /* of the sort */
} lfn_lists_REAL;

//@kernel

/* List l of ListNet. */
LFN_FN void lfn_list_net_list(lfn_lists_REAL *a, size_t l)
{
    const size_t start = a->offsets[l], n = a->offsets[l + 1] - start;
    const REAL *x = a->scores + start, *y = a->relevance + start;
    REAL *gx = a->out[0] ? a->out[0] + start : NULL, *gy = a->out[1] ? a->out[1] + start : NULL;
    const lfn_softmax p = lfn_softmax_of(x, n, NULL), q = lfn_softmax_of(y, n, NULL);
    const lfn_vec top = lfn_set1(p.max), log_sum = lfn_set1((REAL)p.log_sum), peak = lfn_set1(q.max);
    const lfn_vec p_unit = lfn_set1((REAL)(1 / p.sum)), q_unit = lfn_set1((REAL)(1 / q.sum));
    const lfn_vec scale = lfn_set1((REAL)lfn_item_scale_REAL(&a->items, l));
    double loss = 0;
    size_t k, m;
    lfn_vec all, v, t, cost, out;
    for (k = 0; k < n; k += m) {
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        t = q_unit * lfn_exp(lfn_load_part(y + k, m) - peak);
        cost = log_sum + (top - lfn_load_part(x + k, m));
        loss += lfn_hsum(lfn_keep(lfn_not(t == lfn_zero()) & lfn_first(m), t * cost));
    }
    lfn_item_loss_REAL(&a->items, l, loss);
    all = lfn_set1((REAL)loss);
    for (k = 0; (gx || gy) && k < n; k += m) {
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        v = lfn_load_part(x + k, m);
        t = q_unit * lfn_exp(lfn_load_part(y + k, m) - peak);
        cost = log_sum + (top - v);
        if (gx) {
            out = scale * (p_unit * lfn_exp(v - top) - t);
            lfn_put_part(gx + k, out, m, a->items.accumulate);
        }
        if (gy) {
            out = scale * lfn_keep(lfn_not(t == lfn_zero()), t * (cost - all));
            lfn_put_part(gy + k, out, m, a->items.accumulate);
        }
    }
}

/* The pairs of document i with documents first .. end - 1 behind it. */
LFN_FN void lfn_rank_run(const lfn_lists_REAL *a, size_t i, size_t first, size_t end, double unit, int spread, lfn_rank_sums *sums)
{
    const lfn_vec score = lfn_set1(a->score[i]), gain = lfn_set1(a->gain[i]), discount = lfn_set1(a->discount[i]);
    const lfn_vec sigma = lfn_set1((REAL)a->sigma), inverse = lfn_set1((REAL)unit), one = lfn_set1(LFN_K(1));
    lfn_vec loss = lfn_zero(), total = lfn_zero(), slope = lfn_zero(), curve = lfn_zero();
    size_t j, m;
    for (j = first; j < end; j += m) {
        lfn_vec gap, more, sign, weight, x, s, lambda, bend;
        lfn_mask differ;
        m = end - j < LFN_LANES ? end - j : LFN_LANES;
        gap = score - lfn_load_part(a->score + j, m);
        more = gain - lfn_load_part(a->gain + j, m);
        differ = lfn_not(more == lfn_zero()) & lfn_first(m);
        sign = lfn_sign(more);
        weight = lfn_abs(more) * (discount - lfn_load_part(a->discount + j, m)) * inverse;
        if (spread) weight /= lfn_set1(LFN_K(0.01)) + lfn_abs(gap);
        x = -sigma * sign * gap;
        s = lfn_sigmoid(x);
        loss += lfn_keep(differ, weight * lfn_softplus(x));
        lambda = lfn_keep(differ, sigma * weight * s);
        bend = lambda * sigma * (one - s);
        total += lambda;
        slope += sign * lambda;
        curve += bend;
        lfn_store_part(a->slope + j, lfn_load_part(a->slope + j, m) + sign * lambda, m);
        lfn_store_part(a->curve + j, lfn_load_part(a->curve + j, m) + bend, m);
    }
    sums->loss += lfn_hsum(loss);
    sums->lambda += lfn_hsum(total);
    sums->slope += lfn_hsum(slope);
    sums->curve += lfn_hsum(curve);
}

/* All pairs of a list of n documents, sorted; unit is 1 / ideal DCG. Returns loss and lambda. */
LFN_FN lfn_rank_sums lfn_rank_pairs(const lfn_lists_REAL *a, size_t n, double unit)
{
    const size_t top = a->truncation && a->truncation < n ? a->truncation : n;
    const int spread = a->normalise && a->score[0] != a->score[n - 1];
    lfn_rank_sums all = {0, 0, 0, 0};
    size_t i, j, end;
    lfn_fill(a->slope, 0, n);
    lfn_fill(a->curve, 0, n);
    for (i = 0; i < top; i++) {
        all.slope = all.curve = 0;
        for (j = i + 1; j < n; j = end) {
            end = n - j < LFN_RUN * LFN_LANES ? n : j + LFN_RUN * LFN_LANES;
            lfn_rank_run(a, i, j, end, unit, spread, &all);
        }
        a->slope[i] -= (REAL)all.slope;
        a->curve[i] += (REAL)all.curve;
    }
    return all;
}

//@impl

/* All checks but those of hyper-parameters and of scratch. */
LFN_FN int lfn_lists_begin(lfn_lists_REAL *a, const REAL *scores, const REAL *relevance, size_t n, const size_t *offsets, size_t lists,
                           const lossfn_options_REAL *options, REAL *loss, REAL *first, REAL *second)
{
    lfn_span in[3], out[2];
    double count = 0;
    size_t l;
    int status;
    memset(a, 0, sizeof *a);
    if ((n && (!scores || !relevance)) || (lists && !offsets)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL)) || lists == SIZE_MAX || lfn_too_big(lists + 1, sizeof(size_t))) return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&a->items, options, loss);
    if (status) return status;
    for (l = 0; l < lists; l++) {
        if (offsets[l] > offsets[l + 1] || offsets[l + 1] > n) return LOSSFN_ERROR_SIZE;
        if (offsets[l + 1] - offsets[l] > a->longest) a->longest = offsets[l + 1] - offsets[l];
        if (offsets[l] < offsets[l + 1]) count += lfn_item_weight_REAL(&a->items, l);
    }
    in[0] = lfn_span_of(scores, n, sizeof(REAL));
    in[1] = lfn_span_of(relevance, n, sizeof(REAL));
    in[2] = lfn_span_of(offsets, lists ? lists + 1 : 0, sizeof(size_t));
    out[0] = lfn_span_of(first, n, sizeof(REAL));
    out[1] = lfn_span_of(second, n, sizeof(REAL));
    if (lfn_spans_clash(in, 2, out, 2, !a->items.accumulate) || lfn_spans_clash(in + 2, 1, out, 2, 0)) return LOSSFN_ERROR_OVERLAP;
    a->scores = scores;
    a->relevance = relevance;
    a->n = n;
    a->offsets = offsets;
    a->lists = lists;
    a->out[0] = first;
    a->out[1] = second;
    lfn_items_scale(&a->items, count);
    return LOSSFN_OK;
}

/* Elements start .. end - 1 have no gradient. */
LFN_FN void lfn_lists_zero(const lfn_lists_REAL *a, size_t start, size_t end)
{
    int k;
    for (k = 0; k < 2; k++)
        if (a->out[k] && !a->items.accumulate) LFN_CALL(lfn_fill, (a->out[k] + start, 0, end - start));
}

/* Whether list l is to be left out: then it has no loss and no gradient. */
LFN_FN int lfn_lists_skip(lfn_lists_REAL *a, size_t l)
{
    if (a->offsets[l] < a->offsets[l + 1] && !(a->items.weight && a->items.weight[l] == 0)) return 0;
    lfn_item_loss_REAL(&a->items, l, 0);
    lfn_lists_zero(a, a->offsets[l], a->offsets[l + 1]);
    return 1;
}

/* The documents before the first list and behind the last. */
LFN_FN void lfn_lists_rest(const lfn_lists_REAL *a)
{
    lfn_lists_zero(a, 0, a->lists ? a->offsets[0] : a->n);
    if (a->lists) lfn_lists_zero(a, a->offsets[a->lists], a->n);
}

LOSSFN_DEF int lossfn_list_net_REAL(const REAL *scores, const REAL *relevance, size_t n, const size_t *offsets, size_t lists,
                                    const lossfn_options_REAL *options, REAL *loss, REAL *grad_scores, REAL *grad_relevance)
{
    lfn_lists_REAL a;
    size_t l;
    int status = lfn_lists_begin(&a, scores, relevance, n, offsets, lists, options, loss, grad_scores, grad_relevance);
    if (status) return status;
    for (l = 0; l < lists; l++)
        if (!lfn_lists_skip(&a, l)) LFN_CALL(lfn_list_net_list, (&a, l));
    lfn_lists_rest(&a);
    return lfn_items_end(&a.items);
}

/* The gain of a relevance. */
LFN_FN double lfn_rank_gain(const lfn_lists_REAL *a, REAL relevance)
{
    return a->linear ? (double)relevance : pow(2, (double)relevance) - 1;
}

/* 1 / the DCG of a list of n in the best order, over the best `truncation`; 0 where that is 0. */
LFN_FN double lfn_rank_unit(const lfn_lists_REAL *a, const REAL *relevance, size_t n)
{
    const size_t top = a->truncation && a->truncation < n ? a->truncation : n;
    double ideal = 0;
    size_t k;
    lfn_argsort(relevance, n, 1, a->order, a->room);
    for (k = 0; k < top; k++) ideal += lfn_rank_gain(a, relevance[a->order[k]]) * (double)a->discount[k];
    return ideal <= 0 ? 0 : 1 / ideal;
}

/* y = value, added to it when gradients accumulate; y NULL: nothing. */
LFN_FN void lfn_rank_put(const lfn_lists_REAL *a, REAL *y, double value)
{
    if (y) *y = a->items.accumulate ? *y + (REAL)value : (REAL)value;
}

/* List l of LambdaRank. */
LFN_FN void lfn_rank_list(lfn_lists_REAL *a, size_t l)
{
    const size_t start = a->offsets[l], n = a->offsets[l + 1] - start;
    const double unit = lfn_rank_unit(a, a->relevance + start, n);
    double factor = 1, scale;
    lfn_rank_sums sums;
    size_t k;
    if (unit == 0) {
        lfn_item_loss_REAL(&a->items, l, 0);
        lfn_lists_zero(a, start, start + n);
        return;
    }
    lfn_argsort(a->scores + start, n, 1, a->order, a->room);
    for (k = 0; k < n; k++) {
        a->score[k] = a->scores[start + a->order[k]];
        a->gain[k] = (REAL)lfn_rank_gain(a, a->relevance[start + a->order[k]]);
    }
    sums = LFN_CALL(lfn_rank_pairs, (a, n, unit));
    if (a->normalise && sums.lambda > 0) factor = log1p(2 * sums.lambda) / (2 * sums.lambda * 0.69314718055994530942);
    lfn_item_loss_REAL(&a->items, l, factor * sums.loss);
    scale = factor * lfn_item_scale_REAL(&a->items, l);
    for (k = 0; k < n; k++) {
        lfn_rank_put(a, a->out[0] ? a->out[0] + start + a->order[k] : NULL, scale * (double)a->slope[k]);
        lfn_rank_put(a, a->out[1] ? a->out[1] + start + a->order[k] : NULL, scale * (double)a->curve[k]);
    }
}

LOSSFN_DEF size_t lossfn_lambda_rank_scratch_REAL(size_t longest)
{
    if (longest > UINT32_MAX) return SIZE_MAX;
    return lfn_add(lfn_add(lfn_piece(longest, sizeof(uint32_t)), lfn_mul(5, lfn_piece(longest, sizeof(REAL)))), lfn_add(lfn_argsort_room(longest), 64));
}

LOSSFN_DEF int lossfn_lambda_rank_REAL(const REAL *scores, const REAL *relevance, size_t n, const size_t *offsets, size_t lists,
                                       const lossfn_lambda_rank_config *config, const lossfn_options_REAL *options,
                                       void *scratch, size_t scratch_size, REAL *loss, REAL *grad_scores, REAL *hess_scores)
{
    const lossfn_lambda_rank_config c = config ? *config : lossfn_lambda_rank_defaults();
    lfn_lists_REAL a;
    size_t l, k;
    int status = lfn_lists_begin(&a, scores, relevance, n, offsets, lists, options, loss, grad_scores, hess_scores);
    if (status) return status;
    if (!lfn_is_positive(c.sigma) || !lfn_is_finite(c.sigma * c.sigma)) return LOSSFN_ERROR_PARAMETER;
    if (a.longest > UINT32_MAX) return LOSSFN_ERROR_SIZE;
    if (a.longest && (!scratch || scratch_size < lossfn_lambda_rank_scratch_REAL(a.longest))) return LOSSFN_ERROR_SCRATCH;
    a.sigma = c.sigma;
    a.truncation = c.truncation;
    a.normalise = c.normalise != 0;
    a.linear = c.linear_gain != 0;
    if (a.longest) {
        a.order = (uint32_t *)lfn_cut(&scratch, a.longest, sizeof(uint32_t));
        a.score = (REAL *)lfn_cut(&scratch, a.longest, sizeof(REAL));
        a.gain = (REAL *)lfn_cut(&scratch, a.longest, sizeof(REAL));
        a.slope = (REAL *)lfn_cut(&scratch, a.longest, sizeof(REAL));
        a.curve = (REAL *)lfn_cut(&scratch, a.longest, sizeof(REAL));
        a.discount = (REAL *)lfn_cut(&scratch, a.longest, sizeof(REAL));
        a.room = scratch;
        for (k = 0; k < a.longest; k++) a.discount[k] = (REAL)(0.69314718055994530942 / log((double)k + 2));
    }
    for (l = 0; l < lists; l++)
        if (!lfn_lists_skip(&a, l)) lfn_rank_list(&a, l);
    lfn_lists_rest(&a);
    return lfn_items_end(&a.items);
}

//@last

LOSSFN_DEF lossfn_lambda_rank_config lossfn_lambda_rank_defaults(void)
{
    lossfn_lambda_rank_config config;
    config.sigma = 1;
    config.truncation = 0;
    config.normalise = 0;
    config.linear_gain = 0;
    return config;
}
