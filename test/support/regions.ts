import type { Builder } from "../../compiler/ir/builder.js";
import { inline } from "../../compiler/ir/inline.js";
import type { TensorType, Value } from "../../compiler/ir/ir.js";
import { isFloat } from "../../compiler/ir/primitives/primitive.js";
import { call, cond, customDerivative, functionOf, scan, whileLoop } from "../../compiler/ir/regions.js";
import { vjp } from "../../compiler/transform/reverse.js";
import { Maker } from "./programs.js";

/** Operations of random regions: those that all backends compute alike to the last bit, and that do not blow up. */
const inside =
	"tanh sin cos sigmoid add sub mul max min neg reduce_sum reshape transpose broadcast slice pad reverse cumsum select";

/** Emits a few random equations in a region. */
function fill(maker: Maker, builder: Builder, parameters: readonly Value[], count: number): Maker {
	const inner = new Maker(maker.choices, maker.allowed, builder, maker);
	inner.values.push(...maker.values.slice(-3), ...parameters);
	for (let k = 0; k < count; k++) inner.emit(maker.choices.pick(inside.split(" ")));
	return inner;
}

/** A value of that type: what a region gives for a carry. Bounded, so that loops stay finite. */
function fitting(inner: Maker, builder: Builder, like: Value): Value {
	const found = inner.values
		.toReversed()
		.find(({ type }) => type.element === like.type.element && type.shape.join() === like.type.shape.join());
	const value = builder.capture(found ?? like, "fitting");
	if (isFloat(like.type.element)) return builder.emit("sin", [builder.emit("add", [value, like])]);
	return value;
}

const smallCarry = (maker: Maker): Value => maker.value(undefined, (shape) => shape.length <= 2);

type Make = (maker: Maker) => Value;

/** A random equation of each operation with regions; gives one of its results. */
export const regionMakers: Readonly<Record<string, Make>> = {
	scan(maker) {
		const { choices } = maker;
		const init = Array.from({ length: 1 + choices.below(2) }, () => smallCarry(maker));
		const length = choices.pick([1, 2, 3, 5, 0]);
		const sequences = Array.from({ length: choices.below(3) }, () =>
			maker.like({ element: maker.element(), shape: [length, ...choices.shape(choices.below(3))] }),
		);
		const checkpoint = choices.below(3) === 0 ? 1 + choices.below(3) : 0;
		const results = scan(
			maker.builder,
			{ init, sequences, length, reverse: choices.below(2) === 1, checkpoint },
			(builder, carries, elements) => {
				const inner = fill(maker, builder, [...carries, ...elements], 1 + choices.below(4));
				return {
					carries: carries.map((carry) => fitting(inner, builder, carry)),
					elements: [inner.values.at(-1) as Value],
				};
			},
		);
		maker.values.push(...results);
		return results[0] as Value;
	},
	while(maker) {
		const { choices } = maker;
		const count = maker.like({ element: "i32", shape: [] });
		const state = smallCarry(maker);
		const limit = maker.bounded || choices.below(3) > 0 ? 1 + choices.below(6) : undefined;
		const most = choices.below(7);
		const results = whileLoop(
			maker.builder,
			[count, state],
			(builder, [k]) => builder.emit("lt", [k as Value, builder.scalar(most, "i32")]),
			(builder, [k, x]) => {
				const inner = fill(maker, builder, [x as Value], 1 + choices.below(4));
				const next = builder.emit("add", [k as Value, builder.scalar(1, "i32")]);
				return [next, fitting(inner, builder, x as Value)];
			},
			{ limit },
		);
		maker.values.push(results[0] as Value, results[2] as Value);
		return results[1] as Value;
	},
	cond(maker) {
		const { choices } = maker;
		const predicate = maker.like({ element: "bool", shape: [] });
		const like = smallCarry(maker);
		const branch = (builder: Builder) => {
			const inner = fill(maker, builder, [], 1 + choices.below(4));
			return [fitting(inner, builder, builder.capture(like, "branch"))];
		};
		return cond(maker.builder, predicate, branch, branch)[0] as Value;
	},
	call(maker) {
		const { choices } = maker;
		const [a, b] = [smallCarry(maker), smallCarry(maker)];
		const types: TensorType[] = [a.type, b.type];
		const func = functionOf("part", types, (builder, parameters) => {
			const [x, y] = parameters as readonly [Value, Value];
			const sum = isFloat(y.type.element) ? builder.sum(builder.emit("sin", [y])) : y;
			if (x.type.element !== sum.type.element || !isFloat(x.type.element)) return [x, sum];
			const product = builder.emit("mul", [x, builder.broadcast(sum, x.type.shape, [])]);
			return [builder.emit("tanh", [product]), sum];
		});
		const first = call(maker.builder, func, [a, b]);
		if (choices.below(2) === 0) return first[choices.below(2)] as Value;
		return call(maker.builder, func, [first[0] as Value, b])[0] as Value;
	},
	custom_derivative(maker) {
		const x = maker.value(undefined, (shape) => shape.length <= 2);
		const value = functionOf("value", [x.type], (builder, [v]) => {
			const input = v as Value;
			return [isFloat(input.type.element) ? builder.emit("sin", [input]) : input];
		});
		const cotangents = isFloat(x.type.element) ? [x.type] : [];
		const pullback = functionOf("pullback", [x.type, x.type, ...cotangents], (builder, parameters) => {
			const [input, , cotangent] = parameters;
			if (cotangent === undefined) return [];
			const [output] = inline(builder, value, [input as Value]);
			return vjp(builder, [output as Value], [cotangent], [input as Value]);
		});
		return customDerivative(maker.builder, value, pullback, [x])[0] as Value;
	},
};
