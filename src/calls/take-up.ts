/**
 * The calls that ran when somebody else stopped listening, an earlier run of this daemon or another host:
 * what the model is told of them. Exports `readTakeUp`.
 */
import type { LinkedId } from "../ami/ids.ts";
import type { EpochMs } from "../lib/clock.ts";
import { nameAt } from "../lib/exchange-names.ts";
import type { Statement, Store } from "../store/store.ts";
import { callsAmong, readAcceptedCall } from "./archive.ts";
import { withHeard, type Heard, type HeardEvent } from "./heard-events.ts";
import * as liveLog from "./live-log.ts";
import type { KeptEvent } from "./live-log.ts";

export type TakeUp = {
  /** In order; by the clock of now. */
  readonly events: readonly KeptEvent[];
  /** When nobody listened, after so many of `events`; undefined: somebody always did. */
  readonly gap:
    | { readonly after: number; readonly from: EpochMs; readonly to: EpochMs | undefined }
    | undefined;
  /** Makes the rows what `events` are; none: they are. */
  readonly rewrite: readonly Statement[];
};

/** Rejects with StoreFailure. */
export async function readTakeUp({
  store,
  exchange,
  heard,
  now,
}: {
  readonly store: Pick<Store, "read">;
  readonly exchange: string | undefined;
  readonly heard: Heard;
  readonly now: EpochMs;
}): Promise<TakeUp> {
  const rows = await store.read(liveLog.keptEvents(exchange));
  const kept = liveLog.byClockOfNow(rows.map(liveLog.readKeptEvent), now);
  const logged = new Set(kept.flatMap(({ text }) => liveLog.linkedIdIn(text) ?? []));
  const named = (linked: LinkedId): LinkedId => nameAt(exchange, linked);

  /** Calls that the other one has accepted, and needs no rows of any more. */
  async function areOver(): Promise<ReadonlySet<string>> {
    const ids = heard.events.map(({ linked }) => linked).filter((linked) => !logged.has(linked));
    if (ids.length === 0) return new Set();
    const accepted = await store.read(callsAmong([...new Set(ids)].map(named)));
    return new Set(
      accepted.flatMap((row) => {
        const { linkedId, mergedLinkedIds = [] } = readAcceptedCall(row).call;
        return [String(row["id"]), linkedId, ...mergedLinkedIds];
      }),
    );
  }

  const over = await areOver();
  const isOpen = ({ linked }: HeardEvent): boolean =>
    logged.has(linked) || !over.has(named(linked));
  const { events, keptUntil, missing } = withHeard(kept, heard.events.filter(isOpen));
  return {
    events,
    gap: heard.since === undefined ? untilNow(events) : gapBetween(keptUntil, heard.since, events),
    rewrite:
      missing === 0 ? [] : [...liveLog.forgetEvents([...logged].map(named)), ...rowsOf(events)],
  };

  function rowsOf(told: readonly KeptEvent[]): Statement[] {
    return told.flatMap(({ text, at }) => {
      const linked = liveLog.linkedIdIn(text);
      return linked === undefined ? [] : [liveLog.keepEvent({ linked: named(linked), text, at })];
    });
  }
}

function untilNow(events: readonly KeptEvent[]): TakeUp["gap"] {
  const last = events.at(-1);
  return last && { after: events.length, from: last.at, to: undefined };
}

function gapBetween(
  from: EpochMs | undefined,
  to: EpochMs,
  events: readonly KeptEvent[],
): TakeUp["gap"] {
  if (from === undefined || from >= to) return undefined;
  const next = events.findIndex(({ at }) => at >= to);
  return { after: next < 0 ? events.length : next, from, to };
}
