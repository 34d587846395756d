import { sizeOf, type Value } from "../../ir/ir.js";
import { isFloat } from "../../ir/primitives/primitive.js";
import {
	axesOf,
	type Candidate,
	definedBy,
	inputOf,
	type Rewrite,
	type Rewriter,
	range,
	unitReshape,
} from "./rewrite.js";

type Rule = (rewriter: Rewriter, x: Value, candidate: Candidate) => Value | undefined;

const reshape: Rule = (rewriter, x, { type }) => {
	const inner = definedBy(rewriter, x, "reshape");
	if (inner !== undefined) return rewriter.emit("reshape", [inputOf(inner)], { shape: type.shape });
	const spread = definedBy(rewriter, x, "broadcast");
	const places = unitReshape(x.type.shape, type.shape);
	if (spread === undefined || places === undefined) return undefined;
	// Axes of extent 1 move into the broadcast, unless an axis of its input is among those dropped.
	const axes = axesOf(spread, "axes").map((axis) => places[axis] as number);
	if (axes.includes(-1)) return undefined;
	return rewriter.emit("broadcast", [inputOf(spread)], { shape: type.shape, axes });
};

const transpose: Rule = (rewriter, x, { attributes, type }) => {
	const permutation = axesOf({ attributes }, "permutation");
	const inner = definedBy(rewriter, x, "transpose");
	if (inner !== undefined) {
		const first = axesOf(inner, "permutation");
		return rewriter.emit("transpose", [inputOf(inner)], {
			permutation: permutation.map((axis) => first[axis] as number),
		});
	}
	const spread = definedBy(rewriter, x, "broadcast");
	if (spread !== undefined) {
		const axes = axesOf(spread, "axes").map((axis) => permutation.indexOf(axis));
		return rewriter.emit("broadcast", [inputOf(spread)], { shape: type.shape, axes });
	}
	// Moving axes of extent 1 moves no element.
	const long = permutation.filter((axis) => x.type.shape[axis] !== 1);
	const ordered = long.every((axis, k) => k === 0 || axis > (long[k - 1] as number));
	return ordered ? rewriter.emit("reshape", [x], { shape: type.shape }) : undefined;
};

const broadcast: Rule = (rewriter, x, { attributes, type }) => {
	const axes = axesOf({ attributes }, "axes");
	const inner = definedBy(rewriter, x, "broadcast");
	if (inner !== undefined) {
		return rewriter.emit("broadcast", [inputOf(inner)], {
			shape: type.shape,
			axes: axesOf(inner, "axes").map((axis) => axes[axis] as number),
		});
	}
	const turned = definedBy(rewriter, x, "transpose");
	if (turned !== undefined) {
		const permutation = axesOf(turned, "permutation");
		const places = permutation.map((_, axis) => axes[permutation.indexOf(axis)] as number);
		return rewriter.emit("broadcast", [inputOf(turned)], { shape: type.shape, axes: places });
	}
	const reshaped = definedBy(rewriter, x, "reshape");
	if (reshaped !== undefined) {
		const places = unitReshape(inputOf(reshaped).type.shape, x.type.shape);
		if (places !== undefined && !places.includes(-1)) {
			return rewriter.emit("broadcast", [inputOf(reshaped)], {
				shape: type.shape,
				axes: places.map((place) => axes[place] as number),
			});
		}
	}
	// Axes of extent 1 say nothing: without them a broadcast names exactly the axes that it keeps.
	const long = range(axes.length).filter((k) => x.type.shape[k] !== 1);
	if (long.length < axes.length && sizeOf(type.shape) > sizeOf(x.type.shape)) {
		const dropped = rewriter.emit("reshape", [x], { shape: long.map((k) => x.type.shape[k] as number) });
		return rewriter.emit("broadcast", [dropped], {
			shape: type.shape,
			axes: long.map((k) => axes[k] as number),
		});
	}
	if (sizeOf(type.shape) !== sizeOf(x.type.shape) || sizeOf(type.shape) === 0) return undefined;
	const order = long.map((k) => axes[k] as number);
	const ordered = order.every((axis, k) => k === 0 || axis > (order[k - 1] as number));
	if (ordered) return rewriter.emit("reshape", [x], { shape: type.shape });
	if (axes.length < type.shape.length) return undefined;
	return rewriter.emit("transpose", [x], { permutation: axes.map((_, axis) => axes.indexOf(axis)) });
};

const slice: Rule = (rewriter, x, { attributes }) => {
	const inner = definedBy(rewriter, x, "slice");
	if (inner === undefined) return undefined;
	const origin = axesOf(inner, "start");
	const shift = (name: string): number[] =>
		axesOf({ attributes }, name).map((i, axis) => i + (origin[axis] as number));
	return rewriter.emit("slice", [inputOf(inner)], { start: shift("start"), limit: shift("limit") });
};

const reverse: Rule = (rewriter, x, { attributes }) => {
	const inner = definedBy(rewriter, x, "reverse");
	if (inner === undefined) return undefined;
	const [outer, before] = [axesOf({ attributes }, "axes"), axesOf(inner, "axes")];
	const axes = range(x.type.shape.length).filter((axis) => outer.includes(axis) !== before.includes(axis));
	return axes.length === 0 ? inputOf(inner) : rewriter.emit("reverse", [inputOf(inner)], { axes });
};

/** A sum over sums is one sum; over a transposition it is a sum over the permuted axes; over copies a product. */
const reduceSum: Rule = (rewriter, x, { attributes, type }) => {
	const axes = axesOf({ attributes }, "axes");
	const inner = definedBy(rewriter, x, "reduce_sum");
	if (inner !== undefined) {
		const first = axesOf(inner, "axes");
		const left = range(inputOf(inner).type.shape.length).filter((axis) => !first.includes(axis));
		const all = [...first, ...axes.map((axis) => left[axis] as number)].sort((a, b) => a - b);
		return rewriter.emit("reduce_sum", [inputOf(inner)], { axes: all });
	}
	const minus = definedBy(rewriter, x, "neg");
	if (minus !== undefined) {
		return rewriter.emit("neg", [rewriter.emit("reduce_sum", [inputOf(minus)], { axes })]);
	}
	if (axes.every((axis) => x.type.shape[axis] === 1)) {
		return rewriter.emit("reshape", [x], { shape: type.shape });
	}
	const turned = definedBy(rewriter, x, "transpose");
	if (turned !== undefined) {
		const permutation = axesOf(turned, "permutation");
		const summed = axes.map((axis) => permutation[axis] as number).sort((a, b) => a - b);
		const sum = rewriter.emit("reduce_sum", [inputOf(turned)], { axes: summed });
		const kept = permutation.filter((_, axis) => !axes.includes(axis));
		const ranks = [...kept].sort((a, b) => a - b);
		return rewriter.emit("transpose", [sum], { permutation: kept.map((axis) => ranks.indexOf(axis)) });
	}
	return sumOfCopies(rewriter, x, axes, type);
};

/** A sum over copies is a product; what is repeated along axes that stay is summed before. */
function sumOfCopies(
	rewriter: Rewriter,
	x: Value,
	axes: readonly number[],
	type: Value["type"],
): Value | undefined {
	const spread = definedBy(rewriter, x, "broadcast");
	if (spread === undefined) return undefined;
	const [root, places] = [inputOf(spread), axesOf(spread, "axes")];
	const exact = root.type.shape.every((n, k) => n === x.type.shape[places[k] as number]);
	const repeated = axes.filter((axis) => !places.includes(axis));
	const count = sizeOf(repeated.map((axis) => x.type.shape[axis] as number));
	if (!exact || count === 0 || sizeOf(root.type.shape) >= sizeOf(x.type.shape)) return undefined;
	if (count !== 1 && !isFloat(type.element)) return undefined;
	const own = range(places.length).filter((k) => axes.includes(places[k] as number));
	const kept = range(x.type.shape.length).filter((axis) => !axes.includes(axis));
	const sum = rewriter.emit("reduce_sum", [root], { axes: own });
	const total = count === 1 ? sum : rewriter.emit("mul", [sum, rewriter.builder.fill(count, sum.type)]);
	return rewriter.emit("broadcast", [total], {
		shape: type.shape,
		axes: places.filter((_, k) => !own.includes(k)).map((place) => kept.indexOf(place)),
	});
}

const rules: Readonly<Record<string, Rule>> = {
	reshape,
	transpose,
	broadcast,
	slice,
	reverse,
	reduce_sum: reduceSum,
};

/** Chains of movements become one movement, sums of movements sums of what was moved. */
export const mergeMovements: Rewrite = (rewriter, candidate) => {
	const x = candidate.inputs[0];
	return x === undefined ? undefined : rules[candidate.operation]?.(rewriter, x, candidate);
};
