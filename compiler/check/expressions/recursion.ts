import { notYet, type Report, type Session } from "../context.js";

type Uses = Session["uses"];

/** A function whose body leads back to itself would unroll without end; of several that call each other, the first is told. */
export function recursions(uses: Uses): Report[] {
	const groups = groupsOf(uses);
	const told = new Set<number>();
	const found: Report[] = [];
	for (const [owner, used] of uses) {
		const group = groups.get(owner);
		if (group === undefined || told.has(group)) continue;
		for (const [key, { name, at }] of used) {
			if (groups.get(key) !== group) continue;
			told.add(group);
			found.push({
				code: "E0901",
				at,
				message:
					key === owner
						? `\`${name}\` uses itself: recursion is not supported yet`
						: `\`${name}\` leads back to where it is used: recursion is not supported yet`,
				notes: [notYet],
				...(/^[a-z]/.test(name) && { hint: "a repetition over a list is a `fold`" }),
			});
			break;
		}
	}
	return found;
}

/** The strongly connected components, by their members; a walk without recursion of its own (Tarjan 1972). */
function groupsOf(uses: Uses): Map<string, number> {
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
