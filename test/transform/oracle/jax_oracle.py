"""Writes jax_oracle.generated.json: nested transformations of programs of the IR, computed by JAX in f64.

    pip install "jax[cpu]" && npx tsc
    node dist/test/transform/oracle/programs.js | python3 test/transform/oracle/jax_oracle.py

The functions are read from their text and run by JAX; those with `native` are written again here. What the
transformations are stands in `test/support/transformations.ts`. Conventions at ties are those of docs/numbers.md.
"""

import json
import pathlib
import re
import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")

DTYPES = {"f64": jnp.float64, "i32": jnp.int32, "bool": jnp.bool_}
TOKEN = re.compile(
    r'\s*(%\d+|"[^"]*"|-?(?:inf\b|nan\b|\d+(?:\.\d+)?(?:e[+-]?\d+)?)|[A-Za-z_][A-Za-z0-9_.$]*|[()\[\]{}<>,:=])'
)


class Reader:
    def __init__(self, text):
        self.tokens = TOKEN.findall(text)
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, text):
        found = self.next()
        assert found == text, (found, text)

    def items(self, open, close, item):
        self.expect(open)
        found = []
        while self.peek() != close:
            if found:
                self.expect(",")
            found.append(item())
        self.expect(close)
        return found

    def define(self):
        name = self.next()
        self.expect(":")
        element = self.next()
        return name, element, tuple(self.items("[", "]", lambda: int(self.next())))

    def attribute(self):
        first = self.peek()
        if first == "[":
            return self.items("[", "]", self.attribute)
        if first == "<":
            return self.items("<", ">", self.attribute)
        text = self.next()
        if text.startswith('"'):
            return text[1:-1]
        if text in ("true", "false"):
            return text == "true"
        number = float(text)
        return int(number) if number.is_integer() and "e" not in text and "." not in text else number

    def function(self):
        self.expect("func")
        self.next()
        parameters = self.items("(", ")", self.define)
        self.expect("{")
        equations = []
        while self.peek() != "return":
            outputs = [self.define()]
            while self.peek() == ",":
                self.next()
                outputs.append(self.define())
            self.expect("=")
            operation, inputs, attributes, regions = self.next(), [], {}, []
            if self.peek().startswith("%") and self.tokens[self.at + 1] != ":":
                inputs.append(self.next())
                while self.peek() == ",":
                    self.next()
                    inputs.append(self.next())
            if self.peek() == "{":
                def entry():
                    name = self.next()
                    self.expect("=")
                    return name, self.attribute()
                attributes = dict(self.items("{", "}", entry))
            while self.peek() == "func":
                regions.append(self.function())
            equations.append((outputs, operation, inputs, attributes, regions))
        self.expect("return")
        results = []
        while self.peek() != "}":
            if results:
                self.expect(",")
            results.append(self.next())
        self.expect("}")
        return parameters, equations, results


def gather(x, indices, axis, batch):
    if batch > 0:
        return jax.vmap(lambda a, b: gather(a, b, axis - 1, batch - 1))(x, indices)
    return jnp.take(x, jnp.clip(indices, 0, x.shape[axis] - 1), axis=axis)


def scatter_add(indices, updates, axis, batch, size):
    if batch > 0:
        return jax.vmap(lambda a, b: scatter_add(a, b, axis - 1, batch - 1, size))(indices, updates)
    shape = updates.shape[:axis] + (size,) + updates.shape[axis + indices.ndim:]
    place = (slice(None),) * axis + (jnp.clip(indices, 0, size - 1),)
    return jnp.zeros(shape, updates.dtype).at[place].add(updates)


def broadcast(x, shape, axes):
    order = np.argsort(axes) if axes else []
    return lax.broadcast_in_dim(jnp.transpose(x, order), shape, [axes[k] for k in order])


def reduce_max(x, axes):
    """The derivative goes to the first of equal elements."""
    kept = [k for k in range(x.ndim) if k not in axes]
    flat = jnp.transpose(x, kept + list(axes)).reshape([x.shape[k] for k in kept] + [-1])
    if flat.shape[-1] == 0:
        least = -jnp.inf if x.dtype == jnp.float64 else jnp.iinfo(jnp.int32).min
        return jnp.full(flat.shape[:-1], least, x.dtype)
    at = jnp.argmax(flat, axis=-1)
    return jnp.take_along_axis(flat, at[..., None], axis=-1)[..., 0]


def cast(x, element):
    if element == "bool":
        return x != 0
    return x.astype(DTYPES[element])


PLAIN = {
    "neg": lambda x: -x, "sin": jnp.sin, "cos": jnp.cos, "tanh": jnp.tanh, "atan": jnp.arctan, "exp": jnp.exp,
    "sigmoid": jax.nn.sigmoid, "erf": jax.scipy.special.erf, "not": jnp.logical_not,
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b,
    # At a tie the derivative goes to the second.
    "max": lambda a, b: jnp.where(a > b, a, b), "min": lambda a, b: jnp.where(a < b, a, b),
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
    "and": jnp.logical_and, "or": jnp.logical_or,
    "select": lambda c, a, b: jnp.where(c, a, b), "stop_gradient": lax.stop_gradient,
    "guard": lambda x, c: jnp.where(c, x, lax.stop_gradient(x)),
}

WITH = {
    "reduce_sum": lambda a, x: jnp.sum(x, axis=tuple(a["axes"]), dtype=x.dtype),
    "reduce_max": lambda a, x: reduce_max(x, a["axes"]),
    "reshape": lambda a, x: x.reshape(a["shape"]),
    "transpose": lambda a, x: jnp.transpose(x, a["permutation"]),
    "broadcast": lambda a, x: broadcast(x, a["shape"], a["axes"]),
    "slice": lambda a, x: lax.slice(x, a["start"], a["limit"]),
    "pad": lambda a, x: jnp.pad(x, list(zip(a["low"], a["high"]))) if x.ndim else x,
    "concatenate": lambda a, *xs: jnp.concatenate(xs, axis=a["axis"]),
    "reverse": lambda a, x: lax.rev(x, a["axes"]),
    "cumsum": lambda a, x: jnp.cumsum(x, axis=a["axis"], dtype=x.dtype),
    "dot": lambda a, x, y: lax.dot_general(x, y, (a["contract"], a["batch"])),
    "gather": lambda a, x, i: gather(x, i, a["axis"], a["batch"]),
    "scatter_add": lambda a, i, x: scatter_add(i, x, a["axis"], a["batch"], a["size"]),
    "dynamic_slice": lambda a, x, i: lax.dynamic_slice_in_dim(x, i, a["size"], a["axis"]),
    "dynamic_update": lambda a, x, y, i: lax.dynamic_update_slice_in_dim(x, y, i, a["axis"]),
    "cast": lambda a, x: cast(x, a["element"]),
    "fill": lambda a: jnp.full(a["shape"], a["value"], DTYPES[a["element"]]),
    "constant": lambda a: jnp.array(a["data"], DTYPES[a["element"]]).reshape(a["shape"]),
    "iota": lambda a: lax.broadcasted_iota(DTYPES[a["element"]], a["shape"], a["axis"]),
}


def run_scan(a, inputs, region):
    carries, sequences = a["carries"], a["sequences"]
    init, rows, constants = inputs[:carries], inputs[carries:carries + sequences], inputs[carries + sequences:]

    def turn(state, elements):
        found = run(region, [*state, *elements, *constants])
        return found[:carries], found[carries:]

    last, stacked = lax.scan(turn, list(init), list(rows), length=a["length"], reverse=a["reverse"])
    return [*last, *stacked]


def run_while(a, inputs, condition, body):
    carries = a["carries"]
    constants = inputs[carries:]
    zero = jnp.int32(0)

    def holds(state):
        return run(condition, [*state[0], *constants])[0]

    def go(state):
        return run(body, [*state[0], *constants]), state[1] + 1

    start = (list(inputs[:carries]), zero)
    if "limit" in a:
        last, _ = lax.scan(lambda s, _: (lax.cond(holds(s), go, lambda t: t, s), None), start, None, a["limit"])
    else:
        last = lax.while_loop(holds, go, start)
    return [*last[0], last[1]]


def run(func, args):
    parameters, equations, results = func
    values = {name: value for (name, _, _), value in zip(parameters, args)}
    for outputs, operation, names, a, regions in equations:
        inputs = [values[name] for name in names]
        if operation in PLAIN:
            found = [PLAIN[operation](*inputs)]
        elif operation in WITH:
            found = [WITH[operation](a, *inputs)]
        elif operation == "scan":
            found = run_scan(a, inputs, regions[0])
        elif operation == "while":
            found = run_while(a, inputs, *regions)
        elif operation == "cond":
            first, second = regions
            found = lax.cond(inputs[0], lambda xs: run(first, xs), lambda xs: run(second, xs), inputs[1:])
        elif operation in ("call", "custom_derivative"):
            # The derivatives that the programs give are the right ones.
            found = run(regions[0], inputs)
        else:
            raise ValueError(operation)
        for (name, element, shape), value in zip(outputs, found):
            assert value.shape == shape and value.dtype == DTYPES[element], (operation, value.shape, shape)
            values[name] = value
    return [values[name] for name in results]


def recurrent(w, h, xs):
    total = 0.0
    for x in xs:
        h = jnp.tanh(w @ h + x)
        total = total + jnp.sum(h**2)
    return [jnp.sum(h) + total]


def network(p, x):
    hidden = jnp.tanh(x @ p[:4].reshape(2, 2) + p[4:6])
    return [jnp.sum((hidden @ p[6:8] + p[8] - 0.5) ** 2)]


def branches(x):
    return [jnp.where(x > 0, x * jnp.sin(x), x**2 * jnp.cos(x))]


def ridge(x, y, s):
    return [jnp.linalg.solve(x.T @ x + jnp.exp(s) * jnp.eye(3), x.T @ y)]


NATIVE = {"recurrent": recurrent, "network": network, "branches": branches, "ridge": ridge}


def is_float(x):
    return jnp.asarray(x).dtype == jnp.float64


def direction(shape, k):
    return jnp.cos(jnp.arange(int(np.prod(shape))) + 2 * k + 1.0).reshape(shape)


def scalar(f):
    return lambda *args: jnp.sum(jnp.sin(f(*args)[0]))


def grad(f):
    def derived(*args):
        at = [k for k, x in enumerate(args) if is_float(x)]
        return list(jax.grad(scalar(f), argnums=at)(*args))
    return derived


def of_floats(f, args):
    """The function of the float arguments, giving the float results, and those arguments."""
    at = [k for k, x in enumerate(args) if is_float(x)]

    def inner(*floats):
        all = list(args)
        for k, x in zip(at, floats):
            all[k] = x
        return [y for y in f(*all) if is_float(y)]
    return inner, [args[k] for k in at]


def jvp(f):
    def derived(*args):
        inner, floats = of_floats(f, args)
        along = [direction(x.shape, k) for k, x in enumerate(floats)]
        return jax.jvp(inner, tuple(floats), tuple(along))[1]
    return derived


def vjp(f):
    def derived(*args):
        inner, floats = of_floats(lambda *xs: f(*xs)[:1], args)
        [first], pull = jax.vjp(inner, *floats)
        return list(pull([direction(first.shape, 7)]))
    return derived


def hessian(f):
    def derived(*args):
        at = next(k for k, x in enumerate(args) if is_float(x))
        found = jax.hessian(scalar(f), argnums=at)(*args)
        return [found.reshape((args[at].size, *args[at].shape))]
    return derived


def vmap(f):
    def derived(*args):
        axes = [0 if k % 3 != 2 else None for k in range(len(args))]
        return jax.vmap(f, in_axes=axes)(*args)
    return derived


TRANSFORMATIONS = {
    "grad": grad, "jvp": jvp, "vjp": vjp, "hessian": hessian, "vmap": vmap, "simplify": lambda f: f,
}


def arguments(program, parameters):
    copies = sum(name == "vmap" for name in program["chain"])
    found = []
    for k, ((_, element, shape), numbers) in enumerate(zip(parameters, program["args"])):
        whole = (2,) * (copies if k % 3 != 2 else 0) + shape
        found.append(jnp.array(numbers).astype(DTYPES[element]).reshape(whole))
    return found


def main():
    programs = json.load(sys.stdin)
    for program in programs:
        func = Reader(program["text"]).function()
        f = NATIVE.get(program.get("native")) or (lambda *args, func=func: run(func, list(args)))
        for name in program["chain"]:
            f = TRANSFORMATIONS[name](f)
        results = [np.asarray(y) for y in jax.jit(f)(*arguments(program, func[0]))]
        assert all(np.isfinite(y).all() for y in results), program["name"]
        program["results"] = [
            {"shape": list(y.shape), "numbers": [float(f"{x:.13g}") for x in y.ravel()[:8].astype(float)],
             "sum": float(f"{y.astype(float).sum():.13g}"), "size": float(f"{np.abs(y.astype(float)).sum():.6g}")}
            for y in results
        ]
        print(program["name"], file=sys.stderr)
    path = pathlib.Path(__file__).with_name("jax_oracle.generated.json")
    path.write_text("[\n" + ",\n".join(json.dumps(p) for p in programs) + "\n]\n")


main()
