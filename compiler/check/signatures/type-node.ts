import type * as ast from "../../../grammar/ast.js";
import type { Span } from "../../../grammar/span.js";
import {
	type Atom,
	add,
	asConstant,
	constant,
	type Dim,
	decideAtLeast,
	exactDiv,
	type Facts,
	floorDiv,
	mul,
	show,
	sub,
	variable,
	withDivides,
} from "../../dims/dim.js";
import { nearest } from "../../source/near.js";
import { bornSize } from "../builtins/nonzero.js";
import { type Context, declare, locate, report, Scope, within } from "../context.js";
import { orOverflow } from "../expressions/arithmetic.js";
import { infer } from "../expressions/expression.js";
import { literalNumber } from "../expressions/literal.js";
import { quotientHint } from "../expressions/quotient-hint.js";
import { askFor, meant } from "../hint.js";
import { isTooLarge, spendStep } from "../incremental/budget.js";
import { complexOf } from "../types/complex-type.js";
import { restAt } from "../types/shape.js";
import { showType } from "../types/show.js";
import {
	type Element,
	errorType,
	freshId,
	type ListSymbol,
	type RestAxes,
	type RestVariable,
	type Shape,
	type SignatureParameter,
	type Type,
	type VariableType,
} from "../types/types.js";
import { resolveDeclared } from "./declared-type.js";
import { refuseTwice } from "./field-names.js";
import { partOf, resolveFamilyType, resolveListType } from "./list-type.js";
import { twoRests } from "./rests.js";
import { functionRoleType, isFunctionRole, ruleType } from "./role-type.js";
import { sizePower } from "./size-power.js";
import { stackedType } from "./stacked-type.js";

/** Collects what a signature quantifies over, while its types are read. */
export interface SignatureBuilder {
	readonly dims: (Atom & { kind: "variable" })[];
	readonly rests: RestVariable[];
	readonly types: VariableType[];
	readonly lists: ListSymbol[];
	/** The type variables that are trees: `where T: tree`. */
	readonly trees: Set<number>;
	/** What does not divide, and was told: the rest is checked as if it did. */
	readonly undivided: { readonly divisor: Dim; readonly dividend: Dim }[];
	/** The parameter whose type is read: `net` of `net: MLP`, whose sizes are `net.widths`. */
	readonly prefix?: string;
	/** Inside a function type, or the entries of a list: nothing there is a name of the signature by itself. */
	readonly nested?: boolean;
	/** Where the names are declared: static Ints of the body. */
	readonly scope: Scope;
	/** Inside a function type: where its own names stand. */
	readonly lookup?: Scope;
	/** In the type of a result: sizes that each value has for itself, as those of a fit's result. */
	readonly open?: (Atom & { kind: "variable" })[];
	/** Sizes that the `where` of the signature lets be less than 1. */
	readonly least: ReadonlyMap<string, number>;
}

export function newSignature(scope: Scope, where: readonly ast.Expression[] = []): SignatureBuilder {
	return {
		dims: [],
		rests: [],
		types: [],
		lists: [],
		trees: new Set(),
		undivided: [],
		scope,
		least: new Map(where.flatMap(leastIn)),
	};
}

/** `where n >= 0`: a size is at least 1, unless its signature says otherwise. */
export function leastIn(node: ast.Expression): [string, number][] {
	if (node.kind === "Parenthesized") return leastIn(node.inner);
	if (node.kind !== "Binary") return [];
	if (node.operator === "and") return [...leastIn(node.left), ...leastIn(node.right)];
	const bound = literalNumber(node.right);
	if (node.left.kind !== "Name" || bound === undefined) return [];
	if (node.operator === ">=") return [[node.left.name, bound]];
	return node.operator === ">" ? [[node.left.name, bound + 1]] : [];
}

/** The least value of a size of the signature. */
export function leastOf(signature: SignatureBuilder, name: string): number {
	return Math.min(1, signature.least.get(name) ?? 1);
}

/** A shape that something is made of: no size is negative. */
export function refuseNegative(context: Context, node: { readonly span: Span }, shape: Shape): boolean {
	for (const dim of shape.dims) {
		const verdict = decideAtLeast(dim, constant(0), context.facts);
		if (verdict.verdict === "holds") continue;
		report(context, {
			code: "E0326",
			at: locate(context, node),
			message:
				asConstant(dim) === undefined
					? `the size \`${show(dim)}\` may be negative`
					: `a size is not negative, and this is ${show(dim)}`,
			...(verdict.settle && { hint: askFor(verdict.settle) }),
		});
		return false;
	}
	const known = shape.dims.map(asConstant).reduce<number>((product, n) => product * (n ?? 1), 1);
	if (known <= mostNumbers) return true;
	report(context, {
		code: "E0319",
		at: locate(context, node),
		message: "a tensor of this shape has too many elements: at most 2^31 can be numbered",
	});
	return false;
}

const mostNumbers = 2 ** 31;

export function resolveType(context: Context, node: ast.TypeNode, signature?: SignatureBuilder): Type {
	spendStep();
	const found = resolve(context, node, signature);
	const type = isTooLarge(context, node, found) ? errorType : found;
	context.session.knowledge.types.set(node, type);
	return type;
}

function resolve(context: Context, node: ast.TypeNode, signature?: SignatureBuilder): Type {
	switch (node.kind) {
		case "Missing":
			return errorType;
		case "NamedType":
			return resolveNamed(context, node, signature);
		case "BoundedInt": {
			const below = resolveDim(context, node.bound, signature);
			const shape = resolveShape(context, node.shape ?? [], signature);
			return below && shape ? { kind: "tensor", element: "int", below, shape } : errorType;
		}
		case "TupleType": {
			refuseTwice(context, node);
			const elements = node.elements.map((e, i) => ({
				...(e.name && { name: e.name.name }),
				type: resolveType(context, e.type, partOf(signature, e.name?.name ?? String(i))),
			}));
			const record: Type = { kind: "tuple", elements };
			return node.shape ? stackedType(context, node, record, node.shape, signature) : record;
		}
		case "FunctionType":
			return resolveFunctionType(context, node, signature);
		case "FamilyType":
			return resolveFamilyType(context, node, signature);
	}
}

const elements: Readonly<Record<string, Element>> = {
	real: "real",
	f32: "f32",
	f64: "f64",
	int: "int",
	bool: "bool",
};

function resolveNamed(context: Context, node: ast.NamedType, signature?: SignatureBuilder): Type {
	const name = node.name.name;
	const element = elements[name];
	if (element) {
		const shape = resolveShape(context, node.shape ?? [], signature);
		return shape ? { kind: "tensor", element, shape } : errorType;
	}
	switch (name) {
		case "complex": {
			const shape = resolveShape(context, node.shape ?? [], signature);
			return shape ? complexOf(shape) : errorType;
		}
		case "Int":
			return { kind: "Int" };
		case "Real":
			return { kind: "Real" };
		case "Bool":
			return { kind: "Bool" };
		case "String":
			return { kind: "String" };
		case "Rate":
			return { kind: "rate" };
		case "List":
			return resolveListType(context, node, signature);
		case "Optimizer":
		case "Constraint":
			return ruleType(context, node, name === "Optimizer" ? "optimizer" : "constraint", signature);
		case "Table":
			report(context, {
				code: "E0344",
				at: locate(context, node),
				message: "the type of a data set is the record of its columns",
				hint: "for example `(x: real[n, d], y: int<k>[n])`; a name for it: `type Rows(n) = (x: real[n, 10], y: real[n])`",
			});
			return errorType;
	}
	// A declared type of one letter is that type.
	const isDeclared = context.scope.find(name)?.type.kind === "declaration";
	if (/^[A-Z]$/.test(name) && signature && !isDeclared) return typeVariable(context, node, signature);
	// In the body, one of the signature.
	const variable = isDeclared ? undefined : context.scope.findType(name);
	if (variable && !node.arguments)
		return node.shape ? stackedType(context, node, variable, node.shape) : variable;
	if (isFunctionRole(name) && !context.scope.find(name))
		return functionRoleType(context, node, name, signature);
	return resolveDeclared(context, node, signature);
}

function typeVariable(context: Context, node: ast.NamedType, signature: SignatureBuilder): Type {
	if (node.shape) {
		const { shape, ...one } = node;
		return stackedType(context, node, typeVariable(context, one, signature), shape, signature);
	}
	if (node.arguments) {
		report(context, {
			code: "E0344",
			at: locate(context, node),
			message: `\`${node.name.name}\` stands for a whole type, and takes nothing`,
			hint: `what it stands for has its sizes already: \`${node.name.name}\`; a type with sizes is declared, \`type Pair(n) = (a: real[n], b: real[n])\``,
		});
		return errorType;
	}
	const known = (signature.lookup ?? signature.scope).findType(node.name.name);
	if (known) return known;
	const fresh: VariableType = { kind: "variable", name: node.name.name, id: freshId() };
	signature.types.push(fresh);
	signature.scope.addType(fresh.name, fresh);
	return fresh;
}

/** What a function type does not quantify itself belongs to the signature around it. */
function resolveFunctionType(context: Context, node: ast.FunctionType, signature?: SignatureBuilder): Type {
	const own = newSignature(new Scope(signature?.lookup ?? signature?.scope ?? context.scope));
	const inner = within(context, { scope: own.scope });
	for (const quantifier of node.quantifiers) {
		if (quantifier.kind === "Identifier") newSize(inner, quantifier, own);
		else if (quantifier.name.kind === "Identifier") newRest(quantifier.name.name, own);
	}
	const outer = signature && { ...signature, lookup: own.scope, nested: true };
	const parameters = node.parameters.map(
		(p, i): SignatureParameter => ({ name: `${i + 1}`, type: resolveType(inner, p, outer), optional: false }),
	);
	const result = resolveType(inner, node.result, outer);
	return {
		kind: "function",
		quantified: { dims: own.dims, rests: own.rests, types: own.types },
		parameters,
		result,
	};
}

function newRest(name: string, signature: SignatureBuilder): RestVariable {
	const rest = { id: freshId(), name };
	signature.rests.push(rest);
	signature.scope.addRest(name, rest);
	return rest;
}

function newSize(context: Context, name: ast.Identifier | ast.Name, signature: SignatureBuilder): Dim {
	// Two of them would be one size.
	if (name.name === "_" && !signature.scope.names.has("_"))
		report(context, {
			code: "E0202",
			at: locate(context, name),
			message: "a size of a signature has a name: `_` is none",
			hint: "`n` is any size, `...b` are any leading axes",
		});
	const { dim, atom } = variable(name.name, { minimum: leastOf(signature, name.name) });
	signature.dims.push(atom);
	const identifier: ast.Identifier = { kind: "Identifier", name: name.name, span: name.span };
	declare(within(context, { scope: signature.scope }), identifier, { kind: "Int", value: dim }, "dimension", {
		fixed: true,
		uses: 1,
	});
	return dim;
}

export function resolveShape(
	context: Context,
	items: readonly ast.Expression[],
	signature?: SignatureBuilder,
): Shape | undefined {
	let rest: RestAxes | undefined;
	let first: ast.Rest | undefined;
	const dims: Dim[] = [];
	for (const item of items) {
		if (item.kind === "Rest") {
			if (first) {
				twoRests(context, item, first);
				return undefined;
			}
			first = item;
			const variable = resolveRest(context, item, signature);
			if (!variable) return undefined;
			rest = restAt(variable, dims.length);
			continue;
		}
		const dim = resolveDim(context, item, signature);
		if (!dim) return undefined;
		dims.push(dim);
	}
	return { ...(rest && { rest }), dims };
}

export function resolveRest(
	context: Context,
	item: ast.Rest,
	signature?: SignatureBuilder,
): RestVariable | undefined {
	if (item.name.kind === "Missing") return undefined;
	const known = (signature?.lookup ?? signature?.scope ?? context.scope).findRest(item.name.name);
	if (known) return known;
	if (signature) return newRest(item.name.name, signature);
	report(context, {
		code: "E0202",
		at: locate(context, item),
		message: `there are no axes \`...${item.name.name}\` here`,
		hint: "a rest is named in the signature around this",
	});
	return undefined;
}

/** A size: a polynomial over names. `/` is exact, and an obligation where it cannot be shown to be. */
export function resolveDim(
	context: Context,
	node: ast.Expression,
	signature?: SignatureBuilder,
): Dim | undefined {
	return orOverflow(context, node, () => dimOf(context, node, signature), undefined);
}

function dimOf(context: Context, node: ast.Expression, signature?: SignatureBuilder): Dim | undefined {
	switch (node.kind) {
		case "Missing":
			return undefined;
		case "Number":
			if (node.integer) return constant(node.value);
			break;
		case "Parenthesized":
			return resolveDim(context, node.inner, signature);
		case "Name":
			return sizeName(context, node, signature);
		case "Binary": {
			if (!["+", "-", "*", "/", "^"].includes(node.operator)) break;
			const a = resolveDim(context, node.left, signature);
			const b = resolveDim(context, node.right, signature);
			return a && b && sizeOperator(context, node, a, b, signature);
		}
		case "Call": {
			const quotient = floorArgument(node);
			const a = quotient && resolveDim(context, quotient.left, signature);
			const b = quotient && resolveDim(context, quotient.right, signature);
			if (a && b && asConstant(b) !== 0) return floorDiv(a, b);
			if (quotient && (!a || !b)) return undefined;
			break;
		}
		case "Some":
			return bornSize(context, node);
		default:
			break;
	}
	const type = infer(context, node);
	if (type.kind === "Int" && type.value) return type.value;
	if (type.kind !== "error") {
		report(context, {
			code: "E0303",
			at: locate(context, node),
			message:
				type.kind === "Int"
					? "the value of this Int cannot be told as a formula over names"
					: `a size is a whole number known before running, and this is ${showType(type)}`,
			...(type.kind === "Int" && { hint: "name it by a `let`: then the name stands for it" }),
			...(type.kind === "tensor" &&
				node.kind === "Index" && {
					hint: "the index is computed while running, and with it the entry: a parameter `l: Int` is known before",
				}),
		});
	}
	return undefined;
}

const sizeRoles: ReadonlySet<string> = new Set(["dimension", "parameter", "local"]);

/** `a / b` of `floor(a / b)`. */
function floorArgument(node: ast.Call): ast.Binary | undefined {
	const [argument] = node.arguments;
	if (node.callee.kind !== "Name" || node.callee.name !== "floor" || node.arguments.length !== 1)
		return undefined;
	const value = argument?.value;
	return value?.kind === "Binary" && value.operator === "/" && !argument?.name ? value : undefined;
}

function sizeName(context: Context, node: ast.Name, signature?: SignatureBuilder): Dim | undefined {
	const binding = (signature?.lookup ?? signature?.scope ?? context.scope).find(node.name);
	const capital = /^[A-Z]/.test(node.name);
	const usable = binding && (!signature || binding.fixed || capital);
	if (usable) {
		binding.uses++;
		context.session.knowledge.definitions.set(node, binding);
		if (binding.type.kind === "Int" && binding.type.value) return binding.type.value;
		if (binding.type.kind !== "error") {
			report(context, {
				code: "E0303",
				at: locate(context, node),
				message: `a size is a whole number known before running, and \`${node.name}\` is ${showType(binding.type)}`,
				related: [{ at: binding.at, label: `\`${node.name}\` is declared here` }],
			});
		}
		return undefined;
	}
	if (signature && !capital) return newSize(context, node, signature);
	const near = nearest(
		node.name,
		[...context.scope.visible()]
			.filter((b) => sizeRoles.has(b.role) && b.type.kind === "Int")
			.map((b) => b.name),
	);
	report(context, {
		code: "E0202",
		at: locate(context, node),
		message: `there is no size \`${node.name}\` here`,
		hint:
			near.length > 0
				? meant(near.slice(0, 1))
				: capital
					? `declare it: \`dim ${node.name} = 32\``
					: "sizes are named in the signature around this",
	});
	return undefined;
}

/** With what does not divide, and was told already. */
export function withUndivided(facts: Facts, { undivided }: Pick<SignatureBuilder, "undivided">): Facts {
	return undivided.reduce((all, { divisor, dividend }) => withDivides(all, divisor, dividend), facts);
}

function sizeOperator(
	context: Context,
	node: ast.Binary,
	a: Dim,
	b: Dim,
	signature?: SignatureBuilder,
): Dim | undefined {
	switch (node.operator) {
		case "+":
			return add(a, b);
		case "-":
			return sub(a, b);
		case "*":
			return mul(a, b);
		case "^":
			return sizePower(context, node, a, b, signature);
		default: {
			const known = signature ? withUndivided(context.facts, signature) : context.facts;
			const division = exactDiv(a, b, known);
			if ("quotient" in division) return division.quotient;
			report(context, {
				code: "E0308",
				at: locate(context, node),
				message: `${show(b)} ${division.undecided.impossible ? "does" : "need"} not divide ${show(a)}`,
				hint: quotientHint(a, b, division.undecided.impossible),
			});
			if (!signature || division.undecided.impossible) return undefined;
			signature.undivided.push({ divisor: b, dividend: a });
			const assumed = exactDiv(a, b, withUndivided(context.facts, signature));
			return "quotient" in assumed ? assumed.quotient : undefined;
		}
	}
}

export function sourceText(
	context: Context,
	node: { readonly span: { start: number; end: number } },
): string {
	return context.anchor.text(node.span);
}
