import type { Matcher } from "../types/match.js";
import { substituteType } from "../types/substitute.js";
import { errorType, type SignatureParameter } from "../types/types.js";
import type { Assigned } from "./call.js";

/**
 * Lists that are not given stand for their defaults before sizes are looked at: no argument tells the entries of a list,
 * so that `x: real[first(widths)]` is of the size that the default says.
 */
export class ListDefaults {
	private readonly lists: readonly SignatureParameter[];
	/** What is given, the arguments that a default may be made of first. */
	readonly pairs: readonly Assigned[];
	private isDone = false;

	private constructor(
		private readonly matcher: Matcher,
		lists: readonly SignatureParameter[],
		pairs: readonly Assigned[],
	) {
		this.lists = lists;
		this.pairs = [...pairs.filter(isEarly), ...pairs.filter((pair) => !isEarly(pair))];
	}

	/** Undefined where there is none, as in most calls. */
	static of(
		matcher: Matcher,
		parameters: readonly SignatureParameter[],
		pairs: readonly Assigned[],
	): ListDefaults | undefined {
		if (!parameters.some((p) => p.type.kind === "list" && p.default !== undefined)) return undefined;
		const lists = parameters.filter(
			(p) => p.type.kind === "list" && p.default && !pairs.some(([given]) => given === p),
		);
		return lists.length > 0 ? new ListDefaults(matcher, lists, pairs) : undefined;
	}

	/** Before this argument: binds them where sizes come. */
	before(pair: Assigned): void {
		if (this.isDone || isEarly(pair)) return;
		this.isDone = true;
		for (const { type, default: value = errorType } of this.lists) {
			const told = substituteType(value, this.matcher.bindings);
			if (told.kind !== "error" && this.matcher.openIn(told).length === 0) this.matcher.match(type, told);
		}
	}
}

function isEarly([{ type }]: Assigned): boolean {
	return type.kind === "Int" || type.kind === "list" || type.kind === "model";
}
