import { reduction } from "./binders.js";
import {
	asList,
	asNumber,
	below,
	bool,
	type Decisions,
	type Environment,
	type Expression,
	expression,
	int,
	real,
	type Speller,
	type TensorType,
	type Type,
	type Value,
	type Variable,
	variable,
} from "./description.js";
import { gradients, lists, stacked } from "./features.js";
import {
	type Atom,
	annotation,
	binderOf,
	inner,
	isElement,
	isIndex,
	leastIn,
	named,
	numbersIn,
	often,
	oneOf,
	type Scope,
	someSize,
	tensorsIn,
} from "./scope.js";
import { minus, numberOf, type Size, sameSize, sizeOfNumber } from "./sizes.js";
import { anything, call, functionValue, someType } from "./values.js";

const rounding = (x: number): number => {
	const down = Math.floor(x);
	const part = x - down;
	return part > 0.5 || (part === 0.5 && down % 2 !== 0) ? down + 1 : down;
};

const relu = (x: number, decisions: Decisions): number =>
	decisions.compare(x, 0) > 0 ? x : 0 * x === 0 ? 0 : x;

/** Functions of one number, and what they are. */
export const unary: readonly (readonly [name: string, of: (x: number, decisions: Decisions) => number])[] = [
	["tanh", (x) => Math.tanh(x)],
	["sin", (x) => Math.sin(x)],
	["cos", (x) => Math.cos(x)],
	["abs", (x, d) => (d.compare(x, 0) < 0 ? -x : x === 0 ? 0 : x)],
	["relu", relu],
	["sigmoid", (x) => 1 / (1 + Math.exp(-x))],
	["floor", (x, d) => d.piece(x, Math.floor, 0)],
	["round", (x, d) => d.piece(x, rounding, 0.5)],
	["sign", (x, d) => (Number.isNaN(x) ? x : d.compare(x, 0))],
	["softplus", (x) => (x > 0 ? x : 0) + Math.log1p(Math.exp(-Math.abs(x)))],
	["-", (x) => -x],
];

/** Operators of two numbers; divisors are kept away from 0. */
export const binary: readonly (readonly [
	operator: string,
	of: (x: number, y: number, decisions: Decisions) => number,
])[] = [
	["+", (x, y) => x + y],
	["-", (x, y) => x - y],
	["*", (x, y) => x * y],
	[
		"max",
		(x, y, d) =>
			Number.isNaN(x + y) && (Number.isNaN(x) || Number.isNaN(y)) ? Number.NaN : d.compare(x, y) > 0 ? x : y,
	],
	[
		"min",
		(x, y, d) =>
			Number.isNaN(x + y) && (Number.isNaN(x) || Number.isNaN(y)) ? Number.NaN : d.compare(x, y) < 0 ? x : y,
	],
];

export const writeUnary = (name: string, operand: string): string =>
	name === "-" ? `(-${operand})` : `${name}(${operand})`;
export const writeBinary = (operator: string, left: string, right: string): string =>
	/\w/.test(operator) ? `${operator}(${left}, ${right})` : `(${left} ${operator} ${right})`;

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

export function condition(scope: Scope, depth: number): Expression {
	const leaves = [
		() => comparison(scope, depth - 1, scope.source.chance(40)),
		...numbersIn(scope, "bool").map((e) => () => e),
		...tensorsIn(scope, (t) => t.element === "bool" && t.shape.length > 0).map(
			(of) => () => entry(scope, of, depth - 1),
		),
		...equalities(scope, depth),
	];
	if (depth <= 0 || scope.source.chance(20)) return oneOf(scope, leaves);
	const again = (): Expression => condition(scope, depth - 1);
	return oneOf(scope, [
		...leaves.slice(0, 1),
		() => {
			const word = scope.source.pick(["and", "or"]);
			const [left, right] = [again(), again()];
			return expression(
				bool,
				[left, right],
				(s) => `(${s.spell(left)} ${word} ${s.spell(right)})`,
				(e) =>
					word === "and"
						? left.value(e) === true && right.value(e) === true
						: left.value(e) === true || right.value(e) === true,
			);
		},
		() => {
			const of = again();
			return expression(
				bool,
				[of],
				(s) => `(not ${s.spell(of)})`,
				(e) => of.value(e) !== true,
			);
		},
		() => {
			const size = someSize(scope);
			const [name, every] = [binderOf(scope, size), scope.source.chance(50)];
			const test = condition(inner(scope, name), depth - 1);
			return expression(
				bool,
				[test],
				(s) => `(${every ? "all" : "any"} ${s.name(name)} in ${s.size(size)}: ${s.spell(test)})`,
				(e) => {
					const tests = Array.from(
						{ length: numberOf(size, e.sizes) },
						(_, k) => test.value(e.with(name, k)) === true,
					);
					return every ? tests.every(Boolean) : tests.some(Boolean);
				},
				[name],
			);
		},
		() => whichever(scope, bool, depth),
		...detours(scope, bool, depth),
	]);
}

function comparison(scope: Scope, depth: number, whole: boolean): Expression {
	const sign = scope.source.pick(["<", ">", "<=", ">=", ...(whole ? ["==", "!="] : [])]);
	const make = whole ? integer : realNumber;
	const [left, right] = [make(scope, depth), make(scope, depth)];
	return expression(
		bool,
		[left, right],
		(s) => `(${s.spell(left)} ${sign} ${s.spell(right)})`,
		(e) => {
			const order = e.decisions.compare(asNumber(left.value(e)), asNumber(right.value(e)));
			const tests: Readonly<Record<string, boolean>> = {
				"<": order < 0,
				">": order > 0,
				"<=": order <= 0,
				">=": order >= 0,
				"==": order === 0,
				"!=": order !== 0,
			};
			return tests[sign] === true;
		},
	);
}

/** A label against a name of a binder: what sums by place are made of. */
function equalities(scope: Scope, depth: number): (() => Expression)[] {
	return scope.variables
		.filter((v) => v.binder === true)
		.flatMap((name) => {
			if (!isIndex(name.type)) return [];
			const { below: size } = name.type.element;
			return tensorsIn(scope, (t) => isElement(t.element, { below: size }) && t.shape.length > 0).map(
				(of) => () => {
					const label = entry(scope, of, depth - 1);
					return expression(
						bool,
						[label, variable(name)],
						(s) => `(${s.spell(label)} == ${s.name(name)})`,
						(e) => {
							const order = e.decisions.compare(asNumber(label.value(e)), asNumber(e.get(name)));
							return order === 0;
						},
					);
				},
			);
		});
}

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
