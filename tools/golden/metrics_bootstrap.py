"""Golden values of bootstrap intervals: NumPy percentiles and SciPy's BCa levels."""
import sys
sys.dont_write_bytecode = True
import numpy as np
import scipy.stats as st
from metrics_common import array, write

rng = np.random.RandomState(13)
data = np.round(rng.gamma(2, 1, 25), 6)
values = np.array([np.mean(rng.choice(data, 25)) for _ in range(301)])
values = np.round(values, 6)
estimate = float(np.mean(data))
jackknife = np.array([np.mean(np.delete(data, i)) for i in range(25)])
expect = []
for confidence in (0.9, 0.95):
    a = (1 - confidence) / 2
    low, high = np.percentile(values, [100 * a, 100 * (1 - a)])
    expect += [low, high, 2 * estimate - high, 2 * estimate - low]
    a1, a2 = st._resampling._bca_interval((data,), np.mean, -1, a, values, None)[:2]
    expect += [np.percentile(values, 100 * a1), np.percentile(values, 100 * a2)]
    z = st.norm.ppf((np.sum(values < estimate) + 0.5 * np.sum(values == estimate)) / 301)
    for p in (a, 1 - a):
        expect.append(np.percentile(values, 100 * st.norm.cdf(2 * z + st.norm.ppf(p))))
write("bootstrap", "NumPy and SciPy %s. Per confidence 0.9, 0.95: percentile, basic, BCa, BCa without jackknife values." % __import__("scipy").__version__, [
    "enum { golden_count = %d, golden_jackknife_count = %d };\n" % (len(values), len(jackknife)), array("golden_values", values),
    array("golden_jackknife", jackknife), "static const double golden_estimate = %r, golden_error = %r;\n" % (estimate, float(np.std(values, ddof=1))),
    array("golden_expect", expect)])
