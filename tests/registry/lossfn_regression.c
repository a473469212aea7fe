/* Inputs of the elementwise losses. */

/* Outputs 0 loss, 1 gradient, 2 second derivative, all of n. */
static int elementwise_outputs(call *c, size_t n)
{
    c->size[0] = c->items = n;
    c->in[0].flags |= ARRAY_DIFF | ARRAY_PER_ITEM;
    c->in[1].flags |= ARRAY_PER_ITEM;
    output(c, 0, TYPE_REAL, n ? n : 1, -1, 0);
    output(c, 1, TYPE_REAL, n, 0, 0);
    output(c, 2, TYPE_REAL, n, 0, 0)->hess = 1;
    c->elements = (double)n;
    c->bytes = 3.0 * (double)n * c->bits / 8;
    return 1;
}

/* pred and target any numbers: 0 common ones, 1 far apart, 2 partly equal and tiny differences. */
static int elementwise_prepare(call *c)
{
    static const double reach[3] = {3, 2000, 1};
    size_t i;
    if (c->variant > 2) return 0;
    input(c, 0, TYPE_REAL, c->length, -reach[c->variant], reach[c->variant], 0);
    input(c, 1, TYPE_REAL, c->length, -2, 2, 0);
    for (i = 0; c->variant == 2 && i < c->length; i++)
        put(c, &c->in[0], i, i % 3 == 0 ? get(c, &c->in[1], i) : get(c, &c->in[1], i) + (double)(float)draw(c, -0.01, 0.01));
    return elementwise_outputs(c, c->length);
}

/* Logits against probabilities: 0 common, 1 saturated, 2 hard labels. */
static int binary_prepare(call *c)
{
    size_t i;
    if (c->variant > 2) return 0;
    input(c, 0, TYPE_REAL, c->length, c->variant == 1 ? -100 : -5, c->variant == 1 ? 100 : 5, 0);
    input(c, 1, TYPE_REAL, c->length, 0, 1, 0);
    for (i = 0; c->variant == 2 && i < c->length; i++) put(c, &c->in[1], i, (double)draw_int(c, 0, 2));
    return elementwise_outputs(c, c->length);
}

/* Scores against -1 and 1. */
static int signs_prepare(call *c)
{
    size_t i;
    if (c->variant > 0) return 0;
    input(c, 0, TYPE_REAL, c->length, -3, 3, 0);
    input(c, 1, TYPE_REAL, c->length, -1, 1, 0);
    for (i = 0; i < c->length; i++) put(c, &c->in[1], i, get(c, &c->in[1], i) < 0 ? -1 : 1);
    return elementwise_outputs(c, c->length);
}

/* One array: 0 any, 1 with exact zeros. */
static int penalty_prepare(call *c)
{
    size_t i;
    if (c->variant > 1) return 0;
    input(c, 0, TYPE_REAL, c->length, -3, 3, ARRAY_DIFF | ARRAY_PER_ITEM);
    for (i = 0; c->variant == 1 && i < c->length; i += 2) put(c, &c->in[0], i, 0);
    c->size[0] = c->items = c->length;
    output(c, 0, TYPE_REAL, c->length ? c->length : 1, -1, 0);
    output(c, 1, TYPE_REAL, c->length, 0, 0);
    output(c, 2, TYPE_REAL, c->length, 0, 0)->hess = 1;
    c->elements = (double)c->length;
    c->bytes = 2 * c->elements * c->bits / 8;
    return 1;
}

/* Counts: 0 log rates, 1 rates, 2 and 3 the same with the factorial term. */
static int counts_prepare(call *c)
{
    size_t i;
    if (c->variant > 3) return 0;
    input(c, 0, TYPE_REAL, c->length, c->variant % 2 ? 0.1 : -3, 4, 0);
    input(c, 1, TYPE_REAL, c->length, 0, 1, 0);
    for (i = 0; i < c->length; i++) put(c, &c->in[1], i, (double)draw_int(c, 0, 12));
    c->option[0] = c->variant % 2 == 0;
    c->option[1] = c->variant > 1;
    return elementwise_outputs(c, c->length);
}
