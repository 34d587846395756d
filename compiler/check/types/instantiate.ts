import { type Dim, element as entryOf, variable } from "../../dims/dim.js";
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
	const at = columnsOf(template, name, columns, (entry) => entry);
	const entries: ListEntries = { template, at, columns };
	return { name, id, entries };
}

type Column = ListEntries["columns"][number];

/** Each Int of an entry is the entry of a list: `blocks[i].0` of `blocks: List[(Int, Int)]`. */
function columnsOf(template: Type, name: string, columns: Column[], of: Column["of"]): (index: Dim) => Type {
	switch (template.kind) {
		case "Int": {
			if (template.value) return () => template;
			const id = freshId();
			columns.push({ id, of });
			return (index) => ({ kind: "Int", value: entryOf({ name, id }, index) });
		}
		case "tuple": {
			const parts = template.elements.map((e, i) =>
				columnsOf(e.type, `${name}.${e.name ?? i}`, columns, (entry) => {
					const whole = of(entry);
					if (whole?.kind !== "tuple") return undefined;
					return (whole.elements.find((o) => e.name !== undefined && o.name === e.name) ?? whole.elements[i])
						?.type;
				}),
			);
			return (index) => ({
				...template,
				elements: template.elements.map((e, i) => ({ ...e, type: parts[i]?.(index) ?? e.type })),
			});
		}
		case "model":
			return isOpenModel(template) ? modelColumns(template, name, columns, of) : () => template;
		default:
			return () => template;
	}
}

/** `net: MLP`: of any configuration. */
export function isOpenModel(type: Type): boolean {
	return type.kind === "model" && type.configuration.size === 0 && type.declaration.parameters.length > 0;
}

function modelColumns(
	model: ModelType,
	name: string,
	columns: Column[],
	of: Column["of"],
): (index: Dim) => Type {
	const { declaration } = model;
	const sizes = [...declaration.quantified.dims, ...declaration.openSizes].map((atom) => {
		const list = { name: `${name}.${atom.name}`, id: freshId() };
		columns.push({
			id: list.id,
			of: (entry) => {
				const whole = of(entry);
				const value = whole?.kind === "model" ? whole.implied?.dims.get(atom.id) : undefined;
				return value && { kind: "Int", value };
			},
		});
		return { atom, list };
	});
	return (index) => {
		const implied = noBindings();
		for (const { atom, list } of sizes) implied.dims.set(atom.id, entryOf(list, index));
		return configured(declaration, implied);
	};
}

/** The instance of a model whose declaration's names stand for these. */
export function configured(declaration: ModelSymbol, implied: Bindings): ModelType {
	const configuration = new Map(declaration.parameters.map((p) => [p.name, substituteType(p.type, implied)]));
	return { kind: "model", declaration, configuration, implied };
}

/** Whether a list of unknown length may have such entries: a list in them would need two indices. */
export function holdsList(type: Type): boolean {
	if (type.kind === "list") return true;
	if (type.kind === "tuple") return type.elements.some((e) => holdsList(e.type));
	if (type.kind !== "model") return false;
	return isOpenModel(type)
		? [...(type.declaration.quantified.lists ?? []), ...type.declaration.openLists].length > 0
		: [...type.configuration.values()].some(holdsOpenList);
}

function holdsOpenList(type: Type): boolean {
	return type.kind === "list" && type.symbol !== undefined;
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
	const found = new Map<number, ListSymbol>();
	visitType(type, {
		list: (symbol) => {
			if (symbol.anyList) found.set(symbol.id, symbol);
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
