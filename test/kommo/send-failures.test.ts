import { afterEach, expect, test } from "@jest/globals";
import { asObjects } from "../../src/kommo/json.ts";
import {
  callsAnswer,
  farSideAt,
  idsIn,
  refusal,
  savedCall,
  type FarSideAtServer,
} from "./far-side-at.ts";
import * as steps from "./made-up-steps.ts";
import { reply, type Script } from "./scripted-server.ts";

const open: FarSideAtServer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function kommoAnswers(script: Script): Promise<FarSideAtServer> {
  const far = await farSideAt(script);
  open.push(far);
  return far;
}

test("notes go to one route for each type of card", async () => {
  const { server, send } = await kommoAnswers(({ body }, response) =>
    reply(response, 200, {
      _embedded: { notes: asObjects(body).map((note, id) => ({ ...note, id: id + 1 })) },
    }),
  );

  const { deliveries } = await send(
    steps.addCallNote("1", { type: "leads", id: 11 }),
    steps.addCallNote("2", { type: "contacts", id: 22 }),
    steps.addCallNote("3", { type: "leads", id: 33 }),
  );

  expect(server.asked.map(({ path }) => path)).toEqual([
    "/api/v4/leads/notes",
    "/api/v4/contacts/notes",
  ]);
  expect(deliveries).toMatchObject([
    { result: { card: { type: "leads", id: 11 }, noteId: 1 } },
    { result: { card: { type: "contacts", id: 22 }, noteId: 1 } },
    { result: { card: { type: "leads", id: 33 }, noteId: 2 } },
  ]);
});

test.each([
  ["with 404", 404, {}],
  ["by naming the field", 400, refusal("step-0", "entity_id")],
])(
  "a note on a deleted card, answered %s: the card is not there any more",
  async (_, status, body) => {
    const { send } = await kommoAnswers((_asked, response) => reply(response, status, body));

    const { deliveries } = await send(steps.addCallNote("1"));

    expect(deliveries).toEqual([{ kind: "nothing-there" }]);
  },
);

test("one deleted card among several is found, and the others get their notes", async () => {
  const { send } = await kommoAnswers(({ body }, response) => {
    const notes = asObjects(body);
    if (notes.some((note) => note["entity_id"] === 2)) return reply(response, 404, {});
    reply(response, 200, { _embedded: { notes: notes.map((note) => ({ ...note, id: 9 })) } });
  });

  const { deliveries } = await send(
    ...[1, 2, 3, 4].map((id) => steps.addCallNote(String(id), { type: "contacts", id })),
  );

  expect(deliveries.map(({ kind }) => kind)).toEqual(["done", "nothing-there", "done", "done"]);
});

test("a task for a deleted card is set aside", async () => {
  const { send } = await kommoAnswers((_, response) => reply(response, 404, {}));

  expect((await send(steps.createTask("1"))).deliveries).toMatchObject([{ kind: "refused" }]);
});

test("incoming leads, leads with a contact and tasks say what was made", async () => {
  const { send } = await kommoAnswers(({ path, body }, response) => {
    const [request_id] = idsIn(body);
    const answers: Record<string, unknown> = {
      "/api/v4/leads/unsorted/sip": {
        _embedded: {
          unsorted: [
            {
              uid: "9f0c",
              request_id,
              _embedded: { contacts: [{ id: 610_090 }], leads: [{ id: 500_390 }], companies: [] },
            },
          ],
        },
      },
      "/api/v4/leads/complex": [{ id: 500_400, contact_id: 610_095, request_id: [request_id] }],
      "/api/v4/tasks": { _embedded: { tasks: [{ id: 330_001, request_id }] } },
    };
    reply(response, 200, answers[path]);
  });

  const made = [
    await send(steps.addUnsorted("1")),
    await send(steps.createLead("2")),
    await send(steps.createTask("3")),
  ].map(({ deliveries }) => deliveries[0]);

  expect(made).toEqual([
    {
      kind: "done",
      result: { kind: "made-unsorted", uid: "9f0c", leadId: 500_390, contactId: 610_090 },
    },
    {
      kind: "done",
      result: { kind: "made-card", card: { type: "leads", id: 500_400 }, contactId: 610_095 },
    },
    { kind: "done", result: { kind: "made-task", taskId: 330_001 } },
  ]);
});

test.each([
  [401, { title: "Unauthorized" }, undefined],
  [402, { detail: "Account is not paid" }, 600_000],
  [403, undefined, 600_000],
  [301, undefined, 600_000],
])("status %d stops all sending; nothing is lost", async (status, body, probeAfterMs) => {
  const { server, send } = await kommoAnswers((_, response) => reply(response, status, body));

  const answer = await send(
    steps.addCallNote("1"),
    steps.addCallNote("2", { type: "contacts", id: 1 }),
  );

  expect(answer.deliveries.map(({ kind }) => kind)).toEqual(["later", "later"]);
  expect(answer.halt).toMatchObject({ hint: expect.any(String) });
  expect(answer.halt?.probeAfterMs).toBe(probeAfterMs);
  expect(server.asked).toHaveLength(1);
});

test("a missing right holds back steps of its kind, asks once in ten minutes, and no others", async () => {
  const { server, send, pass } = await kommoAnswers(({ path, body }, response) =>
    path === "/api/v4/calls"
      ? reply(response, 200, callsAnswer(idsIn(body).map((requestId) => savedCall(requestId))))
      : reply(response, 403, { detail: "Client doesn't have the required scope" }),
  );

  const first = await send(steps.createContact("1"));
  pass(60_000);
  const second = await send(steps.createContact("2"));
  const call = await send(steps.registerCall("3"));
  pass(540_000);
  await send(steps.createContact("1"));

  expect(first.deliveries).toMatchObject([{ kind: "later", afterMs: 600_000 }]);
  expect(second.deliveries).toMatchObject([{ kind: "later", afterMs: 540_000 }]);
  expect(first.halt).toBeUndefined();
  expect(call.deliveries).toMatchObject([{ kind: "done" }]);
  expect(server.asked).toHaveLength(3);
});

test("a card out of the token's reach is set aside alone", async () => {
  const { send } = await kommoAnswers(({ body }, response) => {
    const notes = asObjects(body);
    if (notes.some((note) => note["entity_id"] === 2)) return reply(response, 403, { status: 403 });
    reply(response, 200, { _embedded: { notes: notes.map((note) => ({ ...note, id: 9 })) } });
  });

  const { deliveries } = await send(
    ...[1, 2].map((id) => steps.addCallNote(String(id), { type: "leads", id })),
  );

  expect(deliveries.map(({ kind }) => kind)).toEqual(["done", "refused"]);
});

test("a 429 delays by as much as Kommo says", async () => {
  const { send } = await kommoAnswers((_, response) => {
    response.setHeader("Retry-After", "7");
    reply(response, 429);
  });

  expect((await send(steps.registerCall("1"))).deliveries).toMatchObject([
    { kind: "later", afterMs: 7_000 },
  ]);
});

test.each([500, 502, 503, 504])(
  "status %d: perhaps done, so looked up; what was not sent yet just waits",
  async (status) => {
    const { server, send } = await kommoAnswers((_, response) => reply(response, status));

    const { deliveries } = await send(
      steps.addCallNote("1"),
      steps.addCallNote("2", { type: "contacts", id: 1 }),
    );

    expect(deliveries.map(({ kind }) => kind)).toEqual(["unknown", "later"]);
    expect(server.asked).toHaveLength(1);
  },
);

test("while Kommo is out of reach the pauses grow to a minute, and begin anew after an answer", async () => {
  const { server, send, pass } = await kommoAnswers((_, response) => reply(response, 500));
  await server.close();
  const pauses: number[] = [];
  for (let turn = 0; turn < 8; turn++) {
    const { deliveries } = await send(steps.registerCall("1"));
    const [delivery] = deliveries;
    if (delivery?.kind === "later") pauses.push(delivery.afterMs);
    pass(delivery?.kind === "later" ? delivery.afterMs : 0);
  }

  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1000));
});

test("a batch that is given up before it was sent waits for the next start", async () => {
  const { server, farSide } = await kommoAnswers((_, response) => reply(response, 200, {}));

  const { deliveries } = await farSide.send([steps.registerCall("1")], AbortSignal.abort());

  expect(deliveries).toMatchObject([{ kind: "later", afterMs: 0 }]);
  expect(server.asked).toHaveLength(0);
});

test("every kind goes out in batches of at most 50", async () => {
  const { farSide } = await kommoAnswers(() => undefined);

  expect(farSide.batchSize("create-lead")).toBe(50);
});
