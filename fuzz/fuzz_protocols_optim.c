/* The protocols of optim.h: gradient norms, loss scalers, L-BFGS on functions that
   answer anything, methods chosen from the table with any hyper-parameters and
   shapes, and the steps of one value. */
#include "heap.h"
#include "optim.h"

static void isa_and_status(void)
{
    const int isa = option(5), before = optim_isa();
    must(optim_isa_force(isa) ? optim_isa() == isa : optim_isa() == before, "isa_force forces what it accepts and else changes nothing");
    must(optim_isa_name(isa) != NULL, "every instruction set has a name");
    must(optim_strerror(option(9)) != NULL, "every status has a sentence");
}

/* ---- gradient norms and loss scalers ------------------------------------------- */

static void grad_norms(int wide)
{
    optim_grad_norm norm[2];
    int calls;
    must(optim_grad_norm_init(&norm[0]) == OPTIM_OK && optim_grad_norm_init(&norm[1]) == OPTIM_OK, "grad_norm_init");
    if (byte() % 4 == 1) {
        any_bits(norm, sizeof norm);
        norm[0].nonfinite &= INT64_MAX;   /* counts */
        norm[1].nonfinite &= INT64_MAX;
    }
    must(optim_grad_norm_init(NULL) == OPTIM_ERROR_NULL, "grad_norm_init of NULL");
    for (calls = byte() % 16; calls > 0; calls--) {
        optim_grad_norm *to = absent() ? NULL : &norm[byte() & 1];
        const optim_grad_norm *from = absent() ? NULL : &norm[byte() & 1];
        const unsigned call = byte() % 4;
        if (call < 2) {
            const size_t n = byte() % 80;
            (void)TYPED(wide, optim_grad_norm_add, (to, n, reals(wide, n)));
        } else if (call == 2) (void)optim_grad_norm_merge(from, to);
        else {
            const double scale = number(), most = number(), length = optim_grad_norm_value(from);
            double factor = -1;
            const int status = optim_grad_norm_clip(from, scale, most, absent() ? NULL : &factor);
            if (status || factor == -1) must(factor == -1, "grad_norm_clip touches nothing on errors");
            else if (!optim_grad_norm_finite(from)) must(isnan(factor), "the factor of bad gradients is NaN");
            else if (length >= 0 && isfinite(length)) must(factor >= 0 && factor <= scale, "0 <= factor <= scale");
        }
    }
}

static void loss_scalers(void)
{
    optim_loss_scaler s;
    int calls;
    must(optim_loss_scaler_init(&s) == OPTIM_OK && optim_loss_scaler_init(NULL) == OPTIM_ERROR_NULL, "loss_scaler_init");
    if (byte() & 1) {
        double *field[5];
        field[0] = &s.scale;
        field[1] = &s.growth_factor;
        field[2] = &s.backoff_factor;
        field[3] = &s.min_scale;
        field[4] = &s.max_scale;
        *field[byte() % 5] = number();
        if (byte() & 1) s.growth_interval = (int64_t)word(byte() & 1 ? 1 : 8);
        if (byte() & 1) s.growth_tracker = (int64_t)word(byte() & 1 ? 1 : 8);
    } else if (byte() % 4 == 1) any_bits(&s, sizeof s);
    for (calls = byte(); calls > 0; calls--) {
        const optim_loss_scaler before = s;
        const int status = optim_loss_scaler_update(absent() ? NULL : &s, option(2));
        if (status) must(memcmp(&before, &s, sizeof s) == 0, "loss_scaler_update touches nothing on errors");
        else must(s.scale >= s.min_scale && s.scale <= s.max_scale, "the scale stays within its bounds");
        (void)status;
    }
}

/* ---- L-BFGS ---------------------------------------------------------------------- */

static optim_lbfgs_config lbfgs_config(void)
{
    optim_lbfgs_config c = optim_lbfgs_defaults();
    c.max_evaluations = (int)(byte() % 200);
    if (byte() & 1) c.history = option(129);
    if (byte() & 1) c.max_iterations = option(100);
    if (byte() & 1) c.max_line_search = option(50);
    if (byte() & 1) c.gradient_tolerance = number();
    if (byte() & 1) c.function_tolerance = number();
    if (byte() & 1) c.c1 = number();
    if (byte() & 1) c.c2 = number();
    if (byte() & 1) c.first_step = number();
    return c;
}

/* f and its gradient at x: a bowl, a bowl with noise, or anything. */
static double any_function(int wide, unsigned kind, const void *x, void *g, size_t n)
{
    double f = 0;
    size_t k;
    for (k = 0; k < n; k++) {
        const double at_k = wide ? ((const double *)x)[k] : (double)((const float *)x)[k];
        double slope = (double)(k + 1) * at_k;
        f += slope * at_k / 2;
        if (kind % 8 == 1) slope += filled(18) / 64;
        else if (kind % 8 == 2) slope = filled(kind / 8);
        else if (kind % 8 == 3) slope = -1;
        else if (kind % 8 == 4) slope = at_k >= 0 ? 1 : -1;
        if (wide) ((double *)g)[k] = slope;
        else ((float *)g)[k] = fabs(slope) < 3e38 ? (float)slope : slope > 0 ? (float)INFINITY : (float)-INFINITY;
    }
    if (kind % 8 == 1) f += filled(18) / 64;
    return kind % 8 == 2 ? filled(kind / 8) : kind % 8 == 3 ? -f : f;
}

static void lbfgs(int wide)
{
    const size_t width = wide ? sizeof(double) : sizeof(float), n = byte() % 12;
    const optim_lbfgs_config config = lbfgs_config();
    const unsigned kind = byte();
    optim_lbfgs_state state;
    void *x = reals(wide, n), *g = heap(n * width), *memory;
    size_t room;
    int calls = 0, task = OPTIM_LBFGS_EVALUATE, status;
    must(optim_lbfgs_init(&config, n, NULL) == OPTIM_ERROR_NULL, "lbfgs_init without a state");
    (void)optim_lbfgs_room((size_t)word(8), option(129));
    status = optim_lbfgs_init(byte() % 16 == 1 ? NULL : &config, byte() % 32 == 1 ? SIZE_MAX / 64 : n, &state);
    if (status) return;
    if (state.n != n) return;
    state.config.max_evaluations = config.max_evaluations < 1 ? 1 : config.max_evaluations;
    room = optim_lbfgs_room(n, state.config.history);
    memory = heap(room * width);
    memset(memory, 0xff, room * width);
    heap_state = byte();
    while (task == OPTIM_LBFGS_EVALUATE) {
        const double f = x ? any_function(wide, kind, x, g, n) : 0;
        status = TYPED(wide, optim_lbfgs_advance, (&state, x, f, g, memory, &task));
        if (status) { must(n && !x, "lbfgs_advance refuses no state of its own"); return; }
        must(++calls <= state.config.max_evaluations, "L-BFGS ends after max_evaluations");
    }
    must(state.reason != OPTIM_LBFGS_RUNNING && state.evaluations <= state.config.max_evaluations, "an end has a reason");
    memcpy(g, n ? x : g, n * width);
    must(TYPED(wide, optim_lbfgs_advance, (&state, x, number(), g, memory, &task)) == OPTIM_OK && task == state.task
         && (!n || memcmp(g, x, n * width) == 0), "once over, calls change nothing");
}

/* A state that something has written over is refused, or taken without harm. */
static void lbfgs_spoilt(int wide)
{
    const size_t width = wide ? sizeof(double) : sizeof(float), n = byte() % 6;
    optim_lbfgs_state state;
    void *x, *g, *memory;
    int calls;
    must(optim_lbfgs_init(NULL, n, &state) == OPTIM_OK, "lbfgs_init");
    any_bits(&state, sizeof state);
    if (byte() & 1) state.config = optim_lbfgs_defaults();
    if (byte() & 1) state.config.history = option(129);
    if (byte() & 1) {
        state.pairs = option(12);
        state.newest = option(12);
        state.evaluations = option(12);
        state.iterations = option(12);
        state.trials = option(12);
    }
    state.phase = option(4);
    state.task = option(3);
    state.n = n;
    if (optim_lbfgs_room(n, state.config.history) == 0) state.config.history = 1;
    x = reals(wide, n);
    g = reals(wide, n);
    memory = heap(optim_lbfgs_room(n, state.config.history) * width);
    memset(memory, byte() & 1 ? 0xff : 0, optim_lbfgs_room(n, state.config.history) * width);
    for (calls = byte() % 8; calls >= 0; calls--)
        (void)TYPED(wide, optim_lbfgs_advance, (&state, x, number(), g, memory, absent() ? NULL : &state.task));
}

/* ---- the table of methods --------------------------------------------------------- */

static const optim_method *any_method(void)
{
    char name[12];
    size_t k, n = byte() % sizeof name;
    const int index = option(optim_method_count());
    const optim_method *m = optim_method_at(index);
    must((m != NULL) == (index >= 0 && index < optim_method_count()), "method_at knows its methods");
    if (m) must(optim_method_find(m->name) == m, "method_find finds what method_at names");
    if (byte() % 8 == 1) {
        for (k = 0; k < n; k++) name[k] = (char)byte();
        name[n] = 0;
        if (n + 1 == sizeof name) name[n] = 0;
        m = optim_method_find(absent() ? NULL : name);
    }
    return m;
}

static void set_hypers(const optim_method *m, double *hyper)
{
    int calls;
    must(optim_method_init(m, NULL) == OPTIM_ERROR_NULL && optim_method_init(NULL, hyper) == OPTIM_ERROR_NULL, "method_init of NULL");
    must(optim_method_init(m, hyper) == OPTIM_OK, "method_init");
    for (calls = byte() % 8; calls > 0; calls--) {
        const int k = (int)(byte() % (unsigned)m->hyper_count);
        const double value = byte() & 1 ? (double)(byte() % 3) : number(), before = hyper[k];
        const char *name = absent() ? NULL : byte() % 8 == 1 ? "no such name" : m->hyper[k].name;
        const int status = optim_method_set(absent() ? NULL : m, hyper, name, value);
        if (status) must(memcmp(&hyper[k], &before, sizeof before) == 0, "method_set keeps what it held");
        else must(value >= m->hyper[k].low && value <= m->hyper[k].high && hyper[k] == value, "method_set sets what is in range");
    }
    if (byte() % 4 == 1) hyper[byte() % (unsigned)m->hyper_count] = number();   /* past method_set */
}

static void methods(int wide)
{
    const size_t width = wide ? sizeof(double) : sizeof(float), rows = byte() % 9, columns = byte() % 20, n = rows * columns;
    const optim_method *m = any_method();
    double hyper[OPTIM_METHOD_HYPERS];
    void *param, *grad, *room, *state[OPTIM_METHOD_STATES] = {NULL, NULL, NULL, NULL};
    size_t room_size;
    int64_t step = 1;
    int k, calls;
    if (!m) return;
    must(m->hyper_count <= OPTIM_METHOD_HYPERS && m->state_count <= OPTIM_METHOD_STATES, "no method has more");
    any_numbers(hyper, OPTIM_METHOD_HYPERS);
    set_hypers(m, hyper);
    param = reals(wide, n);
    for (k = 0; k < m->state_count; k++) {
        const size_t count = m->state_size(k, hyper, rows, columns);
        size_t i;
        (void)m->state_size(k, hyper, (size_t)word(8), columns);
        if (count == SIZE_MAX) return;
        if (absent() || (count == 0 && (byte() & 1))) continue;
        state[k] = byte() % 4 == 1 ? reals(wide, count) : heap(count * width);
        for (i = 0; state[k] && i < count && byte() % 2 == 0; i++)
            if (wide) ((double *)state[k])[i] = m->state_initial;
            else ((float *)state[k])[i] = (float)m->state_initial;
    }
    (void)m->scratch_size((size_t)word(8), columns, width);
    room = scratch(m->scratch_size(rows, columns, width), &room_size);
    for (calls = byte() % 4; calls >= 0; calls--) {
        size_t tall = rows;
        if (byte() % 16 == 1) step = (int64_t)word(8);
        grad = reals(wide, n);
        if (byte() % 16 == 1 && columns > 0) tall = SIZE_MAX - byte();
        k = wide ? m->step_f64(absent() ? NULL : hyper, step, tall, columns, (double *)param, (const double *)grad,
                               (double *const *)(void *)state, room, room_size)
                 : m->step_f32(absent() ? NULL : hyper, step, tall, columns, (float *)param, (const float *)grad,
                               (float *const *)(void *)state, room, room_size);
        must(k >= OPTIM_OK && k <= OPTIM_ERROR_OVERLAP, "a step returns a status");
        must(tall == rows || k != OPTIM_OK, "a tensor beyond memory is refused");
        if (step < INT64_MAX) step++;
    }
}

/* ---- one value ---------------------------------------------------------------------- */

#define COMMON_FIELDS(c) \
    if (byte() & 1) c.lr = number(); \
    if (byte() & 1) c.weight_decay = number(); \
    if (byte() & 1) c.grad_scale = number(); \
    c.maximize = option(2);
#define MOMENT_FIELDS(c) \
    if (byte() & 1) c.beta1 = number(); \
    if (byte() & 1) c.beta2 = number();

/* coefficients and apply are the same step as elem. */
#define STEP(name, states) \
    if (wide) { \
        double p = number(), a = number(), b = number(), e = number(), q = p, u = a, v = b, w = e; \
        const double g = number(); \
        const optim_coefficients_f64 k = optim_##name##_coefficients_f64(chosen, step); \
        optim_##name##_apply_f64 (STEP_ARGUMENTS(&k, p, states(a, b, e))); \
        optim_##name##_elem_f64 (ELEM_ARGUMENTS(q, states(u, v, w))); \
        must(same(p, q) && same(a, u) && same(b, v) && same(e, w), #name "_elem is coefficients and apply"); \
    } else { \
        float p = (float)number(), a = (float)number(), b = (float)number(), e = (float)number(), q = p, u = a, v = b, w = e; \
        const float g = (float)number(); \
        const optim_coefficients_f32 k = optim_##name##_coefficients_f32(chosen, step); \
        optim_##name##_apply_f32 (STEP_ARGUMENTS(&k, p, states(a, b, e))); \
        optim_##name##_elem_f32 (ELEM_ARGUMENTS(q, states(u, v, w))); \
        must(same((double)p, (double)q) && same((double)a, (double)u) && same((double)b, (double)v) && same((double)e, (double)w), \
             #name "_elem is coefficients and apply"); \
    }
#define STEP_ARGUMENTS(k, p, ...) k, &p, g, __VA_ARGS__
#define ELEM_ARGUMENTS(p, ...) chosen, step, &p, g, __VA_ARGS__
#define STATES_1(a, b, e) &a
#define STATES_2(a, b, e) &a, &b
#define STATES_3(a, b, e) &a, &b, &e

static int same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

static void one_value(int wide)
{
    const int64_t step = (int64_t)word(byte() & 1 ? 1 : 8);
    const int by_default = byte() % 4 == 1;
    switch (byte() % 8) {
    case 0: {
        optim_sgd_config c = optim_sgd_defaults();
        const optim_sgd_config *chosen = by_default ? NULL : &c;
        COMMON_FIELDS(c)
        c.momentum = number();
        c.dampening = number();
        c.nesterov = option(2);
        c.decoupled = option(2);
        STEP(sgd, STATES_1)
        break;
    }
    case 1: {
        optim_adam_config c = optim_adam_defaults();
        const optim_adam_config *chosen = by_default ? NULL : &c;
        COMMON_FIELDS(c)
        MOMENT_FIELDS(c)
        c.eps = number();
        STEP(adam, STATES_2)
        break;
    }
    case 2: {
        optim_adamw_config c = optim_adamw_defaults();
        const optim_adamw_config *chosen = by_default ? NULL : &c;
        COMMON_FIELDS(c)
        MOMENT_FIELDS(c)
        c.independent_decay = option(2);
        STEP(adamw, STATES_2)
        break;
    }
    case 3: {
        optim_amsgrad_config c = optim_amsgrad_defaults();
        const optim_amsgrad_config *chosen = by_default ? NULL : &c;
        COMMON_FIELDS(c)
        MOMENT_FIELDS(c)
        c.decoupled = option(2);
        STEP(amsgrad, STATES_3)
        break;
    }
    case 4: {
        optim_adagrad_config c = optim_adagrad_defaults();
        const optim_adagrad_config *chosen = by_default ? NULL : &c;
        COMMON_FIELDS(c)
        c.lr_decay = number();
        STEP(adagrad, STATES_1)
        break;
    }
    case 5: {
        optim_rmsprop_config c = optim_rmsprop_defaults();
        const optim_rmsprop_config *chosen = by_default ? NULL : &c;
        COMMON_FIELDS(c)
        c.alpha = number();
        c.momentum = byte() & 1 ? number() : 0;
        c.centered = option(2);
        STEP(rmsprop, STATES_3)
        break;
    }
    case 6: {
        optim_lion_config c = optim_lion_defaults();
        const optim_lion_config *chosen = by_default ? NULL : &c;
        COMMON_FIELDS(c)
        MOMENT_FIELDS(c)
        STEP(lion, STATES_1)
        break;
    }
    default: {
        optim_ema_config c = optim_ema_defaults();
        double x = number(), y = number();
        float s = (float)x, t = (float)y;
        c.decay = number();
        c.start = option(3);
        (void)optim_ema_weight(by_default ? NULL : &c, step);
        optim_ema_elem_f32(&c, step, s, &t);
        optim_ema_elem_f64(&c, step, x, &y);
        optim_swa_elem_f32(step ? step : 1, s, &t);
        optim_swa_elem_f64(step ? step : 1, x, &y);
        optim_lookahead_elem_f32(c.decay, &s, &t);
        optim_lookahead_elem_f64(c.decay, &x, &y);
        must(!(fabsf(optim_clip_value_elem_f32(1, s)) > 1) && !(fabs(optim_clip_value_elem_f64(1, x)) > 1), "clipped to the limit");
        break;
    }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned what;
    int wide;
    at = data;
    end = data + size;
    if (!optim_isa_force((int)(byte() % 4))) (void)optim_isa_force(OPTIM_ISA_SCALAR);
    wide = (int)(byte() & 1);
    what = byte() % 7;
    if (what == 0) isa_and_status();
    else if (what == 1) grad_norms(wide);
    else if (what == 2) loss_scalers();
    else if (what == 3) lbfgs(wide);
    else if (what == 4) lbfgs_spoilt(wide);
    else if (what == 5) methods(wide);
    else one_value(wide);
    heap_free();
    return 0;
}
