import type * as ast from "../../../grammar/ast.js";
import { patternNames } from "../../../grammar/free-names.js";
import { placeRoot } from "../../../grammar/places.js";
import { constant, type Dim, substitute } from "../../dims/dim.js";
import { factsOf } from "../binders/whole.js";
import { type Context, declare, inner, locate, report, within } from "../context.js";
import { checkHostLoop } from "../fits/host.js";
import { noteValue } from "../fits/influence.js";
import { onlyAtHost } from "../fits/kernel.js";
import { checkPlot } from "../fits/plot.js";
import { declaredFix } from "../hint-fixes.js";
import { assuming } from "../signatures/conditions.js";
import { resolveType } from "../signatures/type-node.js";
import { trailNotes } from "../trail.js";
import { stackElements } from "../trees/stack.js";
import { explainMismatch } from "../types/explain.js";
import { withOwnLists } from "../types/instantiate.js";
import { Matcher } from "../types/match.js";
import { hasOwnFormat } from "../types/precision.js";
import { showType } from "../types/show.js";
import {
	errorType,
	type FunctionType,
	isRealElement,
	type ListType,
	noQuantified,
	type Quantified,
	type TensorType,
	type Type,
	tensor,
} from "../types/types.js";
import { unknownInt } from "../types/unknown-int.js";
import { checkAssign } from "./assign.js";
import { notBool } from "./conditional.js";
import { bindPattern, infer } from "./expression.js";
import { checkMatch } from "./match-statement.js";
import { checkWritten } from "./written-number.js";

/** A statement of a block, or of the top level. What only a fit may hold is refused with its reason. */
export function checkStatement(context: Context, node: ast.Statement): void {
	switch (node.kind) {
		case "Let":
			checkLet(context, node);
			return;
		case "ExpressionStatement":
			if (node.value.kind === "Match") checkMatch(context, node.value, checkStatement);
			else if (isCutName(context, node.value))
				declare(context, { ...node.value, kind: "Identifier" }, errorType, "local");
			else checkValue(context, node.value);
			return;
		case "IfStatement":
			checkIf(context, node, checkStatement);
			return;
		case "Check":
			checkCheck(context, node);
			return;
		case "Plot":
			checkPlot(context, node);
			return;
		case "Loop":
			if (onlyAtHost(context, node, "a loop of statements")) checkHostLoop(context, node);
			return;
		case "Define":
			declare(context, node.name, infer(context, node.value), "local");
			report(context, {
				code: "E0401",
				at: locate(context, node),
				message: `\`${node.name.name} = ..\` owns a part, in a model or a fit`,
				hint: `here a name is given by \`let ${node.name.name} = ..\``,
			});
			return;
		default:
			if (node.kind === "Assign" && context.stateWrites?.has(node)) {
				checkModelState(context, node);
				return;
			}
			report(context, {
				code: "E0401",
				at: locate(context, node),
				...(node.kind === "Assign" && {
					hint: "a call of a model writes its states by lines of its own body",
				}),
				message: `\`${statementWord(node)}\` belongs in a fit${node.kind === "Leaf" ? " or a model" : ""}, not ${context.stage === "host" ? "at the top level" : "in a function"}`,
			});
	}
}

/** `net  Net()`: what was to be declared here. */
function isCutName(context: Context, node: ast.Expression): node is ast.Name {
	return node.kind === "Name" && context.anchor.isCut(node.span) && !context.scope.find(node.name);
}

function statementWord(node: ast.Statement): string {
	switch (node.kind) {
		case "Leaf":
			return node.role;
		case "Minimize":
			return node.sense;
		case "SubjectTo":
			return "subject to";
		case "Track":
			return "track";
		case "Assign":
			return "<-";
		default:
			return node.kind.toLowerCase();
	}
}

/** `seen <- seen + 1` in a call of a model: of its own states. */
function checkModelState(context: Context, node: ast.Assign): void {
	const root = placeRoot(node.place);
	const binding = root && context.scope.find(root.name);
	if (!root || (binding?.role !== "param" && binding?.role !== "part")) {
		checkAssign(context, node);
		return;
	}
	infer(context, node.value);
	report(context, {
		code: "E0408",
		at: locate(context, root),
		message: `\`${binding.name}\` is trained: a call writes states only`,
		related: [{ at: binding.at, label: `\`${binding.name}\` is declared here` }],
		hint: "what a call writes is a `state`",
	});
}

function checkValue(context: Context, node: ast.Expression): void {
	const type = infer(context, node);
	if (node.kind === "Missing" || type.kind === "error") return;
	report(context, {
		code: "E0206",
		severity: "warning",
		at: locate(context, node),
		message: "this value is not used",
	});
}

export function checkLet(context: Context, node: ast.Let): void {
	const annotated = node.type && resolveType(context, node.type);
	const read = infer(context, node.value, annotated);
	const actual = context.anchor.isCut(node.value.span) ? errorType : read;
	const type =
		annotated && !renamesAxes(context, annotated, actual)
			? checkAgainst(context, node.value, annotated, actual, node.type)
			: actual;
	if (type.kind === "unit") {
		report(context, { code: "E0302", at: locate(context, node.value), message: "this has no value" });
		bindPattern(context, node.pattern, errorType);
		return;
	}
	// A static value keeps what is known of it; else the declared type stands.
	const hasFormat = annotated?.kind === "tensor" && hasOwnFormat(annotated);
	const stays =
		["error", "Int", "list", "model", "variant"].includes(type.kind) && !(hasFormat && type.kind === "Int");
	const known =
		type.kind === "list" && annotated?.kind === "list"
			? inFormats(type, annotated)
			: annotated && !stays
				? withBoundOf(withOwnLists(annotated), type)
				: type;
	const isNamedInt = known.kind === "Int" && !known.value && node.pattern.kind === "NamePattern";
	if (known.kind === "function" && known.lambda) tryOut(context, known.lambda);
	bindPattern(
		context,
		node.pattern,
		isNamedInt ? { kind: "Int", value: unknownInt(node.pattern.name) } : calledAs(node.pattern, known),
		"local",
		node.value,
	);
	for (const name of patternNames(node.pattern)) {
		const binding = context.scope.names.get(name);
		if (binding) noteValue(binding, node.value);
	}
}

/** Numbers of a list that is declared in a format have it. */
function inFormats(type: ListType, declared: ListType): Type {
	const entry = declared.symbol?.entries?.template;
	return entry && hasOwnFormat(entry) && type.elements
		? { ...type, elements: type.elements.map(() => entry) }
		: type;
}

/** That ints lie below a size is still known where a type without a bound is declared. */
function withBoundOf(declared: Type, type: Type): Type {
	if (declared.kind !== "tensor" || declared.element !== "int" || declared.below) return declared;
	return type.kind === "tensor" && type.element === "int" && type.below
		? { ...declared, below: type.below }
		: declared;
}

/** A list of which only the type is known is called as it is named. */
function calledAs(pattern: ast.Pattern, type: Type): Type {
	if (type.kind !== "list" || type.symbol?.name !== "list" || pattern.kind !== "NamePattern") return type;
	return { ...type, symbol: { ...type.symbol, name: pattern.name } };
}

/** `let x: real[n, Pixels] = e`: a declared type may name an axis of equal size; nothing else may. */
function renamesAxes(context: Context, declared: Type, actual: Type): boolean {
	if (declared.kind !== "tensor" || actual.kind !== "tensor") return false;
	const valued = (dim: Dim): Dim =>
		substitute(dim, (atom) => {
			const value = atom.kind === "variable" ? context.session.values.get(atom.id) : undefined;
			return value === undefined ? undefined : constant(value);
		});
	const shapeOf = (type: TensorType): TensorType => ({
		...type,
		shape: { ...type.shape, dims: type.shape.dims.map(valued) },
	});
	const matcher = new Matcher(noQuantified, context.facts);
	return matcher.match(shapeOf(declared), shapeOf(actual)) === undefined && matcher.finish() === undefined;
}

/** A lambda is checked at its uses; what is wrong whatever it is given is told where it is named. */
function tryOut(context: Context, lambda: NonNullable<FunctionType["lambda"]>): void {
	if (lambda.arity !== undefined) lambda.apply(new Array<Type>(lambda.arity).fill(errorType), context);
}

/** A value where a type is declared. */
export function checkAgainst(
	context: Context,
	node: ast.Expression,
	declared: Type,
	given: Type,
	typeNode?: ast.TypeNode,
	/** Sizes of the declared type that the value says. */
	open: Quantified["dims"] = [],
): Type {
	const actual =
		declared.kind === "tensor" && given.kind === "list" ? (stackElements(given.elements) ?? given) : given;
	const matcher = new Matcher({ ...noQuantified, dims: open }, context.facts);
	const mismatch = matcher.matchDeclared(declared, given) ?? matcher.finish();
	if (!mismatch) {
		if (declared.kind === "tensor") checkWritten(context, node, given, declared.element);
		return actual;
	}
	const why = explainMismatch(mismatch);
	report(context, {
		code: "E0314",
		at: locate(context, node),
		message: `this is declared as ${showType(declared)}, and the value is ${showType(actual)}`,
		label: showType(actual),
		related: typeNode ? [{ at: locate(context, typeNode), label: "declared here" }] : [],
		notes: [
			...(mismatch.kind === "dim" ? [why.message, ...why.notes, ...trailNotes(actual)] : why.notes),
			...(declared.kind === "applied" ? [why.message] : []),
		],
		...((why.hint ?? computedHint(declared, actual)) && { hint: why.hint ?? computedHint(declared, actual) }),
		fixes:
			typeNode?.kind === "NamedType" &&
			isOwnType(context, typeNode) &&
			actual.kind === "tensor" &&
			!actual.shape.rest &&
			(mismatch.kind === "dim" || mismatch.kind === "rank") &&
			why.hint === undefined
				? declaredFix(context, typeNode, showType(asDeclared(actual, declared)))
				: [],
	});
	return errorType;
}

/** Of whole numbers where reals are declared only the sizes are wrong. */
function asDeclared(actual: TensorType, declared: Type): TensorType {
	const adapts = declared.kind === "tensor" && isRealElement(declared.element);
	return adapts ? tensor(declared.element, actual.shape) : actual;
}

/** The declared result of the function around, or the type of a `let` at the top: what it is may be said otherwise. */
function isOwnType({ signature, stage }: Context, node: ast.TypeNode): boolean {
	if (stage === "host") return true;
	return signature !== undefined && "result" in signature.node && signature.node.result === node;
}

/** A computed number where one is declared that is known before running. */
function computedHint(declared: Type, actual: Type): string | undefined {
	if (declared.kind !== "Int" && declared.kind !== "Real" && declared.kind !== "Bool") return undefined;
	if (actual.kind !== "tensor" || actual.shape.dims.length > 0 || actual.shape.rest) return undefined;
	return `this is computed while running: declare it as \`${showType(tensor(actual.element, actual.shape))}\`, or bring one number back by \`static(..)\` at the host level`;
}

/**
 * `if` as a statement: each case is checked under its condition. `each` is told whether that is computed; what is compiled
 * as a whole takes such a one only where it `runs` it.
 */
export function checkIf(
	context: Context,
	node: ast.IfStatement,
	each: (context: Context, statement: ast.Statement, isComputed: boolean) => void,
	runs = false,
): void {
	const condition = infer(context, node.condition);
	const isTruth = condition.kind === "tensor" && condition.element === "bool";
	if (condition.kind !== "Bool" && condition.kind !== "error") {
		// The host runs in order: the condition is a value by then.
		const isOne = isTruth && condition.shape.dims.length === 0 && !condition.shape.rest;
		if (isTruth && !isOne) notOne(context, node.condition, condition);
		else if (isTruth && context.kernel && !runs)
			report(context, {
				code: "E0401",
				at: locate(context, node.condition),
				message:
					"a computed condition decides between values: what is compiled as a whole has no statements that run or not",
				hint: "a value is chosen by `if c then a else b`; in a turn of a fit an `if` decides what the turn does",
			});
		else if (!isTruth) notBool(context, node.condition, condition);
	}
	const branch = (block: ast.Block, holds: boolean): void => {
		const scope = within(inner(context), {
			assumed: assuming(context.assumed, node.condition, holds),
			facts: factsOf(context, node.condition, holds),
		});
		context.session.knowledge.scopes.set(block, scope.scope);
		for (const statement of block.statements) each(scope, statement, isTruth);
	};
	branch(node.then, true);
	if (node.else?.kind === "Block") branch(node.else, false);
	else if (node.else)
		checkIf(
			within(context, { assumed: assuming(context.assumed, node.condition, false) }),
			node.else,
			(scope, statement, isComputed) => each(scope, statement, isComputed || isTruth),
			runs,
		);
}

/** Several truth values where one decides. */
export function notOne(context: Context, node: ast.Expression, type: Type): void {
	report(context, {
		code: "E0302",
		at: locate(context, node),
		message: `one truth value decides here, and this is ${showType(type)}`,
		hint: "say how many: `all i: c[i]`, `any i: c[i]`",
	});
}

function checkCheck(context: Context, node: ast.Check): void {
	onlyAtHost(context, node, `a \`${node.role}\``);
	const type = infer(context, node.condition);
	if (node.message) infer(context, node.message);
	if (type.kind === "error" || type.kind === "Bool" || (type.kind === "tensor" && type.element === "bool"))
		return;
	notBool(context, node.condition, type);
}
