"""Writes numpy_oracle.generated.json: operations of the IR computed by NumPy and SciPy, in f64 and i32.

    pip install numpy scipy && python3 test/ir/oracle/numpy_oracle.py
"""

import json
import math
import pathlib

import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.special

rng = np.random.default_rng(20240607)
cases = []


def encode(array):
    array = np.asarray(array)
    element = {"float64": "f64", "int32": "i32", "bool": "bool"}[str(array.dtype)]
    def number(x):
        x = float(x)
        return x if math.isfinite(x) else str(x)
    return {"element": element, "shape": list(array.shape), "data": [number(x) for x in array.ravel()]}


def case(operation, inputs, output, **attributes):
    cases.append({
        "operation": operation,
        "inputs": [encode(x) for x in inputs],
        "attributes": attributes,
        "output": encode(output),
    })


special = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-9, 30.0, -30.0, np.inf, -np.inf, np.nan])
spread = np.concatenate([special, rng.normal(size=25) * 3])
positive = np.abs(spread)

with np.errstate(all="ignore"):
    for name, function in {
        "neg": np.negative, "abs": np.abs, "sign": np.sign, "exp": np.exp, "expm1": np.expm1, "sin": np.sin,
        "cos": np.cos, "tanh": np.tanh, "floor": np.floor, "ceil": np.ceil, "round": np.round,
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "erf": np.vectorize(math.erf),
    }.items():
        case(name, [spread], function(spread))
    for name, function in {"log": np.log, "log1p": np.log1p, "sqrt": np.sqrt}.items():
        case(name, [positive], function(positive))

    a = np.concatenate([rng.normal(size=20) * 5, [7.0, -7.0, 7.0, -7.0, 0.0, np.nan, 1.0, np.inf]])
    b = np.concatenate([rng.normal(size=20) * 2, [2.0, 2.0, -2.0, -2.0, 3.0, 1.0, np.nan, 2.0]])
    for name, function in {
        "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "max": np.maximum,
        "min": np.minimum, "atan2": np.arctan2, "eq": np.equal, "ne": np.not_equal, "lt": np.less,
        "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    }.items():
        case(name, [a, b], function(a, b))
    # NumPy's remainder of an infinity is nan as well.
    case("mod", [a, b], np.mod(a, b))
    case("floor_div", [a[:-1], b[:-1]], np.floor_divide(a[:-1], b[:-1]))
    base = np.array([0.0, 0.0, 2.0, -2.0, -2.0, 1.0, np.nan, 0.5, np.inf, 10.0])
    exponent = np.array([0.0, 2.0, -1.0, 3.0, 0.5, np.nan, 0.0, 0.5, -1.0, 300.5])
    case("pow", [base, exponent], np.power(base, exponent))

    i = rng.integers(-9, 9, size=30).astype(np.int32)
    j = rng.integers(-5, 5, size=30).astype(np.int32)
    nonzero = np.where(j == 0, 4, j).astype(np.int32)
    large = np.array([2**31 - 1, -(2**31), 65536, 2**31 - 1], dtype=np.int32)
    other = np.array([1, -1, 65536, 2], dtype=np.int32)
    for name, function in {"add": np.add, "sub": np.subtract, "mul": np.multiply}.items():
        case(name, [i, j], function(i, j))
        case(name, [large, other], function(large, other))
    case("floor_div", [i, nonzero], np.floor_divide(i, nonzero))
    case("mod", [i, nonzero], np.mod(i, nonzero))

x = rng.normal(size=(3, 4, 5))
for axes in [[0], [1, 2], [0, 1, 2], [0, 2]]:
    for name, function in {
        "reduce_sum": np.sum, "reduce_prod": np.prod, "reduce_max": np.max, "reduce_min": np.min,
    }.items():
        case(name, [x], np.asarray(function(x, axis=tuple(axes))), axes=axes)
    for name, function in {"reduce_and": np.all, "reduce_or": np.any}.items():
        case(name, [x > -1], np.asarray(function(x > -1, axis=tuple(axes))), axes=axes)
ties = rng.integers(0, 3, size=(3, 4, 5)).astype(np.int32)
for axis in range(3):
    case("argmax", [x], np.argmax(x, axis=axis).astype(np.int32), axis=axis)
    case("argmax", [ties], np.argmax(ties, axis=axis).astype(np.int32), axis=axis)
    case("argmin", [ties], np.argmin(ties, axis=axis).astype(np.int32), axis=axis)
    case("cumsum", [x], np.cumsum(x, axis=axis), axis=axis)
with_nan = np.array([[1.0, np.nan, 3.0, np.nan], [2.0, 1.0, 2.0, 0.0]])
case("argmax", [with_nan], np.argmax(with_nan, axis=1).astype(np.int32), axis=1)
case("argmin", [with_nan], np.argmin(with_nan, axis=1).astype(np.int32), axis=1)
case("reduce_max", [with_nan], np.max(with_nan, axis=1), axes=[1])

case("reshape", [x], x.reshape(5, 12), shape=[5, 12])
case("transpose", [x], x.transpose(2, 0, 1), permutation=[2, 0, 1])
column = rng.normal(size=(3, 1))
case("broadcast", [column], np.broadcast_to(column, (4, 3, 5)), shape=[4, 3, 5], axes=[1, 2])
case("slice", [x], x[1:3, 0:2, 2:5], start=[1, 0, 2], limit=[3, 2, 5])
case("pad", [column], np.pad(column, [(1, 2), (0, 3)]), low=[1, 0], high=[2, 3])
case("concatenate", [x, x[:, :2]], np.concatenate([x, x[:, :2]], axis=1), axis=1)
case("reverse", [x], x[::-1, :, ::-1], axes=[0, 2])

left, right = rng.normal(size=(2, 3, 4)), rng.normal(size=(4, 2, 5))
case("dot", [left, right], np.einsum("bik,kbj->bij", left, right), contract=[[2], [0]], batch=[[0], [1]])
case("dot", [left, right], np.einsum("bik,kbj->ij", left, right), contract=[[0, 2], [1, 0]], batch=[[], []])
case("dot", [left, left], np.asarray(np.sum(left * left)), contract=[[0, 1, 2], [0, 1, 2]], batch=[[], []])

indices = np.array([[0, 3], [2, 2]], dtype=np.int32)
case("gather", [x, indices], np.take(x, indices, axis=1), axis=1, batch=0)
rows = np.array([[0, 1], [2, 0], [4, 4]], dtype=np.int32)
matrix = rng.normal(size=(3, 5))
case("gather", [matrix, rows], np.take_along_axis(matrix, rows, axis=1), axis=1, batch=1)
sums = np.zeros((4, 5))
places = np.array([1, 1, 3], dtype=np.int32)
np.add.at(sums, places, matrix)
case("scatter_add", [places, matrix], sums, axis=0, batch=0, size=4)
case("cast", [spread[:12]], spread[:12].astype(np.int32), element="i32")
case("cast", [i], i.astype(bool), element="bool")
case("select", [x > 0, x, -x], np.where(x > 0, x, -x))
case("not", [x > 0], ~(x > 0))
case("and", [x > 0, x < 1], (x > 0) & (x < 1))
case("or", [x < 0, x > 1], (x < 0) | (x > 1))
case("iota", [], np.broadcast_to(np.arange(4, dtype=np.int32)[:, None], (4, 3)), shape=[4, 3], axis=0, element="i32")

# The second part: SciPy where NumPy has no such function.
smooth = np.concatenate([rng.normal(size=20) * 2, [0.0, 1.0, -1.0, 3.0, 5.0, 30.0, np.inf, -np.inf, np.nan]])
unit = np.concatenate([rng.uniform(-1, 1, size=20), [0.0, 1.0, -1.0, 1.5, np.nan]])
whole = np.array([1.0, 2.0, 3.0, 12.0, 40.0, 170.0, 1e6, 1e-9, 0.5, 1.5, 2.5, 1e300])
gamma = np.concatenate([whole, rng.uniform(0, 20, size=30), rng.uniform(-8, 0, size=15), [np.nan, np.inf]])
with np.errstate(all="ignore"):
    for name, function in {
        "tan": np.tan, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "erfc": scipy.special.erfc,
    }.items():
        case(name, [smooth], function(smooth))
    case("asin", [unit], np.arcsin(unit))
    case("acos", [unit], np.arccos(unit))
    case("lgamma", [gamma], scipy.special.gammaln(gamma))
    case("digamma", [gamma], scipy.special.digamma(gamma))
    for order in range(4):
        at = gamma[gamma > 0.1]
        case("polygamma", [np.full_like(at, order), at], scipy.special.polygamma(order, at))
    # SciPy has no polygamma below 0: the reflection formula of the trigamma function.
    below = rng.uniform(-8, 0, size=10)
    reflected = (np.pi / np.sin(np.pi * (below - np.round(below)))) ** 2 - scipy.special.polygamma(1, 1 - below)
    case("polygamma", [np.ones(10), below], reflected)

for axis in range(3):
    case("cumprod", [x], np.cumprod(x, axis=axis), axis=axis)
    case("cummax", [x], np.maximum.accumulate(x, axis=axis), axis=axis)
    case("cumlogsumexp", [9 * x], np.logaddexp.accumulate(9 * x, axis=axis), axis=axis)
case("cumprod", [i], np.cumprod(i, dtype=np.int32), axis=0)
case("cummax", [ties], np.maximum.accumulate(ties, axis=1), axis=1)
case("cummax", [with_nan], np.maximum.accumulate(with_nan, axis=1), axis=1)
state = np.zeros(5)
states = []
for factor, term in zip(matrix, matrix[::-1]):
    state = factor * state + term
    states.append(state)
case("linear_recurrence", [matrix, matrix[::-1]], np.array(states), axis=0)



def convolve(operand, kernel, stride, low, high, dilation, input_dilation, groups):
    """The definition through views: spread, padded, then one einsum over windows for each group."""
    rank = operand.ndim - 2
    spread = np.zeros(operand.shape[:2] + tuple((n - 1) * d + 1 for n, d in zip(operand.shape[2:], input_dilation)))
    spread[(slice(None), slice(None), *(slice(None, None, d) for d in input_dilation))] = operand
    padded = np.pad(spread, [(0, 0), (0, 0), *zip(low, high)])
    covered = tuple((n - 1) * d + 1 for n, d in zip(kernel.shape[2:], dilation))
    windows = np.lib.stride_tricks.sliding_window_view(padded, covered, axis=tuple(range(2, 2 + rank)))
    windows = windows[(slice(None), slice(None), *(slice(None, None, s) for s in stride),
                       *(slice(None, None, d) for d in dilation))]
    parts = []
    for part, weights in zip(np.split(windows, groups, axis=1), np.split(kernel, groups, axis=0)):
        axes = [1, *range(2 + rank, 2 + 2 * rank)]
        parts.append(np.moveaxis(np.tensordot(part, weights, (axes, list(range(1, 2 + rank)))), -1, 1))
    return np.concatenate(parts, axis=1)


for shape, kernel_shape, attributes in [
    ((2, 3, 9), (4, 3, 3), dict(stride=[2], low=[1], high=[0], dilation=[2], input_dilation=[1], groups=1)),
    ((2, 4, 5, 6), (6, 2, 3, 2), dict(stride=[1, 2], low=[2, 0], high=[1, 3], dilation=[1, 2],
                                      input_dilation=[1, 2], groups=2)),
    ((1, 2, 4, 3, 5), (3, 2, 2, 2, 3), dict(stride=[1, 1, 2], low=[0, 1, 2], high=[1, 0, 1], dilation=[1, 1, 1],
                                            input_dilation=[2, 1, 1], groups=1)),
]:
    operand, kernel = rng.normal(size=shape), rng.normal(size=kernel_shape)
    case("convolution", [operand, kernel], convolve(operand, kernel, **attributes), **attributes)



def pool(function, operand, fill, window, stride, low, high, dilation, input_dilation):
    spread = np.full(tuple((n - 1) * d + 1 for n, d in zip(operand.shape, input_dilation)), fill, operand.dtype)
    spread[tuple(slice(None, None, d) for d in input_dilation)] = operand
    padded = np.pad(spread, list(zip(low, high)), constant_values=fill)
    covered = tuple((n - 1) * d + 1 for n, d in zip(window, dilation))
    windows = np.lib.stride_tricks.sliding_window_view(padded, covered)
    windows = windows[(*(slice(None, None, s) for s in stride), *(slice(None, None, d) for d in dilation))]
    return function(windows.reshape(windows.shape[: operand.ndim] + (-1,)), axis=-1)


for operand, attributes in [
    (x, dict(window=[1, 2, 3], stride=[1, 2, 1], low=[0, 1, 0], high=[0, 0, 2], dilation=[1, 1, 2],
             input_dilation=[1, 1, 1])),
    (matrix, dict(window=[2, 2], stride=[1, 3], low=[1, 0], high=[2, 1], dilation=[2, 1], input_dilation=[1, 2])),
]:
    case("window_sum", [operand], pool(np.sum, operand, 0, **attributes), **attributes)
    case("window_max", [operand], pool(np.max, operand, -np.inf, **attributes), **attributes)
plain = dict(window=[1, 2, 3], stride=[1, 1, 2], low=[0, 0, 0], high=[0, 0, 0], dilation=[1, 2, 1],
             input_dilation=[1, 1, 1])
for name, function in {"window_argmax": np.argmax}.items():
    inside = pool(function, ties, 0, **plain)
    numbers = np.arange(ties.size, dtype=np.int32).reshape(ties.shape)
    # The numbers of all elements of a window, of which the one at the position inside it is taken.
    picked = pool(lambda w, axis: np.take_along_axis(w, inside[..., None], axis=-1)[..., 0], numbers, -1, **plain)
    case(name, [ties], picked, **plain)

operand = rng.normal(size=(4, 5))
updates = rng.normal(size=(3, 5))
for name, function in {"scatter_min": np.minimum, "scatter_max": np.maximum}.items():
    extrema = operand.copy()
    function.at(extrema, places, updates)
    case(name, [operand, places, updates], extrema, axis=0, batch=0)
replaced = operand.copy()
replaced[places] = updates
case("scatter_set", [operand, places, updates], replaced, axis=0, batch=0)

spiky = np.array([[3.0, np.nan, -np.inf, 3.0, 1.0, np.inf], [0.0, -0.0, np.nan, np.nan, -1.0, 0.0]])
for keys in [x, ties, spiky]:
    for axis in range(keys.ndim):
        case("argsort", [keys], np.argsort(keys, axis=axis, kind="stable").astype(np.int32), axis=axis, descending=False)
        down = np.argsort(-keys, axis=axis, kind="stable").astype(np.int32)
        case("argsort", [keys], down, axis=axis, descending=True)
line = np.array([-1.0, 0.5, 0.5, 2.0, np.inf, np.nan])
queries = np.array([[-2.0, 0.5, 0.7], [np.inf, np.nan, 2.0]])
for right in [False, True]:
    found = np.searchsorted(line, queries, side="right" if right else "left")
    case("searchsorted", [line, queries], found.astype(np.int32), right=right)

# Around a permutation: well conditioned, with rows to exchange.
general = rng.normal(size=(2, 5, 5)) + 6 * np.eye(5)[[2, 0, 1, 4, 3]]
definite = 0.1 * general @ general.transpose(0, 2, 1) + np.eye(5)
sides = rng.normal(size=(2, 5, 3))
case("cholesky", [definite], np.linalg.cholesky(definite))
case("solve", [general, sides], np.linalg.solve(general, sides))
sign, logarithm = np.linalg.slogdet(general)
case("log_abs_determinant", [general], logarithm)
case("determinant_sign", [general], sign)
triangle = definite[0]
for lower in [False, True]:
    for transpose in [False, True]:
        for unit in [False, True]:
            solution = scipy.linalg.solve_triangular(triangle, sides[0], trans=int(transpose), lower=lower, unit_diagonal=unit)
            case("triangular_solve", [triangle, sides[0]], solution, lower=lower, transpose=transpose, unit=unit)
for n in [1, 4, 9]:
    costs = rng.normal(size=(n, n))
    case("linear_assignment", [costs], scipy.optimize.linear_sum_assignment(costs)[1].astype(np.int32))

high = rng.normal(size=(2, 6, 4))
q, r = np.linalg.qr(high)
signs = np.sign(np.diagonal(r, axis1=1, axis2=2))
case("qr_q", [high], q * signs[:, None, :])
case("qr_r", [high], r * signs[:, :, None])
values, vectors = np.linalg.eigh(definite)
largest = np.take_along_axis(vectors, np.argmax(np.abs(vectors), axis=1)[:, None, :], axis=1)
case("eigh_values", [definite], values)
case("eigh_vectors", [definite], vectors * np.sign(largest))

u, values, vt = np.linalg.svd(high, full_matrices=False)
v = vt.transpose(0, 2, 1)
signs = np.sign(np.take_along_axis(v, np.argmax(np.abs(v), axis=1)[:, None, :], axis=1))
case("svd_u", [high], u * signs)
case("svd_values", [high], values)
case("svd_v", [high], v * signs)



def pairs(z):
    return np.stack([z.real, z.imag], axis=-1)


# Powers of two, short lengths, and long ones that are prime.
for shape in [(1,), (2,), (8,), (3,), (12,), (31,), (37,), (64,), (101,), (3, 4), (2, 5, 6), (2, 3, 4, 5), (0, 3)]:
    z = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    for axes in sorted({(len(shape) - 1,), tuple(range(len(shape))), (0,), ()}):
        # NumPy refuses axes of no elements.
        empty = not axes or z.size == 0
        forward = z if empty else np.fft.fftn(z, axes=axes)
        case("fourier", [pairs(z)], pairs(forward), axes=list(axes), inverse=False)
        # NumPy divides by the number of elements of the transformed axes.
        count = math.prod(shape[axis] for axis in axes)
        backward = z if empty else np.fft.ifftn(z, axes=axes) * count
        case("fourier", [pairs(z)], pairs(backward), axes=list(axes), inverse=True)

path = pathlib.Path(__file__).with_name("numpy_oracle.generated.json")
with path.open("w") as file:
    json.dump(cases, file, separators=(",", ":"))
    file.write("\n")
