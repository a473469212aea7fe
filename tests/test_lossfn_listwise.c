/* Ranking losses: golden values, ties, empty and single lists, documents of no list, NaN. */
#include "lossfn.h"
#include "golden_compare.h"
#include "golden/lossfn_listwise.inc"

enum { N = COUNT(list_scores), LISTS = COUNT(list_offsets) - 1 };

static double room_f64[4000];
static float room_f32[4000];
static lossfn_options_f64 each;
static lossfn_options_f32 each_f32;

static void golden_list_net(void)
{
    double l[LISTS], g[N], h[N];
    float lf[LISTS], gf[N], hf[N], *x = (float *)numbers(list_scores, N, 32), *y = (float *)numbers(list_relevance, N, 32);
    check(lossfn_list_net_f64(list_scores, list_relevance, N, list_offsets, LISTS, &each, l, g, h) == LOSSFN_OK, "list_net");
    compare("list_net", l, 64, list_net, LISTS, 1e-14);
    compare("list_net by scores", g, 64, list_net_scores, N, 1e-14);
    compare("list_net by relevance", h, 64, list_net_relevance, N, 1e-14);
    lossfn_list_net_f32(x, y, N, list_offsets, LISTS, &each_f32, lf, gf, hf);
    compare("list_net", lf, 32, list_net, LISTS, 1e-6);
    compare("list_net by scores", gf, 32, list_net_scores, N, 1e-6);
    compare("list_net by relevance", hf, 32, list_net_relevance, N, 1e-6);
    free(x); free(y);
}

/* On every instruction set: the generic engine does not see normalised gradients. */
static void golden_rank(const char *name, double sigma, size_t truncation, int normalise, int linear,
                        const double *loss, const double *grad, const double *hess)
{
    double l[LISTS], g[N], h[N];
    float lf[LISTS], gf[N], hf[N], *x = (float *)numbers(list_scores, N, 32), *y = (float *)numbers(list_relevance, N, 32);
    lossfn_lambda_rank_config c = lossfn_lambda_rank_defaults();
    int isa, best = lossfn_isa();
    c.sigma = sigma;
    c.truncation = truncation;
    c.normalise = normalise;
    c.linear_gain = linear;
    for (isa = 0; isa < 4; isa++) {
        if (!lossfn_isa_force(isa)) continue;
        check(lossfn_lambda_rank_f64(list_scores, list_relevance, N, list_offsets, LISTS, &c, &each, room_f64, sizeof room_f64, l, g, h) == LOSSFN_OK, "%s", name);
        compare(name, l, 64, loss, LISTS, 1e-13);
        compare(name, g, 64, grad, N, 1e-13);
        compare(name, h, 64, hess, N, 1e-13);
        check(lossfn_lambda_rank_f32(x, y, N, list_offsets, LISTS, &c, &each_f32, room_f32, sizeof room_f32, lf, gf, hf) == LOSSFN_OK, "%s", name);
        compare(name, lf, 32, loss, LISTS, 2e-6);
        compare(name, gf, 32, grad, N, 5e-6);
        compare(name, hf, 32, hess, N, 5e-6);
    }
    lossfn_isa_force(best);
    free(x); free(y);
}

/* Accumulation and scale of a normalised gradient, which the engine leaves out. */
static void normalised_contracts(void)
{
    double g[N], h[N], twice[N], loss, upstream = -2;
    lossfn_options_f64 o;
    lossfn_lambda_rank_config c = lossfn_lambda_rank_defaults();
    size_t i;
    memset(&o, 0, sizeof o);
    c.normalise = 1;
    lossfn_lambda_rank_f64(list_scores, list_relevance, N, list_offsets, LISTS, &c, &o, room_f64, sizeof room_f64, &loss, g, h);
    o.upstream = &upstream;
    o.accumulate = 1;
    for (i = 0; i < N; i++) twice[i] = 3 * g[i];
    lossfn_lambda_rank_f64(list_scores, list_relevance, N, list_offsets, LISTS, &c, &o, room_f64, sizeof room_f64, NULL, twice, NULL);
    compare("accumulated", twice, 64, g, N, 1e-14);
    o.accumulate = 0;
    o.upstream = NULL;
    memcpy(twice, list_scores, sizeof twice);
    lossfn_lambda_rank_f64(twice, list_relevance, N, list_offsets, LISTS, &c, &o, room_f64, sizeof room_f64, &loss, twice, NULL);
    check(memcmp(twice, g, sizeof g) == 0, "over the scores");
}

static void hard_points(void)
{
    static const size_t two[3] = {1, 3, 3}, one[2] = {0, 1}, all[2] = {0, 4};
    double x[4] = {9, 1, 2, 9}, y[4] = {9, 1, 0, 9}, loss[2], g[4], h[4];
    int k;
    /* list 0 is (1, 2) with relevance (1, 0), list 1 is empty, the ends belong to no list */
    check(lossfn_list_net_f64(x, y, 4, two, 2, &each, loss, g, h) == LOSSFN_OK, "two lists");
    check(close_to(loss[0], log(1 + exp(1.0)) - 1 / (1 + exp(1.0)), 1e-14, 0) && loss[1] == 0, "list_net of two: %g", loss[0]);
    check(g[0] == 0 && g[3] == 0 && h[0] == 0 && h[3] == 0 && g[1] < 0 && g[2] > 0, "no list, no gradient");
    lossfn_lambda_rank_f64(x, y, 4, two, 2, NULL, NULL, room_f64, sizeof room_f64, loss, g, h);
    check(close_to(loss[0], (1 - log(2.0) / log(3.0)) * log(1 + exp(1.0)), 1e-14, 0), "lambda_rank of two, the empty list does not count: %g", loss[0]);
    check(g[0] == 0 && g[3] == 0 && g[1] < 0 && close_to(g[1], -g[2], 1e-15, 0) && h[1] > 0 && close_to(h[1], h[2], 1e-15, 0), "lambdas are opposite");
    /* one document */
    lossfn_list_net_f64(x, y, 4, one, 1, NULL, loss, g, h);
    check(loss[0] == 0 && g[0] == 0 && h[0] == 0, "one document");
    lossfn_lambda_rank_f64(x, y, 4, one, 1, NULL, NULL, room_f64, sizeof room_f64, loss, g, h);
    check(loss[0] == 0 && g[0] == 0 && h[0] == 0, "one document");
    /* all equal */
    for (k = 0; k < 4; k++) x[k] = 3;
    lossfn_list_net_f64(x, x, 4, all, 1, NULL, loss, g, h);
    check(close_to(loss[0], log(4.0), 1e-15, 0) && g[0] == 0 && h[3] == 0, "all equal");
    lossfn_lambda_rank_f64(x, x, 4, all, 1, NULL, NULL, room_f64, sizeof room_f64, loss, g, h);
    check(loss[0] == 0 && g[0] == 0 && g[3] == 0, "no pair");
    lossfn_lambda_rank_f64(x, y, 4, all, 1, NULL, NULL, room_f64, sizeof room_f64, loss, g, h);
    check(loss[0] > 0 && g[0] < 0 && g[2] > 0, "equal scores: the order of the list");
    /* saturated: right order far apart, wrong order far apart */
    x[0] = 1e4; x[1] = -1e4;
    y[0] = 1; y[1] = 0;
    {
        static const size_t pair[2] = {0, 2};
        lossfn_lambda_rank_f64(x, y, 4, pair, 1, NULL, NULL, room_f64, sizeof room_f64, loss, g, h);
        check(loss[0] == 0 && g[0] == 0 && h[0] == 0, "far apart, right");
        x[0] = -1e4; x[1] = 1e4;
        lossfn_lambda_rank_f64(x, y, 4, pair, 1, NULL, NULL, room_f64, sizeof room_f64, loss, g, h);
        check(close_to(loss[0], 2e4 * (1 - log(2.0) / log(3.0)), 1e-14, 0) && g[0] < 0 && h[0] == 0, "far apart, wrong: %g", loss[0]);
        y[1] = (double)-INFINITY;
        lossfn_list_net_f64(x, y, 4, pair, 1, NULL, loss, g, h);
        check(close_to(loss[0], 2e4, 1e-15, 0) && h[1] == 0, "relevance -infinity: %g", loss[0]);
    }
}

/* NaN in one list stays there. */
static void poison(void)
{
    double x[N], clean[N], g[N], h[N], l[LISTS], lc[LISTS];
    size_t i;
    int same;
    memcpy(x, list_scores, sizeof x);
    lossfn_lambda_rank_f64(x, list_relevance, N, list_offsets, LISTS, NULL, &each, room_f64, sizeof room_f64, lc, clean, NULL);
    x[8] = (double)NAN;
    check(lossfn_lambda_rank_f64(x, list_relevance, N, list_offsets, LISTS, NULL, &each, room_f64, sizeof room_f64, l, g, h) == LOSSFN_OK, "NaN is no error");
    for (same = 1, i = 0; i < N; i++) if (i < list_offsets[3] || i >= list_offsets[4]) same = same && g[i] == clean[i];
    check(same && isnan(l[3]) && l[0] == lc[0] && l[5] == lc[5], "NaN stays in its list");
    lossfn_list_net_f64(list_scores, list_relevance, N, list_offsets, LISTS, &each, lc, clean, NULL);
    lossfn_list_net_f64(x, list_relevance, N, list_offsets, LISTS, &each, l, g, NULL);
    for (same = 1, i = 0; i < N; i++) if (i < list_offsets[3] || i >= list_offsets[4]) same = same && g[i] == clean[i];
    check(same && isnan(l[3]) && l[0] == lc[0] && l[5] == lc[5], "NaN stays in its list");
}

static void refused(void)
{
    static const size_t three[2] = {0, 3}, falls[3] = {0, 3, 2}, over[2] = {0, 5}, fine[2] = {0, 4};
    double x[4] = {1, 2, 3, 4}, loss = 7, g[4] = {1};
    union { size_t offsets[8]; double numbers[8]; } both;
    lossfn_lambda_rank_config c = lossfn_lambda_rank_defaults();
    check(lossfn_list_net_f64(x, x, 4, falls, 2, NULL, &loss, g, NULL) == LOSSFN_ERROR_SIZE, "falling offsets");
    check(lossfn_list_net_f64(x, x, 4, over, 1, NULL, &loss, g, NULL) == LOSSFN_ERROR_SIZE, "offset past the end");
    check(lossfn_list_net_f64(x, x, 4, fine, 1, NULL, &loss, g, g) == LOSSFN_ERROR_OVERLAP, "two gradients in one buffer");
    check(lossfn_list_net_f64(x, x, 3, three, 1, NULL, &loss, x + 1, NULL) == LOSSFN_ERROR_OVERLAP, "across the scores");
    both.offsets[0] = 0;
    both.offsets[1] = 4;
    check(lossfn_list_net_f64(x, x, 4, both.offsets, 1, NULL, &loss, both.numbers, NULL) == LOSSFN_ERROR_OVERLAP, "over the offsets");
    check(lossfn_lambda_rank_f64(x, x, 4, fine, 1, NULL, NULL, room_f64, 64, &loss, g, NULL) == LOSSFN_ERROR_SCRATCH, "scratch");
    c.sigma = 1e300;
    check(lossfn_lambda_rank_f64(x, x, 4, fine, 1, &c, NULL, room_f64, sizeof room_f64, &loss, g, NULL) == LOSSFN_ERROR_PARAMETER, "sigma^2 overflows");
    check(loss == 7 && g[0] == 1, "nothing touched");
    check(lossfn_list_net_f64(NULL, NULL, 0, NULL, 0, NULL, &loss, NULL, NULL) == LOSSFN_OK && loss == 0, "nothing");
    check(lossfn_lambda_rank_f64(x, x, 4, NULL, 0, NULL, NULL, NULL, 0, &loss, g, NULL) == LOSSFN_OK && loss == 0 && g[0] == 0, "no lists: no gradient");
}

int main(void)
{
    each.reduction = each_f32.reduction = LOSSFN_NONE;
    golden_list_net();
    golden_rank("all pairs", 1, 0, 0, 0, rank_all, rank_all_grad, rank_all_hess);
    golden_rank("the best 4", 1.5, 4, 0, 0, rank_top, rank_top_grad, rank_top_hess);
    golden_rank("normalised", 1, 6, 1, 0, rank_norm, rank_norm_grad, rank_norm_hess);
    golden_rank("linear gain", 2, 0, 1, 1, rank_linear, rank_linear_grad, rank_linear_hess);
    normalised_contracts();
    hard_points();
    poison();
    refused();
    engine_close();
    return engine_failed != 0;
}
