import { statSync } from "node:fs";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { DataRefusal } from "./problem.js";

/** What a thread that reads a file is given, as its `workerData`. */
export interface ThreadTask {
	readonly path: string;
	readonly signal: Int32Array;
	readonly port: MessagePort;
}

/** How long a file may take: a damaged one may say that it holds more than it does, and be read without end. */
function patience(path: string): number {
	return 10_000 + statSync(path).size / 1000;
}

/**
 * Reads a file by a library that answers later, or might never: checking asks now, so a thread reads while this one
 * waits. @throws DataRefusal where there is no answer
 */
export function readInThread<Answer extends object>(script: URL, path: string, what: string): Answer {
	const signal = new Int32Array(new SharedArrayBuffer(4));
	const { port1, port2 } = new MessageChannel();
	const worker = new Worker(script, {
		workerData: { path, signal, port: port2 } satisfies ThreadTask,
		transferList: [port2],
		resourceLimits: { maxOldGenerationSizeMb: 4096 },
	});
	worker.on("error", () => undefined);
	const state = Atomics.wait(signal, 0, 0, patience(path));
	const answer = receiveMessageOnPort(port1)?.message as Answer | { readonly problem: string } | undefined;
	port1.close();
	void worker.terminate();
	if (!answer) {
		const why = state === "timed-out" ? "reading it does not come to an end" : "it cannot be read";
		throw new DataRefusal("E0516", `this ${what} is of no use: ${why}`);
	}
	if ("problem" in answer) throw new DataRefusal("E0516", answer.problem);
	return answer;
}

/** Answers once from such a thread, then wakes the one that waits. */
export function answerFromThread({ port, signal }: ThreadTask, message: object): void {
	port.postMessage(message);
	Atomics.store(signal, 0, 1);
	Atomics.notify(signal, 0);
}
