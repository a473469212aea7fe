"""Golden values of the regression scores from scikit-learn, SciPy and NumPy."""
import sys
sys.dont_write_bytecode = True
import numpy as np
import scipy.stats
import sklearn.metrics as sk
from metrics_common import array, write

rng = np.random.RandomState(7)
n, outputs = 37, 3
target = (rng.randn(n, outputs) * [1, 3, 0.2] + [0, 5, -1]).astype(np.float32).astype(float)
pred = (target + rng.randn(n, outputs) * [0.5, 2, 0.3]).astype(np.float32).astype(float)
weight = rng.randint(0, 4, n).astype(float) * 0.5


def scores(p, t, w):
    out = [sk.mean_squared_error(t, p, sample_weight=w),
           sk.mean_squared_error(t, p, sample_weight=w, squared=False),
           sk.mean_absolute_error(t, p, sample_weight=w),
           np.average(p - t, weights=w),
           np.max(np.abs(p - t)[w > 0]),
           sk.mean_absolute_percentage_error(t, p, sample_weight=w),
           np.sum(w * np.abs(p - t)) / np.sum(w * np.abs(t)),
           sk.r2_score(t, p, sample_weight=w),
           sk.explained_variance_score(t, p, sample_weight=w)]
    c = np.cov(np.stack([p, t]), aweights=w, ddof=0)
    out.append(c[0, 1] / np.sqrt(c[0, 0] * c[1, 1]))
    out.append(2 * c[0, 1] / (c[0, 0] + c[1, 1] + np.average(p - t, weights=w) ** 2))
    return out


one = np.ones(n)
raw = np.array([scores(pred[:, j], target[:, j], one) for j in range(outputs)])
raww = np.array([scores(pred[:, j], target[:, j], weight) for j in range(outputs)])
assert abs(scipy.stats.pearsonr(pred[:, 0], target[:, 0])[0] - raw[0, 9]) < 1e-14
uniform = [sk.r2_score(target, pred, sample_weight=weight), sk.explained_variance_score(target, pred, sample_weight=weight),
           sk.mean_squared_error(target, pred, sample_weight=weight), sk.mean_squared_error(target, pred, sample_weight=weight, squared=False)]
variance = [sk.r2_score(target, pred, sample_weight=weight, multioutput="variance_weighted"),
            sk.explained_variance_score(target, pred, sample_weight=weight, multioutput="variance_weighted")]
write("regression", "scikit-learn %s. Scores in the order of metrics_regression_scores." % __import__("sklearn").__version__, [
    "enum { golden_n = %d, golden_outputs = %d };\n" % (n, outputs),
    array("golden_pred", pred.ravel()), array("golden_target", target.ravel()), array("golden_weight", weight),
    array("golden_scores", raw.ravel()), array("golden_weighted", raww.ravel()),
    array("golden_uniform", uniform), array("golden_variance", variance)])
