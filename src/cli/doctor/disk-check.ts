/** Whether the store's folder is there, writable, and has room. */
import { access, constants, stat, statfs } from "node:fs/promises";
import { codeOf } from "../../lib/failure.ts";
import { stateFolderOf } from "../../store/open-store.ts";
import { SHORT_BYTES } from "../recordings/disk-room.ts";
import type { Check, Verdict } from "./check.ts";
import { checkWithConfig } from "./check.ts";

const MB = 1024 * 1024;
/** A busy year of calls stays below; less is worth a word in time. */
const LITTLE_BYTES = 1024 * MB;
/** Below this a burst of calls, or SQLite's own journal, may find no room. */
const TOO_LITTLE_BYTES = SHORT_BYTES;

export const diskCheck: Check = checkWithConfig("disk", async ({ store }) => {
  const folder = stateFolderOf(store);
  return (await judgeFolder(folder, store.path)) ?? judgeRoom(folder);
});

/** @returns undefined when the store can be written there */
async function judgeFolder(folder: string, path: string): Promise<Verdict | undefined> {
  try {
    if (!(await stat(folder)).isDirectory())
      return { status: "failed", sentence: `${folder} is no folder`, remedy: "correct store.path" };
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    return unusable(folder, codeOf(error));
  }
  try {
    await access(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") return unusable(path, codeOf(error));
  }
  return undefined;
}

function unusable(place: string, code: string | undefined): Verdict {
  if (code === "ENOENT" || code === "ENOTDIR") {
    const remedy = `create it for the user that runs asterisk-kommo: mkdir -p ${place}`;
    return { status: "failed", sentence: `${place} is not there`, remedy };
  }
  const sentence = `${place} cannot be written by this user (${code ?? "unknown"})`;
  const remedy =
    code === "EROFS"
      ? "the file system is read-only: mount it writable, or choose another store.path"
      : "give it to the user that runs asterisk-kommo (chown), or run doctor as that user";
  return { status: "failed", sentence, remedy };
}

async function judgeRoom(folder: string): Promise<Verdict> {
  const { bavail, bsize, files, ffree } = await statfs(folder);
  const free = bavail * bsize;
  const room =
    free >= 10 * 1024 * MB ? `${Math.floor(free / (1024 * MB))} GB` : `${Math.floor(free / MB)} MB`;
  const sentence = `${room} free at ${folder}`;
  const remedy = "make room there, or move store.path to a larger disk";
  if (free < TOO_LITTLE_BYTES) {
    const meanwhile = "calls are kept, recordings wait until there is room";
    return { status: "failed", sentence: `${sentence}: ${meanwhile}`, remedy };
  }
  // Some file systems count no files and say 0 of 0.
  if (files > 0 && ffree < 100)
    return {
      status: "failed",
      sentence: `${sentence}, and room for only ${ffree} more files`,
      remedy,
    };
  return free < LITTLE_BYTES ? { status: "warning", sentence, remedy } : { status: "ok", sentence };
}
