/**
 * The messages that are not part of the protocol: running a file, and results beside the text. Plain data, shared by
 * the server and the extension, which are bundled apart: nothing here may need the protocol's library.
 */
export const runRequest = "ansatz/run";
export const stopRequest = "ansatz/stop";
export const clearRequest = "ansatz/clearResults";
export const runEventNotification = "ansatz/runEvent";
export const runStateNotification = "ansatz/runState";

/** The commands behind the code lens, for editors that have no client of their own. */
export const runCommand = "ansatz.server.run";
export const stopCommand = "ansatz.server.stop";

export interface RunParams {
	readonly uri: string;
}

/** What a request to run answers: a program with errors does not start. */
export type RunAnswer = { readonly started: true } | { readonly started: false; readonly reason: string };

export interface ProtocolPosition {
	readonly line: number;
	readonly character: number;
}

export interface ProtocolRange {
	readonly start: ProtocolPosition;
	readonly end: ProtocolPosition;
}

/** An event of a run, as `runtime/events.ts` describes it; its offsets are those of the text that is run. */
export interface RunEventParams {
	readonly uri: string;
	/** The version of the text that is run. */
	readonly version: number;
	readonly event: { readonly kind: string };
}

export type ResultState = "queued" | "running" | "done" | "failed" | "stale";

export interface RunResult {
	readonly range: ProtocolRange;
	readonly state: ResultState;
	/** At most 80 characters, for the end of a line. */
	readonly summary: string;
	readonly markdown: string;
}

/** All results of a file, each time they change. */
export interface RunStateParams {
	readonly uri: string;
	/** The version of the text that the ranges belong to. */
	readonly version: number;
	/** Fits that are being trained now. */
	readonly runningFits: number;
	readonly running: boolean;
	readonly results: readonly RunResult[];
}
