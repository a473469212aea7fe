/* make demo: trains a small network with many losses, optimizers and learning rate
   schedules, prints a table and writes a report. */
#include "demo.h"
#include "optim.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "Trains a small network with many losses, optimizers and schedules of lossfn.h and\n"
    "optim.h, evaluates with metrics.h, writes a report.\n"
    "usage: demo [options]\n"
    "  --data FILE        digits: lines of 64 pixels 0..16 and the class 0..9\n"
    "                     (examples/data/digits.csv)\n"
    "  --fashion [DIR]    Fashion-MNIST instead, from the IDX files in DIR\n"
    "                     (/usr/share/datasets/fashion-mnist, Debian's dataset-fashion-mnist)\n"
    "  --epochs N         passes over the training data, 1 to 1000 (36; Fashion-MNIST 10)\n"
    "  --seed N           of the split, the first weights and the order (1)\n"
    "  --report FILE      where the report goes (build/report.html)\n"
    "  --picture FILE     also writes an SVG picture: curves and confusion matrix\n"
    "  --quick            a few epochs of a few runs\n"
    "  --verbose          a line for every epoch of every run\n"
    "  -h, --help         this text\n"
    "exit status: 0 done, 1 a file or a run failed, 2 wrong usage\n";

/* Of every group's plans --quick makes the first two. */
#define ADAMW {{"weight_decay", 0.05}}
static const plan digit_plans[] = {
    {"Losses", "cross-entropy", "cross-entropy", "adamw", "cosine", 1e-2, ADAMW},
    {"Losses", "label smoothing 0.1", "label smoothing 0.1", "adamw", "cosine", 1e-2, ADAMW},
    {"Losses", "focal, gamma 2", "focal, gamma 2", "adamw", "cosine", 1e-2, ADAMW},
    {"Losses", "Poly-1, epsilon 1", "Poly-1, epsilon 1", "adamw", "cosine", 1e-2, ADAMW},
    {"Losses", "sparsemax", "sparsemax", "adamw", "cosine", 1e-2, ADAMW},
    {"Losses", "multi-class hinge", "multi-class hinge", "adamw", "cosine", 1e-2, ADAMW},
    {"Losses", "squared hinge, 1 vs rest", "squared hinge, one vs rest", "adamw", "cosine", 1e-2, ADAMW},
    {"Losses", "binary c.-e., 1 vs rest", "binary cross-entropy, one vs rest", "adamw", "cosine", 1e-2, ADAMW},
    {"Optimizers", "AdamW", "cross-entropy", "adamw", "cosine", 1e-2, ADAMW},
    {"Optimizers", "SGD, momentum", "cross-entropy", "sgd", "cosine", 0.08, {{"momentum", 0.9}, {"weight_decay", 1e-4}}},
    {"Optimizers", "SGD, Nesterov", "cross-entropy", "sgd", "cosine", 0.08,
     {{"momentum", 0.9}, {"nesterov", 1}, {"weight_decay", 1e-4}}},
    {"Optimizers", "Adam", "cross-entropy", "adam", "cosine", 1e-2, {{NULL, 0}}},
    {"Optimizers", "AMSGrad", "cross-entropy", "amsgrad", "cosine", 1e-2, {{NULL, 0}}},
    {"Optimizers", "Lion", "cross-entropy", "lion", "cosine", 1.5e-3, {{"weight_decay", 0.3}}},
    {"Optimizers", "RMSprop", "cross-entropy", "rmsprop", "cosine", 5e-3, {{NULL, 0}}},
    {"Optimizers", "Adagrad", "cross-entropy", "adagrad", "cosine", 0.1, {{NULL, 0}}},
    {"Optimizers", "LAMB", "cross-entropy", "lamb", "cosine", 2e-2, {{"weight_decay", 0.05}}},
    {"Optimizers", "Muon (hidden) and AdamW", "cross-entropy", "muon", "cosine", 1e-2,
     {{"scaling", OPTIM_MUON_MATCH_RMS}, {"weight_decay", 0.05}}},
    {"Schedules", "cosine", "cross-entropy", "adamw", "cosine", 1e-2, ADAMW},
    {"Schedules", "constant", "cross-entropy", "adamw", "constant", 1e-2, ADAMW},
    {"Schedules", "linear", "cross-entropy", "adamw", "linear", 1e-2, ADAMW},
    {"Schedules", "warmup-stable-decay", "cross-entropy", "adamw", "warmup-stable-decay", 1e-2, ADAMW},
    {"Schedules", "inverse square root", "cross-entropy", "adamw", "inverse square root", 1e-2, ADAMW},
    {"Schedules", "cosine restarts", "cross-entropy", "adamw", "cosine restarts", 1e-2, ADAMW},
    {"Schedules", "one cycle", "cross-entropy", "adamw", "one cycle", 1e-2, ADAMW}
};

static const plan fashion_plans[] = {
    {"Losses", "cross-entropy", "cross-entropy", "adamw", "cosine", 2e-3, ADAMW},
    {"Losses", "label smoothing 0.1", "label smoothing 0.1", "adamw", "cosine", 2e-3, ADAMW}
};

enum { DIGIT_PLANS = sizeof digit_plans / sizeof *digit_plans, FASHION_PLANS = sizeof fashion_plans / sizeof *fashion_plans };

typedef struct {
    const char *data, *fashion, *report, *picture;
    int quick;
    training how;
} options;

static int wrong(const char *problem, const char *what)
{
    fprintf(stderr, "demo: %s%s%s\nTry demo --help.\n", problem, what ? " " : "", what ? what : "");
    return 2;
}

static int whole_number(const char *text, unsigned long low, unsigned long high, unsigned long *value)
{
    char *end;
    if (*text < '0' || *text > '9') return 0;
    errno = 0;
    *value = strtoul(text, &end, 10);
    return *end == '\0' && !errno && *value >= low && *value <= high;
}

/* 0: go on, else the exit status plus 1. */
static int read_options(int argc, char **argv, options *o)
{
    unsigned long number = 0;
    int k;
    o->data = "examples/data/digits.csv";
    o->report = "build/report.html";
    o->how.seed = 1;
    for (k = 1; k < argc; k++) {
        const char *name = argv[k], *value = k + 1 < argc ? argv[k + 1] : NULL;
        if (!strcmp(name, "-h") || !strcmp(name, "--help")) {
            fputs(usage, stdout);
            return 1;
        }
        if (!strcmp(name, "--quick")) o->quick = 1;
        else if (!strcmp(name, "--verbose")) o->how.verbose = 1;
        else if (!strcmp(name, "--fashion")) {
            o->fashion = "/usr/share/datasets/fashion-mnist";
            if (value && value[0] != '-') o->fashion = argv[++k];
        } else if (strcmp(name, "--data") && strcmp(name, "--epochs") && strcmp(name, "--seed") && strcmp(name, "--report")
                   && strcmp(name, "--picture")) return 1 + wrong("unknown option", name);
        else if (!value) return 1 + wrong("a value is missing behind", name);
        else {
            k++;
            if (!strcmp(name, "--data")) o->data = value;
            else if (!strcmp(name, "--report")) o->report = value;
            else if (!strcmp(name, "--picture")) o->picture = value;
            else if (!strcmp(name, "--epochs")) {
                if (!whole_number(value, 1, 1000, &number)) return 1 + wrong("--epochs takes a number from 1 to 1000, not", value);
                o->how.epochs = (size_t)number;
            } else {
                if (!whole_number(value, 0, 0xffffffffUL, &number))
                    return 1 + wrong("--seed takes a number from 0 to 4294967295, not", value);
                o->how.seed = number;
            }
        }
    }
    return 0;
}

/* What suits the data, where the command line does not say. */
static void fill_options(options *o)
{
    if (!o->how.epochs) o->how.epochs = o->fashion ? (o->quick ? 1 : 10) : o->quick ? 5 : 36;
    o->how.batch = o->fashion ? 64 : 32;
    o->how.hidden = 160;
    o->how.shift = o->fashion ? 0 : 1;
    if (o->fashion) o->how.verbose = 1;
}

static void table_head(void)
{
    printf("%-26s %10s %9s %8s %8s %9s %7s %8s %8s\n", "", "last loss", "accuracy", "F1", "MCC", "log loss", "ECE", "ROC AUC",
           "seconds");
}

static void table_row(const run_result *r)
{
    printf("  %-24s %10.4f %7.2f %% %8.4f %8.4f %9.4f %7.4f %8.5f %8.2f\n", r->what->label, r->train_loss[r->epochs - 1],
           100 * r->accuracy, r->f1, r->mcc, r->log_loss, r->ece, r->auc, r->seconds);
    fflush(stdout);
}

/* The runs of all plans, or under quick of the first two of each group. */
static int run_all(const options *o, const task *t, const plan *plans, size_t count, run_result *results, size_t *made)
{
    const char *group = "";
    size_t k, in_group = 0;
    for (k = 0; k < count; k++) {
        training how = o->how;
        const int first = k == 0;
        in_group = strcmp(group, plans[k].group) ? 1 : in_group + 1;
        if (o->quick && in_group > 2) continue;
        if (first) how.verbose = 1;
        if (how.verbose) printf("%s%s: %s\n  epoch        rate        loss   test accuracy\n", first ? "" : "\n",
                                plans[k].group, plans[k].label);
        if (run_plan(&plans[k], &how, t, &results[*made])) {
            fprintf(stderr, "demo: the run \"%s: %s\" failed: its loss or gradients are not finite, or an argument is wrong\n",
                    plans[k].group, plans[k].label);
            ++*made;
            return 0;
        }
        if (first || how.verbose) putchar('\n');
        if (first || o->how.verbose) table_head();
        if (in_group == 1) printf("%s\n", plans[k].group);
        group = plans[k].group;
        table_row(&results[(*made)++]);
    }
    return 1;
}

/* The highest accuracy; among equals the lowest log loss. */
static const run_result *best_of(const run_result *results, size_t count)
{
    const run_result *best = results;
    size_t k;
    for (k = 1; k < count; k++)
        if (results[k].accuracy > best->accuracy
            || (results[k].accuracy >= best->accuracy && results[k].log_loss < best->log_loss)) best = &results[k];
    return best;
}

static int demo(const options *o, const task *t)
{
    const plan *plans = o->fashion ? fashion_plans : digit_plans;
    const size_t count = o->fashion ? FASHION_PLANS : DIGIT_PLANS, side = t->train.side;
    const clock_t start = clock();
    run_result results[DIGIT_PLANS];
    report r;
    size_t k, made = 0;
    int good;
    printf("%s: %zu pictures of %zu x %zu to learn from, %zu to test with; a network %zu-%zu-%d, %zu epochs, batches of %zu\n\n",
           t->title, t->train.count, side, side, t->test.count, side * side, o->how.hidden, CLASSES, o->how.epochs, o->how.batch);
    good = run_all(o, t, plans, count, results, &made);
    if (good) {
        r.data = t;
        r.how = &o->how;
        r.results = results;
        r.count = made;
        r.best = best_of(results, made);
        r.seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        printf("\nbest: %s, %s: %.2f %% test accuracy; %.1f s in all\n", r.best->what->group, r.best->what->label,
               100 * r.best->accuracy, r.seconds);
        good = write_report(&r, o->report) && (!o->picture || write_picture(&r, o->picture));
        if (good) printf("report: %s\n", o->report);
        if (good && o->picture) printf("picture: %s\n", o->picture);
    }
    for (k = 0; k < made; k++) free_result(&results[k]);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    options o = {0};
    task t;
    const int stop = read_options(argc, argv, &o);
    int status = 1;
    if (stop) return stop - 1;
    fill_options(&o);
    if (o.fashion ? load_fashion(&t, o.fashion) : load_csv(&t, o.data, o.how.seed)) status = demo(&o, &t);
    free_task(&t);
    return status;
}
