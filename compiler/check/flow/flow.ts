import type { Location } from "../../source/diagnostic.js";

/**
 * How values depend on what a derivative is taken by: its sources are paths (`x`, `net.head.weight`). It is found from
 * the text alone, through calls, models, binders, loops and rules of one's own. What cannot be told is `maybe`, so that
 * only what is certain is told.
 */

/** A way of no derivative: a comparison, an argmax, a rounding, with the calls that lead to it. */
export interface Step {
	readonly what: string;
	readonly at: Location;
	/** From the innermost call to the outermost. */
	readonly through: readonly Location[];
}

/** A source that a function with a rule captures, and to which the rule gives no cotangent. */
export interface Refusal {
	/** The function, and the argument that captures it; without one the function reads it from around itself. */
	readonly rule: string;
	readonly argument?: string;
	/** Where the rule stands. */
	readonly at: Location;
	/** The call, once it is called. */
	readonly call?: Location;
}

/** How a value depends on one source. */
export interface Dependence {
	/** `step`: each way passes one, so that the derivative is 0. */
	readonly level: "smooth" | "maybe" | "step";
	readonly step?: Step;
	readonly refusal?: Refusal;
	/** Not on a source, but on what a function that is given comes to at these arguments. */
	readonly called?: Called;
}

export interface Called {
	/** The parameter that the function is given as. */
	readonly parameter: string;
	readonly arguments: readonly Flows[];
}

/** By source; what is not there has no influence. */
export type Flows = ReadonlyMap<string, Dependence>;

export const free: Flows = new Map();

/** May depend on anything. */
export const anything = "*";

const rank = { step: 0, maybe: 1, smooth: 2 };

export function joinedFlows(all: readonly Flows[]): Flows {
	let first: Flows | undefined;
	let found: Map<string, Dependence> | undefined;
	for (const flows of all) {
		// Mostly there is one, or what the others depend on too.
		if (flows.size === 0 || flows === first) continue;
		if (!first) {
			first = flows;
			continue;
		}
		found ??= new Map(first);
		for (const [path, own] of flows) {
			const before = found.get(path);
			if (before !== own) found.set(path, before ? joinedDependence(before, own) : own);
		}
	}
	return found ?? first ?? free;
}

function joinedDependence(a: Dependence, b: Dependence): Dependence {
	const [high, low] = rank[a.level] >= rank[b.level] ? [a, b] : [b, a];
	const step = high.step ?? low.step;
	const refusal = high.refusal ?? low.refusal;
	const called = a.called ?? b.called;
	return {
		level: high.level,
		...(step && { step }),
		...(refusal && { refusal }),
		...(called && { called }),
	};
}

export function mapFlows(flows: Flows, map: (dependence: Dependence) => Dependence): Flows {
	if (flows.size === 0) return flows;
	return new Map([...flows].map(([path, own]) => [path, map(own)]));
}

/** It may be read, or not. */
export function maybe(flows: Flows): Flows {
	return mapFlows(flows, ({ level, step }) => ({
		level: level === "step" ? "step" : "maybe",
		...(step && { step }),
	}));
}

/** Through a step: what comes into it has no derivative behind it. */
export function stepped(flows: Flows, what: string, at: Location): Flows {
	const step: Step = { what, at, through: [] };
	return mapFlows(flows, (own) => ({
		level: "step",
		step: own.level === "step" && own.step ? own.step : step,
	}));
}

/** A dependence of what is computed from something, where that depends on sources. */
export function through(outer: Dependence, flows: Flows, call: Location | undefined): Flows {
	const { level, step, refusal } = outer;
	if (level === "step" && step) {
		const own: Step = call ? { ...step, through: [...step.through, call] } : step;
		return mapFlows(flows, (inner) => ({
			level: "step",
			step: inner.level === "step" && inner.step ? inner.step : own,
		}));
	}
	if (level === "smooth" && !refusal) return flows;
	const inner = level === "smooth" ? flows : maybe(flows);
	if (!refusal) return inner;
	const own: Refusal = refusal.call || !call ? refusal : { ...refusal, call };
	// What has only a step, or may have nothing, is not wanted for certain.
	return new Map(
		[...inner].map(([path, d]) => [path, flows.get(path)?.level === "smooth" ? { ...d, refusal: own } : d]),
	);
}

/** What is captured, and has no cotangent. */
export function refusing(flows: Flows, refusal: Refusal): Flows {
	return new Map(
		[...maybe(flows)].map(([path, own]) => [
			path,
			flows.get(path)?.level === "smooth" ? { ...own, refusal } : own,
		]),
	);
}

// ---------------------------------------------------------------- paths

/** Whether one place lies in the other. An index that one of them leaves out is any. */
export function overlap(a: string, b: string): boolean {
	if (a === anything || b === anything) return true;
	if (!a.includes("[") && !b.includes("[")) {
		const [short, long] = a.length < b.length ? [a, b] : [b, a];
		return (
			long.startsWith(short) && (short === "" || long.length === short.length || long[short.length] === ".")
		);
	}
	const [left, right] = [partsOf(a), partsOf(b)];
	for (let i = 0, j = 0; i < left.length && j < right.length; i++, j++) {
		const isIndex = [left[i], right[j]].map((part) => part?.startsWith("[") === true);
		if (isIndex[0] && !isIndex[1]) j--;
		else if (isIndex[1] && !isIndex[0]) i--;
		else if (left[i] !== right[j] && !(isIndex[0] && isOpen(left[i], right[j]))) return false;
	}
	return true;
}

/** `[i]`, `[last]`, `[1..]`: which entry of a list is meant is told by numbers only. */
function isOpen(...indices: readonly (string | undefined)[]): boolean {
	return indices.some((index) => !/^\[\d+\]$/.test(index ?? ""));
}

function partsOf(path: string): readonly string[] {
	const known = parts.get(path);
	if (known) return known;
	if (parts.size >= mostPaths) parts.clear();
	const found = path.match(/^[^.[]+|\.[^.[]+|\[[^\]]*\]/g) ?? [];
	parts.set(path, found);
	return found;
}

/** The paths of a program are few, and each is compared with many. */
const parts = new Map<string, readonly string[]>();
const mostPaths = 4096;

/** What of a value's flows is about a source, or a part of it. */
export function flowsOf(flows: Flows, source: string): Dependence | undefined {
	let found: Dependence | undefined;
	for (const [path, own] of flows)
		if (overlap(path, source)) found = found ? joinedDependence(found, own) : own;
	return found;
}

// ---------------------------------------------------------------- declarations

/** What a call of a function depends on: paths that begin with its parameters, or at its model (`.weight`). */
export interface FunctionFlow {
	readonly parameters: readonly string[];
	/** What is read where an argument is not given. */
	readonly defaults: ReadonlyMap<string, Summary>;
	readonly result: Summary;
}

/** A value as it is told to others: what parts of it depend on. */
export type Summary =
	| { readonly kind: "flows"; readonly flows: Flows }
	| { readonly kind: "record"; readonly fields: ReadonlyMap<string, Summary> };

export interface ModelFlow {
	readonly name: string;
	readonly members: ReadonlyMap<string, MemberFlow>;
	readonly call?: FunctionFlow;
	readonly methods: ReadonlyMap<string, FunctionFlow>;
}

export interface MemberFlow {
	/** Of a part that is a model, or a list or stack of models of one kind. */
	readonly model?: ModelFlow;
	/** What the options of such a part depend on. */
	readonly options?: Flows;
	/** Of what is no parameter and no part. */
	readonly value?: Summary;
}

export type DeclarationFlow =
	| { readonly kind: "function"; readonly of: FunctionFlow }
	| { readonly kind: "model"; readonly of: ModelFlow };
