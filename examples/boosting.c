/* Gradient boosting with first and second derivatives: every round fits a stump (one
   feature, one threshold, two values) to what the loss says of the predictions so far.
   With the sums G of the gradients and H of the second derivatives on a side, its best
   value is -G / (H + lambda), its gain G^2 / (H + lambda). Any loss with a hess output
   serves; here it is log-cosh, which outliers do not pull much, predicting how far
   diabetes has progressed after a year. */
#define LOSSFN_IMPLEMENTATION
#include "lossfn.h"
#include <stdio.h>

enum { ROWS = 442, FEATURES = 10, TEST = 88, TRAIN = ROWS - TEST, ROUNDS = 120 };

static float x[ROWS][FEATURES], y[ROWS];
static const double lambda = 0.02, rate = 0.1, scale = 0.02;     /* log-cosh is square within about 1 / scale */

typedef struct { int feature; float threshold; double below, above; } stump;

static int read_data(const char *path)
{
    FILE *f = fopen(path, "r");
    int i, j, good = f != NULL;
    for (i = 0; good && i < ROWS; i++) {
        /* Every fifth row goes to the end, for testing. */
        const int row = i % 5 == 4 ? TRAIN + i / 5 : i - i / 5;
        for (j = 0; j < FEATURES; j++) good = good && fscanf(f, "%f,", &x[row][j]) == 1;
        good = good && fscanf(f, "%f", &y[row]) == 1;
    }
    if (f) fclose(f);
    return good;
}

static stump best_stump(const float *grad, const float *hess)
{
    stump best = {0, 0, 0, 0};
    double best_gain = -1;
    int feature, k, i;
    for (feature = 0; feature < FEATURES; feature++)
        for (k = 0; k < TRAIN; k++) {
            const float threshold = x[k][feature];
            double g[2] = {0, 0}, h[2] = {0, 0}, gain;
            for (i = 0; i < TRAIN; i++) {
                const int above = x[i][feature] > threshold;
                g[above] += (double)grad[i];
                h[above] += (double)hess[i];
            }
            gain = g[0] * g[0] / (h[0] + lambda) + g[1] * g[1] / (h[1] + lambda);
            if (gain <= best_gain) continue;
            best_gain = gain;
            best.feature = feature;
            best.threshold = threshold;
            best.below = -g[0] / (h[0] + lambda);
            best.above = -g[1] / (h[1] + lambda);
        }
    return best;
}

int main(int argc, char **argv)
{
    float pred[ROWS], grad[TRAIN], hess[TRAIN], loss, before = 0, mse = 0;
    lossfn_options_f32 sum = {0};
    double mean = 0;
    int round, i, status;
    if (!read_data(argc > 1 ? argv[1] : "examples/data/diabetes.csv")) {
        fprintf(stderr, "boosting: cannot read the data; run it where examples/data is\n");
        return 1;
    }
    for (i = 0; i < TRAIN; i++) mean += (double)y[i] / TRAIN;
    for (i = 0; i < ROWS; i++) pred[i] = (float)mean;
    sum.reduction = LOSSFN_SUM;     /* of gradients and second derivatives: not divided by the count */
    status = lossfn_mse_f32(pred + TRAIN, y + TRAIN, TEST, NULL, &before, NULL, NULL);
    for (round = 1; round <= ROUNDS && !status; round++) {
        stump s;
        status = lossfn_log_cosh_f32(pred, y, TRAIN, scale, &sum, &loss, grad, hess);
        s = best_stump(grad, hess);
        for (i = 0; i < ROWS; i++) pred[i] += (float)(rate * (x[i][s.feature] > s.threshold ? s.above : s.below));
        if (round % 40 == 0) printf("round %3d: mean training loss %.3f\n", round, (double)loss / TRAIN);
    }
    if (!status) status = lossfn_mse_f32(pred + TRAIN, y + TRAIN, TEST, NULL, &mse, NULL, NULL);
    printf("test, mean squared error: %.0f of the mean alone, %.0f boosted; R^2 %.3f\n", (double)before, (double)mse,
           1 - (double)mse / (double)before);
    if (status || !(mse < 0.6f * before)) {
        fprintf(stderr, "boosting: it should explain more (%s)\n", lossfn_strerror(status));
        return 1;
    }
    return 0;
}
