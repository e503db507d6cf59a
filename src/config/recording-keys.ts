/** The keys of recordings: where Asterisk keeps them, what they are made into, how long that is kept. */
import { absolutePath, numberFrom, oneOf, publicUrl, wholeNumberFrom } from "./formats.ts";
import type { Format } from "./formats.ts";
import { fromJson, kindInWords, notA } from "./formats.ts";
import { optional, withDefault } from "./key.ts";

const FOLDERS = 'a list of folders as ["/mnt/old-recordings"]';

export const folders: Format<readonly string[]> = {
  expects: FOLDERS,
  check: (value) => {
    if (!Array.isArray(value)) return [notA(FOLDERS, value)];
    return value.flatMap((folder: unknown, index) =>
      absolutePath.check(folder).length === 0
        ? []
        : [{ at: [index], wrong: kindInWords(folder), instead: `write ${absolutePath.expects}` }],
    );
  },
  fromText: fromJson,
};

/** Those that LAME takes at every sampling rate of telephony. */
const BIT_RATES: readonly unknown[] = [8, 16, 24, 32, 40, 48, 64];
const RATE = `one of ${BIT_RATES.join(", ")}`;

const bitRate: Format<number> = {
  ...wholeNumberFrom(8, 64),
  expects: RATE,
  check: (value) => (BIT_RATES.includes(value) ? [] : [notA(RATE, value)]),
};

export const recordingKeys = {
  path: withDefault(
    absolutePath,
    "/var/spool/asterisk/monitor",
    "where Asterisk keeps recordings, as this host sees it",
  ),
  pbx_path: optional(
    absolutePath,
    "the same folder as Asterisk names it, where the exchange is another host",
  ),
  voicemail_path: withDefault(
    absolutePath,
    "/var/spool/asterisk/voicemail",
    "where Asterisk keeps voice messages",
  ),
  other_paths: withDefault(folders, [], "further folders that recordings may be in"),
  public_url: optional(publicUrl, "address in front of public_http; without it, no links on cards"),
  mp3_path: optional(
    absolutePath,
    "where the mp3 files are kept; else the folder recordings beside the store",
  ),
  converter: withDefault(
    oneOf("auto", "ffmpeg", "off"),
    "auto",
    "what makes the mp3: the built-in encoder and ffmpeg for the rest, ffmpeg alone, or nothing",
  ),
  kbit_per_second: withDefault(
    bitRate,
    32,
    "of the mp3, which is mono and has a constant bit rate",
  ),
  at_once: withDefault(wholeNumberFrom(1, 8), 1, "recordings converted at the same time"),
  wait_minutes: withDefault(
    wholeNumberFrom(1, 1_440),
    60,
    "how long after its call a recording is waited for",
  ),
  keep_days: optional(
    wholeNumberFrom(1, 36_500),
    "mp3 files of older calls are removed; else they are kept for ever",
  ),
  keep_gigabytes: optional(
    numberFrom(0.1, 1_000_000),
    "beyond it the oldest mp3 files are removed; else all are kept",
  ),
};
