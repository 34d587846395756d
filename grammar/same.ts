/** Whether two nodes say the same: equal but for where they stand. */
export function sameNode(a: unknown, b: unknown): boolean {
	if (a === b) return true;
	if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
	const own = (value: object): [string, unknown][] => Object.entries(value).filter(([key]) => key !== "span");
	const [left, right] = [own(a), new Map(own(b))];
	return (
		left.length === right.size &&
		left.every(([key, value]) => right.has(key) && sameNode(value, right.get(key)))
	);
}
