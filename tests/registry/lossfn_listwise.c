/* Inputs of the ranking losses. */

/* About length documents in lists of growing length, empty ones among them from variant 1 on;
   relevance 0 to 4 in steps. Scores lie apart: a jittered grid in random order. */
static size_t lists_draw(call *c)
{
    const size_t n = c->large ? c->length : c->length > 67 ? 120 : c->length;
    size_t offsets[130], lists = 0, at = 0, i, j;
    array *a;
    offsets[0] = c->variant == 2 && n > 3 ? 2 : 0;
    for (at = offsets[0]; at < n && lists < 120; lists++) {
        size_t size = c->large ? n / 100 + 1 : c->variant > 0 && lists % 3 == 1 ? 0 : 1 + lists * 3;
        at = size < n - at ? at + size : n;
        offsets[lists + 1] = at;
    }
    if (c->variant == 2 && lists && offsets[lists] - offsets[lists - 1] > 1) offsets[lists]--;
    a = input(c, 0, TYPE_REAL, n, -2, 2, ARRAY_DIFF);
    for (i = 0; i < n; i++) put(c, a, i, (double)(float)(4 * ((double)i + draw(c, 0.25, 0.75)) / (double)n - 2));
    for (i = n; i > 1; i--) {
        const double was = get(c, a, i - 1);
        j = (size_t)draw_int(c, 0, (int)i);
        put(c, a, i - 1, get(c, a, j));
        put(c, a, j, was);
    }
    input(c, 1, TYPE_REAL, n, 0, 1, 0);
    for (i = 0; i < n; i++) put(c, &c->in[1], i, draw_int(c, 0, 5));
    input(c, 2, TYPE_SIZE, lists ? lists + 1 : 0, 0, 1, 0);
    for (i = 0; lists && i <= lists; i++) put(c, &c->in[2], i, (double)offsets[i]);
    c->size[0] = n;
    c->size[1] = c->items = lists;
    output(c, 0, TYPE_REAL, lists ? lists : 1, -1, 0);
    output(c, 1, TYPE_REAL, n, 0, 0);
    c->elements = (double)n;
    c->bytes = 4.0 * (double)n * c->bits / 8;
    return n;
}

static int list_net_prepare(call *c)
{
    size_t n;
    if (c->variant > 2) return 0;
    n = lists_draw(c);
    c->in[1].flags |= ARRAY_DIFF;
    output(c, 2, TYPE_REAL, n, 1, 0);
    return 1;
}

/* 0: all pairs; 1: the best 3; 2: linear gain; 3: equal scores and lists without relevance; 4: normalised. */
static int lambda_rank_prepare(call *c)
{
    size_t n, i, longest = 0;
    if (c->variant > 4) return 0;
    n = lists_draw(c);
    for (i = 0; i < n; i++) {
        if (c->variant == 3) put(c, &c->in[0], i, (double)(int)(2 * get(c, &c->in[0], i)) / 2);
        if (c->variant == 3 && i < n / 2) put(c, &c->in[1], i, 0);
    }
    output(c, 2, TYPE_REAL, n, 0, 0)->hess = 1;
    if (c->variant > 2) c->out[1].gradient_of = c->out[2].gradient_of = -1;
    if (c->variant > 2) c->out[2].hess = 0;
    for (i = 0; i < c->items; i++) {
        const size_t size = (size_t)(get(c, &c->in[2], i + 1) - get(c, &c->in[2], i));
        longest = size > longest ? size : longest;
    }
    c->scratch_bytes = c->bits == 32 ? lossfn_lambda_rank_scratch_f32(longest) : lossfn_lambda_rank_scratch_f64(longest);
    if (!longest) c->scratch_bytes = 0;
    return 1;
}

static lossfn_lambda_rank_config *lambda_rank_config(call *c)
{
    lossfn_lambda_rank_config *p = (lossfn_lambda_rank_config *)c->config_room;
    *p = lossfn_lambda_rank_defaults();
    p->sigma = HYPER(0);
    p->truncation = c->variant == 1 ? 3 : 0;
    p->linear_gain = c->variant == 2;
    p->normalise = c->variant == 4;
    return p;
}
