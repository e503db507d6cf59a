/** Which of several exchanges: chosen for a list, told of a row. Where there is but one, nothing of it is shown. */
import { createContext, type JSX } from "preact";
import { useContext } from "preact/hooks";
import type { StatusAnswer } from "../contract.ts";
import { Chips } from "./parts.tsx";
import { addressOf, go, type Place } from "./place.ts";
import { useTexts } from "./texts.tsx";

const Context = createContext<readonly string[]>([]);
export const ExchangesProvider = Context.Provider;

export const useExchanges = (): readonly string[] => useContext(Context);

export const namesOf = (status: StatusAnswer | undefined): readonly string[] =>
  status?.exchanges.flatMap(({ name }) => name ?? []) ?? [];

export function ExchangeChips(given: {
  chosen: string | undefined;
  onChoose: (exchange: string | undefined) => void;
}): JSX.Element | null {
  const { t } = useTexts();
  const { chosen } = given;
  // One that was chosen and is gone by now can still be let go of.
  const names = [...new Set([...useExchanges(), ...(chosen === undefined ? [] : [chosen])])];
  if (names.length < 2 && chosen === undefined) return null;
  return (
    <Chips label={t("exchange")} options={names.map((name) => [name, name] as const)} {...given} />
  );
}

/** As the address has it. */
export const exchangeAt = ({ query }: Place): string | undefined =>
  query.get("exchange") ?? undefined;

/** For a page that has no other filters. */
export function ExchangeFilter({ place }: { place: Place }): JSX.Element {
  return (
    <div class="filters">
      <ExchangeChips
        chosen={exchangeAt(place)}
        onChoose={(exchange) => go(addressOf(place.page, place.detail, { exchange }), "replace")}
      />
    </div>
  );
}

export function ExchangeBadge({ name }: { name: string | null }): JSX.Element | null {
  const { t } = useTexts();
  if (name === null) return null;
  return (
    <span class="badge exchange" title={`${t("exchange")}: ${name}`}>
      {name}
    </span>
  );
}
