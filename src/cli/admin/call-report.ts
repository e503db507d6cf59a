/**
 * One call as it may be given to somebody who is to help: what happened, what was decided and what
 * Kommo answered, without numbers, names, texts of cards, file names and secrets. Exports `callReport`.
 */
import type { FinishedCall } from "../../calls/finished-call.ts";
import { maskPhone } from "../../lib/phone.ts";
import type { Redactor } from "../../lib/redact.ts";
import { parseToldStep, stepsOf, type ToldStep } from "../../outbox/story.ts";
import type { Store } from "../../store/store.ts";
import { findCall } from "../calls/kept-calls.ts";
import type { KommoStep } from "../../kommo/step.ts";
import { exchangesOf, readExchange } from "../traces/schema.ts";
import { version } from "../version.ts";
import { requestOf } from "./call-story.ts";

export type ReportDeps = {
  readonly store: Pick<Store, "read">;
  readonly redactor: Redactor;
};

/** @returns undefined: there is no such call */
export async function callReport(
  id: string,
  { store, redactor }: ReportDeps,
): Promise<{ readonly name: string; readonly told: object } | undefined> {
  const found = await findCall(store, id);
  if (found.kind !== "one") return undefined;
  const { kept } = found;
  const steps = (await store.read(stepsOf(kept.id))).map(parseToldStep);
  const { state, acceptedAt, decisions } = kept;
  const exchanges = (await store.read(exchangesOf(kept.id))).map(readExchange);
  const told = {
    ...{ version: version(), id: kept.id, state, acceptedAt },
    call: withoutClient(kept.call),
    decisions,
    steps: steps.map(withoutBody),
    exchanges: exchanges.map(({ at, method, path, status, ms }) => ({
      ...{ at, method, path: path.split("?", 1)[0], status, ms },
    })),
  };
  return {
    name: `call-${kept.id.replace(/[^\w.-]/g, "_")}.json`,
    // What a number or a secret in a sentence would be; fields were dealt with by their meaning.
    told: redactor.value(told, "masked") as object,
  };
}

const masked = (number: string | undefined): string | null =>
  number === undefined ? null : maskPhone(number);

function withoutClient(call: FinishedCall): object {
  const { conversations, recordings, ...facts } = call;
  return {
    ...facts,
    clientPhone: masked(call.clientPhone),
    dialledNumber: masked(call.dialledNumber),
    did: masked(call.did),
    conversations: conversations.map(({ recording, ...part }) => ({
      ...part,
      hasRecording: recording !== undefined,
    })),
    recordings: recordings.length,
  };
}

/** Bodies have names of clients and texts of tasks; that they were sent, and where to, is what helps. */
function withoutBody(step: ToldStep): object {
  const { method, path } = requestOf(step.step as KommoStep);
  const { kind: answered } = (step.answer ?? {}) as { readonly kind?: unknown };
  return {
    ...{ kind: step.kind, state: step.state, tries: step.attempt, createdAt: step.createdAt },
    finishedAt: step.finishedAt ?? null,
    request: { method, path },
    answer: typeof answered === "string" ? answered : null,
    reason: step.reason ?? null,
    decisions: step.why,
  };
}
