import { expect, test } from "@jest/globals";
import {
  FIRST_STATUS_ID,
  INCOMING_STATUS_ID,
  MAIN_PIPELINE_ID,
} from "../../../src/simulator/kommo/state/new-account.ts";
import { callOf, embedded, violations, withSimulator } from "./talk.ts";

const phoneField = (...numbers: string[]) => [
  { field_code: "PHONE", values: numbers.map((value) => ({ value })) },
];

test("section 9: a contact is made, answered with its request_id and read back with its phone", () =>
  withSimulator(async ({ get, post }) => {
    const contact = {
      name: "Ana Costa",
      request_id: "p-1",
      responsible_user_id: 9_100_002,
      custom_fields_values: phoneField("+351912000111"),
      _embedded: { tags: [{ name: "from PBX" }] },
    };

    const made = await post("/api/v4/contacts", [contact, { name: "Second" }]);

    expect(made.status).toBe(200);
    expect(made.headers.get("content-type")).toBe("application/hal+json");
    expect(embedded(made, "contacts")).toMatchObject([
      { id: 610_001, request_id: "p-1", is_deleted: false, is_unsorted: false },
      { id: 610_002, request_id: "1" },
    ]);
    const read = await get("/api/v4/contacts/610001");
    expect(read.body).toMatchObject({
      name: "Ana Costa",
      responsible_user_id: 9_100_002,
      custom_fields_values: [
        {
          field_id: 440_010,
          field_code: "PHONE",
          field_type: "multitext",
          values: [{ value: "+351912000111", enum_id: 880_001, enum_code: "WORK" }],
        },
      ],
      _embedded: { tags: [{ id: 1_001, name: "from PBX" }], companies: [] },
    });
  }));

test("section 9: two contacts with one phone are two contacts", () =>
  withSimulator(async ({ simulator, post }) => {
    const contact = { custom_fields_values: phoneField("+351912000111") };

    await post("/api/v4/contacts", [contact]);
    await post("/api/v4/contacts", [contact]);

    expect(simulator.journal.contacts()).toHaveLength(2);
  }));

test.each([
  ["FieldNotExpected phone", { phone: "1" }],
  ["NotNullable name", { name: null }],
  ["InvalidType responsible_user_id", { responsible_user_id: "9100002" }],
  [
    "NotSupportedChoice custom_fields_values.0.field_id",
    { custom_fields_values: [{ field_id: 1, values: [{ value: "x" }] }] },
  ],
  [
    "NotSupportedChoice custom_fields_values.0.field_code",
    { custom_fields_values: [{ field_code: "FAX", values: [{ value: "x" }] }] },
  ],
  [
    "NotSupportedChoice custom_fields_values.0.values.0.enum_code",
    {
      custom_fields_values: [
        { field_code: "PHONE", values: [{ value: "1", enum_code: "MOBILE" }] },
      ],
    },
  ],
  [
    "FieldMissing custom_fields_values.0.values",
    { custom_fields_values: [{ field_code: "PHONE" }] },
  ],
  ["NotSupportedChoice tags_to_add.0.id", { tags_to_add: [{ id: 5 }] }],
])("sections 2 and 9: a contact is refused with %s", (said, contact) =>
  withSimulator(async ({ simulator, post }) => {
    const reply = await post("/api/v4/contacts", [{ name: "Good" }, contact]);

    expect(reply.status).toBe(400);
    expect(violations(reply)).toEqual([said]);
    expect(reply.body["validation-errors"]).toMatchObject([{ request_id: "1" }]);
    expect(simulator.journal.contacts()).toEqual([]);
  }),
);

test("section 9: nulls beside a filled key are taken, as the PHP client sends them", () =>
  withSimulator(async ({ post }) => {
    const values = [{ value: "1", enum_id: null, enum_code: "MOB" }];
    const contact = {
      custom_fields_values: [{ field_id: null, field_code: "PHONE", values }],
    };

    expect((await post("/api/v4/contacts", [contact])).status).toBe(200);
  }));

test("section 9: a PATCH of a phone replaces all its values, for reading and for matching", () =>
  withSimulator(async ({ simulator, post, patch }) => {
    const { id } = simulator.seed.contact({ phones: ["+351912000111", "+351912000112"] });

    await patch(`/api/v4/contacts/${id}`, { custom_fields_values: phoneField("+351912000999") });

    const old = await post("/api/v4/calls", [callOf("+351912000112")]);
    const fresh = await post("/api/v4/calls", [callOf("+351912000999")]);
    expect([old.status, fresh.status]).toEqual([400, 200]);
  }));

test("section 1: a PATCH of one answers the bare object, or by the switch a list of one", () =>
  withSimulator(async ({ simulator, patch }) => {
    const { id } = simulator.seed.contact({});

    const bare = await patch(`/api/v4/contacts/${id}`, { name: "New" });
    simulator.switches.singlePatchAnswer = "embedded";
    const list = await patch(`/api/v4/contacts/${id}`, { name: "Newer" });
    const many = await patch("/api/v4/contacts", [{ id, name: "Newest" }]);

    expect(bare.body).toMatchObject({ id, name: "New" });
    expect(embedded(list, "contacts")).toMatchObject([{ id, name: "Newer" }]);
    expect(embedded(many, "contacts")).toMatchObject([{ id, name: "Newest" }]);
    expect((await patch("/api/v4/contacts", [{ name: "?" }])).status).toBe(400);
    expect((await patch("/api/v4/contacts/1", { name: "?" })).status).toBe(404);
  }));

test("section 9.1: query finds any number that has the last seven digits, else text", () =>
  withSimulator(async ({ simulator, get }) => {
    simulator.seed.contact({ name: "Ana Costa", phones: ["+351 912 000 111"] });

    const bySeven = await get("/api/v4/contacts?query=99992000111&with=leads");
    const byName = await get("/api/v4/contacts?query=cost");
    const nobody = await get("/api/v4/contacts?query=912000112");

    expect(embedded(bySeven, "contacts")).toMatchObject([
      { name: "Ana Costa", _embedded: { leads: [] } },
    ]);
    expect(embedded(byName, "contacts")).toHaveLength(1);
    expect(nobody.status).toBe(204);
    expect(nobody.text).toBe("");
  }));

test("section 9.1: a late search index shows a new contact by its id at once, by query later", () =>
  withSimulator(async ({ simulator, get, post }) => {
    simulator.switches.lateSearchMs = 3_600_000;

    await post("/api/v4/contacts", [{ custom_fields_values: phoneField("+351912000111") }]);

    expect((await get("/api/v4/contacts?query=912000111")).status).toBe(204);
    expect((await get("/api/v4/contacts/610001")).status).toBe(200);
    expect((await post("/api/v4/calls", [callOf("+351912000111")])).status).toBe(200);
  }));

test("section 1: pages have next links until the last, and 204 behind it", () =>
  withSimulator(async ({ simulator, get }) => {
    simulator.seed.contacts(5, (index) => ({ name: `Client ${index}` }));
    const seen: unknown[] = [];

    let path: string | undefined = "/api/v4/contacts?limit=2";
    while (path !== undefined) {
      const reply = await get(path);
      seen.push(...embedded(reply, "contacts").map(({ id }) => id));
      expect(reply.body).not.toHaveProperty("_total_items");
      const links = reply.body["_links"] as { next?: { href: string } };
      path = links.next?.href.slice(simulator.url.length);
    }

    expect(seen).toEqual([610_001, 610_002, 610_003, 610_004, 610_005]);
    expect((await get("/api/v4/contacts?limit=2&page=4")).status).toBe(204);
  }));

test("section 0: a limit of 250 is taken, 251 refused, or by the switch clamped", () =>
  withSimulator(async ({ simulator, get }) => {
    simulator.seed.contacts(260, () => ({}));

    const most = await get("/api/v4/contacts?limit=250");
    const over = await get("/api/v4/contacts?limit=251");
    simulator.switches.limitOver250 = "clamp";
    const clamped = await get("/api/v4/contacts?limit=251");

    expect(embedded(most, "contacts")).toHaveLength(250);
    expect(over.status).toBe(400);
    expect(embedded(clamped, "contacts")).toHaveLength(250);
    expect(embedded(await get("/api/v4/contacts"), "contacts")).toHaveLength(50);
  }));

test("section 1: filters come in all three spellings, unknown ones are ignored", () =>
  withSimulator(async ({ simulator, get }) => {
    simulator.seed.contacts(3, () => ({}));

    for (const query of [
      "filter[id]=610002",
      "filter[id][]=610002",
      "filter[id][0]=610002",
      "filter[id][]=610002&filter[nonsense]=1",
    ]) {
      const reply = await get(`/api/v4/contacts?${query}`);
      expect(embedded(reply, "contacts").map(({ id }) => id)).toEqual([610_002]);
    }
    const newestFirst = await get("/api/v4/contacts?order[id]=desc&limit=1");
    expect(embedded(newestFirst, "contacts")[0]).toMatchObject({ id: 610_003 });
    expect((await get("/api/v4/contacts?filter[updated_at][to]=1")).status).toBe(204);
  }));

test("section 1: If-Modified-Since is ignored, or by the switch answered 304", () =>
  withSimulator(async ({ simulator, ask }) => {
    simulator.seed.contact({});
    const since = (ms: number) =>
      ask("GET", "/api/v4/contacts", {
        headers: { "If-Modified-Since": new Date(Date.now() + ms).toUTCString() },
      });

    const ignored = await since(60_000);
    simulator.switches.ifModifiedSince = "304";
    const unmodified = await since(60_000);
    const modified = await since(-60_000);

    expect([ignored.status, unmodified.status, modified.status]).toEqual([200, 304, 200]);
  }));

test("section 9: an unknown contact is 204", () =>
  withSimulator(async ({ get }) => {
    expect((await get("/api/v4/contacts/1")).status).toBe(204);
  }));

test("section 11: a lead begins in the first stage of the main pipeline, linked to its contact", () =>
  withSimulator(async ({ simulator, get, post }) => {
    const { id: contactId } = simulator.seed.contact({});

    const made = await post("/api/v4/leads", [
      { name: "Order 17", _embedded: { contacts: [{ id: contactId, is_main: true }] } },
    ]);

    const leadId = Number(embedded(made, "leads")[0]?.["id"]);
    const lead = await get(`/api/v4/leads/${leadId}?with=contacts`);
    expect(lead.body).toMatchObject({
      pipeline_id: MAIN_PIPELINE_ID,
      status_id: FIRST_STATUS_ID,
      closed_at: null,
      _embedded: { contacts: [{ id: contactId, is_main: true }] },
    });
    const contact = await get(`/api/v4/contacts/${contactId}?with=leads`);
    expect(contact.body).toMatchObject({ _embedded: { leads: [{ id: leadId }] } });
    const links = await get(`/api/v4/contacts/${contactId}/links`);
    expect(embedded(links, "links")).toMatchObject([
      { to_entity_type: "leads", to_entity_id: leadId },
    ]);
  }));

test("section 11: closing a lead sets closed_at; stages are filtered with their pipeline", () =>
  withSimulator(async ({ simulator, get, patch }) => {
    const lead = simulator.seed.lead({});
    simulator.seed.lead({});

    await patch(`/api/v4/leads/${lead.id}`, { status_id: 142 });

    const closed = await get(
      `/api/v4/leads?filter[statuses][0][pipeline_id]=${MAIN_PIPELINE_ID}&filter[statuses][0][status_id]=142`,
    );
    expect(embedded(closed, "leads")).toMatchObject([
      { id: lead.id, closed_at: expect.any(Number) as unknown },
    ]);
  }));

test.each([
  ["NotSupportedChoice status_id", { status_id: 1 }],
  ["NotSupportedChoice status_id", { status_id: INCOMING_STATUS_ID }],
  ["NotSupportedChoice pipeline_id", { pipeline_id: 1 }],
  ["InvalidType price", { price: "10" }],
  ["NotSupportedChoice _embedded.contacts.0.id", { _embedded: { contacts: [{ id: 1 }] } }],
])("section 11: a lead is refused with %s", (said, lead) =>
  withSimulator(async ({ post }) => {
    const reply = await post("/api/v4/leads", [lead]);

    expect(violations(reply)).toEqual([said]);
  }),
);

test("section 11.2: a complex lead comes with its contact; request_id is an array", () =>
  withSimulator(async ({ simulator, post }) => {
    const lead = {
      name: "Call",
      request_id: "a",
      _embedded: { contacts: [{ custom_fields_values: phoneField("+351912000111") }] },
    };

    const reply = await post("/api/v4/leads/complex", [lead]);

    const [made] = reply.body as unknown as Record<string, unknown>[];
    expect(made).toEqual({
      id: 500_001,
      contact_id: 610_001,
      company_id: null,
      request_id: ["a"],
      merged: false,
    });
    expect(simulator.journal.leads()).toMatchObject([{ contactIds: [610_001] }]);
  }));

test("section 11.2: duplicate control works across requests, not inside one", () =>
  withSimulator(
    async ({ simulator, post }) => {
      const lead = {
        _embedded: { contacts: [{ custom_fields_values: phoneField("+351912000111") }] },
      };

      const twins = await post("/api/v4/leads/complex", [lead, lead]);
      const merged = await post("/api/v4/leads/complex", [lead]);

      expect(twins.body).toMatchObject([{ merged: false }, { merged: false }]);
      expect(merged.body).toMatchObject([{ merged: true, contact_id: 610_001 }]);
      expect(simulator.journal.contacts()).toHaveLength(2);
    },
    { switches: { duplicateControl: true } },
  ));

test("section 11.2: 50 complex leads are taken, 51 and two contacts are refused", () =>
  withSimulator(async ({ post }) => {
    const leads = Array.from({ length: 51 }, () => ({ name: "Call" }));

    const most = await post("/api/v4/leads/complex", leads.slice(1));
    const over = await post("/api/v4/leads/complex", leads);
    const pair = await post("/api/v4/leads/complex", [
      { _embedded: { contacts: [{ name: "A" }, { name: "B" }] } },
    ]);

    expect([most.status, over.status, pair.status]).toEqual([200, 400, 400]);
  }));

test("section 11.2: with call metadata a complex lead is an incoming lead", () =>
  withSimulator(async ({ simulator, get, post }) => {
    const metadata = { category: "sip", uniq: "1", phone: "+351912000111" };

    await post("/api/v4/leads/complex", [
      { name: "Call", _embedded: { metadata, contacts: [{ name: "A" }] } },
    ]);

    expect(simulator.journal.unsorted()).toMatchObject([{ uniq: "1", state: "waiting" }]);
    expect((await get("/api/v4/leads")).status).toBe(204);
  }));

test("section 15: links are made and taken away; of two contacts there is none", () =>
  withSimulator(async ({ simulator, get, post }) => {
    const contact = simulator.seed.contact({});
    const lead = simulator.seed.lead({});
    const link = {
      to_entity_id: contact.id,
      to_entity_type: "contacts",
      metadata: { is_main: true },
    };

    const linked = await post(`/api/v4/leads/${lead.id}/link`, [link]);
    const wrong = await post(`/api/v4/contacts/${contact.id}/link`, [link]);
    const unlinked = await post(`/api/v4/leads/${lead.id}/unlink`, [
      { to_entity_id: contact.id, to_entity_type: "contacts" },
    ]);

    expect(embedded(linked, "links")).toMatchObject([{ metadata: { main_contact: true } }]);
    expect(violations(wrong)).toEqual(["NotSupportedChoice to_entity_type"]);
    expect(unlinked.status).toBe(204);
    expect((await get(`/api/v4/leads/${lead.id}/links`)).status).toBe(204);
  }));

test("section 15: a tag by an existing name is the existing tag; deltas keep the others", () =>
  withSimulator(async ({ simulator, get, post, patch }) => {
    const contact = simulator.seed.contact({});

    const first = await post("/api/v4/contacts/tags", [{ name: "PBX" }]);
    const again = await post("/api/v4/contacts/tags", [{ name: "PBX" }]);
    await patch(`/api/v4/contacts/${contact.id}`, { _embedded: { tags: [{ name: "A" }] } });
    await patch(`/api/v4/contacts/${contact.id}`, { tags_to_add: [{ name: "PBX" }] });
    await patch(`/api/v4/contacts/${contact.id}`, { tags_to_delete: [{ name: "A" }] });

    expect(embedded(again, "tags")[0]?.["id"]).toBe(embedded(first, "tags")[0]?.["id"]);
    const read = await get(`/api/v4/contacts/${contact.id}`);
    expect(embedded(read, "tags")).toMatchObject([{ name: "PBX" }]);
    expect((await patch("/api/v4/contacts/tags", [])).status).toBe(405);
  }));
