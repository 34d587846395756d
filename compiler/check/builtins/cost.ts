import type * as ast from "../../../grammar/ast.js";
import { holdsPlaces } from "../../../grammar/places.js";
import { add, constant, type Dim, mul } from "../../dims/dim.js";
import { type Context, inTracedKernel } from "../context.js";
import { applyTo, type CallSite } from "../expressions/call.js";
import { openCondition } from "../trees/model-parameters.js";
import { isOpenPlace } from "../trees/place-entries.js";
import { inferPlaces, leavesOf, placesOf, valuesOf } from "../trees/places.js";
import { errorType, type PlaceLeaf, type Type } from "../types/types.js";
import { wrongUse } from "./builtin.js";
import { spelledType } from "./made-trees.js";
import { reductionRules } from "./reductions.js";
import { readArguments, type SpecialRule } from "./special.js";

/** Claims about cost: how many numbers there are, and how many bytes they take. Known before running. */

/** `count(net.**.weight)`: the numbers that a step may train there; of truth values how many hold. */
export const countRule: SpecialRule = (context, site, expected) => {
	const places = onlyPlaces(site);
	if (!places) return reductionRules.count?.(context, site, expected) ?? errorType;
	return sized(context, places, leavesOf);
};

/** `bytes(net.**)`: what the tensors take, by the precision of the program. */
export const bytesRule: SpecialRule = (context, site) => {
	const places = onlyPlaces(site);
	if (!places) return wrongUse(context, site, "takes places: `bytes(net.**)`");
	const count = sized(context, places, valuesOf);
	return count.kind === "Int" ? { kind: "Int" } : count;
};

/** `macs(f, x, ..)`: the multiplications of products and convolutions in the call `f(x, ..)`. */
export const macsRule: SpecialRule = (context, site) => {
	// Of an input its type is enough.
	const args = site.arguments.map((a, i) => {
		const type = a.type ?? (i > 0 && !a.name ? spelledType(context, a.value) : undefined);
		return { ...a, ...(type && { type }) };
	});
	const [fn, ...inputs] = readArguments(context, { ...site, arguments: args }).positional;
	if (!fn || site.arguments.some((a) => a.name))
		return wrongUse(context, site, "takes a function and what it is given: `macs(net, x)`");
	if ([fn, ...inputs].some(({ type }) => type.kind === "error")) return errorType;
	const result = applyTo(
		inTracedKernel(context),
		fn.node,
		fn.type,
		inputs.map(({ type }) => type),
	);
	return result.kind === "error" ? errorType : { kind: "Int" };
};

function onlyPlaces({ arguments: args }: CallSite): ast.Expression | undefined {
	const [first, ...others] = args;
	return first && others.length === 0 && !first.type && !first.name && holdsPlaces(first.value)
		? first.value
		: undefined;
}

function sized(context: Context, node: ast.Expression, leaves: (place: PlaceLeaf) => PlaceLeaf[]): Type {
	const type = inferPlaces(context, node);
	context.session.knowledge.types.set(node, type);
	const places = type.kind === "error" ? undefined : placesOf(context, node);
	if (!places) return errorType;
	if (places.some((p) => openCondition(p.type) !== undefined)) return { kind: "Int" };
	const seen = new Set<string>();
	let total: Dim = constant(0);
	for (const place of places.flatMap(leaves)) {
		const { path, type: leaf } = place;
		if (seen.has(path) || leaf.kind !== "tensor") continue;
		seen.add(path);
		if (leaf.shape.rest || isOpenPlace(place) || place.uncertain) {
			// Only a call tells how many.
			return { kind: "Int" };
		}
		total = add(
			total,
			leaf.shape.dims.reduce((product, size) => mul(product, size), constant(1)),
		);
	}
	return { kind: "Int", value: total };
}
