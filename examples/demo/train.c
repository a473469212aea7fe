/* One training run: losses of lossfn.h, steps, schedules and clipping of optim.h,
   and what metrics.h makes of the result. */
#include "demo.h"
#include "lossfn.h"
#include "optim.h"
#include "metrics.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- losses: each one call, of the scores of a batch and its classes */

static int cross_entropy(const float *scores, const int32_t *labels, size_t rows, float *loss, float *grad)
{
    return lossfn_softmax_cross_entropy_f32(scores, labels, rows, CLASSES, NULL, NULL, loss, grad);
}

static int label_smoothing(const float *scores, const int32_t *labels, size_t rows, float *loss, float *grad)
{
    lossfn_softmax_cross_entropy_config_f32 config = lossfn_softmax_cross_entropy_defaults_f32();
    config.label_smoothing = 0.1;
    return lossfn_softmax_cross_entropy_f32(scores, labels, rows, CLASSES, &config, NULL, loss, grad);
}

static int focal(const float *scores, const int32_t *labels, size_t rows, float *loss, float *grad)
{
    return lossfn_softmax_focal_f32(scores, labels, rows, CLASSES, NULL, 2, LOSSFN_NO_IGNORE, NULL, loss, grad);
}

static int poly1(const float *scores, const int32_t *labels, size_t rows, float *loss, float *grad)
{
    return lossfn_poly1_cross_entropy_f32(scores, labels, rows, CLASSES, 1, LOSSFN_NO_IGNORE, NULL, loss, grad);
}

static int hinge(const float *scores, const int32_t *labels, size_t rows, float *loss, float *grad)
{
    return lossfn_multiclass_hinge_f32(scores, labels, rows, CLASSES, LOSSFN_CRAMMER_SINGER, 1, 1, LOSSFN_NO_IGNORE, NULL,
                                       loss, grad);
}

static int sparsemax(const float *scores, const int32_t *labels, size_t rows, float *loss, float *grad)
{
    return lossfn_sparsemax_f32(scores, labels, rows, CLASSES, LOSSFN_NO_IGNORE, NULL, loss, grad);
}

/* One against the rest: every class is a task of its own, with the target yes for the
   label and no for the others. The mean is over pictures, not over pictures and classes. */
static float *one_vs_rest(const int32_t *labels, size_t rows, float yes, float no, lossfn_options_f32 *options)
{
    float *target = (float *)allocate(rows * CLASSES, sizeof *target);
    size_t i, j;
    for (i = 0; i < rows; i++)
        for (j = 0; j < CLASSES; j++) target[i * CLASSES + j] = (size_t)labels[i] == j ? yes : no;
    memset(options, 0, sizeof *options);
    options->denominator = (double)rows;
    return target;
}

static int squared_hinge(const float *scores, const int32_t *labels, size_t rows, float *loss, float *grad)
{
    lossfn_options_f32 options;
    float *target = one_vs_rest(labels, rows, 1, -1, &options);
    const int status = lossfn_squared_hinge_f32(scores, target, rows * CLASSES, &options, loss, grad, NULL);
    free(target);
    return status;
}

static int binary_cross_entropy(const float *scores, const int32_t *labels, size_t rows, float *loss, float *grad)
{
    lossfn_options_f32 options;
    float *target = one_vs_rest(labels, rows, 1, 0, &options);
    const int status = lossfn_bce_with_logits_f32(scores, target, rows * CLASSES, 1, &options, loss, grad, NULL);
    free(target);
    return status;
}

const loss_kind losses[] = {
    {"cross-entropy", cross_entropy}, {"label smoothing 0.1", label_smoothing}, {"focal, gamma 2", focal},
    {"Poly-1, epsilon 1", poly1}, {"multi-class hinge", hinge}, {"sparsemax", sparsemax},
    {"squared hinge, one vs rest", squared_hinge}, {"binary cross-entropy, one vs rest", binary_cross_entropy}, {NULL, NULL}
};

const loss_kind *find_loss(const char *name)
{
    const loss_kind *kind = losses;
    while (kind->name && strcmp(kind->name, name) != 0) kind++;
    return kind;
}

/* ---- schedules: pure functions of the step; a tenth of the steps is warm-up */

static optim_schedule_config shape(double peak, double total)
{
    optim_schedule_config c = optim_schedule_defaults();
    c.lr = peak;
    c.final_lr = 0.01 * peak;
    c.total = total;
    c.warmup = 0.1 * total;
    c.decay = 0.3 * total;
    c.period = 0.3 * total + 1;  /* three of them, the last not quite to its end */
    c.power = 2;
    c.shape = OPTIM_DECAY_SQRT;
    return c;
}

static int constant(double peak, double step, double total, double *rate, double *momentum)
{
    const optim_schedule_config c = shape(peak, total);
    (void)momentum;
    return optim_schedule_constant(&c, step, rate);
}

static int linear(double peak, double step, double total, double *rate, double *momentum)
{
    const optim_schedule_config c = shape(peak, total);
    (void)momentum;
    return optim_schedule_linear(&c, step, rate);
}

static int polynomial(double peak, double step, double total, double *rate, double *momentum)
{
    const optim_schedule_config c = shape(peak, total);
    (void)momentum;
    return optim_schedule_polynomial(&c, step, rate);
}

static int cosine(double peak, double step, double total, double *rate, double *momentum)
{
    const optim_schedule_config c = shape(peak, total);
    (void)momentum;
    return optim_schedule_cosine(&c, step, rate);
}

static int restarts(double peak, double step, double total, double *rate, double *momentum)
{
    const optim_schedule_config c = shape(peak, total);
    (void)momentum;
    return optim_schedule_cosine_restarts(&c, step, rate);
}

static int inverse_sqrt(double peak, double step, double total, double *rate, double *momentum)
{
    const optim_schedule_config c = shape(peak, total);
    (void)momentum;
    return optim_schedule_inverse_sqrt(&c, step, rate);
}

static int warmup_stable_decay(double peak, double step, double total, double *rate, double *momentum)
{
    const optim_schedule_config c = shape(peak, total);
    (void)momentum;
    return optim_schedule_wsd(&c, step, rate);
}

/* This one counts from 0, and moves the momentum against the rate. */
static int one_cycle(double peak, double step, double total, double *rate, double *momentum)
{
    optim_one_cycle_config c = optim_one_cycle_defaults();
    c.max_lr = peak;
    c.total = total;
    return optim_schedule_one_cycle(&c, step > 0 ? step - 1 : 0, rate, momentum);
}

const schedule_kind schedules[] = {
    {"constant", constant}, {"linear", linear}, {"polynomial, power 2", polynomial}, {"cosine", cosine},
    {"cosine restarts", restarts}, {"inverse square root", inverse_sqrt}, {"warmup-stable-decay", warmup_stable_decay},
    {"one cycle", one_cycle}, {NULL, NULL}
};

const schedule_kind *find_schedule(const char *name)
{
    const schedule_kind *kind = schedules;
    while (kind->name && strcmp(kind->name, name) != 0) kind++;
    return kind;
}

/* ---- optimizers, chosen by name: one for every tensor, with its state */

typedef struct {
    const optim_method *method;
    double hyper[OPTIM_METHOD_HYPERS];
    float *state[OPTIM_METHOD_STATES];
    void *scratch;
    size_t scratch_size;
} optimizer;

/* Muon is for the weights inside of a network; the rest is left to AdamW. With the
   scaling OPTIM_MUON_MATCH_RMS both take the same rate. */
static const char *method_name(const plan *what, int tensor)
{
    return strcmp(what->method, "muon") == 0 && tensor != W1 ? "adamw" : what->method;
}

static int optimizer_open(optimizer *o, const plan *what, int tensor, size_t rows, size_t columns)
{
    const char *name = method_name(what, tensor);
    int k, status;
    size_t i, n;
    memset(o, 0, sizeof *o);
    o->method = optim_method_find(name);
    if (!o->method) return OPTIM_ERROR_OPTION;
    status = optim_method_init(o->method, o->hyper);
    for (k = 0; k < SETTINGS && what->setting[k].name && !strcmp(name, what->method) && !status; k++)
        status = optim_method_set(o->method, o->hyper, what->setting[k].name, what->setting[k].value);
    for (k = 0; k < o->method->state_count; k++) {
        n = o->method->state_size(k, o->hyper, rows, columns);
        o->state[k] = (float *)allocate(n, sizeof(float));
        for (i = 0; i < n; i++) o->state[k][i] = (float)o->method->state_initial;
    }
    o->scratch_size = o->method->scratch_size(rows, columns, sizeof(float));
    o->scratch = allocate(o->scratch_size, 1);
    return status;
}

static void optimizer_close(optimizer *o)
{
    int k;
    for (k = 0; k < OPTIM_METHOD_STATES; k++) free(o->state[k]);
    free(o->scratch);
}

/* What changes from step to step; a method without momentum goes without. */
static int optimizer_set(optimizer *o, double rate, double momentum, double factor)
{
    int status = optim_method_set(o->method, o->hyper, "lr", rate);
    if (!status) status = optim_method_set(o->method, o->hyper, "grad_scale", factor);
    if (status || momentum < 0) return status;
    status = optim_method_set(o->method, o->hyper, "beta1", momentum);
    if (status == OPTIM_ERROR_OPTION) status = optim_method_set(o->method, o->hyper, "momentum", momentum);
    return status == OPTIM_ERROR_OPTION ? OPTIM_OK : status;
}

/* Clips the gradients to a norm of 5, by the factor that the step multiplies them
   with, looks up the rate and takes the step. */
static int take_step(optimizer *o, const plan *what, int64_t step, int64_t total, network *net)
{
    optim_grad_norm norm;
    double rate = 0, momentum = -1, factor = 1;
    int t, status;
    optim_grad_norm_init(&norm);
    for (t = 0; t < TENSORS; t++) optim_grad_norm_add_f32(&norm, net->rows[t] * net->columns[t], net->grad[t]);
    status = optim_grad_norm_clip(&norm, 1, 5, &factor);
    if (!status) status = find_schedule(what->schedule)->function(what->rate, (double)step, (double)total, &rate, &momentum);
    for (t = 0; t < TENSORS && !status; t++) {
        status = optimizer_set(&o[t], rate, momentum, factor);
        if (!status) status = o[t].method->step_f32(o[t].hyper, step, net->rows[t], net->columns[t], net->param[t], net->grad[t],
                                                    o[t].state, o[t].scratch, o[t].scratch_size);
    }
    return status;
}

/* ---- batches */

/* Picture k of p into a row of x, moved by dx and dy, pixels standardised. */
static void take_picture(const pictures *p, const task *t, size_t k, int dx, int dy, float *x)
{
    const int side = (int)p->side;
    const uint8_t *from = p->pixels + k * p->side * p->side;
    const float mean = (float)t->mean, scale = (float)(1 / t->deviation);
    int i, j;
    for (i = 0; i < side; i++)
        for (j = 0; j < side; j++) {
            const int inside = i - dy >= 0 && i - dy < side && j - dx >= 0 && j - dx < side;
            const int value = inside ? from[(i - dy) * side + j - dx] : 0;
            x[i * side + j] = ((float)value - mean) * scale;
        }
}

/* One pass over the training pictures in a new order; their mean loss, or a status. */
static int train_epoch(network *net, optimizer *o, const plan *what, const training *how, const task *t, uint64_t *seed,
                       uint32_t *order, int64_t *step, int64_t total, double *mean_loss)
{
    const loss_kind *loss = find_loss(what->loss);
    const size_t n = t->train.count, reach = (size_t)(2 * how->shift + 1);
    int32_t *labels = (int32_t *)allocate(how->batch, sizeof *labels);
    metrics_mean mean;
    size_t at, k, rows;
    int status = 0;
    metrics_mean_init(&mean);
    shuffle(seed, order, n);
    for (at = 0; at < n && !status; at += rows) {
        float batch_loss = 0;
        rows = n - at < how->batch ? n - at : how->batch;
        for (k = 0; k < rows; k++) {
            const int dx = (int)random_below(seed, reach) - how->shift, dy = (int)random_below(seed, reach) - how->shift;
            take_picture(&t->train, t, order[at + k], dx, dy, net->x + k * net->inputs);
            labels[k] = t->train.labels[order[at + k]];
        }
        network_forward(net, rows);
        status = loss->function(net->scores, labels, rows, &batch_loss, net->grad_scores);
        if (status) break;
        network_backward(net, rows);
        status = take_step(o, what, ++*step, total, net);
        metrics_mean_update((double)batch_loss, (double)rows, &mean);
    }
    metrics_mean_result(&mean, mean_loss);
    free(labels);
    return status;
}

/* Scores of all test pictures. */
static void test_scores(network *net, const task *t, float *scores)
{
    size_t at, k, rows;
    for (at = 0; at < t->test.count; at += rows) {
        rows = t->test.count - at < net->batch ? t->test.count - at : net->batch;
        for (k = 0; k < rows; k++) take_picture(&t->test, t, at + k, 0, 0, net->x + k * net->inputs);
        network_forward(net, rows);
        memcpy(scores + at * CLASSES, net->scores, rows * CLASSES * sizeof *scores);
    }
}

/* ---- evaluation */

static int count_confusion(const float *scores, const pictures *test, double *matrix, double *accuracy)
{
    int status = metrics_confusion_init(CLASSES, matrix);
    if (!status) status = metrics_confusion_update_scores_f32(scores, test->labels, NULL, test->count, CLASSES,
                                                              METRICS_IGNORE_NONE, matrix);
    return status ? status : metrics_accuracy(matrix, CLASSES, accuracy);
}

static void softmax(const float *scores, size_t rows, float *prob)
{
    size_t i, j;
    for (i = 0; i < rows; i++) {
        const float *x = scores + i * CLASSES;
        double top = (double)x[0], sum = 0;
        for (j = 1; j < CLASSES; j++) if ((double)x[j] > top) top = (double)x[j];
        for (j = 0; j < CLASSES; j++) sum += exp((double)x[j] - top);
        for (j = 0; j < CLASSES; j++) prob[i * CLASSES + j] = (float)(exp((double)x[j] - top) / sum);
    }
}

static int evaluate(const float *scores, const pictures *test, run_result *r)
{
    const size_t n = test->count, size = metrics_roc_auc_multiclass_scratch(n, CLASSES, METRICS_AVERAGE_MACRO);
    void *scratch = allocate(size, 1);
    int status = count_confusion(scores, test, r->confusion, &r->accuracy);
    softmax(scores, n, r->prob);
    if (!status) status = metrics_f_beta(r->confusion, CLASSES, 1, METRICS_AVERAGE_MACRO, METRICS_ZERO_DIVISION_0, &r->f1);
    if (!status) status = metrics_matthews(r->confusion, CLASSES, METRICS_ZERO_DIVISION_0, &r->mcc);
    if (!status) status = metrics_log_loss_logits_f32(scores, test->labels, NULL, n, CLASSES, METRICS_IGNORE_NONE, &r->log_loss);
    if (!status) status = metrics_calibration_init(BINS, r->bins);
    if (!status) status = metrics_calibration_update_scores_f32(r->prob, test->labels, NULL, n, CLASSES, METRICS_IGNORE_NONE,
                                                                BINS, METRICS_EDGES_RIGHT, r->bins);
    if (!status) status = metrics_calibration_error(r->bins, BINS, METRICS_CALIBRATION_L1, &r->ece);
    if (!status) status = metrics_roc_auc_multiclass_f32(r->prob, test->labels, NULL, n, CLASSES, METRICS_ONE_VS_REST,
                                                         METRICS_AVERAGE_MACRO, scratch, size, &r->auc);
    free(scratch);
    return status;
}

/* ---- a run */

void free_result(run_result *r)
{
    free(r->train_loss);
    free(r->test_accuracy);
    free(r->prob);
}

int run_plan(const plan *what, const training *how, const task *t, run_result *r)
{
    const size_t inputs = t->train.side * t->train.side;
    const int64_t total = (int64_t)(how->epochs * ((t->train.count + how->batch - 1) / how->batch));
    const clock_t start = clock();
    uint32_t *order = (uint32_t *)allocate(t->train.count, sizeof *order);
    float *scores = (float *)allocate(t->test.count * CLASSES, sizeof *scores);
    uint64_t seed = how->seed + 1;
    int64_t step = 0;
    network net;
    optimizer o[TENSORS];
    size_t epoch, k;
    int tensor, status = 0;
    memset(r, 0, sizeof *r);
    r->what = what;
    r->train_loss = (double *)allocate(how->epochs, sizeof(double));
    r->test_accuracy = (double *)allocate(how->epochs, sizeof(double));
    r->prob = (float *)allocate(t->test.count * CLASSES, sizeof(float));
    network_open(&net, inputs, how->hidden, how->batch, how->seed);
    memset(o, 0, sizeof o);
    for (tensor = 0; tensor < TENSORS; tensor++) {
        r->parameters += net.rows[tensor] * net.columns[tensor];
        if (!status) status = optimizer_open(&o[tensor], what, tensor, net.rows[tensor], net.columns[tensor]);
    }
    for (k = 0; k < t->train.count; k++) order[k] = (uint32_t)k;
    for (epoch = 0; epoch < how->epochs && !status; epoch++) {
        double rate = 0, momentum = 0;
        status = train_epoch(&net, o, what, how, t, &seed, order, &step, total, &r->train_loss[epoch]);
        if (status) break;
        test_scores(&net, t, scores);
        status = count_confusion(scores, &t->test, r->confusion, &r->test_accuracy[epoch]);
        r->epochs = epoch + 1;
        if (!how->verbose) continue;
        find_schedule(what->schedule)->function(what->rate, (double)step, (double)total, &rate, &momentum);
        printf("  %5zu   %9.3g   %9.5f   %8.2f %%\n", epoch + 1, rate, r->train_loss[epoch], 100 * r->test_accuracy[epoch]);
        fflush(stdout);
    }
    if (!status) status = evaluate(scores, &t->test, r);
    r->seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    for (tensor = 0; tensor < TENSORS; tensor++) optimizer_close(&o[tensor]);
    network_close(&net);
    free(order);
    free(scores);
    return status;
}
