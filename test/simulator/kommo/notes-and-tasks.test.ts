import { expect, test } from "@jest/globals";
import { embedded, violations, withSimulator } from "./talk.ts";

const callParams = (more: object = {}) => ({
  uniq: "ast-1",
  duration: 0,
  source: "acme_pbx",
  phone: "+351912000111",
  ...more,
});
const callNote = (entityId: number, params: object = {}) => ({
  entity_id: entityId,
  note_type: "call_out",
  params: callParams(params),
});

test("section 14: a call note is stored on the card named, at its own time, with its status as written", () =>
  withSimulator(async ({ simulator, get, post }) => {
    const { id } = simulator.seed.lead({});

    const made = await post("/api/v4/leads/notes", [
      { ...callNote(id, { call_status: "4" }), created_at: 1_732_153_000, request_id: "r" },
    ]);

    expect(embedded(made, "notes")).toMatchObject([{ entity_id: id, request_id: "r" }]);
    const read = await get(`/api/v4/leads/${id}/notes?filter[note_type][]=call_out`);
    expect(embedded(read, "notes")).toMatchObject([
      {
        note_type: "call_out",
        created_at: 1_732_153_000,
        params: { call_status: "4", call_result: null, uniq: "ast-1" },
      },
    ]);
  }));

test.each([
  ["FieldMissing params.duration", { duration: undefined }],
  ["NotBlank params.source", { source: "" }],
  ["NotNullable params.source", { source: null }],
  ["NotNullable params.link", { link: null }],
  ["NotNullable params.call_result", { call_result: null }],
  ["NotNullable params.call_status", { call_status: null }],
  ["FieldNotExpected params.direction", { direction: "inbound" }],
])("section 14: a call note is refused with %s", (said, params) =>
  withSimulator(async ({ simulator, post }) => {
    const { id } = simulator.seed.contact({});

    const reply = await post("/api/v4/contacts/notes", [callNote(id), callNote(id, params)]);

    expect(violations(reply)).toEqual([said]);
    expect(simulator.journal.calls()).toEqual([]);
  }),
);

test("section 14: a note of an unknown type, or for a card that is not there, is refused", () =>
  withSimulator(async ({ simulator, post }) => {
    const { id } = simulator.seed.contact({});

    const type = await post("/api/v4/contacts/notes", [
      { entity_id: id, note_type: "call", params: {} },
    ]);
    const missing = await post("/api/v4/contacts/notes", [callNote(1)]);
    simulator.switches.missingCard = "404";
    const notFound = await post("/api/v4/contacts/notes", [callNote(1)]);
    const inPath = await post(`/api/v4/contacts/${id}/notes`, [
      { note_type: "common", params: { text: "hello" } },
    ]);

    expect(violations(type)).toEqual(["NotSupportedChoice note_type"]);
    expect(violations(missing)).toEqual(["NotSupportedChoice entity_id"]);
    expect(notFound.status).toBe(404);
    expect(inPath.status).toBe(200);
  }));

test("section 14: a call note may be edited with its whole params, unless the switch forbids it", () =>
  withSimulator(async ({ simulator, get, post, patch }) => {
    simulator.seed.contact({ phones: ["+351912000111"] });
    const call = { ...callParams(), direction: "inbound" };
    const made = await post("/api/v4/calls", [call]);
    const noteId = Number(embedded(made, "calls")[0]?.["id"]);
    const edited = { note_type: "call_in", params: callParams({ link: "https://rec.example/1" }) };

    const first = await patch(`/api/v4/contacts/notes/${noteId}`, edited);
    simulator.switches.callNotesAreEditable = false;
    const second = await patch(`/api/v4/contacts/notes/${noteId}`, edited);

    expect([first.status, second.status]).toEqual([200, 403]);
    const read = await get(`/api/v4/contacts/notes/${noteId}`);
    expect(read.body).toMatchObject({ params: { link: "https://rec.example/1" } });
    const wrongType = await patch(`/api/v4/leads/notes/${noteId}`, edited);
    expect(wrongType.status).toBe(404);
  }));

test("section 7.3: late notes are in no list before their time, and updated_at finds them", () =>
  withSimulator(async ({ simulator, get, post }) => {
    const { id } = simulator.seed.contact({});
    await post("/api/v4/contacts/notes", [callNote(id)]);
    simulator.switches.lateNotesMs = 3_600_000;
    await post("/api/v4/contacts/notes", [callNote(id)]);

    const since = Math.floor(Date.now() / 1_000) - 300;
    const list = await get(`/api/v4/contacts/notes?filter[updated_at][from]=${since}`);
    const future = await get(`/api/v4/contacts/notes?filter[updated_at][from]=${since + 3_600}`);

    expect(embedded(list, "notes")).toHaveLength(1);
    expect(future.status).toBe(204);
    expect(simulator.journal.calls()).toHaveLength(2);
  }));

test("section 14: updated_at of a late note is now, or by the switch its created_at", () =>
  withSimulator(async ({ simulator, get, post }) => {
    const { id } = simulator.seed.contact({});
    const note = { ...callNote(id), created_at: 1_000 };

    await post("/api/v4/contacts/notes", [note]);
    simulator.switches.noteUpdatedAt = "created_at";
    await post("/api/v4/contacts/notes", [note]);

    const old = await get("/api/v4/contacts/notes?filter[updated_at][to]=2000");
    expect(embedded(old, "notes")).toHaveLength(1);
  }));

test("section 14: pinning answers 204", () =>
  withSimulator(async ({ simulator, get, post }) => {
    const { id } = simulator.seed.contact({});
    await post("/api/v4/contacts/notes", [callNote(id)]);

    const pinned = await post("/api/v4/contacts/notes/70001/pin", undefined);

    expect(pinned.status).toBe(204);
    const read = await get("/api/v4/contacts/notes/70001?with=is_pinned");
    expect(read.body["is_pinned"]).toBe(true);
  }));

test("section 13: a task is made for a card, listed by its card and completed with a result", () =>
  withSimulator(async ({ simulator, get, post, patch }) => {
    const { id } = simulator.seed.contact({});
    const task = {
      text: "Call back",
      task_type_id: 1,
      complete_till: 1_732_157_100,
      entity_type: "contacts",
      entity_id: id,
      responsible_user_id: 9_100_002,
      request_id: "cb-1",
    };

    const made = await post("/api/v4/tasks", [task]);
    const open = await get(
      `/api/v4/tasks?filter[is_completed]=0&filter[entity_type]=contacts&filter[entity_id][]=${id}`,
    );
    await patch("/api/v4/tasks/330001", { is_completed: true, result: { text: "Reached" } });

    expect(embedded(made, "tasks")).toMatchObject([{ id: 330_001, request_id: "cb-1" }]);
    expect(embedded(open, "tasks")).toMatchObject([{ text: "Call back", result: [] }]);
    expect((await get("/api/v4/tasks?filter[is_completed]=0")).status).toBe(204);
    const done = await get("/api/v4/tasks/330001");
    expect(done.body).toMatchObject({ is_completed: true, result: { text: "Reached" } });
    simulator.switches.taskById = "405";
    expect((await get("/api/v4/tasks/330001")).status).toBe(405);
  }));

test("section 13: a card tells when its next task is due", () =>
  withSimulator(async ({ simulator, get, post, patch }) => {
    const { id } = simulator.seed.contact({});
    const due = async () => (await get(`/api/v4/contacts/${id}`)).body["closest_task_at"];
    const task = (complete_till: number) => ({
      text: "Call back",
      complete_till,
      entity_type: "contacts",
      entity_id: id,
    });

    expect(await due()).toBeNull();
    await post("/api/v4/tasks", [task(2_000), task(1_000)]);
    expect(await due()).toBe(1_000);
    await patch("/api/v4/tasks/330002", { is_completed: true });
    expect(await due()).toBe(2_000);
    await patch("/api/v4/tasks", [{ id: 330_001, is_completed: true }]);
    expect(await due()).toBeNull();
  }));

test.each([
  ["FieldMissing text", { text: undefined }],
  ["NotBlank text", { text: "" }],
  ["FieldMissing complete_till", { complete_till: undefined }],
  ["NotSupportedChoice task_type_id", { task_type_id: 99 }],
  ["NotSupportedChoice entity_id", { entity_type: "leads", entity_id: 1 }],
  ["FieldMissing entity_type", { entity_id: 1 }],
  ["NotSupportedChoice entity_type", { entity_type: "lead", entity_id: 1 }],
])("section 13: a task is refused with %s", (said, wrong) =>
  withSimulator(async ({ post }) => {
    const reply = await post("/api/v4/tasks", [
      { text: "Call back", complete_till: 1_732_157_100, ...wrong },
    ]);

    expect(violations(reply)).toEqual([said]);
  }),
);

test("section 18.1: a popup is found by the last eight digits, answered 202 and kept", () =>
  withSimulator(async ({ simulator, post }) => {
    const { id } = simulator.seed.contact({ phones: ["+351912000111"] });
    const popup = { type: "phone_call", phone_number: "99912000111", users: [9_100_002] };

    const found = await post("/api/v2/events", { add: [popup] });
    const nobody = await post("/api/v2/events", {
      add: [{ type: "phone_call", phone_number: "5550000" }],
    });
    const unknown = await post("/api/v2/events", { add: [{ ...popup, users: [1] }] });

    expect([found.status, nobody.status, unknown.status]).toEqual([202, 202, 400]);
    expect(embedded(found, "items")).toMatchObject([{ element_id: id, element_type: "1" }]);
    expect(embedded(nobody, "items")).toEqual([]);
    expect(simulator.journal.popups()).toMatchObject([
      { users: [9_100_002], card: { type: "contacts", id } },
      { users: undefined, card: undefined },
    ]);
  }));
