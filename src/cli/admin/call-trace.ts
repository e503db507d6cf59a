/**
 * All that is kept of one call, word for word: for the administrator who has to know what was said. With
 * numbers and names, without secrets. Exports `callTrace`, and `wordForWord` for `calls show`; what may be
 * given away is `callReport`.
 */
import { pastEventsOf, readPastEvent } from "../../calls/past-events.ts";
import type { Redactor } from "../../lib/redact.ts";
import { parseToldStep, stepsOf } from "../../outbox/story.ts";
import type { Store } from "../../store/store.ts";
import { findCall, type KeptCall } from "../calls/kept-calls.ts";
import { exchangesOf, readExchange, type KeptExchange } from "../traces/schema.ts";
import { version } from "../version.ts";

export type TraceDeps = {
  readonly store: Pick<Store, "read">;
  readonly redactor: Redactor;
};

/** @returns undefined: there is no such call */
export async function callTrace(
  id: string,
  { store, redactor }: TraceDeps,
): Promise<{ readonly name: string; readonly told: object } | undefined> {
  const found = await findCall(store, id);
  if (found.kind !== "one") return undefined;
  const { call, decisions, state, acceptedAt, id: uniq } = found.kept;
  const steps = (await store.read(stepsOf(uniq))).map(parseToldStep);
  return {
    name: `call-${uniq.replace(/[^\w.-]/g, "_")}-whole.json`,
    told: {
      ...{ version: version(), id: uniq, state, acceptedAt, call, decisions },
      steps: redactor.value(steps, "whole"),
      ...(await wordForWord(found.kept, store)),
    },
  };
}

/** Requests to Kommo and its answers, which were kept without secrets; events as the exchange sent them. */
export async function wordForWord(
  { id, call }: Pick<KeptCall, "id" | "call">,
  store: Pick<Store, "read">,
): Promise<object> {
  const exchanges = (await store.read(exchangesOf(id))).map(readExchange);
  const linked = [call.linkedId, ...(call.mergedLinkedIds ?? [])];
  const events = (await store.read(pastEventsOf(linked))).map(readPastEvent);
  return { exchanges: exchanges.map((one) => ({ ...one, ...bodiesOf(one) })), events };
}

const bodiesOf = ({ request, answer }: KeptExchange): { request: unknown; answer: unknown } => ({
  request: read(request),
  answer: read(answer),
});

/** What was cut, or is no JSON, stays text. */
function read(body: string): unknown {
  if (body === "") return null;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}
