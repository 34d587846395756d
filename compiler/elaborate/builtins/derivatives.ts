import type { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import { callValue } from "../expressions/call.js";
import type { DerivativeValue, TracedValue } from "../values.js";
import {
	type Call,
	gradientAt,
	type Place,
	push,
	realLeavesLike,
	realTree,
	type Variable,
	variable,
} from "./differentiate.js";
import { type Intrinsic, readArguments } from "./intrinsics.js";

/** The functions of the language that give derivatives. */

function derivativeValue(rule: DerivativeValue["rule"]): Intrinsic {
	return (_evaluator, environment, call) => {
		const [fn, place] = call.arguments;
		if (!fn) return fail(environment, call.node, "a function is wanted here");
		const by =
			place?.value.kind === "Field" && place.value.name.kind === "Identifier"
				? place.value.name.name
				: undefined;
		return {
			kind: "derivative",
			rule,
			node: fn.value,
			environment,
			...(fn.given && { given: fn.given }),
			...(by !== undefined && { by }),
		};
	};
}

const vjpOf: Intrinsic = (evaluator, environment, call) => {
	const [fn, x] = readArguments(evaluator, environment, call).positional;
	const place: Place = { evaluator, environment, node: call.node };
	if (!fn || !x) return fail(environment, call.node, "a function and where are wanted here");
	const draws = { ...evaluator.draws, counts: new Map(evaluator.draws.counts) };
	const at = variable(place, x);
	const node = call.arguments[0]?.value ?? call.node;
	const argument = at.argument(at.leaves);
	const value = realTree(
		place,
		callValue(evaluator, environment, node, fn, { positional: [argument], named: new Map() }),
	);
	const pullback: DerivativeValue = {
		kind: "derivative",
		rule: "pullback",
		node,
		environment,
		given: fn,
		at: argument,
		draws,
		lanes: evaluator.lanes,
	};
	return { kind: "tuple", elements: [{ value }, { value: pullback }] };
};

/** The function of a product, and its variable. */
function productOf(
	evaluator: Evaluator,
	environment: Environment,
	call: Parameters<Intrinsic>[2],
): { readonly place: Place; readonly at: Variable; readonly apply: Call; readonly direction: TracedValue[] } {
	const [fn, x, dx] = readArguments(evaluator, environment, call).positional;
	const place: Place = { evaluator, environment, node: call.node };
	if (!fn || !x || !dx)
		return fail(environment, call.node, "a function, where, and a direction are wanted here");
	const at = variable(place, x);
	const node = call.arguments[0]?.value ?? call.node;
	const apply: Call = (argument) =>
		callValue(evaluator, environment, node, fn, { positional: [argument], named: new Map() });
	return { place, at, apply, direction: realLeavesLike(place, at.gradient(at.leaves), dx) };
}

const jvpOf: Intrinsic = (evaluator, environment, call) => {
	const { place, at, apply, direction } = productOf(evaluator, environment, call);
	const { value, tangent } = push(place, at, apply, direction);
	return { kind: "tuple", elements: [{ value }, { value: tangent }] };
};

/** Forward over reverse. */
const hvp: Intrinsic = (evaluator, environment, call) => {
	const { place, at, apply, direction } = productOf(evaluator, environment, call);
	const slope: Call = (argument) => gradientAt(place, variable(place, argument), apply);
	return push(place, at, slope, direction).tangent;
};

export const derivativeIntrinsics: Readonly<Record<string, Intrinsic>> = {
	grad: derivativeValue("grad"),
	value_and_grad: derivativeValue("value_and_grad"),
	jacobian: derivativeValue("jacobian"),
	hessian: derivativeValue("hessian"),
	vjp: vjpOf,
	jvp: jvpOf,
	hvp,
};
