import fc from "fast-check";

/**
 * Random functions of one tensor with a rest somewhere in its shape, each in two spellings: with `...b`, and with its
 * axes written out. What the one computes at a number of axes is what the other does.
 */

/** An axis of a known size, as it is written and as it is; or the rest. */
type Item = { readonly text: string; readonly size: number } | "rest";

/** How a rest is spelled: among types, among indices, in a pattern of axes. */
interface Spelling {
	readonly types: readonly string[];
	readonly indices: readonly string[];
	readonly pattern: readonly string[];
	/** Whether functions with rests of their own are called, or what they do written out. */
	readonly calls: boolean;
}

const open: Spelling = { types: ["...b"], indices: ["...b"], pattern: ["..."], calls: true };

export function writtenOut(rank: number): Spelling {
	const names = (letter: string): string[] => Array.from({ length: rank }, (_, i) => `${letter}${i}`);
	return { types: names("p"), indices: names("q"), pattern: names("r"), calls: false };
}

/** The same, with `...` in patterns and calls of functions with rests: these may take more axes for theirs. */
export function spelledByDots(rank: number): Spelling {
	return { ...writtenOut(rank), pattern: open.pattern, calls: true };
}

/** One operation: its text, given the tensor and a spelling, and the shape of its result. */
interface Step {
	readonly text: (x: string, spelling: Spelling) => string;
	readonly shape: readonly Item[];
}

export interface RestProgram {
	readonly input: readonly Item[];
	/** A function of that name, in a spelling. */
	readonly text: (name: string, spelling: Spelling) => string;
}

export function openText(program: RestProgram, name: string): string {
	return program.text(name, open);
}

const known = (item: Item): item is Exclude<Item, "rest"> => item !== "rest";

/** `[n, p0, p1, d]` */
function shapeText(shape: readonly Item[], { types }: Spelling): string {
	return `[${shape.flatMap((item) => (known(item) ? [item.text] : types)).join(", ")}]`;
}

/** Each axis by what stands at it: a name of a binder, or something else; a rest by its indices. */
function indexText(
	x: string,
	shape: readonly Item[],
	spelling: Spelling,
	at: (axis: number) => string = (axis) => `i${axis}`,
	fallback = "",
): string {
	const items = shape.flatMap((item, axis) => (known(item) ? [at(axis)] : spelling.indices));
	return items.length === 0 ? x : `${x}[${items.join(", ")}${fallback}]`;
}

/** `for i0, ...b: body`; without names only the body. */
function binder(
	word: string,
	shape: readonly Item[],
	axes: readonly number[],
	s: Spelling,
	body: string,
): string {
	const names = axes.flatMap((axis) => {
		const item = shape[axis];
		return item === undefined ? [] : known(item) ? [`i${axis} in ${item.text}`] : s.indices;
	});
	return names.length === 0 ? body : `(${word} ${names.join(", ")}: ${body})`;
}

/** From the start before a rest, from the end behind it. */
function place(shape: readonly Item[], axis: number): number {
	const rest = shape.indexOf("rest");
	return rest >= 0 && axis > rest ? axis - shape.length : axis;
}

function knownAxes(shape: readonly Item[]): number[] {
	return shape.flatMap((item, axis) => (known(item) ? [axis] : []));
}

function replaced(shape: readonly Item[], axis: number, ...items: readonly Item[]): Item[] {
	return [...shape.slice(0, axis), ...items, ...shape.slice(axis + 1)];
}

const times = (factor: number, item: Exclude<Item, "rest">): Item => ({
	text: /^\d+$/.test(item.text) ? `${factor * item.size}` : `${factor} * (${item.text})`,
	size: factor * item.size,
});

const number = (size: number): Item => ({ text: `${size}`, size });

/** What may be done with a tensor of a shape. Draws are numbers, so that a case is short to tell. */
type Operation = (shape: readonly Item[], draw: Draw, known: Earlier) => Step | undefined;

/** The tensors `x0`, `x1`, .. so far, and whether shapes that may not go together are tried. */
interface Earlier {
	readonly shapes: readonly (readonly Item[])[];
	readonly careless: boolean;
}

interface Draw {
	readonly below: (n: number) => number;
	readonly permutation: (n: number) => number[];
	readonly of: <A>(items: readonly A[]) => A | undefined;
}

function drawsFrom(numbers: readonly number[]): Draw {
	let at = 0;
	const below = (n: number): number => (n <= 1 ? 0 : (numbers[at++ % numbers.length] ?? 0) % n);
	return {
		below,
		of: (items) => items[below(items.length)],
		permutation: (n) => {
			const left = Array.from({ length: n }, (_, i) => i);
			return Array.from({ length: n }, () => left.splice(below(left.length), 1)[0] as number);
		},
	};
}

const permuted: Operation = (shape, draw) => {
	const order = draw.permutation(shape.length);
	const weighted = draw.of(knownAxes(shape));
	const factor = weighted === undefined ? "0.5" : `(1 + 0.25 * i${weighted})`;
	return {
		shape: order.map((axis) => shape[axis] as Item),
		text: (x, s) => binder("for", shape, order, s, `${factor} * ${indexText(x, shape, s)}`),
	};
};

const reduced: Operation = (shape, draw) => {
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

const alongAxis: Operation = (shape, draw) => {
	const axis = draw.of(knownAxes(shape));
	if (axis === undefined) return undefined;
	const word = draw.of(["cumsum", "flip", "sort", "softmax", "roll", "cummax", "log_softmax"]) as string;
	const first = word === "roll" ? ", 1" : "";
	return { shape, text: (x) => `${word}(${x}${first}, axis = ${place(shape, axis)})` };
};

const reducedAxis: Operation = (shape, draw) => {
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

const expanded: Operation = (shape, draw) => {
	const { at, position } = newAxis(shape, draw);
	return {
		shape: [...shape.slice(0, at), number(1), ...shape.slice(at)],
		text: (x) => `expand(${x}, axis = ${position})`,
	};
};

const stacked: Operation = (shape, draw) => {
	if (draw.below(2) === 0) return { shape: [number(2), ...shape], text: (x) => `[${x}, 2 * ${x}] + 0.0` };
	const { at, position } = newAxis(shape, draw);
	return {
		shape: [...shape.slice(0, at), number(2), ...shape.slice(at)],
		text: (x) => `stack([${x}, -${x}], axis = ${position})`,
	};
};

const joined: Operation = (shape, draw) => {
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

const patterned: Operation = (shape, draw) => {
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

const merged: Operation = (shape, draw) => {
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

const multiplied: Operation = (shape) => {
	const last = shape.at(-1);
	if (!last || !known(last)) return undefined;
	return {
		shape: [...shape.slice(0, -1), number(2)],
		text: (x) => `${x} @ (for i in ${last.text}, j in 2: 1 + 0.5 * i - j)`,
	};
};

const broadcasted: Operation = (shape, draw) => {
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
const met: Operation = (shape, draw, { shapes, careless }) => {
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

const byRows: Operation = (shape, draw) => {
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

const scanned: Operation = (shape) => ({
	shape: [number(3), ...shape],
	text: (x) => `scan(0..3, ${x}, |s, i| (0.5 * s + i, s)).1`,
});

/** Some axes by names, others whole, some in part. */
const partly: Operation = (shape, draw) => {
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

/** A size of the signature, which is at least 2. */
function isBase(item: Item | undefined): boolean {
	return item !== undefined && known(item) && /^[nmd]$/.test(item.text);
}

const gathered: Operation = (shape, draw) => {
	const axis = draw.of(knownAxes(shape).filter((a) => isBase(shape[a])));
	if (axis === undefined) return undefined;
	return {
		shape: replaced(shape, axis, number(2), number(2)),
		text: (x) => `gather(${x}, [[0, 1], [1, 1]], axis = ${place(shape, axis)})`,
	};
};

const chosen: Operation = (shape, draw) => {
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

const called: Operation = (shape, draw) => {
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

const simple: readonly Operation[] = [
	permuted,
	permuted,
	reduced,
	alongAxis,
	reducedAxis,
	expanded,
	stacked,
	joined,
	patterned,
	patterned,
	merged,
	multiplied,
	broadcasted,
	met,
	met,
	met,
	byRows,
	byRows,
	scanned,
	partly,
	partly,
	gathered,
	chosen,
	called,
	called,
];

/** The derivative of a sum of squares of another operation. */
const derivative: Operation = (shape, draw, earlier) => {
	const step = draw.of(simple)?.(shape, draw, earlier);
	if (!step) return undefined;
	return { shape, text: (x, s) => `grad(|a| sum((${step.text("a", s)})^2))(${x})` };
};

const operations: readonly Operation[] = [...simple, ...simple, derivative, derivative, derivative];

const mostElements = 4000;

/** Sizes of the signature: different from one another. */
const sizes: readonly Exclude<Item, "rest">[] = [
	{ text: "n", size: 2 },
	{ text: "m", size: 3 },
	{ text: "d", size: 5 },
];

/** Such functions; in those with `slips` one step takes its tensor for another, so that most are wrong. */
export const restProgram = (slips: boolean): fc.Arbitrary<RestProgram> =>
	fc
		.record({
			slip: fc.integer({ min: 0, max: 3 }),
			count: fc.integer({ min: 0, max: 3 }),
			at: fc.nat(3),
			length: fc.integer({ min: 1, max: 4 }),
			numbers: fc.array(fc.nat(1000), { minLength: 40, maxLength: 40 }),
		})
		.map(({ count, at, length, numbers, slip }) => {
			const draw = drawsFrom(numbers);
			const input: Item[] = [...sizes.slice(0, count)];
			input.splice(Math.min(at, count), 0, "rest");
			const steps: Step[] = [];
			const shapes: (readonly Item[])[] = [input];
			let shape: readonly Item[] = input;
			for (let tries = 0; tries < 20 && steps.length < length; tries++) {
				const step = draw.of(operations)?.(shape, draw, { shapes, careless: slips });
				if (!step || elements(step.shape) > mostElements) continue;
				steps.push(step);
				shape = step.shape;
				shapes.push(shape);
				if (slips && steps.length === Math.min(length, slip + 1)) shape = mistaken(shape, draw);
			}
			const result = shape;
			return {
				input,
				text: (name, s) => {
					const where = sizes.slice(0, count).map((size) => `${size.text} >= 2`);
					const conditions = where.length > 0 ? ` where ${where.join(", ")}` : "";
					const lines = steps.map((step, i) => `  let x${i + 1} = ${step.text(`x${i}`, s)}`);
					return `fn ${name}(x0: real${shapeText(input, s)}) -> real${shapeText(result, s)}${conditions} = {\n${lines.join("\n")}\n  x${steps.length}\n}\n`;
				},
			};
		});

/** The shape with two axes in each other's place, one axis more or one less. */
function mistaken(shape: readonly Item[], draw: Draw): readonly Item[] {
	const at = draw.below(shape.length);
	switch (draw.below(4)) {
		case 0:
			return shape.filter((_, i) => i !== at);
		case 1:
			return [...shape.slice(0, at), draw.of(shape.filter(known)) ?? number(2), ...shape.slice(at)];
		default:
			return draw.permutation(shape.length).map((axis) => shape[axis] as Item);
	}
}

function elements(shape: readonly Item[]): number {
	return shape.reduce((product, item) => product * (known(item) ? item.size : 24), 1);
}

/** A tensor for such a function: the rest of these sizes, elements that differ. */
export function inputText(program: RestProgram, rest: readonly number[]): string {
	const dims = program.input.flatMap((item) => (known(item) ? [item.size] : rest));
	if (dims.length === 0) return "0.75";
	const head = dims.map((size, i) => `k${i} in ${size}`).join(", ");
	const phase = dims.map((_, i) => `${i + 1}.${i + 3} * k${i}`).join(" + ");
	return `for ${head}: sin(0.5 + ${phase})`;
}
