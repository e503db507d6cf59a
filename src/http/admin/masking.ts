/**
 * Answers about calls for a role that does not see clients' numbers. Pure. Names are told, but for what
 * in them may be a number; bodies of requests are not.
 */
import { maskNumbersIn, maskPhone } from "../../lib/phone.ts";
import type {
  CallAnswer,
  CallRow,
  CallsAnswer,
  DecisionLine,
  LiveBatch,
  StepStory,
} from "./contract.ts";

const number = (text: string | null): string | null => (text === null ? null : maskPhone(text));
const words = (text: string | null): string | null => (text === null ? null : maskNumbersIn(text));

const maskWho = <Row extends Pick<CallRow, "phone" | "client">>(row: Row): Row => ({
  ...row,
  phone: number(row.phone),
  client: words(row.client),
});

export const maskCalls = ({ calls, before }: CallsAnswer): CallsAnswer => ({
  calls: calls.map(maskWho),
  before,
});

export const maskLive = ({ isWhole, changed, gone }: LiveBatch): LiveBatch => ({
  ...{ isWhole, gone },
  changed: changed.map((row) => {
    const { booking } = row;
    const named = "name" in booking ? { ...booking, name: maskNumbersIn(booking.name) } : booking;
    return { ...maskWho(row), booking: named };
  }),
});

/** Without recordings too: who sees no numbers plays none. */
export const maskCall = (told: CallAnswer): CallAnswer => ({
  ...told,
  call: maskWho(told.call),
  recordings: [],
  decisions: told.decisions.map(maskDecision),
  steps: told.steps.map(maskStep),
});

const maskDecision = ({ decided, because }: DecisionLine): DecisionLine => ({
  decided: maskNumbersIn(decided),
  because: maskNumbersIn(because),
});

const maskStep = (step: StepStory): StepStory => ({
  ...step,
  reason: words(step.reason),
  hint: words(step.hint),
  decisions: step.decisions.map(maskDecision),
  request: { method: step.request.method, path: step.request.path, body: null },
  answer: null,
});
