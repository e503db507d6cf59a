/**
 * A changed configuration in a running daemon: what can be taken over at once is, the rest is told as
 * needing a restart. Calls that run go on; one that has ended already keeps its plan. Exports
 * `createReload`.
 */
import { allKeys, type Config } from "../../config/keys.ts";
import type { ConfigFor, LoadedConfig } from "../../config/load-config.ts";
import { describeProblem, type ConfigProblem } from "../../config/problem.ts";
import { succeeded, type Result } from "../../lib/failure.ts";
import type { Logger } from "../../lib/log.ts";
import { spelt } from "../../lib/spelt.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import { registrationSettings } from "../registration-settings.ts";
import { areTelephonesAlone } from "./same-exchange.ts";

export type ReloadReport = {
  /** false: the configuration is not good, and nothing was changed. */
  readonly ok: boolean;
  /** One line each, as `check-config` tells them. */
  readonly problems: readonly string[];
  /** Keys whose new value is in force. */
  readonly taken: readonly string[];
  /** Keys that changed and are in force after a restart. */
  readonly needRestart: readonly string[];
};

type Changed = { readonly before: Config; readonly after: Config };

const ALWAYS = (): boolean => true;

/**
 * What is read anew for each call, and so can be taken over between two; and exchanges that have a name,
 * which come and go one by one. A key that is not here has built something at the start: a connection, a
 * listener, the call model, a limiter.
 */
const LIVE: Readonly<Record<string, (changed: Changed) => boolean>> = {
  users: (changed) =>
    areNamed(changed) || (isAlone(changed) && areTelephonesAlone(changed.before, changed.after)),
  exchanges: areNamed,
  unknown_extension: ALWAYS,
  "responsible.missed": ALWAYS,
  "responsible.existing_card": ALWAYS,
  "responsible.default_user": ALWAYS,
  "register.extensions.only": ALWAYS,
  "register.extensions.except": ALWAYS,
  "register.trunks.only": ALWAYS,
  "register.trunks.except": ALWAYS,
  "register.dids.only": ALWAYS,
  "register.dids.except": ALWAYS,
  "register.clients.only": ALWAYS,
  "register.clients.except": ALWAYS,
  "numbers.client": ALWAYS,
  "numbers.employee": ALWAYS,
  rules: ALWAYS,
  working_hours: ALWAYS,
  ignore_shorter_than_seconds: ALWAYS,
  language: ALWAYS,
  unknown_client: ALWAYS,
  popups: ALWAYS,
  missed_call_task: ALWAYS,
  "task.type_id": ALWAYS,
  "task.deadline_minutes": ALWAYS,
  "task.working_hours": ALWAYS,
  "task.text": ALWAYS,
  duration_of: ALWAYS,
  "names.source": ALWAYS,
  "names.service_code": ALWAYS,
  "names.source_name": ALWAYS,
  "names.tag": ALWAYS,
  "names.contact": ALWAYS,
  "names.lead": ALWAYS,
  "log.level": ALWAYS,
  // Read for each appointment and each request; what fields, locations and places are was looked up.
  "altegio.user_token": ALWAYS,
  "altegio.poll_seconds": ALWAYS,
  "altegio.duplicates.search": ALWAYS,
  "altegio.duplicates.statuses": ALWAYS,
  "altegio.duplicates.record_id_mode": ALWAYS,
  "altegio.duplicates.pick": ALWAYS,
  "altegio.duplicates.require_any_custom_field": ALWAYS,
  "altegio.duplicates.strict_country": ALWAYS,
  "altegio.no_client": ALWAYS,
  "altegio.contact_key": ALWAYS,
  "altegio.new_lead.make": ALWAYS,
  "altegio.new_lead.name": ALWAYS,
  "altegio.new_lead.tag": ALWAYS,
  "altegio.stages": ALWAYS,
  "altegio.allow_backward": ALWAYS,
  "altegio.reopen_closed": ALWAYS,
  "altegio.price": ALWAYS,
  "altegio.responsible_by_staff": ALWAYS,
  "altegio.overwrite_contact": ALWAYS,
  "altegio.clear_record_id_on_delete": ALWAYS,
  "altegio.notes": ALWAYS,
  "altegio.task.text": ALWAYS,
  "altegio.task.minutes_before": ALWAYS,
  "altegio.task.type_id": ALWAYS,
  "altegio.attendance_by_stage": ALWAYS,
  "altegio.checkout_by_stage": ALWAYS,
};

function areNamed({ before, after }: Changed): boolean {
  return before.exchanges.length > 0 && after.exchanges.length > 0;
}

const isAlone = ({ before, after }: Changed): boolean =>
  before.exchanges.length === 0 && after.exchanges.length === 0;

export type ReloadDeps = {
  /** In force; changed in place, since all who work with it hold this very object. */
  readonly config: Config;
  readonly settings: RegistrationSettings;
  /** Extension → users, with what the widget's list has added. */
  readonly users: Map<string, readonly number[]>;
  readonly logger: Logger;
  /** The configuration as it stands now, where there is one to read. */
  readonly reread: () => Result<LoadedConfig, readonly ConfigProblem[]>;
  /**
   * The exchanges of this configuration are those that there are from now on; begun at once.
   * @returns on failure why it cannot be: then nothing was changed
   */
  readonly follow: (config: Config) => Result<Promise<void>, { reason: string; hint: string }>;
  /** Something is in force. */
  readonly onTaken?: () => void;
};

export function createReload({
  config,
  settings,
  users,
  logger,
  reread,
  follow,
  onTaken,
}: ReloadDeps): () => ReloadReport {
  function refuse(problems: readonly string[]): ReloadReport {
    logger.error({ problems }, "the changed configuration is not good, the one before goes on");
    return { ok: false, problems, taken: [], needRestart: [] };
  }

  return () => {
    const loaded = reread();
    if (!loaded.ok) return refuse(loaded.failure.map(describeProblem));
    const after = loaded.value.config;
    const changed = changedKeys(config, after);
    const isLive = (path: string): boolean => LIVE[path]?.({ before: config, after }) === true;
    const taken = changed.filter(isLive);
    const needRestart = changed.filter((path) => !isLive(path));
    const { exchanges } = after;
    const followed = taken.includes("exchanges") ? follow({ ...config, exchanges }) : NOBODY_GOES;
    if (!followed.ok) return refuse([`${followed.failure.reason}; ${followed.failure.hint}`]);
    const named = [...config.users.keys()];
    for (const path of taken) setAt(config, path, valueAt(after, path));
    if (taken.includes("users")) {
      for (const [extension, ids] of config.users) users.set(extension, ids);
      // What only the widget's list names stays.
      const drop = (): void => {
        for (const extension of named) if (!config.users.has(extension)) users.delete(extension);
      };
      if (followed.value === undefined) drop();
      else void followed.value.then(drop); // the last calls there are booked for their employees
    }
    Object.assign(settings, {
      ...registrationSettings(config, settings.learnt),
      ...{ users, timeZone: settings.timeZone },
    });
    if (taken.includes("log.level")) logger.level = after.log.level;
    if (taken.length > 0) onTaken?.();
    tell(logger, taken, needRestart);
    const problems = loaded.value.warnings.map(describeProblem);
    return { ok: true, problems, taken, needRestart };
  };
}

const NOBODY_GOES = succeeded(undefined);

function tell(logger: Logger, taken: readonly string[], needRestart: readonly string[]): void {
  if (taken.length === 0 && needRestart.length === 0)
    return logger.info("the configuration is as it was");
  if (taken.length > 0) logger.info({ keys: taken }, "changed configuration is in force");
  if (needRestart.length > 0)
    logger.warn({ keys: needRestart }, "changed configuration needs a restart");
}

/** @returns dotted paths, in the order of the tree */
export function changedKeys(before: ConfigFor<never>, after: ConfigFor<never>): readonly string[] {
  return allKeys
    .map(({ path }) => path)
    .filter((path) => spelt(valueAt(before, path)) !== spelt(valueAt(after, path)));
}

function valueAt(config: ConfigFor<never>, path: string): unknown {
  let value: unknown = config;
  for (const name of path.split(".")) value = (value as Readonly<Record<string, unknown>>)[name];
  return value ?? undefined;
}

function setAt(config: Config, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  let section = config as unknown as Record<string, unknown>;
  for (const name of names) section = section[name] as Record<string, unknown>;
  section[last] = value;
}
