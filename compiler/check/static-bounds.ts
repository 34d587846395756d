import { add, atomsOf, constant, type Dim, type Facts, ofAtom, withAtLeast } from "../dims/dim.js";
import type { Context } from "./context.js";

/** What is known of the computed numbers in a size: where each of them lies. */
export function withStaticBounds(context: Context, dim: Dim): Facts {
	return atomsOf(dim).reduce((facts, atom) => {
		const below = atom.kind === "variable" ? context.session.staticBounds.get(atom.id) : undefined;
		return below ? withAtLeast(facts, below, add(ofAtom(atom), constant(1))) : facts;
	}, context.facts);
}
