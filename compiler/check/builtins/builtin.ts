import type * as ast from "../../../grammar/ast.js";
import { quoted } from "../../source/near.js";
import { type Context, locate, report } from "../context.js";
import type { CallArgument, CallSite } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { foreignOption } from "../expressions/foreign-names.js";
import { type Hint, meantOr } from "../hint.js";
import { asTensor } from "../trees/stack.js";
import { holdsError } from "../types/holds-error.js";
import { showType } from "../types/show.js";
import { errorType, type TensorType, type Type } from "../types/types.js";

/** Reading the arguments of a builtin whose result is computed from them. */

/** The arguments by the names of the builtin's parameters. */
export type Given = ReadonlyMap<string, CallArgument>;

export function calleeName(site: CallSite): string {
	if (site.callee.kind === "Name") return site.callee.name;
	if (site.callee.kind === "Field" && site.callee.name.kind === "Identifier") return site.callee.name.name;
	return "this";
}

/** A use of a builtin that means nothing. */
export function wrongUse(context: Context, site: CallSite, message: string, hint?: Hint): Type {
	const given = site.arguments.map((a) => a.type ?? context.session.knowledge.types.get(a.value));
	if (given.some((type) => type && holdsError(type))) return errorType;
	report(context, {
		code: "E0313",
		at: locate(context, site.node),
		message: `\`${calleeName(site)}\` ${message}`,
		...(hint && { hint }),
	});
	return errorType;
}

/** An argument of a builtin that is not what it takes. */
export function wrongArgument(
	context: Context,
	site: CallSite,
	argument: CallArgument,
	message: string,
	hint?: Hint,
): undefined {
	report(context, {
		code: "E0313",
		at: locate(context, argument.value),
		message: `\`${calleeName(site)}\` ${message}`,
		...(hint && { hint }),
	});
	return undefined;
}

/** Pairs arguments with names, by position and by name; the first `required` must be there. Reports what is wrong. */
export function given(
	context: Context,
	site: CallSite,
	names: readonly string[],
	required = 1,
): Given | undefined {
	const found = new Map<string, CallArgument>();
	let next = 0;
	for (const argument of site.arguments) {
		if (argument.name) {
			const { name } = argument.name;
			if (names.includes(name) && !found.has(name)) {
				found.set(name, argument);
				continue;
			}
			if (!found.has(name))
				report(context, {
					code: "E0312",
					at: locate(context, argument.name),
					message: `\`${calleeName(site)}\` has no option \`${name}\``,
					hint: foreignOption(name, names) ?? meantOr(name, names, `it has ${quoted(names)}`),
				});
			return undefined;
		}
		while (next < names.length && found.has(names[next] as string)) next++;
		const name = names[next++];
		if (name === undefined) {
			report(context, {
				code: "E0311",
				at: locate(context, argument.value),
				message: `\`${calleeName(site)}\` takes ${names.length} arguments, and this is one more`,
			});
			return undefined;
		}
		found.set(name, argument);
	}
	const missing = names.slice(0, required).filter((name) => !found.has(name));
	if (missing.length === 0) return found;
	wrongUse(context, site, `lacks ${missing.map((name) => `\`${name}\``).join(" and ")}`);
	return undefined;
}

export function typeOf(context: Context, argument: CallArgument): Type {
	return argument.type ?? infer(context, argument.value);
}

/** An argument as a tensor; reports if it is none. */
export function tensorGiven(
	context: Context,
	site: CallSite,
	args: Given,
	name: string,
): TensorType | undefined {
	const argument = args.get(name);
	if (!argument) return undefined;
	const type = typeOf(context, argument);
	if (type.kind === "error") return undefined;
	const value = asTensor(type);
	return (
		value ??
		wrongArgument(
			context,
			site,
			argument,
			`takes a tensor here, and this is ${showType(type)}`,
			listHint(site, type),
		)
	);
}

/** Of a list of unknown length there is no tensor, but a binder goes through it. */
function listHint(site: CallSite, type: Type): string | undefined {
	const name = calleeName(site);
	const isReducer = ["sum", "prod", "mean", "max", "min", "all", "any", "count"].includes(name ?? "");
	return type.kind === "list" && !type.elements && isReducer
		? `go through it: \`${name} x in xs: x\``
		: undefined;
}

/** The parts of a tuple or list that is written out; else the argument itself. */
export function partsOf(node: ast.Expression): readonly ast.Expression[] | undefined {
	switch (node.kind) {
		case "Parenthesized":
			return partsOf(node.inner);
		case "Tuple":
			return node.elements.some((e) => e.name) ? undefined : node.elements.map((e) => e.value);
		case "List":
			return node.elements.some((e) => e.kind === "Spread") ? undefined : node.elements;
		default:
			return undefined;
	}
}
