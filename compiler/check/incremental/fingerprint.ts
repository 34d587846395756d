import { type Atom, atomsOf, type Dim, ofAtom } from "../../dims/dim.js";
import { OriginOnDemand } from "../types/types.js";
import { AnchoredPlace } from "./anchor.js";

/**
 * Parts that are equal for two results of checking where all that can be seen of them is equal: types with the
 * identities of their sizes, static values, places relative to their declarations. Symbols are what they are by
 * identity; a function of the checker (a lambda that is checked at its uses) is equal to itself only.
 */
export function fingerprint(value: unknown): readonly unknown[] {
	const parts: unknown[] = [];
	write(value, parts, []);
	// It is kept: without the room that lists have to grow.
	return parts.slice();
}

export function samePrint(a: readonly unknown[], b: readonly unknown[]): boolean {
	return a.length === b.length && a.every((part, i) => Object.is(part, b[i]));
}

/** What stands between the parts, and is equal to no value. */
const marks = {
	identity: Symbol("identity"),
	symbol: Symbol("symbol"),
	above: Symbol("above"),
	place: Symbol("place"),
	size: Symbol("size"),
	family: Symbol("family"),
	list: Symbol("list"),
	object: Symbol("object"),
	end: Symbol("end"),
};

/** Objects that are known by identity: symbols, which keep it while their declaration is there. */
const identities = new WeakMap<object, number>();
let lastIdentity = 0;

export function identityOf(value: object): number {
	const known = identities.get(value);
	if (known !== undefined) return known;
	lastIdentity += 1;
	identities.set(value, lastIdentity);
	return lastIdentity;
}

const symbols = new WeakSet<object>();

export function markSymbol(symbol: object): void {
	symbols.add(symbol);
}

function write(value: unknown, parts: unknown[], above: object[]): void {
	if (typeof value === "function") parts.push(marks.identity, identityOf(value));
	else if (typeof value !== "object" || value === null) parts.push(value);
	else if (symbols.has(value)) parts.push(marks.symbol, identityOf(value));
	else if (value instanceof AnchoredPlace) {
		parts.push(marks.place);
		value.writeKey(parts);
	} else if (above.includes(value)) parts.push(marks.above);
	else {
		above.push(value);
		writeObject(value, parts, above);
		above.pop();
	}
}

function writeObject(value: object, parts: unknown[], above: object[]): void {
	if (Array.isArray(value)) writeAll(value, parts, above);
	// Most are types; with a span too it is a node of the syntax tree.
	else if ("kind" in value) {
		if ("span" in value) parts.push(marks.identity, identityOf(value));
		else writeFields(value, parts, above);
	} else if (isDim(value)) writeDim(value, parts);
	else if (isFamily(value)) {
		parts.push(marks.family);
		write(value.length, parts, above);
		write(value.at(someIndex), parts, above);
	} else if (value instanceof OriginOnDemand) {
		write(value.at, parts, above);
		parts.push(value.label);
	} else if (value instanceof Set) writeAll(value, parts, above);
	else if (value instanceof Map) {
		parts.push(marks.list);
		for (const [key, item] of value) {
			write(key, parts, above);
			write(item, parts, above);
		}
		parts.push(marks.end);
	} else writeFields(value, parts, above);
}

function writeFields(value: object, parts: unknown[], above: object[]): void {
	parts.push(marks.object);
	for (const key in value) {
		const item: unknown = value[key as keyof typeof value];
		if (item === undefined) continue;
		parts.push(key);
		write(item, parts, above);
	}
	parts.push(marks.end);
}

function writeAll(items: Iterable<unknown>, parts: unknown[], above: object[]): void {
	parts.push(marks.list);
	for (const item of items) write(item, parts, above);
	parts.push(marks.end);
}

function isDim(value: object): value is Dim {
	return "key" in value && "terms" in value;
}

interface Family {
	readonly length: Dim;
	readonly at: (index: Dim) => unknown;
}

function isFamily(value: object): value is Family {
	return (
		"at" in value && typeof value.at === "function" && "length" in value && typeof value.length === "object"
	);
}

/** Stands for every index of a list of unknown length. */
const someIndex = ofAtom({ kind: "variable", name: "i", id: -1, minimum: 0 });

/** The normal form, with what is known of its atoms. */
function writeDim(dim: Dim, parts: unknown[]): void {
	parts.push(marks.size, dim.key);
	for (const atom of atomsOf(dim)) writeAtom(atom, parts);
}

function writeAtom(atom: Atom, parts: unknown[]): void {
	switch (atom.kind) {
		case "variable":
			parts.push(atom.name, atom.minimum, atom.value);
			return;
		case "floor":
			parts.push(atom.exact);
			return;
		case "element":
			parts.push(atom.list, atom.minimum);
			return;
		case "length":
			parts.push(atom.list);
			return;
		case "power":
			return;
	}
}
