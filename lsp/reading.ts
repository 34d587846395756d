import { atOnce, leave, type Steps } from "../grammar/steps.js";

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
	private readonly steps: Steps<Result>;
	private known: Result | undefined;
	private state: "under way" | "done" | "called off" = "under way";

	constructor(start: (known: (early: Result) => void) => Steps<Result>) {
		let tell: (known: Result | undefined) => void = () => {};
		this.early = new Promise((resolve) => {
			tell = resolve;
		});
		this.steps = start((early) => {
			this.known = early;
			tell(early);
		});
		this.whole = this.turns().finally(() => tell(this.known));
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

	/** All that is left, now. */
	finish(): Result | undefined {
		if (this.state === "under way") this.end(atOnce(this.steps));
		return this.isDone ? this.known : undefined;
	}

	callOff(): void {
		if (this.state !== "under way") return;
		this.state = "called off";
		leave(this.steps);
	}

	private end(result: Result): void {
		this.known = result;
		this.state = "done";
	}

	private async turns(): Promise<Result | undefined> {
		while (this.state === "under way") {
			const end = performance.now() + longestTurn;
			while (this.state === "under way" && performance.now() < end) {
				const { done, value } = this.steps.next();
				if (done) this.end(value);
			}
			if (this.state === "under way") await new Promise((resolve) => setImmediate(resolve));
		}
		return this.isDone ? this.known : undefined;
	}
}
