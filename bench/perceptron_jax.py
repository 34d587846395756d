"""The step of bench/perceptron.ts in JAX, jit compiled, many steps in one call. Prints microseconds a step."""
import sys
import time

import jax
import jax.numpy as jnp

batch, inputs, hidden, outputs, steps = (int(a) for a in sys.argv[1:6])


def loss(weights, x, y):
    w1, b1, w2, b2 = weights
    logits = jax.nn.relu(x @ w1 + b1) @ w2 + b2
    return -(y * jax.nn.log_softmax(logits)).sum() / batch


@jax.jit
def run(weights, x, y):
    def step(weights, _):
        value, slopes = jax.value_and_grad(loss)(weights, x, y)
        return [w - 0.01 * g for w, g in zip(weights, slopes)], value

    return jax.lax.scan(step, weights, None, length=steps)


shapes = [(inputs, hidden), (hidden,), (hidden, outputs), (outputs,), (batch, inputs), (batch, outputs)]
values = [jnp.sin(jnp.arange(int(jnp.prod(jnp.array(s)))) + k).reshape(s).astype(jnp.float32) / 8 for k, s in enumerate(shapes)]
weights, x, y = values[:4], values[4], values[5]
start = time.perf_counter()
jax.block_until_ready(run(weights, x, y))
first = time.perf_counter() - start
best = float("inf")
for _ in range(7):
    start = time.perf_counter()
    jax.block_until_ready(run(weights, x, y))
    best = min(best, (time.perf_counter() - start) / steps)
print(f"{best * 1e6:.1f} {first:.2f}")
