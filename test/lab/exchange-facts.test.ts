// What booking learns of a real Asterisk by the least rights that the README asks for.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createAmiSession, type AmiSession } from "../../src/ami/session.ts";
import { createBlacklist } from "../../src/cli/blacklist.ts";
import { createQueueAgents, type QueueAgents } from "../../src/cli/queue-agents.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { startLab, type Lab } from "./lab.ts";

let lab: Lab | undefined;
let session: AmiSession | undefined;
let agents: QueueAgents | undefined;

beforeAll(async () => {
  lab = await startLab(process.env["LAB_ASTERISK"] === "16" ? "16" : "22");
  const { host, port, username, secret } = lab.ami;
  const connected = Promise.withResolvers<void>();
  session = createAmiSession({
    address: { host, port },
    credentials: { username, secret, auth: "plain" },
    clock: systemClock,
    onMessage: (text) => agents?.message(text),
    onState: ({ kind }) => {
      if (kind === "connected") connected.resolve();
    },
  });
  agents = createQueueAgents(session.send);
  session.start(new AbortController().signal);
  await connected.promise;
}, 180_000);

afterAll(async () => {
  await session?.stop();
  await lab?.stop();
});

const QUEUE = "611";

function running(): { lab: Lab; session: AmiSession; agents: QueueAgents } {
  if (!lab || !session || !agents) throw new Error("the lab does not run");
  return { lab, session, agents };
}

test("the black list in AstDB is read over AMI", async () => {
  const { lab: exchange, session: ami } = running();
  await exchange.operate("DBPut", { Family: "blacklist", Key: "79035550001", Val: "1" });
  const blacklist = createBlacklist({
    send: ami.send,
    path: "/nonexistent/astdb.sqlite3",
    clock: systemClock,
    log: silentLogger,
  });

  await blacklist.refresh();

  expect(blacklist.has("89035550001")).toBe(true);
  expect(blacklist.has("89035550002")).toBe(false);
});

test("an agent who logs in and off is found at the telephone", async () => {
  const { lab: exchange, agents: heard } = running();
  const member = { Queue: QUEUE, Interface: "Local/199@from-queue/n" };
  const until = async (names: readonly string[]): Promise<void> => {
    while (heard.at("199").join() !== names.join()) await systemClock.sleep(50);
  };
  await heard.refresh();
  const before = heard.at("199");

  await exchange.operate("QueueAdd", { ...member, MemberName: "Anna" });
  await until(["Anna", ...before]);
  await heard.refresh();
  const read = heard.at("199");
  await exchange.operate("QueueRemove", member);
  await until(before);

  expect(read).toEqual(["Anna", ...before]);
});
