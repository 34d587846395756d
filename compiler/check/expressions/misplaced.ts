import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import { type Context, type Kernel, locate, report } from "../context.js";

/** A place that begins with a dot, where there is nothing that it begins at. */
export function refuseRoot(context: Context, node: ast.Root): void {
	report(context, {
		code: "E0302",
		at: locate(context, node),
		message: "a value is wanted here, and this is a place that begins with a dot",
		hint: "name what it is a part of: `net.weight`; it begins at what a `with` changes, at the fit after `wrt` and `on`, and names an argument, an axis or a track in `grad(f, .x)`, `axis = .keys`, `stalls(.loss, 5)`",
	});
}

/** An option of a fit may be known; what its turns go over and compute is not. */
export function isComputedSeed(context: Context, node: ast.Expression): boolean {
	if (context.kernel?.traced) return true;
	if (context.stage !== "step") return false;
	return [...freeNames(node)].some(([name]) => {
		const binding = context.scope.find(name);
		return binding !== undefined && binding.role !== "parameter" && binding.type.kind === "tensor";
	});
}

/** Draws are named before running, by their seed and path. */
export function refuseSeed(context: Context, node: ast.Expression, kernel: Kernel): void {
	report(context, {
		code: "E0357",
		at: locate(context, node),
		message: `a seed is known before running, and this is computed in ${kernel.what}`,
		...(kernel.at && { related: [{ at: kernel.at, label: kernel.what }] }),
		hint: "draws without a `seed` are fresh in each turn and for each element; seeds of one's own go over what is known: `[for k in 0..3: seed k { .. }]`",
	});
}
