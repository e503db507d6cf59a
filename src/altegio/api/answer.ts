/** What a whole HTTP answer of Altegio means. Pure; judged by status and envelope. @source altegio, 1.1 */
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import { fieldsOf, isSet, listOf, textOf, type WireFields } from "../wire.ts";
import { altegioFailure, type AltegioFailure } from "./failure.ts";

export type AltegioHttpAnswer = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
};

/** `meta` is an empty list where there is nothing to tell. */
export type AltegioAnswer = { readonly data: unknown; readonly meta: WireFields };

export function readAltegioAnswer(
  answer: AltegioHttpAnswer,
): Result<AltegioAnswer, AltegioFailure> {
  const { status } = answer;
  if (status === 204) return succeeded({ data: null, meta: {} });
  const envelope = parseEnvelope(answer.body);
  const meta = fieldsOf(envelope?.["meta"]) ?? {};
  if (status >= 200 && status < 300) {
    if (envelope === undefined)
      return failed(altegioFailure("lost", `status ${String(status)} without a readable answer`));
    if (isSet(envelope["success"]) || envelope["success"] === undefined)
      return succeeded({ data: envelope["data"] ?? null, meta });
    return failed(altegioFailure("rejected", wordsOf(meta)));
  }
  const words = `status ${String(status)} ${wordsOf(meta)}`.trim();
  switch (status) {
    case 401:
      return failed(altegioFailure("token-refused", words));
    case 403:
      return failed(altegioFailure("no-right", words));
    case 404:
      // A page of a proxy does not say that the appointment is gone.
      return failed(altegioFailure(envelope === undefined ? "lost" : "not-found", words));
    case 409:
      return failed(altegioFailure("busy", words));
    case 429:
      return failed(altegioFailure("rate-limited", words, retryAfterMs(answer.headers)));
    default:
      return failed(
        altegioFailure(
          status >= 400 && status < 500 && status !== 408 && envelope !== undefined
            ? "rejected"
            : "lost",
          words,
        ),
      );
  }
}

function parseEnvelope(bytes: Uint8Array): WireFields | undefined {
  try {
    return fieldsOf(JSON.parse(new TextDecoder("utf-8").decode(bytes)) as unknown);
  } catch {
    return undefined; // cut short, or a page in place of JSON
  }
}

function wordsOf(meta: WireFields): string {
  const errors = Object.entries(fieldsOf(meta["errors"]) ?? {}).map(
    ([field, told]) => `${field}: ${(Array.isArray(told) ? told : [told]).map(textOf).join(" ")}`,
  );
  const listed = listOf(meta["errors"]).map(({ message }) => textOf(message));
  return [textOf(meta["message"]), ...errors, ...listed].filter((part) => part !== "").join("; ");
}

const LONGEST_PAUSE_MS = 3_600_000;

/** In seconds; a date is not worth the trouble: the limiter's own pause is long enough. */
function retryAfterMs(headers: AltegioHttpAnswer["headers"]): number | undefined {
  const seconds = Number(headers["retry-after"] ?? "");
  return headers["retry-after"] === undefined || !(seconds >= 0)
    ? undefined
    : Math.min(LONGEST_PAUSE_MS, Math.ceil(seconds * 1_000));
}
