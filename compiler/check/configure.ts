import type * as ast from "../../grammar/ast.js";
import { type Atom, atomsOf, type Dim, ofAtom, variable } from "../dims/dim.js";
import {
	applySignature,
	assignArguments,
	type CallSite,
	discharge,
	matchArgument,
	originIn,
	reportMismatch,
} from "./call.js";
import { type Context, locate, report, unsupported } from "./context.js";
import { infer } from "./expression.js";
import { Matcher } from "./match.js";
import { showDim, showShape, showType } from "./show.js";
import {
	type Bindings,
	elementAt,
	noBindings,
	substituteDim,
	substituteType,
	substituteWhere,
} from "./substitute.js";
import {
	errorType,
	type FitSymbol,
	type FunctionType,
	type ModelSymbol,
	type ModelType,
	type Origin,
	type SignatureParameter,
	type Type,
	unknownInt,
} from "./types.js";

/** What a configured model's parameters stand for. */
export function configurationBindings(model: ModelType): Bindings {
	const bindings = noBindings();
	for (const parameter of model.declaration.parameters) {
		const value = model.configuration.get(parameter.name);
		const formal = parameter.type;
		if (formal.kind === "Int" && formal.value && value?.kind === "Int" && value.value) {
			const atom = atomsOf(formal.value)[0];
			if (atom?.kind === "variable") bindings.dims.set(atom.id, value.value);
		}
		if (formal.kind === "list" && formal.symbol && value?.kind === "list")
			bindings.lists.set(formal.symbol.id, value);
	}
	return bindings;
}

function configurationOrigin(model: ModelType): (atom: Atom) => Origin | undefined {
	const bindings = configurationBindings(model);
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
		report(context, {
			code: "E0316",
			at: locate(context, site.callee),
			message: `the model ${name} cannot be called: it has only named methods`,
			related: [{ at: model.declaration.at, label: `${name} is declared here` }],
		});
		return errorType;
	}
	const originOf = configurationOrigin(model);
	const result = applySignature(context, site, call, {
		expected,
		what: `\`${showType(model)}\``,
		bindings: configurationBindings(model),
		originOf,
	});
	const last = call.result.kind === "tensor" ? call.result.shape.dims.at(-1) : undefined;
	const origin = last && originIn(last, { what: "", originOf });
	// What disagrees with the result is told where its last size was written.
	return result.kind === "tensor" && origin
		? { ...result, origin: { ...origin, label: `${showType(model)} gives ${showShape(result.shape)}` } }
		: result;
}

/** A method of a configured model. */
export function methodOf(model: ModelType, method: FunctionType): FunctionType {
	return substituteType(method, configurationBindings(model)) as FunctionType;
}

type DeclarationSymbol = (Type & { kind: "declaration" })["symbol"];

export function applyDeclaration(context: Context, site: CallSite, symbol: DeclarationSymbol): Type {
	switch (symbol.role) {
		case "model":
			return configure(context, site, symbol.model);
		case "fit": {
			const { fit } = symbol;
			fit.complete();
			if (context.stage === "step" || context.stage === "function") {
				unsupported(context, site.node, "a fit called from a function or a loop");
				return errorType;
			}
			return applySignature(
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
					at: fit.at,
				},
				{ what: `\`${fit.name}\`` },
			);
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
function resultOfRun(fit: FitSymbol): Type {
	const bindings = noBindings();
	for (const { id, name, minimum } of fit.openSizes) bindings.dims.set(id, variable(name, { minimum }).dim);
	return substituteType(fit.result, bindings);
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
	for (const [parameter, argument] of assigned.pairs) {
		if (!matchArgument(context, matcher, parameter, argument, { what })) {
			sound = false;
			continue;
		}
		const type = argument.type ?? context.session.knowledge.types.get(argument.value) ?? errorType;
		configuration.set(
			parameter.name,
			type.kind === "Int" ? withOrigin(context, type, argument.value, parameter.name) : type,
		);
	}
	const unsettled = sound ? matcher.finish() : undefined;
	if (unsettled) reportMismatch(context, unsettled, site.node, undefined, { what });
	if (!sound || unsettled) return errorType;
	for (const parameter of model.parameters) {
		if (configuration.has(parameter.name) || !parameter.default) continue;
		// A default may be computed from the parameters before it.
		const known = configurationBindings({ kind: "model", declaration: model, configuration });
		configuration.set(parameter.name, substituteType(parameter.default, known));
	}
	const result: ModelType = { kind: "model", declaration: model, configuration };
	const bindings = configurationBindings(result);
	for (const clause of model.where) discharge(context, site.node, substituteWhere(clause, bindings), model);
	return result;
}

function withOrigin(
	context: Context,
	type: Type & { kind: "Int" },
	node: ast.Expression,
	name: string,
): Type {
	const value = type.value ?? unknownInt(name);
	return { ...type, value, origin: type.origin ?? { at: locate(context, node), label: showDim(value) } };
}
