import type * as ast from "../../../grammar/ast.js";
import { beginsAtRoot } from "../../../grammar/places.js";
import { type Context, locate, report, unsupported } from "../context.js";
import type { FitNames } from "../fits/fit-names.js";
import { distinct, placesOf, valuesOf } from "../trees/places.js";
import { changeAt } from "../trees/tree-change.js";
import { noBindings, substituteDim } from "../types/substitute.js";
import { type PlaceLeaf, ruleOfType, type Type } from "../types/types.js";
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
	if (names.hasSteps) {
		unsupported(context, node, "a reparametrization below steps of the fit");
		return;
	}
	const isDotted = beginsAtRoot(node.subject);
	const places = node.subject.kind === "Tuple" ? undefined : placesOf(context, node.subject);
	if (!places) {
		unsupported(
			context,
			node.subject,
			"several places that are reparametrized at once, other than by `**` or `*`,",
		);
		return;
	}
	for (const leaf of distinct(places.flatMap(valuesOf)))
		reparametrizeLeaf(context, node, map, leaf, isDotted, names);
}

function reparametrizeLeaf(
	context: Context,
	node: ast.SubjectTo,
	map: Type,
	leaf: PlaceLeaf,
	isDotted: boolean,
	names: FitNames,
): void {
	const root = /^[^.[]+/.exec(leaf.path)?.[0] ?? "";
	const binding = context.scope.names.get(root);
	const steps = (leaf.steps ?? []).slice(isDotted ? 1 : 0);
	const isOwn = binding?.role === "param" || binding?.role === "part";
	if (!binding || !isOwn || leaf.stacked || leaf.isConstrained || steps.some((s) => s.kind === "elements")) {
		const why = !binding
			? "in a branch"
			: leaf.stacked
				? "of models side by side"
				: leaf.isConstrained
					? "of what is declared `in` a constraint"
					: "of what is no parameter";
		unsupported(context, node, `a reparametrization ${why}`);
		return;
	}
	const given = node.constraint ?? node.subject;
	if (steps.length === 0) {
		const form = reparametrized(context, given, map, leaf);
		if (form) context.scope.names.set(root, { ...binding, form });
		return;
	}
	const update = { place: node.subject, operator: "by", value: given, span: node.span } as const;
	const type = changeAt(context, update, binding.type, { ...leaf, steps }, (old, form) => {
		const made = reparametrized(context, given, map, { path: leaf.path, type: old, form: form ?? {} });
		return { type: old, ...(made && { form: made }) };
	});
	context.scope.names.set(root, { ...binding, type });
	const field = names.fields.findIndex((f) => f.name === root);
	if (field >= 0) names.fields[field] = { name: root, type };
}
