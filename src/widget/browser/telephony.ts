/**
 * The widget at work on a page: listens to the exchange, shows what goes on, dials. Exports
 * `startTelephony`.
 */
import type { CardRef, OriginateRequest } from "../../http/widget-contract.ts";
import type { BackendAddress } from "./backend-address.ts";
import { createBackend, type Backend } from "./backend.ts";
import { chosenExtension } from "./chosen-extension.ts";
import type { KommoPage } from "./kommo-page.ts";
import { createLive, type Live } from "./live.ts";
import { createNetwork, type NetworkNotice } from "./network.ts";
import { newKey } from "./new-key.ts";
import { createCardStack, type StackedCard } from "./view/card-stack.ts";
import { liveCards } from "./view/live-cards.ts";
import { noticeCard } from "./view/notice-card.ts";
import type { Words } from "./words.ts";

export type Telephony = {
  readonly backend: Backend;
  readonly live: Live;
  dial(phone: string): void;
  stop(): void;
};

export type TelephonyDeps = {
  readonly page: KommoPage;
  readonly words: Words;
  readonly address: BackendAddress;
};

const NOTICE_KEY = "notice";

export function startTelephony({ page, words, address }: TelephonyDeps): Telephony {
  const user = page.userId();
  let clicks = 0;
  let notice:
    { readonly what: NetworkNotice; readonly choose: (choice: "go" | "stay") => void } | undefined;

  const network = createNetwork({
    address,
    notice: (what) =>
      new Promise((resolve) => {
        notice?.choose("stay");
        const choose = (choice: "go" | "stay"): void => {
          if (notice?.what === what) notice = undefined;
          resolve(choice);
          draw();
        };
        notice = { what, choose };
        draw();
      }),
    endNotice() {
      if (notice?.what === "meanwhile") notice.choose("go");
    },
  });
  const backend = createBackend({ address, page, network });
  const live = createLive({ backend, user });
  const close = (key: string): void => {
    if (key === NOTICE_KEY) notice?.choose("stay");
    else live.dispatch({ kind: "forgotten", card: key });
  };
  const stack = createCardStack(close);
  const draw = (): void => {
    const cards = liveCards(live.state(), { words, page, backend, close });
    stack.show([...noticeCards(), ...cards]);
  };
  const endWatch = live.watch(draw);

  function noticeCards(): readonly StackedCard[] {
    if (notice === undefined) return [];
    const { what, choose } = notice;
    const context = { words, choose, host: address.host, close: () => choose("stay") };
    return [
      {
        ...{ key: NOTICE_KEY, from: [what], draw: () => noticeCard(what, context) },
        goneAfterMs: undefined,
      },
    ];
  }

  async function dial(phone: string, card: CardRef | undefined): Promise<void> {
    const isAsked = [...live.state().asked.values()].some(
      (one) => one.phone === phone && one.refusal === undefined,
    );
    // A double click is one call.
    if (isAsked) return;
    clicks += 1;
    const key = String(clicks);
    if (!/\d/.test(phone))
      return live.dispatch({ kind: "asked", key, dial: { phone, refusal: "no_number" } });
    live.dispatch({ kind: "asked", key, dial: { phone, refusal: undefined } });
    const extension = chosenExtension(user);
    const request: OriginateRequest = {
      phone,
      card: card ?? null,
      ...(extension === "" ? {} : { extension }),
    };
    const answer = await backend.originate(request, newKey());
    if (answer.ok) {
      const at = Math.floor(Date.now() / 1_000);
      return live.dispatch({ kind: "taken", key, answer: answer.value, at });
    }
    // What the browser refused stands in a notice of its own.
    if (answer.failure.code === "denied_by_browser")
      return live.dispatch({ kind: "forgotten", card: `asked ${key}` });
    live.dispatch({ kind: "asked", key, dial: { phone, refusal: answer.failure.code } });
  }

  return {
    backend,
    live,
    dial: (phone) => void dial(phone.trim(), page.currentCard()),
    stop() {
      endWatch();
      live.stop();
      stack.remove();
    },
  };
}
