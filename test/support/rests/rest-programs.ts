import fc from "fast-check";
import {
	alongAxis,
	expanded,
	joined,
	merged,
	patterned,
	permuted,
	reduced,
	reducedAxis,
	stacked,
} from "./axes.js";
import {
	broadcasted,
	byRows,
	called,
	chosen,
	gathered,
	met,
	multiplied,
	partly,
	scanned,
} from "./elements.js";
import {
	type Draw,
	drawsFrom,
	type Item,
	known,
	number,
	type Operation,
	open,
	type Spelling,
	type Step,
	shapeText,
} from "./spelling.js";

/**
 * Random functions of one tensor with a rest somewhere in its shape, each in two spellings: with `...b`, and with its
 * axes written out. What the one computes at a number of axes is what the other does.
 */

export { helpers } from "./elements.js";
export { spelledByDots, writtenOut } from "./spelling.js";

export interface RestProgram {
	readonly input: readonly Item[];
	/** A function of that name, in a spelling. */
	readonly text: (name: string, spelling: Spelling) => string;
}

export function openText(program: RestProgram, name: string): string {
	return program.text(name, open);
}

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
