/**
 * What a link leads to: the mp3, or until there is one the original. Whatever is wrong with a link looks
 * the same from outside.
 */
import type { Readable } from "node:stream";
import type { Statement, Store } from "../store/store.ts";
import type { KeyRing } from "./key-ring.ts";
import { parseLinkName } from "./link.ts";
import type { Mp3Folder } from "./mp3-folder.ts";
import { allRoots, candidatePaths, type RecordingRoots } from "./recorded-path.ts";
import { readRecording, recordingById, waitUntil, type RecordingRow } from "./schema.ts";
import type { Originals } from "./sound/original.ts";
import { typeOf } from "./sound/sound-file.ts";

export type Sound = {
  readonly kind: "sound";
  /** "audio/mpeg" */
  readonly type: string;
  readonly bytes: number;
  /** Of these very bytes. */
  readonly tag: string;
  /** false: an mp3 takes its place soon, or the original is not ours to promise. */
  readonly isFinal: boolean;
  /** Once; from and to included. Ends the whole when it is read or destroyed. */
  read(from: number, to: number): Readable;
  /** In place of `read`. */
  close(): void;
};

export type Listened = Sound | { readonly kind: "none" } | { readonly kind: "later" };

export type ListeningDeps = {
  readonly ring: Pick<KeyRing, "isGenuine">;
  readonly folder: Mp3Folder;
  readonly originals: Originals;
  readonly rootsOf: (callId: string) => RecordingRoots;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly now: () => number;
  /** A recording is to be converted anew. */
  readonly wake: () => void;
};

const NONE: Listened = { kind: "none" };

/** @returns what the name of a link ("….mp3") leads to; rejects with StoreFailure */
export function createListening(deps: ListeningDeps): (name: string) => Promise<Listened> {
  const { ring, folder, originals, rootsOf, store, keep, now, wake } = deps;

  async function convertAnew({ id }: RecordingRow): Promise<void> {
    await keep([waitUntil(id, now())]);
    wake();
  }

  async function mp3(row: RecordingRow): Promise<Sound | undefined> {
    const opened = await folder.open(row.id);
    if (opened === undefined) return undefined;
    const { file, bytes } = opened;
    if (bytes !== row.bytes) {
      await file.close();
      return undefined;
    }
    return {
      kind: "sound",
      type: "audio/mpeg",
      bytes,
      tag: `${row.id}-${bytes}`,
      isFinal: true,
      read: (from, to) => file.createReadStream({ start: from, end: to }),
      close: () => void file.close(),
    };
  }

  async function original(row: RecordingRow): Promise<Listened> {
    const roots = rootsOf(row.callId);
    const found = candidatePaths(row.path, roots, {
      startedAt: row.callStartedAt,
      endedAt: row.callEndedAt,
    });
    if (typeof found === "string") return NONE;
    const candidates = row.source === undefined ? found : [row.source, ...found];
    const opened = await originals.open({ candidates, roots: allRoots(roots) });
    if (opened === "busy") return { kind: "later" };
    if (opened === "absent") return row.state === "waiting" ? { kind: "later" } : NONE;
    const { bytes, path, changedAt } = opened;
    if (bytes === 0) {
      opened.close();
      return { kind: "later" };
    }
    // It has come after all.
    if (row.state === "missing") await convertAnew(row);
    const tag = `${row.id}-original-${bytes}-${Math.round(changedAt)}`;
    return {
      ...{ kind: "sound", type: typeOf(path), bytes, tag, isFinal: false },
      read: (from, to) => opened.read(from, to),
      close: () => opened.close(),
    };
  }

  return async (name) => {
    const link = parseLinkName(name);
    if (link === undefined || !ring.isGenuine(link)) return NONE;
    const [found] = await store.read(recordingById(link.id));
    if (found === undefined) return NONE;
    const row = readRecording(found);
    switch (row.state) {
      case "useless":
      case "removed":
        return NONE;
      case "ready": {
        const sound = await mp3(row);
        if (sound !== undefined) return sound;
        await convertAnew(row);
        return original({ ...row, state: "waiting" });
      }
      case "waiting":
      case "original":
      case "missing":
        return original(row);
    }
  };
}
