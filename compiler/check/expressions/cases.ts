import type * as ast from "../../../grammar/ast.js";
import { nearest } from "../../source/near.js";
import { type Context, declare, inner, locate, report, within } from "../context.js";
import { meant } from "../hint.js";
import { assuming, assumingCase, assumingCases } from "../signatures/conditions.js";
import { instantiate } from "../types/instantiate.js";
import { Matcher } from "../types/match.js";
import { showType } from "../types/show.js";
import { factsOfType } from "../types/signature-facts.js";
import { substituteType } from "../types/substitute.js";
import type { VariantsSymbol } from "../types/symbols.js";
import { errorType, type FunctionType, type Type, type VariantType } from "../types/types.js";
import { type Moment, now } from "../types/visit-type.js";
import { joinStatic } from "./conditional.js";
import { withoutInner } from "./escape.js";
import { bindPattern, infer } from "./expression.js";

/** `match`: a value that is known before running selects a case; every case is checked. */
export function inferMatch(context: Context, node: ast.Match, expected?: Type): Type {
	const subject = infer(context, node.subject);
	const matchable = isMatchable(context, node.subject, subject);
	const covered = new Covered();
	let joined: { readonly type: Type; readonly body: ast.Statement } | undefined;
	let sound = matchable;
	for (const arm of node.arms) {
		const known = assumingCases(context.assumed, node.subject, covered.variants);
		const { type, certain } = inferArm(
			within(context, { assumed: known }),
			node,
			arm,
			matchable ? subject : errorType,
			expected,
		);
		if (matchable) covered.add(context, arm.pattern, certain);
		if (type.kind === "error") sound = false;
		else if (!joined) joined = { type, body: arm.body };
		else {
			const both = joinStatic(context, node, joined.type, type);
			if (both) joined = { type: both, body: joined.body };
			else {
				sound = false;
				report(context, {
					code: "E0309",
					at: locate(context, arm.body),
					message: `the cases of this \`match\` have different types: ${showType(joined.type)} and ${showType(type)}`,
					label: showType(type),
					related: [{ at: locate(context, joined.body), label: showType(joined.type) }],
				});
			}
		}
	}
	if (matchable && !reportMissing(context, node, subject, covered)) sound = false;
	return sound && joined ? joined.type : errorType;
}

/**
 * The cases of a `match` side by side, of which the value is one: for what takes any of them, as a choice does. Where
 * it is known which, that one. What a case finds out for itself stays in its type.
 */
export function inferAlternatives(context: Context, node: ast.Match): Type {
	const subject = infer(context, node.subject);
	const matchable = isMatchable(context, node.subject, subject);
	const covered = new Covered();
	const known = subject.kind === "variant" ? subject.value : undefined;
	const types: Type[] = [];
	for (const arm of node.arms) {
		const isKnown = covered.rest || (known !== undefined && covered.variants.has(known));
		const assumed = assumingCases(context.assumed, node.subject, covered.variants);
		const { scope, certain } = openArm(
			within(context, { assumed }),
			node.subject,
			arm,
			matchable ? subject : errorType,
		);
		if (matchable) covered.add(context, arm.pattern, certain);
		const type = armValue(scope, arm);
		const { pattern } = arm;
		const isOther = known !== undefined && pattern.kind === "VariantPattern" && pattern.name.name !== known;
		if (!isKnown && !isOther) types.push(type);
		else if (type.kind === "error") types.push(type);
	}
	const [first, ...others] = types;
	if (!matchable || !reportMissing(context, node, subject, covered) || !first) return errorType;
	if (types.some((type) => type.kind === "error")) return errorType;
	if (others.length === 0) return first;
	const title = `one of ${types.map(showType).join(" and ")}`;
	return { kind: "tuple", title, elements: types.map((type) => ({ type })), isOneOf: true };
}

function armValue(scope: Context, arm: Arm): Type {
	if (arm.body.kind === "ExpressionStatement") return infer(scope, arm.body.value);
	report(scope, {
		code: "E0401",
		at: locate(scope, arm.body),
		message: "this `match` is a value: each case gives one",
		hint: "a `match` whose cases are statements stands by itself",
	});
	return errorType;
}

export function isMatchable(context: Context, node: ast.Expression, subject: Type): boolean {
	if (["variant", "Int", "Bool", "String"].includes(subject.kind)) return true;
	if (subject.kind === "error") return false;
	report(context, {
		code: "E0342",
		at: locate(context, node),
		message: `a \`match\` is on a variant, Int, Bool or String, and this is ${showType(subject)}`,
		...(subject.kind === "tensor" && {
			hint: "what is computed while running is told apart by `if .. then .. else ..`",
		}),
	});
	return false;
}

function inferArm(
	context: Context,
	node: ast.Match,
	arm: ast.Match["arms"][number],
	subject: Type,
	expected?: Type,
): { readonly type: Type; readonly certain: boolean } {
	const { scope, certain, since, until } = openArm(context, node.subject, arm, subject);
	if (arm.body.kind !== "ExpressionStatement") {
		report(context, {
			code: "E0401",
			at: locate(context, arm.body),
			message: "this `match` is a value: each case gives one",
			hint: "a `match` whose cases are statements stands by itself",
		});
		return { type: errorType, certain };
	}
	const type = infer(scope, arm.body.value, expected);
	return { type: withoutInner(scope, arm.body, type, since, { what: "case", until }), certain };
}

type Arm = ast.Match["arms"][number];

/** The scope of a case: the names of its pattern, and what holds in it. */
export function openArm(context: Context, subjectNode: ast.Expression, arm: Arm, subject: Type): OpenArm {
	const { pattern } = arm;
	const flag = pattern.kind === "LiteralPattern" && pattern.value.kind === "Bool" ? pattern.value : undefined;
	const assumed = flag
		? assuming(context.assumed, subjectNode, flag.value)
		: pattern.kind === "VariantPattern"
			? assumingCase(context.assumed, subjectNode, pattern.name.name)
			: context.assumed;
	const opened = within(inner(context), { assumed });
	context.session.knowledge.scopes.set(arm, opened.scope);
	const since = now();
	const certain = bindCase(opened, pattern, subject);
	const until = now();
	const facts = [...opened.scope.names.values()].reduce((all, b) => factsOfType(all, b.type), opened.facts);
	return { scope: within(opened, { facts }), certain, since, until };
}

interface OpenArm {
	readonly scope: Context;
	readonly certain: boolean;
	/** What the pattern names was named between these. */
	readonly since: Moment;
	readonly until: Moment;
}

/** Binds the names of a pattern; whether it takes every value of its variant, or, without one, every value. */
export function bindCase(context: Context, pattern: ast.Pattern, type: Type): boolean {
	switch (pattern.kind) {
		case "VariantPattern":
			return bindVariant(context, pattern, type);
		case "LiteralPattern":
			checkLiteral(context, pattern, type);
			return false;
		case "TuplePattern": {
			if (type.kind !== "tuple" || type.elements.length !== pattern.elements.length) {
				bindPattern(context, pattern, type);
				return true;
			}
			const parts = pattern.elements.map((e, i) => bindPart(context, e, type.elements[i]?.type ?? errorType));
			return parts.every((certain) => certain);
		}
		case "NamePattern":
			declare(context, pattern, type, "local");
			return true;
		default:
			return true;
	}
}

/** A part of a pattern is certain if nothing in it can fail. */
function bindPart(context: Context, pattern: ast.Pattern, type: Type): boolean {
	const certain = bindCase(context, pattern, type);
	return certain && pattern.kind !== "VariantPattern";
}

function bindVariant(context: Context, pattern: ast.VariantPattern, type: Type): boolean {
	const { name } = pattern.name;
	const unknown = (): false => {
		for (const field of pattern.fields) bindCase(context, field, errorType);
		return false;
	};
	if (type.kind === "error") return unknown();
	if (type.kind !== "variant") {
		report(context, {
			code: "E0341",
			at: locate(context, pattern),
			message: `\`${name}\` is the pattern of a variant, and this is ${showType(type)}`,
		});
		return unknown();
	}
	const { variants } = type;
	const variant = variants.variants.find((v) => v.name === name);
	if (!variant) {
		const names = variants.variants.map((v) => v.name);
		const near = nearest(name, names);
		report(context, {
			code: "E0341",
			at: locate(context, pattern.name),
			message: `\`${name}\` is no variant of ${variants.name}`,
			related: [{ at: variants.at, label: `${variants.name} is declared here` }],
			hint: near.length > 0 ? meant(near) : `it has ${names.map((n) => `\`${n}\``).join(", ")}`,
		});
		return unknown();
	}
	const { parameters } = openFields(context, pattern, type, variant.make());
	if (parameters.length !== pattern.fields.length) {
		const fields = parameters.map((p) => p.name).join(", ");
		report(context, {
			code: "E0341",
			at: locate(context, pattern),
			message: `\`${name}\` has ${counted(parameters.length)}, and this pattern has ${pattern.fields.length === 0 ? "none" : pattern.fields.length}`,
			related: [{ at: variant.at, label: `\`${name}\` is declared here` }],
			hint: `write \`${name}${fields === "" ? "" : `(${fields})`}\`; \`_\` is for a field that is not used`,
		});
		for (const field of pattern.fields) bindCase(context, field, errorType);
		// It was meant to take the variant.
		return true;
	}
	const parts = pattern.fields.map((field, i) => bindPart(context, field, parameters[i]?.type ?? errorType));
	return parts.every((certain) => certain);
}

/** The fields of one value: what they name beside the parameters of the type has names of its own here. */
function openFields(
	context: Context,
	pattern: ast.VariantPattern,
	type: VariantType,
	make: FunctionType,
): FunctionType {
	const matcher = new Matcher(make.quantified, context.facts);
	const formal = make.result.kind === "variant" ? make.result.arguments : new Map<string, Type>();
	for (const [name, given] of type.arguments) {
		const wanted = formal.get(name);
		if (wanted) matcher.match(wanted, given);
	}
	// A size is called as the field that gives it is called here.
	const names = new Map(
		make.parameters.flatMap((p, i): [string, string][] => {
			const field = pattern.fields[i];
			return field?.kind === "NamePattern" ? [[p.name, field.name]] : [];
		}),
	);
	const { bindings } = instantiate(make.quantified, (name) => names.get(name) ?? name);
	for (const [id, dim] of matcher.bindings.dims) bindings.dims.set(id, dim);
	for (const [id, given] of matcher.bindings.types) bindings.types.set(id, given);
	return substituteType(make, bindings) as FunctionType;
}

function counted(count: number): string {
	return count === 0 ? "no fields" : count === 1 ? "1 field" : `${count} fields`;
}

function checkLiteral(context: Context, pattern: ast.LiteralPattern, type: Type): void {
	const { value } = pattern;
	const kind = value.kind === "Number" ? (value.integer ? "Int" : "Real") : value.kind;
	if (value.kind === "String" && value.parts.some((p) => typeof p !== "string"))
		return void report(context, {
			code: "E0341",
			at: locate(context, pattern),
			message: "a pattern is a text as it stands, and this one has a value in it",
			hint: 'compare it: `if name == "run {k}" then .. else ..`; braces that are text are `\\{`',
		});
	if (type.kind === "error" || type.kind === kind) return;
	report(context, {
		code: "E0341",
		at: locate(context, pattern),
		message: `this pattern is of type ${kind}, and the value is ${showType(type)}`,
	});
}

/** What the cases so far take. */
export class Covered {
	readonly variants = new Set<string>();
	readonly literals = new Set<string>();
	rest = false;

	add(context: Context, pattern: ast.Pattern, certain: boolean): void {
		const literal = pattern.kind === "LiteralPattern" ? literalText(pattern) : undefined;
		const taken =
			this.rest ||
			(pattern.kind === "VariantPattern" && this.variants.has(pattern.name.name)) ||
			(literal !== undefined && this.literals.has(literal));
		if (taken && pattern.kind !== "Missing") {
			report(context, {
				code: "E0343",
				severity: "warning",
				at: locate(context, pattern),
				message: "this case is never reached: those above take all its values",
			});
		}
		if (literal !== undefined) this.literals.add(literal);
		if (!certain) return;
		if (pattern.kind === "VariantPattern") this.variants.add(pattern.name.name);
		else this.rest = true;
	}
}

function literalText(pattern: ast.LiteralPattern): string {
	const { value } = pattern;
	return value.kind === "String" ? JSON.stringify(value.parts) : String(value.value);
}

export function reportMissing(context: Context, node: ast.Match, subject: Type, covered: Covered): boolean {
	if (covered.rest) return true;
	// A pattern that is wrong was meant for one of the cases, and one that is not complete may become any.
	const wrong = node.arms.some(
		({ pattern }) =>
			pattern.kind === "Missing" ||
			(pattern.kind === "VariantPattern" &&
				!(subject.kind === "variant" && subject.variants.variants.some((v) => v.name === pattern.name.name))),
	);
	const lacking = missingCases(subject, covered, node);
	if (lacking.length === 0) return true;
	if (wrong || context.anchor.isBroken(locate(context, node))) return false;
	const { start } = node.span;
	report(context, {
		code: "E0340",
		at: locate(context, { span: { start, end: start + "match".length } }),
		message: `this \`match\` has no case for ${lacking.join(", ")}`,
		...(subject.kind === "variant" && {
			related: [{ at: subject.variants.at, label: `${subject.variants.name} is declared here` }],
		}),
		hint: "add it, or a last case `_ => ..` for all others",
	});
	return false;
}

function missingCases(subject: Type, covered: Covered, node: ast.Match): string[] {
	if (subject.kind === "variant") {
		return subject.variants.variants
			.filter((v) => !covered.variants.has(v.name))
			.map((v) => {
				const partial = node.arms.some(
					({ pattern }) => pattern.kind === "VariantPattern" && pattern.name.name === v.name,
				);
				return partial ? `every \`${v.name}\`` : `\`${v.name}\``;
			});
	}
	if (subject.kind === "Bool")
		return ["true", "false"].filter((v) => !covered.literals.has(v)).map((v) => `\`${v}\``);
	return [`any other ${subject.kind}`];
}

/** `rule == Unbiased`: of types whose variants are names only. */
export function compareVariants(context: Context, node: ast.Binary, left: Type, right: Type): Type {
	const variants =
		left.kind === "variant" ? left.variants : right.kind === "variant" ? right.variants : undefined;
	if (!variants) return errorType;
	const equality = node.operator === "==" || node.operator === "!=";
	if (equality && left.kind === "variant" && right.kind === "variant" && left.variants === right.variants) {
		const isName = (type: VariantType): boolean =>
			variants.variants.some((v) => v.name === type.value && !v.hasFields);
		if (isName(left) || isName(right) || !variants.variants.some((v) => v.hasFields)) {
			const known = left.value !== undefined && right.value !== undefined;
			return {
				kind: "Bool",
				...(known && { value: (left.value === right.value) === (node.operator === "==") }),
			};
		}
		report(context, {
			code: "E0302",
			at: locate(context, node),
			message: `\`${node.operator}\` compares with a variant without fields, and ${fieldOwner(variants)} has some`,
			hint: "tell them apart by a `match`",
		});
		return errorType;
	}
	report(context, {
		code: "E0302",
		at: locate(context, node),
		message: `\`${node.operator}\` does not go between ${showType(left)} and ${showType(right)}`,
		...(!equality && { hint: "variants are told apart by a `match`" }),
	});
	return errorType;
}

function fieldOwner(variants: VariantsSymbol): string {
	const owner = variants.variants.find((v) => v.hasFields);
	return `\`${owner?.name ?? variants.name}\``;
}
