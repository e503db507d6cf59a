/**
 * Where the file of a recording may lie, by the name that Asterisk gave it: a full path of the exchange,
 * a path below its folder, or a bare name that is in a folder by date. Pure; whoever opens a file has to
 * look where links lead (open-inside.ts).
 */
import { basename, dirname, join, normalize } from "node:path/posix";
import { SUFFIXES, suffixOf } from "./sound/sound-file.ts";

export type RecordingRoots = {
  /** As this host sees it. */
  readonly path: string;
  /** The same folder as Asterisk names it. */
  readonly pbxPath: string;
  /** Further folders in which a file may lie; named alike here and there. */
  readonly others: readonly string[];
};

export type PathFailure = "hostile" | "outside";

export const allRoots = ({ path, others }: RecordingRoots): readonly string[] => [path, ...others];

/** Longer than any path of Linux. */
const MOST_LETTERS = 4_096;
const DAY_MS = 86_400_000;
/** No zone is farther from UTC; so the folder of a day need not know the exchange's zone. */
const FARTHEST_ZONE_MS = 14 * 3_600_000;
const MOST_DAYS = 4;

/**
 * @param call when it was: milliseconds since 1970
 * @returns full paths on this host, the likeliest first
 * @source freepbx.md: "full path YYYY/MM/DD/name.wav"; a CDR has the bare name
 */
export function candidatePaths(
  named: string,
  roots: RecordingRoots,
  call: { readonly startedAt: number; readonly endedAt: number },
): readonly string[] | PathFailure {
  if (isHostile(named)) return "hostile";
  const stated = statedPath(named, roots);
  if (stated === undefined) return "outside";
  const isInMain = relativeTo(roots.path, stated) !== undefined;
  const byDate = (isInMain ? foldersByDate(roots.path, call) : []).map((folder) =>
    join(folder, basename(named)),
  );
  const places = [...new Set([stated, ...byDate])];
  return [...places, ...places.flatMap(withOtherSuffixes)];
}

/** Control characters and ".." have no business in a recording's name. */
const isHostile = (named: string): boolean =>
  named === "" ||
  named.endsWith("/") ||
  named.length > MOST_LETTERS ||
  /[\0-\x1f\x7f]/.test(named) ||
  named.split("/").includes("..");

function statedPath(named: string, roots: RecordingRoots): string | undefined {
  const path = normalize(named);
  if (!path.startsWith("/")) return join(roots.path, path);
  const below = relativeTo(roots.pbxPath, path);
  if (below !== undefined) return join(roots.path, below);
  return allRoots(roots).some((root) => relativeTo(root, path) !== undefined) ? path : undefined;
}

function relativeTo(root: string, path: string): string | undefined {
  const prefix = `${root.replace(/\/+$/, "")}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}

function foldersByDate(root: string, call: { startedAt: number; endedAt: number }): string[] {
  const first = Math.floor((call.startedAt - FARTHEST_ZONE_MS) / DAY_MS);
  const last = Math.floor((call.endedAt + FARTHEST_ZONE_MS) / DAY_MS);
  const days = Math.max(1, Math.min(last - first + 1, MOST_DAYS));
  return Array.from({ length: days }, (_, index) =>
    join(root, new Date((first + index) * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "/")),
  );
}

/**
 * A voice message is named without a suffix; `wav49` is written as .WAV; and a script of the
 * administrator may have made the file into another and removed it.
 */
function withOtherSuffixes(path: string): string[] {
  const suffix = suffixOf(path);
  const stem = SUFFIXES.includes(suffix)
    ? basename(path).slice(0, -suffix.length - 1)
    : basename(path);
  return SUFFIXES.filter((other) => other !== suffix).map((other) =>
    join(dirname(path), `${stem}.${other}`),
  );
}
