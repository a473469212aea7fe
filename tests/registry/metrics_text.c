/* Pairs of token sequences: few tokens, many, and one empty. */
static int text_pair(call *c)
{
    const int tokens = c->variant == 0 ? 3 : 40;
    const size_t n = c->length, m = c->variant == 2 ? 0 : c->length + 70 * (c->length % 3) / 2;
    if (c->variant > 2) return 0;
    c->size[0] = n;
    c->size[1] = m;
    input(c, 0, TYPE_I32, n, -1, tokens, ARRAY_LABELS | ARRAY_ANY);
    input(c, 1, TYPE_I32, m, -1, tokens, ARRAY_LABELS | ARRAY_ANY);
    c->elements = (double)(n + m);
    return 1;
}

static int levenshtein_prepare(call *c)
{
    if (!text_pair(c)) return 0;
    output(c, 0, TYPE_F64, 1, -1, 0);
    c->scratch_bytes = metrics_levenshtein_scratch(c->size[0], c->size[1]);
    return 1;
}

static int rouge_l_prepare(call *c)
{
    if (!text_pair(c)) return 0;
    output(c, 0, TYPE_F64, 3, -1, 0);
    c->scratch_bytes = metrics_levenshtein_scratch(c->size[0], c->size[1]);
    return 1;
}

static int rouge_n_prepare(call *c)
{
    if (!text_pair(c)) return 0;
    output(c, 0, TYPE_F64, 3, -1, 0);
    c->option[0] = 1 + (int)(c->length % 4);
    c->scratch_bytes = metrics_ngram_scratch(c->size[0], c->size[1]);
    return 1;
}

static void text_state(call *c, size_t bytes)
{
    size_t k;
    output(c, 0, TYPE_F64, bytes / sizeof(double), -1, ARRAY_STATE | ARRAY_REQUIRED);
    for (k = 0; k < c->out[0].n; k++) put(c, &c->out[0], k, 0);
}

static int edits_prepare(call *c)
{
    if (!text_pair(c)) return 0;
    text_state(c, sizeof(metrics_edits));
    c->scratch_bytes = metrics_edits_scratch(c->size[0], c->size[1]);
    return 1;
}

/* References of m/2 and m - m/2 tokens and an empty one. */
static int bleu_prepare(call *c)
{
    size_t m;
    if (!text_pair(c)) return 0;
    m = c->size[1];
    c->size[1] = 0;
    c->size[2] = 3;
    input(c, 2, TYPE_SIZE, 4, 0, 1, 0);
    put(c, &c->in[2], 0, 0);
    put(c, &c->in[2], 1, (double)(m / 2));
    put(c, &c->in[2], 2, (double)m);
    put(c, &c->in[2], 3, (double)m);
    text_state(c, sizeof(metrics_bleu));
    c->scratch_bytes = metrics_ngram_scratch(c->size[0], m);
    return 1;
}

static int utf8_prepare(call *c)
{
    if (c->variant > 0) return 0;
    c->size[0] = c->length;
    input(c, 0, TYPE_U8, c->length, 0, 256, 0);
    output(c, 0, TYPE_I32, c->length, -1, ARRAY_WEAK);
    output(c, 1, TYPE_SIZE, 1, -1, 0);
    c->elements = (double)c->length;
    return 1;
}
