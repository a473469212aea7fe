/* Direct preference optimisation: golden values, closed forms, saturated margins. */
#include "lossfn.h"
#include "golden_compare.h"
#include "golden/lossfn_preference.inc"

enum { N = COUNT(dpo_policy_chosen) };

static void golden(const char *name, int form, double smoothing, const double *loss, const double *grad)
{
    double l[N], g[4 * N];
    float lf[N], gf[4 * N];
    float *pc = (float *)numbers(dpo_policy_chosen, N, 32), *pr = (float *)numbers(dpo_policy_rejected, N, 32);
    float *rc = (float *)numbers(dpo_reference_chosen, N, 32), *rr = (float *)numbers(dpo_reference_rejected, N, 32);
    lossfn_options_f64 o;
    lossfn_options_f32 of;
    memset(&o, 0, sizeof o);
    memset(&of, 0, sizeof of);
    o.reduction = of.reduction = LOSSFN_NONE;
    check(lossfn_dpo_f64(dpo_policy_chosen, dpo_policy_rejected, dpo_reference_chosen, dpo_reference_rejected, N, form, 0.1,
                         smoothing, &o, l, g, g + N, g + 2 * N, g + 3 * N) == LOSSFN_OK, "%s", name);
    compare(name, l, 64, loss, N, 1e-13);
    compare(name, g, 64, grad, 4 * N, 1e-13);
    check(lossfn_dpo_f32(pc, pr, rc, rr, N, form, 0.1, smoothing, &of, lf, gf, gf + N, gf + 2 * N, gf + 3 * N) == LOSSFN_OK, "%s", name);
    compare(name, lf, 32, loss, N, 2e-6);
    compare(name, gf, 32, grad, 4 * N, 2e-6);
    free(pc); free(pr); free(rc); free(rr);
}

static double one(int form, double beta, double smoothing, double h, double *g)
{
    double loss = -1, rejected = -3;
    const double chosen = h - 3;
    check(lossfn_dpo_f64(&chosen, &rejected, NULL, NULL, 1, form, beta, smoothing, NULL, &loss, g, NULL, NULL, NULL) == LOSSFN_OK, "one pair");
    return loss;
}

static void closed_forms(void)
{
    double g;
    check(close_to(one(LOSSFN_DPO_SIGMOID, 0.1, 0, 0, &g), log(2.0), 1e-15, 0) && close_to(g, -0.05, 1e-15, 0), "h = 0");
    check(close_to(one(LOSSFN_DPO_ROBUST, 0.1, 0.2, 0, &g), log(2.0), 1e-14, 0), "robust, h = 0");
    check(close_to(one(LOSSFN_DPO_ROBUST, 0.4, 0.2, 1, &g), 0.379682, 1e-5, 0), "robust .379682");
    check(close_to(one(LOSSFN_DPO_SIGMOID, 0.4, 0, 1, &g), 0.513015, 1e-5, 0), "sigmoid .513015");
    check(one(LOSSFN_DPO_HINGE, 0.5, 0, 2, &g) == 0 && g == 0, "hinge at its kink");
    check(one(LOSSFN_DPO_HINGE, 0.5, 0, 1, &g) == 0.5 && g == -0.5, "hinge");
    check(one(LOSSFN_DPO_IPO, 0.1, 0, 5, &g) == 0 && g == 0, "ipo at its minimum");
    check(one(LOSSFN_DPO_IPO, 0.1, 0, 0, &g) == 25 && g == -10, "ipo");
    /* half the labels wrong: nothing to learn at h = 0 */
    check(close_to(one(LOSSFN_DPO_SIGMOID, 0.1, 0.5, 0, &g), log(2.0), 1e-15, 0) && fabs(g) < 1e-17, "e = 1/2: %g", g);
}

static void saturated(void)
{
    double g;
    check(one(LOSSFN_DPO_SIGMOID, 1, 0, 1e4, &g) == 0 && g == 0, "far ahead");
    check(one(LOSSFN_DPO_SIGMOID, 1, 0, 40, &g) > 0 && g < 0, "ahead, digits kept: %g", g);
    check(one(LOSSFN_DPO_SIGMOID, 1, 0, -1e4, &g) == 1e4 && g == -1, "far behind");
    check(close_to(one(LOSSFN_DPO_SIGMOID, 1, 0.25, 1e4, &g), 2500, 1e-15, 0) && close_to(g, 0.25, 1e-15, 0), "conservative pulls back");
    check(one(LOSSFN_DPO_ROBUST, 1, 0.25, 1e4, &g) < 0 && close_to(g, -0.5, 1e-15, 0), "robust has no bound");
    check(one(LOSSFN_DPO_SIGMOID, 1, 0, INFINITY, &g) == 0 && g == 0, "infinitely far");
    check(isnan(one(LOSSFN_DPO_HINGE, 1, 0, NAN, &g)), "NaN goes through");
}

static void refused(void)
{
    double x[4] = {-1, -2, -3, -4}, loss = 7, g[4] = {1, 2, 3, 4};
    lossfn_options_f64 o;
    memset(&o, 0, sizeof o);
    check(lossfn_dpo_f64(x, x, x, NULL, 4, 0, 0.1, 0, NULL, &loss, g, NULL, NULL, NULL) == LOSSFN_ERROR_NULL, "one reference");
    check(lossfn_dpo_f64(x, x, NULL, x, 4, 0, 0.1, 0, NULL, &loss, g, NULL, NULL, NULL) == LOSSFN_ERROR_NULL, "the other reference");
    check(lossfn_dpo_f64(x, x, x, x, 4, 0, 0.1, 0, NULL, &loss, g, g, NULL, NULL) == LOSSFN_ERROR_OVERLAP, "two gradients in one buffer");
    check(lossfn_dpo_f64(x, x, x, x, 3, 0, 0.1, 0, NULL, &loss, x + 1, NULL, NULL, NULL) == LOSSFN_ERROR_OVERLAP, "across an input");
    o.accumulate = 1;
    check(lossfn_dpo_f64(x, x, x, x, 4, 0, 0.1, 0, &o, &loss, NULL, NULL, x, NULL) == LOSSFN_ERROR_OVERLAP, "accumulate into an input");
    check(lossfn_dpo_f64(x, x, x, x, 4, 4, 0.1, 0, NULL, &loss, g, NULL, NULL, NULL) == LOSSFN_ERROR_OPTION, "an unknown form");
    check(lossfn_dpo_f64(x, x, x, x, 4, 0, 1e-320, 0, NULL, &loss, g, NULL, NULL, NULL) == LOSSFN_ERROR_PARAMETER, "1 / beta overflows");
    check(loss == 7 && g[0] == 1, "nothing touched");
    check(lossfn_dpo_f64(NULL, NULL, NULL, NULL, 0, 0, 0.1, 0, NULL, &loss, NULL, NULL, NULL, NULL) == LOSSFN_OK && loss == 0, "no pairs");
}

int main(void)
{
    golden("sigmoid", LOSSFN_DPO_SIGMOID, 0, dpo_sigmoid, dpo_sigmoid_grad);
    golden("conservative", LOSSFN_DPO_SIGMOID, 0.2, dpo_conservative, dpo_conservative_grad);
    golden("robust", LOSSFN_DPO_ROBUST, 0.2, dpo_robust, dpo_robust_grad);
    golden("hinge", LOSSFN_DPO_HINGE, 0, dpo_hinge, dpo_hinge_grad);
    golden("ipo", LOSSFN_DPO_IPO, 0, dpo_ipo, dpo_ipo_grad);
    closed_forms();
    saturated();
    refused();
    engine_close();
    return engine_failed != 0;
}
