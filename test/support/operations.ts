import type { Attributes, ElementType, Value } from "../../compiler/ir/ir.js";
import type { Choices, Make, Maker } from "./programs.js";

const floats: readonly ElementType[] = ["f32", "f64"];
const numeric: readonly ElementType[] = ["f32", "f64", "i32"];

const alongAxis =
	(elements: readonly ElementType[]): Make =>
	(maker, operation) => {
		const x = maker.value(elements, (shape) => shape.length > 0);
		return maker.builder.emit(operation, [x], { axis: maker.choices.below(x.type.shape.length) });
	};

/** Windows that fit at least once over operands of these extents, with all attributes at random. */
function randomWindows(choices: Choices, operand: readonly number[], window: readonly number[]) {
	const each = (make: () => number): number[] => operand.map(make);
	const [stride, dilation, inputDilation] = [
		each(() => 1 + choices.below(3)),
		each(() => 1 + choices.below(2)),
		each(() => 1 + choices.below(2)),
	];
	const low = each(() => choices.below(4) - 1);
	const high = low.map((before, axis) => {
		const extent = ((operand[axis] as number) - 1) * (inputDilation[axis] as number) + 1;
		const covered = ((window[axis] as number) - 1) * (dilation[axis] as number) + 1;
		return Math.max(choices.below(4) - 1, covered - extent - before);
	});
	return { stride, dilation, input_dilation: inputDilation, low, high };
}

function convolution(maker: Maker, operation: string): Value {
	const { choices } = maker;
	const rank = 1 + choices.below(3);
	const extents = (limit: number) => Array.from({ length: rank }, () => 1 + choices.below(limit));
	const [operand, window] = [extents(rank === 1 ? 30 : 5), extents(3)];
	const groups = 1 + choices.below(2);
	const inner = 1 + choices.below(3);
	const type = maker.element(floats);
	const x = maker.parameter({ element: type, shape: [1 + choices.below(2), groups * inner, ...operand] });
	const results = groups * (1 + choices.below(5));
	const kernel = maker.parameter({ element: type, shape: [results, inner, ...window] });
	return maker.builder.emit(operation, [x, kernel], { ...randomWindows(choices, operand, window), groups });
}

function pooling(maker: Maker, operation: string): Value {
	const { choices } = maker;
	const x = maker.value(numeric, (shape) => !shape.includes(0) && shape.length <= 2);
	const window = x.type.shape.map(() => 1 + choices.below(3));
	return maker.builder.emit(operation, [x], { ...randomWindows(choices, x.type.shape, window), window });
}

const scatter =
	(elements: readonly ElementType[]): Make =>
	(maker, operation) => {
		const { choices } = maker;
		const accepts = (shape: readonly number[]) => shape.length > 0 && !shape.includes(0);
		const operand = maker.value(elements, accepts);
		const shape = operand.type.shape;
		const axis = choices.below(shape.length);
		const batch = choices.below(axis + 1);
		const places = choices.shape(choices.below(3));
		const indices = maker.like({ element: "i32", shape: [...shape.slice(0, batch), ...places] });
		const updates = maker.like({
			element: operand.type.element,
			shape: [...shape.slice(0, axis), ...places, ...shape.slice(axis + 1)],
		});
		return maker.builder.emit(operation, [operand, indices, updates], { axis, batch });
	};

/** Square matrices around a multiple of the identity: far from singular, for derivatives by differences. */
function matrices(maker: Maker, batch: readonly number[], n: number, element: ElementType): Value {
	const { builder } = maker;
	const shape = [...batch, n, n];
	const x = maker.parameter({ element, shape });
	const count = (axis: number) => builder.emit("iota", [], { shape, axis, element: "i32" });
	const diagonal = builder.emit("eq", [count(batch.length), count(batch.length + 1)]);
	const small = builder.emit("mul", [x, builder.fill(0.25, x.type)]);
	const large = builder.emit("mul", [builder.cast(diagonal, element), builder.fill(2.5, x.type)]);
	return builder.emit("add", [small, large]);
}

function square(maker: Maker): { batch: number[]; n: number; matrix: Value } {
	const batch = maker.choices.pick([[], [2], [1, 3]]);
	const n = maker.choices.pick([1, 2, 3, 4, 0]);
	return { batch, n, matrix: matrices(maker, batch, n, maker.element(floats)) };
}

const system: Make = (maker, operation) => {
	const { batch, n, matrix } = square(maker);
	const shape = [...batch, n, 1 + maker.choices.below(3)];
	const right = maker.like({ element: matrix.type.element, shape });
	const flag = () => maker.choices.below(2) === 1;
	const attributes: Attributes =
		operation === "solve" ? {} : { lower: flag(), transpose: flag(), unit: flag() };
	return maker.builder.emit(operation, [matrix, right], attributes);
};

/** At least as high as wide and of full rank. */
const tall: Make = (maker, operation) => {
	const { batch, n, matrix } = square(maker);
	const below = maker.parameter({
		element: matrix.type.element,
		shape: [...batch, maker.choices.below(3), n],
	});
	const whole = maker.builder.emit("concatenate", [matrix, below], { axis: batch.length });
	return maker.builder.emit(operation, [whole]);
};

/** With eigenvalues far enough apart for differences: the diagonal counts up in steps of 3. */
function apart(maker: Maker): { batch: number[]; matrix: Value } {
	const { builder } = maker;
	const { batch, matrix } = square(maker);
	const { shape, element } = matrix.type;
	const count = (axis: number) => builder.emit("iota", [], { shape, axis, element });
	const [row, column] = [count(batch.length), count(batch.length + 1)];
	const equal = builder.cast(builder.emit("eq", [row, column]), element);
	const steps = builder.emit("mul", [builder.emit("mul", [row, equal]), builder.fill(3, matrix.type)]);
	return { batch, matrix: builder.emit("add", [matrix, steps]) };
}

const symmetric: Make = (maker, operation) => maker.builder.emit(operation, [apart(maker).matrix]);

const singular: Make = (maker, operation) => {
	const { batch, matrix } = apart(maker);
	const { shape, element } = matrix.type;
	const below = maker.parameter({ element, shape: shape.with(-2, maker.choices.below(3)) });
	const whole = maker.builder.emit("concatenate", [matrix, below], { axis: batch.length });
	return maker.builder.emit(operation, [whole]);
};

const ofSquare: Make = (maker, operation) => maker.builder.emit(operation, [square(maker).matrix]);

const rows = (names: string, make: Make): Record<string, Make> =>
	Object.fromEntries(names.split(" ").map((name) => [name, make]));

/** The generators of the operations beyond elementary arithmetic. */
export const operationMakers: Readonly<Record<string, Make>> = {
	cumprod: alongAxis(numeric),
	cummax: alongAxis(numeric),
	cumlogsumexp: alongAxis(floats),
	convolution,
	argsort(maker, operation) {
		const x = maker.value(numeric, (shape) => shape.length > 0);
		const { choices } = maker;
		const axis = choices.below(x.type.shape.length);
		return maker.builder.emit(operation, [x], { axis, descending: choices.below(2) === 1 });
	},
	searchsorted(maker, operation) {
		const { choices, builder } = maker;
		const sorted = maker.value(numeric, (shape) => shape.length > 0);
		const shape = [...sorted.type.shape.slice(0, -1), ...choices.shape(choices.below(3))];
		const values = maker.like({ element: sorted.type.element, shape });
		return builder.emit(operation, [sorted, values], { right: choices.below(2) === 1 });
	},
	...rows("cholesky log_abs_determinant determinant_sign", ofSquare),
	...rows("triangular_solve solve", system),
	...rows("qr_q qr_r", tall),
	...rows("eigh_values eigh_vectors", symmetric),
	...rows("svd_u svd_values svd_v", singular),
	linear_assignment(maker, operation) {
		const { choices } = maker;
		const n = choices.below(7);
		const shape = [...choices.pick([[], [3]]), n, n];
		return maker.builder.emit(operation, [maker.like({ element: maker.element(numeric), shape })]);
	},
	scatter_set: scatter(["f32", "f64", "i32", "bool"]),
	...rows("scatter_min scatter_max", scatter(numeric)),
	...rows("window_sum window_max window_argmax", pooling),
	fourier(maker, operation) {
		const { choices } = maker;
		const shape = choices.shape(1 + choices.below(3));
		const x = maker.like({ element: maker.element(floats), shape: [...shape, 2] });
		const axes = shape.map((_, axis) => axis).filter(() => choices.below(3) > 0);
		return maker.builder.emit(operation, [x], { axes, inverse: choices.below(2) === 1 });
	},
	linear_recurrence(maker, operation) {
		const x = maker.value(floats, (shape) => shape.length > 0);
		const axis = maker.choices.below(x.type.shape.length);
		return maker.builder.emit(operation, [x, maker.like(x.type)], { axis });
	},
};
