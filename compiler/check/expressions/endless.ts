import type * as ast from "../../../grammar/ast.js";
import type { Span } from "../../../grammar/span.js";
import type { Location } from "../../source/diagnostic.js";
import { declarationKey, type Knowledge, type Report, type Session } from "../context.js";

/** A declared function, and where its nodes stand. */
export interface DeclaredFunction {
	readonly node: ast.FunctionDeclaration;
	readonly place: (span: Span) => Location;
}

interface CertainCall {
	readonly name: ast.Name;
	/** By the derivative rule: every call of the function needs it. */
	readonly inRule: boolean;
}

/**
 * Functions that call themselves, or each other, whatever their arguments are: they never end. What stands in a branch
 * may end it, where a call decides it before running.
 */
export function endlessCalls(
	cycles: ReadonlySet<string>,
	functions: () => ReadonlyMap<string, DeclaredFunction>,
	knowledge: Pick<Knowledge, "types" | "definitions">,
): Report[] {
	if (cycles.size === 0) return [];
	const certain = new Map<string, Map<string, CertainCall>>();
	const declared = functions();
	for (const key of cycles) {
		const { node } = declared.get(key) ?? {};
		if (node) certain.set(key, callsOf(node, cycles, knowledge));
	}
	const told = new Set<string>();
	const found: Report[] = [];
	for (const key of certain.keys()) {
		if (told.has(key)) continue;
		const path = pathToItself(key, certain);
		const [first, ...others] = path;
		const own = declared.get(key);
		if (!first || !own) continue;
		for (const step of path) told.add(step.owner);
		found.push({
			code: "E0620",
			at: own.place(first.call.name.span),
			message:
				others.length > 0
					? `\`${first.call.name.name}\` leads back to here, whatever its arguments are: this never ends`
					: first.call.inRule
						? `\`${first.call.name.name}\` is called in its own derivative rule, which each call of it needs: this never ends`
						: `\`${first.call.name.name}\` calls itself, whatever its arguments are: this never ends`,
			related: others.flatMap(({ owner, call }) => {
				const there = declared.get(owner);
				return there
					? { at: there.place(call.name.span), label: call.inRule ? "called by this rule" : "called here" }
					: [];
			}),
			hint: path.some(({ call }) => call.inRule)
				? "the value is the `y` of the rule; what else the rule computes stands in a function without a rule, which both call"
				: "what ends it must be known before running: an Int, a list, a variant; what is computed ends a `loop`",
		});
	}
	return found;
}

interface Step {
	readonly owner: string;
	readonly call: CertainCall;
}

/** The calls that lead from a function back to it; empty if none do. */
function pathToItself(
	from: string,
	certain: ReadonlyMap<string, ReadonlyMap<string, CertainCall>>,
): readonly Step[] {
	const before = new Map<string, Step>();
	const waiting = [from];
	for (let owner = waiting.shift(); owner !== undefined; owner = waiting.shift()) {
		for (const [to, call] of certain.get(owner) ?? []) {
			if (to === from) {
				const path: Step[] = [{ owner, call }];
				for (let at = owner; at !== from; ) {
					const step = before.get(at);
					if (!step) break;
					path.unshift(step);
					at = step.owner;
				}
				return path;
			}
			if (before.has(to)) continue;
			before.set(to, { owner, call });
			waiting.push(to);
		}
	}
	return [];
}

function callsOf(
	{ body, derivative }: ast.FunctionDeclaration,
	cycles: ReadonlySet<string>,
	knowledge: Pick<Knowledge, "types" | "definitions">,
): Map<string, CertainCall> {
	const calls = new Map<string, CertainCall>();
	const collect = (root: ast.Expression, inRule: boolean): void => {
		for (const name of certainCallees(root, knowledge)) {
			const binding = knowledge.definitions.get(name);
			const key = binding && declarationKey(binding.at);
			if (key !== undefined && cycles.has(key) && !calls.has(key)) calls.set(key, { name, inRule });
		}
	};
	collect(body, false);
	if (derivative) collect(derivative.body, true);
	return calls;
}

const ofFunctions: ReadonlySet<string> = new Set(["grad", "value_and_grad", "jacobian", "hessian"]);

/** The names of the functions that are called wherever this is evaluated. */
function certainCallees(root: ast.Expression, { types }: Pick<Knowledge, "types">): readonly ast.Name[] {
	const found: ast.Name[] = [];
	const called = (node: ast.Expression): void => {
		if (node.kind === "Name") found.push(node);
		else if (node.kind === "Parenthesized") called(node.inner);
		else if (node.kind === "Lambda") visit(node.body);
		else visit(node);
		// `grad(f)(x)`
		if (node.kind !== "Call" || node.callee.kind !== "Name" || !ofFunctions.has(node.callee.name)) return;
		const [of] = node.arguments;
		const type = types.get(node.callee);
		if (of && type?.kind === "function" && type.special === node.callee.name) called(of.value);
	};
	const both = (a: ast.Expression, b: ast.Expression | undefined): void => {
		const names = b ? certainCallees(b, { types }) : [];
		for (const name of certainCallees(a, { types }))
			if (names.some((n) => n.name === name.name)) found.push(name);
	};
	const visit = (node: ast.Expression): void => {
		switch (node.kind) {
			case "Parenthesized":
				visit(node.inner);
				break;
			case "Unary":
				visit(node.operand);
				break;
			case "Binary":
				visit(node.left);
				if (node.operator === "|>" && node.right.kind !== "Call") called(node.right);
				else if (node.operator !== "and" && node.operator !== "or") visit(node.right);
				break;
			case "Call":
				called(node.callee);
				for (const { value } of node.arguments) visit(value);
				break;
			case "Tuple":
				for (const { value } of node.elements) visit(value);
				break;
			case "List":
				for (const element of node.elements) if (element.kind !== "Binder") visit(element);
				break;
			case "Field":
				visit(node.base);
				break;
			case "Index":
				visit(node.base);
				for (const item of node.items) visit(item);
				break;
			case "Binder":
				if (!node.where && node.bindings.every(({ source }) => source === undefined)) visit(node.body);
				break;
			case "If":
				visit(node.condition);
				both(node.then, node.else);
				break;
			case "Block":
				for (const statement of node.statements)
					if (statement.kind === "Let" || statement.kind === "ExpressionStatement") visit(statement.value);
				break;
		}
	};
	visit(root);
	return found;
}

/** The functions that lead back to themselves, all of whose signatures say what a call needs. */
export function cyclesOf(uses: Session["uses"], groups: ReadonlyMap<string, number>): ReadonlySet<string> {
	const cycles = new Set<string>();
	for (const [owner, used] of uses) {
		const group = groups.get(owner);
		for (const [key, use] of used)
			if (group !== undefined && groups.get(key) === group && use.isSigned) cycles.add(owner);
	}
	return cycles;
}
