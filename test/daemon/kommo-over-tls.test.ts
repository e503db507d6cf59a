// Kommo is reached over TLS, as it is outside of simulations: by the daemon as it is built and bundled.
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { RENEWED_CERTIFICATE, RENEWED_KEY } from "../http/renewed-certificate.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "./daemon-process.ts";

let folder: string;
let kommo: KommoSimulator;
let door: Server;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-tls-"));
  kommo = await startKommoSimulator();
  const port = Number(new URL(kommo.url).port);
  door = createServer({ cert: RENEWED_CERTIFICATE, key: RENEWED_KEY }, (client) => {
    const inside = connect(port, "127.0.0.1");
    client.pipe(inside).pipe(client);
    for (const socket of [client, inside]) {
      socket.on("error", () => undefined);
      socket.on("close", () => [client, inside].forEach((one) => one.destroy()));
    }
  });
  door.listen(0, "127.0.0.1");
  await once(door, "listening");
});

afterEach(async () => {
  await endDaemons();
  await Promise.all([kommo.close(), new Promise((resolve) => door.close(resolve))]);
  await rm(folder, { recursive: true, force: true });
});

async function start(environment: Readonly<Record<string, string>>) {
  const { port } = door.address() as AddressInfo;
  const config = {
    ami: { port: 1, username: "nobody", secret: "nobody" },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: `https://localhost:${String(port)}`, access_token: kommo.token },
    users: { "101": 9100001 },
    store: { path: join(folder, "store.db") },
    ...{ public_http: { port: 0 }, http: { port: 0 }, fastagi: { port: 0 } },
  };
  return startDaemonProcess(await writeConfig(folder, config), environment);
}

test("the daemon fills its directory over TLS", async () => {
  const authority = join(folder, "authority.pem");
  await writeFile(authority, RENEWED_CERTIFICATE);
  kommo.seed.contact({ phones: ["+351912000222"] });

  const daemon = await start({ NODE_EXTRA_CA_CERTS: authority });
  await daemon.said('"directory filled"');

  expect(daemon.output()).toMatch(/"contacts":1,.*"directory filled"/);
});

test("a Kommo whose certificate nobody has signed is told nothing, and the log says why", async () => {
  const daemon = await start({});
  await daemon.said("certificate");

  expect(daemon.output()).not.toContain('"directory filled"');
  expect(kommo.journal.entries()).toEqual([]);
});
