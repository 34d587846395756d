"""References of systems of part 4, by NumPy, SciPy and JAX."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.special
import scipy.stats
from common import norm, system, table

sin, cos = np.sin, np.cos


@system("deepmesh")
def _():
    def field(w, p):
        root = jnp.sqrt(p[0] ** 2 + w[1] * p[1] ** 2 + w[2] * p[2] ** 2)
        return w[0] - root + 0.1 * jnp.sin(w[3] * p[0] * p[1])

    by_w, by_p = jax.jit(jax.grad(field, 0)), jax.jit(jax.grad(field, 1))
    w = jnp.array([1, 1.3, 0.8, 2])
    starts = table(lambda i, k: sin(2 * i + k) + 0.3, 5, 3)
    points, slope = [], 0
    for p in starts:
        for _ in range(50):
            g = by_p(w, p)
            p = p - field(w, p) / jnp.sum(g**2) * g
        g = by_p(w, p)
        points.append(p)
        slope = slope - 2 * p[2] * g[2] / jnp.sum(g**2) * by_w(w, p)
    return {"points": points, "slope": slope}


@system("dual-smoothing")
def _():
    votes = np.array([150, 190, 200, 103, 55])
    bounds = scipy.stats.beta.ppf(0.001, votes, 200 - votes + 1)
    z = scipy.stats.norm.ppf(bounds)
    return {"bounds": bounds, "radius": 0.5 / np.sqrt(2) * (z[:-1] + z[1:])}


@system("tumor-forloop")
def _():
    tissue = np.asarray(table(lambda i, j: 0.3 if (i + j) % 3 == 0 else 1, 9, 9))

    def grown(scale, rho):
        d = scale * tissue
        c = table(lambda i, j: np.exp(-((i - 3) ** 2 + (j - 4) ** 2) / 2), 9, 9)
        along = (d[1:] + d[:-1]) / 2
        across = (d[:, 1:] + d[:, :-1]) / 2
        for _ in range(25):
            f, g = along * jnp.diff(c, axis=0), across * jnp.diff(c, axis=1)
            # The divergence of the fluxes, none through the border.
            flow = jnp.pad(f, ((0, 1), (0, 0))) - jnp.pad(f, ((1, 0), (0, 0)))
            flow = flow + jnp.pad(g, ((0, 0), (0, 1))) - jnp.pad(g, ((0, 0), (1, 0)))
            c = c + 0.1 * (flow + rho * c * (1 - c))
        return c

    base = [grown(*o) for o in [(0.5, 0.5), (1, 0.5), (1.5, 0.5), (0.5, 1.5), (1, 1.5), (1.5, 1.5)]]
    seen = grown(1.1, 1.4)
    dice = lambda a, b, l: 2 * np.sum((a > l) & (b > l)) / (np.sum(a > l) + np.sum(b > l))
    overlaps = [dice(b, seen, 0.35) + dice(b, seen, 0.1) for b in base]
    slope = jax.grad(lambda p: jnp.sum(grown(p[0], p[1]) ** 2))(jnp.array([1.1, 1.4]))
    return {"base": base, "overlaps": overlaps, "best": int(np.argmax(overlaps)), "slope": slope}


@system("attention-svm")
def _():
    x = np.array([[1, 0.2, -0.3], [-0.5, 1, 0.4], [0.3, -0.8, 0.6], [-1, -0.2, 0.1]])
    v = np.array([1, -0.4, 0.2, 0.3])
    s = x @ np.array([300, 20, 10])
    p = scipy.special.softmax(s)
    g = -x.T @ (p * np.array([np.sum(p * (va - v)) for va in v]))
    h = g / np.max(np.abs(g))
    a = x[0] - x[1:]
    # The least w with a w >= 1, by its dual: |A^T u|^2 / 2 - sum u with u >= 0.
    best = scipy.optimize.minimize(lambda w: w @ w, np.ones(3), jac=lambda w: 2 * w, method="SLSQP", options={"ftol": 1e-15, "maxiter": 500}, constraints={"type": "ineq", "fun": lambda w: a @ w - 1, "jac": lambda w: a})
    active = a[a @ best.x < 1 + 1e-6]
    exact = np.linalg.pinv(active) @ np.ones(len(active))
    return {"direction": h / np.linalg.norm(h), "size": np.log(np.max(np.abs(g))), "separating": exact}


@system("mmgp")
def _():
    nodes = np.array([[p % 3 / 2, p // 3 / 2] for p in range(9)])
    nodes[4] += [0.1, 0.2]
    tri = []
    for t in range(8):
        base = t // 4 * 3 + t // 2 % 2
        tri.append([base, base + 1, base + 4] if t % 2 == 0 else [base, base + 4, base + 3])

    def poisson(x):
        stiff, load = jnp.zeros((9, 9)), jnp.zeros(9)
        for corners in tri:
            # Gradients of the barycentric coordinates.
            m = jnp.concatenate([x[np.array(corners)], jnp.ones((3, 1))], 1)
            area = jnp.linalg.det(m) / 2
            g = jnp.linalg.inv(m)[:2]
            index = np.ix_(corners, corners)
            stiff = stiff.at[index].add(area * g.T @ g)
            load = load.at[np.array(corners)].add(area / 3)
        return jnp.zeros(9).at[4].set(load[4] / stiff[4, 4])

    points = np.asarray(table(lambda i, a: sin(2.7 * i * (a + 1)), 10, 2))
    y = points[:, 0] ** 2 - points[:, 1] + 0.05 * cos(9 * np.arange(10))

    def evidence(theta):
        # The root has no derivative at 0, where the kernel has a maximum.
        square = 5 * jnp.sum(((points[:, None] - points[None]) * jnp.exp(-theta[:2])) ** 2, -1)
        r = jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1)), 0)
        k = jnp.exp(2 * theta[2]) * (1 + r + r**2 / 3) * jnp.exp(-r) + jnp.exp(2 * theta[3]) * jnp.eye(10)
        return jax.scipy.stats.multivariate_normal.logpdf(y, jnp.zeros(10), k)

    theta = jnp.array([0.1, -0.2, 0.3, -2])
    return {
        "u": poisson(nodes),
        "by_nodes": jax.grad(lambda x: poisson(x)[4])(jnp.asarray(nodes)),
        "value": evidence(theta),
        "slope": jax.grad(evidence)(theta),
        "curvature": jax.hessian(evidence)(theta),
    }


@system("nonsmooth-moo")
def _():
    n = 12
    a = (n + 1) ** 2 * (2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1))
    f = 30 * sin(0.9 * np.arange(n))
    y = np.zeros(n)
    for _ in range(30):
        y = np.linalg.solve(a + 50 * np.diag(y > 0), f)
    goals = np.array([[0.1 * cos((k + 1) * i) for i in range(n)] for k in range(3)])
    # By the adjoint state, with the derivative of max that the state takes.
    gradients = [np.linalg.solve(a + 50 * np.diag(y > 0), y - goal) + 0.002 * f for goal in goals]
    w = np.array(gradients)
    best = scipy.optimize.minimize(lambda l: np.sum((l @ w) ** 2), np.full(3, 1 / 3), method="SLSQP", bounds=[(0, 1)] * 3, options={"ftol": 1e-16}, constraints={"type": "eq", "fun": lambda l: l.sum() - 1})
    return {"y": y, "gradients": gradients, "length": np.linalg.norm(best.x @ w)}


@system("permutation-ntk")
def _():
    inputs = np.array([[(b + 1) >> k & 1 for k in range(4)] for b in range(15)], float)
    inputs /= np.linalg.norm(inputs, axis=1)[:, None]
    basis, order = np.eye(4), [2, 0, 3, 1]
    targets = np.zeros((4, 4))
    targets[np.arange(4), order] = 1

    def kernels(x, y):
        size = np.outer(np.linalg.norm(x, axis=1), np.linalg.norm(y, axis=1))
        t = np.arccos(np.clip(x @ y.T / size, -1, 1))
        nngp = size * (sin(t) + (np.pi - t) * cos(t)) / (2 * np.pi)
        return nngp, nngp + x @ y.T * (np.pi - t) / (2 * np.pi)

    weights = kernels(inputs, basis)[1] @ np.linalg.inv(kernels(basis, basis)[1])
    cross = weights @ kernels(basis, inputs)[0]
    covariance = kernels(inputs, inputs)[0] - cross - cross.T + weights @ kernels(basis, basis)[0] @ weights.T
    return {"means": weights @ targets, "covariance": covariance, "again": covariance, "rank": 11, "right": True}


@system("inverse-permutation")
def _():
    h = table(lambda i, k: sin(2 * i + k), 6, 3)

    def layer(h, a, causal):
        score = h @ a @ h.T
        if causal:
            score = jnp.where(np.tril(np.ones((6, 6))) > 0, score, -jnp.inf)
        return jnp.concatenate([h, jax.nn.softmax(score) @ h], 1)

    first, second = table(lambda i, j: sin(i + 2 * j), 3, 3), table(lambda i, j: cos(i * j), 6, 6)
    deep = lambda h, causal: layer(layer(h, first, causal), second, causal)
    return {
        "causal": deep(h, True),
        "free": deep(h, False),
        "seen": jax.jacobian(lambda h: deep(h, True)[2])(h),
        "unseen": 0,
    }


@system("spen")
def _():
    a = np.asarray(table(lambda i, j: sin(1.7 * i * (j + 2)), 5, 5))
    n, one, eye = 5, np.ones(5), np.eye(5)
    d, r, c = np.diag(a), a.sum(1), a.sum(0)
    values = [a, a.T, np.diag(d), np.diag(r), np.diag(c), np.trace(a) * eye, a.sum() * eye]
    for v in (d, r, c):
        values += [np.outer(v, one), np.outer(one, v)]
    values += [np.full((n, n), np.trace(a)), np.full((n, n), a.sum())]
    edges = np.array([[i == (j + 1) % 7 or j == (i + 1) % 7 or i * j == 6 for j in range(7)] for i in range(7)])
    power = lambda k: np.linalg.matrix_power(np.eye(7, dtype=int) + edges, k) > 0
    keep = power(1)
    wave = cos(np.add.outer(np.arange(7), np.arange(7)))
    egos = [np.sum(wave * edges * np.outer(keep[v], keep[v])) for v in range(7)]
    return {"values": values, "near": [power(k).sum() for k in (1, 2, 3)], "egos": egos, "equivariant": 0}


@system("lcm-aggregator")
def _():
    x = table(lambda i, k: sin(2 * i + k), 11, 3)
    w = table(lambda i, k: cos(i * (k + 1)) / 2, 6, 3)
    neutral = jnp.array([0.1, 0, -0.1])

    def one(u, v, w):
        g = jnp.tanh(jnp.concatenate([u, v]) @ w)
        return g * u + (1 - g) * v

    operation = lambda u, v, w: (one(u, v, w) + one(v, u, w)) / 2

    def reduced(w, neutral):
        level = list(x) + [neutral] * 5
        while len(level) > 1:
            level = [operation(u, v, w) for u, v in zip(level[::2], level[1::2])]
        return level[0]

    def associative(w):
        left = [operation(operation(a, b, w), c, w) for a, b, c in zip(x, x[1:], x[2:])]
        right = [operation(a, operation(b, c, w), w) for a, b, c in zip(x, x[1:], x[2:])]
        return sum(jnp.sum((a - b) ** 2) for a, b in zip(left, right))

    by = jax.grad(lambda w, e: jnp.sum(reduced(w, e) ** 2), (0, 1))(w, neutral)
    return {"value": reduced(w, neutral), "by_w": by[0], "by_neutral": by[1], "associative": jax.grad(associative)(w)}


@system("pac-code-sets")
def _():
    parent = [0, 0, 0, 1, 1, 2, 2, 6, 6]
    costs = np.array([0.1, 0.9, 0.3, 0.2, 1.4, 0.6, 0.8, 0.5, 0.7])
    above = [{v} for v in range(9)]
    for v in range(1, 9):
        above[v] |= above[parent[v]]

    def kept(holes):
        return [v for v in range(9) if not above[v] & set(holes)]

    best, sets = [], []
    for m in range(4):
        # All sets of m holes of which none lies below another.
        options = [h for h in itertools.combinations(range(9), m) if not any(b in above[a] - {a} for a in h for b in h)]
        found = min(options, key=lambda h: costs[kept(h)].sum())
        best.append(costs[kept(found)].sum())
        sets.append(kept(found))
    slope = np.zeros(9)
    slope[sets[2]] = 1
    allowed = max(k for k in range(40) if scipy.stats.binom.cdf(k, 100, 0.2) <= 0.05)
    return {"value": best, "slope": slope, "allowed": allowed}


@system("pleas")
def _():
    z = table(lambda i, j: sin(1.8 * i * (j + 1)), 14, 5)
    y = table(lambda i, j: cos(1.1 * i * (j + 1)), 14, 4)
    free = [[p for p in range(5) if not (p >= 3 and q <= 1)] for q in range(4)]

    def fitted(z):
        w = jnp.zeros((5, 4))
        for q, rows in enumerate(free):
            part = z[:, np.array(rows)]
            column = jnp.linalg.solve(part.T @ part + 0.01 * jnp.eye(len(rows)), part.T @ y[:, q])
            w = w.at[np.array(rows), q].set(column)
        return w

    return {"w": fitted(z), "sensitivity": jax.grad(lambda z: jnp.sum(fitted(z) ** 2))(z)}


@system("robust-altmin")
def _():
    truth = np.asarray(table(lambda i, j: sin(i) * cos(2 * j) + 0.5 * cos(3 * i) * sin(j), 10, 8))
    mask = np.asarray(table(lambda i, j: (3 * i + 5 * j) % 7 < 5, 10, 8))

    def rows(seen, mask, v, start):
        out = []
        for y, m, x in zip(seen, mask, start):
            a, b = v.T @ (m[:, None] * v), v.T @ (m * y)
            r = d = b - a @ x
            for _ in range(2):
                step = r @ r / max(d @ a @ d, 1e-30)
                after = r - step * a @ d
                x, d, r = x + step * d, after + after @ after / max(r @ r, 1e-30) * d, after
            out.append(x)
        return np.array(out)

    def qr(a):
        q, r = np.linalg.qr(a)
        sign = np.sign(np.diag(r))
        return q * sign, sign[:, None] * r

    u = qr(np.asarray(table(lambda i, a: cos(1.3 * i * (a + 1)), 10, 2)))[0]
    v = np.zeros((8, 2))
    for _ in range(12):
        f, r = qr(rows((mask * truth).T, mask.T, u, v))
        g, s = qr(rows(mask * truth, mask, f, u @ r.T))
        u, v = g, f @ s.T
    return {"whole": u @ v.T, "error": np.linalg.norm(u @ v.T - truth) / np.linalg.norm(truth)}


@system("bcd-faster")
def _():
    parent = [0, 0, 0, 1, 1, 2, 4, 4]
    i = np.arange(8)
    links, b = cos(2 * i), sin(3 * i) + 1

    def solved(d):
        m = jnp.diag(d)
        for v in range(1, 8):
            m = m.at[v, parent[v]].set(links[v]).at[parent[v], v].set(links[v])
        return jnp.linalg.solve(m, b)

    d = jnp.asarray(3 + sin(i))
    g = np.array([[sin(3 * a + i) + 0.1 * a for i in range(2)] for a in range(6)])
    h = np.array([[[1 + 0.7 * a + i if i == j else 0.5 * sin(a) for j in range(2)] for i in range(2)] for a in range(6)])
    rules = [
        np.sum(g**2, 1),
        np.sum(g**2, 1) / np.trace(h, axis1=1, axis2=2),
        np.sum(g**2 / np.diagonal(h, axis1=1, axis2=2), 1),
        [x @ np.linalg.solve(m, x) for x, m in zip(g, h)],
    ]
    return {"x": solved(d), "slope": jax.grad(lambda d: jnp.sum(solved(d) ** 2))(d), "chosen": [np.argmax(r) for r in rules]}


@system("groupwise-regret")
def _():
    t = np.arange(25)
    x = np.asarray(table(lambda t, k: sin(2.1 * t * (k + 1)), 25, 3))
    y = 0.5 + 0.3 * x[:, 0] - 0.2 * x[:, 2]
    potential = lambda r, c: np.exp(max(r, 0) ** 2 / (3 * c)) if c else 1.0
    weight = lambda r, c: 0.5 * (potential(r + 1, c + 1) - potential(r - 1, c + 1))
    a, b = [np.eye(3) for _ in range(4)], np.zeros((4, 3))
    r, c, played = np.zeros(4), np.zeros(4), []
    for t in range(25):
        awake = [g for g in range(4) if g == 0 or (t + g) % (g + 1) == 0]
        guess = {g: np.clip(x[t] @ np.linalg.solve(a[g], b[g]), 0, 1) for g in awake}
        raw = {g: weight(r[g], c[g]) for g in awake}
        total = sum(raw.values())
        made = sum((raw[g] / total if total > 0 else 1 / len(awake)) * guess[g] for g in awake)
        played.append(made)
        for g in awake:
            gap = (made - y[t]) ** 2 - (guess[g] - y[t]) ** 2
            r[g] += gap
            c[g] += abs(gap)
            a[g] = a[g] + np.outer(x[t], x[t])
            b[g] = b[g] + y[t] * x[t]
    return {"played": played, "regrets": r, "states": [np.linalg.inv(m) for m in a]}


@system("mesh-swd-ode")
def _():
    x = table(lambda i, k: sin(3 * i + k), 7, 2)
    y = np.asarray(table(lambda j, k: cos(2 * j + k) + 0.5, 5, 2))
    a, b = np.arange(1, 8) / 28, np.arange(2, 7) / 20

    def plan(u, v):
        """The couplings of the sorted samples."""
        p, q = np.argsort(u), np.argsort(v)
        i = j = 0
        left, right = a[p].copy(), b[q].copy()
        while i < 7 and j < 5:
            mass = min(left[i], right[j])
            yield p[i], q[j], mass
            left[i] -= mass
            right[j] -= mass
            if left[i] < 1e-15:
                i += 1
            else:
                j += 1

    def sliced(w):
        z = x
        for _ in range(5):
            z = z + 0.1 * jnp.tanh((z + 0.05 * jnp.tanh(z @ w)) @ w)
        total = 0
        for d in range(4):
            u = np.array([cos(0.7 * d + 0.1), sin(0.7 * d + 0.1)])
            s, t = z @ u, y @ u
            for i, j, mass in plan(np.asarray(jax.lax.stop_gradient(s)), t):
                total = total + mass * (s[i] - t[j]) ** 2
        return total / 4

    w = jnp.array([[0.3, -0.8], [0.6, 0.2]])
    step = 1e-6
    directions = np.eye(4).reshape(4, 2, 2)
    # The matching follows the numbers, so that differences are taken.
    slope = [(sliced(w + step * d) - sliced(w - step * d)) / (2 * step) for d in directions]
    return {"value": sliced(w), "slope": slope}


@system("transductive-clustering")
def _():
    x = np.asarray(table(lambda i, k: (i % 3) * (1 - k) + 0.8 * sin(7 * i + k) + (i % 3) * k * 0.5, 15, 2))
    distance = ((x[:, None] - x[None]) ** 2).sum(-1)
    np.fill_diagonal(distance, np.inf)
    near = np.zeros((15, 15))
    np.put_along_axis(near, np.argsort(distance, 1)[:, :3], 1, 1)
    w = (near + near.T) / 2
    z = np.full((15, 3), 1 / 3)
    for _ in range(30):
        held = np.concatenate([np.eye(3), z[3:]])
        m = held.T @ x / held.sum(0)[:, None]
        score = -2 * ((x[:, None] - m[None]) ** 2).sum(-1) + 0.4 * w @ held
        z = np.concatenate([np.eye(3), scipy.special.softmax(score, 1)[3:]])
    return {"w": w, "z": z, "entropy": np.sum(scipy.special.xlogy(z, z))}


@system("learned-proximal-nets")
def _():
    w = table(lambda i, j: sin(2 * i + j), 2, 5)
    u = table(lambda i, j: 0.2 * cos(i * j), 5, 5)
    x = table(lambda i, k: sin(3 * i + k), 6, 2)

    def convex(w, u, x):
        z = jax.nn.softplus(jax.nn.softplus(x @ w) @ jnp.abs(u) + 0.1 * jnp.arange(5))
        return jnp.sum(z) + 0.05 * jnp.sum(x**2)

    denoised = jax.grad(convex, 2)
    many = jax.vmap(denoised, (None, None, 0))

    def matching(w, u):
        return jnp.mean(1 - jnp.exp(-jnp.sum((many(w, u, 1.1 * x) - x) ** 2, 1) / 0.8**2))

    f = many(w, u, x)
    prior = jnp.sum(x * f, 1) - 0.5 * jnp.sum(f**2, 1) - jax.vmap(lambda x: convex(w, u, x))(x)
    by = jax.grad(matching, (0, 1))(w, u)
    monotone = jax.vmap(jax.hessian(lambda x: convex(w, u, x)))(x)
    return {"value": matching(w, u), "by_w": by[0], "by_u": by[1], "prior": prior, "monotone": monotone}


@system("ignite")
def _():
    vector = jnp.asarray(sin(3 * np.arange(21)) / 2)
    x = table(lambda i, k: sin(2 * i + k), 6, 2)

    def mean_of(v):
        hidden = jnp.tanh(x @ v[:10].reshape(2, 5) + v[10:15])
        return jnp.mean(hidden @ v[15:20] + v[20])

    sharpness = lambda v: norm(jax.grad(mean_of)(v))
    return {"value": sharpness(vector), "slope": jax.grad(sharpness)(vector)}
