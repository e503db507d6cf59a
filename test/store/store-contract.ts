// What every room relies on, whichever engine keeps the store: told once, run over each engine.
import { codeOf } from "../../src/lib/failure.ts";
import { expect, test } from "@jest/globals";
import {
  isConstraint,
  sql,
  StoreFailure,
  type Migration,
  type Row,
  type Store,
} from "../../src/store/store.ts";
import { noteMigrations } from "./store-folder.ts";

/** A store that is empty at first and gone after the test; opened again it is the same. */
export type StorePlace = {
  open(options?: {
    readonly migrations?: readonly Migration[];
    readonly access?: "own" | "look";
  }): Promise<Store>;
  [Symbol.asyncDispose](): Promise<void>;
};

const figureMigrations: readonly Migration[] = [
  ...noteMigrations,
  {
    id: "test-2",
    statements: ["CREATE TABLE figure (name TEXT PRIMARY KEY, whole INTEGER, part REAL)"],
  },
];

const addNote = (text: string): ReturnType<typeof sql> =>
  sql("INSERT INTO note (text) VALUES (?) RETURNING id", text);
const texts = async (store: Store): Promise<unknown[]> =>
  (await store.read(sql("SELECT text FROM note ORDER BY id"))).map(({ text }) => text);

export function storeContract(engine: { readonly newPlace: () => StorePlace }): void {
  const { newPlace } = engine;

  test("what was written is there after closing and opening again", async () => {
    await using place = newPlace();
    const first = await place.open();
    const rows = await first.write([addNote("one"), addNote("two")]);
    await first.close();

    const second = await place.open();

    expect(rows).toEqual([[{ id: 1 }], [{ id: 2 }]]);
    expect(await texts(second)).toEqual(["one", "two"]);
  });

  test("writes that are asked for at once are kept in their order", async () => {
    await using place = newPlace();
    const store = await place.open();
    const names = Array.from({ length: 300 }, (_, index) => `${index}`);

    await Promise.all(names.map((name) => store.write([addNote(name)])));

    expect(await texts(store)).toEqual(names);
  });

  test("a write that fails in a shared commit is undone alone and whole", async () => {
    await using place = newPlace();
    const store = await place.open();

    const outcomes = await Promise.allSettled([
      store.write([addNote("a")]),
      store.write([addNote("b"), addNote("b")]),
      store.write([addNote("c")]),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(String(codeOf((outcomes[1] as PromiseRejectedResult).reason))).toMatch(/_CONSTRAINT$/);
    expect(await texts(store)).toEqual(["a", "c"]);
  });

  test("a lone write that fails leaves nothing behind", async () => {
    await using place = newPlace();
    const store = await place.open();

    const failure = await store
      .write([addNote("a"), addNote("a")])
      .catch((thrown: unknown) => thrown);

    expect(failure).toBeInstanceOf(StoreFailure);
    expect(isConstraint(failure as StoreFailure)).toBe(true);
    expect(await texts(store)).toEqual([]);
  });

  test("a write whose guard finds nothing is fenced off, alone and whole", async () => {
    await using place = newPlace();
    const store = await place.open();
    await store.write([addNote("turn of host 2")]);
    const isTurnOf = (host: number): ReturnType<typeof sql> =>
      sql("SELECT id FROM note WHERE text = ?", `turn of host ${host}`);

    const outcomes = await Promise.allSettled([
      store.write([addNote("unguarded")]),
      store.write([addNote("late")], isTurnOf(1)),
      store.write([addNote("in time")], isTurnOf(2)),
    ]);
    const alone = store.write([addNote("late again")], isTurnOf(1));

    await expect(alone).rejects.toMatchObject({ code: "STORE_FENCED" });
    expect(outcomes).toMatchObject([
      { status: "fulfilled" },
      { status: "rejected", reason: { code: "STORE_FENCED" } },
      { status: "fulfilled", value: [[{ id: expect.any(Number) }]] },
    ]);
    expect(await texts(store)).toEqual(["turn of host 2", "unguarded", "in time"]);
  });

  test("a statement that is not SQL is told with its message, and the store goes on", async () => {
    await using place = newPlace();
    const store = await place.open();

    await expect(store.read(sql("SELEKT 1"))).rejects.toMatchObject({
      code: expect.stringMatching(/_ERROR$/),
      message: expect.stringContaining("SELEKT"),
    });
    await expect(store.write([sql("SELECT ?", undefined as never)])).rejects.toThrow("bound");

    await store.write([addNote("still here")]);
    expect(await texts(store)).toEqual(["still here"]);
  });

  test("closing waits for what was written before, and refuses what comes after", async () => {
    await using place = newPlace();
    const store = await place.open();

    const written: Promise<readonly (readonly Row[])[]> = store.write([addNote("last")]);
    const closed = store.close();
    await expect(store.write([addNote("too late")])).rejects.toMatchObject({
      code: "STORE_CLOSED",
    });
    await closed;

    expect(await written).toEqual([[{ id: 1 }]]);
    await expect(store.read(sql("SELECT 1 AS one"))).rejects.toMatchObject({
      code: "STORE_CLOSED",
    });
  });

  test("numbers, texts of any script and nothing come back as they went in", async () => {
    await using place = newPlace();
    const store = await place.open();
    const values = [1.5, 9007199254740991, -3, 0, "Ñandú 電話 😀 ' \" ; -- ? $1", "", null];

    const [row] = await store.read(
      sql("SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e, ? AS f, ? AS g, '?' AS h", ...values),
    );

    expect(Object.values(row ?? {})).toEqual([...values, "?"]);
  });

  test("columns give back what was put into them, and what is true is 1", async () => {
    await using place = newPlace();
    const store = await place.open({ migrations: figureMigrations });

    await store.write([
      sql("INSERT INTO figure (name, whole, part) VALUES (?, ?, ?)", "a", 1795261714000, 0.25),
      sql("INSERT INTO figure (name, whole, part) VALUES (?, ?, ?)", "b", null, 7),
    ]);
    const rows = await store.read(
      sql(
        `SELECT name, whole, part, part > ? AS is_large, (SELECT count(*) FROM figure) AS all_rows,
                (SELECT sum(whole) FROM figure) AS total
         FROM figure ORDER BY name LIMIT ?`,
        0.5,
        5,
      ),
    );

    const total = { all_rows: 2, total: 1795261714000 };
    expect(rows).toEqual([
      { name: "a", whole: 1795261714000, part: 0.25, is_large: 0, ...total },
      { name: "b", whole: null, part: 7, is_large: 1, ...total },
    ]);
  });

  test("texts are in the order of their bytes, whatever the language of the host", async () => {
    await using place = newPlace();
    const store = await place.open();

    for (const text of ["b", "ä", "B", "a", "a-1", "A", "a.1"]) await store.write([addNote(text)]);
    const rows = await store.read(sql("SELECT text FROM note WHERE text > ? ORDER BY text", "A"));

    expect(rows.map(({ text }) => text)).toEqual(["B", "a", "a-1", "a.1", "b", "ä"]);
  });

  test("a room's new migration is applied to a store that exists", async () => {
    await using place = newPlace();
    const old = await place.open({ migrations: noteMigrations });
    await old.write([addNote("kept")]);
    await old.close();

    const store = await place.open({ migrations: figureMigrations });

    expect(await texts(store)).toEqual(["kept"]);
    expect(await store.read(sql("SELECT * FROM figure"))).toEqual([]);
    expect(await store.read(sql("SELECT id FROM migration ORDER BY id"))).toEqual([
      { id: "test-1" },
      { id: "test-2" },
    ]);
  });

  test("F04: a migration that fails half way leaves the store as the version before left it", async () => {
    await using place = newPlace();
    await (await place.open()).close();
    const statements = ["CREATE TABLE card (id TEXT)", "ALTER TABLE nothing ADD COLUMN x TEXT"];

    const opened = place.open({ migrations: [...noteMigrations, { id: "test-3", statements }] });
    await expect(opened).rejects.toThrow("could not be brought to this version's form");
    const store = await place.open();

    await expect(store.read(sql("SELECT * FROM card"))).rejects.toThrow(/card/);
  });

  test("F88: a store of a newer version is refused without damage, and that version still opens it", async () => {
    await using place = newPlace();
    await (await place.open({ migrations: figureMigrations })).close();

    const refused = place.open({ migrations: noteMigrations });

    await expect(refused).rejects.toThrow("was written by a newer asterisk-kommo");
    await place.open({ migrations: figureMigrations });
  });

  test("F88: a store to which a newer version has only added is opened by the one before, and by the newer again", async () => {
    await using place = newPlace();
    const addition = {
      id: "+test-2",
      statements: [
        "ALTER TABLE note ADD COLUMN colour TEXT",
        "CREATE TABLE shelf (id INTEGER PRIMARY KEY, name TEXT)",
      ],
    };
    const newer = { migrations: [...noteMigrations, addition] };
    const first = await place.open(newer);
    await first.write([addNote("by the newer"), sql("INSERT INTO shelf (name) VALUES ('a')")]);
    await first.close();

    const before = await place.open({ migrations: noteMigrations });
    await before.write([addNote("by the one before")]);
    await before.close();
    const again = await place.open(newer);

    expect(await texts(again)).toEqual(["by the newer", "by the one before"]);
    expect(await again.read(sql("SELECT name FROM shelf"))).toEqual([{ name: "a" }]);
  });

  test("F88: one thing changed among what was added is enough to refuse it", async () => {
    await using place = newPlace();
    const added = { id: "+test-2", statements: ["CREATE TABLE shelf (name TEXT)"] };
    const changed = { id: "test-3", statements: ["ALTER TABLE note RENAME COLUMN text TO words"] };
    await (await place.open({ migrations: [...noteMigrations, added, changed] })).close();

    const refused = place.open({ migrations: noteMigrations });

    await expect(refused).rejects.toThrow("was written by a newer asterisk-kommo");
  });

  test("F06: a second daemon on the same store is refused, and the first goes on", async () => {
    await using place = newPlace();
    const first = await place.open();

    await expect(place.open()).rejects.toThrow("another asterisk-kommo is running on the store");

    await first.write([addNote("on")]);
    expect(await texts(first)).toEqual(["on"]);
  });

  test("another process may look beside the daemon, but not write", async () => {
    await using place = newPlace();
    const daemon = await place.open();
    await daemon.write([addNote("seen")]);

    const looker = await place.open({ access: "look" });

    expect(await texts(looker)).toEqual(["seen"]);
    await expect(looker.write([addNote("no")])).rejects.toThrow(StoreFailure);
    expect(await texts(daemon)).toEqual(["seen"]);
  });
}
