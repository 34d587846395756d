import type * as ast from "../../../grammar/ast.js";
import { add, constant, type Dim, decideEqual, mul, variable } from "../../dims/dim.js";
import { asList } from "../binders/family.js";
import { type Context, locate, report } from "../context.js";
import type { CallArgument, CallSite } from "../expressions/call.js";
import type { Hint } from "../hint.js";
import { restHint, restsMeet } from "../signatures/rests.js";
import { refuseNegative } from "../signatures/type-node.js";
import { asTensor } from "../trees/stack.js";
import { explainVerdict } from "../types/explain.js";
import { meetAll } from "../types/precision.js";
import { inFront, placeOfAxis, replaceAxis, sameRest } from "../types/shape.js";
import { showDim, showType } from "../types/show.js";
import { elementAt, lengthOf } from "../types/substitute.js";
import { errorType, type TensorType, type Type, tensor } from "../types/types.js";
import { axisAt, withNewAxis } from "./axis.js";
import { calleeName, partsOf, typeOf, wrongArgument, wrongUse } from "./builtin.js";
import type { SpecialRule } from "./special.js";

/** Builtins that put several tensors together: `concat`, `stack`. */

interface Part {
	readonly node: ast.Expression;
	readonly type: TensorType;
}

interface Parts {
	readonly parts: readonly Part[];
	/** How often the one part of a list of unknown length stands there. */
	readonly times?: Dim;
	readonly axis?: CallArgument;
}

/** The tensors of `f([a, b], axis = ..)` or `f(a, b, axis = ..)`. */
function partsGiven(context: Context, site: CallSite): Parts | undefined {
	const axis = site.arguments.find((a) => a.name?.name === "axis");
	const wrong = site.arguments.find((a) => a.name && a !== axis);
	if (wrong?.name) {
		report(context, {
			code: "E0312",
			at: locate(context, wrong.name),
			message: `\`${calleeName(site)}\` has no option \`${wrong.name.name}\``,
			hint: "it has `axis`",
		});
		return undefined;
	}
	const given = site.arguments.filter((a) => !a.name);
	const [only] = given;
	if (!only) {
		wrongUse(context, site, "lacks the tensors that it puts together");
		return undefined;
	}
	const parts: { node: ast.Expression; type: Type }[] = [];
	let times: Dim | undefined;
	if (given.length === 1) {
		const type = typeOf(context, only);
		if (type.kind === "error") return undefined;
		const list = asList(type);
		if (!list) {
			wrongArgument(
				context,
				site,
				only,
				`takes a list of tensors, and this is ${showType(type)}`,
				`several are written \`${calleeName(site)}([a, b])\``,
			);
			return undefined;
		}
		const nodes = only.type ? undefined : partsOf(only.value);
		if (list.elements) {
			for (const [i, entry] of list.elements.entries())
				parts.push({
					node: nodes?.length === list.elements.length ? (nodes[i] as ast.Expression) : only.value,
					type: entry,
				});
		} else {
			times = lengthOf(list);
			const entry = elementAt(list, constant(0));
			// Stands for all that come after it.
			const next = elementAt(list, variable("i", { minimum: 0 }).dim);
			if (entry && next) parts.push({ node: only.value, type: entry }, { node: only.value, type: next });
		}
	} else {
		for (const argument of given) parts.push({ node: argument.value, type: typeOf(context, argument) });
	}
	const tensors: Part[] = [];
	for (const { node, type } of parts) {
		if (type.kind === "error") return undefined;
		const value = asTensor(type);
		if (!value) {
			wrongArgument(context, site, { value: node }, `takes tensors, and this is ${showType(type)}`);
			return undefined;
		}
		tensors.push({ node, type: value });
	}
	if (tensors.length === 0) {
		wrongArgument(context, site, only, "takes at least one tensor, and this list may be empty");
		return undefined;
	}
	return { parts: tensors, ...(times && { times }), ...(axis && { axis }) };
}

/** Whether all axes but `except` agree; told for each operand that does not. */
function agree(context: Context, site: CallSite, parts: readonly Part[], except?: number): boolean {
	const [first, ...others] = parts;
	if (!first) return false;
	let sound = true;
	const told = new Set<ast.Expression>();
	for (const [at, other] of others.entries()) {
		const problem = disagreement(context, first.type, other.type, except);
		if (!problem || told.has(other.node)) continue;
		sound = false;
		told.add(other.node);
		report(context, {
			code: "E0350",
			at: locate(context, other.node),
			message: `operand ${at + 1} of \`${calleeName(site)}\` does not go with operand 0: ${problem.message}`,
			label: showType(other.type),
			related: [
				{ at: locate(context, first.node), label: showType(first.type) },
				...[first.type.origin, other.type.origin].filter((o) => o !== undefined),
			],
			notes: problem.notes,
			...(problem.hint && { hint: problem.hint }),
		});
	}
	return sound;
}

function disagreement(
	context: Context,
	first: TensorType,
	other: TensorType,
	except: number | undefined,
): { message: string; notes: readonly string[]; hint?: Hint } | undefined {
	const [a, b] = [first.shape, other.shape];
	if (a.rest && b.rest && a.rest.id !== b.rest.id)
		return { message: restsMeet(a, b), notes: [], ...restHint(a, b) };
	if (a.dims.length !== b.dims.length || !sameRest(a, b))
		return {
			message: "they have different axes",
			notes: [],
			...(except !== undefined && { hint: "`stack` puts tensors side by side along a new axis" }),
		};
	const wrong: number[] = [];
	let verdict: ReturnType<typeof decideEqual> | undefined;
	for (const [axis, dim] of a.dims.entries()) {
		if (axis === except) continue;
		const own = decideEqual(dim, b.dims[axis] as Dim, context.facts);
		if (own.verdict === "equal") continue;
		wrong.push(axis);
		verdict ??= own;
	}
	const [axis] = wrong;
	if (axis === undefined || !verdict) return undefined;
	const [x, y] = [a.dims[axis] as Dim, b.dims[axis] as Dim];
	const why = explainVerdict(x, y, verdict);
	const place = placeOfAxis(a, axis);
	const same = except !== undefined && equalAt(context, a.dims[except], b.dims[except]);
	return {
		message: `axis ${place} is ${showDim(x)} there and ${showDim(y)} here`,
		notes: why.notes,
		...(wrong.length === 1 && same
			? {
					hint: `they agree on all other axes: did you mean \`axis = ${place}\`?`,
				}
			: why.hint
				? { hint: why.hint }
				: {}),
	};
}

function equalAt(context: Context, a: Dim | undefined, b: Dim | undefined): boolean {
	return a !== undefined && b !== undefined && decideEqual(a, b, context.facts).verdict === "equal";
}

function joined(
	context: Context,
	parts: readonly Part[],
): { readonly element: TensorType["element"]; readonly below?: Dim } | undefined {
	const element = meetAll(context, parts);
	if (!element) return undefined;
	const below = parts[0]?.type.below;
	const same = below && parts.every((p) => p.type.below?.key === below.key);
	return { element, ...(same && element === "int" && { below }) };
}

const concat: SpecialRule = (context, site) => {
	const given = partsGiven(context, site);
	const first = given?.parts[0];
	if (!given || !first) return errorType;
	if (first.type.shape.dims.length === 0 && !first.type.shape.rest)
		return wrongUse(
			context,
			site,
			"continues tensors along an axis, and these are single numbers",
			"numbers in a list are a tensor: `[a, b]`",
		);
	const axis = given.axis
		? axisAt(context, given.axis.value, first.type, given.axis.type)
		: first.type.shape.rest?.before === 0
			? undefined
			: 0;
	if (axis === undefined)
		return given.axis ? errorType : wrongUse(context, site, "needs to know the axis: `axis = -1`");
	if (!agree(context, site, given.parts, axis)) return errorType;
	const sizes = given.parts.map((p) => p.type.shape.dims[axis] as Dim);
	const [one] = sizes;
	if (given.times && one) {
		if (!equalAt(context, one, sizes[1]))
			return wrongUse(context, site, "of a list of unknown length takes tensors of one shape");
		return whole(context, site, given.parts, replaceAxis(first.type.shape, axis, mul(given.times, one)));
	}
	return whole(context, site, given.parts, replaceAxis(first.type.shape, axis, sizes.reduce(add)));
};

function whole(context: Context, site: CallSite, parts: readonly Part[], shape: TensorType["shape"]): Type {
	const kind = joined(context, parts);
	return kind && refuseNegative(context, site.node, shape)
		? tensor(kind.element, shape, kind.below)
		: errorType;
}

const stack: SpecialRule = (context, site) => {
	const given = partsGiven(context, site);
	const first = given?.parts[0];
	if (!given || !first) return errorType;
	const size = given.times ?? constant(given.parts.length);
	const shape = given.axis
		? withNewAxis(context, given.axis, first.type, size)
		: inFront([size], first.type.shape);
	if (!shape || !agree(context, site, given.parts)) return errorType;
	return whole(context, site, given.parts, shape);
};

export const joiningRules: Readonly<Record<string, SpecialRule>> = { concat, stack };
