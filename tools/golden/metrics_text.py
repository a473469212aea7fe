"""Golden values of the text metrics: plain implementations of the definitions, and the
example of the sacreBLEU documentation (its BLEU of 48.53 is asserted here)."""
import math
import random
import sys
from collections import Counter
sys.dont_write_bytecode = True
from metrics_common import array, write

random.seed(17)


def table(a, b):
    """(edits, substitutions), lexicographically least."""
    row = [(j, 0) for j in range(len(b) + 1)]
    for i in range(1, len(a) + 1):
        new = [(i, 0)]
        for j in range(1, len(b) + 1):
            same = a[i - 1] == b[j - 1]
            c = row[j - 1]
            new.append(min((c[0], c[1]) if same else (c[0] + 1, c[1] + 1), (row[j][0] + 1, row[j][1]), (new[-1][0] + 1, new[-1][1])))
        row = new
    return row[-1]


def lcs(a, b):
    row = [0] * (len(b) + 1)
    for x in a:
        last = 0
        for j, y in enumerate(b):
            last, row[j + 1] = row[j + 1], last + 1 if x == y else max(row[j + 1], row[j])
    return row[-1]


def grams(t, n):
    return Counter(tuple(t[i:i + n]) for i in range(len(t) - n + 1))


def bleu(pairs, smoothing, value, effective=False, order=4, weights=None):
    match, total, hyp, ref = [0] * 4, [0] * 4, 0, 0
    for h, refs in pairs:
        hyp += len(h)
        ref += min((abs(len(r) - len(h)), len(r)) for r in refs)[1]
        for n in range(1, 5):
            g = grams(h, n)
            total[n - 1] += sum(g.values())
            match[n - 1] += sum(min(c, max(grams(r, n)[k] for r in refs)) for k, c in g.items())
    bp = 1 if hyp >= ref else 0 if hyp == 0 else math.exp(1 - ref / hyp)
    p, share, eff = [0.0] * 4, 1.0, order
    if not any(match):
        return 0, bp, p
    for n in range(order):
        m, t = match[n], total[n]
        if smoothing == "add-k" and n > 0:
            m, t = m + value, t + value
        if t == 0:
            break
        if effective:
            eff = n + 1
        if m == 0 and smoothing == "exp":
            share *= 2
            p[n] = 1 / (share * t)
        elif m == 0 and smoothing == "floor":
            p[n] = value / t
        else:
            p[n] = m / t
    w = (weights or [1.0] * 4)[:eff]
    if any(x == 0 for x in p[:eff]):
        return 0, bp, p
    return bp * math.exp(sum(a * math.log(b) for a, b in zip(w, p)) / sum(w)), bp, p


names = {}


def ids(sentence):
    return [names.setdefault(w, len(names)) for w in sentence.split()]


published = list(zip(
    [ids("The dog bit the man ."), ids("It wasn't surprising ."), ids("The man had just bitten him .")],
    zip([ids("The dog bit the man ."), ids("It was not unexpected ."), ids("The man bit him first .")],
        [ids("The dog had bit the man ."), ids("No one was surprised ."), ids("The man had bitten the dog .")])))
assert abs(100 * bleu(published, "exp", 0)[0] - 48.530827) < 1e-6, bleu(published, "exp", 0)

lengths, a_all, b_all, expect = [], [], [], []
shapes = [(0, 0, 3), (0, 5, 3), (4, 0, 3), (1, 1, 1), (3, 3, 2), (10, 7, 3), (30, 40, 4), (63, 64, 3), (64, 65, 20), (65, 129, 3), (128, 100, 300),
          (200, 190, 5), (300, 20, 2), (130, 131, 60)]
for n, m, k in shapes:
    a = [random.randrange(k) - 1 for _ in range(n)]
    b = [random.randrange(k) - 1 for _ in range(m)]
    if n > 60 and m > 60:
        b = list(a)
        for _ in range(25):
            b.insert(random.randrange(len(b)), random.randrange(k))
            del b[random.randrange(len(b))]
            b[random.randrange(len(b))] = random.randrange(k)
        b = (b + b)[:m]
    m = len(b)
    e, s = table(a, b)
    lengths += [n, m]
    a_all += a
    b_all += b
    overlap = [sum((grams(a, o) & grams(b, o)).values()) for o in (1, 2, 3)]
    expect += [e, s, (e - s + m - n) // 2, (e - s + n - m) // 2, lcs(a, b)] + overlap

hyps, hyp_lengths, refs, ref_lengths = [], [], [], []
pairs = list(published)
for n in (1, 2, 3, 9, 20, 0):
    h = [random.randrange(6) for _ in range(n)]
    r = [[(random.randrange(6) if random.random() < 0.3 else t) for t in h[:max(0, n - d)]] + [3] * (2 * d) for d in (0, 2)]
    pairs.append((h, r))
for h, r in pairs:
    hyps += h
    hyp_lengths.append(len(h))
    for t in r:
        refs += list(t)
        ref_lengths.append(len(t))
settings = [("none", 0.0, 0, 4), ("floor", 0.1, 0, 4), ("add-k", 1.0, 0, 4), ("exp", 0.0, 0, 4), ("exp", 0.0, 1, 4), ("none", 0.0, 1, 2), ("add-k", 0.5, 1, 3)]
values = []
for group in [published] + [[p] for p in pairs] + [pairs]:
    for s, v, eff, order in settings:
        score, bp, p = bleu(group, s, v, bool(eff), order)
        values += [score, bp] + p
weighted = bleu(pairs, "none", 0, weights=[0.4, 0.3, 0.2, 0.1])[0]

text, points, counts, text_lengths = [], [], [], []
samples = ["", "plain", "h\u00e9llo \u20ac \U0001f600 \uffff"]
raw = [s.encode() for s in samples] + [b"\xff\xfea", b"\xe2\x82", b"\xf0\x9f\x98", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82\xe2\x82\xac", b"\x80"]
raw += [bytes(random.choice([0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xe2, 0xa0, 0x9f, 0xed, 0xf0, 0xf4, 0x90, 0x8f]) for _ in range(20)) for _ in range(20)]
for r in raw:
    decoded = [ord(c) for c in r.decode("utf-8", "replace")]
    text += list(r)
    text_lengths.append(len(r))
    points += decoded
    counts.append(len(decoded))

write("text", """plain tables and counters. Per pair: edits, substitutions,
   insertions, deletions, LCS, common 1-, 2-, 3-grams. Per BLEU group (the published corpus,
   each pair, all pairs) and setting: BLEU, brevity penalty, four precisions.""", [
    "enum { golden_pairs = %d, golden_columns = 8, golden_texts = %d, golden_settings = %d, golden_utf8 = %d };\n" % (len(shapes), len(pairs), len(settings), len(raw)),
    array("golden_lengths", lengths, "int"), array("golden_a", a_all, "int32_t"), array("golden_b", b_all, "int32_t"), array("golden_expect", expect, "int"),
    array("golden_hypothesis_lengths", hyp_lengths, "int"), array("golden_hypotheses", hyps, "int32_t"),
    array("golden_reference_lengths", ref_lengths, "int"), array("golden_references", refs, "int32_t"),
    array("golden_bleu", values), "static const double golden_weighted_bleu = %r;\n" % weighted,
    array("golden_text", text, "uint8_t"), array("golden_text_lengths", text_lengths, "int"),
    array("golden_points", points, "int32_t"), array("golden_point_counts", counts, "int")])
