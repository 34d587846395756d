"""References of systems of parts 7 and 8, by NumPy, SciPy and JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.stats
from common import norm, soft, system, table

sin, cos = np.sin, np.cos


@system("nc-perturbation")
def _():
    y = np.kron(np.eye(3), np.ones(3))
    start = table(lambda i, n: sin(1.7 * i * (n + 1)) + 2 * cos(i + n // 3 * 2), 4, 9)

    def objective(h):
        w = jnp.linalg.solve(h @ h.T + 0.3 * jnp.eye(4), h @ y.T).T
        return (jnp.sum((w @ h - y) ** 2) + 0.1 * jnp.sum(w**2) + 0.02 * jnp.sum(h**2)) / 18

    def collapse(h):
        groups = np.asarray(h).reshape(4, 3, 3)
        centres = groups.mean(2)
        within = np.sum((groups - centres[..., None]) ** 2) / 9
        return within / (np.sum((centres - centres.mean(1, keepdims=True)) ** 2) / 3)

    h, measures = start, []
    for _ in range(15):
        measures.append(collapse(h))
        h = h - 2 * jax.grad(objective)(h)
    return {"slope": jax.grad(objective)(start), "measures": measures}


@system("memcontrol")
def _():
    x = np.asarray(table(lambda i, k: sin(1.3 * i * (k + 1)), 12, 3))
    y = np.asarray(table(lambda i, k: cos(1.9 * i * (k + 1)) + 0.2 * k, 9, 3))

    def frechet(x):
        a, b = np.cov(x.T, bias=True), np.cov(y.T, bias=True)
        root = np.trace(scipy.linalg.sqrtm(a @ b)).real
        return np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(a) + np.trace(b) - 2 * root

    slope = np.zeros((12, 3))
    for index in np.ndindex(12, 3):
        step = np.zeros((12, 3))
        step[index] = 1e-5
        slope[index] = (frechet(x + step) - frechet(x - step)) / 2e-5
    scores = np.asarray(table(lambda i, k: sin(2.6 * i + 1.9 * k), 8, 2))
    front = [not any((s <= t).all() and (s < t).any() for s in scores) for t in scores]
    return {"value": frechet(x), "slope": slope, "front": front}


@system("grokking-stability")
def _():
    z = np.array([[20, 1, -2], [17, 0.5, 0], [3, 2, 1], [40, 2, 1]])
    exact = np.log1p(np.sum(np.exp(z[:, 1:] - z[:, :1]), 1))
    # In f32 the sum of exponentials is 1 as soon as the others are below half a unit in the last place.
    small = z.astype(np.float32)
    terms = np.exp(small - small[:, :1]).sum(1, dtype=np.float32)
    rounded = np.log(terms) + small[:, 0] - small[:, 0]
    steep = lambda x: jnp.where(x >= 0, x + 1, 1 / (1 - jnp.minimum(x, 0)))
    stable = lambda u, y: jnp.log(jnp.sum(steep(u))) - jnp.log(steep(u)[y])
    a, p = np.array([1.0, 2, 3]), np.array([0.0, 1, 1])
    b, q = np.array([[1.0, -1]]), np.array([[2.0, 1]])
    across = lambda g, w: g - np.sum(g * w) / np.sum(w * w) * w
    return {
        "exact": exact,
        "collapsed": np.mean(rounded == 0),
        "slopes": [jax.grad(stable)(u, 0) for u in z],
        "bent": [jax.hessian(stable)(u, 1) for u in z],
        "flat": [across(a, p), across(b, q)],
    }


@system("trained-rank-pruning")
def _():
    x = np.asarray(table(lambda i, j: sin(1.7 * i * (j + 1)), 20, 6))
    y = x[:, :1] - 0.5 * x[:, 2:3] * np.arange(4) + 0.1 * cos(np.outer(np.arange(20), np.arange(4)))
    w = np.asarray(table(lambda i, j: cos(2 * i + j * j) / 2, 6, 4))
    sub, ranks = np.zeros((6, 4)), []
    for t in range(12):
        if t % 4 == 0:
            u, s, v = np.linalg.svd(w, full_matrices=False)
            rank = int(np.argmax(np.cumsum(s**2) >= 0.97 * np.sum(s**2))) + 1
            w, sub = u[:, :rank] * s[:rank] @ v[:rank], u[:, :rank] @ v[:rank]
        ranks.append(np.linalg.matrix_rank(w))
        w = w - 0.1 * (2 * x.T @ (x @ w - y) / y.size + 0.02 * sub)
    return {"weights": w, "ranks": ranks}


@system("medida-ks")
def _():
    n, h = 32, 0.1
    k = 2 * np.pi * np.arange(17) / 22
    l = k**2 - k**4
    e, half = np.exp(h * l), np.exp(h * l / 2)
    circle = np.exp(2j * np.pi * (np.arange(1, 65) - 0.5) / 64)
    z = h * l[:, None] + circle
    table_of = [
        (np.exp(z / 2) - 1) / z,
        (-4 - z + np.exp(z) * (4 - 3 * z + z**2)) / z**3,
        (2 + z + np.exp(z) * (z - 2)) / z**3,
        (-4 - 3 * z - z**2 + np.exp(z) * (4 - z)) / z**3,
    ]
    q, f1, f2, f3 = (h * np.mean(row, 1).real for row in table_of)
    g = -0.5j * np.where(np.arange(17) < 16, k, 0)
    change = lambda v: g * jnp.fft.rfft(jnp.fft.irfft(v, n) ** 2)

    def step(u):
        v = jnp.fft.rfft(u)
        n1 = change(v)
        a = half * v + q * n1
        n2 = change(a)
        b = half * v + q * n2
        n3 = change(b)
        c = half * a + q * (2 * n3 - n1)
        return jnp.fft.irfft(e * v + f1 * n1 + 2 * f2 * (n2 + n3) + f3 * change(c), n)

    def after(u, turns):
        for _ in range(turns):
            u = step(u)
        return u

    x = 2 * np.pi * np.arange(n) / n
    u = jnp.asarray(cos(x) * (1 + sin(x)))
    members = np.asarray(table(lambda a, i: sin(2 * a + i), 6, 4))
    noise = np.asarray(table(lambda a, i: 0.1 * cos(3 * a + i), 6, 4))
    p = np.cov(members.T)
    gain = p @ np.linalg.inv(p + 0.05 * np.eye(4))
    mixed = np.mean(members + (np.array([0.1, 0.2, -0.3, 0.5]) + noise - members) @ gain.T, 0)
    return {
        "table": [q, f1, f2, f3],
        "later": after(u, 20),
        "sensitivity": jax.grad(lambda a: jnp.sum(after(a * u, 5) ** 2))(1.0),
        "mixed": mixed,
    }


@system("pfgmpp")
def _():
    centres = 2 * table(lambda c, k: sin(2 * c + k), 4, 2)
    extra = 5

    def denoised(x, r):
        weights = jax.nn.softmax(-(2 + extra) / 2 * jnp.log(jnp.sum((x - centres) ** 2, -1) + r**2))
        return weights @ centres

    @jax.jit
    def sampled(x):
        for k in range(12):
            a, b = 8 * np.sqrt(extra) * 0.6**k, 8 * np.sqrt(extra) * 0.6 ** (k + 1)
            d = (x - denoised(x, a)) / a
            guess = x + (b - a) * d
            x = x + (b - a) * (d + (guess - denoised(guess, b)) / b) / 2
        return x

    starts = table(lambda i, k: 6 * sin(2 * i + 1.5 * k), 5, 2)
    # The kernel is a multivariate Student density with 5 degrees of freedom and scale r^2 / 5.
    peak = scipy.stats.multivariate_t.logpdf(np.zeros(2), np.zeros(2), np.eye(2) / 5, 5)
    return {"log_constant": peak, "ends": [sampled(x) for x in starts], "slope": jax.jacobian(sampled)(starts[0])}


@system("learning-to-relax")
def _():
    a = 2.1 * np.eye(10) - np.eye(10, k=1) - np.eye(10, k=-1)
    b = sin(3 * np.arange(10) + 1)

    def count(w):
        x, turns = np.zeros(10), 0
        while np.linalg.norm(b - a @ x) > 1e-8 * np.linalg.norm(b):
            # Element by element, as the method was first written.
            for i in range(10):
                x[i] += w * (b[i] - a[i] @ x) / a[i, i]
            turns += 1
        return turns, x

    losses, eta = np.array([3, 5, 2.5, 9, 4, 7]), 0.4
    total = lambda u: np.sum(4 / (eta * (losses - u)) ** 2) - 1
    u = scipy.optimize.brentq(total, -100, 2.5 - 1e-6, xtol=1e-15, rtol=1e-15)
    return {
        "counts": [count(w)[0] for w in (0.8, 1, 1.2, 1.4, 1.6, 1.8)],
        "x": count(1.4)[1],
        "odds": 4 / (eta * (losses - u)) ** 2,
    }


@system("pnp-magnitude")
def _():
    i, j = np.arange(5)[:, None], np.arange(4)[None]
    a = sin(i + 2 * j) + 1j * cos(3 * i * (j + 1))
    y = cos(2 * np.arange(5)) + 1j * sin(3 * np.arange(5))
    inverse = np.linalg.inv(a.conj().T @ a + 0.7 * np.eye(4))

    def solved(t):
        x = z = u = jnp.zeros(4, complex)
        for _ in range(15):
            x = inverse @ (a.conj().T @ y + 0.7 * (z - u))
            v = x + u
            z = v / jnp.abs(v) * soft(jnp.abs(v), t)
            u = u + x - z
        return z

    z = solved(0.1)
    return {"z": [z.real, z.imag], "slope": jax.grad(lambda t: jnp.sum(jnp.abs(solved(t)) ** 2))(0.1)}


@system("diffusion-mbir")
def _():
    p = np.zeros((10, 25))
    for k in range(5):
        p[k, 5 * k : 5 * k + 5] = 1
        p[5 + k, k::5] = 1
    a = np.kron(np.eye(4), p)
    d = np.kron(np.diff(np.eye(4), axis=0), np.eye(25))
    y = np.add.outer(np.arange(4), 2 * np.arange(10)).ravel()
    y = sin(y) + 1
    x, z, w = np.zeros(100), np.zeros(75), np.zeros(75)
    for _ in range(6):
        x = np.linalg.solve(a.T @ a + 0.5 * d.T @ d + 0.01 * np.eye(100), a.T @ y + 0.5 * d.T @ (z - w))
        z_next = np.asarray(soft(d @ x + w, 0.1))
        w, z = w + d @ x - z_next, z_next
    return {"x": x, "z": z, "w": w}


@system("local-rob-clustering")
def _():
    snapshots = np.asarray(table(lambda i, j: (1 + i % 3) * (sin((1 + i % 3) * j + 0.2 * i) + 0.05 * cos(5 * i * j)), 12, 6))
    unit = snapshots / np.linalg.norm(snapshots, axis=1)[:, None]
    apart = np.sqrt(np.maximum(1 - (unit @ unit.T) ** 2, 0))
    medoids = [3, 4, 5]
    for _ in range(5):
        group = np.argmin(apart[:, medoids], 1)
        medoids = [min(np.flatnonzero(group == c), key=lambda i, c=c: apart[i, group == c].sum()) for c in range(3)]
    group = np.argmin(apart[:, medoids], 1)
    lost = []
    for c in range(3):
        s = np.linalg.svd(snapshots[group == c], compute_uv=False)
        lost.append(np.sqrt(np.sum(s[2:] ** 2) / np.sum(s**2)))
    return {"found": medoids, "group": group, "lost": lost}


@system("pd-quant")
def _():
    w = table(lambda i, j: sin(2 * i + j) / 2, 4, 3)
    v = table(lambda i, j: cos(i * (j + 1)), 4, 3)
    x = table(lambda n, i: sin(1.7 * n + i * i), 6, 4)
    head = table(lambda i, j: cos(i + 2 * j), 3, 5)
    up = lambda v: jnp.clip(1.2 * jax.nn.sigmoid(v) - 0.1, 0, 1)

    def objective(v):
        q, f = x @ (0.2 * jnp.clip(jnp.floor(w / 0.2) + up(v), -4, 3)), x @ w
        p, t = jax.nn.softmax(q @ head / 7), jax.nn.softmax(f @ head / 7)
        divergence = jnp.mean(jnp.sum(t * (jnp.log(t) - jnp.log(p)), 1))
        return jnp.mean((q - f) ** 2) + divergence / 0.2 + 0.01 * jnp.sum(1 - jnp.abs(2 * up(v) - 1) ** 4)

    def corrected(x):
        return jnp.sum((x.mean(0) - jnp.array([0.1, 0.2, 0.3, 0.4])) ** 2) + jnp.sum((x.std(0) - 0.8) ** 2)

    r = np.array([1, 1.5, 0.5]) / np.sqrt(np.array([1.2, 0.7, 2]) + 1e-5)
    shift = (np.array([0.1, 0.2, 0.3]) - [0.5, -0.2, 0.1]) * r + [0, 0.1, -0.1]
    return {"value": objective(v), "slope": jax.grad(objective)(v), "plain": [w * r, shift], "by_x": jax.grad(corrected)(x)}


@system("supnotmiwae")
def _():
    times = np.array([0, 0.5, 1.1, 1.8, 2, 3])
    mean = table(lambda i, c: sin(i + 2 * c), 6, 2)
    scale = table(lambda i, c: 0.3 + 0.1 * cos(i + c), 6, 2)
    noise = table(lambda s, i, c: sin(3 * s + 2 * i * (c + 1)), 5, 6, 2)
    x, seen = cos(2 * np.arange(6)), np.arange(6) % 3 != 1
    normal = jax.scipy.stats.norm.logpdf

    def bound(mean, scale, width):
        k = 1 / (1 + ((times[:, None] - times[None]) / width) ** 2) + 1e-3 * jnp.eye(6)
        scores = []
        for e in noise:
            z = mean + scale * e
            guess = jnp.tanh(z[:, 0]) + 0.5 * z[:, 1]
            filled = jnp.where(seen, x, guess)
            observed = jnp.sum(jnp.where(seen, normal(x, guess, 0.3), 0))
            missing = jnp.sum(jnp.where(seen, jax.nn.log_sigmoid(filled), jax.nn.log_sigmoid(-filled)))
            prior = sum(jax.scipy.stats.multivariate_normal.logpdf(z[:, c], jnp.zeros(6), k) for c in range(2))
            scores.append(observed + missing + jax.nn.log_sigmoid(filled.sum()) + prior - jnp.sum(normal(z, mean, scale)))
        return jax.nn.logsumexp(jnp.stack(scores)) - np.log(5)

    by = jax.grad(bound, (0, 1, 2))(mean, scale, 0.8)
    return {"value": bound(mean, scale, 0.8), "by_mean": by[0], "by_scale": by[1], "by_width": by[2]}
