import {
	binder,
	type Draw,
	type Item,
	indexText,
	known,
	knownAxes,
	number,
	type Operation,
	place,
	replaced,
	type Spelling,
	shapeText,
	times,
} from "./spelling.js";

/** Operations that say what becomes of the axes. */

export const permuted: Operation = (shape, draw) => {
	const order = draw.permutation(shape.length);
	const weighted = draw.of(knownAxes(shape));
	const factor = weighted === undefined ? "0.5" : `(1 + 0.25 * i${weighted})`;
	return {
		shape: order.map((axis) => shape[axis] as Item),
		text: (x, s) => binder("for", shape, order, s, `${factor} * ${indexText(x, shape, s)}`),
	};
};

export const reduced: Operation = (shape, draw) => {
	if (shape.length === 0) return undefined;
	const order = draw.permutation(shape.length);
	const count = 1 + draw.below(shape.length);
	const [away, left] = [order.slice(0, count), order.slice(count)];
	const word = draw.of(["sum", "mean", "max", "min", "logsumexp", "prod"]) as string;
	return {
		shape: left.map((axis) => shape[axis] as Item),
		text: (x, s) => {
			return binder("for", shape, left, s, binder(word, shape, away, s, indexText(x, shape, s)));
		},
	};
};

export const alongAxis: Operation = (shape, draw) => {
	const axis = draw.of(knownAxes(shape));
	if (axis === undefined) return undefined;
	const word = draw.of(["cumsum", "flip", "sort", "softmax", "roll", "cummax", "log_softmax"]) as string;
	const first = word === "roll" ? ", 1" : "";
	return { shape, text: (x) => `${word}(${x}${first}, axis = ${place(shape, axis)})` };
};

export const reducedAxis: Operation = (shape, draw) => {
	const axis = draw.of(knownAxes(shape));
	if (axis === undefined) return undefined;
	const word = draw.of(["sum", "mean", "max", "std"]) as string;
	const keep = draw.below(3) === 0;
	return {
		shape: keep ? replaced(shape, axis, number(1)) : replaced(shape, axis),
		text: (x) => `${word}(${x}, axis = ${place(shape, axis)}${keep ? ", keep = true" : ""})`,
	};
};

/** A new axis before or behind the rest, counted as the language does. */
function newAxis(shape: readonly Item[], draw: Draw): { readonly at: number; readonly position: number } {
	const at = draw.below(shape.length + 1);
	const rest = shape.indexOf("rest");
	return { at, position: rest >= 0 && at > rest ? at - shape.length - 1 : at };
}

export const expanded: Operation = (shape, draw) => {
	const { at, position } = newAxis(shape, draw);
	return {
		shape: [...shape.slice(0, at), number(1), ...shape.slice(at)],
		text: (x) => `expand(${x}, axis = ${position})`,
	};
};

export const stacked: Operation = (shape, draw) => {
	if (draw.below(2) === 0) return { shape: [number(2), ...shape], text: (x) => `[${x}, 2 * ${x}] + 0.0` };
	const { at, position } = newAxis(shape, draw);
	return {
		shape: [...shape.slice(0, at), number(2), ...shape.slice(at)],
		text: (x) => `stack([${x}, -${x}], axis = ${position})`,
	};
};

export const joined: Operation = (shape, draw) => {
	const axis = draw.of(knownAxes(shape));
	const item = axis === undefined ? undefined : shape[axis];
	if (axis === undefined || item === undefined || !known(item)) return undefined;
	return {
		shape: replaced(shape, axis, times(2, item)),
		text: (x) => `concat([${x}, 3 * ${x}], axis = ${place(shape, axis)})`,
	};
};

const names = (shape: readonly Item[], axes: readonly number[], s: Spelling): string =>
	axes.flatMap((axis) => (shape[axis] === "rest" ? s.pattern : [`a${axis}`])).join(" ");

export const patterned: Operation = (shape, draw) => {
	if (shape.length === 0) return undefined;
	const all = shape.map((_, axis) => axis);
	const order = draw.permutation(shape.length);
	const word = draw.of(["rearrange", "reduce", "repeat", "einsum"]) as string;
	const left = word === "reduce" || word === "einsum" ? order.slice(draw.below(shape.length)) : order;
	const kept = word === "einsum" ? withRestOf(shape, left) : left;
	const shapeOf = (axes: readonly number[]): Item[] => axes.map((axis) => shape[axis] as Item);
	if (word === "repeat")
		return {
			shape: [...shapeOf(kept), number(2)],
			text: (x, s) => `repeat(${x}, "${names(shape, all, s)} -> ${names(shape, kept, s)} t", t = 2)`,
		};
	const result = shapeOf(kept);
	if (word === "rearrange")
		return {
			shape: result,
			text: (x, s) => `rearrange(${x}, "${names(shape, all, s)} -> ${names(shape, kept, s)}")`,
		};
	if (word === "reduce")
		return {
			shape: result,
			text: (x, s) => `reduce(${x}, "${names(shape, all, s)} -> ${names(shape, kept, s)}", mean)`,
		};
	return {
		shape: result,
		text: (x, s) =>
			`einsum("${names(shape, all, s)}, ${names(shape, all, s)} -> ${names(shape, kept, s)}", ${x}, 0.5 * ${x})`,
	};
};

/** Sums of products keep the rest. */
function withRestOf(shape: readonly Item[], axes: readonly number[]): readonly number[] {
	const rest = shape.indexOf("rest");
	return rest < 0 || axes.includes(rest) ? axes : [...axes, rest];
}

export const merged: Operation = (shape, draw) => {
	const pairs = knownAxes(shape).filter((axis) => {
		const next = shape[axis + 1];
		return next !== undefined && known(next);
	});
	const axis = draw.of(pairs);
	const [a, b] = axis === undefined ? [] : [shape[axis], shape[axis + 1]];
	if (axis === undefined || !a || !b || !known(a) || !known(b)) return undefined;
	const product: Item = { text: `(${a.text}) * (${b.text})`, size: a.size * b.size };
	const whole = [...shape.slice(0, axis), product, ...shape.slice(axis + 2)];
	return { shape: whole, text: (x, s) => `reshape(${x}, ${shapeText(whole, s)})` };
};
