import type * as ast from "../../../grammar/ast.js";
import type { Span } from "../../../grammar/span.js";
import { type Context, locate, report } from "../context.js";
import type { Hint } from "../hint.js";
import { asTensor } from "../trees/stack.js";
import { sideBySide } from "../types/shape.js";
import { showType } from "../types/show.js";
import {
	errorType,
	type RestAxes,
	type RestVariable,
	type Shape,
	type TensorType,
	type Type,
	tensor,
} from "../types/types.js";

/** What is said where a rest (`...b`) cannot stand: only a call tells what it stands for. */

type Node = { readonly span: Span };

export const oneRestHint =
	"a shape has one rest: index the others away, `for ...b: ..`, or give them known axes";

/** `real[...a, ...b]`: where the one ends, nothing would tell. */
export function twoRests(context: Context, node: Node, first: Node): undefined {
	report(context, {
		code: "E0339",
		at: locate(context, node),
		message: "a shape has one rest, and this is a second one: where the one ends, nothing would tell",
		related: [{ at: locate(context, first), label: "the first one" }],
		hint: "give one of them known axes, or one name to both together",
	});
	return undefined;
}

/** Two values with rests, of which one shape would have to be made. */
export function restsSideBySide(context: Context, node: Node, a: RestVariable, b: RestVariable): undefined {
	report(context, {
		code: "E0339",
		at: locate(context, node),
		message:
			a.name === b.name
				? `this would have the axes \`...${a.name}\` twice, and a shape has one rest`
				: `this would have the axes \`...${a.name}\` and \`...${b.name}\`, and a shape has one rest`,
		hint: oneRestHint,
	});
	return undefined;
}

export function noPlaceForRest(context: Context, node: Node, message: string, hint?: Hint): undefined {
	report(context, { code: "E0339", at: locate(context, node), message, ...(hint && { hint }) });
	return undefined;
}

/** `x.T` turns a matrix; with a rest there may be more axes than two. */
export function notTurned(context: Context, node: ast.Field, base: TensorType, rest: RestAxes): Type {
	const isLast = rest.before === 0 && base.shape.dims.length === 2;
	const pattern = `, "... i j -> ... j i")`;
	const end = { span: { start: node.base.span.end, end: node.span.end } };
	const start = { span: { start: node.base.span.start, end: node.base.span.start } };
	report(context, {
		code: "E0339",
		at: locate(context, node.name),
		message: `\`.T\` turns a matrix, and \`...${rest.name}\` of ${showType(base)} may stand for further axes`,
		...(isLast && {
			hint: `\`rearrange(x${pattern}\` turns the last two axes`,
			fixes: [
				{
					title: "Turn the last two axes",
					edits: [
						{ at: locate(context, start), replacement: "rearrange(" },
						{ at: locate(context, end), replacement: pattern },
					],
				},
			],
		}),
	});
	return errorType;
}

/** `Point[...b]`: tensors and records of them, along axes that a call tells. */
export function stackedAlongRest(context: Context, node: Node, type: Type, axes: Shape): Type {
	if (type.kind === "error" || !axes.rest) return errorType;
	if (type.kind === "tuple") {
		const elements = type.elements.map((e) => ({
			...e,
			type: stackedAlongRest(context, node, e.type, axes),
		}));
		return elements.some((e) => e.type.kind === "error") ? errorType : { kind: "tuple", elements };
	}
	const value = asTensor(type);
	if (!value) {
		noPlaceForRest(
			context,
			node,
			`a stack of what is no tensor has known axes, and what \`...${axes.rest.name}\` stands for, only a call tells: this is ${showType(type)}`,
		);
		return errorType;
	}
	const shape = sideBySide(axes, value.shape);
	if (shape) return tensor(value.element, shape, value.below);
	if (value.shape.rest) restsSideBySide(context, node, axes.rest, value.shape.rest);
	return errorType;
}
