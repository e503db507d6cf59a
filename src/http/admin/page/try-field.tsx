/** The field that tries a call on the rules: made up from a few answers, or one of the past by its id. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { TryAnswer } from "../contract-pages.ts";
import { change } from "./api.ts";
import { phone } from "./format.ts";
import { useExchanges } from "./exchanges.tsx";
import { useDoing } from "./load.ts";
import { Folded, Problem } from "./parts.tsx";
import { useTexts } from "./texts.tsx";
import { tellDecision } from "./words/decisions.ts";

const KINDS = [
  "inbound_missed",
  "inbound_answered",
  "outbound_answered",
  "outbound_unanswered",
] as const;
type Kind = (typeof KINDS)[number];

const CALLS: Readonly<Record<Kind, { direction: "inbound" | "outbound"; result: string }>> = {
  inbound_missed: { direction: "inbound", result: "missed" },
  inbound_answered: { direction: "inbound", result: "answered" },
  outbound_answered: { direction: "outbound", result: "answered" },
  outbound_unanswered: { direction: "outbound", result: "no_answer" },
};

/** As an input of type datetime-local has it, in the viewer's zone. */
function localNow(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function TryField(given: {
  dids: readonly string[];
  callId: string;
  onTried: (tried: TryAnswer) => void;
}): JSX.Element {
  const { t, word } = useTexts();
  const doing = useDoing();
  const [isPast, setPast] = useState(given.callId !== "");
  const [callId, setCallId] = useState(given.callId);
  const [kind, setKind] = useState<Kind>("inbound_missed");
  const [number, setNumber] = useState("79161234567");
  const [did, setDid] = useState(given.dids[0] ?? "");
  const [extension, setExtension] = useState("");
  const exchanges = useExchanges();
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const exchange = chosen ?? exchanges[0] ?? "";
  const [at, setAt] = useState(localNow());
  const asked = isPast
    ? { callId }
    : {
        ...CALLS[kind],
        ...{ phone: number, did, extension, exchange, seconds: 30 },
        at: new Date(at).getTime() || Date.now(),
      };
  const tryIt = (): void =>
    doing.run(async () => given.onTried(await change<TryAnswer>("/rules/try", asked)));

  return (
    <form
      class="sheet tryField"
      onSubmit={(event) => {
        event.preventDefault();
        tryIt();
      }}
    >
      <h2>{t("try.title")}</h2>
      <div class="chips" role="group" aria-label={t("try.which")}>
        <button type="button" class="chip" aria-pressed={!isPast} onClick={() => setPast(false)}>
          {t("try.madeUp")}
        </button>
        <button type="button" class="chip" aria-pressed={isPast} onClick={() => setPast(true)}>
          {t("try.past")}
        </button>
      </div>
      {isPast ? (
        <Field
          name={t("try.callId")}
          value={callId}
          onInput={setCallId}
          placeholder="1795261714.0"
        />
      ) : (
        <div class="fields">
          <label>
            {t("try.kind")}
            <select value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind)}>
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {word("class", one)}
                </option>
              ))}
            </select>
          </label>
          {exchanges.length > 1 && (
            <label>
              {t("exchange")}
              <select value={exchange} onChange={(event) => setChosen(event.currentTarget.value)}>
                {exchanges.map((one) => (
                  <option key={one} value={one}>
                    {one}
                  </option>
                ))}
              </select>
            </label>
          )}
          <Field name={t("try.phone")} value={number} onInput={setNumber} />
          <Field name={t("try.did")} value={did} onInput={setDid} />
          <Field name={t("extension")} value={extension} onInput={setExtension} />
          <label>
            {t("try.at")}
            <input
              type="datetime-local"
              value={at}
              onInput={(event) => setAt(event.currentTarget.value)}
            />
          </label>
        </div>
      )}
      <div class="actions">
        <button type="submit" class="primary" disabled={doing.isUnderWay}>
          {t("try.go")}
        </button>
      </div>
      {doing.failure !== undefined && <Problem failure={doing.failure} />}
    </form>
  );
}

function Field(given: {
  name: string;
  value: string;
  onInput: (value: string) => void;
  placeholder?: string;
}): JSX.Element {
  return (
    <label>
      {given.name}
      <input
        type="text"
        value={given.value}
        placeholder={given.placeholder ?? ""}
        autocomplete="off"
        onInput={(event) => given.onInput(event.currentTarget.value)}
      />
    </label>
  );
}

export function Verdict({ tried }: { tried: TryAnswer }): JSX.Element {
  const { t, word, language } = useTexts();
  const { call } = tried;
  return (
    <div class="sheet" role="status">
      <h2>{t("try.verdict")}</h2>
      <p class="faint">
        {word("direction", call.direction)}, {word("result", call.result).toLocaleLowerCase()},{" "}
        {call.phone === null ? t("withheldNumber") : phone(call.phone)}
      </p>
      <ol class="decisions">
        {tried.decisions.map(({ decided, because }, index) => (
          <li key={index}>
            <strong>{tellDecision(decided, language)}</strong>
            <span class="because">{tellDecision(because, language)}</span>
          </li>
        ))}
      </ol>
      {tried.requests.length === 0 && <p>{t("try.nothing")}</p>}
      {tried.requests.map(({ when, method, path, body }, index) => (
        <div key={index}>
          <p class="faint">{word("try.when", when)}</p>
          <Folded title={`${method} ${path}`} value={body} />
        </div>
      ))}
    </div>
  );
}
