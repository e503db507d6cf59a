/** Small parts that all pages share. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { CallState, Direction } from "../contract.ts";
import type { ApiFailure } from "./api.ts";
import { phone as formatPhone } from "./format.ts";
import { Icon, type IconName } from "./icons.tsx";
import { useTexts } from "./texts.tsx";

export type Mood = "good" | "wait" | "bad" | "calm";

/** A state in colour, shape and word. */
export function Badge({
  mood,
  children,
}: {
  mood: Mood;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <span class={`badge ${mood}`}>
      {mood !== "calm" && <Icon name={mood} />}
      {children}
    </span>
  );
}

const MOOD_OF_STATE: Readonly<Record<CallState, Mood>> = {
  ...{ booked: "good", waiting: "wait", unknown: "wait", "set-aside": "bad", "left-out": "calm" },
};

export function StateBadge({ state }: { state: CallState }): JSX.Element {
  const { word } = useTexts();
  return <Badge mood={MOOD_OF_STATE[state]}>{word("state", state)}</Badge>;
}

export function DirectionMark({ direction }: { direction: Direction }): JSX.Element {
  const { word } = useTexts();
  return (
    <span class="direction" title={word("direction", direction)}>
      <Icon name={direction satisfies IconName} />
      <span class="unseen">{word("direction", direction)}</span>
    </span>
  );
}

export function Phone({ number }: { number: string | null }): JSX.Element {
  const { t } = useTexts();
  if (number === null) return <span class="faint">{t("withheld")}</span>;
  return <span class="figures nowrap">{formatPhone(number)}</span>;
}

/** In the viewer's zone; the account's on hover. */
export function Moment({
  at,
  how = "moment",
}: {
  at: number;
  how?: "moment" | "time";
}): JSX.Element {
  const { clock } = useTexts();
  return (
    <time
      class="figures nowrap"
      dateTime={new Date(at).toISOString()}
      title={clock.accountTime(at)}
    >
      {clock[how](at)}
    </time>
  );
}

export const EmployeeName = (given: { extension: string; name: string | null }): JSX.Element =>
  given.name === null ? (
    <span class="figures">{given.extension}</span>
  ) : (
    <span title={`${given.name} (${given.extension})`}>
      {given.name} <span class="faint figures">{given.extension}</span>
    </span>
  );

/** Lines in the shape of what will come. */
export function Skeleton({ lines = 6 }: { lines?: number }): JSX.Element {
  const { t } = useTexts();
  return (
    <div class="skeleton" role="status">
      <span class="unseen">{t("loading")}</span>
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} />
      ))}
    </div>
  );
}

export const Empty = ({ children }: { children: ComponentChildren }): JSX.Element => (
  <div class="empty">{children}</div>
);

export function Problem({ failure }: { failure: ApiFailure }): JSX.Element {
  const { t } = useTexts();
  const isAway = failure.status === 0;
  return (
    <div class="notice bad" role="alert">
      <Icon name="bad" />
      <div>
        <p>{isAway ? t("daemonAway") : failure.message}</p>
        {failure.hint !== undefined && <p class="faint">{failure.hint}</p>}
      </div>
    </div>
  );
}

export const PageHead = (given: { title: string; children?: ComponentChildren }): JSX.Element => (
  <header class="pageHead">
    <h1>{given.title}</h1>
    {given.children}
  </header>
);

/** JSON, folded until somebody wants it. */
export function Folded({ title, value }: { title: string; value: unknown }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="folded" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen && (
        <pre tabIndex={0}>
          {typeof value === "string" ? value : JSON.stringify(value, undefined, 2)}
        </pre>
      )}
    </details>
  );
}

/** A row of choices of which one is taken, as chips. */
export function Chips<Name extends string>(given: {
  label: string;
  options: readonly (readonly [Name, string])[];
  chosen: Name | undefined;
  onChoose: (name: Name | undefined) => void;
}): JSX.Element {
  return (
    <div class="chips" role="group" aria-label={given.label}>
      {given.options.map(([name, text]) => (
        <button
          key={name}
          type="button"
          class="chip"
          aria-pressed={given.chosen === name}
          onClick={() => given.onChoose(given.chosen === name ? undefined : name)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
