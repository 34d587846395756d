import type { Builder } from "../../compiler/ir/builder.js";
import { type Func, sizeOf, type TensorType, type Value } from "../../compiler/ir/ir.js";
import { isFloat } from "../../compiler/ir/primitives/primitive.js";
import { print } from "../../compiler/ir/print.js";
import { cond, customDerivative, functionOf, scan } from "../../compiler/ir/regions.js";
import { Choices, Maker } from "./programs.js";
import { numbersIn } from "./smooth.js";
import { isBatched, lanes, type Transformation, transformations } from "./transformations.js";

/** A program of the oracle: a function, transformations of it from the inside out, and where to evaluate them. */
export interface TransformedProgram {
	readonly name: string;
	readonly text: string;
	readonly chain: readonly Transformation[];
	readonly args: readonly (readonly number[])[];
	/** Written again by hand in `jax_oracle.py`, instead of read from the text. */
	readonly native?: string;
}

const f64 = (...shape: number[]): TensorType => ({ element: "f64", shape });
const times = (builder: Builder, a: Value, b: Value): Value =>
	builder.emit("dot", [a, b], { contract: [[a.type.shape.length - 1], [0]], batch: [[], []] });
const rounded = (x: number): number => Math.round(x * 1000) / 1000;

/** Numbers for the parameters of the transformed function: those of all lanes. */
function argsOf(func: Func, chain: readonly Transformation[], seed: number): number[][] {
	const copies = chain.filter((name) => name === "vmap").length;
	return func.parameters.map(({ type }, k) => {
		const count = sizeOf(type.shape) * (isBatched(k) ? lanes ** copies : 1);
		if (isFloat(type.element)) return numbersIn([-1, 1], count, seed + k).map(rounded);
		return Array.from({ length: count }, (_, i) => (i * 7 + k + seed) % (type.element === "bool" ? 2 : 3));
	});
}

/** h' = tanh(w h + x) over 100 inputs. */
function recurrent(checkpoint: number): Func {
	return functionOf("recurrent", [f64(2, 2), f64(2), f64(100)], (builder, [w, h, xs]) => {
		const [last, sums] = scan(
			builder,
			{ init: [h as Value], sequences: [xs as Value], checkpoint },
			(inner, [state], [x]) => {
				const push = inner.broadcast(x as Value, [2], []);
				const next = inner.emit("tanh", [
					inner.emit("add", [times(inner, w as Value, state as Value), push]),
				]);
				return { carries: [next], elements: [inner.sum(inner.emit("mul", [next, next]))] };
			},
		) as [Value, Value];
		return [builder.emit("add", [builder.sum(last), builder.sum(sums)])];
	});
}

/** tanh(x w1 + b1) . w2, squared errors, with the parameters in one vector of 9. */
function network(): Func {
	return functionOf("network", [f64(9), f64(4, 2)], (builder, [p, x]) => {
		const part = (start: number, ...shape: number[]): Value =>
			builder.reshape(
				builder.emit("slice", [p as Value], { start: [start], limit: [start + sizeOf(shape)] }),
				shape,
			);
		const hidden = builder.emit("add", [
			times(builder, x as Value, part(0, 2, 2)),
			builder.broadcast(part(4, 2), [4, 2], [1]),
		]);
		const output = times(builder, builder.emit("tanh", [hidden]), part(6, 2));
		const bias = builder.broadcast(part(8, 1), [4], [0]);
		const errors = builder.emit("sub", [builder.emit("add", [output, bias]), builder.fill(0.5, f64(4))]);
		return [builder.sum(builder.emit("mul", [errors, errors]))];
	});
}

/** x sin x where x > 0, else x^2 cos x. */
function branches(): Func {
	return functionOf("branches", [f64()], (builder, [given]) => {
		const x = given as Value;
		return cond(
			builder,
			builder.emit("gt", [x, builder.scalar(0, "f64")]),
			(inner) => [inner.emit("mul", [x, inner.emit("sin", [x])])],
			(inner) => [inner.emit("mul", [inner.emit("mul", [x, x]), inner.emit("cos", [x])])],
		);
	});
}

/**
 * argmin_w |x w - y|^2 + e^s |w|^2 by conjugate gradients, with the implicit derivative: where the gradient is 0, the
 * cotangent goes through a solve with the Hessian, and from there through the gradient of the objective.
 */
function ridge(): Func {
	const types = [f64(5, 3), f64(5), f64()];
	const normal = (builder: Builder, x: Value, s: Value): Value => {
		const gram = builder.emit("dot", [x, x], { contract: [[0], [0]], batch: [[], []] });
		const unit = builder.constant([1, 0, 0, 0, 1, 0, 0, 0, 1], f64(3, 3));
		const weight = builder.broadcast(builder.emit("exp", [s]), [3, 3], []);
		return builder.emit("add", [gram, builder.emit("mul", [weight, unit])]);
	};
	const value = functionOf("value", types, (builder, [x, y, s]) => {
		const matrix = normal(builder, x as Value, s as Value);
		const right = times(builder, builder.transpose(x as Value, [1, 0]), y as Value);
		const along = (inner: Builder, a: Value, b: Value): Value =>
			inner.broadcast(inner.sum(inner.emit("mul", [a, b])), [3], []);
		const [w] = scan(
			builder,
			{ init: [builder.zeros(f64(3)), right, right], length: 3 },
			(inner, [weights, residual, direction]) => {
				const [v, r, d] = [weights, residual, direction] as [Value, Value, Value];
				const image = times(inner, matrix, d);
				const square = along(inner, r, r);
				const step = inner.emit("div", [square, along(inner, d, image)]);
				const next = inner.emit("sub", [r, inner.emit("mul", [step, image])]);
				const turn = inner.emit("div", [along(inner, next, next), square]);
				return {
					carries: [
						inner.emit("add", [v, inner.emit("mul", [step, d])]),
						next,
						inner.emit("add", [next, inner.emit("mul", [turn, d])]),
					],
				};
			},
		);
		return [w as Value];
	});
	const pullback = functionOf("pullback", [...types, f64(3), f64(3)], (builder, [x, y, s, w, dw]) => {
		const matrix = normal(builder, x as Value, s as Value);
		const column = builder.reshape(dw as Value, [3, 1]);
		const solved = builder.reshape(builder.emit("solve", [matrix, column]), [3]);
		const errors = builder.emit("sub", [times(builder, x as Value, w as Value), y as Value]);
		const pushed = times(builder, x as Value, solved);
		const outer = (a: Value, b: Value): Value =>
			builder.emit("mul", [builder.broadcast(a, [5, 3], [0]), builder.broadcast(b, [5, 3], [1])]);
		const both = builder.emit("add", [outer(pushed, w as Value), outer(errors, solved)]);
		const shrink = builder.emit("mul", [
			builder.emit("exp", [s as Value]),
			times(builder, w as Value, solved),
		]);
		return [builder.emit("neg", [both]), pushed, builder.emit("neg", [shrink])];
	});
	return functionOf("ridge", types, (builder, parameters) =>
		customDerivative(builder, value, pullback, parameters),
	);
}

function named(): TransformedProgram[] {
	const make = (name: string, func: Func, chain: Transformation[], native: string, seed = 1) => ({
		name,
		text: print(func),
		chain,
		args: argsOf(func, chain, seed),
		native,
	});
	return [
		make("grad through a scan of 100 steps", recurrent(0), ["grad"], "recurrent"),
		make("grad through a scan of 100 steps with checkpoints", recurrent(10), ["grad"], "recurrent"),
		make("grad of grad through a scan of 100 steps", recurrent(0), ["grad", "grad"], "recurrent"),
		make("jvp of grad through a scan of 100 steps", recurrent(7), ["grad", "jvp"], "recurrent"),
		make("lanes of a scan of 100 steps, then grad", recurrent(0), ["vmap", "grad"], "recurrent"),
		make("Hessian of a small network", network(), ["hessian"], "network"),
		make("jvp of grad of a small network", network(), ["grad", "jvp"], "network"),
		make("third derivative of a small network", network(), ["hessian", "grad"], "network"),
		make("vmap of grad of cond", branches(), ["grad", "vmap"], "branches", 2),
		make("vmap of grad of grad of cond", branches(), ["grad", "grad", "vmap"], "branches", 2),
		make("grad of vmap of cond", branches(), ["vmap", "grad"], "branches", 2),
		make("implicit gradient of ridge regression", ridge(), ["grad"], "ridge"),
		make("implicit gradient of ridge regression, forwards", ridge(), ["jvp"], "ridge"),
		make("implicit gradient of ridge regression in lanes", ridge(), ["grad", "vmap"], "ridge"),
	];
}

const straight =
	"tanh sin cos sigmoid erf atan add sub mul max min neg reduce_sum reduce_max reshape transpose broadcast slice pad " +
	"reverse cumsum select dot gather concatenate scatter_add dynamic_slice dynamic_update";
const loops = "scan while cond call custom_derivative";

const chains: readonly (readonly Transformation[])[] = [
	["grad"],
	["jvp"],
	["vmap"],
	["grad", "grad"],
	["grad", "jvp"],
	["jvp", "grad"],
	["grad", "vmap"],
	["vmap", "grad"],
	["jvp", "vmap"],
	["vmap", "vmap"],
	["vjp", "jvp"],
	["hessian"],
	["vmap", "hessian"],
	["jvp", "vmap", "grad"],
	["vmap", "grad", "vmap"],
	["grad", "vmap", "jvp"],
	["simplify", "grad", "simplify", "grad"],
	["grad", "simplify", "vmap", "simplify"],
	["grad", "grad", "grad"],
	["vjp", "vmap", "grad"],
];

/** One random program, or nothing where it has no derivative or grows too large. */
function random(seed: number): TransformedProgram | undefined {
	const numbers = Array.from({ length: 24 }, (_, i) =>
		Math.floor(9999 * Math.abs(Math.sin(13 * seed + 7.7 * i))),
	);
	const choices = new Choices(numbers);
	const maker = new Maker(choices, ["f64", "i32", "bool"]);
	const chain = chains[seed % chains.length] as readonly Transformation[];
	// JAX has no reverse mode through a loop without a limit either.
	maker.bounded = !chain.every((name) => name === "jvp" || name === "vmap");
	const count = 1 + choices.below(4);
	for (let k = 0; k < count; k++) maker.emit(choices.pick(straight.split(" ")));
	maker.emit(choices.pick(loops.split(" ")));
	for (let k = choices.below(3); k > 0; k--) maker.emit(choices.pick(straight.split(" ")));
	const output = maker.values.at(-1) as Value;
	const func = maker.builder.build("random", [output]);
	const variables = func.parameters.filter(({ type }) => isFloat(type.element));
	const sizes = func.parameters.map(({ type }) => sizeOf(type.shape));
	if (!isFloat(output.type.element) || variables.length === 0) return undefined;
	if (sizes.some((n) => n > 24 || n === 0) || sizeOf(output.type.shape) > 60) return undefined;
	let transformed = func;
	for (const name of chain) transformed = transformations[name](transformed);
	const total = transformed.results.reduce((sum, { type }) => sum + sizeOf(type.shape), 0);
	if (total === 0 || total > 600) return undefined;
	// What does not depend on its variables says nothing.
	if (transformations.simplify(transformed).equations.length < 4) return undefined;
	return {
		name: `random ${seed}: ${chain.join(", ")}`,
		text: print(func),
		chain,
		args: argsOf(func, chain, seed),
	};
}

/** The programs of the oracle: those with a name, then random ones. */
export function transformedPrograms(count: number): TransformedProgram[] {
	const found = named();
	for (let seed = 1; found.length < count; seed++) {
		const program = random(seed);
		if (program !== undefined) found.push(program);
	}
	return found;
}
