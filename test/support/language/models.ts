import { table } from "./binders.js";
import {
	asNumber,
	bool,
	type Expression,
	elementsOf,
	expression,
	type FunctionType,
	real,
	type Speller,
	showType,
	type TensorType,
	type Type,
	tensorOf,
	type Value,
	type Variable,
	variable,
} from "./description.js";
import {
	heldBy,
	type Instance,
	type Making,
	type Member,
	type Method,
	type ModelDeclaration,
	type Part,
	type SeenModel,
	type Visible,
	visible,
	visibleInside,
} from "./instances.js";
import { literal, realNumber, someNumber } from "./scalars.js";
import { inner, leastIn, named, often, oneOf, type Scope, tensorsIn, type Way } from "./scope.js";
import { type Size, sameSize, sizeOfName } from "./sizes.js";
import { anything } from "./values.js";

const isReal = (type: Type): type is TensorType => type.kind === "tensor" && type.element === "real";

/** A real tensor or number of a scope's sizes. */
export function someReal(scope: Scope): TensorType {
	const sizes = [...scope.least.keys()].map(sizeOfName);
	const size = (): Size => scope.source.pick([...sizes, { "": 2 }]);
	return oneOf<TensorType>(scope, [
		() => tensorOf("real", size()),
		() => real,
		() => tensorOf("real", size(), size()),
	]);
}

/** A start whose elements differ. */
export function someStart(scope: Scope, type: TensorType): Expression {
	if (type.shape.length === 0 || scope.source.chance(25)) return anything(scope, type, 2);
	return table(scope, type, type.shape, (within) => {
		const names = within.variables.slice(-type.shape.length);
		const value = realNumber(within, 2);
		const slope = scope.source.pick([0.5, -0.25, 0.125]);
		return expression(
			real,
			[value, ...names.map(variable)],
			(s) => `${s.spell(value)} + ${slope} * (${names.map((n, k) => `${k + 1} * ${s.name(n)}`).join(" + ")})`,
			(e) =>
				e.decisions.note(
					asNumber(value.value(e)) +
						slope * names.reduce((sum, n, k) => sum + (k + 1) * asNumber(e.get(n)), 0),
				),
		);
	});
}

/** A number that depends on names of the scope, with a derivative that is not 0 by them. */
export function lively(scope: Scope, depth: number): Expression {
	const read = tensorsIn(scope, (t) => t.element === "real").filter((of) =>
		[...of.free].some((v) => v.path && !/(^|\.)[oxi]\d+$/.test(v.name)),
	);
	if (read.length === 0) return realNumber(scope, depth);
	const one = (): Expression => {
		const of = scope.source.pick(read);
		const [target, bend] = [someNumber(scope), scope.source.chance(40)];
		if (of.type.shape.length === 0)
			return expression(
				real,
				[of],
				(s) => (bend ? `tanh(${of.write(s)} - ${target})` : `(${of.write(s)} - ${target})^2`),
				(e) => {
					const x = asNumber(of.value(e)) - target;
					return bend ? Math.tanh(x) : x * x;
				},
			);
		return expression(
			real,
			[of],
			(s) => (bend ? `sum(sin(${of.write(s)} + ${target}))` : `mean((${of.write(s)} - ${target})^2)`),
			(e) => {
				const all = elementsOf(of.value(e));
				return bend
					? all.reduce((sum, x) => sum + Math.sin(x + target), 0)
					: all.reduce((sum, x) => sum + (x - target) ** 2, 0) / all.length;
			},
		);
	};
	const [first, other] = [one(), scope.source.chance(60) ? realNumber(scope, depth - 1) : one()];
	const join = scope.source.pick(["+", "-", "*"] as const);
	return expression(
		real,
		[first, other],
		(s) => `(${s.spell(first)} ${join} sin(${s.spell(other)}))`,
		(e) => {
			const [x, y] = [asNumber(first.value(e)), Math.sin(asNumber(other.value(e)))];
			return e.decisions.note(join === "+" ? x + y : join === "-" ? x - y : x * y);
		},
	);
}

/** What is at hand of models: their parts and methods by path, and turns over lists and stacks of them. */
export function withVisible(scope: Scope, { values, models }: Visible): Scope {
	return {
		...inner(scope, ...values.map((s) => s.variable)),
		ways: [...(scope.ways ?? []), ...models.map(overModels)],
	};
}

const carried = (type: Type): boolean =>
	type.kind === "tuple"
		? type.items.every(carried)
		: type.kind === "tensor" && typeof type.element === "string";

/** A list of models folded, summed, put side by side. */
function overModels({ variable: list, spec, several }: SeenModel): Way {
	return (scope, type, depth) => {
		if (!several || depth <= 0) return [];
		const turns = (value: Value): readonly Instance[] => heldBy(value) as readonly Instance[];
		const turn = (): { readonly name: string; readonly seen: Visible; readonly within: Scope } => {
			const name = scope.source.fresh("c");
			const seen = visible(name, spec);
			return { name, seen, within: withVisible(scope, seen) };
		};
		const names = ({ values, models }: Visible): Variable[] => [...values, ...models].map((s) => s.variable);
		const summed = (): Expression => {
			const { name, seen, within } = turn();
			const body = lively(within, depth - 1);
			return expression(
				real,
				[variable(list), body],
				(s) => `(sum ${name} in ${list.name}: (${s.spell(body)}))`,
				(e) =>
					turns(e.get(list)).reduce(
						(sum, one) =>
							sum + asNumber(body.value(e.withAll(seenOf(seen).map((v) => [v.variable, v.of(one, e)])))),
						0,
					),
				names(seen),
			);
		};
		const folded = (): Expression => {
			const { name, seen, within } = turn();
			const state = named(scope, "h", type);
			const start = anything(scope, type, depth - 1);
			const body = anything(inner(within, state), type, depth - 1);
			return expression(
				type,
				[variable(list), start, body],
				(s) => `fold(${list.name}, ${s.spell(start)}, |${s.name(state)}, ${name}| ${s.spell(body)})`,
				(e) =>
					turns(e.get(list)).reduce<Value>(
						(so, one) =>
							body.value(e.withAll(seenOf(seen).map((v) => [v.variable, v.of(one, e)])).with(state, so)),
						start.value(e),
					),
				[state, ...names(seen)],
			);
		};
		const beside = (): Expression => {
			const { name, seen, within } = turn();
			const one = { ...(type as TensorType), shape: (type as TensorType).shape.slice(1) };
			const body = one.shape.length === 0 ? lively(within, depth - 1) : anything(within, one, depth - 1);
			return expression(
				type,
				[variable(list), body],
				(s) => `(for ${name} in ${list.name}: ${s.spell(body)})`,
				(e) =>
					turns(e.get(list)).map((i) =>
						body.value(e.withAll(seenOf(seen).map((v) => [v.variable, v.of(i, e)]))),
					),
				names(seen),
			);
		};
		const rows =
			isReal(type) && type.shape.length > 0 && sameSize(type.shape[0] as Size, { "": several.count });
		return [
			...(isReal(type) && type.shape.length === 0 ? often(3, summed) : []),
			...(carried(type) && !several.stack ? often(2, folded) : []),
			...(rows ? often(2, beside) : []),
		];
	};
}

const seenOf = (seen: Visible) => [...seen.values, ...seen.models];

/** `w` where the option says that it is there, else something else. */
function optional(member: Member, flag: Variable): Way {
	return (scope, type, depth) => {
		if (depth <= 0) return [];
		return [
			() => {
				const yes = isReal(type)
					? type.shape.length === 0
						? lively(inner(scope, member.self), depth - 1)
						: anything(inner(scope, member.self), type, depth - 1)
					: anything(inner(scope, member.self), type, depth - 1);
				const no = anything(scope, type, depth - 1);
				return expression(
					type,
					[variable(flag), yes, no],
					(s) => `(if ${flag.name} then ${s.spell(yes)} else ${s.spell(no)})`,
					(e) => (e.get(flag) === true ? yes : no).value(e),
				);
			},
		];
	};
}

/** A call of a model, with options of the place. */
export function someMaking(scope: Scope, of: ModelDeclaration, plainOptions = false): Making {
	const small = (): Size => {
		const names = [...scope.least.keys()].filter((name) => leastIn(scope, sizeOfName(name)) >= 1);
		return scope.source.pick([...names.map(sizeOfName), { "": 2 }, { "": 1 }]);
	};
	return {
		of,
		sizes: of.sizes.map(small),
		flag: of.flag === undefined || scope.source.chance(70),
		numbers: of.numbers.map(() => (plainOptions ? literal(someNumber(scope)) : realNumber(scope, 1))),
	};
}

export function writeMaking({ of, sizes, flag, numbers }: Making, s: Speller): string {
	const options = [
		...sizes.map((size) => s.size(size)),
		...(of.flag ? [String(flag)] : []),
		...numbers.map((n) => s.spell(n)),
	];
	return `${of.name}(${options.join(", ")})`;
}

/** Some parts of models that are declared. */
export function someParts(scope: Scope, models: readonly ModelDeclaration[], most: number): Part[] {
	if (models.length === 0) return [];
	const parts: Part[] = [];
	for (let count = scope.source.below(most + 1); count > 0; count--) {
		const of = scope.source.pick(models);
		const name = scope.source.fresh("p");
		const frozen = scope.source.chance(10);
		const kind = scope.source.pick(["one", "list", "stack"] as const);
		if (kind === "one") {
			parts.push({ name, making: someMaking(scope, of), frozen });
			continue;
		}
		const count = scope.source.pick([2, 3, 1]);
		const turn = named(scope, "k", tensorOf({ below: { "": count } }), { binder: true });
		const within = inner(scope, turn);
		const several = { turn, count, stack: kind === "stack" };
		parts.push({ name, making: someMaking(within, of), several });
	}
	return parts;
}

/** A random model. */
export function someModel(outer: Scope, models: readonly ModelDeclaration[]): ModelDeclaration {
	const { source } = outer;
	const sizes = ["n", "m"].slice(0, 1 + source.below(2));
	const least = new Map(sizes.map((name) => [name, 1]));
	const numbers = Array.from({ length: source.below(3) }, () => named(outer, "o", real, { path: true }));
	const flag = source.chance(40) ? named(outer, "o", bool, { path: true }) : undefined;
	const scope: Scope = { ...outer, variables: numbers, least };
	const members: Member[] = [];
	const add = (kind: Member["kind"], type: TensorType, within: Scope, more: Partial<Member> = {}): void => {
		const start = kind === "let" ? anything(within, type, 2) : someStart(within, type);
		members.push({ kind, self: named(scope, "w", type, { path: true }), start, ...more });
	};
	for (let count = 1 + source.below(3); count > 0; count--)
		add("param", someReal(scope), scope, source.chance(12) ? { nonnegative: true } : {});
	if (flag) add("param", someReal(scope), scope, { where: flag });
	const states = source.chance(30) ? 1 + source.below(2) : 0;
	for (let k = 0; k < states; k++) add("state", someReal(scope), scope);
	const methods: Method[] = [];
	const of: ModelDeclaration = {
		name: source.fresh("M"),
		sizes,
		...(flag && { flag }),
		numbers,
		members,
		parts: someParts(scope, models, 2),
		methods,
	};
	const seen = visibleInside(of);
	const computed = source.chance(30);
	let body = bodyScope(scope, of, seen, flag);
	if (computed) {
		add("let", someReal(scope), body);
		const self = (members.at(-1) as Member).self;
		seen.values.push({ variable: self, root: "", of: (i) => i.values.get(self) as Value });
		body = bodyScope(scope, of, seen, flag);
	}
	const withCall = states > 0 || source.chance(60);
	for (const name of [
		...(withCall ? [""] : []),
		source.fresh("v"),
		...(source.chance(40) ? [source.fresh("v")] : []),
	]) {
		const parameters = Array.from({ length: source.below(3) }, () => named(scope, "a", someReal(scope)));
		if (name === "" && parameters.length === 0) parameters.push(named(scope, "a", someReal(scope)));
		const within = inner(body, ...parameters);
		const result = source.chance(60) ? real : someReal(scope);
		const own = members.filter((m) => m.kind === "state");
		const writes =
			name === ""
				? own.map(({ self }) => {
						const there = seen.values.find((s) => s.variable.name === self.name)?.variable as Variable;
						return { state: there, value: anything(within, self.type, 2) };
					})
				: [];
		const value = result.shape.length === 0 ? lively(within, 3) : anything(within, result, 3);
		const type: FunctionType = { kind: "function", parameters: parameters.map((p) => p.type), result };
		const method: Method = { name, type, parameters, writes, body: value };
		methods.push(method);
	}
	return of;
}

function bodyScope(scope: Scope, of: ModelDeclaration, seen: Visible, flag: Variable | undefined): Scope {
	const within = withVisible({ ...scope, variables: flag ? [flag] : [] }, seen);
	const more = of.members.filter((m) => m.where !== undefined);
	return { ...within, ways: [...(within.ways ?? []), ...more.map((m) => optional(m, flag as Variable))] };
}

export function writeModel(of: ModelDeclaration, s: Speller): string {
	const options = [
		...of.sizes.map((name) => `${s.size(sizeOfName(name))}: Int`),
		...(of.flag ? [`${of.flag.name}: Bool = true`] : []),
		...of.numbers.map((n) => `${n.name}: real = 0.5`),
	];
	const lines = [
		...of.members.filter((m) => m.kind !== "let").map((m) => writeMember(m, s)),
		...of.parts.map((p) => writePart(p, s)),
		...of.members.filter((m) => m.kind === "let").map((m) => writeMember(m, s)),
		...of.methods.map((m) => writeMethod(m, s)),
	];
	return `model ${of.name}(${options.join(", ")}) {\n${lines.map((line) => `  ${line}\n`).join("")}}`;
}

export function writeMember({ kind, self, start, where, nonnegative }: Member, s: Speller): string {
	const condition = where ? ` if ${where.name}` : "";
	const type = `: ${showType(self.type, s)}`;
	return `${kind} ${self.name}${type}${condition}${nonnegative ? " in nonnegative" : ""} = ${s.spell(start)}`;
}

export function writePart({ name, making, several, given, frozen }: Part, s: Speller): string {
	const one = given ? given.name : writeMaking(making, s);
	const made = frozen ? `frozen(${one})` : one;
	if (!several) return `${name} = ${made}`;
	const { turn, count, stack } = several;
	return stack
		? `${name} = for ${s.name(turn)} in ${count}: ${made}`
		: `${name} = [for ${s.name(turn)} in 0..${count}: ${made}]`;
}

function writeMethod({ name, type, parameters, writes, body }: Method, s: Speller): string {
	const told = parameters.map((p) => `${s.name(p)}: ${showType(p.type, s)}`).join(", ");
	const head = `${name}(${told}) -> ${showType(type.result, s)} =`;
	if (writes.length === 0) return `${head} ${s.spell(body)}`;
	const lines = writes.map((w) => `${w.state.name} <- ${s.spell(w.value)}`);
	return `${head} {\n    ${lines.join("\n    ")}\n    ${s.spell(body)}\n  }`;
}
