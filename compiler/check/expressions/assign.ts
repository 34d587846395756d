import type * as ast from "../../../grammar/ast.js";
import { placeRoot } from "../../../grammar/places.js";
import { type Context, locate, report } from "../context.js";
import { noteWritten } from "../fits/stale.js";
import { changeAt, shapeKey } from "../trees/tree-change.js";
import { inferUpdate, updatedPlaces } from "../trees/update.js";
import { showType } from "../types/show.js";
import type { Type } from "../types/types.js";
import { infer } from "./expression.js";
import { checkAgainst } from "./statement.js";

/** `place <- value`: of a state, a parameter or a part, all of it or what stands at a place in it. */
export function checkAssign(context: Context, node: ast.Assign): void {
	const value = (type?: Type): Type => infer(context, node.value, type);
	const root = placeRoot(node.place);
	if (!root) {
		value();
		report(context, {
			code: "E0408",
			at: locate(context, node.place),
			message: "`<-` writes a state, a parameter or a part, or a place in one",
			hint: "the place begins with its name: `memory[k] <- v`, `net.layers[0].bias <- b`",
		});
		return;
	}
	const binding = context.scope.find(root.name);
	if (!binding) {
		infer(context, root);
		value();
		return;
	}
	binding.uses++;
	context.session.knowledge.definitions.set(root, binding);
	if (binding.role !== "state" && binding.role !== "param" && binding.role !== "part") {
		report(context, {
			code: "E0408",
			at: locate(context, root),
			message: `\`${binding.name}\` is no state: \`<-\` writes states, parameters and parts`,
			related: [{ at: binding.at, label: `\`${binding.name}\` is declared here` }],
		});
		value();
		return;
	}
	context.session.knowledge.types.set(root, binding.type);
	if (node.place === root) writeWhole(context, node, binding.type, value(binding.type));
	else writePart(context, node, root, binding.type);
}

function writeWhole(context: Context, node: ast.Assign, old: Type, given: Type): void {
	const kept = checkAgainst(context, node.value, old, given);
	if (old.kind !== "error" && kept.kind !== "error" && shapeKey(old) !== shapeKey(given))
		tellOtherwise(context, node.value, given);
}

/** The same weights, made otherwise: a fit trains what it has from the start. */
function tellOtherwise(context: Context, node: ast.Expression, given: Type): void {
	report(context, {
		code: "E0345",
		at: locate(context, node),
		message: `this ${showType(given)} has weights that are frozen or reparametrized otherwise than those that it replaces`,
		hint: "`merge(..)` gives plain weights; `<-` sets values, and leaves how they are made as it is",
	});
}

function writePart(context: Context, node: ast.Assign, root: ast.Name, whole: Type): void {
	const { place, value, span } = node;
	const update = { place, operator: "=", value, span } as const;
	const places = whole.kind === "error" ? undefined : updatedPlaces(context, update, whole);
	if (!places) {
		// What an earlier check of the same text found is no longer so.
		noteWritten(node, []);
		infer(context, value);
		return;
	}
	// What another name stands before is not seen as a part of the whole.
	noteWritten(node, [root.name]);
	for (const found of places) {
		const part = inferUpdate(context, update, found);
		if (!part) return;
		const own = { ...found, steps: found.steps ?? [] };
		const changed = changeAt(context, update, whole, own, part);
		if (changed.kind !== "error" && shapeKey(changed) !== shapeKey(whole)) {
			tellOtherwise(context, value, context.session.knowledge.types.get(value) ?? changed);
			return;
		}
	}
}
