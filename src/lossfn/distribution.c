//@family Distributions: likelihoods and divergences of parameters

//@api

/* ---- distributions -----------------------------------------------------------------

   Losses of the parameters of a distribution, with the gradient in each of them.
   Any gradient may be NULL, and may be exactly one of the inputs unless it
   accumulates. Errors of all: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE,
   LOSSFN_ERROR_OPTION, LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OVERLAP (two outputs
   share memory, an output lies across an input, or accumulates into one). */

/* Gaussian negative log-likelihood of targets t under a mean mu and a variance,
   n values each; an item is one value. With e = mu - t:
   log_variance 0: variance is the variance, v = max(variance, eps),
     loss = (log(v) + e^2 / v) / 2, gradient in mu e / v, in t -e / v,
     in variance (1 - e^2 / v) / (2 v), and 0 where variance <= eps;
   log_variance nonzero: variance is its logarithm s, any number,
     loss = (s + e^2 exp(-s)) / 2, gradient in mu e exp(-s), in t -e exp(-s),
     in s (1 - e^2 exp(-s)) / 2. No clamp, nothing to get stuck at: prefer it when
     a network gives the variance.
   full nonzero adds log(2 pi) / 2, which makes it the exact likelihood.
   eps > 0, usually 1e-6, is used with log_variance 0 only. A variance at the
   clamp passes no gradient, as the loss does not depend on it there; PyTorch's
   gaussian_nll_loss, otherwise the same, clamps behind the back of its automatic
   differentiation and gives (1 - e^2 / eps) / (2 eps) there (times -5e11 for
   e = 1), and refuses negative variances, which here count as eps.
   Source: D. Nix, A. Weigend, Estimating the mean and variance of the target
   probability distribution, 1994. */
LOSSFN_DEF int lossfn_gaussian_nll_REAL(const REAL *mean, const REAL *variance, const REAL *target, size_t n,
                                        int log_variance, int full, double eps, const lossfn_options_REAL *options,
                                        REAL *loss, REAL *grad_mean, REAL *grad_variance, REAL *grad_target);

/* The Kullback-Leibler divergence of a variational autoencoder's posterior from
   the standard normal prior, KL(N(mu, diag exp(s)) || N(0, 1)), in closed form:
   loss = sum_j (mu_j^2 + exp(s_j) - 1 - s_j) / 2,
   gradient in mu_j mu_j, in s_j (exp(s_j) - 1) / 2.
   mean and log_variance are rows x width; an item is a row: the sum over the
   latent dimensions, the default reduction the mean over rows (implementations
   that take the mean over the dimensions too scale their beta by the width).
   log_variance is not clamped.
   Source: D. Kingma, M. Welling, Auto-encoding variational Bayes, 2013,
   arXiv 1312.6114, appendix B. */
LOSSFN_DEF int lossfn_vae_kl_REAL(const REAL *mean, const REAL *log_variance, size_t rows, size_t width,
                                  const lossfn_options_REAL *options, REAL *loss, REAL *grad_mean, REAL *grad_log_variance);

//@point

/* The loss with its derivatives in the mean and in the variance (or its logarithm). */
typedef struct {
    lfn_vec loss, mean, variance;
} lfn_gaussian_terms;

/* variance is v > 0 itself; clamped: where it stands for a smaller one */
LFN_INLINE lfn_gaussian_terms lfn_gaussian_point(lfn_vec mean, lfn_vec v, lfn_mask clamped, lfn_vec target)
{
    lfn_gaussian_terms p;
    const lfn_vec e = mean - target, ratio = e / v, square = e * ratio;
    p.loss = LFN_K(0.5) * (lfn_log(v) + square);
    p.mean = ratio;
    p.variance = lfn_keep(lfn_not(clamped), LFN_K(0.5) * (lfn_set1(LFN_K(1)) - square) / v);
    return p;
}

/* s is the logarithm of the variance */
LFN_INLINE lfn_gaussian_terms lfn_gaussian_log_point(lfn_vec mean, lfn_vec s, lfn_vec target)
{
    lfn_gaussian_terms p;
    const lfn_vec e = mean - target, ratio = e * lfn_exp(-s), square = e * ratio;
    p.loss = LFN_K(0.5) * (s + square);
    p.mean = ratio;
    p.variance = LFN_K(0.5) * (lfn_set1(LFN_K(1)) - square);
    return p;
}

//@shared

typedef struct {
    lfn_items_REAL items;
    const REAL *mean, *variance, *target;
    REAL *grad_mean, *grad_variance, *grad_target;
    size_t n;
    int log_variance, full;
    REAL eps;
} lfn_gaussian_REAL;

//@kernel

LFN_FN void lfn_gaussian_run(lfn_gaussian_REAL *a)
{
    const lfn_vec eps = lfn_set1(a->eps), more = lfn_set1(a->full ? LFN_K(0.91893853320467274178) : LFN_K(0));
    REAL loss[LFN_BLOCK], by_mean[LFN_BLOCK], by_variance[LFN_BLOCK];
    size_t first, count, k, m;
    for (first = 0; first < a->n; first += count) {
        count = a->n - first < LFN_BLOCK ? a->n - first : LFN_BLOCK;
        for (k = 0; k < count; k += m) {
            lfn_gaussian_terms p;
            lfn_vec mean, variance, target;
            m = count - k < LFN_LANES ? count - k : LFN_LANES;
            mean = lfn_load_part(a->mean + first + k, m);
            variance = lfn_load_part(a->variance + first + k, m);
            target = lfn_load_part(a->target + first + k, m);
            if (a->log_variance) p = lfn_gaussian_log_point(mean, variance, target);
            else p = lfn_gaussian_point(mean, lfn_max(eps, variance), variance <= eps, target);
            lfn_store_part(loss + k, p.loss + more, m);
            lfn_store_part(by_mean + k, p.mean, m);
            lfn_store_part(by_variance + k, p.variance, m);
        }
        lfn_take_losses(&a->items, first, loss, count);
        lfn_take_grads(&a->items, first, a->grad_mean, by_mean, 1, count);
        lfn_take_grads(&a->items, first, a->grad_variance, by_variance, 1, count);
        lfn_take_grads(&a->items, first, a->grad_target, by_mean, -1, count);
    }
}

/* input is the mean, targets the log variance */
LFN_FN void lfn_vae_kl_rows(lfn_soft_rows_REAL *s)
{
    lfn_rows_REAL *a = &s->rows;
    const size_t n = a->columns;
    size_t i, k, m, end;
    for (i = 0; i < a->rows; i++) {
        const REAL *mean = lfn_at_REAL(a->input, i * n), *variance = lfn_at_REAL(s->targets, i * n);
        REAL *gm = a->grad ? a->grad + i * n : NULL, *gv = s->grad_targets ? s->grad_targets + i * n : NULL;
        double loss = 0;
        lfn_vec scale;
        if (lfn_skip_row(a, i)) {
            if (gv && !a->items.accumulate) lfn_fill(gv, 0, n);
            continue;
        }
        scale = lfn_set1((REAL)lfn_item_scale_REAL(&a->items, i));
        for (k = 0; k < n;) {
            lfn_vec sum = lfn_zero();
            end = n - k < LFN_RUN * LFN_LANES ? n : k + LFN_RUN * LFN_LANES;
            for (; k < end; k += m) {
                lfn_vec mu, v, over, out;
                m = end - k < LFN_LANES ? end - k : LFN_LANES;
                mu = lfn_load_part(mean + k, m);
                v = lfn_load_part(variance + k, m);
                over = lfn_expm1(v);
                sum += lfn_keep(lfn_first(m), mu * mu + (over - v));
                if (gm) {
                    out = scale * mu;
                    lfn_put_part(gm + k, out, m, a->items.accumulate);
                }
                if (gv) {
                    out = scale * (LFN_K(0.5) * over);
                    lfn_put_part(gv + k, out, m, a->items.accumulate);
                }
            }
            loss += lfn_hsum(sum);
        }
        lfn_item_loss_REAL(&a->items, i, 0.5 * loss);
    }
}

//@impl

LOSSFN_DEF int lossfn_gaussian_nll_REAL(const REAL *mean, const REAL *variance, const REAL *target, size_t n,
                                        int log_variance, int full, double eps, const lossfn_options_REAL *options,
                                        REAL *loss, REAL *grad_mean, REAL *grad_variance, REAL *grad_target)
{
    lfn_gaussian_REAL a;
    lfn_span in[3], out[3];
    int status;
    memset(&a, 0, sizeof a);
    if (n && (!mean || !variance || !target)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return LOSSFN_ERROR_SIZE;
    if (!lfn_is_positive(eps)) return LOSSFN_ERROR_PARAMETER;
    status = lfn_items_begin(&a.items, options, loss);
    if (status) return status;
    in[0] = lfn_span_of(mean, n, sizeof(REAL));
    in[1] = lfn_span_of(variance, n, sizeof(REAL));
    in[2] = lfn_span_of(target, n, sizeof(REAL));
    out[0] = lfn_span_of(grad_mean, n, sizeof(REAL));
    out[1] = lfn_span_of(grad_variance, n, sizeof(REAL));
    out[2] = lfn_span_of(grad_target, n, sizeof(REAL));
    if (lfn_spans_clash(in, 3, out, 3, !a.items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    lfn_items_scale(&a.items, lfn_items_count(&a.items, n));
    a.mean = mean;
    a.variance = variance;
    a.target = target;
    a.grad_mean = grad_mean;
    a.grad_variance = grad_variance;
    a.grad_target = grad_target;
    a.n = n;
    a.log_variance = log_variance;
    a.full = full;
    a.eps = (REAL)eps;
    LFN_CALL(lfn_gaussian_run, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int lossfn_vae_kl_REAL(const REAL *mean, const REAL *log_variance, size_t rows, size_t width,
                                  const lossfn_options_REAL *options, REAL *loss, REAL *grad_mean, REAL *grad_log_variance)
{
    lfn_soft_rows_REAL s;
    int status = lfn_dense_rows_begin(&s.rows, mean, log_variance, rows, width, options, loss, grad_mean, grad_log_variance);
    if (status) return status;
    s.targets = log_variance;
    s.grad_targets = grad_log_variance;
    LFN_CALL(lfn_vae_kl_rows, (&s));
    return lfn_items_end(&s.rows.items);
}
