/** What `altegio sync` and `altegio undo` ask of the daemon, which owns the store and the outbox. */
import type { RecordKey } from "../../altegio/api/records.ts";
import { changesOf, markUndone, mergedSince, parseChange } from "../../altegio/change-rows.ts";
import type { CrmReader } from "../../altegio/crm.ts";
import { keepDecision } from "../../altegio/decision-rows.ts";
import type { Engine } from "../../altegio/engine.ts";
import {
  holdRecord,
  parseRecordRow,
  recordName,
  recordsById,
  releaseRecord,
  wantRecord,
} from "../../altegio/rows.ts";
import { planUndo, type UndoPlan } from "../../altegio/undo.ts";
import type { Config } from "../../config/keys.ts";
import type { KommoStep } from "../../kommo/step.ts";
import type { Clock } from "../../lib/clock.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import type { Outbox } from "../../outbox/outbox.ts";
import type { Row, Statement, Store } from "../../store/store.ts";
import { UNKNOWN_REQUEST } from "../command-requests.ts";
import type { CommandFailure } from "../store-or-daemon.ts";

export type UndoRequest =
  | { readonly recordId: string; readonly locationId?: string }
  /** All that were merged at this time (ms since 1970) or later. */
  | { readonly since: number };

export type AltegioRequest =
  | { readonly ask: "altegio"; readonly what: "sync"; readonly recordId?: string }
  | ({
      readonly ask: "altegio";
      readonly what: "undo";
      readonly isDryRun: boolean;
    } & UndoRequest);

export type UndoneRecord = RecordKey &
  Pick<UndoPlan, "leadId" | "told"> & { readonly isDone: boolean };
export type SyncAnswer = { readonly records: readonly RecordKey[] };

export type AltegioAnswerDeps = {
  readonly engine: Pick<Engine, "want" | "pollNow">;
  readonly crm: Pick<CrmReader, "leadsById">;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>;
  readonly outbox: Pick<Outbox<KommoStep>, "statementsFor" | "wake">;
  readonly clock: Clock;
  readonly config: Pick<Config, "altegio">;
};

export function createAltegioAnswer(deps: AltegioAnswerDeps): (asked: unknown) => Promise<unknown> {
  return (asked) => {
    const request = asked as AltegioRequest;
    if (request.what === "undo") return undo(request, deps);
    return request.what === "sync" ? sync(request, deps) : Promise.resolve(UNKNOWN_REQUEST);
  };
}

async function sync(
  { recordId }: AltegioRequest & { what: "sync" },
  { engine, store, clock, config }: AltegioAnswerDeps,
): Promise<Result<SyncAnswer, CommandFailure>> {
  if (recordId === undefined) {
    engine.pollNow();
    return succeeded({ records: [] });
  }
  const rows = (await store.read(recordsById(recordId))).map(parseRecordRow);
  const keys: readonly RecordKey[] =
    rows.length > 0
      ? rows
      : config.altegio.locations.slice(0, 1).map((locationId) => ({ locationId, recordId }));
  await engine.want(
    keys.flatMap((key) => [
      releaseRecord(key),
      wantRecord(key, { wish: "create", isMoney: true, isUrgent: true, dueAt: clock.now() }),
    ]),
  );
  return succeeded({
    records: keys.map((key) => ({ locationId: key.locationId, recordId: key.recordId })),
  });
}

async function undo(
  request: AltegioRequest & { what: "undo" },
  deps: AltegioAnswerDeps,
): Promise<Result<readonly UndoneRecord[], CommandFailure>> {
  const { store, clock } = deps;
  const keys =
    "since" in request
      ? (await store.read(mergedSince(request.since))).map((row) => ({
          locationId: String(row["location"]),
          recordId: String(row["record"]),
        }))
      : (await store.read(recordsById(request.recordId)))
          .map(parseRecordRow)
          .filter(
            ({ locationId }) =>
              request.locationId === undefined || request.locationId === locationId,
          );
  const undone: UndoneRecord[] = [];
  for (const key of keys) {
    const changes = (await store.read(changesOf(key))).map(parseChange);
    const byLead = Map.groupBy(changes, ({ leadId }) => leadId);
    const leads = await deps.crm.leadsById([...byLead.keys()], {
      urgency: "person",
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    if (!leads.ok) return failed({ reason: leads.failure.detail, hint: leads.failure.hint });
    for (const lead of leads.value) {
      const plan = planUndo(lead, byLead.get(lead.id) ?? []);
      const { locationId, recordId } = key;
      const isDone = !request.isDryRun;
      undone.push({ locationId, recordId, leadId: lead.id, told: plan.told, isDone });
      if (!isDone) continue;
      const origin = `altegio-undo/${recordName(key)}#${String(Math.round(clock.now()))}`;
      await deps.keep([
        holdRecord(key),
        markUndone(plan.changeIds, clock.now()),
        keepDecision(key, {
          ...{ at: clock.now(), event: "undo", action: "undo", reason: "administrator" },
          ...{ leadId: lead.id, detail: plan.told },
        }),
        ...(plan.step === undefined
          ? []
          : deps.outbox.statementsFor(origin, `altegio/${recordName(key)}`, [plan.step])),
      ]);
      deps.outbox.wake();
    }
  }
  return succeeded(undone);
}

const LIMIT_MS = 60_000;
