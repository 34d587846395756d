/** Values by keys: where there are too many, the one that was asked for least recently goes. */
export class LeastRecentlyUsed<Key, Value extends object> {
	/** The one that was asked for last stands last. */
	private readonly kept = new Map<Key, Value>();

	constructor(private readonly most: number) {}

	/** The value of a key; `make` makes it where it is not there. */
	get(key: Key, make: () => Value): Value {
		const value = this.kept.get(key) ?? make();
		this.kept.delete(key);
		this.kept.set(key, value);
		for (const oldest of this.kept.keys()) {
			if (this.kept.size <= this.most) break;
			this.kept.delete(oldest);
		}
		return value;
	}
}
