import { pathToFileURL } from "node:url";
import {
	createConnection,
	ProposedFeatures,
	StreamMessageReader,
	StreamMessageWriter,
} from "vscode-languageserver/node";
import { Server } from "./server.js";

/**
 * Serves the client at the other end: of the process's channel with `--node-ipc`, else of its standard input and
 * output. The library ends the process when the client says `exit` (0 after `shutdown`, else 1) or goes away.
 */
export function startServer(argv: readonly string[] = process.argv): void {
	// what is printed would end up between the messages
	console.log = console.error;
	const connection = argv.includes("--node-ipc")
		? createConnection(ProposedFeatures.all)
		: createConnection(
				ProposedFeatures.all,
				new StreamMessageReader(process.stdin),
				new StreamMessageWriter(process.stdout),
			);
	if (!argv.includes("--node-ipc")) {
		process.stdin.on("end", () => process.exit(1));
		process.stdin.on("close", () => process.exit(1));
	}
	new Server(connection).listen();
}

const entry = process.argv[1];
if (entry !== undefined && import.meta.url === pathToFileURL(entry).href) startServer();
