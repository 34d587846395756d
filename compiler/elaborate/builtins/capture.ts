import { ElaborationError, fail, shapeOf } from "../evaluator.js";
import { evaluate } from "../expressions/evaluate.js";
import { traced } from "../tensors.js";
import type { Intrinsic } from "./intrinsics.js";

/** `capture(net(x), net.layers[0])`: the expression is evaluated in place, and the call of the part is noted. */
export const capture: Intrinsic = (evaluator, environment, call, expected) => {
	const [whole, at] = call.arguments;
	if (!whole || whole.given || !at) return fail(environment, call.node, "an expression is wanted here");
	const part = at.given ?? evaluate(evaluator, environment, at.value);
	const refuse = (message: string): never => {
		throw new ElaborationError("E0618", message, environment.locate(at.value));
	};
	const wanted = { part, found: [] };
	const found: (typeof evaluator.captures)[number]["found"] = wanted.found;
	evaluator.captures.push({ part, found });
	try {
		evaluate(evaluator, environment, whole.value);
	} finally {
		evaluator.captures.pop();
	}
	const [first, second] = found;
	if (!first) return refuse("this part is not called where its value is captured");
	if (second)
		return refuse(`this part is called ${found.length} times where its value is captured: which is meant?`);
	const { builder, lanes, guards } = evaluator;
	if (first.builder !== builder || first.lanes !== lanes.length || first.guards !== guards.length)
		return refuse(
			"this part is called in a loop, a binder or a branch, out of which its value cannot be captured",
		);
	const value = traced(evaluator, first.value);
	if (!value) return fail(environment, call.node, "this is no tensor");
	const shape = shapeOf(value);
	if (
		expected &&
		(expected.shape.length !== shape.length || expected.shape.some((size, i) => size !== shape[i]))
	)
		return refuse(`this part gave [${shape.join(", ")}], and declared is [${expected.shape.join(", ")}]`);
	return value;
};
