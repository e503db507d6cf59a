// An employee calls a client: with the telephone, or with a click in the CRM.
import type { CallResult, ConversationResult } from "../../../src/calls/finished-call.ts";
import type { ExpectedCall, Scenario } from "../scenario.ts";

const answered: readonly ExpectedCall[] = [
  {
    direction: "outbound",
    result: "answered",
    answeredBy: 1,
    conversations: [[1, "answered"]],
  },
];

const unanswered = (
  result: CallResult,
  conversation: ConversationResult,
): readonly ExpectedCall[] => [
  { direction: "outbound", result, conversations: [[1, conversation]] },
];

export const outbound: readonly Scenario[] = [
  {
    name: "the client answers",
    calls: answered,
    async play({ client, telephone, pause }) {
      const call = await telephone(1).call(client.number);
      await client.answer(600);
      await call.whenAnswered();
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "the client answers, recorded (8 before the number)",
    calls: answered.map((call) => ({ ...call, recordings: 1 })),
    async play({ client, telephone, pause }) {
      const call = await telephone(1).call(`8${client.number.slice(1)}`);
      await client.answer(500);
      await call.whenAnswered();
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "the client is busy",
    calls: unanswered("busy", "busy"),
    async play({ client, telephone }) {
      client.whenCalled = (leg) => leg.refuse(486);
      const call = await telephone(1).call(client.number);
      await call.whenOver();
    },
  },
  {
    name: "the client does not answer, the employee gives up",
    calls: unanswered("cancelled", "no_answer"),
    async play({ client, telephone, pause }) {
      const call = await telephone(1).call(client.number);
      await client.rings();
      await pause(1_200);
      await call.hangUp();
    },
  },
  {
    name: "the number does not exist",
    calls: unanswered("failed", "failed"),
    async play({ client, telephone }) {
      client.whenCalled = (leg) => leg.refuse(404);
      const call = await telephone(1).call(client.number);
      await call.whenOver();
    },
  },
  {
    name: "an outbound call is handed to a colleague",
    calls: [
      {
        direction: "outbound",
        result: "answered",
        answeredBy: 2,
        conversations: [
          [1, "answered"],
          [2, "answered"],
        ],
      },
    ],
    async play({ client, telephone, extension, pause }) {
      const call = await telephone(1).call(client.number);
      const atClient = await client.answer();
      await call.whenAnswered();
      await pause(1_200);
      await call.transfer(extension(2));
      await telephone(2).answer(500);
      await pause(1_500);
      await atClient.hangUp();
    },
  },
  {
    name: "a colleague is called: nothing for the CRM",
    calls: [],
    async play({ telephone, extension, pause }) {
      const call = await telephone(1).call(extension(2));
      await telephone(2).answer();
      await call.whenAnswered();
      await pause(1_000);
      await call.hangUp();
    },
  },
  {
    name: "click: the employee answers, then the client",
    calls: answered,
    async play({ client, telephone, click, pause }) {
      await click(1, client.number);
      const call = await telephone(1).answer(600);
      await client.answer(800);
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "click: the employee does not answer",
    calls: unanswered("failed", "no_answer"), // the client was never called
    async play({ client, telephone, click }) {
      await click(1, client.number);
      const ringing = await telephone(1).rings();
      await ringing.whenOver();
    },
  },
  {
    name: "click: the client is busy",
    calls: unanswered("busy", "busy"),
    async play({ client, telephone, click }) {
      client.whenCalled = (leg) => leg.refuse(486);
      await click(1, client.number);
      const call = await telephone(1).answer(600);
      await call.whenOver();
    },
  },
  {
    name: "click: the employee's telephone is not registered",
    calls: [{ direction: "outbound", result: "failed", conversations: [[5, "failed"]] }],
    async play({ client, click, pause }) {
      await click(5, client.number);
      await pause(1_000);
    },
  },
];
