"""Reference numbers for loops and derivatives, by JAX in double precision.

    pip install jax
    python test/elaborate/oracle/derivatives.py > test/elaborate/oracle/derivatives.generated.json
"""

import json

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
random = np.random.default_rng(0)
fixture = {}


def plain(value):
    return jax.tree.map(lambda leaf: np.asarray(leaf).tolist(), value)


# ---- a scan of 100 turns
forces = random.normal(size=100)


def driven(w, forces):
    def turn(state, force):
        position, speed = state
        speed = 0.95 * speed + 0.1 * (force - jnp.sin(w * position))
        position = position + 0.1 * speed
        return (position, speed), position * speed

    (position, speed), outputs = jax.lax.scan(turn, (0.3, 0.0), forces)
    return position**2 + speed + jnp.mean(outputs)


fixture["scan"] = {
    "forces": plain(forces),
    "value": plain(driven(1.3, forces)),
    "by_w": plain(jax.grad(driven)(1.3, forces)),
    "by_forces": plain(jax.grad(driven, argnums=1)(1.3, forces)),
    "second": plain(jax.grad(jax.grad(driven))(1.3, forces)),
}

# ---- a small network of 13 parameters
inputs = random.normal(size=(5, 2))
targets = random.normal(size=5)
weights = random.normal(size=13)
direction = random.normal(size=13)


def network_loss(w):
    hidden = jnp.tanh(inputs @ w[0:6].reshape(2, 3) + w[6:9])
    return jnp.mean((hidden @ w[9:12] + w[12] - targets) ** 2)


fixture["network"] = {
    "inputs": plain(inputs),
    "targets": plain(targets),
    "weights": plain(weights),
    "direction": plain(direction),
    "gradient": plain(jax.grad(network_loss)(weights)),
    "hessian": plain(jax.hessian(network_loss)(weights)),
    "product": plain(jax.jvp(jax.grad(network_loss), (weights,), (direction,))[1]),
}

# ---- a branch under a binder
points = np.array([-1.5, -0.2, 0.0, 0.4, 0.6, 1.0, 2.5])


def branched(x):
    return jax.lax.cond(x > 0.5, lambda x: jnp.sin(3 * x) * jnp.sqrt(x - 0.5), lambda x: x**3, x)


fixture["branch"] = {
    "points": plain(points),
    "gradient": plain(jax.vmap(jax.grad(branched))(points)),
    "second": plain(jax.vmap(jax.grad(jax.grad(branched)))(points)),
}

# ---- Sinkhorn: 30 turns
a = random.uniform(0.5, 1.5, size=3)
b = random.uniform(0.5, 1.5, size=4)
a, b = a / a.sum(), b / b.sum()
cost = random.uniform(size=(3, 4))


def sinkhorn(a, b, cost, eps):
    def turn(_, duals):
        f, g = duals
        f = -eps * jax.nn.logsumexp(jnp.log(b)[None, :] + (g[None, :] - cost) / eps, axis=1)
        g = -eps * jax.nn.logsumexp(jnp.log(a)[:, None] + (f[:, None] - cost) / eps, axis=0)
        return f, g

    f, g = jax.lax.fori_loop(0, 30, turn, (jnp.zeros(3), jnp.zeros(4)))
    return a @ f + b @ g


by = jax.grad(sinkhorn, argnums=(0, 1, 2, 3))(a, b, cost, 0.1)
fixture["sinkhorn"] = {
    "a": plain(a),
    "b": plain(b),
    "cost": plain(cost),
    "value": plain(sinkhorn(a, b, cost, 0.1)),
    "by_a": plain(by[0]),
    "by_b": plain(by[1]),
    "by_cost": plain(by[2]),
    "by_eps": plain(by[3]),
}

# ---- a recurrent network
sequence = random.normal(size=(6, 2, 1))
recurrent = {
    "recurrent": random.normal(size=(3, 3)) / 2,
    "input": random.normal(size=(1, 3)),
    "head": random.normal(size=(3, 2)),
}


def unrolled(p):
    h = jnp.zeros((2, 3))
    for now in sequence:
        h = jnp.tanh(h @ p["recurrent"] + now @ p["input"])
    return jnp.sum((h @ p["head"]) ** 2)


fixture["recurrent"] = {
    "sequence": plain(sequence),
    "parameters": plain(recurrent),
    "value": plain(unrolled(recurrent)),
    "gradient": plain(jax.grad(unrolled)(recurrent)),
}

# ---- residuals of Burgers' equation, and their gradient by the network
field = [
    {"weight": random.normal(size=(2, 4)), "bias": random.normal(size=4)},
    {"weight": random.normal(size=(4, 1)), "bias": random.normal(size=1)},
]
places = random.uniform(-1, 1, size=(6, 2))


def u(p, x, t):
    h = jnp.tanh(jnp.stack([x, t]) @ p[0]["weight"] + p[0]["bias"])
    return (h @ p[1]["weight"] + p[1]["bias"])[0]


def residual(p, x, t):
    u_x = jax.grad(u, 1)
    u_xx = jax.grad(u_x, 1)
    u_t = jax.grad(u, 2)
    return u_t(p, x, t) + u(p, x, t) * u_x(p, x, t) - 0.01 / jnp.pi * u_xx(p, x, t)


def burgers(p):
    return jnp.mean(jax.vmap(lambda at: residual(p, at[0], at[1]) ** 2)(places))


fixture["burgers"] = {
    "field": plain(field),
    "places": plain(places),
    "residuals": plain(jax.vmap(lambda at: residual(field, at[0], at[1]))(places)),
    "loss": plain(burgers(field)),
    "gradient": plain(jax.grad(burgers)(field)),
}


# ---- matrices of derivatives
def tall(x):
    return jnp.stack([x[0] * x[1], jnp.sin(x[0]), x[1] ** 3])


def wide(x):
    return jnp.stack([x[0] * x[1] * x[2], jnp.exp(x[2] - x[0])])


fixture["matrices"] = {
    "tall": plain(jax.jacobian(tall)(jnp.array([0.7, -1.2]))),
    "wide": plain(jax.jacobian(wide)(jnp.array([0.7, -1.2, 0.3]))),
    "second": plain(jax.jacfwd(jax.jacfwd(wide))(jnp.array([0.7, -1.2, 0.3]))),
}

print(json.dumps(fixture))
