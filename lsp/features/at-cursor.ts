import type { Binding } from "../../compiler/check/context.js";
import type { SignatureParameter, Type } from "../../compiler/check/types/types.js";
import type { Location } from "../../compiler/source/diagnostic.js";
import type * as ast from "../../grammar/ast.js";
import type { Span } from "../../grammar/span.js";
import type { AnyNode } from "../../grammar/visit.js";
import { type FoundMember, findMember, parametersOf } from "../describe.js";
import type { Place, Snapshot } from "../snapshot.js";

/** What stands at a place of the text, as far as it means something. */
export type Target = { readonly place: Location } & (
	| { readonly kind: "name"; readonly binding: Binding; readonly type: Type; readonly gives?: Type }
	| { readonly kind: "member"; readonly base: Type; readonly member: FoundMember; readonly gives?: Type }
	| { readonly kind: "option"; readonly parameter: SignatureParameter }
	| { readonly kind: "source"; readonly file: string; readonly documentation: string }
	| { readonly kind: "value"; readonly name?: string; readonly type: Type }
);

export function targetAt(snapshot: Snapshot, offset: number): Target | undefined {
	const found = snapshot.placeAt(offset);
	const node = found?.path.at(-1);
	if (!found || !node) return undefined;
	const place = snapshot.locate(found.slice, node.span);
	return (
		source(snapshot, found, node) ??
		option(snapshot, found, node, place) ??
		member(snapshot, found, node, place) ??
		name(snapshot, found, node, place) ??
		value(snapshot, found, node)
	);
}

function within(span: Span, at: number): boolean {
	return span.start <= at && at <= span.end;
}

function source(snapshot: Snapshot, found: Place, node: AnyNode): Target | undefined {
	const declaration =
		node.kind === "Import" ? (node as ast.Import) : (found.path.at(-2) as ast.Import | undefined);
	if (declaration?.kind !== "Import" || declaration.source.kind === "Missing") return undefined;
	if (!within(declaration.source.span, found.at)) return undefined;
	const module = snapshot.checked.program.imports.get(declaration);
	if (!module) return undefined;
	const documentation = /^(?:\/\/[^\n]*\n)+/.exec(module.text)?.[0].replace(/^\/\/+ ?/gm, "") ?? "";
	const place = snapshot.locate(found.slice, declaration.source.span);
	return { kind: "source", place, file: module.path, documentation: documentation.trim() };
}

/** `hidden` in `classifier(hidden = 32)`. */
function option(snapshot: Snapshot, found: Place, node: AnyNode, place: Location): Target | undefined {
	const call = found.path.at(-2) as ast.Call | undefined;
	if (node.kind !== "Identifier" || call?.kind !== "Call") return undefined;
	const argument = call.arguments.find((one) => one.name === (node as ast.Identifier));
	const parameters = parametersOf(snapshot.typeOf(call.callee));
	const parameter = parameters.find((one) => one.name === argument?.name?.name);
	return parameter && { kind: "option", place, parameter };
}

/** `weight` in `net.weight`. */
function member(snapshot: Snapshot, found: Place, node: AnyNode, place: Location): Target | undefined {
	const field = found.path.at(-2) as ast.Field | undefined;
	if (node.kind !== "Identifier" || field?.kind !== "Field" || field.name !== (node as ast.Identifier))
		return undefined;
	const base = snapshot.typeOf(field.base);
	const member = base && findMember(snapshot, base, field.name.name);
	const type = snapshot.typeOf(field);
	if (base && member) {
		const precise = type && type.kind !== "error" ? { ...member, type } : member;
		return { kind: "member", place, base, member: precise, ...gives(snapshot, found.path.at(-3), field) };
	}
	return type && type.kind !== "error" ? { kind: "value", place, name: field.name.name, type } : undefined;
}

/** The type of the call that a node is the callee of. */
function gives(snapshot: Snapshot, parent: AnyNode | undefined, node: object): { gives?: Type } {
	const call = parent as ast.Call | undefined;
	if (call?.kind !== "Call" || call.callee !== node) return {};
	const type = snapshot.typeOf(call);
	return type && type.kind !== "error" ? { gives: type } : {};
}

function name(snapshot: Snapshot, found: Place, node: AnyNode, place: Location): Target | undefined {
	const binding = snapshot.bindingOf(node);
	if (!binding) return undefined;
	const type = snapshot.checked.knowledge.types.get(node) ?? binding.type;
	return { kind: "name", place, binding, type, ...gives(snapshot, found.path.at(-2), node) };
}

/** The value of an operator, an index, or a name that only its statement knows. */
function value(snapshot: Snapshot, found: Place, node: AnyNode): Target | undefined {
	const type = snapshot.typeOf(node);
	if (!type || type.kind === "error") return undefined;
	const own = (span: Span): Target => ({ kind: "value", place: snapshot.locate(found.slice, span), type });
	switch (node.kind) {
		case "Identifier":
			return { ...own(node.span), name: (node as ast.Identifier).name } as Target;
		case "Binary":
			return within((node as ast.Binary).operatorSpan, found.at) ? own(node.span) : undefined;
		case "Binder":
			return within((node as ast.Binder).wordSpan, found.at) ? own(node.span) : undefined;
		case "Index":
		case "List":
		case "Tuple":
			return own(node.span);
		default:
			return undefined;
	}
}
