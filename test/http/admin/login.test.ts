// Who comes through the door of the admin page, for how long, and who does not.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { isPassword, hashPassword } from "../../../src/http/admin/password.ts";
import {
  createLoginTries,
  MOST_FROM_ALL,
  MOST_FROM_ONE,
} from "../../../src/http/admin/login-tries.ts";
import {
  adminMigrations,
  passwordOf,
  removeUser,
  setPassword,
  setUser,
} from "../../../src/http/admin/schema.ts";
import { SESSION_MS } from "../../../src/http/admin/sessions.ts";
import type { SessionAnswer } from "../../../src/http/admin/contract.ts";
import { cookieOf, openDoor, PASSWORD } from "./admin-door.ts";
import { openSqliteStore } from "../../../src/store/sqlite-store.ts";
import { sql } from "../../../src/store/store.ts";

const ask = (url: string, headers: Record<string, string>, method = "GET"): Promise<Response> =>
  fetch(`${url}/admin/api/question`, {
    method,
    headers,
    ...(method === "GET" ? {} : { body: "{}" }),
  });

test("with the password one is let in, and what one asks is answered and written down", async () => {
  await using door = await openDoor();

  const headers = await door.asLoggedIn();
  const answer = await ask(door.url, headers);

  expect([answer.status, await answer.json()]).toEqual([200, { answer: 42 }]);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await door.audit()).toEqual([
    "set-password admin (administrator)",
    "logged-in",
    "looked-at-call 1795261714.0",
  ]);
});

test("the cookie cannot be read by scripts, goes to no other site, and lasts twelve hours", async () => {
  await using door = await openDoor();

  const answer = await door.logIn();

  expect(answer.status).toBe(204);
  expect(answer.headers.get("set-cookie")).toMatch(
    /^asterisk_kommo_admin=[\w-]{43}; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  );
});

test("a wrong password opens nothing and is written down, without what was typed", async () => {
  await using door = await openDoor();

  const answer = await door.logIn("a bad password");

  expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
  expect(await door.audit()).toEqual(["set-password admin (administrator)", "login-refused"]);
});

test("where no password was set on the host, none opens the door", async () => {
  await using door = await openDoor({ hasPassword: false });

  const answer = await door.logIn("");
  const session = await fetch(`${door.url}/admin/api/session`);

  expect(answer.status).toBe(401);
  expect(await session.json()).toMatchObject({ hasPassword: false, user: null, csrf: "" });
});

test("five tries a minute are answered, the sixth is told to wait, even with the right password", async () => {
  await using door = await openDoor();
  const statuses: number[] = [];

  for (let tries = 0; tries < MOST_FROM_ONE; tries += 1)
    statuses.push((await door.logIn("wrong wrong")).status);
  const sixth = await door.logIn();
  door.time += 60_000;
  const later = await door.logIn();

  expect(statuses).toEqual([401, 401, 401, 401, 401]);
  expect([sixth.status, sixth.headers.get("retry-after")]).toEqual([429, "60"]);
  expect(later.status).toBe(204);
});

test("many addresses together have thirty tries a minute", () => {
  const tries = createLoginTries(() => 0);

  const waits = Array.from({ length: MOST_FROM_ALL + 1 }, (_, at) => tries.take(`10.0.0.${at}`));

  expect(waits.slice(0, MOST_FROM_ALL).every((seconds) => seconds === 0)).toBe(true);
  expect(waits.at(-1)).toBe(60);
});

test("without a cookie, with a made-up one, and with one of a session that has ended nothing is told", async () => {
  await using door = await openDoor();
  const headers = await door.asLoggedIn();

  const without = await ask(door.url, {});
  const madeUp = await ask(door.url, { cookie: `asterisk_kommo_admin=${"x".repeat(43)}` });
  const strange = await ask(door.url, { cookie: "asterisk_kommo_admin='; DROP TABLE--; a=%00" });
  door.time += SESSION_MS - 1;
  const justIn = await ask(door.url, headers);
  door.time += 1;
  const over = await ask(door.url, headers);

  expect([without, madeUp, strange, justIn, over].map(({ status }) => status)).toEqual([
    401, 401, 401, 200, 401,
  ]);
});

test("a change needs the page's own word beside the cookie", async () => {
  await using door = await openDoor();
  const headers = await door.asLoggedIn();
  const { "x-csrf-token": csrf = "", ...others } = headers;

  const without = await ask(door.url, others, "POST");
  const wrong = await ask(door.url, { ...others, "x-csrf-token": `${csrf.slice(1)}x` }, "POST");
  const right = await ask(door.url, headers, "POST");

  expect([without, wrong, right].map(({ status }) => status)).toEqual([403, 403, 200]);
});

test("the store has the hash of a session and never its cookie", async () => {
  await using door = await openDoor();

  const token = cookieOf(await door.logIn()).split("=")[1] ?? "none";
  const rows = await door.store.read(sql("SELECT * FROM admin_session"));

  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(token);
});

test("who logs out is out, with this cookie for good", async () => {
  await using door = await openDoor();
  const headers = await door.asLoggedIn();

  const out = await fetch(`${door.url}/admin/api/logout`, { method: "POST", headers, body: "{}" });
  const after = await ask(door.url, headers);

  expect([out.status, after.status]).toEqual([204, 401]);
  expect(out.headers.get("set-cookie")).toContain("Max-Age=0");
  expect(await door.audit()).toContain("logged-out");
});

test("a new password ends all sessions", async () => {
  await using door = await openDoor();
  const headers = await door.asLoggedIn();

  await door.store.write(setPassword(await hashPassword("another password"), door.time));
  const after = await ask(door.url, headers);

  expect(after.status).toBe(401);
});

test("who is logged in sees so in the session, and gets the word for changes", async () => {
  await using door = await openDoor();
  const { cookie = "" } = await door.asLoggedIn();

  const told = await fetch(`${door.url}/admin/api/session`, { headers: { cookie } });

  const { user, csrf } = (await told.json()) as SessionAnswer;
  expect(user).toEqual({ name: "admin", role: "administrator" });
  expect(csrf).toMatch(/^[\w-]{43}$/);
});

test.each([
  ["a form of another page", "application/x-www-form-urlencoded", "password=x"],
  ["a plain text", "text/plain", JSON.stringify({ password: PASSWORD })],
  ["no password", "application/json", "{}"],
  ["a number", "application/json", '{"password":1}'],
  ["a list", "application/json", "[]"],
  ["no JSON", "application/json", "{"],
  ["a password of 201 letters", "application/json", JSON.stringify({ password: "x".repeat(201) })],
  ["two megabytes", "application/json", JSON.stringify({ password: "x".repeat(2_000_000) })],
])("a login of %s is refused and counts as no try", async (_what, type, body) => {
  await using door = await openDoor();

  const answers = await Promise.all(
    Array.from({ length: 6 }, () =>
      fetch(`${door.url}/admin/api/login`, {
        method: "POST",
        headers: { "content-type": type },
        body,
      }).then(
        ({ status }) => status,
        () => 413, // the connection is closed while it still writes
      ),
    ),
  );

  expect(answers.every((status) => status >= 400 && status < 429)).toBe(true);
  expect((await door.logIn()).status).toBe(204);
});

test("a password is the same however its letters were typed, and a hash of something else is none", async () => {
  const hash = await hashPassword("pässword é");

  expect(await isPassword("pa\u0308ssword e\u0301", hash)).toBe(true);
  expect(await isPassword("passwort", hash)).toBe(false);
  expect(await isPassword("x", "scrypt$99999999$8$1$short$short")).toBe(false);
  expect(await isPassword("x", "")).toBe(false);
});

const ANNA = { who: "anna", role: "supervisor" } as const;
const addAnna = async ({ store, time }: Awaited<ReturnType<typeof openDoor>>): Promise<void> =>
  void (await store.write(
    setUser({ ...ANNA, hash: await hashPassword("of the supervisor"), now: time }),
  ));

test("where there are several users the door asks for a name, and each has a password and a role of his own", async () => {
  await using door = await openDoor();
  const before = await fetch(`${door.url}/admin/api/session`);
  await addAnna(door);

  const anna = await door.logIn("of the supervisor", " Anna ");
  const others = await door.logIn(PASSWORD, "anna");
  const asBefore = await door.logIn(PASSWORD);
  const { asksName } = (await (
    await fetch(`${door.url}/admin/api/session`)
  ).json()) as SessionAnswer;
  const told = await fetch(`${door.url}/admin/api/session`, {
    headers: { cookie: cookieOf(anna) },
  });

  expect([anna.status, others.status, asBefore.status]).toEqual([204, 401, 204]);
  expect([((await before.json()) as SessionAnswer).asksName, asksName]).toEqual([false, true]);
  expect(((await told.json()) as SessionAnswer).user).toEqual({ name: "anna", role: "supervisor" });
});

test("a name that nobody has is refused as a wrong password is, and is not written down", async () => {
  await using door = await openDoor();

  const answer = await door.logIn(PASSWORD, "a-password-by-mistake");
  const rows = await door.store.read(
    sql("SELECT who FROM admin_audit WHERE deed = 'login-refused'"),
  );

  expect(answer.status).toBe(401);
  expect(rows).toEqual([{ who: "?" }]);
});

test("a user who is removed, or given another role, is out at once; the others stay", async () => {
  await using door = await openDoor();
  const admin = await door.asLoggedIn();
  await addAnna(door);
  const cookie = cookieOf(await door.logIn("of the supervisor", "anna"));
  const first = await ask(door.url, { cookie });

  await addAnna(door);
  const afterChange = await ask(door.url, { cookie });
  const again = cookieOf(await door.logIn("of the supervisor", "anna"));
  await door.store.write(removeUser("anna", door.time));
  const afterRemoval = await ask(door.url, { cookie: again });
  const administrator = await ask(door.url, admin);

  expect([first, afterChange, afterRemoval, administrator].map(({ status }) => status)).toEqual([
    200, 401, 401, 200,
  ]);
});

test("the password of an installation from before there were roles is the administrator's", async () => {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-admin-"));
  const path = join(folder, "store.db");
  const before = await openSqliteStore({ path, migrations: adminMigrations.slice(0, 1) });
  if (!before.ok) throw new Error(before.failure.reason);
  await before.value.write([
    sql("INSERT INTO admin_password (who, hash, set_at) VALUES ('admin', 'kept', 1)"),
  ]);
  await before.value.close();

  const after = await openSqliteStore({ path, migrations: adminMigrations });
  if (!after.ok) throw new Error(after.failure.reason);
  const rows = await after.value.read(passwordOf("admin"));
  await after.value.close();
  await rm(folder, { recursive: true });

  expect(rows).toEqual([{ who: "admin", role: "administrator", hash: "kept" }]);
});
