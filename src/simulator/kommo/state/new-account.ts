/**
 * How a simulated account begins: users, one pipeline, the predefined fields. Ids count up from fixed
 * numbers, so that runs are repeatable.
 * @source kommo-api, sections 5, 6, 9, 12
 */
import { LOST, WON } from "./account.ts";
import type { Account, CardType, CustomField, Pipeline, Status, User } from "./account.ts";
import { createPhoneIndex } from "./phone-index.ts";

export type AccountOptions = {
  readonly id?: number;
  readonly subdomain?: string;
  readonly timezone?: string;
  /** Two letters; default that of the numbers in the recorded calls. */
  readonly country?: string | null;
  readonly users?: readonly {
    id: number;
    name: string;
    isAdmin?: boolean;
    isActive?: boolean;
    phone?: string;
  }[];
};

export const ADMIN_ID = 9_100_001;
export const MAIN_PIPELINE_ID = 8_123_001;
export const INCOMING_STATUS_ID = 71_200_001;
export const FIRST_STATUS_ID = 71_200_010;
export const WIDGET_CODE = "asterisk_kommo_widget";

const DEFAULT_USERS: NonNullable<AccountOptions["users"]> = [
  { id: ADMIN_ID, name: "Rita Admin", isAdmin: true, phone: "+351210000101" },
  { id: 9_100_002, name: "Sam Sales" },
  { id: 9_100_003, name: "Olga Sales" },
  { id: 9_100_004, name: "Luis Sales" },
];

export function createAccount(options: AccountOptions = {}): Account {
  const subdomain = options.subdomain ?? "acmephones";
  const users = (options.users ?? DEFAULT_USERS).map((user): User => ({
    id: user.id,
    name: user.name,
    email: `user${user.id}@${subdomain}.example`,
    phone_number: user.phone ?? null,
    isAdmin: user.isAdmin ?? false,
    isActive: user.isActive ?? true,
  }));
  const account: Account = {
    id: options.id ?? 31_990_001,
    name: "Acme Phones",
    subdomain,
    createdAt: 1_704_067_200,
    timezone: options.timezone ?? "Europe/Lisbon",
    country: options.country === undefined ? "RU" : options.country,
    isUnsortedOn: true,
    taskTypes: [
      { id: 1, name: "Follow-up", code: "FOLLOW_UP" },
      { id: 2, name: "Meeting", code: "MEETING" },
    ],
    users: new Map(users.map((user) => [user.id, user])),
    pipelines: new Map(),
    customFields: { leads: [], contacts: [], companies: [] },
    cards: { leads: new Map(), contacts: new Map(), companies: new Map() },
    phones: { contacts: createPhoneIndex(), companies: createPhoneIndex() },
    linked: { contactLeads: new Map(), companyLeads: new Map(), companyContacts: new Map() },
    notes: new Map(),
    tasks: new Map(),
    unsorted: new Map(),
    tags: { leads: new Map(), contacts: new Map(), companies: new Map() },
    events: [],
    popups: [],
    sources: new Map(),
    webhooks: new Map(),
    widget: { code: WIDGET_CODE, users: { "9100002": "101", "9100003": " 102 " } },
    nextId: {
      leads: 500_001,
      contacts: 610_001,
      notes: 70_001,
      tasks: 330_001,
      tags: 1_001,
      fields: 440_010,
      others: 1,
    },
    changes: [],
  };
  addPipeline(account, { id: MAIN_PIPELINE_ID, name: "Sales", isMain: true });
  for (const type of ["contacts", "companies"] as const) {
    addCustomField(account, type, { name: "Phone", code: "PHONE", type: "multitext" });
    addCustomField(account, type, { name: "Email", code: "EMAIL", type: "multitext" });
  }
  addCustomField(account, "contacts", { name: "Position", code: "POSITION", type: "text" });
  addCustomField(account, "companies", { name: "Web", code: "WEB", type: "url" });
  return account;
}

/** A pipeline with the stages each has: incoming leads, two of its own, won, lost. */
export function addPipeline(
  account: Account,
  { id, name, isMain = false }: { id: number; name: string; isMain?: boolean },
): Pipeline {
  const offset = (id - MAIN_PIPELINE_ID) * 100;
  const stage = (statusId: number, stageName: string, sort: number): Status => ({
    id: statusId,
    name: stageName,
    sort,
    type: statusId === INCOMING_STATUS_ID + offset ? 1 : 0,
    color: "#99ccff",
  });
  const pipeline: Pipeline = {
    id,
    name,
    sort: account.pipelines.size + 1,
    is_main: isMain,
    is_unsorted_on: true,
    statuses: [
      stage(INCOMING_STATUS_ID + offset, "Incoming leads", 10),
      stage(FIRST_STATUS_ID + offset, "First contact", 20),
      stage(FIRST_STATUS_ID + offset + 1, "Negotiation", 30),
      stage(WON, "Closed - won", 10_000),
      stage(LOST, "Closed - lost", 11_000),
    ],
  };
  account.pipelines.set(id, pipeline);
  return pipeline;
}

const ENUMS: Readonly<Record<string, readonly string[]>> = {
  PHONE: ["WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER"],
  EMAIL: ["WORK", "PRIV", "OTHER"],
};

export function addCustomField(
  account: Account,
  type: CardType,
  {
    name,
    code = null,
    type: fieldType,
  }: { name: string; code?: string | null; type: CustomField["type"] },
): CustomField {
  const id = account.nextId.fields++;
  const enums = (ENUMS[code ?? ""] ?? []).map((value, index) => ({
    id: 880_001 + (id - 440_010) * 10 + index,
    value,
    sort: (index + 1) * 2,
  }));
  const field: CustomField = { id, name, code, type: fieldType, enums };
  account.customFields[type].push(field);
  return field;
}
