/**
 * Whether this host's clock is right, held against Kommo's and against the exchange's: calls are booked
 * at the time that this host thinks it is.
 */
import type { EpochMs } from "../../lib/clock.ts";
import { fieldOf } from "../../ami/message.ts";
import { hasExchange } from "../without-exchange.ts";
import { checkWithConfig, type Check, type Verdict } from "./check.ts";

const LIMIT_MS = 10_000;

export const clockCheck: Check = checkWithConfig("clock", async (config, context) => {
  const { clock, signal } = context;
  const [kommoAhead, exchangeAhead] = await Promise.all([
    kommoAheadMs(config.kommo.account_url, signal, () => clock.now()),
    exchangeAheadMs(),
  ]);
  return judgeClock({ kommoAhead, exchangeAhead });

  async function exchangeAheadMs(): Promise<number | undefined> {
    if (!hasExchange(config)) return undefined;
    const line = await context.exchange(config);
    if (!line.ok) return undefined;
    const before = clock.now();
    const answer = await line.value.session.send({ Action: "Ping" });
    const told = answer.ok ? Number(fieldOf(answer.value.response, "Timestamp")) : NaN;
    return Number.isFinite(told) ? told * 1_000 - (before + clock.now()) / 2 : undefined;
  }
});

/** By the header Date, which has whole seconds. @returns undefined: not told */
async function kommoAheadMs(
  accountUrl: string,
  signal: AbortSignal,
  now: () => EpochMs,
): Promise<number | undefined> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
    const before = now();
    const answer = await fetch(accountUrl, { method: "HEAD", redirect: "manual", signal: limit });
    const told = Date.parse(answer.headers.get("date") ?? "");
    return Number.isNaN(told) ? undefined : told + 500 - (before + now()) / 2;
  } catch {
    return undefined; // the check of Kommo says what is wrong there
  }
}

/** Kommo refuses what lies in the future by more than that, and shows calls out of order before. */
const FAR_MS = 60_000;
const NEAR_MS = 5_000;

export function judgeClock(ahead: {
  readonly kommoAhead: number | undefined;
  readonly exchangeAhead: number | undefined;
}): Verdict {
  const { kommoAhead, exchangeAhead } = ahead;
  if (kommoAhead === undefined && exchangeAhead === undefined)
    return { status: "skipped", sentence: "nobody tells the time to compare with" };
  const details = [
    ...(kommoAhead === undefined ? [] : [`Kommo: ${inWords(kommoAhead)}`]),
    ...(exchangeAhead === undefined ? [] : [`the exchange: ${inWords(exchangeAhead)}`]),
  ];
  const worst = Math.max(Math.abs(kommoAhead ?? 0), Math.abs(exchangeAhead ?? 0));
  if (worst < NEAR_MS) return { status: "ok", sentence: "is right", details };
  return {
    status: worst < FAR_MS ? "warning" : "failed",
    sentence: `differs by ${Math.round(worst / 1_000)} s`,
    details,
    remedy:
      "let it be set by the network: timedatectl set-ntp true (chrony or ntpd on older hosts)",
  };
}

function inWords(aheadMs: number): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  if (seconds === 0) return "the same time";
  return `${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} this host`;
}
