/**
 * Kommo's limit: so many requests in any second, 429 for the rest, and a block for who goes on.
 * @source kommo-api, section 3
 */
import type { Switches } from "./switches.ts";

const WINDOW_MS = 1_000;
const BLOCK_WINDOW_MS = 60_000;

export type RateLimit = {
  /** Called once for each request. Sets the switch `isBlocked` when 429s were too many. */
  readonly admit: (nowMs: number) => "admitted" | "too-many" | "blocked";
  /** What Kommo's support does. */
  readonly lift: () => void;
};

/** Refused requests do not fill the window; a sliding one, so no second holds more than the limit. */
export function createRateLimit(switches: Switches): RateLimit {
  let admitted: number[] = [];
  let refused: number[] = [];
  return {
    admit(nowMs) {
      if (switches.isBlocked) return "blocked";
      if (switches.requestsPerSecond === 0) return "admitted";
      admitted = admitted.filter((at) => at > nowMs - WINDOW_MS);
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
      admitted = [];
      refused = [];
    },
  };
}
