import type * as ast from "../../../grammar/ast.js";
import { type Context, locate, report } from "../context.js";

/** A record has one field of a name. */
export function refuseTwice(context: Context, { elements: fields }: ast.TupleType): void {
	for (const [i, { name }] of fields.entries()) {
		const before = name && fields.slice(0, i).find((e) => e.name?.name === name.name)?.name;
		if (!before) continue;
		report(context, {
			code: "E0207",
			at: locate(context, name),
			message: `\`${name.name}\` is declared twice`,
			related: [{ at: locate(context, before), label: "first declared here" }],
		});
	}
}
