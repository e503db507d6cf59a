import { expect, test } from "@jest/globals";
import {
  allotIds,
  createIdSource,
  createRewriter,
  seededRandom,
} from "../../../src/simulator/pbx/rewrite.ts";
import type { IdMapping } from "../../../src/simulator/pbx/rewrite.ts";
import type { Trace } from "../../../src/simulator/pbx/trace.ts";
import { fixture, liveText } from "./raw-client.ts";

const freshIds = (seed = 1): ReturnType<typeof createIdSource> =>
  createIdSource(seededRandom(seed));
const at = { startsAtSeconds: 1_900_000_000, speed: 1 };

const reversed = (map: ReadonlyMap<string, string>): Map<string, string> =>
  new Map([...map].map(([from, to]) => [to, from]));

const backwards = (mapping: IdMapping): IdMapping => ({
  uniqueids: reversed(mapping.uniqueids),
  channels: reversed(mapping.channels),
  bridges: reversed(mapping.bridges),
  phones: reversed(mapping.phones),
});

function traceOf(text: string): Trace {
  const at = 1795261714000 as Trace["startedAt"];
  const messages = [{ text, at, live: true }];
  return { name: "made", path: "made", parts: [{ messages }], startedAt: at, endedAt: at };
}

test.each(["in-answered-101", "xfer-blind-refer", "in-queue-local-members", "click-channelid"])(
  "%s: no recorded id is left, and put back they give the recorded bytes",
  async (name) => {
    const trace = await fixture(name);
    const ids = freshIds();
    ids.channelNames.set("PJSIP", 0x9000).set("Local", 0x9000);
    const phones = new Map([["79161234567", "79035550011"]]);
    const mapping = allotIds(trace, ids, { ...at, phones });

    const recorded = liveText(trace);
    const played = createRewriter(mapping)(recorded);

    for (const id of [...mapping.channels.keys(), ...mapping.bridges.keys(), "79161234567"])
      expect(played).not.toContain(id);
    for (const id of mapping.uniqueids.keys()) expect(played).not.toContain(`id: ${id}\r\n`);
    expect(createRewriter(backwards(mapping))(played)).toBe(recorded);
  },
);

test("two plays of one recording share no id", async () => {
  const trace = await fixture("in-queue-local-members");
  const ids = freshIds();

  const [one, other] = [allotIds(trace, ids, at), allotIds(trace, ids, at)];

  for (const kind of ["uniqueids", "channels", "bridges"] as const) {
    expect(one[kind].size).toBeGreaterThan(0);
    expect(new Set([...one[kind].values(), ...other[kind].values()]).size).toBe(one[kind].size * 2);
  }
});

test("older channels keep the smaller ids, whatever the speed", async () => {
  const trace = await fixture("in-queue-local-members");

  for (const speed of [1, 10, Infinity]) {
    const { uniqueids } = allotIds(trace, freshIds(), { ...at, speed });
    const order = (id: string): number => {
      const [epoch = 0, counter = 0] = id.split(".").map(Number);
      return epoch * 1000 + counter;
    };
    const recorded = [...uniqueids.keys()].sort((one, two) => order(one) - order(two));
    const played = recorded.map((id) => order(uniqueids.get(id) ?? ""));
    expect(played).toEqual([...played].sort((one, two) => one - two));
    expect(Math.min(...played)).toBeGreaterThanOrEqual(1_900_000_000 * 1000);
  }
});

test("the same seed gives the same ids", async () => {
  const trace = await fixture("in-answered-101");

  expect(allotIds(trace, freshIds(7), at)).toEqual(allotIds(trace, freshIds(7), at));
  expect(allotIds(trace, freshIds(8), at)).not.toEqual(allotIds(trace, freshIds(7), at));
});

test("ids are replaced in file names and variables too, and nothing that only looks like one", () => {
  const text = [
    "Event: VarSet",
    "Privilege: dialplan,all",
    "Timestamp: 1795261714.000123",
    "Channel: PJSIP/101-00000057",
    "Uniqueid: pbx1-1795261714.7",
    "Linkedid: pbx1-1795261714.7",
    "Variable: MIXMONITOR_FILENAME",
    "Value: /monitor/20261121/in-101-1795261714.7-00000057.wav,PJSIP/101-00000057;x PJSIP/102-00000057",
    "\r\n",
  ].join("\r\n");
  const ids = freshIds();
  ids.uniqueids = 40;
  ids.channelNames.set("PJSIP", 255);
  const mapping = allotIds(traceOf(text), ids, at);

  const played = createRewriter(mapping)(text);

  expect(mapping.uniqueids.get("pbx1-1795261714.7")).toBe("pbx1-1900000000.40");
  expect(played).toContain("Timestamp: 1795261714.000123\r\n");
  expect(played).toContain(
    "Value: /monitor/20261121/in-101-1900000000.40-00000057.wav,PJSIP/101-000000ff;x PJSIP/102-00000057\r\n",
  );
});

test("a word that stands for no channel is not an id", () => {
  const text =
    "Event: VarSet\r\nPrivilege: dialplan,all\r\nChannel: none\r\nUniqueid: none\r\nValue: none\r\n\r\n";

  expect(createRewriter(allotIds(traceOf(text), freshIds(), at))(text)).toBe(text);
});

test("a client's number is replaced in every spelling, and never inside another number", () => {
  const text =
    "CallerIDNum: +79161234567\r\nExten: 89161234567\r\nA: 9161234567,379161234567890123,161234567\r\nFile: in-79161234567.wav\r\n\r\n";
  const phones = new Map([["79161234567", "79035550011"]]);

  const played = createRewriter({ ...emptyMapping, phones })(text);

  expect(played).toBe(
    "CallerIDNum: +79035550011\r\nExten: 89035550011\r\nA: 9035550011,379161234567890123,161234567\r\nFile: in-79035550011.wav\r\n\r\n",
  );
});

const emptyMapping: IdMapping = {
  uniqueids: new Map(),
  channels: new Map(),
  bridges: new Map(),
  phones: new Map(),
};
