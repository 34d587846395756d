import type * as ast from "../../../grammar/ast.js";
import { type Dim, variable } from "../../dims/dim.js";
import { type Context, declare, locate, report } from "../context.js";
import { infer } from "../expressions/expression.js";
import { asTensor } from "../trees/stack.js";
import { showType } from "../types/show.js";
import { errorType, tensor } from "../types/types.js";
import { calleeName, given, wrongUse } from "./builtin.js";
import type { SpecialRule } from "./special.js";

/** Sizes that are born while the host runs: `let kept: int[some Kept] = nonzero(mask)`. */

const born = new WeakSet<Dim>();

/** `some Kept`: a size of its own, at the host level, where a statement is over before the next begins. */
export function bornSize(context: Context, node: ast.SomeDimension): Dim | undefined {
	if (node.name.kind === "Missing") return undefined;
	if (context.stage !== "host") {
		report(context, {
			code: "E0327",
			at: locate(context, node),
			message: "a size is born at the host level only",
			notes: ["here all sizes are known before anything runs, so that nothing has to be made while it runs"],
			hint: "mask instead: `sum i where mask[i]: x[i]`",
		});
		return undefined;
	}
	const { dim } = variable(node.name.name, { minimum: 0 });
	born.add(dim);
	declare(context, node.name, { kind: "Int", value: dim }, "dimension", { fixed: true, uses: 1 });
	return dim;
}

/** The places where a mask holds, in ascending order. */
export const nonzeroRule: SpecialRule = (context, site, expected) => {
	const args = given(context, site, ["mask"]);
	const argument = args?.get("mask");
	if (!args || !argument) return errorType;
	const type = argument.type ?? infer(context, argument.value);
	// Where the declared type is wrong, that is told.
	if (type.kind === "error" || expected?.kind === "error") return errorType;
	const mask = asTensor(type);
	const [size, more] = mask?.shape.dims ?? [];
	if (mask?.element !== "bool" || !size || more || mask.shape.rest)
		return wrongUse(context, site, `takes a mask of one axis, and this is ${showType(type)}`);
	const [count, second] = expected?.kind === "tensor" ? expected.shape.dims : [];
	if (!count || second || !born.has(count)) {
		report(context, {
			code: "E0327",
			at: locate(context, site.node),
			message: `how many places \`${calleeName(site)}\` finds is known only once the mask is computed: their number needs a name`,
			hint: "at the host level: `let kept: int[some Kept] = nonzero(mask)`",
		});
		return errorType;
	}
	return tensor("int", { dims: [count] }, size);
};
