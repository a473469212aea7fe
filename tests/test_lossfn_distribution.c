/* Losses of distributions' parameters: golden values, the clamp, limits. */
#include "lossfn.h"
#include "golden_compare.h"
#include "golden/lossfn_distribution.inc"

enum { N = COUNT(nll_mean), ROWS = COUNT(kl_loss), CELLS = COUNT(kl_mean) };

static void golden_f64(void)
{
    double loss[N], gm[N], gv[N], gt[N], s[N];
    lossfn_options_f64 o;
    size_t i;
    memset(&o, 0, sizeof o);
    o.reduction = LOSSFN_NONE;
    check(lossfn_gaussian_nll_f64(nll_mean, nll_variance, nll_target, N, 0, 0, 1e-6, &o, loss, gm, gv, gt) == LOSSFN_OK, "nll");
    compare("nll", loss, 64, nll_loss, N, 1e-14);
    compare("nll by mean", gm, 64, nll_by_mean, N, 1e-14);
    compare("nll by variance", gv, 64, nll_by_variance, N, 1e-14);
    compare("nll by target", gt, 64, nll_by_target, N, 1e-14);
    lossfn_gaussian_nll_f64(nll_mean, nll_variance, nll_target, N, 0, 1, 1e-6, &o, loss, NULL, NULL, NULL);
    compare("nll full", loss, 64, nll_loss_full, N, 1e-14);
    for (i = 0; i < N; i++) s[i] = log(nll_variance[i]);
    lossfn_gaussian_nll_f64(nll_mean, s, nll_target, N, 1, 1, 1e-6, &o, loss, gm, gv, gt);
    compare("nll, log variance", loss, 64, nll_loss_full, N, 1e-13);
    compare("nll, log variance, by mean", gm, 64, nll_by_mean, N, 1e-13);
    compare("nll, log variance, by it", gv, 64, nll_by_log_variance, N, 1e-13);
    compare("nll, log variance, by target", gt, 64, nll_by_target, N, 1e-13);
    check(lossfn_vae_kl_f64(kl_mean, kl_log_variance, ROWS, CELLS / ROWS, &o, loss, gm, gv) == LOSSFN_OK, "kl");
    compare("kl", loss, 64, kl_loss, ROWS, 1e-14);
    compare("kl by mean", gm, 64, kl_by_mean, CELLS, 1e-14);
    compare("kl by log variance", gv, 64, kl_by_log_variance, CELLS, 1e-14);
}

static void golden_f32(void)
{
    float loss[N], gm[N], gv[N], gt[N];
    float *mean = (float *)numbers(nll_mean, N, 32), *variance = (float *)numbers(nll_variance, N, 32), *target = (float *)numbers(nll_target, N, 32);
    float *mu = (float *)numbers(kl_mean, CELLS, 32), *s = (float *)numbers(kl_log_variance, CELLS, 32);
    lossfn_options_f32 o;
    memset(&o, 0, sizeof o);
    o.reduction = LOSSFN_NONE;
    lossfn_gaussian_nll_f32(mean, variance, target, N, 0, 0, 1e-6, &o, loss, gm, gv, gt);
    compare("nll", loss, 32, nll_loss, N, 1e-6);
    compare("nll by mean", gm, 32, nll_by_mean, N, 1e-6);
    compare("nll by variance", gv, 32, nll_by_variance, N, 1e-6);
    compare("nll by target", gt, 32, nll_by_target, N, 1e-6);
    lossfn_vae_kl_f32(mu, s, ROWS, CELLS / ROWS, &o, loss, gm, gv);
    compare("kl", loss, 32, kl_loss, ROWS, 1e-6);
    compare("kl by mean", gm, 32, kl_by_mean, CELLS, 1e-6);
    compare("kl by log variance", gv, 32, kl_by_log_variance, CELLS, 1e-6);
    free(mean); free(variance); free(target); free(mu); free(s);
}

/* Variances at, below and just above the clamp, and far negative log variances. */
static void limits(void)
{
    static const double mean[5] = {1, 1, 1, 1, 1}, variance[5] = {0, -3, 0.25, 0.25000001, 0.1}, target[5] = {0, 0, 0, 0, 1};
    double loss[5], gm[5], gv[5], s[2] = {-800, 800}, mu[2] = {1, 1}, t[2] = {1, 1};
    lossfn_options_f64 o;
    int i;
    memset(&o, 0, sizeof o);
    o.reduction = LOSSFN_NONE;
    lossfn_gaussian_nll_f64(mean, variance, target, 5, 0, 0, 0.25, &o, loss, gm, gv, NULL);
    for (i = 0; i < 3; i++)
        check(close_to(loss[i], 0.5 * (log(0.25) + 4), 1e-15, 0) && gm[i] == 4 && gv[i] == 0, "clamped variance %g: %g %g %g", variance[i], loss[i], gm[i], gv[i]);
    check(close_to(gv[3], -6, 1e-6, 0), "just above the clamp: %g", gv[3]);
    check(gm[4] == 0 && gv[4] == 0 && close_to(loss[4], 0.5 * log(0.25), 1e-15, 0), "clamped, no error");
    lossfn_gaussian_nll_f64(mu, s, t, 2, 1, 0, 1e-6, &o, loss, gm, gv, NULL);
    check(loss[1] == 400 && gm[1] == 0 && gv[1] == 0.5, "log variance 800: %g %g %g", loss[1], gm[1], gv[1]);
    s[0] = -1e-9;
    mu[0] = 0;
    lossfn_vae_kl_f64(mu, s, 1, 1, NULL, loss, gm, gv);
    check(loss[0] >= 0 && loss[0] < 1e-17 && close_to(gv[0], -5e-10, 1e-8, 0), "close to the prior: %g %g", loss[0], gv[0]);
    s[0] = 0;
    lossfn_vae_kl_f64(mu, s, 1, 1, NULL, loss, gm, gv);
    check(loss[0] == 0 && gm[0] == 0 && gv[0] == 0, "the prior itself");
    s[0] = -INFINITY;
    lossfn_vae_kl_f64(mu, s, 1, 1, NULL, loss, gm, gv);
    check(isinf(loss[0]) && gv[0] == -0.5, "no variance: %g %g", loss[0], gv[0]);
    check(lossfn_vae_kl_f64(mu, s, 3, 0, NULL, loss, gm, gv) == LOSSFN_OK && loss[0] == 0, "no dimensions");
}

/* Gradients over every input; overlaps that are not in place. */
static void buffers(void)
{
    double a[3][4] = {{1, 2, 3, 4}, {0.5, 1, 2, 3}, {0, 1, 0, 1}}, want[3][4], loss, room[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    lossfn_options_f64 o;
    memset(&o, 0, sizeof o);
    lossfn_gaussian_nll_f64(a[0], a[1], a[2], 4, 0, 0, 1e-6, NULL, &loss, want[0], want[1], want[2]);
    check(lossfn_gaussian_nll_f64(a[0], a[1], a[2], 4, 0, 0, 1e-6, NULL, &loss, a[1], a[2], a[0]) == LOSSFN_OK, "over the inputs");
    check(memcmp(a[1], want[0], sizeof a[1]) == 0 && memcmp(a[2], want[1], sizeof a[2]) == 0 && memcmp(a[0], want[2], sizeof a[0]) == 0, "same gradients");
    check(lossfn_gaussian_nll_f64(room, room + 4, room, 4, 0, 0, 1e-6, NULL, &loss, room + 1, NULL, NULL) == LOSSFN_ERROR_OVERLAP, "across an input");
    check(lossfn_gaussian_nll_f64(room, room + 4, room, 4, 0, 0, 1e-6, NULL, &loss, want[0], want[0], NULL) == LOSSFN_ERROR_OVERLAP, "two in one");
    check(lossfn_vae_kl_f64(room, room + 4, 1, 4, NULL, &loss, room + 2, NULL) == LOSSFN_ERROR_OVERLAP, "across the means");
    o.accumulate = 1;
    check(lossfn_gaussian_nll_f64(room, room + 4, room, 4, 0, 0, 1e-6, &o, &loss, NULL, room, NULL) == LOSSFN_ERROR_OVERLAP, "accumulate in place");
}

int main(void)
{
    golden_f64();
    golden_f32();
    limits();
    buffers();
    engine_close();
    return engine_failed != 0;
}
