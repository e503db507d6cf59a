/** Rules: as sentences, in the order in which they match, and a field to try a call on them. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { RulesAnswer, TryAnswer } from "../contract-pages.ts";
import { useLoad } from "./load.ts";
import { Empty, Folded, PageHead, Problem, Skeleton } from "./parts.tsx";
import type { Place } from "./place.ts";
import { ruleEffect, ruleCondition } from "./rule-words.ts";
import { TryField, Verdict } from "./try-field.tsx";
import { useTexts } from "./texts.tsx";

export function RulesPage({ place }: { place: Place }): JSX.Element {
  const { t } = useTexts();
  const { value, failure } = useLoad<RulesAnswer>("/rules");
  const [tried, setTried] = useState<TryAnswer | undefined>(undefined);
  return (
    <section>
      <PageHead title={t("page.rules")} />
      {failure !== undefined && <Problem failure={failure} />}
      {value === undefined ? (
        <Skeleton />
      ) : (
        <div class="besides">
          <div>
            <RuleList told={value} tried={tried} named={Number(place.query.get("rule"))} />
          </div>
          <div>
            <TryField dids={value.dids} callId={place.query.get("call") ?? ""} onTried={setTried} />
            {tried !== undefined && <Verdict tried={tried} />}
          </div>
        </div>
      )}
    </section>
  );
}

function RuleList(given: {
  told: RulesAnswer;
  tried: TryAnswer | undefined;
  /** The one that a link leads to. */
  named: number;
}): JSX.Element {
  const texts = useTexts();
  const { t } = texts;
  const { told, tried, named } = given;
  const fits = (number: number | null): boolean =>
    tried !== undefined && (tried.fitting.known === number || tried.fitting.unknown === number);
  return (
    <>
      {told.rules.length === 0 && (
        <Empty>
          <p>{t("rules.none")}</p>
        </Empty>
      )}
      <ol class="rules">
        {told.rules.map((rule) => (
          <li
            key={rule.number}
            class={fits(rule.number) || named === rule.number ? "sheet lit" : "sheet"}
          >
            <p>
              <strong>
                {rule.number}. {rule.name ?? ""}
              </strong>
              {fits(rule.number) && <span class="fits">{t("rules.fits")}</span>}
            </p>
            <p>{ruleCondition(rule.when, texts)}</p>
            <p>→ {ruleEffect(rule.then, texts)}</p>
            <Folded title={t("rules.asWritten")} value={{ when: rule.when, then: rule.then }} />
          </li>
        ))}
        <li class={fits(null) ? "sheet lit" : "sheet"}>
          <p>
            <strong>{t("rules.otherwise")}</strong>
            {fits(null) && <span class="fits">{t("rules.fits")}</span>}
          </p>
          <p>
            {t("rules.unknown", {
              make: texts.word("make", String(told.general["unknown_client"])),
            })}
          </p>
          <p>
            {t("rules.task", {
              when: texts.word("task", String(told.general["missed_call_task"])),
            })}
          </p>
          <Folded title={t("rules.asWritten")} value={told.general} />
        </li>
      </ol>
      {told.numberRules.length > 0 && (
        <div class="sheet">
          <h2>{t("rules.numbers")}</h2>
          <Folded title={t("rules.asWritten")} value={told.numberRules} />
        </div>
      )}
    </>
  );
}
