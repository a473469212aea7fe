//@family Clustering: adjusted Rand, mutual information, homogeneity, completeness, V-measure, silhouette

//@api

/* ---- clustering, two labellings ------------------------------------------------ */

/* What normalised mutual information is divided by: a mean of the two entropies. */
enum {
    METRICS_NMI_ARITHMETIC = 0,  /* (H(true) + H(pred)) / 2: then it is the V-measure of beta = 1 */
    METRICS_NMI_GEOMETRIC = 1,   /* sqrt(H(true) H(pred)) */
    METRICS_NMI_MIN = 2,
    METRICS_NMI_MAX = 3
};

/* How two labellings agree. Names of labels do not matter. n_ij counts the items of
   true label i and predicted label j, a_i and b_j are its row and column sums;
   entropies in nats. Pairs: of items; TP together in both, TN apart in both, FP
   together in pred only, FN together in true only. */
typedef struct metrics_clustering_scores {
    double rand;                /* (TP + TN) / (TP + TN + FP + FN) */
    double adjusted_rand;       /* 2 (TP TN - FN FP) / ((TP + FN) (FN + TN) + (TP + FP) (FP + TN)) */
    double fowlkes_mallows;     /* TP / sqrt((TP + FP) (TP + FN)) */
    double mutual_information;  /* MI = sum n_ij / n log(n n_ij / (a_i b_j)) */
    double entropy_true;        /* H(true) = -sum a_i / n log(a_i / n) */
    double entropy_pred;        /* H(pred) */
    double nmi;                 /* MI / mean of the entropies, in [0, 1] */
    double homogeneity;         /* MI / H(true): 1 where each predicted cluster holds one true label */
    double completeness;        /* MI / H(pred) */
    double v_measure;           /* (1 + beta) homogeneity completeness / (beta homogeneity + completeness) */
} metrics_clustering_scores;

/* All of them from one sort, O(n) time; labels may be any int32_t and need no range.
   beta >= 0, usually 1: above 1 completeness weighs more; nmi_mean one of METRICS_NMI_*.
   0 <= n <= 2^32 - 1. Pair counts are
   exact up to 2^53, n of about 9e7.
   Undefined cases as in scikit-learn 1.2: both labellings trivial in the same way
   (no items, one cluster each, all items apart) give rand, adjusted_rand 1; nmi is 1
   where both are one cluster, else 0 where MI is 0; homogeneity is 1 where H(true) is
   0, completeness where H(pred) is 0, v_measure 0 where both are 0, fowlkes_mallows
   0 where TP is 0. Without items mutual_information and entropies are 0, nmi,
   homogeneity, completeness and v_measure 1. scikit-image's NMI is (H + H) / H(joint).
   Errors: METRICS_ERROR_NULL (labels with n > 0), METRICS_ERROR_SIZE,
   METRICS_ERROR_PARAMETER (beta), METRICS_ERROR_OPTION, METRICS_ERROR_SCRATCH.
   Sources: L. Hubert, P. Arabie, Comparing partitions, 1985; A. Rosenberg,
   J. Hirschberg, V-measure, 2007; E. B. Fowlkes, C. L. Mallows 1983; N. X. Vinh,
   J. Epps, J. Bailey, Information theoretic measures for clusterings comparison,
   2010. */
METRICS_DEF int metrics_clustering(const int32_t *labels_true, const int32_t *labels_pred, size_t n,
                                   double beta, int nmi_mean, void *scratch, size_t scratch_size,
                                   metrics_clustering_scores *result);

/* Bytes of scratch it needs; SIZE_MAX for an n it refuses. */
METRICS_DEF size_t metrics_clustering_scratch(size_t n);

/* ---- clustering, one labelling and the data ------------------------------------ */

/* The distance the silhouette looks at. */
enum {
    METRICS_SILHOUETTE_EUCLIDEAN = 0,  /* O(n^2 d) time */
    METRICS_SILHOUETTE_SQUARED = 1     /* squared Euclidean: exact in O(n clusters d) by the clusters' means */
};

/* Silhouette: of an item s = (b - a) / max(a, b), a the mean distance to the other
   items of its cluster, b the least mean distance to the items of another one; s = 0
   where the item is alone in its cluster and where a = b = 0. In [-1, 1].
   data (n, d), labels (n) in 0 .. clusters - 1, clusters >= 1; clusters without items do
   not matter. *mean gets the mean of s over the items, samples (n) each item's, either
   may be NULL. NaN where fewer than two clusters have items (and for n = 0);
   scikit-learn fails there, and where every item is alone, which gives 0 here. NaN in
   the data makes NaN of the items whose mean distances it enters. No more memory than
   O(clusters d), no matrix of distances.
   Squared distances to a cluster of m items with mean c are summed as
   m |x - c|^2 + sum |x_j - c|^2.
   Errors: METRICS_ERROR_NULL (data or labels with n > 0), METRICS_ERROR_SIZE (sizes,
   clusters = 0, d = 0 with n > 0), METRICS_ERROR_OPTION (distance),
   METRICS_ERROR_LABEL, METRICS_ERROR_SCRATCH.
   Source: P. J. Rousseeuw, Silhouettes: a graphical aid to the interpretation and
   validation of cluster analysis, 1987. */
METRICS_DEF int metrics_silhouette_REAL(const REAL *data, const int32_t *labels, size_t n, size_t d, size_t clusters,
                                        int distance, void *scratch, size_t scratch_size, double *mean, double *samples);

/* Bytes of scratch it needs, whichever the distance; SIZE_MAX for sizes it refuses. */
METRICS_DEF size_t metrics_silhouette_scratch_REAL(size_t n, size_t d, size_t clusters);

//@once

/* Sums over the parts of a labelling: of the counts' squares, of count log(count). */
typedef struct {
    double squares, logs;
    size_t parts;
} lfn_partition;

LFN_UNUSED static void lfn_partition_add(lfn_partition *p, size_t count)
{
    const double c = (double)count;
    p->squares += c * c;
    p->logs += c * log(c);
    p->parts++;
}

/* The parts of sorted keys, those equal above the shift being one. */
LFN_UNUSED static lfn_partition lfn_partition_of(const uint64_t *keys, size_t n, unsigned shift)
{
    lfn_partition p = {0, 0, 0};
    size_t start, end;
    for (start = 0; start < n; start = end) {
        for (end = start + 1; end < n && keys[end] >> shift == keys[start] >> shift; end++) {}
        lfn_partition_add(&p, end - start);
    }
    return p;
}

/* Pair counts, each pair in both directions; whole numbers, exact up to 2^53. */
LFN_UNUSED static void lfn_clustering_pairs(double n, double joint, double rows, double columns, metrics_clustering_scores *s)
{
    const double tp = joint - n, fn = rows - joint, fp = columns - joint, tn = n * n - fp - fn - joint;
    const double below = (tp + fn) * (fn + tn) + (tp + fp) * (fp + tn);
    s->rand = fp == 0 && fn == 0 ? 1 : (tp + tn) / (tp + tn + fp + fn);
    s->adjusted_rand = fp == 0 && fn == 0 ? 1 : 2 * (tp * tn - fn * fp) / below;
    s->fowlkes_mallows = tp == 0 ? 0 : sqrt(tp / (tp + fp)) * sqrt(tp / (tp + fn));
}

LFN_UNUSED static double lfn_nmi_divisor(double a, double b, int mean)
{
    if (mean == METRICS_NMI_GEOMETRIC) return sqrt(a * b);
    if (mean == METRICS_NMI_MIN) return a < b ? a : b;
    if (mean == METRICS_NMI_MAX) return a > b ? a : b;
    return (a + b) / 2;
}

/* sum n_ij log(n_ij) and the like for a_i and b_j:
   MI = log n + (sum n_ij log n_ij - sum a_i log a_i - sum b_j log b_j) / n */
LFN_UNUSED static void lfn_clustering_information(double n, const lfn_partition *joint, const lfn_partition *rows,
                                                 const lfn_partition *columns, double beta, int nmi_mean,
                                                 metrics_clustering_scores *s)
{
    const double log_n = n > 0 ? log(n) : 0, share = n > 0 ? 1 / n : 0;
    double mi, h_true, h_pred, least;
    h_true = rows->parts <= 1 ? 0 : log_n - rows->logs * share;
    h_pred = columns->parts <= 1 ? 0 : log_n - columns->logs * share;
    least = h_true < h_pred ? h_true : h_pred;
    mi = log_n + ((joint->logs - rows->logs) - columns->logs) * share;
    if (mi > least) mi = least;
    if (!(mi > 4 * DBL_EPSILON * (1 + log_n))) mi = 0;
    s->mutual_information = mi;
    s->entropy_true = h_true;
    s->entropy_pred = h_pred;
    s->nmi = rows->parts <= 1 && columns->parts <= 1 ? 1 : mi == 0 ? 0 : mi / lfn_nmi_divisor(h_true, h_pred, nmi_mean);
    if (s->nmi > 1) s->nmi = 1;
    s->homogeneity = lfn_ratio(mi, h_true, 1);
    s->completeness = lfn_ratio(mi, h_pred, 1);
    s->v_measure = lfn_ratio((1 + beta) * s->homogeneity * s->completeness, beta * s->homogeneity + s->completeness, 0);
}

/* Ordered as the signed labels, in 32 bits. */
LFN_UNUSED static uint64_t lfn_label_key(int32_t label) { return (uint32_t)label ^ UINT32_C(0x80000000); }

METRICS_DEF size_t metrics_clustering_scratch(size_t n)
{
    if (n > UINT32_MAX || lfn_too_big(n, sizeof(uint64_t))) return SIZE_MAX;
    return lfn_add(lfn_piece(n, sizeof(uint64_t)), lfn_argsort_room(n));
}

METRICS_DEF int metrics_clustering(const int32_t *labels_true, const int32_t *labels_pred, size_t n,
                                   double beta, int nmi_mean, void *scratch, size_t scratch_size,
                                   metrics_clustering_scores *result)
{
    const size_t needed = metrics_clustering_scratch(n);
    lfn_partition joint, rows, columns;
    uint64_t *keys;
    size_t k;
    if (n && (!labels_true || !labels_pred)) return METRICS_ERROR_NULL;
    if (needed == SIZE_MAX) return METRICS_ERROR_SIZE;
    if (!lfn_finite(beta) || beta < 0) return METRICS_ERROR_PARAMETER;
    if (nmi_mean < METRICS_NMI_ARITHMETIC || nmi_mean > METRICS_NMI_MAX) return METRICS_ERROR_OPTION;
    if (!lfn_scratch_holds(scratch, scratch_size, needed)) return METRICS_ERROR_SCRATCH;
    if (!result) return METRICS_OK;
    keys = (uint64_t *)lfn_cut(&scratch, n, sizeof *keys);
    for (k = 0; k < n; k++) keys[k] = lfn_label_key(labels_true[k]) << 32 | lfn_label_key(labels_pred[k]);
    lfn_sort_u64(keys, n, scratch);
    joint = lfn_partition_of(keys, n, 0);
    rows = lfn_partition_of(keys, n, 32);
    for (k = 0; k < n; k++) keys[k] = lfn_label_key(labels_pred[k]);
    lfn_sort_u64(keys, n, scratch);
    columns = lfn_partition_of(keys, n, 0);
    lfn_clustering_pairs((double)n, joint.squares, rows.squares, columns.squares, result);
    lfn_clustering_information((double)n, &joint, &rows, &columns, beta, nmi_mean, result);
    return METRICS_OK;
}

//@shared

/* One silhouette: the data, the size of each cluster, room for a group of rows'
   sums of distances or for the clusters' means and scatters. */
typedef struct {
    const REAL *data;
    const int32_t *labels;
    size_t n, d, clusters;
    double *count, *sums, *means, *scatter;
} lfn_silhouette_REAL;

//@kernel

/* Rows whose distances to everything are summed in one pass over the data. */
#ifndef LFN_SILHOUETTE_ROWS
#define LFN_SILHOUETTE_ROWS 8
#endif

/* |x - c|^2 in double. */
LFN_FN double lfn_mean_distance(const REAL *x, const double *c, size_t d)
{
    double sum[4] = {0, 0, 0, 0};
    size_t k = 0, j;
    for (; d - k >= 4; k += 4)
        for (j = 0; j < 4; j++) sum[j] += ((double)x[k + j] - c[k + j]) * ((double)x[k + j] - c[k + j]);
    for (; k < d; k++) sum[0] += ((double)x[k] - c[k]) * ((double)x[k] - c[k]);
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* (b - a) / max(a, b) of the item i, from its sums of distances to each cluster. */
LFN_FN double lfn_silhouette_item(const lfn_silhouette_REAL *s, const double *sums, size_t i)
{
    const size_t own = (size_t)s->labels[i];
    double a, b = 0, largest;
    size_t c, others = 0;
    if (s->count[own] == 1) return 0;
    a = sums[own] / (s->count[own] - 1);
    for (c = 0; c < s->clusters; c++) {
        double distance;
        if (c == own || s->count[c] == 0) continue;
        distance = sums[c] / s->count[c];
        if (others++ == 0 || distance < b || lfn_is_nan(distance)) b = distance;
    }
    largest = a > b ? a : b;
    if (lfn_is_nan(a) || lfn_is_nan(b)) return lfn_nan_value();
    return largest == 0 ? 0 : (b - a) / largest;
}

LFN_FN double lfn_silhouette_euclidean(const lfn_silhouette_REAL *s, double *samples)
{
    double total = 0;
    size_t i, j, r, rows;
    for (i = 0; i < s->n; i += rows) {
        rows = s->n - i < LFN_SILHOUETTE_ROWS ? s->n - i : LFN_SILHOUETTE_ROWS;
        memset(s->sums, 0, rows * s->clusters * sizeof *s->sums);
        for (j = 0; j < s->n; j++) {
            const REAL *other = s->data + j * s->d;
            double *sum = s->sums + (size_t)s->labels[j];
            for (r = 0; r < rows; r++)
                if (i + r != j) sum[r * s->clusters] += sqrt(lfn_squared_distance(s->data + (i + r) * s->d, other, s->d));
        }
        for (r = 0; r < rows; r++) {
            const double value = lfn_silhouette_item(s, s->sums + r * s->clusters, i + r);
            total += value;
            if (samples) samples[i + r] = value;
        }
    }
    return total;
}

/* The clusters' means, updated item by item, and the sum of squared distances of
   their items to them. scatter counts the items seen meanwhile. */
LFN_FN void lfn_silhouette_means(const lfn_silhouette_REAL *s)
{
    size_t i, k, c;
    memset(s->scatter, 0, s->clusters * sizeof *s->scatter);
    memset(s->means, 0, s->clusters * s->d * sizeof *s->means);
    for (i = 0; i < s->n; i++) {
        double *mean = s->means + (size_t)s->labels[i] * s->d, *seen = s->scatter + s->labels[i];
        *seen += 1;
        for (k = 0; k < s->d; k++) mean[k] += ((double)s->data[i * s->d + k] - mean[k]) / *seen;
    }
    for (c = 0; c < s->clusters; c++) s->scatter[c] = 0;
    for (i = 0; i < s->n; i++)
        s->scatter[s->labels[i]] += lfn_mean_distance(s->data + i * s->d, s->means + (size_t)s->labels[i] * s->d, s->d);
}

LFN_FN double lfn_silhouette_squared(const lfn_silhouette_REAL *s, double *samples)
{
    double total = 0;
    size_t i, c;
    lfn_silhouette_means(s);
    for (i = 0; i < s->n; i++) {
        double value;
        for (c = 0; c < s->clusters; c++)
            if (s->count[c] > 0)
                s->sums[c] = s->count[c] * lfn_mean_distance(s->data + i * s->d, s->means + c * s->d, s->d) + s->scatter[c];
        value = lfn_silhouette_item(s, s->sums, i);
        total += value;
        if (samples) samples[i] = value;
    }
    return total;
}

//@impl

METRICS_DEF size_t metrics_silhouette_scratch_REAL(size_t n, size_t d, size_t clusters)
{
    const size_t cell = sizeof(double);
    size_t room;
    if (clusters == 0 || (n && d == 0) || lfn_too_big(lfn_mul(n, d), sizeof(REAL)) || lfn_too_big(n, cell)
        || lfn_too_big(lfn_mul(clusters, d), cell) || lfn_too_big(clusters, LFN_SILHOUETTE_ROWS * cell)) return SIZE_MAX;
    room = lfn_add(lfn_piece(clusters * LFN_SILHOUETTE_ROWS, cell), lfn_piece(clusters * d, cell));
    return lfn_add(room, lfn_mul(2, lfn_piece(clusters, cell)));
}

METRICS_DEF int metrics_silhouette_REAL(const REAL *data, const int32_t *labels, size_t n, size_t d, size_t clusters,
                                        int distance, void *scratch, size_t scratch_size, double *mean, double *samples)
{
    const size_t needed = metrics_silhouette_scratch_REAL(n, d, clusters);
    lfn_silhouette_REAL s;
    size_t k, filled = 0;
    double total;
    if (n && (!data || !labels)) return METRICS_ERROR_NULL;
    if (needed == SIZE_MAX) return METRICS_ERROR_SIZE;
    if (distance < METRICS_SILHOUETTE_EUCLIDEAN || distance > METRICS_SILHOUETTE_SQUARED) return METRICS_ERROR_OPTION;
    if (!lfn_labels_valid(labels, n, clusters, METRICS_IGNORE_NONE)) return METRICS_ERROR_LABEL;
    if (!lfn_scratch_holds(scratch, scratch_size, needed)) return METRICS_ERROR_SCRATCH;
    s.data = data;
    s.labels = labels;
    s.n = n;
    s.d = d;
    s.clusters = clusters;
    s.sums = (double *)lfn_cut(&scratch, clusters * LFN_SILHOUETTE_ROWS, sizeof(double));
    s.means = (double *)lfn_cut(&scratch, clusters * d, sizeof(double));
    s.count = (double *)lfn_cut(&scratch, clusters, sizeof(double));
    s.scatter = (double *)lfn_cut(&scratch, clusters, sizeof(double));
    memset(s.count, 0, clusters * sizeof *s.count);
    for (k = 0; k < n; k++) s.count[labels[k]] += 1;
    for (k = 0; k < clusters; k++) filled += s.count[k] > 0;
    if (filled < 2) {
        for (k = 0; samples && k < n; k++) samples[k] = lfn_nan_value();
        total = lfn_nan_value();
    } else if (distance == METRICS_SILHOUETTE_SQUARED) total = LFN_CALL(lfn_silhouette_squared, (&s, samples));
    else total = LFN_CALL(lfn_silhouette_euclidean, (&s, samples));
    if (mean) *mean = total / (double)(n ? n : 1);
    return METRICS_OK;
}
