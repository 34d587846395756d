import type * as ast from "../../../grammar/ast.js";
import { asConstant, variable } from "../../dims/dim.js";
import { nameOrder } from "../../program/order.js";
import { type Binding, type Context, locate, report, within } from "../context.js";
import { tableOf } from "../data/tables.js";
import { infer } from "../expressions/expression.js";
import { checkStatement } from "../expressions/statement.js";
import { fitSymbol } from "../fits/fit.js";
import { type HostOnly, hostOnly } from "../fits/kernel.js";
import { checkSearch } from "../fits/search.js";
import type { DeclarationFlow } from "../flow/flow.js";
import { functionFlow, lambdaFlow, modelFlow } from "../flow/summary.js";
import { ruleRoles, ruleSymbol } from "../rules/rule.js";
import { functionType } from "../signatures/declaration.js";
import { modelSymbol } from "../signatures/model-declaration.js";
import {
	aliasSymbol,
	anyArguments,
	maker,
	typeParameters,
	unusable,
	variantsOf,
} from "../signatures/named-type.js";
import { resolveDim } from "../signatures/type-node.js";
import type { DeclarationSymbol, RuleSymbol, TypeSymbol, VariantsSymbol } from "../types/symbols.js";
import { errorType, type FunctionType, type Type, type VariantType } from "../types/types.js";
import { warnUnused } from "../warnings/unused.js";
import type { Entry } from "./entry.js";
import type { TopBinding } from "./module-scope.js";
import type { Unit } from "./unit.js";

/** Declares what an item names, and the units that check it. Nothing is checked yet. */
export function declareItem(entry: Entry): void {
	const node = entry.item.declaration;
	if (entry.item.exported) requireName(entry, node);
	switch (node.kind) {
		case "Import":
			return;
		case "Edition":
			check(entry, (context) => checkEdition(context, node));
			return;
		case "Precision":
			check(entry, (context) => checkPrecision(context, node));
			return;
		case "Function":
			if (node.name?.kind === "Identifier") declareFunction(entry, node, node.name);
			return;
		case "Model":
			if (node.name.kind === "Identifier") declareModel(entry, node, node.name);
			return;
		case "Constraint":
		case "Optimizer":
		case "Reparam":
			if (node.name.kind === "Identifier") declareRule(entry, node, node.name);
			return;
		case "Fit":
			if (node.name.kind === "Identifier") declareFit(entry, node, node.name);
			return;
		case "Data":
			if (node.name.kind === "Identifier") declareData(entry, node, node.name);
			return;
		case "Dimension":
			if (node.name.kind === "Identifier") declareDimension(entry, node, node.name);
			return;
		case "Type":
			if (node.name.kind === "Identifier") declareType(entry, node, node.name);
			return;
		case "Search":
			declareSearch(entry, node);
			return;
		case "Let":
			declareLet(entry, node);
			return;
		default:
			check(entry, (context) => {
				checkStatement(within(context, { scope: entry.statementScope() }), node);
				warnUnused(context, node);
			});
	}
}

/** A unit that names nothing. */
function check(entry: Entry, work: (context: Context) => void, key = "check"): void {
	entry.unit<undefined>(key, {
		compute: () => {
			work(entry.context());
			return undefined;
		},
		cycle: () => undefined,
	});
}

/** What the editor is told of the name itself. */
function tell(entry: Entry, name: ast.Identifier | ast.NamePattern, binding: Binding, type?: Type): void {
	const { knowledge } = entry.session;
	knowledge.definitions.set(name, binding);
	if (type) knowledge.types.set(name, type);
}

/** What of the host level a declaration leads to: found from its body when it is first asked for. */
function leadsToHost(
	entry: Entry,
	name: string,
	node: ast.FunctionDeclaration | ast.ModelDeclaration | ast.FitDeclaration | ast.Let,
): () => HostOnly | undefined {
	const found = entry.unit<HostOnly | undefined>("host", {
		compute: () => hostOnly(entry.context(), name, node),
		cycle: () => undefined,
	});
	return () => found.demand();
}

/** On what its values depend: found from its body when it is first asked for. */
function flowOf(
	entry: Entry,
	compute: (context: Context) => DeclarationFlow | undefined,
): () => DeclarationFlow | undefined {
	const found = entry.unit<DeclarationFlow | undefined>("flow", {
		compute: () => compute(entry.context()),
		cycle: () => undefined,
	});
	return () => found.demand();
}

// ---------------------------------------------------------------- functions

interface Header {
	readonly type: Type;
	readonly check: () => Type;
	/** Its body was checked: it is checked again with a header of its own. */
	spent: boolean;
}

/** Whether a function gives itself, directly or by functions that it gives. */
function givesItself(type: Type, own: Type, depth = 0): boolean {
	if (type.kind === "tuple") return type.elements.some((e) => givesItself(e.type, own, depth));
	if (type.kind === "list") return (type.elements ?? []).some((e) => givesItself(e, own, depth));
	if (type.kind !== "function" || own.kind !== "function") return false;
	if (type === own || (type.at !== undefined && type.at === own.at)) return true;
	return depth < mostGiven && givesItself(type.result, own, depth + 1);
}

const mostGiven = 20;

function declareFunction(entry: Entry, node: ast.FunctionDeclaration, name: ast.Identifier): void {
	const needsItself = (): Header => {
		report(entry.context(), {
			code: "E0355",
			at: locate(entry.context(), name),
			message: `the signature of \`${name.name}\` leads back to itself: a size or a default in it calls \`${name.name}\``,
			hint: "a signature is read before anything is called: give the size a name, or the default a value",
		});
		return { type: errorType, check: () => errorType, spent: false };
	};
	const header: Unit<Header> = entry.unit<Header>("signature", {
		compute: () => {
			const { type, check } = functionType(entry.context(), node, undefined, true);
			if (!node.result && !type.special)
				Object.defineProperties(type, {
					result: { get: () => body.demand() },
					infersResult: { value: true },
				});
			tell(entry, name, binding);
			return { type, check, spent: false };
		},
		cycle: needsItself,
		seen: ({ type }) =>
			Object.keys(type)
				.filter((key) => key !== "result" || node.result)
				.map((key): unknown => [key, Reflect.get(type, key)]),
	});
	const body: Unit<Type> = entry.unit<Type>("body", {
		compute: () => {
			if (header.demand().spent) header.run();
			const now = header.demand();
			now.spent = true;
			const type = now.check();
			warnUnused(entry.context(), node);
			// What uses itself is told (E0356); its type would have no end.
			return !node.result && givesItself(type, now.type) ? errorType : type;
		},
		cycle: () => errorType,
		seen: (type) => (node.result ? undefined : type),
	});
	const host = leadsToHost(entry, name.name, node);
	const flow = flowOf(entry, (context) => functionFlow(context, node));
	const type = (): Type => header.demand().type;
	const binding: TopBinding = entry.name(name, { role: "function", type, host, flow });
}

// ---------------------------------------------------------------- symbols

/** What a symbol is without being checked. */
const plain: ReadonlySet<PropertyKey> = new Set(["name", "role", "module", "node", "at", "complete", "flow"]);

function declareSymbol<S extends { complete: () => void }>(
	entry: Entry,
	name: ast.Identifier,
	make: () => S,
	asType: (symbol: S) => DeclarationSymbol,
	flow?: TopBinding["flows"],
): void {
	const cell = entry.symbol<S>("symbol", plain, () => whole as Unit<unknown>);
	const fill = (): (() => void) => {
		const made = make();
		const { complete } = made;
		made.complete = () => void whole.demand();
		cell.held = made;
		return complete;
	};
	const symbol = asType(cell.shell);
	const type: Type = { kind: "declaration", symbol };
	const whole: Unit<undefined> = entry.unit<undefined>("whole", {
		compute: () => {
			tell(entry, name, binding, type);
			fill()();
			warnUnused(entry.context(), entry.item.declaration);
			return undefined;
		},
		cycle: () => undefined,
		seen: () => cell.seen(plain),
	});
	fill();
	const { declaration } = entry.item;
	const host =
		declaration.kind === "Model" || declaration.kind === "Fit"
			? leadsToHost(entry, name.name, declaration)
			: undefined;
	const binding: TopBinding = entry.name(name, {
		role: symbol.role,
		type: () => type,
		...(host && { host }),
		...(flow && { flow }),
	});
}

function declareModel(entry: Entry, node: ast.ModelDeclaration, name: ast.Identifier): void {
	const flow = flowOf(entry, (context) => modelFlow(context, node));
	declareSymbol(
		entry,
		name,
		() => Object.assign(modelSymbol(entry.context(), node, name.name), { flow }),
		(model) => ({ role: "model", model }),
		flow,
	);
}

function declareRule(entry: Entry, node: RuleSymbol["node"], name: ast.Identifier): void {
	const role = ruleRoles[node.kind];
	declareSymbol(
		entry,
		name,
		() => ruleSymbol(entry.context(), node, name.name),
		(rule) => ({ role, rule }),
	);
}

function declareFit(entry: Entry, node: ast.FitDeclaration, name: ast.Identifier): void {
	declareSymbol(
		entry,
		name,
		() => fitSymbol(entry.context(), node, name.name),
		(fit) => ({ role: "fit", fit }),
	);
}

// ---------------------------------------------------------------- types

const namePlain: ReadonlySet<PropertyKey> = new Set(["name", "at"]);

function declareType(entry: Entry, node: ast.TypeDeclaration, name: ast.Identifier): void {
	const { definition } = node;
	const cell = entry.symbol<TypeSymbol>("type", namePlain, () => header);
	const type: Type = { kind: "declaration", symbol: { role: "type", named: cell.shell } };
	const at = entry.anchor.place(name.span);
	const variants = definition.kind === "Variants" ? definition.variants : [];
	const variantsCell = entry.symbol<VariantsSymbol>("variants", namePlain, () => header);
	const value = (name?: string, given: ReadonlyMap<string, Type> = new Map()): VariantType => ({
		kind: "variant",
		variants: variantsCell.shell,
		arguments: new Map(given),
		...(name !== undefined && { value: name }),
	});
	variantsCell.held = { name: name.name, at, variants: [] };
	cell.held = { name: name.name, at, parameters: [], expand: () => errorType };
	const header: Unit<unknown> = entry.unit<unknown>("type", {
		compute: () => {
			const context = entry.context();
			tell(entry, name, binding, type);
			if (definition.kind === "Alias") {
				cell.held = aliasSymbol(context, node, name, definition.type);
				return entry.edition;
			}
			const parameters = typeParameters(context, node);
			const made = variantsOf(context, variants, (index) => makers[index]?.demand() ?? unusableNow(index));
			variantsCell.held = { name: name.name, at, variants: made };
			const expand = (given: ReadonlyMap<string, Type>): Type => value(undefined, given);
			cell.held = { name: name.name, at, parameters, expand, variants: variantsCell.shell };
			return [parameters, made.map(({ make, ...rest }) => rest)];
		},
		cycle: () => undefined,
	});
	const unusableNow = (index: number): FunctionType => {
		const variant = variants[index];
		if (!variant) throw new RangeError(`there is no variant ${index}`);
		return unusable(entry.context(), variant);
	};
	const makers = variants.map((variant, index) =>
		entry.unit<FunctionType>(`variant ${index}`, {
			compute: () => {
				const made = variantNames[index];
				if (made) tell(entry, variant.name, made);
				return maker(entry.context(), variant, variantsCell.shell, node);
			},
			cycle: () => unusableNow(index),
		}),
	);
	if (definition.kind === "Alias")
		entry.unit<undefined>("check", {
			compute: () => void cell.shell.expand(anyArguments(cell.shell.parameters)),
			cycle: () => undefined,
		});
	const binding = entry.name(name, { role: "type", type: () => type });
	const variantNames = variants.map((variant, index) =>
		entry.name(
			variant.name,
			{
				role: "variant",
				type: () =>
					variant.fields.length > 0 ? (makers[index]?.demand() ?? errorType) : value(variant.name.name),
			},
			`variant ${index}`,
		),
	);
}

// ---------------------------------------------------------------- values

function declareLet(entry: Entry, node: ast.Let): void {
	const value = entry.unit<ReadonlyMap<string, Binding>>("value", {
		compute: () => {
			const scope = entry.statementScope();
			checkStatement(within(entry.context(), { scope }), node);
			warnUnused(entry.context(), node);
			for (const name of entry.names) {
				const pattern = namesIn(node.pattern).findLast((p) => p.name === name.name);
				if (pattern) entry.session.knowledge.definitions.set(pattern, name);
			}
			return scope.names;
		},
		cycle: () => new Map(),
		seen: (names) => [...names].map(([name, binding]) => [name, binding.role, binding.type]),
	});
	const [named] = namesIn(node.pattern);
	const host = named && node.value.kind === "Lambda" ? leadsToHost(entry, named.name, node) : undefined;
	const lambda = node.value.kind === "Lambda" ? node.value : undefined;
	const flow = named && lambda && flowOf(entry, (context) => lambdaFlow(context, lambda));
	for (const pattern of new Map(namesIn(node.pattern).map((p) => [p.name, p])).values())
		entry.name(pattern, {
			...(host && { host }),
			...(flow && { flow }),
			role: "local",
			type: () => value.demand().get(pattern.name)?.type ?? errorType,
			inOrder: nameOrder(node),
			value: value as Unit<unknown>,
		});
	for (const size of bornIn(node.type))
		entry.name(size, {
			role: "dimension",
			type: () => value.demand().get(size.name)?.type ?? errorType,
			inOrder: nameOrder(node),
			value: value as Unit<unknown>,
			fixed: true,
		});
}

/** The sizes that a declared type gives a name: `int[some Kept]`. */
function bornIn(type: ast.TypeNode | undefined): ast.Identifier[] {
	const shape = type?.kind === "NamedType" || type?.kind === "BoundedInt" ? (type.shape ?? []) : [];
	return shape.flatMap((s) => (s.kind === "Some" && s.name.kind === "Identifier" ? [s.name] : []));
}

function namesIn(pattern: ast.Pattern): ast.NamePattern[] {
	switch (pattern.kind) {
		case "NamePattern":
			return [pattern];
		case "TuplePattern":
			return pattern.elements.flatMap(namesIn);
		case "VariantPattern":
			return pattern.fields.flatMap(namesIn);
		default:
			return [];
	}
}

function declareValue(
	entry: Entry,
	name: ast.Identifier,
	role: "data" | "dimension",
	compute: (context: Context) => Type,
): void {
	const value: Unit<Type> = entry.unit<Type>("value", {
		compute: () => {
			const type = compute(entry.context());
			tell(entry, name, binding, type);
			return type;
		},
		cycle: () => errorType,
	});
	const binding: TopBinding = entry.name(name, {
		role,
		type: () => value.demand(),
		inOrder: nameOrder(entry.item.declaration),
		value: value as Unit<unknown>,
		fixed: role === "dimension",
	});
}

function declareData(entry: Entry, node: ast.DataDeclaration, name: ast.Identifier): void {
	declareValue(entry, name, "data", (context) => {
		const own = within(context, { dataName: name.name });
		return isData(own, node, infer(own, node.value));
	});
}

function isData(context: Context, node: ast.DataDeclaration, type: Type): Type {
	if (type.kind === "error") return type;
	const whole = tableOf(type, context.dataName ?? "rows", context.facts);
	if (whole) return whole;
	if (type.kind === "tuple" && type.elements.every((e) => e.type.kind === "table")) return type;
	// What is wrong with an entry was told at the entry.
	if (type.kind === "tuple" && type.elements.some((e) => e.type.kind === "error")) return errorType;
	report(context, {
		code: "E0515",
		at: locate(context, node.value),
		message: "a `data` declaration names a data set",
		hint: 'for example `data digits = csv("digits.csv", label = "digit")`',
	});
	return errorType;
}

/** A declared size is opaque to equality; its value is known to inequalities and divisibility. */
function declareDimension(entry: Entry, node: ast.DimensionDeclaration, name: ast.Identifier): void {
	declareValue(entry, name, "dimension", (context) => {
		const value = resolveDim(context, node.value);
		const known = value && asConstant(value);
		if (value && known === undefined) return { kind: "Int", value };
		const { dim, atom } = variable(name.name, { value: known });
		if (known !== undefined) context.session.values.set(atom.id, known);
		return { kind: "Int", value: dim };
	});
}

// ---------------------------------------------------------------- others

function declareSearch(entry: Entry, node: ast.SearchDeclaration): void {
	const { name } = node;
	if (name.kind !== "Identifier") {
		check(entry, (context) => void checkSearch(context, node));
		return;
	}
	const value: Unit<Type> = entry.unit<Type>("value", {
		compute: () => {
			const type = checkSearch(entry.context(), node);
			tell(entry, name, binding, type);
			return type;
		},
		cycle: () => errorType,
	});
	const binding: TopBinding = entry.name(name, { role: "local", type: () => value.demand() });
}

/** What is exported has a name, which another file imports. */
function requireName(entry: Entry, node: ast.Item["declaration"]): void {
	if ("name" in node || node.kind === "Let") return;
	check(
		entry,
		(context) => reportNameless(entry, context, "nothing here has a name that could be imported"),
		"export",
	);
}

export function reportNameless(entry: Entry, context: Context, why: string): void {
	const { span, declaration } = entry.item;
	const at = (start: number, end: number) => locate(context, { span: { start, end } });
	report(context, {
		code: "E0401",
		at: at(span.start, span.start + "export".length),
		message: `\`export\` stands before what has a name: ${why}`,
		fixes: [
			{
				title: "Leave `export` out",
				edits: [{ at: at(span.start, declaration.span.start), replacement: "" }],
			},
		],
	});
}

function checkEdition(context: Context, node: ast.Edition): void {
	if (node.edition === 1) return;
	report(context, {
		code: "E0208",
		at: locate(context, node),
		message: `there is no edition ${node.edition}`,
		hint: "this version knows the edition 1",
	});
}

function checkPrecision(context: Context, node: ast.Precision): void {
	if (node.format.kind !== "Identifier" || ["f32", "f64"].includes(node.format.name)) return;
	report(context, {
		code: "E0209",
		at: locate(context, node.format),
		message: `there is no precision ${node.format.name}`,
		hint: "there are f32 and f64",
	});
}
