"""Golden values of the structural similarity loss: the value from scikit-image with
the same settings, gradients from the formula under PyTorch's automatic
differentiation in float64 (which has to give the same value).
python3 tools/golden/lossfn_image.py > tests/golden/lossfn_image.inc"""
import numpy as np
import skimage
import torch
import torch.nn.functional as F
from skimage.metrics import structural_similarity
from emit import array

rng = np.random.default_rng(2)
N, C, H, W = 2, 2, 13, 15
i, j = np.meshgrid(np.arange(H), np.arange(W), indexing="ij")
base = 0.5 + 0.3 * np.sin(i / 3.0) * np.cos(j / 4.0)
y = np.clip(base + 0.05 * rng.standard_normal((N, C, H, W)), 0, 1)
x = np.clip(y + 0.1 * rng.standard_normal((N, C, H, W)), 0, 1)


def loss(a, b, data_range, window=11, sigma=1.5):
    t = torch.arange(window, dtype=torch.float64) - (window - 1) / 2
    w = torch.exp(-t ** 2 / (2 * sigma ** 2))
    w = (w / w.sum())[:, None] @ (w / w.sum())[None]
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mean = lambda z: F.conv2d(z.reshape(N * C, 1, H, W), w[None, None])
    mx, my = mean(a), mean(b)
    sx, sy, sxy = mean(a * a) - mx ** 2, mean(b * b) - my ** 2, mean(a * b) - mx * my
    s = (2 * mx * my + c1) * (2 * sxy + c2) / ((mx ** 2 + my ** 2 + c1) * (sx + sy + c2))
    return 1 - s.reshape(N, -1).mean(1)


print("/* Made by tools/golden/lossfn_image.py with scikit-image %s and PyTorch %s. */"
      % (skimage.__version__, torch.__version__.split("a")[0]))
array("ssim_pred", x.flatten())
array("ssim_target", y.flatten())
a, b = torch.tensor(x, requires_grad=True), torch.tensor(y, requires_grad=True)
each = loss(a, b, 1.0)
each.sum().backward()
ski = [1 - np.mean([structural_similarity(x[n, c], y[n, c], gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
                                          data_range=1.0) for c in range(C)]) for n in range(N)]
assert np.allclose(ski, each.detach().numpy(), rtol=1e-12)
array("ssim_each", ski)
array("ssim_grad_pred", a.grad.flatten().tolist())
array("ssim_grad_target", b.grad.flatten().tolist())
ski = [1 - np.mean([structural_similarity(x[n, c], y[n, c], win_size=7, use_sample_covariance=False, data_range=2.0)
                    for c in range(C)]) for n in range(N)]
array("ssim_uniform", ski)
