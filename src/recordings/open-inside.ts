/**
 * Opens a file only where it really lies inside one of the roots: no symbolic link, no device, no pipe.
 * Asked of the open file and not of its name, so nobody can put another in its place meanwhile.
 */
import { constants } from "node:fs";
import { open, readlink, realpath, type FileHandle } from "node:fs/promises";
import { codeOf } from "../lib/failure.ts";

export type OpenedFile = {
  readonly file: FileHandle;
  /** Where it really lies. */
  readonly path: string;
  readonly bytes: number;
  readonly changedAt: number;
};

export type OpenFailure =
  | { readonly kind: "absent" }
  /** It may not be read: another owner, a link that leads outside, no file at all. */
  | { readonly kind: "refused"; readonly reason: string };

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** @param candidates the first that is there is taken @returns an open file, which the caller closes */
export async function openInside(
  candidates: readonly string[],
  roots: readonly string[],
): Promise<OpenedFile | OpenFailure> {
  let refused: OpenFailure | undefined;
  const realRoots = await Promise.all(roots.map(realRoot));
  for (const candidate of candidates) {
    const opened = await openOne(candidate, realRoots);
    if ("file" in opened) return opened;
    if (opened.kind === "refused") refused ??= opened;
  }
  return refused ?? { kind: "absent" };
}

async function openOne(
  candidate: string,
  realRoots: readonly (string | undefined)[],
): Promise<OpenedFile | OpenFailure> {
  let file: FileHandle;
  try {
    file = await open(candidate, FLAGS);
  } catch (thrown) {
    return whyNotOpened(thrown);
  }
  try {
    const path = await readlink(`/proc/self/fd/${file.fd}`);
    const about = await file.stat();
    const isInside = realRoots.some((root) => root !== undefined && path.startsWith(`${root}/`));
    if (about.isFile() && isInside)
      return { file, path, bytes: about.size, changedAt: about.mtimeMs };
    await file.close();
    const reason = isInside ? "it is no file" : "a symbolic link leads out of the folder";
    return { kind: "refused", reason };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

function whyNotOpened(thrown: unknown): OpenFailure {
  const code = codeOf(thrown);
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
    case "ENAMETOOLONG":
      return { kind: "absent" };
    case "ELOOP":
      return { kind: "refused", reason: "it is a symbolic link" };
    case "EACCES":
    case "EPERM":
      return { kind: "refused", reason: "the daemon's user may not read it" };
    case undefined:
      throw thrown;
    default:
      return { kind: "refused", reason: `it cannot be opened (${code})` };
  }
}

async function realRoot(root: string): Promise<string | undefined> {
  try {
    return await realpath(root);
  } catch (thrown) {
    if (codeOf(thrown) === undefined) throw thrown;
    return undefined;
  }
}
