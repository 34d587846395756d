import { reduction } from "./binders.js";
import { condition } from "./conditions.js";
import {
	asNumber,
	type Expression,
	expression,
	int,
	real,
	type Type,
	type Variable,
	variable,
} from "./description.js";
import { gradients, lists, stacked } from "./features.js";
import { entry } from "./indices.js";
import { binary, unary, writeBinary, writeUnary } from "./operators.js";
import {
	annotation,
	binderOf,
	inner,
	isIndex,
	named,
	numbersIn,
	often,
	oneOf,
	type Scope,
	someSize,
	tensorsIn,
} from "./scope.js";
import { numberOf, type Size } from "./sizes.js";
import { anything, call, functionValue, someType } from "./values.js";

export const literal = (value: number): Expression =>
	expression(
		real,
		[],
		() => (value < 0 ? `(${value.toFixed(3)})` : value.toFixed(3)),
		() => value,
	);

export const whole = (value: number): Expression =>
	expression(
		int,
		[],
		() => (value < 0 ? `(${value})` : `${value}`),
		() => value,
	);

export const someNumber = (scope: Scope): number => (((scope.source.below(33) + 20) % 33) - 12) / 8;

export function realNumber(scope: Scope, depth: number): Expression {
	const leaves = [
		() => literal(someNumber(scope)),
		...numbersIn(scope, "real").flatMap((e) => often(2, () => e)),
		...tensorsIn(scope, (t) => t.element === "real" && t.shape.length > 0).flatMap((of) =>
			often(2, () => entry(scope, of, depth - 1)),
		),
	];
	if (depth <= 0 || scope.source.chance(20)) return oneOf(scope, leaves);
	const again = (): Expression => realNumber(scope, depth - 1);
	return oneOf(scope, [
		...leaves.slice(0, 1),
		...often(3, () => {
			const [name, of] = scope.source.pick(binary);
			const [left, right] = [again(), again()];
			return expression(
				real,
				[left, right],
				(s) => writeBinary(name, s.spell(left), s.spell(right)),
				(e) => e.decisions.note(of(asNumber(left.value(e)), asNumber(right.value(e)), e.decisions)),
			);
		}),
		...often(2, () => {
			const [name, of] = scope.source.pick(unary);
			const operand = again();
			return expression(
				real,
				[operand],
				(s) => writeUnary(name, s.spell(operand)),
				(e) => e.decisions.note(of(asNumber(operand.value(e)), e.decisions)),
			);
		}),
		() => {
			const [left, right] = [again(), again()];
			return expression(
				real,
				[left, right],
				(s) => `(${s.spell(left)} / (1.0 + ${s.spell(right)}^2))`,
				(e) => e.decisions.note(asNumber(left.value(e)) / (1 + asNumber(right.value(e)) ** 2)),
			);
		},
		() => {
			const [left, right] = [again(), integer(scope, depth - 1)];
			return expression(
				real,
				[left, right],
				(s) => `(${s.spell(left)} * ${s.spell(right)})`,
				(e) => e.decisions.note(asNumber(left.value(e)) * asNumber(right.value(e))),
			);
		},
		() => power(again(), scope.source.pick([2, 3, 1, 0])),
		...often(4, () => reduction(scope, depth)),
		...often(2, () => whichever(scope, real, depth)),
		...detours(scope, real, depth),
		...gradients(scope, real, depth),
	]);
}

const power = (base: Expression, to: number): Expression =>
	expression(
		real,
		[base],
		(s) => `(${s.spell(base)}^${to})`,
		(e) => e.decisions.note(asNumber(base.value(e)) ** to),
	);

/** What may stand for a value of any type: a branch, a block, a call, a part of a record. */
export function detours(scope: Scope, type: Type, depth: number): (() => Expression)[] {
	const some = (): Type => someType(scope, 1);
	return [
		() => {
			const first = anything(scope, some(), depth - 1);
			const name = named(scope, "t", first.type);
			const then = anything(inner(scope, name), type, depth - 1);
			const told = annotation(scope, first.type);
			return expression(
				type,
				[first, then],
				(s) => `{ let ${s.name(name)}${told(s)} = ${s.spell(first)};  ${s.spell(then)} }`,
				(e) => then.value(e.with(name, first.value(e))),
				[name],
			);
		},
		() => {
			const parts = [anything(scope, some(), depth - 1), anything(scope, some(), depth - 1)] as const;
			const names = parts.map((part) => named(scope, "t", part.type));
			const [a, b] = names as [Variable, Variable];
			const then = anything(inner(scope, a, b), type, depth - 1);
			const told = annotation(scope, { kind: "tuple", items: [a.type, b.type] });
			return expression(
				type,
				[...parts, then],
				(s) =>
					`{ let (${s.name(a)}, ${s.name(b)})${told(s)} = (${s.spell(parts[0])}, ${s.spell(parts[1])});  ${s.spell(then)} }`,
				(e) => then.value(e.with(a, parts[0].value(e)).with(b, parts[1].value(e))),
				names,
			);
		},
		() => {
			const [kept, other] = [anything(scope, type, depth - 1), anything(scope, some(), depth - 1)];
			const first = scope.source.chance(50);
			return expression(
				type,
				[kept, other],
				(s) =>
					first
						? `(p = ${s.spell(kept)}, q = ${s.spell(other)}).p`
						: `(${s.spell(other)}, ${s.spell(kept)}).1`,
				(e) => kept.value(e),
			);
		},
		() => {
			const argument = someType(scope, 1);
			const name = named(scope, "u", argument);
			const body = anything(inner(scope, name), type, depth - 1);
			const given = anything(scope, argument, depth - 1);
			const told = annotation(scope, argument);
			const of = named(scope, "g", { kind: "function", parameters: [argument], result: type });
			return expression(
				type,
				[body, given],
				(s) =>
					`{ let ${s.name(of)} = |${s.name(name)}${told(s)}| ${s.spell(body)};  ${s.name(of)}(${s.spell(given)}) }`,
				(e) => body.value(e.with(name, given.value(e))),
				[name, of],
			);
		},
		...call(scope, type, depth),
		...stacked(scope, type, depth),
		...lists(scope, type, depth),
		...functionValue(scope, type, depth),
	];
}

/** `if` of any type. */
export function whichever(scope: Scope, type: Type, depth: number): Expression {
	const [test, no] = [condition(scope, depth - 1), anything(scope, type, depth - 1)];
	const yes = anything(scope, type, depth - 1);
	return expression(
		type,
		[test, yes, no],
		(s) => `(if ${s.spell(test)} then ${s.spell(yes)} else ${s.spell(no)})`,
		(e) => (test.value(e) === true ? yes.value(e) : no.value(e)),
	);
}

export function integer(scope: Scope, depth: number): Expression {
	const leaves = [
		() => whole(scope.source.below(7) - 2),
		...scope.variables
			.filter((v) => isIndex(v.type) && v.type.shape.length === 0)
			.map((v) => () => retyped(variable(v), int)),
		...numbersIn(scope, "int").map((e) => () => e),
		...tensorsIn(scope, (t) => t.element === "int" && t.shape.length > 0).map(
			(of) => () => entry(scope, of, depth - 1),
		),
		...tensorsIn(scope, (t) => isIndex(t) && t.shape.length > 0).map(
			(of) => () => retyped(entry(scope, of, depth - 1), int),
		),
		...[...scope.least.keys()].map((name) => () => sizeValue({ [name]: 1 })),
	];
	if (depth <= 0 || scope.source.chance(20)) return oneOf(scope, leaves);
	const again = (): Expression => integer(scope, depth - 1);
	return oneOf(scope, [
		...leaves.slice(0, 1),
		() => {
			const [operator, of] = scope.source.pick(binary);
			const [left, right] = [again(), again()];
			return expression(
				int,
				[left, right],
				(s) => writeBinary(operator, s.spell(left), s.spell(right)),
				(e) => of(asNumber(left.value(e)), asNumber(right.value(e)), e.decisions),
			);
		},
		() => {
			const by = scope.source.pick([2, 3, 5]);
			const [of, rest] = [again(), scope.source.chance(50)];
			return expression(
				int,
				[of],
				(s) => (rest ? `(${s.spell(of)} % ${by})` : `floor(${s.spell(of)} / ${by})`),
				(e) => {
					const x = asNumber(of.value(e));
					return rest ? x - by * Math.floor(x / by) : Math.floor(x / by);
				},
			);
		},
		() => {
			const size = someSize(scope);
			const name = binderOf(scope, size);
			const test = condition(inner(scope, name), depth - 1);
			return expression(
				int,
				[test],
				(s) => `(count ${s.name(name)} in ${s.size(size)}: ${s.spell(test)})`,
				(e) => {
					let count = 0;
					for (let k = 0; k < numberOf(size, e.sizes); k++) if (test.value(e.with(name, k)) === true) count++;
					return count;
				},
				[name],
			);
		},
		() => whichever(scope, int, depth),
		...detours(scope, int, depth),
	]);
}

const sizeValue = (size: Size): Expression =>
	expression(
		int,
		[],
		(s) => s.size(size),
		(e) => numberOf(size, e.sizes),
	);

const retyped = (of: Expression, type: Type): Expression =>
	expression(
		type,
		[of],
		(s) => s.spell(of),
		(e) => of.value(e),
	);
