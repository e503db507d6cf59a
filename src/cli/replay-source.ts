/**
 * The bytes of a recorded AMI stream with the times they arrived, connection by connection. Opens
 * nothing of a folder but its streams and their times, and holds no more than a few reads of them.
 */
import { createReadStream } from "node:fs";
import { access, readFile, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { createGunzip, gunzipSync } from "node:zlib";
import { epochMs } from "../lib/clock.ts";
import type { EpochMs } from "../lib/clock.ts";
import { codeOf, failed, succeeded, toError } from "../lib/failure.ts";
import type { Result } from "../lib/failure.ts";

export type RecordedRead = { readonly bytes: Buffer; readonly at: EpochMs };

/** One connection of whoever recorded. */
export type RecordedStream = {
  readonly startedAt: EpochMs;
  readonly reads: () => AsyncIterable<RecordedRead>;
};

export type Recorded = {
  readonly name: string;
  readonly streams: readonly RecordedStream[];
};

/** One sentence: what is wrong and what to do. */
export type NoTrace = { readonly hint: string };

/**
 * @param path a folder with events.ami (or events-1.ami, events-2.ami …) and timing….tsv, each plain
 *   or gzipped; or NAME.ami.gz with NAME.reads.tsv.gz beside it
 */
export async function openRecorded(path: string): Promise<Result<Recorded, NoTrace>> {
  try {
    const isFolder = (await stat(path)).isDirectory();
    return isFolder ? await openFolder(path) : await openLoad(path);
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return failed({ hint: `${path} does not exist.` });
    return failed({ hint: `${path} cannot be read (${toError(thrown).message}).` });
  }
}

const STREAM_NAME = /^events(?:-(\d+))?\.ami(\.gz)?$/;
const WHAT_A_FOLDER_HOLDS = "a trace folder holds events.ami with timing.tsv";

async function openFolder(path: string): Promise<Result<Recorded, NoTrace>> {
  const names = (await readdir(path)).filter((name) => STREAM_NAME.test(name));
  const numberOf = (name: string): number => Number(STREAM_NAME.exec(name)?.[1] ?? NaN);
  const whole = names.filter((name) => name.startsWith("events.ami")).slice(0, 1);
  const parts = names
    .filter((name) => numberOf(name) >= 1)
    .sort((one, other) => numberOf(one) - numberOf(other));
  const chosen = whole.length > 0 ? whole : parts;
  if (chosen.length === 0) {
    return failed({ hint: `${path} holds no trace: ${WHAT_A_FOLDER_HOLDS}.` });
  }
  const streams: RecordedStream[] = [];
  for (const name of chosen) {
    const times = name
      .replace(/^events/, "timing")
      .replace(/\.gz$/, "")
      .replace(/\.ami$/, ".tsv");
    const file = await firstThatExists([join(path, times), join(path, `${times}.gz`)]);
    if (file === undefined) {
      return failed({ hint: `${path} lacks ${times}: ${WHAT_A_FOLDER_HOLDS}.` });
    }
    const stream = await openStream(join(path, name), file);
    if (!stream.ok) return stream;
    streams.push(stream.value);
  }
  return succeeded({ name: basename(resolve(path)), streams });
}

async function openLoad(path: string): Promise<Result<Recorded, NoTrace>> {
  const name = /^(.+)\.ami(?:\.gz)?$/.exec(basename(path))?.[1];
  if (name === undefined) {
    return failed({ hint: `${path} is no trace: name a folder, or a NAME.ami.gz.` });
  }
  const folder = dirname(path);
  const times = await firstThatExists([
    join(folder, `${name}.reads.tsv.gz`),
    join(folder, `${name}.reads.tsv`),
  ]);
  if (times === undefined) {
    return failed({ hint: `${path} lacks ${name}.reads.tsv.gz, which tells when it arrived.` });
  }
  const stream = await openStream(path, times);
  return stream.ok ? succeeded({ name, streams: [stream.value] }) : stream;
}

async function firstThatExists(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

type Row = { readonly offset: number; readonly length: number; readonly at: EpochMs };

async function openStream(events: string, times: string): Promise<Result<RecordedStream, NoTrace>> {
  const rows = readRows(await readWhole(times));
  const [first] = rows;
  if (first === undefined) {
    return failed({
      hint: `${times} tells no time: it has offset, length and Unix time in each row.`,
    });
  }
  return succeeded({ startedAt: first.at, reads: () => cutReads(events, rows) });
}

async function readWhole(file: string): Promise<string> {
  const bytes = await readFile(file);
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
}

/** Rows of one read are put together; a row that makes no sense is left out. */
function readRows(text: string): Row[] {
  const rows: Row[] = [];
  for (const line of text.split("\n")) {
    const [offset, length, seconds] = line.split("\t", 3).map(Number);
    if (offset === undefined || length === undefined || seconds === undefined) continue;
    if (!(offset >= 0 && length > 0 && seconds > 0 && Number.isFinite(seconds))) continue;
    const last = rows.at(-1);
    const at = epochMs(seconds * 1000);
    if (last?.at === at && last.offset + last.length === offset) {
      rows[rows.length - 1] = { ...last, length: last.length + length };
    } else {
      rows.push({ offset, length, at });
    }
  }
  return rows;
}

/** What the rows do not cover comes with the row before it; a stream that ends early just ends. */
async function* cutReads(file: string, rows: readonly Row[]): AsyncGenerator<RecordedRead> {
  let position = 0;
  let index = 0;
  for await (const chunk of bytesOf(file)) {
    let rest = chunk;
    while (rest.length > 0) {
      while (index + 1 < rows.length && (rows[index + 1]?.offset ?? 0) <= position) index++;
      const row = rows[index];
      if (row === undefined) return;
      const until = rows[index + 1]?.offset ?? Infinity;
      const bytes = rest.subarray(0, Math.min(rest.length, until - position));
      yield { bytes, at: row.at };
      position += bytes.length;
      rest = rest.subarray(bytes.length);
    }
  }
}

async function* bytesOf(file: string): AsyncGenerator<Buffer> {
  const raw = createReadStream(file, { highWaterMark: 65_536 });
  const stream: Readable = file.endsWith(".gz") ? raw.pipe(createGunzip()) : raw;
  raw.on("error", (error) => stream.destroy(error));
  try {
    for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk;
  } catch (thrown) {
    // A gzip file cut short: what came before it counts.
    if (codeOf(thrown) !== "Z_BUF_ERROR" && codeOf(thrown) !== "Z_DATA_ERROR") throw thrown;
  } finally {
    raw.destroy();
  }
}
