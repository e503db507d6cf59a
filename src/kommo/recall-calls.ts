/**
 * Looks up calls whose answer was lost: as notes by their `uniq`, one list for the whole batch, and as
 * incoming leads. There is no filter by `uniq` in Kommo (kommo-api, section 7.3).
 */
import type { Recollection } from "../outbox/delivery.ts";
import type { KommoClient } from "./client.ts";
import { callNotesQuery, decodeCallNote, notesPath, type CallNote } from "./entities/notes.ts";
import { decodeUnsorted, UNSORTED_CALLS_QUERY, UNSORTED_PATH } from "./entities/unsorted.ts";
import { tellFailure, type KommoFailure } from "./failure.ts";
import { readList } from "./hal.ts";
import type { AddCallNote, AddUnsorted, CardType, KommoResult, RegisterCall } from "./step.ts";

export type Recalled = Recollection<KommoResult>;
export type Look = { readonly client: KommoClient; readonly signal: AbortSignal };

/** A host's clock and Kommo's may differ by this much. @source issue 5, point 9 */
const CLOCK_SLACK_S = 300;

export const ABSENT: Recalled = { kind: "absent" };
export const unreachable = (failure: KommoFailure): Recalled => ({
  kind: "unreachable",
  reason: tellFailure(failure),
});

const CARD_TYPES: readonly CardType[] = ["leads", "contacts", "companies"];

/** `/calls` chose the card, so each type of card is asked; leads first, where most calls are. */
export async function recallCalls(
  look: Look,
  steps: readonly RegisterCall[],
): Promise<readonly Recalled[]> {
  const wanted = new Set(steps.map(({ call }) => call.uniq));
  const notes = await findCallNotes(look, { wanted, since: since(steps), types: CARD_TYPES });
  return steps.map(({ call }) => {
    const note = notes.found.get(call.uniq);
    return note === undefined ? notes.otherwise : booked(note);
  });
}

/** Notes on known cards: of each type of card one list; for a single card its own. */
export async function recallNotes(
  look: Look,
  steps: readonly AddCallNote[],
): Promise<readonly Recalled[]> {
  const recalled = new Map<AddCallNote, Recalled>();
  for (const [type, ofType] of Map.groupBy(steps, ({ card }) => card.type)) {
    const [cardId, ...others] = new Set(ofType.map(({ card }) => card.id));
    const own = others.length === 0 ? `/api/v4/${type}/${String(cardId)}/notes` : notesPath(type);
    const wanted = new Set(ofType.map(keyOf));
    const notes = await readCallNotes(look, own, {
      since: since(ofType),
      isEnough: (rows) => includesAll(rows.map(noteKey), wanted),
    });
    const found = new Map(notes.rows.map((note) => [noteKey(note), note]));
    for (const step of ofType) {
      const note = found.get(keyOf(step));
      recalled.set(step, note === undefined ? notes.otherwise : booked({ ...note, type }));
    }
  }
  return steps.map((step) => recalled.get(step) ?? ABSENT);
}

const keyOf = ({ card, call }: AddCallNote): string => `${String(card.id)} ${call.uniq}`;
const noteKey = ({ cardId, uniq }: CallNote): string => `${String(cardId)} ${uniq}`;

/**
 * An incoming lead stands in the list until an employee accepts or declines it. An accepted one has
 * left the list, but its call stands as a note on the lead: that counts as made, with an empty `uid`
 * since there is nothing left to accept. A declined one leaves no trace and is made anew.
 */
export async function recallUnsorted(
  { client, signal }: Look,
  steps: readonly AddUnsorted[],
): Promise<readonly Recalled[]> {
  const wanted = new Set(steps.map(({ call }) => call.uniq));
  const uniqs = (rows: readonly { uniq: string | undefined }[]): string[] =>
    rows.map(({ uniq }) => uniq).filter((uniq) => uniq !== undefined);
  const listed = await readList(client, {
    path: UNSORTED_PATH,
    query: UNSORTED_CALLS_QUERY,
    plural: "unsorted",
    decode: decodeUnsorted,
    purpose: "call",
    signal,
    isEnough: (rows) => includesAll(uniqs(rows), wanted),
  });
  if (!listed.ok) return steps.map(() => unreachable(listed.failure));
  const standing = new Map(listed.value.map((unsorted) => [unsorted.uniq, unsorted]));
  for (const uniq of uniqs(listed.value)) wanted.delete(uniq);
  const accepted = await findCallNotes(
    { client, signal },
    { wanted, since: since(steps), types: ["leads"] },
  );
  return steps.map(({ call }) => {
    const unsorted = standing.get(call.uniq);
    if (unsorted !== undefined) {
      const { uid, leadId, contactId } = unsorted;
      return { kind: "done", result: { kind: "made-unsorted", uid, leadId, contactId } };
    }
    const note = accepted.found.get(call.uniq);
    if (note === undefined) return accepted.otherwise;
    return {
      kind: "done",
      result: { kind: "made-unsorted", uid: "", leadId: note.cardId, contactId: undefined },
    };
  });
}

type FoundNote = CallNote & { readonly type: CardType };

const booked = ({ type, cardId, id }: FoundNote): Recalled => ({
  kind: "done",
  result: { kind: "booked", card: { type, id: cardId }, noteId: id },
});

type Search = {
  readonly wanted: ReadonlySet<string>;
  readonly since: number;
  readonly types: readonly CardType[];
};

/** `otherwise`: what is to be said of what was not found. What was found counts in any case. */
async function findCallNotes(
  look: Look,
  search: Search,
): Promise<{ readonly found: ReadonlyMap<string, FoundNote>; readonly otherwise: Recalled }> {
  const missing = new Set(search.wanted);
  const found = new Map<string, FoundNote>();
  for (const type of search.types) {
    if (missing.size === 0) break;
    const notes = await readCallNotes(look, notesPath(type), {
      since: search.since,
      isEnough: (rows) =>
        includesAll(
          rows.map(({ uniq }) => uniq),
          missing,
        ),
    });
    for (const note of notes.rows)
      if (missing.delete(note.uniq)) found.set(note.uniq, { ...note, type });
    if (notes.otherwise.kind !== "absent") return { found, otherwise: notes.otherwise };
  }
  return { found, otherwise: ABSENT };
}

type NotesWanted = {
  readonly since: number;
  readonly isEnough: (rows: readonly CallNote[]) => boolean;
};

/**
 * A card that is gone has no notes, and where the token's user may not look, that user's call was not
 * booked either: both are no reason to wait for ever.
 */
async function readCallNotes(
  { client, signal }: Look,
  path: string,
  wanted: NotesWanted,
): Promise<{ readonly rows: readonly CallNote[]; readonly otherwise: Recalled }> {
  const notes = await readList(client, {
    path,
    query: callNotesQuery(wanted.since),
    plural: "notes",
    decode: decodeCallNote,
    purpose: "call",
    signal,
    isEnough: wanted.isEnough,
  });
  if (notes.ok) return { rows: notes.value, otherwise: ABSENT };
  const { failure } = notes;
  const isNothing = failure.kind === "not-found" || failure.kind === "forbidden";
  return { rows: [], otherwise: isNothing ? ABSENT : unreachable(failure) };
}

const includesAll = (present: readonly string[], wanted: ReadonlySet<string>): boolean => {
  const missing = new Set(wanted);
  for (const uniq of present) missing.delete(uniq);
  return missing.size === 0;
};

const since = (steps: readonly { readonly call: { readonly created_at: number } }[]): number =>
  Math.min(...steps.map(({ call }) => call.created_at)) - CLOCK_SLACK_S;
