/* Log-probabilities of chosen and rejected answers: 0 common, 1 without a reference,
   2 saturated margins, 3 all equal. */
static int dpo_prepare(call *c)
{
    const size_t n = c->length;
    size_t i;
    int k;
    if (c->variant > 3) return 0;
    for (k = 0; k < 4; k++) {
        if (c->variant == 1 && k > 1) break;
        input(c, k, TYPE_REAL, n, c->variant == 2 ? -900 : -40, -1, ARRAY_DIFF | ARRAY_PER_ITEM);
        for (i = 0; c->variant == 3 && i < n; i++) put(c, &c->in[k], i, -8);
    }
    c->size[0] = c->items = n;
    output(c, 0, TYPE_REAL, n ? n : 1, -1, 0);
    for (k = 0; k < 4; k++) output(c, k + 1, TYPE_REAL, n, c->variant == 1 && k > 1 ? -1 : k, 0);
    c->elements = (double)n;
    c->bytes = 8.0 * (double)n * c->bits / 8;
    return 1;
}

/* The form is the third hyper-parameter; one that is no small number is no form. */
static int dpo_form(const call *c) { return c->hyper[2] > -2 && c->hyper[2] < 8 ? (int)c->hyper[2] : 8; }
