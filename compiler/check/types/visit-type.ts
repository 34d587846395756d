import { type Atom, atomsOf, type Dim, variable } from "../../dims/dim.js";
import type { Bindings } from "./substitute.js";
import {
	type FunctionType,
	freshId,
	type LeafForm,
	type ListSymbol,
	type ModelType,
	type RestVariable,
	type Shape,
	type Type,
	type VariableType,
} from "./types.js";

/** What a type is made of. */
export interface TypeVisitor {
	readonly atom?: (atom: Atom) => void;
	readonly rest?: (rest: RestVariable) => void;
	/** A list of unknown length. */
	readonly list?: (symbol: ListSymbol) => void;
	readonly variable?: (variable: VariableType) => void;
	readonly model?: (model: ModelType) => void;
}

/** Stands for the index of a family wherever one is only looked at. */
const anyIndex = variable("i", { minimum: 0 }).dim;

/** Visits every size, rest, list and variable of a type, those of functions too. */
export function visitType(type: Type, visitor: TypeVisitor): void {
	const size = (dim: Dim): void => visitSize(dim, visitor);
	const visit = (t: Type): void => visitType(t, visitor);
	switch (type.kind) {
		case "tensor":
			visitShape(type.shape, visitor);
			if (type.below) size(type.below);
			return;
		case "Int":
			if (type.value) size(type.value);
			return;
		case "list":
			if (type.symbol) {
				const { outer = [], entries } = type.symbol;
				visitor.list?.(type.symbol);
				for (const index of outer) size(index);
				if (entries) visit(entries.at([...outer, anyIndex]));
			}
			for (const element of type.elements ?? []) visit(element);
			for (const segment of type.segments ?? []) visit(segment);
			if (type.family && !type.segments) {
				size(type.family.length);
				visit(type.family.at(anyIndex));
			}
			return;
		case "tuple":
			for (const element of type.elements) visit(element.type);
			return;
		case "function": {
			if (type.lambda || type.special) return;
			const inner = apartFrom(type.quantified, visitor);
			for (const parameter of type.parameters) visitType(parameter.type, inner);
			visitType(type.result, inner);
			return;
		}
		case "model":
			visitor.model?.(type);
			for (const option of type.configuration.values()) visit(option);
			visitBindings(type.implied, visitor);
			for (const { type: part, form } of type.changes?.values() ?? []) {
				if (part) visit(part);
				visitForm(form, visit);
			}
			return;
		case "variant":
			for (const argument of type.arguments.values()) visit(argument);
			return;
		case "table":
			size(type.rows);
			for (const column of type.columns) visit(column.type);
			return;
		case "stream":
			visit(type.item);
			return;
		case "places":
			for (const leaf of type.leaves) visit(leaf.type);
			return;
		case "range":
			if (type.from) size(type.from);
			if (type.to) size(type.to);
			return;
		case "stack":
			visitShape(type, visitor);
			visit(type.of);
			return;
		case "variable":
			visitor.variable?.(type);
			return;
		default:
			return;
	}
}

/** A visitor of what a signature does not name itself. */
function apartFrom(
	{ dims, rests, types, lists = [] }: FunctionType["quantified"],
	visitor: TypeVisitor,
): TypeVisitor {
	const { atom, rest, list, variable } = visitor;
	if (dims.length + rests.length + types.length + lists.length === 0) return { atom, rest, list, variable };
	const isOwnList = (id: number): boolean => lists.some((own) => own.id === id);
	const isOwnAtom = (one: Atom): boolean =>
		one.kind === "variable"
			? dims.some((own) => own.id === one.id)
			: (one.kind === "length" || one.kind === "element") && isOwnList(one.listId);
	return {
		...(atom && { atom: (one) => isOwnAtom(one) || atom(one) }),
		...(rest && { rest: (one) => rests.some((own) => own.id === one.id) || rest(one) }),
		...(list && { list: (one) => isOwnList(one.id) || list(one) }),
		...(variable && { variable: (one) => types.some((own) => own.id === one.id) || variable(one) }),
	};
}

function visitSize(dim: Dim, visitor: TypeVisitor): void {
	if (visitor.atom) for (const atom of atomsOf(dim)) visitor.atom(atom);
}

function visitShape({ rest, dims }: Shape, visitor: TypeVisitor): void {
	if (rest) visitor.rest?.(rest);
	for (const dim of dims) visitSize(dim, visitor);
}

function visitBindings(bindings: Bindings | undefined, visitor: TypeVisitor): void {
	if (!bindings) return;
	for (const dim of bindings.dims.values()) visitType({ kind: "Int", value: dim }, visitor);
	for (const shape of bindings.rests.values()) visitType({ kind: "tensor", element: "real", shape }, visitor);
	for (const type of [...bindings.types.values(), ...bindings.lists.values()]) visitType(type, visitor);
}

/** A moment of checking: names are numbered in the order in which they are met. */
export interface Moment {
	readonly variable: number;
	readonly other: number;
}

export function now(): Moment {
	return { variable: variable("now").atom.id, other: freshId() };
}

export type VariableAtom = Atom & { kind: "variable" };

/** The sizes of a type that were named after a moment, apart from those that are known. */
export function bornSince(type: Type, since: Moment, known: ReadonlySet<number> = new Set()): VariableAtom[] {
	const found = new Map<number, VariableAtom>();
	visitType(type, {
		atom: (atom) => {
			if (atom.kind === "variable" && atom.id > since.variable && !known.has(atom.id))
				found.set(atom.id, atom);
		},
	});
	return [...found.values()];
}

/** The lists of unknown length in a type that were named after a moment. */
export function listsSince(type: Type, since: Moment): ListSymbol[] {
	const found = new Map<number, ListSymbol>();
	visitType(type, {
		list: (symbol) => {
			if (symbol.id > since.other && !(symbol.outer && found.has(symbol.id))) found.set(symbol.id, symbol);
		},
		atom: (atom) => {
			if ((atom.kind !== "length" && atom.kind !== "element") || atom.listId <= since.other) return;
			const minimum = atom.kind === "element" ? atom.minimum : undefined;
			if (minimum === undefined && found.has(atom.listId)) return;
			found.set(atom.listId, {
				name: atom.list,
				id: atom.listId,
				...(minimum !== undefined && { minimum }),
			});
		},
	});
	const columns = [...found.values()].flatMap(({ entries }) => entries?.columns ?? []);
	for (const { id } of columns) found.delete(id);
	return [...found.values()];
}

/** The parameters of a reparametrized parameter. */
function visitForm(form: LeafForm | undefined, visit: (type: Type) => void): void {
	for (const own of form?.reparametrized?.params ?? []) {
		visit(own.type);
		visitForm(own.form, visit);
	}
	if (form?.reparametrized?.base) visitForm(form.reparametrized.base, visit);
}
