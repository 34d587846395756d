export function startServer(): void { throw new Error("no server"); }
