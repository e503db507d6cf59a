/**
 * What Altegio's webhooks tell: one event or a list, nothing of it believed but which appointment to look
 * at. Pure. @source altegio, section 1.6
 */
import { fieldsOf, idOf, listOf, textOf, type WireFields } from "./wire.ts";

export type ToldEvent =
  | {
      readonly kind: "record";
      readonly locationId: string;
      readonly recordId: string;
      readonly wish: "create" | "update";
      /** What was paid for it has changed. */
      readonly isMoney: boolean;
    }
  /** A client's own fields; whose appointments, the rows know. */
  | { readonly kind: "client"; readonly locationId: string; readonly clientId: string };

/** One user's action makes a handful; more is none of Altegio's. */
const MOST_EVENTS = 1_000;

/** @param body JSON of anybody */
export function readEvents(body: unknown, locations: readonly string[]): readonly ToldEvent[] {
  const told = (Array.isArray(body) ? listOf(body) : listOf([body])).slice(0, MOST_EVENTS);
  const events = told.flatMap((one) => readEvent(one) ?? []);
  return events.filter(({ locationId }) => locations.includes(locationId));
}

function readEvent(told: WireFields): ToldEvent | undefined {
  const data = fieldsOf(told["data"]);
  const locationId = idOf(told["company_id"] ?? data?.["company_id"]);
  if (locationId === undefined) return undefined;
  switch (textOf(told["resource"])) {
    case "record": {
      const recordId = idOf(told["resource_id"] ?? data?.["id"]);
      const wish = told["status"] === "create" ? "create" : "update";
      return recordId === undefined
        ? undefined
        : { kind: "record", locationId, recordId, wish, isMoney: false };
    }
    case "finances_operation": {
      const record = fieldsOf(data?.["record"]);
      const recordId = idOf(data?.["record_id"]) ?? idOf(record?.["id"]);
      return recordId === undefined
        ? undefined
        : { kind: "record", locationId, recordId, wish: "update", isMoney: true };
    }
    case "client": {
      const clientId = idOf(told["resource_id"] ?? data?.["id"]);
      return clientId === undefined ? undefined : { kind: "client", locationId, clientId };
    }
    default:
      return undefined;
  }
}
