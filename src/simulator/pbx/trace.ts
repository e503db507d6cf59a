/**
 * Reads a recorded AMI stream: which bytes are which message, when each arrived, and which of them are live
 * events (the rest, answers to the recorder's own actions, is not for other clients).
 */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { gunzip } from "node:zlib";
import { promisify } from "node:util";
import { epochMs, type EpochMs } from "../../lib/clock.ts";
import { codeOf, failed, succeeded, toError, type Result } from "../../lib/failure.ts";

export type TraceMessage = {
  /** The message with its empty line, and with what else of empty lines was recorded behind it. */
  readonly text: string;
  readonly at: EpochMs;
  readonly live: boolean;
};

/** One connection of the recorder. */
export type TracePart = { readonly messages: readonly TraceMessage[] };

export type Trace = {
  readonly name: string;
  readonly path: string;
  /** More than one where the recorder's connection was lost in between. */
  readonly parts: readonly TracePart[];
  /** Arrival of the first and of the last live event. */
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
};

export type TraceFailure = { readonly kind: "not-a-trace" | "broken"; readonly hint: string };

type Row = { readonly offset: number; readonly length: number; readonly at: EpochMs };

const inflate = promisify(gunzip);

/**
 * @param path a trace folder (`events.ami` or `events-1.ami`, … with their `timing….tsv`, each plain or `.gz`),
 *   or a load recording `NAME.ami.gz` with its `NAME.reads.tsv.gz` beside it
 * @source traces/README.md
 */
export async function readTrace(path: string): Promise<Result<Trace, TraceFailure>> {
  try {
    const isFolder = (await stat(path)).isDirectory();
    const parts = isFolder ? await readFolder(path) : await readLoad(path);
    const messages = parts.flatMap((part) => part.messages);
    const live = messages.filter((message) => message.live);
    const startedAt = (live[0] ?? messages[0])?.at;
    const endedAt = (live.at(-1) ?? messages.at(-1))?.at;
    if (startedAt === undefined || endedAt === undefined)
      return failed({ kind: "not-a-trace", hint: `${path} holds no message of an exchange.` });
    const name = basename(path).replace(/\.ami(\.gz)?$/, "");
    return succeeded({ name, path, parts, startedAt, endedAt });
  } catch (error) {
    if (error instanceof TraceError) return failed({ kind: error.kind, hint: error.message });
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR")
      return failed({
        kind: "not-a-trace",
        hint: `There is no trace at ${path}: name a folder with events.ami and timing.tsv, or a NAME.ami.gz.`,
      });
    return failed({ kind: "broken", hint: `${path} cannot be read: ${toError(error).message}.` });
  }
}

class TraceError extends Error {
  readonly kind: TraceFailure["kind"];
  constructor(kind: TraceFailure["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

async function readFolder(folder: string): Promise<TracePart[]> {
  const whole = await readPart(folder, "");
  if (whole) return [whole];
  const parts: TracePart[] = [];
  for (;;) {
    const part = await readPart(folder, `-${parts.length + 1}`);
    if (!part) break;
    parts.push(part);
  }
  if (parts.length === 0)
    throw new TraceError(
      "not-a-trace",
      `${folder} holds no trace: there is no events.ami or events-1.ami in it.`,
    );
  return parts;
}

async function readPart(folder: string, suffix: string): Promise<TracePart | undefined> {
  const events = await readPlainOrGzipped(join(folder, `events${suffix}.ami`));
  if (!events) return undefined;
  const timingName = join(folder, `timing${suffix}.tsv`);
  const timing = await readPlainOrGzipped(timingName);
  if (!timing) throw new TraceError("broken", `${timingName}, the arrival times, is missing.`);
  return { messages: cutMessages(events.toString("latin1"), parseTimes(timing, timingName)) };
}

async function readLoad(path: string): Promise<TracePart[]> {
  const name = /^(.*)\.ami(?:\.gz)?$/.exec(path)?.[1];
  if (name === undefined)
    throw new TraceError("not-a-trace", `${path} is neither a trace folder nor a NAME.ami.gz.`);
  const events = await readPlainOrGzipped(`${name}.ami`);
  const reads = await readPlainOrGzipped(`${name}.reads.tsv`);
  if (!events || !reads)
    throw new TraceError(
      "broken",
      `${basename(name)}.reads.tsv.gz is missing in ${dirname(path)}.`,
    );
  return [{ messages: cutMessages(events.toString("latin1"), parseTimes(reads, path)) }];
}

async function readPlainOrGzipped(path: string): Promise<Buffer | undefined> {
  for (const [name, isGzipped] of [
    [path, false],
    [`${path}.gz`, true],
  ] as const) {
    try {
      const bytes = await readFile(name);
      return isGzipped ? await inflate(bytes) : bytes;
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw new TraceError("broken", `${name} cannot be read.`);
    }
  }
  return undefined;
}

function parseTimes(table: Buffer, name: string): Row[] {
  const lines = table.toString("latin1").split("\n").slice(1);
  const rows = lines
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [offset, length, seconds] = line.split("\t").map(Number);
      return { offset: offset ?? NaN, length: length ?? NaN, at: epochMs((seconds ?? NaN) * 1000) };
    });
  const isBroken = (row: Row): boolean =>
    !Number.isFinite(row.offset) || !Number.isFinite(row.length) || !Number.isFinite(row.at);
  if (rows.length === 0 || rows.some(isBroken))
    throw new TraceError("broken", `${name}: each row must have offset, length and unix_time.`);
  return rows;
}

/** A message's time is that of the row in which its last byte arrived. An unfinished last message is left out. */
function cutMessages(text: string, rows: readonly Row[]): TraceMessage[] {
  const messages: TraceMessage[] = [];
  let start = text.startsWith("Asterisk Call Manager") ? text.indexOf("\r\n") + 2 : 0;
  let row = 0;
  let live = false;
  for (;;) {
    const emptyLine = text.indexOf("\r\n\r\n", start);
    if (emptyLine < 0) return messages;
    let end = emptyLine + 4;
    while (row + 1 < rows.length && rowEnd(rows[row]) < end) row += 1;
    while (text.startsWith("\r\n", end)) end += 2;
    const message = text.slice(start, end);
    live = isLive(message, live);
    messages.push({ text: message, at: rows[row]?.at ?? epochMs(0), live });
    start = end;
  }
}

const rowEnd = (row: Row | undefined): number => (row ? row.offset + row.length : 0);

/**
 * Live events are sent to everybody and say for whom (`Privilege: call,all`); items of a list do not
 * (`Status` says `Privilege: Call`). What begins with neither Event nor Response is the rest of a message that a
 * line end in a variable tore apart, and goes where its beginning went.
 */
function isLive(message: string, wasLive: boolean): boolean {
  if (message.startsWith("Response: ")) return false;
  if (!message.startsWith("Event: ")) return wasLive;
  const [first = "", second = ""] = message.split("\r\n", 2);
  if (!/^Privilege: [a-z,]+,all$/.test(second)) return false;
  return first !== "Event: FullyBooted" && !isOfRecordersSession(second, message);
}

const isOfRecordersSession = (privilege: string, message: string): boolean =>
  privilege.startsWith("Privilege: security,") && message.includes("\r\nService: AMI\r\n");
