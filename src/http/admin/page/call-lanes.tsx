/** A call's time line: a lane for the client, the queue and each employee; time goes from left to right. */
import type { JSX } from "preact";
import type { CallAnswer, Lane, Span, Transfer } from "../contract.ts";
import { ownName } from "../../../lib/exchange-names.ts";
import { axisOf } from "./axis.ts";
import { duration } from "./format.ts";
import { headline } from "./headline.ts";
import { Moment } from "./parts.tsx";
import { useTexts } from "./texts.tsx";

/** Where a player stands: of which recording, at which moment of the call. */
export type PlayHead = { readonly id: string; readonly at: number };

const LANE_PX = 40;
const BAR_PX = 18;
const AXIS_PX = 22;

export function CallLanes(given: { told: CallAnswer; head: PlayHead | undefined }): JSX.Element {
  const texts = useTexts();
  const { t } = texts;
  const { told, head } = given;
  const { lanes, call } = told;
  const length = Math.max(1, call.endedAt - call.startedAt);
  const share = (at: number): number =>
    Math.min(100, Math.max(0, ((at - call.startedAt) / length) * 100));
  const height = lanes.length * LANE_PX + AXIS_PX;
  return (
    <figure class="lanes">
      <div class="laneNames" aria-hidden="true">
        {lanes.map((lane, index) => (
          <div key={index} style={{ height: `${LANE_PX}px` }} class="ellipsis">
            <LaneName lane={lane} />
          </div>
        ))}
      </div>
      <svg
        class="laneDrawing"
        height={height}
        width="100%"
        role="img"
        aria-label={headline(told, texts)}
      >
        <defs>
          <pattern
            id="hatched"
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="6" height="6" class="ringGround" />
            <line x1="0" y1="0" x2="0" y2="6" class="ringLine" />
          </pattern>
          <pattern id="dotted" width="6" height="6" patternUnits="userSpaceOnUse">
            <rect width="6" height="6" class="holdGround" />
            <circle cx="3" cy="3" r="1.4" class="holdDot" />
          </pattern>
        </defs>
        {axisOf(length / 1_000).map((seconds) => (
          <g key={seconds}>
            <line
              x1={`${share(call.startedAt + seconds * 1_000)}%`}
              x2={`${share(call.startedAt + seconds * 1_000)}%`}
              y1="0"
              y2={height - AXIS_PX + 4}
              class="axisLine"
            />
            <text
              x={`${share(call.startedAt + seconds * 1_000)}%`}
              y={height - 4}
              class="axisText"
              text-anchor={seconds === 0 ? "start" : "middle"}
            >
              {duration(seconds)}
            </text>
          </g>
        ))}
        {lanes.map((lane, index) => (
          <LaneBars key={index} lane={lane} top={index * LANE_PX} share={share} />
        ))}
        {told.recordings.map((recording) => {
          const row = Math.max(
            0,
            lanes.findIndex(({ extension }) => extension === recording.extension),
          );
          const y = row * LANE_PX + LANE_PX - 7;
          return (
            <line
              key={recording.id}
              x1={`${share(recording.span.from)}%`}
              x2={`${share(recording.span.to)}%`}
              y1={y}
              y2={y}
              class="recordingLine"
            >
              <title>{t("recorded")}</title>
            </line>
          );
        })}
        {told.transfers.map((transfer, index) => (
          <TransferArrow key={index} transfer={transfer} lanes={lanes} share={share} />
        ))}
        {head !== undefined && (
          <line
            x1={`${share(head.at)}%`}
            x2={`${share(head.at)}%`}
            y1="0"
            y2={height - AXIS_PX}
            class="playHead"
          />
        )}
      </svg>
      <figcaption>
        <ul class="legend" aria-hidden="true">
          <li class="ring">{t("lane.ring")}</li>
          <li class="talk">{t("lane.talk")}</li>
          {lanes.some(({ holds }) => holds.length > 0) && <li class="hold">{t("lane.hold")}</li>}
          {lanes.some(({ withClient }) => !withClient) && (
            <li class="aside">{t("lane.consultation")}</li>
          )}
          {told.recordings.length > 0 && <li class="recording">{t("recorded")}</li>}
        </ul>
        <StagesTable told={told} />
      </figcaption>
    </figure>
  );
}

function LaneName({ lane }: { lane: Lane }): JSX.Element {
  const { t } = useTexts();
  if (lane.who === "client") return <strong>{t("client")}</strong>;
  if (lane.who === "queue")
    return (
      <span title={lane.name ?? undefined}>
        {t("queue")} {lane.name}
      </span>
    );
  return (
    <span title={lane.name ?? undefined}>
      <span class="figures">{ownName(lane.extension ?? "")}</span> {lane.name}
    </span>
  );
}

type Share = (at: number) => number;

function LaneBars(given: { lane: Lane; top: number; share: Share }): JSX.Element {
  const { t } = useTexts();
  const { lane, top, share } = given;
  const y = top + (LANE_PX - BAR_PX) / 2 - 2;
  const talk = lane.withClient ? "talkBar" : "talkBar consultation";
  const bars: readonly (readonly [string, string, readonly Span[]])[] = [
    ["ringBar", t(lane.who === "employee" ? "lane.ring" : "lane.wait"), lane.rings],
    [talk, t(lane.withClient ? "lane.talk" : "lane.consultation"), lane.talks],
    ["holdBar", t("lane.hold"), lane.holds],
  ];
  return (
    <g>
      <line x1="0" x2="100%" y1={top + LANE_PX - 1} y2={top + LANE_PX - 1} class="laneLine" />
      {bars.flatMap(([kind, name, spans]) =>
        spans.map((span) => (
          <rect
            key={`${kind} ${span.from}`}
            x={`${share(span.from)}%`}
            // A ring of a tenth of a second is there, too.
            width={`${Math.max(0.4, share(span.to) - share(span.from))}%`}
            y={y}
            height={BAR_PX}
            rx="3"
            class={kind}
          >
            <title>{`${name}, ${duration((span.to - span.from) / 1_000)}`}</title>
          </rect>
        )),
      )}
    </g>
  );
}

function TransferArrow(given: {
  transfer: Transfer;
  lanes: readonly Lane[];
  share: Share;
}): JSX.Element | null {
  const { t } = useTexts();
  const { transfer, lanes, share } = given;
  const row = (extension: string): number =>
    lanes.findIndex((lane) => lane.extension === extension);
  const [from, to] = [row(transfer.from), row(transfer.to)];
  if (from < 0 || to < 0) return null;
  const middle = (index: number): number => index * LANE_PX + LANE_PX / 2 - 2;
  const goesDown = to > from;
  const start = middle(from) + (goesDown ? BAR_PX / 2 : -BAR_PX / 2);
  const end = middle(to) + (goesDown ? -BAR_PX / 2 : BAR_PX / 2);
  const x = `${share(transfer.at)}%`;
  const tip = goesDown ? end - 5 : end + 5;
  return (
    <g class="transfer">
      <title>{t("headline.transferred", { to: transfer.to })}</title>
      <line x1={x} x2={x} y1={start} y2={end} />
      <svg x={x} y="0" overflow="visible">
        <path d={`M-4 ${tip}L0 ${end}L4 ${tip}`} />
      </svg>
    </g>
  );
}

/** The same for whoever cannot see it. */
function StagesTable({ told }: { told: CallAnswer }): JSX.Element {
  const { t, word } = useTexts();
  return (
    <details class="folded">
      <summary>{t("lane.asTable")}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("time")}</th>
            <th scope="col">{t("employee")}</th>
            <th scope="col">{t("lane.what")}</th>
          </tr>
        </thead>
        <tbody>
          {told.stages.map(({ stage, extension, at }, index) => (
            <tr key={index}>
              <td>
                <Moment at={at} how="time" />
              </td>
              <td>{extension === null ? "–" : ownName(extension)}</td>
              <td>{word("stage", stage)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
