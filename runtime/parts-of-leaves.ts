import { indexValue } from "../compiler/elaborate/binders/indexing.js";
import type { Environment } from "../compiler/elaborate/environment.js";
import type { Evaluator } from "../compiler/elaborate/evaluator.js";
import { insert } from "../compiler/elaborate/expressions/update.js";
import type { MovedLeaf } from "../compiler/elaborate/models/optimizers.js";
import type { Place } from "../compiler/elaborate/models/places.js";
import { traced } from "../compiler/elaborate/tensors.js";
import type { TracedValue, Value } from "../compiler/elaborate/values.js";
import type * as ast from "../grammar/ast.js";
import type { StepBuilder } from "./step.js";

/** Steps by a part of a tensor, `wrt net.weight[0]`: an optimizer is given this part, and what is around it stays. */

/** A leaf of the fit, or a part of one. */
export interface Target {
	readonly path: string;
	readonly part?: PartOfLeaf;
}

interface PartOfLeaf {
	/** The path of the leaf. */
	readonly of: string;
	readonly node: ast.Index;
	readonly take: (whole: TracedValue) => TracedValue;
	readonly into: (whole: TracedValue, part: TracedValue) => TracedValue;
}

/** What a step moves, with its gradient. */
export interface Moving extends MovedLeaf {
	readonly gradient: TracedValue;
	readonly part?: {
		readonly of: string;
		readonly whole: TracedValue;
		readonly take: (whole: TracedValue) => TracedValue;
		/** The whole with another part. */
		readonly into: (part: TracedValue) => TracedValue;
	};
	/** Of the whole as the fit began with it. */
	readonly startOf?: { readonly path: string; readonly take: TakeStart };
}

type TakeStart = (evaluator: Evaluator, environment: Environment, whole: Value) => TracedValue;

export function targetOf(step: StepBuilder, { path, steps }: Place): Target {
	const last = steps.at(-1);
	if (last?.kind !== "elements") return { path };
	const { evaluator, environment } = step;
	const { node } = last;
	return {
		path,
		part: {
			of: path.slice(0, path.lastIndexOf("[")),
			node,
			take: (whole) => partOf(evaluator, environment, node, whole),
			into: (whole, part) => insert(evaluator, environment, node.items, whole, part),
		},
	};
}

function partOf(evaluator: Evaluator, environment: Environment, node: ast.Index, whole: Value): TracedValue {
	const part = traced(evaluator, indexValue(evaluator, environment, node, whole));
	if (!part) throw new Error("a part of a tensor is a tensor");
	return part;
}

export function movedOf(
	{ path, part }: Target,
	leaves: ReadonlyMap<string, TracedValue>,
	slopes: ReadonlyMap<string, TracedValue>,
): Moving {
	const of = part?.of ?? path;
	const [leaf, gradient] = [leaves.get(of), slopes.get(of)];
	if (!leaf || !gradient) throw new Error(`no leaf ${of}`);
	if (!part) return { path, leaf, gradient };
	return {
		path,
		leaf: part.take(leaf),
		gradient: part.take(gradient),
		part: { of, whole: leaf, take: part.take, into: (value) => part.into(leaf, value) },
		startOf: { path: of, take: (e, environment, whole) => partOf(e, environment, part.node, whole) },
	};
}

/** What was made of parts is put into their leaves. */
export function putBack(
	{ evaluator }: StepBuilder,
	moving: ReadonlyMap<string, Moving>,
	updated: Map<string, Value>,
): void {
	for (const [path, { part }] of moving) {
		const value = updated.get(path);
		const next = part && value && traced(evaluator, value, part.whole.value.type.element);
		if (!part || !next) continue;
		updated.delete(path);
		updated.set(part.of, part.into(next));
	}
}
