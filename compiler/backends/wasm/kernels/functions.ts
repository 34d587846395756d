/**
 * Elementary functions on vectors of four f32 or two f64, without calls of the host. The approximations are those of
 * S. Moshier's Cephes mathematical library (1992; single and double precision), the logarithm of f64 is that of FDLIBM
 * (Sun Microsystems, 1993); fitted ones say so. How far they may be from `compiler/ir/scalar.ts`: docs/numbers.md.
 */
import { Code, type Local } from "../assembler.js";
import type { LaneOperation } from "../opcodes.js";
import type { Functions } from "./kernel.js";
import { Lanes } from "./lanes.js";

type Row = (lanes: Lanes, functions: Functions, args: readonly Local[]) => Local;

const infinity = Number.POSITIVE_INFINITY;

/** x = n log 2 + r with |r| at most half of log 2: n, and exp(r) - 1. */
function reduced(v: Lanes, x: Local): { readonly n: Local; readonly rest: Local } {
	const n = v.nearest(v.times(x, Math.LOG2E));
	const [high, low] =
		v.element === "f32" ? [0.693359375, -2.1219444e-4] : [0.693145751953125, 1.4286068203094173e-6];
	const r = v.sub(v.sub(x, v.times(n, high)), v.times(n, low));
	const square = v.mul(r, r);
	if (v.element === "f32") {
		const sum = v.polynomial(
			r,
			[1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 0.16666665459, 5.0000001201e-1],
		);
		return { n, rest: v.add(v.mul(sum, square), r) };
	}
	const odd = v.mul(r, v.polynomial(square, [1.2617719307481058e-4, 0.030299440770744195, 1]));
	const even = v.polynomial(square, [3.0019850513866446e-6, 2.524483403496841e-3, 0.22726554820815503, 2]);
	return { n, rest: v.div(v.add(odd, odd), v.sub(even, odd)) };
}

/** The arguments beyond which exp is 0 or infinite. */
const ends = { f32: [-104, 89], f64: [-746, 710] } as const;

/** exp(x); `small` where it is neither subnormal nor too large for the type. */
function exponential(v: Lanes, x: Local, small = false): Local {
	if (small) {
		const { n, rest } = reduced(v, x);
		return v.mul(v.plus(rest, 1), v.powerOfTwo(n));
	}
	const [lowest, highest] = ends[v.element];
	// Where the result is 0 nothing underflows, which takes processors long.
	const gone = v.where(x, "lt", lowest);
	const { n, rest } = reduced(v, v.apply("v128.andnot", v.atMost(x, highest), gone));
	// 2^n may be no normal number: in two factors, of which only the last rounds.
	const half = v.nearest(v.times(n, 0.5));
	const first = v.mul(v.plus(rest, 1), v.powerOfTwo(half));
	return v.apply("v128.andnot", v.mul(first, v.powerOfTwo(v.sub(n, half))), gone);
}

/** Keeps zeros with their signs. */
function exceptAtZero(v: Lanes, x: Local, y: Local): Local {
	return v.select(v.where(x, "eq", 0), x, y);
}

const exp: Row = (v, _, [x = 0]) => exponential(v, x);

const expm1: Row = (v, _, [x = 0]) => {
	const { n, rest } = reduced(v, v.atLeast(v.atMost(x, ends[v.element][1]), -40));
	// Half of 2^n, which may be too large itself.
	const scale = v.powerOfTwo(v.plus(n, -1));
	const half = v.add(v.mul(scale, rest), v.plus(scale, -0.5));
	return exceptAtZero(v, x, v.add(half, half));
};

const tanh: Row = (v, _, [x = 0]) => {
	const size = v.abs(x);
	const square = v.mul(x, x);
	const series =
		v.element === "f32"
			? v.polynomial(
					square,
					[-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 0.133314422036, -0.333332819422],
				)
			: v.div(
					v.polynomial(square, [-0.9643991794250523, -9.928772310019185e1, -1614.6876844170845]),
					v.polynomial(square, [1, 112.81167849163293, 2235.4883906010045, 4844.063053251255]),
				);
	const near = v.add(v.mul(v.mul(series, square), size), size);
	const power = exponential(v, v.atMost(v.add(size, size), 44), true);
	const far = v.sub(v.all(1), v.div(v.all(2), v.plus(power, 1)));
	return v.withSign(v.select(v.where(size, "lt", 0.625), near, far), x);
};

const sigmoid: Row = (v, _, [x = 0]) => {
	const power = exponential(v, v.neg(v.abs(x)));
	const top = v.select(v.where(x, "lt", 0), power, v.all(1));
	return v.div(top, v.plus(power, 1));
};

function logarithm(v: Lanes, x: Local): Local {
	const [least, shift] = v.element === "f32" ? [2 ** -126, 23] : [2 ** -1022, 52];
	const tiny = v.where(x, "lt", least);
	const { mantissa, exponent } = v.split(v.select(tiny, v.times(x, 2 ** shift), x));
	const n = v.add(exponent, v.apply("v128.and", tiny, v.all(-shift)));
	const f = v.plus(mantissa, -1);
	const square = v.mul(f, f);
	let result: Local;
	if (v.element === "f32") {
		const sum = v.polynomial(
			f,
			[
				7.0376836292e-2, -0.1151461031, 0.1167699874, -0.12420140846, 0.14249322787, -0.16668057665,
				0.20000714765, -0.24999993993, 0.33333331174,
			],
		);
		const tail = v.add(v.mul(v.mul(sum, square), f), v.times(n, -2.1219444e-4));
		result = v.add(v.add(v.sub(tail, v.times(square, 0.5)), f), v.times(n, 0.693359375));
	} else {
		const s = v.div(f, v.plus(f, 2));
		const z = v.mul(s, s);
		const sum = v.mul(
			z,
			v.polynomial(
				z,
				[
					0.14798198605116586, 0.15313837699209373, 0.1818357216161805, 0.22222198432149784,
					0.2857142874366239, 0.3999999999940942, 0.6666666666666735,
				],
			),
		);
		const half = v.times(square, 0.5);
		const tail = v.add(v.mul(s, v.add(half, sum)), v.times(n, 1.9082149292705877e-10));
		result = v.sub(v.times(n, 0.6931471803691238), v.sub(v.sub(half, tail), f));
	}
	const edge = v.select(
		v.where(x, "eq", 0),
		v.all(-infinity),
		v.select(v.where(x, "lt", 0), v.all(Number.NaN), x),
	);
	const inside = v.apply("v128.and", v.where(x, "gt", 0), v.where(x, "lt", infinity));
	return v.select(inside, result, edge);
}

const log: Row = (v, _, [x = 0]) => logarithm(v, x);

/** log(1 + x) with what the sum 1 + x loses (W. Kahan, in Hewlett-Packard's HP-15C handbook, 1982). */
const log1p: Row = (v, _, [x = 0]) => {
	const u = v.plus(x, 1);
	const lost = v.div(v.sub(x, v.plus(u, -1)), u);
	const inside = v.apply("v128.and", v.where(u, "gt", 0), v.where(u, "lt", infinity));
	return exceptAtZero(v, x, v.add(logarithm(v, u), v.apply("v128.and", inside, lost)));
};

const erf: Row = (v, _, [x = 0]) => {
	const size = v.abs(x);
	const square = v.mul(x, x);
	const one = v.all(1);
	let near: Local;
	let far: Local;
	if (v.element === "f32") {
		near = v.mul(
			x,
			v.polynomial(
				square,
				[
					7.853861353153693e-5, -8.010193625184903e-4, 5.188327685732524e-3, -2.685381193529856e-2,
					0.1128358514861418, -0.37612625824233, 1.12837916572671,
				],
			),
		);
		// -log erfc on [1, 4], where an absolute error of 2^-26 in erfc is enough: least squares with Lawson's weights.
		const t = v.atMost(size, 4);
		const negative = v.polynomial(
			t,
			[
				1.8557362047e-4, -2.9396036818e-3, 2.1805304563e-2, -0.10303734138, -0.63822570733, -1.1270400187,
				-3.5372352402e-4,
			],
		);
		far = v.sub(one, exponential(v, negative, true));
	} else {
		near = v.mul(
			x,
			v.div(
				v.polynomial(
					square,
					[9.604973739870516, 90.02601972038427, 2232.005345946843, 7003.325141128051, 55592.30130103949],
				),
				v.polynomial(
					square,
					[1, 33.56171416475031, 521.3579497801527, 4594.323829709801, 22629.000061389095, 49267.39426086359],
				),
			),
		);
		const t = v.atMost(size, 6);
		const top = v.polynomial(
			t,
			[
				2.461969814735305e-10, 0.5641895648310689, 7.463210564422699, 48.63719709856814, 196.5208329560771,
				526.4451949954773, 934.5285271719576, 1027.5518868951572, 557.5353353693994,
			],
		);
		const bottom = v.polynomial(
			t,
			[
				1, 13.228195115474499, 86.70721408859897, 354.9377788878199, 975.7085017432055, 1823.9091668790973,
				2246.3376081871097, 1656.6630919416134, 557.5353408177277,
			],
		);
		const rest = v.div(v.mul(exponential(v, v.neg(v.mul(t, t)), true), top), bottom);
		far = v.sub(one, rest);
	}
	return v.select(v.where(size, "lt", 1), near, v.withSign(far, x));
};

/** Pi / 2 in pieces of 33 bits (FDLIBM), so that products with less than 2^20 are exact. */
const halfPi = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21] as const;
/** Beyond this the host reduces the argument. */
const mostReduced = 1e6;

interface Quadrants {
	/** The argument minus the nearest multiple of pi / 2. */
	readonly rest: Local;
	/** That multiple, in the low bits of lanes as wide as the float's. */
	readonly quadrant: Local;
}

function quadrants(v: Lanes, x: Local): Quadrants {
	const wide = v.element === "f64" ? v : new Lanes(v.code, "f64", v.numbers);
	const reduce = (part: Local): Quadrants => {
		const n = wide.nearest(wide.times(part, 2 / Math.PI));
		const rest = halfPi.reduce((left, piece) => wide.sub(left, wide.times(n, piece)), part);
		return { rest, quadrant: wide.lowBits(n) };
	};
	if (v.element === "f64") return reduce(x);
	const low = reduce(v.apply("f64x2.promote_low_f32x4", x));
	v.code.get(x).get(x).shuffle([8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
	const high = reduce(v.apply("f64x2.promote_low_f32x4", v.keep()));
	v.code.get(v.apply("f32x4.demote_f64x2_zero", low.rest)).get(v.apply("f32x4.demote_f64x2_zero", high.rest));
	v.code.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
	const rest = v.keep();
	v.code.get(low.quadrant).get(high.quadrant);
	v.code.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]);
	return { rest, quadrant: v.keep() };
}

/** sin of the argument plus `turns` right angles. */
const circular =
	(turns: 0 | 1): Row =>
	(v, _, [x = 0]) => {
		const { rest, quadrant } = quadrants(v, x);
		const shifted =
			turns === 0
				? quadrant
				: v.apply(v.element === "f32" ? "i32x4.add" : "i64x2.add", quadrant, v.allBits(1n));
		const square = v.mul(rest, rest);
		const [odd, even] =
			v.element === "f32"
				? ([
						[-1.9515295891e-4, 8.3321608736e-3, -0.16666654611],
						[2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2],
					] as const)
				: ([
						[
							1.5896230157654656e-10, -2.5050747762857807e-8, 2.7557313621385722e-6, -1.984126982958954e-4,
							8.333333333322118e-3, -0.1666666666666663,
						],
						[
							-1.1358536521387682e-11, 2.087570084197473e-9, -2.755731417929674e-7, 2.4801587288851704e-5,
							-0.0013888888888873056, 4.1666666666666595e-2,
						],
					] as const);
		const sine = v.add(v.mul(v.mul(v.polynomial(square, odd), square), rest), rest);
		const cosine = v.add(
			v.sub(v.all(1), v.times(square, 0.5)),
			v.mul(v.mul(v.polynomial(square, even), square), square),
		);
		const width = v.element === "f32" ? 32 : 64;
		const oddTurn = v.shiftRight(v.shiftLeft(shifted, width - 1), width - 1);
		const half = v.apply("v128.and", v.shiftLeft(shifted, width - 2), v.allBits(1n << BigInt(width - 1)));
		const result = v.apply("v128.xor", v.select(oddTurn, cosine, sine), half);
		return turns === 0 ? exceptAtZero(v, x, result) : result;
	};

/** Calls the definition in `scalar.ts` for each lane. */
function byHost(operation: string, v: Lanes, functions: Functions, args: readonly Local[]): Local {
	const { code, element } = v;
	const result = code.local("v128");
	for (let lane = 0; lane < (element === "f32" ? 4 : 2); lane++) {
		code.get(result);
		for (const arg of args) {
			code.get(arg).lane(`${v.float}.extract_lane` as LaneOperation, lane);
			if (element === "f32") code.op("f64.promote_f32");
		}
		code.call(functions.scalar(operation, "f64"));
		if (element === "f32") code.op("f32.demote_f64");
		code.lane(`${v.float}.replace_lane` as LaneOperation, lane).set(result);
	}
	return result;
}

/** The row, and the definition in the lanes that are far out. */
function unlessFar(
	operation: string,
	v: Lanes,
	functions: Functions,
	args: readonly Local[],
	far: Local,
	row: Row,
): Local {
	const result = row(v, functions, args);
	// Only the lanes that are far out: a result depends on nothing but its own argument.
	v.any(far).ifThen(() => {
		v.code.get(v.select(far, byHost(operation, v, functions, args), result)).set(result);
	});
	return result;
}

const reducible =
	(operation: string, row: Row): Row =>
	(v, functions, args) => {
		const far = v.where(v.abs(args[0] ?? 0), "gt", mostReduced);
		return unlessFar(operation, v, functions, args, far, row);
	};

/** exp(b log a) in f64, for f32 alone: the exponent has 53 bits. */
const powerOfPositive: Row = (v, functions, [a = 0, b = 0]) => {
	const wide = new Lanes(v.code, "f64", v.numbers);
	const part = (x: Local, high: boolean): Local => {
		if (!high) return v.apply("f64x2.promote_low_f32x4", x);
		v.code.get(x).get(x).shuffle([8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
		return v.apply("f64x2.promote_low_f32x4", v.keep());
	};
	const half = (high: boolean): Local => {
		v.code.get(part(a, high)).call(functions.vector("log", "f64"));
		v.code.get(wide.mul(wide.keep(), part(b, high))).call(functions.vector("exp", "f64"));
		return v.apply("f32x4.demote_f64x2_zero", wide.keep());
	};
	v.code.get(half(false)).get(half(true));
	v.code.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
	return v.keep();
};

const pow: Row = (v, functions, args) => {
	const [a = 0, b = 0] = args;
	const base = v.apply("v128.and", v.where(a, "gt", 0), v.where(a, "lt", infinity));
	const usual = v.apply("v128.and", base, v.where(v.abs(b), "lt", infinity));
	return unlessFar("pow", v, functions, args, v.apply("v128.not", usual), powerOfPositive);
};

const rows: Readonly<Record<string, Row>> = {
	exp,
	expm1,
	log,
	log1p,
	tanh,
	sigmoid,
	erf,
	sin: reducible("sin", circular(0)),
	cos: reducible("cos", circular(1)),
	pow,
};

/** Those that call the host for some arguments. */
const partly: ReadonlySet<string> = new Set(["sin", "cos", "pow"]);

/** Whether the module has a function of its own for the operation. */
export function isOwn(operation: string, element: string): boolean {
	if (operation === "pow") return element === "f32";
	return operation in rows && (element === "f32" || element === "f64");
}

/** Whether computing the operation may call its definition in `scalar.ts`. */
export function callsHost(operation: string, element: string): boolean {
	return !isOwn(operation, element) || partly.has(operation);
}

/** The function (v128..) -> v128 of an operation with its own code. */
export function vectorFunction(operation: string, element: "f32" | "f64", functions: Functions): Code {
	const row = rows[operation];
	if (row === undefined) throw new Error(`${operation} has no code on vectors`);
	const args = operation === "pow" ? [0, 1] : [0];
	const code = new Code(args.map(() => "v128" as const));
	code.get(row(new Lanes(code, element, functions), functions, args));
	return code;
}
