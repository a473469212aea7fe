/* Adam, AdamW and AMSGrad along PyTorch's trajectories, on every instruction set, arrays and inline forms. */
#include "optim_golden.h"
#include "golden/optim_adam.inc"

enum { SETS = (int)(sizeof golden_adam / sizeof golden_adam[0]) };

static void adam(int scalar)
{
    int set, step, i;
    path p;
    for (set = 0; set < SETS; set++) {
        const double *h = golden_adam[set].hyper;
        optim_adam_config c = optim_adam_defaults();
        c.lr = h[0];
        c.beta1 = h[1];
        c.beta2 = h[2];
        c.eps = h[3];
        c.weight_decay = h[4];
        c.maximize = (int)h[5];
        path_begin(&p, golden_start, GOLDEN_N, 0);
        for (step = 1; step <= GOLDEN_STEPS; step++) {
            path_gradient(&p, golden_grad[step - 1], GOLDEN_N);
            check(optim_adam_f64(&c, step, GOLDEN_N, p.param64, p.grad64, p.state64[0], p.state64[1]) == OPTIM_OK, "adam_f64");
            check(optim_adam_f32(&c, step, GOLDEN_N, p.param, p.grad, p.state[0], p.state[1]) == OPTIM_OK, "adam_f32");
            for (i = 0; i < GOLDEN_N; i++) {
                optim_adam_elem_f64(&c, step, &p.elem64[i], p.grad64[i], &p.elem_state64[0][i], &p.elem_state64[1][i]);
                optim_adam_elem_f32(&c, step, &p.elem[i], p.grad[i], &p.elem_state[0][i], &p.elem_state[1][i]);
            }
            path_compare(&p, golden_adam[set].param[step - 1], GOLDEN_N, scalar, "adam", set, step);
        }
    }
}

static optim_adamw_config adamw_config(const double *h)
{
    optim_adamw_config c = optim_adamw_defaults();
    c.lr = h[0];
    c.beta1 = h[1];
    c.beta2 = h[2];
    c.eps = h[3];
    c.weight_decay = h[4];
    c.maximize = (int)h[5];
    return c;
}

static void adamw(int scalar)
{
    int set, step, i, independent;
    path p;
    for (set = 0; set < SETS; set++)
        for (independent = 0; independent < 2; independent++) {
            optim_adamw_config c = adamw_config(golden_adamw[set].hyper);
            if (independent) {        /* the same step, said the other way */
                c.weight_decay *= c.lr;
                c.independent_decay = 1;
            }
            path_begin(&p, golden_start, GOLDEN_N, 0);
            for (step = 1; step <= GOLDEN_STEPS; step++) {
                path_gradient(&p, golden_grad[step - 1], GOLDEN_N);
                check(optim_adamw_f64(&c, step, GOLDEN_N, p.param64, p.grad64, p.state64[0], p.state64[1]) == OPTIM_OK, "adamw_f64");
                check(optim_adamw_f32(&c, step, GOLDEN_N, p.param, p.grad, p.state[0], p.state[1]) == OPTIM_OK, "adamw_f32");
                for (i = 0; i < GOLDEN_N; i++) {
                    optim_adamw_elem_f64(&c, step, &p.elem64[i], p.grad64[i], &p.elem_state64[0][i], &p.elem_state64[1][i]);
                    optim_adamw_elem_f32(&c, step, &p.elem[i], p.grad[i], &p.elem_state[0][i], &p.elem_state[1][i]);
                }
                path_compare(&p, golden_adamw[set].param[step - 1], GOLDEN_N, scalar, "adamw", set, step);
            }
        }
}

static void amsgrad(int scalar, int decoupled)
{
    int set, step, i;
    path p;
    for (set = 0; set < SETS; set++) {
        const double *h = golden_amsgrad[set].hyper;
        optim_amsgrad_config c = optim_amsgrad_defaults();
        c.lr = h[0];
        c.beta1 = h[1];
        c.beta2 = h[2];
        c.eps = h[3];
        c.weight_decay = h[4];
        c.maximize = (int)h[5];
        c.decoupled = decoupled;
        path_begin(&p, golden_start, GOLDEN_N, 0);
        for (step = 1; step <= GOLDEN_STEPS; step++) {
            path_gradient(&p, golden_grad[step - 1], GOLDEN_N);
            check(optim_amsgrad_f64(&c, step, GOLDEN_N, p.param64, p.grad64, p.state64[0], p.state64[1], p.state64[2]) == OPTIM_OK, "amsgrad_f64");
            check(optim_amsgrad_f32(&c, step, GOLDEN_N, p.param, p.grad, p.state[0], p.state[1], p.state[2]) == OPTIM_OK, "amsgrad_f32");
            for (i = 0; i < GOLDEN_N; i++) {
                optim_amsgrad_elem_f64(&c, step, &p.elem64[i], p.grad64[i], &p.elem_state64[0][i], &p.elem_state64[1][i], &p.elem_state64[2][i]);
                optim_amsgrad_elem_f32(&c, step, &p.elem[i], p.grad[i], &p.elem_state[0][i], &p.elem_state[1][i], &p.elem_state[2][i]);
            }
            path_compare(&p, decoupled ? golden_amsgradw[set].param[step - 1] : golden_amsgrad[set].param[step - 1], GOLDEN_N,
                         scalar, "amsgrad", set, step);
        }
    }
}

/* Closed forms: the first step is lr sign(g) to eps, and a constant gradient moves lr each step. */
static void closed_forms(void)
{
    optim_adam_config c = optim_adam_defaults();
    double param[2] = {0, 0}, m[2] = {0, 0}, v[2] = {0, 0};
    const double grad[2] = {3, -0.02};
    int step;
    c.eps = 0;
    c.lr = 0.125;
    for (step = 1; step <= 500; step++) {
        optim_adam_f64(&c, step, 2, param, grad, m, v);
        check(close_to(param[0], -0.125 * step, 1e-12, 0) && close_to(param[1], 0.125 * step, 1e-12, 0), "constant gradient, step %d", step);
    }
    /* NULL is the defaults; a parameter that never had a gradient only decays */
    param[0] = 1;
    m[0] = v[0] = 0;
    optim_adamw_f64(NULL, 7, 1, param, &v[0], m, v);
    check(close_to(param[0], 1 - 1e-3 * 0.01, 1e-15, 0), "defaults");
    /* after so many steps that beta^t is 0, all is finite */
    optim_adam_f64(&c, INT64_MAX, 2, param, grad, m, v);
    check(isfinite(param[0]) && isfinite(param[1]), "the last step");
}

/* NaN and infinity stay where they are. (-ffast-math promises nothing about them.) */
static void poison(void)
{
    float param[40], grad[40], m[40], v[40];
    int i, isa;
    for (isa = 0; isa < 4; isa++) {
        if (!optim_isa_force(isa) || FAST_MATH) continue;
        for (i = 0; i < 40; i++) {
            param[i] = 1;
            grad[i] = i % 7 == 3 ? (float)NAN : i % 7 == 5 ? (float)INFINITY : 1;
            m[i] = v[i] = 0;
        }
        check(optim_adamw_f32(NULL, 1, 40, param, grad, m, v) == OPTIM_OK, "NaN is no error");
        for (i = 0; i < 40; i++) {
            if (i % 7 == 3 || i % 7 == 5) check(isnan(param[i]), "isa %d: [%d] is %g, not NaN", isa, i, (double)param[i]);
            else check(close_to(param[i], 1 - 1e-3 - 1e-5, 1e-6, 0), "isa %d: [%d] is %g", isa, i, (double)param[i]);
        }
    }
}

int main(void)
{
    int isa;
    for (isa = 0; isa < 4; isa++) {
        if (!optim_isa_force(isa)) continue;
        adam(isa == OPTIM_ISA_SCALAR);
        adamw(isa == OPTIM_ISA_SCALAR);
        amsgrad(isa == OPTIM_ISA_SCALAR, 0);
        amsgrad(isa == OPTIM_ISA_SCALAR, 1);
    }
    closed_forms();
    poison();
    engine_close();
    return engine_failed != 0;
}
