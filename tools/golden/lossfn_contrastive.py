"""Golden values of the contrastive losses: the full n x n formulas in PyTorch under
automatic differentiation in float64.
/usr/bin/python3 tools/golden/lossfn_contrastive.py > tests/golden/lossfn_contrastive.inc"""
import torch
import torch.nn.functional as F
from emit import array

torch.manual_seed(8)
pairs, width = 7, 5
x = torch.randn(2 * pairs, width, dtype=torch.float64) * 2
x[pairs + 1] = x[1] + 0.1 * x[pairs + 1]


def nt_xent(x, t):
    s = F.normalize(x, dim=1) @ F.normalize(x, dim=1).T / t
    s = s.masked_fill(torch.eye(2 * pairs, dtype=torch.bool), float("-inf"))
    return F.cross_entropy(s, (torch.arange(2 * pairs) + pairs) % (2 * pairs), reduction="none")


def supcon(x, labels, t, base):
    n = len(x)
    s = F.normalize(x, dim=1) @ F.normalize(x, dim=1).T / t
    eye = torch.eye(n, dtype=torch.bool)
    log_p = s - torch.logsumexp(s.masked_fill(eye, float("-inf")), 1, keepdim=True)
    positive = (labels[:, None] == labels[None]) & ~eye
    count = positive.sum(1)
    loss = -(log_p * positive).sum(1) / count.clamp(min=1) * t / base
    return loss, count


print("/* Made by tools/golden/lossfn_contrastive.py with PyTorch %s. */" % torch.__version__.split("a")[0])
array("contrast_x", x.flatten().tolist())
for name, t in (("hot", 0.5), ("cold", 0.05)):
    z = x.clone().requires_grad_()
    loss = nt_xent(z, t)
    loss.sum().backward()
    array("contrast_nt_xent_" + name, loss.tolist())
    array("contrast_nt_xent_%s_grad" % name, z.grad.flatten().tolist())
labels = torch.tensor([3, -1, 3, 7, 3, -1, 0, 7, 7, 3, 100, 7, -1, 3])      # 0 and 100 are alone
z = x.clone().requires_grad_()
loss, count = supcon(z, labels, 0.1, 0.07)
(loss.sum() / (count > 0).sum()).backward()
array("contrast_labels", labels.tolist(), "int32_t")
array("contrast_supcon", loss.tolist())
array("contrast_supcon_mean_grad", z.grad.flatten().tolist())

# more rows than a tile holds
n = 300
torch.manual_seed(9)
big = torch.tensor([((37 * k * k + 11 * k) % 101) / 50 - 1 for k in range(n * 3)], dtype=torch.float64).view(n, 3).requires_grad_()
labels = torch.tensor([(k * k) % 7 for k in range(n)])
loss, count = supcon(big, labels, 0.2, 0.2)
loss.mean().backward()
array("contrast_big", [loss.mean().item()])
array("contrast_big_grad", big.grad.flatten().tolist())
