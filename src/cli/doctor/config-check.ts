/** Whether the configuration is good: the same answer as `check-config` and the daemon's start give. */
import { describeProblem } from "../../config/problem.ts";
import type { Check } from "./check.ts";

export const configCheck: Check = {
  name: "configuration",
  run: ({ loaded, configName }) => {
    const problems = loaded.ok ? loaded.value.warnings : loaded.failure;
    const details = problems.map(describeProblem);
    const remedy = "correct what is listed; asterisk-kommo check-config tells it again";
    if (!loaded.ok) {
      const sentence = `${configName} is not good`;
      return Promise.resolve({ status: "failed", sentence, remedy, details });
    }
    if (details.length === 0)
      return Promise.resolve({ status: "ok", sentence: `${configName} is good` });
    const sentence = `${configName} is good, with warnings`;
    return Promise.resolve({ status: "warning", sentence, remedy, details });
  },
};
