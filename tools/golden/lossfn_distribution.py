"""Golden values of the losses of distributions' parameters: PyTorch's gaussian_nll_loss
and torch.distributions under automatic differentiation in float64.
/usr/bin/python3 tools/golden/lossfn_distribution.py > tests/golden/lossfn_distribution.inc"""
import torch
import torch.nn.functional as F
from emit import array

torch.manual_seed(11)
n = 21
mean = torch.randn(n, dtype=torch.float64) * 2
variance = torch.rand(n, dtype=torch.float64) * 3 + 0.01
target = torch.randn(n, dtype=torch.float64)
print("/* Made by tools/golden/lossfn_distribution.py with PyTorch %s. */" % torch.__version__.split("a")[0])
array("nll_mean", mean.tolist())
array("nll_variance", variance.tolist())
array("nll_target", target.tolist())
for full in (False, True):
    m, v, t = (x.clone().requires_grad_() for x in (mean, variance, target))
    loss = F.gaussian_nll_loss(m, t, v, full=full, eps=1e-6, reduction="none")
    loss.sum().backward()
    array("nll_loss_full" if full else "nll_loss", loss.tolist())
array("nll_by_mean", m.grad.tolist())
array("nll_by_variance", v.grad.tolist())
array("nll_by_target", t.grad.tolist())
s = variance.log().requires_grad_()
m = mean.clone().requires_grad_()
loss = -torch.distributions.Normal(m, (s / 2).exp()).log_prob(target)
loss.sum().backward()
array("nll_by_log_variance", s.grad.tolist())

rows, width = 5, 4
mu = torch.randn(rows, width, dtype=torch.float64).requires_grad_()
s = (torch.randn(rows, width, dtype=torch.float64) * 2).requires_grad_()
one = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
loss = torch.distributions.kl_divergence(torch.distributions.Normal(mu, (s / 2).exp()), one).sum(1)
loss.sum().backward()
array("kl_mean", mu.flatten().tolist())
array("kl_log_variance", s.flatten().tolist())
array("kl_loss", loss.tolist())
array("kl_by_mean", mu.grad.flatten().tolist())
array("kl_by_log_variance", s.grad.flatten().tolist())
