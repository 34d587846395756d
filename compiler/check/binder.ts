import type * as ast from "../../grammar/ast.js";
import { constant, type Dim, variable } from "../dims/dim.js";
import type { Diagnostic } from "../source/diagnostic.js";
import { notBool } from "./conditional.js";
import { type Context, declare, inner, locate, report, reportKey, unsupported, within } from "./context.js";
import { bindPattern, infer } from "./expression.js";
import { asList } from "./family.js";
import { factsOf } from "./indexing.js";
import { showShape, showType } from "./show.js";
import { asTensor, joinElements, sameShape } from "./stack.js";
import { orReport, stackOf } from "./stack-type.js";
import { elementAt } from "./substitute.js";
import { refuseNegative, resolveRest } from "./type-node.js";
import {
	type Element,
	errorType,
	type IndexRange,
	type RestVariable,
	scalar,
	type TensorType,
	type Type,
	tensor,
} from "./types.js";

/**
 * Index notation. A name without `in` runs over what its uses allow: the first axis that it indexes fixes the range,
 * and every other use must agree.
 */
export function inferBinder(context: Context, node: ast.Binder): Type {
	const unrolled = unrolledSource(context, node);
	if (unrolled) return inferUnrolled(context, node, unrolled);
	const scope = within(inner(context), { stage: "function" });
	context.session.knowledge.scopes.set(node, scope.scope);
	const indices: IndexRange[] = [];
	let rest: RestVariable | undefined;
	for (const [at, binding] of node.bindings.entries()) {
		if (binding.pattern.kind === "Rest") {
			if (at > 0 || binding.source) {
				unsupported(context, binding, "a rest that does not lead, or has a source");
				return errorType;
			}
			rest = resolveRest(context, binding.pattern);
			if (!rest) return errorType;
			continue;
		}
		const { pattern } = binding;
		const twice = pattern.kind === "NamePattern" && scope.scope.names.has(pattern.name);
		const index = bindIndex(context, scope, binding);
		if (!index || twice) return errorType;
		indices.push(index);
	}
	const condition = node.where && infer(scope, node.where);
	const inside = node.where ? within(scope, { facts: factsOf(scope, node.where, true) }) : scope;
	const body = indices.every((i) => i.bound) ? infer(inside, node.body) : inferOpen(inside, node, indices);
	if (condition && node.where && !checkWhere(context, node, node.where, condition)) return errorType;
	// What is wrong with the uses comes before the range that they would give.
	if (body.kind === "error") return errorType;
	const ranges = rangesOf(context, node, indices);
	if (!ranges) return errorType;
	for (const [i, index] of indices.entries()) {
		const pattern = node.bindings.filter((b) => b.pattern.kind !== "Rest")[i]?.pattern;
		if (pattern && index.bound) context.session.knowledge.types.set(pattern, scalar("int", index.bound));
	}
	if (node.word === "for") return stack(context, node, ranges, rest, body);
	if (rest) {
		unsupported(context, node, "a reduction over `...`");
		return errorType;
	}
	return reduce(context, node, ranges, body);
}

/**
 * A body whose uses fix ranges. `x[i + j]` may stand before the `k[j]` that says how far j goes: where the first look
 * ends in errors but found ranges, the second one knows them.
 */
function inferOpen(context: Context, node: ast.Binder, indices: readonly IndexRange[]): Type {
	const open = indices.filter((i) => !i.bound);
	const { session } = context;
	const diagnostics: Diagnostic[] = [];
	const trial = within(context, {
		session: { ...session, diagnostics, reported: new Set(session.reported) },
	});
	const type = infer(trial, node.body);
	const failed = diagnostics.some((d) => d.severity === "error");
	if (failed && open.some((i) => i.bound)) return infer(context, node.body);
	for (const diagnostic of diagnostics) {
		session.diagnostics.push(diagnostic);
		session.reported.add(reportKey(diagnostic));
	}
	return type;
}

function bindIndex(context: Context, scope: Context, binding: ast.Binding): IndexRange | undefined {
	const { pattern } = binding;
	const source =
		binding.source && (context.session.knowledge.types.get(binding.source) ?? infer(context, binding.source));
	if (pattern.kind !== "NamePattern" && pattern.kind !== "WildcardPattern") {
		unsupported(context, pattern, "taking apart the elements of a tensor");
		return undefined;
	}
	const name = pattern.kind === "NamePattern" ? pattern.name : "_";
	const index: IndexRange = { name, variable: variable(name, { minimum: 0 }).dim };
	if (binding.source && source) {
		const bound = sourceBound(context, binding.source, source);
		if (!bound) return undefined;
		index.bound = bound;
		index.fixedBy = { at: locate(context, binding.source), label: `\`${name}\` runs over this` };
	}
	if (pattern.kind === "NamePattern") {
		declare(scope, pattern, { ...scalar("int", index.bound), index }, "local");
	}
	return index;
}

function sourceBound(context: Context, node: ast.Expression, source: Type): Dim | undefined {
	if (source.kind === "Int" && source.value)
		return refuseNegative(context, node, { dims: [source.value] }) ? source.value : undefined;
	if (source.kind === "range" && source.to) {
		if (source.from && source.from.key !== constant(0).key) {
			unsupported(context, node, "a binder over a range that does not begin at 0");
			return undefined;
		}
		return refuseNegative(context, node, { dims: [source.to] }) ? source.to : undefined;
	}
	if (
		source.kind === "range" ||
		source.kind === "Real" ||
		source.kind === "Int" ||
		(source.kind === "tensor" && source.shape.dims.length === 0 && !source.shape.rest)
	) {
		report(context, {
			code: "E0303",
			at: locate(context, node),
			message:
				source.kind === "range"
					? "this range has no end"
					: `a range ends at a whole number known before running, and this is ${showType(source)}`,
		});
	} else if (source.kind !== "error") {
		unsupported(context, node, `a binder over ${showType(source)}`);
	}
	return undefined;
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

function rangesOf(context: Context, node: ast.Binder, indices: readonly IndexRange[]): Dim[] | undefined {
	const bounds: Dim[] = [];
	for (const [i, index] of indices.entries()) {
		if (index.bound) {
			bounds.push(index.bound);
			continue;
		}
		const binding = node.bindings.filter((b) => b.pattern.kind !== "Rest")[i];
		report(context, {
			code: "E0334",
			at: locate(context, binding ?? node),
			message: `the range of \`${index.name}\` cannot be found: it indexes nothing by itself`,
			hint: `give it: \`${index.name} in n\``,
		});
		return undefined;
	}
	return bounds;
}

function stack(
	context: Context,
	node: ast.Binder,
	ranges: readonly Dim[],
	rest: RestVariable | undefined,
	body: Type,
): Type {
	if (body.kind === "error") return errorType;
	if (body.kind === "model" || body.kind === "stack" || body.kind === "variable")
		return rest ? noRest(context, node) : orReport(context, node.body, stackOf(body, ranges));
	if (body.kind === "tuple") {
		return {
			kind: "tuple",
			elements: body.elements.map((e) => ({ ...e, type: stack(context, node, ranges, rest, e.type) })),
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
	if (element.shape.rest) {
		unsupported(context, node.body, "stacking values with leading `...` axes");
		return errorType;
	}
	return tensor(
		element.element,
		{ ...(rest && { rest }), dims: [...ranges, ...element.shape.dims] },
		element.below,
	);
}

function noRest(context: Context, node: ast.Binder): Type {
	unsupported(context, node.body, "stacking models along `...` axes");
	return errorType;
}

function reduce(context: Context, node: ast.Binder, ranges: readonly Dim[], body: Type): Type {
	const value = asTensor(body);
	if (!value) {
		report(context, {
			code: "E0322",
			at: locate(context, node.body),
			message: `\`${node.word}\` of ${showType(body)} means nothing`,
		});
		return errorType;
	}
	return reduceTensor(context, node, value, ranges);
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
			return tensor(value.element === "real" ? "real" : "int", value.shape);
		case "max":
		case "min":
			return tensor(value.element, value.shape, value.below);
		case "mean":
		case "logsumexp":
			return tensor("real", value.shape);
		default: {
			if (value.shape.dims.length > 0 || value.shape.rest || ranges.length !== 1) {
				report(context, {
					code: "E0323",
					at: locate(context, node),
					message: `\`${node.word}\` takes one index and a number, and this has ${ranges.length} and shape ${showShape(value.shape)}`,
				});
				return errorType;
			}
			return scalar("int", ranges[0]);
		}
	}
}

// ---------------------------------------------------------------- over lists and places: unrolled

function unrolledSource(context: Context, node: ast.Binder): Type | undefined {
	const source = node.bindings[0]?.source;
	if (!source || node.bindings.length !== 1) return undefined;
	const type = infer(context, source);
	if (type.kind === "places" || type.kind === "list") return type;
	return undefined;
}

function inferUnrolled(context: Context, node: ast.Binder, source: Type): Type {
	const binding = node.bindings[0];
	if (!binding || binding.pattern.kind === "Rest") return errorType;
	if (node.where) {
		unsupported(context, node.where, "`where` over a list");
		return errorType;
	}
	const turns = turnsOf(source);
	if (!turns) {
		unsupported(context, node.bindings[0]?.source ?? node, "a binder over a list of unknown length");
		return errorType;
	}
	let result: TensorType | undefined;
	for (const turn of turns) {
		const trail = turn.path
			? [
					...context.trail,
					`for ${binding.pattern.kind === "NamePattern" ? binding.pattern.name : "_"} = ${turn.path}`,
				]
			: context.trail;
		const scope = inner(within(context, { trail }));
		context.session.knowledge.scopes.set(node, scope.scope);
		bindPattern(scope, binding.pattern, turn.type);
		const body = infer(scope, node.body);
		if (body.kind === "error") return errorType;
		const value = asTensor(body);
		if (!value || (result && !sameShape(result.shape, value.shape))) {
			report(scope, {
				code: "E0322",
				at: locate(context, node.body),
				message: result
					? `the elements have different shapes: ${showShape(result.shape)} and ${showType(body)}`
					: `${showType(body)} cannot be put together`,
				hint: "a static list keeps its elements apart: `[for ..]`",
			});
			return errorType;
		}
		result = result ? tensor(joinElements(result.element, value.element), result.shape) : value;
	}
	const ofNone = emptyResults[node.word];
	if (!result && ofNone) return scalar(ofNone);
	if (!result) {
		report(context, {
			code: "E0322",
			at: locate(context, node.bindings[0]?.source ?? node),
			message: `there is nothing to run over: this list is empty`,
		});
		return errorType;
	}
	if (node.word === "for" && result.shape.rest) {
		unsupported(context, node.body, "stacking values with leading `...` axes");
		return errorType;
	}
	if (node.word === "for")
		return tensor(result.element, { dims: [constant(turns.length), ...result.shape.dims] });
	return reduceTensor(context, node, { ...result, below: undefined }, [constant(turns.length)]);
}

/** What reductions of nothing give; the others have no value. */
const emptyResults: Readonly<Partial<Record<ast.BinderWord, Element>>> = {
	sum: "real",
	prod: "real",
	all: "bool",
	any: "bool",
	count: "int",
};

function turnsOf(source: Type): { readonly path?: string; readonly type: Type }[] | undefined {
	if (source.kind === "places") return source.leaves.map((l) => ({ path: l.path, type: l.type }));
	const list = asList(source);
	if (!list?.elements) return undefined;
	return list.elements.map((_, i) => ({ type: elementAt(list, constant(i)) ?? errorType }));
}
