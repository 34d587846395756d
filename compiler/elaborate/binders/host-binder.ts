import type * as ast from "../../../grammar/ast.js";
import { sizeOf } from "../../ir/ir.js";
import { affordable, turnsIn } from "../budget.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import { isComplex, ofBothParts } from "../expressions/complex.js";
import { bindPattern, evaluate, itemsOf } from "../expressions/evaluate.js";
import { toReal } from "../tensors.js";
import { integer, type TracedValue, type Value } from "../values.js";
import { ofNothing, reduceWord, shifted, stackTrees } from "./binder.js";
import { reachesHost } from "./host-only.js";

/** `for s in 0..3: train(seed = s)`: each turn runs by itself, in order; the results are put side by side. */
export function evaluateHostBinder(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
): Value | undefined {
	if (evaluator.isKernel || !reachesHost(environment, node.body)) return undefined;
	const sources = node.bindings.map((b) => turnsOf(evaluator, environment, node, b));
	if (node.word === "for") return nested(evaluator, environment, node, sources);
	const parts: Value[] = [];
	everyTurn(evaluator, environment, node, sources, (value) => parts.push(value));
	if (parts.length === 0) return ofNothing(node.word);
	const [only, ...others] = sources;
	const from = others.length === 0 ? (only?.from ?? 0) : 0;
	return shifted(evaluator, node, reduceTurns(evaluator, environment, node, parts), from);
}

interface Turns {
	readonly items: readonly Value[];
	/** Of a range: the position of an extremum is the name's value there. */
	readonly from?: number;
}

/** The values of turns that were evaluated one by one. */
function reduceTurns(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	parts: readonly Value[],
): Value {
	const whole = stackTrees(evaluator, parts);
	const lane = evaluator.newLane("_", parts.length);
	if (whole && isComplex(whole)) {
		const sum = (part: TracedValue): Value =>
			reduceWord(evaluator, node.word, { ...part, lanes: [...part.lanes, lane] }, [lane], undefined);
		return ofBothParts(evaluator, whole, sum) ?? fail(environment, node.body, "this cannot be reduced");
	}
	if (whole?.kind !== "traced") return fail(environment, node.body, "this cannot be reduced");
	const laned: TracedValue = { ...whole, lanes: [...whole.lanes, lane] };
	const isReal = node.word === "mean" || node.word === "logsumexp";
	const value = isReal ? toReal(evaluator, laned) : laned;
	return reduceWord(evaluator, node.word, value, [lane], undefined);
}

function turnsOf(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	{ source }: ast.Binding,
): Turns {
	if (!source) return fail(environment, node, "each turn runs a fit, so it is said over what");
	const value = evaluate(evaluator, environment, source);
	affordable(environment, source, turnsIn(value));
	if (value.kind === "number") return { items: Array.from({ length: value.value }, (_, i) => integer(i)) };
	const items = itemsOf(value);
	if (items) return { items, ...(value.kind === "range" && { from: value.from }) };
	const computed = evaluator.services.computed(evaluator, value, environment.locate(source));
	if (computed.kind !== "tensor") return fail(environment, source, "this has no turns");
	return { items: rowsOf(computed) };
}

function rowsOf(tensor: Value & { kind: "tensor" }): Value[] {
	const { type, data } = tensor.data;
	const [rows = 0, ...shape] = type.shape;
	const size = sizeOf(shape);
	return Array.from({ length: rows }, (_, row) => ({
		...tensor,
		data: {
			type: { element: type.element, shape },
			data: data.slice(row * size, (row + 1) * size),
		},
	}));
}

/** One new axis for each name. */
function nested(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	sources: readonly Turns[],
	at = 0,
): Value {
	const items = sources[at]?.items;
	if (!items) return evaluate(evaluator, environment, node.body);
	if (items.length === 0) return fail(environment, node, "there is nothing to run over");
	const parts = items.map((item, i) =>
		evaluator.at(`[${i}]`, () => nested(evaluator, turn(environment, node, at, item), node, sources, at + 1)),
	);
	const whole = stackTrees(evaluator, parts, (why) => fail(environment, node.body, why));
	return whole ?? fail(environment, node.body, "this cannot be put together");
}

function everyTurn(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	sources: readonly Turns[],
	take: (value: Value) => void,
	at = 0,
): void {
	const items = sources[at]?.items;
	if (!items) {
		take(evaluate(evaluator, environment, node.body));
		return;
	}
	for (const [i, item] of items.entries()) {
		evaluator.at(`[${i}]`, () =>
			everyTurn(evaluator, turn(environment, node, at, item), node, sources, take, at + 1),
		);
	}
}

function turn(environment: Environment, node: ast.Binder, at: number, item: Value): Environment {
	const inner = environment.inner();
	const pattern = node.bindings[at]?.pattern;
	if (pattern && pattern.kind !== "Rest") bindPattern(inner, pattern, item);
	return inner;
}
