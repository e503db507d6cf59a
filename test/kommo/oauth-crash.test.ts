// The daemon's death while the access is renewed: processes of their own, killed (fault F44).
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { writeHandover } from "../../src/kommo/oauth/handover.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { storeFolder, type StoreFolder } from "../store/store-folder.ts";
import { consentAt } from "./oauth-at-account.ts";
import { INTEGRATION, OAUTH } from "./oauth-simulated-integration.ts";

const handoverIn = (place: StoreFolder): string => join(place.folder, "store.db.new-token");

async function authorised(place: StoreFolder): Promise<KommoSimulator> {
  const kommo = await startKommoSimulator({
    integration: INTEGRATION,
    switches: { requestsPerSecond: 0 },
  });
  await writeHandover(handoverIn(place), { ...consentAt(kommo), clientId: OAUTH.clientId });
  return kommo;
}

function startDaemon(place: StoreFolder, kommo: KommoSimulator, manner: string): ChildProcess {
  const script = join(import.meta.dirname, "oauth-renewing-process.ts");
  return spawn(process.execPath, [script, place.path, kommo.url, handoverIn(place), manner], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** What it said until it said `word` or ended. */
const said = (daemon: ChildProcess, word: string): Promise<string> =>
  new Promise((resolve) => {
    let text = "";
    daemon.stdout?.on("data", (chunk: Buffer) => {
      text += String(chunk);
      if (text.includes(word)) resolve(text);
    });
    daemon.stdout?.on("end", () => resolve(text));
  });

async function kill(daemon: ChildProcess): Promise<void> {
  const exited = once(daemon, "exit");
  daemon.kill("SIGKILL");
  await exited;
}

const refreshes = (kommo: KommoSimulator): number =>
  kommo.journal.entries().filter(({ path }) => path === "/oauth2/access_token").length;

test.each([
  ["before the new pair is saved", "hang-before-save"],
  ["after it is saved and before it is used", "hang-after-save"],
])("F44: killed again and again %s, the daemon still has access", async (_, manner) => {
  await using place = storeFolder();
  const kommo = await authorised(place);

  for (let death = 0; death < 3; death++) {
    const daemon = startDaemon(place, kommo, manner);
    await said(daemon, "hanging");
    await kill(daemon);
  }
  const last = await said(startDaemon(place, kommo, "work"), "asked");

  expect(last).toContain("renewed: yes, asked: 200.");
  expect(refreshes(kommo)).toBe(4);
  await kommo.close();
});

test("F44: killed while Kommo's answer is on its way, the daemon still has access", async () => {
  await using place = storeFolder();
  const kommo = await authorised(place);
  kommo.fail({ kind: "silence", saved: "all", path: "/oauth2/access_token" });

  const daemon = startDaemon(place, kommo, "work");
  while (refreshes(kommo) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await kill(daemon);
  const last = await said(startDaemon(place, kommo, "work"), "asked");

  expect(last).toContain("renewed: yes, asked: 200.");
  await kommo.close();
});
