"""Writes primitives.generated.json: every primitive of the IR over random shapes, element types and edge values.

    pip install numpy scipy && python3 test/ir/oracle/primitives.py

NumPy and SciPy compute in f64; results of f32 are rounded once, as docs/numbers.md says. Where a convention there is
not NumPy's, the code below states it next to the name of its row. A case allows an error of `units` in the last place
of its element type plus `absolute`; without them the numbers must be equal. Where `zeros` is true the signs of zeros
must be, too. numpy_oracle.py has chosen cases; these are drawn.
"""

import itertools
import json
import math
import pathlib

import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.signal
import scipy.special

rng = np.random.default_rng(20250314)
cases = []
types = {"f32": np.float32, "f64": np.float64, "i32": np.int32, "bool": np.bool_}
names = {np.dtype(t): name for name, t in types.items()}
floats, numeric, every = ["f32", "f64"], ["f32", "f64", "i32"], ["f32", "f64", "i32", "bool"]
nan, inf = np.nan, np.inf
least, greatest = -(2**31), 2**31 - 1
shapes = [(), (1,), (0,), (5,), (37,), (3, 4), (2, 1, 3), (4, 0, 2), (2, 3, 1, 5)]
edges = {
    "f32": [0.0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -3.5, 7, -40, 1e-30, 3e38, -3e38, 1e-45, inf, -inf, nan],
    "f64": [0.0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -3.5, 7, -40, 1e-30, 1.5e308, -1.5e308, 5e-324, inf, -inf, nan],
    "i32": [0, 1, -1, 2, -7, 65536, greatest, least, least + 1],
    "bool": [False, True],
}


def encode(array):
    array = np.asarray(array)
    element = names[array.dtype]

    def number(x):
        if element in ("i32", "bool"):
            return int(x)
        # The shortest decimals that give the number back.
        x = float(str(x))
        return str(x) if not math.isfinite(x) else 0 if x == 0 and math.copysign(1, x) > 0 else int(x) if x == int(x) and 0 < abs(x) < 1e15 else x

    return {"element": element, "shape": list(array.shape), "data": [number(x) for x in array.ravel()]}


def case(operation, inputs, output, units=0, absolute=0.0, zeros=False, **attributes):
    """Stores a case; `output` is rounded to its type by the caller."""
    stored = {"operation": operation, "inputs": [encode(x) for x in inputs], "attributes": attributes,
              "output": encode(output)}
    stored.update({key: value for key, value in dict(units=units, absolute=float(absolute), zeros=zeros).items() if value})
    cases.append(stored)


def draw(element, shape, special=True):
    """Numbers with few digits and ties; of floats, where `special`, some zeros of both signs, infinities and nan."""
    if element == "bool":
        return rng.random(shape) < 0.5
    if element == "i32":
        return np.asarray(rng.integers(-9, 10, size=shape), dtype=np.int32)
    x = np.asarray(np.round(rng.normal(size=shape) * 3, 2), dtype=types[element])
    if special:
        places = rng.random(shape) < 0.15
        x = np.where(places, rng.choice(np.array([0.0, -0.0, 1.0, inf, -inf, nan]), size=shape), x).astype(types[element])
    return x


def wide(x):
    """What sums and functions are computed in: f64 for floats, 64 bits for i32."""
    return x.astype(np.int64) if x.dtype == np.int32 else x.astype(np.float64) if x.dtype == np.float32 else x


def narrow(value, element):
    """Rounds once to a float type; integer-overflow: i32 wraps."""
    value = np.asarray(value)
    if element == "i32" and value.dtype != np.int32:
        return (value.astype(np.int64) & 0xFFFFFFFF).astype(np.uint32).view(np.int32)
    return value.astype(types[element])


def some(count=3, least_rank=0):
    """A few of the shapes above, and one with extents at random."""
    fitting = [shape for shape in shapes if len(shape) >= least_rank]
    rank = int(rng.integers(max(least_rank, 1), 4))
    return [fitting[k] for k in rng.permutation(len(fitting))[: count - 1]] + [tuple(int(n) for n in rng.integers(1, 6, size=rank))]


def size_of(x):
    """The greatest finite absolute value, at least 1: what errors of sums and factors are relative to."""
    x = np.abs(wide(np.asarray(x))).ravel()
    return max(1.0, float(np.max(x[np.isfinite(x)], initial=0)))


# Elementwise ------------------------------------------------------------------------------------------------------


def unary(name, accepted, function, result=None, zeros=True, units=(0, 0), absolute=0.0):
    for element in accepted:
        inputs = [np.array(edges[element], dtype=types[element])] + [draw(element, shape) for shape in some()]
        for x in inputs:
            error = dict(zip(floats, units)).get(element, 0)
            small = absolute * (2**-24 if element == "f32" else 2**-53)
            case(name, [x], narrow(function(wide(x)), result or element), units=error, absolute=small, zeros=zeros)


def binary(name, accepted, function, result=None, zeros=True, units=(0, 0), prepare=lambda a, b: (a, b)):
    for element in accepted:
        pairs = np.array(list(itertools.product(edges[element], repeat=2)), dtype=types[element])
        inputs = [(pairs[:, 0], pairs[:, 1])] + [(draw(element, s), draw(element, s)) for s in some(4)]
        for a, b in (prepare(*pair) for pair in inputs):
            error = dict(zip(floats, units)).get(element, 0)
            case(name, [a, b], narrow(function(wide(a), wide(b)), result or element), units=error, zeros=zeros)


def sigmoid(x):
    # sigmoid-saturates
    return scipy.special.expit(x)


def extremum(greater):
    def function(a, b):
        if a.dtype == np.int64:
            return np.maximum(a, b) if greater else np.minimum(a, b)
        # zeros-in-extrema: NumPy leaves the sign open.
        zero = np.where(np.signbit(a) & np.signbit(b) if greater else np.signbit(a) | np.signbit(b), -0.0, 0.0)
        return np.where((a == 0) & (b == 0), zero, np.maximum(a, b) if greater else np.minimum(a, b))
    return function


def floor_divide(a, b):
    if a.dtype == np.int64:
        # division-by-zero: 0, as NumPy has it.
        return np.where(b == 0, 0, np.floor_divide(a, np.where(b == 0, 1, b)))
    # NumPy gives nan for an infinite dividend; here as for `div`.
    return np.where(np.isinf(a), a / b, np.floor_divide(a, b))


def modulo(a, b):
    if a.dtype == np.int64:
        return np.where(b == 0, 0, np.mod(a, np.where(b == 0, 1, b)))
    return np.mod(a, b)


def truncate(x):
    # cast-to-integer: clamps, and nan is 0; NumPy leaves both open.
    return np.trunc(np.clip(np.nan_to_num(x, nan=0.0, posinf=1e300, neginf=-1e300), least, greatest)).astype(np.int64)


def log_gamma(x):
    # poles-of-gamma: +inf at -inf, as in C, where SciPy has -inf. SciPy overflows at numbers so small that it is -log x.
    return np.where(x == -inf, inf, np.where((x > 0) & (x < 1e-300), -np.log(x), scipy.special.gammaln(x)))


def polygamma(n, x):
    # poles-of-gamma: SciPy has nan or inf below 0 and at the poles; only positive arguments are drawn.
    return np.where(n == 0, scipy.special.digamma(x), scipy.special.polygamma(n.astype(int), x))


def elementwise():
    unary("neg", numeric, np.negative)
    unary("abs", numeric, np.abs)
    unary("sign", numeric, np.sign, zeros=False)  # sign-of-zero does not say which zero.
    unary("sqrt", floats, np.sqrt)
    for name, function in {"floor": np.floor, "ceil": np.ceil, "round": np.round}.items():
        unary(name, floats, function)  # round-half-even
    # elementary-functions: the units in the last place stated there, and some for NumPy's own functions.
    for name, function in {"exp": np.exp, "log": np.log, "log1p": np.log1p, "expm1": np.expm1, "tanh": np.tanh,
                           "sigmoid": sigmoid, "sin": np.sin, "cos": np.cos}.items():
        unary(name, floats, function, units=(3, 8))
    unary("erf", floats, scipy.special.erf, units=(4, 14))
    for name, function in {"tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh,
                           "cosh": np.cosh}.items():
        unary(name, floats, function, units=(1, 4))
    unary("erfc", floats, scipy.special.erfc, units=(1, 8))
    # Near their roots errors are relative to 1.
    unary("lgamma", floats, log_gamma, units=(1, 16), absolute=32, zeros=False)
    # poles-of-gamma: nan at 0, where SciPy has -inf or inf.
    unary("digamma", floats, lambda x: np.where(x == 0, nan, np.where(x == -inf, nan, scipy.special.digamma(x))),
          units=(1, 32), absolute=64, zeros=False)
    unary("not", ["bool"], np.logical_not)
    unary("stop_gradient", every, lambda x: x)

    for name, function in {"add": np.add, "sub": np.subtract, "mul": np.multiply}.items():
        binary(name, numeric, function)
    binary("div", floats, np.divide)
    binary("max", numeric, extremum(True))
    binary("min", numeric, extremum(False))
    binary("mod", numeric, modulo, units=(1, 1), zeros=False)
    binary("floor_div", numeric, floor_divide, zeros=False)
    # power: nan at -1 to an infinite power, where IEEE 754 and NumPy have 1.
    binary("pow", floats, lambda a, b: np.where((a == -1) & np.isinf(b), nan, np.power(a, b)), units=(2, 4))
    binary("atan2", floats, np.arctan2, units=(1, 2))
    binary("polygamma", floats, polygamma, units=(1, 64), prepare=lambda n, x: (
        rng.integers(0, 5, size=n.shape).astype(n.dtype),
        np.where(np.isfinite(x) & (np.abs(x) > 1e-3) & (np.abs(x) < 1e6), np.abs(x), 2.25).astype(x.dtype)))
    for name, function in {"eq": np.equal, "ne": np.not_equal}.items():
        binary(name, every, function, "bool")
    for name, function in {"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal}.items():
        binary(name, numeric, function, "bool")
    binary("and", ["bool"], np.logical_and)
    binary("or", ["bool"], np.logical_or)

    for element in every:
        for shape in some(4):
            condition, a, b = draw("bool", shape), draw(element, shape), draw(element, shape)
            case("select", [condition, a, b], np.where(condition, a, b), zeros=True)
            # guard passes its operand on; its condition counts in derivatives only.
            case("guard", [a, condition], a, zeros=True)
        for target in every:
            for x in [np.array(edges[element], dtype=types[element])] + [draw(element, shape) for shape in some(2)]:
                if target == "bool":
                    output = x != 0  # cast-to-bool
                elif target == "i32" and element in floats:
                    output = narrow(truncate(wide(x)), "i32")
                else:
                    output = x.astype(types[target])
                case("cast", [x], output, zeros=True, element=target)


# Reductions and running operations --------------------------------------------------------------------------------


def drawn_axes(rank):
    return sorted(int(axis) for axis in rng.permutation(rank)[: rng.integers(0, rank + 1)])


def reductions():
    for element in numeric:
        for shape in shapes + [(0, 3), (6, 33)]:
            for special in [False, True]:
                x, axes = draw(element, shape, special), drawn_axes(len(shape))
                over = tuple(axes)
                if shape in [(0,), (0, 3), (4, 0, 2)]:
                    axes, over = [shape.index(0)], (shape.index(0),)  # empty-reductions
                w = wide(x)
                # sums-in-f64, in another order than NumPy's.
                rounding = max(w.size, 1) * 2**-53
                absolute = rounding * float(np.sum(np.abs(w)[np.isfinite(w)])) if element in floats else 0
                units = 1 if element == "f32" else 0
                case("reduce_sum", [x], narrow(np.sum(w, axis=over), element), units, absolute, axes=axes)
                product = np.prod(x if element == "i32" else w, axis=over, dtype=x.dtype if element == "i32" else None)
                case("reduce_prod", [x], narrow(product, element), units or (16 if element == "f64" else 0), axes=axes)
                low, high = (least, greatest) if element == "i32" else (-inf, inf)
                case("reduce_max", [x], np.max(x, axis=over, initial=low), axes=axes)
                case("reduce_min", [x], np.min(x, axis=over, initial=high), axes=axes)
        for shape in some(5, 1) + [(3, 0), (1, 1)]:
            x, axis = draw(element, shape), int(rng.integers(0, len(shape)))
            if shape[axis] > 0:
                # nan-in-positions and ties-in-positions are NumPy's.
                case("argmax", [x], np.argmax(x, axis=axis).astype(np.int32), axis=axis)
                case("argmin", [x], np.argmin(x, axis=axis).astype(np.int32), axis=axis)
    for shape in shapes + [(0, 3), (6, 33)]:
        x, axes = rng.random(shape) < rng.choice([0.1, 0.5, 0.9]), drawn_axes(len(shape))
        case("reduce_and", [x], np.all(x, axis=tuple(axes)), axes=axes)
        case("reduce_or", [x], np.any(x, axis=tuple(axes)), axes=axes)


def running():
    for element in numeric:
        for shape in some(5, 1) + [(0, 3), (6, 33)]:
            for special in [False, True]:
                x, axis = draw(element, shape, special), int(rng.integers(0, len(shape)))
                w = wide(x)
                absolute = max(w.size, 1) * 2**-53 * float(np.sum(np.abs(w)[np.isfinite(w)])) if element in floats else 0
                unit = 1 if element == "f32" else 0
                # running-states: f64 within, rounded when stored.
                case("cumsum", [x], narrow(np.cumsum(w, axis=axis), element), unit, absolute, axis=axis)
                products = np.cumprod(x if element == "i32" else w, axis=axis, dtype=x.dtype if element == "i32" else None)
                case("cumprod", [x], narrow(products, element), unit or (16 if element == "f64" else 0), axis=axis)
                case("cummax", [x], np.maximum.accumulate(x, axis=axis), axis=axis)
                if element == "i32":
                    continue
                steep = narrow(20 * w, element)
                logs = np.logaddexp.accumulate(wide(steep), axis=axis)
                case("cumlogsumexp", [steep], narrow(logs, element), unit, 1e-15 * size_of(logs), axis=axis)
                a = draw(element, shape, special)
                factor, term = np.moveaxis(wide(a), axis, 0), np.moveaxis(w, axis, 0)
                states, state = np.zeros(factor.shape), np.zeros(factor.shape[1:])
                for t in range(len(factor)):
                    state = factor[t] * state + term[t]
                    states[t] = state
                case("linear_recurrence", [a, x], narrow(np.moveaxis(states, 0, axis), element), unit,
                     1e-14 * size_of(states), axis=axis)


# Places -----------------------------------------------------------------------------------------------------------


def movement():
    for element in every:
        for shape, other in [((), (1, 1)), ((0, 3), (2, 0)), ((12,), (2, 6)), ((2, 3, 4), (4, 1, 6)), ((37,), (37, 1))]:
            x = draw(element, shape)
            case("reshape", [x], x.reshape(other), zeros=True, shape=list(other))
        for shape in some(4):
            x = draw(element, shape)
            permutation = [int(axis) for axis in rng.permutation(len(shape))]
            case("transpose", [x], x.transpose(permutation), zeros=True, permutation=permutation)
            axes = drawn_axes(len(shape))
            case("reverse", [x], np.flip(x, axis=tuple(axes)), zeros=True, axes=axes)
            start = [int(rng.integers(0, n + 1)) for n in shape]
            limit = [int(rng.integers(s, n + 1)) for s, n in zip(start, shape)]
            window = tuple(slice(s, l) for s, l in zip(start, limit))
            case("slice", [x], x[window], zeros=True, start=start, limit=limit)
            whole = [0] * len(shape)
            case("slice", [x], x, zeros=True, start=whole, limit=list(shape))
            low, high = ([int(n) for n in rng.integers(0, 3, size=len(shape))] for _ in range(2))
            case("pad", [x], np.pad(x, list(zip(low, high))) if shape else x, zeros=True, low=low, high=high)
        for shape, target, axes in [((), (3, 2), []), ((3,), (2, 3), [1]), ((3,), (3, 2), [0]), ((1, 4), (2, 5, 4), [1, 2]),
                                    ((2, 3), (3, 2), [1, 0]), ((0,), (2, 0), [1]), ((1,), (0,), [0]), ((1, 1), (9,  5), [0, 1])]:
            x = draw(element, shape)
            ordered = np.transpose(x, np.argsort(axes)) if axes else x
            at = [1] * len(target)
            for axis in axes:
                at[axis] = shape[axes.index(axis)]
            case("broadcast", [x], np.broadcast_to(ordered.reshape(at), target), zeros=True, shape=list(target), axes=axes)
        for parts, axis in [([(3,)], 0), ([(2, 3), (2, 0), (2, 4)], 1), ([(0,), (0,)], 0), ([(2, 1, 3), (1, 1, 3), (5, 1, 3)], 0)]:
            inputs = [draw(element, shape) for shape in parts]
            case("concatenate", inputs, np.concatenate(inputs, axis=axis), zeros=True, axis=axis)
        data = draw(element, (7,), special=False)
        case("constant", [], data, zeros=True, element=element, shape=[7], data=encode(data)["data"])
        case("constant", [], np.zeros((0, 2), types[element]), element=element, shape=[0, 2], data=[])
        for shape in some(3):
            value = rng.choice([0, 1]) if element == "bool" else rng.choice([-2.0, 0.5, 1e30]) if element in floats else rng.choice([least, 7])
            filled = np.full(shape, value).astype(types[element])
            case("fill", [], filled, element=element, shape=list(shape), value=float(value))
        if element != "bool":
            for shape in some(4, 1):
                axis = int(rng.integers(0, len(shape)))
                counted = np.arange(shape[axis]).reshape([-1 if k == axis else 1 for k in range(len(shape))])
                case("iota", [], np.broadcast_to(counted, shape).astype(types[element]), shape=list(shape), axis=axis, element=element)


def drawn_indices(shape, size):
    """Indices at the ends, inside and outside: gather-clamps."""
    inside = rng.integers(0, max(size, 1), size=shape)
    outside = rng.choice([-1, 0, size - 1, size, size + 7, least, greatest], size=shape)
    return np.where(rng.random(shape) < 0.6, inside, outside).astype(np.int32)


def lines(batch_shape):
    return np.ndindex(*batch_shape)


def indexing():
    # The shape of the operand, the indexed axis, the shape of the indices and how many of its axes are the batch.
    layouts = [((5,), 0, (), 0), ((5,), 0, (37,), 0), ((1,), 0, (3,), 0), ((3, 4), 1, (2, 2), 0), ((3, 4), 1, (3, 5), 1),
               ((2, 3, 4), 1, (2, 2), 1), ((2, 3, 4), 2, (2, 3), 2), ((3, 0), 0, (4,), 0), ((4, 2), 0, (0,), 0), ((6, 3), 0, (9,), 0)]
    for element in every:
        for shape, axis, places, batch in layouts:
            operand, indices = draw(element, shape), drawn_indices(places, shape[axis])
            inside = np.clip(indices, 0, shape[axis] - 1)
            gathered_shape = shape[:axis] + places[batch:] + shape[axis + 1:]
            gathered = np.zeros(gathered_shape, operand.dtype)
            for b in lines(shape[:batch]):
                gathered[b] = np.take(operand[b], inside[b], axis=axis - batch)
            case("gather", [operand, indices], gathered, zeros=True, axis=axis, batch=batch)

            updates = draw(element, gathered_shape)
            replaced = operand.copy()
            # The updates' axes that are the indices', then the others, for one line of the batch.
            for b in lines(shape[:batch]):
                target = np.moveaxis(replaced[b], axis - batch, 0)
                source = np.moveaxis(updates[b], list(range(axis - batch, axis - batch + len(places) - batch)),
                                     list(range(len(places) - batch)))
                for at in np.ndindex(*places[batch:]):
                    target[inside[b][at]] = source[at]  # duplicates-in-scatters: the last wins
            case("scatter_set", [operand, indices, updates], replaced, zeros=True, axis=axis, batch=batch)
            if element == "bool":
                continue
            for name, function in {"scatter_min": np.minimum, "scatter_max": np.maximum}.items():
                extrema = operand.copy()
                for b in lines(shape[:batch]):
                    at = (slice(None),) * (axis - batch) + (inside[b],)
                    function.at(extrema[b], at, updates[b])
                case(name, [operand, indices, updates], extrema, axis=axis, batch=batch)
            # sums-in-f64: scatter_add may add up in f32.
            sums, sizes = np.zeros(shape, wide(updates).dtype), np.zeros(shape)
            for b in lines(shape[:batch]):
                at = (slice(None),) * (axis - batch) + (inside[b],)
                np.add.at(sums[b], at, wide(updates)[b])
                np.add.at(sizes[b], at, np.abs(np.nan_to_num(wide(updates)[b], posinf=0, neginf=0)))
            precision = {"f32": 2**-24, "f64": 2**-53, "i32": 0}[element]
            case("scatter_add", [indices, updates], narrow(sums, element), 1 if element == "f32" else 0,
                 precision * updates.size * float(np.max(sizes, initial=0)), axis=axis, batch=batch, size=shape[axis])
        for shape in some(3, 1) + [(6, 5)]:
            x, axis = draw(element, shape), int(rng.integers(0, len(shape)))
            size = int(rng.integers(0, shape[axis] + 1))
            for start in [0, 1, shape[axis] - size, shape[axis], -3, greatest, least]:
                begin = min(max(start, 0), shape[axis] - size)  # windows-clamp
                window = (slice(None),) * axis + (slice(begin, begin + size),)
                case("dynamic_slice", [x, np.array(start, np.int32)], x[window], zeros=True, axis=axis, size=size)
                update = draw(element, x[window].shape)
                changed = x.copy()
                changed[window] = update
                case("dynamic_update", [x, update, np.array(start, np.int32)], changed, zeros=True, axis=axis)


# Contractions and windows -----------------------------------------------------------------------------------------


def contractions():
    layouts = [((), (), [[], []], [[], []]), ((5,), (5,), [[0], [0]], [[], []]), ((0,), (0,), [[0], [0]], [[], []]),
               ((3, 4), (4, 5), [[1], [0]], [[], []]), ((9, 17), (17, 11), [[1], [0]], [[], []]),
               ((4, 3), (5, 4), [[0], [1]], [[], []]), ((2, 3, 4), (4, 2, 5), [[2], [0]], [[0], [1]]),
               ((2, 3, 4), (3, 2, 4), [[1, 2], [0, 2]], [[], []]), ((3,), (4,), [[], []], [[], []]),
               ((3, 2), (2, 3), [[], []], [[0, 1], [1, 0]]), ((3, 0), (0, 2), [[1], [0]], [[], []]),
               ((0, 3), (3, 2), [[1], [0]], [[], []]), ((1, 1), (1, 1), [[1], [0]], [[], []]), ((3, 33), (33,), [[1], [0]], [[], []])]
    for element in numeric:
        for left_shape, right_shape, contract, batch in layouts:
            for special in [False, True] if element in floats else [False]:
                a, b = draw(element, left_shape, special), draw(element, right_shape, special)
                left, letters = list("abcdef")[: len(left_shape)], iter("uvwxyz")
                right = [next(letters) for _ in right_shape]
                for pair in (contract, batch):
                    for i, j in zip(*pair):
                        right[j] = left[i]
                order = [left[i] for i in batch[0]]
                order += [x for i, x in enumerate(left) if i not in contract[0] + batch[0]]
                order += [x for j, x in enumerate(right) if j not in contract[1] + batch[1]]
                text = f"{''.join(left)},{''.join(right)}->{''.join(order)}"
                result = np.einsum(text, wide(a), wide(b))
                sizes = np.einsum(text, *(np.abs(np.nan_to_num(wide(x), posinf=0, neginf=0)) for x in (a, b)))
                terms = math.prod(left_shape[i] for i in contract[0])
                # sums-in-f64: dot may add up in f32.
                precision = {"f32": 2**-24, "f64": 2**-53, "i32": 0}[element]
                case("dot", [a, b], narrow(result, element), 1 if element == "f32" else 0,
                     2 * precision * terms * float(np.max(sizes, initial=0)), contract=contract, batch=batch)


def spread(x, dilation, fill=0):
    result = np.full([(n - 1) * d + 1 for n, d in zip(x.shape, dilation)], fill, dtype=x.dtype)
    result[tuple(slice(None, None, d) for d in dilation)] = x
    return result


def padded(x, low, high, fill=0):
    """convolution-padding: negative padding cuts off."""
    x = x[tuple(slice(max(-l, 0), n - max(-h, 0)) for n, l, h in zip(x.shape, low, high))]
    return np.pad(x, [(max(l, 0), max(h, 0)) for l, h in zip(low, high)], constant_values=fill)


def drawn_windows(rank):
    def numbers(low, high):
        return [int(n) for n in rng.integers(low, high + 1, size=rank)]
    return dict(stride=numbers(1, 3), low=numbers(-1, 2), high=numbers(-1, 2), dilation=numbers(1, 2), input_dilation=numbers(1, 2))


def window_counts(x, kernel, stride, low, high, dilation, input_dilation):
    extents = [(n - 1) * i + 1 + l + h for n, i, l, h in zip(x.shape[2:], input_dilation, low, high)]
    return [(n - (k - 1) * d - 1) // s + 1 for n, k, d, s in zip(extents, kernel.shape[2:], dilation, stride)]


def convolutions():
    for element in floats:
        for rank, batch, groups, channels, results, extent in [(1, 2, 1, 3, 4, 9), (1, 1, 2, 2, 1, 33), (1, 0, 1, 1, 2, 8), (1, 3, 1, 1, 1, 6),
                                                               (2, 1, 1, 2, 3, 6), (2, 2, 2, 2, 1, 5), (2, 1, 3, 1, 2, 7), (3, 1, 1, 2, 2, 5), (3, 1, 2, 1, 1, 4)]:
            x = draw(element, (batch, channels * groups) + (extent,) * rank, special=False)
            kernel = draw(element, (results * groups, channels) + tuple(int(n) for n in rng.integers(1, 4, size=rank)), special=False)
            window = drawn_windows(rank)
            while min(window_counts(x, kernel, **window)) < 1:
                window = drawn_windows(rank)
            output = []
            for image in wide(x):
                rows = []
                for o, weights in enumerate(wide(kernel)):
                    group = o // results
                    part = image[group * channels:(group + 1) * channels]
                    plane = np.stack([padded(spread(c, window["input_dilation"]), window["low"], window["high"]) for c in part])
                    filters = np.stack([spread(c, window["dilation"]) for c in weights])
                    full = scipy.signal.correlate(plane, filters, mode="valid", method="direct")[0]
                    rows.append(full[tuple(slice(None, None, s) for s in window["stride"])])
                output.append(rows)
            if batch == 0:
                output = np.zeros((0, results * groups, *window_counts(x, kernel, **window)))
            terms = math.prod(kernel.shape[1:])
            bound = terms * size_of(x) * size_of(kernel)
            case("convolution", [x, kernel], narrow(np.asarray(output, dtype=np.float64), element), 1 if element == "f32" else 0,
                 terms * bound * (2**-24 if element == "f32" else 2**-53), groups=groups, **window)


def pools():
    for element in numeric:
        for shape, window in [((7,), [3]), ((33,), [2]), ((1,), [1]), ((4, 5), [2, 2]), ((3, 6), [1, 3]), ((2, 4, 3), [1, 2, 3]), ((5, 1), [2, 1])]:
            for _ in range(2):
                x, steps = draw(element, shape), drawn_windows(len(shape))
                steps["low"] = [abs(n) for n in steps["low"]]
                steps["high"] = [abs(n) + (k - 1) * d for n, k, d in zip(steps["high"], window, steps["dilation"])]
                places = padded(spread(np.arange(x.size, dtype=np.int32).reshape(shape), steps["input_dilation"], -1), steps["low"], steps["high"], -1)
                covered = [(k - 1) * d + 1 for k, d in zip(window, steps["dilation"])]
                views = np.lib.stride_tricks.sliding_window_view(places, covered)
                rank = len(shape)
                views = views[tuple(slice(None, None, s) for s in steps["stride"]) + tuple(slice(None, None, d) for d in steps["dilation"])]
                counts = views.shape[:rank]
                flat = x.ravel()
                # window-padding: padding is passed over, and an empty window is an empty reduction.
                met = [at[at >= 0] for at in views.reshape(math.prod(counts), -1)]
                low = least if element == "i32" else -inf
                absolute = x.size * 2**-53 * size_of(x) if element in floats else 0
                sums = np.array([np.sum(wide(flat[at])) for at in met]).reshape(counts)
                case("window_sum", [x], narrow(sums, element), 1 if element == "f32" else 0, absolute, window=window, **steps)
                found = np.array([np.max(flat[at], initial=low) for at in met], dtype=x.dtype).reshape(counts)
                case("window_max", [x], found, window=window, **steps)
                places = [at[np.argmax(flat[at])] if at.size else -1 for at in met]
                found = np.array(places, dtype=np.int32).reshape(counts)
                case("window_argmax", [x], found, window=window, **steps)


# Order and linear algebra -----------------------------------------------------------------------------------------


def sorting():
    for element in numeric:
        for shape in some(4, 1) + [(6, 33), (3, 0)]:
            x, axis = draw(element, shape), int(rng.integers(0, len(shape)))
            # order-of-sorting: stable, nan last in both directions.
            for descending, keys in [(False, wide(x)), (True, -wide(x))]:
                case("argsort", [x], np.argsort(keys, axis=axis, kind="stable").astype(np.int32), axis=axis, descending=descending)
        for batch, n, rest in [((), 9, ()), ((), 0, (3,)), ((), 1, (2, 2)), ((2,), 17, (5,)), ((2, 3), 4, ()), ((3,), 33, (0,))]:
            line, values = np.sort(draw(element, (*batch, n)), axis=-1), draw(element, (*batch, *rest))
            for right in [False, True]:
                found = np.zeros(values.shape, np.int32)
                for b in lines(batch):
                    found[b] = np.searchsorted(line[b], values[b], side="right" if right else "left")
                case("searchsorted", [line, values], found, right=right)


def linear():
    for element in floats:
        def factor(name, inputs, output, **attributes):
            # matrices-without-factors: f32 is computed in f64 and rounded once.
            case(name, inputs, narrow(output, element), 1 if element == "f32" else 0, 1e-13 * size_of(output), **attributes)

        for batch, n, m in [((), 1, 1), ((), 2, 3), ((), 5, 1), ((), 9, 2), ((2,), 4, 3), ((2, 1), 3, 2), ((0,), 3, 2), ((), 0, 2), ((), 3, 0)]:
            eye = np.eye(n)[list(reversed(range(n)))]
            general = narrow(np.round(rng.normal(size=(*batch, n, n)) + 5 * eye, 2), element)
            w = wide(general)
            sides = draw(element, (*batch, n, m), special=False)
            definite = narrow(np.round(w @ np.swapaxes(w, -1, -2) * 0.1 + np.eye(n), 2), element)
            factor("cholesky", [definite], np.linalg.cholesky(wide(definite)))
            # Only the lower triangle is read.
            above = definite + np.triu(np.ones((n, n), definite.dtype), 1)
            factor("cholesky", [above], np.linalg.cholesky(wide(definite)))
            factor("solve", [general, sides], np.linalg.solve(w, wide(sides)))
            sign, logarithm = np.linalg.slogdet(w)
            factor("log_abs_determinant", [general], np.asarray(logarithm))
            factor("determinant_sign", [general], np.asarray(sign))
            for lower, transpose, unit in itertools.product([False, True], repeat=3):
                output = np.zeros(sides.shape)
                for b in lines(batch):
                    if n > 0 and m > 0:
                        output[b] = scipy.linalg.solve_triangular(
                            wide(definite)[b], wide(sides)[b], trans=int(transpose), lower=lower, unit_diagonal=unit)
                if n < 5:
                    factor("triangular_solve", [definite, sides], output, lower=lower, transpose=transpose, unit=unit)
            values, vectors = np.linalg.eigh(wide(definite))
            factor("eigh_values", [above], values)
            # orthogonal-factors: the first element of greatest absolute value is positive.
            factor("eigh_vectors", [above], vectors * signs(vectors))
        for shape in [(1, 1), (4, 2), (3, 3), (9, 5), (2, 5, 3), (0, 3, 2), (3, 0), (2, 1, 4, 1)]:
            x = draw(element, shape, special=False)
            q, r = np.linalg.qr(wide(x))
            turn = np.where(np.diagonal(r, axis1=-2, axis2=-1) < 0, -1, 1)
            factor("qr_q", [x], q * turn[..., None, :])
            factor("qr_r", [x], r * turn[..., :, None])
            u, values, vt = np.linalg.svd(wide(x), full_matrices=False)
            v = np.swapaxes(vt, -1, -2)
            factor("svd_u", [x], u * signs(v))
            factor("svd_values", [x], values)
            factor("svd_v", [x], v * signs(v))
        singular = np.zeros((2, 2), types[element])
        case("log_abs_determinant", [singular], np.array(-inf, types[element]))
        case("determinant_sign", [singular], np.array(0, types[element]))
        case("solve", [singular, np.ones((2, 1), types[element])], np.full((2, 1), nan, types[element]))
    for element in numeric:
        for batch, n in [((), 0), ((), 1), ((), 2), ((2,), 5), ((2, 1), 3), ((0,), 3), ((), 12)]:
            # Without ties: another assignment of the same cost would be as right.
            costs = narrow(rng.permutation(4000)[: math.prod(batch) * n * n].reshape(*batch, n, n) - 2000, element)
            output = np.zeros((*batch, n), np.int32)
            for b in lines(batch):
                output[b] = scipy.optimize.linear_sum_assignment(costs[b])[1]
            case("linear_assignment", [costs], output)


def signs(vectors):
    if vectors.size == 0:
        return np.ones((*vectors.shape[:-2], 1, vectors.shape[-1]))
    greatest_places = np.argmax(np.abs(vectors), axis=-2)[..., None, :]
    return np.where(np.take_along_axis(vectors, greatest_places, axis=-2) < 0, -1, 1)


def fouriers():
    for element in floats:
        for shape in [(1,), (7,), (16,), (37,), (3, 4), (2, 5, 3), (0, 3), (1, 1), (2, 1, 4, 3)]:
            parts = draw(element, (*shape, 2), special=False)
            z = wide(parts)[..., 0] + 1j * wide(parts)[..., 1]
            for inverse in [False, True]:
                axes = drawn_axes(len(shape))
                moved = z
                for axis in axes if z.size else []:
                    # fourier-transforms: in neither direction divided by the number of elements.
                    moved = np.fft.ifft(moved, axis=axis) * shape[axis] if inverse else np.fft.fft(moved, axis=axis)
                output = np.stack([moved.real, moved.imag], axis=-1)
                case("fourier", [parts], narrow(output, element), 1 if element == "f32" else 0,
                     4e-15 * size_of(output), axes=axes, inverse=inverse)


# Random numbers ---------------------------------------------------------------------------------------------------


def philox(counter, key):
    """Philox4x32-10 after Salmon, Moraes, Dror and Shaw (2011); NumPy's own Philox is 4x64."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        product0, product1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (product1 >> 32) ^ c1 ^ k0, product1 & 0xFFFFFFFF, (product0 >> 32) ^ c3 ^ k1, product0 & 0xFFFFFFFF
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


assert philox((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)) == (
    0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)


def random():
    for counters in [None, 0, -1, greatest, [3, least], [[1, 2, 3]], []]:
        for shape in [[], [7], [3, 0], [2, 5]]:
            key = [int(word) for word in rng.integers(0, 2**32, size=2)]
            inputs = [] if counters is None else [np.array(counters, np.int32)]
            streams = [0] if counters is None else [int(c) & 0xFFFFFFFF for c in inputs[0].ravel()]
            count = math.prod(shape)
            whole = [*(inputs[0].shape if inputs else ()), *shape]
            # philox-words
            words = [[philox((e // 4, 0, c, 0), key)[e % 4] for e in range(2 * count)] for c in streams]
            table = np.array(words, dtype=np.uint32).reshape(len(streams), 2 * count)
            case("random_bits", inputs, table[:, :count].copy().view(np.int32).reshape(whole), key=key, shape=shape)
            # uniform-numbers
            single = ((table[:, :count] >> 8) * 2.0**-24).astype(np.float32)
            double = ((table[:, ::2] >> 5) * 2.0**26 + (table[:, 1::2] >> 6)) * 2.0**-53
            case("random_uniform", inputs, single.reshape(whole), key=key, shape=shape, element="f32")
            case("random_uniform", inputs, double.reshape(whole), key=key, shape=shape, element="f64")


with np.errstate(all="ignore"):
    for group in [elementwise, reductions, running, movement, indexing, contractions, convolutions, pools, sorting, linear, fouriers, random]:
        group()

path = pathlib.Path(__file__).with_name("primitives.generated.json")
with path.open("w") as file:
    file.write("[\n" + ",\n".join(json.dumps(stored, separators=(",", ":")) for stored in cases) + "\n]\n")
print(len(cases), "cases of", len({stored["operation"] for stored in cases}), "operations,", path.stat().st_size, "bytes")
