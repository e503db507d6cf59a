// Ten exchanges on one daemon, which is killed while all of them talk and as all of them hang up.
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { sql } from "../../src/store/store.ts";
import {
  endDaemons,
  startDaemonProcess,
  writeConfig,
  type DaemonProcess,
} from "./daemon-process.ts";
import { openExchanges, until, type ExchangesOffice } from "./exchanges-office.ts";

const SITES = 10;
const CONNECTED = '"connected to the exchange"';

afterAll(endDaemons);

const clientsOf = (round: number): readonly string[] =>
  Array.from({ length: SITES }, (_, site) => `7916000${round}0${String(site).padStart(2, "0")}`);

const ROUNDS = [clientsOf(1), clientsOf(2)] as const;

async function startConnected(file: string): Promise<DaemonProcess> {
  const daemon = startDaemonProcess(file);
  await until(() => daemon.output().split(CONNECTED).length > SITES, daemon.output);
  return daemon;
}

/** Of how many running calls the events are on the disk. */
async function callsOnDisk({ folder }: ExchangesOffice): Promise<number> {
  const path = join(folder, "store.db");
  const opened = await openSqliteStore({ path, migrations: storeMigrations, access: "look" });
  if (!opened.ok) throw new Error(opened.failure.reason);
  const [row] = await opened.value.read(
    sql(
      "SELECT count(DISTINCT linked) AS calls FROM live_event WHERE message LIKE ?",
      "%BridgeEnter%",
    ),
  );
  await opened.value.close();
  return Number(row?.["calls"]);
}

test("ten exchanges, equal ids, two kills: every call once, on its card, for its employee", async () => {
  await using office = await openExchanges(SITES);
  const file = await writeConfig(office.folder, office.config);
  for (const phone of ROUNDS.flat()) office.kommo.seed.contact({ phones: [phone] });

  const first = await startConnected(file);
  const talking = await office.play("in-answered-101", (site) => ROUNDS[0][site] ?? "");
  let onDisk = 0;
  while (onDisk < SITES) onDisk = await callsOnDisk(office);
  await first.end("SIGKILL");
  const second = await startConnected(file);
  await Promise.all(talking.map(({ finished }) => finished));
  const hungUp = await office.play("in-answered-101", (site) => ROUNDS[1][site] ?? "");
  await Promise.all(hungUp.map(({ finished }) => finished));
  await second.end("SIGKILL");
  const third = await startConnected(file);
  await until(
    () => ROUNDS.flat().every((client) => office.bookedFor(client).length > 0),
    () => `${third.output()} booked: ${JSON.stringify(office.kommo.journal.calls())}`,
  );
  await third.end("SIGTERM");

  for (const clients of ROUNDS)
    for (const [index, client] of clients.entries()) {
      const site = office.sites[index];
      const booked = office.bookedFor(client);
      expect(booked.map((call) => call.responsible_user_id)).toEqual([site?.user("101")]);
      expect(booked[0]?.uniq).toMatch(new RegExp(`^${site?.name}/`));
    }
  const uniqs = office.kommo.journal.calls().map(({ uniq }) => uniq);
  expect(new Set(uniqs).size).toBe(uniqs.length);
}, 240_000);
