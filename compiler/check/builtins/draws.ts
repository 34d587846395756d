import { asConstant, constant, decideAtLeast } from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import { showType } from "../types/show.js";
import { errorType, tensor } from "../types/types.js";
import { filled, onlyOptions, readArguments, type SpecialRule, wrongUse } from "./special.js";

/** Draws of a shape: `laplace([n], mean, scale)`. Parameters without a default are `required`. */
function drawn(required: readonly string[], optional: readonly string[] = []): SpecialRule {
	const all = [...required, ...optional];
	const ofShape = filled("real", all);
	return (context, site, expected) => {
		const type = ofShape(context, site, expected);
		if (type.kind === "error") return type;
		const [first] = site.arguments;
		const hasShape = first && !first.name && (first.value.kind === "List" || first.value.kind === "Call");
		const positional = site.arguments.filter((a) => !a.name).length - (hasShape ? 1 : 0);
		const missing = required.filter(
			(name, i) => i >= positional && !site.arguments.some((a) => a.name?.name === name),
		);
		if (missing.length > 0)
			return wrongUse(context, site, `lacks ${missing.map((name) => `\`${name}: real\``).join(", ")}`);
		return type;
	};
}

/** `integers(shape, k)`: ints below a static k. */
const integers: SpecialRule = (context, site, expected) => {
	const named = site.arguments.find((a) => a.name?.name === "k");
	const bound = named ?? site.arguments.filter((a) => !a.name).at(-1);
	const others = { ...site, arguments: site.arguments.filter((a) => a !== bound) };
	if (!bound || (!named && site.arguments.length < 2 && bound.value.kind === "List"))
		return wrongUse(context, site, "takes a shape and what its numbers lie below: `integers([n], 10)`");
	const shape = filled("int", [])(context, others, expected);
	const args = readArguments(context, { ...site, arguments: [bound] });
	if (shape.kind !== "tensor" || !onlyOptions(context, site, args, ["k"])) return errorType;
	const type = (args.named.get("k") ?? args.positional[0])?.type;
	if (type?.kind !== "Int" || !type.value)
		return notStatic(context, bound.value, type ? showType(type) : "?");
	if (decideAtLeast(type.value, constant(1), context.facts).verdict !== "holds") {
		const known = asConstant(type.value);
		return wrongUse(
			context,
			site,
			known === undefined ? "needs a bound of at least 1" : `has no numbers below ${known}`,
		);
	}
	return tensor("int", shape.shape, type.value);
};

function notStatic(
	context: Context,
	node: Parameters<typeof locate>[1],
	got: string,
): ReturnType<SpecialRule> {
	report(context, {
		code: "E0302",
		at: locate(context, node),
		message: `a static Int is wanted here, and this is ${got}`,
	});
	return errorType;
}

export const drawRules: Readonly<Record<string, SpecialRule>> = {
	integers,
	truncated_normal: drawn([], ["mean", "scale"]),
	exponential: drawn([], ["scale"]),
	laplace: drawn([], ["mean", "scale"]),
	gumbel: drawn([], ["mean", "scale"]),
	cauchy: drawn([], ["mean", "scale"]),
	gamma: drawn(["a"], ["scale"]),
	beta: drawn(["a", "b"]),
};
