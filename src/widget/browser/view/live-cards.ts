/** Which card is drawn for what goes on, and how long it stays. Exports `liveCards`. */
import type { Backend } from "../backend.ts";
import type { KommoPage } from "../kommo-page.ts";
import { cardsOf, type LiveCard, type LiveState } from "../live-state.ts";
import type { Words } from "../words.ts";
import type { StackedCard } from "./card-stack.ts";
import { runningClock } from "./clock.ts";
import { askedCard, dialCard } from "./dial-card.ts";
import { closedCard, ringingCard } from "./ringing-card.ts";
import { talkCard } from "./talk-card.ts";

export type LiveCardsDeps = {
  readonly words: Words;
  readonly page: KommoPage;
  readonly backend: Backend;
  readonly close: (key: string) => void;
};

const SHORT_MS = 5_000;
const READABLE_MS = 15_000;
/** Nothing more is told of it where no stream is open. */
const UNTOLD_MS = 60_000;

export const liveCards = (state: LiveState, deps: LiveCardsDeps): readonly StackedCard[] =>
  cardsOf(state).map((card) => stacked(card, state, deps));

function stacked(card: LiveCard, state: LiveState, deps: LiveCardsDeps): StackedCard {
  const { key } = card;
  const context = { ...deps, close: () => deps.close(key), host: deps.backend.address.host };
  switch (card.kind) {
    case "asked":
      return {
        ...{ key, from: [card.dial], draw: () => askedCard(card.dial, context) },
        goneAfterMs: card.dial.refusal === undefined ? undefined : READABLE_MS,
      };
    case "ringing":
      return {
        ...{ key, from: [card.event], draw: () => ringingCard(card.event, context) },
        goneAfterMs: undefined,
      };
    case "closed": {
      const isMissed = card.event.because === "client_gave_up";
      return {
        ...{ key, from: [card.event], draw: () => closedCard(card.event, card.was, context) },
        goneAfterMs: isMissed ? READABLE_MS : SHORT_MS,
      };
    }
    case "dial": {
      const { dial } = card;
      const isGood = dial.state === "ended" || dial.state === "cancelled";
      const final = isGood ? SHORT_MS : READABLE_MS;
      return {
        key,
        from: [dial, state.isOpen],
        draw: (signal) =>
          dial.state === "talking"
            ? dialCard(dial, { ...context, clock: runningClock(dial.at, signal) })
            : dialCard(dial, context),
        goneAfterMs: dial.is_final ? final : state.isOpen ? undefined : UNTOLD_MS,
      };
    }
    case "talk": {
      const hasPanel = state.features.call_panel;
      return {
        key,
        from: [card.event, card.was, hasPanel],
        draw: (signal) =>
          talkCard(card.event, card.was, {
            ...{ ...context, hasPanel },
            clock: runningClock(card.event.at, signal),
          }),
        goneAfterMs: undefined,
      };
    }
  }
}
