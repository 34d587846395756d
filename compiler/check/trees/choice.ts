import type * as ast from "../../../grammar/ast.js";
import { asConstant, constant, decideAtLeast, showAtLeast, sub, variable } from "../../dims/dim.js";
import type { Location } from "../../source/diagnostic.js";
import { comprehension } from "../binders/comprehension.js";
import { wrongUse } from "../builtins/builtin.js";
import { readArguments, type SpecialRule } from "../builtins/special.js";
import { type Context, locate, report } from "../context.js";
import { applyTo, type CallSite } from "../expressions/call.js";
import { inferAlternatives } from "../expressions/cases.js";
import { infer } from "../expressions/expression.js";
import { showDim, showType } from "../types/show.js";
import { elementAt, lengthOf } from "../types/substitute.js";
import {
	errorType,
	type FunctionType,
	noQuantified,
	type TupleType,
	type Type,
	tensor,
} from "../types/types.js";
import { asTensor, sameShape } from "./stack.js";

/**
 * `choice [a, b, c]`: functions or models of one shape, with a trained number for each. It is a record of its `logits`
 * and its `branches`; what is made of it (a mixture, a sample, the best) is a function that applies them. The list may
 * be of unknown length, and the branches the cases of a `match`.
 */
export function inferChoice(context: Context, node: ast.Choice): Type {
	const type = inferBranches(context, node.branches);
	if (type.kind === "error") return errorType;
	if (type.kind !== "list" || type.elements?.length === 0 || (!type.elements && !type.family)) {
		report(context, {
			code: "E0302",
			at: locate(context, node.branches),
			message: `a choice is between the entries of a static list, and this is ${showType(type)}`,
		});
		return errorType;
	}
	const size = lengthOf(type);
	if (!type.elements && decideAtLeast(size, constant(1), context.facts).verdict !== "holds") {
		report(context, {
			code: "E0302",
			at: locate(context, node.branches),
			message: "a choice has a branch, and this list may be empty",
			hint: `ask for one: \`where ${showAtLeast(sub(size, constant(1)))}\``,
		});
		return errorType;
	}
	const nodes = node.branches.kind === "List" ? node.branches.elements : [];
	const entries = type.elements ?? [elementAt(type, constant(0)) ?? errorType];
	for (const [i, branch] of entries.flatMap((e, i) => alternativesOf(e).map((one) => [i, one] as const))) {
		if (branch.kind === "error") return errorType;
		if (branch.kind === "function" || (branch.kind === "model" && branch.declaration.call)) continue;
		report(context, {
			code: "E0316",
			at: locate(context, nodes[i] ?? node.branches),
			message: `a branch of a choice is called, and this is ${showType(branch)}`,
		});
		return errorType;
	}
	return {
		kind: "tuple",
		title: `choice of ${showDim(size)}`,
		elements: [
			{ name: "logits", type: tensor("real", { dims: [size] }) },
			{ name: "branches", type },
		],
		choice: entries.map((_, i) => locate(context, nodes[i] ?? node.branches)),
	};
}

/** In a list in brackets the cases of a `match` stand side by side. */
function inferBranches(context: Context, node: ast.Expression): Type {
	const [only, ...others] = node.kind === "List" ? node.elements : [];
	if (only?.kind !== "Binder" || only.word !== "for" || others.length > 0) return infer(context, node);
	const type = comprehension(context, only, inferBranch);
	for (const one of [only, node]) context.session.knowledge.types.set(one, type);
	return type;
}

function inferBranch(context: Context, node: ast.Expression): Type {
	if (node.kind === "Parenthesized") return inferBranch(context, node.inner);
	return node.kind === "Match" ? inferAlternatives(context, node) : infer(context, node);
}

function alternativesOf(type: Type): readonly Type[] {
	return type.kind === "tuple" && type.isOneOf ? type.elements.map((e) => e.type) : [type];
}

/** `.probs` and `.pick(i)`. */
export function choiceMember(choice: TupleType, name: string): Type | undefined {
	if (!choice.choice) return undefined;
	if (name === "probs") return choice.elements[0]?.type;
	if (name !== "pick") return undefined;
	return {
		kind: "function",
		name: "pick",
		quantified: noQuantified,
		parameters: [],
		result: errorType,
		special: "pick",
		receiver: choice,
	};
}

/** The branches; of a list of unknown length those at any two places, whose results must be the same. */
function branchesOf(choice: TupleType): readonly Type[] {
	const branches = choice.elements[1]?.type;
	if (branches?.kind !== "list") return [];
	const anywhere = (name: string): Type =>
		elementAt(branches, variable(name, { minimum: 0, local: true }).dim) ?? errorType;
	return (branches.elements ?? [anywhere("i"), anywhere("j")]).flatMap(alternativesOf);
}

/** A function that applies every branch: they must give one shape. */
function applyBranches(context: Context, site: CallSite, choice: TupleType, name: string): FunctionType {
	const at = site.node;
	return {
		kind: "function",
		name,
		quantified: noQuantified,
		parameters: [],
		result: errorType,
		lambda: {
			arity: undefined,
			parameters: [],
			apply: (types, from) => {
				const here = from ?? context;
				const results = branchesOf(choice).map((branch) => applyTo(here, at, branch, types));
				return joined(here, placesOf(choice, results.length), results, at);
			},
		},
	};
}

/** Where the branches stand: the cases of one stand at one place. */
function placesOf({ choice = [] }: TupleType, count: number): readonly Location[] {
	const [first] = choice;
	return choice.length === count || !first ? choice : Array.from({ length: count }, () => choice[0] ?? first);
}

function joined(
	context: Context,
	places: readonly Location[],
	results: readonly Type[],
	site: ast.Expression,
): Type {
	if (results.some((r) => r.kind === "error")) return errorType;
	const [first, ...others] = results.map((r) => asTensor(r));
	if (!first) {
		report(context, {
			code: "E0322",
			at: locate(context, site),
			message: `the branches of a choice give tensors, and here ${results[0] ? showType(results[0]) : "nothing"}`,
		});
		return errorType;
	}
	for (const [i, other] of others.entries()) {
		if (other && other.element === first.element && sameShape(first.shape, other.shape)) continue;
		report(context, {
			code: "E0322",
			at: places[i + 1] ?? locate(context, site),
			message: `this branch gives ${showType(results[i + 1] ?? errorType)}, and the first one ${showType(first)}`,
			related: [
				...(places[0] ? [{ at: places[0], label: showType(first) }] : []),
				{ at: locate(context, site), label: "applied here" },
			],
			hint: "the branches of a choice have one shape",
		});
		return errorType;
	}
	return first;
}

/** `mixed(op, temperature = 1)`: a function. */
export function ofChoice(options: readonly string[]): SpecialRule {
	return (context, site) => {
		const { positional, named } = readArguments(context, site);
		const [first, ...rest] = positional;
		if (!first || site.arguments.some((a) => a.type))
			return wrongUse(context, site, "takes a choice: `mixed(op)(x)`");
		if (first.type.kind === "error") return errorType;
		if (first.type.kind !== "tuple" || !first.type.choice)
			return wrongUse(context, site, `takes a choice, and this is ${showType(first.type)}`);
		if (rest.length > options.length) return wrongUse(context, site, "takes fewer arguments");
		for (const [name, { node, type }] of [...named, ...rest.map((r, i) => [options[i] ?? "", r] as const)]) {
			if (!options.includes(name)) return wrongUse(context, site, `has no option \`${name}\``);
			const value = asTensor(type);
			if (value && value.shape.dims.length === 0 && !value.shape.rest) continue;
			if (type.kind !== "error")
				report(context, {
					code: "E0302",
					at: locate(context, node),
					message: `\`${name}\` is one number, and this is ${showType(type)}`,
				});
			return errorType;
		}
		const name = site.callee.kind === "Name" ? site.callee.name : "choice";
		return applyBranches(context, site, first.type, name);
	};
}

/** `op.pick(i)`: the branch itself where it is known which; else what all branches have in common. */
export function pick(context: Context, site: CallSite, choice: TupleType): Type {
	const { positional, named } = readArguments(context, site);
	const [index, ...others] = positional;
	if (!index || others.length > 0 || named.size > 0)
		return wrongUse(context, site, "takes the number of a branch");
	if (index.type.kind === "error") return errorType;
	if (index.type.kind !== "Int") {
		return wrongUse(
			context,
			site,
			`takes a number that is known before running, and this is ${showType(index.type)}`,
			"`static(e)` brings a computed number back to the host level",
		);
	}
	const known = index.type.value && asConstant(index.type.value);
	const branches = choice.elements[1]?.type;
	if (known === undefined || branches?.kind !== "list" || !branches.elements)
		return applyBranches(context, site, choice, "pick");
	const branch = elementAt(branches, constant(known));
	if (branch && alternativesOf(branch).length > 1) return applyBranches(context, site, choice, "pick");
	if (branch) return branch;
	return wrongUse(context, site, `has ${branchesOf(choice).length} branches, and none at ${known}`);
}
