import type * as ast from "../../../grammar/ast.js";
import { asConstant, constant } from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import { stackOfPart } from "../signatures/stack-type.js";
import { withoutAxes } from "../types/shape.js";
import { showType } from "../types/show.js";
import { elementAt, familyList } from "../types/substitute.js";
import {
	errorType,
	type LeafForm,
	type MemberChange,
	type PlaceLeaf,
	type PlaceStep,
	type StackType,
	type TensorType,
	type Type,
} from "../types/types.js";
import { joinMade, openAs } from "./join-models.js";
import { memberType } from "./place.js";
import { formOf } from "./places.js";
import { asTensor } from "./stack.js";

/** The types of trees with another part at a place. */

export interface Part {
	readonly type: Type;
	/** Of a parameter: how its value is made from now on. */
	readonly form?: LeafForm;
}

/** The new part, from the one that is there. */
export type MakePart = (type: Type, form: LeafForm | undefined) => Part;

/** The type of the whole, once the part at a place is another. */
export function changeAt(
	context: Context,
	node: ast.With["updates"][number],
	whole: Type,
	place: PlaceLeaf,
	make: MakePart,
): Type {
	const walk = (type: Type, form: LeafForm | undefined, steps: readonly PlaceStep[]): Part => {
		const [step, ...rest] = steps;
		if (!step) return make(type, form);
		if (type.kind === "stack") return { type: changeStack(context, node, type, steps, walk) };
		// Elements of a tensor leave it what it is.
		if (step.kind === "elements") return { type: asTensor(type) ?? type, ...(form && { form }) };
		if (step.kind === "field") {
			if (type.kind === "tuple") {
				const elements = type.elements.map((e, i) =>
					e.name === step.name || String(i) === step.name
						? { ...e, type: walk(e.type, undefined, rest).type }
						: e,
				);
				return { type: { ...type, elements } };
			}
			if (type.kind === "tensor" && form?.reparametrized)
				return {
					type,
					form: ownChange(type, form, step.name, place.stacked ?? 0, (own, before) =>
						walk(own, before, rest),
					),
				};
			if (type.kind !== "model") return { type };
			const member = type.declaration.members.get(step.name);
			if (!member) return { type };
			const old = formOf(type, member.name, member.form);
			const next = walk(memberType(type, member), old, rest);
			const same = member.role !== "part" && next.form === old;
			if (same) return { type };
			const change: MemberChange = member.role === "part" ? { type: next.type } : { form: next.form ?? {} };
			return { type: { ...type, changes: new Map([...(type.changes ?? []), [member.name, change]]) } };
		}
		if (type.kind !== "list") return { type };
		if (type.elements) {
			const [from, to] = step.some
				? [asConstant(step.some.from), asConstant(step.some.to)]
				: [step.index, step.index + 1];
			if (from !== undefined && to !== undefined) {
				const elements = type.elements.map((e, i) =>
					from <= i && i < to ? walk(e, undefined, rest).type : e,
				);
				return { type: { ...type, elements } };
			}
		}
		const { family } = type;
		if (!family && !type.elements) return { type };
		const some = step.some ?? { from: constant(step.index), to: constant(step.index + 1) };
		if (family && asConstant(some.from) === 0 && some.to.key === family.length.key) {
			const at = type;
			return {
				type: familyList(family.length, (i) => walk(elementAt(at, i) ?? errorType, undefined, rest).type),
			};
		}
		const before = elementAt(type, step.some?.at ?? some.from) ?? type.elements?.[0] ?? errorType;
		const after = walk(before, undefined, rest).type;
		const either = shapeKey(after) === shapeKey(before) ? undefined : joinMade(context, before, after);
		if (!either) return { type };
		// Which entries are meant only the run knows: of each it is open how it is made.
		if (!family) return { type: { ...type, elements: type.elements?.map((e) => openAs(e, either)) ?? [] } };
		const at = type;
		return { type: familyList(family.length, (i) => openAs(elementAt(at, i) ?? errorType, either)) };
	};
	return walk(whole, place.form, place.steps ?? []).type;
}

/** All models of a stack are made alike: a change of some must leave their type what it is. */
function changeStack(
	context: Context,
	node: ast.With["updates"][number],
	type: StackType,
	steps: readonly PlaceStep[],
	walk: (type: Type, form: LeafForm | undefined, steps: readonly PlaceStep[]) => Part,
): Type {
	const [step, ...rest] = steps;
	const { of, dims } = type;
	if (of.kind !== "model" || !step) return type;
	if (step.kind === "elements") {
		const changed = walk(of, undefined, rest).type;
		if (shapeKey(changed) !== shapeKey(of)) tellApart(context, node);
		return type;
	}
	const member = step.kind === "field" ? of.declaration.members.get(step.name) : undefined;
	if (!member) return type;
	const part = stackOfPart(memberType(of, member), dims);
	if (!part) return type;
	const old = formOf(of, member.name, member.form);
	const next = walk(part, old, rest);
	if (member.role !== "part" && next.form === old) return type;
	const change: MemberChange =
		member.role === "part" ? { type: partOfOne(next.type, dims.length) } : { form: next.form ?? {} };
	return { ...type, of: { ...of, changes: new Map([...(of.changes ?? []), [member.name, change]]) } };
}

export function tellApart(context: Context, node: Parameters<typeof locate>[1]): void {
	report(context, {
		code: "E0322",
		at: locate(context, node),
		message: "all models of a stack are made alike, and this would make some of them otherwise",
		hint: "change all of them alike, or keep them apart in a static list: `[for ..]`",
	});
}

/** A part of each, of what is a part of a stack. */
export function partOfOne(type: Type, count: number): Type {
	switch (type.kind) {
		case "stack":
			return type.dims.length === count ? type.of : { ...type, dims: type.dims.slice(count) };
		case "tensor":
			return { ...type, shape: withoutAxes(type.shape, [...Array(count).keys()]) };
		case "list":
			if (type.elements) return { ...type, elements: type.elements.map((e) => partOfOne(e, count)) };
			return type.family
				? familyList(type.family.length, (i) => partOfOne(elementAt(type, i) ?? errorType, count))
				: type;
		case "tuple":
			return { ...type, elements: type.elements.map((e) => ({ ...e, type: partOfOne(e.type, count) })) };
		default:
			return type;
	}
}

/** A change of `w.a` of a reparametrized `w`. */
function ownChange(
	type: TensorType,
	form: LeafForm,
	name: string,
	stacked: number,
	make: MakePart,
): LeafForm {
	const made = form.reparametrized;
	if (!made) return form;
	if (name === "base" && made.base) {
		const base = make(type, made.base).form ?? {};
		return base === made.base ? form : { ...form, reparametrized: { ...made, base } };
	}
	const params = made.params.map((p) => {
		if (p.name !== name) return p;
		const { form: next } = make(stackOfPart(p.type, type.shape.dims.slice(0, stacked)) ?? p.type, p.form);
		return next === p.form ? p : { ...p, form: next };
	});
	return params.every((p, i) => p === made.params[i])
		? form
		: { ...form, reparametrized: { ...made, params } };
}

/** How the parts of a type are other than declared; empty where they are not. */
export function shapeKey(type: Type): string {
	switch (type.kind) {
		case "model": {
			const changed = [...(type.changes ?? [])].flatMap(([name, change]) => {
				const key = `${change.type ? shapeKey(change.type) : ""}${formKey(change.form)}`;
				return key === "" ? [] : [`${name}:${key}`];
			});
			return `${type.frozen ? "frozen " : ""}${changed.join()}`;
		}
		case "stack":
			return shapeKey(type.of);
		case "list": {
			// Of a list of unknown length all entries are made alike.
			const entries = type.elements ?? (type.family ? [type.family.at(constant(0))] : []);
			return joinedKeys(entries.map(shapeKey));
		}
		case "tuple":
			return joinedKeys(type.elements.map((e) => shapeKey(e.type)));
		default:
			return "";
	}
}

function joinedKeys(keys: readonly string[]): string {
	return keys.some((k) => k !== "") ? keys.join(";") : "";
}

export function formKey(form: LeafForm | undefined): string {
	if (!form) return "";
	const { frozen, open, reparametrized: made } = form;
	const own = made?.params.map((p) => `, ${p.name}: ${showType(p.type)} ${formKey(p.form)}`).join("");
	return `${frozen ? "frozen " : ""}${open ? "open " : ""}${made ? `by ${made.rule.name}(${formKey(made.base)}${own})` : ""}`;
}

/** `all is frozen`, `` `weight` is made by lora ``: the first of what is other than declared. */
export function howMade(type: Type): string {
	if (shapeKey(type) === "") return "all is trained";
	if (type.kind === "model" && type.frozen && !type.changes) return "all is frozen";
	return firstChange(type, "") ?? "all is frozen";
}

function firstChange(type: Type, path: string): string | undefined {
	const first = (parts: readonly (readonly [Type, string])[]): string | undefined => {
		for (const [part, name] of parts) {
			const found = firstChange(part, name);
			if (found) return found;
		}
		return undefined;
	};
	switch (type.kind) {
		case "model":
			for (const [name, { type: part, form }] of type.changes ?? []) {
				const own = path === "" ? name : `${path}.${name}`;
				const made = form?.reparametrized;
				if (made) {
					const [first] = made.params;
					const whose = first ? ` (\`${first.name}\`: ${showType(first.type)})` : "";
					return `\`${own}\` is made by ${made.rule.name}${whose}`;
				}
				if (form?.open) return `\`${own}\` is made in one of several ways`;
				if (form?.frozen) return `\`${own}\` is frozen`;
				const below = part && firstChange(part, own);
				if (below) return below;
			}
			return type.frozen ? `${path === "" ? "all" : `\`${path}\``} is frozen` : undefined;
		case "stack":
			return firstChange(type.of, path);
		case "list":
			return type.elements
				? first(type.elements.map((e, i) => [e, `${path}[${i}]`] as const))
				: type.family && firstChange(type.family.at(constant(0)), `${path}[i]`);
		case "tuple":
			return first(type.elements.map((e, i) => [e.type, `${path}.${e.name ?? i}`] as const));
		default:
			return undefined;
	}
}

/** A type as declared: its parameters as they are, trained. */
export function plainType(type: Type): Type {
	switch (type.kind) {
		case "model": {
			const { changes, frozen, ...plain } = type;
			const parts = [...(changes ?? [])].flatMap(([name, { type: part }]): [string, MemberChange][] =>
				part ? [[name, { type: plainType(part) }]] : [],
			);
			return parts.length > 0 ? { ...plain, changes: new Map(parts) } : plain;
		}
		case "stack": {
			const of = plainType(type.of);
			return of.kind === "model" ? { ...type, of } : type;
		}
		case "list":
			if (type.elements) return { ...type, elements: type.elements.map(plainType) };
			return type.family
				? familyList(type.family.length, (i) => plainType(elementAt(type, i) ?? errorType))
				: type;
		case "tuple":
			return { ...type, elements: type.elements.map((e) => ({ ...e, type: plainType(e.type) })) };
		default:
			return type;
	}
}
