"""Golden values of direct preference optimisation: the papers' formulas in PyTorch
under automatic differentiation in float64.
/usr/bin/python3 tools/golden/lossfn_preference.py > tests/golden/lossfn_preference.inc"""
import torch
import torch.nn.functional as F
from emit import array

torch.manual_seed(3)
n = 13
pc, pr, rc, rr = (-(torch.rand(n, dtype=torch.float64) * 50 + 1) for _ in range(4))
beta, e = 0.1, 0.2


def loss_of(form, e, h):
    if form == "sigmoid":
        return -F.logsigmoid(beta * h) * (1 - e) - F.logsigmoid(-beta * h) * e
    if form == "robust":
        return (-F.logsigmoid(beta * h) * (1 - e) + F.logsigmoid(-beta * h) * e) / (1 - 2 * e)
    if form == "hinge":
        return torch.relu(1 - beta * h)
    return (h - 1 / (2 * beta)) ** 2


print("/* Made by tools/golden/lossfn_preference.py with PyTorch %s. */" % torch.__version__.split("a")[0])
for name, x in (("policy_chosen", pc), ("policy_rejected", pr), ("reference_chosen", rc), ("reference_rejected", rr)):
    array("dpo_" + name, x.tolist())
for name, form, smoothing in (("sigmoid", "sigmoid", 0), ("conservative", "sigmoid", e), ("robust", "robust", e),
                              ("hinge", "hinge", 0), ("ipo", "ipo", 0)):
    x = [v.clone().requires_grad_() for v in (pc, pr, rc, rr)]
    loss = loss_of(form, smoothing, (x[0] - x[1]) - (x[2] - x[3]))
    loss.sum().backward()
    array("dpo_" + name, loss.tolist())
    array("dpo_" + name + "_grad", torch.cat([v.grad for v in x]).tolist())
