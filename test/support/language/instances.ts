import {
	type Callable,
	type Environment as Env,
	Environment,
	type Expression,
	type FunctionType,
	type Held,
	type Type,
	type Value,
	type Variable,
} from "./description.js";
import { numberOf, type Size } from "./sizes.js";
import { instantiated } from "./values.js";

/** A name with a start: what a step trains, what `<-` sets, or what is computed once. */
export interface Member {
	readonly kind: "param" | "state" | "let";
	readonly self: Variable;
	readonly start: Expression;
	/** An option: the parameter is there only where it is true. */
	readonly where?: Variable;
	/** Declared `in nonnegative`: 0 stands for what is less. */
	readonly nonnegative?: boolean;
}

export interface Method {
	/** Without a name the call. */
	readonly name: string;
	readonly type: FunctionType;
	readonly parameters: readonly Variable[];
	/** States that the call writes, in order, before its value. */
	readonly writes: readonly { readonly state: Variable; readonly value: Expression }[];
	readonly body: Expression;
}

export interface ModelDeclaration {
	readonly name: string;
	readonly sizes: readonly string[];
	readonly flag?: Variable;
	readonly numbers: readonly Variable[];
	readonly members: readonly Member[];
	readonly parts: readonly Part[];
	readonly methods: readonly Method[];
}

/** A call of a model. */
export interface Making {
	readonly of: ModelDeclaration;
	readonly sizes: readonly Size[];
	readonly flag: boolean;
	readonly numbers: readonly Expression[];
}

/** A part that a model owns: one, a list, or a stack; made here, or given as an option of a fit. */
export interface Part {
	readonly name: string;
	readonly making: Making;
	readonly several?: { readonly turn: Variable; readonly count: number; readonly stack: boolean };
	readonly given?: Variable;
	readonly frozen?: boolean;
	/** An option: the part is there only where it is true. */
	readonly where?: Variable;
}

/** A model with numbers in it; a fit in the course of its run is one, too. */
export interface Instance {
	readonly of: ModelDeclaration;
	readonly sizes: ReadonlyMap<string, number>;
	readonly values: ReadonlyMap<Variable, Value>;
	readonly parts: ReadonlyMap<string, Instance | readonly Instance[]>;
}

export const heldBy = (value: Value): unknown => (value as Held).held;
export const isSeveral = (of: Instance | readonly Instance[]): of is readonly Instance[] => Array.isArray(of);

/** What is known of a model where it is used: with the sizes of that place. */
export interface Spec {
	readonly of: ModelDeclaration;
	readonly sizes: ReadonlyMap<string, Size>;
	readonly flag: boolean | undefined;
}

export const specOf = ({ of, sizes, flag }: Making): Spec => ({
	of,
	sizes: new Map(of.sizes.map((name, k) => [name, sizes[k] as Size])),
	flag,
});

const specWithin = (outer: Spec, making: Making): Spec => {
	const inner = specOf(making);
	const replaced = [...inner.sizes].map(([name, size]): [string, Size] => {
		const { shape } = instantiated({ kind: "tensor", element: "real", shape: [size] }, outer.sizes) as {
			shape: readonly Size[];
		};
		return [name, shape[0] as Size];
	});
	return { ...inner, sizes: new Map(replaced) };
};

/** What can be named of a model at a path, and what it is. */
export interface Seen {
	readonly variable: Variable;
	readonly root: string;
	readonly of: (instance: Instance, e: Env) => Value;
}

export interface SeenModel extends Seen {
	readonly spec: Spec;
	/** A list or a stack of so many. */
	readonly several?: { readonly count: number; readonly stack: boolean };
}

export interface Visible {
	readonly values: Seen[];
	readonly models: readonly SeenModel[];
	/** Calls that write states. */
	readonly writing: readonly Seen[];
}

const under = (path: string, name: string): string =>
	path === "" ? name : name === "" ? path : `${path}.${name}`;
const whatIsCalled: FunctionType = {
	kind: "function",
	parameters: [],
	result: { kind: "tensor", element: "real", shape: [] },
};

/** All that a path leads to; its names are new ones, which `bound` gives values. */
export function visible(path: string, spec: Spec): Visible {
	const values: Seen[] = [];
	const models: SeenModel[] = [];
	const writing: Seen[] = [];
	const walk = (
		at: string,
		root: string,
		inside: Spec,
		reach: (instance: Instance) => Instance,
		depth: number,
	): void => {
		const rootOf = (name: string): string => (root === "" ? name : root);
		const name = (of: string, type: Type): Variable => ({
			name: under(at, of),
			type: instantiated(type, inside.sizes),
			path: true,
		});
		for (const number of inside.of.numbers)
			values.push({
				variable: name(number.name, number.type),
				root: rootOf(number.name),
				of: (i) => reach(i).values.get(number) as Value,
			});
		for (const { self, where } of inside.of.members) {
			if (where && inside.flag !== true) continue;
			values.push({
				variable: name(self.name, self.type),
				root: rootOf(self.name),
				of: (i) => reach(i).values.get(self) as Value,
			});
		}
		for (const method of inside.of.methods) {
			if (at === "" && method.name === "") continue;
			const seen: Seen = {
				variable: name(method.name, method.type),
				root: rootOf(method.name),
				of: (i, e) => callOfMethod(reach(i), method, e),
			};
			(method.writes.length > 0 ? writing : values).push(seen);
		}
		for (const part of inside.of.parts) {
			if (part.where && inside.flag !== true) continue;
			const within = specWithin(inside, part.making);
			const here = under(at, part.name);
			const found = (i: Instance): Instance | readonly Instance[] =>
				reach(i).parts.get(part.name) as Instance | readonly Instance[];
			const { several } = part;
			models.push({
				variable: { name: here, type: whatIsCalled, path: true },
				root: rootOf(part.name),
				of: (i) => ({ held: found(i) }),
				spec: within,
				...(several && { several }),
			});
			if (!several) {
				walk(here, rootOf(part.name), within, (i) => found(i) as Instance, depth + 1);
				continue;
			}
			for (let k = 0; k < several.count; k++)
				walk(
					`${here}[${k}]`,
					rootOf(part.name),
					within,
					(i) => (found(i) as Instance[])[k] as Instance,
					depth + 1,
				);
			if (several.stack)
				for (const { self, kind } of within.of.members.filter((m) => m.kind === "param" && !m.where)) {
					const type = instantiated(self.type, within.sizes);
					if (kind !== "param" || type.kind !== "tensor") continue;
					values.push({
						variable: {
							name: `${here}.${self.name}`,
							type: { ...type, shape: [{ "": several.count }, ...type.shape] },
							path: true,
						},
						root: rootOf(part.name),
						of: (i) => (found(i) as readonly Instance[]).map((one) => one.values.get(self) as Value),
					});
				}
		}
	};
	walk(path, "", spec, (i) => i, 0);
	return { values, models, writing };
}

/** The values of what is visible of an instance. */
export function bound(e: Env, { values, models, writing }: Visible, instance: Instance): Env {
	return e.withAll([...values, ...models, ...writing].map((s) => [s.variable, s.of(instance, e)]));
}

/** What the bodies of a model see of it: cached, as its names are. */
const inner = new Map<ModelDeclaration, Visible>();

export function visibleInside(of: ModelDeclaration): Visible {
	const known = inner.get(of);
	if (known) return known;
	const made = visible("", { of, sizes: new Map(), flag: undefined });
	inner.set(of, made);
	return made;
}

export function inside(instance: Instance, e: Env): Env {
	const own = new Environment(instance.sizes, e.values, e.decisions).withAll(instance.values);
	return bound(own, visibleInside(instance.of), instance);
}

function callOfMethod(instance: Instance, method: Method, e: Env): Callable {
	return (...args) => {
		let here = inside(instance, e);
		method.parameters.forEach((p, k) => {
			here = here.with(p, args[k] as Value);
		});
		for (const { state, value } of method.writes) here = rebound(here, instance.of, state, value.value(here));
		return method.body.value(here);
	};
}

/** What a call writes into the states of its model. */
export function written(
	instance: Instance,
	method: Method,
	args: readonly Value[],
	e: Env,
): ReadonlyMap<Variable, Value> {
	let here = inside(instance, e);
	method.parameters.forEach((p, k) => {
		here = here.with(p, args[k] as Value);
	});
	const all = new Map<Variable, Value>();
	for (const { state, value } of method.writes) {
		const now = value.value(here);
		all.set(state, now);
		here = rebound(here, instance.of, state, now);
	}
	return all;
}

/** Below a line that writes it, the name is the new value. */
function rebound(e: Env, of: ModelDeclaration, state: Variable, value: Value): Env {
	const own = visibleInside(of).values.find((s) => s.variable.name === state.name);
	return own ? e.with(own.variable, value).with(state, value) : e.with(state, value);
}

const clipped = (value: Value): Value =>
	Array.isArray(value) ? value.map(clipped) : Math.max(value as number, 0);

export const held = (member: Member, value: Value): Value => (member.nonnegative ? clipped(value) : value);

/** A model as it is made, in the environment of the call. */
export function made(making: Making, e: Env): Instance {
	const { of } = making;
	const sizes = new Map(of.sizes.map((name, k) => [name, numberOf(making.sizes[k] as Size, e.sizes)]));
	const options = new Map<Variable, Value>(
		of.numbers.map((n, k) => [n, (making.numbers[k] as Expression).value(e)]),
	);
	if (of.flag) options.set(of.flag, making.flag);
	return filled(of, sizes, options, e);
}

/** With its members and parts, in the order of its text. */
export function filled(
	of: ModelDeclaration,
	sizes: ReadonlyMap<string, number>,
	options: ReadonlyMap<Variable, Value>,
	e: Env,
): Instance {
	let values = options;
	const parts = new Map<string, Instance | readonly Instance[]>();
	const here = (): Env => new Environment(sizes, e.values, e.decisions).withAll(values);
	const start = (member: Member): void => {
		if (member.where && values.get(member.where) !== true) return;
		const now = instanceOf();
		const value = member.start.value(member.kind === "let" ? inside(now, here()) : here());
		values = new Map(values).set(member.self, held(member, value));
	};
	const instanceOf = (): Instance => ({ of, sizes, values, parts });
	for (const member of of.members) if (member.kind !== "let") start(member);
	for (const part of of.parts) {
		if (part.where && values.get(part.where) !== true) continue;
		const { several } = part;
		parts.set(
			part.name,
			part.given
				? (heldBy(e.get(part.given)) as Instance)
				: several
					? Array.from({ length: several.count }, (_, k) => made(part.making, here().with(several.turn, k)))
					: made(part.making, here()),
		);
	}
	for (const member of of.members) if (member.kind === "let") start(member);
	return instanceOf();
}

/** A tensor in a model that can be read and replaced. */
export interface Leaf {
	/** `net.cells[0].w`. */
	readonly id: string;
	readonly member: Member;
	readonly trained: boolean;
	get(root: Instance): Value;
	set(root: Instance, value: Value): Instance;
}

/** The parameters and states of an instance; those of a stack are tensors with an axis more. */
export function leavesOf(instance: Instance): Leaf[] {
	const own: Leaf[] = instance.of.members
		.filter((m) => m.kind !== "let" && instance.values.has(m.self))
		.map((member) => ({
			id: member.self.name,
			member,
			trained: member.kind === "param",
			get: (root) => root.values.get(member.self) as Value,
			set: (root, value) => ({ ...root, values: new Map(root.values).set(member.self, held(member, value)) }),
		}));
	const inParts = instance.of.parts.flatMap((part) => {
		const there = instance.parts.get(part.name);
		if (!there) return [];
		const trained = (leaf: Leaf): boolean => leaf.trained && !part.frozen;
		const put = (root: Instance, value: Instance | readonly Instance[]): Instance => ({
			...root,
			parts: new Map(root.parts).set(part.name, value),
		});
		if (!isSeveral(there))
			return leavesOf(there).map(
				(leaf): Leaf => ({
					...leaf,
					id: `${part.name}.${leaf.id}`,
					trained: trained(leaf),
					get: (root) => leaf.get(root.parts.get(part.name) as Instance),
					set: (root, value) => put(root, leaf.set(root.parts.get(part.name) as Instance, value)),
				}),
			);
		const all = (root: Instance): readonly Instance[] => root.parts.get(part.name) as readonly Instance[];
		if (part.several?.stack)
			return leavesOf(there[0] as Instance).map(
				(leaf): Leaf => ({
					...leaf,
					id: `${part.name}.${leaf.id}`,
					trained: trained(leaf),
					get: (root) => all(root).map((one) => leaf.get(one)),
					set: (root, value) =>
						put(
							root,
							all(root).map((one, k) => leaf.set(one, (value as readonly Value[])[k] as Value)),
						),
				}),
			);
		return there.flatMap((one, k) =>
			leavesOf(one).map(
				(leaf): Leaf => ({
					...leaf,
					id: `${part.name}[${k}].${leaf.id}`,
					trained: trained(leaf),
					get: (root) => leaf.get(all(root)[k] as Instance),
					set: (root, value) =>
						put(
							root,
							all(root).map((other, j) => (j === k ? leaf.set(other, value) : other)),
						),
				}),
			),
		);
	});
	return [...own, ...inParts];
}
