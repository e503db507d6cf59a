/** A store with accepted calls and no daemon: what the admin page reads. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { extension, linkedId } from "../../../src/ami/ids.ts";
import { acceptCall } from "../../../src/calls/archive.ts";
import type { Conversation, FinishedCall } from "../../../src/calls/finished-call.ts";
import { storeMigrations } from "../../../src/cli/daemon/store-migrations.ts";
import { epochMs } from "../../../src/lib/clock.ts";
import { phoneKey } from "../../../src/lib/phone.ts";
import { openSqliteStore } from "../../../src/store/sqlite-store.ts";
import type { Store } from "../../../src/store/store.ts";
import { answeredCall, conversation, missedCall } from "../../registration/made-up-call.ts";

/** A Saturday. */
export const NOON = Date.UTC(2026, 10, 21, 12);
export const ZONE = "Europe/Lisbon";

export type CallArchive = AsyncDisposable & {
  readonly path: string;
  readonly store: Store;
  add(...calls: readonly FinishedCall[]): Promise<void>;
};

export async function openCallArchive(): Promise<CallArchive> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-archive-"));
  const path = join(folder, "store.db");
  const opened = await openSqliteStore({ path, migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  const store = opened.value;
  return {
    path,
    store,
    add: async (...calls) =>
      void (await store.write(
        calls.map((call) =>
          acceptCall({
            id: call.linkedId,
            call,
            clientKey: call.direction === "internal" ? "" : phoneKey(call.clientPhone ?? ""),
            decisions: [],
            acceptedAt: call.endedAt,
          }),
        ),
      )),
    async [Symbol.asyncDispose]() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Changes = Partial<Omit<FinishedCall, "startedAt" | "endedAt">>;

let calls = 0;

/** An answered call of one minute that began so many seconds after noon, and rang for ten. */
export function answered(seconds: number, by = "101", changes: Changes = {}): FinishedCall {
  const at = NOON + seconds * 1_000;
  return answeredCall({
    linkedId: linkedId(`${Math.floor(at / 1_000)}.${(calls += 1)}`),
    startedAt: epochMs(at),
    endedAt: epochMs(at + 60_000),
    answeredBy: extension(by),
    conversations: [part(by, { from: at, accepted: at + 10_000, to: at + 60_000 })],
    ...changes,
  });
}

/** Nobody answered for twenty seconds. */
export function missed(seconds: number, changes: Changes = {}): FinishedCall {
  const at = NOON + seconds * 1_000;
  return missedCall({
    linkedId: linkedId(`${Math.floor(at / 1_000)}.${(calls += 1)}`),
    startedAt: epochMs(at),
    endedAt: epochMs(at + 20_000),
    conversations: [part("101", { from: at, to: at + 20_000 })],
    ...changes,
  });
}

export function part(
  who: string,
  times: { from: number; accepted?: number; to: number },
  changes: Partial<Conversation> = {},
): Conversation {
  const { from, accepted, to } = times;
  return conversation({
    extension: extension(who),
    requestedAt: epochMs(from),
    acceptedAt: accepted === undefined ? undefined : epochMs(accepted),
    endedAt: epochMs(to),
    result: accepted === undefined ? "no_answer" : "answered",
    talkSeconds: accepted === undefined ? 0 : (to - accepted) / 1_000,
    ...changes,
  });
}
