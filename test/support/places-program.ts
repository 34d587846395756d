import { tmpdir } from "node:os";
import { join } from "node:path";
import { openProgram } from "../../runtime/open.js";
import {
	conditions,
	declaration,
	leavesOf,
	type Network,
	networks,
	type RandomPlace,
} from "./random-places.js";

/** A network of one configuration, or of any. */
interface Signature {
	readonly name: string;
	readonly type: string;
	readonly where: string;
}

const open: Signature = { name: "open", type: "Net(widths, stages)", where: ` ${conditions}` };

function closed({ widths, stages }: Network, k: number): Signature {
	const lists = stages.map((s) => `[${s.join(", ")}]`).join(", ");
	return { name: `closed${k}`, type: `Net([${widths.join(", ")}], [${lists}])`, where: "" };
}

/** What is done at places, each declaration in a line of its own. */
function declarations({ name, type, where }: Signature, places: readonly Pair[]): string[] {
	return places.flatMap(({ place, other }, i) => {
		const [p, q] = [place.text("net"), other.text("net")];
		// A path that is spelled out is a tensor, whose rows a binder runs over, and a tuple is its rows side by side.
		const isSet = place.isSet && /[*{:]|\.\.|except/.test(p);
		const reads = [
			`fn ${name}_sum_${i}(net: ${type}) -> real${where} = sum w in ${p}: mean(w)`,
			`fn ${name}_count_${i}(net: ${type}) -> int${where} = count w in ${p}: mean(w) > 0`,
			`fn ${name}_each_${i}(net: ${type}) -> real${where} = sum(for w in ${p}: mean(w)^2)`,
			`fn ${name}_square_${i}(net: ${type}) -> real${where} = sum w in ${p}: mean(w^2)`,
		];
		return [
			...(isSet ? reads : []),
			`fn ${name}_set_${i}(net: ${type}) -> ${type}${where} = net with { ${place.text("")} = 7; ${other.text("")} += 1 }`,
			`fn ${name}_map_${i}(net: ${type}) -> ${type}${where} = net with { ${place.text("")} |> |w| -w }`,
			`fit ${name}_wrt_${i}(start: ${type})${where} { net = start;  repeat 1 { minimize sum w in net.**: sum(w)  wrt ${p}  using sgd(1) on ${q}, sgd(2) on rest } }`,
			`fit ${name}_hold_${i}(start: ${type})${where} { net = start;  subject to ${p} in box(0, 5) by projection;  repeat 1 { minimize sum w in net.**: sum(w)  using sgd(1) } }`,
		];
	});
}

export interface Pair {
	readonly place: RandomPlace;
	readonly other: RandomPlace;
}

/** The lines of a text in which there is no error: what is told of one may leave out another, so it is asked again. */
function sound(head: string, lines: readonly string[]): string[] {
	const text = `${head}${lines.map((line) => `${line}\n`).join("")}`;
	const { diagnostics } = openProgram(join(tmpdir(), "places.ansatz"), text);
	const wrong = new Set(
		diagnostics
			.filter((d) => d.severity === "error")
			.map((d) => text.slice(0, d.at.start).split("\n").length - 1 - (head.split("\n").length - 1)),
	);
	return wrong.size === 0
		? [...lines]
		: sound(
				head,
				lines.filter((_, i) => !wrong.has(i)),
			);
}

/** The parameter k is full of 2^k. */
function made(network: Network, type: string, k: number): string {
	const leaves = leavesOf(network);
	const set = leaves.map((leaf, i) => `${leaf.slice(1)} = ${2 ** i}`).join("; ");
	return `let net${k} = ${type} with { ${set} }
fn means${k}(net: ${type}) -> real[${leaves.length}] = [${leaves.map((l) => `mean(net${l})`).join(", ")}]
`;
}

export interface PlacesProgram {
	readonly text: string;
	/** What each name is. */
	readonly expected: ReadonlyMap<string, readonly number[]>;
	/** The declaration that a name is about. */
	readonly lineOf: (name: string) => string;
	/** How many declarations are accepted of a network of any configuration, and of one that is known. */
	readonly accepted: { readonly open: number; readonly closed: number };
}

/** Reads, gradients, updates, steps and constraints at random places, and what they come to. */
export function placesProgram(places: readonly Pair[]): PlacesProgram {
	const types = networks.map((network, k) => closed(network, k));
	const head = `precision f64\n${declaration}${networks.map((n, k) => made(n, (types[k] as Signature).type, k)).join("")}`;
	const signatures = [open, ...types.slice(0, 1)];
	const lines = sound(
		head,
		signatures.flatMap((signature) => declarations(signature, places)),
	);
	const has = (name: string): boolean =>
		lines.some((line) => line.split(" ")[1]?.startsWith(`${name}(`) === true);
	const runs: string[] = [];
	const expected = new Map<string, readonly number[]>();
	for (const [k, network] of networks.entries()) {
		const leaves = leavesOf(network);
		const start = leaves.map((_, i) => 2 ** i);
		for (const [i, { place, other }] of places.entries()) {
			const [chosen, others] = [place.leaves(network), other.leaves(network)];
			const at = leaves.map((leaf) => chosen.has(leaf));
			const also = leaves.map((leaf) => others.has(leaf));
			const total = (of: (value: number) => number): number =>
				start.reduce((sum, value, j) => sum + (at[j] ? of(value) : 0), 0);
			for (const { name } of k === 0 ? signatures : [open]) {
				const add = (what: string, call: string, numbers: readonly number[]): void => {
					if (!has(`${name}_${what}_${i}`)) return;
					const result = `${name}_${what}_${i}_${k}`;
					runs.push(`let r_${result} = ${call}\n`);
					expected.set(`r_${result}`, numbers);
				};
				const call = (what: string): string => `${name}_${what}_${i}(net${k})`;
				const means = (of: string): string => `means${k}(${of})`;
				add("sum", call("sum"), [total((v) => v)]);
				add("count", call("count"), [total(() => 1)]);
				// A `for` over nothing is no tensor.
				if (at.some((is) => is)) add("each", call("each"), [total((v) => v ** 2)]);
				add(
					"set",
					means(call("set")),
					start.map((v, j) => (also[j] ? v + 1 : at[j] ? 7 : v)),
				);
				add(
					"map",
					means(call("map")),
					start.map((v, j) => (at[j] ? -v : v)),
				);
				if (at.some((is) => is))
					add(
						"wrt",
						means(`${call("wrt")}.net`),
						start.map((v, j) => (at[j] ? v - (also[j] ? 1 : 2) : v)),
					);
				add(
					"hold",
					means(`${call("hold")}.net`),
					start.map((v, j) => (at[j] ? Math.min(Math.max(Math.min(Math.max(v, 0), 5) - 1, 0), 5) : v - 1)),
				);
				if (!has(`${name}_square_${i}`)) continue;
				const gradient = `g_${name}_square_${i}_${k}`;
				runs.push(`let d_${gradient} = grad(${name}_square_${i})(net${k})\n`);
				runs.push(`let ${gradient} = [${leaves.map((leaf) => `sum(d_${gradient}${leaf})`).join(", ")}]\n`);
				expected.set(
					gradient,
					start.map((v, j) => (at[j] ? 2 * v : 0)),
				);
			}
		}
	}
	const text = `${head}${lines.join("\n")}\n${runs.join("")}`;
	const count = (name: string): number =>
		lines.filter((line) => line.split(" ")[1]?.startsWith(`${name}_`)).length;
	return {
		text,
		expected,
		lineOf: (name) => lines.find((l) => l.includes(`${name.slice(2).replace(/_\d+$/, "")}(`)) ?? "",
		accepted: { open: count("open"), closed: count("closed0") },
	};
}
