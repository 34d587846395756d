import type { Binding } from "../compiler/check/context.js";
import { showCondition } from "../compiler/check/signatures/conditions.js";
import { memberNames, memberOf } from "../compiler/check/trees/place.js";
import { showType } from "../compiler/check/types/show.js";
import type { ModelMember } from "../compiler/check/types/symbols.js";
import type { SignatureParameter, Type } from "../compiler/check/types/types.js";
import { ruleOfType } from "../compiler/check/types/types.js";
import type { Location } from "../compiler/source/diagnostic.js";
import type * as ast from "../grammar/ast.js";
import { nodeAt } from "../grammar/visit.js";
import { type DeclarationSite, membersIn, nameOf, type Snapshot } from "./snapshot.js";

/** A declaration as it is written, up to its body, on one line. */
export function headerOf(site: DeclarationSite): string {
	const { node, slice } = site;
	const ends: number[] = [node.span.start];
	const name = nameOf(node);
	if (name) ends.push(name.span.end);
	if ("parameters" in node) ends.push(...node.parameters.map((p) => p.span.end));
	if ("subject" in node && node.subject && "span" in node.subject) ends.push(node.subject.span.end);
	if ("result" in node && node.result) ends.push(node.result.span.end);
	if ("where" in node) ends.push(...node.where.map((clause) => clause.span.end));
	if ("type" in node && node.type) ends.push(node.type.span.end);
	const end = Math.max(...ends);
	const rest = /^[^={\n]*/.exec(slice.text.slice(end))?.[0] ?? "";
	return oneLine(slice.text.slice(node.span.start, end) + rest);
}

function oneLine(text: string): string {
	return text.replace(/\s+/g, " ").trim();
}

const declaring = new Set([
	"Function",
	"Model",
	"Constraint",
	"Optimizer",
	"Fit",
	"Reparam",
	"Type",
	"Dimension",
]);

/** What a name is, in a line of the language: `param weight: real[64, 10]`, `loss mse(prediction: ..) -> real`. */
export function headline(snapshot: Snapshot, binding: Binding, type: Type = binding.type): string {
	const site = snapshot.declarationAt(binding.at);
	if (site && declaring.has(site.node.kind)) return headerOf(site);
	const word = headWord(binding, site);
	return `${word}${binding.name}: ${showType(type)}`;
}

function headWord(binding: Binding, site: DeclarationSite | undefined): string {
	if (binding.role === "param" || binding.role === "state" || binding.role === "data")
		return `${binding.role} `;
	return site?.node.kind === "Let" ? "let " : "";
}

/** What a name is, short: the type of a value, the parameters of a declaration. */
export function detailOf(snapshot: Snapshot, binding: Binding): string {
	const site = snapshot.declarationAt(binding.at);
	if (!site || !declaring.has(site.node.kind)) return showType(binding.type);
	const header = headerOf(site);
	const name = nameOf(site.node)?.name ?? "";
	const after = header.indexOf(name) + name.length;
	const word = site.node.kind === "Function" ? "" : `${header.slice(0, header.indexOf(name))}`;
	return `${word}${header.slice(after)}`.trim();
}

/** The parameters of what is called. */
export function parametersOf(type: Type | undefined): readonly SignatureParameter[] {
	switch (type?.kind) {
		case "function":
			return type.parameters;
		case "model":
			type.declaration.complete();
			return type.declaration.call?.parameters ?? [];
		case "declaration":
			switch (type.symbol.role) {
				case "model":
					type.symbol.model.complete();
					return type.symbol.model.parameters;
				case "fit":
					type.symbol.fit.complete();
					return type.symbol.fit.parameters;
				case "type":
					return [];
				default:
					type.symbol.rule.complete();
					return type.symbol.rule.parameters;
			}
		default:
			return [];
	}
}

/** `hidden: Int = 64`, with the default as it is written. */
export function parameterLine(snapshot: Snapshot, parameter: SignatureParameter): string {
	const line = `${parameter.name}: ${showType(parameter.type)}`;
	const module = parameter.at && snapshot.module(parameter.at.file);
	const found = module && parameter.at && nodeAt(module.tree, parameter.at.start);
	const node = found?.path.findLast((one) => one.kind === "Parameter") as ast.Parameter | undefined;
	if (!found || !node?.default) return parameter.optional ? `${line} = ..` : line;
	const { span } = node.default;
	return `${line} = ${oneLine(found.slice.text.slice(span.start, span.end))}`;
}

/** A type; of a rule of the compiler, what the library says about it. */
export function shownType(snapshot: Snapshot, type: Type): string {
	const rule = type.kind === "function" && type.special ? snapshot.topScope?.find(type.special) : undefined;
	return rule ? detailOf(snapshot, rule) : showType(type);
}

/** What stands after a dot: its name, its type where it is known, and where it is declared. */
export interface FoundMember {
	readonly name: string;
	readonly type: Type | undefined;
	readonly role: "param" | "state" | "part" | "let" | "method" | "option" | "field";
	/** Only if this holds. */
	readonly condition?: string;
	readonly at?: Location;
	readonly documentation?: string;
}

export function membersOf(snapshot: Snapshot, base: Type): FoundMember[] {
	const names = [...memberNames(base), ...(base.kind === "model" ? base.configuration.keys() : [])];
	return [...new Set(names)].map((name) => member(snapshot, base, name));
}

export function findMember(snapshot: Snapshot, base: Type, name: string): FoundMember | undefined {
	return memberOf(base, name) && member(snapshot, base, name);
}

function member(snapshot: Snapshot, base: Type, name: string): FoundMember {
	const found = memberOf(base, name);
	const common = {
		name,
		type: found?.type,
		...(found?.condition && { condition: showCondition(found.condition) }),
	};
	const declared = declaredMember(base, name);
	if (declared) return { ...common, ...declared, ...documentationAt(snapshot, declared.at) };
	if (base.kind === "tuple" && base.title)
		return { ...common, role: "field", ...fitMember(snapshot, base.title, name) };
	return { ...common, role: found?.type.kind === "function" ? "method" : "field" };
}

function declaredMember(base: Type, name: string): Pick<FoundMember, "role" | "at"> | undefined {
	if (base.kind === "model") {
		const parameter = base.declaration.parameters.find((p) => p.name === name);
		if (parameter) return { role: "option", ...(parameter.at && { at: parameter.at }) };
		return placed(base.declaration.members.get(name));
	}
	const rule = ruleOfType(base);
	return placed(rule?.members.get(name));
}

/** Without its type, which is in terms of the declaration's own parameters. */
function placed(member: ModelMember | undefined): Pick<FoundMember, "role" | "at"> | undefined {
	return member && { role: member.role, at: member.at };
}

function documentationAt(snapshot: Snapshot, at: Location | undefined): { documentation?: string } {
	const site = at && snapshot.declarationAt(at);
	const documentation = site && "documentation" in site.node ? site.node.documentation : undefined;
	return documentation ? { documentation } : {};
}

/** The statement of a fit that gives its result a name. */
function fitMember(snapshot: Snapshot, fit: string, name: string): { at?: Location } {
	for (const binding of snapshot.topScope?.visible() ?? []) {
		const { type } = binding;
		if (type.kind !== "declaration" || type.symbol.role !== "fit" || type.symbol.fit.name !== fit) continue;
		const site = snapshot.declarationAt(type.symbol.fit.at);
		const statement = site && findNamed(membersIn(type.symbol.fit.node), name);
		if (!site || !statement) continue;
		const { span } = statement;
		return {
			at: {
				file: site.module.path,
				start: site.slice.offset + span.start,
				end: site.slice.offset + span.end,
			},
		};
	}
	return {};
}

function findNamed(statements: readonly ast.Member[], name: string): ReturnType<typeof nameOf> {
	for (const statement of statements) {
		const own = nameOf(statement);
		if (own?.name === name) return own;
		const inner =
			statement.kind === "Loop"
				? statement.body.statements
				: statement.kind === "IfStatement"
					? statement.then.statements
					: [];
		const below = findNamed(inner, name);
		if (below) return below;
	}
	return undefined;
}
