//@family Confusion: counts of true against predicted classes, and all that follows from them

//@api

/* ---- confusion matrices --------------------------------------------------------

   Everything that hard decisions can tell is in a confusion matrix, so samples
   are counted once and any number of metrics is read off the counts.

   matrix     classes x classes doubles in the caller's memory: row = true class,
              column = predicted class, each cell the number of samples (or the sum
              of their weights). A binary matrix is classes = 2, [tn fp; fn tp].
   matrices   labels x 2 x 2 doubles, one binary matrix for every label of a
              multi-label task: each of them is a matrix of 2 classes for the
              functions below.

   The arrays hold nothing else: they may be copied, stored and added up by any
   means (MPI_Reduce say), and shards merge by addition, exactly as long as the
   cells are whole numbers below 2^53. scikit-learn's confusion_matrix and
   multilabel_confusion_matrix have the same layout.

   labels     true classes, 0 .. classes - 1 or ignore_label: then the sample is
              not counted, whatever its prediction. METRICS_IGNORE_NONE ignores
              none. All labels are checked before anything is counted.
   weight     one per sample, NULL: all 1.
   threshold  a score counts as positive by rule: METRICS_ABOVE, METRICS_AT_LEAST.
              NaN scores are negative.
   Errors of all: METRICS_ERROR_NULL, METRICS_ERROR_SIZE (no class, or arrays
   too large), METRICS_ERROR_OPTION, METRICS_ERROR_LABEL. */

/* Sets all counts of a matrix to 0. */
METRICS_DEF int metrics_confusion_init(size_t classes, double *matrix);

/* matrix += other. */
METRICS_DEF int metrics_confusion_merge(const double *other, size_t classes, double *matrix);

/* Counts n samples given by their true and predicted class. pred is in 0 ..
   classes - 1 (METRICS_ERROR_LABEL else) where the label is not ignored. */
METRICS_DEF int metrics_confusion_update_REAL(const int32_t *labels, const int32_t *pred, const REAL *weight, size_t n,
                                              size_t classes, int32_t ignore_label, double *matrix);

/* Counts n samples given by scores, n x classes: the predicted class is that of
   the largest score, the first of equal ones. A NaN never is the largest; a row
   of NaNs predicts class 0. (numpy.argmax takes a NaN for the largest.) */
METRICS_DEF int metrics_confusion_update_scores_REAL(const REAL *scores, const int32_t *labels, const REAL *weight, size_t n,
                                                     size_t classes, int32_t ignore_label, double *matrix);

/* Counts n samples of a binary task given by one score each and labels 0 or 1
   (METRICS_ERROR_LABEL else) in a matrix of 2 x 2. threshold: finite, usually 0.5
   for probabilities and 0 for logits (METRICS_ERROR_PARAMETER). */
METRICS_DEF int metrics_confusion_update_binary_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                                     double threshold, int rule, double *matrix);

/* Sets all counts of labels x 2 x 2 matrices to 0. */
METRICS_DEF int metrics_multilabel_init(size_t label_count, double *matrices);

/* matrices += other. */
METRICS_DEF int metrics_multilabel_merge(const double *other, size_t label_count, double *matrices);

/* Counts n samples with label_count labels each: scores and labels (0 or 1) are
   n x label_count, weight is one per sample. As metrics_confusion_update_binary
   for every label. */
METRICS_DEF int metrics_multilabel_update_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                               size_t label_count, double threshold, int rule, double *matrices);

/* The same for predictions that are 0 or 1 already. */
METRICS_DEF int metrics_multilabel_update_labels_REAL(const uint8_t *pred, const uint8_t *labels, const REAL *weight, size_t n,
                                                      size_t label_count, double *matrices);

/* The averages over samples of a multi-label task: each sample's value is of its
   own set of labels, p = predicted labels, t = true ones:
     exact_match  1 where p = t, else 0 (subset accuracy)
     hamming      labels that differ / label_count (Hamming loss; a sample without
                  labels, label_count = 0, is an error)
     precision    |p and t| / |p|, recall |p and t| / |t|,
     f1           2 |p and t| / (|p| + |t|), jaccard |p and t| / |p or t|
   0 / 0 by zero_division (NaN: the sample is left out of that mean). Every mean is
   an accumulator that goes on, NULL where not wanted; take them by
   metrics_mean_result. scikit-learn's average = "samples", accuracy_score and
   hamming_loss of label indicators. */
METRICS_DEF int metrics_multilabel_samples_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                                size_t label_count, double threshold, int rule, int zero_division,
                                                metrics_mean *exact_match, metrics_mean *hamming, metrics_mean *precision,
                                                metrics_mean *recall, metrics_mean *f1, metrics_mean *jaccard);

/* The binary matrices of a matrix, one per class against the rest. matrices may
   not be matrix. scikit-learn's multilabel_confusion_matrix of classes. */
METRICS_DEF int metrics_confusion_one_vs_rest(const double *matrix, size_t classes, double *matrices);

/* What a cell of the normalised matrix is divided by: its row (true class), its
   column (predicted class), or the total; a cell of an empty one is 0, as in
   scikit-learn. */
enum {
    METRICS_NORMALIZE_TRUE = 0,
    METRICS_NORMALIZE_PREDICTED = 1,
    METRICS_NORMALIZE_ALL = 2
};

/* The normalised matrix; normalized may not be matrix. */
METRICS_DEF int metrics_confusion_normalize(const double *matrix, size_t classes, int normalize, double *normalized);

/* The share of samples on the diagonal; NaN where nothing was counted. Its
   complement is the error rate (zero-one loss), in a binary matrix the Hamming loss. */
METRICS_DEF int metrics_accuracy(const double *matrix, size_t classes, double *accuracy);

/* The mean recall over the classes with true samples. adjusted nonzero: scaled so
   that chance is 0 and perfect 1, (b - 1 / k) / (1 - 1 / k) with k such classes.
   NaN where there is none, adjusted where there is one. As scikit-learn's
   balanced_accuracy_score: absent classes do not count, neither in the mean nor in k.
   Source: Brodersen et al. 2010, Guyon et al. 2015 (adjusted). */
METRICS_DEF int metrics_balanced_accuracy(const double *matrix, size_t classes, int adjusted, double *balanced);

/* Matthews' correlation coefficient, for several classes Gorodkin's R_K:
     (c s - sum_k t_k p_k) / sqrt((s^2 - sum_k p_k^2) (s^2 - sum_k t_k^2))
   with c the diagonal's sum, s the total, t_k true and p_k predicted samples of
   class k. Where all samples are of one true or one predicted class the quotient
   is 0 / 0: zero_division (scikit-learn: 0; torchmetrics gives 1 or -1 in some of
   these cases).
   Source: B. W. Matthews 1975; J. Gorodkin, Comparing two K-category assignments
   by a K-category correlation coefficient, 2004. */
METRICS_DEF int metrics_matthews(const double *matrix, size_t classes, int zero_division, double *correlation);

/* How much a disagreement of classes i and j weighs in Cohen's kappa: 1, |i - j|
   or (i - j)^2. */
enum {
    METRICS_KAPPA_NOMINAL = 0,
    METRICS_KAPPA_LINEAR = 1,
    METRICS_KAPPA_QUADRATIC = 2
};

/* Cohen's kappa: 1 - sum w_ij O_ij / sum w_ij E_ij, O the matrix and E_ij = t_i
   p_j / s what chance gives. Without expected disagreement (one class for all
   samples in both, or nothing counted) it is 0 / 0: zero_division (scikit-learn:
   NaN). Weighted kappa needs the matrix of all levels of the scale in order,
   observed or not; scikit-learn without labels= drops unobserved levels.
   Source: J. Cohen 1960, 1968 (weighted). */
METRICS_DEF int metrics_cohen_kappa(const double *matrix, size_t classes, int weighting, int zero_division, double *kappa);

//@once

/* Counts of one class against the rest. */
typedef struct {
    double tp, fp, fn, tn;
} lfn_class_counts;

/* classes^2 doubles: whether they fit an array and their classes an int32_t. */
LFN_UNUSED static int lfn_classes_fit(size_t classes)
{
    return classes > 0 && classes <= INT32_MAX && !lfn_too_big(lfn_mul(classes, classes), sizeof(double));
}

LFN_UNUSED static int lfn_label_count_fits(size_t label_count)
{
    return label_count > 0 && !lfn_too_big(lfn_mul(label_count, 4), sizeof(double));
}

/* What every reader of a matrix checks. */
LFN_UNUSED static int lfn_matrix_check(const double *matrix, size_t classes)
{
    if (!matrix) return METRICS_ERROR_NULL;
    return lfn_classes_fit(classes) ? METRICS_OK : METRICS_ERROR_SIZE;
}

METRICS_DEF int metrics_confusion_init(size_t classes, double *matrix)
{
    size_t k;
    const int status = lfn_matrix_check(matrix, classes);
    if (status) return status;
    for (k = 0; k < classes * classes; k++) matrix[k] = 0;
    return METRICS_OK;
}

METRICS_DEF int metrics_confusion_merge(const double *other, size_t classes, double *matrix)
{
    const int status = lfn_matrix_check(matrix, classes);
    if (!other) return METRICS_ERROR_NULL;
    if (status) return status;
    lfn_add_counts(matrix, other, classes * classes);
    return METRICS_OK;
}

METRICS_DEF int metrics_multilabel_init(size_t label_count, double *matrices)
{
    size_t k;
    if (!matrices) return METRICS_ERROR_NULL;
    if (!lfn_label_count_fits(label_count)) return METRICS_ERROR_SIZE;
    for (k = 0; k < 4 * label_count; k++) matrices[k] = 0;
    return METRICS_OK;
}

METRICS_DEF int metrics_multilabel_merge(const double *other, size_t label_count, double *matrices)
{
    if (!other || !matrices) return METRICS_ERROR_NULL;
    if (!lfn_label_count_fits(label_count)) return METRICS_ERROR_SIZE;
    lfn_add_counts(matrices, other, 4 * label_count);
    return METRICS_OK;
}

/* Whether every sample that is not ignored has a label and a prediction in range. */
LFN_UNUSED static int lfn_label_pairs_valid(const int32_t *labels, const int32_t *pred, size_t n, size_t classes, int32_t ignore_label)
{
    const uint32_t count = (uint32_t)classes;
    const int none = ignore_label == METRICS_IGNORE_NONE;
    int bad = 0;
    size_t k;
    for (k = 0; k < n; k++)
        bad |= ((uint32_t)labels[k] >= count || (uint32_t)pred[k] >= count) & (none | (labels[k] != ignore_label));
    return !bad;
}

/* The sums of a matrix' rows (true), columns (predicted), diagonal and all. */
LFN_UNUSED static double lfn_row_total(const double *matrix, size_t classes, size_t row)
{
    double sum = 0;
    size_t k;
    for (k = 0; k < classes; k++) sum += matrix[row * classes + k];
    return sum;
}

LFN_UNUSED static double lfn_column_total(const double *matrix, size_t classes, size_t column)
{
    double sum = 0;
    size_t k;
    for (k = 0; k < classes; k++) sum += matrix[k * classes + column];
    return sum;
}

LFN_UNUSED static double lfn_matrix_total(const double *matrix, size_t classes)
{
    double sum = 0;
    size_t k;
    for (k = 0; k < classes; k++) sum += lfn_row_total(matrix, classes, k);
    return sum;
}

LFN_UNUSED static double lfn_matrix_diagonal(const double *matrix, size_t classes)
{
    double sum = 0;
    size_t k;
    for (k = 0; k < classes; k++) sum += matrix[k * classes + k];
    return sum;
}

/* Class c against the rest. fp and fn are sums of cells, so they are 0 where
   those are; the rest of the negatives is tn. */
LFN_UNUSED static lfn_class_counts lfn_counts_of_class(const double *matrix, size_t classes, double total, size_t c)
{
    lfn_class_counts counts;
    double negatives;
    size_t k;
    counts.tp = matrix[c * classes + c];
    counts.fp = counts.fn = 0;
    for (k = 0; k < classes; k++) {
        if (k == c) continue;
        counts.fp += matrix[k * classes + c];
        counts.fn += matrix[c * classes + k];
    }
    if (classes == 2) {
        counts.tn = matrix[3 - 3 * c];
        return counts;
    }
    negatives = total - lfn_row_total(matrix, classes, c);
    counts.tn = negatives - counts.fp;
    if (counts.tn < 0) counts.tn = 0;
    return counts;
}

METRICS_DEF int metrics_confusion_one_vs_rest(const double *matrix, size_t classes, double *matrices)
{
    const int status = lfn_matrix_check(matrix, classes);
    double total;
    size_t c;
    if (status) return status;
    if (matrices == matrix) return METRICS_ERROR_OVERLAP;
    if (!matrices) return METRICS_OK;
    total = lfn_matrix_total(matrix, classes);
    for (c = 0; c < classes; c++) {
        const lfn_class_counts counts = lfn_counts_of_class(matrix, classes, total, c);
        matrices[4 * c] = counts.tn;
        matrices[4 * c + 1] = counts.fp;
        matrices[4 * c + 2] = counts.fn;
        matrices[4 * c + 3] = counts.tp;
    }
    return METRICS_OK;
}

METRICS_DEF int metrics_confusion_normalize(const double *matrix, size_t classes, int normalize, double *normalized)
{
    const int status = lfn_matrix_check(matrix, classes);
    double total, sum;
    size_t i, j;
    if (status) return status;
    if (normalize < METRICS_NORMALIZE_TRUE || normalize > METRICS_NORMALIZE_ALL) return METRICS_ERROR_OPTION;
    if (normalized == matrix) return METRICS_ERROR_OVERLAP;
    if (!normalized) return METRICS_OK;
    total = lfn_matrix_total(matrix, classes);
    for (i = 0; i < classes; i++) {
        sum = normalize == METRICS_NORMALIZE_ALL ? total : normalize == METRICS_NORMALIZE_TRUE
            ? lfn_row_total(matrix, classes, i) : lfn_column_total(matrix, classes, i);
        for (j = 0; j < classes; j++) {
            const size_t cell = normalize == METRICS_NORMALIZE_PREDICTED ? j * classes + i : i * classes + j;
            normalized[cell] = lfn_ratio(matrix[cell], sum, 0);
        }
    }
    return METRICS_OK;
}

METRICS_DEF int metrics_accuracy(const double *matrix, size_t classes, double *accuracy)
{
    const int status = lfn_matrix_check(matrix, classes);
    if (status) return status;
    if (accuracy) *accuracy = lfn_ratio(lfn_matrix_diagonal(matrix, classes), lfn_matrix_total(matrix, classes), lfn_nan_value());
    return METRICS_OK;
}

METRICS_DEF int metrics_balanced_accuracy(const double *matrix, size_t classes, int adjusted, double *balanced)
{
    const int status = lfn_matrix_check(matrix, classes);
    double sum = 0, present = 0, mean;
    size_t c;
    if (status) return status;
    for (c = 0; c < classes; c++) {
        const double row = lfn_row_total(matrix, classes, c);
        if (row == 0) continue;
        sum += matrix[c * classes + c] / row;
        present += 1;
    }
    mean = lfn_ratio(sum, present, lfn_nan_value());
    if (adjusted) mean = present > 1 ? (mean - 1 / present) / (1 - 1 / present) : lfn_nan_value();
    if (balanced) *balanced = mean;
    return METRICS_OK;
}

/* s^2 - sum t_k^2 is computed as sum t_k (s - t_k): exactly 0 where one class has all. */
METRICS_DEF int metrics_matthews(const double *matrix, size_t classes, int zero_division, double *correlation)
{
    const int status = lfn_matrix_check(matrix, classes);
    double s, covariance = 0, spread_true = 0, spread_pred = 0, value;
    size_t k;
    if (status) return status;
    if (!lfn_zero_division_known(zero_division)) return METRICS_ERROR_OPTION;
    s = lfn_matrix_total(matrix, classes);
    covariance = lfn_matrix_diagonal(matrix, classes) * s;
    for (k = 0; k < classes; k++) {
        const double t = lfn_row_total(matrix, classes, k), p = lfn_column_total(matrix, classes, k);
        covariance -= t * p;
        spread_true += t * (s - t);
        spread_pred += p * (s - p);
    }
    value = lfn_zero_division(zero_division);
    if (spread_true != 0 && spread_pred != 0) {
        value = covariance / (sqrt(spread_true) * sqrt(spread_pred));
        if (value > 1) value = 1;
        if (value < -1) value = -1;
    }
    if (correlation) *correlation = value;
    return METRICS_OK;
}

/* How much the disagreement of classes i and j weighs. */
LFN_UNUSED static double lfn_kappa_weight(int weighting, size_t i, size_t j)
{
    const double distance = i < j ? (double)(j - i) : (double)(i - j);
    if (weighting == METRICS_KAPPA_NOMINAL) return i == j ? 0 : 1;
    return weighting == METRICS_KAPPA_LINEAR ? distance : distance * distance;
}

/* s^2 times the disagreement that chance gives, sum_ij w_ij t_i p_j, in O(classes^2):
     nominal    sum_i t_i (s - p_i)
     linear     |i - j| is the number of cuts between classes that part i and j; cut c
                parts T_c (s - P_c) + (s - T_c) P_c pairs, T and P the totals up to c
     quadratic  the variances of both and the squared distance of their means */
LFN_UNUSED static double lfn_kappa_expected(const double *matrix, size_t classes, int weighting, double s)
{
    double t, p, sum_t = 0, sum_p = 0, mean_t, mean_p, expected = 0;
    size_t k;
    for (k = 0; k < classes; k++) {
        t = lfn_row_total(matrix, classes, k);
        p = lfn_column_total(matrix, classes, k);
        sum_t += weighting == METRICS_KAPPA_QUADRATIC ? (double)k * t : t;
        sum_p += weighting == METRICS_KAPPA_QUADRATIC ? (double)k * p : p;
        if (weighting == METRICS_KAPPA_NOMINAL) expected += t * (s - p);
        if (weighting == METRICS_KAPPA_LINEAR) expected += sum_t * (s - sum_p) + (s - sum_t) * sum_p;
    }
    if (weighting != METRICS_KAPPA_QUADRATIC) return expected;
    mean_t = lfn_ratio(sum_t, s, 0);
    mean_p = lfn_ratio(sum_p, s, 0);
    for (k = 0; k < classes; k++) {
        expected += lfn_row_total(matrix, classes, k) * ((double)k - mean_t) * ((double)k - mean_t);
        expected += lfn_column_total(matrix, classes, k) * ((double)k - mean_p) * ((double)k - mean_p);
    }
    return s * expected + s * s * (mean_t - mean_p) * (mean_t - mean_p);
}

/* Chance can disagree by one weighting where it can by any: the nominal one says
   so without rounding. */
METRICS_DEF int metrics_cohen_kappa(const double *matrix, size_t classes, int weighting, int zero_division, double *kappa)
{
    const int status = lfn_matrix_check(matrix, classes);
    double observed = 0, s, value;
    size_t i, j;
    if (status) return status;
    if (weighting < METRICS_KAPPA_NOMINAL || weighting > METRICS_KAPPA_QUADRATIC) return METRICS_ERROR_OPTION;
    if (!lfn_zero_division_known(zero_division)) return METRICS_ERROR_OPTION;
    s = lfn_matrix_total(matrix, classes);
    for (i = 0; i < classes; i++)
        for (j = 0; j < classes; j++) observed += lfn_kappa_weight(weighting, i, j) * matrix[i * classes + j];
    value = lfn_zero_division(zero_division);
    if (lfn_kappa_expected(matrix, classes, METRICS_KAPPA_NOMINAL, s) != 0)
        value = 1 - observed * s / lfn_kappa_expected(matrix, classes, weighting, s);
    if (kappa) *kappa = value;
    return METRICS_OK;
}

/* Up to this many classes samples are counted in whole numbers, in four tables
   in turn: equal samples in a row do not wait for each other. */
#define LFN_COUNT_CLASSES 16
#define LFN_COUNT_TABLES 4

LFN_UNUSED static void lfn_count_few(const int32_t *labels, const int32_t *pred, size_t n, size_t classes,
                                     int32_t ignore_label, double *matrix)
{
    uint32_t tables[LFN_COUNT_TABLES][LFN_COUNT_CLASSES * LFN_COUNT_CLASSES];
    const size_t cells = classes * classes;
    const int none = ignore_label == METRICS_IGNORE_NONE;
    size_t k, start, end;
    for (start = 0; start < n; start = end) {
        end = n - start < ((size_t)1 << 30) ? n : start + ((size_t)1 << 30);
        memset(tables, 0, sizeof tables);
        for (k = start; k < end; k++)
            if (none || labels[k] != ignore_label)
                tables[k % LFN_COUNT_TABLES][(size_t)labels[k] * classes + (size_t)pred[k]]++;
        for (k = 0; k < cells; k++)
            matrix[k] += (double)tables[0][k] + (double)tables[1][k] + (double)tables[2][k] + (double)tables[3][k];
    }
}

//@impl

LFN_FN void lfn_confusion_count(const int32_t *labels, const int32_t *pred, const REAL *weight, size_t n, size_t classes,
                                int32_t ignore_label, double *matrix)
{
    const int none = ignore_label == METRICS_IGNORE_NONE;
    size_t k;
    if (!weight && classes <= LFN_COUNT_CLASSES) {
        lfn_count_few(labels, pred, n, classes, ignore_label, matrix);
        return;
    }
    for (k = 0; k < n; k++)
        if (none || labels[k] != ignore_label)
            matrix[(size_t)labels[k] * classes + (size_t)pred[k]] += lfn_weight_of(weight, k);
}

METRICS_DEF int metrics_confusion_update_REAL(const int32_t *labels, const int32_t *pred, const REAL *weight, size_t n,
                                              size_t classes, int32_t ignore_label, double *matrix)
{
    if (!matrix || (n && (!labels || !pred))) return METRICS_ERROR_NULL;
    if (!lfn_classes_fit(classes) || lfn_too_big(n, sizeof(double))) return METRICS_ERROR_SIZE;
    if (!lfn_label_pairs_valid(labels, pred, n, classes, ignore_label)) return METRICS_ERROR_LABEL;
    lfn_confusion_count(labels, pred, weight, n, classes, ignore_label, matrix);
    return METRICS_OK;
}

METRICS_DEF int metrics_confusion_update_scores_REAL(const REAL *scores, const int32_t *labels, const REAL *weight, size_t n,
                                                     size_t classes, int32_t ignore_label, double *matrix)
{
    int32_t pred[256];
    size_t k, m;
    if (!matrix || (n && (!scores || !labels))) return METRICS_ERROR_NULL;
    if (!lfn_classes_fit(classes) || lfn_too_big(lfn_mul(n, classes), sizeof(double))) return METRICS_ERROR_SIZE;
    if (!lfn_labels_valid(labels, n, classes, ignore_label)) return METRICS_ERROR_LABEL;
    for (k = 0; k < n; k += m) {
        m = n - k < 256 ? n - k : 256;
        LFN_CALL(lfn_argmax_rows, (scores + k * classes, m, classes, pred));
        lfn_confusion_count(labels + k, pred, weight ? weight + k : NULL, m, classes, ignore_label, matrix);
    }
    return METRICS_OK;
}

/* Whether a score counts as positive. NaN does not. */
LFN_FN int lfn_is_positive_score(REAL score, REAL threshold, int rule)
{
    return rule == METRICS_AT_LEAST ? score >= threshold : score > threshold;
}

/* What the functions with scores, labels of 0 and 1 and a threshold check. */
LFN_FN int lfn_threshold_check(const REAL *scores, const uint8_t *labels, size_t n, size_t label_count, double threshold, int rule)
{
    if (n && (!scores || !labels)) return METRICS_ERROR_NULL;
    if (!lfn_label_count_fits(label_count) || lfn_too_big(lfn_mul(n, label_count), sizeof(double))) return METRICS_ERROR_SIZE;
    if (!lfn_is_finite(threshold)) return METRICS_ERROR_PARAMETER;
    if (rule != METRICS_ABOVE && rule != METRICS_AT_LEAST) return METRICS_ERROR_OPTION;
    return lfn_bits_valid(labels, n * label_count) ? METRICS_OK : METRICS_ERROR_LABEL;
}

METRICS_DEF int metrics_multilabel_update_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                               size_t label_count, double threshold, int rule, double *matrices)
{
    size_t i, k;
    const int status = matrices ? lfn_threshold_check(scores, labels, n, label_count, threshold, rule) : METRICS_ERROR_NULL;
    if (status) return status;
    for (i = 0; i < n; i++) {
        const double w = lfn_weight_of(weight, i);
        for (k = 0; k < label_count; k++) {
            const int positive = lfn_is_positive_score(scores[i * label_count + k], (REAL)threshold, rule);
            matrices[4 * k + 2 * (size_t)labels[i * label_count + k] + (size_t)positive] += w;
        }
    }
    return METRICS_OK;
}

METRICS_DEF int metrics_multilabel_update_labels_REAL(const uint8_t *pred, const uint8_t *labels, const REAL *weight, size_t n,
                                                      size_t label_count, double *matrices)
{
    size_t i, k;
    if (!matrices || (n && (!pred || !labels))) return METRICS_ERROR_NULL;
    if (!lfn_label_count_fits(label_count) || lfn_too_big(lfn_mul(n, label_count), sizeof(double))) return METRICS_ERROR_SIZE;
    if (!lfn_bits_valid(labels, n * label_count) || !lfn_bits_valid(pred, n * label_count)) return METRICS_ERROR_LABEL;
    for (i = 0; i < n; i++) {
        const double w = lfn_weight_of(weight, i);
        for (k = 0; k < label_count; k++)
            matrices[4 * k + 2 * (size_t)labels[i * label_count + k] + (size_t)pred[i * label_count + k]] += w;
    }
    return METRICS_OK;
}

/* Without weights the four counts are whole numbers in registers. */
METRICS_DEF int metrics_confusion_update_binary_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                                     double threshold, int rule, double *matrix)
{
    const REAL at = (REAL)threshold;
    size_t k, positive = 0, predicted = 0, both = 0;
    const int status = matrix ? lfn_threshold_check(scores, labels, n, 1, threshold, rule) : METRICS_ERROR_NULL;
    if (status) return status;
    if (weight) return metrics_multilabel_update_REAL(scores, labels, weight, n, 1, threshold, rule, matrix);
    for (k = 0; k < n; k++) {
        const size_t hit = (size_t)lfn_is_positive_score(scores[k], at, rule);
        positive += labels[k];
        predicted += hit;
        both += hit & labels[k];
    }
    matrix[0] += (double)(n - positive - (predicted - both));
    matrix[1] += (double)(predicted - both);
    matrix[2] += (double)(positive - both);
    matrix[3] += (double)both;
    return METRICS_OK;
}

/* Takes a ratio of two counts into a mean, 0 / 0 by the choice. */
LFN_FN void lfn_mean_take(metrics_mean *mean, double numerator, double denominator, double weight, int zero_division)
{
    if (!mean || (denominator == 0 && zero_division == METRICS_ZERO_DIVISION_NAN)) return;
    metrics_mean_update(lfn_ratio(numerator, denominator, lfn_zero_division(zero_division)), weight, mean);
}

METRICS_DEF int metrics_multilabel_samples_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                                size_t label_count, double threshold, int rule, int zero_division,
                                                metrics_mean *exact_match, metrics_mean *hamming, metrics_mean *precision,
                                                metrics_mean *recall, metrics_mean *f1, metrics_mean *jaccard)
{
    const int status = lfn_threshold_check(scores, labels, n, label_count, threshold, rule);
    size_t i, k;
    if (status) return status;
    if (!lfn_zero_division_known(zero_division)) return METRICS_ERROR_OPTION;
    for (i = 0; i < n; i++) {
        const double w = lfn_weight_of(weight, i);
        size_t positive = 0, predicted = 0, both = 0, wrong;
        for (k = 0; k < label_count; k++) {
            const size_t hit = (size_t)lfn_is_positive_score(scores[i * label_count + k], (REAL)threshold, rule);
            positive += labels[i * label_count + k];
            predicted += hit;
            both += hit & labels[i * label_count + k];
        }
        wrong = positive + predicted - 2 * both;
        lfn_mean_take(exact_match, wrong == 0, 1, w, zero_division);
        lfn_mean_take(hamming, (double)wrong, (double)label_count, w, zero_division);
        lfn_mean_take(precision, (double)both, (double)predicted, w, zero_division);
        lfn_mean_take(recall, (double)both, (double)positive, w, zero_division);
        lfn_mean_take(f1, 2 * (double)both, (double)(positive + predicted), w, zero_division);
        lfn_mean_take(jaccard, (double)both, (double)(positive + predicted - both), w, zero_division);
    }
    return METRICS_OK;
}
