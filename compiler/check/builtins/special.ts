import type * as ast from "../../../grammar/ast.js";
import { add, asConstant, constant, type Dim, decideAtLeast, decideEqual, sub } from "../../dims/dim.js";
import { asList } from "../binders/family.js";
import { intResult } from "../binders/whole.js";
import { type Context, locate, report } from "../context.js";
import { dataRules } from "../data/data.js";
import { fileRules } from "../data/data-files.js";
import { broadcast, staticFloor } from "../expressions/arithmetic.js";
import type { CallSite } from "../expressions/call.js";
import { withComplex } from "../expressions/complex.js";
import { infer } from "../expressions/expression.js";
import { foreignOption } from "../expressions/foreign-names.js";
import { staticRules } from "../expressions/static.js";
import { modeRules } from "../fits/mode.js";
import { innerStepRules } from "../rules/inner-step.js";
import { refuseNegative, resolveDim, resolveShape } from "../signatures/type-node.js";
import { parameterRules } from "../trees/assemble.js";
import { asTensor } from "../trees/stack.js";
import { treeRules } from "../trees/tree-functions.js";
import { leafRules } from "../trees/trees.js";
import { asReal, meetAll } from "../types/precision.js";
import { showDim, showType } from "../types/show.js";
import { elementAt, familyList, lengthOf } from "../types/substitute.js";
import {
	type Element,
	errorType,
	isRealElement,
	type ListType,
	type Shape,
	type Type,
	tensor,
} from "../types/types.js";
import { calleeName, wrongUse } from "./builtin.js";
import { convolutionRules } from "./convolution.js";
import { derivativeRules } from "./derivatives.js";
import { drawRules } from "./draws.js";
import { einopsRules } from "./einops.js";
import { fourierRules } from "./fourier.js";
import { joiningRules } from "./joining.js";
import { lookupRules } from "./lookup.js";
import { loopRules } from "./loops.js";
import { forTrees } from "./made-trees.js";
import { movementRules, splitTensor } from "./movement.js";
import { nonzeroRule } from "./nonzero.js";
import { reductionRules } from "./reductions.js";
import { sortingRules } from "./sorting.js";

/**
 * Builtins whose typing is not a signature. Their declarations in `stdlib/core.ansatz` document them; the rule of that
 * name here types them, and `elaborate/builtins/intrinsics` computes them.
 */
export { calleeName, wrongUse } from "./builtin.js";

export type SpecialRule = (context: Context, site: CallSite, expected?: Type) => Type;

export function specialRule(name: string): SpecialRule {
	const rule = specialRules()[name];
	if (!rule) throw new Error(`no typing rule for the builtin ${name}`);
	return withComplex(name, rule);
}

export function isSpecial(name: string): boolean {
	return Object.hasOwn(specialRules(), name);
}

/** The positional arguments' types; named ones by name. */
export interface ReadArguments {
	readonly positional: readonly { readonly node: ast.Expression; readonly type: Type }[];
	readonly named: ReadonlyMap<string, { readonly node: ast.Expression; readonly type: Type }>;
}

export function readArguments(context: Context, site: CallSite): ReadArguments {
	const positional: { node: ast.Expression; type: Type }[] = [];
	const named = new Map<string, { node: ast.Expression; type: Type }>();
	for (const argument of site.arguments) {
		const entry = { node: argument.value, type: argument.type ?? infer(context, argument.value) };
		if (argument.name) named.set(argument.name.name, entry);
		else positional.push(entry);
	}
	return { positional, named };
}

/** Refuses options that a builtin does not have. */
export function onlyOptions(
	context: Context,
	site: CallSite,
	args: ReadArguments,
	allowed: readonly string[],
): boolean {
	for (const argument of site.arguments) {
		if (!argument.name || allowed.includes(argument.name.name)) continue;
		report(context, {
			code: "E0312",
			at: locate(context, argument.name),
			message: `\`${calleeName(site)}\` has no option \`${argument.name.name}\``,
			...(allowed.length > 0 && {
				hint:
					foreignOption(argument.name.name, allowed) ?? `it has ${allowed.map((a) => `\`${a}\``).join(", ")}`,
			}),
		});
		return false;
	}
	return ![...args.positional, ...args.named.values()].some((a) => a.type.kind === "error");
}

// ---------------------------------------------------------------- static lists

function listRule(
	compute: (list: ListType, context: Context, site: CallSite, rest: readonly Type[]) => Type,
	others = 0,
): SpecialRule {
	return (context, site) => {
		const args = readArguments(context, site);
		const [first, ...rest] = args.positional;
		if (!onlyOptions(context, site, args, [])) return errorType;
		if (rest.length > others)
			return wrongUse(
				context,
				site,
				`takes ${others === 0 ? "one list" : `a list and ${others} more`}, and this is more`,
				first && first.type.kind !== "list"
					? `an entry is applied as \`${calleeName(site)}(layers)(x)\`: what is piped would be the first argument`
					: undefined,
			);
		const list = first && asList(first.type);
		if (!list)
			return wrongUse(
				context,
				site,
				`takes a static list, and this is ${first ? showType(first.type) : "nothing"}`,
				first && listHint(context, first.node, first.type),
			);
		return compute(
			list,
			context,
			site,
			rest.map((r) => r.type),
		);
	};
}

/** A name of a type's parameters without a type is a size. */
function listHint(context: Context, node: ast.Expression, type: Type): string | undefined {
	if (node.kind !== "Name" || type.kind !== "Int") return undefined;
	const isSize = context.scope.find(node.name)?.role === "dimension";
	return isSize ? `a list is a parameter of its own kind: \`${node.name}: List[Int]\`` : undefined;
}

function entryRule(which: (size: Dim) => Dim): SpecialRule {
	return listRule((list, context, site) => {
		// A list of a signature has an entry; of another it must be shown.
		if (!list.symbol && !hasAtLeast(context, list, one))
			return wrongUse(context, site, list.elements ? "of an empty list" : "of a list that may be empty");
		const entry = elementAt(list, which(lengthOf(list)));
		return entry ?? wrongUse(context, site, "of an empty list");
	});
}

const one = constant(1);

function hasAtLeast(context: Context, list: ListType, count: Dim): boolean {
	return decideAtLeast(lengthOf(list), count, context.facts).verdict === "holds";
}

const listRules: Record<string, SpecialRule> = {
	len: listRule((list) => ({ kind: "Int", value: lengthOf(list) })),
	first: entryRule(() => constant(0)),
	last: entryRule((size) => sub(size, one)),
	init: listRule((list, context, site) => {
		if (!list.symbol && !hasAtLeast(context, list, one))
			return wrongUse(context, site, "of a list that may be empty");
		return familyList(sub(lengthOf(list), one), (i) => elementAt(list, i) ?? errorType);
	}),
	drop: listRule((list, context, site, [count]) => {
		if (count?.kind !== "Int" || !count.value)
			return wrongUse(context, site, "takes a list and a number of elements");
		const from = count.value;
		if (
			!hasAtLeast(context, list, from) ||
			decideAtLeast(from, constant(0), context.facts).verdict !== "holds"
		) {
			return wrongUse(
				context,
				site,
				`cannot leave out ${showDim(from)} of ${showDim(lengthOf(list))} elements`,
			);
		}
		return familyList(sub(lengthOf(list), from), (i) => elementAt(list, add(i, from)) ?? errorType);
	}, 1),
	take: listRule((list, context, site, [count]) => {
		if (count?.kind !== "Int" || !count.value)
			return wrongUse(context, site, "takes a list and a number of elements");
		const to = count.value;
		if (!hasAtLeast(context, list, to) || decideAtLeast(to, constant(0), context.facts).verdict !== "holds") {
			return wrongUse(context, site, `cannot take ${showDim(to)} of ${showDim(lengthOf(list))} elements`);
		}
		return familyList(to, (i) => elementAt(list, i) ?? errorType);
	}, 1),
	pairs: listRule((list, context, site) => {
		if (!list.symbol && !hasAtLeast(context, list, one))
			return wrongUse(context, site, "of a list that may be empty");
		return familyList(sub(lengthOf(list), one), (i) => ({
			kind: "tuple",
			elements: [
				{ type: elementAt(list, i) ?? errorType },
				{ type: elementAt(list, add(i, one)) ?? errorType },
			],
		}));
	}),
	indices: listRule((list) => familyList(lengthOf(list), (i) => ({ kind: "Int", value: i }))),
	zip: listRule((list, context, site, others) => {
		const lists = [list, ...others.map(asList)];
		for (const other of lists) {
			if (!other) return wrongUse(context, site, "takes static lists");
			if (decideEqual(lengthOf(other), lengthOf(list), context.facts).verdict !== "equal") {
				return wrongUse(
					context,
					site,
					`takes lists of one length, and these have ${lists.map((l) => (l ? showDim(lengthOf(l)) : "?")).join(" and ")}`,
				);
			}
		}
		return familyList(lengthOf(list), (i) => ({
			kind: "tuple",
			elements: lists.map((l) => ({ type: (l && elementAt(l, i)) ?? errorType })),
		}));
	}, 9),
};

// ---------------------------------------------------------------- tensors made from a shape

/** The shape argument `[n, m]`; without it, the shape is the one that is expected here. */
function shapeArgument(context: Context, site: CallSite, expected: Type | undefined): Shape | undefined {
	const argument = site.arguments[0];
	if (!argument || argument.name || !isShape(argument.value)) {
		if (expected?.kind === "tensor") return expected.shape;
		// What is wrong with the declared type is told there.
		if (expected?.kind === "error") return undefined;
		const name = calleeName(site);
		wrongUse(
			context,
			site,
			"needs a shape here",
			`write it in brackets: \`${name}([n, m])\`; where a type is declared (\`param w: real[n, m] = ${name}()\`) the shape comes from there`,
		);
		return undefined;
	}
	if (argument.value.kind !== "List") {
		const of = argument.value.kind === "Call" ? argument.value.arguments[0] : undefined;
		const type = of && infer(context, of.value);
		return type?.kind === "tensor" ? type.shape : undefined;
	}
	return resolveShape(context, argument.value.elements);
}

/** `[n, m]` or `shape(x)`. */
export function isShape(node: ast.Expression): boolean {
	return node.kind === "List" || isShapeCall(node);
}

function isShapeCall(node: ast.Expression): boolean {
	return node.kind === "Call" && node.callee.kind === "Name" && node.callee.name === "shape";
}

/** Tensors of a shape, with these numbers as options, or of one number. */
export function filled(element: Element, options: readonly string[], number?: number): SpecialRule {
	return (context, site, expected) => {
		const shape = shapeArgument(context, site, expected);
		if (!shape) return errorType;
		const [first] = site.arguments;
		const explicit = first && isShape(first.value);
		if (explicit && !refuseNegative(context, first.value, shape)) return errorType;
		const others = { ...site, arguments: explicit ? site.arguments.slice(1) : site.arguments };
		const args = readArguments(context, others);
		if (!onlyOptions(context, others, args, options)) return errorType;
		if (args.positional.length > options.length) return wrongUse(context, site, "has too many arguments");
		if (options[0] === "value" && args.positional.length + args.named.size === 0)
			return wrongUse(context, site, "needs a value: `full([3], value = 0.5)`");
		for (const option of [...args.positional, ...args.named.values()]) {
			const value = asTensor(option.type);
			if (!value || value.shape.dims.length > 0 || value.shape.rest) {
				report(context, {
					code: "E0302",
					at: locate(context, option.node),
					message: `a number is wanted here, and this is ${showType(option.type)}`,
				});
				return errorType;
			}
		}
		// Truth values stay what they are.
		const value = options[0] === "value" ? (args.positional[0] ?? args.named.get("value"))?.type : undefined;
		if (value && asTensor(value)?.element === "bool") return tensor("bool", shape);
		const wanted = expected?.kind === "tensor" ? expected : undefined;
		const numbers = [...args.positional, ...args.named.values()].map((a) => a.type);
		// Numbers that are given have a format of their own.
		const open = numbers.every((t) => asTensor(t)?.literal || !isRealElement(asTensor(t)?.element ?? "int"));
		const format = wanted && isRealElement(wanted.element) && (options.length === 0 || open);
		const ofNumbers = formatOfNumbers(context, [...args.positional, ...args.named.values()]);
		if (!ofNumbers) return errorType;
		const own = isFormat(ofNumbers) && isRealElement(element) ? ofNumbers : element;
		const made = format || (wanted && options.length === 0) ? wanted.element : own;
		return tensor(made, shape, number === 0 ? wanted?.below : undefined);
	};
}

function isFormat(element: Element): boolean {
	return element === "f32" || element === "f64";
}

/** What numbers in f32 or f64 make has their format; undefined where there are two. */
function formatOfNumbers(
	context: Context,
	numbers: readonly { readonly node: ast.Expression; readonly type: Type }[],
): Element | undefined {
	const reals = numbers.flatMap(({ node, type }) => {
		const value = asTensor(type);
		return value && isRealElement(value.element) && !value.literal ? [{ node, type: value }] : [];
	});
	return reals.some(({ type }) => isFormat(type.element)) ? meetAll(context, reals) : "real";
}

const shapeRules: Record<string, SpecialRule> = {
	zeros: forTrees(filled("real", [], 0)),
	ones: forTrees(filled("real", [], 1)),
	full: forTrees(filled("real", ["value"])),
	uniform: forTrees(filled("real", ["low", "high"])),
	normal: forTrees(filled("real", ["mean", "scale"])),
	eye: (context, site) => {
		const [size] = site.arguments;
		if (!size || size.name || size.type || site.arguments.length > 1)
			return wrongUse(context, site, "takes one size: `eye(3)`");
		const n = resolveDim(context, size.value);
		return n && refuseNegative(context, size.value, { dims: [n] })
			? tensor("real", { dims: [n, n] })
			: errorType;
	},
	identity: (context, site, expected) => {
		if (site.arguments.length > 0) {
			const { positional, named } = readArguments(context, site);
			const [value, ...others] = positional;
			if (value && others.length === 0 && named.size === 0) return value.type;
			return wrongUse(context, site, "takes one value, or none where it initialises a matrix");
		}
		if (expected?.kind === "tensor" && expected.shape.dims.length === 2 && !expected.shape.rest)
			return tensor(asReal(expected.element), expected.shape);
		return wrongUse(context, site, "initialises a matrix: its shape comes from a declared type");
	},
};

/** `floor(a / b)` of static integers is integer arithmetic; else it rounds element by element. */
const floor: SpecialRule = (context, site) => {
	const [argument] = site.arguments;
	if (!argument || argument.name || site.arguments.length > 1)
		return wrongUse(context, site, "rounds one value down");
	const node = argument.value;
	if (node.kind === "Binary" && node.operator === "/" && !argument.type) {
		const a = infer(context, node.left);
		const b = infer(context, node.right);
		if (b.kind === "Int" && b.value && asConstant(b.value) === 0)
			return wrongUse(context, site, "cannot divide by 0");
		if (a.kind === "Int" && b.kind === "Int") return staticFloor(a, b);
		const [x, y] = [asTensor(a), asTensor(b)];
		// Of whole numbers it is integer arithmetic while running, too.
		if (x && y && !isRealElement(x.element) && !isRealElement(y.element)) {
			const shape = broadcast(context, node, { node: node.left, type: x }, { node: node.right, type: y });
			const sides = [
				{ node: node.left, type: a },
				{ node: node.right, type: b },
			] as const;
			return shape ? intResult(context, "floor", ...sides, tensor("int", shape)) : errorType;
		}
	}
	const args = readArguments(context, site);
	if (args.positional[0]?.type.kind === "error") return errorType;
	const value = args.positional[0] && asTensor(args.positional[0].type);
	if (!value) return wrongUse(context, site, "rounds numbers down");
	return tensor(value.element === "int" ? "int" : asReal(value.element), value.shape);
};

const stop: SpecialRule = (context, site) => {
	const args = readArguments(context, site);
	const [value] = args.positional;
	if (value?.type.kind === "function")
		return wrongUse(
			context,
			site,
			"takes what is computed, and this is a function",
			"stop its value: `|x| stop(f(x))`",
		);
	return value && site.arguments.length === 1 ? value.type : wrongUse(context, site, "takes one value");
};

const shape: SpecialRule = (context, site) => {
	const args = readArguments(context, site);
	const type = args.positional[0]?.type;
	if (type?.kind === "error") return errorType;
	if (type?.kind !== "tensor" || type.shape.rest || site.arguments.length > 1)
		return wrongUse(context, site, "takes a tensor whose rank is known");
	return { kind: "list", elements: type.shape.dims.map((value) => ({ kind: "Int", value })) };
};

let rules: Readonly<Record<string, SpecialRule>> | undefined;

/** Made when it is first asked for: the rules lead back to expressions and calls, and those to this table. */
function specialRules(): Readonly<Record<string, SpecialRule>> {
	rules ??= allRules();
	return rules;
}

const allRules = (): Readonly<Record<string, SpecialRule>> => ({
	...listRules,
	...loopRules(listRules),
	...derivativeRules,
	...shapeRules,
	...reductionRules,
	...movementRules,
	...joiningRules,
	...lookupRules,
	...einopsRules,
	...convolutionRules,
	...modeRules,
	...dataRules,
	...fileRules,
	...leafRules,
	...parameterRules,
	...drawRules,
	...sortingRules,
	...fourierRules,
	...staticRules,
	...innerStepRules,
	split: (context, site, expected) => {
		const [first] = site.arguments;
		const type = first && (first.type ?? infer(context, first.value));
		const rule = type?.kind === "tensor" || type?.kind === "list" ? splitTensor : dataRules.split;
		return rule?.(context, site, expected) ?? errorType;
	},
	take: (context, site, expected) => {
		const rule = site.arguments.length === 2 ? listRules.take : dataRules.take;
		return rule?.(context, site, expected) ?? errorType;
	},
	floor,
	nonzero: nonzeroRule,
	stop,
	shape,
	...treeRules,
});
