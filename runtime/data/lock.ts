import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { relative, sep } from "node:path";
import type { ArrayDescription, DataRequest } from "../../compiler/program/module.js";

/** What `ansatz lock` writes beside the root file: enough to check a program without its data. */
export const lockName = "ansatz.lock";

export interface LockFile {
	readonly version: 1;
	readonly data: Readonly<Record<string, LockedData>>;
}

export interface LockedData {
	/** SHA-256 of the files. */
	readonly digest: string;
	readonly arrays: readonly ArrayDescription[];
}

/** Names a request in a lock file: the same on every machine. */
export function requestKey(root: string, { format, path, label, labels }: DataRequest): string {
	const inside = (file: string): string => relative(root, file).split(sep).join("/");
	return [
		`${format} ${inside(path)}`,
		...(labels === undefined ? [] : [`labels ${inside(labels)}`]),
		...(label === undefined ? [] : [`label ${label}`]),
	].join(", ");
}

export function digestOf({ path, labels }: DataRequest): string {
	const hash = createHash("sha256");
	for (const file of labels === undefined ? [path] : [path, labels]) hash.update(readFileSync(file));
	return `sha256:${hash.digest("hex")}`;
}

/** Undefined if it is no lock file of this version: then it is as if there were none. */
export function readLock(text: string): LockFile | undefined {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined;
	}
	const { version, data } = (value ?? {}) as { version?: unknown; data?: unknown };
	if (version !== 1 || typeof data !== "object" || data === null) return undefined;
	const entries = Object.entries(data).filter((entry): entry is [string, LockedData] => isLocked(entry[1]));
	return { version: 1, data: Object.fromEntries(entries) };
}

function isLocked(value: unknown): value is LockedData {
	const { digest, arrays } = (value ?? {}) as { digest?: unknown; arrays?: unknown };
	return typeof digest === "string" && Array.isArray(arrays) && arrays.every(isDescription);
}

function isDescription(value: unknown): value is ArrayDescription {
	const { name, element, shape, below } = (value ?? {}) as Record<string, unknown>;
	const isSize = (size: unknown): boolean => Number.isSafeInteger(size) && (size as number) >= 0;
	return (
		typeof name === "string" &&
		(element === "real" || element === "int" || element === "bool") &&
		Array.isArray(shape) &&
		shape.every(isSize) &&
		(below === undefined || isSize(below))
	);
}

export function writeLock(lock: LockFile): string {
	return `${JSON.stringify(lock, null, "\t")}\n`;
}
