import { condition } from "./conditions.js";
import {
	asList,
	asNumber,
	type Decisions,
	type Environment,
	type Expression,
	expression,
	real,
	type Speller,
	type Type,
	type Value,
	type Variable,
} from "./description.js";
import { literal, realNumber, someNumber } from "./scalars.js";
import {
	type Atom,
	binderOf,
	inner,
	leastIn,
	named,
	oneOf,
	type Scope,
	someSize,
	tensorsIn,
} from "./scope.js";
import { numberOf, type Size, sameSize } from "./sizes.js";

/** The head of a binder: how it is written, the names that it binds, and their values in each turn, in order. */
export interface Head {
	readonly names: readonly Variable[];
	readonly sources: readonly Expression[];
	write(speller: Speller): string;
	turns(environment: Environment): Iterable<Environment>;
	/** How many turns it has, where its names are indices; the axes of a `for` over it. */
	readonly sizes?: readonly Size[];
}

/** `i in n, j in m`. */
export function overSizes(scope: Scope, sizes: readonly Size[]): Head {
	const names = sizes.map((size) => binderOf(scope, size));
	return {
		names,
		sources: [],
		sizes,
		write: (s) => names.map((name, k) => `${s.name(name)} in ${s.size(sizes[k] as Size)}`).join(", "),
		*turns(e) {
			yield* all(e, names, sizes);
		},
	};
}

function* all(e: Environment, names: readonly Variable[], sizes: readonly Size[]): Iterable<Environment> {
	const [name, ...others] = names;
	if (name === undefined) {
		yield e;
		return;
	}
	const count = numberOf(sizes[0] as Size, e.sizes);
	for (let k = 0; k < count; k++) yield* all(e.with(name, k), others, sizes.slice(1));
}

/** `i in 1..n`. */
function overRange(scope: Scope, size: Size): Head {
	const name = binderOf(scope, size);
	return {
		names: [name],
		sources: [],
		write: (s) => `${s.name(name)} in 1..${s.size(size)}`,
		*turns(e) {
			for (let k = 1; k < numberOf(size, e.sizes); k++) yield e.with(name, k);
		},
	};
}

/** `row in x`, `(row, w) in (x, v)`: the entries along the first axis of one tensor or of several. */
function overRows(scope: Scope, tensors: readonly Atom[]): Head {
	const names = tensors.map(({ type }) => named(scope, "r", { ...type, shape: type.shape.slice(1) }));
	const sources = tensors;
	const several = tensors.length > 1;
	return {
		names,
		sources,
		write: (s) => {
			const [left, right] = [names.map((n) => s.name(n)), sources.map((of) => s.spell(of))];
			return several ? `(${left.join(", ")}) in (${right.join(", ")})` : `${left[0]} in ${right[0]}`;
		},
		*turns(e) {
			const lists = sources.map((of) => asList(of.value(e)));
			for (let k = 0; k < (lists[0] as readonly Value[]).length; k++)
				yield names.reduce((so, name, at) => so.with(name, lists[at]?.[k] as Value), e);
		},
	};
}

/** `w in [0.5, 2.0]`. */
function overList(scope: Scope): Head {
	const name = named(scope, "w", real);
	const items = [someNumber(scope), someNumber(scope)].map(literal);
	return {
		names: [name],
		sources: items,
		write: (s) => `${s.name(name)} in [${items.map((item) => s.spell(item)).join(", ")}]`,
		*turns(e) {
			for (const item of items) yield e.with(name, item.value(e));
		},
	};
}

export function someHead(scope: Scope): Head {
	const vectors = tensorsIn(scope, (t) => t.shape.length > 0);
	const size = someSize(scope);
	return oneOf(scope, [
		() => overSizes(scope, [size]),
		() => overSizes(scope, [size]),
		() => overSizes(scope, [size, someSize(scope)]),
		leastIn(scope, size) >= 2 && (() => overRange(scope, size)),
		vectors.length > 0 && (() => overRows(scope, [scope.source.pick(vectors)])),
		vectors.length > 0 &&
			(() => {
				const first = scope.source.pick(vectors);
				const beside = vectors.filter((v) => sameSize(v.type.shape[0] as Size, first.type.shape[0] as Size));
				return overRows(scope, [first, scope.source.pick(beside)]);
			}),
		() => overList(scope),
	]);
}

export type Word = "sum" | "mean" | "max" | "min" | "prod" | "logsumexp";
export const words: readonly Word[] = ["sum", "mean", "max", "min", "prod", "logsumexp"];

/** What a reduction is of a list of numbers. */
export function reduced(word: Word, values: readonly number[], decisions: Decisions): number {
	const extremum = (sign: number): number => {
		if (values.some(Number.isNaN)) return Number.NaN;
		return values.reduce(
			(best, x) => (decisions.compare(sign * x, sign * best) > 0 ? x : best),
			values[0] ?? -sign * Infinity,
		);
	};
	const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
	switch (word) {
		case "sum":
			return decisions.note(sum(values));
		case "mean":
			return sum(values) / values.length;
		case "max":
			return extremum(1);
		case "min":
			return extremum(-1);
		case "prod":
			return decisions.note(values.reduce((a, b) => a * b, 1));
		case "logsumexp": {
			const top = Math.max(...values);
			return Number.isFinite(top) ? top + Math.log(sum(values.map((x) => Math.exp(x - top)))) : top;
		}
	}
}

/** `sum i in n where c: (..)`. */
export function reduction(scope: Scope, depth: number): Expression {
	const word = scope.source.pick(words);
	if (scope.source.chance(15)) {
		const free = withoutSource(scope, word, depth);
		if (free !== undefined) return free;
	}
	const head = someHead(scope);
	const within = inner(scope, ...head.names);
	const test = scope.source.chance(35) ? condition(within, depth - 1) : undefined;
	const body = realNumber(within, depth - 1);
	return expression(
		real,
		[...head.sources, ...(test ? [test] : []), body],
		(s) => `(${word} ${head.write(s)}${test ? ` where ${s.spell(test)}` : ""}: (${s.spell(body)}))`,
		(e) => {
			const values: number[] = [];
			for (const turn of head.turns(e))
				if (test === undefined || test.value(turn) === true) values.push(asNumber(body.value(turn)));
			return reduced(word, values, e.decisions);
		},
		head.names,
	);
}

/** `sum i: (x[i] * ..)`: the range is that of the axis that the name indexes. */
function withoutSource(scope: Scope, word: Word, depth: number): Expression | undefined {
	const vectors = tensorsIn(scope, (t) => t.element === "real" && t.shape.length === 1);
	if (vectors.length === 0) return undefined;
	const of = scope.source.pick(vectors);
	const size = of.type.shape[0] as Size;
	const name = binderOf(scope, size);
	const rest = realNumber(inner(scope, name), depth - 1);
	return expression(
		real,
		[of, rest],
		(s) => `(${word} ${s.name(name)}: (${of.write(s)}[${s.name(name)}] * ${s.spell(rest)}))`,
		(e) => {
			const factors = asList(of.value(e));
			const values = factors.map((x, k) => asNumber(x) * asNumber(rest.value(e.with(name, k))));
			return reduced(word, values, e.decisions);
		},
		[name],
	);
}

/** `for i in n, j in m: ..`, of the sizes that a type begins with. */
export function table(
	scope: Scope,
	type: Type,
	sizes: readonly Size[],
	body: (scope: Scope) => Expression,
): Expression {
	const head = overSizes(scope, sizes);
	const one = body(inner(scope, ...head.names));
	const nest = (e: Environment, k: number): Value => {
		const name = head.names[k];
		if (name === undefined) return one.value(e);
		return Array.from({ length: numberOf(sizes[k] as Size, e.sizes) }, (_, at) =>
			nest(e.with(name, at), k + 1),
		);
	};
	return expression(
		type,
		[one],
		(s) => `(for ${head.write(s)}: ${s.spell(one)})`,
		(e) => nest(e, 0),
		head.names,
	);
}
