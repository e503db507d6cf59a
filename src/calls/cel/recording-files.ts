/**
 * Recordings of past calls, found on the disk: CEL often does not name them, but their names mostly
 * end in the uniqueid of the channel that recorded ("in-74951000101-79161234567-20261121-134602-
 * 1795268762.40.wav"). Exports `foldersByDate` and `filesOfChannels`, which are pure, and
 * `recordingFiles`, which looks.
 */
import { opendir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { UniqueId } from "../../ami/ids.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { codeOf } from "../../lib/failure.ts";
import type { CelRow } from "./cel-row.ts";

export type FilesByChannel = ReadonlyMap<UniqueId, string>;

/** No zone is farther from UTC; so the folder of a day need not know the exchange's zone. */
const FARTHEST_ZONE_MS = 14 * 3_600_000;
const DAY_MS = 86_400_000;
/** More days than one look may ask for: the rest is not looked for. */
const MAX_DAYS = 40;

/**
 * Where a recording begun in this time may lie: straight in the folder, or in FreePBX's folders by
 * date below it.
 * @source freepbx.md: "full path YYYY/MM/DD/name.wav"
 */
export function foldersByDate(root: string, span: { from: EpochMs; to: EpochMs }): string[] {
  const first = Math.floor((span.from - FARTHEST_ZONE_MS) / DAY_MS);
  const last = Math.floor((span.to + FARTHEST_ZONE_MS) / DAY_MS);
  const days = Array.from({ length: Math.min(last - first + 1, MAX_DAYS) }, (_, index) =>
    new Date((first + index) * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "/"),
  );
  return [root, ...days.map((day) => join(root, day))];
}

/** What MixMonitor writes, and what such files are made into; the first is taken where there are two. */
const SUFFIXES = ["wav", "WAV", "wav49", "mp3", "ogg", "opus", "gsm", "ulaw", "alaw", "sln"];
const SOUND_FILE = new RegExp(`^(.+)\\.(${SUFFIXES.join("|")})$`);

/**
 * Which of these names end in the uniqueid of which channel. A uniqueid is unique for the exchange's
 * whole life, so nothing else of the name is looked at.
 */
export function filesOfChannels(
  names: readonly string[],
  ids: ReadonlySet<UniqueId>,
): FilesByChannel {
  const found = new Map<UniqueId, { name: string; rank: number }>();
  const byTail = Map.groupBy(ids, tailOf);
  for (const name of names) {
    const [, stem = "", suffix = ""] = SOUND_FILE.exec(name) ?? [];
    if (stem === "") continue;
    const id = byTail.get(tailOf(stem))?.find((one) => stem === one || endsIn(stem, one));
    if (id === undefined) continue;
    const rank = SUFFIXES.indexOf(suffix);
    const before = found.get(id);
    const isBetter =
      before === undefined || rank < before.rank || (rank === before.rank && name < before.name);
    if (isBetter) found.set(id, { name, rank });
  }
  return new Map([...found].map(([id, { name }]) => [id, name]));
}

/** "pbx1-1795268762.40" and "in-…-1795268762.40" → "1795268762.40"; "" where it ends in no uniqueid. */
const tailOf = (text: string): string => /\d+\.\d+$/.exec(text)?.[0] ?? "";

const endsIn = (stem: string, id: string): boolean =>
  stem.endsWith(id) && /[^\w.]|_/.test(stem.charAt(stem.length - id.length - 1));

/** Nothing but a header: announced, and nobody spoke. */
const EMPTY_BYTES = 60;

/**
 * Looks for the recordings of these calls. What MixMonitor's own rows name is not looked for; a
 * folder that is not there or may not be read holds nothing.
 * @param root `recordings.path`
 * @returns path of each file that was found, by the channel that recorded
 */
export async function recordingFiles(
  root: string,
  rows: readonly CelRow[],
): Promise<FilesByChannel> {
  const ids = unnamedChannels(rows);
  if (ids.size === 0) return NO_FILES;
  const found = new Map<UniqueId, string>();
  for (const folder of foldersByDate(root, spanOf(rows))) {
    for (const [id, name] of filesOfChannels(await namesIn(folder, ids), ids)) {
      const path = join(folder, name);
      const bytes = await stat(path).then(
        (file) => file.size,
        () => 0,
      );
      if (bytes > EMPTY_BYTES) found.set(id, path);
    }
  }
  return found;
}

const NO_FILES: FilesByChannel = new Map();
/** Names read at once: a folder may hold years of recordings, and live events must not wait for it. */
const NAMES_AT_ONCE = 1_000;

/** Names that may be meant, which are few of many. */
async function namesIn(folder: string, ids: ReadonlySet<UniqueId>): Promise<string[]> {
  const tails = new Set([...ids].map(tailOf));
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(folder, { bufferSize: NAMES_AT_ONCE })) {
      if (tails.has(tailOf(name.slice(0, name.lastIndexOf("."))))) names.push(name);
    }
  } catch (thrown) {
    if (codeOf(thrown) === undefined) throw thrown;
  }
  return names;
}

/** Channels of calls in which somebody spoke, and whose recordings CEL does not name. */
function unnamedChannels(rows: readonly CelRow[]): Set<UniqueId> {
  const spoken = new Set<string>();
  const named = new Set<string>();
  for (const { type, app, appArguments, channel } of rows) {
    if (type === "BRIDGE_ENTER") spoken.add(channel.linked);
    const isNamed = /^mixmonitor$/i.test(app) && (appArguments ?? "") !== "";
    if (isNamed) named.add(channel.linked);
  }
  const wanted = rows.filter(
    ({ channel }) => spoken.has(channel.linked) && !named.has(channel.linked),
  );
  return new Set(wanted.map(({ channel }) => channel.id));
}

function spanOf(rows: readonly CelRow[]): { from: EpochMs; to: EpochMs } {
  const [first] = rows;
  if (first === undefined) throw new Error("no rows");
  let { at: from, at: to } = first;
  for (const { at } of rows) {
    if (at < from) from = at;
    if (at > to) to = at;
  }
  return { from, to };
}
