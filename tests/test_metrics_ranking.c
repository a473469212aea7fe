/* Ranking scores: scikit-learn's values, queries by offsets and by ids, empty queries. */
#include "engine.h"
#include "metrics.h"
#include "golden/metrics_ranking.inc"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SCORES = sizeof(metrics_ranking_scores) / sizeof(double) };

static call source;

static metrics_ranking_scores rank_of(const double *score, const double *relevance, size_t n, const metrics_ranking_config *config)
{
    const size_t size = metrics_ranking_scratch_f64(n);
    void *scratch = malloc(size);
    metrics_ranking_scores s;
    check(metrics_ranking_f64(score, relevance, n, config, scratch, size, &s) == METRICS_OK, "ranking");
    free(scratch);
    return s;
}

static void test_golden(void)
{
    size_t start = 0;
    int k, gain;
    for (k = 0; k < golden_cases; k++) {
        const size_t n = (size_t)golden_sizes[k];
        const double *expect = golden_expect + k * golden_columns;
        metrics_ranking_config config = metrics_ranking_defaults();
        metrics_ranking_scores s;
        config.k = (size_t)golden_k[k];
        for (gain = 0; gain < 2; gain++) {
            config.gain = gain;
            s = rank_of(golden_score + start, golden_relevance + start, n, &config);
            check(close_to(s.dcg, expect[3 * gain], 1e-13, 0), "dcg case %d: %.17g, not %.17g", k, s.dcg, expect[3 * gain]);
            check(close_to(s.ndcg, expect[3 * gain + 1], 1e-13, 0), "ndcg case %d: %.17g, not %.17g", k, s.ndcg, expect[3 * gain + 1]);
        }
        check(close_to(s.average_precision, expect[6], 1e-14, 0), "average precision, case %d", k);
        check(close_to(s.reciprocal_rank, expect[9], 1e-14, 0) && close_to(s.precision, expect[10], 1e-14, 0), "reciprocal rank, precision, case %d", k);
        check(close_to(s.recall, expect[12], 1e-14, 0) && s.hit == expect[13], "recall, hit, case %d", k);
        check(close_to(s.r_precision, expect[14], 1e-14, 0) && s.relevant == expect[15], "R-precision, case %d", k);
        config.ap = METRICS_AP_REACHABLE;
        config.adaptive_k = 1;
        s = rank_of(golden_score + start, golden_relevance + start, n, &config);
        check(close_to(s.average_precision, expect[7], 1e-14, 0) && close_to(s.precision, expect[11], 1e-14, 0), "min(R, k), case %d", k);
        config.ap = METRICS_AP_RETRIEVED;
        s = rank_of(golden_score + start, golden_relevance + start, n, &config);
        check(close_to(s.average_precision, expect[8], 1e-14, 0), "over what was found, case %d", k);
        start += n;
    }
}

/* Averaged ties are the mean over all orders; by index, the order of the array. */
static void test_ties(void)
{
    const double tied[3] = {1, 1, 1}, relevance[3] = {3, 0, 1};
    const int order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    metrics_ranking_config config = metrics_ranking_defaults();
    double mean = 0;
    int k, j;
    config.k = 2;
    config.ties = METRICS_DCG_TIES_INDEX;
    for (k = 0; k < 6; k++) {
        double r[3];
        metrics_ranking_scores s;
        for (j = 0; j < 3; j++) r[j] = relevance[order[k][j]];
        s = rank_of(tied, r, 3, &config);
        check(close_to(s.dcg, r[0] + r[1] / log2(3.0), 1e-14, 0), "ties by index");
        mean += s.ndcg / 6;
    }
    config.ties = METRICS_DCG_TIES_AVERAGE;
    check(close_to(rank_of(tied, relevance, 3, &config).ndcg, mean, 1e-14, 0), "the mean over all orders");
}

/* The same queries by offsets, by ids in shuffled order, one by one, and in two parts. */
static void test_retrieval(void)
{
    enum { n = 600, queries = 23 };
    static double score[n], relevance[n], mixed_score[n], mixed_relevance[n];
    static int32_t ids[n];
    size_t offsets[queries + 1], q, k, size = metrics_ranking_scratch_f64(n);
    void *scratch = malloc(size);
    int action;
    for (k = 0; k < n; k++) {
        score[k] = draw_normal(&source);
        relevance[k] = draw_int(&source, -5, 3) > 0 ? draw_int(&source, 1, 4) : 0;
    }
    offsets[0] = 0;
    offsets[queries] = n;
    for (q = 1; q < queries; q++) offsets[q] = (q * n) / queries + (size_t)draw_int(&source, -5, 5);
    for (k = offsets[4]; k < offsets[5]; k++) relevance[k] = 0;
    for (q = 0; q < queries; q++)
        for (k = offsets[q]; k < offsets[q + 1]; k++) ids[k] = (int32_t)(7 * q) - 40;
    for (action = METRICS_EMPTY_ZERO; action <= METRICS_EMPTY_SKIP; action++) {
        metrics_ranking_config config = metrics_ranking_defaults();
        metrics_retrieval by_offset, by_id, first, second;
        metrics_ranking_scores each[queries], mean, other, sum;
        double count = 0;
        size_t cut = 9, j;
        config.k = 5;
        config.empty = action;
        metrics_retrieval_init(&by_offset);
        metrics_retrieval_init(&by_id);
        check(metrics_retrieval_update_f64(score, relevance, n, offsets, queries, &config, scratch, size, each, &by_offset) == METRICS_OK, "offsets");
        metrics_retrieval_result(&by_offset, &mean);
        memset(&sum, 0, sizeof sum);
        for (q = 0; q < queries; q++) {
            const metrics_ranking_scores one = rank_of(score + offsets[q], relevance + offsets[q], offsets[q + 1] - offsets[q], &config);
            check(memcmp(&one, &each[q], sizeof one) == 0, "query %d by itself", (int)q);
            if (isnan(one.ndcg)) continue;
            for (j = 0; j < SCORES; j++) (&sum.dcg)[j] += (&one.dcg)[j];
            count += 1;
        }
        check(count == (action == METRICS_EMPTY_SKIP ? queries - 1 : queries) && by_offset.queries == count && by_offset.skipped == queries - count, "count");
        for (j = 0; j < SCORES; j++)
            check(close_to((&mean.dcg)[j], (&sum.dcg)[j] / count, 1e-13, 0), "mean %d: %g, not %g", (int)j, (&mean.dcg)[j], (&sum.dcg)[j] / count);
        memcpy(mixed_score, score, sizeof score);
        memcpy(mixed_relevance, relevance, sizeof score);
        for (k = n - 1; k > 0; k--) {
            const size_t at = (size_t)draw_int(&source, 0, (int)k + 1);
            const double s = mixed_score[k], r = mixed_relevance[k];
            const int32_t id = ids[k];
            mixed_score[k] = mixed_score[at];
            mixed_relevance[k] = mixed_relevance[at];
            ids[k] = ids[at];
            mixed_score[at] = s;
            mixed_relevance[at] = r;
            ids[at] = id;
        }
        check(metrics_retrieval_update_ids_f64(mixed_score, mixed_relevance, ids, n, &config, scratch, size, &by_id) == METRICS_OK, "ids");
        metrics_retrieval_result(&by_id, &other);
        for (j = 0; j < SCORES; j++)
            check(close_to((&mean.dcg)[j], (&other.dcg)[j], 1e-13, 0), "by ids, mean %d: %g, not %g", (int)j, (&other.dcg)[j], (&mean.dcg)[j]);
        for (q = 0; q < queries; q++) for (k = offsets[q]; k < offsets[q + 1]; k++) ids[k] = (int32_t)(7 * q) - 40;
        metrics_retrieval_init(&first);
        metrics_retrieval_init(&second);
        metrics_retrieval_update_f64(score, relevance, n, offsets, cut, &config, scratch, size, NULL, &first);
        metrics_retrieval_update_f64(score, relevance, n, offsets + cut, queries - cut, &config, scratch, size, NULL, &second);
        check(metrics_retrieval_merge(&first, &second) == METRICS_OK && metrics_retrieval_result(&second, &other) == METRICS_OK, "merge");
        for (j = 0; j < SCORES; j++) check(close_to((&mean.dcg)[j], (&other.dcg)[j], 1e-13, 0), "merged, mean %d", (int)j);
    }
    {
        metrics_ranking_config config = metrics_ranking_defaults();
        metrics_retrieval r, before;
        metrics_retrieval_init(&r);
        before = r;
        config.empty = METRICS_EMPTY_ERROR;
        check(metrics_retrieval_update_f64(score, relevance, n, offsets, queries, &config, scratch, size, NULL, &r) == METRICS_ERROR_LABEL
              && metrics_retrieval_update_ids_f64(score, relevance, ids, n, &config, scratch, size, &r) == METRICS_ERROR_LABEL
              && memcmp(&r, &before, sizeof r) == 0, "an empty query as an error");
        offsets[3] = offsets[4] + 1;
        check(metrics_retrieval_update_f64(score, relevance, n, offsets, queries, NULL, scratch, size, NULL, &r) == METRICS_ERROR_SIZE, "offsets that decrease");
        offsets[3] = offsets[2];
        offsets[queries] = n + 1;
        check(metrics_retrieval_update_f64(score, relevance, n, offsets, queries, NULL, scratch, size, NULL, &r) == METRICS_ERROR_SIZE
              && memcmp(&r, &before, sizeof r) == 0, "offsets beyond the end");
    }
    free(scratch);
}

static void test_hard(void)
{
    const double score[3] = {NAN, 2, 1}, relevance[3] = {1, 0, 0}, negative[3] = {1, -1, 0}, poison[3] = {1, NAN, 0}, nothing[3] = {0, 0, 0};
    metrics_ranking_config config = metrics_ranking_defaults();
    metrics_ranking_scores s, before;
    metrics_retrieval none;
    double room[3000];
    check(close_to(rank_of(score, relevance, 3, NULL).reciprocal_rank, 1.0 / 3, 1e-15, 0), "a NaN score ranks last");
    memset(&s, 7, sizeof s);
    before = s;
    check(metrics_ranking_f64(score, negative, 3, NULL, room, sizeof room, &s) == METRICS_ERROR_LABEL && memcmp(&s, &before, sizeof s) == 0, "negative relevance");
    s = rank_of(score, poison, 3, NULL);
    check(isnan(s.dcg) && s.recall == 1 && s.relevant == 1, "NaN relevance");
    s = rank_of(score, nothing, 3, NULL);
    check(s.ndcg == 0 && s.average_precision == 0 && s.hit == 0 && s.relevant == 0, "no relevant document: 0");
    config.empty = METRICS_EMPTY_ONE;
    s = rank_of(NULL, NULL, 0, &config);
    check(s.ndcg == 1 && s.recall == 1 && s.dcg == 0 && s.relevant == 0, "no document: 1");
    config.empty = METRICS_EMPTY_SKIP;
    s = rank_of(NULL, NULL, 0, &config);
    check(isnan(s.ndcg) && s.relevant == 0, "no document: NaN");
    config.empty = METRICS_EMPTY_ERROR;
    check(metrics_ranking_f64(NULL, NULL, 0, &config, room, sizeof room, &s) == METRICS_ERROR_LABEL, "no document: error");
    config.empty = 4;
    check(metrics_ranking_f64(score, relevance, 3, &config, room, sizeof room, &s) == METRICS_ERROR_OPTION, "unknown action");
    metrics_retrieval_init(&none);
    metrics_retrieval_result(&none, &s);
    check(isnan(s.ndcg) && isnan(s.relevant), "no query");
    check(metrics_retrieval_init(NULL) == METRICS_ERROR_NULL && metrics_retrieval_merge(NULL, &none) == METRICS_ERROR_NULL
          && metrics_retrieval_result(NULL, &s) == METRICS_ERROR_NULL, "NULL");
}

int main(void)
{
    source.seed = 21;
    test_golden();
    test_ties();
    test_retrieval();
    test_hard();
    engine_close();
    return engine_failed != 0;
}
