/**
 * What a JavaScript customization imports, in the process that runs it: noted, so that a change of it
 * is in force with the next call like a change of the script itself, and held to the same trust.
 * Exports `followImports`.
 */
import { statSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { stampOf, type SeenFile } from "./file-stamp.ts";
import { whyNotTrusted } from "./trust.ts";

/** More are not looked at: a script that is a program of its own is touched by whoever changes it. */
const MOST_FOLLOWED = 64;

/** @returns filled as files are read; those of packages (node_modules) are not followed */
export function followImports(): readonly SeenFile[] {
  const seen: SeenFile[] = [];
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith("file:")) return nextLoad(url, context);
      const path = fileURLToPath(url);
      for (const one of [path, dirname(path)]) {
        const why = whyNotTrusted(one, statSync(one, { bigint: true }));
        if (why !== undefined) throw new Error(why);
      }
      const stamp = stampOf(path);
      if (stamp !== undefined && seen.length < MOST_FOLLOWED && !path.includes("/node_modules/"))
        seen.push({ path, stamp });
      return nextLoad(url, context);
    },
  });
  return seen;
}
