import type * as ast from "./ast.js";

function isNamedParams({ name }: ast.Subject): boolean {
	return name.kind === "Identifier" && name.name === "params";
}

/** `for params`: all parameters that a `using` covers, together. */
export function isForAllParameters(subject: ast.Subject | undefined): boolean {
	return subject !== undefined && subject.type === undefined && isNamedParams(subject);
}

/** `for params: real[n]`, of an optimizer: all parameters as one vector. */
export function isForParameterVector(subject: ast.Subject | undefined): boolean {
	const type = subject && isNamedParams(subject) ? subject.type : undefined;
	const [size, ...others] = type?.kind === "NamedType" ? (type.shape ?? []) : [];
	return size?.kind === "Name" && others.length === 0;
}
