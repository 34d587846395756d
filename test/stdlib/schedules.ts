import { readFileSync } from "node:fs";
import { assertClose, onBackends } from "../support/values.js";
import { covers } from "./fixture.js";

/** Made by `test/stdlib/oracle/schedules.py`. */
interface Case {
	readonly schedule: string;
	readonly rates: readonly number[];
}

const file = new URL("../../../test/stdlib/oracle/schedules.generated.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8")) as readonly Case[];

describe("standard library: schedules", () => {
	for (const { schedule, rates } of cases) {
		const name = schedule.replace(/\(.*/, "");
		covers(name, `${schedule}, as PyTorch or Optax has it`, () => {
			// The gradient is 1 and the descent plain, so that the steps are the rates.
			const text = `precision f64
import std.schedules { ${name} }
fit probe() {
  param w: real = 0
  repeat ${rates.length} {
    track before = -w
    minimize w  using sgd(${schedule})
  }
}
let r = probe()
let before = r.run.history.before
let after = -r.w
`;
			for (const result of onBackends(text)) {
				const places = [...result.numbers("before"), result.number("after")];
				const steps = rates.map((_, i) => (places[i + 1] as number) - (places[i] as number));
				assertClose(steps, rates, 1e-12, schedule);
			}
		});
	}
});
