/**
 * Who is shown which ringing call. Pure: stages of calls come in, popups to be sent come out, time is
 * an input. Each employee sees a call once; again only when it comes back after somebody talked (a
 * transfer). Telephones that begin to ring within 300 ms are told together.
 */
import type { LinkedId } from "../ami/ids.ts";
import type { LiveStage } from "../calls/fact.ts";
import type { Conversation, FinishedCall } from "../calls/finished-call.ts";
import type { Ringing } from "../kommo/entities/call-notifications.ts";
import { phoneKey } from "../lib/phone.ts";
import { clientNumber } from "./call-fields.ts";
import { userAt } from "./employees.ts";
import { planCall } from "./plan.ts";
import type { RegistrationSettings } from "./settings.ts";

/** @source issue 5, point 5 */
export const POPUP_GATHER_MS = 300;
/** One that comes later is worse than none: the call is answered or over. @source issue 5, point 5 */
export const POPUP_LATEST_MS = 5_000;

export type PopupBatch = {
  readonly ringing: readonly Ringing[];
  /** In milliseconds since 1970, by the clock that the stages came with. */
  readonly dropAt: number;
};

export type PopupGatherer = {
  /** @param now milliseconds since 1970 */
  stage(stage: LiveStage, now: number): void;
  /** When `take` is to be asked next; undefined: nobody is to be told. */
  dueAt(): number | undefined;
  /** What is due, to go in one request; undefined: nothing. */
  take(now: number): PopupBatch | undefined;
};

type Ring = {
  readonly linkedId: LinkedId;
  readonly extension: string | undefined;
  readonly phone: string;
  readonly user: number;
  readonly at: number;
};

/** A call whose end was never told must not be kept for ever. */
const MOST_CALLS = 10_000;

export function createPopupGatherer(settings: RegistrationSettings): PopupGatherer {
  const shown = new Map<LinkedId, Set<number>>();
  let rings: Ring[] = [];

  function rang(stage: LiveStage, now: number): void {
    const told = popupFor(stage, settings);
    if (told === undefined || now - stage.at > POPUP_LATEST_MS) return;
    const { linkedId, extension } = stage;
    const users = shown.get(linkedId) ?? new Set<number>();
    if (users.has(told.user)) return;
    users.add(told.user);
    shown.set(linkedId, users);
    const [oldest] = shown.keys();
    if (shown.size > MOST_CALLS && oldest !== undefined) shown.delete(oldest);
    rings.push({ linkedId, extension, ...told, at: stage.at });
  }

  return {
    stage(stage, now) {
      const { linkedId, extension } = stage;
      const without = (isOver: (ring: Ring) => boolean): void => {
        const over = rings.filter((ring) => ring.linkedId === linkedId && isOver(ring));
        rings = rings.filter((ring) => !over.includes(ring));
        for (const { user } of over) shown.get(linkedId)?.delete(user); // has seen nothing
      };
      switch (stage.stage) {
        case "conversation_requested":
          return rang(stage, now);
        case "conversation_accepted": // whom the call rings after this, it was passed on to
          shown.delete(linkedId);
          return;
        case "conversation_ended":
          return without((ring) => ring.extension === extension);
        case "call_ended":
          without(() => true);
          shown.delete(linkedId);
          return;
      }
    },
    dueAt: () => (rings[0] === undefined ? undefined : rings[0].at + POPUP_GATHER_MS),
    take(now) {
      const [first] = rings;
      if (first === undefined || now < first.at + POPUP_GATHER_MS) return undefined;
      const inTime = rings.filter(({ at }) => now - at <= POPUP_LATEST_MS);
      rings = [];
      const [oldest] = inTime;
      if (oldest === undefined) return undefined;
      return { ringing: byCall(inTime), dropAt: oldest.at + POPUP_LATEST_MS };
    },
  };
}

const byCall = (rings: readonly Ring[]): Ringing[] =>
  [...Map.groupBy(rings, ({ linkedId, phone }) => `${linkedId} ${phone}`).values()].flatMap(
    ([first, ...others]) =>
      first === undefined
        ? []
        : [{ phone: first.phone, userIds: [first.user, ...others.map(({ user }) => user)] }],
  );

/**
 * Only calls of clients, and only such as may be told to Kommo at all, however they end: what lists and
 * rules leave out, nobody is shown.
 */
export function popupFor(
  stage: LiveStage,
  settings: RegistrationSettings,
): Pick<Ring, "phone" | "user"> | undefined {
  if (stage.direction !== "inbound" || stage.extension === undefined) return undefined;
  const call = callSoFar(stage, stage.extension);
  const phone = clientNumber(call, settings).number;
  if (phoneKey(phone) === "") return undefined;
  const { user, isUnknown } = userAt(stage.extension, settings);
  if (user === undefined || isUnknown) return undefined;
  const missed: FinishedCall = { ...call, result: "missed", answeredBy: undefined };
  const isTold = [call, missed].some((end) => planCall(end, settings).steps.length > 0);
  return isTold ? { phone, user } : undefined;
}

/** As if the employee who is rung now answered. */
export function callSoFar(stage: LiveStage, extension: Conversation["extension"]): FinishedCall {
  const { linkedId, direction, clientPhone, did, trunk, queue, at } = stage;
  const conversation: Conversation = {
    extension,
    result: "answered",
    withClient: true,
    requestedAt: at,
    acceptedAt: at,
    endedAt: at,
    talkSeconds: 0,
    recording: undefined,
  };
  return {
    ...{ linkedId, direction, clientPhone, did, trunk, queue },
    dialledNumber: undefined,
    result: "answered",
    reason: undefined,
    isNumberUnknown: false,
    answeredBy: extension,
    startedAt: at,
    endedAt: at,
    isEndKnown: true,
    conversations: [conversation],
    recordings: [],
    stages: [],
  };
}
