/**
 * The widget's list of extensions in the daemon: taken from administrators, kept, and filled into the
 * users that every room sees. Exports `openExtensionService` and `fillKeptExtensions`.
 */
import type { Config } from "../../config/keys.ts";
import type { AccountFacts } from "../../directory/account-facts.ts";
import type { CallerDeps } from "../../http/callers.ts";
import type { FastifyRoute } from "../../http/create-server.ts";
import { widgetExtensionsRoute } from "../../http/widget-extensions.ts";
import type { KommoClient } from "../../kommo/client.ts";
import { readUsers } from "../../kommo/read-account.ts";
import { ownName } from "../../lib/exchange-names.ts";
import type { Logger } from "../../lib/log.ts";
import {
  decideExtensions,
  type ExtensionFacts,
  type ExtensionOutcome,
} from "../../registration/extension-list.ts";
import {
  keepExtensions,
  KEPT_EXTENSIONS,
  readKeptExtension,
} from "../../registration/extension-rows.ts";
import { isNameListed, isNumberListed } from "../../registration/number-list.ts";
import type { Statement, Store } from "../../store/store.ts";

/** Extension → users, as every room sees it; changed in place. */
export type UsersByExtension = Map<string, readonly number[]>;

export type ExtensionServiceDeps = {
  readonly config: Pick<Config, "users" | "employees">;
  readonly isTelephone: (extension: string) => boolean;
  readonly users: UsersByExtension;
  readonly callers: CallerDeps;
  readonly facts: Pick<AccountFacts, "users">;
  readonly client: KommoClient;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  /** Somebody has another telephone now. */
  readonly onSaved: () => void;
  readonly now: () => number;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly signal: AbortSignal;
};

const KOMMO_PATIENCE_MS = 10_000;

export type ExtensionService = {
  /** Takes the widget's list. */
  readonly route: FastifyRoute;
  /** The administrator of this host joins one extension and one user; "": takes it away from him. */
  give(user: number, extension: string): Promise<ExtensionOutcome>;
  /** Was given by the list or the page, and not by the configuration. */
  isGiven(extension: string): boolean;
};

/** In place of a Kommo user in the audit rows. */
const BY_THE_PAGE = 0;

/** Rejects with StoreFailure. */
export async function openExtensionService(deps: ExtensionServiceDeps): Promise<ExtensionService> {
  const { config, users, facts, client, now, log } = deps;
  let kept = await fillKeptExtensions(users, config.users, deps.store);
  let isActive: (user: number) => boolean = () => false;
  const configuredUsers: ExtensionFacts["configuredUsers"] = (extension) =>
    config.users.get(extension) ??
    config.employees
      .filter(
        ({ numbers }) =>
          isNameListed(ownName(extension), numbers) || isNumberListed(ownName(extension), numbers),
      )
      .map(({ user }) => user);
  const configuredExtensions: ExtensionFacts["configuredExtensions"] = (user) =>
    [...config.users].filter(([, all]) => all.includes(user)).map(([extension]) => extension);
  let saving: Promise<unknown> = Promise.resolve();

  /** One list after another: each is decided on what the one before left. */
  function save(
    by: number,
    asked: ReadonlyMap<number, string>,
  ): ReturnType<Parameters<typeof widgetExtensionsRoute>[0]["save"]> {
    const saved = saving.then(async () => {
      const decision = decideExtensions(asked, {
        ...{ kept, configuredUsers, configuredExtensions, isActive },
        isExtension: deps.isTelephone,
      });
      const statements = keepExtensions(decision, { before: kept, by, at: now() });
      if (statements.length > 0) await deps.keep(statements);
      kept = decision.next;
      fill(users, config.users, kept);
      deps.onSaved();
      const taken = decision.entries.filter(({ outcome }) => outcome === "kept").length;
      const refused = decision.entries.length - taken;
      log.info({ by, taken, refused }, "extensions saved in the widget");
      return decision.entries.map(({ user, ...entry }) => ({ user_id: user, ...entry }));
    });
    saving = saved.catch(() => undefined);
    return saved;
  }

  const route = widgetExtensionsRoute({
    callers: deps.callers,
    save,
    async isAdmin(user) {
      const known = facts.users().find(({ id }) => id === user);
      // Whom Kommo did not show as one a while ago costs no request.
      if (known !== undefined && !known.isAdmin) return false;
      const patience = AbortSignal.any([deps.signal, AbortSignal.timeout(KOMMO_PATIENCE_MS)]);
      const answer = await readUsers(client, patience);
      if (!answer.ok) {
        log.warn({ reason: answer.failure.detail }, "kommo does not say who is an administrator");
        return undefined;
      }
      const active = answer.value.filter((one) => one.isActive);
      const ids = new Set(active.map(({ id }) => id));
      isActive = (id) => ids.has(id);
      return active.some(({ id, isAdmin }) => id === user && isAdmin);
    },
  });
  return {
    route,
    async give(user, extension) {
      const active = new Set(facts.users().flatMap((one) => (one.isActive ? [one.id] : [])));
      isActive = (id) => active.has(id);
      const [entry] = await save(BY_THE_PAGE, new Map([[user, extension]]));
      return entry?.outcome ?? "user_unknown";
    },
    isGiven: (extension) => kept.has(extension) && !config.users.has(extension),
  };
}

/** What was kept before, for whoever books with this store. Rejects with StoreFailure. */
export async function fillKeptExtensions(
  users: UsersByExtension,
  configured: Config["users"],
  store: Pick<Store, "read">,
): Promise<ReadonlyMap<string, number>> {
  const kept = new Map((await store.read(KEPT_EXTENSIONS)).map(readKeptExtension));
  fill(users, configured, kept);
  return kept;
}

/** The configuration may have got an entry since: it goes before. */
function fill(
  users: UsersByExtension,
  configured: Config["users"],
  kept: ReadonlyMap<string, number>,
): void {
  users.clear();
  for (const [extension, all] of configured) users.set(extension, all);
  const hasOwn = new Set([...configured.values()].flat());
  for (const [extension, user] of kept)
    if (!configured.has(extension) && !hasOwn.has(user)) users.set(extension, [user]);
}
