import type { Span } from "../../../grammar/span.js";
import { type Atom, atomsOf, showAtom } from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import { withoutInnerForms } from "../trees/join-models.js";
import { showType } from "../types/show.js";
import { errorType, type Type } from "../types/types.js";
import { bornSince, listsSince, type Moment, now } from "../types/visit-type.js";

/**
 * A size that a body finds out for itself (`let k = width(rule)`) is its own: another call may find another. An Int of
 * which nothing is known may leave; what has such a size in its type may not.
 */
export function withoutInner(
	context: Context,
	node: { readonly span: Span },
	type: Type,
	since: Moment,
	{ what = "function", until }: { readonly what?: string; readonly until?: Moment } = {},
): Type {
	const span = { since, until: until ?? now() };
	const erased = withoutInnerForms(
		withoutInts(type, span),
		(own) =>
			bornSince(own, since).some((a) => isInner(a, span)) ||
			listsSince(own, since).some((l) => l.id < span.until.other),
	);
	const names = [
		...bornSince(erased, since)
			.filter((a) => isInner(a, span))
			.map((a) => showAtom(a)),
		...listsSince(erased, since)
			.filter((l) => l.id < span.until.other)
			.map((l) => `len(${l.name})`),
	];
	if (names.length === 0) return erased;
	report(context, {
		code: "E0349",
		at: locate(context, node),
		message: `the size ${[...new Set(names)].map((n) => `\`${n}\``).join(" and ")} is known inside this ${what} only`,
		label: showType(type),
		hint: "another turn or call may have another: give the size as an Int, or compute with it inside",
	});
	return errorType;
}

/** An Int or a list of Ints that is known inside only is, outside, any. */
export function withoutInts(type: Type, span: Period): Type {
	switch (type.kind) {
		case "Int": {
			const inner = type.value && atomsOf(type.value).some((a) => isInner(a, span));
			return inner ? { kind: "Int" } : type;
		}
		case "tuple":
			return { ...type, elements: type.elements.map((e) => ({ ...e, type: withoutInts(e.type, span) })) };
		case "list":
			return type.elements ? { ...type, elements: type.elements.map((e) => withoutInts(e, span)) } : type;
		default:
			return type;
	}
}

interface Period {
	readonly since: Moment;
	readonly until: Moment;
}

function isInner(atom: Atom, { since, until }: Period): boolean {
	if (atom.kind === "variable") return atom.id > since.variable && atom.id < until.variable;
	if (atom.kind !== "length" && atom.kind !== "element") return false;
	return atom.listId > since.other && atom.listId < until.other;
}
