/* Inputs of CTC. Variant: 0 time first, blank 0; 1 items first, the last class the
   blank, repeated labels; 2 log-weights, time first; 3 short inputs, some of which
   cannot be aligned (loss 0), and empty targets. */
static int ctc_prepare(call *c)
{
    const size_t n = c->length ? 1 + c->length % 5 : 0, steps = c->length < 20 ? c->length : 20, classes = 2 + c->length % 7;
    const int blank = c->variant == 1 ? (int)classes - 1 : 0, low = c->variant == 1 ? 0 : 1;
    size_t i, k, length[8], count = 0, at = 0;
    if (c->variant > 3) return 0;
    for (i = 0; i < n; i++) count += length[i] = c->variant == 3 ? i * 2 : (i + 1) * steps / 12;
    input(c, 0, TYPE_REAL, steps * n * classes, -3, 3, ARRAY_DIFF | (c->variant == 1 ? ARRAY_PER_ITEM : 0));
    input(c, 1, TYPE_I32, count, low, low + (double)classes - 1, ARRAY_LABELS);
    input(c, 2, TYPE_I32, n, 0, 1, 0);
    input(c, 3, TYPE_I32, n, 0, 1, 0);
    for (i = 0; i < n; i++) {
        size_t repeats = 0;
        for (k = 0; k < length[i]; k++, at++) {
            if (k && c->variant == 1 && k % 3 == 1) put(c, &c->in[1], at, get(c, &c->in[1], at - 1));
            if (k && get(c, &c->in[1], at) == get(c, &c->in[1], at - 1)) repeats++;
        }
        k = length[i] + repeats < steps ? (size_t)draw_int(c, (int)(length[i] + repeats), (int)steps + 1) : steps;
        if (c->variant != 3 && length[i] + repeats > steps) { engine_free(c); return 0; }
        put(c, &c->in[2], i, (double)k);
        put(c, &c->in[3], i, (double)length[i]);
    }
    c->option[0] = blank;
    c->option[1] = c->variant == 1;
    c->option[2] = c->variant == 2;
    c->option[3] = c->variant == 3;
    c->size[0] = steps;
    c->size[1] = c->items = n;
    c->size[2] = classes;
    c->size[3] = count;
    c->scratch_bytes = c->bits == 32 ? lossfn_ctc_scratch_f32(steps, n ? length[n - 1] : 0)
                                     : lossfn_ctc_scratch_f64(steps, n ? length[n - 1] : 0);
    output(c, 0, TYPE_REAL, n ? n : 1, -1, 0);
    output(c, 1, TYPE_REAL, steps * n * classes, 0, 0);
    c->elements = (double)(steps * n * classes);
    c->bytes = 2.0 * c->elements * c->bits / 8;
    return 1;
}

static const lossfn_ctc_config *ctc_config(call *c)
{
    lossfn_ctc_config *config = (lossfn_ctc_config *)(void *)c->config_room;
    *config = lossfn_ctc_defaults();
    config->blank = c->option[0];
    config->batch_first = c->option[1];
    config->log_probs = c->option[2];
    config->zero_infinity = c->option[3];
    config->by_length = c->hyper[0] > 0.5;
    return config;
}
