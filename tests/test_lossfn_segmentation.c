/* Segmentation losses: golden values, closed forms, empty masks and the like. */
#include "lossfn.h"
#include "golden_compare.h"
#include "golden/lossfn_segmentation.inc"

enum { N = 3, C = 4, P = 20, ALL = N * C * P, DICE, TVERSKY, LOVASZ };

static double scratch[8192];

/* Which loss, with which settings. */
typedef struct {
    const char *name;
    int loss, batch, absent, squared;
    double alpha, beta, gamma, above, below;
    const double *value, *grad;
} golden_case;

static const golden_case cases[] = {
    {"dice by image", DICE, 0, LOSSFN_PRESENT_CLASSES, 0, 0, 0, 0, 1, 1, seg_dice_image, seg_dice_image_grad},
    {"dice by batch, all", DICE, 1, LOSSFN_ALL_CLASSES, 0, 0, 0, 0, 0.1, 0.3, seg_dice_batch_all, seg_dice_batch_all_grad},
    {"dice squared", DICE, 0, LOSSFN_ALL_CLASSES, 1, 0, 0, 0, 1e-5, 1e-5, seg_dice_squared, seg_dice_squared_grad},
    {"tversky", TVERSKY, 0, LOSSFN_PRESENT_CLASSES, 0, .3, .7, 1, 1e-5, 1e-5, seg_tversky, seg_tversky_grad},
    {"focal tversky", TVERSKY, 1, LOSSFN_PRESENT_CLASSES, 0, .3, .7, .75, 1, 1, seg_focal_tversky, seg_focal_tversky_grad},
    {"lovasz by image", LOVASZ, 0, LOSSFN_PRESENT_CLASSES, 0, 0, 0, 0, 0, 0, seg_lovasz_image, seg_lovasz_image_grad},
    {"lovasz by batch", LOVASZ, 1, LOSSFN_PRESENT_CLASSES, 0, 0, 0, 0, 0, 0, seg_lovasz_batch, seg_lovasz_batch_grad},
    {"lovasz, all", LOVASZ, 0, LOSSFN_ALL_CLASSES, 0, 0, 0, 0, 0, 0, seg_lovasz_all, seg_lovasz_all_grad}
};

/* (N, C, S) to (N, S, C), or back. */
static void turn(const double *from, double *to, int back)
{
    size_t i, c, s;
    for (i = 0; i < N; i++)
        for (c = 0; c < C; c++)
            for (s = 0; s < P; s++) {
                const size_t planes = (i * C + c) * P + s, last = (i * P + s) * C + c;
                if (back) to[planes] = from[last];
                else to[last] = from[planes];
            }
}

static int call64(const golden_case *g, const double *prob, int layout, double *loss, double *grad)
{
    lossfn_soft_dice_config d = lossfn_soft_dice_defaults();
    lossfn_tversky_config t = lossfn_tversky_defaults();
    lossfn_lovasz_softmax_config l = lossfn_lovasz_softmax_defaults();
    d.smooth_numerator = t.smooth_numerator = g->above;
    d.smooth_denominator = t.smooth_denominator = g->below;
    d.squared = g->squared;
    t.alpha = g->alpha;
    t.beta = g->beta;
    t.gamma = g->gamma;
    d.batch = t.batch = l.batch = g->batch;
    d.absent = t.absent = l.absent = g->absent;
    d.ignore_index = t.ignore_index = l.ignore_index = 255;
    if (g->loss == DICE) return lossfn_soft_dice_f64(prob, seg_labels, N, C, P, layout, &d, NULL, scratch, sizeof scratch, loss, grad);
    if (g->loss == TVERSKY) return lossfn_tversky_f64(prob, seg_labels, N, C, P, layout, &t, NULL, scratch, sizeof scratch, loss, grad);
    return lossfn_lovasz_softmax_f64(prob, seg_labels, N, C, P, layout, &l, NULL, scratch, sizeof scratch, loss, grad);
}

static int call32(const golden_case *g, const float *prob, float *loss, float *grad)
{
    lossfn_soft_dice_config d = lossfn_soft_dice_defaults();
    lossfn_tversky_config t = lossfn_tversky_defaults();
    lossfn_lovasz_softmax_config l = lossfn_lovasz_softmax_defaults();
    d.smooth_numerator = t.smooth_numerator = g->above;
    d.smooth_denominator = t.smooth_denominator = g->below;
    d.squared = g->squared;
    t.alpha = g->alpha;
    t.beta = g->beta;
    t.gamma = g->gamma;
    d.batch = t.batch = l.batch = g->batch;
    d.absent = t.absent = l.absent = g->absent;
    d.ignore_index = t.ignore_index = l.ignore_index = 255;
    if (g->loss == DICE) return lossfn_soft_dice_f32(prob, seg_labels, N, C, P, LOSSFN_CLASSES_FIRST, &d, NULL, scratch, sizeof scratch, loss, grad);
    if (g->loss == TVERSKY) return lossfn_tversky_f32(prob, seg_labels, N, C, P, LOSSFN_CLASSES_FIRST, &t, NULL, scratch, sizeof scratch, loss, grad);
    return lossfn_lovasz_softmax_f32(prob, seg_labels, N, C, P, LOSSFN_CLASSES_FIRST, &l, NULL, scratch, sizeof scratch, loss, grad);
}

static void golden(void)
{
    double last[ALL], grad[ALL], back[ALL], loss;
    float *prob = (float *)numbers(seg_prob, ALL, 32), gradf[ALL], lossf;
    size_t k;
    turn(seg_prob, last, 0);
    for (k = 0; k < COUNT(cases); k++) {
        const golden_case *g = &cases[k];
        check(call64(g, seg_prob, LOSSFN_CLASSES_FIRST, &loss, grad) == LOSSFN_OK, "%s", g->name);
        compare(g->name, &loss, 64, g->value, 1, 1e-13);
        compare(g->name, grad, 64, g->grad, ALL, 1e-12);
        check(call64(g, last, LOSSFN_CLASSES_LAST, &loss, grad) == LOSSFN_OK, "%s, classes last", g->name);
        turn(grad, back, 1);
        compare(g->name, &loss, 64, g->value, 1, 1e-13);
        compare(g->name, back, 64, g->grad, ALL, 1e-12);
        check(call32(g, prob, &lossf, gradf) == LOSSFN_OK, "%s", g->name);
        compare(g->name, &lossf, 32, g->value, 1, 1e-6);
        compare(g->name, gradf, 32, g->grad, ALL, 3e-6);
    }
    free(prob);
}

static void soft_targets(void)
{
    lossfn_soft_dice_config d = lossfn_soft_dice_defaults();
    lossfn_tversky_config t = lossfn_tversky_defaults();
    uint8_t mask[N * P];
    double grad[ALL], other[ALL], loss, same;
    size_t k;
    d.smooth_numerator = d.smooth_denominator = 0.5;
    t.smooth_numerator = t.smooth_denominator = 0.25;
    lossfn_soft_dice_dense_f64(seg_prob, seg_soft, NULL, N, C, P, LOSSFN_CLASSES_FIRST, &d, NULL, scratch, sizeof scratch, &loss, grad);
    compare("soft targets", &loss, 64, seg_dice_soft, 1, 1e-13);
    compare("soft targets", grad, 64, seg_dice_soft_grad, ALL, 1e-12);
    lossfn_tversky_dense_f64(seg_prob, seg_soft, NULL, N, C, P, LOSSFN_CLASSES_FIRST, &t, NULL, scratch, sizeof scratch, &same, other);
    compare("tversky 1/2, 1/2 is dice", &same, 64, &loss, 1, 1e-14);
    compare("tversky 1/2, 1/2 is dice", other, 64, grad, ALL, 1e-13);
    for (k = 0; k < N * P; k++) mask[k] = (uint8_t)(k % P < 10);
    lossfn_soft_dice_dense_f64(seg_prob, seg_soft, mask, N, C, P, LOSSFN_CLASSES_FIRST, &d, NULL, scratch, sizeof scratch, &loss, grad);
    for (k = 0; k < ALL; k++) if (k % P >= 10) check(grad[k] == 0, "masked out: gradient %g", grad[k]);
    check(grad[3] != 0 && loss > 0 && loss < 1, "masked");
}

/* All ignored, no classes left, nothing true, everything right. */
static void hard_points(void)
{
    static const int32_t ignored[4] = {-100, -100, -100, -100}, zeros[4] = {0, 0, 0, 0}, mixed[4] = {0, 1, 1, 0};
    static const double even[8] = {.5, .5, .5, .5, .5, .5, .5, .5}, right[8] = {1, 0, 0, 1, 0, 1, 1, 0};
    static const double empty[4] = {0, 0, 0, 0};
    lossfn_soft_dice_config d = lossfn_soft_dice_defaults();
    lossfn_tversky_config t = lossfn_tversky_defaults();
    lossfn_lovasz_softmax_config l = lossfn_lovasz_softmax_defaults();
    lossfn_options_f64 o;
    double loss, grad[8], count;
    int k;
    memset(&o, 0, sizeof o);
    o.count = &count;
    for (k = 0; k < 2; k++) {
        int j;
        d.absent = t.absent = l.absent = k;
        lossfn_soft_dice_f64(even, ignored, 1, 2, 4, LOSSFN_CLASSES_FIRST, &d, &o, scratch, sizeof scratch, &loss, grad);
        for (j = 0; j < 8; j++) check(grad[j] == 0, "all ignored: gradient");
        check(loss == 0 && count == 0, "all ignored: %g, count %g", loss, count);
        lossfn_lovasz_softmax_f64(even, ignored, 1, 2, 4, LOSSFN_CLASSES_FIRST, &l, &o, scratch, sizeof scratch, &loss, grad);
        for (j = 0; j < 8; j++) check(grad[j] == 0, "all ignored: gradient");
        check(loss == 0 && count == 0, "all ignored: %g, count %g", loss, count);
        lossfn_soft_dice_f64(right, mixed, 1, 2, 4, LOSSFN_CLASSES_FIRST, &d, &o, scratch, sizeof scratch, &loss, grad);
        check(fabs(loss) < 1e-15 && count == 1, "dice of the truth is %g", loss);
        lossfn_tversky_f64(right, mixed, 1, 2, 4, LOSSFN_CLASSES_FIRST, &t, &o, scratch, sizeof scratch, &loss, grad);
        check(fabs(loss) < 1e-15, "tversky of the truth is %g", loss);
        lossfn_lovasz_softmax_f64(right, mixed, 1, 2, 4, LOSSFN_CLASSES_FIRST, &l, &o, scratch, sizeof scratch, &loss, grad);
        check(loss == 0, "lovasz of the truth is %g", loss);
    }
    /* a class that is not there: counted only when asked for, and then it costs its largest probability */
    l.absent = LOSSFN_PRESENT_CLASSES;
    lossfn_lovasz_softmax_f64(even, zeros, 1, 2, 4, LOSSFN_CLASSES_FIRST, &l, NULL, scratch, sizeof scratch, &loss, grad);
    check(close_to(loss, 0.5, 1e-15, 0), "lovasz of one class, half right: %g", loss);
    for (k = 0; k < 8; k++) check(close_to(grad[k], k < 4 ? -0.25 : 0, 1e-15, 0), "lovasz gradient [%d] %g", k, grad[k]);
    l.absent = LOSSFN_ALL_CLASSES;
    lossfn_lovasz_softmax_f64(even, zeros, 1, 2, 4, LOSSFN_CLASSES_FIRST, &l, NULL, scratch, sizeof scratch, &loss, grad);
    check(close_to(loss, 0.5, 1e-15, 0) && grad[4] == 0.5 && grad[5] == 0, "lovasz of an absent class: %g", loss);
    /* first_class leaves the background out: nothing else is there */
    d.first_class = 1;
    d.absent = LOSSFN_PRESENT_CLASSES;
    lossfn_soft_dice_f64(even, zeros, 1, 2, 4, LOSSFN_CLASSES_FIRST, &d, &o, scratch, sizeof scratch, &loss, grad);
    check(loss == 0 && count == 0 && grad[0] == 0 && grad[7] == 0, "only background: %g, count %g", loss, count);
    d.first_class = 2;
    check(lossfn_soft_dice_f64(even, zeros, 1, 2, 4, 0, &d, &o, scratch, sizeof scratch, &loss, grad) == LOSSFN_ERROR_PARAMETER, "first class");
    /* an empty mask predicted empty, without smoothing */
    d.first_class = 0;
    d.absent = LOSSFN_ALL_CLASSES;
    d.smooth_numerator = d.smooth_denominator = 0;
    lossfn_soft_dice_dense_f64(empty, empty, NULL, 1, 1, 4, LOSSFN_CLASSES_LAST, &d, &o, scratch, sizeof scratch, &loss, grad);
    check(loss == 0 && grad[0] == 0 && count == 1, "0 / 0: %g", loss);
    d.smooth_numerator = d.smooth_denominator = 1;
    lossfn_soft_dice_dense_f64(even, empty, NULL, 1, 1, 4, LOSSFN_CLASSES_LAST, &d, &o, scratch, sizeof scratch, &loss, grad);
    check(close_to(loss, 2.0 / 3, 1e-15, 0) && grad[0] > 0, "false alarm on an empty mask: %g", loss);
    /* the Jaccard loss */
    t.alpha = t.beta = 1;
    t.smooth_numerator = t.smooth_denominator = 0;
    lossfn_tversky_f64(even, mixed, 1, 2, 4, LOSSFN_CLASSES_FIRST, &t, &o, scratch, sizeof scratch, &loss, grad);
    check(close_to(loss, 1 - 1.0 / 3, 1e-15, 0), "jaccard: %g", loss);
    check(lossfn_soft_dice_f64(even, mixed, 1, 0, 4, 0, NULL, &o, scratch, sizeof scratch, &loss, grad) == LOSSFN_ERROR_SIZE, "no classes");
    check(lossfn_soft_dice_f64(even, mixed, 1, 2, 4, 2, NULL, &o, scratch, sizeof scratch, &loss, grad) == LOSSFN_ERROR_OPTION, "layout");
    memcpy(grad, even, sizeof even);
    check(lossfn_lovasz_softmax_f64(grad, mixed, 1, 2, 4, 1, NULL, &o, scratch, sizeof scratch, &loss, grad) == LOSSFN_ERROR_OVERLAP, "in place");
}

/* Each function takes scratch of the size its companion says, and no less. */
#define TAKES_ITS_SCRATCH(function, bits, arguments) do { \
        const size_t needed = function##_scratch_##bits(2, 2); \
        size_t given; \
        given = needed; \
        check(function##_##bits arguments == LOSSFN_OK, \
              #function " with its scratch"); \
        given = needed - 1; \
        check(function##_##bits arguments == LOSSFN_ERROR_SCRATCH, \
              #function " with less"); \
    } while (0)
static void scratch_sizes(void)
{
    static const double prob_f64[8] = {.5, .4, .5, .6, .1, .2, .9, .8};
    static const float prob_f32[8] = {.5f, .4f, .5f, .6f, .1f, .2f, .9f, .8f};
    static const int32_t labels[4] = {0, 1, 1, 0};
    double loss_f64;
    float loss_f32;
    TAKES_ITS_SCRATCH(lossfn_soft_dice, f32, (prob_f32, labels, 2, 2, 2, LOSSFN_CLASSES_FIRST, NULL, NULL, scratch, given, &loss_f32, NULL));
    TAKES_ITS_SCRATCH(lossfn_soft_dice, f64, (prob_f64, labels, 2, 2, 2, LOSSFN_CLASSES_FIRST, NULL, NULL, scratch, given, &loss_f64, NULL));
    TAKES_ITS_SCRATCH(lossfn_tversky, f32, (prob_f32, labels, 2, 2, 2, LOSSFN_CLASSES_FIRST, NULL, NULL, scratch, given, &loss_f32, NULL));
    TAKES_ITS_SCRATCH(lossfn_tversky, f64, (prob_f64, labels, 2, 2, 2, LOSSFN_CLASSES_FIRST, NULL, NULL, scratch, given, &loss_f64, NULL));
    TAKES_ITS_SCRATCH(lossfn_soft_dice_dense, f32, (prob_f32, prob_f32, NULL, 2, 2, 2, LOSSFN_CLASSES_FIRST, NULL, NULL, scratch, given, &loss_f32, NULL));
    TAKES_ITS_SCRATCH(lossfn_soft_dice_dense, f64, (prob_f64, prob_f64, NULL, 2, 2, 2, LOSSFN_CLASSES_FIRST, NULL, NULL, scratch, given, &loss_f64, NULL));
    TAKES_ITS_SCRATCH(lossfn_tversky_dense, f32, (prob_f32, prob_f32, NULL, 2, 2, 2, LOSSFN_CLASSES_FIRST, NULL, NULL, scratch, given, &loss_f32, NULL));
    TAKES_ITS_SCRATCH(lossfn_tversky_dense, f64, (prob_f64, prob_f64, NULL, 2, 2, 2, LOSSFN_CLASSES_FIRST, NULL, NULL, scratch, given, &loss_f64, NULL));
}

int main(void)
{
    golden();
    scratch_sizes();
    soft_targets();
    hard_points();
    engine_close();
    return engine_failed != 0;
}
