// What becomes of a click, told from what real exchanges said.
import { readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { parseDialRinging } from "../../src/ami/dial-ringing.ts";
import { createFramer } from "../../src/ami/framer.ts";
import { parseEvent } from "../../src/ami/parse-event.ts";
import { follow, lostSight, newProgress, type Progress } from "../../src/originate/progress.ts";

const SHIPPED = join(import.meta.dirname, "../../src/simulator/recordings");
const TRACES = join(import.meta.dirname, "../fixtures/traces");

/** All that a click went through, with the trace's own ids in place of ours. */
function progressIn(folder: string): Progress[] {
  const framer = createFramer({ maxMessageBytes: 1_000_000 });
  const texts = framer.push(gunzipSync(readFileSync(join(folder, "events.ami.gz"))));
  const [action] = texts.flatMap((text) =>
    text.startsWith("Event: OriginateResponse") ? [text] : [],
  );
  const actionId = /ActionID: (.*)\r/.exec(action ?? "")?.[1] ?? "";
  const begun = texts.find((text) => text.startsWith("Event: DialBegin"));
  const id = /DestUniqueid: (.*)\r/.exec(begun ?? "")?.[1] ?? actionId;
  const channel = /DestChannel: (.*)\r/.exec(begun ?? "")?.[1] ?? "PJSIP/101";
  let progress = newProgress(channel);
  const seen = [progress];
  for (const [at, text] of texts.entries()) {
    const spelt = text.replaceAll(`ActionID: ${actionId}\r`, `ActionID: ${id}\r`) as typeof text;
    const event = parseEvent(spelt) ?? parseDialRinging(spelt);
    const next = event === undefined ? progress : follow(progress, event, { id, at });
    if (next.state !== progress.state || next.isFinal !== progress.isFinal) seen.push(next);
    progress = next;
  }
  return seen;
}

const statesIn = (folder: string): string[] => [
  ...new Set(progressIn(folder).map(({ state }) => state)),
];
const traced = (name: string): string => join(TRACES, name);

test("both answer: every step is told, and the end is final", () => {
  expect(statesIn(join(SHIPPED, "click-answered"))).toEqual([
    ...["requested", "telephone-rings", "dialling", "client-rings", "talking", "ended"],
  ]);
  expect(progressIn(join(SHIPPED, "click-answered")).at(-1)?.isFinal).toBe(true);
});

test("the client does not answer", () => {
  expect(statesIn(join(SHIPPED, "click-client-no-answer")).at(-1)).toBe("no-answer");
});

const OTHERS: readonly (readonly [string, string])[] = [
  ["ast22/click-agent-no-answer", "you-did-not-answer"],
  ["ast22/click-agent-cancels", "cancelled"],
  ["ast22/click-agent-unregistered", "telephone-not-connected"],
  ["ast22/click-local", "ended"],
  ["ast16/click-agent-no-answer", "you-did-not-answer"],
];

test.each(OTHERS.filter(([name]) => existsSync(traced(name))))("%s ends as %s", (name, state) => {
  expect(statesIn(traced(name)).at(-1)).toBe(state);
});

test("an end of the exchange's line ends what was not over, and nothing else", () => {
  const talking = progressIn(join(SHIPPED, "click-answered")).find(
    ({ state }) => state === "talking",
  );
  const over = progressIn(join(SHIPPED, "click-answered")).at(-1);
  if (talking === undefined || over === undefined) throw new Error("the recording is another one");

  expect(lostSight(talking)).toMatchObject({ state: "unknown", isFinal: true });
  expect(lostSight(over)).toBe(over);
});
