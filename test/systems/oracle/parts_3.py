"""References of systems of part 3, by NumPy, SciPy and JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import scipy.integrate
import scipy.linalg
import scipy.optimize
from common import norm, system, table
from jax import lax

sin, cos = np.sin, np.cos


@system("stitchable-nets")
def _():
    x = table(lambda i, j: sin(1.9 * i * (j + 1)), 20, 3)
    first = jnp.tanh(x @ table(lambda i, j: sin(i + 2 * j), 3, 4))
    second = jnp.tanh(x @ table(lambda i, j: cos(2 * i + j), 3, 6))
    stitch = np.linalg.lstsq(first, second, rcond=None)[0]
    w = 1 / np.arange(1, 7)
    paths = [lambda m: second @ w, lambda m: first @ m @ w, lambda m: first.sum(1)]
    return {
        "stitch": stitch,
        "own": np.eye(4),
        "paths": [path(stitch) for path in paths],
        "slopes": [jax.grad(lambda m, path=path: jnp.sum(path(m) ** 2))(jnp.asarray(stitch)) for path in paths],
    }


@system("dual-rl")
def _():
    s, t = np.array([0, 0, 1, 1, 2, 2, 0, 1]), np.array([1, 2, 0, 2, 2, 1, 0, 1])
    r = sin(2 * np.arange(8))

    def dual(v):
        y = (r + 0.9 * v[t] - v[s]) / 0.5
        w = jnp.maximum(1 + y / 2, 0)
        return 0.1 * v[0] + 0.5 * jnp.mean(w * y - (w - 1) ** 2)

    v = jnp.array([0.3, -0.2, 0.5])
    best = scipy.optimize.minimize(dual, v, jac=jax.grad(dual), method="BFGS", options={"gtol": 1e-12}).x
    weights = np.maximum(1 + (r + 0.9 * best[t] - best[s]), 0)
    return {"value": dual(v), "slope": jax.grad(dual)(v), "best": best, "occupancy": np.bincount(s, weights) / 8}


@system("rdtf")
def _():
    x = np.asarray(table(lambda i, j: (i % 3) * (1 + j) + 0.4 * sin(4 * i + j), 18, 2))
    nearest = lambda c: np.argmin(((x[:, None] - c[None]) ** 2).sum(-1), 1)
    c = x[:3]
    for _ in range(6):
        g = nearest(c)
        c = np.stack([x[g == a].mean(0) if (g == a).any() else c[a] for a in range(3)])
    g = nearest(c)
    used = (np.arange(6) < 5) & (np.arange(6) % 3 != 0)
    slope = np.where(used[:, None], 2 * (0.5 * x[:6] - x[:6]) / used.sum(), 0)
    e = np.full(3, 0.5)
    for k, row in zip(g, x):
        e[k] = 0.9 * e[k] + 0.1 * np.sum(row**2)
    return {"centres": c, "group": g, "slope": slope, "running": e, "admitted": e[g] <= np.quantile(e, 0.5)}


@system("ivl-augmentation")
def _():
    g = np.asarray(table(lambda i, j: sin(3.7 * i * (j + 1)), 30, 2))
    i, j = np.arange(30)[:, None], np.arange(3)[None]
    z = cos(2.9 * i + j**2) + g[:, :1] * j - 0.5 * g[:, 1:]
    y = z[:, 0] - 2 * z[:, 2] + 0.8 * cos(2.9 * np.arange(30))
    p = g @ np.linalg.solve(g.T @ g, g.T)
    estimated = lambda a: jnp.linalg.solve(z.T @ p @ z + a * z.T @ z, z.T @ p @ y + a * z.T @ y)
    return {"direct": estimated(0.3), "stretched": estimated(0.3), "sensitivity": jax.jacobian(estimated)(0.3)}


@system("interaction-basis")
def _():
    weights = table(lambda i, j: sin(1.3 * i + j), 4, 3)
    f = np.asarray(table(lambda i, k: 1 if k == 3 else sin(2.1 * i + k), 12, 4))
    jacobians = jax.vmap(jax.jacobian(lambda f: jnp.tanh(f @ weights)))(jnp.asarray(f))
    g = f.T @ f / 12
    m = np.mean(np.asarray(jacobians).transpose(0, 2, 1) @ np.asarray(jacobians), 0)
    # The nonzero eigenvalues of D^1/2 U^T M U D^1/2 are those of G M.
    values = np.sort(np.linalg.eigvals(g @ m).real)
    return {"values": values, "second": np.diag(values)}


@system("dci")
def _():
    centres = np.array([[1.0, 0.5], [-0.8, -1.0]])
    levels = [0.99, 0.9, 0.75, 0.55, 0.35, 0.2]

    def noise(z, level):
        s = 0.09 * level**2 + 1 - level**2
        w = jax.nn.softmax(-jnp.sum((z - level * centres) ** 2, -1) / (2 * s))
        return jnp.sqrt(1 - level**2) * (z - level * w @ centres) / s

    moved = lambda z, e, a, b: b * (z - jnp.sqrt(1 - a**2) * e) / a + jnp.sqrt(1 - b**2) * e

    z, slope = np.array([0.7, 0.2]), np.eye(2)
    for a, b in zip(levels, levels[1:]):
        residual = lambda u, z=z, a=a, b=b: np.asarray(u - moved(z, noise(u, b), a, b))
        u = scipy.optimize.root(residual, z, tol=1e-14).x
        # The derivative of the fixed point u = phi(z, u).
        by_z = jax.jacobian(lambda z: moved(z, noise(u, b), a, b))(z)
        by_u = jax.jacobian(lambda u: moved(z, noise(u, b), a, b))(u)
        z, slope = u, np.linalg.solve(np.eye(2) - by_u, by_z) @ slope
    return {"last": z, "back": [0.7, 0.2], "slope": slope}


@system("dualformer")
def _():
    tokens = [(7 * i + 3) % 11 for i in range(10)]
    kept = [token for i, token in enumerate(tokens) if i % 3 != 1]
    texts, lengths = [], []
    for first in range(5):
        sequence, at = [first] + [0] * 7, 0
        while at < 7:
            scores = [sum(sin(1.7 * v * (j + 1) + 2 * sequence[j]) for j in range(at + 1)) for v in range(5)]
            at += 1
            sequence[at] = int(np.argmax(scores))
            if sequence[at] == 4:
                break
        texts.append(sequence)
        lengths.append(at)
    return {"short": kept + [-1] * (10 - len(kept)), "texts": texts, "lengths": lengths}


@system("riemannian-cp")
def _():
    p = np.asarray(table(lambda i, k: 0.4 + 0.9 * i + 0.5 * k * i, 6, 2))
    big, small, v = 2, 0.7, p[:, 1]
    ring = big + small * cos(v)
    symbols = np.zeros((6, 2, 2, 2))
    symbols[:, 0, 0, 1] = symbols[:, 0, 1, 0] = -small * sin(v) / ring
    symbols[:, 1, 0, 0] = ring * sin(v) / small
    # Closed forms of a torus, with the normal of r_u x r_v.
    return {
        "gauss": cos(v) / (small * ring),
        "mean_curvature": -(big + 2 * small * cos(v)) / (2 * small * ring),
        "symbols": symbols,
    }


@system("stable-rps")
def _():
    def wrapped(x):
        """Of 32 bits."""
        return (x + 2**31) % 2**32 - 2**31

    places = np.array([wrapped(wrapped(i * 1103515245) + 12345) % 65521 % 13 for i in range(36)])
    signs = np.array([1.0 if wrapped(wrapped(i * 22695477) + 1) % 2039 >= 1020 else -1.0 for i in range(36)])
    x = table(lambda i, j: cos(i + 2 * j), 5, 4)

    def loss(store):
        w = store[places] * signs
        return jnp.sum((jnp.tanh(x @ (0.5 * w[:24].reshape(4, 6))) @ (0.4 * w[24:].reshape(6, 2))) ** 2)

    return {
        "places": places,
        "slope": jax.grad(loss)(jnp.asarray(sin(3 * np.arange(13)))),
        "uses": np.bincount(places, np.where(np.arange(36) < 24, 0.25, 0.16), 13),
    }


@system("widenet")
def _():
    x = table(lambda i, j: sin(2.3 * i * (j + 1) + j), 6, 4)
    scales = table(lambda l, j: 1 + 0.1 * l - 0.05 * j, 3, 4)
    gate = table(lambda j, k: cos(1.9 * j * (k + 1)), 4, 5)
    w = table(lambda k, i, j: sin(0.7 * k + 1.3 * i * j + i), 5, 4, 4)

    def wide(scales, gate, w):
        h, total = x, 0.0
        for scale in scales:
            z = (h - h.mean(1, keepdims=True)) / jnp.sqrt(h.var(1, keepdims=True) + 1e-5) * scale
            p = jax.nn.softmax(z @ gate)
            best, index = lax.top_k(p, 2)
            chosen = jnp.zeros_like(p).at[jnp.arange(6)[:, None], index].set(best)
            h = h + jnp.einsum("te,tej->tj", chosen, jnp.tanh(jnp.einsum("tl,elj->tej", z, w)))
            share = jnp.mean(jax.nn.one_hot(index[:, 0], 5), 0)
            total = total + 5 * jnp.sum(share * p.mean(0))
        return h, total

    def objective(scales, gate, w):
        y, balance = wide(scales, gate, w)
        return jnp.sum(y**2) + 0.01 * balance

    value, balance = wide(scales, gate, w)
    by = jax.grad(objective, (0, 1, 2))(scales, gate, w)
    return {"value": value, "balance": balance, "by_scales": by[0], "by_gate": by[1], "by_experts": by[2]}


@system("mgno")
def _():
    def laplace(n):
        return (n + 1) ** 2 * (2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1))

    def prolongation(n):
        p = np.zeros((2 * n + 1, n))
        for j in range(n):
            p[2 * j : 2 * j + 3, j] = [0.5, 1, 0.5]
        return p

    def smoothing(n, turns):
        """u = b f + s u0."""
        a = laplace(n)
        step = np.eye(n) * (2 / 3 / a[0, 0])
        b, s = np.zeros((n, n)), np.eye(n)
        for _ in range(turns):
            b, s = b + step @ (np.eye(n) - a @ b), s - step @ a @ s
        return b, s

    def cycle(n):
        """The matrix of one cycle from 0."""
        if n == 3:
            return smoothing(3, 30)[0]
        b, s = smoothing(n, 2)
        p = prolongation((n - 1) // 2)
        u = b + p @ cycle((n - 1) // 2) @ (p.T / 2) @ (np.eye(n) - laplace(n) @ b)
        return b + s @ u

    f = sin(np.pi * np.arange(1, 16) / 16) + cos(5 * np.arange(15))
    b, a = cycle(15), laplace(15)
    u = np.zeros(15)
    for _ in range(6):
        u = u + b @ (f - a @ u)
    return {"last": u, "residual": norm(f - a @ u), "slope": 2 * b.T @ b @ f}


@system("dpm-solver-v3")
def _():
    centres = table(lambda c, k: sin(2 * c + k), 3, 2)

    def noise(x, level):
        s = jnp.exp(-level)
        w = jax.nn.softmax(-jnp.sum((x - centres) ** 2, -1) / (2 * (0.04 + s**2)))
        return s * (x - w @ centres) / (0.04 + s**2)

    x = table(lambda i, k: sin(3 * i + k) * 1.2, 10, 2)
    levels = np.array([-1, -0.4, 0.3, 1, 1.8])
    diagonals = jnp.stack([jnp.mean(jax.vmap(lambda v: jnp.diag(jax.jacobian(noise)(v, l)))(x), 0) for l in levels])
    along = jnp.stack([jax.vmap(lambda v: jax.jvp(noise, (v, l), (0.3 * v, 1.0))[1])(x) for l in levels])
    e = jnp.stack([jax.vmap(lambda v: noise(v, l))(x) for l in levels])
    slopes = (jnp.mean(e * along, 1) - e.mean(1) * along.mean(1)) / (jnp.mean(e**2, 1) - e.mean(1) ** 2)
    integrals = scipy.integrate.cumulative_trapezoid(diagonals, levels, axis=0, initial=0).T
    return {"diagonals": diagonals, "along": along, "integrals": integrals, "slopes": slopes}


@system("dualparal")
def _():
    order = np.array([3, 1, 6, 0, 5, 2, 4])
    pool = table(lambda i, k: sin(2 * i + k), 7, 3)

    def streamed(pool):
        queue, out = [jnp.zeros(3)] * 4, []
        for entering in pool[order]:
            before = [jnp.zeros(3)] + queue[:-1]
            moved = [b - 0.2 * (p + 1) / 4 * jnp.tanh(b + 0.5 * c) for p, (b, c) in enumerate(zip(queue, before))]
            out.append(moved[0])
            queue = moved[1:] + [entering]
        return jnp.stack(out)

    return {"video": streamed(pool), "slope": jax.grad(lambda p: jnp.sum(streamed(p) ** 2))(pool)}


@system("tunable-conv")
def _():
    x = table(lambda i, c, u, v: sin(i + 2 * c + 1.3 * u * v), 4, 2, 5, 5)
    kernels = table(lambda k, o, c, u, v: cos(k + o - c + 2 * u * v), 2, 3, 2, 3, 3)
    a = table(lambda i, k: 0.5 + 0.4 * sin(3 * i + k), 4, 2)

    def tuned(kernels, a):
        mixed = jnp.einsum("ik,kocuv->iocuv", a, kernels)
        return jnp.stack([lax.conv_general_dilated(x[i : i + 1], mixed[i], (1, 1), "SAME")[0] for i in range(4)])

    by = jax.grad(lambda k, m: jnp.sum(tuned(k, m) ** 2), (0, 1))(kernels, a)
    value = tuned(kernels, a)
    return {"value": value, "other": value, "by_kernels": by[0], "by_mixture": by[1]}


@system("ts-ddr")
def _():
    inflow = np.array([0.9, 0.2, 1.1])

    def solved(theta):
        target = theta[0] + theta[1] * inflow
        c = np.concatenate([[1.0, 2.0, 0.5], np.zeros(3), np.full(6, 5.0)])
        a = np.zeros((6, 12))
        for t in range(3):
            a[t, t] = a[t, 3 + t] = a[3 + t, 3 + t] = 1
            if t > 0:
                a[t, 2 + t] = -1
            a[3 + t, 6 + t], a[3 + t, 9 + t] = 1, -1
        b = np.concatenate([inflow + [1, 0, 0], target])
        bounds = [(0, 1.5)] * 3 + [(0, 2)] * 3 + [(0, 10)] * 6
        return scipy.optimize.linprog(c, A_eq=a, b_eq=b, bounds=bounds)

    found = solved([0.4, 0.5])
    dual = found.eqlin.marginals[3:]
    return {"value": found.fun, "slope": [np.sum(dual), dual @ inflow]}


@system("gshell")
def _():
    tets = [[0, 1, 3, 7], [0, 3, 2, 7], [0, 2, 6, 7], [0, 6, 4, 7], [0, 4, 5, 7], [0, 5, 1, 7]]
    position = np.array([[p // 25, p // 5 % 5, p % 5] for p in range(125)]) / 2 - 1
    start = 0.83**2 - np.sum((position + [0, 0.03, -0.02]) ** 2, 1)
    nu_plane = (np.arange(125) % 5) / 2 - 1.1

    # Without a table: the crossings of each tetrahedron, as one triangle or as a quadrilateral cut in two.
    triangles = []
    for i in range(4):
        for j in range(4):
            for k in range(4):
                corner = lambda v: (i + v % 2) * 25 + (j + v // 2 % 2) * 5 + k + v // 4
                for tet in tets:
                    points = [corner(v) for v in tet]
                    inside = [m for m in range(4) if start[points[m]] > 0]
                    outside = [m for m in range(4) if m not in inside]
                    edge = lambda a, b: (points[a], points[b])
                    if len(inside) in (1, 3):
                        alone, others = (inside[0], outside) if len(inside) == 1 else (outside[0], inside)
                        triangles.append([edge(alone, b) for b in others])
                    elif len(inside) == 2:
                        (a, b), (c, d) = inside, outside
                        first, second, third, fourth = edge(a, c), edge(a, d), edge(b, d), edge(b, c)
                        triangles.append((first, second, third, fourth))

    def pieces(quads_along):
        """The halves of each quadrilateral, cut along its first diagonal or the other."""
        for shape, which in zip([t for t in triangles if len(t) == 4], quads_along):
            a, b, c, d = shape
            yield from ([a, b, c], [a, c, d]) if which else ([a, b, d], [b, c, d])

    # The diagonal of each case of the table: between the crossings that both its triangles have.
    ends = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    diagonals = {3: (1, 4), 5: (0, 5), 6: (0, 5), 9: (0, 5), 10: (0, 5), 12: (1, 4)}
    along = []
    for i in range(4):
        for j in range(4):
            for k in range(4):
                corner = lambda v: (i + v % 2) * 25 + (j + v // 2 % 2) * 5 + k + v // 4
                for tet in tets:
                    code = sum(2**m for m in range(4) if start[corner(tet[m])] > 0)
                    if code in diagonals:
                        inside = [m for m in range(4) if code >> m & 1]
                        outside = [m for m in range(4) if m not in inside]
                        first = tuple(sorted((inside[0], outside[0])))
                        along.append(first in [ends[e] for e in diagonals[code]])
    faces = [list(t) for t in triangles if len(t) == 3] + list(pieces(along))
    a = np.array([[e[0] for e in face] for face in faces])
    b = np.array([[e[1] for e in face] for face in faces])

    def area(s, nu):
        weight = s[a] - s[b]
        points = (s[a][..., None] * position[b] - s[b][..., None] * position[a]) / weight[..., None]
        cut = jnp.sum((s[a] * nu[b] - s[b] * nu[a]) / weight, 1)
        cross = jnp.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
        return jnp.sum(0.5 * jnp.sqrt(jnp.sum(cross**2, -1)) * jax.nn.sigmoid(5 * cut))

    s = jnp.asarray(start)
    return {"value": [area(s, np.ones(125)), area(s, nu_plane)], "slope": jax.grad(area)(s, nu_plane)}


@system("intrinsic-dim-finetuning")
def _():
    h = scipy.linalg.hadamard(16)
    i = np.arange(16)
    b, order, g = np.where(i * 7 % 5 < 2, 1, -1), (5 * i + 3) % 16, sin(4 * i + 1)
    theta = np.where(i < 6, cos(i), 0)
    matrix = h @ np.diag(g) @ h[order] @ np.diag(b) / 4
    return {"value": matrix @ theta, "plain": h @ theta, "slope": matrix.T @ cos(matrix @ theta)}
