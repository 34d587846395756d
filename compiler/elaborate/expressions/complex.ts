import type * as ast from "../../../grammar/ast.js";
import { indexWithDefault } from "../binders/default.js";
import type { Intrinsic } from "../builtins/intrinsics.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import {
	areFinite,
	broadcastShapes,
	castTo,
	elementwise,
	formatOf,
	matmul,
	realOf,
	select,
	spread,
	traced,
	unary,
	unionLanes,
} from "../tensors.js";
import type { TracedValue, TupleValue, Value } from "../values.js";
import type { EvaluatedCall } from "./call.js";
import { evaluate, evaluateGuarded } from "./evaluate.js";

/** Complex numbers: records `(re, im)` of two real tensors. */
export interface Complex {
	readonly re: TracedValue;
	readonly im: TracedValue;
}

const partOf = (value: TupleValue, name: string): Value | undefined =>
	value.elements.find((e) => e.name === name)?.value;

const tensors: ReadonlySet<string> = new Set(["traced", "tensor", "number", "index", "list"]);

export function isComplex(value: Value): value is TupleValue {
	if (value.kind !== "tuple" || value.elements.length !== 2) return false;
	return ["re", "im"].every((name) => tensors.has(partOf(value, name)?.kind ?? ""));
}

export function complexValue({ re, im }: Complex): TupleValue {
	return {
		kind: "tuple",
		elements: [
			{ name: "re", value: re },
			{ name: "im", value: im },
		],
	};
}

type Format = "f32" | "f64";

/** The format of what is made of all of them: the wider one; numbers that are written have none of their own. */
function formatOfAll(evaluator: Evaluator, ...values: readonly (Value | undefined)[]): Format {
	const own = values.flatMap((value) =>
		value && isComplex(value) ? value.elements.map((e) => formatOf(e.value)) : value ? [formatOf(value)] : [],
	);
	return own.includes("f64") ? "f64" : (own.find((format) => format) ?? evaluator.realElement);
}

function real(evaluator: Evaluator, value: Value | undefined, format: Format): TracedValue | undefined {
	const part = value && traced(evaluator, value, format);
	return part && castTo(evaluator, part, format);
}

/** The parts of a complex number; of a real one the imaginary part is absent. */
function parts(
	evaluator: Evaluator,
	value: Value,
	format: Format,
): { re: TracedValue; im?: TracedValue } | undefined {
	if (!isComplex(value)) {
		const re = real(evaluator, value, format);
		return re && { re };
	}
	const [re, im] = [
		real(evaluator, partOf(value, "re"), format),
		real(evaluator, partOf(value, "im"), format),
	];
	return re && im && { re, im };
}

/** Both parts, with the lanes and the shape of both together. Of a real number the imaginary part is 0. */
export function wholeComplex(
	evaluator: Evaluator,
	value: Value,
	format: Format = formatOfAll(evaluator, value),
): Complex | undefined {
	const found = parts(evaluator, value, format);
	if (!found) return undefined;
	const im = found.im ?? zerosLike(evaluator, found.re);
	const lanes = unionLanes([found.re, im]);
	const shape = broadcastShapes(shapeOf(found.re), shapeOf(im));
	return { re: spread(evaluator, found.re, lanes, shape), im: spread(evaluator, im, lanes, shape) };
}

/** `z[i - 1 else 0]`, part by part; what stands outside is evaluated once, and may be a real number. */
export function complexWithDefault(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Index,
	otherwise: ast.Expression,
	base: TupleValue,
): Value {
	const format = formatOfAll(evaluator, base);
	const whole = wholeComplex(evaluator, base, format);
	if (!whole) return fail(environment, node, "this cannot be indexed");
	let outside: Complex | undefined;
	const part = (name: keyof Complex): TracedValue =>
		indexWithDefault(evaluator, environment, node, whole[name], (mask) => {
			outside ??= wholeComplex(evaluator, evaluateGuarded(evaluator, environment, mask, otherwise), format);
			return outside ? outside[name] : fail(environment, otherwise, "this is no number");
		});
	return complexValue({ re: part("re"), im: part("im") });
}

function zerosLike(evaluator: Evaluator, value: TracedValue): TracedValue {
	return { kind: "traced", lanes: value.lanes, value: evaluator.builder.zeros(value.value.type) };
}

function operations(evaluator: Evaluator, format: Format) {
	const emit =
		(operation: string) =>
		(a: TracedValue, b: TracedValue): TracedValue =>
			elementwise(evaluator, operation, a, b, format);
	const number = (value: number): TracedValue => ({
		kind: "traced",
		value: evaluator.builder.scalar(value, format),
		lanes: [],
	});
	return {
		add: emit("add"),
		sub: emit("sub"),
		mul: emit("mul"),
		div: emit("div"),
		max: emit("max"),
		eq: emit("eq"),
		neg: (x: TracedValue) => unary(evaluator, "neg", x),
		abs: (x: TracedValue) => unary(evaluator, "abs", x),
		matmul: (a: TracedValue, b: TracedValue) => matmul(evaluator, a, b),
		number,
	};
}

type Product = (a: TracedValue, b: TracedValue) => TracedValue;

/** A product in both parts; a real factor multiplies each of them. */
function multiply(evaluator: Evaluator, a: Partial<Complex>, b: Partial<Complex>, product: Product): Complex {
	const [x, u] = [a.re as TracedValue, b.re as TracedValue];
	const { add, sub } = operations(evaluator, realOf(evaluator, x, u));
	const { im: y } = a;
	const { im: v } = b;
	if (!y) return { re: product(x, u), im: product(x, v as TracedValue) };
	if (!v) return { re: product(x, u), im: product(y, u) };
	return { re: sub(product(x, u), product(y, v)), im: add(product(x, v), product(y, u)) };
}

/** The greatest of both absolute values, 1 where that is 0 or infinite; it takes no part in derivatives. */
function scaleOf(evaluator: Evaluator, { re, im }: Complex): TracedValue {
	const { abs, max, number, div } = operations(evaluator, realOf(evaluator, re, im));
	const greatest = unary(evaluator, "stop_gradient", max(abs(re), abs(im)));
	// 0 / 0, inf / inf and nan are not finite.
	const usable = areFinite(evaluator, div(greatest, greatest));
	return select(evaluator, usable, greatest, number(1));
}

/** z / w = z conj(w / s) / (s |w / s|^2), where neither overflows that need not. */
function divide(evaluator: Evaluator, a: Partial<Complex>, b: Complex): Complex {
	const { mul, div, add, neg } = operations(evaluator, realOf(evaluator, b.re));
	const s = scaleOf(evaluator, b);
	const [u, v] = [div(b.re, s), div(b.im, s)];
	const size = mul(s, add(mul(u, u), mul(v, v)));
	const { re, im } = multiply(evaluator, a, { re: u, im: neg(v) }, mul);
	return { re: div(re, size), im: div(im, size) };
}

/** Undefined where no operand is complex. */
export function complexBinary(
	evaluator: Evaluator,
	operator: ast.BinaryOperator,
	left: Value,
	right: Value,
): Value | undefined {
	if (!isComplex(left) && !isComplex(right)) return undefined;
	if (operator === "^") return power(evaluator, left, right);
	const format = formatOfAll(evaluator, left, right);
	const [a, b] = [parts(evaluator, left, format), parts(evaluator, right, format)];
	if (!a || !b) return undefined;
	const { mul, div, eq, matmul } = operations(evaluator, format);
	switch (operator) {
		case "+":
		case "-":
			return sum(evaluator, operator === "+" ? "add" : "sub", left, right, format);
		case "*":
			return complexValue(multiply(evaluator, a, b, mul));
		case "@":
			return complexValue(multiply(evaluator, a, b, matmul));
		case "/":
			if (b.im) return complexValue(divide(evaluator, a, { re: b.re, im: b.im }));
			return a.im && complexValue({ re: div(a.re, b.re), im: div(a.im, b.re) });
		case "==":
		case "!=": {
			const [x, y] = [left, right].map((value) => wholeComplex(evaluator, value, format));
			if (!x || !y) return undefined;
			const same = elementwise(evaluator, "and", eq(x.re, y.re), eq(x.im, y.im), "bool");
			return operator === "==" ? same : unary(evaluator, "not", same);
		}
		default:
			return undefined;
	}
}

function sum(
	evaluator: Evaluator,
	operation: "add" | "sub",
	left: Value,
	right: Value,
	format: Format,
): Value | undefined {
	const [a, b] = [left, right].map((value) => wholeComplex(evaluator, value, format));
	const { [operation]: apply } = operations(evaluator, format);
	return a && b && complexValue({ re: apply(a.re, b.re), im: apply(a.im, b.im) });
}

function power(evaluator: Evaluator, base: Value, exponent: Value): Value | undefined {
	const whole = wholeComplex(evaluator, base);
	if (!whole || exponent.kind !== "number") return undefined;
	const { mul } = operations(evaluator, realOf(evaluator, whole.re));
	const raised = (n: number): Complex => {
		if (n <= 1) return whole;
		const half = raised(Math.floor(n / 2));
		const square = multiply(evaluator, half, half, mul);
		return n % 2 === 0 ? square : multiply(evaluator, square, whole, mul);
	};
	return complexValue(raised(exponent.value));
}

export function complexNegate(evaluator: Evaluator, value: TupleValue): Value | undefined {
	const whole = wholeComplex(evaluator, value);
	if (!whole) return undefined;
	const [re, im] = [unary(evaluator, "neg", whole.re), unary(evaluator, "neg", whole.im)];
	return complexValue({ re, im });
}

/** The same function of both parts. */
export function ofBothParts(
	evaluator: Evaluator,
	value: TupleValue,
	f: (part: TracedValue) => Value,
): Value | undefined {
	const whole = wholeComplex(evaluator, value);
	if (!whole) return undefined;
	return {
		kind: "tuple",
		elements: [
			{ name: "re", value: f(whole.re) },
			{ name: "im", value: f(whole.im) },
		],
	};
}

/** sqrt(x^2 + y^2), scaled; its derivative at 0 is 0, as that of `sqrt` is. */
function modulus(evaluator: Evaluator, z: Complex): TracedValue {
	const { mul, div, add, abs, eq, number } = operations(evaluator, realOf(evaluator, z.re));
	const s = scaleOf(evaluator, z);
	const [u, v] = [div(z.re, s), div(z.im, s)];
	const size = mul(s, unary(evaluator, "sqrt", add(mul(u, u), mul(v, v))));
	const infinite = (x: TracedValue): TracedValue => eq(abs(x), number(Number.POSITIVE_INFINITY));
	const either = elementwise(evaluator, "or", infinite(z.re), infinite(z.im), "bool");
	return select(evaluator, either, number(Number.POSITIVE_INFINITY), size);
}

const ofNumbers: Readonly<Record<string, (evaluator: Evaluator, z: Complex) => Value>> = {
	abs: modulus,
	exp(evaluator, { re, im }) {
		const { mul } = operations(evaluator, realOf(evaluator, re));
		const size = unary(evaluator, "exp", re);
		return complexValue({
			re: mul(size, unary(evaluator, "cos", im)),
			im: mul(size, unary(evaluator, "sin", im)),
		});
	},
};

/** Builtins that only place elements, or add them up: the checker admits complex numbers to these. */
const ofPartsAlike = new Set(
	"reshape transpose expand squeeze flip roll tile rearrange repeat cumsum sum mean".split(" "),
);

/** A builtin that takes complex numbers, too. */
export function withComplex(name: string, plain: Intrinsic): Intrinsic {
	const own = ofNumbers[name];
	if (!own && !ofPartsAlike.has(name)) return plain;
	return (evaluator, environment, call, expected) => {
		const [first, ...others] = call.arguments;
		if (!first || (first.name && !own)) return plain(evaluator, environment, call, expected);
		const value = first.given ?? evaluate(evaluator, environment, first.value);
		const taken = (given: Value): EvaluatedCall => ({ ...call, arguments: [{ ...first, given }, ...others] });
		if (!isComplex(value)) return plain(evaluator, environment, taken(value), expected);
		if (!own) {
			return (
				ofBothParts(evaluator, value, (part) => plain(evaluator, environment, taken(part))) ??
				fail(environment, call.node, "complex numbers are wanted here")
			);
		}
		const whole = wholeComplex(evaluator, value);
		return whole ? own(evaluator, whole) : fail(environment, call.node, "complex numbers are wanted here");
	};
}

/** `complex(re, im)`. */
export function makeComplex(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	args: EvaluatedCall["arguments"],
): Value {
	const given = args.map((a) => a.given ?? evaluate(evaluator, environment, a.value));
	const format = formatOfAll(evaluator, ...given);
	const values = args.map((a, i) => {
		const value = given[i];
		return { name: a.name?.name, value: value && real(evaluator, value, format) };
	});
	const partAt = (name: string, at: number): TracedValue | undefined =>
		(values.find((v) => v.name === name) ?? values.filter((v) => !v.name)[at])?.value;
	const re = partAt("re", 0);
	const im = partAt("im", values.some((v) => v.name === "re") ? 0 : 1);
	if (!re || (args.length > 1 && !im)) return fail(environment, node, "real numbers are wanted here");
	const whole = wholeComplex(evaluator, im ? complexValue({ re, im }) : re);
	return whole ? complexValue(whole) : fail(environment, node, "real numbers are wanted here");
}
