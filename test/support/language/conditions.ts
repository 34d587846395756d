import { asNumber, bool, type Expression, expression, variable } from "./description.js";
import { entry } from "./indices.js";
import { detours, integer, realNumber, whichever } from "./scalars.js";
import {
	binderOf,
	inner,
	isElement,
	isIndex,
	numbersIn,
	oneOf,
	type Scope,
	someSize,
	tensorsIn,
} from "./scope.js";
import { numberOf } from "./sizes.js";

export function condition(scope: Scope, depth: number): Expression {
	const leaves = [
		() => comparison(scope, depth - 1, scope.source.chance(40)),
		...numbersIn(scope, "bool").map((e) => () => e),
		...tensorsIn(scope, (t) => t.element === "bool" && t.shape.length > 0).map(
			(of) => () => entry(scope, of, depth - 1),
		),
		...equalities(scope, depth),
	];
	if (depth <= 0 || scope.source.chance(20)) return oneOf(scope, leaves);
	const again = (): Expression => condition(scope, depth - 1);
	return oneOf(scope, [
		...leaves.slice(0, 1),
		() => {
			const word = scope.source.pick(["and", "or"]);
			const [left, right] = [again(), again()];
			return expression(
				bool,
				[left, right],
				(s) => `(${s.spell(left)} ${word} ${s.spell(right)})`,
				(e) =>
					word === "and"
						? left.value(e) === true && right.value(e) === true
						: left.value(e) === true || right.value(e) === true,
			);
		},
		() => {
			const of = again();
			return expression(
				bool,
				[of],
				(s) => `(not ${s.spell(of)})`,
				(e) => of.value(e) !== true,
			);
		},
		() => {
			const size = someSize(scope);
			const [name, every] = [binderOf(scope, size), scope.source.chance(50)];
			const test = condition(inner(scope, name), depth - 1);
			return expression(
				bool,
				[test],
				(s) => `(${every ? "all" : "any"} ${s.name(name)} in ${s.size(size)}: ${s.spell(test)})`,
				(e) => {
					const tests = Array.from(
						{ length: numberOf(size, e.sizes) },
						(_, k) => test.value(e.with(name, k)) === true,
					);
					return every ? tests.every(Boolean) : tests.some(Boolean);
				},
				[name],
			);
		},
		() => whichever(scope, bool, depth),
		...detours(scope, bool, depth),
	]);
}

function comparison(scope: Scope, depth: number, whole: boolean): Expression {
	const sign = scope.source.pick(["<", ">", "<=", ">=", ...(whole ? ["==", "!="] : [])]);
	const make = whole ? integer : realNumber;
	const [left, right] = [make(scope, depth), make(scope, depth)];
	return expression(
		bool,
		[left, right],
		(s) => `(${s.spell(left)} ${sign} ${s.spell(right)})`,
		(e) => {
			const order = e.decisions.compare(asNumber(left.value(e)), asNumber(right.value(e)));
			const tests: Readonly<Record<string, boolean>> = {
				"<": order < 0,
				">": order > 0,
				"<=": order <= 0,
				">=": order >= 0,
				"==": order === 0,
				"!=": order !== 0,
			};
			return tests[sign] === true;
		},
	);
}

/** A label against a name of a binder: what sums by place are made of. */
function equalities(scope: Scope, depth: number): (() => Expression)[] {
	return scope.variables
		.filter((v) => v.binder === true)
		.flatMap((name) => {
			if (!isIndex(name.type)) return [];
			const { below: size } = name.type.element;
			return tensorsIn(scope, (t) => isElement(t.element, { below: size }) && t.shape.length > 0).map(
				(of) => () => {
					const label = entry(scope, of, depth - 1);
					return expression(
						bool,
						[label, variable(name)],
						(s) => `(${s.spell(label)} == ${s.name(name)})`,
						(e) => {
							const order = e.decisions.compare(asNumber(label.value(e)), asNumber(e.get(name)));
							return order === 0;
						},
					);
				},
			);
		});
}
