import { variable } from "../../dims/dim.js";
import { onlyOptions, readArguments, type SpecialRule, wrongUse } from "../builtins/special.js";
import { locate, report } from "../context.js";
import { showType } from "../types/show.js";
import { errorType, type Type } from "../types/types.js";

/** `static(e)`: a computed number, brought back to the host, where it can select code. */
const bringBack: SpecialRule = (context, site): Type => {
	const args = readArguments(context, site);
	if (!onlyOptions(context, site, args, [])) return errorType;
	const [argument] = args.positional;
	if (!argument || site.arguments.length !== 1) return wrongUse(context, site, "takes one value");
	const { type, node } = argument;
	// It is known already.
	if (["Int", "Real", "Bool", "String", "list", "range", "variant"].includes(type.kind)) return type;
	if (type.kind !== "tensor" || type.shape.rest || type.shape.dims.length > 0) {
		report(context, {
			code: "E0451",
			at: locate(context, node),
			message: `\`static\` brings one number back to the host, and this is ${showType(type)}`,
			...(type.kind === "tensor" && { hint: "reduce it, or bring its elements back one by one" }),
		});
		return errorType;
	}
	if (type.element === "bool") return { kind: "Bool" };
	if (type.element !== "int") return { kind: "Real" };
	if (!type.below) return { kind: "Int" };
	return { kind: "Int", value: variable("static", { minimum: 0 }).dim, below: type.below };
};

export const staticRules: Record<string, SpecialRule> = { static: bringBack };
