"""The example overparam-matrix-sensing again, in NumPy, on a problem made by a formula: k -> frac(k^2 sqrt(2)), whose
arithmetic is exact to the last bit everywhere, in place of random draws.

    pip install numpy
    python test/examples/oracle/overparam-matrix-sensing.py > test/examples/oracle/overparam-matrix-sensing.generated.json
"""

import json

import numpy as np

N, MEASUREMENTS = 20, 800


def spread(first, *shape):
    """numbers of mean 0 and variance 1, by the formula, from the given one on"""
    k = np.arange(first, first + np.prod(shape), dtype=float)
    x = k * k * np.sqrt(2.0)
    return (np.sqrt(12.0) * (x - np.floor(x) - 0.5)).reshape(shape)


a = spread(1, MEASUREMENTS, N * N) / np.sqrt(MEASUREMENTS)
normal_matrix = a.T @ a
angle = 2 * np.pi * np.arange(N) / N
u = np.stack([np.cos(angle), np.sin(angle)], 1) / np.sqrt(10)
target = u @ np.diag([1, 0.8]) @ u.T
x0, f0, g0 = (spread(first, N, 4) / np.sqrt(N) for first in (500001, 600001, 700001))
g0 = g0 / 3


def gradient(p):
    return (normal_matrix @ (p - target).ravel()).reshape(N, N)


def error(p):
    return float(((p - target) ** 2).sum())


def loss(p):
    return float((p - target).ravel() @ normal_matrix @ (p - target).ravel()) / 2


def symmetric(x, steps):
    errors = []
    for _ in range(steps):
        g = gradient(x @ x.T)
        x = x - 0.05 * (g + g.T) @ x
        errors.append(error(x @ x.T))
    return errors


def descend(f, g, tolerance, steps=16000, rate=0.05):
    for step in range(steps):
        s = gradient(f @ g.T)
        f, g = f - rate * s @ g, g - rate * s.T @ f
        if error(f @ g.T) <= tolerance:
            break
    return f, g, step + 1


def imbalance(f, g):
    return f.T @ f - g.T @ g


def largest(m):
    return float(np.linalg.norm(m, 2))


out = {"loss": loss(x0 @ g0.T), "error": error(x0 @ g0.T), "symmetric": {}, "asymmetric": {}, "modified": {}}
for k, steps in ((2, 300), (4, 1000)):
    out["symmetric"][k] = {"steps": steps, "errors": symmetric(0.3 * x0[:, :k], steps)[49::50]}
for alpha in (0.3, 0.15):
    f, g, steps = descend(alpha * f0, alpha * g0, 1e-6)
    out["asymmetric"][alpha] = {"steps": steps, "error": error(f @ g.T)}
    f, g, before = descend(alpha * f0, alpha * g0, 1e-2)
    left, s, right = np.linalg.svd(f, full_matrices=False)
    f2, g2 = left @ right, g @ right.T @ np.diag(s) @ right
    f3, g3, after = descend(f2, g2, 1e-12)
    out["modified"][alpha] = {
        "before": before,
        "product": f.dot(g.T)[0].tolist(),
        "imbalance": [largest(imbalance(f, g)), largest(imbalance(f2, g2))],
        "f": f2.tolist(),
        "g": g2.tolist(),
        "steps": before + after,
        "error": error(f3 @ g3.T),
    }
first = imbalance(0.3 * f0, 0.3 * g0)
out["drift"] = [
    float(np.linalg.norm(imbalance(*descend(0.3 * f0, 0.3 * g0, 0, steps, rate)[:2]) - first))
    for rate, steps in ((0.05, 2000), (0.025, 4000))
]
print(json.dumps(out))
