import type * as ast from "../../../grammar/ast.js";
import { add, constant, variable, withAtLeast } from "../../dims/dim.js";
import { asList, atIndex } from "../binders/family.js";
import { type Context, inner, locate, report, unsupported, within } from "../context.js";
import { bindPattern, infer } from "../expressions/expression.js";
import { listSymbol } from "../types/instantiate.js";
import { showType } from "../types/show.js";
import { elementAt, familyList, lengthOf } from "../types/substitute.js";
import { errorType, type Type } from "../types/types.js";
import { resolveType, type SignatureBuilder } from "./type-node.js";

/** The same signature, while the type of a part of a parameter is read. */
export function partOf(signature: SignatureBuilder | undefined, name: string): SignatureBuilder | undefined {
	return signature?.prefix === undefined
		? signature
		: { ...signature, prefix: `${signature.prefix}.${name}` };
}

/** `List[Int]`, `List[(Int, Int)]`, `List[Linear]`: of any length. */
export function resolveListType(context: Context, node: ast.NamedType, signature?: SignatureBuilder): Type {
	const element = node.shape?.[0];
	if (element?.kind !== "TypeName") {
		report(context, {
			code: "E0344",
			at: locate(context, node),
			message: "`List` takes the type of its elements",
			hint: "for example `List[Int]`",
		});
		return errorType;
	}
	const entry = resolveType(context, element.type, signature && { ...signature, nested: true });
	if (entry.kind === "error") return errorType;
	const own = signature && !signature.nested;
	const name = own ? (signature.prefix ?? "list") : "list";
	const symbol = listSymbol(name, entry, own ? signature.least.get(name) : undefined);
	if (own) signature.lists.push(symbol);
	return { kind: "list", symbol: own ? symbol : { ...symbol, anyList: true } };
}

/** `[for w in [2, 3]: int<w>[w]]`: spelled like its value. */
export function resolveFamilyType(
	context: Context,
	node: ast.FamilyType,
	signature?: SignatureBuilder,
): Type {
	const [binding, second] = node.bindings;
	if (!binding?.source || second || binding.pattern.kind === "Rest") {
		unsupported(context, node, "the type of a list over several names, or without `in`");
		return errorType;
	}
	const { pattern, source } = binding;
	const from = signature ? within(context, { scope: signature.lookup ?? signature.scope }) : context;
	const list = asList(infer(from, source));
	if (!list) {
		const type = infer(from, source);
		if (type.kind !== "error")
			report(context, {
				code: "E0317",
				at: locate(context, source),
				message: `a list in brackets runs over a static list or range, and this is ${showType(type)}`,
			});
		return errorType;
	}
	const entry = (item: Type, facts = context.facts): Type => {
		const scope = inner(within(from, { facts }));
		bindPattern(scope, pattern, item);
		return resolveType(scope, node.element);
	};
	if (list.elements) return { kind: "list", elements: list.elements.map((e) => entry(e)) };
	const { dim, atom } = variable("i", { minimum: 0, local: true });
	const size = lengthOf(list);
	const type = entry(
		elementAt(list, dim) ?? errorType,
		withAtLeast(context.facts, size, add(dim, constant(1))),
	);
	return familyList(size, (index) => atIndex(type, atom, index));
}
