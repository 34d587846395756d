import type { ModelSymbol } from "../types/symbols.js";
import type { Type } from "../types/types.js";
import { visitType } from "../types/visit-type.js";

type Members = ModelSymbol["members"];

/** Of which members it is known that none leads back to their model, and how many there were. */
const whole = new WeakMap<Members, number>();

/**
 * Whether a model owns itself, through its parts or theirs. That is an error, told once all is checked (E0356); until
 * then who walks through parts takes such a one for something unknown, as the walk would not end.
 */
export function ownsItself(model: ModelSymbol): boolean {
	const { members } = model;
	if (whole.get(members) === members.size) return false;
	const seen = new Set<ModelSymbol>();
	const leads = (type: Type): boolean => {
		let found = false;
		visitType(type, {
			model: ({ declaration }) => {
				if (declaration === model) found = true;
				if (found || seen.has(declaration)) return;
				seen.add(declaration);
				if (partsOf(declaration.members).some(leads)) found = true;
			},
		});
		return found;
	};
	const found = partsOf(members).some(leads);
	if (!found) whole.set(members, members.size);
	return found;
}

function partsOf(members: Members): readonly Type[] {
	return [...members.values()].flatMap(({ role, type }) => (role === "part" ? [type] : []));
}
