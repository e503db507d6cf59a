// `calls list` and `calls show`, as an administrator runs them beside the daemon.
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { linkedId } from "../../src/ami/ids.ts";
import { localTime } from "../../src/cli/terminal.ts";
import { findCall } from "../../src/cli/calls/kept-calls.ts";
import { sql, type Statement, type Store } from "../../src/store/store.ts";
import { missedCall, outboundCall, unanswered } from "../registration/made-up-call.ts";
import { callAt, NOON, openBookings, setAside, type Bookings } from "./booked-calls.ts";

const KNOWN = "79161234567";
const STRANGER = "79037778899";
const idAt = (second: number): string => `${NOON / 1_000 + second}.${second}`;

let office: Bookings;
let contact = 0;

beforeAll(async () => {
  office = await openBookings();
  contact = office.kommo.seed.contact({ phones: [KNOWN] }).id;
  await office.whileDaemonRuns(async ({ accept, drained, store }) => {
    await accept(callAt(1));
    await accept(callAt(2, { clientPhone: STRANGER }, missedCall));
    await accept(callAt(3, { clientPhone: undefined, direction: "internal" }));
    await accept(
      callAt(40, { conversations: [unanswered({ extension: "102" as never })] }, missedCall),
    );
    await drained();
    await accept(
      callAt(50, { mergedLinkedIds: [linkedId(`${NOON / 1_000 + 56}.77`)] }, outboundCall),
    );
    await drained();
    await store.write([
      setAside(idAt(40), "create-task"),
      sql(
        "UPDATE step SET state = 'unknown', answer = NULL, reason = 'no answer', due_at = ? WHERE origin = ?",
        Date.now() + 3_600_000,
        idAt(50),
      ),
    ]);
  });
});

afterAll(async () => {
  await office[Symbol.asyncDispose]();
});

const idsIn = (out: string): (string | undefined)[] =>
  out
    .trim()
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(" ").at(-1));

test("the newest calls come first, each with its state and the client's whole number", async () => {
  const { code, out, err } = await office.run("list");

  expect({ code, err }).toEqual({ code: 0, err: "" });
  const lines = out.split("\n");
  expect(lines[0]).toMatch(
    /^2026-11-2\d \d\d:\d\d:50 {2}outbound {2}79161234567 .* unknown .*\.50$/,
  );
  expect(lines[0]).toContain(localTime(NOON + 50_000));
  expect(lines[1]).toMatch(/:40 .* 102 .* set-aside /);
  expect(lines[2]).toMatch(/ internal {2}- .* left-out /);
  expect(lines[3]).toMatch(/ inbound .* 79037778899 .* missed .* booked /);
  expect(lines[4]).toMatch(/ answered .* booked /);
  expect(lines[5]).toBe("5 calls");
});

test.each<[string[], number[]]>([
  [["--phone", STRANGER], [2]],
  [["--phone", "8 (903) 777-88-99"], [2]],
  [
    ["--phone", "4567"],
    [50, 40, 1],
  ],
  [["--extension", "102"], [40]],
  [["--direction", "outbound"], [50]],
  [
    ["--result", "missed"],
    [40, 2],
  ],
  [
    ["--state", "booked"],
    [2, 1],
  ],
  [["--state", "unknown"], [50]],
  [["--state", "set-aside"], [40]],
  [["--state", "left-out"], [3]],
  [["--state", "waiting"], []],
  [
    ["--from", "2026-11-21T12:00:40Z"],
    [50, 40],
  ],
  [["--to", "2026-11-21T12:00:02Z"], [1]],
  [["--from", "2026-11-23"], []],
  [
    ["--limit", "2"],
    [50, 40],
  ],
])("calls list %j", async (args, seconds) => {
  const { code, out } = await office.run("list", ...args);

  expect(code).toBe(0);
  expect(idsIn(out)).toEqual(seconds.map(idAt));
});

test("as JSON each call is a line", async () => {
  const { out } = await office.run("list", "--json", "--limit", "1");

  expect(JSON.parse(out)).toMatchObject({
    id: idAt(50),
    state: "unknown",
    accepted_at: NOON / 1_000 + 60,
    decisions: expect.any(Array),
    call: { linkedid: idAt(50), client_phone: KNOWN },
  });
});

test.each([
  [["list", "--from", "noon"], /"noon" is no time/],
  [["list", "--phone", "abc"], /"abc" is no number/],
  [["list", "--state", "lost"], /--state "lost" is none of booked, waiting, /],
  [["list", "--result", "won"], /--result "won" is none of answered, missed/],
  [["list", "--direction", "up"], /--direction "up" is none of inbound/],
  [["list", "--limit", "0"], /--limit "0" is no whole number from 1 to 100000/],
  [["list", "--limit", "100001"], /is no whole number/],
  [["list", "--from", "2026-11-22", "--to", "2026-11-21"], /--to is not after --from/],
  [["show"], /give one linkedid/],
  [["show", "1.1", "2.2"], /give one linkedid/],
  [["resend"], /give one linkedid, or --set-aside/],
] as const)("wrong usage is one sentence: calls %j", async ([name, ...args], sentence) => {
  const outcome = await office.run(name, ...args);

  expect(outcome).toMatchObject({ code: 2, out: "", err: expect.stringMatching(sentence) });
  expect(outcome.err.trim().split("\n")).toHaveLength(1);
});

test.each([
  [["list", "--colour", "red"], /Unknown option '--colour'/],
  [["shwo"], /did you mean show\?/],
])("what is no option and no command is one sentence, too: calls %j", async (args, sentence) => {
  const outcome = await office.runProgram(...args);

  expect(outcome).toMatchObject({ code: 2, out: "", err: expect.stringMatching(sentence) });
});

test("a booked call tells its plan with reasons, and where it stands in Kommo", async () => {
  const { code, out } = await office.run("show", idAt(1));

  expect(code).toBe(0);
  expect(out).toContain("booked: Kommo has it");
  expect(out).toContain("101     answered");
  expect(out).toContain("- user 9100001 is responsible: extension 101 talked with the client last");
  expect(out).toContain("- register the call by its number: Kommo finds the card");
  expect(out).toContain(`register the call by the number ${KNOWN} for user 9100001 (sent once)`);
  expect(out).toContain(`contact ${contact} ${office.kommo.url}/contacts/detail/${contact}`);
  expect(out).toContain("Kommo chose it by the number");
});

test("a call that became an incoming lead links to its lead", async () => {
  const { out } = await office.run("show", idAt(2));

  expect(out).toContain("answer: there is no such card");
  expect(out).toContain("- make an incoming lead: no card has the number, and unknown_client is");
  expect(out).toMatch(/answer: incoming lead \S+, lead \d+ http:\/\/[\d.:]+\/leads\/detail\/\d+/);
});

test("a step set aside tells why, and what to do", async () => {
  const { out } = await office.run("show", idAt(40));

  expect(out).toMatch(
    /\[set-aside\] make a task "Call back on a missed call .*, due 2026-11-2\d \d\d:\d\d:40 \(sent once\)/,
  );
  expect(out).toContain("set aside: error 400: NotSupportedChoice");
  expect(out).toContain("→ Kommo did not take it");
  expect(out).toContain(`asterisk-kommo calls resend ${idAt(40)}`);
});

test("a lost answer tells when it is looked up, and a call left out tells why", async () => {
  const lost = await office.run("show", idAt(50));
  const leftOut = await office.run("show", idAt(3));

  expect(lost.out).toMatch(/next: looked up in Kommo at 20\d\d-/);
  expect(lost.out).toContain("last trouble: no answer");
  expect(leftOut.out).toContain("- leave the call out: an internal call: no client took part");
  expect(leftOut.out).toContain("Steps: none");
});

test("a merged linkedid, and the beginning of one, find their call", async () => {
  const merged = await office.run("show", `${NOON / 1_000 + 56}.77`);
  const begun = await office.run("show", `${NOON / 1_000 + 2}`);

  expect(merged.out).toMatch(new RegExp(`^${idAt(50)} `));
  expect(merged.out).toContain(`merged with ${NOON / 1_000 + 56}.77`);
  expect(begun.out).toMatch(new RegExp(`^${idAt(2)} `));
});

test("no way of naming a call reads through all of them", async () => {
  await office.whileDaemonRuns(async ({ store }) => {
    const asked: Statement[] = [];
    const read: Store["read"] = (statement) => {
      asked.push(statement);
      return store.read(statement);
    };
    const whole = `${NOON / 1_000 + 56}`;

    for (const wanted of [idAt(1), whole.slice(0, 4), `${whole}.77`, "pbx:1.5", "nonsense", "1_%"])
      await findCall({ read }, wanted);

    const plans = await Promise.all(
      asked.map((one) => store.read({ ...one, sql: `EXPLAIN QUERY PLAN ${one.sql}` })),
    );
    const steps = plans.flat().map(({ detail }) => String(detail));
    expect(asked.length).toBeGreaterThan(6);
    expect(steps.some((step) => step.startsWith("SEARCH call USING INDEX"))).toBe(true);
    expect(steps.filter((step) => /^SCAN|TEMP B-TREE/.test(step))).toEqual([]);
  });
});

test("as JSON it tells the same", async () => {
  const { out } = await office.run("show", idAt(1), "--json");

  expect(JSON.parse(out)).toMatchObject({
    id: idAt(1),
    state: "booked",
    call: { client_phone: KNOWN },
    decisions: expect.arrayContaining([expect.objectContaining({ because: expect.any(String) })]),
    steps: [
      {
        kind: "register-call",
        state: "done",
        tries: 1,
        answer: { kind: "done", result: { kind: "booked", card: { id: contact } } },
      },
    ],
  });
});

test.each([
  ["17", /several calls begin with "17", give more of it: \S+ \S+/],
  ["9.9", /no accepted call has the linkedid "9\.9"/],
  ["%", /no accepted call has the linkedid "%"/],
  ["1' OR 1=1 --", /no accepted call has the linkedid/],
])("show %s is refused in one sentence", async (wanted, sentence) => {
  const outcome = await office.run("show", wanted);

  expect(outcome).toMatchObject({ code: 1, out: "", err: expect.stringMatching(sentence) });
});

test("a store that is missing, older or newer is one sentence, and nothing is made of it", async () => {
  await using other = await openBookings();
  const missing = await Promise.all(
    (["list", "show 1.1", "resend 1.1"] as const).map((line) => {
      const [name, ...args] = line.split(" ") as ["list" | "show" | "resend"];
      return other.run(name, ...args);
    }),
  );
  await other.whileDaemonRuns(({ drained }) => drained());
  const change = (statement: string): void => {
    const db = new DatabaseSync(other.storePath);
    db.exec(statement);
    db.close();
  };
  change("DELETE FROM migration WHERE id = 'outbox-2'");
  const older = await other.run("list");
  change("INSERT INTO migration VALUES ('outbox-2', ''), ('future-1', '')");
  const newer = await Promise.all([other.run("list"), other.run("resend", "1.1")]);

  for (const { code, err } of missing) {
    expect(code).toBe(1);
    expect(err).toMatch(/store\.db .*start the daemon once, which creates it/);
  }
  expect(older).toMatchObject({ code: 1, err: expect.stringContaining("an older asterisk-kommo") });
  for (const { code, err } of newer) {
    expect(code).toBe(1);
    expect(err).toContain("a newer asterisk-kommo");
  }
});

test("each tells its own help", async () => {
  const helps = await Promise.all(
    (["list", "show", "resend"] as const).map((name) => office.run(name, "--help")),
  );

  for (const { code, out } of helps) {
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: asterisk-kommo calls /);
    expect(out).toContain("Exit code:");
  }
});
