import type { Builder } from "../ir/builder.js";
import { inline } from "../ir/inline.js";
import type { Func, Value as IrValue, TensorType } from "../ir/ir.js";
import { isFloat } from "../ir/primitives/primitive.js";
import { customDerivative, functionOf, whileLoop } from "../ir/regions.js";
import { pushForward } from "../transform/forward.js";
import { vjp } from "../transform/reverse.js";
import { type Place, realLeavesLike, variable } from "./builtins/differentiate.js";
import type { Intrinsic } from "./builtins/intrinsics.js";
import { readArguments } from "./builtins/intrinsics.js";
import { RegionChecks } from "./builtins/region-checks.js";
import { buildRegions, refusedDerivatives } from "./builtins/regions.js";
import { asVector, fromVector } from "./builtins/vector.js";
import { fail, shapeOf } from "./evaluator.js";
import { callValue } from "./expressions/call.js";
import { asLeaf, irTypeOf, type LeafType, leafType } from "./models/trees.js";
import { castTo, spread, traced, unionLanes } from "./tensors.js";
import type { Lane, TracedValue, Value } from "./values.js";

/**
 * The derivative of a root x of R(x, t) = 0 by the implicit function theorem: dx = -R_x^-1 R_t dt, where t is all that
 * the function R reads from around it. In the IR it is a function with a derivative of its own, and so is the solution
 * of the linear system in that derivative: so it nests, and forward mode goes through it.
 */

/** R at some leaves: as many leaves of the same types. */
export type Residual = (leaves: readonly TracedValue[]) => readonly TracedValue[];

class MoreLanes extends Error {
	constructor(readonly lanes: readonly Lane[]) {
		super("a residual depends on more binders than where it is taken");
	}
}

/** Leaves whose derivative is that of the root at hand. With `symmetric`, R_x is. */
export function atRoot(
	place: Place,
	found: readonly TracedValue[],
	residual: Residual,
	solver: Value,
	symmetric: boolean,
): readonly TracedValue[] {
	let lanes: readonly Lane[] = unionLanes(found);
	for (;;) {
		try {
			return place.evaluator.attempt(() => withRule(place, found, residual, solver, symmetric, lanes));
		} catch (error) {
			if (!(error instanceof MoreLanes)) throw error;
			lanes = unionLanes([{ lanes }, { lanes: error.lanes }] as TracedValue[]);
		}
	}
}

/** The functions of the IR that the derivative is made of; all take the root, then what the residual reads. */
interface System {
	readonly count: number;
	/** Types of the root's leaves, then of what the residual reads, then of what the solver reads. */
	readonly root: readonly TensorType[];
	readonly read: readonly TensorType[];
	readonly extra: readonly TensorType[];
	readonly residual: Func;
	/** R_x v or its transpose, of (root, read, v). */
	readonly product: (transposed: boolean) => Func;
	/** The solver on that, of (root, read, extra, right side). */
	readonly solve: (transposed: boolean) => Func;
}

function withRule(
	place: Place,
	found: readonly TracedValue[],
	residual: Residual,
	solver: Value,
	symmetric: boolean,
	lanes: readonly Lane[],
): readonly TracedValue[] {
	const { evaluator } = place;
	const leaves = found.map((leaf) => spread(evaluator, leaf, lanes, shapeOf(leaf)));
	const types = leaves.map(leafType);
	const root = types.map(irTypeOf);
	const checks = new RegionChecks();
	const { funcs, captured } = buildRegions(evaluator, [
		{
			name: "residual",
			parameters: root,
			body: (own) => {
				const values = residual(own.map((value, k) => asLeaf(value, types[k] as LeafType)));
				const needed = unionLanes([{ lanes } as TracedValue, ...values]);
				if (needed.length > lanes.length) throw new MoreLanes(needed);
				const results = values.map((leaf, k) => {
					const type = types[k] as LeafType;
					return spread(evaluator, castTo(evaluator, leaf, type.element), lanes, type.shape).value;
				});
				return checks.taken(evaluator, results);
			},
		},
	]);
	const checked = funcs[0] as Func;
	const func = checks.without(checked);
	const at = leaves.map((leaf) => leaf.value);
	checks.addInDerivative(evaluator, checked, [...at, ...captured]);
	const read = captured.map((v) => v.type);
	const product = (transposed: boolean): Func => productOf(func, root, read, transposed);
	const plain = product(false);
	const turned = symmetric ? plain : product(true);
	const uses = (symmetric ? [plain] : [plain, turned]).map((apply) => ({
		apply,
		checks: new RegionChecks(),
	}));
	const solves = buildRegions(
		evaluator,
		uses.map(({ apply, checks }) => ({
			name: "solve",
			parameters: [...root, ...read, ...root],
			body: (own: readonly IrValue[]) => checks.taken(evaluator, solved(place, apply, types, own, solver)),
		})),
	);
	const right = {
		what: "the right side of a linear system",
		parameters: root.map((_, k) => root.length + read.length + k),
	};
	for (const [i, { checks }] of uses.entries()) {
		const rights = root.map((type) => evaluator.builder.zeros(type));
		const inputs = [...at, ...captured, ...rights, ...solves.captured];
		checks.addInDerivative(evaluator, solves.funcs[i] as Func, inputs, right);
	}
	const solve = uses.map(({ checks }, i) => checks.without(solves.funcs[i] as Func));
	const system: System = {
		count: root.length,
		root,
		read,
		extra: solves.captured.map((v) => v.type),
		residual: func,
		product: (transposed) => (transposed ? turned : plain),
		solve: (transposed) => solve[transposed && !symmetric ? 1 : 0] as Func,
	};
	const inputs = [...at, ...captured, ...solves.captured];
	const value = functionOf(
		"root",
		inputs.map((v) => v.type),
		(_, parameters) => parameters.slice(0, system.count),
	);
	const results = customDerivative(evaluator.builder, value, rootPullback(system), inputs);
	return results.map((result, k) => asLeaf(result, types[k] as LeafType));
}

/** (root, read, v) -> R_x v, or R_x^T v. */
function productOf(
	residual: Func,
	root: readonly TensorType[],
	read: readonly TensorType[],
	transposed: boolean,
): Func {
	return functionOf(transposed ? "transposed" : "product", [...root, ...read, ...root], (builder, given) => {
		const at = given.slice(0, root.length).map((v) => builder.fresh(v));
		const direction = given.slice(root.length + read.length);
		const values = inline(builder, residual, [...at, ...given.slice(root.length, root.length + read.length)]);
		if (transposed) return vjp(builder, values, direction, at);
		const { tangents } = pushForward(builder, values, at, direction);
		return values.map((v, k) => tangents[k] ?? builder.zeros(v.type));
	});
}

/** Calls the solver on one vector of all leaves' elements, lane by lane. */
function solved(
	place: Place,
	product: Func,
	types: readonly LeafType[],
	own: readonly IrValue[],
	solver: Value,
): IrValue[] {
	const { evaluator, environment, node } = place;
	const lanes = types[0]?.lanes ?? [];
	const [given, right] = [own.slice(0, -types.length), own.slice(-types.length)];
	const tensorOf = (value: Value | undefined, what: string): TracedValue => {
		const vector = value && traced(evaluator, value, evaluator.realElement);
		if (!vector) return fail(environment, node, what);
		if (vector.lanes.some((l) => !lanes.some((known) => known.id === l.id)))
			return fail(
				environment,
				node,
				"a solver that calls its function under a binder is not supported yet",
				"E0901",
			);
		const real = castTo(evaluator, vector, evaluator.realElement);
		return spread(evaluator, real, lanes, shapeOf(real));
	};
	const vectorOf = (values: readonly IrValue[]): TracedValue =>
		asVector(
			evaluator,
			values.map((value) => ({ kind: "traced", value, lanes })),
		);
	const leavesOf = (vector: TracedValue): IrValue[] =>
		fromVector(
			evaluator,
			vector,
			types.map((type) => type.shape),
		).map((leaf) => leaf.value);
	// It may be called in a loop of the solver: then in the region of a turn.
	const apply = ([v]: readonly Value[]): Value => {
		const parts = leavesOf(tensorOf(v, "the function of a solver takes a vector"));
		return vectorOf(inline(evaluator.builder, product, [...given, ...parts]));
	};
	const x = callValue(evaluator, environment, node, solver, {
		positional: [vectorOf(right), { kind: "native", call: apply }],
		named: new Map(),
	});
	return leavesOf(tensorOf(x, "a solver gives a vector"));
}

/** So often a derivative goes through a solution by its equation: for a second derivative in forward mode three times. */
const depth = 4;

const deepest = "solve_without_derivative";
refusedDerivatives.set(
	deepest,
	"a derivative of so high an order through an implicit derivative (of `argmin`, `fixed_point`, `at_root`) is not supported yet",
);

/** A loop of one turn, without a limit: reverse mode refuses it. */
function withoutDerivative(
	builder: Builder,
	{ root }: System,
	solve: Func,
	inputs: readonly IrValue[],
): readonly IrValue[] {
	const start = [builder.scalar(0, "i32"), ...zeros(builder, root)];
	const results = whileLoop(
		builder,
		start,
		(inner, [count]) => inner.emit("lt", [count as IrValue, inner.scalar(1, "i32")]),
		(inner) => [inner.scalar(1, "i32"), ...inline(inner, solve, inputs)],
		{ name: deepest },
	);
	return results.slice(1, 1 + root.length);
}

/** From (root, read, extra; root; cotangents): nothing to where the root was found, all to what is read. */
function rootPullback(system: System): Func {
	const { root, read, extra, residual } = system;
	return functionOf("pullback", [...root, ...read, ...extra, ...root, ...root], (builder, given) => {
		const take = taker(given);
		take(root);
		const [own, more, at, dy] = [take(read), take(extra), take(root), take(root)];
		const along = solution(builder, system, depth, true, { at, own, more, right: dy });
		const values = inline(builder, residual, [...at, ...own]);
		const floats = own.filter(isReal);
		const slopes = vjp(builder, values, negated(builder, along), floats);
		return [...zeros(builder, root), ...slopes, ...zeros(builder, extra.filter(isFloatType))];
	});
}

interface Given {
	readonly at: readonly IrValue[];
	readonly own: readonly IrValue[];
	readonly more: readonly IrValue[];
	readonly right: readonly IrValue[];
}

/**
 * The solution of R_x s = r, or of the transposed system: a function whose derivative is by the same equation,
 * dr -> R_x^-T ds, and (x, t) -> -(R_x s)_(x, t)^T R_x^-T ds.
 */
function solution(
	builder: Builder,
	system: System,
	left: number,
	transposed: boolean,
	{ at, own, more, right }: Given,
): readonly IrValue[] {
	const { root, read, extra } = system;
	const solve = system.solve(transposed);
	const inputs = [...at, ...own, ...right, ...more];
	if (left === 0) return withoutDerivative(builder, system, solve, inputs);
	const product = system.product(transposed);
	const pullback = functionOf(
		"pullback",
		[...root, ...read, ...root, ...extra, ...root, ...root],
		(inner, given) => {
			const take = taker(given);
			const [at, own] = [take(root), take(read)];
			take(root);
			const [more, found, ds] = [take(extra), take(root), take(root)];
			const along = solution(inner, system, left - 1, !transposed, { at, own, more, right: ds });
			const floats = own.filter(isReal);
			const values = inline(inner, product, [...at, ...own, ...found]);
			const slopes = vjp(inner, values, negated(inner, along), [...at, ...floats]);
			return [...slopes, ...along, ...zeros(inner, extra.filter(isFloatType))];
		},
	);
	return customDerivative(builder, solve, pullback, inputs);
}

const isFloatType = (type: TensorType): boolean => isFloat(type.element);
const isReal = (value: IrValue): boolean => isFloatType(value.type);

function zeros(builder: Builder, types: readonly TensorType[]): IrValue[] {
	return types.map((type) => builder.zeros(type));
}

function negated(builder: Builder, values: readonly IrValue[]): IrValue[] {
	return values.map((value) => builder.emit("neg", [value]));
}

/** Takes as many of the values as a list is long, one list after the other. */
function taker(values: readonly IrValue[]): (like: readonly TensorType[]) => readonly IrValue[] {
	let from = 0;
	return ({ length }) => {
		from += length;
		return values.slice(from - length, from);
	};
}

/** The leaves of a value of the structure of another: of models, their parameters. */
function leavesAs(place: Place, like: Value, value: Value): readonly TracedValue[] {
	if (value.kind === "model") return variable(place, value).leaves;
	if (like.kind === "tuple" && value.kind === "tuple")
		return like.elements.flatMap(({ value: part }, i) =>
			leavesAs(place, part, value.elements[i]?.value ?? part),
		);
	const at = variable(place, like);
	return realLeavesLike(place, at.gradient(at.leaves), value);
}

/** What `at_root(x, residual, solver)` is. */
export const atRootFunction: Intrinsic = (evaluator, environment, call) => {
	const [x, residual, solver] = readArguments(evaluator, environment, call).positional;
	const place: Place = { evaluator, environment, node: call.node };
	if (!x || !residual || !solver)
		return fail(environment, call.node, "a root, a function and a solver are wanted here");
	const at = variable(place, x);
	const of = (leaves: readonly TracedValue[]): readonly TracedValue[] => {
		const argument = at.argument(leaves);
		const value = callValue(evaluator, environment, call.node, residual, {
			positional: [argument],
			named: new Map(),
		});
		return leavesAs(place, x, value);
	};
	const fixed = at.leaves.map((leaf) => ({
		...leaf,
		value: evaluator.builder.emit("stop_gradient", [leaf.value]),
	}));
	return at.argument(atRoot(place, fixed, of, solver, false));
};
