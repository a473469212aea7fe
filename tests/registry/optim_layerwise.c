/* Inputs of the layerwise steps. */

static const optim_lamb_config *lamb_config(call *c)
{
    optim_lamb_config *config = (optim_lamb_config *)(void *)c->config_room;
    *config = optim_lamb_defaults();
    config->lr = HYPER(0);
    config->beta1 = HYPER(1);
    config->beta2 = HYPER(2);
    config->eps = HYPER(3);
    config->weight_decay = HYPER(4);
    config->max_weight_norm = HYPER(5);
    config->max_trust = HYPER(6);
    config->grad_scale = HYPER(7);
    config->bias_correction = c->variant % 2 == 0;
    config->always_adapt = c->variant % 3 == 0;
    config->decoupled_decay = config->maximize = c->variant == 1;
    return config;
}

/* A state under way (v not negative), variant 2 one at the beginning. */
static int lamb_prepare(call *c)
{
    size_t i;
    int k;
    if (c->variant > 2) return 0;
    c->size[0] = c->length;
    c->option[0] = c->variant == 2 ? 1 : 7;
    input(c, 0, TYPE_REAL, c->length, -2, 2, 0);
    for (k = 0; k < 3; k++) output(c, k, TYPE_REAL, c->length, -1, ARRAY_STATE | ARRAY_REQUIRED);
    for (i = 0; i < c->length; i++) {
        put(c, &c->out[0], i, (double)(float)draw(c, -1, 1));
        put(c, &c->out[1], i, c->variant == 2 ? 0 : (double)(float)draw(c, -1, 1));
        put(c, &c->out[2], i, c->variant == 2 ? 0 : (double)(float)draw(c, 0.1, 1));
    }
    c->elements = (double)c->length;
    c->bytes = 44.0 / 32 * c->bits * (double)c->length;
    return 1;
}
