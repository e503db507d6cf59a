/** Calls as bars: answered ones below, the others hatched above them. */
import type { JSX } from "preact";
import { useTexts } from "./texts.tsx";

export type Bar = {
  readonly name: string;
  /** Below the bar; "" where there is no room. */
  readonly mark: string;
  readonly answered: number;
  readonly missed: number;
};

const HEIGHT = 160;
const MARKS_PX = 20;

export function StackedBars({ title, bars }: { title: string; bars: readonly Bar[] }): JSX.Element {
  const { t, clock } = useTexts();
  const top = Math.max(1, ...bars.map(({ answered, missed }) => answered + missed));
  const width = 100 / Math.max(1, bars.length);
  const scale = (HEIGHT - 4) / top;
  const most = bars.reduce<Bar | undefined>(
    (best, bar) =>
      best === undefined || bar.answered + bar.missed > best.answered + best.missed ? bar : best,
    undefined,
  );
  const label =
    most === undefined
      ? title
      : `${title}: ${t("chart.most", { value: `${clock.number(most.answered + most.missed)} (${most.name})` })}`;
  return (
    <figure class="sheet chart">
      <figcaption>
        <strong>{title}</strong>
        <ul class="legend" aria-hidden="true">
          <li class="talk">{t("stats.answered")}</li>
          <li class="ring">{t("stats.notAnswered")}</li>
        </ul>
      </figcaption>
      <svg width="100%" height={HEIGHT + MARKS_PX} role="img" aria-label={label}>
        <defs>
          <pattern
            id={`hatched-${bars.length}`}
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="6" height="6" class="ringGround" />
            <line x1="0" y1="0" x2="0" y2="6" class="ringLine" />
          </pattern>
        </defs>
        <line x1="0" x2="100%" y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} class="axisLine" />
        {bars.map(({ name, mark, answered, missed }, index) => (
          <g key={name}>
            <title>{`${name}: ${clock.number(answered)} ${t("stats.answered")}, ${clock.number(missed)} ${t("stats.notAnswered")}`}</title>
            <rect
              x={`${(index + 0.1) * width}%`}
              width={`${width * 0.8}%`}
              y={HEIGHT - answered * scale}
              height={answered * scale}
              class="bar"
            />
            <rect
              x={`${(index + 0.1) * width}%`}
              width={`${width * 0.8}%`}
              y={HEIGHT - (answered + missed) * scale}
              height={missed * scale}
              fill={`url(#hatched-${bars.length})`}
            />
            {mark !== "" && (
              <text
                x={`${(index + 0.5) * width}%`}
                y={HEIGHT + MARKS_PX - 4}
                text-anchor="middle"
                class="axisText"
              >
                {mark}
              </text>
            )}
          </g>
        ))}
      </svg>
    </figure>
  );
}
