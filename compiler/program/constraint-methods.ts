import type * as ast from "../../grammar/ast.js";

/** How a constraint is held: `by retraction`, `by lagrangian(rate = 0.05)`. */

export const methodNames = [
	"retraction",
	"projection",
	"frank_wolfe",
	"augmented",
	"lagrangian",
	"penalty",
	"proximal",
	"reparametrization",
] as const;

export type MethodName = (typeof methodNames)[number];

export interface Method {
	/** What it asks of a constraint. */
	readonly needs: readonly string[];
	/** And one of these, to know that it holds from the start. */
	readonly starts?: readonly string[];
	/** Whether it holds a computed number, too. */
	readonly ofNumbers: boolean;
	/** Its options: numbers or functions of the step, and a `proxy` for the gradient. */
	readonly options: readonly string[];
	/** Whether it holds after each step, or is only approached. */
	readonly guarantee: "exact" | "asymptotic";
}

const startingPoint = ["project", "violation"];

const dual = (...options: readonly string[]): Method => ({
	needs: ["violation"],
	ofNumbers: true,
	options: [...options, "best_within", "tolerance"],
	guarantee: "asymptotic",
});

/** In the order in which the language chooses, where none is given. */
export const methods: Readonly<Record<MethodName, Method>> = {
	retraction: {
		needs: ["tangent", "retract"],
		starts: startingPoint,
		ofNumbers: false,
		options: [],
		guarantee: "exact",
	},
	projection: { needs: ["project"], ofNumbers: false, options: [], guarantee: "exact" },
	frank_wolfe: {
		needs: ["lmo"],
		starts: startingPoint,
		ofNumbers: false,
		options: ["rate"],
		guarantee: "exact",
	},
	augmented: dual("rate", "weight", "proxy"),
	lagrangian: dual("rate", "proxy"),
	penalty: dual("weight"),
	// Of a function that is no indicator a proximal step does not hold the constraint.
	proximal: { needs: ["prox"], ofNumbers: false, options: ["weight"], guarantee: "asymptotic" },
	// It changes which parameters there are, so it is never chosen.
	reparametrization: { needs: ["reparam"], ofNumbers: false, options: [], guarantee: "exact" },
};

/** What an option of a method has to be, where its value is not that. */
export function refusedValue(method: MethodName, option: string, value: number): string | undefined {
	if (option === "proxy") return undefined;
	// It divides by it.
	if (method === "augmented" && option === "weight") return value > 0 ? undefined : "above 0";
	// A convex combination of what is inside: beyond 1 it would leave the set.
	if (method === "frank_wolfe") return value >= 0 && value <= 1 ? undefined : "between 0 and 1";
	return value >= 0 ? undefined : "at least 0";
}

/** Those that keep a multiplier. */
export function isDual(name: MethodName): boolean {
	return methods[name].ofNumbers;
}

export function isMethodName(name: string): name is MethodName {
	return Object.hasOwn(methods, name);
}

/** The name of a method as written; empty where that is no name. */
export function writtenMethod(by: ast.Expression): string {
	if (by.kind === "Name") return by.name;
	return by.kind === "Call" && by.callee.kind === "Name" ? by.callee.name : "";
}

/** An option of the method that is written, by name or by its place. */
export function writtenOption(by: ast.Expression | undefined, name: string): ast.Expression | undefined {
	const method = by && writtenMethod(by);
	if (by?.kind !== "Call" || method === undefined || !isMethodName(method)) return undefined;
	return by.arguments.find((argument, i) =>
		argument.name ? argument.name.name === name : methods[method].options[i] === name,
	)?.value;
}

/** What a method needs and a constraint does not offer, in words. */
export function lacking(name: MethodName, offered: ReadonlySet<string>): string | undefined {
	const { needs, starts } = methods[name];
	const missing = needs.find((n) => !offered.has(n));
	if (missing) return `\`${missing}\``;
	if (starts && !starts.some((n) => offered.has(n))) return starts.map((n) => `\`${n}\``).join(" or ");
	return undefined;
}

/** The methods that can hold a constraint, the best one first. */
export function methodsFor(offered: ReadonlySet<string>): MethodName[] {
	return methodNames.filter((name) => !lacking(name, offered));
}

/**
 * The method where none is given. A set with tangents is a manifold: a step along it loses nothing. Else the nearest
 * point, else what the constraint offers. What is `made` of other parameters is held by what adds to the objective.
 */
export function chosenMethod(offered: ReadonlySet<string>, made = false): MethodName | undefined {
	return methodsFor(offered).find((name) => (made ? isDual(name) : name !== "reparametrization"));
}

/** For a computed number: it converges with a finite weight, and its multiplier is that of the solution. */
export const methodOfNumbers: MethodName = "augmented";

/** What the declaration of a constraint offers. */
export function offeredBy(node: { readonly members: readonly ast.Member[] }): ReadonlySet<string> {
	return new Set(
		node.members.flatMap((m) => {
			if (m.kind === "Define") return [m.name.name];
			return m.kind === "Function" && m.name?.kind === "Identifier" ? [m.name.name] : [];
		}),
	);
}
