import { asConstant, type Dim, show as showDim, showList as showListAt } from "../../dims/dim.js";
import { isAnyRule } from "../rules/any-rule.js";
import { complexPart } from "./complex-type.js";
import type { ListSymbol, ListType, Shape, TensorType, Type } from "./types.js";

/** Whether a message shows a type of which a part could not be found out. */
export function mentionsUnknown(message: string): boolean {
	return /(?:^|[\s([,:])\?(?=$|[\s)\],])/.test(message);
}

/** A type as the user would write it. */
export function showType(type: Type): string {
	switch (type.kind) {
		case "error":
			return "?";
		case "tensor":
			return showTensor(type);
		case "Int":
			return type.value && asConstant(type.value) !== undefined ? `Int ${showDim(type.value)}` : "Int";
		case "Real":
			return "Real";
		case "Bool":
			return "Bool";
		case "String":
			return "String";
		case "list":
			return showList(type);
		case "tuple": {
			const complex = complexPart(type);
			if (complex?.element === "real") {
				const { shape } = complex;
				return shape.dims.length === 0 && !shape.rest ? "complex" : `complex${showShape(shape)}`;
			}
			return (
				type.title ??
				`(${type.elements.map((e) => (e.name ? `${e.name}: ${showType(e.type)}` : showType(e.type))).join(", ")})`
			);
		}
		case "function": {
			if (type.lambda) return "function";
			if (type.special) return `the builtin \`${type.special}\``;
			const parameters = type.parameters.map((p) => showType(p.type)).join(", ");
			return `(${parameters}) -> ${showType(type.result)}`;
		}
		case "model": {
			const { name, parameters } = type.declaration;
			const sizes = [...type.configuration.values()].filter((t) => t.kind === "Int" || t.kind === "list");
			const others = [...type.configuration].flatMap(([option, value]) => {
				const shown = knownOption(value);
				const usual = parameters.find((p) => p.name === option)?.default;
				return shown === undefined || (usual && knownOption(usual) === shown) ? [] : `${option} = ${shown}`;
			});
			const options = [...sizes.map(showOption), ...others];
			return options.length === 0 ? name : `${name}(${options.join(", ")})`;
		}
		case "declaration":
			return "rule" in type.symbol ? `the ${type.symbol.role} ${type.symbol.rule.name}` : type.symbol.role;
		case "variant": {
			const given = [...type.arguments.values()].map((t) => (t.kind === "Int" ? showOption(t) : showType(t)));
			return given.length === 0 ? type.variants.name : `${type.variants.name}(${given.join(", ")})`;
		}
		case "applied":
			if (isAnyRule(type.rule)) return type.rule.name;
			return `the ${type.rule.role} ${type.rule.name}`;
		case "table":
			return `(${type.columns.map((c) => `${c.name}: ${showTensor(c.type)}`).join(", ")})`;
		case "stream":
			return `stream of ${showType(type.item)}`;
		case "places":
			return `${type.leaves.length} places`;
		case "range":
			return `${type.from ? showDim(type.from) : ""}..${type.to ? showDim(type.to) : ""}`;
		case "rate":
			return "Rate";
		case "stack":
			return showType(type.of) + showShape({ dims: type.dims });
		case "variable":
			return type.name;
		case "unit":
			return "()";
	}
}

/** A value of an option that is no size, where it is known. */
export function knownOption(type: Type): string | undefined {
	if (type.kind === "function") return type.special ?? type.name;
	if (type.kind !== "Real" && type.kind !== "Bool" && type.kind !== "String") return undefined;
	if (type.value === undefined) return undefined;
	return type.kind === "String" ? `"${type.value}"` : `${type.value}`;
}

function showOption(type: Type): string {
	if (type.kind === "Int") return type.value ? showDim(type.value) : "Int";
	if (type.kind === "list" && type.elements) return `[${type.elements.map(showOption).join(", ")}]`;
	if (type.kind === "list" && type.symbol) return showSymbol(type.symbol);
	if (type.kind === "list" && type.segments) return showSegments(type.segments);
	return knownOption(type) ?? showType(type);
}

/** `widths`, `stages[i]`. */
function showSymbol({ name, id, outer = [] }: ListSymbol): string {
	return showListAt({ list: name, listId: id }, outer);
}

/** `[64, ..hidden, 10]`. */
function showSegments(segments: readonly ListType[]): string {
	const parts = segments.flatMap((s) => s.elements?.map(showOption) ?? [`..${showOption(s)}`]);
	return `[${parts.join(", ")}]`;
}

function showList(type: Type & { kind: "list" }): string {
	if (type.elements) return showEntries(type.elements);
	if (type.symbol) return `List[${type.symbol.entries ? showType(type.symbol.entries.template) : "Int"}]`;
	return type.segments ? showSegments(type.segments) : "List";
}

/** Few known Ints as they are written; entries of one type by it, others one by one. */
function showEntries(entries: readonly Type[]): string {
	const isKnown = (t: Type): boolean =>
		t.kind === "Int" && t.value !== undefined && asConstant(t.value) !== undefined;
	if (entries.length <= mostShown && entries.every(isKnown)) return `[${entries.map(showOption).join(", ")}]`;
	const kind = commonKind(entries);
	if (kind !== undefined) return `List[${kind}] of length ${entries.length}`;
	const shown = entries.slice(0, mostShown).map(showEntry);
	return `[${shown.join(", ")}${entries.length > mostShown ? `, ..] of length ${entries.length}` : "]"}`;
}

function showEntry(type: Type): string {
	if (type.kind === "Int") return "Int";
	const kind = type.kind === "list" && type.elements ? commonKind(type.elements) : undefined;
	return kind === undefined ? showType(type) : `List[${kind}]`;
}

/** What all entries are; an Int beside a Real is one. */
function commonKind(entries: readonly Type[]): string | undefined {
	const kinds = new Set(entries.map(showEntry));
	if (kinds.has("Real")) kinds.delete("Int");
	if (kinds.has("List[Real]")) kinds.delete("List[Int]");
	const [kind] = kinds;
	return kinds.size === 1 ? kind : undefined;
}

const mostShown = 4;

export function showTensor(type: TensorType): string {
	const element = type.element === "int" && type.below ? `int<${showDim(type.below)}>` : type.element;
	const shape = showShape(type.shape);
	return shape === "[]" ? element : element + shape;
}

/** Two sizes that differ: those of one name are told apart. */
export function showBoth(a: Dim, b: Dim): string {
	const [one, other] = [showDim(a), showDim(b)];
	return one === other ? `${one} and another ${one}` : `${one} and ${other}`;
}

export function showShape(shape: Shape): string {
	const parts = shape.dims.map((d: Dim) => showDim(d));
	if (shape.rest) parts.splice(shape.rest.before, 0, `...${shape.rest.name}`);
	return `[${parts.join(", ")}]`;
}

export { showDim };
