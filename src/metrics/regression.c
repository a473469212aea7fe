//@family Regression: errors, R2, explained variance, Pearson and concordance correlation from running moments

//@api

/* ---- regression --------------------------------------------------------------

   pred and target are arrays (n, outputs): `outputs` values per item, 1 the usual
   number. weight, one per item, says how often an item counts (>= 0, not checked;
   NULL: all 1); an item of weight 0 is skipped whatever its data holds. Below, the
   sums run over the items, e = pred - target, W is the sum of the weights and
   mean(x) = sum of weight x / W.

   One pass over the data keeps means and centred second moments in double, so R2
   and correlations stay exact at large offsets where sums of squares cancel, and
   merged parts give the whole but for rounding. A NaN in an item makes the scores
   of its output NaN.
   Sources: B. P. Welford, Note on a method for calculating corrected sums of
   squares and products, 1962; T. F. Chan, G. H. Golub, R. J. LeVeque, Updating
   formulae and a pairwise algorithm for computing sample variances, 1979. */

/* What one output's scores are made from. Plain data without pointers; all zero
   is an accumulator that has seen nothing. */
typedef struct metrics_regression {
    double count;                    /* items of weight other than 0 */
    double weight;                   /* W */
    double mean_pred, mean_target, mean_error;
    double pred2, target2, error2;   /* sum of weight (x - mean(x))^2 of pred, target, e */
    double cross;                    /* sum of weight (pred - mean(pred)) (target - mean(target)) */
    double squared, absolute;        /* sum of weight e^2, of weight |e| */
    double relative;                 /* sum of weight |e| / max(|target|, 2.2e-16) */
    double target_absolute;          /* sum of weight |target| */
    double max_error;                /* the largest |e| */
} metrics_regression;

/* The scores of one output, or their average. Without items all are NaN. */
typedef struct metrics_regression_scores {
    double mse;                 /* mean(e^2) */
    double rmse;                /* sqrt(mse) */
    double mae;                 /* mean(|e|) */
    double bias;                /* mean(e): positive when predictions are too high */
    double max_error;           /* max |e| */
    double mape;                /* mean(|e| / max(|target|, 2.2e-16)), a fraction (not percent) */
    double wape;                /* sum |e| / sum |target|; NaN where all targets are 0 */
    double r2;                  /* 1 - sum e^2 / sum (target - mean(target))^2 */
    double explained_variance;  /* 1 - Var(e) / Var(target) */
    double pearson;             /* Cov(pred, target) / sqrt(Var(pred) Var(target)), in [-1, 1] */
    double concordance;         /* 2 Cov(pred, target) / (Var(pred) + Var(target) + mean(e)^2) */
} metrics_regression_scores;

/* How the scores of several outputs become one. */
enum {
    METRICS_OUTPUTS_RAW = 0,      /* no average: one metrics_regression_scores per output */
    METRICS_OUTPUTS_UNIFORM = 1,  /* the mean over the outputs; rmse is the mean of the outputs' rmse */
    METRICS_OUTPUTS_VARIANCE = 2  /* r2 and explained_variance weighted by the outputs' Var(target)
                                     (uniform where all are 0), the others as in UNIFORM */
};

/* Makes `outputs` accumulators empty. Errors: METRICS_ERROR_NULL,
   METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_regression_init(size_t outputs, metrics_regression *regression);

/* Takes n items: pred and target (n, outputs), weight (n) or NULL; regression is
   an array of `outputs` accumulators.
   Errors: METRICS_ERROR_NULL (data with n outputs > 0, regression with outputs > 0),
   METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_regression_update_REAL(const REAL *pred, const REAL *target, const REAL *weight,
                                               size_t n, size_t outputs, metrics_regression *regression);

/* Adds what `other` holds to `regression`, `outputs` accumulators each; they may
   be the same array. Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_regression_merge(const metrics_regression *other, size_t outputs, metrics_regression *regression);

/* The scores: scores is an array of `outputs` for METRICS_OUTPUTS_RAW, else one.
   Undefined cases, as in scikit-learn 1.2 (force_finite):
     r2                    NaN for fewer than two items; with a constant target 1 if
                           all errors are 0, else 0
     explained_variance    with a constant target 1 if the error is constant, else 0
     pearson               NaN for fewer than two items, a constant pred or target
     concordance           NaN where its denominator is 0
   scikit-learn counts items of weight 0 too when it asks for two; torchmetrics'
   R2 of a constant target is not finite, its MAPE floors |target| at 1.17e-6.
   With several outputs, a NaN in one makes that average NaN. No outputs: NaN.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE, METRICS_ERROR_OPTION (average).
   Source of concordance: L. I-K. Lin, A concordance correlation coefficient to
   evaluate reproducibility, 1989 (with the biased variances, as here). */
METRICS_DEF int metrics_regression_result(const metrics_regression *regression, size_t outputs, int average,
                                          metrics_regression_scores *scores);

/* The same of arrays at once. Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE,
   METRICS_ERROR_OPTION (average). */
METRICS_DEF int metrics_regression_REAL(const REAL *pred, const REAL *target, const REAL *weight,
                                        size_t n, size_t outputs, int average, metrics_regression_scores *scores);

/* Pearson's correlation of x and y, n values each, with optional weights:
   Cov(x, y) / sqrt(Var(x) Var(y)), NaN for fewer than two items or a constant x
   or y. scipy.stats.pearsonr without weights. Errors: METRICS_ERROR_NULL (x or y
   with n > 0), METRICS_ERROR_SIZE. Source: K. Pearson 1895. */
METRICS_DEF int metrics_pearson_REAL(const REAL *x, const REAL *y, const REAL *weight, size_t n, double *r);

//@once

#define LFN_REGRESSION_BLOCK 256

/* A NaN stays. */
LFN_UNUSED static void lfn_regression_max(double *max, double candidate)
{
    if (candidate > *max || lfn_is_nan(candidate)) *max = candidate;
}

/* b into a: with d = mean_b - mean_a,
   mean = mean_a + d W_b / W, M = M_a + M_b + d^2 W_a W_b / W */
LFN_UNUSED static void lfn_regression_merge(metrics_regression *a, const metrics_regression *b)
{
    const double weight = a->weight + b->weight;
    const double pred = b->mean_pred - a->mean_pred, target = b->mean_target - a->mean_target;
    const double error = b->mean_error - a->mean_error;
    double share, both;
    if (b->count == 0) return;
    if (a->count == 0) {
        *a = *b;
        return;
    }
    share = b->weight / weight;
    both = a->weight * share;
    a->count += b->count;
    a->weight = weight;
    a->mean_pred += pred * share;
    a->mean_target += target * share;
    a->mean_error += error * share;
    a->pred2 += b->pred2 + pred * pred * both;
    a->target2 += b->target2 + target * target * both;
    a->error2 += b->error2 + error * error * both;
    a->cross += b->cross + pred * target * both;
    a->squared += b->squared;
    a->absolute += b->absolute;
    a->relative += b->relative;
    a->target_absolute += b->target_absolute;
    lfn_regression_max(&a->max_error, b->max_error);
}

/* 1 - a / b; where b is 0: 1 if a is 0 too, else 0 */
LFN_UNUSED static double lfn_regression_skill(double a, double b)
{
    return b == 0 ? (a == 0 ? 1 : 0) : 1 - a / b;
}

LFN_UNUSED static double lfn_regression_pearson(const metrics_regression *r)
{
    const double product = r->pred2 * r->target2;
    const double scale = product > DBL_MIN && lfn_finite(product) ? sqrt(product) : sqrt(r->pred2) * sqrt(r->target2);
    double value;
    if (r->count < 2 || scale == 0) return lfn_nan_value();
    value = r->cross / scale;
    return value > 1 ? 1 : value < -1 ? -1 : value;
}

LFN_UNUSED static void lfn_regression_scores(const metrics_regression *r, metrics_regression_scores *s)
{
    const double nan = lfn_nan_value();
    s->mse = lfn_ratio(r->squared, r->weight, nan);
    s->rmse = sqrt(s->mse);
    s->mae = lfn_ratio(r->absolute, r->weight, nan);
    s->bias = r->count > 0 ? r->mean_error : nan;
    s->max_error = r->count > 0 ? r->max_error : nan;
    s->mape = lfn_ratio(r->relative, r->weight, nan);
    s->wape = lfn_ratio(r->absolute, r->target_absolute, nan);
    s->r2 = r->count < 2 ? nan : lfn_regression_skill(r->squared, r->target2);
    s->explained_variance = r->count < 1 ? nan : lfn_regression_skill(r->error2, r->target2);
    s->pearson = lfn_regression_pearson(r);
    s->concordance = lfn_ratio(2 * r->cross, r->pred2 + r->target2 + r->weight * r->mean_error * r->mean_error, nan);
}

/* The average over outputs, one output after the other. */
typedef struct {
    metrics_regression_scores sum;
    double outputs, variance, r2, explained_variance;   /* of the outputs weighted by their variance */
} lfn_regression_average;

LFN_UNUSED static void lfn_regression_average_add(lfn_regression_average *a, const metrics_regression *r)
{
    metrics_regression_scores s;
    lfn_regression_scores(r, &s);
    a->sum.mse += s.mse;
    a->sum.rmse += s.rmse;
    a->sum.mae += s.mae;
    a->sum.bias += s.bias;
    a->sum.max_error += s.max_error;
    a->sum.mape += s.mape;
    a->sum.wape += s.wape;
    a->sum.r2 += s.r2;
    a->sum.explained_variance += s.explained_variance;
    a->sum.pearson += s.pearson;
    a->sum.concordance += s.concordance;
    a->outputs += 1;
    if (r->target2 != 0) {
        a->variance += r->target2 / r->weight;
        a->r2 += s.r2 * (r->target2 / r->weight);
        a->explained_variance += s.explained_variance * (r->target2 / r->weight);
    }
}

LFN_UNUSED static void lfn_regression_average_end(const lfn_regression_average *a, int average, metrics_regression_scores *s)
{
    const double nan = lfn_nan_value();
    s->mse = lfn_ratio(a->sum.mse, a->outputs, nan);
    s->rmse = lfn_ratio(a->sum.rmse, a->outputs, nan);
    s->mae = lfn_ratio(a->sum.mae, a->outputs, nan);
    s->bias = lfn_ratio(a->sum.bias, a->outputs, nan);
    s->max_error = lfn_ratio(a->sum.max_error, a->outputs, nan);
    s->mape = lfn_ratio(a->sum.mape, a->outputs, nan);
    s->wape = lfn_ratio(a->sum.wape, a->outputs, nan);
    s->r2 = lfn_ratio(a->sum.r2, a->outputs, nan);
    s->explained_variance = lfn_ratio(a->sum.explained_variance, a->outputs, nan);
    s->pearson = lfn_ratio(a->sum.pearson, a->outputs, nan);
    s->concordance = lfn_ratio(a->sum.concordance, a->outputs, nan);
    if (average == METRICS_OUTPUTS_VARIANCE && a->variance != 0) {
        s->r2 = a->r2 / a->variance;
        s->explained_variance = a->explained_variance / a->variance;
    }
}

METRICS_DEF int metrics_regression_init(size_t outputs, metrics_regression *regression)
{
    if (outputs && !regression) return METRICS_ERROR_NULL;
    if (lfn_too_big(outputs, sizeof *regression)) return METRICS_ERROR_SIZE;
    if (outputs) memset(regression, 0, outputs * sizeof *regression);
    return METRICS_OK;
}

METRICS_DEF int metrics_regression_merge(const metrics_regression *other, size_t outputs, metrics_regression *regression)
{
    size_t j;
    if (outputs && (!other || !regression)) return METRICS_ERROR_NULL;
    if (lfn_too_big(outputs, sizeof *regression)) return METRICS_ERROR_SIZE;
    for (j = 0; j < outputs; j++) {
        const metrics_regression from = other[j];
        lfn_regression_merge(&regression[j], &from);
    }
    return METRICS_OK;
}

METRICS_DEF int metrics_regression_result(const metrics_regression *regression, size_t outputs, int average,
                                          metrics_regression_scores *scores)
{
    lfn_regression_average mean;
    size_t j;
    if (outputs && !regression) return METRICS_ERROR_NULL;
    if (lfn_too_big(outputs, sizeof *regression)) return METRICS_ERROR_SIZE;
    if (average < METRICS_OUTPUTS_RAW || average > METRICS_OUTPUTS_VARIANCE) return METRICS_ERROR_OPTION;
    if (!scores) return METRICS_OK;
    memset(&mean, 0, sizeof mean);
    for (j = 0; j < outputs; j++) {
        if (average == METRICS_OUTPUTS_RAW) lfn_regression_scores(&regression[j], &scores[j]);
        else lfn_regression_average_add(&mean, &regression[j]);
    }
    if (average != METRICS_OUTPUTS_RAW) lfn_regression_average_end(&mean, average, scores);
    return METRICS_OK;
}

/* A block of items of weight other than 0, with room for whole vectors. */
typedef struct {
    double pred[LFN_REGRESSION_BLOCK], target[LFN_REGRESSION_BLOCK], weight[LFN_REGRESSION_BLOCK];
} lfn_regression_items;

static void lfn_regression_take_f64(lfn_regression_items *b, size_t m, metrics_regression *regression);

//@kernel

#if LFN_BITS == 64

/* Sums over a block: m items, filled up to whole vectors with copies of the first one
   of weight 0. First means and what needs no mean, with the values less those of the
   first item, so that the mean of equal values is that value exactly. */
LFN_FN void lfn_regression_sums(const lfn_regression_items *b, size_t m, metrics_regression *r)
{
    const lfn_vec p0 = lfn_set1(b->pred[0]), t0 = lfn_set1(b->target[0]), e0 = p0 - t0, floor = lfn_set1(DBL_EPSILON);
    lfn_vec pred = lfn_zero(), target = pred, error = pred, squared = pred, absolute = pred, relative = pred;
    lfn_vec target_absolute = pred, weight = pred, largest = pred;
    size_t k;
    for (k = 0; k < m; k += LFN_LANES) {
        const lfn_vec w = lfn_load(b->weight + k), p = lfn_load(b->pred + k), t = lfn_load(b->target + k), e = p - t;
        const lfn_vec size = lfn_abs(e), level = lfn_abs(t);
        weight += w;
        pred = lfn_fma(w, p - p0, pred);
        target = lfn_fma(w, t - t0, target);
        error = lfn_fma(w, e - e0, error);
        squared = lfn_fma(w * e, e, squared);
        absolute = lfn_fma(w, size, absolute);
        target_absolute = lfn_fma(w, level, target_absolute);
        relative = lfn_fma(w, size / lfn_max(floor, level), relative);
        largest = lfn_max(size, largest);
    }
    r->weight = lfn_hsum(weight);
    r->mean_pred = b->pred[0] + lfn_hsum(pred) / r->weight;
    r->mean_target = b->target[0] + lfn_hsum(target) / r->weight;
    r->mean_error = (b->pred[0] - b->target[0]) + lfn_hsum(error) / r->weight;
    r->squared = lfn_hsum(squared);
    r->absolute = lfn_hsum(absolute);
    r->relative = lfn_hsum(relative);
    r->target_absolute = lfn_hsum(target_absolute);
    r->max_error = lfn_is_nan(r->absolute) ? r->absolute : lfn_hmax(largest);
}

/* Then the second moments about the means. */
LFN_FN void lfn_regression_moments(const lfn_regression_items *b, size_t m, metrics_regression *r)
{
    const lfn_vec mean_p = lfn_set1(r->mean_pred), mean_t = lfn_set1(r->mean_target), mean_e = lfn_set1(r->mean_error);
    lfn_vec pred2 = lfn_zero(), target2 = pred2, error2 = pred2, cross = pred2;
    size_t k;
    for (k = 0; k < m; k += LFN_LANES) {
        const lfn_vec w = lfn_load(b->weight + k), p = lfn_load(b->pred + k), t = lfn_load(b->target + k);
        const lfn_vec dp = p - mean_p, dt = t - mean_t, de = (p - t) - mean_e;
        pred2 = lfn_fma(w * dp, dp, pred2);
        cross = lfn_fma(w * dp, dt, cross);
        target2 = lfn_fma(w * dt, dt, target2);
        error2 = lfn_fma(w * de, de, error2);
    }
    r->pred2 = lfn_hsum(pred2);
    r->target2 = lfn_hsum(target2);
    r->error2 = lfn_hsum(error2);
    r->cross = lfn_hsum(cross);
}

LFN_FN void lfn_regression_block(const lfn_regression_items *b, size_t m, metrics_regression *r)
{
    lfn_regression_sums(b, m, r);
    lfn_regression_moments(b, m, r);
}

#endif

//@impl

#if LFN_BITS == 64
/* A block of 1 or more items into the moments, for both types. */
LFN_FN void lfn_regression_take(lfn_regression_items *b, size_t m, metrics_regression *regression)
{
    metrics_regression block;
    size_t k;
    memset(&block, 0, sizeof block);
    block.count = (double)m;
    for (k = m; k % 8; k++) {
        b->pred[k] = b->pred[0];
        b->target[k] = b->target[0];
        b->weight[k] = 0;
    }
    LFN_CALL(lfn_regression_block, (b, m, &block));
    lfn_regression_merge(regression, &block);
}
#endif

/* One output of up to a block of items: pred and target `stride` apart. Returns how
   many of them have a weight other than 0. */
LFN_FN size_t lfn_regression_gather(const REAL *pred, const REAL *target, const REAL *weight, size_t n, size_t stride,
                                    lfn_regression_items *b)
{
    size_t k = 0, m = 0, j;
    if (!weight) {
        for (; stride == 1 && n - k >= 8; k += 8) {
            for (j = 0; j < 8; j++) b->pred[k + j] = (double)pred[k + j];
            for (j = 0; j < 8; j++) b->target[k + j] = (double)target[k + j];
            for (j = 0; j < 8; j++) b->weight[k + j] = 1;
        }
        for (; k < n; k++) {
            b->pred[k] = (double)pred[k * stride];
            b->target[k] = (double)target[k * stride];
            b->weight[k] = 1;
        }
        return n;
    }
    for (; k < n; k++) {
        if (weight[k] == 0) continue;
        b->pred[m] = (double)pred[k * stride];
        b->target[m] = (double)target[k * stride];
        b->weight[m++] = (double)weight[k];
    }
    return m;
}

LFN_FN void lfn_regression_run(const REAL *pred, const REAL *target, const REAL *weight, size_t n, size_t stride,
                               metrics_regression *regression)
{
    lfn_regression_items b;
    size_t k, m, count;
    for (k = 0; k < n; k += m) {
        m = n - k < LFN_REGRESSION_BLOCK ? n - k : LFN_REGRESSION_BLOCK;
        count = lfn_regression_gather(pred + k * stride, target + k * stride, weight ? weight + k : NULL, m, stride, &b);
        if (count) lfn_regression_take_f64(&b, count, regression);
    }
}

LFN_FN int lfn_regression_check(const REAL *pred, const REAL *target, size_t n, size_t outputs)
{
    if (n && outputs && (!pred || !target)) return METRICS_ERROR_NULL;
    if (lfn_too_big(lfn_mul(n, outputs), sizeof(REAL)) || lfn_too_big(n, sizeof(REAL))
        || lfn_too_big(outputs, sizeof(metrics_regression))) return METRICS_ERROR_SIZE;
    return METRICS_OK;
}

METRICS_DEF int metrics_regression_update_REAL(const REAL *pred, const REAL *target, const REAL *weight,
                                               size_t n, size_t outputs, metrics_regression *regression)
{
    const int status = lfn_regression_check(pred, target, n, outputs);
    size_t j;
    if (outputs && !regression) return METRICS_ERROR_NULL;
    if (status) return status;
    if (n == 0) return METRICS_OK;
    for (j = 0; j < outputs; j++)
        lfn_regression_run(pred + j, target + j, weight, n, outputs, &regression[j]);
    return METRICS_OK;
}

METRICS_DEF int metrics_regression_REAL(const REAL *pred, const REAL *target, const REAL *weight,
                                        size_t n, size_t outputs, int average, metrics_regression_scores *scores)
{
    const int status = lfn_regression_check(pred, target, n, outputs);
    lfn_regression_average mean;
    metrics_regression one;
    size_t j;
    if (status) return status;
    if (average < METRICS_OUTPUTS_RAW || average > METRICS_OUTPUTS_VARIANCE) return METRICS_ERROR_OPTION;
    if (!scores) return METRICS_OK;
    memset(&mean, 0, sizeof mean);
    for (j = 0; j < outputs; j++) {
        memset(&one, 0, sizeof one);
        if (n) lfn_regression_run(pred + j, target + j, weight, n, outputs, &one);
        if (average == METRICS_OUTPUTS_RAW) lfn_regression_scores(&one, &scores[j]);
        else lfn_regression_average_add(&mean, &one);
    }
    if (average != METRICS_OUTPUTS_RAW) lfn_regression_average_end(&mean, average, scores);
    return METRICS_OK;
}

METRICS_DEF int metrics_pearson_REAL(const REAL *x, const REAL *y, const REAL *weight, size_t n, double *r)
{
    const int status = lfn_regression_check(x, y, n, 1);
    metrics_regression moments;
    if (status) return status;
    memset(&moments, 0, sizeof moments);
    if (n) lfn_regression_run(x, y, weight, n, 1, &moments);
    if (r) *r = lfn_regression_pearson(&moments);
    return METRICS_OK;
}
