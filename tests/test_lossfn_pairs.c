/* Pairs and triplets: golden values, vectors in one place, zero vectors, saturated margins. */
#include "lossfn.h"
#include "golden_compare.h"
#include "golden/lossfn_pairs.inc"

enum { ROWS = COUNT(pairs_labels), CELLS = COUNT(pairs_x), WIDTH = CELLS / ROWS };

static lossfn_options_f64 each;
static lossfn_options_f32 each_f32;

static void golden_pairs(void)
{
    double l[ROWS], g[2 * CELLS];
    float lf[ROWS], gf[2 * CELLS], *x = (float *)numbers(pairs_x, CELLS, 32), *y = (float *)numbers(pairs_y, CELLS, 32);
    int32_t signs[ROWS];
    int i;
    for (i = 0; i < ROWS; i++) signs[i] = 2 * pairs_labels[i] - 1;
    check(lossfn_contrastive_f64(pairs_x, pairs_y, pairs_labels, ROWS, WIDTH, 4, &each, l, g, g + CELLS) == LOSSFN_OK, "contrastive");
    compare("contrastive", l, 64, pairs_contrastive, ROWS, 1e-14);
    compare("contrastive gradient", g, 64, pairs_contrastive_grad, 2 * CELLS, 1e-14);
    lossfn_contrastive_f32(x, y, pairs_labels, ROWS, WIDTH, 4, &each_f32, lf, gf, gf + CELLS);
    compare("contrastive", lf, 32, pairs_contrastive, ROWS, 1e-6);
    compare("contrastive gradient", gf, 32, pairs_contrastive_grad, 2 * CELLS, 1e-6);
    /* PyTorch's 1e-12 in the norms shows in the 12th digit */
    check(lossfn_cosine_embedding_f64(pairs_x, pairs_y, signs, ROWS, WIDTH, 0.1, &each, l, g, g + CELLS) == LOSSFN_OK, "cosine");
    compare("cosine", l, 64, pairs_cosine, ROWS, 1e-12);
    compare("cosine gradient", g, 64, pairs_cosine_grad, 2 * CELLS, 1e-11);
    lossfn_cosine_embedding_f32(x, y, signs, ROWS, WIDTH, 0.1, &each_f32, lf, gf, gf + CELLS);
    compare("cosine", lf, 32, pairs_cosine, ROWS, 1e-6);
    compare("cosine gradient", gf, 32, pairs_cosine_grad, 2 * CELLS, 1e-6);
    free(x); free(y);
}

static void golden_triplet(const char *name, double p, int swap, const double *loss, const double *grad)
{
    double l[ROWS], g[3 * CELLS];
    float lf[ROWS], gf[3 * CELLS];
    float *x = (float *)numbers(pairs_x, CELLS, 32), *y = (float *)numbers(pairs_y, CELLS, 32), *z = (float *)numbers(pairs_z, CELLS, 32);
    lossfn_triplet_margin_config c = lossfn_triplet_margin_defaults();
    c.margin = 2;
    c.p = p;
    c.swap = swap;
    check(lossfn_triplet_margin_f64(pairs_x, pairs_y, pairs_z, ROWS, WIDTH, &c, &each, l, g, g + CELLS, g + 2 * CELLS) == LOSSFN_OK, "%s", name);
    compare(name, l, 64, loss, ROWS, 1e-13);
    compare(name, g, 64, grad, 3 * CELLS, 1e-13);
    check(lossfn_triplet_margin_f32(x, y, z, ROWS, WIDTH, &c, &each_f32, lf, gf, gf + CELLS, gf + 2 * CELLS) == LOSSFN_OK, "%s", name);
    compare(name, lf, 32, loss, ROWS, 2e-6);
    compare(name, gf, 32, grad, 3 * CELLS, 2e-6);
    free(x); free(y); free(z);
}

static int all_are(const double *g, size_t n, double value)
{
    size_t i;
    for (i = 0; i < n; i++) if (!(g[i] == value)) return 0;
    return 1;
}

/* Vectors in one place and of no length. */
static void one_place(void)
{
    static const double x[3] = {1, 2, 3}, zero[3] = {0, 0, 0};
    static const int32_t similar = 1, different = 0, opposite = -1;
    lossfn_triplet_margin_config c = lossfn_triplet_margin_defaults();
    double loss, g[9];
    double p;
    lossfn_contrastive_f64(x, x, &different, 1, 3, 2, NULL, &loss, g, g + 3);
    check(loss == 4 && all_are(g, 6, 0), "dissimilar in one place");
    lossfn_contrastive_f64(x, x, &similar, 1, 3, 2, NULL, &loss, g, g + 3);
    check(loss == 0 && all_are(g, 6, 0), "similar in one place");
    lossfn_contrastive_f64(x, zero, &different, 1, 3, sqrt(14.0), NULL, &loss, g, g + 3);
    check(loss == 0 && all_are(g, 6, 0), "at the margin");
    for (p = 1; p <= 3; p += 0.5) {
        c.p = p;
        c.eps = 0;
        lossfn_triplet_margin_f64(x, x, x, 1, 3, &c, NULL, &loss, g, g + 3, g + 6);
        check(loss == 1 && all_are(g, 9, 0), "triplet in one place, p = %g", p);
        c.swap = 1;
        lossfn_triplet_margin_f64(zero, zero, x, 1, 3, &c, NULL, &loss, g, g + 3, g + 6);
        check(loss == 0 && all_are(g, 9, 0), "triplet saturated, p = %g", p);
        c.swap = 0;
        c.eps = 1e-6;
        lossfn_triplet_margin_f64(x, x, x, 1, 3, &c, NULL, &loss, g, g + 3, g + 6);
        check(close_to(loss, 1, 1e-15, 0) && all_are(g, 3, 0) && g[3] < 0 && g[6] == -g[3], "eps moves them, p = %g: %g", p, g[3]);
    }
    lossfn_cosine_embedding_f64(x, zero, &similar, 1, 3, 0, NULL, &loss, g, g + 3);
    check(loss == 1 && all_are(g, 6, 0), "a zero vector, similar");
    lossfn_cosine_embedding_f64(zero, zero, &opposite, 1, 3, -0.5, NULL, &loss, g, g + 3);
    check(loss == 0.5 && all_are(g, 6, 0), "two zero vectors, dissimilar");
    lossfn_cosine_embedding_f64(x, x, &similar, 1, 3, 0, NULL, &loss, g, g + 3);
    check(loss == 0 && fabs(g[0]) < 1e-16 && fabs(g[4]) < 1e-16, "parallel: %g %g", loss, g[0]);
    lossfn_cosine_embedding_f64(x, x, &opposite, 1, 1, 1, NULL, &loss, g, g + 3);
    check(loss == 0 && g[0] == 0, "at the margin 1");
}

/* No power overflows where the distance does not. */
static void large_values(void)
{
    static const float a[2] = {1e15f, -1e15f}, p[2] = {0, 0}, n[2] = {2e15f, 3e15f};
    lossfn_triplet_margin_config c = lossfn_triplet_margin_defaults();
    float loss, g[6];
    c.p = 5;
    lossfn_triplet_margin_f32(a, p, n, 1, 2, &c, NULL, &loss, g, g + 2, g + 4);
    check(loss == 0, "p = 5, large: %g", (double)loss);
    lossfn_triplet_margin_f32(a, n, p, 1, 2, &c, NULL, &loss, g, g + 2, g + 4);
    check(loss > 1e15f && isfinite(loss) && isfinite(g[0]) && g[3] > 0.9f, "p = 5, large: %g %g", (double)loss, (double)g[3]);
}

static void refused(void)
{
    double x[6] = {1, 2, 3, 4, 5, 6}, loss = 7, g[6] = {1};
    static const int32_t good[2] = {1, 0}, bad[2] = {1, 2}, signs[2] = {1, -1};
    lossfn_triplet_margin_config c = lossfn_triplet_margin_defaults();
    check(lossfn_contrastive_f64(x, x, bad, 2, 3, 1, NULL, &loss, g, NULL) == LOSSFN_ERROR_LABEL, "label 2");
    check(lossfn_contrastive_f64(x, x, signs, 2, 3, 1, NULL, &loss, g, NULL) == LOSSFN_ERROR_LABEL, "label -1 of a contrastive pair");
    check(lossfn_cosine_embedding_f64(x, x, good, 2, 3, 0, NULL, &loss, g, NULL) == LOSSFN_ERROR_LABEL, "label 0 of a cosine pair");
    check(lossfn_contrastive_f64(x, x, good, 2, 3, 1, NULL, &loss, g, g) == LOSSFN_ERROR_OVERLAP, "two gradients in one buffer");
    check(lossfn_contrastive_f64(x, x, good, 1, 3, 1, NULL, &loss, x + 1, NULL) == LOSSFN_ERROR_OVERLAP, "across an input");
    c.p = INFINITY;
    check(lossfn_triplet_margin_f64(x, x, x, 2, 3, &c, NULL, &loss, g, NULL, NULL) == LOSSFN_ERROR_PARAMETER, "p infinite");
    check(loss == 7 && g[0] == 1, "nothing touched");
    check(lossfn_triplet_margin_f64(x, x, x, 2, 0, NULL, NULL, &loss, NULL, NULL, NULL) == LOSSFN_OK && loss == 1, "no coordinates: the margin");
}

int main(void)
{
    each.reduction = each_f32.reduction = LOSSFN_NONE;
    golden_pairs();
    golden_triplet("triplet 2", 2, 0, pairs_triplet_2, pairs_triplet_2_grad);
    golden_triplet("triplet 2 swap", 2, 1, pairs_triplet_2_swap, pairs_triplet_2_swap_grad);
    golden_triplet("triplet 1", 1, 0, pairs_triplet_1, pairs_triplet_1_grad);
    golden_triplet("triplet 3", 3, 1, pairs_triplet_3, pairs_triplet_3_grad);
    one_place();
    large_values();
    refused();
    engine_close();
    return engine_failed != 0;
}
