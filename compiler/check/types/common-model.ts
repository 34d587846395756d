import { isAnyFunction, knownValue, sameFunction } from "./match-option.js";
import type { ModelType, Type } from "./types.js";

/**
 * Of two instances, one of which is selected: what is no part of their types where it differs is any. Functions and what
 * may be computed become what is declared, Reals become any Real.
 */
export function commonModel(model: ModelType, other: ModelType): ModelType {
	if (model.declaration !== other.declaration) return model;
	let configuration: Map<string, Type> | undefined;
	for (const { name, type: declared } of model.declaration.parameters) {
		const [a, b] = [model.configuration.get(name), other.configuration.get(name)];
		if (!a || !b || a === b || isSame(a, b)) continue;
		const any: Type | undefined =
			declared.kind === "Real"
				? { kind: "Real" }
				: declared.kind === "function" || (declared.kind === "tensor" && isNumber(a) && isNumber(b))
					? declared
					: undefined;
		if (any) configuration = new Map(configuration ?? model.configuration).set(name, any);
	}
	return configuration ? { ...model, configuration } : model;
}

function isSame(a: Type, b: Type): boolean {
	if (a.kind === "function") return isAnyFunction(a) || sameFunction(a, b);
	const value = knownValue(a);
	return value !== undefined && value === knownValue(b);
}

function isNumber(type: Type): boolean {
	return (
		type.kind === "Int" || type.kind === "Real" || (type.kind === "tensor" && type.shape.dims.length === 0)
	);
}
