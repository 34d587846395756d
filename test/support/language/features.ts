import { overSizes } from "./binders.js";
import {
	asNumber,
	Decisions,
	Environment,
	type Expression,
	expression,
	real,
	type TensorType,
	type Type,
	type Value,
} from "./description.js";
import { index } from "./indices.js";
import { inner, leastIn, named, type Scope, someSize } from "./scope.js";

import { anything, someType } from "./values.js";

const holdsNumbers = (type: Type): boolean =>
	type.kind === "tuple"
		? type.items.every(holdsNumbers)
		: type.kind === "tensor" && typeof type.element === "string";

/** One of several values that a `for` puts side by side: records of tensors, tensors, numbers. */
export function stacked(scope: Scope, type: Type, depth: number): (() => Expression)[] {
	if (!holdsNumbers(type)) return [];
	return [
		() => {
			const size = someSize(scope);
			const head = overSizes(scope, [size]);
			const within = inner(scope, ...head.names);
			const [one, other] = [anything(within, type, depth - 1), anything(within, real, depth - 1)];
			const at = leastIn(scope, size) >= 1 ? index(scope, size, depth - 1) : index(scope, { "": 1 }, 0);
			// A tuple has fields, and no turns.
			const record = scope.source.chance(50) || (type.kind === "tuple" && !type.names);
			const colons = type.kind === "tensor" ? type.shape.map(() => ", :").join("") : "";
			// A part of the stack, then one of them; or one of them, then its part.
			const partFirst = record && type.kind === "tensor";
			return expression(
				type,
				[one, ...(record ? [other] : []), at],
				(s) => {
					const body = record ? `(p = ${s.spell(one)}, q = ${s.spell(other)})` : s.spell(one);
					const stack = `(for ${head.write(s)}: ${body})`;
					if (!record) return `${stack}[${s.spell(at)}${colons}]`;
					return partFirst ? `${stack}.p[${s.spell(at)}${colons}]` : `${stack}[${s.spell(at)}].p`;
				},
				(e) => {
					const turns = [...head.turns(e)].map((turn) => one.value(turn));
					return turns[asNumber(at.value(e))] as Value;
				},
				// The names are known in the body only; the index stands outside.
				head.names,
			);
		},
	];
}

/** A value folded over a list that is known before running, turn by turn. */
export function lists(scope: Scope, type: Type, depth: number): (() => Expression)[] {
	if (!holdsNumbers(type)) return [];
	return [
		() => {
			const item = someType(scope, 0);
			const items = [anything(scope, item, depth - 1), anything(scope, item, depth - 1)];
			const [state, name] = [named(scope, "s", type), named(scope, "x", item)];
			const start = anything(scope, type, depth - 1);
			const body = anything(inner(scope, state, name), type, depth - 1);
			const list = (texts: readonly string[]): string => texts.join(", ");
			return expression(
				type,
				[...items, start, body],
				(s) =>
					`fold([(${list([s.spell(items[0] as Expression), "0"])}), (${list([s.spell(items[1] as Expression), "1"])})], ${s.spell(start)}, |${s.name(state)}, (${s.name(name)}, _)| ${s.spell(body)})`,
				(e) =>
					items.reduce<Value>(
						(so, x) => body.value(e.with(state, so).with(name, x.value(e))),
						start.value(e),
					),
				[state, name],
			);
		},
	];
}

/** `grad(|v| ..)(x)`, by differences. */
export function gradients(scope: Scope, type: TensorType, depth: number): (() => Expression)[] {
	if (scope.plain) return [];
	return [
		() => {
			const name = named(scope, "v", type);
			const body = anything(inner(scope, name), real, depth - 1);
			const at = anything(scope, type, depth - 1);
			return expression(
				type,
				[body, at],
				(s) => `grad(|${s.name(name)}| ${s.spell(body)})(${s.spell(at)})`,
				(e) => slopes(e, at.value(e), (moved, here) => asNumber(body.value(here.with(name, moved)))),
				[name],
			);
		},
	];
}

/** Central differences. Where they are not those of a smooth function, the decisions say so. */
function slopes(e: Environment, at: Value, of: (moved: Value, e: Environment) => number): Value {
	const step = 1e-5;
	const run = (value: Value): readonly [number, Decisions] => {
		const decisions = new Decisions();
		return [of(value, new Environment(e.sizes, e.values, decisions)), decisions];
	};
	const [value, here] = run(at);
	e.decisions.rough = true;
	if (here.close || here.rough || !Number.isFinite(value) || here.largest > 1e4) e.decisions.close = true;
	const path = here.taken.join();
	const walk = (part: Value, replace: (value: Value) => Value): Value => {
		if (Array.isArray(part))
			return part.map((item, k) =>
				walk(item, (changed) => replace(part.map((other, j) => (j === k ? changed : other)))),
			);
		const [[up, a], [down, b]] = [run(replace(asNumber(part) + step)), run(replace(asNumber(part) - step))];
		if (a.taken.join() !== path || b.taken.join() !== path) e.decisions.close = true;
		return e.decisions.note((up - down) / (2 * step));
	};
	return walk(at, (value) => value);
}
