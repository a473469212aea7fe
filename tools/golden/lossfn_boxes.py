"""Golden values of the box losses: plain formulas under PyTorch's automatic
differentiation in float64. python3 tools/golden/lossfn_boxes.py > tests/golden/lossfn_boxes.inc"""
import math
import torch
from emit import array

torch.manual_seed(5)
n = 12
lo = torch.rand(n, 4, dtype=torch.float64) * 2 - 1
size = torch.rand(n, 4, dtype=torch.float64) * 1.5 + 0.1
pred = torch.stack([lo[:, 0], lo[:, 1], lo[:, 0] + size[:, 0], lo[:, 1] + size[:, 1]], 1)
target = torch.stack([lo[:, 2], lo[:, 3], lo[:, 2] + size[:, 2], lo[:, 3] + size[:, 3]], 1)
target[3] += 7                       # far apart
target[5] = pred[5] + torch.tensor([.1, .1, -.05, -.02])   # inside
target[7] = pred[7]                  # identical


def terms(p, t, eps):
    iw = torch.minimum(p[:, 2], t[:, 2]) - torch.maximum(p[:, 0], t[:, 0])
    ih = torch.minimum(p[:, 3], t[:, 3]) - torch.maximum(p[:, 1], t[:, 1])
    inter = torch.where((iw > 0) & (ih > 0), iw * ih, torch.zeros_like(iw))
    wp, hp, wt, ht = p[:, 2] - p[:, 0], p[:, 3] - p[:, 1], t[:, 2] - t[:, 0], t[:, 3] - t[:, 1]
    union = wp * hp + wt * ht - inter
    cw = torch.maximum(p[:, 2], t[:, 2]) - torch.minimum(p[:, 0], t[:, 0])
    ch = torch.maximum(p[:, 3], t[:, 3]) - torch.minimum(p[:, 1], t[:, 1])
    dx = (p[:, 0] + p[:, 2] - t[:, 0] - t[:, 2]) / 2
    dy = (p[:, 1] + p[:, 3] - t[:, 1] - t[:, 3]) / 2
    return inter / (union + eps), union, cw, ch, dx * dx + dy * dy, (wp, hp, wt, ht)


def iou(p, t, eps):
    return 1 - terms(p, t, eps)[0]


def giou(p, t, eps):
    i, union, cw, ch, rho2, s = terms(p, t, eps)
    return 1 - i + (cw * ch - union) / (cw * ch + eps)


def diou(p, t, eps):
    i, union, cw, ch, rho2, s = terms(p, t, eps)
    return 1 - i + rho2 / (cw * cw + ch * ch + eps)


def ciou(p, t, eps):
    i, union, cw, ch, rho2, (wp, hp, wt, ht) = terms(p, t, eps)
    v = 4 / math.pi ** 2 * (torch.atan(wt / ht) - torch.atan(wp / hp)) ** 2
    alpha = (v / (1 - i + v + eps)).detach()
    return 1 - i + rho2 / (cw * cw + ch * ch + eps) + alpha * v


print("/* Made by tools/golden/lossfn_boxes.py with PyTorch %s. */" % torch.__version__.split("a")[0])
array("box_pred", pred.flatten().tolist())
array("box_target", target.flatten().tolist())
for f in (iou, giou, diou, ciou):
    p, t = pred.clone().requires_grad_(), target.clone().requires_grad_()
    loss = f(p, t, 1e-7)
    loss.sum().backward()
    name = "box_" + f.__name__
    array(name, loss.tolist())
    array(name + "_pred", p.grad.flatten().tolist())
    array(name + "_target", t.grad.flatten().tolist())
