//@family Table: optimizers chosen by name at run time

//@api

/* ---- the table of methods ---------------------------------------------------------

   Every method under one signature, for applications that choose an optimizer
   from a settings file:

     const optim_method *method = optim_method_find("adamw");
     double hyper[OPTIM_METHOD_HYPERS];
     optim_method_init(method, hyper);
     optim_method_set(method, hyper, "lr", 3e-4);
     for each array k < method->state_count:
         allocate method->state_size(k, hyper, rows, columns) values, all method->state_initial
     allocate method->scratch_size(rows, columns, sizeof(float)) bytes
     method->step_f32(hyper, step, rows, columns, param, grad, state, scratch, scratch_size);

   A parameter tensor is rows x columns; a method that looks at no shape takes
   any split of its size (1 x n). Methods are the functions of the same name, whose
   documentation holds, and a step returns what they return (OPTIM_ERROR_NULL too
   for hyper or state NULL); adafactor is optim_adafactor_vector where a tensor has
   one row or one column, optim_adafactor_matrix else. An array of size 0 may be
   NULL: the method does not need it with these hyper-parameters and this shape. */

enum {
    OPTIM_METHOD_HYPERS = 16,   /* no method has more hyper-parameters */
    OPTIM_METHOD_STATES = 4     /* nor more state arrays */
};

/* A hyper-parameter: low <= value <= high, where a bound is open low < value, value < high. */
typedef struct optim_hyper {
    const char *name;
    double value;               /* the default */
    double low, high;           /* DBL_MAX (-DBL_MAX) where nothing bounds it */
    int low_open, high_open;    /* nonzero: the bound itself is out */
    int whole;                  /* nonzero: a whole number; a flag is one from 0 to 1 */
} optim_hyper;

typedef struct optim_method {
    const char *name;
    int hyper_count, state_count;
    const optim_hyper *hyper;                               /* hyper_count of them */
    const char *const *state_name;                          /* state_count of them */
    double state_initial;                                   /* what all state arrays hold before step 1 */
    /* how many values state array k has (SIZE_MAX: too many) */
    size_t (*state_size)(int k, const double *hyper, size_t rows, size_t columns);
    /* how many bytes a step's scratch has; bytes_per_value is 4 or 8 */
    size_t (*scratch_size)(size_t rows, size_t columns, size_t bytes_per_value);
    int (*step_f32)(const double *hyper, int64_t step, size_t rows, size_t columns, float *param, const float *grad,
                    float *const *state, void *scratch, size_t scratch_size);
    int (*step_f64)(const double *hyper, int64_t step, size_t rows, size_t columns, double *param, const double *grad,
                    double *const *state, void *scratch, size_t scratch_size);
} optim_method;

/* How many methods there are. */
OPTIM_DEF int optim_method_count(void);

/* Method number index, from 0; NULL when there is none. */
OPTIM_DEF const optim_method *optim_method_at(int index);

/* The method of this name, "adamw"; NULL when there is none. */
OPTIM_DEF const optim_method *optim_method_find(const char *name);

/* Puts the defaults of all hyper-parameters of the method into hyper.
   OPTIM_ERROR_NULL. */
OPTIM_DEF int optim_method_init(const optim_method *method, double *hyper);

/* Sets one hyper-parameter by its name. OPTIM_ERROR_NULL, OPTIM_ERROR_OPTION (the
   method has none of this name), OPTIM_ERROR_PARAMETER (out of its range: then
   hyper keeps what it holds). */
OPTIM_DEF int optim_method_set(const optim_method *method, double *hyper, const char *name, double value);

//@impl

/* The steps of the table: hyper-parameters in the order of the lists below. */
LFN_FN int lfn_table_arrays(const double *hyper, const REAL *param, const REAL *grad, REAL *const *state, size_t n)
{
    if (!hyper || !state || (n && (!param || !grad))) return OPTIM_ERROR_NULL;
    return lfn_too_big(n, sizeof(REAL)) ? OPTIM_ERROR_SIZE : OPTIM_OK;
}

LFN_FN int lfn_table_sgd(const double *hyper, int64_t step, size_t rows, size_t columns, REAL *param, const REAL *grad,
                         REAL *const *state, void *scratch, size_t scratch_size)
{
    optim_sgd_config c = optim_sgd_defaults();
    const size_t n = lfn_mul(rows, columns);
    const int status = lfn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.momentum = hyper[1];
    c.dampening = hyper[2];
    c.weight_decay = hyper[3];
    c.nesterov = hyper[4] != 0;
    c.decoupled = hyper[5] != 0;
    c.grad_scale = hyper[6];
    c.maximize = hyper[7] != 0;
    return optim_sgd_REAL(&c, step, n, param, grad, state[0]);
}

LFN_FN int lfn_table_adam(const double *hyper, int64_t step, size_t rows, size_t columns, REAL *param, const REAL *grad,
                          REAL *const *state, void *scratch, size_t scratch_size)
{
    optim_adam_config c = optim_adam_defaults();
    const size_t n = lfn_mul(rows, columns);
    const int status = lfn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.beta1 = hyper[1];
    c.beta2 = hyper[2];
    c.eps = hyper[3];
    c.weight_decay = hyper[4];
    c.grad_scale = hyper[5];
    c.maximize = hyper[6] != 0;
    return optim_adam_REAL(&c, step, n, param, grad, state[0], state[1]);
}

LFN_FN int lfn_table_adamw(const double *hyper, int64_t step, size_t rows, size_t columns, REAL *param, const REAL *grad,
                           REAL *const *state, void *scratch, size_t scratch_size)
{
    optim_adamw_config c = optim_adamw_defaults();
    const size_t n = lfn_mul(rows, columns);
    const int status = lfn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.beta1 = hyper[1];
    c.beta2 = hyper[2];
    c.eps = hyper[3];
    c.weight_decay = hyper[4];
    c.independent_decay = hyper[5] != 0;
    c.grad_scale = hyper[6];
    c.maximize = hyper[7] != 0;
    return optim_adamw_REAL(&c, step, n, param, grad, state[0], state[1]);
}

LFN_FN int lfn_table_amsgrad(const double *hyper, int64_t step, size_t rows, size_t columns, REAL *param, const REAL *grad,
                             REAL *const *state, void *scratch, size_t scratch_size)
{
    optim_amsgrad_config c = optim_amsgrad_defaults();
    const size_t n = lfn_mul(rows, columns);
    const int status = lfn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.beta1 = hyper[1];
    c.beta2 = hyper[2];
    c.eps = hyper[3];
    c.weight_decay = hyper[4];
    c.decoupled = hyper[5] != 0;
    c.grad_scale = hyper[6];
    c.maximize = hyper[7] != 0;
    return optim_amsgrad_REAL(&c, step, n, param, grad, state[0], state[1], state[2]);
}

LFN_FN int lfn_table_adagrad(const double *hyper, int64_t step, size_t rows, size_t columns, REAL *param, const REAL *grad,
                             REAL *const *state, void *scratch, size_t scratch_size)
{
    optim_adagrad_config c = optim_adagrad_defaults();
    const size_t n = lfn_mul(rows, columns);
    const int status = lfn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.lr_decay = hyper[1];
    c.eps = hyper[2];
    c.weight_decay = hyper[3];
    c.grad_scale = hyper[4];
    c.maximize = hyper[5] != 0;
    return optim_adagrad_REAL(&c, step, n, param, grad, state[0]);
}

LFN_FN int lfn_table_rmsprop(const double *hyper, int64_t step, size_t rows, size_t columns, REAL *param, const REAL *grad,
                             REAL *const *state, void *scratch, size_t scratch_size)
{
    optim_rmsprop_config c = optim_rmsprop_defaults();
    const size_t n = lfn_mul(rows, columns);
    const int status = lfn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.alpha = hyper[1];
    c.eps = hyper[2];
    c.momentum = hyper[3];
    c.weight_decay = hyper[4];
    c.centered = hyper[5] != 0;
    c.grad_scale = hyper[6];
    c.maximize = hyper[7] != 0;
    return optim_rmsprop_REAL(&c, step, n, param, grad, state[0], state[1], state[2]);
}

LFN_FN int lfn_table_lion(const double *hyper, int64_t step, size_t rows, size_t columns, REAL *param, const REAL *grad,
                          REAL *const *state, void *scratch, size_t scratch_size)
{
    optim_lion_config c = optim_lion_defaults();
    const size_t n = lfn_mul(rows, columns);
    const int status = lfn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.beta1 = hyper[1];
    c.beta2 = hyper[2];
    c.weight_decay = hyper[3];
    c.grad_scale = hyper[4];
    c.maximize = hyper[5] != 0;
    return optim_lion_REAL(&c, step, n, param, grad, state[0]);
}

/* A whole number among the hyper-parameters; -1, which no method takes, when it is none. */
LFN_FN int lfn_table_whole(double x) { return x >= 0 && x <= 1000 && x == (double)(int)x ? (int)x : -1; }

LFN_FN int lfn_table_lamb(const double *hyper, int64_t step, size_t rows, size_t columns, REAL *param, const REAL *grad,
                          REAL *const *state, void *scratch, size_t scratch_size)
{
    optim_lamb_config c = optim_lamb_defaults();
    const size_t n = lfn_mul(rows, columns);
    const int status = lfn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.beta1 = hyper[1];
    c.beta2 = hyper[2];
    c.eps = hyper[3];
    c.weight_decay = hyper[4];
    c.max_weight_norm = hyper[5];
    c.max_trust = hyper[6];
    c.bias_correction = hyper[7] != 0;
    c.always_adapt = hyper[8] != 0;
    c.decoupled_decay = hyper[9] != 0;
    c.grad_scale = hyper[10];
    c.maximize = hyper[11] != 0;
    return optim_lamb_REAL(&c, step, n, param, grad, state[0], state[1]);
}

LFN_FN int lfn_table_adafactor(const double *hyper, int64_t step, size_t rows, size_t columns, REAL *param, const REAL *grad,
                               REAL *const *state, void *scratch, size_t scratch_size)
{
    optim_adafactor_config c = optim_adafactor_defaults();
    const size_t n = lfn_mul(rows, columns);
    const int status = lfn_table_arrays(hyper, param, grad, state, n);
    if (status) return status;
    c.lr = hyper[0];
    c.decay_rate = hyper[1];
    c.eps1 = hyper[2];
    c.eps2 = hyper[3];
    c.clip_threshold = hyper[4];
    c.beta1 = hyper[5];
    c.weight_decay = hyper[6];
    c.relative_step = hyper[7] != 0;
    c.warmup_init = hyper[8] != 0;
    c.scale_parameter = hyper[9] != 0;
    c.grad_scale = hyper[10];
    c.maximize = hyper[11] != 0;
    if (rows == 1 || columns == 1) return optim_adafactor_vector_REAL(&c, step, n, param, grad, state[0], state[2]);
    return optim_adafactor_matrix_REAL(&c, step, rows, columns, param, grad, state[0], state[1], state[2], scratch, scratch_size);
}

LFN_FN int lfn_table_muon(const double *hyper, int64_t step, size_t rows, size_t columns, REAL *param, const REAL *grad,
                          REAL *const *state, void *scratch, size_t scratch_size)
{
    optim_muon_config c = optim_muon_defaults();
    const int status = lfn_table_arrays(hyper, param, grad, state, lfn_mul(rows, columns));
    if (status) return status;
    c.lr = hyper[0];
    c.momentum = hyper[1];
    c.weight_decay = hyper[2];
    c.nesterov = hyper[3] != 0;
    c.scaling = lfn_table_whole(hyper[4]);
    c.newton_schulz.steps = lfn_table_whole(hyper[5]);
    c.grad_scale = hyper[6];
    c.maximize = hyper[7] != 0;
    return optim_muon_REAL(&c, step, rows, columns, param, grad, state[0], scratch, scratch_size);
}

//@last

/* How large the states are. */
static size_t lfn_table_same(int k, const double *hyper, size_t rows, size_t columns)
{
    (void)k;
    (void)hyper;
    return lfn_mul(rows, columns);
}

static size_t lfn_table_sgd_size(int k, const double *hyper, size_t rows, size_t columns)
{
    (void)k;
    return hyper[1] > 0 ? lfn_mul(rows, columns) : 0;
}

static size_t lfn_table_rmsprop_size(int k, const double *hyper, size_t rows, size_t columns)
{
    if (k == 1 && !(hyper[3] > 0)) return 0;
    if (k == 2 && hyper[5] == 0) return 0;
    return lfn_mul(rows, columns);
}

static size_t lfn_table_adafactor_size(int k, const double *hyper, size_t rows, size_t columns)
{
    const int vector = rows == 1 || columns == 1;
    if (k == 0) return vector ? lfn_mul(rows, columns) : rows;
    if (k == 1) return vector ? 0 : columns;
    return hyper[5] > 0 ? lfn_mul(rows, columns) : 0;
}

/* How large the scratch is. */
static size_t lfn_table_none(size_t rows, size_t columns, size_t bytes)
{
    (void)rows;
    (void)columns;
    (void)bytes;
    return 0;
}

static size_t lfn_table_adafactor_scratch(size_t rows, size_t columns, size_t bytes)
{
    if (rows == 1 || columns == 1) return 0;
    return bytes == sizeof(float) ? optim_adafactor_matrix_scratch_f32(rows, columns) : optim_adafactor_matrix_scratch_f64(rows, columns);
}

static size_t lfn_table_muon_scratch(size_t rows, size_t columns, size_t bytes)
{
    return bytes == sizeof(float) ? optim_muon_scratch_f32(rows, columns) : optim_muon_scratch_f64(rows, columns);
}

/* name, default, low, high, low open, high open, whole */
#define LFN_AT_LEAST_0(name, value) {name, value, 0, DBL_MAX, 0, 0, 0}
#define LFN_ABOVE_0(name, value) {name, value, 0, DBL_MAX, 1, 0, 0}
#define LFN_BELOW_0(name, value) {name, value, -DBL_MAX, 0, 0, 1, 0}
#define LFN_RATE(name, value) {name, value, 0, 1, 0, 1, 0}
#define LFN_PORTION(name, value) {name, value, 0, 1, 0, 0, 0}
#define LFN_WHOLE(name, value, high) {name, value, 0, high, 0, 0, 1}
#define LFN_FLAG(name) LFN_WHOLE(name, 0, 1)

static const optim_hyper lfn_hyper_sgd[] = {
    LFN_AT_LEAST_0("lr", 1e-3), LFN_RATE("momentum", 0), LFN_PORTION("dampening", 0), LFN_AT_LEAST_0("weight_decay", 0),
    LFN_FLAG("nesterov"), LFN_FLAG("decoupled"), LFN_AT_LEAST_0("grad_scale", 1), LFN_FLAG("maximize")
};

static const optim_hyper lfn_hyper_adam[] = {
    LFN_AT_LEAST_0("lr", 1e-3), LFN_RATE("beta1", 0.9), LFN_RATE("beta2", 0.999), LFN_AT_LEAST_0("eps", 1e-8),
    LFN_AT_LEAST_0("weight_decay", 0), LFN_AT_LEAST_0("grad_scale", 1), LFN_FLAG("maximize")
};

static const optim_hyper lfn_hyper_adamw[] = {
    LFN_AT_LEAST_0("lr", 1e-3), LFN_RATE("beta1", 0.9), LFN_RATE("beta2", 0.999), LFN_AT_LEAST_0("eps", 1e-8),
    LFN_AT_LEAST_0("weight_decay", 0.01), LFN_FLAG("independent_decay"), LFN_AT_LEAST_0("grad_scale", 1), LFN_FLAG("maximize")
};

static const optim_hyper lfn_hyper_amsgrad[] = {
    LFN_AT_LEAST_0("lr", 1e-3), LFN_RATE("beta1", 0.9), LFN_RATE("beta2", 0.999), LFN_AT_LEAST_0("eps", 1e-8),
    LFN_AT_LEAST_0("weight_decay", 0), LFN_FLAG("decoupled"), LFN_AT_LEAST_0("grad_scale", 1), LFN_FLAG("maximize")
};

static const optim_hyper lfn_hyper_adagrad[] = {
    LFN_AT_LEAST_0("lr", 1e-2), LFN_AT_LEAST_0("lr_decay", 0), LFN_AT_LEAST_0("eps", 1e-10),
    LFN_AT_LEAST_0("weight_decay", 0), LFN_AT_LEAST_0("grad_scale", 1), LFN_FLAG("maximize")
};

static const optim_hyper lfn_hyper_rmsprop[] = {
    LFN_AT_LEAST_0("lr", 1e-2), LFN_RATE("alpha", 0.99), LFN_AT_LEAST_0("eps", 1e-8), LFN_RATE("momentum", 0),
    LFN_AT_LEAST_0("weight_decay", 0), LFN_FLAG("centered"), LFN_AT_LEAST_0("grad_scale", 1), LFN_FLAG("maximize")
};

static const optim_hyper lfn_hyper_lion[] = {
    LFN_AT_LEAST_0("lr", 1e-4), LFN_RATE("beta1", 0.9), LFN_RATE("beta2", 0.99), LFN_AT_LEAST_0("weight_decay", 0),
    LFN_AT_LEAST_0("grad_scale", 1), LFN_FLAG("maximize")
};

static const optim_hyper lfn_hyper_lamb[] = {
    LFN_AT_LEAST_0("lr", 1e-3), LFN_RATE("beta1", 0.9), LFN_RATE("beta2", 0.999), LFN_AT_LEAST_0("eps", 1e-6),
    LFN_AT_LEAST_0("weight_decay", 0.01), LFN_AT_LEAST_0("max_weight_norm", 0), LFN_AT_LEAST_0("max_trust", 0),
    LFN_WHOLE("bias_correction", 1, 1), LFN_FLAG("always_adapt"), LFN_FLAG("decoupled_decay"),
    LFN_AT_LEAST_0("grad_scale", 1), LFN_FLAG("maximize")
};

static const optim_hyper lfn_hyper_adafactor[] = {
    LFN_AT_LEAST_0("lr", 0.01), LFN_BELOW_0("decay_rate", -0.8), LFN_ABOVE_0("eps1", 1e-30), LFN_AT_LEAST_0("eps2", 1e-3),
    LFN_ABOVE_0("clip_threshold", 1), LFN_RATE("beta1", 0), LFN_AT_LEAST_0("weight_decay", 0),
    LFN_WHOLE("relative_step", 1, 1), LFN_FLAG("warmup_init"), LFN_WHOLE("scale_parameter", 1, 1),
    LFN_AT_LEAST_0("grad_scale", 1), LFN_FLAG("maximize")
};

static const optim_hyper lfn_hyper_muon[] = {
    LFN_AT_LEAST_0("lr", 0.02), LFN_RATE("momentum", 0.95), LFN_AT_LEAST_0("weight_decay", 0), LFN_WHOLE("nesterov", 1, 1),
    LFN_WHOLE("scaling", OPTIM_MUON_ORIGINAL, OPTIM_MUON_UNSCALED), LFN_WHOLE("newton_schulz_steps", 5, 100),
    LFN_AT_LEAST_0("grad_scale", 1), LFN_FLAG("maximize")
};

static const char *const lfn_state_buffer[] = {"buffer"};
static const char *const lfn_state_adam[] = {"m", "v", "v_max"};
static const char *const lfn_state_sum[] = {"sum"};
static const char *const lfn_state_rmsprop[] = {"square", "buffer", "mean"};
static const char *const lfn_state_adafactor[] = {"row", "col", "m"};

#define LFN_COUNT(list) ((int)(sizeof(list) / sizeof(list)[0]))

/* The states of all start at 0. */
#define LFN_METHOD(name, states, state_names, state_size, scratch_size) \
    {#name, LFN_COUNT(lfn_hyper_##name), states, lfn_hyper_##name, state_names, 0, state_size, scratch_size, \
     lfn_table_##name##_f32, lfn_table_##name##_f64}

static const optim_method lfn_methods[] = {
    LFN_METHOD(sgd, 1, lfn_state_buffer, lfn_table_sgd_size, lfn_table_none),
    LFN_METHOD(adam, 2, lfn_state_adam, lfn_table_same, lfn_table_none),
    LFN_METHOD(adamw, 2, lfn_state_adam, lfn_table_same, lfn_table_none),
    LFN_METHOD(amsgrad, 3, lfn_state_adam, lfn_table_same, lfn_table_none),
    LFN_METHOD(adagrad, 1, lfn_state_sum, lfn_table_same, lfn_table_none),
    LFN_METHOD(rmsprop, 3, lfn_state_rmsprop, lfn_table_rmsprop_size, lfn_table_none),
    LFN_METHOD(lion, 1, lfn_state_adam, lfn_table_same, lfn_table_none),
    LFN_METHOD(lamb, 2, lfn_state_adam, lfn_table_same, lfn_table_none),
    LFN_METHOD(adafactor, 3, lfn_state_adafactor, lfn_table_adafactor_size, lfn_table_adafactor_scratch),
    LFN_METHOD(muon, 1, lfn_state_buffer, lfn_table_same, lfn_table_muon_scratch)
};

OPTIM_DEF int optim_method_count(void) { return LFN_COUNT(lfn_methods); }

OPTIM_DEF const optim_method *optim_method_at(int index)
{
    return index >= 0 && index < LFN_COUNT(lfn_methods) ? &lfn_methods[index] : NULL;
}

OPTIM_DEF const optim_method *optim_method_find(const char *name)
{
    int k;
    for (k = 0; name && k < LFN_COUNT(lfn_methods); k++)
        if (strcmp(lfn_methods[k].name, name) == 0) return &lfn_methods[k];
    return NULL;
}

OPTIM_DEF int optim_method_init(const optim_method *method, double *hyper)
{
    int k;
    if (!method || !hyper) return OPTIM_ERROR_NULL;
    for (k = 0; k < method->hyper_count; k++) hyper[k] = method->hyper[k].value;
    return OPTIM_OK;
}

static int lfn_hyper_fits(const optim_hyper *h, double value)
{
    if (!lfn_finite(value) || value < h->low || value > h->high || (h->whole && value != floor(value))) return 0;
    return !(h->low_open && value == h->low) && !(h->high_open && value == h->high);
}

OPTIM_DEF int optim_method_set(const optim_method *method, double *hyper, const char *name, double value)
{
    int k;
    if (!method || !hyper || !name) return OPTIM_ERROR_NULL;
    for (k = 0; k < method->hyper_count; k++)
        if (strcmp(method->hyper[k].name, name) == 0) {
            if (!lfn_hyper_fits(&method->hyper[k], value)) return OPTIM_ERROR_PARAMETER;
            hyper[k] = value;
            return OPTIM_OK;
        }
    return OPTIM_ERROR_OPTION;
}
