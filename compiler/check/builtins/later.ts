/** Names of the language that this version does not have yet: they are answered with that, not as unknown. */
export const laterNames: ReadonlySet<string> = new Set(["capture", "eig", "json", "retrain"]);
