/** Settings of an administrator who wants nothing special, as the configuration's defaults have them. */
import type { OnlyExcept, RegistrationSettings } from "./settings.ts";

const ALL: OnlyExcept = { only: [], except: [] };
const NAME = "asterisk-kommo";

export const PLAIN_SETTINGS: RegistrationSettings = {
  users: new Map(),
  employees: [],
  unknownExtension: "leave_out",
  unknownClient: "unsorted",
  missedCallTask: true,
  ignoreShorterThanSeconds: 0,
  durationOf: "last",
  language: "en",
  names: { source: NAME, serviceCode: NAME, sourceName: NAME, tag: NAME },
  task: { typeId: 1, deadlineMinutes: 60 },
  responsible: { missed: ["card", "last_rung"], existingCard: "never", defaultUser: undefined },
  register: { extensions: ALL, trunks: ALL, dids: ALL, clients: ALL },
  numbers: { client: [], employee: [] },
  rules: [],
  workingHours: new Map(),
  timeZone: "UTC",
};
