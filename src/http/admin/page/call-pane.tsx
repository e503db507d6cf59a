/** One call: what happened in words and lanes, what was decided and why, what Kommo was told and said. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { CallAnswer, ResentAnswer } from "../contract.ts";
import { apiAddress, change } from "./api.ts";
import { CallLanes, type PlayHead } from "./call-lanes.tsx";
import { headline } from "./headline.ts";
import { Icon } from "./icons.tsx";
import { useDoing, useLoad } from "./load.ts";
import { Moment, Problem, Skeleton, StateBadge } from "./parts.tsx";
import { addressOf, go } from "./place.ts";
import { Player } from "./player.tsx";
import { StepList } from "./step-list.tsx";
import { useTexts } from "./texts.tsx";
import { useMay } from "./user.ts";
import { tellDecision } from "./words/decisions.ts";

export function CallPane({ id, query }: { id: string; query: URLSearchParams }): JSX.Element {
  const { t } = useTexts();
  const { value, failure, again } = useLoad<CallAnswer>(`/calls/${encodeURIComponent(id)}`);
  const pane = useRef<HTMLDivElement>(null);
  const close = (): void => go(addressOf("calls", undefined, Object.fromEntries(query)));
  useEffect(() => {
    const before = document.activeElement;
    pane.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  // While something is still to be sent, what became of it is looked at again.
  const isOpen = value !== undefined && ["waiting", "unknown"].includes(value.call.state);
  useEffect(() => {
    if (!isOpen) return undefined;
    const timer = setInterval(again, 3_000);
    return () => clearInterval(timer);
  }, [isOpen, again]);

  return (
    <>
      <div class="veil" onClick={close} />
      <div
        class="pane"
        role="dialog"
        aria-modal="true"
        aria-label={t("call")}
        tabIndex={-1}
        ref={pane}
        onKeyDown={(event) => {
          if (event.key === "Escape") close();
          else keepInside(event, pane.current);
        }}
      >
        <button type="button" class="quiet close" onClick={close} aria-label={t("close")}>
          <Icon name="close" />
        </button>
        {failure !== undefined && value === undefined && <Problem failure={failure} />}
        {value === undefined ? (
          failure === undefined && <Skeleton lines={8} />
        ) : (
          <Story told={value} again={again} />
        )}
      </div>
    </>
  );
}

/** The tab key goes round within the pane, as what lies behind it cannot be reached. */
function keepInside(event: KeyboardEvent, pane: HTMLElement | null): void {
  if (event.key !== "Tab" || pane === null) return;
  const all = [
    ...pane.querySelectorAll<HTMLElement>("a[href], button, summary, audio, pre, input"),
  ];
  const [first, last] = [all[0], all.at(-1)];
  const isAtStart = document.activeElement === first || document.activeElement === pane;
  if (event.shiftKey && isAtStart) {
    event.preventDefault();
    last?.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first?.focus();
  }
}

function Story({ told, again }: { told: CallAnswer; again: () => void }): JSX.Element {
  const texts = useTexts();
  const { t } = texts;
  const { call } = told;
  const mayAdminister = useMay("administer");
  const mayListen = useMay("listen");
  const [head, setHead] = useState<PlayHead | undefined>(undefined);
  return (
    <>
      <h2>{headline(told, texts)}</h2>
      <p class="faint">
        <Moment at={call.startedAt} /> – <Moment at={call.endedAt} how="time" />
        {call.trunk !== null && <> · {call.trunk}</>}
        {call.queue !== null && (
          <>
            {" "}
            · {t("queue")} {call.queue}
          </>
        )}{" "}
        · <span class="figures">{call.id}</span>
      </p>
      {!call.isEndKnown && <p class="notice wait">{t("call.endUnknown")}</p>}
      <CallLanes told={told} head={head} />
      {call.hasRecording && !mayListen && <p class="faint">{t("role.noRecordings")}</p>}
      {told.recordings.length > 0 && (
        <div class="recordings">
          {told.recordings.map((recording) => (
            <Player key={recording.id} recording={recording} lanes={told.lanes} onHead={setHead} />
          ))}
        </div>
      )}
      <h3>{t("call.decisions")}</h3>
      <Decisions told={told} />
      <h3>
        {t("call.kommo")} <StateBadge state={call.state} />
      </h3>
      <StepList steps={told.steps} state={call.state} />
      {mayAdminister && <Resend id={call.id} state={call.state} again={again} />}
      {mayAdminister && (
        <p class="faint">
          <a href={apiAddress(`/calls/${encodeURIComponent(call.id)}/report`)} download>
            {t("call.report")}
          </a>{" "}
          · {t("call.reportNote")}
          <br />
          <a href={apiAddress(`/calls/${encodeURIComponent(call.id)}/trace`)} download>
            {t("call.trace")}
          </a>{" "}
          · {t("call.traceNote")}
        </p>
      )}
      {call.mergedIds.length > 0 && (
        <p class="faint">{t("call.merged", { ids: call.mergedIds.join(", ") })}</p>
      )}
    </>
  );
}

function Decisions({ told }: { told: CallAnswer }): JSX.Element {
  const { t, language } = useTexts();
  const later = told.steps.flatMap(({ decisions }) => decisions);
  const all = [...told.decisions, ...later];
  if (all.length === 0) return <p class="faint">{t("call.noDecisions")}</p>;
  return (
    <ol class="decisions">
      {all.map(({ decided, because }, index) => (
        <li key={index}>
          <strong>{upper(tellDecision(decided, language))}</strong>
          <span class="because">
            <RuleLinked text={tellDecision(because, language)} />
          </span>
        </li>
      ))}
    </ol>
  );
}

const upper = (text: string): string => text.slice(0, 1).toLocaleUpperCase() + text.slice(1);

/** "rule 2 (night)" leads to that rule. */
function RuleLinked({ text }: { text: string }): JSX.Element {
  const mayFollow = useMay("administer");
  const [, before, rule, number, after] =
    /^(.*?(?:^| ))((?:rule|regla|regra|правило) (\d+))(.*)$/.exec(text) ?? [];
  if (rule === undefined || number === undefined || !mayFollow) return <>{text}</>;
  return (
    <>
      {before}
      <a href={addressOf("rules", undefined, { rule: number })}>{rule}</a>
      {after}
    </>
  );
}

function Resend(given: { id: string; state: string; again: () => void }): JSX.Element | null {
  const { t } = useTexts();
  const doing = useDoing();
  const [said, setSaid] = useState("");
  if (given.state === "booked") return null;
  const sendAgain = async (): Promise<void> => {
    const done = await change<ResentAnswer>(`/calls/${encodeURIComponent(given.id)}/resend`);
    const count = done.retried + done.hurried + done.planned;
    setSaid(
      done.leftOutBecause !== null
        ? t("resend.leftOut", { because: done.leftOutBecause })
        : count === 0
          ? t(done.unknown > 0 ? "resend.lookedUp" : "resend.nothing")
          : t("resend.done", { n: count }),
    );
    given.again();
  };
  return (
    <div class="actions">
      <button
        type="button"
        class="primary"
        disabled={doing.isUnderWay}
        onClick={() => doing.run(sendAgain)}
      >
        {t(given.state === "left-out" ? "resend.planAnew" : "resend.go")}
      </button>
      <span role="status">{said}</span>
      {doing.failure !== undefined && <Problem failure={doing.failure} />}
    </div>
  );
}
