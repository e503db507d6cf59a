/** Writes a file whole or not at all, never without a copy of what stood there. */
import { chown, copyFile, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join, basename } from "node:path";
import { codeOf } from "../../lib/failure.ts";

export type FileToWrite = {
  readonly path: string;
  readonly text: string;
  /** Of a new file; one that is there keeps its own. */
  readonly mode: number;
  /** Of a new file; undefined: that of whoever runs this. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
};

export type Written = {
  /** false: the file holds this text already. */
  readonly isChanged: boolean;
  /** Of what stood there; undefined: there was nothing. */
  readonly copy: string | undefined;
};

/**
 * @param at names the copy: "config.json.bak-20261121-201500"
 * @throws what the file system says
 */
export async function writeWithCopy(file: FileToWrite, at: Date): Promise<Written> {
  // A link stays a link.
  const path = await realpath(file.path).catch(() => file.path);
  const before = await readIfThere(path);
  if (before === file.text) return { isChanged: false, copy: undefined };
  const there = before === undefined ? undefined : await stat(path);
  const copy = there === undefined ? undefined : await keepCopy(path, at);

  const mode = there === undefined ? file.mode : there.mode & 0o7777;
  const owner = there ?? file.owner;
  const part = join(dirname(path), `.${basename(path)}.part`);
  await rm(part, { force: true });
  try {
    const handle = await open(part, "wx", 0o600);
    try {
      await handle.writeFile(file.text);
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (owner !== undefined && process.getuid?.() === 0) await chown(part, owner.uid, owner.gid);
    await rename(part, path);
  } catch (thrown) {
    await rm(part, { force: true });
    throw thrown;
  }
  return { isChanged: true, copy };
}

async function keepCopy(path: string, at: Date): Promise<string> {
  const stamp = at
    .toISOString()
    .replace(/[-:]|\..*/g, "")
    .replace("T", "-");
  for (let number = 0; ; number++) {
    const copy = `${path}.bak-${stamp}${number === 0 ? "" : `-${number}`}`;
    if ((await stat(copy).catch(() => undefined)) !== undefined) continue;
    await copyFile(path, copy);
    const { mode, uid, gid } = await stat(path);
    const handle = await open(copy, "r+");
    try {
      await handle.chmod(mode & 0o7777);
      if (process.getuid?.() === 0) await handle.chown(uid, gid);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return copy;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
}
