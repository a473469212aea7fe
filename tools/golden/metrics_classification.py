"""Golden values of the classification metrics, from scikit-learn 1.2 and NumPy.

usage: python3 tools/golden/metrics_classification.py tests/golden

Writes metrics_confusion.inc, metrics_probability.inc, metrics_curves.inc. All
inputs are multiples of small powers of two, so float and double hold them alike.
"""
import sys
import warnings
import numpy as np
from sklearn import metrics as sk

warnings.filterwarnings("ignore")
rng = np.random.RandomState(20)


def number(x):
    x = float(x)
    return "GOLDEN_NAN" if np.isnan(x) else "GOLDEN_INF" if np.isinf(x) else repr(x)


def array(name, kind, values):
    values = [number(v) if kind in ("float", "double") else str(int(v)) for v in values]
    lines, line = [], ""
    for v in values or ["0"]:
        if len(line) + len(v) > 100:
            lines.append(line)
            line = ""
        line += v + ", "
    return "static const %s %s[] = {\n    %s\n};\n" % (kind, name, "\n    ".join(lines + [line.rstrip(", ")]))


def weights(n, plain):
    return np.ones(n) if plain else rng.choice([0.5, 1, 1.5, 2, 3.25], n)


def header(f, what):
    f.write("/* %s Made by tools/golden/metrics_classification.py\n   with scikit-learn %s and NumPy %s. */\n\n"
            % (what, __import__("sklearn").__version__, np.__version__))


AVERAGES = ("micro", "macro", "weighted")


def one_vs_rest_rates(matrix, average, rate):
    """specificity, npv from the matrix, macro over the classes that occur."""
    total = matrix.sum()
    tp = np.diag(matrix)
    fp, fn = matrix.sum(0) - tp, matrix.sum(1) - tp
    tn = total - tp - fp - fn
    a, b = {"specificity": (tn, fp), "npv": (tn, fn), "fpr": (fp, tn), "fnr": (fn, tp)}[rate]
    if average == "micro":
        return a.sum() / (a.sum() + b.sum())
    present = tp + fp + fn > 0
    value = np.where(a + b > 0, a / np.where(a + b > 0, a + b, 1), 0)[present]
    return np.average(value, weights=None if average == "macro" else (tp + fn)[present])


def confusion_cases():
    yield 2, [0, 1, 1, 0, 1, 0, 0, 1, 1, 1], [0, 1, 0, 0, 1, 1, 0, 1, 1, 0]
    yield 3, [0, 1, 2, 2, 1, 0, 2, 1, 1, 0, 0, 2], [0, 2, 2, 2, 1, 0, 1, 1, 0, 0, 2, 2]
    yield 4, [0, 0, 1, 1, 3, 3, 3], [0, 2, 1, 1, 3, 0, 3]          # class 2 only predicted
    yield 5, [0, 0, 1, 1, 4, 4, 4], [0, 1, 1, 1, 4, 0, 4]          # 2 and 3 absent
    yield 3, [1, 1, 1, 1], [1, 1, 1, 1]                            # one class, all right
    yield 3, [1, 1, 1, 1], [0, 0, 2, 0]                            # one class, all wrong
    yield 3, [0, 1, 2, 1], [2, 2, 2, 2]                            # one prediction for all
    for n, c in ((30, 3), (60, 5), (200, 10), (500, 17), (40, 2)):
        labels = rng.randint(0, c, n)
        yield c, labels, np.where(rng.rand(n) < 0.5, labels, rng.randint(0, c, n))


def write_confusion(path):
    f = open(path, "w")
    header(f, "Confusion matrices and what follows from them.")
    table = []
    k = 0
    for classes, y, p in confusion_cases():
        for plain in (True, False):
            y, p = np.array(y), np.array(p)
            w = weights(len(y), plain)
            every = list(range(classes))
            matrix = sk.confusion_matrix(y, p, labels=every, sample_weight=w).astype(float)
            numbers = [sk.accuracy_score(y, p, sample_weight=w), sk.balanced_accuracy_score(y, p, sample_weight=w)]
            present = len(np.unique(y))
            numbers.append(sk.balanced_accuracy_score(y, p, sample_weight=w, adjusted=True) if present > 1 else np.nan)
            numbers.append(sk.matthews_corrcoef(y, p, sample_weight=w))
            for weighting in (None, "linear", "quadratic"):
                numbers.append(sk.cohen_kappa_score(y, p, labels=every, weights=weighting, sample_weight=w))
            rates = []
            for zero in (0, 1):
                for average in AVERAGES:
                    common = dict(average=average, sample_weight=w, zero_division=zero)
                    rates += [sk.precision_score(y, p, **common), sk.recall_score(y, p, **common)]
                    rates += [sk.fbeta_score(y, p, beta=b, **common) for b in (0.5, 1, 2)]
                    rates.append(sk.jaccard_score(y, p, **common))
            others = [one_vs_rest_rates(matrix, a, r) for a in AVERAGES for r in ("specificity", "npv", "fpr", "fnr")]
            each = []
            common = dict(average=None, labels=every, sample_weight=w, zero_division=1)
            each += list(sk.precision_score(y, p, **common)) + list(sk.recall_score(y, p, **common))
            each += list(sk.f1_score(y, p, **common)) + list(sk.jaccard_score(y, p, **common))
            ovr = sk.multilabel_confusion_matrix(y, p, labels=every, sample_weight=w).astype(float)
            norm = [sk.confusion_matrix(y, p, labels=every, sample_weight=w, normalize=m) for m in ("true", "pred", "all")]
            f.write(array("c%d_y" % k, "int32_t", y) + array("c%d_p" % k, "int32_t", p) + array("c%d_w" % k, "float", w))
            f.write(array("c%d_m" % k, "double", matrix.ravel()) + array("c%d_numbers" % k, "double", numbers))
            f.write(array("c%d_rates" % k, "double", rates) + array("c%d_others" % k, "double", others))
            f.write(array("c%d_each" % k, "double", each) + array("c%d_ovr" % k, "double", ovr.ravel()))
            f.write(array("c%d_norm" % k, "double", np.concatenate([m.ravel() for m in norm])))
            table.append("    { %d, %d, %d, c%d_y, c%d_p, c%d_w, c%d_m, c%d_numbers, c%d_rates, c%d_others, c%d_each, c%d_ovr, c%d_norm },"
                         % ((classes, len(y), plain) + (k,) * 10))
            k += 1
    f.write("\n/* numbers: accuracy, balanced accuracy, adjusted, Matthews, kappa nominal, linear, quadratic.\n"
            "   rates: for zero_division 0, 1, for micro, macro, weighted: precision, recall, F0.5, F1, F2, Jaccard.\n"
            "   others: for micro, macro, weighted: specificity, NPV, FPR, FNR with zero_division 0.\n"
            "   each: precision, recall, F1, Jaccard of every class with zero_division 1. */\n")
    f.write("typedef struct {\n    int classes, n, plain;\n    const int32_t *labels, *pred;\n    const float *weight;\n"
            "    const double *matrix, *numbers, *rates, *others, *each, *one_vs_rest, *normalized;\n} confusion_case;\n")
    f.write("static const confusion_case confusion_cases[] = {\n%s\n};\n\n" % "\n".join(table))
    table = []
    k = 0
    for n, labels in ((6, 3), (25, 5), (80, 4), (5, 2)):
        for plain in (True, False):
            y = (rng.rand(n, labels) < 0.4).astype(int)
            s = rng.randint(0, 9, (n, labels)) / 8
            if k % 4 == 0:
                y[:, 0] = 0
                s[:2] = 0
                y[0] = 0
            p = (s > 0.5).astype(int)
            w = weights(n, plain)
            numbers = []
            for zero in (0, 1):
                for average in AVERAGES + ("samples",):
                    common = dict(average=average, sample_weight=w, zero_division=zero)
                    numbers += [sk.precision_score(y, p, **common), sk.recall_score(y, p, **common),
                                sk.f1_score(y, p, **common), sk.jaccard_score(y, p, **common)]
            numbers += [sk.accuracy_score(y, p, sample_weight=w), sk.hamming_loss(y, p, sample_weight=w)]
            matrices = sk.multilabel_confusion_matrix(y, p, sample_weight=w).astype(float)
            f.write(array("l%d_y" % k, "uint8_t", y.ravel()) + array("l%d_s" % k, "float", s.ravel()) + array("l%d_w" % k, "float", w))
            f.write(array("l%d_m" % k, "double", matrices.ravel()) + array("l%d_numbers" % k, "double", numbers))
            table.append("    { %d, %d, %d, l%d_y, l%d_s, l%d_w, l%d_m, l%d_numbers }," % ((labels, n, plain) + (k,) * 5))
            k += 1
    f.write("\n/* Threshold 0.5, above. numbers: for zero_division 0, 1, for micro, macro, weighted, samples: precision, recall,\n"
            "   F1, Jaccard; then exact match and Hamming loss. */\n")
    f.write("typedef struct {\n    int label_count, n, plain;\n    const uint8_t *labels;\n    const float *scores, *weight;\n"
            "    const double *matrices, *numbers;\n} multilabel_case;\n")
    f.write("static const multilabel_case multilabel_cases[] = {\n%s\n};\n" % "\n".join(table))
    f.close()


def gaps_error(w, conf, correct, norm):
    keep = w > 0
    w, conf, correct = w[keep], conf[keep], correct[keep]
    gap = np.abs(correct / w - conf / w)
    share = w / w.sum()
    if norm == 0:
        return (share * gap).sum()
    if norm == 1:
        return np.sqrt((share * gap ** 2).sum())
    if norm == 2:
        return gap.max()
    a = correct / w
    bias = np.where(w > 1, a * (1 - a) / np.where(w > 1, w - 1, 1), 0)
    return np.sqrt(max(0, (share * (gap ** 2 - bias)).sum()))


def width_bins(p, y, w, bins):
    b = np.clip(np.ceil(p * bins).astype(int) - 1, 0, bins - 1)
    return [np.bincount(b, v, bins) for v in (w, w * p, w * y)]


def mass_bins(p, y, bins):
    """The usual equal split of sorted samples: no ties, bins divide n."""
    order = np.argsort(p, kind="stable")
    parts = np.array_split(order, bins)
    return [np.array([v[i].sum() for i in parts]) for v in (np.ones(len(p)), p, y.astype(float))]


def write_probability(path):
    f = open(path, "w")
    header(f, "Log loss, Brier score, top-k accuracy, calibration errors.")
    table = []
    k = 0
    for n, edge in ((1, 0), (8, 1), (40, 0), (160, 1), (400, 0)):
        for plain in (True, False):
            y = (rng.rand(n) < 0.5).astype(int)
            p = rng.randint(0 if edge else 1, 1025 if edge else 1024, n) / 1024
            w = weights(n, plain)
            numbers = [sk.log_loss(y, p, eps=eps, sample_weight=w, labels=[0, 1]) for eps in (1e-7, 1e-15, 0.01)]
            z = (rng.randint(-400, 400, n)) / 16
            zz = np.where(y == 1, -z, z)
            numbers.append(np.average(np.maximum(zz, 0) + np.log1p(np.exp(-np.abs(zz))), weights=w))
            numbers.append(np.average((p - y) ** 2, weights=w))
            for bins in (10, 16):
                sums = width_bins(p, y, w, bins)
                numbers += [gaps_error(*sums, norm) for norm in range(4)]
            q = (rng.permutation(4 * n)[:n] * 2 + 1) / 4096 if 8 * n < 4096 else p
            for norm in range(4):
                numbers.append(gaps_error(*mass_bins(q, y, 8), norm) if n % 8 == 0 else np.nan)
            order = np.argsort(p, kind="stable")
            total = np.cumsum((w * (y - p))[order])
            last = np.r_[p[order][1:] != p[order][:-1], True]
            numbers.append(np.abs(total[last]).max() / w.sum())
            f.write(array("b%d_y" % k, "uint8_t", y) + array("b%d_p" % k, "float", p) + array("b%d_z" % k, "float", z))
            f.write(array("b%d_q" % k, "float", q) + array("b%d_w" % k, "float", w) + array("b%d_numbers" % k, "double", numbers))
            table.append("    { %d, %d, b%d_y, b%d_p, b%d_z, b%d_q, b%d_w, b%d_numbers }," % ((n, plain) + (k,) * 6))
            k += 1
    f.write("\n/* numbers: log loss with eps 1e-7, 1e-15, 0.01, log loss of the logits, Brier score; calibration errors L1, L2,\n"
            "   max, debiased L2 with 10 and with 16 bins of equal width (right edges), with 8 of equal mass of the distinct q\n"
            "   without weights (NaN where 8 does not divide n); KS calibration error. */\n")
    f.write("typedef struct {\n    int n, plain;\n    const uint8_t *labels;\n    const float *prob, *logits, *distinct, *weight;\n"
            "    const double *numbers;\n} binary_case;\nstatic const binary_case binary_cases[] = {\n%s\n};\n\n" % "\n".join(table))
    table = []
    k = 0
    for n, classes in ((3, 3), (20, 4), (50, 10), (64, 33)):
        for plain in (True, False):
            y = rng.randint(0, classes, n)
            p = rng.randint(0, 257, (n, classes)) / 256
            p[np.arange(n), 0] += 1 / 256
            z = rng.randint(-200, 200, (n, classes)) / 16
            w = weights(n, plain)
            every = list(range(classes))
            numbers = [sk.log_loss(y, p, eps=eps, sample_weight=w, labels=every) for eps in (1e-7, 0.01)]
            top = z.max(1)
            numbers.append(np.average(np.log(np.exp(z - top[:, None]).sum(1)) + top - z[np.arange(n), y], weights=w))
            numbers.append(np.average(((p - np.eye(classes)[y]) ** 2).sum(1), weights=w))
            s = rng.randint(0, 6, (n, classes)) / 4
            numbers += [sk.top_k_accuracy_score(y, s, k=i, labels=every, sample_weight=w) for i in (1, 2, 3)]
            f.write(array("m%d_y" % k, "int32_t", y) + array("m%d_p" % k, "float", p.ravel()) + array("m%d_z" % k, "float", z.ravel()))
            f.write(array("m%d_s" % k, "float", s.ravel()) + array("m%d_w" % k, "float", w) + array("m%d_numbers" % k, "double", numbers))
            table.append("    { %d, %d, %d, m%d_y, m%d_p, m%d_z, m%d_s, m%d_w, m%d_numbers }," % ((n, classes, plain) + (k,) * 6))
            k += 1
    f.write("\n/* numbers: log loss with eps 1e-7, 0.01, of the logits, Brier score, top 1, 2, 3 accuracy of the scores\n"
            "   (with ties; the last of equals first). */\n")
    f.write("typedef struct {\n    int n, classes, plain;\n    const int32_t *labels;\n    const float *prob, *logits, *scores, *weight;\n"
            "    const double *numbers;\n} class_case;\nstatic const class_case class_cases[] = {\n%s\n};\n" % "\n".join(table))
    f.close()


def write_curves(path):
    f = open(path, "w")
    header(f, "ROC and precision-recall curves and areas.")
    table = []
    k = 0
    for n, levels in ((2, 64), (4, 4), (10, 1), (10, 4), (30, 8), (33, 4096), (100, 16), (300, 8192), (300, 64), (60, 2)):
        for plain in (True, False):
            y = (rng.rand(n) < 0.4).astype(int)
            y[0], y[-1] = 1, 0
            s = (rng.randint(0, levels, n) + (levels // 4) * y) / 64 - 1
            w = weights(n, plain)
            if not plain and n > 10:
                w[2:n - 1:7] = 0
            numbers = [sk.roc_auc_score(y, s, sample_weight=w)]
            numbers += [sk.roc_auc_score(y, s, sample_weight=w, max_fpr=m) for m in (0.1, 0.5, 0.9)]
            numbers.append(sk.average_precision_score(y, s, sample_weight=w))
            for name, curve in (("a", sk.roc_curve(y, s, sample_weight=w, drop_intermediate=False)),
                                ("d", sk.roc_curve(y, s, sample_weight=w, drop_intermediate=True)),
                                ("p", sk.precision_recall_curve(y, s, sample_weight=w))):
                numbers.append(len(curve[2]))
                for i in range(3):
                    f.write(array("r%d_%s%d" % (k, name, i), "double", curve[i]))
            f.write(array("r%d_y" % k, "uint8_t", y) + array("r%d_s" % k, "float", s) + array("r%d_w" % k, "float", w))
            f.write(array("r%d_numbers" % k, "double", numbers))
            curves = ", ".join("r%d_%s%d" % (k, c, i) for c in "adp" for i in range(3))
            table.append("    { %d, %d, r%d_y, r%d_s, r%d_w, r%d_numbers, { %s } }," % (n, plain, k, k, k, k, curves))
            k += 1
    f.write("\n/* numbers: area under the ROC curve, partial up to 0.1, 0.5, 0.9, average precision, then how many thresholds the\n"
            "   curves have: ROC (fpr, tpr, thresholds, the first of them the largest score + 1), ROC without intermediate\n"
            "   points, precision-recall. */\n")
    f.write("typedef struct {\n    int n, plain;\n    const uint8_t *labels;\n    const float *scores, *weight;\n"
            "    const double *numbers, *curves[9];\n} curve_case;\nstatic const curve_case curve_cases[] = {\n%s\n};\n\n" % "\n".join(table))
    table = []
    k = 0
    for n, classes in ((12, 3), (60, 4), (150, 7)):
        for plain in (True, False):
            y = np.r_[np.arange(classes), rng.randint(0, classes, n - classes)]
            s = rng.randint(1, 40, (n, classes)).astype(float)
            s[np.arange(n), y] += 12
            p = s / s.sum(1, keepdims=True)
            p = np.round(p * 4096)
            p[:, 0] += 4096 - p.sum(1)
            p /= 4096
            w = weights(n, plain)
            bits = np.eye(classes, dtype=int)[y]
            numbers = list(sk.roc_auc_score(bits, p, average=None, sample_weight=w))
            numbers += [sk.roc_auc_score(y, p, multi_class="ovr", average=a, sample_weight=w) for a in ("micro", "macro", "weighted")]
            numbers += [sk.roc_auc_score(y, p, multi_class="ovo", average=a) for a in ("macro", "weighted")]
            t = (rng.rand(n, classes) < 0.3).astype(int)
            t[0], t[1] = 0, 1
            for a in ("micro", "macro", "weighted"):
                numbers.append(sk.roc_auc_score(t, p, average=a, sample_weight=w))
                numbers.append(sk.average_precision_score(t, p, average=a, sample_weight=w))
            f.write(array("k%d_y" % k, "int32_t", y) + array("k%d_t" % k, "uint8_t", t.ravel()) + array("k%d_p" % k, "float", p.ravel()))
            f.write(array("k%d_w" % k, "float", w) + array("k%d_numbers" % k, "double", numbers))
            table.append("    { %d, %d, %d, k%d_y, k%d_t, k%d_p, k%d_w, k%d_numbers }," % ((n, classes, plain) + (k,) * 5))
            k += 1
    f.write("\n/* numbers: one against the rest for every class, micro, macro, weighted; one against one macro, weighted (without\n"
            "   weights); of the bits: area and average precision micro, macro, weighted. */\n")
    f.write("typedef struct {\n    int n, classes, plain;\n    const int32_t *labels;\n    const uint8_t *bits;\n    const float *prob, *weight;\n"
            "    const double *numbers;\n} multi_case;\nstatic const multi_case multi_cases[] = {\n%s\n};\n" % "\n".join(table))
    f.close()


where = sys.argv[1]
write_confusion(where + "/metrics_confusion.inc")
write_probability(where + "/metrics_probability.inc")
write_curves(where + "/metrics_curves.inc")
