import type * as ast from "../../grammar/ast.js";
import { nearest } from "../source/near.js";
import { type Context, locate, report, unsupported } from "./context.js";
import { infer } from "./expression.js";
import { optionsMissing } from "./place.js";
import {
	beginsAtRoot,
	distinct,
	leavesOf,
	matchesNothing,
	ownPart,
	placesOf,
	untrained,
	valuesOf,
} from "./places.js";
import { fitsSubject } from "./rule.js";
import { showType } from "./show.js";
import { asTensor } from "./stack.js";
import { errorType, type PlaceLeaf, type RuleSymbol, type Type } from "./types.js";

/** `minimize` and `subject to`. */

/** Returns the names of the terms. */
export function checkMinimize(context: Context, node: ast.Minimize): string[] {
	if (node.sense === "descend") {
		unsupported(context, node, "`descend`");
		return [];
	}
	for (const term of node.terms) checkTerm(context, term.value);
	const leaves =
		node.wrt.length > 0 ? node.wrt.flatMap((place) => trainable(context, place)) : ownedLeaves(context);
	if (node.using.length === 0) {
		report(context, {
			code: "E0414",
			at: locate(context, node),
			message: `this \`${node.sense}\` has no optimizer`,
			hint: "add `using adam(1e-3)`",
		});
	}
	let rest: readonly PlaceLeaf[] = leaves;
	for (const use of node.using) {
		const isRest = !use.on || (use.on.kind === "Name" && use.on.name === "rest");
		const chosen = isRest || !use.on ? rest : trainable(context, use.on);
		rest = rest.filter((l) => !chosen.some((c) => c.path === l.path));
		checkOptimizer(context, use, chosen);
	}
	if (node.using.length > 0 && rest.length > 0) {
		report(context, {
			code: "E0415",
			at: locate(context, node.using.at(-1) ?? node),
			message: `no optimizer is given for ${listed(rest)}`,
			hint: "add `, adam(1e-3) on rest`",
		});
	}
	return node.terms.flatMap((t) => (t.name ? [t.name.name] : []));
}

function checkTerm(context: Context, node: ast.Expression): void {
	const type = infer(context, node);
	const value = asTensor(type);
	if (type.kind === "error") return;
	if (!value || value.shape.dims.length > 0 || value.shape.rest) {
		report(context, {
			code: "E0416",
			at: locate(context, node),
			message: `a term of the objective is one number, and this is ${showType(type)}`,
			hint: "reduce it: `mean(..)`, `sum i: ..`",
		});
		return;
	}
	if (value.element !== "real") {
		report(context, {
			code: "E0416",
			at: locate(context, node),
			message: `a term of the objective is a real, and this is ${showType(type)}`,
			notes: ["whole numbers and truth values have no gradient"],
		});
	}
}

/** All parts and parameters that can be seen from here. */
function ownedLeaves(context: Context): PlaceLeaf[] {
	const leaves: PlaceLeaf[] = [];
	for (const binding of context.scope.visible()) {
		if (binding.role !== "part" && binding.role !== "param") continue;
		leaves.push(...leavesOf(ownPart(binding)));
	}
	return leaves;
}

function trainable(context: Context, node: ast.Expression): PlaceLeaf[] {
	// A union is no tuple here, and a dot begins at the fit.
	const type = node.kind === "Tuple" || beginsAtRoot(node) ? undefined : infer(context, node);
	if (type?.kind === "error") return [];
	const places = type?.kind === "places" ? [...type.leaves] : placesOf(context, node);
	if (!places) return [];
	if (places.length === 0) {
		matchesNothing(context, node);
		return [];
	}
	const leaves = distinct(places.flatMap(leavesOf));
	if (leaves.length === 0) {
		report(context, {
			code: "E0410",
			at: locate(context, node),
			message: untrained(places, type ?? places[0]?.type ?? errorType),
		});
	}
	for (const leaf of leaves) {
		if (leaf.steps?.at(-1)?.kind === "elements") {
			unsupported(context, node, "training a part of a tensor");
			return [];
		}
	}
	return leaves;
}

function checkOptimizer(
	context: Context,
	use: ast.Minimize["using"][number],
	leaves: readonly PlaceLeaf[],
): void {
	const type = infer(context, use.optimizer);
	const rule = ruleOf(context, use.optimizer, type);
	if (type.kind === "error" || (!rule && isRule(type))) return;
	if (rule?.role !== "optimizer") {
		report(context, {
			code: "E0417",
			at: locate(context, use.optimizer),
			message: `\`using\` takes an optimizer, and this is ${showType(type)}`,
			hint: "for example `using adam(1e-3)`",
		});
		return;
	}
	const wrong = leaves.filter((leaf) => fitsSubject(rule, leaf.type, context, type) !== undefined);
	if (wrong.length === 0) return;
	const reason = fitsSubject(rule, (wrong[0] as PlaceLeaf).type, context, type);
	report(context, {
		code: "E0418",
		at: locate(context, use),
		message: `${rule.name} does not fit ${listed(wrong)}`,
		notes: reason ? [reason] : [],
		hint: `say what it is for: \`using ${rule.name}(..) on net.**.weight, adam(1e-3) on rest\``,
	});
}

function listed(leaves: readonly PlaceLeaf[]): string {
	const names = leaves.slice(0, 3).map((l) => `\`${l.path}\``);
	return leaves.length > 3 ? `${names.join(", ")} and ${leaves.length - 3} more` : names.join(", ");
}

function isRule(type: Type): boolean {
	return type.kind === "declaration" && "rule" in type.symbol;
}

export function ruleOf(context: Context, node: ast.Expression, type: Type): RuleSymbol | undefined {
	if (type.kind === "applied") return type.rule;
	if (type.kind !== "declaration") return undefined;
	const { symbol } = type;
	if (!("rule" in symbol)) return undefined;
	symbol.rule.complete();
	if (symbol.rule.parameters.some((p) => !p.optional)) {
		optionsMissing(context, node, symbol.rule);
		return undefined;
	}
	return symbol.rule;
}

/** Methods of `subject to`, and what each asks of a constraint. */
const methods: Readonly<Record<string, string>> = { projection: "project" };
const laterMethods = [
	"lagrangian",
	"penalty",
	"augmented",
	"retraction",
	"proximal",
	"frank_wolfe",
	"reparametrization",
];

/** Returns the name under which violations are reported. */
export function checkSubjectTo(context: Context, node: ast.SubjectTo): string | undefined {
	if (!node.constraint) {
		infer(context, node.subject);
		unsupported(context, node, "a constraint on a computed number");
		return undefined;
	}
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
	const constraintType = infer(context, node.constraint);
	const rule = ruleOf(context, node.constraint, constraintType);
	if (subject.kind === "error" || constraintType.kind === "error" || (!rule && isRule(constraintType)))
		return nameOf(node);
	if (rule?.role !== "constraint") {
		notInConstraint(context, node.constraint, constraintType);
		return nameOf(node);
	}
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
					at: locate(context, node.constraint),
					label: rule.subject ? `for ${showType(rule.subject)}` : "this constraint",
				},
			],
			notes: [reason],
		});
		return nameOf(node);
	}
	checkMethod(context, node, rule);
	return nameOf(node);
}

export function notInConstraint(context: Context, node: ast.Expression, type: Type): void {
	report(context, {
		code: "E0419",
		at: locate(context, node),
		message: `\`in\` takes a constraint, and this is ${showType(type)}`,
	});
}

function checkMethod(context: Context, node: ast.SubjectTo, rule: RuleSymbol): void {
	const has = [...rule.members.keys()];
	const offered = Object.entries(methods).filter(([, member]) => has.includes(member));
	const by = node.by;
	if (!by) {
		if (offered.length > 0) return;
		report(context, {
			code: "E0421",
			at: locate(context, node.constraint ?? node),
			message: `the constraint ${rule.name} has no method that this version can use`,
			notes: [`it has ${has.map((m) => `\`${m}\``).join(", ")}; \`project\` would do`],
			related: [{ at: rule.at, label: `${rule.name} is declared here` }],
		});
		return;
	}
	const name =
		by.kind === "Name" ? by.name : by.kind === "Call" && by.callee.kind === "Name" ? by.callee.name : "";
	const needed = methods[name];
	if (!needed) {
		if (laterMethods.includes(name)) unsupported(context, by, `the method \`${name}\``);
		else {
			report(context, {
				code: "E0422",
				at: locate(context, by),
				message: `there is no method \`${name}\``,
				hint:
					nearest(name, Object.keys(methods)).length > 0
						? `did you mean \`${nearest(name, Object.keys(methods))[0]}\`?`
						: `there are ${[...Object.keys(methods), ...laterMethods].map((m) => `\`${m}\``).join(", ")}`,
			});
		}
		return;
	}
	if (has.includes(needed)) return;
	report(context, {
		code: "E0421",
		at: locate(context, by),
		message: `\`${name}\` needs \`${needed}\`, which the constraint ${rule.name} does not have`,
		notes: [`it has ${has.map((m) => `\`${m}\``).join(", ")}`],
		related: [{ at: rule.at, label: `${rule.name} is declared here` }],
	});
}

function nameOf(node: ast.SubjectTo): string | undefined {
	return node.name?.name;
}
