// A talk is handed on: blind and attended transfer by telephone and by keys, parking.
import type { Seat } from "../exchange.ts";
import type { ExpectedCall, ExpectedConversation, Scenario } from "../scenario.ts";

const fromOneTo = (
  last: Seat,
  conversations: readonly ExpectedConversation[],
): readonly ExpectedCall[] => [
  { direction: "inbound", line: "one", result: "answered", answeredBy: last, conversations },
];

const oneAndThree = fromOneTo(3, [
  [1, "answered"],
  [3, "answered"],
]);

export const transfers: readonly Scenario[] = [
  {
    name: "blind transfer by the telephone",
    calls: oneAndThree,
    async play({ client, telephone, line, extension, pause }) {
      const call = await client.call(line("one"));
      const talk = await telephone(1).answer();
      await pause(1_200);
      await talk.transfer(extension(3));
      await telephone(3).answer(600);
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "blind transfer by ##",
    calls: oneAndThree,
    async play({ client, telephone, line, extension, pause }) {
      const call = await client.call(line("one"));
      const talk = await telephone(1).answer();
      await pause(1_000);
      await talk.press("##");
      await pause(400);
      await talk.press(extension(3));
      await telephone(3).answer(600);
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "blind transfer, the colleague does not answer",
    calls: fromOneTo(1, [
      [1, "answered"],
      [3, "no_answer"],
    ]),
    async play({ client, telephone, line, extension, pause }) {
      const call = await client.call(line("one"));
      const talk = await telephone(1).answer();
      await pause(1_200);
      await talk.transfer(extension(3));
      await telephone(3).rings();
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "attended transfer by the telephone's second line",
    calls: oneAndThree,
    async play({ client, telephone, line, extension, pause }) {
      const call = await client.call(line("one"));
      const talk = await telephone(1).answer();
      await pause(1_000);
      await talk.hold();
      const question = await telephone(1).call(extension(3));
      await telephone(3).answer(500);
      await question.whenAnswered();
      await pause(1_000);
      await talk.join(question);
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "attended transfer by *2",
    calls: oneAndThree,
    async play({ client, telephone, line, extension, pause }) {
      const call = await client.call(line("one"));
      const talk = await telephone(1).answer();
      await pause(1_000);
      await talk.press("*2");
      await pause(400);
      await talk.press(extension(3));
      await telephone(3).answer(500);
      await pause(1_200);
      await talk.hangUp();
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "attended transfer by *2, put down before the colleague answers",
    calls: oneAndThree,
    async play({ client, telephone, line, extension, pause }) {
      const call = await client.call(line("one"));
      const talk = await telephone(1).answer();
      await pause(1_000);
      await talk.press("*2");
      await pause(400);
      await talk.press(extension(3));
      const ringing = await telephone(3).rings();
      await pause(500);
      await talk.hangUp();
      await pause(700);
      ringing.answer();
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "attended transfer by *2, the colleague is busy, back to the client",
    calls: fromOneTo(1, [
      [1, "answered"],
      [3, "busy", "consultation"],
    ]),
    async play({ client, telephone, line, extension, pause }) {
      telephone(3).whenCalled = (leg) => leg.refuse(486);
      const call = await client.call(line("one"));
      const talk = await telephone(1).answer();
      await pause(1_000);
      await talk.press("*2");
      await pause(400);
      await talk.press(extension(3));
      await telephone(3).rings();
      await pause(2_500);
      await call.hangUp();
    },
  },
  {
    name: "blind transfer out of a queue",
    calls: [
      {
        direction: "inbound",
        line: "queue",
        result: "answered",
        answeredBy: 4,
        conversations: [
          [1, "answered"],
          [2, "answered_elsewhere"],
          [3, "answered_elsewhere"],
          [4, "answered"],
        ],
      },
    ],
    async play({ client, telephone, line, extension, pause }) {
      const call = await client.call(line("queue"));
      const talk = await telephone(1).answer(600);
      await pause(1_200);
      await talk.transfer(extension(4));
      await telephone(4).answer(500);
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "parked and taken by a colleague",
    calls: oneAndThree,
    async play({ client, telephone, line, parking, pause }) {
      const call = await client.call(line("one"));
      const talk = await telephone(1).answer();
      await pause(1_200);
      await talk.transfer(parking(0));
      await pause(1_000);
      const taken = await telephone(3).call(parking(1));
      await taken.whenAnswered();
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "parked, forgotten, back at the employee who parked",
    calls: fromOneTo(1, [
      [1, "answered"],
      [1, "answered"],
    ]),
    async play({ client, telephone, line, parking, pause }) {
      const call = await client.call(line("one"));
      const talk = await telephone(1).answer();
      await pause(1_200);
      await talk.transfer(parking(0));
      await telephone(1).answer(500);
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "parked, and the client gives up",
    calls: fromOneTo(1, [[1, "answered"]]),
    async play({ client, telephone, line, parking, pause }) {
      const call = await client.call(line("one"));
      const talk = await telephone(1).answer();
      await pause(1_200);
      await talk.transfer(parking(0));
      await pause(1_000);
      await call.hangUp();
    },
  },
  {
    name: "redirected to a colleague by another AMI client",
    calls: oneAndThree,
    async play({ client, telephone, line, extension, operate, pause }) {
      const call = await client.call(line("one"));
      await telephone(1).answer();
      await pause(1_200);
      await operate("Redirect", {
        Context: "from-internal",
        Exten: extension(3),
        Priority: "1",
      });
      await telephone(3).answer(500);
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "blind transfer to a number outside",
    calls: fromOneTo(1, [[1, "answered"]]),
    async play({ client, newClient, telephone, line, pause }) {
      const outside = newClient();
      const call = await client.call(line("one"));
      const talk = await telephone(1).answer();
      await pause(1_200);
      await talk.transfer(outside.number);
      await outside.answer(500);
      await pause(1_200);
      await call.hangUp();
    },
  },
];
