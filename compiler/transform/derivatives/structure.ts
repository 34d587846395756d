import type { Value } from "../../ir/ir.js";
import { dotAxes } from "../../ir/primitives/contraction.js";
import { integerOf, integersOf, listsOf } from "../../ir/primitives/primitive.js";
import { type Adjoint, type Derivative, inputAt } from "./rule.js";

const range = (start: number, count: number): number[] => Array.from({ length: count }, (_, k) => start + k);

/** The one adjoint of broadcasting: the sum over the axes along which elements were repeated. */
function adjointOfBroadcast(adjoint: Adjoint): Value {
	const { builder: b, cotangent, output } = adjoint;
	const shape = inputAt(adjoint, 0).type.shape;
	const axes = integersOf(adjoint.attributes, "axes");
	const kept = range(0, shape.length).filter((k) => shape[k] === output.type.shape[axes[k] as number]);
	const keptPlaces = kept.map((k) => axes[k] as number);
	const summed = range(0, output.type.shape.length).filter((axis) => !keptPlaces.includes(axis));
	const ascending = [...keptPlaces].sort((x, y) => x - y);
	const sum = b.transpose(
		b.sum(cotangent, summed),
		keptPlaces.map((axis) => ascending.indexOf(axis)),
	);
	return b.reshape(sum, shape);
}

/** Brings a tensor whose axis k is axis `order[k]` of the wanted layout into that layout. */
function arrange(adjoint: Adjoint, x: Value, order: readonly number[]): Value {
	return adjoint.builder.transpose(
		x,
		order.map((_, axis) => order.indexOf(axis)),
	);
}

/**
 * With c = dot(a, b): the cotangent of a contracts that of c with b over the free axes of b, and likewise for b. The
 * operands are ordered so that plain matrix products need no transposition of the result.
 */
function adjointOfDot(adjoint: Adjoint, index: number): Value {
	const { builder, cotangent, attributes } = adjoint;
	const [a, b] = [inputAt(adjoint, 0), inputAt(adjoint, 1)];
	const contract = listsOf(attributes, "contract");
	const batch = listsOf(attributes, "batch");
	const left = dotAxes(a.type.shape.length, contract, batch, 0);
	const right = dotAxes(b.type.shape.length, contract, batch, 1);
	const batches = range(0, left.batch.length);
	const ofLeft = range(batches.length, left.free.length);
	const ofRight = range(batches.length + left.free.length, right.free.length);
	if (index === 0) {
		const result = builder.emit("dot", [cotangent, b], {
			contract: [ofRight, right.free],
			batch: [batches, right.batch],
		});
		// The contracted axes arrive in the order that they have in b.
		const contracted = [...right.contract].sort((x, y) => x - y);
		const partners = contracted.map((axis) => left.contract[right.contract.indexOf(axis)] as number);
		return arrange(adjoint, result, [...left.batch, ...left.free, ...partners]);
	}
	const result = builder.emit("dot", [a, cotangent], {
		contract: [left.free, ofLeft],
		batch: [left.batch, batches],
	});
	const contracted = [...left.contract].sort((x, y) => x - y);
	const partners = contracted.map((axis) => right.contract[left.contract.indexOf(axis)] as number);
	return arrange(adjoint, result, [...right.batch, ...partners, ...right.free]);
}

const noInput: Derivative = { none: "no input is a float" };

/** Movement, contraction, indexing, constants and random numbers. */
export const structureDerivatives: Readonly<Record<string, Derivative>> = {
	reshape: { rule: (adjoint) => adjoint.builder.reshape(adjoint.cotangent, inputAt(adjoint, 0).type.shape) },
	transpose: {
		rule: (adjoint) => arrange(adjoint, adjoint.cotangent, integersOf(adjoint.attributes, "permutation")),
	},
	broadcast: { rule: adjointOfBroadcast },
	slice: {
		rule(adjoint) {
			const limit = integersOf(adjoint.attributes, "limit");
			return adjoint.builder.emit("pad", [adjoint.cotangent], {
				low: integersOf(adjoint.attributes, "start"),
				high: inputAt(adjoint, 0).type.shape.map((n, axis) => n - (limit[axis] as number)),
			});
		},
	},
	pad: {
		rule(adjoint) {
			const low = integersOf(adjoint.attributes, "low");
			return adjoint.builder.emit("slice", [adjoint.cotangent], {
				start: low,
				limit: inputAt(adjoint, 0).type.shape.map((n, axis) => n + (low[axis] as number)),
			});
		},
	},
	concatenate: {
		rule(adjoint, index) {
			const axis = integerOf(adjoint.attributes, "axis");
			const lengths = adjoint.inputs.map((value) => value.type.shape[axis] as number);
			const before = lengths.slice(0, index).reduce((sum, n) => sum + n, 0);
			const shape = adjoint.cotangent.type.shape;
			return adjoint.builder.emit("slice", [adjoint.cotangent], {
				start: shape.map((_, k) => (k === axis ? before : 0)),
				limit: shape.with(axis, before + (lengths[index] as number)),
			});
		},
	},
	reverse: {
		rule: ({ builder, cotangent, attributes }) => builder.emit("reverse", [cotangent], attributes),
	},
	dot: { rule: adjointOfDot },
	gather: {
		rule(adjoint, index) {
			if (index !== 0) return undefined;
			const axis = integerOf(adjoint.attributes, "axis");
			return adjoint.builder.emit("scatter_add", [inputAt(adjoint, 1), adjoint.cotangent], {
				axis,
				batch: integerOf(adjoint.attributes, "batch"),
				size: inputAt(adjoint, 0).type.shape[axis] as number,
			});
		},
	},
	scatter_add: {
		rule(adjoint, index) {
			if (index !== 1) return undefined;
			return adjoint.builder.emit("gather", [adjoint.cotangent, inputAt(adjoint, 0)], {
				axis: integerOf(adjoint.attributes, "axis"),
				batch: integerOf(adjoint.attributes, "batch"),
			});
		},
	},
	dynamic_slice: {
		rule(adjoint, index) {
			if (index !== 0) return undefined;
			const { builder, cotangent } = adjoint;
			const [x, start] = [inputAt(adjoint, 0), inputAt(adjoint, 1)];
			return builder.emit("dynamic_update", [builder.zeros(x.type), cotangent, start], {
				axis: integerOf(adjoint.attributes, "axis"),
			});
		},
	},
	dynamic_update: {
		rule(adjoint, index) {
			const { builder, cotangent } = adjoint;
			const axis = integerOf(adjoint.attributes, "axis");
			const [update, start] = [inputAt(adjoint, 1), inputAt(adjoint, 2)];
			if (index === 0) {
				return builder.emit("dynamic_update", [cotangent, builder.zeros(update.type), start], { axis });
			}
			if (index !== 1) return undefined;
			return builder.emit("dynamic_slice", [cotangent, start], {
				axis,
				size: update.type.shape[axis] as number,
			});
		},
	},
	random_bits: noInput,
	random_uniform: noInput,
	constant: noInput,
	fill: noInput,
	iota: noInput,
};
