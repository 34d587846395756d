import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { Builder } from "../../compiler/ir/builder.js";
import { interpret } from "../../compiler/ir/interpret.js";
import { type Func, sizeOf, type TensorData, type Value } from "../../compiler/ir/ir.js";
import { print } from "../../compiler/ir/print.js";
import { read } from "../../compiler/ir/read.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { verify } from "../../compiler/ir/verify.js";
import { simplify } from "../../compiler/transform/simplify.js";
import { assertClose } from "../support/compare.js";
import { assertExpectedText } from "../support/expected-text.js";
import { Choices } from "../support/programs.js";
import { typeOf } from "../support/run.js";
import { numbersIn } from "../support/smooth.js";
import { fixturePath } from "../support/snapshot.js";

const path = fixturePath("ir", "simplified.txt");

interface Case {
	readonly name: string;
	readonly before: string;
}

/** `# name`, the function before, and after `=>` what the simplifier makes of it. */
function cases(): Case[] {
	const file = readFileSync(path, "utf8");
	return file
		.split(/^# /m)
		.slice(1)
		.map((block) => {
			const [before = ""] = block.split("\n=>\n");
			const end = before.indexOf("\n");
			return { name: before.slice(0, end), before: before.slice(end).trim() };
		});
}

function argsOf(func: Func): TensorData[] {
	return func.parameters.map(({ type }, k) =>
		tensor(
			type,
			type.element === "bool"
				? new Array<number>(sizeOf(type.shape)).fill(1)
				: numbersIn([0.5, 2], sizeOf(type.shape), k + 1),
		),
	);
}

function assertSameValue(before: Func, after: Func): void {
	verify(after);
	const args = argsOf(before);
	const expected = interpret(before, args);
	interpret(after, args).forEach((actual, k) => {
		const value = expected[k] as TensorData;
		const scale = Math.max(1, ...Array.from<number>(value.data).map(Math.abs));
		assertClose(actual, value, () => (value.type.element === "f32" ? 1e-5 : 1e-11) * scale, print(after));
	});
}

describe("the simplifier", () => {
	it("makes of these functions those", () => {
		const texts = cases().map(({ name, before }) => {
			const func = read(before);
			verify(func);
			const after = simplify(func);
			assertSameValue(func, after);
			assert.equal(print(simplify(after)), print(after), `${name}: it ends at a fixed point`);
			return `# ${name}\n\n${before}\n=>\n${print(after)}`;
		});
		assertExpectedText(path, texts.join("\n"));
	});

	it("computes what is repeated or transposed as before", () => {
		fc.assert(
			fc.property(fc.array(fc.nat(9999), { minLength: 12, maxLength: 40 }), (numbers) => {
				const choices = new Choices(numbers);
				const builder = new Builder();
				const shape = [2, 3, 4];
				const values: Value[] = [];
				const operand = (): Value => {
					if (values.length > 0 && choices.below(2) === 0) return choices.pick(values);
					const permutation = choices.permutation(3);
					const kind = choices.below(3);
					if (kind === 0) return builder.fill(choices.pick([0.5, 2, 3]), typeOf("f64", ...shape));
					if (kind === 1) {
						const x = builder.parameter(typeOf("f64", ...permutation.map((axis) => shape[axis] as number)));
						return builder.transpose(
							x,
							permutation.map((_, axis) => permutation.indexOf(axis)),
						);
					}
					const axes = permutation.slice(0, choices.below(3));
					const x = builder.parameter(typeOf("f64", ...axes.map((axis) => shape[axis] as number)));
					return builder.broadcast(x, shape, axes);
				};
				for (let k = 0; k < 6; k++) {
					const operation = choices.pick(["add", "mul", "sin", "tanh", "div", "select"]);
					const [a, b] = [operand(), operand()];
					const inputs = operation === "sin" || operation === "tanh" ? [a] : [a, b];
					values.push(
						operation === "select"
							? builder.emit("select", [builder.emit("lt", [a, b]), a, operand()])
							: builder.emit(operation, inputs),
					);
				}
				const last = values.at(-1) as Value;
				const func = builder.build("moved", [
					last,
					builder.transpose(last, choices.permutation(3)),
					builder.sum(last, choices.axes(3)),
				]);
				assertSameValue(func, simplify(func));
			}),
			{ numRuns: 300 },
		);
	});
});
