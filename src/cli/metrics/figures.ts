/**
 * What is counted for monitoring as it happens: told by those who do it, from the first moment on.
 * Nothing here waits or throws, and no figure has a client, an employee or a card in it. Exports
 * `createFigures`.
 */
import { eventClassOf } from "../../ami/event-class.ts";
import type { AmiText } from "../../ami/framer.ts";
import type { LiveStage } from "../../calls/fact.ts";
import type { FinishedCall } from "../../calls/finished-call.ts";
import type { HookName } from "../../customization/contract/hooks.ts";
import type { RunResult } from "../../customization/run-result.ts";
import type { RequestTold } from "../../kommo/client.ts";
import { createMetrics, type Metrics } from "../../lib/metrics.ts";
import type { WriteTold } from "../daemon/watched-store.ts";

export type Figures = {
  readonly metrics: Metrics;
  readonly accepted: (call: Pick<FinishedCall, "direction" | "result">) => void;
  readonly stage: (stage: Pick<LiveStage, "stage">) => void;
  /** The first step of a call is done at Kommo, so long after the call's end. */
  readonly booked: (lagMs: number) => void;
  readonly step: (outcome: "done" | "set-aside") => void;
  readonly asked: (request: RequestTold) => void;
  readonly ran: (name: HookName, result: RunResult) => void;
  readonly event: (text: AmiText) => void;
  readonly wrote: (write: WriteTold) => void;
};

/** Seconds: from a call that is on the card at once to one that waited for a day. */
const LAG = [0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400];
const REQUEST = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const HOOK = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 3, 10];
const WRITE = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];

/** @param account its name, where several share a process */
export function createFigures(account?: string): Figures {
  const metrics = createMetrics(account === undefined ? {} : { account });
  const calls = metrics.counter({
    ...{ name: "asterisk_kommo_calls_total", labels: ["direction", "result"] },
    help: "Calls that were accepted, each once.",
  });
  const stages = metrics.counter({
    ...{ name: "asterisk_kommo_stages_total", labels: ["stage"] },
    help: "Stages of calls as they were told.",
  });
  const lag = metrics.histogram({
    ...{ name: "asterisk_kommo_booking_lag_seconds", buckets: LAG },
    help: "From the end of a call until Kommo took the first step of it.",
  });
  const steps = metrics.counter({
    ...{ name: "asterisk_kommo_steps_total", labels: ["outcome"] },
    from: [["done"], ["set-aside"]],
    help: "Steps that ended: done, or set aside because Kommo refused them.",
  });
  const requests = metrics.counter({
    ...{ name: "asterisk_kommo_requests_total", labels: ["method", "status"] },
    from: ["GET", "POST", "PATCH"].map((method) => [method, "429"]),
    help: "Requests to Kommo by class of the answer; 429: too many, none: no answer.",
  });
  const requestTime = metrics.histogram({
    ...{ name: "asterisk_kommo_request_seconds", buckets: REQUEST },
    help: "Time of a request to Kommo, without its wait for a place in the budget.",
  });
  const runs = metrics.counter({
    ...{ name: "asterisk_kommo_hook_runs_total", labels: ["hook", "outcome"] },
    help: "Runs of customizations; failed, and why.",
  });
  const runTime = metrics.histogram({
    ...{ name: "asterisk_kommo_hook_seconds", labels: ["hook"], buckets: HOOK },
    help: "Time of a run of a customization.",
  });
  const events = metrics.counter({
    ...{ name: "asterisk_kommo_ami_events_total", labels: ["class"] },
    help: "Events of the exchange by the class that Asterisk gives them.",
  });
  const writes = metrics.histogram({
    ...{ name: "asterisk_kommo_store_write_seconds", buckets: WRITE },
    help: "Time until a write was on the disk.",
  });
  const writeFailures = metrics.counter({
    ...{ name: "asterisk_kommo_store_write_failures_total", labels: ["code"] },
    from: [["SQLITE_FULL"], ["SQLITE_BUSY"], ["SQLITE_IOERR"]],
    help: "Writes that the store did not take, by its reason.",
  });
  return {
    metrics,
    accepted: ({ direction, result }) => calls.add(1, direction, result),
    stage: ({ stage }) => stages.add(1, stage),
    booked: (lagMs) => lag.observe(Math.max(0, lagMs) / 1_000),
    step: (outcome) => steps.add(1, outcome),
    asked({ method, status, ms }) {
      requests.add(1, method, statusClass(status));
      requestTime.observe(ms / 1_000);
    },
    ran(name, result) {
      if (result.kind === "none" || result.kind === "stopped") return;
      runs.add(1, name, result.kind === "failed" ? result.why : result.kind);
      runTime.observe(result.ms / 1_000, name);
    },
    event: (text) => events.add(1, eventClassOf(text)),
    wrote({ ms, failure }) {
      if (failure === undefined) writes.observe(ms / 1_000);
      else writeFailures.add(1, failure);
    },
  };
}

function statusClass(status: number | undefined): string {
  if (status === undefined) return "none";
  return status === 429 ? "429" : `${Math.floor(status / 100)}xx`;
}
