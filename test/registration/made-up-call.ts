/** Finished calls for tests of what is decided about them. */
import { extension, linkedId } from "../../src/ami/ids.ts";
import type { Conversation, FinishedCall } from "../../src/calls/finished-call.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { PLAIN_SETTINGS } from "../../src/registration/plain-settings.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";

const START = 1_795_261_714_300;

export const settings: RegistrationSettings = {
  ...PLAIN_SETTINGS,
  users: new Map([
    ["101", [9100001]],
    ["102", [9100002]],
  ]),
};

export const conversation = (changes: Partial<Conversation> = {}): Conversation => ({
  extension: extension("101"),
  result: "answered",
  withClient: true,
  requestedAt: epochMs(START + 300),
  acceptedAt: epochMs(START + 2_000),
  endedAt: epochMs(START + 6_000),
  talkSeconds: 4.9,
  recording: undefined,
  ...changes,
});

export const unanswered = (changes: Partial<Conversation> = {}): Conversation =>
  conversation({ result: "no_answer", acceptedAt: undefined, talkSeconds: 0, ...changes });

export const answeredCall = (changes: Partial<FinishedCall> = {}): FinishedCall => ({
  linkedId: linkedId("1795261714.0"),
  direction: "inbound",
  clientPhone: "79161234567",
  dialledNumber: undefined,
  did: "74951000101",
  trunk: "PJSIP/trunk",
  queue: undefined,
  result: "answered",
  reason: undefined,
  isNumberUnknown: false,
  answeredBy: extension("101"),
  startedAt: epochMs(START),
  endedAt: epochMs(START + 6_000),
  isEndKnown: true,
  conversations: [conversation()],
  recordings: [],
  stages: [],
  ...changes,
});

export const missedCall = (changes: Partial<FinishedCall> = {}): FinishedCall =>
  answeredCall({
    result: "missed",
    reason: "no_answer",
    answeredBy: undefined,
    conversations: [unanswered()],
    ...changes,
  });

export const outboundCall = (changes: Partial<FinishedCall> = {}): FinishedCall =>
  answeredCall({ direction: "outbound", did: undefined, ...changes });

export const unansweredOutboundCall = (changes: Partial<FinishedCall> = {}): FinishedCall =>
  missedCall({ direction: "outbound", did: undefined, result: "no_answer", ...changes });
