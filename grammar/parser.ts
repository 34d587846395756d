import type { ConcreteNode } from "./concrete.js";
import type { Alternatives } from "./rules/base.js";
import { StatementRules } from "./rules/statements.js";
import * as t from "./tokens.js";

/**
 * The grammar, as docs/language.md has it: one method per nonterminal, in `rules/` by kind. The layout pass has placed
 * the words, so that two tokens decide everywhere.
 */
export class Parser extends StatementRules {
	constructor(options: { validate: boolean }) {
		super(options);
		this.performSelfAnalysis();
	}

	read(rule: "slice" | "loneExpression"): ConcreteNode {
		const node: unknown = this[rule]();
		return node as ConcreteNode;
	}

	readonly slice = this.RULE("slice", () => {
		this.MANY_SEP({ SEP: t.Terminator, DEF: () => this.SUBRULE(this.item) });
	});

	/** Of the text in a string's braces. */
	readonly loneExpression = this.RULE("loneExpression", () => {
		this.SUBRULE(this.expression);
	});

	private items: Alternatives | undefined;

	readonly item = this.RULE("item", () => {
		this.OPTION(() => this.CONSUME(t.Export));
		this.items ??= [
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
		];
		this.OR(this.items);
	});

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

	readonly modelDeclaration = this.RULE("modelDeclaration", () => {
		this.CONSUME(t.ModelWord);
		this.OPTION3(() => this.CONSUME(t.Identifier));
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
		this.OPTION4(() => this.CONSUME(t.Identifier));
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
}
