/**
 * A recording to one mp3, once: the built-in encoder for what it reads, ffmpeg for the rest and for what
 * the first refuses. The files of one conversation become mp3s of the same rate, whose frames are put one
 * after the other. Written beside its place, checked by its length, synced, then renamed: no half
 * mp3 is ever seen. Runs in the process that touches recordings.
 */
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, toError } from "../../lib/failure.ts";
import { openInside } from "../open-inside.ts";
import { runFfmpeg } from "./ffmpeg.ts";
import { readHead } from "./look.ts";
import { createMp3Counter, isRightLength, mp3RateFor, type Mp3Rate } from "./mp3-length.ts";
import type { SampleLayout } from "./samples.ts";
import { judgeSound, suffixOf, type SoundFile } from "./sound-file.ts";
import { soundBytes } from "./wav.ts";
import type { ConvertAnswer, ConvertRequest, FoundFile } from "./work.ts";

type Sound = Extract<SoundFile, { readonly kind: "wav" | "raw" }>;

type Input = FoundFile & { readonly sound: Sound; readonly file: FileHandle };

type Job = {
  readonly request: ConvertRequest;
  readonly inputs: readonly Input[];
  /** The same for all, so that they can be joined. */
  readonly mp3Rate: Mp3Rate;
  readonly beat: () => void;
};

type Attempt = Omit<Job, "inputs"> & { readonly input: Input; readonly output: FileHandle };

/** Each way tells why it did not work, in words. */
type Trouble = { readonly kind: "no-converter" | "failed"; readonly reason: string };
type Made = { readonly kind: "made"; readonly seconds: number };

/** @param beat told while the work goes on */
export async function convert(request: ConvertRequest, beat: () => void): Promise<ConvertAnswer> {
  const inputs: Input[] = [];
  try {
    for (const wanted of request.files) {
      const input = await openInput(wanted, request.roots);
      if (input === undefined) return { kind: "changed" };
      inputs.push(input);
    }
    const fastest = Math.max(...inputs.map(({ sound }) => samplesPerSecond(sound)));
    return await writeMp3({ request, inputs, mp3Rate: mp3RateFor(fastest), beat });
  } catch (thrown) {
    const reason = toError(thrown).message;
    if (/^(ENOSPC|EDQUOT|EROFS|EACCES|EPERM|EMFILE|ENFILE)$/.test(codeOf(thrown) ?? ""))
      return { kind: "no-room", reason };
    if (codeOf(thrown) === undefined) throw thrown;
    return { kind: "failed", reason };
  } finally {
    await Promise.all(inputs.map(({ file }) => file.close()));
  }
}

/** @returns undefined: it is not what the look saw */
async function openInput(wanted: FoundFile, roots: readonly string[]): Promise<Input | undefined> {
  const opened = await openInside([wanted.path], roots);
  if (!("file" in opened)) return undefined;
  const { file, bytes } = opened;
  const sound = judgeSound(wanted.path, bytes, await readHead(file));
  if (bytes === wanted.bytes && (sound.kind === "wav" || sound.kind === "raw"))
    return { ...wanted, sound, file };
  await file.close();
  return undefined;
}

async function writeMp3(job: Job): Promise<ConvertAnswer> {
  const { target } = job.request;
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const output = await openAnew(part);
  try {
    const made = await fill(output, job);
    if (made.kind !== "made") {
      await rm(part, { force: true });
      return made;
    }
    const { size } = await output.stat();
    await output.sync();
    await rename(part, target);
    await syncFolder(dirname(target));
    return { kind: "ready", bytes: size, seconds: made.seconds };
  } finally {
    await output.close();
  }
}

async function openAnew(path: string): Promise<FileHandle> {
  await rm(path, { force: true });
  return open(path, "wx+", 0o600);
}

async function fill(output: FileHandle, { inputs, ...job }: Job): Promise<Made | Trouble> {
  const [input] = inputs;
  if (input !== undefined && inputs.length === 1) return tryWays({ ...job, input, output });
  let seconds = 0;
  for (const one of inputs) {
    const name = `${job.request.target}.piece.part`;
    const piece = await openAnew(name);
    try {
      const made = await tryWays({ ...job, input: one, output: piece });
      if (made.kind !== "made") return made;
      await append(piece, output);
      seconds += made.seconds;
    } finally {
      await piece.close();
      await rm(name, { force: true });
    }
  }
  return { kind: "made", seconds };
}

async function append(from: FileHandle, to: FileHandle): Promise<void> {
  const piece = Buffer.alloc(65_536);
  for (let at = 0; ;) {
    const { bytesRead } = await from.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return;
    await to.writeFile(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
}

async function tryWays(attempt: Attempt): Promise<Made | Trouble> {
  const layout = layoutOf(attempt.input.sound);
  if (attempt.request.converter === "ffmpeg" || layout === undefined) return byFfmpeg(attempt);
  const built = await embedded(attempt, layout);
  if (built.kind === "made") return built;
  await attempt.output.truncate(0);
  const other = await byFfmpeg(attempt);
  return other.kind === "no-converter" ? built : other;
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

async function embedded(attempt: Attempt, layout: SampleLayout): Promise<Made | Trouble> {
  const { request, input, mp3Rate, beat } = attempt;
  const { sound } = input;
  const { encodeEmbedded } = await import("./embedded-encoder.ts");
  const isTaken = await encodeEmbedded({
    input: input.file,
    output: attempt.output,
    layout,
    samplesPerSecond: samplesPerSecond(sound),
    mp3Rate,
    from: sound.kind === "wav" ? sound.header.dataAt : 0,
    bytes: sound.kind === "wav" ? soundBytes(sound.header, input.bytes) : input.bytes,
    kbitPerSecond: request.kbitPerSecond,
    breathe: () => {
      beat();
      return new Promise((resolve) => setImmediate(resolve));
    },
  });
  if (!isTaken) return { kind: "failed", reason: "the built-in encoder does not read it" };
  return measured(attempt, "the built-in encoder");
}

/** Grows with the length: a stuck ffmpeg is ended, and one on a busy host is not. */
const limitMs = (seconds: number): number => 60_000 + seconds * 1_000;
const BEAT_EVERY_MS = 1_000;

async function byFfmpeg(attempt: Attempt): Promise<Made | Trouble> {
  const { request, input, output, mp3Rate, beat } = attempt;
  const { sound } = input;
  const beating = setInterval(beat, BEAT_EVERY_MS);
  const end = await runFfmpeg({
    sound,
    input: input.file.fd,
    output: output.fd,
    kbitPerSecond: request.kbitPerSecond,
    mp3Rate,
    limitMs: limitMs(sound.seconds),
  }).finally(() => clearInterval(beating));
  switch (end.kind) {
    case "absent": {
      const format = sound.kind === "wav" ? "this kind of WAV" : `.${suffixOf(input.path)}`;
      const reason = `ffmpeg is not installed, which ${format} needs: install the package ffmpeg`;
      return { kind: "no-converter", reason };
    }
    case "failed":
      return end;
    case "done":
      return measured(attempt, "ffmpeg");
  }
}

const samplesPerSecond = (sound: Sound): number =>
  sound.kind === "wav" ? sound.header.samplesPerSecond : sound.format.samplesPerSecond;

async function measured({ output, input }: Attempt, who: string): Promise<Made | Trouble> {
  const wanted = input.sound.seconds;
  const seconds = await mp3Seconds(output);
  if (seconds !== undefined && isRightLength(seconds, wanted)) return { kind: "made", seconds };
  const made = seconds === undefined ? "no whole mp3" : `${seconds.toFixed(1)} s`;
  return { kind: "failed", reason: `${who} made ${made} of ${wanted.toFixed(1)} s` };
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
