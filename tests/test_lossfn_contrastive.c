/* Contrastive losses: golden values, many tiles, lone rows, zero and equal vectors. */
#include "lossfn.h"
#include "golden_compare.h"
#include "golden/lossfn_contrastive.inc"

enum { ROWS = COUNT(contrast_labels), CELLS = COUNT(contrast_x), WIDTH = CELLS / ROWS, BIG = COUNT(contrast_big_grad) };

static double room_f64[70000];
static float room_f32[140000];

static void golden_nt_xent(const char *name, double temperature, const double *loss, const double *grad)
{
    double l[ROWS], g[CELLS];
    float lf[ROWS], gf[CELLS], *x = (float *)numbers(contrast_x, CELLS, 32);
    lossfn_options_f64 o;
    lossfn_options_f32 of;
    memset(&o, 0, sizeof o);
    memset(&of, 0, sizeof of);
    o.reduction = of.reduction = LOSSFN_NONE;
    check(lossfn_nt_xent_f64(contrast_x, ROWS / 2, WIDTH, temperature, &o, room_f64, sizeof room_f64, l, g) == LOSSFN_OK, "%s", name);
    compare(name, l, 64, loss, ROWS, 1e-13);
    compare(name, g, 64, grad, CELLS, 1e-13);
    check(lossfn_nt_xent_f32(x, ROWS / 2, WIDTH, temperature, &of, room_f32, sizeof room_f32, lf, gf) == LOSSFN_OK, "%s", name);
    compare(name, lf, 32, loss, ROWS, 4e-6);
    compare(name, gf, 32, grad, CELLS, 1e-5);
    free(x);
}

static void golden_supcon(void)
{
    double l[ROWS], g[CELLS], count;
    lossfn_options_f64 o;
    memset(&o, 0, sizeof o);
    o.count = &count;
    check(lossfn_supcon_f64(contrast_x, contrast_labels, ROWS, WIDTH, 0.1, 0.07, &o, room_f64, sizeof room_f64, l, g) == LOSSFN_OK, "supcon");
    compare("supcon gradient of the mean", g, 64, contrast_supcon_mean_grad, CELLS, 1e-13);
    check(count == ROWS - 2, "rows with a positive: %g", count);
    o.reduction = LOSSFN_NONE;
    lossfn_supcon_f64(contrast_x, contrast_labels, ROWS, WIDTH, 0.1, 0.07, &o, room_f64, sizeof room_f64, l, NULL);
    compare("supcon", l, 64, contrast_supcon, ROWS, 1e-13);
    check(l[6] == 0 && l[10] == 0, "lone rows have no loss");
}

static void many_tiles(void)
{
    static double x[BIG], g[BIG];
    static float xf[BIG], gf[BIG];
    static int32_t labels[BIG / 3];
    double loss;
    float lossf;
    int k;
    for (k = 0; k < BIG; k++) xf[k] = (float)(x[k] = (double)((37 * k * k + 11 * k) % 101) / 50 - 1);
    for (k = 0; k < BIG / 3; k++) labels[k] = k * k % 7;
    check(lossfn_supcon_f64(x, labels, BIG / 3, 3, 0.2, 0.2, NULL, room_f64, sizeof room_f64, &loss, g) == LOSSFN_OK, "three tiles");
    check(close_to(loss, contrast_big[0], 1e-13, 0), "three tiles: %.17g", loss);
    compare("three tiles", g, 64, contrast_big_grad, BIG, 1e-12);
    lossfn_supcon_f32(xf, labels, BIG / 3, 3, 0.2, 0.2, NULL, room_f32, sizeof room_f32, &lossf, gf);
    check(close_to((double)lossf, contrast_big[0], 1e-6, 0), "three tiles in float");
    compare("three tiles", gf, 32, contrast_big_grad, BIG, 2e-5);
    check(lossfn_supcon_scratch_f64(100000, 64) < (size_t)2 * 100000 * 64 * 8 + 100000 * 100 + 128 * 128 * 8 + 4096, "no matrix in the scratch");
}

/* Two rows a label: the same numbers by both functions. */
static void same_loss(void)
{
    int32_t labels[ROWS];
    double a[CELLS], b[CELLS], la, lb;
    int k;
    for (k = 0; k < ROWS; k++) labels[k] = k % (ROWS / 2);
    lossfn_nt_xent_f64(contrast_x, ROWS / 2, WIDTH, 0.3, NULL, room_f64, sizeof room_f64, &la, a);
    lossfn_supcon_f64(contrast_x, labels, ROWS, WIDTH, 0.3, 0.3, NULL, room_f64, sizeof room_f64, &lb, b);
    check(la == lb && memcmp(a, b, sizeof a) == 0, "two rows a label");
}

static void hard_points(void)
{
    double x[12], g[12], loss;
    int32_t labels[4] = {5, 5, 5, 5};
    lossfn_options_f64 o;
    double weight[4] = {0, 1, 1, 1}, each[4];
    int k, zero;
    memset(&o, 0, sizeof o);
    /* all in one direction: nothing to turn */
    for (k = 0; k < 12; k++) x[k] = k % 3 + 1;
    lossfn_nt_xent_f64(x, 2, 3, 0.1, NULL, room_f64, sizeof room_f64, &loss, g);
    check(close_to(loss, log(3.0), 1e-14, 0), "equal rows: %g", loss);
    for (zero = 1, k = 0; k < 12; k++) zero = zero && fabs(g[k]) < 1e-14;
    check(zero, "equal rows: gradient");
    lossfn_supcon_f64(x, labels, 4, 3, 0.1, 0.1, NULL, room_f64, sizeof room_f64, &loss, g);
    check(close_to(loss, log(3.0), 1e-14, 0), "one label: %g", loss);
    /* one pair alone, one row alone */
    x[3] = -4;
    lossfn_nt_xent_f64(x, 1, 3, 0.1, NULL, room_f64, sizeof room_f64, &loss, g);
    check(loss == 0 && g[0] == 0 && g[5] == 0, "one pair alone: %g %g", loss, g[0]);
    lossfn_supcon_f64(x, labels, 1, 3, 0.1, 0.1, NULL, room_f64, sizeof room_f64, &loss, g);
    check(loss == 0 && g[0] == 0 && g[2] == 0, "one row alone");
    /* zero vectors: finite, and no gradient of their own */
    memset(x, 0, 6 * sizeof *x);
    lossfn_nt_xent_f64(x, 2, 3, 0.1, NULL, room_f64, sizeof room_f64, &loss, g);
    check(isfinite(loss) && g[0] == 0 && g[1] == 0 && g[5] == 0 && isfinite(g[6]), "zero vectors: %g %g", loss, g[6]);
    /* saturated: the positive far ahead keeps the digits of what is left */
    x[0] = 1; x[1] = 0; x[2] = 0; x[3] = -1; x[4] = 0; x[5] = 0;
    x[6] = 1; x[7] = 1e-9; x[8] = 0; x[9] = -1; x[10] = 0; x[11] = 1e-9;
    lossfn_nt_xent_f64(x, 2, 3, 0.025, NULL, room_f64, sizeof room_f64, &loss, g);
    check(close_to(loss, 2 * exp(-80.0), 1e-10, 0), "saturated: %g", loss);
    /* a row of weight 0 is no anchor */
    o.reduction = LOSSFN_NONE;
    o.weight = weight;
    lossfn_nt_xent_f64(x, 2, 3, 0.5, &o, room_f64, sizeof room_f64, each, g);
    check(each[0] == 0 && each[1] > 0, "weight 0");
    /* sslsv's check: orthonormal, views identical, scale 5 */
    x[0] = 1; x[1] = 0; x[2] = 0; x[3] = 0; x[4] = 1; x[5] = 0;
    memcpy(x + 6, x, 6 * sizeof *x);
    lossfn_nt_xent_f64(x, 2, 3, 0.2, NULL, room_f64, sizeof room_f64, &loss, g);
    check(close_to(loss, 0.0133859017, 1e-8, 0), "two orthonormal samples: %.10g", loss);
}

static void refused(void)
{
    double x[4] = {1, 2, 3, 4}, loss = 7, g[4] = {1};
    static const int32_t labels[2] = {1, 1};
    lossfn_options_f64 o;
    memset(&o, 0, sizeof o);
    check(lossfn_nt_xent_f64(x, 1, 2, 1e-320, NULL, room_f64, sizeof room_f64, &loss, g) == LOSSFN_ERROR_PARAMETER, "1 / temperature overflows");
    check(lossfn_nt_xent_f64(x, SIZE_MAX / 2 + 1, 2, 1, NULL, room_f64, sizeof room_f64, &loss, g) == LOSSFN_ERROR_SIZE, "2 pairs overflows");
    check(lossfn_nt_xent_scratch_f64(SIZE_MAX / 2 + 1, 2) == SIZE_MAX && lossfn_supcon_scratch_f64(SIZE_MAX / 8, 2) == SIZE_MAX, "scratch overflows");
    check(lossfn_supcon_f64(x, labels, 2, 2, 1, 1, NULL, room_f64, 16, &loss, g) == LOSSFN_ERROR_SCRATCH, "scratch");
    check(lossfn_supcon_f64(x, NULL, 2, 2, 1, 1, NULL, room_f64, sizeof room_f64, &loss, g) == LOSSFN_ERROR_NULL, "no labels");
    check(lossfn_supcon_f64(x, labels, 1, 2, 1, 1, NULL, room_f64, sizeof room_f64, &loss, x + 1) == LOSSFN_ERROR_OVERLAP, "across the features");
    o.accumulate = 1;
    check(lossfn_supcon_f64(x, labels, 2, 2, 1, 1, &o, room_f64, sizeof room_f64, &loss, x) == LOSSFN_ERROR_OVERLAP, "accumulate in place");
    check(loss == 7 && g[0] == 1, "nothing touched");
    check(lossfn_supcon_f64(NULL, NULL, 0, 2, 1, 1, NULL, NULL, 0, &loss, NULL) == LOSSFN_OK && loss == 0, "no rows");
}

int main(void)
{
    golden_nt_xent("nt_xent .5", 0.5, contrast_nt_xent_hot, contrast_nt_xent_hot_grad);
    golden_nt_xent("nt_xent .05", 0.05, contrast_nt_xent_cold, contrast_nt_xent_cold_grad);
    golden_supcon();
    many_tiles();
    same_loss();
    hard_points();
    refused();
    engine_close();
    return engine_failed != 0;
}
