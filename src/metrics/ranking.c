//@family Ranking: nDCG, average precision, reciprocal rank, precision, recall and hits per query and over queries

//@api

/* ---- ranking and retrieval -----------------------------------------------------

   A query has n documents, each with a score (higher is better) and a relevance: 0
   irrelevant, above 0 relevant, larger values better where grades are given.
   relevance >= 0; a negative one is METRICS_ERROR_LABEL (scikit-learn before 1.5
   lets it through and gives values beyond 1). Documents are ranked by their score;
   a NaN score ranks last. NaN relevance makes the gains NaN and counts as irrelevant. */

/* The gain of a document of relevance r. */
enum {
    METRICS_GAIN_LINEAR = 0,      /* r, as scikit-learn, torchmetrics and trec_eval */
    METRICS_GAIN_EXPONENTIAL = 1  /* 2^r - 1, as most learning-to-rank libraries */
};

/* How DCG treats equal scores. The other scores of a query, which have no such
   average, always take them in the order of the array. */
enum {
    METRICS_DCG_TIES_AVERAGE = 0,  /* the mean over all orders of the tied documents, as scikit-learn, torchmetrics */
    METRICS_DCG_TIES_INDEX = 1     /* in the order of the array */
};

/* What average precision is divided by. */
enum {
    METRICS_AP_RELEVANT = 0,   /* all R relevant documents, as trec_eval */
    METRICS_AP_REACHABLE = 1,  /* min(R, k): 1 for a perfect top k */
    METRICS_AP_RETRIEVED = 2   /* the relevant documents found in the top k, as torchmetrics; 0 if none */
};

/* What a query without relevant documents gives (torchmetrics' empty_target_action). */
enum {
    METRICS_EMPTY_ZERO = 0,  /* 0 everywhere ("neg") */
    METRICS_EMPTY_ONE = 1,   /* 1 everywhere but in dcg, ideal_dcg and relevant ("pos") */
    METRICS_EMPTY_SKIP = 2,  /* NaN everywhere but in relevant; means over queries leave the query out */
    METRICS_EMPTY_ERROR = 3  /* the call fails with METRICS_ERROR_LABEL */
};

/* The settings of a ranking; NULL or all zero are the defaults. */
typedef struct metrics_ranking_config {
    size_t k;        /* only the first k ranks count; 0: all n */
    int gain;        /* METRICS_GAIN_* */
    int ties;        /* METRICS_DCG_TIES_* */
    int ap;          /* METRICS_AP_* */
    int empty;       /* METRICS_EMPTY_* */
    int adaptive_k;  /* nonzero: precision divides by min(k, n) instead of k */
} metrics_ranking_config;

/* All zero. */
METRICS_DEF metrics_ranking_config metrics_ranking_defaults(void);

/* The scores of one query, or their means over queries. rel_i is 1 where the
   document of rank i = 1, 2, ... is relevant, R the count of relevant documents, h
   the count of those in the first k ranks, P(i) the mean of rel_1 .. rel_i. */
typedef struct metrics_ranking_scores {
    double dcg;                /* sum over i <= k of gain_i / log2(i + 1) */
    double ideal_dcg;          /* the largest DCG of any order */
    double ndcg;               /* dcg / ideal_dcg */
    double average_precision;  /* sum over i <= k of P(i) rel_i, divided as METRICS_AP_* says */
    double reciprocal_rank;    /* 1 / rank of the first relevant document; 0 if it is beyond k */
    double precision;          /* h / k (k = n where the setting is 0) */
    double recall;             /* h / R */
    double hit;                /* 1 if h > 0, else 0 (success at k) */
    double r_precision;        /* share of relevant documents in the first R ranks, whatever k */
    double relevant;           /* R */
} metrics_ranking_scores;

/* The scores of one query of n documents, from one sort. No documents are an empty
   query. O(n) time.
   Errors: METRICS_ERROR_NULL (scores or relevance with n > 0), METRICS_ERROR_SIZE
   (n > 2^32 - 1), METRICS_ERROR_OPTION, METRICS_ERROR_LABEL, METRICS_ERROR_SCRATCH.
   Differences: scikit-learn's ndcg_score is ndcg with linear gain and averaged ties, 0
   for a query without relevant documents; torchmetrics' average precision also
   takes documents of score <= 0 as irrelevant in some releases, this does not.
   Source of DCG: K. Jarvelin, J. Kekalainen, Cumulated gain-based evaluation of IR
   techniques, 2002; of the averaged ties: F. McSherry, M. Najork, Computing
   information retrieval performance measures efficiently in the presence of tied
   scores, 2008; of the exponential gain: C. Burges et al., Learning to rank using
   gradient descent, 2005. */
METRICS_DEF int metrics_ranking_REAL(const REAL *scores, const REAL *relevance, size_t n, const metrics_ranking_config *config,
                                     void *scratch, size_t scratch_size, metrics_ranking_scores *result);

/* Bytes of scratch of metrics_ranking and of the updates of metrics_retrieval for n
   documents in all; SIZE_MAX for an n they refuse. */
METRICS_DEF size_t metrics_ranking_scratch_REAL(size_t n);

/* Running means over queries. Plain data without pointers; all zero is empty. */
typedef struct metrics_retrieval {
    metrics_ranking_scores sum;  /* of the queries that count */
    double queries;              /* how many those are */
    double skipped;              /* left out by METRICS_EMPTY_SKIP */
} metrics_retrieval;

/* Makes *retrieval empty. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_retrieval_init(metrics_retrieval *retrieval);

/* Takes the documents of `queries` queries: those of query q are offsets[q] ..
   offsets[q + 1] - 1 of scores and relevance, n in all; offsets has queries + 1
   values that do not decrease, the last at most n. per_query, `queries` values or
   NULL, receives each query's scores (to resample queries from, say).
   Errors: METRICS_ERROR_NULL (retrieval, offsets with queries > 0, data with n > 0),
   METRICS_ERROR_SIZE (n > 2^32 - 1, offsets), METRICS_ERROR_OPTION,
   METRICS_ERROR_LABEL, METRICS_ERROR_SCRATCH. */
METRICS_DEF int metrics_retrieval_update_REAL(const REAL *scores, const REAL *relevance, size_t n,
                                              const size_t *offsets, size_t queries, const metrics_ranking_config *config,
                                              void *scratch, size_t scratch_size,
                                              metrics_ranking_scores *per_query, metrics_retrieval *retrieval);

/* The same of documents in any order, document i of query query_ids[i]. Every id that
   occurs is a query; documents of one query in two updates are two queries.
   Errors: METRICS_ERROR_NULL (retrieval, others with n > 0), METRICS_ERROR_SIZE,
   METRICS_ERROR_OPTION, METRICS_ERROR_LABEL, METRICS_ERROR_SCRATCH. */
METRICS_DEF int metrics_retrieval_update_ids_REAL(const REAL *scores, const REAL *relevance, const int32_t *query_ids, size_t n,
                                                  const metrics_ranking_config *config, void *scratch, size_t scratch_size,
                                                  metrics_retrieval *retrieval);

/* Adds what *other holds to *retrieval; they may be the same. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_retrieval_merge(const metrics_retrieval *other, metrics_retrieval *retrieval);

/* The means over the queries that count: ndcg is mean nDCG, average_precision MAP,
   reciprocal_rank MRR, hit the success rate. NaN without such queries.
   Errors: METRICS_ERROR_NULL (retrieval). */
METRICS_DEF int metrics_retrieval_result(const metrics_retrieval *retrieval, metrics_ranking_scores *result);

//@once

METRICS_DEF metrics_ranking_config metrics_ranking_defaults(void)
{
    metrics_ranking_config config;
    memset(&config, 0, sizeof config);
    return config;
}

LFN_UNUSED static int lfn_ranking_config_valid(const metrics_ranking_config *c)
{
    return c->gain >= METRICS_GAIN_LINEAR && c->gain <= METRICS_GAIN_EXPONENTIAL
        && c->ties >= METRICS_DCG_TIES_AVERAGE && c->ties <= METRICS_DCG_TIES_INDEX
        && c->ap >= METRICS_AP_RELEVANT && c->ap <= METRICS_AP_RETRIEVED
        && c->empty >= METRICS_EMPTY_ZERO && c->empty <= METRICS_EMPTY_ERROR;
}

LFN_UNUSED static double lfn_ranking_gain(double relevance, int gain)
{
    return gain == METRICS_GAIN_EXPONENTIAL ? expm1(0.69314718055994530942 * relevance) : relevance;
}

/* What the document of rank i = 1, 2, ... counts in DCG: 1 / log2(i + 1). */
LFN_UNUSED static double lfn_ranking_discount(size_t i) { return 0.69314718055994530942 / log1p((double)i); }

/* All scores at one value. */
LFN_UNUSED static void lfn_ranking_fill(metrics_ranking_scores *s, double value)
{
    s->dcg = s->ideal_dcg = s->ndcg = s->average_precision = s->reciprocal_rank = value;
    s->precision = s->recall = s->hit = s->r_precision = value;
}

LFN_UNUSED static void lfn_ranking_empty(metrics_ranking_scores *s, int action)
{
    lfn_ranking_fill(s, action == METRICS_EMPTY_SKIP ? lfn_nan_value() : action == METRICS_EMPTY_ONE ? 1 : 0);
    if (action == METRICS_EMPTY_ONE) s->dcg = s->ideal_dcg = 0;
    s->relevant = 0;
}

LFN_UNUSED static void lfn_ranking_add(metrics_ranking_scores *to, const metrics_ranking_scores *s)
{
    to->dcg += s->dcg;
    to->ideal_dcg += s->ideal_dcg;
    to->ndcg += s->ndcg;
    to->average_precision += s->average_precision;
    to->reciprocal_rank += s->reciprocal_rank;
    to->precision += s->precision;
    to->recall += s->recall;
    to->hit += s->hit;
    to->r_precision += s->r_precision;
    to->relevant += s->relevant;
}

/* One query into the means. */
LFN_UNUSED static void lfn_retrieval_take(metrics_retrieval *r, const metrics_ranking_scores *s, int action)
{
    if (s->relevant == 0 && action == METRICS_EMPTY_SKIP) {
        r->skipped += 1;
        return;
    }
    lfn_ranking_add(&r->sum, s);
    r->queries += 1;
}

METRICS_DEF int metrics_retrieval_init(metrics_retrieval *retrieval)
{
    if (!retrieval) return METRICS_ERROR_NULL;
    memset(retrieval, 0, sizeof *retrieval);
    return METRICS_OK;
}

METRICS_DEF int metrics_retrieval_merge(const metrics_retrieval *other, metrics_retrieval *retrieval)
{
    metrics_retrieval from;
    if (!other || !retrieval) return METRICS_ERROR_NULL;
    from = *other;
    lfn_ranking_add(&retrieval->sum, &from.sum);
    retrieval->queries += from.queries;
    retrieval->skipped += from.skipped;
    return METRICS_OK;
}

METRICS_DEF int metrics_retrieval_result(const metrics_retrieval *retrieval, metrics_ranking_scores *result)
{
    double n;
    if (!retrieval) return METRICS_ERROR_NULL;
    if (!result) return METRICS_OK;
    n = retrieval->queries;
    lfn_ranking_fill(result, lfn_nan_value());
    result->relevant = lfn_nan_value();
    if (n == 0) return METRICS_OK;
    result->dcg = retrieval->sum.dcg / n;
    result->ideal_dcg = retrieval->sum.ideal_dcg / n;
    result->ndcg = retrieval->sum.ndcg / n;
    result->average_precision = retrieval->sum.average_precision / n;
    result->reciprocal_rank = retrieval->sum.reciprocal_rank / n;
    result->precision = retrieval->sum.precision / n;
    result->recall = retrieval->sum.recall / n;
    result->hit = retrieval->sum.hit / n;
    result->r_precision = retrieval->sum.r_precision / n;
    result->relevant = retrieval->sum.relevant / n;
    return METRICS_OK;
}

//@shared

/* Scratch of the ranking functions, cut. */
typedef struct {
    REAL *score, *relevance;    /* of the documents in ranked order */
    uint64_t *key;
    uint32_t *order, *other;
    void *sort;
} lfn_ranking_room_REAL;

//@impl

METRICS_DEF size_t metrics_ranking_scratch_REAL(size_t n)
{
    size_t room;
    if (n > UINT32_MAX || lfn_too_big(n, sizeof(uint64_t))) return SIZE_MAX;
    room = lfn_add(lfn_mul(2, lfn_piece(n, sizeof(REAL))), lfn_mul(2, lfn_piece(n, sizeof(uint32_t))));
    return lfn_add(lfn_add(room, lfn_piece(n, sizeof(uint64_t))), lfn_argsort_room(n));
}

LFN_FN lfn_ranking_room_REAL lfn_ranking_cut(void *scratch, size_t n)
{
    lfn_ranking_room_REAL room;
    room.score = (REAL *)lfn_cut(&scratch, n, sizeof(REAL));
    room.relevance = (REAL *)lfn_cut(&scratch, n, sizeof(REAL));
    room.key = (uint64_t *)lfn_cut(&scratch, n, sizeof(uint64_t));
    room.order = (uint32_t *)lfn_cut(&scratch, n, sizeof(uint32_t));
    room.other = (uint32_t *)lfn_cut(&scratch, n, sizeof(uint32_t));
    room.sort = scratch;
    return room;
}

/* Checks that all ranking functions share; *c gets the configuration in force. */
LFN_FN int lfn_ranking_check(const REAL *scores, const REAL *relevance, size_t n, const metrics_ranking_config *config,
                             const void *scratch, size_t scratch_size, metrics_ranking_config *c)
{
    const size_t needed = metrics_ranking_scratch_REAL(n);
    size_t k;
    if (n && (!scores || !relevance)) return METRICS_ERROR_NULL;
    if (needed == SIZE_MAX) return METRICS_ERROR_SIZE;
    *c = config ? *config : metrics_ranking_defaults();
    if (!lfn_ranking_config_valid(c)) return METRICS_ERROR_OPTION;
    for (k = 0; k < n; k++)
        if (relevance[k] < 0 && !lfn_is_nan((double)relevance[k])) return METRICS_ERROR_LABEL;
    return lfn_scratch_holds(scratch, scratch_size, needed) ? METRICS_OK : METRICS_ERROR_SCRATCH;
}

/* Whether a document is relevant; NaN is not, under -ffast-math too. */
LFN_FN int lfn_relevant(REAL relevance) { return !lfn_is_nan((double)relevance) && relevance > 0; }

/* Whether any of the documents is relevant. */
LFN_FN int lfn_ranking_relevant(const REAL *relevance, size_t n)
{
    size_t k;
    for (k = 0; k < n; k++)
        if (lfn_relevant(relevance[k])) return 1;
    return 0;
}

/* sum over the first k ranks of gain / log2(i + 1). With averaged ties each of a run
   of equal scores (two NaNs are equal) gets the run's mean gain. */
LFN_FN double lfn_ranking_dcg(const REAL *score, const REAL *relevance, size_t n, size_t k, int gain, int average)
{
    double dcg = 0, gains, discounts;
    size_t start, end;
    for (start = 0; start < n && start < k; start = end) {
        gains = discounts = 0;
        end = start;
        do {
            gains += lfn_ranking_gain((double)relevance[end], gain);
            if (end < k) discounts += lfn_ranking_discount(end + 1);
            end++;
        } while (average && end < n && (score[end] == score[start] || lfn_is_nan((double)score[start])));
        dcg += discounts * (gains / (double)(end - start));
    }
    return dcg;
}

/* The scores that only ask whether a document is relevant. */
LFN_FN void lfn_ranking_hits(const REAL *relevance, size_t n, size_t k, const metrics_ranking_config *c, metrics_ranking_scores *s)
{
    const size_t first = k < n ? k : n;
    double found = 0, sum = 0, divisor;
    size_t i, total = 0, r_found = 0;
    s->reciprocal_rank = 0;
    for (i = 0; i < n; i++) total += lfn_relevant(relevance[i]) ? 1u : 0u;
    for (i = 0; i < total; i++) r_found += lfn_relevant(relevance[i]) ? 1u : 0u;
    for (i = 0; i < first; i++) {
        if (!lfn_relevant(relevance[i])) continue;
        if (found == 0) s->reciprocal_rank = 1 / (double)(i + 1);
        found += 1;
        sum += found / (double)(i + 1);
    }
    divisor = (double)total;
    if (c->ap == METRICS_AP_REACHABLE && total > k) divisor = (double)k;
    if (c->ap == METRICS_AP_RETRIEVED) divisor = found;
    s->relevant = (double)total;
    s->average_precision = lfn_ratio(sum, divisor, 0);
    s->precision = found / (double)(c->adaptive_k ? first : k);
    s->recall = found / (double)total;
    s->hit = found > 0;
    s->r_precision = (double)r_found / (double)total;
}

/* One query: score and relevance in ranked order; relevance is sorted on the way. */
LFN_FN void lfn_ranking_query(const REAL *score, REAL *relevance, size_t n, const metrics_ranking_config *c,
                              uint32_t *index, void *sort, metrics_ranking_scores *s)
{
    const size_t k = c->k ? c->k : n;
    if (!lfn_ranking_relevant(relevance, n)) {
        lfn_ranking_empty(s, c->empty);
        return;
    }
    lfn_ranking_hits(relevance, n, k, c, s);
    s->dcg = lfn_ranking_dcg(score, relevance, n, k, c->gain, c->ties == METRICS_DCG_TIES_AVERAGE);
    memset(index, 0, n * sizeof *index);
    lfn_sort_pairs(relevance, index, n, 1, sort);
    s->ideal_dcg = lfn_ranking_dcg(score, relevance, n, k, c->gain, 0);
    s->ndcg = lfn_ratio(s->dcg, s->ideal_dcg, 0);
}

/* One query from the caller's arrays. */
LFN_FN void lfn_ranking_rank(const REAL *scores, const REAL *relevance, size_t n, const metrics_ranking_config *c,
                             const lfn_ranking_room_REAL *room, metrics_ranking_scores *s)
{
    size_t k;
    if (n) lfn_argsort(scores, n, 1, room->order, room->sort);
    for (k = 0; k < n; k++) {
        room->score[k] = scores[room->order[k]];
        room->relevance[k] = relevance[room->order[k]];
    }
    lfn_ranking_query(room->score, room->relevance, n, c, room->other, room->sort, s);
}

METRICS_DEF int metrics_ranking_REAL(const REAL *scores, const REAL *relevance, size_t n, const metrics_ranking_config *config,
                                     void *scratch, size_t scratch_size, metrics_ranking_scores *result)
{
    metrics_ranking_config c;
    lfn_ranking_room_REAL room;
    const int status = lfn_ranking_check(scores, relevance, n, config, scratch, scratch_size, &c);
    if (status) return status;
    if (c.empty == METRICS_EMPTY_ERROR && !lfn_ranking_relevant(relevance, n)) return METRICS_ERROR_LABEL;
    if (!result) return METRICS_OK;
    room = lfn_ranking_cut(scratch, n);
    lfn_ranking_rank(scores, relevance, n, &c, &room, result);
    return METRICS_OK;
}

METRICS_DEF int metrics_retrieval_update_REAL(const REAL *scores, const REAL *relevance, size_t n,
                                              const size_t *offsets, size_t queries, const metrics_ranking_config *config,
                                              void *scratch, size_t scratch_size,
                                              metrics_ranking_scores *per_query, metrics_retrieval *retrieval)
{
    metrics_ranking_config c;
    lfn_ranking_room_REAL room;
    metrics_ranking_scores one;
    size_t q;
    int status;
    if (!retrieval || (queries && !offsets)) return METRICS_ERROR_NULL;
    status = lfn_ranking_check(scores, relevance, n, config, scratch, scratch_size, &c);
    if (status == METRICS_ERROR_NULL || status == METRICS_ERROR_SIZE) return status;
    if (lfn_too_big(queries, sizeof one)) return METRICS_ERROR_SIZE;
    for (q = 0; q < queries; q++)
        if (offsets[q] > offsets[q + 1] || offsets[q + 1] > n) return METRICS_ERROR_SIZE;
    if (status) return status;
    for (q = 0; c.empty == METRICS_EMPTY_ERROR && q < queries; q++)
        if (offsets[q] == offsets[q + 1] || !lfn_ranking_relevant(relevance + offsets[q], offsets[q + 1] - offsets[q]))
            return METRICS_ERROR_LABEL;
    room = lfn_ranking_cut(scratch, n);
    for (q = 0; q < queries; q++) {
        const size_t start = offsets[q], count = offsets[q + 1] - start;
        if (count == 0) lfn_ranking_empty(&one, c.empty);
        else lfn_ranking_rank(scores + start, relevance + start, count, &c, &room, &one);
        lfn_retrieval_take(retrieval, &one, c.empty);
        if (per_query) per_query[q] = one;
    }
    return METRICS_OK;
}

/* Documents by descending score within ascending query id: order of the documents in
   room->order, their keys in room->key. */
LFN_FN void lfn_ranking_group(const REAL *scores, const int32_t *query_ids, size_t n, const lfn_ranking_room_REAL *room)
{
    size_t k;
    lfn_argsort(scores, n, 1, room->other, room->sort);
    for (k = 0; k < n; k++) room->key[k] = (uint32_t)query_ids[room->other[k]];
    lfn_argsort_u64(room->key, n, room->order, room->sort);
    for (k = 0; k < n; k++) room->order[k] = room->other[room->order[k]];
}

METRICS_DEF int metrics_retrieval_update_ids_REAL(const REAL *scores, const REAL *relevance, const int32_t *query_ids, size_t n,
                                                  const metrics_ranking_config *config, void *scratch, size_t scratch_size,
                                                  metrics_retrieval *retrieval)
{
    metrics_ranking_config c;
    lfn_ranking_room_REAL room;
    metrics_ranking_scores one;
    size_t start, end, k;
    int pass, status;
    if (!retrieval || (n && !query_ids)) return METRICS_ERROR_NULL;
    status = lfn_ranking_check(scores, relevance, n, config, scratch, scratch_size, &c);
    if (status || !n) return status;
    room = lfn_ranking_cut(scratch, n);
    lfn_ranking_group(scores, query_ids, n, &room);
    for (k = 0; k < n; k++) {
        room.score[k] = scores[room.order[k]];
        room.relevance[k] = relevance[room.order[k]];
    }
    /* A first pass, where an empty query is an error; then the work. */
    for (pass = c.empty == METRICS_EMPTY_ERROR ? 0 : 1; pass < 2; pass++)
        for (start = 0; start < n; start = end) {
            const int32_t id = query_ids[room.order[start]];
            for (end = start + 1; end < n && query_ids[room.order[end]] == id; end++) {}
            if (pass == 0 && !lfn_ranking_relevant(room.relevance + start, end - start)) return METRICS_ERROR_LABEL;
            if (pass == 0) continue;
            lfn_ranking_query(room.score + start, room.relevance + start, end - start, &c, room.other, room.sort, &one);
            lfn_retrieval_take(retrieval, &one, c.empty);
        }
    return METRICS_OK;
}
