"""Golden values of metrics_overlap: tests/golden/metrics_segmentation.inc.

usage: python3 tools/golden/metrics_segmentation.py > tests/golden/metrics_segmentation.inc

IoU and Dice of each class by scikit-learn (jaccard_score, f1_score) of label maps
that tests/test_metrics_segmentation.c makes by the same formula; four images, all
pixels together and image by image. -1 stands for a class that neither map has.
Needs numpy and scikit-learn.
"""
import numpy as np
from sklearn.metrics import f1_score, jaccard_score

CLASSES, IGNORED, N = 6, 255, 30 * 41


def maps(image):
    k = np.arange(N)
    i, j = k // 41, k % 41
    target = (i // 7 + j // (5 + image) + image) % (3 + image % 2)
    pred = ((i + 1) // 7 + (j + k % 3) // (5 + image) + image) % (3 + image % 3)
    target[(i * 3 + j) % 11 == 0] = IGNORED
    return pred, target


def values(score, pred, target):
    keep = target != IGNORED
    pred, target = pred[keep], target[keep]
    result = score(target, pred, labels=list(range(CLASSES)), average=None, zero_division=0)
    absent = [not (np.any(pred == c) or np.any(target == c)) for c in range(CLASSES)]
    return [-1 if a else v for a, v in zip(absent, result)]


def show(name, rows):
    print("static const double %s[%d][%d] = {" % (name, len(rows), CLASSES))
    for row in rows:
        print("    {%s}," % ", ".join("%.17g" % v for v in row))
    print("};")


print("/* Made by tools/golden/metrics_segmentation.py with scikit-learn: images 0 .. 3, then all together. */")
pairs = [maps(image) for image in range(4)]
pairs.append((np.concatenate([p for p, _ in pairs]), np.concatenate([t for _, t in pairs])))
show("golden_iou", [values(jaccard_score, p, t) for p, t in pairs])
show("golden_dice", [values(f1_score, p, t) for p, t in pairs])
