import { Builder } from "../compiler/ir/builder.js";
import type { Func, Value } from "../compiler/ir/ir.js";
import { gradients } from "../compiler/transform/reverse.js";
import { simplify } from "../compiler/transform/simplify.js";

/**
 * One step of gradient descent on a perceptron with one hidden layer and cross entropy. Parameters: two weights and
 * biases, which are carried, then the inputs [batch, inputs] and one-hot targets [batch, outputs]. Records the loss.
 */
export function perceptron(batch: number, inputs: number, hidden: number, outputs: number): Func {
	const builder = new Builder();
	const parameter = (...shape: number[]) => builder.parameter({ element: "f32", shape });
	const weights = [
		parameter(inputs, hidden),
		parameter(hidden),
		parameter(hidden, outputs),
		parameter(outputs),
	];
	const [w1, b1, w2, b2] = weights as [Value, Value, Value, Value];
	const [x, y] = [parameter(batch, inputs), parameter(batch, outputs)];
	const layer = (input: Value, w: Value, b: Value): Value => {
		const product = builder.emit("dot", [input, w], { contract: [[1], [0]], batch: [[], []] });
		return builder.emit("add", [product, builder.broadcast(b, product.type.shape)]);
	};
	const before = layer(x, w1, b1);
	const logits = layer(builder.emit("max", [before, builder.zeros(before.type)]), w2, b2);
	const largest = builder.emit("stop_gradient", [builder.emit("reduce_max", [logits], { axes: [1] })]);
	const shifted = builder.emit("sub", [logits, builder.broadcast(largest, [batch, outputs], [0])]);
	const total = builder.emit("log", [builder.sum(builder.emit("exp", [shifted]), [1])]);
	const likelihood = builder.emit("sub", [shifted, builder.broadcast(total, [batch, outputs], [0])]);
	const sum = builder.sum(builder.emit("mul", [y, likelihood]));
	const loss = builder.emit("mul", [sum, builder.scalar(-1 / batch, "f32")]);
	const slopes = gradients(builder, loss, weights);
	const updated = weights.map((weight, k) => {
		const step = builder.emit("mul", [slopes[k] as Value, builder.fill(0.01, weight.type)]);
		return builder.emit("sub", [weight, step]);
	});
	return simplify(builder.build("step", [...updated, loss]));
}
