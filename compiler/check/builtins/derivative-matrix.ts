import { type Context, locate, report } from "../context.js";
import type { CallSite } from "../expressions/call.js";
import { sideBySide } from "../types/shape.js";
import { showType } from "../types/show.js";
import { elementAt, familyList, lengthOf } from "../types/substitute.js";
import { errorType, type TensorType, type Type, tensor } from "../types/types.js";

/**
 * `jacobian`, `hessian`: the derivatives of all elements of a tree by all of another, as a tree like the first one
 * with one like the second in the place of each leaf, and in each of its places `[..y, ..x]`, in the format of x.
 */
export function derivativeMatrix(
	context: Context,
	site: CallSite,
	rows: Type,
	columns: Type,
): Type | undefined {
	const refused = whyNone(rows, columns);
	if (refused === undefined) return mapTree(rows, (y) => mapTree(columns, (x) => matrix(y, x)));
	report(context, {
		code: "E0385",
		at: locate(context, site.node),
		message: `the derivatives of ${showType(rows)} by ${showType(columns)} have no type: ${refused}`,
		hint: "name the axes in the signature, or take it where the types are known",
	});
	return undefined;
}

function matrix(y: TensorType, x: TensorType): Type {
	const shape = sideBySide(y.shape, x.shape);
	return shape ? tensor(x.element, shape) : errorType;
}

/** A shape has one rest: that of the rows, or that of the columns. */
function whyNone(rows: Type, columns: Type): string | undefined {
	const ys = leavesOf(rows);
	const xs = leavesOf(columns);
	const open = [...ys, ...xs].find((t) => t.kind === "variable");
	if (open) return "their structure is not known here";
	for (const x of xs)
		for (const y of ys)
			if (x.kind === "tensor" && y.kind === "tensor" && x.shape.rest && y.shape.rest)
				return `the axes \`...${x.shape.rest.name}\` of ${showType(x)} would stand beside \`...${y.shape.rest.name}\` of ${showType(y)}, and a shape has one rest`;
	return undefined;
}

/** The leaves of a tree; of a list of unknown length those of one entry, which stands for all. */
function leavesOf(type: Type): readonly Type[] {
	switch (type.kind) {
		case "tuple":
			return type.elements.flatMap((e) => leavesOf(e.type));
		case "list": {
			const entries = type.elements ?? [elementAt(type, lengthOf(type)) ?? errorType];
			return entries.flatMap(leavesOf);
		}
		case "tensor":
		case "variable":
			return [type];
		case "stack":
			return leavesOf(type.of);
		default:
			return [];
	}
}

function mapTree(type: Type, map: (leaf: TensorType) => Type): Type {
	switch (type.kind) {
		case "tensor":
			return map(type);
		case "tuple":
			return {
				kind: "tuple",
				elements: type.elements.map((e) => ({ ...e, type: mapTree(e.type, map) })),
			};
		case "list":
			if (type.elements) return { kind: "list", elements: type.elements.map((e) => mapTree(e, map)) };
			return familyList(lengthOf(type), (i) => mapTree(elementAt(type, i) ?? errorType, map));
		default:
			return type;
	}
}
