/* Inputs of the box losses: pairs that overlap, lie inside each other, are apart
   or are far apart; variants 0, 1: corners, centres; 2: identical, degenerate and
   touching boxes among them. */
static int boxes_prepare(call *c)
{
    const size_t n = c->length;
    size_t i;
    int k;
    if (c->variant > 2) return 0;
    input(c, 0, TYPE_REAL, 4 * n, -1, 1, ARRAY_DIFF | ARRAY_PER_ITEM);
    input(c, 1, TYPE_REAL, 4 * n, -1, 1, ARRAY_DIFF | ARRAY_PER_ITEM);
    for (i = 0; i < n; i++) {
        const double reach = i % 4 == 3 ? 6 : 1;
        for (k = 0; k < 2; k++) {
            array *a = &c->in[k];
            const double x = (double)(float)draw(c, -reach, reach), y = (double)(float)draw(c, -reach, reach);
            const double w = (double)(float)draw(c, 0.3, 2.5), h = (double)(float)draw(c, 0.3, 2.5);
            put(c, a, 4 * i, x);
            put(c, a, 4 * i + 1, y);
            put(c, a, 4 * i + 2, c->variant == 1 ? w : x + w);
            put(c, a, 4 * i + 3, c->variant == 1 ? h : y + h);
        }
    }
    for (i = 0; c->variant == 2 && i < n; i += 2)
        for (k = 0; k < 4; k++) {
            if (i % 6 == 0) put(c, &c->in[0], 4 * i + (size_t)k, get(c, &c->in[1], 4 * i + (size_t)k));
            if (i % 6 == 2) put(c, &c->in[0], 4 * i + (size_t)k, k < 2 ? 0.25 : 0.5);
            if (i % 6 == 2) put(c, &c->in[1], 4 * i + (size_t)k, k == 0 ? (c->hyper[1] == 2 ? 0.4 : 0.5) : k == 1 ? 0.3 : k == 2 ? 0.8 : 0.45);
            if (i % 6 == 4) put(c, &c->in[0], 4 * i + (size_t)k, k % 2 ? 0.5 : 0.25);
        }
    c->option[0] = c->variant == 1;
    c->size[0] = c->items = n;
    output(c, 0, TYPE_REAL, n ? n : 1, -1, 0);
    output(c, 1, TYPE_REAL, 4 * n, 0, 0);
    output(c, 2, TYPE_REAL, 4 * n, 1, 0);
    c->elements = (double)n;
    c->bytes = 16.0 * (double)n * c->bits / 8;
    return 1;
}

/* The second hyper-parameter as a mode; what is no small integer is no mode. */
static int box_mode(const call *c) { return c->hyper[1] > -2 && c->hyper[1] < 8 ? (int)c->hyper[1] : 8; }
