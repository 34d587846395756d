import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import type { ArrayDescription, DataRequest } from "../../compiler/program/module.js";
import { asLabel, type DataArray } from "./array.js";
import { readArrow } from "./arrow.js";
import { readCsv } from "./csv.js";
import { readImages } from "./idx.js";
import { describeNpy, readNpy, readNpz } from "./npy.js";
import { readParquet } from "./parquet.js";
import { DataRefusal } from "./problem.js";
import { describeSafetensors, readSafetensors, safetensorsHeaderLength } from "./safetensors.js";
import { noColumn } from "./tabular.js";

/** The arrays that a request names, with their numbers. @throws DataRefusal */
export function readArrays(request: DataRequest): DataArray[] {
	const { format, path, label } = request;
	switch (format) {
		case "csv":
			return csvArrays(path, label);
		case "npy":
			return [readNpy(readFileSync(path), "x")];
		case "npz":
			return labelled(readNpz(readFileSync(path)), label);
		case "safetensors":
			return labelled(readSafetensors(readFileSync(path)), label);
		case "idx":
			return readImages(
				readFileSync(path),
				request.labels === undefined ? undefined : readFileSync(request.labels),
			);
		case "arrow":
			return readArrow(path, label);
		case "parquet":
			return readParquet(path, label);
	}
}

/** What the arrays are, without their numbers where a header tells. */
export function describeArrays(request: DataRequest): ArrayDescription[] {
	if (request.format === "npy")
		return [
			describeNpy(
				firstBytes(request.path, () => 65536),
				"x",
			),
		];
	if (request.format === "safetensors" && request.label === undefined)
		return describeSafetensors(firstBytes(request.path, (first) => 8 + safetensorsHeaderLength(first)));
	return readArrays(request).map(({ values: _, ...description }) => description);
}

/** The beginning of a file; how much of it, its first 8 bytes tell. */
function firstBytes(path: string, length: (first: Uint8Array) => number): Uint8Array {
	const file = openSync(path, "r");
	try {
		const { size } = fstatSync(file);
		const take = (count: number): Uint8Array => {
			const bytes = new Uint8Array(Math.min(count, size));
			return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
		};
		return take(length(take(8)));
	} finally {
		closeSync(file);
	}
}

function labelled(arrays: DataArray[], label: string | undefined): DataArray[] {
	if (label === undefined) return arrays;
	const names = arrays.map((array) => array.name);
	if (!names.includes(label)) throw noColumn(label, names);
	return arrays.map((array) => (array.name === label ? asLabel(array) : array));
}

function csvArrays(path: string, label: string | undefined): DataArray[] {
	const answer = readCsv(readFileSync(path), { file: path, ...(label !== undefined && { label }) });
	if ("problem" in answer) throw new PlacedRefusal(answer.problem);
	const { rows, features, featureNames, label: labels, classes } = answer.ok;
	const x: DataArray = { name: "x", element: "real", shape: [rows, featureNames.length], values: features };
	if (!labels) return [x];
	const whole = labels instanceof Int32Array && classes !== undefined;
	const y: DataArray = {
		name: "y",
		element: whole ? "int" : "real",
		shape: [rows],
		...(whole && { below: classes }),
		values: whole ? labels : Float64Array.from(labels),
	};
	return [x, y];
}

/** What is wrong with a text file, with its line. */
export class PlacedRefusal extends DataRefusal {
	readonly line: number;
	readonly column: number;

	constructor(problem: {
		readonly code: string;
		readonly message: string;
		readonly at: { readonly line: number; readonly column: number };
		readonly hint?: string;
	}) {
		super(problem.code, problem.message, problem.hint);
		this.line = problem.at.line;
		this.column = problem.at.column;
	}
}
