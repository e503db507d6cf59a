/**
 * What is to be seen after a day of faults, beside the account. Exports `waitUntilBooked`,
 * `troublesInStore` and `describeOffice`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Played } from "./day.ts";
import { heardSpans, type Span } from "./hearing.ts";
import { clientKey } from "./kept-calls.ts";
import type { Office } from "./office.ts";

const LOOKED_EVERY_MS = 250;
/** What is just being handed on from one list to the next is in none of them. */
const LOOKS = 4;

/** Nothing to be sent, and no call that goes on, at each of several looks. @returns what is left, as sentences */
export async function waitUntilBooked(office: Office, withinMs: number): Promise<string[]> {
  const until = Date.now() + withinMs;
  for (let looks = 0; ;) {
    await sleep(LOOKED_EVERY_MS);
    const left = [...(await openCalls(office)), ...(await openRows(office))];
    looks = left.length === 0 ? looks + 1 : 0;
    if (looks === LOOKS) office.marks.settled.push(Date.now());
    if (looks === LOOKS || (left.length > 0 && Date.now() >= until)) return left;
  }
}

/** What the daemon has in memory. */
async function openCalls({ daemon }: Office): Promise<string[]> {
  const status = await daemon.status();
  if (status === undefined) return ["the daemon does not answer"];
  const { asterisk, live_calls: live, calls_to_accept: toAccept } = status;
  return [
    ...(asterisk.state === "connected" ? [] : [`the line to the exchange is ${asterisk.state}`]),
    ...(live > 0 ? [`${live} calls go on`] : []),
    ...(toAccept > 0 ? [`${toAccept} calls are not accepted`] : []),
  ];
}

/** What is in its store. */
async function openRows(office: Office): Promise<string[]> {
  try {
    const [steps = [], [live] = []] = await office.ask(
      "SELECT kind, state FROM step WHERE state IN ('ready', 'sending', 'unknown')",
      "SELECT count(DISTINCT linked) AS calls FROM live_event",
    );
    const calls = Number(live?.["calls"]);
    return [
      ...steps.map(({ kind, state }) => `a step ${String(kind)} is still ${String(state)}`),
      ...(calls > 0 ? [`${calls} calls seem to go on`] : []),
    ];
  } catch (thrown) {
    return [`the store cannot be looked into: ${String(thrown)}`];
  }
}

/** What is wrong with the store itself, as sentences. */
export async function troublesInStore(office: Office): Promise<string[]> {
  const { check } = office.store;
  const [aside = [], [checked] = []] = await office.ask(
    "SELECT kind, reason FROM step WHERE state = 'set-aside'",
    ...(check === undefined ? [] : [check]),
  );
  const found = check === undefined ? "ok" : String(Object.values(checked ?? {})[0]);
  return [
    ...(found === "ok" ? [] : [`${String(check)} says ${found}`]),
    ...aside.map(({ kind, reason }) => `a step ${String(kind)} was set aside: ${String(reason)}`),
  ];
}

const LATE_MS = 100;

/** What is needed to understand a failure. */
export async function describeOffice(office: Office, played: readonly Played[]): Promise<string> {
  const { daemon, marks, kommo } = office;
  const zero = Math.min(...played.map(({ begunAt }) => begunAt));
  const seconds = (at: number): string => String(Math.round(at - zero) / 1_000);
  const spans = (all: readonly Span[]): string =>
    all.map(({ from, to }) => `${seconds(from)}–${seconds(to)}`).join(", ");
  const [steps = []] = await office.ask("SELECT * FROM step");
  return [
    `connected: ${marks.connected.map(seconds).join(", ")}`,
    `listed: ${marks.listed.map(seconds).join(", ")}`,
    `lost: ${marks.lost.map(seconds).join(", ")}`,
    `died: ${marks.died.map(seconds).join(", ")}`,
    `kept until: ${marks.killed.map(({ at, keptUntil }) => `${seconds(at)}: ${seconds(keptUntil)}`).join(", ")}`,
    `unkept: ${spans(marks.unkept)}`,
    `settled: ${marks.settled.map(seconds).join(", ")}`,
    `blurred: ${spans(marks.blurred)}`,
    `held: ${spans(marks.held)}`,
    `late: ${spans(marks.asked.filter(({ from, to }) => to - from > LATE_MS))}`,
    `heard: ${spans(heardSpans(marks))}`,
    ...played.map(({ entry, begunAt, endedAt, linkedIds }) => {
      const clients = entry.calls.map(({ client }) => client).join(", ");
      const wasKept = entry.calls.some(({ client, direction }) =>
        office.kept.has(linkedIds, clientKey(direction, client ?? "")),
      );
      const ids = [...linkedIds].join(" ");
      return `${seconds(begunAt)}–${seconds(endedAt)} ${entry.recording} ${clients} ${ids}${wasKept ? " kept" : ""}`;
    }),
    ...kommo.journal
      .entries()
      .map(
        ({ at, method, path, query, status, fault }) =>
          `${seconds(at)} ${method} ${path}${query} ${String(status)} ${fault ?? ""}`,
      ),
    ...steps.map((row) => JSON.stringify(row)),
    daemon.log(),
  ].join("\n");
}
