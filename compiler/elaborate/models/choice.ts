import type * as ast from "../../../grammar/ast.js";
import { slice } from "../binders/indexing.js";
import { type Intrinsic, intrinsic, readArguments } from "../builtins/intrinsics.js";
import type { Environment } from "../environment.js";
import { type CallValues, type Evaluator, fail, shapeOf } from "../evaluator.js";
import { binary } from "../expressions/arithmetic.js";
import { callValue, type EvaluatedCall } from "../expressions/call.js";
import { evaluate } from "../expressions/evaluate.js";
import { select, traced, unary } from "../tensors.js";
import {
	type DeferredValue,
	integer,
	type ListValue,
	real,
	type TracedValue,
	type TupleValue,
	type Value,
} from "../values.js";
import { leafValue } from "./leaf.js";

/** `choice [a, b, c]`: the record of a number for each branch, and the branches. */
export function evaluateChoice(evaluator: Evaluator, environment: Environment, node: ast.Choice): TupleValue {
	const branches = evaluate(evaluator, environment, node.branches);
	if (branches.kind !== "list") return fail(environment, node, "a choice is between the entries of a list");
	const logits = evaluator.builder.zeros({ element: evaluator.realElement, shape: [branches.items.length] });
	return {
		kind: "tuple",
		choice: true,
		elements: [
			{ name: "logits", value: { kind: "traced", value: logits, lanes: [] } },
			{ name: "branches", value: branches },
		],
	};
}

interface Parts {
	readonly logits: TracedValue;
	readonly branches: ListValue;
}

function partsOf(evaluator: Evaluator, choice: Value): Parts | undefined {
	if (choice.kind !== "tuple") return undefined;
	const [first, second] = choice.elements.map((e) => e.value);
	const logits = first && traced(evaluator, leafValue(evaluator, first));
	return logits && second?.kind === "list" ? { logits, branches: second } : undefined;
}

/** `.probs` and `.pick`. */
export function choiceMember(evaluator: Evaluator, choice: TupleValue, name: string): Value | undefined {
	const parts = choice.choice ? partsOf(evaluator, choice) : undefined;
	if (!parts) return undefined;
	if (name === "probs") return softmax(evaluator, parts.logits);
	if (name !== "pick") return undefined;
	return {
		kind: "native",
		call: ([index]) =>
			(index?.kind === "number" ? parts.branches.items[index.value] : undefined) ?? { kind: "unit" },
	};
}

const noNode: ast.Expression = { kind: "Missing", span: { start: 0, end: 0 } };

/** A builtin of values that are at hand. */
function builtin(evaluator: Evaluator, name: string, given: Value, environment?: Environment): TracedValue {
	const call: EvaluatedCall = { node: noNode, arguments: [{ value: noNode, given }] };
	const value = intrinsic(name)(evaluator, environment as Environment, call);
	const result = traced(evaluator, value);
	if (!result) throw new Error(`${name} gives a tensor`);
	return result;
}

function softmax(evaluator: Evaluator, logits: TracedValue): TracedValue {
	return builtin(evaluator, "softmax", logits);
}

function arithmetic(evaluator: Evaluator, operator: ast.BinaryOperator, a: Value, b: Value): TracedValue {
	const value = binary(evaluator, operator, a, b);
	const result = value && traced(evaluator, value);
	if (!result) throw new Error(`${operator} of numbers`);
	return result;
}

/** A function of a choice stands for its expression: it sees the choice as it is where it is called. */
export function deferred(how: DeferredValue["how"]): Intrinsic {
	return (_evaluator, environment, call) => ({ kind: "deferred", how, call, environment });
}

export function callDeferred(evaluator: Evaluator, fn: DeferredValue, args: CallValues): Value {
	const { environment, call, how } = fn;
	const { positional, named } = readArguments(evaluator, environment, call);
	const parts = positional[0] && partsOf(evaluator, positional[0]);
	if (!parts) return fail(environment, call.node, "a choice is wanted here");
	const temperature = named.get("temperature") ?? positional[1] ?? real(1);
	const outputs = parts.branches.items.map((branch, i) =>
		evaluator.at(`[${i}]`, () => {
			const value = callValue(evaluator, environment, call.node, branch, args);
			return traced(evaluator, value) ?? fail(environment, call.node, "a branch gives a tensor");
		}),
	);
	const [first, ...others] = outputs;
	if (!first) return fail(environment, call.node, "a choice has a branch");
	if (how === "fixed") {
		const best = builtin(evaluator, "argmax", parts.logits);
		return others.reduce((chosen, output, i) => {
			const isIt = arithmetic(evaluator, "==", best, integer(i + 1));
			return select(evaluator, isIt, output, chosen);
		}, first);
	}
	const weights =
		how === "mixed"
			? softmax(evaluator, arithmetic(evaluator, "/", parts.logits, temperature))
			: drawn(evaluator, environment, parts.logits, temperature);
	return outputs
		.map((output, i) => arithmetic(evaluator, "*", entry(evaluator, weights, i), output))
		.reduce((sum, part) => arithmetic(evaluator, "+", sum, part));
}

function entry(evaluator: Evaluator, weights: TracedValue, i: number): TracedValue {
	const one = slice(evaluator, weights, 0, i, i + 1);
	return {
		...one,
		value: evaluator.builder.reshape(
			one.value,
			one.lanes.map((l) => l.size),
		),
	};
}

/** One branch by its probability, with the derivative of the relaxed sample (Jang, Gu and Poole, 2017). */
function drawn(
	evaluator: Evaluator,
	environment: Environment,
	logits: TracedValue,
	temperature: Value,
): TracedValue {
	const { builder } = evaluator;
	const count = shapeOf(logits)[0] ?? 0;
	const uniform = intrinsic("uniform")(
		evaluator,
		environment,
		{ node: noNode, arguments: [] },
		{ shape: [count], element: "real" },
	);
	const number = traced(evaluator, uniform);
	if (!number) throw new Error("uniform gives a tensor");
	const negated = (x: TracedValue): TracedValue => unary(evaluator, "neg", x);
	const noise = negated(unary(evaluator, "log", negated(unary(evaluator, "log", number))));
	const relaxed = softmax(
		evaluator,
		arithmetic(evaluator, "/", arithmetic(evaluator, "+", logits, noise), temperature),
	);
	const best = builtin(evaluator, "argmax", relaxed);
	const positions = builder.emit("iota", [], { shape: [count], axis: 0, element: "i32" });
	const chosen = arithmetic(evaluator, "==", { kind: "traced", value: positions, lanes: [] }, best);
	const hard: TracedValue = { ...chosen, value: builder.cast(chosen.value, evaluator.realElement) };
	const stopped: TracedValue = { ...relaxed, value: builder.emit("stop_gradient", [relaxed.value]) };
	return arithmetic(evaluator, "+", hard, arithmetic(evaluator, "-", relaxed, stopped));
}
