import type { TensorData } from "../../ir/ir.js";
import { routines } from "../../ir/routines/index.js";

/** The mean of features and the axes of their largest variances, as columns of [features, components]. */
export interface PrincipalAxes {
	readonly mean: Float64Array;
	readonly axes: Float64Array;
	readonly components: number;
}

function widthOf({ type }: TensorData): number {
	return type.shape.slice(1).reduce((product, size) => product * size, 1);
}

/** The eigenvectors of the covariance of the rows, those of the largest eigenvalues first. */
export function principalAxes(features: TensorData, components: number): PrincipalAxes {
	const width = widthOf(features);
	const rows = features.type.shape[0] ?? 0;
	const at = (row: number, column: number): number => features.data[row * width + column] ?? 0;
	const mean = new Float64Array(width);
	for (let i = 0; i < rows; i++) for (let j = 0; j < width; j++) mean[j] = (mean[j] ?? 0) + at(i, j) / rows;
	const covariance = new Float64Array(width * width);
	for (let i = 0; i < rows; i++) {
		for (let j = 0; j < width; j++) {
			const left = at(i, j) - (mean[j] ?? 0);
			for (let k = 0; k <= j; k++) {
				const place = j * width + k;
				covariance[place] = (covariance[place] ?? 0) + (left * (at(i, k) - (mean[k] ?? 0))) / rows;
			}
		}
	}
	const square = { element: "f64", shape: [width, width] } as const;
	const vectors = new Float64Array(width * width);
	const eigenvectors = routines.eigh_vectors;
	if (!eigenvectors) throw new Error("there is no routine for eigenvectors");
	eigenvectors([{ type: square, data: covariance }], {}, { type: square, data: vectors });
	const axes = new Float64Array(width * components);
	// Eigenvalues come in ascending order.
	for (let j = 0; j < width; j++)
		for (let c = 0; c < components; c++) axes[j * components + c] = vectors[j * width + width - 1 - c] ?? 0;
	return { mean, axes, components };
}

/** The rows, centred, on these axes. */
export function onAxes(features: TensorData, { mean, axes, components }: PrincipalAxes): TensorData {
	const width = widthOf(features);
	const rows = features.type.shape[0] ?? 0;
	const data =
		features.data instanceof Float32Array
			? new Float32Array(rows * components)
			: new Float64Array(rows * components);
	for (let i = 0; i < rows; i++) {
		for (let c = 0; c < components; c++) {
			let sum = 0;
			for (let j = 0; j < width; j++)
				sum += ((features.data[i * width + j] ?? 0) - (mean[j] ?? 0)) * (axes[j * components + c] ?? 0);
			data[i * components + c] = sum;
		}
	}
	return { type: { element: features.type.element, shape: [rows, components] }, data };
}
