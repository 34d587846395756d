import type { CallValues } from "../compiler/elaborate/evaluator.js";
import { unit, type Value } from "../compiler/elaborate/values.js";
import type * as ast from "../grammar/ast.js";
import { formatNumber } from "./format.js";

/** How a fit's values are named, compared and shown. */

export function rootOf(path: string): string {
	return /^[^.[]+/.exec(path)?.[0] ?? path;
}

/** `classifier(hidden = 64)`; `..` stands for what is too large to show. */
export function labelOf(name: string, args: CallValues): string {
	const shown = (value: Value): string => shortly(value) ?? "..";
	const parts = [
		...args.positional.map(shown),
		...[...args.named].map(([key, value]) => `${key} = ${shown(value)}`),
	];
	return `${name}(${parts.join(", ")})`;
}

/** Most numbers of a tensor, and items of a list, that are shown within a name. */
const fewNumbers = 4;

/** A value within a name: a number, a text, `[1, 2]`, `Projected(0.5)`; nothing where it is too large. */
export function shortly(value: Value): string | undefined {
	switch (value.kind) {
		case "number":
			return formatNumber(value.value);
		case "bool":
		case "string":
			return String(value.value);
		case "tensor": {
			const { data, type } = value.data;
			if (data.length === 0 || data.length > fewNumbers || type.shape.length > 1)
				return data.length === 1 ? shownElement(type.element, data[0]) : undefined;
			const elements = [...data].map((v) => shownElement(type.element, v)).join(", ");
			return type.shape.length === 0 ? elements : `[${elements}]`;
		}
		case "list": {
			const items = value.items.map(shortly);
			return items.length <= fewNumbers && !items.includes(undefined) ? `[${items.join(", ")}]` : undefined;
		}
		case "variant": {
			const fields = value.fields.map((f) => shortly(f.value) ?? "..");
			return fields.length === 0 ? value.name : `${value.name}(${fields.join(", ")})`;
		}
		default:
			return undefined;
	}
}

function shownElement(element: string, value = Number.NaN): string {
	return element === "bool" ? String(value === 1) : formatNumber(value);
}

export function parameterNames(node: ast.FitDeclaration): string[] {
	return node.parameters.flatMap((p) => (p.name.kind === "Identifier" ? [p.name.name] : []));
}

export function numberOf(value: Value): number | undefined {
	return value.kind === "tensor" ? value.data.data[0] : value.kind === "number" ? value.value : undefined;
}

export function showValue(value: Value): string {
	if (value.kind !== "tensor") return "";
	const { data, type } = value.data;
	if (type.element === "bool") return [...data].map((v) => (v ? "true" : "false")).join(", ");
	const numbers = [...data.subarray(0, 8)].map(formatNumber).join(", ");
	return type.shape.length === 0 ? numbers : `[${numbers}${data.length > 8 ? ", .." : ""}]`;
}

/** At most `points` values, the first and the last among them. */
export function thinned(values: readonly number[], points: number): number[] {
	if (values.length <= points) return [...values];
	return Array.from(
		{ length: points },
		(_, i) => values[Math.round((i * (values.length - 1)) / (points - 1))] ?? Number.NaN,
	);
}

/** Deep equality of what a fit is given. Functions are equal where they are the same text with the same names. */
export function equalValues(left: Value, right: Value): boolean {
	if (left === right) return true;
	const all = (a: readonly Value[], b: readonly Value[]): boolean =>
		a.length === b.length && a.every((v, i) => equalValues(v, b[i] ?? unit));
	if (left.kind === "tensor" && right.kind === "tensor") {
		const [a, b] = [left.data, right.data];
		return (
			left.below === right.below &&
			a.type.element === b.type.element &&
			a.type.shape.length === b.type.shape.length &&
			a.type.shape.every((d, i) => d === b.type.shape[i]) &&
			a.data.every((v, i) => Object.is(v, b.data[i]))
		);
	}
	if (left.kind === "number" && right.kind === "number")
		return Object.is(left.value, right.value) && left.integer === right.integer;
	if ((left.kind === "bool" || left.kind === "string") && right.kind === left.kind)
		return left.value === right.value;
	if (left.kind === "range" && right.kind === "range")
		return left.from === right.from && left.to === right.to;
	if (left.kind === "list" && right.kind === "list") return all(left.items, right.items);
	if (left.kind === "tuple" && right.kind === "tuple") {
		return (
			left.elements.every((e, i) => e.name === right.elements[i]?.name) &&
			all(
				left.elements.map((e) => e.value),
				right.elements.map((e) => e.value),
			)
		);
	}
	if (left.kind === "rule" && right.kind === "rule") {
		const [a, b] = [[...(left.options ?? [])], [...(right.options ?? [])]];
		return (
			left.node === right.node &&
			left.member === right.member &&
			a.every(([name], i) => name === b[i]?.[0]) &&
			all(
				a.map(([, value]) => value),
				b.map(([, value]) => value),
			)
		);
	}
	if (left.kind === "variant" && right.kind === "variant") {
		return (
			left.name === right.name &&
			all(
				left.fields.map((f) => f.value),
				right.fields.map((f) => f.value),
			)
		);
	}
	if ((left.kind === "function" || left.kind === "closure") && right.kind === left.kind)
		return left.node === right.node && left.environment === right.environment;
	return left.kind === "unit" && right.kind === "unit";
}
