/**
 * The syntax tree: plain data, no behaviour. Parsing cannot fail: what the text lacks is a `Missing` node.
 * Every span is relative to the slice that the node belongs to.
 */

export type * from "./ast/declarations.js";
export type * from "./ast/expressions.js";
export type * from "./ast/files.js";
export type * from "./ast/nodes.js";
export type * from "./ast/patterns.js";
export type * from "./ast/statements.js";
export type * from "./ast/types.js";
