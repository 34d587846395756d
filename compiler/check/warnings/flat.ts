import type * as ast from "../../../grammar/ast.js";
import { type Context, locate, report } from "../context.js";
import { anything, type Dependence, type Refusal, type Step } from "../flow/flow.js";
import { applied, valueIn } from "../flow/reader.js";
import { read, type Value } from "../flow/value.js";
import { checkedWorld, flowsOfTerm, modelIn } from "../flow/world.js";
import type { Type } from "../types/types.js";

/**
 * Derivatives that are zero everywhere, since every way from the variables to the value passes a step: a comparison, an
 * argmax, a rounding, a narrowing to ints, a draw of such. Only what is certain is told.
 */

/** The variable of a derivative, among the names of paths. */
const variable = "\0";

/**
 * Warns where the derivative of a function by an argument is zero everywhere, and reports a rule of one's own that gives
 * no cotangent to what is wanted.
 *
 * @param index of the argument
 * @param parameters the names of all
 * @param by the type of the argument
 */
export function warnOfFlatFunction(
	context: Context,
	node: ast.Expression,
	index = 0,
	parameters: readonly (string | undefined)[] = [],
	by?: Type,
): void {
	const world = checkedWorld(context);
	const model = by && modelIn(by);
	const fn = valueIn(world, node);
	if (fn.kind !== "function" && !(fn.kind === "place" || fn.kind === "instance")) return;
	const args = Array.from(
		{ length: Math.max(parameters.length, index + 1) },
		(_, i): Value =>
			i === index
				? { kind: "place", path: variable, ...(model && { model }) }
				: { kind: "flows", flows: new Map() },
	);
	const flows = read(applied(world, fn, args));
	const own = [...flows].filter(([path]) => path === anything || path.startsWith(variable));
	const found = own.map(([, d]) => d);
	const [path, refused] = own.find(([, d]) => d.refusal) ?? [];
	const name = parameters[index];
	if (path !== undefined && refused?.refusal)
		refuse(context, node, refused.refusal, name && `${name}${path.slice(variable.length)}`);
	const step = onlyStep(found);
	const at = node.kind === "Lambda" ? node.body : node;
	if (step) warn(context, at, step, "this derivative is zero everywhere");
}

function onlyStep(found: readonly Dependence[]): Step | undefined {
	return found.length > 0 && found.every((d) => d.level === "step") ? found[0]?.step : undefined;
}

/** Warns where a term of `minimize` does not tell its parameters where to go. Returns whether it is so. */
export function warnOfFlatTerm(context: Context, node: ast.Expression): boolean {
	const step = onlyStep([...flowsOfTerm(context, node).values()]);
	if (step) warn(context, node, step, "the gradient of this term is zero everywhere");
	return step !== undefined;
}

function warn(context: Context, node: ast.Expression, step: Step, message: string): void {
	report(context, {
		code: "E0388",
		severity: "warning",
		at: locate(context, node),
		message: `${message}: every way to it passes ${step.what}`,
		related: pathOf(context, node, step),
		hint: "take something smooth in its place: the scores, a loss, a sigmoid; or give a rule of your own: `with vjp`",
	});
}

/** The calls that lead to the step, and the step itself. */
export function pathOf(
	context: Context,
	node: ast.Expression,
	step: Step,
): { at: Step["at"]; label: string }[] {
	const whole = locate(context, node);
	const calls = [...step.through].reverse().map((at) => ({ at, label: "through this call" }));
	return [...calls, { at: step.at, label: step.what }].filter(
		({ at }) => at.file !== whole.file || at.start !== whole.start || at.end !== whole.end,
	);
}

/** A derivative that is wanted by what a rule gives no cotangent to. */
export function refuse(context: Context, node: ast.Expression, refusal: Refusal, captured?: string): void {
	const { rule, argument, at, call } = refusal;
	const what = captured === undefined ? "its argument" : `\`${captured}\``;
	report(context, {
		code: "E0616",
		at: locate(context, node),
		message:
			argument === undefined
				? `this wants a derivative by ${what}, which \`${rule}\` reads from around itself, and its rule gives none to it`
				: `this wants a derivative by ${what}, which \`${argument}\` of \`${rule}\` captures, and the rule gives none to it`,
		related: [
			...(call ? [{ at: call, label: argument === undefined ? "called here" : "captured here" }] : []),
			{ at, label: argument === undefined ? "this rule" : `this rule has \`()\` for \`${argument}\`` },
		],
		hint:
			argument === undefined
				? "the rule of a method may take its model first, `with vjp (net, .., y, dy) => (|n| .., ..)`; or write `stop(..)` where it is read"
				: `in the rule, \`|g| ..\` in the place of \`${argument}\` is its cotangent (a number that is linear in g), and \`stop\` says that nothing flows there`,
	});
}
