import type {
	Argument,
	Expression,
	Identifier,
	Parameter,
	Rest,
	TupleType,
	TypeNode,
	Variant,
} from "../ast.js";
import type { ConcreteNode } from "../concrete.js";
import { endOf } from "../lexer.js";
import { binding, rest } from "./bindings.js";
import type { Context } from "./context.js";
import * as c from "./context.js";
import { argument, elements, expression } from "./expressions.js";

export function typeNode(context: Context, node: ConcreteNode | undefined, at: number): TypeNode {
	if (node === undefined) return c.missing(at);
	const [found, read] = node.firstOf(byLabel) ?? [];
	if (found !== undefined && read !== undefined) return read(context, found, at);
	return c.missing(c.startOfNode(node, at));
}

const readers: Readonly<Record<string, (context: Context, node: ConcreteNode, at: number) => TypeNode>> = {
	namedType: (context, node, at) => {
		const name = c.token(node, "Identifier");
		if (name === undefined) return c.missing(c.startOfNode(node, at));
		const span = c.nodeSpan(node, at);
		const dimensions = shape(context, node);
		const angle = c.token(node, "AngleOpen");
		if (angle !== undefined) {
			const bound = expression(context, c.child(node, "expression"), endOf(angle));
			return { kind: "BoundedInt", bound, shape: dimensions, span };
		}
		const list = c.child(node, "typeArguments");
		return {
			kind: "NamedType",
			name: c.identifier(name),
			arguments: list && values(context, list),
			shape: dimensions,
			span,
		};
	},
	listType: (context, node, at) => {
		const name = c.token(node, "ListName");
		if (name === undefined) return c.missing(at);
		const element = typeNode(context, c.child(node, "type"), c.after(node, "IndexOpen", endOf(name)));
		const inner = { kind: "TypeName", type: element, span: element.span } as const;
		return { kind: "NamedType", name: c.identifier(name), shape: [inner], span: c.nodeSpan(node, at) };
	},
	tupleType: (context, node, at) => {
		const list = tupleElements(context, node);
		const span = c.nodeSpan(node, at);
		const arrow = c.token(node, "Arrow");
		if (arrow !== undefined) {
			const result = typeNode(context, c.child(node, "type"), endOf(arrow));
			return { kind: "FunctionType", quantifiers: [], parameters: list.map((one) => one.type), result, span };
		}
		const dimensions = shape(context, node);
		const [first] = list;
		if (list.length === 1 && first !== undefined && first.name === undefined && dimensions === undefined)
			return first.type;
		return { kind: "TupleType", elements: list, shape: dimensions, span };
	},
	familyType: (context, node, at) => {
		const bindings = c.children(node, "binding").map((one) => binding(context, one, at));
		const element = typeNode(context, c.child(node, "type"), c.after(node, "Colon", c.endOfNode(node, at)));
		return { kind: "FamilyType", bindings, element, span: c.nodeSpan(node, at) };
	},
	genericFunctionType: (context, node, at) => {
		const quantifiers = c.children(node, "quantifier").flatMap((one): (Identifier | Rest)[] => {
			const axes = c.child(one, "rest");
			if (axes !== undefined) return [rest(axes)];
			const name = c.token(one, "Identifier");
			return name === undefined ? [] : [c.identifier(name)];
		});
		const parameters = tupleElements(context, node).map((one) => one.type);
		const result = typeNode(context, c.child(node, "type"), c.after(node, "Arrow", c.endOfNode(node, at)));
		return { kind: "FunctionType", quantifiers, parameters, result, span: c.nodeSpan(node, at) };
	},
};

const byLabel = new Map(Object.entries(readers));

function shape(context: Context, node: ConcreteNode): Expression[] | undefined {
	const found = c.child(node, "shape");
	if (found === undefined) return undefined;
	const list = elements(context, found, "index");
	const close = c.token(found, "RightBracket");
	if (c.unfinished(close) && close !== undefined) list.push(c.missing(close.startOffset));
	return list;
}

function tupleElements(context: Context, node: ConcreteNode): TupleType["elements"][number][] {
	const list = c.children(node, "tupleTypeElement").map((one) => {
		const name = c.token(one, "Identifier");
		const span = c.nodeSpan(one, c.startOfNode(node, context.base));
		const type = typeNode(context, c.child(one, "type"), c.after(one, "Colon", span.end));
		return { name: name && c.identifier(name), type, span };
	});
	const close = c.token(node, "RightParen");
	if (c.unfinished(close) && close !== undefined) {
		const type = c.missing(close.startOffset);
		list.push({ name: undefined, type, span: type.span });
	}
	return list;
}

/** Of `MLP([64, 10])`; a field `rate: real` there would be a variant's. */
function values(context: Context, node: ConcreteNode): Argument[] {
	return c.children(node, "typeArgument").flatMap((one) => {
		const found = c.child(one, "argument");
		if (found !== undefined) return [argument(context, found, c.startOfNode(one, context.base))];
		const name = c.token(one, "Identifier");
		if (name === undefined) return [];
		const hint = "fields stand in a variant: `type Rule = Unbiased | Biased(rate: real)`";
		c.report(
			context,
			"E0117",
			"a configuration takes values, not types",
			c.nodeSpan(one, name.startOffset),
			hint,
		);
		return [{ value: c.missing(endOf(name)), span: c.spanOf(name) }];
	});
}

/** Does this type, after `=` in a declaration, have fields as only a variant has? */
export function hasFields(node: ConcreteNode | undefined): boolean {
	const list = c.child(c.child(node, "namedType"), "typeArguments");
	return c.children(list, "typeArgument").some((one) => c.token(one, "Colon") !== undefined);
}

export function variant(context: Context, node: ConcreteNode, at: number): Variant | undefined {
	const named = c.child(node, "namedType");
	const name = c.token(named, "Identifier");
	const span = c.nodeSpan(node, at);
	const plain = c.child(named, "shape") === undefined && c.token(named, "AngleOpen") === undefined;
	if (name === undefined || !plain) {
		if (node.first("namedType") !== undefined || c.endOfNode(node, at) > at) {
			const hint = "`type Rule = Unbiased | Biased(rate: real)`";
			c.report(context, "E0117", "a variant is a name, with fields in brackets", span, hint);
		}
		return undefined;
	}
	const fields = c.children(c.child(named, "typeArguments"), "typeArgument").map((one): Parameter => {
		const field = c.token(one, "Identifier");
		const place = c.nodeSpan(one, span.start);
		if (field === undefined) {
			c.report(
				context,
				"E0117",
				"a variant's field has a name and a type",
				place,
				"write `Biased(rate: real)`",
			);
			return { kind: "Parameter", name: c.missing(place.start), span: place };
		}
		const type = typeNode(context, c.child(one, "type"), c.after(one, "Colon", place.end));
		const sign = c.token(one, "Equals");
		const value = sign && expression(context, c.child(one, "expression"), endOf(sign));
		return { kind: "Parameter", name: c.identifier(field), type, default: value, span: place };
	});
	return { kind: "Variant", name: c.identifier(name), fields, span };
}
