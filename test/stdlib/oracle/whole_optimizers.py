"""Reference numbers for optimizers of all parameters together: NumPy, with the gradients by hand.

    python test/stdlib/oracle/whole_optimizers.py > test/stdlib/oracle/whole_optimizers.generated.json
"""

import json

import numpy as np

steps, lr, beta = 20, 0.02, 0.9
random = np.random.default_rng(7)
features = random.normal(size=(5, 3)).round(3)
targets = random.normal(size=(5, 2)).round(3)
start = {"weight": random.normal(size=(3, 2)).round(3), "bias": random.normal(size=2).round(3)}


def gradient(weight, bias):
    """Of the sum of squared residuals, plus 0.1 times the sum of weight^4."""
    residual = features @ weight + bias - targets
    return 2 * features.T @ residual + 0.4 * weight**3, 2 * residual.sum(axis=0)


def norm(leaves):
    return np.sqrt(sum((leaf**2).sum() for leaf in leaves))


def train(direction):
    """Momentum along what is made of the gradient at the parameters."""
    leaves = [start["weight"], start["bias"]]
    moments = [np.zeros_like(leaf) for leaf in leaves]
    for _ in range(steps):
        slopes = direction(leaves, gradient(*leaves))
        moments = [beta * m + s for m, s in zip(moments, slopes)]
        leaves = [leaf - lr * m for leaf, m in zip(leaves, moments)]
    return {"weight": leaves[0].tolist(), "bias": leaves[1].tolist()}


def sharpness_aware(rho):
    """Foret et al., 2021, equation 2 and algorithm 1 with p = 2."""
    return lambda leaves, slopes: gradient(*(p + rho * g / norm(slopes) for p, g in zip(leaves, slopes)))


def clipped(limit):
    """Pascanu, Mikolov and Bengio, 2013, algorithm 1."""
    return lambda _, slopes: [g * min(1, limit / norm(slopes)) for g in slopes]


print(
    json.dumps(
        {
            "features": features.tolist(),
            "targets": targets.tolist(),
            "start": {name: value.tolist() for name, value in start.items()},
            "steps": steps,
            "runs": {
                "sharpness_aware(momentum(0.02), rho = 0.2)": train(sharpness_aware(0.2)),
                "clipped(momentum(0.02), limit = 0.5)": train(clipped(0.5)),
                "clipped(sharpness_aware(momentum(0.02), rho = 0.2), limit = 1e9)": train(sharpness_aware(0.2)),
            },
        }
    )
)
