/**
 * Names that a function reads from outside of it, and whose reals have a format of their own (`f32`, `f64`): in a call
 * in another format all else is converted to it, and these stay. What checking notes of the tree, a run reads.
 */
const ownFormats = new WeakSet<object>();

export function noteFormat(node: object, isOwn: boolean): void {
	if (isOwn) ownFormats.add(node);
	else ownFormats.delete(node);
}

export function hasOwnFormat(node: object): boolean {
	return ownFormats.has(node);
}
