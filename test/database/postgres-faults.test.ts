// F19: PostgreSQL restarted, crashed, frozen, its connections killed or used up, its answers lost.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { sql, type Migration, type Store, type StoreFailure } from "../../src/store/store.ts";
import { startCutProxy } from "./cut-proxy.ts";
import { postgresPlace } from "./postgres-place.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

/** Takes the same text twice: what was written twice would be seen. */
const migrations: readonly Migration[] = [
  { id: "test-1", statements: ["CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)"] },
];

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({ settings: ["max_connections=12"] });
}, 120_000);

afterAll(() => server?.stop());

const ADD = "INSERT INTO note (text) VALUES (?)";
const texts = async (store: Store): Promise<unknown[]> =>
  (await store.read(sql("SELECT text FROM note ORDER BY id"))).map(({ text }) => text);

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`);

const terminateAll = (): Promise<unknown> =>
  server.sql(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'asterisk-kommo'",
  );

describe.each([
  ["of an installation that is alone", "own", "RETURNING id"],
  ["of an account among many of a host, asked for no rows", "share", ""],
] as const)("the store %s", (_, access, asked) => {
  const addNote = (text: string): ReturnType<typeof sql> => sql(`${ADD} ${asked}`, text);

  /** Writes one after another, a few at once; what happens meanwhile is up to the test. */
  async function writeAll(store: Store, all: readonly string[]): Promise<void> {
    for (let at = 0; at < all.length; at += 5)
      await Promise.all(all.slice(at, at + 5).map((name) => store.write([addNote(name)])));
  }

  /** Until PostgreSQL is back, however long a start takes on a busy machine. */
  const PATIENT = { migrations, access, retryForMs: 120_000 };

  test("connections that are killed again and again lose nothing and double nothing", async () => {
    await using place = postgresPlace(server);
    const store = await place.open(PATIENT);
    let isOver = false;

    const killing = (async () => {
      while (!isOver) await terminateAll();
    })();
    await writeAll(store, names(400));
    isOver = true;
    await killing;

    expect(await texts(store)).toEqual(names(400));
  });

  test.each(["fast", "immediate"] as const)(
    "a server that is stopped (%s) and started in the middle of writing loses nothing and doubles nothing",
    async (mode) => {
      await using place = postgresPlace(server);
      const store = await place.open(PATIENT);
      let isWritten = false;

      const writing = writeAll(store, names(600)).then(() => (isWritten = true));
      let restarts = 0;
      while (!isWritten && restarts < 3) {
        const before = (await texts(store)).length;
        while (!isWritten && (await texts(store)).length < before + 50);
        await server.halt(mode);
        await server.start();
        restarts++;
      }
      await writing;

      expect(restarts).toBeGreaterThan(0);
      expect(await texts(store)).toEqual(names(600));
    },
  );

  test.each(["before", "after"] as const)(
    "a connection that dies %s the server has seen the commit: the write is kept once, with its answer",
    async (how) => {
      const proxy = await startCutProxy(server.port);
      await using place = postgresPlace({
        url: server.url.replace(`${server.port}`, `${proxy.port}`),
      });
      const store = await place.open(PATIENT);
      await store.write([addNote("first")]);
      proxy.cutNextCommits(how, 3);

      const [answers = []] = await store.write([addNote("second")]);
      await Promise.all(names(100).map((name) => store.write([addNote(name)])));
      const kept = await store.read(sql("SELECT id, text FROM note ORDER BY id"));
      await store.close();
      await proxy.close();

      expect(kept.map(({ text }) => text)).toEqual(["first", "second", ...names(100)]);
      expect(answers).toEqual(asked === "" ? [] : [{ id: kept[1]?.["id"] }]);
    },
  );

  test("a server that hangs is noticed, and what it was asked meanwhile is kept once when it goes on", async () => {
    await using place = postgresPlace(server);
    const troubles: (StoreFailure | undefined)[] = [];
    const noticed = Promise.withResolvers<void>();
    const store = await place.open({
      ...PATIENT,
      onTrouble: (failure) => {
        troubles.push(failure);
        noticed.resolve();
      },
    });
    await store.write([addNote("before")]);

    server.freeze();
    const written = writeAll(store, names(20));
    await noticed.promise;
    server.thaw();
    await written;

    expect(troubles.map((failure) => failure?.code)).toEqual(["POSTGRES_AWAY", undefined]);
    expect(await texts(store)).toEqual(["before", ...names(20)]);
  });

  test("reads that get no answer are asked again over new connections, after seconds and not a minute", async () => {
    const proxy = await startCutProxy(server.port);
    const url = server.url.replace(/:\d+\/postgres$/, `:${proxy.port}/postgres`);
    await using place = postgresPlace({ url });
    const store = await place.open({ migrations });
    const waiting = sql("SELECT 1 AS one FROM pg_sleep(0.5)");
    await Promise.all([store.read(waiting), store.read(waiting), store.read(waiting)]);

    const begunAt = performance.now();
    proxy.silence();
    const rows = await store.read(sql("SELECT 1 AS one"));
    const seconds = (performance.now() - begunAt) / 1_000;
    await store.close();
    await proxy.close();

    expect(rows).toEqual([{ one: 1 }]);
    expect(seconds).toBeLessThan(45); // of a minute and more for each connection
  });

  test("what takes long on a server that works is waited for, and nobody is told of trouble", async () => {
    await using place = postgresPlace(server);
    const troubles: unknown[] = [];
    const store = await place.open({ migrations, onTrouble: (failure) => troubles.push(failure) });

    const rows = await store.read(sql("SELECT 1 AS one FROM pg_sleep(9)"));

    expect(rows).toEqual([{ one: 1 }]);
    expect(troubles).toEqual([]);
  });

  test("a write that may not wait is refused as a passing failure, and nothing of it is kept", async () => {
    await using place = postgresPlace(server);
    const store = await place.open({ ...PATIENT, retryForMs: 0 });
    await server.halt("fast");

    const refused = store.write([addNote("refused")]);
    await expect(refused).rejects.toMatchObject({ code: "POSTGRES_AWAY" });
    await server.start();
    await store.write([addNote("later")]);

    expect(await texts(store)).toEqual(["later"]);
  });

  test("where all connections are taken by others, reads wait until there is one", async () => {
    await using place = postgresPlace(server);
    const troubled = Promise.withResolvers<string | undefined>();
    const store = await place.open({ ...PATIENT, onTrouble: (why) => troubled.resolve(why?.code) });
    const others: pg.Client[] = [];
    // The superuser has places of its own, which are taken as well.
    for (let isFull = false; !isFull;) {
      const other = new pg.Client({ connectionString: server.url });
      other.on("error", () => undefined);
      isFull = await other.connect().then(
        () => false,
        () => true,
      );
      if (!isFull) others.push(other);
    }

    const reading = store.read(sql("SELECT 1 AS one"));
    const code = await troubled.promise;
    await Promise.all(others.map((other) => other.end()));

    expect(code).toBe("POSTGRES_FULL");
    expect(await reading).toEqual([{ one: 1 }]);
  });

  test("a store that is closed while the server hangs is closed all the same", async () => {
    await using place = postgresPlace(server);
    const store = await place.open(PATIENT);
    server.freeze();

    const written = store.write([addNote("?")]).then(
      () => "kept",
      () => "refused",
    );
    await store.close();
    server.thaw();

    expect(await written).toBe("refused");
  });
});

// An installation that is alone is locked by the session that was given up, until the server has ended it.
test("what was sent over a connection that was given up comes too late: it is kept once", async () => {
  const proxy = await startCutProxy(server.port);
  await using place = postgresPlace({
    url: server.url.replace(`${server.port}`, `${proxy.port}`),
  });
  const store = await place.open({ migrations, access: "share", retryForMs: 120_000 });
  await store.write([sql(ADD, "first")]);
  proxy.cutNextCommits("late", 1);

  await store.write([sql(ADD, "second")]);
  await proxy.deliverLate();
  const kept = await texts(store);
  await store.close();
  await proxy.close();

  expect(kept).toEqual(["first", "second"]);
});
