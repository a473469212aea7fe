//@family N-grams: BLEU and ROUGE of token sequences

//@api

/* ---- n-grams ------------------------------------------------------------------

   Scores of generated text from the n-grams (and, ROUGE-L, the longest subsequence)
   that it shares with references. Tokens, lengths and errors as in the text
   functions above. */

/* What BLEU does with an order none of whose n-grams matches. */
enum {
    METRICS_BLEU_SMOOTH_NONE = 0,   /* precision 0, so BLEU 0 */
    METRICS_BLEU_SMOOTH_FLOOR = 1,  /* `smoothing_value` matches, usually 0.1 */
    METRICS_BLEU_SMOOTH_ADD_K = 2,  /* smoothing_value, usually 1, added to matches and totals of all orders above 1 */
    METRICS_BLEU_SMOOTH_EXP = 3     /* 1/2 match, 1/4 for the second such order, 1/8, ... */
};

/* The settings of BLEU. */
typedef struct metrics_bleu_config {
    int max_order;           /* 1 .. 4 */
    int smoothing;           /* METRICS_BLEU_SMOOTH_* */
    double smoothing_value;  /* >= 0; for FLOOR and ADD_K */
    int effective_order;     /* nonzero: orders longer than every hypothesis are left out (for single sentences) */
    double weights[4];       /* of the orders, >= 0; all 0: equal */
} metrics_bleu_config;

/* max_order 4, METRICS_BLEU_SMOOTH_EXP with value 0.1, no effective order, equal weights:
   sacreBLEU's defaults. */
METRICS_DEF metrics_bleu_config metrics_bleu_defaults(void);

/* Counts of a corpus. Plain data without pointers; all zero is empty. */
typedef struct metrics_bleu {
    double matches[4], totals[4];  /* n-grams of the hypotheses, for n = 1 .. 4: found in a reference, all */
    double hypothesis, reference;  /* lengths; of the references the nearest to each hypothesis (ties: the shorter) */
    double pairs;
} metrics_bleu;

typedef struct metrics_bleu_scores {
    double bleu;             /* in [0, 1]: sacreBLEU shows 100 times this */
    double brevity_penalty;  /* 1 for hypotheses as long as the references, else exp(1 - reference / hypothesis),
                                0 without hypothesis tokens */
    double precision[4];     /* of each order, smoothed; 0 beyond max_order */
} metrics_bleu_scores;

/* Makes *bleu empty. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_bleu_init(metrics_bleu *bleu);

/* Takes one hypothesis of n tokens and its references: those of reference r are
   offsets[r] .. offsets[r + 1] - 1 of references, which holds offsets[reference_count]
   tokens; offsets has reference_count + 1 values, the first 0, that do not decrease.
   An n-gram of the hypothesis matches as often as it occurs in the reference that has
   it most often. reference_count >= 1 (else METRICS_ERROR_SIZE). */
METRICS_DEF int metrics_bleu_update(const int32_t *hypothesis, size_t n, const int32_t *references,
                                    const size_t *offsets, size_t reference_count,
                                    void *scratch, size_t scratch_size, metrics_bleu *bleu);

/* Bytes of scratch of metrics_bleu_update, metrics_rouge_n: n tokens in one text, m in
   the other or in all references; SIZE_MAX for lengths they refuse. */
METRICS_DEF size_t metrics_ngram_scratch(size_t n, size_t m);

/* Adds what *other holds to *bleu; they may be the same. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_bleu_merge(const metrics_bleu *other, metrics_bleu *bleu);

/* BLEU = brevity_penalty x exp(sum of w_k log precision_k / sum of w_k) over the orders
   k up to max_order; 0 where a precision of weight > 0 is 0, where nothing matches and
   for empty hypotheses; NaN before the first pair. config NULL: the defaults.
   Errors: METRICS_ERROR_NULL (bleu), METRICS_ERROR_PARAMETER, METRICS_ERROR_OPTION.
   sacreBLEU agrees on the same tokens; torchmetrics' smooth is ADD_K with value 1,
   nltk has further methods.
   Sources: K. Papineni et al., BLEU: a method for automatic evaluation of machine
   translation, 2002; smoothing: B. Chen, C. Cherry, A systematic comparison of
   smoothing techniques for sentence-level BLEU, 2014; M. Post, A call for clarity in
   reporting BLEU scores, 2018, arXiv 1804.08771. */
METRICS_DEF int metrics_bleu_result(const metrics_bleu *bleu, const metrics_bleu_config *config, metrics_bleu_scores *scores);

/* Precision, recall and F of a comparison of two texts; 0 where they are 0 / 0. */
typedef struct metrics_rouge_scores {
    double precision;  /* matches / of the hypothesis */
    double recall;     /* matches / of the reference */
    double f;          /* (1 + beta^2) precision recall / (recall + beta^2 precision) */
} metrics_rouge_scores;

/* ROUGE-N: the n-grams of length `order` >= 1 that both texts have, each as often as it
   occurs in the text that has it less often. beta >= 0, usually 1. For several
   references take the largest or the mean of the results.
   Errors also: METRICS_ERROR_PARAMETER (order, beta).
   Source: C.-Y. Lin, ROUGE: a package for automatic evaluation of summaries, 2004. */
METRICS_DEF int metrics_rouge_n(const int32_t *hypothesis, size_t n, const int32_t *reference, size_t m,
                                size_t order, double beta, void *scratch, size_t scratch_size, metrics_rouge_scores *scores);

/* ROUGE-L: the length of the longest common subsequence of both texts, over their
   lengths. Bit-parallel, O(n m / 64). Scratch: metrics_levenshtein_scratch(n, m).
   Errors also: METRICS_ERROR_PARAMETER (beta).
   Sources: Lin 2004; H. Hyyro, Bit-parallel LCS-length computation revisited, 2004. */
METRICS_DEF int metrics_rouge_l(const int32_t *hypothesis, size_t n, const int32_t *reference, size_t m,
                                double beta, void *scratch, size_t scratch_size, metrics_rouge_scores *scores);

//@once

/* A hypothesis and its references behind each other: positions 0 .. hypothesis - 1,
   then those of the references, whose ends are hypothesis + offsets[r + 1]. Each
   position has a number for its token and one for the n-gram that begins there; equal
   n-grams have equal numbers. */
typedef struct {
    size_t hypothesis, total, references;
    const size_t *offsets;
    uint64_t *keys;
    uint32_t *token, *gram, *position, *order;
    void *sort;
} lfn_ngrams;

LFN_UNUSED static size_t lfn_ngram_end(const lfn_ngrams *g, size_t text)
{
    return text == 0 ? g->hypothesis : g->hypothesis + (g->offsets[text] - g->offsets[0]);
}

METRICS_DEF size_t metrics_ngram_scratch(size_t n, size_t m)
{
    const size_t total = lfn_add(n, m);
    if (total > LFN_TEXT_LONGEST) return SIZE_MAX;
    return lfn_add(lfn_add(lfn_piece(total, sizeof(uint64_t)), lfn_mul(4, lfn_piece(total, sizeof(uint32_t)))), lfn_argsort_room(total));
}

/* Sorts the first `count` keys, numbers their positions by runs of equal keys, and
   returns how many n-grams of the hypothesis the references have: the sum over the
   runs of min(in the hypothesis, the most in a reference). */
LFN_UNUSED static size_t lfn_ngram_number(lfn_ngrams *g, size_t count, uint32_t *number)
{
    size_t start, end, matches = 0;
    uint32_t next = 0;
    lfn_argsort_u64(g->keys, count, g->order, g->sort);
    for (start = 0; start < count; start = end) {
        size_t text = 0, here = 0, own = 0, most = 0;
        for (end = start; end < count && g->keys[g->order[end]] == g->keys[g->order[start]]; end++) {
            const uint32_t position = g->position[g->order[end]];
            if (position >= lfn_ngram_end(g, text)) {
                if (text == 0) own = here;
                else if (here > most) most = here;
                here = 0;
                while (position >= lfn_ngram_end(g, text)) text++;
            }
            here++;
            number[position] = next;
        }
        if (text == 0) own = here;
        else if (here > most) most = here;
        matches += own < most ? own : most;
        next++;
    }
    return matches;
}

/* Matches of single tokens; and the start of all that follows. */
LFN_UNUSED static size_t lfn_ngram_begin(lfn_ngrams *g, const int32_t *hypothesis, size_t n, const int32_t *references,
                                         const size_t *offsets, size_t count, void *scratch)
{
    size_t k, matches;
    g->hypothesis = n;
    g->references = count;
    g->offsets = offsets;
    g->total = lfn_ngram_end(g, count);
    g->keys = (uint64_t *)lfn_cut(&scratch, g->total, sizeof(uint64_t));
    g->token = (uint32_t *)lfn_cut(&scratch, g->total, sizeof(uint32_t));
    g->gram = (uint32_t *)lfn_cut(&scratch, g->total, sizeof(uint32_t));
    g->position = (uint32_t *)lfn_cut(&scratch, g->total, sizeof(uint32_t));
    g->order = (uint32_t *)lfn_cut(&scratch, g->total, sizeof(uint32_t));
    g->sort = scratch;
    for (k = 0; k < g->total; k++) {
        g->keys[k] = (uint32_t)(k < n ? hypothesis[k] : references[k - n]);
        g->position[k] = (uint32_t)k;
    }
    matches = lfn_ngram_number(g, g->total, g->token);
    if (g->total) memcpy(g->gram, g->token, g->total * sizeof *g->gram);
    return matches;
}

/* Matches of n-grams of length `order`, those of order - 1 being numbered. */
LFN_UNUSED static size_t lfn_ngram_next(lfn_ngrams *g, size_t order)
{
    size_t text, k = 0, count = 0;
    for (text = 0; text <= g->references; text++) {
        const size_t end = lfn_ngram_end(g, text);
        for (; k < end && end - k >= order; k++) {
            g->keys[count] = (uint64_t)g->gram[k] << 32 | g->token[k + order - 1];
            g->position[count++] = (uint32_t)k;
        }
        k = end;
    }
    return lfn_ngram_number(g, count, g->gram);
}

/* How many n-grams of that order a text has. */
LFN_UNUSED static size_t lfn_ngram_count(size_t length, size_t order) { return length >= order ? length - order + 1 : 0; }

METRICS_DEF metrics_bleu_config metrics_bleu_defaults(void)
{
    metrics_bleu_config config;
    memset(&config, 0, sizeof config);
    config.max_order = 4;
    config.smoothing = METRICS_BLEU_SMOOTH_EXP;
    config.smoothing_value = 0.1;
    return config;
}

METRICS_DEF int metrics_bleu_init(metrics_bleu *bleu)
{
    if (!bleu) return METRICS_ERROR_NULL;
    memset(bleu, 0, sizeof *bleu);
    return METRICS_OK;
}

/* The length nearest to n, of two equally near ones the shorter. */
LFN_UNUSED static size_t lfn_bleu_nearest(size_t n, const size_t *offsets, size_t count)
{
    size_t best = offsets[1] - offsets[0], r;
    for (r = 1; r < count; r++) {
        const size_t length = offsets[r + 1] - offsets[r];
        const size_t away = length > n ? length - n : n - length, least = best > n ? best - n : n - best;
        if (away < least || (away == least && length < best)) best = length;
    }
    return best;
}

METRICS_DEF int metrics_bleu_update(const int32_t *hypothesis, size_t n, const int32_t *references,
                                    const size_t *offsets, size_t reference_count,
                                    void *scratch, size_t scratch_size, metrics_bleu *bleu)
{
    lfn_ngrams g;
    size_t r, needed;
    if (!bleu || (n && !hypothesis) || !offsets) return METRICS_ERROR_NULL;
    if (reference_count == 0 || lfn_too_big(reference_count, sizeof *offsets)) return METRICS_ERROR_SIZE;
    if (offsets[0] != 0) return METRICS_ERROR_SIZE;
    for (r = 0; r < reference_count; r++)
        if (offsets[r] > offsets[r + 1]) return METRICS_ERROR_SIZE;
    if (offsets[reference_count] && !references) return METRICS_ERROR_NULL;
    needed = metrics_ngram_scratch(n, offsets[reference_count]);
    if (needed == SIZE_MAX) return METRICS_ERROR_SIZE;
    if (!lfn_scratch_holds(scratch, scratch_size, needed)) return METRICS_ERROR_SCRATCH;
    bleu->matches[0] += (double)lfn_ngram_begin(&g, hypothesis, n, references, offsets, reference_count, scratch);
    bleu->totals[0] += (double)n;
    for (r = 1; r < 4; r++) {
        bleu->matches[r] += (double)lfn_ngram_next(&g, r + 1);
        bleu->totals[r] += (double)lfn_ngram_count(n, r + 1);
    }
    bleu->hypothesis += (double)n;
    bleu->reference += (double)lfn_bleu_nearest(n, offsets, reference_count);
    bleu->pairs += 1;
    return METRICS_OK;
}

METRICS_DEF int metrics_bleu_merge(const metrics_bleu *other, metrics_bleu *bleu)
{
    metrics_bleu from;
    int k;
    if (!other || !bleu) return METRICS_ERROR_NULL;
    from = *other;
    for (k = 0; k < 4; k++) {
        bleu->matches[k] += from.matches[k];
        bleu->totals[k] += from.totals[k];
    }
    bleu->hypothesis += from.hypothesis;
    bleu->reference += from.reference;
    bleu->pairs += from.pairs;
    return METRICS_OK;
}

LFN_UNUSED static int lfn_bleu_check(const metrics_bleu_config *c)
{
    double sum = 0;
    int k;
    if (c->max_order < 1 || c->max_order > 4 || !lfn_finite(c->smoothing_value) || c->smoothing_value < 0)
        return METRICS_ERROR_PARAMETER;
    for (k = 0; k < 4; k++) {
        if (!lfn_finite(c->weights[k]) || c->weights[k] < 0) return METRICS_ERROR_PARAMETER;
        if (k < c->max_order) sum += c->weights[k];
        else if (c->weights[k] > 0 && sum == 0) return METRICS_ERROR_PARAMETER;
    }
    if (!lfn_finite(sum)) return METRICS_ERROR_PARAMETER;
    if (c->smoothing < METRICS_BLEU_SMOOTH_NONE || c->smoothing > METRICS_BLEU_SMOOTH_EXP) return METRICS_ERROR_OPTION;
    return METRICS_OK;
}

/* The smoothed precisions; returns how many orders count. */
LFN_UNUSED static int lfn_bleu_precisions(const metrics_bleu *b, const metrics_bleu_config *c, double *precision)
{
    double share = 1;
    int k;
    for (k = 0; k < c->max_order; k++) {
        const double add = c->smoothing == METRICS_BLEU_SMOOTH_ADD_K && k > 0 ? c->smoothing_value : 0;
        double matches = b->matches[k] + add;
        const double total = b->totals[k] + add;
        if (total == 0) return c->effective_order ? k : c->max_order;
        if (matches == 0 && c->smoothing == METRICS_BLEU_SMOOTH_FLOOR) matches = c->smoothing_value;
        if (matches == 0 && c->smoothing == METRICS_BLEU_SMOOTH_EXP) matches = share /= 2;
        precision[k] = matches / total;
    }
    return c->max_order;
}

/* exp(1 - reference / hypothesis), 1 for hypotheses as long as the references. */
LFN_UNUSED static double lfn_bleu_brevity(double hypothesis, double reference)
{
    if (hypothesis >= reference) return 1;
    return hypothesis > 0 ? exp(1 - reference / hypothesis) : 0;
}

METRICS_DEF int metrics_bleu_result(const metrics_bleu *bleu, const metrics_bleu_config *config, metrics_bleu_scores *scores)
{
    const metrics_bleu_config c = config ? *config : metrics_bleu_defaults();
    const int equal = c.weights[0] == 0 && c.weights[1] == 0 && c.weights[2] == 0 && c.weights[3] == 0;
    double sum = 0, weights = 0;
    int k, orders, zero = 0, status;
    if (!bleu) return METRICS_ERROR_NULL;
    status = lfn_bleu_check(&c);
    if (status || !scores) return status;
    memset(scores, 0, sizeof *scores);
    if (bleu->pairs == 0) {
        scores->bleu = scores->brevity_penalty = lfn_nan_value();
        for (k = 0; k < c.max_order; k++) scores->precision[k] = lfn_nan_value();
        return METRICS_OK;
    }
    scores->brevity_penalty = lfn_bleu_brevity(bleu->hypothesis, bleu->reference);
    if (!(bleu->matches[0] > 0)) return METRICS_OK;
    orders = lfn_bleu_precisions(bleu, &c, scores->precision);
    for (k = 0; k < orders; k++) {
        const double weight = equal ? 1 : c.weights[k];
        if (weight == 0) continue;
        if (scores->precision[k] > 0) sum += weight * log(scores->precision[k]);
        else zero = 1;
        weights += weight;
    }
    scores->bleu = zero || weights == 0 ? 0 : scores->brevity_penalty * exp(sum / weights);
    return METRICS_OK;
}

/* ---- ROUGE ---- */

LFN_UNUSED static void lfn_rouge(double matches, double hypothesis, double reference, double beta, metrics_rouge_scores *s)
{
    s->precision = lfn_ratio(matches, hypothesis, 0);
    s->recall = lfn_ratio(matches, reference, 0);
    s->f = lfn_ratio((1 + beta * beta) * s->precision * s->recall, s->recall + beta * beta * s->precision, 0);
}

METRICS_DEF int metrics_rouge_n(const int32_t *hypothesis, size_t n, const int32_t *reference, size_t m,
                                size_t order, double beta, void *scratch, size_t scratch_size, metrics_rouge_scores *scores)
{
    const size_t needed = metrics_ngram_scratch(n, m);
    size_t offsets[2], matches, k;
    lfn_ngrams g;
    if ((n && !hypothesis) || (m && !reference)) return METRICS_ERROR_NULL;
    if (needed == SIZE_MAX) return METRICS_ERROR_SIZE;
    if (order == 0 || !lfn_finite(beta * beta) || beta < 0) return METRICS_ERROR_PARAMETER;
    if (!lfn_scratch_holds(scratch, scratch_size, needed)) return METRICS_ERROR_SCRATCH;
    if (!scores) return METRICS_OK;
    offsets[0] = 0;
    offsets[1] = m;
    matches = lfn_ngram_begin(&g, hypothesis, n, reference, offsets, 1, scratch);
    for (k = 2; k <= order && matches > 0; k++) matches = lfn_ngram_next(&g, k);
    lfn_rouge((double)matches, (double)lfn_ngram_count(n, order), (double)lfn_ngram_count(m, order), beta, scores);
    return METRICS_OK;
}

METRICS_DEF int metrics_rouge_l(const int32_t *hypothesis, size_t n, const int32_t *reference, size_t m,
                                double beta, void *scratch, size_t scratch_size, metrics_rouge_scores *scores)
{
    const int status = lfn_text_check(hypothesis, n, reference, m);
    if (status) return status;
    if (!lfn_finite(beta * beta) || beta < 0) return METRICS_ERROR_PARAMETER;
    if (!lfn_scratch_holds(scratch, scratch_size, metrics_levenshtein_scratch(n, m))) return METRICS_ERROR_SCRATCH;
    if (scores) lfn_rouge((double)lfn_lcs(hypothesis, n, reference, m, scratch), (double)n, (double)m, beta, scores);
    return METRICS_OK;
}
