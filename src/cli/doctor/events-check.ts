/**
 * Whether events reach us: Asterisk says FullyBooted to everyone who may hear, and calls that were heard
 * stand in the store. A user without `read`, or behind an eventfilter, logs in and hears nothing.
 */
import { sql } from "../../store/store.ts";
import { localTime } from "../terminal.ts";
import { withStoreBeside } from "../store-beside.ts";
import { checkOfExchange, type Check } from "./check.ts";
import type { StorePlace } from "../../store/open-store.ts";

export const eventsCheck: Check = checkOfExchange("events heard", async (config, context) => {
  const line = await context.exchange(config);
  if (!line.ok) return { status: "skipped", sentence: "needs a login to Asterisk" };
  const classes = [...line.value.heard()].toSorted();
  const last = await lastCallOf(config.store);
  const details = [
    `classes heard while this looked: ${classes.length === 0 ? "none" : classes.join(", ")}`,
    last === undefined ? "no call was accepted yet" : `last call: ${localTime(last)}`,
  ];
  if (!classes.includes("system"))
    return {
      status: "failed",
      sentence: "Asterisk tells this user nothing",
      details,
      remedy:
        'give it "read = system,call,agent,dialplan,cdr,reporting" in manager.conf, and no eventfilter; then: asterisk -rx "manager reload"',
    };
  return { status: "ok", sentence: "Asterisk tells what happens", details };
});

async function lastCallOf(place: StorePlace): Promise<number | undefined> {
  const looked = await withStoreBeside(place, (store) =>
    store.read(sql("SELECT started_at FROM call ORDER BY started_at DESC LIMIT 1")),
  );
  const at = looked.ok ? looked.value[0]?.["started_at"] : undefined;
  return typeof at === "number" ? at : undefined;
}
