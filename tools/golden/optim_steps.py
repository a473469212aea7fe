"""Golden trajectories of LAMB, Adafactor, Muon and SAM, from plain NumPy written after the
papers and after what the named libraries document, in double.

usage: python3 tools/golden/optim_steps.py DIRECTORY

Writes optim_layerwise.inc, optim_factored.inc, optim_matrix.inc and optim_sharpness.inc.
The inputs are value(i, t) below, the same in C and in Python to the last bit."""
import sys
import numpy as np


def value(i, t):
    return ((i * 7919 + t * 104729 + 13) % 2003) / 1000.0 - 1.0


def array(n, t):
    return np.array([value(i, t) for i in range(n)])


def rough(n, t):
    """Of full rank as a matrix."""
    return np.array([value(i * i * i, t) for i in range(n)])


def norm(x):
    return np.sqrt(np.sum(x * x))


def rms(x):
    return np.sqrt(np.mean(x * x))


def emit(out, name, runs):
    out.write("static const double %s[][%d] = {\n" % (name, max(len(r) for r in runs)))
    for r in runs:
        out.write("    {" + ",\n     ".join(", ".join("%.17g" % v for v in r[k:k + 4]) for k in range(0, len(r), 4)) + "},\n")
    out.write("};\n")


# ---- LAMB: algorithm 2 of the paper with Adam's bias correction, and the variants ----

def lamb(n, steps, lr=1e-3, b1=0.9, b2=0.999, eps=1e-6, wd=0.01, bound=None, clip=None, correct=True,
         always=False, decoupled=False):
    x, m, v = array(n, 0), np.zeros(n), np.zeros(n)
    for t in range(1, steps + 1):
        g = array(n, t)
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g ** 2
        mh, vh = (m / (1 - b1 ** t), v / (1 - b2 ** t)) if correct else (m, v)
        u = mh / (np.sqrt(vh) + eps)
        if not decoupled:
            u = u + wd * x
        ratio = 1.0
        if wd != 0 or always:
            phi = norm(x) if bound is None else min(norm(x), bound)
            if norm(x) > 0 and norm(u) > 0:
                ratio = phi / norm(u)
            if clip is not None:
                ratio = min(ratio, clip)
        if decoupled:
            x = x * (1 - lr * wd)
        x = x - lr * ratio * u
    return x


# ---- Adafactor: algorithms 4 and 5 of the paper, with the options of Hugging Face's class ----

def adafactor(shape, steps, lr=1e-2, decay=-0.8, eps1=1e-30, eps2=1e-3, d=1.0, b1=0.0, wd=0.0, relative=True,
              warmup=False, scale=True, factor=1.0):
    n = int(np.prod(shape))
    x = array(n, 0).reshape(shape)
    row = np.zeros(shape[:1]); col = np.zeros(shape[-1:]); v = np.zeros(shape); m = np.zeros(shape)
    for t in range(1, steps + 1):
        g = factor * array(n, t).reshape(shape)
        rho = lr
        if relative:
            rho = min(lr, 1 / np.sqrt(t))
            if warmup:
                rho = min(rho, 1e-6 * t)
        alpha = rho * max(eps2, rms(x)) if scale else rho
        b2 = 1 - t ** decay
        s = g * g + eps1
        if len(shape) == 2:
            row = b2 * row + (1 - b2) * s.mean(axis=1)
            col = b2 * col + (1 - b2) * s.mean(axis=0)
            vh = np.outer(row, col) / row.mean()
        else:
            v = b2 * v + (1 - b2) * s
            vh = v
        u = g / np.sqrt(vh)
        u = u / max(1.0, rms(u) / d)
        delta = alpha * u
        if b1 > 0:
            m = b1 * m + (1 - b1) * delta
            delta = m
        x = x - alpha * wd * x - delta
    return x.reshape(-1)


# ---- Muon, with the explicit transpose of the author's code ----

def newton_schulz(g, steps=5, a=3.4445, b=-4.7750, c=2.0315, eps=1e-7):
    x = g / (norm(g) + eps)
    flip = g.shape[0] > g.shape[1]
    if flip:
        x = x.T
    for _ in range(steps):
        p = x @ x.T
        x = a * x + (b * p + c * p @ p) @ x
    return x.T if flip else x


def polar(g):
    u, _, vt = np.linalg.svd(g, full_matrices=False)
    return u @ vt


def muon(shape, steps, lr=0.02, mu=0.95, wd=0.0, nesterov=True, scaling=0):
    n = shape[0] * shape[1]
    x, buf = array(n, 0).reshape(shape), np.zeros(shape)
    r, c = shape
    factor = [max(1.0, r / c) ** 0.5, 0.2 * max(r, c) ** 0.5, (r / c) ** 0.5, 1.0][scaling]
    for t in range(1, steps + 1):
        g = array(n, t).reshape(shape)
        buf = mu * buf + g
        u = g + mu * buf if nesterov else buf
        x = x * (1 - lr * wd) - lr * factor * newton_schulz(u)
    return x.reshape(-1)


# ---- SAM and ASAM on two tensors with one norm ----

def sam(sizes, rho, eps, adaptive, eta):
    xs = [array(n, 20 + k) for k, n in enumerate(sizes)]
    gs = [array(n, 30 + k) for k, n in enumerate(sizes)]
    ts = [np.abs(x) + eta if adaptive else np.ones_like(x) for x in xs]
    length = np.sqrt(sum(np.sum((t * g) ** 2) for t, g in zip(ts, gs)))
    return np.concatenate([x + rho * t * t * g / (length + eps) for x, t, g in zip(xs, ts, gs)])


def main():
    where = sys.argv[1]
    note = "/* Made by tools/golden/optim_steps.py: independent NumPy, double. */\n"
    with open(where + "/optim_layerwise.inc", "w") as out:
        out.write(note)
        emit(out, "golden_lamb", [
            lamb(37, 8), lamb(37, 8, lr=0.1, wd=0.3, bound=2.5), lamb(37, 8, lr=0.1, clip=0.1, correct=False),
            lamb(37, 8, lr=0.05, wd=0.0), lamb(37, 8, lr=0.05, wd=0.0, always=True),
            lamb(37, 8, lr=0.05, wd=0.2, decoupled=True, eps=1e-3)])
    with open(where + "/optim_factored.inc", "w") as out:
        out.write(note)
        for name, shape in (("golden_adafactor_matrix", (7, 5)), ("golden_adafactor_vector", (35,))):
            emit(out, name, [
                adafactor(shape, 10), adafactor(shape, 10, b1=0.9, wd=0.1, lr=0.2),
                adafactor(shape, 10, relative=False, scale=False, lr=0.05, d=0.5, decay=-0.5),
                adafactor(shape, 10, warmup=True, eps2=5.0), adafactor(shape, 10, eps1=0.5, factor=0.25)])
    with open(where + "/optim_matrix.inc", "w") as out:
        out.write(note)
        shapes = [(5, 7), (7, 5), (6, 6), (1, 9), (9, 1)]
        for k, s in enumerate(shapes):
            emit(out, "golden_muon_%d_%d" % s, [
                muon(s, 4), muon(s, 4, scaling=1, wd=0.1), muon(s, 4, scaling=2, nesterov=False, mu=0.8), muon(s, 4, scaling=3)])
            emit(out, "golden_newton_schulz_%d_%d" % s, [
                newton_schulz(rough(s[0] * s[1], 3).reshape(s)).reshape(-1),
                polar(rough(s[0] * s[1], 3).reshape(s)).reshape(-1)])
    with open(where + "/optim_sharpness.inc", "w") as out:
        out.write(note)
        emit(out, "golden_sam", [sam((11, 5), 0.05, 1e-12, False, 0), sam((11, 5), 0.5, 1e-3, True, 0.01),
                                 sam((11, 5), 2.0, 0, True, 0.0)])


main()
