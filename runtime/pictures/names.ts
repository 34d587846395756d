import type { Picture } from "./picture.js";

/** Names of the pictures of a run: by their title, or what they show, and their turn; good for files. */
export class PictureNames {
	/** In lower case: some file systems do not tell it apart. */
	private readonly taken = new Set<string>();

	/** Keeps a name from being given. */
	take(name: string): void {
		this.taken.add(name.toLowerCase());
	}

	nameOf(picture: Pick<Picture, "kind" | "title" | "yName">, turns: readonly string[]): string {
		const what = slugOf(picture.title ?? "") || nameOfAxis(picture) || picture.kind;
		const base = [what, ...turns.map(slugOf)].filter((part) => part !== "").join("-");
		let name = base;
		for (let i = 2; this.taken.has(name.toLowerCase()); i++) name = `${base}-${i}`;
		this.taken.add(name.toLowerCase());
		return name;
	}
}

/** What the y axis shows, where it is a word and not a computation. */
function nameOfAxis({ kind, yName = "" }: Pick<Picture, "kind" | "yName">): string {
	return kind !== "histogram" && /^[\p{L}_][\p{L}\p{N}_. ]*$/u.test(yName) ? slugOf(yName) : "";
}

const longest = 60;

/** A file name out of a text: letters, numbers, dots within, `-` and `_`. */
function slugOf(text: string): string {
	return text
		.normalize("NFKC")
		.replaceAll(/[^\p{L}\p{N}_.]+/gu, "-")
		.slice(0, longest)
		.replaceAll(/^[-.]+|[-.]+$/g, "");
}
