import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "../compiler/source/diagnostic.js";
import type { RunEvent } from "../runtime/events.js";
import { drawPicture } from "../runtime/pictures/draw.js";
import type { Picture } from "../runtime/pictures/picture.js";
import { lineOf } from "../runtime/pictures/shapes.js";
import { fileProblem } from "./report.js";

/** Draws pictures into a folder, one after another, while the run goes on. */
export class PictureFolder {
	private drawn: Promise<void> = Promise.resolve();
	private readonly problems: Diagnostic[] = [];

	constructor(private readonly folder: string) {}

	file(name: string): string {
		return join(this.folder, `${name}.svg`);
	}

	draw(name: string, picture: Picture): void {
		this.drawn = this.drawn.then(async () => {
			const file = this.file(name);
			try {
				const svg = await drawPicture(picture, name);
				mkdirSync(this.folder, { recursive: true });
				writeFileSync(file, svg);
			} catch (error) {
				this.problems.push(unwritable(file, error));
			}
		});
	}

	/** Resolves when all are there, with what went wrong. */
	async finished(): Promise<readonly Diagnostic[]> {
		await this.drawn;
		return this.problems;
	}
}

/** Beside the program: `digits.plots` of `digits.ansatz`. */
export function folderOf(file: string): string {
	return `${file.replace(/\.ansatz$/, "")}.plots`;
}

export function unwritable(file: string, error: unknown): Diagnostic {
	const reason = error instanceof Error ? error.message : String(error);
	return fileProblem("E0702", file, `${file} cannot be written: ${reason}`);
}

/** The loss of a fit over its steps; on a logarithmic axis where it is above 0 everywhere. */
export function historyPicture(event: Extract<RunEvent, { kind: "history" }>): Picture {
	const loss = event.histories.find((h) => h.name === "loss")?.values ?? [];
	const { line } = lineOf("loss", [loss], undefined);
	return {
		kind: "line",
		title: event.label,
		xName: "step",
		yName: "loss",
		logarithmic: true,
		series: [line],
	};
}
