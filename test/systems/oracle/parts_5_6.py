"""References of systems of parts 5 and 6, by NumPy, SciPy and JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import scipy.special
from common import norm, system, table

sin, cos = np.sin, np.cos


@system("reversal-curse-spt")
def _():
    units = [[100, 101, 102], [103], [104, 105], [106, 107, 108, 109], [110, 111]]
    ranks = [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]]
    texts = [[t for u in np.argsort(rank) for t in units[u]] for rank in ranks]
    return {"texts": texts}


@system("sara")
def _():
    w = np.asarray(table(lambda i, j: sin(2.3 * i + 1.7 * j * j), 6, 4))
    chosen = np.argsort(np.abs(w.ravel()), kind="stable")[:8]
    v = jnp.asarray(cos(3 * np.arange(8)) / 2)
    placed = lambda v: jnp.zeros(24).at[chosen].add(v).reshape(6, 4)

    def objective(v):
        return jnp.sum((w + placed(v)) ** 3) / 10 + 0.5 * jnp.sum(jnp.linalg.svd(placed(v), compute_uv=False))

    level = np.quantile(np.abs(w), 0.3)
    grown = (np.abs(w + placed(v)) >= level) & (np.abs(w) < level)
    return {"value": objective(v), "slope": jax.grad(objective)(v), "threshold": level, "grown": grown}


@system("dct-lowrank")
def _():
    q = scipy.fft.idct(np.eye(8), norm="ortho", axis=0)
    g = np.asarray(table(lambda t, i, j: sin(1.1 * i * (j + 1) + 2 * t) + 0.3 * cos(j * t), 3, 5, 8))
    old, m, v = [0, 1, 2], np.zeros((5, 3)), np.zeros((5, 3))
    for row in g:
        new = list(np.argsort(-np.linalg.norm(row @ q, axis=0), kind="stable")[:3])
        first, second = np.zeros((5, 3)), np.zeros((5, 3))
        for b, column in enumerate(new):
            if column in old:
                first[:, b], second[:, b] = m[:, old.index(column)], v[:, old.index(column)]
        low = row @ q[:, new]
        m, v, old = 0.9 * first + 0.1 * low, 0.99 * second + 0.01 * low**2, new
    p = q[:, old]
    lost = np.linalg.norm(g[2] - g[2] @ p @ p.T) / np.linalg.norm(g[2])
    return {"index": old, "m": m, "v": v, "orthonormal": 0, "lost": lost}


@system("root-optimizer")
def _():
    s = 0.05 + jnp.arange(9) / 9
    c = jnp.array([3.4445, -4.775, 2.0315])

    def spread(c):
        x = s / norm(s)
        for _ in range(5):
            x = c[0] * x + c[1] * x**3 + c[2] * x**5
        return jnp.sum((x - 1) ** 2)

    better = c
    for _ in range(40):
        better = better - 1e-3 * jax.grad(spread)(better)
    m = np.asarray(table(lambda i, j: sin(1.9 * i * (j + 1)) + (5 if (i, j) == (2, 3) else 0), 4, 6))
    level = np.quantile(np.abs(m), 0.9)
    outliers = np.sign(m) * np.maximum(np.abs(m) - level, 0)
    # On the singular values alone.
    u, t, v = np.linalg.svd(m - outliers, full_matrices=False)
    t = t / np.linalg.norm(t)
    for _ in range(5):
        t = 3.4445 * t - 4.775 * t**3 + 2.0315 * t**5
    return {"value": spread(c), "slope": jax.grad(spread)(c), "better": better, "outliers": outliers, "step": u * t @ v}


@system("dpp-least-squares")
def _():
    nodes, weights = np.polynomial.legendre.leggauss(6)
    grid = (np.arange(40) + 0.5) / 20 - 1
    phi = np.polynomial.legendre.legvander(grid, 3) * np.sqrt(2 * np.arange(4) + 1)
    rest, picks = phi.copy(), []
    for u in [0.1, 0.55, 0.3, 0.8]:
        p = np.sum(rest**2, 1)
        at = min(int(np.sum(np.cumsum(p) < u * p.sum())), 39)
        picks.append(at)
        # Off the span of what was picked, by least squares.
        basis = phi[picks].T
        rest = phi - (basis @ np.linalg.lstsq(basis, phi.T, rcond=None)[0]).T
    w = 1 / np.sqrt(np.sum(phi[picks] ** 2, 1) / 4)
    fitted = np.linalg.solve(w[:, None] * phi[picks], w * np.exp(grid[picks]))
    return {"nodes": nodes, "weights": weights, "phi": phi, "picks": picks, "fitted": fitted}


@system("diffusion-gauge")
def _():
    centres = table(lambda c, k: sin(2 * c + k), 3, 2)

    def log_density(x, t):
        return jax.nn.logsumexp(-jnp.sum((x - centres) ** 2, -1) / (2 * (0.2 + t))) - jnp.log(2 * np.pi * (0.2 + t) * 3)

    score = jax.grad(log_density)
    turned = lambda x, t: jnp.array([-score(x, t)[1], score(x, t)[0]])
    x = table(lambda i, k: sin(3 * i + k), 5, 2)

    @jax.jit
    def flowed(x, c):
        def turn(state, t):
            y, g = state
            v = lambda y: -0.5 * (score(y, t) + c * turned(y, t))
            return (y - v(y) / 20, g - jnp.trace(jax.jacobian(v)(y)) / 20), None

        return jax.lax.scan(turn, (x, 0.0), 1 - jnp.arange(20) / 20)[0]

    return {
        "condition": np.zeros(5),
        "ends": [flowed(p, 0.0)[0] for p in x],
        "gains": [flowed(p, c)[1] for p in x for c in (0.0, 1.0)],
        "slope": jax.grad(lambda c: flowed(x[0], c)[1])(0.5),
        "spectrum": np.linalg.svd(np.stack([score(p, 0.01) for p in x]), compute_uv=False),
    }


@system("odice")
def _():
    i = np.arange(9)
    s, t, r = 5 * i % 6, (7 * i + 2) % 6, sin(4 * i)
    v = jnp.asarray(cos(2 * np.arange(6)))

    def term(here, there):
        y = r + 0.9 * there[t] - here[s]
        w = jnp.maximum(y / 2 + 1, 0)
        return jnp.mean(y * w - (w - 1) ** 2)

    f, b = jax.grad(term, 0)(v, 0.9 * v), jax.grad(term, 1)(0.9 * v, v)
    return {"d": f + 0.7 * (b - f @ b / (f @ f) * f), "policy": jnp.maximum((r + 0.9 * v[t] - v[s]) / 2 + 1, 0)}


@system("continual-inference")
def _():
    x = table(lambda i, c: sin(2 * i + c), 9, 3)
    a = table(lambda d, c, j: cos(d + 2 * c + 3 * j), 3, 3, 4)
    b = table(lambda d, c, j: sin(d + c * j + 1), 2, 4, 2)

    def whole(a):
        h = jnp.stack([jnp.tanh(jnp.einsum("dc,dcj->j", x[i : i + 3], a)) for i in range(7)])
        return jnp.stack([jnp.einsum("dc,dcj->j", h[i : i + 2], b) for i in range(6)])

    attention = []
    for i in range(3, 9):
        w = x[i - 3 : i + 1]
        attention.append(jax.nn.softmax(w @ w.T) @ w)
    return {"whole": whole(a), "slope": jax.grad(lambda a: jnp.sum(whole(a) ** 2))(a), "attention": attention}


@system("spectral-refiner")
def _():
    v = table(lambda c, i, j: sin(c + 1.3 * i * (j + 1)), 3, 6, 8)
    re, im = table(lambda c, i, j: cos(c + i + 2 * j), 3, 6, 5), table(lambda c, i, j: sin(2 * c + i * j), 3, 6, 5)
    goal = table(lambda i, j: cos(i - j), 6, 8)
    k = jnp.minimum(jnp.arange(6), 6 - jnp.arange(6))[:, None] ** 2 + jnp.minimum(jnp.arange(8), 8 - jnp.arange(8)) ** 2

    def layer(v, re, im):
        z = jnp.fft.rfft2(v)
        return jnp.fft.irfft2(jnp.sum(z * (re + 1j * im), 0), s=(6, 8))

    def residual(v, re, im, goal):
        return jnp.sum(jnp.abs(jnp.fft.fft2(layer(v, re, im) - goal)) ** 2 / (1 + k))

    value = layer(v, re, im)
    square = lambda u: residual(v, re, im, u) ** 2
    cube = np.fft.fftn(np.asarray(v) + 0.5j * np.asarray(v) ** 2)
    parts = lambda z: [np.real(z), np.imag(z)]

    def mixed(u):
        product = jnp.fft.fftn(u + 1j * jnp.sin(u)) * jnp.fft.fftn(u + 1j * u)
        return jnp.sum(jnp.abs(jnp.fft.ifftn(product)[0, 0]) ** 3)

    return {
        "value": value,
        "norm_of": residual(v, re, im, goal),
        "by_w": list(jax.grad(residual, (1, 2))(v, re, im, goal)),
        "by_v": jax.grad(residual)(v, re, im, goal),
        "along": jax.jvp(jax.grad(square), (goal,), (value,))[1],
        "cube": parts(cube),
        "back": parts(np.asarray(v) + 0.5j * np.asarray(v) ** 2),
        "last": parts(np.fft.fft(np.asarray(v) * (1 + 1j), axis=1)),
        "odd": v[:, :, :7],
        "by_cube": jax.grad(mixed)(v),
    }


@system("rehearsal-free-cl")
def _():
    w = table(lambda i, k: sin(i + 2 * k), 4, 5)
    x = table(lambda n, i: cos(2 * n + i), 6, 4)
    y, active = np.array([0, 2, 0, 2, 2, 0]), np.array([True, False, True, False, False])

    def one(w, x, y):
        z = jnp.where(active, jnp.tanh(x) @ w, -jnp.inf)
        return jax.nn.logsumexp(z) - z[y]

    each = jax.vmap(jax.grad(one), (None, 0, 0))(w, x, y)
    fisher = jnp.mean(each**2, 0)
    return {"fisher": fisher, "slope": jnp.mean(each, 0) + fisher * (w - 0.1)}


@system("din")
def _():
    e = table(lambda r, c: sin(2 * r + c), 7, 3)
    a = jnp.asarray(cos(np.arange(6)))
    history = np.array([[(3 * n + 2 * j * j) % 6 for j in range(4)] for n in range(5)])
    given = np.array([[j <= n for j in range(4)] for n in range(5)])
    item = np.array([6, 1, 0, 3, 5])
    met = np.unique(history[given])

    def objective(e, a):
        rows, goal = e[history], e[item][:, None]
        weight = jnp.sum(a[:3] * rows * goal + a[3:] * (rows - goal) ** 2, -1) * given
        s = jnp.sum(weight[..., None] * rows, (1, 2))
        p = jax.nn.sigmoid((s - s.mean()) / jnp.sqrt(s.var() + 1e-8))
        dice = p * s + (1 - p) * 0.3 * s
        return jnp.sum(dice**2) + jnp.sum(jnp.sum(e[met] ** 2, 1) / (met + 1))

    by = jax.grad(objective, (0, 1))(e, a)
    return {"value": objective(e, a), "by_e": by[0], "by_a": by[1]}


@system("ftwt")
def _():
    x = np.asarray(table(lambda n, c, i, j: sin(1.3 * n + 2.1 * c * (i + 1) + j), 4, 6, 3, 3))
    mass = np.maximum(x.max((2, 3)), 0)
    mask = np.zeros((4, 6), bool)
    for row, keep in zip(mass, mask):
        held = 0
        for c in np.argsort(-row, kind="stable"):
            if held >= 0.6 * row.sum():
                break
            keep[c], held = True, held + row[c]
    w = table(lambda i, j: cos(i * j) / 3, 6, 6)
    loss = lambda w: jnp.mean(jax.nn.softplus(mass @ w) - mask * (mass @ w))
    return {"mass": mass, "mask": mask, "width": mask.sum(1), "slope": jax.grad(loss)(w)}
