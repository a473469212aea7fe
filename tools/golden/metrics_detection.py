"""Golden values of metrics_coco: tests/golden/metrics_detection.inc.

usage: python3 tools/golden/metrics_detection.py > tests/golden/metrics_detection.inc

COCO evaluation written out straightforwardly from its rules, matrix by matrix
(one match table per image, class, area range and threshold; one precision curve
per class, area, threshold and limit), on scenes made by the generator that
tests/test_metrics_detection.c repeats. Needs numpy.
"""
import numpy as np


class Generator:
    def __init__(self, seed):
        self.x = seed

    def __call__(self, m):
        self.x = (self.x * 1664525 + 1013904223) % 2**32
        return (self.x >> 16) % m


def scene(seed):
    """Boxes as (x, y, w, h) in quarters, so that floats hold them."""
    g = Generator(seed)
    classes = 1 + g(3)
    images = 1 + g(5)
    many = 2 + g(20)
    size = (12, 60, 160, 400)[g(4)]
    gts, dets = [], []
    for _ in range(g(many + 1)):
        box = [g(400) / 4, g(400) / 4, (1 + g(size * 4)) / 4, (1 + g(size * 4)) / 4]
        crowd = int(g(6) == 0)
        scale = (4 + g(5)) / 8
        gts.append(dict(box=box, crowd=crowd, area=box[2] * box[3] * scale, image=g(images) - 2, label=g(classes)))
    limit = many * (1 + (g(8) == 0) * 12)
    for _ in range(g(limit + 1)):
        if gts and g(4):
            t = gts[g(len(gts))]
            move = (1, 2, 5, 9)[g(4)]
            box = [t['box'][0] + (g(2 * move + 1) - move) / 4, t['box'][1] + (g(2 * move + 1) - move) / 4,
                   max(0.25, t['box'][2] + (g(4 * move + 1) - 2 * move) / 4),
                   max(0.25, t['box'][3] + (g(4 * move + 1) - 2 * move) / 4)]
            image, label = t['image'], t['label']
            if g(10) == 0:
                label = g(classes)
        else:
            box = [g(400) / 4, g(400) / 4, (1 + g(size * 4)) / 4, (1 + g(size * 4)) / 4]
            image, label = g(images) - 2, g(classes)
        dets.append(dict(box=box, score=g(32) / 32, image=image, label=label))
    return classes, gts, dets


def iou(d, g, crowd):
    w = min(d[0] + d[2], g[0] + g[2]) - max(d[0], g[0])
    h = min(d[1] + d[3], g[1] + g[3]) - max(d[1], g[1])
    if w <= 0 or h <= 0:
        return 0.0
    both = w * h
    return both / (d[2] * d[3] if crowd else d[2] * d[3] + g[2] * g[3] - both)


THRESHOLDS = np.linspace(.5, .95, 10)
RECALLS = np.linspace(0, 1, 101)
RANGES = [(0, 1e5 ** 2), (0, 32 ** 2), (32 ** 2, 96 ** 2), (96 ** 2, 1e5 ** 2)]
LIMITS = [1, 10, 100]


def evaluate_image(gt, dt, area, limit):
    ignore = [bool(g['crowd'] or g['area'] < area[0] or g['area'] > area[1]) for g in gt]
    by_ignore = sorted(range(len(gt)), key=lambda k: ignore[k])
    gt = [gt[k] for k in by_ignore]
    gt_ignore = np.array([ignore[k] for k in by_ignore], bool)
    by_score = np.argsort([-d['score'] for d in dt], kind='mergesort')[:limit]
    dt = [dt[k] for k in by_score]
    gt_match = np.full((len(THRESHOLDS), len(gt)), -1)
    dt_match = np.full((len(THRESHOLDS), len(dt)), -1)
    dt_ignore = np.zeros((len(THRESHOLDS), len(dt)), bool)
    overlap = np.array([[iou(d['box'], g['box'], g['crowd']) for g in gt] for d in dt])
    for t, threshold in enumerate(THRESHOLDS):
        for di in range(len(dt)):
            best, m = min(threshold, 1 - 1e-10), -1
            for gi in range(len(gt)):
                if gt_match[t, gi] >= 0 and not gt[gi]['crowd']:
                    continue
                if m > -1 and not gt_ignore[m] and gt_ignore[gi]:
                    break
                if overlap[di, gi] < best:
                    continue
                best, m = overlap[di, gi], gi
            if m == -1:
                continue
            dt_ignore[t, di] = gt_ignore[m]
            dt_match[t, di] = m
            gt_match[t, m] = di
    outside = np.array([d['box'][2] * d['box'][3] < area[0] or d['box'][2] * d['box'][3] > area[1] for d in dt], bool)
    dt_ignore |= (dt_match < 0) & outside[None, :]
    return [d['score'] for d in dt], dt_match >= 0, dt_ignore, gt_ignore


def evaluate(classes, gts, dets):
    precision = -np.ones((10, 101, classes, 4, 3))
    recall = -np.ones((10, classes, 4, 3))
    images = sorted({b['image'] for b in gts + dets})
    for k in range(classes):
        for a, area in enumerate(RANGES):
            results = []
            for image in images:
                gt = [g for g in gts if g['image'] == image and g['label'] == k]
                dt = [d for d in dets if d['image'] == image and d['label'] == k]
                if gt or dt:
                    results.append(evaluate_image(gt, dt, area, LIMITS[-1]))
            for m, limit in enumerate(LIMITS):
                if not results:
                    continue
                scores = np.concatenate([r[0][:limit] for r in results])
                order = np.argsort(-scores, kind='mergesort')
                match = np.concatenate([r[1][:, :limit] for r in results], axis=1)[:, order]
                ignore = np.concatenate([r[2][:, :limit] for r in results], axis=1)[:, order]
                positives = np.count_nonzero(~np.concatenate([r[3] for r in results]))
                if positives == 0:
                    continue
                for t in range(10):
                    tp = np.cumsum(match[t] & ~ignore[t]).astype(float)
                    fp = np.cumsum(~match[t] & ~ignore[t]).astype(float)
                    rc = tp / positives
                    pr = tp / (fp + tp + np.spacing(1))
                    recall[t, k, a, m] = rc[-1] if len(rc) else 0
                    for i in range(len(pr) - 1, 0, -1):
                        pr[i - 1] = max(pr[i - 1], pr[i])
                    q = np.zeros(101)
                    for r, at in enumerate(np.searchsorted(rc, RECALLS, side='left')):
                        if at < len(pr):
                            q[r] = pr[at]
                    precision[t, :, k, a, m] = q
    return precision, recall


def mean(x):
    x = x[x > -1]
    return x.mean() if x.size else -1.0


def summary(p, r):
    return [mean(p[:, :, :, 0, 2]), mean(p[0, :, :, 0, 2]), mean(p[5, :, :, 0, 2]),
            mean(p[:, :, :, 1, 2]), mean(p[:, :, :, 2, 2]), mean(p[:, :, :, 3, 2]),
            mean(r[:, :, 0, 0]), mean(r[:, :, 0, 1]), mean(r[:, :, 0, 2]),
            mean(r[:, :, 1, 2]), mean(r[:, :, 2, 2]), mean(r[:, :, 3, 2])]


print("/* Made by tools/golden/metrics_detection.py: the twelve COCO numbers of generated scenes. */")
print("static const struct { unsigned seed, gts, dets; double summary[12]; } coco_golden[] = {")
for n in range(160):
    seed = 1000 + 77 * n
    classes, gts, dets = scene(seed)
    numbers = summary(*evaluate(classes, gts, dets))
    print("    {%d, %d, %d, {%s}}," % (seed, len(gts), len(dets), ", ".join("%.15g" % v for v in numbers)))
print("};")
