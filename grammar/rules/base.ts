import {
	type CstNode,
	CstParser,
	type IToken,
	type ParserMethod,
	type TokenType,
	tokenMatcher,
} from "chevrotain";
import { ConcreteNode } from "../concrete.js";
import { messages } from "../messages.js";
import * as t from "../tokens.js";

/** Of an `OR` that is read often: made once, as chevrotain advises, since each is a closure. */
export type Alternatives = { ALT: () => unknown }[];

export type Rule = ParserMethod<[], CstNode>;

/** What all rules share: the settings, the tree that is made, and what recovery may do. */
export abstract class Rules extends CstParser {
	/** What is being read, innermost last: kept by chevrotain, which also takes out of it what it recovered. */
	declare protected readonly CST_STACK: ConcreteNode[];

	constructor(options: { validate: boolean }) {
		super([...t.parsed], {
			recoveryEnabled: true,
			maxLookahead: 2,
			skipValidations: !options.validate,
			errorMessageProvider: messages,
		});
	}

	/** What the text lacks is a `Missing` node, never an invented token; a sign may be supplied. */
	protected override canTokenTypeBeInsertedInRecovery(token: TokenType): boolean {
		return token === t.Equals || token === t.Then || token === t.Colon || token === t.FatArrow;
	}

	/** A word is never skipped to go on with what comes after it: it begins something. */
	protected canRecoverWithSingleTokenDeletion(expected: TokenType): boolean {
		return t.skippable.has(this.LA(1).tokenType) && tokenMatcher(this.LA(2), expected);
	}

	// The tree is made of nodes of our own: those of chevrotain, a dictionary each, take most of the time of parsing.

	protected cstInvocationStateUpdate(): void {
		this.CST_STACK.push(new ConcreteNode());
	}

	protected cstPostTerminal(label: string, token: IToken): void {
		this.CST_STACK.at(-1)?.add(label, token);
	}

	protected cstPostNonTerminal(node: ConcreteNode, label: string): void {
		this.CST_STACK.at(-1)?.add(label, node);
	}
}
