/**
 * A client as most connectors are: each call by itself, with the requests that amocrm_asterisk_ng was
 * measured to spend, 3.3 for a call of a known client and 5.9 for one of an unknown client, as fast as
 * the account allows. It looks the number up in both spellings and for the card, makes what is lacking
 * and registers the call; one request more in some calls makes up the fraction.
 */
import { createLimiter } from "../src/kommo/limiter.ts";
import { systemClock } from "../src/lib/clock.ts";
import { startFarKommo } from "./kommo-office.ts";
import { phoneOf, REQUESTS_PER_SECOND } from "./kommo-server.ts";

const EXTRA_OF_TEN = { known: 3, unknown: 9 };
const FIRST_UNKNOWN = 5_000_000;

export type PlainBench = {
  readonly callsPerSecond: number;
  readonly requestsPerCall: number;
};

/** @param calls at least ten, for the fractions */
export async function benchPlainClient(
  client: "known" | "unknown",
  calls: number,
): Promise<PlainBench> {
  const kommo = await startFarKommo(client === "known" ? calls : 0);
  const limiter = createLimiter({ requestsPerSecond: REQUESTS_PER_SECOND, clock: systemClock });
  const never = new AbortController().signal;

  async function ask(method: "GET" | "POST", path: string, body?: unknown): Promise<void> {
    const slot = await limiter.slot("call", never);
    const answer = await fetch(kommo.url + path, {
      method,
      headers: { Authorization: `Bearer ${kommo.token}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await answer.arrayBuffer();
    slot?.ended("answered");
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
  }

  async function register(index: number): Promise<void> {
    const phone = phoneOf(client === "known" ? index : FIRST_UNKNOWN + index);
    const number = [{ field_code: "PHONE", values: [{ value: phone, enum_code: "WORK" }] }];
    await ask("GET", `/api/v4/contacts?query=${phone}&with=leads`);
    await ask("GET", `/api/v4/contacts?query=8${phone.slice(1)}&with=leads`);
    if (client === "unknown") {
      await ask("GET", `/api/v4/companies?query=${phone}`);
      await ask("POST", "/api/v4/contacts", [{ name: phone, custom_fields_values: number }]);
    }
    if (index % 10 < EXTRA_OF_TEN[client]) await ask("GET", `/api/v4/leads?query=${phone}`);
    await ask("POST", "/api/v4/calls", [
      { direction: "inbound", phone, duration: 60, source: "plain", uniq: `plain-${index}` },
    ]);
  }

  await ask("GET", "/api/v4/account"); // the first second after a start is not the client's fault
  const startedAt = performance.now();
  const before = (await kommo.figures()).requests;
  await Promise.all(Array.from({ length: calls }, (_, index) => register(index)));
  const seconds = (performance.now() - startedAt) / 1_000;
  const { requests, booked } = await kommo.figures();
  limiter.close();
  kommo.end();
  if (booked !== calls) throw new Error(`${booked} of ${calls} calls were booked`);
  return { callsPerSecond: calls / seconds, requestsPerCall: (requests - before) / calls };
}
