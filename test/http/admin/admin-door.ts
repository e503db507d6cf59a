/** The door of the admin page on a listener of its own, with a store, and one question behind it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createGuarded, type Handler } from "../../../src/http/admin/guarded.ts";
import { createLoginTries } from "../../../src/http/admin/login-tries.ts";
import { pageRoutes } from "../../../src/http/admin/page-files.ts";
import { hashPassword } from "../../../src/http/admin/password.ts";
import { addAudit, adminMigrations, setPassword } from "../../../src/http/admin/schema.ts";
import { sessionRoutes } from "../../../src/http/admin/session-routes.ts";
import { createSessions } from "../../../src/http/admin/sessions.ts";
import type { SessionAnswer } from "../../../src/http/admin/contract.ts";
import { startHttp } from "../../../src/http/start-http.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { silentLogger } from "../../../src/lib/log.ts";
import { openSqliteStore } from "../../../src/store/sqlite-store.ts";
import { sql, type Statement, type Store } from "../../../src/store/store.ts";

export const PASSWORD = "a good password";

export type Door = AsyncDisposable & {
  readonly url: string;
  readonly store: Store;
  /** Of the clock that sessions and tries go by. */
  time: number;
  /** Deeds that were written down, the oldest first. */
  audit(): Promise<string[]>;
  logIn(password?: string, name?: string): Promise<Response>;
  /** With a session: the headers of a request that the page would make. */
  asLoggedIn(): Promise<Record<string, string>>;
};

export async function openDoor(
  given: { readonly hasPassword?: boolean; readonly handler?: Handler } = {},
): Promise<Door> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-admin-"));
  await writeFile(join(folder, "page.js"), "console.log('page')".repeat(100));
  await writeFile(join(folder, "page.css"), "body{}");
  const opened = await openSqliteStore({
    path: join(folder, "store.db"),
    migrations: adminMigrations,
  });
  if (!opened.ok) throw new Error(opened.failure.reason);
  const store = opened.value;
  let time = Date.UTC(2026, 10, 21, 12);
  const now = (): number => time;
  if (given.hasPassword !== false)
    await store.write(setPassword(await hashPassword(PASSWORD), time));
  const keep = (statements: readonly Statement[]): Promise<unknown> => store.write(statements);
  const sessions = createSessions({ store, keep, now });
  const audit = async (row: Omit<Parameters<typeof addAudit>[0], "at">): Promise<void> =>
    void (await keep([addAudit({ ...row, at: time })]));
  const guarded = createGuarded({ sessions, audit });
  const handler: Handler =
    given.handler ??
    (async ({ audit: write }) => {
      await write("looked-at-call", "1795261714.0");
      return { answer: 42 };
    });
  const http = await startHttp({
    listeners: [
      {
        ...{ name: "http", host: "127.0.0.1", port: 0 },
        routes: [
          ...pageRoutes("", pathToFileURL(`${folder}/`)),
          ...sessionRoutes({ sessions, audit, language: "en", tries: createLoginTries(now) }),
          guarded.get("/question", "look", handler),
          guarded.post("/question", "look", handler),
        ],
      },
    ],
    clock: systemClock,
    log: silentLogger,
  });
  const url = http.address("http") ?? "";
  const logIn = (password = PASSWORD, name?: string): Promise<Response> =>
    fetch(`${url}/admin/api/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ password, ...(name === undefined ? {} : { name }) }),
    });
  return {
    ...{ url, store, logIn },
    get time() {
      return time;
    },
    set time(at) {
      time = at;
    },
    async audit() {
      const rows = await store.read(sql("SELECT deed, what FROM admin_audit ORDER BY id"));
      return rows.map(({ deed, what }) => `${String(deed)} ${String(what)}`.trim());
    },
    async asLoggedIn() {
      const cookie = cookieOf(await logIn());
      const told = await fetch(`${url}/admin/api/session`, { headers: { cookie } });
      const { csrf } = (await told.json()) as SessionAnswer;
      return { cookie, "x-csrf-token": csrf, "content-type": "application/json" };
    },
    async [Symbol.asyncDispose]() {
      await http.stop();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const cookieOf = (answer: Response): string =>
  (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
