import type * as ast from "./ast.js";

/** `for params`: all parameters that a `using` covers, together. */
export function isForAllParameters(subject: ast.Subject | undefined): boolean {
	return (
		subject !== undefined &&
		subject.type === undefined &&
		subject.name.kind === "Identifier" &&
		subject.name.name === "params"
	);
}
