import { walk } from "../../grammar/visit.js";
import type { Snapshot } from "../snapshot.js";

/** A declaration of the file, and the declarations of the file that it uses, directly or through others. */
export interface DeclarationUse {
	readonly start: number;
	readonly end: number;
	/** Their indices, its own among them. */
	readonly uses: ReadonlySet<number>;
}

/** Where the declarations of the file stand. */
export function declarationSpans(snapshot: Snapshot): { readonly start: number; readonly end: number }[] {
	return snapshot.root.tree.slices.flatMap((slice) =>
		slice.items.map((item) => snapshot.locate(slice, item.span)),
	);
}

export function declarations(snapshot: Snapshot): DeclarationUse[] {
	const items = snapshot.root.tree.slices.flatMap((slice) =>
		slice.items.map((item) => ({ item, ...snapshot.locate(slice, item.span) })),
	);
	const indexAt = (offset: number): number =>
		items.findIndex((one) => one.start <= offset && offset < one.end);
	const direct = items.map(({ item }) => {
		const used = new Set<number>();
		walk(item, (node) => {
			const binding = snapshot.bindingOf(node);
			// what comes from another file depends on the line that imports it
			const name = binding && snapshot.topScope?.names.get(binding.name);
			const at = binding?.at.file === snapshot.path ? binding.at : name?.importedAt;
			const index = at ? indexAt(at.start) : -1;
			if (index >= 0) used.add(index);
			return undefined;
		});
		return used;
	});
	return items.map(({ start, end }, index) => {
		const uses = new Set([index]);
		for (const one of uses) for (const next of direct[one] ?? []) uses.add(next);
		return { start, end, uses };
	});
}
