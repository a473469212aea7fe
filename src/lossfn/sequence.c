//@family Sequences: losses over all alignments of two sequences

//@api

typedef struct lossfn_ctc_config {
    int32_t blank;      /* class of the blank */
    int batch_first;    /* 0: logits are steps x n x classes; 1: n x steps x classes */
    int log_probs;      /* 0: logits, the softmax is taken inside; 1: log-probabilities */
    int zero_infinity;  /* nonzero: an item that cannot be aligned has the loss 0 */
    int by_length;      /* nonzero: divides the loss of an item by max(target length, 1) */
} lossfn_ctc_config;

/* Blank 0, time first, logits, infinite losses kept, not by length. */
LOSSFN_DEF lossfn_ctc_config lossfn_ctc_defaults(void);

/* Connectionist temporal classification: the negative log-probability of the
   target under all its alignments,
     loss = -log sum over paths of prod_t p_t(path_t),
   where a path has one class per time step and becomes the target when repeated
   classes are merged and blanks taken out, and p_t is the softmax of the logits
   at step t.

   logits          steps x n x classes (or n x steps x classes, batch_first): raw
                   scores; with log_probs their log-softmax, or any log-weights
   targets         the n targets one after the other, target_count labels in all,
                   from 0 to classes - 1 and none the blank
   input_lengths   n: steps that count of each item, 0 to steps; what lies behind
                   is not read and gets the gradient 0
   target_lengths  n: labels of each target, 0 upwards; their sum is target_count
   grad_logits     in the shape of logits; may be logits

   An item is one sequence. The gradient in logits is softmax minus posterior (the
   expected count of each class at each step given the target), computed without
   storing the softmax; in log-probabilities it is minus the posterior, exact for
   any log-weights. (PyTorch's own backward gives exp(log_prob) - posterior there,
   the same once it has gone through its log-softmax.)

   A target that cannot be aligned (input length below target length + count of
   equal neighbours, or only paths of probability 0) has the loss +infinity, or 0
   with zero_infinity, and the gradient 0 either way (PyTorch gives NaN without
   zero_infinity). An empty target means blanks throughout; no steps and an empty
   target give the loss 0. Items of infinite loss count in the mean, as in PyTorch.
   PyTorch's reduction "mean" is by_length with LOSSFN_MEAN.

   Time O(input length x (2 target length + 1)) in logarithms, all in double.
   config NULL: the defaults. Errors: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE (no
   classes, too many elements, lengths out of range or not adding up),
   LOSSFN_ERROR_PARAMETER (blank), LOSSFN_ERROR_OPTION, LOSSFN_ERROR_LABEL,
   LOSSFN_ERROR_OVERLAP (accumulate into logits), LOSSFN_ERROR_SCRATCH.
   Source: A. Graves et al., Connectionist temporal classification, 2006. */
LOSSFN_DEF int lossfn_ctc_REAL(const REAL *logits, const int32_t *targets, const int32_t *input_lengths, const int32_t *target_lengths,
                               size_t steps, size_t n, size_t classes, size_t target_count,
                               const lossfn_ctc_config *config, const lossfn_options_REAL *options,
                               void *scratch, size_t scratch_size, REAL *loss, REAL *grad_logits);

/* Bytes of scratch it needs; longest_target is the largest of target_lengths. */
LOSSFN_DEF size_t lossfn_ctc_scratch_REAL(size_t steps, size_t longest_target);

//@once

/* The logarithm of 0: a finite number, so that it holds under -ffast-math, below
   which lies no logarithm that is meant. */
#define LFN_LOG_ZERO (-1e300)

LFN_UNUSED static int lfn_is_log_zero(double x) { return x < -1e299; }

/* log(e^a + e^b + e^c) */
LFN_UNUSED static double lfn_log_add(double a, double b, double c)
{
    double max = a > b ? a : b, sum;
    if (c > max) max = c;
    if (lfn_is_log_zero(a) && lfn_is_log_zero(b) && lfn_is_log_zero(c)) return LFN_LOG_ZERO;
    sum = lfn_is_log_zero(a) ? 0 : exp(a - max);
    if (!lfn_is_log_zero(b)) sum += exp(b - max);
    if (!lfn_is_log_zero(c)) sum += exp(c - max);
    return max + log(sum);
}

/* A target with blanks around and between its labels: state s of 2 length + 1 is
   a blank for even s, label s / 2 for odd s. */
typedef struct {
    const int32_t *labels;
    int32_t blank;
    size_t length, states;
} lfn_ctc_target;

LFN_UNUSED static int32_t lfn_ctc_class(const lfn_ctc_target *y, size_t s) { return s % 2 ? y->labels[s / 2] : y->blank; }

/* Whether a path may go from state s - 2 to s: over a blank between unlike labels. */
LFN_UNUSED static int lfn_ctc_skips(const lfn_ctc_target *y, size_t s)
{
    return s % 2 && s >= 3 && y->labels[s / 2] != y->labels[s / 2 - 1];
}

/* The states that are reached by step t and from which the end is reached:
   first .. last - 1. */
LFN_UNUSED static void lfn_ctc_band(const lfn_ctc_target *y, size_t t, size_t steps, size_t *first, size_t *last)
{
    const size_t left = 2 * (steps - t), reach = 2 * t + 2;
    *first = y->states > left ? y->states - left : 0;
    *last = reach < y->states ? reach : y->states;
}

//@shared

/* One call; the strides of a step and of an item in logits. */
typedef struct {
    lfn_items_REAL items;
    const REAL *logits;
    REAL *grad;
    size_t steps, n, classes, step_stride, item_stride;
    lossfn_ctc_config config;
    double *alpha;          /* steps x states */
    double *max, *log_sum;  /* of each step's softmax: log p = x - max - log_sum */
    double *beta, *next;    /* states each */
    double *emission;       /* states: log p of each state's class at one step */
} lfn_ctc_REAL;

//@kernel

/* The normaliser of each step; 0 for log-probabilities. */
LFN_FN void lfn_ctc_normalise(lfn_ctc_REAL *a, const REAL *x, size_t steps)
{
    size_t t;
    for (t = 0; t < steps; t++) {
        a->max[t] = a->log_sum[t] = 0;
        if (!a->config.log_probs) {
            const lfn_softmax s = lfn_softmax_of(x + t * a->step_stride, a->classes, NULL);
            a->max[t] = (double)s.max;
            a->log_sum[t] = s.log_sum;
        }
    }
}

LFN_FN void lfn_ctc_emit(const lfn_ctc_REAL *a, const REAL *row, const lfn_ctc_target *y, size_t t)
{
    size_t s;
    for (s = 0; s < y->states; s++)
        a->emission[s] = s && s % 2 == 0 ? a->emission[0] : ((double)row[lfn_ctc_class(y, s)] - a->max[t]) - a->log_sum[t];
}

/* alpha_t(s) = log of the probability of all paths that are in state s at step t:
   alpha_t(s) = log p_t(s) + log(e^alpha_{t-1}(s) + e^alpha_{t-1}(s-1) [+ e^alpha_{t-1}(s-2)]).
   Returns the log-probability of the target. */
LFN_FN double lfn_ctc_forward(lfn_ctc_REAL *a, const REAL *x, const lfn_ctc_target *y, size_t steps)
{
    double *row = a->alpha, *before = NULL;
    size_t t, s, first, last;
    if (!steps) return y->length ? LFN_LOG_ZERO : 0;
    for (t = 0; t < steps; t++, before = row, row += y->states) {
        lfn_ctc_emit(a, x + t * a->step_stride, y, t);
        lfn_ctc_band(y, t, steps, &first, &last);
        for (s = 0; s < y->states; s++) row[s] = LFN_LOG_ZERO;
        for (s = first; s < last; s++) {
            double from = s < 2 ? 0 : LFN_LOG_ZERO;
            if (before) from = lfn_log_add(before[s], s ? before[s - 1] : LFN_LOG_ZERO, lfn_ctc_skips(y, s) ? before[s - 2] : LFN_LOG_ZERO);
            row[s] = lfn_is_log_zero(from) ? LFN_LOG_ZERO : from + a->emission[s];
        }
    }
    return lfn_log_add(before[y->states - 1], y->states > 1 ? before[y->states - 2] : LFN_LOG_ZERO, LFN_LOG_ZERO);
}

/* beta_t(s), the same from state s at step t to the end, without log p_t(s); in
   next is beta_{t+1} + log p_{t+1}. */
LFN_FN void lfn_ctc_backward(lfn_ctc_REAL *a, const lfn_ctc_target *y, size_t t, size_t steps)
{
    size_t s, first, last;
    lfn_ctc_band(y, t, steps, &first, &last);
    for (s = 0; s < y->states; s++) a->beta[s] = LFN_LOG_ZERO;
    for (s = first; s < last; s++) {
        if (t + 1 == steps) a->beta[s] = s + 2 >= y->states ? 0 : LFN_LOG_ZERO;
        else a->beta[s] = lfn_log_add(a->next[s], s + 1 < y->states ? a->next[s + 1] : LFN_LOG_ZERO,
                                      s + 2 < y->states && lfn_ctc_skips(y, s + 2) ? a->next[s + 2] : LFN_LOG_ZERO);
    }
}

/* g = factor exp(x - shift), or added to g, or 0 for log-probabilities. g may be x. */
LFN_FN void lfn_ctc_softmax(const lfn_ctc_REAL *a, REAL *g, const REAL *x, size_t t, double scale)
{
    const lfn_vec shift = lfn_set1((REAL)a->max[t]), factor = lfn_set1((REAL)(scale * exp(-a->log_sum[t])));
    size_t k, m;
    if (a->config.log_probs) {
        if (!a->items.accumulate) lfn_fill(g, 0, a->classes);
        return;
    }
    for (k = 0; k < a->classes; k += m) {
        m = a->classes - k < LFN_LANES ? a->classes - k : LFN_LANES;
        lfn_put_part(g + k, factor * lfn_exp(lfn_load_part(x + k, m) - shift), m, a->items.accumulate);
    }
}

/* The gradient of an item of log-probability total, from the last step to the first. */
LFN_FN void lfn_ctc_gradient(lfn_ctc_REAL *a, const REAL *x, REAL *grad, const lfn_ctc_target *y, size_t steps, double total, double scale)
{
    size_t t, s, first, last;
    for (t = steps; t-- > 0;) {
        const double *alpha = a->alpha + t * y->states;
        const REAL *row = x + t * a->step_stride;
        REAL *g = grad + t * a->step_stride;
        double blanks = 0;
        lfn_ctc_backward(a, y, t, steps);
        lfn_ctc_emit(a, row, y, t);
        lfn_ctc_band(y, t, steps, &first, &last);
        lfn_ctc_softmax(a, g, row, t, scale);
        for (s = 0; s < y->states; s++) a->next[s] = LFN_LOG_ZERO;
        for (s = first; s < last; s++) {
            const double posterior = exp(alpha[s] + a->beta[s] - total);
            if (s % 2) g[y->labels[s / 2]] -= (REAL)(scale * posterior);
            else blanks += posterior;
            a->next[s] = lfn_is_log_zero(a->beta[s]) ? LFN_LOG_ZERO : a->beta[s] + a->emission[s];
        }
        g[y->blank] -= (REAL)(scale * blanks);
    }
}

/* Item i, with its target. */
LFN_FN void lfn_ctc_item(lfn_ctc_REAL *a, size_t i, const lfn_ctc_target *y, size_t steps)
{
    const REAL *x = lfn_at_REAL(a->logits, i * a->item_stride);
    REAL *grad = a->grad ? a->grad + i * a->item_stride : NULL;
    const double length = a->config.by_length && y->length ? (double)y->length : 1;
    const double scale = lfn_item_scale_REAL(&a->items, i) / length;
    const int skip = a->items.weight && a->items.weight[i] == 0;
    double total = 0, loss;
    size_t t, done = 0;
    if (!skip) {
        lfn_ctc_normalise(a, x, steps);
        total = lfn_ctc_forward(a, x, y, steps);
    }
    loss = 0 - total / length;
    if (lfn_is_log_zero(total)) loss = a->config.zero_infinity ? 0 : HUGE_VAL;
    lfn_item_loss_REAL(&a->items, i, loss);
    if (!grad) return;
    if (!skip && scale != 0 && !lfn_is_log_zero(total)) {
        lfn_ctc_gradient(a, x, grad, y, steps, total, scale);
        done = steps;
    }
    for (t = done; !a->items.accumulate && t < a->steps; t++) lfn_fill(grad + t * a->step_stride, 0, a->classes);
}

//@impl

LOSSFN_DEF size_t lossfn_ctc_scratch_REAL(size_t steps, size_t longest_target)
{
    const size_t states = lfn_add(lfn_mul(2, longest_target), 1);
    size_t room = lfn_piece(lfn_mul(steps, states), sizeof(double));
    room = lfn_add(room, lfn_mul(2, lfn_piece(steps, sizeof(double))));
    return lfn_add(room, lfn_mul(3, lfn_piece(states, sizeof(double))));
}

LFN_FN void lfn_ctc_cut(lfn_ctc_REAL *a, size_t longest, void *scratch)
{
    const size_t states = 2 * longest + 1;
    a->alpha = (double *)lfn_cut(&scratch, a->steps * states, sizeof(double));
    a->max = (double *)lfn_cut(&scratch, a->steps, sizeof(double));
    a->log_sum = (double *)lfn_cut(&scratch, a->steps, sizeof(double));
    a->beta = (double *)lfn_cut(&scratch, states, sizeof(double));
    a->next = (double *)lfn_cut(&scratch, states, sizeof(double));
    a->emission = (double *)lfn_cut(&scratch, states, sizeof(double));
}

/* Lengths in range and adding up; the longest target. */
LFN_FN int lfn_ctc_lengths(const int32_t *input_lengths, const int32_t *target_lengths, size_t steps, size_t n, size_t target_count, size_t *longest)
{
    size_t i, sum = 0;
    *longest = 0;
    for (i = 0; i < n; i++) {
        const size_t length = (size_t)target_lengths[i];
        if (input_lengths[i] < 0 || (size_t)input_lengths[i] > steps) return LOSSFN_ERROR_SIZE;
        if (target_lengths[i] < 0 || length > target_count - sum) return LOSSFN_ERROR_SIZE;
        sum += length;
        if (length > *longest) *longest = length;
    }
    return sum == target_count ? LOSSFN_OK : LOSSFN_ERROR_SIZE;
}

LOSSFN_DEF int lossfn_ctc_REAL(const REAL *logits, const int32_t *targets, const int32_t *input_lengths, const int32_t *target_lengths,
                               size_t steps, size_t n, size_t classes, size_t target_count,
                               const lossfn_ctc_config *config, const lossfn_options_REAL *options,
                               void *scratch, size_t scratch_size, REAL *loss, REAL *grad_logits)
{
    lfn_ctc_REAL a;
    lfn_ctc_target y;
    size_t i, k, longest;
    int status;
    memset(&a, 0, sizeof a);
    a.config = config ? *config : lossfn_ctc_defaults();
    if ((n && (!input_lengths || !target_lengths || (steps && classes && !logits))) || (target_count && !targets)) return LOSSFN_ERROR_NULL;
    if (!classes || classes > INT32_MAX || lfn_too_big(lfn_mul(lfn_mul(steps, n), classes), sizeof(REAL))
        || lfn_too_big(n, sizeof(REAL)) || lfn_too_big(target_count, sizeof(int32_t))) return LOSSFN_ERROR_SIZE;
    status = lfn_ctc_lengths(input_lengths, target_lengths, steps, n, target_count, &longest);
    if (status) return status;
    if (a.config.blank < 0 || (size_t)a.config.blank >= classes) return LOSSFN_ERROR_PARAMETER;
    status = lfn_items_begin(&a.items, options, loss);
    if (status) return status;
    for (k = 0; k < target_count; k++)
        if (targets[k] < 0 || (size_t)targets[k] >= classes || targets[k] == a.config.blank) return LOSSFN_ERROR_LABEL;
    if (a.items.accumulate && grad_logits && grad_logits == logits && n && steps) return LOSSFN_ERROR_OVERLAP;
    if (!scratch || scratch_size < lossfn_ctc_scratch_REAL(steps, longest)) return LOSSFN_ERROR_SCRATCH;
    a.logits = logits;
    a.grad = grad_logits;
    a.steps = steps;
    a.n = n;
    a.classes = classes;
    a.step_stride = a.config.batch_first ? classes : n * classes;
    a.item_stride = a.config.batch_first ? steps * classes : classes;
    lfn_ctc_cut(&a, longest, scratch);
    lfn_items_scale(&a.items, lfn_items_count(&a.items, n));
    y.labels = targets;
    y.blank = a.config.blank;
    for (i = 0; i < n; i++) {
        y.length = (size_t)target_lengths[i];
        y.states = 2 * y.length + 1;
        LFN_CALL(lfn_ctc_item, (&a, i, &y, (size_t)input_lengths[i]));
        if (y.length) y.labels += y.length;
    }
    return lfn_items_end(&a.items);
}

//@last

LOSSFN_DEF lossfn_ctc_config lossfn_ctc_defaults(void)
{
    lossfn_ctc_config config;
    memset(&config, 0, sizeof config);
    return config;
}
