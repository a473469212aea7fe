/* Lion by its formula, written out. */
#include "optim_golden.h"
#include "golden/optim_sgd.inc"   /* for its start and gradients */

static double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

static void trajectory(const optim_lion_config *c, int scalar, int set)
{
    double param[GOLDEN_N], m[GOLDEN_N];
    int step, i;
    path p;
    path_begin(&p, golden_start, GOLDEN_N, 0);
    for (i = 0; i < GOLDEN_N; i++) {
        param[i] = golden_start[i];
        m[i] = 0;
    }
    for (step = 1; step <= GOLDEN_STEPS; step++) {
        path_gradient(&p, golden_grad[step - 1], GOLDEN_N);
        check(optim_lion_f64(c, step, GOLDEN_N, p.param64, p.grad64, p.state64[0]) == OPTIM_OK, "lion_f64");
        check(optim_lion_f32(c, step, GOLDEN_N, p.param, p.grad, p.state[0]) == OPTIM_OK, "lion_f32");
        for (i = 0; i < GOLDEN_N; i++) {
            const double g = (c->maximize ? -1 : 1) * c->grad_scale * golden_grad[step - 1][i];
            const double u = sign(c->beta1 * m[i] + (1 - c->beta1) * g);
            param[i] -= c->lr * (u + c->weight_decay * param[i]);
            m[i] = c->beta2 * m[i] + (1 - c->beta2) * g;
            optim_lion_elem_f64(c, step, &p.elem64[i], p.grad64[i], &p.elem_state64[0][i]);
            optim_lion_elem_f32(c, step, &p.elem[i], p.grad[i], &p.elem_state[0][i]);
        }
        path_compare(&p, param, GOLDEN_N, scalar, "lion", set, step);
    }
}

/* sign(0) = 0, sign(NaN) = NaN, in every lane. (-ffast-math promises nothing about NaN.) */
static void special_values(void)
{
    optim_lion_config c = optim_lion_defaults();
    float param[21], grad[21], m[21];
    int i;
    c.lr = 0.5;
    for (i = 0; i < 21; i++) {
        param[i] = 1;
        m[i] = 0;
        grad[i] = i % 3 == 0 ? 0.0f : i % 3 == 1 ? (float)NAN : -(float)INFINITY;
    }
    check(optim_lion_f32(&c, 1, 21, param, grad, m) == OPTIM_OK, "lion");
    for (i = 0; i < 21; i++) {
        if (i % 3 == 0) check(param[i] == 1 && m[i] == 0, "[%d]: no gradient moves it", i);
        if (i % 3 == 1) check(isnan(param[i]) && isnan(m[i]), "[%d]: NaN is lost", i);
        if (i % 3 == 2) check(param[i] == 1.5f && m[i] == -(float)INFINITY, "[%d]: infinity gives %g", i, (double)param[i]);
    }
}

int main(void)
{
    optim_lion_config c = optim_lion_defaults();
    int isa;
    for (isa = 0; isa < 4; isa++) {
        if (!optim_isa_force(isa)) continue;
        trajectory(&c, isa == OPTIM_ISA_SCALAR, 0);
        c.lr = 0.1;
        c.weight_decay = 0.5;
        c.beta1 = 0.8;
        c.beta2 = 0.5;
        c.grad_scale = 0.25;
        c.maximize = 1;
        trajectory(&c, isa == OPTIM_ISA_SCALAR, 1);
        c = optim_lion_defaults();
        if (!FAST_MATH) special_values();
    }
    engine_close();
    return engine_failed != 0;
}
