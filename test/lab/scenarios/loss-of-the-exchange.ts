// Asterisk goes away in mid-talk and comes back. Everybody is cut off: these are played alone.
import type { ExpectedCall, Scenario } from "../scenario.ts";

const oneAfterTheOther: readonly ExpectedCall[] = [0, 1].map((client) => ({
  client,
  direction: "inbound",
  line: "one",
  result: "answered",
  answeredBy: 1,
  conversations: [[1, "answered"]],
}));

const firstEndUnseen = oneAfterTheOther.map((call): ExpectedCall =>
  call.client === 0 ? { ...call, isEndUnseen: true } : call,
);

const playTwice =
  (how: "now" | "kill"): Scenario["play"] =>
  async ({ client, newClient, telephone, line, pause, restart }) => {
    await client.call(line("one"));
    await telephone(1).answer();
    await pause(1_500);
    await restart(how);
    await pause(500);
    const call = await newClient().call(line("one"));
    await telephone(1).answer();
    await pause(1_500);
    await call.hangUp();
  };

export const lossOfTheExchange: readonly Scenario[] = [
  {
    name: "Asterisk is restarted in talk",
    isAlone: true,
    calls: oneAfterTheOther,
    play: playTwice("now"),
  },
  {
    name: "Asterisk is killed in talk",
    isAlone: true,
    calls: firstEndUnseen,
    play: playTwice("kill"),
  },
];
