/**
 * The calls that go on now, for those who watch: looked at a few times a second while somebody does,
 * and not at all while nobody does. What is told are the differences. Exports `createLiveFeed`.
 */
import type { LiveView } from "../../calls/live-view.ts";
import type { KnownClient } from "../../directory/rows.ts";
import type { LiveBatch, LiveBooking, LiveCallRow } from "../../http/admin/contract.ts";
import { exchangeIn } from "../../lib/exchange-names.ts";
import { phoneKey } from "../../lib/phone.ts";

export type LiveFeed = {
  /** Told at once of all that there is, then of what changes. @returns ends it */
  readonly watch: (listener: (batch: LiveBatch) => void) => () => void;
  readonly stop: () => void;
};

export type LiveFeedDeps = {
  readonly view: (most: number) => readonly LiveView[];
  /** Never rejects. */
  readonly find: (phone: string) => Promise<KnownClient | undefined>;
  readonly nameOf: (extension: string) => string | null;
  /** What an inbound call of a stranger becomes: "unsorted". */
  readonly unknownClient: () => string;
};

const EVERY_MS = 250;
/** So that looking itself stays far below a hundredth of the loop's time. */
const EVERY_MS_OF_MANY = 1_000;
const MANY = 300;
export const MOST_LIVE = 2_000;
/** Rows of the first telling. */
const TOLD_AT_ONCE = 200;
/** Look-ups in the directory that are begun in one look. */
const LOOKED_UP_AT_ONCE = 50;

type Listener = (batch: LiveBatch) => void;
type Seen = { readonly mark: string; readonly row: LiveCallRow };

export function createLiveFeed(deps: LiveFeedDeps): LiveFeed {
  const listeners = new Set<Listener>();
  /** By number; "asked" until the directory has answered. */
  const clients = new Map<string, KnownClient | "asked" | "unknown">();
  let seen = new Map<string, Seen>();
  let timer: NodeJS.Timeout | undefined;

  function look(): LiveBatch {
    const now = new Map<string, Seen>();
    const changed: LiveCallRow[] = [];
    const numbers = new Set<string>();
    let lookUps = 0;
    for (const view of deps.view(MOST_LIVE)) {
      const key = view.direction === "internal" ? "" : phoneKey(view.clientPhone ?? "");
      if (key !== "") numbers.add(key);
      if (key !== "" && !clients.has(key) && lookUps < LOOKED_UP_AT_ONCE) {
        lookUps += 1;
        ask(key, view.clientPhone ?? "");
      }
      const client = clients.get(key);
      const mark = markOf(view, client);
      const before = seen.get(view.linkedId);
      if (before?.mark === mark) {
        now.set(view.linkedId, before);
        continue;
      }
      const row = rowOf(view, client);
      now.set(view.linkedId, { mark, row });
      changed.push(row);
    }
    const gone = [...seen.keys()].filter((id) => !now.has(id));
    for (const key of clients.keys()) if (!numbers.has(key)) clients.delete(key);
    seen = now;
    return { isWhole: false, changed, gone };
  }

  function ask(key: string, phone: string): void {
    clients.set(key, "asked");
    void deps.find(phone).then((client) => clients.set(key, client ?? "unknown"));
  }

  function lookAgain(): void {
    timer = setTimeout(
      () => {
        const batch = look();
        if (batch.changed.length > 0 || batch.gone.length > 0)
          for (const listener of listeners) listener(batch);
        lookAgain();
      },
      seen.size > MANY ? EVERY_MS_OF_MANY : EVERY_MS,
    );
    timer.unref();
  }

  /** A thousand rows as text take a dozen milliseconds: in pieces, between which others are heard. */
  function tellWhole(listener: Listener): void {
    const ids = [...seen.keys()];
    const tell = (from: number): void => {
      if (!listeners.has(listener)) return;
      // As they are by now; what has gone meanwhile was told as gone.
      const changed = ids.slice(from, from + TOLD_AT_ONCE).flatMap((id) => seen.get(id)?.row ?? []);
      if (from === 0 || changed.length > 0) listener({ isWhole: from === 0, changed, gone: [] });
      if (from + TOLD_AT_ONCE < ids.length) setImmediate(tell, from + TOLD_AT_ONCE);
    };
    tell(0);
  }

  const rowOf = (view: LiveView, client: KnownClient | "asked" | "unknown" | undefined) =>
    ({
      id: view.linkedId,
      exchange: exchangeIn(view.linkedId) ?? null,
      direction: view.direction,
      startedAt: view.startedAt,
      phone: view.clientPhone ?? null,
      client: typeof client === "object" ? client.name : null,
      did: view.did ?? null,
      trunk: view.trunk ?? null,
      queue: view.queue ?? null,
      parts: view.parts.map(({ extension, is, since }) => ({
        ...{ extension, is, since },
        name: deps.nameOf(extension),
      })),
      booking: bookingOf(view, client),
    }) satisfies LiveCallRow;

  function bookingOf(
    { direction }: LiveView,
    client: KnownClient | "asked" | "unknown" | undefined,
  ): LiveBooking {
    if (direction === "internal") return { on: "nothing" };
    // Whom an employee calls and reaches becomes a contact, whatever is made of those who call.
    const make = direction === "outbound" ? "contact" : deps.unknownClient();
    if (typeof client !== "object") return { on: "unknown-client", make };
    const [lead, ...others] = client.openLeads;
    if (lead !== undefined && others.length === 0)
      return { on: "lead", id: lead.id, name: lead.name };
    const { type, id } = client.card;
    return { on: type === "companies" ? "company" : "contact", id, name: client.name };
  }

  return {
    watch(listener) {
      if (listeners.size === 0) {
        look();
        lookAgain();
      }
      listeners.add(listener);
      tellWhole(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearTimeout(timer);
        seen = new Map();
        clients.clear();
      };
    },
    stop() {
      clearTimeout(timer);
      listeners.clear();
    },
  };
}

/** Two looks at a call that say the same have the same mark. */
function markOf(view: LiveView, client: KnownClient | "asked" | "unknown" | undefined): string {
  const who = typeof client === "object" ? client.card.id : (client ?? "");
  let mark = `${view.direction} ${view.clientPhone ?? ""} ${view.queue ?? ""} ${view.trunk ?? ""} ${who}`;
  for (const { extension, is, since } of view.parts) mark += ` ${extension} ${is} ${since}`;
  return mark;
}
