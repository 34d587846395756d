import { constant, type Dim, element as entryOf, variable } from "../../dims/dim.js";
import { shapeOf } from "./shape.js";
import { type Bindings, elementAt, lengthOf, noBindings, substituteType } from "./substitute.js";
import type { ModelSymbol } from "./symbols.js";
import {
	freshId,
	type ListEntries,
	type ListSymbol,
	type ListType,
	type ModelType,
	noQuantified,
	type Quantified,
	type Type,
	type VariableType,
} from "./types.js";
import { visitType } from "./visit-type.js";

/** What a declaration quantifies over, with names of its own: for one instance of it. */
export interface Instance {
	readonly bindings: Bindings;
	readonly quantified: Quantified;
}

export function instantiate(quantified: Quantified, nameOf: (name: string) => string): Instance {
	const bindings = noBindings();
	const dims = quantified.dims.map((old) => {
		const { dim, atom } = variable(nameOf(old.name), { minimum: old.minimum });
		bindings.dims.set(old.id, dim);
		return atom;
	});
	const rests = quantified.rests.map((old) => {
		const rest = { id: freshId(), name: nameOf(old.name) };
		bindings.rests.set(old.id, shapeOf([], rest));
		return rest;
	});
	const types = quantified.types.map((old): VariableType => {
		const fresh: VariableType = { kind: "variable", name: old.name, id: freshId() };
		bindings.types.set(old.id, fresh);
		return fresh;
	});
	const lists = (quantified.lists ?? []).map((old) => {
		const template = old.entries && substituteType(old.entries.template, bindings);
		const fresh = listSymbol(nameOf(old.name), template, old.minimum);
		bindList(bindings, old, { kind: "list", symbol: fresh });
		return fresh;
	});
	return { bindings, quantified: { ...noQuantified, dims, rests, types, lists } };
}

/** A list of unknown length; `template` is what its entries are, if they are more than Ints. */
export function listSymbol(name: string, template: Type | undefined, minimum?: number): ListSymbol {
	const id = freshId();
	if (!template || (template.kind === "Int" && !template.value))
		return { name, id, ...(minimum !== undefined && { minimum }) };
	const columns: Column[] = [];
	const at = columnsOf(template, { name, id, columns, of: (entry) => entry });
	const entries: ListEntries = { template, at, columns };
	return { name, id, entries };
}

type Column = ListEntries["columns"][number];

/** A list whose entries are being described, and what they are of an entry of the outermost list. */
interface Described {
	readonly name: string;
	/** Where it is a list by itself; a part of its entries has one of its own, once it is needed. */
	readonly id?: number;
	readonly columns: Column[];
	readonly of: Column["of"];
}

/** Each Int of an entry is the entry of a list: `blocks[i].0` of `blocks: List[(Int, Int)]`. */
function columnsOf(template: Type, list: Described): ListEntries["at"] {
	switch (template.kind) {
		case "Int": {
			if (template.value) return () => template;
			const { name, id } = columnOf(list);
			return (indices) => ({ kind: "Int", value: entryAt({ name, id }, indices) });
		}
		case "list":
			return template.symbol ? listColumns(template.symbol, list) : () => template;
		case "tuple": {
			const parts = template.elements.map((e, i) =>
				columnsOf(
					e.type,
					partOf(list, `${e.name ?? i}`, (whole) => {
						if (whole.kind !== "tuple") return undefined;
						const named = whole.elements.find((o) => e.name !== undefined && o.name === e.name);
						return (named ?? whole.elements[i])?.type;
					}),
				),
			);
			return (indices) => ({
				...template,
				elements: template.elements.map((e, i) => ({ ...e, type: parts[i]?.(indices) ?? e.type })),
			});
		}
		case "model":
			return isOpenModel(template) ? modelColumns(template, list) : () => template;
		default:
			return () => template;
	}
}

function partOf({ name, columns, of }: Described, part: string, take: Column["of"]): Described {
	return {
		name: `${name}.${part}`,
		columns,
		of: (entry) => {
			const whole = of(entry);
			return whole && take(whole);
		},
	};
}

function columnOf({ name, id, columns, of }: Described): { readonly name: string; readonly id: number } {
	if (id !== undefined) return { name, id };
	const column = { name, id: freshId() };
	columns.push({ id: column.id, of });
	return column;
}

function entryAt(list: { readonly name: string; readonly id: number }, indices: readonly Dim[]): Dim {
	const last = indices.at(-1) ?? constant(0);
	return entryOf({ ...list, outer: indices.slice(0, -1) }, last);
}

/** Lists in the entries of a list: `stages[i]`, of whose length and entries nothing is known but that there are some. */
function listColumns(
	{ entries: inner, minimum, anyList: _ }: ListSymbol,
	list: Described,
): ListEntries["at"] {
	const { name, id } = columnOf(list);
	const least = minimum !== undefined && { minimum };
	if (!inner) return (outer) => ({ kind: "list", symbol: { name, id, outer, ...least } });
	const columns: Column[] = [];
	const at = columnsOf(inner.template, { name, id, columns, of: (entry) => entry });
	for (const column of columns)
		list.columns.push({
			id: column.id,
			of: (entry) => {
				const whole = list.of(entry);
				return whole?.kind === "list" ? mapList(whole, column.of) : undefined;
			},
		});
	const entries: ListEntries = { template: inner.template, at, columns: [] };
	return (outer) => ({ kind: "list", symbol: { name, id, outer, entries } });
}

/** `net: MLP`: of any configuration. */
export function isOpenModel(type: Type): boolean {
	return type.kind === "model" && type.configuration.size === 0 && type.declaration.parameters.length > 0;
}

function modelColumns({ declaration }: ModelType, list: Described): ListEntries["at"] {
	const sizes = [...declaration.quantified.dims, ...declaration.openSizes].map((atom) => {
		const column = partOf(list, atom.name, (whole) => {
			const value = whole.kind === "model" ? whole.implied?.dims.get(atom.id) : undefined;
			return value && { kind: "Int", value };
		});
		return { atom, column: columnOf(column) };
	});
	const lists = [...(declaration.quantified.lists ?? []), ...declaration.openLists].map((symbol) => {
		const column = partOf(list, symbol.name, (whole) =>
			whole.kind === "model" ? whole.implied?.lists.get(symbol.id) : undefined,
		);
		return { symbol, at: listColumns(symbol, column) };
	});
	return (indices) => {
		const implied = noBindings();
		for (const { atom, column } of sizes) implied.dims.set(atom.id, entryAt(column, indices));
		for (const { symbol, at } of lists) {
			const own = at(indices);
			if (own.kind === "list") bindList(implied, symbol, own);
		}
		return configured(declaration, implied);
	};
}

/** The instance of a model whose declaration's names stand for these. */
export function configured(declaration: ModelSymbol, implied: Bindings): ModelType {
	const configuration = new Map(declaration.parameters.map((p) => [p.name, substituteType(p.type, implied)]));
	return { kind: "model", declaration, configuration, implied };
}

/** What a list of a signature stands for; each column of it is taken from there. */
export function bindList(bindings: Bindings, symbol: ListSymbol, actual: ListType): void {
	bindings.lists.set(symbol.id, actual);
	for (const { id, of } of symbol.entries?.columns ?? []) bindings.lists.set(id, mapList(actual, of));
}

function mapList(list: ListType, of: Column["of"]): ListType {
	const entry = (type: Type | undefined): Type => (type && of(type)) ?? { kind: "error" };
	if (list.elements) return { kind: "list", elements: list.elements.map(entry) };
	return { kind: "list", family: { length: lengthOf(list), at: (index) => entry(elementAt(list, index)) } };
}

/** The result of one call: a list or a model in it of which nothing is told is this call's own. */
export function withOwnLists(type: Type): Type {
	if (type.kind === "tensor") return type;
	const found = new Map<number, ListSymbol>();
	visitType(type, {
		list: (symbol) => {
			if (symbol.anyList && !symbol.outer) found.set(symbol.id, symbol);
		},
	});
	const listed =
		found.size === 0
			? type
			: substituteType(type, instantiate({ ...noQuantified, lists: [...found.values()] }, (n) => n).bindings);
	return withOwnModels(listed);
}

function withOwnModels(type: Type): Type {
	return withInstances(type, "", (model) => ownInstance(model, (name) => name).type);
}

/** Every model of any configuration as an instance that `make` gives it; `path` is where it stands. */
export function withInstances(
	type: Type,
	path: string,
	make: (model: ModelSymbol, path: string) => Type,
): Type {
	switch (type.kind) {
		case "model":
			return isOpenModel(type) ? make(type.declaration, path) : type;
		case "tuple":
			return {
				...type,
				elements: type.elements.map((e, i) => ({
					...e,
					type: withInstances(e.type, `${path}.${e.name ?? i}`, make),
				})),
			};
		case "list":
			return type.elements
				? { ...type, elements: type.elements.map((e, i) => withInstances(e, `${path}[${i}]`, make)) }
				: type;
		default:
			return type;
	}
}

/** An instance of any configuration, with names of its own for what its parameters are. */
export function ownInstance(
	model: ModelSymbol,
	nameOf: (name: string) => string,
): { readonly type: ModelType; readonly quantified: Quantified } {
	const { bindings, quantified } = instantiate(
		{
			...model.quantified,
			dims: [...model.quantified.dims, ...model.openSizes],
			lists: [...(model.quantified.lists ?? []), ...model.openLists],
		},
		nameOf,
	);
	return { type: configured(model, bindings), quantified };
}
