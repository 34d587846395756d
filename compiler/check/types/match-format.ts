import { treeFormats } from "../trees/trees.js";
import { type Mismatch, widens, wrongElement } from "./mismatch.js";
import { showType } from "./show.js";
import type { Bindings } from "./substitute.js";
import { isRealElement, type Quantified, scalar, type TensorType, type Type } from "./types.js";

/** The formats of reals in the matching of one call: `real` of a signature is any, one for each call. */
export class Formats {
	/** Inside what the caller gave, `real` is the caller's. */
	private isRigid = false;

	constructor(
		private readonly quantified: Quantified,
		private readonly bindings: Bindings,
		private readonly trees: ReadonlySet<number>,
	) {}

	private get isOpen(): boolean {
		return this.quantified.overReal === true && !this.isRigid;
	}

	rigidly(body: () => Mismatch | undefined): Mismatch | undefined {
		const outer = this.isRigid;
		this.isRigid = true;
		try {
			return body();
		} finally {
			this.isRigid = outer;
		}
	}

	match(formal: TensorType, actual: TensorType): Mismatch | undefined {
		if (actual.literal && isRealElement(formal.element)) return undefined;
		if (formal.element !== "real" || !isRealElement(actual.element) || !this.isOpen)
			return widens(actual.element, formal.element) ? undefined : wrongElement(formal, actual);
		const { precision } = this.bindings;
		precision.is ??= actual.element;
		if (precision.is === actual.element) return undefined;
		const wanted = precision.is;
		return {
			kind: "element",
			wanted: showType({ ...formal, element: wanted }),
			got: showType(actual),
			hint: `\`real\` is one format in a call, and an argument before is ${wanted}: convert this one with \`${wanted}(..)\``,
		};
	}

	/** A tree that a type variable stands for: its leaves have the format of the call. */
	ofTree(tree: Type): Mismatch | undefined {
		if (!this.isOpen) return undefined;
		for (const format of treeFormats(tree, this.trees)) {
			const mismatch = this.match(scalar("real"), scalar(format));
			if (mismatch) return mismatch;
		}
		return undefined;
	}

	/** Where no tensor told by now, it is the caller's `real`: a function that is given does not tell. */
	settle(): void {
		if (this.isOpen) this.bindings.precision.is ??= "real";
	}
}
