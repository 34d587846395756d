"""References of systems of parts 1 and 2, by NumPy, SciPy and JAX."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import scipy.fft
import scipy.optimize
import scipy.special
import scipy.stats
from common import norm, soft, straight_through, system, table
from jax import lax

sin, cos = np.sin, np.cos


@system("eq-net")
def _():
    def quantised(w, bits, channel, symmetric):
        low = jnp.min(w, axis=1) if channel else jnp.full(4, jnp.min(w))
        high = jnp.max(w, axis=1) if channel else jnp.full(4, jnp.max(w))
        low, high = lax.stop_gradient(low), lax.stop_gradient(high)
        half = 2 ** (bits - 1) - 1
        if symmetric:
            s, z, least, most = jnp.maximum(-low, high) / half, 0.0, -half, half
        else:
            s = (high - low) / (2**bits - 1)
            z, least, most = jnp.round(-low / s)[:, None], 0, 2**bits - 1
        u = straight_through(w / s[:, None]) + z
        # Of a tie the derivative goes to the bound.
        inside = (u > least) & (u < most)
        return s[:, None] * (jnp.where(inside, u, lax.stop_gradient(jnp.clip(u, least, most))) - z)

    w = table(lambda i, j: sin(1.7 * i + 2.3 * j) * (1 + i), 4, 6)
    weights = table(lambda i, j: cos(i + j), 4, 6)
    configurations = list(itertools.product([2, 3, 4, 8], [False, True], [False, True]))

    def wdr(w):
        z = (w - jnp.mean(w)) / jnp.std(w)
        return (jnp.mean(z**4) - 1.8) ** 2 + jnp.mean(z**3) ** 2

    return {
        "values": [quantised(w, *c) for c in configurations],
        "slopes": [jax.grad(lambda w, c=c: jnp.sum(weights * quantised(w, *c)))(w) for c in configurations],
        "pull": jax.grad(wdr)(w),
    }


@system("weight-compander")
def _():
    a, b = 0.15, 0.1
    w0 = np.array([0.05, -0.2, 0.9])
    v = b * np.tan(np.clip(w0, -1.4 * a, 1.4 * a) / a)
    psi = lambda v: a * jnp.arctan(v / b)
    loss = lambda v: jnp.sum((psi(v) - 0.1 * jnp.arange(3)) ** 2)
    for _ in range(3):
        v = v - 0.05 * jax.grad(loss)(v)
    return {"w": psi(v)}


@system("monge-gap")
def _():
    def cost(x, y):
        return 0.5 * jnp.sum((x[:, None] - y[None]) ** 2, -1)

    def entropic(c, eps):
        n, m = c.shape
        f, g = jnp.zeros(n), jnp.zeros(m)
        for _ in range(400):
            f = -eps * (jax.nn.logsumexp((g[None] - c) / eps, axis=1) - np.log(m))
            g = -eps * (jax.nn.logsumexp((f[:, None] - c) / eps, axis=0) - np.log(n))
        p = jnp.exp((f[:, None] + g[None] - c) / eps) / (n * m)
        return jnp.sum(p * c) + eps * jnp.sum(p * jnp.log(p * n * m))

    moved = lambda a, x: x @ a + 0.3 * jnp.tanh(2 * x)

    def gap(a):
        y = moved(a, x)
        return jnp.mean(0.5 * jnp.sum((x - y) ** 2, -1)) - entropic(cost(x, y), 0.5)

    x = table(lambda i, k: sin(1.3 * i + 2.1 * k) + 0.2 * k, 12, 2)
    a = jnp.array([[0.2, 1.1], [-0.9, 0.3]])
    c = np.asarray(cost(x, moved(a, x)))
    rows, columns = scipy.optimize.linear_sum_assignment(c)
    jacobian = jax.jacobian(lambda p: moved(a, p[None])[0])(x[3])
    return {
        "value": gap(a),
        # Through all turns: at convergence that is the envelope's.
        "slope": jax.grad(gap)(a),
        "bend": np.mean(np.diag(c)) - np.mean(c[rows, columns]),
        "slopes": jacobian,
        "definite": np.linalg.eigvalsh((jacobian + jacobian.T) / 2),
    }


@system("sparsity-constrained-ot")
def _():
    c = np.asarray(table(lambda i, j: abs(sin(2.7 * i - 1.9 * j + 0.3)), 6, 5))
    at = 0.3 + 0.2 * cos(3.1 * np.arange(11))

    def dual(p, k, gamma):
        s = p[:6, None] + p[None, 6:] - c
        order = np.argsort(-s, axis=0, kind="stable")[:k]
        top = np.maximum(np.take_along_axis(s, order, 0), 0)
        plan = np.zeros((6, 5))
        np.put_along_axis(plan, order, top / gamma, 0)
        value = np.sum(top**2) / (2 * gamma) - np.mean(p[:6]) - np.mean(p[6:])
        return value, np.concatenate([plan.sum(1) - 1 / 6, plan.sum(0) - 1 / 5])

    def best(k):
        runs = [
            scipy.optimize.minimize(dual, start, (k, 1.0), jac=True, method="L-BFGS-B", options={"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-12})
            for start in (np.zeros(11), 0.1 * at)
        ]
        return -min(run.fun for run in runs)

    s = at[:6] - c[:, 1]
    top = np.argsort(-s, kind="stable")[:3]
    column = np.zeros(6)
    # Onto the simplex of weight 1/4, by its dual variable.
    shift = scipy.optimize.brentq(lambda t: np.sum(np.maximum(s[top] - t, 0)) - 0.25, -10, 10, xtol=1e-15)
    column[top] = np.maximum(s[top] - shift, 0)
    return {"slope": dual(at, 2, 0.5)[1], "best": [best(2), best(6)], "column": column}


@system("flexround")
def _():
    w = table(lambda i, j: sin(2.2 * i + 1.4 * j), 4, 3)
    x = table(lambda i, j: cos(1.1 * i - 0.7 * j), 5, 4)
    s2 = table(lambda i, j: 1 + 0.1 * sin(i * j), 4, 3)
    s3 = jnp.array([1, 0.9, 1.2])

    def error(s1, s2, s3):
        u = straight_through(w / (s1 * s2 * s3))
        inside = (u > -2) & (u < 1)
        q = s1 * jnp.where(inside, u, lax.stop_gradient(jnp.clip(u, -2, 1)))
        return jnp.mean((x @ w - x @ q) ** 2)

    by = jax.grad(error, (0, 1, 2))(0.5, s2, s3)
    return {"value": error(0.5, s2, s3), "by_s1": by[0], "by_s2": by[1], "by_s3": by[2]}


@system("nn-nonlinear-pde")
def _():
    n, h = 7, 1 / 8
    i = np.arange(1, n + 1)
    f = 30 * np.outer(sin(np.pi * i * h), sin(np.pi * i * h))

    def energy(u):
        v = jnp.pad(u, 1)
        dx, dy = jnp.diff(v, axis=0) / h, jnp.diff(v, axis=1) / h
        part = lambda d: jnp.sum(0.5 * d**2 + jnp.sqrt(1 + d**2))
        return h**2 * (part(dx) + part(dy) + jnp.sum(0.5 * u**2 - f * u))

    rate = 4 / h**2 * sin(np.pi * i * h / 2) ** 2
    u = np.zeros((n, n))
    for _ in range(8):
        g = np.asarray(jax.grad(energy)(u)) / h**2
        u = u - 0.5 * scipy.fft.idstn(scipy.fft.dstn(g, 1) / (1 + rate[:, None] + rate[None]), 1)
    return {"last": u, "value": energy(u), "residual": norm(jax.grad(energy)(u))}


@system("robust-hd-thesis")
def _():
    i = np.arange(60)
    x, y = sin(5.1 * i), sin(5.1 * i) ** 2 + 0.1 * cos(3.3 * i)

    def binned(x, k):
        edges = np.quantile(x, np.arange(k) / k)
        return np.clip(np.searchsorted(edges, x, side="right") - 1, 0, k - 1)

    counts = np.histogram2d(binned(x, 6), binned(y, 6), bins=[np.arange(7), np.arange(7)])[0] / 60
    outer = counts.sum(1)[:, None] * counts.sum(0)[None]
    shared = np.sum(scipy.special.xlogy(counts, counts / np.maximum(outer, 1e-30)))

    def by_grid(v, t, penalty):
        """The minimiser of (u - v)^2 / 2t + penalty(u), by search."""
        objective = lambda u: (u - v) ** 2 / (2 * t) + penalty(abs(u))
        grid = np.linspace(-3, 3, 6001)
        near = grid[np.argmin([objective(u) for u in grid])]
        return scipy.optimize.minimize_scalar(objective, bounds=(near - 2e-3, near + 2e-3), method="bounded", options={"xatol": 1e-13}).x

    def mcp(v, t, weight, gamma):
        return np.where(abs(v) <= gamma * weight, soft(v, t * weight) / (1 - t / gamma), v)

    def scad(v, weight, a):
        middle = ((a - 1) * v - np.sign(v) * a * weight) / (a - 2)
        return np.where(abs(v) <= 2 * weight, soft(v, weight), np.where(abs(v) <= a * weight, middle, v))

    def mcp_penalty(u, weight=0.6, gamma=3):
        return weight * u - u**2 / (2 * gamma) if u <= gamma * weight else gamma * weight**2 / 2

    def scad_penalty(u, weight=0.6, a=3.7):
        if u <= weight:
            return weight * u
        if u <= a * weight:
            return (2 * a * weight * u - u**2 - weight**2) / (2 * (a - 1))
        return weight**2 * (a + 1) / 2

    points = 0.5 * np.arange(9) - 2
    shrunk = np.stack([mcp(points, 0.7, 0.6, 3), scad(points, 0.6, 3.7)], 1)
    for point, (by_mcp, by_scad) in zip(points, shrunk):
        assert abs(by_grid(point, 0.7, mcp_penalty) - by_mcp) < 1e-6
        assert abs(by_grid(point, 1, scad_penalty) - by_scad) < 1e-6

    a = np.asarray(table(lambda i, j: sin(1.9 * i * (j + 1)) + 0.2 * cos(i), 12, 5))
    b = a @ np.array([1, 0, -2, 0, 0])
    z = ag = np.zeros(5)
    for k in range(1, 21):
        alpha = 2 / (k + 1)
        md = (1 - alpha) * ag + alpha * z
        g = a.T @ (a @ md - b) / 12
        z, ag = mcp(z - 0.25 / alpha * g, 0.25 / alpha, 0.05, 30), mcp(md - 0.5 * g, 0.5, 0.05, 30)
    return {"shared": shared, "shrunk": shrunk, "found": ag}


@system("smooth-diffusion")
def _():
    w = table(lambda i, j: sin(2 * i + j), 3, 3)
    e = table(lambda i, j: cos(i - 2 * j), 4, 3)
    d = table(lambda i, j: sin(3 * i + j), 4, 3)

    def variation(w):
        rows = jax.vmap(lambda e, d: d @ jax.jacrev(lambda v: jnp.tanh(v @ w) - 0.5 * v)(e))(e, d)
        return jnp.mean((jnp.sqrt(jnp.sum(rows**2, -1)) - 0.7) ** 2)

    angle = np.arccos(e[0] @ e[1] / (norm(e[0]) * norm(e[1])))
    path = [(sin((1 - t) * angle) * e[0] + sin(t * angle) * e[1]) / sin(angle) for t in np.arange(5) / 4]
    return {"value": variation(w), "slope": jax.grad(variation)(w), "path": path}


@system("noise-mask")
def _():
    m = table(lambda k, j: 0.5 + 0.4 * sin(k + 2 * j), 5, 4)
    reward = cos(2 * np.arange(5))
    a, b = jnp.array([0.1, 0.7, -0.4, 1.5]), jnp.array([0.9, -0.3, 0.2, 0.4])

    def surrogate(a, b):
        return jnp.mean(reward * jnp.sum(jax.scipy.stats.beta.logpdf(m, jnp.exp(a), jnp.exp(b)), 1))

    value = np.mean(reward * scipy.stats.beta.logpdf(np.asarray(m), np.exp(a), np.exp(b)).sum(1))
    kernel = np.exp(-((np.arange(3) - 1.0) ** 2) / 2)
    mask = np.kron(np.asarray(m)[:2, :2], np.ones((3, 3)))
    mask = scipy.ndimage.convolve(mask, np.outer(kernel, kernel), mode="constant")
    return {
        "value": value,
        "by_a": jax.grad(surrogate, 0)(a, b),
        "by_b": jax.grad(surrogate, 1)(a, b),
        "curved": jax.hessian(surrogate, 0)(a, b),
        "mask": mask,
    }


@system("solver-heuristic-reg")
def _():
    tolerance = 1e-4

    def step(theta, y, h):
        f = lambda y: jnp.array([y[1], -theta * y[0] - 0.3 * y[1] ** 3])
        k1 = f(y)
        k2 = f(y + h / 2 * k1)
        k3 = f(y + 0.75 * h * k2)
        after = y + h * (2 / 9 * k1 + 1 / 3 * k2 + 4 / 9 * k3)
        k4 = f(after)
        gap = norm(after - (y + h * (7 / 24 * k1 + 1 / 4 * k2 + 1 / 3 * k3 + 1 / 8 * k4)))
        stiff = norm(k4 - k3) / norm(after - (y + 0.75 * h * k2))
        return after, gap, stiff

    # The steps that are taken, then everything at these steps.
    t, h, y, taken, turns = 0.0, 0.05, jnp.array([1.0, 0.0]), [], 0
    while t < 1 - 1e-12:
        h = min(h, 1 - t)
        after, gap, _ = step(4.0, y, h)
        if gap <= tolerance:
            taken.append(h)
            t, y = t + h, after
        h *= float(np.clip(0.9 * (tolerance / max(float(gap), 1e-12)) ** (1 / 3), 0.2, 5))
        turns += 1

    def run(theta):
        y, errors, stiffness = jnp.array([1.0, 0.0]), 0.0, 0.0
        for h in taken:
            y, gap, stiff = step(theta, y, h)
            errors, stiffness = errors + gap * h, stiffness + stiff
        return y, errors, stiffness

    y, errors, stiffness = run(4.0)
    slopes = [jax.grad(lambda t: run(t)[1])(4.0), jax.grad(lambda t: run(t)[2])(4.0), jax.grad(lambda t: run(t)[0][0])(4.0)]
    return {"y": y, "sums": [errors, stiffness], "turns": turns, "slopes": slopes}


@system("sinkhorn-newton-sparse")
def _():
    n, eta = 8, 8
    c = np.asarray(table(lambda i, j: abs(sin(1.7 * i + 2.9 * j)), n, n))
    plan = lambda z: np.exp(eta * (z[:n, None] + z[None, n:] - c))
    potential = lambda z: np.mean(z[:n]) + np.mean(z[n:]) - np.sum(plan(z)) / eta

    def newton(z, kept):
        p = plan(z)
        sparse = np.where(p >= np.sort(p.ravel())[-kept], p, 0)
        hessian = eta * np.block([[np.diag(p.sum(1)), sparse], [sparse.T, np.diag(p.sum(0))]]) + 1e-9 * np.eye(2 * n)
        g = 1 / n - np.concatenate([p.sum(1), p.sum(0)])
        d = np.linalg.lstsq(hessian, g, rcond=1e-14)[0]
        t = 1.0
        while potential(z + t * d) < potential(z) + 1e-4 * t * g @ d:
            t /= 2
        return z + t * d

    x = y = np.zeros(n)
    for _ in range(5):
        x = (np.log(1 / n) - scipy.special.logsumexp(eta * (y[None] - c), axis=1)) / eta
        y = (np.log(1 / n) - scipy.special.logsumexp(eta * (x[:, None] - c), axis=0)) / eta
    start = z = np.concatenate([x, y])
    for _ in range(6):
        z = newton(z, 40)
    return {"final": plan(z), "full": plan(newton(start, 64))}


@system("t-jepa")
def _():
    x = table(lambda i, j: sin(2.2 * i * (j + 1) + j), 5, 3)
    keep = np.array([True, False, True, True, False])
    weights = table(lambda i, k: sin(i + k), 5, 3)

    def pooled(x):
        score = jnp.where(keep[None], x @ x.T / np.sqrt(3), -jnp.inf)
        return jnp.sum((weights * (jax.nn.softmax(score) @ x))[keep])

    def rank(z):
        s = jnp.linalg.svd(z - jnp.mean(z, 0), compute_uv=False)
        p = s / jnp.sum(s)
        return jnp.exp(-jnp.sum(p * jnp.log(p)))

    return {"value": pooled(x), "slope": jax.grad(pooled)(x), "rank": rank(x), "by_rank": jax.grad(rank)(x)}


@system("msbreg")
def _():
    z = table(lambda i, j: sin(1.2 * i * (j + 1) + j), 7, 3)
    views = table(lambda v, i, j: sin(1.2 * i * (j + 1) + j + 0.1 * v * i), 4, 7, 3)

    def spectrum(z):
        c = (z - jnp.mean(z, 0)) * np.sqrt(3 / 7)
        return jnp.mean((jnp.linalg.svd(c, compute_uv=False) - 1) ** 2)

    def centred(z):
        unit = z / jnp.sqrt(jnp.sum(z**2, -1, keepdims=True))
        c = jnp.mean(unit, 0)
        c = c / jnp.sqrt(jnp.sum(c**2, -1, keepdims=True))
        return jnp.mean(2 - 2 * jnp.sum(unit * c[None], -1))

    return {"value": spectrum(z), "slope": jax.grad(spectrum)(z), "centred": centred(views), "by_views": jax.grad(centred)(views)}


@system("unfolded-ista")
def _():
    a = table(lambda i, j: sin(2.6 * i * (j + 1) + j) / 2, 6, 9)
    truth = jnp.array([0, 1.5, 0, 0, -1, 0, 0, 0, 0.7])
    y, t = a @ truth, jnp.arange(8)
    steps, weights = 0.3 + 0.02 * t, 0.1 - 0.005 * t

    def unfolded(steps, weights):
        x = jnp.zeros(9)
        for g, l in zip(steps, weights):
            x = soft(x + g * a.T @ (y - a @ x), g * l)
        return x

    def hard(steps):
        x = jnp.zeros(9)
        for g in steps:
            v = x + g * a.T @ (y - a @ x)
            x = jnp.where(abs(v) > jnp.sqrt(2 * g * 0.05), v, 0)
        return x

    mse = lambda x: jnp.mean((x - truth) ** 2)
    return {
        "value": unfolded(steps, weights),
        "by_steps": jax.grad(lambda s: mse(unfolded(s, weights)))(steps),
        "by_weights": jax.grad(lambda w: mse(unfolded(steps, w)))(weights),
        "sparse": hard(steps),
        "by_hard": jax.grad(lambda s: mse(hard(s)))(steps),
    }


@system("orthogonal-conv")
def _():
    k = table(lambda a, b, i, j: 0.4 * sin(3 * a + 1.1 * b + 2 * i * j + i), 2, 2, 3, 3)

    def loss(k, stride):
        p = 2 // stride * stride
        z = lax.conv_general_dilated(k, k, (stride, stride), [(p, p), (p, p)])
        unit = np.zeros(z.shape)
        unit[0, 0, p // stride, p // stride] = unit[1, 1, p // stride, p // stride] = 1
        return jnp.sum((z - unit) ** 2)

    def circular(x):
        wide = jnp.take(jnp.take(x, (np.arange(8) + 5) % 6, 1), (np.arange(8) + 5) % 6, 2)
        return lax.conv_general_dilated(wide[None], k, (2, 2), "VALID")[0]

    matrix = jax.jacobian(circular)(jnp.zeros((2, 6, 6))).reshape(18, 72)
    # The same singular values by the Fourier transform: for each frequency a matrix over channels and aliases.
    return {
        "value": [loss(k, 1), loss(k, 2)],
        "slope": jax.grad(lambda k: loss(k, 2))(k),
        "matrix": matrix,
        "singular": np.linalg.svd(matrix, compute_uv=False),
        # The theorem of the paper: N^2 L_orth.
        "error": 9 * loss(k, 2),
    }


@system("singular-likelihood")
def _():
    x = np.asarray(table(lambda i, j: (i % 3) + 0.3 * sin(5 * i + j), 15, 2))
    start = np.array([[0, 0.5], [1, 1.5], [1.5, 2]])

    def likelihood(means, variance):
        density = [jax.scipy.stats.multivariate_normal.logpdf(x, m, variance * np.eye(2)) for m in means]
        return jnp.sum(jax.nn.logsumexp(jnp.stack(density), axis=0) - np.log(3))

    means, variance = start, 0.2
    for _ in range(5):
        square = ((x[:, None] - means[None]) ** 2).sum(-1)
        r = scipy.special.softmax(-square / (2 * variance), axis=1)
        means = r.T @ x / r.sum(0)[:, None]
        variance = np.sum(r * ((x[:, None] - means[None]) ** 2).sum(-1)) / 30
    y = x[(7 * np.arange(15)) % 15] + 0.1 * cos(np.arange(15))[:, None]
    c = np.sqrt(((x[:, None] - y[None]) ** 2).sum(-1))
    return {
        "before": likelihood(start, 0.2),
        "after": likelihood(means, variance),
        "means": means,
        "variance": variance,
        "slope": jax.grad(likelihood)(jnp.asarray(start), 0.2),
        "moved": c[scipy.optimize.linear_sum_assignment(c)].mean(),
    }


@system("equino")
def _():
    i = np.arange(6) / 6
    stiff = 1 + 0.5 * np.outer(sin(2 * np.pi * i), cos(2 * np.pi * i))

    def energy(u, strain):
        gx = strain + (jnp.roll(u, -1, 0) - u) * 6
        gy = (jnp.roll(u, -1, 1) - u) * 6
        s = gx**2 + gy**2
        return jnp.sum(stiff * (s / 2 + s**2 / 4)) / 36

    strains = [0.2, 0.5, 0.8, 1.1]
    fields = []
    for strain in strains:
        gradient = jax.grad(lambda u: energy(u.reshape(6, 6), strain))
        u = np.zeros(36)
        for _ in range(30):
            # Of the fields without a mean.
            hessian = np.asarray(jax.jacobian(gradient)(u)) + 1 / 36
            u = u - np.linalg.solve(hessian, gradient(u))
        fields.append(u - u.mean())
    matrix = np.stack(fields).T
    u, s, v = np.linalg.svd(matrix, full_matrices=False)
    lost = [np.sqrt(np.sum(s[r:] ** 2)) for r in range(4)]
    return {"fields": fields, "energies": [energy(f.reshape(6, 6), e) for f, e in zip(fields, strains)], "lost": lost}


@system("medida-qg")
def _():
    k = np.fft.fftfreq(12, 1 / 12)
    kx, ky = k[:, None], k[None]
    k2 = np.where(kx**2 + ky**2 == 0, 1, kx**2 + ky**2)
    odd = lambda k: np.where(abs(k) == 6, 0, k)
    real = lambda z: jnp.real(jnp.fft.ifft2(z))
    derived = lambda q, k: real(1j * odd(k) * jnp.fft.fft2(q))
    stream = lambda q: real(jnp.where(kx**2 + ky**2 == 0, 0, -1 / k2) * jnp.fft.fft2(q))
    dealiased = lambda q: real(((abs(kx) < 4) & (abs(ky) < 4)) * jnp.fft.fft2(q))

    def change(q):
        s = stream(q)
        return dealiased(derived(s, ky) * derived(q, kx) - derived(s, kx) * derived(q, ky))

    def turn(q, dt=0.02):
        a = change(q)
        b = change(q + dt / 2 * a)
        c = change(q + dt / 2 * b)
        d = change(q + dt * c)
        return q + dt / 6 * (a + 2 * b + 2 * c + d)

    def after(q, n):
        for _ in range(n):
            q = turn(q)
        return q

    tau = 2 * np.pi / 12
    q = table(lambda i, j: sin(tau * i) * cos(tau * 2 * j) + 0.5 * cos(tau * (i + j)), 12, 12)
    later = after(q, 10)

    phi = np.asarray(table(lambda r, k: sin(1.3 * r * (k + 1)) + 0.1 * cos(r), 40, 5))
    y = 2 * phi[:, 1] - 0.7 * phi[:, 3] + 0.01 * sin(9 * np.arange(40))
    alpha, noise, mu = np.ones(5), 1.0, np.zeros(5)
    for _ in range(15):
        s = np.linalg.inv(noise * phi.T @ phi + np.diag(alpha))
        mu = noise * s @ phi.T @ y
        gamma = 1 - alpha * np.diag(s)
        alpha = np.minimum(gamma / np.maximum(mu**2, 1e-12), 1e8)
        noise = (40 - gamma.sum()) / np.sum((y - phi @ mu) ** 2)
    return {
        "later": later,
        "enstrophy": [jnp.sum(q**2), jnp.sum(later**2)],
        "sensitivity": jax.grad(lambda a: jnp.sum(after(a * q, 3) ** 4))(1.0),
        "weights": mu,
        "kept": alpha < 1e6,
    }
