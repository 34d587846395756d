import fc from "fast-check";

/**
 * Random places in a model with lists of unknown length, as text, and which of its parameters each of them means: by a
 * list of paths, so that nothing of the compiler is used.
 */

/** A network: its layers, a head, and parts with layers of their own. */
export interface Network {
	readonly widths: readonly number[];
	readonly stages: readonly (readonly number[])[];
}

export const networks: readonly Network[] = [
	{ widths: [2, 3, 4, 2], stages: [[3], [2, 2]] },
	{ widths: [3, 2, 2, 4, 2], stages: [[2, 3, 2], [3], [2, 2]] },
];

/** What is known of every network. */
export const conditions = "where len(widths) >= 4, len(stages) >= 2";

export const declaration = `import std.nn { Linear, MLP }
model Net(widths: List[Int], stages: List[List[Int]]) {
  layers = [for (a, b) in pairs(widths): Linear(a, b)]
  head = Linear(2, 3)
  parts = [for s in stages: MLP([2, ..s])]
  () -> real = sum(head.bias)
}
`;

/** A parameter, a part or a list: `["layers", 0, "weight"]`. */
type Path = readonly (string | number)[];

/** Everything in a network, as a tree: what stands below a path. */
function below({ widths, stages }: Network, path: Path): readonly (string | number)[] {
	const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
	const [first, second, third] = path;
	const isLayer =
		(first === "head" && path.length === 1) ||
		(first === "layers" && path.length === 2) ||
		(first === "parts" && path.length === 4);
	if (isLayer) return ["weight", "bias"];
	if (path.length === 0) return ["layers", "head", "parts"];
	if (first === "layers" && path.length === 1) return indices(widths.length - 1);
	if (first === "parts" && path.length === 1) return indices(stages.length);
	if (first === "parts" && path.length === 2) return ["layers"];
	if (first === "parts" && third === "layers" && path.length === 3)
		return indices((stages[second as number] as readonly number[]).length);
	return [];
}

function leavesBelow(network: Network, path: Path): Path[] {
	const children = below(network, path);
	return children.length === 0 ? [path] : children.flatMap((child) => leavesBelow(network, [...path, child]));
}

/** All parameters, in one order. */
export function leavesOf(network: Network): string[] {
	return leavesBelow(network, []).map(textOf);
}

export function textOf(path: Path): string {
	return path.map((p) => (typeof p === "number" ? `[${p}]` : `.${p}`)).join("");
}

/** A set of parts of a network; `text` begins with a dot, or stands in a call that does. */
interface Parts {
	/** What is written, with `at` where the network stands: `net`, or nothing. */
	readonly text: (at: string) => string;
	readonly of: (network: Network) => readonly Path[];
}

/** A list, of which the places are its entries. */
interface ListOf extends Parts {
	/** The number of entries that there are at least. */
	readonly least: number;
	/** How its length is written. */
	readonly length: string | undefined;
	/** Of each list that it may be, its entries. */
	readonly lists: (network: Network) => readonly (readonly Path[])[];
}

function listAt(at: Parts, name: string, least: number, length: string | undefined): ListOf {
	const lists = (network: Network): readonly (readonly Path[])[] =>
		at.of(network).map((path) => below(network, [...path, name]).map((i) => [...path, name, i]));
	return {
		text: (net) => (at.text(net) === "" ? name : `${at.text(net)}.${name}`),
		of: (network) => lists(network).flat(),
		lists,
		least,
		length,
	};
}

const root: Parts = { text: (at) => at, of: () => [[]] };

/** `init(xs)`, `drop(xs, 1)`, `take(xs, 2)`: a list again. */
function shortened(list: ListOf, pick: number): ListOf {
	const [word, count] = (
		[
			["init", 1],
			["drop", 1],
			["take", 1],
			["take", Math.max(list.least - 1, 1)],
		] as const
	)[pick % 4] as readonly ["init" | "drop" | "take", number];
	const least = word === "take" ? count : list.least - 1;
	const cut = (entries: readonly Path[]): readonly Path[] =>
		word === "init" ? entries.slice(0, -1) : word === "drop" ? entries.slice(count) : entries.slice(0, count);
	return {
		text: (at) => `${word}(${list.text(at)}${word === "init" ? "" : `, ${count}`})`,
		lists: (network) => list.lists(network).map(cut),
		of: (network) => list.lists(network).flatMap(cut),
		least,
		length: undefined,
	};
}

/** Some entries of a list, as a set; of several lists, without what is of one only. */
function entries(list: ListOf, pick: number, isOne = true): Parts {
	const { least, length } = list;
	const ways: readonly (readonly [
		(text: string) => string,
		(all: readonly Path[]) => readonly Path[],
		boolean?,
	])[] = [
		[(text) => `${text}.*`, (all) => all],
		[(text) => `${text}[:]`, (all) => all],
		[(text) => `last(${text})`, (all) => all.slice(-1), isOne && least >= 1],
		[(text) => `first(${text})`, (all) => all.slice(0, 1), isOne && least >= 1],
		[(text) => `${text}[0]`, (all) => all.slice(0, 1), least >= 1],
		[(text) => `${text}[1]`, (all) => all.slice(1, 2), least >= 2],
		[(text) => `${text}[1..]`, (all) => all.slice(1), least >= 1],
		[(text) => `${text}[..1]`, (all) => all.slice(0, 1), least >= 1],
		[(text) => `${text}[1..2]`, (all) => all.slice(1, 2), least >= 2],
		[(text) => `${text}[..${length} - 1]`, (all) => all.slice(0, -1), length !== undefined && least >= 1],
		[(text) => `${text}[1..${length} - 1]`, (all) => all.slice(1, -1), length !== undefined && least >= 2],
		[(text) => `${text}[${length} - 2..]`, (all) => all.slice(-2), length !== undefined && least >= 2],
		[(text) => `${text}[${length} - 2]`, (all) => all.slice(-2, -1), length !== undefined && least >= 2],
	];
	const possible = ways.filter(([, , allowed]) => allowed !== false);
	const [text, take] = possible[pick % possible.length] as (typeof ways)[number];
	return {
		text: (at) => text(list.text(at)),
		of: (network) => list.lists(network).flatMap(take),
	};
}

function members(of: Parts, pick: number): Parts {
	const ways: readonly (readonly [string, (path: Path, network: Network) => readonly Path[]])[] = [
		[".weight", (path) => [[...path, "weight"]]],
		[".bias", (path) => [[...path, "bias"]]],
		[
			".{weight, bias}",
			(path) => [
				[...path, "weight"],
				[...path, "bias"],
			],
		],
		[".*", (path, network) => below(network, path).map((c) => [...path, c])],
		[".**", (path, network) => leavesBelow(network, path)],
		[".**.weight", (path, network) => leavesBelow(network, path).filter((p) => p.at(-1) === "weight")],
	];
	const [text, take] = ways[pick % ways.length] as (typeof ways)[number];
	return {
		text: (at) => `${of.text(at)}${text}`,
		of: (network) => of.of(network).flatMap((path) => take(path, network)),
	};
}

const picks = fc.array(fc.nat(1000), { minLength: 6, maxLength: 6 });

/** A place: `net.layers[1..].weight`, `init(net.parts).*.layers[..1].bias`, .. */
const simplePlace: fc.Arbitrary<Parts> = picks.map(([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]) => {
	const layers = (): ListOf => {
		if (a % 3 === 0) {
			const list = listAt(root, "parts", 2, "len(stages)");
			const part = entries(f % 3 === 0 ? shortened(list, c) : list, b);
			return listAt(part, "layers", 1, undefined);
		}
		return listAt(root, "layers", 3, "(len(widths) - 1)");
	};
	switch (a % 7) {
		case 5:
			return {
				text: (at) => `${at}.**.${c % 2 ? "weight" : "bias"}`,
				of: (network) => leavesBelow(network, []).filter((p) => p.at(-1) === (c % 2 ? "weight" : "bias")),
			};
		case 6:
			return members({ text: (at) => (at === "" ? "head" : `${at}.head`), of: () => [["head"]] }, b % 4);
		default: {
			const list = layers();
			// Of several lists no call takes some entries.
			const isOne = list.text("net") === "net.layers";
			const once = isOne && c % 3 === 0 ? shortened(list, d) : list;
			const twice = isOne && c % 9 === 0 ? shortened(once, e) : once;
			const chosen = isOne ? entries(twice, d) : entries(twice, d, false);
			return members(chosen, e % 4 === 3 ? 4 : e);
		}
	}
});

/** A set of places, and the parameters that it means. */
export interface RandomPlace {
	readonly text: (at: string) => string;
	readonly leaves: (network: Network) => ReadonlySet<string>;
	/** Not one beside another. */
	readonly isSet: boolean;
}

function meant(parts: Parts): RandomPlace {
	return {
		isSet: true,
		text: parts.text,
		leaves: (network) => new Set(parts.of(network).flatMap((path) => leavesBelow(network, path).map(textOf))),
	};
}

export const randomPlace: fc.Arbitrary<RandomPlace> = fc
	.tuple(simplePlace, simplePlace, fc.nat(5))
	.map(([a, b, how]) => {
		const [p, q] = [meant(a), meant(b)];
		if (how === 0)
			return {
				isSet: false,
				text: (at) => `(${p.text(at)}, ${q.text(at)})`,
				leaves: (network) => new Set([...p.leaves(network), ...q.leaves(network)]),
			};
		if (how === 1)
			return {
				isSet: true,
				text: (at) => `(${p.text(at)} except ${q.text(at)})`,
				leaves: (network) => {
					const out = q.leaves(network);
					return new Set([...p.leaves(network)].filter((leaf) => !out.has(leaf)));
				},
			};
		return p;
	});
