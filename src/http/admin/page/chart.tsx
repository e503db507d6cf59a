/** One row of bars over time, with its greatest value and its ends in words. */
import type { JSX } from "preact";
import type { ChartsAnswer } from "../contract-pages.ts";
import { useTexts } from "./texts.tsx";

const HEIGHT = 96;

export function Chart(given: {
  told: Pick<ChartsAnswer, "from" | "stepMs">;
  title: string;
  values: readonly (number | null)[];
  how?: (value: number) => string;
  isBad?: boolean;
  /** What may not be passed; drawn where it is near. */
  limit?: number;
}): JSX.Element {
  const { t, clock } = useTexts();
  const { told, title, values, isBad = false, limit } = given;
  const how = given.how ?? ((value: number) => clock.number(value));
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  const isLimitNear = limit !== undefined && most > limit / 3;
  const top = Math.max(1, isLimitNear ? Math.max(limit, most) : most);
  const total = values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const width = 100 / values.length;
  return (
    <figure class="sheet chart">
      <figcaption>
        <strong>{title}</strong>
        <span class="faint">
          {t("chart.most", { value: how(most) })}
          {limit !== undefined && <> · {t("chart.limit", { value: how(limit) })}</>}
        </span>
      </figcaption>
      <svg
        width="100%"
        height={HEIGHT}
        role="img"
        aria-label={`${title}: ${t("chart.most", { value: how(most) })}, ${t("chart.total", { value: clock.number(total) })}`}
      >
        <line x1="0" x2="100%" y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} class="axisLine" />
        {isLimitNear && (
          <line
            x1="0"
            x2="100%"
            y1={HEIGHT - (limit / top) * (HEIGHT - 4)}
            y2={HEIGHT - (limit / top) * (HEIGHT - 4)}
            class="limitLine"
          />
        )}
        {values.map((value, index) => {
          const at = told.from + index * told.stepMs;
          if (value === null)
            return (
              <rect
                key={at}
                x={`${index * width}%`}
                y={HEIGHT - 3}
                width={`${width}%`}
                height="2"
                class="noValue"
              >
                <title>{`${clock.moment(at)}: ${t("chart.none")}`}</title>
              </rect>
            );
          const height = value === 0 ? 0 : Math.max(2, (value / top) * (HEIGHT - 4));
          return (
            <rect
              key={at}
              x={`${index * width + width * 0.1}%`}
              y={HEIGHT - height}
              width={`${width * 0.8}%`}
              height={height}
              class={isBad ? "bar bad" : "bar"}
            >
              <title>{`${clock.moment(at)}: ${how(value)}`}</title>
            </rect>
          );
        })}
      </svg>
      <div class="chartEnds faint">
        <span>{clock.moment(told.from)}</span>
        <span>{t("chart.now")}</span>
      </div>
    </figure>
  );
}
