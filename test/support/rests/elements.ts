import {
	binder,
	type Item,
	indexText,
	isBase,
	known,
	knownAxes,
	number,
	type Operation,
	place,
	replaced,
	shapeText,
} from "./spelling.js";

/** Operations on the elements, rows and entries, and calls of functions with rests of their own. */

export const multiplied: Operation = (shape) => {
	const last = shape.at(-1);
	if (!last || !known(last)) return undefined;
	return {
		shape: [...shape.slice(0, -1), number(2)],
		text: (x) => `${x} @ (for i in ${last.text}, j in 2: 1 + 0.5 * i - j)`,
	};
};

export const broadcasted: Operation = (shape, draw) => {
	const last = shape.at(-1);
	const isOnly = (item: Item): boolean =>
		known(item) &&
		item.size > 1 &&
		shape.filter((other) => known(other) && other.size === item.size).length === 1;
	const [first] = shape;
	if (
		first &&
		isOnly(first) &&
		knownAxes(shape).every((axis) => isOnly(shape[axis] as Item)) &&
		draw.below(2) === 0
	)
		return { shape, text: (x) => `${x} - mean(${x}, axis = 0)` };
	if (!last || !known(last) || !isOnly(last)) return undefined;
	return { shape, text: (x) => `${x} + (for i in ${last.text}: 0.5 * i)` };
};

/** With an earlier tensor, whose axes are the last ones of this, or the other way round. */
export const met: Operation = (shape, draw, { shapes, careless }) => {
	const at = draw.below(shapes.length);
	const other = shapes[at] ?? shape;
	const [long, short] = shape.length >= other.length ? [shape, other] : [other, shape];
	const isAt = (start: number): boolean =>
		short.every((item, i) => {
			const one = long[start + i];
			return one !== undefined && (known(item) && known(one) ? item.size === one.size : item === one);
		});
	const end = long.length - short.length;
	const places = Array.from({ length: end + 1 }, (_, start) => start).filter(isAt);
	const isSame = end === 0 && long.every((item, i) => known(item) === known(short[i] as Item));
	const isSuffix = places.includes(end) && (places.length === 1 || short.length === 0);
	const isOneOf = (item: Item): boolean => known(item) && item.size === 1;
	const fits =
		isSuffix && (isSame || !short.some(isOneOf)) && (short.includes("rest") || short.length <= behind(long));
	// Where the rest stands for no axes, the others must not fit in its place.
	const [a, b] = [long, short].map((items) => items.filter(known).map((item) => item.size)) as [
		number[],
		number[],
	];
	const closed = b.every((size, i) => a[a.length - b.length + i] === size);
	const elsewhere = a.some(
		(_, start) => start < a.length - b.length && b.every((size, i) => a[start + i] === size),
	);
	if (!careless && !(fits && closed && (!elsewhere || b.length === 0))) return undefined;
	const operator = draw.of(["+", "-", "*"]) as string;
	const first = draw.below(2) === 0;
	return { shape: long, text: (x) => (first ? `${x} ${operator} x${at}` : `x${at} ${operator} ${x}`) };
};

function behind(shape: readonly Item[]): number {
	return shape.length - 1 - shape.lastIndexOf("rest");
}

export const byRows: Operation = (shape, draw) => {
	const [first, ...row] = shape;
	if (!first || !known(first)) return undefined;
	const last = row.at(-1);
	if (last && known(last) && draw.below(3) === 0)
		return {
			shape: [first, ...row.slice(0, -1)],
			text: (x, s) => `(for row in ${x}: ${s.calls ? "totals(row)" : "sum(row, axis = -1)"})`,
		};
	switch (draw.below(4)) {
		case 0:
			return { shape: row, text: (x) => `(sum row in ${x}: row)` };
		case 1:
			return { shape, text: (x) => `(for row in ${x}: 0.5 * row)` };
		case 2:
			return {
				shape: row,
				text: (x, s) => `fold(${x}, zeros(${shapeText(row, s)}), |s, row| 0.5 * s + row)`,
			};
		default:
			return {
				shape,
				text: (x, s) => `scan(${x}, zeros(${shapeText(row, s)}), |s, row| (0.5 * s + row, s + row)).1`,
			};
	}
};

export const scanned: Operation = (shape) => ({
	shape: [number(3), ...shape],
	text: (x) => `scan(0..3, ${x}, |s, i| (0.5 * s + i, s)).1`,
});

/** Some axes by names, others whole, some in part. */
export const partly: Operation = (shape, draw) => {
	const kinds = shape.map((item) => (known(item) ? draw.below(4) : 0));
	const isNamed = (axis: number): boolean => kinds[axis] === 0 || (kinds[axis] === 3 && !isBase(shape[axis]));
	const left = draw.permutation(shape.length).filter(isNamed);
	let hasList = false;
	const items: { readonly text: string; readonly item?: Item }[] = shape.map((item, axis) => {
		if (!known(item) || isNamed(axis)) return { text: `i${axis}` };
		if (kinds[axis] === 2 && !hasList && isBase(item)) {
			hasList = true;
			return { text: "[1, 0, 1]", item: number(3) };
		}
		if (kinds[axis] === 3) return { text: "1..", item: { text: `${item.text} - 1`, size: item.size - 1 } };
		return { text: ":", item };
	});
	return {
		shape: [...left.map((axis) => shape[axis] as Item), ...items.flatMap((i) => (i.item ? [i.item] : []))],
		text: (x, s) =>
			binder(
				"for",
				shape,
				left,
				s,
				indexText(x, shape, s, (axis) => items[axis]?.text ?? ":"),
			),
	};
};

export const gathered: Operation = (shape, draw) => {
	const axis = draw.of(knownAxes(shape).filter((a) => isBase(shape[a])));
	if (axis === undefined) return undefined;
	return {
		shape: replaced(shape, axis, number(2), number(2)),
		text: (x) => `gather(${x}, [[0, 1], [1, 1]], axis = ${place(shape, axis)})`,
	};
};

export const chosen: Operation = (shape, draw) => {
	const order = shape.map((_, axis) => axis);
	const axis = draw.of(knownAxes(shape));
	return {
		shape,
		text: (x, s) => {
			const one = indexText(x, shape, s);
			const before =
				axis === undefined
					? "0.5"
					: indexText(x, shape, s, (a) => (a === axis ? `i${a} - 1` : `i${a}`), " else 0.5");
			return binder("for", shape, order, s, `(if ${one} > 0.3 then ${one} * ${one} else ${before})`);
		},
	};
};

/** Functions with rests of their own, which stand for some of the axes, the rest among them. */
export const helpers = `fn turned(x: real[k, ...c]) -> real[...c, k] = for ...c, i: (1 + i) * x[i, ...c]
fn totals(x: real[...c, k]) -> real[...c] = sum(x, axis = -1)
fn dots(x: real[...c, k], y: real[...c, k]) -> real[...c] = for ...c: sum i: x[...c, i] * y[...c, i]
fn inner(x: real[k, ...c, l], y: real[k]) -> real[l, ...c] = for j, ...c: sum i: x[i, ...c, j] * y[i]
`;

export const called: Operation = (shape, draw) => {
	const [first, last] = [shape[0], shape.at(-1)];
	const all = shape.map((_, axis) => axis);
	const others = (...axes: number[]): number[] => all.filter((axis) => !axes.includes(axis));
	const end = shape.length - 1;
	const choice = draw.below(4);
	if (choice === 0 && first && known(first)) {
		return {
			shape: [...shape.slice(1), first],
			text: (x, s) =>
				s.calls
					? `turned(${x})`
					: binder("for", shape, [...others(0), 0], s, `(1 + i0) * ${indexText(x, shape, s)}`),
		};
	}
	if (choice === 1 && first && last && known(first) && known(last) && end > 0) {
		const result = [end, ...others(0, end)];
		const weights = `(for i in ${first.text}: 1 + 0.5 * i)`;
		return {
			shape: result.map((axis) => shape[axis] as Item),
			text: (x, s) =>
				s.calls
					? `inner(${x}, ${weights})`
					: binder(
							"for",
							shape,
							result,
							s,
							binder("sum", shape, [0], s, `${indexText(x, shape, s)} * (1 + 0.5 * i0)`),
						),
		};
	}
	if (!last || !known(last)) return undefined;
	const isDot = choice === 2;
	return {
		shape: shape.slice(0, -1),
		text: (x, s) => {
			if (s.calls) return isDot ? `dots(${x}, 0.5 * ${x})` : `totals(${x})`;
			const one = indexText(x, shape, s);
			return binder(
				"for",
				shape,
				others(end),
				s,
				binder("sum", shape, [end], s, isDot ? `0.5 * ${one} * ${one}` : one),
			);
		},
	};
};
