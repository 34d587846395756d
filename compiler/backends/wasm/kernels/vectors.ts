import type { ElementType } from "../../../ir/ir.js";
import type { Code, Local } from "../assembler.js";
import type { LaneOperation, Plain } from "../opcodes.js";
import { kindOf } from "../view.js";
import { isOwn } from "./functions.js";
import type { ScalarContext } from "./scalars.js";
import { scalarRows } from "./scalars.js";

/** Like the context of a scalar row, with vectors in `args`; bool is a mask of all bits of its lane. */
export interface VectorContext extends ScalarContext {
	readonly lanes: 2 | 4;
}

type VectorRow = (context: VectorContext) => void;

const isFloat = (element: ElementType): boolean => element === "f32" || element === "f64";

/** The interpretation of a vector with that element in its lanes. */
function shapeOf(element: ElementType): "f32x4" | "f64x2" | "i32x4" {
	return element === "f32" ? "f32x4" : element === "f64" ? "f64x2" : "i32x4";
}

function push({ code, args }: VectorContext): Code {
	for (const local of args) code.get(local);
	return code;
}

export function pushSplat(code: Code, element: ElementType, lanes: 2 | 4, value: number): Code {
	if (element === "f32") return code.f32(value).op("f32x4.splat");
	if (element === "f64") return code.f64(value).op("f64x2.splat");
	const bits = element === "bool" && value !== 0 ? -1 : value;
	return lanes === 4 ? code.i32(bits).op("i32x4.splat") : code.i64(BigInt(bits)).op("i64x2.splat");
}

const native =
	(instruction: string): VectorRow =>
	(context) => {
		push(context).op(`${shapeOf(context.from)}.${instruction}` as Plain);
	};

const bits =
	(instruction: string): VectorRow =>
	(context) => {
		push(context).op(`v128.${instruction}` as Plain);
	};

const byElement =
	(float: VectorRow, integer: VectorRow): VectorRow =>
	(context) =>
		(isFloat(context.from) ? float : integer)(context);

const compare = (comparison: string): VectorRow =>
	byElement(native(comparison), (context) => {
		if (context.from === "bool") {
			push(context).op("v128.xor");
			if (comparison === "eq") context.code.op("v128.not");
			return;
		}
		const suffix = comparison === "eq" || comparison === "ne" ? "" : "_s";
		push(context).op(`i32x4.${comparison}${suffix}` as Plain);
	});

const cast: VectorRow = (context) => {
	const { from, to, lanes } = context;
	const code = push(context);
	if (from === to) return;
	if (to === "bool") pushSplat(code, from, lanes, 0).op(`${shapeOf(from)}.ne` as Plain);
	else if (from === "bool") pushSplat(code, to, lanes, 1).op("v128.and");
	else code.op(to === "i32" ? "i32x4.trunc_sat_f32x4_s" : "f32x4.convert_i32x4_s");
};

/** The operations that SIMD has instructions for; the others go lane by lane. */
const rows: Readonly<Record<string, VectorRow>> = {
	neg: native("neg"),
	abs: native("abs"),
	sqrt: native("sqrt"),
	floor: native("floor"),
	ceil: native("ceil"),
	round: native("nearest"),
	sign: (context) => {
		const {
			code,
			from,
			lanes,
			args: [x = 0],
		} = context;
		const suffix = isFloat(from) ? "" : "_s";
		const side = (comparison: "gt" | "lt") => {
			pushSplat(code.get(x), from, lanes, 0).op(`${shapeOf(from)}.${comparison}${suffix}` as Plain);
		};
		pushSplat(code, from, lanes, 1);
		pushSplat(code, from, lanes, -1).get(x);
		side("lt");
		code.op("v128.bitselect");
		side("gt");
		code.op("v128.bitselect");
	},
	not: bits("not"),
	add: native("add"),
	sub: native("sub"),
	mul: native("mul"),
	div: native("div"),
	max: byElement(native("max"), native("max_s")),
	min: byElement(native("min"), native("min_s")),
	eq: compare("eq"),
	ne: compare("ne"),
	lt: compare("lt"),
	le: compare("le"),
	gt: compare("gt"),
	ge: compare("ge"),
	and: bits("and"),
	or: bits("or"),
	select: ({ code, args: [condition = 0, a = 0, b = 0] }) => {
		code.get(a).get(b).get(condition).op("v128.bitselect");
	},
	cast,
	stop_gradient: (context) => {
		push(context);
	},
	guard: ({ code, args: [x = 0] }) => {
		code.get(x);
	},
};

/** Calls the scalar row on each lane; inputs and result have the same element type, which is not bool. */
function laneByLane(operation: string, context: VectorContext): void {
	const { code, args, from, lanes } = context;
	const shape = shapeOf(from);
	const result = code.local("v128");
	const scalars = args.map(() => code.local(kindOf(from)));
	for (let index = 0; index < lanes; index++) {
		args.forEach((vector: Local, k) => {
			code
				.get(vector)
				.lane(`${shape}.extract_lane` as LaneOperation, index)
				.set(scalars[k] as Local);
		});
		code.get(result);
		scalarRows[operation]?.({ ...context, args: scalars });
		code.lane(`${shape}.replace_lane` as LaneOperation, index).set(result);
	}
	code.get(result);
}

/** Leaves the vector of results of an elementwise operation on the stack. */
export function emitVector(operation: string, context: VectorContext): void {
	const row = rows[operation];
	const { code, args, from, functions } = context;
	if (row !== undefined) row(context);
	else if ((from === "f32" || from === "f64") && isOwn(operation, from)) {
		for (const local of args) code.get(local);
		code.call(functions.vector(operation, from));
	} else laneByLane(operation, context);
}
