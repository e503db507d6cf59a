/** The demo's admin page: a password that is made for it, and where the page is. */
import { randomBytes } from "node:crypto";
import { hashPassword } from "../../http/admin/password.ts";
import { setPassword } from "../../http/admin/schema.ts";
import { openSqliteStore } from "../../store/sqlite-store.ts";
import { storeMigrations } from "../daemon/store-migrations.ts";

/** Before the daemon starts, which then owns the store. @returns the password */
export async function makeAdminPassword(storePath: string): Promise<string> {
  const password = `demo-${randomBytes(4).toString("hex")}`;
  const opened = await openSqliteStore({ path: storePath, migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  await opened.value.write(setPassword(await hashPassword(password), Date.now()));
  await opened.value.close();
  return password;
}

export const tellAdminPage = (address: string, password: string): string =>
  `The admin page: ${address}/admin/ (password ${password})`;
