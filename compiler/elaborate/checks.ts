import type { Span } from "../../grammar/span.js";
import type { Environment } from "./environment.js";
import { ElaborationError, type Evaluator, fail, type RunTimeCheck } from "./evaluator.js";
import { select, traced } from "./tensors.js";
import type { TracedValue } from "./values.js";
import { liesInside } from "./whole.js";

/**
 * Checks while running: kernels go on with what is moved inside, and the least and the greatest of the numbers that
 * were checked are results of their own. Where a branch is not taken, nothing is checked.
 */
export function checkInside(
	evaluator: Evaluator,
	environment: Environment,
	node: { readonly span: Span },
	value: TracedValue,
	below: number,
	what: RunTimeCheck["what"],
): void {
	if (value.below !== undefined && value.below <= below) return;
	if (liesInside(value, evaluator.conditions, 0, below)) return;
	if (below === 0 && !value.value.type.shape.includes(0))
		fail(environment, node, "there is nothing here: the axis has no elements", "E0605");
	checkRange(evaluator, environment, node, value, [0, below], what);
}

/** That numbers lie in low .. below; nan lies nowhere. */
export function checkRange(
	evaluator: Evaluator,
	environment: Environment,
	node: { readonly span: Span },
	value: TracedValue,
	[low, below]: readonly [number, number],
	what: RunTimeCheck["what"],
): void {
	if (value.value.type.shape.includes(0)) return;
	const zero = traced(evaluator, { kind: "number", value: 0, integer: true }, value.value.type.element);
	const checked = evaluator.conditions.reduce(
		(numbers, condition) => (zero ? select(evaluator, condition, numbers, zero) : numbers),
		value,
	);
	const axes = checked.value.type.shape.map((_, i) => i);
	const { builder } = evaluator;
	evaluator.addCheck({
		least: builder.emit("reduce_min", [checked.value], { axes }),
		most: builder.emit("reduce_max", [checked.value], { axes }),
		low,
		below,
		at: environment.locate(node),
		what,
	});
}

/** What is wrong with the numbers that a check is about; undefined if they lie inside. */
export function violation(check: RunTimeCheck, least: number, most: number): ElaborationError | undefined {
	const { low, below, at } = check;
	if (least >= low && most < below) return undefined;
	const value = least >= low ? most : least;
	switch (check.what) {
		case "index":
			return new ElaborationError(
				"E0605",
				`the index was ${value}, and the axis has ${below}`,
				at,
				"give a default for what is outside (`x[i else 0]`), or ask before: `if i < n then x[i] else 0`",
			);
		case "narrowing":
			return new ElaborationError("E0605", `${value} is no int below ${below}`, at);
		case "whole":
			return new ElaborationError("E0605", `${value} has no int: it is not a number below 2^31`, at);
	}
}
