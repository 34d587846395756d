import { heldBy } from "../../compiler/check/rules/held.js";
import { methods } from "../../compiler/program/constraint-methods.js";
import type * as ast from "../../grammar/ast.js";
import type { Snapshot } from "../snapshot.js";
import type { Hover } from "./hover.js";

/** By which method a constraint is held: of `subject to`, and of a parameter that is declared `in` one. */

type HeldNode = ast.SubjectTo | ast.Leaf;

function around(snapshot: Snapshot, offset: number): { node: HeldNode; at: number } | undefined {
	const found = snapshot.placeAt(offset);
	const node = found?.path.findLast((n): n is HeldNode => n.kind === "SubjectTo" || n.kind === "Leaf");
	return found && node && { node, at: found.at };
}

function told(node: HeldNode): string | undefined {
	const method = heldBy(node);
	if (!method) return undefined;
	const guarantee = methods[method].guarantee === "exact" ? "exactly, up to rounding" : "only in the limit";
	return `Held by \`${method}\`${node.by ? "" : ", as no method is named"}: ${guarantee}.`;
}

/** Of the words `subject to`, and of the method. */
export function heldHover(snapshot: Snapshot, offset: number): Hover | undefined {
	const found = snapshot.placeAt(offset);
	const place = around(snapshot, offset);
	if (!found || !place || place.node.kind !== "SubjectTo") return undefined;
	const { node, at } = place;
	const markdown = told(node);
	if (!markdown) return undefined;
	const inside = node.by && node.by.span.start <= at && at <= node.by.span.end ? node.by : undefined;
	if (!inside && found.path.at(-1) !== node) return undefined;
	const { start, end } = snapshot.locate(found.slice, inside?.span ?? node.span);
	return { start, end, markdown };
}

/** Of the constraint that stands after `in`. */
export function heldLine(snapshot: Snapshot, offset: number): string | undefined {
	const place = around(snapshot, offset);
	const constraint = place?.node.constraint;
	if (!place || !constraint) return undefined;
	const isInside = constraint.span.start <= place.at && place.at <= constraint.span.end;
	return isInside ? told(place.node) : undefined;
}
