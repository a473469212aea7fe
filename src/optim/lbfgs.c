//@family L-BFGS: minimisation of a smooth function by reverse communication

//@api

/* ---- L-BFGS --------------------------------------------------------------------

   Minimises a smooth function f of n variables from its values and gradients. The
   caller evaluates, the header says where:

     optim_lbfgs_state state;
     optim_lbfgs_init(NULL, n, &state);
     memory = room for optim_lbfgs_room(n, history) values, history 10 by default
     do {
         value = f(x, gradient);
         optim_lbfgs_advance_f64(&state, x, value, gradient, memory, &task);
     } while (task == OPTIM_LBFGS_EVALUATE);

   x begins at the start and ends at the best point found. */

/* What advance wants next. */
enum {
    OPTIM_LBFGS_EVALUATE = 0,    /* value and gradient at x, then advance again */
    OPTIM_LBFGS_CONVERGED = 1,   /* x is a minimum, state.reason says by which test */
    OPTIM_LBFGS_FAILED = 2       /* x is the best point found, state.reason says why no further */
};

/* Why it ended. */
enum {
    OPTIM_LBFGS_RUNNING = 0,
    OPTIM_LBFGS_GRADIENT = 1,      /* converged: gradient_tolerance */
    OPTIM_LBFGS_FUNCTION = 2,      /* converged: function_tolerance */
    OPTIM_LBFGS_PRECISION = 3,     /* converged: the decrease still expected is below the rounding of f */
    OPTIM_LBFGS_START = 4,         /* failed: value or gradient at the start is NaN or infinite */
    OPTIM_LBFGS_ITERATIONS = 5,    /* failed: max_iterations */
    OPTIM_LBFGS_EVALUATIONS = 6,   /* failed: max_evaluations */
    OPTIM_LBFGS_LINE_SEARCH = 7,   /* failed: no lower value along the direction, not even downhill:
                                      the gradient is wrong, or f is not smooth or too noisy */
    OPTIM_LBFGS_UNBOUNDED = 8      /* failed: f still falls 1e20 directions away */
};

/* optim_lbfgs_defaults() gives the values in parentheses. To maximise, negate value
   and gradient. */
typedef struct optim_lbfgs_config {
    double gradient_tolerance;   /* done when the largest |gradient_i| is at most this, >= 0 (1e-5) */
    double function_tolerance;   /* done when f fell by at most this times max(|f before|, |f|, 1), >= 0;
                                    0: not tested (2.2e-9) */
    double c1;                   /* sufficient decrease, 0 < c1 < 0.5 (1e-4) */
    double c2;                   /* curvature, c1 < c2 < 1 (0.9) */
    double first_step;           /* length of the first trial step, > 0; 0: min(1, |gradient|) (0) */
    int history;                 /* pairs kept, 1 to OPTIM_LBFGS_MAX_HISTORY (10) */
    int max_iterations;          /* >= 1 (1000) */
    int max_evaluations;         /* >= 1 (10000) */
    int max_line_search;         /* evaluations along one direction, >= 2 (40) */
} optim_lbfgs_config;

#define OPTIM_LBFGS_MAX_HISTORY 128

/* A minimisation under way. Plain data without pointers: copy or store it together
   with the memory and x, and continue. */
typedef struct optim_lbfgs_state {
    optim_lbfgs_config config;
    size_t n;
    int task, reason;            /* OPTIM_LBFGS_... */
    int iterations;              /* directions followed to their end */
    int evaluations;
    double f;                    /* the value at the last iterate; at the end, at x */
    double gradient_norm;        /* largest |gradient_i| at the last iterate */
    /* the rest is internal */
    int phase, pairs, newest, trials, bracketed, high_known;
    double slope0;               /* derivative along the direction at its beginning */
    double step;                 /* along the direction, under evaluation */
    double low, f_low, slope_low, high, f_high, slope_high, width, width_before;
    double gamma;                /* the inverse Hessian's first guess is gamma I */
    double curvature[OPTIM_LBFGS_MAX_HISTORY];   /* s.y of each pair */
} optim_lbfgs_state;

/* Values of memory for n variables and this history: (2 history + 3) n; SIZE_MAX when
   that overflows, 0 when history is out of range. */
OPTIM_DEF size_t optim_lbfgs_room(size_t n, int history);

/* Begins. NULL config: the defaults. Errors: OPTIM_ERROR_NULL (state),
   OPTIM_ERROR_SIZE (n too long for its memory), OPTIM_ERROR_PARAMETER. */
OPTIM_DEF int optim_lbfgs_init(const optim_lbfgs_config *config, size_t n, optim_lbfgs_state *state);

/* Takes f's value and its gradient at x, and puts the next place to evaluate into x,
   or the best point when it is over. task receives OPTIM_LBFGS_EVALUATE, CONVERGED or
   FAILED (NULL: see state->task); once it is over, further calls change nothing.

   From x_k with gradient g_k it goes along d = -H g_k. H is the L-BFGS approximation
   of the inverse Hessian from the last pairs s = x_k+1 - x_k, y = g_k+1 - g_k, by the
   two-loop recursion, begun with (s.y / y.y) I of the newest pair. A pair of which
   s.y <= eps |s| |y|, eps being the type's, is not kept. A step t along d is taken
   when it fulfils the strong Wolfe conditions

     f(x_k + t d) <= f(x_k) + c1 t g_k.d,   |g(x_k + t d).d| <= c2 |g_k.d|

   or, where the decrease is lost in the rounding of f (f <= f(x_k) + eps |f(x_k)|), the
   approximate ones: c2 g_k.d <= g.d <= (2 c1 - 1) g_k.d. The search tries t = 1
   (the first step of all: first_step), goes on to longer steps while the slope is
   steep, and closes in on the step by cubic interpolation, by halving where that is
   slow. A value or slope that is NaN or infinite counts as a wall: the search
   comes back from it. When max_line_search trials are not enough, the lowest
   point with sufficient decrease is taken; without one, the history is dropped and the
   search goes straight downhill once before it fails.
   value is double in both types; dot products are double.
   memory: optim_lbfgs_room values, which need not hold anything before the first call.
   Nothing allows for a caller who evaluates elsewhere than at x.
   Errors: OPTIM_ERROR_NULL (state, or an array NULL with n > 0), OPTIM_ERROR_SIZE and
   OPTIM_ERROR_PARAMETER (a state that optim_lbfgs_init has not made).

   How others differ: SciPy's and L-BFGS-B's tolerances are the defaults here (their
   history is 10, their search Moré and Thuente's). PyTorch's LBFGS searches only when
   told to (strong_wolfe), keeps 100 pairs and tests s.y > 1e-10; liblbfgs keeps 6 pairs
   and every one of them, and tests |g|_2 <= 1e-5 max(1, |x|_2).
   Sources: D. C. Liu, J. Nocedal, On the limited memory BFGS method for large scale
   optimization, 1989; J. Nocedal, S. J. Wright, Numerical Optimization, 2006, sections
   3.5 and 7.2; approximate Wolfe conditions: W. W. Hager, H. Zhang, 2005. */
OPTIM_DEF int optim_lbfgs_advance_REAL(optim_lbfgs_state *state, REAL *x, double value, const REAL *gradient,
                                       REAL *memory, int *task);

//@elem

OPTIM_INLINE optim_lbfgs_config optim_lbfgs_defaults(void)
{
    optim_lbfgs_config c;
    c.gradient_tolerance = 1e-5;
    c.function_tolerance = 2.2e-9;
    c.c1 = 1e-4;
    c.c2 = 0.9;
    c.first_step = 0;
    c.history = 10;
    c.max_iterations = 1000;
    c.max_evaluations = 10000;
    c.max_line_search = 40;
    return c;
}

//@once

enum { LFN_LBFGS_BEGIN = 0, LFN_LBFGS_SEARCH = 1, LFN_LBFGS_RETURN = 2 };

/* What becomes of a line search. */
enum { LFN_SEARCH_ON = 0, LFN_SEARCH_TAKE = 1, LFN_SEARCH_STOP = 2, LFN_SEARCH_ENDLESS = 3 };

/* Where the cubic with values f, g and slopes u, v at a and b has its minimum; not
   finite where there is none. */
LFN_UNUSED static double lfn_cubic_minimum(double a, double f, double u, double b, double g, double v)
{
    const double p = u + v - 3 * (g - f) / (b - a);
    const double most = fabs(p) + fabs(u) + fabs(v);
    const double square = (p / most) * (p / most) - (u / most) * (v / most);
    const double q = square < 0 ? HUGE_VAL : (b > a ? most : -most) * sqrt(square);
    return b - (b - a) * (v + q - p) / (v - u + 2 * q);
}

/* The next step between low and high. */
LFN_UNUSED static double lfn_search_inside(optim_lbfgs_state *s)
{
    const double a = s->low, d = s->high - s->low;
    double t;
    if (!s->high_known) return a + 0.25 * d;
    t = (lfn_cubic_minimum(a, s->f_low, s->slope_low, s->high, s->f_high, s->slope_high) - a) / d;
    if (!lfn_finite(t) || fabs(d) > 0.66 * s->width_before) t = 0.5;
    s->width_before = s->width;
    s->width = fabs(d);
    return a + (t < 0.1 ? 0.1 : t > 0.9 ? 0.9 : t) * d;
}

/* The next step beyond s->step, from which low has just moved; before is where it was. */
LFN_UNUSED static double lfn_search_beyond(const optim_lbfgs_state *s, double before, double f_before, double slope_before)
{
    const double d = s->low - before;
    const double t = (lfn_cubic_minimum(before, f_before, slope_before, s->low, s->f_low, s->slope_low) - s->low) / d;
    return s->low + (!lfn_finite(t) || t > 4 || t < 0 ? 4 : t < 1.1 ? 1.1 : t) * d;
}

/* Takes value and slope at s->step; s->f is the value at the beginning. low is the best
   step with sufficient decrease so far (0 at first), high, once bracketed, the other end
   of an interval that holds steps to take. noise is the relative rounding of f. */
LFN_UNUSED static int lfn_search(optim_lbfgs_state *s, double f, double slope, double noise)
{
    const double before = s->low, f_before = s->f_low, slope_before = s->slope_low, steep = -s->config.c2 * s->slope0;
    const int finite = lfn_finite(f) && lfn_finite(slope);
    const int enough = finite && f <= s->f + s->config.c1 * s->step * s->slope0;
    s->trials++;
    if (enough && fabs(slope) <= steep) return LFN_SEARCH_TAKE;
    if (finite && f <= s->f + noise * fabs(s->f) && slope >= -steep && slope <= (2 * s->config.c1 - 1) * s->slope0)
        return LFN_SEARCH_TAKE;
    if (!enough || f >= s->f_low) {
        s->high = s->step;
        s->high_known = finite;
        s->f_high = f;
        s->slope_high = slope;
        s->bracketed = 1;
    } else {
        if (s->bracketed ? slope * (s->high - s->low) >= 0 : slope >= 0) {
            s->high = s->low;
            s->high_known = 1;
            s->f_high = s->f_low;
            s->slope_high = s->slope_low;
            s->bracketed = 1;
        }
        s->low = s->step;
        s->f_low = f;
        s->slope_low = slope;
    }
    if (s->trials >= s->config.max_line_search) return s->low == s->step ? LFN_SEARCH_TAKE : LFN_SEARCH_STOP;
    s->step = s->bracketed ? lfn_search_inside(s) : lfn_search_beyond(s, before, f_before, slope_before);
    if (!s->bracketed && s->step > 1e20) return LFN_SEARCH_ENDLESS;
    if (s->step == s->low || (s->bracketed && s->step == s->high)) return LFN_SEARCH_STOP;
    return LFN_SEARCH_ON;
}

LFN_UNUSED static int lfn_lbfgs_check(const optim_lbfgs_config *c)
{
    return lfn_finite(c->gradient_tolerance) && c->gradient_tolerance >= 0
        && lfn_finite(c->function_tolerance) && c->function_tolerance >= 0
        && lfn_finite(c->c1) && lfn_finite(c->c2) && c->c1 > 0 && c->c1 < 0.5 && c->c1 < c->c2 && c->c2 < 1
        && lfn_finite(c->first_step) && c->first_step >= 0
        && c->history >= 1 && c->history <= OPTIM_LBFGS_MAX_HISTORY
        && c->max_iterations >= 1 && c->max_evaluations >= 1 && c->max_line_search >= 2;
}

OPTIM_DEF size_t optim_lbfgs_room(size_t n, int history)
{
    return history < 1 || history > OPTIM_LBFGS_MAX_HISTORY ? 0 : lfn_mul(n, 2 * (size_t)history + 3);
}

OPTIM_DEF int optim_lbfgs_init(const optim_lbfgs_config *config, size_t n, optim_lbfgs_state *state)
{
    const optim_lbfgs_config c = config ? *config : optim_lbfgs_defaults();
    if (!state) return OPTIM_ERROR_NULL;
    if (lfn_too_big(n, (2 * OPTIM_LBFGS_MAX_HISTORY + 3) * sizeof(double))) return OPTIM_ERROR_SIZE;
    if (!lfn_lbfgs_check(&c)) return OPTIM_ERROR_PARAMETER;
    memset(state, 0, sizeof *state);
    state->config = c;
    state->n = n;
    state->task = OPTIM_LBFGS_EVALUATE;
    state->phase = LFN_LBFGS_BEGIN;
    return OPTIM_OK;
}

//@shared

/* The pieces of memory: the last iterate and its gradient, the direction, and history
   rows of s and of y. */
typedef struct {
    REAL *x0, *g0, *d, *s, *y;
} lfn_lbfgs_memory_REAL;

LFN_SMALL lfn_lbfgs_memory_REAL lfn_lbfgs_cut_REAL(const optim_lbfgs_state *state, REAL *memory)
{
    lfn_lbfgs_memory_REAL p;
    p.x0 = memory;
    p.g0 = p.x0 + state->n;
    p.d = p.g0 + state->n;
    p.s = p.d + state->n;
    p.y = p.s + (size_t)state->config.history * state->n;
    return p;
}

//@kernel

/* d = -H g0, H from the pairs; the two-loop recursion. */
LFN_FN void lfn_lbfgs_direction(const optim_lbfgs_state *state, const lfn_lbfgs_memory_REAL *p)
{
    const size_t n = state->n;
    const int history = state->config.history;
    double alpha[OPTIM_LBFGS_MAX_HISTORY], beta;
    int k, at = state->newest;
    lfn_scale(p->d, LFN_K(-1), p->g0, n);
    for (k = 0; k < state->pairs; k++) {
        alpha[at] = lfn_dot_double(p->s + (size_t)at * n, p->d, n) / state->curvature[at];
        lfn_axpy(p->d, (REAL)-alpha[at], p->y + (size_t)at * n, n);
        at = at == 0 ? history - 1 : at - 1;
    }
    if (state->pairs) lfn_scale(p->d, (REAL)state->gamma, p->d, n);
    for (k = 0; k < state->pairs; k++) {
        at = at == history - 1 ? 0 : at + 1;
        beta = lfn_dot_double(p->y + (size_t)at * n, p->d, n) / state->curvature[at];
        lfn_axpy(p->d, (REAL)(alpha[at] - beta), p->s + (size_t)at * n, n);
    }
}

/* Keeps the pair from x0 to x, when its curvature is positive beyond rounding. */
LFN_FN void lfn_lbfgs_pair(optim_lbfgs_state *state, const lfn_lbfgs_memory_REAL *p, const REAL *x, const REAL *g)
{
    const size_t n = state->n;
    const int history = state->config.history, at = state->pairs == 0 ? 0 : (state->newest + 1) % history;
    REAL *s = p->s + (size_t)at * n, *y = p->y + (size_t)at * n;
    double sy, ss, yy;
    memcpy(s, x, n * sizeof *s);
    memcpy(y, g, n * sizeof *y);
    lfn_axpy(s, LFN_K(-1), p->x0, n);
    lfn_axpy(y, LFN_K(-1), p->g0, n);
    sy = lfn_dot_double(s, y, n);
    ss = lfn_dot_double(s, s, n);
    yy = lfn_dot_double(y, y, n);
    if (!lfn_finite(ss) || !lfn_finite(yy) || !(sy > (LFN_BITS == 32 ? (double)FLT_EPSILON : DBL_EPSILON) * sqrt(ss) * sqrt(yy))) {
        if (state->pairs == history) state->pairs--;   /* the oldest has been written over */
        return;
    }
    if (state->pairs < history) state->pairs++;
    state->newest = at;
    state->curvature[at] = sy;
    state->gamma = sy / yy;
}

/* x = x0 + step d */
LFN_FN void lfn_lbfgs_point(REAL *x, double step, const lfn_lbfgs_memory_REAL *p, size_t n)
{
    memcpy(x, p->x0, n * sizeof *x);
    lfn_axpy(x, (REAL)step, p->d, n);
}

//@impl

/* The largest |g_k|; infinity when any is NaN or infinite. */
LFN_FN double lfn_lbfgs_largest(const REAL *g, size_t n)
{
    double most = 0;
    size_t k;
    for (k = 0; k < n; k++) {
        const double value = fabs((double)g[k]);
        if (!lfn_finite(value)) return HUGE_VAL;
        if (value > most) most = value;
    }
    return most;
}

LFN_FN void lfn_lbfgs_finish(optim_lbfgs_state *state, int task, int reason)
{
    state->task = task;
    state->reason = reason;
}

/* Ends before its time, at the best point of the search under way. */
LFN_FN void lfn_lbfgs_abandon(optim_lbfgs_state *state, const lfn_lbfgs_memory_REAL *p, REAL *x, int task, int reason)
{
    if (state->low > 0) LFN_CALL(lfn_lbfgs_point, (x, state->low, p, state->n));
    else memcpy(x, p->x0, state->n * sizeof *x);
    state->f = state->f_low;
    lfn_lbfgs_finish(state, task, reason);
}

/* Goes to x0 + step d, if another evaluation is allowed. */
LFN_FN void lfn_lbfgs_go(optim_lbfgs_state *state, const lfn_lbfgs_memory_REAL *p, REAL *x, int phase)
{
    if (state->evaluations >= state->config.max_evaluations) {
        lfn_lbfgs_abandon(state, p, x, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_EVALUATIONS);
        return;
    }
    state->phase = phase;
    LFN_CALL(lfn_lbfgs_point, (x, state->step, p, state->n));
}

/* A direction from x0, downhill, and the first trial along it. */
LFN_FN void lfn_lbfgs_begin(optim_lbfgs_state *state, const lfn_lbfgs_memory_REAL *p, REAL *x)
{
    double length;
    LFN_CALL(lfn_lbfgs_direction, (state, p));
    state->slope0 = LFN_CALL(lfn_dot_double, (p->g0, p->d, state->n));
    if (state->pairs && !(state->slope0 < 0 && lfn_finite(state->slope0))) {
        state->pairs = 0;
        LFN_CALL(lfn_lbfgs_direction, (state, p));
        state->slope0 = LFN_CALL(lfn_dot_double, (p->g0, p->d, state->n));
    }
    state->trials = state->bracketed = state->high_known = 0;
    state->low = 0;
    state->f_low = state->f;
    state->slope_low = state->slope0;
    state->width = state->width_before = HUGE_VAL;
    if (!(state->slope0 < 0 && lfn_finite(state->slope0))) {
        lfn_lbfgs_abandon(state, p, x, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_LINE_SEARCH);
        return;
    }
    length = sqrt(-state->slope0);   /* without pairs, of the gradient */
    if (state->pairs) state->step = 1;
    else if (state->config.first_step > 0) state->step = state->config.first_step / length;
    else state->step = length > 1 ? 1 / length : 1;
    lfn_lbfgs_go(state, p, x, LFN_LBFGS_SEARCH);
}

/* x is the next iterate: tests, the pair, and on. */
LFN_FN void lfn_lbfgs_accept(optim_lbfgs_state *state, const lfn_lbfgs_memory_REAL *p, REAL *x, double value, const REAL *gradient)
{
    const double before = state->f;
    double scale = fabs(before) > fabs(value) ? fabs(before) : fabs(value);
    if (scale < 1) scale = 1;
    LFN_CALL(lfn_lbfgs_pair, (state, p, x, gradient));
    memcpy(p->x0, x, state->n * sizeof *x);
    memcpy(p->g0, gradient, state->n * sizeof *gradient);
    state->f = value;
    state->gradient_norm = lfn_lbfgs_largest(gradient, state->n);
    state->iterations++;
    if (state->gradient_norm <= state->config.gradient_tolerance)
        lfn_lbfgs_finish(state, OPTIM_LBFGS_CONVERGED, OPTIM_LBFGS_GRADIENT);
    else if (state->config.function_tolerance > 0 && before - value <= state->config.function_tolerance * scale)
        lfn_lbfgs_finish(state, OPTIM_LBFGS_CONVERGED, OPTIM_LBFGS_FUNCTION);
    else if (state->iterations >= state->config.max_iterations)
        lfn_lbfgs_finish(state, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_ITERATIONS);
    else lfn_lbfgs_begin(state, p, x);
}

/* The search has ended without a step to take. */
LFN_FN void lfn_lbfgs_give_up(optim_lbfgs_state *state, const lfn_lbfgs_memory_REAL *p, REAL *x, double noise)
{
    if (state->low > 0) {
        state->step = state->low;
        lfn_lbfgs_go(state, p, x, LFN_LBFGS_RETURN);
    } else if (-state->slope0 <= noise * fabs(state->f)) {
        lfn_lbfgs_abandon(state, p, x, OPTIM_LBFGS_CONVERGED, OPTIM_LBFGS_PRECISION);
    } else if (state->pairs) {
        state->pairs = 0;
        lfn_lbfgs_begin(state, p, x);
    } else lfn_lbfgs_abandon(state, p, x, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_LINE_SEARCH);
}

LFN_FN void lfn_lbfgs_start(optim_lbfgs_state *state, const lfn_lbfgs_memory_REAL *p, REAL *x, double value, const REAL *gradient)
{
    state->f = state->f_low = value;
    state->gradient_norm = lfn_lbfgs_largest(gradient, state->n);
    memcpy(p->x0, x, state->n * sizeof *x);
    memcpy(p->g0, gradient, state->n * sizeof *gradient);
    if (!lfn_finite(value) || !lfn_finite(state->gradient_norm))
        lfn_lbfgs_finish(state, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_START);
    else if (state->gradient_norm <= state->config.gradient_tolerance)
        lfn_lbfgs_finish(state, OPTIM_LBFGS_CONVERGED, OPTIM_LBFGS_GRADIENT);
    else lfn_lbfgs_begin(state, p, x);
}

LFN_FN void lfn_lbfgs_step(optim_lbfgs_state *state, const lfn_lbfgs_memory_REAL *p, REAL *x, double value, const REAL *gradient)
{
    const double noise = LFN_BITS == 32 ? (double)FLT_EPSILON : DBL_EPSILON;
    double slope;
    int verdict;
    state->evaluations++;
    if (state->phase == LFN_LBFGS_BEGIN) {
        lfn_lbfgs_start(state, p, x, value, gradient);
        return;
    }
    slope = LFN_CALL(lfn_dot_double, (gradient, p->d, state->n));
    if (state->phase == LFN_LBFGS_RETURN) {
        if (lfn_finite(value) && lfn_finite(slope)) {
            lfn_lbfgs_accept(state, p, x, value, gradient);
            return;
        }
        state->low = 0;   /* not the value it had: back to x0 */
        state->f_low = state->f;
        lfn_lbfgs_abandon(state, p, x, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_LINE_SEARCH);
        return;
    }
    verdict = lfn_search(state, value, slope, noise);
    if (verdict == LFN_SEARCH_TAKE) lfn_lbfgs_accept(state, p, x, value, gradient);
    else if (verdict == LFN_SEARCH_STOP) lfn_lbfgs_give_up(state, p, x, noise);
    else if (verdict == LFN_SEARCH_ENDLESS) lfn_lbfgs_abandon(state, p, x, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_UNBOUNDED);
    else lfn_lbfgs_go(state, p, x, LFN_LBFGS_SEARCH);
}

OPTIM_DEF int optim_lbfgs_advance_REAL(optim_lbfgs_state *state, REAL *x, double value, const REAL *gradient,
                                       REAL *memory, int *task)
{
    lfn_lbfgs_memory_REAL p;
    if (!state || (state->n && (!x || !gradient || !memory))) return OPTIM_ERROR_NULL;
    if (lfn_too_big(state->n, (2 * OPTIM_LBFGS_MAX_HISTORY + 3) * sizeof(double))) return OPTIM_ERROR_SIZE;
    if (!lfn_lbfgs_check(&state->config) || state->pairs < 0 || state->pairs > state->config.history
        || state->newest < 0 || state->newest >= state->config.history
        || state->evaluations < 0 || state->iterations < 0) return OPTIM_ERROR_PARAMETER;
    if (state->task == OPTIM_LBFGS_EVALUATE && state->n) {
        p = lfn_lbfgs_cut_REAL(state, memory);
        lfn_lbfgs_step(state, &p, x, value, gradient);
    } else if (state->task == OPTIM_LBFGS_EVALUATE) {
        state->f = value;
        lfn_lbfgs_finish(state, OPTIM_LBFGS_CONVERGED, OPTIM_LBFGS_GRADIENT);
    }
    if (task) *task = state->task;
    return OPTIM_OK;
}
