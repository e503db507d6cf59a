/**
 * The figures of issue 5: what calls cost in requests, how fast the backlog of an outage is booked,
 * how long one call takes, and both beside a plain client at the same server.
 */
import { benchLiveBooking, type LiveBench } from "./kommo-live.ts";
import { drain, type Drained } from "./kommo-office.ts";
import { REQUESTS_PER_SECOND, ROUND_TRIP_MS } from "./kommo-server.ts";
import { benchPlainClient, type PlainBench } from "./plain-client.ts";

/** Calls of each part; together they say how long the bench takes. */
export type KommoBenchSize = {
  readonly backlogKnown: number;
  readonly backlogUnknown: number;
  readonly live: number;
  readonly plain: number;
};

/** About two minutes. */
export const SHORT: KommoBenchSize = {
  backlogKnown: 10_000,
  backlogUnknown: 1_000,
  live: 30,
  plain: 20,
};
/** About twenty. */
export const LONG: KommoBenchSize = {
  backlogKnown: 10_000,
  backlogUnknown: 10_000,
  live: 600,
  plain: 500,
};

type Side = {
  readonly drained: Drained;
  readonly requestsPerCall: number;
  /** What the limit alone would take. */
  readonly floorSeconds: number;
  readonly alone: number;
  readonly plain: PlainBench;
  /** Calls a second, in those of the plain client. */
  readonly ratio: number;
};

export type KommoBench = {
  readonly known: Side;
  readonly unknown: Side;
  readonly live: LiveBench;
  readonly liveLimitMs: number;
  readonly mostInASecond: number;
  readonly refused: number;
};

export async function benchKommo(size: KommoBenchSize): Promise<KommoBench> {
  const known = await benchSide("known", size.backlogKnown, size.plain);
  const unknown = await benchSide("unknown", size.backlogUnknown, size.plain);
  const live = await benchLiveBooking(size.live);
  const drained = [known.drained, unknown.drained];
  return {
    known,
    unknown,
    live,
    liveLimitMs: ROUND_TRIP_MS + 500,
    mostInASecond: Math.max(live.mostInASecond, ...drained.map((one) => one.mostInASecond)),
    refused: drained.reduce((sum, one) => sum + one.refused, 0),
  };
}

async function benchSide(
  client: "known" | "unknown",
  calls: number,
  plainCalls: number,
): Promise<Side> {
  const cards = client === "known" ? calls : 0;
  const alone = await drain(1, { known: Math.min(1, cards) });
  const drained = await drain(calls, { known: cards });
  const plain = await benchPlainClient(client, plainCalls);
  return {
    drained,
    requestsPerCall: drained.requests / calls,
    floorSeconds: drained.requests / REQUESTS_PER_SECOND,
    alone: alone.requests,
    plain,
    ratio: calls / drained.seconds / plain.callsPerSecond,
  };
}

/** What issue 5 wants. */
export const isKommoBenchRight = ({ known, unknown, ...bench }: KommoBench): boolean =>
  known.requestsPerCall <= 0.02 &&
  unknown.requestsPerCall <= 0.06 &&
  known.alone === 1 &&
  unknown.alone === 2 &&
  known.drained.seconds < 35 &&
  bench.live.p99 <= bench.liveLimitMs &&
  bench.mostInASecond <= REQUESTS_PER_SECOND &&
  bench.refused === 0 &&
  Math.min(known.ratio, unknown.ratio) >= 45;
