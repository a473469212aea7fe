/* The report: one HTML file with its pictures drawn in SVG, without scripts, light or
   dark as the reader's system is. It is also well-formed XML. */
#include "demo.h"
#include "optim.h"
#include "metrics.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 12, ROC_POINTS = 400 };

/* Colours after M. Okabe and K. Ito, told apart under colour blindness; each line also
   has its own dashes. */
static const char style[] =
    ":root{color-scheme:light dark;--page:#fbfaf8;--card:#fff;--ink:#1d1f23;--soft:#5c6370;--rule:#e3e1dc;--grid:#ebe9e4;"
    "--heat:0,94,162;--heatink:#fff;--l0:#0072b2;--l1:#d55e00;--l2:#00805c;--l3:#b0578d;--l4:#8a6d00;--l5:#2a9fd6;"
    "--l6:#b07a00;--l7:#4d4d4d}"
    "@media (prefers-color-scheme:dark){:root{--page:#15171a;--card:#1d2024;--ink:#e8e6e1;--soft:#a3a9b3;--rule:#33373d;"
    "--grid:#2b2f35;--heat:86,180,233;--heatink:#0d0f11;--l0:#4aa8e0;--l1:#f58a45;--l2:#2fc796;--l3:#e08fbe;--l4:#d8c64a;"
    "--l5:#8fd3f5;--l6:#f0b440;--l7:#c9c9c9}}"
    "svg{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}"
    "svg text{fill:var(--soft);font-size:12px}svg .title{fill:var(--ink);font-size:14px;font-weight:600}"
    "svg .ink{fill:var(--ink)}.grid{stroke:var(--grid);stroke-width:1}.axis{stroke:var(--soft);stroke-width:1;opacity:.6}"
    ".line{fill:none;stroke-width:1.8;stroke-linejoin:round}.thin{fill:none;stroke-width:1.1;opacity:.75}"
    ".c0{stroke:var(--l0)}.c1{stroke:var(--l1)}.c2{stroke:var(--l2)}.c3{stroke:var(--l3)}.c4{stroke:var(--l4)}"
    ".c5{stroke:var(--l5)}.c6{stroke:var(--l6)}.c7{stroke:var(--l7)}"
    ".diagonal{stroke:var(--soft);stroke-dasharray:4 4}.bar{fill:var(--l0);opacity:.8}.conf{stroke:var(--l1);stroke-width:2.5}"
    ".share{fill:var(--soft);opacity:.45}.frame{fill:none;stroke:var(--rule)}.macro{stroke:var(--ink);stroke-width:2.4}";

static const char page_style[] =
    "*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"
    "'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}main{max-width:1120px;margin:0 auto;padding:40px 24px 64px}"
    "h1{font-size:30px;line-height:1.2;margin:0 0 8px;letter-spacing:-.02em}h2{font-size:21px;margin:48px 0 6px;"
    "letter-spacing:-.01em}p{margin:0 0 14px;max-width:74ch}p.soft,li{color:var(--soft)}"
    ".facts{display:flex;flex-wrap:wrap;gap:12px;margin:24px 0 0;padding:0;list-style:none}"
    ".facts li{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px 18px;flex:1 1 150px}"
    ".facts b{display:block;font-size:24px;line-height:1.25;color:var(--ink);font-variant-numeric:tabular-nums}"
    ".row{display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start}"
    "figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px;flex:1 1 0;"
    "min-width:260px}figure svg{display:block;width:100%;height:auto}.wide{overflow-x:auto}"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:14px}"
    "th,td{padding:5px 9px;text-align:right;white-space:nowrap}th:first-child,td:first-child{text-align:left}"
    "thead th{color:var(--soft);font-weight:600;border-bottom:2px solid var(--rule)}"
    "tbody tr+tr td{border-top:1px solid var(--grid)}tbody th{padding-top:18px;text-align:left;font-size:15px}"
    ".best td{font-weight:700}td small{color:var(--soft);font-size:12.5px;font-weight:400}"
    ".digits{display:flex;flex-wrap:wrap;gap:14px}.digits figure{flex:0 0 124px;min-width:0;text-align:center;font-size:13px;"
    "line-height:1.35;padding:10px}.digits figure svg{border-radius:4px;margin-bottom:6px}"
    "footer{margin-top:56px;color:var(--soft);font-size:14px;border-top:1px solid var(--rule);padding-top:14px}";

static const char *const dashes[4] = {"none", "7 3", "2 3", "9 3 2 3"};

static void escaped(FILE *f, const char *text)
{
    for (; *text; text++) {
        if (*text == '<') fputs("&lt;", f);
        else if (*text == '>') fputs("&gt;", f);
        else if (*text == '&') fputs("&amp;", f);
        else if (*text == '"') fputs("&quot;", f);
        else if ((unsigned char)*text >= ' ') fputc(*text, f);
    }
}

/* ---- a chart: axes in a frame, lines over it, a legend below */

typedef struct {
    const char *name;
    const double *x, *y;    /* x NULL: 1, 2, 3, ... */
    size_t count;
    const char *class;      /* NULL: a colour of its own */
} curve;

typedef struct {
    const char *title, *x_label;
    double x_low, x_high, y_low, y_high;
    int log_y, percent, legend;
    double left, top, width, height;    /* of the frame */
} chart;

static double place_x(const chart *c, double x) { return c->left + (x - c->x_low) / (c->x_high - c->x_low) * c->width; }

static double place_y(const chart *c, double y)
{
    const double low = c->log_y ? log10(c->y_low) : c->y_low, high = c->log_y ? log10(c->y_high) : c->y_high;
    if (c->log_y) y = log10(y > c->y_low ? y : c->y_low);
    if (y < low) y = low;
    return c->top + (high - y) / (high - low) * c->height;
}

/* A round step that gives about wanted of them over a range: 1, 2 or 5 times a power of 10. */
static double round_step(double range, double wanted)
{
    const double raw = range / wanted, power = pow(10, floor(log10(raw))), digit = raw / power;
    return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

static void y_tick(FILE *f, const chart *c, double y)
{
    const double at = place_y(c, y);
    fprintf(f, "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", c->left, at, c->left + c->width, at);
    fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", c->left - 6, at + 4);
    fprintf(f, c->percent ? "%.4g %%</text>" : "%.4g</text>", c->percent ? 100 * y : y);
}

static void axes(FILE *f, const chart *c)
{
    const double step_x = round_step(c->x_high - c->x_low, c->width > 250 ? 6 : 3);
    double v;
    fprintf(f, "<text class=\"title\" x=\"%.1f\" y=\"%.1f\">", c->left, c->top - 10);
    escaped(f, c->title);
    fputs("</text>", f);
    if (c->log_y)
        for (v = pow(10, floor(log10(c->y_low))); v <= c->y_high * 1.0001; v *= 10) {
            if (v >= c->y_low * 0.9999) y_tick(f, c, v);
            if (c->y_high / c->y_low < 300 && 3 * v >= c->y_low && 3 * v <= c->y_high) y_tick(f, c, 3 * v);
        }
    else {
        const double step = round_step(c->y_high - c->y_low, c->height > 150 ? 5 : 2);
        for (v = ceil(c->y_low / step - 1e-6) * step; v <= c->y_high + step * 1e-6; v += step)
            y_tick(f, c, fabs(v) < step * 1e-6 ? 0 : v);
    }
    for (v = ceil(c->x_low / step_x - 1e-6) * step_x; v <= c->x_high + step_x * 1e-6; v += step_x)
        fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.4g</text>", place_x(c, v), c->top + c->height + 16,
                fabs(v) < step_x * 1e-6 ? 0 : v);
    fprintf(f, "<line class=\"axis\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", c->left, c->top + c->height,
            c->left + c->width, c->top + c->height);
    if (c->x_label) fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>", c->left + c->width,
                            c->top + c->height + 32, c->x_label);
}

/* One line, cut off where it leaves the frame. */
static void draw_curve(FILE *f, const chart *c, const curve *one, size_t number)
{
    size_t k;
    int open = 0;
    if (one->class) fprintf(f, "<path class=\"%s\" d=\"", one->class);
    else fprintf(f, "<path class=\"line c%d\" stroke-dasharray=\"%s\" d=\"", (int)(number % 8), dashes[(number + number / 8) % 4]);
    for (k = 0; k < one->count; k++) {
        const double x = one->x ? one->x[k] : (double)(k + 1), y = one->y[k];
        if (!(y >= c->y_low || k + 1 >= one->count || one->y[k + 1] >= c->y_low)) open = 0;
        else if (x <= c->x_high * (1 + 1e-9)) {
            fprintf(f, "%c%.1f %.1f", open ? 'L' : 'M', place_x(c, x), place_y(c, y));
            open = 1;
        }
    }
    fputs("\"><title>", f);
    escaped(f, one->name);
    fputs("</title></path>\n", f);
}

static void draw_legend(FILE *f, const chart *c, const curve *curves, size_t count)
{
    size_t k;
    for (k = 0; k < count; k++) {
        const double x = c->left + (double)(k % 2) * c->width / 2, y = c->top + c->height + 54 + 19 * (double)(k / 2);
        fprintf(f, "<line class=\"line c%d\" stroke-dasharray=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                (int)(k % 8), dashes[(k + k / 8) % 4], x, y - 4, x + 26, y - 4);
        fprintf(f, "<text class=\"ink\" x=\"%.1f\" y=\"%.1f\">", x + 32, y);
        escaped(f, curves[k].name);
        fputs("</text>\n", f);
    }
}

static void draw_chart(FILE *f, const chart *c, const curve *curves, size_t count)
{
    size_t k;
    axes(f, c);
    for (k = 0; k < count; k++) draw_curve(f, c, &curves[k], k);
    if (c->legend) draw_legend(f, c, curves, count);
}

static void open_svg(FILE *f, double width, double height, const char *description)
{
    fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"", width, height);
    escaped(f, description);
    fputs("\">\n", f);
}

static void open_figure(FILE *f, double width, double height, const char *description)
{
    fprintf(f, "<figure style=\"flex:%.0f 1 %.0fpx\">", width, 0.55 * width);
    open_svg(f, width, height, description);
}

static void close_figure(FILE *f) { fputs("</svg></figure>\n", f); }

/* ---- curves of the runs of a group */

static size_t group_curves(const report *r, const char *group, int accuracy, curve *curves)
{
    size_t k, count = 0;
    for (k = 0; k < r->count && count < LINES; k++) {
        const run_result *one = &r->results[k];
        if (strcmp(one->what->group, group)) continue;
        curves[count].name = one->what->label;
        curves[count].x = NULL;
        curves[count].y = accuracy ? one->test_accuracy : one->train_loss;
        curves[count].count = one->epochs;
        curves[count++].class = NULL;
    }
    return count;
}

/* The chart's range of y: of losses all values, of accuracies those of the last three
   quarters of the epochs. */
static void fit(chart *c, const curve *curves, size_t count, int accuracy)
{
    size_t k, i;
    double low = HUGE_VAL, high = 0;
    for (k = 0; k < count; k++)
        for (i = accuracy ? curves[k].count / 4 : 0; i < curves[k].count; i++) {
            if (curves[k].y[i] < low) low = curves[k].y[i];
            if (curves[k].y[i] > high) high = curves[k].y[i];
        }
    c->x_low = 1;
    c->x_high = count && curves[0].count > 1 ? (double)curves[0].count : 2;
    c->log_y = !accuracy;
    c->percent = accuracy;
    c->y_low = accuracy ? floor(low * 50) / 50 : low > 1e-6 ? low / 1.15 : 1e-6;
    c->y_high = accuracy ? 1 : high > c->y_low ? high * 1.15 : c->y_low * 10;
    if (accuracy && c->y_low >= 1) c->y_low = 0.98;
}

static void training_charts(FILE *f, const report *r, const char *group)
{
    curve curves[LINES];
    chart c = {0};
    int accuracy;
    fputs("<div class=\"row\">\n", f);
    for (accuracy = 0; accuracy < 2; accuracy++) {
        const size_t count = group_curves(r, group, accuracy, curves);
        fit(&c, curves, count, accuracy);
        c.title = accuracy ? "Test accuracy" : "Training loss (logarithmic)";
        c.x_label = "epoch";
        c.left = 58;
        c.top = 30;
        c.width = 452;
        c.height = 250;
        c.legend = 1;
        open_figure(f, 520, 327 + 19 * (double)((count + 1) / 2), c.title);
        draw_chart(f, &c, curves, count);
        close_figure(f);
    }
    fputs("</div>\n", f);
}

static int has_group(const report *r, const char *group)
{
    size_t k;
    for (k = 0; k < r->count; k++) if (!strcmp(r->results[k].what->group, group)) return 1;
    return 0;
}

/* ---- all schedules of optim.h */

static void schedule_charts(FILE *f)
{
    enum { STEPS = 200 };
    double x[STEPS + 1], y[STEPS + 1], momentum;
    size_t k, i;
    open_figure(f, 1060, 330, "learning rate schedules");
    for (k = 0; schedules[k].name; k++) {
        chart c = {0};
        curve one;
        c.title = schedules[k].name;
        c.x_high = STEPS;
        c.y_high = 1.08;
        c.left = 40 + 265 * (double)(k % 4);
        c.top = 34 + 160 * (double)(k / 4);
        c.width = 205;
        c.height = 90;
        for (i = 0; i <= STEPS; i++) {
            x[i] = (double)i;
            y[i] = 0;
            schedules[k].function(1, x[i], STEPS, &y[i], &momentum);
        }
        one.name = schedules[k].name;
        one.x = x;
        one.y = y;
        one.count = STEPS + 1;
        one.class = "line c0";
        draw_chart(f, &c, &one, 1);
    }
    close_figure(f);
}

/* ---- the confusion matrix as a heat map */

static void heat_map(FILE *f, const report *r, double left, double top, double cell)
{
    double normal[CLASSES * CLASSES];
    const double *counts = r->best->confusion;
    int i, j;
    metrics_confusion_normalize(counts, CLASSES, METRICS_NORMALIZE_TRUE, normal);
    for (i = 0; i < CLASSES; i++) {
        for (j = 0; j < CLASSES; j++) {
            const double share = normal[i * CLASSES + j], x = left + cell * j, y = top + cell * i;
            /* The root makes single confusions visible. */
            fprintf(f, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\" "
                       "style=\"fill:rgba(var(--heat),%.3f)\"/>", x, y, cell - 2, cell - 2, share > 0 ? 0.08 + 0.92 * sqrt(share) : 0.03);
            if (counts[i * CLASSES + j] > 0)
                fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" style=\"fill:var(%s)\">%.0f</text>", x + cell / 2 - 1,
                        y + cell / 2 + 3, share > 0.3 ? "--heatink" : "--ink", counts[i * CLASSES + j]);
        }
        fprintf(f, "<text class=\"ink\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>", left - 8, top + cell * i + cell / 2 + 3,
                r->data->names[i]);
        if (strlen(r->data->names[i]) < 3)
            fprintf(f, "<text class=\"ink\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n", left + cell * i + cell / 2 - 1,
                    top + cell * CLASSES + 14, r->data->names[i]);
        else
            fprintf(f, "<text class=\"ink\" transform=\"translate(%.1f %.1f) rotate(-40)\" text-anchor=\"end\">%s</text>\n",
                    left + cell * i + cell / 2 + 3, top + cell * CLASSES + 12, r->data->names[i]);
    }
}

static void confusion_figure(FILE *f, const report *r)
{
    open_figure(f, 480, 480, "confusion matrix");
    fputs("<text class=\"title\" x=\"70\" y=\"20\">Confusion matrix</text>"
          "<text x=\"70\" y=\"38\">row: true class, column: predicted class</text>\n", f);
    heat_map(f, r, 70, 50, 39);
    close_figure(f);
}

/* ---- ROC curves, each class against the rest, and their mean */

typedef struct { double *fpr, *tpr; size_t count; } roc;

/* The true positive rate at a false positive rate, on the straight line between points. */
static double tpr_at(const roc *c, double fpr)
{
    size_t k = 0;
    while (k + 1 < c->count && c->fpr[k + 1] <= fpr) k++;
    if (k + 1 >= c->count) return 1;
    return c->tpr[k] + (c->tpr[k + 1] - c->tpr[k]) * (fpr - c->fpr[k]) / (c->fpr[k + 1] - c->fpr[k]);
}

static int class_roc(const report *r, int class, roc *c)
{
    const size_t n = r->data->test.count, size = metrics_roc_curve_scratch(n);
    float *scores = (float *)allocate(n, sizeof *scores), *thresholds = (float *)allocate(n + 1, sizeof *thresholds);
    uint8_t *labels = (uint8_t *)allocate(n, 1);
    void *scratch = allocate(size, 1);
    size_t k;
    int status;
    c->fpr = (double *)allocate(n + 1, sizeof(double));
    c->tpr = (double *)allocate(n + 1, sizeof(double));
    for (k = 0; k < n; k++) {
        scores[k] = r->best->prob[k * CLASSES + (size_t)class];
        labels[k] = r->data->test.labels[k] == class;
    }
    status = metrics_roc_curve_f32(scores, labels, NULL, n, 1, scratch, size, c->fpr, c->tpr, thresholds, &c->count);
    free(scores);
    free(thresholds);
    free(labels);
    free(scratch);
    return status == METRICS_OK;
}

static void roc_figures(FILE *f, const report *r)
{
    roc c[CLASSES];
    double x[ROC_POINTS + 1], y[ROC_POINTS + 1];
    curve curves[CLASSES + 1];
    char title[80];
    size_t k, i, zoom;
    int good = 1;
    for (k = 0; k < CLASSES; k++) good &= class_roc(r, (int)k, &c[k]);
    for (i = 0; i <= ROC_POINTS; i++) {
        const double u = (double)i / ROC_POINTS;
        x[i] = u * u * u;   /* closer together on the left, where the curve turns */
        y[i] = 0;
        for (k = 0; k < CLASSES && good; k++) y[i] += tpr_at(&c[k], x[i]) / CLASSES;
    }
    for (k = 0; k <= CLASSES; k++) {
        static const char *const classes[8] = {"thin c0", "thin c1", "thin c2", "thin c3", "thin c4", "thin c5", "thin c6", "thin c7"};
        curves[k].name = k < CLASSES ? r->data->names[k] : "mean of the classes";
        curves[k].x = k < CLASSES ? c[k].fpr : x;
        curves[k].y = k < CLASSES ? c[k].tpr : y;
        curves[k].count = k < CLASSES ? c[k].count : ROC_POINTS + 1;
        curves[k].class = k < CLASSES ? classes[k % 8] : "line macro";
    }
    for (zoom = 0; zoom < 2 && good; zoom++) {
        chart h = {0};
        sprintf(title, zoom ? "ROC, the upper left corner" : "ROC, mean area %.5f", r->best->auc);
        h.title = title;
        h.x_label = "false positive rate";
        h.x_high = zoom ? 0.1 : 1;
        h.y_low = zoom ? 0.9 : 0;
        h.y_high = 1;
        h.left = 50;
        h.top = 30;
        h.width = 290;
        h.height = 290;
        open_figure(f, 360, 360, title);
        if (!zoom) fprintf(f, "<line class=\"diagonal\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", h.left, h.top + h.height,
                           h.left + h.width, h.top);
        draw_chart(f, &h, curves, CLASSES + 1);
        close_figure(f);
    }
    for (k = 0; k < CLASSES; k++) {
        free(c[k].fpr);
        free(c[k].tpr);
    }
}

/* ---- reliability diagrams */

static void reliability(FILE *f, const run_result *one)
{
    double conf[BINS], accuracy[BINS], share[BINS];
    chart c = {0};
    char title[120];
    int k;
    metrics_calibration_curve(one->bins, BINS, conf, accuracy, share);
    sprintf(title, "%.60s: ECE %.4f", one->what->label, one->ece);
    c.title = title;
    c.x_label = "confidence";
    c.x_high = c.y_high = 1;
    c.left = 50;
    c.top = 30;
    c.width = 290;
    c.height = 290;
    open_figure(f, 360, 448, title);
    axes(f, &c);
    for (k = 0; k < BINS; k++) {
        const double x = place_x(&c, (double)k / BINS) + 1, width = c.width / BINS - 2, base = c.top + c.height;
        if (!(share[k] > 0)) continue;
        fprintf(f, "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>confidence %.3f, accuracy %.3f, "
                   "%.1f %% of the pictures</title></rect>", x, place_y(&c, accuracy[k]), width, base - place_y(&c, accuracy[k]),
                conf[k], accuracy[k], 100 * share[k]);
        fprintf(f, "<line class=\"conf\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", x, place_y(&c, conf[k]), x + width,
                place_y(&c, conf[k]));
        fprintf(f, "<rect class=\"share\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n", x, 425 - 60 * share[k], width,
                60 * share[k]);
    }
    fprintf(f, "<line class=\"diagonal\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", c.left, c.top + c.height, c.left + c.width, c.top);
    fprintf(f, "<line class=\"axis\" x1=\"%.1f\" y1=\"425\" x2=\"%.1f\" y2=\"425\"/>"
               "<text x=\"%.1f\" y=\"441\">share of the pictures</text>", c.left, c.left + c.width, c.left);
    close_figure(f);
}

static void reliability_figures(FILE *f, const report *r)
{
    const run_result *worst = r->best, *calm = r->best;
    size_t k;
    for (k = 0; k < r->count; k++) {
        if (r->results[k].ece > worst->ece) worst = &r->results[k];
        if (r->results[k].ece < calm->ece) calm = &r->results[k];
    }
    fputs("<div class=\"row\">\n", f);
    reliability(f, r->best);
    if (calm != r->best) reliability(f, calm);
    if (worst != r->best && worst != calm) reliability(f, worst);
    fputs("</div>\n", f);
}

/* ---- pictures that were taken for another */

static int predicted(const float *prob)
{
    int k, top = 0;
    for (k = 1; k < CLASSES; k++) if (prob[k] > prob[top]) top = k;
    return top;
}

static void draw_wrong(FILE *f, const report *r, size_t k)
{
    const pictures *test = &r->data->test;
    const size_t side = test->side, size = side * side;
    const float *prob = r->best->prob + k * CLASSES;
    const int taken = predicted(prob);
    size_t i;
    fputs("<figure>", f);
    open_svg(f, (double)side, (double)side, "a misclassified picture");
    fprintf(f, "<rect width=\"%zu\" height=\"%zu\" fill=\"#101216\"/>", side, side);
    for (i = 0; i < size; i++) {
        const int grey = 16 + 239 * test->pixels[k * size + i] / test->brightest;
        if (test->pixels[k * size + i])
            fprintf(f, "<rect x=\"%zu\" y=\"%zu\" width=\"1.02\" height=\"1.02\" fill=\"#%02x%02x%02x\"/>", i % side, i / side, grey, grey,
                    grey);
    }
    fprintf(f, "</svg>%s, taken for <b>%s</b><br/>%.0f %% sure</figure>\n", r->data->names[test->labels[k]], r->data->names[taken],
            100 * (double)prob[taken]);
}

static void wrong_figures(FILE *f, const report *r)
{
    size_t k, shown = 0, wrong = 0;
    const pictures *test = &r->data->test;
    for (k = 0; k < test->count; k++) wrong += predicted(r->best->prob + k * CLASSES) != test->labels[k];
    fprintf(f, "<h2>What the best run got wrong</h2><p class=\"soft\">%zu of %zu test pictures%s.</p><div class=\"digits\">\n", wrong,
            test->count, wrong > 16 ? ", of which the first 16 are shown" : "");
    for (k = 0; k < test->count && shown < 16; k++)
        if (predicted(r->best->prob + k * CLASSES) != test->labels[k]) {
            draw_wrong(f, r, k);
            shown++;
        }
    fputs("</div>\n", f);
}

/* ---- the table */

static void table(FILE *f, const report *r)
{
    const char *group = "";
    size_t k;
    fputs("<figure class=\"wide\"><table><thead><tr><th>Run</th><th>Last training loss</th><th>Test accuracy</th><th>F1 (macro)</th>"
          "<th>MCC</th><th>Log loss</th><th>ECE</th><th>ROC AUC</th><th>Seconds</th></tr></thead>\n<tbody>\n", f);
    for (k = 0; k < r->count; k++) {
        const run_result *one = &r->results[k];
        if (strcmp(group, one->what->group)) fprintf(f, "<tr><th colspan=\"9\">%s</th></tr>\n", one->what->group);
        group = one->what->group;
        fprintf(f, "<tr%s><td>", one == r->best ? " class=\"best\"" : "");
        escaped(f, one->what->label);
        fprintf(f, " <small>%s</small>", one == r->best ? "best" : "");
        fprintf(f, "</td><td>%.4f</td><td>%.2f %%</td><td>%.4f</td><td>%.4f</td><td>%.4f</td><td>%.4f</td><td>%.5f</td><td>%.2f</td></tr>\n",
                one->train_loss[one->epochs - 1], 100 * one->accuracy, one->f1, one->mcc, one->log_loss, one->ece, one->auc, one->seconds);
    }
    fputs("</tbody></table></figure>\n", f);
}

/* ---- the page */

static void head(FILE *f, const report *r)
{
    const task *t = r->data;
    fprintf(f, "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\"><head><meta charset=\"utf-8\"/>"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>lossfn: %s</title>\n<style>%s%s</style>"
               "</head>\n<body><main>\n", t->title, style, page_style);
    fprintf(f, "<h1>%s: losses, optimizers and schedules compared</h1>\n<p class=\"soft\">A network %zu-%zu-%d with ReLU, %zu parameters, was "
               "trained anew for every line of the table below: %zu epochs in batches of %zu, from the same first weights and in the same "
               "order. Losses and gradients are those of lossfn.h, steps, schedules and gradient clipping those of optim.h, all numbers "
               "those of metrics.h.</p>\n", t->title, t->train.side * t->train.side, r->how->hidden, CLASSES, r->best->parameters,
            r->how->epochs, r->how->batch);
    fprintf(f, "<ul class=\"facts\"><li><b>%.2f %%</b>best test accuracy</li><li><b>%.4f</b>its Matthews correlation</li>"
               "<li><b>%zu</b>runs in %.1f s on one core</li><li><b>%zu + %zu</b>training and test pictures</li></ul>\n",
            100 * r->best->accuracy, r->best->mcc, r->count, r->seconds, t->train.count, t->test.count);
}

static void page(FILE *f, const report *r)
{
    static const char *const groups[] = {"Losses", "Optimizers", "Schedules"};
    static const char *const texts[] = {
        "All with AdamW and cosine decay. Each loss is in its own units, so their curves tell how fast they fall, not which is lower.",
        "All with softmax cross-entropy and cosine decay, each with a learning rate that suits it.",
        "All with softmax cross-entropy and AdamW. The first line of each of the three groups is the same run."
    };
    int k;
    head(f, r);
    fputs("<h2>Results</h2><p class=\"soft\">On the test pictures. Probabilities are the softmax of the scores; losses that do not train "
          "them as logits (the hinges, sparsemax) show it in log loss and calibration error (ECE, 15 bins). The best run was picked by these "
          "very numbers, so its accuracy is a little flattering. With few test pictures a difference of half a percent says little.</p>\n", f);
    table(f, r);
    for (k = 0; k < 3; k++)
        if (has_group(r, groups[k])) {
            fprintf(f, "<h2>%s</h2><p class=\"soft\">%s</p>\n", groups[k], texts[k]);
            training_charts(f, r, groups[k]);
        }
    fputs("<h2>Schedules of optim.h</h2><p class=\"soft\">Learning rate as a share of the peak, over 200 steps, 20 of them warm-up "
          "(one cycle: 60).</p>\n", f);
    schedule_charts(f);
    fprintf(f, "<h2>The best run</h2><p class=\"soft\">%s: ", r->best->what->group);
    escaped(f, r->best->what->label);
    fputs(". ROC: each class against the rest, thick the mean.</p>\n<div class=\"row\">\n", f);
    confusion_figure(f, r);
    roc_figures(f, r);
    fputs("</div>\n<h2>Calibration</h2><p class=\"soft\">Of the predictions made with confidence 0.8 four in five should be right. Blue: "
          "accuracy of each bin; orange: its mean confidence; grey: the bin's share of the pictures. The best run, the best "
          "calibrated and the worst calibrated.</p>\n", f);
    reliability_figures(f, r);
    wrong_figures(f, r);
    fprintf(f, "<footer>Written by examples/demo of lossfn %d.%d.%d, seed %llu.</footer>\n</main></body></html>\n", OPTIM_VERSION_MAJOR,
            OPTIM_VERSION_MINOR, OPTIM_VERSION_PATCH, (unsigned long long)r->how->seed);
}

static int finish(FILE *f, const char *path)
{
    int good = f != NULL;
    if (f) {
        good = !ferror(f);
        if (fclose(f)) good = 0;
    }
    if (!good) fprintf(stderr, "demo: cannot write %s: %s\n", path, strerror(errno));
    return good;
}

int write_report(const report *r, const char *path)
{
    FILE *f = fopen(path, "w");
    if (f) page(f, r);
    return finish(f, path);
}

int write_picture(const report *r, const char *path)
{
    FILE *f = fopen(path, "w");
    curve curves[LINES];
    chart c = {0};
    size_t count;
    if (f) {
        const char *group = has_group(r, "Optimizers") ? "Optimizers" : r->results[0].what->group;
        const char *title = has_group(r, "Optimizers") ? "Training loss by optimizer" : "Training loss";
        open_svg(f, 980, 430, "Training loss curves and a confusion matrix");
        fprintf(f, "<style>%s</style><rect width=\"980\" height=\"430\" rx=\"12\" style=\"fill:var(--card)\"/>\n", style);
        count = group_curves(r, group, 0, curves);
        fit(&c, curves, count, 0);
        c.title = title;
        c.x_label = "epoch";
        c.left = 70;
        c.top = 42;
        c.width = 480;
        c.height = 240;
        c.legend = 1;
        draw_chart(f, &c, curves, count);
        fprintf(f, "<text class=\"title\" x=\"624\" y=\"32\">Confusion matrix, %.2f %% right</text>\n", 100 * r->best->accuracy);
        heat_map(f, r, 624, 42, 33);
        fputs("</svg>\n", f);
    }
    return finish(f, path);
}
