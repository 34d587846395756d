import { strict as assert } from "node:assert";
import fc from "fast-check";
import { Builder } from "../../compiler/ir/builder.js";
import { interpret } from "../../compiler/ir/interpret.js";
import { type Func, sizeOf, type TensorData, type Value } from "../../compiler/ir/ir.js";
import { print } from "../../compiler/ir/print.js";
import { read } from "../../compiler/ir/read.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { verify } from "../../compiler/ir/verify.js";
import { gradients } from "../../compiler/transform/reverse.js";
import { simplify } from "../../compiler/transform/simplify.js";
import { assertClose, assertSame } from "../support/compare.js";
import {
	Choices,
	makeProgram,
	type RandomProgram,
	randomNumbers,
	randomPrograms,
} from "../support/programs.js";
import { backends, resultsOf, typeOf } from "../support/run.js";

function operationsOf(func: Func): string[] {
	return func.equations.map((equation) => equation.operation);
}

function simplifiedText(parameters: string, body: readonly string[]): string {
	return print(simplify(read(`func f(${parameters}) {\n${body.join("\n")}\n}`)));
}

/** Operations that keep small integers exact, so that no order of evaluation matters. */
const exact =
	"neg abs sign floor ceil round add sub mul max min lt le gt ge eq ne and or not select cast stop_gradient guard " +
	"reduce_sum reduce_max reduce_min reduce_and reduce_or argmax argmin cumsum reshape transpose broadcast slice pad " +
	"concatenate reverse dot gather scatter_add dynamic_slice dynamic_update fill iota cummax window_sum " +
	"window_max window_argmax scatter_set scatter_min scatter_max argsort searchsorted linear_assignment";

const smooth =
	"neg sin cos tanh sigmoid erf exp sqrt log add sub mul div pow reduce_sum reshape transpose broadcast dot fill";

function assertKeepsValue({ func, args }: RandomProgram, tolerance: number): void {
	const simplified = simplify(func);
	verify(simplified);
	assert.equal(simplified.parameters.length, func.parameters.length);
	const expected = interpret(func, args);
	for (const backend of backends) {
		const actual = resultsOf(backend, simplified, args);
		expected.forEach((value, k) => {
			const where = `on ${backend.name}\n${print(func)}\n${print(simplified)}`;
			if (tolerance === 0) assertSame(actual[k] as TensorData, value, where);
			else {
				const scale = Array.from<number>(value.data).reduce((most, x) => Math.max(most, Math.abs(x)), 1);
				assertClose(actual[k] as TensorData, value, () => tolerance * scale, where);
			}
		});
	}
}

describe("simplify", () => {
	it("keeps the value of exact programs", () => {
		fc.assert(
			fc.property(randomPrograms(exact.split(" "), 14), ({ func, args }) => {
				const whole = args.map((arg) => tensor(arg.type, Array.from(arg.data, Math.round)));
				const largest = interpret({ ...func, results: func.equations.map((e) => e.output) }, whole)
					.flatMap((value) =>
						value.type.element === "f32" || value.type.element === "f64" ? [...value.data] : [],
					)
					.reduce((most, x) => Math.max(most, Number.isFinite(x) ? Math.abs(x) : 0), 0);
				fc.pre(largest < 2 ** 22);
				assertKeepsValue({ func, args: whole }, 0);
			}),
			{ numRuns: 400 },
		);
	}).timeout(20000);

	it("keeps the value of smooth programs up to rounding", () => {
		fc.assert(
			fc.property(
				fc.array(fc.constantFrom(...smooth.split(" ")), { minLength: 2, maxLength: 10 }),
				fc.array(fc.nat(9999), { minLength: 8, maxLength: 30 }),
				(operations, numbers) => {
					const program = makeProgram(operations, numbers, ["f64"]);
					const values = interpret(
						{ ...program.func, results: program.func.equations.map((e) => e.output) },
						program.args,
					);
					fc.pre(
						values.every((value) => value.data.every((x: number) => Number.isFinite(x) && Math.abs(x) < 1e4)),
					);
					assertKeepsValue(program, 1e-9);
				},
			),
			{ numRuns: 300 },
		);
	}).timeout(20000);

	it("turns a matrix product in index notation into one dot", () => {
		const text = simplifiedText("%0: f32[4,3], %1: f32[3,5]", [
			"%2: f32[4,3,1] = reshape %0 {shape=[4,3,1]}",
			"%3: f32[4,3,5] = broadcast %2 {axes=[0,1,2], shape=[4,3,5]}",
			"%4: f32[1,3,5] = reshape %1 {shape=[1,3,5]}",
			"%5: f32[4,3,5] = broadcast %4 {axes=[0,1,2], shape=[4,3,5]}",
			"%6: f32[4,3,5] = mul %3, %5",
			"%7: f32[4,5] = reduce_sum %6 {axes=[1]}",
			"return %7",
		]);
		assert.equal(
			text,
			[
				"func f(%0: f32[4,3], %1: f32[3,5]) {",
				"  %2: f32[4,5] = dot %0, %1 {batch=[[],[]], contract=[[1],[0]]}",
				"  return %2",
				"}",
				"",
			].join("\n"),
		);
	});

	it("turns every product of two operands in index notation into one dot", () => {
		fc.assert(
			fc.property(fc.array(fc.nat(9999), { minLength: 12, maxLength: 30 }), (numbers) => {
				const choices = new Choices(numbers);
				const extents = [2, 3, 4, 5];
				const builder = new Builder();
				// Operand k has the axes of these letters, in any order; the loop runs over all letters in their order.
				const operand = (letters: readonly number[]): Value => {
					const order = choices.permutation(letters.length).map((k) => letters[k] as number);
					const x = builder.parameter(typeOf("f64", ...order.map((letter) => extents[letter] as number)));
					const sorted = [...order].sort();
					const turned = builder.transpose(
						x,
						sorted.map((letter) => order.indexOf(letter)),
					);
					const ones = builder.reshape(
						turned,
						extents.map((n, letter) => (order.includes(letter) ? n : 1)),
					);
					return builder.broadcast(ones, extents);
				};
				const letters = [0, 1, 2, 3];
				const shared = choices.below(4);
				const some = () => letters.filter((letter) => letter === shared || choices.below(2) === 0);
				const product = builder.emit("mul", [operand(some()), operand(some())]);
				const summed = letters.filter((letter) => letter === shared || choices.below(2) === 0);
				const func = builder.build("einsum", [builder.sum(product, summed)]);
				const args = func.parameters.map(({ type }, k) =>
					tensor(type, randomNumbers({ element: "i32", shape: type.shape }, k)),
				);
				assertKeepsValue({ func, args }, 0);
				const names = operationsOf(simplify(func));
				assert.equal(names.filter((name) => name === "dot").length, 1, print(simplify(func)));
			}),
			{ numRuns: 200 },
		);
	});

	it("multiplies lanes that share a matrix at once, on either side and in every layout", () => {
		fc.assert(
			fc.property(fc.array(fc.nat(9999), { minLength: 12, maxLength: 30 }), (numbers) => {
				const choices = new Choices(numbers);
				const [lanes, groups, rows, depth, columns] = [4, 2, 3, 5, 2] as const;
				const builder = new Builder();
				const grouped = choices.below(2) === 0;
				const axes = (own: number): number[] => (grouped ? [groups, own, depth] : [own, depth]);
				const shared = builder.parameter(typeOf("f64", ...axes(rows)));
				const spread = builder.broadcast(shared, [lanes, ...axes(rows)]);
				const order = choices.permutation(axes(columns).length + 1);
				const extents = [lanes, ...axes(columns)];
				const other = builder.parameter(typeOf("f64", ...order.map((k) => extents[k] as number)));
				const place = (axis: number): number => order.indexOf(axis);
				const last = extents.length - 1;
				const batch = [[0, 1].slice(0, last - 1), [0, 1].slice(0, last - 1).map(place)];
				const contract = [[last], [place(last)]];
				const turned = choices.below(2) === 0;
				const dot = turned
					? builder.emit("dot", [other, spread], {
							contract: contract.toReversed(),
							batch: batch.toReversed(),
						})
					: builder.emit("dot", [spread, other], { contract, batch });
				const func = builder.build("lanes", [dot]);
				const args = func.parameters.map(({ type }, k) =>
					tensor(type, randomNumbers({ element: "i32", shape: type.shape }, k)),
				);
				assertKeepsValue({ func, args }, 0);
				assert.ok(!operationsOf(simplify(func)).includes("broadcast"), print(simplify(func)));
			}),
			{ numRuns: 100 },
		);
	});

	it("leaves the training step of a linear model with two dots", () => {
		const builder = new Builder();
		const x = builder.parameter(typeOf("f32", 8, 3));
		const w = builder.parameter(typeOf("f32", 3, 2));
		const spread = (value: Value, axes: readonly number[]) => builder.broadcast(value, [8, 3, 2], axes);
		const product = builder.sum(builder.emit("mul", [spread(x, [0, 1]), spread(w, [1, 2])]), [1]);
		const loss = builder.sum(builder.emit("tanh", [product]));
		const [slope] = gradients(builder, loss, [w]);
		const func = simplify(builder.build("step", [loss, slope as Value]));
		assert.equal(operationsOf(func).filter((name) => name === "dot").length, 2, print(func));
		assert.ok(!operationsOf(func).includes("broadcast"), print(func));
	});

	it("removes what is dead, common or neutral", () => {
		const text = simplifiedText("%0: f32[3]", [
			'%1: f32[3] = fill {element="f32", shape=[3], value=0}',
			"%2: f32[3] = add %0, %1",
			"%3: f32[3] = exp %2",
			"%4: f32[3] = exp %0",
			"%5: f32[3] = sub %3, %4",
			"%6: f32[3] = sin %0",
			"%7: f32[3] = stop_gradient %5",
			"return %7",
		]);
		assert.equal(
			text,
			"func f(%0: f32[3]) {\n  %1: f32[3] = exp %0\n  %2: f32[3] = sub %1, %1\n  return %2\n}\n",
		);
	});

	it("pulls numbers out of sums", () => {
		const text = simplifiedText("%0: f32[3], %1: f32[3]", [
			'%2: f32[3] = fill {element="f32", shape=[3], value=2}',
			"%3: f32[3] = mul %0, %1",
			"%4: f32[3] = mul %2, %3",
			"%5: f32[] = reduce_sum %4 {axes=[0]}",
			"return %5",
		]);
		assert.match(text, /dot %0, %1 .*\n.*fill \{element="f32", shape=\[\], value=2\}\n.*mul/);
	});

	it("folds constants", () => {
		const text = simplifiedText("", [
			'%0: f64[2] = constant {data=<1,2>, element="f64", shape=[2]}',
			'%1: f64[2] = fill {element="f64", shape=[2], value=3}',
			"%2: f64[2] = mul %0, %1",
			"%3: f64[] = reduce_sum %2 {axes=[0]}",
			"return %3",
		]);
		assert.match(text, /fill \{element="f64", shape=\[\], value=9\}/);
	});

	it("merges chains of movements", () => {
		const text = simplifiedText("%0: i32[2,3,4]", [
			"%1: i32[4,2,3] = transpose %0 {permutation=[2,0,1]}",
			"%2: i32[2,3,4] = transpose %1 {permutation=[1,2,0]}",
			"%3: i32[6,4] = reshape %2 {shape=[6,4]}",
			"%4: i32[24] = reshape %3 {shape=[24]}",
			"%5: i32[24] = reverse %4 {axes=[0]}",
			"%6: i32[24] = reverse %5 {axes=[0]}",
			"return %6",
		]);
		assert.match(
			text,
			/^func f\(%0: i32\[2,3,4\]\) \{\n {2}%\d+: i32\[24\] = reshape %0 \{shape=\[24\]\}\n {2}return/,
		);
	});

	it("keeps guards on request", () => {
		const text = "func f(%0: f32[2], %1: bool[2]) {\n  %2: f32[2] = guard %0, %1\n  return %2\n}\n";
		assert.equal(print(simplify(read(text), { keepGuards: true })), text);
		assert.deepEqual(operationsOf(simplify(read(text))), []);
	});

	it("does not lose nan in products with zero", () => {
		const func = read(
			'func f(%0: f32[1]) {\n%1: f32[1] = fill {element="f32", shape=[1], value=0}\n%2: f32[1] = mul %0, %1\nreturn %2\n}',
		);
		const arg = tensor(typeOf("f32", 1), [Number.NaN]);
		assert.ok(Number.isNaN(interpret(simplify(func), [arg])[0]?.data[0]));
		assert.equal(sizeOf(func.results[0]?.type.shape ?? []), 1);
	});
});
