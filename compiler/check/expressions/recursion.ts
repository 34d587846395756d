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
	const groups = new Map<string, number>();
	const order = new Map<string, number>();
	const low = new Map<string, number>();
	const open: string[] = [];
	const isOpen = new Set<string>();
	for (const root of uses.keys()) {
		if (order.has(root)) continue;
		const path = [enter(root)];
		for (let top = path.at(-1); top; top = path.at(-1)) {
			const next = top.rest.next();
			if (next.done) {
				path.pop();
				const above = path.at(-1);
				if (above) lower(above.key, low.get(top.key));
				if (low.get(top.key) === order.get(top.key)) close(top.key);
			} else if (!order.has(next.value)) path.push(enter(next.value));
			else if (isOpen.has(next.value)) lower(top.key, order.get(next.value));
		}
	}
	return groups;

	function enter(key: string): { readonly key: string; readonly rest: Iterator<string, undefined> } {
		order.set(key, order.size);
		low.set(key, order.size - 1);
		open.push(key);
		isOpen.add(key);
		return { key, rest: (uses.get(key) ?? new Map<string, unknown>()).keys() };
	}

	function lower(key: string, value = 0): void {
		low.set(key, Math.min(low.get(key) ?? value, value));
	}

	function close(key: string): void {
		const group = order.get(key) ?? 0;
		const at = open.lastIndexOf(key);
		for (const member of open.splice(at)) {
			isOpen.delete(member);
			groups.set(member, group);
		}
	}
}

/** All uses of several units, in their order. */
export function joinUses(all: Iterable<Uses>): Uses {
	const joined: Uses = new Map();
	for (const uses of all)
		for (const [owner, used] of uses) {
			const own = joined.get(owner) ?? new Map();
			joined.set(owner, own);
			for (const [key, use] of used) if (!own.has(key)) own.set(key, use);
		}
	return joined;
}
