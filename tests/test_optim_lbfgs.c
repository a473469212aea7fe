/* L-BFGS on whole problems: convergence in about SciPy's number of iterations, walls of NaN, float, and every way it can end. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine.h"
#include "optim.h"
#include "golden/optim_lbfgs.inc"

enum { MOST = 100, HISTORY = 40 };

typedef double (*problem)(const double *x, double *g, int n);

static int verbose;   /* -v: print the counts */

static double value(int i, int t) { return ((i * 7919 + t * 104729 + 13) % 2003) / 1000.0 - 1.0; }

static double rosenbrock_pairs(const double *x, double *g, int n)
{
    double f = 0;
    int i;
    for (i = 0; i < n; i += 2) {
        const double e = x[i + 1] - x[i] * x[i], d = 1 - x[i];
        f += 100 * e * e + d * d;
        g[i] = -400 * x[i] * e - 2 * d;
        g[i + 1] = 200 * e;
    }
    return f;
}

static double quadratic(const double *x, double *g, int n)
{
    double f = 0;
    int i;
    for (i = 0; i < n; i++) {
        const double k = pow(1e6, (double)i / (n - 1));
        f += 0.5 * k * (x[i] - 1) * (x[i] - 1);
        g[i] = k * (x[i] - 1);
    }
    return f;
}

static double logistic(const double *w, double *g, int n)
{
    enum { ITEMS = 200 };
    double f = 0;
    int i, j;
    for (j = 0; j < n; j++) {
        g[j] = 1e-3 * w[j];
        f += 0.5e-3 * w[j] * w[j];
    }
    for (i = 0; i < ITEMS; i++) {
        double z = 0, truth = 0.5 * value(i, 7), y;
        for (j = 0; j < n; j++) {
            z += value(i * n + j, 5) * w[j];
            truth += value(i * n + j, 5) * value(j, 6);
        }
        y = truth > 0 ? 1 : -1;
        z *= y;
        f += (z > 0 ? log1p(exp(-z)) : log1p(exp(z)) - z) / ITEMS;
        for (j = 0; j < n; j++) g[j] -= value(i * n + j, 5) * y / (1 + exp(z)) / ITEMS;
    }
    return f;
}

static double beale(const double *x, double *g, int n)
{
    static const double p[3] = {1.5, 2.25, 2.625};
    double f = 0, power = 1;
    int k;
    (void)n;
    g[0] = g[1] = 0;
    for (k = 0; k < 3; k++) {
        const double e = p[k] - x[0] * (1 - power * x[1]);
        f += e * e;
        g[0] += 2 * e * (power * x[1] - 1);
        g[1] += 2 * e * x[0] * (k + 1) * power;
        power *= x[1];
    }
    return f;
}

/* sum x - log x: NaN for x < 0, infinite at 0, minimum n at 1. */
static double barrier(const double *x, double *g, int n)
{
    double f = 0;
    int i;
    for (i = 0; i < n; i++) {
        f += x[i] - log(x[i]);
        g[i] = 1 - 1 / x[i];
    }
    return f;
}

/* A valley beside a region of NaN, all of it: value and gradient. */
static double fenced(const double *x, double *g, int n)
{
    const double f = rosenbrock_pairs(x, g, n);
    if (x[0] > 1.05 || x[1] < -0.5) { g[0] = g[1] = NAN; return NAN; }
    return f;
}

/* Falls for ever. */
static double falling(const double *x, double *g, int n)
{
    (void)n;
    g[0] = -1;
    return -x[0];
}

static double uphill(const double *x, double *g, int n)   /* the gradient has the wrong sign */
{
    const double f = rosenbrock_pairs(x, g, n);
    int i;
    for (i = 0; i < n; i++) g[i] = -g[i];
    return f;
}

static double wave(const double *x, double *g, int n)   /* negative curvature at the start: pairs must be left out */
{
    double f = 0;
    int i;
    for (i = 0; i < n; i++) {
        f += 0.01 * x[i] * x[i] - cos(x[i]);
        g[i] = 0.02 * x[i] + sin(x[i]);
    }
    return f;
}

static double huge_offset(const double *x, double *g, int n)   /* the decrease is lost in the rounding of f */
{
    return rosenbrock_pairs(x, g, n) + 1e8;
}

static double cliff(const double *x, double *g, int n)   /* a step upwards that the gradient knows nothing of */
{
    const double f = rosenbrock_pairs(x, g, n);
    return x[0] > -0.5 ? f + 1e3 : f;
}

/* Its decrease is far below the rounding of 1e8, and all values elsewhere are higher. */
static double drowned(const double *x, double *g, int n)
{
    int i, moved = 0;
    for (i = 0; i < n; i++) {
        g[i] = 5e-5;
        moved |= x[i] < 1 || x[i] > 1;
    }
    return moved ? 1e8 + 1 : 1e8;
}

typedef struct { optim_lbfgs_state state; double x[MOST], best; int task; } outcome;

/* Minimises from every x[i] = start[i % 2]. */
static outcome minimise(problem f, int n, double a, double b, const optim_lbfgs_config *config)
{
    static double memory[(2 * HISTORY + 3) * MOST];
    double g[MOST], value_now;
    outcome o;
    int i;
    memset(&o, 0, sizeof o);
    for (i = 0; i < n; i++) o.x[i] = i % 2 ? b : a;
    o.best = HUGE_VAL;
    o.task = -1;
    check(optim_lbfgs_init(config, (size_t)n, &o.state) == OPTIM_OK, "init fails");
    check(optim_lbfgs_room((size_t)n, o.state.config.history) <= sizeof memory / sizeof *memory, "room");
    do {
        value_now = f(o.x, g, n);
        if (value_now < o.best) o.best = value_now;
        if (optim_lbfgs_advance_f64(&o.state, o.x, value_now, g, memory, &o.task) != OPTIM_OK) { check(0, "advance fails"); break; }
        if (o.state.evaluations > 100000) { check(0, "endless"); break; }
    } while (o.task == OPTIM_LBFGS_EVALUATE);
    check(o.task == o.state.task, "task");
    check(!(o.state.f > o.best + 1e-12 * fabs(o.best)), "ends at %.17g, has seen %.17g", o.state.f, o.best);
    value_now = f(o.x, g, n);
    check(value_now == o.state.f || o.state.reason == OPTIM_LBFGS_START, "f is %.17g, at x it is %.17g", o.state.f, value_now);
    return o;
}

static void test_counts(int k, problem f, int n, double a, double b)
{
    optim_lbfgs_config c = optim_lbfgs_defaults();
    outcome o;
    c.max_iterations = c.max_evaluations = 20000;
    o = minimise(f, n, a, b, &c);
    if (verbose) printf("%-16s %5d iterations %5d evaluations f %.3g (SciPy %d, %d, %.3g)\n", golden_lbfgs[k].name, o.state.iterations, o.state.evaluations,
           o.state.f, golden_lbfgs[k].iterations, golden_lbfgs[k].evaluations, golden_lbfgs[k].value);
    check(o.task == OPTIM_LBFGS_CONVERGED, "%s does not converge: reason %d", golden_lbfgs[k].name, o.state.reason);
    check(o.state.iterations <= 2 * golden_lbfgs[k].iterations && o.state.evaluations <= 2 * golden_lbfgs[k].evaluations,
          "%s takes %d iterations, %d evaluations", golden_lbfgs[k].name, o.state.iterations, o.state.evaluations);
    c.function_tolerance = 0;
    c.gradient_tolerance = 1e-7;
    o = minimise(f, n, a, b, &c);
    check(o.task == OPTIM_LBFGS_CONVERGED && o.state.reason == OPTIM_LBFGS_GRADIENT && o.state.gradient_norm <= 1e-7,
          "%s to 1e-7: task %d, reason %d, gradient %g", golden_lbfgs[k].name, o.task, o.state.reason, o.state.gradient_norm);
    if (f == logistic) check(close_to(o.state.f, golden_logistic_minimum, 0, 1e-11), "logistic minimum %.17g", o.state.f);
    else check(o.state.f < 1e-12, "%s: f %g", golden_lbfgs[k].name, o.state.f);
}

static void test_walls(void)
{
    optim_lbfgs_config c = optim_lbfgs_defaults();
    outcome o = minimise(barrier, 8, 5, 1e-3, NULL);
    check(o.task == OPTIM_LBFGS_CONVERGED && fabs(o.x[0] - 1) < 1e-4 && fabs(o.x[1] - 1) < 1e-4, "barrier: task %d, x %g %g", o.task, o.x[0], o.x[1]);
    o = minimise(fenced, 2, -1.2, 1, NULL);
    check(o.task == OPTIM_LBFGS_CONVERGED && fabs(o.x[0] - 1) < 1e-3, "fenced: task %d, x %g", o.task, o.x[0]);
    c.first_step = 1e30;
    o = minimise(barrier, 2, 30, 20, &c);
    check(o.state.evaluations <= 50, "a first step of 1e30: %d evaluations", o.state.evaluations);
    c.max_line_search = 100;
    o = minimise(barrier, 2, 30, 20, &c);
    check(o.task == OPTIM_LBFGS_CONVERGED && fabs(o.x[0] - 1) < 1e-4, "a first step of 1e30: task %d, reason %d, x %g", o.task, o.state.reason, o.x[0]);
    o = minimise(barrier, 2, -1, 1, NULL);
    check(o.task == OPTIM_LBFGS_FAILED && o.state.reason == OPTIM_LBFGS_START && o.state.evaluations == 1, "NaN at the start: reason %d", o.state.reason);
    o = minimise(barrier, 2, 0, 1, NULL);
    check(o.task == OPTIM_LBFGS_FAILED && o.state.reason == OPTIM_LBFGS_START, "infinity at the start: reason %d", o.state.reason);
}

static void test_ends(void)
{
    optim_lbfgs_config c = optim_lbfgs_defaults();
    outcome o = minimise(rosenbrock_pairs, 2, 1, 1, NULL);
    check(o.task == OPTIM_LBFGS_CONVERGED && o.state.iterations == 0 && o.state.evaluations == 1, "starts at the minimum");
    o = minimise(uphill, 2, -1.2, 1, NULL);
    check(o.task == OPTIM_LBFGS_FAILED && o.state.reason == OPTIM_LBFGS_LINE_SEARCH && close_to(o.x[0], -1.2, 1e-15, 0) && o.x[1] == 1, "a wrong gradient: task %d, reason %d", o.task, o.state.reason);
    o = minimise(drowned, 2, 1, 1, NULL);
    check(o.task == OPTIM_LBFGS_CONVERGED && o.state.reason == OPTIM_LBFGS_PRECISION && o.x[0] == 1 && o.x[1] == 1, "drowned: task %d, reason %d", o.task, o.state.reason);
    c.gradient_tolerance = c.function_tolerance = 0;
    o = minimise(cliff, 2, -1.2, 1, &c);
    check(o.task != OPTIM_LBFGS_EVALUATE && o.x[0] <= -0.5 && o.x[0] > -0.51, "cliff: task %d, reason %d, x %.9g", o.task, o.state.reason, o.x[0]);
    c = optim_lbfgs_defaults();
    o = minimise(falling, 1, 0, 0, NULL);
    check(o.task == OPTIM_LBFGS_FAILED && o.state.reason == OPTIM_LBFGS_UNBOUNDED && o.state.f < -1e19, "unbounded: task %d, reason %d", o.task, o.state.reason);
    c.max_iterations = 5;
    o = minimise(rosenbrock_pairs, 2, -1.2, 1, &c);
    check(o.task == OPTIM_LBFGS_FAILED && o.state.reason == OPTIM_LBFGS_ITERATIONS && o.state.iterations == 5, "5 iterations: reason %d", o.state.reason);
    c.max_iterations = 1000;
    for (c.max_evaluations = 1; c.max_evaluations < 40; c.max_evaluations++) {
        o = minimise(rosenbrock_pairs, 2, -1.2, 1, &c);
        check(o.task == OPTIM_LBFGS_FAILED && o.state.reason == OPTIM_LBFGS_EVALUATIONS && o.state.evaluations == c.max_evaluations,
              "%d evaluations: reason %d after %d", c.max_evaluations, o.state.reason, o.state.evaluations);
    }
    c = optim_lbfgs_defaults();
    c.max_line_search = 2;
    o = minimise(rosenbrock_pairs, 100, -1.2, 1, &c);
    check(o.task == OPTIM_LBFGS_CONVERGED && o.state.f < 1e-8, "2 trials a search: task %d, reason %d, f %g", o.task, o.state.reason, o.state.f);
    o = minimise(wave, 10, 3, -2, NULL);
    check(o.task == OPTIM_LBFGS_CONVERGED && fabs(o.state.f + 10) < 1, "wave: task %d, f %g", o.task, o.state.f);
    c = optim_lbfgs_defaults();
    c.gradient_tolerance = c.function_tolerance = 0;
    o = minimise(rosenbrock_pairs, 2, -1.2, 1, &c);
    check(o.task == OPTIM_LBFGS_CONVERGED && o.state.f < 1e-25, "no tolerance: task %d, reason %d, f %g", o.task, o.state.reason, o.state.f);
    o = minimise(huge_offset, 2, -1.2, 1, &c);
    check(o.task == OPTIM_LBFGS_CONVERGED && fabs(o.x[0] - 1) < 1e-3, "offset 1e8: task %d, reason %d, x %.9g", o.task, o.state.reason, o.x[0]);
    for (c.history = 1; c.history <= HISTORY; c.history += 13) {
        c.gradient_tolerance = 1e-6;
        o = minimise(rosenbrock_pairs, 100, -1.2, 1, &c);
        check(o.task == OPTIM_LBFGS_CONVERGED && o.state.f < 1e-10, "history %d: task %d, f %g", c.history, o.task, o.state.f);
    }
}

static void test_float(int isa)
{
    float x[MOST], g[MOST], memory[23 * MOST];
    double xd[MOST], gd[MOST], f;
    optim_lbfgs_config c = optim_lbfgs_defaults();
    optim_lbfgs_state state;
    int i, task = -1, tries;
    for (tries = 0; tries < 2; tries++) {
        for (i = 0; i < MOST; i++) x[i] = i % 2 ? 1.0f : -1.2f;
        if (tries) c.gradient_tolerance = c.function_tolerance = 0;
        optim_lbfgs_init(&c, MOST, &state);
        do {
            for (i = 0; i < MOST; i++) xd[i] = (double)x[i];
            f = rosenbrock_pairs(xd, gd, MOST);
            if (tries) f = (double)(float)f;
            for (i = 0; i < MOST; i++) g[i] = (float)gd[i];
            optim_lbfgs_advance_f32(&state, x, f, g, memory, &task);
        } while (task == OPTIM_LBFGS_EVALUATE && state.evaluations < 5000);
        check(task == OPTIM_LBFGS_CONVERGED && state.iterations < 200, "float, isa %d, %d: task %d, reason %d, %d evaluations", isa, tries, task, state.reason, state.evaluations);
        for (i = 0; i < MOST; i++) check(fabs((double)x[i] - 1) < (tries ? 1e-5 : 1e-2), "float, isa %d, %d: x[%d] = %g", isa, tries, i, (double)x[i]);
    }
}

/* Copied in the middle, both go on to the same bits; once over, nothing moves. */
static void test_copies(void)
{
    double x[10], g[10], memory[230], x2[10], memory2[230];
    optim_lbfgs_state s, s2;
    int i, task = -1, task2 = -1;
    for (i = 0; i < 10; i++) x[i] = i % 2 ? 1 : -1.2;
    optim_lbfgs_init(NULL, 10, &s);
    memset(memory, 0, sizeof memory);
    for (i = 0; i < 20; i++) optim_lbfgs_advance_f64(&s, x, rosenbrock_pairs(x, g, 10), g, memory, &task);
    s2 = s;
    memcpy(x2, x, sizeof x);
    memcpy(memory2, memory, sizeof memory);
    while (task == OPTIM_LBFGS_EVALUATE) optim_lbfgs_advance_f64(&s, x, rosenbrock_pairs(x, g, 10), g, memory, &task);
    do optim_lbfgs_advance_f64(&s2, x2, rosenbrock_pairs(x2, g, 10), g, memory2, &task2); while (task2 == OPTIM_LBFGS_EVALUATE);
    check(task == task2 && memcmp(x, x2, sizeof x) == 0 && s.evaluations == s2.evaluations, "a copy takes another way");
    g[0] = 1e9;
    optim_lbfgs_advance_f64(&s, x, -1e9, g, memory, NULL);
    check(memcmp(x, x2, sizeof x) == 0 && s.evaluations == s2.evaluations && s.f == s2.f, "a call after the end moves something");
}

/* What a caller can do to it in the middle: pairs of NaN are dropped, a value that is NaN at a point that had one ends it
   at the last iterate. */
static void test_broken(void)
{
    double x[10], g[10], memory[230], f;
    optim_lbfgs_config c = optim_lbfgs_defaults();
    optim_lbfgs_state s;
    int i, k, task = -1, returned = 0;
    for (i = 0; i < 10; i++) x[i] = i % 2 ? 1 : -1.2;
    optim_lbfgs_init(NULL, 10, &s);
    for (k = 0; task != OPTIM_LBFGS_CONVERGED && k < 300; k++) {
        if (k == 15) for (i = 30; i < 230; i++) memory[i] = NAN;
        optim_lbfgs_advance_f64(&s, x, rosenbrock_pairs(x, g, 10), g, memory, &task);
        if (task == OPTIM_LBFGS_FAILED) break;
    }
    check(task == OPTIM_LBFGS_CONVERGED && s.f < 1e-8, "a memory of NaN: task %d, reason %d", task, s.reason);
    x[0] = -1.2;
    x[1] = 1;
    c.gradient_tolerance = c.function_tolerance = 0;
    optim_lbfgs_init(&c, 2, &s);
    task = OPTIM_LBFGS_EVALUATE;
    for (k = 0; task == OPTIM_LBFGS_EVALUATE && k < 3000; k++) {
        f = cliff(x, g, 2);
        if (s.phase == 2) { f = NAN; returned++; }
        optim_lbfgs_advance_f64(&s, x, f, g, memory, &task);
    }
    check(cliff(x, g, 2) == s.f, "on the way back f is %.17g, at x %.17g", s.f, cliff(x, g, 2));
    check(returned == 1 && task == OPTIM_LBFGS_FAILED && s.reason == OPTIM_LBFGS_LINE_SEARCH, "NaN on the way back: task %d, reason %d", task, s.reason);
}

static void test_arguments(void)
{
    optim_lbfgs_config c = optim_lbfgs_defaults();
    optim_lbfgs_state s;
    double x[2] = {0}, g[2] = {0}, memory[46];
    int task = -1;
    c.history = 0;
    check(optim_lbfgs_init(&c, 2, &s) == OPTIM_ERROR_PARAMETER, "history 0");
    c.history = OPTIM_LBFGS_MAX_HISTORY + 1;
    check(optim_lbfgs_init(&c, 2, &s) == OPTIM_ERROR_PARAMETER, "history 129");
    c = optim_lbfgs_defaults();
    c.max_iterations = 0;
    check(optim_lbfgs_init(&c, 2, &s) == OPTIM_ERROR_PARAMETER, "0 iterations");
    c = optim_lbfgs_defaults();
    c.max_evaluations = 0;
    check(optim_lbfgs_init(&c, 2, &s) == OPTIM_ERROR_PARAMETER, "0 evaluations");
    c = optim_lbfgs_defaults();
    c.max_line_search = 1;
    check(optim_lbfgs_init(&c, 2, &s) == OPTIM_ERROR_PARAMETER, "1 trial");
    check(optim_lbfgs_room(7, 10) == 161 && optim_lbfgs_room(SIZE_MAX / 2, 10) == SIZE_MAX && optim_lbfgs_room(7, 0) == 0
          && optim_lbfgs_room(7, OPTIM_LBFGS_MAX_HISTORY + 1) == 0, "room");
    memset(&s, 0, sizeof s);
    check(optim_lbfgs_advance_f64(&s, x, 0, g, memory, &task) == OPTIM_ERROR_PARAMETER, "a state of zeros");
    optim_lbfgs_init(NULL, 2, &s);
    s.newest = 10;
    check(optim_lbfgs_advance_f64(&s, x, 0, g, memory, &task) == OPTIM_ERROR_PARAMETER, "a broken state");
    check(optim_lbfgs_advance_f64(NULL, x, 0, g, memory, &task) == OPTIM_ERROR_NULL && task == -1, "no state");
    optim_lbfgs_init(NULL, 0, &s);
    check(optim_lbfgs_advance_f64(&s, NULL, 5, NULL, NULL, &task) == OPTIM_OK && task == OPTIM_LBFGS_CONVERGED && s.f == 5, "n = 0");
}

int main(int argc, char **argv)
{
    int isa, widest = optim_isa();
    verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    for (isa = 0; isa < 4; isa++) {
        if (!optim_isa_force(isa)) continue;
        test_counts(0, rosenbrock_pairs, 2, -1.2, 1);
        test_counts(1, rosenbrock_pairs, 100, -1.2, 1);
        test_counts(2, quadratic, 50, 0, 0);
        test_counts(3, logistic, 20, 0, 0);
        test_counts(4, beale, 2, 1, 1);
        test_float(isa);
    }
    optim_isa_force(widest);
    test_walls();
    test_ends();
    test_copies();
    test_broken();
    test_arguments();
    engine_close();
    return engine_failed != 0;
}
