// Every row of the decision table by its number, and the order of the rows where two hold at once.
import { expect, test } from "@jest/globals";
import { decide, type Decision, type MatchInput } from "../../src/altegio/decide.ts";
import type { MatchSettings, MatchedLead } from "../../src/altegio/lead-choice.ts";

const ANNA = "+79151234567";

const PLAIN: MatchSettings = {
  isEnabled: true,
  statuses: "any_open",
  recordIdMode: "empty_only",
  pick: "newest",
  requiresAnyCustomField: false,
  isStrictOnCountry: false,
  noClientPolicy: "skip",
  contactKey: "phone",
  makesLeads: true,
  reopensClosed: false,
};

const lead = (fields: Partial<MatchedLead> & { id: number }): MatchedLead => ({
  createdAt: 1_790_000_000 + fields.id,
  pipelineId: 10,
  statusId: 1001,
  contactIds: [301],
  recordId: "",
  hasFilledField: false,
  isUnsorted: false,
  ...fields,
});

type Asked = Omit<Partial<MatchInput>, "settings"> & {
  settings?: Partial<MatchSettings>;
  phone?: unknown;
};

/** Appointment 9001 of Anna, whose contact is 301. */
function decided({ settings = {}, phone = ANNA, ...input }: Asked): Decision {
  return decide({
    event: "create",
    appointment: { recordId: "9001", isDeleted: false, client: { phone } },
    linkedLeadId: undefined,
    linkedContactId: undefined,
    contacts: [{ id: 301, phones: ["8 (915) 123-45-67"] }],
    leads: [],
    ...input,
    settings: { ...PLAIN, ...settings },
  });
}

test("by the client's id: only the contact that is known for it, whoever else has the number", () => {
  const settings = { contactKey: "client_id" } as const;
  const contacts = [
    { id: 301, phones: [ANNA] },
    { id: 302, phones: ["+79990001122"] },
  ];
  const leads = [lead({ id: 1 }), lead({ id: 2, contactIds: [302] })];

  const known = decided({ settings, contacts, leads, linkedContactId: 302 });
  const unknown = decided({ settings, contacts, leads });

  expect(known).toMatchObject({ action: "merge_into", leadId: 2 });
  expect(unknown).toMatchObject({ action: "merge_into", leadId: 1 });
});

test("where appointments make no leads, they go into those that are there, and else nowhere", () => {
  const settings = { makesLeads: false };

  expect(decided({ settings })).toEqual({ action: "skip", reason: "leads_not_wanted" });
  expect(decided({ settings, leads: [lead({ id: 1 })] })).toMatchObject({ action: "merge_into" });
  expect(
    decided({ settings: { ...settings, isEnabled: false }, leads: [lead({ id: 1 })] }),
  ).toEqual({ action: "skip", reason: "leads_not_wanted" });
});

const DELETED = { recordId: "9001", isDeleted: true, client: { phone: ANNA } };
const NOBODY = { recordId: "9001", isDeleted: false, client: null };

test.each<[string, Asked, object]>([
  [
    "row 1: the linked lead whose record ID is empty is the target, though another one carries the ID",
    { linkedLeadId: 1, leads: [lead({ id: 1 }), lead({ id: 2, recordId: "9001" })] },
    { action: "update_lead", leadId: 1, reason: "link", setRecordId: "9001", movesStage: true },
  ],
  [
    "row 1: the linked lead with this record ID needs no new one, whoever's telephone it is now",
    { linkedLeadId: 1, phone: "+79990001122", leads: [lead({ id: 1, recordId: "9001" })] },
    { action: "update_lead", leadId: 1, reason: "link", setRecordId: undefined, movesStage: true },
  ],
  [
    "row 2: a lead with this record ID is the target in any status that the search would not take",
    {
      settings: { statuses: [[10, 1001]] },
      leads: [lead({ id: 1, statusId: 1005, recordId: "9001" })],
    },
    { action: "update_lead", leadId: 1, reason: "same_record_id", movesStage: true },
  ],
  [
    "row 2: of several with this record ID the setting picks",
    {
      settings: { pick: "oldest" },
      leads: [lead({ id: 4, recordId: "9001" }), lead({ id: 3, recordId: "9001" })],
    },
    { action: "update_lead", leadId: 3, reason: "same_record_id" },
  ],
  [
    "row 2 before row 6: the linked lead belongs to another appointment, and one carries this ID",
    {
      linkedLeadId: 1,
      leads: [lead({ id: 1, recordId: "8000" }), lead({ id: 2, recordId: "9001" })],
    },
    { action: "update_lead", leadId: 2, reason: "same_record_id" },
  ],
  [
    "row 2: an incoming lead is never a target",
    { leads: [lead({ id: 1, recordId: "9001", isUnsorted: true })] },
    { action: "create_lead", contactId: 301, reason: "no_suitable_lead" },
  ],
  [
    "row 3: a deleted appointment marks its lead, found by the link",
    { event: "delete", linkedLeadId: 1, leads: [lead({ id: 1, recordId: "9001" })] },
    { action: "mark_deleted", leadId: 1, reason: "link" },
  ],
  [
    "row 3: a deleted appointment is deleted whatever the event says",
    { event: "update", appointment: DELETED, leads: [lead({ id: 1, recordId: "9001" })] },
    { action: "mark_deleted", leadId: 1, reason: "same_record_id" },
  ],
  [
    "row 4: a deleted appointment is never looked for by telephone",
    { event: "delete", leads: [lead({ id: 1 })] },
    { action: "skip", reason: "deleted_not_linked" },
  ],
  [
    "row 4 before row 6: deleted, and the linked lead belongs to another appointment",
    { event: "delete", linkedLeadId: 1, leads: [lead({ id: 1, recordId: "8000" })] },
    { action: "skip", reason: "deleted_not_linked" },
  ],
  [
    "row 5: a closed lead gets the fields and keeps its stage",
    { event: "update", linkedLeadId: 1, leads: [lead({ id: 1, statusId: 142 })] },
    { action: "update_lead", leadId: 1, movesStage: false },
  ],
  [
    "row 5: a closed lead moves where the settings say so",
    {
      event: "update",
      linkedLeadId: 1,
      leads: [lead({ id: 1, statusId: 143 })],
      settings: { reopensClosed: true },
    },
    { action: "update_lead", leadId: 1, movesStage: true },
  ],
  [
    "row 6: the linked lead belongs to a newer appointment",
    { event: "update", linkedLeadId: 1, leads: [lead({ id: 1, recordId: "9002" })] },
    { action: "skip", reason: "superseded" },
  ],
  [
    "row 6 before row 7: superseded, and without a client",
    { appointment: NOBODY, linkedLeadId: 1, leads: [lead({ id: 1, recordId: "9002" })] },
    { action: "skip", reason: "superseded" },
  ],
  ["row 7: a technical break", { appointment: NOBODY }, { action: "skip", reason: "no_client" }],
  [
    "row 7: without a client, where the settings want a lead all the same (row 12)",
    { appointment: NOBODY, settings: { noClientPolicy: "create" } },
    { action: "create_lead", contactId: undefined, reason: "no_phone" },
  ],
  [
    "row 8: an update finds an empty lead by telephone",
    { event: "update", leads: [lead({ id: 1 })] },
    { action: "update_lead", leadId: 1, reason: "phone", setRecordId: "9001", movesStage: true },
  ],
  [
    "row 8: with the search off an update takes any open lead",
    {
      event: "update",
      leads: [lead({ id: 1, statusId: 1009 })],
      settings: { isEnabled: false, statuses: [[10, 1001]] },
    },
    { action: "update_lead", leadId: 1, reason: "phone" },
  ],
  [
    "row 9: an update never makes a lead",
    { event: "update", leads: [lead({ id: 1, recordId: "8000" })] },
    { action: "skip", reason: "not_found" },
  ],
  [
    "row 10 before row 11: search off, though a lead would do",
    { leads: [lead({ id: 1 })], settings: { isEnabled: false } },
    { action: "create_lead", contactId: 301, reason: "duplicate_search_off", setRecordId: "9001" },
  ],
  [
    "row 11: a lead with an empty record ID takes the appointment",
    { leads: [lead({ id: 1 })] },
    { action: "merge_into", leadId: 1, reason: "duplicate", setRecordId: "9001", movesStage: true },
  ],
  [
    "row 11: the newest, and of one second the higher id",
    {
      leads: [
        lead({ id: 2, createdAt: 7 }),
        lead({ id: 3, createdAt: 7 }),
        lead({ id: 9, createdAt: 6 }),
      ],
    },
    { action: "merge_into", leadId: 3 },
  ],
  [
    "row 11: the oldest, and of one second the lower id",
    {
      leads: [
        lead({ id: 2, createdAt: 7 }),
        lead({ id: 3, createdAt: 7 }),
        lead({ id: 9, createdAt: 8 }),
      ],
      settings: { pick: "oldest" },
    },
    { action: "merge_into", leadId: 2 },
  ],
  [
    "row 11: a filled lead is as suitable as an empty one where the settings say so",
    {
      leads: [lead({ id: 1 }), lead({ id: 2, recordId: "8000" })],
      settings: { recordIdMode: "any" },
    },
    { action: "merge_into", leadId: 2, setRecordId: "9001" },
  ],
  [
    "row 11: a closed lead whose status is named in the settings is taken, and moves",
    { leads: [lead({ id: 1, statusId: 143 })], settings: { statuses: [[10, 143]] } },
    { action: "merge_into", leadId: 1, movesStage: true },
  ],
  [
    "row 11: leads of all contacts with the number count",
    {
      contacts: [
        { id: 301, phones: [ANNA] },
        { id: 302, phones: ["495 000-00-00; 9151234567"] },
      ],
      leads: [lead({ id: 5, contactIds: [400, 302] })],
    },
    { action: "merge_into", leadId: 5 },
  ],
  [
    "row 12: no usable telephone, and the contact that was linked before",
    { phone: "+7 915 ***-**-67", linkedContactId: 301 },
    { action: "create_lead", contactId: 301, reason: "no_phone" },
  ],
  [
    "row 13: nobody has this number, and no contact is linked",
    { phone: "+79990001122" },
    { action: "create_lead", contactId: undefined, reason: "no_contact" },
  ],
  [
    "row 13: the client changed the number: the linked contact gets the lead",
    { phone: "+79990001122", linkedContactId: 301 },
    { action: "create_lead", contactId: 301, reason: "no_contact" },
  ],
  [
    "row 14: the only lead is of a status that does not count",
    { leads: [lead({ id: 1, statusId: 1002 })], settings: { statuses: [[10, 1001]] } },
    { action: "create_lead", contactId: 301, reason: "no_suitable_lead" },
  ],
  [
    "row 14: the same status of another pipeline does not count",
    { leads: [lead({ id: 1, pipelineId: 11 })], settings: { statuses: [[10, 1001]] } },
    { action: "create_lead", reason: "no_suitable_lead" },
  ],
  [
    "row 14: a lead without any filled field, where one is asked for",
    { leads: [lead({ id: 1 })], settings: { requiresAnyCustomField: true } },
    { action: "create_lead", reason: "no_suitable_lead" },
  ],
  [
    "row 14: the linked contact gets the lead if it has the number, else the lowest id",
    {
      contacts: [
        { id: 303, phones: [ANNA] },
        { id: 301, phones: [ANNA] },
      ],
      linkedContactId: 303,
    },
    { action: "create_lead", contactId: 303, reason: "no_suitable_lead" },
  ],
])("%s", (_, asked, expected) => {
  expect(decided(asked)).toMatchObject(expected);
});
