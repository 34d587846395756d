import { constant, type Dim, decideAtLeast, showAtLeast, sub } from "../../dims/dim.js";
import { extremum } from "../binders/whole.js";
import type { Context } from "../context.js";
import { broadcast } from "../expressions/arithmetic.js";
import type { CallSite } from "../expressions/call.js";
import { askFor } from "../hint.js";
import { asTensor } from "../trees/stack.js";
import { asNumber, asReal, meet } from "../types/precision.js";
import { withoutAxes } from "../types/shape.js";
import { showType } from "../types/show.js";
import { errorType, type Shape, type TensorType, type Type, tensor } from "../types/types.js";
import { argminOfFunction, isOfFunction } from "./argmin.js";
import { axesAt } from "./axis.js";
import { calleeName, given, tensorGiven, typeOf, wrongArgument, wrongUse } from "./builtin.js";
import type { SpecialRule } from "./special.js";

/** Reductions as functions: of all elements, along axes, or of two tensors. */

interface Reduced {
	readonly shape: Shape;
	/** Of one axis: its size. */
	readonly extent?: Dim;
}

function reduction(
	result: (value: TensorType, extent: Dim | undefined) => TensorType | undefined,
	word?: "max" | "min",
	choices: readonly string[] = [],
): SpecialRule {
	return (context, site) => {
		const positional = site.arguments.filter((a) => !a.name);
		if (positional.length > 1) {
			if (word) return ofTwo(context, site, word);
			return wrongUse(context, site, "takes one tensor", "name the axis: `axis = 0`");
		}
		const args = given(context, site, ["x", "axis", "keep", ...choices]);
		const value = args && tensorGiven(context, site, args, "x");
		if (!args || !value) return errorType;
		const axis = args.get("axis");
		const axes = axis ? axesAt(context, axis, value) : undefined;
		const keep = args.get("keep");
		const kept = keep && typeOf(context, keep);
		if ((axis && !axes) || kept?.kind === "error") return errorType;
		if (keep && (kept?.kind !== "Bool" || kept.value === undefined)) {
			wrongArgument(context, site, keep, "keeps the axes with size 1 by `keep = true`, written out");
			return errorType;
		}
		for (const choice of choices) {
			const argument = args.get(choice);
			const type = argument && typeOf(context, argument);
			if (type?.kind === "error") return errorType;
			if (argument && type?.kind !== "Bool") {
				wrongArgument(
					context,
					site,
					argument,
					`takes \`${choice}\` as a Bool that is known before running, and this is ${showType(type ?? errorType)}`,
				);
				return errorType;
			}
		}
		const reduced = without(value, axes, kept?.kind === "Bool" && kept.value === true);
		if (!reduced) return wrongUse(context, site, "keeps axes that are named: `axis = -1, keep = true`");
		const some = decideNonEmpty(context, value, axes);
		const name = calleeName(site);
		if (!some && reduced.extent && (name === "argmax" || name === "argmin"))
			return wrongUse(
				context,
				site,
				`of nothing has no value, and this axis of ${showType(value)} may be empty`,
				askFor(showAtLeast(sub(reduced.extent, constant(1)))),
			);
		// The extremum of no ints is the end of all of them.
		return (
			result(tensor(value.element, reduced.shape, some ? value.below : undefined), reduced.extent) ??
			wrongUse(
				context,
				site,
				`of ${showType(value)} means nothing`,
				value.shape.dims.length > 1 ? `say along which axis: \`${name}(.., axis = 0)\`` : undefined,
			)
		);
	};
}

/** Whether the axes that are reduced have elements for certain. */
function decideNonEmpty(context: Context, value: TensorType, axes: readonly number[] | undefined): boolean {
	const { dims } = value.shape;
	const reduced = axes ? axes.flatMap((a) => dims[a] ?? []) : dims;
	if (!axes && value.shape.rest) return false;
	return reduced.every((d) => decideAtLeast(d, constant(1), context.facts).verdict === "holds");
}

function without(value: TensorType, axes: readonly number[] | undefined, keep: boolean): Reduced | undefined {
	const { dims, rest } = value.shape;
	if (!axes) {
		if (keep && (rest || dims.length > 0)) return undefined;
		const only = dims.length === 1 && !rest ? dims[0] : undefined;
		return { shape: { dims: [] }, ...(only && { extent: only }) };
	}
	const extent = axes.length === 1 ? dims[axes[0] as number] : undefined;
	const shape = keep
		? { ...value.shape, dims: dims.map((d, i) => (axes.includes(i) ? constant(1) : d)) }
		: withoutAxes(value.shape, axes);
	return { shape, ...(extent && { extent }) };
}

/** Element by element of two tensors: `max(x, 0)`. */
function ofTwo(context: Context, site: CallSite, word: "max" | "min"): Type {
	const [first, second, third] = site.arguments;
	const named = site.arguments.find((a) => a.name);
	if (named) return wrongUse(context, site, "takes two tensors, or one and an axis");
	if (!first || !second || third) return wrongUse(context, site, "takes one tensor, or two");
	const operands: { node: (typeof first)["value"]; type: TensorType; given: Type }[] = [];
	for (const argument of [first, second]) {
		const type = typeOf(context, argument);
		if (type.kind === "error") return errorType;
		const value = asTensor(type);
		if (!value) return wrongUse(context, site, `takes tensors, and this is ${showType(type)}`);
		operands.push({ node: argument.value, type: value, given: type });
	}
	const [a, b] = operands;
	const shape = a && b && broadcast(context, site.node, a, b);
	if (!a || !b || !shape) return errorType;
	const sides = [
		{ node: a.node, type: a.given },
		{ node: b.node, type: b.given },
	] as const;
	const element = meet(context, a, b);
	return element ? extremum(context, word, ...sides, tensor(element, shape)) : errorType;
}

const whole = (value: TensorType): TensorType => tensor(asNumber(value.element), value.shape);
const toReal = (value: TensorType): TensorType => tensor(asReal(value.element), value.shape);
const logical = (value: TensorType): TensorType | undefined => (value.element === "bool" ? value : undefined);

const minimumPlace = reduction((v, extent) => extent && tensor("int", v.shape, extent));

export const reductionRules: Record<string, SpecialRule> = {
	sum: reduction(whole),
	prod: reduction(whole),
	mean: reduction(toReal),
	var: reduction(toReal, undefined, ["unbiased"]),
	std: reduction(toReal, undefined, ["unbiased"]),
	max: reduction((v) => v, "max"),
	min: reduction((v) => v, "min"),
	logsumexp: reduction(toReal),
	argmax: reduction((v, extent) => extent && tensor("int", v.shape, extent)),
	argmin: (context, site, expected) =>
		(isOfFunction(site) ? argminOfFunction : minimumPlace)(context, site, expected),
	all: reduction(logical),
	any: reduction(logical),
	count: reduction((v) => (v.element === "bool" ? tensor("int", v.shape) : undefined)),
};
