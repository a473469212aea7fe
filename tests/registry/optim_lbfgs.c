/* One call of L-BFGS at its start; whole minimisations are in test_optim_lbfgs.c. */

static const optim_lbfgs_config *lbfgs_config(call *c)
{
    optim_lbfgs_config *config = (optim_lbfgs_config *)(void *)c->config_room;
    *config = optim_lbfgs_defaults();
    config->gradient_tolerance = HYPER(0);
    config->function_tolerance = HYPER(1);
    config->c1 = HYPER(2);
    config->c2 = HYPER(3);
    config->first_step = HYPER(4);
    return config;
}

static int lbfgs_init_prepare(call *c)
{
    if (c->variant > 0) return 0;
    c->size[0] = c->length;
    output(c, 0, TYPE_U8, sizeof(optim_lbfgs_state), -1, ARRAY_REQUIRED);
    c->elements = 1;
    return 1;
}

/* A state of its own for every call. */
static optim_lbfgs_state *lbfgs_state(call *c)
{
    static optim_lbfgs_state state;
    const optim_lbfgs_config config = optim_lbfgs_defaults();
    optim_lbfgs_init(&config, c->length, &state);
    state.n = c->size[0];
    return &state;
}

static int lbfgs_advance_prepare(call *c)
{
    size_t i;
    if (c->variant > 0) return 0;
    c->size[0] = c->length;
    input(c, 0, TYPE_REAL, c->length, -2, 2, 0);
    output(c, 0, TYPE_REAL, c->length, -1, ARRAY_STATE | ARRAY_REQUIRED);
    output(c, 1, TYPE_REAL, optim_lbfgs_room(c->length, 10), -1, ARRAY_STATE | ARRAY_REQUIRED);
    output(c, 2, TYPE_I32, 1, -1, 0);
    for (i = 0; i < c->length; i++) put(c, &c->out[0], i, (double)(float)draw(c, -1, 1));
    c->elements = (double)c->length;
    c->bytes = 6.0 / 8 * c->bits * (double)c->length;
    return 1;
}
