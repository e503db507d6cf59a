import { expect, test } from "@jest/globals";
import { FIRST_STATUS_ID } from "../../../src/simulator/kommo/state/new-account.ts";
import { embedded, violations, withSimulator } from "./talk.ts";
import type { Reply } from "./talk.ts";

const PHONE = "+351912000111";
const incoming = (metadata: object = {}, more: object = {}) => ({
  request_id: "ast-1",
  source_name: "Office PBX",
  source_uid: "asterisk-main",
  metadata: { uniq: "ast-1", phone: PHONE, from: "line 1", duration: 0, ...metadata },
  _embedded: {
    leads: [{ name: "Missed call" }],
    contacts: [
      {
        name: PHONE,
        custom_fields_values: [{ field_code: "PHONE", values: [{ value: PHONE }] }],
      },
    ],
  },
  ...more,
});
const uidOf = (reply: Reply): string => String(embedded(reply, "unsorted")[0]?.["uid"]);
const SIP = "/api/v4/leads/unsorted/sip";

test("section 8.1: an incoming lead is made with a hidden lead and contact", () =>
  withSimulator(async ({ get, post }) => {
    const made = await post(SIP, [incoming()]);

    expect(made.status).toBe(200);
    expect(uidOf(made)).toMatch(/^[0-9a-f]{60}$/);
    expect(embedded(made, "unsorted")).toMatchObject([
      {
        request_id: "ast-1",
        _embedded: { contacts: [{ id: 610_001 }], leads: [{ id: 500_001 }], companies: [] },
      },
    ]);
    expect((await get("/api/v4/contacts")).status).toBe(204);
    expect((await get("/api/v4/leads")).status).toBe(204);
    expect((await get(`/api/v4/contacts?query=${PHONE}`)).status).toBe(204);
  }));

test("section 8.1: the call event is written only where it is asked for, phone or from by switch", () =>
  withSimulator(async ({ simulator, post }) => {
    await post(SIP, [incoming()]);
    await post(SIP, [incoming({ is_call_event_needed: true, called_at: 1_732_153_500 })]);
    simulator.switches.unsortedClient = "from";
    await post(SIP, [incoming({ is_call_event_needed: true })]);

    expect(simulator.journal.calls()).toMatchObject([
      { via: "unsorted", phone: PHONE, uniq: "ast-1", created_at: 1_732_153_500 },
      { via: "unsorted", phone: "line 1" },
    ]);
  }));

test.each([
  ["FieldMissing source_uid", incoming({}, { source_uid: undefined })],
  ["FieldMissing metadata", incoming({}, { metadata: undefined })],
  ["FieldMissing metadata.uniq", incoming({ uniq: undefined })],
  ["NotNullable metadata.link", incoming({ link: null })],
  ["FieldNotExpected metadata.status", incoming({ status: 4 })],
  ["NotSupportedChoice pipeline_id", incoming({}, { pipeline_id: 5 })],
  ["InvalidType _embedded.leads", incoming({}, { _embedded: { leads: [{}, {}] } })],
])("section 8.1: an incoming lead is refused with %s", (said, written) =>
  withSimulator(async ({ simulator, post }) => {
    const reply = await post(SIP, [written]);

    expect(violations(reply)).toEqual([said]);
    expect(simulator.journal.unsorted()).toEqual([]);
  }),
);

test("section 8.1: a null call_responsible is taken", () =>
  withSimulator(async ({ post }) => {
    expect((await post(SIP, [incoming({ call_responsible: null })])).status).toBe(200);
  }));

test("section 8: a known number gets a duplicate tag, or by the switch an error", () =>
  withSimulator(async ({ simulator, get, post }) => {
    const known = simulator.seed.contact({ phones: [PHONE] });

    const tagged = await post(SIP, [incoming()]);
    simulator.switches.unsortedDuplicate = "error";
    const refused = await post(SIP, [incoming()]);

    expect([tagged.status, refused.status]).toEqual([200, 400]);
    const read = await get(`/api/v4/contacts/${known.id}`);
    expect(embedded(read, "tags")).toMatchObject([{ name: "duplicate" }]);
    expect(simulator.journal.unsorted()).toHaveLength(1);
  }));

test("section 8.1: by the switch an incoming lead takes the contact that has the number", () =>
  withSimulator(
    async ({ simulator, post }) => {
      const known = simulator.seed.contact({ phones: [PHONE] });

      await post(SIP, [incoming()]);

      expect(simulator.journal.unsorted()).toMatchObject([{ contactId: known.id }]);
      expect(simulator.journal.contacts()).toEqual([]);
    },
    { switches: { unsortedMergesContacts: true } },
  ));

test("section 8.2: accepted, the cards are visible in the stage asked for and the uid is gone", () =>
  withSimulator(async ({ simulator, get, post }) => {
    const uid = uidOf(await post(SIP, [incoming()]));
    const body = { user_id: 9_100_002, status_id: FIRST_STATUS_ID + 1 };

    const accepted = await post(`/api/v4/leads/unsorted/${uid}/accept`, body);

    expect(accepted.body).toMatchObject({
      uid,
      category: "sip",
      _embedded: { leads: [{ id: 500_001 }], contacts: [{ id: 610_001, is_unsorted: false }] },
    });
    const leads = await get("/api/v4/leads");
    expect(embedded(leads, "leads")).toMatchObject([
      { status_id: FIRST_STATUS_ID + 1, responsible_user_id: 9_100_002 },
    ]);
    expect((await get(`/api/v4/leads/unsorted/${uid}`)).status).toBe(404);
    expect((await post(`/api/v4/leads/unsorted/${uid}/accept`, {})).status).toBe(404);
    simulator.switches.unsortedGoneStatus = 204;
    expect((await get(`/api/v4/leads/unsorted/${uid}`)).status).toBe(204);
  }));

test("section 8.2: declined with a body on DELETE, lead and contact are gone", () =>
  withSimulator(async ({ simulator, ask, get, post }) => {
    const uid = uidOf(await post(SIP, [incoming()]));

    const declined = await ask("DELETE", `/api/v4/leads/unsorted/${uid}/decline`, {
      body: { user_id: 9_100_002 },
    });

    expect(declined.status).toBe(200);
    expect((await get("/api/v4/leads/500001")).status).toBe(204);
    expect(simulator.journal.unsorted()).toMatchObject([{ state: "declined" }]);
    const again = await ask("DELETE", `/api/v4/leads/unsorted/${uid}/decline`);
    expect(again.status).toBe(404);
  }));

test("section 8.2: the list has those that wait, without is_call_event_needed; the summary counts all", () =>
  withSimulator(async ({ get, post }) => {
    const uid = uidOf(await post(SIP, [incoming({ is_call_event_needed: true })]));
    const gone = uidOf(await post(SIP, [incoming()]));
    await post(`/api/v4/leads/unsorted/${gone}/accept`, {});

    const list = await get("/api/v4/leads/unsorted?filter[category][]=sip&order[created_at]=desc");
    const summary = await get("/api/v4/leads/unsorted/summary");

    expect(embedded(list, "unsorted")).toMatchObject([{ uid, source_uid: "asterisk-main" }]);
    expect(embedded(list, "unsorted")[0]?.["metadata"]).not.toHaveProperty("is_call_event_needed");
    expect(summary.body).toMatchObject({
      total: 2,
      accepted: 1,
      declined: 0,
      categories: { sip: { total: 2 } },
    });
  }));

test("section 8.2: a call can not be linked", () =>
  withSimulator(async ({ post }) => {
    const uid = uidOf(await post(SIP, [incoming()]));

    const reply = await post(`/api/v4/leads/unsorted/${uid}/link`, {
      link: { entity_id: 500_210, entity_type: "leads" },
    });

    expect(reply.status).toBe(400);
  }));

test("section 14: notes on a lead that waits are taken, or by the switch refused", () =>
  withSimulator(async ({ simulator, post }) => {
    await post(SIP, [incoming()]);
    const note = {
      entity_id: 500_001,
      note_type: "call_in",
      params: { uniq: "2", duration: 0, source: "PBX", phone: PHONE },
    };

    const taken = await post("/api/v4/leads/notes", [note]);
    simulator.switches.notesOnUnsorted = "refuse";
    const refused = await post("/api/v4/leads/notes", [note]);

    expect(taken.status).toBe(200);
    expect(violations(refused)).toEqual(["NotSupportedChoice entity_id"]);
  }));

test("section 5: without incoming leads in the account none is made", () =>
  withSimulator(async ({ simulator, post, get }) => {
    simulator.account.isUnsortedOn = false;

    expect((await post(SIP, [incoming()])).status).toBe(400);
    expect((await get("/api/v4/account")).body["is_unsorted_on"]).toBe(false);
  }));
