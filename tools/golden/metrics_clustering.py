"""Golden values of clustering scores from scikit-learn."""
import sys
sys.dont_write_bytecode = True
import numpy as np
import sklearn.metrics as sk
from metrics_common import array, write

rng = np.random.RandomState(11)
sizes, a_all, b_all, expect = [], [], [], []
cases = [([], []), ([4], [9]), ([1, 1, 1], [2, 2, 2]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [7, 7, 7]), ([1, 2, 3], [3, 1, 2]),
         ([0, 0, 1, 1], [0, 1, 0, 1]), ([0, 0, 1, 1], [5, 5, -3, -3]), ([0, 0, 1, 2], [0, 0, 1, 1])]
for n, ka, kb in [(20, 3, 4), (100, 5, 2), (400, 10, 30), (60, 60, 7)]:
    a = rng.randint(0, ka, n)
    cases.append((a, np.where(rng.rand(n) < 0.5, a % kb, rng.randint(0, kb, n)) - 7))
for a, b in cases:
    beta = 2.5
    row = [sk.rand_score(a, b), sk.adjusted_rand_score(a, b), sk.fowlkes_mallows_score(a, b) if len(a) else 0]
    row += [sk.normalized_mutual_info_score(a, b, average_method=m) for m in ("arithmetic", "geometric", "min", "max")]
    row += list(sk.homogeneity_completeness_v_measure(a, b, beta=1)) + [sk.homogeneity_completeness_v_measure(a, b, beta=beta)[2]]
    row += [sk.mutual_info_score(a, b) if len(a) else 0]
    sizes.append(len(a))
    a_all += list(a)
    b_all += list(b)
    expect += row
n, d, k = 57, 3, 4
x = rng.randn(n, d).astype(np.float32).astype(float)
labels = rng.randint(0, k, n)
labels[labels == 2] = 1
labels[0] = 2
x[labels == 1] += 2
x = x.astype(np.float32).astype(float)
write("clustering", """scikit-learn %s. Per case: rand, adjusted rand,
   Fowlkes-Mallows, NMI (arithmetic, geometric, min, max), homogeneity, completeness, V (beta 1), V (beta 2.5), MI.""" % __import__("sklearn").__version__, [
    "enum { golden_cases = %d, golden_columns = 12, golden_n = %d, golden_d = %d, golden_k = %d };\n" % (len(sizes), n, d, k),
    array("golden_sizes", sizes, "int"), array("golden_a", a_all, "int32_t"), array("golden_b", b_all, "int32_t"), array("golden_expect", expect),
    array("golden_data", x.ravel()), array("golden_labels", labels, "int32_t"),
    array("golden_euclidean", sk.silhouette_samples(x, labels)), array("golden_squared", sk.silhouette_samples(x, labels, metric="sqeuclidean"))])
