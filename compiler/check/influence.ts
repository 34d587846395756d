import type * as ast from "../../grammar/ast.js";
import { freeNames } from "../../grammar/free-names.js";
import type { AnyNode } from "../../grammar/visit.js";
import type { Binding, Context, Scope } from "./context.js";

/** What a `let` of a fit was given: what it depends on is found through it. */
export interface NamedValue {
	readonly value: ast.Expression;
	readonly scope: Scope;
}

const namedValues = new WeakMap<Binding, NamedValue>();

/** Notes what a `let` of a fit is given. */
export function noteValue(binding: Binding, value: NamedValue): void {
	namedValues.set(binding, value);
}

/** The parts and parameters of the fit that an expression mentions, by itself or through `let`s. */
export function reachedRoots(context: Context, node: ast.Expression): ReadonlySet<string> {
	const roots = new Set<string>();
	const seen = new Set<Binding>();
	const follow = (scope: Scope, code: AnyNode): void => {
		for (const [name] of freeNames(code)) {
			const binding = scope.find(name);
			if (!binding || seen.has(binding)) continue;
			seen.add(binding);
			if (binding.role === "part" || binding.role === "param") roots.add(binding.name);
			const named = namedValues.get(binding);
			if (named) follow(named.scope, named.value);
		}
	};
	follow(context.scope, node);
	return roots;
}
