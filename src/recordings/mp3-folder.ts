/** The daemon's own folder of mp3 files: `ab/ab12….mp3`. Local, so the daemon itself reads it. */
import { mkdir, open, readdir, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../lib/failure.ts";
import { parseRecordingId, type RecordingId } from "./link.ts";

export type Mp3Folder = {
  readonly path: string;
  fileOf(id: RecordingId): string;
  /** @returns an open file, which the caller closes; undefined: it is not there */
  open(id: RecordingId): Promise<{ file: FileHandle; bytes: number } | undefined>;
  remove(id: RecordingId): Promise<void>;
  /** Makes it, and removes what a conversion left behind that was cut short. */
  prepare(): Promise<void>;
  /** Every mp3 that is there. */
  list(): AsyncGenerator<{ readonly id: RecordingId; readonly bytes: number }>;
};

export function createMp3Folder(path: string): Mp3Folder {
  const fileOf = (id: RecordingId): string => join(path, id.slice(0, 2), `${id}.mp3`);

  async function* names(): AsyncGenerator<string> {
    for (const part of await namesIn(path)) {
      if (!/^[0-9a-f]{2}$/.test(part)) continue;
      for (const name of await namesIn(join(path, part))) yield join(path, part, name);
    }
  }

  return {
    path,
    fileOf,
    async open(id) {
      let file: FileHandle;
      try {
        file = await open(fileOf(id), "r");
      } catch (thrown) {
        if (codeOf(thrown) === undefined) throw thrown;
        return undefined;
      }
      const { size } = await file.stat();
      return { file, bytes: size };
    },
    remove: (id) => rm(fileOf(id), { force: true }),
    async prepare() {
      await mkdir(path, { recursive: true, mode: 0o700 });
      for await (const file of names()) if (file.endsWith(".part")) await rm(file, { force: true });
    },
    async *list() {
      for await (const file of names()) {
        const id = parseRecordingId(file.slice(-36, -4));
        if (id === undefined || !file.endsWith(".mp3")) continue;
        const about = await stat(file).catch(() => undefined);
        if (about !== undefined) yield { id, bytes: about.size };
      }
    },
  };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (codeOf(thrown) === undefined) throw thrown;
    return [];
  }
}
