import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import {
	createMessageConnection,
	type MessageConnection,
	StreamMessageReader,
	StreamMessageWriter,
} from "vscode-jsonrpc/node";

export interface PublishedDiagnostics {
	readonly uri: string;
	readonly version?: number;
	readonly diagnostics: readonly {
		readonly message: string;
		readonly code: string;
		readonly range: unknown;
	}[];
}

/** A client of the language server in a process of its own, over standard input and output. */
export class LspClient {
	readonly process: ChildProcess;
	readonly connection: MessageConnection;
	readonly published: PublishedDiagnostics[] = [];
	readonly notified: { readonly method: string; readonly params: unknown }[] = [];
	readonly exited: Promise<number | null>;
	private readonly waiting: (() => void)[] = [];
	private readonly texts = new Map<string, { text: string; version: number }>();

	constructor(command = [join(process.cwd(), "bin", "ansatz.js"), "lsp", "--stdio"]) {
		this.process = spawn(process.execPath, command, { stdio: ["pipe", "pipe", "inherit"] });
		const { stdin, stdout } = this.process;
		if (!stdin || !stdout) throw new Error("the server has no streams");
		this.connection = createMessageConnection(
			new StreamMessageReader(stdout),
			new StreamMessageWriter(stdin),
		);
		this.connection.onNotification((method, params) => {
			if (method === "textDocument/publishDiagnostics") this.published.push(params as PublishedDiagnostics);
			this.notified.push({ method, params });
			for (const wake of this.waiting.splice(0)) wake();
		});
		this.connection.onRequest("workspace/codeLens/refresh", () => null);
		this.connection.listen();
		this.exited = new Promise((resolve) => this.process.on("exit", (code) => resolve(code)));
	}

	async initialize(): Promise<{ readonly capabilities: Record<string, unknown> }> {
		const answer = await this.request<{ capabilities: Record<string, unknown> }>("initialize", {
			processId: process.pid,
			rootUri: null,
			capabilities: { workspace: { codeLens: { refreshSupport: true } } },
		});
		await this.notify("initialized", {});
		return answer;
	}

	request<Answer>(method: string, params: unknown): Promise<Answer> {
		return this.connection.sendRequest<Answer>(method, params);
	}

	notify(method: string, params: unknown): Promise<void> {
		return this.connection.sendNotification(method, params);
	}

	async open(uri: string, text: string): Promise<void> {
		this.texts.set(uri, { text, version: 1 });
		await this.notify("textDocument/didOpen", {
			textDocument: { uri, languageId: "ansatz", version: 1, text },
		});
	}

	/** Replaces a part of a text, given by offsets. */
	async edit(uri: string, start: number, end: number, inserted: string): Promise<number> {
		const known = this.texts.get(uri);
		if (!known) throw new Error(`${uri} is not open`);
		const range = { start: positionOf(known.text, start), end: positionOf(known.text, end) };
		known.text = known.text.slice(0, start) + inserted + known.text.slice(end);
		known.version++;
		await this.notify("textDocument/didChange", {
			textDocument: { uri, version: known.version },
			contentChanges: [{ range, text: inserted }],
		});
		return known.version;
	}

	text(uri: string): string {
		return this.texts.get(uri)?.text ?? "";
	}

	/** The parameters of a request at an offset. */
	at(uri: string, offset: number): object {
		return { textDocument: { uri }, position: positionOf(this.text(uri), offset) };
	}

	/** Waits until something that came satisfies the question. */
	async until<Found>(find: () => Found | undefined, what: string, limit = 10_000): Promise<Found> {
		const end = Date.now() + limit;
		for (;;) {
			const found = find();
			if (found !== undefined) return found;
			const left = end - Date.now();
			if (left <= 0) throw new Error(`waited in vain for ${what}`);
			await new Promise<void>((resolve) => {
				const timer = setTimeout(resolve, left);
				this.waiting.push(() => {
					clearTimeout(timer);
					resolve();
				});
			});
		}
	}

	diagnosed(uri: string, version: number): Promise<PublishedDiagnostics> {
		const find = () => this.published.findLast((one) => one.uri === uri && one.version === version);
		return this.until(find, `diagnostics of version ${version}`);
	}

	/** The last state of the results that was told. */
	state<State>(uri: string, accept: (state: State) => boolean): Promise<State> {
		const find = () => {
			const last = this.notified.findLast(
				({ method, params }) => method === "ansatz/runState" && (params as { uri: string }).uri === uri,
			)?.params as State | undefined;
			return last && accept(last) ? last : undefined;
		};
		return this.until(find, "the results");
	}

	async close(): Promise<number | null> {
		await this.request("shutdown", null);
		await this.notify("exit", null);
		const code = await this.exited;
		this.connection.dispose();
		return code;
	}

	/** Ends the process where a test has not come to `close`. */
	kill(): void {
		this.connection.dispose();
		this.process.kill();
	}
}

/** Lines from 0, columns in UTF-16 units. */
export function positionOf(text: string, offset: number): { line: number; character: number } {
	const before = text.slice(0, offset).split("\n");
	return { line: before.length - 1, character: (before.at(-1) ?? "").length };
}
