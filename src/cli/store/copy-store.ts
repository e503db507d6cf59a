/**
 * Copies all rows of a store into a new one, of either engine. It is filled under another name, and gets
 * its own when it is whole: what was interrupted is no store. Exports `copyStore`.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import { nameOfStore, openStore, type StorePlace } from "../../store/open-store.ts";
import { sql, StoreFailure, type DaemonStore, type Statement } from "../../store/store.ts";
import { countRows, rowsOf, tablesOf, type Table } from "../../store/tables.ts";
import { storeMigrations } from "../daemon/store-migrations.ts";
import type { CommandFailure } from "../store-or-daemon.ts";

export type Copied = {
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
};

/** Rejects never for what an administrator can mend. */
export async function copyStore(
  from: StorePlace,
  to: StorePlace,
  { isDry }: { readonly isDry: boolean },
): Promise<Result<Copied, CommandFailure>> {
  try {
    if (await isThere(to))
      return failed({
        reason: `${nameOfStore(to)} is there already`,
        hint: "name a store that is not, or remove that one",
      });
    // Opened to be owned, one that is not there would be made.
    const looked = await openStore(from, { migrations: storeMigrations, access: "look" });
    if (!looked.ok) return looked;
    if (isDry) return await countAll(looked.value).finally(() => looked.value.close());
    await looked.value.close();
    const source = await openStore(from, { migrations: storeMigrations });
    if (!source.ok) return source;
    return await copyInto(source.value, to).finally(() => source.value.close());
  } catch (thrown) {
    if (!(thrown instanceof StoreFailure)) throw thrown;
    return failed({ reason: thrown.message, hint: thrown.hint });
  }
}

async function countAll(store: DaemonStore): Promise<Result<Copied, never>> {
  const tables = [];
  for (const { name } of await tablesOf(store))
    tables.push({ name, rows: await count(store, name) });
  return succeeded({ tables });
}

async function copyInto(
  source: DaemonStore,
  to: StorePlace,
): Promise<Result<Copied, CommandFailure>> {
  const unfinished = { ...to, path: `${to.path}.copying`, schema: `${to.schema}_copying` };
  await remove(unfinished);
  const opened = await openStore(unfinished, { migrations: storeMigrations });
  if (!opened.ok) return opened;
  const target = opened.value;
  const done = await fill(target, source, to).finally(() => target.close());
  if (!done.ok) await remove(unfinished);
  else await giveName(unfinished, to);
  return done;
}

async function fill(
  target: DaemonStore,
  source: DaemonStore,
  { url }: StorePlace,
): Promise<Result<Copied, CommandFailure>> {
  const copied: { name: string; rows: number }[] = [];
  const tables = inOrder(await tablesOf(source));
  const known = JSON.stringify(inOrder(await tablesOf(target)).map(shapeOf));
  if (known !== JSON.stringify(tables.map(shapeOf)))
    return failed({
      reason: "the store has tables or columns that a newer asterisk-kommo has added",
      hint: "copy it with that version; nothing was changed",
    });
  for (const table of tables) {
    // Figures that calls have left there are those of the source, not of the copying.
    await target.write([sql(`DELETE FROM "${table.name}"`)]);
    for await (const page of rowsOf(source, table))
      await target.write(page.map(({ row }) => insert(table, Object.values(row))));
    if (url !== undefined) await target.write(goOnCounting(table));
    const [rows, wanted] = [await count(target, table.name), await count(source, table.name)];
    if (rows !== wanted)
      return failed({
        reason: `of ${wanted} rows of the table ${table.name}, ${rows} were copied`,
        hint: "report this as a bug; nothing was changed",
      });
    copied.push({ name: table.name, rows });
  }
  return succeeded({ tables: copied });
}

const shapeOf = ({ name, columns }: Table): readonly string[] => [
  name,
  ...columns.map((column) => column.name).toSorted(),
];

/** Calls first: what is counted of them is then replaced by what the source has counted. */
const inOrder = (tables: readonly Table[]): readonly Table[] =>
  tables.toSorted((one, other) => Number(other.name === "call") - Number(one.name === "call"));

function insert({ name, columns }: Table, values: Statement["values"]): Statement {
  const names = columns.map((column) => `"${column.name}"`).join(", ");
  const places = columns.map(() => "?").join(", ");
  return sql(`INSERT INTO "${name}" (${names}) VALUES (${places})`, ...values);
}

/** Numbers that PostgreSQL gives begin behind those that were copied. */
const goOnCounting = ({ name, columns }: Table): readonly Statement[] =>
  columns
    .filter(({ isText }) => !isText)
    .map((column) =>
      sql(
        `SELECT setval(CAST(sequence AS regclass),
           (SELECT CAST(coalesce(max("${column.name}"), 0) + 1 AS bigint) FROM "${name}"), false)
         FROM pg_get_serial_sequence(?, ?) AS found (sequence) WHERE sequence IS NOT NULL`,
        `"${name}"`,
        column.name,
      ),
    );

async function count(store: DaemonStore, table: string): Promise<number> {
  return Number((await store.read(countRows(table)))[0]?.["rows"]);
}

const postgres = ({ url = "", schema }: StorePlace) => ({ url, name: schema });

async function isThere(place: StorePlace): Promise<boolean> {
  if (place.url === undefined) return existsSync(place.path);
  const { hasPostgresSchema } = await import("../../store/postgres-schema.ts");
  return hasPostgresSchema(postgres(place));
}

const FILES = ["", "-wal", "-shm", ".lock"];

async function remove(place: StorePlace): Promise<void> {
  if (place.url === undefined)
    return FILES.forEach((end) => rmSync(`${place.path}${end}`, { force: true }));
  const { dropPostgresSchema } = await import("../../store/postgres-schema.ts");
  await dropPostgresSchema(postgres(place));
}

/** A file is whole when it is closed: nothing of it stands in its log. */
async function giveName(unfinished: StorePlace, to: StorePlace): Promise<void> {
  if (to.url === undefined) {
    renameSync(unfinished.path, to.path);
    return remove(unfinished);
  }
  const { renamePostgresSchema } = await import("../../store/postgres-schema.ts");
  await renamePostgresSchema(postgres(unfinished), to.schema);
}
