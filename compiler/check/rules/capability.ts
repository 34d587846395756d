import type * as ast from "../../../grammar/ast.js";
import { type Context, declare, locate, report, Scope, within } from "../context.js";
import { infer } from "../expressions/expression.js";
import { checkAgainst } from "../expressions/statement.js";
import { meantOr } from "../hint.js";
import { functionType, resultNode } from "../signatures/declaration.js";
import { addMember } from "../signatures/model-declaration.js";
import { showType } from "../types/show.js";
import type { RuleSymbol } from "../types/symbols.js";
import { type FunctionType, ruleOfType, type SignatureParameter, scalar, type Type } from "../types/types.js";

/** What a constraint can offer, each with its type: what it lacks cannot be asked of it. */

/** `takes` is a parameter beside the subject: another point of its type, or a positive number. */
interface Capability {
	readonly takes?: { readonly name: string; readonly what: string; readonly like: "subject" | "real" };
	readonly gives: "subject" | "real";
}

const capabilities: Readonly<Record<string, Capability>> = {
	violation: { gives: "real" },
	project: { gives: "subject" },
	prox: { takes: { name: "t", what: "a step size", like: "real" }, gives: "subject" },
	lmo: { takes: { name: "g", what: "a gradient", like: "subject" }, gives: "subject" },
	tangent: { takes: { name: "g", what: "a gradient", like: "subject" }, gives: "subject" },
	retract: { takes: { name: "v", what: "a tangent", like: "subject" }, gives: "subject" },
};

/** The names that may stand in a constraint; `reparam` names reparametrizations that hold it. */
export const constraintMethods: readonly string[] = [...Object.keys(capabilities), "reparam"];

const real = scalar("real");

/** `project = ..` and `tangent(g) = ..`: a function of the subject, then of what it takes. */
export function checkCapability(
	context: Context,
	node: ast.Define | ast.FunctionDeclaration,
	name: ast.Identifier,
	symbol: RuleSymbol,
	subject: Type,
): () => void {
	const capability = capabilities[name.name];
	if (!capability) {
		report(context, {
			code: "E0402",
			at: locate(context, name),
			message: `a constraint has no \`${name.name}\``,
			hint: meantOr(name.name, constraintMethods, `it may have ${constraintMethods.join(", ")}`),
		});
		if (node.kind === "Define") infer(context, node.value);
		return () => {};
	}
	const typeOf = (like: "subject" | "real"): Type => (like === "subject" ? subject : real);
	const { takes } = capability;
	const wanted = typeOf(capability.gives);
	const given = node.kind === "Function" ? node.parameters.length : 0;
	const own: SignatureParameter[] = takes
		? [{ name: takes.name, type: typeOf(takes.like), optional: false }]
		: [];
	const offered: FunctionType = {
		kind: "function",
		name: name.name,
		quantified: symbol.quantified,
		parameters: [{ name: "w", type: subject, optional: false }, ...own],
		result: wanted,
		where: symbol.where,
		at: locate(context, name),
	};
	addMember(context, symbol.members, name, { role: "method", type: offered });
	if (given !== own.length) {
		report(context, {
			code: "E0402",
			at: locate(context, name),
			message: takes
				? `\`${name.name}\` takes ${takes.what}, and here it takes ${given === 0 ? "nothing" : `${given} arguments`}`
				: `\`${name.name}\` takes nothing beside the subject`,
			hint: `write \`${name.name}${takes ? `(${takes.name})` : ""} = ..\``,
		});
		return () => {};
	}
	if (node.kind === "Define") {
		const type = infer(context, node.value, wanted);
		checkAgainst(context, node.value, wanted, type);
		return () => {};
	}
	const { type, check } = functionType(
		within(context, { scope: new Scope(context.scope) }),
		node,
		own[0]?.type,
	);
	return () => {
		const [parameter] = type.parameters;
		const declared = node.parameters[0]?.type;
		if (parameter && own[0] && declared && showType(parameter.type) !== showType(own[0].type)) {
			report(context, {
				code: "E0402",
				at: locate(context, declared),
				message: `\`${name.name}\` takes ${takes?.what ?? ""} of type ${showType(own[0].type)}, and this is ${showType(parameter.type)}`,
			});
		}
		const actual = check();
		if (actual.kind !== "error") checkAgainst(context, resultNode(node.body), wanted, actual, node.result);
	};
}

/** `reparam = cayley`, or a list: the reparametrizations whose values always hold. Their names as declared. */
export function checkReparamCapability(context: Context, node: ast.Define, symbol: RuleSymbol): void {
	const items = node.value.kind === "List" ? node.value.elements : [node.value];
	const rules: RuleSymbol[] = [];
	const maps: Type[] = [];
	for (const item of items) {
		const type = infer(context, item);
		const rule = ruleOfType(type);
		if (rule?.role === "reparam") {
			maps.push(type);
			// With other options its values need not hold the constraint.
			if (type.kind !== "applied") rules.push(rule);
		} else if (type.kind !== "error") {
			report(context, {
				code: "E0402",
				at: locate(context, item),
				message: `\`reparam\` names a reparametrization, and this is ${showType(type)}`,
			});
		}
	}
	symbol.reparams = rules;
	symbol.maps = maps;
	addMember(context, symbol.members, node.name, { role: "let", type: { kind: "unit" } });
}

/** The parameters of a method, as names that its body sees. */
export function declareUntyped(
	context: Context,
	parameter: ast.Parameter | undefined,
	type: Type,
): string | undefined {
	if (parameter?.name.kind !== "Identifier") return undefined;
	declare(context, parameter.name, type, "parameter", { uses: 1 });
	return parameter.name.name;
}
