import type { Span } from "../../../grammar/span.js";
import type { Value as IrValue } from "../../ir/ir.js";
import type { Environment } from "../environment.js";
import { ElaborationError, type Evaluator, fail, type RunTimeCheck } from "../evaluator.js";
import { castTo, select, traced } from "../tensors.js";
import type { TracedValue } from "../values.js";
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
		fail(environment, node, "there is nothing here: the axis has no elements", "E0606");
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

/** That a loop came to its end: where it was cut by its limit, that is a warning of the host level. */
export function tellLimit(
	evaluator: Evaluator,
	environment: Environment,
	node: { readonly span: Span },
	ended: TracedValue,
): void {
	const { builder, callPlace } = evaluator;
	if (!evaluator.tellsLimits || !builder.owns(ended.value)) return;
	const one = traced(evaluator, { kind: "number", value: 1, integer: true }, "i32");
	const flags = evaluator.conditions.reduce(
		(flags, condition) => (one ? select(evaluator, condition, flags, one) : flags),
		castTo(evaluator, ended, "i32"),
	);
	const least = builder.emit("reduce_min", [flags.value], { axes: flags.value.type.shape.map((_, i) => i) });
	const at = environment.origin.module.library && callPlace ? callPlace : environment.locate(node);
	evaluator.addCheck({ least, most: least, low: 1, below: 2, at, what: "end" });
}

/** The checks of all turns of a loop, from the least and the greatest of each. */
export function checkTurns(
	evaluator: Evaluator,
	checks: readonly RunTimeCheck[],
	results: readonly IrValue[],
): void {
	const { builder } = evaluator;
	for (const [i, check] of checks.entries()) {
		const [least, most] = results.slice(2 * i, 2 * i + 2);
		if (!least || !most || least.type.shape.includes(0)) continue;
		evaluator.addCheck({
			...check,
			least: builder.emit("reduce_min", [least], { axes: [0] }),
			most: builder.emit("reduce_max", [most], { axes: [0] }),
		});
	}
}

/** What the largest and the smallest of no ints are. */
function isOfNothing(value: number): boolean {
	return value === -(2 ** 31) || value === 2 ** 31 - 1;
}

/** What is wrong with the numbers that a check is about; undefined if they lie inside. */
export function violation(check: RunTimeCheck, least: number, most: number): ElaborationError | undefined {
	const { low, below, at } = check;
	if (least >= low && most < below) return undefined;
	const value = least >= low ? most : least;
	switch (check.what) {
		case "index":
			return new ElaborationError(
				"E0606",
				`the index was ${value}, and the axis has ${below}`,
				at,
				isOfNothing(value)
					? "this is the `max` or `min` of no numbers: where its `where` held for none, there is no index"
					: "give a default for what is outside (`x[i else 0]`), or ask before: `if i < n then x[i] else 0`",
			);
		case "narrowing":
			return new ElaborationError("E0606", `${value} is no int below ${below}`, at);
		case "end":
			return new ElaborationError(
				"E0619",
				"this was cut by its limit: it made all its turns, and its condition does not hold",
				at,
				"give it more turns; or let the program ask: `.done` of a `loop`, `fixed_point_found(..).converged`",
			);
		case "whole":
			return new ElaborationError("E0606", `${value} has no int: it is not a number below 2^31`, at);
	}
}
