import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import { type AnyNode, walk } from "../../../grammar/visit.js";
import type { Location, Related } from "../../source/diagnostic.js";
import { type Binding, type Context, type Kernel, locate, report, type Scope, within } from "../context.js";

/**
 * The host level runs fits, checks and loops; a kernel is compiled as a whole, so that nothing of it can stand there.
 * Whether a function may be called in a kernel is found from what its body takes from around it.
 */

/** Code that is compiled as a whole: a turn of a fit's loop, the body of an index. */
export function inKernel(context: Context, what: string, at: Location): Context {
	return context.kernel ? context : within(context, { kernel: { what, at } });
}

/** What only the host level does, and the names that lead to it. */
export interface HostOnly {
	readonly what: string;
	readonly at: Location;
	/** From the one that is called to the one that does it. */
	readonly path: readonly string[];
}

/** A name in a kernel that stands for something of the host level is an error, with the path to it. */
export function refuseInKernel(context: Context, node: ast.Name, binding: Binding): boolean {
	const { kernel } = context;
	const found = kernel && binding.host?.();
	if (!kernel || !found) return false;
	const [first, ...others] = found.path;
	report(context, {
		code: "E0450",
		at: locate(context, node),
		message:
			first === undefined
				? `${found.what} is of the host level, and this is ${kernel.what}`
				: `\`${first}\` ${others.map((name) => `calls \`${name}\`, which `).join("")}${does(found.what)}, at the host level, and this is ${kernel.what}`,
		related: [
			...placeOf(kernel),
			...(first === undefined ? [] : [{ at: found.at, label: `${found.what} here` }]),
		],
		notes: [
			"what is compiled as a whole cannot run a fit, check or print: it has no values while it is compiled",
		],
		hint: "do it before, at the host level, and use its value here",
	});
	return true;
}

/** A construct of the host level in a kernel: the construct itself. */
export function onlyAtHost(
	context: Context,
	node: { readonly span: ast.Name["span"] },
	what: string,
): boolean {
	const { kernel } = context;
	if (!kernel) return true;
	report(context, {
		code: "E0450",
		at: locate(context, node),
		message: `${what} is of the host level, and this is ${kernel.what}`,
		related: placeOf(kernel),
		hint: "do it before, at the host level, and use its value here",
	});
	return false;
}

function placeOf({ at, what }: Kernel): Related[] {
	return at ? [{ at, label: what }] : [];
}

function does(what: string): string {
	return what.startsWith("the fit") ? `runs ${what}` : `has ${what}`;
}

/** Whether a piece of code does something that only the host level does. */
export function reachesHost(context: Context, node: AnyNode): boolean {
	return ofCode(context.scope, node) !== undefined;
}

/** What of the host level a declaration leads to. */
export function hostOnly(
	context: Context,
	name: string,
	node: ast.FunctionDeclaration | ast.ModelDeclaration | ast.FitDeclaration | ast.Let,
): HostOnly | undefined {
	const at = locate(context, node.kind === "Let" ? node.pattern : (node.name ?? node));
	if (node.kind === "Fit") return { what: `the fit \`${name}\``, at, path: [] };
	if (context.module.library && name === "static") return { what: "`static`", at, path: [] };
	const found = (node.kind === "Function" && ofStatements(context, node)) || ofCode(context.scope, node);
	return found && { ...found, path: [name, ...found.path] };
}

function ofCode(scope: Scope, node: AnyNode): HostOnly | undefined {
	for (const [name] of freeNames(node)) {
		const found = scope.find(name)?.host?.();
		if (found) return found;
	}
	return undefined;
}

/** A function with checks or loops of statements. */
function ofStatements(context: Context, node: ast.FunctionDeclaration): HostOnly | undefined {
	let found: HostOnly | undefined;
	walk(node.body, (inner) => {
		const what = hostStatements[inner.kind];
		if (what && !found) found = { what, at: locate(context, inner), path: [] };
		return found === undefined;
	});
	return found;
}

const hostStatements: Readonly<Record<string, string>> = {
	Check: "a `check`",
	Plot: "a `plot`",
	Loop: "a loop of statements",
	IfStatement: "an `if` of statements",
};
