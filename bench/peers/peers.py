"""Peers' side of the comparison, and its table: the rows of peers.c in PyTorch,
scikit-learn, SciPy and scikit-image, one thread each.

usage: peers.py PEERS [name]    PEERS: the program made from peers.c; name: rows that hold it

A row runs by turns here and there, three times each, and the best time of each
side counts, so that what else the machine does hits both. Both sides make the same
data, and the results must agree.
"""
import os
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
import ctypes
import importlib
import subprocess
import sys
import time
import warnings

warnings.filterwarnings("ignore")
ROUNDS = 3
GOALS = {"softmax_cross_entropy_4096x1000": 3, "softmax_cross_entropy_65536x10": 3, "adamw_2^20": 4, "adamw_2^24": 4,
         "roc_auc_1e6": 8}

found, missing = {}, []
for module in ("numpy", "torch", "sklearn.metrics", "scipy.stats", "skimage.metrics"):
    try:
        found[module.split(".")[0]] = importlib.import_module(module)
    except ImportError:
        missing.append(module.split(".")[0])
np, torch = found.get("numpy"), found.get("torch")
if np is None:
    sys.exit("bench-peers: numpy cannot be imported: nothing to compare with")
if torch:
    torch.set_num_threads(1)
    F = torch.nn.functional


# ---- data: the same as in peers.c ----------------------------------------------

def unit(seed, n):
    z = (np.uint64(seed << 40) + np.arange(1, n + 1, dtype=np.uint64)) * np.uint64(0x9e3779b97f4a7c15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xbf58476d1ce4e5b9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94d049bb133111eb)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float32) * np.float32(1 / 16777216)


def real(k, shape, low, high):
    n = int(np.prod(shape))
    return (low + (high - low) * unit(k, n).astype(np.float64)).astype(np.float32).reshape(shape)


def whole(k, n, low, high):
    return (low + (unit(20 + k, n).astype(np.float64) * (high - low)).astype(np.int64)).astype(np.int64)


def leaf(k, shape, low, high):
    return torch.from_numpy(real(k, shape, low, high)).requires_grad_(True)


def tensor(k, shape, low, high):
    return torch.from_numpy(real(k, shape, low, high))


def labels(k, n, low, high):
    return torch.from_numpy(whole(k, n, low, high))


def with_gradients(loss, leaves):
    """A function that computes the loss and its gradients once and returns the loss."""
    def run():
        value = loss()
        torch.autograd.grad(value, leaves)
        return value.item()
    return run


# ---- rows: each returns the function to be timed ----------------------------------

def elementwise(n, low, high, loss):
    pred, target = leaf(0, n, -3, 3), tensor(1, n, low, high)
    return with_gradients(lambda: loss(pred, target), [pred])


def gaussian():
    n = 1 << 22
    mean, variance, target = leaf(0, n, -3, 3), leaf(1, n, 0.1, 2), tensor(2, n, -2, 2)
    return with_gradients(lambda: F.gaussian_nll_loss(mean, target, variance), [mean, variance])


def cross_entropy(rows, classes):
    logits, y = leaf(0, (rows, classes), -5, 5), labels(0, rows, 0, classes)
    return with_gradients(lambda: F.cross_entropy(logits, y), [logits])


def focal():
    logits, y = leaf(0, (4096, 1000), -5, 5), labels(0, 4096, 0, 1000)

    def loss():
        log_p = F.log_softmax(logits, 1).gather(1, y[:, None])
        return -((1 - log_p.exp()) ** 2 * log_p).mean()
    return with_gradients(loss, [logits])


def divergence():
    log_pred, target = leaf(0, (4096, 1000), -12, -2), tensor(1, (4096, 1000), 0.0001, 0.002)
    return with_gradients(lambda: F.kl_div(log_pred, target, reduction="batchmean"), [log_pred])


def triplet():
    x = [leaf(k, (32768, 128), -1, 1) for k in range(3)]
    return with_gradients(lambda: F.triplet_margin_loss(*x), x)


def cosine():
    x = [leaf(k, (32768, 128), -1, 1) for k in range(2)]
    y = 2 * labels(0, 32768, 0, 2) - 1
    return with_gradients(lambda: F.cosine_embedding_loss(x[0], x[1], y), x)


def ctc():
    steps, n, classes, length = 200, 32, 64, 30
    logits, targets = leaf(0, (steps, n, classes), -3, 3), labels(0, n * length, 1, classes)
    inputs, lengths = torch.full((n,), steps), torch.full((n,), length)
    return with_gradients(lambda: F.ctc_loss(F.log_softmax(logits, 2), targets, inputs, lengths, reduction="sum"), [logits])


def linear():
    hidden, weight = leaf(0, (512, 256), -1, 1), leaf(1, (16384, 256), -0.3, 0.3)
    y = labels(0, 512, 0, 16384)
    return with_gradients(lambda: F.cross_entropy(hidden @ weight.T, y), [hidden, weight])


def step(n, optimizer, **settings):
    param = leaf(0, n, -1, 1)
    param.grad = tensor(1, n, -0.1, 0.1)
    optimizer = optimizer([param], **settings)

    def run():
        optimizer.step()
        return param[n // 2].item()
    return run


def scored(name):
    score = real(0, 1000000, 0, 1)
    y = (unit(30, 1000000) < score).astype(np.int8)
    metric = getattr(found["sklearn"], name)
    return lambda: metric(y, score)


def confusion():
    y, pred = whole(0, 1000000, 0, 10), whole(1, 1000000, 0, 10)
    order = np.arange(1, 101)
    return lambda: float((found["sklearn"].confusion_matrix(y, pred).ravel() * order).sum())


def correlation(name):
    x, y = real(0, 1000000, 0, 1), real(1, 1000000, 0, 1)
    function = getattr(found["scipy"], name)
    return lambda: float(function(x, y)[0])


def ndcg():
    score, relevance = real(0, (1000, 1000), 0, 1), whole(0, 1000000, 0, 5).reshape(1000, 1000)
    return lambda: found["sklearn"].ndcg_score(relevance, score)


def silhouette():
    data, y = real(0, (4096, 32), -1, 1), whole(0, 4096, 0, 8)
    return lambda: float(found["sklearn"].silhouette_score(data, y))


def ssim():
    x, y = real(0, (512, 512), 0, 1), real(1, (512, 512), 0, 1)
    return lambda: float(found["skimage"].structural_similarity(x, y, data_range=1, gaussian_weights=True, sigma=1.5,
                                                                 use_sample_covariance=False))


ROWS = {
    "mse_2^20": ("torch", lambda: elementwise(1 << 20, -2, 2, F.mse_loss)),
    "mse_2^24": ("torch", lambda: elementwise(1 << 24, -2, 2, F.mse_loss)),
    "huber_2^24": ("torch", lambda: elementwise(1 << 24, -2, 2, F.huber_loss)),
    "bce_with_logits_2^24": ("torch", lambda: elementwise(1 << 24, 0, 1, F.binary_cross_entropy_with_logits)),
    "gaussian_nll_2^22": ("torch", gaussian),
    "softmax_cross_entropy_4096x1000": ("torch", lambda: cross_entropy(4096, 1000)),
    "softmax_cross_entropy_65536x10": ("torch", lambda: cross_entropy(65536, 10)),
    "softmax_focal_4096x1000": ("torch", focal),
    "kl_div_4096x1000": ("torch", divergence),
    "triplet_margin_32768x128": ("torch", triplet),
    "cosine_embedding_32768x128": ("torch", cosine),
    "ctc_200x32x64": ("torch", ctc),
    "linear_cross_entropy_512x256x16384": ("torch", linear),
    "sgd_momentum_2^20": ("torch", lambda: step(1 << 20, torch.optim.SGD, lr=0.001, momentum=0.9)),
    "sgd_momentum_2^24": ("torch", lambda: step(1 << 24, torch.optim.SGD, lr=0.001, momentum=0.9)),
    "adam_2^20": ("torch", lambda: step(1 << 20, torch.optim.Adam)),
    "adam_2^24": ("torch", lambda: step(1 << 24, torch.optim.Adam)),
    "adamw_2^20": ("torch", lambda: step(1 << 20, torch.optim.AdamW)),
    "adamw_2^24": ("torch", lambda: step(1 << 24, torch.optim.AdamW)),
    "roc_auc_1e6": ("sklearn", lambda: scored("roc_auc_score")),
    "average_precision_1e6": ("sklearn", lambda: scored("average_precision_score")),
    "confusion_matrix_1e6x10": ("sklearn", confusion),
    "kendall_tau_1e6": ("scipy", lambda: correlation("kendalltau")),
    "spearman_1e6": ("scipy", lambda: correlation("spearmanr")),
    "ndcg_1000x1000": ("sklearn", ndcg),
    "silhouette_4096x32": ("sklearn", silhouette),
    "ssim_512x512": ("skimage", ssim),
}


# ---- time and memory -----------------------------------------------------------------

def resident(field):
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(field):
                return int(line.split()[1]) * 1024
    return 0


def first_call(run):
    """The result of the first call and the memory it took at its peak (Linux with glibc; else 0)."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
        with open("/proc/self/clear_refs", "w") as f:
            f.write("5")
        before = resident("VmRSS:")
    except (OSError, AttributeError, TypeError):
        return run(), 0
    value = run()
    return value, max(0, resident("VmHWM:") - before)


def measure(run):
    best, total, runs = 1e30, 0, 0
    while runs < 2 or (total < 0.2 and runs < 1000):
        start = time.perf_counter()
        run()
        seconds = time.perf_counter() - start
        total += seconds
        runs += 1
        best = min(best, seconds)
    return best


def product_speed():
    """10^9 operations per second of the peer's matrix product, which some rows depend on."""
    a = torch.from_numpy(real(0, (512, 512), -1, 1))
    return 2 * 512 ** 3 / measure(lambda: a @ a) * 1e-9


def bytes_text(count):
    return "%.1f MB" % (count / 1e6) if count else "-"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    names = subprocess.run([sys.argv[1], "list"], capture_output=True, text=True, check=True).stdout.split()
    assert names == list(ROWS), "peers.c and peers.py have other rows"
    ours = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    print("peers: " + ", ".join("%s %s" % (m, importlib.import_module(m).__version__) for m in found)
          + ("; not installed: " + ", ".join(missing) if missing else "") + "; one thread each")
    if torch:
        print("torch's matrix product here: %.1f GFLOP/s (some builds come without a fast one)" % product_speed())
    print("%-36s %12s %-8s %12s %8s %10s %10s" % ("", "ours ms", "peer", "its ms", "ratio", "our bytes", "its bytes"))
    wrong = []
    for name, (module, prepare) in ROWS.items():
        if len(sys.argv) > 2 and sys.argv[2] not in name:
            continue
        if module not in found:
            print("%-36s %s is not installed" % (name, module))
            continue
        run = prepare()
        value, peer_bytes = first_call(run)
        our_best = peer_best = 1e30
        for _ in range(ROUNDS):
            ours.stdin.write(name + "\n")
            ours.stdin.flush()
            answer = ours.stdout.readline().split()
            if len(answer) != 3:
                sys.exit("bench-peers: our side fails at %s" % name)
            our_best = min(our_best, float(answer[0]))
            peer_best = min(peer_best, measure(run))
        ratio = peer_best / our_best
        note = ""
        if name in GOALS:
            note += "  goal %g: %s" % (GOALS[name], "reached" if ratio >= GOALS[name] else "MISSED")
        if abs(float(answer[1]) - value) > 1e-4 * abs(value) + 1e-6:
            note += "  RESULTS DIFFER: %s, %s" % (answer[1], value)
            wrong.append(name)
        print("%-36s %12.3f %-8s %12.3f %7.1fx %10s %10s%s" % (name, our_best * 1e3, module, peer_best * 1e3, ratio,
                                                             bytes_text(float(answer[2])), bytes_text(peer_bytes), note), flush=True)
        run = None
    ours.stdin.close()
    ours.wait()
    if wrong:
        sys.exit("bench-peers: results differ: " + " ".join(wrong))


main()
