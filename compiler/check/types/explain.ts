import {
	asConstant,
	asVariable,
	atomsOf,
	type Dim,
	ownAtoms,
	showExample,
	type Verdict,
} from "../../dims/dim.js";
import { askFor, type Hint, narrowWith } from "../hint.js";
import type { Mismatch } from "./match.js";
import { showDim, showShape } from "./show.js";
import { isUnknownInt } from "./unknown-int.js";

/** The arithmetic behind a mismatch, in the user's names. */
export function explainMismatch(mismatch: Mismatch): Explanation {
	const why = explainKind(mismatch);
	return mismatch.part ? { ...why, message: `in \`${mismatch.part}\`, ${why.message}` } : why;
}

interface Explanation {
	readonly message: string;
	readonly notes: readonly string[];
	readonly hint?: Hint;
}

function explainKind(mismatch: Mismatch): Explanation {
	switch (mismatch.kind) {
		case "rank":
			return {
				message: `expected shape ${showShape(mismatch.wanted)}, got ${showShape(mismatch.got)}`,
				notes: [],
			};
		case "element":
		case "type":
			return {
				message: `expected ${mismatch.wanted}, got ${mismatch.got}`,
				notes: [],
				...("hint" in mismatch && mismatch.hint && { hint: mismatch.hint }),
			};
		case "open":
			return {
				message: `nothing here says what ${mismatch.names.map((n) => `\`${n}\``).join(" and ")} ${mismatch.names.length === 1 ? "is" : "are"}`,
				notes: [],
			};
		case "least": {
			const { verdict } = mismatch;
			// An entry of lists put together, say, of which it is not known from which.
			if (isUnknownInt(mismatch.got))
				return {
					message: `\`${mismatch.name}\` is a size of at least ${mismatch.least}, and of this Int nothing is known`,
					notes: [
						"an entry of lists that are put together (`[n, ..widths]`) is any Int, where one of them is of unknown length",
					],
					hint: "give the whole list to a function or a model that takes a `List[Int]`: there its entries are sizes",
				};
			const settle =
				verdict.verdict !== "holds" && !(verdict.verdict === "fails" && verdict.everywhere)
					? verdict.settle
					: undefined;
			return {
				message: `\`${mismatch.name}\` is at least ${mismatch.least}, and here it is ${showDim(mismatch.got)}`,
				notes: [`a size is at least 1, unless the signature says otherwise: \`where ${mismatch.name} >= 0\``],
				...(settle && { hint: askFor(settle, "the signature around this") }),
			};
		}
		case "dim":
			return {
				message:
					mismatch.axis === -1
						? `expected indices below ${showDim(mismatch.wanted)}, got indices below ${showDim(mismatch.got)}`
						: `expected ${mismatch.axis < 0 ? "" : "size "}${showDim(mismatch.wanted)}, got ${showDim(mismatch.got)}`,
				...(mismatch.axis === -1 && {
					hint: narrowWith(
						`int<${showDim(mismatch.wanted)}>`,
						`what they index needs an axis of size ${showDim(mismatch.got)}; where they are known to be less, \`int<${showDim(mismatch.wanted)}>(..)\` checks it while running`,
					),
				}),
				...(unsolved(mismatch) ?? explainVerdict(mismatch.wanted, mismatch.got, mismatch.verdict)),
			};
	}
}

/** `2^k` that is to be 6, or n. */
function unsolved({
	wanted,
	got,
	unknown,
}: Mismatch & { kind: "dim" }): Omit<Explanation, "message"> | undefined {
	const power = ownAtoms(wanted).find((atom) => atom.kind === "power");
	if (unknown === undefined || power?.kind !== "power") return undefined;
	const shown = showDim(got);
	const isPower = wanted.terms.length === 1 && asVariable(wanted) === power;
	if (asConstant(got) === undefined)
		return {
			notes: [
				isPower
					? `nothing says that ${shown} is a power of ${showDim(power.base)}`
					: `nothing says which \`${unknown}\` makes ${showDim(wanted)} be ${shown}`,
			],
			hint: `say so in the signature: \`where ${shown} == ${showDim(wanted)}\``,
		};
	const what = isPower
		? `${shown} is no power of ${showDim(power.base)}`
		: `${showDim(wanted)} is never ${shown}`;
	return { notes: [`${what}: \`${unknown}\` is a whole number`] };
}

export function explainVerdict(
	a: Dim,
	b: Dim,
	verdict: Verdict,
): { readonly notes: readonly string[]; readonly hint?: Hint } {
	if (verdict.verdict === "undecided") {
		const notes = [`it cannot be decided whether ${showDim(a)} = ${showDim(b)}`];
		return verdict.settle ? { notes, hint: askFor(verdict.settle) } : { notes };
	}
	const declared = [...atomsOf(a), ...atomsOf(b)].find((x) => x.kind === "variable" && /^[A-Z]/.test(x.name));
	if (declared?.kind === "variable") {
		return {
			notes: [`\`${declared.name}\` is declared: it is equal to nothing but itself`],
			hint: `an axis of that size is named so by a declared type: \`let x: real[${declared.name}] = ..\``,
		};
	}
	const settle = verdict.verdict === "unequal" && !verdict.everywhere ? verdict.settle : undefined;
	return { notes: exampleNotes(a, b, verdict), ...(settle !== undefined && { hint: askFor(settle) }) };
}

function exampleNotes(a: Dim, b: Dim, verdict: Verdict): string[] {
	if (verdict.verdict !== "unequal" || !verdict.example || verdict.example.values.size === 0) return [];
	if (showDim(a) === showDim(b))
		return [
			`two sizes are called \`${showDim(a)}\`: each value of a run, a model or a case has one of its own`,
		];
	return [`${showDim(a)} and ${showDim(b)} differ, for example where ${showExample(verdict.example)}`];
}
