import type { CatalogueEntry } from "../../source/catalogue.js";
import { entry } from "./entry.js";

/** Codes of `match`, of declared types and of `with`. */
export const caseCatalogue: readonly CatalogueEntry[] = [
	entry(
		"E0340",
		"a case that is missing",
		`A \`match\` has a case for every value: each variant, \`true\` and \`false\`, or a last case \`_\` for all others. A variant is taken whole only where nothing in its pattern can fail.`,
		`type Rule = Unbiased | Biased(rate: real)
fn rate(rule: Rule) -> real = match rule { Biased(rate) => rate }`,
		`type Rule = Unbiased | Biased(rate: real)
fn rate(rule: Rule) -> real = match rule {
  Biased(rate) => rate
  Unbiased => 0
}`,
	),
	entry(
		"E0341",
		"a pattern that does not fit",
		`A pattern names a variant of the type of the value, with all its fields, or is a literal of its type.`,
		`type Rule = Unbiased | Biased(rate: real)
fn rate(rule: Rule) -> real = match rule {
  Biassed(rate) => rate
  _ => 0
}`,
		`type Rule = Unbiased | Biased(rate: real)
fn rate(rule: Rule) -> real = match rule {
  Biased(rate) => rate
  _ => 0
}`,
	),
	entry(
		"E0342",
		"a match on a computed value",
		`A \`match\` selects code before running, so it is on what is known then: a variant, an Int, Bool or String.`,
		`fn sign_of(x: real) -> real = match x { 0 => 0
  _ => 1 }`,
		`fn sign_of(x: real) -> real = if x == 0 then 0 else 1`,
	),
	entry(
		"E0343",
		"a case that is never reached",
		`The first case that takes a value is the one that counts. Those above take all that this one could.`,
		`fn name(level: Int) -> String = match level {
  _ => "many"
  1 => "one"
}`,
		`fn name(level: Int) -> String = match level {
  1 => "one"
  _ => "many"
}`,
	),
	entry(
		"E0344",
		"sizes of a declared type",
		`A type that is declared with sizes is given all of them. In a signature a name that stands alone is bound there.`,
		`type Ridge(n, d) = (x: real[n, d], y: real[n])
fn rows(problem: Ridge(n)) -> real = n`,
		`type Ridge(n, d) = (x: real[n, d], y: real[n])
fn rows(problem: Ridge(n, d)) -> real = n`,
	),
	entry(
		"E0345",
		"a changed copy of another type",
		`A \`with\` makes a changed copy, in which every part keeps its element and its shape. One number fills a tensor.`,
		`fn reset(x: real[4]) -> real[4] = x with { [0] = [1, 2] }`,
		`fn reset(x: real[4]) -> real[4] = x with { [0..2] = [1, 2] }`,
	),
	entry(
		"E0362",
		"an option that no type says",
		`A type of a model says its options, and each value of the type has these: numbers, texts, Bools, lists of them, sizes, variants and functions by their names. What only a call tells, a lambda and the fields of a variant cannot be compared, so that such a type would be no promise; the result of a fit holds none of its options, and its type says those that decide its sizes and parts. A parameter \`net: M\` takes any configuration, which can be read: \`net.rate\`.`,
		`model Scaled(rate: Real) { (x: real) -> real = rate * x }
fn twice(rate: Real, net: Scaled(rate)) -> real = net(2) / rate`,
		`model Scaled(rate: Real) { (x: real) -> real = rate * x }
fn twice(net: Scaled) -> real = net(2) / net.rate`,
	),
	entry(
		"E0349",
		"a size that is known inside only",
		`What a case, a function or a turn of a list finds out for itself, each value, call or turn may find differently: such a size is no part of a type outside. Compute with it inside, or give it as an Int.`,
		`type Data = Nothing | Sized(x: real[n])
fn values(data: Data) -> real = {
  let x = match data {
    Nothing => [0.0]
    Sized(x) => x
  }
  sum(x)
}`,
		`type Data = Nothing | Sized(x: real[n])
fn values(data: Data) -> real = match data {
  Nothing => 0
  Sized(x) => sum(x)
}`,
	),
	entry(
		"E0346",
		"something that is no tree, or another one",
		`A tree is a real tensor, or a tuple, record, list or model of such; of a model, its trainable parameters. Functions of several trees want the same structure, and \`tree.map\` keeps the type of every leaf. A type variable is a tree where the signature says so.`,
		`fn blend(a: T, b: T, t: real) -> T = tree.map(a, b, |u, v| (1 - t) * u + t * v)`,
		`fn blend(a: T, b: T, t: real) -> T where T: tree = tree.map(a, b, |u, v| (1 - t) * u + t * v)`,
	),
	entry(
		"E0347",
		"an unknown bound of a type variable",
		`A type variable may be anything, or a \`tree\` of real tensors.`,
		`fn norm_of(a: T) -> real where T: trees = 0`,
		`fn norm_of(a: T) -> real where T: tree = tree.norm(a)`,
	),
	entry(
		"E0348",
		"a type that holds itself",
		`A type stands for what it is declared as, so one that holds itself, directly or through others, would never end. Variants may: the value says which one it is, and one without the type in it ends it.`,
		`type Chain = (value: real, rest: Chain)`,
		`type Chain = End | More(value: real, rest: Chain)
fn total(chain: Chain) -> real = match chain {
  End => 0
  More(value, rest) => value + total(rest)
}`,
	),
];
