/**
 * The daemon's log: one JSON object a line on standard output, readable lines on a terminal.
 * error: a human must act; warn: we coped; info: one line a call; debug: every event.
 * Secrets never stand in it, clients' numbers only in lines of level debug.
 */
import { createRequire } from "node:module";
import type { Writable } from "node:stream";
import pino from "pino";
import type pretty from "pino-pretty";
import { createBoundedOutput } from "./bounded-output.ts";
import { createRedactor } from "./redact.ts";

export type Logger = pino.Logger;
export type LogLevel = "debug" | "info" | "warn" | "error";

export type LogOptions = {
  readonly level: LogLevel;
  /** Values that must not be written, wherever they turn up. */
  readonly secrets: readonly string[];
  /** Standard output if not given. */
  readonly output?: Writable;
  /** Readable lines; if not given: whether the output is a terminal. */
  readonly isReadable?: boolean;
};

export type Log = {
  readonly logger: Logger;
  /** Before the end of the process: waits for a slow reader, but not for long. */
  readonly flush: () => Promise<void>;
};

/** Lines held for a reader that does not read; at 300 bytes a line some 25,000 of them. */
const HELD_BYTES = 8 * 1024 * 1024;
const FLUSH_MS = 500;

export function createLog({ level, secrets, output, isReadable }: LogOptions): Log {
  const redactor = createRedactor(secrets);
  const stream = output ?? process.stdout;
  const bounded = createBoundedOutput(stream, {
    limitBytes: HELD_BYTES,
    describeDrop: (dropped) =>
      `${JSON.stringify({ level: "warn", time: new Date().toISOString(), dropped, msg: "log lines dropped: the reader of this log is too slow" })}\n`,
  });
  const isTerminal = isReadable ?? (stream as { isTTY?: boolean }).isTTY === true;
  const toTerminal = isTerminal ? readableLines(isReadable === undefined) : undefined;

  const logger = pino(
    {
      level,
      base: {},
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (err: unknown) => err },
      formatters: {
        level: (label) => ({ level: label }),
      },
      hooks: {
        logMethod(parts, write, levelNumber) {
          const phones = levelNumber >= pino.levels.values["info"]! ? "masked" : "whole";
          const [first, ...rest] = parts.map((part: unknown) =>
            redactor.value(part instanceof Error ? { err: part } : part, phones),
          );
          write.apply(this, [first, ...rest] as Parameters<typeof write>);
        },
      },
    },
    {
      write: (line: string) =>
        bounded.write(toTerminal === undefined ? line : (toTerminal(line) ?? "")),
    },
  );
  // A child's fields stand on each of its lines, whatever their level. Children inherit this.
  const makeChild = Reflect.get(logger, "child") as unknown as (...parts: unknown[]) => Logger;
  Object.defineProperty(logger, "child", {
    value(this: Logger, fields: unknown, options?: unknown): Logger {
      return Reflect.apply(makeChild, this, [redactor.value(fields, "masked"), options]);
    },
  });
  return { logger, flush: () => bounded.flush(FLUSH_MS) };
}

/** Loaded for terminals only: a service does not need it. */
function readableLines(colorize: boolean): (line: string) => string | undefined {
  const { prettyFactory } = createRequire(import.meta.url)("pino-pretty") as typeof pretty;
  return prettyFactory({ colorize, translateTime: "SYS:HH:MM:ss.l", ignore: "pid,hostname" });
}

/** For tests and short commands: says nothing. */
export const silentLogger: Logger = pino({ level: "silent" });
