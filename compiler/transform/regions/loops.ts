import type { Builder } from "../../ir/builder.js";
import { inline } from "../../ir/inline.js";
import type { Attributes, Equation, Func, TensorType, Value } from "../../ir/ir.js";
import { booleanOf, integerOf } from "../../ir/primitives/primitive.js";
import { loopGroups } from "../../ir/primitives/regions.js";
import { functionOf } from "../../ir/regions.js";

const typesOf = (values: readonly Value[]): TensorType[] => values.map((value) => value.type);

/**
 * A scan with segments as a scan over the segments, each of which is a scan: of the outer one, reverse mode keeps the
 * carries alone and computes a segment again (`checkpoint` 1). The turns that fill no segment come last.
 */
function segmented(builder: Builder, equation: Equation): readonly Value[] {
	const { attributes, inputs } = equation;
	const length = integerOf(attributes, "length");
	const size = Math.min(integerOf(attributes, "checkpoint"), length);
	const { carries, sequences } = loopGroups(attributes);
	const reverse = booleanOf(attributes, "reverse");
	const region = equation.regions[0] as Func;
	const count = Math.floor(length / size);
	const rest = length - count * size;
	const plain: Attributes = { length: size, carries, sequences, reverse };
	const init = inputs.slice(0, carries);
	const stacks = inputs.slice(carries, carries + sequences);
	const constants = inputs.slice(carries + sequences);
	/** Rows of a stack. Backwards, the first turns are those of the last rows. */
	const part = (stack: Value, segments: boolean): Value => {
		const whole = count * size;
		const low = segments === reverse ? length - (segments ? whole : rest) : 0;
		const start = stack.type.shape.map((_, axis) => (axis === 0 ? low : 0));
		const limit = stack.type.shape.with(0, low + (segments ? whole : rest));
		return builder.emit("slice", [stack], { start, limit });
	};
	const element = (stack: Value): TensorType => ({ ...stack.type, shape: stack.type.shape.slice(1) });
	const outer = functionOf(
		"segment",
		[
			...typesOf(init),
			...stacks.map((stack) => ({ ...stack.type, shape: [size, ...element(stack).shape] })),
			...typesOf(constants),
		],
		(inner, parameters) => inner.emitAll("scan", parameters, plain, [region]),
	);
	const main = builder.emitAll(
		"scan",
		[
			...init,
			...stacks.map((stack) => builder.reshape(part(stack, true), [count, size, ...element(stack).shape])),
			...constants,
		],
		{ ...plain, length: count, checkpoint: 1 },
		[outer],
	);
	const flat = main
		.slice(carries)
		.map((value) => builder.reshape(value, [count * size, ...value.type.shape.slice(2)]));
	if (rest === 0) return [...main.slice(0, carries), ...flat];
	const last = builder.emitAll(
		"scan",
		[...main.slice(0, carries), ...stacks.map((stack) => part(stack, false)), ...constants],
		{ ...plain, length: rest },
		[region],
	);
	const joined = flat.map((value, k) => {
		const tail = last[carries + k] as Value;
		return builder.emit("concatenate", reverse ? [tail, value] : [value, tail], { axis: 0 });
	});
	return [...last.slice(0, carries), ...joined];
}

/**
 * A while with a limit as a scan of that many turns, each of which is a `cond`: once the condition fails the state
 * stays, so that the condition goes on failing, and no derivative of the body is taken there.
 */
function bounded(builder: Builder, equation: Equation): readonly Value[] {
	const { attributes, inputs } = equation;
	const { carries } = loopGroups(attributes);
	const [condition, body] = equation.regions as readonly [Func, Func];
	const init = [...inputs.slice(0, carries), builder.scalar(0, "i32")];
	const constants = inputs.slice(carries);
	const types = [...typesOf(init), ...typesOf(constants)];
	const withoutCount = (parameters: readonly Value[]): Value[] => parameters.toSpliced(carries, 1);
	const go = functionOf("go", types, (inner, parameters) => [
		...inline(inner, body, withoutCount(parameters)),
		inner.emit("add", [parameters[carries] as Value, inner.scalar(1, "i32")]),
	]);
	const stay = functionOf("stay", types, (_inner, parameters) => parameters.slice(0, carries + 1));
	const turn = functionOf("turn", types, (inner, parameters) => {
		const [holds] = inline(inner, condition, withoutCount(parameters));
		return inner.emitAll("cond", [holds as Value, ...parameters], {}, [go, stay]);
	});
	const checkpoint: Attributes =
		attributes.checkpoint === undefined ? {} : { checkpoint: attributes.checkpoint };
	const length = integerOf(attributes, "limit");
	return builder.emitAll(
		"scan",
		[...init, ...constants],
		{ length, carries: carries + 1, sequences: 0, reverse: false, ...checkpoint },
		[turn],
	);
}

/** Rewrites a loop into one that reverse mode has a rule for; false where it is one already. */
export function prepareLoop(builder: Builder, equation: Equation): boolean {
	const { operation, attributes } = equation;
	const segments = operation === "scan" && Number(attributes.checkpoint ?? 0) > 1 && attributes.length !== 0;
	if (!segments && !(operation === "while" && attributes.limit !== undefined)) return false;
	builder.rewrite(equation, () => (segments ? segmented : bounded)(builder, equation));
	return true;
}
