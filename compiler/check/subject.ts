import type * as ast from "../../grammar/ast.js";
import { quoted, suggestion } from "../source/near.js";
import { notBool } from "./conditional.js";
import { type Context, cannotRunYet, locate, report, unsupported } from "./context.js";
import { infer } from "./expression.js";
import { readsOf } from "./influence.js";
import { isRule, ruleOf } from "./objective.js";
import { distinct, placesOf, valuesOf } from "./places.js";
import { fitsSubject } from "./rule.js";
import { showType } from "./show.js";
import { asTensor } from "./stack.js";
import type { RuleSymbol, Type } from "./types.js";

/** `subject to w in constraint by method`, `subject to h <= c by method`. */

interface Method {
	/** What it asks of a constraint; without, it is for a computed number. */
	readonly needs?: string;
	/** It holds a computed number, too. */
	readonly ofNumbers: boolean;
	/** Its options: numbers, and a `proxy` for the gradient. */
	readonly options: readonly string[];
	readonly runs: boolean;
}

const methods: Readonly<Record<string, Method>> = {
	projection: { needs: "project", ofNumbers: false, options: [], runs: true },
	retraction: { needs: "retract", ofNumbers: false, options: [], runs: false },
	proximal: { needs: "prox", ofNumbers: false, options: ["weight"], runs: false },
	frank_wolfe: { needs: "lmo", ofNumbers: false, options: ["rate"], runs: false },
	reparametrization: { needs: "reparam", ofNumbers: false, options: [], runs: false },
	penalty: { needs: "violation", ofNumbers: true, options: ["weight"], runs: false },
	lagrangian: { needs: "violation", ofNumbers: true, options: ["rate", "proxy"], runs: false },
	augmented: { needs: "violation", ofNumbers: true, options: ["rate", "weight", "proxy"], runs: false },
};

/** Returns the name under which violations are reported. */
export function checkSubjectTo(context: Context, node: ast.SubjectTo): string | undefined {
	if (node.constraint) checkMember(context, node, node.constraint);
	else checkNumber(context, node);
	return node.name?.name;
}

/** `w in constraint`: for each leaf of the place. */
function checkMember(context: Context, node: ast.SubjectTo, constraint: ast.Expression): void {
	const subject = infer(context, node.subject);
	const places = subject.kind === "places" ? [...subject.leaves] : (placesOf(context, node.subject) ?? []);
	const leaves = distinct(places.flatMap(valuesOf));
	const made = leaves.find((l) => l.form);
	if (made)
		unsupported(
			context,
			node.subject,
			`a constraint on \`${made.path}\`, which is ${made.form?.reparametrized ? "reparametrized" : "frozen"},`,
		);
	const constraintType = infer(context, constraint);
	const rule = ruleOf(context, constraint, constraintType);
	if (subject.kind === "error" || constraintType.kind === "error" || (!rule && isRule(constraintType)))
		return;
	if (rule?.role !== "constraint") {
		report(context, {
			code: "E0419",
			at: locate(context, constraint),
			message: `\`in\` takes a constraint, and this is ${showType(constraintType)}`,
		});
		return;
	}
	if (!reaches(context, node.subject)) return;
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
		return;
	}
	checkMethod(context, node, constraint, rule);
}

/** A constraint that no parameter of the fit can change. */
function reaches(context: Context, subject: ast.Expression): boolean {
	if (readsOf(context.session.knowledge, subject).paths.size > 0) return true;
	report(context, {
		code: "E0453",
		at: locate(context, subject),
		message: "no parameter of this fit reaches what is constrained here: no step can change it",
		hint: "constrain a part or a `param` of the fit, or something computed from one",
	});
	return false;
}

/** `h <= c`: a number that is computed from parameters. */
function checkNumber(context: Context, node: ast.SubjectTo): void {
	const { subject } = node;
	const type = infer(context, subject);
	const method = node.by && methodOf(context, node.by);
	if (type.kind === "error") return;
	const bound = sidesOf(subject);
	if (!bound) {
		if (type.kind === "tensor" && type.element === "bool") {
			report(context, {
				code: "E0419",
				at: locate(context, subject),
				message: "a constraint on a number is `h <= c`, `h >= c` or `h == c`",
				hint: "how far it is from holding must be a number: a truth value does not tell",
			});
		} else notBool(context, subject, type);
		return;
	}
	for (const side of bound) {
		const value = asTensor(context.session.knowledge.types.get(side) ?? type);
		if (value && value.shape.dims.length === 0 && !value.shape.rest && value.element !== "bool") continue;
		report(context, {
			code: "E0416",
			at: locate(context, side),
			message: `a constraint compares two numbers, and this is ${showType(context.session.knowledge.types.get(side) ?? type)}`,
			hint: "reduce it: `max i: h[i]`, `mean(..)`",
		});
		return;
	}
	if (!reaches(context, subject)) return;
	const numeric = Object.entries(methods).filter(([, m]) => m.ofNumbers);
	if (!node.by) {
		report(context, {
			code: "E0421",
			at: locate(context, subject),
			message: "a constraint on a computed number says how it is held",
			hint: `for example \`by lagrangian(rate = 0.05)\`; there are ${numeric.map(([n]) => `\`${n}\``).join(", ")}`,
		});
		return;
	}
	if (!method) return;
	if (!method.ofNumbers) {
		report(context, {
			code: "E0421",
			at: locate(context, node.by),
			message: `\`${methodName(node.by)}\` is for \`w in constraint\`, and this is a computed number`,
			notes: [`a computed number is held by ${numeric.map(([n]) => `\`${n}\``).join(", ")}`],
			related: [{ at: locate(context, subject), label: "computed" }],
		});
		return;
	}
	cannotRunYet(context, node.by, `the method \`${methodName(node.by)}\``);
}

function sidesOf(node: ast.Expression): readonly [ast.Expression, ast.Expression] | undefined {
	if (node.kind === "Parenthesized") return sidesOf(node.inner);
	if (node.kind !== "Binary" || !["<=", ">=", "=="].includes(node.operator)) return undefined;
	return [node.left, node.right];
}

function methodName(by: ast.Expression): string {
	if (by.kind === "Name") return by.name;
	return by.kind === "Call" && by.callee.kind === "Name" ? by.callee.name : "";
}

/** The method, with its options checked. */
function methodOf(context: Context, by: ast.Expression): Method | undefined {
	const name = methodName(by);
	const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
	if (!method) {
		const names = Object.keys(methods);
		report(context, {
			code: "E0422",
			at: locate(context, by),
			message: name === "" ? "this is no method" : `there is no method \`${name}\``,
			hint: suggestion(name, names, `there are ${quoted(names)}`),
		});
		return undefined;
	}
	if (by.kind !== "Call") return method;
	let sound = true;
	for (const [i, argument] of by.arguments.entries()) {
		const type = infer(context, argument.value);
		const option = argument.name?.name ?? method.options[i];
		if (option === undefined || !method.options.includes(option)) {
			report(context, {
				code: argument.name ? "E0312" : "E0313",
				at: locate(context, argument.name ?? argument.value),
				message: argument.name
					? `\`${name}\` has no option \`${argument.name.name}\``
					: `\`${name}\` takes ${method.options.length === 0 ? "nothing" : `at most ${method.options.length}`}`,
				...(method.options.length > 0 && {
					hint: `it has ${method.options.map((o) => `\`${o}\``).join(", ")}`,
				}),
			});
			sound = false;
			continue;
		}
		if (!checkOption(context, argument.value, option, type)) sound = false;
	}
	return sound ? method : undefined;
}

function checkOption(context: Context, node: ast.Expression, option: string, type: Type): boolean {
	if (type.kind === "error" || (option === "rate" && type.kind === "function")) return true;
	const value = asTensor(type);
	if (value && value.shape.dims.length === 0 && !value.shape.rest && value.element !== "bool") return true;
	report(context, {
		code: "E0302",
		at: locate(context, node),
		message: `\`${option}\` is a number, and this is ${showType(type)}`,
	});
	return false;
}

function checkMethod(
	context: Context,
	node: ast.SubjectTo,
	constraint: ast.Expression,
	rule: RuleSymbol,
): void {
	const has = [...rule.members.keys()];
	const offered = Object.entries(methods).filter(([, m]) => m.needs !== undefined && has.includes(m.needs));
	const { by } = node;
	if (!by) {
		// Without a method the projection holds it, where there is one.
		if (has.includes("project")) return;
		report(context, {
			code: "E0421",
			at: locate(context, constraint),
			message: `the constraint ${rule.name} has no \`project\`: say how it is held`,
			notes: [`it has ${has.map((m) => `\`${m}\``).join(", ")}`],
			related: [{ at: rule.at, label: `${rule.name} is declared here` }],
			...(offered.length > 0 && { hint: `it can be held by ${listed(offered)}` }),
		});
		return;
	}
	const method = methodOf(context, by);
	if (!method) return;
	const name = methodName(by);
	if (method.needs !== undefined && !has.includes(method.needs)) {
		report(context, {
			code: "E0421",
			at: locate(context, by),
			message: `\`${name}\` needs \`${method.needs}\`, which the constraint ${rule.name} does not have`,
			notes: [`it has ${has.map((m) => `\`${m}\``).join(", ")}`],
			related: [{ at: rule.at, label: `${rule.name} is declared here` }],
			...(offered.length > 0 && { hint: `it can be held by ${listed(offered)}` }),
		});
		return;
	}
	if (!method.runs) cannotRunYet(context, by, `the method \`${name}\``);
}

function listed(offered: readonly (readonly [string, Method])[]): string {
	return offered.map(([name]) => `\`${name}\``).join(", ");
}
