import { type Attribute, type Attributes, Equation, type Func, type TensorType, type Value } from "./ir.js";
import { IrError } from "./primitives/index.js";
import { elements } from "./primitives/primitive.js";

const token =
	/\s*(%\d+|"(?:[^"\\]|\\.)*"|-?(?:inf\b|nan\b|\d+(?:\.\d+)?(?:e[+-]?\d+)?)|[A-Za-z_][A-Za-z0-9_.$]*|[()[\]{}<>,:=])/y;

class Reader {
	private readonly tokens: string[] = [];
	private position = 0;
	private values = new Map<string, Value>();

	constructor(text: string) {
		token.lastIndex = 0;
		while (token.lastIndex < text.trimEnd().length) {
			const at = token.lastIndex;
			const match = token.exec(text);
			if (match === null) throw new IrError(`cannot read ${JSON.stringify(text.slice(at, at + 20))}`);
			this.tokens.push(match[1] as string);
		}
	}

	program(): Func {
		const func = this.func();
		if (this.position !== this.tokens.length) throw new IrError(`nothing may follow: ${this.peek()}`);
		return func;
	}

	private func(): Func {
		this.expect("func");
		const name = this.next();
		const parameters = this.list("(", ")", () => this.define());
		this.expect("{");
		const equations: Equation[] = [];
		while (this.peek() !== "return") equations.push(this.equation());
		this.expect("return");
		const results: Value[] = [];
		while (this.peek() !== "}") {
			if (results.length > 0) this.expect(",");
			results.push(this.use());
		}
		this.expect("}");
		return { name, parameters, equations, results };
	}

	private equation(): Equation {
		const outputs: [id: string, type: TensorType][] = [];
		do {
			if (outputs.length > 0) this.expect(",");
			const id = this.next();
			this.expect(":");
			outputs.push([id, this.type()]);
		} while (this.peek() === ",");
		this.expect("=");
		const operation = this.next();
		const inputs: Value[] = [];
		// A definition follows a percent sign too, so that inputs end where no comma goes on.
		if (this.peek()?.startsWith("%") && this.tokens[this.position + 1] !== ":") {
			inputs.push(this.use());
			while (this.peek() === ",") {
				this.expect(",");
				inputs.push(this.use());
			}
		}
		const attributes = this.peek() === "{" ? this.attributes() : {};
		const regions: Func[] = [];
		while (this.peek() === "func") regions.push(this.region());
		return new Equation(
			operation,
			inputs,
			attributes,
			outputs.map(([id, type]) => this.create(id, type)),
			regions,
		);
	}

	/** A function inside, which sees no names from outside. */
	private region(): Func {
		const outside = this.values;
		this.values = new Map();
		const func = this.func();
		this.values = outside;
		return func;
	}

	private attributes(): Attributes {
		const entries = this.list("{", "}", (): [string, Attribute] => {
			const name = this.next();
			this.expect("=");
			return [name, this.attribute()];
		});
		return Object.fromEntries(entries);
	}

	private attribute(): Attribute {
		const first = this.peek();
		if (first === "[") {
			return this.list("[", "]", () => this.attribute()) as number[] | number[][];
		}
		if (first === "<") return Float64Array.from(this.list("<", ">", () => this.number()));
		if (first?.startsWith('"')) return JSON.parse(this.next()) as string;
		if (first === "true" || first === "false") return this.next() === "true";
		return this.number();
	}

	private number(): number {
		const text = this.next();
		if (text === "inf") return Number.POSITIVE_INFINITY;
		if (text === "-inf") return Number.NEGATIVE_INFINITY;
		if (text === "nan") return Number.NaN;
		const value = Number(text);
		if (Number.isNaN(value)) throw new IrError(`${text} is not a number`);
		return value;
	}

	private define(): Value {
		const id = this.next();
		this.expect(":");
		return this.create(id, this.type());
	}

	private create(id: string, type: TensorType): Value {
		if (!/^%\d+$/.test(id)) throw new IrError(`${id} is not the name of a value`);
		if (this.values.has(id)) throw new IrError(`${id} is defined twice`);
		const value: Value = { id: Number(id.slice(1)), type };
		this.values.set(id, value);
		return value;
	}

	private use(): Value {
		const id = this.next();
		const value = this.values.get(id);
		if (value === undefined) throw new IrError(`${id} is not defined`);
		return value;
	}

	private type(): TensorType {
		const name = this.next();
		const element = elements.find((known) => known === name);
		if (element === undefined) throw new IrError(`${name} is not a type`);
		return { element, shape: this.list("[", "]", () => this.number()) };
	}

	private list<Item>(open: string, close: string, item: () => Item): Item[] {
		this.expect(open);
		const items: Item[] = [];
		while (this.peek() !== close) {
			if (items.length > 0) this.expect(",");
			items.push(item());
		}
		this.expect(close);
		return items;
	}

	private peek(): string | undefined {
		return this.tokens[this.position];
	}

	private next(): string {
		const text = this.tokens[this.position++];
		if (text === undefined) throw new IrError("the text ends too early");
		return text;
	}

	private expect(text: string): void {
		const found = this.next();
		if (found !== text) throw new IrError(`${text} expected, ${found} found`);
	}
}

/** The function that a text in the form of `print` denotes, not verified. Throws IrError on anything else. */
export function read(text: string): Func {
	return new Reader(text).program();
}
