import { type Evaluator, shapeOf } from "../evaluator.js";
import { castTo, spread, traced } from "../tensors.js";
import { list, type TracedValue, type Value } from "../values.js";
import { begunAt, reparametrizedValue } from "./reparam.js";

/** A parameter as its value: one that is frozen or reparametrized is computed from what it is made of. */
export function leafValue(evaluator: Evaluator, value: Value): Value {
	if (value.kind === "reparametrized") return reparametrizedValue(evaluator, value);
	if (value.kind !== "frozen") return value;
	const inner = traced(evaluator, leafValue(evaluator, value.value));
	if (!inner) return value.value;
	return { ...inner, value: evaluator.builder.emit("stop_gradient", [inner.value]) };
}

/** A parameter that has another value and is made as it was: what is frozen stays so, and a reparametrization begins there. */
export function withValue(evaluator: Evaluator, leaf: Value, value: TracedValue): Value {
	if (leaf.kind === "frozen") return { kind: "frozen", value: withValue(evaluator, leaf.value, value) };
	if (leaf.kind === "reparametrized") return begunAt(evaluator, leaf, value);
	const like = traced(evaluator, leaf);
	if (!like) return value;
	const cast = castTo(evaluator, value, like.value.type.element);
	return spread(evaluator, cast, cast.lanes, shapeOf(like));
}

/** The same tree with other leaves: parameters as they are made, and lone tensors. States and lets stay. */
export function mapLeaves(tree: Value, map: (leaf: Value) => Value): Value {
	switch (tree.kind) {
		case "model": {
			const members = new Map(tree.members);
			for (const member of tree.node.members) {
				if (member.kind !== "Define" && !(member.kind === "Leaf" && member.role === "param")) continue;
				const name = member.name.kind === "Identifier" ? member.name.name : "";
				const part = members.get(name);
				if (part) members.set(name, mapLeaves(part, map));
			}
			return { ...tree, members };
		}
		case "stack": {
			const of = mapLeaves(tree.of, map);
			return of.kind === "model" ? { ...tree, of } : tree;
		}
		case "list":
			return list(tree.items.map((v) => mapLeaves(v, map)));
		case "tuple":
			return { ...tree, elements: tree.elements.map((e) => ({ ...e, value: mapLeaves(e.value, map) })) };
		case "tensor":
		case "traced":
		case "frozen":
		case "reparametrized":
			return map(tree);
		default:
			return tree;
	}
}

/** The same parts, of which nothing is trained. */
export function freeze(tree: Value): Value {
	return mapLeaves(tree, (leaf) => (leaf.kind === "frozen" ? leaf : { kind: "frozen", value: leaf }));
}

/** Plain weights again. */
export function merge(evaluator: Evaluator, tree: Value): Value {
	return mapLeaves(tree, (leaf) => leafValue(evaluator, leaf));
}
