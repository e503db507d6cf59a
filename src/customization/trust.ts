/**
 * Whether a script may be run at all: whoever may write the file or its folder runs code as the
 * daemon. Exports `whyNotTrusted`.
 */
import { realpathSync, statSync, type BigIntStats } from "node:fs";
import { dirname } from "node:path";

const WRITABLE_BY_OTHERS = 0o022n;

/** @returns undefined: trusted; else one sentence with what to do */
export function whyNotTrusted(path: string, stats: BigIntStats): string | undefined {
  const own = BigInt(process.geteuid?.() ?? 0);
  if (stats.uid !== 0n && stats.uid !== own)
    return `${path} belongs to neither root nor the service's user; run: chown root ${path}`;
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0n)
    return `${path} may be written by group or others; run: chmod go-w ${path}`;
  return undefined;
}

/** A script that is a link: what it leads to, and the folder of that, count too. */
export function whyLinkNotTrusted(path: string): string | undefined {
  const real = realpathSync(path);
  if (real === path) return undefined;
  const folder = dirname(real);
  return (
    whyNotTrusted(real, statSync(real, { bigint: true })) ??
    whyNotTrusted(folder, statSync(folder, { bigint: true }))
  );
}
