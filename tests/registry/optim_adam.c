/* Configurations and states of the Adam family. */

static int adam_prepare(call *c)
{
    if (!step_arrays(c, 2)) return 0;
    state_array(c, 1, -1, 1);
    state_array(c, 2, 0.01, 1);
    return 1;
}

static int amsgrad_prepare(call *c)
{
    if (!step_arrays(c, 3)) return 0;
    state_array(c, 1, -1, 1);
    state_array(c, 2, 0.01, 1);
    state_array(c, 3, 0.01, 2);
    return 1;
}

static const optim_adam_config *adam_of(call *c)
{
    optim_adam_config *config = CONFIG_ROOM(optim_adam_config);
    *config = optim_adam_defaults();
    config->lr = HYPER(0);
    config->beta1 = HYPER(1);
    config->beta2 = HYPER(2);
    config->eps = HYPER(3);
    config->weight_decay = HYPER(4);
    config->grad_scale = HYPER(5);
    return config;
}

static const optim_adamw_config *adamw_of(call *c)
{
    optim_adamw_config *config = CONFIG_ROOM(optim_adamw_config);
    *config = optim_adamw_defaults();
    config->lr = HYPER(0);
    config->beta1 = HYPER(1);
    config->beta2 = HYPER(2);
    config->eps = HYPER(3);
    config->weight_decay = HYPER(4);
    config->grad_scale = HYPER(5);
    return config;
}

static const optim_amsgrad_config *amsgrad_of(call *c)
{
    optim_amsgrad_config *config = CONFIG_ROOM(optim_amsgrad_config);
    *config = optim_amsgrad_defaults();
    config->lr = HYPER(0);
    config->beta1 = HYPER(1);
    config->beta2 = HYPER(2);
    config->eps = HYPER(3);
    config->weight_decay = HYPER(4);
    config->grad_scale = HYPER(5);
    config->decoupled = c->variant;
    return config;
}
