/* Configurations and states of AdaGrad and RMSProp. */

static int adagrad_prepare(call *c)
{
    if (!step_arrays(c, 1)) return 0;
    state_array(c, 1, 0.01, 4);
    return 1;
}

/* mean^2 stays well below square, or centered steps would be cancellation alone. */
static int rmsprop_prepare(call *c)
{
    if (!step_arrays(c, 3)) return 0;
    state_array(c, 1, 1, 4);
    state_array(c, 2, -1, 1);
    state_array(c, 3, -0.5, 0.5);
    return 1;
}

static const optim_adagrad_config *adagrad_of(call *c)
{
    optim_adagrad_config *config = CONFIG_ROOM(optim_adagrad_config);
    *config = optim_adagrad_defaults();
    config->lr = HYPER(0);
    config->lr_decay = HYPER(1);
    config->eps = HYPER(2);
    config->weight_decay = HYPER(3);
    config->grad_scale = HYPER(4);
    return config;
}

static const optim_rmsprop_config *rmsprop_of(call *c)
{
    optim_rmsprop_config *config = CONFIG_ROOM(optim_rmsprop_config);
    *config = optim_rmsprop_defaults();
    config->lr = HYPER(0);
    config->alpha = HYPER(1);
    config->eps = HYPER(2);
    config->momentum = HYPER(3);
    config->weight_decay = HYPER(4);
    config->grad_scale = HYPER(5);
    config->centered = 1;
    return config;
}
