/** `asterisk-kommo altegio sync`: asks Altegio now, reads one appointment anew, or only says what would be. */
import { parseArgs } from "node:util";
import { listAppointments, readRecord, type RecordKey } from "../../altegio/api/records.ts";
import { tellAltegioFailure } from "../../altegio/api/failure.ts";
import { deletedAppointment, type Appointment } from "../../altegio/appointment.ts";
import { readFacts } from "../../altegio/facts.ts";
import { placeAppointments, type Placed } from "../../altegio/place.ts";
import { parseRecordRow, recordName, recordsByKeys, type RecordRow } from "../../altegio/rows.ts";
import { createSnapshots } from "../../altegio/snapshot.ts";
import type { ConfigFor } from "../../config/load-config.ts";
import { systemClock } from "../../lib/clock.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import type { Store } from "../../store/store.ts";
import { TERMINAL, type Terminal } from "../terminal.ts";
import { withStoreBeside } from "../store-beside.ts";
import { givenTime } from "../calls/given-time.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import type { CommandFailure } from "../store-or-daemon.ts";
import { altegioSettings } from "./altegio-settings.ts";
import type { SyncAnswer } from "./daemon-answer.ts";
import { openFarSides, type AltegioFarSides } from "./far-sides.ts";
import { askTheDaemon } from "./undo.ts";

export const help = `Usage: asterisk-kommo altegio sync [--record RECORD_ID]
       asterisk-kommo altegio sync --dry-run [--record RECORD_ID | --since TIME] [--json]

Lets the daemon ask Altegio at once what has changed, or read one appointment anew, also one that was
undone or found no lead. With --dry-run nothing is written anywhere: both accounts are read, and for each
appointment it is said what would become of it and why.

  --record ID    this one
  --since TIME   with --dry-run: what was changed since then, as 2026-11-21T09:00 (default: a day ago)
  --dry-run      only says so; the daemon may run beside it
  --json         one line of JSON for each
  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)

Exit code: 0 done, 1 something failed, 2 wrong usage.
`;

const DAY_MS = 86_400_000;
const LIMIT_MS = 3_600_000;
const MOST_PAGES = 200;

export async function runAltegioSync(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      record: { type: "string" },
      since: { type: "string" },
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
    err.write(`asterisk-kommo altegio sync: ${sentence}\n`);
    return code;
  };
  const since = values.since === undefined ? Date.now() - DAY_MS : givenTime(values.since);
  if (since === undefined) return refuse("--since takes a time as 2026-11-21T09:00", 2);
  const loaded = openConfig({ file: values.config, needs: ["kommo"] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const { config } = loaded.value;
  if (config.altegio.locations.length === 0)
    return refuse("altegio.locations names no location; write it into the configuration", 1);
  const { record: recordId } = values;
  if (!values["dry-run"]) {
    const asked = await askTheDaemon<SyncAnswer>(config.store, {
      ...{ ask: "altegio", what: "sync" },
      ...(recordId === undefined ? {} : { recordId }),
    });
    if (!asked.ok) return refuse(`${asked.failure.reason}; ${asked.failure.hint}`, 1);
    out.write(
      recordId === undefined
        ? "Altegio is being asked\n"
        : asked.value.records.map((key) => `${recordName(key)} is read anew\n`).join(""),
    );
    return 0;
  }
  const placed = await placeDry(config, { recordId, since });
  if (!placed.ok) return refuse(`${placed.failure.reason}; ${placed.failure.hint}`, 1);
  for (const one of placed.value)
    out.write(values.json ? `${JSON.stringify(asJson(one))}\n` : `${asText(one)}\n`);
  if (!values.json) out.write(`${String(placed.value.length)} appointments, nothing was written\n`);
  return 0;
}

type Wanted = { readonly recordId: string | undefined; readonly since: number };

async function placeDry(
  config: ConfigFor<"kommo">,
  wanted: Wanted,
): Promise<Result<readonly Placed[], CommandFailure>> {
  const opened = await openFarSides(config);
  if (!opened.ok) return opened;
  const sides = opened.value;
  try {
    const read = await readWanted(config, sides, wanted);
    if (!read.ok) return read;
    const place = (store: Pick<Store, "read">) =>
      placeAll(config, sides, { store, read: read.value });
    const placed = await withStoreBeside(config.store, place);
    // A first dry run comes before the daemon's first start.
    if (!placed.ok) return await place({ read: () => Promise.resolve([]) });
    return placed.value;
  } finally {
    sides.close();
  }
}

async function readWanted(
  config: ConfigFor<"kommo">,
  { altegio }: AltegioFarSides,
  { recordId, since }: Wanted,
): Promise<Result<readonly Appointment[], CommandFailure>> {
  const ask = { urgency: "person", signal: AbortSignal.timeout(LIMIT_MS) } as const;
  const found: Appointment[] = [];
  for (const locationId of config.altegio.locations) {
    if (recordId !== undefined) {
      const key = { locationId, recordId };
      const one = await readRecord(altegio, key, ask);
      if (!one.ok)
        return failed({ reason: tellAltegioFailure(one.failure), hint: one.failure.hint });
      const gone = { ...key, visitId: undefined, staffId: undefined };
      found.push(one.value === "gone" ? deletedAppointment(gone) : one.value.appointment);
      continue;
    }
    const after = new Date(since).toISOString().replace(/\.\d+Z$/, "+00:00");
    for (let page = 1; page <= MOST_PAGES; page++) {
      const list = { locationId, page, filter: [["changed_after", after]] as const };
      const some = await listAppointments(altegio, list, ask);
      if (!some.ok)
        return failed({ reason: tellAltegioFailure(some.failure), hint: some.failure.hint });
      found.push(...some.value.appointments);
      if (some.value.rows === 0 || found.length >= some.value.total) break;
    }
  }
  return succeeded(found);
}

async function placeAll(
  config: ConfigFor<"kommo">,
  { crm, altegio }: AltegioFarSides,
  { store, read }: { store: Pick<Store, "read">; read: readonly Appointment[] },
): Promise<Result<readonly Placed[], CommandFailure>> {
  const settings = altegioSettings(config);
  const signal = AbortSignal.timeout(LIMIT_MS);
  const facts = await readFacts({ settings, crm, altegio }, signal);
  if (!facts.ok)
    return failed({ reason: facts.failure.failure.detail, hint: facts.failure.failure.hint });
  const rows = new Map<string, RecordRow>();
  for (let from = 0; from < read.length; from += ROWS_AT_ONCE)
    for (const row of await store.read(recordsByKeys(read.slice(from, from + ROWS_AT_ONCE))))
      rows.set(recordName(parseRecordRow(row)), parseRecordRow(row));
  const placed = await placeAppointments(
    {
      ...{ settings, facts: facts.value, crm, store, isBusy: () => false },
      snapshots: createSnapshots({ crm, clock: systemClock }),
      now: () => Date.now(),
    },
    read.map((appointment) => ({
      appointment,
      payment: undefined,
      row: rows.get(recordName(appointment)) ?? newRow(appointment),
    })),
    { urgency: "background", signal },
  );
  return placed.ok
    ? placed
    : failed({ reason: `kommo: ${placed.failure.detail}`, hint: placed.failure.hint });
}

const ROWS_AT_ONCE = 500;

const newRow = ({ locationId, recordId }: RecordKey): RecordRow => ({
  ...parseRecordRow({ location: locationId, record: recordId }),
  wish: "create",
});

const asJson = (one: Placed): object => ({
  location_id: one.row.locationId,
  record_id: one.row.recordId,
  event: one.event,
  ...(one.kind === "write"
    ? {
        ...one.decision,
        detail: one.plan.detail,
        steps: one.plan.steps.map(({ kind }) => kind),
      }
    : { action: "skip", reason: one.kind === "wait" ? "waits_for_another" : one.reason }),
});

function asText(one: Placed): string {
  const name = `${recordName(one.row)} ${one.event}`;
  if (one.kind === "wait")
    return `${name}: decided once another appointment of the client is written`;
  if (one.kind === "skip") return `${name}: nothing (${one.reason})`;
  const { decision, plan } = one;
  const lead = decision.action === "create_lead" ? "" : ` lead ${String(decision.leadId)}`;
  return `${name}: ${decision.action}${lead} (${decision.reason}); ${plan.detail.join(", ")}`;
}
