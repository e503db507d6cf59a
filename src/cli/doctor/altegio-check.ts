/** Whether Altegio takes the tokens, knows the locations, and Kommo has the fields. */
import { needsOperator, tellAltegioFailure } from "../../altegio/api/failure.ts";
import { sharedContacts } from "../../altegio/client-rows.ts";
import { listAppointments } from "../../altegio/api/records.ts";
import { findField } from "../../altegio/facts.ts";
import { createCardReader } from "../../kommo/card-reader.ts";
import type { Config } from "../../config/keys.ts";
import { altegioSettings } from "../altegio/altegio-settings.ts";
import { openAltegio } from "../altegio/far-sides.ts";
import { withStoreBeside } from "../store-beside.ts";
import { checkWithConfig, type Check, type Verdict } from "./check.ts";

export const altegioCheck: Check = checkWithConfig("Altegio", async (config, context) => {
  const { locations, partner_token: partner, user_token: user } = config.altegio;
  if (locations.length === 0)
    return { status: "ok", sentence: "not in use: altegio.locations is empty" };
  if (partner === undefined || user === undefined)
    return {
      status: "failed",
      sentence: "a token is missing",
      remedy: "give altegio.partner_token and altegio.user_token (asterisk-kommo altegio login)",
    };
  const far = openAltegio(config);
  try {
    for (const locationId of locations) {
      const today = new Date(context.clock.now()).toISOString().slice(0, 10);
      const listed = await listAppointments(
        far.altegio,
        { locationId, page: 1, filter: [["start_date", today]] },
        { urgency: "person", signal: context.signal },
      );
      if (listed.ok) continue;
      const isHeld = needsOperator(listed.failure) || listed.failure.kind === "no-right";
      return {
        status: isHeld || listed.failure.kind === "rejected" ? "failed" : "warning",
        sentence: `location ${locationId} cannot be read: ${tellAltegioFailure(listed.failure)}`,
        remedy: listed.failure.hint,
      };
    }
  } finally {
    far.close();
  }
  if (!context.hasAccessToken)
    return { status: "ok", sentence: "the tokens are good; fields need a token of Kommo" };
  const crm = createCardReader(context.kommo(config));
  const fields = await crm.leadFields({ urgency: "person", signal: context.signal });
  if (!fields.ok)
    return {
      status: "warning",
      sentence: `the tokens are good, and Kommo's fields cannot be read (${fields.failure.detail})`,
      remedy: fields.failure.hint,
    };
  const missing = [...altegioSettings(config).fields].filter(
    ([, named]) => findField(fields.value, named) === undefined,
  );
  if (missing.length > 0) return lacking(missing.map(([name]) => name));
  const shared = config.altegio.contact_key === "phone" ? await sharedNumbers(config.store) : 0;
  return shared > 0 ? sharing(shared) : good(locations.length);
});

/** 0 where the store cannot be looked at beside the daemon. */
async function sharedNumbers(place: Config["store"]): Promise<number> {
  const counted = await withStoreBeside(place, async (store) => {
    const [row] = await store.read(sharedContacts());
    return Number(row?.["shared"] ?? 0);
  });
  return counted.ok ? counted.value : 0;
}

const sharing = (count: number): Verdict => ({
  status: "warning",
  sentence: `${String(count)} contact${count === 1 ? " is" : "s are"} several clients of Altegio who share a telephone number`,
  remedy: 'to keep such clients apart from now on: altegio.contact_key: "client_id"',
});

const good = (count: number): Verdict => ({
  status: "ok",
  sentence: `the tokens are good for ${String(count)} location${count === 1 ? "" : "s"}, and all fields are there`,
});

const lacking = (names: readonly string[]): Verdict => ({
  status: "failed",
  sentence: `Kommo's leads lack the fields ${names.join(", ")}`,
  remedy: "run: asterisk-kommo altegio setup",
});
