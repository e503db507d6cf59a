/**
 * Notes on cards, and the event that a call note brings with it. Nothing is ever recognised as a
 * repeat: the same `uniq` twice is two notes.
 * @source kommo-api, sections 7.3, 14, 16
 */
import type { CardType, Note } from "./account.ts";
import type { Author } from "./card-write.ts";

export type WrittenNote = {
  readonly type: CardType;
  readonly entity_id: number;
  readonly note_type: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly via: Note["via"];
  readonly created_by?: number | undefined;
  readonly updated_by?: number | undefined;
  readonly created_at?: number | undefined;
  readonly updated_at?: number | undefined;
  readonly responsible_user_id?: number | undefined;
};

export function addNote(author: Author, written: WrittenNote): Note {
  const { account, switches, now, nowMs, user } = author;
  const created_at = written.created_at ?? now;
  const created_by = written.created_by ?? user.id;
  const note: Note = {
    id: account.nextId.notes++,
    type: written.type,
    entity_id: written.entity_id,
    note_type: written.note_type,
    params: written.params,
    created_by,
    updated_by: written.updated_by ?? created_by,
    created_at,
    updated_at: written.updated_at ?? (switches.noteUpdatedAt === "now" ? now : created_at),
    responsible_user_id:
      written.responsible_user_id ??
      account.cards[written.type].get(written.entity_id)?.responsible_user_id ??
      user.id,
    is_pinned: false,
    via: written.via,
    visibleAt: nowMs + switches.lateNotesMs,
  };
  account.notes.set(note.id, note);
  account.changes.push({ action: "add", type: "notes", id: note.id });
  if (isCallNote(note)) addCallEvent(author, note);
  return note;
}

export const isCallNote = (note: { readonly note_type: string }): boolean =>
  note.note_type === "call_in" || note.note_type === "call_out";

function addCallEvent({ account }: Author, note: Note): void {
  account.events.push({
    id: `01event${String(note.id).padStart(19, "0")}`,
    type: note.note_type === "call_in" ? "incoming_call" : "outgoing_call",
    entity: note.type,
    entity_id: note.entity_id,
    created_by: note.created_by,
    created_at: note.created_at,
    noteId: note.id,
  });
}
