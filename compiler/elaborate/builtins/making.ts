import type * as ast from "../../../grammar/ast.js";
import type { ElementType } from "../../ir/ir.js";
import { type Element, formatNamed, isRealElement } from "../elements.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import type { EvaluatedCall } from "../expressions/call.js";
import { type Expected, evaluate, itemsOf, shapeAt } from "../expressions/evaluate.js";
import { elementwise, formatOf, spread, toReal, traced, unary } from "../tensors.js";
import type { TracedValue } from "../values.js";
import { type Arguments, type Intrinsic, readArguments } from "./intrinsics.js";
import { forTrees } from "./made-trees.js";

/** Builtins that make tensors from a shape: constants, draws. */

/** `[n, m]` or `shape(x)`. */
export function isShape(node: ast.Expression): boolean {
	return (
		node.kind === "List" ||
		(node.kind === "Call" && node.callee.kind === "Name" && node.callee.name === "shape")
	);
}

/** The shape argument, and where the other arguments begin. */
export function shapeArgument(
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
	expected: Expected | undefined,
): { shape: readonly number[]; from: number } {
	const first = call.arguments[0];
	if (first && !first.name && first.value.kind === "List")
		return { shape: shapeAt(evaluator, environment, first.value.elements), from: 1 };
	if (first && !first.name && isShape(first.value)) {
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
	element: ElementType = evaluator.realElement,
): TracedValue {
	const given = args.named.get(name) ?? args.positional[at];
	const value = traced(evaluator, given ?? { kind: "number", value: otherwise, integer: false }, element);
	return toReal(
		evaluator,
		value ?? { kind: "traced", value: evaluator.builder.scalar(otherwise, element), lanes: [] },
	);
}

/** Numbers in [0, 1): fresh for each lane, and for each turn of the loop around. */
export function draw(
	evaluator: Evaluator,
	name: string,
	shape: readonly number[],
	element: "f32" | "f64",
): TracedValue {
	const lanes = evaluator.drawLanes();
	const { turn } = evaluator.draws;
	const value = evaluator.builder.emit("random_uniform", turn ? [turn] : [], {
		key: evaluator.drawKey(name),
		shape: [...lanes.map((l) => l.size), ...shape],
		element,
	});
	return { kind: "traced", value, lanes };
}

/** Draws have the format that is declared for them, else that of their numbers, else that of `real`. */
export function inFormat(draws: Intrinsic): Intrinsic {
	return (evaluator, environment, call, expected) => {
		const declared = expected && formatNamed(expected.element);
		if (declared) return evaluator.inPrecision(declared, () => draws(evaluator, environment, call, expected));
		const { from } = shapeArgument(evaluator, environment, call, expected);
		const options = call.arguments
			.slice(from)
			.map((a) => ({ ...a, given: a.given ?? evaluate(evaluator, environment, a.value) }));
		const [format] = options.flatMap(({ given }) => formatOf(given) ?? []);
		const known = { ...call, arguments: [...call.arguments.slice(0, from), ...options] };
		return evaluator.inPrecision(format, () => draws(evaluator, environment, known, expected));
	};
}

const uniform: Intrinsic = inFormat((evaluator, environment, call, expected) => {
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
		elementwise(evaluator, "mul", width, draw(evaluator, "uniform", shape, element), element),
		element,
	);
});

/** Box and Muller, 1958. */
const normal: Intrinsic = inFormat((evaluator, environment, call, expected) => {
	const { shape, from } = shapeArgument(evaluator, environment, call, expected);
	const args = readArguments(evaluator, environment, call, from);
	const { builder, realElement: element } = evaluator;
	const number = (n: number): TracedValue => ({
		kind: "traced",
		value: builder.scalar(n, element),
		lanes: [],
	});
	const radius = elementwise(
		evaluator,
		"sub",
		number(1),
		draw(evaluator, "normal radius", shape, element),
		element,
	);
	const angle = elementwise(
		evaluator,
		"mul",
		number(2 * Math.PI),
		draw(evaluator, "normal angle", shape, element),
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
});

function identityMatrix(evaluator: Evaluator, n: number, m: number, element: Element = "real"): TracedValue {
	const { builder } = evaluator;
	const index = (axis: number) => builder.emit("iota", [], { shape: [n, m], axis, element: "i32" });
	return {
		kind: "traced",
		value: builder.cast(builder.emit("eq", [index(0), index(1)]), evaluator.elementOf(element)),
		lanes: [],
	};
}

const full: Intrinsic = (evaluator, environment, call, expected) => {
	const { shape, from } = shapeArgument(evaluator, environment, call, expected);
	const args = readArguments(evaluator, environment, call, from);
	const given = args.named.get("value") ?? args.positional[0];
	const truth = given && traced(evaluator, given, "bool");
	// Truth values stay what they are.
	const value =
		truth?.value.type.element === "bool"
			? truth
			: option(
					evaluator,
					args,
					0,
					"value",
					0,
					expected && isRealElement(expected.element) ? evaluator.elementOf(expected.element) : undefined,
				);
	return spread(evaluator, value, value.lanes, shape);
};

export const shapeFunctions: Record<string, Intrinsic> = {
	zeros: forTrees(constantFill(0)),
	ones: forTrees(constantFill(1)),
	full: forTrees(full),
	uniform: forTrees(uniform),
	normal: forTrees(normal),
	eye: (evaluator, environment, call) => {
		const [n] = readArguments(evaluator, environment, call).positional;
		return n?.kind === "number"
			? identityMatrix(evaluator, n.value, n.value)
			: fail(environment, call.node, "a size is wanted here");
	},
	identity: (evaluator, environment, call, expected) => {
		const [value] = readArguments(evaluator, environment, call).positional;
		if (value) return value;
		const [n, m] = expected?.shape ?? [];
		return n !== undefined && m !== undefined
			? identityMatrix(evaluator, n, m, expected?.element)
			: fail(environment, call.node, "the shape is not known here");
	},
};
