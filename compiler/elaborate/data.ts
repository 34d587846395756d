import type { TensorData } from "../ir/ir.js";
import { splitEnds } from "../program/data-rules.js";
import type { EvaluatedCall } from "./call.js";
import type { Environment } from "./environment.js";
import { type Evaluator, fail } from "./evaluator.js";
import { type Intrinsic, readArguments } from "./intrinsics.js";
import type { TableValue, TensorValue, TupleValue, Value } from "./values.js";

/** Data sets while elaborating: tables of computed tensors. */

/** Reads and shuffles data: given by the runtime, since the compiler does no input. */
export interface DataSource {
	readCsv(
		environment: Environment,
		path: string,
		label: string | undefined,
		realElement: "f32" | "f64",
	): TableValue;
	/** A permutation of 0 .. rows, from a seed. */
	permutation(rows: number, seed: number, path: readonly string[]): Int32Array;
}

const csv: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const [path] = args.positional;
	const label = args.named.get("label");
	if (path?.kind !== "string") return fail(environment, call.node, "a path is wanted here");
	return dataOf(evaluator).readCsv(
		environment,
		path.value,
		label?.kind === "string" ? label.value : undefined,
		evaluator.realElement,
	);
};

function dataOf(evaluator: Evaluator): DataSource {
	return evaluator.services.data;
}

/** Parts of a permutation of the rows, by the seed that is given. */
const split: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const [table] = args.positional;
	if (table?.kind !== "table") return fail(environment, call.node, "a data set is wanted here");
	const seed = args.named.get("seed");
	const parts = [...args.named].filter(([name]) => name !== "seed");
	const sizes = parts.map(([, size]) => (size.kind === "number" ? size.value : 0));
	// A seed that is given resets the path, as in `seed s { .. }`.
	const drawn = seed?.kind === "number" ? { seed: seed.value, path: [] } : evaluator.draws;
	const order = dataOf(evaluator).permutation(table.rows, drawn.seed, [...drawn.path, "split"]);
	const ends = splitEnds(table.rows, sizes);
	return {
		kind: "tuple",
		elements: parts.map(([name], i) => ({
			name,
			value: takeRows(table, name, order.subarray(i > 0 ? ends[i - 1] : 0, ends[i])),
		})),
	};
};

function takeRows(table: TableValue, name: string, rows: Int32Array): TableValue {
	return {
		kind: "table",
		name: `${table.name}.${name}`,
		rows: rows.length,
		columns: table.columns.map((c) => ({ name: c.name, value: mapRows(c.value, rows) })),
	};
}

function mapRows(column: TensorValue, rows: Int32Array): TensorValue {
	const { type, data } = column.data;
	const width = type.shape.slice(1).reduce((p, n) => p * n, 1);
	const taken = newArray(data, rows.length * width);
	rows.forEach((row, i) => {
		taken.set(data.subarray(row * width, (row + 1) * width) as never, i * width);
	});
	return {
		...column,
		data: { type: { element: type.element, shape: [rows.length, ...type.shape.slice(1)] }, data: taken },
	};
}

function newArray(like: TensorData["data"], length: number): TensorData["data"] {
	if (like instanceof Float32Array) return new Float32Array(length);
	if (like instanceof Float64Array) return new Float64Array(length);
	return like instanceof Int32Array ? new Int32Array(length) : new Uint8Array(length);
}

/** Applies to the features of each part. */
function mapFeatures(
	environment: Environment,
	call: EvaluatedCall,
	data: Value | undefined,
	map: (table: TableValue) => TableValue,
): Value {
	if (data?.kind === "table") return map(data);
	if (data?.kind !== "tuple") return fail(environment, call.node, "a data set is wanted here");
	const parts: TupleValue["elements"] = data.elements.map((e) => ({
		...e,
		value: e.value.kind === "table" ? map(e.value) : e.value,
	}));
	return { kind: "tuple", elements: parts };
}

function withFeatures(table: TableValue, compute: (value: number, column: number) => number): TableValue {
	return {
		...table,
		columns: table.columns.map((c) => {
			if (c.name !== "x") return c;
			const { type, data } = c.value.data;
			const width = type.shape[1] ?? 1;
			return {
				name: c.name,
				value: { ...c.value, data: { type, data: data.map((v, i) => compute(v, i % width)) as typeof data } },
			};
		}),
	};
}

const scale: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const [data, factor] = args.positional;
	const by = factor ?? args.named.get("factor");
	if (by?.kind !== "number") return fail(environment, call.node, "a factor is wanted here");
	return mapFeatures(environment, call, data, (table) => withFeatures(table, (v) => v * by.value));
};

/** Mean 0 and standard deviation 1 in each column of `train`; the other parts by the same numbers. */
const standardize: Intrinsic = (evaluator, environment, call) => {
	const [data] = readArguments(evaluator, environment, call).positional;
	const train = data?.kind === "tuple" ? data.elements.find((e) => e.name === "train")?.value : undefined;
	if (train?.kind !== "table") return fail(environment, call.node, "a part named train is wanted here");
	const { means, deviations } = moments(train);
	return mapFeatures(environment, call, data, (table) =>
		withFeatures(table, (v, column) => (v - (means[column] ?? 0)) / ((deviations[column] ?? 0) || 1)),
	);
};

function moments(table: TableValue): { means: number[]; deviations: number[] } {
	const column = table.columns.find((c) => c.name === "x")?.value.data;
	const width = column?.type.shape[1] ?? 0;
	const sums = new Array<number>(width).fill(0);
	const squares = new Array<number>(width).fill(0);
	column?.data.forEach((v, i) => {
		sums[i % width] = (sums[i % width] ?? 0) + v;
	});
	const means = sums.map((s) => s / table.rows);
	column?.data.forEach((v, i) => {
		squares[i % width] = (squares[i % width] ?? 0) + (v - (means[i % width] ?? 0)) ** 2;
	});
	return { means, deviations: squares.map((s) => Math.sqrt(s / table.rows)) };
}

const batches: Intrinsic = (evaluator, environment, call) => {
	const [size] = readArguments(evaluator, environment, call).positional;
	if (!call.receiver || size?.kind !== "number")
		return fail(environment, call.node, "a number of rows is wanted here");
	return { kind: "stream", table: call.receiver, rows: size.value };
};

export const dataIntrinsics: Readonly<Record<string, Intrinsic>> = {
	csv,
	split,
	scale,
	standardize,
	batches,
};
