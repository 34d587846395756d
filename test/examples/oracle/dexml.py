"""Reference numbers for the losses of the example dexml, by PyTorch in double precision: each is written from the
formula of the paper, and its gradient is that of autograd (of the soft top-K through the implicit function).

    pip install numpy scipy torch
    python test/examples/oracle/dexml.py > test/examples/oracle/dexml.generated.json
"""

import json

import scipy.optimize
import scipy.special
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
LABELS, BIAS = 30, -1.0

scores = torch.round(torch.randn(3, LABELS) * 32) / 8
positives = torch.zeros(3, LABELS, dtype=torch.bool)
for row, count in enumerate([1, 6, 12]):
    positives[row, torch.randperm(LABELS)[:count]] = True


def info_nce(s, y):
    """sum over positives of the cross-entropy against all labels"""
    target = torch.nonzero(y)[:, 0]
    return F.cross_entropy(s.expand(len(target), -1), target, reduction="sum")


def info_nce_mean(s, y):
    target = torch.nonzero(y)[:, 0]
    return F.cross_entropy(s.expand(len(target), -1), target, reduction="mean")


def decoupled(s, y):
    """each positive against the negatives only: -log softmax of [s_j, negatives] at its first place"""
    return sum(-torch.log_softmax(torch.cat([s[j : j + 1], s[~y]]), 0)[0] for j in torch.nonzero(y)[:, 0])


class Threshold(torch.autograd.Function):
    """t with sum_j sigmoid(s_j + t) = k by SciPy's root finder; dt/ds by the implicit function theorem"""

    @staticmethod
    def forward(ctx, s, k):
        sums = lambda t: scipy.special.expit(s.numpy() + t).sum() - k
        t = torch.tensor(scipy.optimize.brentq(sums, -60, 60, xtol=1e-15, rtol=1e-15))
        z = torch.sigmoid(s + t)
        ctx.save_for_backward(z * (1 - z))
        return t

    @staticmethod
    def backward(ctx, up):
        (slope,) = ctx.saved_tensors
        return -up * slope / slope.sum(), None


def soft_top(k):
    def loss(s, y):
        z = torch.sigmoid(s + Threshold.apply(s, k))
        return F.binary_cross_entropy(z[y], torch.ones(int(y.sum())), reduction="sum")

    return loss


def one_for_all(s, y):
    return F.binary_cross_entropy_with_logits(s + BIAS, y.double(), reduction="sum")


losses = {
    "info_nce(s, y)": info_nce,
    "info_nce_mean(s, y)": info_nce_mean,
    "decoupled(s, y)": decoupled,
    "soft_top(s, y, 5)": soft_top(5),
    "soft_top(s, y, 20)": soft_top(20),
    f"one_for_all(s, y, {BIAS})": one_for_all,
}

results = {}
for call, loss in losses.items():
    values, gradients = [], []
    for s, y in zip(scores, positives):
        leaf = s.clone().requires_grad_()
        value = loss(leaf, y)
        value.backward()
        assert torch.autograd.gradcheck(lambda v: loss(v, y), (s.clone().requires_grad_(),))
        values.append(value.item())
        gradients.append(leaf.grad.tolist())
    results[call] = {"values": values, "gradients": gradients}

print(json.dumps({"scores": scores.tolist(), "positives": positives.long().tolist(), "losses": results}))
