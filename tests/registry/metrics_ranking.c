/* Scores and graded relevance of documents, in one query and in several. */
static const metrics_ranking_config *ranking_config(call *c)
{
    metrics_ranking_config *config = (metrics_ranking_config *)(void *)c->config_room;
    if (c->variant == 0) return NULL;
    *config = metrics_ranking_defaults();
    config->k = c->variant == 3 ? 1000 : 3;
    config->gain = c->option[0];
    config->ties = c->option[1];
    config->ap = c->option[2];
    config->empty = c->option[3];
    config->adaptive_k = c->option[4];
    return config;
}

static int ranking_inputs(call *c, size_t n)
{
    size_t k;
    if (c->variant > 3) return 0;
    c->size[0] = n;
    c->option[0] = c->variant % 2;
    c->option[1] = c->variant / 2;
    c->option[2] = c->variant == 3 ? 1 : c->variant;
    c->option[3] = c->variant % 3;
    c->option[4] = c->variant == 3;
    c->scratch_bytes = c->bits == 32 ? metrics_ranking_scratch_f32(n) : metrics_ranking_scratch_f64(n);
    input(c, 0, TYPE_REAL, n, -2, 2, 0);
    input(c, 1, TYPE_REAL, n, 0, 1, 0);
    for (k = 0; k < n; k++) {
        if (c->variant % 2) put(c, &c->in[0], k, draw_int(c, 0, 4));
        put(c, &c->in[1], k, draw_int(c, -4, 4) > 0 ? draw_int(c, 1, 4) : 0);
    }
    c->elements = (double)n;
    return 1;
}

static int ranking_prepare(call *c)
{
    if (!ranking_inputs(c, c->length)) return 0;
    output(c, 0, TYPE_F64, sizeof(metrics_ranking_scores) / sizeof(double), -1, 0);
    return 1;
}

static void retrieval_state(call *c, int k)
{
    size_t i;
    output(c, k, TYPE_F64, sizeof(metrics_retrieval) / sizeof(double), -1, ARRAY_STATE | ARRAY_REQUIRED);
    for (i = 0; i < c->out[k].n; i++) put(c, &c->out[k], i, 0);
}

/* Offsets 0, 0, 3, 6, ...: an empty query first. */
static int retrieval_prepare(call *c)
{
    const size_t queries = c->length / 3 + 2;
    size_t q;
    if (!ranking_inputs(c, c->length)) return 0;
    c->size[1] = queries;
    input(c, 2, TYPE_SIZE, queries + 1, 0, 1, 0);
    for (q = 0; q <= queries; q++) put(c, &c->in[2], q, q < 2 ? 0 : q == queries ? (double)c->length : 3 * (double)(q - 1));
    output(c, 0, TYPE_F64, queries * (sizeof(metrics_ranking_scores) / sizeof(double)), -1, 0);
    retrieval_state(c, 1);
    return 1;
}

static int retrieval_ids_prepare(call *c)
{
    if (!ranking_inputs(c, c->length)) return 0;
    input(c, 2, TYPE_I32, c->length, -3, 4, ARRAY_LABELS | ARRAY_ANY);
    retrieval_state(c, 0);
    return 1;
}
