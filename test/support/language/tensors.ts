import { reduced, table, type Word } from "./binders.js";
import { condition } from "./conditions.js";
import {
	asList,
	asNumber,
	type Environment,
	type Expression,
	elementsOf,
	expression,
	mapped,
	paired,
	sameShape,
	type TensorType,
	tensorOf,
	type Value,
	type Variable,
	variable,
} from "./description.js";
import { gradients } from "./features.js";
import { index } from "./indices.js";
import { binary, unary, writeBinary, writeUnary } from "./operators.js";
import { detours, realNumber, someNumber, whichever } from "./scalars.js";
import {
	type Atom,
	inner,
	isIndex,
	known,
	leastIn,
	named,
	often,
	oneOf,
	type Scope,
	someSize,
	tensorsIn,
} from "./scope.js";
import { minus, numberOf, plus, type Size, sameSize, sizeOfNumber } from "./sizes.js";

const one = sizeOfNumber(1);

/** An expression of `real[..]` with at least one axis. */
export function realTensor(scope: Scope, type: TensorType, depth: number): Expression {
	const same = known(scope, type).flatMap((of) => often(3, () => of));
	const filled = (): Expression => {
		const value = someNumber(scope);
		const nest = (e: Environment, k: number): Value => {
			const size = type.shape[k];
			return size === undefined
				? value
				: Array.from({ length: numberOf(size, e.sizes) }, () => nest(e, k + 1));
		};
		return expression(
			type,
			[],
			(s) => `full([${type.shape.map((n) => s.size(n)).join(", ")}], ${value})`,
			(e) => nest(e, 0),
		);
	};
	if (depth <= 0 || scope.source.chance(25)) return oneOf(scope, [filled, ...same]);
	const again = (of: TensorType = type): Expression => realTensor(scope, of, depth - 1);
	return oneOf(scope, [
		filled,
		...often(4, () => table(scope, type, type.shape, (within) => realNumber(within, depth - 1))),
		() => {
			const [first, ...rest] = type.shape as [Size, ...Size[]];
			return rest.length === 0
				? filled()
				: table(scope, type, [first], (within) => realTensor(within, { ...type, shape: rest }, depth - 1));
		},
		...often(2, () => elementwise(scope, type, depth)),
		() => {
			const [name, of] = scope.source.pick(unary);
			const operand = again();
			return expression(
				type,
				[operand],
				(s) => writeUnary(name, s.spell(operand)),
				(e) => mapped(operand.value(e), (x) => e.decisions.note(of(x, e.decisions))),
			);
		},
		() => whichever(scope, type, depth),
		...updates(scope, type, depth),
		...parts(scope, type, depth),
		...sumsByPlace(scope, type, depth),
		...movements(scope, type, depth),
		...detours(scope, type, depth),
		...gradients(scope, type, depth),
	]);
}

/** An operator between tensors of one shape, or of a shape and its end, or with a number. */
function elementwise(scope: Scope, type: TensorType, depth: number): Expression {
	const [operator, of] = scope.source.pick(binary);
	const left = realTensor(scope, type, depth - 1);
	const end = type.shape.slice(1);
	const fits = end.length > 0 && !sameShape(end, type.shape.slice(0, -1));
	const right = oneOf(scope, [
		() => realNumber(scope, depth - 1),
		() => realTensor(scope, type, depth - 1),
		fits && (() => realTensor(scope, { ...type, shape: end }, depth - 1)),
	]);
	const swapped = scope.source.chance(50);
	const [a, b] = swapped ? [right, left] : [left, right];
	return expression(
		type,
		[a, b],
		(s) => writeBinary(operator, s.spell(a), s.spell(b)),
		(e) => paired(a.value(e), b.value(e), (x, y) => e.decisions.note(of(x, y, e.decisions))),
	);
}

/** Parts of larger tensors of the scope: rows, columns, slices, entries by indices. */
function parts(scope: Scope, type: TensorType, depth: number): (() => Expression)[] {
	const [first] = type.shape as [Size];
	const larger = tensorsIn(scope, (t) => t.element === "real" && t.shape.length === type.shape.length + 1);
	const equal = tensorsIn(scope, (t) => t.element === "real" && t.shape.length === type.shape.length);
	const sliced = equal.flatMap((of) => {
		const fits = sameShape(of.type.shape.slice(1), type.shape.slice(1));
		const whole = of.type.shape[0] as Size;
		const dropped = minus(whole, first);
		const rest = type.shape
			.slice(1)
			.map(() => ", :")
			.join("");
		const count = Object.keys(dropped).length === 1 ? dropped[""] : undefined;
		const result: (() => Expression)[] = [];
		if (fits && count !== undefined && count > 0) {
			for (const from of [0, count]) {
				result.push(() =>
					expression(
						type,
						[of],
						(s) => `${of.write(s)}[${from}..${s.size(plus(first, sizeOfNumber(from)))}${rest}]`,
						(e) => asList(of.value(e)).slice(from, from + numberOf(first, e.sizes)),
					),
				);
			}
		}
		if (fits) {
			// Rows by a vector of indices.
			for (const at of tensorsIn(
				scope,
				(t) =>
					isIndex(t) &&
					t.shape.length === 1 &&
					sameSize(t.shape[0] as Size, first) &&
					sameSize(t.element.below, whole),
			)) {
				result.push(() =>
					expression(
						type,
						[of, at],
						(s) => `${of.write(s)}[${at.write(s)}${rest}]`,
						(e) => asList(at.value(e)).map((k) => asList(of.value(e))[asNumber(k)] as Value),
					),
				);
			}
		}
		return result;
	});
	const taken = larger.flatMap((of) =>
		of.type.shape.flatMap((size, axis) => {
			if (
				!sameShape(
					of.type.shape.filter((_, k) => k !== axis),
					type.shape,
				)
			)
				return [];
			return [
				() => {
					const at = index(scope, size, depth - 1);
					return expression(
						type,
						[of, at],
						(s) =>
							`${of.write(s)}[${of.type.shape.map((_, k) => (k === axis ? s.spell(at) : ":")).join(", ")}]`,
						(e) => without(of.value(e), axis, asNumber(at.value(e))),
					);
				},
				() => along(scope, of, axis, type),
			];
		}),
	);
	return [...sliced, ...taken];
}

const without = (value: Value, axis: number, at: number): Value =>
	axis === 0 ? (asList(value)[at] as Value) : asList(value).map((row) => without(row, axis - 1, at));

/** `sum(x, axis = 1)`. */
function along(scope: Scope, of: Atom, axis: number, type: TensorType): Expression {
	const word = scope.source.pick<Word>(["sum", "mean", "max", "min", "prod", "logsumexp"]);
	const counted = scope.source.chance(30) ? axis - of.type.shape.length : axis;
	return expression(
		type,
		[of],
		(s) => `${word}(${of.write(s)}, axis = ${counted})`,
		(e) => reducedAlong(of.value(e), axis, word, e),
	);
}

function reducedAlong(value: Value, axis: number, word: Word, e: Environment): Value {
	if (axis > 0) return asList(value).map((row) => reducedAlong(row, axis - 1, word, e));
	const rows = asList(value);
	const fold = (items: readonly Value[]): Value =>
		Array.isArray(items[0])
			? items[0].map((_, k) => fold(items.map((item) => asList(item)[k] as Value)))
			: reduced(word, items.map(asNumber), e.decisions);
	return fold(rows);
}

/** `x with { [0] = v;  [i, :] += w }`. */
function updates(scope: Scope, type: TensorType, depth: number): (() => Expression)[] {
	return [
		() => {
			const of = realTensor(scope, type, depth - 1);
			const at = index(scope, type.shape[0] as Size, depth - 1);
			const rest = type.shape.slice(1);
			const given =
				rest.length === 0 || scope.source.chance(40)
					? realNumber(scope, depth - 1)
					: realTensor(scope, { ...type, shape: rest }, depth - 1);
			const sign = scope.source.pick(["=", "+="]);
			const colons = rest.map(() => ", :").join("");
			return expression(
				type,
				[of, at, given],
				(s) => `(${s.spell(of)} with { [${s.spell(at)}${colons}] ${sign} ${s.spell(given)} })`,
				(e) => {
					const [rows, place, value] = [asList(of.value(e)), asNumber(at.value(e)), given.value(e)];
					return rows.map((row, k) =>
						k === place ? paired(row, value, (x, y) => (sign === "=" ? y : x + y)) : row,
					);
				},
			);
		},
	];
}

/** `for s in k: sum i in n where label[i] == s: ..`. */
function sumsByPlace(scope: Scope, type: TensorType, depth: number): (() => Expression)[] {
	if (type.shape.length !== 1) return [];
	const [size] = type.shape as [Size];
	const labels = tensorsIn(
		scope,
		(t) => isIndex(t) && t.shape.length === 1 && sameSize(t.element.below, size),
	);
	return labels.flatMap((label) =>
		often(3, () =>
			table(scope, type, [size], (within) => {
				const place = within.variables.at(-1) as Variable;
				const rows = label.type.shape[0] as Size;
				const name = named(within, "i", tensorOf({ below: rows }), { binder: true });
				const inside = inner(within, name);
				const word = scope.source.pick<Word>(["sum", "mean", "max", "min"]);
				const more = scope.source.chance(30) ? condition(inside, depth - 1) : undefined;
				const body = realNumber(inside, depth - 1);
				return expression(
					tensorOf("real"),
					[label, variable(place), body, ...(more ? [more] : [])],
					(s) =>
						`(${word} ${s.name(name)} in ${s.size(rows)} where ${label.write(s)}[${s.name(name)}] == ${s.name(place)}${more ? ` and ${s.spell(more)}` : ""}: (${s.spell(body)}))`,
					(e) => {
						const values: number[] = [];
						asList(label.value(e)).forEach((at, k) => {
							const turn = e.with(name, k);
							if (at === e.get(place) && (more === undefined || more.value(turn) === true))
								values.push(asNumber(body.value(turn)));
						});
						return reduced(word, values, e.decisions);
					},
					[name],
				);
			}),
		),
	);
}

const matrixProduct = (a: Value, b: Value): Value => {
	const right = asList(b);
	return asList(a).map((row) =>
		(right[0] as readonly Value[]).map((_, j) =>
			asList(row).reduce<number>((sum, x, k) => sum + asNumber(x) * asNumber(asList(right[k])[j]), 0),
		),
	);
};

/** Functions that move elements, and products of matrices. */
function movements(scope: Scope, type: TensorType, depth: number): (() => Expression)[] {
	const [first, ...rest] = type.shape as [Size, ...Size[]];
	const again = (shape: readonly Size[]): Expression => realTensor(scope, { ...type, shape }, depth - 1);
	const shorter = minus(first, one);
	const ways: (() => Expression)[] = [
		() => {
			const of = again(type.shape);
			return expression(
				type,
				[of],
				(s) => `flip(${s.spell(of)}, axis = 0)`,
				(e) => [...asList(of.value(e))].reverse(),
			);
		},
		() => {
			const of = again(type.shape);
			const by = scope.source.pick([1, -1, 2]);
			return expression(
				type,
				[of],
				(s) => `roll(${s.spell(of)}, ${by}, axis = 0)`,
				(e) => {
					const rows = asList(of.value(e));
					return rows.map((_, k) => rows[(((k - by) % rows.length) + rows.length) % rows.length] as Value);
				},
			);
		},
		() => {
			const of = again(type.shape);
			return expression(
				type,
				[of],
				(s) => `cumsum(${s.spell(of)}, axis = 0)`,
				(e) => {
					let sum: Value = 0;
					return asList(of.value(e)).map(
						(row) => (sum = paired(sum, row, (x, y) => e.decisions.note(x + y))),
					);
				},
			);
		},
	];
	if (leastIn(scope, shorter) >= 1) {
		ways.push(() => {
			const [head, tail] = [again([one, ...rest]), again([shorter, ...rest])];
			const swap = scope.source.chance(50);
			const both = swap ? [tail, head] : [head, tail];
			return expression(
				type,
				both,
				(s) => `concat([${both.map((b) => s.spell(b)).join(", ")}], axis = 0)`,
				(e) => both.flatMap((b) => asList(b.value(e))),
			);
		});
	}
	if (rest.length === 0) {
		ways.push(() => {
			const of = again(type.shape);
			return expression(
				type,
				[of],
				(s) => `softmax(${s.spell(of)})`,
				(e) => {
					const numbers = elementsOf(of.value(e));
					const top = Math.max(...numbers);
					const shares = numbers.map((x) => Math.exp(x - top));
					return shares.map((x) => x / shares.reduce((a, b) => a + b, 0));
				},
			);
		});
		ways.push(() => {
			const size = someSize(scope);
			const [matrix, vector] = [again([first, size]), again([size])];
			return expression(
				type,
				[matrix, vector],
				(s) => `(${s.spell(matrix)} @ ${s.spell(vector)})`,
				(e) =>
					asList(
						matrixProduct(
							matrix.value(e),
							asList(vector.value(e)).map((x) => [x]),
						),
					).map((row) => e.decisions.note(asNumber(asList(row)[0]))),
			);
		});
	}
	if (rest.length === 1) {
		ways.push(() => {
			const size = someSize(scope);
			const [a, b] = [again([first, size]), again([size, rest[0] as Size])];
			return expression(
				type,
				[a, b],
				(s) => `(${s.spell(a)} @ ${s.spell(b)})`,
				(e) => matrixProduct(a.value(e), b.value(e)),
			);
		});
		ways.push(() => {
			const of = again([rest[0] as Size, first]);
			return expression(
				type,
				[of],
				(s) => `(${s.spell(of)}).T`,
				(e) => {
					const rows = asList(of.value(e));
					return asList(rows[0]).map((_, j) => rows.map((row) => asList(row)[j] as Value));
				},
			);
		});
	}
	if (first[""] === 2 && Object.keys(first).length === 1) {
		ways.push(() => {
			const items = [0, 1].map(() => (rest.length === 0 ? realNumber(scope, depth - 1) : again(rest)));
			return expression(
				type,
				items,
				(s) => `[${items.map((item) => s.spell(item)).join(", ")}]`,
				(e) => items.map((item) => item.value(e)),
			);
		});
	}
	return ways;
}
