// Holds what the product made of a call against the truth of the telephones.
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import type { CallTruth } from "./truth.ts";

const TALK_SLACK_S = 0.7;
const RING_SLACK_MS = 700;
const samePhone = (a = "", b = ""): boolean => a.slice(-10) === b.slice(-10);

/** What is wrong in what the product made of it, as sentences; none: all is right. */
export function compareWithTruth(truth: CallTruth, found: readonly FinishedCall[]): string[] {
  const mine = found.filter(({ clientPhone }) => samePhone(clientPhone, truth.clientPhone));
  const [call] = mine;
  if (!call || mine.length > 1)
    return [`there are ${mine.length} calls of client ${truth.clientPhone}, really 1`];

  const wrong: string[] = [];
  const expect = (what: string, is: unknown, really: unknown): void => {
    if (is !== really) wrong.push(`${what} is ${String(is)}, really ${String(really)}`);
  };
  expect("direction", call.direction, truth.direction);
  expect("result", call.result, truth.result);
  expect("answeredBy", call.answeredBy, truth.answeredBy);
  expect("isEndKnown", call.isEndKnown, truth.isEndKnown);
  if (truth.did !== undefined) expect("did", call.did, truth.did);
  const files = [...call.recordings, ...call.conversations.map(({ recording }) => recording)];
  for (const name of truth.recordings)
    if (!files.some((file) => file?.endsWith(`/${name}`)))
      wrong.push(`recording ${name} is missing`);
  return [...wrong, ...compareConversations(truth, call), ...compareStages(truth, call)];
}

function compareConversations(truth: CallTruth, call: FinishedCall): string[] {
  const wrong: string[] = [];
  const asked = truth.conversations.filter(({ withClient }) => !withClient);
  const left = call.conversations.filter(
    ({ withClient, extension, result }) =>
      withClient && !asked.some((one) => one.extension === extension && one.result === result),
  );
  for (const really of truth.conversations.filter(({ withClient }) => withClient)) {
    const index = left.findIndex(
      ({ extension, result }) => extension === really.extension && result === really.result,
    );
    const [found] = index < 0 ? [] : left.splice(index, 1);
    if (!found) {
      wrong.push(`conversation of ${really.extension} (${really.result}) is missing`);
      continue;
    }
    const { least, most } = really.talkSeconds;
    const talk = found.talkSeconds;
    if (talk < least - TALK_SLACK_S || talk > most + TALK_SLACK_S)
      wrong.push(`talk of ${really.extension} is ${talk} s, really ${least} to ${most} s`);
    const late = Math.abs(found.requestedAt - (really.requestedAt ?? found.requestedAt));
    if (late > RING_SLACK_MS) wrong.push(`${really.extension} is requested ${late} ms off`);
  }
  for (const { extension, result } of left)
    wrong.push(`conversation of ${extension} (${result}) never was`);
  return wrong;
}

/** What popups and customizations hang on. */
function compareStages(truth: CallTruth, call: FinishedCall): string[] {
  const wrong: string[] = [];
  const ends = call.stages.filter(({ stage }) => stage === "call_ended").length;
  if (ends !== 1) wrong.push(`the call ended ${ends} times`);
  for (const really of truth.conversations) {
    if (!really.hasRung || !really.withClient) continue;
    const mine = call.stages.filter(({ extension }) => extension === really.extension);
    const has = (stage: string): boolean => mine.some((fact) => fact.stage === stage);
    const wanted = ["conversation_requested", "conversation_ended"];
    if (really.result === "answered") wanted.push("conversation_accepted");
    for (const stage of wanted)
      if (!has(stage)) wrong.push(`stage ${stage} of ${really.extension} is missing`);
  }
  return wrong;
}
