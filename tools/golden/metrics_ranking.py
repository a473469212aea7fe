"""Golden values of ranking scores: scikit-learn's ndcg_score and dcg_score, and the
other scores written out from their definitions."""
import sys
sys.dont_write_bytecode = True
import numpy as np
import sklearn.metrics as sk
from metrics_common import array, write

rng = np.random.RandomState(5)
sizes, ks, scores, rel, expect = [], [], [], [], []
for case in range(40):
    n = [2, 3, 5, 12, 30][case % 5]
    k = [0, 1, 3, 10, 50][case // 5 % 5]
    s = rng.randint(0, 4, n).astype(float) if case % 2 else rng.randn(n).astype(np.float32).astype(float)
    r = rng.randint(0, 4, n).astype(float)
    r[rng.rand(n) < 0.4] = 0
    r[rng.randint(n)] = 2
    kk = k or n
    row = []
    for gain in (r, 2 ** r - 1):
        row += [sk.dcg_score([gain], [s], k=kk), sk.ndcg_score([gain], [s], k=kk), sk.ndcg_score([gain], [s], k=kk, ignore_ties=False)]
    order = sorted(range(n), key=lambda i: (-s[i], i))
    hits = [1 if r[i] > 0 else 0 for i in order]
    total, found = sum(hits), sum(hits[:kk])
    ap = sum(sum(hits[:i + 1]) / (i + 1) for i in range(min(kk, n)) if hits[i])
    first = [i for i in range(min(kk, n)) if hits[i]]
    row += [ap / total, ap / min(total, kk), ap / found if found else 0, 1 / (first[0] + 1) if first else 0,
            found / kk, found / min(kk, n), found / total, float(found > 0), sum(hits[:total]) / total, total]
    sizes.append(n)
    ks.append(k)
    scores += list(s)
    rel += list(r)
    expect += row
write("ranking", """scikit-learn %s. Per case: dcg, ndcg, ndcg
   with linear gain, the same with 2^r - 1, average precision over R, min(R, k), found, reciprocal
   rank, precision over k, over min(k, n), recall, hit, R-precision, R.""" % __import__("sklearn").__version__, [
    "enum { golden_cases = %d, golden_columns = 16 };\n" % len(sizes), array("golden_sizes", sizes, "int"), array("golden_k", ks, "int"),
    array("golden_score", scores), array("golden_relevance", rel), array("golden_expect", expect)])
