/** Whose telephones there are and what they do, in the words of the widget. */
import type { DeviceStates, TelephoneState as DeviceState } from "../../ami/device-states.ts";
import type { AccountFacts } from "../../directory/account-facts.ts";
import type {
  ColleaguesAnswer,
  Telephone,
  TelephoneState,
  UserRef,
} from "../../http/widget-contract.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";

export type TelephoneBook = {
  /** In the order of the configuration. */
  readonly extensionsOf: (user: number) => readonly string[];
  readonly telephonesOf: (user: number) => readonly Telephone[];
  /** What has changed since it was last asked so. @returns undefined: nothing */
  readonly changed: (user: number) => readonly Telephone[] | undefined;
  readonly colleagues: (user: number) => ColleaguesAnswer["colleagues"];
  readonly user: (id: number) => UserRef;
  /** By Kommo's API. */
  readonly isAdmin: (id: number) => boolean;
};

export type TelephoneBookDeps = {
  readonly settings: Pick<RegistrationSettings, "users" | "learnt">;
  readonly isExtension: (number: string) => boolean;
  readonly telephones: Pick<DeviceStates, "stateOf">;
  readonly facts: Pick<AccountFacts, "users">;
};

const STATES: Readonly<Record<DeviceState, TelephoneState>> = {
  idle: "idle",
  ringing: "ringing",
  "in-use": "in_use",
  busy: "in_use",
  unavailable: "not_connected",
};

export function createTelephoneBook(deps: TelephoneBookDeps): TelephoneBook {
  const { settings, isExtension, telephones, facts } = deps;
  const told = new Map<number, string>();
  const stateOf = (extension: string): TelephoneState => {
    const state = telephones.stateOf(extension);
    return state === undefined ? "unknown" : STATES[state];
  };
  const extensionsOf = (user: number): string[] =>
    [...settings.users]
      .filter(([extension, users]) => users.includes(user) && isExtension(extension))
      .map(([extension]) => extension);
  const telephonesOf = (user: number): readonly Telephone[] =>
    extensionsOf(user).map((extension) => ({ extension, state: stateOf(extension) }));
  const userOf = (id: number): UserRef => ({ id, name: settings.learnt?.userName?.(id) ?? "" });

  return {
    extensionsOf,
    telephonesOf,
    changed(user) {
      const now = telephonesOf(user);
      const text = JSON.stringify(now);
      if (told.get(user) === text) return undefined;
      told.set(user, text);
      return now;
    },
    colleagues: (user) =>
      [...settings.users]
        .filter(([extension, users]) => isExtension(extension) && !users.includes(user))
        .map(([extension, [first]]) => ({
          user: first === undefined ? null : userOf(first),
          extension,
          state: stateOf(extension),
        })),
    user: userOf,
    isAdmin: (id) => facts.users().some((user) => user.id === id && user.isAdmin && user.isActive),
  };
}
