import type { TensorType } from "../ir.js";
import { input, isFloat, type Primitive, require, showType } from "./primitive.js";

function factor(
	name: string,
	fits: (rows: number, columns: number) => boolean,
	form: string,
	result: (batch: readonly number[], rows: number, columns: number) => readonly number[],
): Primitive {
	return {
		name,
		arity: [1, 1],
		attributes: {},
		infer(inputs): TensorType {
			const a = input(inputs, 0);
			const [rows, columns] = a.shape.slice(-2);
			require(isFloat(a.element), () => `elements ${a.element} are not accepted`);
			require(rows !== undefined && columns !== undefined && fits(rows, columns), () =>
				`${showType(a)} must be ${form} in its last two axes`);
			return { element: a.element, shape: result(a.shape.slice(0, -2), rows, columns) };
		},
	};
}

const tall = (rows: number, columns: number): boolean => rows >= columns;
const square = (rows: number, columns: number): boolean => rows === columns;

/**
 * Factors of matrices [batch.., m, n]. a = q r with m >= n, q [m, n] with orthonormal columns, r [n, n] upper
 * triangular with a diagonal of at least 0. a = u diag(values) v^T with m >= n, u [m, n] and v [n, n] with orthonormal
 * columns, values descending; a wider matrix is transposed first. Of the symmetric matrix whose lower triangle is that of a: its eigenvalues
 * [n] in ascending order, its eigenvectors [n, n] as columns.
 */
export const factors: readonly Primitive[] = [
	factor("qr_q", tall, "as high as wide or higher", (batch, m, n) => [...batch, m, n]),
	factor("qr_r", tall, "as high as wide or higher", (batch, _m, n) => [...batch, n, n]),
	factor("svd_u", tall, "as high as wide or higher", (batch, m, n) => [...batch, m, n]),
	factor("svd_values", tall, "as high as wide or higher", (batch, _m, n) => [...batch, n]),
	factor("svd_v", tall, "as high as wide or higher", (batch, _m, n) => [...batch, n, n]),
	factor("eigh_values", square, "square", (batch, n) => [...batch, n]),
	factor("eigh_vectors", square, "square", (batch, n) => [...batch, n, n]),
];
