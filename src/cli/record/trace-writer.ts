/**
 * The files of a recording: `events-1.ami` with `timing-1.tsv` and `sent-1.ami` for the first
 * connection, and so on; without numbers where there was only one. At each moment what is on the disk
 * can be replayed: whole messages, and no row of times without its message.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { epochMs } from "../../lib/clock.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { codeOf, failed, succeeded, toError } from "../../lib/failure.ts";
import type { Result } from "../../lib/failure.ts";

export type TraceWriter = {
  /** A new connection. `banner` without its line end. */
  readonly open: (banner: string, at: EpochMs) => Result<void, WriteFailure>;
  /** Bytes as latin1, without the final empty line. */
  readonly received: (text: string, at: EpochMs) => void;
  /** Bytes as latin1, complete. */
  readonly sent: (text: string) => void;
  /** Writes what was told until now. */
  readonly flush: () => Result<void, WriteFailure>;
  readonly close: () => Result<void, WriteFailure>;
  /** Of all connections, written or about to be. */
  readonly bytes: () => number;
  readonly connections: () => number;
  /** Their names, as they are now. */
  readonly files: () => readonly string[];
};

export type WriteFailure = { readonly hint: string };

/** As `fs.writeSync`; a test gives one that fails. */
export type WriteBytes = (file: number, bytes: Buffer, from: number) => number;

type File = { readonly fd: number; waiting: Buffer[]; written: number };
type Part = {
  readonly events: File;
  readonly timing: File;
  readonly sent: File;
  offset: number;
  chunk: number;
  last: EpochMs;
};

const namesOf = (suffix: string): readonly string[] => [
  `events${suffix}.ami`,
  `timing${suffix}.tsv`,
  `sent${suffix}.ami`,
];

/** @param folder exists and is empty */
export function createTraceWriter(
  folder: string,
  write: WriteBytes = (file, bytes, from) => writeSync(file, bytes, from),
): TraceWriter {
  let part: Part | undefined;
  let parts = 0;
  let bytes = 0;
  let isLone = false;

  const openFile = (name: string): File => ({
    fd: openSync(join(folder, name), "wx", 0o600),
    waiting: [],
    written: 0,
  });
  const add = (file: File, text: string): number => {
    const added = Buffer.from(text, "latin1");
    file.waiting.push(added);
    bytes += added.length;
    return added.length;
  };
  const addMessage = (
    to: Part,
    text: string,
    { at, name }: { at: EpochMs; name: string },
  ): void => {
    if (at !== to.last) to.chunk++;
    to.last = at;
    const length = add(to.events, text);
    const row = [to.offset, length, (at / 1000).toFixed(6), to.chunk, name];
    add(to.timing, `${row.join("\t")}\n`);
    to.offset += length;
  };

  /** Events before their times: a message without a time is replayed with the one before it. */
  const flushPart = ({ events, timing, sent }: Part): void => {
    try {
      flushFile(events, "\r\n\r\n");
    } catch (thrown) {
      timing.waiting = timing.waiting.filter((row) => endOf(row) <= events.written);
      throw thrown;
    }
    flushFile(timing, "\n");
    flushFile(sent, "\r\n\r\n");
  };
  /** What is cut off by a full disk is taken back to the end of its last whole item. */
  const flushFile = (file: File, itemEnd: string): void => {
    const all = Buffer.concat(file.waiting);
    file.waiting = [];
    let done = 0;
    try {
      while (done < all.length) done += write(file.fd, all, done);
    } catch (thrown) {
      const end = all.subarray(0, done).lastIndexOf(itemEnd);
      file.written += end < 0 ? 0 : end + itemEnd.length;
      ftruncateSync(file.fd, file.written);
      throw thrown;
    }
    file.written += all.length;
  };

  const tried = (work: () => void): Result<void, WriteFailure> => {
    try {
      work();
      return succeeded(undefined);
    } catch (thrown) {
      const code = codeOf(thrown);
      if (code === undefined) throw thrown;
      const reason = code === "ENOSPC" || code === "EDQUOT" ? "the disk is full" : undefined;
      return failed({ hint: reason ?? `it cannot be written (${toError(thrown).message})` });
    }
  };
  const closePart = (): void => {
    const closing = part;
    if (closing === undefined) return;
    try {
      flushPart(closing);
    } finally {
      part = undefined;
      for (const { fd } of [closing.events, closing.timing, closing.sent]) {
        fsyncQuietly(fd);
        closeSync(fd);
      }
    }
  };

  return {
    open: (banner, at) =>
      tried(() => {
        closePart();
        const number = parts + 1;
        part = {
          events: openFile(`events-${number}.ami`),
          timing: openFile(`timing-${number}.tsv`),
          sent: openFile(`sent-${number}.ami`),
          offset: 0,
          chunk: 0,
          last: epochMs(0),
        };
        parts = number;
        add(part.timing, "offset\tlength\tunix_time\tchunk\tname\n");
        addMessage(part, `${banner}\r\n`, { at, name: "banner" });
      }),
    received: (text, at) => {
      if (part !== undefined) addMessage(part, `${text}\r\n\r\n`, { at, name: nameOf(text) });
    },
    sent: (text) => {
      if (part !== undefined) add(part.sent, text);
    },
    flush: () => tried(() => part && flushPart(part)),
    close: () =>
      tried(() => {
        closePart();
        if (parts !== 1) return;
        const lone = namesOf("");
        for (const [i, name] of namesOf("-1").entries()) {
          renameSync(join(folder, name), join(folder, lone[i] ?? name));
        }
        isLone = true;
      }),
    bytes: () => bytes,
    connections: () => parts,
    files: () =>
      isLone ? namesOf("") : Array.from({ length: parts }, (_, i) => namesOf(`-${i + 1}`)).flat(),
  };
}

/** Of a row of times: where its message ends. The heading has no such place. */
function endOf(row: Buffer): number {
  const [offset, length] = row.toString("latin1").split("\t", 2).map(Number);
  const end = (offset ?? 0) + (length ?? 0);
  return Number.isFinite(end) ? end : 0;
}

function fsyncQuietly(fd: number): void {
  try {
    fsyncSync(fd);
  } catch {
    // A disk that cannot keep it has said so when it was written.
  }
}

/** "Newchannel", "Response:Success"; the rest of a torn message has none. */
function nameOf(text: string): string {
  const [, kind, name = ""] = /^(Event|Response): ([\w ]*)/.exec(text) ?? [];
  if (kind === undefined) return "-";
  return kind === "Event" ? name : `${kind}:${name}`;
}
