import type { Span } from "../../grammar/span.js";
import type { Environment } from "./environment.js";
import { ElaborationError } from "./evaluator.js";
import type { Value } from "./values.js";

/** How many values a static list may have, and how many turns may be run one by one. */
const most = 2 ** 20;

/** A list that could never be made ends the run at its place. */
export function affordable(environment: Environment, node: { readonly span: Span }, count: number): void {
	if (count <= most) return;
	throw new ElaborationError(
		"E0608",
		`this asks for ${count.toLocaleString("en")} values one by one, and at most ${most.toLocaleString("en")} can be`,
		environment.locate(node),
		"what is computed together is a tensor: `for i in 0..n: ..` without brackets, or a `fold` over the range",
	);
}

/** How many turns there are, without making them. */
export function turnsIn(value: Value): number {
	if (value.kind === "list") return value.items.length;
	if (value.kind === "range") return Math.max(0, value.to - value.from);
	return value.kind === "number" ? value.value : 0;
}
