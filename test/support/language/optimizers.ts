import {
	asNumber,
	type Environment,
	type Expression,
	elementsOf,
	mapped,
	paired,
	type Speller,
	type Value,
} from "./description.js";

/** An optimizer by its rule for a leaf: what a step makes of it, of its gradient and of its states. */
export interface Rule {
	/** How it is declared, where it is no optimizer of the library. */
	readonly declared?: string;
	readonly name: string;
	readonly states: number;
	step(
		p: Value,
		g: Value,
		rate: number,
		states: readonly Value[],
		beta: number,
	): readonly [Value, readonly Value[]];
}

export type States = readonly Value[];

/** `momentum(0.1, beta = 0.5)`, with a rate that may depend on the step. */
export interface OptimizerUse {
	readonly rule: Rule;
	readonly beta: number | undefined;
	readonly write: (s: Speller) => string;
	readonly rate: (e: Environment, count: number) => number;
	readonly reads: readonly Expression[];
}

const combined = (a: Value, b: Value, of: (x: number, y: number) => number): Value => paired(a, b, of);

export const rules: readonly Rule[] = [
	{ name: "sgd", states: 0, step: (p, g, rate) => [combined(p, g, (x, d) => x - rate * d), []] },
	{
		name: "momentum",
		states: 1,
		step: (p, g, rate, [m], beta) => {
			const next = combined(m as Value, g, (x, d) => beta * x + d);
			return [combined(p, next, (x, d) => x - rate * d), [next]];
		},
	},
	{
		name: "nesterov",
		states: 1,
		step: (p, g, rate, [m], beta) => {
			const next = combined(m as Value, g, (x, d) => beta * x + d);
			const ahead = combined(g, next, (d, x) => d + beta * x);
			return [combined(p, ahead, (x, d) => x - rate * d), [next]];
		},
	},
	{
		name: "heavy",
		declared: `optimizer heavy(lr: Rate, beta: real = 0.9) for p {
  state m = zeros()
  state turns: int = 0
  step(g) {
    m <- beta * m + tanh(g)
    turns <- turns + 1
    if turns % 2 == 0 then p - lr * m else p - 0.5 * lr * (m + g)
  }
}
`,
		states: 2,
		step: (p, g, rate, [m, turns], beta) => {
			const next = combined(m as Value, g, (x, d) => beta * x + Math.tanh(d));
			const count = asNumber(elementsOf(turns as Value)[0]) + 1;
			const both = combined(next, g, (x, d) => (count % 2 === 0 ? x : 0.5 * (x + d)));
			return [combined(p, both, (x, d) => x - rate * d), [next, mapped(turns as Value, () => count)]];
		},
	},
	{
		name: "bounded",
		declared: `optimizer bounded(lr: Rate, beta: real = 0.9) for p {
  state anchor = p
  step(g) {
    anchor <- beta * anchor + (1 - beta) * p
    p - lr * g / (1 + norm(g)) + 0.1 * lr * (anchor - p)
  }
}
`,
		states: 1,
		step: (p, g, rate, [anchor], beta) => {
			const next = combined(anchor as Value, p, (a, x) => beta * a + (1 - beta) * x);
			const norm = Math.sqrt(elementsOf(g).reduce((sum, d) => sum + d * d, 0));
			const pulled = combined(next, p, (a, x) => 0.1 * rate * (a - x));
			const moved = combined(p, g, (x, d) => x - (rate * d) / (1 + norm));
			return [combined(moved, pulled, (x, d) => x + d), [next]];
		},
	},
];

export function stepOf(
	{ rule, beta }: OptimizerUse,
	p: Value,
	g: Value,
	rate: number,
	states: States | undefined,
): readonly [Value, States] {
	const start = (): States =>
		rule.name === "bounded" ? [p] : Array.from({ length: rule.states }, () => mapped(p, () => 0));
	return rule.step(p, g, rate, states ?? start(), beta ?? 0.9);
}
