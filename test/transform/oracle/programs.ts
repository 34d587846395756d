/** Prints the programs that `jax_oracle.py` computes: `node dist/test/transform/oracle/programs.js`. */
import { transformedPrograms } from "../../support/transformed-programs.js";

console.log(JSON.stringify(transformedPrograms(214)));
