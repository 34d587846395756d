import type * as ast from "../../../grammar/ast.js";
import { type Context, declare, insideOf, locate, report, Scope, within } from "../context.js";
import { infer } from "../expressions/expression.js";
import { checkAgainst, checkLet } from "../expressions/statement.js";
import { inKernel } from "../fits/kernel.js";
import { checkLeafRules } from "../rules/leaf-rules.js";
import { asTensor } from "../trees/stack.js";
import { showType } from "../types/show.js";
import { listFacts } from "../types/signature-facts.js";
import type { ModelMember, ModelSymbol } from "../types/symbols.js";
import { errorType, isRealElement, type ModelType, type Type } from "../types/types.js";
import { bornSince, listsSince, now } from "../types/visit-type.js";
import { both } from "./conditions.js";
import { declareParameters, functionType, once, quantifiedOf, withClauses } from "./declaration.js";
import { checkDefaults } from "./defaults.js";
import { checkLeafCondition } from "./leaf-condition.js";
import { typeOfStart } from "./state-type.js";
import { newSignature, refuseNegative, resolveType } from "./type-node.js";
import { resolveWhere } from "./where.js";

/** Models: their options, and the members that they declare. */

export function modelSymbol(context: Context, node: ast.ModelDeclaration, name: string): ModelSymbol {
	const symbol: ModelSymbol = {
		name,
		module: context.module,
		node,
		at: locate(context, node.name),
		parameters: [],
		quantified: { dims: [], rests: [], types: [] },
		where: [],
		members: new Map(),
		openSizes: [],
		openLists: [],
		complete: once(
			() => completeModel(context, node, symbol),
			() => undefined,
		),
	};
	return symbol;
}

function completeModel(context: Context, node: ast.ModelDeclaration, symbol: ModelSymbol): undefined {
	const scope = new Scope(context.scope);
	const signature = newSignature(scope, node.where);
	const own = insideOf(context, node, scope, symbol.at);
	const header = inKernel(own, `the model ${symbol.name}`, symbol.at);
	context.session.knowledge.scopes.set(node, scope);
	symbol.parameters = declareParameters(header, node.parameters, signature);
	resolveWhere(header, node.where.filter(isBound), signature);
	symbol.quantified = quantifiedOf(signature);
	symbol.where = resolveWhere(
		header,
		node.where.filter((condition) => !isBound(condition)),
	);
	symbol.parameters = checkDefaults(header, node.parameters, symbol.parameters, symbol.where);
	const body = within(header, {
		facts: withClauses(listFacts(context.facts, symbol.parameters), symbol.where),
		trees: new Set([...(context.trees ?? []), ...signature.trees]),
	});
	const methods: (() => Type)[] = [];
	const since = now();
	const self = (): ModelType | undefined => {
		const named = context.scope.find(symbol.name)?.type;
		if (named?.kind !== "declaration" || named.symbol.role !== "model") return undefined;
		const configuration = new Map(symbol.parameters.map((p) => [p.name, p.type]));
		return { kind: "model", declaration: named.symbol.model, configuration };
	};
	for (const member of node.members) {
		if (member.kind !== "Function") checkMember(body, member, symbol);
	}
	for (const member of node.members) {
		if (member.kind !== "Function") continue;
		const lines = member.body.kind === "Block" ? member.body.statements : [];
		const stateWrites = new Set(lines.filter((line) => line.kind === "Assign"));
		const { type, check } = functionType(within(body, { stateWrites, self }), member);
		methods.push(check);
		if (member.name?.kind === "Identifier") {
			addMember(body, symbol.members, member.name, { role: "method", type });
			declare(body, member.name, type, "function", { uses: 1 });
		} else if (symbol.call) {
			report(body, { code: "E0207", at: locate(body, member), message: `${symbol.name} has two calls` });
		} else symbol.call = { ...type, name: symbol.name, result: type.result };
	}
	for (const check of methods) check();
	const types = [...symbol.members.values()].map((m) => m.type).concat(symbol.call ?? []);
	symbol.openSizes = types.flatMap((type) => bornSince(type, since));
	const lists = types.flatMap((type) => listsSince(type, since));
	symbol.openLists = [...new Map(lists.map((list) => [list.id, list])).values()];
}

/** `T: tree`. */
function isBound(condition: ast.Expression): boolean {
	return condition.kind === "Bound";
}

function checkMember(context: Context, node: ast.Statement, symbol: ModelSymbol): void {
	switch (node.kind) {
		case "Leaf":
			checkLeaf(context, node, symbol.members);
			return;
		case "Define": {
			const type = infer(context, node.value);
			addMember(context, symbol.members, node.name, { role: "part", type });
			declare(context, node.name, type, "part");
			return;
		}
		case "Let":
			checkLet(context, node);
			if (node.pattern.kind === "NamePattern") {
				const binding = context.scope.names.get(node.pattern.name);
				const name: ast.Identifier = { kind: "Identifier", name: node.pattern.name, span: node.pattern.span };
				addMember(context, symbol.members, name, { role: "let", type: binding?.type ?? errorType });
			}
			return;
		default:
			report(context, {
				code: "E0401",
				at: locate(context, node),
				message: "this does not belong in a model: it has parts, parameters, states, lets and methods",
			});
	}
}

/** `param` and `state`: a declared type, an initial value that takes its shape from there. */
export function checkLeaf(
	context: Context,
	node: ast.Leaf,
	members: Map<string, ModelMember>,
	untyped?: Type,
	/** Where its name is known, and under which condition, if it stands in a branch. */
	home: { readonly context: Context; readonly condition?: ast.Expression } = { context },
): void {
	if (node.name.kind === "Missing") return;
	const type = node.type ? resolveType(context, node.type) : (untyped ?? typeOfStart(context, node));
	if (!type) {
		report(context, {
			code: "E0404",
			at: locate(context, node),
			message: `the ${node.role} \`${node.name.name}\` needs a type`,
			hint: `write it: \`${node.role} ${node.name.name}: real[n] = zeros()\``,
		});
	}
	if (node.condition) checkLeafCondition(context, node.condition);
	// A state of an optimizer of all parameters is such a tree, unless it says otherwise.
	const isTree = node.role === "state" && type?.kind === "variable" && type === untyped;
	if (
		type &&
		type.kind !== "error" &&
		!isTree &&
		(type.kind !== "tensor" || (node.role === "param" && !isRealElement(type.element)))
	) {
		report(context, {
			code: "E0424",
			at: locate(context, node.type ?? node),
			message: `a ${node.role} is a ${node.role === "param" ? "real tensor" : "tensor"}, and this is ${showType(type)}`,
			...(node.role === "param" && type.kind === "tensor" && { hint: "what is not trained is a `state`" }),
		});
		declareLeaf(home.context, node.name, node.role, members, errorType);
		return;
	}
	if (type?.kind === "tensor") refuseNegative(context, node.type ?? node, type.shape);
	if (node.value && type) {
		const value = infer(context, node.value, type);
		const number = asTensor(value);
		// One number fills a tensor.
		const fills = type.kind === "tensor" && number?.shape.dims.length === 0 && !number.shape.rest;
		checkAgainst(context, node.value, fills ? { ...type, shape: { dims: [] } } : type, value, node.type);
	} else if (type) {
		report(context, {
			code: "E0406",
			at: locate(context, node),
			message: `the ${node.role} \`${node.name.name}\` needs a start`,
			hint: "give one: `= zeros()`, `= glorot_uniform()`",
		});
	}
	const condition = both(home.condition, node.condition);
	declareLeaf(home.context, node.name, node.role, members, type ?? errorType, {
		...(condition && { condition }),
		...checkLeafRules(context, node, node.name.name, type ?? errorType),
	});
}

function declareLeaf(
	context: Context,
	name: ast.Identifier,
	role: "param" | "state",
	members: Map<string, ModelMember>,
	type: Type,
	more: Pick<ModelMember, "condition" | "form" | "constraint"> = {},
): void {
	addMember(context, members, name, { role, type, ...more });
	declare(context, name, type, role, {
		...(more.condition && { condition: more.condition }),
		...(more.form && { form: more.form }),
	});
}

export function addMember(
	context: Context,
	members: Map<string, ModelMember>,
	name: ast.Identifier,
	member: Omit<ModelMember, "name" | "at">,
): void {
	const before = members.get(name.name);
	if (before) {
		report(context, {
			code: "E0207",
			at: locate(context, name),
			message: `\`${name.name}\` is declared twice`,
			related: [{ at: before.at, label: "first declared here" }],
		});
	}
	members.set(name.name, { name: name.name, at: locate(context, name), ...member });
}
