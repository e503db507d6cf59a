// `widget dials` and `widget revoke` as an administrator runs them: beside the daemon and without one.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { serveCommands } from "../../src/cli/command-requests.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { createRevokeAnswer, WIDGET_ASK } from "../../src/cli/dialling/revoke-answer.ts";
import { runWidgetDials } from "../../src/cli/widget/dials.ts";
import { runWidgetRevoke } from "../../src/cli/widget/revoke.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import {
  goodTickets,
  insertDial,
  insertTicket,
  readTicket,
  type DialRow,
} from "../../src/originate/schema.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import type { DaemonStore } from "../../src/store/store.ts";
import { newFolder, removeFolders } from "../config/written-config.ts";

const [ANNA, BEN] = [9_100_001, 9_100_002];
const NOON = Date.UTC(2026, 10, 21, 12);

let storePath: string;
let configFile: string;

beforeEach(() => {
  const folder = newFolder();
  storePath = join(folder, "store.db");
  configFile = join(folder, "config.json");
  writeFileSync(configFile, JSON.stringify({ store: { path: storePath } }), { mode: 0o600 });
});

afterEach(removeFolders);

async function run(command: typeof runWidgetDials, ...args: readonly string[]) {
  let [out, err] = ["", ""];
  const code = await command(["--config", configFile, ...args], {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
  });
  return { code, out, err };
}

async function owned<T>(doing: (store: DaemonStore) => Promise<T>): Promise<T> {
  const opened = await openSqliteStore({ path: storePath, migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  try {
    return await doing(opened.value);
  } finally {
    await opened.value.close();
  }
}

const dial = (changes: Partial<DialRow>): DialRow => ({
  ...{ id: "kommo-1.1", askedAt: NOON, userId: ANNA, proof: "one-time token" },
  ...{ askedPhone: "+7 916 123-45-67", phone: "79161234567", extension: "101" },
  ...{ context: "from-internal", card: undefined, state: "ended", reason: undefined },
  ...{ endedAt: NOON + 9_000 },
  ...changes,
});

const dialled = (...rows: readonly DialRow[]): Promise<unknown> =>
  owned((store) => store.write(rows.map(insertDial)));

const REFUSED = dial({
  ...{ id: "kommo-2.2", askedAt: NOON + 60_000, userId: BEN, proof: "api key crm-script" },
  ...{ askedPhone: "0900\u001b[31m", phone: undefined, extension: undefined },
  ...{ state: "refused", reason: "phone_forbidden" },
});

test("who dialled whom is listed, the newest first, refused ones too", async () => {
  await dialled(dial({}), REFUSED);

  const { code, out } = await run(runWidgetDials);

  expect(code).toBe(0);
  const lines = out.trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain(`user ${BEN}`);
  expect(lines[0]).toContain("refused (phone_forbidden)  api key crm-script");
  expect(lines[1]).toContain(`user ${ANNA}  101  79161234567  ended  one-time token`);
  expect(out).not.toContain("\u001b");
});

test("the list is as long as wanted, and programs read it as JSON", async () => {
  await dialled(dial({}), REFUSED);

  const { code, out } = await run(runWidgetDials, "--limit", "1", "--json");

  expect(code).toBe(0);
  expect(
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object),
  ).toMatchObject([{ id: "kommo-2.2", state: "refused", reason: "phone_forbidden" }]);
});

test("that nobody has dialled, or that there is no store yet, is said", async () => {
  const before = await run(runWidgetDials);
  await dialled();
  const after = await run(runWidgetDials);

  expect([before.code, before.err]).toEqual([1, expect.stringContaining("start the daemon once")]);
  expect([after.code, after.out]).toEqual([0, "nobody has dialled yet\n"]);
});

test.each(["0", "-1", "1.5", "100001", "all"])("a limit of %s is wrong usage", async (limit) => {
  expect((await run(runWidgetDials, `--limit=${limit}`)).code).toBe(2);
});

const now = Date.now();
const ticketOf = (userId: number, hash: string) =>
  insertTicket({
    ...{ hash, accountId: 1, userId, isAdmin: false, origin: "https://acme.kommo.com" },
    ...{ madeAt: now, endsAt: now + 43_200_000 },
  });

const withTickets = (): Promise<unknown> =>
  owned((store) => store.write([ticketOf(ANNA, "a"), ticketOf(ANNA, "b"), ticketOf(BEN, "c")]));

const holders = (store: Pick<DaemonStore, "read">): Promise<number[]> =>
  store.read(goodTickets(now)).then((rows) => rows.map((row) => readTicket(row).userId));

test("without a daemon the sessions of one user end, and those of others go on", async () => {
  await withTickets();

  const { code, out } = await run(runWidgetRevoke, "--user", String(ANNA));

  expect([code, out]).toEqual([0, expect.stringContaining("2 sessions are ended")]);
  expect(await owned(holders)).toEqual([BEN]);
});

test("all sessions end, and a second time there are none", async () => {
  await withTickets();

  const first = await run(runWidgetRevoke, "--all");
  const second = await run(runWidgetRevoke, "--all");

  expect(first.out).toContain("3 sessions are ended");
  expect(second.out).toContain("0 sessions are ended");
  expect(await owned(holders)).toEqual([]);
});

test("the running daemon ends them, and drops whoever listens", async () => {
  await withTickets();
  const dropped: (number | undefined)[] = [];

  const { code, out, left } = await owned(async (store) => {
    const answer = createRevokeAnswer({
      keep: (statements) => store.write(statements),
      now: () => Date.now(),
      drop: (user) => dropped.push(user),
    });
    const commands = serveCommands({
      storePath,
      clock: systemClock,
      logger: silentLogger,
      handlers: { [WIDGET_ASK]: answer },
    });
    try {
      const outcome = await run(runWidgetRevoke, "--user", String(BEN));
      return { ...outcome, left: await holders(store) };
    } finally {
      await commands.stop();
    }
  });

  expect([code, out]).toEqual([0, expect.stringContaining("1 session is ended")]);
  expect(dropped).toEqual([BEN]);
  expect(left).toEqual([ANNA, ANNA]);
});

test.each([[[]], [["--user", "anna"]], [["--user", "0"]], [["--user", "1", "--all"]]])(
  "neither one user nor all is wrong usage: %j",
  async (args) => {
    expect((await run(runWidgetRevoke, ...args)).code).toBe(2);
  },
);

test("where there is no store, nothing is made", async () => {
  const { code, err } = await run(runWidgetRevoke, "--all");

  expect([code, err]).toEqual([1, expect.stringContaining("is not there")]);
});
