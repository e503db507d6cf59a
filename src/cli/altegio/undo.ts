/** `asterisk-kommo altegio undo`: puts back what stood on leads before appointments were written there. */
import { parseArgs } from "node:util";
import type { Result } from "../../lib/failure.ts";
import { failed } from "../../lib/failure.ts";
import { TERMINAL, type Terminal } from "../terminal.ts";
import { givenTime } from "../calls/given-time.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { withStoreOrDaemon, type CommandFailure } from "../store-or-daemon.ts";
import type { AltegioRequest, UndoneRecord } from "./daemon-answer.ts";
import type { StorePlace } from "../../store/open-store.ts";

export const help = `Usage: asterisk-kommo altegio undo RECORD_ID [--location ID] [--dry-run] [--json]
       asterisk-kommo altegio undo --since TIME [--dry-run] [--json]

Puts back what stood on the lead before the appointment was written into it: fields, price, stage,
responsible user, tags. What somebody has changed since stays. The appointment is then left alone until
altegio sync --record takes it up again. No lead is deleted. The daemon does it, so it has to run.

  --since TIME   all appointments that were merged into leads since then, as 2026-11-21T09:00
  --location ID  of several appointments with this ID, that of this location
  --dry-run      says what would be put back
  --json         one line of JSON for each lead
  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)

Exit code: 0 done (also where nothing is to be undone), 1 it could not be done, 2 wrong usage.
`;

export async function runAltegioUndo(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      since: { type: "string" },
      location: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      config: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    out.write(help);
    return 0;
  }
  const refuse = (sentence: string, code: number): number => {
    err.write(`asterisk-kommo altegio undo: ${sentence}\n`);
    return code;
  };
  const [recordId, ...more] = positionals;
  const since = values.since === undefined ? undefined : givenTime(values.since);
  if (values.since !== undefined && since === undefined)
    return refuse("--since takes a time as 2026-11-21T09:00", 2);
  if ((recordId === undefined) === (since === undefined) || more.length > 0)
    return refuse("one RECORD_ID or --since TIME is needed", 2);
  const loaded = openConfig({ file: values.config, needs: ["kommo"] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const { location } = values;
  const ask: AltegioRequest = {
    ...{ ask: "altegio", what: "undo", isDryRun: values["dry-run"] },
    ...(since === undefined
      ? {
          recordId: recordId ?? "",
          ...(location === undefined ? {} : { locationId: location }),
        }
      : { since }),
  };
  const done = await askTheDaemon<readonly UndoneRecord[]>(loaded.value.config.store, ask);
  if (!done.ok) return refuse(`${done.failure.reason}; ${done.failure.hint}`, 1);
  if (done.value.length === 0) out.write(values.json ? "" : "nothing is to be undone\n");
  for (const one of done.value) out.write(values.json ? `${JSON.stringify(one)}\n` : asText(one));
  return 0;
}

function asText({ recordId, leadId, told, isDone }: UndoneRecord): string {
  const what = told.length === 0 ? ["nothing of it stands there any more"] : told;
  const how = isDone ? "is put back" : "would be put back";
  return `appointment ${recordId}, lead ${String(leadId)} ${how}:\n${what.map((line) => `  ${line}\n`).join("")}`;
}

/** Only the daemon has the outbox at work. */
export const askTheDaemon = <T>(
  place: StorePlace,
  ask: AltegioRequest,
): Promise<Result<T, CommandFailure>> =>
  withStoreOrDaemon<T>({
    ...{ place, ask, makesStore: false },
    alone: () =>
      Promise.resolve(
        failed({ reason: "the daemon does not run", hint: "start it: it does the work" }),
      ),
  });
