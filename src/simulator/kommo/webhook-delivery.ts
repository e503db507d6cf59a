/**
 * Tells subscribers what changed: form-urlencoded with PHP brackets, all values strings, repeated
 * when the answer is bad. Only to loopback: a simulator calls nobody outside.
 * @source kommo-api, section 17
 */
import { toError } from "../../lib/failure.ts";
import { SINGULAR, TYPE_NUMBER } from "./state/account.ts";
import type { Account, Card, Change, Note, Webhook } from "./state/account.ts";
import type { Switches } from "./switches.ts";

export type Delivery = {
  readonly webhookId: number;
  readonly destination: string;
  readonly payload: string;
  readonly attempt: number;
  /** The status answered, or the reason why there was none. */
  readonly outcome: number | string;
};

export type WebhookDelivery = {
  /** Sends in the background. */
  readonly tell: (changes: readonly Change[]) => void;
  readonly deliveries: () => readonly Delivery[];
  readonly stop: () => void;
};

const ANSWER_WITHIN_MS = 2_000;
/** Pauses before the repeats, in units of the first: 5, 15, 15, 60 minutes. */
const PAUSES = [1, 3, 3, 12];
const MOST_FAILURES = 100;
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

export function createWebhookDelivery(
  account: Account,
  { switches, base }: { switches: Readonly<Switches>; base: () => string },
): WebhookDelivery {
  const done: Delivery[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const failures = new Map<number, number>();
  let isStopped = false;

  const attempt = async (webhook: Webhook, payload: string, number: number): Promise<void> => {
    const outcome = await post(webhook.destination, payload);
    if (isStopped) return;
    const { id: webhookId, destination } = webhook;
    done.push({ webhookId, destination, payload, attempt: number, outcome });
    if (typeof outcome === "number" && outcome >= 100 && outcome < 300) return;
    const failed = (failures.get(webhookId) ?? 0) + 1;
    failures.set(webhookId, failed);
    if (failed > MOST_FAILURES) webhook.disabled = true;
    const pause = PAUSES[number - 1];
    const isWorthIt =
      number === 1 || typeof outcome === "string" || outcome === 499 || outcome >= 500;
    if (pause === undefined || webhook.disabled || !isWorthIt) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void attempt(webhook, payload, number + 1);
    }, pause * switches.webhookPauseMs);
    timer.unref();
    timers.add(timer);
  };

  return {
    tell(changes) {
      if (account.webhooks.size === 0) return;
      for (const webhook of account.webhooks.values()) {
        if (webhook.disabled) continue;
        const payload = payloadOf(account, webhook, { changes, base: base() });
        if (payload !== undefined) void attempt(webhook, payload, 1);
      }
    },
    deliveries: () => done,
    stop() {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

async function post(destination: string, payload: string): Promise<number | string> {
  if (!LOOPBACK.has(new URL(destination).hostname)) return "not on this machine: not sent";
  try {
    const response = await fetch(destination, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: payload,
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    await response.body?.cancel();
    return response.status;
  } catch (thrown) {
    return toError(thrown).message;
  }
}

/** Where an entity stands in the payload (`contacts[update][]`), by the code it is subscribed with. */
type Told = {
  readonly code: string;
  readonly key: string;
  readonly action: string;
  readonly entity: object;
};

function payloadOf(
  account: Account,
  webhook: Webhook,
  { changes, base }: { changes: readonly Change[]; base: string },
): string | undefined {
  const form: [string, string][] = [];
  const counts = new Map<string, number>();
  for (const change of changes) {
    const told = toldOf(account, change);
    if (told === undefined || !webhook.settings.includes(told.code)) continue;
    const place = `${told.key}[${told.action}]`;
    const index = counts.get(place) ?? 0;
    counts.set(place, index + 1);
    flatten(`${place}[${index}]`, told.entity, form);
  }
  if (form.length === 0) return undefined;
  flatten(
    "account",
    { subdomain: account.subdomain, id: account.id, _links: { self: base } },
    form,
  );
  return new URLSearchParams(form).toString();
}

function flatten(prefix: string, value: unknown, form: [string, string][]): void {
  if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) flatten(`${prefix}[${key}]`, inner, form);
  } else if (["string", "number", "boolean"].includes(typeof value)) {
    form.push([prefix, `${value as string | number | boolean}`]);
  }
}

function toldOf(account: Account, change: Change): Told | undefined {
  switch (change.type) {
    case "leads":
    case "contacts":
    case "companies": {
      const card = account.cards[change.type].get(change.id);
      const hidden = card === undefined || (card.is_unsorted && change.action === "add");
      if (hidden) return undefined;
      const key = change.type === "leads" ? "leads" : "contacts";
      const before = change.action === "status" ? { old_status_id: change.before } : {};
      const entity = { ...toldCard(card), ...before };
      const { action } = change;
      return { code: `${action}_${SINGULAR[change.type]}`, key, action, entity };
    }
    case "notes": {
      const note = account.notes.get(change.id);
      if (note === undefined || change.action !== "add") return undefined;
      const key = note.type === "leads" ? "leads" : "contacts";
      const code = `note_${SINGULAR[note.type]}`;
      return { code, key, action: "note", entity: { note: toldNote(note) } };
    }
    case "tasks": {
      const task = account.tasks.get(change.id);
      if (task === undefined) return undefined;
      const { id, text, entity_id, responsible_user_id, complete_till } = task;
      const entity = {
        id,
        text,
        element_id: entity_id,
        element_type: task.entity_type === null ? null : TYPE_NUMBER[task.entity_type],
        responsible_user_id,
        complete_before: complete_till,
        created_at: task.created_at,
        updated_at: task.updated_at,
      };
      return { code: `${change.action}_task`, key: "task", action: change.action, entity };
    }
    case "unsorted": {
      const unsorted = account.unsorted.get(change.uid);
      if (unsorted === undefined) return undefined;
      const { uid, category, leadId, created_at } = unsorted;
      const entity = { uid, category, created_at, lead_id: leadId };
      if (change.action === "add") {
        return { code: "add_unsorted", key: "unsorted", action: "add", entity };
      }
      const result = { [`${change.action}_result`]: { leads: [leadId] } };
      return {
        code: "delete_unsorted",
        key: "unsorted",
        action: "delete",
        entity: { ...entity, action: change.action, ...result },
      };
    }
    case "tags":
    case "popups":
    case "sources":
    case "webhooks":
      return undefined;
  }
}

const toldCard = (card: Card): object => ({
  id: card.id,
  name: card.name,
  responsible_user_id: card.responsible_user_id,
  ...(card.type === "leads"
    ? { status_id: card.status_id, pipeline_id: card.pipeline_id, price: card.price }
    : { type: SINGULAR[card.type] }),
  custom_fields: card.fields.map(({ field, values }) => ({
    id: field.id,
    name: field.name,
    code: field.code,
    values: values.map(({ value, enumId }) => ({ value, enum: enumId })),
  })),
  created_at: card.created_at,
  updated_at: card.updated_at,
});

const CALL_NOTE_NUMBERS: Readonly<Record<string, number>> = { call_in: 10, call_out: 11 };
const COMMON_NOTE_NUMBER = 4;

/** Calls keep the key names of the old API inside their text (inferred). */
function toldNote(note: Note): object {
  const { params } = note;
  const call = {
    UNIQ: params["uniq"],
    PHONE: params["phone"],
    DURATION: params["duration"],
    SRC: params["source"],
    LINK: params["link"],
    call_status: params["call_status"],
  };
  const number = CALL_NOTE_NUMBERS[note.note_type];
  return {
    id: note.id,
    note_type: number ?? COMMON_NOTE_NUMBER,
    element_type: TYPE_NUMBER[note.type],
    element_id: note.entity_id,
    text: number === undefined ? params["text"] : JSON.stringify(call),
    created_at: note.created_at,
    updated_at: note.updated_at,
  };
}
