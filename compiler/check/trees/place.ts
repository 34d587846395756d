import type * as ast from "../../../grammar/ast.js";
import { holdsPlaces, holdsSlice } from "../../../grammar/places.js";
import { type Dim, noFacts } from "../../dims/dim.js";
import { nearest } from "../../source/near.js";
import { type Context, locate, report } from "../context.js";
import { tableOf } from "../data/tables.js";
import { methodOf } from "../expressions/configure.js";
import { infer } from "../expressions/expression.js";
import { methodHint } from "../expressions/foreign-names.js";
import { missingArgumentFix } from "../expressions/missing-argument.js";
import { type Hint, meant } from "../hint.js";
import { assumedTruth, showCondition } from "../signatures/conditions.js";
import { isOn } from "../signatures/option-truth.js";
import { notTurned } from "../signatures/rests.js";
import { fieldOfStack } from "../signatures/stack-type.js";
import { complexOfParts, complexPart } from "../types/complex-type.js";
import { showDim, showType } from "../types/show.js";
import { elementAt, familyList, noBindings, substituteType } from "../types/substitute.js";
import type { ModelMember, RuleSymbol } from "../types/symbols.js";
import { errorType, type MemberChange, type ModelType, noQuantified, type Type } from "../types/types.js";
import { choiceMember } from "./choice.js";
import { ownsItself } from "./endless-models.js";
import { inferPlaces, ownNames, ownParameter } from "./places.js";

/** `net.weight`, `x.T`, `pair.0`: members. Sets of them are in `places.ts`. */

export function inferField(context: Context, node: ast.Field): Type {
	if (holdsPlaces(node)) return inferPlaces(context, node);
	const base = infer(context, node.base);
	if (base.kind === "error" || node.name.kind === "Missing") return errorType;
	if (base.kind === "list" && holdsSlice(node.base)) return inferPlaces(context, node);
	const name = node.name.name;
	const found = memberOf(base, name);
	if (found) {
		if (found.condition && !allowed(context, node.base, base, found.condition)) {
			report(context, {
				code: "E0304",
				at: locate(context, node.name),
				message: `\`${name}\` is there only if \`${showCondition(found.condition)}\` holds, which ${base.kind === "model" && isOn(base, found.condition) === false ? "it does not for" : "is not known of"} this ${showType(base)}`,
			});
			return errorType;
		}
		return found.type;
	}
	const own = base.kind === "tensor" ? ownParameter(context, node) : undefined;
	if (own) return own.type;
	if (base.kind === "declaration" && "rule" in base.symbol) {
		const { rule } = base.symbol;
		if (rule.members.has(name) && rule.parameters.some((p) => !p.optional))
			return optionsMissing(context, node.base, rule);
	}
	if (name === "T" && base.kind === "tensor" && base.shape.rest)
		return notTurned(context, node, base, base.shape.rest);
	if (base.kind === "stack" && memberOf(base.of, name)) {
		report(context, {
			code: "E0204",
			at: locate(context, node.name),
			message: `\`${name}\` is a method of each, and this is a stack: ${showType(base)}`,
			hint: `call it for one: \`for k in ${showDim(base.dims[0] as Dim)}: s[k].${name}(..)\``,
		});
		return errorType;
	}
	const absent = base.kind === "tuple" ? base.absent?.get(name) : undefined;
	if (absent) {
		report(context, {
			code: "E0304",
			at: locate(context, node.name),
			message: `\`${name}\` is there only if \`${showCondition(absent)}\` holds, which it does not, or is not known, for this ${showType(base)}`,
			hint: "what decides it are options of the call, as they are known while checking",
		});
		return errorType;
	}
	const names = [...memberNames(base), ...(base.kind === "tensor" ? ownNames(context, node.base) : [])];
	const near = /^\d/.test(name) ? [] : nearest(name, names);
	const method = base.kind === "tensor" || base.kind === "list" ? methodHint(context, name) : undefined;
	const below = belowHint(base, name);
	report(context, {
		code: "E0204",
		at: locate(context, node.name),
		message: `${showType(base)} has no \`${name}\``,
		notes: names.length > 0 ? [`it has ${names.map((n) => `\`${n}\``).join(", ")}`] : [],
		...(near.length > 0
			? { hint: meant(near.slice(0, 1)) }
			: (method ?? below) !== undefined && { hint: method ?? below }),
	});
	return errorType;
}

/** `result.loss`, where it is `result.run.loss`. */
function belowHint(base: Type, name: string): Hint | undefined {
	const [entry] = base.kind === "list" ? (base.elements ?? []) : [];
	if (entry && memberNames(entry).includes(name))
		return `of each entry it is \`for e in entries: e.${name}\``;
	if (base.kind !== "tuple") return undefined;
	const has = (type: Type): boolean =>
		(type.kind === "tuple" ? type.elements : type.kind === "table" ? type.columns : []).some(
			(e) => e.name === name,
		);
	const part = base.elements.find((e) => e.name !== undefined && has(e.type))?.name;
	return part === undefined ? undefined : meant([`${part}.${name}`]);
}

/** The configuration says so, or a condition around: `if net.biased then net.bias`. */
function allowed(context: Context, node: ast.Expression, base: Type, condition: ast.Expression): boolean {
	const model = base.kind === "stack" ? base.of : base;
	if (model.kind !== "model") return false;
	const told = isOn(model, condition);
	if (told !== undefined) return told;
	// A name that another may hide says nothing for sure.
	const root = node.kind === "Name" ? context.scope.find(node.name) : undefined;
	return root?.fixed === true && assumedTruth(context.assumed, condition, `${root.name}.`) === true;
}

export function memberNames(base: Type): string[] {
	switch (base.kind) {
		case "tuple":
			if (base.isOneOf) return [];
			return [...base.elements.map((e, i) => e.name ?? String(i)), ...(base.choice ? ["probs", "pick"] : [])];
		case "model":
			return [...base.declaration.members.keys()];
		case "stack":
			return memberNames(base.of);
		case "table":
			return [...base.columns.map((c) => c.name), ...tableMethods];
		case "tensor":
			return base.shape.dims.length === 2 ? ["T"] : [];
		case "declaration":
			return "rule" in base.symbol ? [...base.symbol.rule.members.keys()] : [];
		case "applied":
			return [...base.rule.members.keys()];
		default:
			return [];
	}
}

const tableMethods = ["batches", "take"];

function tableMethod(name: string): Type | undefined {
	if (!tableMethods.includes(name)) return undefined;
	return {
		kind: "function",
		name,
		quantified: noQuantified,
		parameters: [],
		result: errorType,
		special: name,
	};
}

/** `ball.violation(w)` of a `ball(radius: real)`: the options come first. */
export function optionsMissing(context: Context, node: ast.Expression, rule: RuleSymbol): Type {
	const missing = rule.parameters.filter((p) => !p.optional);
	report(context, {
		code: "E0313",
		at: locate(context, node),
		message: `\`${rule.name}\` lacks ${missing.map((p) => `\`${p.name}: ${showType(p.type)}\``).join(", ")}`,
		related: [{ at: rule.at, label: `${rule.name} is declared here` }],
		hint: `give its options: \`${rule.name}(${missing.map((p) => `${p.name} = ..`).join(", ")})\``,
		fixes: missingArgumentFix(context, node, missing),
	});
	return errorType;
}

export interface FoundMember {
	readonly type: Type;
	readonly condition?: ast.Expression;
}

export function memberOf(base: Type, name: string): FoundMember | undefined {
	switch (base.kind) {
		case "tuple": {
			if (base.isOneOf) return undefined;
			const element = base.elements.find((e, i) => e.name === name || String(i) === name);
			if (element) return { type: element.type };
			const chosen = choiceMember(base, name);
			if (chosen) return { type: chosen };
			const complex = name === "T" ? complexPart(base) : undefined;
			if (complex?.shape.dims.length === 2 && !complex.shape.rest)
				return { type: complexOfParts({ ...complex, shape: { dims: [...complex.shape.dims].reverse() } }) };
			// A record of tensors with one common first axis is a table.
			const method = tableOf(base, "rows", noFacts) && tableMethod(name);
			return method && { type: method };
		}
		case "model": {
			const option = base.configuration.get(name);
			if (option) return { type: option };
			const member = base.declaration.members.get(name);
			if (!member || holdsLambda(member.type)) return undefined;
			return {
				type: memberType(base, member),
				...(member.condition && { condition: member.condition }),
			};
		}
		case "stack":
			return fieldOfStack(base, name);
		case "table": {
			const column = base.columns.find((c) => c.name === name);
			if (column) return { type: column.type };
			const method = tableMethod(name);
			return method && { type: method };
		}
		case "tensor":
			if (name !== "T" || base.shape.dims.length !== 2 || base.shape.rest) return undefined;
			return { type: { ...base, shape: { ...base.shape, dims: [...base.shape.dims].reverse() } } };
		case "declaration":
			if (!("rule" in base.symbol)) return undefined;
			base.symbol.rule.complete();
			if (base.symbol.rule.parameters.some((p) => !p.optional)) return undefined;
			return memberOf({ kind: "applied", rule: base.symbol.rule }, name);
		case "applied": {
			const member = base.rule.members.get(name);
			const bindings = { ...noBindings(), dims: new Map(base.sizes) };
			return member && { type: substituteType(member.type, bindings) };
		}
		default:
			return undefined;
	}
}

/** A lambda of a model's `let` knows its own model only. */
function holdsLambda(type: Type): boolean {
	return type.kind === "function" && type.lambda !== undefined;
}

/** The type of a member of this instance. */
export function memberType(model: ModelType, member: ModelMember): Type {
	const changed = model.changes?.get(member.name)?.type;
	if (changed) return changed;
	if (member.role === "part" && ownsItself(model.declaration)) return errorType;
	const type = methodOf(model, member.type as Type & { kind: "function" });
	return model.frozen && member.role === "part" ? frozenType(type) : type;
}

/** The same parts, of which nothing is trained. */
export function frozenType(type: Type): Type {
	switch (type.kind) {
		case "model": {
			const changes = new Map(
				[...(type.changes ?? [])].map(([name, { type: part, form }]): [string, MemberChange] => [
					name,
					{ ...(part && { type: frozenType(part) }), ...(form && { form: { ...form, frozen: true } }) },
				]),
			);
			return { ...type, frozen: true, ...(changes.size > 0 && { changes }) };
		}
		case "stack": {
			const of = frozenType(type.of);
			return of.kind === "model" ? { ...type, of } : type;
		}
		case "list":
			if (type.elements) return { ...type, elements: type.elements.map(frozenType) };
			return type.family
				? familyList(type.family.length, (i) => frozenType(elementAt(type, i) ?? errorType))
				: type;
		case "tuple":
			return { ...type, elements: type.elements.map((e) => ({ ...e, type: frozenType(e.type) })) };
		default:
			return type;
	}
}
