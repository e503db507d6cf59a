/**
 * The cards at the edge of the page: one for each thing that goes on, drawn anew only when it changes.
 * Exports `createCardStack`.
 */
import { openShadowPlace } from "./shadow-place.ts";

export type StackedCard = {
  readonly key: string;
  /** What the card is drawn from: another value, another drawing. */
  readonly from: readonly unknown[];
  /** @param signal ends when the card is drawn anew or goes */
  readonly draw: (signal: AbortSignal) => HTMLElement;
  /** Then it is put away by itself. */
  readonly goneAfterMs: number | undefined;
};

export type CardStack = {
  show(cards: readonly StackedCard[]): void;
  remove(): void;
};

type Drawn = {
  readonly from: readonly unknown[];
  readonly node: HTMLElement;
  readonly over: AbortController;
};

/** @param onGone a card's time is over */
export function createCardStack(onGone: (key: string) => void): CardStack {
  const place = openShadowPlace(document.body, "stack");
  place.root.setAttribute("aria-live", "polite");
  let drawn = new Map<string, Drawn>();

  function draw(card: StackedCard, before: Drawn | undefined): Drawn {
    if (before !== undefined && isSame(before.from, card.from)) return before;
    before?.over.abort();
    const over = new AbortController();
    const node = card.draw(over.signal);
    if (before === undefined) place.root.append(node);
    else {
      // Only what is new moves.
      node.style.animation = "none";
      before.node.replaceWith(node);
    }
    if (card.goneAfterMs !== undefined) {
      const timer = setTimeout(() => onGone(card.key), card.goneAfterMs);
      over.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    }
    return { from: card.from, node, over };
  }

  return {
    show(cards) {
      const next = new Map(cards.map((card) => [card.key, draw(card, drawn.get(card.key))]));
      for (const [key, { node, over }] of drawn) {
        if (next.has(key)) continue;
        over.abort();
        node.remove();
      }
      drawn = next;
    },
    remove() {
      for (const { over } of drawn.values()) over.abort();
      drawn = new Map();
      place.remove();
    },
  };
}

const isSame = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((value, at) => value === other[at]);
