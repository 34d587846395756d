import type * as ast from "../../../grammar/ast.js";
import type { Context } from "../context.js";
import { errorType, type Type } from "../types/types.js";
import { stackedAlongRest } from "./rests.js";
import { orReport, stackOf } from "./stack-type.js";
import { resolveShape, type SignatureBuilder } from "./type-node.js";

/** `MLP([2, 1])[k]`, `train[3]`, `T[k]`: values of a type side by side. */
export function stackedType(
	context: Context,
	node: ast.TypeNode,
	type: Type,
	items: readonly ast.Expression[],
	signature?: SignatureBuilder,
): Type {
	const shape = resolveShape(context, items, signature);
	if (!shape || type.kind === "error") return errorType;
	if (shape.rest) {
		return stackedAlongRest(context, node, type, shape);
	}
	return orReport(context, node, stackOf(type, shape.dims));
}
