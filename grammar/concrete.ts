import type { IToken } from "chevrotain";

/** What a rule of the grammar read: tokens, and what the rules below it read, each under its label, in order. */
export class ConcreteNode {
	/** Where it begins and ends in the text; -1 as long as nothing of it stands there. */
	start = -1;
	end = -1;
	/** A list that is linked: most nodes have one part or two. */
	private head: Part | undefined = undefined;
	private last: Part | undefined = undefined;

	add(label: string, value: ConcreteNode | IToken): void {
		const part: Part = { label, value, next: undefined };
		if (this.last === undefined) this.head = part;
		else this.last.next = part;
		this.last = part;
		if (value instanceof ConcreteNode) this.reach(value.start, value.end);
		// A token that recovery supplies has no place.
		else if (value.startOffset >= 0) this.reach(value.startOffset, value.startOffset + value.image.length);
	}

	private reach(start: number, end: number): void {
		if (this.start < 0) {
			this.start = start;
			this.end = end;
		} else if (this.end < end) this.end = end;
	}

	/** The first part under a label. */
	first(label: string): ConcreteNode | IToken | undefined {
		for (let part = this.head; part !== undefined; part = part.next)
			if (part.label === label) return part.value;
		return undefined;
	}

	/** The first node under one of some labels, with what stands for that label. */
	firstOf<Value>(labels: ReadonlyMap<string, Value>): readonly [ConcreteNode, Value] | undefined {
		for (let part = this.head; part !== undefined; part = part.next) {
			const found = labels.get(part.label);
			if (found !== undefined && part.value instanceof ConcreteNode) return [part.value, found];
		}
		return undefined;
	}

	nodes(label: string): ConcreteNode[] {
		const found: ConcreteNode[] = [];
		for (let part = this.head; part !== undefined; part = part.next)
			if (part.label === label && part.value instanceof ConcreteNode) found.push(part.value);
		return found;
	}

	tokens(label: string): IToken[] {
		const found: IToken[] = [];
		for (let part = this.head; part !== undefined; part = part.next)
			if (part.label === label && !(part.value instanceof ConcreteNode)) found.push(part.value);
		return found;
	}
}

interface Part {
	readonly label: string;
	readonly value: ConcreteNode | IToken;
	next: Part | undefined;
}
