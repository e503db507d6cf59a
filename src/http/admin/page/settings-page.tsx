/** Settings: what is in force and where it comes from; who looked at what. Nothing is changed here. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { AuditAnswer, SettingsAnswer } from "../contract-pages.ts";
import { read } from "./api.ts";
import { useLoad } from "./load.ts";
import { Empty, Moment, PageHead, Problem, Skeleton } from "./parts.tsx";
import { addressOf } from "./place.ts";
import { useTexts } from "./texts.tsx";

export function SettingsPage(): JSX.Element {
  const { t } = useTexts();
  const { value, failure } = useLoad<SettingsAnswer>("/settings");
  return (
    <section>
      <PageHead title={t("page.settings")} />
      {failure !== undefined && <Problem failure={failure} />}
      {value === undefined ? <Skeleton lines={12} /> : <Settings told={value} />}
      <Audit />
    </section>
  );
}

function Settings({ told }: { told: SettingsAnswer }): JSX.Element {
  const { t } = useTexts();
  const [typed, setTyped] = useState("");
  const [isAll, setAll] = useState(false);
  const wanted = typed.trim().toLowerCase();
  const keys = told.keys.filter(
    ({ path, doc, from }) =>
      (isAll || wanted !== "" || from !== "default") &&
      (wanted === "" || path.toLowerCase().includes(wanted) || doc.toLowerCase().includes(wanted)),
  );
  return (
    <>
      <p>{told.file === null ? t("settings.noFile") : t("settings.file", { file: told.file })}</p>
      {told.warnings.map((warning) => (
        <p key={warning} class="notice wait">
          {warning}
        </p>
      ))}
      <div class="toolRow">
        <label class="grows">
          <span class="unseen">{t("settings.search")}</span>
          <input
            type="search"
            placeholder={t("settings.search")}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={isAll}
            onChange={(event) => setAll(event.currentTarget.checked)}
          />
          {t("settings.withDefaults")}
        </label>
      </div>
      {keys.length === 0 ? (
        <Empty>{t("settings.noneFits")}</Empty>
      ) : (
        <ul class="settings sheet">
          {keys.map((key) => (
            <li key={key.path}>
              <div class="settingName">
                <code>{key.path}</code>
                <span class="faint">{key.doc}</span>
              </div>
              <div class="settingValue">
                <code>{key.value === "" ? "–" : key.value}</code>
                <span class="faint">
                  {key.from === "default"
                    ? t("settings.default")
                    : key.from === "file"
                      ? t("settings.line", { line: key.where ?? "" })
                      : (key.where ?? "")}
                </span>
              </div>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Audit(): JSX.Element {
  const { t, word } = useTexts();
  const { value, failure } = useLoad<AuditAnswer>("/audit");
  const [older, setOlder] = useState<AuditAnswer | undefined>(undefined);
  const last = older ?? value;
  const rows = [...(value?.rows ?? []), ...(older?.rows ?? [])];
  const more = (): void => {
    void read<AuditAnswer>(`/audit?before=${last?.before ?? ""}`).then((told) =>
      setOlder({ rows: [...(older?.rows ?? []), ...told.rows], before: told.before }),
    );
  };
  return (
    <>
      <h2>{t("audit.title")}</h2>
      <p class="faint">{t("audit.what")}</p>
      {failure !== undefined && <Problem failure={failure} />}
      <div class="sheet scrollX" tabIndex={0} role="region" aria-label={t("audit.title")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("time")}</th>
              <th scope="col">{t("audit.who")}</th>
              <th scope="col">{t("audit.did")}</th>
              <th scope="col">{t("audit.from")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ id, at, who, from, did, what }) => (
              <tr key={id}>
                <td>
                  <Moment at={at} />
                </td>
                <td>{who}</td>
                <td>
                  {word("did", did)}{" "}
                  {did === "looked-at-call" || did === "sent-again" ? (
                    <a class="figures" href={addressOf("calls", what)}>
                      {what}
                    </a>
                  ) : (
                    <span class="figures">{what}</span>
                  )}
                </td>
                <td class="figures">{from}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {last?.before !== null && last !== undefined && (
        <div class="further">
          <button type="button" onClick={more}>
            {t("audit.older")}
          </button>
        </div>
      )}
    </>
  );
}
