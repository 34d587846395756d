import type * as ast from "../../../grammar/ast.js";
import { asConstant, constant, type Dim, decideAtLeast, decideEqual, exactDiv } from "../../dims/dim.js";
import { noteFormat } from "../../program/formats.js";
import { nearest } from "../../source/near.js";
import { inferBinder } from "../binders/binder.js";
import { comprehension } from "../binders/comprehension.js";
import { asList } from "../binders/family.js";
import { inferIndex } from "../binders/indexing.js";
import { intNegation, intResult } from "../binders/whole.js";
import { type Context, declare, inner, locate, noteUse, report } from "../context.js";
import { refuseInKernel } from "../fits/kernel.js";
import { trainingMode } from "../fits/mode.js";
import { type Hint, meant } from "../hint.js";
import { enter, isTooLarge, leave, spendStep, withinBudget } from "../incremental/budget.js";
import { importFix, librariesWith } from "../incremental/library-names.js";
import { TopBinding } from "../incremental/module-scope.js";
import { turnedHint } from "../shape-hints.js";
import { assumedTruth, showCondition } from "../signatures/conditions.js";
import { refuseNegative, sourceText } from "../signatures/type-node.js";
import { inferChoice } from "../trees/choice.js";
import { inferField } from "../trees/place.js";
import { inferPlaces } from "../trees/places.js";
import { asTensor, stackElements } from "../trees/stack.js";
import { inferWith } from "../trees/update.js";
import { complexPart } from "../types/complex-type.js";
import { explainVerdict } from "../types/explain.js";
import { beyondInt, rangeOfInt } from "../types/match-entries.js";
import { asNumber, asReal, hasOwnFormat, meet } from "../types/precision.js";
import { behindRest } from "../types/shape.js";
import { showShape, showType } from "../types/show.js";
import { concatenated, entriesAlike } from "../types/spread-list.js";
import { elementAt, lengthOf } from "../types/substitute.js";
import { errorType, type ListType, type TensorType, type Type, tensor, unitType } from "../types/types.js";
import { endsBefore, warnOfSwapped } from "../warnings/slips.js";
import {
	arithmeticElement,
	broadcast,
	notNumeric,
	reportOverflow,
	staticArithmetic,
	staticLogic,
	staticNegate,
} from "./arithmetic.js";
import { inferCall, inferPipe } from "./call.js";
import { bindCase, compareVariants, inferMatch } from "./cases.js";
import { complexBinary } from "./complex.js";
import { inferIf, notBool } from "./conditional.js";
import { foreignHint } from "./foreign-names.js";
import { lambdaType } from "./lambda.js";
import { isComputedSeed, refuseRoot, refuseSeed } from "./misplaced.js";
import { roundingAdvice } from "./quotient-hint.js";
import { checkStatement } from "./statement.js";
import { checkWritten, refuseUnrepresented } from "./written-number.js";

/** The type of an expression. An expected type guides literals, initialisers and lambdas; it is not enforced here. */
export function infer(context: Context, node: ast.Expression, expected?: Type): Type {
	spendStep();
	let found: Type = errorType;
	try {
		enter();
		found = unrolls(node)
			? withinBudget(context, node, () => inferKind(context, node, expected), errorType)
			: inferKind(context, node, expected);
	} catch (error) {
		reportOverflow(context, node, error);
	} finally {
		leave();
	}
	const type = isTooLarge(context, node, found) ? errorType : found;
	context.session.knowledge.types.set(node, type);
	return type;
}

/** What may be checked once for each of many elements. */
function unrolls(node: ast.Expression): boolean {
	if (node.kind === "List") return node.elements[0]?.kind === "Binder";
	return (
		node.kind === "Binder" || (node.kind === "Call" && node.arguments.some((a) => a.value.kind === "Lambda"))
	);
}

function inferKind(context: Context, node: ast.Expression, expected?: Type): Type {
	switch (node.kind) {
		case "Missing":
			return errorType;
		case "Number":
			if (!node.integer && (node.value === 0 || !Number.isFinite(node.value)))
				refuseUnrepresented(context, node, sourceText(context, node));
			if (!node.integer) return { kind: "Real", value: node.value };
			return {
				kind: "Int",
				value: constant(node.value),
				origin: { at: locate(context, node), label: `${node.value}` },
			};
		case "String":
			for (const part of node.parts) if (typeof part !== "string") infer(context, part);
			return {
				kind: "String",
				...(node.parts.every((p) => typeof p === "string") && { value: node.parts.join("") }),
			};
		case "Bool":
			return { kind: "Bool", value: node.value };
		case "Name":
			return inferName(context, node);
		case "Parenthesized":
			return infer(context, node.inner, expected);
		case "Unary":
			return inferUnary(context, node);
		case "Binary":
			return inferBinary(context, node, expected);
		case "If":
			return inferIf(context, node, expected);
		case "Call":
			return inferCall(context, node, expected);
		case "Index":
			return inferIndex(context, node);
		case "Field":
			return inferField(context, node);
		case "Places":
			return inferPlaces(context, node);
		case "Tuple":
			return inferTuple(context, node, expected);
		case "List":
			return inferList(context, node, expected);
		case "Range":
			return inferRange(context, node);
		case "Lambda":
			return lambdaType(context, node);
		case "Block":
			return inferBlock(context, node, expected);
		case "Binder":
			return inferBinder(context, node);
		case "Root":
			if (context.root) return context.root;
			refuseRoot(context, node);
			return errorType;
		case "Match":
			return inferMatch(context, node, expected);
		case "With":
			return inferWith(context, node);
		case "Seed": {
			const seed = infer(context, node.seed);
			if (context.kernel && seed.kind === "tensor" && isComputedSeed(context, node.seed)) {
				refuseSeed(context, node.seed, context.kernel);
				return errorType;
			}
			return infer(context, node.body, expected);
		}
		case "Choice":
			return inferChoice(context, node);
		case "TypeName":
		case "Spread":
		case "FullSlice":
		case "Rest":
		case "Some":
		case "Bound":
			return noValue(context, node);
	}
}

/** What has a meaning in a type, an index or a condition, where a value is wanted. */
function noValue(
	context: Context,
	node: ast.Expression & { kind: "TypeName" | "Spread" | "FullSlice" | "Rest" | "Some" | "Bound" },
): Type {
	const told: Readonly<Record<typeof node.kind, readonly [what: string, hint: string]>> = {
		TypeName: ["a type", "a value is narrowed to it by a call: `int<3>(x)`"],
		Spread: ["the entries of a list", "they stand in another list: `[1, ..rest]`"],
		FullSlice: ["a whole axis", "it stands in an index: `x[i, :]`"],
		Rest: ["all leading axes", "they stand in a shape or an index: `zeros([...b, 3])`, `x[...b, 0]`"],
		Some: [
			"the name of a size",
			"it stands in the type of a `let`: `let kept: int[some Kept] = nonzero(mask)`",
		],
		Bound: ["a bound", "it stands in a `where`: `where T: tree`"],
	};
	const [what, hint] = told[node.kind];
	report(context, {
		code: "E0302",
		at: locate(context, node),
		message: `a value is wanted here, and this is ${what}`,
		hint,
	});
	return errorType;
}

function inferName(context: Context, node: ast.Name): Type {
	const binding = context.scope.find(node.name);
	if (!binding && node.name === "training") return trainingMode(context, node);
	const below = binding ? undefined : context.scope.below(node.name);
	if (below) {
		const at = locate(context, node);
		const isCircular = below.file === at.file && below.start < at.start;
		report(context, {
			code: "E0201",
			at,
			message: isCircular
				? `the value of \`${node.name}\` leads here, where it is not known yet`
				: `\`${node.name}\` stands further down: a file runs from top to bottom`,
			related: [{ at: below, label: `\`${node.name}\` is named here` }],
			...(!isCircular && { hint: "move it above what uses it" }),
		});
		return errorType;
	}
	const [library] = binding ? [] : librariesWith(context.session.host, node.name);
	if (!binding && library) {
		report(context, {
			code: "E0201",
			at: locate(context, node),
			message: `there is no \`${node.name}\` here`,
			hint: `the library has one: \`import std.${library} { ${node.name} }\``,
			fixes: importFix(context.scope, library, node.name),
		});
		return errorType;
	}
	if (!binding) {
		const foreign = foreignHint(context, node.name);
		const near = nearest(
			node.name,
			[...context.scope.visible()].map((b) => b.name),
		);
		report(context, {
			code: "E0201",
			at: locate(context, node),
			message: `there is no \`${node.name}\` here`,
			...(foreign !== undefined ? { hint: foreign } : near.length > 0 && { hint: meant(near) }),
		});
		return errorType;
	}
	binding.uses++;
	noteUse(context, node, binding);
	if (refuseInKernel(context, node, binding)) return errorType;
	context.session.knowledge.definitions.set(node, binding);
	noteFormat(node, binding instanceof TopBinding && hasOwnFormat(binding.type));
	if (binding.condition && assumedTruth(context.assumed, binding.condition) !== true) {
		const condition = showCondition(binding.condition);
		report(context, {
			code: "E0304",
			at: locate(context, node),
			message: `\`${node.name}\` is there only if \`${condition}\` holds`,
			related: [{ at: binding.at, label: `declared with \`if ${condition}\`` }],
			hint: `use it in \`if ${condition} then .. else ..\``,
		});
		return errorType;
	}
	return binding.type;
}

function inferUnary(context: Context, node: ast.Unary): Type {
	const operand = infer(context, node.operand);
	if (operand.kind === "error") return errorType;
	if (node.operator === "not") {
		if (operand.kind === "Bool")
			return { kind: "Bool", ...(operand.value !== undefined && { value: !operand.value }) };
		const flags = asTensor(operand);
		if (flags?.element === "bool") return flags;
		return notNumeric(context, node.operand, operand, "not");
	}
	if (complexPart(operand)) return operand;
	const known = staticNegate(operand);
	if (known) return known;
	const value = asTensor(operand);
	if (!value) return notNumeric(context, node.operand, operand, "-");
	return intNegation(
		context,
		node.operand,
		operand,
		tensor(value.element === "bool" ? "int" : value.element, value.shape),
	);
}

const comparisons = new Set(["==", "!=", "<", "<=", ">", ">="]);

function inferBinary(context: Context, node: ast.Binary, expected?: Type): Type {
	if (node.operator === "|>") return inferPipe(context, node, expected);
	if (node.operator === "except") return inferPlaces(context, node);
	const left = infer(context, node.left);
	if (endsBefore(context, node)) return errorType;
	const right = infer(context, node.right);
	if (left.kind === "error" || right.kind === "error") return errorType;
	if (node.operator === "divides") return divides(context, node, left, right);
	const complex = complexBinary(context, node, left, right, (a, b) =>
		matrixProduct(context, node, a.type, b.type, [a.shown ?? a.type, b.shown ?? b.type]),
	);
	if (complex) return complex;
	if (node.operator === "@") return inferMatmul(context, node, left, right);
	if (left.kind === "variant" || right.kind === "variant") return compareVariants(context, node, left, right);
	const known =
		staticArithmetic(node.operator, left, right, context.facts) ?? staticLogic(node.operator, left, right);
	if (known) return known;
	if (left.kind === "Bool" && right.kind === "Bool")
		return notNumeric(context, node.left, left, node.operator);
	const a = asTensor(left);
	const b = asTensor(right);
	if (!a) return notNumeric(context, node.left, left, node.operator);
	if (!b) return notNumeric(context, node.right, right, node.operator);
	const shape = broadcast(context, node, { node: node.left, type: a }, { node: node.right, type: b });
	if (!shape) return errorType;
	const joined = meet(context, { node: node.left, type: a }, { node: node.right, type: b });
	if (!joined || (joined === "int" && !areInts(context, [node.left, left], [node.right, right])))
		return errorType;
	checkWritten(context, node.left, left, joined);
	checkWritten(context, node.right, right, joined);
	if (comparisons.has(node.operator)) return tensor("bool", shape);
	if (node.operator === "and" || node.operator === "or") {
		for (const [operand, type, shown] of [
			[node.left, a, left],
			[node.right, b, right],
		] as const) {
			if (type.element !== "bool") return notBool(context, operand, shown);
		}
		return tensor("bool", shape);
	}
	const mayBeNegative =
		node.operator === "^" &&
		right.kind === "Int" &&
		!(right.value && decideAtLeast(right.value, constant(0), context.facts).verdict === "holds");
	const element = mayBeNegative ? asReal(joined) : arithmeticElement(node.operator, joined);
	const sides = [
		{ node: node.left, type: left },
		{ node: node.right, type: right },
	] as const;
	return intResult(context, node.operator, ...sides, tensor(element, shape));
}

/** Whether static numbers that are computed with ints are ints of 32 bits. */
function areInts(context: Context, ...operands: readonly (readonly [ast.Expression, Type])[]): boolean {
	for (const [node, type] of operands) {
		const value = beyondInt(type);
		if (value === undefined) continue;
		report(context, {
			code: "E0302",
			at: locate(context, node),
			message: `${value} is no int`,
			hint: rangeOfInt,
		});
		return false;
	}
	return true;
}

/** `2 divides n`: of what is known before running, where it selects code. */
function divides(context: Context, node: ast.Binary, left: Type, right: Type): Type {
	for (const [operand, type] of [
		[node.left, left],
		[node.right, right],
	] as const) {
		if (type.kind === "Int") continue;
		report(context, {
			code: "E0302",
			at: locate(context, operand),
			message: `\`divides\` is between whole numbers that are known before running, and this is ${showType(type)}`,
			...(type.kind === "tensor" && { hint: "of computed ones: `b % a == 0`" }),
		});
		return errorType;
	}
	const [divisor, dividend] = [left, right].map((t) => (t.kind === "Int" ? t.value : undefined));
	if (!divisor || !dividend || asConstant(divisor) === 0) return { kind: "Bool" };
	const division = exactDiv(dividend, divisor, context.facts);
	if ("quotient" in division) return { kind: "Bool", value: true };
	return { kind: "Bool", ...(division.undecided.impossible && { value: false }) };
}

function inferMatmul(context: Context, node: ast.Binary, left: Type, right: Type): Type {
	const a = asTensor(left);
	const b = asTensor(right);
	if (!a) return notNumeric(context, node.left, left, "@");
	if (!b) return notNumeric(context, node.right, right, "@");
	return matrixProduct(context, node, a, b);
}

function matrixProduct(
	context: Context,
	node: ast.Binary,
	a: TensorType,
	b: TensorType,
	shown: readonly [Type, Type] = [a, b],
): Type {
	const rankA = behindRest(a.shape).length;
	const rankB = b.shape.dims.length;
	if (rankA === 0 || rankB === 0 || rankB > 2 || b.shape.rest) {
		report(context, {
			code: "E0305",
			at: locate(context, node),
			message: `\`@\` multiplies matrices: ${shown.map(showType).join(" @ ")} is none of [..., n, k] @ [k, m], [..., k] @ [k]`,
			hint: "say it with index notation: `for i, j: sum k: a[i, k] * b[k, j]`",
		});
		return errorType;
	}
	const inner = a.shape.dims.at(-1);
	const first = b.shape.dims[0];
	if (!inner || !first) return errorType;
	const verdict = decideProduct(context, inner, first);
	if (verdict) {
		report(context, {
			code: "E0306",
			at: locate(context, node.right),
			message: `the inner sizes of \`@\` differ: ${showShape(a.shape)} @ ${showShape(b.shape)}`,
			label: showType(shown[1]),
			related: [
				{ at: locate(context, node.left), label: showType(shown[0]) },
				...[a.origin, b.origin].filter((o) => o !== undefined),
			],
			...verdict,
			...(turnedHint(context, node.right, b, inner, 0) ?? turnedHint(context, node.left, a, first, 1)),
		});
		return errorType;
	}
	const dims = [...a.shape.dims.slice(0, -1), ...b.shape.dims.slice(1)];
	const element = meet(context, { node: node.left, type: a }, { node: node.right, type: b });
	if (!element) return errorType;
	return tensor(asNumber(element), { ...a.shape, dims });
}

function decideProduct(
	context: Context,
	a: Dim,
	b: Dim,
): { notes: readonly string[]; hint?: Hint } | undefined {
	const verdict = decideEqual(a, b, context.facts);
	return verdict.verdict === "equal" ? undefined : explainVerdict(a, b, verdict);
}

function inferTuple(context: Context, node: ast.Tuple, expected?: Type): Type {
	const elements = node.elements.map((element, i) => {
		const wanted =
			expected?.kind === "tuple"
				? (element.name ? expected.elements.find((e) => e.name === element.name?.name) : expected.elements[i])
						?.type
				: undefined;
		return {
			...(element.name && { name: element.name.name }),
			type: infer(context, element.value, wanted),
		};
	});
	for (const [i, { name }] of node.elements.entries()) {
		const before = name && node.elements.slice(0, i).find((e) => e.name?.name === name.name)?.name;
		if (!name || !before) continue;
		report(context, {
			code: "E0207",
			at: locate(context, name),
			message: `\`${name.name}\` is declared twice`,
			related: [{ at: locate(context, before), label: "first declared here" }],
		});
	}
	return elements.length === 0 ? unitType : { kind: "tuple", elements };
}

function inferList(context: Context, node: ast.List, expected?: Type): Type {
	const only = node.elements[0];
	if (node.elements.length === 1 && only?.kind === "Binder" && only.word === "for") {
		const type = comprehension(context, only);
		context.session.knowledge.types.set(only, type);
		return type;
	}
	const segments: ListType[] = [];
	let elements: Type[] = [];
	for (const element of node.elements) {
		if (element.kind !== "Spread") {
			const wanted = expected?.kind === "list" && segments.length === 0;
			elements.push(
				infer(context, element, wanted ? elementAt(expected, constant(elements.length)) : undefined),
			);
			continue;
		}
		const type = infer(context, element.value);
		const spread = asList(type);
		if (spread && !refuseNegative(context, element, { dims: [lengthOf(spread)] })) return errorType;
		if (spread?.elements) for (const one of spread.elements) elements.push(one);
		else if (spread) {
			segments.push({ kind: "list", elements }, spread);
			elements = [];
		} else if (type.kind !== "error") return notSpread(context, element, type);
	}
	if (elements.some((element) => element.kind === "error")) return errorType;
	if (segments.length > 0) return spreadList(context, node, [...segments, { kind: "list", elements }]);
	if (expected?.kind === "tensor") {
		const stacked = stackElements(elements);
		const isInt = stacked?.element === "int" && expected.element === "int";
		if (isInt && !areInts(context, [node, { kind: "list", elements }])) return errorType;
		if (stacked) checkWritten(context, node, { kind: "list", elements }, expected.element);
		if (stacked) return stacked;
	}
	return { kind: "list", elements };
}

/** `[64, ..hidden, 10]`: which of them an index is cannot always be told, so that the entries are alike. */
function spreadList(context: Context, node: ast.List, segments: readonly ListType[]): Type {
	const whole = segments.filter((s) => s.elements?.length !== 0);
	const kinds = whole.flatMap((s) => s.elements ?? [elementAt(s, constant(0)) ?? errorType]);
	if (kinds.some((k) => k.kind === "error")) return errorType;
	if (entriesAlike(whole, context.facts)) return concatenated(whole, context.facts);
	const shown = [...new Set(kinds.map(showType))].slice(0, 2);
	report(context, {
		code: "E0322",
		at: locate(context, node),
		message: `which entry of a list of unknown length is which is not known while checking, and these are not alike${shown.length > 1 ? `: ${shown.join(" and ")}` : ""}`,
		hint: "keep them in lists of their own: `(first = a, others = list)`",
	});
	return errorType;
}

function notSpread(context: Context, node: ast.Expression, type: Type): Type {
	report(context, {
		code: "E0317",
		at: locate(context, node),
		message: `\`..\` in a list takes the entries of a static list or range, and this is ${showType(type)}`,
		...(type.kind === "tensor" && { hint: "tensors are put together along an axis: `concat([x, [1]])`" }),
	});
	return errorType;
}

function inferRange(context: Context, node: ast.Range): Type {
	const from = node.from && infer(context, node.from);
	const to = node.to && infer(context, node.to);
	for (const [end, at] of [
		[from, node.from],
		[to, node.to],
	] as const) {
		if (!end || !at || end.kind === "Int") continue;
		// Of two ends one mistake is told: `r..history` lacks a name between the dots.
		if (from?.kind !== "error" && to?.kind !== "error") refuseComputedEnd(context, at, end);
		return errorType;
	}
	return {
		kind: "range",
		from: from?.kind === "Int" && from.value ? from.value : constant(0),
		...(to?.kind === "Int" && to.value && { to: to.value }),
	};
}

function refuseComputedEnd(context: Context, node: ast.Expression, type: Type): void {
	const isComputed = type.kind === "tensor" && type.element === "int";
	report(context, {
		code: "E0303",
		at: locate(context, node),
		message: `a range ends at whole numbers known before running, and this is ${showType(type)}`,
		...(isComputed && {
			notes: ["how long a range is decides how large a result is, and sizes are known before running"],
			hint: "run over the whole axis, and choose: `sum i in n where i < t: ..`",
		}),
		...roundingAdvice(context, node, type),
	});
}

/** The value of a block is that of its last statement. */
export function inferBlock(context: Context, node: ast.Block, expected?: Type): Type {
	const body = inner(context);
	context.session.knowledge.scopes.set(node, body.scope);
	const last = node.statements.at(-1);
	for (const statement of node.statements) {
		if (statement === last && statement.kind === "ExpressionStatement") {
			return infer(body, statement.value, expected);
		}
		checkStatement(body, statement);
	}
	return unitType;
}

/** Binds a pattern to a type, name by name. */
export function bindPattern(
	context: Context,
	pattern: ast.Pattern,
	type: Type,
	role: "local" | "parameter" = "local",
	source?: ast.Expression,
): void {
	switch (pattern.kind) {
		case "NamePattern":
			declare(context, pattern, type, role, source && { source });
			return;
		case "TuplePattern": {
			const parts = type.kind === "tuple" ? type.elements.map((e) => e.type) : undefined;
			if (type.kind !== "error" && parts?.length !== pattern.elements.length) {
				report(context, {
					code: "E0315",
					at: locate(context, pattern),
					message: `this takes apart ${pattern.elements.length} values, and there is ${showType(type)}`,
				});
			}
			if (type.kind === "tuple") warnOfSwapped(context, pattern, type);
			for (const [i, element] of pattern.elements.entries()) {
				bindPattern(context, element, parts?.[i] ?? errorType, role);
			}
			return;
		}
		case "VariantPattern":
		case "LiteralPattern":
			bindCase(context, pattern, type);
			report(context, {
				code: "E0341",
				at: locate(context, pattern),
				message: "this pattern may fail, and there is no other case here",
				hint: "tell the cases apart by a `match`",
			});
			return;
		default:
			return;
	}
}
