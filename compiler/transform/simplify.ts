import { Builder } from "../ir/builder.js";
import type { Attributes, Func, Value } from "../ir/ir.js";
import { IrError, inferType } from "../ir/primitives/index.js";
import { printEquation } from "../ir/print.js";
import { simplifyAlgebra } from "./rewrites/algebra.js";
import { absorbTranspositions, pullFactors, recogniseContraction } from "./rewrites/contraction.js";
import { foldConstants } from "./rewrites/fold.js";
import { mergeMovements } from "./rewrites/movement.js";
import type { Rewrite, Rewriter } from "./rewrites/rewrite.js";

const rewrites: readonly Rewrite[] = [
	foldConstants,
	simplifyAlgebra,
	pullFactors,
	recogniseContraction,
	absorbTranspositions,
	mergeMovements,
];

/** Passes until nothing changes; every pass shrinks or orders, so that few suffice. */
const mostPasses = 12;

export interface SimplifyOptions {
	/** Keeps `guard` and `stop_gradient`, which mean nothing but for derivatives: for use before autodiff. */
	readonly keepGuards?: boolean;
}

/** Equations that no result depends on are dropped. Parameters stay. */
export function removeDead(func: Func): Func {
	const live = new Set<Value>(func.results);
	const equations = func.equations.toReversed().filter((equation) => {
		if (!live.has(equation.output)) return false;
		for (const value of equation.inputs) live.add(value);
		return true;
	});
	return { ...func, equations: equations.reverse() };
}

function pass(func: Func, keepGuards: boolean): Func {
	const builder = new Builder();
	const values = new Map<Value, Value>();
	const emit = (operation: string, inputs: readonly Value[], attributes: Attributes = {}): Value => {
		if (!keepGuards && (operation === "guard" || operation === "stop_gradient")) return inputs[0] as Value;
		const type = inferType(
			operation,
			inputs.map((value) => value.type),
			attributes,
		);
		const candidate = { operation, inputs, attributes, type };
		for (const rewrite of rewrites) {
			const better = rewrite(rewriter, candidate);
			if (better !== undefined) return better;
		}
		return builder.emit(operation, inputs, attributes);
	};
	const rewriter: Rewriter = { builder, emit };
	const mapped = (value: Value): Value => {
		const found = values.get(value);
		if (found === undefined) throw new IrError(`%${value.id} of ${func.name} is not defined`);
		return found;
	};
	for (const parameter of func.parameters) values.set(parameter, builder.parameter(parameter.type));
	for (const { operation, inputs, attributes, output } of func.equations) {
		values.set(output, emit(operation, inputs.map(mapped), attributes));
	}
	return removeDead(builder.build(func.name, func.results.map(mapped)));
}

const shapeOf = (func: Func): string =>
	func.equations.map((equation) => printEquation(equation).replaceAll(/%\d+/g, "%")).join("\n");

/**
 * The same function with less to do: common and dead equations removed, constants folded, identities of arithmetic
 * applied, chains of movements merged, sums of products turned into `dot`. Results may differ by rounding where sums
 * are taken in another order.
 */
export function simplify(func: Func, options: SimplifyOptions = {}): Func {
	let current = removeDead(func);
	for (let count = 0; count < mostPasses; count++) {
		const next = pass(current, options.keepGuards ?? false);
		const settled =
			next.equations.length === current.equations.length &&
			(count === 0 ? false : shapeOf(next) === shapeOf(current));
		current = next;
		if (settled) break;
	}
	return current;
}
