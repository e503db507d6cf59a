/** `asterisk-kommo recordings keys`: the ring of keys, without their secrets. Reads only. */
import { parseArgs } from "node:util";
import { keptKeys } from "../../recordings/key-ring.ts";
import { localTime, TERMINAL, type Terminal } from "../terminal.ts";
import { withStoreBeside } from "../store-beside.ts";
import { openConfig, tellProblems } from "../open-config.ts";

export async function runRecordingsKeys(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values } = parseArgs({ args, options: { config: { type: "string" } } });
  const loaded = openConfig({ file: values.config, needs: [] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const found = await withStoreBeside(loaded.value.config.store, keptKeys);
  if (!found.ok) {
    err.write(`asterisk-kommo recordings keys: ${found.failure.sentence}\n`);
    return found.failure.code;
  }
  const newest = found.value.find(({ revokedAt }) => revokedAt === undefined);
  const lines = found.value.map(({ id, madeAt, revokedAt }) => {
    const use = id === newest?.id ? "signs new links" : "old links";
    const state = revokedAt === undefined ? use : `revoked ${localTime(revokedAt)}`;
    return `${id}  made ${localTime(madeAt)}  ${state}\n`;
  });
  out.write(
    lines.length === 0 ? "the daemon makes the first key when it starts\n" : lines.join(""),
  );
  return 0;
}
