"""Reference numbers for constraints and reparametrizations: generic solvers (CVXPY 1.9 with Clarabel, SciPy), NumPy.

    python constraints.py > constraints.generated.json
"""

import itertools
import json

import cvxpy as cp
import numpy as np

generator = np.random.default_rng(11)


def plain(value):
    return np.asarray(value, dtype=float).tolist()


def nearest(point, constraints, **options):
    """By an interior point method, which knows nothing of closed forms."""
    x = cp.Variable(point.shape, **options)
    problem = cp.Problem(cp.Minimize(cp.sum_squares(x - point)), constraints(x))
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-13, tol_gap_rel=1e-13, tol_feas=1e-13)
    return plain(x.value)


tall = np.round(generator.normal(size=(4, 3)), 3)
square = np.round(generator.normal(size=(4, 4)), 3)
vector = np.round(2 * generator.normal(size=6), 3)
gradient = np.round(generator.normal(size=(4, 4)), 3)

projections = {
    "nuclear_ball(1.5)": nearest(tall, lambda x: [cp.normNuc(x) <= 1.5]),
    "spectral_ball(1.2)": nearest(tall, lambda x: [cp.sigma_max(x) <= 1.2]),
}
square_projections = {
    "positive_definite(0.3)": nearest(square, lambda x: [x >> 0.3 * np.eye(4)], symmetric=True),
    "doubly_stochastic": nearest(square, lambda x: [x >= 0, cp.sum(x, 0) == 1, cp.sum(x, 1) == 1]),
    "symmetric": nearest(square, lambda x: [x == x.T]),
}


def sparse(w, k):
    """The best of all supports of k elements."""
    best = None
    for support in itertools.combinations(range(len(w)), k):
        x = np.zeros_like(w)
        x[list(support)] = w[list(support)]
        if best is None or np.sum((x - w) ** 2) < np.sum((best - w) ** 2):
            best = x
    return plain(best)


def rank(w, k):
    u, s, v = np.linalg.svd(w, full_matrices=False)
    return u[:, :k] * s[:k] @ v[:k]


def fixed_rank_tangent(w, g, k):
    """The closest G to g among U A V' + B V' + U C', by least squares over a basis of these."""
    u, _, vt = np.linalg.svd(w, full_matrices=False)
    u, v = u[:, :k], vt[:k].T
    n, m = w.shape
    columns = [np.outer(u[:, i], row).ravel() for i in range(k) for row in np.eye(m)]
    columns += [np.outer(column, v[:, j]).ravel() for j in range(k) for column in np.eye(n)]
    basis = np.stack(columns, axis=1)
    return (basis @ np.linalg.lstsq(basis, g.ravel(), rcond=None)[0]).reshape(n, m)


low = rank(tall, 2)

# ---- reparametrizations
vectors = np.round(generator.normal(size=(3, 4)), 3)
reflected = np.eye(4)
for v in vectors:
    reflected = reflected @ (np.eye(4) - 2 * np.outer(v, v) / (v @ v))
left, right = np.round(generator.normal(size=(2, 2)), 3), np.round(generator.normal(size=(2, 3)), 3)
matrix = np.round(generator.normal(size=(4, 6)), 3)


def nearest_kronecker(w, p, q):
    """By alternating least squares from many starts, to the best."""
    n, m = w.shape[0] // p, w.shape[1] // q
    best = None
    for trial in range(20):
        b = np.random.default_rng(trial).normal(size=(p, q))
        blocks = w.reshape(n, p, m, q)
        for _ in range(3000):
            a = np.einsum("npmq,pq->nm", blocks, b) / np.sum(b**2)
            b = np.einsum("npmq,nm->pq", blocks, a) / np.sum(a**2)
        value = np.kron(a, b)
        if best is None or np.sum((value - w) ** 2) < np.sum((best - w) ** 2):
            best = value
    return best


def quantized(w, bits):
    steps = 2 ** (bits - 1) - 1
    scale = np.max(np.abs(w)) / steps
    return scale * np.round(w / scale)


index = np.array([[0, 1, 2, 0, 1, 2], [2, 2, 0, 0, 1, 1], [0, 0, 0, 1, 1, 2], [1, 2, 1, 2, 1, 0]])
pool = np.array([matrix[index == k].mean() for k in range(3)])
lower = np.tril(np.round(generator.normal(size=(4, 4)), 3))

print(
    json.dumps(
        {
            "tall": plain(tall),
            "square": plain(square),
            "vector": plain(vector),
            "gradient": plain(gradient),
            "projections": projections,
            "square_projections": square_projections,
            "sparse": sparse(vector, 3),
            "rank": plain(low),
            "tangent": plain(fixed_rank_tangent(low, gradient[:, :3], 2)),
            "doubly_stochastic_lmo": min(
                sum(gradient[i, p[i]] for i in range(4)) for p in itertools.permutations(range(4))
            ),
            "nuclear_lmo": -1.5 * np.linalg.norm(tall, 2),
            "vectors": plain(vectors),
            "reflected": plain(reflected),
            "left": plain(left),
            "right": plain(right),
            "kronecker": plain(np.kron(left, right)),
            "matrix": plain(matrix),
            "nearest_kronecker": plain(nearest_kronecker(matrix, 2, 3)),
            "quantized": plain(quantized(matrix, 4)),
            "index": index.tolist(),
            "pooled": plain(pool[index]),
            "lower": plain(lower),
            "gram": plain(lower @ lower.T + 0.01 * np.eye(4)),
        },
        indent=1,
    )
)
