import type { Declaration, Import, Item, SearchEntry, Subject } from "../ast.js";
import type { ConcreteNode } from "../concrete.js";
import { endOf } from "../lexer.js";
import { splitString } from "../strings.js";
import { asStatement, block, members, statement } from "./blocks.js";
import type { Context } from "./context.js";
import * as c from "./context.js";
import { expression } from "./expressions.js";
import { conditions, parameters } from "./functions.js";
import { hasFields, typeNode, variant } from "./types.js";

export function item(context: Context, node: ConcreteNode): Item | undefined {
	const at = c.startOfNode(node, context.base);
	const exported = c.token(node, "Export");
	const start = exported === undefined ? at : c.endOfNode(undefined, endOf(exported));
	const declared = declaration(context, node, start);
	if (declared === undefined) return undefined;
	const documentation = context.documentation.get(at) ?? "";
	const span = { start: at, end: Math.max(c.endOfNode(node, at), declared.span.end) };
	return { kind: "Item", exported: exported !== undefined, documentation, declaration: declared, span };
}

function declaration(context: Context, node: ConcreteNode, at: number): Declaration | undefined {
	const [own, reader] = node.firstOf(byLabel) ?? [];
	if (own !== undefined && reader !== undefined) return reader(context, own, c.startOfNode(own, at));
	const found = c.child(node, "statement");
	if (found === undefined) return undefined;
	const read = statement(context, found);
	if (read?.kind === "Define") {
		const hint = `write \`let ${read.name.name} = ..\``;
		c.report(context, "E0115", "at the top of a file a value is named by `let`", read.name.span, hint);
		const pattern = { kind: "NamePattern", name: read.name.name, span: read.name.span } as const;
		return { kind: "Let", pattern, value: read.value, span: read.span };
	}
	return read?.kind === "Function" && read.role === "method" ? asStatement(context, found)[0] : read;
}

type Reader = (context: Context, node: ConcreteNode, at: number) => Declaration;

const readers: Readonly<Record<string, Reader>> = {
	importDeclaration: (_, node, at): Import => {
		const names = c.children(node, "importName").flatMap((one) => {
			const name = c.token(one, "name");
			const alias = c.token(one, "alias");
			return name === undefined ? [] : [{ name: c.identifier(name), alias: alias && c.identifier(alias) }];
		});
		return {
			kind: "Import",
			source: source(node, c.after(node, "Import", at)),
			names,
			span: c.nodeSpan(node, at),
		};
	},
	edition: (_, node, at) => {
		const edition = Number(c.token(node, "Number")?.image ?? 0);
		return { kind: "Edition", edition, span: c.nodeSpan(node, at) };
	},
	precision: (_, node, at) => {
		return {
			kind: "Precision",
			format: c.nameIn(node, c.after(node, "PrecisionWord", at)),
			span: c.nodeSpan(node, at),
		};
	},
	dimension: (context, node, at) => {
		const name = c.nameIn(node, c.after(node, "DimWord", at));
		const value = expression(context, c.child(node, "expression"), c.after(node, "Equals", name.span.end));
		return { kind: "Dimension", name, value, span: c.nodeSpan(node, at) };
	},
	dataDeclaration: (context, node, at) => {
		const name = c.nameIn(node, c.after(node, "DataWord", at));
		const value = expression(context, c.child(node, "expression"), c.after(node, "Equals", name.span.end));
		return { kind: "Data", name, value, span: c.nodeSpan(node, at) };
	},
	typeDeclaration: (context, node, at) => {
		const name = c.nameIn(node, c.after(node, "TypeWord", at));
		const list = parameters(context, c.child(node, "parameters"));
		const types = c.children(node, "type");
		const sign = c.after(node, "Equals", c.endOfNode(node, at));
		const span = c.nodeSpan(node, at);
		const [first] = types;
		if (types.length < 2 && c.token(node, "Bar") === undefined && !hasFields(first)) {
			const definition = { kind: "Alias", type: typeNode(context, first, sign) } as const;
			return { kind: "Type", name, parameters: list, definition, span };
		}
		const variants = types.flatMap((one) => variant(context, one, sign) ?? []);
		return { kind: "Type", name, parameters: list, definition: { kind: "Variants", variants }, span };
	},
	modelDeclaration: (context, node, at) => ({
		kind: "Model",
		name: c.declaredName(context, node, c.after(node, "ModelWord", at), "the model's name"),
		parameters: parameters(context, c.child(node, "parameters")),
		where: conditions(context, c.child(node, "conditions")),
		members: members(context, c.child(node, "block")),
		span: c.nodeSpan(node, at),
	}),
	partDeclaration: (context, node, at) => {
		const head =
			c.token(node, "ConstraintWord") ?? c.token(node, "ReparamWord") ?? c.token(node, "OptimizerWord");
		const kind =
			head?.image === "constraint" ? "Constraint" : head?.image === "reparam" ? "Reparam" : "Optimizer";
		return {
			kind,
			name: c.nameIn(node, head === undefined ? at : endOf(head)),
			parameters: parameters(context, c.child(node, "parameters")),
			subject: subject(context, c.child(node, "subject"), at),
			where: conditions(context, c.child(node, "conditions")),
			members: members(context, c.child(node, "block")),
			span: c.nodeSpan(node, at),
		};
	},
	fitDeclaration: (context, node, at) => {
		const arrow = c.token(node, "Arrow");
		return {
			kind: "Fit",
			name: c.declaredName(context, node, c.after(node, "FitWord", at), "the fit's name"),
			parameters: parameters(context, c.child(node, "parameters")),
			result: arrow && typeNode(context, c.child(node, "type"), endOf(arrow)),
			where: conditions(context, c.child(node, "conditions")),
			body: block(context, c.child(node, "block"), c.endOfNode(node, at)),
			span: c.nodeSpan(node, at),
		};
	},
	searchDeclaration: (context, node, at) => {
		const name = c.nameIn(node, c.after(node, "SearchWord", at));
		return {
			kind: "Search",
			name,
			over: expression(context, c.child(node, "expression"), c.after(node, "OverWord", name.span.end)),
			parameters: parameters(context, c.child(node, "parameters")),
			entries: c.children(node, "searchEntry").flatMap((one) => searchEntry(context, one)),
			span: c.nodeSpan(node, at),
		};
	},
};

const byLabel = new Map(Object.entries(readers));

function source(node: ConcreteNode, at: number): Import["source"] {
	const file = c.token(node, "String");
	if (file !== undefined) {
		const path = splitString(file.image).parts.map((part) => part.text);
		return { kind: "File", path: path.join(""), span: c.spanOf(file) };
	}
	const path = c.tokens(node, "path");
	const [first] = path;
	const last = path[path.length - 1];
	if (first === undefined || last === undefined) return c.missing(at);
	const span = { start: first.startOffset, end: endOf(last) };
	return { kind: "Library", path: path.map((one) => one.image).join("."), span };
}

function subject(context: Context, node: ConcreteNode | undefined, at: number): Subject | undefined {
	if (node === undefined) return undefined;
	const name = c.nameIn(node, c.after(node, "For", at));
	const colon = c.token(node, "Colon");
	return {
		name,
		type: colon && typeNode(context, c.child(node, "type"), endOf(colon)),
		span: c.nodeSpan(node, at),
	};
}

function searchEntry(context: Context, node: ConcreteNode): SearchEntry[] {
	const at = c.startOfNode(node, context.base);
	const space = c.child(node, "space");
	const name = c.token(space, "Identifier");
	if (space !== undefined && name !== undefined) {
		const alternatives = c.children(space, "alternative").map((one) => {
			const value = expression(context, c.child(one, "value"), c.startOfNode(one, c.after(space, "In", at)));
			const where = c.token(one, "Where");
			return { value, where: where && expression(context, c.child(one, "where"), endOf(where)) };
		});
		if (alternatives.length === 0)
			alternatives.push({ value: c.missing(c.after(space, "In", at)), where: undefined });
		return [{ kind: "Space", name: c.identifier(name), alternatives, span: c.nodeSpan(space, at) }];
	}
	const objective = c.child(node, "objective");
	const head = c.token(objective, "ObjectiveHead");
	if (objective !== undefined && head !== undefined) {
		const value = expression(context, c.child(objective, "expression"), endOf(head));
		const clauses = c.children(objective, "objectiveClause").flatMap((one) => {
			const word = c.token(one, "SearchClause");
			if (word === undefined) return [];
			return [
				{ word: c.identifier(word), value: expression(context, c.child(one, "expression"), endOf(word)) },
			];
		});
		const sense = head.image === "maximize" ? "maximize" : "minimize";
		return [{ kind: "Objective", sense, value, clauses, span: c.nodeSpan(objective, at) }];
	}
	const found = c.child(node, "statement");
	return found === undefined ? [] : asStatement(context, found);
}
