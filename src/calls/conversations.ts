/** Employees' parts in a call, seen from one side of it (its client), as conversations and stages. */
import type { EpochMs } from "../lib/clock.ts";
import type {
  Conversation,
  ConversationResult,
  FinishedCall,
  StageFact,
  Stretch,
} from "./finished-call.ts";
import { ringResult } from "./outcome.ts";
import { assignRecordings } from "./recorded.ts";
import type { Channel, LiveCall, Part, Talk } from "./state.ts";

/** One side of the call. */
export type View = {
  readonly principals: readonly Channel[];
  /** Talks of these. */
  readonly talks: readonly Talk[];
  readonly endedAt: EpochMs;
};

export type ToldParts = Pick<
  FinishedCall,
  "answeredBy" | "conversations" | "recordings" | "stages" | "endedAt"
>;

export function viewOf(call: LiveCall, principals: readonly Channel[], endedAt: EpochMs): View {
  const talks = call.talks.filter((talk) =>
    talk.channels.some((channel) => principals.includes(channel)),
  );
  return { principals, talks, endedAt };
}

export const talksOf = (view: View, part: Part): readonly Talk[] =>
  view.talks.filter((talk) => talk.channels.some((channel) => part.channels.includes(channel)));

/** @param outcome what the call came to for the employee who dialled it, where nobody spoke */
export function tellParts(
  call: LiveCall,
  parts: readonly Part[],
  { view, outcome }: { view: View; outcome: ConversationResult },
): ToldParts {
  const roles = parts.map((part) => ({ part, talks: talksOf(view, part) }));
  if (roles.length > 1) roles.sort((one, two) => one.part.requestedAt - two.part.requestedAt);
  const spoken = roles.filter(({ talks }) => talks.length > 0);
  const { ofPart, ofCall } = assignRecordings(call, spoken);
  const conversations: Conversation[] = [];
  const stages: StageFact[] = [];
  for (const { part, talks } of roles) {
    const told = tellPart(part, { talks, view, outcome, own: ofPart.get(part) });
    // Two lines of one employee, rung by two calls at once that became one.
    if (conversations.some((other) => isSameTime(other, told))) continue;
    conversations.push(told);
    addStages(stages, part, told);
  }
  if (conversations.length > 1) stages.sort((one, other) => one.at - other.at);
  stages.push({ stage: "call_ended", extension: undefined, at: view.endedAt });
  const { endedAt } = view;
  return {
    answeredBy: lastSpeaker(spoken, endedAt),
    conversations,
    recordings: ofCall,
    stages,
    endedAt,
  };
}

const isSameTime = (one: Conversation, other: Conversation): boolean =>
  one.extension === other.extension &&
  one.requestedAt === other.requestedAt &&
  one.acceptedAt === other.acceptedAt &&
  one.endedAt === other.endedAt;

type Seen = {
  readonly talks: readonly Talk[];
  readonly view: View;
  readonly outcome: ConversationResult;
  /** Its recording. */
  readonly own: Pick<Conversation, "recording" | "recordingParts"> | undefined;
};

function tellPart(part: Part, { talks, view, outcome, own }: Seen): Conversation {
  const withClient = talks.length > 0;
  const { extension, requestedAt, acceptedAt } = part;
  const hasSpoken = withClient || (acceptedAt !== undefined && !part.isDialler);
  const earliest = acceptedAt ?? requestedAt;
  const end = part.endedAt ?? view.endedAt;
  const leg = part.channels[0];
  const told: Conversation = {
    extension,
    result: hasSpoken ? "answered" : part.isDialler ? outcome : ringResult(part, view.talks),
    withClient: withClient || (acceptedAt === undefined && !isConsultation(view, part)),
    requestedAt,
    acceptedAt,
    endedAt: end > earliest ? end : earliest,
    talkSeconds: secondsOf(talks, view.endedAt),
    recording: undefined,
    ...own,
    ...interrupted(talks, { from: part.acceptedAt, to: end, limit: view.endedAt }),
    ...heldOn(part, end),
    ...(part.wasParked ? { wasParked: true } : {}),
  };
  return leg === undefined ? told : { ...told, channelId: leg.id, channelName: leg.name };
}

/** A talk that ends so shortly before the conversation does fills it. */
const BREATH_MS = 500;

/** @returns nothing where one talk fills the conversation, as it mostly does */
function interrupted(
  talks: readonly Talk[],
  { from, to, limit }: { from: EpochMs | undefined; to: EpochMs; limit: EpochMs },
): { readonly talks?: readonly Stretch[] } {
  const [first] = talks;
  if (first === undefined || from === undefined) return {};
  const isWhole =
    talks.length === 1 && first.from - from < BREATH_MS && to - (first.to ?? to) < BREATH_MS;
  if (isWhole) return {};
  const told = talks.map((talk) => ({ from: talk.from, to: talk.to ?? limit }));
  return { talks: told };
}

/** @returns nothing where the employee held nobody, as mostly */
function heldOn(
  { channels, acceptedAt }: Part,
  end: EpochMs,
): {
  readonly holds?: readonly Stretch[];
} {
  if (acceptedAt === undefined) return {};
  const holds: Stretch[] = [];
  for (const { holds: held } of channels)
    for (const { from, to = end } of held) {
      const stretch = { from: from > acceptedAt ? from : acceptedAt, to: to < end ? to : end };
      if (stretch.to > stretch.from) holds.push(stretch);
    }
  return holds.length === 0 ? {} : { holds };
}

/** Rung by an employee for himself, while the client was elsewhere. */
const isConsultation = (view: View, part: Part): boolean =>
  !part.isDialler &&
  part.askedBy?.party.kind === "telephone" &&
  !view.principals.includes(part.askedBy);

/** Time in which any of the talks went on; an employee with two lines in one talks once. */
function secondsOf(talks: readonly Talk[], endedAt: EpochMs): number {
  let total = 0;
  let upTo = 0;
  for (const talk of talks) {
    const from = Math.max(talk.from, upTo);
    const to = Math.min(talk.to ?? endedAt, endedAt);
    if (to > from) total += to - from;
    upTo = Math.max(upTo, to);
  }
  return total / 1000;
}

function addStages(stages: StageFact[], part: Part, conversation: Conversation): void {
  const { extension, requestedAt, acceptedAt, endedAt } = conversation;
  if (part.how === "rang") {
    stages.push({ stage: "conversation_requested", extension, at: requestedAt });
  }
  if (acceptedAt !== undefined) {
    stages.push({ stage: "conversation_accepted", extension, at: acceptedAt });
  }
  stages.push({ stage: "conversation_ended", extension, at: endedAt });
}

/** Who left the client last; of two at once, who came later. */
function lastSpeaker(
  spoken: readonly { part: Part; talks: readonly Talk[] }[],
  endedAt: EpochMs,
): FinishedCall["answeredBy"] {
  let last: { part: Part; to: number; from: number } | undefined;
  for (const { part, talks } of spoken) {
    let to = 0;
    for (const talk of talks) to = Math.max(to, talk.to ?? endedAt);
    const from = talks[0]?.from ?? 0;
    if (last === undefined || to > last.to || (to === last.to && from > last.from)) {
      last = { part, to, from };
    }
  }
  return last?.part.extension;
}
