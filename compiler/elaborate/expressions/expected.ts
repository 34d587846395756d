import type * as ast from "../../../grammar/ast.js";
import { listItems } from "../binders/binder-source.js";
import { type Element, isElement } from "../elements.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { traced } from "../tensors.js";
import type { Value } from "../values.js";
import { bindPattern, evaluate } from "./evaluate.js";
import { aliasOf, asRecord } from "./type-names.js";

/** The type that a declaration around asks for: initialisers take their shape from it. */
export interface Expected {
	readonly shape: readonly number[];
	readonly element: Element;
	/** Of a record, a tuple or a list: what is asked of its parts. It has no shape of its own. */
	readonly parts?: () => ExpectedParts;
}

interface ExpectedParts {
	readonly isList: boolean;
	readonly parts: readonly { readonly name?: string; readonly expected?: Expected }[];
	/** Of a list whose length its type leaves open: of each entry. */
	readonly each?: Expected;
}

function tree(parts: () => ExpectedParts): Expected {
	let known: ExpectedParts | undefined;
	return {
		shape: [],
		element: "real",
		parts: () => {
			known ??= parts();
			return known;
		},
	};
}

/** What is asked of a part, by its name or its place. */
export function partExpected(expected: Expected | undefined, part: string | number): Expected | undefined {
	const asked = expected?.parts?.();
	if (!asked || asked.each) return asked?.each;
	const found = typeof part === "number" ? asked.parts[part] : asked.parts.find((p) => p.name === part);
	return found?.expected;
}

/** The concrete shape of a declared tensor type; of a record and of a list of known entries, those of their parts. */
export function expectedOf(
	evaluator: Evaluator,
	environment: Environment,
	declared: ast.TypeNode,
): Expected | undefined {
	const node = asRecord(declared);
	switch (node.kind) {
		case "BoundedInt":
			return { shape: shapeAt(evaluator, environment, node.shape ?? []), element: "int" };
		case "TupleType": {
			if (node.shape) return undefined;
			const { elements } = node;
			return tree(() => ({
				isList: false,
				parts: elements.map(({ name, type }) => part(expectedOf(evaluator, environment, type), name?.name)),
			}));
		}
		case "FamilyType":
			return tree(() => ({ isList: true, parts: familyParts(evaluator, environment, node) }));
		case "NamedType":
			break;
		default:
			return undefined;
	}
	const alias = aliasOf(environment, node);
	if (alias) {
		if (node.shape) return undefined;
		for (const { name, given } of [...alias.sizes, ...alias.lists])
			alias.environment.set(name, evaluate(evaluator, environment, given));
		return expectedOf(evaluator, alias.environment, alias.type);
	}
	const { name } = node.name;
	const [entry] = node.shape ?? [];
	if (name === "List" && entry?.kind === "TypeName") {
		const each = expectedOf(evaluator, environment, entry.type);
		return each && tree(() => ({ isList: true, parts: [], each }));
	}
	if (!isElement(name)) return undefined;
	return { shape: shapeAt(evaluator, environment, node.shape ?? []), element: name };
}

function part(expected: Expected | undefined, name?: string): ExpectedParts["parts"][number] {
	return { ...(name !== undefined && { name }), ...(expected && { expected }) };
}

/** `[for a in xs, b in ys: real[a, b]]`: the last name fastest. */
function familyParts(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.FamilyType,
): ExpectedParts["parts"] {
	const parts: ExpectedParts["parts"][number][] = [];
	const turn = (scope: Environment, [binding, ...others]: readonly ast.Binding[]): void => {
		if (!binding) {
			parts.push(part(expectedOf(evaluator, scope, node.element)));
			return;
		}
		const entries = binding.source && listItems(evaluate(evaluator, scope, binding.source));
		if (!entries || binding.pattern.kind === "Rest") {
			fail(scope, node, "a list in brackets runs over a static list");
			return;
		}
		for (const entry of entries) {
			const inner = scope.inner();
			bindPattern(inner, binding.pattern, entry);
			turn(inner, others);
		}
	};
	turn(environment, node.bindings);
	return parts;
}

/** What a value asks of the one that takes its place. */
export function expectedLike(evaluator: Evaluator, old: Value): Expected | undefined {
	switch (old.kind) {
		case "tensor":
		case "traced": {
			const value = traced(evaluator, old);
			if (!value) return undefined;
			const { element } = value.value.type;
			return { shape: shapeOf(value), element: elementLike(evaluator, element) };
		}
		case "tuple":
			return tree(() => ({
				isList: false,
				parts: old.elements.map((e) => part(expectedLike(evaluator, e.value), e.name)),
			}));
		case "list":
			return tree(() => ({
				isList: true,
				parts: old.items.map((item) => part(expectedLike(evaluator, item))),
			}));
		case "number":
			return { shape: [], element: old.integer ? "int" : "real" };
		default:
			return undefined;
	}
}

function elementLike(evaluator: Evaluator, element: "f32" | "f64" | "i32" | "bool"): Element {
	if (element === "i32") return "int";
	return element === "bool" || element !== evaluator.realElement ? element : "real";
}

export function shapeAt(
	evaluator: Evaluator,
	environment: Environment,
	items: readonly ast.Expression[],
): number[] {
	return items.flatMap((item) => {
		if (item.kind === "Rest")
			return item.name.kind === "Identifier" ? [...(environment.findRest(item.name.name) ?? [])] : [];
		const value = evaluate(evaluator, environment, item);
		return value.kind === "number"
			? [value.value]
			: fail(environment, item, "a size is a whole number known before running");
	});
}
