/**
 * What kind of sound a file holds, by its name and its first bytes, and how long it is. Raw formats say
 * nothing of themselves, so their name has to be believed. Pure.
 */
import { isClosed, parseWavHeader, soundBytes, type WavHeader } from "./wav.ts";

/** Samples without a header. */
export type RawFormat = {
  readonly coding: "pcm" | "ulaw" | "alaw" | "gsm" | "g722";
  readonly samplesPerSecond: number;
  readonly bytesPerSecond: number;
};

export type SoundFile =
  /** Plays in every browser as it is. */
  | { readonly kind: "playable"; readonly type: string }
  | { readonly kind: "wav"; readonly header: WavHeader; readonly seconds: number }
  | { readonly kind: "raw"; readonly format: RawFormat; readonly seconds: number }
  /** Nothing to convert: `reason` in words. */
  | { readonly kind: "useless"; readonly reason: string };

/** @source Asterisk, formats/format_*.c: names and bit rates */
const RAW: ReadonlyMap<string, RawFormat> = new Map<string, RawFormat>([
  ["sln", { coding: "pcm", samplesPerSecond: 8_000, bytesPerSecond: 16_000 }],
  ["raw", { coding: "pcm", samplesPerSecond: 8_000, bytesPerSecond: 16_000 }],
  ["sln16", { coding: "pcm", samplesPerSecond: 16_000, bytesPerSecond: 32_000 }],
  ["ulaw", { coding: "ulaw", samplesPerSecond: 8_000, bytesPerSecond: 8_000 }],
  ["ul", { coding: "ulaw", samplesPerSecond: 8_000, bytesPerSecond: 8_000 }],
  ["pcm", { coding: "ulaw", samplesPerSecond: 8_000, bytesPerSecond: 8_000 }],
  ["alaw", { coding: "alaw", samplesPerSecond: 8_000, bytesPerSecond: 8_000 }],
  ["al", { coding: "alaw", samplesPerSecond: 8_000, bytesPerSecond: 8_000 }],
  ["gsm", { coding: "gsm", samplesPerSecond: 8_000, bytesPerSecond: 1_650 }],
  ["g722", { coding: "g722", samplesPerSecond: 16_000, bytesPerSecond: 8_000 }],
]);

const PLAYABLE: ReadonlyMap<string, string> = new Map([
  ["mp3", "audio/mpeg"],
  ["ogg", "audio/ogg"],
  ["opus", "audio/ogg"],
  ["m4a", "audio/mp4"],
]);

/** In the order in which they are looked for, where Asterisk's own name is not there. */
export const SUFFIXES: readonly string[] = [
  "wav",
  "WAV",
  "wav49",
  ...PLAYABLE.keys(),
  ...RAW.keys(),
];

/** Less is no word: an announced recording in which nobody spoke. */
const LEAST_SECONDS = 0.1;
/** Half a day of sound; more is a mistake of a dialplan, and would fill the disk once more. */
const MOST_SECONDS = 12 * 3_600;

export const suffixOf = (path: string): string => /\.(\w{1,8})$/.exec(path)?.[1] ?? "";

/** By its name. */
export const isPlayable = (path: string): boolean => PLAYABLE.has(suffixOf(path).toLowerCase());

/** What the browser is told of a file that is served as it is. */
export const typeOf = (path: string): string => {
  const suffix = suffixOf(path);
  if (/^wav(49)?$/i.test(suffix)) return "audio/wav";
  return PLAYABLE.get(suffix.toLowerCase()) ?? "application/octet-stream";
};

/** @param head the first WAV_HEADER_BYTES of the file */
export function judgeSound(path: string, bytes: number, head: Buffer): SoundFile {
  if (bytes === 0) return { kind: "useless", reason: "the file is empty" };
  const suffix = suffixOf(path);
  const type = PLAYABLE.get(suffix.toLowerCase());
  if (type !== undefined) return { kind: "playable", type };
  const format = RAW.get(suffix);
  if (format !== undefined)
    return measured({ kind: "raw", format, seconds: bytes / format.bytesPerSecond });
  if (!/^wav(49)?$/i.test(suffix))
    return { kind: "useless", reason: `.${suffix} is no format that Asterisk records in` };
  const header = parseWavHeader(head);
  if (header === undefined) return { kind: "useless", reason: "it has no WAV header" };
  return measured({ kind: "wav", header, seconds: wavSeconds(header, bytes) });
}

function measured(file: Extract<SoundFile, { readonly seconds: number }>): SoundFile {
  if (file.seconds < LEAST_SECONDS)
    return { kind: "useless", reason: "there is no sound in it: nobody spoke" };
  if (file.seconds > MOST_SECONDS)
    return { kind: "useless", reason: "it is longer than twelve hours" };
  return file;
}

/** GSM in WAV: 65 bytes for 40 ms. @source Asterisk, format_wav_gsm.c */
const wavSeconds = (header: WavHeader, bytes: number): number =>
  header.coding === "gsm"
    ? (soundBytes(header, bytes) / 65) * 0.04
    : soundBytes(header, bytes) / header.blockBytes / header.samplesPerSecond;

/** What one look at a file told. */
export type Look = { readonly bytes: number; readonly changedAt: number; readonly seenAt: number };

/** Asterisk writes every 20 ms while somebody talks, and flushes what it holds within seconds. */
const STILL_MS = 5_000;
/** Where the header says that it is not closed: a long silence is possible, a dead Asterisk too. */
const STILL_UNCLOSED_MS = 30_000;

/**
 * Whether a file is written to its end. A WAV file's header is filled in when it is closed; of others
 * only that they stay as they are can be seen.
 * @param first the first of the looks that all saw the same; undefined: it has just changed
 */
export function isComplete(
  now: Look,
  first: Look | undefined,
  header: Pick<WavHeader, "dataAt" | "toldBytes"> | undefined,
): boolean {
  if (header !== undefined && isClosed(header, now.bytes)) return true;
  const isSame =
    first !== undefined && first.bytes === now.bytes && first.changedAt === now.changedAt;
  if (!isSame) return false;
  return now.seenAt - first.seenAt >= (header === undefined ? STILL_MS : STILL_UNCLOSED_MS);
}
