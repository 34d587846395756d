import * as lsp from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { startRun } from "../runtime/worker.js";
import { Coalesce } from "./coalesce.js";
import { Documents } from "./documents.js";
import * as extensions from "./extensions.js";
import { picturesIn } from "./pictures.js";
import { Runs, type StartRun } from "./runs.js";
import type { ToProtocol } from "./to-protocol.js";

/** How many diagnostics of one file are sent. */
const mostDiagnostics = 200;

const capabilities: lsp.ServerCapabilities = {
	textDocumentSync: { openClose: true, change: lsp.TextDocumentSyncKind.Incremental, save: false },
	hoverProvider: true,
	completionProvider: { triggerCharacters: [".", "(", ",", "{"] },
	signatureHelpProvider: { triggerCharacters: ["(", ","] },
	definitionProvider: true,
	referencesProvider: true,
	documentHighlightProvider: true,
	documentSymbolProvider: true,
	documentFormattingProvider: true,
	inlayHintProvider: true,
	codeActionProvider: { codeActionKinds: [lsp.CodeActionKind.QuickFix] },
	codeLensProvider: { resolveProvider: false },
	executeCommandProvider: { commands: [extensions.runCommand, extensions.stopCommand] },
};

/** Serves one client until it goes. */
export class Server {
	private readonly open = new lsp.TextDocuments(TextDocument);
	private readonly documents = new Documents({
		get: (uri) => this.open.get(uri),
		all: () => this.open.all(),
	});
	private readonly checks = new Coalesce((uri) => void this.check(uri));
	private readonly runs: Runs;
	private lensRefresh = false;
	private readonly wasRunning = new Map<string, boolean>();
	/** The files whose diagnostics the client has. */
	private readonly told = new Set<string>();

	/** Whether the client shows pictures that stand in Markdown as data; elsewhere they would be a screen of letters. */
	private showsPictures = false;

	constructor(
		private readonly connection: lsp.Connection,
		start: StartRun = startRun,
	) {
		this.runs = new Runs(start, {
			events: (uri, version, events) => {
				for (const event of events) this.notify(extensions.runEventNotification, { uri, version, event });
			},
			changed: (uri) => this.tellResults(uri),
		});
	}

	listen(): void {
		const { connection } = this;
		connection.onInitialize((params) => {
			this.lensRefresh = params.capabilities.workspace?.codeLens?.refreshSupport === true;
			const options: unknown = params.initializationOptions;
			this.showsPictures =
				typeof options === "object" && options !== null && "pictures" in options && options.pictures === true;
			return { capabilities, serverInfo: { name: "ansatz" } };
		});
		connection.onShutdown(() => this.close());
		this.open.onDidChangeContent(({ document }) => {
			this.documents.callOff(document.uri);
			this.checks.ask(document.uri);
			for (const uri of this.documents.dependents(document.uri)) this.checks.ask(uri);
		});
		this.open.onDidClose(({ document: { uri } }) => {
			this.checks.cancel(uri);
			this.runs.clear(uri);
			this.documents.close(uri);
			this.wasRunning.delete(uri);
			this.told.delete(uri);
			void connection.sendDiagnostics({ uri, diagnostics: [] });
			for (const other of this.documents.dependents(uri)) this.checks.ask(other);
		});
		connection.onDidChangeWatchedFiles(() => {
			for (const uri of this.documents.refresh()) this.checks.ask(uri);
		});
		this.answerFeatures();
		this.answerRuns();
		this.open.listen(connection);
		connection.listen();
	}

	close(): void {
		this.checks.close();
		this.documents.closeAll();
		this.runs.close();
	}

	// ---------------------------------------------------------------- requests

	private answerFeatures(): void {
		const { connection } = this;
		const at = <Result>(
			answer: (file: ToProtocol, offset: number) => Result | Promise<Result>,
			of: "place" | "file" = "place",
		) =>
			this.answer(
				(file, params: lsp.TextDocumentPositionParams) => answer(file, file.offset(params.position)),
				of,
			);
		connection.onHover(
			at(async (file, offset) => {
				const found = file.analysis.hover(offset);
				const result = this.runs.results(file.uri).find((one) => one.start <= offset && offset <= one.end);
				const hover = found ?? (result && { start: result.start, end: result.end, markdown: "" });
				if (!hover) return null;
				const last = result
					? `\n\n---\n\nLast run${result.state === "stale" ? ", before an edit" : ""}: ${result.markdown}`
					: "";
				const drawn = this.showsPictures && result ? await picturesIn(result.pictures) : "";
				return file.hover({ ...hover, markdown: hover.markdown + last + drawn });
			}),
		);
		connection.onCompletion(at((file, offset) => file.completions(file.analysis.completions(offset))));
		connection.onSignatureHelp(
			at((file, offset) => {
				const help = file.analysis.signature(offset);
				return help ? file.signature(help) : null;
			}),
		);
		connection.onDefinition(
			at((file, offset) => {
				const found = file.analysis.definition(offset);
				return found ? file.location(found) : null;
			}),
		);
		connection.onReferences(
			at((file, offset) => file.analysis.references(offset).map((one) => file.location(one)), "file"),
		);
		connection.onDocumentHighlight(
			at(
				(file, offset) =>
					file.analysis
						.references(offset)
						.filter((one) => one.file === file.analysis.snapshot.path)
						.map((one) => ({ range: file.range(one) })),
				"file",
			),
		);
		connection.onDocumentSymbol(
			this.answer((file) => file.analysis.symbols().map((one) => file.symbol(one))),
		);
		connection.onDocumentFormatting(
			this.answer((file) => {
				const edit = file.analysis.format();
				return edit ? [{ range: file.range(edit), newText: edit.text }] : [];
			}, "place"),
		);
		connection.languages.inlayHint.on(
			this.answer(
				(file, { range }: lsp.InlayHintParams) =>
					file.analysis.hints(file.offset(range.start), file.offset(range.end)).map((one) => file.hint(one)),
				"place",
			),
		);
		connection.onCodeAction(
			this.answer((file, { range }: lsp.CodeActionParams) => file.fixes(file.analysis.diagnostics, range)),
		);
		connection.onCodeLens(this.answer((file) => file.lens(this.runs.isRunning(file.uri))));
	}

	private answerRuns(): void {
		const { connection } = this;
		connection.onRequest(
			extensions.runRequest,
			({ uri }: extensions.RunParams): lsp.HandlerResult<extensions.RunAnswer, void> => this.run(uri),
		);
		connection.onRequest(extensions.stopRequest, ({ uri }: extensions.RunParams) => {
			this.runs.stop(uri);
			return null;
		});
		connection.onRequest(extensions.clearRequest, ({ uri }: extensions.RunParams) => {
			this.runs.clear(uri);
			return null;
		});
		connection.onExecuteCommand(({ command, arguments: given }) => {
			const uri = String(given?.[0] ?? "");
			if (command === extensions.stopCommand) {
				this.runs.stop(uri);
				return null;
			}
			const answer = this.run(uri);
			if (!answer.started) connection.window.showWarningMessage(answer.reason);
			return answer;
		});
	}

	private run(uri: string): extensions.RunAnswer {
		const file = this.documents.current(uri);
		if (!file) return { started: false, reason: "the file is not open" };
		const errors = file.analysis.snapshot.checked.diagnostics.filter(
			(one) => one.severity === "error",
		).length;
		if (errors > 0) {
			return { started: false, reason: `the program has ${errors === 1 ? "an error" : `${errors} errors`}` };
		}
		this.runs.run(uri, this.documents.version(uri) ?? 0, file.analysis);
		return { started: true };
	}

	/**
	 * Answers about a document as it is now: about one place as soon as its names are known, about the whole file when
	 * it is checked. What has come in the meantime is looked at first: a request that was taken back, or is about a text
	 * that has changed since, is not worked on. A mistake of ours fails one request.
	 */
	private answer<Params extends { readonly textDocument: { readonly uri: string } }, Result>(
		work: (file: ToProtocol, params: Params) => Result | Promise<Result>,
		of: "place" | "file" = "file",
	): (params: Params, token: lsp.CancellationToken) => Promise<Result | null | lsp.ResponseError> {
		return async (params, token) => {
			const { uri } = params.textDocument;
			const version = this.documents.version(uri);
			// in the first turn the next message is still behind this one
			for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
			const refused = () => {
				if (token.isCancellationRequested)
					return new lsp.ResponseError(lsp.LSPErrorCodes.RequestCancelled, "cancelled");
				if (this.documents.version(uri) !== version)
					return new lsp.ResponseError(lsp.LSPErrorCodes.ContentModified, "the text has changed");
				return undefined;
			};
			const early = refused();
			if (early) return early;
			try {
				const cancelled = new Promise<undefined>((resolve) => {
					token.onCancellationRequested(() => resolve(undefined));
				});
				for (;;) {
					const reading = this.documents.reading(uri);
					if (!reading) return null;
					const file = await Promise.race([of === "place" ? reading.early : reading.whole, cancelled]);
					const late = refused();
					if (late) return late;
					if (file) return await work(file, params);
					// Called off, since another file has changed: it is read again.
				}
			} catch (error) {
				this.log(error);
				return new lsp.ResponseError(lsp.ErrorCodes.InternalError, String(error));
			}
		};
	}

	// ---------------------------------------------------------------- what is told unasked

	/** The problems of the syntax are told first, where the others take long and nothing is told yet. */
	private async check(uri: string): Promise<void> {
		try {
			const reading = this.documents.reading(uri);
			const early = await reading?.early;
			if (early && !reading?.isDone && !this.told.has(uri) && early.analysis.diagnostics.length > 0)
				this.tellDiagnostics(early);
			await reading?.held;
			// While a large data file is read, what does not hang on it is told.
			if (reading?.latest && reading.isHeld) this.tellDiagnostics(reading.latest);
			const file = await reading?.whole;
			// Else the text has changed, and its check is asked for.
			if (!file) return;
			if (this.runs.follow(uri, file.analysis)) this.tellResults(uri);
			this.tellDiagnostics(file);
		} catch (error) {
			this.log(error);
		}
	}

	private tellDiagnostics(file: ToProtocol): void {
		const { uri } = file;
		this.told.add(uri);
		const all = [...file.analysis.diagnostics, ...this.runs.diagnostics(uri)];
		const diagnostics = all.slice(0, mostDiagnostics).map((one) => file.diagnostic(one));
		void this.connection.sendDiagnostics({ uri, version: this.documents.version(uri), diagnostics });
	}

	private tellResults(uri: string): void {
		const file = this.documents.current(uri);
		if (!file) return;
		// what comes from a run is placed in the text as it is now
		const running = this.runs.isRunning(uri);
		this.runs.follow(uri, file.analysis);
		const results = this.runs.results(uri);
		const version = this.documents.version(uri) ?? 0;
		this.notify(
			extensions.runStateNotification,
			file.runState(version, running, this.runs.runningFits(uri), results),
		);
		if (this.wasRunning.get(uri) === running) return;
		this.wasRunning.set(uri, running);
		this.tellDiagnostics(file);
		if (this.lensRefresh) void this.connection.sendRequest(lsp.CodeLensRefreshRequest.type);
	}

	private notify(method: string, params: object): void {
		void this.connection.sendNotification(method, params);
	}

	private log(error: unknown): void {
		this.connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
	}
}
