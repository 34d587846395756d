import type * as ast from "../../grammar/ast.js";
import { asConstant, type Dim } from "../dims/dim.js";
import { broadcast } from "./arithmetic.js";
import { type Context, locate, report } from "./context.js";
import { showType } from "./show.js";
import { calleeName, onlyOptions, readArguments, type SpecialRule, wrongUse } from "./special.js";
import { asTensor, joinElements } from "./stack.js";
import { errorType, type TensorType, type Type, tensor } from "./types.js";
import { extremum } from "./whole.js";

/** Reductions as functions: of all elements, along an axis, or of two tensors. */

function reduction(
	result: (value: TensorType, axis: Dim | undefined) => TensorType | undefined,
	word?: "max" | "min",
): SpecialRule {
	return (context, site) => {
		const args = readArguments(context, site);
		if (!onlyOptions(context, site, args, ["axis"])) return errorType;
		const [first, second] = args.positional;
		const value = first && asTensor(first.type);
		if (second && args.named.size > 0)
			return wrongUse(context, site, "takes two tensors, or one and an axis");
		if (!first || !value)
			return wrongUse(
				context,
				site,
				`takes a tensor, and this is ${first ? showType(first.type) : "nothing"}`,
			);
		if (word && second) {
			const other = asTensor(second.type);
			if (!other || args.positional.length > 2) return wrongUse(context, site, "takes one tensor, or two");
			const shape = broadcast(
				context,
				site.node,
				{ node: first.node, type: value },
				{ node: second.node, type: other },
			);
			if (!shape) return errorType;
			const larger = tensor(joinElements(value.element, other.element), shape);
			return extremum(context, word, first.type, second.type, larger);
		}
		if (second) return wrongUse(context, site, "takes one tensor", "name the axis: `axis = 0`");
		const axis = args.named.get("axis");
		const reduced = axis
			? withoutAxis(context, axis, value)
			: { type: tensor(value.element, { dims: [] }, value.below), extent: undefined };
		if (!reduced) return errorType;
		return (
			result(
				reduced.type,
				reduced.extent ??
					(value.shape.dims.length === 1 && !value.shape.rest ? value.shape.dims[0] : undefined),
			) ??
			wrongUse(
				context,
				site,
				`of ${showType(value)} means nothing`,
				value.shape.dims.length > 1
					? `say along which axis: \`${calleeName(site)}(.., axis = 0)\``
					: undefined,
			)
		);
	};
}

function withoutAxis(
	context: Context,
	axis: { readonly node: ast.Expression; readonly type: Type },
	value: TensorType,
): { readonly type: TensorType; readonly extent: Dim } | undefined {
	const index = axis.type.kind === "Int" && axis.type.value ? asConstant(axis.type.value) : undefined;
	const extent = index === undefined ? undefined : value.shape.dims[index];
	if (index === undefined || !extent || value.shape.rest) {
		report(context, {
			code: "E0336",
			at: locate(context, axis.node),
			message: `${showType(value)} has no such axis`,
			hint: `axes are counted from 0 to ${value.shape.dims.length - 1}`,
		});
		return undefined;
	}
	return {
		type: tensor(value.element, { dims: value.shape.dims.filter((_, i) => i !== index) }, value.below),
		extent,
	};
}

const whole = (value: TensorType): TensorType =>
	tensor(value.element === "real" ? "real" : "int", value.shape);
const toReal = (value: TensorType): TensorType => tensor("real", value.shape);
const logical = (value: TensorType): TensorType | undefined => (value.element === "bool" ? value : undefined);

export const reductionRules: Record<string, SpecialRule> = {
	sum: reduction(whole),
	prod: reduction(whole),
	mean: reduction(toReal),
	max: reduction((v) => v, "max"),
	min: reduction((v) => v, "min"),
	logsumexp: reduction(toReal),
	argmax: reduction((v, extent) => extent && tensor("int", v.shape, extent)),
	argmin: reduction((v, extent) => extent && tensor("int", v.shape, extent)),
	all: reduction(logical),
	any: reduction(logical),
	count: reduction((v) => (v.element === "bool" ? tensor("int", v.shape) : undefined)),
};
