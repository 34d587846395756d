import type { CatalogueEntry } from "../../source/catalogue.js";
import { entry } from "./entry.js";

/** Codes of names and files. */
export const nameCatalogue: readonly CatalogueEntry[] = [
	entry(
		"E0201",
		"a name that is not there",
		`A name stands for nothing here: it is misspelt, not imported, or named further down. The top of a file runs from top to bottom, so a \`let\` stands above its uses; functions, models and fits may stand anywhere.`,
		`let width = 3
let twice = 2 * widht`,
		`let width = 3
let twice = 2 * width`,
	),
	entry(
		"E0202",
		"a size that is not there",
		`A size in a shape is a number, a static \`Int\`, a name of the signature around it, or a declared dimension with a capital.`,
		`fn embed(x: real[Vocab]) -> real = sum(x)`,
		`dim Vocab = 32
fn embed(x: real[Vocab]) -> real = sum(x)`,
	),
	entry(
		"E0203",
		"a type that is not there",
		`Types are \`real int bool\` (computed while running), \`Int Real Bool String List\` (known before), functions, tuples and models.`,
		`fn f(x: float[n]) -> real = sum(x)`,
		`fn f(x: real[n]) -> real = sum(x)`,
	),
	entry(
		"E0204",
		"a part that is not there",
		`After a dot stands a member of what is before it: a part, parameter, option or method of a model, a field of a record, a column of a data set.`,
		`import std.nn { Linear }
let layer = Linear(2, 3)
let w = layer.weights`,
		`import std.nn { Linear }
let layer = Linear(2, 3)
let w = layer.weight`,
	),
	entry(
		"E0205",
		"a name that would hide a parameter",
		`A local name may hide another local one. It may not hide an option, a size or a parameter: these keep their meaning in all of their declaration. Nor may a \`let\` take the name of a parameter, a state or a part of its model or fit, which would be unread from there on.`,
		`fn total(x: real[n]) -> real = sum n: x[n]`,
		`fn total(x: real[n]) -> real = sum i: x[i]`,
	),
	entry(
		"E0206",
		"a value that is not used",
		`A line that is only a value has no effect. Name it, check it, or drop it.`,
		`let a = 1
a + 1`,
		`let a = 1
let b = a + 1`,
	),
	entry(
		"E0207",
		"a name that is declared twice",
		`A name stands for one thing in its scope.`,
		`let rate = 0.1
let rate = 0.2`,
		`let rate = 0.1
let smaller_rate = 0.2`,
	),
	entry(
		"E0208",
		"an edition that is not there",
		`A file may begin with the edition of the language that it is written in.`,
		`ansatz 7
let a = 1`,
		`ansatz 1
let a = 1`,
	),
	entry(
		"E0209",
		"a precision that is not there",
		`\`real\` is \`f32\`, unless the root file says \`precision f64\`. What an imported file says of it has no effect, which is a warning where both differ.`,
		`precision f16
let a = 1`,
		`precision f64
let a = 1`,
	),
	entry(
		"E0210",
		"an import that is not exported",
		`A file gives to others what it declares with \`export\`.`,
		`import std.nn { Liner }
let layer = Liner(2, 3)`,
		`import std.nn { Linear }
let layer = Linear(2, 3)`,
	),
	entry(
		"E0211",
		"an import that is not used",
		`A warning: the name is imported, and nothing uses it.`,
		`import std.nn { MLP, Linear }
let layer = Linear(2, 3)`,
		`import std.nn { Linear }
let layer = Linear(2, 3)`,
	),
	entry(
		"E0212",
		"files that import each other",
		`Imports form no circle: what two files need stands in a third. Here \`b.ansatz\` imports this file.`,
		`import "b.ansatz" { shared }
export let a = shared`,
		`import "shapes.ansatz" { area }
let a = area(2.0)`,
	),
	entry(
		"E0213",
		"a library that is not there",
		`The libraries that come with Ansatz are named \`std.\` and a word.`,
		`import std.nets { MLP }
let net = MLP([2, 3])`,
		`import std.nn { MLP }
let net = MLP([2, 3])`,
	),
	entry(
		"E0214",
		"an import from outside the project",
		`A program imports files of its own folder and below.`,
		`import "../shapes.ansatz" { area }
let a = area(2.0)`,
		`import "shapes.ansatz" { area }
let a = area(2.0)`,
	),
	entry(
		"E0215",
		"a file that is not there",
		`The path of an import is relative to the file that imports.`,
		`import "shape.ansatz" { area }
let a = area(2.0)`,
		`import "shapes.ansatz" { area }
let a = area(2.0)`,
	),
	entry(
		"E0216",
		"a file that cannot be read",
		`Programs are UTF-8. The message names the first byte that does not belong there.`,
		`import "latin.ansatz" { area }
let a = area(2.0)`,
		`import "shapes.ansatz" { area }
let a = area(2.0)`,
	),
	entry(
		"E0217",
		"an import that is not needed",
		`A warning: the name belongs to the prelude, which every file sees.`,
		`import std.nn { Linear, relu }
let layer = Linear(2, 3)
fn step(x: real[n]) -> real[n] = relu(x)`,
		`import std.nn { Linear }
let layer = Linear(2, 3)
fn step(x: real[n]) -> real[n] = relu(x)`,
	),
	entry(
		"E0218",
		"a name imported twice",
		`The name is there already. The fix removes the second one.`,
		`import std.nn { Linear }
import std.nn { Linear }
let layer = Linear(2, 3)`,
		`import std.nn { Linear }
let layer = Linear(2, 3)`,
	),
	entry(
		"E0219",
		"an import that hides a name of the language",
		`A name of the prelude that a file imports under the same name is another one from there on. Import it under another name.`,
		`import "shapes.ansatz" { relu }
let a = relu(2.0)`,
		`import "shapes.ansatz" { relu as shaped_relu }
let a = shaped_relu(2.0)`,
	),
];
