/** A client's appointments by number, over all locations. Exports `findByNumber`. */
import { failed, succeeded, type Result } from "../lib/failure.ts";
import type { AltegioClient } from "./api/client.ts";
import type { AltegioFailure } from "./api/failure.ts";
import { findClients } from "./api/places.ts";
import { listAppointments, type Ask } from "./api/records.ts";
import type { Appointment } from "./appointment.ts";
import { clientNumbers, comparedKey } from "./phone-rule.ts";

/** Of one number in one location; more is no list for a person. */
const MOST_CLIENTS = 3;
const BACK_DAYS = 180;
const DAY_MS = 86_400_000;

/** From half a year ago on, deleted ones too. @returns nothing for what is no usable number */
export async function findByNumber(
  client: AltegioClient,
  wanted: { readonly phone: string; readonly locations: readonly string[]; readonly now: number },
  ask: Ask,
): Promise<Result<readonly Appointment[], AltegioFailure>> {
  const [number] = clientNumbers(wanted.phone);
  if (number === undefined) return succeeded([]);
  const key = comparedKey(number);
  const from = new Date(wanted.now - BACK_DAYS * DAY_MS).toISOString().slice(0, 10);
  const found: Appointment[] = [];
  for (const locationId of wanted.locations) {
    const clients = await findClients(client, { locationId, text: key }, ask);
    if (!clients.ok) return failed(clients.failure);
    const same = clients.value.filter(({ phone }) =>
      clientNumbers(phone).map(comparedKey).includes(key),
    );
    for (const { id } of same.slice(0, MOST_CLIENTS)) {
      const filter = [
        ["client_id", id],
        ["start_date", from],
      ] as const;
      const listed = await listAppointments(client, { locationId, page: 1, filter }, ask);
      if (!listed.ok) return failed(listed.failure);
      found.push(...listed.value.appointments);
    }
  }
  return succeeded(found);
}
