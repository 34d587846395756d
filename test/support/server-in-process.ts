import { PassThrough } from "node:stream";
import { type Message, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import type { StartRun } from "../../lsp/runs.js";
import { Server } from "../../lsp/server.js";

export interface Answer {
	readonly id?: number;
	readonly method?: string;
	readonly params?: unknown;
	readonly result?: unknown;
	readonly error?: { readonly code: number };
}

/** A server in this process: what it is sent at once is there before it looks at any of it. */
export class InProcess {
	private readonly input = new PassThrough();
	private readonly output = new PassThrough();
	readonly answers: Answer[] = [];
	readonly server: Server;

	constructor(start?: StartRun, initializationOptions: object = {}) {
		new StreamMessageReader(this.output).listen((message: Message) => this.answers.push(message as Answer));
		const connection = createConnection(
			ProposedFeatures.all,
			new StreamMessageReader(this.input),
			new StreamMessageWriter(this.output),
		);
		this.server = new Server(connection, start);
		this.server.listen();
		const params = { processId: null, rootUri: null, capabilities: {}, initializationOptions };
		this.send({ id: 0, method: "initialize", params });
	}

	send(...messages: object[]): void {
		const written = messages.map((message) => {
			const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
			return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]);
		});
		this.input.write(Buffer.concat(written));
	}

	async until(accept: (answer: Answer) => boolean): Promise<Answer> {
		for (let turn = 0; turn < 2000; turn++) {
			const found = this.answers.findLast(accept);
			if (found) return found;
			await new Promise((resolve) => setTimeout(resolve, 2));
		}
		throw new Error(`no such answer among ${JSON.stringify(this.answers)}`);
	}
}
