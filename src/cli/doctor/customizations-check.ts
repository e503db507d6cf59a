/** Whether the administrator's scripts load, and how they did since the daemon was started. */
import { countsBeside, loadFolder } from "../customizations/loaded-folder.ts";
import { checkWithConfig, type Check } from "./check.ts";
import type { StorePlace } from "../../store/open-store.ts";

export const customizationsCheck: Check = checkWithConfig("customizations", async (config) => {
  const { scripts, problems } = await loadFolder(config);
  const names = scripts.map(({ name }) => name);
  const failing = await failuresIn(config.store, names);
  const where = config.customizations.path;
  if (problems.length > 0)
    return {
      status: "failed",
      sentence: `not all of ${where} load: calls go on without them`,
      details: [...problems, ...failing],
      remedy: "correct them; asterisk-kommo customizations test NAME tries one out",
    };
  if (failing.length > 0)
    return {
      status: "warning",
      sentence: `${names.length} of ${where} load, and have failed at times`,
      details: failing,
      remedy: "asterisk-kommo customizations list tells of each; the log says why",
    };
  return {
    status: "ok",
    sentence: names.length === 0 ? `none in ${where}` : `loaded: ${names.join(", ")}`,
  };
});

async function failuresIn(place: StorePlace, names: readonly string[]): Promise<string[]> {
  return [...(await countsBeside(place))]
    .filter(([name, { failures }]) => failures > 0 && names.includes(name))
    .map(([name, { failures, runs, lastFailure }]) =>
      lastFailure === undefined
        ? `${name}: ${failures} of ${runs} runs failed`
        : `${name}: ${failures} of ${runs} runs failed, the last: ${lastFailure}`,
    );
}
