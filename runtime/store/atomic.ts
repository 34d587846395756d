import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

/** Writes a whole file, or leaves the old one: a crash or a full disk in between loses nothing. Throws as writing does. */
export function writeAtomically(path: string, bytes: Uint8Array): void {
	const temporary = `${path}.${process.pid}.part`;
	try {
		const file = openSync(temporary, "w");
		try {
			for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
			fsyncSync(file);
		} finally {
			closeSync(file);
		}
		renameSync(temporary, path);
	} catch (error) {
		rmSync(temporary, { force: true });
		throw error;
	}
}
