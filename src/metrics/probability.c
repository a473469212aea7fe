//@family Probability: log loss, Brier score, top-k accuracy

//@api

/* ---- probabilities ----------------------------------------------------------------

   What probabilities (or logits) of classes are worth: log loss, Brier score,
   top-k accuracy. Each comes twice: metrics_NAME gives the weighted mean of one
   batch, metrics_NAME_update takes the batch into a metrics_mean that goes on.
   The mean of nothing is NaN.

   binary     one probability per sample, of class 1; labels uint8_t, 0 or 1
   classes    rows of one value per class; labels int32_t, 0 .. classes - 1, or
              ignore_label, whose samples do not count (METRICS_IGNORE_NONE: none)
   weight     one per sample, NULL: all 1; samples of weight 0 do not count
   Errors of all: METRICS_ERROR_NULL, METRICS_ERROR_SIZE (no class, sizes too
   large), METRICS_ERROR_PARAMETER, METRICS_ERROR_OPTION, METRICS_ERROR_LABEL. */

/* Log loss, binary cross-entropy: -log(p) for label 1, -log(1 - p) for label 0,
   p clipped to [eps, 1 - eps]. 0 <= eps < 0.5: scikit-learn 1.2 takes the machine
   epsilon of the element type (1.2e-7, 2.2e-16), before that 1e-15; Keras 1e-7;
   with 0 a sure and wrong prediction costs infinity. The clip decides how much
   such a prediction counts: better score logits. */
METRICS_DEF int metrics_log_loss_binary_REAL(const REAL *prob, const uint8_t *labels, const REAL *weight, size_t n, double eps,
                                             double *loss);
METRICS_DEF int metrics_log_loss_binary_update_REAL(const REAL *prob, const uint8_t *labels, const REAL *weight, size_t n,
                                                    double eps, metrics_mean *mean);

/* Log loss of logits z: log(1 + e^-z) for label 1, log(1 + e^z) for label 0. */
METRICS_DEF int metrics_log_loss_binary_logits_REAL(const REAL *logits, const uint8_t *labels, const REAL *weight, size_t n,
                                                    double *loss);
METRICS_DEF int metrics_log_loss_binary_logits_update_REAL(const REAL *logits, const uint8_t *labels, const REAL *weight,
                                                           size_t n, metrics_mean *mean);

/* Log loss of class probabilities, n x classes: -log(p_label / sum_k p_k), all p
   clipped to [eps, 1 - eps] before, as scikit-learn 1.2 does. Rows need not sum
   to 1. eps as above. */
METRICS_DEF int metrics_log_loss_REAL(const REAL *prob, const int32_t *labels, const REAL *weight, size_t n, size_t classes,
                                      double eps, int32_t ignore_label, double *loss);
METRICS_DEF int metrics_log_loss_update_REAL(const REAL *prob, const int32_t *labels, const REAL *weight, size_t n,
                                             size_t classes, double eps, int32_t ignore_label, metrics_mean *mean);

/* Log loss of class logits, n x classes: log(sum_k e^z_k) - z_label, without
   overflow. e^mean is the perplexity. */
METRICS_DEF int metrics_log_loss_logits_REAL(const REAL *logits, const int32_t *labels, const REAL *weight, size_t n,
                                             size_t classes, int32_t ignore_label, double *loss);
METRICS_DEF int metrics_log_loss_logits_update_REAL(const REAL *logits, const int32_t *labels, const REAL *weight, size_t n,
                                                    size_t classes, int32_t ignore_label, metrics_mean *mean);

/* Brier score, binary: (p - label)^2.
   Source: G. W. Brier 1950, in half of its two-class form, as scikit-learn's. */
METRICS_DEF int metrics_brier_binary_REAL(const REAL *prob, const uint8_t *labels, const REAL *weight, size_t n, double *score);
METRICS_DEF int metrics_brier_binary_update_REAL(const REAL *prob, const uint8_t *labels, const REAL *weight, size_t n,
                                                 metrics_mean *mean);

/* Brier score of class probabilities, n x classes: sum_k (p_k - [k = label])^2,
   from 0 to 2; for two classes twice the binary score. */
METRICS_DEF int metrics_brier_REAL(const REAL *prob, const int32_t *labels, const REAL *weight, size_t n, size_t classes,
                                   int32_t ignore_label, double *score);
METRICS_DEF int metrics_brier_update_REAL(const REAL *prob, const int32_t *labels, const REAL *weight, size_t n, size_t classes,
                                          int32_t ignore_label, metrics_mean *mean);

/* Which of equal scores comes first. */
enum {
    METRICS_TIES_FIRST = 0,        /* the smaller class index: top 1 is what metrics_confusion_update_scores predicts */
    METRICS_TIES_LAST = 1,         /* the larger class index: scikit-learn's top_k_accuracy_score of several classes */
    METRICS_TIES_OPTIMISTIC = 2,   /* the true class: TensorFlow's in_top_k */
    METRICS_TIES_PESSIMISTIC = 3,  /* all others */
    METRICS_TIES_EXPECTED = 4      /* any, equally likely: the sample counts with its chance of a hit */
};

/* Top-k accuracy: the share of samples whose true class is among the k largest
   scores of its row; scores n x classes, 1 <= k <= classes (METRICS_ERROR_SIZE).
   NaNs are the smallest scores, equal to each other. For two classes
   scikit-learn's function takes one score and a threshold instead. */
METRICS_DEF int metrics_top_k_accuracy_REAL(const REAL *scores, const int32_t *labels, const REAL *weight, size_t n,
                                            size_t classes, size_t k, int ties, int32_t ignore_label, double *accuracy);
METRICS_DEF int metrics_top_k_accuracy_update_REAL(const REAL *scores, const int32_t *labels, const REAL *weight, size_t n,
                                                   size_t classes, size_t k, int ties, int32_t ignore_label, metrics_mean *mean);

//@once

/* A block of items of a binary task, of weight other than 0, in double: filled up to
   whole vectors with items of weight 0. */
#define LFN_LOSS_BLOCK 256

typedef struct {
    double value[LFN_LOSS_BLOCK], label[LFN_LOSS_BLOCK], weight[LFN_LOSS_BLOCK];
} lfn_loss_items;

static void lfn_log_loss_take_f64(const lfn_loss_items *b, size_t m, const double *eps, double weights, metrics_mean *mean);

//@kernel

#if LFN_BITS == 64

/* Log loss of a block: the sum of weight x loss, -log(p) for label 1, -log(1 - p) for
   label 0, p clipped to [eps, 1 - eps]. That is the loss clipped to least .. most[label].
   NaN stays. */
LFN_FN double lfn_log_loss_block(const lfn_loss_items *b, size_t m, double least, const double *most)
{
    const lfn_vec zero = lfn_zero(), one = lfn_set1(1), low = lfn_set1(least);
    const lfn_vec high0 = lfn_set1(most[0]), high1 = lfn_set1(most[1]);
    lfn_vec sum = lfn_zero();
    size_t k;
    for (k = 0; k < m; k += LFN_LANES) {
        const lfn_mask positive = lfn_load(b->label + k) > zero;
        const lfn_vec p = lfn_max(zero, lfn_min(one, lfn_load(b->value + k)));
        const lfn_vec loss = -lfn_select(positive, lfn_log(p), lfn_log1p(-p));
        sum += lfn_load(b->weight + k) * lfn_max(low, lfn_min(lfn_select(positive, high1, high0), loss));
    }
    return lfn_hsum(sum);
}

/* The same of logits: log(1 + e^-z) for label 1, log(1 + e^z) for label 0. */
LFN_FN double lfn_log_loss_logits_block(const lfn_loss_items *b, size_t m)
{
    lfn_vec sum = lfn_zero();
    size_t k;
    for (k = 0; k < m; k += LFN_LANES) {
        const lfn_mask positive = lfn_load(b->label + k) > lfn_zero();
        sum += lfn_load(b->weight + k) * lfn_softplus(lfn_neg_if(positive, lfn_load(b->value + k)));
    }
    return lfn_hsum(sum);
}

#endif

/* log(sum_k e^z_k) */
LFN_FN double lfn_row_log_sum_exp(const REAL *z, size_t n)
{
    const REAL top = lfn_max_of(z, n);
    const lfn_vec shift = lfn_set1(top);
    lfn_vec sum = lfn_zero();
    double total = 0;
    size_t k, end;
    for (k = 0; k < n;) {
        end = n - k < 64 * LFN_LANES ? n : k + 64 * LFN_LANES;
        for (; end - k >= LFN_LANES; k += LFN_LANES) sum += lfn_exp(lfn_load(z + k) - shift);
        if (k < end) sum += lfn_keep(lfn_first(end - k), lfn_exp(lfn_load_part(z + k, end - k) - shift));
        k = end;
        total += lfn_hsum(sum);
        sum = lfn_zero();
    }
    return (double)top + log(total);
}

/* losses[i] = log(sum_k e^z_ik) - z_i,label; labels to ignore give 0 */
LFN_FN void lfn_log_loss_logits_rows(const REAL *z, const int32_t *labels, size_t n, size_t classes, double *losses)
{
    size_t i;
    for (i = 0; i < n; i++, z += classes)
        losses[i] = labels[i] < 0 || (size_t)labels[i] >= classes ? 0 : lfn_row_log_sum_exp(z, classes) - (double)z[labels[i]];
}

//@impl

/* What the binary functions check. */
LFN_FN int lfn_binary_check(const REAL *values, const uint8_t *labels, size_t n)
{
    if (n && (!values || !labels)) return METRICS_ERROR_NULL;
    if (lfn_too_big(n, sizeof(double))) return METRICS_ERROR_SIZE;
    return lfn_bits_valid(labels, n) ? METRICS_OK : METRICS_ERROR_LABEL;
}

/* What the functions of rows of classes check. */
LFN_FN int lfn_rows_check(const REAL *values, const int32_t *labels, size_t n, size_t classes, int32_t ignore_label)
{
    if (n && (!values || !labels)) return METRICS_ERROR_NULL;
    if (classes == 0 || classes > INT32_MAX || lfn_too_big(lfn_mul(n, classes), sizeof(double))) return METRICS_ERROR_SIZE;
    return lfn_labels_valid(labels, n, classes, ignore_label) ? METRICS_OK : METRICS_ERROR_LABEL;
}

/* Whether sample i of rows of classes counts. */
LFN_FN int lfn_row_counts(const int32_t *labels, const REAL *weight, size_t i, int32_t ignore_label)
{
    return (labels[i] != ignore_label || ignore_label == METRICS_IGNORE_NONE) && !(weight && weight[i] == 0);
}

/* The sums of weight x value and of weight over a batch, in blocks so that the
   running mean gets few large pieces. */
typedef struct {
    metrics_mean *mean;
    double sum, weight;
    size_t count;
} lfn_batch;

LFN_FN void lfn_batch_end(lfn_batch *b)
{
    lfn_mean_add(b->mean, b->sum, b->weight);
    b->sum = b->weight = 0;
    b->count = 0;
}

LFN_FN void lfn_batch_take(lfn_batch *b, double value, double weight)
{
    b->sum += weight * value;
    b->weight += weight;
    if (++b->count == 1024) lfn_batch_end(b);
}

LFN_FN lfn_batch lfn_batch_begin(metrics_mean *mean)
{
    lfn_batch b;
    b.mean = mean;
    b.sum = b.weight = 0;
    b.count = 0;
    return b;
}

LFN_FN double lfn_clip(double p, double eps)
{
    if (p < eps) return eps;
    return p > 1 - eps ? 1 - eps : p;
}

LFN_FN int lfn_eps_valid(double eps) { return lfn_finite(eps) && eps >= 0 && eps < 0.5; }

#if LFN_BITS == 64
/* A block's log loss into the mean, for both types: of logits where eps is NULL. */
LFN_FN void lfn_log_loss_take(const lfn_loss_items *b, size_t m, const double *eps, double weights, metrics_mean *mean)
{
    const double top = eps ? 1 - *eps : 0;
    double most[2], sum;
    if (eps) {
        most[1] = *eps > 0 ? -log(*eps) : lfn_infinity_value();
        most[0] = top < 1 ? -log1p(-top) : most[1];
        sum = LFN_CALL(lfn_log_loss_block, (b, m, -log1p(-*eps), most));
    } else sum = LFN_CALL(lfn_log_loss_logits_block, (b, m));
    lfn_mean_add(mean, sum, weights);
}
#endif

/* Up to a block of items; returns how many have a weight other than 0. */
LFN_FN size_t lfn_loss_gather(const REAL *values, const uint8_t *labels, const REAL *weight, size_t n, lfn_loss_items *b,
                              double *weights)
{
    size_t k, m = 0;
    *weights = 0;
    for (k = 0; k < n; k++) {
        const double w = lfn_weight_of(weight, k);
        if (w == 0) continue;
        b->value[m] = (double)values[k];
        b->label[m] = (double)labels[k];
        b->weight[m++] = w;
        *weights += w;
    }
    for (k = m; k % 8; k++) b->value[k] = b->label[k] = b->weight[k] = 0;
    return m;
}

LFN_FN void lfn_log_loss_run(const REAL *values, const uint8_t *labels, const REAL *weight, size_t n, const double *eps,
                             metrics_mean *mean)
{
    lfn_loss_items b;
    double weights;
    size_t k, m, count;
    for (k = 0; k < n; k += m) {
        m = n - k < LFN_LOSS_BLOCK ? n - k : LFN_LOSS_BLOCK;
        count = lfn_loss_gather(values + k, labels + k, weight ? weight + k : NULL, m, &b, &weights);
        if (count) lfn_log_loss_take_f64(&b, count, eps, weights, mean);
    }
}

METRICS_DEF int metrics_log_loss_binary_update_REAL(const REAL *prob, const uint8_t *labels, const REAL *weight, size_t n,
                                                    double eps, metrics_mean *mean)
{
    const int status = mean ? lfn_binary_check(prob, labels, n) : METRICS_ERROR_NULL;
    if (status) return status;
    if (!lfn_eps_valid(eps)) return METRICS_ERROR_PARAMETER;
    lfn_log_loss_run(prob, labels, weight, n, &eps, mean);
    return METRICS_OK;
}

METRICS_DEF int metrics_log_loss_binary_REAL(const REAL *prob, const uint8_t *labels, const REAL *weight, size_t n, double eps,
                                             double *loss)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = metrics_log_loss_binary_update_REAL(prob, labels, weight, n, eps, &mean);
    if (!status && loss) *loss = lfn_mean_value(&mean);
    return status;
}

METRICS_DEF int metrics_log_loss_binary_logits_update_REAL(const REAL *logits, const uint8_t *labels, const REAL *weight,
                                                           size_t n, metrics_mean *mean)
{
    const int status = mean ? lfn_binary_check(logits, labels, n) : METRICS_ERROR_NULL;
    if (status) return status;
    lfn_log_loss_run(logits, labels, weight, n, NULL, mean);
    return METRICS_OK;
}

METRICS_DEF int metrics_log_loss_binary_logits_REAL(const REAL *logits, const uint8_t *labels, const REAL *weight, size_t n,
                                                    double *loss)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = metrics_log_loss_binary_logits_update_REAL(logits, labels, weight, n, &mean);
    if (!status && loss) *loss = lfn_mean_value(&mean);
    return status;
}

METRICS_DEF int metrics_log_loss_update_REAL(const REAL *prob, const int32_t *labels, const REAL *weight, size_t n,
                                             size_t classes, double eps, int32_t ignore_label, metrics_mean *mean)
{
    int status;
    lfn_batch batch;
    size_t i, k;
    if (!mean || (n && (!prob || !labels))) return METRICS_ERROR_NULL;
    if (!lfn_eps_valid(eps)) return METRICS_ERROR_PARAMETER;
    status = lfn_rows_check(prob, labels, n, classes, ignore_label);
    if (status) return status;
    batch = lfn_batch_begin(mean);
    for (i = 0; i < n; i++, prob += classes) {
        double sum = 0;
        if (!lfn_row_counts(labels, weight, i, ignore_label)) continue;
        for (k = 0; k < classes; k++) sum += lfn_clip((double)prob[k], eps);
        lfn_batch_take(&batch, -log(lfn_clip((double)prob[labels[i]], eps) / sum), lfn_weight_of(weight, i));
    }
    lfn_batch_end(&batch);
    return METRICS_OK;
}

METRICS_DEF int metrics_log_loss_REAL(const REAL *prob, const int32_t *labels, const REAL *weight, size_t n, size_t classes,
                                      double eps, int32_t ignore_label, double *loss)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = metrics_log_loss_update_REAL(prob, labels, weight, n, classes, eps, ignore_label, &mean);
    if (!status && loss) *loss = lfn_mean_value(&mean);
    return status;
}

METRICS_DEF int metrics_log_loss_logits_update_REAL(const REAL *logits, const int32_t *labels, const REAL *weight, size_t n,
                                                    size_t classes, int32_t ignore_label, metrics_mean *mean)
{
    const int status = mean ? lfn_rows_check(logits, labels, n, classes, ignore_label) : METRICS_ERROR_NULL;
    double losses[128];
    lfn_batch batch;
    size_t k, i, m;
    if (status) return status;
    batch = lfn_batch_begin(mean);
    for (k = 0; k < n; k += m) {
        m = n - k < 128 ? n - k : 128;
        LFN_CALL(lfn_log_loss_logits_rows, (logits + k * classes, labels + k, m, classes, losses));
        for (i = 0; i < m; i++)
            if (lfn_row_counts(labels, weight, k + i, ignore_label)) lfn_batch_take(&batch, losses[i], lfn_weight_of(weight, k + i));
    }
    lfn_batch_end(&batch);
    return METRICS_OK;
}

METRICS_DEF int metrics_log_loss_logits_REAL(const REAL *logits, const int32_t *labels, const REAL *weight, size_t n,
                                             size_t classes, int32_t ignore_label, double *loss)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = metrics_log_loss_logits_update_REAL(logits, labels, weight, n, classes, ignore_label, &mean);
    if (!status && loss) *loss = lfn_mean_value(&mean);
    return status;
}

METRICS_DEF int metrics_brier_binary_update_REAL(const REAL *prob, const uint8_t *labels, const REAL *weight, size_t n,
                                                 metrics_mean *mean)
{
    const int status = mean ? lfn_binary_check(prob, labels, n) : METRICS_ERROR_NULL;
    lfn_batch batch;
    size_t k;
    if (status) return status;
    batch = lfn_batch_begin(mean);
    for (k = 0; k < n; k++) {
        const double e = (double)prob[k] - (double)labels[k], w = lfn_weight_of(weight, k);
        if (w != 0) lfn_batch_take(&batch, e * e, w);
    }
    lfn_batch_end(&batch);
    return METRICS_OK;
}

METRICS_DEF int metrics_brier_binary_REAL(const REAL *prob, const uint8_t *labels, const REAL *weight, size_t n, double *score)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = metrics_brier_binary_update_REAL(prob, labels, weight, n, &mean);
    if (!status && score) *score = lfn_mean_value(&mean);
    return status;
}

METRICS_DEF int metrics_brier_update_REAL(const REAL *prob, const int32_t *labels, const REAL *weight, size_t n, size_t classes,
                                          int32_t ignore_label, metrics_mean *mean)
{
    const int status = mean ? lfn_rows_check(prob, labels, n, classes, ignore_label) : METRICS_ERROR_NULL;
    lfn_batch batch;
    size_t i, k;
    if (status) return status;
    batch = lfn_batch_begin(mean);
    for (i = 0; i < n; i++, prob += classes) {
        double sum = 0;
        if (!lfn_row_counts(labels, weight, i, ignore_label)) continue;
        for (k = 0; k < classes; k++) {
            const double e = (double)prob[k] - (k == (size_t)labels[i] ? 1 : 0);
            sum += e * e;
        }
        lfn_batch_take(&batch, sum, lfn_weight_of(weight, i));
    }
    lfn_batch_end(&batch);
    return METRICS_OK;
}

METRICS_DEF int metrics_brier_REAL(const REAL *prob, const int32_t *labels, const REAL *weight, size_t n, size_t classes,
                                   int32_t ignore_label, double *score)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = metrics_brier_update_REAL(prob, labels, weight, n, classes, ignore_label, &mean);
    if (!status && score) *score = lfn_mean_value(&mean);
    return status;
}

/* The chance that class y is among the k first of a row. */
LFN_FN double lfn_top_k_hit(const REAL *row, size_t classes, size_t y, size_t k, int ties)
{
    const REAL own = row[y];
    const int own_nan = lfn_is_nan((double)own);
    size_t greater = 0, before = 0, after = 0, j;
    for (j = 0; j < classes; j++) {
        const int nan = lfn_is_nan((double)row[j]);
        const int equal = own_nan ? nan : row[j] == own;
        greater += (size_t)(own_nan ? !nan : row[j] > own);
        if (j < y) before += (size_t)equal;
        if (j > y) after += (size_t)equal;
    }
    if (greater >= k) return 0;
    switch (ties) {
    case METRICS_TIES_FIRST: return greater + before < k;
    case METRICS_TIES_LAST: return greater + after < k;
    case METRICS_TIES_OPTIMISTIC: return 1;
    case METRICS_TIES_PESSIMISTIC: return greater + before + after < k;
    default: return greater + before + after < k ? 1 : (double)(k - greater) / (double)(before + after + 1);
    }
}

METRICS_DEF int metrics_top_k_accuracy_update_REAL(const REAL *scores, const int32_t *labels, const REAL *weight, size_t n,
                                                   size_t classes, size_t k, int ties, int32_t ignore_label, metrics_mean *mean)
{
    int status;
    lfn_batch batch;
    size_t i;
    if (!mean || (n && (!scores || !labels))) return METRICS_ERROR_NULL;
    if (k < 1 || k > classes) return METRICS_ERROR_SIZE;
    if (ties < METRICS_TIES_FIRST || ties > METRICS_TIES_EXPECTED) return METRICS_ERROR_OPTION;
    status = lfn_rows_check(scores, labels, n, classes, ignore_label);
    if (status) return status;
    batch = lfn_batch_begin(mean);
    for (i = 0; i < n; i++, scores += classes)
        if (lfn_row_counts(labels, weight, i, ignore_label))
            lfn_batch_take(&batch, lfn_top_k_hit(scores, classes, (size_t)labels[i], k, ties), lfn_weight_of(weight, i));
    lfn_batch_end(&batch);
    return METRICS_OK;
}

METRICS_DEF int metrics_top_k_accuracy_REAL(const REAL *scores, const int32_t *labels, const REAL *weight, size_t n,
                                            size_t classes, size_t k, int ties, int32_t ignore_label, double *accuracy)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = metrics_top_k_accuracy_update_REAL(scores, labels, weight, n, classes, k, ties, ignore_label, &mean);
    if (!status && accuracy) *accuracy = lfn_mean_value(&mean);
    return status;
}
