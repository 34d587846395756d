import type * as ast from "../../../grammar/ast.js";
import { type AnyNode, children } from "../../../grammar/visit.js";
import type { Location } from "../../source/diagnostic.js";
import { constant, passing, smooth, steps } from "./builtins.js";
import {
	type DeclarationFlow,
	type Dependence,
	type Flows,
	type FunctionFlow,
	flowsOf,
	free,
	joinedFlows,
	type ModelFlow,
	maybe,
	stepped,
} from "./flow.js";
import {
	type Arguments,
	entry,
	field,
	joined,
	list,
	nothing,
	of,
	read,
	readAll,
	readArguments,
	summarized,
	unknown,
	type Value,
} from "./value.js";

/** What a name stands for, where that is not told by the text around it. */
export type Resolved =
	| { readonly kind: "value"; readonly value: Value }
	| { readonly kind: "declaration"; readonly flow: DeclarationFlow | undefined; readonly library?: string }
	/** A function of the library that the compiler computes. */
	| { readonly kind: "builtin"; readonly name: string };

/** Where expressions are read. */
export interface World {
	readonly locate: (node: { readonly span: ast.Name["span"] }) => Location;
	/** Names that are not local. */
	readonly resolve: (node: ast.Name) => Resolved | undefined;
	readonly typeNamed: (name: string) => ModelFlow | undefined;
}

type Locals = ReadonlyMap<string, Value>;

const unnamed: Arguments["named"] = new Map();

const comparisons = new Set(["==", "!=", "<", "<=", ">", ">=", "and", "or", "divides"]);

/** How deep functions of the text are followed. */
const deepest = 24;
let depth = 0;

export function valueIn(world: World, node: ast.Expression, locals: Locals = new Map()): Value {
	return new Reader(world, locals).value(node);
}

export function applied(world: World, fn: Value, args: readonly Value[]): Value {
	return new Reader(world, new Map()).apply(fn, { positional: args, named: unnamed }, undefined);
}

/** The call of a function with these arguments; `self` is the model of a method. */
export function callFlow(
	flow: FunctionFlow,
	{ positional, named }: Arguments,
	call: Location | undefined,
	self?: Value,
): Value {
	const roots = new Map<string, Value>(self ? [["", self]] : []);
	const free = flow.parameters.filter((name) => !named.has(name));
	for (const [i, name] of free.entries()) {
		const given = positional[i];
		if (given) roots.set(name, given);
	}
	for (const [name, value] of named) roots.set(name, value);
	for (const [name, summary] of flow.defaults)
		if (!roots.has(name)) roots.set(name, summarized(summary, roots, undefined));
	return summarized(flow.result, roots, call);
}

class Reader {
	constructor(
		private readonly world: World,
		private readonly locals: Locals,
		/** Where names are that this hides none of. */
		private readonly outer?: Reader,
	) {}

	private local(name: string): Value | undefined {
		return this.locals.get(name) ?? this.outer?.local(name);
	}

	value(node: ast.Expression): Value {
		switch (node.kind) {
			case "Number":
			case "String":
			case "Bool":
			case "Range":
			case "FullSlice":
			case "Rest":
			case "TypeName":
			case "Missing":
			case "Root":
			case "Some":
			case "Bound":
				return nothing;
			case "Name":
				return this.name(node);
			case "Parenthesized":
				return this.value(node.inner);
			case "Unary":
				return node.operator === "not"
					? this.step(node, "a comparison", [node.operand])
					: this.value(node.operand);
			case "Binary":
				return this.binary(node);
			case "Call":
				return this.call(node, node.callee, this.arguments(node.arguments));
			case "Field":
				return this.field(node);
			case "Places":
				return of(read(this.value(node.base)));
			case "If": {
				const asked = read(this.step(node.condition, "a comparison", [node.condition]));
				const cases = [node.then, ...(node.else ? [node.else] : [])].map((n) => this.value(n));
				return withFlows(certainRefusals(cases, asked), asked);
			}
			case "Match": {
				const subject = this.value(node.subject);
				const cases = node.arms.map(({ pattern, body }) =>
					body.kind === "ExpressionStatement"
						? this.with(this.pattern(pattern, subject)).value(body.value)
						: unknown,
				);
				return certainRefusals(cases, free);
			}
			case "Index": {
				const items = node.items.filter((i) => i.kind !== "FullSlice" && i.kind !== "Rest");
				const [only] = items;
				const isSlice = node.items.length === 1 && (only === undefined || only.kind === "Range");
				if (isSlice) {
					// Some of a list is a list of such entries, and some of a tensor is read as all of it.
					const whole = this.value(node.base);
					return withFlows(
						whole.kind === "list" ? { kind: "list", entry: whole.entry } : whole,
						read(this.step(node, "an index", items)),
					);
				}
				const index = items.length === 1 && only?.kind === "Number" ? only.value : undefined;
				const asked = read(this.step(node, "an index", items));
				const outside = node.fallback ? [this.value(node.fallback)] : [];
				return withFlows(joined([entry(this.value(node.base), index), ...outside]), asked);
			}
			case "Tuple":
				return {
					kind: "record",
					fields: new Map(node.elements.map((e, i) => [e.name?.name ?? `${i}`, this.value(e.value)])),
				};
			case "List":
				if (node.elements.some((e) => e.kind === "Spread"))
					return { kind: "list", entry: joined(node.elements.map((e) => entry(this.value(e)))) };
				return list(node.elements.map((e) => this.value(e)));
			case "Spread":
				return this.value(node.value);
			case "Lambda":
				return this.lambda(node);
			case "Block":
				return this.block(node);
			case "Binder":
				return this.binder(node);
			case "With":
				return of(maybe(readAll([this.value(node.base), ...node.updates.map((u) => this.value(u.value))])));
			case "Seed":
				return this.block(node.body);
			case "Choice":
				return of(maybe(read(this.value(node.branches))));
		}
	}

	// ------------------------------------------------------------ names

	private name(node: ast.Name): Value {
		const local = this.local(node.name);
		if (local) return local;
		const found = this.world.resolve(node);
		if (!found) return nothing;
		if (found.kind === "value") return found.value;
		return this.asFunction(node, found);
	}

	private asFunction(node: ast.Name, found: Exclude<Resolved, { kind: "value" }>): Value {
		return {
			kind: "function",
			captured: () => free,
			apply: (args, call) => this.known(node, found, args, call),
		};
	}

	private with(names: readonly (readonly [string, Value])[]): Reader {
		return names.length === 0 ? this : new Reader(this.world, new Map(names), this);
	}

	private pattern(pattern: ast.Pattern, value: Value): [string, Value][] {
		switch (pattern.kind) {
			case "NamePattern":
				return [[pattern.name, value]];
			case "TuplePattern":
				return pattern.elements.flatMap((p, i) =>
					this.pattern(p, value.kind === "record" ? positional(value, i) : part(value, i)),
				);
			case "VariantPattern":
				return pattern.fields.flatMap((p) => this.pattern(p, of(maybe(read(value)))));
			default:
				return [];
		}
	}

	// ------------------------------------------------------------ arithmetic

	private step(node: AnyNode, what: string, inputs: readonly ast.Expression[]): Value {
		return of(stepped(readAll(inputs.map((n) => this.value(n))), what, this.world.locate(node)));
	}

	private binary(node: ast.Binary): Value {
		const { operator, left, right } = node;
		if (operator === "|>") {
			const first = this.value(left);
			if (right.kind === "Call") {
				const rest = this.arguments(right.arguments);
				return this.call(right, right.callee, { ...rest, positional: [first, ...rest.positional] });
			}
			return this.call(node, right, { positional: [first], named: unnamed });
		}
		if (comparisons.has(operator)) return this.step(node, "a comparison", [left, right]);
		return of(readAll([this.value(left), this.value(right)]));
	}

	private field(node: ast.Field): Value {
		if (node.name.kind !== "Identifier") return of(read(this.value(node.base)));
		const base = this.value(node.base);
		const { name } = node.name;
		if (name === "T") return base;
		const model = modelOf(base);
		const method = model?.methods.get(name);
		if (method)
			return {
				kind: "function",
				captured: () => maybe(read(base)),
				apply: (args, call) => callFlow(method, args, call, base),
			};
		return field(base, name);
	}

	// ------------------------------------------------------------ calls

	private arguments(given: readonly ast.Argument[]): Arguments {
		const positional: Value[] = [];
		let named: Map<string, Value> | undefined;
		for (const { name, value } of given) {
			if (!name) positional.push(this.value(value));
			else {
				named ??= new Map();
				named.set(name.name, this.value(value));
			}
		}
		return { positional, named: named ?? unnamed };
	}

	private call(node: ast.Expression, callee: ast.Expression, args: Arguments): Value {
		const at = this.world.locate(node);
		if (callee.kind === "Parenthesized") return this.call(node, callee.inner, args);
		if (callee.kind === "Name" && !this.local(callee.name)) {
			const found = this.world.resolve(callee);
			if (found && found.kind !== "value") return this.known(node, found, args, at);
			if (!found) return this.builtin(node, callee.name, args, at);
		}
		// `tree.map(a, f)`
		if (
			callee.kind === "Field" &&
			callee.base.kind === "Name" &&
			callee.base.name === "tree" &&
			!this.local("tree")
		)
			return this.builtin(
				node,
				callee.name.kind === "Identifier" ? `tree_${callee.name.name}` : "",
				args,
				at,
			);
		return this.apply(this.value(callee), args, at);
	}

	apply(fn: Value, args: Arguments, call: Location | undefined): Value {
		const model = modelOf(fn);
		if (model) {
			const whole = fn.kind === "list" ? fn.entry : fn;
			if (!model.call) return of(maybe(joinedFlows([read(whole), readArguments(args)])));
			const given = callFlow(model.call, args, call, whole);
			const options = whole.kind === "instance" || whole.kind === "place" ? whole.options : undefined;
			return options ? withFlows(given, maybe(options)) : given;
		}
		if (fn.kind === "function") {
			if (depth >= deepest) return of(maybe(joinedFlows([fn.captured(), readArguments(args)])));
			depth++;
			try {
				return fn.apply(args, call);
			} finally {
				depth--;
			}
		}
		return of(maybe(joinedFlows([read(fn), readArguments(args)])));
	}

	private known(
		node: AnyNode,
		found: Exclude<Resolved, { kind: "value" }>,
		args: Arguments,
		call: Location | undefined,
	): Value {
		if (found.kind === "builtin")
			return this.builtin(node, found.name, args, call ?? this.world.locate(node));
		// What the compiler knows better than a body of the library tells.
		if (
			found.library !== undefined &&
			(steps.has(found.library) || constant.has(found.library) || smooth.has(found.library))
		)
			return this.builtin(node, found.library, args, call ?? this.world.locate(node));
		const { flow } = found;
		if (flow?.kind === "model")
			return { kind: "instance", model: flow.of, options: maybe(readArguments(args)) };
		if (flow) return callFlow(flow.of, args, call);
		return of(maybe(readArguments(args)));
	}

	private builtin(node: AnyNode, name: string, args: Arguments, at: Location): Value {
		const { positional, named } = args;
		const given = readArguments(args);
		if (constant.has(name)) return nothing;
		// `argmin` of a function.
		if (named.has("using")) return of(maybe(given));
		const what = steps.get(name);
		if (what) return of(stepped(given, what, this.world.locate(node)));
		if (name === "top_k")
			return {
				kind: "record",
				fields: new Map([
					["value", of(given)],
					["values", of(given)],
					["index", of(stepped(given, "an index", at))],
				]),
			};
		if (smooth.has(name)) return of(given);
		const [first = nothing, second = nothing, third] = positional;
		if (passing.has(name)) return name === "first" || name === "last" ? endOf(first, name) : first;
		switch (name) {
			case "init":
			case "drop":
			case "take":
			case "reverse":
				return first.kind === "list" ? { kind: "list", entry: first.entry } : first;
			case "zip":
				return {
					kind: "list",
					entry: { kind: "record", fields: new Map(positional.map((v, i) => [`${i}`, entry(v)])) },
				};
			case "fold":
				return this.settled(node, second, (state) =>
					this.apply(third ?? nothing, two(state, entry(first)), undefined),
				);
			case "iterate":
				return this.settled(node, second, (state) => this.apply(third ?? nothing, one(state), undefined));
			case "map":
				if (second.kind !== "function") return of(maybe(given));
				return { kind: "list", entry: this.apply(second, one(entry(first)), undefined) };
			case "tree_map": {
				const fn = positional.at(-1) ?? nothing;
				const trees = positional.slice(0, -1);
				// A leaf goes with those at its place: what it gives depends on all trees in the way of the function.
				const leaf = this.apply(fn, { positional: trees.map((t) => of(read(t))), named: unnamed }, undefined);
				return leaf;
			}
			default:
				return of(maybe(given));
		}
	}

	/** The state of a loop, after any number of turns. */
	private settled(node: AnyNode, start: Value, turn: (state: Value) => Value): Value {
		let state = hasTurns(node) ? of(read(turn(start))) : start;
		for (let k = 0; k < 3; k++) state = of(joinedFlows([read(state), read(turn(state))]));
		return state;
	}

	// ------------------------------------------------------------ bodies

	private lambda(node: ast.Lambda): Value {
		const body = (values: readonly Value[]): Value =>
			this.with(node.parameters.flatMap((p, i) => this.pattern(p.pattern, values[i] ?? nothing))).value(
				node.body,
			);
		let captured: Flows | undefined;
		return {
			kind: "function",
			captured: () => {
				captured ??= read(body(node.parameters.map(() => nothing)));
				return captured;
			},
			apply: ({ positional }) => body(positional),
		};
	}

	private block(node: ast.Block): Value {
		let known: Reader = this;
		for (const [i, statement] of node.statements.entries()) {
			switch (statement.kind) {
				case "ExpressionStatement":
					if (i === node.statements.length - 1) return known.value(statement.value);
					break;
				case "Let": {
					const value = known.value(statement.value);
					known = known.with(known.pattern(statement.pattern, value));
					break;
				}
				case "Assign":
					// A state that is written is the new value below.
					if (statement.place.kind === "Name")
						known = known.with([[statement.place.name, known.value(statement.value)]]);
					break;
				default:
					return of(maybe(known.mentioned(node)));
			}
		}
		return nothing;
	}

	/** All that is named in a piece of code. */
	private mentioned(node: AnyNode): Flows {
		if (node.kind === "Name") return read(this.name(node as ast.Name));
		return joinedFlows([...children(node)].map((child) => this.mentioned(child)));
	}

	private binder(node: ast.Binder): Value {
		let inner: Reader = this;
		for (const { pattern, source } of node.bindings) {
			if (pattern.kind === "Rest") continue;
			const value = source ? entry(inner.value(source)) : nothing;
			inner = inner.with(inner.pattern(pattern, value));
		}
		const asked = node.where ? read(inner.step(node.where, "a comparison", [node.where])) : free;
		const what = steps.get(node.word);
		const body = what ? inner.step(node, what, [node.body]) : inner.value(node.body);
		if (node.word === "for") return withFlows({ kind: "list", entry: body }, asked);
		return of(joinedFlows([read(body), asked]));
	}
}

/** A place of which one entry stands for all, or a model itself. */
function modelOf(value: Value): ModelFlow | undefined {
	if (value.kind === "place" || value.kind === "instance") return value.model;
	return value.kind === "list" && !value.items ? modelOf(value.entry) : undefined;
}

function endOf(value: Value, name: string): Value {
	if (value.kind !== "list") return value;
	return (name === "first" ? value.items?.[0] : value.items?.at(-1)) ?? value.entry;
}

function positional(value: Value & { kind: "record" }, index: number): Value {
	return value.fields.get(`${index}`) ?? [...value.fields.values()][index] ?? nothing;
}

function part(value: Value, index: number): Value {
	if (value.kind === "list") return value.items?.[index] ?? value.entry;
	return value.kind === "place" && !value.model ? field(value, `${index}`) : value;
}

function withFlows(value: Value, more: Flows): Value {
	if (more.size === 0) return value;
	if (value.kind === "list" && !value.items) return { ...value, entry: withFlows(value.entry, more) };
	return of(joinedFlows([read(value), more]));
}

/**
 * What a branch that may not be taken asks for is not certain: unless all of them do, or the condition depends on what the
 * derivative is by, which is computed then, so that all of them are differentiated.
 */
function certainRefusals(cases: readonly Value[], asked: Flows): Value {
	const value = joined(cases);
	const flows = read(value);
	if (![...flows.values()].some((d) => d.refusal || d.called)) return value;
	const isCertain = (path: string): boolean =>
		flowsOf(asked, path) !== undefined || cases.every((c) => read(c).get(path)?.refusal !== undefined);
	const certain = new Map<string, Dependence>();
	for (const [path, own] of flows) {
		const { refusal: _, ...without } = own;
		if (!own.called) certain.set(path, isCertain(path) ? own : without);
		else if (cases.every((c) => read(c).get(path)?.called)) certain.set(path, own);
	}
	return of(certain);
}

/** Whether a loop over what is written as a number, a range or a list has a turn for certain. */
function hasTurns(node: AnyNode): boolean {
	const [source] = node.kind === "Call" ? (node as ast.Call).arguments.map((a) => a.value) : [];
	if (source?.kind === "Number") return source.value > 0;
	if (source?.kind === "List") return source.elements.some((e) => e.kind !== "Spread");
	if (source?.kind !== "Range" || source.to?.kind !== "Number") return false;
	return source.to.value > (source.from?.kind === "Number" ? source.from.value : 0);
}

const one = (value: Value): Arguments => ({ positional: [value], named: unnamed });
const two = (a: Value, b: Value): Arguments => ({ positional: [a, b], named: unnamed });
