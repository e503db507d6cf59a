/** What waits to be told to Kommo, since when, and what was refused for good. */
import { parseState, stateCounts, type OutboxState } from "../../outbox/queries.ts";
import { withStoreBeside } from "../store-beside.ts";
import { checkWithConfig, type Check, type Verdict } from "./check.ts";

export const queueCheck: Check = checkWithConfig("queue", async ({ store }, { clock }) => {
  const looked = await withStoreBeside(store, async (beside) =>
    parseState(await beside.read(stateCounts())),
  );
  if (!looked.ok)
    return store.url === undefined
      ? { status: "skipped", sentence: "the daemon has not begun it yet" }
      : { status: "failed", sentence: looked.failure.sentence, remedy: "see docs/postgresql.md" };
  return judgeQueue(looked.value, clock.now());
});

/** A batch goes within seconds, a pause after a failure takes a minute. */
const LONG_MS = 10 * 60_000;
const DAY_MS = 86_400_000;

export function judgeQueue(state: OutboxState, nowMs: number): Verdict {
  const { ready, sending, unknown, setAside, oldestReadyAt } = state;
  const waiting = ready + sending + unknown;
  const ageMs = oldestReadyAt === undefined ? 0 : nowMs - oldestReadyAt;
  const isLong = ageMs >= LONG_MS;
  const sentence =
    waiting === 0 ? "nothing waits" : `${waiting} wait, the oldest for ${inWords(ageMs)}`;
  const details = [
    ...(setAside > 0 ? [`${setAside} were refused for good, and are set aside`] : []),
    ...(unknown > 0 ? [`${unknown} have no answer yet, and are looked up`] : []),
  ];
  if (!isLong && setAside === 0) return { status: "ok", sentence, details };
  return {
    status: ageMs >= DAY_MS ? "failed" : "warning",
    sentence,
    details,
    remedy: isLong
      ? "start the daemon, or look at its log for why Kommo takes nothing; nothing is lost meanwhile"
      : "asterisk-kommo calls list --state set-aside shows them, calls show why, calls resend repeats",
  };
}

function inWords(ms: number): string {
  if (ms < 120_000) return `${Math.max(0, Math.round(ms / 1_000))} s`;
  return ms < 2 * 3_600_000
    ? `${Math.round(ms / 60_000)} minutes`
    : `${Math.round(ms / 3_600_000)} hours`;
}
