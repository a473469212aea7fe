/* The elementwise and row losses against PyTorch's values, closed forms, the inline
   forms against the array functions, and the fused linear cross-entropy against
   the plain path. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "engine.h"
#include "lossfn.h"
#include "golden/lossfn_basic.inc"

enum { N = 11, R = 7, C = 9, D = 5 };

static void near(const char *name, const double *got, const double *want, size_t n, double tolerance)
{
    size_t i;
    for (i = 0; i < n; i++)
        check(close_to(got[i], want[i], tolerance, tolerance), "%s[%lu]: %.15g, PyTorch has %.15g", name, (unsigned long)i, got[i], want[i]);
}

/* One golden case of an elementwise loss: CALL computes into loss and g. */
#define ELEMENTWISE(name, call) do { \
        double loss = -1, g[N]; \
        check((call) == LOSSFN_OK, #name " fails"); \
        near(#name, &loss, golden_##name##_loss, 1, 1e-13); \
        near(#name " gradient", g, golden_##name##_grad, N, 1e-13); \
    } while (0)

static void test_elementwise(void)
{
    ELEMENTWISE(mse, lossfn_mse_f64(golden_pred, golden_target, N, NULL, &loss, g, NULL));
    ELEMENTWISE(mae, lossfn_mae_f64(golden_pred, golden_target, N, NULL, &loss, g, NULL));
    ELEMENTWISE(huber, lossfn_huber_f64(golden_pred, golden_target, N, 0.7, NULL, &loss, g, NULL));
    ELEMENTWISE(smooth_l1, lossfn_smooth_l1_f64(golden_pred, golden_target, N, 0.4, NULL, &loss, g, NULL));
    ELEMENTWISE(log_cosh, lossfn_log_cosh_f64(golden_pred, golden_target, N, 2, NULL, &loss, g, NULL));
    ELEMENTWISE(quantile, lossfn_quantile_f64(golden_pred, golden_target, N, 0.8, NULL, &loss, g, NULL));
    ELEMENTWISE(bce, lossfn_bce_with_logits_f64(golden_pred, golden_prob, N, 2.5, NULL, &loss, g, NULL));
    ELEMENTWISE(squared_hinge, lossfn_squared_hinge_f64(golden_pred, golden_sign, N, NULL, &loss, g, NULL));
    ELEMENTWISE(poisson_log, lossfn_poisson_nll_f64(golden_pred, golden_count, N, 1, 0, 1e-8, NULL, &loss, g, NULL));
    ELEMENTWISE(poisson_rate, lossfn_poisson_nll_f64(golden_rate, golden_count, N, 0, 0, 1e-8, NULL, &loss, g, NULL));
    ELEMENTWISE(poisson_full, lossfn_poisson_nll_f64(golden_pred, golden_count, N, 1, 1, 1e-8, NULL, &loss, g, NULL));
    ELEMENTWISE(elastic_net, lossfn_elastic_net_f64(golden_pred, N, 0.3, 0.7, NULL, &loss, g, NULL));
}

#define ROWS(name, call) do { \
        double loss = -1, g[R * C]; \
        check((call) == LOSSFN_OK, #name " fails"); \
        near(#name, &loss, golden_##name##_loss, 1, 1e-13); \
        near(#name " gradient", g, golden_##name##_grad, R * C, 1e-13); \
    } while (0)

static void test_rows(void)
{
    lossfn_softmax_cross_entropy_config_f64 c = lossfn_softmax_cross_entropy_defaults_f64();
    lossfn_options_f64 sum;
    double gt[R * C];
    memset(&sum, 0, sizeof sum);
    sum.reduction = LOSSFN_SUM;
    ROWS(cross_entropy, lossfn_softmax_cross_entropy_f64(golden_logits, golden_labels, R, C, NULL, NULL, &loss, g));
    c.class_weight = golden_class_weight;
    ROWS(cross_entropy_weight, lossfn_softmax_cross_entropy_f64(golden_logits, golden_labels, R, C, &c, NULL, &loss, g));
    c.label_smoothing = 0.3;
    ROWS(cross_entropy_all, lossfn_softmax_cross_entropy_f64(golden_logits, golden_labels, R, C, &c, NULL, &loss, g));
    ROWS(cross_entropy_sum, lossfn_softmax_cross_entropy_f64(golden_logits, golden_labels, R, C, &c, &sum, &loss, g));
    c.class_weight = NULL;
    c.label_smoothing = 0.1;
    ROWS(cross_entropy_smooth, lossfn_softmax_cross_entropy_f64(golden_logits, golden_labels, R, C, &c, NULL, &loss, g));
    ROWS(soft_cross_entropy, lossfn_soft_cross_entropy_f64(golden_logits, golden_soft, R, C, golden_class_weight, 0.2, NULL, &loss, g, gt));
    near("soft_cross_entropy target gradient", gt, golden_soft_cross_entropy_grad1, R * C, 1e-13);
    ROWS(kl_div, lossfn_kl_div_f64(golden_logp, golden_soft, R, C, 0, NULL, &loss, g, gt));
    near("kl_div target gradient", gt, golden_kl_div_grad1, R * C, 1e-13);
    ROWS(kl_div_log, lossfn_kl_div_f64(golden_logp, golden_logt, R, C, 1, NULL, &loss, g, gt));
    near("kl_div_log target gradient", gt, golden_kl_div_log_grad1, R * C, 1e-13);
    ROWS(focal, lossfn_softmax_focal_f64(golden_logits, golden_labels, R, C, golden_class_weight, 2.5, -100, NULL, &loss, g));
    ROWS(poly1, lossfn_poly1_cross_entropy_f64(golden_logits, golden_labels, R, C, 1.5, -100, NULL, &loss, g));
    ROWS(weston_watkins, lossfn_multiclass_hinge_f64(golden_logits, golden_labels, R, C, LOSSFN_WESTON_WATKINS, 1.5, 2, -100, NULL, &loss, g));
    ROWS(crammer_singer, lossfn_multiclass_hinge_f64(golden_logits, golden_labels, R, C, LOSSFN_CRAMMER_SINGER, 1, 1, -100, NULL, &loss, g));
    ROWS(sparsemax, lossfn_sparsemax_f64(golden_logits, golden_labels, R, C, -100, NULL, &loss, g));
}

static void test_linear(void)
{
    lossfn_softmax_cross_entropy_config_f64 c = lossfn_softmax_cross_entropy_defaults_f64();
    double loss, gh[R * D], gm[C * D], gb[C];
    void *scratch = malloc(lossfn_linear_cross_entropy_scratch_f64(R, C, D));
    c.class_weight = golden_class_weight;
    c.label_smoothing = 0.3;
    check(lossfn_linear_cross_entropy_f64(golden_hidden, golden_matrix, golden_bias, golden_labels, R, C, D, &c, NULL, scratch,
                                          lossfn_linear_cross_entropy_scratch_f64(R, C, D), &loss, gh, gm, gb) == LOSSFN_OK, "linear fails");
    near("linear", &loss, golden_linear_loss, 1, 1e-13);
    near("linear hidden gradient", gh, golden_linear_grad, R * D, 1e-13);
    near("linear matrix gradient", gm, golden_linear_grad1, C * D, 1e-13);
    near("linear bias gradient", gb, golden_linear_grad2, C, 1e-13);
    free(scratch);
}

static double next(uint64_t *s)
{
    *s = *s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*s >> 40) / (1 << 23) - 1;
}

static double *reals(size_t n) { return (double *)calloc(n + 1, sizeof(double)); }

/* Blocks, tiles and gathered rows against logits = hidden weight^T + bias in full. */
static void test_linear_plain(size_t rows, size_t classes, size_t width, double smoothing)
{
    double *hidden = reals(rows * width), *weight = reals(classes * width), *bias = reals(classes);
    double *logits = reals(rows * classes), *g = reals(rows * classes);
    double *gh = reals(rows * width), *gw = reals(classes * width), *gb = reals(classes), *w = reals(rows);
    int32_t *labels = (int32_t *)malloc(rows * sizeof *labels);
    const size_t bytes = lossfn_linear_cross_entropy_scratch_f64(rows, classes, width);
    void *scratch = malloc(bytes);
    lossfn_softmax_cross_entropy_config_f64 c = lossfn_softmax_cross_entropy_defaults_f64();
    lossfn_options_f64 o;
    double plain, fused, worst = 0;
    size_t i, j, k;
    uint64_t s = 12345;
    memset(&o, 0, sizeof o);
    c.label_smoothing = smoothing;
    c.z_loss = 1e-3;
    for (i = 0; i < rows * width; i++) hidden[i] = next(&s);
    for (i = 0; i < classes * width; i++) weight[i] = next(&s);
    for (i = 0; i < classes; i++) bias[i] = next(&s);
    for (i = 0; i < rows; i++) {
        labels[i] = i % 5 == 3 ? -100 : (int32_t)((i * 7919) % classes);
        w[i] = i % 7 == 0 ? 0 : 1 + next(&s) / 2;
        for (k = 0; i % 7 == 0 && k < width; k++) hidden[i * width + k] = NAN;   /* a skipped row may hold anything */
    }
    o.weight = w;
    for (i = 0; i < rows; i++)
        for (j = 0; j < classes; j++) {
            double x = bias[j];
            for (k = 0; k < width; k++) x += hidden[i * width + k] * weight[j * width + k];
            logits[i * classes + j] = x;
        }
    check(lossfn_softmax_cross_entropy_f64(logits, labels, rows, classes, &c, &o, &plain, g) == 0, "plain path");
    check(lossfn_linear_cross_entropy_f64(hidden, weight, bias, labels, rows, classes, width, &c, &o, scratch, bytes, &fused, gh, gw, gb) == 0, "fused path");
    check(close_to(plain, fused, 1e-12, 0), "fused linear cross-entropy %.15g, plain %.15g", fused, plain);
    for (i = 0; i < rows; i++)
        for (k = 0; k < width; k++) {
            double x = 0;
            for (j = 0; j < classes; j++) x += g[i * classes + j] * weight[j * width + k];
            if (!(fabs(x - gh[i * width + k]) <= worst)) worst = fabs(x - gh[i * width + k]);
        }
    for (j = 0; j < classes; j++) {
        double b = 0;
        for (k = 0; k < width; k++) {
            double x = 0;
            for (i = 0; i < rows; i++) if (i % 7) x += g[i * classes + j] * hidden[i * width + k];
            if (!(fabs(x - gw[j * width + k]) <= worst)) worst = fabs(x - gw[j * width + k]);
        }
        for (i = 0; i < rows; i++) b += g[i * classes + j];
        if (!(fabs(b - gb[j]) <= worst)) worst = fabs(b - gb[j]);
    }
    check(worst < 1e-12, "fused linear cross-entropy: gradients off by %g", worst);
    check(bytes < 128 * (2 * width + 256) * 8 + 128 * 96 + 4096, "scratch of %lu bytes is not O(block)", (unsigned long)bytes);
    free(hidden); free(weight); free(bias); free(logits); free(g); free(gh); free(gw); free(gb); free(w); free(labels); free(scratch);
}

/* Large logits next to each other, masked ones, hyper-parameters at the end of their range. */
static void test_extremes(void)
{
    const float logits[4] = {20000.5f, 20001, 19999, 20000}, targets[4] = {0.25f, 0.25f, 0.375f, 0.125f};
    const double near_zero[4] = {0.5, 1, -1, 0}, soft[4] = {0.25, 0.25, 0.375, 0.125};
    const double masked[4] = {0.5, 0.25, -HUGE_VAL, -3};
    const float zero = 0, two = 2;
    const int32_t label = 1;
    double want = -1, gt[4], loss = -1, few = -1, g[4], gm[3];
    float lf = -1, gf[4], hf = -1;
    int k;
    check(lossfn_soft_cross_entropy_f32(logits, targets, 1, 4, NULL, 0, NULL, &lf, NULL, gf) == 0
          && lossfn_soft_cross_entropy_f64(near_zero, soft, 1, 4, NULL, 0, NULL, &want, NULL, gt) == 0
          && fabs((double)lf - want) < 1e-6, "soft cross-entropy at 20000 is %g, not %g", (double)lf, want);
    for (k = 0; k < 4; k++) check(fabs((double)gf[k] - gt[k]) < 1e-6, "its gradient in target %d is %g, not %g", k, (double)gf[k], gt[k]);
    check(lossfn_sparsemax_f64(masked, &label, 1, 4, LOSSFN_NO_IGNORE, NULL, &loss, g) == 0
          && lossfn_sparsemax_f64(masked, &label, 1, 2, LOSSFN_NO_IGNORE, NULL, &few, gm) == 0
          && loss == few && g[0] == gm[0] && g[1] == gm[1] && g[2] == 0 && g[3] == 0, "sparsemax with a logit of -infinity: %g, not %g", loss, few);
    check(lossfn_smooth_l1_f32(&two, &zero, 1, 1e-42, NULL, &lf, gf, NULL) == 0 && lf == 2 && gf[0] == 1, "smooth L1 with a subnormal beta");
    check(lossfn_smooth_l1_f32(&zero, &zero, 1, 1e-42, NULL, &lf, gf, &hf) == 0 && lf == 0 && gf[0] == 0 && hf == 0, "and at 0: %g", (double)lf);
    check(lossfn_log_cosh_f32(&two, &zero, 1, 1e-42, NULL, &lf, gf, NULL) == LOSSFN_ERROR_PARAMETER, "log-cosh with 1 / a infinite");
    check(lossfn_mse_f32(&two, &zero, 1, NULL, &lf, gf, gf) == LOSSFN_ERROR_OVERLAP, "gradient and second derivative in one buffer");
    check(lossfn_mse_f32(logits, targets, 3, NULL, &lf, gf, gf + 1) == LOSSFN_ERROR_OVERLAP, "or in overlapping ones");
}

/* pos_weight per class through item weights, as the comment of bce_with_logits says. */
static void test_class_pos_weight(void)
{
    const double x[6] = {0.5, -1, 3, -0.25, 2, 0}, t[6] = {1, 0.3, 0, 1, 1, 0.5}, p[3] = {2, 0.5, 7};
    double weight[6], target[6], g[6], loss = -1, want = 0;
    lossfn_options_f64 o;
    int k;
    memset(&o, 0, sizeof o);
    for (k = 0; k < 6; k++) {
        weight[k] = p[k % 3] * t[k] + 1 - t[k];
        target[k] = p[k % 3] * t[k] / weight[k];
        want += (p[k % 3] * t[k] * log1p(exp(-x[k])) + (1 - t[k]) * log1p(exp(x[k]))) / 6;
    }
    o.weight = weight;
    o.denominator = 6;
    check(lossfn_bce_with_logits_f64(x, target, 6, 1, &o, &loss, g, NULL) == 0 && fabs(loss - want) < 1e-15, "pos_weight per class: %g, not %g", loss, want);
    for (k = 0; k < 6; k++) {
        const double up = 1 / (1 + exp(-x[k])), slope = ((1 - t[k]) * up - p[k % 3] * t[k] * (1 - up)) / 6;
        check(fabs(g[k] - slope) < 1e-15, "gradient %d of it: %g, not %g", k, g[k], slope);
    }
}

/* What the comments promise beyond PyTorch. */
static void test_limits(void)
{
    const double inf = HUGE_VAL, one = 1, zero = 0;
    double loss = -1, g = -1, x[4], grad[4], big[3] = {800, 0, -800}, t[3] = {1, 0, 0}, gt[3];
    const int32_t label = 0, none = LOSSFN_NO_IGNORE;
    float xf[3] = {30, 0, -5}, lf, gf[3];
    lossfn_options_f64 o;
    memset(&o, 0, sizeof o);
    check(lossfn_bce_with_logits_f64(&inf, &one, 1, 1, NULL, &loss, &g, NULL) == 0 && loss == 0 && g == 0, "bce at +inf, target 1: %g", loss);
    check(lossfn_bce_with_logits_f64(&inf, &zero, 1, 1, NULL, &loss, &g, NULL) == 0 && loss == inf && g == 1, "bce at +inf, target 0: %g", loss);
    check(lossfn_softmax_cross_entropy_f64(NULL, NULL, 0, 5, NULL, NULL, &loss, NULL) == 0 && loss == 0, "cross-entropy of no rows");
    check(lossfn_softmax_cross_entropy_f64(big, &none, 1, 3, NULL, NULL, &loss, grad) == 0 && loss == 0 && grad[0] == 0, "all rows ignored");
    check(lossfn_softmax_cross_entropy_f64(big, &label, 1, 3, NULL, NULL, &loss, grad) == 0 && loss == 0, "saturated row: %g", loss);
    /* exp(-30) + exp(-35) survives in float although 1 + exp(-30) == 1 there */
    check(lossfn_softmax_cross_entropy_f32(xf, &label, 1, 3, NULL, NULL, &lf, gf) == 0, "float row");
    check(close_to((double)lf, 9.42e-14, 1e-2, 0) && close_to((double)gf[0], -9.42e-14, 1e-2, 0), "a sure row keeps its digits in float: %g, %g", (double)lf, (double)gf[0]);
    x[0] = 0; x[1] = -inf; x[2] = 0;
    check(lossfn_soft_cross_entropy_f64(x, t, 1, 3, NULL, 0, NULL, &loss, grad, gt) == 0 && close_to(loss, log(2), 1e-15, 0), "a target of 0 on a logit of -infinity adds nothing: %g", loss);
    check(lossfn_kl_div_f64(x, t, 1, 3, 0, NULL, &loss, grad, gt) == 0 && loss == 0 && gt[1] == 0, "kl_div with t = 0: %g", loss);
    check(lossfn_mse_f64(&one, &zero, 1, NULL, &loss, &g, NULL) == 0 && loss == 1 && g == 2, "mse");
    o.denominator = 4;
    check(lossfn_mse_f64(&one, &zero, 1, &o, &loss, &g, NULL) == 0 && loss == 0.25 && g == 0.5, "mse over a denominator");
}

/* Micro-batches with the full batch's denominator add up to its loss and gradient. */
static void test_micro_batches(void)
{
    double whole, part, total = 0, g[R * C], sum[R * C];
    lossfn_options_f64 o;
    size_t i;
    memset(&o, 0, sizeof o);
    memset(sum, 0, sizeof sum);
    check(lossfn_softmax_cross_entropy_f64(golden_logits, golden_labels, R, C, NULL, NULL, &whole, g) == 0, "whole");
    o.denominator = R - 1;   /* one label is ignored */
    o.accumulate = 1;
    for (i = 0; i < R; i++) {
        check(lossfn_softmax_cross_entropy_f64(golden_logits + i * C, golden_labels + i, 1, C, NULL, &o, &part, sum + i * C) == 0, "micro-batch");
        total += part;
    }
    check(close_to(total, whole, 1e-15, 0), "micro-batches add up to %.17g, not %.17g", total, whole);
    near("micro-batch gradient", sum, g, R * C, 1e-16);
}

/* The inline forms: the same numbers as the scalar array functions, bit for bit. */
#define ELEM_TEST(function, type, bits, arguments, array_arguments) do { \
        size_t i; \
        lossfn_options_##bits o; \
        memset(&o, 0, sizeof o); \
        o.reduction = LOSSFN_NONE; \
        for (i = 0; i < N; i++) { \
            type x = (type)golden_pred[i], y = (type)golden_target[i], g = -1, h = -1, loss = -1, ga = -2, ha = -2, la = -2; \
            const type p0 = (type)0.75, p1 = (type)0.5; \
            if (positive) { x = (type)fabs((double)x) + (type)0.1; y = (type)floor(fabs((double)y) * 3); } \
            (void)p0; (void)p1; (void)y; \
            loss = function##_elem_##bits arguments; \
            check(function##_##bits array_arguments == 0, #function); \
            check(loss == la && g == ga && h == ha, #function "_elem_" #bits ": %g %g %g, the array function has %g %g %g", \
                  (double)loss, (double)g, (double)h, (double)la, (double)ga, (double)ha); \
        } \
    } while (0)
#define ELEM_BOTH(function, arguments, array_arguments) \
    ELEM_TEST(function, float, f32, arguments, array_arguments); \
    ELEM_TEST(function, double, f64, arguments, array_arguments)

static void test_inline(void)
{
    const int was = lossfn_isa();
    int positive = 0;
    lossfn_isa_force(LOSSFN_ISA_SCALAR);
    ELEM_BOTH(lossfn_mse, (x, y, &g, &h), (&x, &y, 1, &o, &la, &ga, &ha));
    ELEM_BOTH(lossfn_mae, (x, y, &g, &h), (&x, &y, 1, &o, &la, &ga, &ha));
    ELEM_BOTH(lossfn_huber, (x, y, p0, &g, &h), (&x, &y, 1, (double)p0, &o, &la, &ga, &ha));
    ELEM_BOTH(lossfn_smooth_l1, (x, y, p0, &g, &h), (&x, &y, 1, (double)p0, &o, &la, &ga, &ha));
    ELEM_BOTH(lossfn_log_cosh, (x, y, p1, &g, &h), (&x, &y, 1, (double)p1, &o, &la, &ga, &ha));
    ELEM_BOTH(lossfn_quantile, (x, y, p0, &g, &h), (&x, &y, 1, (double)p0, &o, &la, &ga, &ha));
    ELEM_BOTH(lossfn_bce_with_logits, (x, y, p0, &g, &h), (&x, &y, 1, (double)p0, &o, &la, &ga, &ha));
    ELEM_BOTH(lossfn_squared_hinge, (x, y, &g, &h), (&x, &y, 1, &o, &la, &ga, &ha));
    ELEM_BOTH(lossfn_elastic_net, (x, p0, p1, &g, &h), (&x, 1, (double)p0, (double)p1, &o, &la, &ga, &ha));
    positive = 1;
    ELEM_BOTH(lossfn_poisson_nll, (x, y, 1, 1, p0, &g, &h), (&x, &y, 1, 1, 1, (double)p0, &o, &la, &ga, &ha));
    ELEM_BOTH(lossfn_poisson_nll, (x, y, 0, 1, p0, &g, &h), (&x, &y, 1, 0, 1, (double)p0, &o, &la, &ga, &ha));
    lossfn_isa_force(was);
}

int main(void)
{
    int isa;
    for (isa = 0; isa < 4; isa++) {
        if (!lossfn_isa_force(isa)) continue;
        test_elementwise();
        test_rows();
        test_linear();
        test_linear_plain(3, 5, 2, 0);
        test_linear_plain(300, 600, 17, 0.1);
        test_linear_plain(129, 257, 8, 0);
        test_limits();
    test_extremes();
    test_class_pos_weight();
        test_micro_batches();
    }
    test_inline();
    engine_close();
    return engine_failed != 0;
}
