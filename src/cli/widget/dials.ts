/** `asterisk-kommo widget dials`: who dialled whom from Kommo, and what became of it. Reads only. */
import { parseArgs } from "node:util";
import { newestDials, readDial, type DialRow } from "../../originate/schema.ts";
import { localTime, TERMINAL, type Terminal } from "../terminal.ts";
import { withStoreBeside } from "../store-beside.ts";
import { openConfig, tellProblems } from "../open-config.ts";

const USUAL_LIMIT = 50;
const MOST = 100_000;

export async function runWidgetDials(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: "string" },
      limit: { type: "string", default: String(USUAL_LIMIT) },
      json: { type: "boolean", default: false },
    },
  });
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    err.write(`asterisk-kommo widget dials: --limit is a whole number from 1 to ${MOST}\n`);
    return 2;
  }
  const loaded = openConfig({ file: values.config, needs: [] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const found = await withStoreBeside(loaded.value.config.store, async (store) =>
    (await store.read(newestDials(limit))).map(readDial),
  );
  if (!found.ok) {
    err.write(`asterisk-kommo widget dials: ${found.failure.sentence}\n`);
    return found.failure.code;
  }
  if (values.json) out.write(found.value.map((dial) => `${JSON.stringify(dial)}\n`).join(""));
  else out.write(found.value.length === 0 ? "nobody has dialled yet\n" : tableOf(found.value));
  return 0;
}

const tableOf = (dials: readonly DialRow[]): string =>
  dials
    .map((dial) =>
      [
        localTime(dial.askedAt),
        `user ${dial.userId}`,
        dial.extension ?? "-",
        dial.phone ?? JSON.stringify(dial.askedPhone),
        dial.reason === undefined ? dial.state : `${dial.state} (${dial.reason})`,
        dial.proof,
      ].join("  "),
    )
    .join("\n") + "\n";
