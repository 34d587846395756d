import type * as ast from "../../../grammar/ast.js";
import { type AnyNode, walk } from "../../../grammar/visit.js";
import { isDual } from "../../program/constraint-methods.js";
import { type Binding, type Context, locate, report } from "../context.js";
import { pathsMovedBy, pathsWrittenBy } from "../fits/stale.js";
import { type Dependence, type Flows, flowsOf, maybe, overlap } from "../flow/flow.js";
import { valueIn, type World } from "../flow/reader.js";
import { read } from "../flow/value.js";
import { checkedWorld, flowsFoundOfTerm } from "../flow/world.js";
import { heldBy } from "../rules/held.js";
import { leavesOf, ownPart } from "../trees/places.js";
import { pathOf, refuse } from "./flat.js";

/** One step of a fit: what it moves, and what its terms depend on. */
interface Step {
	readonly moved: ReadonlySet<string>;
	readonly isDescent: boolean;
	readonly terms: readonly { readonly node: ast.Expression; readonly flows: Flows }[];
	/** Of what constraints add. */
	readonly held: readonly Flows[];
}

/**
 * A parameter that a fit trains, and that none of the losses that should move it depends on, or only through steps
 * without a derivative: often a slip. One that is wanted where a rule of one's own gives none is an error.
 */
export function warnWithoutInfluence(context: Context, node: ast.FitDeclaration): void {
	if (context.module.library || context.session.diagnostics.some((d) => d.severity === "error")) return;
	const steps: ast.Minimize[] = [];
	const subjects: ast.SubjectTo[] = [];
	const written: string[] = [];
	let hasFunctions = false;
	let loops = false;
	walk(node.body as AnyNode, (inner) => {
		if (inner.kind === "Loop") loops = true;
		if (inner.kind === "Minimize") steps.push(inner as ast.Minimize);
		if (inner.kind === "SubjectTo" && isDual(heldBy(inner as ast.SubjectTo) ?? "projection"))
			subjects.push(inner as ast.SubjectTo);
		// A function of the fit may read anything, and a parameter that is set by hand is moved by that.
		if (inner.kind === "Function") hasFunctions = true;
		if (inner.kind === "Assign") written.push(...pathsWrittenBy(inner as ast.Assign));
		return undefined;
	});
	if (hasFunctions) return;
	if (steps.length === 0) {
		if (loops && written.length === 0) warnWithoutStep(context);
		return;
	}
	const world = checkedWorld(context);
	const held = subjects.map((subject) => maybe(readIn(world, subject)));
	const moves = steps.map(
		(step): Step => ({
			moved: new Set(pathsMovedBy(step)),
			isDescent: step.sense === "descend",
			terms: step.terms.map(({ value }) => ({ node: value, flows: flowsFoundOfTerm(context, value) })),
			held,
		}),
	);
	for (const binding of context.scope.names.values()) {
		if (binding.role !== "part" && binding.role !== "param") continue;
		const leaves = leavesOf(ownPart(binding)).filter(({ path }) => !written.some((w) => overlap(w, path)));
		for (const { path } of leaves) if (tellsOf(context, binding, path, moves)) break;
	}
}

/** Everything that a statement reads. */
function readIn(world: World, node: ast.SubjectTo): Flows {
	const parts = [node.subject, ...(node.constraint ? [node.constraint] : []), ...(node.by ? [node.by] : [])];
	return read({ kind: "record", fields: new Map(parts.map((part, i) => [`${i}`, valueIn(world, part)])) });
}

/** Whether something was told of a parameter. */
function tellsOf(context: Context, binding: Binding, path: string, moves: readonly Step[]): boolean {
	const own = moves.filter((m) => m.moved.has(path));
	// What descends along a direction is moved by it.
	if (own.length === 0 || own.some((m) => m.isDescent)) return false;
	const found: Dependence[] = [];
	for (const { terms } of own)
		for (const { node, flows } of terms) {
			const dependence = flowsOf(flows, path);
			if (dependence?.refusal) {
				refuse(context, node, dependence.refusal, path);
				return true;
			}
			if (dependence) found.push(dependence);
		}
	for (const { held } of own)
		for (const flows of held) {
			const dependence = flowsOf(flows, path);
			if (dependence) found.push(dependence);
		}
	if (found.some((d) => d.level !== "step")) return false;
	const [step] = found.flatMap((d) => d.step ?? []);
	if (!step) {
		report(context, {
			code: "E0461",
			severity: "warning",
			at: binding.at,
			message: `\`${path}\` is trained, and nothing that is minimized depends on it`,
			hint: "use it in a term, take it out, or say by `wrt` what moves",
		});
		return true;
	}
	const term = own.flatMap((m) => m.terms).find(({ flows }) => flowsOf(flows, path))?.node;
	// That nothing of a term has a derivative is told at the term.
	if (!term || isToldAt(context, term)) return true;
	report(context, {
		code: "E0388",
		severity: "warning",
		at: locate(context, term),
		message: `\`${path}\` is trained, and its gradient is zero everywhere: every way from it to what is minimized passes ${step.what}`,
		related: [{ at: binding.at, label: `\`${binding.name}\`` }, ...pathOf(context, term, step)],
		hint: "take something smooth in its place: the scores, a loss, a sigmoid; or give a rule of your own: `with vjp`",
	});
	return true;
}

function isToldAt(context: Context, term: ast.Expression): boolean {
	const { file, start } = locate(context, term);
	return context.session.diagnostics.some(
		(d) => d.code === "E0388" && d.at.file === file && d.at.start === start,
	);
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
