// Event streams of browsers: who gets what, and who is cut off.
import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createEventHub, type EventHub } from "../../src/http/event-hub.ts";
import { systemClock } from "../../src/lib/clock.ts";

let server: Server;
let opened: ServerResponse[];
let hub: EventHub;

beforeEach(async () => {
  opened = [];
  server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    opened.push(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  hub = createEventHub({ clock: systemClock, mostOfUser: 2, most: 3 });
});

afterEach(async () => {
  hub.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

type Browser = { readonly text: () => string; readonly isOver: () => boolean; pause(): void };

/** @param isReading false: takes nothing from its socket */
async function openBrowser(user: number, isReading = true): Promise<Browser> {
  const { port } = server.address() as AddressInfo;
  const before = opened.length;
  let text = "";
  let isOver = false;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, agent: false });
    asked.once("error", reject);
    asked.once("response", resolve);
    asked.end();
  });
  answer.on("error", () => (isOver = true));
  answer.once("close", () => (isOver = true));
  if (isReading) answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
  else answer.pause();
  const response = opened[before];
  if (response === undefined) throw new Error("the server has not seen the browser");
  hub.open(response, { user, isGood: () => true }, [
    { name: "telephones", data: { telephones: [] } },
  ]);
  return { text: () => text, isOver: () => isOver, pause: () => void answer.pause() };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const closed = (call: string) => ({ call, because: "client_gave_up", by: null }) as const;

test("an event goes to all pages of its user, and to nobody else", async () => {
  const [one, two, other] = [await openBrowser(1), await openBrowser(1), await openBrowser(2)];

  hub.tell(1, "closed", closed("a\nb"));

  await until(() => one.text().includes("closed") && two.text().includes("closed"));
  expect(one.text()).toContain('event: closed\ndata: {"call":"a\\nb"');
  expect(other.text()).not.toContain("closed");
  expect(hub.listeners()).toEqual([1, 2]);
});

test("with one page more than allowed the oldest of the user ends", async () => {
  const pages = [await openBrowser(1), await openBrowser(1)];
  expect(pages.map((page) => page.isOver())).toEqual([false, false]);

  await openBrowser(1);

  await until(() => pages[0]?.isOver() === true);
  expect(pages[0]?.text()).toContain('event: bye\ndata: {"because":"too_many"}');
  expect(pages[1]?.isOver()).toBe(false);
});

test("with more pages than the daemon keeps the oldest of all ends", async () => {
  const first = await openBrowser(1);
  await openBrowser(2);
  await openBrowser(3);

  await openBrowser(4);

  await until(() => first.isOver());
  expect(hub.isListening(1)).toBe(false);
  expect(hub.listeners()).toEqual([2, 3, 4]);
});

test("who does not read is cut off, and the others go on", async () => {
  await openBrowser(1, false);
  const other = await openBrowser(2);
  const large = closed("x".repeat(60_000));

  // More than any kernel holds for one socket.
  for (let told = 0; told < 1_000 && hub.isListening(1); told++) {
    hub.tell(1, "closed", large);
    await new Promise(setImmediate);
  }

  expect(hub.isListening(1)).toBe(false);
  hub.tell(2, "closed", closed("b"));
  await until(() => other.text().includes("closed"));
});

test("whose ticket is good no more is told so, and ends", async () => {
  const page = await openBrowser(1);

  hub.endWhere(({ user }) => user === 1);

  await until(() => page.isOver());
  expect(page.text()).toContain('event: bye\ndata: {"because":"ticket"}');
});
