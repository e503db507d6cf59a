/**
 * What every script sees of a call: `call_full`, from what is known of the call by then. Pure.
 * @source customizations.md, "call_full"
 */
import type { Conversation, FinishedCall } from "../calls/finished-call.ts";
import type { LiveStage } from "../calls/fact.ts";
import { exchangeIn, ownName } from "../lib/exchange-names.ts";
import { assertNever } from "../lib/failure.ts";
import type { JsonObject } from "./run-result.ts";

export type CallUser = { readonly id: number; readonly name: string; readonly email: string };
export type CallCard = {
  readonly id: number;
  readonly type: "contact" | "company";
  readonly name?: string | undefined;
  readonly responsible?: number | undefined;
  readonly isNew: boolean;
};
export type CallDeal = {
  readonly id: number;
  readonly name?: string | undefined;
  readonly pipeline?: number | undefined;
  readonly status?: number | undefined;
  readonly responsible?: number | undefined;
  readonly isNew: boolean;
};

/** What stands around the call itself. */
export type CallSurroundings = {
  readonly userAt: (extension: string) => CallUser | undefined;
  readonly entity?: CallCard | undefined;
  readonly deal?: CallDeal | undefined;
  /** The link on its card; undefined: it has none. */
  readonly recordOf?: ((call: FinishedCall) => string | undefined) | undefined;
};

type Part = {
  readonly id: string;
  readonly extension: string;
  readonly channelName?: string | undefined;
  readonly requestedAt: number;
  readonly acceptedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly wasParked?: boolean;
};

type Facts = {
  readonly linkedId: string;
  readonly mainChannelName?: string | undefined;
  readonly direction: FinishedCall["direction"];
  readonly clientPhone: string | undefined;
  readonly did: string | undefined;
  readonly trunk: string | undefined;
  readonly queue: string | undefined;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly isProcessed: boolean;
  readonly activeId: string;
  readonly parts: readonly Part[];
  readonly result: number;
  readonly isInMenu: boolean;
  readonly talkSeconds: number;
  readonly record: string | undefined;
  readonly recordings: readonly { readonly path: string; readonly extension: string | null }[];
  readonly variables?: Readonly<Record<string, string>>;
};

/** @param isProcessed Kommo has confirmed it */
export function callFullOf(
  call: FinishedCall,
  around: CallSurroundings,
  isProcessed = false,
): JsonObject {
  const record = around.recordOf?.(call);
  return callFull({ ...finishedFacts(call), record, isProcessed }, around);
}

/** @param stages those of one call so far, the first one first */
export function liveCallFull(stages: readonly LiveStage[], around: CallSurroundings): JsonObject {
  const last = stages.at(-1);
  if (last === undefined) return {};
  const parts = liveParts(stages);
  const isOver = last.stage === "call_ended";
  const talked = parts.filter((part) => part.acceptedAt !== undefined);
  const wasAnswered = talked.length > 0;
  return callFull(
    {
      ...last,
      clientPhone: last.clientPhone,
      startedAt: stages[0]?.at ?? last.at,
      endedAt: isOver ? last.at : undefined,
      isProcessed: false,
      activeId: isOver ? "" : (last.channelId ?? ""),
      parts,
      result: wasAnswered ? 200 : isOver ? 480 : 0,
      isInMenu: isOver && parts.length === 0,
      talkSeconds: talked
        .slice(-1)
        .reduce(
          (sum, part) => sum + ((part.endedAt ?? last.at) - (part.acceptedAt ?? 0)) / 1000,
          0,
        ),
      record: undefined,
      recordings: [],
    },
    around,
  );
}

function liveParts(stages: readonly LiveStage[]): readonly Part[] {
  const parts = new Map<string, Part>();
  for (const { stage, extension, channelId, channelName, wasParked, at } of stages) {
    if (extension === undefined) continue;
    const id = channelId ?? ownName(extension);
    const part = parts.get(id) ?? {
      id,
      extension,
      channelName,
      requestedAt: at,
      acceptedAt: undefined,
      endedAt: undefined,
    };
    parts.set(id, {
      ...part,
      ...(stage === "conversation_accepted" ? { acceptedAt: at } : {}),
      ...(stage === "conversation_ended" ? { endedAt: at, wasParked: wasParked ?? false } : {}),
    });
  }
  return [...parts.values()];
}

function finishedFacts(call: FinishedCall): Omit<Facts, "isProcessed" | "record"> {
  const spoken = call.conversations.filter(
    (part) => part.withClient && part.extension === call.answeredBy,
  );
  return {
    ...call,
    activeId: "",
    parts: call.conversations.map((part, index) => ({
      ...part,
      id: part.channelId ?? `${ownName(call.linkedId)}/${index + 1}`,
    })),
    result: resultCode(call),
    isInMenu:
      call.result === "missed" && call.conversations.length === 0 && call.queue === undefined,
    talkSeconds: spoken.at(-1)?.talkSeconds ?? 0,
    recordings: recordingsOf(call),
  };
}

const recordingsOf = (call: FinishedCall): Facts["recordings"] => [
  ...call.conversations.flatMap(({ recording, extension }: Conversation) =>
    recording === undefined ? [] : [{ path: recording, extension: ownName(extension) }],
  ),
  ...call.recordings.map((path) => ({ path, extension: null })),
];

/** @source customizations.md: `result` */
export function resultCode(call: FinishedCall): number {
  if (call.result === "answered") return 200;
  switch (call.reason) {
    case "busy":
      return 486;
    case "no_answer":
      return 480;
    case "cancelled":
      return 487;
    case "failed":
      return call.isNumberUnknown ? 404 : 503;
    case undefined:
      return 304;
    default:
      return assertNever(call.reason);
  }
}

function callFull(facts: Facts, around: CallSurroundings): JsonObject {
  const { direction, did, trunk, clientPhone } = facts;
  const outside = { number: clientPhone ?? "", name: "", is_internal: false };
  const line = {
    number: did ?? trunk?.split("/").at(-1) ?? "",
    name: trunk ?? "",
    is_internal: false,
  };
  const first = facts.parts[0];
  const inside = (extension: string): JsonObject => ({
    number: ownName(extension),
    name: around.userAt(extension)?.name ?? "",
    is_internal: true,
  });
  const caller = first === undefined ? NOBODY : inside(first.extension);
  const answeredAt = facts.parts.map((part) => part.acceptedAt).find((at) => at !== undefined);
  const isInbound = direction === "inbound";
  return {
    active_conversation_id: facts.activeId,
    channel: {
      id: ownName(facts.linkedId),
      name: facts.mainChannelName ?? "",
      is_primary: true,
      was_answered: answeredAt !== undefined,
      state: stateOf(facts, { acceptedAt: answeredAt, endedAt: facts.endedAt }),
      type: isInbound ? "incoming" : direction === "outbound" ? "outgoing" : "local",
      start_time: told(facts.startedAt),
      answer_time: told(answeredAt),
      end_time: told(facts.endedAt),
      from: isInbound ? outside : caller,
      to: isInbound ? line : outside,
      trunk: line,
      extra: {},
    },
    conversations: Object.fromEntries(
      facts.parts.map((part) => {
        const user = around.userAt(part.extension);
        return [
          part.id,
          {
            channel: {
              id: part.id,
              name: part.channelName ?? "",
              is_primary: false,
              was_answered: part.acceptedAt !== undefined,
              state: stateOf(facts, part),
              type: "local",
              start_time: told(part.requestedAt),
              answer_time: told(part.acceptedAt),
              end_time: told(part.endedAt),
              from: isInbound ? outside : inside(part.extension),
              to: isInbound ? inside(part.extension) : outside,
              trunk: NOBODY,
              extra: {},
            },
            is_parked: part.wasParked ?? false,
            user: user === undefined ? null : { ...user, extension: ownName(part.extension) },
          },
        ];
      }),
    ),
    deal: around.deal === undefined ? null : tellDeal(around.deal),
    entity: around.entity === undefined ? null : tellCard(around.entity),
    is_ivr: facts.isInMenu,
    record: facts.record ?? "",
    result: facts.result,
    direction,
    client_phone: clientPhone ?? null,
    did: did ?? null,
    queue: facts.queue ?? null,
    linkedid: ownName(facts.linkedId),
    talk_seconds: facts.talkSeconds,
    recordings: facts.recordings,
    pbx: exchangeIn(facts.linkedId) ?? null,
    variables: facts.variables ?? {},
  };
}

const NOBODY = { number: "", name: "", is_internal: false };

const stateOf = (
  { isProcessed, endedAt: callEndedAt }: Facts,
  { acceptedAt, endedAt }: { acceptedAt: number | undefined; endedAt: number | undefined },
): string => {
  if (isProcessed) return "processed";
  if (endedAt !== undefined || callEndedAt !== undefined) return "ended";
  return acceptedAt === undefined ? "ringing" : "talking";
};

const tellCard = ({ id, type, name, responsible, isNew }: CallCard): JsonObject => ({
  id,
  type,
  name: name ?? null,
  responsible_user_id: responsible ?? null,
  is_new: isNew,
});

const tellDeal = (deal: CallDeal): JsonObject => ({
  id: deal.id,
  name: deal.name ?? null,
  pipeline_id: deal.pipeline ?? null,
  status_id: deal.status ?? null,
  responsible_user_id: deal.responsible ?? null,
  is_new: deal.isNew,
});

/** In the zone of this host, which is the exchange's. */
function told(at: number | undefined): string {
  if (at === undefined) return "0001-01-01 00:00:00";
  const date = new Date(at);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}
