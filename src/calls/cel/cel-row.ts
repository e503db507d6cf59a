/**
 * One row of Asterisk's channel event log (CEL), typed. Exports `readCelRow`, the door for whatever a
 * table or a file holds, and `inOrder`.
 */
import { channelName, linkedId, uniqueId } from "../../ami/ids.ts";
import type { ChannelRef } from "../../ami/event.ts";
import { epochMs } from "../../lib/clock.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { readCelTime } from "./cel-time.ts";
import type { CelZone } from "./cel-time.ts";
import type { CelField } from "./columns.ts";

export type CelRow = {
  readonly at: EpochMs;
  /** "CHAN_START", "BRIDGE_ENTER" …; of a row that the dialplan wrote, whatever it chose. */
  readonly type: string;
  readonly channel: ChannelRef;
  readonly callerNumber: string;
  readonly exten: string;
  readonly context: string;
  readonly app: string;
  /** undefined: the table has no such column. */
  readonly appArguments: string | undefined;
  /** Names of the channels in the same bridge. */
  readonly peers: readonly string[];
  /** undefined: the table has no such column. */
  readonly extra: CelExtra | undefined;
};

/** Members of the JSON object in `extra`, as text. */
export type CelExtra = Readonly<Record<string, string>>;

/** A record as read: each field that the table has, by our name. */
export type CelRecord = { readonly [field in CelField]?: unknown };

/** Where a backend writes a number, it is Asterisk's own. @source include/asterisk/cel.h */
const TYPES = [
  "ALL",
  "CHAN_START",
  "CHAN_END",
  "HANGUP",
  "ANSWER",
  "APP_START",
  "APP_END",
  "BRIDGE_ENTER",
  "BRIDGE_EXIT",
  "PARK_START",
  "PARK_END",
  "BLINDTRANSFER",
  "ATTENDEDTRANSFER",
  "USER_DEFINED",
  "LINKEDID_END",
  "PICKUP",
  "FORWARD",
  "LOCAL_OPTIMIZE",
  "LOCAL_OPTIMIZE_BEGIN",
];

/** Longer texts are cut: nothing that is looked at is so long. */
const MAX_TEXT = 4_096;

/** @returns undefined for a record that names no channel, no event or no time */
export function readCelRow(record: CelRecord, zone: CelZone): CelRow | undefined {
  const at = readCelTime(record.eventtime, zone);
  const type = textOf(record.eventtype).toUpperCase();
  const unique = textOf(record.uniqueid);
  if (at === undefined || type === "" || unique === "") return undefined;
  const linked = textOf(record.linkedid);
  return {
    at,
    type: /^\d+$/.test(type) ? (TYPES[Number(type)] ?? type) : type,
    channel: {
      id: uniqueId(unique),
      linked: linkedId(linked === "" ? unique : linked),
      name: channelName(textOf(record.channame)),
    },
    callerNumber: textOf(record.cidnum),
    exten: textOf(record.exten),
    context: textOf(record.context),
    app: textOf(record.appname),
    appArguments: "appdata" in record ? textOf(record.appdata) : undefined,
    peers: peersOf(textOf(record.peer)),
    extra: "extra" in record ? readExtra(record.extra) : undefined,
  };
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value.trim().slice(0, MAX_TEXT);
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (Buffer.isBuffer(value)) return value.toString("utf8").trim().slice(0, MAX_TEXT);
  return "";
}

const peersOf = (text: string): readonly string[] =>
  text === "" ? NO_PEERS : text.split(",").map((name) => name.trim());

const NO_PEERS: readonly string[] = [];
const NOTHING: CelExtra = {};

function readExtra(value: unknown): CelExtra {
  const parsed = typeof value === "object" && !Buffer.isBuffer(value) ? value : parsedOf(value);
  if (parsed === null || typeof parsed !== "object") return NOTHING;
  const members = Object.entries(parsed).flatMap(([name, member]: [string, unknown]) => {
    const text = textOf(member);
    return text === "" ? [] : [[name, text] as const];
  });
  return Object.fromEntries(members);
}

/** What is no JSON (a truncated column) tells nothing. */
function parsedOf(value: unknown): unknown {
  const text = textOf(value);
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * In order of time; rows of one moment as they came. A table whose times are whole seconds has to
 * be read in the order in which it was written.
 */
export const inOrder = (rows: readonly CelRow[]): CelRow[] =>
  rows.toSorted((one, other) => one.at - other.at);

/** Far less than anything that is told, and enough to tell which of two rows came first. */
const APART_MS = 0.001;

/**
 * Rows of a table whose times are whole seconds, each a trifle later than the one before it: what
 * happened first is asked by time everywhere.
 * @param rows in order
 */
export function keptApart(rows: readonly CelRow[]): readonly CelRow[] {
  if (rows.some(({ at }) => at % 1_000 !== 0)) return rows;
  let last = -Infinity;
  return rows.map((row) => {
    last = Math.max(row.at, last + APART_MS);
    return { ...row, at: epochMs(last) };
  });
}

export const endOf = (rows: readonly CelRow[]): EpochMs =>
  rows.reduce((last, { at }) => (at > last ? at : last), epochMs(0));
