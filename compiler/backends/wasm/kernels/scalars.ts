import type { ElementType } from "../../../ir/ir.js";
import type { Code, Local } from "../assembler.js";
import type { Plain } from "../opcodes.js";
import { callsHost, isOwn } from "./functions.js";
import type { Functions } from "./kernel.js";

/** What a row of the table below may use. `args` hold the inputs; the result is left on the stack. */
export interface ScalarContext {
	readonly code: Code;
	readonly functions: Functions;
	readonly args: readonly Local[];
	/** The element type of the inputs (of the second, for select), and of the result. */
	readonly from: ElementType;
	readonly to: ElementType;
}

type ScalarRow = (context: ScalarContext) => void;

const isFloat = (element: ElementType): element is "f32" | "f64" => element === "f32" || element === "f64";

function push({ code, args }: ScalarContext): Code {
	for (const local of args) code.get(local);
	return code;
}

/** The arithmetic prefix of an element type: bool counts with i32. */
const prefix = (element: ElementType): string => (isFloat(element) ? element : "i32");

/** One instruction of the element type of the inputs. */
const native =
	(instruction: string): ScalarRow =>
	(context) => {
		push(context).op(`${prefix(context.from)}.${instruction}` as Plain);
	};

/** The module's own function, else the definition in `scalar.ts`; there f32 goes through f64 and is rounded once. */
const imported =
	(operation: string): ScalarRow =>
	({ code, functions, args, from }) => {
		if ((from === "f32" || from === "f64") && isOwn(operation, from)) {
			const shape = from === "f32" ? "f32x4" : "f64x2";
			for (const local of args) code.get(local).op(`${shape}.splat`);
			code.call(functions.vector(operation, from)).lane(`${shape}.extract_lane`, 0);
			return;
		}
		for (const local of args) {
			code.get(local);
			if (from === "f32") code.op("f64.promote_f32");
		}
		code.call(functions.scalar(operation, isFloat(from) ? "f64" : "i32"));
		if (from === "f32") code.op("f32.demote_f64");
	};

const byElement =
	(float: ScalarRow, integer: ScalarRow): ScalarRow =>
	(context) =>
		(isFloat(context.from) ? float : integer)(context);

function pushNumber(code: Code, element: ElementType, value: number): Code {
	if (element === "f32") return code.f32(value);
	return element === "f64" ? code.f64(value) : code.i32(value);
}

const pick =
	(comparison: "lt" | "gt"): ScalarRow =>
	({ code, args: [a = 0, b = 0] }) => {
		code
			.get(a)
			.get(b)
			.get(a)
			.get(b)
			.op(`i32.${comparison}_s` as Plain, "select");
	};

const compare = (comparison: string): ScalarRow =>
	byElement(native(comparison), (context) => {
		const suffix = comparison === "eq" || comparison === "ne" ? "" : "_s";
		push(context).op(`i32.${comparison}${suffix}` as Plain);
	});

const cast: ScalarRow = (context) => {
	const { from, to } = context;
	const code = push(context);
	if (from === to || (from === "bool" && to === "i32")) return;
	if (to === "bool") {
		pushNumber(code, from, 0).op(`${prefix(from)}.ne` as Plain);
	} else if (to === "i32") code.op(from === "f32" ? "i32.trunc_sat_f32_s" : "i32.trunc_sat_f64_s");
	else if (!isFloat(from)) code.op(`${to}.convert_i32_s` as Plain);
	else code.op(to === "f64" ? "f64.promote_f32" : "f32.demote_f64");
};

/** What WebAssembly has no instruction for. */
const importedOperations: ReadonlySet<string> = new Set(
	(
		"exp log log1p expm1 sin cos tanh sigmoid erf pow atan2 mod floor_div " +
		"tan asin acos atan sinh cosh erfc lgamma digamma polygamma"
	).split(" "),
);

/** What code for the operation asks the host for. */
export function importsOf(
	operation: string,
	element: ElementType,
): readonly (readonly [operation: string, element: "f64" | "i32"])[] {
	if (!importedOperations.has(operation) || !callsHost(operation, element)) return [];
	return [[operation, element === "i32" ? "i32" : "f64"]];
}

/** The elementwise operations on one element. */
export const scalarRows: Readonly<Record<string, ScalarRow>> = {
	neg: byElement(native("neg"), ({ code, args: [x = 0] }) => {
		code.i32(0).get(x).op("i32.sub");
	}),
	abs: byElement(native("abs"), ({ code, args: [x = 0] }) => {
		code.i32(0).get(x).op("i32.sub").get(x).get(x).i32(0).op("i32.lt_s", "select");
	}),
	sign: ({ code, from, args: [x = 0] }) => {
		const suffix = isFloat(from) ? "" : "_s";
		pushNumber(code, from, 1);
		pushNumber(code, from, -1).get(x);
		pushNumber(code.get(x), from, 0).op(`${prefix(from)}.lt${suffix}` as Plain, "select");
		pushNumber(code.get(x), from, 0).op(`${prefix(from)}.gt${suffix}` as Plain, "select");
	},
	sqrt: native("sqrt"),
	floor: native("floor"),
	ceil: native("ceil"),
	round: native("nearest"),
	...Object.fromEntries([...importedOperations].map((operation) => [operation, imported(operation)])),
	not: (context) => {
		push(context).op("i32.eqz");
	},
	add: native("add"),
	sub: native("sub"),
	mul: native("mul"),
	div: native("div"),
	max: byElement(native("max"), pick("gt")),
	min: byElement(native("min"), pick("lt")),
	eq: compare("eq"),
	ne: compare("ne"),
	lt: compare("lt"),
	le: compare("le"),
	gt: compare("gt"),
	ge: compare("ge"),
	and: native("and"),
	or: native("or"),
	select: ({ code, args: [condition = 0, a = 0, b = 0] }) => {
		code.get(a).get(b).get(condition).op("select");
	},
	cast,
	stop_gradient: (context) => {
		push(context);
	},
	guard: ({ code, args: [x = 0] }) => {
		code.get(x);
	},
};
