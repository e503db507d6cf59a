// Several exchanges of one account in one daemon: equal ids and extensions at each of them are different
// calls and different employees (F31).
import { expect, test } from "@jest/globals";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { startConnected } from "./connected-daemon.ts";
import { openExchanges, until } from "./exchanges-office.ts";

const CLIENTS = ["79160000001", "79160000002"] as const;

test("two exchanges with equal linkedids and extensions: each call is its own employee's, once", async () => {
  await using office = await openExchanges(2);
  for (const phone of CLIENTS) office.kommo.seed.contact({ phones: [phone] });
  const accepted: FinishedCall[] = [];
  const daemon = await startConnected(office.config, {
    onAccepted: (call) => accepted.push(call),
  });

  const plays = await office.play("in-answered-101", (site) => CLIENTS[site] ?? "");
  await Promise.all(plays.map(({ finished }) => finished));
  await until(
    () => CLIENTS.every((client) => office.bookedFor(client).length > 0),
    () => `booked: ${JSON.stringify(office.kommo.journal.calls())}`,
  );
  await daemon.stop();

  const [first, second] = CLIENTS.map((client) => office.bookedFor(client));
  expect(first).toHaveLength(1);
  expect(second).toHaveLength(1);
  expect(first?.[0]?.responsible_user_id).toBe(office.sites[0]?.user("101"));
  expect(second?.[0]?.responsible_user_id).toBe(office.sites[1]?.user("101"));
  const ids = accepted.map(({ linkedId }) => linkedId).toSorted();
  expect(ids.map((id) => id.split("/")[0])).toEqual(["site-0", "site-1"]);
  expect(new Set(ids.map((id) => id.split("/")[1])).size).toBe(1);
}, 90_000);

test("an exchange that cannot be reached keeps the others from nothing", async () => {
  await using office = await openExchanges(2);
  const [near] = CLIENTS;
  office.kommo.seed.contact({ phones: [near] });
  const daemon = await startConnected(office.config);
  await office.sites[1]?.pbx.stop();

  const plays = await office.play("in-answered-101", (site) => CLIENTS[site] ?? "");
  await plays[0]?.finished;
  await until(
    () => office.bookedFor(near).length > 0,
    () => `booked: ${JSON.stringify(office.kommo.journal.calls())}`,
  );
  const state = daemon.amiState();
  await daemon.stop();

  expect(office.bookedFor(near)).toHaveLength(1);
  expect(state.kind).not.toBe("connected");
}, 90_000);
