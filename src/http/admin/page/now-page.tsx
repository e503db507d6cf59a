/** Now: a row for each call that goes on. Only rows that can be seen are drawn, however many there are. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { LiveBooking, LiveCallRow, LivePart } from "../contract.ts";
import { ownName } from "../../../lib/exchange-names.ts";
import { ExchangeBadge, exchangeAt, ExchangeFilter } from "./exchanges.tsx";
import { duration } from "./format.ts";
import type { Live } from "./live.ts";
import { DirectionMark, EmployeeName, Empty, PageHead, Phone, Skeleton } from "./parts.tsx";
import type { Place } from "./place.ts";
import { useTexts } from "./texts.tsx";

/** With the gap below it; where there are many, every row has the same. */
const rowHeight = (): number => (matchMedia("(max-width: 760px)").matches ? 161 : 73);
const GAP_PX = 8;
const MANY = 60;
const BEYOND = 8;

export function NowPage({ place, live }: { place: Place; live: Live }): JSX.Element {
  const { t } = useTexts();
  const exchange = exchangeAt(place);
  const calls = live.calls?.filter((call) => [undefined, call.exchange].includes(exchange));
  const now = useSecond();
  return (
    <section>
      <PageHead title={t("page.now")}>
        {calls !== undefined && calls.length > 0 && (
          <p class="faint">{t("now.count", { n: calls.length })}</p>
        )}
      </PageHead>
      <ExchangeFilter place={place} />
      {calls === undefined ? (
        <Skeleton />
      ) : calls.length === 0 && live.calls?.length !== 0 ? (
        <Empty>
          <p>{t("calls.noneFits")}</p>
        </Empty>
      ) : calls.length === 0 ? (
        <Empty>
          <p>{t("now.empty")}</p>
          <p class="faint">{t("now.emptyHint")}</p>
        </Empty>
      ) : (
        <LiveRows calls={calls} now={now} />
      )}
    </section>
  );
}

function LiveRows({ calls, now }: { calls: readonly LiveCallRow[]; now: number }): JSX.Element {
  const { t } = useTexts();
  const list = useRef<HTMLUListElement>(null);
  const [first, last] = useVisible(list, calls.length);
  const isMany = calls.length > MANY;
  const rowPx = rowHeight();
  return (
    <ul
      class="liveRows"
      ref={list}
      aria-label={t("page.now")}
      style={isMany ? { height: `${calls.length * rowPx}px` } : {}}
    >
      {calls.slice(first, last).map((call, index) => (
        <li
          key={call.id}
          class="liveRow"
          style={
            isMany
              ? {
                  ...{ position: "absolute", left: "0", right: "0", overflow: "hidden" },
                  top: `${(first + index) * rowPx}px`,
                  height: `${rowPx - GAP_PX}px`,
                }
              : {}
          }
        >
          <LiveLine call={call} now={now} />
        </li>
      ))}
    </ul>
  );
}

/** Which rows are on the screen, of a list that is longer than it. */
function useVisible(
  list: { readonly current: HTMLElement | null },
  count: number,
): readonly [number, number] {
  const [range, setRange] = useState<readonly [number, number]>([0, MANY]);
  useEffect(() => {
    if (count <= MANY) {
      setRange([0, MANY]);
      return undefined;
    }
    const look = (): void => {
      const top = -(list.current?.getBoundingClientRect().top ?? 0);
      const from = Math.max(0, Math.floor(top / rowHeight()) - BEYOND);
      const to = Math.ceil((top + innerHeight) / rowHeight()) + BEYOND;
      setRange((before) => (before[0] === from && before[1] === to ? before : [from, to]));
    };
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [count > MANY]);
  return count > MANY ? range : [0, count];
}

function LiveLine({ call, now }: { call: LiveCallRow; now: number }): JSX.Element {
  const { t } = useTexts();
  const line = [call.did === null ? null : call.did, call.queue ?? call.trunk];
  return (
    <>
      <DirectionMark direction={call.direction} />
      <div class="who">
        <div class="ellipsis" title={call.client ?? undefined}>
          {call.client !== null && <strong>{call.client} </strong>}
          {call.direction === "internal" ? (
            <strong>{t("now.internal")}</strong>
          ) : (
            <Phone number={call.phone} />
          )}
        </div>
        <div class="faint ellipsis">
          <ExchangeBadge name={call.exchange} /> {line.filter((one) => one !== null).join(" · ")}
        </div>
      </div>
      <ul class="liveParts">
        {call.parts
          .filter(({ is }) => is !== "left")
          .map((part) => (
            <li key={part.extension + part.is}>
              <PartChip part={part} now={now} />
            </li>
          ))}
        {call.parts.every(({ is }) => is === "left") && (
          <li class="faint">{t(call.parts.length === 0 ? "now.inMenu" : "now.waits")}</li>
        )}
      </ul>
      <div class="booking faint ellipsis">
        <BookingWords booking={call.booking} />
      </div>
      <div class="figures runs" title={t("now.since")}>
        {duration((now - call.startedAt) / 1_000)}
      </div>
    </>
  );
}

function PartChip({ part, now }: { part: LivePart; now: number }): JSX.Element {
  const { word } = useTexts();
  return (
    <span class={`part ${part.is}`}>
      <EmployeeName extension={ownName(part.extension)} name={part.name} />{" "}
      <span class="partState">
        {word("live", part.is)} <span class="figures">{duration((now - part.since) / 1_000)}</span>
      </span>
    </span>
  );
}

function BookingWords({ booking }: { booking: LiveBooking }): JSX.Element {
  const { t, word } = useTexts();
  switch (booking.on) {
    case "nothing":
      return <>{t("now.notBooked")}</>;
    case "unknown-client":
      return <>{word("make", booking.make)}</>;
    default:
      return (
        <span title={booking.name}>
          {word("card", booking.on)} {booking.id} · {booking.name}
        </span>
      );
  }
}

function useSecond(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
