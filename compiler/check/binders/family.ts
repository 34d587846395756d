import type * as ast from "../../../grammar/ast.js";
import {
	type Atom,
	add,
	addedPart,
	asConstant,
	asVariable,
	constant,
	type Dim,
	element,
	evaluate,
	type Facts,
	ownAtoms,
	sub,
	variable,
	withAtLeast,
} from "../../dims/dim.js";
import type { Diagnostic } from "../../source/diagnostic.js";
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
	const { index: dim, atom, entry = errorType } = turnOfFold(list, entryName(stepNode));
	if (entry.kind === "error" || start.kind === "error") return undefined;
	const run = (trial: Context, state: Type, of: Type): Type => applyTo(trial, stepNode, step, [state, of]);
	const shape = { index: atom, entry, facts: first.facts };
	const begin = (from: Context): { readonly probe: Trial } | undefined =>
		stateCandidates(start, undefined, shape)
			.map((state) => ({
				probe: quiet(from, (trial) => take(trial, run(trial, state, at0))?.state ?? errorType),
			}))
			.find(({ probe }) => probe.problems.length === 0);
	const began = begin(first);
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
	const known = later?.problems.length === 0 ? { ...shape, later: later.type } : shape;
	const candidates = stateCandidates(start, began?.probe.type, known);
	for (const candidate of candidates) {
		const probe = quiet(turn, (trial) => take(trial, run(trial, candidate, entry))?.state ?? errorType);
		if (probe.problems.length > 0) continue;
		const next = atIndex(candidate, atom, add(dim, constant(1)));
		if (!sameState(facts, next, probe.type)) continue;
		const rest = take(turn, run(turn, candidate, entry))?.rest;
		return { state: atIndex(candidate, atom, size), ...(rest && { rest }), index: atom, turn };
	}
	const [guessed = start] = candidates;
	if (began) reportTurn(turn, site, guessed, began.probe.type, shape, step, stepNode);
	else {
		// What the first turn cannot show may be part of what all of them ask for, which then is what is told.
		const presumed = begin(within(first, { session: { ...first.session, presuming: true } }));
		const [state] = presumed ? stateCandidates(start, presumed.probe.type, shape) : [];
		const asked = state && quiet(turn, (trial) => run(trial, state, entry)).problems;
		if (presumed && state && asked?.length && asked.every(isCondition))
			reportTurn(turn, site, state, presumed.probe.type, shape, step, stepNode);
		else reportFold(first, site, shape, start, at0, step, stepNode);
	}
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
		message: `what the turns give cannot be stacked: turn ${index.name} gives ${showType(output)}`,
		hint: "a static list keeps its elements apart: `map`, or `[for ..]`",
	});
	return undefined;
}

/**
 * What a body gives for each entry of a list of unknown length: it is checked once, for a symbolic index.
 * @param name what the body calls an entry, where that is a name
 */
export function mapFamily(
	context: Context,
	node: { readonly span: ast.Expression["span"] },
	list: ListType,
	body: (turn: Context, entry: Type) => Type,
	name?: string,
): Type {
	const { index, atom, before, entry = errorType } = anyTurn(list, name);
	const size = lengthOf(list);
	const facts = withSpreads(withTurn(context.facts, list, index), entry);
	const turn = within(context, { facts });
	const since = now();
	const found = body(turn, entry);
	const own = withoutInts(found, { since, until: now() });
	const [born, bornLists] = [bornSince(own, since), listsSince(own, since)];
	const isDeep = bornLists.some(({ outer, entries }) => outer !== undefined || entries !== undefined);
	if (born.length + bornLists.length === 0 || isDeep) {
		const type = withoutInner(context, node, found, since, { what: "turn" });
		return type.kind === "error" ? type : familyList(size, (at) => atIndex(type, atom, add(at, before)));
	}
	// What a turn finds out for itself is an entry of a list of its own.
	const lists = born.map(({ id, name, minimum }) => ({ id, list: { name, id: freshId(), minimum } }));
	const inner = bornLists.map((list) => ({ id: list.id, list: { ...list, id: freshId() } }));
	return familyList(size, (at) => {
		const bindings = noBindings();
		for (const { id, list } of lists) bindings.dims.set(id, element(list, at));
		for (const { id, list } of inner)
			bindings.lists.set(id, { kind: "list", symbol: { ...list, outer: [at] } });
		return substituteType(atIndex(own, atom, add(at, before)), bindings);
	});
}

/** A turn of a list of unknown length, with a symbolic index. */
export interface AnyTurn {
	readonly index: Dim;
	/** The index is this one less what comes before the first entry. */
	readonly atom: FamilyAtom;
	readonly before: Dim;
	/** Undefined where it cannot be told. */
	readonly entry: Type | undefined;
}

/** Where the entries are whole numbers on end, as of `a..b`, the index is told by what the program calls them. */
export function anyTurn(list: ListType, name: string | undefined): AnyTurn {
	const { dim, atom } = variable("i", { minimum: 0, local: true });
	const entry = elementAt(list, dim);
	const plain = { index: dim, atom, before: constant(0), entry };
	const before = entry?.kind === "Int" && entry.value ? sub(entry.value, dim) : undefined;
	const least = before && leastOf(before);
	if (name === undefined || !before || least === undefined) return plain;
	const named = variable(name, { minimum: least, local: true });
	const index = sub(named.dim, before);
	const own = elementAt(list, index);
	const isTold = own?.kind === "Int" && own.value?.key === named.dim.key;
	return isTold ? { index, atom: named.atom, before, entry: own } : plain;
}

/** Of a number or a sum of sizes. */
function leastOf(d: Dim): number | undefined {
	const atoms = ownAtoms(d);
	if (atoms.some((atom) => atom.kind !== "variable" || atom.local)) return undefined;
	if (atoms.length > 0 && addedPart(d).key !== d.key) return undefined;
	return evaluate(d, (atom) => (atom.kind === "variable" ? atom.minimum : Number.NaN));
}

/** Of a fold, whose states are functions of the number of turns. */
function turnOfFold(list: ListType, name: string | undefined): AnyTurn {
	const turn = anyTurn(list, name);
	return asConstant(turn.before) === 0 ? turn : anyTurn(list, undefined);
}

/** What a function of a state and an entry calls the entry. */
function entryName(step: ast.Expression): string | undefined {
	const pattern = step.kind === "Lambda" ? step.parameters[1]?.pattern : undefined;
	return pattern && nameOf(pattern);
}

/** What a pattern calls all that it stands for. */
export function nameOf(pattern: ast.Pattern): string | undefined {
	return pattern.kind === "NamePattern" ? pattern.name : undefined;
}

/** That the index lies in the list. */
export function withTurn(facts: Facts, list: ListType, index: Dim): Facts {
	const known = withAtLeast(facts, lengthOf(list), add(index, constant(1)));
	return asVariable(index) ? known : withAtLeast(known, index, constant(0));
}

type FamilyAtom = Atom & { kind: "variable" };

/** Not only fits: the element stays, too. */
function sameState(facts: Facts, wanted: Type, actual: Type): boolean {
	if (wanted.kind === "tensor" && actual.kind === "tensor" && wanted.element !== actual.element) return false;
	const matcher = new Matcher(noQuantified, facts);
	return matcher.match(wanted, actual) === undefined && matcher.finish() === undefined;
}

interface Trial {
	readonly type: Type;
	readonly problems: readonly Diagnostic[];
}

/** A condition of a call that a `where` of the signature would settle. */
function isCondition({ code, hint }: Diagnostic): boolean {
	return (code === "E0320" || code === "E0325") && hint !== undefined;
}

/** Checks without reporting; tells what the problems were. */
export function quiet(context: Context, check: (context: Context) => Type): Trial {
	const diagnostics: typeof context.session.diagnostics = [];
	const session = { ...context.session, diagnostics, reported: new Set<string>() };
	const type = check(within(context, { session }));
	return { type, problems: diagnostics.filter((d) => d.severity === "error") };
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
	{ index, entry }: FoldTurn,
	step: Type,
	stepNode: ast.Expression,
): Type {
	const before = context.session.diagnostics.length;
	const where = `in turn ${index.name} of this fold, where the state is ${showType(state)}`;
	const turn = within(context, { trail: [...context.trail, where] });
	const after = applyTo(turn, stepNode, step, [state, entry]);
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
