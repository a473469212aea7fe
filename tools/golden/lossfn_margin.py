"""Golden values of ArcFace: the angle by acos and its cosine, in PyTorch under
automatic differentiation in float64.
/usr/bin/python3 tools/golden/lossfn_margin.py > tests/golden/lossfn_margin.inc"""
import math
import torch
import torch.nn.functional as F
from emit import array

torch.manual_seed(21)
rows, classes, width = 10, 6, 5
x = torch.randn(rows, width, dtype=torch.float64)
w = torch.randn(classes, width, dtype=torch.float64) * 0.5
labels = torch.randint(0, classes, (rows,))
x[3] = -w[labels[3]] + 0.05 * x[3]            # nearly opposite: past pi with the margin
x[5] = 2 * w[labels[5]] + 0.05 * x[5]         # nearly parallel


def arcface(x, w, labels, s, m, easy):
    c = F.normalize(x, dim=1) @ F.normalize(w, dim=1).T
    at = torch.arange(len(x))
    y = c[at, labels]
    with_margin = torch.cos(torch.acos(y) + m)
    if easy:
        y = torch.where(y > 0, with_margin, y)
    else:
        y = torch.where(y > math.cos(math.pi - m), with_margin, y - math.sin(math.pi - m) * m)
    logits = s * torch.where(F.one_hot(labels, len(w)) > 0, y[:, None], c)
    return F.cross_entropy(logits, labels, reduction="none")


print("/* Made by tools/golden/lossfn_margin.py with PyTorch %s. */" % torch.__version__.split("a")[0])
array("arc_x", x.flatten().tolist())
array("arc_w", w.flatten().tolist())
array("arc_labels", labels.tolist(), "int32_t")
for name, s, m, easy in (("plain", 64, 0.5, False), ("easy", 30, 0.3, True), ("wide", 10, 1.5, False), ("none", 16, 0.0, False)):
    a, b = x.clone().requires_grad_(), w.clone().requires_grad_()
    loss = arcface(a, b, labels, s, m, easy)
    loss.sum().backward()
    array("arc_" + name, loss.tolist())
    array("arc_" + name + "_x", a.grad.flatten().tolist())
    array("arc_" + name + "_w", b.grad.flatten().tolist())

# more rows than a block and more classes than a tile
rows, classes = 150, 300
x = torch.tensor([((37 * k * k + 11 * k) % 101) / 50 - 1 for k in range(rows * 3)], dtype=torch.float64).view(rows, 3).requires_grad_()
w = torch.tensor([((29 * k * k + 5 * k) % 97) / 48 - 1 for k in range(classes * 3)], dtype=torch.float64).view(classes, 3).requires_grad_()
labels = torch.tensor([(k * k * 7) % classes for k in range(rows)])
loss = arcface(x, w, labels, 20, 0.4, False).mean()
loss.backward()
array("arc_big", [loss.item()])
array("arc_big_x", x.grad.flatten().tolist())
array("arc_big_w", w.grad.flatten().tolist())
