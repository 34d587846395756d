"""Reference numbers for adafactor of leaves of other ranks than 2: optax 0.2.8.

    python test/stdlib/oracle/adafactor.py > test/stdlib/oracle/adafactor.generated.json
"""

import json

import jax
import jax.numpy as jnp
import numpy as np
import optax

jax.config.update("jax_enable_x64", True)
random = np.random.default_rng(11)
steps = 20


def train(target, start):
    transformation = optax.adafactor(
        0.05, min_dim_size_to_factor=1, multiply_by_parameter_scale=False, eps=1e-30
    )
    slope = jax.grad(
        lambda w: jnp.sum((w - target) ** 2) + 0.1 * jnp.sum(w) ** 2 + jnp.sum(jnp.log(1 + w**2))
    )
    w = jnp.asarray(start)
    state = transformation.init(w)
    values = []
    for _ in range(steps):
        update, state = transformation.update(slope(w), state, w)
        w = optax.apply_updates(w, update)
        values.append(np.asarray(w).tolist())
    return {"target": target.tolist(), "start": start.tolist(), "first": values[0], "last": values[-1]}


# Of more axes than two optax factors the two largest: here the last ones.
shapes = {"adafactor": (2, 3, 4), "adafactor_vector": (5,)}
print(
    json.dumps(
        {
            name: train(random.normal(size=shape).round(3), random.normal(size=shape).round(3))
            for name, shape in shapes.items()
        },
        indent=1,
    )
)
