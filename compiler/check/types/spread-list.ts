import {
	type Atom,
	add,
	asConstant,
	atomKey,
	atomsOf,
	constant,
	type Dim,
	element,
	type Facts,
	isAtLeast,
	noFacts,
	ofAtom,
	sub,
	variable,
	withAtLeast,
	withEqual,
} from "../../dims/dim.js";
import { entryByName } from "./known-list.js";
import { Matcher } from "./match.js";
import { knownValue } from "./match-option.js";
import { showDim, showType } from "./show.js";
import { elementAt, familyList, lengthOf, noBindings } from "./substitute.js";
import { type KnownOfSpread, type ListType, type ModelType, noQuantified, type Type } from "./types.js";
import { visitType } from "./visit-type.js";

/**
 * Lists end to end, of which one is of unknown length: `[inputs, ..hidden, 10]`. Which entry an index means cannot always
 * be told: then a size is the entry of a list of its own, with an identity by what it is put together from. So it is one
 * size wherever it is met, and becomes that of a part once the index tells which.
 */
interface Spread {
	readonly segments: readonly ListType[];
	readonly known: KnownOfSpread;
}

const identities = new Map<string, number>();
const spreads = new Map<number, Spread>();

/** Apart from the identities of lists that are written out (`known-list`), and from those of names. */
const firstIdentity = -(2 ** 40);

/** Lists end to end; `before`: what is known of a list of which this is what becomes of it. */
export function concatenated(
	segments: readonly ListType[],
	facts: Facts = noFacts,
	before?: KnownOfSpread,
): ListType {
	if (segments.every((s) => s.elements !== undefined))
		return { kind: "list", elements: segments.flatMap((s) => s.elements ?? []) };
	const filled = segments.map(
		// A list of a signature has an entry.
		(s, i) =>
			before?.filled[i] === true || s.symbol !== undefined || isAtLeast(lengthOf(s), constant(1), facts),
	);
	const length = segments.reduce((total, s) => add(total, lengthOf(s)), constant(0));
	const known: KnownOfSpread = { filled, ...(before?.least !== undefined && { least: before.least }) };
	const entry = lazily(() => entriesAlike(segments, facts, known));
	const at = (index: Dim): Type =>
		entryIn(segments, filled, index, noFacts) ?? entry()?.(index) ?? { kind: "error" };
	return { kind: "list", family: { length, at }, segments, known };
}

/** The entry, where the index tells in which of the lists it is. */
function entryIn(
	segments: readonly ListType[],
	filled: readonly boolean[],
	index: Dim,
	facts: Facts,
): Type | undefined {
	const known = segments.reduce(
		(all, s, i) => (filled[i] ? withAtLeast(all, lengthOf(s), constant(1)) : all),
		facts,
	);
	let local = index;
	for (const segment of segments) {
		const size = lengthOf(segment);
		if (!isAtLeast(local, size, known)) {
			const isInside =
				isAtLeast(size, add(local, constant(1)), known) && isAtLeast(local, constant(0), known);
			return isInside ? elementAt(segment, local) : undefined;
		}
		local = sub(local, size);
	}
	return undefined;
}

/** The entry of lists that are put together, where what is known of the index tells of which part it is. */
export function spreadEntry({ segments, known }: ListType, index: Dim, facts: Facts): Type | undefined {
	return segments && known ? entryIn(segments, known.filled, index, facts) : undefined;
}

/** What is known of indices tells of some entries in a type which part they are of. */
export function withSpreads(facts: Facts, type: Type): Facts {
	let known = facts;
	visitType(type, {
		atom: (atom) => {
			const spread = atom.kind === "element" ? spreads.get(atom.listId) : undefined;
			if (!spread || atom.kind !== "element") return;
			const entry = entryIn(spread.segments, spread.known.filled, atom.index, facts);
			const size = entry && sizeOf(entry);
			if (size) known = withEqual(known, ofAtom(atom), size);
		},
	});
	return known;
}

function lazily<T>(make: () => T): () => T {
	let made: { readonly value: T } | undefined;
	return () => {
		made ??= { value: make() };
		return made.value;
	};
}

/** What any entry of these lists is, by its index; undefined where they are not alike. */
export function entriesAlike(
	segments: readonly ListType[],
	facts: Facts,
	given?: KnownOfSpread,
): ((index: Dim) => Type) | undefined {
	const samples = segments.flatMap((s): readonly (Type | undefined)[] => s.elements ?? [sample(s)]);
	const [first] = samples;
	if (!first || samples.some((t) => t?.kind !== first.kind)) return undefined;
	const inner: Columns = (take, known = given) => {
		const columns = segments.map((s) => column(s, take));
		return columns.every((c) => c !== undefined) ? entriesAlike(columns, facts, known) : undefined;
	};
	switch (first.kind) {
		case "Int":
			return sizesOf(segments, facts, given);
		case "Real":
		case "Bool":
		case "String":
			return () => ({ kind: first.kind });
		case "variant": {
			if (!samples.every((t) => t?.kind === "variant" && t.variants === first.variants)) return undefined;
			const given = [...first.arguments.keys()].map((name) => ({
				name,
				at: inner((t) => (t.kind === "variant" ? t.arguments.get(name) : undefined)),
			}));
			if (!given.every(({ at }) => at !== undefined)) return undefined;
			return (index) => ({
				kind: "variant",
				variants: first.variants,
				arguments: new Map(given.map(({ name, at }) => [name, at?.(index) ?? { kind: "error" }])),
			});
		}
		case "list":
			return listsAlike(
				samples.flatMap((t) => (t?.kind === "list" ? [t] : [])),
				inner,
				given,
			);
		case "tuple": {
			const names = (t: Type | undefined): string =>
				t?.kind === "tuple" ? t.elements.map((e) => e.name ?? "").join() : "";
			if (samples.some((t) => names(t) !== names(first))) return undefined;
			const parts = first.elements.map((_, i) =>
				inner((t) => (t.kind === "tuple" ? t.elements[i]?.type : undefined)),
			);
			if (!parts.every((p) => p !== undefined)) return undefined;
			return (index) => ({
				kind: "tuple",
				elements: first.elements.map((e, i) => ({ ...e, type: parts[i]?.(index) ?? { kind: "error" } })),
			});
		}
		case "tensor": {
			const likeFirst = (t: Type | undefined): boolean =>
				t?.kind === "tensor" &&
				t.element === first.element &&
				t.shape.rest?.id === first.shape.rest?.id &&
				t.shape.rest?.before === first.shape.rest?.before &&
				t.shape.dims.length === first.shape.dims.length &&
				t.below === undefined;
			if (!samples.every(likeFirst)) return undefined;
			const dims = first.shape.dims.map((_, axis) =>
				inner((t) => (t.kind === "tensor" ? sizeType(t.shape.dims[axis]) : undefined)),
			);
			if (!dims.every((d) => d !== undefined)) return undefined;
			const { element, shape } = first;
			return (index) => ({
				kind: "tensor",
				element,
				shape: { ...shape, dims: dims.map((d) => sizeOf(d(index)) ?? constant(0)) },
			});
		}
		case "function": {
			// One that says what it takes stands for those that take it, too.
			const any = samples.find(
				(t) => t && samples.every((other) => other && (t === other || fits(t, other))),
			);
			return any?.kind === "function" && !any.lambda ? () => any : undefined;
		}
		case "model":
			return modelsAlike(
				samples.flatMap((t) => (t?.kind === "model" ? [t] : [])),
				inner,
			);
		default:
			return undefined;
	}
}

function fits(wanted: Type, actual: Type): boolean {
	const matcher = new Matcher(noQuantified, noFacts);
	return (matcher.match(wanted, actual) ?? matcher.finish()) === undefined;
}

/** What a part of any entry is, by the index of the entry. */
type Columns = (
	take: (entry: Type) => Type | undefined,
	known?: KnownOfSpread,
) => ((index: Dim) => Type) | undefined;

/** Lists: how long each is, and what its entries are, are told by the index of the list. */
function listsAlike(
	lists: readonly ListType[],
	inner: Columns,
	given: KnownOfSpread | undefined,
): ((index: Dim) => Type) | undefined {
	const length = inner((t) => (t.kind === "list" ? { kind: "Int", value: lengthOf(t) } : undefined), {
		filled: given?.filled ?? [],
		least: Math.max(given?.least ?? 0, 0),
	});
	const any = lists
		.map((list) => elementAt(list, anyInner) ?? list.elements?.[0])
		.find((t) => t !== undefined);
	// Of lists that are written, what is beyond one stands in another: which, the index of the list tells.
	const entry = (at: (list: ListType) => Dim) => (t: Type) => {
		if (t.kind !== "list") return undefined;
		const index = at(t);
		return elementAt(t, index) ?? entryByName(t, index) ?? t.elements?.[0] ?? any;
	};
	if (!length || !any || !inner(entry(() => anyInner))) return undefined;
	return (index) => {
		const size = sizeOf(length(index));
		if (!size) return { kind: "error" };
		return familyList(size, (within) => {
			// What is counted from the end is so in each list.
			const fromEnd = asConstant(sub(size, within));
			const at = fromEnd === undefined || asConstant(size) !== undefined ? undefined : constant(fromEnd);
			const found = inner(entry(at ? (list) => sub(lengthOf(list), at) : () => within));
			return found?.(index) ?? { kind: "error" };
		});
	};
}

/** Instances of one model, of which only sizes and lists differ. */
function modelsAlike(models: readonly ModelType[], inner: Columns): ((index: Dim) => Type) | undefined {
	const [first] = models;
	if (!first?.implied) return undefined;
	const { declaration, configuration } = first;
	const isPlain = (t: ModelType): boolean =>
		t.declaration === declaration &&
		t.changes === undefined &&
		t.frozen === first.frozen &&
		t.configuration.size === configuration.size &&
		(t.implied?.rests.size ?? 1) + (t.implied?.types.size ?? 1) === 0;
	if (!models.every(isPlain)) return undefined;
	const sizes = [...first.implied.dims.keys()].map((id) => ({
		id,
		at: inner((t) => (t.kind === "model" ? sizeType(t.implied?.dims.get(id)) : undefined)),
	}));
	const lists = [...first.implied.lists.keys()].map((id) => ({
		id,
		at: inner((t) => (t.kind === "model" ? t.implied?.lists.get(id) : undefined)),
	}));
	const options: { readonly name: string; readonly at: (index: Dim) => Type }[] = [];
	for (const [name, option] of configuration) {
		if (option.kind === "Int" || option.kind === "list") {
			const at = inner((t) => (t.kind === "model" ? t.configuration.get(name) : undefined));
			if (!at) return undefined;
			options.push({ name, at });
		} else if (models.every((m) => sameOption(m.configuration.get(name), option))) {
			const other = models.some(
				(m) => knownValue(m.configuration.get(name) ?? option) !== knownValue(option),
			);
			options.push({ name, at: () => (other ? { kind: "Real" } : option) });
		}
	}
	if (!sizes.every((s) => s.at !== undefined) || !lists.every((l) => l.at !== undefined)) return undefined;
	return (index) => {
		const implied = noBindings();
		for (const { id, at } of sizes) implied.dims.set(id, (at && sizeOf(at(index))) ?? constant(1));
		for (const { id, at } of lists) {
			const own = at?.(index);
			if (own?.kind === "list") implied.lists.set(id, own);
		}
		return { ...first, configuration: new Map(options.map(({ name, at }) => [name, at(index)])), implied };
	};
}

function sameOption(a: Type | undefined, b: Type): boolean {
	if (a === b) return true;
	if (a?.kind === "Bool" && b.kind === "Bool") return a.value !== undefined && a.value === b.value;
	if (a?.kind === "String" && b.kind === "String") return a.value !== undefined && a.value === b.value;
	return a?.kind === b.kind && (b.kind === "Real" || (b.kind === "tensor" && showType(b) === showType(a)));
}

function sizeType(value: Dim | undefined): Type | undefined {
	return value && { kind: "Int", value };
}

function sizeOf(type: Type): Dim | undefined {
	return type.kind === "Int" ? type.value : undefined;
}

function column(list: ListType, take: (entry: Type) => Type | undefined): ListType | undefined {
	if (list.elements) {
		const elements = list.elements.map(take);
		return elements.every((e) => e !== undefined) ? { kind: "list", elements } : undefined;
	}
	const entry = sample(list);
	if (!entry || !take(entry)) return undefined;
	return familyList(lengthOf(list), (index) => {
		const at = elementAt(list, index);
		return (at && take(at)) ?? { kind: "error" };
	});
}

/** Stands for each index of a list of unknown length, where it tells which list that is. */
const anyIndex = variable("i", { minimum: 0 }).dim;

const anyAtoms: ReadonlySet<string> = new Set(atomsOf(anyIndex).map(atomKey));

function isAnyIndex(atom: Atom): boolean {
	return anyAtoms.has(atomKey(atom));
}

/** The same, for lists in a list. */
const anyInner = variable("j", { minimum: 0 }).dim;

function sample(list: ListType): Type | undefined {
	return elementAt(list, anyIndex);
}

/** Ints: with an identity where each is known as a formula. */
function sizesOf(segments: readonly ListType[], facts: Facts, given?: KnownOfSpread): (index: Dim) => Type {
	const of: Dim[] = [];
	const entries: Dim[] = [];
	let key = "";
	let least = Number.POSITIVE_INFINITY;
	for (const segment of segments) {
		const values = segment.elements?.map(sizeOf) ?? [
			lengthOf(segment),
			sizeOf(sample(segment) ?? { kind: "error" }),
		];
		for (const [i, value] of values.entries()) {
			if (!value) return () => ({ kind: "Int" });
			of.push(value);
			const isLength = !segment.elements && i === 0;
			if (isLength) continue;
			entries.push(value);
			least = Math.min(least, leastOf(value, facts));
		}
		key += `${segment.elements ? "e" : "f"}(${values.map((v) => v?.key).join(",")})`;
	}
	const [first] = entries;
	// The same in all of them.
	if (first && entries.every((e) => e.key === first.key) && !atomsOf(first).some(isAnyIndex))
		return () => ({ kind: "Int", value: first });
	least = Math.max(least, given?.least ?? Number.NEGATIVE_INFINITY);
	const filled = given?.filled ?? segments.map((s) => s.symbol !== undefined);
	key += `>=${least}:${filled.join()}`;
	const id = identities.get(key) ?? firstIdentity - identities.size;
	identities.set(key, id);
	spreads.set(id, { segments, known: { least, filled } });
	const name = `[${segments.map(showSegment).join(", ")}]`;
	return (index) => ({ kind: "Int", value: element({ name, id, minimum: least, of }, index) });
}

const leastKnown = [1, 0] as const;

/** Less than any Int that a program would use as a size. */
const leastInt = -(2 ** 20);

function leastOf(value: Dim, facts: Facts): number {
	const number = asConstant(value);
	if (number !== undefined) return number;
	return leastKnown.find((n) => isAtLeast(value, constant(n), facts)) ?? leastInt;
}

function showSegment(segment: ListType): string {
	if (segment.elements) return segment.elements.map((e) => showDim(sizeOf(e) ?? constant(0))).join(", ");
	if (segment.symbol)
		return `..${segment.symbol.outer ? showDim(lengthOf(segment)).slice(4, -1) : segment.symbol.name}`;
	return "..";
}

/** An entry of lists end to end, once what stands in them, or the index, is another. */
export function spreadAt(
	atom: Atom & { kind: "element" },
	substituted: (list: ListType) => ListType,
	isReplaced: (atom: Atom) => boolean,
): Dim | undefined {
	const spread = spreads.get(atom.listId);
	if (!spread) return undefined;
	const changes = (atom.of ?? []).some((size) => atomsOf(size).some(isReplaced));
	const segments = changes ? spread.segments.map(substituted) : spread.segments;
	const whole = concatenated(segments, noFacts, spread.known);
	const entry = elementAt(whole, atom.index);
	return entry && sizeOf(entry);
}
