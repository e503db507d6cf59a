/** What the daemon's store says of its directory. Only looks. */
import type { Config } from "../../config/keys.ts";
import { readKept } from "../../directory/kept.ts";
import { readMirrorState, type MirrorState } from "../../directory/mirror-state.ts";
import { countCards } from "../../directory/rows.ts";
import { storeMigrations } from "../daemon/store-migrations.ts";
import { openSqliteStore } from "../../store/sqlite-store.ts";
import { StoreFailure } from "../../store/store.ts";

export type KeptDirectory = {
  /** undefined: the daemon has not decided yet whether to fill it. */
  readonly mirror: MirrorState | undefined;
  readonly cards: number;
  readonly phones: number;
  readonly openLeads: number;
  readonly webhookSecret: string | undefined;
};

/** @returns undefined: there is no store yet, or it cannot be read */
export async function lookAtDirectory({
  store,
}: Pick<Config, "store">): Promise<KeptDirectory | undefined> {
  const asked = { path: store.path, migrations: storeMigrations, access: "look" } as const;
  const opened = await openSqliteStore(asked);
  if (!opened.ok) return undefined;
  try {
    const [counts] = await opened.value.read(countCards);
    const secret = await readKept(opened.value, "webhook-secret");
    return {
      mirror: readMirrorState(await readKept(opened.value, "mirror")),
      cards: Number(counts?.["cards"]),
      phones: Number(counts?.["phones"]),
      openLeads: Number(counts?.["leads"]),
      webhookSecret: typeof secret === "string" ? secret : undefined,
    };
  } catch (thrown) {
    if (thrown instanceof StoreFailure) return undefined;
    throw thrown;
  } finally {
    await opened.value.close();
  }
}
