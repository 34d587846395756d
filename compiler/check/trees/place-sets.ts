import {
	add,
	atomKey,
	atomsOf,
	constant,
	type Dim,
	type Facts,
	isAtLeast,
	length,
	mul,
	noFacts,
	ofAtom,
	sub,
	substitute,
	variable,
	withAtLeast,
} from "../../dims/dim.js";
import { type Bindings, noBindings, substituteDim, substituteType } from "../types/substitute.js";
import { freshId, type PlaceLeaf, type PlaceStep, type SomeEntries } from "../types/types.js";
import { isSeveral, showEntries } from "./place-entries.js";
import { childrenOf } from "./places.js";

/** Sets of places: one may be another one, lie in it, or share some entries of a list with it. */

/** `members`, `[0]`, `.bias`, each with its step, where it is one from the root. */
interface Segment {
	readonly text: string;
	readonly step?: PlaceStep | undefined;
}

export function segmentsOf({ path, steps: own = [], some }: PlaceLeaf): Segment[] {
	if (path === "") return [];
	const steps: readonly PlaceStep[] = some ? [...own, { kind: "entry", some: some.entries }] : own;
	const texts: string[] = [];
	let depth = 0;
	let from = 0;
	for (let i = 0; i < path.length; i++) {
		const begins = depth === 0 && i > from && (path[i] === "." || path[i] === "[");
		if (begins) {
			texts.push(path.slice(from, i));
			from = i;
		}
		if (path[i] === "[") depth++;
		if (path[i] === "]") depth--;
	}
	texts.push(path.slice(from));
	const first = texts.length - steps.length;
	return texts.map((text, i) => ({ text, step: steps[i - first] }));
}

/** Of one path and other entries: another place. */
function keyOf(place: PlaceLeaf): string {
	if (!hasSome(place)) return place.path;
	// Of a list in a list the ends may depend on which entry of the outer one is meant.
	const outer = new Map<string, Dim>();
	const keyIn = (end: Dim): string => substitute(end, (atom) => outer.get(atomKey(atom))).key;
	return [...segmentsOf(place), ...(place.some ? [{ text: "[]", step: undefined }] : [])]
		.map(({ text, step }) => {
			const some = step?.kind === "entry" ? step.some : undefined;
			if (!some) return text;
			const key = `[${keyIn(some.from)}..${keyIn(some.to)}]`;
			const standIn = standIns[outer.size];
			if (some.index && standIn) outer.set(atomKey(some.index), standIn);
			return key;
		})
		.join("");
}

/** Each stands for the index of any entry of a list, by how many lists are around. */
const standIns = Array.from({ length: 16 }, () => variable("i", { minimum: 0 }).dim);

function hasSome({ steps, some }: PlaceLeaf): boolean {
	return some !== undefined || steps?.some((s) => s.kind === "entry" && s.some !== undefined) === true;
}

export function union(
	sets: readonly (readonly PlaceLeaf[] | undefined)[],
	facts: Facts = noFacts,
): PlaceLeaf[] | undefined {
	if (sets.some((s) => s === undefined)) return undefined;
	return distinct(
		sets.flatMap((s) => s ?? []),
		facts,
	);
}

/** Each once. Of those that may share entries of a list, all are kept, and how many they are is uncertain. */
export function distinct(places: readonly PlaceLeaf[], facts: Facts = noFacts): PlaceLeaf[] {
	const seen = new Set<string>();
	const kept = places.filter((p) => {
		const key = keyOf(p);
		return !seen.has(key) && seen.add(key);
	});
	if (kept.length < 2 || !kept.some(hasSome)) return kept;
	const found: PlaceLeaf[] = [];
	for (const place of kept) {
		// A list is no entry of itself: sets hold places and what is in them.
		const rivals = found.filter(
			(f) => !f.some === !place.some && segmentsOf(f).length === segmentsOf(place).length,
		);
		if (rivals.some((f) => isWithin(place, f, facts))) continue;
		const inside = rivals.filter((f) => isWithin(f, place, facts));
		const shares = rivals.some((f) => !inside.includes(f) && !areApart(f, place, facts));
		for (const f of inside) found.splice(found.indexOf(f), 1);
		found.push(shares ? { ...place, uncertain: true } : place);
	}
	return found;
}

/** Without what lies inside of another one. */
export function outermost(places: readonly PlaceLeaf[], facts: Facts): PlaceLeaf[] {
	return places.filter((p) => !places.some((o) => keyOf(o) !== keyOf(p) && isWithin(p, o, facts)));
}

function spanOf(step: PlaceStep | undefined): Pick<SomeEntries, "from" | "to"> | undefined {
	if (step?.kind !== "entry") return undefined;
	if (step.some) return step.some;
	return { from: constant(step.index), to: constant(step.index + 1) };
}

/** A place with the indices of another one, as far as both are of the same entries. */
function alignedTo(a: readonly Segment[], b: readonly Segment[]): readonly Segment[] {
	const bindings = noBindings();
	return b.map((segment, k) => {
		const some = segment.step?.kind === "entry" ? segment.step.some : undefined;
		if (!some) return segment;
		const renamed = renamedBy(bindings, some);
		const own = a[k]?.step;
		if (some.index && own?.kind === "entry") {
			const at = own.some?.at ?? constant(own.index ?? 0);
			bindings.dims.set(some.index.id, sub(at, sub(renamed.at, ofAtom(some.index))));
		}
		return renamed === some ? segment : { ...segment, step: { kind: "entry", some: renamed } };
	});
}

function renamedBy(bindings: Bindings, some: SomeEntries): SomeEntries {
	if (bindings.dims.size === 0) return some;
	const { from, to, size, at } = some;
	return {
		...some,
		from: substituteDim(from, bindings),
		to: substituteDim(to, bindings),
		size: substituteDim(size, bindings),
		at: substituteDim(at, bindings),
	};
}

/** How the segments of two paths lie to each other. */
type Side = "same" | "inside" | "around" | "apart" | "unknown";

function sideOf(a: Segment, b: Segment, facts: Facts): Side {
	const isOpen = [a, b].some(({ step }) => step?.kind === "entry" && step.some);
	if (!isOpen) return a.text === b.text ? "same" : "apart";
	const [p, q] = [spanOf(a.step), spanOf(b.step)];
	if (!p || !q) return "apart";
	if (p.from.key === q.from.key && p.to.key === q.to.key) return "same";
	const holds = (x: Dim, y: Dim): boolean => isAtLeast(x, y, facts);
	if (holds(q.from, p.to) || holds(p.from, q.to)) return "apart";
	if (holds(p.from, q.from) && holds(q.to, p.to)) return "inside";
	if (holds(q.from, p.from) && holds(p.to, q.to)) return "around";
	return "unknown";
}

/** Whether the one lies in the other for certain. */
export function isWithin(inner: PlaceLeaf, outer: PlaceLeaf, facts: Facts): boolean {
	if (!hasSome(inner) && !hasSome(outer)) return isBelow(inner.path, outer.path);
	const a = segmentsOf(inner);
	const b = alignedTo(a, segmentsOf(outer));
	return (
		a.length >= b.length &&
		b.every((segment, i) => ["same", "inside"].includes(sideOf(a[i] as Segment, segment, facts)))
	);
}

function isBelow(path: string, outer: string): boolean {
	return path === outer || outer === "" || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}

/** Whether they have nothing in common for certain. */
export function areApart(a: PlaceLeaf, b: PlaceLeaf, facts: Facts): boolean {
	if (!hasSome(a) && !hasSome(b)) return !isBelow(a.path, b.path) && !isBelow(b.path, a.path);
	const p = segmentsOf(a);
	const q = alignedTo(p, segmentsOf(b));
	return p.some((segment, i) => {
		const other = q[i];
		return other !== undefined && sideOf(segment, other, facts) === "apart";
	});
}

/** What is left of places: what is for certain, and what only the run can tell. */
export interface Left {
	readonly certain: readonly PlaceLeaf[];
	readonly open: readonly PlaceLeaf[];
}

/** What is left of places without others. */
export function without(
	places: readonly PlaceLeaf[],
	others: readonly PlaceLeaf[],
	facts: Facts,
	before: Left = { certain: places, open: [] },
): Left {
	return others.reduce((left: Left, other) => {
		const certain = left.certain.map((place) => withoutOne(place, other, facts));
		const open = left.open.map((place) => withoutOne(place, other, facts));
		return {
			certain: certain.flatMap((l) => l.certain),
			open: [...certain.flatMap((l) => l.open), ...open.flatMap((l) => [...l.certain, ...l.open])],
		};
	}, before);
}

function withoutOne(place: PlaceLeaf, other: PlaceLeaf, facts: Facts): Left {
	if (areApart(place, other, facts)) return { certain: [place], open: [] };
	const count = segmentsOf(other).length;
	let inner = place;
	const certain: PlaceLeaf[] = [];
	for (let i = 0; i < count; i++) {
		const segments = segmentsOf(inner);
		const segment = alignedTo(segments, segmentsOf(other))[i] as Segment;
		const own = segments[i];
		if (!own) {
			const below = childrenOf(inner);
			if (below.length === 0) return { certain: [...certain, inner], open: [] };
			const left = without(below, [other], facts);
			return { certain: [...certain, ...left.certain], open: left.open };
		}
		const side = sideOf(own, segment, facts);
		if (side === "unknown") return { certain, open: [inner] };
		if (side !== "around") continue;
		const [p, q] = [own.step, spanOf(segment.step)];
		if (p?.kind !== "entry" || !p.some || !q) return { certain, open: [inner] };
		for (const part of [
			{ ...p.some, to: q.from },
			{ ...p.some, from: q.to },
		])
			if (!isAtLeast(part.from, part.to, facts)) certain.push(withEntries(inner, i, part));
		inner = withEntries(inner, i, { ...p.some, from: q.from, to: q.to });
	}
	return { certain, open: other.uncertain ? [inner] : [] };
}

/** The same place of other entries. */
function withEntries(place: PlaceLeaf, at: number, some: SomeEntries): PlaceLeaf {
	const segments = segmentsOf(place);
	const { index, ...fixed } = some;
	const isOne = sub(some.to, some.from).key === constant(1).key;
	const bindings = noBindings();
	if (index) {
		const shift = sub(some.from, sub(some.at, ofAtom(index)));
		bindings.dims.set(index.id, isOne ? shift : add(ofAtom(index), shift));
	}
	const entries: SomeEntries = {
		...(isOne ? fixed : some),
		at: isOne || !index ? some.from : add(some.from, ofAtom(index)),
	};
	const first = at - (segments.length - (place.steps?.length ?? 0));
	const steps = (place.steps ?? []).map((step, i): PlaceStep => {
		if (i === first) return { kind: "entry", some: entries };
		return i > first && step.kind === "entry" && step.some
			? { kind: "entry", some: renamedBy(bindings, step.some) }
			: step;
	});
	const path = segments.map(({ text }, i) => (i === at ? `[${showEntries(some)}]` : text)).join("");
	return { ...place, path, steps, type: index ? substituteType(place.type, bindings) : place.type };
}

// ---------------------------------------------------------------- how many

function severalOf({ steps = [] }: PlaceLeaf): SomeEntries[] {
	return steps.flatMap((s) => (s.kind === "entry" && s.some && isSeveral(s) ? [s.some] : []));
}

/** How many tensors a set of places has; where only a call tells, a number of its own. */
export function countOf(leaves: readonly PlaceLeaf[]): Dim {
	let total = constant(0);
	for (const leaf of leaves) {
		let own = constant(1);
		const seen = new Set<string>();
		for (const { from, to, index } of severalOf(leaf)) {
			const count = sub(to, from);
			if (leaf.uncertain || atomsOf(count).some((a) => seen.has(atomKey(a)))) return ofItsOwn();
			if (index) seen.add(atomKey(index));
			own = mul(own, count);
		}
		if (leaf.uncertain) return ofItsOwn();
		total = add(total, own);
	}
	return total;
}

function ofItsOwn(): Dim {
	return length({ name: "these places", id: freshId() });
}

/** Whether one of them stands for others, too. */
export function isOpenSet(leaves: readonly PlaceLeaf[]): boolean {
	return leaves.some((leaf) => leaf.uncertain || severalOf(leaf).length > 0);
}

/** What varies in a place that stands for several, and what is known of it. */
export function indicesOfPlace(
	place: PlaceLeaf,
	facts: Facts,
): { readonly facts: Facts; readonly symbol?: Dim } {
	let known = facts;
	let symbol: Dim | undefined;
	for (const { at, to, from } of severalOf(place)) {
		known = withAtLeast(known, to, add(at, constant(1)));
		symbol = symbol ? add(symbol, sub(at, from)) : sub(at, from);
	}
	return { facts: known, ...(symbol && { symbol }) };
}
