import {
	asNumber,
	bool,
	type Callable,
	Decisions,
	Environment,
	type Expression,
	type FunctionType,
	real,
	type Speller,
	showType,
	type Type,
	tensorOf,
	type Value,
	type Variable,
} from "./description.js";
import { type Callee, named, type Scope } from "./scope.js";
import { type Size, type Sizes, sizeOfName } from "./sizes.js";
import { Source } from "./source.js";
import { anything, callOf, instantiated, someType } from "./values.js";

export interface Declared extends Callee {
	readonly parameters: readonly Variable[];
	readonly body: Expression;
	readonly resultWritten: boolean;
	readonly exported: boolean;
}

/** A `let` at the top, and what it is by plain arithmetic. */
export interface Result {
	readonly name: Variable;
	readonly of: Expression;
	/** The derivative of this name by that one: numbers or nothing where it has a kink nearby. */
	readonly gradient?: Gradient;
}

interface Gradient {
	readonly callee: Callee;
	readonly sizes: readonly number[];
	readonly args: readonly Variable[];
	readonly by: number;
}

export interface Description {
	readonly functions: readonly Declared[];
	readonly results: readonly Result[];
}

const declaredAs = (type: FunctionType, name: string): Variable & { readonly type: FunctionType } => ({
	name,
	type,
});

export function someFunction(scope: Scope, exported: boolean): Declared {
	const { source } = scope;
	const names = ["n", "m", "k"].slice(0, 1 + source.below(3));
	const given = names.length > 1 && source.chance(25) ? [names.at(-1) as string] : [];
	const least = new Map(names.map((name) => [name, source.chance(30) ? 2 : 1]));
	const own: Scope = { ...scope, variables: [], least };
	const types: Type[] = names
		.filter((name) => !given.includes(name))
		.map(
			(name): Type =>
				tensorOf("real", sizeOfName(name), ...(source.chance(40) ? [sizeOfName(source.pick(names))] : [])),
		);
	for (let k = source.below(4); k > 0; k--) types.push(someType(own, 1));
	if (source.chance(25))
		types.push(tensorOf({ below: sizeOfName(source.pick(names)) }, sizeOfName(names[0] as string)));
	if (source.chance(25)) {
		const parameters = [source.chance(50) ? real : tensorOf("real", sizeOfName(names[0] as string))];
		types.push({ kind: "function", parameters, result: source.chance(50) ? real : (parameters[0] as Type) });
	}
	const parameters = types.map((type) => named(scope, "a", type));
	const result = source.pick([
		real,
		tensorOf("real", sizeOfName(names[0] as string)),
		someType(own, 1),
		bool,
	]);
	const body = anything({ ...own, variables: parameters }, result, 2 + source.below(4));
	const type: FunctionType = { kind: "function", parameters: types, result };
	return {
		self: declaredAs(type, source.fresh("f")),
		sizes: names,
		least,
		given,
		parameters,
		body,
		resultWritten: source.chance(60),
		exported,
	};
}

/** Data at the top: numbers of few binary digits, so that sums of them are exact, and ties are ties. */
export function constant(scope: Scope, type: Type): Expression {
	const literal = (of: Type): Expression => {
		if (of.kind !== "tensor" || of.shape.length === 0)
			return anything({ ...scope, variables: [], callees: [] }, of, 0);
		const parts = Array.from({ length: asNumber(of.shape[0]?.[""] ?? 0) }, () =>
			literal({ ...of, shape: of.shape.slice(1) }),
		);
		return {
			type: of,
			free: new Set(),
			write: (s) => `[${parts.map((p) => p.write(s)).join(", ")}]`,
			value: (e) => parts.map((p) => p.value(e)),
		};
	};
	return literal(type);
}

const isReal = (type: Type): boolean => type.kind === "tensor" && type.element === "real";

/** A random program: functions of symbolic sizes, and calls of them at numbers. */
export function describe(numbers: readonly number[]): Description {
	const source = new Source(numbers);
	const functions: Declared[] = [];
	const results: Result[] = [];
	let scope: Scope = { source, variables: [], least: new Map(), callees: [] };
	const define = (of: Expression, gradient?: Gradient): Variable => {
		const name = named(scope, "r", of.type);
		results.push({ name, of, ...(gradient && { gradient }) });
		if (gradient === undefined) scope = { ...scope, variables: [...scope.variables, name] };
		return name;
	};
	const modules = source.chance(30);
	for (let count = 1 + source.below(3); count > 0; count--) {
		const made = someFunction(
			{ ...scope, callees: functions },
			modules && source.chance(60) && functions.every((f) => f.exported),
		);
		functions.push(made);
		scope = { ...scope, callees: functions };
		for (let calls = 1 + source.below(2); calls > 0; calls--) {
			const sizes = made.sizes.map((name) => Math.max(made.least.get(name) ?? 1, 1 + source.below(4)));
			const chosen = new Map(made.sizes.map((name, k): [string, Size] => [name, { "": sizes[k] as number }]));
			const { parameters } = instantiated(made.self.type, chosen) as FunctionType;
			const args = parameters.map((type) =>
				type.kind === "function" ? undefined : define(constant(scope, type)),
			);
			const known: Scope = { ...scope, variables: args.filter((a) => a !== undefined) };
			const whole = args.every((a) => a !== undefined);
			if (!whole) {
				define(callOf({ ...known }, made, chosen, 2));
				continue;
			}
			define(applied(made, chosen, args, sizes));
			const by = parameters.findIndex(isReal);
			if (isReal(made.self.type.result) && by >= 0) {
				const smooth = {
					callee: made,
					sizes,
					args,
					by: source.chance(50) ? by : parameters.findLastIndex(isReal),
				};
				define(derivative(smooth, instantiated(made.self.type.result, chosen)), smooth);
			}
		}
	}
	if (source.chance(30)) define(anything(scope, someType(scope, 1), 2));
	return { functions, results };
}

function applied(
	callee: Callee,
	sizes: ReadonlyMap<string, Size>,
	args: readonly Variable[],
	numbers: readonly number[],
): Expression {
	const type = instantiated(callee.self.type.result, sizes);
	return {
		type,
		free: new Set(args),
		write: (s) =>
			`${s.name(callee.self)}(${[...args.map((a) => s.name(a)), ...callee.given.map((name) => s.size(sizes.get(name) ?? {}))].join(", ")})`,
		value: (e) => (e.get(callee.self) as Callable)(numbers as readonly Value[], ...args.map((a) => e.get(a))),
	};
}

/** The derivative of the sum of all elements of a call by one of its arguments. */
function derivative({ callee, sizes, args, by }: Gradient, result: Type): Expression {
	const at = args[by] as Variable;
	const scalar = result.kind === "tensor" && result.shape.length === 0;
	return {
		type: at.type,
		free: new Set(args),
		write: (s) => {
			const given = [
				...args.map((a, k) => (k === by ? "v" : s.name(a))),
				...callee.given.map((name) => s.size({ "": sizes[callee.sizes.indexOf(name)] as number })),
			].join(", ");
			const call = `${s.name(callee.self)}(${given})`;
			return `grad(|v| ${scalar ? call : `sum(${call})`})(${s.name(at)})`;
		},
		value: () => {
			throw new Error("a derivative is compared with differences");
		},
	};
}

export function writeFunction(f: Declared, speller: Speller): string {
	const parameters = [
		...f.parameters.map((p) => `${speller.name(p)}: ${showType(p.type, speller)}`),
		...f.given.map((name) => `${speller.size(sizeOfName(name))}: Int`),
	];
	const result = f.resultWritten ? ` -> ${showType(f.self.type.result, speller)}` : "";
	const conditions = [...f.least]
		.filter(([, number]) => number > 1)
		.map(([name, number]) => `${speller.size(sizeOfName(name))} >= ${number}`);
	const where = conditions.length > 0 ? ` where ${conditions.join(", ")}` : "";
	return `${f.exported ? "export " : ""}fn ${speller.name(f.self)}(${parameters.join(", ")})${result}${where} = ${speller.spell(f.body)}`;
}

/** The text of a description: its files by name, the root file last. */
export function write(
	of: Description,
	spellerOf: (sink: string[], least: Sizes) => Speller,
): { readonly text: string; readonly library?: string } {
	const library: string[] = [];
	for (const f of of.functions.filter((f) => f.exported))
		library.push(writeFunction(f, spellerOf(library, f.least)));
	const lines: string[] = ["precision f64"];
	const top = spellerOf(lines, new Map());
	const imported = of.functions.filter((f) => f.exported).map((f) => top.name(f.self));
	if (imported.length > 0) lines.push(`import "library.ansatz" { ${imported.join(", ")} }`);
	for (const f of of.functions.filter((f) => !f.exported))
		lines.push(writeFunction(f, spellerOf(lines, f.least)));
	for (const result of of.results) {
		const data = result.of.free.size === 0 && result.of.type.kind === "tensor";
		lines.push(
			`let ${result.name.name}${data ? `: ${showType(result.of.type, top)}` : ""} = ${data ? result.of.write(top) : top.spell(result.of)}`,
		);
	}
	return {
		text: `${lines.join("\n")}\n`,
		...(imported.length > 0 && { library: `${library.join("\n")}\n` }),
	};
}

/** What a result is by plain arithmetic; nothing where rounding may decide otherwise. */
export interface Expected {
	readonly name: string;
	readonly value: Value;
	readonly tolerance: number;
	/** Elements that are not told: derivatives with a kink nearby. */
	readonly untold?: boolean;
}

export function expectations(of: Description): Expected[] {
	const shared = new Decisions();
	let global = new Environment(new Map(), new Map(), shared);
	for (const f of of.functions) {
		global = global.with(
			f.self,
			callableOf(f, global, () => current),
		);
	}
	let current = shared;
	const run = <Made>(compute: (e: Environment) => Made): [Made, Decisions] => {
		current = new Decisions();
		const made = compute(new Environment(new Map(), global.values, current));
		return [made, current];
	};
	const expected: Expected[] = [];
	const close = new Set<Variable>();
	for (const result of of.results) {
		if (result.gradient !== undefined) {
			const slope = differences(result.gradient, global, run);
			if (slope !== undefined)
				expected.push({ name: result.name.name, value: slope.value, tolerance: slope.tolerance });
			continue;
		}
		const [value, decisions] = run((e) => result.of.value(e));
		global = global.with(result.name, value);
		if (decisions.rough) close.add(result.name);
		const dependsOnClose = [...result.of.free].some((v) => close.has(v));
		if (decisions.close || dependsOnClose) close.add(result.name);
		else
			expected.push({
				name: result.name.name,
				value,
				tolerance: (decisions.rough ? 1e-4 : 1e-10) * decisions.largest,
			});
	}
	return expected;
}

/** A declared function of what stood above it. */
export function callableOf(f: Declared, around: Environment, decisions: () => Decisions): Callable {
	return (numbers, ...args) => {
		const sizes = new Map(f.sizes.map((name, k) => [name, asNumber((numbers as readonly Value[])[k])]));
		const values = new Map(around.values);
		for (const [k, p] of f.parameters.entries()) values.set(p, args[k] as Value);
		return f.body.value(new Environment(sizes, values, decisions()));
	};
}

/** Central differences of a call; nothing where a decision is taken otherwise nearby. */
function differences(
	{ callee, sizes, args, by }: Gradient,
	global: Environment,
	run: <Made>(compute: (e: Environment) => Made) => [Made, Decisions],
): { value: Value; tolerance: number } | undefined {
	const values = args.map((a) => global.get(a));
	const at = values[by] as Value;
	const sum = (moved: Value): [number, Decisions] =>
		run((e) =>
			total((e.get(callee.self) as Callable)(sizes, ...values.map((v, k) => (k === by ? moved : v)))),
		);
	const [value, here] = sum(at);
	const step = 1e-5;
	let smooth = !here.close && !here.rough && Number.isFinite(value) && here.largest < 1e4;
	let count = 0;
	const taken = here.taken.join();
	const slope = (place: number): number => {
		const [[up, a], [down, b]] = [sum(moved(at, place, step)), sum(moved(at, place, -step))];
		if (a.taken.join() !== taken || b.taken.join() !== taken) smooth = false;
		return (up - down) / (2 * step);
	};
	const walk = (value: Value): Value => (Array.isArray(value) ? value.map(walk) : slope(count++));
	const slopes = walk(at);
	return smooth ? { value: slopes, tolerance: 1e-5 * here.largest } : undefined;
}

const total = (value: Value): number =>
	Array.isArray(value) ? value.reduce<number>((sum, v) => sum + total(v), 0) : asNumber(value);

function moved(value: Value, place: number, by: number): Value {
	let count = 0;
	const walk = (v: Value): Value =>
		Array.isArray(v) ? v.map(walk) : asNumber(v) + (count++ === place ? by : 0);
	return walk(value);
}
