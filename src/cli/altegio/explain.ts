/** `asterisk-kommo altegio explain`: why an appointment went where it went. Reads only. */
import { parseArgs } from "node:util";
import { decisionsOf, parseDecision } from "../../altegio/decision-rows.ts";
import { changesOf, parseChange } from "../../altegio/change-rows.ts";
import { parseRecordRow, recordsById, type RecordRow } from "../../altegio/rows.ts";
import type { Store } from "../../store/store.ts";
import { cardLink } from "../calls/story-text.ts";
import { localTime, quoted, TERMINAL, type Terminal } from "../terminal.ts";
import { withStoreBeside } from "../store-beside.ts";
import { openConfig, tellProblems } from "../open-config.ts";

export const help = `Usage: asterisk-kommo altegio explain RECORD_ID [--json]

Tells which lead an appointment is tied to, what was decided of it and why, the newest first, and what is
still to be done. The record ID stands on the lead and in Altegio's own link to the appointment.

  --json         one line of JSON for each appointment with this ID
  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)

Exit code: 0 told, 1 nothing is known of it, 2 wrong usage.
`;

export async function runAltegioExplain(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      config: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    out.write(help);
    return 0;
  }
  const [recordId, ...more] = positionals;
  if (recordId === undefined || more.length > 0) {
    err.write("asterisk-kommo altegio explain: one RECORD_ID is needed\n");
    return 2;
  }
  const loaded = openConfig({ file: values.config, needs: ["kommo"] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const { config } = loaded.value;
  const looked = await withStoreBeside(config.store, (store) => explain(store, recordId));
  if (!looked.ok) {
    err.write(`asterisk-kommo altegio explain: ${looked.failure.sentence}\n`);
    return looked.failure.code;
  }
  if (looked.value.length === 0) {
    err.write(
      `asterisk-kommo altegio explain: nothing was heard of appointment ${quoted(recordId)}; asterisk-kommo altegio sync --record ID reads it\n`,
    );
    return 1;
  }
  for (const told of looked.value)
    out.write(values.json ? `${JSON.stringify(told)}\n` : asText(told, config.kommo.account_url));
  return 0;
}

type Explained = {
  readonly row: Omit<RecordRow, "pending" | "reading">;
  readonly decisions: readonly ReturnType<typeof parseDecision>[];
  readonly undoable: number;
};

async function explain(store: Pick<Store, "read">, recordId: string): Promise<Explained[]> {
  const rows = (await store.read(recordsById(recordId))).map(parseRecordRow);
  return Promise.all(
    rows.map(async ({ pending: _pending, reading: _reading, ...row }) => ({
      row,
      decisions: (await store.read(decisionsOf(row))).map(parseDecision),
      undoable: (await store.read(changesOf(row))).map(parseChange).length,
    })),
  );
}

function asText({ row, decisions, undoable }: Explained, accountUrl: string): string {
  const { leadId } = row;
  const lines = [
    `Appointment ${row.recordId} of location ${row.locationId}`,
    leadId === undefined
      ? "  tied to no lead"
      : `  tied to lead ${String(leadId)} ${cardLink(accountUrl, { type: "leads", id: leadId })}`,
    ...(row.isHeld ? ["  left alone since it was undone; altegio sync --record takes it up"] : []),
    ...(row.writing === undefined ? [] : ["  being written now"]),
    ...(row.dueAt === undefined ? [] : ["  waiting to be worked off"]),
    ...(row.trouble === undefined ? [] : [`  last trouble: ${row.trouble}`]),
    ...(undoable === 0 ? [] : [`  ${String(undoable)} changes of the lead can be undone`]),
    "",
    ...decisions.map((one) => {
      const lead = one.leadId === undefined ? "" : ` lead ${String(one.leadId)}`;
      const detail = one.detail.length === 0 ? "" : ` (${one.detail.join("; ")})`;
      const what = `${one.event}: ${one.action}${lead}, because ${WHY[one.reason] ?? one.reason}`;
      return `  ${localTime(one.at)}  ${what}${detail}`;
    }),
  ];
  return `${lines.join("\n")}\n`;
}

const WHY: Readonly<Record<string, string>> = {
  link: "it was written on this lead before",
  same_record_id: "the lead carries this record ID",
  phone: "a suitable lead of a contact with the client's number",
  duplicate: "a suitable open lead of the client was found",
  duplicate_search_off: "the search for duplicates is off",
  no_phone: "the client has no usable number",
  no_contact: "no contact has the client's number",
  no_suitable_lead: "the client's contact has no suitable lead",
  deleted_not_linked: "it is deleted, and was on no lead",
  superseded: "its lead belongs to another appointment now",
  no_client: "it has no client",
  not_found: "it was changed, and no lead was found for it",
  administrator: "the administrator said so",
};
