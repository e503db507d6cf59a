/** Customizations: a card for each hook at its place in a call's way, and a bench to try its script. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CustomizationsAnswer, HookTrialAnswer } from "../contract-pages.ts";
import { change } from "./api.ts";
import { useDoing, useLoad } from "./load.ts";
import { Badge, Folded, Moment, PageHead, Problem, Skeleton } from "./parts.tsx";
import type { Place } from "./place.ts";
import { useTexts } from "./texts.tsx";

type Hook = CustomizationsAnswer["hooks"][number];
type Script = NonNullable<Hook["script"]>;

/** The way of a call, and who is asked on it. */
const WAY: readonly (readonly [string, readonly string[]])[] = [
  ["arrives", ["customize_autodistribution"]],
  ["dialled", ["process_originate_params"]],
  ["decided", ["need_registration", "process_client_phone", "process_record_file_path"]],
  [
    "sent",
    [
      "process_call_params",
      "process_contact_creation_params",
      "process_lead_creation_params",
      "process_unsorted_creation_params",
      "process_contact_update_params",
      "process_lead_update_params",
      "process_task_creation_params",
    ],
  ],
  ["booked", ["post_registration"]],
];

export function CustomizationsPage({ place }: { place: Place }): JSX.Element {
  const { t, word } = useTexts();
  const { value, failure } = useLoad<CustomizationsAnswer>("/customizations", 5_000);
  return (
    <section>
      <PageHead title={t("page.customizations")} />
      {failure !== undefined && <Problem failure={failure} />}
      {value === undefined ? (
        <Skeleton />
      ) : (
        <>
          <p class="faint">{t("scripts.folder", { folder: value.folder })}</p>
          {WAY.map(([step, names]) => (
            <div key={step} class="wayStep">
              <h2>{word("way", step)}</h2>
              <div class="hooks">
                {value.hooks
                  .filter(({ name }) => names.includes(name))
                  .map((hook) => (
                    <HookCard key={hook.name} hook={hook} callId={place.query.get("call") ?? ""} />
                  ))}
              </div>
            </div>
          ))}
        </>
      )}
    </section>
  );
}

function HookCard({ hook, callId }: { hook: Hook; callId: string }): JSX.Element {
  const { t } = useTexts();
  const { script } = hook;
  return (
    <article class={script === null ? "hook none" : "hook sheet"}>
      <div class="stepHead">
        <code>{hook.name}</code>
        {script !== null && <ScriptState script={script} />}
      </div>
      <p class="faint">{hook.doc}</p>
      {script !== null && (
        <>
          {script.problem !== null && <p class="reason bad">{script.problem}</p>}
          <Numbers script={script} />
          {script.lastFailure !== null && (
            <p class="reason">
              {t("scripts.lastFailure")}: {script.lastFailure}
            </p>
          )}
          <Bench name={hook.name} callId={callId} />
        </>
      )}
    </article>
  );
}

function ScriptState({ script }: { script: Script }): JSX.Element {
  const { t } = useTexts();
  if (script.isOff) return <Badge mood="calm">{t("scripts.off")}</Badge>;
  if (script.problem !== null) return <Badge mood="bad">{t("scripts.notLoaded")}</Badge>;
  return script.failures > 0 ? (
    <Badge mood="wait">{t("scripts.failures", { n: script.failures })}</Badge>
  ) : (
    <Badge mood="good">{t("scripts.inForce")}</Badge>
  );
}

function Numbers({ script }: { script: Script }): JSX.Element {
  const { t, clock } = useTexts();
  const ms = (value: number): string => t("ms", { n: clock.number(value, value < 10 ? 1 : 0) });
  return (
    <div class="hookNumbers">
      <Sparkline values={script.lastMs} />
      <span class="figures">{t("scripts.runs", { n: script.runs })}</span>
      {script.runs > 0 && (
        <span class="figures">
          {t("scripts.times", { mean: ms(script.meanMs), worst: ms(script.worstMs) })}
        </span>
      )}
      <span class="faint">
        {script.lastAt === null ? t("scripts.never") : <Moment at={script.lastAt} />}
      </span>
    </div>
  );
}

/** Times of the last runs; what they are stands in words beside it. */
function Sparkline({ values }: { values: readonly number[] }): JSX.Element | null {
  if (values.length < 2) return null;
  const top = Math.max(1, ...values);
  const points = values
    .map((value, index) => `${(index / (values.length - 1)) * 96 + 2},${26 - (value / top) * 24}`)
    .join(" ");
  return (
    <svg width="100" height="28" class="sparkline" aria-hidden="true">
      <polyline points={points} />
    </svg>
  );
}

function Bench({ name, callId }: { name: string; callId: string }): JSX.Element {
  const { t } = useTexts();
  const doing = useDoing();
  const [id, setId] = useState(callId);
  const [trial, setTrial] = useState<HookTrialAnswer | undefined>(undefined);
  const tryIt = (): void =>
    doing.run(async () =>
      setTrial(await change<HookTrialAnswer>(`/customizations/${name}/try`, { callId: id })),
    );
  return (
    <details class="folded">
      <summary>{t("bench.title")}</summary>
      <form
        class="toolRow"
        onSubmit={(event) => {
          event.preventDefault();
          tryIt();
        }}
      >
        <label class="grows">
          <span class="unseen">{t("try.callId")}</span>
          <input
            value={id}
            placeholder={t("try.callId")}
            onInput={(event) => setId(event.currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={doing.isUnderWay || id === ""}>
          {t("bench.go")}
        </button>
      </form>
      {doing.failure !== undefined && <Problem failure={doing.failure} />}
      {trial !== undefined && <Trial trial={trial} />}
    </details>
  );
}

function Trial({ trial }: { trial: HookTrialAnswer }): JSX.Element {
  const { t, word, clock } = useTexts();
  if (trial.kind === "not-asked")
    return <p role="status">{t("bench.notAsked", { why: trial.why })}</p>;
  return (
    <div role="status">
      <p>
        <strong>{word("outcome", trial.outcome)}</strong>{" "}
        <span class="faint figures">{t("ms", { n: clock.number(trial.ms, 1) })}</span>
      </p>
      {trial.reason !== null && (
        <p class="reason bad">
          {trial.reason} {trial.hint !== null && <span class="faint">→ {trial.hint}</span>}
        </p>
      )}
      <h3>{t("bench.difference")}</h3>
      {trial.difference.length === 0 ? (
        <p class="faint">{t("bench.same")}</p>
      ) : (
        <pre tabIndex={0} class="difference">
          {trial.difference.map((line) => (
            <div key={line} class={line.startsWith("-") ? "minus" : "plus"}>
              {line}
            </div>
          ))}
        </pre>
      )}
      <Folded title={t("bench.input")} value={trial.input} />
      {trial.output !== null && <Folded title={t("bench.output")} value={trial.output} />}
    </div>
  );
}
