"""Iterations and evaluations of SciPy's L-BFGS-B, at its defaults, on the problems of
tests/test_optim_lbfgs.c: what optim_lbfgs is compared with.

usage: python3 tools/golden/optim_lbfgs.py > tests/golden/optim_lbfgs.inc"""
import numpy as np
from scipy.optimize import minimize


def value(i, t):
    return ((i * 7919 + t * 104729 + 13) % 2003) / 1000.0 - 1.0


def rosenbrock_pairs(x):
    a, b = x[0::2], x[1::2]
    g = np.empty_like(x)
    g[0::2] = -400 * a * (b - a * a) - 2 * (1 - a)
    g[1::2] = 200 * (b - a * a)
    return np.sum(100 * (b - a * a) ** 2 + (1 - a) ** 2), g


def quadratic(x):
    n = len(x)
    k = 1e6 ** (np.arange(n) / (n - 1))
    return 0.5 * np.sum(k * (x - 1) ** 2), k * (x - 1)


def logistic(w, lam=1e-3, items=200):
    d = len(w)
    a = np.array([[value(i * d + j, 5) for j in range(d)] for i in range(items)])
    truth = np.array([value(j, 6) for j in range(d)])
    noise = np.array([value(i, 7) for i in range(items)])
    y = np.where(a @ truth + 0.5 * noise > 0, 1.0, -1.0)
    z = y * (a @ w)
    f = np.mean(np.logaddexp(0, -z)) + 0.5 * lam * w @ w
    g = -(a.T @ (y / (1 + np.exp(z)))) / items + lam * w
    return f, g


def beale(x):
    p = (1.5, 2.25, 2.625)
    f, g = 0.0, np.zeros(2)
    for k in range(3):
        e = p[k] - x[0] * (1 - x[1] ** (k + 1))
        f += e * e
        g += 2 * e * np.array([x[1] ** (k + 1) - 1, x[0] * (k + 1) * x[1] ** k])
    return f, g


def main():
    print("/* Made by tools/golden/optim_lbfgs.py: SciPy's L-BFGS-B at its defaults: iterations,\n"
          "   evaluations, value at the end. */")
    print("static const struct { const char *name; int iterations, evaluations; double value; } golden_lbfgs[] = {")
    for name, f, start in (("rosenbrock 2", rosenbrock_pairs, np.tile([-1.2, 1.0], 1)),
                           ("rosenbrock 100", rosenbrock_pairs, np.tile([-1.2, 1.0], 50)),
                           ("quadratic 50", quadratic, np.zeros(50)),
                           ("logistic 20", logistic, np.zeros(20)),
                           ("beale", beale, np.array([1.0, 1.0]))):
        r = minimize(f, start, jac=True, method="L-BFGS-B")
        print('    {"%s", %d, %d, %.17g},' % (name, r.nit, r.nfev, r.fun))
    r = minimize(logistic, np.zeros(20), jac=True, method="BFGS", options=dict(gtol=1e-11))
    print("};\nstatic const double golden_logistic_minimum = %.17g;" % r.fun)


main()
