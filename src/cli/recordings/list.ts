/** `asterisk-kommo recordings list`: what became of recordings, with their links. Reads only. */
import { parseArgs } from "node:util";
import { openKeyRing } from "../../recordings/key-ring.ts";
import { linkOf } from "../../recordings/link.ts";
import {
  newestRecordings,
  readRecording,
  recordingsOfCall,
  type RecordingRow,
} from "../../recordings/schema.ts";
import type { Store } from "../../store/store.ts";
import { localTime, TERMINAL, type Terminal } from "../terminal.ts";
import { withStoreBeside } from "../store-beside.ts";
import { openConfig, tellProblems } from "../open-config.ts";

type Listed = RecordingRow & { readonly link: string | undefined };

const MOST = 100_000;

export async function runRecordingsList(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      call: { type: "string" },
      limit: { type: "string", default: "20" },
      json: { type: "boolean", default: false },
      config: { type: "string" },
    },
  });
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    err.write(`asterisk-kommo recordings list: --limit is a whole number from 1 to ${MOST}\n`);
    return 2;
  }
  const loaded = openConfig({ file: values.config, needs: [] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const { store, recordings } = loaded.value.config;
  const found = await withStoreBeside(store, (beside) =>
    list(beside, { call: values.call, limit, publicUrl: recordings.public_url }),
  );
  if (!found.ok) {
    err.write(`asterisk-kommo recordings list: ${found.failure.sentence}\n`);
    return found.failure.code;
  }
  out.write(values.json ? found.value.map(asJson).join("") : asText(found.value));
  return 0;
}

async function list(
  store: Pick<Store, "read">,
  {
    call,
    limit,
    publicUrl,
  }: { call: string | undefined; limit: number; publicUrl?: string | undefined },
): Promise<readonly Listed[]> {
  const wanted = call === undefined ? newestRecordings(limit) : recordingsOfCall(call);
  const rows = (await store.read(wanted)).map(readRecording);
  // Without a recording there may be no key either, and nothing may be written here.
  if (rows.length === 0) return [];
  const keep = (): Promise<never> => Promise.reject(new Error("the store has no key for links"));
  const ring = await openKeyRing({ store, keep, now: () => Date.now() });
  return rows.map((row) => ({
    ...row,
    link:
      publicUrl === undefined || row.state === "removed" || row.state === "useless"
        ? undefined
        : linkOf(publicUrl, ring.sign(row.id)),
  }));
}

const asJson = (row: Listed): string =>
  `${JSON.stringify({
    id: row.id,
    call: row.callId,
    extension: row.extension ?? null,
    path: row.path,
    state: row.state,
    reason: row.reason ?? null,
    seconds: row.seconds ?? null,
    bytes: row.bytes ?? null,
    source: row.source ?? null,
    link: row.link ?? null,
  })}\n`;

function asText(rows: readonly Listed[]): string {
  if (rows.length === 0) return "no recordings are known\n";
  return rows
    .flatMap((row) => [
      [
        localTime(row.callStartedAt),
        row.state.padEnd(8),
        (row.extension ?? "-").padEnd(8),
        (row.seconds === undefined ? "" : `${Math.round(row.seconds)} s`).padStart(7),
        row.callId,
      ].join("  "),
      `    ${JSON.stringify(row.path).slice(1, -1)}`,
      ...(row.reason === undefined ? [] : [`    ${row.reason}`]),
      ...(row.link === undefined ? [] : [`    ${row.link}`]),
    ])
    .map((line) => `${line}\n`)
    .join("");
}
