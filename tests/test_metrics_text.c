/* Text: golden values, plain tables, BLEU of the sacreBLEU documentation, merging, UTF-8. */
#include "engine.h"
#include "metrics.h"
#include "golden/metrics_text.inc"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static call source;
static double room[200000];

static double distance_of(const int32_t *a, size_t n, const int32_t *b, size_t m)
{
    double d = -1;
    check(metrics_levenshtein(a, n, b, m, room, sizeof room, &d) == METRICS_OK, "levenshtein");
    return d;
}

static double lcs_of(const int32_t *a, size_t n, const int32_t *b, size_t m)
{
    double d = -1;
    check(metrics_lcs(a, n, b, m, room, sizeof room, &d) == METRICS_OK, "lcs");
    return d;
}

static void test_golden_pairs(void)
{
    const int32_t *a = golden_a, *b = golden_b;
    int k, order;
    for (k = 0; k < golden_pairs; k++) {
        const size_t n = (size_t)golden_lengths[2 * k], m = (size_t)golden_lengths[2 * k + 1];
        const int *expect = golden_expect + k * golden_columns;
        metrics_edits e;
        metrics_rouge_scores s;
        metrics_edits_init(&e);
        check(distance_of(a, n, b, m) == expect[0] && distance_of(b, m, a, n) == expect[0], "distance %d: %g, not %d", k, distance_of(a, n, b, m), expect[0]);
        check(metrics_edits_update(a, n, b, m, room, sizeof room, &e) == METRICS_OK, "edits");
        check(e.substitutions == expect[1] && e.insertions == expect[2] && e.deletions == expect[3], "edits %d: %g %g %g, not %d %d %d", k,
              e.substitutions, e.insertions, e.deletions, expect[1], expect[2], expect[3]);
        check(e.hits + e.substitutions + e.deletions == (double)n && e.hits + e.substitutions + e.insertions == (double)m
              && e.reference == (double)n && e.hypothesis == (double)m && e.pairs == 1 && e.wrong == (expect[0] > 0), "lengths %d", k);
        check(lcs_of(a, n, b, m) == expect[4] && lcs_of(b, m, a, n) == expect[4], "lcs %d: %g, not %d", k, lcs_of(a, n, b, m), expect[4]);
        check(metrics_rouge_l(a, n, b, m, 1, room, sizeof room, &s) == METRICS_OK, "rouge-l");
        check(close_to(s.precision, n ? expect[4] / (double)n : 0, 1e-15, 0) && close_to(s.recall, m ? expect[4] / (double)m : 0, 1e-15, 0), "rouge-l %d", k);
        for (order = 1; order <= 3; order++) {
            const double ours = (double)n - order + 1, theirs = (double)m - order + 1, common = expect[4 + order];
            check(metrics_rouge_n(a, n, b, m, (size_t)order, 2, room, sizeof room, &s) == METRICS_OK, "rouge-n");
            check(close_to(s.precision, ours > 0 ? common / ours : 0, 1e-15, 0) && close_to(s.recall, theirs > 0 ? common / theirs : 0, 1e-15, 0),
                  "rouge-%d of %d", order, k);
            check(close_to(s.f, common > 0 ? 5 * s.precision * s.recall / (s.recall + 4 * s.precision) : 0, 1e-15, 0), "F of rouge-%d", order);
        }
        a += n;
        b += m;
    }
}

/* The whole table; row by row: edits x 2^20 + substitutions, and the LCS. */
static void table(const int32_t *a, size_t n, const int32_t *b, size_t m, double *edits, double *substitutions, double *lcs)
{
    static int64_t cost[2][400], common[2][400];
    size_t i, j;
    for (j = 0; j <= m; j++) {
        cost[0][j] = (int64_t)j << 20;
        common[0][j] = 0;
    }
    for (i = 1; i <= n; i++) {
        const size_t now = i % 2, was = 1 - now;
        cost[now][0] = (int64_t)i << 20;
        common[now][0] = 0;
        for (j = 1; j <= m; j++) {
            int64_t best = cost[was][j - 1] + (a[i - 1] == b[j - 1] ? 0 : ((int64_t)1 << 20) + 1);
            if (cost[was][j] + (1 << 20) < best) best = cost[was][j] + (1 << 20);
            if (cost[now][j - 1] + (1 << 20) < best) best = cost[now][j - 1] + (1 << 20);
            cost[now][j] = best;
            common[now][j] = a[i - 1] == b[j - 1] ? common[was][j - 1] + 1 : common[was][j] > common[now][j - 1] ? common[was][j] : common[now][j - 1];
        }
    }
    *edits = (double)(cost[n % 2][m] >> 20);
    *substitutions = (double)(cost[n % 2][m] & ((1 << 20) - 1));
    *lcs = (double)common[n % 2][m];
}

static void test_naive_pairs(void)
{
    int32_t a[400], b[400];
    metrics_edits sum, part, all;
    metrics_edit_scores s, t;
    double edits, substitutions, lcs, total = 0;
    int round;
    size_t k;
    metrics_edits_init(&all);
    metrics_edits_init(&part);
    for (round = 0; round < 400; round++) {
        size_t n = (size_t)draw_int(&source, 0, round % 2 ? 12 : 390), m = (size_t)draw_int(&source, 0, round % 2 ? 12 : 390);
        const int tokens = 1 + draw_int(&source, 0, round % 3 ? 4 : 300);
        for (k = 0; k < n; k++) a[k] = draw_int(&source, 0, tokens) * 1000003 - 2000000000;
        for (k = 0; k < m; k++) b[k] = k < n && draw_int(&source, 0, 8) ? a[k] : draw_int(&source, 0, tokens) * 1000003 - 2000000000;
        table(a, n, b, m, &edits, &substitutions, &lcs);
        check(distance_of(a, n, b, m) == edits, "distance of %d and %d: %g, not %g", (int)n, (int)m, distance_of(a, n, b, m), edits);
        check(lcs_of(a, n, b, m) == lcs, "lcs of %d and %d: %g, not %g", (int)n, (int)m, lcs_of(a, n, b, m), lcs);
        metrics_edits_init(&sum);
        metrics_edits_update(a, n, b, m, room, sizeof room, &sum);
        check(sum.substitutions == substitutions && sum.substitutions + sum.insertions + sum.deletions == edits, "substitutions: %g, not %g", sum.substitutions, substitutions);
        metrics_edits_update(a, n, b, m, room, sizeof room, &all);
        metrics_edits_merge(&sum, &part);
        total += edits;
    }
    check(memcmp(&all, &part, sizeof all) == 0, "merged pairs are all pairs");
    metrics_edits_result(&all, &s);
    check(close_to(s.error_rate, total / all.reference, 1e-15, 0), "error rate");
    check(close_to(s.match_error_rate, total / (total + all.hits), 1e-15, 0), "match error rate");
    check(close_to(s.information_preserved, all.hits / all.reference * all.hits / all.hypothesis, 1e-14, 0) && close_to(s.information_lost, 1 - s.information_preserved, 1e-14, 0), "information");
    check(close_to(s.sentence_error_rate, all.wrong / 400, 1e-15, 0), "sentence error rate");
    metrics_edits_merge(&part, &part);
    metrics_edits_result(&part, &t);
    check(close_to(s.error_rate, t.error_rate, 1e-14, 0) && part.pairs == 800, "merged with itself");
}

static void test_empty_pairs(void)
{
    const int32_t word[2] = {1, 2};
    metrics_edits e;
    metrics_edit_scores s;
    metrics_edits_init(&e);
    metrics_edits_result(&e, &s);
    check(isnan(s.error_rate) && isnan(s.match_error_rate) && isnan(s.information_lost) && isnan(s.sentence_error_rate), "no pair");
    metrics_edits_update(NULL, 0, NULL, 0, room, sizeof room, &e);
    metrics_edits_result(&e, &s);
    check(s.error_rate == 0 && s.match_error_rate == 0 && s.information_lost == 0 && s.sentence_error_rate == 0, "empty and right");
    metrics_edits_update(NULL, 0, word, 2, room, sizeof room, &e);
    metrics_edits_result(&e, &s);
    check(isinf(s.error_rate) && s.match_error_rate == 1 && s.information_lost == 1 && s.sentence_error_rate == 0.5, "insertions alone");
    check(metrics_edits_init(NULL) == METRICS_ERROR_NULL && metrics_edits_merge(NULL, &e) == METRICS_ERROR_NULL
          && metrics_edits_result(NULL, &s) == METRICS_ERROR_NULL, "NULL");
    check(metrics_levenshtein_scratch((size_t)1 << 31, 1) == SIZE_MAX && metrics_edits_scratch(1, (size_t)1 << 31) == SIZE_MAX
          && metrics_ngram_scratch((size_t)1 << 30, (size_t)1 << 30) == SIZE_MAX, "lengths");
}

/* ---- BLEU ---- */

/* Of empty texts: nothing is too short where the references are empty too. */
static void test_empty_bleu(void)
{
    const int32_t word[2] = {1, 2};
    const size_t none[2] = {0, 0}, two[2] = {0, 2};
    metrics_bleu bleu;
    metrics_bleu_scores s;
    metrics_bleu_init(&bleu);
    check(metrics_bleu_update(NULL, 0, NULL, none, 1, room, sizeof room, &bleu) == METRICS_OK, "empty pair");
    metrics_bleu_result(&bleu, NULL, &s);
    check(s.bleu == 0 && s.brevity_penalty == 1, "empty pair: %g, %g", s.bleu, s.brevity_penalty);
    check(metrics_bleu_update(NULL, 0, word, two, 1, room, sizeof room, &bleu) == METRICS_OK, "empty hypothesis");
    metrics_bleu_result(&bleu, NULL, &s);
    check(s.bleu == 0 && s.brevity_penalty == 0, "empty hypothesis: %g, %g", s.bleu, s.brevity_penalty);
}

static void bleu_take(int first, int count, metrics_bleu *bleu)
{
    const int32_t *h = golden_hypotheses, *r = golden_references;
    int k;
    for (k = 0; k < first + count; k++) {
        const size_t n = (size_t)golden_hypothesis_lengths[k];
        size_t offsets[3];
        offsets[0] = 0;
        offsets[1] = (size_t)golden_reference_lengths[2 * k];
        offsets[2] = offsets[1] + (size_t)golden_reference_lengths[2 * k + 1];
        if (k >= first) check(metrics_bleu_update(h, n, r, offsets, 2, room, sizeof room, bleu) == METRICS_OK, "bleu");
        h += n;
        r += offsets[2];
    }
}

static void test_bleu(void)
{
    static const struct { int smoothing; double value; int effective, order; } settings[golden_settings] = {
        {METRICS_BLEU_SMOOTH_NONE, 0, 0, 4}, {METRICS_BLEU_SMOOTH_FLOOR, 0.1, 0, 4}, {METRICS_BLEU_SMOOTH_ADD_K, 1, 0, 4},
        {METRICS_BLEU_SMOOTH_EXP, 0, 0, 4}, {METRICS_BLEU_SMOOTH_EXP, 0, 1, 4}, {METRICS_BLEU_SMOOTH_NONE, 0, 1, 2},
        {METRICS_BLEU_SMOOTH_ADD_K, 0.5, 1, 3}};
    const double *expect = golden_bleu;
    metrics_bleu bleu, left, right;
    metrics_bleu_scores s;
    metrics_bleu_config config;
    int group, k, j;
    for (group = 0; group < golden_texts + 2; group++) {
        metrics_bleu_init(&bleu);
        if (group == 0) bleu_take(0, 3, &bleu);
        else if (group == golden_texts + 1) bleu_take(0, golden_texts, &bleu);
        else bleu_take(group - 1, 1, &bleu);
        for (k = 0; k < golden_settings; k++, expect += 6) {
            config = metrics_bleu_defaults();
            config.smoothing = settings[k].smoothing;
            config.smoothing_value = settings[k].value;
            config.effective_order = settings[k].effective;
            config.max_order = settings[k].order;
            check(metrics_bleu_result(&bleu, &config, &s) == METRICS_OK, "bleu result");
            check(close_to(s.bleu, expect[0], 1e-12, 0), "BLEU of group %d, setting %d: %.17g, not %.17g", group, k, s.bleu, expect[0]);
            check(close_to(s.brevity_penalty, expect[1], 1e-14, 0), "brevity penalty of group %d: %g, not %g", group, s.brevity_penalty, expect[1]);
            for (j = 0; j < 4; j++) check(close_to(s.precision[j], expect[2 + j], 1e-14, 0), "precision %d of group %d, setting %d", j, group, k);
        }
        if (group == 0) {
            metrics_bleu_result(&bleu, NULL, &s);
            check(fabs(100 * s.bleu - 48.530827) < 1e-6, "the example of the sacreBLEU documentation: %.9g", 100 * s.bleu);
        }
    }
    config = metrics_bleu_defaults();
    config.smoothing = METRICS_BLEU_SMOOTH_NONE;
    for (k = 0; k < 4; k++) config.weights[k] = 0.4 - 0.1 * k;
    metrics_bleu_result(&bleu, &config, &s);
    check(close_to(s.bleu, golden_weighted_bleu, 1e-12, 0), "weights");
    metrics_bleu_init(&left);
    metrics_bleu_init(&right);
    bleu_take(0, 4, &left);
    bleu_take(4, golden_texts - 4, &right);
    check(metrics_bleu_merge(&left, &right) == METRICS_OK && memcmp(&right, &bleu, sizeof bleu) == 0, "merge");
    metrics_bleu_init(&bleu);
    metrics_bleu_result(&bleu, NULL, &s);
    check(isnan(s.bleu) && isnan(s.precision[3]), "no pair");
    for (k = 0; k < 5; k++) {
        config = metrics_bleu_defaults();
        if (k == 0) config.max_order = 5;
        if (k == 1) config.max_order = 0;
        if (k == 2) config.smoothing_value = -1;
        if (k == 3) config.weights[1] = NAN;
        if (k == 4) { config.max_order = 1; config.weights[3] = 1; }
        check(metrics_bleu_result(&bleu, &config, &s) == METRICS_ERROR_PARAMETER, "bad setting %d", k);
    }
    config = metrics_bleu_defaults();
    config.smoothing = 4;
    check(metrics_bleu_result(&bleu, &config, &s) == METRICS_ERROR_OPTION && metrics_bleu_result(NULL, NULL, &s) == METRICS_ERROR_NULL
          && metrics_bleu_init(NULL) == METRICS_ERROR_NULL && metrics_bleu_merge(NULL, &bleu) == METRICS_ERROR_NULL, "errors");
    {
        const int32_t word[1] = {1};
        const size_t late[2] = {1, 1}, back[3] = {0, 1, 0}, fine[2] = {0, 1};
        check(metrics_bleu_update(word, 1, word, late, 1, room, sizeof room, &bleu) == METRICS_ERROR_SIZE
              && metrics_bleu_update(word, 1, word, back, 2, room, sizeof room, &bleu) == METRICS_ERROR_SIZE
              && metrics_bleu_update(word, 1, word, fine, 0, room, sizeof room, &bleu) == METRICS_ERROR_SIZE
              && metrics_bleu_update(word, 1, NULL, fine, 1, room, sizeof room, &bleu) == METRICS_ERROR_NULL && bleu.pairs == 0, "bad references");
    }
}

static void test_utf8(void)
{
    const uint8_t *text = golden_text;
    const int32_t *points = golden_points;
    int32_t out[64];
    size_t count, only, k;
    int t;
    for (t = 0; t < golden_utf8; t++) {
        const size_t n = (size_t)golden_text_lengths[t], expect = (size_t)golden_point_counts[t];
        check(metrics_utf8_decode(text, n, out, &count) == METRICS_OK && count == expect, "text %d has %d points, not %d", t, (int)count, (int)expect);
        for (k = 0; k < count && k < expect; k++) check(out[k] == points[k], "text %d, point %d: %lx, not %lx", t, (int)k, (unsigned long)out[k], (unsigned long)points[k]);
        check(metrics_utf8_decode(text, n, NULL, &only) == METRICS_OK && only == count, "counting only");
        text += n;
        points += expect;
    }
}

int main(void)
{
    source.seed = 3;
    test_golden_pairs();
    test_naive_pairs();
    test_empty_pairs();
    test_empty_bleu();
    test_bleu();
    test_utf8();
    engine_close();
    return engine_failed != 0;
}
