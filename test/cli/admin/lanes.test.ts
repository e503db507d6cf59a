// A call as it is drawn: who waits, rings, talks, and who gives the client to whom.
import { expect, test } from "@jest/globals";
import { extension } from "../../../src/ami/ids.ts";
import { lanesOf, transfersOf } from "../../../src/cli/admin/lanes.ts";
import { epochMs } from "../../../src/lib/clock.ts";
import { answered, missed, NOON, part } from "./call-archive.ts";

const at = (seconds: number): number => NOON + seconds * 1_000;
const span = (from: number, to: number) => ({ from: at(from), to: at(to) });
const nobody = (): null => null;

test("the client waits until somebody answers, then both talk", () => {
  const [client, anna] = lanesOf(answered(0), () => "Anna");

  expect(client).toMatchObject({ who: "client", rings: [span(0, 10)], talks: [span(10, 60)] });
  expect(anna).toMatchObject({
    who: "employee",
    name: "Anna",
    rings: [span(0, 10)],
    talks: [span(10, 60)],
  });
});

test("of a missed call there is ringing and no talk", () => {
  const [client, anna] = lanesOf(missed(0), nobody);

  expect(client).toMatchObject({ rings: [span(0, 20)], talks: [] });
  expect(anna).toMatchObject({ rings: [span(0, 20)], talks: [], result: "no_answer" });
});

const transferred = answered(0, "103", {
  conversations: [
    part("101", { from: at(0), accepted: at(5), to: at(20) }),
    part("103", { from: at(20), accepted: at(30), to: at(60) }),
  ],
  answeredBy: extension("103"),
});

test("a transfer is an arrow from who had the client to who got him", () => {
  expect(transfersOf(transferred)).toEqual([{ from: "101", to: "103", at: at(20) }]);
});

test("while the second telephone rings, the client waits again", () => {
  const [client] = lanesOf(transferred, nobody);

  expect(client?.rings).toEqual([span(0, 5), span(20, 30)]);
  expect(client?.talks).toEqual([span(5, 20), span(30, 60)]);
});

test("a consultation is a lane of its own kind, and no transfer", () => {
  const call = answered(0, "101", {
    conversations: [
      part("101", { from: at(0), accepted: at(10), to: at(60) }),
      part("102", { from: at(20), accepted: at(22), to: at(30) }, { withClient: false }),
    ],
  });

  const [, , colleague] = lanesOf(call, nobody);

  expect(colleague).toMatchObject({ extension: "102", withClient: false });
  expect(transfersOf(call)).toEqual([]);
});

test("a queue has a lane in which the client waits", () => {
  const [, queue] = lanesOf(answered(0, "101", { queue: "600" }), nobody);

  expect(queue).toMatchObject({ who: "queue", name: "600", rings: [span(0, 10)] });
});

test("an employee who was rung twice has one lane", () => {
  const call = answered(0, "101", {
    conversations: [
      part("101", { from: at(0), to: at(5) }),
      part("101", { from: at(8), accepted: at(10), to: at(60) }),
    ],
  });

  const lanes = lanesOf(call, nobody);

  expect(lanes).toHaveLength(2);
  expect(lanes[1]).toMatchObject({ rings: [span(0, 5), span(8, 10)], result: "answered" });
});

test("who left the client and came back talks in two stretches", () => {
  const stretch = (from: number, to: number) => ({ from: epochMs(at(from)), to: epochMs(at(to)) });
  const call = answered(0, "101", {
    conversations: [
      part(
        "101",
        { from: at(0), accepted: at(10), to: at(60) },
        { talks: [stretch(10, 20), stretch(40, 60)], holds: [stretch(15, 18)] },
      ),
    ],
  });

  const [client, anna] = lanesOf(call, nobody);

  expect(client?.talks).toEqual([span(10, 20), span(40, 60)]);
  expect(anna?.holds).toEqual([span(15, 18)]);
});

test("an internal call has no client's lane", () => {
  const lanes = lanesOf(answered(0, "102", { direction: "internal" }), nobody);

  expect(lanes.map(({ who }) => who)).toEqual(["employee"]);
});
