import type * as ast from "../../../grammar/ast.js";
import { type Binding, type Context, locate } from "../context.js";
import { followsSteps, valueNamed } from "../fits/influence.js";
import { checkOf } from "../session.js";
import type { ModelType, Type } from "../types/types.js";
import { type Flows, free, type ModelFlow, maybe } from "./flow.js";
import { type Resolved, valueIn, type World } from "./reader.js";
import { resolved } from "./summary.js";
import { nothing, of, read, unknown, type Value } from "./value.js";

/**
 * The names of code that is checked: the parameters and parts of a fit are sources, its `let`s stand for their right
 * sides, and what a loop goes over, options and names of the file are constants.
 */
export function checkedWorld(context: Context, variables: ReadonlyMap<string, Value> = new Map()): World {
	const lets = new Map<Binding, Value>();
	const world: World = {
		locate: (node) => locate(context, node),
		resolve: (node) => {
			const variable = variables.get(node.name);
			if (variable) return { kind: "value", value: variable };
			const binding = context.session.knowledge.definitions.get(node) ?? context.scope.find(node.name);
			return binding && standsFor(context, world, lets, node, binding);
		},
		typeNamed: (name) => {
			const flow = context.scope.find(name)?.flow?.();
			return flow?.kind === "model" ? flow.of : undefined;
		},
	};
	return world;
}

/** On what a term of a step depends. */
export function flowsOfTerm(context: Context, node: ast.Expression): Flows {
	const flows = read(valueIn(checkedWorld(context), node));
	ofTerms.set(node, { check: checkOf(context.session), flows });
	return flows;
}

/** The same once the whole fit is checked: what was found when the term was. */
export function flowsFoundOfTerm(context: Context, node: ast.Expression): Flows {
	const found = ofTerms.get(node);
	return found?.check === checkOf(context.session) ? found.flows : flowsOfTerm(context, node);
}

const ofTerms = new WeakMap<ast.Expression, { readonly check: object; readonly flows: Flows }>();

function standsFor(
	context: Context,
	world: World,
	lets: Map<Binding, Value>,
	node: ast.Name,
	binding: Binding,
): Resolved | undefined {
	const value = (found: Value): Resolved => ({ kind: "value", value: found });
	switch (binding.role) {
		case "param":
			return value({ kind: "place", path: binding.name });
		case "part": {
			const model = modelIn(binding.type);
			return value({ kind: "place", path: binding.name, ...(model && { model }) });
		}
		case "state":
		case "data":
		case "dimension":
			return value(nothing);
		case "parameter":
		case "local": {
			if (binding.flow?.()) return resolved(context, node.name);
			const known = valueNamed(binding);
			if (!known) return value(constant(binding.type));
			const before = lets.get(binding);
			if (before) return value(before);
			// It may lead back to itself after a mistake.
			lets.set(binding, unknown);
			const found = valueIn(world, known);
			// What was computed before the loops is a copy of the moment.
			const own = followsSteps(binding) ? found : of(maybe(read(found)));
			lets.set(binding, own);
			return value(own);
		}
		default:
			return resolved(context, node.name) ?? value(unknown);
	}
}

/** What is given, or what a loop goes over: a model among it can be called, and a function is any. */
function constant(type: Type): Value {
	const model = modelIn(type);
	if (model) return { kind: "instance", model, options: free };
	return nothing;
}

/** Of a model, or of a list or stack of such. */
export function modelIn(type: Type): ModelFlow | undefined {
	switch (type.kind) {
		case "model":
			return flowOfModel(type);
		case "stack":
			return type.of.kind === "model" ? flowOfModel(type.of) : undefined;
		case "list": {
			const models = (type.elements ?? []).map((e) => (e.kind === "model" ? e.declaration.flow : undefined));
			const [first] = models;
			const flow = first && models.every((m) => m === first) ? first() : undefined;
			return flow?.kind === "model" ? flow.of : undefined;
		}
		default:
			return undefined;
	}
}

function flowOfModel(type: ModelType): ModelFlow | undefined {
	// What `with` changed is computed in another way.
	if (type.changes && type.changes.size > 0) return undefined;
	const flow = type.declaration.flow?.();
	return flow?.kind === "model" ? flow.of : undefined;
}
