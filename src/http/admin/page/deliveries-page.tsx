/** Deliveries: what waits for Kommo, since when and why; what was set aside, by cause. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ResentAnswer } from "../contract.ts";
import type { DeliveriesAnswer, DeliveryRow, SetAsideGroup } from "../contract-pages.ts";
import { change } from "./api.ts";
import { Icon } from "./icons.tsx";
import { useDoing, useLoad } from "./load.ts";
import { Badge, Empty, Moment, PageHead, Problem, Skeleton } from "./parts.tsx";
import { addressOf } from "./place.ts";
import { MOOD_OF_STEP } from "./step-list.tsx";
import { useTexts } from "./texts.tsx";

export function DeliveriesPage(): JSX.Element {
  const { t } = useTexts();
  const { value, failure, again } = useLoad<DeliveriesAnswer>("/deliveries", 3_000);
  return (
    <section>
      <PageHead title={t("page.deliveries")} />
      {failure !== undefined && <Problem failure={failure} />}
      {value === undefined ? <Skeleton /> : <Deliveries told={value} again={again} />}
    </section>
  );
}

function Deliveries({ told, again }: { told: DeliveriesAnswer; again: () => void }): JSX.Element {
  const { t, clock } = useTexts();
  const { counts, halt } = told;
  return (
    <>
      {halt !== null && (
        <div class="notice bad">
          <Icon name="bad" />
          <div>
            <p>
              {t("status.halt", { since: clock.moment(halt.since), hint: "" })} {halt.reason}
            </p>
            <p>→ {halt.hint}</p>
          </div>
        </div>
      )}
      <div class="figuresRow">
        <Figure name={t("deliveries.ready")} value={counts.ready} />
        <Figure name={t("step.sending")} value={counts.sending} />
        <Figure name={t("step.unknown")} value={counts.unknown} />
        <Figure name={t("step.set-aside")} value={counts.setAside} isBad />
      </div>
      {counts.setAside > 0 && <SetAside told={told} again={again} />}
      <h2>{t("deliveries.open")}</h2>
      {told.open.length === 0 ? (
        <Empty>
          <p>{t("deliveries.nothingOpen")}</p>
        </Empty>
      ) : (
        <DeliveryTable rows={told.open} />
      )}
      <h2>{t("deliveries.done")}</h2>
      {told.done.length === 0 ? (
        <p class="faint">{t("deliveries.nothingDone")}</p>
      ) : (
        <DeliveryTable rows={told.done} isDone />
      )}
    </>
  );
}

export function Figure(given: {
  name: string;
  value: number | string;
  isBad?: boolean;
  note?: string;
}): JSX.Element {
  const { clock } = useTexts();
  const { name, value, isBad = false, note } = given;
  const isShownBad = isBad && value !== 0;
  return (
    <div class={isShownBad ? "figure bad" : "figure"}>
      <div class="figureName">
        {isShownBad && <Icon name="bad" />} {name}
      </div>
      <div class="figureValue">{typeof value === "number" ? clock.number(value) : value}</div>
      {note !== undefined && <div class="faint figureNote">{note}</div>}
    </div>
  );
}

function SetAside({ told, again }: { told: DeliveriesAnswer; again: () => void }): JSX.Element {
  const { t } = useTexts();
  const doing = useDoing();
  const [said, setSaid] = useState("");
  const retry = async (): Promise<void> => {
    const done = await change<ResentAnswer>("/deliveries/retry");
    setSaid(t("resend.done", { n: done.retried + done.hurried + done.planned }));
    again();
  };
  return (
    <>
      <h2>{t("deliveries.setAside")}</h2>
      {told.setAside.map((group) => (
        <Group key={group.reason + group.hint} group={group} />
      ))}
      <div class="actions">
        <button
          type="button"
          class="primary"
          disabled={doing.isUnderWay}
          onClick={() => doing.run(retry)}
        >
          {t("deliveries.retryAll")}
        </button>
        <span role="status">{said}</span>
        {doing.failure !== undefined && <Problem failure={doing.failure} />}
      </div>
    </>
  );
}

function Group({ group }: { group: SetAsideGroup }): JSX.Element {
  const { t } = useTexts();
  return (
    <div class="sheet">
      <p>
        <Badge mood="bad">{t("deliveries.steps", { n: group.count })}</Badge> {group.reason}
      </p>
      {group.hint !== "" && <p class="advice">→ {group.hint}</p>}
      <p class="faint">
        <Moment at={group.firstAt} />
        {group.lastAt !== group.firstAt && (
          <>
            {" – "}
            <Moment at={group.lastAt} />
          </>
        )}
      </p>
      <DeliveryTable rows={group.rows} isBrief />
    </div>
  );
}

function DeliveryTable(given: {
  rows: readonly DeliveryRow[];
  isBrief?: boolean;
  isDone?: boolean;
}): JSX.Element {
  const { t, word } = useTexts();
  const { rows, isBrief = false, isDone = false } = given;
  return (
    <div
      class={isBrief ? "scrollX" : "sheet scrollX"}
      tabIndex={0}
      role="region"
      aria-label={t("deliveries.steps", { n: rows.length })}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">{t("deliveries.what")}</th>
            {!isBrief && <th scope="col">{t("deliveries.state")}</th>}
            <th scope="col">{t("deliveries.since")}</th>
            {!isBrief && !isDone && <th scope="col">{t("deliveries.why")}</th>}
            <th scope="col">{t("call")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td>{word("kind", row.kind)}</td>
              {!isBrief && (
                <td>
                  <Badge mood={MOOD_OF_STEP[row.state]}>{word("step", row.state)}</Badge>
                </td>
              )}
              <td>
                <Moment at={row.finishedAt ?? row.createdAt} />
              </td>
              {!isBrief && !isDone && (
                <td>
                  {row.reason ?? ""}
                  {row.nextAt !== null && (
                    <div class="faint">
                      {t("steps.nextTry")} <Moment at={row.nextAt} how="time" />
                      {row.tries > 0 && <> · {t("steps.tries", { n: row.tries })}</>}
                    </div>
                  )}
                </td>
              )}
              <td>
                <a class="figures" href={addressOf("calls", row.callId)}>
                  {row.callId}
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
