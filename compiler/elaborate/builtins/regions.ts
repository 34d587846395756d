import type { Builder } from "../../ir/builder.js";
import type { Attributes, Func, Value as IrValue, TensorType } from "../../ir/ir.js";
import { RefusedDerivative, UnboundedLoop } from "../../ir/primitives/primitive.js";
import { type RegionSource, regionsOf } from "../../ir/regions.js";
import type { Location } from "../../source/diagnostic.js";
import { removeDead } from "../../transform/dead.js";
import type { Environment } from "../environment.js";
import { ElaborationError, type Evaluator, fail } from "../evaluator.js";
import {
	asLeaf,
	joinLeaf,
	type LeafType,
	leafType,
	leavesLike,
	leavesOf,
	liftTree,
	sameLeaf,
	widenedTo,
	withLeaves,
} from "../models/trees.js";
import { traced } from "../tensors.js";
import { list, type TracedValue, type Value } from "../values.js";

/** Regions of the loops of the language: a turn is traced once; what it uses from outside is captured. */

/** The state of a loop has wider types than it began with: the turn is traced again with these. */
export class Widened extends Error {
	constructor(readonly types: readonly LeafType[]) {
		super("the state of a loop widens");
	}
}

export interface LoopPlace {
	readonly evaluator: Evaluator;
	readonly environment: Environment;
	readonly node: Parameters<typeof fail>[1];
	/** What draws in it are called after. */
	readonly name: string;
}

/** A turn gives a tensor where the state began as a list of its rows: the turn is traced again with a tensor. */
class Stacked extends Error {
	constructor(readonly after: Value) {
		super("a list in the state of a loop becomes a tensor");
	}
}

/** The state of a loop: as `liftTree`, but lists stay lists, each entry of a shape of its own. */
export function liftState(evaluator: Evaluator, value: Value): Value | undefined {
	switch (value.kind) {
		case "list": {
			const items = value.items.map((item) => liftState(evaluator, item));
			return items.every((item) => item !== undefined) ? list(items) : undefined;
		}
		case "tuple": {
			const elements: { readonly name?: string; readonly value: Value }[] = [];
			for (const element of value.elements) {
				const lifted = liftState(evaluator, element.value);
				if (!lifted) return undefined;
				elements.push({ ...element, value: lifted });
			}
			return { kind: "tuple", elements };
		}
		default:
			return liftTree(evaluator, value);
	}
}

/** A state whose lists are tensors where another state has tensors. */
function stackedLike(evaluator: Evaluator, state: Value, after: Value): Value {
	if (state.kind === "list") {
		if (after.kind === "traced" || after.kind === "tensor") return traced(evaluator, state) ?? state;
		if (after.kind !== "list") return state;
		const items = state.items.map((item, i) => stackedLike(evaluator, item, after.items[i] ?? item));
		return items.every((item, i) => item === state.items[i]) ? state : list(items);
	}
	if (state.kind !== "tuple" || after.kind !== "tuple") return state;
	const elements = state.elements.map((e, i) => {
		const other = e.name === undefined ? after.elements[i] : after.elements.find((a) => a.name === e.name);
		return { ...e, value: stackedLike(evaluator, e.value, other?.value ?? e.value) };
	});
	return elements.every((e, i) => e.value === state.elements[i]?.value) ? state : { ...state, elements };
}

/** Throws where a state gets a tensor in the place of a list. */
export function requireLists(evaluator: Evaluator, state: Value, after: Value, whole = after): void {
	if (stackedLike(evaluator, state, after) !== state) throw new Stacked(whole);
}

/** Traces with the types of the start, then with wider ones until a turn keeps them. */
export function withStableTypes<T>(
	{ evaluator, environment, node, name }: LoopPlace,
	start: Value,
	trace: (types: readonly LeafType[], start: Value) => T,
): T {
	return evaluator.at(name, () => {
		let state = start;
		let types: readonly LeafType[] = leavesOf(state).map(leafType);
		for (let tries = 0; tries < 16; tries++) {
			try {
				return evaluator.attempt(() => trace(types, state));
			} catch (error) {
				if (error instanceof Stacked) {
					state = stackedLike(evaluator, state, error.after);
					types = leavesOf(state).map(leafType);
				} else if (error instanceof Widened) types = error.types;
				else throw error;
			}
		}
		return fail(environment, node, "the types of this loop's state do not settle");
	});
}

/** The leaves of the state after a turn, in the types of the state. Throws `Widened` where they do not fit. */
export function nextLeaves(
	{ evaluator, environment, node }: LoopPlace,
	start: Value,
	types: readonly LeafType[],
	after: Value,
): IrValue[] {
	requireLists(evaluator, start, after);
	const leaves = leavesLike(evaluator, environment, node, start, after);
	requireStable(types, leaves.map(leafType));
	return leaves.map((leaf, k) => {
		const type = types[k] as LeafType;
		const shape = leaf.value.type.shape.slice(leaf.lanes.length);
		if (shape.length !== type.shape.length || shape.some((n, i) => n !== type.shape[i]))
			fail(environment, node, "the shape of this loop's state changes");
		return widenedTo(evaluator, leaf, type);
	});
}

function requireStable(types: readonly LeafType[], found: readonly LeafType[]): void {
	const joined = types.map((type, k) => joinLeaf(type, found[k] ?? type));
	if (!joined.every((type, k) => sameLeaf(type, types[k] as LeafType))) throw new Widened(joined);
}

/** The same region once more, as it now is known how much is checked in a turn. */
export function again(types: readonly LeafType[]): Widened {
	return new Widened(types);
}

/** The state as a tree, from the parameters of a region. */
export function stateOf(start: Value, types: readonly LeafType[], parameters: readonly IrValue[]): Value {
	return withLeaves(
		start,
		types.map((type, k) => asLeaf(parameters[k] as IrValue, type)),
	);
}

/** The starts of the carries, in the types of the state. */
export function initOf(
	evaluator: Evaluator,
	start: Value,
	types: readonly LeafType[],
	written?: Value,
): IrValue[] {
	const numbers = written ? numbersIn(start, written) : [];
	return leavesOf(start).map((leaf, k) => {
		const type = types[k] as LeafType;
		const number = numbers[k];
		const isReal = type.element === "f32" || type.element === "f64";
		const exact = number !== undefined && isReal ? evaluator.builder.scalar(number, type.element) : undefined;
		return widenedTo(evaluator, exact ? { kind: "traced", value: exact, lanes: [] } : leaf, type);
	});
}

/** For each leaf of a tree the number that it was made of, if it was one. */
function numbersIn(tree: Value, written: Value): (number | undefined)[] {
	if (tree.kind === "tuple" && written.kind === "tuple")
		return tree.elements.flatMap((e, i) => numbersIn(e.value, written.elements[i]?.value ?? e.value));
	if (tree.kind === "list" && written.kind === "list")
		return tree.items.flatMap((item, i) => numbersIn(item, written.items[i] ?? item));
	if (written.kind === "number") return [written.value];
	return leavesOf(tree).map(() => undefined);
}

/**
 * The number of a turn for the draws in it: of the loops around, too. `turns` is how many this loop may have; without
 * that, numbers of outer turns are far apart (Fibonacci hashing).
 */
export function drawTurn(
	builder: Builder,
	outer: IrValue | undefined,
	turns: number,
	turn: IrValue,
): IrValue {
	if (!outer) return turn;
	const factor = Number.isFinite(turns) ? turns : 0x9e3779b1 | 0;
	const first = builder.emit("mul", [outer, builder.scalar(factor, "i32")]);
	return builder.emit("add", [first, turn]);
}

/** Runs `body` in a turn: its draws count it. */
export function inTurn<T>(evaluator: Evaluator, turns: number, turn: IrValue, body: () => T): T {
	const outer = evaluator.draws;
	evaluator.draws = { ...outer, turn: drawTurn(evaluator.builder, outer.turn, turns, turn) };
	try {
		return body();
	} finally {
		evaluator.draws = outer;
	}
}

export interface Region {
	readonly name: string;
	readonly parameters: readonly TensorType[];
	readonly body: (parameters: readonly IrValue[]) => readonly IrValue[];
}

export interface Built {
	readonly funcs: readonly Func[];
	readonly captured: readonly IrValue[];
}

/** Regions of one equation, without what their results do not need. */
export function buildRegions(evaluator: Evaluator, regions: readonly Region[]): Built {
	const sources = regions.map(
		({ name, parameters, body }): RegionSource => ({
			name,
			parameters,
			body: (builder, own) => evaluator.inRegion(builder, () => body(own)),
		}),
	);
	const { funcs, captured } = regionsOf(evaluator.builder, sources);
	const own = regions.map((r) => r.parameters.length);
	const live = funcs.map(removeDead);
	const used = new Set(live.flatMap((f) => [...f.equations.flatMap((e) => e.inputs), ...f.results]));
	const needed = captured.map((_, k) =>
		live.some((f, i) => used.has(f.parameters[(own[i] ?? 0) + k] as IrValue)),
	);
	const funcsOfUse = live.map((f, i) => ({
		...f,
		parameters: f.parameters.filter((_, k) => k < (own[i] ?? 0) || needed[k - (own[i] ?? 0)] === true),
	}));
	return { funcs: funcsOfUse, captured: captured.filter((_, k) => needed[k]) };
}

/** Whether a region reads one of its parameters. */
export function reads(func: Func, parameter: number): boolean {
	const value = func.parameters[parameter] as IrValue;
	return func.equations.some((e) => e.inputs.includes(value)) || func.results.includes(value);
}

export function withoutParameter(func: Func, parameter: number): Func {
	return { ...func, parameters: func.parameters.toSpliced(parameter, 1) };
}

export function i32(value: IrValue, below?: number): TracedValue {
	return { kind: "traced", value, lanes: [], ...(below !== undefined && { below }) };
}

export const counterType: TensorType = { element: "i32", shape: [] };

/** Why no derivative goes through a loop of the compiler's own, by what the names of their bodies begin with. */
export const refusedDerivatives = new Map<string, string>();

/** Where the loops stand, by their bodies. */
export const loopPlaces = new WeakMap<Func, Location>();

interface Refusal {
	readonly at: Location;
	readonly rule: string;
	/** By input: what the program calls it, and the argument of the function that it comes with. */
	readonly inputs: readonly {
		readonly input: number;
		readonly argument?: string;
		readonly captured?: string;
	}[];
}

const refusals = new Map<string, { readonly site: number; readonly refusal: Refusal }>();

/** What a rule of the program gives no cotangent to, as attributes of its equation: who wants one is told at the call. */
export function refusalOf(at: Location, rule: string, inputs: Refusal["inputs"]): Attributes {
	if (inputs.length === 0) return {};
	const refusal = { at, rule, inputs };
	const key = JSON.stringify(refusal);
	const known = refusals.get(key) ?? { site: refusals.size, refusal };
	refusals.set(key, known);
	return { refused: inputs.map((i) => i.input), site: known.site };
}

function refusedDerivative({ site, input }: RefusedDerivative): ElaborationError | undefined {
	const found = [...refusals.values()].find((known) => known.site === site)?.refusal;
	if (!found) return undefined;
	const { argument, captured } = found.inputs.find((i) => i.input === input) ?? {};
	if (argument === undefined || captured === undefined)
		return new ElaborationError(
			"E0616",
			`a derivative is wanted by what \`${found.rule}\` reads from around itself, to which its rule gives none`,
			found.at,
			"give it as an argument, to which the rule owes a cotangent; or write `stop(..)` where it is read",
		);
	return new ElaborationError(
		"E0616",
		`a derivative by \`${captured}\` is wanted, which \`${argument}\` of \`${found.rule}\` ${captured === argument || captured.startsWith(`${argument}.`) || captured.startsWith(`${argument}[`) ? "holds" : "captures"}, and the rule gives none to it`,
		found.at,
		`in the rule, \`|g| ..\` in the place of \`${argument}\` is its cotangent (a number that is linear in g), and \`stop\` says that nothing flows there; or give \`stop(${captured})\``,
	);
}

/** Runs reverse mode; a loop without a limit in its way is told at its place. */
export function reverseMode<T>(environment: Environment, node: LoopPlace["node"], body: () => T): T {
	try {
		return body();
	} catch (error) {
		if (error instanceof RefusedDerivative) throw refusedDerivative(error) ?? error;
		if (!(error instanceof UnboundedLoop)) throw error;
		const { name } = error.body ?? {};
		const [, refused] = [...refusedDerivatives].find(([prefix]) => name?.startsWith(prefix)) ?? [];
		if (refused) throw new ElaborationError("E0901", refused, environment.locate(node));
		const at = error.body && loopPlaces.get(error.body);
		throw new ElaborationError(
			"E0605",
			"a gradient goes through this loop, which has no limit",
			at ?? environment.locate(node),
			"say how many turns it may make: `limit = 64`",
		);
	}
}
