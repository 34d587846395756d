import { type Context, locate, report } from "../context.js";
import type { CallArgument } from "./call.js";

/** An option is given once, whatever is called. */
export function refuseGivenTwice(context: Context, given: readonly CallArgument[]): boolean {
	// Most calls have no named argument, or one.
	let count = 0;
	for (const { name } of given) if (name) count++;
	if (count < 2) return false;
	const named = given.flatMap((argument) => argument.name ?? []);
	for (const [i, name] of named.entries()) {
		const first = named.findIndex((other) => other.name === name.name);
		const before = first < i ? named[first] : undefined;
		if (!before) continue;
		report(context, {
			code: "E0312",
			at: locate(context, name),
			message: `\`${name.name}\` is given twice`,
			related: [{ at: locate(context, before), label: "here first" }],
		});
		return true;
	}
	return false;
}
