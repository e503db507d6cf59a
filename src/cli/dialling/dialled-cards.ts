/** From which card a call was dialled: known for a day, also over a restart. */
import type { FinishedCall } from "../../calls/finished-call.ts";
import type { Card } from "../../kommo/step.ts";
import { ownName } from "../../lib/exchange-names.ts";
import type { Dial } from "../../originate/dials.ts";
import { dialsWithCardSince, readDial } from "../../originate/schema.ts";
import type { Store } from "../../store/store.ts";

export type DialledCards = {
  /** Rejects with StoreFailure. */
  restore(withinMs: number): Promise<void>;
  remember(dial: Pick<Dial, "id" | "card">): void;
  readonly of: (call: Pick<FinishedCall, "linkedId" | "mergedLinkedIds">) => Card | undefined;
};

const MOST = 5_000;

export function createDialledCards(deps: {
  readonly store: Pick<Store, "read">;
  readonly now: () => number;
}): DialledCards {
  /** By the id of the dial, which is the linkedid of its call. The oldest first. */
  const cards = new Map<string, Card>();

  function remember({ id, card }: Pick<Dial, "id" | "card">): void {
    if (card === undefined) return;
    cards.set(id, card);
    const oldest = cards.size > MOST ? cards.keys().next().value : undefined;
    if (oldest !== undefined) cards.delete(oldest);
  }

  return {
    async restore(withinMs) {
      const rows = await deps.store.read(dialsWithCardSince(deps.now() - withinMs, MOST));
      for (const row of rows.toReversed()) remember(readDial(row));
    },
    remember,
    of({ linkedId: named, mergedLinkedIds = [] }) {
      // The id of a dial is like no other, whatever the exchange.
      const linkedId = ownName(named);
      // A telephone that could not be reached has no channel, and its call the ActionID at its end.
      const unreached = /^originate-[\d.]+-(.+)$/.exec(linkedId)?.[1];
      for (const id of [linkedId, unreached, ...mergedLinkedIds.map(ownName)]) {
        const card = id === undefined ? undefined : cards.get(id);
        if (card !== undefined) return card;
      }
      return undefined;
    },
  };
}
