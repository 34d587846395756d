import { type Expression, type Speller, showType, type Type, type Variable } from "./description.js";
import { type Size, type Sizes, showSize } from "./sizes.js";
import type { Source } from "./source.js";

/** A detour around an expression of any type that may not change its value; what is written last is what is spelled. */
type Detour = (text: string, of: Expression, speller: DetourSpeller) => string | undefined;

const colons = (type: Type): string => (type.kind === "tensor" ? type.shape.map(() => ", :").join("") : "");
/** Whether values of a type may be put beside each other, and one of them taken; whether they may go from turn to turn. */
const stacks = (type: Type): boolean =>
	type.kind === "tuple"
		? type.names !== undefined && type.items.every(stacks)
		: type.kind === "tensor" && typeof type.element === "string";

const carried = (type: Type): boolean => (type.kind === "tuple" ? type.items.every(carried) : stacks(type));

const detours: readonly Detour[] = [
	(text, _of, s) => block(s, (name) => [`let ${name} = ${text}`, name]),
	(text, of, s) => block(s, (name) => [`let ${name}: ${showType(of.type, s)} = ${text}`, name]),
	(text, of, s) => block(s, (name) => [`let ${name} = |u: ${showType(of.type, s)}| u`, `${name}(${text})`]),
	(text, _of, s) => block(s, (name) => [`let ${name} = || ${text}`, `${name}()`]),
	(text) => `(value = ${text}, other = 0.5).value`,
	(text) => `(${text}, 1).0`,
	(text) => `seed 3 { ${text} }`,
	(text, of, s) => (stacks(of.type) ? `(for ${s.fresh()} in 2: ${text})[1${colons(of.type)}]` : undefined),
	(text, of, s) => (carried(of.type) ? `fold([1.0, 2.0], ${text}, |${s.fresh()}, _| ${text})` : undefined),
	(text, of, s) => (carried(of.type) ? `iterate(2, ${text}, |${s.fresh()}| ${text})` : undefined),
	(text) => `(if true then ${text} else ${text})`,
	(text, of, s) => {
		const number = [...of.free].find(
			(v) => v.type.kind === "tensor" && v.type.element === "real" && v.type.shape.length === 0,
		);
		return number && `(if ${s.name(number)} > 0.3 then ${text} else ${text})`;
	},
	(text, of) => (of.type.kind === "tensor" && of.type.element === "real" ? `(${text} |> |w| w)` : undefined),
	(text, of) =>
		of.type.kind === "tensor" && of.type.element === "real" && of.type.shape.length > 0
			? `flip(flip(${text}, axis = 0), axis = 0)`
			: undefined,
	(text, of, s) =>
		of.type.kind === "tensor" && of.type.element === "real" && of.type.shape.length === 0
			? `(sum ${s.fresh()} in 1: (${text}))`
			: undefined,
	(text, of, s) => extracted(text, of, s),
	(text, of, s) => extracted(text, of, s),
];

function block(speller: DetourSpeller, lines: (name: string) => [string, string]): string {
	return `{ ${lines(speller.fresh()).join(";  ")} }`;
}

/** A function of its own, which takes what the expression reads, and the sizes around it. */
function extracted(text: string, of: Expression, speller: DetourSpeller): string | undefined {
	const read = [...of.free].filter((v) => !speller.declared(v));
	if (read.some((v) => v.path)) return undefined;
	const name = speller.fresh();
	const sizes = [...speller.least.keys()].map((size) => speller.size({ [size]: 1 }));
	const parameters = [
		...sizes.map((size) => `${size}: Int`),
		...read.map((v) => `${speller.name(v)}: ${showType(v.type, speller)}`),
	];
	const conditions = [...speller.least]
		.filter(([, number]) => number > 1)
		.map(([size, number]) => `${speller.size({ [size]: 1 })} >= ${number}`);
	const where = conditions.length > 0 ? ` where ${conditions.join(", ")}` : "";
	const result = speller.source.chance(50) ? ` -> ${showType(of.type, speller)}` : "";
	speller.sink.push(`fn ${name}(${parameters.join(", ")})${result}${where} = ${text}`);
	return `${name}(${[...sizes, ...read.map((v) => speller.name(v))].join(", ")})`;
}

/** Writes with other names and random detours. */
export class DetourSpeller implements Speller {
	private static count = 0;

	constructor(
		readonly source: Source,
		readonly sink: string[],
		readonly least: Sizes,
		private readonly percent: number,
		private readonly known: (of: Variable) => boolean,
	) {}

	size(size: Size): string {
		return showSize(size, (name) => `${name}_size`);
	}

	name(of: Variable): string {
		return of.path || /^[rf]\d/.test(of.name) ? of.name : `${of.name}_`;
	}

	declared(of: Variable): boolean {
		return this.known(of);
	}

	fresh(): string {
		return `d${DetourSpeller.count++}`;
	}

	spell(of: Expression): string {
		const text = of.write(this);
		// An index has to be seen to lie inside; a function is no value that is put into others.
		if (of.type.kind === "function" || (of.type.kind === "tensor" && typeof of.type.element !== "string"))
			return text;
		if (!this.source.chance(this.percent)) return text;
		return this.source.pick(detours)(text, of, this) ?? text;
	}
}
