/**
 * The folder of scripts as it loads now, and how they did in the daemon: for commands that only look.
 * Exports `loadFolder` and `countsBeside`.
 */
import { createCustomizations, type Customizations } from "../../customization/customizations.ts";
import type { RunCounts } from "../../customization/run-counts.ts";
import { keptCounts, readCounts } from "../../customization/schema.ts";
import { withStoreBeside } from "../store-beside.ts";
import { scriptsFrom, type ScriptConfig } from "./script-service.ts";
import type { StorePlace } from "../../store/open-store.ts";

export type LoadedFolder = {
  readonly scripts: ReturnType<Customizations["list"]>;
  /** Why some do not load: one sentence each. */
  readonly problems: readonly string[];
};

export async function loadFolder(config: ScriptConfig): Promise<LoadedFolder> {
  const problems: string[] = [];
  const customizations = createCustomizations({
    ...scriptsFrom(config),
    now: () => Date.now(),
    onNews: (news) => {
      if (news.kind === "not-loaded") problems.push(news.reason);
    },
  });
  try {
    await customizations.warm();
    return { scripts: customizations.list(), problems };
  } finally {
    await customizations.stop();
  }
}

/** By name; empty where there is no store yet, or one that cannot be read. */
export async function countsBeside(place: StorePlace): Promise<ReadonlyMap<string, RunCounts>> {
  const looked = await withStoreBeside(place, async (store) =>
    (await store.read(keptCounts())).map(readCounts),
  );
  return new Map(looked.ok ? looked.value : []);
}
