import { ElaborationError } from "../compiler/elaborate/evaluator.js";
import { assigned } from "../compiler/elaborate/expressions/assign.js";
import { leavesBelow, statesBelow } from "../compiler/elaborate/models/places.js";
import { traced } from "../compiler/elaborate/tensors.js";
import { mapTensors, unit, type Value } from "../compiler/elaborate/values.js";
import type * as ast from "../grammar/ast.js";
import { holdWritten } from "./constraints/step.js";
import { equalValues } from "./fit-values.js";
import { type StepBuilder, setLeaves } from "./step.js";

/** `place <- value` in a turn takes effect at once, detached; what is declared of what it wrote holds again. */
export function assignInStep(step: StepBuilder, node: ast.Assign): void {
	const { evaluator, environment } = step;
	const { name, value } = assigned(evaluator, environment, node);
	const old = environment.find(name) ?? unit;
	requireSameRest(step, node, name, old, value);
	const before = leavesOf(name, old);
	const written = new Map<string, Value>();
	for (const [path, leaf] of leavesOf(name, value)) {
		const tensor = traced(evaluator, leaf);
		if (!tensor || before.get(path) === leaf) continue;
		written.set(path, tensor);
	}
	setLeaves(step, written);
	holdWritten(step, [...written.keys()]);
}

function leavesOf(name: string, value: Value): Map<string, Value> {
	const tree = { path: name, value };
	return new Map([...leavesBelow(tree), ...statesBelow(tree)].map((leaf) => [leaf.path, leaf.value]));
}

/** Only parameters and states go from turn to turn: what else a model holds must be the same. */
function requireSameRest(step: StepBuilder, node: ast.Assign, name: string, old: Value, value: Value): void {
	const carried = new Set(leavesOf(name, old).keys());
	const rest = (tree: Value): Map<string, Value> => {
		const found = new Map<string, Value>();
		mapTensors(
			tree,
			(tensor, path) => {
				if (!carried.has(path)) found.set(path, tensor);
				return tensor;
			},
			name,
		);
		return found;
	};
	const [own, given] = [rest(old), rest(value)];
	const other =
		[...own].find(([path, tensor]) => !equalValues(tensor, given.get(path) ?? unit))?.[0] ??
		[...given.keys()].find((path) => !own.has(path)) ??
		otherOption(name, old, value);
	if (other === undefined) return;
	throw new ElaborationError(
		"E0601",
		`\`${other}\` is no parameter that is trained and no state: a turn of a loop cannot set it`,
		step.environment.locate(node),
		"`<-` in a loop sets parameters and states; what is frozen, an option or a `let` of a model is as it was made",
	);
}

/** An option of a model that the other was made without. */
function otherOption(path: string, old: Value, value: Value): string | undefined {
	if (old === value) return undefined;
	switch (old.kind) {
		case "stack":
			return value.kind === "stack" ? otherOption(path, old.of, value.of) : path;
		case "model": {
			if (value.kind !== "model" || value.node !== old.node) return path;
			const options = value.configuration.ownValues();
			for (const [name, option] of old.configuration.ownValues())
				if (!sameOption(option, options.get(name) ?? unit)) return `${path}.${name}`;
			for (const [name, member] of old.members) {
				const other = otherOption(`${path}.${name}`, member, value.members.get(name) ?? unit);
				if (other !== undefined) return other;
			}
			return undefined;
		}
		case "list":
			if (value.kind !== "list" || value.items.length !== old.items.length) return path;
			return old.items
				.map((v, i) => otherOption(`${path}[${i}]`, v, value.items[i] ?? unit))
				.find((v) => v !== undefined);
		case "tuple":
			if (value.kind !== "tuple") return path;
			return old.elements
				.map((e, i) => otherOption(`${path}.${e.name ?? i}`, e.value, value.elements[i]?.value ?? unit))
				.find((v) => v !== undefined);
		case "frozen":
			return value.kind === "frozen" ? otherOption(path, old.value, value.value) : path;
		case "reparametrized": {
			if (value.kind !== "reparametrized" || value.rule.node !== old.rule.node) return path;
			for (const [name, option] of old.rule.options ?? [])
				if (!sameOption(option, value.rule.options?.get(name) ?? unit)) return `${path}.${name}`;
			for (const [name, own] of [...old.params, ...(old.base ? [["base", old.base] as const] : [])]) {
				const given = name === "base" && value.base ? value.base : value.params.get(name);
				const other = otherOption(`${path}.${name}`, own, given ?? unit);
				if (other !== undefined) return other;
			}
			return undefined;
		}
		case "tensor":
		case "traced":
			return value.kind === "reparametrized" || value.kind === "frozen" ? path : undefined;
		default:
			return undefined;
	}
}

function sameOption(a: Value, b: Value): boolean {
	if (a.kind === "model" || a.kind === "stack") return otherOption("", a, b) === undefined;
	const isFunction = (v: Value): v is Value & { kind: "function" | "closure" } =>
		v.kind === "function" || v.kind === "closure";
	if (isFunction(a) && isFunction(b)) return a.node === b.node && a.environment === b.environment;
	return equalValues(a, b);
}
