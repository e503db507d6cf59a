import { expect, test } from "@jest/globals";
import { MAIN_PIPELINE_ID } from "../../../src/simulator/kommo/state/new-account.ts";
import { callOf, embedded, violations, withSimulator } from "./talk.ts";

const PHONE = "+351 912 000 111";

test("section 7.1: a call lands on the contact whose last ten digits are the same", () =>
  withSimulator(async ({ simulator, post }) => {
    const contact = simulator.seed.contact({ phones: [PHONE] });

    const otherPrefix = await post("/api/v4/calls", [callOf("8912000111")]);
    const sameDigits = await post("/api/v4/calls", [callOf("00351912000111")]);

    expect(otherPrefix.status).toBe(400);
    expect(sameDigits.status).toBe(200);
    expect(embedded(sameDigits, "calls")).toMatchObject([
      { entity_id: contact.id, entity_type: "contact", request_id: "0", account_id: 31_990_001 },
    ]);
  }));

test("section 7.1: with exactly one active lead the call lands on the lead", () =>
  withSimulator(async ({ simulator, post }) => {
    const contact = simulator.seed.contact({ phones: [PHONE] });
    simulator.seed.lead({ contactId: contact.id, closed: "won" });
    const lead = simulator.seed.lead({ contactId: contact.id });

    const one = await post("/api/v4/calls", [callOf(PHONE)]);
    simulator.seed.lead({ contactId: contact.id });
    const two = await post("/api/v4/calls", [callOf(PHONE)]);

    expect(embedded(one, "calls")[0]).toMatchObject({ entity_type: "lead", entity_id: lead.id });
    expect(embedded(two, "calls")[0]).toMatchObject({ entity_type: "contact" });
  }));

test("section 7.1: a company is found when no contact has the number", () =>
  withSimulator(async ({ simulator, post }) => {
    const company = simulator.seed.company({ phones: [PHONE] });

    const reply = await post("/api/v4/calls", [callOf(PHONE)]);

    expect(embedded(reply, "calls")[0]).toMatchObject({
      entity_type: "company",
      entity_id: company.id,
    });
  }));

test("section 7.1: of several contacts the oldest is taken, or by the switch the newest", () =>
  withSimulator(async ({ simulator, post }) => {
    const [old, young] = [1, 2].map(() => simulator.seed.contact({ phones: [PHONE] }));

    const first = await post("/api/v4/calls", [callOf(PHONE)]);
    simulator.switches.phoneTie = "newest";
    const second = await post("/api/v4/calls", [callOf(PHONE)]);

    expect(embedded(first, "calls")[0]).toMatchObject({ entity_id: old?.id });
    expect(embedded(second, "calls")[0]).toMatchObject({ entity_id: young?.id });
  }));

test("section 7.1: a number shorter than ten digits is compared whole", () =>
  withSimulator(async ({ simulator, post }) => {
    simulator.seed.contact({ phones: ["912000111"] });

    const longer = await post("/api/v4/calls", [callOf("+351912000111")]);
    const same = await post("/api/v4/calls", [callOf("912 000 111")]);

    expect(longer.status).toBe(400);
    expect(same.status).toBe(200);
  }));

test("section 7.1: a deleted contact is not found", () =>
  withSimulator(async ({ simulator, post }) => {
    const contact = simulator.seed.contact({ phones: [PHONE] });
    simulator.browser.deleteCard("contacts", contact.id);

    const reply = await post("/api/v4/calls", [callOf(PHONE)]);

    expect(reply.body["errors"]).toMatchObject([{ status: 263 }]);
  }));

test("section 7.2: nobody with the number is error 263, with 400 or by the switch 200", () =>
  withSimulator(async ({ simulator, post }) => {
    const strict = await post("/api/v4/calls", [callOf(PHONE)]);
    simulator.switches.callsNothingFoundStatus = 200;
    const mild = await post("/api/v4/calls", [callOf(PHONE)]);

    expect(strict.status).toBe(400);
    expect(mild.status).toBe(200);
    expect(strict.body).toEqual({
      _total_items: 0,
      errors: [
        {
          title: "Entity not found",
          status: 263,
          detail: "Entity by phone was not found",
          request_id: "0",
        },
      ],
      _embedded: { calls: [] },
    });
  }));

test("section 7.2: of a mixed batch the known are saved and the others named", () =>
  withSimulator(async ({ simulator, post }) => {
    simulator.seed.contact({ phones: [PHONE] });
    const batch = [
      callOf("+351900000000", { request_id: "stranger" }),
      callOf(PHONE, { request_id: "known" }),
    ];

    const reply = await post("/api/v4/calls", batch);

    expect(reply.status).toBe(200);
    expect(reply.body["errors"]).toMatchObject([{ request_id: "stranger" }]);
    expect(embedded(reply, "calls")).toMatchObject([{ request_id: "known" }]);
  }));

test("section 7.2: by switches errors are bare, inside _embedded, types numbers, order reversed", () =>
  withSimulator(
    async ({ simulator, post }) => {
      simulator.seed.contact({ phones: [PHONE] });
      const batch = [
        callOf(PHONE, { request_id: "a" }),
        callOf(PHONE, { request_id: "b" }),
        callOf("+351900000000"),
      ];

      const reply = await post("/api/v4/calls", batch);

      expect(embedded(reply, "errors")).toEqual([{ title: "Entity not found", status: 263 }]);
      expect(embedded(reply, "calls")).toMatchObject([
        { request_id: "b", entity_type: 1 },
        { request_id: "a" },
      ]);
    },
    {
      switches: {
        callsErrors: "bare",
        callsErrorsPlace: "embedded",
        callsEntityType: "number",
        answerOrder: "reversed",
      },
    },
  ));

test("section 7.3: the same uniq twice is two notes and two events", () =>
  withSimulator(async ({ simulator, get, post }) => {
    const contact = simulator.seed.contact({ phones: [PHONE] });

    await post("/api/v4/calls", [callOf(PHONE)]);
    await post("/api/v4/calls", [callOf(PHONE)]);

    const notes = await get(`/api/v4/contacts/${contact.id}/notes?filter[note_type][]=call_in`);
    const events = await get("/api/v4/events?filter[type]=incoming_call");
    expect(embedded(notes, "notes")).toHaveLength(2);
    expect(embedded(events, "events")).toHaveLength(2);
    expect(embedded(events, "events")[0]).toMatchObject({
      entity_type: "contact",
      value_after: [{ note: { id: embedded(notes, "notes")[0]?.["id"] } }],
    });
  }));

test("section 7: the call is read back as it was sent, at its own time", () =>
  withSimulator(async ({ simulator, post }) => {
    const contact = simulator.seed.contact({ phones: [PHONE] });
    const fields = {
      created_at: 1_732_153_500,
      created_by: 9_100_002,
      responsible_user_id: 9_100_003,
      call_responsible: 9_100_002,
      call_status: 4,
      link: "https://rec.example/1.mp3",
    };

    await post("/api/v4/calls", [callOf(PHONE, { ...fields, direction: "outbound" })]);

    expect(simulator.journal.calls()).toEqual([
      {
        noteId: 70_001,
        via: "calls",
        direction: "outbound",
        card: { type: "contacts", id: contact.id },
        cardPhones: ["+351 912 000 111"],
        phone: PHONE,
        uniq: "1732153.17",
        duration: 12,
        source: "Asterisk",
        call_result: null,
        ...fields,
      },
    ]);
  }));

test.each([
  ["FieldMissing duration", { duration: undefined }],
  ["FieldMissing source", { source: undefined }],
  ["NotBlank source", { source: " " }],
  ["NotNullable link", { link: null }],
  ["NotNullable call_result", { call_result: null }],
  ["NotNullable request_id", { request_id: null }],
  ["FieldNotExpected account", { account: 1 }],
  ["InvalidType duration", { duration: "12" }],
  ["InvalidType duration", { duration: 1.5 }],
  ["InvalidType duration", { duration: -1 }],
  ["InvalidType created_by", { created_by: "9100002" }],
  ["InvalidType phone", { phone: 351_912_000_111 }],
  ["NotSupportedChoice direction", { direction: "in" }],
  ["NotSupportedChoice call_status", { call_status: 0 }],
  ["NotSupportedChoice call_status", { call_status: 8 }],
  ["NotSupportedChoice call_status", { call_status: "4" }],
])("sections 2 and 7: a call is refused with %s and nothing of its batch is saved", (said, wrong) =>
  withSimulator(async ({ simulator, post }) => {
    simulator.seed.contact({ phones: [PHONE] });

    const reply = await post("/api/v4/calls", [callOf(PHONE, wrong), callOf(PHONE)]);

    expect(reply.status).toBe(400);
    expect(reply.headers.get("content-type")).toBe("application/problem+json");
    expect(reply.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
    expect(violations(reply)).toEqual([said]);
    expect(simulator.journal.calls()).toEqual([]);
  }),
);

test("section 7: call_status 1 and 7 are taken, 8 and nulls only by their switches", () =>
  withSimulator(async ({ simulator, post }) => {
    simulator.seed.contact({ phones: [PHONE] });

    const known = await post("/api/v4/calls", [
      callOf(PHONE, { call_status: 1 }),
      callOf(PHONE, { call_status: 7 }),
    ]);
    simulator.switches.callStatus8 = "accept";
    simulator.switches.callsTakeNulls = true;
    const loose = await post("/api/v4/calls", [callOf(PHONE, { call_status: 8, link: null })]);

    expect([known.status, loose.status]).toEqual([200, 200]);
  }));

test("sections 2, 6: unknown and switched-off users are refused, as a problem or as a violation", () =>
  withSimulator(async ({ simulator, post }) => {
    simulator.seed.contact({ phones: [PHONE] });
    const user = simulator.account.users.get(9_100_004);
    if (user !== undefined) user.isActive = false;

    const unknown = await post("/api/v4/calls", [callOf(PHONE, { created_by: 77_001 })]);
    const inactive = await post("/api/v4/calls", [
      callOf(PHONE, { responsible_user_id: 9_100_004 }),
    ]);
    const author = await post("/api/v4/calls", [callOf(PHONE, { created_by: 9_100_004 })]);
    simulator.switches.unknownUser = "validation";
    const violation = await post("/api/v4/calls", [callOf(PHONE, { call_responsible: 77_001 })]);

    expect(unknown.body["detail"]).toBe("User(s) 77001 are not associated with provided account.");
    expect(inactive.status).toBe(400);
    expect(author.status).toBe(200);
    expect(violations(violation)).toEqual(["NotSupportedChoice call_responsible"]);
  }));

test("section 7: call_responsible as a string is a name, and kept", () =>
  withSimulator(async ({ simulator, post }) => {
    simulator.seed.contact({ phones: [PHONE] });

    await post("/api/v4/calls", [callOf(PHONE, { call_responsible: "101" })]);

    expect(simulator.journal.calls()).toMatchObject([{ call_responsible: "101" }]);
  }));

test("section 20.4: 250 calls are taken, 251 are refused with 400 or by the switch 504", () =>
  withSimulator(async ({ simulator, post }) => {
    simulator.seed.contact({ phones: [PHONE] });
    const batch = Array.from({ length: 251 }, () => callOf(PHONE));

    const most = await post("/api/v4/calls", batch.slice(1));
    const tooMany = await post("/api/v4/calls", batch);
    simulator.switches.overfullBatch = "504";
    const timeout = await post("/api/v4/calls", batch);

    expect([most.status, tooMany.status, timeout.status]).toEqual([200, 400, 504]);
    expect(simulator.journal.calls()).toHaveLength(250);
  }));

test("section 7: GET /calls is not allowed, and an object is no batch", () =>
  withSimulator(async ({ get, post, ask }) => {
    expect((await get("/api/v4/calls")).status).toBe(405);
    expect((await post("/api/v4/calls", callOf(PHONE))).status).toBe(400);
    expect((await post("/api/v4/calls", [])).status).toBe(400);
    expect((await post("/api/v4/calls", [null])).status).toBe(400);
    expect((await ask("POST", "/api/v4/calls", { body: "[{" })).status).toBe(400);
    expect((await get("/api/v4/nonsense")).status).toBe(404);
  }));

test("section 7.1: contacts of incoming leads are found only after acceptance", () =>
  withSimulator(async ({ simulator, post }) => {
    const incoming = {
      source_uid: "pbx",
      source_name: "PBX",
      metadata: { uniq: "1", phone: PHONE },
      _embedded: {
        contacts: [{ custom_fields_values: [{ field_code: "PHONE", values: [{ value: PHONE }] }] }],
      },
    };
    const made = await post("/api/v4/leads/unsorted/sip", [incoming]);

    const before = await post("/api/v4/calls", [callOf(PHONE)]);
    await post(
      `/api/v4/leads/unsorted/${String(embedded(made, "unsorted")[0]?.["uid"])}/accept`,
      {},
    );
    const after = await post("/api/v4/calls", [callOf(PHONE)]);

    expect(before.status).toBe(400);
    expect(embedded(after, "calls")[0]).toMatchObject({ entity_type: "lead" });
    expect(simulator.account.pipelines.has(MAIN_PIPELINE_ID)).toBe(true);
  }));

test("section 7.1: by switches hidden contacts and their leads count at once", () =>
  withSimulator(
    async ({ simulator, post }) => {
      await post("/api/v4/leads/unsorted/sip", [
        {
          source_uid: "pbx",
          source_name: "PBX",
          metadata: { uniq: "1", phone: PHONE },
          _embedded: {
            contacts: [
              { custom_fields_values: [{ field_code: "PHONE", values: [{ value: PHONE }] }] },
            ],
          },
        },
      ]);

      const onContact = await post("/api/v4/calls", [callOf(PHONE)]);
      simulator.switches.unsortedLeadIsActive = true;
      const onLead = await post("/api/v4/calls", [callOf(PHONE)]);

      expect(embedded(onContact, "calls")[0]).toMatchObject({ entity_type: "contact" });
      expect(embedded(onLead, "calls")[0]).toMatchObject({ entity_type: "lead" });
    },
    { switches: { callsMatchUnsorted: true } },
  ));

test("section 7.1: by the switch a new contact is found by calls only later", () =>
  withSimulator(
    async ({ post }) => {
      await post("/api/v4/contacts", [
        { custom_fields_values: [{ field_code: "PHONE", values: [{ value: PHONE }] }] },
      ]);

      expect((await post("/api/v4/calls", [callOf(PHONE)])).status).toBe(400);
    },
    { switches: { lateMatchMs: 3_600_000 } },
  ));

test("section 7: by the switch an unknown call_responsible is kept", () =>
  withSimulator(
    async ({ simulator, post }) => {
      simulator.seed.contact({ phones: [PHONE] });

      const reply = await post("/api/v4/calls", [callOf(PHONE, { call_responsible: 77_001 })]);

      expect(reply.status).toBe(200);
    },
    { switches: { unknownCallResponsible: "accept" } },
  ));
