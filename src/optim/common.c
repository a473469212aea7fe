/* The frame of every elementwise step: a method's coefficients function turns
   its config and the step's number into a few scalars, its formula (//@point)
   uses them on one value or one vector of values, and lfn_update walks the
   arrays once. The public inline forms and the array functions share both. */

//@api

/* The scalars of one step of an elementwise method, computed once from its
   config and the step's number by optim_NAME_coefficients_REAL, and used by
   optim_NAME_apply_REAL on every element. What each means is the method's own. */
typedef struct optim_coefficients_REAL {
    REAL value[12];
} optim_coefficients_REAL;

//@elem

/* What the gradient is multiplied with. */
OPTIM_INLINE double lfn_gradient_factor(double grad_scale, int maximize)
{
    return maximize ? -grad_scale : grad_scale;
}

//@shared

/* One step. The formula sees param, grad and the states at one place at a time.
   A method without a gradient puts any readable array there. */
typedef struct {
    REAL *param;
    const REAL *grad;
    REAL *state[4];
    size_t n;
    optim_coefficients_REAL coefficients;
} lfn_step_REAL;

//@kernel

/* Updates *param and state[0], state[1], ... ; h are the coefficients. */
typedef void (*lfn_update_formula)(lfn_vec *param, lfn_vec grad, lfn_vec *state, const lfn_vec *h);

/* Moves the m elements at k of all arrays into the buffers of to, or back. */
LFN_FN void lfn_update_tail(const lfn_step_REAL *u, size_t k, size_t m, int states, REAL *buffer, int back)
{
    int j;
    if (back) memcpy(u->param + k, buffer, m * sizeof *buffer);
    else {
        memset(buffer, 0, 6 * LFN_LANES * sizeof *buffer);
        memcpy(buffer, u->param + k, m * sizeof *buffer);
        memcpy(buffer + LFN_LANES, u->grad + k, m * sizeof *buffer);
    }
    for (j = 0; j < states; j++) {
        REAL *place = buffer + (2 + j) * LFN_LANES;
        if (back) memcpy(u->state[j] + k, place, m * sizeof *place);
        else memcpy(place, u->state[j] + k, m * sizeof *place);
    }
}

/* The whole arrays, with this many states (a constant). It is inlined into its
   caller, the formula into it, once: the last n % LFN_LANES elements go through
   the same code as all others by way of a buffer, so an element's result does
   not depend on where it lies. */
LFN_INLINE void lfn_update(const lfn_step_REAL *u, int states, lfn_update_formula formula)
{
    REAL buffer[6 * LFN_LANES];
    REAL *param = u->param, *s0 = u->state[0], *s1 = u->state[1], *s2 = u->state[2], *s3 = u->state[3];
    const REAL *grad = u->grad, *c = u->coefficients.value;
    const size_t tail = u->n % LFN_LANES, whole = u->n - tail;
    size_t k, n = whole;
    int last = tail == 0;
    lfn_vec h[12];
    h[0] = lfn_set1(c[0]);
    h[1] = lfn_set1(c[1]);
    h[2] = lfn_set1(c[2]);
    h[3] = lfn_set1(c[3]);
    h[4] = lfn_set1(c[4]);
    h[5] = lfn_set1(c[5]);
    h[6] = lfn_set1(c[6]);
    h[7] = lfn_set1(c[7]);
    h[8] = lfn_set1(c[8]);
    h[9] = lfn_set1(c[9]);
    h[10] = lfn_set1(c[10]);
    h[11] = lfn_set1(c[11]);
    for (;;) {
        for (k = 0; k < n; k += LFN_LANES) {
            lfn_vec x = lfn_load(param + k), s[4];
            if (states > 0) s[0] = lfn_load(s0 + k);
            if (states > 1) s[1] = lfn_load(s1 + k);
            if (states > 2) s[2] = lfn_load(s2 + k);
            if (states > 3) s[3] = lfn_load(s3 + k);
            formula(&x, lfn_load(grad + k), s, h);
            lfn_store(param + k, x);
            if (states > 0) lfn_store(s0 + k, s[0]);
            if (states > 1) lfn_store(s1 + k, s[1]);
            if (states > 2) lfn_store(s2 + k, s[2]);
            if (states > 3) lfn_store(s3 + k, s[3]);
        }
        if (last) break;
        lfn_update_tail(u, whole, tail, states, buffer, 0);
        param = buffer;
        grad = buffer + LFN_LANES;
        s0 = buffer + 2 * LFN_LANES;
        s1 = buffer + 3 * LFN_LANES;
        s2 = buffer + 4 * LFN_LANES;
        s3 = buffer + 5 * LFN_LANES;
        n = LFN_LANES;
        last = 1;
    }
    if (tail) lfn_update_tail(u, whole, tail, states, buffer, 1);
}

//@impl

/* Hyper-parameters, as the element type sees them. */
LFN_FN int lfn_is_finite(double x) { return lfn_finite(x) && lfn_finite((double)(REAL)x); }
LFN_FN int lfn_is_nonnegative(double x) { return lfn_is_finite(x) && x >= 0; }
LFN_FN int lfn_is_positive(double x) { return lfn_is_finite(x) && (REAL)x > 0; }

/* A decay rate: 0 <= x < 1. */
LFN_FN int lfn_is_decay(double x) { return lfn_finite(x) && x >= 0 && x < 1; }

/* What every config has. */
LFN_FN int lfn_is_common(double lr, double grad_scale, double weight_decay)
{
    return lfn_is_nonnegative(lr) && lfn_is_nonnegative(grad_scale) && lfn_is_nonnegative(weight_decay)
        && lfn_is_finite(lr * weight_decay);
}

/* The arrays of a step with this many states; then the checks that need no
   hyper-parameter. */
LFN_FN int lfn_step_begin(lfn_step_REAL *u, int64_t step, size_t n, REAL *param, const REAL *grad,
                            int states, REAL *s0, REAL *s1, REAL *s2)
{
    int j;
    memset(u, 0, sizeof *u);
    u->param = param;
    u->grad = grad;
    u->state[0] = s0;
    u->state[1] = s1;
    u->state[2] = s2;
    u->n = n;
    if (n && (!param || !grad)) return OPTIM_ERROR_NULL;
    for (j = 0; j < states; j++)
        if (n && !u->state[j]) return OPTIM_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return OPTIM_ERROR_SIZE;
    return step < 1 ? OPTIM_ERROR_PARAMETER : OPTIM_OK;
}
