import type * as ast from "../../../grammar/ast.js";
import { type AnyNode, walk } from "../../../grammar/visit.js";
import { isDual } from "../../program/constraint-methods.js";
import { type Context, report } from "../context.js";
import { overlap, readsOf } from "../fits/influence.js";
import { pathsMovedBy } from "../fits/stale.js";
import { heldBy } from "../rules/held.js";
import { leavesOf, ownPart } from "../trees/places.js";

/** A parameter that a fit trains, and that none of the losses that should move it depends on: often a slip. */
export function warnWithoutInfluence(context: Context, node: ast.FitDeclaration): void {
	if (context.module.library || context.session.diagnostics.some((d) => d.severity === "error")) return;
	const steps: ast.Minimize[] = [];
	const subjects: ast.SubjectTo[] = [];
	let written = false;
	let loops = false;
	walk(node.body as AnyNode, (inner) => {
		if (inner.kind === "Loop") loops = true;
		if (inner.kind === "Minimize") steps.push(inner as ast.Minimize);
		if (inner.kind === "SubjectTo" && isDual(heldBy(inner as ast.SubjectTo) ?? "projection"))
			subjects.push(inner as ast.SubjectTo);
		// A function of the fit may read anything, and a parameter that is set by hand is moved by that.
		if (inner.kind === "Function" || inner.kind === "Assign") written = true;
		return undefined;
	});
	if (written) return;
	if (steps.length === 0) {
		if (loops) warnWithoutStep(context);
		return;
	}
	const moves = steps.map((step) => ({
		moved: new Set(pathsMovedBy(step)),
		// What descends along a direction is moved by it.
		reads:
			step.sense === "descend"
				? pathsMovedBy(step)
				: [...step.terms.map((term) => term.value), ...subjects].flatMap((node) => [
						...readsOf(context.session.knowledge, node as AnyNode, false).paths,
					]),
	}));
	for (const binding of context.scope.names.values()) {
		if (binding.role !== "part" && binding.role !== "param") continue;
		for (const { path } of leavesOf(ownPart(binding))) {
			const own = moves.filter((m) => m.moved.has(path));
			if (own.length === 0 || own.some((m) => m.reads.some((read) => overlap(read, path)))) continue;
			report(context, {
				code: "E0461",
				severity: "warning",
				at: binding.at,
				message: `\`${path}\` is trained, and nothing that is minimized depends on it`,
				hint: "use it in a term, take it out, or say by `wrt` what moves",
			});
			break;
		}
	}
}

/** Loops in which nothing trains: often a `minimize` that was forgotten. */
function warnWithoutStep(context: Context): void {
	for (const binding of context.scope.names.values()) {
		if (binding.role !== "part" && binding.role !== "param") continue;
		const [leaf] = leavesOf(ownPart(binding));
		if (!leaf) continue;
		report(context, {
			code: "E0461",
			severity: "warning",
			at: binding.at,
			message: `nothing trains \`${leaf.path}\`: this fit has loops, and no step`,
			hint: "a step is `minimize .. using ..`; what is not trained is a `let`, or `frozen(..)`",
		});
		return;
	}
}
