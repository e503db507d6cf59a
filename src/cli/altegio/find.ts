/** `asterisk-kommo altegio find`: a client's appointments with their record IDs, by telephone number. */
import { parseArgs } from "node:util";
import { tellAltegioFailure } from "../../altegio/api/failure.ts";
import { priceOf, type Appointment } from "../../altegio/appointment.ts";
import { findByNumber } from "../../altegio/find.ts";
import { clientNumbers } from "../../altegio/phone-rule.ts";
import { parseRecordRow, recordName, recordsByKeys } from "../../altegio/rows.ts";
import { titlesOf } from "../../altegio/words.ts";
import { TERMINAL, type Terminal } from "../terminal.ts";
import { withStoreBeside } from "../store-beside.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { openAltegio } from "./far-sides.ts";
import type { StorePlace } from "../../store/open-store.ts";

export const help = `Usage: asterisk-kommo altegio find --phone NUMBER [--json]

Lists the appointments of whoever has this number in Altegio, in all configured locations, from half a
year ago on: record ID, location, time, services, staff, sum, and the lead that each is tied to.
Reads only.

  --phone NUMBER  in any spelling; the last ten digits count
  --json          one line of JSON for each
  --config FILE   the configuration (default: /etc/asterisk-kommo/config.json)

Exit code: 0 found, 1 nothing found or Altegio refuses, 2 wrong usage.
`;

const LIMIT_MS = 120_000;

export async function runAltegioFind(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      phone: { type: "string" },
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
    err.write(`asterisk-kommo altegio find: ${sentence}\n`);
    return code;
  };
  const { phone = "" } = values;
  if (clientNumbers(phone).length === 0)
    return refuse("--phone takes a number of 7 to 15 digits", 2);
  const loaded = openConfig({ file: values.config, needs: [] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const { config } = loaded.value;
  const { locations } = config.altegio;
  if (locations.length === 0)
    return refuse("altegio.locations names no location; write it into the configuration", 1);
  const far = openAltegio(config);
  try {
    const ask = { urgency: "person", signal: AbortSignal.timeout(LIMIT_MS) } as const;
    const wanted = { phone, locations, now: Date.now() };
    const found = await findByNumber(far.altegio, wanted, ask);
    if (!found.ok) return refuse(`${tellAltegioFailure(found.failure)}; ${found.failure.hint}`, 1);
    if (found.value.length === 0) return refuse("nobody with this number has an appointment", 1);
    const leads = await leadsOf(config.store, found.value);
    for (const one of found.value.toSorted((a, b) => (b.startsAt ?? 0) - (a.startsAt ?? 0))) {
      const lead = leads.get(recordName(one));
      out.write(values.json ? `${JSON.stringify(asJson(one, lead))}\n` : asText(one, lead));
    }
    return 0;
  } finally {
    far.close();
  }
}

/** Before the daemon's first start nothing is tied. */
async function leadsOf(
  place: StorePlace,
  found: readonly Appointment[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await withStoreBeside(place, (store) => store.read(recordsByKeys(found)));
  return new Map(
    (rows.ok ? rows.value : [])
      .map(parseRecordRow)
      .flatMap((row) => (row.leadId === undefined ? [] : [[recordName(row), row.leadId]])),
  );
}

const asJson = (one: Appointment, lead: number | undefined): object => ({
  location_id: one.locationId,
  record_id: one.recordId,
  lead: lead ?? null,
  time: one.localTime,
  is_deleted: one.isDeleted,
  attendance: one.attendance,
  services: one.services.map(({ title }) => title),
  staff: one.staff.name,
  cost: priceOf(one),
  is_paid: one.isPaidFull,
});

function asText(one: Appointment, lead: number | undefined): string {
  const parts = [
    one.localTime,
    titlesOf(one.services),
    one.staff.name,
    String(priceOf(one)),
    one.isPaidFull ? "paid" : "",
    one.isDeleted ? "cancelled" : "",
    lead === undefined ? "on no lead" : `lead ${String(lead)}`,
  ];
  return `${one.recordId} (location ${one.locationId}): ${parts.filter((part) => part !== "").join(", ")}\n`;
}
