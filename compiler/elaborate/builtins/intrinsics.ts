import type * as ast from "../../../grammar/ast.js";
import { holdsPlaces } from "../../../grammar/places.js";
import { reduceWord } from "../binders/binder.js";
import { axisToLane } from "../binders/indexing.js";
import { extremum } from "../binders/whole.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { floorDivide } from "../expressions/arithmetic.js";
import type { EvaluatedCall } from "../expressions/call.js";
import { withComplex } from "../expressions/complex.js";
import { type Expected, evaluate, itemsOf } from "../expressions/evaluate.js";
import { deferred } from "../models/choice.js";
import { freeze, merge } from "../models/leaf.js";
import { modeFunctions } from "../models/mode.js";
import { placesAt, valuesAt } from "../models/places.js";
import { treeFunctions } from "../models/tree-functions.js";
import { atRootFunction } from "../root.js";
import { castTo, elementwise, formatOf, joinElement, toReal, traced, unary } from "../tensors.js";
import { integer, type Lane, list, mapTensors, type TracedValue, type Value } from "../values.js";
import { argminOfFunction, isOfFunction } from "./argmin.js";
import { BuiltinCall } from "./builtin.js";
import { capture } from "./capture.js";
import { convolutionFunctions } from "./convolution.js";
import { macs } from "./cost.js";
import { dataIntrinsics } from "./data.js";
import { derivativeIntrinsics } from "./derivatives.js";
import { drawFunctions } from "./draws.js";
import { einopsFunctions } from "./einops.js";
import { fourierFunctions } from "./fourier.js";
import { lookupFunctions } from "./lookup.js";
import { loopIntrinsics } from "./loops.js";
import { shapeFunctions } from "./making.js";
import { momentFunctions } from "./moments.js";
import { movementFunctions, splitTensor, withShape } from "./movement.js";
import { sortingFunctions } from "./sorting.js";

/** How the builtins of `stdlib/core.ansatz` are computed. */
export type Intrinsic = (
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
	expected?: Expected,
) => Value;

export function intrinsic(name: string): Intrinsic {
	intrinsics ??= allIntrinsics();
	const found = intrinsics[name];
	if (!found) throw new Error(`the builtin ${name} cannot be computed`);
	return withComplex(name, found);
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

export function tensorArgument(
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
	return real ? toReal(evaluator, result) : result;
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
	"abs",
	"sign",
	"round",
	"ceil",
] as const;

function elementwiseReal(operation: string): Intrinsic {
	return (evaluator, environment, call) => {
		const args = readArguments(evaluator, environment, call);
		return unary(evaluator, operation, tensorArgument(evaluator, environment, call, args, 0, true));
	};
}

const wholeOrReal: Intrinsic = (evaluator, environment, call) => {
	const value = tensorArgument(evaluator, environment, call, readArguments(evaluator, environment, call));
	const { element } = value.value.type;
	if (element === "i32" || element === "bool") return castTo(evaluator, value, "i32");
	return unary(evaluator, "floor", value);
};

const floor: Intrinsic = (evaluator, environment, call, expected) => {
	const node = call.arguments[0]?.value;
	if (node?.kind === "Binary" && node.operator === "/" && !call.arguments[0]?.given) {
		const left = evaluate(evaluator, environment, node.left);
		const right = evaluate(evaluator, environment, node.right);
		const whole = floorDivide(evaluator, left, right);
		if (whole) return whole;
	}
	return wholeOrReal(evaluator, environment, call, expected);
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
	take: ofList((items, [count]) =>
		count?.kind === "number" ? list(items.slice(0, count.value)) : undefined,
	),
	pairs: ofList((items) => list(items.slice(1).map((b, i) => pair(items[i] as Value, b)))),
	indices: ofList((items) => list(items.map((_, i) => integer(i)))),
	zip: ofList((items, others) => {
		const lists = others.map(itemsOf);
		if (lists.some((l) => l?.length !== items.length)) return undefined;
		return list(
			items.map((item, i) => ({
				kind: "tuple",
				elements: [{ value: item }, ...lists.map((l) => ({ value: (l?.[i] ?? item) as Value }))],
			})),
		);
	}),
};

// ---------------------------------------------------------------- reductions as functions

function reduction(word: ast.BinderWord): Intrinsic {
	return (evaluator, environment, call) => {
		const args = readArguments(evaluator, environment, withoutNamed(call));
		const [first, second] = args.positional;
		if (second && (word === "max" || word === "min"))
			return pairwise(evaluator, environment, call, word, first, second);
		const value = tensorArgument(evaluator, environment, call, args);
		const options = new BuiltinCall(evaluator, environment, call, ["x"]);
		const real = word === "mean" || word === "logsumexp" ? toReal(evaluator, value) : value;
		return reduceShape(evaluator, word, real, options.axes("axis", real), options.flag("keep"));
	};
}

export function withoutNamed(call: EvaluatedCall): EvaluatedCall {
	return { ...call, arguments: call.arguments.filter((a) => !a.name) };
}

/** The axes become lanes, so that there is one definition of every reduction. */
export function reduceShape(
	evaluator: Evaluator,
	word: ast.BinderWord,
	value: TracedValue,
	given: readonly number[] | undefined,
	keep = false,
): Value {
	const shape = shapeOf(value);
	const axes = given ? [...given].sort((a, b) => a - b) : shape.map((_, i) => i);
	let laned = value;
	const lanes: Lane[] = [];
	for (const [done, at] of axes.entries()) {
		const lane = evaluator.newLane("_", shape[at] ?? 0);
		lanes.push(lane);
		laned = axisToLane(evaluator, laned, at - done, lane);
	}
	const reduced = reduceWord(evaluator, word, laned, lanes, undefined);
	if (!keep || reduced.kind !== "traced") return reduced;
	return withShape(
		evaluator,
		reduced,
		shape.map((n, i) => (axes.includes(i) ? 1 : n)),
	);
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
	const a = first && traced(evaluator, first, formatOf(second));
	const b = traced(evaluator, second, first && formatOf(first));
	if (!first || !a || !b) return fail(environment, call.node, "numbers are wanted here");
	const element = joinElement(a.value.type.element, b.value.type.element);
	return extremum(word, first, second, elementwise(evaluator, word, a, b, element));
}

/** Of a tree, each of its tensors. */
const stop: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const value = args.positional[0];
	if (!value) return fail(environment, call.node, "one value is wanted here");
	return mapTensors(value.kind === "list" ? (traced(evaluator, value) ?? value) : value, (tensor) => {
		const operand = traced(evaluator, tensor);
		return operand ? { ...operand, value: evaluator.builder.emit("stop_gradient", [operand.value]) } : tensor;
	});
};

const shape: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	return list(shapeOf(tensorArgument(evaluator, environment, call, args)).map(integer));
};

function ofTree(change: (evaluator: Evaluator, tree: Value) => Value): Intrinsic {
	return (evaluator, environment, call) => {
		const [tree] = readArguments(evaluator, environment, call).positional;
		return tree ? change(evaluator, tree) : fail(environment, call.node, "a model is wanted here");
	};
}
/** A computed number, known from here on. */
const bringBack: Intrinsic = (evaluator, environment, call) => {
	const [value] = readArguments(evaluator, environment, call).positional;
	if (!value) return fail(environment, call.node, "one value is wanted here");
	const computed = evaluator.services.computed(evaluator, value, environment.locate(call.node));
	if (computed.kind !== "tensor") return computed;
	const { data, type } = computed.data;
	const number = data[0] ?? Number.NaN;
	if (type.element === "bool") return { kind: "bool", value: number === 1 };
	return { kind: "number", value: number, integer: type.element === "i32" };
};

/** The size of what a set of places holds; undefined if the argument is none. */
function numbersAt(
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
	inBytes: boolean,
): Value | undefined {
	const node = call.arguments[0]?.value;
	if (!node || call.arguments[0]?.given || !holdsPlaces(node)) return undefined;
	const leaves = inBytes ? valuesAt(evaluator, environment, node) : placesAt(evaluator, environment, node);
	const sizes = leaves.map(({ value }) => {
		const leaf = traced(evaluator, value);
		const { element } = leaf?.value.type ?? { element: "bool" };
		const width = inBytes ? (element === "f64" ? 8 : element === "bool" ? 1 : 4) : 1;
		return leaf ? width * shapeOf(leaf).reduce((product, n) => product * n, 1) : 0;
	});
	return integer(sizes.reduce((sum, n) => sum + n, 0));
}

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

/** The places where a mask holds. It is computed now: how many there are is a size from here on. */
const nonzero: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const mask = tensorArgument(evaluator, environment, call, args);
	const computed = evaluator.services.computed(evaluator, mask, environment.locate(call.node));
	if (computed.kind !== "tensor") return fail(environment, call.node, "this mask cannot be computed here");
	const { data, type } = computed.data;
	const places = [...data.keys()].filter((i) => data[i] !== 0);
	return {
		kind: "tensor",
		data: { type: { element: "i32", shape: [places.length] }, data: Int32Array.from(places) },
		below: type.shape[0] ?? 0,
	};
};

let intrinsics: Readonly<Record<string, Intrinsic>> | undefined;

/** Made when it is first asked for: how a builtin is computed leads back to calls, and those to this table. */
const allIntrinsics = (): Readonly<Record<string, Intrinsic>> => ({
	...Object.fromEntries(realFunctions.map((name) => [name, elementwiseReal(name)])),
	floor,
	...listFunctions,
	...loopIntrinsics(listFunctions),
	...derivativeIntrinsics,
	...shapeFunctions,
	...drawFunctions,
	...sortingFunctions,
	...fourierFunctions,
	...movementFunctions,
	...momentFunctions,
	...lookupFunctions,
	...einopsFunctions,
	...convolutionFunctions,
	...modeFunctions,
	...Object.fromEntries(reductionWords.map((word) => [word, reduction(word)])),
	...dataIntrinsics,
	...treeFunctions,
	split: (evaluator, environment, call, expected) => {
		const [first] = call.arguments;
		const value = first && (first.given ?? evaluate(evaluator, environment, first.value));
		const rest = call.arguments.slice(1);
		const whole = value && first ? { ...call, arguments: [{ ...first, given: value }, ...rest] } : call;
		const rule = value?.kind === "table" || value?.kind === "tuple" ? dataIntrinsics.split : splitTensor;
		return rule
			? rule(evaluator, environment, whole, expected)
			: fail(environment, call.node, "this cannot be split");
	},
	take: (evaluator, environment, call, expected) => {
		const rule = call.arguments.length === 2 ? listFunctions.take : dataIntrinsics.take;
		return rule
			? rule(evaluator, environment, call, expected)
			: fail(environment, call.node, "there is nothing to take");
	},
	argmin: (evaluator, environment, call, expected) =>
		(isOfFunction(call) ? argminOfFunction : reduction("argmin"))(evaluator, environment, call, expected),
	with_root: atRootFunction,
	nonzero,
	stop,
	shape,
	frozen: ofTree((_, tree) => freeze(tree)),
	merge: ofTree(merge),
	mixed: deferred("mixed"),
	sampled: deferred("sampled"),
	fixed: deferred("fixed"),
	count: (evaluator, environment, call, expected) =>
		numbersAt(evaluator, environment, call, false) ??
		reduction("count")(evaluator, environment, call, expected),
	bytes: (evaluator, environment, call) =>
		numbersAt(evaluator, environment, call, true) ?? fail(environment, call.node, "places are wanted here"),
	macs: (evaluator, environment, call) => macs(evaluator, environment, call),
	capture: (evaluator, environment, call, expected) => capture(evaluator, environment, call, expected),
	static: bringBack,
});
