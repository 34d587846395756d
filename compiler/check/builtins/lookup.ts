import { add, constant, type Dim, decideAtLeast, decideEqual } from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import type { CallArgument, CallSite } from "../expressions/call.js";
import { askFor, narrowWith } from "../hint.js";
import { oneRestHint } from "../signatures/rests.js";
import { refuseNegative } from "../signatures/type-node.js";
import { asNumber, asReal, meet } from "../types/precision.js";
import { inPlaceOfAxis, placeOfAxis, sameRest } from "../types/shape.js";
import { showDim, showShape, showType } from "../types/show.js";
import { errorType, isRealElement, type TensorType, type Type, tensor } from "../types/types.js";
import { axisGiven } from "./axis.js";
import { calleeName, type Given, given, tensorGiven, typeOf, wrongArgument, wrongUse } from "./builtin.js";
import { intGiven, reshapedTo } from "./movement.js";
import type { SpecialRule } from "./special.js";

/** Builtins that read and write at computed places, and that run along an axis. */

type Indices = TensorType & { readonly below?: Dim };

/** Indices: of a type that says where they lie, or else checked while running. */
function indicesGiven(context: Context, site: CallSite, args: Given, name: string): Indices | undefined {
	const argument = args.get(name);
	const value = argument && tensorGiven(context, site, args, name);
	if (!argument || !value) return undefined;
	const below = value.below ?? boundOfList(context, argument);
	if (value.element === "int") return { ...value, ...(below && { below }) };
	report(context, {
		code: "E0302",
		at: locate(context, argument.value),
		message: `\`${name}\` are whole numbers (int<k>), and this is ${showType(value)}`,
		...(isRealElement(value.element) && { hint: narrowWith("int") }),
	});
	return undefined;
}

/** Static Ints lie below the largest and one. */
function boundOfList(context: Context, argument: CallArgument): Dim | undefined {
	const boundOf = (type: Type): Dim | undefined => {
		if (type.kind === "list" && type.elements) {
			const bounds = type.elements.map(boundOf);
			return bounds.every((b) => b !== undefined)
				? bounds.reduce<Dim | undefined>(larger, undefined)
				: undefined;
		}
		if (type.kind !== "Int" || !type.value) return undefined;
		const inside = decideAtLeast(type.value, constant(0), context.facts).verdict === "holds";
		return inside ? add(type.value, constant(1)) : undefined;
	};
	const larger = (a: Dim | undefined, b: Dim): Dim | undefined =>
		!a || decideAtLeast(b, a, context.facts).verdict === "holds"
			? b
			: decideAtLeast(a, b, context.facts).verdict === "holds"
				? a
				: undefined;
	return boundOf(typeOf(context, argument));
}

function lieInside(
	context: Context,
	node: CallArgument["value"],
	indices: Indices,
	value: TensorType,
	axis: number,
): boolean {
	if (!indices.below) return true;
	const extent = value.shape.dims[axis] as Dim;
	const verdict = decideAtLeast(extent, indices.below, context.facts);
	if (verdict.verdict === "holds") return true;
	const place = placeOfAxis(value.shape, axis);
	report(context, {
		code: "E0331",
		at: locate(context, node),
		message: `these indices lie below ${showDim(indices.below)}, and axis ${place} of ${showType(value)} has only ${showDim(extent)}`,
		label: showType(indices),
		related: [indices.origin, value.origin].filter((o) => o !== undefined),
		...(!(verdict.verdict === "fails" && verdict.everywhere) && {
			hint: askFor(`${showDim(extent)} >= ${showDim(indices.below)}`),
		}),
	});
	return false;
}

const gather: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "indices", "axis"], 2);
	const value = args && tensorGiven(context, site, args, "x");
	const indices = args && indicesGiven(context, site, args, "indices");
	if (!args || !value || !indices) return errorType;
	const axis = axisGiven(context, args.get("axis"), value, { axis: 0, node: site.node });
	const place = args.get("indices");
	if (axis === undefined || !place) return errorType;
	if (!lieInside(context, place.value, indices, value, axis)) return errorType;
	const shape = inPlaceOfAxis(value.shape, axis, indices.shape);
	if (shape) return reshapedTo(value, shape);
	wrongArgument(
		context,
		site,
		place,
		`puts the axes of the indices in the place of one axis, and ${showType(indices)} and ${showType(value)} both have a rest`,
		oneRestHint,
	);
	return errorType;
};

/** What a scatter does with its updates, as it is said. */
interface Scattering {
	readonly does: string;
	readonly to: string;
	/** Truth values can be put somewhere; they have no sum and no order. */
	readonly ofTruth?: boolean;
}

const scatter =
	(word: Scattering): SpecialRule =>
	(context, site) => {
		const args = given(context, site, ["x", "indices", "updates", "axis"], 3);
		const value = args && tensorGiven(context, site, args, "x");
		const indices = args && indicesGiven(context, site, args, "indices");
		const updates = args && tensorGiven(context, site, args, "updates");
		const place = args?.get("updates");
		const where = args?.get("indices");
		if (!args || !value || !indices || !updates || !place || !where) return errorType;
		const axis = axisGiven(context, args.get("axis"), value, { axis: 0, node: site.node });
		if (axis === undefined) return errorType;
		const isTruth = [value, updates].map((v) => v.element === "bool");
		const fitsElement = word.ofTruth && isTruth[0] === isTruth[1] ? true : !isTruth.includes(true);
		if (!fitsElement || (value.element === "int" && isRealElement(updates.element))) {
			wrongArgument(
				context,
				site,
				place,
				`${word.does} ${showType(updates)} ${word.to} ${showType(value)}`,
				fitsElement ? "`real(..)` widens" : undefined,
			);
			return errorType;
		}
		if (!meet(context, { node: site.node, type: value }, { node: place.value, type: updates }))
			return errorType;
		if (!lieInside(context, where.value, indices, value, axis)) return errorType;
		const wanted = inPlaceOfAxis(value.shape, axis, indices.shape);
		if (!wanted) {
			wrongArgument(
				context,
				site,
				where,
				`puts the axes of the indices in the place of one axis, and ${showType(indices)} and ${showType(value)} both have a rest`,
				oneRestHint,
			);
			return errorType;
		}
		const fits =
			wanted.dims.length === updates.shape.dims.length &&
			sameRest(wanted, updates.shape) &&
			wanted.dims.every(
				(d, i) => decideEqual(d, updates.shape.dims[i] as Dim, context.facts).verdict === "equal",
			);
		if (!fits) {
			wrongArgument(
				context,
				site,
				place,
				`${word.does} a part for each index: ${showShape(wanted)} is wanted, and this is ${showShape(updates.shape)}`,
			);
			return errorType;
		}
		return tensor(value.element, value.shape);
	};

const oneHot: SpecialRule = (context, site) => {
	const args = given(context, site, ["labels", "k"], 1);
	const labels = args && indicesGiven(context, site, args, "labels");
	if (!args || !labels) return errorType;
	const count = args.get("k");
	const k = count ? intGiven(context, count, 0, "the number of classes") : labels.below;
	if (!k) {
		if (!count)
			wrongUse(
				context,
				site,
				`needs the number of classes: ${showType(labels)} does not tell it`,
				"give it: `one_hot(labels, 10)`",
			);
		return errorType;
	}
	const verdict = labels.below && decideAtLeast(k, labels.below, context.facts);
	if (count && labels.below && verdict && verdict.verdict !== "holds") {
		report(context, {
			code: "E0331",
			at: locate(context, count.value),
			message: `these labels lie below ${showDim(labels.below)}, and there are only ${showDim(k)} classes`,
			related: labels.origin ? [labels.origin] : [],
			...(!(verdict.verdict === "fails" && verdict.everywhere) && {
				hint: askFor(`${showDim(k)} >= ${showDim(labels.below)}`),
			}),
		});
		return errorType;
	}
	const shape = { ...labels.shape, dims: [...labels.shape.dims, k] };
	return refuseNegative(context, site.node, shape) ? tensor("real", shape) : errorType;
};

function alongAxis(
	result: (value: TensorType) => TensorType | undefined,
	axisOtherwise: number,
): SpecialRule {
	return (context, site) => {
		const args = given(context, site, ["x", "axis"]);
		const value = args && tensorGiven(context, site, args, "x");
		const argument = args?.get("x");
		if (!args || !value || !argument) return errorType;
		if (!args.has("axis") && axisOtherwise === 0 && (value.shape.dims.length > 1 || value.shape.rest))
			return wrongUse(
				context,
				site,
				`runs along one axis, and ${showType(value)} has several`,
				`say which: \`${calleeName(site)}(.., axis = 0)\``,
			);
		const axis = axisGiven(context, args.get("axis"), value, { axis: axisOtherwise, node: site.node });
		if (axis === undefined) return errorType;
		return (
			result(value) ??
			wrongArgument(context, site, argument, `of ${showType(value)} means nothing`) ??
			errorType
		);
	};
}

const whole = (value: TensorType): TensorType => tensor(asNumber(value.element), value.shape);
const numbers = (value: TensorType): TensorType | undefined =>
	value.element === "bool" ? undefined : tensor(value.element, value.shape);
const toReal = (value: TensorType): TensorType => tensor(asReal(value.element), value.shape);

export const lookupRules: Readonly<Record<string, SpecialRule>> = {
	gather,
	scatter_add: scatter({ does: "adds", to: "to" }),
	scatter: scatter({ does: "puts", to: "into", ofTruth: true }),
	scatter_min: scatter({ does: "compares", to: "with" }),
	scatter_max: scatter({ does: "compares", to: "with" }),
	one_hot: oneHot,
	cumsum: alongAxis(whole, 0),
	cumprod: alongAxis(whole, 0),
	cummax: alongAxis(numbers, 0),
	cummin: alongAxis(numbers, 0),
	cumlogsumexp: alongAxis(toReal, 0),
	softmax: alongAxis(toReal, -1),
	log_softmax: alongAxis(toReal, -1),
};
