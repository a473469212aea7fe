/* Schedules: the rate is out[0]. Hyper-parameters 0 lr, 1 start_lr, 2 warmup, 3 the step, then what the schedule has. */

static int schedule_prepare(call *c)
{
    if (c->variant > 0) return 0;
    output(c, 0, TYPE_F64, 1, -1, ARRAY_REQUIRED);
    c->elements = 1;
    return 1;
}

static int one_cycle_prepare(call *c)
{
    if (c->variant > 3) return 0;
    output(c, 0, TYPE_F64, 1, -1, 0);
    output(c, 1, TYPE_F64, 1, -1, 0);
    c->elements = 1;
    return 1;
}

static optim_schedule_config *schedule_of(call *c)
{
    optim_schedule_config *config = CONFIG_ROOM(optim_schedule_config);
    *config = optim_schedule_defaults();
    config->lr = HYPER(0);
    config->start_lr = HYPER(1);
    config->warmup = HYPER(2);
    return config;
}

static optim_schedule_config *schedule_end_of(call *c)
{
    optim_schedule_config *config = schedule_of(c);
    config->total = HYPER(4);
    config->final_lr = HYPER(5);
    return config;
}

static optim_schedule_config *schedule_power_of(call *c)
{
    optim_schedule_config *config = schedule_end_of(c);
    config->power = HYPER(6);
    return config;
}

static optim_schedule_config *schedule_decay_of(call *c)
{
    optim_schedule_config *config = schedule_end_of(c);
    config->decay = HYPER(6);
    return config;
}

static optim_schedule_config *schedule_period_of(call *c)
{
    optim_schedule_config *config = schedule_of(c);
    config->period = HYPER(4);
    config->factor = HYPER(5);
    return config;
}

static optim_one_cycle_config *one_cycle_of(call *c)
{
    optim_one_cycle_config *config = CONFIG_ROOM(optim_one_cycle_config);
    *config = optim_one_cycle_defaults();
    config->max_lr = HYPER(1);
    config->total = HYPER(2);
    config->warmup_fraction = HYPER(3);
    config->div_factor = HYPER(4);
    config->final_div_factor = HYPER(5);
    config->base_momentum = HYPER(6);
    config->max_momentum = HYPER(7);
    config->shape = c->variant % 2 ? OPTIM_DECAY_LINEAR : OPTIM_DECAY_COSINE;
    config->three_phase = c->variant / 2;
    return config;
}
