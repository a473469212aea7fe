//@family Text: UTF-8, edit distance, word and character error rates, longest common subsequence

//@api

/* ---- text -----------------------------------------------------------------------

   Text is int32_t tokens of any value: ids of words or pieces as the caller cuts
   and numbers them, or the code points that metrics_utf8_decode makes of UTF-8.
   Nothing is lower-cased, stripped or split here. Lengths count tokens. Every
   function returns METRICS_ERROR_NULL for a NULL array of length > 0,
   METRICS_ERROR_SIZE for lengths over 2^31 - 1 (n-grams: all texts together) and
   METRICS_ERROR_SCRATCH (too little of it). */

/* Code points of n bytes of UTF-8: points receives at most n of them, *count how
   many. What is not valid UTF-8 becomes U+FFFD, one for each longest run of bytes
   that begins a valid sequence, or else for each byte, as Unicode recommends and
   most decoders do. points may be NULL to count only.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_utf8_decode(const uint8_t *text, size_t n, int32_t *points, size_t *count);

/* Levenshtein distance: the least number of substitutions, insertions and deletions
   of one token that turn a (n tokens) into b (m tokens). Bit-parallel, in time
   O(n m / 64) and room O(min(n, m)).
   Sources: V. I. Levenshtein 1966; G. Myers, A fast bit-vector algorithm for
   approximate string matching based on dynamic programming, 1999; H. Hyyro, A
   bit-vector algorithm for computing Levenshtein and Damerau edit distances, 2003. */
METRICS_DEF int metrics_levenshtein(const int32_t *a, size_t n, const int32_t *b, size_t m,
                                    void *scratch, size_t scratch_size, double *distance);

/* Bytes of scratch of metrics_levenshtein; SIZE_MAX for lengths it refuses. */
METRICS_DEF size_t metrics_levenshtein_scratch(size_t n, size_t m);

/* What turns references into hypotheses, added up over pairs. Plain data without
   pointers; all zero is empty. Of all shortest edits of a pair the one with the most
   hits is counted; other tools may split the same total another way (sclite gives
   substitutions a larger cost). */
typedef struct metrics_edits {
    double hits, substitutions, insertions, deletions;
    double reference, hypothesis;  /* lengths */
    double pairs, wrong;           /* pairs seen, pairs with an edit */
} metrics_edits;

/* Rates of H hits, S substitutions, I insertions, D deletions. All are NaN before the
   first pair. */
typedef struct metrics_edit_scores {
    double error_rate;             /* (S + I + D) / (H + S + D): WER of words, CER of characters. May exceed 1.
                                      References all empty: 0 without edits, else infinity */
    double match_error_rate;       /* (S + I + D) / (H + S + I + D); 0 where all is empty */
    double information_preserved;  /* H^2 / (reference length x hypothesis length); 0 where one of them
                                      is 0, 1 where both are */
    double information_lost;       /* 1 - information_preserved */
    double sentence_error_rate;    /* pairs with an edit / pairs */
} metrics_edit_scores;

/* Makes *edits empty. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_edits_init(metrics_edits *edits);

/* Takes one pair: a reference of n tokens, a hypothesis of m. The time grows with
   (n + m) x the edits of the pair, plus that of metrics_levenshtein. */
METRICS_DEF int metrics_edits_update(const int32_t *reference, size_t n, const int32_t *hypothesis, size_t m,
                                     void *scratch, size_t scratch_size, metrics_edits *edits);

/* Bytes of scratch of metrics_edits_update; SIZE_MAX for lengths it refuses. */
METRICS_DEF size_t metrics_edits_scratch(size_t n, size_t m);

/* Adds what *other holds to *edits; they may be the same. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_edits_merge(const metrics_edits *other, metrics_edits *edits);

/* The rates of all pairs together (not the mean of the pairs' rates), as jiwer and
   torchmetrics take them. Errors: METRICS_ERROR_NULL (edits).
   Source of the match error rate and of information lost: A. C. Morris, V. Maier,
   P. Green, From WER and RIL to MER and WIL, 2004. */
METRICS_DEF int metrics_edits_result(const metrics_edits *edits, metrics_edit_scores *scores);

/* Length of the longest common subsequence of a (n tokens) and b (m tokens). Scratch:
   metrics_levenshtein_scratch(n, m). Bit-parallel, in time O(n m / 64).
   Source: H. Hyyro, Bit-parallel LCS-length computation revisited, 2004. */
METRICS_DEF int metrics_lcs(const int32_t *a, size_t n, const int32_t *b, size_t m,
                            void *scratch, size_t scratch_size, double *length);

//@once

/* ---- UTF-8 ---- */

/* How many bytes follow the first of a sequence, and the range of the second. */
LFN_UNUSED static unsigned lfn_utf8_lead(uint8_t first, uint8_t *low, uint8_t *high)
{
    *low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    *high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first >= 0xc2 && first <= 0xdf) return 1;
    if (first >= 0xe0 && first <= 0xef) return 2;
    if (first >= 0xf0 && first <= 0xf4) return 3;
    return 0;
}

/* The code point at text[*at]; moves *at behind it. */
LFN_UNUSED static int32_t lfn_utf8_next(const uint8_t *text, size_t n, size_t *at)
{
    const uint8_t first = text[(*at)++];
    uint8_t low, high;
    const unsigned more = lfn_utf8_lead(first, &low, &high);
    int32_t point;
    unsigned k;
    if (first < 0x80) return first;
    if (more == 0) return 0xfffd;
    point = first & (0x3f >> more);
    for (k = 0; k < more; k++) {
        if (*at == n || text[*at] < low || text[*at] > high) return 0xfffd;
        point = point * 64 + (text[(*at)++] & 0x3f);
        low = 0x80;
        high = 0xbf;
    }
    return point;
}

METRICS_DEF int metrics_utf8_decode(const uint8_t *text, size_t n, int32_t *points, size_t *count)
{
    size_t at = 0, k = 0;
    if (n && !text) return METRICS_ERROR_NULL;
    if (lfn_too_big(n, sizeof *points)) return METRICS_ERROR_SIZE;
    while (at < n) {
        const int32_t point = lfn_utf8_next(text, n, &at);
        if (points) points[k] = point;
        k++;
    }
    if (count) *count = k;
    return METRICS_OK;
}

/* ---- bit masks of where a token occurs in a pattern ---- */

#define LFN_TEXT_LONGEST 2147483647u

/* Where the tokens of a pattern stand. order holds its positions, equal tokens
   together, positions ascending. A token that occurs `blocks` times or more has a
   ready mask (at most 64 tokens can); the mask of another is set up when asked for
   and cleared before the next: fewer than `blocks` bits. So every mask costs
   O(blocks). */
typedef struct {
    const int32_t *pattern;
    size_t length, blocks;
    uint32_t *order;
    uint32_t *ready;        /* at the first place of a token in order: its ready mask, or UINT32_MAX */
    uint64_t *masks, *mask; /* the ready ones, and the one for the others */
    size_t set, set_end;    /* the places in order whose bits are in mask */
    void *rest;             /* scratch not used */
} lfn_pattern;

LFN_UNUSED static size_t lfn_pattern_room(size_t length)
{
    const size_t blocks = length / 64 + 1;
    size_t room = lfn_add(lfn_mul(2, lfn_piece(length, sizeof(uint32_t))), lfn_piece(lfn_mul(65, blocks), sizeof(uint64_t)));
    room = lfn_add(room, lfn_mul(2, lfn_piece(blocks, sizeof(uint64_t))));
    return lfn_add(room, lfn_add(lfn_piece(length, sizeof(uint64_t)), lfn_argsort_room(length)));
}

LFN_UNUSED static void lfn_mask_put(const lfn_pattern *p, uint64_t *mask, size_t start, size_t end, int on)
{
    size_t k;
    for (k = start; k < end; k++) {
        const uint64_t bit = UINT64_C(1) << p->order[k] % 64;
        uint64_t *word = &mask[p->order[k] / 64];
        *word = on ? *word | bit : *word & ~bit;
    }
}

LFN_UNUSED static size_t lfn_pattern_run(const lfn_pattern *p, size_t start)
{
    size_t end = start + 1;
    while (end < p->length && p->pattern[p->order[end]] == p->pattern[p->order[start]]) end++;
    return end;
}

LFN_UNUSED static void lfn_pattern_begin(lfn_pattern *p, const int32_t *pattern, size_t length, void *scratch)
{
    uint64_t *keys;
    void *sort;
    size_t k, end;
    uint32_t slots = 0;
    p->pattern = pattern;
    p->length = length;
    p->blocks = (length + 63) / 64;
    p->order = (uint32_t *)lfn_cut(&scratch, length, sizeof(uint32_t));
    p->ready = (uint32_t *)lfn_cut(&scratch, length, sizeof(uint32_t));
    p->masks = (uint64_t *)lfn_cut(&scratch, 65 * p->blocks, sizeof(uint64_t));
    p->mask = p->masks + 64 * p->blocks;
    p->set = p->set_end = 0;
    p->rest = scratch;
    sort = scratch;
    keys = (uint64_t *)lfn_cut(&sort, length, sizeof(uint64_t));
    for (k = 0; k < length; k++) keys[k] = (uint32_t)pattern[k] ^ UINT32_C(0x80000000);
    lfn_argsort_u64(keys, length, p->order, sort);
    memset(p->masks, 0, 65 * p->blocks * sizeof(uint64_t));
    for (k = 0; k < length; k = end) {
        end = lfn_pattern_run(p, k);
        p->ready[k] = UINT32_MAX;
        if (end - k < p->blocks) continue;
        lfn_mask_put(p, p->masks + slots * p->blocks, k, end, 1);
        p->ready[k] = slots++;
    }
}

/* The mask of a token: bit i is set where pattern[i] is the token. */
LFN_UNUSED static const uint64_t *lfn_pattern_mask(lfn_pattern *p, int32_t token)
{
    size_t low = 0, high = p->length;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (p->pattern[p->order[middle]] < token) low = middle + 1;
        else high = middle;
    }
    lfn_mask_put(p, p->mask, p->set, p->set_end, 0);
    p->set = p->set_end = 0;
    if (low == p->length || p->pattern[p->order[low]] != token) return p->mask;
    if (p->ready[low] != UINT32_MAX) return p->masks + p->ready[low] * p->blocks;
    p->set = low;
    p->set_end = lfn_pattern_run(p, low);
    lfn_mask_put(p, p->mask, p->set, p->set_end, 1);
    return p->mask;
}

/* ---- edit distance ---- */

/* Two texts without what they begin and end with in common; a is the shorter. */
typedef struct {
    const int32_t *a, *b;
    size_t n, m, prefix, suffix;
} lfn_texts;

LFN_UNUSED static lfn_texts lfn_texts_strip(const int32_t *a, size_t n, const int32_t *b, size_t m)
{
    lfn_texts t;
    size_t prefix = 0, suffix = 0;
    while (prefix < n && prefix < m && a[prefix] == b[prefix]) prefix++;
    while (suffix < n - prefix && suffix < m - prefix && a[n - 1 - suffix] == b[m - 1 - suffix]) suffix++;
    t.a = prefix ? a + prefix : a;
    t.b = prefix ? b + prefix : b;
    t.n = n - prefix - suffix;
    t.m = m - prefix - suffix;
    t.prefix = prefix;
    t.suffix = suffix;
    return t;
}

/* One column of 64 rows of the table of distances, as differences between rows that
   stand below each other: +1 where a bit of plus is set, -1 where one of minus is.
   enter and the return value are the differences to the column before, above the
   first row and in the row of bit `last`. */
LFN_UNUSED static int lfn_edit_step(uint64_t equal, uint64_t last, int enter, uint64_t *plus, uint64_t *minus)
{
    const uint64_t vertical = equal | *minus;
    uint64_t horizontal, up, down;
    int leave;
    if (enter < 0) equal |= 1;
    horizontal = (((equal & *plus) + *plus) ^ *plus) | equal;
    up = *minus | ~(horizontal | *plus);
    down = *plus & horizontal;
    leave = (up & last ? 1 : 0) - (down & last ? 1 : 0);
    up = up << 1 | (enter > 0 ? 1u : 0u);
    down = down << 1 | (enter < 0 ? 1u : 0u);
    *plus = down | ~(vertical | up);
    *minus = up & vertical;
    return leave;
}

/* The distance of stripped texts. */
LFN_UNUSED static size_t lfn_edit_distance(const int32_t *a, size_t n, const int32_t *b, size_t m, void *scratch)
{
    lfn_pattern p;
    uint64_t *plus, *minus, last;
    size_t distance, j, k;
    if (n > m) return lfn_edit_distance(b, m, a, n, scratch);
    if (n == 0) return m;
    lfn_pattern_begin(&p, a, n, scratch);
    plus = (uint64_t *)lfn_cut(&p.rest, p.blocks, sizeof *plus);
    minus = (uint64_t *)lfn_cut(&p.rest, p.blocks, sizeof *minus);
    for (k = 0; k < p.blocks; k++) {
        plus[k] = ~UINT64_C(0);
        minus[k] = 0;
    }
    last = UINT64_C(1) << (n - 1) % 64;
    distance = n;
    for (j = 0; j < m; j++) {
        const uint64_t *equal = lfn_pattern_mask(&p, b[j]);
        int carry = 1;
        for (k = 0; k + 1 < p.blocks; k++) carry = lfn_edit_step(equal[k], UINT64_C(1) << 63, carry, &plus[k], &minus[k]);
        carry = lfn_edit_step(equal[k], last, carry, &plus[k], &minus[k]);
        if (carry > 0) distance++;
        if (carry < 0) distance--;
    }
    return distance;
}

LFN_UNUSED static int lfn_text_check(const int32_t *a, size_t n, const int32_t *b, size_t m)
{
    if ((n && !a) || (m && !b)) return METRICS_ERROR_NULL;
    if (n > LFN_TEXT_LONGEST || m > LFN_TEXT_LONGEST || lfn_too_big(n, sizeof *a) || lfn_too_big(m, sizeof *b))
        return METRICS_ERROR_SIZE;
    return METRICS_OK;
}

METRICS_DEF size_t metrics_levenshtein_scratch(size_t n, size_t m)
{
    if (n > LFN_TEXT_LONGEST || m > LFN_TEXT_LONGEST) return SIZE_MAX;
    return lfn_pattern_room(n < m ? n : m);
}

METRICS_DEF int metrics_levenshtein(const int32_t *a, size_t n, const int32_t *b, size_t m,
                                    void *scratch, size_t scratch_size, double *distance)
{
    const int status = lfn_text_check(a, n, b, m);
    lfn_texts t;
    if (status) return status;
    if (!lfn_scratch_holds(scratch, scratch_size, metrics_levenshtein_scratch(n, m))) return METRICS_ERROR_SCRATCH;
    if (!distance) return METRICS_OK;
    t = lfn_texts_strip(a, n, b, m);
    *distance = (double)lfn_edit_distance(t.a, t.n, t.b, t.m, scratch);
    return METRICS_OK;
}

#define LFN_EDIT UINT64_C(0x100000000)

/* The fewest substitutions among the shortest edits, `edits` of them, that turn a into
   b: a table of edits x 2^32 + substitutions, row by row (row has m + 1 values), of
   which only the diagonals are filled that so few insertions and deletions can reach. */
LFN_UNUSED static size_t lfn_edit_substitutions(const int32_t *a, size_t n, const int32_t *b, size_t m, size_t edits, uint64_t *row)
{
    const size_t deletions = (edits + n - m) / 2, insertions = (edits + m - n) / 2;
    const uint64_t never = UINT64_C(1) << 63;
    size_t i, j;
    for (j = 0; j <= m; j++) row[j] = j <= insertions ? j * LFN_EDIT : never;
    for (i = 1; i <= n; i++) {
        const size_t low = i > deletions ? i - deletions : 0, high = m - insertions < i ? m : i + insertions;
        uint64_t left = never, corner = low ? row[low - 1] : row[0];
        if (low == 0) row[0] = left = i * LFN_EDIT;
        for (j = low ? low : 1; j <= high; j++) {
            uint64_t best = corner + (a[i - 1] == b[j - 1] ? 0 : LFN_EDIT + 1);
            corner = row[j];
            if (corner + LFN_EDIT < best) best = corner + LFN_EDIT;
            if (left + LFN_EDIT < best) best = left + LFN_EDIT;
            row[j] = left = best;
        }
    }
    return (size_t)(row[m] & (LFN_EDIT - 1));
}

METRICS_DEF int metrics_edits_init(metrics_edits *edits)
{
    if (!edits) return METRICS_ERROR_NULL;
    memset(edits, 0, sizeof *edits);
    return METRICS_OK;
}

METRICS_DEF size_t metrics_edits_scratch(size_t n, size_t m)
{
    if (n > LFN_TEXT_LONGEST || m > LFN_TEXT_LONGEST) return SIZE_MAX;
    return lfn_add(metrics_levenshtein_scratch(n, m), lfn_piece(m + 1, sizeof(uint64_t)));
}

METRICS_DEF int metrics_edits_update(const int32_t *reference, size_t n, const int32_t *hypothesis, size_t m,
                                     void *scratch, size_t scratch_size, metrics_edits *edits)
{
    const int status = lfn_text_check(reference, n, hypothesis, m);
    size_t total, substitutions, insertions, deletions;
    uint64_t *row;
    lfn_texts t;
    if (!edits) return METRICS_ERROR_NULL;
    if (status) return status;
    if (!lfn_scratch_holds(scratch, scratch_size, metrics_edits_scratch(n, m))) return METRICS_ERROR_SCRATCH;
    row = (uint64_t *)lfn_cut(&scratch, m + 1, sizeof *row);
    t = lfn_texts_strip(reference, n, hypothesis, m);
    total = lfn_edit_distance(t.a, t.n, t.b, t.m, scratch);
    substitutions = lfn_edit_substitutions(t.a, t.n, t.b, t.m, total, row);
    deletions = (total - substitutions + n - m) / 2;
    insertions = total - substitutions - deletions;
    edits->hits += (double)(n - substitutions - deletions);
    edits->substitutions += (double)substitutions;
    edits->insertions += (double)insertions;
    edits->deletions += (double)deletions;
    edits->reference += (double)n;
    edits->hypothesis += (double)m;
    edits->pairs += 1;
    edits->wrong += total > 0;
    return METRICS_OK;
}

METRICS_DEF int metrics_edits_merge(const metrics_edits *other, metrics_edits *edits)
{
    metrics_edits from;
    if (!other || !edits) return METRICS_ERROR_NULL;
    from = *other;
    edits->hits += from.hits;
    edits->substitutions += from.substitutions;
    edits->insertions += from.insertions;
    edits->deletions += from.deletions;
    edits->reference += from.reference;
    edits->hypothesis += from.hypothesis;
    edits->pairs += from.pairs;
    edits->wrong += from.wrong;
    return METRICS_OK;
}

METRICS_DEF int metrics_edits_result(const metrics_edits *edits, metrics_edit_scores *scores)
{
    double total, nothing;
    if (!edits) return METRICS_ERROR_NULL;
    if (!scores) return METRICS_OK;
    total = edits->substitutions + edits->insertions + edits->deletions;
    nothing = edits->pairs > 0 ? 0 : lfn_nan_value();
    scores->error_rate = lfn_ratio(total, edits->reference, total > 0 ? lfn_infinity_value() : nothing);
    scores->match_error_rate = lfn_ratio(total, total + edits->hits, nothing);
    if (edits->reference == 0 && edits->hypothesis == 0) scores->information_preserved = nothing + 1;
    else scores->information_preserved = lfn_ratio(edits->hits, edits->reference, 0) * lfn_ratio(edits->hits, edits->hypothesis, 0);
    scores->information_lost = 1 - scores->information_preserved;
    scores->sentence_error_rate = lfn_ratio(edits->wrong, edits->pairs, nothing);
    return METRICS_OK;
}

/* ---- longest common subsequence ---- */

LFN_UNUSED static unsigned lfn_ones(uint64_t x)
{
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (unsigned)((x * UINT64_C(0x0101010101010101)) >> 56);
}

/* v, all ones at first, has a 0 at each row of the table of lengths whose value is one
   more than that above it: v = (v + (v & equal)) | (v & ~equal) for each token of b. */
LFN_UNUSED static size_t lfn_lcs_length(const int32_t *a, size_t n, const int32_t *b, size_t m, void *scratch)
{
    lfn_pattern p;
    uint64_t *v;
    size_t length = 0, j, k;
    if (n > m) return lfn_lcs_length(b, m, a, n, scratch);
    if (n == 0) return 0;
    lfn_pattern_begin(&p, a, n, scratch);
    v = (uint64_t *)lfn_cut(&p.rest, p.blocks, sizeof *v);
    for (k = 0; k < p.blocks; k++) v[k] = ~UINT64_C(0);
    for (j = 0; j < m; j++) {
        const uint64_t *equal = lfn_pattern_mask(&p, b[j]);
        uint64_t carry = 0;
        for (k = 0; k < p.blocks; k++) {
            const uint64_t matched = v[k] & equal[k], sum = v[k] + matched, more = sum + carry;
            carry = (sum < matched) | (more < carry);
            v[k] = more | (v[k] & ~equal[k]);
        }
    }
    for (k = 0; k < p.blocks; k++) length += 64 - lfn_ones(v[k]);
    return length;
}

LFN_UNUSED static size_t lfn_lcs(const int32_t *a, size_t n, const int32_t *b, size_t m, void *scratch)
{
    const lfn_texts t = lfn_texts_strip(a, n, b, m);
    return t.prefix + t.suffix + lfn_lcs_length(t.a, t.n, t.b, t.m, scratch);
}

METRICS_DEF int metrics_lcs(const int32_t *a, size_t n, const int32_t *b, size_t m,
                            void *scratch, size_t scratch_size, double *length)
{
    const int status = lfn_text_check(a, n, b, m);
    if (status) return status;
    if (!lfn_scratch_holds(scratch, scratch_size, metrics_levenshtein_scratch(n, m))) return METRICS_ERROR_SCRATCH;
    if (length) *length = (double)lfn_lcs(a, n, b, m, scratch);
    return METRICS_OK;
}
