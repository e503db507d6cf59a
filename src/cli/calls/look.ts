/** What `calls list` and `calls show` have in common: the store beside a running daemon, and refusals. */
import { existsSync } from "node:fs";
import { toError, type Result } from "../../lib/failure.ts";
import { storeMigrations } from "../daemon/store-migrations.ts";
import { openSqliteStore } from "../../store/sqlite-store.ts";
import { StoreFailure, type Store } from "../../store/store.ts";
import { MOST_CANDIDATES, type Found } from "./kept-calls.ts";

/** One sentence for the terminal, and the exit code. */
export type Refusal = { readonly sentence: string; readonly code: 1 | 2 };

type Output = { write(text: string): unknown };
export type Terminal = { readonly out: Output; readonly err: Output };
export const TERMINAL: Terminal = { out: process.stdout, err: process.stderr };

/** @returns the exit code */
export function tellRefusal(err: Output, command: string, { sentence, code }: Refusal): number {
  err.write(`asterisk-kommo calls ${command}: ${sentence}\n`);
  return code;
}

/** Reads only; the daemon may run. */
export async function withStoreBeside<T>(
  path: string,
  look: (store: Pick<Store, "read">) => Promise<T>,
): Promise<Result<T, Refusal>> {
  // A thread for a file that is not there would only say the same.
  if (!existsSync(path))
    return refuse(
      `the store ${path} cannot be opened (ENOENT); start the daemon once, which creates it`,
    );
  const opened = await openSqliteStore({ path, migrations: storeMigrations, access: "look" });
  if (!opened.ok) {
    const { reason, hint } = opened.failure;
    return refuse(`${reason}; ${hint}`);
  }
  try {
    return { ok: true, value: await look(opened.value) };
  } catch (thrown) {
    if (!(thrown instanceof StoreFailure)) throw thrown;
    return refuse(`the store cannot be read (${toError(thrown).message}); ${thrown.hint}`);
  } finally {
    await opened.value.close();
  }
}

export const refuse = (sentence: string): { ok: false; failure: Refusal } => ({
  ok: false,
  failure: { sentence, code: 1 },
});

/** What a user wrote, safe to show. */
export const quoted = (text: string): string => JSON.stringify(text.slice(0, 60));

export function tellNotFound(wanted: string, found: Exclude<Found, { kind: "one" }>): string {
  if (found.kind === "none")
    return `no accepted call has the linkedid ${quoted(wanted)}; asterisk-kommo calls list shows those there are`;
  const more = found.ids.length >= MOST_CANDIDATES ? " …" : "";
  return `several calls begin with ${quoted(wanted)}, give more of it: ${found.ids.join(" ")}${more}`;
}

/** Times on the terminal are this machine's: "2026-11-21 18:30:05". */
export function localTime(at: number): string {
  const time = new Date(at);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
