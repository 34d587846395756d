import type * as ast from "../../../grammar/ast.js";
import type { Location } from "../../source/diagnostic.js";
import { nearest } from "../../source/near.js";
import { type Context, inTracedKernel, locate, report } from "../context.js";
import { applyAt, type CallArgument, type CallSite } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { meant } from "../hint.js";
import { resolveType } from "../signatures/type-node.js";
import { asTensor } from "../trees/stack.js";
import { explainMismatch } from "../types/explain.js";
import { Matcher } from "../types/match.js";
import { asReal } from "../types/precision.js";
import { showType } from "../types/show.js";
import {
	errorType,
	type FunctionType,
	isRealElement,
	type ModelType,
	noQuantified,
	type Type,
	tensor,
} from "../types/types.js";
import { warnOfFlatFunction } from "../warnings/flat.js";
import { calleeName, wrongUse } from "./builtin.js";
import { derivativeMatrix } from "./derivative-matrix.js";
import {
	type Asked,
	hasNoDerivative,
	isStaticNumber,
	refuseParameter,
	type Variable,
	variable,
} from "./derivative-variable.js";
import type { SpecialRule } from "./special.js";

/**
 * Derivatives: functions from functions. What `grad(f)` is at some arguments follows from what `f` is there, so that
 * it is typed at each call: of lambdas, of functions of any size, of models, and of derivatives again.
 */

// ---------------------------------------------------------------- the function

/** What is differentiated: where it stands, for messages, and how its arguments are called. */
interface Differentiated {
	readonly type: FunctionType | ModelType;
	readonly at: Location;
	readonly parameters: readonly (string | undefined)[];
	/** Their types, where they are declared. */
	readonly types: readonly (Type | undefined)[];
	/** The word `grad`, where `jacobian` could stand. */
	readonly word?: Location;
	/** Warns if its derivative is zero everywhere. */
	readonly warn: (from: Context, by: Type, index?: number) => void;
}

function differentiated(context: Context, argument: CallArgument): Differentiated | undefined {
	const type = argument.type ?? infer(context, argument.value);
	if (type.kind === "error") return undefined;
	const at = locate(context, argument.value);
	const names = type.kind === "function" ? parametersOf(type) : callParameters(type);
	const warn = (from: Context, by: Type, index = 0): void =>
		warnOfFlatFunction({ ...context, ...callOf(from) }, argument.value, index, names, by);
	if (type.kind === "function")
		return {
			type,
			at,
			warn,
			parameters: parametersOf(type),
			types: declaredTypes(context, type, argument.value),
		};
	if (type.kind === "model" && type.declaration.call) {
		const { parameters } = type.declaration.call;
		return {
			type,
			at,
			warn,
			parameters: parameters.map((p) => p.name),
			types: parameters.map((p) => p.type),
		};
	}
	report(context, {
		code: "E0316",
		at,
		message: `a derivative is that of a function, and this is ${showType(type)}`,
		hint: "write one: `|x| ..`",
	});
	return undefined;
}

function callParameters(type: Type): readonly string[] {
	return type.kind === "model" ? (type.declaration.call?.parameters.map((p) => p.name) ?? []) : [];
}

function parametersOf(type: FunctionType): readonly (string | undefined)[] {
	return type.derivative?.parameters ?? type.lambda?.parameters ?? type.parameters.map((p): string => p.name);
}

function declaredTypes(
	context: Context,
	type: FunctionType,
	node: ast.Expression,
): readonly (Type | undefined)[] {
	if (type.lambda && node.kind === "Lambda" && !type.derivative)
		return node.parameters.map((p) => p.type && resolveType(context, p.type));
	return type.derivative?.types ?? (type.lambda ? [] : type.parameters.map((p) => p.type));
}

/** `.x`: the name of an argument. */
function namedPlace(node: ast.Expression): ast.Identifier | undefined {
	return node.kind === "Field" && node.base.kind === "Root" && node.name.kind === "Identifier"
		? node.name
		: undefined;
}

/** Which argument of a call is the one to differentiate by. */
function variableOf(site: CallSite, f: Differentiated, name: string | undefined): number {
	const wanted = name ?? f.parameters[0];
	const byName = site.arguments.findIndex((a) => a.name && a.name.name === wanted);
	if (byName >= 0) return byName;
	const named = new Set(site.arguments.flatMap((a) => (a.name ? [a.name.name] : [])));
	const free = f.parameters.filter((p) => p === undefined || !named.has(p));
	const place = name === undefined ? 0 : free.indexOf(name);
	const positional = site.arguments.flatMap((a, i) => (a.name ? [] : [i]));
	return place < 0 ? -1 : (positional[place] ?? -1);
}

// ---------------------------------------------------------------- what it is a derivative of

/** The value of the function as real numbers; what is not is reported where the function stands. */
function realResult(context: Context, f: Differentiated, site: CallSite, result: Type): Type | undefined {
	if (result.kind === "error") return undefined;
	if (result.kind === "list" && result.elements?.length && !asTensor(result)) {
		const parts = result.elements.map((e) => realResult(context, f, site, e));
		return parts.every((p) => p !== undefined) ? { kind: "list", elements: parts } : undefined;
	}
	if (result.kind === "tuple" && result.elements.length > 0) {
		const elements: { readonly name?: string; readonly type: Type }[] = [];
		for (const element of result.elements) {
			const type = realResult(context, f, site, element.type);
			if (!type) return undefined;
			elements.push({ ...element, type });
		}
		return { kind: "tuple", elements };
	}
	const value = asTensor(result);
	if (value && (isRealElement(value.element) || isStaticNumber(result)))
		return tensor(asReal(value.element), value.shape);
	const whole = value && !isRealElement(value.element);
	report(context, {
		code: "E0385",
		at: f.at,
		message: whole
			? `this gives ${showType(result)}, whose derivative is zero everywhere`
			: `this gives ${showType(result)}, which has no derivative`,
		related: calledAt(context, f, site),
	});
	return undefined;
}

function scalarResult(context: Context, f: Differentiated, site: CallSite, result: Type): Type | undefined {
	const value = asTensor(result);
	if (value && value.shape.dims.length === 0 && !value.shape.rest)
		return realResult(context, f, site, result);
	if (result.kind === "error") return undefined;
	const manyReals = value !== undefined && isRealElement(value.element);
	report(context, {
		code: "E0385",
		at: f.at,
		message: `a gradient is that of one real number, and this gives ${showType(result)}`,
		related: calledAt(context, f, site),
		...(manyReals &&
			f.word && {
				fixes: [{ title: "Take the jacobian", edits: [{ at: f.word, replacement: "jacobian" }] }],
			}),
		hint: manyReals
			? "reduce it (`|x| sum(f(x))`, `mean(..)`), or take `jacobian(f)`: the derivatives of all elements"
			: "take one number of it: `|x| f(x).0`",
	});
	return undefined;
}

function calledAt(context: Context, f: Differentiated, site: CallSite): { at: Location; label: string }[] {
	const at = locate(context, site.node);
	const around = at.file === f.at.file && at.start <= f.at.start && f.at.end <= at.end;
	return around ? [] : [{ at, label: "at these arguments" }];
}

function requireLike(
	context: Context,
	node: ast.Expression,
	what: string,
	wanted: Type,
	given: Type,
): boolean {
	if (given.kind === "error") return false;
	const matcher = new Matcher(noQuantified, context.facts);
	const mismatch = matcher.match(wanted, given) ?? matcher.finish();
	if (!mismatch) return true;
	const why = explainMismatch(mismatch);
	report(context, {
		code: "E0386",
		at: locate(context, node),
		message: `${what} is ${showType(wanted)}, and this is ${showType(given)}`,
		notes: why.notes,
		...(why.hint && { hint: why.hint }),
	});
	return false;
}

// ---------------------------------------------------------------- derivatives that are functions

/** From the variable and the value, at a call. */
type Result = (
	context: Context,
	f: Differentiated,
	site: CallSite,
	by: Variable,
	value: Type,
) => Type | undefined;

/** `grad(f)`, `grad(f, .x)`. */
function functionRule(result: Result): SpecialRule {
	return (context, site) => {
		const [fn, place] = site.arguments;
		if (!fn || fn.name || site.arguments.length > 2 || place?.name)
			return wrongUse(
				context,
				site,
				`takes a function, and the name of one of its arguments where it is not the first: \`${calleeName(site)}(f, .x)\``,
			);
		const f = differentiated(context, fn);
		const name = place && namedPlace(place.value);
		if (place && !name)
			return wrongUse(context, site, "takes the name of an argument after the function", "with a dot: `.x`");
		if (!f || (name && !knowsArgument(context, f, name))) return errorType;
		const asked: Asked | undefined = place && name && { node: place.value, name: name.name };
		const declared = f.types[name ? f.parameters.indexOf(name.name) : 0];
		if (declared && hasNoDerivative(declared)) {
			const name = asked?.name ?? f.parameters[0];
			const at = f.type.kind === "function" ? f.type.parameters.find((p) => p.name === name)?.at : undefined;
			const parameter = { node: place?.value ?? fn.value, ...(name !== undefined && { name }) };
			refuseParameter(context, { ...parameter, ...(at && { declared: at }) }, declared);
			return errorType;
		}
		const word = site.callee.kind === "Name" && site.callee.name === "grad" && locate(context, site.callee);
		return derivativeOf(context, site, word ? { ...f, word } : f, asked, result);
	};
}

function knowsArgument(context: Context, f: Differentiated, name: ast.Identifier): boolean {
	if (f.parameters.includes(name.name)) return true;
	const names = f.parameters.filter((p) => p !== undefined);
	const near = nearest(name.name, names);
	report(context, {
		code: "E0204",
		at: locate(context, name),
		message: `the function has no argument \`${name.name}\``,
		related: [{ at: f.at, label: "the function" }],
		notes: names.length > 0 ? [`it has ${names.map((n) => `\`${n}\``).join(", ")}`] : [],
		...(near.length > 0 && { hint: meant(near.slice(0, 1)) }),
	});
	return false;
}

function derivativeOf(
	made: Context,
	madeAt: CallSite,
	f: Differentiated,
	asked: Asked | undefined,
	result: Result,
): FunctionType {
	const name = asked?.name;
	const apply = (context: Context, site: CallSite): Type => {
		const given = site.arguments.map((a) => ({ ...a, type: a.type ?? infer(context, a.value) }));
		if (given.some((a) => a.type.kind === "error")) return errorType;
		const at = variableOf(site, f, name);
		const chosen = given[at];
		if (!chosen)
			return wrongUse(
				context,
				site,
				`is a derivative by ${name === undefined ? "the first argument" : `\`${name}\``}, which is not given here`,
			);
		const by = variable(context, { ...asked, node: chosen.value }, chosen.type);
		if (!by) return errorType;
		const args = given.map((a, i) => (i === at ? { ...a, type: by.argument } : a));
		const value = applyAt(inTracedKernel(context), { ...site, arguments: args }, f.type);
		const type = value.kind === "error" ? undefined : result(context, f, site, by, value);
		if (type) f.warn(context, by.argument, name === undefined ? 0 : Math.max(0, f.parameters.indexOf(name)));
		return type ?? errorType;
	};
	return {
		kind: "function",
		quantified: noQuantified,
		parameters: [],
		result: errorType,
		derivative: { apply, parameters: f.parameters, types: f.types },
		lambda: {
			arity: f.parameters.length > 0 && !hasOptions(f) ? f.parameters.length : undefined,
			parameters: f.parameters,
			apply: (types, from = made) => {
				if (types.some((t) => t.kind === "error")) return errorType;
				const { node } = madeAt;
				const typed = types.map((type): CallArgument => ({ value: node, type }));
				return apply({ ...made, ...callOf(from) }, { node, callee: node, arguments: typed });
			},
		},
	};
}

/** What of the place of a call holds where the derivative was made. */
function callOf({ session, facts, trail, kernel }: Context): Partial<Context> {
	return { session, facts, trail, ...(kernel && { kernel }) };
}

function hasOptions({ type }: Differentiated): boolean {
	const parameters = type.kind === "model" ? type.declaration.call?.parameters : type.parameters;
	return parameters?.some((p) => p.optional) ?? false;
}

const gradient: Result = (context, f, site, by, value) =>
	scalarResult(context, f, site, value) && by.gradient;

const valueAndGradient: Result = (context, f, site, by, value) => {
	const real = scalarResult(context, f, site, value);
	return real && { kind: "tuple", elements: [{ type: real }, { type: by.gradient }] };
};

const jacobian: Result = (context, f, site, by, value) => {
	const real = realResult(context, f, site, value);
	return real && derivativeMatrix(context, site, real, by.gradient);
};

const hessian: Result = (context, f, site, by, value) =>
	scalarResult(context, f, site, value) && derivativeMatrix(context, site, by.gradient, by.gradient);

// ---------------------------------------------------------------- products with derivatives

interface Product {
	readonly f: Differentiated;
	readonly by: Variable;
	readonly value: Type;
	readonly others: readonly { readonly node: ast.Expression; readonly type: Type }[];
}

/** `vjp(f, x)`, `jvp(f, x, dx)`. */
function product(context: Context, site: CallSite, names: readonly string[]): Product | undefined {
	const [fn, x, ...others] = site.arguments;
	if (!fn || !x || others.length !== names.length - 2 || site.arguments.some((a) => a.name)) {
		wrongUse(
			context,
			site,
			`takes ${names.map((n) => `\`${n}\``).join(", ")}: a function of one argument, and where`,
			"of several arguments, choose one: `|x| f(x, y)`",
		);
		return undefined;
	}
	const f = differentiated(context, fn);
	const at = x.type ?? infer(context, x.value);
	const rest = others.map((o) => ({ node: o.value, type: o.type ?? infer(context, o.value) }));
	const by = f && variable(context, { node: x.value }, at);
	if (!f || !by || rest.some((r) => r.type.kind === "error")) return undefined;
	const value = applyAt(
		inTracedKernel(context),
		{ node: site.node, callee: fn.value, arguments: [{ value: x.value, type: by.argument }] },
		f.type,
	);
	return value.kind === "error" ? undefined : { f, by, value, others: rest };
}

const vjp: SpecialRule = (context, site) => {
	const found = product(context, site, ["f", "x"]);
	const value = found && realResult(context, found.f, site, found.value);
	if (!found || !value) return errorType;
	found.f.warn(context, found.by.argument);
	const { gradient: dx } = found.by;
	const pull = (at: Context, node: ast.Expression, dy: Type): Type =>
		requireLike(at, node, "the cotangent", value, dy) ? dx : errorType;
	const pullback: FunctionType = {
		kind: "function",
		quantified: noQuantified,
		parameters: [],
		result: errorType,
		derivative: {
			parameters: [undefined],
			apply: (at, call) => {
				const [dy] = call.arguments;
				if (!dy || dy.name || call.arguments.length > 1)
					return wrongUse(at, call, `takes the cotangent of the value: ${showType(value)}`);
				return pull(at, dy.value, dy.type ?? infer(at, dy.value));
			},
		},
		lambda: {
			arity: 1,
			parameters: [undefined],
			apply: ([dy], from = context) => pull({ ...context, ...callOf(from) }, site.node, dy ?? errorType),
		},
	};
	return { kind: "tuple", elements: [{ type: value }, { type: pullback }] };
};

const jvp: SpecialRule = (context, site) => {
	const found = product(context, site, ["f", "x", "dx"]);
	const value = found && realResult(context, found.f, site, found.value);
	const [dx] = found?.others ?? [];
	if (!found || !value || !dx || !requireLike(context, dx.node, "the tangent", found.by.gradient, dx.type))
		return errorType;
	found.f.warn(context, found.by.argument);
	return { kind: "tuple", elements: [{ type: value }, { type: value }] };
};

const hvp: SpecialRule = (context, site) => {
	const found = product(context, site, ["f", "x", "v"]);
	const value = found && scalarResult(context, found.f, site, found.value);
	const [v] = found?.others ?? [];
	if (!found || !value || !v || !requireLike(context, v.node, "the direction", found.by.gradient, v.type))
		return errorType;
	found.f.warn(context, found.by.argument);
	return found.by.gradient;
};

export const derivativeRules: Readonly<Record<string, SpecialRule>> = {
	grad: functionRule(gradient),
	value_and_grad: functionRule(valueAndGradient),
	jacobian: functionRule(jacobian),
	hessian: functionRule(hessian),
	vjp,
	jvp,
	hvp,
};
