import {
	asList,
	asNumber,
	below,
	type Environment,
	type Expression,
	expression,
	type Speller,
	type TensorType,
	type Value,
	variable,
} from "./description.js";
import { integer, realNumber } from "./scalars.js";
import {
	type Atom,
	binderOf,
	inner,
	isElement,
	isIndex,
	leastIn,
	often,
	oneOf,
	type Scope,
	tensorsIn,
} from "./scope.js";
import { minus, numberOf, type Size, sameSize, sizeOfNumber } from "./sizes.js";
import { anything } from "./values.js";

/** An index that is known to lie below a size. */
export function index(scope: Scope, size: Size, depth: number): Expression {
	const type = below(size);
	const fixed = (write: (s: Speller) => string, value: (e: Environment) => number): Expression =>
		expression(type, [], write, value);
	const names = scope.variables.filter((v) => isIndex(v.type) && v.type.shape.length === 0);
	const fitting = names.filter((v) => isIndex(v.type) && sameSize(v.type.element.below, size));
	const last = minus(size, sizeOfNumber(1));
	const leaves = [
		...fitting.flatMap((v) => often(6, () => variable(v))),
		() =>
			fixed(
				() => "0",
				() => 0,
			),
		() =>
			fixed(
				(s) => s.size(last),
				(e) => numberOf(last, e.sizes),
			),
		...fitting
			.filter((v) => v.binder)
			.map(
				(v) => () =>
					expression(
						type,
						[variable(v)],
						(s) => `${s.size(last)} - ${s.name(v)}`,
						(e) => numberOf(last, e.sizes) - asNumber(e.get(v)),
					),
			),
	];
	if (depth <= 0) return oneOf(scope, leaves);
	return oneOf(scope, [
		...leaves,
		...fitting.map(
			(v) => () =>
				expression(
					type,
					[variable(v)],
					(s) => `max(${s.name(v)} - 1, 0)`,
					(e) => Math.max(asNumber(e.get(v)) - 1, 0),
				),
		),
		...names.map(
			(v) => () =>
				expression(
					type,
					[variable(v)],
					(s) => `(${s.name(v)} + 1) % (${s.size(size)})`,
					(e) => (asNumber(e.get(v)) + 1) % numberOf(size, e.sizes),
				),
		),
		() => {
			const of = integer(scope, depth - 1);
			return expression(
				type,
				[of],
				(s) => `int(${s.spell(of)}) % (${s.size(size)})`,
				(e) => {
					const [x, n] = [asNumber(of.value(e)), numberOf(size, e.sizes)];
					return x - n * Math.floor(x / n);
				},
			);
		},
		...tensorsIn(scope, (t) => isElement(t.element, { below: size }) && t.shape.length > 0).flatMap((of) =>
			often(2, () => entry(scope, of, depth - 1)),
		),
		leastIn(scope, size) >= 1 &&
			(() => {
				const [name, most] = [binderOf(scope, size), scope.source.chance(50)];
				const body = realNumber(inner(scope, name), depth - 1);
				return expression(
					type,
					[body],
					(s) => `(${most ? "argmax" : "argmin"} ${s.name(name)} in ${s.size(size)}: (${s.spell(body)}))`,
					(e) => {
						let best = 0;
						const values = Array.from({ length: numberOf(size, e.sizes) }, (_, k) =>
							asNumber(body.value(e.with(name, k))),
						);
						values.forEach((x, k) => {
							if (k === 0 || Number.isNaN(values[best])) return;
							const order = e.decisions.compare(x, values[best] as number);
							if (Number.isNaN(x) || (most ? order > 0 : order < 0)) best = k;
						});
						return best;
					},
					[name],
				);
			}),
	]);
}

/** An element of a tensor: at indices inside, or at any, with a value outside. */
export function entry(scope: Scope, of: Atom, depth: number): Expression {
	const { shape, element } = of.type;
	const type: TensorType = { kind: "tensor", element, shape: [] };
	const at = shape.map((size) => index(scope, size, depth));
	const binders = scope.variables.filter((v) => v.binder === true);
	if (depth > 0 && typeof element === "string" && binders.length > 0 && scope.source.chance(25)) {
		const axis = scope.source.below(shape.length);
		const name = scope.source.pick(binders);
		const shift = scope.source.pick([1, -1, 2, -2]);
		const factor = scope.source.pick([1, 1, 2, -1]);
		const otherwise = anything(scope, type, depth - 1);
		const position = (e: Environment): number => factor * asNumber(e.get(name)) + shift;
		return expression(
			type,
			[of, variable(name), otherwise, ...at.filter((_, k) => k !== axis)],
			(s) => {
				const moved = `${factor === 1 ? "" : factor === -1 ? "-" : `${factor} * `}${s.name(name)} ${shift < 0 ? "-" : "+"} ${Math.abs(shift)}`;
				return `${of.write(s)}[${at.map((a, k) => (k === axis ? moved : s.spell(a))).join(", ")} else ${s.spell(otherwise)}]`;
			},
			(e) => {
				const found = position(e);
				if (found < 0 || found >= numberOf(shape[axis] as Size, e.sizes)) return otherwise.value(e);
				return taken(
					of.value(e),
					at.map((a, k) => (k === axis ? found : asNumber(a.value(e)))),
				);
			},
		);
	}
	return expression(
		type,
		[of, ...at],
		(s) => `${of.write(s)}[${at.map((a) => s.spell(a)).join(", ")}]`,
		(e) =>
			taken(
				of.value(e),
				at.map((a) => asNumber(a.value(e))),
			),
	);
}

const taken = (value: Value, at: readonly number[]): Value =>
	at.reduce<Value>((part, k) => {
		const item = asList(part)[k];
		if (item === undefined) throw new Error(`no place ${k}`);
		return item;
	}, value);
