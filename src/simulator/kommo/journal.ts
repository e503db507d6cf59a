/**
 * What happened on the simulated account: every request, and what stands there in the end, in the
 * shape that checkers compare with the truth.
 */
import type { Account, Card, CardType, Change, Note, Popup, Task } from "./state/account.ts";
import { isCallNote } from "./state/notes.ts";

export type JournalEntry = {
  readonly number: number;
  /** Epoch milliseconds of arrival. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: unknown;
  /** Tells two access tokens apart without showing them; null: the request carried none. */
  readonly token: string | null;
  /** What was answered; null while or where no answer left. */
  status: number | null;
  /** What a write was answered, whether or not it reached the client. Lists would fill the memory. */
  answer: unknown;
  /** The kind of the fault that struck. */
  readonly fault: string | null;
  changes: readonly Change[];
};

/** A call as it stands on a card. */
export type BookedCall = {
  readonly noteId: number;
  readonly via: Note["via"];
  readonly direction: "inbound" | "outbound";
  readonly card: { readonly type: CardType; readonly id: number };
  /** The numbers of the card's client: of a lead those of its contacts and company. */
  readonly cardPhones: readonly string[];
  readonly phone: string;
  readonly uniq: string;
  readonly duration: number;
  readonly source: string;
  readonly link: string | null;
  readonly call_status: number | string | null;
  readonly call_result: string | null;
  readonly call_responsible: number | string | null;
  readonly responsible_user_id: number;
  readonly created_by: number;
  readonly created_at: number;
};

export type MadeCard = {
  readonly id: number;
  readonly name: string;
  readonly responsible_user_id: number;
  readonly is_unsorted: boolean;
  readonly is_deleted: boolean;
  readonly tags: readonly string[];
  readonly phones: readonly string[];
};
export type MadeLead = MadeCard & {
  readonly pipeline_id: number;
  readonly status_id: number;
  readonly contactIds: readonly number[];
};
export type WaitingUnsorted = {
  readonly uid: string;
  readonly uniq: string;
  readonly phone: string;
  readonly state: "waiting" | "accepted" | "declined";
  readonly leadId: number;
  readonly contactId: number | null;
};

export type Journal = {
  readonly open: (
    entry: Omit<JournalEntry, "number" | "status" | "answer" | "changes">,
  ) => JournalEntry;
  readonly entries: () => readonly JournalEntry[];
  /** Forgets the requests, not the account. */
  readonly clear: () => void;
  /** The most requests that arrived in any one second, refused ones included. */
  readonly mostRequestsInASecond: () => number;
  readonly calls: () => BookedCall[];
  readonly unsorted: () => WaitingUnsorted[];
  /** Cards that requests made, without those that were seeded. */
  readonly contacts: () => MadeCard[];
  readonly companies: () => MadeCard[];
  readonly leads: () => MadeLead[];
  readonly tasks: () => Task[];
  readonly popups: () => readonly Popup[];
};

export function createJournal(account: Account): Journal {
  let entries: JournalEntry[] = [];
  let nextNumber = 1;
  const madeIds = (type: CardType): number[] =>
    entries.flatMap(({ changes }) =>
      changes.flatMap((change) =>
        change.action === "add" && change.type === type ? [change.id] : [],
      ),
    );
  return {
    open(entry) {
      const opened = { ...entry, number: nextNumber++, status: null, answer: null, changes: [] };
      entries.push(opened);
      return opened;
    },
    entries: () => entries,
    clear() {
      entries = [];
    },
    mostRequestsInASecond: () => mostInASecond(entries.map(({ at }) => at)),
    calls: () => [
      ...account.notes
        .values()
        .filter(isCallNote)
        .map((note) => bookedCall(account, note)),
    ],
    unsorted: () =>
      [...account.unsorted.values()].map(({ uid, metadata, state, leadId, contactId }) => ({
        uid,
        uniq: textOf(metadata["uniq"]),
        phone: textOf(metadata["phone"]),
        state,
        leadId,
        contactId,
      })),
    contacts: () => madeIds("contacts").flatMap((id) => madeCard(account, "contacts", id)),
    companies: () => madeIds("companies").flatMap((id) => madeCard(account, "companies", id)),
    leads: () =>
      madeIds("leads").flatMap((id) => {
        const lead = account.cards.leads.get(id);
        if (lead === undefined) return [];
        const { pipeline_id, status_id, contacts } = lead;
        const contactIds = contacts.map((one) => one.id);
        return madeCard(account, "leads", id).map((card) => ({
          ...card,
          pipeline_id,
          status_id,
          contactIds,
        }));
      }),
    tasks: () => [...account.tasks.values()],
    popups: () => account.popups,
  };
}

const WINDOW_MS = 1_000;

/** Sliding, with both ends counted apart: 0 and 999 are one second, 0 and 1000 are two. */
export function mostInASecond(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other);
  let most = 0;
  let first = 0;
  for (const [index, at] of sorted.entries()) {
    while ((sorted[first] ?? at) <= at - WINDOW_MS) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
const numberOrText = (value: unknown): number | string | null =>
  typeof value === "number" || typeof value === "string" ? value : null;

function bookedCall(account: Account, note: Note): BookedCall {
  const { params } = note;
  return {
    noteId: note.id,
    via: note.via,
    direction: note.note_type === "call_in" ? "inbound" : "outbound",
    card: { type: note.type, id: note.entity_id },
    cardPhones: clientPhones(account, account.cards[note.type].get(note.entity_id)),
    phone: textOf(params["phone"]),
    uniq: textOf(params["uniq"]),
    duration: Number(params["duration"] ?? 0),
    source: textOf(params["source"]),
    link: textOrNull(params["link"]),
    call_status: numberOrText(params["call_status"]),
    call_result: textOrNull(params["call_result"]),
    call_responsible: numberOrText(params["call_responsible"]),
    responsible_user_id: note.responsible_user_id,
    created_by: note.created_by,
    created_at: note.created_at,
  };
}

const phonesOn = (card: Card | undefined): string[] =>
  (card?.fields ?? [])
    .filter(({ field }) => field.code === "PHONE")
    .flatMap(({ values }) => values.map(({ value }) => String(value)));

function clientPhones({ cards }: Account, card: Card | undefined): string[] {
  if (card?.type !== "leads") return phonesOn(card);
  const company = card.company === null ? undefined : cards.companies.get(card.company);
  const contacts = card.contacts.map(({ id }) => cards.contacts.get(id));
  return [...contacts, company].flatMap(phonesOn);
}

function madeCard(account: Account, type: CardType, id: number): MadeCard[] {
  const card = account.cards[type].get(id);
  if (card === undefined) return [];
  return [
    {
      id,
      name: card.name,
      responsible_user_id: card.responsible_user_id,
      is_unsorted: card.is_unsorted,
      is_deleted: card.is_deleted,
      tags: card.tags.map((tag) => account.tags[type].get(tag)?.name ?? ""),
      phones: phonesOn(card),
    },
  ];
}
