/* lossfn.h in one page: a loss and its gradient, once for a batch of class scores and
   once for plain numbers. One file of the program holds the implementation. */
#define LOSSFN_IMPLEMENTATION
#include "lossfn.h"
#include <stdio.h>

static int near(double a, double b) { return fabs(a - b) < 1e-5; }

int main(void)
{
    /* Two rows of scores (logits) for three classes, and the true classes. */
    const float logits[6] = {2, 0, 0, 0, 1, 3};
    const int32_t labels[2] = {0, 1};
    const float pred[3] = {1.5f, 2, 7}, target[3] = {1, 2, 3};
    float loss, grad[6], robust[3];
    lossfn_options_f32 options = {0};   /* all zero is the default: the mean, no weights */
    int status, j, good;

    /* Loss and gradient in one call; either may be NULL. The gradient of the mean loss
       is (softmax - one-hot) / rows. */
    status = lossfn_softmax_cross_entropy_f32(logits, labels, 2, 3, NULL, NULL, &loss, grad);
    if (status) {
        fprintf(stderr, "lossfn_minimal: %s\n", lossfn_strerror(status));
        return 1;
    }
    printf("cross-entropy %.5f, gradient", (double)loss);
    for (j = 0; j < 6; j++) printf(" %.5f", (double)grad[j]);
    printf("\n");
    good = near((double)loss, (log(exp(2.0) + 2) - 2 + log(1 + exp(1.0) + exp(3.0)) - 1) / 2)
        && near((double)grad[0], (exp(2.0) / (exp(2.0) + 2) - 1) / 2);

    /* Huber loss, summed: errors of 0.5, 0 and 4, the last one beyond delta = 1. */
    options.reduction = LOSSFN_SUM;
    status = lossfn_huber_f32(pred, target, 3, 1, &options, &loss, robust, NULL);
    printf("Huber %.5f, gradient %.2f %.2f %.2f\n", (double)loss, (double)robust[0], (double)robust[1], (double)robust[2]);
    good = good && !status && near((double)loss, 0.125 + 3.5) && near((double)robust[2], 1);

    /* Wrong arguments are told, and nothing is written. */
    status = lossfn_huber_f32(pred, target, 3, -1, NULL, &loss, robust, NULL);
    printf("delta -1: %s\n", lossfn_strerror(status));
    good = good && status == LOSSFN_ERROR_PARAMETER && near((double)loss, 3.625);
    if (!good) fprintf(stderr, "lossfn_minimal: a result is wrong\n");
    return !good;
}
