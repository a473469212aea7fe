/* optim.h in one page: AdamW with a learning rate schedule and gradient clipping walks
   down the Rosenbrock valley, f(x, y) = (1 - x)^2 + 100 (y - x^2)^2, to (1, 1). */
#define OPTIM_IMPLEMENTATION
#include "optim.h"
#include <stdio.h>

enum { STEPS = 4000 };

int main(void)
{
    double param[2] = {-1.5, 2}, grad[2];
    double m[2] = {0, 0}, v[2] = {0, 0};            /* the optimizer's state is the caller's */
    optim_adamw_config config = optim_adamw_defaults();
    optim_schedule_config schedule = optim_schedule_defaults();
    int64_t step;
    int status = OPTIM_OK;

    config.weight_decay = 0;
    schedule.lr = 0.05;
    schedule.warmup = 100;
    schedule.total = STEPS;
    for (step = 1; step <= STEPS && !status; step++) {      /* steps count from 1 */
        const double x = param[0], y = param[1];
        optim_grad_norm norm;
        grad[0] = -2 * (1 - x) - 400 * x * (y - x * x);
        grad[1] = 200 * (y - x * x);

        /* Clipping gives a factor, which the step applies as it reads the gradient. */
        optim_grad_norm_init(&norm);
        optim_grad_norm_add_f64(&norm, 2, grad);
        status = optim_grad_norm_clip(&norm, 1, 10, &config.grad_scale);

        if (!status) status = optim_schedule_cosine(&schedule, (double)step, &config.lr);
        if (!status) status = optim_adamw_f64(&config, step, 2, param, grad, m, v);
        if (step % 1000 == 0) printf("step %4d: rate %.4f, x = %.5f, y = %.5f\n", (int)step, config.lr, param[0], param[1]);
    }
    if (status) {
        fprintf(stderr, "optim_minimal: %s\n", optim_strerror(status));
        return 1;
    }
    if (fabs(param[0] - 1) > 0.01 || fabs(param[1] - 1) > 0.02) {
        fprintf(stderr, "optim_minimal: that is not the minimum\n");
        return 1;
    }
    return 0;
}
