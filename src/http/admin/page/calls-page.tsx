/** Calls: one field that understands a number, a name, an extension or a day, and the list, newest first. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { CallRow, CallsAnswer } from "../contract.ts";
import { ownName } from "../../../lib/exchange-names.ts";
import { read } from "./api.ts";
import { ExchangeBadge, ExchangeChips } from "./exchanges.tsx";
import { duration } from "./format.ts";
import { Icon } from "./icons.tsx";
import { useLoad, useSettled } from "./load.ts";
import {
  Chips,
  DirectionMark,
  EmployeeName,
  Empty,
  Moment,
  PageHead,
  Phone,
  Problem,
  Skeleton,
  StateBadge,
} from "./parts.tsx";
import { addressOf, go, type Place } from "./place.ts";
import { useTexts } from "./texts.tsx";
import { useMay } from "./user.ts";

const DIRECTIONS = ["inbound", "outbound", "internal"] as const;
const RESULTS = ["answered", "missed", "no_answer", "busy", "failed", "cancelled"] as const;
const STATES = ["booked", "waiting", "unknown", "set-aside", "left-out"] as const;

type Filters = {
  q: string;
  direction?: string;
  result?: string;
  state?: string;
  exchange?: string;
};

export function CallsPage({ place }: { place: Place }): JSX.Element {
  const { t, word } = useTexts();
  const seesNumbers = useMay("see-numbers");
  const filters = filtersIn(place.query);
  const [typed, setTyped] = useState(filters.q);
  const settled = useSettled(typed, 250);
  const choose = (changed: Partial<Record<keyof Filters, string | undefined>>): void =>
    go(addressOf("calls", place.detail, { ...filters, ...changed }), "replace");
  useEffect(() => {
    if (settled !== filters.q) choose({ q: settled });
  }, [settled]);

  const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ""));
  const path = `/calls?${query.toString()}`;
  const list = useCallList(path);
  const options = <Name extends string>(group: string, names: readonly Name[]) =>
    names.map((name) => [name, word(group, name)] as const);

  return (
    <section>
      <PageHead title={t("page.calls")} />
      <form
        role="search"
        class="searchField"
        onSubmit={(event) => {
          event.preventDefault();
          choose({ q: typed });
        }}
      >
        <Icon name="search" />
        <label class="unseen" for="search">
          {t("calls.search")}
        </label>
        <input
          id="search"
          type="search"
          placeholder={t(seesNumbers ? "calls.searchHint" : "calls.searchHintMasked")}
          autocomplete="off"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </form>
      <div class="filters">
        <Chips
          label={t("direction")}
          options={options("direction", DIRECTIONS)}
          chosen={DIRECTIONS.find((one) => one === filters.direction)}
          onChoose={(direction) => choose({ direction })}
        />
        <Chips
          label={t("result")}
          options={options("result", RESULTS)}
          chosen={RESULTS.find((one) => one === filters.result)}
          onChoose={(result) => choose({ result })}
        />
        <Chips
          label={t("inKommo")}
          options={options("state", STATES)}
          chosen={STATES.find((one) => one === filters.state)}
          onChoose={(state) => choose({ state })}
        />
        <ExchangeChips chosen={filters.exchange} onChoose={(exchange) => choose({ exchange })} />
      </div>
      {list.failure !== undefined &&
        (list.failure.status === 403 ? (
          <Empty>{t("role.noNumbers")}</Empty>
        ) : (
          <Problem failure={list.failure} />
        ))}
      {list.failure?.status === 403 ? null : list.calls === undefined ? (
        <Skeleton lines={10} />
      ) : (
        <CallList calls={list.calls} place={place} />
      )}
      {list.calls?.length === 0 && list.before === null && (
        <Empty>
          <p>{t(query.size === 0 ? "calls.empty" : "calls.noneFits")}</p>
        </Empty>
      )}
      {list.before !== null && list.calls !== undefined && (
        <div class="further">
          <button type="button" onClick={list.more} disabled={list.isLoadingMore}>
            {t("calls.older")}
          </button>
        </div>
      )}
    </section>
  );
}

function filtersIn(query: URLSearchParams): Filters {
  const chosen: Filters = { q: query.get("q") ?? "" };
  for (const name of ["direction", "result", "state", "exchange"] as const) {
    const value = query.get(name);
    if (value !== null) chosen[name] = value;
  }
  return chosen;
}

/** The first page, which is asked for again now and then, and the older ones behind it. */
function useCallList(path: string) {
  const { value, failure } = useLoad<CallsAnswer>(path, 10_000);
  const [older, setOlder] = useState<CallsAnswer | undefined>(undefined);
  const [isLoadingMore, setLoadingMore] = useState(false);
  const shown = useRef(path);
  shown.current = path;
  useEffect(() => setOlder(undefined), [path]);
  const calls = value && joined(value.calls, older?.calls ?? []);
  const before = older === undefined ? (value?.before ?? null) : older.before;
  const more = (): void => {
    if (before === null) return;
    setLoadingMore(true);
    read<CallsAnswer>(`${path}&before=${encodeURIComponent(before)}`)
      .then((told) => {
        if (shown.current === path)
          setOlder({ calls: [...(older?.calls ?? []), ...told.calls], before: told.before });
      })
      .catch(() => undefined)
      .finally(() => setLoadingMore(false));
  };
  return { calls, before, failure, more, isLoadingMore };
}

/** New calls push the first page's last ones out of it: none is lost, none is there twice. */
function joined(first: readonly CallRow[], older: readonly CallRow[]): readonly CallRow[] {
  const known = new Set(first.map(({ id }) => id));
  return [...first, ...older.filter(({ id }) => !known.has(id))];
}

function CallList({ calls, place }: { calls: readonly CallRow[]; place: Place }): JSX.Element {
  const { t, word } = useTexts();
  return (
    <ul class="callRows">
      {calls.map((call) => (
        <li key={call.id}>
          <a
            class="callRow"
            href={addressOf("calls", call.id, Object.fromEntries(place.query))}
            aria-current={place.detail === call.id ? "true" : undefined}
          >
            <DirectionMark direction={call.direction} />
            <span class="when">
              <Moment at={call.startedAt} />
            </span>
            <span class="who ellipsis">
              {call.client !== null && <strong title={call.client}>{call.client} </strong>}
              {call.direction === "internal" ? t("now.internal") : <Phone number={call.phone} />}
            </span>
            <span class="with ellipsis">
              <ExchangeBadge name={call.exchange} />{" "}
              {call.employees.slice(0, 2).map(({ extension, name }) => (
                <EmployeeName key={extension} extension={ownName(extension)} name={name} />
              ))}
              {call.employees.length > 2 && <span class="faint">+{call.employees.length - 2}</span>}
            </span>
            <span class={call.result === "answered" ? "outcome" : "outcome not"}>
              {call.result === "answered" ? (
                <span class="figures" title={t("talk")}>
                  {duration(call.talkSeconds)}
                </span>
              ) : (
                word("result", call.result)
              )}
              {call.hasRecording && (
                <span title={t("recorded")}>
                  <Icon name="play" />
                  <span class="unseen">{t("recorded")}</span>
                </span>
              )}
            </span>
            <span class="state">
              <StateBadge state={call.state} />
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}
