/**
 * What is to be seen after a day of faults, beside the account. Exports `waitUntilBooked`,
 * `troublesInStore` and `describeOffice`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Played } from "./day.ts";
import { heardSpans, type Span } from "./hearing.ts";
import type { Office } from "./office.ts";

/** Nothing to be sent, and no call that goes on. @returns what is left, as sentences */
export async function waitUntilBooked(office: Office, withinMs: number): Promise<string[]> {
  const until = Date.now() + withinMs;
  for (;;) {
    await sleep(1_000);
    const left = await openRows(office);
    if (left.length === 0 || Date.now() >= until) return left;
  }
}

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
  const [[check] = [], aside = []] = await office.ask(
    "PRAGMA integrity_check",
    "SELECT kind, reason FROM step WHERE state = 'set-aside'",
  );
  const found = String(check?.["integrity_check"]);
  return [
    ...(found === "ok" ? [] : [`integrity_check says ${found}`]),
    ...aside.map(({ kind, reason }) => `a step ${String(kind)} was set aside: ${String(reason)}`),
  ];
}

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
    `lost: ${marks.lost.map(seconds).join(", ")}`,
    `died: ${marks.died.map(seconds).join(", ")}`,
    `unkept: ${spans(marks.unkept)}`,
    `blurred: ${spans(marks.blurred)}`,
    `heard: ${spans(heardSpans(marks))}`,
    ...played.map(({ entry, begunAt, endedAt, linkedIds }) => {
      const clients = entry.calls.map(({ client }) => client).join(", ");
      return `${seconds(begunAt)}–${seconds(endedAt)} ${entry.recording} ${clients} ${[...linkedIds].join(" ")}`;
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
