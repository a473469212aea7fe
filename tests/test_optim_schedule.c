/* Schedules against PyTorch's, their closed forms, their ends. */
#include "engine.h"
#include "optim.h"
#include "golden/optim_schedule.inc"

#define SETS(list) ((int)(sizeof(list) / sizeof(list)[0]))
enum { KINDS = 7 };

typedef int (*schedule)(const optim_schedule_config *, double, double *);
static const schedule schedules[KINDS] = {
    optim_schedule_constant, optim_schedule_linear, optim_schedule_polynomial, optim_schedule_cosine,
    optim_schedule_cosine_restarts, optim_schedule_inverse_sqrt, optim_schedule_wsd
};

static double rate(schedule f, const optim_schedule_config *c, double step)
{
    double lr = -1;
    check(f(c, step, &lr) == OPTIM_OK, "status at step %g", step);
    return lr;
}

/* Exactly, as doubles (where arithmetic carries more digits, == does not say that). */
static int is(double a, double b) { return close_to(a, b, 0, 0); }

static void torch(void)
{
    int set, k;
    for (set = 0; set < SETS(golden_one_cycle); set++) {
        const double *h = golden_one_cycle[set].hyper;
        optim_one_cycle_config c = optim_one_cycle_defaults();
        c.max_lr = h[0];
        c.total = h[1];
        c.warmup_fraction = h[2];
        c.div_factor = h[3];
        c.final_div_factor = h[4];
        c.base_momentum = h[5];
        c.max_momentum = h[6];
        c.shape = h[7] != 0 ? OPTIM_DECAY_LINEAR : OPTIM_DECAY_COSINE;
        c.three_phase = (int)h[8];
        for (k = 0; k < 40; k++) {
            double lr = -1, momentum = -1;
            check(optim_schedule_one_cycle(&c, k, &lr, &momentum) == OPTIM_OK, "one_cycle");
            check(close_to(lr, golden_one_cycle[set].lr[k], 1e-12, 1e-15), "one_cycle %d: lr at %d: %.17g, not %.17g", set, k, lr, golden_one_cycle[set].lr[k]);
            check(close_to(momentum, golden_one_cycle[set].momentum[k], 1e-14, 0), "one_cycle %d: momentum at %d", set, k);
        }
        {
            double at_end, later;
            optim_schedule_one_cycle(&c, 39, &at_end, NULL);
            optim_schedule_one_cycle(&c, 1e9, &later, NULL);
            check(is(at_end, later), "one_cycle %d stays at its end", set);
        }
    }
    for (set = 0; set < SETS(golden_restarts); set++) {
        optim_schedule_config c = optim_schedule_defaults();
        c.lr = 0.3;
        c.period = golden_restarts[set].hyper[0];
        c.factor = golden_restarts[set].hyper[1];
        c.final_lr = golden_restarts[set].hyper[2];
        for (k = 0; k < 100; k++)
            check(close_to(rate(optim_schedule_cosine_restarts, &c, k), golden_restarts[set].lr[k], 1e-14, 1e-16), "restarts %d at %d", set, k);
        c.warmup = 4;
        for (k = 0; k < 96; k++)
            check(close_to(rate(optim_schedule_cosine_restarts, &c, k + 4), golden_restarts[set].lr[k], 1e-14, 1e-16), "restarts %d after a warm-up, at %d", set, k);
    }
    for (set = 0; set < SETS(golden_cosine); set++) {
        optim_schedule_config c = optim_schedule_defaults();
        c.lr = 0.3;
        c.total = golden_cosine[set].hyper[0];
        c.final_lr = golden_cosine[set].hyper[1];
        for (k = 0; k < 21; k++) check(close_to(rate(optim_schedule_cosine, &c, k), golden_cosine[set].lr[k], 1e-13, 1e-16), "cosine %d at %d", set, k);
    }
}

static void closed_forms(void)
{
    optim_schedule_config c = optim_schedule_defaults();
    int k;
    c.lr = 0.5;
    c.start_lr = 0.1;
    c.final_lr = 0.05;
    c.warmup = 10;
    c.total = 110;
    c.decay = 40;
    c.power = 2;
    for (k = 0; k < KINDS; k++) {
        check(is(rate(schedules[k], &c, 0), 0.1), "kind %d starts at %g", k, rate(schedules[k], &c, 0));
        check(close_to(rate(schedules[k], &c, 2.5), 0.2, 1e-15, 0), "kind %d: a quarter of the warm-up", k);
        check(close_to(rate(schedules[k], &c, 10), 0.5, 1e-15, 0), "kind %d: the end of the warm-up", k);
    }
    check(is(rate(optim_schedule_constant, &c, 1e9), 0.5), "constant");
    check(close_to(rate(optim_schedule_linear, &c, 60), 0.275, 1e-15, 0), "linear, half-way");
    check(close_to(rate(optim_schedule_polynomial, &c, 60), 0.05 + 0.45 / 4, 1e-15, 0), "polynomial, half-way");
    check(close_to(rate(optim_schedule_cosine, &c, 60), 0.275, 1e-15, 0), "cosine, half-way");
    check(close_to(rate(optim_schedule_inverse_sqrt, &c, 40), 0.25, 1e-15, 0), "inverse_sqrt at 4 x warm-up");
    check(is(rate(optim_schedule_wsd, &c, 69.9), 0.5), "wsd: stable");
    check(close_to(rate(optim_schedule_wsd, &c, 80), 0.05 + 0.45 * 0.75, 1e-15, 0), "wsd linear, a quarter down");
    c.shape = OPTIM_DECAY_SQRT;
    check(close_to(rate(optim_schedule_wsd, &c, 80), 0.05 + 0.45 * 0.5, 1e-15, 0), "wsd 1 - sqrt, a quarter down");
    c.shape = OPTIM_DECAY_COSINE;
    check(close_to(rate(optim_schedule_wsd, &c, 90), 0.275, 1e-15, 0), "wsd cosine, half-way down");
    for (k = 1; k < KINDS; k++) {
        if (k == 4 || k == 5) continue;
        check(is(rate(schedules[k], &c, 110), 0.05), "kind %d ends at %.17g", k, rate(schedules[k], &c, 110));
        check(is(rate(schedules[k], &c, 1e300), 0.05), "kind %d stays at its end", k);
    }
    /* no warm-up, no decay */
    c.warmup = c.decay = 0;
    check(is(rate(optim_schedule_inverse_sqrt, &c, 0), 0.5) && is(rate(optim_schedule_inverse_sqrt, &c, 1), 0.5)
          && is(rate(optim_schedule_inverse_sqrt, &c, 4), 0.25), "inverse_sqrt without a warm-up");
    check(is(rate(optim_schedule_wsd, &c, 109), 0.5) && is(rate(optim_schedule_wsd, &c, 110), 0.05), "wsd without a decay");
    c.total = 0;
    check(is(rate(optim_schedule_linear, &c, 0), 0.05), "nothing to do: at the end");
}

/* Far steps: no loss of the period, no endless loop. */
static void far_steps(void)
{
    optim_schedule_config c = optim_schedule_defaults();
    double k;
    c.period = 7;
    for (k = 1; k < 1e15; k *= 10) check(is(rate(optim_schedule_cosine_restarts, &c, 7 * k), c.lr), "a restart at %g", 7 * k);
    c.factor = 2;
    for (k = 2; k < 1e15; k *= 2) check(is(rate(optim_schedule_cosine_restarts, &c, 7 * (k - 1)), c.lr), "a restart at %g", 7 * (k - 1));
    c.factor = 1.01;
    c.period = 1e-300;
    check(isfinite(rate(optim_schedule_cosine_restarts, &c, 1e300)), "periods from 1e-300 to 1e300");
}

static void refused(void)
{
    static const double odd[4] = {-1, NAN, INFINITY, -INFINITY};
    optim_schedule_config c;
    optim_one_cycle_config o;
    double lr = 7;
    int k, j;
    for (k = 0; k < KINDS; k++) {
        check(schedules[k](NULL, 1, &lr) == OPTIM_ERROR_NULL, "kind %d: config NULL", k);
        c = optim_schedule_defaults();
        check(schedules[k](&c, 1, NULL) == OPTIM_ERROR_NULL, "kind %d: lr NULL", k);
        for (j = 0; j < 4; j++) {
            c = optim_schedule_defaults();
            check(schedules[k](&c, odd[j], &lr) == OPTIM_ERROR_PARAMETER, "kind %d: step %g", k, odd[j]);
            c.lr = odd[j];
            check(schedules[k](&c, 1, &lr) == OPTIM_ERROR_PARAMETER, "kind %d: lr %g", k, odd[j]);
            c = optim_schedule_defaults();
            c.warmup = odd[j];
            check(schedules[k](&c, 1, &lr) == OPTIM_ERROR_PARAMETER, "kind %d: warmup %g", k, odd[j]);
            c = optim_schedule_defaults();
            c.start_lr = odd[j];
            check(schedules[k](&c, 1, &lr) == OPTIM_ERROR_PARAMETER, "kind %d: start_lr %g", k, odd[j]);
            c = optim_schedule_defaults();
            c.final_lr = c.total = c.decay = c.period = c.factor = c.power = odd[j];
            if (k != 0 && k != 5) check(schedules[k](&c, 1, &lr) == OPTIM_ERROR_PARAMETER, "kind %d: the rest %g", k, odd[j]);
        }
    }
    c = optim_schedule_defaults();
    c.decay = 10001;
    check(optim_schedule_wsd(&c, 1, &lr) == OPTIM_ERROR_PARAMETER, "wsd: decay > total");
    c.decay = 1;
    c.shape = 3;
    check(optim_schedule_wsd(&c, 1, &lr) == OPTIM_ERROR_OPTION, "wsd: shape 3");
    c.factor = 1.001;
    check(optim_schedule_cosine_restarts(&c, 1, &lr) == OPTIM_ERROR_PARAMETER, "restarts: factor 1.001");
    c.warmup = 20000;
    check(optim_schedule_linear(&c, 1, &lr) == OPTIM_ERROR_PARAMETER, "warmup > total");
    check(optim_schedule_one_cycle(NULL, 1, &lr, NULL) == OPTIM_ERROR_NULL, "one_cycle: config NULL");
    o = optim_one_cycle_defaults();
    o.shape = OPTIM_DECAY_SQRT;
    check(optim_schedule_one_cycle(&o, 1, &lr, NULL) == OPTIM_ERROR_OPTION, "one_cycle: shape");
    o = optim_one_cycle_defaults();
    o.three_phase = 1;
    o.warmup_fraction = 0.6;
    check(optim_schedule_one_cycle(&o, 1, &lr, NULL) == OPTIM_ERROR_PARAMETER, "one_cycle: three phases of 0.6");
    o = optim_one_cycle_defaults();
    o.div_factor = 0;
    check(optim_schedule_one_cycle(&o, 1, &lr, NULL) == OPTIM_ERROR_PARAMETER, "one_cycle: div_factor 0");
    check(optim_schedule_one_cycle(&o, NAN, &lr, NULL) == OPTIM_ERROR_PARAMETER, "one_cycle: step NaN");
    check(lr == 7, "a refused call touches lr");
    o = optim_one_cycle_defaults();
    o.total = 1;
    o.warmup_fraction = 1;
    check(optim_schedule_one_cycle(&o, 0, &lr, NULL) == OPTIM_OK && is(lr, o.max_lr), "one_cycle of one step");
    check(optim_schedule_one_cycle(&o, 0, NULL, NULL) == OPTIM_OK, "one_cycle: nothing wanted");
}

int main(void)
{
    torch();
    closed_forms();
    far_steps();
    refused();
    engine_close();
    return engine_failed != 0;
}
