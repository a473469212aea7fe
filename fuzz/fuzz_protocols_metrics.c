/* The protocols of metrics.h: every accumulator is begun, fed, merged and read in any
   order, on any data and on counts of any bits; texts of any tokens. */
#include "heap.h"
#include "metrics.h"

enum { CLASSES = 6, UNTOUCHED = 0x5a };

static void is_status(int status)
{
    must(status >= METRICS_OK && status <= METRICS_ERROR_OVERLAP, "a function returns a status");
    must(metrics_strerror(status) != NULL, "every status has a sentence");
}

/* A struct that receives a result: on an error nothing may be in it. */
#define RESULT_OF(type, result, call) \
    { \
        type result; \
        int status; \
        size_t k; \
        memset(&result, UNTOUCHED, sizeof result); \
        status = call; \
        is_status(status); \
        for (k = 0; status && k < sizeof result; k++) \
            must(((const unsigned char *)&result)[k] == UNTOUCHED, "an error touches no output"); \
    }

static void isa_and_status(void)
{
    const int isa = option(5), before = metrics_isa();
    must(metrics_isa_force(isa) ? metrics_isa() == isa : metrics_isa() == before, "isa_force forces what it accepts and else changes nothing");
    must(metrics_isa_name(isa) != NULL, "every instruction set has a name");
    must(metrics_strerror(option(9)) != NULL, "every status has a sentence");
}

/* ---- means, retrieval, regression ------------------------------------------------- */

static void means(void)
{
    metrics_mean mean[2];
    int calls;
    is_status(metrics_mean_init(&mean[0]));
    is_status(metrics_mean_init(&mean[1]));
    must(metrics_mean_init(NULL) == METRICS_ERROR_NULL, "mean_init of NULL");
    if (byte() % 4 == 1) any_bits(mean, sizeof mean);
    for (calls = byte() % 32; calls > 0; calls--) {
        metrics_mean *to = absent() ? NULL : &mean[byte() & 1];
        const unsigned call = byte() % 4;
        if (call < 2) {
            const double value = number(), weight = byte() & 1 ? 1 : number();
            is_status(metrics_mean_update(value, weight, to));
        } else if (call == 2) is_status(metrics_mean_merge(absent() ? NULL : &mean[byte() & 1], to));
        else RESULT_OF(double, result, metrics_mean_result(to, absent() ? NULL : &result))
    }
}

static void retrievals(int wide)
{
    metrics_retrieval r[2];
    metrics_ranking_config config = metrics_ranking_defaults();
    int calls;
    is_status(metrics_retrieval_init(&r[0]));
    is_status(metrics_retrieval_init(&r[1]));
    must(metrics_retrieval_init(NULL) == METRICS_ERROR_NULL, "retrieval_init of NULL");
    if (byte() % 8 == 1) any_bits(r, sizeof r);
    for (calls = byte() % 8; calls >= 0; calls--) {
        metrics_retrieval *to = absent() ? NULL : &r[byte() & 1];
        const unsigned call = byte() % 4;
        if (call < 2) {
            const size_t n = byte() % 40, queries = byte() % 5;
            size_t size;
            const void *scores = reals(wide, n), *relevance = reals(wide, n);
            void *room = scratch(TYPED(wide, metrics_ranking_scratch, (n)), &size);
            config.k = byte() & 1 ? word(byte() & 1 ? 1 : 8) : 0;
            config.gain = option(2);
            config.ties = option(2);
            config.ap = option(3);
            config.empty = option(4);
            config.adaptive_k = option(2);
            if (call == 0) {
                metrics_ranking_scores *each = byte() & 1 ? (metrics_ranking_scores *)heap(queries * sizeof *each) : NULL;
                const size_t *offsets = offsets_of(queries, n);
                is_status(TYPED(wide, metrics_retrieval_update, (scores, relevance, n, offsets, queries, absent() ? NULL : &config,
                                                                 room, size, each, to)));
            } else
                is_status(TYPED(wide, metrics_retrieval_update_ids, (scores, relevance, integers(n, 5), n, &config, room, size, to)));
        } else if (call == 2) is_status(metrics_retrieval_merge(absent() ? NULL : &r[byte() & 1], to));
        else RESULT_OF(metrics_ranking_scores, result, metrics_retrieval_result(to, absent() ? NULL : &result))
    }
}

static void regressions(int wide)
{
    const size_t outputs = byte() % 4, bytes = outputs * sizeof(metrics_regression);
    metrics_regression *r[2];
    int calls, k;
    must(metrics_regression_init(1, NULL) == METRICS_ERROR_NULL, "regression_init of NULL");
    for (k = 0; k < 2; k++) {
        r[k] = (metrics_regression *)heap(bytes);
        must(metrics_regression_init(SIZE_MAX / 2, r[k]) == METRICS_ERROR_SIZE, "regression_init of too many outputs");
        is_status(metrics_regression_init(outputs, r[k]));
        if (byte() % 8 == 1) any_bits(r[k], bytes);
    }
    for (calls = byte() % 8; calls >= 0; calls--) {
        metrics_regression *to = absent() ? NULL : r[byte() & 1];
        const unsigned call = byte() % 4;
        if (call < 2) {
            const size_t n = byte() % 24;
            const void *pred = reals(wide, n * outputs), *target = reals(wide, n * outputs);
            is_status(TYPED(wide, metrics_regression_update, (pred, target, byte() & 1 ? reals(wide, n) : NULL, n, outputs, to)));
        } else if (call == 2) is_status(metrics_regression_merge(absent() ? NULL : r[byte() & 1], outputs, to));
        else {
            const int average = option(3);
            metrics_regression_scores *scores = (metrics_regression_scores *)heap(
                (average == METRICS_OUTPUTS_RAW ? outputs : 1) * sizeof *scores);
            is_status(metrics_regression_result(to, outputs, average, absent() ? NULL : scores));
        }
    }
}

/* ---- counts: confusion matrices, bins ---------------------------------------------- */

typedef int (*merge_function)(const double *other, size_t count, double *sums);
typedef int (*init_function)(size_t count, double *sums);

/* Two arrays of sums: begun, or of any numbers. */
static void begin_sums(double **sums, size_t count, size_t values, init_function init)
{
    int k;
    for (k = 0; k < 2; k++) {
        sums[k] = (double *)heap(values * sizeof(double));
        is_status(init(count, sums[k]));
        if (byte() % 8 == 1) any_numbers(sums[k], values);
        is_status(init(count, NULL));
    }
}

static void merge_sums(double *const *sums, size_t count, merge_function merge)
{
    is_status(merge(absent() ? NULL : sums[byte() & 1], count, absent() ? NULL : sums[byte() & 1]));
}

static void confusions(int wide)
{
    typedef int (*rate)(const double *matrix, size_t classes, int average, int zero_division, double *values);
    static const rate rates[] = {metrics_precision, metrics_recall, metrics_specificity, metrics_negative_predictive_value,
                                 metrics_false_positive_rate, metrics_false_negative_rate, metrics_jaccard};
    const size_t classes = 1 + byte() % CLASSES;
    double *matrix[2], *values = (double *)heap(classes * sizeof(double));
    int calls;
    begin_sums(matrix, classes, classes * classes, metrics_confusion_init);
    for (calls = byte() % 8; calls >= 0; calls--) {
        double *to = absent() ? NULL : matrix[byte() & 1];
        const size_t n = byte() % 40;
        const int ignore = byte() & 1 ? METRICS_IGNORE_NONE : option((int)classes);
        const int32_t *labels = integers(n, (int)classes);
        switch (byte() % 6) {
        case 0: {
            const int32_t *pred = integers(n, (int)classes);
            is_status(TYPED(wide, metrics_confusion_update, (labels, pred, byte() & 1 ? reals(wide, n) : NULL, n, classes, ignore, to)));
            break;
        }
        case 1: {
            const void *scores = reals(wide, n * classes);
            is_status(TYPED(wide, metrics_confusion_update_scores, (scores, labels, byte() & 1 ? reals(wide, n) : NULL, n, classes, ignore, to)));
            break;
        }
        case 2: merge_sums(matrix, classes, metrics_confusion_merge); break;
        case 3: {
            const int average = option(5), zero = option(3);
            is_status(rates[byte() % 7](to, classes, average, zero, values));
            break;
        }
        case 4: RESULT_OF(double, result, metrics_matthews(to, classes, option(3), &result)) break;
        default: RESULT_OF(double, result, metrics_cohen_kappa(to, classes, option(3), option(3), &result)) break;
        }
    }
}

static void multilabels(int wide)
{
    const size_t count = 1 + byte() % CLASSES;
    double *matrices[2], *values = (double *)heap(count * sizeof(double));
    int calls;
    begin_sums(matrices, count, 4 * count, metrics_multilabel_init);
    for (calls = byte() % 8; calls >= 0; calls--) {
        double *to = absent() ? NULL : matrices[byte() & 1];
        const size_t n = byte() % 40;
        const uint8_t *labels = octets(n * count, 2);
        switch (byte() % 4) {
        case 0: {
            const void *scores = reals(wide, n * count);
            const double threshold = number();
            is_status(TYPED(wide, metrics_multilabel_update, (scores, labels, byte() & 1 ? reals(wide, n) : NULL, n, count,
                                                              threshold, option(2), to)));
            break;
        }
        case 1: {
            const uint8_t *pred = octets(n * count, 2);
            is_status(TYPED(wide, metrics_multilabel_update_labels, (pred, labels, byte() & 1 ? reals(wide, n) : NULL, n, count, to)));
            break;
        }
        case 2: merge_sums(matrices, count, metrics_multilabel_merge); break;
        default: {
            const double beta = number();
            is_status(metrics_multilabel_f_beta(to, count, beta, option(4), option(3), values));
            break;
        }
        }
    }
}

static void calibrations(int wide)
{
    const size_t count = 1 + byte() % 20;
    double *bins[2];
    int calls;
    begin_sums(bins, count, 3 * count, metrics_calibration_init);
    for (calls = byte() % 8; calls >= 0; calls--) {
        double *to = absent() ? NULL : bins[byte() & 1];
        const size_t n = byte() % 40, classes = 1 + byte() % CLASSES;
        switch (byte() % 4) {
        case 0: {
            const void *conf = reals(wide, n);
            const uint8_t *correct = octets(n, 2);
            is_status(TYPED(wide, metrics_calibration_update, (conf, correct, byte() & 1 ? reals(wide, n) : NULL, n, count, option(2), to)));
            break;
        }
        case 1: {
            const void *prob = reals(wide, n * classes);
            const int32_t *labels = integers(n, (int)classes);
            const int ignore = byte() & 1 ? METRICS_IGNORE_NONE : option((int)classes);
            is_status(TYPED(wide, metrics_calibration_update_scores, (prob, labels, NULL, n, classes, ignore, count, option(2), to)));
            break;
        }
        case 2: merge_sums(bins, count, metrics_calibration_merge); break;
        default: RESULT_OF(double, result, metrics_calibration_error(to, count, option(4), &result)) break;
        }
    }
}

static void binned(int wide)
{
    const size_t count = 1 + byte();
    double *bins[2];
    int calls;
    begin_sums(bins, count, 2 * count, metrics_binned_init);
    for (calls = byte() % 8; calls >= 0; calls--) {
        double *to = absent() ? NULL : bins[byte() & 1];
        const size_t n = byte() % 40;
        double low = 0, middle = 0, high = 0;
        switch (byte() % 4) {
        case 0: {
            const void *scores = reals(wide, n);
            const uint8_t *labels = octets(n, 2);
            is_status(TYPED(wide, metrics_binned_update, (scores, labels, byte() & 1 ? reals(wide, n) : NULL, n, count, option(2), to)));
            break;
        }
        case 1: merge_sums(bins, count, metrics_binned_merge); break;
        case 2: is_status(metrics_binned_roc_auc(to, count, &low, absent() ? NULL : &high)); break;
        default: is_status(metrics_binned_average_precision(to, count, absent() ? NULL : &low, &middle, &high)); break;
        }
    }
}

/* ---- overlap of segmentations ------------------------------------------------------- */

static void overlaps(void)
{
    const size_t classes = 1 + byte() % CLASSES, bytes = classes * sizeof(metrics_overlap);
    metrics_overlap *counts[2];
    double *iou = (double *)heap(classes * sizeof(double)), *dice = (double *)heap(classes * sizeof(double));
    int calls, k;
    must(metrics_overlap_init(1, NULL) == METRICS_ERROR_NULL, "overlap_init of NULL");
    for (k = 0; k < 2; k++) {
        counts[k] = (metrics_overlap *)heap(bytes);
        must(metrics_overlap_init(0, counts[k]) == METRICS_ERROR_SIZE, "overlap_init of no class");
        is_status(metrics_overlap_init(classes, counts[k]));
        if (byte() % 8 == 1) any_bits(counts[k], bytes);
    }
    for (calls = byte() % 8; calls >= 0; calls--) {
        metrics_overlap *to = absent() ? NULL : counts[byte() & 1];
        const size_t n = word(byte() % 16 == 1 ? 2 : 1) % 5000;
        switch (byte() % 4) {
        case 0: {
            const int32_t *pred = integers(n, (int)classes), *target = integers(n, (int)classes);
            is_status(metrics_overlap_update(pred, target, n, classes, byte() & 1 ? METRICS_IGNORE_NONE : option((int)classes), to));
            break;
        }
        case 1: {
            const uint8_t *pred = octets(n, 2), *target = octets(n, 2);
            is_status(metrics_overlap_update_mask(pred, target, byte() & 1 ? octets(n, 2) : NULL, n, to));
            break;
        }
        case 2: is_status(metrics_overlap_merge(absent() ? NULL : counts[byte() & 1], classes, to)); break;
        default: {
            metrics_overlap_options options;
            double mean_iou, mean_dice;
            size_t averaged;
            options.absent = option(4);
            options.per_image = option(2);
            options.first_class = byte() & 1 ? word(byte() & 1 ? 1 : 8) : 0;
            is_status(metrics_overlap_result(to, classes, absent() ? NULL : &options, absent() ? NULL : iou, absent() ? NULL : dice,
                                              absent() ? NULL : &mean_iou, absent() ? NULL : &mean_dice, absent() ? NULL : &averaged));
            break;
        }
        }
    }
}

/* ---- texts --------------------------------------------------------------------------- */

static void edits(void)
{
    metrics_edits e[2];
    int calls;
    is_status(metrics_edits_init(&e[0]));
    is_status(metrics_edits_init(&e[1]));
    must(metrics_edits_init(NULL) == METRICS_ERROR_NULL, "edits_init of NULL");
    if (byte() % 8 == 1) any_bits(e, sizeof e);
    for (calls = byte() % 8; calls >= 0; calls--) {
        metrics_edits *to = absent() ? NULL : &e[byte() & 1];
        const unsigned call = byte() % 4;
        if (call < 2) {
            const size_t n = byte() % 200, m = byte() % 200;
            const int32_t *a = integers(n, 1 + (int)(byte() % 9)), *b = integers(m, 1 + (int)(byte() % 9));
            const double before = to ? to->substitutions + to->insertions + to->deletions : 0;
            size_t size;
            void *room = scratch(metrics_edits_scratch(n, m), &size);
            const int status = metrics_edits_update(a, n, b, m, room, size, to);
            is_status(status);
            (void)metrics_edits_scratch((size_t)word(8), m);
            if (status == METRICS_OK && before < 1e6 && before >= 0) {
                double distance = -1;
                room = heap(metrics_levenshtein_scratch(n, m));
                is_status(metrics_levenshtein(a, n, b, m, room, metrics_levenshtein_scratch(n, m), &distance));
                must(to->substitutions + to->insertions + to->deletions - before == distance || before != floor(before),
                     "the edits are as many as the distance");
            }
        } else if (call == 2) is_status(metrics_edits_merge(absent() ? NULL : &e[byte() & 1], to));
        else RESULT_OF(metrics_edit_scores, result, metrics_edits_result(to, absent() ? NULL : &result))
    }
}

static void bleus(void)
{
    metrics_bleu b[2];
    metrics_bleu_config config = metrics_bleu_defaults();
    int calls, k;
    is_status(metrics_bleu_init(&b[0]));
    is_status(metrics_bleu_init(&b[1]));
    must(metrics_bleu_init(NULL) == METRICS_ERROR_NULL, "bleu_init of NULL");
    if (byte() % 8 == 1) any_bits(b, sizeof b);
    for (calls = byte() % 8; calls >= 0; calls--) {
        metrics_bleu *to = absent() ? NULL : &b[byte() & 1];
        const unsigned call = byte() % 4;
        if (call < 2) {
            const size_t n = byte() % 60, m = byte() % 100, count = byte() % 5;
            const int32_t *hypothesis = integers(n, 1 + (int)(byte() % 9)), *references;
            size_t *offsets = offsets_of(count, m), size, length = 0, at_offset;
            void *room;
            /* references holds offsets[count] tokens: as many as the offsets say, where they are in order */
            for (at_offset = 0; offsets && at_offset <= count; at_offset++) {
                if (offsets[at_offset] > 4096) offsets[at_offset] = 4096;
                length = offsets[at_offset];
            }
            references = integers(length, 1 + (int)(byte() % 9));
            room = scratch(metrics_ngram_scratch(n, length), &size);
            is_status(metrics_bleu_update(hypothesis, n, references, offsets, count, room, size, to));
            (void)metrics_ngram_scratch((size_t)word(8), m);
        } else if (call == 2) is_status(metrics_bleu_merge(absent() ? NULL : &b[byte() & 1], to));
        else {
            config.max_order = option(5);
            config.smoothing = option(4);
            config.smoothing_value = number();
            config.effective_order = option(2);
            for (k = 0; k < 4; k++) config.weights[k] = byte() & 1 ? 1 : number();
            RESULT_OF(metrics_bleu_scores, result, metrics_bleu_result(to, absent() ? NULL : &config, absent() ? NULL : &result))
        }
    }
}

/* Bytes as text: they decode to as many points as counted, and compare with themselves. */
static void utf8(void)
{
    const size_t n = (size_t)(end - at);
    uint8_t *text = (uint8_t *)heap(n);
    int32_t *points;
    size_t count = SIZE_MAX, again = SIZE_MAX, k;
    double distance = -1;
    memcpy(text, n ? at : text, n);
    must(metrics_utf8_decode(text, n, NULL, &count) == METRICS_OK && count <= n, "utf8_decode counts");
    points = (int32_t *)heap(n * sizeof *points);
    must(metrics_utf8_decode(text, n, points, &again) == METRICS_OK && again == count, "utf8_decode counts what it gives");
    for (k = 0; k < count; k++)
        must(points[k] >= 0 && points[k] <= 0x10ffff && !(points[k] >= 0xd800 && points[k] <= 0xdfff), "what it gives are scalar values");
    must(metrics_levenshtein(points, count, points, count, heap(metrics_levenshtein_scratch(count, count)),
                             metrics_levenshtein_scratch(count, count), &distance) == METRICS_OK && distance == 0, "equal texts");
}

/* Two texts: the distance and the common subsequence keep their bounds. */
static void texts(void)
{
    const size_t n = byte(), m = byte(), longest = n > m ? n : m, difference = longest - (n < m ? n : m);
    const int32_t *a = integers(n, 1 + (int)(byte() % 20)), *b = integers(m, 1 + (int)(byte() % 20));
    const size_t size = metrics_levenshtein_scratch(n, m);
    void *room = heap(size);
    double distance = -1, common = -1;
    if (!a || !b) return;
    must(metrics_levenshtein(a, n, b, m, room, size, &distance) == METRICS_OK, "levenshtein");
    must(metrics_lcs(a, n, b, m, room, size, &common) == METRICS_OK, "lcs");
    must(distance >= (double)difference && distance <= (double)longest && common >= 0 && common <= (double)(longest - difference)
         && distance <= (double)(n + m) - 2 * common && distance >= (double)longest - common, "distance and common subsequence");
}

static void bootstraps(void)
{
    const size_t count = byte() % 40, jackknife = byte() % 20;
    double *values = (double *)reals(1, count), *left_out = (double *)reals(1, jackknife);
    size_t size;
    void *room = scratch(metrics_bootstrap_scratch(count), &size);
    double low, high, error;
    const double estimate = number(), confidence = byte() & 1 ? 0.9 : number();
    (void)metrics_bootstrap_scratch((size_t)word(8));
    is_status(metrics_bootstrap_interval(values, count, estimate, left_out, jackknife, confidence, option(3), room, size,
                                         absent() ? NULL : &low, absent() ? NULL : &high, absent() ? NULL : &error));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int wide;
    at = data;
    end = data + size;
    if (!metrics_isa_force((int)(byte() % 4))) (void)metrics_isa_force(METRICS_ISA_SCALAR);
    wide = (int)(byte() & 1);
    switch (byte() % 14) {
    case 0: isa_and_status(); break;
    case 1: means(); break;
    case 2: retrievals(wide); break;
    case 3: regressions(wide); break;
    case 4: confusions(wide); break;
    case 5: multilabels(wide); break;
    case 6: calibrations(wide); break;
    case 7: binned(wide); break;
    case 8: overlaps(); break;
    case 9: edits(); break;
    case 10: bleus(); break;
    case 11: utf8(); break;
    case 12: texts(); break;
    default: bootstraps(); break;
    }
    heap_free();
    return 0;
}
