/* The table of methods, and what holds for every method, by way of it. */
#include "engine.h"
#include "optim.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef __FAST_MATH__
enum { FAST_MATH = 1 };   /* promises no bits */
#else
enum { FAST_MATH = 0 };
#endif

enum { ROWS = 7, COLUMNS = 11, N = ROWS * COLUMNS, STEPS = 4, ROOM = 4096 };

/* Methods whose elements do not see each other. */
static int is_elementwise(const optim_method *m)
{
    static const char *const names[] = {"sgd", "adam", "adamw", "amsgrad", "adagrad", "rmsprop", "lion"};
    size_t k;
    for (k = 0; k < sizeof names / sizeof names[0]; k++)
        if (strcmp(names[k], m->name) == 0) return 1;
    return 0;
}

/* Sets a hyper-parameter where the method has it. */
static void set_if(const optim_method *m, double *hyper, const char *name, double value)
{
    (void)optim_method_set(m, hyper, name, value);
}

/* A run of a method, in one of the two types. */
typedef struct {
    int bits;
    float param[N], grad[N], state[OPTIM_METHOD_STATES][ROOM];
    double param64[N], grad64[N], state64[OPTIM_METHOD_STATES][ROOM];
    double scratch[ROOM * 16];
} run;

static double wave(int step, int i) { return sin(1.1 * i + 2.3 * step) * (i % 5 == 4 ? 1e-3 : 1); }

static void begin(run *r, const optim_method *m, int bits)
{
    int i, k;
    memset(r, 0, sizeof *r);
    r->bits = bits;
    for (i = 0; i < N; i++) r->param64[i] = r->param[i] = (float)cos(0.7 * i);
    for (k = 0; k < OPTIM_METHOD_STATES; k++)
        for (i = 0; i < ROOM; i++) r->state64[k][i] = r->state[k][i] = (float)m->state_initial;
}

static void set_gradient(run *r, int step, double factor)
{
    int i;
    for (i = 0; i < N; i++) {
        r->grad[i] = (float)wave(step, i) * (float)factor;
        r->grad64[i] = wave(step, i) * factor;
    }
}

/* A step on the elements from begin to end, as one row; or, with end = 0, on the whole matrix. */
static int take(run *r, const optim_method *m, const double *hyper, int step, int from, int end)
{
    const size_t rows = end ? 1 : ROWS, columns = end ? (size_t)(end - from) : COLUMNS;
    float *state[OPTIM_METHOD_STATES];
    double *state64[OPTIM_METHOD_STATES];
    int k;
    for (k = 0; k < OPTIM_METHOD_STATES; k++) {
        const int needed = k < m->state_count && m->state_size(k, hyper, rows, columns) > 0;
        state[k] = needed ? r->state[k] + from : NULL;
        state64[k] = needed ? r->state64[k] + from : NULL;
    }
    return r->bits == 32 ? m->step_f32(hyper, step, rows, columns, r->param + from, r->grad + from, state, r->scratch, sizeof r->scratch)
                         : m->step_f64(hyper, step, rows, columns, r->param64 + from, r->grad64 + from, state64, r->scratch, sizeof r->scratch);
}

static int same(const run *a, const run *b)
{
    return memcmp(a->param, b->param, sizeof a->param) == 0 && memcmp(a->state, b->state, sizeof a->state) == 0
        && memcmp(a->param64, b->param64, sizeof a->param64) == 0 && memcmp(a->state64, b->state64, sizeof a->state64) == 0;
}

static run first, second;

/* A step split anywhere gives the same bits as a whole one. */
static void chunks(const optim_method *m, const double *hyper, int bits, int seed)
{
    int step, from, end;
    unsigned random = (unsigned)seed * 2654435761u + 1;
    begin(&first, m, bits);
    begin(&second, m, bits);
    for (step = 1; step <= STEPS; step++) {
        set_gradient(&first, step, 1);
        set_gradient(&second, step, 1);
        check(take(&first, m, hyper, step, 0, N) == OPTIM_OK, "%s: whole", m->name);
        for (from = 0; from < N; from = end) {
            random = random * 1664525u + 1013904223u;
            end = from + 1 + (int)(random >> 24) % 20;
            end = end > N ? N : end;
            check(take(&second, m, hyper, step, from, end) == OPTIM_OK, "%s: chunk", m->name);
        }
    }
    check(same(&first, &second), "%s, %d bits, split %d: other bits in pieces", m->name, bits, seed);
}

/* grad_scale is the same as gradients multiplied before; maximize as negated ones. */
static void scaled(const optim_method *m, const double *hyper, int bits, double factor, int maximize)
{
    double changed[OPTIM_METHOD_HYPERS];
    int step;
    if (FLT_EVAL_METHOD != 0) return;     /* the product is not rounded to the type there */
    memcpy(changed, hyper, sizeof changed);
    check(optim_method_set(m, changed, "grad_scale", factor) == OPTIM_OK, "%s has no grad_scale", m->name);
    if (optim_method_set(m, changed, "maximize", maximize) != OPTIM_OK) return;
    begin(&first, m, bits);
    begin(&second, m, bits);
    for (step = 1; step <= STEPS; step++) {
        set_gradient(&first, step, 1);
        set_gradient(&second, step, maximize ? -factor : factor);
        check(take(&first, m, changed, step, 0, 0) == OPTIM_OK && take(&second, m, hyper, step, 0, 0) == OPTIM_OK, "%s: scaled", m->name);
    }
    check(same(&first, &second), "%s, %d bits: grad_scale %g, maximize %d is not the same as other gradients", m->name, bits, factor, maximize);
}

/* Any tensor will do: one row, one column, nothing. */
static void vectors(const optim_method *m, const double *hyper, int bits)
{
    static const size_t shapes[4][2] = {{1, N}, {N, 1}, {0, COLUMNS}, {ROWS, 0}};
    float *state[OPTIM_METHOD_STATES];
    double *state64[OPTIM_METHOD_STATES];
    int shape, k, status;
    for (shape = 0; shape < 4; shape++) {
        const size_t rows = shapes[shape][0], columns = shapes[shape][1];
        begin(&first, m, bits);
        set_gradient(&first, 1, 1);
        second = first;
        for (k = 0; k < OPTIM_METHOD_STATES; k++) {
            const int needed = k < m->state_count && m->state_size(k, hyper, rows, columns) > 0;
            state[k] = needed ? first.state[k] : NULL;
            state64[k] = needed ? first.state64[k] : NULL;
        }
        status = bits == 32
            ? m->step_f32(hyper, 1, rows, columns, first.param, first.grad, state, first.scratch, m->scratch_size(rows, columns, 4))
            : m->step_f64(hyper, 1, rows, columns, first.param64, first.grad64, state64, first.scratch, m->scratch_size(rows, columns, 8));
        check(status == OPTIM_OK, "%s, %d bits: %d x %d gives status %d", m->name, bits, (int)rows, (int)columns, status);
        check(same(&first, &second) == (shape > 1), "%s: %d x %d", m->name, (int)rows, (int)columns);
    }
}

static void refused(const optim_method *m, const double *hyper, int bits)
{
    double bad[OPTIM_METHOD_HYPERS];
    int k, j;
    begin(&first, m, bits);
    set_gradient(&first, 1, 1);
    second = first;
    check(take(&first, m, hyper, 0, 0, 0) == OPTIM_ERROR_PARAMETER, "%s: step 0", m->name);
    check(take(&first, m, hyper, -5, 0, 0) == OPTIM_ERROR_PARAMETER, "%s: step -5", m->name);
    for (k = 0; k < m->hyper_count; k++) {
        static const double odd[3] = {NAN, INFINITY, -1};
        const optim_hyper *h = &m->hyper[k];
        if (h->whole && h->high == 1) continue;     /* a flag: anything but 0 is set */
        for (j = 0; j < 3; j++) {
            if (odd[j] >= h->low && odd[j] <= h->high && isfinite(odd[j])) continue;
            memcpy(bad, hyper, sizeof bad);
            bad[k] = odd[j];
            check(take(&first, m, bad, 1, 0, 0) == (h->whole && strcmp(h->name, "scaling") == 0 ? OPTIM_ERROR_OPTION : OPTIM_ERROR_PARAMETER),
                  "%s: %s = %g is not refused", m->name, h->name, odd[j]);
        }
        if (h->high_open && isfinite(h->high)) {
            bad[k] = h->high;
            check(take(&first, m, bad, 1, 0, 0) == OPTIM_ERROR_PARAMETER, "%s: %s = %g is not refused", m->name, h->name, h->high);
        }
    }
    check(same(&first, &second), "%s: a refused step touches its arrays", m->name);
    if (bits == 32) {
        check(m->step_f32(NULL, 1, 1, 1, first.param, first.grad, NULL, NULL, 0) == OPTIM_ERROR_NULL, "%s: NULL", m->name);
        check(m->step_f32(hyper, 1, SIZE_MAX, SIZE_MAX, first.param, first.grad, NULL, NULL, 0) != OPTIM_OK, "%s: NULL states", m->name);
    }
}

static void method(const optim_method *m)
{
    double hyper[OPTIM_METHOD_HYPERS];
    int bits, isa, k, set;
    check(optim_method_find(m->name) == m, "%s is found by its name", m->name);
    check(m->hyper_count <= OPTIM_METHOD_HYPERS && m->state_count <= OPTIM_METHOD_STATES, "%s: too many", m->name);
    for (k = 0; k < m->state_count; k++) {
        double wanted[OPTIM_METHOD_HYPERS];
        optim_method_init(m, wanted);
        set_if(m, wanted, "momentum", 0.5);
        set_if(m, wanted, "beta1", 0.5);
        set_if(m, wanted, "centered", 1);
        check(m->state_size(k, wanted, ROWS, COLUMNS) <= ROOM && m->state_size(k, wanted, ROWS, COLUMNS) > 0 && m->state_name[k],
              "%s: state %d", m->name, k);
        check(m->state_size(k, wanted, SIZE_MAX, SIZE_MAX) == SIZE_MAX, "%s: state %d of too many elements", m->name, k);
    }
    check(m->scratch_size(ROWS, COLUMNS, 4) <= sizeof first.scratch && m->scratch_size(ROWS, COLUMNS, 8) <= sizeof first.scratch,
          "%s: scratch", m->name);
    for (set = 0; set < 3; set++) {
        check(optim_method_init(m, hyper) == OPTIM_OK, "%s: defaults", m->name);
        for (k = 0; set == 0 && k < m->hyper_count; k++) {
            check(optim_method_set(m, hyper, m->hyper[k].name, m->hyper[k].value) == OPTIM_OK, "%s: default of %s", m->name, m->hyper[k].name);
            check(hyper[k] == m->hyper[k].value, "%s: default of %s", m->name, m->hyper[k].name);
        }
        if (set == 1) {
            set_if(m, hyper, "lr", 0.25);
            set_if(m, hyper, "momentum", 0.75);
            set_if(m, hyper, "weight_decay", 0.125);
            set_if(m, hyper, "centered", 1);
            set_if(m, hyper, "nesterov", 1);
        }
        if (set == 2) {
            set_if(m, hyper, "momentum", 0.9);
            set_if(m, hyper, "decoupled", 1);
            set_if(m, hyper, "weight_decay", 0.5);
        }
        for (isa = 0; isa < 4; isa++) {
            if (!optim_isa_force(isa)) continue;
            for (bits = 32; bits <= 64; bits += 32) {
                if (is_elementwise(m) && !FAST_MATH) {
                    for (k = 0; k < 20; k++) chunks(m, hyper, bits, k);
                    scaled(m, hyper, bits, 0.75, 0);     /* any factor: one rounding, wherever it is done */
                    scaled(m, hyper, bits, 0.1f, 1);
                }
                scaled(m, hyper, bits, 1, 0);
                scaled(m, hyper, bits, 0.25, 1);     /* powers of two cost no rounding anywhere */
                vectors(m, hyper, bits);
                refused(m, hyper, bits);
            }
        }
    }
}

int main(void)
{
    double hyper[OPTIM_METHOD_HYPERS];
    const optim_method *adamw = optim_method_find("adamw");
    int k;
    for (k = 0; k < optim_method_count(); k++) method(optim_method_at(k));
    check(optim_method_count() >= 10, "%d methods", optim_method_count());
    check(!optim_method_at(-1) && !optim_method_at(optim_method_count()), "methods beyond the table");
    check(!optim_method_find("adamx") && !optim_method_find("") && !optim_method_find(NULL), "unknown names");
    check(adamw && optim_method_init(adamw, hyper) == OPTIM_OK, "adamw");
    check(optim_method_init(NULL, hyper) == OPTIM_ERROR_NULL && optim_method_init(adamw, NULL) == OPTIM_ERROR_NULL, "NULL");
    check(optim_method_set(adamw, hyper, "lr", 0.5) == OPTIM_OK && hyper[0] == 0.5, "lr");
    check(optim_method_set(adamw, hyper, "lr", -0.5) == OPTIM_ERROR_PARAMETER && hyper[0] == 0.5, "lr negative");
    check(optim_method_set(adamw, hyper, "lr", NAN) == OPTIM_ERROR_PARAMETER && hyper[0] == 0.5, "lr NaN");
    check(optim_method_set(adamw, hyper, "beta1", 1) == OPTIM_ERROR_PARAMETER, "beta1 = 1");
    check(optim_method_set(adamw, hyper, "beta1", 0) == OPTIM_OK, "beta1 = 0");
    check(optim_method_set(adamw, hyper, "maximize", 0.5) == OPTIM_ERROR_PARAMETER, "half a flag");
    check(optim_method_set(adamw, hyper, "alpha", 1) == OPTIM_ERROR_OPTION, "no alpha in adamw");
    check(optim_method_set(NULL, hyper, "lr", 1) == OPTIM_ERROR_NULL && optim_method_set(adamw, NULL, "lr", 1) == OPTIM_ERROR_NULL
          && optim_method_set(adamw, hyper, NULL, 1) == OPTIM_ERROR_NULL, "NULL");
    engine_close();
    return engine_failed != 0;
}
