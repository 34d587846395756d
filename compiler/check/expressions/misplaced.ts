import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import { type Context, type Kernel, locate, report } from "../context.js";

type Misplaced =
	| ast.Root
	| ast.TypeName
	| ast.Spread
	| ast.FullSlice
	| ast.Rest
	| ast.SomeDimension
	| ast.Bound;

const forms: Readonly<Record<Misplaced["kind"], { readonly message: string; readonly hint: string }>> = {
	Root: {
		message: "a place that begins with a dot has nothing here that it begins at",
		hint: "name what it is a part of: `net.weight`; it begins at what a `with` changes, at the fit after `wrt` and `on`, and names an argument, an axis or a track in `grad(f, .x)`, `axis = .keys`, `stalls(.loss, 5)`",
	},
	TypeName: {
		message: "a type is no value",
		hint: "it stands after `:`, as in `let x: int<3> = 2`; `int<3>(x)` narrows",
	},
	Spread: {
		message: "`..` spreads a list in the brackets of another one only",
		hint: "write `[..xs]`",
	},
	FullSlice: {
		message: "`:` is a whole axis, and stands in an index only",
		hint: "write `x[:, 0]`",
	},
	Rest: {
		message: "`...` stands for leading axes, and is no value",
		hint: "it stands in shapes (`real[...b, n]`, `zeros([...b, 2])`), binders (`for ...b: ..`) and indices (`x[...b, 0]`)",
	},
	Some: {
		message: "`some` gives a size its name, and is no value",
		hint: "it stands in the type of a `let` at the host level: `let kept: int[some Kept] = nonzero(mask)`",
	},
	Bound: {
		message: "a bound of a type variable is no value",
		hint: "it stands after `where`: `where T: tree`",
	},
};

/** A form that is a value nowhere, or not here. */
export function refuseForm(context: Context, node: Misplaced): void {
	const { message, hint } = forms[node.kind];
	report(context, { code: "E0355", at: locate(context, node), message, hint });
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
		code: "E0356",
		at: locate(context, node),
		message: `a seed is known before running, and this is computed in ${kernel.what}`,
		...(kernel.at && { related: [{ at: kernel.at, label: kernel.what }] }),
		hint: "draws without a `seed` are fresh in each turn and for each element; seeds of one's own go over what is known: `[for k in 0..3: seed k { .. }]`",
	});
}
