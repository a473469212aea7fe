"""Golden values of the multi-resolution spectrogram loss from torch.stft under
automatic differentiation in float64.
python3 tools/golden/lossfn_audio.py > tests/golden/lossfn_audio.inc"""
import torch
from emit import array

torch.manual_seed(9)
N, S = 2, 300
t = torch.arange(S, dtype=torch.float64)
target = torch.stack([torch.sin(0.3 * t) * torch.exp(-t / 150) + 0.05 * torch.randn(S, dtype=torch.float64),
                      torch.sin(0.11 * t) + 0.3 * torch.sin(0.7 * t)])
pred = target + 0.1 * torch.randn(N, S, dtype=torch.float64)


def magnitude(x, fft, hop, win, eps):
    z = torch.stft(x, fft, hop, win, torch.hann_window(win, dtype=torch.float64), center=True, pad_mode="reflect",
                   return_complex=True)
    return torch.sqrt(torch.clamp(z.real ** 2 + z.imag ** 2, min=eps))


def loss(x, y, sizes, w_sc, w_log, w_lin, eps):
    total = 0
    for fft, hop, win in sizes:
        a, b = magnitude(x, fft, hop, win, eps), magnitude(y, fft, hop, win, eps)
        sc = torch.linalg.norm(b - a, dim=(-2, -1)) / torch.linalg.norm(b, dim=(-2, -1))
        log = (torch.log(a) - torch.log(b)).abs().mean((-2, -1))
        lin = (a - b).abs().mean((-2, -1))
        total = total + w_sc * sc + w_log * log + w_lin * lin
    return total / len(sizes)


def run(name, sizes, *weights):
    x = pred.clone().requires_grad_()
    each = loss(x, target, sizes, *weights)
    each.sum().backward()
    array(name, each.tolist())
    array(name + "_grad", x.grad.flatten().tolist())


print("/* Made by tools/golden/lossfn_audio.py with PyTorch %s. */" % torch.__version__.split("a")[0])
array("stft_pred", pred.flatten().tolist())
array("stft_target", target.flatten().tolist())
run("stft_even", [(128, 30, 75), (256, 60, 150), (64, 12, 30)], 1, 1, 0, 1e-8)
run("stft_odd", [(125, 31, 125), (74, 20, 41)], 0.5, 2, 1.5, 1e-2)
