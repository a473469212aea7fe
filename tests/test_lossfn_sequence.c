/* CTC: golden values, all alignments by hand, infeasible and empty targets. */
#include "lossfn.h"
#include "golden_compare.h"
#include "golden/lossfn_sequence.inc"

enum { T = 12, N = 4, C = 6, ALL = T * N * C, LABELS = COUNT(ctc_targets) };

static double scratch[4096];

static void golden(void)
{
    lossfn_ctc_config config = lossfn_ctc_defaults();
    lossfn_options_f64 o;
    lossfn_options_f32 o32;
    double loss[N], grad[ALL], turned[ALL], back[ALL], mean;
    float *logits = (float *)numbers(ctc_logits, ALL, 32), lossf[N], gradf[ALL];
    int32_t lengths[N];
    size_t t, i, c;
    memset(&o, 0, sizeof o);
    memset(&o32, 0, sizeof o32);
    o.reduction = o32.reduction = LOSSFN_NONE;
    check(lossfn_ctc_f64(ctc_logits, ctc_targets, ctc_input_lengths, ctc_target_lengths, T, N, C, LABELS, NULL, &o,
                         scratch, sizeof scratch, loss, grad) == LOSSFN_OK, "ctc");
    compare("ctc", loss, 64, ctc_each, N, 1e-13);
    compare("ctc gradient", grad, 64, ctc_sum_grad, ALL, 1e-12);
    check(lossfn_ctc_f32(logits, ctc_targets, ctc_input_lengths, ctc_target_lengths, T, N, C, LABELS, NULL, &o32,
                         scratch, sizeof scratch, lossf, gradf) == LOSSFN_OK, "ctc");
    compare("ctc", lossf, 32, ctc_each, N, 1e-6);
    compare("ctc gradient", gradf, 32, ctc_sum_grad, ALL, 2e-6);
    for (t = 0; t < T; t++) for (i = 0; i < N; i++) for (c = 0; c < C; c++) turned[(i * T + t) * C + c] = ctc_logits[(t * N + i) * C + c];
    config.batch_first = 1;
    lossfn_ctc_f64(turned, ctc_targets, ctc_input_lengths, ctc_target_lengths, T, N, C, LABELS, &config, &o, scratch, sizeof scratch, loss, turned);
    for (t = 0; t < T; t++) for (i = 0; i < N; i++) for (c = 0; c < C; c++) back[(t * N + i) * C + c] = turned[(i * T + t) * C + c];
    compare("ctc, items first, in place", loss, 64, ctc_each, N, 1e-13);
    compare("ctc gradient, items first, in place", back, 64, ctc_sum_grad, ALL, 1e-12);
    config.batch_first = 0;
    config.by_length = 1;
    lossfn_ctc_f64(ctc_logits, ctc_targets, ctc_input_lengths, ctc_target_lengths, T, N, C, LABELS, &config, NULL, scratch, sizeof scratch, &mean, grad);
    compare("ctc mean by length", &mean, 64, ctc_mean, 1, 1e-13);
    compare("ctc mean by length", grad, 64, ctc_mean_grad, ALL, 1e-12);
    /* an item too short for its target */
    memcpy(lengths, ctc_input_lengths, sizeof lengths);
    lengths[1] = 5;
    config.by_length = 0;
    config.zero_infinity = 1;
    lossfn_ctc_f64(ctc_logits, ctc_targets, lengths, ctc_target_lengths, T, N, C, LABELS, &config, &o, scratch, sizeof scratch, loss, grad);
    compare("ctc zero_infinity", loss, 64, ctc_zeroed, N, 1e-13);
    compare("ctc zero_infinity", grad, 64, ctc_zeroed_grad, ALL, 1e-12);
    config.zero_infinity = 0;
    lossfn_ctc_f64(ctc_logits, ctc_targets, lengths, ctc_target_lengths, T, N, C, LABELS, &config, &o, scratch, sizeof scratch, loss, grad);
    check(close_to(loss[0], ctc_zeroed[0], 1e-13, 0) && close_to(loss[3], ctc_zeroed[3], 1e-13, 0), "beside an infinite item");
    compare("ctc infinite, gradient 0", grad, 64, ctc_zeroed_grad, ALL, 1e-12);
    check(loss[1] > 1e300, "cannot be aligned: %g", loss[1]);
    free(logits);
}

/* Two steps, labels "1": paths 11, 1-, -1. */
static void by_hand(void)
{
    static const double logits[6] = {0, 1, -1, 0.5, 0.25, 2};
    static const int32_t one[1] = {1}, same[2] = {1, 1}, two[1] = {2}, lengths[3] = {1, 2, 0};
    lossfn_ctc_config config = lossfn_ctc_defaults();
    double p[6], loss, grad[6], log_p[6], sum;
    size_t t, c;
    for (t = 0; t < 2; t++) {
        for (sum = 0, c = 0; c < 3; c++) sum += exp(logits[3 * t + c]);
        for (c = 0; c < 3; c++) p[3 * t + c] = exp(logits[3 * t + c]) / sum;
    }
    for (c = 0; c < 6; c++) log_p[c] = log(p[c]);
    lossfn_ctc_f64(logits, one, two, lengths, 2, 1, 3, 1, NULL, NULL, scratch, sizeof scratch, &loss, grad);
    check(close_to(loss, -log(p[1] * p[4] + p[1] * p[3] + p[0] * p[4]), 1e-14, 0), "one label: %g", loss);
    config.log_probs = 1;
    lossfn_ctc_f64(log_p, one, two, lengths, 2, 1, 3, 1, &config, NULL, scratch, sizeof scratch, &loss, grad);
    check(close_to(loss, -log(p[1] * p[4] + p[1] * p[3] + p[0] * p[4]), 1e-14, 0), "log-probabilities: %g", loss);
    sum = p[1] * p[4] + p[1] * p[3] + p[0] * p[4];
    check(close_to(grad[0], -p[0] * p[4] / sum, 1e-13, 0) && close_to(grad[1], -(p[1] * p[4] + p[1] * p[3]) / sum, 1e-13, 0) && grad[2] == 0, "posterior");
    /* "11" needs a blank between: three steps */
    lossfn_ctc_f64(logits, same, two, two, 2, 1, 3, 2, NULL, NULL, scratch, sizeof scratch, &loss, grad);
    check(loss > 1e300 && grad[0] == 0 && grad[4] == 0, "11 in two steps: %g", loss);
    lossfn_ctc_f64(logits, NULL, two, lengths + 2, 2, 1, 3, 0, NULL, NULL, scratch, sizeof scratch, &loss, grad);
    check(close_to(loss, -log(p[0] * p[3]), 1e-14, 0) && close_to(grad[0], p[0] - 1, 1e-14, 0), "an empty target is blanks: %g", loss);
    lossfn_ctc_f64(NULL, NULL, lengths + 2, lengths + 2, 0, 1, 3, 0, NULL, NULL, scratch, sizeof scratch, &loss, NULL);
    check(loss == 0, "no steps, no target: %g", loss);
    lossfn_ctc_f64(NULL, one, lengths + 2, lengths, 0, 1, 3, 1, NULL, NULL, scratch, sizeof scratch, &loss, NULL);
    check(loss > 1e300, "no steps, a target: %g", loss);
}

/* Saturated logits, and probabilities of 0. */
static void extremes(void)
{
    static const double far[6] = {0, 3000, 0, 0, 3000, 0};
    static const int32_t one[1] = {1}, two[1] = {2};
    double loss, grad[6], never[6] = {0, 0, 0, 0, 0, 0};
    size_t k;
    never[1] = never[4] = -HUGE_VAL;
    lossfn_ctc_f64(far, one, two, one, 2, 1, 3, 1, NULL, NULL, scratch, sizeof scratch, &loss, grad);
    check(loss == 0, "certain: %g", loss);
    for (k = 0; k < 6; k++) check(fabs(grad[k]) < 1e-300, "certain: gradient %g", grad[k]);
    lossfn_ctc_f64(far, two, two, one, 2, 1, 3, 1, NULL, NULL, scratch, sizeof scratch, &loss, grad);
    check(close_to(loss, 6000 - log(3.0), 1e-14, 0) && close_to(grad[1], 1, 1e-12, 0) && close_to(grad[2], -2.0 / 3, 1e-12, 0), "saturated and wrong: %g", loss);
    lossfn_ctc_f64(never, one, two, one, 2, 1, 3, 1, NULL, NULL, scratch, sizeof scratch, &loss, grad);
    check(loss > 1e300 && grad[0] == 0 && grad[1] == 0, "probability 0: %g", loss);
}

static void errors(void)
{
    static const double logits[6] = {0, 1, -1, 0.5, 0.25, 2};
    static const int32_t one[1] = {1}, zero[1] = {0}, two[1] = {2}, three[1] = {3}, negative[1] = {-1};
    lossfn_ctc_config config = lossfn_ctc_defaults();
    double loss = 5;
    check(lossfn_ctc_f64(logits, one, three, one, 2, 1, 3, 1, NULL, NULL, scratch, sizeof scratch, &loss, NULL) == LOSSFN_ERROR_SIZE, "input too long");
    check(lossfn_ctc_f64(logits, one, negative, one, 2, 1, 3, 1, NULL, NULL, scratch, sizeof scratch, &loss, NULL) == LOSSFN_ERROR_SIZE, "input negative");
    check(lossfn_ctc_f64(logits, one, two, negative, 2, 1, 3, 1, NULL, NULL, scratch, sizeof scratch, &loss, NULL) == LOSSFN_ERROR_SIZE, "target negative");
    check(lossfn_ctc_f64(logits, one, two, zero, 2, 1, 3, 1, NULL, NULL, scratch, sizeof scratch, &loss, NULL) == LOSSFN_ERROR_SIZE, "targets left over");
    check(lossfn_ctc_f64(logits, one, two, two, 2, 1, 3, 1, NULL, NULL, scratch, sizeof scratch, &loss, NULL) == LOSSFN_ERROR_SIZE, "targets missing");
    check(lossfn_ctc_f64(logits, zero, two, one, 2, 1, 3, 1, NULL, NULL, scratch, sizeof scratch, &loss, NULL) == LOSSFN_ERROR_LABEL, "a blank as label");
    config.blank = 3;
    check(lossfn_ctc_f64(logits, one, two, one, 2, 1, 3, 1, &config, NULL, scratch, sizeof scratch, &loss, NULL) == LOSSFN_ERROR_PARAMETER, "blank out of range");
    check(loss == 5, "outputs touched");
}

int main(void)
{
    golden();
    by_hand();
    extremes();
    errors();
    engine_close();
    return engine_failed != 0;
}
