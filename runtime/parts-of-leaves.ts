import { indexValue } from "../compiler/elaborate/binders/indexing.js";
import type { Environment } from "../compiler/elaborate/environment.js";
import { ElaborationError, type Evaluator, shapeOf } from "../compiler/elaborate/evaluator.js";
import { insert } from "../compiler/elaborate/expressions/update.js";
import type { MovedLeaf } from "../compiler/elaborate/models/optimizers.js";
import type { Place } from "../compiler/elaborate/models/places.js";
import { laneless, traced } from "../compiler/elaborate/tensors.js";
import type { TracedValue, Value } from "../compiler/elaborate/values.js";
import { sizeOf } from "../compiler/ir/ir.js";
import type { Location } from "../compiler/source/diagnostic.js";
import type * as ast from "../grammar/ast.js";
import type { FitRun } from "./fit.js";
import type { StepBuilder } from "./step.js";

/**
 * Steps by parts of tensors: `wrt net.weight[0]`, `wrt members[0].layers[1].bias` of models side by side. An optimizer is
 * given these parts, and what is around them stays.
 */

/** A leaf of the fit, or a part of one. */
export interface Target {
	readonly path: string;
	readonly part?: PartOfLeaf;
}

interface PartOfLeaf {
	/** The path of the leaf. */
	readonly of: string;
	readonly take: (evaluator: Evaluator, environment: Environment, whole: Value) => TracedValue;
	readonly into: (
		evaluator: Evaluator,
		environment: Environment,
		whole: TracedValue,
		part: TracedValue,
	) => TracedValue;
}

/** What a step moves, with its gradient. */
export interface Moving extends MovedLeaf {
	readonly gradient: TracedValue;
	readonly part?: PartOfLeaf & { readonly whole: TracedValue };
}

export function targetOf({ path, steps }: Place): Target {
	const indices = steps.flatMap((step) => (step.kind === "elements" ? [step.node] : []));
	if (indices.length === 0) return { path };
	const names = steps.flatMap((step) => {
		if (step.kind === "elements") return [];
		return [step.kind === "field" ? `.${step.name}` : `[${step.index}]`];
	});
	const into = (
		evaluator: Evaluator,
		environment: Environment,
		whole: TracedValue,
		part: TracedValue,
		[index, ...inner]: readonly ast.Index[],
	): TracedValue => {
		if (!index) return part;
		const outer = partOf(evaluator, environment, index, whole);
		const own = into(evaluator, environment, outer, part, inner);
		return insert(evaluator, environment, ofAllAxes(index, whole).items, whole, own);
	};
	return {
		path,
		part: {
			of: names.join("").slice(1),
			take: (evaluator, environment, whole) => {
				const all = traced(evaluator, whole);
				if (!all) throw new Error("a part of a tensor is a tensor");
				return indices.reduce((value, index) => partOf(evaluator, environment, index, value), all);
			},
			into: (evaluator, environment, whole, part) => into(evaluator, environment, whole, part, indices),
		},
	};
}

function partOf(
	evaluator: Evaluator,
	environment: Environment,
	index: ast.Index,
	whole: TracedValue,
): TracedValue {
	const part = traced(evaluator, indexValue(evaluator, environment, ofAllAxes(index, whole), whole));
	if (!part) throw new Error("a part of a tensor is a tensor");
	return part;
}

/** Of what is stacked, the index says where in the stack: all of the axes behind it. */
function ofAllAxes(index: ast.Index, whole: TracedValue): ast.Index {
	const { span } = index;
	const missing = Math.max(0, shapeOf(whole).length - index.items.length);
	const rest = Array.from({ length: missing }, (): ast.FullSlice => ({ kind: "FullSlice", span }));
	return { ...index, items: [...index.items, ...rest] };
}

/** An element that two parts have would be moved twice, from the same value: one of the moves would be lost. */
export function refuseOverlaps(step: StepBuilder, targets: readonly Target[], at: Location): void {
	const moved = new Map<string, Map<number, Target>>();
	for (const of of new Set(targets.map((target) => wholeOf(target)))) {
		const own = targets.filter((target) => wholeOf(target) === of);
		if (own.length < 2) continue;
		for (const target of own) {
			for (const element of elementsOf(step.fit, step.environment, shapeAtStart(step, of), target)) {
				const taken = moved.get(of) ?? new Map<number, Target>();
				const other = taken.get(element);
				moved.set(of, taken.set(element, target));
				if (!other) continue;
				throw new ElaborationError(
					"E0466",
					`\`${other.path}\` and \`${target.path}\` have an element in common: a step moves each once`,
					at,
					"name each element once after `wrt`, or make one step for each part",
				);
			}
		}
	}
}

/** The path of the leaf. */
export function wholeOf({ path, part }: Target): string {
	return part?.of ?? path;
}

function shapeAtStart({ carried }: StepBuilder, path: string): readonly number[] {
	return carried.find((c) => c.path === path)?.start.type.shape ?? [];
}

/** Whether they have an element in common; `shape` is that of the leaf. */
export function meet(
	fit: FitRun,
	environment: Environment,
	shapeOf: (path: string) => readonly number[],
	a: Target,
	b: Target,
): boolean {
	if (wholeOf(a) !== wholeOf(b)) return false;
	if (a.path === b.path || !a.part || !b.part) return true;
	const shape = shapeOf(wholeOf(a));
	const others = new Set(elementsOf(fit, environment, shape, b));
	return elementsOf(fit, environment, shape, a).some((element) => others.has(element));
}

/** The positions of its elements in the leaf. */
function elementsOf(
	fit: FitRun,
	environment: Environment,
	shape: readonly number[],
	{ part }: Target,
): readonly number[] {
	const positions = fit.peek((evaluator) => {
		const { builder } = evaluator;
		const along = builder.emit("iota", [], { shape: [sizeOf(shape)], axis: 0, element: "i32" });
		const all = laneless(builder.reshape(along, [...shape]));
		return part ? part.take(evaluator, environment, all) : all;
	});
	return positions.kind === "tensor" ? [...positions.data.data].map(Number) : [];
}

/** The part of a leaf that is meant, or all of it. */
export function taken(
	evaluator: Evaluator,
	environment: Environment,
	{ part }: Target,
	leaf: Value,
): TracedValue | undefined {
	return part ? part.take(evaluator, environment, leaf) : traced(evaluator, leaf);
}

/** The leaf with another part. */
export function replaced(
	evaluator: Evaluator,
	environment: Environment,
	{ part }: Target,
	leaf: Value,
	value: TracedValue,
): TracedValue {
	const whole = part && traced(evaluator, leaf);
	return whole ? part.into(evaluator, environment, whole, value) : value;
}

export function movedOf(
	{ evaluator, environment }: StepBuilder,
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
		leaf: part.take(evaluator, environment, leaf),
		gradient: part.take(evaluator, environment, gradient),
		part: { ...part, whole: leaf },
	};
}

/** What was made of parts is put into their leaves. */
export function putBack(
	{ evaluator, environment }: StepBuilder,
	moving: ReadonlyMap<string, Moving>,
	updated: Map<string, Value>,
): void {
	for (const [path, { part }] of moving) {
		const value = updated.get(path);
		const next = part && value && traced(evaluator, value, part.whole.value.type.element);
		if (!part || !next) continue;
		updated.delete(path);
		const before = updated.get(part.of);
		const whole = (before && traced(evaluator, before)) ?? part.whole;
		updated.set(part.of, part.into(evaluator, environment, whole, next));
	}
}
