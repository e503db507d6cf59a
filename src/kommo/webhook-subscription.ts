/**
 * Kommo's webhooks to one address of ours. The address is the key of a subscription at Kommo, and ends
 * with a secret: it stands in no log.
 * @source kommo-api, section 17
 */
import { succeeded, type Result } from "../lib/failure.ts";
import type { KommoClient } from "./client.ts";
import type { KommoFailure } from "./failure.ts";
import { asArray, asText, embedded, type JsonObject } from "./json.ts";

const WEBHOOKS_PATH = "/api/v4/webhooks";

const CARDS: readonly string[] = ["lead", "contact", "company"].flatMap((card) =>
  ["add", "update", "delete", "restore", "responsible"].map((action) => `${action}_${card}`),
);
/** What the directory wants to be told. */
export const CARD_EVENTS: readonly string[] = [...CARDS, "status_lead"];
/** Clients name these, and Kommo's list of codes does not: an account may refuse them. */
export const UNSORTED_EVENTS: readonly string[] = [
  "add_unsorted",
  "update_unsorted",
  "delete_unsorted",
];

type Address = { readonly destination: string; readonly signal: AbortSignal };

export type Subscription = "none" | "disabled" | "partly" | "whole";

/** What Kommo has for the address. */
export async function lookAtSubscription(
  client: KommoClient,
  { destination, signal }: Address,
): Promise<Result<Subscription, KommoFailure>> {
  const answer = await client.request({
    method: "GET",
    path: WEBHOOKS_PATH,
    query: [["filter[destination]", destination]],
    purpose: "account",
    signal,
  });
  if (!answer.ok) return answer;
  // An unknown filter would be ignored: only our own row counts.
  const ours = embedded(answer.value.body, "webhooks").find(
    (webhook) => asText(webhook["destination"]) === destination,
  );
  return succeeded(ours === undefined ? "none" : stateOf(ours));
}

function stateOf(webhook: JsonObject): Subscription {
  if (webhook["disabled"] === true) return "disabled";
  const settings = new Set(asArray(webhook["settings"]));
  return CARD_EVENTS.every((code) => settings.has(code)) ? "whole" : "partly";
}

/**
 * Makes sure that Kommo tells this address what happens to cards.
 * @returns whether something had to be changed
 */
export async function subscribe(
  client: KommoClient,
  address: Address,
): Promise<Result<"stood" | "made", KommoFailure>> {
  const before = await lookAtSubscription(client, address);
  if (!before.ok) return before;
  if (before.value === "whole") return succeeded("stood");
  // Whether a second POST changes the first is not documented.
  if (before.value !== "none") {
    const removed = await unsubscribe(client, address);
    if (!removed.ok) return removed;
  }
  const whole = await post(client, address, [...CARD_EVENTS, ...UNSORTED_EVENTS]);
  const made =
    whole.ok || whole.failure.kind !== "rejected"
      ? whole
      : await post(client, address, CARD_EVENTS);
  return made.ok ? succeeded("made") : made;
}

const post = (
  client: KommoClient,
  { destination, signal }: Address,
  settings: readonly string[],
): Promise<Result<unknown, KommoFailure>> =>
  client.request({
    method: "POST",
    path: WEBHOOKS_PATH,
    body: { destination, settings },
    purpose: "account",
    signal,
  });

/** Succeeds also where there was none. */
export async function unsubscribe(
  client: KommoClient,
  { destination, signal }: Address,
): Promise<Result<undefined, KommoFailure>> {
  const answer = await client.request({
    method: "DELETE",
    path: WEBHOOKS_PATH,
    body: { destination },
    purpose: "account",
    signal,
  });
  return answer.ok || answer.failure.kind === "not-found" ? succeeded(undefined) : answer;
}
