/* SGD along PyTorch's trajectories, on every instruction set, arrays and inline forms; decoupled decay. */
#include "optim_golden.h"
#include "golden/optim_sgd.inc"

static optim_sgd_config config_of(const double *h)
{
    optim_sgd_config c = optim_sgd_defaults();
    c.lr = h[0];
    c.momentum = h[1];
    c.dampening = h[2];
    c.weight_decay = h[3];
    c.nesterov = (int)h[4];
    c.maximize = (int)h[5];
    return c;
}

static void trajectories(int scalar)
{
    const int sets = (int)(sizeof golden_sgd / sizeof golden_sgd[0]);
    int set, step, i;
    path p;
    for (set = 0; set < sets; set++) {
        const optim_sgd_config c = config_of(golden_sgd[set].hyper);
        const int buffer = c.momentum > 0;
        path_begin(&p, golden_start, GOLDEN_N, 0);
        for (step = 1; step <= GOLDEN_STEPS; step++) {
            path_gradient(&p, golden_grad[step - 1], GOLDEN_N);
            check(optim_sgd_f64(&c, step, GOLDEN_N, p.param64, p.grad64, buffer ? p.state64[0] : NULL) == OPTIM_OK, "sgd_f64");
            check(optim_sgd_f32(&c, step, GOLDEN_N, p.param, p.grad, buffer ? p.state[0] : NULL) == OPTIM_OK, "sgd_f32");
            for (i = 0; i < GOLDEN_N; i++) {
                optim_sgd_elem_f64(&c, step, &p.elem64[i], p.grad64[i], buffer ? &p.elem_state64[0][i] : NULL);
                optim_sgd_elem_f32(&c, step, &p.elem[i], p.grad[i], buffer ? &p.elem_state[0][i] : NULL);
            }
            path_compare(&p, golden_sgd[set].param[step - 1], GOLDEN_N, scalar, "sgd", set, step);
        }
    }
}

/* Decoupled decay: the parameter shrinks first, the step knows nothing of it. */
static void decoupled(void)
{
    optim_sgd_config c = optim_sgd_defaults();
    double param[3] = {1, -2, 0.5}, buffer[3] = {0, 0, 0};
    const double grad[3] = {0.5, 0, -4};
    int i;
    c.lr = 0.25;
    c.weight_decay = 0.5;
    c.decoupled = 1;
    c.momentum = 0.5;
    check(optim_sgd_f64(&c, 1, 3, param, grad, buffer) == OPTIM_OK, "decoupled");
    check(param[0] == 0.875 - 0.125 && param[1] == -1.75 && param[2] == 0.4375 + 1, "decoupled: param");
    for (i = 0; i < 3; i++) check(buffer[i] == grad[i], "decoupled: buffer");
}

static void refused(void)
{
    static const double bad[][6] = {{0.1, 0, 0, 0, 1, 0}, {0.1, 0.9, 0.1, 0, 1, 0}, {0.1, 1, 0, 0, 0, 0}, {0.1, 0.5, 1.5, 0, 0, 0},
                                    {-1, 0, 0, 0, 0, 0}, {0.1, 0, 0, -1, 0, 0}, {0.1, -0.5, 0, 0, 0, 0}};
    double param = 1, buffer = 2;
    const double grad = 3;
    size_t k;
    for (k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        const optim_sgd_config c = config_of(bad[k]);
        check(optim_sgd_f64(&c, 1, 1, &param, &grad, &buffer) == OPTIM_ERROR_PARAMETER, "set %d is not refused", (int)k);
    }
    {
        optim_sgd_config c = optim_sgd_defaults();
        c.momentum = 0.9;
        check(optim_sgd_f64(&c, 1, 1, &param, &grad, NULL) == OPTIM_ERROR_NULL, "momentum without a buffer");
        check(optim_sgd_f64(&c, 1, 0, NULL, NULL, NULL) == OPTIM_OK, "nothing to do");
        check(optim_sgd_f64(&c, 0, 1, &param, &grad, &buffer) == OPTIM_ERROR_PARAMETER, "step 0");
        c.grad_scale = NAN;
        check(optim_sgd_f64(&c, 1, 1, &param, &grad, &buffer) == OPTIM_ERROR_PARAMETER, "grad_scale NaN");
    }
    check(param == 1 && buffer == 2, "a refused step touches its arrays");
}

int main(void)
{
    int isa;
    for (isa = 0; isa < 4; isa++)
        if (optim_isa_force(isa)) trajectories(isa == OPTIM_ISA_SCALAR);
    decoupled();
    refused();
    engine_close();
    return engine_failed != 0;
}
