import { condition } from "./conditions.js";
import {
	asList,
	asNumber,
	below,
	type Environment,
	type Expression,
	expression,
	type Type,
	type Value,
} from "./description.js";
import { inner, named, type Scope, someSize, tensorsIn } from "./scope.js";
import { numberOf, type Size } from "./sizes.js";
import { anything, someType } from "./values.js";

/** Whether a type may go from turn to turn. */
const carried = (type: Type): boolean =>
	type.kind === "tuple"
		? type.items.every(carried)
		: type.kind === "tensor" && typeof type.element === "string";

/** Loops whose value is of a type: over the rows of a tensor, a range, a number of turns, until a condition. */
export function loops(scope: Scope, type: Type, depth: number): (() => Expression)[] {
	if (!carried(type)) return [];
	const vectors = tensorsIn(scope, (t) => t.shape.length > 0);
	const start = (): Expression => anything(scope, type, depth - 1);
	return [
		...vectors.slice(0, 2).map((of) => () => {
			const [state, row] = [
				named(scope, "s", type),
				named(scope, "x", { ...of.type, shape: of.type.shape.slice(1) }),
			];
			const first = start();
			const body = anything(inner(scope, state, row), type, depth - 1);
			return expression(
				type,
				[of, first, body],
				(s) => `fold(${s.spell(of)}, ${s.spell(first)}, |${s.name(state)}, ${s.name(row)}| ${s.spell(body)})`,
				(e) =>
					asList(of.value(e)).reduce<Value>(
						(so, x) => body.value(e.with(state, so).with(row, x)),
						first.value(e),
					),
				[state, row],
			);
		}),
		() => {
			const size = someSize(scope);
			const [state, turn] = [named(scope, "s", type), named(scope, "t", below(size))];
			const first = start();
			const body = anything(inner(scope, state, turn), type, depth - 1);
			return expression(
				type,
				[first, body],
				(s) =>
					`fold(0..${s.size(size)}, ${s.spell(first)}, |${s.name(state)}, ${s.name(turn)}| ${s.spell(body)})`,
				(e) => {
					let value = first.value(e);
					for (let k = 0; k < numberOf(size, e.sizes); k++)
						value = body.value(e.with(state, value).with(turn, k));
					return value;
				},
				[state, turn],
			);
		},
		() => {
			const [state, count] = [named(scope, "s", type), scope.source.pick([2, 1, 3])];
			const first = start();
			const body = anything(inner(scope, state), type, depth - 1);
			return expression(
				type,
				[first, body],
				(s) => `iterate(${count}, ${s.spell(first)}, |${s.name(state)}| ${s.spell(body)})`,
				(e) => {
					let value = first.value(e);
					for (let k = 0; k < count; k++) value = body.value(e.with(state, value));
					return value;
				},
				[state],
			);
		},
		() => {
			const [state, limit] = [named(scope, "s", type), scope.source.pick([3, 1, 2])];
			const first = start();
			const body = anything(inner(scope, state), type, depth - 1);
			const test = condition(inner(scope, state), depth - 1);
			return expression(
				type,
				[first, body, test],
				(s) => {
					const name = s.name(state);
					return `loop(${s.spell(first)}, |${name}| ${s.spell(body)}, until = |${name}| ${s.spell(test)}, limit = ${limit}).last`;
				},
				(e) => {
					let value = first.value(e);
					for (let k = 0; k < limit && test.value(e.with(state, value)) !== true; k++)
						value = body.value(e.with(state, value));
					return value;
				},
				[state],
			);
		},
		...scans(scope, type, depth),
	];
}

/** What a scan puts side by side, where a type has an axis. */
function scans(scope: Scope, type: Type, depth: number): (() => Expression)[] {
	if (type.kind !== "tensor" || type.shape.length === 0) return [];
	const [size, ...rest] = type.shape as [Size, ...Size[]];
	const out: Type = { ...type, shape: rest };
	return [
		() => {
			const carry = scope.source.chance(50) ? out : someCarry(scope);
			const [state, turn] = [named(scope, "s", carry), named(scope, "t", below(size))];
			const first = anything(scope, carry, depth - 1);
			const within = inner(scope, state, turn);
			const [next, given] = [anything(within, carry, depth - 1), anything(within, out, depth - 1)];
			return expression(
				type,
				[first, next, given],
				(s) =>
					`scan(0..${s.size(size)}, ${s.spell(first)}, |${s.name(state)}, ${s.name(turn)}| (${s.spell(next)}, ${s.spell(given)})).1`,
				(e: Environment) => {
					let value = first.value(e);
					return Array.from({ length: asNumber(numberOf(size, e.sizes)) }, (_, k) => {
						const turnOf = e.with(state, value).with(turn, k);
						value = next.value(turnOf);
						return given.value(turnOf);
					});
				},
				[state, turn],
			);
		},
	];
}

function someCarry(scope: Scope): Type {
	const type = someType(scope, 1);
	return carried(type) ? type : { kind: "tensor", element: "real", shape: [] };
}
