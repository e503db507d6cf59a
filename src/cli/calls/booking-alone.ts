/**
 * What the daemon would do on the way of a call into the store, for a command that does it while the
 * daemon is away: scripts are asked, links made, steps queued. Exports `withBookingAlone`.
 */
import type { Config } from "../../config/keys.ts";
import type { KommoStep } from "../../kommo/step.ts";
import { systemClock, type EpochMs } from "../../lib/clock.ts";
import { insertStep } from "../../outbox/changes.ts";
import type { Outbox } from "../../outbox/outbox.ts";
import type { CallLinks } from "../../recordings/call-links.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import type { Row, Statement, Store } from "../../store/store.ts";
import { openScriptsAlone, type ScriptsAlone } from "../customizations/scripts-alone.ts";
import type { ScriptConfig } from "../customizations/script-service.ts";
import { fillKeptExtensions } from "../dialling/extension-service.ts";
import { openCallLinks } from "../recordings/open-call-links.ts";
import { registrationSettings } from "../registration-settings.ts";

export type BookingAlone = {
  readonly store: Store;
  readonly keep: (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>;
  readonly now: () => EpochMs;
  readonly settings: RegistrationSettings;
  readonly plan: ScriptsAlone["plan"];
  readonly recordings: CallLinks["statementsFor"];
  readonly afterwards: ScriptsAlone["afterwards"];
  /** The steps are sent by the daemon, once it runs. */
  readonly statementsFor: Outbox<KommoStep>["statementsFor"];
};

/** @param deps.tell hears of scripts that cannot be asked */
export async function withBookingAlone<T>(
  deps: {
    readonly config: Parameters<typeof registrationSettings>[0] &
      ScriptConfig &
      Pick<Config, "recordings">;
    readonly store: Store;
    readonly tell: (words: string) => void;
  },
  book: (booking: BookingAlone) => Promise<T>,
): Promise<T> {
  const { config, store } = deps;
  const now = (): EpochMs => systemClock.now();
  const keep: BookingAlone["keep"] = (statements) => store.write(statements);
  const { links } = await openCallLinks({ config, store, keep, now });
  const users = new Map(config.users);
  await fillKeptExtensions(users, config.users, store);
  const settings = registrationSettings({ ...config, users }, { recordingLink: links.linkFor });
  const scripts = openScriptsAlone(config, settings, deps.tell);
  try {
    return await book({
      ...{ store, keep, now, settings },
      plan: scripts.plan,
      recordings: links.statementsFor,
      afterwards: scripts.afterwards,
      statementsFor: (origin, key, steps) =>
        steps.map((step) => insertStep({ origin, key, step, dueAt: now(), createdAt: now() })),
    });
  } finally {
    await scripts.stop();
  }
}
