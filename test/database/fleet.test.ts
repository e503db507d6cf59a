// Many exchanges of many accounts on a few hosts with one PostgreSQL, one of which is killed every minute.
import { expect, test } from "@jest/globals";
import { runFleet } from "../fleet/run-fleet.ts";
import { keepLog } from "../nemesis/keep-log.ts";

/** Always the same in CI: others are tried by `npm run long -- fleet`. */
const seed = Number(process.env["SEED"] ?? 4_711);

test("F21: two minutes of a fleet, every host killed once: nothing is lost or doubled", async () => {
  const report = await runFleet({
    ...{ seed, seconds: 120, exchanges: 40, accounts: 8, hosts: 2, callsPerSecond: 2 },
    onFailure: keepLog(`fleet-${seed}`),
  });

  process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report.problems).toEqual([]);
  expect(report.kills).toBe(2);
  // On a machine that is very late, hosts lose their leases and hear less: that is no loss.
  expect(report.bound / report.calls).toBeGreaterThanOrEqual(0.25);
}, 1_500_000);
