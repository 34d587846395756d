import type * as ast from "../../grammar/ast.js";
import { floorDivide } from "./arithmetic.js";
import { reduceWord } from "./binder.js";
import { callValue, type EvaluatedCall } from "./call.js";
import { dataIntrinsics } from "./data.js";
import type { Environment } from "./environment.js";
import { type Expected, evaluate, itemsOf, shapeAt } from "./evaluate.js";
import { type Evaluator, fail, shapeOf } from "./evaluator.js";
import { axisToLane } from "./indexing.js";
import { castTo, elementwise, joinElement, spread, traced, unary } from "./tensors.js";
import { integer, type Lane, list, type TracedValue, type Value } from "./values.js";

/** How the builtins of `stdlib/core.ansatz` are computed. */
export type Intrinsic = (
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
	expected?: Expected,
) => Value;

export function intrinsic(name: string): Intrinsic {
	const found = intrinsics[name];
	if (!found) throw new Error(`the builtin ${name} cannot be computed`);
	return found;
}

export function hasIntrinsic(name: string): boolean {
	return Object.hasOwn(intrinsics, name);
}

export interface Arguments {
	readonly positional: readonly Value[];
	readonly named: ReadonlyMap<string, Value>;
}

export function readArguments(
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
	from = 0,
): Arguments {
	const positional: Value[] = [];
	const named = new Map<string, Value>();
	for (const argument of call.arguments.slice(from)) {
		const value = argument.given ?? evaluate(evaluator, environment, argument.value);
		if (argument.name) named.set(argument.name.name, value);
		else positional.push(value);
	}
	return { positional, named };
}

function tensorArgument(
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
	args: Arguments,
	at = 0,
	real = false,
): TracedValue {
	const value = args.positional[at];
	const result = value && traced(evaluator, value, real ? evaluator.realElement : undefined);
	if (!result) return fail(environment, call.node, "a tensor is wanted here");
	return real ? castTo(evaluator, result, evaluator.realElement) : result;
}

// ---------------------------------------------------------------- elementwise

/** Builtins that are one operation of the IR, on reals. */
const realFunctions = [
	"exp",
	"log",
	"log1p",
	"expm1",
	"sqrt",
	"sin",
	"cos",
	"tanh",
	"sigmoid",
	"erf",
] as const;

function elementwiseReal(operation: string): Intrinsic {
	return (evaluator, environment, call) => {
		const args = readArguments(evaluator, environment, call);
		return unary(evaluator, operation, tensorArgument(evaluator, environment, call, args, 0, true));
	};
}

/** Builtins that keep the element: `abs`, `sign`, rounding. */
function elementwiseAny(operation: string): Intrinsic {
	return (evaluator, environment, call) => {
		const args = readArguments(evaluator, environment, call);
		const value = tensorArgument(evaluator, environment, call, args);
		if (value.value.type.element === "i32" && operation !== "abs" && operation !== "sign") return value;
		return unary(
			evaluator,
			operation,
			value.value.type.element === "bool" ? castTo(evaluator, value, "i32") : value,
		);
	};
}

const floor: Intrinsic = (evaluator, environment, call, expected) => {
	const node = call.arguments[0]?.value;
	if (node?.kind === "Binary" && node.operator === "/" && !call.arguments[0]?.given) {
		const left = evaluate(evaluator, environment, node.left);
		const right = evaluate(evaluator, environment, node.right);
		const whole = floorDivide(evaluator, left, right);
		if (whole) return whole;
	}
	return elementwiseAny("floor")(evaluator, environment, call, expected);
};

// ---------------------------------------------------------------- static lists

type ListFunction = (items: readonly Value[], rest: readonly Value[]) => Value | undefined;

function ofList(compute: ListFunction): Intrinsic {
	return (evaluator, environment, call) => {
		const args = readArguments(evaluator, environment, call);
		const items = args.positional[0] && itemsOf(args.positional[0]);
		const result = items && compute(items, args.positional.slice(1));
		return result ?? fail(environment, call.node, "a static list is wanted here");
	};
}

function pair(a: Value, b: Value): Value {
	return { kind: "tuple", elements: [{ value: a }, { value: b }] };
}

const listFunctions: Record<string, Intrinsic> = {
	len: ofList((items) => integer(items.length)),
	first: ofList((items) => items[0]),
	last: ofList((items) => items.at(-1)),
	init: ofList((items) => list(items.slice(0, -1))),
	drop: ofList((items, [count]) => (count?.kind === "number" ? list(items.slice(count.value)) : undefined)),
	pairs: ofList((items) => list(items.slice(1).map((b, i) => pair(items[i] as Value, b)))),
	indices: ofList((items) => list(items.map((_, i) => integer(i)))),
	zip: ofList((items, others) => {
		const lists = others.map(itemsOf);
		return list(
			items.map((item, i) => ({
				kind: "tuple",
				elements: [{ value: item }, ...lists.map((l) => ({ value: (l?.[i] ?? item) as Value }))],
			})),
		);
	}),
};

const fold: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const [source, start, step] = args.positional;
	const items = source && itemsOf(source);
	if (!items || !start || !step)
		return fail(environment, call.node, "a fold takes a static list, a start and a function");
	return items.reduce<Value>(
		(state, item, i) =>
			evaluator.at(`[${i}]`, () =>
				callValue(evaluator, environment, call.node, step, { positional: [state, item], named: new Map() }),
			),
		start,
	);
};

// ---------------------------------------------------------------- tensors made from a shape

/** The shape argument, and where the other arguments begin. */
function shapeArgument(
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
	expected: Expected | undefined,
): { shape: readonly number[]; from: number } {
	const first = call.arguments[0];
	const isShapeCall =
		first?.value.kind === "Call" && first.value.callee.kind === "Name" && first.value.callee.name === "shape";
	if (first && !first.name && first.value.kind === "List")
		return { shape: shapeAt(evaluator, environment, first.value.elements), from: 1 };
	if (first && !first.name && isShapeCall) {
		const value = evaluate(evaluator, environment, first.value);
		const items = itemsOf(value) ?? [];
		return { shape: items.map((v) => (v.kind === "number" ? v.value : 0)), from: 1 };
	}
	if (expected) return { shape: expected.shape, from: 0 };
	return fail(environment, call.node, "the shape is not known here");
}

function constantFill(value: number): Intrinsic {
	return (evaluator, environment, call, expected) => {
		const { shape } = shapeArgument(evaluator, environment, call, expected);
		const element = evaluator.elementOf(expected?.element ?? "real");
		return { kind: "traced", value: evaluator.builder.fill(value, { element, shape }), lanes: [] };
	};
}

function option(
	evaluator: Evaluator,
	args: Arguments,
	at: number,
	name: string,
	otherwise: number,
): TracedValue {
	const given = args.named.get(name) ?? args.positional[at];
	const value = traced(
		evaluator,
		given ?? { kind: "number", value: otherwise, integer: false },
		evaluator.realElement,
	);
	return castTo(
		evaluator,
		value ?? { kind: "traced", value: evaluator.builder.scalar(otherwise, evaluator.realElement), lanes: [] },
		evaluator.realElement,
	);
}

/** Numbers in [0, 1): fresh for each lane, and for each turn of the loop around. */
function draw(evaluator: Evaluator, name: string, shape: readonly number[]): TracedValue {
	const lanes = evaluator.drawLanes();
	const { turn } = evaluator.draws;
	const value = evaluator.builder.emit("random_uniform", turn ? [turn] : [], {
		key: evaluator.drawKey(name),
		shape: [...lanes.map((l) => l.size), ...shape],
		element: evaluator.realElement,
	});
	return { kind: "traced", value, lanes };
}

const uniform: Intrinsic = (evaluator, environment, call, expected) => {
	const { shape, from } = shapeArgument(evaluator, environment, call, expected);
	const args = readArguments(evaluator, environment, call, from);
	const low = option(evaluator, args, 0, "low", 0);
	const high = option(evaluator, args, 1, "high", 1);
	const { realElement: element } = evaluator;
	const width = elementwise(evaluator, "sub", high, low, element);
	return elementwise(
		evaluator,
		"add",
		low,
		elementwise(evaluator, "mul", width, draw(evaluator, "uniform", shape), element),
		element,
	);
};

/** Box and Muller, 1958. */
const normal: Intrinsic = (evaluator, environment, call, expected) => {
	const { shape, from } = shapeArgument(evaluator, environment, call, expected);
	const args = readArguments(evaluator, environment, call, from);
	const { builder, realElement: element } = evaluator;
	const number = (n: number): TracedValue => ({
		kind: "traced",
		value: builder.scalar(n, element),
		lanes: [],
	});
	const radius = elementwise(evaluator, "sub", number(1), draw(evaluator, "normal radius", shape), element);
	const angle = elementwise(
		evaluator,
		"mul",
		number(2 * Math.PI),
		draw(evaluator, "normal angle", shape),
		element,
	);
	const length = unary(
		evaluator,
		"sqrt",
		elementwise(evaluator, "mul", number(-2), unary(evaluator, "log", radius), element),
	);
	const standard = elementwise(evaluator, "mul", length, unary(evaluator, "cos", angle), element);
	const scaled = elementwise(evaluator, "mul", standard, option(evaluator, args, 1, "scale", 1), element);
	return elementwise(evaluator, "add", scaled, option(evaluator, args, 0, "mean", 0), element);
};

function identityMatrix(evaluator: Evaluator, n: number, m: number): TracedValue {
	const { builder } = evaluator;
	const index = (axis: number) => builder.emit("iota", [], { shape: [n, m], axis, element: "i32" });
	return {
		kind: "traced",
		value: builder.cast(builder.emit("eq", [index(0), index(1)]), evaluator.realElement),
		lanes: [],
	};
}

const shapeFunctions: Record<string, Intrinsic> = {
	zeros: constantFill(0),
	ones: constantFill(1),
	full: (evaluator, environment, call, expected) => {
		const { shape, from } = shapeArgument(evaluator, environment, call, expected);
		const value = option(evaluator, readArguments(evaluator, environment, call, from), 0, "value", 0);
		return spread(evaluator, value, value.lanes, shape);
	},
	uniform,
	normal,
	eye: (evaluator, environment, call) => {
		const [n] = readArguments(evaluator, environment, call).positional;
		return n?.kind === "number"
			? identityMatrix(evaluator, n.value, n.value)
			: fail(environment, call.node, "a size is wanted here");
	},
	identity: (evaluator, environment, call, expected) => {
		const [n, m] = expected?.shape ?? [];
		return n !== undefined && m !== undefined
			? identityMatrix(evaluator, n, m)
			: fail(environment, call.node, "the shape is not known here");
	},
	reshape: (evaluator, environment, call) => {
		const value = tensorArgument(
			evaluator,
			environment,
			{ ...call, arguments: call.arguments.slice(0, 1) },
			readArguments(evaluator, environment, { ...call, arguments: call.arguments.slice(0, 1) }),
		);
		const node = call.arguments[1]?.value;
		if (node?.kind !== "List") return fail(environment, call.node, "reshape takes a shape");
		return reshaped(evaluator, environment, value, node);
	},
};

function reshaped(
	evaluator: Evaluator,
	environment: Environment,
	value: TracedValue,
	node: ast.List,
): TracedValue {
	const size = shapeOf(value).reduce((p, n) => p * n, 1);
	const isOpen = (e: ast.Expression): boolean => e.kind === "Name" && e.name === "_";
	const dims = node.elements.map((e) => (isOpen(e) ? -1 : (shapeAt(evaluator, environment, [e])[0] ?? 1)));
	const known = dims.filter((d) => d >= 0).reduce((p, n) => p * n, 1);
	const shape = dims.map((d) => (d < 0 ? size / known : d));
	const lanes = value.lanes.map((l) => l.size);
	return { ...value, value: evaluator.builder.reshape(value.value, [...lanes, ...shape]) };
}

// ---------------------------------------------------------------- reductions as functions

function reduction(word: ast.BinderWord): Intrinsic {
	return (evaluator, environment, call) => {
		const args = readArguments(evaluator, environment, call);
		const [first, second] = args.positional;
		if (second && (word === "max" || word === "min"))
			return pairwise(evaluator, environment, call, word, first, second);
		const value = tensorArgument(evaluator, environment, call, args);
		const axis = args.named.get("axis");
		const real =
			word === "mean" || word === "logsumexp" ? castTo(evaluator, value, evaluator.realElement) : value;
		return reduceShape(evaluator, word, real, axis?.kind === "number" ? axis.value : undefined);
	};
}

/** The axes become lanes, so that there is one definition of every reduction. */
function reduceShape(
	evaluator: Evaluator,
	word: ast.BinderWord,
	value: TracedValue,
	axis: number | undefined,
): Value {
	const shape = shapeOf(value);
	const axes = axis === undefined ? shape.map((_, i) => i) : [axis];
	let laned = value;
	const lanes: Lane[] = [];
	for (const [done, at] of axes.entries()) {
		const lane = evaluator.newLane("_", shape[at] ?? 0);
		lanes.push(lane);
		laned = axisToLane(evaluator, laned, at - done, lane);
	}
	return reduceWord(evaluator, word, laned, lanes, undefined);
}

function pairwise(
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
	word: string,
	first: Value | undefined,
	second: Value,
): Value {
	if (first?.kind === "number" && second.kind === "number") {
		const value = word === "max" ? Math.max(first.value, second.value) : Math.min(first.value, second.value);
		return { kind: "number", value, integer: first.integer && second.integer };
	}
	const other = (v: Value | undefined): "f32" | "f64" | undefined =>
		v?.kind === "traced" && v.value.type.element === evaluator.realElement
			? evaluator.realElement
			: undefined;
	const a = first && traced(evaluator, first, other(second));
	const b = traced(evaluator, second, other(first));
	if (!a || !b) return fail(environment, call.node, "numbers are wanted here");
	return elementwise(
		evaluator,
		word,
		a,
		b,
		joinElement(evaluator, a.value.type.element, b.value.type.element),
	);
}

const stop: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const value = args.positional[0];
	const operand = value && traced(evaluator, value);
	return operand
		? { ...operand, value: evaluator.builder.emit("stop_gradient", [operand.value]) }
		: (value ?? fail(environment, call.node, "one value is wanted here"));
};

const shape: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	return list(shapeOf(tensorArgument(evaluator, environment, call, args)).map(integer));
};

const reductionWords: readonly ast.BinderWord[] = [
	"sum",
	"prod",
	"mean",
	"max",
	"min",
	"logsumexp",
	"argmax",
	"argmin",
	"all",
	"any",
	"count",
];

const intrinsics: Readonly<Record<string, Intrinsic>> = {
	...Object.fromEntries(realFunctions.map((name) => [name, elementwiseReal(name)])),
	...Object.fromEntries(["abs", "sign", "round", "ceil"].map((name) => [name, elementwiseAny(name)])),
	floor,
	...listFunctions,
	fold,
	...shapeFunctions,
	...Object.fromEntries(reductionWords.map((word) => [word, reduction(word)])),
	...dataIntrinsics,
	stop,
	shape,
};
