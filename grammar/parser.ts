import { CstParser, type TokenType, tokenMatcher } from "chevrotain";
import { messages } from "./messages.js";
import * as t from "./tokens.js";

/**
 * The grammar, as docs/language.md has it: one method per nonterminal. Operators are read flat, and `to-ast` builds
 * their precedence. The layout pass has placed the words, so that two tokens decide everywhere.
 */
export class Parser extends CstParser {
	constructor(options: { validate: boolean }) {
		super([...t.parsed], {
			recoveryEnabled: true,
			nodeLocationTracking: "onlyOffset",
			maxLookahead: 2,
			skipValidations: !options.validate,
			errorMessageProvider: messages,
		});
		this.performSelfAnalysis();
	}

	// ------------------------------------------------------------ files

	readonly slice = this.RULE("slice", () => {
		this.MANY_SEP({ SEP: t.Terminator, DEF: () => this.SUBRULE(this.item) });
	});

	/** Of the text in a string's braces. */
	readonly loneExpression = this.RULE("loneExpression", () => {
		this.SUBRULE(this.expression);
	});

	readonly item = this.RULE("item", () => {
		this.OPTION(() => this.CONSUME(t.Export));
		this.OR([
			{ ALT: () => this.SUBRULE(this.importDeclaration) },
			{ ALT: () => this.SUBRULE(this.edition) },
			{ ALT: () => this.SUBRULE(this.precision) },
			{ ALT: () => this.SUBRULE(this.dimension) },
			{ ALT: () => this.SUBRULE(this.typeDeclaration) },
			{ ALT: () => this.SUBRULE(this.dataDeclaration) },
			{ ALT: () => this.SUBRULE(this.modelDeclaration) },
			{ ALT: () => this.SUBRULE(this.partDeclaration) },
			{ ALT: () => this.SUBRULE(this.fitDeclaration) },
			{ ALT: () => this.SUBRULE(this.searchDeclaration) },
			{ ALT: () => this.SUBRULE(this.statement) },
		]);
	});

	// ------------------------------------------------------------ declarations

	readonly importDeclaration = this.RULE("importDeclaration", () => {
		this.CONSUME(t.Import);
		this.OR([
			{ ALT: () => this.CONSUME(t.StringToken) },
			{
				ALT: () => {
					this.CONSUME(t.Identifier, { LABEL: "path" });
					this.MANY(() => {
						this.CONSUME(t.Dot);
						this.CONSUME2(t.Identifier, { LABEL: "path" });
					});
				},
			},
		]);
		this.OPTION(() => {
			this.CONSUME(t.LeftBrace);
			this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.importName) });
			this.CONSUME(t.RightBrace);
		});
	});

	readonly importName = this.RULE("importName", () => {
		this.CONSUME(t.Identifier, { LABEL: "name" });
		this.OPTION(() => {
			this.CONSUME(t.AsWord);
			this.CONSUME2(t.Identifier, { LABEL: "alias" });
		});
	});

	readonly edition = this.RULE("edition", () => {
		this.CONSUME(t.AnsatzWord);
		this.CONSUME(t.NumberToken);
	});

	readonly precision = this.RULE("precision", () => {
		this.CONSUME(t.PrecisionWord);
		this.CONSUME(t.Identifier);
	});

	readonly dimension = this.RULE("dimension", () => {
		this.CONSUME(t.DimWord);
		this.CONSUME(t.Identifier);
		this.CONSUME(t.Equals);
		this.SUBRULE(this.expression);
	});

	readonly typeDeclaration = this.RULE("typeDeclaration", () => {
		this.CONSUME(t.TypeWord);
		this.CONSUME(t.Identifier);
		this.OPTION(() => this.SUBRULE(this.parameters));
		this.CONSUME(t.Equals);
		this.SUBRULE(this.type);
		this.MANY(() => {
			this.CONSUME(t.Bar);
			this.SUBRULE2(this.type);
		});
	});

	readonly dataDeclaration = this.RULE("dataDeclaration", () => {
		this.CONSUME(t.DataWord);
		this.CONSUME(t.Identifier);
		this.CONSUME(t.Equals);
		this.SUBRULE(this.expression);
	});

	/** Also of the roles of a function: `loss`, `regularizer`, .. */
	readonly functionDeclaration = this.RULE("functionDeclaration", () => {
		this.CONSUME(t.FunctionHead);
		this.OR([{ ALT: () => this.CONSUME(t.Identifier) }, { ALT: () => this.CONSUME(t.MethodName) }]);
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

	readonly modelDeclaration = this.RULE("modelDeclaration", () => {
		this.CONSUME(t.ModelWord);
		this.CONSUME(t.Identifier);
		this.OPTION(() => this.SUBRULE(this.parameters));
		this.OPTION2(() => this.SUBRULE(this.conditions));
		this.SUBRULE(this.block);
	});

	readonly partDeclaration = this.RULE("partDeclaration", () => {
		this.OR([
			{ ALT: () => this.CONSUME(t.ConstraintWord) },
			{ ALT: () => this.CONSUME(t.ReparamWord) },
			{ ALT: () => this.CONSUME(t.OptimizerWord) },
		]);
		this.CONSUME(t.Identifier);
		this.OPTION(() => this.SUBRULE(this.parameters));
		this.OPTION2(() => this.SUBRULE(this.subject));
		this.OPTION3(() => this.SUBRULE(this.conditions));
		this.SUBRULE(this.block);
	});

	readonly subject = this.RULE("subject", () => {
		this.CONSUME(t.For);
		this.CONSUME(t.Identifier);
		this.OPTION(() => {
			this.CONSUME(t.Colon);
			this.SUBRULE(this.type);
		});
	});

	readonly fitDeclaration = this.RULE("fitDeclaration", () => {
		this.CONSUME(t.FitWord);
		this.CONSUME(t.Identifier);
		this.OPTION(() => this.SUBRULE(this.parameters));
		this.OPTION2(() => {
			this.CONSUME(t.Arrow);
			this.SUBRULE(this.type);
		});
		this.OPTION3(() => this.SUBRULE(this.conditions));
		this.SUBRULE(this.block);
	});

	readonly searchDeclaration = this.RULE("searchDeclaration", () => {
		this.CONSUME(t.SearchWord);
		this.CONSUME(t.Identifier);
		this.OPTION(() => this.SUBRULE(this.parameters));
		this.CONSUME(t.OverWord);
		this.SUBRULE(this.expression);
		this.CONSUME(t.LeftBrace);
		this.MANY_SEP({ SEP: t.Terminator, DEF: () => this.SUBRULE(this.searchEntry) });
		this.CONSUME(t.RightBrace);
	});

	readonly searchEntry = this.RULE("searchEntry", () => {
		this.OR([
			{ ALT: () => this.SUBRULE(this.space) },
			{ ALT: () => this.SUBRULE(this.objective) },
			{ ALT: () => this.SUBRULE(this.statement) },
		]);
	});

	readonly space = this.RULE("space", () => {
		this.CONSUME(t.Identifier);
		this.CONSUME(t.In);
		this.AT_LEAST_ONE_SEP({ SEP: t.Bar, DEF: () => this.SUBRULE(this.alternative) });
	});

	readonly alternative = this.RULE("alternative", () => {
		this.SUBRULE(this.expression, { LABEL: "value" });
		this.OPTION(() => {
			this.CONSUME(t.Where);
			this.SUBRULE2(this.expression, { LABEL: "where" });
		});
	});

	readonly objective = this.RULE("objective", () => {
		this.CONSUME(t.ObjectiveHead);
		this.SUBRULE(this.expression);
		this.MANY(() => this.SUBRULE(this.objectiveClause));
	});

	readonly objectiveClause = this.RULE("objectiveClause", () => {
		this.CONSUME(t.SearchClause);
		this.SUBRULE(this.expression);
	});

	// ------------------------------------------------------------ statements

	readonly block = this.RULE("block", () => {
		this.CONSUME(t.LeftBrace);
		this.MANY_SEP({ SEP: t.Terminator, DEF: () => this.SUBRULE(this.statement) });
		this.CONSUME(t.RightBrace);
	});

	readonly statement = this.RULE("statement", () => {
		this.OR([
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
		]);
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

	readonly loopClause = this.RULE("loopClause", () => {
		this.CONSUME(t.LoopClause);
		this.SUBRULE(this.expression);
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
		this.OR([
			{ ALT: () => this.CONSUME(t.NumberToken) },
			{ ALT: () => this.CONSUME(t.Identifier) },
		]);
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

	// ------------------------------------------------------------ expressions

	readonly expression = this.RULE("expression", () => {
		this.SUBRULE(this.operand);
		this.MANY(() => this.SUBRULE(this.infix));
	});

	readonly infix = this.RULE("infix", () => {
		this.OR([
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
		]);
	});

	readonly operand = this.RULE("operand", () => {
		this.OR([
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
		]);
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

	readonly binding = this.RULE("binding", () => {
		this.OR([{ ALT: () => this.SUBRULE(this.rest) }, { ALT: () => this.SUBRULE(this.pattern) }]);
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

	private primaries: { ALT: () => unknown }[] | undefined;

	readonly primary = this.RULE("primary", () => {
		this.primaries ??= [
			{ ALT: () => this.CONSUME(t.NumberToken) },
			{ ALT: () => this.CONSUME(t.StringToken) },
			{ ALT: () => this.CONSUME(t.True) },
			{ ALT: () => this.CONSUME(t.False) },
			{ ALT: () => this.CONSUME(t.TupleIndex) },
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

	readonly nameOrType = this.RULE("nameOrType", () => {
		this.OR([{ ALT: () => this.CONSUME(t.Identifier) }, { ALT: () => this.CONSUME(t.ListName) }]);
		this.OPTION(() => {
			this.CONSUME(t.AngleOpen);
			this.SUBRULE(this.expression);
			this.CONSUME(t.AngleClose);
		});
	});

	readonly rootField = this.RULE("rootField", () => {
		this.CONSUME(t.Dot);
		this.CONSUME(t.Identifier);
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

	/** Of a list, an index or a shape. */
	readonly element = this.RULE("element", () => {
		this.OR([
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
		]);
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

	readonly postfix = this.RULE("postfix", () => {
		this.OR([
			{ ALT: () => this.SUBRULE(this.field) },
			{ ALT: () => this.CONSUME(t.TupleIndex) },
			{ ALT: () => this.CONSUME(t.PlacesSelect) },
			{ ALT: () => this.SUBRULE(this.call) },
			{ ALT: () => this.SUBRULE(this.index) },
			{ ALT: () => this.SUBRULE(this.update) },
		]);
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

	// ------------------------------------------------------------ patterns

	readonly pattern = this.RULE("pattern", () => {
		this.OR([
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
		]);
	});

	// ------------------------------------------------------------ types

	readonly type = this.RULE("type", () => {
		this.OR([
			{ ALT: () => this.SUBRULE(this.namedType) },
			{ ALT: () => this.SUBRULE(this.listType) },
			{ ALT: () => this.SUBRULE(this.tupleType) },
			{ ALT: () => this.SUBRULE(this.familyType) },
			{ ALT: () => this.SUBRULE(this.genericFunctionType) },
		]);
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

	// ------------------------------------------------------------ recovery

	/** What the text lacks is a `Missing` node, never an invented token; a sign may be supplied. */
	protected override canTokenTypeBeInsertedInRecovery(token: TokenType): boolean {
		return token === t.Equals || token === t.Then || token === t.Colon || token === t.FatArrow;
	}

	/** A word is never skipped to go on with what comes after it: it begins something. */
	protected canRecoverWithSingleTokenDeletion(expected: TokenType): boolean {
		return t.skippable.has(this.LA(1).tokenType) && tokenMatcher(this.LA(2), expected);
	}
}
