import * as vscode from "vscode";
import type { RunStateParams } from "../../lsp/extensions.js";

/** Tells in the status bar how many fits are being trained; a click stops them. */
export class Status implements vscode.Disposable {
	private readonly item = vscode.window.createStatusBarItem(vscode.StatusBarAlignment.Left);
	private readonly fits = new Map<string, number>();

	constructor() {
		this.item.command = "ansatz.stop";
		this.item.tooltip = "Stop";
	}

	show(state: RunStateParams): void {
		if (state.running) this.fits.set(state.uri, state.runningFits);
		else this.fits.delete(state.uri);
		if (this.fits.size === 0) {
			this.item.hide();
			return;
		}
		const count = [...this.fits.values()].reduce((sum, fits) => sum + fits, 0);
		this.item.text = `$(sync~spin) Ansatz: ${count === 0 ? "running" : `running ${count} ${count === 1 ? "fit" : "fits"}`}`;
		this.item.show();
	}

	/** The files that run. */
	get running(): readonly string[] {
		return [...this.fits.keys()];
	}

	dispose(): void {
		this.item.dispose();
	}
}
