/** A dial in the words of the widget. Pure. */
import type { Dial } from "../originate/dials.ts";
import type { DialState, FailureReason } from "../originate/progress.ts";
import type { DialProgress, DialState as WidgetState } from "./widget-contract.ts";

const STATES: Readonly<Record<DialState, WidgetState>> = {
  requested: "requested",
  "telephone-rings": "telephone_rings",
  dialling: "dialling",
  "client-rings": "client_rings",
  talking: "talking",
  "you-did-not-answer": "you_did_not_answer",
  "telephone-not-connected": "telephone_not_connected",
  busy: "busy",
  "no-answer": "no_answer",
  cancelled: "cancelled",
  failed: "failed",
  ended: "ended",
  unknown: "unknown",
};

const REASONS: Readonly<Record<FailureReason, NonNullable<DialProgress["reason"]>>> = {
  "number-unknown": "number_unknown",
  "no-line": "no_line",
  refused: "refused",
};

export function progressOf({ id, phone, extension, card, progress, at }: Dial): DialProgress {
  const { state, reason, isFinal, hasChannel, talkedFrom } = progress;
  return {
    id,
    state: STATES[state],
    is_final: isFinal,
    phone,
    extension,
    card: card ?? null,
    reason: reason === undefined ? null : REASONS[reason],
    call: hasChannel ? id : null,
    at: Math.floor(at / 1_000),
    talk_seconds:
      state === "ended" && talkedFrom !== undefined
        ? Math.max(0, Math.round((at - talkedFrom) / 1_000))
        : null,
  };
}
