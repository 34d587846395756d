import type * as ast from "../../../grammar/ast.js";
import {
	type AxesList,
	type AxesPattern,
	type AxisItem,
	parseAxesPattern,
	type SingleAxis,
	singleAxes,
	spelledOut,
} from "../../../grammar/axes-pattern.js";
import { asConstant, constant, type Dim, decideEqual, exactDiv, mul } from "../../dims/dim.js";
import type { Location, Related } from "../../source/diagnostic.js";
import { nearest } from "../../source/near.js";
import { type Context, locate, report } from "../context.js";
import type { CallArgument, CallSite } from "../expressions/call.js";
import { literalText } from "../expressions/literal.js";
import { askFor, type Hint, meant } from "../hint.js";
import { refuseNegative } from "../signatures/type-node.js";
import { asTensor } from "../trees/stack.js";
import { explainVerdict } from "../types/explain.js";
import { asNumber, asReal, meetAll } from "../types/precision.js";
import { restAt, sameRest, shapeOf } from "../types/shape.js";
import { showDim, showShape, showType } from "../types/show.js";
import { errorType, type Shape, type TensorType, type Type, tensor } from "../types/types.js";
import { calleeName, typeOf, wrongArgument, wrongUse } from "./builtin.js";
import { intGiven } from "./movement.js";
import type { SpecialRule } from "./special.js";

/** `rearrange(x, "b (h d) -> b h d", h = 4)`: patterns of axes, checked in the algebra of sizes. */

interface Place {
	readonly context: Context;
	readonly node: ast.Expression;
}

/** Where a part of a pattern stands: in the text between its quotes. */
function locateIn(
	{ context, node }: Place,
	part: { readonly start: number; readonly end: number },
): Location {
	const { start, end } = node.span;
	const written = context.anchor.text({ start: start + 1, end: end - 1 });
	if (written !== literalText(node) || part.end <= part.start) return locate(context, node);
	return locate(context, { span: { start: start + 1 + part.start, end: start + 1 + part.end } });
}

function tell(
	place: Place,
	part: { readonly start: number; readonly end: number },
	message: string,
	more: {
		readonly hint?: Hint;
		readonly notes?: readonly string[];
		readonly related?: readonly Related[];
	} = {},
): undefined {
	report(place.context, { code: "E0351", at: locateIn(place, part), message, ...more });
	return undefined;
}

interface Read {
	readonly place: Place;
	readonly pattern: AxesPattern;
}

function patternGiven(
	context: Context,
	site: CallSite,
	argument: CallArgument | undefined,
): Read | undefined {
	if (!argument) {
		wrongUse(context, site, 'lacks its pattern: `rearrange(x, "a b -> b a")`');
		return undefined;
	}
	typeOf(context, argument);
	const text = literalText(argument.value);
	if (text === undefined || argument.type)
		return wrongArgument(context, site, argument, 'takes a pattern that is written out: `"a b -> b a"`');
	const place = { context, node: argument.value };
	const pattern = parseAxesPattern(text);
	if ("message" in pattern) return tell(place, pattern, pattern.message);
	return { place, pattern };
}

/** Single letters are all near each other. */
function nearName(name: string, names: readonly string[]): string[] {
	return name.length > 1 ? nearest(name, names) : [];
}

/** The sizes of names, with where they were found. */
type Sizes = Map<string, { readonly dim: Dim; readonly at: Location }>;

/** The options `h = 4`: each is an axis of the pattern. */
function sizesGiven(context: Context, site: CallSite, pattern: AxesPattern): Sizes | undefined {
	const sizes: Sizes = new Map();
	const names = [...pattern.inputs, pattern.output].flatMap(singleAxes).flatMap((a) => a.name ?? []);
	for (const argument of site.arguments) {
		if (!argument.name) continue;
		const { name } = argument.name;
		if (sizes.has(name)) return undefined;
		if (!names.includes(name)) {
			const near = nearName(name, names);
			report(context, {
				code: "E0312",
				at: locate(context, argument.name),
				message: `the pattern has no axis \`${name}\``,
				...(near.length > 0 && { hint: meant(near.slice(0, 1)) }),
			});
			return undefined;
		}
		const dim = intGiven(context, argument, 1, `the size of \`${name}\``);
		if (!dim) return undefined;
		sizes.set(name, { dim, at: locate(context, argument.value) });
	}
	return sizes;
}

function counted(count: number): string {
	return count === 1 ? "1 axis" : `${count} axes`;
}

/** Reads the sizes of a list's names from a shape; returns what `...` stands for. */
function bindList(
	place: Place,
	list: AxesList,
	operand: { readonly node: ast.Expression; readonly type: TensorType },
	sizes: Sizes,
): Shape | undefined {
	const { dims, rest } = operand.type.shape;
	const at = list.items.findIndex((item) => item.kind === "rest");
	const own = list.items.length - (at < 0 ? 0 : 1);
	const related = [
		{ at: locate(place.context, operand.node), label: showType(operand.type) },
		...(operand.type.origin ? [operand.type.origin] : []),
	];
	const behind = list.items.length - 1 - at;
	const covers = at >= 0 && rest && at <= rest.before && behind <= dims.length - rest.before;
	if (rest && !covers && (at < 0 || own <= dims.length))
		return tell(
			place,
			list,
			at < 0
				? `${showType(operand.type)} has the axes \`...${rest.name}\`, and the pattern no \`...\` that stands for them`
				: `\`...\` stands for \`...${rest.name}\` of ${showType(operand.type)}, which has ${counted(rest.before)} before it and ${dims.length - rest.before} behind`,
			{ related },
		);
	if (at < 0 ? own !== dims.length : own > dims.length)
		return tell(
			place,
			list,
			`the pattern names ${counted(own)}, and ${showType(operand.type)} has ${rest ? `${dims.length} beside \`...${rest.name}\`` : dims.length}`,
			{
				related,
				...(at < 0 && own < dims.length && { hint: "leading axes that stay as they are are `...`" }),
			},
		);
	const skipped = dims.length - own;
	for (const [i, item] of list.items.entries()) {
		if (item.kind === "rest") continue;
		const dim = dims[at >= 0 && i > at ? i - 1 + skipped : i] as Dim;
		if (!bindItem(place, item, dim, sizes, related)) return undefined;
	}
	return at < 0 ? { dims: [] } : shapeOf(dims.slice(at, at + skipped), rest, rest && rest.before - at);
}

function bindItem(
	place: Place,
	item: AxisItem,
	dim: Dim,
	sizes: Sizes,
	related: readonly Related[],
): boolean {
	if (item.kind === "rest") return true;
	if (item.kind === "group") return bindGroup(place, item, dim, sizes, related);
	if (item.name === undefined) {
		if (asConstant(dim) === 1) return true;
		tell(place, item, `this axis has size ${showDim(dim)}, and not 1`, { related });
		return false;
	}
	return bindName(place, item, item.name, dim, sizes, related);
}

function bindName(
	place: Place,
	part: AxisItem,
	name: string,
	dim: Dim,
	sizes: Sizes,
	related: readonly Related[],
): boolean {
	const bound = sizes.get(name);
	if (!bound) {
		sizes.set(name, { dim, at: locateIn(place, part) });
		return true;
	}
	const verdict = decideEqual(bound.dim, dim, place.context.facts);
	if (verdict.verdict === "equal") return true;
	tell(place, part, `\`${name}\` stands for axes of sizes ${showDim(bound.dim)} and ${showDim(dim)}`, {
		related: [{ at: bound.at, label: `${showDim(bound.dim)} here` }, ...related],
		...explainVerdict(bound.dim, dim, verdict),
	});
	return false;
}

function bindGroup(
	place: Place,
	group: AxisItem & { kind: "group" },
	dim: Dim,
	sizes: Sizes,
	related: readonly Related[],
): boolean {
	let known = constant(1);
	const open: SingleAxis[] = [];
	for (const axis of group.axes) {
		const bound = axis.name === undefined ? undefined : sizes.get(axis.name);
		if (bound) known = mul(known, bound.dim);
		else if (axis.name !== undefined) open.push(axis);
	}
	const [first, second] = open;
	if (first?.name && second?.name) {
		tell(
			place,
			second,
			`only the product of \`${first.name}\` and \`${second.name}\` is known: ${showDim(dim)}`,
			{
				related,
				hint: `give the size of one: \`${first.name} = ..\``,
			},
		);
		return false;
	}
	if (!first?.name) {
		const verdict = decideEqual(known, dim, place.context.facts);
		if (verdict.verdict === "equal") return true;
		tell(place, group, `this axis has size ${showDim(dim)}, and its parts together ${showDim(known)}`, {
			related,
			...explainVerdict(known, dim, verdict),
		});
		return false;
	}
	const division = exactDiv(dim, known, place.context.facts);
	if ("quotient" in division) return bindName(place, first, first.name, division.quotient, sizes, related);
	const { settle, impossible } = division.undecided;
	report(place.context, {
		code: "E0308",
		at: locateIn(place, group),
		message: `this axis has size ${showDim(dim)}, and ${showDim(known)} ${impossible ? "does not" : "need not"} divide it`,
		label:
			`\`${first.name}\` would be ${showDim(dim)}/${asConstant(known) === undefined ? `(${showDim(known)})` : showDim(known)}`.replace(
				/\((\w+)\)/,
				"$1",
			),
		related: [
			...group.axes.flatMap((axis) => {
				const bound = axis.name === undefined ? undefined : sizes.get(axis.name);
				return bound ? [{ at: bound.at, label: `\`${axis.name}\` is ${showDim(bound.dim)}` }] : [];
			}),
			...related,
		],
		...(!impossible && { hint: askFor(settle) }),
	});
	return false;
}

/** The shape that the list after `->` says. */
function resultShape(
	place: Place,
	list: AxesList,
	sizes: Sizes,
	leading: Shape | undefined,
): Shape | undefined {
	const dims: Dim[] = [];
	let rest: Shape["rest"];
	for (const item of list.items) {
		if (item.kind === "rest") {
			if (!leading) return tell(place, item, "there is no `...` before `->`");
			rest = leading.rest && restAt(leading.rest, dims.length + leading.rest.before);
			dims.push(...leading.dims);
		} else if (item.kind === "group") {
			dims.push(item.axes.reduce((p, a) => mul(p, sizeIn(sizes, a)), constant(1)));
		} else {
			dims.push(sizeIn(sizes, item));
		}
	}
	return { ...(rest && { rest }), dims };
}

function sizeIn(sizes: Sizes, axis: SingleAxis): Dim {
	return (axis.name === undefined ? undefined : sizes.get(axis.name)?.dim) ?? constant(1);
}

/** No name stands twice in a list. */
function namedOnce(place: Place, list: AxesList): boolean {
	const seen = new Map<string, SingleAxis>();
	for (const axis of singleAxes(list)) {
		if (axis.name === undefined) continue;
		const before = seen.get(axis.name);
		if (before) {
			tell(place, axis, `\`${axis.name}\` stands here twice`, {
				related: [{ at: locateIn(place, before), label: "first here" }],
			});
			return false;
		}
		seen.set(axis.name, axis);
	}
	return true;
}

type Word = "rearrange" | "reduce" | "repeat";

/** What may become of the axes: `rearrange` keeps them all, `reduce` may lose some, `repeat` may add some. */
function kept({ place, pattern }: Read, input: AxesList, word: Word, sizes: Sizes): boolean {
	const before = singleAxes(input).filter((a) => a.name !== undefined);
	const after = singleAxes(pattern.output).filter((a) => a.name !== undefined);
	const added = after.find((a) => !before.some((b) => b.name === a.name));
	if (added?.name && word !== "repeat") {
		const near = nearName(
			added.name,
			before.flatMap((a) => a.name ?? []),
		);
		tell(place, added, `there is no axis \`${added.name}\` before \`->\``, {
			hint: near.length > 0 ? meant(near.slice(0, 1)) : "new axes are made by `repeat`",
		});
		return false;
	}
	if (added?.name && !sizes.has(added.name)) {
		tell(place, added, `the size of the new axis \`${added.name}\` is not known`, {
			hint: `give it: \`${added.name} = 3\``,
		});
		return false;
	}
	if (word === "reduce") return true;
	const lost = before.find((a) => !after.some((b) => b.name === a.name));
	const rest = input.items.find((item) => item.kind === "rest");
	const restLost = rest && !pattern.output.items.some((item) => item.kind === "rest") ? rest : undefined;
	const part = lost ?? restLost;
	if (!part) return true;
	tell(place, part, `\`${lost?.name ?? "..."}\` does not come back after \`->\``, {
		hint: `\`${word}\` keeps all axes; \`reduce(x, ".. -> ..", mean)\` leaves some out`,
	});
	return false;
}

/** `word(x, pattern, sizes..)`; a third argument of `reduce` says how. */
function operation(word: Word): SpecialRule {
	return (context, site) => {
		const [first, second, third, ...others] = site.arguments.filter((a) => !a.name);
		const how = word === "reduce" ? third : undefined;
		if (others.length > 0 || (third && !how))
			return wrongUse(context, site, "has too many arguments", "sizes are named: `h = 4`");
		if (!first) return wrongUse(context, site, `takes a tensor: \`${word}(x, "..")\``);
		const type = typeOf(context, first);
		const read = patternGiven(context, site, second);
		const value = asTensor(type);
		if (type.kind === "error" || !read) return errorType;
		if (!value) {
			wrongArgument(context, site, first, `takes a tensor here, and this is ${showType(type)}`);
			return errorType;
		}
		const { place, pattern } = read;
		const [input, more] = pattern.inputs;
		if (!input || more) {
			tell(place, more ?? pattern.output, `\`${word}\` takes one tensor, and this pattern is of several`, {
				hint: "products of several are `einsum`",
			});
			return errorType;
		}
		if (!namedOnce(place, input) || !namedOnce(place, pattern.output)) return errorType;
		const sizes = sizesGiven(context, site, pattern);
		if (!sizes) return errorType;
		if (!kept(read, input, word, sizes)) return errorType;
		const leading = bindList(place, input, { node: first.value, type: value }, sizes);
		if (!leading) return errorType;
		const hasRest = input.items.some((item) => item.kind === "rest");
		const shape = resultShape(place, pattern.output, sizes, hasRest ? leading : undefined);
		if (!shape || !refuseNegative(context, site.node, shape)) return errorType;
		if (word !== "reduce") return tensor(value.element, shape, value.below);
		return reducedBy(context, site, how, value, shape);
	};
}

const reductions: Readonly<Record<string, (value: TensorType, shape: Shape) => TensorType | undefined>> = {
	sum: (v, s) => tensor(asNumber(v.element), s),
	prod: (v, s) => tensor(asNumber(v.element), s),
	mean: (v, s) => tensor(asReal(v.element), s),
	logsumexp: (v, s) => tensor(asReal(v.element), s),
	max: (v, s) => tensor(v.element, s, v.below),
	min: (v, s) => tensor(v.element, s, v.below),
	all: (v, s) => (v.element === "bool" ? tensor("bool", s) : undefined),
	any: (v, s) => (v.element === "bool" ? tensor("bool", s) : undefined),
	count: (v, s) => (v.element === "bool" ? tensor("int", s) : undefined),
};

function reducedBy(
	context: Context,
	site: CallSite,
	how: CallArgument | undefined,
	value: TensorType,
	shape: Shape,
): Type {
	const known = Object.keys(reductions).join(", ");
	if (!how) return wrongUse(context, site, "lacks what it reduces by", `the name of a reduction: ${known}`);
	const type = typeOf(context, how);
	const name = type.kind === "function" ? type.special : undefined;
	const rule = name === undefined ? undefined : reductions[name];
	if (!rule) {
		if (type.kind !== "error") wrongArgument(context, site, how, `reduces by one of ${known}`);
		return errorType;
	}
	const result = rule(value, shape);
	if (!result)
		wrongArgument(context, site, how, `by \`${name}\` takes truth values, and this is ${showType(value)}`);
	return result ?? errorType;
}

const einsum: SpecialRule = (context, site) => {
	const [first, ...operands] = site.arguments;
	const named = site.arguments.find((a) => a.name);
	if (named?.name) {
		report(context, {
			code: "E0312",
			at: locate(context, named.name),
			message: `\`${calleeName(site)}\` has no option \`${named.name.name}\``,
		});
		return errorType;
	}
	const types = operands.map((o) => typeOf(context, o));
	const read = patternGiven(context, site, first);
	if (!read || types.some((t) => t.kind === "error")) return errorType;
	const values: { node: ast.Expression; type: TensorType }[] = [];
	for (const [i, operand] of operands.entries()) {
		const value = asTensor(types[i] ?? errorType);
		if (!value) {
			wrongArgument(
				context,
				site,
				operand,
				`multiplies tensors, and this is ${showType(types[i] ?? errorType)}`,
			);
			return errorType;
		}
		values.push({ node: operand.value, type: value });
	}
	const { place } = read;
	const ranks = read.pattern.inputs.map((list, i) => {
		const value = values[i];
		const leads = list.items.some((item) => item.kind === "rest");
		return leads || !value || value.type.shape.rest ? undefined : value.type.shape.dims.length;
	});
	const pattern = spelledOut(read.pattern, ranks) ?? read.pattern;
	if (pattern.inputs.length !== values.length) {
		tell(
			place,
			pattern.inputs.at(-1) ?? pattern.output,
			`this pattern is of ${pattern.inputs.length} ${pattern.inputs.length === 1 ? "tensor" : "tensors"}, and there ${values.length === 1 ? "is" : "are"} ${values.length}`,
		);
		return errorType;
	}
	return product(place, pattern, values);
};

function product(
	place: Place,
	pattern: AxesPattern,
	values: readonly { readonly node: ast.Expression; readonly type: TensorType }[],
): Type {
	const sizes: Sizes = new Map();
	let leading: Shape | undefined;
	for (const [i, list] of pattern.inputs.entries()) {
		const group = list.items.find((item) => item.kind === "group");
		const value = values[i];
		if (group) {
			tell(place, group, "`einsum` has no axes in brackets", {
				hint: "take them apart by `rearrange` first",
			});
			return errorType;
		}
		const own = value && bindList(place, list, value, sizes);
		if (!own) return errorType;
		if (!list.items.some((item) => item.kind === "rest")) continue;
		if (leading && !sameLeading(place.context, leading, own)) {
			tell(place, list, `\`...\` is ${showShape(own)} here and ${showShape(leading)} before`);
			return errorType;
		}
		leading = own;
	}
	if (!namedOnce(place, pattern.output)) return errorType;
	for (const axis of singleAxes(pattern.output)) {
		if (axis.name === undefined || sizes.has(axis.name)) continue;
		const near = nearName(axis.name, [...sizes.keys()]);
		tell(
			place,
			axis,
			`there is no axis \`${axis.name}\` before \`->\``,
			near.length > 0 ? { hint: meant(near.slice(0, 1)) } : {},
		);
		return errorType;
	}
	const lost = leading?.rest && !pattern.output.items.some((item) => item.kind === "rest");
	if (lost) {
		tell(place, pattern.output, "`...` does not come back after `->`");
		return errorType;
	}
	const shape = resultShape(place, pattern.output, sizes, leading);
	const element = meetAll(place.context, values);
	return shape && element ? tensor(asNumber(element), shape) : errorType;
}

function sameLeading(context: Context, a: Shape, b: Shape): boolean {
	return (
		sameRest(a, b) &&
		a.dims.length === b.dims.length &&
		a.dims.every((d, i) => decideEqual(d, b.dims[i] as Dim, context.facts).verdict === "equal")
	);
}

export const einopsRules: Readonly<Record<string, SpecialRule>> = {
	rearrange: operation("rearrange"),
	reduce: operation("reduce"),
	repeat: operation("repeat"),
	einsum,
};
