// One account of a host, begun and stopped as leases come and go.
import { expect, test } from "@jest/globals";
import { createAccountRunner } from "../../src/cli/host/account-runner.ts";
import type { LoadedConfig } from "../../src/config/load-config.ts";
import { failed, succeeded } from "../../src/lib/failure.ts";
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

test(
  "an account that breaks while it is started is told by itself, and can be stopped",
  async () => {
    const runner = createAccountRunner({
      ...{ name: "acme", term: 1, clock: systemClock, logger: silentLogger },
      open: () => succeeded({} as LoadedConfig),
      start: () => Promise.reject(new Error("another daemon has taken over")),
    });

    await runner.begin();
    const trouble = runner.trouble();
    await runner.stop();

    expect(trouble).toBe("it broke while it was started");
    expect(runner.daemon()).toBeUndefined();
  },
  WAIT_MS,
);
