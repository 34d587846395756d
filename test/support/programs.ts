import fc from "fast-check";
import { Builder } from "../../compiler/ir/builder.js";
import type { ElementType, Func, TensorData, TensorType, Value } from "../../compiler/ir/ir.js";
import { sizeOf } from "../../compiler/ir/ir.js";
import { primitives } from "../../compiler/ir/primitives/index.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { operationMakers } from "./operations.js";
import { regionMakers } from "./regions.js";

/** Draws small numbers from a list of choices, so that fast-check can shrink a program by shrinking the list. */
export class Choices {
	private position = 0;

	constructor(private readonly numbers: readonly number[]) {}

	below(limit: number): number {
		const number = this.numbers[this.position++ % this.numbers.length] ?? 0;
		return Math.abs(number + 7 * Math.floor(this.position / this.numbers.length)) % limit;
	}

	pick<Item>(items: readonly Item[]): Item {
		return items[this.below(items.length)] as Item;
	}

	shape(rank = this.below(4)): number[] {
		return Array.from({ length: rank }, () => this.pick([2, 3, 1, 4, 5, 9, 2, 3, 4, 0]));
	}

	permutation(rank: number): number[] {
		const rest = Array.from({ length: rank }, (_, k) => k);
		return Array.from({ length: rank }, () => rest.splice(this.below(rest.length), 1)[0] as number);
	}

	axes(rank: number): number[] {
		return Array.from({ length: rank }, (_, k) => k).filter(() => this.below(2) === 1);
	}
}

const floats: readonly ElementType[] = ["f32", "f64"];
const numeric: readonly ElementType[] = ["f32", "f64", "i32"];
const bools: readonly ElementType[] = ["bool"];
const any: readonly ElementType[] = ["f32", "f64", "i32", "bool"];

/** Makes random equations: one method for each form of operation. */
export class Maker {
	readonly values: Value[] = [];
	/** Whether every loop has a limit. */
	bounded = false;

	constructor(
		readonly choices: Choices,
		/** The element types that values may have. */
		readonly allowed: readonly ElementType[] = any,
		readonly builder = new Builder(),
		/** The maker around the region that this one fills. */
		private readonly outer?: Maker,
	) {}

	/** One of these element types, as far as they are allowed. */
	element(elements: readonly ElementType[] = any): ElementType {
		return this.choices.pick(elements.filter((element) => this.allowed.includes(element)));
	}

	/** Some value with one of these elements, a new parameter if need be. */
	value(
		elements: readonly ElementType[] = any,
		accepts: (shape: readonly number[]) => boolean = () => true,
	): Value {
		const found = this.values.filter(
			({ type }) => elements.includes(type.element) && accepts(type.shape) && sizeOf(type.shape) <= 2000,
		);
		const choice = this.choices.below(found.length + 1);
		if (choice < found.length) return found[found.length - 1 - choice] as Value;
		for (let attempt = 0; attempt < 20; attempt++) {
			const shape = this.choices.shape();
			if (accepts(shape)) return this.parameter({ element: this.element(elements), shape });
		}
		return this.parameter({ element: this.element(elements), shape: [3, 2, 4] });
	}

	/** Some value of exactly that type. */
	like(type: TensorType): Value {
		const same = (shape: readonly number[]) => shape.join() === type.shape.join();
		const found = this.values.filter(
			(value) => value.type.element === type.element && same(value.type.shape),
		);
		const choice = this.choices.below(found.length + 1);
		return found[choice] ?? this.parameter(type);
	}

	parameter(type: TensorType): Value {
		const value = this.outer?.parameter(type) ?? this.builder.parameter(type);
		this.values.push(value);
		return value;
	}

	emit(operation: string): Value {
		const make = makers[operation] ?? regionMakers[operation];
		if (make === undefined) throw new Error(`${operation} has no generator`);
		const value = make(this, operation);
		this.values.push(value);
		return value;
	}
}

export type Make = (maker: Maker, operation: string) => Value;

const unary =
	(elements: readonly ElementType[]): Make =>
	(maker, operation) =>
		maker.builder.emit(operation, [maker.value(elements)]);

const binary =
	(elements: readonly ElementType[]): Make =>
	(maker, operation) => {
		const a = maker.value(elements);
		return maker.builder.emit(operation, [a, maker.like(a.type)]);
	};

const reduction =
	(elements: readonly ElementType[]): Make =>
	(maker, operation) => {
		const x = maker.value(elements);
		return maker.builder.emit(operation, [x], { axes: maker.choices.axes(x.type.shape.length) });
	};

const alongAxis =
	(nonEmpty: boolean): Make =>
	(maker, operation) => {
		const x = maker.value(numeric, (shape) => shape.length > 0 && !(nonEmpty && shape.includes(0)));
		return maker.builder.emit(operation, [x], { axis: maker.choices.below(x.type.shape.length) });
	};

const random: Make = (maker, operation) => {
	const { choices, builder } = maker;
	const shape = choices.shape();
	const key = [choices.below(1000) * 4_000_000, choices.below(1000)];
	const element = maker.element(floats);
	const inputs =
		choices.below(2) === 0 ? [] : [maker.like({ element: "i32", shape: choices.shape(choices.below(3)) })];
	return builder.emit(
		operation,
		inputs,
		operation === "random_bits" ? { key, shape } : { key, shape, element },
	);
};

const rows = (names: string, make: Make): Record<string, Make> =>
	Object.fromEntries(names.split(" ").map((name) => [name, make]));

/** A shape of the same size. */
function otherShape(choices: Choices, size: number): number[] {
	const shape: number[] = [];
	let rest = size;
	for (const factor of [2, 3, 5, 2, 4]) {
		if (rest > 0 && rest % factor === 0 && choices.below(3) > 0) {
			shape.push(factor);
			rest /= factor;
		}
	}
	shape.splice(choices.below(shape.length + 1), 0, rest);
	if (choices.below(3) === 0) shape.splice(choices.below(shape.length + 1), 0, 1);
	return shape;
}

function makeDot(maker: Maker, value: Value): Value {
	const { choices, builder } = maker;
	const shape = value.type.shape;
	const roles = shape.map(() => choices.below(3));
	const ofRole = (role: number) => shape.map((_, axis) => axis).filter((axis) => roles[axis] === role);
	const [batch, contract] = [ofRole(0), ofRole(1)];
	const free = choices.shape(choices.below(3)).map((n) => Math.max(n, 1));
	const unordered = [...batch, ...contract].map((axis) => shape[axis] as number);
	const permutation = choices.permutation(unordered.length + free.length);
	const natural = [...unordered, ...free];
	const other = maker.parameter({
		element: value.type.element,
		shape: permutation.map((axis) => natural[axis] as number),
	});
	const places = (axes: readonly number[], from: number) => axes.map((_, k) => permutation.indexOf(from + k));
	return builder.emit("dot", [value, other], {
		contract: [contract, places(contract, batch.length)],
		batch: [batch, places(batch, 0)],
	});
}

const nonEmpty = (shape: readonly number[]): boolean => shape.length > 0 && !shape.includes(0);

export const makers: Readonly<Record<string, Make>> = {
	...rows("neg abs sign", unary(numeric)),
	...rows("exp log log1p expm1 sqrt sin cos tanh sigmoid erf floor ceil round", unary(floats)),
	...rows("tan asin acos atan sinh cosh erfc lgamma digamma", unary(floats)),
	polygamma(maker, operation) {
		const x = maker.value(floats);
		return maker.builder.emit(operation, [maker.builder.fill(maker.choices.below(4), x.type), x]);
	},
	not: unary(bools),
	...rows("add sub mul max min mod floor_div lt le gt ge", binary(numeric)),
	...rows("div pow atan2", binary(floats)),
	...rows("eq ne", binary(any)),
	...rows("and or", binary(bools)),
	select(maker, operation) {
		const a = maker.value();
		const condition = maker.like({ element: "bool", shape: a.type.shape });
		return maker.builder.emit(operation, [condition, a, maker.like(a.type)]);
	},
	cast: (maker) => maker.builder.cast(maker.value(), maker.element()),
	stop_gradient: unary(any),
	guard(maker, operation) {
		const x = maker.value();
		return maker.builder.emit(operation, [x, maker.like({ element: "bool", shape: x.type.shape })]);
	},
	...rows("reduce_sum reduce_prod reduce_max reduce_min", reduction(numeric)),
	...rows("reduce_and reduce_or", reduction(bools)),
	...rows("argmax argmin", alongAxis(true)),
	cumsum: alongAxis(false),
	reshape(maker) {
		const x = maker.value();
		return maker.builder.reshape(x, otherShape(maker.choices, sizeOf(x.type.shape)));
	},
	transpose(maker) {
		const x = maker.value();
		return maker.builder.transpose(x, maker.choices.permutation(x.type.shape.length));
	},
	broadcast(maker) {
		const { choices } = maker;
		const x = maker.value(any, (shape) => sizeOf(shape) < 100);
		const shape = x.type.shape.map((n) => (n === 1 ? choices.pick([1, 3]) : n));
		const axes = shape.map((_, k) => k);
		for (let extra = choices.below(3); extra > 0; extra--) {
			const at = choices.below(shape.length + 1);
			shape.splice(at, 0, choices.pick([2, 3, 1]));
			axes.forEach((axis, k) => {
				if (axis >= at) axes[k] = axis + 1;
			});
		}
		const permutation = choices.permutation(shape.length);
		return maker.builder.broadcast(
			x,
			permutation.map((axis) => shape[axis] as number),
			axes.map((axis) => permutation.indexOf(axis)),
		);
	},
	slice(maker, operation) {
		const x = maker.value();
		const start = x.type.shape.map((n) => maker.choices.below(n + 1));
		const limit = x.type.shape.map((n, axis) => {
			const first = start[axis] as number;
			return first + maker.choices.below(n - first + 1);
		});
		return maker.builder.emit(operation, [x], { start, limit });
	},
	pad(maker, operation) {
		const x = maker.value(any, (shape) => sizeOf(shape) < 200);
		const low = x.type.shape.map(() => maker.choices.below(3));
		const high = x.type.shape.map(() => maker.choices.below(3));
		return maker.builder.emit(operation, [x], { low, high });
	},
	concatenate(maker, operation) {
		const x = maker.value(any, (shape) => shape.length > 0);
		const axis = maker.choices.below(x.type.shape.length);
		const other = maker.like({
			element: x.type.element,
			shape: x.type.shape.with(axis, maker.choices.below(4)),
		});
		return maker.builder.emit(operation, [x, other, x].slice(0, 1 + maker.choices.below(3)), { axis });
	},
	reverse(maker, operation) {
		const x = maker.value();
		return maker.builder.emit(operation, [x], { axes: maker.choices.axes(x.type.shape.length) });
	},
	dot: (maker) => makeDot(maker, maker.value(numeric)),
	gather(maker, operation) {
		const { choices } = maker;
		const x = maker.value(any, (shape) => nonEmpty(shape) && sizeOf(shape) < 300);
		const axis = choices.below(x.type.shape.length);
		const batch = choices.below(axis + 1);
		const shape = [...x.type.shape.slice(0, batch), ...choices.shape(choices.below(3))];
		return maker.builder.emit(operation, [x, maker.like({ element: "i32", shape })], { axis, batch });
	},
	scatter_add(maker, operation) {
		const { choices } = maker;
		const updates = maker.value(numeric);
		const rank = updates.type.shape.length;
		const axis = choices.below(rank + 1);
		const batch = choices.below(axis + 1);
		const count = choices.below(rank - axis + 1);
		const shape = [...updates.type.shape.slice(0, batch), ...updates.type.shape.slice(axis, axis + count)];
		const indices = maker.like({ element: "i32", shape });
		return maker.builder.emit(operation, [indices, updates], { axis, batch, size: 1 + choices.below(4) });
	},
	dynamic_slice(maker, operation) {
		const x = maker.value(any, (shape) => shape.length > 0);
		const axis = maker.choices.below(x.type.shape.length);
		const size = maker.choices.below((x.type.shape[axis] as number) + 1);
		return maker.builder.emit(operation, [x, maker.like({ element: "i32", shape: [] })], { axis, size });
	},
	dynamic_update(maker, operation) {
		const x = maker.value(any, (shape) => shape.length > 0);
		const axis = maker.choices.below(x.type.shape.length);
		const size = maker.choices.below((x.type.shape[axis] as number) + 1);
		const update = maker.like({ element: x.type.element, shape: x.type.shape.with(axis, size) });
		const start = maker.like({ element: "i32", shape: [] });
		return maker.builder.emit(operation, [x, update, start], { axis });
	},
	...operationMakers,
	random_bits: random,
	random_uniform: random,
	constant(maker) {
		const { choices } = maker;
		const type = { element: maker.element(), shape: choices.shape() };
		return maker.builder.constant(randomNumbers(type, choices.below(1000)), type);
	},
	fill(maker) {
		const type = { element: maker.element(), shape: maker.choices.shape() };
		return maker.builder.fill(maker.choices.below(2), type);
	},
	iota(maker, operation) {
		const shape = maker.choices.shape(1 + maker.choices.below(3));
		const element = maker.element(numeric);
		return maker.builder.emit(operation, [], { shape, axis: maker.choices.below(shape.length), element });
	},
};

/** Reproducible numbers that suit the type: floats near 0 with a few ties and zeros, small integers. */
export function randomNumbers(type: TensorType, seed: number): number[] {
	let state = (seed * 2654435761 + 12345) >>> 0;
	const next = (): number => {
		state ^= state << 13;
		state >>>= 0;
		state ^= state >>> 17;
		state ^= state << 5;
		state >>>= 0;
		return state / 2 ** 32;
	};
	return Array.from({ length: sizeOf(type.shape) }, () => {
		const x = next();
		if (type.element === "bool") return x < 0.5 ? 0 : 1;
		if (type.element === "i32") return Math.floor(x * 12) - 4;
		return x < 0.15 ? Math.round(x * 40) - 3 : Math.fround(next() * 4 - 2);
	});
}

export interface RandomProgram {
	readonly func: Func;
	readonly args: readonly TensorData[];
}

/** The program that a list of operations and a list of choices describe; its results are its last values. */
export function makeProgram(
	operations: readonly string[],
	numbers: readonly number[],
	allowed: readonly ElementType[] = any,
): RandomProgram {
	const maker = new Maker(new Choices(numbers), allowed);
	for (const operation of operations) maker.emit(operation);
	const results = maker.values.slice(-2);
	const func = maker.builder.build("random", results);
	const args = func.parameters.map((parameter, k) =>
		tensor(parameter.type, randomNumbers(parameter.type, k + (numbers[0] ?? 0))),
	);
	return { func, args };
}

/** Random programs over these operations, all of them by default. */
export function randomPrograms(
	operations: readonly string[] = [...primitives.keys()],
	maxLength = 12,
): fc.Arbitrary<RandomProgram> {
	return fc
		.tuple(
			fc.array(fc.constantFrom(...operations), { minLength: 1, maxLength }),
			fc.array(fc.nat(9999), { minLength: 8, maxLength: 40 }),
		)
		.map(([names, numbers]) => makeProgram(names, numbers));
}
