import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { expect, test } from "@jest/globals";
import { openConfig, tellProblems } from "../../src/cli/open-config.ts";
import { knownSecrets } from "../../src/lib/known-secrets.ts";
import type { Log, LogLevel } from "../../src/lib/log.ts";
import { createLog } from "../../src/lib/log.ts";

const SECRET = "c4n4ry/8c1e77+==";
const PHONE = "79161234567";

type Memory = { readonly output: Writable; text(): string; lines(): Record<string, unknown>[] };

function createMemory(): Memory {
  let text = "";
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return {
    output,
    text: () => text,
    lines: () =>
      text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

const logTo = (output: Writable, isReadable = false): Log =>
  createLog({ level: "debug", secrets: [SECRET], output, isReadable });

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Every way in which a secret or a number has ever come into a log. */
const ways = (value: string): readonly object[] => [
  { client_phone: value },
  { clientPhone: value, from: value, to: value, did: value },
  { call: { conversations: [{ callerIdNum: value }] } },
  { channel: `Local/${value}@from-internal-00000001;1` },
  { recording: `/var/spool/asterisk/monitor/out-${value}-101-1795261714.0.wav` },
  { err: new Error(`Kommo refused ${value}`, { cause: new Error(`because of ${value}`) }) },
  {
    err: Object.assign(new Error("request failed"), {
      config: { url: `/contacts?query=${value}` },
    }),
  },
  { reason: `no card for +${value} or ${value}.` },
  { contacts: new Map([[value, 1]]), numbers: new Set([value]) },
  new Error(`thrown with ${value}`),
];

test.each(levels.filter((level) => level !== "debug"))(
  "a client's number is masked in %s",
  (level) => {
    const memory = createMemory();
    const { logger } = logTo(memory.output);

    for (const fields of ways(PHONE)) logger[level](fields, `about ${PHONE}`);
    logger.child({ client_phone: PHONE, note: `of ${PHONE}` })[level]("from a child");

    expect(memory.lines()).toHaveLength(ways(PHONE).length + 1);
    expect(memory.text()).not.toContain(PHONE);
    expect(memory.text()).toContain("•••67");
  },
);

test("a client's number is whole in debug", () => {
  const memory = createMemory();

  logTo(memory.output).logger.debug({ client_phone: PHONE }, "event");

  expect(memory.lines()).toMatchObject([{ level: "debug", client_phone: PHONE, msg: "event" }]);
});

test.each(levels)("a secret known from the configuration never stands in %s", (level) => {
  const memory = createMemory();
  const { logger } = logTo(memory.output);

  for (const fields of ways(SECRET)) logger[level](fields, `about ${SECRET}`);
  logger.child({ note: SECRET })[level](`/login?secret=${encodeURIComponent(SECRET)}`);
  logger[level]("printed with %s and %o", SECRET, { inner: SECRET });

  expect(memory.text()).not.toContain(SECRET);
  expect(memory.text()).not.toContain(encodeURIComponent(SECRET));
  expect(memory.text()).toContain("[removed]");
});

test("a secret that a reload has brought is hidden by the log that runs already", () => {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-log-"));
  const file = join(folder, "config.json");
  const read = (token: string): void => {
    writeFileSync(file, JSON.stringify({ altegio: { user_token: token } }), { mode: 0o600 });
    const loaded = openConfig({ file, needs: [], env: {} });
    if (!loaded.ok) throw new Error(tellProblems(loaded.failure));
  };
  const memory = createMemory();
  read("token-of-monday");
  const { logger } = createLog({ level: "info", secrets: knownSecrets(), output: memory.output });

  read("token-of-tuesday");
  logger.info({ reason: "refused: token-of-monday, token-of-tuesday" }, "token-of-tuesday");
  rmSync(folder, { recursive: true });

  expect(memory.text()).not.toContain("token-of");
});

test.each(levels)("a secret that nobody announced goes by name and shape in %s", (level) => {
  const memory = createMemory();
  const { logger } = logTo(memory.output);
  const unknown = "q7Yw0nZk";

  logger[level]({ access_token: unknown, ami: { secret: unknown, Password: unknown } }, "x");
  logger[level]({ headers: { Authorization: `Bearer ${unknown}`, cookie: [unknown] } }, "x");
  logger[level]({ line: `Authorization: Bearer ${unknown}` }, "x");
  logger[level]({ url: `postgres://me:${unknown}@db/x`, query: `?token=${unknown}&page=1` }, "x");
  logger[level]({ text: `eyJhbGciOiJSUzI1NiJ9.${unknown}${unknown}.${unknown}` }, "x");

  expect(memory.text()).not.toContain(unknown);
});

test("a refresh token of Kommo's OAuth goes by its shape, wherever it stands", () => {
  const memory = createMemory();
  const { logger } = logTo(memory.output);
  const token = `def50200${"3fa9c1".repeat(80)}`;

  logger.info({ told: `Kommo said "${token}".`, list: [token], [token]: 1 }, `about ${token}`);
  logger.info({ body: JSON.stringify({ text: `\n${token}` }) }, "x");
  logger.info({ code: "def502ab7", hash: "0adef5" }, "short words stay");

  expect(memory.text()).not.toContain("3fa9c1");
  expect(memory.text()).not.toContain("def50200");
  expect(memory.text()).toContain("def502ab7");
});

test("what is no client's number stays readable", () => {
  const memory = createMemory();
  const fields = {
    linkedid: "1795261714.12",
    uniqueid: "pbx1-1795262041.7",
    from: "101",
    client_phone: "anonymous",
    lead_id: 50039012,
    at: 1_795_261_714_000,
    trunk: "PJSIP/trunk",
    is_token_valid: true,
    nothing: null,
  };

  logTo(memory.output).logger.info(fields, "call booked");

  expect(memory.lines()).toMatchObject([{ level: "info", msg: "call booked", ...fields }]);
});

test("nothing that is logged can make the logger throw", () => {
  const memory = createMemory();
  const { logger } = logTo(memory.output);
  const round: Record<string, unknown> = { name: "round" };
  round["self"] = round;
  const trap = {
    get value(): never {
      throw new Error("trap");
    },
  };

  logger.info(
    { round, big: 10n, symbol: Symbol("x"), bytes: Buffer.alloc(9), when: new Date(NaN) },
    "odd",
  );
  logger.info(trap, "trap");
  logger.info({ deep: JSON.parse("[".repeat(500) + "]".repeat(500)) as unknown }, "deep");
  logger.info(undefined as unknown as object, "nothing");
  logger.info(null as unknown as object, "null");

  expect(memory.lines().map(({ msg }) => msg)).toEqual(["odd", "trap", "deep", "nothing", "null"]);
});

test("on a terminal the lines are readable, and masked all the same", () => {
  const memory = createMemory();

  logTo(memory.output, true).logger.info({ client_phone: PHONE }, "call booked");

  expect(memory.text()).toMatch(/INFO.*call booked/);
  expect(memory.text()).not.toContain(PHONE);
});

test("a reader that does not read costs a bounded amount of memory, and is told what it missed", async () => {
  let release = (): void => undefined;
  const seen: string[] = [];
  const output = new Writable({
    highWaterMark: 1,
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      seen.push(chunk);
      if (seen.length > 1) return done();
      release = done;
    },
  });
  const { logger, flush } = logTo(output);

  for (let line = 0; line < 2_000; line++) logger.info({ filler: "x".repeat(10_000) }, "line");
  const held = output.writableLength;
  release();
  await flush();
  logger.info("after");
  await flush();

  expect(held).toBeLessThan(9 * 1024 * 1024);
  expect(seen.at(-2)).toMatch(/"dropped":\d+,"msg":"log lines dropped/);
  expect(seen.at(-1)).toContain("after");
});

test("a reader that left does not end the work", async () => {
  const output = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    },
  });
  const { logger, flush } = logTo(output);

  logger.info("first");
  await flush();
  logger.info("second");
  await flush();

  expect(output.destroyed).toBe(true);
});
