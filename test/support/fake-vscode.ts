import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/**
 * As much of VS Code's interface as the extension needs to start and to paint. What is not spelled out is a thing
 * that can be called, constructed, extended and asked for members, without effect.
 */
const anything: unknown = new Proxy(class {}, {
	get: (target, key) => {
		if (key === "prototype" || key === Symbol.hasInstance) return Reflect.get(target, key);
		if (key === Symbol.toPrimitive) return () => "anything";
		if (key === Symbol.iterator) return [][Symbol.iterator];
		// an awaited thing is itself
		return key === "then" ? undefined : anything;
	},
	apply: () => anything,
	// a subclass has its own methods, an instance of itself has any
	construct: (target, given, made) =>
		made === anything ? (anything as object) : Reflect.construct(target, given, made),
});

/** An object of the given members and of anything else. */
function partly<Members extends object>(members: Members): Members {
	return new Proxy(members, { get: (target, key) => (key in target ? Reflect.get(target, key) : anything) });
}

/** The module: importers copy its members one by one, so that it has all that VS Code declares. */
function whole(members: Record<string, unknown>): object {
	const require = createRequire(import.meta.url);
	const declared = readFileSync(require.resolve("@types/vscode/index.d.ts"), "utf8");
	const names = [...declared.matchAll(/^\texport (?:abstract )?(?:class|enum|namespace|const) (\w+)/gm)];
	return { ...Object.fromEntries(names.map(([, name]) => [name, anything])), ...members };
}

class Position {
	constructor(
		readonly line: number,
		readonly character: number,
	) {}
}

class Range {
	constructor(
		readonly start: Position,
		readonly end: Position,
	) {}
}

class Uri {
	private constructor(private readonly text: string) {}

	static parse(text: string): Uri {
		return new Uri(text);
	}

	static file(path: string): Uri {
		return new Uri(`file://${path}`);
	}

	get scheme(): string {
		return "file";
	}

	get fsPath(): string {
		return this.text.replace("file://", "");
	}

	toString(): string {
		return this.text;
	}
}

interface Decoration {
	readonly range: Range;
	readonly hoverMessage: { readonly value: string };
	readonly renderOptions: {
		readonly after: { readonly contentText: string; readonly color: { readonly id: string } };
	};
}

export class FakeEditor {
	decorations: readonly Decoration[] = [];
	/** The decoration types that were used. */
	readonly types = new Set<unknown>();
	readonly document: object;

	constructor(uri: string, text: string, version = 1) {
		const lines = text.split("\n");
		this.document = {
			uri: Uri.parse(uri),
			languageId: "ansatz",
			version,
			isClosed: false,
			lineCount: lines.length,
			getText: () => text,
			lineAt: (line: number) => ({
				range: new Range(new Position(line, 0), new Position(line, lines[line]?.length ?? 0)),
			}),
		};
	}

	setDecorations(type: unknown, decorations: readonly Decoration[]): void {
		this.types.add(type);
		this.decorations = decorations;
	}
}

/** A fake of the module `vscode`, and what was done with it. */
export function fakeVscode(settings: Record<string, unknown> = {}) {
	const commands = new Map<string, (...given: unknown[]) => unknown>();
	const editors: FakeEditor[] = [];
	const status = {
		text: "",
		shown: false,
		command: "",
		/** Called when it is shown or hidden. */
		changed: () => {},
		show() {
			status.shown = true;
			status.changed();
		},
		hide() {
			status.shown = false;
			status.changed();
		},
		dispose() {},
	};
	const messages: string[] = [];
	const disposable = { dispose() {} };
	const event = () => disposable;
	const say = async (text: string) => {
		messages.push(text);
	};
	const channel = partly({
		error: say,
		info: say,
		warn: say,
		debug: say,
		trace: say,
		append: say,
		appendLine: say,
		logLevel: 3,
	});
	const module = whole({
		version: "1.91.0",
		EventEmitter: class {
			private readonly listeners: ((value: unknown) => void)[] = [];
			readonly event = (listener: (value: unknown) => void) => {
				this.listeners.push(listener);
				return disposable;
			};
			fire(value: unknown): void {
				for (const listener of this.listeners) listener(value);
			}
			dispose(): void {}
		},
		Position,
		Range,
		Uri,
		MarkdownString: class {
			isTrusted = false;
			constructor(readonly value: string) {}
		},
		ThemeColor: class {
			constructor(readonly id: string) {}
		},
		env: partly({ language: "en", appName: "test", logLevel: 3 }),
		window: partly({
			get visibleTextEditors() {
				return editors;
			},
			get activeTextEditor() {
				return editors[0];
			},
			createTextEditorDecorationType: () => ({ dispose() {} }),
			createStatusBarItem: () => status,
			createOutputChannel: () => channel,
			showErrorMessage: say,
			showWarningMessage: say,
			showInformationMessage: say,
			onDidChangeVisibleTextEditors: event,
		}),
		languages: partly({ match: () => 10 }),
		commands: partly({
			registerCommand: (name: string, run: (...given: unknown[]) => unknown) => {
				commands.set(name, run);
				return disposable;
			},
		}),
		workspace: partly({
			workspaceFolders: undefined,
			get textDocuments() {
				return editors.map((editor) => editor.document);
			},
			notebookDocuments: [],
			getConfiguration: (section?: string) =>
				partly({
					get: (name: string, otherwise: unknown) => settings[`${section}.${name}`] ?? otherwise,
					inspect: () => undefined,
				}),
			createFileSystemWatcher: () => ({
				onDidCreate: event,
				onDidChange: event,
				onDidDelete: event,
				dispose() {},
			}),
		}),
	});
	return { module, commands, editors, status, messages };
}
