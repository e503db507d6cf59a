/**
 * post_registration: told of a call when Kommo has confirmed everything of it, outside the call's way.
 * At least once: a run that the end of the daemon cut short is repeated, with `attempt` one higher.
 */
import { callById, readAcceptedCall } from "../../calls/archive.ts";
import { callFullOf } from "../../customization/call-full.ts";
import type { Customizations } from "../../customization/customizations.ts";
import * as schema from "../../customization/schema.ts";
import type { KommoResult, KommoStep } from "../../kommo/step.ts";
import type { Clock } from "../../lib/clock.ts";
import { toError } from "../../lib/failure.ts";
import type { Logger } from "../../lib/log.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import { sql, type Statement, type Store } from "../../store/store.ts";
import { learntCards, surroundings } from "./surroundings.ts";

export type AfterBooking = {
  /** Takes up what an earlier run left. */
  start(): Promise<void>;
  /** With a call that is accepted and has steps: empty without a script. */
  statements(callId: string): readonly Statement[];
  /** The call is in the store. */
  accepted(callId: string): void;
  /** A step of the call was answered. */
  stepDone(callId: string): void;
  stop(): void;
};

export type AfterBookingDeps = {
  readonly customizations: Pick<Customizations, "has" | "run">;
  readonly settings: RegistrationSettings;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "warn" | "error">;
};

const NAME = "post_registration";
const MOST_ATTEMPTS = 3;
const PAUSE_MS = 60_000;
const LOOK_EVERY_MS = 30_000;

export function createAfterBooking(deps: AfterBookingDeps): AfterBooking {
  const { customizations, settings, store, keep, clock, logger } = deps;
  type Waiting = { attempt: number; dueAt: number; isBusy: boolean };
  const waiting = new Map<string, Waiting>();
  let isStopped = false;
  let looking: NodeJS.Timeout | undefined;

  async function look(callId: string): Promise<void> {
    const call = waiting.get(callId);
    if (call === undefined || call.isBusy || isStopped || call.dueAt > clock.now()) return;
    call.isBusy = true;
    try {
      if ((await store.read(schema.unconfirmedSteps(callId))).length === 0)
        await tell(callId, call);
    } catch (thrown) {
      if (!isStopped)
        logger.error({ call: callId, err: toError(thrown) }, "post_registration waits");
    } finally {
      call.isBusy = false;
    }
  }

  async function tell(callId: string, call: Waiting): Promise<void> {
    const [row] = await store.read(callById(callId));
    if (row === undefined || !customizations.has(NAME)) return forget(callId);
    const attempt = call.attempt + 1;
    call.attempt = attempt;
    call.dueAt = clock.now() + PAUSE_MS * attempt;
    await keep([schema.beginAttempt(callId, attempt, call.dueAt)]);
    const around = surroundings(settings, learntCards(await answered(callId)));
    const result = await customizations.run(NAME, {
      call_full: callFullOf(readAcceptedCall(row).call, around, true),
      attempt,
    });
    if (result.kind === "stopped") return;
    if (result.kind === "failed" && attempt < MOST_ATTEMPTS) return;
    await forget(callId);
  }

  async function answered(callId: string) {
    const rows = await store.read(
      sql(
        "SELECT payload, answer FROM step WHERE origin = ? AND state = 'done' ORDER BY id",
        callId,
      ),
    );
    return rows.map(({ payload, answer }) => ({
      step: JSON.parse(String(payload)) as KommoStep,
      result: (JSON.parse(String(answer ?? "{}")) as { result?: KommoResult }).result,
    }));
  }

  async function forget(callId: string): Promise<void> {
    await keep([schema.wasTold(callId)]);
    waiting.delete(callId);
  }

  const lookAtAll = (): void => {
    for (const callId of waiting.keys()) void look(callId);
  };

  return {
    async start() {
      for (const row of await store.read(schema.toldAfterwards()))
        waiting.set(String(row["call_id"]), {
          attempt: Number(row["attempt"]),
          dueAt: 0, // what was cut short is told at once
          isBusy: false,
        });
      looking = setInterval(lookAtAll, LOOK_EVERY_MS);
      looking.unref();
      lookAtAll();
    },
    statements: (callId) =>
      customizations.has(NAME) ? [schema.tellAfterwards(callId, clock.now())] : [],
    accepted(callId) {
      if (customizations.has(NAME)) waiting.set(callId, { attempt: 0, dueAt: 0, isBusy: false });
    },
    stepDone(callId) {
      if (waiting.has(callId)) void look(callId);
    },
    stop() {
      isStopped = true;
      clearInterval(looking);
    },
  };
}
