/* Configuration and state of Lion. */

static int lion_prepare(call *c)
{
    if (!step_arrays(c, 1)) return 0;
    state_array(c, 1, -1, 1);
    return 1;
}

static const optim_lion_config *lion_of(call *c)
{
    optim_lion_config *config = CONFIG_ROOM(optim_lion_config);
    *config = optim_lion_defaults();
    config->lr = HYPER(0);
    config->beta1 = HYPER(1);
    config->beta2 = HYPER(2);
    config->weight_decay = HYPER(3);
    config->grad_scale = HYPER(4);
    return config;
}
