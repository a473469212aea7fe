"""Golden values of the elementwise and row losses, from PyTorch in float64.

Run: python3 tools/golden/lossfn_basic.py > tests/golden/lossfn_basic.inc
Values are means, gradients those of the mean. Inputs are rounded to float32 first.
"""
import torch
import torch.nn.functional as F

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def emit(name, t):
    t = torch.as_tensor(t).detach().reshape(-1)
    kind = "int32_t" if t.dtype in (torch.int64, torch.int32) else "double"
    text = ", ".join(str(int(v)) if kind == "int32_t" else repr(float(v)) for v in t)
    print(f"static const {kind} golden_{name}[{max(1, t.numel())}] = {{ {text} }};")


def f32(t):
    return t.to(torch.float32).to(torch.float64)


print("/* Made by tools/golden/lossfn_basic.py with PyTorch " + torch.__version__.split("+")[0] + ", float64. */")
N = 11
pred = f32(torch.randn(N) * 2).requires_grad_()
target = f32(torch.randn(N))
target[3] = pred.detach()[3]
prob = f32(torch.rand(N))
sign = torch.where(torch.rand(N) < 0.5, -1.0, 1.0)
count = torch.randint(0, 9, (N,)).double()
emit("pred", pred); emit("target", target); emit("prob", prob); emit("sign", sign); emit("count", count)


def one(name, loss, *inputs):
    grads = torch.autograd.grad(loss, inputs, retain_graph=True)
    emit(name + "_loss", loss)
    for k, g in enumerate(grads):
        emit(name + "_grad" + (str(k) if k else ""), g)


one("mse", F.mse_loss(pred, target), pred)
one("mae", F.l1_loss(pred, target), pred)
one("huber", F.huber_loss(pred, target, delta=0.7), pred)
one("smooth_l1", F.smooth_l1_loss(pred, target, beta=0.4), pred)
d = pred - target
one("log_cosh", (torch.log(torch.cosh(2 * d)) / 2).mean(), pred)
q = 0.8
one("quantile", torch.where(target > pred, q * (target - pred), torch.where(target < pred, (1 - q) * (pred - target), 0 * pred)).mean(), pred)
one("bce", F.binary_cross_entropy_with_logits(pred, prob, pos_weight=torch.tensor(2.5)), pred)
one("squared_hinge", (torch.clamp(1 - sign * pred, min=0) ** 2).mean(), pred)
one("poisson_log", F.poisson_nll_loss(pred, count, log_input=True), pred)
rate = f32(torch.rand(N) * 4 + 0.1).requires_grad_()
emit("rate", rate)
one("poisson_rate", F.poisson_nll_loss(rate, count, log_input=False, eps=1e-8), rate)
one("poisson_full", (pred.exp() - count * pred + torch.lgamma(count + 1)).mean(), pred)
one("elastic_net", (0.3 * pred.abs() + 0.5 * 0.7 * pred ** 2).mean(), pred)

R, C = 7, 9
logits = f32(torch.randn(R, C) * 3).requires_grad_()
labels = torch.randint(0, C, (R,))
labels[2] = -100
weight = f32(torch.rand(C) + 0.25)
soft = f32(torch.softmax(torch.randn(R, C), 1)).requires_grad_()
emit("logits", logits); emit("labels", labels); emit("class_weight", weight); emit("soft", soft)
one("cross_entropy", F.cross_entropy(logits, labels), logits)
one("cross_entropy_weight", F.cross_entropy(logits, labels, weight=weight), logits)
one("cross_entropy_smooth", F.cross_entropy(logits, labels, label_smoothing=0.1), logits)
one("cross_entropy_all", F.cross_entropy(logits, labels, weight=weight, label_smoothing=0.3), logits)
one("cross_entropy_sum", F.cross_entropy(logits, labels, weight=weight, label_smoothing=0.3, reduction="sum"), logits)
one("soft_cross_entropy", F.cross_entropy(logits, soft, weight=weight, label_smoothing=0.2), logits, soft)
logp = f32(torch.log_softmax(torch.randn(R, C), 1)).requires_grad_()
emit("logp", logp)
one("kl_div", F.kl_div(logp, soft, reduction="batchmean"), logp, soft)
logt = f32(torch.log_softmax(torch.randn(R, C), 1)).requires_grad_()
emit("logt", logt)
one("kl_div_log", F.kl_div(logp, logt, reduction="batchmean", log_target=True), logp, logt)
keep = labels >= 0
lp = torch.log_softmax(logits, 1)[keep].gather(1, labels[keep, None])[:, 0]
one("focal", (-weight[labels[keep]] * (1 - lp.exp()) ** 2.5 * lp).mean(), logits)
one("poly1", (-lp + 1.5 * (1 - lp.exp())).mean(), logits)
one("weston_watkins", C * F.multi_margin_loss(logits[keep], labels[keep], p=2, margin=1.5), logits)
wrong = logits[keep].clone()
wrong.scatter_(1, labels[keep, None], -float("inf"))
one("crammer_singer", torch.clamp(1 + wrong.max(1)[0] - logits[keep].gather(1, labels[keep, None])[:, 0], min=0).mean(), logits)


def sparsemax_loss(z, y):
    s, _ = torch.sort(z, descending=True)
    c = s.cumsum(0) - 1
    k = (s * torch.arange(1, len(z) + 1) > c).sum()
    tau = c[k - 1] / k
    on = z > tau
    return 0.5 * ((z ** 2 - tau ** 2) * on).sum() + 0.5 - z[y]


one("sparsemax", torch.stack([sparsemax_loss(z, y) for z, y in zip(logits[keep], labels[keep])]).mean(), logits)
hidden = f32(torch.randn(R, 5)).requires_grad_()
matrix = f32(torch.randn(C, 5)).requires_grad_()
bias = f32(torch.randn(C)).requires_grad_()
emit("hidden", hidden); emit("matrix", matrix); emit("bias", bias)
one("linear", F.cross_entropy(F.linear(hidden, matrix, bias), labels, weight=weight, label_smoothing=0.3), hidden, matrix, bias)
