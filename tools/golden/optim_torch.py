"""Trajectories of PyTorch's optimizers and learning rate schedules, in double.

usage: python3 tools/golden/optim_torch.py tests/golden
writes optim_sgd.inc, optim_adam.inc, optim_adaptive.inc, optim_schedule.inc.
Made with PyTorch 1.13."""

import random
import sys
import warnings
import torch

warnings.filterwarnings("ignore")
N, STEPS = 7, 10
random.seed(20)
start = [random.gauss(0, 1) for _ in range(N)]
grads = [[random.gauss(0, 1) * 10 ** random.uniform(-2, 1) for _ in range(N)] for _ in range(STEPS)]
grads[3][2] = 0.0


def number(x):
    return repr(float(x))


def row(values):
    return "{" + ", ".join(number(v) for v in values) + "}"


def trajectory(make):
    param = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = make([param])
    result = []
    for g in grads:
        param.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        result.append(param.detach().tolist())
    return result


def table(f, name, fields, cases):
    """cases: (hyper-parameters, trajectory)"""
    f.write("/* %s: %s; the parameters after each step */\n" % (name, ", ".join(fields)))
    f.write("static const struct { double hyper[%d], param[%d][%d]; } golden_%s[] = {\n" % (len(fields), STEPS, N, name))
    for hyper, path in cases:
        f.write("    {%s, {\n" % row(hyper))
        f.write(",\n".join("        " + row(p) for p in path))
        f.write("}},\n")
    f.write("};\n\n")


def data(f):
    f.write("/* Made by tools/golden/optim_torch.py with PyTorch %s. */\n\n" % torch.__version__)
    f.write("enum { GOLDEN_N = %d, GOLDEN_STEPS = %d };\n\n" % (N, STEPS))
    f.write("static const double golden_start[%d] = %s;\n\n" % (N, row(start)))
    f.write("static const double golden_grad[%d][%d] = {\n" % (STEPS, N))
    f.write(",\n".join("    " + row(g) for g in grads))
    f.write("\n};\n\n")


def sgd(f):
    fields = ["lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize"]
    sets = [(0.1, 0, 0, 0, 0, 0), (0.05, 0, 0, 0.1, 0, 1), (0.1, 0.9, 0, 0, 0, 0), (0.1, 0.9, 0.5, 0.01, 0, 0),
            (0.02, 0.8, 0, 0, 1, 0), (0.02, 0.95, 0, 0.2, 1, 1), (0.3, 0.5, 1, 0.1, 0, 0)]
    table(f, "sgd", fields, [(s, trajectory(lambda p: torch.optim.SGD(
        p, lr=s[0], momentum=s[1], dampening=s[2], weight_decay=s[3], nesterov=bool(s[4]), maximize=bool(s[5])))) for s in sets])


def adam(f):
    fields = ["lr", "beta1", "beta2", "eps", "weight_decay", "maximize"]
    sets = [(1e-3, 0.9, 0.999, 1e-8, 0, 0), (0.1, 0.8, 0.95, 1e-3, 0.1, 0), (0.02, 0, 0.99, 1e-8, 0.01, 1), (0.5, 0.5, 0, 0.1, 0.3, 0)]

    def make(cls, **more):
        return [(s, trajectory(lambda p: cls(p, lr=s[0], betas=(s[1], s[2]), eps=s[3], weight_decay=s[4], maximize=bool(s[5]), **more)))
                for s in sets]
    table(f, "adam", fields, make(torch.optim.Adam))
    table(f, "adamw", fields, make(torch.optim.AdamW))
    table(f, "amsgrad", fields, make(torch.optim.Adam, amsgrad=True))
    table(f, "amsgradw", fields, make(torch.optim.AdamW, amsgrad=True))


def adaptive(f):
    fields = ["lr", "lr_decay", "eps", "weight_decay", "maximize", "initial"]
    sets = [(0.01, 0, 1e-10, 0, 0, 0), (0.5, 0.1, 1e-3, 0.1, 0, 0.1), (0.2, 0.01, 1e-8, 0.02, 1, 0)]
    table(f, "adagrad", fields, [(s, trajectory(lambda p: torch.optim.Adagrad(
        p, lr=s[0], lr_decay=s[1], eps=s[2], weight_decay=s[3], maximize=bool(s[4]), initial_accumulator_value=s[5]))) for s in sets])
    fields = ["lr", "alpha", "eps", "momentum", "weight_decay", "centered", "maximize"]
    sets = [(0.01, 0.99, 1e-8, 0, 0, 0, 0), (0.1, 0.9, 1e-3, 0.9, 0.1, 0, 0), (0.05, 0.95, 1e-3, 0, 0.05, 1, 1),
            (0.02, 0.9, 1e-2, 0.8, 0.01, 1, 0)]
    table(f, "rmsprop", fields, [(s, trajectory(lambda p: torch.optim.RMSprop(
        p, lr=s[0], alpha=s[1], eps=s[2], momentum=s[3], weight_decay=s[4], centered=bool(s[5]), maximize=bool(s[6])))) for s in sets])


def schedule(f):
    f.write("/* Made by tools/golden/optim_torch.py with PyTorch %s. */\n\n" % torch.__version__)

    def rates(make, count):
        param = torch.zeros(1, requires_grad=True)
        optimizer = torch.optim.SGD([param], lr=0.3, momentum=0.9)
        scheduler = make(optimizer)
        lr, momentum = [], []
        for k in range(count):
            lr.append(optimizer.param_groups[0]["lr"])
            momentum.append(optimizer.param_groups[0]["momentum"])
            if k + 1 < count:
                optimizer.step()
                scheduler.step()
        return lr, momentum
    f.write("/* OneCycleLR: max_lr, total, pct_start, div_factor, final_div_factor, base_momentum, max_momentum, linear,\n"
            "   three_phase; lr and momentum at each step */\n")
    f.write("static const struct { double hyper[9], lr[40], momentum[40]; } golden_one_cycle[] = {\n")
    for s in [(0.01, 40, 0.3, 25, 1e4, 0.85, 0.95, 0, 0), (2.0, 40, 0.25, 10, 100, 0.8, 0.9, 1, 0),
              (0.5, 40, 0.4, 25, 1e3, 0.85, 0.95, 0, 1), (0.5, 40, 0.35, 5, 10, 0.7, 0.99, 1, 1), (1.0, 40, 0.0, 5, 10, 0.7, 0.99, 0, 0),
              (1.0, 40, 1.0, 5, 10, 0.7, 0.99, 0, 0)]:
        lr, momentum = rates(lambda o: torch.optim.lr_scheduler.OneCycleLR(
            o, max_lr=s[0], total_steps=s[1], pct_start=float(s[2]), anneal_strategy="linear" if s[7] else "cos",
            base_momentum=s[5], max_momentum=s[6], div_factor=s[3], final_div_factor=s[4], three_phase=bool(s[8])), 40)
        f.write("    {%s,\n        %s,\n        %s},\n" % (row(s), row(lr), row(momentum)))
    f.write("};\n\n")
    f.write("/* CosineAnnealingWarmRestarts from 0.3: T_0, T_mult, eta_min; lr at each step */\n")
    f.write("static const struct { double hyper[3], lr[100]; } golden_restarts[] = {\n")
    for s in [(10, 1, 0), (5, 2, 0.01), (3, 3, 0.1), (1, 1, 0.2), (100, 2, 0)]:
        lr, _ = rates(lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=s[0], T_mult=s[1], eta_min=s[2]), 100)
        f.write("    {%s,\n        %s},\n" % (row(s), row(lr)))
    f.write("};\n\n")
    f.write("/* CosineAnnealingLR from 0.3: T_max, eta_min */\n")
    f.write("static const struct { double hyper[2], lr[21]; } golden_cosine[] = {\n")
    for s in [(20, 0), (20, 0.05)]:
        lr, _ = rates(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=s[0], eta_min=s[1]), 21)
        f.write("    {%s,\n        %s},\n" % (row(s), row(lr)))
    f.write("};\n")


out = sys.argv[1]
for name, parts in (("sgd", (data, sgd)), ("adam", (data, adam)), ("adaptive", (data, adaptive)), ("schedule", (schedule,))):
    with open("%s/optim_%s.inc" % (out, name), "w") as f:
        for part in parts:
            part(f)
