/* Detection: COCO evaluation against an independent one on generated scenes, box
   measures on closed forms, suppression against the plain rule. */
#include "metrics.h"
#include "golden/metrics_detection.inc"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int passed, failed;

static void check(int ok, const char *what, double a, double b)
{
    if (ok) { passed++; return; }
    failed++;
    printf("FAILED: %s: %.17g against %.17g\n", what, a, b);
}

static int near(double a, double b, double tolerance) { return fabs(a - b) <= tolerance; }

/* ---- scenes, as tools/golden/metrics_detection.py makes them ---------------------- */

static uint32_t state;

static int next(int m)
{
    state = state * 1664525u + 1013904223u;
    return (int)((state >> 16) % (uint32_t)m);
}

#define MOST 400

typedef struct {
    int classes, gt_count, det_count;
    double gt_box[MOST][4], gt_area[MOST], det_box[MOST][4], det_score[MOST];
    int32_t gt_image[MOST], gt_label[MOST], det_image[MOST], det_label[MOST];
    uint8_t gt_crowd[MOST];
} scene;

static void random_box(double *box, int size)
{
    box[0] = next(400) / 4.0;
    box[1] = next(400) / 4.0;
    box[2] = (1 + next(size * 4)) / 4.0;
    box[3] = (1 + next(size * 4)) / 4.0;
}

static void make_scene(scene *s, unsigned seed)
{
    static const int sizes[4] = {12, 60, 160, 400}, moves[4] = {1, 2, 5, 9};
    int images, many, size, k, limit;
    state = seed;
    s->classes = 1 + next(3);
    images = 1 + next(5);
    many = 2 + next(20);
    size = sizes[next(4)];
    s->gt_count = next(many + 1);
    for (k = 0; k < s->gt_count; k++) {
        random_box(s->gt_box[k], size);
        s->gt_crowd[k] = next(6) == 0;
        s->gt_area[k] = s->gt_box[k][2] * s->gt_box[k][3] * ((4 + next(5)) / 8.0);
        s->gt_image[k] = next(images) - 2;
        s->gt_label[k] = next(s->classes);
    }
    limit = many * (1 + (next(8) == 0) * 12);
    s->det_count = next(limit + 1);
    for (k = 0; k < s->det_count; k++) {
        double *box = s->det_box[k];
        if (s->gt_count && next(4)) {
            const int t = next(s->gt_count), move = moves[next(4)];
            box[0] = s->gt_box[t][0] + (next(2 * move + 1) - move) / 4.0;
            box[1] = s->gt_box[t][1] + (next(2 * move + 1) - move) / 4.0;
            box[2] = fmax(0.25, s->gt_box[t][2] + (next(4 * move + 1) - 2 * move) / 4.0);
            box[3] = fmax(0.25, s->gt_box[t][3] + (next(4 * move + 1) - 2 * move) / 4.0);
            s->det_image[k] = s->gt_image[t];
            s->det_label[k] = s->gt_label[t];
            if (next(10) == 0) s->det_label[k] = next(s->classes);
        } else {
            random_box(box, size);
            s->det_image[k] = next(images) - 2;
            s->det_label[k] = next(s->classes);
        }
        s->det_score[k] = next(32) / 32.0;
    }
}

static metrics_coco_boxes_f64 boxes_of(const scene *s)
{
    metrics_coco_boxes_f64 b;
    b.gt_count = (size_t)s->gt_count;
    b.det_count = (size_t)s->det_count;
    b.gt_box = s->gt_box[0];
    b.gt_image = s->gt_image;
    b.gt_label = s->gt_label;
    b.gt_crowd = s->gt_crowd;
    b.gt_area = s->gt_area;
    b.det_box = s->det_box[0];
    b.det_score = s->det_score;
    b.det_image = s->det_image;
    b.det_label = s->det_label;
    b.format = METRICS_BOX_XYWH;
    return b;
}

static void run_coco(const metrics_coco_boxes_f64 *b, int classes, double *summary, double *per_class)
{
    const size_t room = metrics_coco_scratch_f64(b->gt_count, b->det_count);
    void *scratch = malloc(room);
    const int status = metrics_coco_f64(b, (size_t)classes, scratch, room, summary, per_class);
    check(status == METRICS_OK, "coco status", status, 0);
    free(scratch);
}

static void test_coco_golden(void)
{
    static scene s;
    size_t n;
    int k, j;
    for (n = 0; n < sizeof coco_golden / sizeof coco_golden[0]; n++) {
        double summary[12], per_class[3 * 12];
        metrics_coco_boxes_f64 b;
        make_scene(&s, coco_golden[n].seed);
        check(s.gt_count == (int)coco_golden[n].gts, "true boxes of the scene", s.gt_count, coco_golden[n].gts);
        check(s.det_count == (int)coco_golden[n].dets, "detections of the scene", s.det_count, coco_golden[n].dets);
        b = boxes_of(&s);
        run_coco(&b, s.classes, summary, per_class);
        for (k = 0; k < 12; k++) {
            double sum = 0;
            int counted = 0;
            check(near(summary[k], coco_golden[n].summary[k], 1e-12), "COCO number", summary[k], coco_golden[n].summary[k]);
            for (j = 0; j < s.classes; j++)
                if (per_class[12 * j + k] >= 0) { sum += per_class[12 * j + k]; counted++; }
            check(near(counted ? sum / counted : -1, summary[k], 1e-12), "mean of the classes", sum, summary[k]);
        }
    }
}

/* The order of images' records, other formats and the float version change nothing. */
static void test_coco_forms(void)
{
    static scene s, moved;
    static float gt_box[4 * MOST], gt_area[MOST], det_box[4 * MOST], det_score[MOST];
    size_t n;
    int k, j;
    for (n = 0; n < sizeof coco_golden / sizeof coco_golden[0]; n += 3) {
        double summary[12];
        metrics_coco_boxes_f64 b;
        metrics_coco_boxes_f32 f;
        size_t room;
        void *scratch;
        make_scene(&s, coco_golden[n].seed);
        moved = s;
        for (k = 0; k < s.gt_count; k++) {
            moved.gt_box[k][2] += s.gt_box[k][0];
            moved.gt_box[k][3] += s.gt_box[k][1];
        }
        for (k = 0; k < s.det_count; k++) {
            moved.det_box[k][2] += s.det_box[k][0];
            moved.det_box[k][3] += s.det_box[k][1];
        }
        b = boxes_of(&moved);
        b.format = METRICS_BOX_XYXY;
        run_coco(&b, s.classes, summary, NULL);
        for (k = 0; k < 12; k++) check(near(summary[k], coco_golden[n].summary[k], 1e-12), "COCO from corners", summary[k], coco_golden[n].summary[k]);
        for (k = 0; k < s.gt_count; k++) {
            for (j = 0; j < 4; j++) gt_box[4 * k + j] = (float)(s.gt_box[k][j] + (j < 2 ? s.gt_box[k][j + 2] / 2 : 0));
            gt_area[k] = (float)s.gt_area[k];
        }
        for (k = 0; k < s.det_count; k++) {
            for (j = 0; j < 4; j++) det_box[4 * k + j] = (float)(s.det_box[k][j] + (j < 2 ? s.det_box[k][j + 2] / 2 : 0));
            det_score[k] = (float)s.det_score[k];
        }
        memset(&f, 0, sizeof f);
        f.gt_count = b.gt_count;
        f.det_count = b.det_count;
        f.gt_box = gt_box;
        f.gt_area = gt_area;
        f.gt_image = s.gt_image;
        f.gt_label = s.gt_label;
        f.gt_crowd = s.gt_crowd;
        f.det_box = det_box;
        f.det_score = det_score;
        f.det_image = s.det_image;
        f.det_label = s.det_label;
        f.format = METRICS_BOX_CXCYWH;
        room = metrics_coco_scratch_f32(f.gt_count, f.det_count);
        scratch = malloc(room);
        check(metrics_coco_f32(&f, (size_t)s.classes, scratch, room, summary, NULL) == 0, "coco f32", 0, 0);
        for (k = 0; k < 12; k++) check(near(summary[k], coco_golden[n].summary[k], 1e-6), "COCO in float from centres", summary[k], coco_golden[n].summary[k]);
        free(scratch);
    }
}

/* Cases one can follow by hand. */
static void test_coco_by_hand(void)
{
    static scene s;
    double summary[12];
    metrics_coco_boxes_f64 b;
    int k;
    memset(&s, 0, sizeof s);
    s.gt_count = 2;
    s.det_count = 3;
    for (k = 0; k < 2; k++) { s.gt_box[k][0] = 100 * k; s.gt_box[k][2] = s.gt_box[k][3] = 40; }
    memcpy(s.det_box[0], s.gt_box[0], sizeof s.det_box[0]);
    s.det_box[1][0] = 300;
    s.det_box[1][2] = s.det_box[1][3] = 40;
    memcpy(s.det_box[2], s.gt_box[1], sizeof s.det_box[2]);
    s.det_score[0] = 0.9;
    s.det_score[1] = 0.8;
    s.det_score[2] = 0.7;
    b = boxes_of(&s);
    b.gt_area = NULL;
    b.gt_crowd = NULL;
    run_coco(&b, 2, summary, NULL);
    /* precision 1 for recalls 0 .. 0.50, 2/3 beyond; class 1 has no true box */
    check(near(summary[METRICS_COCO_AP], (51 + 50 * 2.0 / 3) / 101, 1e-12), "AP by hand", summary[0], (51 + 50 * 2.0 / 3) / 101);
    check(summary[METRICS_COCO_AR_1] == 0.5, "AR1 by hand", summary[METRICS_COCO_AR_1], 0.5);
    check(summary[METRICS_COCO_AR_100] == 1, "AR100 by hand", summary[METRICS_COCO_AR_100], 1);
    check(summary[METRICS_COCO_AP_SMALL] == -1, "no small boxes", summary[METRICS_COCO_AP_SMALL], -1);
    check(near(summary[METRICS_COCO_AP_MEDIUM], summary[0], 1e-15), "all boxes are medium", summary[METRICS_COCO_AP_MEDIUM], summary[0]);
    /* NaN scores come last, a NaN box matches nothing: AP stays defined */
    s.det_score[1] = NAN;
    s.det_box[1][0] = NAN;
    run_coco(&b, 2, summary, NULL);
    check(near(summary[METRICS_COCO_AP], 1, 1e-12), "a NaN detection comes last", summary[0], 1);
    /* nothing at all */
    b.gt_count = b.det_count = 0;
    run_coco(&b, 2, summary, NULL);
    for (k = 0; k < 12; k++) check(summary[k] == -1, "nothing", summary[k], -1);
}

/* ---- boxes -------------------------------------------------------------------------- */

static void test_boxes(void)
{
    static const double a[3][4] = {{0, 0, 2, 2}, {0, 0, 4, 2}, {5, 5, 5, 5}};
    static const double b[3][4] = {{1, 1, 3, 3}, {0, 0, 2, 2}, {10, 0, 12, 2}};
    static const uint8_t crowd[3] = {1, 0, 1};
    const double pi = 3.14159265358979323846;
    const double v = 4 / (pi * pi) * pow(atan(2.0) - atan(1.0), 2), iou = 0.5;
    double out[9];
    check(metrics_box_iou_f64(a[0], 3, b[0], 3, METRICS_BOX_XYXY, METRICS_IOU, NULL, out) == 0, "iou", 0, 0);
    check(near(out[0], 1.0 / 7, 1e-15), "IoU 1/7", out[0], 1.0 / 7);
    check(out[1] == 1, "IoU of equal boxes", out[1], 1);
    check(out[2] == 0, "IoU apart", out[2], 0);
    check(out[4] == 0.5, "IoU 1/2", out[4], 0.5);
    check(out[6] == 0 && out[7] == 0, "IoU of a point", out[6], 0);
    metrics_box_iou_f64(a[0], 3, b[0], 3, METRICS_BOX_XYXY, METRICS_GIOU, NULL, out);
    check(near(out[0], 1.0 / 7 - 2.0 / 9, 1e-15), "GIoU", out[0], 1.0 / 7 - 2.0 / 9);
    check(near(out[2], -16.0 / 24, 1e-15), "GIoU apart", out[2], -16.0 / 24);
    check(out[1] == 1, "GIoU of equal boxes", out[1], 1);
    metrics_box_iou_f64(a[0], 3, b[0], 3, METRICS_BOX_XYXY, METRICS_DIOU, NULL, out);
    check(near(out[0], 1.0 / 7 - 2.0 / 18, 1e-15), "DIoU", out[0], 1.0 / 7 - 2.0 / 18);
    check(near(out[2], -100.0 / 148, 1e-15), "DIoU apart", out[2], -100.0 / 148);
    metrics_box_iou_f64(a[0], 3, b[0], 3, METRICS_BOX_XYXY, METRICS_CIOU, NULL, out);
    check(near(out[4], iou - 1.0 / 20 - v * v / (1 - iou + v), 1e-15), "CIoU", out[4], iou - 1.0 / 20 - v * v / (1 - iou + v));
    check(out[1] == 1, "CIoU of equal boxes", out[1], 1);
    metrics_box_iou_f64(a[0], 3, b[0], 3, METRICS_BOX_XYXY, METRICS_IOU, crowd, out);
    check(out[0] == 0.25, "crowd", out[0], 0.25);
    check(out[4] == 0.5, "not a crowd", out[4], 0.5);
    check(out[6] == 0, "crowd and an empty box", out[6], 0);
    check(metrics_box_iou_f64(a[0], 3, b[0], 3, METRICS_BOX_XYXY, METRICS_GIOU, crowd, out) == METRICS_ERROR_OPTION, "crowd GIoU", 0, 0);
    check(metrics_box_iou_f64(a[0], 3, b[0], 3, 3, METRICS_IOU, NULL, out) == METRICS_ERROR_OPTION, "format", 0, 0);
    check(metrics_box_iou_f64(a[0], 3, b[0], 3, 0, 4, NULL, out) == METRICS_ERROR_OPTION, "kind", 0, 0);
}

/* A reference of the four measures, pair by pair, from corners. */
static double measure(const double *a, const double *b, int kind)
{
    const double w = fmax(0, fmin(a[2], b[2]) - fmax(a[0], b[0])), h = fmax(0, fmin(a[3], b[3]) - fmax(a[1], b[1]));
    const double area_a = (a[2] - a[0]) * (a[3] - a[1]), area_b = (b[2] - b[0]) * (b[3] - b[1]);
    const double any = area_a + area_b - w * h, iou = w * h / any;
    const double cw = fmax(a[2], b[2]) - fmin(a[0], b[0]), ch = fmax(a[3], b[3]) - fmin(a[1], b[1]);
    const double dx = (a[0] + a[2] - b[0] - b[2]) / 2, dy = (a[1] + a[3] - b[1] - b[3]) / 2;
    const double turn = atan((a[2] - a[0]) / (a[3] - a[1])) - atan((b[2] - b[0]) / (b[3] - b[1]));
    const double v = 4 / (3.14159265358979323846 * 3.14159265358979323846) * turn * turn;
    const double diou = iou - (dx * dx + dy * dy) / (cw * cw + ch * ch);
    return kind == 0 ? iou : kind == 1 ? iou - (cw * ch - any) / (cw * ch) : kind == 2 ? diou : v == 0 ? diou : diou - v * v / (1 - iou + v);
}

static void test_box_matrix(void)
{
    enum { NA = 37, NB = 201 };
    static double a[4 * NA], b[4 * NB], out[NA * NB], corner_a[4 * NA], corner_b[4 * NB];
    int format, kind, i, j, bad;
    state = 5;
    for (format = 0; format < 3; format++)
        for (kind = 0; kind < 4; kind++) {
            for (i = 0; i < NA + NB; i++) {
                double *p = i < NA ? a + 4 * i : b + 4 * (i - NA), *c = i < NA ? corner_a + 4 * i : corner_b + 4 * (i - NA);
                random_box(p, 60);
                c[0] = p[0];
                c[1] = p[1];
                if (format == METRICS_BOX_XYXY) { p[2] += p[0]; p[3] += p[1]; }
                if (format == METRICS_BOX_CXCYWH) { c[0] -= p[2] / 2; c[1] -= p[3] / 2; }
                c[2] = format == METRICS_BOX_XYXY ? p[2] : c[0] + p[2];
                c[3] = format == METRICS_BOX_XYXY ? p[3] : c[1] + p[3];
            }
            check(metrics_box_iou_f64(a, NA, b, NB, format, kind, NULL, out) == 0, "matrix", 0, 0);
            for (bad = 0, i = 0; i < NA; i++)
                for (j = 0; j < NB; j++) bad += !near(out[i * NB + j], measure(corner_a + 4 * i, corner_b + 4 * j, kind), 1e-14);
            check(bad == 0, "box matrix entries that differ", bad, kind);
        }
}

/* ---- suppression ---------------------------------------------------------------------- */

static void test_nms(void)
{
    enum { N = 150 };
    static double box[4 * N], score[N];
    static int32_t label[N];
    static size_t keep[N], expect[N];
    static int order[N], gone[N];
    size_t count, wanted, room = metrics_nms_scratch_f64(N), k;
    void *scratch = malloc(room);
    int round, i, j;
    state = 9;
    for (round = 0; round < 40; round++) {
        const double threshold = (round % 5) / 4.0;
        const int labelled = round % 2;
        for (i = 0; i < N; i++) {
            random_box(box + 4 * i, 30);
            score[i] = next(20) / 20.0;
            label[i] = next(3) - 1;
            order[i] = i;
            gone[i] = 0;
        }
        for (i = 1; i < N; i++) {   /* insertion: stable, falling */
            const int at = order[i];
            for (j = i; j > 0 && score[order[j - 1]] < score[at]; j--) order[j] = order[j - 1];
            order[j] = at;
        }
        for (wanted = 0, i = 0; i < N; i++) {
            if (gone[order[i]]) continue;
            expect[wanted++] = (size_t)order[i];
            for (j = i + 1; j < N; j++) {
                double iou;
                metrics_box_iou_f64(box + 4 * order[i], 1, box + 4 * order[j], 1, METRICS_BOX_XYWH, METRICS_IOU, NULL, &iou);
                if ((!labelled || label[order[i]] == label[order[j]]) && iou > threshold) gone[order[j]] = 1;
            }
        }
        check(metrics_nms_f64(box, score, labelled ? label : NULL, N, METRICS_BOX_XYWH, threshold, scratch, room, keep, &count) == 0, "nms", 0, 0);
        check(count == wanted, "boxes kept", (double)count, (double)wanted);
        for (k = 0; k < count && k < wanted; k++) if (keep[k] != expect[k]) break;
        check(k == wanted, "first box that differs", (double)k, (double)wanted);
    }
    free(scratch);
}

static void test_soft_nms(void)
{
    static const double box[3][4] = {{0, 0, 10, 10}, {0, 0, 10, 5}, {50, 50, 10, 10}};
    static const double score[3] = {0.9, 0.8, 0.7};
    size_t keep[3], count, room = metrics_soft_nms_scratch_f64(3);
    double now[3];
    void *scratch = malloc(room);
    check(metrics_soft_nms_f64(box[0], score, 3, METRICS_BOX_XYWH, METRICS_SOFT_NMS_LINEAR, 0.3, 0.001, scratch, room, keep, now, &count) == 0, "soft", 0, 0);
    check(count == 3 && keep[0] == 0 && keep[1] == 2 && keep[2] == 1, "linear order", (double)keep[1], 2);
    check(near(now[2], 0.4, 1e-15), "linear score", now[2], 0.4);
    metrics_soft_nms_f64(box[0], score, 3, METRICS_BOX_XYWH, METRICS_SOFT_NMS_GAUSSIAN, 0.5, 0.001, scratch, room, keep, now, &count);
    check(near(now[2], 0.8 * exp(-0.5), 1e-15), "Gaussian score", now[2], 0.8 * exp(-0.5));
    metrics_soft_nms_f64(box[0], score, 3, METRICS_BOX_XYWH, METRICS_SOFT_NMS_LINEAR, 0.3, 0.5, scratch, room, keep, now, &count);
    check(count == 2, "lowered below the threshold", (double)count, 2);
    check(metrics_soft_nms_f64(box[0], score, 3, METRICS_BOX_XYWH, 2, 0.3, 0.5, scratch, room, keep, now, &count) == METRICS_ERROR_OPTION, "method", 0, 0);
    check(metrics_soft_nms_f64(box[0], score, 3, METRICS_BOX_XYWH, 1, 0, 0.5, scratch, room, keep, now, &count) == METRICS_ERROR_PARAMETER, "sigma 0", 0, 0);
    free(scratch);
}

int main(void)
{
    test_coco_golden();
    test_coco_forms();
    test_coco_by_hand();
    test_boxes();
    test_box_matrix();
    test_nms();
    test_soft_nms();
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
