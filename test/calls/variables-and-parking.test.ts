// What scripts want to know of a call beside its facts: variables of the dialplan, and who parked the client.
import { expect, test } from "@jest/globals";
import type { LiveStage } from "../../src/calls/fact.ts";
import { openRecorded } from "../../src/cli/replay-source.ts";
import { factsOf } from "../../src/cli/replay-trace.ts";
import { callsOf, labSettings, traceFolder } from "./recorded-traces.ts";

const asking = (...variables: string[]) => ({ ...labSettings, variables });

test("a call bears the variables that were asked for, and no others", async () => {
  const [call] = await callsOf(
    traceFolder("in-answered-101"),
    asking("DIALEDPEERNUMBER", "NEVER_SET"),
  );

  expect(Object.keys(call?.variables ?? {})).toEqual(["DIALEDPEERNUMBER"]);
});

test("a variable that the call model itself looks at can be asked for as well", async () => {
  const [plain] = await callsOf(traceFolder("rec-inbound-no-answer"));
  const [call] = await callsOf(traceFolder("rec-inbound-no-answer"), asking("DIALSTATUS"));

  expect(call?.variables?.["DIALSTATUS"]).toBe("NOANSWER");
  expect({ ...call, variables: undefined }).toEqual({ ...plain, variables: undefined });
});

test("nobody asks for variables, and a call has none", async () => {
  const [call] = await callsOf(traceFolder("in-answered-101"));

  expect(call).not.toHaveProperty("variables");
});

test("stages tell the variables that are set by then", async () => {
  const stages: LiveStage[] = [];

  const recorded = await openRecorded(traceFolder("in-answered-101"));
  if (!recorded.ok) throw new Error(recorded.failure.hint);
  for await (const fact of factsOf(recorded.value, asking("DIALSTATUS")))
    if (fact.kind === "stage") stages.push(fact);

  const first = stages.find(({ stage }) => stage === "conversation_requested");
  const last = stages.find(({ stage }) => stage === "call_ended");
  expect(first?.variables?.["DIALSTATUS"]).not.toBe("ANSWER");
  expect(last?.variables?.["DIALSTATUS"]).toBe("ANSWER");
});

test("the employee who parks the client has a conversation that ended so; who fetches the client has not", async () => {
  const [call] = await callsOf(traceFolder("park-retrieved"));

  const [parker, retriever] = (call?.conversations ?? []).filter(({ withClient }) => withClient);
  expect(parker?.wasParked).toBe(true);
  expect(retriever).not.toHaveProperty("wasParked");
});

test("whoever is only held is not parked", async () => {
  const [call] = await callsOf(traceFolder("in-hold-unhold"));

  expect(call?.conversations[0]).not.toHaveProperty("wasParked");
});
