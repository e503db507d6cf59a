/**
 * A simulated Kommo in a process of its own, so that its work does not slow down who is measured: 7
 * requests in any second, 150 ms there and back, and on each way up to 30 ms more.
 *
 *   node bench/kommo-server.ts KNOWN     (forked by kommo-office.ts; KNOWN clients have a card)
 */
import { startKommoSimulator } from "../src/simulator/kommo/server.ts";

export const ROUND_TRIP_MS = 150;
const JITTER_ON_EACH_WAY_MS = 30;
export const REQUESTS_PER_SECOND = 7;

export const phoneOf = (index: number): string => `7916${String(1_000_000 + index)}`;

export type KommoAddress = { readonly url: string; readonly token: string };
/** What the server saw so far. */
export type KommoFigures = {
  readonly requests: number;
  readonly mostInASecond: number;
  readonly refused: number;
  readonly booked: number;
};

if (import.meta.main) {
  const known = Number(process.argv[2]);
  const kommo = await startKommoSimulator({
    switches: {
      requestsPerSecond: REQUESTS_PER_SECOND,
      delayMs: ROUND_TRIP_MS,
      jitterMs: 2 * JITTER_ON_EACH_WAY_MS,
    },
  });
  kommo.seed.contacts(known, (index) => ({ phones: [phoneOf(index)] }));
  process.on("message", () => {
    const entries = kommo.journal.entries();
    const figures: KommoFigures = {
      requests: entries.length,
      mostInASecond: kommo.journal.mostRequestsInASecond(),
      refused: entries.filter(({ status }) => status === 429).length,
      booked: kommo.journal.calls().length,
    };
    process.send?.(figures);
  });
  process.on("disconnect", () => void kommo.close());
  process.send?.({ url: kommo.url, token: kommo.token } satisfies KommoAddress);
}
