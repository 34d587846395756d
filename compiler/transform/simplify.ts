import { Builder } from "../ir/builder.js";
import { Mapping } from "../ir/inline.js";
import type { Attributes, Func, Value } from "../ir/ir.js";
import { inferType, regionPrimitives } from "../ir/primitives/index.js";
import { functionKey, printEquation } from "../ir/print.js";
import { removeDead } from "./dead.js";
import { isPutInPlace, type RegionRewriter, regionRules } from "./regions/simplify.js";
import { simplifyAlgebra } from "./rewrites/algebra.js";
import { contractChain } from "./rewrites/chain.js";
import {
	absorbTranspositions,
	freeRepeatedBatch,
	pullFactors,
	recogniseContraction,
} from "./rewrites/contraction.js";
import { computeBeforeCopying } from "./rewrites/copies.js";
import { foldConstants } from "./rewrites/fold.js";
import { moveTranspositions } from "./rewrites/motion.js";
import { mergeMovements } from "./rewrites/movement.js";
import type { Rewrite, Rewriter } from "./rewrites/rewrite.js";

export { removeDead } from "./dead.js";

const rewrites: readonly Rewrite[] = [
	foldConstants,
	simplifyAlgebra,
	pullFactors,
	contractChain,
	recogniseContraction,
	absorbTranspositions,
	freeRepeatedBatch,
	mergeMovements,
	computeBeforeCopying,
	moveTranspositions,
];

/** Passes until nothing changes; every pass shrinks or orders, so that few suffice. */
const mostPasses = 12;

export interface SimplifyOptions {
	/** Keeps `guard` and `stop_gradient`, which mean nothing but for derivatives: for use before autodiff. */
	readonly keepGuards?: boolean;
}

/** How many equations carry each region, by its key, in the function and in its regions. */
function countRegions(func: Func, counts = new Map<string, number>()): Map<string, number> {
	for (const { regions } of func.equations) {
		for (const region of regions) {
			const key = functionKey(region);
			const known = counts.get(key) ?? 0;
			counts.set(key, known + 1);
			if (known === 0) countRegions(region, counts);
		}
	}
	return counts;
}

/** What all regions of one program share. */
interface Context {
	readonly keepGuards: boolean;
	/** How many equations carry a region, by its key. */
	readonly counts: Map<string, number>;
	/** Equal regions are simplified once and stay equal. */
	readonly simplified: Map<string, Func>;
}

function pass(func: Func, context: Context): Func {
	const { keepGuards } = context;
	const builder = new Builder();
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
	const used = new Set<Value>(func.results);
	for (const { inputs } of func.equations) for (const value of inputs) used.add(value);
	const regions: RegionRewriter = {
		builder,
		keepGuards,
		copy(mapping, { operation, inputs, attributes, outputs, regions: own }) {
			const mapped = inputs.map((value) => mapping.get(value));
			const values = regionPrimitives.has(operation)
				? builder.emitAll(operation, mapped, attributes, own)
				: [emit(operation, mapped, attributes)];
			mapping.set(outputs, values);
		},
		simplified: (region) => simplifyRegion(region, context),
		uses: (region) => context.counts.get(functionKey(region)) ?? Number.POSITIVE_INFINITY,
	};
	const mapping = new Mapping();
	for (const parameter of func.parameters) mapping.set([parameter], [builder.parameter(parameter.type)]);
	for (const equation of func.equations) {
		const rule = regionRules.get(equation.operation);
		if (rule === undefined) {
			regions.copy(mapping, equation);
			continue;
		}
		const { operation, attributes, outputs } = equation;
		const needed = outputs.map((value) => used.has(value));
		const inputs = equation.inputs.map((value) => mapping.get(value));
		const results = rule(regions, { operation, attributes, inputs, regions: equation.regions, needed });
		outputs.forEach((output, k) => {
			const value = results[k];
			if (value !== undefined) mapping.set([output], [value]);
		});
	}
	return removeDead(
		builder.build(
			func.name,
			func.results.map((value) => mapping.get(value)),
		),
	);
}

function simplifyRegion(region: Func, context: Context): Func {
	const key = functionKey(region);
	const known = context.simplified.get(key);
	if (known !== undefined) return known;
	const result = passes(region, context);
	context.simplified.set(key, result);
	context.simplified.set(functionKey(result), result);
	const uses = context.counts.get(key);
	if (uses !== undefined) context.counts.set(functionKey(result), uses);
	return result;
}

const shapeOf = (func: Func): string =>
	func.equations
		.map((equation) =>
			[printEquation(equation).replaceAll(/%\d+/g, "%"), ...equation.regions.map(functionKey)].join("\n"),
		)
		.join("\n");

function passes(func: Func, context: Context): Func {
	let current = removeDead(func);
	for (let count = 0; count < mostPasses; count++) {
		const next = pass(current, context);
		const settled =
			next.equations.length === current.equations.length &&
			(count === 0 ? false : shapeOf(next) === shapeOf(current));
		current = next;
		if (settled) break;
	}
	return current;
}

/**
 * The same function with less to do: common and dead equations removed, constants folded, identities of arithmetic
 * applied, chains of movements merged, sums of products turned into `dot`. Results may differ by rounding where sums
 * are taken in another order.
 */
export function simplify(func: Func, options: SimplifyOptions = {}): Func {
	const keepGuards = options.keepGuards ?? false;
	let current = func;
	let counts = countRegions(func);
	// Where calls are gone, or what they call is less, others may be few and small enough to be put in place.
	for (let round = 0; round < mostPasses; round++) {
		current = passes(current, { keepGuards, counts, simplified: new Map() });
		counts = countRegions(current);
		if (!hasCallInPlace(current, counts)) break;
	}
	return current;
}

/** Whether a call is left that would be put in place. */
function hasCallInPlace(func: Func, counts: ReadonlyMap<string, number>, seen = new Set<Func>()): boolean {
	if (seen.has(func)) return false;
	seen.add(func);
	return func.equations.some(({ operation, regions }) =>
		regions.some((region) => {
			const uses = counts.get(functionKey(region)) ?? 1;
			return (operation === "call" && isPutInPlace(region, uses)) || hasCallInPlace(region, counts, seen);
		}),
	);
}
