/* What the parts of the demo share. The demo trains one small network many times,
   each time with another loss, optimizer or learning rate schedule, and writes a
   report.

     data.c     pictures and labels from a CSV file or from IDX files
     gzip.c     reads gzip files
     network.c  a network of one hidden layer: forward, backward
     train.c    one training run and its evaluation: here are the calls of lossfn.h,
                optim.h and metrics.h
     report.c   the HTML report and its pictures
     main.c     options, the list of runs, the table on the terminal
     headers.c  the headers' implementations */
#ifndef DEMO_H
#define DEMO_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { CLASSES = 10, BINS = 15, SETTINGS = 3 };

/* ---- data.c */

/* count pictures of side x side pixels, 0 (background) .. brightest, and their classes. */
typedef struct {
    size_t count, side;
    int brightest;
    uint8_t *pixels;
    int32_t *labels;
} pictures;

typedef struct {
    const char *title;
    const char *const *names;   /* of the classes */
    pictures train, test;
    double mean, deviation;     /* of the training pixels */
} task;

/* Both say on stderr what is wrong and return 0 then. */
int load_csv(task *t, const char *path, uint64_t seed);
int load_fashion(task *t, const char *folder);
void free_task(task *t);

/* ---- gzip.c: the whole file unpacked, to be freed; NULL with *problem set. */
uint8_t *read_gzip(const char *path, size_t *size, const char **problem);

/* ---- random numbers, data.c: splitmix64 */
uint64_t random_bits(uint64_t *state);
double random_uniform(uint64_t *state);                 /* 0 <= u < 1 */
size_t random_below(uint64_t *state, size_t n);         /* 0 .. n - 1 */
void shuffle(uint64_t *state, uint32_t *order, size_t n);
void *allocate(size_t count, size_t size);              /* zeroed; ends the program when there is no memory */

/* ---- network.c */

enum { W1, B1, W2, B2, TENSORS };

/* scores = W2' relu(W1' x + b1) + b2, for up to batch rows x at a time. Weights are
   inputs x outputs. */
typedef struct {
    size_t inputs, hidden, batch;
    size_t rows[TENSORS], columns[TENSORS];
    float *param[TENSORS], *grad[TENSORS];
    float *x, *h, *scores, *grad_scores, *grad_h, *turned;
} network;

void network_open(network *net, size_t inputs, size_t hidden, size_t batch, uint64_t seed);
void network_close(network *net);
void network_forward(network *net, size_t rows);    /* x gives h and scores */
void network_backward(network *net, size_t rows);   /* grad_scores gives grad */

/* ---- train.c */

/* The mean loss of rows of scores, and its gradient in them. */
typedef int (*loss_function)(const float *scores, const int32_t *labels, size_t rows, float *loss, float *grad);

/* The learning rate (and momentum, where the schedule has one) at a step of total. */
typedef int (*schedule_function)(double peak, double step, double total, double *rate, double *momentum);

typedef struct { const char *name; loss_function function; } loss_kind;
typedef struct { const char *name; schedule_function function; } schedule_kind;

extern const loss_kind losses[];          /* the last has a NULL name */
extern const schedule_kind schedules[];   /* likewise */

const loss_kind *find_loss(const char *name);
const schedule_kind *find_schedule(const char *name);

/* One run to make. */
typedef struct {
    const char *group, *label, *loss, *method, *schedule;
    double rate;
    struct { const char *name; double value; } setting[SETTINGS];   /* of the method, beside the rate */
} plan;

/* What became of it. */
typedef struct {
    const plan *what;
    size_t epochs, parameters;
    double *train_loss, *test_accuracy;     /* one per epoch */
    double accuracy, f1, mcc, log_loss, ece, auc, seconds;
    double confusion[CLASSES * CLASSES];
    double bins[BINS * 3];                  /* of the reliability diagram */
    float *prob;                            /* test pictures x CLASSES */
} run_result;

typedef struct {
    size_t epochs, batch, hidden;
    int shift;          /* pictures are moved by up to so many pixels in training */
    int verbose;        /* a line per epoch */
    uint64_t seed;
} training;

int run_plan(const plan *what, const training *how, const task *t, run_result *r);
void free_result(run_result *r);

/* ---- report.c */
typedef struct {
    const task *data;
    const training *how;
    const run_result *results;
    size_t count;
    const run_result *best;
    double seconds;
} report;

int write_report(const report *r, const char *path);
int write_picture(const report *r, const char *path);   /* one SVG: curves and confusion matrix */

#endif
