//@family Calibration: expected, maximum, equal-mass and Kolmogorov-Smirnov calibration errors, reliability diagrams

//@api

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
    if (!other || !bins) return METRICS_ERROR_NULL;
    if (!lfn_bins_fit(bin_count, 3)) return METRICS_ERROR_SIZE;
    lfn_add_counts(bins, other, 3 * bin_count);
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

//@impl

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
