import { type Equation, type Func, sizeOf } from "../../ir/ir.js";
import { dotAxes } from "../../ir/primitives/contraction.js";
import { simplify } from "../../transform/simplify.js";
import { type Evaluator, fail } from "../evaluator.js";
import { callValue } from "../expressions/call.js";
import { irTypeOf, leafType, leavesOf, liftTree } from "../models/trees.js";
import { integer, type Value } from "../values.js";
import { drawnAgain } from "./differentiate.js";
import { type Intrinsic, readArguments } from "./intrinsics.js";
import { spelledType, zerosOf } from "./made-trees.js";
import { buildRegions, stateOf } from "./regions.js";

/** A loop of which only its values tell how often it turns. */
class Unbounded extends Error {}

/**
 * `macs(f, x, ..)`: the call is traced as a function of its tensors, of whose shapes alone the count is made; it is not
 * computed. The simplifier makes sums of products what they are when they are computed.
 */
export const macs: Intrinsic = (evaluator, environment, call) => {
	const args = call.arguments.map((a, i) => {
		const type = i > 0 && !a.given ? spelledType(environment, a.value) : undefined;
		const given = type && zerosOf(evaluator, environment, type);
		return { ...a, ...(given && { given }) };
	});
	const [fn, ...inputs] = readArguments(evaluator, environment, { ...call, arguments: args }).positional;
	if (!fn) return fail(environment, call.node, "a function is wanted here");
	const start: Value = {
		kind: "tuple",
		elements: inputs.map((value) => ({ value: liftTree(evaluator, value) ?? value })),
	};
	// In a binder it is the cost of one of its turns.
	const types = leavesOf(start).map((leaf) => ({ ...leafType(leaf), lanes: [] }));
	const traced = withoutLanes(evaluator, () =>
		buildRegions(evaluator, [
			{
				name: "counted",
				parameters: types.map(irTypeOf),
				body: (parameters) => {
					const given = stateOf(start, types, parameters);
					const positional = given.kind === "tuple" ? given.elements.map((e) => e.value) : [];
					const result = callValue(evaluator, environment, call.node, fn, { positional, named: new Map() });
					// Nothing runs, so nothing is outside.
					evaluator.takeChecks();
					return leavesOf(liftTree(evaluator, result) ?? result).map((leaf) => {
						if (leaf.lanes.length === 0) return leaf.value;
						return fail(
							environment,
							call.node,
							"what is called here is another function in each turn of a binder: its cost is told outside of it",
						);
					});
				},
			},
		]),
	);
	try {
		return integer(traced.funcs.reduce((sum, func) => sum + multiplications(simplify(func)), 0));
	} catch (error) {
		if (!(error instanceof Unbounded)) throw error;
		return fail(environment, call.node, "the cost of a loop without a limit is not supported yet", "E0901");
	}
};

function withoutLanes<T>(evaluator: Evaluator, body: () => T): T {
	const { lanes } = evaluator;
	evaluator.lanes = [];
	try {
		return drawnAgain(evaluator, body);
	} finally {
		evaluator.lanes = lanes;
	}
}

function multiplications(func: Func): number {
	return func.equations.reduce((sum, equation) => sum + ofEquation(equation), 0);
}

function ofEquation({ operation, inputs, attributes, outputs, regions }: Equation): number {
	const [first, second] = inputs.map((input) => input.type.shape);
	const [output] = outputs.map((value) => value.type.shape);
	const inside = regions.map(multiplications);
	const once = inside[0] ?? 0;
	switch (operation) {
		case "dot": {
			const { contract, batch } = attributes as { contract: number[][]; batch: number[][] };
			const axes = dotAxes(first?.length ?? 0, contract, batch, 0);
			return sizeOf(output ?? []) * sizeOf(axes.contract.map((axis) => first?.[axis] ?? 1));
		}
		case "convolution":
			return sizeOf(output ?? []) * sizeOf((second ?? []).slice(1));
		case "scan":
			return Number(attributes.length) * once;
		case "while":
			if (inside.every((count) => count === 0)) return 0;
			if (attributes.limit === undefined) throw new Unbounded();
			return Number(attributes.limit) * ((inside[1] ?? 0) + once);
		case "cond":
			return Math.max(...inside, 0);
		default:
			// Of a function with a derivative of its own the function itself counts.
			return once;
	}
}
