import type * as ast from "../../../grammar/ast.js";
import { sameNode } from "../../../grammar/same.js";
import { type AnyNode, walk } from "../../../grammar/visit.js";
import { withShape } from "../builtins/movement.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { binary } from "../expressions/arithmetic.js";
import { evaluate } from "../expressions/evaluate.js";
import { castTo, traced } from "../tensors.js";
import { integer, type TracedValue, type Value } from "../values.js";
import { checkInside } from "./checks.js";
import { gatherPlaces, slice } from "./indexing.js";

/** `x[a..b]`: at places known now a slice; else the elements at a, a + 1, .., as many as are known now. */
export function sliceAxis(
	evaluator: Evaluator,
	environment: Environment,
	item: ast.Range,
	value: TracedValue,
	axis: number,
): TracedValue {
	const at = (node: ast.Expression | undefined, missing: number): Value =>
		node ? evaluate(evaluator, environment, node) : integer(missing);
	const from = at(item.from, 0);
	const to = at(item.to, shapeOf(value)[axis] ?? 0);
	if (from.kind === "number" && to.kind === "number")
		return slice(evaluator, value, axis, from.value, to.value);
	const start = traced(evaluator, from);
	const width = item.from && item.to && widthOf(evaluator, environment, item.from, item.to);
	if (!start || width === undefined)
		return fail(environment, item, "how long this part is is not known before running");
	const steps: TracedValue = {
		kind: "traced",
		value: evaluator.builder.emit("iota", [], { shape: [width], axis: 0, element: "i32" }),
		lanes: [],
		below: width,
	};
	const places = binary(evaluator, "+", withShape(evaluator, castTo(evaluator, start, "i32"), [1]), steps);
	if (places?.kind !== "traced") return fail(environment, item, "this is no index");
	checkInside(evaluator, environment, item, places, shapeOf(value)[axis] ?? 0, "index");
	return gatherPlaces(evaluator, value, axis, places);
}

/** The distance of two ends: what is added to the first, or the same wherever the names of binders are. */
function widthOf(
	evaluator: Evaluator,
	environment: Environment,
	from: ast.Expression,
	to: ast.Expression,
): number | undefined {
	if (to.kind === "Parenthesized") return widthOf(evaluator, environment, from, to.inner);
	if (to.kind === "Binary" && to.operator === "+") {
		const added = sameNode(to.left, from) ? to.right : sameNode(to.right, from) ? to.left : undefined;
		const width = added && evaluate(evaluator, environment, added);
		if (width?.kind === "number") return width.value;
	}
	const trial = environment.inner();
	for (const node of [from, to])
		walk(node, (inner: AnyNode) => {
			const name = inner.kind === "Name" ? (inner as ast.Name).name : undefined;
			const known = name === undefined ? undefined : environment.findUnguarded(name);
			if (
				name !== undefined &&
				(known?.kind === "index" || known?.kind === "traced" || known?.kind === "tensor")
			)
				trial.set(name, integer(0));
			return undefined;
		});
	const [first, second] = [from, to].map((node) => evaluate(evaluator, trial, node));
	return first?.kind === "number" && second?.kind === "number" ? second.value - first.value : undefined;
}
