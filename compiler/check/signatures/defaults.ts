import type * as ast from "../../../grammar/ast.js";
import { asConstant, atomsOf, type Dim } from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import { holds } from "../types/match.js";
import { noBindings, substituteWhere } from "../types/substitute.js";
import { errorType, type SignatureParameter, type WhereClause } from "../types/types.js";

/**
 * Conditions over options alone: where all of them are left out, they hold for the defaults, or no such call is right.
 * The parameters, without defaults that are wrong.
 */
export function checkDefaults(
	context: Context,
	nodes: readonly ast.Parameter[],
	parameters: readonly SignatureParameter[],
	where: readonly WhereClause[],
): SignatureParameter[] {
	const broken = new Set<string>();
	const bindings = noBindings();
	const written = new Map<number, ast.Parameter>();
	for (const { name, type, default: value } of parameters) {
		const [atom, other] = type.kind === "Int" && type.value ? atomsOf(type.value) : [];
		const number = value?.kind === "Int" && value.value;
		const node = nodes.find((n) => n.name.kind === "Identifier" && n.name.name === name);
		if (atom?.kind !== "variable" || other || !number || asConstant(number) === undefined || !node) continue;
		bindings.dims.set(atom.id, number);
		written.set(atom.id, node);
	}
	for (const clause of where) {
		const names = sidesOf(clause).flatMap((side) => [...atomsOf(side)]);
		const at = names.map((atom) => (atom.kind === "variable" ? written.get(atom.id) : undefined));
		const [first] = at;
		if (!first?.default || at.includes(undefined)) continue;
		if (holds(substituteWhere(clause, bindings), context.facts) !== "fails") continue;
		const name = first.name.kind === "Identifier" ? first.name.name : "";
		broken.add(name);
		report(context, {
			code: "E0325",
			at: locate(context, first.default),
			message: `the default of \`${name}\` breaks \`${clause.text}\``,
			related: clause.at ? [{ at: clause.at, label: "asked for here" }] : [],
		});
	}
	return parameters.map((p) => (broken.has(p.name) ? { ...p, default: errorType } : p));
}

function sidesOf(clause: WhereClause): readonly Dim[] {
	switch (clause.kind) {
		case "at-least":
			return [clause.greater, clause.lesser];
		case "equal":
			return [clause.left, clause.right];
		case "divides":
			return [clause.divisor, clause.dividend];
	}
}
