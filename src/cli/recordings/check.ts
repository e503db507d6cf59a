/** `asterisk-kommo recordings check`: whether the store and the mp3 files on the disk fit. Reads only. */
import { parseArgs } from "node:util";
import { createMp3Folder, type Mp3Folder } from "../../recordings/mp3-folder.ts";
import { allRecordings, readRecording } from "../../recordings/schema.ts";
import type { Store } from "../../store/store.ts";
import { TERMINAL, type Terminal } from "../terminal.ts";
import { withStoreBeside } from "../store-beside.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { recordingPlaces } from "./recording-service.ts";

type Findings = {
  readonly counts: Readonly<Record<string, number>>;
  /** Ready by the store, and not on the disk, or with another length. */
  readonly lost: readonly string[];
  readonly damaged: readonly string[];
  /** On the disk, and not ready by the store. */
  readonly stray: readonly string[];
};

const PAGE = 1_000;

export async function runRecordingsCheck(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { json: { type: "boolean", default: false }, config: { type: "string" } },
  });
  const loaded = openConfig({ file: values.config, needs: [] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const { config } = loaded.value;
  const folder = createMp3Folder(recordingPlaces(config).mp3Path);
  const found = await withStoreBeside(config.store, (store) => compare(store, folder));
  if (!found.ok) {
    err.write(`asterisk-kommo recordings check: ${found.failure.sentence}\n`);
    return found.failure.code;
  }
  out.write(values.json ? `${JSON.stringify(found.value)}\n` : asText(found.value, folder));
  const { lost, damaged, stray } = found.value;
  return lost.length + damaged.length + stray.length === 0 ? 0 : 1;
}

async function compare(store: Pick<Store, "read">, folder: Mp3Folder): Promise<Findings> {
  const onDisk = new Map<string, number>();
  for await (const { id, bytes } of folder.list()) onDisk.set(id, bytes);
  const counts: Record<string, number> = {};
  const lost: string[] = [];
  const damaged: string[] = [];
  for (let after = "", isMore = true; isMore;) {
    const rows = (await store.read(allRecordings(after, PAGE))).map(readRecording);
    isMore = rows.length === PAGE;
    after = rows.at(-1)?.id ?? "";
    for (const { id, state, bytes } of rows) {
      counts[state] = (counts[state] ?? 0) + 1;
      const there = onDisk.get(id);
      // One that is being written right now is no stray.
      if (state === "ready" || state === "waiting") onDisk.delete(id);
      if (state !== "ready") continue;
      if (there === undefined) lost.push(id);
      else if (there !== bytes) damaged.push(id);
    }
  }
  return { counts, lost, damaged, stray: [...onDisk.keys()] };
}

function asText({ counts, lost, damaged, stray }: Findings, folder: Mp3Folder): string {
  const states = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  const tell = (ids: readonly string[], what: string): string[] =>
    ids.length === 0 ? [] : [`${ids.length} ${what}:`, ...ids.map((id) => `  ${id}`)];
  const trouble = [
    ...tell(lost, "ready by the store and not on the disk; made anew when somebody listens"),
    ...tell(damaged, "with another length than they had; made anew when somebody listens"),
    ...tell(stray, `in ${folder.path} that the store does not know; they may be removed`),
  ];
  const verdict = trouble.length === 0 ? ["store and disk fit"] : trouble;
  return [states.length === 0 ? "no recordings are known" : states.join(", "), ...verdict, ""].join(
    "\n",
  );
}
