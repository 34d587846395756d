import type { Code, Local } from "../assembler.js";
import type { Plain } from "../opcodes.js";

export type Float = "f32" | "f64";

/** Where numbers of the code lie in memory. */
export interface Numbers {
	number(element: Float, value: number): number;
}

/** 1.5 times 2 to the number of bits behind the point: added to a small integer, it leaves that in the low bits. */
const shifter = { f32: 1.5 * 2 ** 23, f64: 1.5 * 2 ** 52 } as const;
const exponentBias = { f32: 127, f64: 1023 } as const;
const fractionBits = { f32: 23, f64: 52 } as const;

/** Arithmetic on vectors of one float type, without branches; each result is a new local. */
export class Lanes {
	readonly float: "f32x4" | "f64x2";
	readonly integer: "i32x4" | "i64x2";

	constructor(
		readonly code: Code,
		readonly element: Float,
		readonly numbers: Numbers,
	) {
		this.float = element === "f32" ? "f32x4" : "f64x2";
		this.integer = element === "f32" ? "i32x4" : "i64x2";
	}

	/** The same number in all lanes. */
	all(value: number): Local {
		const load = this.element === "f32" ? "v128.load32_splat" : "v128.load64_splat";
		// One instruction, where a constant takes three.
		this.code.i32(0).memory(load, this.numbers.number(this.element, value));
		return this.keep();
	}

	/** The same integer in all lanes, as wide as the floats. */
	allBits(value: bigint): Local {
		if (this.element === "f32") this.code.i32(Number(BigInt.asIntN(32, value))).op("i32x4.splat");
		else this.code.i64(value).op("i64x2.splat");
		return this.keep();
	}

	/** The result of an instruction, such as `v128.and`. */
	apply(instruction: Plain, ...args: readonly Local[]): Local {
		for (const local of args) this.code.get(local);
		this.code.op(instruction);
		return this.keep();
	}

	private arithmetic(name: string, ...args: readonly (Local | { readonly all: number })[]): Local {
		const locals = args.map((arg) => (typeof arg === "number" ? arg : this.all(arg.all)));
		return this.apply(`${this.float}.${name}` as Plain, ...locals);
	}

	add(a: Local, b: Local): Local {
		return this.arithmetic("add", a, b);
	}

	plus(a: Local, value: number): Local {
		return this.arithmetic("add", a, { all: value });
	}

	sub(a: Local, b: Local): Local {
		return this.arithmetic("sub", a, b);
	}

	mul(a: Local, b: Local): Local {
		return this.arithmetic("mul", a, b);
	}

	times(a: Local, value: number): Local {
		return this.arithmetic("mul", a, { all: value });
	}

	div(a: Local, b: Local): Local {
		return this.arithmetic("div", a, b);
	}

	abs(a: Local): Local {
		return this.arithmetic("abs", a);
	}

	neg(a: Local): Local {
		return this.arithmetic("neg", a);
	}

	nearest(a: Local): Local {
		return this.arithmetic("nearest", a);
	}

	/** The lesser of both; nan stays. */
	atMost(a: Local, value: number): Local {
		return this.arithmetic("pmin", a, { all: value });
	}

	/** The greater of both; nan stays. */
	atLeast(a: Local, value: number): Local {
		return this.arithmetic("pmax", a, { all: value });
	}

	/** The lanes where the comparison holds. */
	where(a: Local, comparison: "lt" | "gt" | "le" | "ge" | "eq", value: number): Local {
		return this.arithmetic(comparison, a, { all: value });
	}

	select(condition: Local, a: Local, b: Local): Local {
		return this.apply("v128.bitselect", a, b, condition);
	}

	/** The absolute value of `a`, which is not negative, with the sign of `sign`. */
	withSign(a: Local, sign: Local): Local {
		const bit = this.allBits(this.element === "f32" ? 1n << 31n : 1n << 63n);
		return this.apply("v128.or", a, this.apply("v128.and", sign, bit));
	}

	/** The polynomial with these coefficients, that of the highest power first. */
	polynomial(x: Local, coefficients: readonly number[]): Local {
		const [first = 0, ...rest] = coefficients;
		return rest.reduce((sum, coefficient, k) => {
			const raised = k === 0 ? this.times(x, first) : this.mul(sum, x);
			return this.plus(raised, coefficient);
		}, this.unused);
	}

	/** Integers of the width of the lanes, from integral floats of small absolute value: in the low bits. */
	lowBits(n: Local, plus = 0): Local {
		return this.plus(n, shifter[this.element] + plus);
	}

	shiftLeft(bits: Local, count: number): Local {
		this.code
			.get(bits)
			.i32(count)
			.op(`${this.integer}.shl` as Plain);
		return this.keep();
	}

	/** With the sign. */
	shiftRight(bits: Local, count: number): Local {
		this.code
			.get(bits)
			.i32(count)
			.op(`${this.integer}.shr_s` as Plain);
		return this.keep();
	}

	/** 2^n of integral floats n such that it is a normal number. */
	powerOfTwo(n: Local): Local {
		return this.shiftLeft(this.lowBits(n, exponentBias[this.element]), fractionBits[this.element]);
	}

	/** Positive normal numbers as m 2^e with m in [sqrt 1/2, sqrt 2); e as float. */
	split(x: Local): { readonly mantissa: Local; readonly exponent: Local } {
		const width = fractionBits[this.element];
		const middle = this.allBits(this.element === "f32" ? 0x3f3504f3n : 0x3fe6a09e667f3bcdn);
		const subtract = `${this.integer}.sub` as Plain;
		const bits = this.shiftRight(this.apply(subtract, x, middle), width);
		const mantissa = this.apply(subtract, x, this.shiftLeft(bits, width));
		if (this.element === "f32") return { mantissa, exponent: this.apply("f32x4.convert_i32x4_s", bits) };
		const shifted = this.apply("i64x2.add", bits, this.all(shifter.f64));
		return { mantissa, exponent: this.plus(shifted, -shifter.f64) };
	}

	/** Leaves on the stack whether the mask has a lane. */
	any(mask: Local): Code {
		return this.code.get(mask).op("v128.any_true");
	}

	keep(): Local {
		const local = this.code.local("v128");
		this.code.set(local);
		return local;
	}

	private readonly unused: Local = 0;
}
