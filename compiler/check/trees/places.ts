import type * as ast from "../../../grammar/ast.js";
import { nearest, quoted } from "../../source/near.js";
import { inferIndex } from "../binders/indexing.js";
import { type Binding, type Context, locate, report } from "../context.js";
import { infer } from "../expressions/expression.js";
import { type Hint, meant, meantOr } from "../hint.js";
import { knownBindings } from "../signatures/model-type.js";
import { isOn } from "../signatures/option-truth.js";
import { stackOfPart } from "../signatures/stack-type.js";
import { sourceText } from "../signatures/type-node.js";
import { showType } from "../types/show.js";
import { substituteForm } from "../types/substitute.js";
import {
	errorType,
	type LeafForm,
	type ListType,
	type ModelType,
	type PlaceLeaf,
	type PlaceStep,
	type Type,
} from "../types/types.js";
import { chosenPlaces } from "./chosen-places.js";
import { memberType } from "./place.js";
import { entriesOf, entryCall, isListPlace, listEntries } from "./place-entries.js";
import { distinct, outermost, union, without } from "./place-sets.js";

/** Sets of parts of a value, found by path: `net.**.weight`, `.{a, b}`, `(p, q)`, `p except q`. */

export function inferPlaces(context: Context, node: ast.Expression): Type {
	const found = placesOf(context, node);
	if (!found) return errorType;
	const leaves = outermost(distinct(found.flatMap(valuesOf), context.facts), context.facts);
	if (leaves.length > 0) return { kind: "places", leaves };
	matchesNothing(context, node);
	return errorType;
}

export function matchesNothing(context: Context, node: ast.Expression): void {
	report(context, {
		code: "E0410",
		at: locate(context, node),
		message: "this place matches nothing",
		hint: nearPlaces(context, node),
	});
}

function nearPlaces(context: Context, node: ast.Expression): Hint {
	let base: ast.Expression = node;
	while (true) {
		if (base.kind === "Field" || base.kind === "Places" || base.kind === "Index") base = base.base;
		else if (base.kind === "Binary") base = base.left;
		else if (base.kind === "Parenthesized") base = base.inner;
		else break;
	}
	const root = placesOf(context, base) ?? [];
	const leaves = root.flatMap((p) => descendants(p)).filter((p) => p.type.kind === "tensor");
	const names = [...new Set(leaves.map((l) => l.path.split(".").at(-1) ?? ""))];
	if (names.length === 0) return "there are no parameters below it";
	if (node.kind === "Binary") return "all that is on the left is left out";
	const near = node.kind === "Field" && node.name.kind === "Identifier" ? nearest(node.name.name, names) : [];
	if (near.length > 0) return meant(near.slice(0, 1));
	return `there are ${names.map((n) => `\`${n}\``).join(", ")}`;
}

/** The parts of a tree that a path selects; undefined after a mistake that is told. */
export function placesOf(context: Context, node: ast.Expression): PlaceLeaf[] | undefined {
	switch (node.kind) {
		case "Parenthesized":
			return placesOf(context, node.inner);
		case "Tuple":
			return union(
				node.elements.map((e) => placesOf(context, e.value)),
				context.facts,
			);
		case "Binary":
			return node.operator === "except" ? except(context, node) : plainPlace(context, node);
		case "Places": {
			const bases = placesOf(context, node.base);
			if (!bases) return undefined;
			if (node.select === "*") return bases.flatMap((b) => childrenOf(b));
			if (node.select === "**") return distinct(bases.flatMap(descendants));
			return union(node.members.map((member) => memberPlaces(context, bases, member)));
		}
		case "Field": {
			if (node.name.kind !== "Identifier") return undefined;
			const bases = placesOf(context, node.base);
			return bases && named(bases, node.name.name);
		}
		case "Index": {
			const bases = placesOf(context, node.base);
			return bases && indexed(context, node, bases);
		}
		case "Call": {
			const entries = entryCall(context, node, (part) => placesOf(context, part));
			if (entries === "told") return undefined;
			return entries ?? plainPlace(context, node);
		}
		case "Root": {
			if (!context.root) return ownParts(context);
			return [{ path: "", type: context.root, steps: [] }];
		}
		case "If":
		case "Match": {
			const chosen = chosenPlaces(context, node);
			return chosen ? union(chosen) : plainPlace(context, node);
		}
		case "Missing":
			return undefined;
		default:
			return plainPlace(context, node);
	}
}

function plainPlace(context: Context, node: ast.Expression): PlaceLeaf[] | undefined {
	const type = infer(context, node);
	if (type.kind === "error") return undefined;
	if (type.kind === "places") return [...type.leaves];
	const binding = node.kind === "Name" ? context.scope.find(node.name) : undefined;
	return [
		{
			path: node.kind === "Name" ? node.name : sourceText(context, node),
			type,
			steps: [],
			...(binding?.form && { form: binding.form }),
			...(binding?.role === "state" && { isState: true }),
		},
	];
}

/** A place that begins with a dot: the parts and parameters of the fit around. */
function ownParts(context: Context): PlaceLeaf[] {
	const parts = [...context.scope.visible()].filter((b) => b.role === "part" || b.role === "param");
	const type: Type = { kind: "tuple", elements: parts.map((b) => ({ name: b.name, type: b.type })) };
	return [{ path: "", type, steps: [], parts: parts.map(ownPart) }];
}

export function ownPart(binding: Binding): PlaceLeaf {
	const { name, type, form } = binding;
	return { path: name, type, steps: [{ kind: "field", name }], ...(form && { form }) };
}

/** A member of `.{a, b.c}`, from each of the places before it. */
function memberPlaces(
	context: Context,
	bases: readonly PlaceLeaf[],
	member: ast.Expression,
): PlaceLeaf[] | undefined {
	switch (member.kind) {
		case "Name": {
			const found = named(bases, member.name);
			if (found.length > 0) return found;
			const names = [...new Set(bases.flatMap((b) => childrenOf(b, true)).map((c) => lastName(c.path)))];
			report(context, {
				code: "E0410",
				at: locate(context, member),
				message: "this place matches nothing",
				hint: meantOr(
					member.name,
					names,
					names.length > 0 ? `there are ${quoted(names)}` : "there are no parameters below it",
				),
			});
			return undefined;
		}
		case "Field": {
			const inner = memberPlaces(context, bases, member.base);
			return inner && member.name.kind === "Identifier" ? named(inner, member.name.name) : undefined;
		}
		case "Places": {
			const inner = memberPlaces(context, bases, member.base);
			if (!inner) return undefined;
			if (member.select === "*") return inner.flatMap((b) => childrenOf(b));
			if (member.select === "**") return distinct(inner.flatMap(descendants));
			return union(member.members.map((m) => memberPlaces(context, inner, m)));
		}
		case "Index": {
			const inner = memberPlaces(context, bases, member.base);
			return inner && indexed(context, member, inner);
		}
		case "Missing":
			return undefined;
		default:
			report(context, {
				code: "E0426",
				at: locate(context, member),
				message: "this is no place: in `.{ }` stand names of parts and paths from them",
				hint: "for example `net.{head.weight, layers[0].bias, body.**}`",
			});
			return undefined;
	}
}

function named(bases: readonly PlaceLeaf[], name: string): PlaceLeaf[] {
	return distinct(
		bases.flatMap((b) => childrenOf(b, true, name).filter((c) => c.path === joined(b.path, name))),
	);
}

function joined(path: string, name: string): string {
	return path === "" ? name : `${path}.${name}`;
}

function lastName(path: string): string {
	return path.split(".").at(-1) ?? "";
}

/** `layers[0]`, `layers[1..]`, `weight[0, :]`. */
function indexed(context: Context, node: ast.Index, bases: readonly PlaceLeaf[]): PlaceLeaf[] | undefined {
	const found: PlaceLeaf[] = [];
	for (const base of bases) {
		const [item] = node.items;
		if (isListPlace(base) && node.items.length === 1 && item && hasEntryAt(context, base.type, item)) {
			const entries = listEntries(context, node, item, base);
			if (!entries) return undefined;
			found.push(...entries);
			continue;
		}
		const type = inferIndex(context, node, base.type);
		if (type.kind === "error") return undefined;
		const steps: PlaceStep[] = [...(base.steps ?? []), { kind: "elements", node }];
		const items = node.items.map((i) => (i.kind === "FullSlice" ? ":" : sourceText(context, i))).join(", ");
		found.push({
			path: `${base.path}[${items}]`,
			type,
			steps,
			...(base.isState && { isState: true }),
			...(base.form && { form: base.form }),
		});
	}
	return found;
}

/** Whether an index means an entry of the list: not of numbers side by side, which are a tensor. */
function hasEntryAt(context: Context, list: ListType, item: ast.Expression): boolean {
	const elements = list.elements ?? [];
	const tensors = elements.flatMap((e) => (e.kind === "tensor" ? [e.shape] : []));
	if (elements.some((e) => e.kind === "Int" || e.kind === "Real")) return false;
	if (tensors.some((shape) => shape.dims.length === 0 && !shape.rest)) return false;
	if (tensors.length === 0) return true;
	const index = item.kind === "FullSlice" || item.kind === "Range" ? undefined : infer(context, item);
	return index?.kind === "Int" && index.value !== undefined;
}

// ---------------------------------------------------------------- sets

function except(context: Context, node: ast.Binary): PlaceLeaf[] | undefined {
	const left = placesOf(context, node.left);
	const right = placesOf(context, node.right);
	if (!left || !right) return undefined;
	if (right.length === 0) {
		matchesNothing(context, node.right);
		return undefined;
	}
	const entries = (places: readonly PlaceLeaf[]): PlaceLeaf[] =>
		places.flatMap((p) => (p.some ? childrenOf(p) : [p]));
	const { certain, open } = without(entries(left), entries(right), context.facts);
	return distinct([...certain, ...open.map((p) => ({ ...p, uncertain: true }))], context.facts);
}

// ---------------------------------------------------------------- the tree

/** What is directly below, or of the members of a model only one; states only where they are asked for by name. */
export function childrenOf(place: PlaceLeaf, states = false, only?: string): PlaceLeaf[] {
	if (place.parts) return [...place.parts];
	if (isListPlace(place)) return entriesOf(place);
	const below = partsOf(place, states, only);
	return place.uncertain ? below.map((p) => ({ ...p, uncertain: true })) : below;
}

function partsOf(place: PlaceLeaf, states: boolean, only: string | undefined): PlaceLeaf[] {
	const { type, path, steps = [] } = place;
	const field = (name: string): PlaceStep[] => [...steps, { kind: "field", name }];
	switch (type.kind) {
		case "model": {
			const { members } = type.declaration;
			return (only === undefined ? [...members.values()] : [members.get(only)]).flatMap((m) => {
				if (!m) return [];
				if (m.role !== "param" && m.role !== "part" && !(states && m.role === "state")) return [];
				if (m.condition && isOn(type, m.condition) === false) return [];
				const form = m.role === "param" ? formOf(type, m.name, m.form) : undefined;
				return [
					{
						path: joined(path, m.name),
						type: memberType(type, m),
						steps: field(m.name),
						...(form && { form }),
						...(m.role === "param" && { inModel: true }),
						...(m.constraint && { isConstrained: true }),
						...(m.role === "state" && { isState: true }),
					},
				];
			});
		}
		case "tuple":
			return type.elements.map((e, i) => ({
				path: joined(path, e.name ?? String(i)),
				type: e.type,
				steps: field(e.name ?? String(i)),
			}));
		case "table":
			return type.columns.map((c) => ({ path: joined(path, c.name), type: c.type, steps: field(c.name) }));
		case "stack":
			return childrenOf({ path, type: type.of, steps }, states, only).flatMap((child) => {
				const whole = stackOfPart(child.type, type.dims);
				return whole ? [{ ...child, type: whole, stacked: type.dims.length }] : [];
			});
		case "tensor":
			return ownParameters(place);
		default:
			return [];
	}
}

/** A path from a name, or from what a call or a `with` gives. */
function isPath(node: ast.Expression): boolean {
	if (node.kind === "Parenthesized") return isPath(node.inner);
	return (
		["Name", "Root", "Call", "With"].includes(node.kind) ||
		((node.kind === "Field" || node.kind === "Index") && isPath(node.base))
	);
}

/** `net.body.weight.a` of a reparametrized weight. */
export function ownParameter(context: Context, node: ast.Field): PlaceLeaf | undefined {
	return isPath(node.base) ? placesOf(context, node)?.[0] : undefined;
}

/** The names of the parameters of a reparametrized weight. */
export function ownNames(context: Context, weight: ast.Expression): string[] {
	if (!isPath(weight)) return [];
	return (placesOf(context, weight) ?? []).flatMap((p) => ownParameters(p)).map((p) => lastName(p.path));
}

/** How the value of a model's parameter is made. */
export function formOf(model: ModelType, name: string, declared: LeafForm | undefined): LeafForm | undefined {
	const changed = model.changes?.get(name)?.form;
	if (changed) return changed;
	const form = declared && substituteForm(declared, knownBindings(model));
	return model.frozen ? { ...form, frozen: true } : form;
}

/** The parameters of a parameter that is reparametrized. */
function ownParameters({ path, type, steps = [], form, stacked = 0 }: PlaceLeaf): PlaceLeaf[] {
	const made = form?.reparametrized;
	if (!made || type.kind !== "tensor") return [];
	const outer = type.shape.dims.slice(0, stacked);
	const ofPlace = (name: string, own: Type, before: LeafForm | undefined): PlaceLeaf => ({
		path: joined(path, name),
		type: own,
		steps: [...steps, { kind: "field", name }],
		inModel: true,
		...(before && { form: before }),
		...(stacked > 0 && { stacked }),
	});
	const within = (before: LeafForm | undefined): LeafForm | undefined =>
		form.frozen ? { ...before, frozen: true } : before;
	const own = made.params.map((p) => {
		const whole = stacked > 0 ? (stackOfPart(p.type, outer) ?? errorType) : p.type;
		return {
			...ofPlace(p.name, whole, within(p.form)),
			...(p.isConstrained && { isConstrained: true }),
		};
	});
	return made.base ? [ofPlace("base", type, within(made.base)), ...own] : own;
}

function descendants(place: PlaceLeaf): PlaceLeaf[] {
	return [place, ...childrenOf(place).flatMap(descendants)];
}

/** The tensors below a place, as values. */
export function valuesOf(place: PlaceLeaf): PlaceLeaf[] {
	if (place.type.kind === "tensor") return [place];
	return childrenOf(place).flatMap(valuesOf);
}

/** The tensors below a place that a step may train. */
export function leavesOf(place: PlaceLeaf): PlaceLeaf[] {
	const found: PlaceLeaf[] = [];
	addLeaves(place, found);
	return found.length > 1 ? distinct(found) : found;
}

function addLeaves(place: PlaceLeaf, found: PlaceLeaf[]): void {
	if (place.isState) return;
	if (place.type.kind !== "tensor" || place.form?.reparametrized)
		for (const child of childrenOf(place)) addLeaves(child, found);
	else if (!place.form?.frozen) found.push(place.form?.open ? { ...place, uncertain: true } : place);
}

/** Why nothing of these places is trained. */
export function untrained(places: readonly PlaceLeaf[], type: Type): string {
	if (places.some((p) => p.isState)) return "this holds no parameters: a state is not trained";
	if (places.flatMap(valuesOf).some((p) => p.form?.frozen))
		return "this holds no parameters that are trained: they are frozen";
	return `this holds no parameters: it is ${showType(type)}`;
}
