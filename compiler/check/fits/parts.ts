import type * as ast from "../../../grammar/ast.js";
import { asConstant } from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import { areApart, segmentsOf } from "../trees/place-sets.js";
import { errorType, type PlaceLeaf } from "../types/types.js";

/** Parts of tensors, and of what is stacked, after `wrt`: `v[1..3]`, `table[0, :]`, `members[0].bias`. */

/** The path of the tensor that a place is a part of: `v` of `v[xs[0]]`, `members.bias` of `members[0].bias`. */
export function wholeOf(place: PlaceLeaf): string {
	return isPart(place)
		? segmentsOf(place)
				.map(({ text, step }) => (step?.kind === "elements" ? "" : text))
				.join("")
		: place.path;
}

export function isPart({ steps = [] }: PlaceLeaf): boolean {
	return steps.some((step) => step.kind === "elements");
}

/** Of a value that is computed from other parameters no part is trained. */
export function refuseMadePart(
	context: Context,
	node: ast.Expression,
	places: readonly PlaceLeaf[],
): boolean {
	const made = places.find((place) => place.form?.reparametrized && isPart(place));
	if (!made) return false;
	const { params = [], base } = made.form?.reparametrized ?? {};
	const whole = wholeOf(made);
	const own = [...(base ? ["base"] : []), ...params.map((p) => p.name)].map((name) => `\`${whole}.${name}\``);
	report(context, {
		code: "E0466",
		at: locate(context, node),
		message: `\`${whole}\` is reparametrized: no step trains a part of a value that is computed from other parameters`,
		...(own.length > 0 && { hint: `what is trained is ${own.join(", ")}` }),
	});
	return true;
}

/** A part of a tensor is trained if it is known before running which one it is. */
export function isTrainablePart(context: Context, node: ast.Expression, leaf: PlaceLeaf): boolean {
	const indices = (leaf.steps ?? []).flatMap((step) => (step.kind === "elements" ? [step.node] : []));
	const computed = indices
		.flatMap(({ items }) => items)
		.find((item) => {
			if (item.kind === "FullSlice") return false;
			const { kind } = context.session.knowledge.types.get(item) ?? errorType;
			return kind !== "Int" && kind !== "range" && kind !== "error";
		});
	const fallback = indices.find((index) => index.fallback)?.fallback;
	if (!computed && !fallback) return true;
	report(context, {
		code: "E0466",
		at: locate(context, computed ?? fallback ?? node),
		message: computed
			? "which elements a step trains is known before running, and this place is computed"
			: "what a step trains is there: a place of it has no `else`",
		notes: computed ? ["an optimizer has its states for the elements that it is given"] : [],
		...(computed && {
			hint: "`descend` moves all along a direction that is 0 where nothing should move, and `<-` sets what stands there",
		}),
	});
	return false;
}

/** Of all that a step moves, what a place after `on` means: a tensor that it names stands for its parts. */
export function movedAt(chosen: readonly PlaceLeaf[], leaves: readonly PlaceLeaf[]): PlaceLeaf[] {
	return chosen.flatMap((place) => {
		if (leaves.some((leaf) => leaf.path === place.path)) return [place];
		const parts = leaves.filter((leaf) => wholeOf(leaf) === place.path);
		return parts.length > 0 ? parts : [place];
	});
}

/** An element that two parts have would be moved twice: where all is known, it is told here, else by the run. */
export function refuseOverlaps(context: Context, node: ast.Minimize, leaves: readonly PlaceLeaf[]): void {
	const before = new Map<string, PlaceLeaf[]>();
	for (const leaf of leaves) {
		const whole = wholeOf(leaf);
		const others = before.get(whole);
		if (!others) before.set(whole, [leaf]);
		const other = others?.find((o) => surelyMeet(context, o, leaf));
		others?.push(leaf);
		if (!other) continue;
		report(context, {
			code: "E0466",
			at: locate(context, node.wrt.at(-1) ?? node),
			message: `\`${other.path}\` and \`${leaf.path}\` have an element in common: a step moves each once`,
			hint: "name each element once after `wrt`, or make one step for each part",
		});
		return;
	}
}

function surelyMeet(context: Context, a: PlaceLeaf, b: PlaceLeaf): boolean {
	const indicesOf = ({ steps = [] }: PlaceLeaf): ast.Index[] =>
		steps.flatMap((step) => (step.kind === "elements" ? [step.node] : []));
	const [first, second] = [indicesOf(a), indicesOf(b)];
	// A whole and a part of it.
	if (first.length === 0 || second.length === 0) return true;
	if (first.length > 1 || second.length > 1) return false;
	const [xs, ys] = [first[0]?.items ?? [], second[0]?.items ?? []];
	return xs.every((x, axis) => {
		const y = ys[axis];
		const [p, q] = [intervalOf(context, x), y && intervalOf(context, y)];
		if (!y || p === "all" || q === "all") return true;
		if (!p || !q) return false;
		return Math.max(p.from, q.from) < Math.min(p.to, q.to);
	});
}

/** The positions of an index along its axis, where they are known numbers. */
function intervalOf(
	context: Context,
	item: ast.Expression,
): { readonly from: number; readonly to: number } | "all" | undefined {
	if (item.kind === "FullSlice") return "all";
	const known = (node: ast.Expression | undefined): number | undefined => {
		const type = node && context.session.knowledge.types.get(node);
		return type?.kind === "Int" && type.value ? asConstant(type.value) : undefined;
	};
	if (item.kind !== "Range") {
		const at = known(item);
		return at === undefined || at < 0 ? undefined : { from: at, to: at + 1 };
	}
	const from = item.from ? known(item.from) : 0;
	const to = item.to ? known(item.to) : Number.POSITIVE_INFINITY;
	return from === undefined || to === undefined || from < 0 || to < 0 ? undefined : { from, to };
}

/** The same elements, perhaps of other entries of a list. */
function isSamePart(context: Context, part: PlaceLeaf, leaf: PlaceLeaf): boolean {
	if (part.path === leaf.path) return true;
	return segmentsOf(part).length === segmentsOf(leaf).length && !areApart(part, leaf, context.facts);
}

/** An optimizer is for a part of a tensor only if the step moves just that. */
export function refuseForeignPart(
	context: Context,
	node: ast.Expression,
	chosen: readonly PlaceLeaf[],
	leaves: readonly PlaceLeaf[],
): void {
	const foreign = chosen.find((part) => isPart(part) && !leaves.some((l) => isSamePart(context, part, l)));
	if (!foreign) return;
	report(context, {
		code: "E0466",
		at: locate(context, node),
		message: `an optimizer is for what the step moves, and \`${foreign.path}\` is only a part of that`,
		hint: `name the parts of \`${wholeOf(foreign)}\` after \`wrt\`: \`wrt ${foreign.path}, ..\`, each with an optimizer`,
	});
}
