"""Reference numbers for the standard library, by NumPy, SciPy and PyTorch, all in double precision.

    pip install numpy scipy torch
    python test/stdlib/oracle/oracle.py > test/stdlib/oracle/oracle.generated.json
"""

import json
import math

import numpy as np
import scipy.special
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
fixture = {}


def plain(value):
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    return np.asarray(value).tolist()


# ---- functions of logits, among them large ones, with gradients
logits = np.array(
    [[2.0, -1.0, 0.5, 3.25], [1000.0, -1000.0, 999.0, 0.0], [-2.5, -2.5, -2.5, -2.5], [80.0, 81.0, -300.0, 79.5]]
)
labels = np.array([3, 2, 0, 1])
weights = np.array([[0.3, -1.2, 0.7, 2.0], [1.0, 0.5, -0.25, 0.1], [0.0, 1.0, 2.0, 3.0], [-1.0, 0.2, 0.4, 0.6]])


def gradient(function, point):
    x = torch.tensor(point, requires_grad=True)
    function(x).backward()
    return plain(x.grad)


fixture["logits"] = {
    "x": plain(logits),
    "labels": plain(labels),
    "weights": plain(weights),
    "softmax": plain(scipy.special.softmax(logits, axis=1)),
    "log_softmax": plain(scipy.special.log_softmax(logits, axis=1)),
    "logsumexp": plain(scipy.special.logsumexp(logits, axis=1)),
    "cross_entropy": plain(F.cross_entropy(torch.tensor(logits), torch.tensor(labels))),
    "softmax_gradient": gradient(lambda x: (torch.tensor(weights) * F.softmax(x, 1)).sum(), logits),
    "log_softmax_gradient": gradient(lambda x: (torch.tensor(weights) * F.log_softmax(x, 1)).sum(), logits),
    "cross_entropy_gradient": gradient(lambda x: F.cross_entropy(x, torch.tensor(labels)), logits),
}

# ---- elementwise functions
points = np.array([-1000.0, -745.0, -40.0, -3.5, -1.0, -1e-3, 0.0, 1e-3, 0.5, 2.0, 37.0, 710.0, 1000.0])
targets = np.array([0.0, 1.0, 0.0, 1.0, 0.25, 1.0, 0.0, 1.0, 0.5, 1.0, 0.0, 1.0, 1.0])
fixture["points"] = {
    "x": plain(points),
    "y": plain(targets),
    "relu": plain(np.maximum(points, 0)),
    "softplus": plain(np.logaddexp(0, points)),
    "softplus_gradient": plain(scipy.special.expit(points)),
    "sigmoid": plain(scipy.special.expit(points)),
    "tanh": plain(np.tanh(points)),
    "erf": plain(scipy.special.erf(points)),
    "bce_with_logits": plain(F.binary_cross_entropy_with_logits(torch.tensor(points), torch.tensor(targets))),
    "bce_with_logits_gradient": gradient(
        lambda x: F.binary_cross_entropy_with_logits(x, torch.tensor(targets)), points
    ),
}

# ---- matrices
generator = np.random.default_rng(5)
matrix = np.round(generator.normal(size=(4, 3)), 3)
other = np.round(generator.normal(size=(4, 3)), 3)
identity = torch.eye(3)
fixture["matrix"] = {
    "w": plain(matrix),
    "v": plain(other),
    "mse": plain(F.mse_loss(torch.tensor(matrix), torch.tensor(other))),
    "mse_gradient": gradient(lambda w: F.mse_loss(w, torch.tensor(other)), matrix),
    "norm": plain(np.linalg.norm(matrix)),
    "norm_gradient": gradient(lambda w: torch.linalg.norm(w), matrix),
    "soft_orthogonal": plain(np.linalg.norm(matrix.T @ matrix - np.eye(3)) ** 2),
    "soft_orthogonal_gradient": gradient(lambda w: ((w.T @ w - identity) ** 2).sum(), matrix),
}

# ---- layers
x = np.round(generator.normal(size=(5, 3)), 3)
layers = [torch.nn.Linear(3, 4), torch.nn.Linear(4, 2)]
with torch.no_grad():
    for layer in layers:
        layer.weight.copy_(torch.tensor(np.round(generator.normal(size=tuple(layer.weight.shape)), 3)))
        layer.bias.copy_(torch.tensor(np.round(generator.normal(size=tuple(layer.bias.shape)), 3)))
fixture["layers"] = {
    "x": plain(x),
    "weights": [plain(layer.weight.T) for layer in layers],
    "biases": [plain(layer.bias) for layer in layers],
    "linear": plain(layers[0](torch.tensor(x))),
    "mlp": plain(layers[1](F.relu(layers[0](torch.tensor(x))))),
    "mlp_tanh": plain(layers[1](torch.tanh(layers[0](torch.tensor(x))))),
}

# ---- optimizers: 20 steps of logistic regression with a ridge, by full gradients
features = np.round(generator.normal(size=(6, 3)), 3)
classes = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0])
start = np.array([0.5, -1.0, 2.0])
steps = 20


def objective(w):
    z = torch.tensor(features) @ w
    return (F.softplus(z) - torch.tensor(classes) * z).mean() + 0.1 * (w**2).sum()


def train(make, schedule=None):
    w = torch.tensor(start.copy(), requires_grad=True)
    optimizer = make([w])
    values, losses = [], []
    for step in range(steps):
        if schedule:
            for group in optimizer.param_groups:
                group["lr"] = schedule(step)
        optimizer.zero_grad()
        loss = objective(w)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        values.append(plain(w))
    return {"values": values, "losses": losses}


fixture["optimizers"] = {
    "features": plain(features),
    "classes": plain(classes),
    "start": plain(start),
    "steps": steps,
    "runs": {
        "sgd(0.5)": train(lambda p: torch.optim.SGD(p, lr=0.5)),
        "sgd(|t| 0.5 / (1 + t))": train(lambda p: torch.optim.SGD(p, lr=0.5), lambda t: 0.5 / (1 + t)),
        "momentum(0.1)": train(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
        "momentum(0.1, beta = 0.5)": train(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.5)),
        "adam(0.1)": train(lambda p: torch.optim.Adam(p, lr=0.1)),
        "adam(0.1, beta1 = 0.8, beta2 = 0.9, eps = 1e-4)": train(
            lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.9), eps=1e-4)
        ),
        "adamw(0.1)": train(lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.01)),
        "adamw(0.05, decay = 0.3, beta1 = 0.7)": train(
            lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.3, betas=(0.7, 0.999))
        ),
    },
}


def finite(value):
    """JSON has no infinities."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a reference number is not finite")
    if isinstance(value, list):
        for element in value:
            finite(element)
    if isinstance(value, dict):
        for element in value.values():
            finite(element)


finite(fixture)
print(json.dumps(fixture, indent=1))
