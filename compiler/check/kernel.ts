import type * as ast from "../../grammar/ast.js";
import { freeNames } from "../../grammar/free-names.js";
import { type AnyNode, walk } from "../../grammar/visit.js";
import type { Location, Related } from "../source/diagnostic.js";
import {
	type Binding,
	type Context,
	type DeclaredBody,
	declarationKey,
	type Kernel,
	locate,
	report,
	type Scope,
	type Session,
	within,
} from "./context.js";

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
	const found = kernel && ofBinding(context.session, binding);
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
	return ofCode(context.session, context.scope, node) !== undefined;
}

function ofCode(session: Session, scope: Scope, node: AnyNode): HostOnly | undefined {
	for (const [name] of freeNames(node)) {
		const binding = scope.find(name);
		const found = binding && ofBinding(session, binding);
		if (found) return found;
	}
	return undefined;
}

function ofBinding(session: Session, binding: Binding): HostOnly | undefined {
	const body = session.bodies.get(declarationKey(binding.at));
	return body && ofBody(session, body);
}

function ofBody(session: Session, body: DeclaredBody): HostOnly | undefined {
	const { node, name, at } = body;
	if (node.kind === "Fit") return { what: `the fit \`${name}\``, at, path: [] };
	const known = session.hostOnly.get(node);
	if (known !== undefined) return known === "nothing" ? undefined : known;
	// One that leads back to itself is told elsewhere.
	session.hostOnly.set(node, "nothing");
	const found = isStatic(body)
		? { what: "`static`", at, path: [] }
		: calledBy(name, ofStatements(body) ?? ofCode(session, body.scope, node));
	session.hostOnly.set(node, found ?? "nothing");
	return found;
}

function isStatic({ name, at }: DeclaredBody): boolean {
	return name === "static" && at.file.startsWith("std.");
}

function calledBy(name: string, found: HostOnly | undefined): HostOnly | undefined {
	return found && { ...found, path: [name, ...found.path] };
}

/** A function with checks or loops of statements. */
function ofStatements({ node, at }: DeclaredBody): HostOnly | undefined {
	if (node.kind !== "Function" || node.name?.kind !== "Identifier") return undefined;
	const offset = at.start - node.name.span.start;
	let found: HostOnly | undefined;
	walk(node.body, (inner) => {
		const what = hostStatements[inner.kind];
		const place = { file: at.file, start: offset + inner.span.start, end: offset + inner.span.end };
		if (what && !found) found = { what, at: place, path: [] };
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
