"""Reference numbers for the optimizers of `stdlib/optimizers.ansatz`: NumPy, with the gradients of JAX; groups of
parameters with optimizers of their own: optax 0.2.8.

    python structured_optimizers.py > structured_optimizers.generated.json
"""

import json

import jax
import jax.numpy as jnp
import numpy as np
import optax
from scipy.special import softmax

jax.config.update("jax_enable_x64", True)
generator = np.random.default_rng(11)
steps = 20


def plain(value):
    return np.asarray(value, dtype=float).tolist()


features = np.round(generator.normal(size=(7, 4)), 3)
targets = np.round(generator.normal(size=(7, 3)), 3)
start = {"w": np.round(generator.normal(size=(4, 3)), 3), "b": np.round(generator.normal(size=3), 3)}
# The same on the simplex, along the last axis.
weights = {name: plain(softmax(value, axis=-1)) for name, value in start.items()}


def objective(w, b):
    """Both parameters are coupled by the residual."""
    return jnp.mean((features @ w + b - targets) ** 2) + 0.05 * jnp.sum(w**4)


slopes = jax.jit(jax.grad(objective, argnums=(0, 1)))


def gradient(leaves):
    return [np.asarray(g) for g in slopes(*leaves)]


def begin():
    return [start["w"].copy(), start["b"].copy()]


def told(leaves):
    return {"w": plain(leaves[0]), "b": plain(leaves[1])}


def soft(x, t):
    return np.sign(x) * np.maximum(np.abs(x) - t, 0)


def proximal_gradient(rate, decay):
    leaves = begin()
    for _ in range(steps):
        leaves = [soft(p - rate * g, decay * rate) for p, g in zip(leaves, gradient(leaves))]
    return told(leaves)


def fista(rate, prox):
    """Beck and Teboulle, 2009, the algorithm on page 193 (FISTA with constant step size)."""
    before = begin()
    y, t = begin(), 1.0
    for _ in range(steps):
        x = [prox(p - rate * g, rate) for p, g in zip(y, gradient(y))]
        following = (1 + np.sqrt(1 + 4 * t * t)) / 2
        y = [now + (t - 1) / following * (now - old) for now, old in zip(x, before)]
        before, t = x, following
    return told(before)


def exponentiated_gradient(rate):
    leaves = [np.array(weights["w"]), np.array(weights["b"])]
    for _ in range(steps):
        leaves = [softmax(np.log(p) - rate * g, axis=-1) for p, g in zip(leaves, gradient(leaves))]
    return told(leaves)


def coordinate_descent(rate, rule, size):
    leaves = begin()
    split = leaves[0].size
    for turn in range(steps):
        x = np.concatenate([leaf.ravel() for leaf in leaves])
        g = np.concatenate([leaf.ravel() for leaf in gradient(leaves)])
        blocks = [np.arange(k, min(k + size, x.size)) for k in range(0, x.size, size)]
        which = turn % len(blocks) if rule == "Cyclic" else int(np.argmax([np.linalg.norm(g[b]) for b in blocks]))
        x[blocks[which]] -= rate * g[blocks[which]]
        leaves = [x[:split].reshape(4, 3), x[split:]]
    return told(leaves)


def groups(of_w, of_b):
    """Each parameter by an optimizer of its own, of the gradient of the same objective."""
    rule = optax.multi_transform({"w": of_w, "b": of_b}, {"w": "w", "b": "b"})
    leaves = {name: jnp.asarray(value) for name, value in start.items()}
    state = rule.init(leaves)
    for _ in range(steps):
        slope = jax.grad(lambda p: objective(p["w"], p["b"]))(leaves)
        update, state = rule.update(slope, state, leaves)
        leaves = optax.apply_updates(leaves, update)
    return {name: plain(value) for name, value in leaves.items()}


# ---- softmax regression by natural gradients: Fisher's information, written out
classes = generator.integers(0, 3, size=7)


def natural(rate, damping):
    theta = np.concatenate([start["w"].ravel(), start["b"]])
    rows = np.hstack([features, np.ones((7, 1))])
    one_hot = np.eye(3)[classes]
    for _ in range(steps):
        p = softmax(rows @ theta.reshape(5, 3), axis=1)
        g = (rows.T @ (p - one_hot) / 7).ravel()
        fisher = np.zeros((15, 15))
        for x, q in zip(rows, p):
            fisher += np.kron(np.outer(x, x), np.diag(q) - np.outer(q, q)) / 7
        theta = theta - rate * np.linalg.solve(fisher + damping * np.eye(15), g)
    return told([theta[:12].reshape(4, 3), theta[12:]])


# ---- alternating directions on a lasso
def admm(rho, turns):
    a, y = features, targets[:, 0]
    z, u = np.zeros(4), np.zeros(4)
    for _ in range(turns):
        x = np.linalg.solve(a.T @ a + rho * np.eye(4), a.T @ y + rho * (z - u))
        z = soft(x + u, 0.5 / rho)
        u = u + x - z
    return plain(z)


runs = {
    "proximal_gradient(0.1, |x, t| soft_threshold(x, 0.3 * t))": proximal_gradient(0.1, 0.3),
    "fista(0.1, soft_threshold)": fista(0.1, lambda x, t: soft(x, t)),
    "fista(0.2, |x, t| nonnegative.prox(x, t))": fista(0.2, lambda x, t: np.maximum(x, 0)),
    "coordinate_descent(0.2)": coordinate_descent(0.2, "Greedy", 1),
    "coordinate_descent(0.1, rule = Cyclic, size = 4)": coordinate_descent(0.1, "Cyclic", 4),
    "coordinate_descent(0.1, rule = Greedy, size = 4)": coordinate_descent(0.1, "Greedy", 4),
}

print(
    json.dumps(
        {
            "features": plain(features),
            "targets": plain(targets),
            "classes": classes.tolist(),
            "start": {name: plain(value) for name, value in start.items()},
            "weights": weights,
            "steps": steps,
            "runs": runs,
            "groups": {
                "adamw(0.05, decay = 0.1) on w, adamw(0.05, decay = 0) on b": groups(
                    optax.adamw(0.05, weight_decay=0.1), optax.adamw(0.05, weight_decay=0)
                ),
                "nesterov(0.02, beta = 0.5) on w, rmsprop(0.01) on rest": groups(
                    optax.sgd(0.02, momentum=0.5, nesterov=True),
                    optax.rmsprop(0.01, decay=0.99, eps=1e-8, eps_in_sqrt=False),
                ),
            },
            "exponentiated_gradient": exponentiated_gradient(0.5),
            "natural_gradient": natural(0.5, 0.1),
            "admm": {"start": admm(2.0, 3), "end": admm(2.0, 400)},
        },
        indent=1,
    )
)
