/** An accepted call without the client's number: what is left says that there was a call, and how it went. Pure. */
import type { AcceptedCall } from "../../calls/archive.ts";
import type { FinishedCall } from "../../calls/finished-call.ts";
import type { PhoneTraces } from "./phone-traces.ts";

type Kept = Pick<AcceptedCall, "call" | "decisions">;

/**
 * The id stays: by it a call is not booked a second time. Recordings go altogether: their names hold
 * the number, and they are the client's voice. So do variables of the dialplan, which may tell who it was.
 */
export function forgottenCall({ call, decisions }: Kept, traces: PhoneTraces): Kept {
  const { variables: _, ...facts } = call;
  const bare: FinishedCall = {
    ...facts,
    clientPhone: undefined,
    dialledNumber: undefined,
    recordings: [],
    conversations: call.conversations.map(({ recordingParts: _parts, ...part }) => ({
      ...part,
      recording: undefined,
    })),
  };
  return {
    call: cleaned(bare, traces) as FinishedCall,
    decisions: cleaned(decisions, traces) as AcceptedCall["decisions"],
  };
}

/** The same without the number in any text inside. */
export function cleaned(value: unknown, traces: PhoneTraces): unknown {
  if (typeof value === "string") return traces.without(value);
  if (Array.isArray(value)) return value.map((one: unknown) => cleaned(one, traces));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [traces.without(name), cleaned(one, traces)]),
  );
}
