import { asVariable, type Dim, variable } from "../../dims/dim.js";

/** Less than any static Int that a program would use as a size: nothing can be shown of such an Int. */
const leastInt = -(2 ** 20);

/** The value of an Int of which nothing is known. */
export function unknownInt(name = "?"): Dim {
	return variable(name, { minimum: leastInt }).dim;
}

/** One that no name of a text stands for. */
export function isUnknownInt(dim: Dim): boolean {
	const atom = asVariable(dim);
	return atom?.kind === "variable" && atom.name === "?";
}
