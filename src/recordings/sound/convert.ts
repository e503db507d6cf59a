/**
 * One recording to one mp3, once: the built-in encoder for what it reads, ffmpeg for the rest and for
 * what the first refuses. Written beside its place, checked by its length, synced, then renamed: no half
 * mp3 is ever seen. Runs in the process that touches recordings.
 */
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, toError } from "../../lib/failure.ts";
import { openInside } from "../open-inside.ts";
import { encodeEmbedded } from "./embedded-encoder.ts";
import { mp3Rate, runFfmpeg } from "./ffmpeg.ts";
import { readHead } from "./look.ts";
import { createMp3Counter, isRightLength } from "./mp3-length.ts";
import type { SampleLayout } from "./samples.ts";
import { judgeSound, suffixOf, type SoundFile } from "./sound-file.ts";
import { soundBytes } from "./wav.ts";
import type { ConvertAnswer, ConvertRequest } from "./work.ts";

type Sound = Extract<SoundFile, { readonly kind: "wav" | "raw" }>;

type Attempt = {
  readonly request: ConvertRequest;
  readonly sound: Sound;
  readonly input: FileHandle;
  readonly output: FileHandle;
  readonly beat: () => void;
};

/** Each way tells why it did not work, in words; undefined: it did. */
type Trouble = { readonly kind: "no-converter" | "failed"; readonly reason: string } | undefined;

/** @param beat told while the work goes on */
export async function convert(request: ConvertRequest, beat: () => void): Promise<ConvertAnswer> {
  const opened = await openInside([request.path], request.roots);
  if (!("file" in opened)) return { kind: "changed" };
  const { file: input, bytes } = opened;
  try {
    if (bytes !== request.bytes) return { kind: "changed" };
    const sound = judgeSound(request.path, bytes, await readHead(input));
    if (sound.kind !== "wav" && sound.kind !== "raw") return { kind: "changed" };
    return await writeMp3({ request, sound, input, beat });
  } catch (thrown) {
    const reason = toError(thrown).message;
    if (/^(ENOSPC|EDQUOT|EROFS|EACCES|EPERM|EMFILE|ENFILE)$/.test(codeOf(thrown) ?? ""))
      return { kind: "no-room", reason };
    if (codeOf(thrown) === undefined) throw thrown;
    return { kind: "failed", reason };
  } finally {
    await input.close();
  }
}

async function writeMp3(attempt: Omit<Attempt, "output">): Promise<ConvertAnswer> {
  const { target } = attempt.request;
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await rm(part, { force: true });
  const output = await open(part, "wx+", 0o600);
  try {
    const trouble = await tryWays({ ...attempt, output });
    if (trouble !== undefined) {
      await rm(part, { force: true });
      return trouble;
    }
    const seconds = await mp3Seconds(output);
    const { size } = await output.stat();
    await output.sync();
    await rename(part, target);
    await syncFolder(dirname(target));
    return { kind: "ready", bytes: size, seconds: seconds ?? 0 };
  } finally {
    await output.close();
  }
}

async function tryWays(attempt: Attempt): Promise<Trouble> {
  const layout = layoutOf(attempt.sound);
  if (attempt.request.converter === "ffmpeg" || layout === undefined) return byFfmpeg(attempt);
  const refusal = await embedded(attempt, layout);
  if (refusal === undefined) return undefined;
  await attempt.output.truncate(0);
  const trouble = await byFfmpeg(attempt);
  return trouble?.kind === "no-converter" ? refusal : trouble;
}

/** @returns undefined: not for the built-in encoder */
function layoutOf(sound: Sound): SampleLayout | undefined {
  const { coding } = sound.kind === "wav" ? sound.header : sound.format;
  if (coding !== "pcm" && coding !== "ulaw" && coding !== "alaw") return undefined;
  if (sound.kind === "raw")
    return { coding, channels: 1, bitsPerSample: coding === "pcm" ? 16 : 8 };
  const { channels, bitsPerSample, blockBytes } = sound.header;
  const isPlain = blockBytes * 8 === channels * bitsPerSample;
  return isPlain ? { coding, channels, bitsPerSample } : undefined;
}

async function embedded(attempt: Attempt, layout: SampleLayout): Promise<Trouble> {
  const { request, sound, input, beat } = attempt;
  const isTaken = await encodeEmbedded({
    input,
    output: attempt.output,
    layout,
    samplesPerSecond: samplesPerSecond(sound),
    from: sound.kind === "wav" ? sound.header.dataAt : 0,
    bytes: sound.kind === "wav" ? soundBytes(sound.header, request.bytes) : request.bytes,
    kbitPerSecond: request.kbitPerSecond,
    breathe: () => {
      beat();
      return new Promise((resolve) => setImmediate(resolve));
    },
  });
  if (!isTaken) return { kind: "failed", reason: "the built-in encoder does not read it" };
  return wrongLength(attempt, "the built-in encoder");
}

/** Grows with the length: a stuck ffmpeg is ended, and one on a busy host is not. */
const limitMs = (seconds: number): number => 60_000 + seconds * 1_000;
const BEAT_EVERY_MS = 1_000;

async function byFfmpeg(attempt: Attempt): Promise<Trouble> {
  const { request, sound, input, output, beat } = attempt;
  const beating = setInterval(beat, BEAT_EVERY_MS);
  const end = await runFfmpeg({
    sound,
    input: input.fd,
    output: output.fd,
    kbitPerSecond: request.kbitPerSecond,
    samplesPerSecond: mp3Rate(samplesPerSecond(sound)),
    limitMs: limitMs(sound.seconds),
  }).finally(() => clearInterval(beating));
  switch (end.kind) {
    case "absent": {
      const format = sound.kind === "wav" ? "this kind of WAV" : `.${suffixOf(request.path)}`;
      const reason = `ffmpeg is not installed, which ${format} needs: install the package ffmpeg`;
      return { kind: "no-converter", reason };
    }
    case "failed":
      return end;
    case "done":
      return wrongLength(attempt, "ffmpeg");
  }
}

const samplesPerSecond = (sound: Sound): number =>
  sound.kind === "wav" ? sound.header.samplesPerSecond : sound.format.samplesPerSecond;

async function wrongLength({ output, sound }: Attempt, who: string): Promise<Trouble> {
  const seconds = await mp3Seconds(output);
  if (seconds !== undefined && isRightLength(seconds, sound.seconds)) return undefined;
  const made = seconds === undefined ? "no whole mp3" : `${seconds.toFixed(1)} s`;
  return { kind: "failed", reason: `${who} made ${made} of ${sound.seconds.toFixed(1)} s` };
}

/** @returns undefined: it is no whole mp3 */
async function mp3Seconds(output: FileHandle): Promise<number | undefined> {
  const counter = createMp3Counter();
  const piece = Buffer.alloc(65_536);
  for (let at = 0; ;) {
    const { bytesRead } = await output.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return counter.isWhole() ? counter.seconds() : undefined;
    if (!counter.take(piece.subarray(0, bytesRead))) return undefined;
    at += bytesRead;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
