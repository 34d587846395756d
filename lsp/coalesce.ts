/** The longest that work waits for a pause, in milliseconds. */
const longestWait = 100;

/**
 * Runs work for a key soon, once for many requests: when a turn of the event loop has passed that asked for no more,
 * so that what has come already is taken together, and nothing waits for a clock.
 */
export class Coalesce {
	private readonly waiting = new Map<string, { quiet: boolean; readonly since: number }>();
	private closed = false;

	constructor(private readonly work: (key: string) => void) {}

	ask(key: string): void {
		const known = this.waiting.get(key);
		if (known) {
			known.quiet = false;
			return;
		}
		this.waiting.set(key, { quiet: false, since: Date.now() });
		this.turn(key);
	}

	cancel(key: string): void {
		this.waiting.delete(key);
	}

	close(): void {
		this.closed = true;
		this.waiting.clear();
	}

	private turn(key: string): void {
		setImmediate(() => {
			const entry = this.waiting.get(key);
			if (!entry || this.closed) return;
			if (!entry.quiet && Date.now() - entry.since < longestWait) {
				entry.quiet = true;
				this.turn(key);
				return;
			}
			this.waiting.delete(key);
			this.work(key);
		});
	}
}
