/** `setup --admin-users` and `--admin-remove`: who has a password for the admin page, and who has none any more. */
import { ADMIN, pageUsers, readPageUser, removeUser } from "../../http/admin/schema.ts";
import { readUserName } from "../../http/admin/user-name.ts";
import { succeeded } from "../../lib/failure.ts";
import { adminRemovalAsJson } from "../admin/password-answer.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { withStoreBeside } from "../store-beside.ts";
import { withStoreOrDaemon } from "../store-or-daemon.ts";
import type { StorePlace } from "../../store/open-store.ts";

type Output = { write(text: string): unknown };
type Terminal = { readonly out: Output; readonly err: Output };

const storeIn = (configFile: string | undefined, err: Output): StorePlace | undefined => {
  const loaded = openConfig({ file: configFile, needs: [] });
  if (loaded.ok) return loaded.value.config.store;
  err.write(tellProblems(loaded.failure));
  return undefined;
};

const readUsers = (place: StorePlace) =>
  withStoreBeside(place, async (store) => (await store.read(pageUsers())).map(readPageUser));

/** @returns the exit code */
export async function listAdminUsers(
  configFile: string | undefined,
  { out, err }: Terminal,
): Promise<number> {
  const place = storeIn(configFile, err);
  if (place === undefined) return 1;
  const users = await readUsers(place);
  if (!users.ok) {
    err.write(`asterisk-kommo setup: ${users.failure.sentence}\n`);
    return users.failure.code;
  }
  if (users.value.length === 0) out.write("No password was set yet.\n");
  for (const { who, role } of users.value) out.write(`${who.padEnd(20)} ${role}\n`);
  return 0;
}

/** @returns the exit code */
export async function removeAdminUser(
  configFile: string | undefined,
  { name, out, err }: Terminal & { readonly name: string },
): Promise<number> {
  const who = readUserName(name);
  const refused = (sentence: string): number => {
    err.write(`asterisk-kommo setup: ${sentence}\n`);
    return 1;
  };
  if (who === ADMIN) return refused("admin stays; give it another password");
  const place = storeIn(configFile, err);
  if (place === undefined) return 1;
  const users = await readUsers(place);
  if (!users.ok) return refused(users.failure.sentence);
  if (who === undefined || !users.value.some((user) => user.who === who))
    return refused(`there is no user ${name}; see --admin-users`);
  const done = await withStoreOrDaemon<object>({
    ...{ place, makesStore: false, ask: adminRemovalAsJson(who) },
    alone: async (own) => {
      await own.write(removeUser(who, Date.now()));
      return succeeded({});
    },
  });
  if (!done.ok) return refused(`${done.failure.reason}; ${done.failure.hint}`);
  out.write(`${who} is removed, and logged out.\n`);
  return 0;
}
