/** What Kommo was told of a call, and what it said: one entry a step, the JSON folded. */
import type { JSX } from "preact";
import type { CallState, StepStory } from "../contract.ts";
import { Icon } from "./icons.tsx";
import { Badge, Folded, Moment, type Mood } from "./parts.tsx";
import { useTexts } from "./texts.tsx";

export const MOOD_OF_STEP: Readonly<Record<StepStory["state"], Mood>> = {
  ...{ ready: "wait", sending: "wait", unknown: "wait", done: "good", "set-aside": "bad" },
};

export function StepList(given: { steps: readonly StepStory[]; state: CallState }): JSX.Element {
  const { t } = useTexts();
  if (given.steps.length === 0)
    return <p class="faint">{t(given.state === "left-out" ? "steps.none" : "steps.forgotten")}</p>;
  return (
    <ul class="steps">
      {given.steps.map((step) => (
        <li key={step.id}>
          <Step step={step} />
        </li>
      ))}
    </ul>
  );
}

function Step({ step }: { step: StepStory }): JSX.Element {
  const { t, word } = useTexts();
  return (
    <article class="step">
      <div class="stepHead">
        <Badge mood={MOOD_OF_STEP[step.state]}>{word("step", step.state)}</Badge>
        <strong>{word("kind", step.kind)}</strong>
        {step.card !== null && (
          <a href={step.card.url} target="_blank" rel="noreferrer">
            {word("card", step.card.what)} {step.card.id} <Icon name="link" />
          </a>
        )}
        <span class="faint stepWhen">
          <Moment at={step.finishedAt ?? step.createdAt} how="time" />
          {step.tries > 1 && <> · {t("steps.tries", { n: step.tries })}</>}
        </span>
      </div>
      {step.reason !== null && (
        <p class={step.state === "set-aside" ? "reason bad" : "reason"}>
          {step.reason}
          {step.hint !== null && <span class="faint"> → {step.hint}</span>}
        </p>
      )}
      {step.nextAt !== null && (
        <p class="faint">
          {t(step.state === "unknown" ? "steps.nextLook" : "steps.nextTry")}{" "}
          <Moment at={step.nextAt} how="time" />
        </p>
      )}
      {step.request.body !== null && (
        <Folded
          title={`${step.request.method} ${step.request.path}`.trim()}
          value={step.request.body}
        />
      )}
      {step.answer !== null && <Folded title={t("steps.answer")} value={step.answer} />}
    </article>
  );
}
