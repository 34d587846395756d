import type * as ast from "../../../grammar/ast.js";
import type { Span } from "../../../grammar/span.js";
import { type Dim, decideEqual } from "../../dims/dim.js";
import type { Location } from "../../source/diagnostic.js";
import { type Context, locate, report } from "../context.js";
import type { Hint } from "../hint.js";
import { asTensor } from "../trees/stack.js";
import type { Mismatch } from "../types/mismatch.js";
import { sameRest, sideBySide } from "../types/shape.js";
import { showShape, showType } from "../types/show.js";
import type { Bindings } from "../types/substitute.js";
import {
	errorType,
	type Origin,
	OriginOnDemand,
	type RestAxes,
	type RestVariable,
	type Shape,
	type TensorType,
	type Type,
	tensor,
} from "../types/types.js";
import { visitType } from "../types/visit-type.js";

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

/** `for ...b in x { .. }` */
export function restInLoop(context: Context, node: Node): undefined {
	return noPlaceForRest(
		context,
		node,
		"a loop runs turn by turn over one axis, and a rest stands for any number of them",
		"give the turn a name: `for x in xs { .. }`",
	);
}

/** Why two shapes do not meet, of which one has a rest. */
export function restsMeet(a: Shape, b: Shape): string {
	const rest = a.rest ?? b.rest;
	if (isOfLeaf(a) || isOfLeaf(b)) return "what axes a leaf has, only a call tells, and others may meet them";
	if (a.rest && b.rest && a.rest.id !== b.rest.id)
		return a.rest.name === b.rest.name
			? `two rests are called \`...${a.rest.name}\`, and may be different axes`
			: `\`...${a.rest.name}\` and \`...${b.rest.name}\` may be different axes`;
	if (a.rest && b.rest) return `\`...${a.rest.name}\` stands at different places`;
	return `what \`...${rest?.name}\` stands for, only a call tells, and other axes would meet it`;
}

/** The rest that stands for the axes of a leaf of a tree has no name that a program could say. */
function isOfLeaf({ rest }: Shape): boolean {
	return rest?.name.includes(" ") === true;
}

export function restHint(a: Shape, b: Shape): { readonly hint?: Hint } {
	const rest = a.rest ?? b.rest;
	if (isOfLeaf(a) || isOfLeaf(b)) return {};
	if (a.rest && b.rest && a.rest.id !== b.rest.id)
		return { hint: "axes that are the same have one name in the signature" };
	return rest ? { hint: `say which axes meet with index notation: \`for ...${rest.name}: ..\`` } : {};
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

/** What the rests of a signature stand for in one call, and the first argument that tells each. */
export class RestOrigins {
	private readonly found = new Map<number, Origin>();

	/** After an argument went with its parameter. */
	note(at: Location, type: Type, { rests }: Bindings): void {
		// Most signatures have one, and the first argument tells it.
		if (rests.size === this.found.size) return;
		visitType(type, {
			rest: ({ id, name }) => {
				const bound = rests.get(id);
				if (bound && !this.found.has(id))
					this.found.set(id, new OriginOnDemand(at, () => `here \`...${name}\` is ${showShape(bound)}`));
			},
		});
	}

	/** For a parameter that names them, too, and whose shape does not go with them. */
	related(mismatch: Mismatch, type: Type | undefined): Origin[] {
		const origins: Origin[] = [];
		if (!type || !(mismatch.kind === "rank" || (mismatch.kind === "dim" && mismatch.axis >= 0)))
			return origins;
		visitType(type, { rest: ({ id }) => origins.push(...[this.found.get(id) ?? []].flat()) });
		return [...new Set(origins)];
	}
}

/** The axes that `p[i, ...b]` of a record means, which all its tensors have in front, and one of what stands along them. */
export function unstackedAlongRest(
	{ facts }: Pick<Context, "facts">,
	base: Type,
	items: readonly ast.Expression[],
): { readonly axes: Shape; readonly one: Type } | undefined {
	const at = items.findIndex((item) => item.kind === "Rest");
	if (at < 0) return undefined;
	const count = items.length - 1;
	let axes: Shape | undefined;
	const oneOf = (type: Type): Type | undefined => {
		if (type.kind === "tuple") {
			const elements = type.elements.flatMap((e) => {
				const one = oneOf(e.type);
				return one ? [{ ...e, type: one }] : [];
			});
			return elements.length === type.elements.length ? { kind: "tuple", elements } : undefined;
		}
		if (type.kind !== "tensor" || type.shape.rest?.before !== at) return undefined;
		const own: Shape = { ...type.shape, dims: type.shape.dims.slice(0, count) };
		axes ??= own;
		const isSame =
			own.dims.length === count &&
			sameRest(axes, own) &&
			axes.dims.every((d, i) => decideEqual(d, own.dims[i] as Dim, facts).verdict === "equal");
		return isSame ? tensor(type.element, { dims: type.shape.dims.slice(count) }, type.below) : undefined;
	};
	const one = oneOf(base);
	return one && axes && { axes, one };
}
