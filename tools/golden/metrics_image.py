"""Golden values of metrics_psnr, metrics_ssim, metrics_ms_ssim:
tests/golden/metrics_image.inc.

usage: python3 tools/golden/metrics_image.py > tests/golden/metrics_image.inc

PSNR and SSIM are scikit-image's. MS-SSIM is built from scikit-image's SSIM terms
(its Gaussian filter, cropped) and 2 x 2 means by numpy. The images are made by the
formula that tests/test_metrics_image.c repeats. Needs numpy, scipy, scikit-image.
"""
import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity


def images(height, width, channels):
    i, j, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing='ij')
    x = (i * i * 3 + j * 7 + i * j + c * 50) % 256
    noise = (i * 37 + j * 101 + i * j * 7 + c * 13) % 61
    y = np.clip(x + noise - 30, 0, 255)
    return x.astype(float), y.astype(float)


def terms(x, y, data_range):
    """l cs and cs, cropped to whole windows, Gaussian 11 sigma 1.5."""
    f = lambda a: gaussian_filter(a, 1.5, truncate=3.5)[5:-5, 5:-5]
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mx, my = f(x), f(y)
    vx, vy, cxy = f(x * x) - mx * mx, f(y * y) - my * my, f(x * y) - mx * my
    cs = (2 * cxy + c2) / (vx + vy + c2)
    return (2 * mx * my + c1) / (mx * mx + my * my + c1) * cs, cs


def halve(a):
    a = a[:a.shape[0] // 2 * 2, :a.shape[1] // 2 * 2]
    return (a[::2, ::2] + a[1::2, ::2] + a[::2, 1::2] + a[1::2, 1::2]) / 4


def ms_ssim(x, y, data_range):
    beta = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    results = []
    for c in range(x.shape[2]):
        a, b, value = x[:, :, c], y[:, :, c], 1.0
        for k in range(5):
            s, cs = terms(a, b, data_range)
            value *= max(0, (s if k == 4 else cs).mean()) ** beta[k]
            a, b = halve(a), halve(b)
        results.append(value)
    return np.mean(results)


print("/* Made by tools/golden/metrics_image.py with scikit-image. */")
print("static const struct { int height, width, channels; double psnr, gaussian, gaussian_sample, uniform, uniform_population; } ssim_golden[] = {")
for shape in [(11, 11, 1), (12, 40, 1), (33, 57, 1), (64, 48, 3), (20, 90, 2)]:
    x, y = images(*shape)
    c = dict(data_range=255, channel_axis=2)
    values = [peak_signal_noise_ratio(x, y, data_range=255),
              structural_similarity(x, y, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, **c),
              structural_similarity(x, y, gaussian_weights=True, sigma=1.5, **c),
              structural_similarity(x, y, **c),
              structural_similarity(x, y, use_sample_covariance=False, **c)]
    print("    {%d, %d, %d, %s}," % (shape + (", ".join("%.17g" % v for v in values),)))
print("};")
print("static const struct { int height, width, channels; double value; } ms_ssim_golden[] = {")
for shape in [(176, 176, 1), (181, 203, 1), (192, 177, 3)]:
    x, y = images(*shape)
    print("    {%d, %d, %d, %.17g}," % (shape + (ms_ssim(x, y, 255),)))
print("};")
