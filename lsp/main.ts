import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
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
		: createConnection(ProposedFeatures.all, process.stdin, process.stdout);
	new Server(connection).listen();
}
