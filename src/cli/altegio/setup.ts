/** `asterisk-kommo altegio setup`: makes the fields of leads that the configuration names and Kommo lacks. */
import { parseArgs } from "node:util";
import { findField } from "../../altegio/facts.ts";
import { FIELD_TYPES, type FieldName } from "../../altegio/settings.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { TERMINAL, type Terminal } from "../terminal.ts";
import { altegioSettings } from "./altegio-settings.ts";
import { openFarSides } from "./far-sides.ts";

export const help = `Usage: asterisk-kommo altegio setup [--dry-run]

Looks for the fields of leads that altegio.fields names (at least "Altegio Record ID") and makes those
that Kommo does not have; what is there is left as it is. Lists pipelines and statuses with their ids, for
the rest of the configuration. Needs a token of an administrator.

  --dry-run      says what would be made
  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)

Exit code: 0 all fields are there, 1 something failed.
`;

export async function runAltegioSetup(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      "dry-run": { type: "boolean", default: false },
      config: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    out.write(help);
    return 0;
  }
  const fail = (reason: string, hint: string): number => {
    err.write(`asterisk-kommo altegio setup: ${reason}; ${hint}\n`);
    return 1;
  };
  const loaded = openConfig({ file: values.config, needs: ["kommo"] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const { config } = loaded.value;
  const opened = await openFarSides(config);
  if (!opened.ok) return fail(opened.failure.reason, opened.failure.hint);
  const sides = opened.value;
  const { crm } = sides;
  try {
    const ask = { urgency: "person", signal: AbortSignal.timeout(LIMIT_MS) } as const;
    const there = await crm.leadFields(ask);
    if (!there.ok) return fail(`kommo: ${there.failure.detail}`, there.failure.hint);
    let isWell = true;
    for (const [name, named] of altegioSettings(config).fields) {
      const field = findField(there.value, named);
      if (field !== undefined) {
        out.write(`${name}: field ${String(field.id)} "${field.name}" (${field.type})\n`);
        isWell &&= tellType(name, field.type, err);
        continue;
      }
      if (typeof named === "number") {
        isWell = false;
        err.write(
          `${name}: leads have no field ${String(named)}; correct altegio.fields.${name}\n`,
        );
        continue;
      }
      if (values["dry-run"]) {
        out.write(`${name}: "${named}" would be made (${FIELD_TYPES[name]})\n`);
        continue;
      }
      const made = await crm.makeLeadField({ name: named, type: FIELD_TYPES[name] }, ask);
      if (!made.ok) return fail(`kommo: ${made.failure.detail}`, made.failure.hint);
      out.write(`${name}: field ${String(made.value?.id ?? "?")} "${named}" was made\n`);
    }
    const pipelines = await crm.pipelines(ask);
    if (!pipelines.ok) return fail(`kommo: ${pipelines.failure.detail}`, pipelines.failure.hint);
    out.write("\nPipelines and statuses:\n");
    for (const pipeline of pipelines.value) {
      out.write(`  ${String(pipeline.id)} ${pipeline.name}${pipeline.isMain ? " (main)" : ""}\n`);
      for (const status of pipeline.statuses)
        out.write(`    ${String(status.id)} ${status.name}\n`);
    }
    return isWell ? 0 : 1;
  } finally {
    sides.close();
  }
}

const LIMIT_MS = 120_000;

/** The record ID is searched as a text: in another field nothing would be found again. */
function tellType(name: FieldName, type: string, err: Terminal["err"]): boolean {
  if (name !== "record_id" || type === "text" || type === "numeric") return true;
  err.write(`record_id: the field is of type ${type}; name one of type text\n`);
  return false;
}
