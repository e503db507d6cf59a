/**
 * Lines to a stream that may be slow, stuck or closed (journald stopped, a pipe that nobody reads):
 * never blocks, holds at most `limitBytes`, drops what is more and says later how much that was.
 */
import type { Writable } from "node:stream";
import { codeOf } from "./failure.ts";

export type BoundedOutput = {
  write(line: string): void;
  /** Waits until all is written, at most `limitMs`; never rejects. */
  flush(limitMs: number): Promise<void>;
};

type Options = {
  readonly limitBytes: number;
  /** The line that tells of `dropped` lines, once there is room again. */
  readonly describeDrop: (dropped: number) => string;
};

export function createBoundedOutput(stream: Writable, options: Options): BoundedOutput {
  let isClosed = false;
  let dropped = 0;
  // EPIPE, ENOSPC: there is nobody to tell; the work goes on.
  stream.on("error", (error) => {
    isClosed = stream.destroyed || codeOf(error) === "EPIPE";
  });
  stream.on("close", () => {
    isClosed = true;
  });

  const write = (line: string): void => {
    if (isClosed) return;
    if (stream.writableLength > options.limitBytes) {
      dropped++;
      return;
    }
    if (dropped > 0) {
      stream.write(options.describeDrop(dropped));
      dropped = 0;
    }
    stream.write(line);
  };
  const flush = (limitMs: number): Promise<void> =>
    new Promise((resolve) => {
      if (isClosed || stream.writableLength === 0) return resolve();
      const timer = setTimeout(resolve, limitMs);
      stream.write("", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  return { write, flush };
}
