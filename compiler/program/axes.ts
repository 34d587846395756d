/**
 * Axes that a program names by a label (`axis = .keys`): checking finds which axis that is, and elaboration, which knows
 * no names of sizes any more, asks here. Axes count from the end, from -1, and those before a rest from the start.
 */
const found = new WeakMap<object, { readonly by: object; readonly axis: number }>();

/** Notes the axis that a label stands for. False if the same check found another one before, at another call. */
export function noteLabel(label: object, axis: number, by: object): boolean {
	const before = found.get(label);
	if (before && before.by === by && before.axis !== axis) return false;
	found.set(label, { by, axis });
	return true;
}

export function labelledAxis(label: object): number | undefined {
	return found.get(label)?.axis;
}
