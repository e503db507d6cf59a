/**
 * Removes a number from all that is ours: rows of the store, mp3 files and links, and the bytes that
 * deleted rows leave in the store's files. Exports `forgetNumber`.
 */
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { readAcceptedCall } from "../../calls/archive.ts";
import { forgetPastEventsOf } from "../../calls/past-events.ts";
import { addAudit, ADMIN } from "../../http/admin/schema.ts";
import { codeOf, failed, succeeded, type Result } from "../../lib/failure.ts";
import { maskPhone } from "../../lib/phone.ts";
import type { Mp3Folder } from "../../recordings/mp3-folder.ts";
import { readRecording, recordingsOfCall } from "../../recordings/schema.ts";
import {
  isConstraint,
  sql,
  StoreFailure,
  type DaemonStore,
  type Statement,
  type Store,
} from "../../store/store.ts";
import type { CommandFailure } from "../store-or-daemon.ts";
import { forgetExchangesOf } from "../traces/schema.ts";
import { findRows, ofFoundRow, type FoundRow } from "./find-rows.ts";
import { forgottenCall } from "./forgotten-call.ts";
import { tracesOf, type PhoneTraces } from "./phone-traces.ts";
import type { StorePlace } from "../../store/open-store.ts";

export type Forgotten = {
  readonly calls: number;
  /** mp3 files and links. */
  readonly recordings: number;
  /** Further rows: what was told to Kommo, cards of the directory, dials, appointments. */
  readonly rows: number;
  /** Files that still hold the number, and are not ours to change. */
  readonly left: readonly string[];
};

export type ForgetDeps = {
  readonly place: StorePlace;
  readonly store: Pick<DaemonStore, "scrub" | "write">;
  /** Reads without holding up the daemon's. */
  readonly reader: Pick<Store, "read">;
  readonly folder: Pick<Mp3Folder, "remove">;
  readonly now: () => number;
};

/** Rows a transaction: what else wants to write waits for a few milliseconds only. */
const SLICE = 100;

export async function forgetNumber(
  number: string,
  deps: ForgetDeps,
): Promise<Result<Forgotten, CommandFailure>> {
  const traces = tracesOf(number);
  if (traces === undefined)
    return failed({ reason: "this is no telephone number", hint: "give it with all its digits" });
  try {
    const found = await findRows(deps.reader, traces);
    const open = found.find(isStillNeeded);
    if (open !== undefined) return failed(whyNotYet(open, number));
    const recordings = await recordingsFor(found, deps.reader);
    const isFile = deps.place.url === undefined;

    if (isFile) await deps.store.write([sql("PRAGMA secure_delete = ON")]);
    await forgetRows(found, deps.store, traces);
    await writeInSlices(
      recordings.map(({ id }) => sql("DELETE FROM recording WHERE id = ?", id)),
      deps.store,
    );
    const what = maskPhone(number);
    await deps.store.write([
      ...(isFile ? [sql("PRAGMA secure_delete = OFF")] : []),
      addAudit({ at: deps.now(), who: ADMIN, address: "host", deed: "forgot-number", what }),
    ]);
    for (const { id } of recordings) await deps.folder.remove(id);
    await deps.store.scrub(false);
    if ((await filesWith(deps.place, traces)).length > 0) await deps.store.scrub(true);

    const [late] = await findRows(deps.reader, traces);
    if (late !== undefined) return failed(writtenMeanwhile(late, number));
    const calls = found.filter(({ table }) => table === "call").length;
    return succeeded({
      ...{ calls, recordings: recordings.length, rows: found.length - calls },
      left: await filesWith(deps.place, traces),
    });
  } catch (thrown) {
    if (!(thrown instanceof StoreFailure)) throw thrown;
    return failed({ reason: `the store does not take it (${thrown.message})`, hint: thrown.hint });
  }
}

async function writeInSlices(
  statements: readonly Statement[],
  store: Pick<DaemonStore, "write">,
): Promise<void> {
  for (let at = 0; at < statements.length; at += SLICE)
    await store.write(statements.slice(at, at + SLICE));
}

/** Where the number is what a row is known by, two may become the same: the row goes then. */
async function forgetRows(
  found: readonly FoundRow[],
  store: Pick<DaemonStore, "write">,
  traces: PhoneTraces,
): Promise<void> {
  try {
    await writeInSlices(
      found.flatMap((row) => forgetRow(row, traces)),
      store,
    );
  } catch (thrown) {
    if (!(thrown instanceof StoreFailure) || !isConstraint(thrown)) throw thrown;
    const [only, ...others] = found;
    if (only !== undefined && others.length === 0)
      return void (await store.write([ofFoundRow(only, `DELETE FROM "${only.table}"`)]));
    const half = found.length >> 1;
    await forgetRows(found.slice(0, half), store, traces);
    await forgetRows(found.slice(half), store, traces);
  }
}

const isStillNeeded = ({ table, row }: FoundRow): boolean =>
  table === "live_event" ||
  (table === "step" && ["ready", "sending", "unknown"].includes(String(row["state"])));

const whyNotYet = ({ table }: FoundRow, number: string): CommandFailure =>
  table === "live_event"
    ? {
        reason: `a call of ${maskPhone(number)} is running`,
        hint: "ask again when it is over; nothing was changed",
      }
    : {
        reason: `something of ${maskPhone(number)} still waits to be told to Kommo`,
        hint: "ask again when the queue is empty (asterisk-kommo doctor); nothing was changed",
      };

const writtenMeanwhile = ({ table }: FoundRow, number: string): CommandFailure => ({
  reason: `something of ${maskPhone(number)} was written meanwhile, into the table ${table}`,
  hint: "ask again; what stood there before is removed",
});

async function recordingsFor(rows: readonly FoundRow[], reader: Pick<Store, "read">) {
  const calls = rows.filter(({ table }) => table === "call").map(({ row }) => String(row["id"]));
  const ofCalls = await Promise.all(calls.map((id) => reader.read(recordingsOfCall(id))));
  const named = rows.filter(({ table }) => table === "recording").map(({ row }) => row);
  const all = [...ofCalls.flat(), ...named].map(readRecording);
  return [...new Map(all.map((recording) => [recording.id, recording])).values()];
}

function forgetRow(found: FoundRow, traces: PhoneTraces): Statement[] {
  const { table, row, texts } = found;
  switch (table) {
    case "recording":
      return []; // goes by its id
    case "call": {
      const { call, decisions } = forgottenCall(readAcceptedCall(row), traces);
      return [
        // Names of the client stand there too, without the number.
        forgetExchangesOf(String(row["id"])),
        forgetPastEventsOf([call.linkedId, ...(call.mergedLinkedIds ?? [])]),
        sql(
          "UPDATE call SET client_key = '', facts = ?, decisions = ? WHERE id = ?",
          JSON.stringify(call),
          JSON.stringify(decisions),
          String(row["id"]),
        ),
      ];
    }
    case "step":
    case "memory":
    case "kommo_exchange":
    case "past_event":
      return [ofFoundRow(found, `DELETE FROM ${table}`)];
    case "directory_phone":
    case "directory_card":
      return forgetCard(Number(row["card"]));
    default: {
      const sets = texts.map(([column]) => `"${column}" = ?`).join(", ");
      const values = texts.map(([, text]) => traces.without(text));
      return [ofFoundRow(found, `UPDATE "${table}" SET ${sets}`, ...values)];
    }
  }
}

/** The whole card: its other numbers are the same person's. Leads that are no other card's go too. */
const forgetCard = (card: number): Statement[] => [
  sql(
    `DELETE FROM directory_lead WHERE lead IN (SELECT lead FROM directory_lead_card WHERE card = ?)
     AND lead NOT IN (SELECT lead FROM directory_lead_card WHERE card <> ?)`,
    card,
    card,
  ),
  sql("DELETE FROM directory_lead_card WHERE card = ?", card),
  sql("DELETE FROM directory_phone WHERE card = ?", card),
  sql("DELETE FROM directory_card WHERE card = ?", card),
];

/** The store's file, its log, and whatever else stands beside it under its name, byte for byte. */
async function filesWith({ path, url }: StorePlace, traces: PhoneTraces): Promise<string[]> {
  if (url !== undefined) return []; // nothing that we could read
  const folder = dirname(path);
  const names = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of names.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    if (!entry.isFile() || !entry.name.startsWith(basename(path))) continue;
    const file = join(folder, entry.name);
    if (await holds(file, traces)) found.push(file);
  }
  return found;
}

const OVERLAP = 64;
/** So many digits stand nowhere by chance. */
const LONG_DIGITS = 7;

async function holds(path: string, traces: PhoneTraces): Promise<boolean> {
  const isLong = traces.key.length >= LONG_DIGITS;
  let tail = "";
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 })) {
      const text = tail + (chunk as Buffer).toString("latin1");
      // What is cut by the end of this piece is whole in the next.
      // In a page the columns of a row stand side by side: what is beside a number may be digits too.
      if (isLong && text.includes(traces.key)) return true;
      if (traces.isIn(text)) return true;
      tail = text.slice(-OVERLAP);
    }
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return false; // a log that was just removed
    throw thrown;
  }
  return false;
}
