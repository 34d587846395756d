import * as t from "../tokens.js";
import { type Alternatives, type Rule, Rules } from "./base.js";

/** Patterns and types. */
export abstract class TypeRules extends Rules {
	abstract readonly expression: Rule;
	abstract readonly binding: Rule;
	abstract readonly rest: Rule;
	abstract readonly argument: Rule;
	abstract readonly element: Rule;

	private patterns: Alternatives | undefined;

	readonly pattern = this.RULE("pattern", () => {
		this.patterns ??= [
			{
				ALT: () => {
					this.CONSUME(t.Identifier);
					this.OPTION(() => {
						this.CONSUME(t.CallOpen);
						this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.pattern) });
						this.CONSUME(t.RightParen);
					});
				},
			},
			{
				ALT: () => {
					this.CONSUME(t.GroupOpen);
					this.MANY_SEP2({ SEP: t.Comma, DEF: () => this.SUBRULE2(this.pattern) });
					this.CONSUME2(t.RightParen);
				},
			},
			{
				ALT: () => {
					this.OPTION2(() => this.CONSUME(t.Minus));
					this.CONSUME(t.NumberToken);
				},
			},
			{ ALT: () => this.CONSUME(t.StringToken) },
			{ ALT: () => this.CONSUME(t.True) },
			{ ALT: () => this.CONSUME(t.False) },
		];
		this.OR(this.patterns);
	});

	private types: Alternatives | undefined;

	readonly type = this.RULE("type", () => {
		this.types ??= [
			{ ALT: () => this.SUBRULE(this.namedType) },
			{ ALT: () => this.SUBRULE(this.listType) },
			{ ALT: () => this.SUBRULE(this.tupleType) },
			{ ALT: () => this.SUBRULE(this.familyType) },
			{ ALT: () => this.SUBRULE(this.genericFunctionType) },
		];
		this.OR(this.types);
	});

	readonly namedType = this.RULE("namedType", () => {
		this.CONSUME(t.Identifier);
		this.OPTION(() =>
			this.OR([
				{
					ALT: () => {
						this.CONSUME(t.AngleOpen);
						this.SUBRULE(this.expression);
						this.CONSUME(t.AngleClose);
					},
				},
				{ ALT: () => this.SUBRULE(this.typeArguments) },
			]),
		);
		this.OPTION2(() => this.SUBRULE(this.shape));
	});

	/** `MLP([64, 10])`, and the fields of a variant: `Decay(weight: real)`. */
	readonly typeArguments = this.RULE("typeArguments", () => {
		this.CONSUME(t.CallOpen);
		this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.typeArgument) });
		this.CONSUME(t.RightParen);
	});

	readonly typeArgument = this.RULE("typeArgument", () => {
		this.OR([
			{
				ALT: () => {
					this.CONSUME(t.Identifier);
					this.CONSUME(t.Colon);
					this.SUBRULE(this.type);
					this.OPTION(() => {
						this.CONSUME(t.Equals);
						this.SUBRULE(this.expression);
					});
				},
			},
			{ ALT: () => this.SUBRULE(this.argument) },
		]);
	});

	readonly shape = this.RULE("shape", () => {
		this.CONSUME(t.IndexOpen);
		this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.element) });
		this.CONSUME(t.RightBracket);
	});

	readonly listType = this.RULE("listType", () => {
		this.CONSUME(t.ListName);
		this.CONSUME(t.IndexOpen);
		this.SUBRULE(this.type);
		this.CONSUME(t.RightBracket);
	});

	/** A tuple, a record, or the parameters of a function type. */
	readonly tupleType = this.RULE("tupleType", () => {
		this.CONSUME(t.GroupOpen);
		this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.tupleTypeElement) });
		this.CONSUME(t.RightParen);
		this.OPTION(() =>
			this.OR([
				{ ALT: () => this.SUBRULE(this.shape) },
				{
					ALT: () => {
						this.CONSUME(t.Arrow);
						this.SUBRULE(this.type);
					},
				},
			]),
		);
	});

	readonly tupleTypeElement = this.RULE("tupleTypeElement", () => {
		this.OPTION(() => {
			this.CONSUME(t.Identifier);
			this.CONSUME(t.Colon);
		});
		this.SUBRULE(this.type);
	});

	readonly familyType = this.RULE("familyType", () => {
		this.CONSUME(t.ListOpen);
		this.CONSUME(t.For);
		this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.binding) });
		this.CONSUME(t.Colon);
		this.SUBRULE(this.type);
		this.CONSUME(t.RightBracket);
	});

	readonly genericFunctionType = this.RULE("genericFunctionType", () => {
		this.CONSUME(t.ListOpen);
		this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.quantifier) });
		this.CONSUME(t.RightBracket);
		this.CONSUME(t.GroupOpen);
		this.MANY_SEP2({ SEP: t.Comma, DEF: () => this.SUBRULE(this.tupleTypeElement) });
		this.CONSUME(t.RightParen);
		this.CONSUME(t.Arrow);
		this.SUBRULE(this.type);
	});

	readonly quantifier = this.RULE("quantifier", () => {
		this.OR([{ ALT: () => this.CONSUME(t.Identifier) }, { ALT: () => this.SUBRULE(this.rest) }]);
	});
}
