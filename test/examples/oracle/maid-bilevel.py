"""Reference numbers for the example maid-bilevel, by NumPy and SciPy: the lower problem by Newton's method with tridiagonal
solves, the gradient of f by the same systems, and the minimum of f by L-BFGS-B with differences. The signals are made by
a formula, k -> frac(k^2 sqrt(2)), whose arithmetic is exact to the last bit everywhere.

    pip install numpy scipy
    python test/examples/oracle/maid-bilevel.py > test/examples/oracle/maid-bilevel.generated.json
"""

import json

import numpy as np
from scipy.linalg import solveh_banded
from scipy.optimize import minimize

SIGNALS, N = 8, 64


def spread(k):
    """numbers of mean 0 and variance 1"""
    x = k * k * np.sqrt(2.0)
    return np.sqrt(12.0) * (x - np.floor(x) - 0.5)


s, i = np.meshgrid(np.arange(SIGNALS, dtype=float), np.arange(N, dtype=float), indexing="ij")
clean = 0.3 * spread(1001 + 6 * s + np.floor(i / 13)) + 0.6 * np.sin(i / 9 + s)
noisy = clean + 0.1 * spread(2001 + N * s + i)


def derivatives(x, theta):
    """gradient of h by x; the bands of its Hessian, one signal a row; its mixed derivatives by theta"""
    weight, smooth = np.exp(theta)
    d = np.diff(x, axis=1)
    r = np.sqrt(d * d + smooth * smooth)
    transposed = lambda p: np.concatenate([-p[:, :1], p[:, :-1] - p[:, 1:], p[:, -1:]], 1)
    curvature = weight * smooth * smooth / r**3
    return (
        x - noisy + weight * transposed(d / r),
        curvature,
        (weight * transposed(d / r), weight * transposed(-d * smooth * smooth / r**3)),
    )


def solve(curvature, right):
    rows = []
    for w, y in zip(curvature, right):
        diagonal = 1 + np.concatenate([w, [0]]) + np.concatenate([[0], w])
        rows.append(solveh_banded(np.stack([np.concatenate([[0], -w]), diagonal]), y))
    return np.stack(rows)


def value(x, theta):
    weight, smooth = np.exp(theta)
    return 0.5 * ((x - noisy) ** 2).sum() + weight * np.sqrt(np.diff(x, axis=1) ** 2 + smooth * smooth).sum()


def lower(theta):
    """Newton's method with halved steps, for smaller and smaller smoothing down to the asked one"""
    x = noisy.copy()
    for smooth in np.linspace(0, theta[1], 1 + int(4 * abs(theta[1])) + 1)[1:]:
        at = np.array([theta[0], smooth])
        for _ in range(100):
            gradient, curvature, _ = derivatives(x, at)
            if np.linalg.norm(gradient) <= 1e-12:
                break
            step, length = solve(curvature, gradient), 1.0
            while value(x - length * step, at) > value(x, at) + 1e-13 and length > 1e-6:
                length /= 2
            x = x - length * step
    return x


def f(theta):
    return ((lower(theta) - clean) ** 2).sum() / (2 * SIGNALS)


def slope(theta):
    x = lower(theta)
    _, curvature, mixed = derivatives(x, theta)
    q = solve(curvature, (x - clean) / SIGNALS)
    return np.array([-(m * q).sum() for m in mixed])


points = [np.array([-2.5, -2.0]), np.array([-1.5, -3.5])]
found = minimize(f, [-2.0, -3.0], method="L-BFGS-B", bounds=[(-8, 3)] * 2, options={"eps": 1e-6, "ftol": 1e-15, "gtol": 1e-9})
checked = [float(np.linalg.norm(derivatives(lower(p), p)[0])) for p in points]
assert max(checked) <= 1e-11, checked
print(
    json.dumps(
        {
            "points": [p.tolist() for p in points],
            "x": lower(points[0]).tolist(),
            "values": [f(p) for p in points],
            "slopes": [slope(p).tolist() for p in points],
            "best": found.x.tolist(),
            "least": found.fun,
        }
    )
)
