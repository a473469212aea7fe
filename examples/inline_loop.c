/* A loop of the caller's own: loss, gradient and optimizer step fused, value by value,
   with the inline forms. No implementation macro, nothing to link: such a loop can live
   in a plug-in, in a kernel, next to the backward pass it belongs to.

   Fits y = a x + b to points of a line, every tenth of them far off. The squared error
   follows the outliers; the Huber loss hardly notices them. */
#include "lossfn.h"
#include "optim.h"
#include <stdio.h>

enum { POINTS = 200, EPOCHS = 60 };

static float loss_and_grad(int robust, float pred, float target, float *grad)
{
    return robust ? lossfn_huber_elem_f32(pred, target, 0.1f, grad, NULL) : lossfn_mse_elem_f32(pred, target, grad, NULL);
}

/* Returns the distance of (a, b) from the true line's 2 and -1. */
static double fit(int robust)
{
    float a = 0, b = 0, ma = 0, va = 0, mb = 0, vb = 0;
    double total = 0;
    optim_adam_config config = optim_adam_defaults();
    int epoch, i;
    int64_t step = 0;
    for (epoch = 0; epoch < EPOCHS; epoch++) {
        total = 0;
        config.lr = 0.02 * (1 - (double)epoch / EPOCHS);
        for (i = 0; i < POINTS; i++) {
            const int k = i * 73 % POINTS;      /* every point once, in a mixed order */
            const float x = (float)k / POINTS * 2 - 1, y = 2 * x - 1 + (k % 10 == 0 ? 5.0f : 0.0f);
            optim_coefficients_f32 scalars;
            float grad;
            total += (double)loss_and_grad(robust, a * x + b, y, &grad);
            /* One step's scalars serve all parameters. */
            scalars = optim_adam_coefficients_f32(&config, ++step);
            optim_adam_apply_f32(&scalars, &a, grad * x, &ma, &va);
            optim_adam_apply_f32(&scalars, &b, grad, &mb, &vb);
        }
    }
    printf("%-13s a = %.4f, b = %.4f, mean loss %.4f\n", robust ? "Huber" : "squared error", (double)a, (double)b, total / POINTS);
    return fabs((double)a - 2) + fabs((double)b + 1);
}

int main(void)
{
    const double squared = fit(0), robust = fit(1);
    if (!(robust < 0.1 && squared > 0.3)) {
        fprintf(stderr, "inline_loop: Huber should be near 2 and -1, the squared error not\n");
        return 1;
    }
    return 0;
}
