/* AdaGrad and RMSProp along PyTorch's trajectories, on every instruction set, arrays and inline forms. */
#include "optim_golden.h"
#include "golden/optim_adaptive.inc"

static void adagrad(int scalar)
{
    const int sets = (int)(sizeof golden_adagrad / sizeof golden_adagrad[0]);
    int set, step, i;
    path p;
    for (set = 0; set < sets; set++) {
        const double *h = golden_adagrad[set].hyper;
        optim_adagrad_config c = optim_adagrad_defaults();
        c.lr = h[0];
        c.lr_decay = h[1];
        c.eps = h[2];
        c.weight_decay = h[3];
        c.maximize = (int)h[4];
        path_begin(&p, golden_start, GOLDEN_N, h[5]);
        for (step = 1; step <= GOLDEN_STEPS; step++) {
            path_gradient(&p, golden_grad[step - 1], GOLDEN_N);
            check(optim_adagrad_f64(&c, step, GOLDEN_N, p.param64, p.grad64, p.state64[0]) == OPTIM_OK, "adagrad_f64");
            check(optim_adagrad_f32(&c, step, GOLDEN_N, p.param, p.grad, p.state[0]) == OPTIM_OK, "adagrad_f32");
            for (i = 0; i < GOLDEN_N; i++) {
                optim_adagrad_elem_f64(&c, step, &p.elem64[i], p.grad64[i], &p.elem_state64[0][i]);
                optim_adagrad_elem_f32(&c, step, &p.elem[i], p.grad[i], &p.elem_state[0][i]);
            }
            path_compare(&p, golden_adagrad[set].param[step - 1], GOLDEN_N, scalar, "adagrad", set, step);
        }
    }
}

static void rmsprop(int scalar)
{
    const int sets = (int)(sizeof golden_rmsprop / sizeof golden_rmsprop[0]);
    int set, step, i;
    path p;
    for (set = 0; set < sets; set++) {
        const double *h = golden_rmsprop[set].hyper;
        optim_rmsprop_config c = optim_rmsprop_defaults();
        int momentum, centered;
        c.lr = h[0];
        c.alpha = h[1];
        c.eps = h[2];
        c.momentum = h[3];
        c.weight_decay = h[4];
        c.centered = (int)h[5];
        c.maximize = (int)h[6];
        momentum = c.momentum > 0;
        centered = c.centered;
        path_begin(&p, golden_start, GOLDEN_N, 0);
        for (step = 1; step <= GOLDEN_STEPS; step++) {
            path_gradient(&p, golden_grad[step - 1], GOLDEN_N);
            check(optim_rmsprop_f64(&c, step, GOLDEN_N, p.param64, p.grad64, p.state64[0], momentum ? p.state64[1] : NULL,
                                    centered ? p.state64[2] : NULL) == OPTIM_OK, "rmsprop_f64");
            check(optim_rmsprop_f32(&c, step, GOLDEN_N, p.param, p.grad, p.state[0], momentum ? p.state[1] : NULL,
                                    centered ? p.state[2] : NULL) == OPTIM_OK, "rmsprop_f32");
            for (i = 0; i < GOLDEN_N; i++) {
                optim_rmsprop_elem_f64(&c, step, &p.elem64[i], p.grad64[i], &p.elem_state64[0][i],
                                       momentum ? &p.elem_state64[1][i] : NULL, centered ? &p.elem_state64[2][i] : NULL);
                optim_rmsprop_elem_f32(&c, step, &p.elem[i], p.grad[i], &p.elem_state[0][i],
                                       momentum ? &p.elem_state[1][i] : NULL, centered ? &p.elem_state[2][i] : NULL);
            }
            path_compare(&p, golden_rmsprop[set].param[step - 1], GOLDEN_N, scalar, "rmsprop", set, step);
        }
    }
}

/* A constant gradient: square - mean^2 is 0 or a rounding error below it, never the root of a negative number. */
static void constant_gradient(void)
{
    optim_rmsprop_config c = optim_rmsprop_defaults();
    float param[9], grad[9], square[9], mean[9];
    int step, i, isa;
    c.centered = 1;
    c.alpha = 0.9;
    c.eps = 1e-3;
    for (isa = 0; isa < 4; isa++) {
        if (!optim_isa_force(isa)) continue;
        for (i = 0; i < 9; i++) {
            param[i] = square[i] = mean[i] = 0;
            grad[i] = 0.1f * (float)(i + 1) / 3;
        }
        for (step = 1; step <= 1000; step++) optim_rmsprop_f32(&c, step, 9, param, grad, square, NULL, mean);
        for (i = 0; i < 9; i++) check(isfinite(param[i]) && param[i] < 0, "centered: [%d] is %g", i, (double)param[i]);
    }
}

static void nulls(void)
{
    optim_rmsprop_config c = optim_rmsprop_defaults();
    double param = 1, state = 0;
    const double grad = 1;
    c.momentum = 0.9;
    check(optim_rmsprop_f64(&c, 1, 1, &param, &grad, &state, NULL, &state) == OPTIM_ERROR_NULL, "momentum without buffer");
    c.centered = 1;
    check(optim_rmsprop_f64(&c, 1, 1, &param, &grad, &state, &state, NULL) == OPTIM_ERROR_NULL, "both without mean");
    c.momentum = 0;
    check(optim_rmsprop_f64(&c, 1, 1, &param, &grad, &state, &state, NULL) == OPTIM_ERROR_NULL, "centered without mean");
    check(param == 1 && state == 0, "a refused step touches its arrays");
}

int main(void)
{
    int isa;
    for (isa = 0; isa < 4; isa++) {
        if (!optim_isa_force(isa)) continue;
        adagrad(isa == OPTIM_ISA_SCALAR);
        rmsprop(isa == OPTIM_ISA_SCALAR);
    }
    constant_gradient();
    nulls();
    engine_close();
    return engine_failed != 0;
}
