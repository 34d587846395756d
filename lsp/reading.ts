import { leave, type Steps } from "../grammar/steps.js";

/** How long the server works before it looks at what has come, in milliseconds. */
const longestTurn = 20;

/**
 * Work in steps, done in turns of the event loop: between them requests are answered, and it may be called off. What is
 * known early can be asked for before the end.
 */
export class Reading<Result> {
	/** Resolves with what it comes to; undefined where it was called off. */
	readonly whole: Promise<Result | undefined>;
	/** Resolves as soon as something is known, at the latest with the end. */
	readonly early: Promise<Result | undefined>;
	/** Resolves when it waits for something for the first time, at the latest with the end. */
	readonly held: Promise<void>;
	private readonly steps: Steps<Result>;
	/** What the next step waits for. */
	private awaited: Promise<unknown> | undefined;
	private readonly end: { readonly called: Promise<void>; readonly call: () => void };
	private hold: () => void = () => {};
	private known: Result | undefined;
	private state: "under way" | "done" | "called off" = "under way";

	constructor(start: (known: (early: Result) => void) => Steps<Result>) {
		let tell: (known: Result | undefined) => void = () => {};
		this.early = new Promise((resolve) => {
			tell = resolve;
		});
		this.held = new Promise((resolve) => {
			this.hold = resolve;
		});
		let call: () => void = () => {};
		const called = new Promise<void>((resolve) => {
			call = resolve;
		});
		this.end = { called, call };
		this.steps = start((early) => {
			this.known = early;
			tell(early);
		});
		this.whole = this.turns().finally(() => {
			tell(this.known);
			this.hold();
		});
		// A mistake is told to who asks for the result; it may be that nobody does.
		this.whole.catch(() => {});
	}

	/** What is known by now. */
	get latest(): Result | undefined {
		return this.known;
	}

	get isDone(): boolean {
		return this.state === "done";
	}

	/** Whether it waits for something. */
	get isHeld(): boolean {
		return this.state === "under way" && this.awaited !== undefined;
	}

	/** All that is left, now, up to what it waits for. */
	finish(): Result | undefined {
		while (this.isReady) this.step();
		return this.state === "called off" ? undefined : this.known;
	}

	callOff(): void {
		if (this.state !== "under way") return;
		this.state = "called off";
		leave(this.steps);
		this.end.call();
	}

	private get isReady(): boolean {
		return this.state === "under way" && this.awaited === undefined;
	}

	private step(): void {
		const { done, value } = this.steps.next();
		if (done) {
			this.known = value;
			this.state = "done";
		} else if (value) {
			this.awaited = value;
			this.hold();
		}
	}

	private async turns(): Promise<Result | undefined> {
		while (this.state === "under way") {
			const end = performance.now() + longestTurn;
			while (this.isReady && performance.now() < end) this.step();
			if (this.awaited) {
				await Promise.race([this.awaited, this.end.called]);
				this.awaited = undefined;
			} else if (this.state === "under way") await new Promise((resolve) => setImmediate(resolve));
		}
		return this.isDone ? this.known : undefined;
	}
}
