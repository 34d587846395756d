import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { Builder } from "../../compiler/ir/builder.js";
import type { Func, Value } from "../../compiler/ir/ir.js";
import { primitives, regionPrimitives } from "../../compiler/ir/primitives/index.js";
import { print } from "../../compiler/ir/print.js";
import { read } from "../../compiler/ir/read.js";
import { call, functionOf } from "../../compiler/ir/regions.js";
import { simplify } from "../../compiler/transform/simplify.js";
import { randomPrograms } from "../support/programs.js";
import { typeOf } from "../support/run.js";
import { type Transformation, transformations } from "../support/transformations.js";
import type { TransformedProgram } from "../support/transformed-programs.js";

/** A second simplification finds nothing more to do. */
function assertFixed(func: Func): void {
	for (const keepGuards of [false, true]) {
		const once = simplify(func, { keepGuards });
		assert.equal(print(simplify(once, { keepGuards })), print(once), print(func));
	}
}

const all = [...primitives.keys()];
const loops = [...regionPrimitives.keys()];

/** What the rewrites are about, in combinations that operations drawn from all of them seldom have. */
const mixtures: Readonly<Record<string, readonly string[]>> = {
	"all operations": all,
	"operations with regions": [...all, ...loops, ...loops, ...loops, ...loops, ...loops],
	arithmetic: "neg add sub mul div fill select guard reduce_sum broadcast".split(" "),
	movements: "reshape transpose broadcast slice pad reverse concatenate reduce_sum dot mul add".split(" "),
	contractions: "dot dot dot transpose broadcast mul reduce_sum reshape".split(" "),
	"sums of loops": [..."add mul fill reduce_sum broadcast neg dot".split(" "), ...loops],
	"places of elements": "gather scatter_add dynamic_slice dynamic_update slice pad fill broadcast mul".split(
		" ",
	),
};

const chains: readonly (readonly Transformation[])[] = [
	[],
	["vmap"],
	["jvp", "vmap"],
	["grad"],
	["grad", "vmap"],
	["grad", "jvp"],
];

describe("simplification reaches a fixed point", () => {
	for (const [name, operations] of Object.entries(mixtures)) {
		it(`of random programs and what is derived of them: ${name}`, () => {
			let derived = 0;
			fc.assert(
				fc.property(randomPrograms(operations, 12), fc.constantFrom(...chains), ({ func }, chain) => {
					// A loop without a limit has no reverse mode.
					const isDerived = chain.includes("grad");
					if (isDerived && (print(func).includes("= while") || !isFloat(func.results[0]))) return;
					if (isDerived) derived++;
					assertFixed(chain.reduce((inner, transformation) => transformations[transformation](inner), func));
				}),
				{ numRuns: 150 },
			);
			assert.ok(derived > 20, `only ${derived} derivatives`);
		}).timeout(60000);
	}

	it("of nested transformations of the programs that JAX computes, too", () => {
		const path = new URL("../../../test/transform/oracle/jax_oracle.generated.json", import.meta.url);
		for (const { text, chain } of JSON.parse(readFileSync(path, "utf8")) as readonly TransformedProgram[]) {
			let func = read(text);
			for (const transformation of chain) func = transformations[transformation](func);
			assertFixed(func);
		}
	}).timeout(60000);

	it("where calls that are dead, or much of what they call, leave few and small ones", () => {
		const long = functionOf("long", [typeOf("f64", 3)], (builder, [x]) => {
			let y = x as Value;
			for (let k = 0; k < 12; k++) y = builder.emit(["sin", "exp", "tanh"][k % 3] as string, [y]);
			// Nothing of this is left.
			for (let k = 0; k < 20; k++) y = builder.emit("neg", [y]);
			return [y, builder.emit("cos", [y])];
		});
		for (const needed of [1, 2, 5, 20]) {
			const builder = new Builder();
			let x = builder.parameter(typeOf("f64", 3));
			const zero = builder.zeros(x.type);
			for (let k = 0; k < 40; k++) {
				const [y] = call(builder, long, [x]) as [Value];
				x = k < needed ? y : builder.emit("select", [builder.fill(1, typeOf("bool", 3)), x, y]);
			}
			assertFixed(builder.build("calls", [x, zero]));
		}
	});
});

function isFloat(value: Value | undefined): boolean {
	return value?.type.element === "f32" || value?.type.element === "f64";
}
