// What is said of recorded calls against what the telephones really did.
import { expect, test } from "@jest/globals";
import type { Conversation, FinishedCall } from "../../src/calls/finished-call.ts";
import { isSamePhone } from "../../src/lib/phone.ts";
import { allTraces, callsOf, traceFolder, truthOf } from "./recorded-traces.ts";
import type { TrueConversation, Truth } from "./recorded-traces.ts";

/** What an exchange does not tell apart, or what has another name in the CRM. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  cancelled: ["no_answer"],
  rejected: ["busy", "no_answer", "failed"],
  failed: ["failed", "no_answer"],
};

const SLACK_S = 0.5;
const RING_SLACK_S = 0.7;

for (const { name, exchange } of allTraces()) {
  test(`${exchange} ${name}: who spoke with whom, how long, and what became of it`, async () => {
    const folder = traceFolder(name, exchange);
    const truth = truthOf(folder);

    const calls = await callsOf(folder);

    const told = truth.direction === "internal" ? calls : calls.filter(isWithClient);
    const wanted = wantedCalls(truth);
    expect(told.map(summary).sort()).toEqual(wanted.map(({ line }) => line).sort());
    for (const { conversations, client } of wanted) {
      const call = told.find((one) => client === undefined || samePhone(one.clientPhone, client));
      for (const conversation of conversations) expectConversation(call, conversation, truth);
    }
  });
}

const isWithClient = ({ direction }: FinishedCall): boolean => direction !== "internal";
const samePhone = (one: string | undefined, other: string | null): boolean =>
  one === undefined || other === null ? one === (other ?? undefined) : isSamePhone(one, other);

const last10 = (number: string | null | undefined): string =>
  (number ?? "none").replace(/\D/g, "").slice(-10);

const summary = (call: FinishedCall): string =>
  line(call, { phone: call.clientPhone, did: call.did, by: call.answeredBy });

const line = (
  { direction, result }: { direction: string; result: string },
  {
    phone,
    did,
    by,
  }: {
    phone?: string | null | undefined;
    did?: string | null | undefined;
    by?: string | null | undefined;
  },
): string =>
  direction === "internal"
    ? `internal ${result}`
    : `${direction} ${result}, client ${last10(phone)}, line ${last10(did)}, by ${by ?? "nobody"}`;

type Wanted = {
  readonly line: string;
  readonly client: string | undefined;
  readonly conversations: readonly TrueConversation[];
};

function wantedCalls(truth: Truth): readonly Wanted[] {
  const { direction, conversations } = truth;
  if (truth.final_result === null) return [];
  const resultOf = (result: string): string =>
    result === "answered" || direction !== "inbound" ? result : "missed";
  if (typeof truth.calls === "object") {
    return truth.calls.map((call) => ({
      line: line(
        { direction, result: resultOf(call.final_result) },
        { phone: call.client_phone, did: call.did, by: call.last_talking_ext },
      ),
      client: call.client_phone,
      conversations: conversations.filter(({ client }) => client === call.client_phone),
    }));
  }
  const calls = typeof truth.calls === "number" ? truth.calls : 1;
  return Array.from({ length: calls }, (_, index) => {
    const own = conversations.filter(({ call_no = index + 1 }) => call_no === index + 1);
    const client = own.find((one) => one.client !== undefined)?.client ?? truth.client_phone;
    return {
      line: line(
        { direction, result: resultOf(truth.final_result ?? "") },
        { phone: client, did: truth.did, by: truth.last_talking_ext },
      ),
      client: client ?? undefined,
      conversations: own,
    };
  });
}

function expectConversation(
  call: FinishedCall | undefined,
  wanted: TrueConversation,
  truth: Truth,
): void {
  if (wanted.external === true || wanted.kind !== undefined) return;
  const allowed = [wanted.result, ...(SAME[wanted.result] ?? [])];
  const most = Math.max(wanted.talk_s_max, wanted.consultation_included_talk_s ?? 0) + SLACK_S;
  const fits = (one: Conversation): boolean =>
    one.extension === wanted.ext &&
    allowed.includes(one.result) &&
    one.talkSeconds >= wanted.talk_s_min - SLACK_S &&
    one.talkSeconds <= most &&
    hasStages(call, one, wanted);

  const conversations = call?.conversations ?? [];

  expect({ truth: truth.scenario, wanted, found: conversations.some(fits), conversations }).toEqual(
    expect.objectContaining({ found: true }),
  );
}

/** Each stage once, and the ringing when it was. */
function hasStages(
  call: FinishedCall | undefined,
  conversation: Conversation,
  wanted: TrueConversation,
): boolean {
  const at = (stage: string): number[] =>
    (call?.stages ?? [])
      .filter((one) => one.stage === stage && one.extension === conversation.extension)
      .map((one) => one.at / 1000);
  if (at("conversation_ended").length === 0) return false;
  const ring = wanted.ring_started;
  if (ring === undefined || ring === null) return true;
  return at("conversation_requested").some((time) => Math.abs(time - ring) <= RING_SLACK_S);
}

test("the files that a call is told to have are those that hold a conversation", async () => {
  const recorded = await callsOf(traceFolder("out-recorded-prefix-8"));
  const empty = await callsOf(traceFolder("rec-inbound-no-answer"));

  const truth = truthOf(traceFolder("out-recorded-prefix-8"));
  const [path = ""] = recorded.flatMap(({ conversations }) =>
    conversations.map(({ recording }) => recording),
  );
  expect(path.endsWith(`/${truth.recordings[0]}`)).toBe(true);
  expect(empty[0]).toMatchObject({ result: "missed", recordings: [] });
  expect(empty[0]?.conversations[0]?.recording).toBeUndefined();
});

test("a voice message is the recording of a missed call", async () => {
  const [call] = await callsOf(traceFolder("in-voicemail"));

  expect(call).toMatchObject({ result: "missed", reason: "no_answer", answeredBy: undefined });
  expect(call?.recordings[0]).toMatch(/INBOX\/msg0000$/);
});

test("a number that does not exist is told apart from other failures", async () => {
  const [unknown] = await callsOf(traceFolder("out-not-found"));
  const [forbidden] = await callsOf(traceFolder("out-forbidden-403", "ast16"));

  expect(unknown).toMatchObject({ result: "failed", isNumberUnknown: true });
  expect(forbidden).toMatchObject({ result: "failed", isNumberUnknown: false });
});

test("trunks need not be listed", async () => {
  const [call] = await callsOf(traceFolder("xfer-att-refer-completed"), { extensions: ["_10X"] });

  expect(call).toMatchObject({ direction: "inbound", trunk: "PJSIP/trunk", answeredBy: "103" });
});

test("an employee's mobile is an employee when the configuration names it", async () => {
  const settings = { extensions: ["_10X"], mobiles: ["+79161112233"] };

  const [call] = await callsOf(traceFolder("forward-302-external"), settings);

  expect(call).toMatchObject({ result: "answered", answeredBy: "79161112233" });
});

test("a call whose end nobody saw ends with the next connection, and says so", async () => {
  const [call] = await callsOf(traceFolder("ami-reconnect-end-in-gap"));

  expect(call).toMatchObject({ result: "answered", isEndKnown: false });
});
