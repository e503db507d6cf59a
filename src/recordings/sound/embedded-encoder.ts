/**
 * Makes an mp3 with the LAME that comes with the package (WebAssembly), piece by piece, so that hours of
 * talk need no more memory than seconds, and other work of the process goes on between the pieces.
 */
import type { FileHandle } from "node:fs/promises";
import { createMp3Encoder } from "wasm-media-encoders";
import type { Mp3Rate } from "./mp3-length.ts";
import { createSampleReader, type SampleLayout } from "./samples.ts";

export type EncodeJob = {
  readonly input: FileHandle;
  readonly output: FileHandle;
  readonly layout: SampleLayout;
  readonly samplesPerSecond: number;
  readonly mp3Rate: Mp3Rate;
  /** Where the sound begins, and how much there is. */
  readonly from: number;
  readonly bytes: number;
  readonly kbitPerSecond: number;
  /** After each piece; a promise, so that others have their turn. */
  readonly breathe: () => Promise<void>;
};

/** About four seconds of telephony: some ten milliseconds of work. */
const PIECE_BLOCKS = 32_768;

type KbitPerSecond = 8 | 16 | 24 | 32 | 40 | 48 | 64;

type Encoder = Awaited<ReturnType<typeof createMp3Encoder>>;
/** Made once and used again, by one job at a time: it holds 20 MB. */
const idle: Encoder[] = [];

/** @returns false: not a coding for this encoder. Throws for what the disk refuses, with its code. */
export async function encodeEmbedded(job: EncodeJob): Promise<boolean> {
  const readSamples = createSampleReader(job.layout);
  const isRate = job.samplesPerSecond >= 4_000 && job.samplesPerSecond <= 192_000;
  if (readSamples === undefined || !isRate) return false;
  const encoder = idle.pop() ?? (await createMp3Encoder());
  encoder.configure({
    channels: 1,
    sampleRate: job.samplesPerSecond,
    outputSampleRate: job.mp3Rate,
    bitrate: job.kbitPerSecond as KbitPerSecond,
  });
  const blockBytes = (job.layout.channels * job.layout.bitsPerSample) / 8;
  const piece = Buffer.alloc(PIECE_BLOCKS * blockBytes);
  const whole = job.bytes - (job.bytes % blockBytes);
  for (let done = 0; done < whole;) {
    const wanted = Math.min(piece.length, whole - done);
    const got = await readFully(job.input, piece.subarray(0, wanted), job.from + done);
    if (got === 0) break; // it has become shorter: the length will tell
    await writeAll(job.output, encoder.encode([readSamples(piece.subarray(0, got))]));
    done += got;
    await job.breathe();
  }
  await writeAll(job.output, encoder.finalize());
  idle.push(encoder);
  return true;
}

async function readFully(input: FileHandle, into: Buffer, at: number): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const { bytesRead } = await input.read(into, filled, into.length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

async function writeAll(output: FileHandle, bytes: Uint8Array): Promise<void> {
  // The encoder's own memory: it may not be used any more once the encoder goes on.
  const own = Buffer.from(bytes);
  for (let done = 0; done < own.length;) {
    const { bytesWritten } = await output.write(own, done, own.length - done);
    done += bytesWritten;
  }
}
