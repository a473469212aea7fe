/* Inputs of the matrix steps. */

static const optim_newton_schulz_config *newton_schulz_config(call *c)
{
    optim_newton_schulz_config *config = (optim_newton_schulz_config *)(void *)c->config_room;
    *config = optim_newton_schulz_defaults();
    config->a = HYPER(0);
    config->b = HYPER(1);
    config->c = HYPER(2);
    config->eps = HYPER(3);
    return config;
}

static const optim_muon_config *muon_config(call *c)
{
    optim_muon_config *config = (optim_muon_config *)(void *)c->config_room;
    *config = optim_muon_defaults();
    config->lr = HYPER(0);
    config->momentum = HYPER(1);
    config->weight_decay = HYPER(2);
    config->grad_scale = HYPER(3);
    config->scaling = c->variant;
    config->nesterov = c->variant % 2;
    config->maximize = c->variant == 2;
    return config;
}

/* length x 5, 3 x length, nearly square, length x 1. */
static int matrix_shape(call *c)
{
    if (c->variant > 3) return 0;
    c->size[0] = c->variant == 1 ? 3 : c->length;
    c->size[1] = c->variant == 0 ? 5 : c->variant == 1 ? c->length : c->variant == 2 ? c->length + 1 : 1;
    if (c->large && c->variant == 2) c->size[1] = c->length;
    c->scratch_bytes = c->bits == 32 ? optim_muon_scratch_f32(c->size[0], c->size[1]) : optim_muon_scratch_f64(c->size[0], c->size[1]);
    c->elements = (double)c->size[0] * (double)c->size[1];
    c->bytes = 20.0 / 32 * c->bits * c->elements;
    return 1;
}

static int newton_schulz_prepare(call *c)
{
    if (!matrix_shape(c)) return 0;
    input(c, 0, TYPE_REAL, c->size[0] * c->size[1], -2, 2, 0);
    output(c, 0, TYPE_REAL, c->size[0] * c->size[1], -1, ARRAY_REQUIRED);
    return 1;
}

static int muon_prepare(call *c)
{
    size_t i, n;
    int k;
    if (!matrix_shape(c)) return 0;
    n = c->size[0] * c->size[1];
    c->option[0] = 3;
    input(c, 0, TYPE_REAL, n, -2, 2, 0);
    for (k = 0; k < 2; k++) {
        output(c, k, TYPE_REAL, n, -1, ARRAY_STATE | ARRAY_REQUIRED);
        for (i = 0; i < n; i++) put(c, &c->out[k], i, (double)(float)draw(c, -1, 1));
    }
    return 1;
}
