/** The line at the top of every page: what is so, in one sentence and one colour; a click leads to the cause. */
import type { JSX } from "preact";
import type { StatusAnswer } from "../contract.ts";
import { Icon } from "./icons.tsx";
import type { Live } from "./live.ts";
import type { Mood } from "./parts.tsx";
import { addressOf, type PageName } from "./place.ts";
import { useTexts, type Texts } from "./texts.tsx";
import { useMay } from "./user.ts";

export function StatusLine({ live }: { live: Live }): JSX.Element {
  const texts = useTexts();
  const { mood, words, page } = toldBy(live, texts);
  if (!useMay("administer"))
    return (
      <p class={`statusLine ${mood}`} aria-live="polite">
        {mood !== "calm" && <Icon name={mood} />}
        <span>{words}</span>
      </p>
    );
  return (
    <a class={`statusLine ${mood}`} href={addressOf(page)} aria-live="polite">
      {mood !== "calm" && <Icon name={mood} />}
      <span>{words}</span>
    </a>
  );
}

type Told = { readonly mood: Mood; readonly words: string; readonly page: PageName };

function toldBy({ status, isFresh }: Live, texts: Texts): Told {
  const { t, clock } = texts;
  if (!isFresh) return { mood: "bad", words: t("status.daemonAway"), page: "health" };
  if (status === undefined) return { mood: "calm", words: t("loading"), page: "health" };
  const { exchanges, halt, setAside } = status;
  const lost = exchanges.find((exchange) => exchange.is === "lost");
  if (lost !== undefined)
    return {
      mood: "bad",
      words: t("status.exchangeLost", { hint: named(lost.name, lost.hint) }),
      page: "health",
    };
  if (halt !== null) {
    const values = { since: clock.moment(halt.since), hint: halt.hint };
    return { mood: "bad", words: t("status.halt", values), page: "deliveries" };
  }
  const waiting = status.waiting + status.unknown;
  const isSlow = waiting > 0 && isOld(status);
  const versions = exchanges.flatMap((exchange) =>
    exchange.is === "connected" ? [named(exchange.name, exchange.version)] : [],
  );
  const isConnected = versions.length > 0 && versions.length === exchanges.length;
  const sentences = [
    isConnected
      ? t("status.connected", { exchange: versions.join(", "), account: status.account })
      : t("status.connecting", { account: status.account }),
    t("status.calls", { n: status.liveCalls }),
    ...(waiting > 0 ? [t("status.waiting", { n: waiting })] : []),
    ...(setAside > 0 ? [t("status.setAside", { n: setAside })] : []),
  ];
  const words = sentences.join(" ");
  if (setAside > 0) return { mood: "bad", words, page: "deliveries" };
  if (!isConnected) return { mood: "wait", words, page: "health" };
  return isSlow
    ? { mood: "wait", words, page: "deliveries" }
    : { mood: "good", words, page: "health" };
}

/** Of one of several exchanges. */
const named = (exchange: string | null, words: string): string =>
  exchange === null ? words : `${exchange}: ${words}`;

const SLOW_MS = 60_000;

const isOld = ({ oldestWaitingAt }: StatusAnswer): boolean =>
  oldestWaitingAt !== null && Date.now() - oldestWaitingAt > SLOW_MS;
