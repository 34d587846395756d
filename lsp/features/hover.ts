import { showType } from "../../compiler/check/types/show.js";
import type { Type } from "../../compiler/check/types/types.js";
import type { Location } from "../../compiler/source/diagnostic.js";
import { LineIndex } from "../../compiler/source/text.js";
import { headerOf, headline, membersOf, parameterLine, shownType } from "../describe.js";
import type { Snapshot } from "../snapshot.js";
import { targetAt } from "./at-cursor.js";
import { heldHover, heldLine } from "./held.js";

export interface Hover {
	readonly start: number;
	readonly end: number;
	/** Type and shape, then the documentation, then where it is from. */
	readonly markdown: string;
}

export function hover(snapshot: Snapshot, offset: number): Hover | undefined {
	const target = targetAt(snapshot, offset);
	if (!target) return heldHover(snapshot, offset);
	const { start, end } = target.place;
	switch (target.kind) {
		case "name": {
			const { binding, type, gives } = target;
			const documentation = binding.documentation || documentationOf(snapshot, binding.at);
			const lines = [headline(snapshot, binding, type), ...callLine(type), ...givesLine(gives)];
			return {
				start,
				end,
				markdown: join(
					code(lines),
					documentation,
					heldLine(snapshot, offset),
					contents(snapshot, type),
					from(snapshot, binding.at),
				),
			};
		}
		case "member": {
			const { member, gives } = target;
			const type = member.type ? shownType(snapshot, member.type) : "?";
			const word = member.role === "param" || member.role === "state" ? `${member.role} ` : "";
			const condition = member.condition ? ` if ${member.condition}` : "";
			const lines = [`${word}${member.name}: ${type}${condition}`, ...givesLine(gives)];
			const members = member.type ? contents(snapshot, member.type) : "";
			// what has no name of its own is told by its members, above
			const named = target.base.kind === "model" || target.base.kind === "applied";
			const origin = [
				...(named ? [`of ${showType(target.base)}`] : []),
				...(member.at ? [from(snapshot, member.at)] : []),
			];
			return { start, end, markdown: join(code(lines), member.documentation, members, origin.join(", ")) };
		}
		case "option": {
			const { parameter } = target;
			return {
				start,
				end,
				markdown: join(
					code([parameterLine(snapshot, parameter)]),
					parameter.at && from(snapshot, parameter.at),
				),
			};
		}
		case "source":
			return { start, end, markdown: join(code([`import ${target.file}`]), target.documentation) };
		case "value": {
			const { name, type } = target;
			return {
				start,
				end,
				markdown: join(
					code([name ? `${name}: ${showType(type)}` : showType(type)]),
					contents(snapshot, type),
				),
			};
		}
	}
}

function code(lines: readonly string[]): string {
	return `\`\`\`ansatz\n${lines.join("\n")}\n\`\`\``;
}

function join(...parts: (string | undefined)[]): string {
	return parts.filter((part) => part).join("\n\n");
}

/** How a model is called, since its parameters only configure it. */
function callLine(type: Type): string[] {
	const model =
		type.kind === "model"
			? type.declaration
			: type.kind === "declaration" && type.symbol.role === "model"
				? type.symbol.model
				: undefined;
	const call = model?.call;
	if (!call) return [];
	return [
		`(${call.parameters.map((p) => `${p.name}: ${showType(p.type)}`).join(", ")}) -> ${showType(call.result)}`,
	];
}

function givesLine(type: Type | undefined): string[] {
	return type && type.kind !== "applied" ? [`// here: ${showType(type)}`] : [];
}

const mostMembers = 12;

/** The members of a value that has names: the result of a fit, a model, a data set. */
function contents(snapshot: Snapshot, type: Type): string {
	if (!["tuple", "model", "table"].includes(type.kind)) return "";
	const members = membersOf(snapshot, type).filter((one) => one.type && one.type.kind !== "error");
	const lines = members
		.slice(0, mostMembers)
		.map(
			(one) =>
				`- \`${one.name}: ${one.type ? shownType(snapshot, one.type) : "?"}\`${one.condition ? ` if ${one.condition}` : ""}`,
		);
	if (members.length > mostMembers) lines.push(`- and ${members.length - mostMembers} more`);
	return lines.join("\n");
}

function documentationOf(snapshot: Snapshot, at: Location): string | undefined {
	const site = snapshot.declarationAt(at);
	if (!site) return undefined;
	if (site.node === site.item.declaration) return site.item.documentation;
	if ("documentation" in site.node) return site.node.documentation;
	return site.item.declaration.kind === "Model"
		? `In \`${headerOf({ ...site, node: site.item.declaration })}\``
		: undefined;
}

/** `std.prelude`, or the file's name and the line. */
function from(snapshot: Snapshot, at: Location): string {
	const module = snapshot.module(at.file);
	if (module?.library) return `from \`${at.file}\``;
	const name = at.file.split(/[\\/]/).at(-1);
	const line = module ? new LineIndex(module.text).position(at.start).line + 1 : 1;
	return at.file === snapshot.path ? `line ${line}` : `from ${name}, line ${line}`;
}
