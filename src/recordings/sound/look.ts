/** Looks for a recording's file and tells what it is. Runs in the process that touches recordings. */
import { access } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { openInside } from "../open-inside.ts";
import { judgeSound } from "./sound-file.ts";
import { WAV_HEADER_BYTES } from "./wav.ts";
import type { LookAnswer, LookRequest } from "./work.ts";

export async function look({ candidates, roots }: LookRequest): Promise<LookAnswer> {
  const opened = await openInside(candidates, roots);
  if (!("file" in opened)) {
    if (opened.kind === "refused") return opened;
    const [root = "/"] = roots;
    const isFolderThere = await access(root).then(
      () => true,
      () => false,
    );
    return { kind: "absent", isFolderThere };
  }
  const { file, path, bytes, changedAt } = opened;
  try {
    const sound = judgeSound(path, bytes, await readHead(file));
    const found = { kind: "found", path, bytes, changedAt } as const;
    switch (sound.kind) {
      case "wav":
        return {
          ...found,
          extent: { dataAt: sound.header.dataAt, toldBytes: sound.header.toldBytes },
          sound: { kind: "sound", seconds: sound.seconds },
        };
      case "raw":
        return { ...found, sound: { kind: "sound", seconds: sound.seconds } };
      case "playable":
        return { ...found, sound: { kind: "playable" } };
      case "useless":
        return { ...found, sound };
    }
  } finally {
    await file.close();
  }
}

export async function readHead(file: FileHandle): Promise<Buffer> {
  const head = Buffer.alloc(WAV_HEADER_BYTES);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  return head.subarray(0, bytesRead);
}
