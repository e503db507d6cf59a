/** What the daemon's store says of its directory. Only looks. */
import type { Config } from "../../config/keys.ts";
import { readKept } from "../../directory/kept.ts";
import { readMirrorState, type MirrorState } from "../../directory/mirror-state.ts";
import { countCards } from "../../directory/rows.ts";
import { withStoreBeside } from "../store-beside.ts";

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
  const looked = await withStoreBeside(store, async (kept) => {
    const [counts] = await kept.read(countCards);
    const secret = await readKept(kept, "webhook-secret");
    return {
      mirror: readMirrorState(await readKept(kept, "mirror")),
      cards: Number(counts?.["cards"]),
      phones: Number(counts?.["phones"]),
      openLeads: Number(counts?.["leads"]),
      webhookSecret: typeof secret === "string" ? secret : undefined,
    };
  });
  return looked.ok ? looked.value : undefined;
}
