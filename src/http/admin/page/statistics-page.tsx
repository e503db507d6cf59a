/** Statistics: few, large, honest figures with the period before as comparison; by hour, day, employee. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { EmployeeFigures, Figures, StatisticsAnswer } from "../contract-pages.ts";
import { apiAddress } from "./api.ts";
import { Figure } from "./deliveries-page.tsx";
import { duration } from "./format.ts";
import { Icon } from "./icons.tsx";
import { useLoad } from "./load.ts";
import { Chips, EmployeeName, Empty, PageHead, Problem, Skeleton } from "./parts.tsx";
import { addressOf, go, type Place } from "./place.ts";
import { StackedBars } from "./stacked-bars.tsx";
import { useTexts } from "./texts.tsx";

const DAY_MS = 86_400_000;
const PERIODS = { today: 1, week: 7, month: 30, quarter: 90 } as const;
type Period = keyof typeof PERIODS;
const PERIOD_NAMES = Object.keys(PERIODS) as Period[];

const dayOf = (at: number): string => {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
};

export function StatisticsPage({ place }: { place: Place }): JSX.Element {
  const { t, word } = useTexts();
  const asked = PERIOD_NAMES.find((one) => one === place.query.get("period"));
  const to = place.query.get("to") ?? dayOf(Date.now());
  const chosen = asked ?? (place.query.has("from") ? undefined : "week");
  const from =
    place.query.get("from") ?? dayOf(Date.now() - (PERIODS[chosen ?? "week"] - 1) * DAY_MS);
  const query = `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`;
  const { value, failure } = useLoad<StatisticsAnswer>(`/statistics?${query}`);
  const between = (changed: { from?: string; to?: string }): void =>
    go(addressOf("statistics", undefined, { from, to, ...changed }), "replace");
  return (
    <section>
      <PageHead title={t("page.statistics")}>
        <a class="button" href={apiAddress(`/statistics.csv?${query}`)} download>
          <Icon name="download" /> CSV
        </a>
      </PageHead>
      <div class="filters">
        <Chips
          label={t("stats.period")}
          options={PERIOD_NAMES.map((name) => [name, word("period", name)] as const)}
          chosen={chosen}
          onChoose={(name) => go(addressOf("statistics", undefined, { period: name }), "replace")}
        />
        <div class="dates">
          <label>
            <span class="unseen">{t("stats.from")}</span>
            <input
              type="date"
              value={from}
              max={to}
              onChange={(event) => between({ from: event.currentTarget.value })}
            />
          </label>
          –
          <label>
            <span class="unseen">{t("stats.to")}</span>
            <input
              type="date"
              value={to}
              min={from}
              onChange={(event) => between({ to: event.currentTarget.value })}
            />
          </label>
        </div>
      </div>
      {failure !== undefined && <Problem failure={failure} />}
      {value?.isCounting === true && <p class="notice wait">{t("stats.counting")}</p>}
      {value === undefined ? <Skeleton lines={8} /> : <Statistics told={value} />}
    </section>
  );
}

function Statistics({ told }: { told: StatisticsAnswer }): JSX.Element {
  const { t } = useTexts();
  const { now, before } = told;
  if (now.calls === 0)
    return (
      <Empty>
        <p>{t("stats.empty")}</p>
      </Empty>
    );
  return (
    <>
      <Overview now={now} before={before} />
      <div class="grid">
        <StackedBars
          title={t("stats.byHour")}
          bars={told.hours.map(({ hour, answered, missed }) => ({
            ...{ answered, missed },
            name: `${String(hour).padStart(2, "0")}:00`,
            mark: hour % 6 === 0 ? String(hour) : "",
          }))}
        />
        <StackedBars
          title={t("stats.byDay")}
          bars={told.days.map(({ day, answered, missed }, index) => ({
            ...{ answered, missed },
            name: day,
            mark: index % Math.ceil(told.days.length / 7) === 0 ? day.slice(8) : "",
          }))}
        />
      </div>
      <h2 class="spaced">{t("stats.byEmployee")}</h2>
      <EmployeeTable rows={told.employees} />
      <h2 class="spaced">{t("stats.byResult")}</h2>
      <ResultTable told={told} />
      <p class="faint">{t("stats.zone", { zone: told.timeZone })}</p>
    </>
  );
}

function Overview({ now, before }: { now: Figures; before: Figures }): JSX.Element {
  const { t, clock } = useTexts();
  const than = (value: number, earlier: number): string => {
    if (earlier === 0) return t("stats.noBefore");
    const share = (value - earlier) / earlier;
    const sign = share > 0 ? "+" : "";
    return t("stats.than", { change: `${sign}${clock.percent(share)}`, before: earlier });
  };
  const waited = (seconds: number | null): string => (seconds === null ? "–" : duration(seconds));
  return (
    <div class="figuresRow">
      <Figure name={t("stats.calls")} value={now.calls} note={than(now.calls, before.calls)} />
      <Figure name={t("stats.missed")} value={now.missed} note={than(now.missed, before.missed)} />
      <Figure
        name={t("stats.calledBack")}
        value={`${clock.number(now.calledBack)} / ${clock.number(now.missedClients)}`}
        note={t("stats.cameBack", { n: now.cameBack })}
      />
      <Figure
        name={t("stats.callBackTime")}
        value={waited(now.medianCallBackSeconds)}
        note={t("stats.before", { value: waited(before.medianCallBackSeconds) })}
      />
      <Figure
        name={t("stats.answerTime")}
        value={waited(now.medianAnswerSeconds)}
        note={t("stats.before", { value: waited(before.medianAnswerSeconds) })}
      />
      <Figure
        name={t("stats.talk")}
        value={waited(now.talkSeconds)}
        note={t("stats.before", { value: waited(before.talkSeconds) })}
      />
    </div>
  );
}

const COLUMNS = ["inbound", "notAnswered", "outbound", "talkSeconds", "meanTalkSeconds"] as const;
type Column = "extension" | (typeof COLUMNS)[number];

function EmployeeTable({ rows }: { rows: readonly EmployeeFigures[] }): JSX.Element {
  const { t, word, clock } = useTexts();
  const [by, setBy] = useState<Column>("talkSeconds");
  const sorted = [...rows].sort((one, other) =>
    by === "extension"
      ? (one.name ?? one.extension).localeCompare(other.name ?? other.extension)
      : other[by] - one[by],
  );
  const shown = (row: EmployeeFigures, column: (typeof COLUMNS)[number]): string =>
    column === "talkSeconds" || column === "meanTalkSeconds"
      ? duration(row[column])
      : clock.number(row[column]);
  const Head = ({ column, isNumber }: { column: Column; isNumber: boolean }): JSX.Element => (
    <th
      scope="col"
      class={isNumber ? "number" : ""}
      aria-sort={by === column ? (column === "extension" ? "ascending" : "descending") : "none"}
    >
      <button type="button" class="sorter" onClick={() => setBy(column)}>
        {column === "extension" ? t("employee") : word("column", column)}
        {by === column && <Icon name="down" />}
      </button>
    </th>
  );
  return (
    <div class="sheet scrollX" tabIndex={0} role="region" aria-label={t("stats.byEmployee")}>
      <table>
        <thead>
          <tr>
            <Head column="extension" isNumber={false} />
            {COLUMNS.map((column) => (
              <Head key={column} column={column} isNumber />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={row.extension}>
              <td>
                <EmployeeName extension={row.extension} name={row.name} />
              </td>
              {COLUMNS.map((column) => (
                <td key={column} class="number">
                  {shown(row, column)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ResultTable({ told }: { told: StatisticsAnswer }): JSX.Element {
  const { t, word, clock } = useTexts();
  return (
    <div class="sheet scrollX" tabIndex={0} role="region" aria-label={t("stats.byResult")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("direction")}</th>
            <th scope="col">{t("result")}</th>
            <th scope="col" class="number">
              {t("stats.calls")}
            </th>
          </tr>
        </thead>
        <tbody>
          {told.results.map(({ direction, result, calls }) => (
            <tr key={direction + result}>
              <td>{word("direction", direction)}</td>
              <td>{word("result", result)}</td>
              <td class="number">{clock.number(calls)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
