/* Running a method along a golden trajectory: the arrays of one type. */
#ifndef OPTIM_GOLDEN_H
#define OPTIM_GOLDEN_H
#include "engine.h"
#include "optim.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef __FAST_MATH__
enum { FAST_MATH = 1 };
#else
enum { FAST_MATH = 0 };
#endif

enum { PATH_MOST = 64 };

typedef struct {
    float param[PATH_MOST], grad[PATH_MOST], state[4][PATH_MOST];
    double param64[PATH_MOST], grad64[PATH_MOST], state64[4][PATH_MOST];
    float elem[PATH_MOST], elem_state[4][PATH_MOST];
    double elem64[PATH_MOST], elem_state64[4][PATH_MOST];
} path;

/* Everything at the start; states at their initial value. */
static void path_begin(path *p, const double *start, int n, double initial)
{
    int i, k;
    for (i = 0; i < n; i++) {
        p->param64[i] = p->elem64[i] = start[i];
        p->param[i] = p->elem[i] = (float)start[i];
        for (k = 0; k < 4; k++) {
            p->state64[k][i] = p->elem_state64[k][i] = initial;
            p->state[k][i] = p->elem_state[k][i] = (float)initial;
        }
    }
}

static void path_gradient(path *p, const double *grad, int n)
{
    int i;
    for (i = 0; i < n; i++) {
        p->grad64[i] = grad[i];
        p->grad[i] = (float)grad[i];
    }
}

/* After a step of all four: against the golden values, and the inline forms
   against the arrays: the same bits on the scalar path where arithmetic is done
   in the type itself. */
static void path_compare(const path *p, const double *golden, int n, int scalar, const char *name, int set, int step)
{
    const int exact = scalar && FLT_EVAL_METHOD == 0 && !FAST_MATH;
    int i, k;
    for (i = 0; i < n; i++) {
        check(close_to(p->param64[i], golden[i], 1e-13, 1e-14), "%s: set %d, step %d, [%d]: %.17g, not %.17g", name, set, step, i, p->param64[i], golden[i]);
        check(close_to(p->param[i], golden[i], 2e-5, 2e-5), "%s: set %d, step %d, [%d] in float: %.9g, not %.9g", name, set, step, i, (double)p->param[i], golden[i]);
        check(close_to(p->elem64[i], p->param64[i], exact ? 0 : 1e-13, exact ? 0 : 1e-14), "%s: set %d, step %d: elem_f64", name, set, step);
        check(close_to(p->elem[i], p->param[i], exact ? 0 : 2e-5, exact ? 0 : 2e-5), "%s: set %d, step %d: elem_f32", name, set, step);
        for (k = 0; k < 4; k++) {
            check(close_to(p->elem_state64[k][i], p->state64[k][i], exact ? 0 : 1e-13, exact ? 0 : 1e-14), "%s: set %d, step %d: state %d of elem_f64", name, set, step, k);
            check(close_to(p->elem_state[k][i], p->state[k][i], exact ? 0 : 2e-5, exact ? 0 : 2e-5), "%s: set %d, step %d: state %d of elem_f32", name, set, step, k);
        }
    }
}

#endif
