"""Golden values of the segmentation losses: plain formulas under PyTorch's automatic
differentiation in float64. python3 tools/golden/lossfn_segmentation.py > tests/golden/lossfn_segmentation.inc"""
import torch
from emit import array

torch.manual_seed(11)
N, C, S, IGNORE = 3, 4, 20, 255
prob = torch.softmax(torch.randn(N, C, S, dtype=torch.float64), 1)
labels = torch.randint(0, 3, (N, S))                  # class 3 is absent
labels[1][labels[1] == 2] = 0                         # and class 2 in image 1
labels[0, 4:7] = IGNORE
soft = torch.rand(N, C, S, dtype=torch.float64)


def tversky(p, t, a, b, gamma, up, down):
    tp, fp, fn = (p * t).sum(-1), (p * (1 - t)).sum(-1), ((1 - p) * t).sum(-1)
    return (1 - (tp + up) / (tp + a * fp + b * fn + down)) ** gamma


def dice(p, t, up, down, power=1):
    return 1 - (2 * (p * t).sum(-1) + up) / ((p ** power).sum(-1) + (t ** power).sum(-1) + down)


def lovasz(p, t):
    """One class, the cumulative sums of the Jaccard index written out."""
    e = (t - p).abs()
    order = torch.argsort(e, descending=True, stable=True)
    ts = t[order]
    inter = ts.sum() - ts.cumsum(0)
    union = ts.sum() + (1 - ts).cumsum(0)
    j = 1 - inter / union
    j[1:] = j[1:] - j[:-1].clone()
    return (e[order] * j.detach()).sum()


def run(name, of_class, batch, present):
    """of_class(p, t) on one class of an item: p and t of length S, or N S in a batch."""
    p = prob.clone().requires_grad_()
    losses = []
    for images in ([range(N)] if batch else [[i] for i in range(N)]):
        keep = [labels[i] != IGNORE for i in images]
        terms = []
        for c in range(C):
            pc = torch.cat([p[i, c][k] for i, k in zip(images, keep)])
            tc = torch.cat([(labels[i] == c)[k].double() for i, k in zip(images, keep)])
            if present and tc.sum() == 0:
                continue
            terms.append(of_class(pc, tc))
        losses.append(sum(terms) / len(terms))
    loss = sum(losses) / len(losses)
    loss.backward()
    array(name, [loss.item()])
    array(name + "_grad", p.grad.flatten().tolist())


print("/* Made by tools/golden/lossfn_segmentation.py with PyTorch %s. */" % torch.__version__.split("a")[0])
array("seg_prob", prob.flatten().tolist())
array("seg_soft", soft.flatten().tolist())
array("seg_labels", labels.flatten().tolist(), "int32_t")
run("seg_dice_image", lambda p, t: dice(p, t, 1.0, 1.0), False, True)
run("seg_dice_batch_all", lambda p, t: dice(p, t, 0.1, 0.3), True, False)
run("seg_dice_squared", lambda p, t: dice(p, t, 1e-5, 1e-5, 2), False, False)
run("seg_tversky", lambda p, t: tversky(p, t, .3, .7, 1, 1e-5, 1e-5), False, True)
run("seg_focal_tversky", lambda p, t: tversky(p, t, .3, .7, .75, 1, 1), True, True)
run("seg_lovasz_image", lovasz, False, True)
run("seg_lovasz_batch", lovasz, True, True)
run("seg_lovasz_all", lovasz, False, False)
p = prob.clone().requires_grad_()
loss = dice(p, soft, 0.5, 0.5).mean()
loss.backward()
array("seg_dice_soft", [loss.item()])
array("seg_dice_soft_grad", p.grad.flatten().tolist())
