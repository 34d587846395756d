import { type Atom, atomsOf, type Dim, ofAtom } from "../../dims/dim.js";
import { AnchoredPlace } from "./anchor.js";

/**
 * A text that is equal for two results of checking where all that can be seen of them is equal: types with the
 * identities of their sizes, static values, places relative to their declarations. Symbols are what they are by
 * identity; a function of the checker (a lambda that is checked at its uses) is equal to itself only.
 */
export function fingerprint(value: unknown): string {
	const parts: string[] = [];
	write(value, parts, []);
	return parts.join("");
}

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

function write(value: unknown, parts: string[], above: object[]): void {
	if (typeof value === "function") {
		parts.push(`@${identityOf(value)};`);
		return;
	}
	if (typeof value !== "object" || value === null) {
		parts.push(`${typeof value === "string" ? JSON.stringify(value) : String(value)};`);
		return;
	}
	if (symbols.has(value)) parts.push(`#${identityOf(value)};`);
	else if (value instanceof AnchoredPlace) parts.push(`${value.key};`);
	else if (above.includes(value)) parts.push("^;");
	else {
		above.push(value);
		writeObject(value, parts, above);
		above.pop();
	}
}

function writeObject(value: object, parts: string[], above: object[]): void {
	if (isDim(value)) {
		parts.push(dimText(value));
		return;
	}
	if (isFamily(value)) {
		parts.push("family");
		write(value.length, parts, above);
		write(value.at(someIndex), parts, above);
		return;
	}
	// A node of the syntax tree.
	if ("kind" in value && "span" in value) {
		parts.push(`@${identityOf(value)};`);
		return;
	}
	if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
		parts.push("[");
		for (const item of value) write(item, parts, above);
		parts.push("]");
		return;
	}
	parts.push("{");
	for (const key of Object.keys(value)) {
		const item: unknown = value[key as keyof typeof value];
		if (item === undefined) continue;
		parts.push(key, ":");
		write(item, parts, above);
	}
	parts.push("}");
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

const dimTexts = new WeakMap<Dim, string>();

/** The normal form, with what is known of its atoms. */
function dimText(dim: Dim): string {
	const known = dimTexts.get(dim);
	if (known !== undefined) return known;
	const atoms = atomsOf(dim).map(atomText).join(",");
	const text = `${dim.key}(${atoms});`;
	dimTexts.set(dim, text);
	return text;
}

function atomText(atom: Atom): string {
	switch (atom.kind) {
		case "variable":
			return `${atom.name}>=${atom.minimum}=${atom.value ?? ""}`;
		case "floor":
			return atom.exact ? "exact" : "";
		case "element":
			return `${atom.list}>=${atom.minimum ?? 1}`;
		case "length":
			return atom.list;
	}
}
