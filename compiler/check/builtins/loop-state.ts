import type * as ast from "../../../grammar/ast.js";
import { type Dim, decideEqual, variable } from "../../dims/dim.js";
import { quiet } from "../binders/family.js";
import { type Context, inTracedKernel, locate, report, within } from "../context.js";
import { asTensor, joinTensors } from "../trees/stack.js";
import { Matcher } from "../types/match.js";
import { showType } from "../types/show.js";
import { elementAt, familyList, lengthOf } from "../types/substitute.js";
import {
	errorType,
	type ListType,
	noQuantified,
	type TupleType,
	type Type,
	tensor,
	unitType,
} from "../types/types.js";

/** The state of a loop that runs: one type, which every turn keeps. */

/** The type of a tree of tensors that is computed while running; lists stack. Undefined for what is known before only. */
export function liftTree(type: Type): Type | undefined {
	switch (type.kind) {
		case "tuple":
			return liftParts(type, liftTree);
		case "tensor": {
			const { element, shape, below } = type;
			return tensor(element, shape, below);
		}
		case "model":
		case "variable":
		case "unit":
		case "error":
			return type;
		default:
			return asTensor(type);
	}
}

function liftParts(type: TupleType, lift: (part: Type) => Type | undefined): Type | undefined {
	const elements: { readonly name?: string; readonly type: Type }[] = [];
	for (const element of type.elements) {
		const lifted = lift(element.type);
		if (!lifted) return undefined;
		elements.push({ ...element, type: lifted });
	}
	return { kind: "tuple", elements };
}

/** The type of a state: lists stay lists. */
function liftState(type: Type): Type | undefined {
	if (type.kind === "tuple") return liftParts(type, liftState);
	return type.kind === "list" ? liftList(type) : liftTree(type);
}

/** A list stays a list of so many entries, each of a shape of its own; a turn that gives a tensor makes it one. */
function liftList(type: ListType): Type | undefined {
	if (type.elements) {
		const elements = type.elements.map(liftState);
		return elements.every((e) => e !== undefined) ? { kind: "list", elements } : undefined;
	}
	const entry = elementAt(type, variable("i", { minimum: 0, local: true }).dim);
	if (!entry || !liftState(entry)) return undefined;
	return familyList(lengthOf(type), (i) => liftState(elementAt(type, i) ?? errorType) ?? errorType);
}

/** Of a state that cannot be carried: the part, and why. */
function staticPart(type: Type, path = ""): { readonly path: string; readonly type: Type } | undefined {
	if (liftState(type)) return undefined;
	const parts =
		type.kind === "tuple"
			? type.elements.map((e, i) => ({ type: e.type, path: `${path}.${e.name ?? i}` }))
			: type.kind === "list" && type.elements
				? type.elements.map((e, i) => ({ type: e, path: `${path}[${i}]` }))
				: [];
	for (const part of parts) {
		const found = staticPart(part.type, part.path);
		if (found) return found;
	}
	return { path, type };
}

function carried(context: Context, node: ast.Expression, type: Type): Type | undefined {
	if (type.kind === "error") return undefined;
	const part = staticPart(type);
	if (!part) return liftState(type);
	const where = part.path === "" ? "this" : `\`${part.path}\``;
	report(context, {
		code: "E0382",
		at: locate(context, node),
		message: `the state of a loop is a tree of tensors, and ${where} is ${showType(part.type)}`,
		notes: ["a turn is built once for all turns, so that what is known before running cannot change in it"],
	});
	return undefined;
}

/** The least type that holds both states; undefined where their structures or shapes differ. */
export function joinStates(context: Context, a: Type, b: Type): Type | undefined {
	if (a.kind === "error" || b.kind === "error") return errorType;
	if (a.kind === "tensor" && b.kind === "tensor") {
		const matcher = new Matcher(noQuantified, context.facts);
		if (matcher.matchShape(a.shape, b.shape)) return undefined;
		const below = a.below && b.below && sameDim(context, a.below, b.below) ? a.below : undefined;
		const element = joinTensors(a, b);
		return element && tensor(element, a.shape, below);
	}
	if (a.kind === "tuple" && b.kind === "tuple") return joinTuples(context, a, b);
	if (a.kind === "unit" && b.kind === "unit") return a;
	if (a.kind === "list" && b.kind === "list" && a.elements && b.elements)
		return joinLists(context, a.elements, b.elements);
	// A list stacks where the other one is a tensor.
	const [whole, other] = [asTensor(a), asTensor(b)];
	if (whole && other && a.kind !== b.kind) return joinStates(context, whole, other);
	if (a.kind === "tensor" || b.kind === "tensor" || a.kind !== b.kind) return undefined;
	const matcher = new Matcher(noQuantified, context.facts);
	return matcher.match(a, b) || matcher.finish() || new Matcher(noQuantified, context.facts).match(b, a)
		? undefined
		: a;
}

function joinLists(context: Context, a: readonly Type[], b: readonly Type[]): Type | undefined {
	if (a.length !== b.length) return undefined;
	const elements = a.map((type, i) => joinStates(context, type, b[i] ?? errorType));
	return elements.every((e) => e !== undefined) ? { kind: "list", elements } : undefined;
}

export function sameDim(context: Context, a: Dim, b: Dim): boolean {
	return decideEqual(a, b, context.facts).verdict === "equal";
}

function joinTuples(context: Context, a: TupleType, b: TupleType): Type | undefined {
	if (a.elements.length !== b.elements.length) return undefined;
	const elements: { readonly name?: string; readonly type: Type }[] = [];
	for (const [i, element] of a.elements.entries()) {
		const other = element.name ? b.elements.find((e) => e.name === element.name) : b.elements[i];
		const type = other && joinStates(context, element.type, other.type);
		if (!type) return undefined;
		elements.push({ ...element, type });
	}
	return { kind: "tuple", elements };
}

function sameType(a: Type, b: Type): boolean {
	if (a.kind === "tuple" && b.kind === "tuple")
		return a.elements.every((e, i) => sameType(e.type, b.elements[i]?.type ?? errorType));
	if (a.kind === "list" && b.kind === "list" && a.elements && b.elements)
		return a.elements.every((e, i) => sameType(e, b.elements?.[i] ?? errorType));
	if (a.kind !== "tensor" || b.kind !== "tensor") return a.kind === b.kind;
	return a.element === b.element && a.below?.key === b.below?.key;
}

/** What a turn makes of a state; `rest` is what it gives beside it. */
export interface Turn {
	readonly state: Type;
	readonly rest: Type;
}

export interface TurnOf {
	/** The type that the function gives. */
	readonly apply: (context: Context, state: Type) => Type;
	/** The parts of that; undefined after a mistake. */
	readonly take: (context: Context, result: Type) => Turn | undefined;
	readonly node: ast.Expression;
}

export const whole = (_: Context, result: Type): Turn => ({ state: result, rest: unitType });

/**
 * The type of a loop's state, which a turn keeps: found from the start, widened while a turn widens it. What is wrong
 * in a turn is reported with the type that the state has there.
 */
export function settledState(
	context: Context,
	startNode: ast.Expression,
	start: Type,
	turn: TurnOf,
): Turn | undefined {
	const inside = inTracedKernel(context);
	let state = carried(context, startNode, start);
	for (let tries = 0; state && tries < 8; tries++) {
		const known: Type = state;
		const trial = quiet(inside, (inner) => turn.apply(inner, known));
		if (trial.problems.length > 0 || trial.type.kind === "error") return reportedTurn(inside, turn, known);
		const result = turn.take(context, trial.type);
		if (!result) return undefined;
		const next = carried(context, turn.node, result.state);
		if (!next) return undefined;
		const joined = joinStates(context, known, next);
		if (!joined) return unstable(context, turn.node, startNode, known, next);
		if (joined.kind === "error") return undefined;
		if (sameType(joined, known)) {
			// Once more, aloud: warnings, and what the editor shows.
			turn.apply(inside, known);
			return { state: known, rest: result.rest };
		}
		state = joined;
	}
	return undefined;
}

function reportedTurn(context: Context, turn: TurnOf, state: Type): undefined {
	turn.apply(
		within(context, {
			trail: [...context.trail, `in a turn of this loop, where the state is ${showType(state)}`],
		}),
		state,
	);
	return undefined;
}

function unstable(
	context: Context,
	node: ast.Expression,
	startNode: ast.Expression,
	before: Type,
	after: Type,
): undefined {
	const part = differingPart(context, before, after);
	report(context, {
		code: "E0381",
		at: locate(context, bodyOf(node)),
		message: `the state of this loop changes from turn to turn: ${part.path}${showType(part.before)} becomes ${showType(part.after)}`,
		label: showType(after),
		related: [{ at: locate(context, startNode), label: `it begins as ${showType(before)}` }],
		hint: "its shape must stay; over a static list a fold unrolls, and the shape may change",
	});
	return undefined;
}

export function bodyOf(node: ast.Expression): ast.Expression {
	if (node.kind === "Lambda") return bodyOf(node.body);
	if (node.kind !== "Block") return node;
	const last = node.statements.at(-1);
	return last?.kind === "ExpressionStatement" ? last.value : node;
}

/** The first part of two states that cannot be joined. */
function differingPart(
	context: Context,
	before: Type,
	after: Type,
	path = "",
): { readonly path: string; readonly before: Type; readonly after: Type } {
	if (before.kind === "tuple" && after.kind === "tuple" && before.elements.length === after.elements.length) {
		for (const [i, element] of before.elements.entries()) {
			const other = element.name ? after.elements.find((e) => e.name === element.name) : after.elements[i];
			if (other && !joinStates(context, element.type, other.type))
				return differingPart(context, element.type, other.type, `${path}.${element.name ?? i}`);
		}
	}
	if (before.kind === "list" && after.kind === "list" && before.elements?.length === after.elements?.length) {
		for (const [i, element] of before.elements?.entries() ?? []) {
			const other = after.elements?.[i];
			if (other && !joinStates(context, element, other))
				return differingPart(context, element, other, `${path}[${i}]`);
		}
	}
	return { path: path === "" ? "" : `\`${path}\`: `, before, after };
}
