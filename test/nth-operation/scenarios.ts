/** The calls of which every operation fails once. Exports `scenarios`, `settingsOf`, `USERS`. */
import { loadConfig } from "../../src/config/load-config.ts";
import { registrationSettings } from "../../src/cli/registration-settings.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";

export type Scenario = {
  readonly name: string;
  /** A folder of src/simulator/recordings. */
  readonly recording: string;
  /** The clients stand on cards. */
  readonly isKnown: boolean;
  /** Nothing that the exchange tells is passed on: a daemon that takes no calls. */
  readonly isDeaf?: true;
  readonly unknownClient?: "unsorted" | "contact" | "contact_and_lead";
};

export const USERS = new Map([
  ["101", 9100001],
  ["102", 9100002],
  ["103", 9100003],
  ["104", 9100004],
  ["106", 9100006],
]);

export const scenarios: readonly Scenario[] = [
  { name: "a known client is answered", recording: "in-answered-101", isKnown: true },
  { name: "a new client is answered", recording: "in-answered-101", isKnown: false },
  { name: "a known client finds all busy", recording: "in-busy", isKnown: true },
  { name: "a new client finds all busy", recording: "in-busy", isKnown: false },
  {
    name: "a new client is missed, and becomes a contact",
    recording: "in-caller-hangs-up-ringing",
    isKnown: false,
    unknownClient: "contact",
  },
  {
    name: "a new client is answered, and becomes a contact with a lead",
    recording: "in-group-answered-by-one",
    isKnown: false,
    unknownClient: "contact_and_lead",
  },
  { name: "a number is withheld", recording: "in-anonymous", isKnown: false },
  { name: "a group rings in vain", recording: "in-group-client-gives-up", isKnown: true },
  { name: "two calls at once, of known clients", recording: "two-simultaneous", isKnown: true },
  { name: "two calls at once, of new clients", recording: "two-simultaneous", isKnown: false },
  { name: "an employee calls a known client", recording: "out-answered", isKnown: true },
  { name: "an employee calls a new client", recording: "out-answered", isKnown: false },
  { name: "a known client is busy", recording: "out-busy", isKnown: true },
  { name: "a number that does not exist", recording: "out-not-found", isKnown: true },
  { name: "a click in the CRM", recording: "click-answered", isKnown: true },
  { name: "a blind transfer", recording: "xfer-blind-refer", isKnown: true },
  {
    name: "an attended transfer of a new client",
    recording: "xfer-att-refer-completed",
    isKnown: false,
  },
  { name: "a queue, and the client gives up", recording: "in-queue-abandoned", isKnown: true },
  { name: "a menu, and a new client", recording: "in-ivr-digit", isKnown: false },
  { name: "a call parked and retrieved", recording: "park-retrieved", isKnown: true },
];

export function settingsOf({ unknownClient = "unsorted" }: Scenario): RegistrationSettings {
  const env = {
    ASTERISK_KOMMO_PBX_EXTENSIONS: '["_10X"]',
    ASTERISK_KOMMO_USERS: JSON.stringify(Object.fromEntries(USERS)),
    ASTERISK_KOMMO_UNKNOWN_CLIENT: unknownClient,
  };
  const loaded = loadConfig({
    file: undefined,
    env,
    credentialsDirectory: undefined,
    needs: ["pbx"],
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
  return registrationSettings(loaded.value.config);
}
