import { type CstNode, CstParser, type ParserMethod, type TokenType, tokenMatcher } from "chevrotain";
import { messages } from "../messages.js";
import * as t from "../tokens.js";

export type Rule = ParserMethod<[], CstNode>;

/** What all rules share: the settings, and what recovery may do. */
export abstract class Rules extends CstParser {
	constructor(options: { validate: boolean }) {
		super([...t.parsed], {
			recoveryEnabled: true,
			nodeLocationTracking: "onlyOffset",
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
}
