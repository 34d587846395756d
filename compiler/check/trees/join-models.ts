import { decideEqual } from "../../dims/dim.js";
import type { Context } from "../context.js";
import { elementAt, familyList, lengthOf } from "../types/substitute.js";
import { errorType, type LeafForm, type MemberChange, type ModelType, type Type } from "../types/types.js";
import { memberType } from "./place.js";
import { formOf } from "./places.js";
import { formKey, shapeKey } from "./tree-change.js";

/**
 * Either of two models of one type whose weights are made in different ways, as the cases of a `match` give them: what differs
 * is open until the run. Undefined where they differ in more.
 */
export function joinMade(context: Context, a: Type, b: Type): Type | undefined {
	if (shapeKey(a) === shapeKey(b)) return a;
	if (a.kind === "model" && b.kind === "model" && a.declaration === b.declaration)
		return joinModels(context, a, b);
	if (a.kind === "stack" && b.kind === "stack") {
		const of = joinMade(context, a.of, b.of);
		return of?.kind === "model" ? { ...a, of } : undefined;
	}
	if (a.kind === "list" && b.kind === "list") {
		if (a.elements && b.elements?.length === a.elements.length) {
			const elements = a.elements.map((e, i) => joinMade(context, e, b.elements?.[i] ?? errorType));
			return elements.every((e) => e !== undefined) ? { ...a, elements } : undefined;
		}
		if (!a.family || !b.family) return undefined;
		if (decideEqual(lengthOf(a), lengthOf(b), context.facts).verdict !== "equal") return undefined;
		return familyList(lengthOf(a), (i) => {
			const [x, y] = [elementAt(a, i), elementAt(b, i)];
			return (x && y && joinMade(context, x, y)) ?? errorType;
		});
	}
	if (a.kind === "tuple" && b.kind === "tuple" && a.elements.length === b.elements.length) {
		const elements = a.elements.map((e, i) => {
			const type = joinMade(context, e.type, b.elements[i]?.type ?? errorType);
			return type && { ...e, type };
		});
		return elements.every((e) => e !== undefined) ? { ...a, elements } : undefined;
	}
	return undefined;
}

function joinModels(context: Context, a: ModelType, b: ModelType): ModelType | undefined {
	const changes = new Map<string, MemberChange>();
	for (const member of a.declaration.members.values()) {
		const { name, role } = member;
		if (role === "param") {
			const form = joinForms(formOf(a, name, member.form), formOf(b, name, member.form));
			if (form || member.form) changes.set(name, { form: form ?? {} });
		} else if (role === "part") {
			const [x, y] = [memberType(a, member), memberType(b, member)];
			const type = joinMade(context, x, y);
			if (!type) return undefined;
			if (shapeKey(type) !== "" || shapeKey(member.type) !== "") changes.set(name, { type });
		}
	}
	const { frozen: _, ...plain } = a;
	return { ...plain, ...(a.frozen && b.frozen && { frozen: true }), changes };
}

function joinForms(a: LeafForm | undefined, b: LeafForm | undefined): LeafForm | undefined {
	return formKey(a) === formKey(b) ? a : openForm(a?.frozen === true && b?.frozen === true);
}

/** A parameter of which only the run knows how it is made. */
export function openForm(isFrozen: boolean): LeafForm {
	return { open: true, ...(isFrozen && { frozen: true }) };
}

/** A model like another one, of which is open what is open of that one. */
export function openAs(type: Type, other: Type): Type {
	if (type.kind === "model" && other.kind === "model") {
		const changes = new Map(type.changes);
		for (const [name, change] of other.changes ?? []) {
			const member = type.declaration.members.get(name);
			if (change.form?.open) changes.set(name, { form: change.form });
			else if (member?.role === "part" && change.type)
				changes.set(name, { type: openAs(memberType(type, member), change.type) });
		}
		return { ...type, changes };
	}
	if (type.kind === "stack" && other.kind === "stack") {
		const of = openAs(type.of, other.of);
		return of.kind === "model" ? { ...type, of } : type;
	}
	if (type.kind === "tuple" && other.kind === "tuple") {
		const elements = type.elements.map((e, i) => ({
			...e,
			type: openAs(e.type, other.elements[i]?.type ?? e.type),
		}));
		return { ...type, elements };
	}
	if (type.kind !== "list" || other.kind !== "list") return type;
	if (type.elements) {
		const elements = type.elements.map((e, i) => openAs(e, other.elements?.[i] ?? e));
		return { ...type, elements };
	}
	if (!type.family) return type;
	return familyList(type.family.length, (i) => {
		const [entry, open] = [elementAt(type, i), elementAt(other, i)];
		return entry && open ? openAs(entry, open) : (entry ?? errorType);
	});
}

/** A type in which the parameters that are made by something of `isInner` are open. */
export function withoutInnerForms(type: Type, isInner: (own: Type) => boolean): Type {
	if (shapeKey(type) === "") return type;
	const inner = (part: Type): Type => withoutInnerForms(part, isInner);
	switch (type.kind) {
		case "model": {
			const changes = [...(type.changes ?? [])].map(([name, change]): [string, MemberChange] => [
				name,
				{
					...(change.type && { type: inner(change.type) }),
					...(change.form && {
						form: isInnerForm(change.form, isInner) ? openForm(change.form.frozen === true) : change.form,
					}),
				},
			]);
			return { ...type, changes: new Map(changes) };
		}
		case "stack": {
			const of = inner(type.of);
			return of.kind === "model" ? { ...type, of } : type;
		}
		case "list":
			if (type.elements) return { ...type, elements: type.elements.map(inner) };
			return type.family
				? familyList(type.family.length, (i) => inner(elementAt(type, i) ?? errorType))
				: type;
		case "tuple":
			return { ...type, elements: type.elements.map((e) => ({ ...e, type: inner(e.type) })) };
		default:
			return type;
	}
}

function isInnerForm({ reparametrized: made }: LeafForm, isInner: (own: Type) => boolean): boolean {
	if (!made) return false;
	return (
		made.params.some((p) => isInner(p.type) || (p.form && isInnerForm(p.form, isInner))) ||
		(made.base !== undefined && isInnerForm(made.base, isInner))
	);
}
