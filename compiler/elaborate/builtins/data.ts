import type { TensorData } from "../../ir/ir.js";
import { splitEnds } from "../../program/data-rules.js";
import type { DataFormat, DataRequest } from "../../program/module.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import type { EvaluatedCall } from "../expressions/call.js";
import type { TableValue, TensorValue, TupleValue, Value } from "../values.js";
import { type Intrinsic, readArguments } from "./intrinsics.js";
import { onAxes, principalAxes } from "./principal-axes.js";

/** Data sets while elaborating: tables of computed tensors. */

/** Reads and shuffles data: given by the runtime, since the compiler does no input. */
export interface DataSource {
	/** The arrays of a file, with the paths as the program writes them. */
	read(
		environment: Environment,
		node: Located,
		request: DataRequest,
		realElement: "f32" | "f64",
	): NamedTensor[];
	/** A permutation of 0 .. rows, from a seed. */
	permutation(rows: number, seed: number, path: readonly string[]): Int32Array;
}

interface Located {
	readonly span: { readonly start: number; readonly end: number };
}

export interface NamedTensor {
	readonly name: string;
	readonly value: TensorValue;
}

function readFile(format: DataFormat, make: (arrays: NamedTensor[], path: string) => Value): Intrinsic {
	return (evaluator, environment, call) => {
		const args = readArguments(evaluator, environment, call);
		const text = (value: Value | undefined): string | undefined =>
			value?.kind === "string" ? value.value : undefined;
		const path = text(args.positional[0]);
		if (path === undefined) return fail(environment, call.node, "a path is wanted here");
		const label = text(args.named.get("label"));
		const labels = text(args.named.get("labels") ?? args.positional[1]);
		const request: DataRequest = {
			format,
			path,
			...(label !== undefined && { label }),
			...(labels !== undefined && { labels }),
		};
		return make(dataOf(evaluator).read(environment, call.node, request, evaluator.realElement), path);
	};
}

function tableOfArrays(columns: NamedTensor[], name: string): Value {
	return { kind: "table", name, rows: columns[0]?.value.data.type.shape[0] ?? 0, columns };
}

/** Arrays by name; dots in names are records in records. */
function recordOfArrays(arrays: readonly NamedTensor[]): Value {
	const first = (name: string): string => name.split(".")[0] ?? "";
	const names = [...new Set(arrays.map(({ name }) => first(name)))];
	return {
		kind: "tuple",
		elements: names.map((name) => {
			const own = arrays.find((array) => array.name === name);
			if (own) return { name, value: own.value };
			const inside = arrays
				.filter((array) => first(array.name) === name)
				.map((array) => ({ name: array.name.slice(name.length + 1), value: array.value }));
			return { name, value: recordOfArrays(inside) };
		}),
	};
}

/** A table, or a record of tensors that is one; its tensors are computed for it. */
export function asTable(
	evaluator: Evaluator,
	value: Value | undefined,
	name: string,
): TableValue | undefined {
	if (value?.kind === "table") return value;
	if (value?.kind !== "tuple") return undefined;
	const computed = evaluator.services.computed(evaluator, value);
	const columns: NamedTensor[] = [];
	for (const { name: column, value: tensor } of computed.kind === "tuple" ? computed.elements : []) {
		if (column === undefined || tensor.kind !== "tensor") return undefined;
		columns.push({ name: column, value: tensor });
	}
	const table = tableOfArrays(columns, name);
	return columns.length > 0 && table.kind === "table" ? table : undefined;
}

function dataOf(evaluator: Evaluator): DataSource {
	return evaluator.services.data;
}

/** Parts of a permutation of the rows, by the seed that is given. */
const split: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const table = asTable(evaluator, args.positional[0], "rows");
	if (!table) return fail(environment, call.node, "a data set is wanted here");
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

/** A record of tensors, and not of tables. */
function isRecord(value: Value | undefined): boolean {
	return value?.kind === "tuple" && value.elements.every((e) => e.value.kind !== "table");
}

/** Applies to the features of each part. */
function mapFeatures(
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
	data: Value | undefined,
	map: (table: TableValue) => TableValue,
): Value {
	if (data?.kind === "table") return map(data);
	const whole = isRecord(data) ? asTable(evaluator, data, "rows") : undefined;
	if (whole) return map(whole);
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
			const width = type.shape.slice(1).reduce((product, size) => product * size, 1);
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
	return mapFeatures(evaluator, environment, call, data, (table) => withFeatures(table, (v) => v * by.value));
};

/** Mean 0 and standard deviation 1 in each column of `train`; the other parts by the same numbers. */
const standardize: Intrinsic = (evaluator, environment, call) => {
	const [data] = readArguments(evaluator, environment, call).positional;
	const train = data?.kind === "tuple" ? data.elements.find((e) => e.name === "train")?.value : undefined;
	if (train?.kind !== "table") return fail(environment, call.node, "a part named train is wanted here");
	const { means, deviations } = moments(train);
	return mapFeatures(evaluator, environment, call, data, (table) =>
		withFeatures(table, (v, column) => (v - (means[column] ?? 0)) / ((deviations[column] ?? 0) || 1)),
	);
};

function moments(table: TableValue): { means: number[]; deviations: number[] } {
	const column = table.columns.find((c) => c.name === "x")?.value.data;
	const width = column?.type.shape.slice(1).reduce((product, size) => product * size, 1) ?? 0;
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

const pca: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const [data] = args.positional;
	const components = args.positional[1] ?? args.named.get("components");
	const train = data?.kind === "tuple" ? data.elements.find((e) => e.name === "train")?.value : undefined;
	const features = train?.kind === "table" ? train.columns.find((c) => c.name === "x") : undefined;
	if (!features || components?.kind !== "number")
		return fail(environment, call.node, "a part named train is wanted here");
	const axes = principalAxes(features.value.data, components.value);
	return mapFeatures(evaluator, environment, call, data, (table) => ({
		...table,
		columns: table.columns.map((c) =>
			c.name === "x" ? { name: c.name, value: { ...c.value, data: onAxes(c.value.data, axes) } } : c,
		),
	}));
};

const batches: Intrinsic = (evaluator, environment, call) => {
	const [size] = readArguments(evaluator, environment, call).positional;
	const table = asTable(evaluator, call.receiver, "rows");
	if (!table || size?.kind !== "number")
		return fail(environment, call.node, "a number of rows is wanted here");
	return { kind: "stream", table, rows: size.value };
};

const take: Intrinsic = (evaluator, environment, call) => {
	const [size] = readArguments(evaluator, environment, call).positional;
	const table = asTable(evaluator, call.receiver, "rows");
	if (!table || size?.kind !== "number")
		return fail(environment, call.node, "a number of rows is wanted here");
	const end = size.integer ? size.value : (splitEnds(table.rows, [size.value])[0] ?? 0);
	return takeRows(
		table,
		`take(${size.value})`,
		Int32Array.from({ length: end }, (_, i) => i),
	);
};

export const dataIntrinsics: Readonly<Record<string, Intrinsic>> = {
	csv: readFile("csv", tableOfArrays),
	parquet: readFile("parquet", tableOfArrays),
	arrow: readFile("arrow", tableOfArrays),
	idx: readFile("idx", tableOfArrays),
	npy: readFile("npy", ([array]) => array?.value ?? { kind: "unit" }),
	npz: readFile("npz", recordOfArrays),
	safetensors: readFile("safetensors", recordOfArrays),
	split,
	scale,
	standardize,
	pca,
	batches,
	take,
};
