import type { TensorData } from "../../compiler/ir/ir.js";
import type { GridPicture, Labels, Positions } from "./picture.js";

/** Rows and columns of more than this are not told apart in a picture. */
export const mostCells = 800;

/** Grey and heat go from the least to the greatest value; colours are shares of 0 to 1. */
export function gridOf(
	kind: "heat" | "image",
	data: TensorData,
	x: Positions | undefined,
	y: Positions | undefined,
): GridPicture & Labels {
	const [height = 0, width = 0, channels = 1] = data.type.shape;
	const [down, across] = [every(height), every(width)];
	const [rows, columns] = [Math.ceil(height / down), Math.ceil(width / across)];
	const values: number[] = [];
	let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (let i = 0; i < height; i += down) {
		for (let j = 0; j < width; j += across) {
			for (let c = 0; c < channels; c++) {
				const value = Number(data.data[(i * width + j) * channels + c]);
				values.push(value);
				if (!Number.isFinite(value)) continue;
				low = Math.min(low, value);
				high = Math.max(high, value);
			}
		}
	}
	const kept = down * across > 1 ? { note: `${rows} of ${height} rows, ${columns} of ${width} columns` } : {};
	return {
		kind,
		rows,
		columns,
		channels,
		values,
		...kept,
		...(channels === 1 && low <= high && { range: [low, high] as const }),
		...(x && { x: chosen(x, across) }),
		...(y && { y: chosen(y, down) }),
	};
}

function every(size: number): number {
	return Math.max(1, Math.ceil(size / mostCells));
}

function chosen(positions: Positions, step: number): Positions {
	return positions.filter((_: unknown, i: number) => i % step === 0) as Positions;
}
