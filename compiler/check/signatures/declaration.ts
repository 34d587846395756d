import type * as ast from "../../../grammar/ast.js";
import {
	type Atom,
	type Facts,
	ofAtom,
	variable,
	withAtLeast,
	withDivides,
	withEqual,
} from "../../dims/dim.js";
import type { ModuleName } from "../../program/module.js";
import { checkDerivativeRule } from "../builtins/derivative-rule.js";
import { overloads } from "../builtins/overloads.js";
import { isSpecial } from "../builtins/special.js";
import { type Context, declare, insideOf, locate, report, Scope, within } from "../context.js";
import { withoutInner } from "../expressions/escape.js";
import { infer } from "../expressions/expression.js";
import { literalNumber } from "../expressions/literal.js";
import { checkAgainst } from "../expressions/statement.js";
import { ownInstance, withInstances } from "../types/instantiate.js";
import { factsOfType, listFacts } from "../types/signature-facts.js";
import {
	errorType,
	type FunctionType,
	type Quantified,
	type SignatureParameter,
	type Type,
	type WhereClause,
} from "../types/types.js";
import { now } from "../types/visit-type.js";
import { probabilitiesOf } from "../warnings/probabilities.js";
import { register } from "./declared-type.js";
import { checkDefaults } from "./defaults.js";
import { isOverNames, isOverSizes } from "./early-conditions.js";
import { noSize, refuseUnnamed } from "./named-sizes.js";
import { checkRole } from "./roles.js";
import {
	leastOf,
	newSignature,
	resolveType,
	type SignatureBuilder,
	sourceText,
	withUndivided,
} from "./type-node.js";
import { resolveWhere } from "./where.js";
import { writtenCases } from "./written-cases.js";

/** Whatever is checked once, when it is first needed: a name may be used above its declaration. */
export function once<T>(compute: () => T, cycle: () => T): () => T {
	let state: "new" | "running" | "done" = "new";
	let value: T;
	return () => {
		if (state === "done") return value;
		if (state === "running") return cycle();
		state = "running";
		try {
			value = compute();
			state = "done";
			return value;
		} finally {
			if (state === "running") state = "new";
		}
	};
}

/** The parameters of a declaration, declared in its scope as names that nothing may hide. */
export function declareParameters(
	context: Context,
	nodes: readonly ast.Parameter[],
	signature: SignatureBuilder,
	untyped?: Type,
	/** What the conditions say that ask only of parameters up to this one. */
	settled: (name: string, type: Type) => readonly WhereClause[] = () => [],
): SignatureParameter[] {
	const parameters: SignatureParameter[] = [];
	// What a list before it says: `widths: List[Int], x: real[widths[len(widths) - 1]]`.
	let known = context;
	for (const node of nodes) {
		if (node.name.kind === "Missing") continue;
		const name = node.name.name;
		const type = node.type
			? parameterType(
					context,
					node,
					name,
					resolveType(known, node.type, { ...signature, prefix: name }),
					signature,
				)
			: (untyped ?? missingType(context, node, name));
		const value = node.default && infer(known, node.default);
		const sound =
			value && node.default && checkAgainst(context, node.default, looser(type), value, node.type);
		const given = sound?.kind === "error" ? sound : value;
		// `x: real[n], n: Int`: the size was met before its parameter.
		const size = context.scope.names.get(name);
		if (size?.role === "dimension" && type.kind !== "Int" && type.kind !== "error")
			noSize(context, size, type);
		if (size?.role === "dimension") context.scope.names.delete(name);
		declare(context, node.name, inBody(type), "parameter", { fixed: true });
		known = within(known, { facts: withClauses(factsOfType(known.facts, type), settled(name, type)) });
		parameters.push({
			name,
			type,
			optional: node.default !== undefined,
			...(given && { default: given }),
			at: locate(context, node.name),
		});
	}
	return parameters;
}

function missingType(context: Context, node: ast.Parameter, name: string): Type {
	report(context, {
		code: "E0404",
		at: locate(context, node),
		message: `the parameter \`${name}\` needs a type`,
		hint: `write it: \`${name}: real[n]\`, \`${name}: Int\``,
	});
	return errorType;
}

/** A static Int stands for itself in sizes; a static list for its entries. */
function parameterType(
	context: Context,
	node: ast.Parameter,
	name: string,
	type: Type,
	signature: SignatureBuilder,
): Type {
	if (type.kind === "Int") {
		const known = context.scope.names.get(name);
		if (known?.role === "dimension" && known.type.kind === "Int") return known.type;
		const written = node.default && literalNumber(node.default);
		const given = Number.isInteger(written) ? written : undefined;
		const { dim, atom } = variable(name, { minimum: Math.min(leastOf(signature, name), given ?? 1) });
		signature.dims.push(atom);
		return { kind: "Int", value: dim };
	}
	// What an alias names stands for itself in each parameter.
	return withInstances(type, name, (model, path) => {
		const own = ownInstance(model, (size) => `${path}.${size}`);
		register(signature, own.quantified);
		return own.type;
	});
}

/** Inside the declaration a rate is the number at the step. */
function inBody(type: Type): Type {
	return type.kind === "rate" ? { kind: "tensor", element: "real", shape: { dims: [] } } : type;
}

/** A default need not be what its parameter stands for: it is one value of it. */
function looser(type: Type): Type {
	if (type.kind === "list" && type.symbol) return { ...type, symbol: { ...type.symbol, anyList: true } };
	if (type.kind === "model") return { ...type, configuration: new Map(), implied: undefined };
	return type.kind === "Int" ? { kind: "Int" } : type;
}

export { listFacts };

export function withClause(facts: Facts, clause: WhereClause): Facts {
	switch (clause.kind) {
		case "at-least":
			return withAtLeast(facts, clause.greater, clause.lesser);
		case "equal":
			return withEqual(facts, clause.left, clause.right);
		case "divides":
			return withDivides(facts, clause.divisor, clause.dividend);
	}
}

export function withClauses(facts: Facts, clauses: readonly WhereClause[]): Facts {
	return clauses.reduce(withClause, facts);
}

export function quantifiedOf(signature: SignatureBuilder): Quantified {
	const { dims, rests, types, lists, trees } = signature;
	return { dims, rests, types, lists, trees };
}

/** Only the library may name what the compiler itself computes. */
export function isIntrinsic(module: ModuleName, node: ast.FunctionDeclaration): boolean {
	return module.library && node.body.kind === "Name" && node.body.name === "intrinsic";
}

/** A function or a method: its signature is the contract of every call; its body is checked once, against it. */
export function functionType(
	context: Context,
	node: ast.FunctionDeclaration,
	untyped?: Type,
	/** A function of a file: `real` is any format. A method has that of the declaration around. */
	overReal = false,
): { readonly type: FunctionType; readonly check: () => Type } {
	const scope = new Scope(context.scope);
	const signature = newSignature(scope, node.where);
	const at = locate(context, node.name ?? node);
	const own = insideOf(context, node, scope, at);
	const name = node.name?.kind === "Identifier" ? node.name.name : undefined;
	if (name && isIntrinsic(context.module, node) && isSpecial(name)) return builtin(context, node, name);
	// Conditions on sizes come first: `real[n/2]` needs `2 divides n`.
	const isEarly = (w: ast.Expression): boolean => isOverSizes(w, node.parameters);
	const early = resolveWhere(own, node.where.filter(isEarly), signature);
	const known = within(own, { facts: withClauses(context.facts, early) });
	const waiting = new Set(node.where.filter((w) => !isEarly(w)));
	const names = new Set<string>();
	const settled: WhereClause[] = [];
	const after = (clauses: readonly WhereClause[], facts = known.facts): Context =>
		within(own, { facts: withClauses(facts, clauses) });
	const declaredOnes = declareParameters(known, node.parameters, signature, untyped, (parameter, type) => {
		if (type.kind === "Int" || type.kind === "list") names.add(parameter);
		const ready = [...waiting].filter((w) => isOverNames(w, names));
		for (const condition of ready) waiting.delete(condition);
		const clauses = resolveWhere(after(settled), ready, signature);
		settled.push(...clauses);
		return clauses;
	});
	const late = resolveWhere(after(settled, listFacts(known.facts, declaredOnes)), [...waiting], signature);
	const where = [...early, ...settled, ...late];
	refuseUnnamed(own, node, signature);
	const parameters = checkDefaults(own, node.parameters, declaredOnes, where);
	const open: (Atom & { kind: "variable" })[] = [];
	const declared =
		node.result &&
		resolveType(
			within(own, { facts: withClauses(listFacts(context.facts, parameters), where) }),
			node.result,
			{
				...signature,
				nested: true,
				open,
			},
		);
	const body = within(own, {
		facts: withUndivided(withClauses(listFacts(context.facts, parameters), where), signature),
		trees: new Set([...(context.trees ?? []), ...signature.trees]),
		...(overReal && { anyReal: true }),
	});
	context.session.knowledge.scopes.set(node, scope);
	const check = once<Type>(
		() => {
			if (isIntrinsic(context.module, node)) return declared ?? errorType;
			const since = now();
			const actual = infer(body, node.body, declared);
			checkDerivativeRule(body, node, parameters, declared ?? actual);
			checkRole(body, node, declared ?? actual);
			if (declared) return checkAgainst(body, resultNode(node.body), declared, actual, node.result, open);
			if (holdsLambda(body, node, actual)) return errorType;
			return withoutInner(body, resultNode(node.body), actual, since);
		},
		// It leads back to itself, which is told once all is checked.
		() => errorType,
	);
	const written =
		name && declared?.kind === "Int" && !declared.value ? writtenCases(name, node.body) : undefined;
	const openSizes = written ? [...open, written] : open;
	const overloaded = name && isIntrinsic(context.module, node) && Object.hasOwn(overloads, name);
	const type: FunctionType = {
		kind: "function",
		...(name && { name }),
		...(overloaded && { overloaded: name }),
		...(node.role === "metric" && { isMetric: true }),
		quantified: { ...quantifiedOf(signature), overReal },
		parameters,
		result: written ? { kind: "Int", value: ofAtom(written) } : (declared ?? errorType),
		...(openSizes.length > 0 && { openSizes }),
		...(node.result?.kind === "NamedType" && {
			resultTexts: (node.result.shape ?? []).map((size) => sourceText(context, size)),
		}),
		where,
		probabilities: context.module.library ? undefined : probabilitiesOf(body, node),
		at,
	};
	if (!declared) Object.defineProperty(type, "result", { get: check, enumerable: true });
	return { type, check };
}

/** A lambda that leaves its function would take the sizes of that function along. */
function holdsLambda(context: Context, node: ast.FunctionDeclaration, type: Type): boolean {
	if (type.kind === "tuple") return type.elements.some((e) => holdsLambda(context, node, e.type));
	if (type.kind === "list") return (type.elements ?? []).some((e) => holdsLambda(context, node, e));
	if (type.kind !== "function" || !type.lambda) return false;
	report(context, {
		code: "E0404",
		at: locate(context, resultNode(node.body)),
		message: "a function that gives a function declares its type",
		hint: "for example `-> [n] (real[n]) -> real[n]` after the parameters",
	});
	return true;
}

function builtin(
	context: Context,
	node: ast.FunctionDeclaration,
	name: string,
): { type: FunctionType; check: () => Type } {
	const type: FunctionType = {
		kind: "function",
		name,
		quantified: { dims: [], rests: [], types: [] },
		parameters: [],
		result: errorType,
		special: name,
		...(valueBuiltins.has(name) && {
			asValue: once(
				() => plainSignature(context, node, name),
				() => type,
			),
		}),
		at: locate(context, node.name ?? node),
	};
	return { type, check: () => errorType };
}

/** Builtins whose signature in the library says all there is to say of one argument. */
const valueBuiltins = new Set([
	"softmax",
	"log_softmax",
	"cumsum",
	"cumprod",
	"sum",
	"prod",
	"mean",
	"var",
	"std",
	"max",
	"min",
	"logsumexp",
	"argmax",
	"argmin",
	"all",
	"any",
	"count",
	"floor",
	"identity",
	"stop",
]);

function plainSignature(context: Context, node: ast.FunctionDeclaration, name: string): FunctionType {
	const scope = new Scope(context.scope);
	const signature = newSignature(scope);
	const own = within(context, { scope });
	const parameters = declareParameters(own, node.parameters.slice(0, 1), signature);
	const result = node.result ? resolveType(own, node.result, signature) : errorType;
	return {
		kind: "function",
		name,
		quantified: { ...quantifiedOf(signature), overReal: true },
		parameters,
		result,
	};
}

/** Where the value of a body comes from: the last line of a block. */
export function resultNode(body: ast.Expression): ast.Expression {
	if (body.kind !== "Block") return body;
	const last = body.statements.at(-1);
	return last?.kind === "ExpressionStatement" ? last.value : body;
}
