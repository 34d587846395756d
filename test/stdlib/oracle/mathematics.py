"""Reference numbers for the mathematics of the standard library, by NumPy, SciPy and dcor in double precision.

    pip install numpy scipy dcor
    python test/stdlib/oracle/mathematics.py > test/stdlib/oracle/mathematics.generated.json

A case is an expression of `x`, its value at a point, and whether its derivative is tested there too.
"""

import json
import math

import dcor
import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.spatial
import scipy.special
import scipy.stats

cases = []
random = np.random.default_rng(7)


def plain(values):
    """Nested lists; JSON has no nan and no infinity."""
    if isinstance(values, np.ndarray) and values.ndim > 0:
        return [plain(v) for v in values]
    value = float(values)
    return value if math.isfinite(value) else str(value)


def case(names, expression, x, expected, library="", gradient=True, tolerance=1e-12, setup=""):
    x, expected = np.asarray(x, dtype=float), np.asarray(expected)
    cases.append(
        {
            "names": names,
            "expression": expression,
            "library": library,
            "setup": setup,
            "x": plain(x),
            "expected": plain(expected),
            "gradient": gradient,
            "tolerance": tolerance,
        }
    )


def spread(*shape):
    return np.round(random.normal(size=shape), 3)


def positive(n):
    a = spread(n, n)
    return np.round(a @ a.T + n * np.eye(n), 3)


# ---- elementwise
points = np.array([-0.9, -0.4, 0.1, 0.3, 0.75])
wide = np.array([-2.5, -1.2, -0.3, 0.4, 1.9, 6.0])
above = np.array([0.2, 0.7, 1.5, 3.0, 9.5])
inf, nan = math.inf, math.nan
edges = np.array([-inf, -1.0, 0.0, 1.0, inf, nan])

for name, function in [("tan", np.tan), ("atan", np.arctan), ("sinh", np.sinh), ("cosh", np.cosh)]:
    case(name, f"{name}(x)", wide, function(wide))
    case(name, f"{name}(x)", [0.0, -0.0, nan], function(np.array([0.0, -0.0, nan])), gradient=False)
for name, function in [("asin", np.arcsin), ("acos", np.arccos)]:
    case(name, f"{name}(x)", points, function(points))
    case(name, f"{name}(x)", [-2.0, 2.0, nan], [nan, nan, nan], gradient=False)
case("erfc", "erfc(x)", [-3.0, -0.5, 0.0, 0.5, 3.0, 10.0], scipy.special.erfc([-3.0, -0.5, 0.0, 0.5, 3.0, 10.0]))
case("lgamma", "lgamma(x)", np.append(above, -1.5), scipy.special.gammaln(np.append(above, -1.5)))
case("lgamma", "lgamma(x)", [0.0, -1.0, 1.0, 2.0], [inf, inf, 0, 0], gradient=False)
case("digamma", "digamma(x)", np.append(above, -1.5), scipy.special.digamma(np.append(above, -1.5)))
for order in [0, 1, 2, 3]:
    case("polygamma", f"polygamma({order}, x)", above, scipy.special.polygamma(order, above), tolerance=1e-10)
case("polygamma", "[polygamma(1, x), polygamma(2, x)]", 0.0, [inf, nan], gradient=False)
case("isfinite", "isfinite(x)", edges, np.isfinite(edges), gradient=False)
case("atan2", "atan2(x[0, :], x[1, :])", [[1.0, -1, 0.5, -0.2], [2.0, 0.5, -1, -3]],
     np.arctan2([1.0, -1, 0.5, -0.2], [2.0, 0.5, -1, -3]))
case("atan2", "atan2(x[0, :], x[1, :])", [[0.0, 0, 1], [0.0, -1, 0]], np.arctan2([0.0, 0, 1], [0.0, -1, 0]),
     gradient=False)

case("inf nan isnan", "isnan([inf, nan, -inf, x])", 1.0, [False, True, False, False], gradient=False)
case("isnan", "isnan(x)", edges, np.isnan(edges), gradient=False)

for name, function in [("asinh", np.arcsinh), ("square", np.square), ("exp2", np.exp2), ("sinc", np.sinc)]:
    case(name, f"{name}(x)", wide, function(wide))
case("asinh", "asinh(x)", [0.0, 1e-9, -1e-9, 1e200, -1e200, inf, -inf, nan],
     np.arcsinh([0.0, 1e-9, -1e-9, 1e200, -1e200, inf, -inf, nan]), gradient=False)
case("sinc", "sinc(x)", [0.0, 0.01, -0.03, 0.04, 1.0], np.sinc([0.0, 0.01, -0.03, 0.04, 1.0]))
for name, function in [("log2", np.log2), ("log10", np.log10), ("rsqrt", lambda v: v**-0.5)]:
    case(name, f"{name}(x)", above, function(above))
case("rsqrt", "rsqrt(x)", [0.0, inf, -1.0], [inf, 0, nan], gradient=False)
case("acosh", "acosh(x)", [1.5, 2.0, 30.0], np.arccosh([1.5, 2.0, 30.0]))
case("acosh", "acosh(x)", [0.5, 1.0, 1 + 1e-12, 1e200, inf], np.arccosh([0.5, 1.0, 1 + 1e-12, 1e200, inf]),
     gradient=False)
case("atanh", "atanh(x)", points, np.arctanh(points))
case("atanh", "atanh(x)", [0.0, 1e-12, -1e-12, 1.0, -1.0, 2.0, -2.0], [0, 1e-12, -1e-12, inf, -inf, nan, nan],
     gradient=False)
case("trunc", "trunc(x)", [-2.5, -0.5, 0.5, 2.5], [-2, 0, 0, 2], gradient=False)
case("hypot", "hypot(x[0, :], x[1, :])", [[3.0, -1, 0.5], [4.0, 2, 0]], np.hypot([3.0, -1, 0.5], [4.0, 2, 0]))
case("hypot", "hypot(x, [0, 1, 1e300, 1, 0])", [0.0, inf, 1e300, nan, -2], [0, inf, math.hypot(1e300, 1e300), nan, 2],
     gradient=False)
case("logit", "logit(x)", [0.1, 0.5, 0.8], scipy.special.logit([0.1, 0.5, 0.8]))
case("logit", "logit(x)", [0.0, 1.0, 2.0], [-inf, inf, nan], gradient=False)
case("log_sigmoid", "log_sigmoid(x)", wide, scipy.special.log_expit(wide))
case("log_sigmoid", "log_sigmoid(x)", [-1000.0, 0.0, 1000.0], [-1000, -math.log(2), 0], gradient=False)
case("xlogy", "xlogy(x[0, :], x[1, :])", [[2.0, -1, 0], [0.5, 3, 2]], scipy.special.xlogy([2.0, -1, 0], [0.5, 3, 2]))
case("xlogy", "xlogy(x, [0, -1, inf, nan, 0])", [0.0, 0, 0, 0, 1],
     scipy.special.xlogy([0.0, 0, 0, 0, 1], [0, -1, inf, nan, 0]), gradient=False)
S = "stats"
case("erfinv", "erfinv(x)", [-0.999, -0.9, -0.2, 0.0, 1e-9, 0.5, 0.86, 0.99999],
     scipy.special.erfinv([-0.999, -0.9, -0.2, 0.0, 1e-9, 0.5, 0.86, 0.99999]), gradient=False)
case("erfinv", "erfinv(x)", points, scipy.special.erfinv(points))
case("erfinv", "erfinv(x)", [-1.0, 1.0, 1.5, -1.5, nan], [-inf, inf, nan, nan, nan], gradient=False)
case("normal_quantile", "normal_quantile(x)", [0.001, 0.05, 0.3, 0.5, 0.9, 0.9999],
     scipy.special.ndtri([0.001, 0.05, 0.3, 0.5, 0.9, 0.9999]), gradient=False)
case("normal_quantile", "normal_quantile(x)", [0.05, 0.3, 0.5, 0.95], scipy.special.ndtri([0.05, 0.3, 0.5, 0.95]))
case("normal_quantile", "normal_quantile(x)", [0.0, 1e-300, 1.0, 1.1, -0.1],
     [-inf, scipy.special.ndtri(1e-300), inf, nan, nan], gradient=False)
case("normal_cdf", "normal_cdf(x)", [-10.0, -2, 0, 0.5, 3], scipy.special.ndtr([-10.0, -2, 0, 0.5, 3]), S)

# ---- sorting
line = np.array([3.0, -1.0, 2.0, -1.0, 0.5])
table = np.array([[3.0, 1.0, 2.0], [0.0, -5.0, 4.0]])
case("sort", "sort(x)", [3.0, -1.0, 2.0, 0.5], [-1.0, 0.5, 2.0, 3.0])
case("sort", "sort(x)", table, np.sort(table, axis=1))
case("sort", "sort(x, descending = true)", table, -np.sort(-table, axis=1))
case("sort", "sort(x)", [nan, 1, inf, -inf, 0], [-inf, 0, 1, inf, nan], gradient=False)
case("sort", "sort(x, axis = 0)", table, np.sort(table, axis=0))
case("sort", "sort(x, axis = 1, descending = true)", np.stack([table, -table]),
     -np.sort(-np.stack([table, -table]), axis=1))
case("argsort", "argsort(x, axis = 0)", table, np.argsort(table, axis=0, kind="stable"), gradient=False)
case("top_k", "top_k(x, 1, axis = 0).value", table, table.max(axis=0)[None])
case("top_k", "top_k(x, 1, axis = -2).index", table, table.argmax(axis=0)[None], gradient=False)
case("argsort", "argsort(x)", line, np.argsort(line, kind="stable"), gradient=False)
case("argsort", "argsort(x, descending = true)", line, np.argsort(-line, kind="stable"), gradient=False)
case("top_k", "top_k(x, 2).value", table, -np.sort(-table, axis=1)[:, :2])
case("top_k", "top_k(x, 2).index", table, np.argsort(-table, axis=1, kind="stable")[:, :2], gradient=False)
case("searchsorted", "searchsorted([0.0, 1, 1, 2], x)", edges,
     np.searchsorted([0.0, 1, 1, 2], edges), gradient=False)
case("searchsorted", "searchsorted([0.0, 1, 1, 2], x, right = true)", edges,
     np.searchsorted([0.0, 1, 1, 2], edges, side="right"), gradient=False)

case("sort argsort top_k", "sort([16777217, 3, 16777216]) + argsort([3, 1, 2]) + top_k([16777216, 16777217], 2).value[0] + 0 * x",
     0.0, np.array([3, 16777216, 16777217]) + [1, 2, 0] + 16777217, gradient=False)

# ---- linear algebra
square, symmetric, definite, tall = spread(3, 3), None, positive(3), spread(4, 3)
symmetric = np.round((square + square.T) / 2, 3)
batch = np.stack([positive(2), positive(2)])
L = "linalg"
case("cholesky", "cholesky(x)", definite, np.linalg.cholesky(definite), L)
case("cholesky", "cholesky(x)", batch, np.linalg.cholesky(batch), L)
case("solve", "solve(x, [1.0, -2, 0.5])", square, np.linalg.solve(square, [1.0, -2, 0.5]), L)
columns = spread(3, 2)
case("solve", f"solve(x, {columns.tolist()})", square, np.linalg.solve(square, columns), L)
case("solve", f"solve({square.tolist()}, x)", columns, np.linalg.solve(square, columns), L)
lower = np.tril(definite)
case("solve_triangular", "solve_triangular(x, [1.0, -2, 0.5])", definite,
     scipy.linalg.solve_triangular(definite, [1.0, -2, 0.5], lower=True), L)
case("solve_triangular", "solve_triangular(x, [1.0, -2, 0.5], lower = false, transpose = true)", definite,
     scipy.linalg.solve_triangular(definite, [1.0, -2, 0.5], lower=False, trans=1), L)
case("solve_triangular", "solve_triangular(x, [1.0, -2, 0.5], unit = true)", definite,
     scipy.linalg.solve_triangular(definite, [1.0, -2, 0.5], lower=True, unit_diagonal=True), L)
# Lanes of the right side alone, of both, of the matrix alone.
batched = np.stack([square, square + np.eye(3)])
case("solve", f"(for i in 2: solve({square.tolist()}, x[:, i])).T", columns, np.linalg.solve(square, columns), L)
case("solve", f"for i in 4, j in 2: solve({square.tolist()}, x * (i + 1) + j)", columns,
     np.stack([[np.linalg.solve(square, columns * (i + 1) + j) for j in range(2)] for i in range(4)]), L)
case("solve", "for i, j in 2: solve(x[i, :, :], [1, i, j])", batched,
     np.stack([[np.linalg.solve(batched[i], [1, i, j]) for j in range(2)] for i in range(2)]), L)
case("lstsq", "for i in 2, j in 3: lstsq(x[i, :, :], [i, j, 1, i * j])", np.stack([tall, 2 * tall + 1]),
     np.stack([[np.linalg.lstsq([tall, 2 * tall + 1][i], [i, j, 1, i * j], rcond=None)[0] for j in range(3)] for i in range(2)]), L)
case("inv", "inv(x)", square, np.linalg.inv(square), L)
case("inv", "inv(x)", batch, np.linalg.inv(batch), L)
case("lstsq", "lstsq(x, [1.0, -2, 0.5, 3])", tall, np.linalg.lstsq(tall, [1.0, -2, 0.5, 3], rcond=None)[0], L)
two = spread(4, 2)
case("lstsq", f"lstsq(x, {two.tolist()})", tall, np.linalg.lstsq(tall, two, rcond=None)[0], L)
case("det", "det(x)", square, np.linalg.det(square), L)
case("det", "det(x)", [[1.0, 2], [2, 4]], 0.0, L, gradient=False)
case("logdet", "logdet(x)", definite, math.log(np.linalg.det(definite)), L)
case("logdet", "logdet(x)", [[[1.0, 0], [0, -1]], [[1, 1], [1, 1]]], [nan, -inf], L, gradient=False)
case("slogdet", "slogdet(x).sign", -np.eye(3), -1.0, L, gradient=False)
case("slogdet", "slogdet(x).log", square, np.linalg.slogdet(square)[1], L)


def signed(q, r):
    s = np.sign(np.diag(r))
    return q * s, (r.T * s).T


case("qr", "qr(x).q", tall, signed(*np.linalg.qr(tall))[0])
case("qr", "qr(x).r", tall, signed(*np.linalg.qr(tall))[1])
u, s, vt = np.linalg.svd(tall, full_matrices=False)
signs = np.sign(vt[np.arange(3), np.argmax(np.abs(vt), axis=1)])
case("svd", "svd(x).u", tall, u * signs, L)
case("svd svdvals", "svd(x).s + svdvals(x)", tall, 2 * s, L)
case("svd", "svd(x).v", tall, (vt.T * signs), L)
values, vectors = np.linalg.eigh(symmetric)
signs = np.sign(vectors[np.argmax(np.abs(vectors), axis=0), np.arange(3)])
case("eigh", "eigh(x).values", symmetric, values, L)
case("eigh", "eigh(x).vectors", symmetric, vectors * signs, L)
case("eigvalsh", "eigvalsh(x)", symmetric, values, L)

case("pinv", "pinv(x)", tall, np.linalg.pinv(tall), L)
case("pinv", "pinv(x)", tall.T, np.linalg.pinv(tall.T), L)
case("pinv", "pinv(x)", np.stack([tall, 2 * tall]), np.linalg.pinv(np.stack([tall, 2 * tall])), L)
# Equal singular values, where the vectors have no derivative.
case("pinv", "pinv(x)", 2.0 * np.eye(3)[:, :2], np.linalg.pinv(2.0 * np.eye(3)[:, :2]), L)
case("pinv", "pinv(x)", [[1.0, 2], [2, 4], [0, 0]], np.linalg.pinv([[1.0, 2], [2, 4], [0, 0]]), L, gradient=False)
case("polar", "polar(x)", tall, scipy.linalg.polar(tall)[0])
case("polar", "polar(x)", tall.T, scipy.linalg.polar(tall.T)[0])
case("polar", "polar(x)", np.stack([square, square.T]), np.stack([scipy.linalg.polar(a)[0] for a in [square, square.T]]))
case("polar", "polar(x)", np.eye(3)[:, :2], np.eye(3)[:, :2])
case("kron", f"kron(x, {two.tolist()})", columns, np.kron(columns, two), L)
case("nuclear_norm spectral_norm", "nuclear_norm(x) + 10 * spectral_norm(x)", tall,
     np.linalg.norm(tall, "nuc") + 10 * np.linalg.norm(tall, 2), L)
case("nuclear_norm spectral_norm", "nuclear_norm(x) + 10 * spectral_norm(x)", tall.T,
     np.linalg.norm(tall, "nuc") + 10 * np.linalg.norm(tall, 2), L)
case("frobenius sym skew", "[frobenius(x), frobenius(sym(x)), frobenius(skew(x))]", square,
     [np.linalg.norm(square), np.linalg.norm(square + square.T) / 2, np.linalg.norm(square - square.T) / 2])
case("sym", "sym(x)", np.stack([square, 2 * square]), np.stack([symmetric_part := (square + square.T) / 2, 2 * symmetric_part]))
case("skew", "skew(x)", square, (square - square.T) / 2)
flat = spread(5)
for order in [1, 2, 3, 2.5]:
    case("norm", f"norm(x, p = {order})", flat, np.linalg.norm(flat, order))
case("norm", "norm(x, p = inf)", flat, np.linalg.norm(flat, np.inf))
case("norm", "norm(x, p = 3)", [0.0, 0.0], 0.0, gradient=False)

# ---- moments and quantiles
case("var", "var(x)", tall, np.var(tall))
case("var", "var(x, unbiased = true)", flat, np.var(flat, ddof=1))
case("std", "std(x)", flat, np.std(flat))
case("std", "std(x, unbiased = true)", flat, np.std(flat, ddof=1))
grid = np.random.default_rng(11).normal(size=(3, 4)).round(3)
for word, of in [("var", np.var), ("std", np.std)]:
    case(word, f"{word}(x, axis = 0)", grid, of(grid, axis=0))
    case(word, f"{word}(x, axis = -1, unbiased = true)", grid, of(grid, axis=-1, ddof=1))
    case(word, f"x / {word}(x, axis = 1, keep = true)", grid, grid / of(grid, axis=1, keepdims=True))
    case(word, f"{word}(x, axis = (0, 1))", grid, of(grid, axis=(0, 1)))
    case(word, f"for i: {word}(x[i, :], unbiased = true)", grid, of(grid, axis=1, ddof=1))
for q in [0, 0.1, 0.37, 0.5, 1]:
    case("quantile", f"quantile(x, {q})", tall.T, np.quantile(tall.T, q, axis=1))
case("zeros_like", "zeros_like(x)", [[1.5, nan], [-2.0, inf]], np.zeros((2, 2)), gradient=False)
knots, heights = [-1.5, -0.2, 0.4, 2.0], [0.3, -1.0, 2.5, 2.0]
inside = [-3.0, -1.4, -0.5, 0.0, 0.39, 1.7, 2.2, 9.0]
case("interpolate", f"interpolate(x, {knots}, {heights})", inside, np.interp(inside, knots, heights))
case("interpolate", f"interpolate({inside}, {knots}, x)", heights, np.interp(inside, knots, heights))
case("interpolate", f"interpolate({inside}, x, {heights})", knots, np.interp(inside, knots, heights))
case("interpolate", f"interpolate(x, {knots}, {heights})", knots, np.interp(knots, knots, heights), gradient=False)
case("quantile", "quantile(x, 0.25)", [inf, 1, 2, 3, -inf], np.quantile([inf, 1, 2, 3, -inf], 0.25), gradient=False)
case("quantile", "[quantile(x, 0.5), quantile([1.0, 2], 1.5), quantile([1.0, 2], -0.5)]", [1, nan, 2], [nan, nan, nan],
     gradient=False)
case("median", "[median(x), median([inf, 1, 2, 3])]", [1.0, nan], [nan, 2.5], gradient=False)
case("median", "median(x)", flat, np.median(flat))
case("median", "median(x)", tall.T, np.median(tall.T, axis=1))

# ---- assignment
cost = spread(6, 6)
case("linear_assignment", "linear_assignment(x)", cost, scipy.optimize.linear_sum_assignment(cost)[1], "assign",
     gradient=False)
costs = spread(3, 4, 4)
case("linear_assignment", "linear_assignment(x)", costs,
     np.stack([scipy.optimize.linear_sum_assignment(c)[1] for c in costs]), "assign", gradient=False)

case("inverse_permutation", "inverse_permutation(argsort(x))", flat, np.argsort(np.argsort(flat)), "assign", gradient=False)

# ---- losses and metrics
labels = np.array([1.0, 0, 1, 0, 1])
signed_labels = 2 * labels - 1
probability = np.array([0.9, 0.2, 0.4, 0.7, 0.99])
target = spread(5)
LABELS = "let classes = argmax([[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1]], axis = 1)"
logits = spread(4, 3)
log_p = scipy.special.log_softmax(logits, axis=1)
classes = np.array([1, 0, 2, 2])
case("nll", "nll(x, classes)", log_p, -np.mean(log_p[np.arange(4), classes]), setup=LABELS)
case("bce", f"bce(x, {labels.tolist()})", probability,
     -np.mean(labels * np.log(probability) + (1 - labels) * np.log(1 - probability)))
case("bce", "bce(x, [0.0, 1, 1])", [0.0, 1.0, 1.0], 0.0, gradient=False)
case("hinge", f"hinge(x, {signed_labels.tolist()})", flat, np.mean(np.maximum(1 - signed_labels * flat, 0)))
case("mae", f"mae(x, {target.tolist()})", flat, np.mean(np.abs(flat - target)))
for delta in [0.5, 1.0, 3.0]:
    loss = np.mean(scipy.special.huber(delta, flat - target))
    case("huber", f"huber(x, {target.tolist()}, delta = {delta})", flat, loss)
    case("smooth_l1", f"smooth_l1(x, {target.tolist()}, beta = {delta})", flat, loss / delta)
first, second = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]]), np.array([[0.3, 0.3, 0.4], [0.6, 0.2, 0.2]])
case("kl_divergence", f"kl_divergence(x, {second.tolist()})", first, np.sum(scipy.special.rel_entr(first, second), axis=1))
case("kl_divergence", f"kl_divergence({second.tolist()}, x)", first, np.sum(scipy.special.rel_entr(second, first), axis=1))
case("kl_divergence", "kl_divergence(x, [[1, 0], [1, 0]])", [[1.0, 0], [0.5, 0.5]], [0.0, inf], gradient=False)
similar = spread(4, 2)
case("cosine_similarity", f"cosine_similarity(x, {two.tolist()})", similar,
     [1 - scipy.spatial.distance.cosine(a, b) for a, b in zip(similar, two)])
case("cosine_similarity", "cosine_similarity(x, [1.0, 2])", [0.0, 0.0], 0.0, gradient=False)
near, far = spread(4, 2), spread(4, 2)
distance = lambda a, b: np.linalg.norm(a - b, axis=1)
case("triplet", f"triplet(x, {near.tolist()}, {far.tolist()}, margin = 0.7)", similar,
     np.mean(np.maximum(distance(similar, near) - distance(similar, far) + 0.7, 0)))
cosines = np.array([[1 - scipy.spatial.distance.cosine(a, b) for b in near] for a in similar]) / 0.2
case("contrastive", f"contrastive(x, {near.tolist()}, temperature = 0.2)", similar,
     -np.mean(np.diag(scipy.special.log_softmax(cosines, axis=1))))
case("rmse", f"rmse(x, {target.tolist()})", flat, np.sqrt(np.mean((flat - target) ** 2)))
case("r2", f"r2(x, {target.tolist()})", flat, 1 - np.sum((flat - target) ** 2) / np.sum((target - target.mean()) ** 2))
M = "metrics"
BOOLS = "let p = [true, true, false, true, false, false]\nlet y = [true, false, true, true, true, false]"
case("precision", "precision(p, y) + x", 0.0, 2 / 3, M, gradient=False, setup=BOOLS)
case("recall", "recall(p, y) + x", 0.0, 2 / 4, M, gradient=False, setup=BOOLS)
case("f1", "f1(p, y) + x", 0.0, 2 / (1 / (2 / 3) + 1 / (2 / 4)), M, gradient=False, setup=BOOLS)
case("precision recall f1", "[precision(n, n), recall(n, n), f1(n, n), x]", 0.0, [0, 0, 0, 0], M, gradient=False,
     setup="let n = [false, false]")
scores = np.array([0.1, 0.4, 0.4, 0.8, 0.2, 0.4])
truth = np.array([0, 1, 0, 1, 1, 1])
pairs = [(a > b) + (a == b) / 2 for a in scores[truth == 1] for b in scores[truth == 0]]
case("auc", "auc(x, [false, true, false, true, true, true])", scores, np.mean(pairs), M, gradient=False)
case("auc", "auc(x, [true, true])", [0.1, 0.2], nan, M, gradient=False)
case("confusion", "confusion(argmax(x, axis = 1), classes)", [[0.0, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]],
     [[0, 1, 0], [0, 1, 0], [1, 0, 1]], M, gradient=False, setup=LABELS)
ranked = np.argsort(-logits, axis=1, kind="stable")
for top in [1, 2, 3]:
    case("top_k_accuracy", f"top_k_accuracy(x, classes, {top})", logits,
         np.mean([c in r[:top] for c, r in zip(classes, ranked)]), M, gradient=False, setup=LABELS)
p = np.exp(log_p)
confidence, right = p.max(axis=1), p.argmax(axis=1) == classes
for bins in [1, 4, 15]:
    place = np.ceil(confidence * bins)
    error = sum(abs(np.sum((confidence - right)[place == m])) for m in range(1, bins + 1)) / 4
    case("calibration_error", f"calibration_error(x, classes, bins = {bins})", p, error, M, gradient=bins == 1, setup=LABELS)

# ---- samples
case("covariance", "covariance(x)", tall, np.cov(tall.T, ddof=0), S)
case("covariance", "covariance(x, unbiased = true)", tall, np.cov(tall.T), S)
case("correlation", f"correlation(x, {target.tolist()})", flat, scipy.stats.pearsonr(flat, target).statistic, S)
tied = np.array([3.0, 1, 3, 2, 1, 3])
case("rank", "rank(x)", tied, scipy.stats.rankdata(tied), S, gradient=False)
case("rank_correlation", f"rank_correlation(x, {flat.tolist()})", [3.0, 1, 3, 2, 1],
     scipy.stats.spearmanr([3.0, 1, 3, 2, 1], flat).statistic, S, gradient=False)
case("skewness", "skewness(x)", flat, scipy.stats.skew(flat), S)
case("kurtosis", "kurtosis(x)", flat, scipy.stats.kurtosis(flat, fisher=False), S)

# ---- iterations
for scale in [0.1, 1.0, 20.0]:
    case("expm", "expm(x)", scale * square, scipy.linalg.expm(scale * square), L, tolerance=1e-11, gradient=scale < 10)
case("expm", "expm(x)", np.stack([batch[0] / 2, -batch[1]]), np.stack([scipy.linalg.expm(batch[0] / 2), scipy.linalg.expm(-batch[1])]), L)
case("expm", "expm(x)", [[-1e6, 0.0], [0, -1e6]], [[0.0, 0], [0, 0]], L, gradient=False)
case("expm", "expm(x)", [[1e200, 0.0], [0, -1e6]], [[nan, nan], [nan, nan]], L, gradient=False)
case("matrix_power", "matrix_power(x, 5)", square, np.linalg.matrix_power(square, 5), L)
case("matrix_power", "matrix_power(x, 0)", square, np.eye(3), L, gradient=False)
case("conjugate_gradient", "conjugate_gradient([1.0, -2, 0.5], |v| x @ v, tolerance = 1e-13).x", definite,
     np.linalg.solve(definite, [1.0, -2, 0.5]), gradient=False)
case("conjugate_gradient", "conjugate_gradient(x, |v| v, tolerance = 1e-13).x", [0.0, 0.0], [0, 0], gradient=False)
eigen = np.linalg.eigh(definite)
case("power_iteration", "power_iteration(x).value", definite, eigen[0][-1], L, tolerance=1e-9, gradient=False)
case("power_iteration", "abs(power_iteration(x, steps = 200).vector)", definite, np.abs(eigen[1][:, -1]), L, tolerance=1e-9, gradient=False)
a, b, cost = np.array([0.2, 0.5, 0.3]), np.array([0.6, 0.4]), np.abs(spread(3, 2))


def sinkhorn(a, b, cost, eps, steps):
    kernel = np.exp(-cost / eps)
    u, v = np.ones(len(a)), np.ones(len(b))
    for _ in range(steps):
        u = 1 / (kernel @ (b * v))
        v = 1 / (kernel.T @ (a * u))
    return a[:, None] * u[:, None] * kernel * v * b, eps * (a @ np.log(u) + b @ np.log(v))


O = "ot"
setup = f"let a: real[3] = {a.tolist()}\nlet b: real[2] = {b.tolist()}"
for eps, steps in [(1.0, 3), (0.1, 100)]:
    plan, value = sinkhorn(a, b, cost, eps, steps)
    case("sinkhorn", f"sinkhorn(a, b, x, eps = {eps}, steps = {steps}).plan", cost, plan, O, setup=setup)
    case("sinkhorn", f"sinkhorn(a, b, x, eps = {eps}, steps = {steps}).value", cost, value, O, setup=setup)
# With little entropy the value is that of the linear program.
program = scipy.optimize.linprog(cost.ravel(), A_eq=np.vstack([np.kron(np.eye(3), np.ones(2)), np.kron(np.ones(3), np.eye(2))]),
                                 b_eq=np.concatenate([a, b]))
case("sinkhorn", "sinkhorn(a, b, x, eps = 0.0005, steps = 3000).value", cost, program.fun, O, setup=setup, tolerance=2e-3, gradient=False)
case("sinkhorn", "sinkhorn([1.0, 0], b, x).plan", np.abs(spread(2, 2)), [b, [0, 0]], O, setup=setup, gradient=False)
case("wasserstein", f"wasserstein(x, {target.tolist()})", flat, scipy.stats.wasserstein_distance(flat, target), O)

case("bicgstab", "bicgstab([1.0, -2, 0.5], |v| x @ v, tolerance = 1e-13)", square + 3 * np.eye(3),
     np.linalg.solve(square + 3 * np.eye(3), [1.0, -2, 0.5]), L, tolerance=1e-10, gradient=False)
case("bicgstab", "bicgstab([0.0, 0], |v| x @ v) + bicgstab([1.0, 2], |v| v, limit = 5)", np.eye(2), [1, 2], L, gradient=False)
rotate = scipy.spatial.transform.Rotation.from_euler
for axis in "xyz":
    case(f"rotation_{axis}", f"rotation_{axis}(x)", 0.7, rotate(axis, 0.7).as_matrix(), L)
case("atan2", "atan2(x, 2.0)", wide, np.arctan2(wide, 2))
case("searchsorted", "searchsorted([1, 16777216, 16777218], [16777217]) + 0 * x", [0.0], [2], gradient=False)

# ---- densities
D = scipy.stats
case("normal_log_density", "normal_log_density(x, 0.5, scale = 2)", wide, D.norm(0.5, 2).logpdf(wide), S)
case("laplace_log_density", "laplace_log_density(x, 0.5, scale = 2)", wide, D.laplace(0.5, 2).logpdf(wide), S)
case("exponential_log_density", "exponential_log_density(x, scale = 2)", above, D.expon(scale=2).logpdf(above), S)
case("gamma_log_density", "gamma_log_density(x, 2.5, scale = 2)", above, D.gamma(2.5, scale=2).logpdf(above), S)
case("gamma_log_density", "gamma_log_density([0.5, 2], x)", 0.7, D.gamma(0.7).logpdf([0.5, 2]), S)
case("beta_log_density", "beta_log_density(x, 2.5, 0.5)", [0.1, 0.5, 0.9], D.beta(2.5, 0.5).logpdf([0.1, 0.5, 0.9]), S)
case("exponential_log_density gamma_log_density beta_log_density",
     "[exponential_log_density(x, 1), gamma_log_density(x, 1), beta_log_density(x, 1, 1)]", [-1.0, 0, 2],
     [D.expon.logpdf([-1, 0, 2]), D.gamma(1).logpdf([-1, 0, 2]), [-inf, 0, -inf]], S, gradient=False)
case("normal_divergence", "normal_divergence(x[0, :], x[1, :])", [[0.5, -1.0], [2.0, 0.3]],
     [(0.25 + 4 - 1) / 2 - math.log(2), (1 + 0.09 - 1) / 2 - math.log(0.3)], S)

rates, terms = spread(2, 6), spread(2, 6)
states = np.zeros((2, 6))
for t in range(6):
    states[:, t] = terms[:, t] + (rates[:, t] * states[:, t - 1] if t > 0 else 0)
case("linear_recurrence", "linear_recurrence(x[0, :, :], x[1, :, :])", np.stack([rates, terms]), states)

# ---- complex numbers and Fourier transforms, real and imaginary parts side by side
C = "complex"
pair = spread(2, 5)
z, w = pair[0] + 1j * pair[1], np.array([0.5 - 2j, 3 + 1j, -1 + 0.25j, 0.1 + 0.2j, -2 - 3j])
given = (f"let w: complex[5] = complex({w.real.tolist()}, {w.imag.tolist()})\n"
         "fn parts(z: complex[...s]) -> real[...s, 2] = stack([z.re, z.im], axis = -1)")


def both(values, axis=-1):
    return np.stack([values.real, values.imag], axis=axis)


def of_pair(names, expression, value, point=pair, **options):
    case(names, expression.replace("Z", "complex(x[0, :], x[1, :])"), point, value, C, setup=given, **options)


for expression, value in [
    ("Z * w", z * w), ("Z / w", z / w), ("w / Z", w / z), ("Z + 2 * w - 1", z + 2 * w - 1), ("1 / Z", 1 / z),
    ("Z / 2 - x[0, :] / w", z / 2 - pair[0] / w), ("-Z + x[1, :]", -z + pair[1]), ("Z^5", z**5), ("exp(Z)", np.exp(z)),
    ("conj(Z) * conj(conj(Z))", np.conj(z) * z), ("cumsum(Z)", np.cumsum(z)), ("flip(roll(Z, 2), axis = 0)", np.roll(z, 2)[::-1]),
    ("complex(0, 1) * Z", 1j * z), ("for i: Z[i] * w[4 - i]", z * w[::-1]),
    ("fold(Z, complex(1, 0), |p, v| p * v)", np.prod(z)), ("sum i: Z[i] * w[i]", np.sum(z * w)),
    ("mean i where x[0, i] > 0: Z[i]", np.mean(z[pair[0] > 0])),
]:
    of_pair("conj", f"parts({expression})", both(value))
of_pair("conj", "parts((for i in 2, j: (i + 1) * Z[j]) @ w)", both(np.outer([1, 2], z) @ w))
of_pair("conj", "parts(mean(transpose(for i in 2, j: complex(i, 1) * Z[j]), axis = 0))",
        both(np.mean(np.outer([1j, 1 + 1j], z), axis=1)))
of_pair("angle", "angle(Z)", np.angle(z))
of_pair("conj", "abs(Z)", np.abs(z))
# At 0 the derivative is 0, as central differences are.
of_pair("conj", "abs(Z)", [0.0, 5, 1, 0, 2], point=[[0.0, 3, -1, 0, 0], [0.0, 4, 0, 0, 2]])
of_pair("conj", "abs(Z)", [0.0, math.hypot(1e300, 1e300), 5e-200, inf, inf], point=
        [[0.0, 1e300, 3e-200, inf, 1.0], [0.0, 1e300, 4e-200, 1.0, -inf]], gradient=False)
huge = np.array([[1e300, 1e-300, 0.0, 1.0, 0.0], [1e300, 1e-300, 1.0, 0.0, 0.0]])
of_pair("conj", "parts(Z / Z)", [[1.0, 0], [1, 0], [1, 0], [1, 0], [nan, nan]], point=huge, gradient=False)
of_pair("conj", "[all(Z == Z), any(Z == Z + 1), all(Z != w)]", [True, False, True], gradient=False)
case("from_polar angle", "[from_polar(x[0], x[1]).re, from_polar(x[0], x[1]).im, angle(from_polar(x[0], x[1]))]",
     [1.5, 0.7], [1.5 * math.cos(0.7), 1.5 * math.sin(0.7), 0.7], C)
for name, function in [("fft", np.fft.fft), ("ifft", np.fft.ifft)]:
    of_pair(name, f"parts({name}(Z))", both(function(z)))
    grid = spread(3, 4)
    n_dimensional = np.fft.fft2 if name == "fft" else np.fft.ifft2
    case(name, f"[{name}(x, axis = (0, 1)).re, {name}(x, axis = (-1, 0)).im]", grid,
         both(n_dimensional(grid), 0), C)
    case(name, f"parts({name}(x, axis = 0))", grid, both(function(grid, axis=0)), C, setup=given)
cube = spread(2, 3, 4)
for n in [1, 2, 7, 8]:
    line = spread(n)
    half = np.fft.rfft(line)
    case("rfft", "parts(rfft(x))", line, both(half), C, setup=given)
    point = both(half, 0) + 0.25
    case("irfft", f"irfft(complex(x[0, :], x[1, :]), {n})", point, np.fft.irfft(point[0] + 1j * point[1], n), C,
         gradient=n > 1)
case("rfft irfft", "irfft(rfft(x, axis = 0), axis = 0)", grid[:2], grid[:2], C)
case("rfft", "parts(rfft(x, axis = (0, 2, 1)))", cube, both(np.fft.rfftn(cube, axes=(0, 2, 1))), C, setup=given)
bent = np.fft.rfftn(cube, axes=(1, 0, 2)) * 1.5 + 0.5j
case("irfft", "irfft(complex(x[0, :, :, :], x[1, :, :, :]), axis = (1, 0, 2))", np.round(both(bent, 0), 3),
     np.fft.irfftn(np.round(bent, 3), axes=(1, 0, 2)), C)
long = spread(97)
case("fft", "parts(fft(x))", long, both(np.fft.fft(long)), C, setup=given, gradient=False, tolerance=1e-11)

# ---- distances between samples
cloud, other_cloud = spread(7, 2), np.round(0.5 * random.normal(size=(5, 2)) + 0.3, 3)
partner = np.round(cloud[:, :1] ** 2 + 0.3 * random.normal(size=(7, 1)), 3)


def distances(a, b):
    return scipy.spatial.distance.cdist(a, b)


def centred(a):
    d = distances(a, a)
    return d - d.mean(0) - d.mean(1)[:, None] + d.mean()


case("centred_distances", "centred_distances(x)", cloud, centred(cloud), S)
case("distance_covariance", f"distance_covariance(x, {partner.tolist()})", cloud,
     (centred(cloud) * centred(partner)).mean(), S)
for other in [partner, np.hstack([partner, cloud[:, 1:] ** 3])]:
    rounded = np.round(other, 3)
    case("distance_covariance", f"distance_covariance(x, {rounded.tolist()})", cloud, dcor.distance_covariance_sqr(cloud, rounded), S)
    case("unbiased_distance_covariance", f"unbiased_distance_covariance(x, {rounded.tolist()})", cloud,
         dcor.u_distance_covariance_sqr(cloud, rounded), S)
# Of a sample of +1 and -1 with itself it is 1 (Szekely, Rizzo and Bakirov, 2007).
case("distance_covariance", "distance_covariance(x, x)", [[1.0], [-1], [1], [-1]], 1.0, S, gradient=False)
case("energy_distance", f"energy_distance(x, {other_cloud.tolist()})", cloud,
     2 * distances(cloud, other_cloud).mean() - distances(cloud, cloud).mean()
     - distances(other_cloud, other_cloud).mean(), S)
case("energy_distance", f"energy_distance(x, {partner.tolist()})", cloud[:, :1],
     scipy.stats.energy_distance(cloud[:, 0], partner[:, 0]) ** 2, S)

# ---- soft choices, merging
scores = np.round(3 * random.normal(size=9), 3)
for k in [0.5, 3, 8]:
    root = scipy.optimize.brentq(lambda t: scipy.special.expit(scores + t).sum() - k, -60, 60, xtol=1e-15, rtol=1e-15)
    case("soft_top_threshold", f"soft_top_threshold(x, {k})", scores, root, "assign", tolerance=1e-11)
case("soft_top_threshold", f"soft_top_threshold({scores.tolist()}, x)", 3.0,
     scipy.optimize.brentq(lambda t: scipy.special.expit(scores + t).sum() - 3, -60, 60, xtol=1e-15, rtol=1e-15),
     "assign", tolerance=1e-11)
tasks = spread(3, 11)


def ties(t, keep):
    """Yadav et al., 2023, algorithm 1: trim, elect, merge."""
    kept = np.where(np.abs(t) >= np.quantile(np.abs(t), 1 - keep, axis=1)[:, None], t, 0)
    elected = np.sign(kept.sum(0))
    agrees = np.sign(kept) == np.where(elected == 0, 2, elected)
    return np.where(agrees, kept, 0).sum(0) / np.maximum(agrees.sum(0), 1)


case("task_arithmetic", "task_arithmetic(x)", tasks, tasks.sum(0), "merging")
for keep in [0.2, 0.5, 1]:
    case("ties", f"ties(x, {keep})", tasks, ties(tasks, keep), "merging", gradient=False)

# ---- draws: points that a draw is below with known probability
draws = []
levels = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]


def drawn(names, expression, distribution, library=""):
    quantiles = [[p, float(distribution.ppf(p))] for p in levels]
    draws.append({"names": names, "expression": expression, "library": library, "quantiles": quantiles})


N = "[6000]"
stats = scipy.stats
drawn("exponential", f"exponential({N})", stats.expon(), S)
drawn("exponential", f"exponential({N}, scale = 3)", stats.expon(scale=3), S)
drawn("laplace", f"laplace({N}, 1, 2)", stats.laplace(1, 2), S)
drawn("gumbel", f"gumbel({N})", stats.gumbel_r(), S)
drawn("gumbel", f"gumbel({N}, mean = -1, scale = 0.5)", stats.gumbel_r(-1, 0.5), S)
drawn("cauchy", f"cauchy({N}, 2, scale = 0.5)", stats.cauchy(2, 0.5), S)
drawn("gamma", f"gamma({N}, 0.3)", stats.gamma(0.3), S)
drawn("gamma", f"gamma({N}, 1)", stats.gamma(1), S)
drawn("gamma", f"gamma({N}, 4.5, scale = 2)", stats.gamma(4.5, scale=2), S)
drawn("beta", f"beta({N}, 0.5, 2)", stats.beta(0.5, 2), S)
drawn("beta", f"beta({N}, a = 3, b = 3)", stats.beta(3, 3), S)
drawn("truncated_normal", f"truncated_normal({N})", stats.truncnorm(-2, 2))
drawn("truncated_normal", f"truncated_normal({N}, mean = 1, scale = 0.1)", stats.truncnorm(-2, 2, 1, 0.1))
# Marginals of the Dirichlet distribution are beta distributions.
drawn("dirichlet", "for i in 6000: dirichlet([0.5, 2, 3.5])[1]", stats.beta(2, 4), S)
drawn("gumbel", "for i in 6000: gumbel([])", stats.gumbel_r(), S)

print("{\"cases\": [\n" + ",\n".join(json.dumps(c) for c in cases) + "\n],\n\"draws\": [\n"
      + ",\n".join(json.dumps(d) for d in draws) + "\n]}")
