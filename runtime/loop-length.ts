import { ElaborationError } from "../compiler/elaborate/evaluator.js";
import type { TableValue, Value } from "../compiler/elaborate/values.js";
import type { Location } from "../compiler/source/diagnostic.js";
import type * as ast from "../grammar/ast.js";
import { secondsOf } from "../grammar/units-of-time.js";
import { numberOf } from "./fit-values.js";
import { formatNumber } from "./format.js";
import { cannotRunYet } from "./later.js";

/** Where a turn takes rows from: one of the streams, side by side. */
export interface Batch {
	readonly pattern: ast.Pattern;
	readonly table: TableValue;
	/** Of one step. */
	readonly rows: number;
	readonly stepsPerEpoch: number;
}

/** How long a loop is at most, and what gives its turns. */
export interface LoopExtent {
	readonly turns: number;
	/** Side by side; epochs are those of the first. */
	readonly streams: readonly Batch[];
	readonly stepsPerEpoch: number;
	/** The numbers of the turns, where the loop is over a range or a size. */
	readonly range?: { readonly from: number; readonly to: number };
	/** What has a row for each turn. */
	readonly rows?: Value;
}

/** Where a loop stands. */
interface LoopPlace {
	readonly look: (node: ast.Expression) => Value;
	readonly locate: (node: { readonly span: ast.Loop["span"] }) => Location;
}

/** In how many seconds a loop ends at the latest. */
export function timeLimit(node: ast.Loop, { look, locate }: LoopPlace): number {
	const limits = node.clauses.flatMap(({ value, unit }) => {
		const seconds = unit && secondsOf(unit.name);
		if (seconds === undefined) return [];
		const amount = numberOf(look(value)) ?? Number.NaN;
		if (amount >= 0) return [amount * seconds];
		throw new ElaborationError(
			"E0617",
			`a loop ends after a time, and this is ${formatNumber(amount)} ${unit?.name}`,
			locate(value),
		);
	});
	return Math.min(Number.POSITIVE_INFINITY, ...limits);
}

/** What is known of a loop before it runs. */
export function loopExtent(node: ast.Loop, { look, locate }: LoopPlace): LoopExtent {
	const count = (counted: ast.Expression | undefined): number | undefined => {
		const value = counted && look(counted);
		return value?.kind === "number" ? value.value : undefined;
	};
	const clause = (word: string) => count(node.clauses.find((c) => c.word === word)?.value);
	if (node.head === "repeat") return { turns: count(node.count) ?? 0, streams: [], stepsPerEpoch: 0 };
	const streams = node.bindings.flatMap(({ pattern, source }) => {
		const value = source && look(source);
		if (value?.kind !== "stream" || pattern.kind === "Rest") return [];
		return [batchOf(value, pattern, locate(source ?? node))];
	});
	const stepsPerEpoch = streams[0]?.stepsPerEpoch ?? 0;
	if (streams.length === 0) {
		const source = node.bindings[0]?.source;
		const over = source && look(source);
		const range = over && rangeOf(over);
		const rows = over && !range ? lengthOf(over) : undefined;
		if (over && rows !== undefined) return { turns: rows, streams, stepsPerEpoch, rows: over };
		if (!range) return cannotRunYet("this loop", locate(source ?? node));
		return { turns: Math.max(0, range.to - range.from), streams, stepsPerEpoch, range };
	}
	const epochs = clause("epochs");
	return {
		turns: epochs === undefined ? (clause("steps") ?? 0) : epochs * stepsPerEpoch,
		streams,
		stepsPerEpoch,
	};
}

function batchOf({ table, rows }: Value & { kind: "stream" }, pattern: ast.Pattern, at: Location): Batch {
	if (rows > table.rows) {
		throw new ElaborationError(
			"E0511",
			`a batch of ${rows} rows is larger than \`${table.name}\`, which has ${table.rows}`,
			at,
		);
	}
	return { pattern, table, rows, stepsPerEpoch: Math.max(1, Math.floor(table.rows / rows)) };
}

/** The turns of a loop over a range or a size. */
function rangeOf(value: Value): { readonly from: number; readonly to: number } | undefined {
	if (value.kind === "range") return value;
	return value.kind === "number" ? { from: 0, to: value.value } : undefined;
}

/** The number of rows. */
function lengthOf(value: Value): number | undefined {
	switch (value.kind) {
		case "list":
			return value.items.length;
		case "tensor":
			return value.data.type.shape[0];
		case "traced":
			return value.value.type.shape[0];
		case "tuple":
			return value.elements[0] && lengthOf(value.elements[0].value);
		default:
			return undefined;
	}
}
