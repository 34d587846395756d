import { constant, type Facts, length, withAtLeast } from "../../dims/dim.js";
import { withClause } from "../signatures/declaration.js";
import { knownBindings } from "../signatures/model-type.js";
import { substituteWhere } from "./substitute.js";
import type { ListSymbol, SignatureParameter, Type } from "./types.js";
import { visitType } from "./visit-type.js";

/** What the types of the parameters say: a list has an entry, a model keeps what its declaration asks for. */
export function listFacts(facts: Facts, parameters: readonly SignatureParameter[]): Facts {
	return parameters.reduce((known, { type }) => factsOfType(known, type), facts);
}

export function factsOfType(facts: Facts, type: Type): Facts {
	let known = facts;
	const note = (list: ListSymbol): void => {
		if (list.outer === undefined) known = withAtLeast(known, length(list), constant(1));
	};
	visitType(type, { list: note });
	return factsOfModels(known, type);
}

function factsOfModels(facts: Facts, type: Type): Facts {
	if (type.kind === "tuple") return type.elements.reduce((known, e) => factsOfModels(known, e.type), facts);
	if (type.kind !== "model" || type.configuration.size === 0) return facts;
	const bindings = knownBindings(type);
	const known = type.declaration.where.reduce(
		(all, clause) => withClause(all, substituteWhere(clause, bindings)),
		facts,
	);
	return [...type.configuration.values()].reduce(factsOfModels, known);
}
