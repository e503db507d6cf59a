/**
 * From a click's request to the bytes of Originate at the exchange: the daemon between a program with an
 * API key and a simulated Asterisk, all in one process, so the figure holds their work too.
 */
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { API_KEY, BEN, openDiallingOffice } from "../test/daemon/dialling-office.ts";

export type OriginateBench = {
  readonly dials: number;
  /** Milliseconds. */
  readonly request: Spread;
  /** A server that answers at once, asked in the same way. */
  readonly bareRequest: Spread;
};

type Spread = { readonly p50: number; readonly p99: number };

const DIALS = 300;
const WARM_UP = 50;
const PAUSE_MS = 20;

export async function benchOriginate(): Promise<OriginateBench> {
  const office = await openDiallingOffice({
    clicks: [],
    originate: { per_user_a_minute: 600, total_a_minute: 6_000 },
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const bare = createServer((_asked, answer) => answer.end("{}"));
  await new Promise<void>((resolve) => bare.listen(0, "127.0.0.1", () => resolve()));
  const bareUrl = `http://127.0.0.1:${(bare.address() as AddressInfo).port}/`;
  const taken: number[] = [];
  const bareTaken: number[] = [];

  for (let dial = 0; dial < WARM_UP + DIALS; dial++) {
    const phone = `7916${String(1_000_000 + dial)}`;
    const from = performance.now();
    await post(`${office.url()}/v1/originate`, { agent, body: { phone, user_id: BEN } });
    const asked = office.pbx.originates().at(-1);
    if (asked?.exten !== phone) throw new Error(`${phone} did not reach the exchange`);
    if (dial >= WARM_UP) taken.push(asked.atMs - from);
    const bareFrom = performance.now();
    await post(bareUrl, { agent, body: { phone } });
    if (dial >= WARM_UP) bareTaken.push(performance.now() - bareFrom);
    // The outcome of this one is told first.
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  agent.destroy();
  await new Promise((resolve) => bare.close(resolve));
  await office.close();
  return { dials: taken.length, request: spreadOf(taken), bareRequest: spreadOf(bareTaken) };
}

function post(url: string, { agent, body }: { agent: Agent; body: object }): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" };
    const asked = request(url, { method: "POST", agent, headers });
    asked.once("error", reject);
    asked.once("response", (answer) => {
      answer.resume();
      answer.once("end", resolve);
    });
    asked.end(JSON.stringify(body));
  });
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
