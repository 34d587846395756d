import type * as ast from "../../../grammar/ast.js";
import { variable } from "../../dims/dim.js";
import { nearest, quoted } from "../../source/near.js";
import { asList } from "../binders/family.js";
import {
	type Context,
	cannotRunYet,
	declarationKey,
	inner,
	locate,
	report,
	Scope,
	within,
} from "../context.js";
import { notBool } from "../expressions/conditional.js";
import { presentIn, resultOfRun } from "../expressions/configure.js";
import { infer } from "../expressions/expression.js";
import { type Hint, meant, meantOr } from "../hint.js";
import { declareParameters, listFacts, quantifiedOf } from "../signatures/declaration.js";
import { checkDefaults } from "../signatures/defaults.js";
import { newSignature } from "../signatures/type-node.js";
import { asTensor } from "../trees/stack.js";
import { Matcher } from "../types/match.js";
import { showType } from "../types/show.js";
import { elementAt } from "../types/substitute.js";
import type { FitSymbol } from "../types/symbols.js";
import {
	errorType,
	isRealElement,
	noQuantified,
	type Quantified,
	type SignatureParameter,
	scalar,
	type TupleType,
	type Type,
} from "../types/types.js";
import { bornSince, now } from "../types/visit-type.js";
import { checkInterval } from "./fit-names.js";

/** `search tune over classifier { .. }`: spaces for the options of a fit, and what is best. */

/** Returns the type of its result: the best run, and its options. With options of its own it is a function that gives it. */
export function checkSearch(context: Context, node: ast.SearchDeclaration): Type {
	if (node.parameters.length === 0) return checkOver(context, node);
	const scope = new Scope(context.scope);
	const signature = newSignature(scope);
	const at = locate(context, node.name);
	const header = within(context, { scope, owner: declarationKey(at) });
	context.session.knowledge.scopes.set(node, scope);
	const declared = declareParameters(header, node.parameters, signature);
	const parameters = checkDefaults(header, node.parameters, declared, []);
	const facts = listFacts(context.facts, parameters);
	const since = now();
	const result = checkOver(within(header, { facts }), node);
	return {
		kind: "function",
		...(node.name.kind === "Identifier" && { name: node.name.name }),
		quantified: quantifiedOf(signature),
		parameters,
		result,
		openSizes: bornSince(result, since),
		at,
	};
}

function checkOver(context: Context, node: ast.SearchDeclaration): Type {
	const before = context.session.diagnostics.length;
	const over = infer(context, node.over);
	if (over.kind === "error") return errorType;
	if (over.kind !== "declaration" || over.symbol.role !== "fit") {
		report(context, {
			code: "E0457",
			at: locate(context, node.over),
			message: `a search is over a fit, and this is ${showType(over)}`,
		});
		return errorType;
	}
	const { fit } = over.symbol;
	fit.complete();
	const spaces = checkSpaces(context, node, fit);
	const result = presentIn(fit, resultOfRun(fit), () => undefined);
	checkObjective(context, node, fit, result, spaces.continuous);
	const chosen: TupleType = {
		kind: "tuple",
		elements: fit.parameters
			.filter((p) => spaces.names.has(p.name))
			.map((p) => ({ name: p.name, type: p.type })),
	};
	if (context.session.diagnostics.length === before)
		cannotRunYet(context, node.name.kind === "Identifier" ? node.name : node, "a search");
	return {
		kind: "tuple",
		elements: [
			{ name: "best", type: result },
			{ name: "options", type: chosen },
		],
		title: node.name.kind === "Identifier" ? node.name.name : "search",
	};
}

// ---------------------------------------------------------------- spaces

interface Spaces {
	readonly names: ReadonlySet<string>;
	readonly continuous: ast.Expression | undefined;
}

function checkSpaces(context: Context, node: ast.SearchDeclaration, fit: FitSymbol): Spaces {
	const options = optionScope(context, fit);
	const first = new Map<string, ast.Identifier>();
	let continuous: ast.Expression | undefined;
	for (const entry of node.entries) {
		if (entry.kind !== "Space") continue;
		const { name } = entry;
		const twice = first.get(name.name);
		if (twice) {
			report(context, {
				code: "E0207",
				at: locate(context, name),
				message: `\`${name.name}\` has two spaces`,
				related: [{ at: locate(context, twice), label: "the first one" }],
				hint: "alternatives of one space stand apart by `|`",
			});
		}
		first.set(name.name, name);
		const option = fit.parameters.find((p) => p.name === name.name);
		if (!option) tellUnknown(context, name, fit);
		else context.session.knowledge.types.set(name, option.type);
		for (const { value, where } of entry.alternatives) {
			const found = option && checkSpace(context, value, { ...option, quantified: fit.quantified });
			if (!option) infer(context, value);
			continuous ??= found;
			if (where) checkCondition(options, where);
		}
	}
	const missing = fit.parameters.filter((p) => !p.optional && !first.has(p.name));
	if (missing.length > 0) {
		report(context, {
			code: "E0457",
			at: locate(context, node.name.kind === "Identifier" ? node.name : node),
			message: `\`${fit.name}\` needs ${missing.map((p) => `\`${p.name}: ${showType(p.type)}\``).join(", ")}, and no space is given`,
			related: [{ at: fit.at, label: `\`${fit.name}\` is declared here` }],
		});
	}
	return { names: new Set(first.keys()), continuous };
}

function tellUnknown(context: Context, name: ast.Identifier, fit: FitSymbol): void {
	const names = fit.parameters.map((p) => p.name);
	const near = nearest(name.name, names);
	report(context, {
		code: "E0312",
		at: locate(context, name),
		message: `\`${fit.name}\` has no option \`${name.name}\``,
		related: [{ at: fit.at, label: `\`${fit.name}\` is declared here` }],
		hint:
			name.name === "seed"
				? "how many seeds each trial has is said by `seeds 3` of the objective"
				: near.length > 0
					? meant(near.slice(0, 1))
					: names.length > 0
						? `it has ${names.map((n) => `\`${n}\``).join(", ")}`
						: "it has no options",
		...(near.length > 0 && {
			fixes: [
				{
					title: `Change it to \`${near[0]}\``,
					edits: [{ at: locate(context, name), replacement: near[0] ?? "" }],
				},
			],
		}),
	});
}

/** An option of the fit, or a field of one. */
interface Option extends SignatureParameter {
	/** What a list of the fit's signature stands for is open. */
	readonly quantified?: Quantified;
}

/** Distributions, and the numbers that they take. */
const distributions: Readonly<Record<string, readonly string[]>> = {
	uniform: ["low", "high"],
	log: ["low", "high"],
	normal: ["mean", "scale"],
};

/** How many lists stand in one another: `[[64, 10]]` of an option that is a list is a space of one value. */
function writtenDepth(node: ast.Expression): number {
	if (node.kind !== "List") return 0;
	return 1 + (node.elements.length === 0 ? 0 : Math.min(...node.elements.map(writtenDepth)));
}

function listDepth(type: Type): number {
	if (type.kind !== "list") return 0;
	return 1 + listDepth(type.symbol?.entries?.template ?? type.elements?.[0] ?? errorType);
}

/** A space of values of one type. Returns the first part of it that has no end of values. */
function checkSpace(context: Context, node: ast.Expression, option: Option): ast.Expression | undefined {
	const wanted = option.type;
	if (node.kind === "Parenthesized") return checkSpace(context, node.inner, option);
	if (node.kind === "List" && writtenDepth(node) > listDepth(wanted)) {
		if (node.elements.length === 0)
			report(context, { code: "E0457", at: locate(context, node), message: "this space is empty" });
		const found = node.elements.map((element) => checkSpace(context, element, option));
		return found.find((f) => f !== undefined);
	}
	if (node.kind === "Range") {
		const type = infer(context, node);
		if (type.kind !== "error" && wanted.kind !== "Int" && !isReal(wanted)) notOf(context, node, option, type);
		return undefined;
	}
	if (node.kind !== "Call" || node.callee.kind !== "Name") return constantOf(context, node, option);
	const { name } = node.callee;
	if (Object.hasOwn(distributions, name)) return checkDistribution(context, node, name, option);
	const made = infer(context, node.callee);
	if (made.kind !== "function" || made.result.kind !== "variant") return constantOf(context, node, option);
	// A value built out of spaces: each field has one of its own.
	let continuous: ast.Expression | undefined;
	for (const [i, argument] of node.arguments.entries()) {
		const field =
			made.parameters.find((p) => p.name === argument.name?.name) ??
			(argument.name ? undefined : made.parameters[i]);
		if (!field) {
			infer(context, argument.value);
			report(context, {
				code: argument.name ? "E0312" : "E0313",
				at: locate(context, argument.name ?? argument.value),
				message: argument.name
					? `\`${name}\` has no field \`${argument.name.name}\``
					: `\`${name}\` has ${made.parameters.length} fields`,
			});
			continue;
		}
		continuous ??= checkSpace(context, argument.value, field);
	}
	const given = node.arguments.length;
	const needed = made.parameters.filter((p) => !p.optional).length;
	if (given < needed)
		report(context, {
			code: "E0313",
			at: locate(context, node),
			message: `\`${name}\` lacks ${made.parameters
				.slice(given)
				.filter((p) => !p.optional)
				.map((p) => `\`${p.name}\``)
				.join(", ")}`,
		});
	const into = checkVariant(context, node, made.result, option);
	context.session.knowledge.types.set(node, into);
	return continuous;
}

function checkVariant(context: Context, node: ast.Expression, made: Type, option: Option): Type {
	if (
		option.type.kind === "variant" &&
		made.kind === "variant" &&
		option.type.variants.at === made.variants.at
	)
		return made;
	if (option.type.kind !== "error") notOf(context, node, option, made);
	return errorType;
}

function constantOf(context: Context, node: ast.Expression, option: Option): undefined {
	const { type, quantified } = option;
	const wanted: Type = type.kind === "Int" ? { kind: "Int" } : type;
	const actual = infer(context, node, wanted);
	const fits = (value: Type): boolean => {
		const matcher = new Matcher(quantified ?? noQuantified, context.facts);
		return !(matcher.match(wanted, value) ?? matcher.finish());
	};
	// A list by its name, of known entries or of any.
	const list = wanted.kind === "list" ? undefined : asList(actual);
	const { dim } = variable("i", { minimum: 0 });
	const one = list && elementAt(list, dim);
	const values = list?.elements ?? (one ? [one] : [actual]);
	if (!values.every(fits)) notOf(context, node, option, actual);
	return undefined;
}

function checkDistribution(
	context: Context,
	node: ast.Call,
	name: string,
	option: Option,
): ast.Expression | undefined {
	const formal = distributions[name] ?? [];
	const values: (number | undefined)[] = [];
	for (const [i, argument] of node.arguments.entries()) {
		const type = infer(context, argument.value);
		if (argument.name && !formal.includes(argument.name.name))
			report(context, {
				code: "E0312",
				at: locate(context, argument.name),
				message: `\`${name}\` has no option \`${argument.name.name}\``,
				hint: `it has ${formal.map((f) => `\`${f}\``).join(", ")}`,
			});
		else if (type.kind !== "Int" && type.kind !== "Real" && type.kind !== "error")
			report(context, {
				code: "E0302",
				at: locate(context, argument.value),
				message: `a number is wanted here, known before running, and this is ${showType(type)}`,
			});
		values[argument.name ? formal.indexOf(argument.name.name) : i] = numberOf(argument.value);
	}
	if (node.arguments.length !== formal.length) {
		report(context, {
			code: "E0457",
			at: locate(context, node),
			message: `\`${name}\` takes ${formal.join(" and ")}: \`${name}(${name === "normal" ? "0, 1" : "1e-4, 1e-1"})\``,
		});
		return undefined;
	}
	const [low, high] = values;
	if (name !== "normal" && low !== undefined && high !== undefined && low >= high)
		report(context, {
			code: "E0457",
			at: locate(context, node),
			message: `this space is empty: ${low} is not below ${high}`,
		});
	else if (name === "log" && low !== undefined && low <= 0)
		report(context, {
			code: "E0457",
			at: locate(context, node),
			message: `\`log\` goes over positive numbers, and this begins at ${low}`,
			hint: "0 as an alternative stands apart: `0 | log(1e-6, 1e-2)`",
		});
	if (option.type.kind !== "error" && !isReal(option.type)) {
		notOf(
			context,
			node,
			option,
			scalar("real"),
			option.type.kind === "Int" ? "a whole number has a list or a range: `[32, 64]`, `1..5`" : undefined,
		);
	}
	return node;
}

function numberOf(node: ast.Expression): number | undefined {
	if (node.kind === "Number") return node.value;
	if (node.kind === "Unary" && node.operator === "-") {
		const value = numberOf(node.operand);
		return value === undefined ? undefined : -value;
	}
	return undefined;
}

function isReal(type: Type): boolean {
	if (type.kind === "Real" || type.kind === "rate") return true;
	return (
		type.kind === "tensor" && isRealElement(type.element) && type.shape.dims.length === 0 && !type.shape.rest
	);
}

function notOf(context: Context, node: ast.Expression, option: Option, type: Type, hint?: Hint): void {
	report(context, {
		code: "E0457",
		at: locate(context, node),
		message: `these are no values of \`${option.name}: ${showType(option.type)}\``,
		label: showType(type),
		related: option.at ? [{ at: option.at, label: `\`${option.name}\` is declared here` }] : [],
		...(hint && { hint }),
	});
}

/** The options by their names: a condition may be on any other one. */
function optionScope(context: Context, fit: FitSymbol): Context {
	const scope = within(context, { scope: new Scope(context.scope) });
	for (const { name, type, at } of fit.parameters)
		scope.scope.names.set(name, { name, type, at: at ?? fit.at, role: "parameter", uses: 0 });
	return scope;
}

function checkCondition(context: Context, node: ast.Expression): void {
	const type = infer(context, node);
	if (type.kind === "error" || type.kind === "Bool") return;
	const value = asTensor(type);
	if (value?.element !== "bool" || value.shape.dims.length > 0) notBool(context, node, type);
}

// ---------------------------------------------------------------- the objective

const samplers: Readonly<Record<string, readonly string[]>> = {
	tpe: ["start", "gamma"],
	random: [],
	grid: [],
	halton: [],
};
const pruners = ["median", "halving"];

function checkObjective(
	context: Context,
	node: ast.SearchDeclaration,
	fit: FitSymbol,
	result: Type,
	continuous: ast.Expression | undefined,
): void {
	const objectives = node.entries.filter((e) => e.kind === "Objective");
	const [objective, second] = objectives;
	for (const entry of node.entries) {
		if (entry.kind === "Space" || entry.kind === "Objective") continue;
		report(context, {
			code: "E0401",
			at: locate(context, entry),
			message: "this does not belong in a search: it has spaces and an objective",
		});
	}
	if (!objective || second) {
		report(context, {
			code: "E0458",
			at: locate(context, second ?? (node.name.kind === "Identifier" ? node.name : node)),
			message: second ? "a search has one objective" : "a search says what is best",
			...(second && objective && { related: [{ at: locate(context, objective), label: "the first one" }] }),
			hint: "for example `maximize accuracy  by tpe()  trials 40`",
		});
		if (!objective) return;
	}
	const scope = inner(context);
	if (result.kind === "tuple")
		for (const { name, type } of result.elements)
			if (name !== undefined) scope.scope.names.set(name, { name, type, at: fit.at, role: "local", uses: 0 });
	const type = infer(scope, objective.value);
	const value = asTensor(type);
	if (
		type.kind !== "error" &&
		(!value || value.shape.dims.length > 0 || value.shape.rest || value.element === "bool")
	)
		report(context, {
			code: "E0458",
			at: locate(context, objective.value),
			message: `what is best is told by one number, and this is ${showType(type)}`,
			hint: "reduce it: `mean(..)`, `max i: ..`",
		});
	checkClauses(context, objective, result, continuous);
}

type Objective = Extract<ast.SearchEntry, { kind: "Objective" }>;

function checkClauses(
	context: Context,
	objective: Objective,
	result: Type,
	continuous: ast.Expression | undefined,
): void {
	const seen = new Set<string>();
	let sampler = "";
	for (const { word, value } of objective.clauses) {
		if (seen.has(word.name))
			report(context, {
				code: "E0458",
				at: locate(context, word),
				message: `\`${word.name}\` is said twice`,
			});
		seen.add(word.name);
		switch (word.name) {
			case "by":
				sampler = checkSampler(context, value, continuous);
				break;
			case "prune":
				checkPruner(context, objective, value, result);
				break;
			default:
				checkInterval(context, value, `\`${word.name}\` is at least 1, and here it is`);
		}
	}
	if (sampler !== "grid" && !seen.has("trials"))
		report(context, {
			code: "E0458",
			at: locate(context, objective),
			message: "a search says how many trials it has",
			hint: "add `trials 40`; only `by grid()` has an end of its own",
		});
}

function checkSampler(
	context: Context,
	node: ast.Expression,
	continuous: ast.Expression | undefined,
): string {
	const callee = node.kind === "Call" ? node.callee : node;
	const name = callee.kind === "Name" ? callee.name : "";
	const options = Object.hasOwn(samplers, name) ? samplers[name] : undefined;
	if (!options) {
		const names = Object.keys(samplers);
		report(context, {
			code: "E0458",
			at: locate(context, node),
			message: name === "" ? "`by` takes a sampler" : `there is no sampler \`${name}\``,
			hint: meantOr(name, names, `there are ${quoted(names)}`),
		});
		return name;
	}
	for (const argument of node.kind === "Call" ? node.arguments : []) {
		infer(context, argument.value);
		if (argument.name ? options.includes(argument.name.name) : options.length > 0) continue;
		report(context, {
			code: "E0312",
			at: locate(context, argument.name ?? argument.value),
			message: argument.name
				? `\`${name}\` has no option \`${argument.name.name}\``
				: `\`${name}\` has no options`,
			...(options.length > 0 && { hint: `it has ${options.map((o) => `\`${o}\``).join(", ")}` }),
		});
	}
	if (name === "grid" && continuous)
		report(context, {
			code: "E0458",
			at: locate(context, node),
			message: "`grid` tries all values, and this space has no end of them",
			related: [{ at: locate(context, continuous), label: "endless" }],
			hint: "give a list, or sample: `by tpe()  trials 40`",
		});
	return name;
}

/** A pruner compares runs while they go: what it looks at is tracked in a loop. */
function checkPruner(context: Context, objective: Objective, node: ast.Expression, result: Type): void {
	const callee = node.kind === "Call" ? node.callee : node;
	const name = callee.kind === "Name" ? callee.name : "";
	if (!pruners.includes(name)) {
		report(context, {
			code: "E0458",
			at: locate(context, node),
			message: name === "" ? "`prune` takes a rule" : `there is no rule \`${name}\` to prune by`,
			hint: meantOr(name, pruners, `there are ${quoted(pruners)}`),
		});
		return;
	}
	const run = result.kind === "tuple" ? result.elements.find((e) => e.name === "run")?.type : undefined;
	const history = run?.kind === "tuple" ? run.elements.find((e) => e.name === "history")?.type : undefined;
	const names =
		history?.kind === "tuple" ? history.elements.flatMap((e) => (e.name === undefined ? [] : [e.name])) : [];
	if (objective.value.kind === "Name" && names.includes(objective.value.name)) return;
	report(context, {
		code: "E0458",
		at: locate(context, node),
		message: "a run is pruned by what is tracked in its loop, and the objective is no such track",
		related: [{ at: locate(context, objective.value), label: "the objective" }],
		hint: "track it in the loop: `track accuracy = .. every epoch`",
	});
}
