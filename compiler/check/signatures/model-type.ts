import { atomsOf } from "../../dims/dim.js";
import { type Bindings, noBindings, substituteType } from "../types/substitute.js";
import type { FunctionType, ModelType } from "../types/types.js";

/** What a configured model's parameters stand for, and what they imply; a copy, which a call may add to. */
export function configurationBindings(model: ModelType): Bindings {
	const { dims, rests, types, lists } = knownBindings(model);
	return {
		dims: new Map(dims),
		rests: new Map(rests),
		types: new Map(types),
		lists: new Map(lists),
		precision: {},
	};
}

/** The same, to be read only. */
export function knownBindings(model: ModelType): Bindings {
	if (model.implied) return { ...model.implied, precision: {} };
	const bindings = noBindings();
	for (const parameter of model.declaration.parameters) {
		const value = model.configuration.get(parameter.name);
		const formal = parameter.type;
		if (formal.kind === "Int" && formal.value && value?.kind === "Int" && value.value) {
			const atom = atomsOf(formal.value)[0];
			if (atom?.kind === "variable") bindings.dims.set(atom.id, value.value);
		}
		if (formal.kind === "list" && formal.symbol && value?.kind === "list")
			bindings.lists.set(formal.symbol.id, value);
	}
	return bindings;
}

/** A method of a configured model. */
export function methodOf(model: ModelType, method: FunctionType): FunctionType {
	return substituteType(method, knownBindings(model)) as FunctionType;
}

/** A model as the function that it is; undefined if it has named methods only. */
export function callOf(model: ModelType): FunctionType | undefined {
	const { call } = model.declaration;
	return call && methodOf(model, call);
}
