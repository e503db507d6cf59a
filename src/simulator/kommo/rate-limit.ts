/**
 * Kommo's limit: so many requests in any second, 429 for the rest, and a block for who goes on.
 * @source kommo-api, section 3
 */
import type { Switches } from "./switches.ts";

const WINDOW_MS = 1_000;
const BLOCK_WINDOW_MS = 60_000;

export type RateLimit = {
  /** Called once for each request with its token. Sets the switch `isBlocked` when 429s were too many. */
  readonly admit: (nowMs: number, token: string) => "admitted" | "too-many" | "blocked";
  /** What Kommo's support does. */
  readonly lift: () => void;
};

/** Refused requests do not fill the window; a sliding one, so no second holds more than the limit. */
export function createRateLimit(switches: Switches): RateLimit {
  const admittedOf = new Map<string, number[]>();
  let refused: number[] = [];
  return {
    admit(nowMs, token) {
      if (switches.isBlocked) return "blocked";
      if (switches.requestsPerSecond === 0) return "admitted";
      const whose = switches.limitScope === "account" ? "" : token;
      const before = admittedOf.get(whose) ?? [];
      const admitted = before.filter((at) => at > nowMs - WINDOW_MS);
      admittedOf.set(whose, admitted);
      if (admitted.length < switches.requestsPerSecond) {
        admitted.push(nowMs);
        return "admitted";
      }
      refused = [...refused.filter((at) => at > nowMs - BLOCK_WINDOW_MS), nowMs];
      if (switches.blockAfter429s > 0 && refused.length >= switches.blockAfter429s) {
        switches.isBlocked = true;
      }
      return "too-many";
    },
    lift() {
      switches.isBlocked = false;
      admittedOf.clear();
      refused = [];
    },
  };
}
