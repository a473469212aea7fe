/* Angular margins: golden values, many tiles, parallel and opposite vectors, zero vectors. */
#include "lossfn.h"
#include "golden_compare.h"
#include "golden/lossfn_margin.inc"

enum { ROWS = COUNT(arc_labels), WIDTH = COUNT(arc_x) / ROWS, CLASSES = COUNT(arc_w) / WIDTH, BIG_X = COUNT(arc_big_x), BIG_W = COUNT(arc_big_w) };

static double room_f64[40000];
static float room_f32[40000];

static void golden(const char *name, double scale, double margin, int easy, const double *loss, const double *by_x, const double *by_w)
{
    double l[ROWS], gx[COUNT(arc_x)], gw[COUNT(arc_w)];
    float lf[ROWS], gxf[COUNT(arc_x)], gwf[COUNT(arc_w)];
    float *x = (float *)numbers(arc_x, COUNT(arc_x), 32), *w = (float *)numbers(arc_w, COUNT(arc_w), 32);
    lossfn_arcface_config c = lossfn_arcface_defaults();
    lossfn_options_f64 o;
    lossfn_options_f32 of;
    memset(&o, 0, sizeof o);
    memset(&of, 0, sizeof of);
    o.reduction = of.reduction = LOSSFN_NONE;
    c.scale = scale;
    c.margin = margin;
    c.easy_margin = easy;
    check(lossfn_arcface_f64(arc_x, arc_w, arc_labels, ROWS, CLASSES, WIDTH, &c, &o, room_f64, sizeof room_f64, l, gx, gw) == LOSSFN_OK, "%s", name);
    compare(name, l, 64, loss, ROWS, 1e-12);
    compare(name, gx, 64, by_x, COUNT(arc_x), 1e-11);
    compare(name, gw, 64, by_w, COUNT(arc_w), 1e-11);
    check(lossfn_arcface_f32(x, w, arc_labels, ROWS, CLASSES, WIDTH, &c, &of, room_f32, sizeof room_f32, lf, gxf, gwf) == LOSSFN_OK, "%s", name);
    compare(name, lf, 32, loss, ROWS, 2e-5);
    compare(name, gxf, 32, by_x, COUNT(arc_x), 1e-4);
    compare(name, gwf, 32, by_w, COUNT(arc_w), 1e-4);
    free(x); free(w);
}

static void many_tiles(void)
{
    static double x[BIG_X], w[BIG_W], gx[BIG_X], gw[BIG_W];
    int32_t labels[BIG_X / 3];
    lossfn_arcface_config c = lossfn_arcface_defaults();
    double loss;
    int k;
    for (k = 0; k < BIG_X; k++) x[k] = (double)((37 * k * k + 11 * k) % 101) / 50 - 1;
    for (k = 0; k < BIG_W; k++) w[k] = (double)((29 * k * k + 5 * k) % 97) / 48 - 1;
    for (k = 0; k < BIG_X / 3; k++) labels[k] = k * k * 7 % (BIG_W / 3);
    c.scale = 20;
    c.margin = 0.4;
    check(lossfn_arcface_f64(x, w, labels, BIG_X / 3, BIG_W / 3, 3, &c, NULL, room_f64, sizeof room_f64, &loss, gx, gw) == LOSSFN_OK, "tiles");
    check(close_to(loss, arc_big[0], 1e-13, 0), "tiles: %.17g", loss);
    compare("tiles", gx, 64, arc_big_x, BIG_X, 1e-11);
    compare("tiles", gw, 64, arc_big_w, BIG_W, 1e-11);
    check(lossfn_arcface_scratch_f64(1000000, 1000000, 64) == lossfn_arcface_scratch_f64(128, 128, 64), "scratch of any size");
    check(lossfn_arcface_scratch_f64(SIZE_MAX, SIZE_MAX, SIZE_MAX / 64) == SIZE_MAX, "scratch overflows");
}

static int all_finite(const double *g, size_t n)
{
    size_t i;
    for (i = 0; i < n; i++) if (!isfinite(g[i])) return 0;
    return 1;
}

/* The label's logit alone, out of two classes: log(1 + exp(other - label)). */
static void hard_points(void)
{
    static const double e[6] = {3, 0, 0, 0, 2, 0};      /* classes along the first two axes */
    static const int32_t label = 0, ignored = -100;
    lossfn_arcface_config c = lossfn_arcface_defaults();
    double x[3] = {5, 0, 0}, loss, gx[3], gw[6];
    c.scale = 4;
    lossfn_arcface_f64(x, e, &label, 1, 2, 3, &c, NULL, room_f64, sizeof room_f64, &loss, gx, gw);
    check(close_to(loss, log1p(exp(-4 * cos(0.5))), 1e-14, 0), "parallel: %g", loss);
    check(all_finite(gx, 3) && all_finite(gw, 6) && gx[0] == 0 && gx[1] > 0 && gw[0] == 0 && gw[1] == 0, "parallel: the label's part is 0: %g %g", gx[1], gw[1]);
    x[0] = -5;
    lossfn_arcface_f64(x, e, &label, 1, 2, 3, &c, NULL, room_f64, sizeof room_f64, &loss, gx, gw);
    check(close_to(loss, log1p(exp(4 * (1 + 0.5 * sin(0.5)))), 1e-14, 0) && all_finite(gx, 3), "opposite: %g", loss);
    x[0] = 0;
    lossfn_arcface_f64(x, e, &label, 1, 2, 3, &c, NULL, room_f64, sizeof room_f64, &loss, gx, gw);
    check(close_to(loss, log1p(exp(4 * sin(0.5))), 1e-14, 0) && gx[0] == 0 && gx[1] == 0 && all_finite(gw, 6), "zero features: %g", loss);
    x[1] = 1;
    c.easy_margin = 1;
    lossfn_arcface_f64(x, e, &label, 1, 2, 3, &c, NULL, room_f64, sizeof room_f64, &loss, gx, gw);
    check(close_to(loss, log1p(exp(4.0)), 1e-14, 0), "easy margin at 90 degrees: %g", loss);
    lossfn_arcface_f64(x, e, &ignored, 1, 2, 3, &c, NULL, room_f64, sizeof room_f64, &loss, gx, gw);
    check(loss == 0 && gx[1] == 0 && gw[0] == 0, "ignored");
    /* a margin of nothing is the normalised softmax; one class has no loss */
    c.easy_margin = 0;
    c.margin = 0;
    lossfn_arcface_f64(x, e, &label, 1, 2, 3, &c, NULL, room_f64, sizeof room_f64, &loss, gx, gw);
    check(close_to(loss, log1p(exp(4.0)), 1e-14, 0), "no margin: %g", loss);
    c.margin = 0.5;
    lossfn_arcface_f64(x, e, &label, 1, 1, 3, &c, NULL, room_f64, sizeof room_f64, &loss, gx, gw);
    check(loss == 0 && gx[0] == 0 && gw[1] == 0, "one class: %g", loss);
    /* d (label's logit) / dc of the catalogue: cos = .6, m = .5, s = 1: 1.2371517 */
    x[0] = 0.6;
    x[1] = 0;
    x[2] = 0.8;
    c.scale = 1;
    lossfn_arcface_f64(x, e, &label, 1, 2, 3, &c, NULL, room_f64, sizeof room_f64, &loss, gx, gw);
    {
        const double label_logit = cos(acos(0.6) + 0.5), q = exp(-label_logit) / (1 + exp(-label_logit));   /* the other's cosine is 0 */
        check(close_to(loss, log1p(exp(-label_logit)), 1e-14, 0), "at .6: %g", loss);
        check(close_to(gx[0], -q * 1.2371517 * (1 - 0.36), 1e-7, 0), "slope at .6: %g", gx[0]);
    }
}

static void refused(void)
{
    double x[6] = {1, 2, 3, 4, 5, 6}, w[6] = {1, 0, 0, 0, 1, 0}, loss = 7, g[6] = {1};
    static const int32_t labels[2] = {0, 1}, bad[2] = {0, 2};
    check(lossfn_arcface_f64(x, w, bad, 2, 2, 3, NULL, NULL, room_f64, sizeof room_f64, &loss, g, NULL) == LOSSFN_ERROR_LABEL, "label 2 of 2");
    check(lossfn_arcface_f64(x, w, labels, 2, 2, 3, NULL, NULL, room_f64, sizeof room_f64, &loss, x, NULL) == LOSSFN_ERROR_OVERLAP, "over the features");
    check(lossfn_arcface_f64(x, w, labels, 2, 2, 3, NULL, NULL, room_f64, sizeof room_f64, &loss, NULL, w + 1) == LOSSFN_ERROR_OVERLAP, "across the weights");
    check(lossfn_arcface_f64(x, w, labels, 2, 2, 3, NULL, NULL, room_f64, sizeof room_f64, &loss, g, g) == LOSSFN_ERROR_OVERLAP, "two gradients in one buffer");
    check(loss == 7 && g[0] == 1, "nothing touched");
    check(lossfn_arcface_f64(x, w, labels, 2, 2, 3, NULL, NULL, room_f64, sizeof room_f64, &loss, g, NULL) == LOSSFN_OK, "and fine without");
    check(lossfn_arcface_f64(NULL, w, NULL, 0, 2, 3, NULL, NULL, NULL, 0, &loss, NULL, g) == LOSSFN_OK && loss == 0 && g[0] == 0, "no rows");
}

int main(void)
{
    golden("arcface", 64, 0.5, 0, arc_plain, arc_plain_x, arc_plain_w);
    golden("easy margin", 30, 0.3, 1, arc_easy, arc_easy_x, arc_easy_w);
    golden("wide margin", 10, 1.5, 0, arc_wide, arc_wide_x, arc_wide_w);
    golden("no margin", 16, 0, 0, arc_none, arc_none_x, arc_none_w);
    many_tiles();
    hard_points();
    refused();
    engine_close();
    return engine_failed != 0;
}
