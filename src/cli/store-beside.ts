/** The store beside a running daemon, for commands that only look. Exports `withStoreBeside` and `refuse`. */
import { existsSync } from "node:fs";
import { toError, type Result } from "../lib/failure.ts";
import { openStore, type StorePlace } from "../store/open-store.ts";
import { StoreFailure, type Store } from "../store/store.ts";
import { storeMigrations } from "./daemon/store-migrations.ts";

/** One sentence for the terminal, and the exit code. */
export type Refusal = { readonly sentence: string; readonly code: 1 | 2 };

/** Reads only; the daemon may run. */
export async function withStoreBeside<T>(
  place: StorePlace,
  look: (store: Pick<Store, "read">) => Promise<T>,
): Promise<Result<T, Refusal>> {
  // A thread for a file that is not there would only say the same.
  if (place.url === undefined && !existsSync(place.path))
    return refuse(
      `the store ${place.path} cannot be opened (ENOENT); start the daemon once, which creates it`,
    );
  const opened = await openStore(place, { migrations: storeMigrations, access: "look" });
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
