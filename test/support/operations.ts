import type { ElementType } from "../../compiler/ir/ir.js";
import type { Make } from "./programs.js";

const floats: readonly ElementType[] = ["f32", "f64"];
const numeric: readonly ElementType[] = ["f32", "f64", "i32"];

const alongAxis =
	(elements: readonly ElementType[]): Make =>
	(maker, operation) => {
		const x = maker.value(elements, (shape) => shape.length > 0);
		return maker.builder.emit(operation, [x], { axis: maker.choices.below(x.type.shape.length) });
	};

/** The generators of the operations beyond elementary arithmetic. */
export const operationMakers: Readonly<Record<string, Make>> = {
	cumprod: alongAxis(numeric),
	cummax: alongAxis(numeric),
	cummin: alongAxis(numeric),
	cumlogsumexp: alongAxis(floats),
	linear_recurrence(maker, operation) {
		const x = maker.value(floats, (shape) => shape.length > 0);
		const axis = maker.choices.below(x.type.shape.length);
		return maker.builder.emit(operation, [x, maker.like(x.type)], { axis });
	},
};
