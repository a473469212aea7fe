/* The three headers together: logistic regression that tells benign from malignant
   tumours. lossfn.h gives the loss and its gradient in the scores, optim.h the steps,
   metrics.h the verdict on the quarter of the data that was held back. */
#define LOSSFN_IMPLEMENTATION
#define OPTIM_IMPLEMENTATION
#define METRICS_IMPLEMENTATION
#include "lossfn.h"
#include "optim.h"
#include "metrics.h"
#include <stdio.h>

enum { ROWS = 569, FEATURES = 30, TEST = 142, TRAIN = ROWS - TEST, STEPS = 300 };

static float x[ROWS][FEATURES], target[ROWS];   /* target 1: benign */
static char scratch[1 << 16];

static int read_data(const char *path)
{
    FILE *f = fopen(path, "r");
    int i, j, good = f && fscanf(f, "%*[^\n]") == 0;    /* the first line has names */
    for (i = 0; good && i < ROWS; i++) {
        /* Every fourth row goes to the end: the last TEST rows are for testing. */
        const int row = i % 4 == 3 ? TRAIN + i / 4 : i - i / 4;
        for (j = 0; j < FEATURES; j++) good = good && fscanf(f, "%f,", &x[row][j]) == 1;
        good = good && fscanf(f, "%f", &target[row]) == 1;
    }
    if (f) fclose(f);
    return good;
}

/* Every feature to mean 0 and standard deviation 1 over the training rows. */
static void standardise(void)
{
    int i, j;
    for (j = 0; j < FEATURES; j++) {
        double mean = 0, square = 0;
        for (i = 0; i < TRAIN; i++) mean += (double)x[i][j] / TRAIN;
        for (i = 0; i < TRAIN; i++) square += ((double)x[i][j] - mean) * ((double)x[i][j] - mean) / TRAIN;
        for (i = 0; i < ROWS; i++) x[i][j] = (float)(((double)x[i][j] - mean) / sqrt(square));
    }
}

/* The weights, the last of them the bias, times a row. */
static float score(const float *weight, const float *row)
{
    float sum = weight[FEATURES];
    int j;
    for (j = 0; j < FEATURES; j++) sum += weight[j] * row[j];
    return sum;
}

int main(int argc, char **argv)
{
    float weight[FEATURES + 1] = {0}, grad[FEATURES + 1], m[FEATURES + 1] = {0}, v[FEATURES + 1] = {0};
    float scores[ROWS], grad_scores[TRAIN], loss = 0;
    uint8_t labels[TEST];
    optim_adamw_config config = optim_adamw_defaults();
    double matrix[4], accuracy = 0, auc = 0, log_loss = 0;
    int i, j, step, status = 0;
    if (!read_data(argc > 1 ? argv[1] : "examples/data/breast_cancer.csv")) {
        fprintf(stderr, "three_together: cannot read the data; run it where examples/data is\n");
        return 1;
    }
    standardise();
    config.lr = 0.03;
    for (step = 1; step <= STEPS && !status; step++) {
        for (i = 0; i < TRAIN; i++) scores[i] = score(weight, x[i]);
        status = lossfn_bce_with_logits_f32(scores, target, TRAIN, 1, NULL, &loss, grad_scores, NULL);
        /* Back from the scores to the weights: the chain rule of a dot product. */
        memset(grad, 0, sizeof grad);
        for (i = 0; i < TRAIN; i++) {
            for (j = 0; j < FEATURES; j++) grad[j] += grad_scores[i] * x[i][j];
            grad[FEATURES] += grad_scores[i];
        }
        if (!status) status = optim_adamw_f32(&config, step, FEATURES + 1, weight, grad, m, v);
        if (step % 100 == 0) printf("step %d: training loss %.4f\n", step, (double)loss);
    }
    for (i = 0; i < TEST; i++) {
        scores[i] = score(weight, x[TRAIN + i]);
        labels[i] = target[TRAIN + i] > 0;
    }
    if (!status) status = metrics_confusion_init(2, matrix);
    if (!status) status = metrics_confusion_update_binary_f32(scores, labels, NULL, TEST, 0, METRICS_ABOVE, matrix);
    if (!status) status = metrics_accuracy(matrix, 2, &accuracy);
    if (!status) status = metrics_log_loss_binary_logits_f32(scores, labels, NULL, TEST, &log_loss);
    if (!status) status = metrics_roc_auc_f32(scores, labels, NULL, TEST, scratch, sizeof scratch, &auc);
    printf("test: accuracy %.4f, log loss %.4f, ROC AUC %.4f\n", accuracy, log_loss, auc);
    if (status || !(accuracy > 0.95 && auc > 0.99 && log_loss < 0.15)) {
        fprintf(stderr, "three_together: it should do better (status %d)\n", status);
        return 1;
    }
    return 0;
}
