//@family Probability: scores of predicted probabilities, top-k accuracy, calibration

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

/* ---- calibration -------------------------------------------------------------------

   Of samples predicted with confidence c a share c should be right. Samples are
   sorted into bins by confidence; a bin's gap is its accuracy minus its mean
   confidence.

   conf       confidence in 0 .. 1, one per sample: the largest class probability
              (what most papers use), or the probability of class 1
   correct    uint8_t, 1 where the prediction is right (with the probability of
              class 1: where the label is 1), else 0
   bins       bin_count x 3 doubles in the caller's memory: for each bin of equal
              width the sum of weights, of weight x conf, of weight x correct. To be
              copied, stored and added up like a confusion matrix.
   edges      METRICS_EDGES_RIGHT: bin b is (b / bin_count, (b + 1) / bin_count], the
              first with 0 (Guo et al.); METRICS_EDGES_LEFT: [b / bin_count,
              (b + 1) / bin_count), the last with 1. What lies outside 0 .. 1 is in
              the first or last bin; a NaN makes the first bin, and so the error, NaN.
   norm       what becomes of the gaps g_b with shares s_b of the weight:
              METRICS_CALIBRATION_L1 sum s_b |g_b| (the expected calibration error);
              _L2 sqrt(sum s_b g_b^2); _MAX max |g_b| over bins that are not empty
              (maximum calibration error); _L2_DEBIASED as _L2 with the variance that
              even perfect calibration shows taken out of every square,
              a_b (1 - a_b) / (w_b - 1) for accuracy a_b and weight w_b > 1, and 0
              where the sum is negative (A. Kumar et al., 1909.10155).
   Errors as above. Usual bin_count: 10, 15, 25; at least 1. */
enum {
    METRICS_EDGES_RIGHT = 0,
    METRICS_EDGES_LEFT = 1
};

enum {
    METRICS_CALIBRATION_L1 = 0,
    METRICS_CALIBRATION_L2 = 1,
    METRICS_CALIBRATION_MAX = 2,
    METRICS_CALIBRATION_L2_DEBIASED = 3
};

/* Empties the bins; bins += other. */
METRICS_DEF int metrics_calibration_init(size_t bin_count, double *bins);
METRICS_DEF int metrics_calibration_merge(const double *other, size_t bin_count, double *bins);

/* Takes n samples into the bins; correct is 0 or 1 (METRICS_ERROR_LABEL else). */
METRICS_DEF int metrics_calibration_update_REAL(const REAL *conf, const uint8_t *correct, const REAL *weight, size_t n,
                                                size_t bin_count, int edges, double *bins);

/* Takes n samples given by class probabilities, n x classes: the confidence is the
   largest of the row, right is its (first) place being the label. */
METRICS_DEF int metrics_calibration_update_scores_REAL(const REAL *prob, const int32_t *labels, const REAL *weight, size_t n,
                                                       size_t classes, int32_t ignore_label, size_t bin_count, int edges,
                                                       double *bins);

/* The calibration error of what the bins hold; NaN where they are empty. ECE:
   M. P. Naeini et al. 2015, C. Guo et al. 2017, arXiv 1706.04599. */
METRICS_DEF int metrics_calibration_error(const double *bins, size_t bin_count, int norm, double *error);

/* The reliability diagram: each bin's mean confidence, accuracy and share of the
   weight, bin_count values each, NULL where not wanted; NaN, NaN, 0 of an empty
   bin. (scikit-learn's calibration_curve leaves empty bins out.) */
METRICS_DEF int metrics_calibration_curve(const double *bins, size_t bin_count, double *mean_conf, double *accuracy, double *share);

/* Calibration error with bins of equal mass (adaptive ECE): samples sorted by
   confidence, every bin gets exactly 1 / bin_count of the weight. A sample that an
   edge cuts is shared by both bins; equal confidences are treated as one sample of
   mean correctness, so the order of the samples does not matter. Where bin_count
   divides n and no confidences are equal that is the usual equal split. NaN
   confidences come last and make their bins NaN. n <= UINT32_MAX
   (METRICS_ERROR_SIZE).
   Source: J. Nixon et al., Measuring calibration in deep learning, 2019,
   arXiv 1904.01685. */
METRICS_DEF int metrics_calibration_error_equal_mass_REAL(const REAL *conf, const uint8_t *correct, const REAL *weight, size_t n,
                                                          size_t bin_count, int norm, void *scratch, size_t scratch_size,
                                                          double *error);
METRICS_DEF size_t metrics_calibration_error_equal_mass_scratch(size_t n);

/* Kolmogorov-Smirnov calibration error: the largest |sum over samples with
   confidence <= c of weight (correct - conf)| over all c, divided by the sum of
   weights; no bins. NaN of nothing. n <= UINT32_MAX.
   Source: K. Gupta et al., Calibration of neural networks using splines, 2021,
   arXiv 2006.12800. */
METRICS_DEF int metrics_ks_calibration_error_REAL(const REAL *conf, const uint8_t *correct, const REAL *weight, size_t n,
                                                  void *scratch, size_t scratch_size, double *error);
METRICS_DEF size_t metrics_ks_calibration_error_scratch(size_t n);

//@once

/* Gaps of bins on their way to an error. */
typedef struct {
    int norm;
    double weight, sum, largest;
} lfn_gaps;

/* Takes a bin: its weight, sum of weight x conf, sum of weight x correct. */
LFN_UNUSED static void lfn_gaps_take(lfn_gaps *g, double weight, double conf, double correct)
{
    double accuracy, gap, square;
    if (weight == 0) return;
    accuracy = correct / weight;
    gap = fabs(accuracy - conf / weight);
    square = gap * gap;
    if (g->norm == METRICS_CALIBRATION_L2_DEBIASED && weight > 1) square -= accuracy * (1 - accuracy) / (weight - 1);
    g->weight += weight;
    g->sum += weight * (g->norm == METRICS_CALIBRATION_L1 || g->norm == METRICS_CALIBRATION_MAX ? gap : square);
    if (gap > g->largest) g->largest = gap;
}

/* The error. The sum of the gaps has the NaN that the largest does not. */
LFN_UNUSED static double lfn_gaps_error(const lfn_gaps *g)
{
    const double mean = lfn_ratio(g->sum, g->weight, lfn_nan_value());
    if (g->norm == METRICS_CALIBRATION_L1 || lfn_is_nan(mean)) return mean;
    if (g->norm == METRICS_CALIBRATION_MAX) return g->largest;
    return mean > 0 ? sqrt(mean) : 0;
}

LFN_UNUSED static int lfn_calibration_norm_known(int norm)
{
    return norm >= METRICS_CALIBRATION_L1 && norm <= METRICS_CALIBRATION_L2_DEBIASED;
}

LFN_UNUSED static int lfn_bins_fit(size_t bin_count, size_t doubles)
{
    return bin_count > 0 && bin_count <= INT32_MAX && !lfn_too_big(lfn_mul(bin_count, doubles), sizeof(double));
}

/* The bin of equal width that holds x. */
LFN_UNUSED static size_t lfn_bin_of(double x, size_t bin_count, int edges)
{
    const double count = (double)bin_count;
    size_t b;
    if (!(x > 0)) return 0;
    if (x >= 1) return bin_count - 1;
    b = (size_t)(x * count);
    if (b > bin_count - 1) b = bin_count - 1;
    if (edges == METRICS_EDGES_RIGHT) {
        while (b > 0 && x <= (double)b / count) b--;
        while (b + 1 < bin_count && x > (double)(b + 1) / count) b++;
    } else {
        while (b > 0 && x < (double)b / count) b--;
        while (b + 1 < bin_count && x >= (double)(b + 1) / count) b++;
    }
    return b;
}

METRICS_DEF int metrics_calibration_init(size_t bin_count, double *bins)
{
    size_t k;
    if (!bins) return METRICS_ERROR_NULL;
    if (!lfn_bins_fit(bin_count, 3)) return METRICS_ERROR_SIZE;
    for (k = 0; k < 3 * bin_count; k++) bins[k] = 0;
    return METRICS_OK;
}

METRICS_DEF int metrics_calibration_merge(const double *other, size_t bin_count, double *bins)
{
    size_t k;
    if (!other || !bins) return METRICS_ERROR_NULL;
    if (!lfn_bins_fit(bin_count, 3)) return METRICS_ERROR_SIZE;
    for (k = 0; k < 3 * bin_count; k++) bins[k] += other[k];
    return METRICS_OK;
}

METRICS_DEF int metrics_calibration_error(const double *bins, size_t bin_count, int norm, double *error)
{
    lfn_gaps gaps = {0, 0, 0, 0};
    size_t b;
    if (!bins) return METRICS_ERROR_NULL;
    if (!lfn_bins_fit(bin_count, 3)) return METRICS_ERROR_SIZE;
    if (!lfn_calibration_norm_known(norm)) return METRICS_ERROR_OPTION;
    gaps.norm = norm;
    for (b = 0; b < bin_count; b++) lfn_gaps_take(&gaps, bins[3 * b], bins[3 * b + 1], bins[3 * b + 2]);
    if (error) *error = lfn_gaps_error(&gaps);
    return METRICS_OK;
}

METRICS_DEF int metrics_calibration_curve(const double *bins, size_t bin_count, double *mean_conf, double *accuracy, double *share)
{
    double total = 0;
    size_t b;
    if (!bins) return METRICS_ERROR_NULL;
    if (!lfn_bins_fit(bin_count, 3)) return METRICS_ERROR_SIZE;
    for (b = 0; b < bin_count; b++) total += bins[3 * b];
    for (b = 0; b < bin_count; b++) {
        if (mean_conf) mean_conf[b] = lfn_ratio(bins[3 * b + 1], bins[3 * b], lfn_nan_value());
        if (accuracy) accuracy[b] = lfn_ratio(bins[3 * b + 2], bins[3 * b], lfn_nan_value());
        if (share) share[b] = lfn_ratio(bins[3 * b], total, 0);
    }
    return METRICS_OK;
}

/* Room for n samples sorted by a number: the numbers, their indices, the sort's own. */
LFN_UNUSED static size_t lfn_sorted_room(size_t n)
{
    size_t room;
    if (n > UINT32_MAX) return SIZE_MAX;
    room = lfn_add(lfn_piece(n, sizeof(double)), lfn_piece(n, sizeof(uint32_t)));
    return lfn_add(room, lfn_argsort_room(n));
}

METRICS_DEF size_t metrics_calibration_error_equal_mass_scratch(size_t n) { return lfn_sorted_room(n); }
METRICS_DEF size_t metrics_ks_calibration_error_scratch(size_t n) { return lfn_sorted_room(n); }

/* Bins of equal mass being filled one after the other. */
typedef struct {
    lfn_gaps gaps;
    double per_bin;                /* weight of a bin */
    size_t bin, bin_count;
    double weight, conf, correct;  /* of the bin at hand */
    double passed;                 /* weight of all before it and in it */
} lfn_equal_mass;

LFN_UNUSED static void lfn_equal_mass_close(lfn_equal_mass *m)
{
    lfn_gaps_take(&m->gaps, m->weight, m->conf, m->correct);
    m->weight = m->conf = m->correct = 0;
    m->bin++;
}

/* Takes a group of samples of one confidence, given by its weight, its confidence
   and its accuracy: what the bin at hand has room for, the rest into the next. */
LFN_UNUSED static void lfn_equal_mass_take(lfn_equal_mass *m, double weight, double conf, double accuracy)
{
    while (m->bin + 1 < m->bin_count) {
        const double room = m->per_bin * (double)(m->bin + 1) - m->passed;
        if (!(weight >= room)) break;
        if (room > 0) {
            m->weight += room;
            m->conf += room * conf;
            m->correct += room * accuracy;
            m->passed += room;
            weight -= room;
        }
        lfn_equal_mass_close(m);
    }
    if (weight == 0) return;
    m->weight += weight;
    m->conf += weight * conf;
    m->correct += weight * accuracy;
    m->passed += weight;
}

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

LFN_FN void lfn_calibration_take(double conf, double correct, double weight, size_t bin_count, int edges, double *bins)
{
    double *bin = bins + 3 * lfn_bin_of(conf, bin_count, edges);
    if (weight == 0) return;
    bin[0] += weight;
    bin[1] += weight * conf;
    bin[2] += weight * correct;
}

LFN_FN int lfn_calibration_check(size_t bin_count, int edges, const double *bins)
{
    if (!bins) return METRICS_ERROR_NULL;
    if (!lfn_bins_fit(bin_count, 3)) return METRICS_ERROR_SIZE;
    return edges == METRICS_EDGES_RIGHT || edges == METRICS_EDGES_LEFT ? METRICS_OK : METRICS_ERROR_OPTION;
}

METRICS_DEF int metrics_calibration_update_REAL(const REAL *conf, const uint8_t *correct, const REAL *weight, size_t n,
                                                size_t bin_count, int edges, double *bins)
{
    size_t k;
    int status = lfn_calibration_check(bin_count, edges, bins);
    if (!status) status = lfn_binary_check(conf, correct, n);
    if (status) return status;
    for (k = 0; k < n; k++)
        lfn_calibration_take((double)conf[k], correct[k], lfn_weight_of(weight, k), bin_count, edges, bins);
    return METRICS_OK;
}

METRICS_DEF int metrics_calibration_update_scores_REAL(const REAL *prob, const int32_t *labels, const REAL *weight, size_t n,
                                                       size_t classes, int32_t ignore_label, size_t bin_count, int edges,
                                                       double *bins)
{
    int32_t pred[256];
    size_t k, i, m;
    int status = lfn_calibration_check(bin_count, edges, bins);
    if (!status) status = lfn_rows_check(prob, labels, n, classes, ignore_label);
    if (status) return status;
    for (k = 0; k < n; k += m, prob += m * classes) {
        m = n - k < 256 ? n - k : 256;
        LFN_CALL(lfn_argmax_rows, (prob, m, classes, pred));
        for (i = 0; i < m; i++)
            if (lfn_row_counts(labels, weight, k + i, ignore_label))
                lfn_calibration_take((double)prob[i * classes + (size_t)pred[i]], pred[i] == labels[k + i],
                                     lfn_weight_of(weight, k + i), bin_count, edges, bins);
    }
    return METRICS_OK;
}

/* The samples of nonzero weight in the order of their confidence. */
LFN_FN size_t lfn_sort_confidences(const REAL *conf, const REAL *weight, size_t n, void *scratch, REAL **keys, uint32_t **index)
{
    size_t k, m = 0;
    *keys = (REAL *)lfn_cut(&scratch, n, sizeof(double));
    *index = (uint32_t *)lfn_cut(&scratch, n, sizeof(uint32_t));
    for (k = 0; k < n; k++) {
        if (weight && weight[k] == 0) continue;
        (*keys)[m] = conf[k];
        (*index)[m++] = (uint32_t)k;
    }
    lfn_sort_pairs(*keys, *index, m, 0, scratch);
    return m;
}

/* The sums over the samples of one confidence, from *k on, which moves on. */
LFN_FN void lfn_confidence_group(const REAL *keys, const uint32_t *index, const uint8_t *correct, const REAL *weight, size_t n,
                                 size_t *k, double *weights, double *corrects)
{
    const REAL conf = keys[*k];
    *weights = *corrects = 0;
    do {
        const double w = lfn_weight_of(weight, index[*k]);
        *weights += w;
        *corrects += w * (double)correct[index[*k]];
        ++*k;
    } while (*k < n && lfn_same_key(keys[*k], conf));
}

LFN_FN int lfn_sorted_check(const REAL *conf, const uint8_t *correct, size_t n, const void *scratch, size_t scratch_size)
{
    if (n && (!conf || !correct)) return METRICS_ERROR_NULL;
    if (n > UINT32_MAX || lfn_too_big(n, sizeof(double))) return METRICS_ERROR_SIZE;
    if (!lfn_bits_valid(correct, n)) return METRICS_ERROR_LABEL;
    return lfn_scratch_holds(scratch, scratch_size, lfn_sorted_room(n)) ? METRICS_OK : METRICS_ERROR_SCRATCH;
}

METRICS_DEF int metrics_calibration_error_equal_mass_REAL(const REAL *conf, const uint8_t *correct, const REAL *weight, size_t n,
                                                          size_t bin_count, int norm, void *scratch, size_t scratch_size,
                                                          double *error)
{
    lfn_equal_mass mass;
    REAL *keys;
    uint32_t *index;
    size_t k, m;
    double weights, corrects;
    int status;
    if (n && (!conf || !correct)) return METRICS_ERROR_NULL;
    if (!lfn_bins_fit(bin_count, 1)) return METRICS_ERROR_SIZE;
    if (!lfn_calibration_norm_known(norm)) return METRICS_ERROR_OPTION;
    status = lfn_sorted_check(conf, correct, n, scratch, scratch_size);
    if (status) return status;
    memset(&mass, 0, sizeof mass);
    mass.gaps.norm = norm;
    mass.bin_count = bin_count;
    for (k = 0; k < n; k++) mass.per_bin += lfn_weight_of(weight, k);
    mass.per_bin /= (double)bin_count;
    m = lfn_sort_confidences(conf, weight, n, scratch, &keys, &index);
    for (k = 0; k < m;) {
        const double at = (double)keys[k];
        lfn_confidence_group(keys, index, correct, weight, m, &k, &weights, &corrects);
        lfn_equal_mass_take(&mass, weights, at, corrects / weights);
    }
    lfn_equal_mass_close(&mass);
    if (error) *error = lfn_gaps_error(&mass.gaps);
    return METRICS_OK;
}

METRICS_DEF int metrics_ks_calibration_error_REAL(const REAL *conf, const uint8_t *correct, const REAL *weight, size_t n,
                                                  void *scratch, size_t scratch_size, double *error)
{
    const int status = lfn_sorted_check(conf, correct, n, scratch, scratch_size);
    double total = 0, sum = 0, largest = 0, weights, corrects;
    REAL *keys;
    uint32_t *index;
    size_t k, m;
    if (status) return status;
    m = lfn_sort_confidences(conf, weight, n, scratch, &keys, &index);
    for (k = 0; k < m;) {
        const double at = (double)keys[k];
        lfn_confidence_group(keys, index, correct, weight, m, &k, &weights, &corrects);
        total += weights;
        sum += corrects - weights * at;
        if (fabs(sum) > largest) largest = fabs(sum);
    }
    if (lfn_is_nan(sum)) largest = sum;
    if (error) *error = lfn_ratio(largest, total, lfn_nan_value());
    return METRICS_OK;
}
