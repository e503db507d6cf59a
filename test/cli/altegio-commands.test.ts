// The commands of `altegio`, tried beside both simulators.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { runAltegioExplain } from "../../src/cli/altegio/explain.ts";
import { runAltegioFind } from "../../src/cli/altegio/find.ts";
import { runAltegioSetup } from "../../src/cli/altegio/setup.ts";
import { runAltegioSync } from "../../src/cli/altegio/sync.ts";
import { runAltegioUndo } from "../../src/cli/altegio/undo.ts";
import { startAltegioSimulator } from "../../src/simulator/altegio/server.ts";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";

async function openOffice() {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-altegio-cli-"));
  const kommo = await startKommoSimulator();
  const altegio = await startAltegioSimulator();
  const file = join(folder, "config.json");
  const config = {
    kommo: { account_url: kommo.url, access_token: kommo.token },
    store: { path: join(folder, "store.db") },
    altegio: {
      locations: [4564],
      api_url: altegio.url,
      partner_token: altegio.altegio.partnerToken,
      user_token: altegio.altegio.userToken,
      fields: { services: "Services" },
    },
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  let written = "";
  const collect = { write: (text: string) => (written += text) };
  return {
    kommo,
    altegio,
    config: ["--config", file],
    terminal: { out: collect, err: collect },
    said: () => written,
    async [Symbol.asyncDispose]() {
      await Promise.all([kommo.close(), altegio.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test("setup makes the fields that are missing once, and lists pipelines", async () => {
  await using office = await openOffice();

  const codes = [
    await runAltegioSetup(["--dry-run", ...office.config], office.terminal),
    await runAltegioSetup(office.config, office.terminal),
    await runAltegioSetup(office.config, office.terminal),
  ];

  const names = office.kommo.account.customFields.leads.map(({ name }) => name);
  expect(codes).toEqual([0, 0, 0]);
  expect(names).toEqual(["Altegio Record ID", "Services"]);
  expect(office.said()).toContain("8123001 Sales (main)");
});

test("a dry run says what would become of each appointment and writes nothing", async () => {
  await using office = await openOffice();
  await runAltegioSetup(office.config, office.terminal);
  const contact = office.kommo.seed.contact({ name: "Anna", phones: ["+79151234567"] });
  const lead = office.kommo.seed.lead({ name: "Asked", contactId: contact.id });
  office.altegio.reception.book({ client: { name: "Anna", phone: "89151234567" } });
  office.altegio.reception.book({ client: { name: "Boris", phone: "+79150000022" } });
  office.altegio.reception.book({ client: null });
  const before = office.kommo.journal.entries().filter(({ method }) => method !== "GET").length;

  const code = await runAltegioSync(["--dry-run", ...office.config], office.terminal);

  const writes = office.kommo.journal.entries().filter(({ method }) => method !== "GET").length;
  expect(code).toBe(0);
  expect(office.said()).toContain(`merge_into lead ${String(lead.id)} (duplicate)`);
  expect(office.said()).toContain("create_lead (no_contact)");
  expect(office.said()).toContain("nothing (no_client)");
  expect(writes).toBe(before);
  expect(office.altegio.journal.entries().filter(({ method }) => method !== "GET")).toEqual([]);
});

test("explain and undo say so where nothing is known and no daemon runs", async () => {
  await using office = await openOffice();

  const codes = [
    await runAltegioExplain(["1", ...office.config], office.terminal),
    await runAltegioExplain(office.config, office.terminal),
    await runAltegioUndo(["1", ...office.config], office.terminal),
    await runAltegioUndo(office.config, office.terminal),
    await runAltegioSync(office.config, office.terminal),
  ];

  expect(codes).toEqual([1, 2, 1, 2, 1]);
  expect(office.said()).toContain("one RECORD_ID or --since TIME is needed");
});

test("find lists a client's appointments by the number, in whatever spelling, and nobody else's", async () => {
  await using office = await openOffice();
  const client = { name: "Anna", phone: "+79151234567" };
  const [one, other] = [
    office.altegio.reception.book({ client }),
    office.altegio.reception.book({ client, startsAt: Date.now() - 86_400_000 }),
  ];
  const boris = office.altegio.reception.book({ client: { name: "B", phone: "+79150000022" } });
  office.altegio.reception.remove(other);

  const code = await runAltegioFind(
    ["--phone", "8 (915) 123-45-67", ...office.config],
    office.terminal,
  );

  expect(code).toBe(0);
  expect(office.said()).toMatch(new RegExp(`${String(one.id)} \\(location 4564\\): .*Haircut`));
  expect(office.said()).toMatch(new RegExp(`${String(other.id)} .*cancelled, on no lead`));
  expect(office.said()).not.toContain(String(boris.id));
});

test("find says so where it finds nobody, and takes no name for a number", async () => {
  await using office = await openOffice();

  const codes = [
    await runAltegioFind(["--phone", "+79990001122", "--json", ...office.config], office.terminal),
    await runAltegioFind(["--phone", "Anna", ...office.config], office.terminal),
    await runAltegioFind(office.config, office.terminal),
  ];

  expect(codes).toEqual([1, 2, 2]);
  expect(office.said()).toContain("nobody with this number has an appointment");
});
