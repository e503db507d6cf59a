/** Card steps on the wire, and how one whose answer was lost is known again. @source kommo-api, 9 to 14 */
import type { CardStep, MakeLead } from "./card-step.ts";
import { cardsPath, savedCards } from "./entities/cards.ts";
import {
  COMPLEX_LEADS_PATH,
  decodeComplexLead,
  LEADS_PATH,
  savedComplexLeads,
} from "./entities/leads.ts";
import { notesPath, savedNotes } from "./entities/notes.ts";
import { savedTasks, TASKS_PATH, tasksOfCardsQuery } from "./entities/tasks.ts";
import { readList } from "./hal.ts";
import { asId, asInteger, asObject, asObjects, asText, embedded, type JsonObject } from "./json.ts";
import { ABSENT, unreachable, type Look, type Recalled } from "./recall-calls.ts";
import type { KommoResult } from "./step.ts";

type Of<K extends CardStep["kind"]> = Extract<CardStep, { kind: K }>;

export function cardStepPath(step: CardStep): string {
  switch (step.kind) {
    case "make-lead":
      return COMPLEX_LEADS_PATH;
    case "change-card":
      return cardsPath(step.card.type);
    case "add-note":
      return notesPath(step.card.type);
    case "make-task":
      return TASKS_PATH;
  }
}

export function encodeCardStep(step: CardStep, requestId: string): JsonObject {
  switch (step.kind) {
    case "make-lead":
      return { ...step.body, request_id: requestId };
    case "change-card":
      return { id: step.card.id, ...step.body, request_id: requestId };
    case "add-note":
      return {
        entity_id: step.card.id,
        note_type: "common",
        params: { text: step.text },
        request_id: requestId,
      };
    case "make-task":
      return {
        ...step.body,
        entity_type: step.card.type,
        entity_id: step.card.id,
        request_id: requestId,
      };
  }
}

export function savedByCardSteps(kind: CardStep["kind"], body: unknown): readonly JsonObject[] {
  switch (kind) {
    case "make-lead":
      return savedComplexLeads(body);
    case "change-card":
      return savedCards(body);
    case "add-note":
      return savedNotes(body);
    case "make-task":
      return savedTasks(body);
  }
}

export function decodeCardResult(step: CardStep, saved: JsonObject): KommoResult | undefined {
  switch (step.kind) {
    case "make-lead": {
      const made = decodeComplexLead(saved);
      return made && madeLead(made.leadId, made.contactId);
    }
    case "change-card":
      return { kind: "updated-card", card: step.card, isChanged: true };
    case "add-note": {
      const noteId = asId(saved["id"]);
      return noteId === undefined ? undefined : { kind: "booked", card: step.card, noteId };
    }
    case "make-task": {
      const taskId = asId(saved["id"]);
      return taskId === undefined ? undefined : { kind: "made-task", taskId };
    }
  }
}

const madeLead = (id: number, contactId: number | undefined): KommoResult => ({
  kind: "made-card",
  card: { type: "leads", id },
  contactId,
});

/** A host's clock and Kommo's may differ by this much. */
const CLOCK_SLACK_S = 300;

/**
 * By the list of new leads and not by a search, which shows late what was made: one list for the batch.
 */
export async function recallMadeLeads(
  { client, signal }: Look,
  steps: readonly MakeLead[],
): Promise<readonly Recalled[]> {
  const since = Math.min(...steps.map(({ decidedAt }) => decidedAt)) - CLOCK_SLACK_S;
  const found = await readList(client, {
    path: LEADS_PATH,
    query: [
      ["filter[created_at][from]", String(since)],
      ["order[id]", "desc"],
      ["with", "contacts"],
    ],
    plural: "leads",
    decode: (lead) => lead,
    purpose: "call",
    signal,
    // A filter that Kommo does not know is ignored, so the age is looked at here too.
    isEnough: (rows) => (asInteger(rows.at(-1)?.["created_at"]) ?? since) < since,
  });
  if (!found.ok) return steps.map(() => unreachable(found.failure));
  return steps.map(({ mark }): Recalled => {
    const lead = found.value.find((row) => fieldTexts(row, mark.fieldId).includes(mark.text));
    const id = asId(lead?.["id"]);
    if (lead === undefined || id === undefined) return ABSENT;
    return { kind: "done", result: madeLead(id, asId(embedded(lead, "contacts")[0]?.["id"])) };
  });
}

function fieldTexts(card: JsonObject, fieldId: number): readonly string[] {
  const field = asObjects(card["custom_fields_values"]).find(
    (one) => asId(one["field_id"]) === fieldId,
  );
  return asObjects(field?.["values"]).flatMap(({ value }) => asText(value)?.trim() ?? []);
}

/** A change whose effect stands on the card was made; a wrong "absent" repeats it, which harms nobody. */
export async function recallChanges(
  { client, signal }: Look,
  steps: readonly Of<"change-card">[],
): Promise<readonly Recalled[]> {
  const recalled = new Map<CardStep, Recalled>();
  for (const [type, ofType] of Map.groupBy(steps, ({ card }) => card.type)) {
    const found = await readList(client, {
      path: cardsPath(type),
      query: ofType.map(({ card }) => ["filter[id][]", String(card.id)] as const),
      plural: type,
      decode: (card) => card,
      purpose: "call",
      signal,
    });
    for (const step of ofType) {
      if (!found.ok) {
        recalled.set(step, unreachable(found.failure));
        continue;
      }
      const card = found.value.find((one) => asId(one["id"]) === step.card.id);
      const isThere = card !== undefined && hasAll(card, step.body);
      const result = { kind: "updated-card", card: step.card, isChanged: true } as const;
      recalled.set(step, isThere ? { kind: "done", result } : ABSENT);
    }
  }
  return steps.map((step) => recalled.get(step) ?? ABSENT);
}

/** Whether a card shows everything that a PATCH said. */
export function hasAll(card: JsonObject, body: JsonObject): boolean {
  return Object.entries(body).every(([name, value]) => {
    if (name === "custom_fields_values")
      return asObjects(value).every((field) => {
        const wanted = asObjects(field["values"]).map((one) => String(one["value"]));
        return String(fieldValues(card, field)) === String(wanted);
      });
    if (name === "tags_to_add") {
      const names = embedded(card, "tags").map((tag) => asText(tag["name"]));
      return asObjects(value).every((tag) => names.includes(asText(tag["name"])));
    }
    return card[name] === value;
  });
}

function fieldValues(card: JsonObject, written: JsonObject): readonly string[] {
  const field = asObjects(card["custom_fields_values"]).find((one) =>
    written["field_id"] === undefined
      ? one["field_code"] === written["field_code"]
      : asId(one["field_id"]) === asId(written["field_id"]),
  );
  return asObjects(field?.["values"]).map((one) => String(one["value"]));
}

/** Two notes of the same words on one card stay two: each found note answers for one step. */
export async function recallPlainNotes(
  { client, signal }: Look,
  steps: readonly Of<"add-note">[],
): Promise<readonly Recalled[]> {
  const recalled = new Map<CardStep, Recalled>();
  for (const [type, ofType] of Map.groupBy(steps, ({ card }) => card.type)) {
    const since = Math.min(...ofType.map(({ decidedAt }) => decidedAt)) - CLOCK_SLACK_S;
    const found = await readList(client, {
      path: notesPath(type),
      query: [
        ["filter[note_type][]", "common"],
        ["filter[updated_at][from]", String(since)],
        ["order[id]", "desc"],
      ],
      plural: "notes",
      decode: (note) => note,
      purpose: "call",
      signal,
    });
    const left = new Set(found.ok ? found.value : []);
    for (const step of ofType) {
      const note = [...left].find(
        (one) =>
          asId(one["entity_id"]) === step.card.id &&
          asText(asObject(one["params"])?.["text"]) === step.text &&
          (asInteger(one["created_at"]) ?? step.decidedAt) >= step.decidedAt - CLOCK_SLACK_S,
      );
      const noteId = asId(note?.["id"]);
      if (note !== undefined) left.delete(note);
      recalled.set(
        step,
        !found.ok
          ? unreachable(found.failure)
          : noteId === undefined
            ? ABSENT
            : { kind: "done", result: { kind: "booked", card: step.card, noteId } },
      );
    }
  }
  return steps.map((step) => recalled.get(step) ?? ABSENT);
}

export async function recallMadeTasks(
  { client, signal }: Look,
  steps: readonly Of<"make-task">[],
): Promise<readonly Recalled[]> {
  const found = await readList(client, {
    path: TASKS_PATH,
    query: tasksOfCardsQuery("leads", [...new Set(steps.map(({ card }) => card.id))]),
    plural: "tasks",
    decode: (task) => task,
    purpose: "call",
    signal,
  });
  if (!found.ok) return steps.map(() => unreachable(found.failure));
  return steps.map(({ card, body }): Recalled => {
    const task = found.value.find(
      (one) =>
        asId(one["entity_id"]) === card.id &&
        one["text"] === body["text"] &&
        asInteger(one["complete_till"]) === body["complete_till"],
    );
    const taskId = asId(task?.["id"]);
    return taskId === undefined ? ABSENT : { kind: "done", result: { kind: "made-task", taskId } };
  });
}
