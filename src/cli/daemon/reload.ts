/**
 * A changed configuration in a running daemon: what can be taken over at once is, the rest is told as
 * needing a restart. Calls that run go on; one that has ended already keeps its plan. Exports
 * `createReload`.
 */
import { anyDialPattern } from "../../lib/dial-pattern.ts";
import { exchangesIn } from "../../config/exchange-views.ts";
import { allKeys, type Config } from "../../config/keys.ts";
import type { ConfigFor, LoadedConfig } from "../../config/load-config.ts";
import { describeProblem, type ConfigProblem } from "../../config/problem.ts";
import type { Result } from "../../lib/failure.ts";
import type { Logger } from "../../lib/log.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import { registrationSettings } from "../registration-settings.ts";

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
 * What is read anew for each call, and so can be taken over between two. A key that is not here has
 * built something at the start: a connection, a listener, the call model, a limiter.
 */
const LIVE: Readonly<Record<string, (changed: Changed) => boolean>> = {
  users: areTelephonesAlone,
  exchanges: areUsersAlone,
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

/**
 * The call model has learnt at the start which numbers outside are employees', and who shares a
 * telephone decides whether queue agents are asked for; the rest of `users` is looked up for each call.
 */
function areTelephonesAlone({ before, after }: Changed): boolean {
  const then = exchangesIn(before);
  const now = new Map(exchangesIn(after).map((view) => [view.name, view.config]));
  return then.every(({ name, config }) => {
    const users = now.get(name)?.users;
    if (users === undefined) return false;
    const isTelephone = anyDialPattern(config.pbx.extensions);
    const outside = (all: Config["users"]): string =>
      [...all.keys()]
        .filter((number) => !isTelephone(number))
        .toSorted()
        .join();
    const isShared = (all: Config["users"]): boolean =>
      [...all.values()].some((sharing) => sharing.length > 1);
    return outside(config.users) === outside(users) && isShared(config.users) === isShared(users);
  });
}

/** Another exchange, or another way to one, is taken up by a new start. */
function areUsersAlone(changed: Changed): boolean {
  const withoutUsers = ({ exchanges }: Config): string =>
    spelt(exchanges.map((entry) => ({ ...entry, users: undefined })));
  return (
    withoutUsers(changed.before) === withoutUsers(changed.after) && areTelephonesAlone(changed)
  );
}

export type ReloadDeps = {
  /** In force; changed in place, since all who work with it hold this very object. */
  readonly config: Config;
  readonly settings: RegistrationSettings;
  /** Extension → users, with what the widget's list has added. */
  readonly users: Map<string, readonly number[]>;
  readonly logger: Logger;
  /** The configuration as it stands now, where there is one to read. */
  readonly reread: () => Result<LoadedConfig, readonly ConfigProblem[]>;
  /** Something is in force. */
  readonly onTaken?: () => void;
};

export function createReload({
  config,
  settings,
  users,
  logger,
  reread,
  onTaken,
}: ReloadDeps): () => ReloadReport {
  return () => {
    const loaded = reread();
    if (!loaded.ok) {
      const problems = loaded.failure.map(describeProblem);
      logger.error({ problems }, "the changed configuration is not good, the one before goes on");
      return { ok: false, problems, taken: [], needRestart: [] };
    }
    const after = loaded.value.config;
    const changed = changedKeys(config, after);
    const isLive = (path: string): boolean => LIVE[path]?.({ before: config, after }) === true;
    const taken = changed.filter(isLive);
    const needRestart = changed.filter((path) => !isLive(path));
    if (taken.includes("users")) takeUsers(users, config.users, after.users);
    for (const path of taken) setAt(config, path, valueAt(after, path));
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

function tell(logger: Logger, taken: readonly string[], needRestart: readonly string[]): void {
  if (taken.length === 0 && needRestart.length === 0)
    return logger.info("the configuration is as it was");
  if (taken.length > 0) logger.info({ keys: taken }, "changed configuration is in force");
  if (needRestart.length > 0)
    logger.warn({ keys: needRestart }, "changed configuration needs a restart");
}

/** Those that the configuration does not name stay: the widget's list has them. */
function takeUsers(
  users: Map<string, readonly number[]>,
  before: Config["users"],
  after: Config["users"],
): void {
  for (const extension of before.keys()) if (!after.has(extension)) users.delete(extension);
  for (const [extension, ids] of after) users.set(extension, ids);
}

/** @returns dotted paths, in the order of the tree */
export function changedKeys(before: ConfigFor<never>, after: ConfigFor<never>): readonly string[] {
  return allKeys
    .map(({ path }) => path)
    .filter((path) => spelt(valueAt(before, path)) !== spelt(valueAt(after, path)));
}

/** Equal for equal values, whatever the order of keys. */
const spelt = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => {
    if (inner instanceof RegExp) return String(inner);
    if (inner instanceof Map) return [...(inner as ReadonlyMap<string, unknown>)].toSorted(byName);
    return inner;
  }) ?? "";

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1;

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
