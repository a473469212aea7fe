//@family Rates: precision, recall, F-scores and the like of a confusion matrix

//@api

/* ---- rates of a class against the rest

   Of every class, tp true positives, fp false positives, fn false negatives, tn
   true negatives. average says what is made of the classes:
     METRICS_AVERAGE_NONE      values has one per class; a class never seen has the
                               value of zero_division
     METRICS_AVERAGE_MICRO     the rate of the counts added up over the classes
     METRICS_AVERAGE_MACRO     the mean over the classes that occur among the true
                               or the predicted ones (scikit-learn without labels=
                               does the same; with labels= it takes part in all)
     METRICS_AVERAGE_WEIGHTED  the mean weighted by tp + fn
     METRICS_AVERAGE_BINARY    the rate of class 1 of classes = 2
                               (METRICS_ERROR_SIZE for other counts)
   For all but NONE values is a single double. Where nothing takes part in a mean
   the value is that of zero_division. Rates are computed from counts, so
   F1 is defined where precision is not.
   The metrics_multilabel_ forms take labels x 2 x 2 matrices and differ in one
   thing: all labels take part in the macro average, as in scikit-learn; BINARY is
   not for them (METRICS_ERROR_OPTION).
   Errors: METRICS_ERROR_NULL (matrix), METRICS_ERROR_SIZE, METRICS_ERROR_OPTION. */

/* Precision, positive predictive value: tp / (tp + fp). */
METRICS_DEF int metrics_precision(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_precision(const double *matrices, size_t label_count, int average, int zero_division, double *values);

/* Recall, sensitivity, true positive rate: tp / (tp + fn). */
METRICS_DEF int metrics_recall(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_recall(const double *matrices, size_t label_count, int average, int zero_division, double *values);

/* Specificity, true negative rate: tn / (tn + fp). */
METRICS_DEF int metrics_specificity(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_specificity(const double *matrices, size_t label_count, int average, int zero_division, double *values);

/* Negative predictive value: tn / (tn + fn). */
METRICS_DEF int metrics_negative_predictive_value(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_negative_predictive_value(const double *matrices, size_t label_count, int average,
                                                             int zero_division, double *values);

/* False positive rate, fall-out: fp / (fp + tn). */
METRICS_DEF int metrics_false_positive_rate(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_false_positive_rate(const double *matrices, size_t label_count, int average,
                                                       int zero_division, double *values);

/* False negative rate, miss rate: fn / (fn + tp). */
METRICS_DEF int metrics_false_negative_rate(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_false_negative_rate(const double *matrices, size_t label_count, int average,
                                                       int zero_division, double *values);

/* F-beta: (1 + beta^2) tp / ((1 + beta^2) tp + beta^2 fn + fp), the weighted
   harmonic mean of precision and recall, beta > 1 favouring recall; beta = 1 is F1
   (the Dice coefficient of the class). beta >= 0, at most 1e100
   (METRICS_ERROR_PARAMETER). Macro is the mean of the classes' F.
   Source: C. J. van Rijsbergen 1979. */
METRICS_DEF int metrics_f_beta(const double *matrix, size_t classes, double beta, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_f_beta(const double *matrices, size_t label_count, double beta, int average,
                                          int zero_division, double *values);

/* Jaccard index, intersection over union, critical success index: tp / (tp + fp
   + fn). The macro average is the mean IoU of semantic segmentation. Where the
   weights of the weighted average are all 0 scikit-learn takes the plain mean. */
METRICS_DEF int metrics_jaccard(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_jaccard(const double *matrices, size_t label_count, int average, int zero_division, double *values);

//@once

enum {
    LFN_RATE_PRECISION, LFN_RATE_RECALL, LFN_RATE_SPECIFICITY, LFN_RATE_NPV, LFN_RATE_FPR, LFN_RATE_FNR,
    LFN_RATE_F_BETA, LFN_RATE_JACCARD
};

/* A rate as a fraction, so that 0 / 0 can be told. */
typedef struct {
    double numerator, denominator;
} lfn_fraction;

LFN_UNUSED static lfn_fraction lfn_rate(int rate, lfn_class_counts c, double beta)
{
    const double b = beta * beta;
    lfn_fraction f = {0, 0};
    switch (rate) {
    case LFN_RATE_PRECISION:   f.numerator = c.tp; f.denominator = c.tp + c.fp; break;
    case LFN_RATE_RECALL:      f.numerator = c.tp; f.denominator = c.tp + c.fn; break;
    case LFN_RATE_SPECIFICITY: f.numerator = c.tn; f.denominator = c.tn + c.fp; break;
    case LFN_RATE_NPV:         f.numerator = c.tn; f.denominator = c.tn + c.fn; break;
    case LFN_RATE_FPR:         f.numerator = c.fp; f.denominator = c.fp + c.tn; break;
    case LFN_RATE_FNR:         f.numerator = c.fn; f.denominator = c.fn + c.tp; break;
    case LFN_RATE_F_BETA:
        f.numerator = (1 + b) * c.tp;
        f.denominator = (1 + b) * c.tp + b * c.fn + c.fp;
        break;
    default:                   f.numerator = c.tp; f.denominator = c.tp + c.fp + c.fn; break;
    }
    return f;
}

/* Where the counts of the classes come from: one matrix of all classes, or one
   binary matrix for each label. */
typedef struct {
    const double *counts;
    size_t classes;
    int multilabel;
    double total;
} lfn_count_source;

LFN_UNUSED static lfn_class_counts lfn_counts_at(const lfn_count_source *from, size_t c)
{
    return from->multilabel ? lfn_counts_of_class(from->counts + 4 * c, 2, 0, 1)
                            : lfn_counts_of_class(from->counts, from->classes, from->total, c);
}

/* The rate of the counts of all classes added up. */
LFN_UNUSED static double lfn_rate_micro(const lfn_count_source *from, int rate, double beta, double undefined)
{
    lfn_class_counts sum = {0, 0, 0, 0};
    lfn_fraction f;
    size_t c;
    for (c = 0; c < from->classes; c++) {
        const lfn_class_counts one = lfn_counts_at(from, c);
        sum.tp += one.tp;
        sum.fp += one.fp;
        sum.fn += one.fn;
        sum.tn += one.tn;
    }
    f = lfn_rate(rate, sum, beta);
    return lfn_ratio(f.numerator, f.denominator, undefined);
}

/* The mean of the classes' rates. */
LFN_UNUSED static double lfn_rate_mean(const lfn_count_source *from, int rate, double beta, int average, int zero_division)
{
    const double undefined = lfn_zero_division(zero_division);
    double sum = 0, total = 0;
    size_t c;
    for (c = 0; c < from->classes; c++) {
        const lfn_class_counts counts = lfn_counts_at(from, c);
        const lfn_fraction f = lfn_rate(rate, counts, beta);
        double weight = 1;
        if (f.denominator == 0 && zero_division == METRICS_ZERO_DIVISION_NAN) continue;
        if (!from->multilabel && counts.tp + counts.fp + counts.fn == 0) continue;
        if (average == METRICS_AVERAGE_WEIGHTED) weight = counts.tp + counts.fn;
        if (weight == 0) continue;
        sum += weight * lfn_ratio(f.numerator, f.denominator, undefined);
        total += weight;
    }
    return lfn_ratio(sum, total, undefined);
}

LFN_UNUSED static int lfn_rates(const double *counts, size_t classes, int multilabel, int rate, double beta, int average,
                                int zero_division, double *values)
{
    lfn_count_source from;
    lfn_fraction f;
    size_t c;
    if (!counts) return METRICS_ERROR_NULL;
    if (multilabel ? !lfn_label_count_fits(classes) : !lfn_classes_fit(classes)) return METRICS_ERROR_SIZE;
    if (average < METRICS_AVERAGE_NONE || average > METRICS_AVERAGE_BINARY) return METRICS_ERROR_OPTION;
    if (multilabel && average == METRICS_AVERAGE_BINARY) return METRICS_ERROR_OPTION;
    if (average == METRICS_AVERAGE_BINARY && classes != 2) return METRICS_ERROR_SIZE;
    if (!lfn_zero_division_known(zero_division)) return METRICS_ERROR_OPTION;
    if (!values) return METRICS_OK;
    from.counts = counts;
    from.classes = classes;
    from.multilabel = multilabel;
    from.total = multilabel ? 0 : lfn_matrix_total(counts, classes);
    if (average == METRICS_AVERAGE_MICRO) *values = lfn_rate_micro(&from, rate, beta, lfn_zero_division(zero_division));
    else if (average == METRICS_AVERAGE_MACRO || average == METRICS_AVERAGE_WEIGHTED)
        *values = lfn_rate_mean(&from, rate, beta, average, zero_division);
    else
        for (c = average == METRICS_AVERAGE_BINARY; c < classes; c++) {
            f = lfn_rate(rate, lfn_counts_at(&from, c), beta);
            *values++ = lfn_ratio(f.numerator, f.denominator, lfn_zero_division(zero_division));
        }
    return METRICS_OK;
}

METRICS_DEF int metrics_precision(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return lfn_rates(matrix, classes, 0, LFN_RATE_PRECISION, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_precision(const double *matrices, size_t label_count, int average, int zero_division, double *values)
{
    return lfn_rates(matrices, label_count, 1, LFN_RATE_PRECISION, 1, average, zero_division, values);
}

METRICS_DEF int metrics_recall(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return lfn_rates(matrix, classes, 0, LFN_RATE_RECALL, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_recall(const double *matrices, size_t label_count, int average, int zero_division, double *values)
{
    return lfn_rates(matrices, label_count, 1, LFN_RATE_RECALL, 1, average, zero_division, values);
}

METRICS_DEF int metrics_specificity(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return lfn_rates(matrix, classes, 0, LFN_RATE_SPECIFICITY, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_specificity(const double *matrices, size_t label_count, int average, int zero_division, double *values)
{
    return lfn_rates(matrices, label_count, 1, LFN_RATE_SPECIFICITY, 1, average, zero_division, values);
}

METRICS_DEF int metrics_negative_predictive_value(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return lfn_rates(matrix, classes, 0, LFN_RATE_NPV, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_negative_predictive_value(const double *matrices, size_t label_count, int average,
                                                             int zero_division, double *values)
{
    return lfn_rates(matrices, label_count, 1, LFN_RATE_NPV, 1, average, zero_division, values);
}

METRICS_DEF int metrics_false_positive_rate(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return lfn_rates(matrix, classes, 0, LFN_RATE_FPR, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_false_positive_rate(const double *matrices, size_t label_count, int average,
                                                       int zero_division, double *values)
{
    return lfn_rates(matrices, label_count, 1, LFN_RATE_FPR, 1, average, zero_division, values);
}

METRICS_DEF int metrics_false_negative_rate(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return lfn_rates(matrix, classes, 0, LFN_RATE_FNR, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_false_negative_rate(const double *matrices, size_t label_count, int average,
                                                       int zero_division, double *values)
{
    return lfn_rates(matrices, label_count, 1, LFN_RATE_FNR, 1, average, zero_division, values);
}

LFN_UNUSED static int lfn_beta_valid(double beta) { return lfn_finite(beta) && beta >= 0 && beta <= 1e100; }

METRICS_DEF int metrics_f_beta(const double *matrix, size_t classes, double beta, int average, int zero_division, double *values)
{
    if (matrix && !lfn_beta_valid(beta)) return METRICS_ERROR_PARAMETER;
    return lfn_rates(matrix, classes, 0, LFN_RATE_F_BETA, beta, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_f_beta(const double *matrices, size_t label_count, double beta, int average,
                                          int zero_division, double *values)
{
    if (matrices && !lfn_beta_valid(beta)) return METRICS_ERROR_PARAMETER;
    return lfn_rates(matrices, label_count, 1, LFN_RATE_F_BETA, beta, average, zero_division, values);
}

METRICS_DEF int metrics_jaccard(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return lfn_rates(matrix, classes, 0, LFN_RATE_JACCARD, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_jaccard(const double *matrices, size_t label_count, int average, int zero_division, double *values)
{
    return lfn_rates(matrices, label_count, 1, LFN_RATE_JACCARD, 1, average, zero_division, values);
}
