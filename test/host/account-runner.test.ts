// One account of a host, begun and stopped as leases come and go.
import { expect, test } from "@jest/globals";
import { createAccountRunner } from "../../src/cli/host/account-runner.ts";
import { failed } from "../../src/lib/failure.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";

const WAIT_MS = 30_000;

test(
  "an account that another host has taken before its turn came holds up no other's start",
  async () => {
    const opened: string[] = [];
    const runner = createAccountRunner({
      ...{ name: "acme", term: 1, clock: systemClock, logger: silentLogger },
      open() {
        opened.push("acme");
        return failed([]);
      },
      start: () => Promise.reject(new Error("nothing is to be started")),
    });

    await runner.stop();
    await runner.begin(); // its turn in the row of those that are started, some at a time

    expect(opened).toEqual([]);
  },
  WAIT_MS,
);
