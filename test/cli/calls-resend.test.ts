// `calls resend`: what is missing is done, with the daemon there or away, and nothing is done twice.
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "@jest/globals";
import { readResendRequest } from "../../src/cli/calls/resend-run.ts";
import { resentStep } from "../../src/registration/resent-step.ts";
import { PLAIN_SETTINGS } from "../../src/registration/plain-settings.ts";
import { sql, type Statement } from "../../src/store/store.ts";
import { missedCall } from "../registration/made-up-call.ts";
import { callAt, NOON, openBookings, setAside, type RunningDaemon } from "./booked-calls.ts";

const CLIENT = "79161234567";
const id = (second: number): string => `${NOON / 1_000 + second}.${second}`;
const LEFT_OUT = {
  register: { ...PLAIN_SETTINGS.register, clients: { only: [], except: [CLIENT] } },
};

/** Of a store that nobody holds. */
function change(path: string, { sql: text, values }: Statement): void {
  const db = new DatabaseSync(path, { timeout: 30_000 });
  db.prepare(text).run(...values);
  db.close();
}

const stateOf = async ({ store }: RunningDaemon, origin: string): Promise<unknown[]> =>
  (await store.read(sql("SELECT kind, state FROM step WHERE origin = ? ORDER BY id", origin))).map(
    ({ kind, state }) => `${String(kind)} ${String(state)}`,
  );

/** Kommo has refused the note once, because nobody has accepted the lead yet. */
const isNoteWaiting = async ({ store }: RunningDaemon, origin: string): Promise<boolean> =>
  (
    await store.read(
      sql(
        `SELECT id FROM step
         WHERE origin = ? AND kind = 'add-call-note' AND state = 'ready' AND has_waited = 1`,
        origin,
      ),
    )
  ).length > 0;

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

test("a call that Kommo refused is booked once it is sent again", async () => {
  await using office = await openBookings();
  office.kommo.seed.contact({ phones: [CLIENT] });
  await office.whileDaemonRuns(({ accept }) => accept(callAt(1)), LEFT_OUT);
  await office.run("resend", id(1)); // queued, and no daemon is there to send it
  change(office.storePath, setAside(id(1), "register-call"));

  const { code, out } = await office.run("resend", id(1));
  const booked = await office.run("list", "--state", "booked");
  await office.whileDaemonRuns(({ drained }) => drained());

  expect(code).toBe(0);
  expect(out).toBe(`${id(1)}: 1 step that was set aside will be tried again\n`);
  expect(booked.out).toBe("no call fits\n");
  expect(office.kommo.journal.calls().map(({ uniq }) => uniq)).toEqual([id(1)]);
});

test("what stands in Kommo although it was set aside is found there, and not made again", async () => {
  await using office = await openBookings();
  office.kommo.seed.contact({ phones: [CLIENT] });
  await office.whileDaemonRuns(async ({ accept, drained, store }) => {
    await accept(callAt(1, {}, missedCall));
    await drained();
    await store.write([setAside(id(1), "register-call"), setAside(id(1), "create-task")]);
  });

  const { out } = await office.run("resend", "--set-aside");
  await office.whileDaemonRuns(({ drained }) => drained());

  expect(out).toBe(`${id(1)}: 2 steps that were set aside will be tried again\n`);
  expect(office.kommo.journal.calls()).toHaveLength(1);
  expect(office.kommo.journal.tasks()).toHaveLength(1);
});

test("nothing is missing of a booked call, and nothing is sent for it", async () => {
  await using office = await openBookings();
  office.kommo.seed.contact({ phones: [CLIENT] });
  await office.whileDaemonRuns(async ({ accept, drained }) => {
    await accept(callAt(1));
    await drained();
  });

  const one = await office.run("resend", id(1));
  const all = await office.run("resend", "--set-aside");
  await office.whileDaemonRuns(({ drained }) => drained());

  expect(one).toEqual({ code: 0, out: `${id(1)}: nothing is missing\n`, err: "" });
  expect(all).toEqual({ code: 0, out: "nothing is set aside\n", err: "" });
  expect(office.kommo.journal.calls()).toHaveLength(1);
});

test("a call that was left out is planned by the rules of today", async () => {
  await using office = await openBookings();
  await office.whileDaemonRuns(async ({ accept }) => {
    await accept(callAt(1));
    await accept(callAt(2, { direction: "internal", clientPhone: undefined }));
  }, LEFT_OUT);

  const client = await office.run("resend", id(1));
  const internal = await office.run("resend", id(2));
  await office.whileDaemonRuns(({ drained }) => drained());
  const shown = await office.run("show", id(1));

  expect(client.out).toBe(`${id(1)}: was planned anew, and will be booked\n`);
  expect(internal.out).toContain("is left out by the rules of today too: an internal call");
  expect(office.kommo.journal.unsorted()).toHaveLength(1);
  expect(shown.out).toContain("- register the call by its number");
});

test("the running daemon does it, also for a call whose incoming lead was declined", async () => {
  await using office = await openBookings({ notesOnUnsorted: "refuse" });
  await office.whileDaemonRuns(async (daemon) => {
    await daemon.accept(callAt(1, {}, missedCall));
    await daemon.accept(callAt(2, {}, missedCall));
    await until(() => isNoteWaiting(daemon, id(2)));
    office.kommo.browser.decline(office.kommo.journal.unsorted()[0]?.uid ?? "");

    const hurried = await office.run("resend", id(2));
    await until(async () => (await stateOf(daemon, id(2))).includes("add-call-note set-aside"));
    const retried = await office.run("resend", id(2), "--json");
    await daemon.drained();

    expect(hurried.out).toBe(`${id(2)}: 1 step that waited will be tried at once\n`);
    expect(JSON.parse(retried.out)).toMatchObject({ id: id(2), retried: 1 });
    expect(office.kommo.journal.unsorted().map(({ state }) => state)).toEqual([
      "declined",
      "waiting",
    ]);
  });
});

test("an unknown and an ambiguous linkedid are refused in one sentence, by the daemon too", async () => {
  await using office = await openBookings();
  await office.whileDaemonRuns(async ({ accept }) => {
    await accept(callAt(1));
    await accept(callAt(2));

    const unknown = await office.run("resend", "9.9");
    const ambiguous = await office.run("resend", "17");

    expect(unknown).toMatchObject({ code: 1, out: "", err: expect.stringContaining('"9.9"; ast') });
    expect(ambiguous.err).toContain('several calls begin with "17"');
  });
});

test.each([null, 7, {}, { ask: "resend" }, { ask: "resend", linkedid: "" }, { ask: "backfill" }])(
  "the daemon refuses a request that makes no sense: %j",
  (asked) => {
    expect(readResendRequest(asked)).toBeUndefined();
  },
);

test("only a note on a card of an earlier call goes another way when it is sent again", () => {
  const call = { phone: CLIENT } as never;
  const card = { type: "leads", id: 500210 } as const;
  const ruled = { kind: "add-call-note", card, call, cardFrom: "rule" } as const;
  const declined = { ...ruled, cardFrom: "earlier-call", unsortedUid: "9f0c" } as const;

  expect(resentStep(ruled)).toBe(ruled);
  expect(resentStep(declined)).toEqual({ kind: "register-call", call });
});
