//@family Table: optimizers chosen by name at run time

//@api

/* ---- the table of methods ---------------------------------------------------------

   Every method under one signature, for applications that choose an optimizer
   from a settings file:

     const optim_method *method = optim_method_find("adamw");
     double hyper[OPTIM_METHOD_HYPERS];
     optim_method_defaults(method, hyper);
     optim_method_set(method, hyper, "lr", 3e-4);
     for each array k < method->state_count:
         allocate method->state_size(k, rows, columns) values, all method->state_initial[k]
     allocate method->scratch_size(rows, columns, sizeof(float)) bytes
     method->step_f32(hyper, step, rows, columns, param, grad, state, scratch, scratch_size);

   A parameter tensor is rows x columns; a method that looks at no shape takes
   any split of its size (1 x n). Flags among the hyper-parameters (maximize,
   nesterov, ...) are 0 or 1. Methods are the functions of the same name, and a
   step returns what they return: state arrays that such a function does not
   need under some configuration are to be there all the same. */

enum {
    OPTIM_METHOD_HYPERS = 16,   /* no method has more hyper-parameters */
    OPTIM_METHOD_STATES = 4     /* nor more state arrays */
};

/* A hyper-parameter: low <= value <= high, where a bound is open low < value, value < high. */
typedef struct optim_hyper {
    const char *name;
    double value;               /* the default */
    double low, high;           /* high is infinite where nothing bounds it */
    int low_open, high_open;    /* nonzero: the bound itself is out */
} optim_hyper;

typedef struct optim_method {
    const char *name;
    int hyper_count, state_count;
    const optim_hyper *hyper;                               /* hyper_count of them */
    const char *const *state_name;                          /* state_count of them */
    double state_initial[OPTIM_METHOD_STATES];              /* what state array k holds before step 1 */
    size_t (*state_size)(int k, size_t rows, size_t columns);                   /* in values; SIZE_MAX: too many */
    size_t (*scratch_size)(size_t rows, size_t columns, size_t bytes_per_value); /* in bytes; SIZE_MAX: too many */
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
OPTIM_DEF int optim_method_defaults(const optim_method *method, double *hyper);

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

//@last

/* State as large as the parameters, and no scratch. */
static size_t lfn_table_same(int k, size_t rows, size_t columns)
{
    (void)k;
    return lfn_mul(rows, columns);
}

static size_t lfn_table_none(size_t rows, size_t columns, size_t bytes)
{
    (void)rows;
    (void)columns;
    (void)bytes;
    return 0;
}

/* name, default, low, high, low and high open */
#define LFN_AT_LEAST_0(name, value) {name, value, 0, HUGE_VAL, 0, 1}
#define LFN_RATE(name, value) {name, value, 0, 1, 0, 1}
#define LFN_PORTION(name, value) {name, value, 0, 1, 0, 0}
#define LFN_FLAG(name) {name, 0, 0, 1, 0, 0}

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

static const char *const lfn_state_buffer[] = {"buffer"};
static const char *const lfn_state_adam[] = {"m", "v", "v_max"};
static const char *const lfn_state_sum[] = {"sum"};
static const char *const lfn_state_rmsprop[] = {"square", "buffer", "mean"};

#define LFN_COUNT(list) ((int)(sizeof(list) / sizeof(list)[0]))

/* A method whose states are arrays like the parameters, all 0 before step 1. */
#define LFN_ELEMENTWISE(name, hyper, states, state_names) \
    {#name, LFN_COUNT(hyper), states, hyper, state_names, {0, 0, 0, 0}, lfn_table_same, lfn_table_none, \
     lfn_table_##name##_f32, lfn_table_##name##_f64}

static const optim_method lfn_methods[] = {
    LFN_ELEMENTWISE(sgd, lfn_hyper_sgd, 1, lfn_state_buffer),
    LFN_ELEMENTWISE(adam, lfn_hyper_adam, 2, lfn_state_adam),
    LFN_ELEMENTWISE(adamw, lfn_hyper_adamw, 2, lfn_state_adam),
    LFN_ELEMENTWISE(amsgrad, lfn_hyper_amsgrad, 3, lfn_state_adam),
    LFN_ELEMENTWISE(adagrad, lfn_hyper_adagrad, 1, lfn_state_sum),
    LFN_ELEMENTWISE(rmsprop, lfn_hyper_rmsprop, 3, lfn_state_rmsprop),
    LFN_ELEMENTWISE(lion, lfn_hyper_lion, 1, lfn_state_adam)
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

OPTIM_DEF int optim_method_defaults(const optim_method *method, double *hyper)
{
    int k;
    if (!method || !hyper) return OPTIM_ERROR_NULL;
    for (k = 0; k < method->hyper_count; k++) hyper[k] = method->hyper[k].value;
    return OPTIM_OK;
}

static int lfn_hyper_fits(const optim_hyper *h, double value)
{
    if (!lfn_finite(value) || value < h->low || value > h->high) return 0;
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
