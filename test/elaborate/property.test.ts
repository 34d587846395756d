import fc from "fast-check";
import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { assertClose } from "../support/values.js";

/** A small expression in index notation, and what it means as plain nested loops. */
type Term =
	| { readonly kind: "number"; readonly value: number }
	| { readonly kind: "index"; readonly name: string }
	| { readonly kind: "entry"; readonly tensor: string; readonly at: readonly Position[] }
	| { readonly kind: "binary"; readonly operator: "+" | "-" | "*"; readonly left: Term; readonly right: Term }
	| {
			readonly kind: "reduce";
			readonly word: Word;
			readonly name: string;
			readonly where?: Condition;
			readonly body: Term;
	  }
	| { readonly kind: "if"; readonly condition: Condition; readonly holds: Term; readonly otherwise: Term };
type Word = "sum" | "prod" | "max" | "min" | "mean" | "logsumexp";
/** A position along an axis: a name, a number, or the name counted from the other end. */
type Position = { readonly name: string; readonly reversed: boolean } | number;
interface Condition {
	readonly left: Term;
	readonly comparison: "<" | ">";
	readonly right: Term;
}

const size = 3;
/** Every axis has the same size, so that every name may stand anywhere. */
const tensors: Readonly<Record<string, { readonly rank: number; readonly data: readonly number[] }>> = {
	a: { rank: 1, data: [1.5, -2, 0.25] },
	b: { rank: 2, data: [1, -1, 0.5, 2, 0, -0.75, 3, 1.25, -2] },
	c: { rank: 3, data: Array.from({ length: 27 }, (_, i) => ((i * 7) % 11) / 4 - 1) },
};

function entries(names: readonly string[]): fc.Arbitrary<Term> {
	const position: fc.Arbitrary<Position> = fc.oneof(
		{ weight: 5, arbitrary: fc.record({ name: fc.constantFrom(...names), reversed: fc.boolean() }) },
		{ weight: 1, arbitrary: fc.nat(size - 1) },
	);
	return fc.constantFrom(...Object.keys(tensors)).chain((tensor) => {
		const rank = tensors[tensor]?.rank ?? 1;
		return fc
			.array(position, { minLength: rank, maxLength: rank })
			.map((at): Term => ({ kind: "entry", tensor, at }));
	});
}

function terms(names: readonly string[], depth: number): fc.Arbitrary<Term> {
	const leaves: fc.Arbitrary<Term>[] = [
		fc.integer({ min: -3, max: 3 }).map((value): Term => ({ kind: "number", value })),
		fc.constantFrom(...names).map((name): Term => ({ kind: "index", name })),
		entries(names),
		entries(names),
	];
	if (depth === 0) return fc.oneof(...leaves);
	const inner = terms(names, depth - 1);
	const condition = fc.record({
		left: inner,
		comparison: fc.constantFrom("<" as const, ">" as const),
		right: inner,
	});
	const name = `k${depth}`;
	const word = fc.constantFrom<Word>("sum", "prod", "max", "min", "mean", "logsumexp");
	const body = terms([...names, name], depth - 1);
	const where = fc.record({
		left: body,
		comparison: fc.constantFrom("<" as const, ">" as const),
		right: body,
	});
	return fc.oneof(
		entries(names),
		fc.record({
			kind: fc.constant("binary" as const),
			operator: fc.constantFrom("+" as const, "-" as const, "*" as const),
			left: inner,
			right: inner,
		}),
		fc.record({ kind: fc.constant("reduce" as const), word, name: fc.constant(name), body }),
		fc.record({ kind: fc.constant("reduce" as const), word, name: fc.constant(name), where, body }),
		fc.record({ kind: fc.constant("if" as const), condition, holds: inner, otherwise: inner }),
	);
}

function text(term: Term): string {
	switch (term.kind) {
		case "number":
			return `(${term.value}.0)`;
		case "index":
			// As a real: the largest of no ints is the end of i32, not infinity.
			return `(1.0 * ${term.name})`;
		case "entry":
			return `${term.tensor}[${term.at.map(positionText).join(", ")}]`;
		case "binary":
			return `(${text(term.left)} ${term.operator} ${text(term.right)})`;
		case "reduce": {
			const where = term.where ? ` where ${conditionText(term.where)}` : "";
			return `(${term.word} ${term.name} in ${size}${where}: (${text(term.body)}))`;
		}
		case "if":
			return `(if ${conditionText(term.condition)} then ${text(term.holds)} else ${text(term.otherwise)})`;
	}
}

function positionText(position: Position): string {
	if (typeof position === "number") return `${position}`;
	return position.reversed ? `${size - 1} - ${position.name}` : position.name;
}

function conditionText(condition: Condition): string {
	return `${text(condition.left)} ${condition.comparison} ${text(condition.right)}`;
}

type Indices = ReadonlyMap<string, number>;

function value(term: Term, indices: Indices): number {
	switch (term.kind) {
		case "number":
			return term.value;
		case "index":
			return indices.get(term.name) as number;
		case "entry": {
			const offset = term.at.reduce<number>((sum, p) => sum * size + placeOf(p, indices), 0);
			return tensors[term.tensor]?.data[offset] as number;
		}
		case "binary": {
			const [left, right] = [value(term.left, indices), value(term.right, indices)];
			return term.operator === "+" ? left + right : term.operator === "-" ? left - right : left * right;
		}
		case "reduce": {
			const values: number[] = [];
			for (let k = 0; k < size; k++) {
				const inner = new Map(indices).set(term.name, k);
				if (!term.where || holds(term.where, inner)) values.push(value(term.body, inner));
			}
			return reduced(term.word, values);
		}
		case "if":
			return holds(term.condition, indices) ? value(term.holds, indices) : value(term.otherwise, indices);
	}
}

function placeOf(position: Position, indices: Indices): number {
	if (typeof position === "number") return position;
	const at = indices.get(position.name) as number;
	return position.reversed ? size - 1 - at : at;
}

function holds(condition: Condition, indices: Indices): boolean {
	const [left, right] = [value(condition.left, indices), value(condition.right, indices)];
	return condition.comparison === "<" ? left < right : left > right;
}

function reduced(word: Word, values: readonly number[]): number {
	const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
	switch (word) {
		case "sum":
			return sum(values);
		case "prod":
			return values.reduce((a, b) => a * b, 1);
		case "max":
			return Math.max(...values);
		case "min":
			return Math.min(...values);
		case "mean":
			return sum(values) / values.length;
		case "logsumexp": {
			const top = Math.max(...values);
			return Number.isFinite(top) ? top + Math.log(sum(values.map((v) => Math.exp(v - top)))) : top;
		}
	}
}

function nested(data: readonly number[], rank: number): string {
	if (rank === 0) return `${data[0]}`;
	const step = data.length / size;
	return `[${Array.from({ length: size }, (_, i) => nested(data.slice(i * step, (i + 1) * step), rank - 1)).join(", ")}]`;
}

const declarations = Object.entries(tensors).map(
	([name, { rank, data }]) =>
		`let ${name}: real[${Array(rank).fill(size).join(", ")}] = ${nested(data, rank)}`,
);
/** Huge numbers differ by cancellation, not by meaning. */
const stable = (numbers: readonly number[]): boolean =>
	numbers.every((n) => Math.abs(n) < 1e6 || !Number.isFinite(n));

describe("random expressions in index notation", () => {
	it("mean what nested loops compute, on both backends", () => {
		const program = fc.array(terms(["i", "j"], 3), { minLength: 8, maxLength: 8 });
		fc.assert(
			fc.property(program, (list) => {
				const lets = list.map((term, k) => `let t${k} = for i in ${size}, j in ${size}: ${text(term)}`);
				const source = ["precision f64", ...declarations, ...lets].join("\n");
				for (const backend of backends) {
					const result = evaluateProgram(source, { backend });
					list.forEach((term, k) => {
						const expected: number[] = [];
						for (let i = 0; i < size; i++) {
							for (let j = 0; j < size; j++)
								expected.push(
									value(
										term,
										new Map([
											["i", i],
											["j", j],
										]),
									),
								);
						}
						if (stable(expected))
							assertClose(result.numbers(`t${k}`), expected, 1e-9, `${text(term)} on ${backend.name}`);
					});
				}
			}),
			{ numRuns: 25, seed: 11 },
		);
	});
});
