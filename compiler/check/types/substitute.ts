import {
	type Atom,
	asConstant,
	asVariable,
	atomsOf,
	constant,
	type Dim,
	length,
	element as listElement,
	noFacts,
	ofAtom,
	substitute,
	variable,
	withIndices,
} from "../../dims/dim.js";
import { stackOf } from "../signatures/stack-type.js";
import { trainable } from "../trees/model-parameters.js";
import { entryByName, numberAt } from "./known-list.js";
import { withRest } from "./shape.js";
import { concatenated, spreadAt } from "./spread-list.js";
import {
	errorType,
	type Format,
	type FunctionType,
	freshId,
	type LeafForm,
	type ListType,
	type MemberChange,
	type ModelType,
	type Shape,
	type TensorType,
	type Type,
	unitType,
	type WhereClause,
} from "./types.js";
import { unknownInt } from "./unknown-int.js";

/** What signature variables stand for at one call. */
export interface Bindings {
	readonly dims: Map<number, Dim>;
	readonly rests: Map<number, Shape>;
	readonly types: Map<number, Type>;
	/** Static lists, by the identity of the parameter. */
	readonly lists: Map<number, ListType>;
	/** What `real` of the signature is in this call, once an argument tells. */
	readonly precision: { is?: Format };
}

export function noBindings(): Bindings {
	return { dims: new Map(), rests: new Map(), types: new Map(), lists: new Map(), precision: {} };
}

/** First what `inner` says, then `outer`. */
export function composed(inner: Bindings, outer: Bindings): Bindings {
	const both = <A, B>(map: ReadonlyMap<number, A>, change: (a: A) => B): Map<number, B> => {
		const changed = new Map<number, B>();
		for (const [id, value] of map) changed.set(id, change(value));
		return changed;
	};
	return {
		dims: both(inner.dims, (d) => substituteDim(d, outer)),
		rests: both(inner.rests, (s) => substituteShape(s, outer)),
		types: both(inner.types, (t) => substituteType(t, outer)),
		lists: both(inner.lists, (l) => substituteList(l, outer)),
		precision: inner.precision,
	};
}

export function substituteDim(dim: Dim, bindings: Bindings): Dim {
	// Most sizes are a number or a name.
	if (asConstant(dim) !== undefined) return dim;
	const only = asVariable(dim);
	if (only?.kind === "variable") return bindings.dims.get(only.id) ?? dim;
	const replace = (atom: Atom): Dim | undefined => {
		switch (atom.kind) {
			case "variable":
				return bindings.dims.get(atom.id);
			case "length":
			case "element": {
				const list = bindings.lists.get(atom.listId);
				const changed = withIndices(atom, (index) => substitute(index, replace));
				const moved = changed ?? atom;
				if (!list) {
					const known =
						moved.kind === "element"
							? (numberAt(moved) ??
								spreadAt(
									moved,
									(l) => substituteList(l, bindings),
									(a) => isBound(a, bindings),
								))
							: undefined;
					return known ?? (changed && ofAtom(changed));
				}
				const within = listAt(list, moved.outer ?? []);
				if (moved.kind === "length") return within ? lengthOf(within) : unknownInt();
				const entry = within && (elementAt(within, moved.index) ?? entryByName(within, moved.index));
				// Of which nothing is known is no size of another call.
				return entry?.kind === "Int" ? (entry.value ?? unknownInt()) : entry ? undefined : unknownInt();
			}
			default:
				return undefined;
		}
	};
	return substitute(dim, replace);
}

export function substituteShape(shape: Shape, bindings: Bindings): Shape {
	const dims = each(shape.dims, (d) => substituteDim(d, bindings));
	const rest = shape.rest && bindings.rests.get(shape.rest.id);
	if (!rest) return dims === shape.dims ? shape : { ...shape, dims };
	return withRest({ ...shape, dims }, rest);
}

export function substituteType(type: Type, bindings: Bindings): Type {
	switch (type.kind) {
		case "tensor":
			return substituteTensor(withoutBinders(type), bindings);
		case "Int": {
			const value = type.value && substituteDim(type.value, bindings);
			return value === type.value ? type : { ...type, value };
		}
		case "list":
			return substituteList(type, bindings);
		case "tuple": {
			const elements = each(type.elements, (e) => withType(e, substituteType(e.type, bindings)));
			return elements === type.elements ? type : { ...type, elements };
		}
		case "function":
			return substituteFunction(type, bindings);
		case "model":
			return substituteModel(type, bindings.precision.is ? { ...bindings, precision: {} } : bindings);
		case "variant": {
			const given = substituteEach(type.arguments, bindings);
			return given === type.arguments ? type : { ...type, arguments: given };
		}
		case "stack": {
			const dims = type.dims.map((d) => substituteDim(d, bindings));
			const stacked = stackOf(substituteType(type.of, bindings), dims);
			return "why" in stacked ? errorType : stacked;
		}
		case "variable": {
			const bound = bindings.types.get(type.id);
			if (bound && type.parametersOf) return trainable(bound) ?? unitType;
			return withoutLiteral(bound ?? type);
		}
		case "range":
			return {
				kind: "range",
				...(type.from && { from: substituteDim(type.from, bindings) }),
				...(type.to && { to: substituteDim(type.to, bindings) }),
			};
		default:
			return type;
	}
}

/** What nothing changes stays the same object: most sizes of most types are none that is bound. */
function each<A>(all: readonly A[], change: (one: A) => A): readonly A[] {
	let changed: A[] | undefined;
	for (let i = 0; i < all.length; i++) {
		const one = all[i] as A;
		const next = change(one);
		if (next !== one) changed ??= all.slice(0, i);
		changed?.push(next);
	}
	return changed ?? all;
}

function withType<A extends { readonly type: Type }>(one: A, type: Type): A {
	return type === one.type ? one : { ...one, type };
}

/** The names of binders mean nothing outside of them. */
function withoutBinders(type: TensorType): TensorType {
	if (!type.affine && !type.index) return type;
	const { affine: _, index: __, ...whole } = type;
	return whole;
}

function substituteTensor(type: TensorType, bindings: Bindings): TensorType {
	const { below, interval } = type;
	const format = type.element === "real" ? bindings.precision.is : undefined;
	const shape = substituteShape(type.shape, bindings);
	if (shape === type.shape && !format && !below && !interval) return type;
	return {
		...type,
		...(format && { element: format }),
		shape,
		...(below && { below: substituteDim(below, bindings) }),
		...(interval && {
			interval: {
				least: substituteDim(interval.least, bindings),
				most: substituteDim(interval.most, bindings),
			},
		}),
	};
}

/** A value is no longer what is written. */
function withoutLiteral(type: Type): Type {
	if (type.kind !== "tensor" || !type.literal) return type;
	const { literal: _, ...value } = type;
	return value;
}

function substituteEach(types: ReadonlyMap<string, Type>, bindings: Bindings): ReadonlyMap<string, Type> {
	let changed: Map<string, Type> | undefined;
	for (const [name, type] of types) {
		const next = substituteType(type, bindings);
		if (next === type) continue;
		changed ??= new Map(types);
		changed.set(name, next);
	}
	return changed ?? types;
}

/** What a model is made of is in the format of the program. */
function substituteModel(type: ModelType, bindings: Bindings): ModelType {
	const configuration = substituteEach(type.configuration, bindings);
	if (configuration === type.configuration && !type.changes && !type.implied) return type;
	return {
		...type,
		configuration,
		...(type.changes && {
			changes: new Map([...type.changes].map(([k, c]) => [k, substituteChange(c, bindings)])),
		}),
		...(type.implied && { implied: composed(type.implied, bindings) }),
	};
}

function substituteChange(change: MemberChange, bindings: Bindings): MemberChange {
	return {
		...(change.type && { type: substituteType(change.type, bindings) }),
		...(change.form && { form: substituteForm(change.form, bindings) }),
	};
}

export function substituteForm(form: LeafForm, bindings: Bindings): LeafForm {
	const made = form.reparametrized;
	if (!made) return form;
	const params = made.params.map((p) => ({
		...p,
		type: substituteType(p.type, bindings),
		...(p.form && { form: substituteForm(p.form, bindings) }),
	}));
	const base = made.base && substituteForm(made.base, bindings);
	return { ...form, reparametrized: { ...made, params, ...(base && { base }) } };
}

function isBound(atom: Atom, bindings: Bindings): boolean {
	if (atom.kind === "variable") return bindings.dims.has(atom.id);
	return (atom.kind === "element" || atom.kind === "length") && bindings.lists.has(atom.listId);
}

/** The list at these indices of lists within lists; undefined where it cannot be told which. */
function listAt(list: ListType, outer: readonly Dim[]): ListType | undefined {
	let found = list;
	for (const index of outer) {
		const entry = elementAt(found, index);
		if (entry?.kind !== "list") return undefined;
		found = entry;
	}
	return found;
}

/** What is asked at an index that is of another text than what is replaced: a name in it stays. */
function replacedAt<A extends readonly Dim[]>(
	at: (...indices: A) => Type,
	bindings: Bindings,
	...indices: A
): Type {
	const isReplaced = (atom: Atom): boolean => atom.kind === "variable" && bindings.dims.has(atom.id);
	if (!indices.some((index) => atomsOf(index).some(isReplaced)))
		return substituteType(at(...indices), bindings);
	const fresh = indices.map(() => variable("i", { minimum: 0 }));
	const type = substituteType(at(...(fresh.map((f) => f.dim) as readonly Dim[] as A)), bindings);
	const back = noBindings();
	for (const [i, { atom }] of fresh.entries()) back.dims.set(atom.id, indices[i] as Dim);
	return substituteType(type, back);
}

function substituteList(type: ListType, bindings: Bindings): ListType {
	if (type.symbol) {
		const { symbol } = type;
		const { entries } = symbol;
		const outer = symbol.outer?.map((index) => substituteDim(index, bindings));
		const bound = bindings.lists.get(symbol.id);
		if (bound) return listAt(bound, outer ?? []) ?? { kind: "list", symbol: { ...symbol, id: freshId() } };
		if (!entries && !outer) return type;
		return {
			kind: "list",
			symbol: {
				...symbol,
				...(outer && { outer }),
				...(entries && {
					entries: {
						...entries,
						template: substituteType(entries.template, bindings),
						at: (indices: readonly Dim[]) =>
							replacedAt((...all: readonly Dim[]) => entries.at(all), bindings, ...indices),
					},
				}),
			},
		};
	}
	if (type.segments)
		return concatenated(
			type.segments.map((s) => substituteList(s, bindings)),
			noFacts,
			type.known,
		);
	if (type.elements) {
		const elements = each(type.elements, (t) => substituteType(t, bindings));
		return elements === type.elements ? type : { ...type, elements };
	}
	const family = type.family;
	if (!family) return type;
	return familyList(substituteDim(family.length, bindings), (index) =>
		replacedAt(family.at, bindings, index),
	);
}

/** Longer lists stay families: checking each element would take too long. */
const mostElements = 4096;

/** A family whose length is known is a list of its elements. */
export function familyList(size: Dim, at: (index: Dim) => Type): ListType {
	const known = asConstant(size);
	if (known === undefined || known > mostElements) return { kind: "list", family: { length: size, at } };
	return { kind: "list", elements: Array.from({ length: Math.max(0, known) }, (_, i) => at(constant(i))) };
}

export function substituteFunction(type: FunctionType, bindings: Bindings): FunctionType {
	return {
		...type,
		parameters: each(type.parameters, (p) => withType(p, substituteType(p.type, bindings))),
		result: substituteType(type.result, bindings),
		...(type.where && { where: type.where.map((w) => substituteWhere(w, bindings)) }),
	};
}

export function substituteWhere(clause: WhereClause, bindings: Bindings): WhereClause {
	const map = (d: Dim) => substituteDim(d, bindings);
	switch (clause.kind) {
		case "at-least":
			return { ...clause, greater: map(clause.greater), lesser: map(clause.lesser) };
		case "equal":
			return { ...clause, left: map(clause.left), right: map(clause.right) };
		case "divides":
			return { ...clause, divisor: map(clause.divisor), dividend: map(clause.dividend) };
	}
}

export function lengthOf(list: ListType): Dim {
	if (list.elements) return constant(list.elements.length);
	if (list.symbol) return length(list.symbol);
	return list.family ? list.family.length : constant(0);
}

/** The entry at an index; undefined if a list of known length has none there, or it cannot be told which. */
export function elementAt(list: ListType, index: Dim): Type | undefined {
	if (list.elements) {
		const known = asConstant(index);
		return known === undefined ? undefined : list.elements[known];
	}
	if (list.family) return list.family.at(index);
	if (list.symbol?.entries) return list.symbol.entries.at([...(list.symbol.outer ?? []), index]);
	if (list.symbol) return { kind: "Int", value: listElement(list.symbol, index) };
	return undefined;
}
