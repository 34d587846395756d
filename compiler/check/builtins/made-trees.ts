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
import type { SpecialRule } from "./special.js";

/** Types as arguments: `zeros(Memory([8, 32], 5, 32))`, `macs(net, real[44, 8])`. */

const elementTypes: ReadonlySet<string> = new Set(["real", "f32", "f64", "int", "bool", "complex"]);

/** The type that an argument spells; undefined if it is a value. */
export function spelledType(context: Context, node: ast.Expression): Type | undefined {
	const type = typeOf(node);
	return type && spellsType(context, type) ? resolveType(context, type) : undefined;
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
		if (!spelled && (!isTree || (first && !first.name))) return rule(context, site, expected);
		const given = spelled ? others : site.arguments;
		const own: CallSite = isTree
			? { ...site, arguments: given.map((a) => ({ ...a, type: a.type ?? infer(context, a.value) })) }
			: { ...site, arguments: given };
		const made = wanted && madeLike(context, wanted, (inner, leaf) => rule(inner, own, leaf), site);
		if (made) return made;
		return spelled
			? wrongUse(context, site, `makes tensors, and ${showType(spelled)} holds something else`)
			: rule(context, site, undefined);
	};
}

type Make = (context: Context, leaf: Type) => Type;

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
