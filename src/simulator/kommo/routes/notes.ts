/**
 * Notes of leads, contacts and companies: lists, one, written in batches or on one card, edited, pinned.
 * @source kommo-api, section 14
 */
import { CARD_TYPES } from "../state/account.ts";
import type { Card, CardType, Note } from "../state/account.ts";
import { addNote, isCallNote } from "../state/notes.ts";
import { cardRule } from "../state/references.ts";
import { noContent, notFound, ok, problem } from "../wire/answer.ts";
import type { Answer } from "../wire/answer.ts";
import {
  numberParam,
  page,
  patchedOne,
  refuseField,
  route,
  withBatch,
  withObject,
  written,
} from "../wire/exchange.ts";
import type { Exchange, Route } from "../wire/exchange.ts";
import { filterRange, filterSet, ordered, orderOf, within, withWords } from "../wire/query.ts";
import { integer } from "../wire/rule.ts";
import { storedParams } from "./calls.ts";
import { noteRule } from "./note-rules.ts";
import type { WrittenNoteItem } from "./note-rules.ts";

function shownNote(exchange: Exchange, note: Note): object {
  return {
    id: note.id,
    entity_id: note.entity_id,
    created_by: note.created_by,
    updated_by: note.updated_by,
    created_at: note.created_at,
    updated_at: note.updated_at,
    responsible_user_id: note.responsible_user_id,
    group_id: 0,
    note_type: note.note_type,
    params: note.params,
    ...(withWords(exchange.query).has("is_pinned") ? { is_pinned: note.is_pinned } : {}),
    account_id: exchange.account.id,
    _links: noteHref(exchange, note),
  };
}

const noteHref = (exchange: Exchange, note: Note): object => ({
  self: { href: `${exchange.base}/api/v4/${note.type}/${note.entity_id}/notes/${note.id}` },
});

function listNotes(exchange: Exchange, type: CardType, entityId?: number): Answer {
  const { account, query, nowMs } = exchange;
  const ids = filterSet(query, "id");
  const noteTypes = filterSet(query, "note_type");
  const updated = filterRange(query, "updated_at");
  const matching = account.notes
    .values()
    .filter(
      (note) =>
        note.type === type &&
        (entityId === undefined || note.entity_id === entityId) &&
        note.visibleAt <= nowMs &&
        (ids === undefined || ids.has(String(note.id))) &&
        (noteTypes === undefined || noteTypes.has(note.note_type)) &&
        within(updated, note.updated_at),
    );
  const fields = ["updated_at", "id"] as const;
  const items = ordered<(typeof fields)[number], Note>(matching, orderOf(query, fields));
  return page(exchange, { name: "notes", items }, (note: Note) => shownNote(exchange, note));
}

function getNote(exchange: Exchange, type: CardType): Answer {
  const note = exchange.account.notes.get(numberParam(exchange, exchange.params.length - 1));
  const isThere = note?.type === type && note.visibleAt <= exchange.nowMs;
  return isThere ? ok(shownNote(exchange, note)) : noContent;
}

function addNotes(exchange: Exchange, type: CardType): Answer {
  const byValidation = exchange.switches.missingCard === "validation";
  const entity_id = byValidation ? cardRule(exchange.account, type) : integer;
  return withBatch(exchange, { rule: noteRule(exchange, { entity_id }) }, (items) => {
    const placed = items.map(({ item, requestId }) => ({
      item,
      requestId,
      card: exchange.account.cards[type].get(item.entity_id ?? 0),
    }));
    if (placed.some(({ card }) => card?.is_deleted !== false)) return notFound;
    const hidden = placed.find(({ card }) => card?.is_unsorted);
    if (hidden !== undefined && exchange.switches.notesOnUnsorted === "refuse") {
      return refuseEntity(exchange, hidden.requestId);
    }
    return written(
      exchange,
      "notes",
      placed.flatMap(({ item, requestId, card }) =>
        card === undefined ? [] : [save(exchange, card, { item, requestId })],
      ),
    );
  });
}

const refuseEntity = (exchange: Exchange, requestId: string): Answer =>
  refuseField(exchange, requestId, {
    code: "NotSupportedChoice",
    path: "entity_id",
    detail: "The value you selected is not a valid choice.",
  });

/** The route of the PHP client: the card stands in the path. */
function addNotesToCard(exchange: Exchange, type: CardType): Answer {
  const card = exchange.account.cards[type].get(numberParam(exchange));
  if (card === undefined || card.is_deleted) return notFound;
  return withBatch(exchange, { rule: noteRule(exchange, {}) }, (items) => {
    const first = items[0]?.requestId ?? "0";
    if (card.is_unsorted && exchange.switches.notesOnUnsorted === "refuse") {
      return refuseEntity(exchange, first);
    }
    return written(
      exchange,
      "notes",
      items.map(({ item, requestId }) => save(exchange, card, { item, requestId })),
    );
  });
}

function save(
  exchange: Exchange,
  card: Card,
  { item, requestId }: { item: WrittenNoteItem; requestId: string },
): object {
  const { id: _id, params, ...rest } = item;
  const note = addNote(exchange, {
    ...rest,
    type: card.type,
    entity_id: card.id,
    params: isCallNote(item) ? storedParams(params) : params,
    via: "notes",
  });
  return madeNote(exchange, note, requestId);
}

const madeNote = (exchange: Exchange, note: Note, requestId: string): object => ({
  id: note.id,
  entity_id: note.entity_id,
  request_id: requestId,
  _links: noteHref(exchange, note),
});

function changeNotes(exchange: Exchange, type: CardType): Answer {
  const rule = noteRule(exchange, { id: integer, entity_id: integer });
  return withBatch(exchange, { rule }, (items) => {
    const found = items.map(({ item, requestId }) => ({
      item,
      requestId,
      note: exchange.account.notes.get(item.id ?? 0),
    }));
    const stranger = found.find(
      ({ note, item }) => note?.type !== type || note.entity_id !== item.entity_id,
    );
    if (stranger !== undefined) {
      return refuseField(exchange, stranger.requestId, {
        code: "NotSupportedChoice",
        path: "id",
        detail: "The value you selected is not a valid choice.",
      });
    }
    if (found.some(({ note }) => note !== undefined && isFixed(exchange, note))) return fixedNote;
    return written(
      exchange,
      "notes",
      found.flatMap(({ note, item, requestId }) =>
        note === undefined ? [] : [change(exchange, note, { item, requestId })],
      ),
    );
  });
}

function changeNote(exchange: Exchange, type: CardType): Answer {
  const note = exchange.account.notes.get(numberParam(exchange, exchange.params.length - 1));
  if (note?.type !== type) return notFound;
  if (isFixed(exchange, note)) return fixedNote;
  return withObject(exchange, noteRule(exchange, {}), (item, requestId) =>
    patchedOne(exchange, "notes", change(exchange, note, { item, requestId })),
  );
}

const isFixed = ({ switches }: Exchange, note: Note): boolean =>
  note.via === "calls" && !switches.callNotesAreEditable;
const fixedNote = problem(403, "This note can not be edited");

function change(
  exchange: Exchange,
  note: Note,
  { item, requestId }: { item: WrittenNoteItem; requestId: string },
): object {
  note.params = isCallNote(note) ? storedParams(item.params) : item.params;
  note.updated_at = item.updated_at ?? exchange.now;
  note.updated_by = item.updated_by ?? exchange.user.id;
  note.responsible_user_id = item.responsible_user_id ?? note.responsible_user_id;
  exchange.account.changes.push({ action: "update", type: "notes", id: note.id });
  return { ...madeNote(exchange, note, requestId), updated_at: note.updated_at };
}

function pin(exchange: Exchange, type: CardType, isPinned: boolean): Answer {
  const note = exchange.account.notes.get(numberParam(exchange));
  if (note?.type !== type) return notFound;
  note.is_pinned = isPinned;
  return noContent;
}

export const noteRoutes: readonly Route[] = CARD_TYPES.flatMap((type) => {
  const base = `/api/v4/${type}`;
  return [
    route("GET", `${base}/notes`, (exchange) => listNotes(exchange, type)),
    route("GET", `${base}/:id/notes`, (exchange) =>
      listNotes(exchange, type, numberParam(exchange)),
    ),
    route("GET", `${base}/notes/:id`, (exchange) => getNote(exchange, type)),
    route("GET", `${base}/:id/notes/:id`, (exchange) => getNote(exchange, type)),
    route("POST", `${base}/notes`, (exchange) => addNotes(exchange, type)),
    route("POST", `${base}/:id/notes`, (exchange) => addNotesToCard(exchange, type)),
    route("PATCH", `${base}/notes`, (exchange) => changeNotes(exchange, type)),
    route("PATCH", `${base}/notes/:id`, (exchange) => changeNote(exchange, type)),
    route("PATCH", `${base}/:id/notes/:id`, (exchange) => changeNote(exchange, type)),
    route("POST", `${base}/notes/:id/pin`, (exchange) => pin(exchange, type, true)),
    route("POST", `${base}/notes/:id/unpin`, (exchange) => pin(exchange, type, false)),
  ];
});
