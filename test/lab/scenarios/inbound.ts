// A client calls the company, and somebody answers or nobody does.
import { MOBILE } from "../exchange.ts";
import type { Scenario } from "../scenario.ts";

export const inbound: readonly Scenario[] = [
  {
    name: "answered, the client hangs up",
    calls: [
      {
        direction: "inbound",
        line: "one",
        result: "answered",
        answeredBy: 1,
        conversations: [[1, "answered"]],
      },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("one"));
      await telephone(1).answer(600);
      await pause(1_800);
      await call.hangUp();
    },
  },
  {
    name: "answered, held, taken back, the employee hangs up",
    calls: [
      {
        direction: "inbound",
        line: "one",
        result: "answered",
        answeredBy: 1,
        conversations: [[1, "answered"]],
      },
    ],
    async play({ client, telephone, line, pause }) {
      await client.call(line("one"));
      const talk = await telephone(1).answer();
      await pause(800);
      await talk.hold();
      await pause(1_000);
      await talk.resume();
      await pause(800);
      await talk.hangUp();
    },
  },
  {
    name: "the client gives up while it rings",
    calls: [
      { direction: "inbound", line: "one", result: "missed", conversations: [[1, "no_answer"]] },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("one"));
      await telephone(1).rings();
      await pause(1_000);
      await call.hangUp();
    },
  },
  {
    name: "the employee is busy",
    calls: [{ direction: "inbound", line: "one", result: "missed", conversations: [[1, "busy"]] }],
    async play({ client, telephone, line }) {
      telephone(1).whenCalled = (leg) => leg.refuse(486);
      const call = await client.call(line("one"));
      await call.whenOver();
    },
  },
  {
    name: "the first does not answer, the second does",
    calls: [
      {
        direction: "inbound",
        line: "one, then another",
        result: "answered",
        answeredBy: 2,
        conversations: [
          [1, "no_answer"],
          [2, "answered"],
        ],
      },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("one, then another"));
      await telephone(2).answer();
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "the first telephone is not registered, the second answers",
    calls: [
      {
        direction: "inbound",
        line: "unregistered, then another",
        result: "answered",
        answeredBy: 2,
        conversations: [
          [5, "failed"],
          [2, "answered"],
        ],
      },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("unregistered, then another"));
      await telephone(2).answer();
      await pause(1_200);
      await call.hangUp();
    },
  },
  {
    name: "a greeting, then nobody answers",
    calls: [
      {
        direction: "inbound",
        line: "greeting",
        result: "missed",
        conversations: [[1, "no_answer"]],
      },
    ],
    async play({ client, telephone, line }) {
      await client.call(line("greeting"));
      await telephone(1).rings();
    },
  },
  {
    name: "voicemail takes the call",
    calls: [
      {
        direction: "inbound",
        line: "voicemail",
        result: "missed",
        conversations: [[1, "no_answer"]],
        recordings: 1,
      },
    ],
    async play({ client, line, pause }) {
      const call = await client.call(line("voicemail"));
      await call.whenAnswered();
      await pause(3_500); // the tone, then the message
      await call.hangUp();
    },
  },
  {
    name: "a menu: the client chooses the second",
    calls: [
      {
        direction: "inbound",
        line: "menu",
        result: "answered",
        answeredBy: 2,
        conversations: [[2, "answered"]],
      },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("menu"));
      await call.whenAnswered();
      await pause(700);
      await call.press("2");
      await telephone(2).answer();
      await pause(1_200);
      await call.hangUp();
    },
  },
  {
    name: "two clients at once",
    calls: [
      {
        client: 0,
        direction: "inbound",
        line: "one",
        result: "answered",
        answeredBy: 1,
        conversations: [[1, "answered"]],
      },
      {
        client: 1,
        direction: "inbound",
        line: "group",
        result: "answered",
        answeredBy: 3,
        conversations: [
          [1, "busy"], // still in talk with the first
          [2, "busy"],
          [3, "answered"],
        ],
      },
    ],
    async play({ client, newClient, telephone, line, pause }) {
      for (const seat of [1, 2] as const) {
        telephone(seat).whenCalled = (leg) => {
          if (leg.story.other === client.number) leg.ring();
          else leg.refuse(486);
        };
      }
      const first = await client.call(line("one"));
      await telephone(1).answer();
      const second = await newClient().call(line("group"));
      await telephone(3).answer();
      await pause(1_500);
      await first.hangUp();
      await pause(700);
      await second.hangUp();
    },
  },
  {
    name: "recorded by the dialplan",
    calls: [
      {
        direction: "inbound",
        line: "recorded",
        result: "answered",
        answeredBy: 1,
        conversations: [[1, "answered"]],
        recordings: 1,
      },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("recorded"));
      await telephone(1).answer();
      await pause(1_800);
      await call.hangUp();
    },
  },
  {
    name: "recorded by a key of the employee",
    calls: [
      {
        direction: "inbound",
        line: "one",
        result: "answered",
        answeredBy: 1,
        conversations: [[1, "answered"]],
        recordings: 1,
      },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("one"));
      const talk = await telephone(1).answer();
      await pause(500);
      await talk.press("*3");
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "recorded by another AMI client",
    calls: [
      {
        direction: "inbound",
        line: "one",
        result: "answered",
        answeredBy: 1,
        conversations: [[1, "answered"]],
        recordings: 1,
      },
    ],
    async play({ client, telephone, line, operate, pause }) {
      const call = await client.call(line("one"));
      await telephone(1).answer();
      await pause(500);
      await operate("MixMonitor", { File: `by-ami-${client.number}.wav`, options: "b" });
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "forwarded by the telephone itself to a number outside",
    calls: [
      {
        direction: "inbound",
        line: "one",
        result: "answered",
        conversations: [[1, "forwarded"]],
      },
    ],
    async play({ client, newClient, telephone, line, pause }) {
      const outside = newClient();
      telephone(1).whenCalled = (leg) => leg.forward(outside.number);
      const call = await client.call(line("one"));
      await outside.answer();
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "desk and mobile together: the employee outside answers",
    calls: [
      {
        direction: "inbound",
        line: "desk and mobile",
        result: "answered",
        answeredBy: MOBILE,
        conversations: [
          [1, "answered_elsewhere"],
          [MOBILE, "answered"],
        ],
      },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("desk and mobile"));
      await telephone(1).rings();
      await telephone(MOBILE).answer(600);
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "a supervisor listens in",
    calls: [
      {
        direction: "inbound",
        line: "one",
        result: "answered",
        answeredBy: 1,
        conversations: [[1, "answered"]],
      },
    ],
    async play({ client, telephone, line, extension, pause }) {
      const call = await client.call(line("one"));
      await telephone(1).answer();
      await pause(500);
      const spying = await telephone(4).call(`*8${extension(1)}`);
      await spying.whenAnswered();
      await pause(1_500);
      await call.hangUp();
      await spying.hangUp();
    },
  },
  {
    name: "a conference: one employee comes, the other goes",
    calls: [
      {
        direction: "inbound",
        line: "conference",
        result: "answered",
        answeredBy: 2,
        conversations: [
          [1, "answered", "conference"],
          [2, "answered", "conference"],
        ],
      },
    ],
    async play({ client, telephone, line, room, pause }) {
      const call = await client.call(line("conference"));
      await call.whenAnswered();
      const first = await telephone(1).call(room);
      await first.whenAnswered();
      await pause(1_500);
      const second = await telephone(2).call(room);
      await second.whenAnswered();
      await pause(1_000);
      await first.hangUp();
      await pause(1_500);
      await call.hangUp();
      await second.hangUp();
    },
  },
  {
    name: "forwarded by the telephone itself to a colleague",
    calls: [
      {
        direction: "inbound",
        line: "one",
        result: "answered",
        answeredBy: 2,
        conversations: [
          [1, "forwarded"],
          [2, "answered"],
        ],
      },
    ],
    async play({ client, telephone, line, extension, pause }) {
      telephone(1).whenCalled = (leg) => leg.forward(extension(2));
      const call = await client.call(line("one"));
      await telephone(2).answer();
      await pause(1_500);
      await call.hangUp();
    },
  },
];
