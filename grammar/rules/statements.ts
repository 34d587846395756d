import * as t from "../tokens.js";
import type { Alternatives } from "./base.js";
import { ExpressionRules } from "./expressions.js";

/** What stands in a body; functions stand there and at the top. */
export abstract class StatementRules extends ExpressionRules {
	readonly block = this.RULE("block", () => {
		this.CONSUME(t.LeftBrace);
		this.MANY_SEP({ SEP: t.Terminator, DEF: () => this.SUBRULE(this.statement) });
		this.CONSUME(t.RightBrace);
	});

	private statements: Alternatives | undefined;

	readonly statement = this.RULE("statement", () => {
		this.statements ??= [
			{ ALT: () => this.SUBRULE(this.letStatement) },
			{ ALT: () => this.SUBRULE(this.leaf) },
			{ ALT: () => this.SUBRULE(this.repeat) },
			{ ALT: () => this.SUBRULE(this.minimize) },
			{ ALT: () => this.SUBRULE(this.subjectTo) },
			{ ALT: () => this.SUBRULE(this.track) },
			{ ALT: () => this.SUBRULE(this.check) },
			{ ALT: () => this.SUBRULE(this.plot) },
			{ ALT: () => this.SUBRULE(this.functionDeclaration) },
			{ ALT: () => this.SUBRULE(this.method) },
			{ ALT: () => this.SUBRULE(this.expressionStatement) },
		];
		this.OR(this.statements);
	});

	readonly letStatement = this.RULE("letStatement", () => {
		this.CONSUME(t.Let);
		this.SUBRULE(this.pattern);
		this.OPTION(() => {
			this.CONSUME(t.Colon);
			this.SUBRULE(this.type);
		});
		this.CONSUME(t.Equals);
		this.SUBRULE(this.expression);
	});

	readonly leaf = this.RULE("leaf", () => {
		this.CONSUME(t.LeafHead);
		this.CONSUME(t.Identifier);
		this.OPTION(() => {
			this.CONSUME(t.Colon);
			this.SUBRULE(this.type);
		});
		this.OPTION2(() => {
			this.CONSUME(t.If);
			this.SUBRULE(this.expression, { LABEL: "condition" });
		});
		this.OPTION3(() => {
			this.CONSUME(t.In);
			this.SUBRULE2(this.expression, { LABEL: "constraint" });
		});
		this.OPTION4(() => {
			this.CONSUME(t.ByWord);
			this.SUBRULE3(this.expression, { LABEL: "by" });
		});
		this.OPTION5(() => {
			this.CONSUME(t.Equals);
			this.SUBRULE4(this.expression, { LABEL: "value" });
		});
	});

	readonly repeat = this.RULE("repeat", () => {
		this.CONSUME(t.RepeatWord);
		this.SUBRULE(this.expression);
		this.MANY(() => this.SUBRULE(this.loopClause));
		this.SUBRULE(this.block);
	});

	readonly minimize = this.RULE("minimize", () => {
		this.CONSUME(t.StepHead);
		this.AT_LEAST_ONE_SEP({ SEP: t.TermEnd, DEF: () => this.SUBRULE(this.term) });
		this.MANY(() => this.SUBRULE(this.stepClause));
	});

	readonly term = this.RULE("term", () => {
		this.OPTION(() => {
			this.CONSUME(t.Identifier);
			this.CONSUME(t.Colon);
		});
		this.SUBRULE(this.expression);
	});

	readonly stepClause = this.RULE("stepClause", () => {
		this.OR([
			{
				ALT: () => {
					this.CONSUME(t.WrtWord);
					this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.expression) });
				},
			},
			{
				ALT: () => {
					this.CONSUME(t.UsingWord);
					this.AT_LEAST_ONE_SEP2({ SEP: t.Comma, DEF: () => this.SUBRULE(this.usingPart) });
				},
			},
		]);
	});

	readonly usingPart = this.RULE("usingPart", () => {
		this.SUBRULE(this.expression, { LABEL: "optimizer" });
		this.OPTION(() => {
			this.CONSUME(t.OnWord);
			this.SUBRULE2(this.expression, { LABEL: "on" });
		});
	});

	readonly subjectTo = this.RULE("subjectTo", () => {
		this.CONSUME(t.SubjectWord);
		this.CONSUME(t.ToWord);
		this.OPTION(() => {
			this.CONSUME(t.Identifier);
			this.CONSUME(t.Colon);
		});
		this.SUBRULE(this.expression, { LABEL: "subject" });
		this.OPTION2(() => {
			this.CONSUME(t.In);
			this.SUBRULE2(this.expression, { LABEL: "constraint" });
		});
		this.OPTION3(() => {
			this.CONSUME(t.ByWord);
			this.SUBRULE3(this.expression, { LABEL: "by" });
		});
	});

	readonly track = this.RULE("track", () => {
		this.CONSUME(t.TrackWord);
		this.CONSUME(t.Identifier);
		this.CONSUME(t.Equals);
		this.SUBRULE(this.expression);
		this.OPTION(() => this.SUBRULE(this.every));
	});

	readonly every = this.RULE("every", () => {
		this.CONSUME(t.EveryWord);
		this.OR([{ ALT: () => this.CONSUME(t.NumberToken) }, { ALT: () => this.CONSUME(t.Identifier) }]);
		this.OPTION(() =>
			this.OR2([
				{ ALT: () => this.CONSUME(t.LoopClause, { LABEL: "unit" }) },
				{ ALT: () => this.CONSUME2(t.Identifier, { LABEL: "unit" }) },
			]),
		);
	});

	readonly check = this.RULE("check", () => {
		this.CONSUME(t.CheckHead);
		this.SUBRULE(this.expression);
		// answered with `==`
		this.OPTION(() => {
			this.CONSUME(t.Equals);
			this.SUBRULE2(this.expression, { LABEL: "other" });
		});
		this.OPTION2(() => this.CONSUME(t.StringToken));
	});

	readonly plot = this.RULE("plot", () => {
		this.CONSUME(t.PlotWord);
		this.SUBRULE(this.expression);
	});

	/** Also `name = value`, `place <- value`, a loop, and an `if` of statements. */
	readonly expressionStatement = this.RULE("expressionStatement", () => {
		this.SUBRULE(this.expression, { LABEL: "left" });
		this.OPTION(() => {
			this.OR([
				{ ALT: () => this.CONSUME(t.Equals, { LABEL: "sign" }) },
				{ ALT: () => this.CONSUME(t.LeftArrow, { LABEL: "sign" }) },
				{ ALT: () => this.CONSUME(t.PlusEquals, { LABEL: "sign" }) },
			]);
			this.SUBRULE2(this.expression, { LABEL: "right" });
		});
	});

	/** Also of the roles of a function: `loss`, `regularizer`, .. */
	readonly functionDeclaration = this.RULE("functionDeclaration", () => {
		this.CONSUME(t.FunctionHead);
		// a name that is not written yet is answered by `to-ast`, so that the rest is read
		this.OPTION(() =>
			this.OR([{ ALT: () => this.CONSUME(t.Identifier) }, { ALT: () => this.CONSUME(t.MethodName) }]),
		);
		this.SUBRULE(this.parameters);
		this.SUBRULE(this.signature);
	});

	readonly method = this.RULE("method", () => {
		this.OR([
			{
				ALT: () => {
					this.CONSUME(t.MethodName);
					this.SUBRULE(this.parameters);
				},
			},
			{ ALT: () => this.SUBRULE(this.callParameters) },
		]);
		this.SUBRULE(this.signature);
	});

	/** Of the method without a name. */
	readonly callParameters = this.RULE("callParameters", () => {
		this.CONSUME(t.MethodOpen);
		this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.parameter) });
		this.CONSUME(t.RightParen);
	});

	readonly signature = this.RULE("signature", () => {
		this.OPTION(() => {
			this.CONSUME(t.Arrow);
			this.SUBRULE(this.type);
		});
		this.OPTION2(() => this.SUBRULE(this.conditions));
		this.OR([
			{
				ALT: () => {
					this.CONSUME(t.Equals);
					this.SUBRULE(this.expression);
				},
			},
			{ ALT: () => this.SUBRULE(this.block) },
		]);
		this.OPTION3(() => this.SUBRULE(this.derivative));
	});

	readonly derivative = this.RULE("derivative", () => {
		this.CONSUME(t.RuleWith);
		this.CONSUME(t.Identifier, { LABEL: "rule" });
		this.CONSUME(t.AnyParen);
		this.MANY_SEP({ SEP: t.Comma, DEF: () => this.CONSUME2(t.Identifier, { LABEL: "parameter" }) });
		this.CONSUME(t.RightParen);
		this.CONSUME(t.FatArrow);
		this.SUBRULE(this.expression);
	});

	readonly parameters = this.RULE("parameters", () => {
		this.CONSUME(t.AnyParen);
		this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.parameter) });
		this.CONSUME(t.RightParen);
	});

	readonly parameter = this.RULE("parameter", () => {
		this.CONSUME(t.Identifier);
		this.OPTION(() => {
			this.CONSUME(t.Colon);
			this.SUBRULE(this.type);
		});
		this.OPTION2(() => {
			this.CONSUME(t.Equals);
			this.SUBRULE(this.expression);
		});
	});

	readonly conditions = this.RULE("conditions", () => {
		this.CONSUME(t.Where);
		this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.condition) });
	});

	readonly condition = this.RULE("condition", () => {
		this.SUBRULE(this.expression);
		this.OPTION(() => {
			this.CONSUME(t.Colon);
			this.CONSUME(t.Identifier);
		});
	});
}
