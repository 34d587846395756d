import type * as ast from "../../../grammar/ast.js";
import type { Span } from "../../../grammar/span.js";
import { type Atom, atomsOf, type Dim, ofAtom, variable } from "../../dims/dim.js";
import { calleeName } from "../builtins/builtin.js";
import { type Context, locate, report } from "../context.js";
import { onlyAtHost } from "../fits/kernel.js";
import { configurationBindings, knownBindings } from "../signatures/model-type.js";
import { holdsFor } from "../signatures/option-truth.js";
import { withPlaces } from "../trail.js";
import { bindList, instantiate } from "../types/instantiate.js";
import { Matcher } from "../types/match.js";
import { behindRest } from "../types/shape.js";
import { showDim, showShape, showType } from "../types/show.js";
import {
	elementAt,
	noBindings,
	substituteDim,
	substituteType,
	substituteWhere,
} from "../types/substitute.js";
import type { FitSymbol, ModelSymbol } from "../types/symbols.js";
import {
	errorType,
	freshId,
	type ModelType,
	noQuantified,
	type Origin,
	OriginOnDemand,
	type SignatureParameter,
	type Type,
} from "../types/types.js";
import {
	applySignature,
	assignArguments,
	type CallSite,
	matchArgument,
	originIn,
	reportMismatch,
} from "./call.js";
import { discharge } from "./discharge.js";
import { infer } from "./expression.js";
import { ListDefaults } from "./list-defaults.js";

export { configurationBindings, methodOf } from "../signatures/model-type.js";

function configurationOrigin(model: ModelType): (atom: Atom) => Origin | undefined {
	const bindings = knownBindings(model);
	return (atom) => {
		if (atom.kind === "element") {
			const list = bindings.lists.get(atom.listId);
			const entry = list && elementAt(list, substituteDim(atom.index, bindings));
			return entry?.kind === "Int" ? entry.origin : undefined;
		}
		if (atom.kind !== "variable") return undefined;
		const parameter = model.declaration.parameters.find(
			(p) =>
				p.type.kind === "Int" &&
				p.type.value &&
				atomsOf(p.type.value).some((a) => a.kind === "variable" && a.id === atom.id),
		);
		const value = parameter && model.configuration.get(parameter.name);
		return value?.kind === "Int" ? value.origin : undefined;
	};
}

export function applyModel(context: Context, site: CallSite, model: ModelType, expected?: Type): Type {
	const { call, name } = model.declaration;
	if (!call) {
		const forward = ["forward", "call", "__call__"].find((own) => model.declaration.members.has(own));
		report(context, {
			code: "E0316",
			at: locate(context, site.callee),
			message: `the model ${name} cannot be called: it has only named methods`,
			related: [{ at: model.declaration.at, label: `${name} is declared here` }],
			...(forward && {
				hint: `what is called has no name: \`(x: ..) -> ..\` in the place of \`${forward}(x: ..) -> ..\``,
			}),
		});
		return errorType;
	}
	const originOf = configurationOrigin(model);
	const applied = applySignature(context, site, call, {
		expected,
		what: () => `\`${showType(model)}\``,
		bindings: configurationBindings(model),
		originOf,
	});
	const result = withPlaces(applied, model, calleeName(site));
	const last = call.result.kind === "tensor" ? behindRest(call.result.shape).at(-1) : undefined;
	const origin = last && originIn(last, { what: "", originOf });
	// What disagrees with the result is told where its last size was written.
	if (result.kind !== "tensor" || !origin) return result;
	const label = (): string => `${showType(model)} gives ${showShape(result.shape)}`;
	return { ...result, origin: new OriginOnDemand(origin.at, label) };
}

type DeclarationSymbol = (Type & { kind: "declaration" })["symbol"];

export function applyDeclaration(context: Context, site: CallSite, symbol: DeclarationSymbol): Type {
	switch (symbol.role) {
		case "model":
			return configure(context, site, symbol.model);
		case "fit": {
			const { fit } = symbol;
			fit.complete();
			if (!onlyAtHost(context, site.node, `the fit \`${fit.name}\``)) {
				for (const argument of site.arguments) if (!argument.type) infer(context, argument.value);
				return errorType;
			}
			const result = applySignature(
				context,
				site,
				{
					kind: "function",
					name: fit.name,
					quantified: fit.quantified,
					parameters: fit.parameters.some((p) => p.name === "seed")
						? fit.parameters
						: [...fit.parameters, seedParameter],
					result: resultOfRun(fit),
					where: fit.where,
					at: fit.at,
				},
				{ what: `\`${fit.name}\`` },
			);
			return presentIn(fit, result, optionsOfCall(context, site, fit.parameters));
		}
		case "type":
			report(context, {
				code: "E0316",
				at: locate(context, site.callee),
				message: `this cannot be called: \`${symbol.named.name}\` is a type`,
				...(symbol.named.variants && {
					hint: `a value is one of its variants: ${symbol.named.variants.variants.map((v) => `\`${v.name}\``).join(", ")}`,
				}),
			});
			for (const argument of site.arguments) if (!argument.type) infer(context, argument.value);
			return errorType;
		default: {
			const { rule } = symbol;
			rule.complete();
			// What the options fix: an `Int`, and the sizes of tensors among them.
			const sizesOf = rule.options.dims;
			const given = applySignature(
				context,
				site,
				{
					kind: "function",
					name: rule.name,
					quantified: rule.options,
					parameters: rule.parameters,
					result: {
						kind: "tuple",
						elements: sizesOf.map((atom) => ({ type: { kind: "Int", value: ofAtom(atom) } })),
					},
					at: rule.at,
				},
				{ what: `\`${rule.name}\`` },
			);
			const sizes = new Map<number, Dim>();
			for (const [i, atom] of sizesOf.entries()) {
				const actual = given.kind === "tuple" ? given.elements[i]?.type : undefined;
				if (actual?.kind === "Int" && actual.value) sizes.set(atom.id, actual.value);
			}
			return { kind: "applied", rule, sizes };
		}
	}
}

/** Two runs may differ in how long they are: each call has open sizes of its own. */
export function resultOfRun(fit: FitSymbol): Type {
	const bindings = noBindings();
	for (const { id, name, minimum } of fit.openSizes) bindings.dims.set(id, variable(name, { minimum }).dim);
	for (const list of fit.openLists)
		bindList(bindings, list, { kind: "list", symbol: { ...list, id: freshId() } });
	return substituteType(fit.result, bindings);
}

/** The result of a run with these options: without what they leave out, or may leave out. */
export function presentIn(fit: FitSymbol, result: Type, options: (name: string) => Type | undefined): Type {
	if (fit.conditions.size === 0 || result.kind !== "tuple") return result;
	const absent = new Map(
		[...fit.conditions].filter(([, condition]) => holdsFor(options, condition) !== true),
	);
	if (absent.size === 0) return result;
	const present = (type: Type): Type =>
		type.kind === "tuple"
			? {
					...type,
					elements: type.elements.filter((e) => e.name === undefined || !absent.has(e.name)),
					absent,
				}
			: type;
	const within = (type: Type, name: string, change: (inner: Type) => Type): Type =>
		type.kind === "tuple"
			? {
					...type,
					elements: type.elements.map((e) => (e.name === name ? { ...e, type: change(e.type) } : e)),
				}
			: type;
	return within(present(result), "run", (run) => within(run, "history", present));
}

/** What the options of a call are known to be, defaults too. */
function optionsOfCall(
	context: Context,
	site: CallSite,
	parameters: readonly SignatureParameter[],
): (name: string) => Type | undefined {
	const positional = site.arguments.filter((a) => !a.name);
	const named = new Map(site.arguments.flatMap((a) => (a.name ? [[a.name.name, a] as const] : [])));
	const free = parameters.filter((p) => !named.has(p.name));
	return (name) => {
		const argument = named.get(name) ?? positional[free.findIndex((p) => p.name === name)];
		if (!argument) return parameters.find((p) => p.name === name)?.default;
		return argument.type ?? context.session.knowledge.types.get(argument.value);
	};
}

/** Every fit takes a seed without declaring it. */
const seedParameter: SignatureParameter = { name: "seed", type: { kind: "Int" }, optional: true };

function configure(context: Context, site: CallSite, model: ModelSymbol): Type {
	model.complete();
	const what = `\`${model.name}\``;
	const assigned = assignArguments(context, site, model.parameters, what);
	const configuration = new Map<string, Type>();
	const matcher = new Matcher(model.quantified, context.facts);
	let sound = assigned.complete;
	const lists = ListDefaults.of(matcher, model.parameters, assigned.pairs);
	for (const pair of lists?.pairs ?? assigned.pairs) {
		lists?.before(pair);
		const [parameter, argument] = pair;
		if (!matchArgument(context, matcher, parameter, argument, { what })) {
			sound = false;
			continue;
		}
		const type = argument.type ?? context.session.knowledge.types.get(argument.value) ?? errorType;
		configuration.set(
			parameter.name,
			type.kind === "Int"
				? withOrigin(context, type, argument.value, substituteType(parameter.type, matcher.bindings))
				: type,
		);
	}
	if (sound) matcher.solve(model.where);
	const unsettled = sound ? matcher.finish() : undefined;
	if (unsettled) reportMismatch(context, unsettled, site.node, undefined, { what });
	if (!sound || unsettled) return errorType;
	return instanceOf(context, site.node, model, configuration, matcher) ?? errorType;
}

/** The instance at these options: the others stand for their defaults. */
export function instanceOf(
	context: Context,
	node: { readonly span: Span },
	model: ModelSymbol,
	given: ReadonlyMap<string, Type>,
	matcher: Matcher,
): ModelType | undefined {
	const configuration = new Map(given);
	for (const parameter of model.parameters) {
		if (configuration.has(parameter.name) || !parameter.default) continue;
		// A default may be computed from the parameters before it.
		if (parameter.default.kind === "error") return undefined;
		const value = substituteType(parameter.default, matcher.bindings);
		matcher.match(parameter.type, value);
		configuration.set(parameter.name, value);
	}
	const what = `\`${model.name}\``;
	const open = matcher.unbound();
	if (open.length > 0) {
		reportMismatch(context, { kind: "open", names: open }, node, undefined, { what });
		return undefined;
	}
	const { openSizes: dims, openLists: lists } = model;
	const own = instantiate({ ...noQuantified, dims, lists }, (name) => nameOfSize(model, name)).bindings;
	for (const [id, dim] of own.dims) matcher.bindings.dims.set(id, dim);
	for (const [id, list] of own.lists) matcher.bindings.lists.set(id, list);
	for (const clause of model.where)
		discharge(context, node, substituteWhere(clause, matcher.bindings), model);
	return { kind: "model", declaration: model, configuration, implied: matcher.bindings };
}

/** `k` of `let k = match ..`, whose size is called as it is computed. */
function nameOfSize(model: ModelSymbol, name: string): string {
	const member = [...model.members.values()].find(
		({ type }) => type.kind === "Int" && type.value !== undefined && showDim(type.value) === name,
	);
	return member?.name ?? name;
}

/** The Int as the model's sizes know it, with the place where it was written. */
function withOrigin(context: Context, type: Type & { kind: "Int" }, node: ast.Expression, bound: Type): Type {
	const value = type.value ?? (bound.kind === "Int" ? bound.value : undefined);
	const label = (): string => (value ? showDim(value) : "Int");
	const origin = type.origin ?? new OriginOnDemand(locate(context, node), label);
	return { ...type, ...(value && { value }), origin };
}
