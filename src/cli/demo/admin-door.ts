/** The demo's admin page: a password that is made for it, and where the page is. */
import { randomBytes } from "node:crypto";
import { hashPassword } from "../../http/admin/password.ts";
import { setPassword } from "../../http/admin/schema.ts";
import { openStore, type StorePlace } from "../../store/open-store.ts";
import { storeMigrations } from "../daemon/store-migrations.ts";

/** Before the daemon starts, which then owns the store. @returns the password */
export async function makeAdminPassword(place: StorePlace): Promise<string> {
  const password = `demo-${randomBytes(4).toString("hex")}`;
  const opened = await openStore(place, { migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  await opened.value.write(setPassword(await hashPassword(password), Date.now()));
  await opened.value.close();
  return password;
}

export const tellAdminPage = (address: string, password: string): string =>
  `The admin page: ${address}/admin/ (password ${password})`;
