"""Golden values of metrics_surface_distances: tests/golden/metrics_surface.inc.

usage: python3 tools/golden/metrics_surface.py > tests/golden/metrics_surface.inc

Surfaces by scipy.ndimage.binary_erosion, distances by scipy's distance_transform_edt,
percentiles by numpy, on masks that tests/test_metrics_surface.c makes by the same
formula. Needs numpy and scipy.
"""
import numpy as np
from scipy.ndimage import binary_erosion, distance_transform_edt


def masks(shape, kind):
    grid = np.meshgrid(*[np.arange(n) for n in shape], indexing='ij')
    while len(grid) < 3:
        grid.insert(0, np.zeros(shape, int))
    a, b, c = grid
    at = (a * 1009 + b * 101 + c)
    if kind == 0:      # two balls
        p = (2 * a - 9) ** 2 + (2 * b - 20) ** 2 + (2 * c - 25) ** 2 < 300
        t = (2 * a - 12) ** 2 + (2 * b - 22) ** 2 + (2 * c - 31) ** 2 < 230
    elif kind == 1:    # up to the border, with a hole
        p = (b + c > 6) & ((b * 3 + c * 5 + a) % 17 != 0)
        t = (b + 2 * c > 12) & (c < 40)
    else:              # scattered
        p = at * 7 % 61 < 3
        t = at * 11 % 83 < 2
    return p, t


def surface(m):
    return m & ~binary_erosion(m)


def evaluate(p, t, spacing, percentile, tolerance):
    sp, st = surface(p), surface(t)
    a = distance_transform_edt(~st, sampling=spacing)[sp]
    b = distance_transform_edt(~sp, sampling=spacing)[st]
    both = np.concatenate([a, b])
    return [max(a.max(), b.max()), max(np.percentile(a, percentile), np.percentile(b, percentile)),
            np.percentile(both, percentile), both.mean(), (a.mean() + b.mean()) / 2,
            (both <= tolerance).mean(), a.max(), b.max(), np.percentile(a, percentile), np.percentile(b, percentile),
            a.mean(), b.mean(), len(a), len(b)]


print("/* Made by tools/golden/metrics_surface.py with scipy: in the order of metrics_surface. */")
print("static const struct { int dims; size_t shape[3]; int kind; double spacing[3], percentile, tolerance, value[14]; } surface_golden[] = {")
for shape in [(60,), (40, 50), (21, 9), (12, 25, 33), (7, 40, 18)]:
    for kind in range(3):
        for spacing, percentile, tolerance in [((1, 1, 1), 95, 1.0), ((2.5, 0.7, 0.8), 50, 1.3), ((1, 1, 1), 100, 0), ((0.5, 2, 1), 95, 2)]:
            p, t = masks(shape, kind)
            if not p.any() or not t.any():
                continue
            values = evaluate(p, t, spacing[:len(shape)], percentile, tolerance)
            pad = list(shape) + [0] * (3 - len(shape))
            print("    {%d, {%d, %d, %d}, %d, {%g, %g, %g}, %g, %g, {%s}}," % (
                (len(shape),) + tuple(pad) + (kind,) + spacing + (percentile, tolerance, ", ".join("%.16g" % v for v in values))))
print("};")
