/** Files that hold secrets: read whole, and looked at for who else may read them. */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "../lib/failure.ts";
import type { Result } from "../lib/failure.ts";
import { failed, succeeded } from "../lib/failure.ts";

/** Larger than any configuration or secret by far; keeps a wrong path from filling the memory. */
export const LARGEST_FILE = 1024 * 1024;

export type Unreadable = { readonly wrong: string; readonly instead: string };

/** Text of a small file; a byte order mark is dropped. */
export function readSmallFile(path: string): Result<string, Unreadable> {
  try {
    const { size } = statSync(path);
    if (size > LARGEST_FILE)
      return failed({
        wrong: `cannot be: ${path} has ${size} bytes`,
        instead: "name another file",
      });
    return succeeded(readFileSync(path, "utf8").replace(/^\uFEFF/, ""));
  } catch (error) {
    return failed(unreadable(path, codeOf(error)));
  }
}

/** A secret is the file's text without the line end behind it. */
export function readSecretFile(path: string): Result<string, Unreadable> {
  const text = readSmallFile(path);
  if (!text.ok) return text;
  const value = text.value.replace(/\r?\n$/, "");
  if (value !== "") return succeeded(value);
  return failed({ wrong: `names an empty file, ${path}`, instead: "write the secret into it" });
}

/**
 * Whether any user of the host can read the file, or change it: its own rights, and a way to it
 * through folders that all may enter.
 */
export function openToOthers(path: string): "readable" | "writable" | undefined {
  try {
    const real = realpathSync(path);
    const { mode } = statSync(real);
    const opened = mode & 0o002 ? "writable" : mode & 0o004 ? "readable" : undefined;
    if (opened === undefined) return undefined;
    for (let folder = dirname(real); ; folder = dirname(folder)) {
      if ((statSync(folder).mode & 0o001) === 0) return undefined;
      if (folder === dirname(folder)) return opened;
    }
  } catch {
    // Not there or not ours to look at: reading it says so better.
    return undefined;
  }
}

function unreadable(path: string, code: string | undefined): Unreadable {
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return {
        wrong: `names ${path}, which is not there`,
        instead: "create it, or correct the path",
      };
    case "EACCES":
    case "EPERM":
      return {
        wrong: `names ${path}, which this user may not read`,
        instead:
          "give the file to the user that runs asterisk-kommo (chown), or start as that user",
      };
    case "EISDIR":
      return { wrong: `names ${path}, which is a folder`, instead: "name the file inside" };
    default:
      return {
        wrong: `names ${path}, which cannot be read (${code ?? "unknown"})`,
        instead: "check the disk",
      };
  }
}
