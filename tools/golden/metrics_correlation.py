"""Golden values of rank correlations from SciPy."""
import sys
sys.dont_write_bytecode = True
import numpy as np
import scipy.stats as st
from metrics_common import array, write

rng = np.random.RandomState(3)
parts, spearman, tau_b, tau_c, sizes = [], [], [], [], []
xs, ys = [], []
for n, levels in [(2, 0), (3, 0), (5, 2), (9, 3), (20, 0), (40, 6), (100, 4), (257, 0), (500, 20)]:
    x = rng.randn(n) if levels == 0 else rng.randint(0, levels, n).astype(float)
    y = x * 0.5 + rng.randn(n) if levels == 0 else (x + rng.randint(0, levels, n)) // 2
    x, y = x.astype(np.float32).astype(float), np.asarray(y).astype(np.float32).astype(float)
    xs += list(x)
    ys += list(y)
    sizes.append(n)
    spearman.append(st.spearmanr(x, y)[0])
    tau_b.append(st.kendalltau(x, y)[0])
    tau_c.append(st.kendalltau(x, y, variant="c")[0])
write("correlation", "SciPy %s spearmanr, kendalltau." % __import__("scipy").__version__, [
    "enum { golden_cases = %d };\n" % len(sizes), array("golden_sizes", sizes, "int"), array("golden_x", xs), array("golden_y", ys),
    array("golden_spearman", spearman), array("golden_tau_b", tau_b), array("golden_tau_c", tau_c)])
