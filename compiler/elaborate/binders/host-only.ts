import { freeNames } from "../../../grammar/free-names.js";
import { type AnyNode, walk } from "../../../grammar/visit.js";
import type { Environment } from "../environment.js";
import type { Value } from "../values.js";

/** Whether code runs a fit, or does something else that only the host level does: each turn of it runs by itself. */
export function reachesHost(environment: Environment, node: AnyNode): boolean {
	for (const [name] of freeNames(node)) {
		const value = environment.peek(name);
		if (value && runsAtHost(value)) return true;
	}
	return false;
}

const known = new WeakMap<AnyNode, boolean>();

/** Whether a call of this does what only the host level does. */
export function runsAtHost(value: Value): boolean {
	switch (value.kind) {
		case "fit":
			return true;
		case "function":
		case "closure":
		case "model class": {
			const { node, environment } = value;
			const found = known.get(node);
			if (found !== undefined) return found;
			// One that leads back to itself does not change what the others lead to.
			known.set(node, false);
			const result = isStatic(value) || holdsStatements(node) || reachesHost(environment, node);
			known.set(node, result);
			return result;
		}
		default:
			return false;
	}
}

function isStatic(value: Value): boolean {
	if (value.kind !== "function" || value.node.name?.kind !== "Identifier") return false;
	return (
		value.node.name.name === "static" &&
		value.node.body.kind === "Name" &&
		value.node.body.name === "intrinsic"
	);
}

const hostStatements = new Set(["Check", "Plot", "Loop", "IfStatement"]);

function holdsStatements(node: AnyNode): boolean {
	let found = false;
	walk(node, (inner) => {
		if (hostStatements.has(inner.kind)) found = true;
		return !found;
	});
	return found;
}
