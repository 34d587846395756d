"""Reference numbers for optimizers and constraints: optax 0.2.8, NumPy and SciPy.

    python rules.py > rules.generated.json
"""

import json

import jax
import jax.numpy as jnp
import numpy as np
import optax
from scipy.linalg import expm, polar
from scipy.optimize import minimize

jax.config.update("jax_enable_x64", True)
generator = np.random.default_rng(7)


def plain(value):
    return np.asarray(value, dtype=float).tolist()


# ---- optimizers: 20 steps towards a matrix, with a term that couples all elements
target = np.round(generator.normal(size=(4, 3)), 3)
start = np.round(generator.normal(size=(4, 3)), 3)
steps = 20


def objective(w):
    return jnp.sum((w - target) ** 2) + 0.1 * jnp.sum(w) ** 2 + jnp.sum(jnp.log(1 + w**2))


def train(transformation):
    w = jnp.asarray(start)
    state = transformation.init(w)
    values = []
    for _ in range(steps):
        update, state = transformation.update(jax.grad(objective)(w), state, w)
        w = optax.apply_updates(w, update)
        values.append(plain(w))
    return values


def newton_schulz(g, turns=5):
    """Jordan, https://kellerjordan.github.io/posts/muon, without its rounding to bfloat16."""
    x = g.T if g.shape[0] > g.shape[1] else g
    x = x / (np.linalg.norm(x) + 1e-7)
    for _ in range(turns):
        a = x @ x.T
        x = 3.4445 * x + (-4.775 * a + 2.0315 * a @ a) @ x
    return x.T if g.shape[0] > g.shape[1] else x


def train_muon(rate, beta):
    """The update of the same page, with a sum in place of the mean, which only scales what is normalised after."""
    w, total, values = start.copy(), np.zeros_like(start), []
    for _ in range(steps):
        g = np.asarray(jax.grad(objective)(jnp.asarray(w)))
        total = beta * total + g
        update = newton_schulz(g + beta * total)
        w = w - rate * np.sqrt(max(1, w.shape[0] / w.shape[1])) * update
        values.append(plain(w))
    return values


runs = {
    "nesterov(0.01)": train(optax.sgd(0.01, momentum=0.9, nesterov=True)),
    "nesterov(0.02, beta = 0.5)": train(optax.sgd(0.02, momentum=0.5, nesterov=True)),
    "rmsprop(0.01)": train(optax.rmsprop(0.01, decay=0.99, eps=1e-8, eps_in_sqrt=False)),
    "rmsprop(0.02, beta = 0.9, eps = 1e-3)": train(optax.rmsprop(0.02, decay=0.9, eps=1e-3, eps_in_sqrt=False)),
    # So small an eps is the same inside and outside of the root.
    "adagrad(0.5, eps = 1e-20)": train(optax.adagrad(0.5, initial_accumulator_value=0, eps=1e-20)),
    "lion(0.01)": train(optax.lion(0.01, weight_decay=0)),
    "lion(0.02, beta1 = 0.8, beta2 = 0.9, decay = 0.1)": train(
        optax.lion(0.02, b1=0.8, b2=0.9, weight_decay=0.1)
    ),
    "adafactor(0.05)": train(
        optax.adafactor(0.05, min_dim_size_to_factor=1, multiply_by_parameter_scale=False, eps=1e-30)
    ),
    "muon(0.05)": train_muon(0.05, 0.95),
    "muon(0.02, beta = 0.5)": train_muon(0.02, 0.5),
}

# ---- projections: by a generic solver, which knows nothing of their closed forms
point = np.round(generator.normal(size=6), 3)


def nearest(constraints=(), bounds=None):
    return plain(
        minimize(
            lambda x: np.sum((x - point) ** 2),
            np.full(6, 0.1),
            jac=lambda x: 2 * (x - point),
            bounds=bounds,
            constraints=constraints,
            method="SLSQP",
            options={"ftol": 1e-16, "maxiter": 1000},
        ).x
    )


projections = {
    "simplex": nearest([{"type": "eq", "fun": lambda x: np.sum(x) - 1}], [(0, None)] * 6),
    "monotone": nearest([{"type": "ineq", "fun": lambda x: x[1:] - x[:-1]}]),
    "l2_ball(0.7)": nearest([{"type": "ineq", "fun": lambda x: 0.49 - np.sum(x**2)}]),
    "box(-0.3, 0.4)": nearest(bounds=[(-0.3, 0.4)] * 6),
    "linf_ball(0.5)": nearest(bounds=[(-0.5, 0.5)] * 6),
}
# The absolute values are the nearest point of a simplex.
size = minimize(
    lambda x: np.sum((x - np.abs(point)) ** 2),
    np.full(6, 0.4),
    jac=lambda x: 2 * (x - np.abs(point)),
    bounds=[(0, None)] * 6,
    constraints=[{"type": "eq", "fun": lambda x: np.sum(x) - 2.5}],
    method="SLSQP",
    options={"ftol": 1e-16, "maxiter": 1000},
).x
projections["l1_ball(2.5)"] = plain(np.sign(point) * size)

# ---- weights: a tall matrix and its transpose
weight = np.round(generator.normal(size=(5, 3)), 3)
skew = np.round(generator.normal(size=(3, 3)), 3)
skew = (skew - skew.T) / 2


def best(w, rank):
    u, s, v = np.linalg.svd(w, full_matrices=False)
    return u[:, :rank] * s[:rank] @ v[:rank]


def clipped(w, radius):
    u, s, v = np.linalg.svd(w, full_matrices=False)
    return u * np.minimum(s, radius) @ v


weights = {
    "weight": plain(weight),
    "skew": plain(skew),
    "polar": plain(polar(weight)[0]),
    "rank_two": plain(best(weight, 2)),
    "spectral": plain(weight / np.linalg.norm(weight, 2)),
    "clipped": plain(clipped(weight, 1.5)),
    "violation": plain(np.linalg.norm(weight, 2) - 1.5),
    "rotation": plain((np.eye(3) + skew) @ np.linalg.inv(np.eye(3) - skew)),
    "exponential": plain(expm(skew)),
    "directions": plain(weight / np.linalg.norm(weight, axis=0)),
}

print(
    json.dumps(
        {
            "optimizers": {"target": plain(target), "start": plain(start), "steps": steps, "runs": runs},
            "newton_schulz": {"wide": plain(newton_schulz(start.T)), "tall": plain(newton_schulz(start, 3))},
            "point": plain(point),
            "projections": projections,
            "weights": weights,
        },
        indent=1,
    )
)
