/**
 * Tickets of browsers: 256 random bits, good for one user, one account and the page that asked for it,
 * twelve hours long. Only their hashes are kept.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Statement, Store } from "../store/store.ts";
import { goodTickets, insertTicket, readTicket, revokeTicket, type TicketRow } from "./schema.ts";

export type Ticket = Pick<TicketRow, "accountId" | "userId" | "isAdmin" | "origin" | "endsAt">;

export type Tickets = {
  /** Those of before a restart. Rejects with StoreFailure. */
  restore(): Promise<void>;
  readonly give: (to: Omit<Ticket, "endsAt">) => {
    readonly text: string;
    readonly ticket: Ticket;
  };
  /** @returns undefined: unknown, over, revoked, or of another page */
  readonly find: (text: string, origin: string) => Ticket | undefined;
  /** They were revoked in the store. @param userId undefined: those of all users */
  drop(userId: number | undefined): void;
};

export type TicketDeps = {
  readonly store: Pick<Store, "read">;
  /** Not waited for. */
  readonly keepSoon: (statements: readonly Statement[]) => void;
  readonly now: () => number;
};

export const TICKET_LIFE_MS = 12 * 3_600_000;
/** Tabs and browsers of one user; with more the oldest ends. */
const MOST_OF_USER = 30;
const TICKET = /^[\w-]{43}$/;

export function createTickets({ store, keepSoon, now }: TicketDeps): Tickets {
  /** By hash, the oldest first. */
  const tickets = new Map<string, TicketRow>();

  function makeRoom(userId: number): void {
    const own = [...tickets.values()].filter((row) => row.userId === userId);
    for (const { hash } of own.slice(0, Math.max(0, own.length - MOST_OF_USER + 1))) {
      tickets.delete(hash);
      keepSoon([revokeTicket(hash, now())]);
    }
    for (const row of tickets.values()) if (row.endsAt <= now()) tickets.delete(row.hash);
  }

  return {
    async restore() {
      for (const row of (await store.read(goodTickets(now()))).map(readTicket))
        tickets.set(row.hash, row);
    },
    give(to) {
      makeRoom(to.userId);
      const text = randomBytes(32).toString("base64url");
      const madeAt = now();
      const row = { ...to, hash: hashOf(text), madeAt, endsAt: madeAt + TICKET_LIFE_MS };
      tickets.set(row.hash, row);
      keepSoon([insertTicket(row)]);
      return { text, ticket: row };
    },
    find(text, origin) {
      if (!TICKET.test(text)) return undefined;
      // The look-up is by the hash, so its time tells nothing of any ticket.
      const row = tickets.get(hashOf(text));
      return row !== undefined && row.endsAt > now() && row.origin === origin ? row : undefined;
    },
    drop(userId) {
      for (const row of tickets.values())
        if (userId === undefined || row.userId === userId) tickets.delete(row.hash);
    },
  };
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
