// What the doctor says of clients who share a telephone number.
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { keepClient } from "../../src/altegio/client-rows.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { runDoctor } from "../../src/cli/doctor.ts";
import { startAltegioSimulator } from "../../src/simulator/altegio/server.ts";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import { addCustomField } from "../../src/simulator/kommo/state/new-account.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { newFolder, removeFolders, write } from "../config/written-config.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  removeFolders();
});

/** Mother and daughter are contact 7, and a third client of another location too. */
async function storeWithFamily(path: string): Promise<void> {
  const opened = await openSqliteStore({ path, migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  const clients = [
    { locationId: "4564", clientId: "1" },
    { locationId: "4564", clientId: "2" },
    { locationId: "4565", clientId: "3" },
  ];
  await opened.value.write(clients.map((one) => keepClient(one, { contactId: 7, told: "" })));
  await opened.value.close();
}

test.each([
  ["phone", "warning", "1 contact is several clients of Altegio who share a telephone number"],
  ["client_id", "ok", "the tokens are good for 1 location, and all fields are there"],
])("with contact_key %s the doctor says %s", async (contactKey, status, sentence) => {
  const [kommo, altegio] = [await startKommoSimulator(), await startAltegioSimulator()];
  closers.push(
    () => kommo.close(),
    () => altegio.close(),
  );
  addCustomField(kommo.account, "leads", { name: "Altegio Record ID", type: "text" });
  const path = join(newFolder(), "store.db");
  await storeWithFamily(path);
  const file = write(
    JSON.stringify({
      kommo: { account_url: kommo.url, access_token: kommo.token },
      altegio: {
        ...{ locations: [4564], api_url: altegio.url, contact_key: contactKey },
        ...{ partner_token: "simulator-partner", user_token: "simulator-user" },
      },
      store: { path },
    }),
  );
  let text = "";

  await runDoctor(["--json", "--config", file], { write: (part) => (text += part) });

  const { checks } = JSON.parse(text) as {
    checks: { name: string; status: string; sentence: string }[];
  };
  expect(checks.find(({ name }) => name === "Altegio")).toMatchObject({ status, sentence });
});
