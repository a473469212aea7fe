//@family Preference: direct preference optimisation of language models

//@api

/* ---- preference ------------------------------------------------------------------- */

/* The forms of direct preference optimisation, with h as below, the sigmoid
   S(x) = 1 / (1 + exp(-x)), l(x) = log(1 + exp(-x)) and the label smoothing e:

   LOSSFN_DPO_SIGMOID  loss = (1 - e) l(beta h) + e l(-beta h),
                       derivative beta (S(beta h) - (1 - e)); e > 0 is conservative
                       DPO (labels wrong with probability e). 0 <= e <= 1/2
   LOSSFN_DPO_ROBUST   loss = ((1 - e) l(beta h) - e l(-beta h)) / (1 - 2 e),
                       derivative -beta ((1 - e) S(-beta h) + e S(beta h)) / (1 - 2 e):
                       unbiased under such labels, unbounded below. 0 <= e < 1/2
   LOSSFN_DPO_HINGE    loss = max(0, 1 - beta h), derivative -beta where it is
                       positive, 0 elsewhere and at the kink (SLiC). e must be 0
   LOSSFN_DPO_IPO      loss = (h - 1 / (2 beta))^2, derivative 2 (h - 1 / (2 beta)).
                       e must be 0 */
enum {
    LOSSFN_DPO_SIGMOID = 0,
    LOSSFN_DPO_ROBUST = 1,
    LOSSFN_DPO_HINGE = 2,
    LOSSFN_DPO_IPO = 3
};

/* Direct preference optimisation of n pairs of answers, a chosen and a rejected
   one, from their log-probabilities under the policy and under the reference:
   h = (policy_chosen - policy_rejected) - (reference_chosen - reference_rejected),
   loss = f(h) of the form; gradients f'(h) in policy_chosen and
   reference_rejected, -f'(h) in policy_rejected and reference_chosen.
   Log-probabilities are sums over the tokens of an answer. For
   LOSSFN_DPO_IPO the scale 1 / (2 beta) depends on that: TRL and the authors of
   IPO average over the tokens, so give averages to agree with them.
   reference_chosen and reference_rejected NULL: without a reference, both 0.
   beta > 0, usually 0.1 (0.01 to 0.5); label_smoothing e as above, usually 0.
   An item is a pair. A gradient may be exactly an input unless it accumulates.
   Errors: LOSSFN_ERROR_NULL (one reference without the other, too),
   LOSSFN_ERROR_SIZE, LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OPTION (an unknown
   form), LOSSFN_ERROR_OVERLAP (two outputs share memory, an output lies across an
   input, or accumulates into one).
   Sources: R. Rafailov et al., Direct preference optimization, 2023,
   arXiv 2305.18290; E. Mitchell, A note on DPO with noisy preferences, 2023;
   S. Chowdhury et al., Provably robust DPO, 2024, arXiv 2403.00409; Y. Zhao et
   al., SLiC-HF, 2023, arXiv 2305.10425; M. Azar et al., A general theoretical
   paradigm (IPO), 2023, arXiv 2310.12036. */
LOSSFN_DEF int lossfn_dpo_REAL(const REAL *policy_chosen, const REAL *policy_rejected, const REAL *reference_chosen,
                               const REAL *reference_rejected, size_t n, int form, double beta, double label_smoothing,
                               const lossfn_options_REAL *options, REAL *loss, REAL *grad_policy_chosen,
                               REAL *grad_policy_rejected, REAL *grad_reference_chosen, REAL *grad_reference_rejected);

//@shared

typedef struct {
    lfn_items_REAL items;
    const REAL *input[4];       /* policy chosen, rejected, reference chosen, rejected */
    REAL *grad[4];
    size_t n;
    int form;
    double beta, smoothing;
} lfn_dpo_REAL;

//@kernel

/* Loss and derivative of the form at h. */
LFN_INLINE lfn_point lfn_dpo_at(const lfn_dpo_REAL *a, lfn_vec h)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), beta = lfn_set1((REAL)a->beta), x = beta * h;
    const lfn_vec e = lfn_set1((REAL)a->smoothing), rest = one - e;
    lfn_point p;
    p.hess = lfn_zero();
    if (a->form == LOSSFN_DPO_HINGE) {
        const lfn_vec v = one - x;
        const lfn_mask flat = v <= lfn_zero();
        p.loss = lfn_keep(lfn_not(flat), v);
        p.grad = lfn_keep(lfn_not(flat), -beta);
    } else if (a->form == LOSSFN_DPO_IPO) {
        const lfn_vec v = h - lfn_set1((REAL)(0.5 / a->beta));
        p.loss = v * v;
        p.grad = v + v;
    } else if (a->smoothing == 0) {
        p.loss = lfn_softplus(-x);
        p.grad = -beta * lfn_sigmoid(-x);
    } else if (a->form == LOSSFN_DPO_SIGMOID) {
        p.loss = rest * lfn_softplus(-x) + e * lfn_softplus(x);
        p.grad = beta * (e * lfn_sigmoid(x) - rest * lfn_sigmoid(-x));
    } else {
        const lfn_vec factor = lfn_set1((REAL)(1 / (1 - 2 * a->smoothing)));
        p.loss = factor * (rest * lfn_softplus(-x) - e * lfn_softplus(x));
        p.grad = -beta * factor * (rest * lfn_sigmoid(-x) + e * lfn_sigmoid(x));
    }
    return p;
}

LFN_FN void lfn_dpo_run(lfn_dpo_REAL *a)
{
    REAL loss[LFN_BLOCK], slope[LFN_BLOCK];
    size_t first, count, k, m;
    for (first = 0; first < a->n; first += count) {
        count = a->n - first < LFN_BLOCK ? a->n - first : LFN_BLOCK;
        for (k = 0; k < count; k += m) {
            lfn_vec h;
            lfn_point p;
            m = count - k < LFN_LANES ? count - k : LFN_LANES;
            h = lfn_load_part(a->input[0] + first + k, m) - lfn_load_part(a->input[1] + first + k, m);
            if (a->input[2]) h -= lfn_load_part(a->input[2] + first + k, m) - lfn_load_part(a->input[3] + first + k, m);
            p = lfn_dpo_at(a, h);
            lfn_store_part(loss + k, p.loss, m);
            lfn_store_part(slope + k, p.grad, m);
        }
        lfn_take_losses(&a->items, first, loss, count);
        lfn_take_grads(&a->items, first, a->grad[0], slope, 1, count);
        lfn_take_grads(&a->items, first, a->grad[1], slope, -1, count);
        lfn_take_grads(&a->items, first, a->grad[2], slope, -1, count);
        lfn_take_grads(&a->items, first, a->grad[3], slope, 1, count);
    }
}

//@impl

LOSSFN_DEF int lossfn_dpo_REAL(const REAL *policy_chosen, const REAL *policy_rejected, const REAL *reference_chosen,
                               const REAL *reference_rejected, size_t n, int form, double beta, double label_smoothing,
                               const lossfn_options_REAL *options, REAL *loss, REAL *grad_policy_chosen,
                               REAL *grad_policy_rejected, REAL *grad_reference_chosen, REAL *grad_reference_rejected)
{
    lfn_dpo_REAL a;
    lfn_span in[4], out[4];
    int status, k;
    memset(&a, 0, sizeof a);
    if (n && (!policy_chosen || !policy_rejected || !reference_chosen != !reference_rejected)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return LOSSFN_ERROR_SIZE;
    if (form < LOSSFN_DPO_SIGMOID || form > LOSSFN_DPO_IPO) return LOSSFN_ERROR_OPTION;
    if (!lfn_is_positive(beta) || !lfn_is_finite(0.5 / beta)) return LOSSFN_ERROR_PARAMETER;
    if (!lfn_is_within(label_smoothing, 0, form == LOSSFN_DPO_HINGE || form == LOSSFN_DPO_IPO ? 0 : 0.5)
        || (form == LOSSFN_DPO_ROBUST && !lfn_is_finite(1 / (1 - 2 * label_smoothing)))) return LOSSFN_ERROR_PARAMETER;
    status = lfn_items_begin(&a.items, options, loss);
    if (status) return status;
    a.input[0] = policy_chosen;
    a.input[1] = policy_rejected;
    a.input[2] = reference_chosen;
    a.input[3] = reference_rejected;
    a.grad[0] = grad_policy_chosen;
    a.grad[1] = grad_policy_rejected;
    a.grad[2] = grad_reference_chosen;
    a.grad[3] = grad_reference_rejected;
    for (k = 0; k < 4; k++) {
        in[k] = lfn_span_of(a.input[k], n, sizeof(REAL));
        out[k] = lfn_span_of(a.grad[k], n, sizeof(REAL));
    }
    if (lfn_spans_clash(in, 4, out, 4, !a.items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    lfn_items_scale(&a.items, lfn_items_count(&a.items, n));
    a.n = n;
    a.form = form;
    a.beta = beta;
    a.smoothing = label_smoothing;
    LFN_CALL(lfn_dpo_run, (&a));
    return lfn_items_end(&a.items);
}
