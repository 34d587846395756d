import type { CallValues } from "../compiler/elaborate/evaluator.js";
import type { Value } from "../compiler/elaborate/values.js";
import type * as ast from "../grammar/ast.js";
import { formatNumber } from "./format.js";

/** How a fit's values are named and shown. */

export function rootOf(path: string): string {
	return /^[^.[]+/.exec(path)?.[0] ?? path;
}

export function labelOf(name: string, args: CallValues): string {
	const shown = (value: Value): string => {
		if (value.kind === "number") return formatNumber(value.value);
		if (value.kind === "bool" || value.kind === "string") return String(value.value);
		return value.kind === "tensor" && value.data.data.length === 1
			? formatNumber(value.data.data[0] ?? Number.NaN)
			: "..";
	};
	const parts = [
		...args.positional.map(shown),
		...[...args.named].map(([key, value]) => `${key} = ${shown(value)}`),
	];
	return `${name}(${parts.join(", ")})`;
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
