import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import { beginsAtRoot } from "../../../grammar/places.js";
import {
	chosenMethod,
	isDual,
	isMethodName,
	lacking,
	type MethodName,
	methodNames,
	methodOfNumbers,
	methods,
	methodsFor,
	refusedValue,
	writtenMethod,
	writtenOption,
} from "../../program/constraint-methods.js";
import { quoted } from "../../source/near.js";
import { type Context, locate, report } from "../context.js";
import { notBool } from "../expressions/conditional.js";
import { infer } from "../expressions/expression.js";
import { refuseGivenTwice } from "../expressions/given-twice.js";
import { followsSteps, readsOf } from "../fits/influence.js";
import { isRule, ruleOf } from "../fits/objective.js";
import { isOwnPlace } from "../fits/own-places.js";
import { isTrainablePart } from "../fits/parts.js";
import { meantOr } from "../hint.js";
import { distinct } from "../trees/place-sets.js";
import { matchesNothing, placesOf, valuesOf } from "../trees/places.js";
import { asTensor } from "../trees/stack.js";
import { knownNumber } from "../types/known-number.js";
import { showType } from "../types/show.js";
import type { RuleSymbol } from "../types/symbols.js";
import { errorType, type FunctionType, scalar, type Type } from "../types/types.js";
import { warnOfFlatTerm } from "../warnings/flat.js";
import { isAnyRule } from "./any-rule.js";
import { noteMethod } from "./held.js";
import { fitsSubject } from "./rule.js";

/** `subject to w in constraint by method`, `subject to h <= c by method`. */

/** What a fit tells of a constraint: its name, and whether it has a multiplier. */
export interface NamedSubject {
	readonly name: string;
	readonly hasMultiplier: boolean;
}

/** Returns what is told of it, where it has a name. */
export function checkSubjectTo(context: Context, node: ast.SubjectTo): NamedSubject | undefined {
	const method = node.constraint ? checkMember(context, node, node.constraint) : checkNumber(context, node);
	noteMethod(node, method);
	if (!node.name) return undefined;
	// After a mistake it may be any, but that of an option is known by its calls only.
	const isOption =
		node.constraint && isRule(context.session.knowledge.types.get(node.constraint) ?? errorType);
	return { name: node.name.name, hasMultiplier: method ? isDual(method) : !isOption };
}

/** `w in constraint`: for each leaf of the place. */
function checkMember(
	context: Context,
	node: ast.SubjectTo,
	constraint: ast.Expression,
): MethodName | undefined {
	const subject = infer(context, node.subject);
	const places = subject.kind === "places" ? [...subject.leaves] : (placesOf(context, node.subject) ?? []);
	const leaves = distinct(places.flatMap(valuesOf));
	if (subject.kind !== "error" && leaves.length === 0) {
		matchesNothing(context, node.subject);
		return undefined;
	}
	if (!leaves.every((leaf) => isTrainablePart(context, node.subject, leaf))) return undefined;
	const frozen = leaves.find((l) => l.form?.frozen);
	if (frozen)
		report(context, {
			code: "E0453",
			at: locate(context, node.subject),
			message: `\`${frozen.path}\` is frozen: no step can change it`,
			hint: "constrain what is trained, or take it out of `frozen`",
		});
	const constraintType = infer(context, constraint);
	const rule = ruleOf(context, constraint, constraintType);
	if (subject.kind === "error" || constraintType.kind === "error" || (!rule && isRule(constraintType)))
		return undefined;
	if (rule?.role !== "constraint") {
		report(context, {
			code: "E0419",
			at: locate(context, constraint),
			message: `\`in\` takes a constraint, and this is ${showType(constraintType)}`,
		});
		return undefined;
	}
	// What begins with a dot is the fit's own.
	const { subject: place } = node;
	const parts = place.kind === "Tuple" ? place.elements.map((e) => e.value) : [place];
	if (!parts.some(beginsAtRoot) && (!reaches(context, place) || !isOwnPlace(context, place)))
		return undefined;
	for (const leaf of leaves) {
		const reason = fitsSubject(rule, leaf.type, context, constraintType);
		if (!reason) continue;
		report(context, {
			code: "E0420",
			at: locate(context, node.subject),
			message: `the constraint ${rule.name} does not fit \`${leaf.path}\``,
			label: showType(leaf.type),
			related: [
				{
					at: locate(context, constraint),
					label: rule.subject ? `for ${showType(rule.subject)}` : "this constraint",
				},
			],
			notes: [reason],
		});
		return undefined;
	}
	const made = leaves.find((leaf) => leaf.form?.reparametrized);
	return frozen ? undefined : methodFor(context, node.by, constraint, rule, made?.path);
}

/** A constraint that no parameter of the fit can change. */
function reaches(context: Context, subject: ast.Expression): boolean {
	const { knowledge } = context.session;
	if (readsOf(knowledge, subject, true, followsSteps).paths.size > 0) return true;
	const all = readsOf(knowledge, subject);
	const fixed = all.paths.size > 0 ? [...all.lets].find(([binding]) => !followsSteps(binding)) : undefined;
	report(context, {
		code: "E0453",
		at: locate(context, subject),
		message: fixed
			? `\`${fixed[0].name}\` was computed once, before the steps: no step changes what is constrained here`
			: "no parameter of this fit reaches what is constrained here: no step can change it",
		...(fixed && { related: [{ at: fixed[0].at, label: "computed here" }] }),
		hint: fixed
			? `write what it is computed from, or make it a function: \`let ${fixed[0].name} = || ..\``
			: "constrain a part or a `param` of the fit, or something computed from one",
	});
	return false;
}

/** `h <= c`: a number that is computed from parameters. */
function checkNumber(context: Context, node: ast.SubjectTo): MethodName | undefined {
	const { subject } = node;
	const type = infer(context, subject);
	const method = node.by ? writtenMethodOf(context, node.by) : methodOfNumbers;
	if (type.kind === "error") return undefined;
	const sides = sidesOf(subject);
	if (!sides) {
		if (type.kind === "tensor" && type.element === "bool") {
			report(context, {
				code: "E0419",
				at: locate(context, subject),
				message: "a constraint on a number is `h <= c`, `h >= c` or `h == c`",
				hint: "how far it is from holding must be a number: a truth value does not tell",
			});
		} else notBool(context, subject, type);
		return undefined;
	}
	for (const side of sides) {
		const value = asTensor(context.session.knowledge.types.get(side) ?? type);
		if (value && value.shape.dims.length === 0 && !value.shape.rest && value.element !== "bool") continue;
		report(context, {
			code: "E0416",
			at: locate(context, side),
			message: `a constraint compares two numbers, and this is ${showType(context.session.knowledge.types.get(side) ?? type)}`,
			hint: "reduce it: `max i: h[i]`, `mean(..)`",
		});
		return undefined;
	}
	if (!reaches(context, subject) || !method) return undefined;
	if (!methods[method].ofNumbers) {
		const numeric = methodNames.filter((name) => methods[name].ofNumbers);
		report(context, {
			code: "E0421",
			at: locate(context, node.by ?? subject),
			message: `\`${method}\` is for \`w in constraint\`, and this is a computed number`,
			notes: [`a computed number is held by ${quoted(numeric)}`],
			related: [{ at: locate(context, subject), label: "computed" }],
		});
		return undefined;
	}
	checkSlope(context, node, sides);
	return method;
}

/** The gradient is that of the sides, or of the proxy in place of the left one. */
function checkSlope(
	context: Context,
	node: ast.SubjectTo,
	[left, right]: readonly [ast.Expression, ast.Expression],
): void {
	const proxy = writtenOption(node.by, "proxy");
	if (!proxy) {
		warnOfFlatTerm(context, left);
		warnOfFlatTerm(context, right);
		return;
	}
	const { knowledge } = context.session;
	const moves = (side: ast.Expression): boolean =>
		readsOf(knowledge, side, true, followsSteps).paths.size > 0;
	if (!moves(left)) {
		report(context, {
			code: "E0421",
			at: locate(context, left),
			message: "the proxy stands for this side, which no parameter reaches",
			related: [{ at: locate(context, proxy), label: "the proxy" }],
			hint: "write the computed side first: `recall >= floor`",
		});
	} else if (!moves(proxy)) {
		report(context, {
			code: "E0453",
			at: locate(context, proxy),
			message: "no parameter of this fit reaches the proxy: its gradient is zero",
		});
	} else warnOfFlatTerm(context, proxy);
}

function sidesOf(node: ast.Expression): readonly [ast.Expression, ast.Expression] | undefined {
	if (node.kind === "Parenthesized") return sidesOf(node.inner);
	if (node.kind !== "Binary" || !["<=", ">=", "=="].includes(node.operator)) return undefined;
	return [node.left, node.right];
}

/** The method that is written, with its options checked. */
function writtenMethodOf(context: Context, by: ast.Expression): MethodName | undefined {
	const name = writtenMethod(by);
	if (!isMethodName(name)) {
		report(context, {
			code: "E0422",
			at: locate(context, by),
			message: name === "" ? "this is no method" : `there is no method \`${name}\``,
			hint: meantOr(name, methodNames, `there are ${quoted(methodNames)}`),
		});
		return undefined;
	}
	if (by.kind !== "Call") return name;
	const { options } = methods[name];
	let sound = true;
	const given = new Set<string>();
	for (const [i, argument] of by.arguments.entries()) {
		const type = infer(context, argument.value);
		const option = argument.name?.name ?? options[i];
		if (option === undefined || !options.includes(option)) {
			report(context, {
				code: argument.name ? "E0312" : "E0313",
				at: locate(context, argument.name ?? argument.value),
				message: argument.name
					? `\`${name}\` has no option \`${argument.name.name}\``
					: `\`${name}\` takes ${options.length === 0 ? "nothing" : `at most ${options.length}`}`,
				...(options.length > 0 && { hint: `it has ${quoted(options)}` }),
			});
			sound = false;
			continue;
		}
		if (given.has(option)) {
			if (!argument.name || !refuseGivenTwice(context, by.arguments))
				report(context, {
					code: "E0312",
					at: locate(context, argument.name ?? argument.value),
					message: `\`${option}\` is given twice`,
				});
			sound = false;
		}
		given.add(option);
		if (!checkOption(context, argument.value, name, option, type)) sound = false;
	}
	return sound ? name : undefined;
}

function checkOption(
	context: Context,
	node: ast.Expression,
	method: MethodName,
	option: string,
	type: Type,
): boolean {
	if (type.kind === "error") return true;
	const number = knownNumber(type);
	const range = number === undefined ? undefined : refusedValue(method, option, number);
	if (range !== undefined) {
		report(context, {
			code: "E0471",
			at: locate(context, node),
			message: `\`${option}\` of \`${method}\` is ${range}, and here it is ${number}`,
		});
		return false;
	}
	if ((option === "tolerance" || option === "best_within") && !isKnownAtEnd(context, node, option))
		return false;
	const isSchedule = option !== "proxy" && option !== "tolerance" && type.kind === "function";
	const given = isSchedule ? scheduled(type) : type;
	if (given.kind === "error") return true;
	const value = asTensor(given);
	if (value && value.shape.dims.length === 0 && !value.shape.rest && value.element !== "bool") return true;
	report(context, {
		code: "E0302",
		at: locate(context, node),
		message: isSchedule
			? `\`${option}\` is a number, or a function of the step that gives one, and this is ${showType(type)}`
			: `\`${option}\` is a number, and this is ${showType(type)}`,
	});
	return false;
}

/** Whether a constraint holds is told at the end of the fit: there is no turn then, and no name of one. */
function isKnownAtEnd(context: Context, node: ast.Expression, option: string): boolean {
	if (context.stage !== "step") return true;
	const own = new Set(context.scope.inside());
	for (const [name, use] of freeNames(node)) {
		const binding = context.scope.find(name);
		if (binding?.role !== "local" || !own.has(binding) || !followsSteps(binding)) continue;
		report(context, {
			code: "E0468",
			at: locate(context, use),
			message: `\`${option}\` is asked at the end of the fit, too, and \`${name}\` is of a turn`,
			related: [{ at: binding.at, label: "of each turn" }],
			hint: "say it by a number, by options, or by what is computed above the loop",
		});
		return false;
	}
	return true;
}

/** What a function of the step gives. */
function scheduled(type: FunctionType): Type {
	const { lambda, parameters, result } = type;
	if (lambda) return (lambda.arity ?? 1) === 1 ? lambda.apply([scalar("int")]) : type;
	return parameters.filter((p) => !p.optional).length === 1 ? result : type;
}

/** The method by which a constraint is held; undefined after a mistake. `made` is computed from other parameters. */
export function methodFor(
	context: Context,
	by: ast.Expression | undefined,
	constraint: ast.Expression,
	rule: RuleSymbol,
	made?: string,
): MethodName | undefined {
	const offered = new Set(rule.members.keys());
	const known = methodsFor(offered).filter((name) => made === undefined || isDual(name));
	const method = by ? writtenMethodOf(context, by) : chosenMethod(offered, made !== undefined);
	if (by && !method) return undefined;
	const missing = method && lacking(method, offered);
	if (made !== undefined && !missing && (!method || !isDual(method))) {
		report(context, {
			code: "E0421",
			at: locate(context, by ?? constraint),
			message: method
				? `\`${method}\` sets what it holds, and \`${made}\` is computed from other parameters`
				: `\`${made}\` is computed from other parameters: what adds to the objective could hold it, and needs \`violation\`, which ${isAnyRule(rule) ? "not every Constraint has" : `the constraint ${rule.name} does not have`}`,
			related: isAnyRule(rule) ? [] : [{ at: rule.at, label: `${rule.name} is declared here` }],
			...(known.length > 0 && { hint: `it can be held by ${quoted(known)}` }),
		});
		return undefined;
	}
	if (method && !missing) return method;
	report(context, {
		code: "E0421",
		at: locate(context, by ?? constraint),
		message: method
			? `\`${method}\` needs ${missing}, which ${isAnyRule(rule) ? "not every Constraint has" : `the constraint ${rule.name} does not have`}`
			: `the constraint ${rule.name} offers nothing by which a step could hold it`,
		notes: [offered.size > 0 ? `it has ${quoted([...offered])}` : "it is empty"],
		related: isAnyRule(rule) ? [] : [{ at: rule.at, label: `${rule.name} is declared here` }],
		...(known.length > 0 && { hint: `it can be held by ${quoted(known)}` }),
	});
	return undefined;
}
