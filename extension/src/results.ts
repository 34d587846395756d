import * as vscode from "vscode";
import type { ResultState, RunResult, RunStateParams } from "../../lsp/extensions.js";

const colours: Record<ResultState, string> = {
	queued: "disabledForeground",
	running: "charts.blue",
	done: "editorCodeLens.foreground",
	failed: "editorError.foreground",
	stale: "disabledForeground",
};

/** Paints the results at the ends of their lines. The server decides what is still valid; here is only paint. */
export class ResultPainter implements vscode.Disposable {
	/** One for all results: each has its own text by its options. */
	private readonly decoration = vscode.window.createTextEditorDecorationType({
		rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
	});
	private readonly states = new Map<string, RunStateParams>();
	private readonly subscriptions: vscode.Disposable[] = [];

	constructor() {
		this.subscriptions.push(
			vscode.window.onDidChangeVisibleTextEditors(() => this.paintAll()),
			vscode.workspace.onDidChangeConfiguration((event) => {
				if (event.affectsConfiguration("ansatz.results.display")) this.paintAll();
			}),
			vscode.workspace.onDidCloseTextDocument((document) => this.states.delete(document.uri.toString())),
		);
	}

	show(state: RunStateParams): void {
		this.states.set(vscode.Uri.parse(state.uri).toString(), state);
		this.paintAll();
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
		this.decoration.dispose();
	}

	private paintAll(): void {
		const display = vscode.workspace.getConfiguration("ansatz").get<string>("results.display", "decoration");
		for (const editor of vscode.window.visibleTextEditors) {
			const state = this.states.get(editor.document.uri.toString());
			if (!state) continue;
			// the text has gone on: the decorations move by themselves until the server says where they are
			if (state.version < editor.document.version && display !== "off") continue;
			const results = display === "off" ? [] : state.results;
			editor.setDecorations(
				this.decoration,
				results.map((result) => decorationOf(editor.document, result)),
			);
		}
	}
}

function decorationOf(document: vscode.TextDocument, result: RunResult): vscode.DecorationOptions {
	const line = Math.min(result.range.end.line, document.lineCount - 1);
	const end = document.lineAt(line).range.end;
	const hover = new vscode.MarkdownString(result.markdown);
	hover.isTrusted = false;
	return {
		range: new vscode.Range(end, end),
		hoverMessage: hover,
		renderOptions: {
			after: {
				contentText: result.summary,
				color: new vscode.ThemeColor(colours[result.state]),
				fontStyle: result.state === "stale" ? "italic" : "normal",
				margin: "0 0 0 2em",
			},
		},
	};
}
