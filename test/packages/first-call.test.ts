// The first ten minutes, from nothing to a booked call: a host with a real Asterisk 22, the .deb, one
// `setup --yes`, and a call between telephones. All of it as an administrator types it.
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { builtSystem } from "../lab/exchange.ts";
import { startLab, type Lab } from "../lab/lab.ts";
import { builtPackage, openHost, type Host } from "./host.ts";

const LIMIT_MS = 600_000;
const BOOKED_WITHIN_MS = 120_000;

let lab: Lab;
let kommo: KommoSimulator;
let host: Host;

beforeAll(async () => {
  lab = await startLab("22");
  kommo = await startKommoSimulator({
    account: {
      users: [
        { id: 9_100_001, name: "Rita Admin", isAdmin: true },
        { id: 9_100_002, name: "Sam Sales", phone: "101" },
        { id: 9_100_003, name: "Olga (102)" },
      ],
    },
  });
  const exchange = dirname(dirname(lab.recordings));
  await withoutOurUsers(join(exchange, "etc"));
  host = await openHost({
    base: builtSystem("22"),
    // The exchange's folder as it is, and its configuration where an administrator looks for it.
    shared: [
      [exchange, exchange],
      [join(exchange, "etc"), "/etc/asterisk"],
    ],
  });
  await writeFile(host.path("root/kommo-token"), kommo.token, { mode: 0o600 });
}, LIMIT_MS);

afterAll(async () => {
  await host.close();
  await kommo.close();
  await lab.stop();
}, LIMIT_MS);

/** The lab has the users that the README asks for; here the set-up makes them. */
async function withoutOurUsers(etc: string): Promise<void> {
  const conf = join(etc, "manager.conf");
  const sections = (await readFile(conf, "utf8")).split(/^(?=\[)/m);
  await writeFile(conf, sections.filter((part) => !part.startsWith("[asterisk-kommo")).join(""));
}

test(
  "from a bare exchange to a booked call: install, setup --yes, dial",
  async () => {
    const deb = await builtPackage("_amd64.deb");
    await mkdir(host.path("root"), { recursive: true });
    await copyFile(deb, host.path(`root/${basename(deb)}`));

    const installed = await host.run(["dpkg", "-i", `/root/${basename(deb)}`], { isOffline: true });
    const set = await host.run([
      ...["asterisk-kommo", "setup", "--yes"],
      ...["--account-url", kommo.url, "--token-file", "/root/kommo-token"],
    ]);

    expect(installed).toMatchObject({ code: 0 });
    expect(set).toMatchObject({ code: 0, err: "" });
    expect(set.out).toMatch(/101 .*→ Sam Sales/);
    expect(set.out).toContain("The service runs.");
    expect(host.told).toEqual(["restart"]);
    expect(await readdir(host.path("etc/asterisk-kommo"))).toEqual([
      "config.json",
      "customizations",
    ]);

    const service = await host.service();
    await service.wrote('"connected to the exchange"');
    const client = lab.client();
    kommo.seed.contact({ phones: [client.number] });
    const call = await client.call("74951000001");
    await lab.telephone(0, 1).answer(600);
    await call.whenAnswered();
    await call.hangUp();
    await booked(1, () => service.log());
    const told = await host.run(["asterisk-kommo", "calls", "list", "--json"]);

    expect(kommo.journal.calls()).toMatchObject([
      { direction: "inbound", call_responsible: 9_100_002 },
    ]);
    expect(JSON.parse(told.out)).toMatchObject({
      state: "booked",
      call: { result: "answered", answered_by: "101" },
    });
  },
  LIMIT_MS,
);

async function booked(calls: number, log: () => string): Promise<void> {
  for (const end = Date.now() + BOOKED_WITHIN_MS; kommo.journal.calls().length < calls;) {
    if (Date.now() > end) throw new Error(`not booked: ${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
