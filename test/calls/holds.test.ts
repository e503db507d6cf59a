// When an employee holds the client, and when an employee is elsewhere for a while: for the time line.
import { expect, test } from "@jest/globals";
import { callsOf, traceFolder } from "./recorded-traces.ts";

test("an employee who holds the client twice has two holds within the talk, and one talk all the same", async () => {
  const [call] = await callsOf(traceFolder("in-hold-unhold"));

  const [part] = call?.conversations ?? [];
  const holds = part?.holds ?? [];
  expect(holds.length).toBeGreaterThanOrEqual(1);
  expect(part?.talks).toBeUndefined();
  for (const { from, to } of holds) {
    expect(from).toBeGreaterThanOrEqual(part?.acceptedAt ?? Infinity);
    expect(to).toBeGreaterThan(from);
    expect(to).toBeLessThanOrEqual(part?.endedAt ?? 0);
  }
});

test("a call in which nobody holds anybody says nothing of holds", async () => {
  const [call] = await callsOf(traceFolder("in-answered-101"));

  expect(call?.conversations[0]).not.toHaveProperty("holds");
  expect(call?.conversations[0]).not.toHaveProperty("talks");
});
