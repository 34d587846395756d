/** Where bytes stop being UTF-8: the offset of the first byte of the sequence that is not; nothing if all are. */
export function firstInvalidByte(bytes: Uint8Array): number | undefined {
	let at = 0;
	while (at < bytes.length) {
		const length = sequenceLength(bytes, at);
		if (length === 0) return at;
		at += length;
	}
	return undefined;
}

/** The length of the character that starts at `at`, 0 if none does. */
function sequenceLength(bytes: Uint8Array, at: number): number {
	const first = bytes[at] as number;
	if (first < 0x80) return 1;
	const length =
		first >= 0xc2 && first < 0xe0
			? 2
			: first >= 0xe0 && first < 0xf0
				? 3
				: first >= 0xf0 && first < 0xf5
					? 4
					: 0;
	for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
	// Forms that are longer than needed, surrogates, and what lies beyond the last code point.
	const second = bytes[at + 1] ?? 0;
	if (first === 0xe0 && second < 0xa0) return 0;
	if (first === 0xed && second >= 0xa0) return 0;
	if (first === 0xf0 && second < 0x90) return 0;
	if (first === 0xf4 && second >= 0x90) return 0;
	return length;
}
