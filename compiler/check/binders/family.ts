import type * as ast from "../../../grammar/ast.js";
import {
	type Atom,
	add,
	constant,
	type Dim,
	element,
	type Facts,
	sub,
	variable,
	withAtLeast,
} from "../../dims/dim.js";
import { liftTree } from "../builtins/loop-state.js";
import { type Context, locate, report, within } from "../context.js";
import { applyTo, type CallSite } from "../expressions/call.js";
import { withoutInner, withoutInts } from "../expressions/escape.js";
import { Matcher } from "../types/match.js";
import { showType } from "../types/show.js";
import { withSpreads } from "../types/spread-list.js";
import { elementAt, familyList, lengthOf, noBindings, substituteType } from "../types/substitute.js";
import { errorType, freshId, type ListType, noQuantified, type Type } from "../types/types.js";
import { bornSince, listsSince, now } from "../types/visit-type.js";
import { type FoldTurn, holdsEntries, stateCandidates } from "./fold-state.js";

/**
 * Lists of unknown length are indexed families: the body of a comprehension is checked once, for a symbolic index i;
 * a fold finds the shape of its accumulator as a function of i, and verifies it at 0 and at i + 1.
 */

export function asList(type: Type): ListType | undefined {
	if (type.kind === "list") return type;
	if (type.kind === "range" && type.to) {
		const from = type.from ?? constant(0);
		return familyList(sub(type.to, from), (i) => ({ kind: "Int", value: add(from, i) }));
	}
	return undefined;
}

export function atIndex(type: Type, atom: Atom & { kind: "variable" }, index: Dim): Type {
	const bindings = noBindings();
	bindings.dims.set(atom.id, index);
	return substituteType(type, bindings);
}

/** `fold(xs, start, |state, x| ..)` over a static list, which unrolls. */
export function foldList(
	context: Context,
	site: CallSite,
	list: ListType,
	start: Type,
	step: Type,
	stepNode: ast.Expression,
): Type {
	if (list.elements) {
		let state = start;
		for (const [i, entry] of list.elements.entries()) {
			const turn = within(context, {
				trail: [...context.trail, `in turn ${i} of this fold, where the state is ${showType(state)}`],
			});
			state = applyTo(turn, stepNode, step, [state, entry]);
			if (state.kind === "error") return errorType;
		}
		return state;
	}
	const ended = runFamily(context, site, list, start, step, stepNode, (_, result) => ({ state: result }));
	return ended?.state ?? errorType;
}

/** The last state of a loop over a list of unknown length, and what a turn gives beside the next one. */
function runFamily(
	context: Context,
	site: CallSite,
	list: ListType,
	start: Type,
	step: Type,
	stepNode: ast.Expression,
	take: (turn: Context, result: Type) => { readonly state: Type; readonly rest?: Type } | undefined,
):
	| { readonly state: Type; readonly rest?: Type; readonly index: FamilyAtom; readonly turn: Context }
	| undefined {
	const size = lengthOf(list);
	const at0 = elementAt(list, constant(0)) ?? errorType;
	const first = within(context, {
		facts: withSpreads(withAtLeast(context.facts, size, constant(1)), at0),
		trail: [...context.trail, `in the first turn of this fold, where the state is ${showType(start)}`],
	});
	const { dim, atom } = variable("i", { minimum: 0, local: true });
	const entry = elementAt(list, dim) ?? errorType;
	if (entry.kind === "error" || start.kind === "error") return undefined;
	const run = (trial: Context, state: Type, of: Type): Type => applyTo(trial, stepNode, step, [state, of]);
	const shape = { index: atom, entry, facts: first.facts };
	const began = stateCandidates(start, undefined, shape)
		.map((state) => ({
			state,
			probe: quiet(first, (trial) => take(trial, run(trial, state, at0))?.state ?? errorType),
		}))
		.find(({ probe }) => probe.problems === 0);
	const facts = withSpreads(withAtLeast(context.facts, size, add(dim, constant(1))), entry);
	const turn = within(context, { facts });
	// What a list that grows is made of shows in the second turn.
	const at1 = began && holdsEntries(start) ? elementAt(list, constant(1)) : undefined;
	const later =
		began &&
		at1 &&
		quiet(
			within(context, { facts: withSpreads(withAtLeast(context.facts, size, constant(2)), at1) }),
			(trial) => take(trial, run(trial, began.probe.type, at1))?.state ?? errorType,
		);
	const known = later?.problems === 0 ? { ...shape, later: later.type } : shape;
	const candidates = stateCandidates(start, began?.probe.type, known);
	for (const candidate of candidates) {
		const probe = quiet(turn, (trial) => take(trial, run(trial, candidate, entry))?.state ?? errorType);
		if (probe.problems > 0) continue;
		const next = atIndex(candidate, atom, add(dim, constant(1)));
		if (!sameState(facts, next, probe.type)) continue;
		const rest = take(turn, run(turn, candidate, entry))?.rest;
		return { state: atIndex(candidate, atom, size), ...(rest && { rest }), index: atom, turn };
	}
	const [guessed = start] = candidates;
	if (began) reportTurn(turn, site, guessed, began.probe.type, entry, step, stepNode);
	else reportFold(first, site, shape, start, at0, step, stepNode);
	return undefined;
}

/** `scan` over a list of unknown length: what the turns give must be of one type, whatever the turn. */
export function scanFamily(
	context: Context,
	site: CallSite,
	list: ListType,
	start: Type,
	step: Type,
	stepNode: ast.Expression,
	take: (turn: Context, result: Type) => { readonly state: Type; readonly rest: Type } | undefined,
): { readonly state: Type; readonly output: Type } | undefined {
	const found = runFamily(context, site, list, start, step, stepNode, take);
	const output = found?.rest && liftTree(found.rest);
	if (!found || !output || output.kind === "error") return undefined;
	const { state, index, turn } = found;
	const other = atIndex(output, index, variable("j", { minimum: 0 }).dim);
	if (sameState(turn.facts, output, other) && sameState(turn.facts, other, output)) return { state, output };
	report(context, {
		code: "E0322",
		at: locate(context, site.node),
		message: `what the turns give cannot be stacked: turn i gives ${showType(output)}`,
		hint: "a static list keeps its elements apart: `map`, or `[for ..]`",
	});
	return undefined;
}

/** What a body gives for each entry of a list of unknown length: it is checked once, for a symbolic index. */
export function mapFamily(
	context: Context,
	node: { readonly span: ast.Expression["span"] },
	list: ListType,
	body: (turn: Context, entry: Type) => Type,
): Type {
	const { dim, atom } = variable("i", { minimum: 0, local: true });
	const size = lengthOf(list);
	const entry = elementAt(list, dim) ?? errorType;
	const facts = withSpreads(withAtLeast(context.facts, size, add(dim, constant(1))), entry);
	const turn = within(context, { facts });
	const since = now();
	const found = body(turn, entry);
	const own = withoutInts(found, { since, until: now() });
	const [born, bornLists] = [bornSince(own, since), listsSince(own, since)];
	const isDeep = bornLists.some(({ outer, entries }) => outer !== undefined || entries !== undefined);
	if (born.length + bornLists.length === 0 || isDeep) {
		const type = withoutInner(context, node, found, since, { what: "turn" });
		return type.kind === "error" ? type : familyList(size, (index) => atIndex(type, atom, index));
	}
	// What a turn finds out for itself is an entry of a list of its own.
	const lists = born.map(({ id, name, minimum }) => ({ id, list: { name, id: freshId(), minimum } }));
	const inner = bornLists.map((list) => ({ id: list.id, list: { ...list, id: freshId() } }));
	return familyList(size, (index) => {
		const bindings = noBindings();
		for (const { id, list } of lists) bindings.dims.set(id, element(list, index));
		for (const { id, list } of inner)
			bindings.lists.set(id, { kind: "list", symbol: { ...list, outer: [index] } });
		return substituteType(atIndex(own, atom, index), bindings);
	});
}

type FamilyAtom = Atom & { kind: "variable" };

/** Not only fits: the element stays, too. */
function sameState(facts: Facts, wanted: Type, actual: Type): boolean {
	if (wanted.kind === "tensor" && actual.kind === "tensor" && wanted.element !== actual.element) return false;
	const matcher = new Matcher(noQuantified, facts);
	return matcher.match(wanted, actual) === undefined && matcher.finish() === undefined;
}

/** Checks without reporting; tells how many problems there were. */
export function quiet(
	context: Context,
	check: (context: Context) => Type,
): { readonly type: Type; readonly problems: number } {
	const diagnostics: typeof context.session.diagnostics = [];
	const session = { ...context.session, diagnostics, reported: new Set<string>() };
	const type = check(within(context, { session }));
	return { type, problems: diagnostics.filter((d) => d.severity === "error").length };
}

/** What is wrong in the first turn: there the state is what it starts as. */
function reportFold(
	context: Context,
	site: CallSite,
	shape: FoldTurn,
	start: Type,
	entry: Type,
	step: Type,
	stepNode: ast.Expression,
): Type {
	const [candidate = start] = stateCandidates(start, undefined, shape);
	const before = context.session.diagnostics.length;
	const after = applyTo(context, stepNode, step, [candidate, entry]);
	if (context.session.diagnostics.length === before) reportShape(context, site, start, after);
	return errorType;
}

/** The first turn is sound: what is wrong in one after it, with the state as the first turn suggests it. */
function reportTurn(
	context: Context,
	site: CallSite,
	state: Type,
	first: Type,
	entry: Type,
	step: Type,
	stepNode: ast.Expression,
): Type {
	const before = context.session.diagnostics.length;
	const trail = [...context.trail, `in turn i of this fold, where the state is ${showType(state)}`];
	const after = applyTo(within(context, { trail }), stepNode, step, [state, entry]);
	if (context.session.diagnostics.length === before)
		reportShape(context, site, state, after.kind === "error" ? first : after);
	return errorType;
}

function reportShape(context: Context, site: CallSite, start: Type, after: Type): void {
	report(context, {
		code: "E0318",
		at: locate(context, site.node),
		message: `the shape of this fold's state cannot be found: it begins as ${showType(start)}, and a turn makes ${showType(after)} of it`,
		hint: "the state's shape must stay, grow by the same in each turn, be doubled or halved, or move along a static list as `widths[i]`",
	});
}
