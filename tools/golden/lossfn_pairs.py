"""Golden values of pairs and triplets: PyTorch's triplet_margin_loss and
cosine_embedding_loss, the contrastive loss from its formula, all under automatic
differentiation in float64.
/usr/bin/python3 tools/golden/lossfn_pairs.py > tests/golden/lossfn_pairs.inc"""
import torch
import torch.nn.functional as F
from emit import array

torch.manual_seed(4)
rows, width = 9, 6
x, y, z = (torch.randn(rows, width, dtype=torch.float64) for _ in range(3))
y[2] = x[2] + 0.05 * y[2]
z[4] = x[4] + 0.05 * z[4]
z[6] = y[6] + 0.3 * z[6]
labels = torch.tensor([1, 0, 1, 0, 0, 1, 0, 1, 0])


def emit(name, loss, inputs):
    loss.sum().backward()
    array(name, loss.tolist())
    array(name + "_grad", torch.cat([v.grad.flatten() for v in inputs]).tolist())


def fresh(*tensors):
    return [v.clone().requires_grad_() for v in tensors]


print("/* Made by tools/golden/lossfn_pairs.py with PyTorch %s. */" % torch.__version__.split("a")[0])
array("pairs_x", x.flatten().tolist())
array("pairs_y", y.flatten().tolist())
array("pairs_z", z.flatten().tolist())
array("pairs_labels", labels.tolist(), "int32_t")
a, b = fresh(x, y)
d2 = ((a - b) ** 2).sum(1)
emit("pairs_contrastive", torch.where(labels == 1, d2, torch.relu(4 - d2.sqrt()) ** 2), (a, b))
a, b = fresh(x, y)
emit("pairs_cosine", F.cosine_embedding_loss(a, b, 2 * labels - 1, margin=0.1, reduction="none"), (a, b))
for name, p, swap in (("2", 2, False), ("2_swap", 2, True), ("1", 1, False), ("3", 3, True)):
    a, b, c = fresh(x, y, z)
    emit("pairs_triplet_" + name, F.triplet_margin_loss(a, b, c, margin=2, p=p, swap=swap, reduction="none"), (a, b, c))
