/* Our side of the comparison with other libraries; peers.py drives it.

   usage: peers list     names of the rows
          peers          reads row names from standard input, one per line; for each
                         prepares the row's data (once, while the name stays the same),
                         runs it and prints "seconds value bytes": the best time of one
                         call, the result (to compare with the peer's) and the memory
                         the call needed beyond its inputs

   The data are a pure function of seed and index, see unit(): peers.py makes the
   same. */
#define _DEFAULT_SOURCE
#include "lossfn.h"
#include "optim.h"
#include "metrics.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- data ------------------------------------------------------------------ */

/* A number in [0, 1) with 24 bits. */
static float unit(uint64_t seed, uint64_t i)
{
    uint64_t z = ((seed << 40) + i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (float)(z >> 40) * (1.0f / 16777216.0f);
}

static void *room(size_t bytes)
{
    void *p = malloc(bytes ? bytes : 1);
    if (!p) { fprintf(stderr, "peers: out of memory\n"); exit(1); }
    memset(p, 0, bytes);
    return p;
}

/* The arrays of the row at hand. */
static float *real[12];
static int32_t *whole[4];
static uint8_t *flag;
static size_t *offsets;
static void *scratch;
static size_t scratch_bytes, output_bytes;

static void let_go(void)
{
    int k;
    for (k = 0; k < 12; k++) { free(real[k]); real[k] = NULL; }
    for (k = 0; k < 4; k++) { free(whole[k]); whole[k] = NULL; }
    free(flag);
    free(offsets);
    free(scratch);
    flag = NULL;
    offsets = NULL;
    scratch = NULL;
    scratch_bytes = output_bytes = 0;
}

/* Input k: uniform from low to high. The seed is k. */
static void in(int k, size_t n, double low, double high)
{
    size_t i;
    real[k] = (float *)room(n * sizeof(float));
    for (i = 0; i < n; i++) real[k][i] = (float)(low + (high - low) * (double)unit((uint64_t)k, i));
}

/* Output or state k: zeros. */
static void out(int k, size_t n)
{
    real[k] = (float *)room(n * sizeof(float));
    output_bytes += n * sizeof(float);
}

/* Integers from low to high - 1. The seed is 20 + k. */
static void in_whole(int k, size_t n, int32_t low, int32_t high)
{
    size_t i;
    whole[k] = (int32_t *)room(n * sizeof(int32_t));
    for (i = 0; i < n; i++) whole[k][i] = low + (int32_t)((double)unit((uint64_t)(20 + k), i) * (high - low));
}

/* Labels of a classifier that is somewhat right: 1 with the probability of the score. */
static void in_flags(size_t n)
{
    size_t i;
    flag = (uint8_t *)room(n);
    for (i = 0; i < n; i++) flag[i] = unit(30, i) < real[0][i];
}

static void need(size_t bytes)
{
    scratch_bytes = bytes;
    scratch = room(bytes);
}

/* ---- rows -------------------------------------------------------------------- */

static int status;

static void pair(size_t n, double low, double high) { in(0, n, -3, 3); in(1, n, low, high); out(2, n); }
static void pair_small(void) { pair(1 << 20, -2, 2); }
static void pair_large(void) { pair(1 << 24, -2, 2); }
static void odds_large(void) { pair(1 << 24, 0, 1); }

static double mse(size_t n)
{
    float loss;
    status = lossfn_mse_f32(real[0], real[1], n, NULL, &loss, real[2], NULL);
    return (double)loss;
}
static double mse_small(void) { return mse(1 << 20); }
static double mse_large(void) { return mse(1 << 24); }

static double huber(void)
{
    float loss;
    status = lossfn_huber_f32(real[0], real[1], 1 << 24, 1, NULL, &loss, real[2], NULL);
    return (double)loss;
}

static double bce(void)
{
    float loss;
    status = lossfn_bce_with_logits_f32(real[0], real[1], 1 << 24, 1, NULL, &loss, real[2], NULL);
    return (double)loss;
}

static void gaussian_data(void)
{
    const size_t n = 1 << 22;
    in(0, n, -3, 3);
    in(1, n, 0.1, 2);
    in(2, n, -2, 2);
    out(3, n);
    out(4, n);
}
static double gaussian(void)
{
    float loss;
    status = lossfn_gaussian_nll_f32(real[0], real[1], real[2], 1 << 22, 0, 0, 1e-6, NULL, &loss, real[3], real[4], NULL);
    return (double)loss;
}

static void scores(size_t rows, int32_t classes)
{
    in(0, rows * (size_t)classes, -5, 5);
    in_whole(0, rows, 0, classes);
    out(1, rows * (size_t)classes);
}
static void scores_wide(void) { scores(4096, 1000); }
static void scores_narrow(void) { scores(65536, 10); }
static double cross_entropy(size_t rows, size_t classes)
{
    float loss;
    status = lossfn_softmax_cross_entropy_f32(real[0], whole[0], rows, classes, NULL, NULL, &loss, real[1]);
    return (double)loss;
}
static double cross_entropy_wide(void) { return cross_entropy(4096, 1000); }
static double cross_entropy_narrow(void) { return cross_entropy(65536, 10); }

static double focal(void)
{
    float loss;
    status = lossfn_softmax_focal_f32(real[0], whole[0], 4096, 1000, NULL, 2, LOSSFN_NO_IGNORE, NULL, &loss, real[1]);
    return (double)loss;
}

static void divergence_data(void)
{
    const size_t n = 4096 * 1000;
    in(0, n, -12, -2);
    in(1, n, 0.0001, 0.002);
    out(2, n);
}
static double divergence(void)
{
    float loss;
    status = lossfn_kl_div_f32(real[0], real[1], 4096, 1000, 0, NULL, &loss, real[2], NULL);
    return (double)loss;
}

static void triplet_data(void)
{
    int k;
    for (k = 0; k < 3; k++) in(k, 32768 * 128, -1, 1);
    for (k = 3; k < 6; k++) out(k, 32768 * 128);
}
static double triplet(void)
{
    float loss;
    status = lossfn_triplet_margin_f32(real[0], real[1], real[2], 32768, 128, NULL, NULL, &loss, real[3], real[4], real[5]);
    return (double)loss;
}

static void cosine_data(void)
{
    size_t i;
    in(0, 32768 * 128, -1, 1);
    in(1, 32768 * 128, -1, 1);
    in_whole(0, 32768, 0, 2);
    for (i = 0; i < 32768; i++) whole[0][i] = 2 * whole[0][i] - 1;
    out(2, 32768 * 128);
    out(3, 32768 * 128);
}
static double cosine(void)
{
    float loss;
    status = lossfn_cosine_embedding_f32(real[0], real[1], whole[0], 32768, 128, 0, NULL, &loss, real[2], real[3]);
    return (double)loss;
}

enum { CTC_STEPS = 200, CTC_ITEMS = 32, CTC_CLASSES = 64, CTC_LENGTH = 30 };
static void ctc_data(void)
{
    int32_t k;
    in(0, CTC_STEPS * CTC_ITEMS * CTC_CLASSES, -3, 3);
    in_whole(0, CTC_ITEMS * CTC_LENGTH, 1, CTC_CLASSES);
    in_whole(1, CTC_ITEMS, 0, 1);
    in_whole(2, CTC_ITEMS, 0, 1);
    for (k = 0; k < CTC_ITEMS; k++) { whole[1][k] = CTC_STEPS; whole[2][k] = CTC_LENGTH; }
    out(1, CTC_STEPS * CTC_ITEMS * CTC_CLASSES);
    need(lossfn_ctc_scratch_f32(CTC_STEPS, CTC_LENGTH));
}
static double ctc(void)
{
    float loss;
    lossfn_options_f32 options;
    memset(&options, 0, sizeof options);
    options.reduction = LOSSFN_SUM;
    status = lossfn_ctc_f32(real[0], whole[0], whole[1], whole[2], CTC_STEPS, CTC_ITEMS, CTC_CLASSES, CTC_ITEMS * CTC_LENGTH,
                            NULL, &options, scratch, scratch_bytes, &loss, real[1]);
    return (double)loss;
}

enum { LINEAR_ROWS = 512, LINEAR_CLASSES = 16384, LINEAR_WIDTH = 256 };
static void linear_data(void)
{
    in(0, LINEAR_ROWS * LINEAR_WIDTH, -1, 1);
    in(1, LINEAR_CLASSES * LINEAR_WIDTH, -0.3, 0.3);
    in_whole(0, LINEAR_ROWS, 0, LINEAR_CLASSES);
    out(2, LINEAR_ROWS * LINEAR_WIDTH);
    out(3, LINEAR_CLASSES * LINEAR_WIDTH);
    need(lossfn_linear_cross_entropy_scratch_f32(LINEAR_ROWS, LINEAR_CLASSES, LINEAR_WIDTH));
}
static double linear(void)
{
    float loss;
    status = lossfn_linear_cross_entropy_f32(real[0], real[1], NULL, whole[0], LINEAR_ROWS, LINEAR_CLASSES, LINEAR_WIDTH,
                                             NULL, NULL, scratch, scratch_bytes, &loss, real[2], real[3], NULL);
    return (double)loss;
}

/* Steps: the value is that of a parameter after the first step. */
static void step_data(size_t n)
{
    int k;
    in(0, n, -1, 1);
    in(1, n, -0.1, 0.1);
    for (k = 2; k < 4; k++) out(k, n);
}
static void step_small(void) { step_data(1 << 20); }
static void step_large(void) { step_data(1 << 24); }
static int64_t step_count;

static double adamw(size_t n)
{
    status = optim_adamw_f32(NULL, ++step_count, n, real[0], real[1], real[2], real[3]);
    return (double)real[0][n / 2];
}
static double adamw_small(void) { return adamw(1 << 20); }
static double adamw_large(void) { return adamw(1 << 24); }
static double adam(size_t n)
{
    status = optim_adam_f32(NULL, ++step_count, n, real[0], real[1], real[2], real[3]);
    return (double)real[0][n / 2];
}
static double adam_small(void) { return adam(1 << 20); }
static double adam_large(void) { return adam(1 << 24); }
static double sgd(size_t n)
{
    optim_sgd_config config = optim_sgd_defaults();
    config.lr = 0.001;
    config.momentum = 0.9;
    status = optim_sgd_f32(&config, ++step_count, n, real[0], real[1], real[2]);
    return (double)real[0][n / 2];
}
static double sgd_small(void) { return sgd(1 << 20); }
static double sgd_large(void) { return sgd(1 << 24); }

enum { SCORED = 1000000 };
static void scored(void)
{
    in(0, SCORED, 0, 1);
    in_flags(SCORED);
    need(metrics_roc_auc_scratch(SCORED));
}
static double roc_auc(void)
{
    double value = 0;
    status = metrics_roc_auc_f32(real[0], flag, NULL, SCORED, scratch, scratch_bytes, &value);
    return value;
}
static void scored_ap(void)
{
    in(0, SCORED, 0, 1);
    in_flags(SCORED);
    need(metrics_average_precision_scratch(SCORED));
}
static double average_precision(void)
{
    double value = 0;
    status = metrics_average_precision_f32(real[0], flag, NULL, SCORED, scratch, scratch_bytes, &value);
    return value;
}

static void confusion_data(void) { in_whole(0, SCORED, 0, 10); in_whole(1, SCORED, 0, 10); }
static double confusion(void)
{
    double matrix[100], value = 0;
    int k;
    status = metrics_confusion_init(10, matrix);
    if (!status) status = metrics_confusion_update_f32(whole[0], whole[1], NULL, SCORED, 10, METRICS_IGNORE_NONE, matrix);
    for (k = 0; k < 100; k++) value += (k + 1) * matrix[k];
    return value;
}

static void ranked(void) { in(0, SCORED, 0, 1); in(1, SCORED, 0, 1); need(metrics_kendall_scratch_f32(SCORED)); }
static double kendall(void)
{
    double value = 0;
    status = metrics_kendall_f32(real[0], real[1], SCORED, METRICS_TAU_B, scratch, scratch_bytes, &value);
    return value;
}
static void ranked_spearman(void) { in(0, SCORED, 0, 1); in(1, SCORED, 0, 1); need(metrics_spearman_scratch_f32(SCORED)); }
static double spearman(void)
{
    double value = 0;
    status = metrics_spearman_f32(real[0], real[1], SCORED, scratch, scratch_bytes, &value);
    return value;
}

static void silhouette_data(void)
{
    in(0, 4096 * 32, -1, 1);
    in_whole(0, 4096, 0, 8);
    need(metrics_silhouette_scratch_f32(4096, 32, 8));
}
static double silhouette(void)
{
    double value = 0;
    status = metrics_silhouette_f32(real[0], whole[0], 4096, 32, 8, METRICS_SILHOUETTE_EUCLIDEAN, scratch, scratch_bytes, &value, NULL);
    return value;
}

static void ssim_data(void)
{
    in(0, 512 * 512, 0, 1);
    in(1, 512 * 512, 0, 1);
    need(metrics_ssim_scratch_f32(512, 512, NULL));
}
static double ssim(void)
{
    double value = 0;
    status = metrics_ssim_f32(real[0], real[1], 512, 512, 1, 1, NULL, scratch, scratch_bytes, &value, NULL, NULL);
    return value;
}

/* 1000 queries of 1000 documents, relevance 0 to 4. */
static void ndcg_data(void)
{
    size_t i;
    in(0, SCORED, 0, 1);
    in_whole(0, SCORED, 0, 5);
    real[1] = (float *)room(SCORED * sizeof(float));
    for (i = 0; i < SCORED; i++) real[1][i] = (float)whole[0][i];
    offsets = (size_t *)room(1001 * sizeof *offsets);
    for (i = 0; i <= 1000; i++) offsets[i] = 1000 * i;
    need(metrics_ranking_scratch_f32(SCORED));
}
static double ndcg(void)
{
    metrics_retrieval sums;
    metrics_ranking_scores mean;
    metrics_ranking_config config = metrics_ranking_defaults();
    config.gain = METRICS_GAIN_LINEAR;
    mean.ndcg = 0;
    metrics_retrieval_init(&sums);
    status = metrics_retrieval_update_f32(real[0], real[1], SCORED, offsets, 1000, &config, scratch, scratch_bytes, NULL, &sums);
    if (!status) status = metrics_retrieval_result(&sums, &mean);
    return mean.ndcg;
}

static const struct peer_row {
    const char *name;
    void (*prepare)(void);
    double (*run)(void);
} rows[] = {
    {"mse_2^20", pair_small, mse_small},
    {"mse_2^24", pair_large, mse_large},
    {"huber_2^24", pair_large, huber},
    {"bce_with_logits_2^24", odds_large, bce},
    {"gaussian_nll_2^22", gaussian_data, gaussian},
    {"softmax_cross_entropy_4096x1000", scores_wide, cross_entropy_wide},
    {"softmax_cross_entropy_65536x10", scores_narrow, cross_entropy_narrow},
    {"softmax_focal_4096x1000", scores_wide, focal},
    {"kl_div_4096x1000", divergence_data, divergence},
    {"triplet_margin_32768x128", triplet_data, triplet},
    {"cosine_embedding_32768x128", cosine_data, cosine},
    {"ctc_200x32x64", ctc_data, ctc},
    {"linear_cross_entropy_512x256x16384", linear_data, linear},
    {"sgd_momentum_2^20", step_small, sgd_small},
    {"sgd_momentum_2^24", step_large, sgd_large},
    {"adam_2^20", step_small, adam_small},
    {"adam_2^24", step_large, adam_large},
    {"adamw_2^20", step_small, adamw_small},
    {"adamw_2^24", step_large, adamw_large},
    {"roc_auc_1e6", scored, roc_auc},
    {"average_precision_1e6", scored_ap, average_precision},
    {"confusion_matrix_1e6x10", confusion_data, confusion},
    {"kendall_tau_1e6", ranked, kendall},
    {"spearman_1e6", ranked_spearman, spearman},
    {"ndcg_1000x1000", ndcg_data, ndcg},
    {"silhouette_4096x32", silhouette_data, silhouette},
    {"ssim_512x512", ssim_data, ssim},
};
enum { row_count = (int)(sizeof rows / sizeof rows[0]) };

/* The best of calls that take about a fifth of a second together, at least two. */
static double measure(const struct peer_row *row)
{
    double best = 1e30, total = 0, start, t;
    int run;
    for (run = 0; run < 1000 && (run < 2 || total < 0.2); run++) {
        start = now();
        row->run();
        t = now() - start;
        total += t;
        if (t < best) best = t;
    }
    return best;
}

int main(int argc, char **argv)
{
    const struct peer_row *row = NULL;
    double value = 0;
    char line[128];
    int k;
    if (argc > 1 && strcmp(argv[1], "list") == 0) {
        for (k = 0; k < row_count; k++) puts(rows[k].name);
        return 0;
    }
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (!row || strcmp(row->name, line) != 0) {
            let_go();
            for (k = 0; k < row_count && strcmp(rows[k].name, line) != 0; k++) {}
            if (k == row_count) { fprintf(stderr, "peers: no row %s\n", line); return 1; }
            row = &rows[k];
            step_count = 0;
            row->prepare();
            value = row->run();
            if (status) { fprintf(stderr, "peers: %s fails with status %d\n", row->name, status); return 1; }
        }
        printf("%.9g %.17g %.0f\n", measure(row), value, (double)(output_bytes + scratch_bytes));
        fflush(stdout);
    }
    let_go();
    return 0;
}
