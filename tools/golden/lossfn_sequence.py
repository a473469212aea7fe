"""Golden values of CTC from torch.nn.functional.ctc_loss in float64.
python3 tools/golden/lossfn_sequence.py > tests/golden/lossfn_sequence.inc"""
import torch
import torch.nn.functional as F
from emit import array

torch.manual_seed(3)
T, N, C = 12, 4, 6
logits = torch.randn(T, N, C, dtype=torch.float64) * 2
targets = torch.tensor([1, 2, 3, 3, 5, 5, 5, 1, 4, 2])      # repeated labels, an empty target
target_lengths = torch.tensor([3, 4, 0, 3])
input_lengths = torch.tensor([12, 9, 7, 3])
print("/* Made by tools/golden/lossfn_sequence.py with PyTorch %s. */" % torch.__version__.split("a")[0])
array("ctc_logits", logits.flatten().tolist())
array("ctc_targets", targets.tolist(), "int32_t")
array("ctc_target_lengths", target_lengths.tolist(), "int32_t")
array("ctc_input_lengths", input_lengths.tolist(), "int32_t")
for blank in (0,):
    x = logits.clone().requires_grad_()
    each = F.ctc_loss(F.log_softmax(x, -1), targets, input_lengths, target_lengths, blank, "none")
    each.sum().backward()
    array("ctc_each", each.tolist())
    array("ctc_sum_grad", x.grad.flatten().tolist())
    x = logits.clone().requires_grad_()
    mean = F.ctc_loss(F.log_softmax(x, -1), targets, input_lengths, target_lengths, blank, "mean")
    mean.backward()
    array("ctc_mean", [mean.item()])
    array("ctc_mean_grad", x.grad.flatten().tolist())
# item 1 too short (4 labels, 2 repeats): infinite, or 0 with zero_infinity
input_lengths[1] = 5
x = logits.clone().requires_grad_()
each = F.ctc_loss(F.log_softmax(x, -1), targets, input_lengths, target_lengths, 0, "none", zero_infinity=True)
each.sum().backward()
array("ctc_zeroed", each.tolist())
array("ctc_zeroed_grad", x.grad.flatten().tolist())
