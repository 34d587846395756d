import type * as ast from "../../../grammar/ast.js";
import { constant, type Dim } from "../../dims/dim.js";
import { foldList, mapFamily, scanFamily } from "../binders/family.js";
import { orRows, pairRows, reverse, sourceOf, zipRows } from "../binders/sources.js";
import { type Context, inTracedKernel, locate, report, within } from "../context.js";
import { applyTo, type CallArgument, type CallSite } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { roundingAdvice } from "../expressions/quotient-hint.js";
import { refuseNegative } from "../signatures/type-node.js";
import { asTensor } from "../trees/stack.js";
import { inFront } from "../types/shape.js";
import { showType } from "../types/show.js";
import { lengthOf } from "../types/substitute.js";
import { errorType, type ListType, scalar, type Type, tensor } from "../types/types.js";
import { calleeName, wrongUse } from "./builtin.js";
import { bodyOf, joinStates, liftTree, settledState, type Turn, type TurnOf, whole } from "./loop-state.js";
import type { SpecialRule } from "./special.js";

/**
 * Loops as expressions. Over a static list they unroll, turn by turn; over a range or a first axis they run, and the
 * state has one type: the join of what it starts as and what a turn makes of it.
 */

// ---------------------------------------------------------------- arguments

interface LoopArguments {
	readonly positional: readonly { readonly node: ast.Expression; readonly type: Type }[];
	readonly named: ReadonlyMap<string, CallArgument>;
}

/** The arguments of a loop: so many by position, and options. Undefined after a mistake. */
function loopArguments(
	context: Context,
	site: CallSite,
	what: string,
	count: number,
	options: readonly string[],
): LoopArguments | undefined {
	const positional = site.arguments.filter((a) => !a.name);
	const named = new Map<string, CallArgument>();
	for (const argument of site.arguments) {
		if (!argument.name) continue;
		const { name } = argument.name;
		if (!options.includes(name) || named.has(name)) {
			if (named.has(name)) return undefined;
			report(context, {
				code: "E0312",
				at: locate(context, argument.name),
				message: `\`${calleeName(site)}\` has no option \`${name}\``,
				hint: `it has ${options.map((a) => `\`${a}\``).join(", ")}`,
			});
			return undefined;
		}
		named.set(name, argument);
	}
	if (positional.length !== count) {
		wrongUse(context, site, `takes ${what}`);
		return undefined;
	}
	const inferred = positional.map((a) => ({ node: a.value, type: a.type ?? infer(context, a.value) }));
	if (inferred.some((a) => a.type.kind === "error") || !checkpointIsKnown(context, named)) return undefined;
	return { positional: inferred, named };
}

function checkpointIsKnown(context: Context, named: ReadonlyMap<string, CallArgument>): boolean {
	return flag(context, named.get("checkpoint")) !== undefined;
}

/** A static Bool; false where it is not given, undefined after a mistake. */
function flag(context: Context, argument: CallArgument | undefined): boolean | undefined {
	if (!argument) return false;
	const type = argument.type ?? infer(context, argument.value);
	if (type.kind === "Bool" && type.value !== undefined) return type.value;
	if (type.kind !== "error")
		report(context, {
			code: "E0302",
			at: locate(context, argument.value),
			message: `this option is \`true\` or \`false\`, known before running, and this is ${showType(type)}`,
		});
	return undefined;
}

/** A number of turns that is known before running. */
export function turnsOf(context: Context, node: ast.Expression, type: Type): Dim | undefined {
	if (type.kind === "error") return undefined;
	if (type.kind === "Int" && type.value)
		return refuseNegative(context, node, { dims: [type.value] }) ? type.value : undefined;
	report(context, {
		code: "E0303",
		at: locate(context, node),
		message: `a number of turns is an Int known before running, and this is ${showType(type)}`,
		hint: "where only the values tell when it ends: `loop(start, |s| .., until = |s| .., limit = 64)`",
		...roundingAdvice(context, node, type),
	});
	return undefined;
}

// ---------------------------------------------------------------- fold, scan, map, iterate

const sourceFirst = "a source, a start and a function of the state and an element";

const fold: SpecialRule = (context, site) => {
	const args = loopArguments(context, site, sourceFirst, 3, ["checkpoint"]);
	const [xs, start, step] = args?.positional ?? [];
	if (!xs || !start || !step) return errorType;
	const source = sourceOf(context, xs.node, xs.type);
	if (!source) return errorType;
	if (source.kind === "static") return foldList(context, site, source.list, start.type, step.type, step.node);
	const turn: TurnOf = {
		apply: (c, state) => applyTo(c, step.node, step.type, [state, source.item]),
		take: whole,
		node: step.node,
	};
	return settledState(context, start.node, start.type, turn)?.state ?? errorType;
};

/** The two parts of what a turn of a scan gives. */
function stateAndOutput(context: Context, node: ast.Expression, result: Type): Turn | undefined {
	const [state, output] = result.kind === "tuple" ? result.elements : [];
	if (result.kind === "tuple" && state && output && result.elements.length === 2)
		return { state: state.type, rest: output.type };
	report(context, {
		code: "E0383",
		at: locate(context, bodyOf(node)),
		message: `a turn of a scan gives the next state and an output, and this gives ${showType(result)}`,
		hint: "give both: `|s, x| (s + x, s)`",
	});
	return undefined;
}

/** A tree of tensors with one more leading axis. */
export function stacked(context: Context, node: ast.Expression, size: Dim, type: Type): Type | undefined {
	if (type.kind === "error") return undefined;
	if (type.kind === "tuple") {
		const elements: { readonly name?: string; readonly type: Type }[] = [];
		for (const element of type.elements) {
			const part = stacked(context, node, size, element.type);
			if (!part) return undefined;
			elements.push({ ...element, type: part });
		}
		return { kind: "tuple", elements };
	}
	const value = asTensor(type);
	if (value) return tensor(value.element, inFront([size], value.shape), value.below);
	report(context, {
		code: "E0322",
		at: locate(context, node),
		message: `${showType(type)} cannot be stacked`,
		hint: "a turn gives a tensor, or a tuple or record of tensors",
	});
	return undefined;
}

const scan: SpecialRule = (context, site) => {
	const args = loopArguments(context, site, sourceFirst, 3, ["checkpoint"]);
	const [xs, start, step] = args?.positional ?? [];
	if (!xs || !start || !step) return errorType;
	const source = sourceOf(context, xs.node, xs.type);
	if (!source) return errorType;
	if (source.kind === "static") return scanList(context, site, source.list, start.type, step);
	const turn: TurnOf = {
		apply: (c, state) => applyTo(c, step.node, step.type, [state, source.item]),
		take: (c, result) => stateAndOutput(c, step.node, result),
		node: step.node,
	};
	const found = settledState(context, start.node, start.type, turn);
	const outputs = found && stacked(context, bodyOf(step.node), source.length, found.rest);
	return outputs ? { kind: "tuple", elements: [{ type: found.state }, { type: outputs }] } : errorType;
};

/** Unrolled, turn by turn. */
function scanList(
	context: Context,
	site: CallSite,
	list: ListType,
	start: Type,
	step: LoopArguments["positional"][number],
): Type {
	if (!list.elements) {
		const take = (turn: Context, result: Type): Turn | undefined =>
			result.kind === "error" ? undefined : stateAndOutput(turn, step.node, result);
		const found = scanFamily(context, site, list, start, step.type, step.node, take);
		const outputs = found && stacked(context, bodyOf(step.node), lengthOf(list), found.output);
		return outputs ? { kind: "tuple", elements: [{ type: found.state }, { type: outputs }] } : errorType;
	}
	let state = start;
	let output: Type | undefined;
	for (const [i, entry] of list.elements.entries()) {
		const turn = within(context, {
			trail: [...context.trail, `in turn ${i} of this scan, where the state is ${showType(state)}`],
		});
		const result = applyTo(turn, step.node, step.type, [state, entry]);
		const parts = result.kind === "error" ? undefined : stateAndOutput(turn, step.node, result);
		const lifted = parts && liftTree(parts.rest);
		if (!parts || parts.state.kind === "error") return errorType;
		const joined = lifted && (output ? joinStates(turn, output, lifted) : lifted);
		if (!joined) {
			report(turn, {
				code: "E0322",
				at: locate(context, bodyOf(step.node)),
				message: output
					? `what the turns give cannot be stacked: ${showType(output)} and ${showType(parts.rest)}`
					: `${showType(parts.rest)} cannot be stacked`,
			});
			return errorType;
		}
		output = joined;
		state = parts.state;
	}
	if (!output) {
		report(context, {
			code: "E0322",
			at: locate(context, site.node),
			message: "a scan over an empty list gives nothing that could be stacked",
		});
		return errorType;
	}
	const outputs = stacked(context, bodyOf(step.node), constant(list.elements.length), output);
	return outputs ? { kind: "tuple", elements: [{ type: state }, { type: outputs }] } : errorType;
}

const iterate: SpecialRule = (context, site) => {
	const args = loopArguments(context, site, "a number of turns, a start and a function of the state", 3, [
		"checkpoint",
	]);
	const [count, start, step] = args?.positional ?? [];
	if (!count || !start || !step || !turnsOf(context, count.node, count.type)) return errorType;
	const turn: TurnOf = {
		apply: (c, state) => applyTo(c, step.node, step.type, [state]),
		take: whole,
		node: step.node,
	};
	return settledState(context, start.node, start.type, turn)?.state ?? errorType;
};

const map: SpecialRule = (context, site) => {
	const args = loopArguments(context, site, "a source and a function of an element", 2, []);
	const [xs, fn] = args?.positional ?? [];
	if (!xs || !fn) return errorType;
	const source = sourceOf(context, xs.node, xs.type);
	if (!source) return errorType;
	if (source.kind === "run") {
		const result = applyTo(inTracedKernel(context), fn.node, fn.type, [source.item]);
		return stacked(context, bodyOf(fn.node), source.length, result) ?? errorType;
	}
	const { list } = source;
	if (!list.elements)
		return mapFamily(context, bodyOf(fn.node), list, (turn, entry) =>
			applyTo(turn, fn.node, fn.type, [entry]),
		);
	const elements = list.elements.map((entry, i) =>
		applyTo(
			within(context, { trail: [...context.trail, `in turn ${i} of this map, for ${showType(entry)}`] }),
			fn.node,
			fn.type,
			[entry],
		),
	);
	return elements.some((e) => e.kind === "error") ? errorType : { kind: "list", elements };
};

// ---------------------------------------------------------------- loop

const loop: SpecialRule = (context, site) => {
	const options = ["until", "limit", "trace", "checkpoint"];
	const args = loopArguments(context, site, "a start and a function of the state", 2, options);
	const [start, step] = args?.positional ?? [];
	if (!args || !start || !step) return errorType;
	const until = args.named.get("until");
	if (!until)
		return wrongUse(
			context,
			site,
			"needs to know when it ends",
			"say it: `until = |s| ..`; a number of turns that is known is `iterate(n, start, |s| ..)`",
		);
	const keeps = flag(context, args.named.get("trace"));
	if (keeps === undefined) return errorType;
	const given = args.named.get("limit");
	const limit = given && turnsOf(context, given.value, given.type ?? infer(context, given.value));
	if (given && !limit) return errorType;
	for (const word of ["trace", "checkpoint"]) {
		const asked = args.named.get(word);
		if (!asked?.name || limit || !flag(context, asked)) continue;
		report(context, {
			code: "E0313",
			at: locate(context, asked.name),
			message: `\`${word}\` of a loop needs its \`limit\`: the most turns that it may make`,
			hint: "for example `limit = 64`",
		});
		return errorType;
	}
	const turn: TurnOf = {
		apply: (c, state) => applyTo(c, step.node, step.type, [state]),
		take: whole,
		node: step.node,
	};
	const found = settledState(context, start.node, start.type, turn);
	if (!found || !endsLoop(context, until, found.state)) return errorType;
	const states = keeps && limit ? stacked(context, bodyOf(step.node), limit, found.state) : undefined;
	if (keeps && !states) return errorType;
	return {
		kind: "tuple",
		title: "the result of a loop",
		elements: [
			{ name: "last", type: found.state },
			{ name: "count", type: scalar("int") },
			{ name: "done", type: scalar("bool") },
			...(states ? [{ name: "trace", type: states }] : []),
		],
	};
};

/** Whether `until` decides by one truth value. */
function endsLoop(context: Context, until: CallArgument, state: Type): boolean {
	const fn = until.type ?? infer(context, until.value);
	if (fn.kind === "error") return false;
	const type = applyTo(inTracedKernel(context), until.value, fn, [state]);
	if (type.kind === "error") return false;
	const value = asTensor(type);
	if (value?.element === "bool" && value.shape.dims.length === 0 && !value.shape.rest) return true;
	report(context, {
		code: "E0302",
		at: locate(context, bodyOf(until.value)),
		message: `\`until\` gives one truth value, and this is ${showType(type)}`,
		...(value?.element === "bool" && { hint: "say how many: `all i: c[i]`, `any i: c[i]`" }),
	});
	return false;
}

/** The rules of loops, and of the functions of lists that take rows, too. */
export function loopRules(
	lists: Readonly<Record<string, SpecialRule>>,
): Readonly<Record<string, SpecialRule>> {
	return {
		fold,
		scan,
		iterate,
		map,
		loop,
		reverse,
		zip: orRows(lists.zip, zipRows),
		pairs: orRows(lists.pairs, pairRows),
	};
}
