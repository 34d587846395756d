import type { Report, Session, Use } from "../context.js";

type Uses = Session["uses"];

/**
 * Functions may call themselves, and each other, where their signatures say all that a call needs. Everything else that
 * leads back to itself would never be whole; of several that lead to each other, the first is told.
 */
export function recursions(uses: Uses, groups: ReadonlyMap<string, number>): Report[] {
	const told = new Set<number>();
	const found: Report[] = [];
	for (const [owner, used] of uses) {
		const group = groups.get(owner);
		if (group === undefined || told.has(group)) continue;
		for (const [key, use] of used) {
			if (groups.get(key) !== group || use.isSigned) continue;
			told.add(group);
			found.push(refused(use, key === owner));
			break;
		}
	}
	return found;
}

function refused({ name, at, role }: Use, isItself: boolean): Report {
	const how = isItself ? "uses itself" : "leads back to where it is used";
	const isFunction = role === "function";
	return {
		code: "E0356",
		at,
		message: isFunction
			? `\`${name}\` ${how}, and what it gives is not declared`
			: `\`${name}\` ${how}: it would never be whole`,
		hint: isFunction
			? `say what it gives: \`fn ${name}(..) -> real = ..\``
			: role === "model"
				? "a model is made with all its parts; so many of them are a list: `[for k in 0..n: Block(k)]`"
				: "a repetition is a loop, or a function that calls itself",
	};
}

/** The strongly connected components, by their members; a walk without recursion of its own (Tarjan 1972). */
export function groupsOf(uses: Uses): Map<string, number> {
	const keys = [...uses.keys()];
	const numbers = new Map(keys.map((key, i) => [key, i]));
	// Of each, in the order in which the walk comes to it; -1 for those that it did not come to yet.
	const order = keys.map(() => -1);
	const low = keys.map(() => -1);
	const groups = keys.map(() => -1);
	const open: number[] = [];
	let count = 0;
	for (const root of keys.keys()) {
		if (order[root] !== -1) continue;
		const path = [enter(root)];
		for (let top = path.at(-1); top; top = path.at(-1)) {
			const next = top.rest.next();
			if (next.done) {
				path.pop();
				const above = path.at(-1);
				if (above) lower(above.at, low[top.at]);
				if (low[top.at] === order[top.at]) close(top.at);
				continue;
			}
			// What uses nothing itself leads nowhere.
			const to = numbers.get(next.value);
			if (to === undefined) continue;
			if (order[to] === -1) path.push(enter(to));
			else if (groups[to] === -1) lower(top.at, order[to]);
		}
	}
	return new Map(keys.map((key, i) => [key, groups[i] ?? -1]));

	function enter(at: number): { readonly at: number; readonly rest: Iterator<string, undefined> } {
		order[at] = count;
		low[at] = count;
		count++;
		open.push(at);
		return { at, rest: (uses.get(keys[at] as string) ?? new Map<string, unknown>()).keys() };
	}

	function lower(at: number, value = 0): void {
		low[at] = Math.min(low[at] ?? value, value);
	}

	function close(at: number): void {
		for (const member of open.splice(open.lastIndexOf(at))) groups[member] = order[at] ?? -1;
	}
}

function without<A, B>(all: ReadonlyMap<A, B>, known: ReadonlyMap<A, unknown>): [A, B][] {
	return [...all].filter(([key]) => !known.has(key));
}

/** All uses of several units, in their order. */
export function joinUses(all: Iterable<Uses>): Uses {
	const joined: Uses = new Map();
	for (const uses of all)
		for (const [owner, used] of uses) {
			const before = joined.get(owner);
			// Most have theirs from one unit only.
			joined.set(owner, before ? new Map([...before, ...without(used, before)]) : used);
		}
	return joined;
}
