/** Health: the doctor's verdicts with remedies first, charts after. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ChartsAnswer, ChartSpan, HealthAnswer } from "../contract-pages.ts";
import { change } from "./api.ts";
import { Chart } from "./chart.tsx";
import { useDoing, useLoad } from "./load.ts";
import { Badge, Chips, Empty, Moment, PageHead, Problem, Skeleton, type Mood } from "./parts.tsx";
import { useTexts } from "./texts.tsx";
import { tellCheckName, tellVerdict } from "./words/doctor-words.ts";

type Check = HealthAnswer["checks"][number];

export function HealthPage(): JSX.Element {
  const { t } = useTexts();
  return (
    <section>
      <PageHead title={t("page.health")} />
      <Checks />
      <Charts />
    </section>
  );
}

function Checks(): JSX.Element {
  const { t } = useTexts();
  const kept = useLoad<HealthAnswer>("/health");
  const [fresh, setFresh] = useState<HealthAnswer | undefined>(undefined);
  const doing = useDoing();
  const told = fresh ?? kept.value;
  const examine = (): void =>
    doing.run(async () => setFresh(await change<HealthAnswer>("/health/examine")));
  const order = ["failed", "warning", "ok", "skipped"];
  const checks = [...(told?.checks ?? [])].sort(
    (one, other) => order.indexOf(one.status) - order.indexOf(other.status),
  );
  return (
    <>
      <div class="actions">
        <button type="button" class="primary" disabled={doing.isUnderWay} onClick={examine}>
          {t(doing.isUnderWay ? "health.examining" : "health.examine")}
        </button>
        {told !== undefined && told.at !== null && (
          <span class="faint">
            {t("health.examined")} <Moment at={told.at} />
          </span>
        )}
      </div>
      {doing.failure !== undefined && <Problem failure={doing.failure} />}
      {kept.value === undefined ? (
        <Skeleton />
      ) : checks.length === 0 ? (
        <Empty>
          <p>{t("health.never")}</p>
        </Empty>
      ) : (
        <ul class="checks sheet">
          {checks.map((check) => (
            <li key={check.name}>
              <CheckLine check={check} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

const MOODS: Readonly<Record<Check["status"], Mood>> = {
  ...{ ok: "good", warning: "wait", failed: "bad", skipped: "calm" },
};

function CheckLine({ check }: { check: Check }): JSX.Element {
  const { word, language } = useTexts();
  return (
    <>
      <Badge mood={MOODS[check.status]}>{word("check", check.status)}</Badge>
      <div>
        <strong>{tellCheckName(check.name, language)}</strong>{" "}
        {tellVerdict(check.sentence, language)}
        {check.details.map((line) => (
          <div key={line} class="faint">
            {line}
          </div>
        ))}
        {check.remedy !== null && <div class="advice">→ {tellVerdict(check.remedy, language)}</div>}
      </div>
    </>
  );
}

const SPANS: readonly ChartSpan[] = ["hour", "day", "week"];

function Charts(): JSX.Element {
  const { t, word } = useTexts();
  const [span, setSpan] = useState<ChartSpan>("hour");
  const { value, failure } = useLoad<ChartsAnswer>(`/charts?span=${span}`, 15_000);
  return (
    <>
      <div class="pageHead">
        <h2 class="grows">{t("health.charts")}</h2>
        <Chips
          label={t("health.span")}
          options={SPANS.map((one) => [one, word("span", one)] as const)}
          chosen={span}
          onChoose={(chosen) => setSpan(chosen ?? span)}
        />
      </div>
      {failure !== undefined && <Problem failure={failure} />}
      {value === undefined ? (
        <Skeleton />
      ) : (
        <div class="grid charts">
          <Chart told={value} title={t("health.calls")} values={value.calls} />
          <Chart
            told={value}
            title={t("health.lag")}
            values={value.lagSeconds}
            how={(seconds) => t("seconds", { n: seconds })}
          />
          <Chart told={value} title={t("health.errors")} values={value.errors} isBad />
          <Chart
            told={value}
            title={t("health.requests")}
            values={value.requests}
            limit={value.requestBudget}
          />
        </div>
      )}
    </>
  );
}
