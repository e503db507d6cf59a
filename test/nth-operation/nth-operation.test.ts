// Every write to the disk and every request to Kommo fails once, in its turn, in twenty calls: the
// first, the second, the third … until none is left.
import { expect, jest, test } from "@jest/globals";
import type { NetworkFault, StoreFault } from "./failing.ts";
import { playScenario, type Failing } from "./play-scenario.ts";
import { scenarios, type Scenario } from "./scenarios.ts";

jest.setTimeout(300_000);

const STORE_FAULTS: readonly StoreFault[] = ["full", "broken", "broken-after"];
const NETWORK_FAULTS: readonly NetworkFault[] = [
  "unreachable",
  "lost-before",
  "lost-after",
  "error-after",
];
/** Far above what any of these calls needs. */
const MOST_OPERATIONS = 200;

type Fault = { [K in Failing as K["at"]]: Omit<K, "operation"> }[Failing["at"]];

const FAULTS: readonly Fault[] = [
  ...STORE_FAULTS.map((fault): Fault => ({ at: "store", fault })),
  ...NETWORK_FAULTS.map((fault): Fault => ({ at: "network", fault })),
];

/** @returns what went wrong, each with what failed; and how many operations there were */
async function failInTurn(scenario: Scenario, fault: Fault): Promise<[string[], number]> {
  const wrong: string[] = [];
  for (let operation = 1; operation <= MOST_OPERATIONS; operation++) {
    const failing = { ...fault, operation };
    const { hasFailed, problems } = await playScenario(scenario, failing);
    wrong.push(...problems.map((tell) => `${fault.at} ${fault.fault} at ${operation}: ${tell}`));
    if (!hasFailed) return [wrong, operation - 1];
  }
  return [[...wrong, `${fault.at}: more than ${MOST_OPERATIONS} operations`], MOST_OPERATIONS];
}

test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
  "%s: whichever operation fails, the call is booked once and right",
  async (_, scenario) => {
    const results = await Promise.all(FAULTS.map((fault) => failInTurn(scenario, fault)));

    expect(results.flatMap(([wrong]) => wrong)).toEqual([]);
    expect(Math.min(...results.map(([, operations]) => operations))).toBeGreaterThan(0);
  },
);

test("a daemon that books nothing does not pass", async () => {
  const [scenario] = scenarios;
  if (scenario === undefined) throw new Error("there are no scenarios");

  const { problems } = await playScenario({ ...scenario, isDeaf: true });

  expect(problems).toEqual([expect.stringMatching(/^not-booked: /)]);
});
