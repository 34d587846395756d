import { atOnce, type Steps } from "../../grammar/steps.js";
import type { Program } from "../program/load.js";
import type { Module, ProgramHost } from "../program/module.js";
import type { Diagnostic } from "../source/diagnostic.js";
import type { Knowledge, Scope } from "./context.js";
import { CheckMemory } from "./incremental/memory.js";

export interface CheckedProgram {
	readonly program: Program;
	readonly diagnostics: readonly Diagnostic[];
	/** What is known of the nodes of the text that was checked last with this memory. */
	readonly knowledge: Knowledge;
	/** The top-level names of each module. */
	readonly scopes: ReadonlyMap<Module, Scope>;
	/** For the check of the next text. */
	readonly memory: CheckMemory;
}

/**
 * Checks a program: every module after those that it imports. Never throws on any source text. With the memory of a
 * check before, declarations whose text and dependencies stay are not checked again.
 */
export function checkProgram(
	program: Program,
	host: ProgramHost,
	memory: CheckMemory = new CheckMemory(host),
): CheckedProgram {
	return atOnce(checkInSteps(program, host, memory));
}

/**
 * The same in small steps. `declared` is told what is known when all names are: the problems of the syntax, and of nodes
 * what a step has checked since, or `memory.settle`. A check that is left is done by the next one with its memory.
 */
export function* checkInSteps(
	program: Program,
	host: ProgramHost,
	memory: CheckMemory = new CheckMemory(host),
	declared?: (known: CheckedProgram) => void,
): Steps<CheckedProgram> {
	const diagnostics = yield* memory.check(program, host, (problems) =>
		declared?.(known(program, memory, problems)),
	);
	return known(program, memory, diagnostics);
}

function known(program: Program, memory: CheckMemory, diagnostics: readonly Diagnostic[]): CheckedProgram {
	const scopes = new Map<Module, Scope>();
	for (const { module } of program.modules) {
		const scope = memory.scope(module);
		if (scope) scopes.set(module, scope);
	}
	return { program, diagnostics, knowledge: memory.knowledge, scopes, memory };
}
