import type * as ast from "../../../grammar/ast.js";
import { beginsAtRoot } from "../../../grammar/places.js";
import { type Context, locate, report } from "../context.js";
import type { FitNames } from "../fits/fit-names.js";
import { distinct } from "../trees/place-sets.js";
import { placesOf, valuesOf } from "../trees/places.js";
import { changeAt, partOfOne } from "../trees/tree-change.js";
import { noBindings, substituteDim } from "../types/substitute.js";
import { type PlaceLeaf, ruleOfType, type Type } from "../types/types.js";
import { isElementwise } from "./elementwise.js";
import { heldBy } from "./held.js";
import { reparametrized } from "./reparam.js";

/** `by reparametrization`: parameters of its own take the place of the one that is constrained, from there on. */

/** The reparametrization by which a constraint is held: the first of those it names that asks for no option more. */
export function mapOf(constraint: Type): Type | undefined {
	const found = ruleOfType(constraint)?.maps?.find((map) => {
		const rule = ruleOfType(map);
		rule?.complete();
		return map.kind === "applied" || rule?.parameters.every((p) => p.optional) === true;
	});
	if (found?.kind !== "applied" || constraint.kind !== "applied") return found;
	// Its options may be those of the constraint.
	const given = { ...noBindings(), dims: new Map(constraint.sizes) };
	const sizes = [...(found.sizes ?? [])].map(([id, dim]) => [id, substituteDim(dim, given)] as const);
	return { ...found, sizes: new Map(sizes) };
}

export function tellWithoutMap(context: Context, node: Parameters<typeof locate>[1]): void {
	report(context, {
		code: "E0421",
		at: locate(context, node),
		message: "each `reparam` of this constraint asks for options",
		hint: "declare the parameter by the one that is meant: `param w: .. in C by R(..)`",
	});
}

/** After `subject to place in constraint by reparametrization` the parts of the fit are of other types. */
export function reparametrizeSubject(context: Context, node: ast.SubjectTo, names: FitNames): void {
	const { constraint } = node;
	if (!constraint || heldBy(node) !== "reparametrization") return;
	const map = mapOf(context.session.knowledge.types.get(constraint) ?? { kind: "error" });
	if (!map) {
		tellWithoutMap(context, node.by ?? node);
		return;
	}
	const { subject } = node;
	for (const place of subject.kind === "Tuple" ? subject.elements.map((e) => e.value) : [subject]) {
		const isDotted = beginsAtRoot(place);
		for (const leaf of distinct((placesOf(context, place) ?? []).flatMap(valuesOf)))
			reparametrizeLeaf(context, { node, constraint, place }, map, leaf, isDotted, names);
	}
}

/** A place that is constrained, where it stands. */
interface Constrained {
	readonly node: ast.SubjectTo;
	readonly constraint: ast.Expression;
	readonly place: ast.Expression;
}

function reparametrizeLeaf(
	context: Context,
	{ node, constraint, place }: Constrained,
	map: Type,
	leaf: PlaceLeaf,
	isDotted: boolean,
	names: FitNames,
): void {
	const root = /^[^.[]+/.exec(leaf.path)?.[0] ?? "";
	const binding = context.scope.names.get(root);
	const steps = (leaf.steps ?? []).slice(isDotted ? 1 : 0);
	const part = steps.find((s) => s.kind === "elements");
	const { stacked = 0 } = leaf;
	if (stacked > 0 && !heldByEach(context, node, map, leaf)) return;
	if (!binding || leaf.isConstrained || part) {
		report(context, {
			code: part ? "E0466" : leaf.isConstrained ? "E0421" : "E0467",
			at: locate(context, node),
			message: part
				? "a reparametrization has other parameters in the place of a whole tensor: it is of no part of one"
				: leaf.isConstrained
					? `\`${leaf.path}\` is declared \`in\` a constraint: a reparametrization would have other parameters in its place`
					: `of which parameters \`${leaf.path}\` is made is known where the fit is called: no branch decides it`,
			hint: part
				? "hold the part by `projection`, or make it a `param` of its own"
				: leaf.isConstrained
					? "declare it without the constraint, or `by reparametrization` there"
					: "state it outside of the branch; or hold it by another method there",
		});
		return;
	}
	if (steps.length === 0) {
		const form = reparametrized(context, constraint, map, leaf);
		if (form) context.scope.names.set(root, { ...binding, form });
		return;
	}
	const update = { place, operator: "by", value: constraint, span: node.span } as const;
	const type = changeAt(context, update, binding.type, { ...leaf, steps }, (old, form) => {
		const own = partOfOne(old, stacked);
		const made = reparametrized(context, constraint, map, { path: leaf.path, type: own, form: form ?? {} });
		return { type: old, ...(made && { form: made }) };
	});
	context.scope.names.set(root, { ...binding, type });
	const field = names.fields.findIndex((f) => f.name === root);
	if (field >= 0) names.fields[field] = { name: root, type };
}

/** A reparametrization is of each model by itself, and a `subject to` holds for all as one tensor: where both are one. */
function heldByEach(context: Context, node: ast.SubjectTo, map: Type, { path }: PlaceLeaf): boolean {
	const rule = ruleOfType(map);
	if (!rule || isElementwise(context, rule)) return true;
	report(context, {
		code: "E0473",
		at: locate(context, node.by ?? node),
		message: `\`subject to\` holds \`${path}\` of all models side by side as one tensor, and ${rule.name} makes that of each model by itself`,
		related: [{ at: locate(context, node.subject), label: "of models side by side" }],
		hint: `for each by itself: \`with { .. by ${rule.name} }\` where they are made, or \`in .. by reparametrization\` where the parameter is declared`,
	});
	return false;
}
