/** All measurements: `npm run bench`. */
import { measureStart } from "./start.js";

measureStart();
await import("./kernels.js");
await import("./functions.js");
await import("./ir.js");
