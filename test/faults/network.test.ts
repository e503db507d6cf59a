// Between us and Kommo: names, addresses, certificates. Nothing is sent where nobody vouches for the
// other side, the administrator is told, and what was kept is booked once the way is right.
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { expect, test } from "@jest/globals";
import type { AccountUrl } from "../../src/kommo/account-url.ts";
import { openFaultOffice, type FaultOffice } from "./fault-office.ts";

const ANA = "79161110001";
const STRANGER = "79162220001";
const QUICK = { connectMs: 500, totalMs: 2_000 };

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const troubles = ({ alarms }: FaultOffice): readonly string[] =>
  alarms.filter((alarm) => alarm.startsWith("trouble"));

/** Tries in vain for some time, then with the right address. */
async function bookedLater(office: FaultOffice): Promise<void> {
  await office.answered(ANA);
  await office.answered(STRANGER);
  await office.until(() => troubles(office).length >= 2);
  const tries = troubles(office).length;
  await office.pass(10 * 60_000, 5_000);

  expect(troubles(office).length).toBeGreaterThan(tries);
  expect(office.requests()).toEqual([]);

  await office.restart();
  await office.settled();
}

async function withBadWay(url: string): Promise<readonly string[]> {
  // The address of a simulator is given at the restart only.
  await using office = await openFaultOffice({ limits: QUICK, firstUrl: url as AccountUrl });
  office.kommo.seed.contact({ phones: [ANA] });

  await bookedLater(office);

  expect(office.problems()).toEqual([]);
  return troubles(office);
}

test("F47: a name that cannot be found is told, tried again, and loses nothing", async () => {
  const told = await withBadWay("http://kommo.invalid");

  expect(told[0]).toMatch(/unreachable: (ENOTFOUND|EAI_AGAIN|ETIMEDOUT)/);
});

test("F47: nobody listens at the address: told, tried again, nothing is lost", async () => {
  const server = createTcpServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));

  const told = await withBadWay(`http://127.0.0.1:${port}`);

  expect(told[0]).toContain("ECONNREFUSED");
});

test("F42: a TLS handshake that never ends is given up: nothing was sent, and nothing is lost", async () => {
  const server = createTcpServer(() => undefined);
  const port = await listening(server);

  const told = await withBadWay(`https://127.0.0.1:${port}`);
  server.close();

  expect(told[0]).toContain("unreachable");
});

test("F47: an address without TLS where TLS should be gets nothing of a request", async () => {
  const heard: string[] = [];
  const server = createTcpServer((socket) => {
    socket.on("data", (bytes) => heard.push(bytes.toString("latin1")));
    socket.on("error", () => undefined);
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  });
  const port = await listening(server);

  const told = await withBadWay(`https://127.0.0.1:${port}`);
  server.close();

  expect(told[0]).toContain("unreachable");
  expect(heard.join("")).not.toContain("POST");
});
