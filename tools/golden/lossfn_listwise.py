"""Golden values of the ranking losses: plain formulas over all pairs in PyTorch under
automatic differentiation in float64; LambdaRank's weights are detached.
/usr/bin/python3 tools/golden/lossfn_listwise.py > tests/golden/lossfn_listwise.inc"""
import torch
import torch.nn.functional as F
from emit import array

torch.manual_seed(17)
sizes = [5, 0, 1, 9, 4, 40]
offsets = [0]
for size in sizes:
    offsets.append(offsets[-1] + size)
n = offsets[-1]
scores = torch.randn(n, dtype=torch.float64)
relevance = torch.randint(0, 5, (n,)).double()
scores[7] = scores[6] = scores[12]            # ties within a list
relevance[15:19] = 0                          # a list without relevance


def list_net(x, y):
    return -(F.softmax(y, 0) * F.log_softmax(x, 0)).sum()


def lambda_rank(x, y, sigma, k, normalise, linear):
    n = len(x)
    if n == 0:
        return x.sum()
    k = k or n
    gain = y if linear else 2 ** y - 1
    order = torch.tensor(sorted(range(n), key=lambda i: -x[i].item()))       # stable
    rank = torch.empty(n, dtype=torch.long)
    rank[order] = torch.arange(n)
    ideal = (gain.sort(descending=True)[0][:k] / torch.log2(torch.arange(n, dtype=torch.float64)[:k] + 2)).sum()
    if ideal <= 0:
        return x.sum() * 0
    inverse = 1 / torch.log2(rank.double() + 2)
    diff = x[:, None] - x[None]
    w = (gain[:, None] - gain[None]).abs() * (inverse[:, None] - inverse[None]).abs() / ideal
    if normalise and x.max() != x.min():
        w = w / (0.01 + diff.detach().abs())
    pairs = (y[:, None] > y[None]) & (torch.minimum(rank[:, None], rank[None]) < k)
    w = (w * pairs).detach()
    loss = (w * F.softplus(-sigma * diff)).sum()
    if normalise:
        total = 2 * (sigma * w * torch.sigmoid(-sigma * diff)).sum().item()
        if total > 0:
            loss = loss * float(torch.log2(torch.tensor(1 + total, dtype=torch.float64))) / total
    return loss


print("/* Made by tools/golden/lossfn_listwise.py with PyTorch %s. */" % torch.__version__.split("a")[0])
array("list_scores", scores.tolist())
array("list_relevance", relevance.tolist())
array("list_offsets", offsets, "size_t")
x, y = scores.clone().requires_grad_(), relevance.clone().requires_grad_()
losses = [list_net(x[a:b], y[a:b]) for a, b in zip(offsets, offsets[1:])]
sum(losses).backward()
array("list_net", [l.item() for l in losses])
array("list_net_scores", x.grad.tolist())
array("list_net_relevance", y.grad.tolist())
for name, args in (("all", (1.0, 0, False, False)), ("top", (1.5, 4, False, False)), ("norm", (1.0, 6, True, False)), ("linear", (2.0, 0, True, True))):
    x = scores.clone().requires_grad_()
    losses = [lambda_rank(x[a:b], relevance[a:b], *args) for a, b in zip(offsets, offsets[1:])]
    grad, = torch.autograd.grad(sum(losses), x, create_graph=True)
    hess = [torch.autograd.grad(grad[i], x, retain_graph=True)[0][i].item() for i in range(n)]
    array("rank_" + name, [l.item() for l in losses])
    array("rank_%s_grad" % name, grad.tolist())
    array("rank_%s_hess" % name, hess)
