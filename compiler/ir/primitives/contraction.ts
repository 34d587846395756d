import {
	extent,
	input,
	isNumeric,
	listsOf,
	type Primitive,
	require,
	requireAxes,
	showType,
} from "./primitive.js";

/** The axes of one operand of `dot`, sorted by their role; `free` keeps the order of the operand. */
export interface DotAxes {
	readonly batch: readonly number[];
	readonly free: readonly number[];
	readonly contract: readonly number[];
}

/** The roles of the axes of operand `side` (0 or 1) of a `dot` with these attributes. */
export function dotAxes(
	rank: number,
	contract: readonly (readonly number[])[],
	batch: readonly (readonly number[])[],
	side: number,
): DotAxes {
	const contracted = contract[side] ?? [];
	const batched = batch[side] ?? [];
	const used = [...contracted, ...batched];
	const free = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !used.includes(axis));
	return { batch: batched, free, contract: contracted };
}

const dot: Primitive = {
	name: "dot",
	arity: [2, 2],
	attributes: { contract: "lists", batch: "lists" },
	infer(inputs, attributes) {
		const a = input(inputs, 0);
		const b = input(inputs, 1);
		const contract = listsOf(attributes, "contract");
		const batch = listsOf(attributes, "batch");
		require(a.element === b.element && isNumeric(a.element), () => "elements must be equal and not bool");
		require(contract.length === 2 && batch.length === 2, () =>
			"contract and batch must have one list for each operand");
		for (const pair of [contract, batch]) {
			const [left = [], right = []] = pair;
			require(left.length === right.length, () => "the lists of both operands must be equally long");
			left.forEach((axis, k) => {
				const other = right[k] as number;
				require(extent(a, axis) === extent(b, other), () =>
					`axis ${axis} of ${showType(a)} and axis ${other} of ${showType(b)} differ`);
			});
		}
		requireAxes([...(contract[0] ?? []), ...(batch[0] ?? [])], a.shape.length);
		requireAxes([...(contract[1] ?? []), ...(batch[1] ?? [])], b.shape.length);
		const left = dotAxes(a.shape.length, contract, batch, 0);
		const right = dotAxes(b.shape.length, contract, batch, 1);
		return {
			element: a.element,
			shape: [
				...left.batch.map((axis) => extent(a, axis)),
				...left.free.map((axis) => extent(a, axis)),
				...right.free.map((axis) => extent(b, axis)),
			],
		};
	},
};

/** `dot(a, b)`: the sum over the contracted axes of products; the result has axes batch, free of a, free of b. */
export const contraction: readonly Primitive[] = [dot];
