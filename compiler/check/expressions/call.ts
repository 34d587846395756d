import type * as ast from "../../../grammar/ast.js";
import type { Span } from "../../../grammar/span.js";
import { type Atom, asConstant, atomsOf, type Dim, variable } from "../../dims/dim.js";
import { nearest } from "../../source/near.js";
import { narrow } from "../binders/narrowing.js";
import { overloadOf } from "../builtins/overloads.js";
import { specialRule } from "../builtins/special.js";
import { type Context, locate, report } from "../context.js";
import { refuseInKernel } from "../fits/kernel.js";
import { meant } from "../hint.js";
import { shapeHint } from "../shape-hints.js";
import { withKnownArguments } from "../signatures/named-type.js";
import { RestOrigins } from "../signatures/rests.js";
import { trailNotes, trailPlaces, withArithmetic, withTrail } from "../trail.js";
import { pick } from "../trees/choice.js";
import { asTensor, stackElements } from "../trees/stack.js";
import { explainMismatch } from "../types/explain.js";
import { withOwnLists } from "../types/instantiate.js";
import { Matcher, type Mismatch } from "../types/match.js";
import { refuseModels } from "../types/precision.js";
import { behindRest } from "../types/shape.js";
import { showDim, showType } from "../types/show.js";
import { type Bindings, substituteType, substituteWhere } from "../types/substitute.js";
import {
	type Element,
	errorType,
	type FunctionType,
	type ModelType,
	type Origin,
	type SignatureParameter,
	type Type,
} from "../types/types.js";
import { markProbabilities, warnOfProbabilities } from "../warnings/probabilities.js";
import { makeComplex } from "./complex.js";
import { applyDeclaration, applyModel } from "./configure.js";
import { discharge, tellsCondition } from "./discharge.js";
import { infer } from "./expression.js";
import { foreignOption } from "./foreign-names.js";
import { refuseGivenTwice } from "./given-twice.js";
import { ListDefaults } from "./list-defaults.js";
import { missingArgumentFix } from "./missing-argument.js";
import { asCalled } from "./self-call.js";
import { type Told, told } from "./told.js";
import { checkWritten } from "./written-number.js";

/** An argument as it stands in a call; a piped one is inferred already. */
export interface CallArgument {
	readonly name?: ast.Identifier;
	readonly value: ast.Expression;
	readonly type?: Type;
}

export interface CallSite {
	readonly node: ast.Expression;
	readonly callee: ast.Expression;
	readonly arguments: readonly CallArgument[];
}

const conversions: Readonly<Record<string, Element>> = {
	real: "real",
	f32: "f32",
	f64: "f64",
	int: "int",
	bool: "bool",
};

export function inferCall(context: Context, node: ast.Call, expected?: Type): Type {
	return applyCallee(context, { node, callee: node.callee, arguments: node.arguments }, expected);
}

/** `x |> f(a)` is `f(x, a)`; `x |> f` is `f(x)`. */
export function inferPipe(context: Context, node: ast.Binary, expected?: Type): Type {
	const left = infer(context, node.left);
	const piped: CallArgument = { value: node.left, type: left };
	const right = node.right;
	if (right.kind === "Call") {
		const site = { node: right, callee: right.callee, arguments: [piped, ...right.arguments] };
		const type = applyCallee(context, site, expected);
		context.session.knowledge.types.set(right, type);
		return type;
	}
	return applyCallee(context, { node, callee: right, arguments: [piped] }, expected);
}

function applyCallee(context: Context, site: CallSite, expected?: Type): Type {
	const { callee } = site;
	refuseGivenTwice(context, site.arguments);
	if (callee.kind === "Name" && conversions[callee.name] && !context.scope.find(callee.name)) {
		return convert(context, site, callee.name);
	}
	if (callee.kind === "Name" && callee.name === "complex" && !context.scope.find(callee.name))
		return makeComplex(context, site);
	if (callee.kind === "TypeName") {
		return narrow(context, site, callee);
	}
	const type = infer(context, callee);
	switch (type.kind) {
		case "error":
			for (const argument of site.arguments) if (!argument.type) infer(context, argument.value);
			return errorType;
		case "function": {
			const result = applyFunction(context, site, type, expected);
			warnOfProbabilities(context, site, type);
			return markProbabilities(context, site, type, withTrail(context, site, result));
		}
		case "model":
			return withTrail(context, site, applyModel(context, site, type, expected));
		case "declaration":
			return applyDeclaration(context, site, type.symbol);
		default:
			for (const argument of site.arguments) if (!argument.type) infer(context, argument.value);
			report(context, {
				code: "E0316",
				at: locate(context, callee),
				message: `this cannot be called: it is ${showType(type)}`,
				...(type.kind === "variant" && { hint: "a variant without fields is its name, without brackets" }),
				...(type.kind === "tuple" &&
					type.choice && { hint: "say how: `mixed(op)(x)`, `sampled(op)(x)`, `fixed(op)(x)`" }),
			});
			return errorType;
	}
}

function convert(context: Context, site: CallSite, name: string): Type {
	const argument = site.arguments[0];
	if (!argument || site.arguments.length !== 1) {
		report(context, {
			code: "E0313",
			at: locate(context, site.node),
			message: `\`${name}(..)\` converts one value`,
		});
		return errorType;
	}
	const type = argument.type ?? infer(context, argument.value);
	if (type.kind === "error") return errorType;
	const element = conversions[name] ?? "real";
	const value = asTensor(type);
	if (value) return { kind: "tensor", element, shape: value.shape };
	report(context, {
		code: "E0302",
		at: locate(context, argument.value),
		message: `${showType(type)} is no number`,
	});
	return errorType;
}

function applyFunction(context: Context, site: CallSite, fn: FunctionType, expected?: Type): Type {
	if (fn.receiver) return pick(context, site, fn.receiver);
	if (fn.special) return specialRule(fn.special)(context, site, expected);
	if (fn.derivative) return fn.derivative.apply(context, site);
	if (fn.lambda) {
		const { arity } = fn.lambda;
		if (arity !== undefined && arity !== site.arguments.length) {
			report(context, {
				code: "E0313",
				at: locate(context, site.node),
				message: `this function takes ${arity} arguments, and gets ${site.arguments.length}`,
			});
			return errorType;
		}
		const ordered = orderedByName(context, site, fn.lambda.parameters);
		if (!ordered) return errorType;
		const types = ordered.map((a) => a.type ?? infer(context, a.value));
		return types.some((t) => t.kind === "error") ? errorType : fn.lambda.apply(types, context);
	}
	const what = fn.name ? `\`${fn.name}\`` : "this function";
	if (fn.overloaded) {
		const typed = withTypes(context, site);
		return applySignature(context, typed, overloadOf(fn, typed.arguments), { expected, what });
	}
	return applySignature(context, site, asCalled(context, fn), { expected, what });
}

/** The arguments of a lambda in the order of its parameters. */
function orderedByName(
	context: Context,
	site: CallSite,
	names: readonly (string | undefined)[],
): readonly CallArgument[] | undefined {
	if (site.arguments.every((a) => !a.name)) return site.arguments;
	const free = names.map((name) => ({ name: name ?? "", type: errorType, optional: false }));
	const places = new Map<SignatureParameter, CallArgument>();
	for (const argument of site.arguments) {
		if (!argument.name) continue;
		const { name } = argument.name;
		const parameter = free.find((p) => p.name === name);
		if (!parameter || places.has(parameter)) {
			reportUnknownArgument(
				context,
				argument.name,
				parameter ? free : free.filter((p) => p.name),
				"this function",
			);
			return undefined;
		}
		places.set(parameter, argument);
	}
	const positional = site.arguments.filter((a) => !a.name);
	return free.flatMap((p) => places.get(p) ?? positional.shift() ?? []);
}

/** Each argument is inferred once. */
function withTypes(context: Context, site: CallSite): CallSite {
	return {
		...site,
		arguments: site.arguments.map((a) => ({ ...a, type: a.type ?? infer(context, a.value) })),
	};
}

interface SignatureOptions {
	readonly expected?: Type;
	readonly what: Told;
	/** The callee takes its arguments as they are: it is a function of which only the type is known. */
	readonly taken?: boolean;
	/** What the surrounding model's parameters stand for. */
	readonly bindings?: Bindings;
	/** Where the last sizes of the arguments come from. */
	readonly origins?: { readonly size: Dim; readonly origin: Origin }[];
	/** What the rests of the signature stand for, and which arguments tell. */
	readonly rests?: RestOrigins;
	/** Where the value of a size of the signature was written, if it was: `63` in `MLP([63, 10])`. */
	readonly originOf?: (atom: Atom) => Origin | undefined;
	/** Tells the condition that fails already where an entry of a list is not one: the size that it is, is none. */
	readonly refused?: (mismatch: Mismatch) => boolean;
}

export function applySignature(
	context: Context,
	site: CallSite,
	fn: FunctionType,
	given: SignatureOptions,
): Type {
	const taken = fn.at === undefined;
	const matcher = new Matcher(fn.quantified, context.facts, given.bindings, context.trees);
	const refused = (mismatch: Mismatch): boolean =>
		tellsCondition(context, site.node, mismatch, fn, matcher.bindings);
	const options: SignatureOptions = { ...given, origins: [], rests: new RestOrigins(), taken, refused };
	const assigned = assignArguments(context, site, fn.parameters, options.what);
	let sound = assigned.complete;
	const later: Assigned[] = [];
	const lists = ListDefaults.of(matcher, fn.parameters, assigned.pairs);
	for (const pair of lists?.pairs ?? assigned.pairs) {
		lists?.before(pair);
		const [parameter, argument] = pair;
		// Sizes are found from the other arguments first.
		if (parameter.type.kind === "function" || argument.value.kind === "Lambda") {
			later.push(pair);
			continue;
		}
		// Where a list is wrong, the sizes that it gives to the others are not known.
		const isAfterList = !sound && assigned.pairs.some(([p]) => p.type.kind === "list");
		if (isAfterList && parameter.type.kind === "tensor") {
			if (!argument.type) infer(context, argument.value);
			continue;
		}
		if (!matchArgument(context, matcher, parameter, argument, options)) sound = false;
	}
	const early = matcher.settle();
	if (early && sound) {
		if (!refused(early)) reportMismatch(context, early, site.node, undefined, options);
		sound = false;
	}
	for (const [parameter, argument] of later) {
		if (!matchArgument(context, matcher, parameter, argument, options)) sound = false;
	}
	if (!sound)
		return fn.result.kind === "tensor" || fn.result.kind === "variable"
			? errorType
			: closed(matcher, fn.result);
	// A wrong default is told where it stands.
	if (!bindDefaults(matcher, fn.parameters, assigned.pairs)) return closed(matcher, fn.result);
	if (options.expected) matcher.match(fn.result, options.expected);
	matcher.solve(fn.where ?? []);
	const unsettled = matcher.finish();
	// What no argument tells belongs to the value of this call.
	for (const { id, name, minimum, cases } of fn.openSizes ?? [])
		matcher.bindings.dims.set(id, variable(name, { minimum, ...(cases && { cases }) }).dim);
	const result = fn.result.kind === "variant" ? withKnownArguments(matcher, fn.result) : fn.result;
	// What only a function in the arguments names must be told by it: the body may ask for it.
	const settled = substituteType(result, matcher.bindings);
	const open = unsettled ? [] : matcher.openIn(settled, true);
	if (!unsettled)
		for (const [{ type }] of assigned.pairs) if (type.kind === "function") open.push(...matcher.openIn(type));
	if (unsettled || open.length > 0) {
		reportMismatch(
			context,
			unsettled ?? { kind: "open", names: [...new Set(open)] },
			site.node,
			undefined,
			options,
		);
		return errorType;
	}
	const types = (): readonly Type[] => [
		...fn.parameters.map((p) => substituteType(p.type, matcher.bindings)),
		fn.result,
	];
	if (!refuseModels(context, site.node, matcher.bindings.precision.is, types)) return errorType;
	const way = (): readonly string[] => trailNotes(typeOfFirst(context, site));
	for (const clause of fn.where ?? [])
		if (!discharge(context, site.node, substituteWhere(clause, matcher.bindings), fn, way)) return errorType;
	const value = withArithmetic(withOwnLists(settled), fn, matcher.bindings);
	const { probabilities } = fn;
	return probabilities && value.kind === "tensor" ? { ...value, probabilities } : value;
}

function typeOfFirst(context: Context, site: CallSite): Type | undefined {
	const [first] = site.arguments;
	return first && (first.type ?? context.session.knowledge.types.get(first.value));
}

/** After a mistake in the arguments: the result, if no size is left open in it. */
function closed(matcher: Matcher, result: Type): Type {
	return matcher.openIn(result).length > 0
		? errorType
		: withOwnLists(substituteType(result, matcher.bindings));
}

/** What an option of such a kind is, the sizes of others may depend on. */
const bindsByDefault: ReadonlySet<string> = new Set(["Int", "list", "model"]);

/** An option that is not given stands for its default. */
export function bindDefaults(
	matcher: Matcher,
	parameters: readonly SignatureParameter[],
	given: readonly Assigned[],
): boolean {
	let sound = true;
	for (const parameter of parameters) {
		if (!parameter.default || given.some(([p]) => p === parameter)) continue;
		if (parameter.default.kind === "error") sound = false;
		else if (bindsByDefault.has(parameter.type.kind))
			matcher.match(parameter.type, substituteType(parameter.default, matcher.bindings));
	}
	return sound;
}

/** What a parameter is given. */
export type Assigned = readonly [SignatureParameter, CallArgument];

/** Pairs arguments with parameters; reports what is too much, missing or unknown. */
export function assignArguments(
	context: Context,
	site: { readonly node: { readonly span: Span }; readonly arguments: readonly CallArgument[] },
	parameters: readonly SignatureParameter[],
	what: Told,
): { readonly pairs: readonly Assigned[]; readonly complete: boolean } {
	const pairs: Assigned[] = [];
	// Mostly arguments stand in the order of the parameters.
	let first = 0;
	for (; first < site.arguments.length && first < parameters.length; first++) {
		const argument = site.arguments[first] as CallArgument;
		if (argument.name) break;
		pairs.push([parameters[first] as SignatureParameter, argument]);
	}
	const free = parameters.slice(first);
	let complete = true;
	for (const argument of site.arguments.slice(first)) {
		if (argument.name) {
			const name = argument.name.name;
			const index = free.findIndex((p) => p.name === name);
			if (index < 0) {
				complete = false;
				reportUnknownArgument(context, argument.name, parameters, what);
				if (!argument.type) infer(context, argument.value);
				continue;
			}
			pairs.push([free.splice(index, 1)[0] as SignatureParameter, argument]);
			continue;
		}
		const parameter = free.shift();
		if (!parameter) {
			complete = false;
			report(context, {
				code: "E0311",
				at: locate(context, argument.value),
				message: `${told(what)} takes ${parameters.length} ${parameters.length === 1 ? "argument" : "arguments"}, and this is one more`,
			});
			continue;
		}
		pairs.push([parameter, argument]);
	}
	const missing = free.filter((p) => !p.optional);
	// What is given by another name is not missing.
	if (missing.length > 0 && complete) {
		report(context, {
			code: "E0313",
			at: locate(context, site.node),
			message: `${told(what)} lacks ${missing.map((p) => `\`${p.name}: ${showType(p.type)}\``).join(", ")}`,
			fixes: missingArgumentFix(context, site.node, missing),
		});
	}
	if (missing.length > 0) complete = false;
	return { pairs, complete };
}

function reportUnknownArgument(
	context: Context,
	name: ast.Identifier,
	parameters: readonly SignatureParameter[],
	what: Told,
): void {
	// By its place, too, or in a type.
	const known = parameters.some((p) => p.name === name.name);
	const names = parameters.map((p) => p.name);
	const near = nearest(name.name, names);
	report(context, {
		code: "E0312",
		at: locate(context, name),
		message: known ? `\`${name.name}\` is given twice` : `${told(what)} has no option \`${name.name}\``,
		...(!known &&
			names.length > 0 && {
				hint:
					foreignOption(name.name, names) ??
					(near.length > 0 ? meant(near) : `it has ${names.map((n) => `\`${n}\``).join(", ")}`),
			}),
	});
}

export function matchArgument(
	context: Context,
	matcher: Matcher,
	parameter: SignatureParameter,
	argument: CallArgument,
	options: SignatureOptions,
): boolean {
	const actual = argument.type ?? infer(context, argument.value);
	if (actual.kind === "error" || parameter.type.kind === "error") return false;
	const mismatch = options.taken
		? matcher.match(parameter.type, actual)
		: matcher.matchDeclared(parameter.type, actual);
	if (!mismatch) {
		if (parameter.type.kind === "tensor")
			checkWritten(context, argument.value, actual, matcher.elementIn(parameter.type.element));
		noteOrigin(options, actual);
		options.rests?.note(locate(context, argument.value), parameter.type, matcher.bindings);
		return true;
	}
	if (!options.refused?.(mismatch))
		reportMismatch(context, mismatch, argument.value, { parameter, actual }, options);
	return false;
}

/**
 * The place that caused a mismatch: where a size of the signature was written as a number in a configuration, that
 * number; else the argument.
 */
export function reportMismatch(
	context: Context,
	mismatch: Mismatch,
	node: { readonly span: Span },
	about: { readonly parameter: SignatureParameter; readonly actual: Type } | undefined,
	options: SignatureOptions,
): void {
	const why = explainMismatch(mismatch);
	const classic = shapeHint(context, node, mismatch, about?.actual);
	const written = mismatch.kind === "dim" ? originIn(mismatch.formal, options) : undefined;
	const origin = classic ? undefined : written;
	const stacked =
		about?.parameter.type.kind === "tensor" && about.actual.kind === "list"
			? stackElements(about.actual.elements)
			: undefined;
	const argumentPlace = {
		at: locate(context, node),
		label: about ? showType(stacked ?? about.actual) : "here",
	};
	const data = about?.actual.kind === "tensor" ? about.actual.origin : undefined;
	const parameter = about
		? `\`${about.parameter.name}: ${showType(about.parameter.type)}\` of ${told(options.what)}`
		: told(options.what);
	const open =
		mismatch.kind === "open" && !about
			? { hint: "where a type is declared, sizes are found from it: `let w: real[3, 4] = ..`" }
			: {};
	const axis = mismatch.kind === "dim" && mismatch.axis >= 0 ? ` (axis ${mismatch.axis})` : "";
	if (origin && mismatch.kind === "dim") {
		const isNumber = asConstant(mismatch.got) !== undefined && asConstant(mismatch.wanted) !== undefined;
		report(context, {
			code: "E0310",
			at: origin.at,
			message: `this is ${showDim(mismatch.wanted)}, but ${told(options.what)} is given ${showDim(mismatch.got)}${axis}`,
			label: isNumber ? `should be ${showDim(mismatch.got)}` : "of this size",
			related: [argumentPlace, ...(data ? [data] : []), ...trailPlaces(about?.actual)],
			notes: [...why.notes, ...trailNotes(about?.actual)],
			...(why.hint && { hint: why.hint }),
			fixes: isNumber
				? [
						{
							title: `Change it to ${showDim(mismatch.got)}`,
							edits: [{ at: origin.at, replacement: showDim(mismatch.got) }],
						},
					]
				: [],
		});
		return;
	}
	report(context, {
		code: mismatch.kind === "open" ? "E0324" : mismatch.kind === "least" ? "E0325" : "E0310",
		at: argumentPlace.at,
		message: `${parameter}: ${why.message}${axis}`,
		...(about && { label: argumentPlace.label }),
		related: [
			...(about?.parameter.at
				? [{ at: about.parameter.at, label: `\`${about.parameter.name}\` is declared here` }]
				: []),
			...(data ? [data] : []),
			...(written && mismatch.kind === "dim"
				? [{ at: written.at, label: `${showDim(mismatch.wanted)} is wanted here` }]
				: []),
			...(mismatch.kind === "dim" ? originsOf(mismatch.wanted, options) : []),
			...(options.rests?.related(mismatch, about?.parameter.type) ?? []),
		],
		notes: [...why.notes, ...(mismatch.kind === "dim" ? trailNotes(about?.actual) : [])],
		...(classic ?? (why.hint === undefined ? open : { hint: why.hint })),
	});
}

/** Remembers where a size came from, for a later argument that does not agree with it. */
function noteOrigin(options: SignatureOptions, actual: Type): void {
	const last = actual.kind === "tensor" ? behindRest(actual.shape).at(-1) : undefined;
	if (actual.kind !== "tensor" || !actual.origin || !last) return;
	options.origins?.push({ size: last, origin: actual.origin });
}

function originsOf(size: Dim, { origins = [] }: SignatureOptions): Origin[] {
	return origins.filter((o) => o.size.key === size.key).map((o) => o.origin);
}

export function originIn(formal: Dim, options: SignatureOptions): Origin | undefined {
	if (!options.originOf) return undefined;
	for (const atom of atomsOf(formal)) {
		const origin = options.originOf(atom);
		if (origin) return origin;
	}
	return undefined;
}

/** The result of a function value at given argument types. */
export function applyTo(context: Context, node: ast.Expression, fn: Type, types: readonly Type[]): Type {
	const named = node.kind === "Name" ? context.scope.find(node.name) : undefined;
	if (node.kind === "Name" && named && refuseInKernel(context, node, named)) return errorType;
	if (fn.kind !== "function" && fn.kind !== "model") {
		if (fn.kind !== "error") {
			report(context, {
				code: "E0316",
				at: locate(context, node),
				message: `a function is wanted here, and this is ${showType(fn)}`,
			});
		}
		return errorType;
	}
	return applyAt(
		context,
		{ node, callee: node, arguments: types.map((type) => ({ value: node, type })) },
		fn,
	);
}

/** The result of a function value at a call. */
export function applyAt(context: Context, site: CallSite, fn: FunctionType | ModelType): Type {
	return fn.kind === "model" ? applyModel(context, site, fn) : applyFunction(context, site, fn);
}
