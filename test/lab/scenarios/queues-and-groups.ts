// Several telephones ring for one client: queues, ring groups, pickup.
import type { Scenario } from "../scenario.ts";

export const queuesAndGroups: readonly Scenario[] = [
  {
    name: "a ring group: the second answers",
    calls: [
      {
        direction: "inbound",
        line: "group",
        result: "answered",
        answeredBy: 2,
        conversations: [
          [1, "answered_elsewhere"],
          [2, "answered"],
          [3, "answered_elsewhere"],
        ],
      },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("group"));
      await telephone(2).answer(800);
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "a ring group: the client gives up",
    calls: [
      {
        direction: "inbound",
        line: "group",
        result: "missed",
        conversations: [
          [1, "no_answer"],
          [2, "no_answer"],
          [3, "no_answer"],
        ],
      },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("group"));
      await telephone(3).rings();
      await pause(1_000);
      await call.hangUp();
    },
  },
  {
    name: "a ring group of Local channels",
    calls: [
      {
        direction: "inbound",
        line: "local group",
        result: "answered",
        answeredBy: 2,
        conversations: [
          [1, "answered_elsewhere"],
          [2, "answered"],
        ],
      },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("local group"));
      await telephone(2).answer(600);
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "a queue: an agent answers",
    calls: [
      {
        direction: "inbound",
        line: "queue",
        result: "answered",
        answeredBy: 1,
        conversations: [
          [1, "answered"],
          [2, "answered_elsewhere"],
          [3, "answered_elsewhere"],
        ],
      },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("queue"));
      await telephone(1).answer(800);
      await pause(1_800);
      await call.hangUp();
    },
  },
  {
    name: "a queue: the client gives up",
    calls: [
      {
        direction: "inbound",
        line: "queue",
        result: "missed",
        conversations: [
          [1, "no_answer"],
          [2, "no_answer"],
          [3, "no_answer"],
        ],
      },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("queue"));
      await telephone(2).rings();
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "a queue of Local channels: an agent answers and hangs up",
    calls: [
      {
        direction: "inbound",
        line: "local queue",
        result: "answered",
        answeredBy: 2,
        conversations: [
          [1, "answered_elsewhere"],
          [2, "answered"],
        ],
      },
    ],
    async play({ client, telephone, line, pause }) {
      await client.call(line("local queue"));
      const talk = await telephone(2).answer(600);
      await pause(1_800);
      await talk.hangUp();
    },
  },
  {
    name: "pickup of the group's ringing call",
    calls: [
      {
        direction: "inbound",
        line: "one",
        result: "answered",
        answeredBy: 3,
        conversations: [
          [1, "answered_elsewhere"],
          [3, "answered"],
        ],
      },
    ],
    async play({ client, telephone, line, pause }) {
      const call = await client.call(line("one"));
      await telephone(1).rings();
      await pause(800);
      const taken = await telephone(3).call("*8");
      await taken.whenAnswered();
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "pickup of a named telephone",
    calls: [
      {
        direction: "inbound",
        line: "one",
        result: "answered",
        answeredBy: 4,
        conversations: [
          [1, "answered_elsewhere"],
          [4, "answered"],
        ],
      },
    ],
    async play({ client, telephone, line, extension, pause }) {
      const call = await client.call(line("one"));
      await telephone(1).rings();
      await pause(800);
      const taken = await telephone(4).call(`**${extension(1)}`);
      await taken.whenAnswered();
      await pause(1_500);
      await call.hangUp();
    },
  },
  {
    name: "pickup of a call that waits in the queue",
    calls: [
      {
        direction: "inbound",
        line: "queue",
        result: "answered",
        answeredBy: 4,
        conversations: [
          [1, "answered_elsewhere"],
          [2, "answered_elsewhere"],
          [3, "answered_elsewhere"],
          [4, "answered"],
        ],
      },
    ],
    async play({ client, telephone, line, extension, pause }) {
      const call = await client.call(line("queue"));
      for (const seat of [1, 2, 3] as const) await telephone(seat).rings();
      await pause(600);
      const taken = await telephone(4).call(`**${extension(1)}`);
      await taken.whenAnswered();
      await pause(1_500);
      await call.hangUp();
    },
  },
];
