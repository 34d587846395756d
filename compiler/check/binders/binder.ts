import type * as ast from "../../../grammar/ast.js";
import {
	atomKey,
	atomsOf,
	constant,
	type Dim,
	isAtLeast,
	noFacts,
	show,
	showAtLeast,
	sub,
} from "../../dims/dim.js";
import type { Diagnostic } from "../../source/diagnostic.js";
import { type Context, inner, locate, report, reportKey, within } from "../context.js";
import { notBool } from "../expressions/conditional.js";
import { bindPattern, infer } from "../expressions/expression.js";
import { inKernel } from "../fits/kernel.js";
import { askFor } from "../hint.js";
import { noPlaceForRest, restsSideBySide, twoRests } from "../signatures/rests.js";
import { orReport, stackOf } from "../signatures/stack-type.js";
import { asTensor, joinTensors, sameShape } from "../trees/stack.js";
import { complexOfParts, complexPart } from "../types/complex-type.js";
import { Matcher } from "../types/match.js";
import { asNumber, asReal } from "../types/precision.js";
import { shapeOf, sideBySide } from "../types/shape.js";
import { showShape, showType } from "../types/show.js";
import {
	type Element,
	errorType,
	noQuantified,
	type RestVariable,
	type Shape,
	scalar,
	type TensorType,
	type Type,
	tensor,
	withoutValues,
} from "../types/types.js";
import { visitType } from "../types/visit-type.js";
import { indexType, rangeSize, type Source, sourcesOf } from "./binder-source.js";
import { hostBinder } from "./host-binder.js";
import { factsOf, guardedBy } from "./whole.js";

/**
 * Index notation. A name without `in` runs over what its unguarded uses allow: the smallest of the axes that it
 * indexes by itself. Over a list or places, each turn is checked by itself.
 */
export function inferBinder(context: Context, node: ast.Binder): Type {
	const host = hostBinder(context, node);
	if (host) return host;
	const sources = sourcesOf(context, node);
	if (!sources || declaredTwice(context, node)) return errorType;
	if (sources.some((s) => s.kind === "turns" && s.turns.length === 0)) return ofNothing(context, node);
	if (node.word === "for" && !hasOneRest(context, node, sources)) return errorType;
	const body = inferSources(context, node, sources);
	if (body.kind === "error") return errorType;
	const sizes = sizesOf(context, sources);
	if (!sizes) return errorType;
	for (const source of sources) {
		if (source.kind !== "index") continue;
		context.session.knowledge.types.set(source.binding.pattern, indexType(context, source.index));
	}
	const before = sources.findIndex((s) => s.kind === "rest");
	const rest = sources.find((s) => s.kind === "rest")?.rest;
	if (node.word === "for") return stack(context, node, shapeOf(sizes, rest, before), body);
	return reduce(context, node, sources, sizes, body);
}

/** `for ...a, ...b` would make a shape of both. */
function hasOneRest(context: Context, node: ast.Binder, sources: readonly Source[]): boolean {
	const [first, second] = node.bindings.filter((_, i) => sources[i]?.kind === "rest");
	if (first && second) twoRests(context, second, first);
	return !second;
}

function declaredTwice(context: Context, node: ast.Binder): boolean {
	const seen = new Map<string, ast.NamePattern>();
	let found = false;
	const visit = (pattern: ast.Pattern): void => {
		if (pattern.kind === "TuplePattern") for (const element of pattern.elements) visit(element);
		if (pattern.kind !== "NamePattern") return;
		const before = seen.get(pattern.name);
		seen.set(pattern.name, pattern);
		if (!before) return;
		found = true;
		report(context, {
			code: "E0207",
			at: locate(context, pattern),
			message: `\`${pattern.name}\` is declared twice`,
			related: [{ at: locate(context, before), label: "first declared here" }],
		});
	};
	const rests = new Map<string, ast.Rest>();
	for (const { pattern } of node.bindings) {
		if (pattern.kind !== "Rest") visit(pattern);
		else if (pattern.name.kind === "Identifier") {
			const before = rests.get(pattern.name.name);
			rests.set(pattern.name.name, pattern);
			if (!before) continue;
			found = true;
			report(context, {
				code: "E0207",
				at: locate(context, pattern),
				message: `\`...${pattern.name.name}\` stands here twice`,
				related: [{ at: locate(context, before), label: "first here" }],
			});
		}
	}
	return found;
}

/**
 * The body, whose uses may fix ranges. `x[i + j]` may stand before the `k[j]` that says how far j goes: where the first
 * look ends in errors but found ranges, or used a range before it was known, the second one knows them.
 */
function inferSources(context: Context, node: ast.Binder, sources: readonly Source[]): Type {
	const open = sources.flatMap((s) => (s.kind === "index" && !s.index.bound ? [s.index] : []));
	if (open.length === 0) return inferTurns(context, node, sources, []);
	const { session } = context;
	const diagnostics: Diagnostic[] = [];
	const look = { isCut: false };
	const trial = within(context, {
		session: { ...session, diagnostics, reported: new Set(session.reported) },
		trial: look,
	});
	const type = inferTurns(trial, node, sources, []);
	const failed = diagnostics.some((d) => d.severity === "error");
	for (const index of open) {
		const { guarded } = index;
		if (index.bound || !guarded?.agree) continue;
		index.bound = guarded.extent;
		index.fixedBy = guarded.fixedBy;
	}
	const found = look.isCut || open.some((i) => i.bound);
	if (found && (failed || open.some((i) => i.stale))) return inferTurns(context, node, sources, []);
	for (const diagnostic of diagnostics) {
		session.diagnostics.push(diagnostic);
		session.reported.add(reportKey(diagnostic));
	}
	return type;
}

type Entry = readonly [ast.Pattern, Type];

/** The type of the body, for each turn of the lists among the sources. */
function inferTurns(
	context: Context,
	node: ast.Binder,
	sources: readonly Source[],
	entries: readonly Entry[],
): Type {
	const [source, ...others] = sources;
	if (!source) return inferBody(context, node, entries);
	switch (source.kind) {
		case "rest": {
			const inside = inner(kernel(context, node));
			inside.scope.openRest(source.rest);
			return inferTurns(inside, node, others, entries);
		}
		case "index": {
			const entry: Entry = [patternOf(source.binding), indexType(context, source.index)];
			return inferTurns(kernel(context, node), node, others, [...entries, entry]);
		}
		case "rows":
			return inferTurns(kernel(context, node), node, others, [
				...entries,
				[patternOf(source.binding), source.row],
			]);
		case "turns":
			return inferEach(context, node, source, others, entries);
	}
}

/** What runs over an axis is a kernel: it is no host level any more. */
function kernel(context: Context, node: ast.Binder): Context {
	const head = locate(context, { span: { start: node.span.start, end: node.body.span.start } });
	return inKernel(within(context, { stage: "function" }), "the body of an index", head);
}

function patternOf(binding: ast.Binding): ast.Pattern {
	return binding.pattern as ast.Pattern;
}

function inferEach(
	context: Context,
	node: ast.Binder,
	source: Source & { kind: "turns" },
	others: readonly Source[],
	entries: readonly Entry[],
): Type {
	const pattern = patternOf(source.binding);
	let result: Type | undefined;
	for (const turn of source.turns) {
		const name = pattern.kind === "NamePattern" ? pattern.name : "_";
		const scope = within(context, {
			...(turn.path !== undefined && { trail: [...context.trail, `for ${name} = ${turn.path}`] }),
			...(turn.facts && { facts: turn.facts }),
		});
		const type = inferTurns(scope, node, others, [...entries, [pattern, turn.type]]);
		if (type.kind === "error") return errorType;
		const joined = result ? joinTurns(result, type) : type;
		if (!joined || !isStackable(type) || dependsOn(type, turn.symbol)) {
			report(scope, {
				code: "E0322",
				at: locate(context, node.body),
				message:
					joined && isStackable(type)
						? `the shape differs from turn to turn: ${showType(type)}`
						: result
							? `the elements have different shapes: ${showElement(result)} and ${showType(type)}`
							: `${showType(type)} cannot be put together`,
				hint: "a static list keeps its elements apart: `[for ..]`",
			});
			return errorType;
		}
		result = ofAnyTurn(joined, turn.symbol);
	}
	return result ?? errorType;
}

function showElement(type: Type): string {
	return type.kind === "tensor" ? showShape(type.shape) : showType(type);
}

/** A size that is that of the turn: an entry of a list of unknown length. */
function dependsOn(type: Type, symbol: Dim | undefined): boolean {
	if (!symbol) return false;
	const keys = new Set(atomsOf(symbol).map(atomKey));
	if (type.kind === "tuple") return type.elements.some((e) => dependsOn(e.type, symbol));
	if (type.kind === "tensor")
		return type.shape.dims.some((d) => atomsOf(d).some((a) => keys.has(atomKey(a))));
	let depends = false;
	if (type.kind !== "model" && type.kind !== "stack") return false;
	visitType(type, {
		atom: (atom) => {
			if (keys.has(atomKey(atom))) depends = true;
		},
	});
	return depends;
}

/** What is known of the numbers of one turn is not known of those of all. */
function ofAnyTurn(type: Type, symbol: Dim | undefined): Type {
	if (!symbol) return type;
	const plain = withoutValues(type);
	if (plain.kind === "tuple")
		return { ...plain, elements: plain.elements.map((e) => ({ ...e, type: ofAnyTurn(e.type, symbol) })) };
	return plain.kind === "tensor" ? tensor(plain.element, plain.shape) : plain;
}

function joinTurns(a: Type, b: Type): Type | undefined {
	if (a.kind === "tuple" && b.kind === "tuple" && a.elements.length === b.elements.length) {
		const elements: { readonly name?: string; readonly type: Type }[] = [];
		for (const [i, element] of a.elements.entries()) {
			const other = b.elements[i];
			const type = other && other.name === element.name ? joinTurns(element.type, other.type) : undefined;
			if (!type) return undefined;
			elements.push({ ...element, type });
		}
		return { kind: "tuple", elements };
	}
	if (a.kind === b.kind && (a.kind === "model" || a.kind === "stack" || a.kind === "variable"))
		return sameTree(a, b) ? a : undefined;
	const [x, y] = [asTensor(a), asTensor(b)];
	const element = x && y && sameShape(x.shape, y.shape) ? joinTensors(x, y) : undefined;
	if (!x || !y || !element) return undefined;
	return tensor(element, x.shape, x.below?.key === y.below?.key ? x.below : undefined);
}

function isStackable(type: Type): boolean {
	return type.kind === "tuple"
		? type.elements.every((e) => isStackable(e.type))
		: ["model", "stack", "variable"].includes(type.kind) || asTensor(type) !== undefined;
}

/** Models of equal static parts, as far as it is known before running. */
function sameTree(a: Type, b: Type): boolean {
	const matcher = new Matcher(noQuantified, noFacts);
	return [matcher.match(a, b), matcher.match(b, a), matcher.finish()].every((m) => m === undefined);
}

function inferBody(context: Context, node: ast.Binder, entries: readonly Entry[]): Type {
	const scope = inner(context);
	context.session.knowledge.scopes.set(node, scope.scope);
	for (const [pattern, type] of entries) bindPattern(scope, pattern, type);
	const condition = node.where && infer(scope, node.where);
	const inside = node.where
		? within(scope, {
				facts: factsOf(scope, node.where, true),
				guarded: guardedBy(scope, node.where),
			})
		: scope;
	const body = infer(inside, node.body);
	if (condition && node.where && !checkWhere(context, node, node.where, condition)) return errorType;
	return body;
}

function checkWhere(context: Context, node: ast.Binder, where: ast.Expression, condition: Type): boolean {
	if (condition.kind === "error") return false;
	const c = asTensor(condition);
	if (c?.element !== "bool" || c.shape.dims.length > 0 || c.shape.rest) {
		notBool(context, where, condition);
		return false;
	}
	if (node.word === "for") {
		report(context, {
			code: "E0321",
			at: locate(context, where),
			message: "a `for` makes one element for each index: a `where` would leave holes",
			hint: "choose the value instead: `for i: if c[i] then x[i] else 0`",
		});
		return false;
	}
	return true;
}

/** The sizes of the axes that the sources stand for; what has none is told. */
function sizesOf(context: Context, sources: readonly Source[]): Dim[] | undefined {
	const sizes: Dim[] = [];
	for (const source of sources) {
		if (source.kind === "rest") continue;
		const size = source.kind === "index" ? rangeSize(source.index) : source.size;
		if (!size) {
			if (source.kind !== "index") return undefined;
			const { index, binding } = source;
			const seen = index.seen && show(index.seen);
			const { behind } = index;
			if (index.unknown) return undefined;
			report(context, {
				code: "E0334",
				at: locate(context, binding),
				message: `the range of \`${index.name}\` cannot be found: it indexes nothing by itself`,
				hint: `give it: \`${index.name} in ${seen ?? "n"}\``,
				...(seen &&
					behind && {
						fixes: [
							{
								title: `Let \`${index.name}\` run over ${seen}`,
								edits: [{ at: behind, replacement: ` in ${seen}` }],
							},
						],
					}),
			});
			return undefined;
		}
		sizes.push(size);
	}
	return sizes;
}

export function stack(context: Context, node: ast.Binder, axes: Shape, body: Type): Type {
	if (body.kind === "error") return errorType;
	if (body.kind === "model" || body.kind === "stack" || body.kind === "variable")
		return axes.rest
			? noStackAlongRest(context, node, axes.rest, body)
			: orReport(context, node.body, stackOf(body, axes.dims));
	if (body.kind === "tuple") {
		return {
			kind: "tuple",
			elements: body.elements.map((e) => ({ ...e, type: stack(context, node, axes, e.type) })),
		};
	}
	const element = asTensor(body);
	if (!element) {
		report(context, {
			code: "E0322",
			at: locate(context, node.body),
			message: `${showType(body)} cannot be stacked`,
			hint: "a static list keeps its elements apart: `[for ..]`",
		});
		return errorType;
	}
	const shape = sideBySide(axes, element.shape);
	if (!shape) {
		if (axes.rest && element.shape.rest) restsSideBySide(context, node.body, axes.rest, element.shape.rest);
		return errorType;
	}
	return {
		...tensor(element.element, shape, element.below),
		...(element.interval && { interval: element.interval }),
	};
}

function noStackAlongRest(context: Context, node: ast.Binder, rest: RestVariable, body: Type): Type {
	noPlaceForRest(
		context,
		node.body,
		`a stack of models has known axes, and what \`...${rest.name}\` stands for, only a call tells: this is ${showType(body)}`,
		"give back what is computed of each: tensors, and records of them",
	);
	return errorType;
}

function reduce(
	context: Context,
	node: ast.Binder,
	sources: readonly Source[],
	sizes: readonly Dim[],
	body: Type,
): Type {
	const complex = complexPart(body);
	if (complex && (node.word === "sum" || node.word === "mean")) {
		const mayBeEmpty = sources.some((s) => s.kind === "turns" && !isPositive(context, s.size));
		if (!mayBeEmpty) return complexOfParts(complex);
		return noneOfNothing(context, node);
	}
	const value = asTensor(body);
	if (!value) {
		report(context, {
			code: "E0322",
			at: locate(context, node.body),
			message: `\`${node.word}\` of ${showType(body)} means nothing`,
		});
		return errorType;
	}
	const [only] = sources;
	const index = sources.length === 1 && only?.kind === "index" ? only.index : undefined;
	const isPosition = node.word === "argmax" || node.word === "argmin";
	const type = reduceTensor(context, node, value, sources.length === sizes.length ? sizes : []);
	// The position of an extremum is the name's value there, also where its range does not begin at 0.
	if (isPosition && index?.from && type.kind === "tensor") {
		const { below, interval } = indexType(context, index);
		return { ...scalar("int", below), ...(interval && { interval }) };
	}
	return type;
}

/** Of no turn the value is a number: it has no two parts. */
export function noneOfNothing(context: Context, node: ast.Binder): Type {
	report(context, {
		code: "E0322",
		at: locate(context, node.body),
		message: `there may be no turn here, and then no complex number that the \`${node.word}\` would be`,
		hint: "add `where len(..) >= 1` to the signature, or begin with zero: `fold(list, complex(0, 0), |s, k| s + ..)`",
	});
	return errorType;
}

export function reduceTensor(
	context: Context,
	node: ast.Binder,
	value: TensorType,
	ranges: readonly Dim[],
): Type {
	switch (node.word) {
		case "all":
		case "any":
		case "count":
			if (value.element !== "bool") return notBool(context, node.body, value);
			return node.word === "count" ? tensor("int", value.shape) : tensor("bool", value.shape);
		case "sum":
		case "prod":
			return tensor(asNumber(value.element), value.shape);
		case "max":
		case "min":
			// Of nothing it is the end of all ints.
			return tensor(
				value.element,
				value.shape,
				node.where || !ranges.every((r) => isPositive(context, r)) ? undefined : value.below,
			);
		case "mean":
		case "logsumexp":
			return tensor(asReal(value.element), value.shape);
		default: {
			if (value.shape.dims.length > 0 || value.shape.rest || ranges.length !== 1) {
				report(context, {
					code: "E0323",
					at: locate(context, node),
					message: `\`${node.word}\` takes one index and a number, and this has ${ranges.length} and shape ${showShape(value.shape)}`,
				});
				return errorType;
			}
			const [size] = ranges;
			if (size && !isPositive(context, size)) {
				report(context, {
					code: "E0323",
					at: locate(context, node),
					message: `\`${node.word}\` of nothing has no value, and this range may be empty`,
					hint: askFor(showAtLeast(sub(size, constant(1)))),
				});
				return errorType;
			}
			return scalar("int", size);
		}
	}
}

function isPositive(context: Context, size: Dim): boolean {
	return isAtLeast(size, constant(1), context.facts);
}

/** A reduction of an empty list; its body is never evaluated. */
function ofNothing(context: Context, node: ast.Binder): Type {
	const element = emptyResults[node.word];
	if (element) return scalar(element);
	report(context, {
		code: "E0322",
		at: locate(context, node.bindings[0]?.source ?? node),
		message: "there is nothing to run over: this list is empty",
	});
	return errorType;
}

/** What reductions of nothing give; the others have no value. */
const emptyResults: Readonly<Partial<Record<ast.BinderWord, Element>>> = {
	sum: "real",
	prod: "real",
	all: "bool",
	any: "bool",
	count: "int",
};
