import type * as ast from "../../../grammar/ast.js";
import { isGlob } from "../../../grammar/places.js";
import { type Context, locate, report } from "../context.js";
import { infer } from "../expressions/expression.js";
import type { Hint } from "../hint.js";
import { openCondition, trainable } from "../trees/model-parameters.js";
import { isOpenPlace } from "../trees/place-entries.js";
import { leavesOf, placesOf } from "../trees/places.js";
import { explainMismatch } from "../types/explain.js";
import { Matcher } from "../types/match.js";
import { showType } from "../types/show.js";
import { noQuantified, type Type } from "../types/types.js";

/** `descend d wrt p`: a step along a given direction, which is a tree like the parameters of `p`. */
export function checkDescend(context: Context, node: ast.Minimize): void {
	const [direction, another] = node.terms;
	const places = node.wrt.flatMap(spelledOut);
	const [place] = places;
	if (another) tell(context, another, "`descend` takes one direction");
	if (!direction) return;
	if (direction.name) tell(context, direction.name, "a direction is no term of a loss: it has no name");
	if (!place) {
		infer(context, direction.value);
		tell(context, node, "`descend` says what it moves", "for example `descend d wrt net  using sgd(0.1)`");
		return;
	}
	const wanted = places.map((p) => treeAt(context, p));
	const all = wanted.filter((t) => t !== undefined);
	const isWhole = all.length === wanted.length && areApart(context, places);
	const tree: Type | undefined = !isWhole
		? undefined
		: places.length === 1
			? all[0]
			: { kind: "tuple", elements: all.map((type) => ({ type })) };
	const given = infer(context, direction.value, tree);
	// What is no parameter is told of the place.
	if (tree) checkDirection(context, direction.value, places, tree, given);
}

/** `(a, b)`: several places, each by itself. */
export function spelledOut(place: ast.Expression): ast.Expression[] {
	if (place.kind === "Parenthesized") return spelledOut(place.inner);
	return place.kind === "Tuple" ? place.elements.flatMap((e) => spelledOut(e.value)) : [place];
}

/** What a direction of a place is like: its parameters; of a set of places the list of its tensors. */
function treeAt(context: Context, place: ast.Expression): Type | undefined {
	if (isGlob(place) || place.kind === "Places") {
		const leaves = (placesOf(context, place) ?? []).flatMap(leavesOf);
		if (leaves.length === 0) return undefined;
		const open = leaves.find((l) => isOpenPlace(l) || l.uncertain);
		if (!open) return { kind: "list", elements: leaves.map((l) => l.type) };
		tell(
			context,
			place,
			`a direction of \`${open.path}\` has no type: ${open.uncertain ? "whether it is meant" : "how many entries there are"} is not known here`,
			"name the part: its direction is like a gradient by it",
		);
		return undefined;
	}
	const type = infer(context, place);
	if (type.kind === "error") return undefined;
	const open = openCondition(type);
	if (!open) return trainable(type);
	tell(
		context,
		place,
		`a direction of ${showType(type)} has no type: it is open ${open}`,
		"configure it where it is made, or declared",
	);
	return undefined;
}

/** No parameter is moved by two directions. */
function areApart(context: Context, places: readonly ast.Expression[]): boolean {
	const seen = new Map<string, ast.Expression>();
	for (const place of places.length > 1 ? places : [])
		for (const { path } of (placesOf(context, place) ?? []).flatMap(leavesOf)) {
			const before = seen.get(path);
			if (before) {
				report(context, {
					code: "E0463",
					at: locate(context, place),
					message: `two directions move \`${path}\``,
					related: [{ at: locate(context, before), label: "the other one moves this" }],
				});
				return false;
			}
			seen.set(path, place);
		}
	return true;
}

function checkDirection(
	context: Context,
	node: ast.Expression,
	places: readonly ast.Expression[],
	wanted: Type,
	given: Type,
): void {
	if (given.kind === "error") return;
	const matcher = new Matcher(noQuantified, context.facts);
	const mismatch = matcher.matchDeclared(wanted, given) ?? matcher.finish();
	if (!mismatch) return;
	const why = explainMismatch(mismatch);
	report(context, {
		code: "E0463",
		at: locate(context, node),
		message: `a direction is like what it moves: ${showType(wanted)}, and this is ${showType(given)}`,
		related: places.map((place) => ({ at: locate(context, place), label: "what it moves" })),
		notes: mismatch.kind === "dim" ? [why.message, ...why.notes] : why.notes,
		hint: why.hint ?? "a gradient is one: `grad(|net| ..)(net)`; `tree.map` makes others of it",
	});
}

function tell(context: Context, node: Parameters<typeof locate>[1], message: string, hint?: Hint): void {
	report(context, { code: "E0463", at: locate(context, node), message, ...(hint && { hint }) });
}
