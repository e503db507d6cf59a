/**
 * How much memory reading a stream takes, in a process of its own: the recording comes from the disk in
 * chunks of 16 kB, as it would from a socket, so that neither it nor another bench is in the figure.
 */
import { execFileSync } from "node:child_process";
import type { StdioOptions } from "node:child_process";
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { epochMs } from "../src/lib/clock.ts";
import { createCallCounter } from "./call-counter.ts";
import { CHUNK_BYTES, LOAD_RECORDING, LOAD_SETTINGS, MS_PER_CHUNK } from "./load-recording.ts";

/** Resident memory at its highest, less that of the started process after a collection. */
export const peakMegabytes = (): number =>
  Number(execFileSync(process.execPath, ["--expose-gc", import.meta.filename], { ...CHILD }));

const CHILD: { encoding: "utf8"; stdio: StdioOptions } = {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
};
const CHUNKS_PER_LOOK = 32;

async function readRecording(): Promise<number> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let highest = before;
  const counter = createCallCounter(LOAD_SETTINGS);
  let now = 1_795_000_000_000;
  let chunks = 0;
  const stream = createReadStream(LOAD_RECORDING).pipe(createGunzip({ chunkSize: CHUNK_BYTES }));
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    counter.read(chunk, epochMs((now += MS_PER_CHUNK)));
    if (++chunks % CHUNKS_PER_LOOK === 0) {
      highest = Math.max(highest, process.memoryUsage.rss());
    }
  }
  counter.end(epochMs(now));
  return (highest - before) / 2 ** 20;
}

if (import.meta.main) process.stdout.write(String(await readRecording()));
