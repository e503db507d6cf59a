import { afterEach, expect, test } from "@jest/globals";
import type { KommoStep } from "../../src/kommo/step.ts";
import { farSideAt, type FarSideAtServer } from "./far-side-at.ts";
import * as steps from "./made-up-steps.ts";
import { never, reply, type Asked, type Script } from "./scripted-server.ts";

const open: FarSideAtServer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function kommoAnswers(script: Script) {
  const far = await farSideAt(script);
  open.push(far);
  const recall = (...batch: KommoStep[]) => far.farSide.recall(batch, never);
  return { ...far, recall };
}

const note = (id: number, cardId: number, uniq: string) => ({
  id,
  entity_id: cardId,
  note_type: "call_in",
  params: { uniq },
});
const next = { _links: { next: { href: "https://elsewhere.example/api/v4/x?page=2" } } };
const pageOf = ({ query }: Asked): string | null => query.get("page");

test("lost calls are found by their uniq with one look for the batch, wherever Kommo put them", async () => {
  const { server, recall } = await kommoAnswers((asked, response) => {
    if (asked.path === "/api/v4/leads/notes")
      reply(response, 200, { _embedded: { notes: [note(1, 11, "other"), note(2, 22, "b")] } });
    else if (asked.path === "/api/v4/contacts/notes")
      reply(response, 200, { _embedded: { notes: [note(3, 33, "a")] } });
    else reply(response, 204);
  });

  const recalled = await recall(
    steps.registerCall("a", { created_at: steps.STARTED_AT + 100 }),
    steps.registerCall("b"),
  );

  expect(recalled).toEqual([
    { kind: "done", result: { kind: "booked", card: { type: "contacts", id: 33 }, noteId: 3 } },
    { kind: "done", result: { kind: "booked", card: { type: "leads", id: 22 }, noteId: 2 } },
  ]);
  expect(server.asked).toHaveLength(2);
  expect(server.asked[0]?.query.getAll("filter[note_type][]")).toEqual(["call_in", "call_out"]);
  expect(server.asked[0]?.query.get("filter[updated_at][from]")).toBe(
    String(steps.STARTED_AT - 300),
  );
});

test("what no list shows is absent", async () => {
  const { server, recall } = await kommoAnswers((_, response) => reply(response, 204));

  expect(await recall(steps.registerCall("a"))).toEqual([{ kind: "absent" }]);
  expect(server.asked.map(({ path }) => path)).toEqual([
    "/api/v4/leads/notes",
    "/api/v4/contacts/notes",
    "/api/v4/companies/notes",
  ]);
});

test("a list is read to its last page, and only as far as needed", async () => {
  const { server, recall } = await kommoAnswers((asked, response) => {
    if (!asked.path.startsWith("/api/v4/leads")) return reply(response, 204);
    const page = pageOf(asked);
    if (page === "3") return reply(response, 204);
    reply(response, 200, {
      ...next,
      _embedded: { notes: [note(1, 1, `on page ${String(page)}`)] },
    });
  });

  const first = await recall(steps.registerCall("on page 1"));
  const pagesForFirst = server.asked.length;
  const second = await recall(steps.registerCall("on page 2"));

  expect([...first, ...second]).toMatchObject([{ kind: "done" }, { kind: "done" }]);
  expect(pagesForFirst).toBe(1);
  expect(server.asked).toHaveLength(3);
});

test("what was found counts, and of the rest nothing is said, when a later list cannot be read", async () => {
  const { recall } = await kommoAnswers((asked, response) =>
    asked.path === "/api/v4/leads/notes"
      ? reply(response, 200, { _embedded: { notes: [note(2, 22, "b")] } })
      : reply(response, 500),
  );

  expect(await recall(steps.registerCall("a"), steps.registerCall("b"))).toMatchObject([
    { kind: "unreachable", reason: expect.stringContaining("server-error") },
    { kind: "done" },
  ]);
});

test("cards that the token may not see are no reason to wait for ever", async () => {
  const { recall } = await kommoAnswers((asked, response) =>
    asked.path === "/api/v4/companies/notes"
      ? reply(response, 403, { status: 403, detail: "Forbidden" })
      : reply(response, 204),
  );

  expect(await recall(steps.registerCall("a"))).toEqual([{ kind: "absent" }]);
});

test("a note on a known card is looked for among that card's own notes", async () => {
  const { server, recall } = await kommoAnswers((_, response) =>
    reply(response, 200, { _embedded: { notes: [note(5, 500_210, "a")] } }),
  );

  const recalled = await recall(steps.addCallNote("a"), steps.addCallNote("b"));

  expect(recalled).toMatchObject([{ kind: "done", result: { noteId: 5 } }, { kind: "absent" }]);
  expect(server.asked.map(({ path }) => path)).toEqual(["/api/v4/leads/500210/notes"]);
});

test("notes on several cards take one list for each type of card; another card's note is not ours", async () => {
  const { server, recall } = await kommoAnswers((_, response) =>
    reply(response, 200, { _embedded: { notes: [note(5, 1, "a"), note(6, 99, "b")] } }),
  );

  const recalled = await recall(
    steps.addCallNote("a", { type: "leads", id: 1 }),
    steps.addCallNote("b", { type: "leads", id: 2 }),
  );

  expect(recalled.map(({ kind }) => kind)).toEqual(["done", "absent"]);
  expect(server.asked.map(({ path }) => path)).toEqual(["/api/v4/leads/notes"]);
});

test("an incoming lead is found waiting, accepted, or not at all", async () => {
  const { server, recall } = await kommoAnswers((asked, response) =>
    asked.path === "/api/v4/leads/unsorted"
      ? reply(response, 200, {
          _embedded: {
            unsorted: [
              {
                uid: "9f0c",
                metadata: { uniq: "waiting" },
                _embedded: { leads: [{ id: 1 }], contacts: [{ id: 2 }] },
              },
            ],
          },
        })
      : reply(response, 200, { _embedded: { notes: [note(8, 44, "accepted")] } }),
  );

  const recalled = await recall(
    ...["accepted", "waiting", "declined"].map((uniq) => steps.addUnsorted(uniq)),
  );

  expect(recalled).toEqual([
    {
      kind: "done",
      result: { kind: "made-unsorted", uid: "", leadId: 44, contactId: undefined },
    },
    { kind: "done", result: { kind: "made-unsorted", uid: "9f0c", leadId: 1, contactId: 2 } },
    { kind: "absent" },
  ]);
  expect(server.asked.map(({ path }) => path)).toEqual([
    "/api/v4/leads/unsorted",
    "/api/v4/leads/notes",
  ]);
});

const contact = (id: number, phone: string, more: object = {}) => ({
  id,
  name: "Somebody",
  custom_fields_values: [{ field_code: "PHONE", values: [{ value: phone }] }],
  ...more,
});

test("a contact is found by its number, ours by its name, else the oldest", async () => {
  const found = [
    contact(9, "8 (351) 912-000-111", { name: "Contact +351912000111" }),
    contact(5, "+351912000111"),
    contact(3, "+351999990111"),
  ];
  const { server, recall } = await kommoAnswers(({ query }, response, turn) =>
    query.get("query") === "1912000111"
      ? reply(response, 200, { _embedded: { contacts: turn === 1 ? found : found.slice(1) } })
      : reply(response, 204),
  );

  const ours = await recall(steps.createContact("a"));
  const theirs = await recall(steps.createContact("a"));

  expect(ours).toMatchObject([{ kind: "done", result: { card: { type: "contacts", id: 9 } } }]);
  expect(theirs).toMatchObject([{ kind: "done", result: { card: { type: "contacts", id: 5 } } }]);
  expect(server.asked).toHaveLength(2);
});

test("a contact of a withheld number is found by its name among the newest", async () => {
  const anonymous = (id: number, created_at: number) => ({
    id,
    name: "Withheld number",
    created_at,
  });
  const { recall } = await kommoAnswers((_, response) =>
    reply(response, 200, {
      ...next,
      _embedded: {
        contacts: [anonymous(7, steps.STARTED_AT + 60), anonymous(6, steps.STARTED_AT - 301)],
      },
    }),
  );
  const step = steps.createContact("a");

  const recalled = await recall({ ...step, contact: { name: "Withheld number", tags: [] } });

  expect(recalled).toMatchObject([{ kind: "done", result: { card: { id: 7 } } }]);
});

test("a lead is ours by its name on a contact with the number, unless it is closed", async () => {
  const named = "+351912000111 - incoming";
  const { server, recall } = await kommoAnswers((asked, response) =>
    asked.path === "/api/v4/contacts"
      ? reply(response, 200, {
          _embedded: {
            contacts: [
              contact(5, "+351912000111", { _embedded: { leads: [{ id: 1 }, { id: 2 }] } }),
            ],
          },
        })
      : reply(response, 200, {
          _embedded: {
            leads: [
              { id: 1, name: named, status_id: 143 },
              { id: 2, name: named, status_id: 71_200_010 },
            ],
          },
        }),
  );

  expect(await recall(steps.createLead("a"))).toEqual([
    {
      kind: "done",
      result: { kind: "made-card", card: { type: "leads", id: 2 }, contactId: 5 },
    },
  ]);
  expect(server.asked[1]?.query.getAll("filter[id][]")).toEqual(["1", "2"]);
});

test("one task on a card answers for one step", async () => {
  const task = steps.createTask("a");
  const { recall } = await kommoAnswers((_, response) =>
    reply(response, 200, {
      _embedded: {
        tasks: [
          { id: 1, ...task, entity_type: "contacts", entity_id: 610_033, text: "Something else" },
          { id: 2, ...task, entity_type: "contacts", entity_id: 610_033 },
          { id: 3, ...task, entity_type: "contacts", entity_id: 7 },
        ],
      },
    }),
  );

  const recalled = await recall(task, steps.createTask("b"), steps.createTask("c", 7));

  expect(recalled).toEqual([
    { kind: "done", result: { kind: "made-task", taskId: 2 } },
    { kind: "absent" },
    { kind: "done", result: { kind: "made-task", taskId: 3 } },
  ]);
});

test("when Kommo cannot be asked, no card is asked for twice", async () => {
  const { server, recall } = await kommoAnswers((_, response) => reply(response, 502));

  const recalled = await recall(steps.createContact("a"), steps.createContact("b", "+1 212 5550"));

  expect(recalled.map(({ kind }) => kind)).toEqual(["unreachable", "unreachable"]);
  expect(server.asked).toHaveLength(1);
});

test("nothing to look up takes no request", async () => {
  const { server, recall } = await kommoAnswers(() => undefined);

  expect(await recall()).toEqual([]);
  expect(server.asked).toHaveLength(0);
});
