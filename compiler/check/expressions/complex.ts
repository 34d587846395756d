import type * as ast from "../../../grammar/ast.js";
import { asConstant } from "../../dims/dim.js";
import { given, typeOf, wrongArgument } from "../builtins/builtin.js";
import type { SpecialRule } from "../builtins/special.js";
import { type Context, locate, report } from "../context.js";
import { asTensor } from "../trees/stack.js";
import { complexOfParts, complexPart } from "../types/complex-type.js";
import { asReal, meet } from "../types/precision.js";
import { showType } from "../types/show.js";
import { errorType, type Type, tensor } from "../types/types.js";
import { broadcast, notNumeric, type Operand } from "./arithmetic.js";
import type { CallSite } from "./call.js";
import { infer } from "./expression.js";

/** Operators and functions of complex numbers; see `complex-type`. */

/** An operand of complex arithmetic; real numbers are complex ones, too. */
function operandOf(node: ast.Expression, type: Type): Operand | undefined {
	const part = complexPart(type);
	if (part) return { node, type: part, shown: type };
	const value = asTensor(type);
	return value && value.element !== "bool" ? { node, type: value } : undefined;
}

/** An operator with a complex operand; undefined if there is none. `matmul` types a product of matrices. */
export function complexBinary(
	context: Context,
	node: ast.Binary,
	left: Type,
	right: Type,
	matmul: (a: Operand, b: Operand) => Type,
): Type | undefined {
	if (!complexPart(left) && !complexPart(right)) return undefined;
	const { operator } = node;
	const [a, b] = [operandOf(node.left, left), operandOf(node.right, right)];
	if (!a) return notNumeric(context, node.left, left, operator);
	if (!b) return notNumeric(context, node.right, right, operator);
	if (operator === "^") return power(context, node, left, right);
	if (operator === "@") return ofParts(matmul(a, b));
	if (operator === "and" || operator === "or")
		return complexPart(left)
			? notNumeric(context, node.left, left, operator)
			: notNumeric(context, node.right, right, operator);
	if (!["+", "-", "*", "/", "==", "!="].includes(operator)) {
		report(context, {
			code: "E0302",
			at: locate(context, complexPart(left) ? node.left : node.right),
			message: `\`${operator}\` needs real numbers, and this is ${showType(complexPart(left) ? left : right)}`,
			hint: "take its real part, `z.re`, or its absolute value, `abs(z)`",
		});
		return errorType;
	}
	const shape = broadcast(context, node, a, b);
	const element = shape && meet(context, a, b);
	if (!shape || !element) return errorType;
	return operator === "==" || operator === "!="
		? tensor("bool", shape)
		: complexOfParts(tensor(element, shape));
}

/** Whole powers are products. */
function power(context: Context, node: ast.Binary, left: Type, right: Type): Type {
	const exponent = right.kind === "Int" && right.value ? asConstant(right.value) : undefined;
	const base = complexPart(left);
	if (base && exponent !== undefined && exponent >= 1 && exponent <= 64) return complexOfParts(base);
	report(context, {
		code: "E0302",
		at: locate(context, node.right),
		message: `a complex number has whole powers from 1 to 64, written out, and this is ${showType(right)}`,
	});
	return errorType;
}

/** The same of the real and of the imaginary parts. */
function ofParts(type: Type): Type {
	return type.kind === "tensor" ? complexOfParts(type) : errorType;
}

/** `complex(re, im)`, or of real numbers alone. */
export function makeComplex(context: Context, site: CallSite): Type {
	const args = given(context, site, ["re", "im"]);
	if (!args) return errorType;
	const operands: Operand[] = [];
	for (const name of ["re", "im"]) {
		const argument = args.get(name);
		if (!argument) continue;
		const type = typeOf(context, argument);
		if (type.kind === "error") return errorType;
		const value = asTensor(type);
		if (!value || value.element === "bool") {
			wrongArgument(context, site, argument, `takes real numbers, and this is ${showType(type)}`);
			return errorType;
		}
		operands.push({ node: argument.value, type: value });
	}
	const [re, im] = operands as [Operand, Operand?];
	const shape = im ? broadcast(context, site.node, re, im) : re.type.shape;
	const element = im ? meet(context, re, im) : re.type.element;
	return shape && element ? complexOfParts(tensor(asReal(element), shape)) : errorType;
}

/** Builtins that only place elements, or add them up: of complex numbers, of both parts alike. */
const ofPartsAlike = new Set(
	"reshape transpose expand squeeze flip roll tile rearrange repeat cumsum sum mean".split(" "),
);

/** The rule of a builtin, which takes complex numbers too where that means the same of both parts. */
export function withComplex(name: string, rule: SpecialRule): SpecialRule {
	if (!ofPartsAlike.has(name)) return rule;
	return (context, site, expected) => {
		const [first] = site.arguments;
		if (!first || first.name) return rule(context, site, expected);
		const type = first.type ?? infer(context, first.value);
		const own = complexPart(type);
		const rest = site.arguments.slice(1);
		if (!own) return rule(context, { ...site, arguments: [{ ...first, type }, ...rest] }, expected);
		const part = { ...first, type: own };
		return ofParts(rule(context, { ...site, arguments: [part, ...rest] }));
	};
}
