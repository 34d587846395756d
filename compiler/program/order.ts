import type * as ast from "../../grammar/ast.js";

/**
 * From where a file names something: a `let` from its line on, data and sizes among each other from their lines on, all
 * else everywhere. Checking and running ask here, so that a name means the same to both.
 */
export type NameOrder = "always" | "among data" | "never";

/** Where a declaration stands: the how-manieth of its file. */
export interface Standing {
	readonly index: number;
	readonly isData: boolean;
}

export function isDataDeclaration({ kind }: ast.Declaration): boolean {
	return kind === "Data" || kind === "Dimension";
}

export function nameOrder(declaration: ast.Declaration): NameOrder {
	if (declaration.kind === "Let") return "always";
	return isDataDeclaration(declaration) ? "among data" : "never";
}

/** Whether what a declaration names is seen from another one of its file. */
export function isSeenFrom(
	user: Standing,
	{ index, order }: { readonly index: number; readonly order: NameOrder },
): boolean {
	if (order === "never" || (order === "among data" && !user.isData)) return true;
	return index < user.index;
}
