import * as t from "../tokens.js";
import { secondsOf } from "../units-of-time.js";
import type { Alternatives, Rule } from "./base.js";
import { TypeRules } from "./types.js";

/** Operators are read flat: `to-ast` builds their precedence. */
export abstract class ExpressionRules extends TypeRules {
	abstract readonly block: Rule;
	abstract readonly statement: Rule;

	readonly expression = this.RULE("expression", () => {
		this.SUBRULE(this.operand);
		this.MANY(() => this.SUBRULE(this.infix));
	});

	private infixes: Alternatives | undefined;

	readonly infix = this.RULE("infix", () => {
		this.infixes ??= [
			{
				ALT: () => {
					this.CONSUME(t.InfixOperator, { LABEL: "operator" });
					this.SUBRULE(this.operand);
				},
			},
			{
				ALT: () => {
					this.CONSUME(t.DotDot, { LABEL: "operator" });
					this.OPTION(() => this.SUBRULE2(this.operand));
				},
			},
		];
		this.OR(this.infixes);
	});

	private operands: Alternatives | undefined;

	readonly operand = this.RULE("operand", () => {
		this.operands ??= [
			{
				ALT: () => {
					this.OR2([
						{ ALT: () => this.CONSUME(t.Minus, { LABEL: "prefix" }) },
						{ ALT: () => this.CONSUME(t.Not, { LABEL: "prefix" }) },
						{ ALT: () => this.CONSUME(t.Bang, { LABEL: "prefix" }) },
						{ ALT: () => this.SUBRULE(this.lambdaHead) },
					]);
					this.SUBRULE(this.operand);
				},
			},
			{
				ALT: () => {
					this.SUBRULE(this.binderHead);
					this.OR3([
						{
							ALT: () => {
								this.CONSUME(t.Colon);
								this.SUBRULE2(this.operand);
							},
						},
						{ ALT: () => this.SUBRULE(this.block) },
					]);
				},
			},
			{
				ALT: () => {
					this.SUBRULE(this.primary);
					this.MANY(() => this.SUBRULE(this.postfix));
				},
			},
		];
		this.OR(this.operands);
	});

	/** `sum i in n, j where c` and the head of a loop, which differ in what follows: `:` or a block. */
	readonly binderHead = this.RULE("binderHead", () => {
		this.OR([{ ALT: () => this.CONSUME(t.For) }, { ALT: () => this.CONSUME(t.BinderHead) }]);
		this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.binding) });
		this.OPTION(() => {
			this.CONSUME(t.Where);
			this.SUBRULE(this.expression);
		});
		this.MANY(() => this.SUBRULE(this.loopClause));
	});

	readonly loopClause = this.RULE("loopClause", () => {
		const takesTime = this.LA(1).image === "until";
		this.CONSUME(t.LoopClause);
		this.SUBRULE(this.expression);
		this.OPTION({
			GATE: () => takesTime && secondsOf(this.LA(1).image) !== undefined,
			DEF: () => this.CONSUME(t.Identifier, { LABEL: "unit" }),
		});
	});

	private boundNames: Alternatives | undefined;

	readonly binding = this.RULE("binding", () => {
		this.boundNames ??= [{ ALT: () => this.SUBRULE(this.rest) }, { ALT: () => this.SUBRULE(this.pattern) }];
		this.OR(this.boundNames);
		this.OPTION(() => {
			this.CONSUME(t.In);
			this.SUBRULE(this.expression);
		});
	});

	readonly rest = this.RULE("rest", () => {
		this.CONSUME(t.Ellipsis);
		this.CONSUME(t.Identifier);
	});

	readonly lambdaHead = this.RULE("lambdaHead", () => {
		this.CONSUME(t.LambdaOpen);
		this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.lambdaParameter) });
		this.CONSUME(t.LambdaClose);
	});

	readonly lambdaParameter = this.RULE("lambdaParameter", () => {
		this.SUBRULE(this.pattern);
		this.OPTION(() => {
			this.CONSUME(t.Colon);
			this.SUBRULE(this.type);
		});
	});

	private primaries: Alternatives | undefined;

	readonly primary = this.RULE("primary", () => {
		this.primaries ??= [
			{ ALT: () => this.CONSUME(t.NumberToken) },
			{ ALT: () => this.CONSUME(t.StringToken) },
			{ ALT: () => this.CONSUME(t.True) },
			{ ALT: () => this.CONSUME(t.False) },
			{ ALT: () => this.CONSUME(t.TupleIndex) },
			{ ALT: () => this.CONSUME(t.PlacesSelect) },
			{ ALT: () => this.SUBRULE(this.nameOrType) },
			{ ALT: () => this.SUBRULE(this.rootField) },
			{ ALT: () => this.SUBRULE(this.parenthesized) },
			{ ALT: () => this.SUBRULE(this.list) },
			{ ALT: () => this.SUBRULE(this.block) },
			{ ALT: () => this.SUBRULE(this.conditional) },
			{ ALT: () => this.SUBRULE(this.match) },
			{ ALT: () => this.SUBRULE(this.seed) },
			{ ALT: () => this.SUBRULE(this.choice) },
		];
		this.OR(this.primaries);
	});

	private names: Alternatives | undefined;

	readonly nameOrType = this.RULE("nameOrType", () => {
		this.names ??= [{ ALT: () => this.CONSUME(t.Identifier) }, { ALT: () => this.CONSUME(t.ListName) }];
		this.OR(this.names);
		this.OPTION(() => {
			this.CONSUME(t.AngleOpen);
			this.SUBRULE(this.expression);
			this.CONSUME(t.AngleClose);
		});
	});

	readonly rootField = this.RULE("rootField", () => {
		this.CONSUME(t.Dot);
		this.OR([
			{ ALT: () => this.CONSUME(t.Identifier) },
			{
				ALT: () => {
					this.CONSUME(t.PlacesOpen);
					this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.expression) });
					this.CONSUME(t.RightBrace);
				},
			},
		]);
	});

	readonly parenthesized = this.RULE("parenthesized", () => {
		this.CONSUME(t.GroupOpen);
		this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.argument) });
		this.CONSUME(t.RightParen);
	});

	readonly list = this.RULE("list", () => {
		this.CONSUME(t.ListOpen);
		this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.element) });
		this.CONSUME(t.RightBracket);
	});

	private elements: Alternatives | undefined;

	/** Of a list, an index or a shape. */
	readonly element = this.RULE("element", () => {
		this.elements ??= [
			{ ALT: () => this.CONSUME(t.Colon, { LABEL: "full" }) },
			{
				ALT: () => {
					this.CONSUME(t.DotDot);
					this.OPTION(() => this.SUBRULE(this.expression, { LABEL: "to" }));
				},
			},
			{ ALT: () => this.SUBRULE(this.rest) },
			{
				ALT: () => {
					this.CONSUME(t.SomeWord);
					this.CONSUME(t.Identifier);
				},
			},
			{
				ALT: () => {
					this.SUBRULE2(this.expression);
					// `a:b` of other languages, answered with `a..b`
					this.OPTION2(() => {
						this.CONSUME2(t.Colon, { LABEL: "colon" });
						this.OPTION3(() => this.SUBRULE3(this.expression, { LABEL: "other" }));
					});
				},
			},
		];
		this.OR(this.elements);
	});

	readonly argument = this.RULE("argument", () => {
		this.OPTION(() => {
			this.CONSUME(t.Identifier);
			this.CONSUME(t.Equals);
		});
		this.SUBRULE(this.expression);
	});

	readonly conditional = this.RULE("conditional", () => {
		this.CONSUME(t.If);
		this.SUBRULE(this.expression, { LABEL: "condition" });
		// answered with `==`
		this.OPTION(() => {
			this.CONSUME(t.Equals);
			this.SUBRULE2(this.expression, { LABEL: "other" });
		});
		this.OR([
			{
				ALT: () => {
					this.CONSUME(t.Then);
					this.SUBRULE3(this.expression, { LABEL: "then" });
				},
			},
			{ ALT: () => this.SUBRULE(this.block) },
		]);
		this.OPTION2(() => {
			this.CONSUME(t.Else);
			this.SUBRULE4(this.expression, { LABEL: "else" });
		});
	});

	readonly match = this.RULE("match", () => {
		this.CONSUME(t.Match);
		this.SUBRULE(this.expression);
		this.CONSUME(t.LeftBrace);
		this.MANY_SEP({ SEP: t.Terminator, DEF: () => this.SUBRULE(this.arm) });
		this.CONSUME(t.RightBrace);
	});

	readonly arm = this.RULE("arm", () => {
		this.SUBRULE(this.pattern);
		this.CONSUME(t.FatArrow);
		this.SUBRULE(this.statement);
	});

	readonly seed = this.RULE("seed", () => {
		this.CONSUME(t.SeedWord);
		this.SUBRULE(this.expression);
		this.SUBRULE(this.block);
	});

	readonly choice = this.RULE("choice", () => {
		this.CONSUME(t.ChoiceWord);
		this.SUBRULE(this.list);
	});

	private postfixes: Alternatives | undefined;

	readonly postfix = this.RULE("postfix", () => {
		this.postfixes ??= [
			{ ALT: () => this.SUBRULE(this.field) },
			{ ALT: () => this.CONSUME(t.TupleIndex) },
			{ ALT: () => this.CONSUME(t.PlacesSelect) },
			{ ALT: () => this.SUBRULE(this.call) },
			{ ALT: () => this.SUBRULE(this.index) },
			{ ALT: () => this.SUBRULE(this.update) },
		];
		this.OR(this.postfixes);
	});

	readonly field = this.RULE("field", () => {
		this.CONSUME(t.Dot);
		this.OR([
			{ ALT: () => this.CONSUME(t.Identifier) },
			{
				ALT: () => {
					this.CONSUME(t.PlacesOpen);
					this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.expression) });
					this.CONSUME(t.RightBrace);
				},
			},
		]);
	});

	readonly call = this.RULE("call", () => {
		this.CONSUME(t.CallOpen);
		this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.argument) });
		this.CONSUME(t.RightParen);
	});

	readonly index = this.RULE("index", () => {
		this.CONSUME(t.IndexOpen);
		this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.element) });
		this.OPTION(() => {
			this.CONSUME(t.Else);
			this.SUBRULE(this.expression);
		});
		this.CONSUME(t.RightBracket);
	});

	readonly update = this.RULE("update", () => {
		this.CONSUME(t.With);
		this.CONSUME(t.LeftBrace);
		this.MANY_SEP({ SEP: t.Terminator, DEF: () => this.SUBRULE(this.updatePart) });
		this.CONSUME(t.RightBrace);
	});

	readonly updatePart = this.RULE("updatePart", () => {
		this.SUBRULE(this.expression, { LABEL: "place" });
		this.OPTION(() => {
			this.OR([
				{ ALT: () => this.CONSUME(t.Equals, { LABEL: "sign" }) },
				{ ALT: () => this.CONSUME(t.PlusEquals, { LABEL: "sign" }) },
				{ ALT: () => this.CONSUME(t.ByWord, { LABEL: "sign" }) },
			]);
			this.SUBRULE2(this.expression, { LABEL: "value" });
		});
	});
}
