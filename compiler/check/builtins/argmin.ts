import type * as ast from "../../../grammar/ast.js";
import { type Context, inTracedKernel, locate, report } from "../context.js";
import { applyTo, type CallArgument, type CallSite } from "../expressions/call.js";
import { checkOptimizer } from "../fits/objective.js";
import { asTensor } from "../trees/stack.js";
import { treeLeaves } from "../trees/trees.js";
import { knownNumber } from "../types/known-number.js";
import { showType } from "../types/show.js";
import { errorType, isRealElement, type Type } from "../types/types.js";
import { warnOfFlatFunction } from "../warnings/flat.js";
import { calleeName, given, typeOf, wrongUse } from "./builtin.js";
import { variable } from "./derivative-variable.js";
import { bodyOf } from "./loop-state.js";
import { turnsOf } from "./loops.js";
import type { SpecialRule } from "./special.js";

/** `argmin(start, f, using = optimizer, steps = n)`: a fit as an expression. */

/** Where the type of the option `gradient` is declared. */
const gradientFile = "std.solvers";

const hint = (): string => "a leaf of any shape takes `sgd`, `adam`, `lbfgs`, ..";

const names = ["start", "f", "using", "steps", "tolerance", "gradient", "checkpoint"];

/** Whether this is the minimum of a function, not of a tensor's elements. */
export function isOfFunction(site: CallSite): boolean {
	const positional = site.arguments.filter((a) => !a.name);
	return positional.length > 1 || site.arguments.some((a) => a.name && names.includes(a.name.name));
}

export const argminOfFunction: SpecialRule = (context, site) => {
	const args = given(context, site, names, 2);
	const [start, f] = [args?.get("start"), args?.get("f")];
	if (!args || !start || !f) return errorType;
	const found = typeOf(context, start);
	const by = found.kind === "error" ? undefined : variable(context, { node: start.value }, found);
	const fn = typeOf(context, f);
	const optionsHold = checkOptions(context, site, args, by?.gradient);
	if (!by || fn.kind === "error") return errorType;
	const value = applyTo(inTracedKernel(context), f.value, fn, [by.argument]);
	if (value.kind === "error" || !isNumber(context, f.value, value)) return errorType;
	warnOfFlatFunction(context, f.value, 0, [], by.argument);
	return optionsHold ? by.argument : errorType;
};

/** What is minimized is one real number. */
function isNumber(context: Context, node: ast.Expression, type: Type): boolean {
	const value = asTensor(type);
	if (value && value.shape.dims.length === 0 && !value.shape.rest && isRealElement(value.element))
		return true;
	report(context, {
		code: "E0416",
		at: locate(context, bodyOf(node)),
		message: `what \`argmin\` minimizes is one real number, and this is ${showType(type)}`,
		...(value && isRealElement(value.element) && { hint: "reduce it: `mean(..)`, `sum i: ..`" }),
	});
	return false;
}

function checkOptions(
	context: Context,
	site: CallSite,
	args: ReadonlyMap<string, CallArgument>,
	tree: Type | undefined,
): boolean {
	const [using, steps] = [args.get("using"), args.get("steps")];
	if (!using || !steps) {
		const lacking = [...(using ? [] : ["`using`, an optimizer"]), ...(steps ? [] : ["`steps`"])];
		wrongUse(
			context,
			site,
			`of a function lacks ${lacking.join(" and ")}`,
			`\`${calleeName(site)}(start, |w| .., using = lbfgs(), steps = 50)\``,
		);
		return false;
	}
	const leaves = tree && (treeLeaves(tree, context.trees ?? new Set()) ?? []);
	const isOptimizer = checkOptimizer(
		context,
		{ optimizer: using.value, span: using.value.span },
		leaves ?? [],
		hint,
	);
	const counted = turnsOf(context, steps.value, typeOf(context, steps)) !== undefined;
	const others = [
		takesNumber(context, args.get("tolerance")),
		takesFlag(context, args.get("checkpoint")),
		takesGradient(context, args.get("gradient")),
	];
	return isOptimizer && counted && others.every(Boolean);
}

function takesNumber(context: Context, argument: CallArgument | undefined): boolean {
	const type = argument && typeOf(context, argument);
	if (!type) return true;
	if (type.kind === "error") return false;
	const value = asTensor(type);
	const number = knownNumber(type);
	if (number !== undefined && number < 0)
		return refuse(context, argument, `a tolerance is at least 0, and here it is ${number}`);
	if (value && value.shape.dims.length === 0 && !value.shape.rest && value.element !== "bool") return true;
	return refuse(context, argument, `a tolerance is one real number, and this is ${showType(type)}`);
}

function takesFlag(context: Context, argument: CallArgument | undefined): boolean {
	const type = argument && typeOf(context, argument);
	if (!type || (type.kind === "Bool" && type.value !== undefined)) return true;
	return refuse(
		context,
		argument,
		`this option is \`true\` or \`false\`, known before running, and this is ${showType(type)}`,
		type,
	);
}

/** `unrolled`, `implicit(solver)` or `stop`. */
function takesGradient(context: Context, argument: CallArgument | undefined): boolean {
	const type = argument && typeOf(context, argument);
	if (!type || (type.kind === "function" && type.special === "stop")) return true;
	if (type.kind === "variant" && type.variants.name === "Gradient" && type.variants.at.file === gradientFile)
		return true;
	return refuse(
		context,
		argument,
		`a gradient goes through the steps (\`unrolled\`), by the equation that the minimum solves (\`implicit(cg(20))\`), or nowhere (\`stop\`), and this is ${showType(type)}`,
		type,
	);
}

function refuse(context: Context, argument: CallArgument | undefined, message: string, type?: Type): false {
	if (argument && type?.kind !== "error")
		report(context, { code: "E0302", at: locate(context, argument.value), message });
	return false;
}
