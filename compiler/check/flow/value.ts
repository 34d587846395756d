import type { Location } from "../../source/diagnostic.js";
import {
	anything,
	type Called,
	type Dependence,
	type Flows,
	free,
	joinedFlows,
	type ModelFlow,
	maybe,
	type Summary,
	through,
} from "./flow.js";

/** A value, as far as it matters on what it depends. */
export type Value =
	| { readonly kind: "flows"; readonly flows: Flows }
	/** A source or a part of it; a model can be called. */
	| { readonly kind: "place"; readonly path: string; readonly model?: ModelFlow; readonly options?: Flows }
	/** A model that is made here: no source, but its options may capture some. */
	| { readonly kind: "instance"; readonly model: ModelFlow; readonly options: Flows }
	| { readonly kind: "record"; readonly fields: ReadonlyMap<string, Value> }
	/** Of a list or a stack, an entry that stands for all. */
	| { readonly kind: "list"; readonly entry: Value; readonly items?: readonly Value[] }
	| {
			readonly kind: "function";
			/** What it depends on if it is given on to something unknown. */
			readonly captured: () => Flows;
			readonly apply: (args: Arguments, call: Location | undefined) => Value;
	  };

export interface Arguments {
	readonly positional: readonly Value[];
	readonly named: ReadonlyMap<string, Value>;
}

const smooth: Dependence = { level: "smooth" };

export const nothing: Value = { kind: "flows", flows: free };
const maybeAnything: Flows = new Map([[anything, { level: "maybe" }]]);
export const unknown: Value = { kind: "flows", flows: maybeAnything };

export function of(flows: Flows): Value {
	return { kind: "flows", flows };
}

/** Everything that a value depends on. */
export function read(value: Value): Flows {
	switch (value.kind) {
		case "flows":
			return value.flows;
		case "place":
			return ofPlace(value.path);
		case "instance":
			return value.options;
		case "record":
			return joinedFlows([...value.fields.values()].map(read));
		case "list":
			return joinedFlows((value.items ?? [value.entry]).map(read));
		case "function":
			return value.captured();
	}
}

/** Places are few, and each is read many times. */
const places = new Map<string, Flows>();
const mostPlaces = 4096;

function ofPlace(path: string): Flows {
	const known = places.get(path);
	if (known) return known;
	if (places.size >= mostPlaces) places.clear();
	const flows: Flows = new Map([[path, smooth]]);
	places.set(path, flows);
	return flows;
}

export function readAll(values: readonly Value[]): Flows {
	return joinedFlows(values.map(read));
}

export function readArguments({ positional, named }: Arguments): Flows {
	return readAll([...positional, ...named.values()]);
}

/** A field of a value; of what is not taken apart, all of it. */
export function field(value: Value, name: string): Value {
	switch (value.kind) {
		case "record":
			return value.fields.get(name) ?? of(maybe(read(value)));
		case "place": {
			const member = value.model?.members.get(name);
			const path = `${value.path}.${name}`;
			if (!value.model) return { kind: "place", path };
			if (!member) return nothing;
			if (member.value) return summarized(member.value, new Map([["", value]]), undefined);
			if (!member.options && !value.options)
				return { kind: "place", path, ...(member.model && { model: member.model }) };
			const options =
				member.options &&
				joinedFlows(
					[...member.options].map(([p, own]) => through(own, at(p, new Map([["", value]])), undefined)),
				);
			const all = joinedFlows([value.options ?? free, options ?? free]);
			return {
				kind: "place",
				path,
				...(member.model && { model: member.model }),
				...(all.size > 0 && { options: all }),
			};
		}
		case "instance": {
			const member = value.model.members.get(name);
			return member?.model
				? { kind: "instance", model: member.model, options: value.options }
				: of(value.options);
		}
		case "list":
			return value.items ? joined(value.items.map((item) => field(item, name))) : field(value.entry, name);
		default:
			return of(read(value));
	}
}

/** One entry of a value; without an index any. */
export function entry(value: Value, index?: number): Value {
	switch (value.kind) {
		case "list":
			return (index === undefined ? undefined : value.items?.[index]) ?? value.entry;
		case "record":
			return (
				(index === undefined ? undefined : value.fields.get(`${index}`)) ?? joined([...value.fields.values()])
			);
		case "place":
			return index === undefined ? value : { ...value, path: `${value.path}[${index}]` };
		default:
			return value;
	}
}

export function list(items: readonly Value[]): Value {
	return { kind: "list", entry: joined(items), items };
}

/** One of several values. */
export function joined(values: readonly Value[]): Value {
	const [first, ...others] = values;
	if (!first) return nothing;
	if (others.length === 0) return first;
	if (values.every((v) => v.kind === "record") && first.kind === "record") {
		const records = values.filter((v) => v.kind === "record");
		const names = new Set(records.flatMap((r) => [...r.fields.keys()]));
		return {
			kind: "record",
			fields: new Map(
				[...names].map((name) => [name, joined(records.map((r) => r.fields.get(name) ?? nothing))]),
			),
		};
	}
	if (values.every((v) => v.kind === "function"))
		return {
			kind: "function",
			captured: () => readAll(values),
			apply: (args, call) => joined(values.map((v) => (v.kind === "function" ? v.apply(args, call) : v))),
		};
	if (values.every((v) => v.kind === "place" && first.kind === "place" && v.path === first.path))
		return first;
	if (first.kind === "instance" && values.every((v) => v.kind === "instance" && v.model === first.model))
		return { ...first, options: readAll(values) };
	return of(readAll(values));
}

/** What a value comes to where it is told to others. */
export function summaryOf(value: Value): Summary {
	if (value.kind === "record")
		return { kind: "record", fields: new Map([...value.fields].map(([name, v]) => [name, summaryOf(v)])) };
	const flows = read(value);
	return { kind: "flows", flows: value.kind === "function" ? maybe(flows) : flows };
}

/** A summary, with values in the place of the roots of its paths. */
export function summarized(
	summary: Summary,
	roots: ReadonlyMap<string, Value>,
	call: Location | undefined,
): Value {
	if (summary.kind === "record")
		return {
			kind: "record",
			fields: new Map([...summary.fields].map(([name, s]) => [name, summarized(s, roots, call)])),
		};
	return of(substituted(summary.flows, roots, call));
}

function substituted(flows: Flows, roots: ReadonlyMap<string, Value>, call: Location | undefined): Flows {
	return joinedFlows(
		[...flows].map(([path, own]) =>
			own.called ? calledAt(own.called, roots, call) : through(own, at(path, roots), call),
		),
	);
}

/** A parameter that is a function: what it gives depends on it, and on what it is called with. */
export function functionParameter(path: string): Value {
	return {
		kind: "function",
		captured: () => ofPlace(path),
		apply: ({ positional, named }) => {
			const args = positional.map(read);
			const all = maybe(joinedFlows([ofPlace(path), ...args, ...[...named.values()].map(read)]));
			if (named.size > 0) return of(all);
			const key = `${path}(${args.map(keyOf).join(", ")})`;
			return of(new Map([...all, [key, { level: "smooth", called: { parameter: path, arguments: args } }]]));
		},
	};
}

function keyOf(flows: Flows): string {
	return [...flows].map(([path, { level }]) => `${level} ${path}`).join(" ");
}

/** How deep functions that are passed on are followed. */
const deepest = 8;
let depth = 0;

/** What a function that is given refuses, where it is called: the rest of what it gives is not certain. */
function calledAt(
	{ parameter, arguments: given }: Called,
	roots: ReadonlyMap<string, Value>,
	call: Location | undefined,
): Flows {
	const fn = roots.get(parameter);
	if (fn?.kind !== "function" || depth >= deepest) return free;
	depth++;
	try {
		const positional = given.map((flows) => of(substituted(flows, roots, undefined)));
		const result = read(fn.apply({ positional, named: new Map() }, call));
		return new Map([...result].filter(([, own]) => own.refusal || own.called));
	} finally {
		depth--;
	}
}

/** What stands at a path in the values of its roots. */
function at(path: string, roots: ReadonlyMap<string, Value>): Flows {
	if (path === anything) return maybeAnything;
	// Mostly it is a parameter as a whole.
	const whole = roots.get(path);
	if (whole) return read(whole);
	const [root = ""] = /^[^.[]*/.exec(path) ?? [];
	let value = roots.get(root);
	if (!value) return free;
	for (const [part] of path.slice(root.length).matchAll(/\.[^.[]+|\[[^\]]*\]/g))
		value = part.startsWith(".") ? field(value, part.slice(1)) : entry(value);
	return read(value);
}
