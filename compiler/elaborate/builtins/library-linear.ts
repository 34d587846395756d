import type { Builder } from "../../ir/builder.js";
import type { Value as IrValue } from "../../ir/ir.js";
import type { Row, RowCall } from "./library.js";

/** Linear algebra on the last two axes. */

function factors(...operations: readonly string[]): Row {
	return { compute: ([a], { builder }) => operations.map((name) => builder.emit(name, [a as IrValue])) };
}

function single(operation: string): Row {
	return { compute: (operands, { builder }) => builder.emit(operation, operands) };
}

/** A right side with one axis less than the matrix is one column. */
function system(emit: (a: IrValue, y: IrValue, call: RowCall) => IrValue): Row {
	return {
		ofColumns: true,
		compute: ([a, y], call) => {
			const [matrix, right] = [a as IrValue, y as IrValue];
			const { shape } = right.type;
			if (shape.length === matrix.type.shape.length) return emit(matrix, right, call);
			const solution = emit(matrix, call.builder.reshape(right, [...shape, 1]), call);
			return call.builder.reshape(solution, solution.type.shape.slice(0, -1));
		},
	};
}

/** The product of matrices, or of the transposed first one, over leading axes. */
export function product(
	builder: Builder,
	a: IrValue,
	b: IrValue,
	{ transposed = false }: { readonly transposed?: boolean } = {},
): IrValue {
	const rank = a.type.shape.length;
	const batch = Array.from({ length: rank - 2 }, (_, k) => k);
	return builder.emit("dot", [a, b], {
		contract: [[transposed ? rank - 2 : rank - 1], [rank - 2]],
		batch: [batch, batch],
	});
}

export const linearFunctions: Readonly<Record<string, Row>> = {
	cholesky: single("cholesky"),
	eigvalsh: single("eigh_values"),
	svdvals: single("svd_values"),
	eigh: factors("eigh_values", "eigh_vectors"),
	qr: factors("qr_q", "qr_r"),
	svd: factors("svd_u", "svd_values", "svd_v"),
	slogdet: factors("determinant_sign", "log_abs_determinant"),
	solve: system((a, y, { builder }) => builder.emit("solve", [a, y])),
	solve_triangular: system((a, y, { builder, flag }) =>
		builder.emit("triangular_solve", [a, y], {
			lower: flag("lower"),
			transpose: flag("transpose"),
			unit: flag("unit"),
		}),
	),
	lstsq: system((a, y, { builder }) => {
		const r = builder.emit("qr_r", [a]);
		const right = product(builder, builder.emit("qr_q", [a]), y, { transposed: true });
		return builder.emit("triangular_solve", [r, right], { lower: false, transpose: false, unit: false });
	}),
	linear_assignment: single("linear_assignment"),
};
