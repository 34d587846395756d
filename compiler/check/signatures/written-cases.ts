import type * as ast from "../../../grammar/ast.js";
import { type Atom, constant, leastCase, variable } from "../../dims/dim.js";

/**
 * The numbers that the body of `fn size(kind: Kind) -> Int = match kind { Small => 1;  _ => 3 }` chooses between: they
 * belong to the signature, as a size that is one of them for each call. Undefined for other bodies.
 */
export function writtenCases(
	name: string,
	body: ast.Expression,
): (Atom & { readonly kind: "variable" }) | undefined {
	const numbers = numbersOf(body);
	if (!numbers || numbers.length > 8) return undefined;
	const cases = [...new Set(numbers)].map(constant);
	const minimum = leastCase(cases);
	return minimum === undefined ? undefined : variable(`${name}(..)`, { minimum, cases }).atom;
}

function numbersOf(node: ast.Expression): readonly number[] | undefined {
	switch (node.kind) {
		case "Number":
			return node.integer ? [node.value] : undefined;
		case "Parenthesized":
			return numbersOf(node.inner);
		case "If":
			return node.else && together([node.then, node.else]);
		case "Match":
			return together(
				node.arms.map((arm) => (arm.body.kind === "ExpressionStatement" ? arm.body.value : undefined)),
			);
		default:
			return undefined;
	}
}

function together(nodes: readonly (ast.Expression | undefined)[]): readonly number[] | undefined {
	const parts = nodes.map((node) => node && numbersOf(node));
	return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}
