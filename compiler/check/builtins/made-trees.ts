import type * as ast from "../../../grammar/ast.js";
import { typeOf } from "../../../grammar/type-of.js";
import { variable } from "../../dims/dim.js";
import { quiet } from "../binders/family.js";
import type { Context } from "../context.js";
import type { CallSite } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { resolveType } from "../signatures/type-node.js";
import { complexPart } from "../types/complex-type.js";
import { showType } from "../types/show.js";
import { familyList } from "../types/substitute.js";
import { errorType, type ListType, type TupleType, type Type } from "../types/types.js";
import { wrongUse } from "./builtin.js";
import { isShape, type SpecialRule } from "./special.js";

/** Types as arguments: `zeros(Memory([8, 32], 5, 32))`, `macs(net, real[44, 8])`. */

const elementTypes: ReadonlySet<string> = new Set(["real", "f32", "f64", "int", "bool", "complex"]);

/** The type that an argument spells; undefined if it is a value. */
export function spelledType(context: Context, node: ast.Expression): Type | undefined {
	const type = typeOf(node);
	if (!type || !spellsType(context, type)) return undefined;
	noteNames(context, node);
	return resolveType(context, type);
}

/** For the editor: what the names of types are. */
function noteNames(context: Context, node: ast.Expression): void {
	if (node.kind === "Name") {
		const binding = context.scope.find(node.name);
		if (binding) context.session.knowledge.definitions.set(node, binding);
	} else if (node.kind === "Parenthesized") noteNames(context, node.inner);
	else if (node.kind === "Call") noteNames(context, node.callee);
	else if (node.kind === "Index") noteNames(context, node.base);
	else if (node.kind === "Tuple") for (const { value } of node.elements) noteNames(context, value);
}

function spellsType(context: Context, type: ast.TypeNode): boolean {
	switch (type.kind) {
		case "BoundedInt":
			return true;
		case "TupleType":
			return type.elements.length > 0 && type.elements.every((e) => spellsType(context, e.type));
		case "NamedType": {
			const binding = context.scope.find(type.name.name);
			if (!binding) return elementTypes.has(type.name.name);
			return binding.type.kind === "declaration" && binding.type.symbol.role === "type";
		}
		default:
			return false;
	}
}

/**
 * A builtin that makes tensors, for trees of them, too: where a record or a list is expected, or its type is given in
 * the place of a shape, each of the tensors in it is made for itself.
 */
export function forTrees(rule: SpecialRule): SpecialRule {
	return (context, site, expected) => {
		const [first, ...others] = site.arguments;
		const spelled = first && !first.name && !first.type ? spelledType(context, first.value) : undefined;
		if (spelled?.kind === "error") return errorType;
		const wanted = spelled ?? expected;
		const isTree = wanted?.kind === "tuple" || wanted?.kind === "list";
		if (!spelled && (!isTree || (first && !first.name && isShape(first.value))))
			return rule(context, site, expected);
		const given = spelled ? others : site.arguments;
		const [second] = given;
		if (spelled && second && !second.name && isShape(second.value))
			return wrongUse(context, site, "takes numbers behind the type, and this is a shape");
		const own: CallSite = isTree
			? { ...site, arguments: given.map((a) => ({ ...a, type: a.type ?? infer(context, a.value) })) }
			: { ...site, arguments: given };
		const leafOf: Make = (inner, leaf) => {
			const type = rule(inner, own, leaf);
			return spelled && differs(leaf, type) ? undefined : type;
		};
		const made = wanted && madeLike(context, wanted, leafOf, site);
		if (made) return made;
		return spelled
			? wrongUse(
					context,
					site,
					`makes no ${showType(spelled)}`,
					"it fills tensors: `zeros` and `ones` those of every kind, numbers and draws those of reals",
				)
			: rule(context, site, undefined);
	};
}

type Make = (context: Context, leaf: Type) => Type | undefined;

/** A draw is no whole number. */
function differs(wanted: Type, made: Type): boolean {
	return wanted.kind === "tensor" && made.kind === "tensor" && wanted.element !== made.element;
}

/** Undefined if something in the tree is no tensor. */
function madeLike(context: Context, wanted: Type, make: Make, site: CallSite): Type | undefined {
	switch (wanted.kind) {
		case "tensor":
			return make(context, wanted);
		case "tuple": {
			// What ones and draws of complex numbers are, is not said by their parts.
			if (wanted.title !== undefined || (complexPart(wanted) && !isZeros(site))) return undefined;
			const elements: TupleType["elements"][number][] = [];
			for (const element of wanted.elements) {
				const type = madeLike(context, element.type, make, site);
				if (!type || type.kind === "error") return type;
				elements.push({ ...element, type });
			}
			return { kind: "tuple", elements };
		}
		case "list":
			return listLike(context, wanted, make, site);
		default:
			return undefined;
	}
}

function listLike(context: Context, wanted: ListType, make: Make, site: CallSite): Type | undefined {
	if (wanted.elements) {
		const elements: Type[] = [];
		for (const element of wanted.elements) {
			const type = madeLike(context, element, make, site);
			if (!type || type.kind === "error") return type;
			elements.push(type);
		}
		return { kind: "list", elements };
	}
	const { family } = wanted;
	if (!family) return undefined;
	// Aloud for any entry, then in silence for those that are asked for.
	const first = madeLike(context, family.at(variable("i", { minimum: 0, local: true }).dim), make, site);
	if (!first || first.kind === "error") return first;
	return familyList(
		family.length,
		(i) => quiet(context, (inner) => madeLike(inner, family.at(i), make, site) ?? errorType).type,
	);
}

function isZeros({ callee }: CallSite): boolean {
	return callee.kind === "Name" && callee.name === "zeros";
}
