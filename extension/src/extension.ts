import * as vscode from "vscode";
import {
	LanguageClient,
	type LanguageClientOptions,
	type ServerOptions,
	TransportKind,
} from "vscode-languageclient/node";
import {
	clearRequest,
	type RunAnswer,
	type RunStateParams,
	runRequest,
	runStateNotification,
	stopRequest,
} from "../../lsp/extensions.js";
import { ResultPainter } from "./results.js";
import { Status } from "./status.js";

let client: LanguageClient | undefined;

/** Starts the server when a file of the language is opened. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
	const painter = new ResultPainter();
	const status = new Status();
	const watcher = vscode.workspace.createFileSystemWatcher("**/*.{ansatz,csv}");
	const output = vscode.window.createOutputChannel("Ansatz", { log: true });
	context.subscriptions.push(painter, status, watcher, output);
	const options: LanguageClientOptions = {
		documentSelector: [{ language: "ansatz" }],
		synchronize: { fileEvents: watcher },
		outputChannel: output,
		initializationOptions: { pictures: true },
	};
	client = new LanguageClient("ansatz", "Ansatz", serverOptions(context), options);
	client.onNotification(runStateNotification, (state: RunStateParams) => {
		status.show(state);
		painter.show(state);
	});
	context.subscriptions.push(
		vscode.commands.registerCommand("ansatz.run", () => run()),
		vscode.commands.registerCommand("ansatz.stop", () => stop(status)),
		vscode.commands.registerCommand("ansatz.clearResults", () => ask(clearRequest, activeUri())),
	);
	await client.start();
}

export async function deactivate(): Promise<void> {
	await client?.stop();
	client = undefined;
}

/**
 * A check makes many small objects that are dropped at its end. With room for them (MB) the collector does not copy them
 * meanwhile: the longest turns of the server are half as long (`bench/README.md`).
 */
const youngGeneration = "--max-semi-space-size=64";

function serverOptions(context: vscode.ExtensionContext): ServerOptions {
	const path = vscode.workspace.getConfiguration("ansatz").get<string>("server.path", "").trim();
	if (path !== "") return { command: path, args: ["lsp", "--stdio"], transport: TransportKind.stdio };
	return {
		module: context.asAbsolutePath("dist/server/main.js"),
		transport: TransportKind.ipc,
		options: { execArgv: [youngGeneration] },
	};
}

function activeUri(): string | undefined {
	const document = vscode.window.activeTextEditor?.document;
	return document?.languageId === "ansatz" ? document.uri.toString() : undefined;
}

async function ask<Answer>(method: string, uri: string | undefined): Promise<Answer | undefined> {
	if (!client || uri === undefined) return undefined;
	return client.sendRequest<Answer>(method, { uri });
}

async function run(): Promise<void> {
	const uri = activeUri();
	if (uri === undefined) {
		void vscode.window.showInformationMessage("Open an .ansatz file to run it.");
		return;
	}
	const answer = await ask<RunAnswer>(runRequest, uri);
	if (answer && !answer.started) void vscode.window.showWarningMessage(`Ansatz: ${answer.reason}.`);
}

/** Stops what runs of the file in front, or else everything. */
async function stop(status: Status): Promise<void> {
	const front = activeUri();
	const running = status.running;
	const chosen = front !== undefined && running.includes(front) ? [front] : running;
	await Promise.all(chosen.map((uri) => ask(stopRequest, uri)));
}
