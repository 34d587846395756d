import { affordable, turnsIn } from "../compiler/elaborate/budget.js";
import type { Environment } from "../compiler/elaborate/environment.js";
import { type DrawState, ElaborationError } from "../compiler/elaborate/evaluator.js";
import { takenBranch } from "../compiler/elaborate/expressions/cases.js";
import {
	bindPattern,
	evaluate,
	evaluateLet,
	itemsOf,
	patternNames,
} from "../compiler/elaborate/expressions/evaluate.js";
import { leadingSizes, oneOfStack } from "../compiler/elaborate/models/stack.js";
import { unit, type Value } from "../compiler/elaborate/values.js";
import { sizeOf } from "../compiler/ir/ir.js";
import type * as ast from "../grammar/ast.js";
import { compute, type Machine } from "./compute.js";
import { shortly } from "./fit-values.js";

/** Where a statement of the host level stands: in which turns of which loops. */
export interface HostPlace {
	readonly environment: Environment;
	readonly draws: DrawState;
	/** `r = 2`, outer loops first. */
	readonly turns: readonly string[];
}

/** What runs the statements that report something. */
export interface Host {
	readonly machine: Machine;
	check(place: HostPlace, node: ast.Check): void;
	plot(place: HostPlace, node: ast.Plot): void;
}

/** A loop or an `if` at the host level, and what stands in it: run in order, turn by turn. */
export function runHostStatement(host: Host, place: HostPlace, node: ast.Statement): void {
	const { environment, draws } = place;
	switch (node.kind) {
		case "Let":
			runLet(host, place, node);
			return;
		case "Check":
			host.check(place, node);
			return;
		case "Plot":
			host.plot(place, node);
			return;
		case "IfStatement": {
			const condition = compute(host.machine, draws, (e) =>
				e.at("if", () => evaluate(e, environment, node.condition)),
			);
			const taken = holds(condition) ? node.then : node.else;
			if (taken?.kind === "IfStatement") runHostStatement(host, place, taken);
			else if (taken) {
				const inner = { ...place, environment: environment.inner() };
				for (const statement of taken.statements) runHostStatement(host, inner, statement);
			}
			return;
		}
		case "ExpressionStatement":
			runMatch(host, place, node);
			return;
		case "Loop":
			runLoop(host, place, node);
			return;
		default:
			return;
	}
}

/** The case that is taken, with the values of its names. */
function runMatch(host: Host, place: HostPlace, node: ast.Statement): void {
	let taken: ReturnType<typeof takenBranch>;
	const names = compute(host.machine, place.draws, (e) => {
		taken = e.at("match", () => takenBranch(e, place.environment, node));
		const own = [...(taken?.scope.ownValues() ?? [])];
		return { kind: "tuple", elements: own.map(([name, value]) => ({ name, value })) };
	});
	if (!taken) return;
	if (names.kind === "tuple") for (const e of names.elements) taken.scope.set(e.name ?? "", e.value);
	const inner = { ...place, environment: taken.scope };
	for (const statement of taken.statements) runHostStatement(host, inner, statement);
}

function holds(value: Value): boolean {
	return value.kind === "bool" ? value.value : value.kind === "tensor" && value.data.data[0] === 1;
}

function runLet(host: Host, { environment, draws }: HostPlace, node: ast.Let): void {
	const value = compute(host.machine, draws, (evaluator) => {
		const inner = environment.inner();
		evaluateLet(evaluator, inner, node);
		return {
			kind: "tuple",
			elements: patternNames(node.pattern).map((name) => ({ name, value: inner.find(name) ?? unit })),
		};
	});
	if (value.kind === "tuple")
		for (const e of value.elements) if (e.name !== undefined) environment.set(e.name, e.value);
}

function runLoop(host: Host, place: HostPlace, node: ast.Loop): void {
	const sources = node.bindings.flatMap(({ pattern, source }) =>
		source && pattern.kind !== "Rest" ? [{ pattern, source }] : [],
	);
	const name = sources.map(({ pattern }) => patternNames(pattern).join(", ")).join(", ");
	const loop = deeper(place.draws, node.head === "repeat" ? "repeat" : `for ${name}`);
	const items = sources.map(({ source }) => itemsOfSource(host, place, loop, source));
	const [first, ...others] = items;
	const turns = node.count ? countOf(host, place, loop, node.count) : (first?.length ?? 0);
	const uneven = others.findIndex((other) => other.length !== turns);
	if (uneven >= 0)
		throw new ElaborationError(
			"E0601",
			`sources side by side have as many turns, and here there are ${turns} and ${others[uneven]?.length}`,
			place.environment.locate(sources[uneven + 1]?.source ?? node),
		);
	for (let i = 0; i < turns; i++) {
		const environment = place.environment.inner();
		const names = sources.map(({ pattern }, k) => {
			const item = items[k]?.[i] ?? unit;
			bindPattern(environment, pattern, item);
			return nameOfTurn(pattern, item, i);
		});
		const turn: HostPlace = {
			environment,
			draws: deeper(loop, `[${i}]`),
			turns: [...place.turns, names.length > 0 ? names.join(", ") : `turn ${i}`],
		};
		for (const statement of node.body.statements) runHostStatement(host, turn, statement);
		const ends = node.clauses.some(
			({ word, value }) =>
				word === "until" &&
				holds(compute(host.machine, turn.draws, (e) => e.at("until", () => evaluate(e, environment, value)))),
		);
		if (ends) return;
	}
}

function itemsOfSource(
	host: Host,
	{ environment }: HostPlace,
	draws: DrawState,
	source: ast.Expression,
): readonly Value[] {
	const value = compute(host.machine, draws, (e) => evaluate(e, environment, source));
	affordable(environment, source, turnsIn(value));
	const items = turnsOf(value);
	if (!items) throw new ElaborationError("E0601", "this has no turns", environment.locate(source));
	return items;
}

function countOf(host: Host, { environment }: HostPlace, draws: DrawState, node: ast.Expression): number {
	const value = compute(host.machine, draws, (e) => evaluate(e, environment, node));
	if (value.kind !== "number" || value.value < 0)
		throw new ElaborationError("E0601", "this is no number of turns", environment.locate(node));
	affordable(environment, node, value.value);
	return value.value;
}

/** Each turn draws by itself: a loop that is longer does not change what the first turns draw. */
function deeper(draws: DrawState, name: string): DrawState {
	const path = [...draws.path, name];
	const key = path.join("/");
	const count = draws.counts.get(key) ?? 0;
	draws.counts.set(key, count + 1);
	return { ...draws, path: count === 0 ? path : [...path, `#${count}`], counts: new Map() };
}

function turnsOf(value: Value): readonly Value[] | undefined {
	if (value.kind === "tuple" && !value.elements.every((e) => e.name !== undefined))
		return value.elements.map((e) => e.value);
	if (value.kind !== "tuple" && value.kind !== "tensor" && value.kind !== "stack") return itemsOf(value);
	const [rows = 0] = leadingSizes(value, 1);
	return Array.from({ length: rows }, (_, row) =>
		oneOfStack(value, (tensor) => {
			if (tensor.kind !== "tensor") return tensor;
			const [, ...shape] = tensor.data.type.shape;
			const size = sizeOf(shape);
			const data = tensor.data.data.slice(row * size, (row + 1) * size);
			return { ...tensor, data: { type: { element: tensor.data.type.element, shape }, data } };
		}),
	);
}

/** `s = 2` where the item is short enough to be shown; else which turn it is, from 0. */
function nameOfTurn(pattern: ast.Pattern, item: Value, i: number): string {
	if (pattern.kind === "TuplePattern" && item.kind === "tuple")
		return pattern.elements.map((p, k) => nameOfTurn(p, item.elements[k]?.value ?? unit, i)).join(", ");
	const name = pattern.kind === "NamePattern" ? pattern.name : "_";
	const shown = shortly(item);
	return shown === undefined ? `${name}: turn ${i}` : `${name} = ${shown}`;
}
