import type * as ast from "../../grammar/ast.js";
import { asConstant, type Dim, variable } from "../dims/dim.js";
import { nearest } from "../source/near.js";
import { assumedTruth, showCondition, truthOf } from "./conditions.js";
import { methodOf } from "./configure.js";
import { type Context, locate, report, unsupported } from "./context.js";
import { infer } from "./expression.js";
import { showDim, showType } from "./show.js";
import { fieldOfStack, stackOfPart } from "./stack-type.js";
import { elementAt, noBindings, substituteType } from "./substitute.js";
import { sourceText } from "./type-node.js";
import {
	errorType,
	type ListType,
	noQuantified,
	type PlaceLeaf,
	type RuleSymbol,
	type Type,
} from "./types.js";

/** `net.weight`, `x.T`, `pair.0`: members; `net.**.weight`: places, which are sets of parameters. */

export function inferField(context: Context, node: ast.Field): Type {
	if (holdsPlaces(node)) return inferPlaces(context, node);
	const base = infer(context, node.base);
	if (base.kind === "error" || node.name.kind === "Missing") return errorType;
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
	if (base.kind === "declaration" && "rule" in base.symbol) {
		const { rule } = base.symbol;
		if (rule.members.has(name) && rule.parameters.some((p) => !p.optional))
			return optionsMissing(context, node.base, rule);
	}
	if (name === "T" && base.kind === "tensor" && base.shape.rest && base.shape.dims.length === 2) {
		unsupported(context, node.name, "the transpose of a tensor with `...` axes");
		return errorType;
	}
	if (base.kind === "stack" && memberOf(base.of, name)) {
		report(context, {
			code: "E0204",
			at: locate(context, node.name),
			message: `\`${name}\` is a method of each, and this is a stack: ${showType(base)}`,
			hint: `call it for one: \`for k in ${showDim(base.dims[0] as Dim)}: s[k].${name}(..)\``,
		});
		return errorType;
	}
	const names = memberNames(base);
	const near = /^\d/.test(name) ? [] : nearest(name, names);
	report(context, {
		code: "E0204",
		at: locate(context, node.name),
		message: `${showType(base)} has no \`${name}\``,
		notes: names.length > 0 ? [`it has ${names.map((n) => `\`${n}\``).join(", ")}`] : [],
		...(near.length > 0 && { hint: `did you mean \`${near[0]}\`?` }),
	});
	return errorType;
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
			return base.elements.map((e, i) => e.name ?? String(i));
		case "model":
			return [...base.declaration.members.keys()];
		case "stack":
			return memberNames(base.of);
		case "table":
			return [...base.columns.map((c) => c.name), "batches"];
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

const batchesMethod: Type = {
	kind: "function",
	name: "batches",
	quantified: noQuantified,
	parameters: [],
	result: errorType,
	special: "batches",
};

/** `ball.violation(w)` of a `ball(radius: real)`: the options come first. */
export function optionsMissing(context: Context, node: ast.Expression, rule: RuleSymbol): Type {
	const missing = rule.parameters.filter((p) => !p.optional);
	report(context, {
		code: "E0313",
		at: locate(context, node),
		message: `\`${rule.name}\` lacks ${missing.map((p) => `\`${p.name}: ${showType(p.type)}\``).join(", ")}`,
		related: [{ at: rule.at, label: `${rule.name} is declared here` }],
		hint: `give its options: \`${rule.name}(${missing.map((p) => `${p.name} = ..`).join(", ")})\``,
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
			const element = base.elements.find((e, i) => e.name === name || String(i) === name);
			return element && { type: element.type };
		}
		case "model": {
			const option = base.configuration.get(name);
			if (option) return { type: option };
			const member = base.declaration.members.get(name);
			if (!member || holdsLambda(member.type)) return undefined;
			return {
				type: methodLike(base, member.type),
				...(member.condition && { condition: member.condition }),
			};
		}
		case "stack":
			return fieldOfStack(base, name);
		case "table": {
			const column = base.columns.find((c) => c.name === name);
			if (column) return { type: column.type };
			return name === "batches" ? { type: batchesMethod } : undefined;
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

function methodLike(model: Type & { kind: "model" }, type: Type): Type {
	return methodOf(model, type as Type & { kind: "function" });
}

// ---------------------------------------------------------------- net.**.weight

function holdsPlaces(node: ast.Expression): boolean {
	if (node.kind === "Places") return true;
	return node.kind === "Field" ? holdsPlaces(node.base) : false;
}

export function inferPlaces(context: Context, node: ast.Field | ast.Places): Type {
	const found = placesOf(context, node);
	if (!found) return errorType;
	const leaves = found.flatMap((p) => leavesOf(p));
	if (leaves.length > 0) return { kind: "places", leaves };
	report(context, {
		code: "E0410",
		at: locate(context, node),
		message: "this place matches nothing",
		hint: nearPlaces(context, node),
	});
	return errorType;
}

function nearPlaces(context: Context, node: ast.Expression): string {
	let base: ast.Expression = node;
	while (base.kind === "Field" || base.kind === "Places") base = base.base;
	const root = placesOf(context, base) ?? [];
	const names = [...new Set(root.flatMap((p) => leavesOf(p)).map((l) => l.path.split(".").at(-1) ?? ""))];
	if (names.length === 0) return "there are no parameters below it";
	const near = node.kind === "Field" && node.name.kind === "Identifier" ? nearest(node.name.name, names) : [];
	if (near.length > 0) return `did you mean \`${near[0]}\`?`;
	return `there are ${names.map((n) => `\`${n}\``).join(", ")}`;
}

/** The parts of a tree that a path selects. */
export function placesOf(context: Context, node: ast.Expression): PlaceLeaf[] | undefined {
	if (node.kind === "Places") {
		const bases = placesOf(context, node.base);
		if (!bases) return undefined;
		if (node.select === "*") return bases.flatMap(childrenOf);
		if (node.select === "**") return bases.flatMap(descendants);
		unsupported(context, node, "a group of places");
		return undefined;
	}
	if (node.kind === "Field" && node.name.kind === "Identifier") {
		const name = node.name.name;
		const bases = placesOf(context, node.base);
		return bases?.flatMap((b) => childrenOf(b).filter((c) => c.path === `${b.path}.${name}`));
	}
	// An unfinished `net.**.`: the parser has said so.
	if (node.kind === "Field" && holdsPlaces(node)) return undefined;
	const type = infer(context, node);
	if (type.kind === "error") return undefined;
	return [{ path: node.kind === "Name" ? node.name : sourceText(context, node), type }];
}

function childrenOf(place: PlaceLeaf): PlaceLeaf[] {
	const { type, path } = place;
	switch (type.kind) {
		case "model":
			return [...type.declaration.members.values()]
				.filter((m) => m.role === "param" || m.role === "part")
				.filter((m) => !m.condition || isOn(type, m.condition) !== false)
				.map((m) => ({ path: `${path}.${m.name}`, type: methodLike(type, m.type) }));
		case "stack":
			return childrenOf({ path, type: type.of }).flatMap((child) => {
				const stacked = stackOfPart(child.type, type.dims);
				return stacked ? [{ path: child.path, type: stacked }] : [];
			});
		case "list":
			return type.elements
				? type.elements.map((t, i) => ({ path: `${path}[${i}]`, type: t }))
				: representative(path, type);
		case "tuple":
			return type.elements.map((e, i) => ({ path: `${path}.${e.name ?? i}`, type: e.type }));
		default:
			return [];
	}
}

/** Of a list of unknown length: one entry stands for all. */
function representative(path: string, list: ListType): PlaceLeaf[] {
	const entry = elementAt(list, variable("i", { minimum: 0 }).dim);
	return entry ? [{ path: `${path}[i]`, type: entry }] : [];
}

/** Whether a leaf `if biased`, `if basis != Raw` is there; undefined if it cannot be told. */
function isOn(model: Type & { kind: "model" }, condition: ast.Expression): boolean | undefined {
	const option = (node: ast.Expression): Type | undefined =>
		node.kind === "Name" ? model.configuration.get(node.name) : undefined;
	const number = (node: ast.Expression): number | undefined => {
		if (node.kind === "Number") return node.value;
		const type = option(node);
		return type?.kind === "Int" && type.value ? asConstant(type.value) : undefined;
	};
	const variant = (node: ast.Expression): string | undefined => {
		const type = option(node);
		if (type) return type.kind === "variant" ? type.value : undefined;
		return node.kind === "Name" && /^[A-Z]/.test(node.name) ? node.name : undefined;
	};
	return truthOf(condition, (part) => {
		const own = option(part);
		if (own) return own.kind === "Bool" ? own.value : undefined;
		if (part.kind !== "Binary") return undefined;
		const [a, b] = [number(part.left), number(part.right)];
		if (a !== undefined && b !== undefined) return compared(part.operator, a, b);
		const [x, y] = [variant(part.left), variant(part.right)];
		return x !== undefined && y !== undefined ? compared(part.operator, x, y) : undefined;
	});
}

function compared<T extends number | string>(operator: ast.BinaryOperator, a: T, b: T): boolean | undefined {
	switch (operator) {
		case "==":
			return a === b;
		case "!=":
			return a !== b;
		case "<":
			return a < b;
		case "<=":
			return a <= b;
		case ">":
			return a > b;
		case ">=":
			return a >= b;
		default:
			return undefined;
	}
}

function descendants(place: PlaceLeaf): PlaceLeaf[] {
	return [place, ...childrenOf(place).flatMap(descendants)];
}

/** The trainable tensors below a place. */
export function leavesOf(place: PlaceLeaf): PlaceLeaf[] {
	if (place.type.kind === "tensor") return [place];
	return childrenOf(place).flatMap(leavesOf);
}
