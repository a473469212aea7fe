/* metrics.h in one page: count once, read off many metrics; then one that needs the
   scores themselves. The data are so few that every number can be checked by hand. */
#define METRICS_IMPLEMENTATION
#include "metrics.h"
#include <stdio.h>
#include <stdlib.h>

static int failed;

static void show(const char *name, double value, double expected)
{
    printf("%-18s %.4f\n", name, value);
    if (!(fabs(value - expected) < 1e-12)) {
        fprintf(stderr, "metrics_minimal: %s should be %.4f\n", name, expected);
        failed = 1;
    }
}

int main(void)
{
    const float score[8] = {0.9f, 0.8f, 0.7f, 0.6f, 0.4f, 0.3f, 0.2f, 0.1f};
    const uint8_t label[8] = {1, 1, 1, 0, 1, 0, 0, 1};
    double first[4], second[4], value;
    const size_t size = metrics_roc_auc_scratch(8);     /* functions never allocate: they say what room they need */
    void *scratch = malloc(size);
    int status;

    /* Confusion matrices are plain arrays: here two threads' halves, added up. */
    metrics_confusion_init(2, first);
    metrics_confusion_init(2, second);
    status = metrics_confusion_update_binary_f32(score, label, NULL, 4, 0.5, METRICS_ABOVE, first);
    if (!status) status = metrics_confusion_update_binary_f32(score + 4, label + 4, NULL, 4, 0.5, METRICS_ABOVE, second);
    if (!status) status = metrics_confusion_merge(second, 2, first);
    if (status || !scratch) {
        fprintf(stderr, "metrics_minimal: %s\n", status ? metrics_strerror(status) : "out of memory");
        free(scratch);
        return 1;
    }
    printf("true negatives %.0f, false positives %.0f, false negatives %.0f, true positives %.0f\n", first[0], first[1], first[2],
           first[3]);

    metrics_accuracy(first, 2, &value);
    show("accuracy", value, 5.0 / 8);
    metrics_precision(first, 2, METRICS_AVERAGE_BINARY, METRICS_ZERO_DIVISION_0, &value);
    show("precision", value, 3.0 / 4);
    metrics_recall(first, 2, METRICS_AVERAGE_BINARY, METRICS_ZERO_DIVISION_0, &value);
    show("recall", value, 3.0 / 5);
    metrics_f_beta(first, 2, 1, METRICS_AVERAGE_BINARY, METRICS_ZERO_DIVISION_0, &value);
    show("F1", value, 2.0 / 3);
    metrics_matthews(first, 2, METRICS_ZERO_DIVISION_0, &value);
    show("Matthews", value, 4 / sqrt(240.0));

    /* Of the 15 pairs of a positive and a negative 11 are in the right order. */
    status = metrics_roc_auc_f32(score, label, NULL, 8, scratch, size, &value);
    show("ROC AUC", status ? -1 : value, 11.0 / 15);
    free(scratch);
    return failed;
}
