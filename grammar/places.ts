import type * as ast from "./ast.js";

/** Sets of places (`net.**.weight`, `p except q`), told by their form. */

/** Whether an expression is a set of places by its form. */
export function holdsPlaces(node: ast.Expression): boolean {
	switch (node.kind) {
		case "Places":
			return true;
		case "Field":
		case "Index":
			return holdsPlaces(node.base);
		case "Binary":
			return node.operator === "except";
		case "Parenthesized":
			return holdsPlaces(node.inner);
		default:
			return false;
	}
}

/** A place that begins with a dot. */
export function beginsAtRoot(node: ast.Expression): boolean {
	switch (node.kind) {
		case "Root":
			return true;
		case "Field":
		case "Index":
		case "Places":
			return beginsAtRoot(node.base);
		case "Parenthesized":
			return beginsAtRoot(node.inner);
		case "Binary":
			return beginsAtRoot(node.left);
		default:
			return false;
	}
}

/** Whether a set of places is not spelled out: it says `*`, `**`, or puts sets together. */
export function isGlob(node: ast.Expression): boolean {
	switch (node.kind) {
		case "Places":
			return node.select !== "group" || isGlob(node.base);
		case "Field":
		case "Index":
			return isGlob(node.base);
		case "Parenthesized":
			return isGlob(node.inner);
		case "Tuple":
			return node.elements.some((e) => isGlob(e.value));
		case "Binary":
			return true;
		default:
			return false;
	}
}

/** `layers[1..]`, `[:]`: of a list these are several places. */
export function holdsSlice(place: ast.Expression): boolean {
	switch (place.kind) {
		case "Index":
			return place.items.some((i) => i.kind === "FullSlice" || i.kind === "Range") || holdsSlice(place.base);
		case "Field":
			return holdsSlice(place.base);
		case "Parenthesized":
			return holdsSlice(place.inner);
		default:
			return false;
	}
}

/** The name that a place begins with: `net` of `net.layers[0].bias`. */
export function placeRoot(node: ast.Expression): ast.Name | undefined {
	switch (node.kind) {
		case "Name":
			return node;
		case "Field":
		case "Index":
		case "Places":
			return placeRoot(node.base);
		case "Parenthesized":
			return placeRoot(node.inner);
		case "Binary":
			return node.operator === "except" ? placeRoot(node.left) : undefined;
		case "Call": {
			// `last(net.layers)`
			const [argument] = node.arguments;
			const isEntry = node.callee.kind === "Name" && entryWords.has(node.callee.name);
			return argument && isEntry ? placeRoot(argument.value) : undefined;
		}
		default:
			return undefined;
	}
}

/** What takes entries of a list, and so a place of a place. */
export const entryWords: ReadonlySet<string> = new Set(["first", "last", "init", "drop", "take"]);
