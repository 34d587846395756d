/** Draws small numbers from a list of choices, where 0 is the simplest, so that shorter lists and smaller numbers give simpler programs. */
export class Source {
	private position = 0;
	private names = 0;

	constructor(private readonly numbers: readonly number[]) {}

	below(limit: number): number {
		return (this.numbers[this.position++] ?? 0) % limit;
	}

	/** One of them, the first where choices have come to their end. */
	pick<Item>(items: readonly Item[]): Item {
		return items[this.below(items.length)] as Item;
	}

	/** True in so many of a hundred cases. */
	chance(percent: number): boolean {
		return this.below(100) >= 100 - percent;
	}

	fresh(prefix: string): string {
		return `${prefix}${this.names++}`;
	}
}
