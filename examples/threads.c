/* One batch shared out among threads. Every thread computes the loss and the gradients
   of its rows, in micro-batches, divided by the size of the whole batch
   (options.denominator) and added up in its own buffer (options.accumulate), and counts
   into its own accumulators. Their sums are the loss, gradient and metrics of the whole
   batch: the same as in one call, but for the rounding of floats, whatever the shares.

   The model is a linear classifier; lossfn_linear_cross_entropy gives the gradient in
   its weights. Built with -pthread. */
#define LOSSFN_IMPLEMENTATION
#define METRICS_IMPLEMENTATION
#include "lossfn.h"
#include "metrics.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 1000, WIDTH = 20, CLASSES = 5, THREADS = 3, MICRO = 64 };

static float x[ROWS * WIDTH], weight[CLASSES * WIDTH];
static int32_t labels[ROWS];

typedef struct {
    size_t first, count, micro;         /* rows, and how many at a time */
    int status;
    double loss;
    float grad_weight[CLASSES * WIDTH];
    double confusion[CLASSES * CLASSES];
    metrics_mean accuracy;
} share;

static void metrics_of(share *s, size_t at, size_t rows)
{
    float scores[ROWS * CLASSES];
    size_t i, j, k;
    for (i = 0; i < rows; i++)
        for (j = 0; j < CLASSES; j++) {
            scores[i * CLASSES + j] = 0;
            for (k = 0; k < WIDTH; k++) scores[i * CLASSES + j] += x[(at + i) * WIDTH + k] * weight[j * WIDTH + k];
        }
    if (!s->status) s->status = metrics_confusion_update_scores_f32(scores, labels + at, NULL, rows, CLASSES, METRICS_IGNORE_NONE,
                                                                    s->confusion);
    if (!s->status) s->status = metrics_top_k_accuracy_update_f32(scores, labels + at, NULL, rows, CLASSES, 2, METRICS_TIES_FIRST,
                                                                  METRICS_IGNORE_NONE, &s->accuracy);
}

static void *work(void *argument)
{
    share *s = (share *)argument;
    const size_t size = lossfn_linear_cross_entropy_scratch_f32(s->micro, CLASSES, WIDTH);
    void *scratch = malloc(size);
    lossfn_options_f32 options = {0};
    size_t at, rows;
    float loss;
    options.denominator = ROWS;
    options.accumulate = 1;
    s->status = scratch ? LOSSFN_OK : LOSSFN_ERROR_SCRATCH;
    for (at = s->first; at < s->first + s->count && !s->status; at += rows) {
        rows = s->first + s->count - at < s->micro ? s->first + s->count - at : s->micro;
        s->status = lossfn_linear_cross_entropy_f32(x + at * WIDTH, weight, NULL, labels + at, rows, CLASSES, WIDTH, NULL, &options,
                                                    scratch, size, &loss, NULL, s->grad_weight, NULL);
        s->loss += (double)loss;
        metrics_of(s, at, rows);
    }
    free(scratch);
    return NULL;
}

/* Numbers in -1 .. 1 that only depend on k. */
static float mixed(uint32_t k)
{
    k = (k ^ k >> 16) * 0x45d9f3bu;
    k = (k ^ k >> 16) * 0x45d9f3bu;
    return (float)((double)(k ^ k >> 16) / 2147483648.0 - 1);
}

int main(void)
{
    static share whole, part[THREADS];
    pthread_t thread[THREADS];
    double loss = 0, largest = 0, one = 0, all = 0;
    int t, k, wrong = 0;
    for (k = 0; k < ROWS * WIDTH; k++) x[k] = mixed((uint32_t)k + 1);
    for (k = 0; k < CLASSES * WIDTH; k++) weight[k] = mixed((uint32_t)k + 100000);
    for (k = 0; k < ROWS; k++) labels[k] = k * 7 % CLASSES;

    whole.count = whole.micro = ROWS;       /* the whole batch in one call */
    work(&whole);
    for (t = 0; t < THREADS; t++) {         /* shares of different sizes */
        static const size_t counts[THREADS] = {100, 300, 600};
        part[t].first = t == 0 ? 0 : part[t - 1].first + part[t - 1].count;
        part[t].count = counts[t];
        part[t].micro = MICRO;
        if (pthread_create(&thread[t], NULL, work, &part[t])) {
            fprintf(stderr, "threads: cannot start a thread\n");
            return 1;
        }
    }
    for (t = 0; t < THREADS; t++) {
        pthread_join(thread[t], NULL);
        loss += part[t].loss;
        wrong |= part[t].status;
        if (t == 0) continue;
        for (k = 0; k < CLASSES * WIDTH; k++) part[0].grad_weight[k] += part[t].grad_weight[k];
        metrics_confusion_merge(part[t].confusion, CLASSES, part[0].confusion);
        metrics_mean_merge(&part[t].accuracy, &part[0].accuracy);
    }
    for (k = 0; k < CLASSES * WIDTH; k++) {
        const double difference = fabs((double)part[0].grad_weight[k] - (double)whole.grad_weight[k]);
        if (difference > largest) largest = difference;
    }
    metrics_mean_result(&whole.accuracy, &one);
    metrics_mean_result(&part[0].accuracy, &all);
    printf("loss: one call %.7f, %d threads %.7f\n", whole.loss, (int)THREADS, loss);
    printf("gradient: largest difference %.2g\n", largest);
    printf("top-2 accuracy: one call %.4f, merged %.4f\n", one, all);
    wrong |= whole.status || fabs(loss - whole.loss) > 1e-6 || !(largest < 1e-6)
        || memcmp(whole.confusion, part[0].confusion, sizeof whole.confusion) != 0 || fabs(one - all) > 1e-15;
    if (wrong) fprintf(stderr, "threads: the shares do not add up to the whole\n");
    return wrong != 0;
}
